// lock.h: the locks of threading, and the native module `_thread`.
#ifndef CORO_LOCK_H
#define CORO_LOCK_H

#include "thread.h"

Tri lock_repr(VM *vm, Value v, Text *out) MUST_CHECK;
bool thread_module_install(VM *vm, Module *module);

#endif
