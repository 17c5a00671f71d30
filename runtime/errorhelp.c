// errorhelp.c: see errorhelp.h. All is found when the exception is told of, never when it is
// raised: what a program catches costs nothing.
//
// How far two names are apart: a letter more, less or changed counts 2, one whose case alone is
// changed counts 1. A name is meant when at most about a third of it is wrong.
#include "errorhelp.h"

#include "import.h"
#include "traceback.h"
#include "watch.h"

enum { MOVE_COST = 2, CASE_COST = 1, MOST_BYTES = 40, MOST_NAMES = 750 };

// ---- the nearest name

typedef struct {
  const Str *wrong;
  const char *name;  // the nearest so far, or NULL
  size_t length;
  size_t distance;
  size_t tried;
  bool sorted;  // of equally near ones the first in the alphabet, not the first tried
} Nearest;

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static size_t change_cost(char a, char b) {
  return a == b ? 0 : lower(a) == lower(b) ? CASE_COST : MOVE_COST;
}

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static size_t distance(const char *a, size_t m, const char *b, size_t n) {
  size_t row[MOST_BYTES + 1];
  for (size_t j = 0; j <= n; j++) row[j] = j * MOVE_COST;
  for (size_t i = 1; i <= m; i++) {
    size_t diagonal = row[0];
    row[0] = i * MOVE_COST;
    for (size_t j = 1; j <= n; j++) {
      size_t changed = diagonal + change_cost(a[i - 1], b[j - 1]);
      diagonal = row[j];
      row[j] = smaller(changed, smaller(row[j], row[j - 1]) + MOVE_COST);
    }
  }
  return row[n];
}

static void try_text(Nearest *nearest, const char *name, size_t length) {
  const Str *wrong = nearest->wrong;
  if (++nearest->tried > MOST_NAMES || length > MOST_BYTES || wrong->length > MOST_BYTES) return;
  if (length == wrong->length && memcmp(name, wrong->data, length) == 0) return;
  size_t limit = (wrong->length + length + 3) * MOVE_COST / 6;
  size_t far = distance(wrong->data, wrong->length, name, length);
  if (far > limit) return;
  if (nearest->name != NULL) {
    if (far > nearest->distance) return;
    if (far == nearest->distance) {
      size_t common = smaller(length, nearest->length);
      int order = memcmp(name, nearest->name, common);
      if (!nearest->sorted || order > 0 || (order == 0 && length >= nearest->length)) return;
    }
  }
  nearest->name = name;
  nearest->length = length;
  nearest->distance = far;
}

static void try_name(Nearest *nearest, Value name) {
  if (is_str(name)) try_text(nearest, as_str(name)->data, as_str(name)->length);
}

static void try_names(Nearest *nearest, Str *const *names, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (names[i] != NULL) try_text(nearest, names[i]->data, names[i]->length);
  }
}

static void try_keys(Nearest *nearest, const Dict *dict) {
  Value key, value;
  for (size_t i = 0; dict_next(dict, &i, &key, &value);) try_name(nearest, key);
}

static void try_module(VM *vm, Nearest *nearest, Module *module) {
  const List *names = module_names(vm, module);
  for (size_t i = 0; i < names->count; i++) try_name(nearest, names->items[i]);
}

static void try_class(Nearest *nearest, const Class *cls) {
  for (size_t i = 0; i < cls->mro->count; i++)
    try_keys(nearest, as_class(cls->mro->items[i])->dict);
}

static void try_attributes(VM *vm, Nearest *nearest, Value object) {
  nearest->sorted = true;
  if (is_kind(object, KIND_MODULE)) {
    try_module(vm, nearest, (Module *)as_object(object));
    return;
  }
  if (is_class(object)) {
    try_class(nearest, as_class(object));
    return;
  }
  try_class(nearest, value_class(vm, object));
  if (!is_kind(object, KIND_INSTANCE)) return;
  const Instance *instance = (Instance *)as_object(object);
  if (instance_in_dict_mode(instance)) {
    try_keys(nearest, instance_dict(vm, (Instance *)as_object(object)));
    return;
  }
  for (const Shape *shape = instance->shape; shape != NULL; shape = shape->parent) {
    if (shape->name != NULL) try_text(nearest, shape->name->data, shape->name->length);
  }
}

// ---- where the exception was raised

static const Code *code_of(const Exception *exception) {
  for (uint32_t i = 0; i < exception->trace_count; i++) {
    if (traceback_is_shown(exception->trace, i)) return exception->trace[i].code;
  }
  return NULL;
}

static const Str *missing_name(const Exception *exception) {
  Value payload = exception->payload;
  if (is_tuple(payload) && as_tuple(payload)->count > 0) payload = as_tuple(payload)->items[0];
  return is_str(payload) ? as_str(payload) : NULL;
}

static void try_scope(VM *vm, Nearest *nearest, const Code *code) {
  if (!(code->flags & (CODE_MODULE | CODE_CLASS_BODY))) {
    try_names(nearest, code->local_names, code->local_count);
    try_names(nearest, code->free_names, code->capture_count);
  }
  nearest->tried = 0;
  if (nearest->name == NULL) try_module(vm, nearest, code->module);
  nearest->tried = 0;
  if (nearest->name == NULL) try_module(vm, nearest, vm->builtins);
}

void errorhelp_suggest(VM *vm, const Exception *exception, Text *out) {
  const Class *cls = exception->header.cls;
  Nearest nearest = {.wrong = missing_name(exception)};
  if (nearest.wrong == NULL) return;
  if (cls == vm->exceptions.NameError) {
    const Code *code = code_of(exception);
    if (code == NULL || code->module == NULL) return;
    try_scope(vm, &nearest, code);
  } else if (cls == vm->exceptions.AttributeError && is_tuple(exception->payload)) {
    try_attributes(vm, &nearest, as_tuple(exception->payload)->items[1]);
  }
  if (nearest.name == NULL) return;
  text_printf(out, ". Did you mean: '%.*s'?", (int)nearest.length, nearest.name);
}

// ---- help

// Whether some instance of a class came to have an attribute of this name.
static bool shape_has(const Shape *shape, const Str *name, int depth) {
  if (shape == NULL || depth > 64) return false;
  if (shape->name != NULL && str_equal(shape->name, name)) return true;
  Value key, child;
  for (size_t i = 0; shape->children != NULL && dict_next(shape->children, &i, &key, &child);) {
    if (shape_has((const Shape *)as_object(child), name, depth + 1)) return true;
  }
  return false;
}

// The class in whose body a method was written; NULL: none, or it is not at the module's top.
static const Class *class_of_method(VM *vm, const Code *code) {
  const Str *path = code->qualname;
  const char *dot = memchr(path->data, '.', path->length);
  if (dot == NULL) return NULL;
  Str *name = str_new(vm, path->data, (size_t)(dot - path->data));
  Value cls = module_get(vm, code->module, name);
  return is_class(cls) ? as_class(cls) : NULL;
}

static bool help_self(VM *vm, const Code *code, const Str *name, Text *out) {
  if (code->param_count == 0 || !str_equals_c(code->local_names[0], "self")) return false;
  const Class *cls = class_of_method(vm, code);
  if (cls == NULL) return false;
  Str *key = str_new(vm, name->data, name->length);
  if (is_empty(class_lookup(vm, (Class *)cls, key)) && !shape_has(cls->root_shape, name, 0))
    return false;
  text_printf(out, "write 'self.%.*s': an object's attributes are reached through self",
              (int)name->length, name->data);
  return true;
}

static bool help_name(VM *vm, const Exception *exception, Text *out) {
  static const char *const others[][2] = {{"true", "True"}, {"false", "False"}, {"null", "None"},
                                          {"none", "None"}, {"nil", "None"},    {"NULL", "None"},
                                          {"this", "self"}};
  const Str *name = missing_name(exception);
  const Code *code = code_of(exception);
  if (name == NULL || code == NULL || code->module == NULL) return false;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    if (!str_equals_c(name, others[i][0])) continue;
    text_printf(out, "write '%s'", others[i][1]);
    return true;
  }
  if (name->data[0] != '_' && import_is_library(name)) {
    text_printf(out, "write 'import %.*s' at the top of the file", (int)name->length, name->data);
    return true;
  }
  return help_self(vm, code, name, out);
}

// A local variable without a value: was the module's, or an outer function's, meant?
static bool help_unbound(VM *vm, const Exception *exception, Text *out) {
  const Str *name = missing_name(exception);
  const Code *code = code_of(exception);
  if (name == NULL || code == NULL || code->module == NULL) return false;
  Str *key = str_new(vm, name->data, name->length);
  int length = (int)name->length;
  if (is_empty(module_get(vm, code->module, key))) {
    text_printf(out, "give '%.*s' a value before this line, on every way that leads here", length,
                name->data);
    if (strstr(code->qualname->data, "<locals>") != NULL) {
      text_printf(out, "; or write 'nonlocal %.*s' to mean the outer function's", length,
                  name->data);
    }
    return true;
  }
  text_printf(out,
              "'%.*s' is assigned to in %.*s, so it is a variable of that function alone; write "
              "'global %.*s' in its first line to mean the program's",
              length, name->data, (int)code->name->length, code->name->data, length, name->data);
  return true;
}

static void put_parameters(const Code *code, Text *out) {
  uint32_t count = (uint32_t)code->param_count + code->keyword_only_count;
  for (uint32_t i = code->positional_only; i < count; i++) {
    if (i > code->positional_only) text_add_c(out, ", ");
    text_add_str(out, code->local_names[i]);
  }
}

// A keyword that the function does not know: the payload is (name, code).
static bool help_keyword(const Exception *exception, Text *out) {
  if (!is_tuple(exception->payload) || as_tuple(exception->payload)->count != 2) return false;
  Value known = as_tuple(exception->payload)->items[1];
  const Str *name = missing_name(exception);
  if (name == NULL || !is_kind(known, KIND_CODE)) return false;
  const Code *code = (const Code *)as_object(known);
  uint32_t count = (uint32_t)code->param_count + code->keyword_only_count;
  if (count <= code->positional_only) return false;
  Nearest nearest = {.wrong = name};
  try_names(&nearest, code->local_names + code->positional_only, count - code->positional_only);
  if (nearest.name != NULL) {
    text_printf(out, "write '%.*s='; ", (int)nearest.length, nearest.name);
  }
  text_printf(out, "%.*s() takes: ", (int)code->name->length, code->name->data);
  put_parameters(code, out);
  return true;
}

static void try_library(void *nearest, const char *name, size_t length) {
  if (name[0] != '_') try_text(nearest, name, length);
}

static bool help_import(VM *vm, const Exception *exception, Text *out) {
  Value object = from_object((Object *)exception);
  Value name = object_get_own(vm, object, str_intern_c(vm, "name"));
  if (!is_str(name) || exception->header.cls != vm->exceptions.ModuleNotFoundError) return false;
  Nearest nearest = {.wrong = as_str(name), .sorted = true};
  import_each_library(try_library, &nearest);
  if (nearest.name == NULL) return false;
  text_printf(out, "did you mean '%.*s'?", (int)nearest.length, nearest.name);
  return true;
}

// from module import name: the payload is (name, module).
static bool help_import_name(VM *vm, const Exception *exception, Text *out) {
  if (!is_tuple(exception->payload) || as_tuple(exception->payload)->count != 2) return false;
  Value module = as_tuple(exception->payload)->items[1];
  Nearest nearest = {.wrong = missing_name(exception), .sorted = true};
  if (nearest.wrong == NULL || !is_kind(module, KIND_MODULE)) return false;
  try_module(vm, &nearest, (Module *)as_object(module));
  if (nearest.name == NULL) return false;
  text_printf(out, "did you mean '%.*s'?", (int)nearest.length, nearest.name);
  return true;
}

static bool help_recursion(const Exception *exception, Text *out) {
  const Code *code = code_of(exception);
  if (code == NULL || code->flags & CODE_MODULE) return false;
  text_printf(out,
              "%.*s calls itself again and again; give it a case in which it returns without a "
              "call",
              (int)code->name->length, code->name->data);
  return true;
}

// Whether the expression that raised it is a call of this: "gather".
static bool is_call_of(VM *vm, const Exception *exception, const char *name) {
  const char *text;
  size_t length;
  CallText call;
  return exception->trace_count > 0 && exception->trace[0].code != NULL &&
         watch_source(vm, exception->trace[0], &text, &length) &&
         watch_split_call(text, length, &call) && watch_calls(&call, name);
}

// What asyncio's own errors mean, and others that learners of it meet.
static bool help_known(VM *vm, const Exception *exception, Text *out) {
  static const struct {
    const char *message, *call, *help;  // call NULL: raised by whatever
  } known[] = {
      {"unhashable type: 'list'", "gather",
       "gather() takes the awaitables one by one: write '*' before the list, 'gather(*tasks)'"},
      {"Passing coroutines is forbidden", NULL,
       "make a task of each: 'asyncio.create_task(f())'; or use gather()"},
      {"Result is not set", NULL, "it has not ended yet: 'await' it, which gives the result"},
      {"Exception is not set", NULL, "it has not ended yet: 'await' it first"},
      {"no running event loop", NULL,
       "put this into 'async def main():' and start with 'asyncio.run(main())'"},
      {"dictionary changed size during iteration", NULL,
       "go over a copy: 'for key in list(d):'; an await in the loop lets other tasks change it"},
      {"Set changed size during iteration", NULL,
       "go over a copy: 'for item in list(s):'; an await in the loop lets other tasks change it"},
  };
  const Tuple *args = exception->args;
  if (args->count == 0 || !is_str(args->items[0])) return false;
  const Str *message = as_str(args->items[0]);
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    size_t length = strlen(known[i].message);
    if (message->length < length || memcmp(message->data, known[i].message, length) != 0) continue;
    if (known[i].call != NULL && !is_call_of(vm, exception, known[i].call)) continue;
    text_add_c(out, known[i].help);
    return true;
  }
  return false;
}

static bool put_help(VM *vm, const Exception *exception, Text *out) {
  const ExceptionClasses *e = &vm->exceptions;
  const Class *cls = exception->header.cls;
  if (cls == e->NameError) return help_name(vm, exception, out);
  if (cls == e->UnboundLocalError) return help_unbound(vm, exception, out);
  if (cls == e->TypeError && help_keyword(exception, out)) return true;
  if (cls == e->ModuleNotFoundError) return help_import(vm, exception, out);
  if (cls == e->ImportError) return help_import_name(vm, exception, out);
  if (cls == e->RecursionError) return help_recursion(exception, out);
  return help_known(vm, exception, out);
}

void errorhelp_put(VM *vm, const Exception *exception, Text *out) {
  Text help = text_new(vm);
  if (exception->hint == NULL && put_help(vm, exception, &help)) {
    text_add_c(out, "  = help: ");
    text_add(out, help.data, help.length);
    text_add_char(out, '\n');
  }
  text_free(&help);
}
