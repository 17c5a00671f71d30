// tracemodule.h: the module `_traceback`, and sys._getframe().
#ifndef CORO_TRACEMODULE_H
#define CORO_TRACEMODULE_H

#include "vm.h"

bool tracemodule_install(VM *vm, Module *module);  // a NativeModule's install function
void tracemodule_install_sys(VM *vm, Module *sys);

// The frame object of a generator or coroutine that is not finished.
Value tracemodule_frame(VM *vm, Frame *frame);

#endif
