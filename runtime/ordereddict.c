// ordereddict.c: collections.OrderedDict. Every dict keeps its order; this one can also change it,
// compares it, and notices every change while it is walked.
//
// Its objects are dicts (kind KIND_DICT, extra DICT_ORDERED). A subclass with its own __setitem__
// or
// __delitem__ gets everything through them, by the prelude's dicts.coro, as in CPython.
#include "containers.h"
#include "dunder.h"
#include "heap.h"
#include "iterator.h"
#include "rows.h"
#include "vm.h"

Dict *ordered_dict_new(VM *vm, Class *cls) {
  Dict *dict = heap_alloc(vm, KIND_DICT, cls, sizeof *dict);
  dict->header.extra = DICT_ORDERED;
  return dict;
}

Tri dict_merged(VM *vm, Dict *a, Dict *b, Value *out) {
  const Dict *model = a->header.extra != DICT_PLAIN ? a : b;
  Dict *merged;
  if (model->header.extra == DICT_DEFAULT) {
    Value factory = ((const DefaultDict *)model)->factory;
    merged = &default_dict_new(vm, vm->default_dict_class, factory)->dict;
  } else if (model->header.extra == DICT_ORDERED) {
    merged = ordered_dict_new(vm, vm->ordered_dict_class);
  } else {
    merged = dict_copy(vm, a);
    *out = from_object(merged);
    return dict_update(vm, merged, b);
  }
  *out = from_object(merged);
  Tri done = dict_update(vm, merged, a);
  return done == TRI_YES ? dict_update(vm, merged, b) : done;
}

static bool is_plain(VM *vm, Value v) { return as_object(v)->cls == vm->ordered_dict_class; }

static bool new_ordered_dict(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_class(args[0]) || !class_is_subclass(as_class(args[0]), vm->ordered_dict_class)) {
    return raise_type_error(vm, "OrderedDict.__new__(X): X is not a subtype of OrderedDict");
  }
  *out = from_object(ordered_dict_new(vm, as_class(args[0])));
  return true;
}

static bool update(VM *vm, Value *args, int nargs, Value *out) {
  if (nargs > 2) {
    return raise_type_error(vm, "update() takes at most 1 positional argument (%d given)",
                            nargs - 1);
  }
  if (!value_has_script(vm, args[0], SP_SETITEM)) return dict_update_leaf(vm, args, nargs, out);
  Value slow[3] = {args[0], nargs > 1 ? args[1] : from_object(vm->empty_tuple),
                   vm->keywords == NULL ? NONE : from_object(vm->keywords)};
  return native_prelude(vm, out, "dicts.update_ordered", 3, slow);
}

static bool init(VM *vm, Value *args, int nargs, Value *out) {
  if (nargs > 2) {
    return raise_type_error(vm, "expected at most 1 arguments, got %d", nargs - 1);
  }
  return update(vm, args, nargs, out);
}

static bool move_to_end(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Dict *dict = as_dict(args[0]);
  Tri last = is_empty(args[2]) ? TRI_YES : value_truth(vm, args[2]);
  size_t entry;
  Tri found = last < 0 ? last : dict_find(vm, dict, args[1], &entry);
  if (found < 0)
    return slow_or_fail(vm, found, out, "dicts.move_to_end", is_empty(args[2]) ? 2 : 3, args);
  if (found == TRI_NO) return vm_raise_value(vm, vm->exceptions.KeyError, args[1]);
  if (last == TRI_YES) {
    dict_move_to_end(vm, dict, entry);
  } else {
    dict_move_to_front(vm, dict, entry);
  }
  *out = NONE;
  return true;
}

static bool popitem(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Tri last = is_empty(args[1]) ? TRI_YES : value_truth(vm, args[1]);
  if (last < 0) return slow_or_fail(vm, last, out, "dicts.popitem", 2, args);
  Value key, value;
  Dict *dict = as_dict(args[0]);
  if (!(last ? dict_pop_last(vm, dict, &key, &value) : dict_pop_first(vm, dict, &key, &value))) {
    return vm_raise(vm, vm->exceptions.KeyError, "dictionary is empty");
  }
  *out = from_object(tuple_pair(vm, key, value));
  return true;
}

static bool copy(VM *vm, Value *args, int nargs, Value *out) {
  if (!is_plain(vm, args[0])) return native_prelude(vm, out, "dicts.copy_ordered", nargs, args);
  return dict_merged(vm, as_dict(args[0]), dict_new(vm), out) == TRI_YES;
}

static bool merged(VM *vm, Value receiver, Value left, Value right, Value *out) {
  *out = NOT_IMPLEMENTED;
  if (!is_dict(left) || !is_dict(right)) return true;
  Tri done = TRI_SCRIPT;
  if (is_plain(vm, receiver)) done = dict_merged(vm, as_dict(left), as_dict(right), out);
  Value slow[3] = {receiver, left, right};
  return done == TRI_YES || slow_or_fail(vm, done, out, "dicts.merged_ordered", 3, slow);
}

static bool or (VM * vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return merged(vm, args[0], args[0], args[1], out);
}

static bool ror(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return merged(vm, args[0], args[1], args[0], out);
}

// d.update() and d itself: a subclass's own __setitem__ sees every pair.
static bool ior(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "dicts.ior_ordered", nargs, args);
}

static bool reduce(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "dicts.reduce_ordered", nargs, args);
}

static bool backwards(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = iterator_new_dict(vm, as_dict(args[0]), VIEW_KEYS, true);
  return true;
}

static const NativeDef methods[] = {
    LEAF_ROW("__new__", new_ordered_dict, 1, -1, NATIVE_STATIC | NATIVE_KEYWORDS, NULL),
    LEAF_ROW("__init__", init, 1, -1, NATIVE_METHOD | NATIVE_KEYWORDS, NULL),
    METHOD_ROW("__or__", or, 2, 2),
    METHOD_ROW("__ror__", ror, 2, 2),
    METHOD_ROW("__ior__", ior, 2, 2),
    METHOD_ROW("__reduce__", reduce, 1, 1),
    METHOD_ROW("__reversed__", backwards, 1, 1),
    METHOD_ROW("__copy__", copy, 1, 1),
    METHOD_ROW("copy", copy, 1, 1),
    LEAF_ROW("move_to_end", move_to_end, 2, 3, NATIVE_METHOD, "self key last"),
    LEAF_ROW("popitem", popitem, 1, 2, NATIVE_METHOD, "self last"),
    LEAF_ROW("update", update, 1, -1, NATIVE_METHOD | NATIVE_KEYWORDS, NULL),
    END_ROW,
};

void ordered_dict_install(VM *vm) {
  if (vm->ordered_dict_class != NULL) return;
  const uint8_t hidden = CLASS_FINAL | CLASS_ABSTRACT;
  Class *cls = class_new_builtin(vm, "OrderedDict", vm->dict_class, KIND_DICT, 0);
  vm->ordered_dict_class = cls;
  dunder_install(vm, cls, DUNDER_REPR | DUNDER_EQUAL | DUNDER_ITER);
  native_add_methods(vm, cls, methods);
  dict_set_c(vm, cls->dict, "__hash__", NONE);
  dict_set_c(vm, cls->dict, "__module__", from_object(str_intern_c(vm, "collections")));
  dict_set_c(vm, cls->dict, "__doc__",
             from_object(str_from_c(vm, "A dict whose order can be changed and counts.")));
  vm->ordered_keys_class =
      class_new_builtin(vm, "odict_keys", vm->dict_keys_class, KIND_DICT_VIEW, hidden);
  vm->ordered_values_class =
      class_new_builtin(vm, "odict_values", vm->dict_values_class, KIND_DICT_VIEW, hidden);
  vm->ordered_items_class =
      class_new_builtin(vm, "odict_items", vm->dict_items_class, KIND_DICT_VIEW, hidden);
  vm->ordered_iterator_class = class_new_builtin(vm, "odict_iterator", NULL, KIND_ITERATOR, hidden);
  iterator_add_methods(vm, vm->ordered_iterator_class);
}
