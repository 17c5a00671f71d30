// sysfacts.h: the rest of the module `sys`.
#ifndef CORO_SYSFACTS_H
#define CORO_SYSFACTS_H

#include "vm.h"

void sysfacts_install(VM *vm, Module *sys);

#endif
