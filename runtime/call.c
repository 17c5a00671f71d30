// call.c: calls. Functions get a frame with their arguments bound; natives are run or entered;
// classes make instances. Nothing here runs a script: at most it makes the frame that will.
#include "call.h"

#include "abandoned.h"
#include "attr.h"
#include "corowatch.h"
#include "fast.h"
#include "frame_lists.h"
#include "genwatch.h"
#include "native_call.h"

bool call_raise_recursion(VM *vm) {
  return vm_raise(vm, vm->exceptions.RecursionError, "maximum recursion depth exceeded");
}

// ---- binding arguments to parameters (Python's rules and texts)

static const char *plural(size_t n) { return n == 1 ? "" : "s"; }

// The name of a function in messages: its __qualname__, which a program may have set.
static const Str *shown_name(const Function *function) {
  Value name = function->fields == NULL ? EMPTY : dict_get_c(function->fields, "__qualname__");
  return is_str(name) ? as_str(name) : function->code->qualname;
}

static bool raise_positional_count(VM *vm, Function *function, int given,
                                   const Value *keyword_only) {
  Code *code = function->code;
  size_t most = code->param_count;
  size_t defaults = function->defaults == NULL ? 0 : function->defaults->count;
  size_t least = most - defaults;
  size_t keywords = 0;
  for (int i = 0; i < code->keyword_only_count; i++) keywords += !is_empty(keyword_only[i]);
  Text text = text_new(vm);
  text_add_str(&text, shown_name(function));
  if (defaults > 0) {
    text_printf(&text, "() takes from %zu to %zu positional arguments", least, most);
  } else {
    text_printf(&text, "() takes %zu positional argument%s", most, plural(most));
  }
  if (keywords > 0) {
    text_printf(&text, " but %d positional argument%s (and %zu keyword-only argument%s) were given",
                given, plural((size_t)given), keywords, plural(keywords));
  } else {
    text_printf(&text, " but %d %s given", given, given == 1 ? "was" : "were");
  }
  return vm_raise_value(vm, vm->exceptions.TypeError, from_object(text_finish(&text)));
}

// "f() missing 2 required positional arguments: 'a' and 'b'"
static bool raise_missing(VM *vm, const Function *function, const Value *regs, int first, int end,
                          const char *what) {
  const Code *code = function->code;
  List *names = list_new(vm, 4);
  for (int i = first; i < end; i++) {
    if (is_empty(regs[i])) list_append(vm, names, from_object(code->local_names[i]));
  }
  Text text = text_new(vm);
  text_add_str(&text, shown_name(function));
  text_printf(&text, "() missing %zu required %s argument%s: ", names->count, what,
              plural(names->count));
  for (size_t i = 0; i < names->count; i++) {
    if (i > 0) {
      text_add_c(&text, names->count == 2 ? " and " : i + 1 == names->count ? ", and " : ", ");
    }
    text_add_char(&text, '\'');
    text_add_str(&text, as_str(names->items[i]));
    text_add_char(&text, '\'');
  }
  return vm_raise_value(vm, vm->exceptions.TypeError, from_object(text_finish(&text)));
}

static int find_keyword_parameter(const Code *code, Str *name, int first) {
  int end = code->param_count + code->keyword_only_count;
  for (int i = first; i < end; i++) {
    if (code->local_names[i] == name) return i;
  }
  for (int i = first; i < end; i++) {
    if (str_equal(code->local_names[i], name)) return i;
  }
  return -1;
}

// Whether some of the keywords are names of positional-only parameters; then TypeError is pending.
static bool raise_positional_only(VM *vm, const Function *function, Tuple *names) {
  const Code *code = function->code;
  Text wrong = text_new(vm);
  for (int p = 0; p < code->positional_only; p++) {
    for (size_t i = 0; i < names->count; i++) {
      if (!str_equal(code->local_names[p], as_str(names->items[i]))) continue;
      if (wrong.length > 0) text_add_c(&wrong, ", ");
      text_add_str(&wrong, code->local_names[p]);
    }
  }
  Str *listed = text_finish(&wrong);
  if (listed->length == 0) return false;
  raise_type_error(vm,
                   "%.*s() got some positional-only arguments passed as keyword arguments: '%.*s'",
                   (int)shown_name(function)->length, shown_name(function)->data,
                   (int)listed->length, listed->data);
  return true;
}

static bool bind_keywords(VM *vm, Function *function, Value *regs, const Value *values,
                          Tuple *names, Dict *rest) {
  Code *code = function->code;
  for (size_t i = 0; i < names->count; i++) {
    Str *name = as_str(names->items[i]);
    int at = find_keyword_parameter(code, name, code->positional_only);
    int length = (int)name->length;
    if (at >= 0) {
      if (!is_empty(regs[at])) {
        return raise_type_error(vm, "%.*s() got multiple values for argument '%.*s'",
                                (int)shown_name(function)->length, shown_name(function)->data,
                                length, name->data);
      }
      regs[at] = values[i];
    } else if (rest != NULL) {
      dict_set_str(vm, rest, name, values[i]);
    } else {
      if (raise_positional_only(vm, function, names)) return false;
      raise_type_error(vm, "%.*s() got an unexpected keyword argument '%.*s'",
                       (int)shown_name(function)->length, shown_name(function)->data, length,
                       name->data);
      Value payload[2] = {from_object(name), from_object(code)};  // for errorhelp.c
      assert(is_exception(vm->exception));
      as_exception(vm->exception)->payload = from_object(tuple_from(vm, payload, 2));
      return false;
    }
  }
  return true;
}

static void fill_defaults(Function *function, Value *regs) {
  Code *code = function->code;
  if (function->defaults != NULL) {
    int count = (int)function->defaults->count;
    int first = code->param_count - count;
    for (int i = first < 0 ? 0 : first; i < code->param_count; i++) {
      if (is_empty(regs[i])) regs[i] = function->defaults->items[i - first];
    }
  }
  for (int i = code->param_count; i < code->param_count + code->keyword_only_count; i++) {
    if (is_empty(regs[i]) && function->kwdefaults != NULL) {
      regs[i] = dict_get_str(function->kwdefaults, code->local_names[i]);
    }
  }
}

static bool any_empty(const Value *regs, int first, int end) {
  for (int i = first; i < end; i++) {
    if (is_empty(regs[i])) return true;
  }
  return false;
}

bool call_bind(VM *vm, Function *function, Value *regs, const Value *args, int nargs,
               Tuple *names) {
  Code *code = function->code;
  int params = code->param_count, named = params + code->keyword_only_count;
  int direct = nargs < params ? nargs : params;
  for (int i = 0; i < direct; i++) regs[i] = args[i];
  for (int i = direct; i < named; i++) regs[i] = EMPTY;
  int next = named;
  if (code->flags & CODE_VARARGS) {
    regs[next++] = from_object(tuple_from(vm, args + direct, (size_t)(nargs - direct)));
  }
  Dict *rest = NULL;
  if (code->flags & CODE_VARKEYWORDS) {
    rest = dict_new_sized(vm, names == NULL ? 0 : names->count);
    regs[next] = from_object(rest);
  }
  if (names != NULL && !bind_keywords(vm, function, regs, args + nargs, names, rest)) return false;
  if (nargs > params && !(code->flags & CODE_VARARGS)) {
    return raise_positional_count(vm, function, nargs, regs + params);
  }
  if (!any_empty(regs, direct, named)) return true;
  fill_defaults(function, regs);
  if (any_empty(regs, direct, params)) {
    return raise_missing(vm, function, regs, 0, params, "positional");
  }
  if (any_empty(regs, params, named)) {
    return raise_missing(vm, function, regs, params, named, "keyword-only");
  }
  return true;
}

// ---- functions

static Called call_function(VM *vm, Frame *parent, Function *function, const Value *args, int nargs,
                            Tuple *names, Value *out) {
  Code *code = function->code;
  if (unlikely(code->fast != NULL) && names == NULL && nargs == code->param_count) {
    Fast fast = fast_call(vm, code, args, out);
    if (fast != FAST_NO) return fast == FAST_DONE ? CALL_DONE : CALL_RAISED;
  }
  if (code->flags & CODE_SUSPENDS) {
    Kind kind = KIND_GENERATOR;
    Class *cls = vm->generator_class;
    if (code->flags & CODE_COROUTINE) {
      kind = KIND_COROUTINE;
      cls = vm->coroutine_class;
    } else if (code->flags & CODE_ASYNC_GENERATOR) {
      kind = KIND_ASYNC_GENERATOR;
      cls = vm->async_generator_class;
    }
    Frame *frame = frame_new_suspended(vm, code, kind, cls);
    frame->function = function;
    if (likely(code->flags & CODE_SIMPLE_AWAIT && nargs == code->param_count && names == NULL)) {
      for (int i = 0; i < nargs; i++) frame->regs[i] = args[i];
    } else if (!call_bind(vm, function, frame->regs, args, nargs, names)) {
      return CALL_RAISED;
    }
    *out = from_object(frame);
    if (kind == KIND_COROUTINE) corowatch_made(vm, frame, parent);
    if (code->handler_count > 0 && kind == KIND_GENERATOR) abandoned_watch(vm, frame);
    if (code->handler_count > 0 && kind == KIND_ASYNC_GENERATOR) genwatch_made(vm, frame, parent);
    return CALL_DONE;
  }
  Frame *frame = frame_take_plain(vm, code, parent, 0);
  frame->function = function;
  if (!call_bind(vm, function, frame->regs, args, nargs, names)) {
    frame_give(vm, frame, code->register_count);
    return CALL_RAISED;
  }
  if (unlikely(frame->header.aux > vm->recursion_limit)) {
    frame_give(vm, frame, code->register_count);
    call_raise_recursion(vm);
    return CALL_RAISED;
  }
  vm->frame = frame;
  return CALL_ENTER;
}

// ---- natives

Frame *call_new_step(VM *vm, const NativeDef *def, Code *code, Frame *parent) {
  Frame *frame;
  if (def->flags & NATIVE_COROUTINE) {
    frame = frame_new_suspended(vm, code, KIND_COROUTINE, vm->coroutine_class);
    frame->state = 0;
  } else {
    frame = frame_take(vm, code->register_count, 0, code->register_count);
    frame->code = code;
    frame->state = 0;
    frame->parent = parent;
    frame->header.aux = parent->header.aux + 1;
  }
  frame->def = def;
  frame->header.extra = RESUME_STEP;
  return frame;
}

Called call_internal_step(VM *vm, Frame *parent, const NativeDef *def, int nargs,
                          const Value *args) {
  Frame *frame = call_new_step(vm, def, vm->step_codes[def->registers], parent);
  for (int i = 0; i < nargs; i++) frame->regs[i] = args[i];
  vm->frame = frame;
  return CALL_ENTER;
}

static Called call_step(VM *vm, Frame *parent, Native *native, const Value *args, int nargs,
                        Tuple *names, Value *out) {
  const NativeDef *def = native->def;
  Frame *frame = call_new_step(vm, def, native->code, parent);
  if (def->max >= 0) {
    if (!native_arrange(vm, native, args, nargs, names, frame->regs)) return CALL_RAISED;
  } else {
    // Any number: a tuple of the arguments in register 0, a dict of the keywords in register 1.
    frame->regs[0] = from_object(tuple_from(vm, args, (size_t)nargs));
    frame->regs[1] = EMPTY;
    if (names != NULL && names->count > 0) {
      Dict *keywords = dict_new_sized(vm, names->count);
      for (size_t i = 0; i < names->count; i++) {
        dict_set_str(vm, keywords, as_str(names->items[i]), args[nargs + (int)i]);
      }
      frame->regs[1] = from_object(keywords);
    }
  }
  if (def->flags & NATIVE_COROUTINE) {
    *out = from_object(frame);
    corowatch_made(vm, frame, parent);
    return CALL_DONE;
  }
  vm->frame = frame;
  return CALL_ENTER;
}

static Called call_native(VM *vm, Frame *parent, Native *native, const Value *args, int nargs,
                          Tuple *names, Value *out) {
  if (native->def->step != NULL) return call_step(vm, parent, native, args, nargs, names, out);
  vm->frame = parent;
  if (!native_call_leaf(vm, native, args, nargs, names, out)) return CALL_RAISED;
  if (unlikely(is_empty(*out))) return call_pending(vm, parent, out);
  return CALL_DONE;
}

Called call_pending(VM *vm, Frame *parent, Value *out) {
  return call_value(vm, parent, vm->callee, vm->call_args, vm->call_nargs, NULL, out);
}

// ---- classes

static bool is_default(Value special, Class *object_class) {
  return is_kind(special, KIND_NATIVE) && as_native(special)->owner == object_class;
}

// cls(*args) in general: calls __new__, then __init__ on what it made if that is a cls.
// Registers: 0 class, 1 arguments (tuple), 2 keywords (dict or EMPTY), 3 the instance.
static Step construct_step(VM *vm, Frame *frame, Value in) {
  enum { START, MADE, INITIALISED };
  Value *regs = frame->regs;
  Class *cls = as_class(regs[0]);
  if (!is_empty(vm->exception)) return STEP_RAISE;
  switch (frame->state) {
    case START: {
      Value made = regs[3];
      if (is_empty(made)) {
        Value call[3] = {class_special(vm, cls, SP_NEW), regs[1], regs[2]};
        if (is_kind(call[0], KIND_WRAPPER)) call[0] = ((Wrapper *)as_object(call[0]))->function;
        Tuple *given = as_tuple(regs[1]);
        Tuple *with_class = tuple_new(vm, given->count + 1);
        with_class->items[0] = regs[0];
        memcpy(with_class->items + 1, given->items, given->count * sizeof(Value));
        call[1] = from_object(with_class);
        return step_call_extended(vm, frame, MADE, call[0], call[1], call[2]);
      }
      in = made;
    }  // fall through
    case MADE: {
      regs[3] = in;
      if (!class_is_subclass(value_class(vm, in), cls)) return step_done(vm, in);
      Value init;
      Class *made_class = value_class(vm, in);
      Value found = class_special(vm, made_class, SP_INIT);
      if (is_default(found, vm->object_class)) return step_done(vm, in);
      if (attr_bind(vm, found, in, made_class, &init) != TRI_YES) return STEP_RAISE;
      return step_call_extended(vm, frame, INITIALISED, init, regs[1], regs[2]);
    }
    default:
      if (!is_none(in)) {
        raise_type_error(vm, "__init__() should return None, not '%s'", value_class_name(vm, in));
        return STEP_RAISE;
      }
      return step_done(vm, regs[3]);
  }
}

static const NativeDef construct_def = {
    .name = "construct", .max = -1, .step = construct_step, .registers = 4};

static Called construct(VM *vm, Frame *parent, Class *cls, Value made, const Value *args, int nargs,
                        Tuple *names) {
  Frame *frame = call_new_step(vm, &construct_def, vm->step_codes[construct_def.registers], parent);
  frame->regs[0] = from_object(cls);
  frame->regs[1] = from_object(tuple_from(vm, args, (size_t)nargs));
  if (names != NULL && names->count > 0) {
    Dict *keywords = dict_new_sized(vm, names->count);
    for (size_t i = 0; i < names->count; i++) {
      dict_set_str(vm, keywords, as_str(names->items[i]), args[nargs + (int)i]);
    }
    frame->regs[2] = from_object(keywords);
  }
  frame->regs[3] = made;
  vm->frame = frame;
  return CALL_ENTER;
}

// __init__ written in Coro, called from bytecode: its frame carries the instance in one more
// register, and the caller takes that as the value (RESUME_INIT).
static Called enter_init(VM *vm, Frame *parent, Function *init, Value made, const Value *args,
                         int nargs, Tuple *names) {
  Code *code = init->code;
  uint32_t count = code->register_count;
  Frame *frame = frame_take(vm, count + 1, 0, count + 1);
  frame->code = code;
  frame->ip = code->instrs;
  frame->parent = parent;
  frame->function = init;
  frame->header.flags |= FRAME_CONSTRUCTS;
  frame->header.aux = parent->header.aux + 1;
  frame->regs[count] = made;
  bool bound;
  size_t total = (size_t)nargs + (names == NULL ? 0 : names->count);
  Value small[9];
  if (total < 9) {
    small[0] = made;
    memcpy(small + 1, args, total * sizeof *args);
    bound = call_bind(vm, init, frame->regs, small, nargs + 1, names);
  } else {
    Tuple *all = tuple_new(vm, total + 1);
    all->items[0] = made;
    memcpy(all->items + 1, args, total * sizeof *args);
    bound = call_bind(vm, init, frame->regs, all->items, nargs + 1, names);
  }
  if (bound && unlikely(frame->header.aux > vm->recursion_limit)) bound = call_raise_recursion(vm);
  if (!bound) {
    frame_give(vm, frame, count + 1);
    return CALL_RAISED;
  }
  parent->header.extra = RESUME_INIT;
  vm->frame = frame;
  return CALL_ENTER;
}

static Called call_builtin_new(VM *vm, Frame *parent, Class *cls, Native *new, const Value *args,
                               int nargs, Tuple *names, Value *out) {
  int total = nargs + (names == NULL ? 0 : (int)names->count);
  Value small[9];
  Value *all = small;
  if (total >= 9) all = tuple_new(vm, (size_t)total + 1)->items;
  all[0] = from_object(cls);
  if (total > 0) memcpy(all + 1, args, (size_t)total * sizeof *args);
  return call_native(vm, parent, new, all, nargs + 1, names, out);
}

// Gives register 0 once what it called has ended, whatever that returned.
static Step keep_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  return is_empty(vm->exception) ? step_done(vm, frame->regs[0]) : STEP_RAISE;
}

static const NativeDef keep_def = {.name = "construct", .step = keep_step, .registers = 1};

// An instance that a builtin __new__ made gets a builtin __init__: list(x), dict(a=1).
static Called call_builtin_init(VM *vm, Frame *parent, Native *init, const Value *args, int nargs,
                                Tuple *names, Value *out) {
  int total = nargs + (names == NULL ? 0 : (int)names->count);
  Value small[9], made = *out, ignored;
  Value *all = small;
  if (total >= 9) all = tuple_new(vm, (size_t)total + 1)->items;
  all[0] = made;
  if (total > 0) memcpy(all + 1, args, (size_t)total * sizeof *args);
  if (!native_call_leaf(vm, init, all, nargs + 1, names, &ignored)) return CALL_RAISED;
  if (!is_empty(ignored)) return CALL_DONE;
  Value callee = vm->callee;
  call_internal_step(vm, parent, &keep_def, 1, &made);
  Frame *keep = vm->frame;
  keep->state = 1;
  Called called = call_value(vm, keep, callee, vm->call_args, vm->call_nargs, NULL, &ignored);
  if (called == CALL_ENTER) return CALL_ENTER;
  frame_give(vm, keep, 1);
  return called;
}

static Called raise_abstract(VM *vm, Class *cls) {
  raise_type_error(vm, "cannot create '%s' instances", cls->name->data);
  return CALL_RAISED;
}

static Called call_with_receiver(VM *vm, Frame *parent, Value callee, Value receiver,
                                 const Value *args, int nargs, Tuple *names, Value *out);

static Called call_class(VM *vm, Frame *parent, Class *cls, const Value *args, int nargs,
                         Tuple *names, Value *out) {
  Value new = class_special(vm, cls, SP_NEW);
  Value init = class_special(vm, cls, SP_INIT);
  if (cls->header.flags & CLASS_ABSTRACT) return raise_abstract(vm, cls);
  bool keywords = names != NULL && names->count > 0;
  if (is_kind(new, KIND_NATIVE)) {
    bool plain_new = is_default(new, vm->object_class);
    bool plain_init = is_default(init, vm->object_class);
    if (cls->header.flags & CLASS_BUILTIN && cls->header.extra != KIND_EXCEPTION && !plain_new) {
      Called made = call_builtin_new(vm, parent, cls, as_native(new), args, nargs, names, out);
      if (plain_init || made != CALL_DONE) return made;
      return call_builtin_init(vm, parent, as_native(init), args, nargs, names, out);
    }
    if (plain_new && cls->header.extra == KIND_INSTANCE) {
      if (plain_init && (nargs > 0 || keywords)) {
        raise_type_error(vm, "%s() takes no arguments", cls->name->data);
        return CALL_RAISED;
      }
      // object.__new__ says what an abstract class lacks.
      if (unlikely(cls->abstract)) return construct(vm, parent, cls, EMPTY, args, nargs, names);
      *out = instance_new(vm, cls);
      if (plain_init) return CALL_DONE;
      if (is_function(init) && !(((Function *)as_object(init))->code->flags & CODE_SUSPENDS) &&
          parent->header.extra == RESUME_STORE) {
        return enter_init(vm, parent, (Function *)as_object(init), *out, args, nargs, names);
      }
      return construct(vm, parent, cls, *out, args, nargs, names);
    }
    if (cls->header.extra == KIND_EXCEPTION) {
      if (!exception_create(vm, cls, args, nargs, names, out)) return CALL_RAISED;
      if (is_kind(init, KIND_NATIVE) || !class_is_subclass(as_object(*out)->cls, cls)) {
        return CALL_DONE;
      }
      if (is_function(init) && parent->header.extra == RESUME_STORE) {
        return enter_init(vm, parent, (Function *)as_object(init), *out, args, nargs, names);
      }
      return construct(vm, parent, cls, *out, args, nargs, names);
    }
    // class Point(tuple), class Money(int): __new__ is all there is.
    if (!plain_new && plain_init) {
      return call_builtin_new(vm, parent, cls, as_native(new), args, nargs, names, out);
    }
  }
  if (is_function(new) && ((Function *)as_object(new))->code->flags & CODE_PLAIN_NEW &&
      is_default(init, vm->object_class)) {
    return call_with_receiver(vm, parent, new, from_object(cls), args, nargs, names, out);
  }
  return construct(vm, parent, cls, EMPTY, args, nargs, names);
}

// type.__call__(cls, *args, **kwargs): what calling a class does unless its own class has a say.
// Registers: 0 the arguments with the class, 1 keywords (dict or EMPTY).
static Step type_call_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) return step_done(vm, in);
  frame->state = 1;
  Tuple *given = as_tuple(frame->regs[0]);
  if (given->count == 0 || !is_class(given->items[0])) {
    raise_type_error(vm, "descriptor '__call__' requires a 'type' object");
    return STEP_RAISE;
  }
  int nargs = (int)given->count - 1;
  Dict *kwargs = is_dict(frame->regs[1]) ? as_dict(frame->regs[1]) : NULL;
  size_t keywords = kwargs == NULL ? 0 : kwargs->count;
  Tuple *all = tuple_new(vm, (size_t)nargs + keywords), *names = tuple_new(vm, keywords);
  if (nargs > 0) memcpy(all->items, given->items + 1, (size_t)nargs * sizeof(Value));
  size_t n = 0;
  Value name, value, out;
  for (size_t i = 0; keywords > 0 && dict_next(kwargs, &i, &name, &value); n++) {
    names->items[n] = name;
    all->items[(size_t)nargs + n] = value;
  }
  Class *cls = as_class(given->items[0]);
  switch (call_class(vm, frame, cls, all->items, nargs, keywords > 0 ? names : NULL, &out)) {
    case CALL_DONE: return step_done(vm, out);
    case CALL_RAISED: return STEP_RAISE;
    default: return STEP_ENTER;
  }
}

const NativeDef call_type_def = {.name = "__call__",
                                 .max = -1,
                                 .flags = NATIVE_METHOD | NATIVE_KEYWORDS,
                                 .step = type_call_step,
                                 .registers = 2};

// ---- anything

static Called call_with_receiver(VM *vm, Frame *parent, Value callee, Value receiver,
                                 const Value *args, int nargs, Tuple *names, Value *out) {
  int total = nargs + (names == NULL ? 0 : (int)names->count);
  Value small[9];
  Value *all = small;
  if (total >= 9) all = tuple_new(vm, (size_t)total + 1)->items;
  all[0] = receiver;
  if (total > 0) memcpy(all + 1, args, (size_t)total * sizeof *args);
  return call_value(vm, parent, callee, all, nargs + 1, names, out);
}

Called call_value(VM *vm, Frame *parent, Value callee, const Value *args, int nargs, Tuple *names,
                  Value *out) {
  if (is_object(callee)) {
    Object *o = as_object(callee);
    switch (o->kind) {
      case KIND_FUNCTION: return call_function(vm, parent, (Function *)o, args, nargs, names, out);
      case KIND_NATIVE: return call_native(vm, parent, (Native *)o, args, nargs, names, out);
      case KIND_METHOD: {
        Method *method = (Method *)o;
        return call_with_receiver(vm, parent, method->function, method->receiver, args, nargs,
                                  names, out);
      }
      case KIND_CLASS:
        if ((Class *)o == vm->type_class && nargs == 1 && names == NULL) {
          *out = from_object(value_class(vm, args[0]));
          return CALL_DONE;
        }
        if (unlikely(o->cls != vm->type_class) && value_has_script(vm, callee, SP_CALL)) break;
        return call_class(vm, parent, (Class *)o, args, nargs, names, out);
      case KIND_WRAPPER:
        if (!class_is_subclass(o->cls, vm->staticmethod_class)) break;
        return call_value(vm, parent, ((Wrapper *)o)->function, args, nargs, names, out);
      default: break;
    }
    Value call = class_special(vm, o->cls, SP_CALL);
    if (is_function(call) ||
        (is_kind(call, KIND_NATIVE) && as_native(call)->def->flags & NATIVE_METHOD)) {
      return call_with_receiver(vm, parent, call, callee, args, nargs, names, out);
    }
    if (!is_empty(call) && !is_none(call)) {
      Value bound;
      Tri tri = attr_bind(vm, call, callee, o->cls, &bound);
      if (tri == TRI_ERROR) return CALL_RAISED;
      if (tri == TRI_YES) return call_value(vm, parent, bound, args, nargs, names, out);
    }
  }
  raise_type_error(vm, "'%s' object is not callable", value_class_name(vm, callee));
  return CALL_RAISED;
}

// ---- f(*args, **kwargs)

Called call_extended(VM *vm, Frame *parent, Value callee, Value args, Dict *kwargs, Value *out) {
  const Value *items = is_list(args) ? as_list(args)->items : as_tuple(args)->items;
  size_t count = is_list(args) ? as_list(args)->count : as_tuple(args)->count;
  if (kwargs == NULL || kwargs->count == 0) {
    // Of a list a copy: the callee may change it while it binds its arguments.
    if (is_list(args)) items = tuple_from(vm, items, count)->items;
    return call_value(vm, parent, callee, items, (int)count, NULL, out);
  }
  Tuple *all = tuple_new(vm, count + kwargs->count);
  if (count > 0) memcpy(all->items, items, count * sizeof *items);
  Tuple *names = tuple_new(vm, kwargs->count);
  size_t n = 0;
  Value name, value;
  for (size_t i = 0; dict_next(kwargs, &i, &name, &value); n++) {
    if (!is_str(name)) {
      raise_type_error(vm, "keywords must be strings");
      return CALL_RAISED;
    }
    names->items[n] = name;
    all->items[count + n] = value;
  }
  return call_value(vm, parent, callee, all->items, (int)count, names, out);
}

// A step function's f(*args, **kwargs): handed to a step of its own, since STEP_CALL carries
// positional arguments only. Registers: 0 callee, 1 args, 2 kwargs or EMPTY.
static Step extended_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) return step_done(vm, in);
  frame->state = 1;
  Value out;
  Dict *kwargs = is_dict(frame->regs[2]) ? as_dict(frame->regs[2]) : NULL;
  switch (call_extended(vm, frame, frame->regs[0], frame->regs[1], kwargs, &out)) {
    case CALL_DONE: return step_done(vm, out);
    case CALL_RAISED: return STEP_RAISE;
    default: return STEP_ENTER;
  }
}

const NativeDef call_extended_def = {
    .name = "call", .min = 2, .max = 3, .step = extended_step, .registers = 3};

Step step_call_extended(VM *vm, Frame *frame, int state, Value callee, Value args, Value kwargs) {
  Value call[3] = {callee, args, kwargs};
  return step_call(vm, frame, state, vm->call_extended, is_empty(kwargs) ? 2 : 3, call);
}

void call_install(VM *vm) {
  for (uint16_t i = 0; i < VM_STEP_REGISTERS; i++) {
    Code *code = code_new(vm);
    code->name = code->qualname = str_intern_c(vm, "step");
    code->register_count = i;
    code->flags = CODE_HIDDEN;
    vm->step_codes[i] = code;
  }
  vm->call_extended = native_new(vm, &call_extended_def, NULL);
}
