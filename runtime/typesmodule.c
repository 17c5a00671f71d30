// typesmodule.c: the native part of the module `types`.
#include "typesmodule.h"

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

static const NativeDef functions[] = {FUNCTION_ROW("coroutine", coroutine, 1, 1, NULL), END_ROW};

bool types_install(VM *vm, Module *module) {
  native_add_functions(vm, module, functions);
  return true;
}
