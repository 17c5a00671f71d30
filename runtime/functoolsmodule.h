// functoolsmodule.h: the native part of the module `functools`.
#ifndef CORO_FUNCTOOLSMODULE_H
#define CORO_FUNCTOOLSMODULE_H

#include "vm.h"

bool functools_install(VM *vm, Module *module);  // _functools

#endif
