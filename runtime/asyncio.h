// asyncio.h: the native module `_asyncio`, from which runtime/lib/asyncio.coro takes its C parts.
#ifndef CORO_ASYNCIO_H
#define CORO_ASYNCIO_H

#include "vm.h"

bool asyncio_install(VM *vm, Module *module) MUST_CHECK;

#endif
