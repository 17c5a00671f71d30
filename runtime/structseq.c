// structseq.c: struct sequences. See structseq.h.
#include "structseq.h"

#include "heap_private.h"
#include "int.h"

#define X(i)                                                            \
  bool structseq_part_##i(VM *vm, Value *args, int nargs, Value *out) { \
    (void)vm, (void)nargs;                                              \
    assert(as_tuple(args[0])->count > i);                               \
    *out = as_tuple(args[0])->items[i];                                 \
    return true;                                                        \
  }
STRUCTSEQ_PARTS(X)
#undef X

static bool repr(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "text.structseq_repr", nargs, args);
}

static bool reduce(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Tuple *parts = as_tuple(args[0]);
  Value plain = from_object(tuple_from(vm, parts->items, parts->count));
  Dict *hidden = heap_attrs_get(vm, as_object(args[0]));
  hidden = hidden == NULL ? dict_new(vm) : dict_copy(vm, hidden);
  Tuple *state = tuple_of(vm, 2, plain, from_object(hidden));
  *out = from_object(tuple_of(vm, 2, from_object(value_class(vm, args[0])), from_object(state)));
  return true;
}

static const NativeDef methods[] = {METHOD_ROW("__repr__", repr, 1, 1),
                                    METHOD_ROW("__reduce__", reduce, 1, 1), END_ROW};

Class *structseq_class(VM *vm, const char *module, const char *name, const NativeDef *fields,
                       int visible, const NativeDef *make) {
  uint8_t flags = make == NULL ? CLASS_FINAL | CLASS_ABSTRACT : CLASS_FINAL;
  Class *cls = class_new_builtin(vm, name, vm->tuple_class, KIND_TUPLE, flags);
  cls->header.flags &= (uint8_t)~CLASS_BUILTIN;  // its repr is what its own method says
  dict_set_c(vm, cls->dict, "__module__", from_object(str_intern_c(vm, module)));
  native_add_methods(vm, cls, fields);
  native_add_methods(vm, cls, methods);
  if (make != NULL) native_add_methods(vm, cls, make);
  Tuple *names = tuple_new(vm, (size_t)visible);
  for (int i = 0; i < visible; i++) {
    names->items[i] = from_object(str_intern_c(vm, fields[i].name));
  }
  int count = 0;
  while (fields[count].name != NULL) count++;
  dict_set_c(vm, cls->dict, "__match_args__", from_object(names));
  dict_set_c(vm, cls->dict, "n_sequence_fields", small_int(visible));
  dict_set_c(vm, cls->dict, "n_fields", small_int(count));
  dict_set_c(vm, cls->dict, "n_unnamed_fields", small_int(0));
  return cls;
}

Tuple *structseq_new(VM *vm, Class *cls, const Value *values) {
  Value count = dict_get_c(cls->dict, "n_sequence_fields");
  Tuple *sequence = tuple_from(vm, values, (size_t)as_small_int(count));
  sequence->header.cls = cls;
  return sequence;
}

void structseq_set_hidden(VM *vm, Tuple *sequence, const char *name, Value value) {
  Dict *hidden = heap_attrs_get(vm, &sequence->header);
  if (hidden == NULL) heap_attrs_set(vm, &sequence->header, hidden = dict_new(vm));
  dict_set_c(vm, hidden, name, value);
}

Value structseq_hidden(VM *vm, Value sequence, const char *name) {
  Dict *hidden = heap_attrs_get(vm, as_object(sequence));
  Value value = hidden == NULL ? EMPTY : dict_get_c(hidden, name);
  return is_empty(value) ? NONE : value;
}
