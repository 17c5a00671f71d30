// gcmodule.h: the module `_gc`.
#ifndef CORO_GCMODULE_H
#define CORO_GCMODULE_H

#include "vm.h"

bool gcmodule_install(VM *vm, Module *module);  // a NativeModule's install function

#endif
