// defaultdict.c: collections.defaultdict, a dict that makes the values of absent keys.
//
// Its objects are dicts (kind KIND_DICT, extra DICT_DEFAULT) with one field more, the factory.
#include "containers.h"
#include "dunder.h"
#include "heap.h"
#include "operators.h"
#include "rows.h"
#include "vm.h"

static DefaultDict *as_default_dict(Value v) {
  assert(is_dict(v) && as_object(v)->extra == DICT_DEFAULT);
  return (DefaultDict *)as_object(v);
}

DefaultDict *default_dict_new(VM *vm, Class *cls, Value factory) {
  DefaultDict *dict = heap_alloc(vm, KIND_DICT, cls, sizeof *dict);
  dict->dict.header.extra = DICT_DEFAULT;
  dict->factory = factory;
  return dict;
}

// What the factories that programs use most give, without a call. EMPTY: call it.
static Value make_default(VM *vm, Value factory) {
  if (factory == from_object(vm->int_class)) return small_int(0);
  if (factory == from_object(vm->list_class)) return from_object(list_new(vm, 0));
  if (factory == from_object(vm->dict_class)) return from_object(dict_new(vm));
  if (factory == from_object(vm->set_class)) return from_object(set_new(vm));
  if (factory == from_object(vm->str_class)) return from_object(vm->empty_str);
  if (factory == from_object(vm->float_class)) return from_double(0);
  return EMPTY;
}

Tri default_dict_missing(VM *vm, Dict *dict, Value key, Value *out) {
  Value v = from_object(dict), factory = as_default_dict(v)->factory;
  if (is_none(factory)) {
    vm_raise_value(vm, vm->exceptions.KeyError, key);
    return TRI_ERROR;
  }
  if (value_has_script(vm, v, SP_SETITEM)) return TRI_SCRIPT;
  *out = make_default(vm, factory);
  return is_empty(*out) ? TRI_SCRIPT : dict_set(vm, dict, key, *out);
}

bool default_dict_set_factory(VM *vm, Value dict, Value factory) {
  (void)vm;
  as_default_dict(dict)->factory = is_empty(factory) ? NONE : factory;
  return true;
}

static bool new_default_dict(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_class(args[0]) || !class_is_subclass(as_class(args[0]), vm->default_dict_class)) {
    return raise_type_error(vm, "defaultdict.__new__(X): X is not a subtype of defaultdict");
  }
  *out = from_object(default_dict_new(vm, as_class(args[0]), NONE));
  return true;
}

static bool init(VM *vm, Value *args, int nargs, Value *out) {
  Value factory = nargs > 1 ? args[1] : NONE;
  if (!is_none(factory) && !value_is_callable(vm, factory)) {
    return raise_type_error(vm, "first argument must be callable or None");
  }
  if (nargs > 3) return raise_type_error(vm, "dict expected at most 1 argument, got %d", nargs - 2);
  as_default_dict(args[0])->factory = factory;
  Value update[2] = {args[0], nargs > 2 ? args[2] : EMPTY};
  return dict_update_leaf(vm, update, nargs > 2 ? 2 : 1, out);
}

// Registers: 0 the dict, 1 the key, 2 the value.
static Step missing_step(VM *vm, Frame *frame, Value in) {
  enum { START, MADE, STORED };
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Value *regs = frame->regs, ignored;
  switch (frame->state) {
    case START: {
      Value factory = as_default_dict(regs[0])->factory;
      if (is_none(factory)) {
        vm_raise_value(vm, vm->exceptions.KeyError, regs[1]);
        return STEP_RAISE;
      }
      return step_call(vm, frame, MADE, factory, 0, NULL);
    }
    case MADE:
      regs[2] = in;
      frame->state = STORED;
      switch (operator_set_item(vm, frame, regs[0], regs[1], regs[2], &ignored)) {
        case CALL_DONE: return step_done(vm, regs[2]);
        case CALL_ENTER: return STEP_ENTER;
        default: return STEP_RAISE;
      }
    default: return step_done(vm, regs[2]);
  }
}

static bool copy(VM *vm, Value *args, int nargs, Value *out) {
  const DefaultDict *dict = as_default_dict(args[0]);
  if (dict->dict.header.cls != vm->default_dict_class) {
    return native_prelude(vm, out, "dicts.copy_default", nargs, args);
  }
  return dict_merged(vm, as_dict(args[0]), dict_new(vm), out) == TRI_YES;
}

static bool merged(VM *vm, Value receiver, Value left, Value right, Value *out) {
  *out = NOT_IMPLEMENTED;
  if (!is_dict(left) || !is_dict(right)) return true;
  Tri done = TRI_SCRIPT;
  if (as_object(receiver)->cls == vm->default_dict_class) {
    done = dict_merged(vm, as_dict(left), as_dict(right), out);
  }
  Value slow[3] = {receiver, left, right};
  return done == TRI_YES || slow_or_fail(vm, done, out, "dicts.merged_default", 3, slow);
}

static bool or (VM * vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return merged(vm, args[0], args[0], args[1], out);
}

static bool ror(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return merged(vm, args[0], args[1], args[0], out);
}

static bool default_factory(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = as_default_dict(args[0])->factory;
  return true;
}

static bool reduce(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "dicts.reduce_default", nargs, args);
}

static const NativeDef methods[] = {
    LEAF_ROW("__new__", new_default_dict, 1, -1, NATIVE_STATIC | NATIVE_KEYWORDS, NULL),
    LEAF_ROW("__init__", init, 1, -1, NATIVE_METHOD | NATIVE_KEYWORDS, NULL),
    STEP_ROW("__missing__", missing_step, 2, 2, NATIVE_METHOD, NULL, 3),
    METHOD_ROW("__or__", or, 2, 2),
    METHOD_ROW("__ror__", ror, 2, 2),
    METHOD_ROW("__reduce__", reduce, 1, 1),
    METHOD_ROW("__copy__", copy, 1, 1),
    METHOD_ROW("copy", copy, 1, 1),
    PROPERTY_ROW("default_factory", default_factory),
    END_ROW,
};

void default_dict_install(VM *vm) {
  if (vm->default_dict_class != NULL) return;
  Class *cls = class_new_builtin(vm, "defaultdict", vm->dict_class, KIND_DICT, 0);
  vm->default_dict_class = cls;
  dunder_install(vm, cls, DUNDER_REPR);
  native_add_methods(vm, cls, methods);
  dict_set_c(vm, cls->dict, "__module__", from_object(str_intern_c(vm, "collections")));
  dict_set_c(vm, cls->dict, "__doc__",
             from_object(str_from_c(vm, "A dict that makes the values of absent keys.")));
}
