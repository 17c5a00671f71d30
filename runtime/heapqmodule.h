// heapqmodule.h: the native part of the module `heapq`.
#ifndef CORO_HEAPQMODULE_H
#define CORO_HEAPQMODULE_H

#include "vm.h"

bool heapq_install(VM *vm, Module *module);  // _heapq

#endif
