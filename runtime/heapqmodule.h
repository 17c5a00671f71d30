// heapqmodule.h: the native part of the module `heapq`.
#ifndef CORO_HEAPQMODULE_H
#define CORO_HEAPQMODULE_H

#include "vm.h"

// heappush and heappop of a heap whose items C can compare. False: nothing has happened.
bool heapq_push(VM *vm, List *heap, Value item);
bool heapq_pop(VM *vm, List *heap, Value *out);  // not of an empty one

bool heapq_install(VM *vm, Module *module);  // _heapq

#endif
