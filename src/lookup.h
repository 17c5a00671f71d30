// lookup.h: values by name without running a script: for completion and for the debugger. What only
// a script could tell (a property, __getattr__) is not found.
#ifndef CORO_SRC_LOOKUP_H
#define CORO_SRC_LOOKUP_H

#include "vm.h"

// EMPTY: there is none, or a script would have to say.
Value lookup_attribute(VM *vm, Value v, Str *name);
// A global of the module, or a builtin.
Value lookup_global(VM *vm, Module *module, Str *name);
// What ".b.c" is of v.
Value lookup_path(VM *vm, Value v, const char *text, size_t length);

#endif
