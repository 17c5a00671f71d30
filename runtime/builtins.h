// builtins.h: the builtin functions (print, len, isinstance, …).
#ifndef CORO_BUILTINS_H
#define CORO_BUILTINS_H

#include "vm.h"

// Adds functions and classes to the module builtins.
void builtins_install(VM *vm);

#endif
