// import.h: modules by name: the library's, the program's own, and the prelude.
#ifndef CORO_IMPORT_H
#define CORO_IMPORT_H

#include "call.h"

// A global that no module has bound and that is not loaded yet: the names of asyncio that are
// written in Coro. YES with *out; SCRIPT: the pending call loads it; NO: there is no such name.
// Whether a name is one of asyncio's that are builtins.
bool import_is_lazy_builtin(const Str *name);
Tri import_lazy_builtin(VM *vm, Module *module, Str *name, Value *out);

// A function that takes no arguments and runs a module's code.
Value import_module_function(VM *vm, Code *code);

// The native part of the module `importlib`.
bool importlib_install(VM *vm, Module *module);
void import_install(VM *vm);

// Whether the library has a module of this name, and all of them in turn.
bool import_is_library(const Str *name);
void import_each_library(void (*visit)(void *with, const char *name, size_t length), void *with);

// The text of a module's source, for tracebacks, or NULL. A library module's is made a str when it
// is asked for.
Str *import_source(VM *vm, Module *module);
// The text that a code object was compiled from, or NULL.
Str *import_source_of(VM *vm, const Code *code);

#endif
