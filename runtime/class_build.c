// class_build.c: the class statement. Runs the body with a fresh namespace, makes the class, then
// tells the attributes (__set_name__) and the bases (__init_subclass__) about it.
#include "attr.h"
#include "operators.h"

// Registers: 0 body function, 1 name, 2 bases, 3 keywords or None, 4 namespace, 5 the class,
// 6 list of (attribute, name) still to be told, 7 the body's __class__ cell or None.
enum { BODY, NAME, BASES, KEYWORDS, NAMESPACE, CLASS, TO_TELL, CELL, REGISTERS };
enum { START, RESOLVED, RAN, TOLD, FINISHED };

static Step run_body(VM *vm, Frame *frame) {
  Value *regs = frame->regs;
  Dict *namespace = dict_new(vm);
  regs[NAMESPACE] = from_object(namespace);
  return step_call(vm, frame, RAN, regs[BODY], 1, &regs[NAMESPACE]);
}

static bool make_class(VM *vm, Value *regs, Value cell) {
  Class *cls;
  Tuple *bases = as_tuple(regs[BASES]);
  for (size_t i = 0; i < bases->count; i++) {
    if (!is_class(bases->items[i])) {
      return raise_type_error(vm, "a base of class %s is no class but an instance of '%s'",
                              as_str(regs[NAME])->data, value_class_name(vm, bases->items[i]));
    }
  }
  if (!class_new(vm, as_str(regs[NAME]), bases, as_dict(regs[NAMESPACE]), &cls)) return false;
  regs[CLASS] = from_object(cls);
  if (is_kind(cell, KIND_CELL)) ((Cell *)as_object(cell))->value = regs[CLASS];
  List *to_tell = list_new(vm, 0);
  Value name, value;
  for (size_t i = 0; dict_next(cls->dict, &i, &name, &value);) {
    Value method = class_special(vm, value_class(vm, value), SP_SET_NAME);
    if (is_empty(method)) continue;
    list_append(vm, to_tell, name);
  }
  regs[TO_TELL] = from_object(to_tell);
  return true;
}

// Calls __set_name__ of the next attribute, or __init_subclass__ after the last.
static Step tell_next(VM *vm, Frame *frame) {
  Value *regs = frame->regs;
  List *names = as_list(regs[TO_TELL]);
  Class *cls = as_class(regs[CLASS]);
  while (names->count > 0) {
    Value name = names->items[0];
    list_remove_range(vm, names, 0, 1);
    Value value = dict_get_str(cls->dict, as_str(name)), bound;
    if (is_empty(value)) continue;
    if (attr_special(vm, value, SP_SET_NAME, &bound) != TRI_YES) return STEP_RAISE;
    Value args[2] = {regs[CLASS], name};
    return step_call(vm, frame, TOLD, bound, 2, args);
  }
  // super(cls, cls).__init_subclass__(**keywords)
  Value found = EMPTY, bound;
  for (size_t i = 1; i < cls->mro->count && is_empty(found); i++) {
    found = dict_get_str(as_class(cls->mro->items[i])->dict, vm->special[SP_INIT_SUBCLASS]);
  }
  if (is_function(found)) {  // an implicit classmethod
    bound = method_new(vm, found, regs[CLASS]);
  } else if (attr_bind(vm, found, EMPTY, cls, &bound) != TRI_YES) {
    return STEP_RAISE;
  }
  Value keywords = is_dict(regs[KEYWORDS]) ? regs[KEYWORDS] : EMPTY;
  return step_call_extended(vm, frame, FINISHED, bound, from_object(vm->empty_tuple), keywords);
}

static bool all_classes(const Tuple *bases) {
  for (size_t i = 0; i < bases->count; i++) {
    if (!is_class(bases->items[i])) return false;
  }
  return true;
}

static Step build_class_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Value *regs = frame->regs;
  switch (frame->state) {
    case START:
      if (!all_classes(as_tuple(regs[BASES]))) {
        // A base with __mro_entries__, such as typing's Generic[T].
        Value ignored;
        if (!native_prelude(vm, &ignored, "convert.resolve_bases", 1, &regs[BASES])) {
          return STEP_RAISE;
        }
        frame->state = RESOLVED;
        return STEP_CALL;
      }
      return run_body(vm, frame);
    case RESOLVED: regs[BASES] = in; return run_body(vm, frame);
    case RAN:
      if (!make_class(vm, regs, in)) return STEP_RAISE;
      return tell_next(vm, frame);
    case TOLD: return tell_next(vm, frame);
    default: return step_done(vm, regs[CLASS]);
  }
}

static const NativeDef build_class_def = {
    .name = "class", .step = build_class_step, .registers = REGISTERS};

Called operator_build_class(VM *vm, Frame *frame, const Value *base, Value *out) {
  (void)out;
  return call_internal_step(vm, frame, &build_class_def, 4, base);
}
