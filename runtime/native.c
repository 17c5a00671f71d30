// native.c: function objects written in C, their argument rules, and handing over to a script.
#include "native.h"

#include "native_call.h"
#include "vm.h"

// Special methods that CPython's types hold as plain methods.
static const char *const plain_specials[] = {
    "__format__",        "__dir__",           "__reduce__",        "__reduce_ex__",
    "__reversed__",      "__round__",         "__trunc__",         "__floor__",
    "__ceil__",          "__length_hint__",   "__bytes__",         "__enter__",
    "__exit__",          "__aenter__",        "__aexit__",         "__sizeof__",
    "__subclasses__",    "__getnewargs__",    "__setstate__",      "__instancecheck__",
    "__subclasscheck__", "__class_getitem__", "__init_subclass__",
};

bool native_is_operator(const NativeDef *def) {
  if (def->name[0] != '_' || def->name[1] != '_') return false;
  size_t length = strlen(def->name);
  if (length <= 4) return false;
  if (strcmp(def->name + length - 2, "__") != 0) return false;
  for (size_t i = 0; i < sizeof plain_specials / sizeof *plain_specials; i++) {
    // Asked of every method when Coro starts: one letter tells most apart.
    if (def->name[2] == plain_specials[i][2] && strcmp(def->name, plain_specials[i]) == 0) {
      return false;
    }
  }
  return true;
}

static Class *class_of_native(VM *vm, const NativeDef *def, const Class *owner) {
  if (owner == NULL) return vm->native_class;
  if (def->flags & NATIVE_MEMBER) return vm->member_class;
  if (def->flags & NATIVE_PROPERTY) return vm->getset_class;
  if (def->flags & NATIVE_CLASS) return vm->classmethod_descriptor_class;
  if (!(def->flags & NATIVE_METHOD)) return vm->native_class;
  return native_is_operator(def) ? vm->wrapper_descriptor_class : vm->method_descriptor_class;
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

Value native_new(VM *vm, const NativeDef *def, Class *owner) {
  Native *native = heap_alloc(vm, KIND_NATIVE, class_of_native(vm, def, owner), sizeof *native);
  native->def = def;
  native->owner = owner;
  native->plain_limit = def->flags & NATIVE_KEYWORDS ? -1 : positional_limit(def);
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
    Value native = native_new(vm, defs, NULL);
    as_native(native)->module = module;
    module_set(vm, module, str_intern_c(vm, defs->name), native);
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

// __new__ and __init__ of a builtin class: their errors name the class, as those of calling it.
static bool is_constructor(const Native *native) {
  const char *name = native->def->name;
  return native->owner != NULL && (strcmp(name, "__new__") == 0 || strcmp(name, "__init__") == 0);
}

// Methods count without their receiver, constructors without the class or the new object.
static int hidden_arguments(const Native *native) {
  unsigned binds = NATIVE_METHOD | NATIVE_CLASS | NATIVE_PROPERTY;
  return native->def->flags & binds || is_constructor(native) ? 1 : 0;
}

static const char *name_in_errors(const Native *native) {
  return is_constructor(native) ? native->owner->name->data : native->def->name;
}

// With the class of a method, or the module of a function that is no builtin.
static const Str *full_name(VM *vm, const Native *native) {
  const Str *within = NULL;
  if (native->owner != NULL && !(native->def->flags & NATIVE_STATIC)) within = native->owner->name;
  if (native->module != NULL && native->module != vm->builtins) within = native->module->name;
  if (within == NULL || is_constructor(native)) return str_from_c(vm, name_in_errors(native));
  return str_format(vm, "%s.%s", within->data, native->def->name);
}

// A __new__ that takes no keywords passes over those of a subclass's own __init__.
static bool leaves_keywords(VM *vm, const Native *native, const Value *args, int nargs) {
  if (strcmp(native->def->name, "__new__") != 0 || native->owner == NULL || nargs == 0 ||
      !is_class(args[0]) || as_class(args[0]) == native->owner) {
    return false;
  }
  return class_special(vm, as_class(args[0]), SP_INIT) != class_special(vm, native->owner, SP_INIT);
}

static bool raise_no_keywords(VM *vm, const Native *native) {
  return raise_type_error(vm, "%s() takes no keyword arguments", full_name(vm, native)->data);
}

// How many of the positions up to `limit` have names that a keyword cannot give.
static int positional_only(const NativeDef *def, int limit) {
  int position = 0;
  for (const char *p = def->params; *p != '\0';) {
    while (*p == ' ') p++;
    if (*p == '/') return position < limit ? position : limit;
    if (*p == '*' || *p == '\0') break;
    position++;
    while (*p != '\0' && *p != ' ') p++;
  }
  return 0;
}

// "pow() missing required argument 'exp' (pos 2)"
static bool raise_missing(VM *vm, const Native *native, int nargs, int position) {
  const NativeDef *def = native->def;
  const char *name = name_in_errors(native);
  int hidden = hidden_arguments(native);
  int needed = positional_only(def, def->min);
  if (position < needed) {
    return raise_type_error(vm, "%s() takes %s %d positional argument%s (%d given)", name,
                            needed < positional_limit(def) ? "at least" : "exactly",
                            needed - hidden, plural(needed - hidden), nargs - hidden);
  }
  const char *p = def->params;
  for (int at = 0;; at++) {
    while (*p == ' ') p++;
    size_t length = strcspn(p, " ");
    if (*p == '/' || *p == '*') {
      at--;
    } else if (at == position) {
      return raise_type_error(vm, "%s() missing required argument '%.*s' (pos %d)", name,
                              (int)length, p, position + 1 - hidden);
    }
    p += length;
  }
}

static bool raise_count(VM *vm, const Native *native, int nargs) {
  const NativeDef *def = native->def;
  const char *short_name = name_in_errors(native);
  int hidden = hidden_arguments(native);
  int given = nargs - hidden, min = def->min - hidden, max = def->max - hidden;
  bool wrapper = native->header.cls == vm->wrapper_descriptor_class;
  if (given < 0 && native->def->flags & NATIVE_STATIC) {
    return raise_type_error(vm, "%s.__new__(): not enough arguments", short_name);
  }
  if (given < 0 && wrapper) {
    return raise_type_error(vm, "descriptor '%s' of '%s' object needs an argument", def->name,
                            native->owner->name->data);
  }
  if (given < 0) {
    return raise_type_error(vm, "unbound method %s.%s() needs an argument",
                            native->owner == NULL ? "?" : native->owner->name->data, def->name);
  }
  if (def->params != NULL && given > max && def->max >= 0) {
    return raise_type_error(vm, "%s() takes at most %d argument%s (%d given)", short_name, max,
                            plural(max), given);
  }
  if (def->max == def->min && wrapper) {
    return raise_type_error(vm, "expected %d argument%s, got %d", max, plural(max), given);
  }
  if (def->max == def->min && is_constructor(native)) {
    return raise_type_error(vm, "%s expected %d argument%s, got %d", short_name, max, plural(max),
                            given);
  }
  if (def->max == def->min) {
    const Str *full = full_name(vm, native);
    int length = (int)full->length;
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
  bool few = given < min;
  int bound = few ? min : max;
  return raise_type_error(vm, "%s expected at %s %d argument%s, got %d", short_name,
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
      return leaves_keywords(vm, native, slots, nargs) || raise_no_keywords(vm, native);
    }
    int position = find_param(def->params, name);
    if (position < 0 || position >= def->max) {
      return raise_type_error(vm, "'%.*s' is an invalid keyword argument for %s()",
                              (int)name->length, name->data, name_in_errors(native));
    }
    if (position < nargs) {
      return raise_type_error(vm, "argument for %s() given by name ('%.*s') and position (%d)",
                              name_in_errors(native), (int)name->length, name->data,
                              position + 1 - hidden_arguments(native));
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
  bool wrapper = native->header.cls == vm->wrapper_descriptor_class;
  return raise_type_error(
      vm,
      wrapper ? "descriptor '%s' requires a '%s' object but received a '%s'"
              : "descriptor '%s' for '%s' objects doesn't apply to a '%s' object",
      native->def->name, native->owner->name->data, value_class_name(vm, args[0]));
}

bool native_arrange(VM *vm, const Native *native, const Value *args, int nargs, Tuple *names,
                    Value *slots) {
  const NativeDef *def = native->def;
  if (likely(names == NULL && native_arrange_plain(vm, native, args, nargs, slots))) return true;
  if (!check_receiver(vm, native, args, nargs)) return false;
  int limit = positional_limit(def);
  if (nargs > limit && def->max >= 0) {
    if (limit > hidden_arguments(native) && limit < def->max) {  // the rest are keyword-only
      int given = nargs - hidden_arguments(native), most = limit - hidden_arguments(native);
      return raise_type_error(vm, "%s() takes %s %d positional argument%s (%d given)",
                              name_in_errors(native), def->min == limit ? "exactly" : "at most",
                              most, plural(most), given);
    }
    if (limit == def->max) return raise_count(vm, native, nargs);
    return raise_type_error(vm, "%s() takes no positional arguments", def->name);
  }
  for (int i = 0; i < nargs; i++) slots[i] = args[i];
  for (int i = nargs; i < def->max; i++) slots[i] = EMPTY;
  if (def->flags & NATIVE_KEYWORDS) {
    if (!collect_keywords(vm, args + nargs, names)) return false;
  } else if (names != NULL && !place_keywords(vm, native, slots, nargs, args + nargs, names)) {
    return false;
  }
  for (int i = nargs; i < def->min; i++) {
    if (!is_empty(slots[i])) continue;
    return def->params == NULL || nargs < hidden_arguments(native)
               ? raise_count(vm, native, nargs)
               : raise_missing(vm, native, nargs, i);
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
      return raise_no_keywords(vm, native);
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
  heap_mark_object(vm, native->module);
  heap_mark_object(vm, native->code);
}
