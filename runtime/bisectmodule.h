// bisectmodule.h: the native part of the module `bisect`.
#ifndef CORO_BISECTMODULE_H
#define CORO_BISECTMODULE_H

#include "vm.h"

bool bisect_install(VM *vm, Module *module);  // _bisect

#endif
