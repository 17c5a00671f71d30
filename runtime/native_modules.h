// native_modules.h: the modules written in C, and the names of asyncio that are builtins.
#ifndef CORO_NATIVE_MODULES_H
#define CORO_NATIVE_MODULES_H

#include "vm.h"

typedef struct {
  const char *name;
  bool (*install)(VM *vm, Module *module);  // fills the module at its first import
} NativeModule;

extern const NativeModule native_modules[];        // up to a row without a name
extern const char *const asyncio_builtin_names[];  // up to NULL

#endif
