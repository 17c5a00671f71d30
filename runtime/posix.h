// posix.h: the modules `_posix` (the system's calls, for the module os) and `errno`.
#ifndef CORO_POSIX_H
#define CORO_POSIX_H

#include "vm.h"

bool posix_install(VM *vm, Module *module);
bool errno_install(VM *vm, Module *module);

#endif
