// context.c: context variables. See context.h for how contexts are shared.
#include "context.h"

#include "dunder.h"
#include "loop.h"

static Context *context_new(VM *vm, Dict *vars) {
  Context *context = heap_alloc(vm, KIND_CONTEXT, vm->context_class, sizeof *context);
  context->vars = vars;
  context->header.flags |= CONTEXT_SHARED;
  return context;
}

static Dict *vars_of(Value context) {
  if (is_kind(context, KIND_CONTEXT)) return as_context(context)->vars;
  return is_empty(context) ? NULL : as_dict(context);
}

Value context_snapshot(VM *vm) {
  Value current = vm->context;
  if (is_kind(current, KIND_CONTEXT)) as_context(current)->header.flags |= CONTEXT_SHARED;
  Dict *vars = vars_of(current);
  return vars == NULL ? EMPTY : from_object(vars);
}

bool context_argument(VM *vm, Value given, Value *out) {
  if (is_empty(given) || is_none(given)) {
    *out = context_snapshot(vm);
    return true;
  }
  *out = given;
  if (is_kind(given, KIND_CONTEXT)) return true;
  return raise_type_error(vm, "a Context is required, not '%s'", value_class_name(vm, given));
}

// The running code's context as an object that can be written to.
static Context *writable(VM *vm) {
  if (!is_kind(vm->context, KIND_CONTEXT)) {
    vm->context = from_object(context_new(vm, vars_of(vm->context)));
  }
  Context *context = as_context(vm->context);
  if (context->header.flags & CONTEXT_SHARED) {
    context->vars = context->vars == NULL ? dict_new(vm) : dict_copy(vm, context->vars);
    context->header.flags &= (uint8_t)~CONTEXT_SHARED;
  }
  return context;
}

static Value lookup(VM *vm, Dict *vars, ContextVar *var) {
  Value value = EMPTY;
  if (vars == NULL || dict_get(vm, vars, from_object(var), &value) != TRI_YES) return EMPTY;
  return value;
}

// ---- Context

static bool make_context(VM *vm, Value *args, int nargs, Value *out) {
  (void)args;
  if (nargs > 1) return raise_type_error(vm, "Context() does not accept any arguments");
  *out = from_object(context_new(vm, NULL));
  return true;
}

static bool copy(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Context *context = as_context(args[0]);
  context->header.flags |= CONTEXT_SHARED;
  *out = from_object(context_new(vm, context->vars));
  return true;
}

static bool copy_current(VM *vm, Value *args, int nargs, Value *out) {
  (void)args;
  (void)nargs;
  *out = from_object(context_new(vm, vars_of(context_snapshot(vm))));
  return true;
}

Dict *context_vars(VM *vm, Value v) {
  Context *context = as_context(v);
  if (context->vars == NULL) context->vars = dict_new(vm);
  context->header.flags |= CONTEXT_SHARED;
  return context->vars;
}

Tri context_get(VM *vm, Value context, Value key, Value *out) {
  if (!is_kind(key, KIND_CONTEXT_VAR)) {
    raise_type_error(vm, "a ContextVar key was expected, got '%s'", value_class_name(vm, key));
    return TRI_ERROR;
  }
  *out = lookup(vm, as_context(context)->vars, (ContextVar *)as_object(key));
  return is_empty(*out) ? TRI_NO : TRI_YES;
}

static bool get(VM *vm, Value *args, int nargs, Value *out) {
  Tri found = context_get(vm, args[0], args[1], out);
  if (found == TRI_NO) *out = nargs > 2 ? args[2] : NONE;
  return found != TRI_ERROR;
}

static bool keys(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = dict_view(vm, context_vars(vm, args[0]), VIEW_KEYS);
  return true;
}

static bool values(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = dict_view(vm, context_vars(vm, args[0]), VIEW_VALUES);
  return true;
}

static bool items(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = dict_view(vm, context_vars(vm, args[0]), VIEW_ITEMS);
  return true;
}

// context.run(callable, *args, **kwargs). Registers: 0 all arguments (a tuple), 1 keywords, 2 the
// context to go back to.
static Step run_step(VM *vm, Frame *frame, Value in) {
  Tuple *all = as_tuple(frame->regs[0]);
  if (frame->state == 0) {
    if (all->count == 0 || !is_kind(all->items[0], KIND_CONTEXT)) {
      raise_type_error(vm, "descriptor 'run' for '_contextvars.Context' objects doesn't apply");
      return STEP_RAISE;
    }
    if (all->count < 2) {
      raise_type_error(vm, "run() missing 1 required positional argument");
      return STEP_RAISE;
    }
    Context *context = as_context(all->items[0]);
    if (context->header.flags & CONTEXT_ENTERED) {
      Text text = text_new(vm);
      if (context_repr(vm, from_object(context), &text) != TRI_YES) return STEP_RAISE;
      Str *repr = text_finish(&text);
      vm_raise(vm, vm->exceptions.RuntimeError, "cannot enter context: %.*s is already entered",
               (int)repr->length, repr->data);
      return STEP_RAISE;
    }
    context->header.flags |= CONTEXT_ENTERED;
    frame->regs[2] = vm->context;
    vm->context = from_object(context);
    Tuple *args = tuple_from(vm, all->items + 2, all->count - 2);
    return step_call_extended(vm, frame, 1, all->items[1], from_object(args), frame->regs[1]);
  }
  as_context(all->items[0])->header.flags &= (uint8_t)~CONTEXT_ENTERED;
  vm->context = frame->regs[2];
  return is_empty(vm->exception) ? step_done(vm, in) : STEP_RAISE;
}

// ---- ContextVar

static bool make_var(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_str(args[1])) return raise_type_error(vm, "context variable name must be a str");
  ContextVar *var = heap_alloc(vm, KIND_CONTEXT_VAR, vm->context_var_class, sizeof *var);
  var->name = as_str(args[1]);
  var->initial = args[2];
  *out = from_object(var);
  return true;
}

static bool var_get(VM *vm, Value *args, int nargs, Value *out) {
  ContextVar *var = (ContextVar *)as_object(args[0]);
  *out = lookup(vm, vars_of(vm->context), var);
  if (is_empty(*out)) *out = nargs > 1 ? args[1] : var->initial;
  return !is_empty(*out) || vm_raise_value(vm, vm->exceptions.LookupError, args[0]);
}

static bool var_set(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  ContextVar *var = (ContextVar *)as_object(args[0]);
  Context *context = writable(vm);
  Token *token = heap_alloc(vm, KIND_TOKEN, vm->token_class, sizeof *token);
  token->var = var;
  token->context = context;
  token->old = lookup(vm, context->vars, var);
  *out = from_object(token);
  return dict_set(vm, context->vars, args[0], args[1]) == TRI_YES;
}

static bool raise_token(VM *vm, Class *cls, Value token, const char *what) {
  Text text = text_new(vm);
  if (context_repr(vm, token, &text) != TRI_YES) return false;
  text_add_c(&text, what);
  return vm_raise_value(vm, cls, from_object(text_finish(&text)));
}

static bool var_reset(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_kind(args[1], KIND_TOKEN) || args[1] == vm->loops->token_missing) {
    return raise_type_error(vm, "expected an instance of Token, got '%s'",
                            value_class_name(vm, args[1]));
  }
  Token *token = (Token *)as_object(args[1]);
  if (token->header.flags & TOKEN_USED) {
    return raise_token(vm, vm->exceptions.RuntimeError, args[1], " has already been used once");
  }
  if (from_object(token->var) != args[0]) {
    return raise_token(vm, vm->exceptions.ValueError, args[1],
                       " was created by a different ContextVar");
  }
  if (from_object(token->context) != vm->context) {
    return raise_token(vm, vm->exceptions.ValueError, args[1],
                       " was created in a different Context");
  }
  token->header.flags |= TOKEN_USED;
  Context *context = writable(vm);
  *out = NONE;
  if (!is_empty(token->old)) return dict_set(vm, context->vars, args[0], token->old) == TRI_YES;
  Value old;
  return dict_delete(vm, context->vars, args[0], &old) != TRI_ERROR;
}

static bool var_name(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  *out = from_object(((ContextVar *)as_object(args[0]))->name);
  return true;
}

// ---- Token

static bool token_var(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  *out = from_object(((Token *)as_object(args[0]))->var);
  return true;
}

static bool token_old_value(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = ((Token *)as_object(args[0]))->old;
  if (is_empty(*out)) *out = vm->loops->token_missing;
  return true;
}

static bool class_item(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "generic.alias", nargs, args);
}

// ---- text

Tri context_repr(VM *vm, Value v, Text *out) {
  Object *object = as_object(v);
  switch (object->kind) {
    case KIND_CONTEXT_VAR: {
      ContextVar *var = (ContextVar *)object;
      text_add_c(out, "<ContextVar name=");
      str_repr(out, var->name, false);
      if (!is_empty(var->initial)) {
        text_add_c(out, " default=");
        Tri tri = value_repr(vm, var->initial, out);
        if (tri != TRI_YES) return tri;
      }
      break;
    }
    case KIND_TOKEN: {
      Token *token = (Token *)object;
      if (token->var == NULL) {
        text_add_c(out, "<Token.MISSING>");
        return TRI_YES;
      }
      text_add_c(out, token->header.flags & TOKEN_USED ? "<Token used var=" : "<Token var=");
      Tri tri = context_repr(vm, from_object(token->var), out);
      if (tri != TRI_YES) return tri;
      break;
    }
    default: value_repr_plain(vm, v, out); return TRI_YES;
  }
  text_printf(out, " at %p>", (void *)object);
  return TRI_YES;
}

// ---- the collector, installation

void context_mark(VM *vm, Object *object) { heap_mark_object(vm, ((Context *)object)->vars); }

void context_var_mark(VM *vm, Object *object) {
  ContextVar *var = (ContextVar *)object;
  heap_mark_object(vm, var->name);
  heap_mark(vm, var->initial);
}

void token_mark(VM *vm, Object *object) {
  Token *token = (Token *)object;
  heap_mark_object(vm, token->var);
  heap_mark_object(vm, token->context);
  heap_mark(vm, token->old);
}

#define METHOD(text, fn, low, high) \
  { .name = text, .leaf = fn, .min = low, .max = high, .flags = NATIVE_METHOD }
#define PROPERTY(text, fn) \
  { .name = text, .leaf = fn, .min = 1, .max = 1, .flags = NATIVE_PROPERTY }
#define CLASS_ITEM \
  { .name = "__class_getitem__", .leaf = class_item, .min = 2, .max = 2, .flags = NATIVE_CLASS }

static const NativeDef context_methods[] = {
    {.name = "__new__", .leaf = make_context, .min = 1, .max = -1, .flags = NATIVE_STATIC},
    {.name = "run",
     .min = 0,
     .max = -1,
     .flags = NATIVE_METHOD | NATIVE_KEYWORDS,
     .step = run_step,
     .registers = 3},
    METHOD("copy", copy, 1, 1),
    METHOD("get", get, 2, 3),
    METHOD("keys", keys, 1, 1),
    METHOD("values", values, 1, 1),
    METHOD("items", items, 1, 1),
    {0},
};

static const NativeDef var_methods[] = {
    {.name = "__new__",
     .leaf = make_var,
     .min = 2,
     .max = 3,
     .flags = NATIVE_STATIC,
     .params = "cls name / * default"},
    METHOD("get", var_get, 1, 2),
    METHOD("set", var_set, 2, 2),
    METHOD("reset", var_reset, 2, 2),
    PROPERTY("name", var_name),
    CLASS_ITEM,
    {0},
};

static const NativeDef token_methods[] = {
    PROPERTY("var", token_var),
    PROPERTY("old_value", token_old_value),
    CLASS_ITEM,
    {0},
};

static const NativeDef functions[] = {
    {.name = "copy_context", .leaf = copy_current, .min = 0, .max = 0},
    {0},
};

static void fill_class(VM *vm, Class *cls, const NativeDef *methods) {
  dict_set_c(vm, cls->dict, "__module__", from_object(str_intern_c(vm, "_contextvars")));
  native_add_methods(vm, cls, methods);
  dunder_install(vm, cls, DUNDER_REPR);
}

void context_install(VM *vm) {
  fill_class(vm, vm->context_class, context_methods);
  dunder_install(vm, vm->context_class,
                 DUNDER_LEN | DUNDER_CONTAINS | DUNDER_GETITEM | DUNDER_ITER);
  fill_class(vm, vm->context_var_class, var_methods);
  fill_class(vm, vm->token_class, token_methods);
  Class *missing = class_new_builtin(vm, "MISSING", NULL, KIND_TOKEN, CLASS_FINAL | CLASS_ABSTRACT);
  dunder_install(vm, missing, DUNDER_REPR);
  Token *token = heap_alloc(vm, KIND_TOKEN, missing, sizeof *token);
  token->old = NONE;
  vm->loops->token_missing = from_object(token);
  dict_set_c(vm, vm->token_class->dict, "MISSING", vm->loops->token_missing);
}

void context_add_to_module(VM *vm, Module *module) {
  native_add_functions(vm, module, functions);
  Class *classes[] = {vm->context_class, vm->context_var_class, vm->token_class};
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
    module_set(vm, module, str_intern(vm, classes[i]->name), from_object(classes[i]));
  }
}
