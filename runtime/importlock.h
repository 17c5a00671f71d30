// importlock.h: threads that import the same module: the second waits until the first has loaded
// it. As long as its code runs, module->loader is the thread that runs it.
#ifndef CORO_IMPORTLOCK_H
#define CORO_IMPORTLOCK_H

#include "vm.h"

// Around the run of a module's code.
void importlock_begin(VM *vm, Module *module);
void importlock_end(Module *module);
// Whether another thread is loading what stands in sys.modules, and the running one has to wait for
// it. Not when that one waits for what this one loads: then half a module is better than none.
bool importlock_must_wait(const VM *vm, Value module);
// Waits until it need not wait any more. False: *step is to be returned, and frame->state is
// `state` when it comes back to try again.
bool importlock_wait(VM *vm, Frame *frame, int state, Module *module, Step *step) MUST_CHECK;

#endif
