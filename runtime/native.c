// native.c: function objects written in C, their argument rules, and handing over to a script.
#include "native.h"

#include "native_call.h"
#include "vm.h"

Value native_new(VM *vm, const NativeDef *def, Class *owner) {
  Native *native = heap_alloc(vm, KIND_NATIVE, vm->native_class, sizeof *native);
  native->def = def;
  native->owner = owner;
  if (def->step != NULL) {
    Code *code = code_new(vm);
    code->name = code->qualname = str_intern_c(vm, def->name);
    code->register_count = (uint16_t)def->registers;
    code->flags = CODE_HIDDEN;
    if (def->flags & NATIVE_COROUTINE) code->flags |= CODE_COROUTINE;
    native->code = code;
  }
  return from_object(native);
}

void native_add_methods(VM *vm, Class *cls, const NativeDef *defs) {
  for (; defs->name != NULL; defs++) {
    dict_set_str(vm, cls->dict, str_intern_c(vm, defs->name), native_new(vm, defs, cls));
  }
  cls->specials_valid = false;
}

void native_add_functions(VM *vm, Module *module, const NativeDef *defs) {
  for (; defs->name != NULL; defs++) {
    module_set(vm, module, str_intern_c(vm, defs->name), native_new(vm, defs, NULL));
  }
}

void vm_set_call(VM *vm, Value callee, int nargs, const Value *args) {
  size_t size = (size_t)nargs * sizeof *args;
  if (nargs > vm->call_capacity) {
    // The old array may be where the arguments are: it goes after the copy.
    Value *grown = heap_buffer_new(vm, size * 2);
    memcpy(grown, args, size);
    heap_buffer_free(vm, vm->call_args, (size_t)vm->call_capacity * sizeof *grown);
    vm->call_args = grown;
    vm->call_capacity = nargs * 2;
  } else if (nargs > 0) {
    memmove(vm->call_args, args, size);
  }
  vm->callee = callee;
  vm->call_nargs = nargs;
}

bool native_tail(VM *vm, Value *out, Value callee, int nargs, const Value *args) {
  vm_set_call(vm, callee, nargs, args);
  *out = EMPTY;
  return true;
}

Step step_call(VM *vm, Frame *frame, int state, Value callee, int nargs, const Value *args) {
  frame->state = state;
  vm_set_call(vm, callee, nargs, args);
  return STEP_CALL;
}

Step step_await(VM *vm, Frame *frame, int state, Value awaitable) {
  frame->state = state;
  vm->callee = awaitable;
  return STEP_AWAIT;
}

Step step_yield(VM *vm, Frame *frame, int state, Value value) {
  frame->state = state;
  vm->result = value;
  return STEP_YIELD;
}

Step step_done(VM *vm, Value result) {
  vm->result = result;
  return STEP_DONE;
}

// ---- arguments

static const char *plural(int n) { return n == 1 ? "" : "s"; }

// Methods count without their receiver.
static int hidden_arguments(const NativeDef *def) {
  return def->flags & (NATIVE_METHOD | NATIVE_CLASS | NATIVE_PROPERTY) ? 1 : 0;
}

static bool raise_count(VM *vm, const Native *native, int nargs) {
  const NativeDef *def = native->def;
  int hidden = hidden_arguments(def);
  int given = nargs - hidden, min = def->min - hidden, max = def->max - hidden;
  if (given < 0) {
    return raise_type_error(vm, "unbound method %s.%s() needs an argument",
                            native->owner == NULL ? "?" : native->owner->name->data, def->name);
  }
  Text name = text_new(vm);
  if (native->owner != NULL && hidden) text_printf(&name, "%s.", native->owner->name->data);
  text_add_c(&name, def->name);
  Str *full = text_finish(&name);
  int length = (int)full->length;
  if (def->max == def->min) {
    if (max == 0) {
      return raise_type_error(vm, "%.*s() takes no arguments (%d given)", length, full->data,
                              given);
    }
    if (max == 1) {
      return raise_type_error(vm, "%.*s() takes exactly one argument (%d given)", length,
                              full->data, given);
    }
    return raise_type_error(vm, "%s expected %d arguments, got %d", def->name, max, given);
  }
  if (def->params != NULL && given > max && def->max >= 0) {
    return raise_type_error(vm, "%s() takes at most %d argument%s (%d given)", def->name, max,
                            plural(max), given);
  }
  bool few = given < min;
  int bound = few ? min : max;
  return raise_type_error(vm, "%s expected at %s %d argument%s, got %d", def->name,
                          few ? "least" : "most", bound, plural(bound), given);
}

// The position of a keyword in a params string ("self / x * key"), or -1; *word gets its name.
static int find_param(const char *params, const Str *keyword) {
  int position = 0, found = -1;
  for (const char *p = params; *p != '\0';) {
    while (*p == ' ') p++;
    const char *end = p;
    while (*end != '\0' && *end != ' ') end++;
    size_t length = (size_t)(end - p);
    if (length == 1 && *p == '/') {
      found = -1;  // everything before is positional-only
    } else if (!(length == 1 && *p == '*') && length > 0) {
      if (length == keyword->length && memcmp(p, keyword->data, length) == 0) found = position;
      position++;
    }
    p = end;
  }
  return found;
}

// How many positions may be given without a keyword.
static int positional_limit(const NativeDef *def) {
  if (def->params == NULL || strchr(def->params, '*') == NULL) return def->max;
  int position = 0;
  for (const char *p = def->params; *p != '\0' && *p != '*';) {
    while (*p == ' ') p++;
    if (*p == '*' || *p == '\0') break;
    if (*p != '/') position++;
    while (*p != '\0' && *p != ' ') p++;
  }
  return position;
}

static bool collect_keywords(VM *vm, const Value *values, Tuple *names) {
  vm->keywords = NULL;
  if (names == NULL || names->count == 0) return true;
  vm->keywords = dict_new(vm);
  for (size_t i = 0; i < names->count; i++) {
    dict_set_str(vm, vm->keywords, as_str(names->items[i]), values[i]);
  }
  return true;
}

static bool place_keywords(VM *vm, const Native *native, Value *slots, int nargs,
                           const Value *values, Tuple *names) {
  const NativeDef *def = native->def;
  for (size_t i = 0; i < names->count; i++) {
    Str *name = as_str(names->items[i]);
    if (def->params == NULL) {
      return raise_type_error(vm, "%s%s%s() takes no keyword arguments",
                              native->owner != NULL ? native->owner->name->data : "",
                              native->owner != NULL ? "." : "", def->name);
    }
    int position = find_param(def->params, name);
    if (position < 0 || position >= def->max) {
      return raise_type_error(vm, "'%.*s' is an invalid keyword argument for %s()",
                              (int)name->length, name->data, def->name);
    }
    if (position < nargs) {
      return raise_type_error(vm, "argument for %s() given by name ('%.*s') and position (%d)",
                              def->name, (int)name->length, name->data,
                              position + 1 - hidden_arguments(def));
    }
    slots[position] = values[i];
  }
  return true;
}

static bool check_receiver(VM *vm, const Native *native, const Value *args, int nargs) {
  if (!(native->def->flags & (NATIVE_METHOD | NATIVE_PROPERTY)) || native->owner == NULL) {
    return true;
  }
  if (nargs == 0) return raise_count(vm, native, 0);
  if (class_is_subclass(value_class(vm, args[0]), native->owner)) return true;
  return raise_type_error(vm, "descriptor '%s' for '%s' objects doesn't apply to a '%s' object",
                          native->def->name, native->owner->name->data,
                          value_class_name(vm, args[0]));
}

bool native_arrange(VM *vm, const Native *native, const Value *args, int nargs, Tuple *names,
                    Value *slots) {
  const NativeDef *def = native->def;
  if (!check_receiver(vm, native, args, nargs)) return false;
  if (nargs > positional_limit(def) && def->max >= 0) return raise_count(vm, native, nargs);
  for (int i = 0; i < nargs; i++) slots[i] = args[i];
  for (int i = nargs; i < def->max; i++) slots[i] = EMPTY;
  if (def->flags & NATIVE_KEYWORDS) {
    if (!collect_keywords(vm, args + nargs, names)) return false;
  } else if (names != NULL && !place_keywords(vm, native, slots, nargs, args + nargs, names)) {
    return false;
  }
  for (int i = nargs; i < def->min; i++) {
    if (is_empty(slots[i])) return raise_count(vm, native, nargs);
  }
  return true;
}

bool native_call_leaf(VM *vm, const Native *native, const Value *args, int nargs, Tuple *names,
                      Value *out) {
  const NativeDef *def = native->def;
  if (def->max >= 0) {
    Value slots[NATIVE_MAX_POSITIONS];
    assert(def->max <= NATIVE_MAX_POSITIONS);
    if (!native_arrange(vm, native, args, nargs, names, slots)) return false;
    return def->leaf(vm, slots, nargs, out);
  }
  if (!check_receiver(vm, native, args, nargs)) return false;
  if (nargs < def->min) return raise_count(vm, native, nargs);
  vm->keywords = NULL;
  if (names != NULL && names->count > 0) {
    if (!(def->flags & NATIVE_KEYWORDS)) {
      return raise_type_error(vm, "%s() takes no keyword arguments", def->name);
    }
    collect_keywords(vm, args + nargs, names);
  }
  // A copy: the caller's array may be vm->call_args, which the leaf may replace.
  if (nargs <= NATIVE_MAX_POSITIONS) {
    Value slots[NATIVE_MAX_POSITIONS];
    memcpy(slots, args, (size_t)nargs * sizeof *slots);
    return def->leaf(vm, slots, nargs, out);
  }
  Tuple *copy = tuple_from(vm, args, (size_t)nargs);
  return def->leaf(vm, copy->items, nargs, out);
}

void native_mark(VM *vm, Object *object) {
  Native *native = (Native *)object;
  heap_mark_object(vm, native->owner);
  heap_mark_object(vm, native->code);
}
