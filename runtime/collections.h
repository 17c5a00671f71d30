// collections.h: the native part of the module `collections`.
#ifndef CORO_COLLECTIONS_H
#define CORO_COLLECTIONS_H

#include "vm.h"

bool collections_install(VM *vm, Module *module);  // _collections

#endif
