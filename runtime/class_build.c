// class_build.c: the class statement and type(name, bases, dict).
//
// The statement finds the class of the new class (type, or what abc and enum put in its place),
// asks it for a namespace, runs the body with that and calls it with the result. For `type` alone
// the call is left out: the class is made at once. Making one is always the same: class_new, then
// the attributes are told (__set_name__), then the bases (__init_subclass__).
#include "attr.h"
#include "operators.h"

// Registers. NAMESPACE: the attributes, then the one being told; TO_TELL: the names of those
// still to be told; WRITTEN: the bases as they were written, where __mro_entries__ replaced some,
// or None.
enum {
  BODY,
  NAME,
  BASES,
  KEYWORDS,
  NAMESPACE,
  CLASS,
  TO_TELL,
  META,
  WRITTEN,
  TOLD_NAME,
  REGISTERS
};
enum { START, RESOLVED, PREPARED, RAN, TOLD, FINISHED, MADE_BY_META };

// ---- making the class

// Only a class statement of the library may derive from type itself.
static bool check_bases(VM *vm, Value *regs) {
  Tuple *bases = as_tuple(regs[BASES]);
  bool of_library =
      is_function(regs[BODY]) && ((Function *)as_object(regs[BODY]))->code->module->library;
  for (size_t i = 0; i < bases->count; i++) {
    if (!is_class(bases->items[i])) {
      return raise_type_error(vm, "a base of class %s is no class but an instance of '%s'",
                              as_str(regs[NAME])->data, value_class_name(vm, bases->items[i]));
    }
    if (bases->items[i] == from_object(vm->type_class) && !of_library) {
      return raise_type_error(
          vm, "metaclasses are left out of Coro: a class cannot derive from 'type'");
    }
  }
  return true;
}

// The most derived of `meta` and the bases' classes.
static bool choose_meta(VM *vm, const Tuple *bases, Class *meta, Class **out) {
  for (size_t i = 0; i < bases->count; i++) {
    Class *of_base = as_object(bases->items[i])->cls;
    if (class_is_subclass(meta, of_base)) continue;
    if (!class_is_subclass(of_base, meta)) {
      return raise_type_error(vm,
                              "metaclass conflict: the metaclass of a derived class must be a "
                              "(non-strict) subclass of the metaclasses of all its bases");
    }
    meta = of_base;
  }
  *out = meta;
  return true;
}

static bool make_class(VM *vm, Value *regs, Value cell) {
  Class *cls, *meta = as_class(regs[META]);
  if (!class_new(vm, meta, as_str(regs[NAME]), as_tuple(regs[BASES]), as_dict(regs[NAMESPACE]),
                 &cls)) {
    return false;
  }
  regs[CLASS] = from_object(cls);
  if (is_kind(cell, KIND_CELL)) ((Cell *)as_object(cell))->value = regs[CLASS];
  List *to_tell = list_new(vm, 0);
  Value name, value;
  for (size_t i = 0; dict_next(cls->dict, &i, &name, &value);) {
    Value method = class_special(vm, value_class(vm, value), SP_SET_NAME);
    if (is_empty(method)) continue;
    list_append(vm, to_tell, name);  // what they do to the class does not change who is told
    list_append(vm, to_tell, value);
  }
  regs[TO_TELL] = from_object(to_tell);
  return true;
}

// A __set_name__ that fails ends the class statement, with a RuntimeError that names it.
static Step raise_untold(VM *vm, const Value *regs) {
  Value cause = vm->exception;
  vm_clear_exception(vm);
  Text text = text_new(vm);
  text_printf(&text, "Error calling __set_name__ on '%s' instance ",
              value_class(vm, regs[NAMESPACE])->name->data);
  str_repr(&text, as_str(regs[TOLD_NAME]), false);
  text_printf(&text, " in '%s'", as_class(regs[CLASS])->name->data);
  vm_raise_value(vm, vm->exceptions.RuntimeError, from_object(text_finish(&text)));
  as_exception(vm->exception)->cause = as_exception(vm->exception)->context = cause;
  as_exception(vm->exception)->header.flags |= EXCEPTION_SUPPRESS_CONTEXT;
  return STEP_RAISE;
}

// Calls __set_name__ of the next attribute, or __init_subclass__ after the last.
static Step tell_next(VM *vm, Frame *frame) {
  Value *regs = frame->regs;
  List *names = as_list(regs[TO_TELL]);
  Class *cls = as_class(regs[CLASS]);
  while (names->count > 0) {
    Value name = names->items[0], value = names->items[1], bound;
    list_remove_range(vm, names, 0, 2);
    if (attr_special(vm, value, SP_SET_NAME, &bound) != TRI_YES) return STEP_RAISE;
    Value args[2] = {regs[CLASS], name};
    regs[TOLD_NAME] = name;
    regs[NAMESPACE] = value;
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

// ---- type(name, bases, dict)

// The module of the code that asked for the class.
static Module *calling_module(Frame *frame) {
  Frame *caller = frame->parent;
  while (caller != NULL && caller->header.extra == RESUME_STEP) caller = caller->parent;
  return caller == NULL ? NULL : caller->code->module;
}

// Takes name, bases and namespace apart; the class comes before them.
static bool take_arguments(VM *vm, Frame *frame) {
  Value *regs = frame->regs;
  Tuple *given = as_tuple(regs[0]);
  Value keywords = regs[1];
  if (given->count == 0 || !is_class(given->items[0]) ||
      !class_is_subclass(as_class(given->items[0]), vm->type_class)) {
    return raise_type_error(vm, "type.__new__(X): X is not a subtype of type");
  }
  if (given->count != 4) {
    if (given->items[0] == from_object(vm->type_class)) {
      return raise_type_error(vm, "type() takes 1 or 3 arguments");
    }
    return raise_type_error(vm, "type.__new__() takes exactly 3 arguments (%zu given)",
                            given->count - 1);
  }
  static const char *const names[] = {"", "str", "tuple", "dict"};
  for (size_t i = 1; i < 4; i++) {
    Value v = given->items[i];
    if (i == 1 ? is_str(v) : i == 2 ? is_tuple(v) : is_dict(v)) continue;
    return raise_type_error(vm, "type.__new__() argument %zu must be %s, not %s", i, names[i],
                            value_class_name(vm, v));
  }
  regs[BODY] = EMPTY;
  regs[NAME] = given->items[1];
  regs[BASES] = given->items[2];
  regs[KEYWORDS] = keywords;
  regs[NAMESPACE] = from_object(dict_copy(vm, as_dict(given->items[3])));
  regs[META] = given->items[0];
  return true;
}

static Step new_class_step(VM *vm, Frame *frame, Value in) {
  Value *regs = frame->regs;
  if (!is_empty(vm->exception)) {
    return frame->state == TOLD ? raise_untold(vm, regs) : STEP_RAISE;
  }
  switch (frame->state) {
    case START: {
      Value given = regs[0];
      if (!take_arguments(vm, frame) || !check_bases(vm, regs)) return STEP_RAISE;
      Class *meta = as_class(regs[META]), *winner;
      if (!choose_meta(vm, as_tuple(regs[BASES]), meta, &winner)) return STEP_RAISE;
      Value new = class_special(vm, winner, SP_NEW);
      if (winner != meta && new != class_special(vm, meta, SP_NEW)) {
        Tuple *args = tuple_from(vm, as_tuple(given)->items, 4);
        args->items[0] = from_object(winner);
        return step_call_extended(vm, frame, MADE_BY_META, new, from_object(args), regs[KEYWORDS]);
      }
      regs[META] = from_object(winner);
      Dict *namespace = as_dict(regs[NAMESPACE]);
      Str *module = str_intern_c(vm, "__module__"), *cell_name = str_intern_c(vm, "__classcell__");
      if (is_empty(dict_get_str(namespace, module))) {
        Module *caller = calling_module(frame);
        Value name = caller == NULL ? EMPTY : module_get(vm, caller, str_intern_c(vm, "__name__"));
        if (!is_empty(name)) dict_set_str(vm, namespace, module, name);
      }
      Value cell = dict_get_str(namespace, cell_name);
      if (!is_empty(cell)) dict_delete_str(vm, namespace, cell_name);
      if (!make_class(vm, regs, cell)) return STEP_RAISE;
      return tell_next(vm, frame);
    }
    case TOLD: return tell_next(vm, frame);
    case MADE_BY_META: return step_done(vm, in);
    default: return step_done(vm, regs[CLASS]);
  }
}

const NativeDef class_build_new_def = {.name = "__new__",
                                       .max = -1,
                                       .flags = NATIVE_STATIC | NATIVE_KEYWORDS,
                                       .step = new_class_step,
                                       .registers = REGISTERS};

// ---- the class statement

static bool all_classes(const Tuple *bases) {
  for (size_t i = 0; i < bases->count; i++) {
    if (!is_class(bases->items[i])) return false;
  }
  return true;
}

static Step run_body(VM *vm, Frame *frame, Value namespace) {
  Value *regs = frame->regs;
  regs[NAMESPACE] = namespace;
  return step_call(vm, frame, RAN, regs[BODY], 1, &regs[NAMESPACE]);
}

// Takes metaclass=… out of the keywords and settles META.
static bool find_meta(VM *vm, Value *regs) {
  Class *meta = vm->type_class;
  Str *keyword = str_intern_c(vm, "metaclass");
  Value given = is_dict(regs[KEYWORDS]) ? dict_get_str(as_dict(regs[KEYWORDS]), keyword) : EMPTY;
  if (!is_empty(given)) {
    if (!is_class(given) || !class_is_subclass(as_class(given), vm->type_class)) {
      return raise_type_error(
          vm, "metaclasses are left out of Coro, but for those of the library (abc.ABCMeta)");
    }
    meta = as_class(given);
    dict_delete_str(vm, as_dict(regs[KEYWORDS]), keyword);
  }
  if (!check_bases(vm, regs) || !choose_meta(vm, as_tuple(regs[BASES]), meta, &meta)) return false;
  regs[META] = from_object(meta);
  return true;
}

static Step prepare(VM *vm, Frame *frame) {
  Value *regs = frame->regs;
  if (!find_meta(vm, regs)) return STEP_RAISE;
  if (regs[META] == from_object(vm->type_class)) {
    return run_body(vm, frame, from_object(dict_new(vm)));
  }
  Value prepare, args[2] = {regs[NAME], regs[BASES]};
  if (attr_get(vm, regs[META], str_intern_c(vm, "__prepare__"), &prepare) != TRI_YES) {
    return STEP_RAISE;
  }
  Value keywords = is_dict(regs[KEYWORDS]) ? regs[KEYWORDS] : EMPTY;
  return step_call_extended(vm, frame, PREPARED, prepare, from_object(tuple_from(vm, args, 2)),
                            keywords);
}

// meta(name, bases, namespace, **keywords); the namespace carries the body's __class__ cell.
static Step call_meta(VM *vm, Frame *frame, Value cell) {
  Value *regs = frame->regs;
  Dict *namespace = as_dict(regs[NAMESPACE]);
  if (is_kind(cell, KIND_CELL)) {
    dict_set_str(vm, namespace, str_intern_c(vm, "__classcell__"), cell);
  }
  Value args[3] = {regs[NAME], regs[BASES], regs[NAMESPACE]};
  Value keywords = is_dict(regs[KEYWORDS]) ? regs[KEYWORDS] : EMPTY;
  return step_call_extended(vm, frame, MADE_BY_META, regs[META],
                            from_object(tuple_from(vm, args, 3)), keywords);
}

static Step build_class_step(VM *vm, Frame *frame, Value in) {
  Value *regs = frame->regs;
  if (!is_empty(vm->exception)) {
    return frame->state == TOLD ? raise_untold(vm, regs) : STEP_RAISE;
  }
  switch (frame->state) {
    case START:
      regs[WRITTEN] = NONE;
      if (all_classes(as_tuple(regs[BASES]))) return prepare(vm, frame);
      // A base with __mro_entries__, such as typing's Generic[T].
      regs[WRITTEN] = regs[BASES];
      Value ignored;
      if (!native_prelude(vm, &ignored, "convert.resolve_bases", 1, &regs[BASES])) {
        return STEP_RAISE;
      }
      frame->state = RESOLVED;
      return STEP_CALL;
    case RESOLVED: regs[BASES] = in; return prepare(vm, frame);
    case PREPARED:
      if (!is_dict(in)) {
        raise_type_error(vm, "%s.__prepare__() must return a mapping, not %s",
                         as_class(regs[META])->name->data, value_class_name(vm, in));
        return STEP_RAISE;
      }
      return run_body(vm, frame, in);
    case RAN:
      if (!is_none(regs[WRITTEN])) {
        dict_set_str(vm, as_dict(regs[NAMESPACE]), str_intern_c(vm, "__orig_bases__"),
                     regs[WRITTEN]);
      }
      if (regs[META] != from_object(vm->type_class)) return call_meta(vm, frame, in);
      if (!make_class(vm, regs, in)) return STEP_RAISE;
      return tell_next(vm, frame);
    case TOLD: return tell_next(vm, frame);
    case MADE_BY_META: return step_done(vm, in);
    default: return step_done(vm, regs[CLASS]);
  }
}

static const NativeDef build_class_def = {
    .name = "class", .step = build_class_step, .registers = REGISTERS};

Called operator_build_class(VM *vm, Frame *frame, const Value *base, Value *out) {
  (void)out;
  return call_internal_step(vm, frame, &build_class_def, 4, base);
}
