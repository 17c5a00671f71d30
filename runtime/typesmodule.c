// typesmodule.c: the native part of the module `types`.
#include "typesmodule.h"

#include "import.h"
#include "rows.h"

// types.coroutine: a generator function whose generators may be awaited. As in CPython, it is the
// function itself that is marked.
static bool coroutine(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = args[0];
  if (!is_function(args[0])) {
    return raise_type_error(vm, "types.coroutine() expects a callable written in Coro");
  }
  Code *code = ((Function *)as_object(args[0]))->code;
  if (code->flags & CODE_GENERATOR) code->flags |= CODE_ITERABLE_COROUTINE;
  return true;
}

// define(text, names, module): compiles a few lines that the library wrote for a program's class
// (dataclasses, namedtuple). Gives the function that runs them and the module that holds what they
// define: `names` to begin with. `module` is what the functions' __module__ will be.
static bool define(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_str(args[0]) || !is_dict(args[1]) || !is_str(args[2])) {
    return raise_type_error(vm, "define() takes a str, a dict and a str");
  }
  Module *module = module_new(vm, as_str(args[2]));
  module_set(vm, module, str_intern_c(vm, "__name__"), args[2]);
  Value name, value;
  for (size_t i = 0; dict_next(as_dict(args[1]), &i, &name, &value);) {
    if (is_str(name)) module_set(vm, module, str_intern(vm, as_str(name)), value);
  }
  Code *code = NULL;
  if (!vm->compile(vm, as_str(args[0])->data, as_str(args[0])->length, str_from_c(vm, "<string>"),
                   module, COMPILE_MODULE, &code)) {
    return false;
  }
  Value pair[2] = {import_module_function(vm, code), from_object(module)};
  *out = from_object(tuple_from(vm, pair, 2));
  return true;
}

// like_builtin(cls): messages name a class of the library with its module, as they name CPython's
// classes written in C ('datetime.date', 'collections.deque'). A decorator.
static bool like_builtin(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_class(args[0])) return raise_type_error(vm, "like_builtin() expects a class");
  as_object(args[0])->aux |= CLASS_FULL_NAME;
  *out = args[0];
  return true;
}

// kind(x): the name of its class as messages give it.
static bool kind(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_object(str_from_c(vm, value_class_name(vm, args[0])));
  return true;
}

static const NativeDef functions[] = {
    FUNCTION_ROW("define", define, 3, 3, NULL), FUNCTION_ROW("kind", kind, 1, 1, NULL),
    FUNCTION_ROW("coroutine", coroutine, 1, 1, NULL),
    FUNCTION_ROW("like_builtin", like_builtin, 1, 1, NULL), END_ROW};

bool types_install(VM *vm, Module *module) {
  native_add_functions(vm, module, functions);
  module_set(vm, module, str_intern_c(vm, "FrameType"), from_object(vm->frame_class));
  module_set(vm, module, str_intern_c(vm, "TracebackType"), from_object(vm->traceback_class));
  return true;
}
