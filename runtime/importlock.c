// importlock.c: waiting for a module that another thread is loading. See importlock.h.
//
// Who waits stands in the module's list of waiters, which lies on their C stacks, and in its
// thread which module it waits for: so a circle of threads that wait for each other is seen before
// it closes. All is touched under the interpreter lock only.
#include "importlock.h"

#include "clock.h"
#include "signals.h"
#include "thread.h"

struct ImportWaiter {
  Thread *thread;
  ImportWaiter *next;
};

void importlock_begin(VM *vm, Module *module) {
  module->header.flags |= MODULE_LOADING;
  module->loader = vm->thread;
}

void importlock_end(Module *module) {
  module->header.flags &= (uint8_t)~MODULE_LOADING;
  module->loader = NULL;
  for (const ImportWaiter *waiter = module->waiters; waiter != NULL; waiter = waiter->next) {
    thread_unpark(waiter->thread);
  }
}

bool importlock_must_wait(const VM *vm, Value v) {
  if (!is_kind(v, KIND_MODULE)) return false;
  const Module *module = (const Module *)as_object(v);
  if (module->loader == NULL) return false;
  while (module != NULL && module->loader != NULL) {
    if (module->loader == vm->thread) return false;
    module = module->loader->imports;
  }
  return true;
}

static void forget(Module *module, const ImportWaiter *waiter) {
  ImportWaiter **link = &module->waiters;
  while (*link != waiter) link = &(*link)->next;
  *link = waiter->next;
}

bool importlock_wait(VM *vm, Frame *frame, int state, Module *module, Step *step) {
  Thread *self = vm->thread;
  ImportWaiter waiter = {.thread = self, .next = module->waiters};
  module->waiters = &waiter;
  self->imports = module;
  bool done = true;
  while (done && importlock_must_wait(vm, from_object(module))) {
    thread_park(vm, frame, CLOCK_NEVER);
    if (!thread_has_signal(vm)) continue;
    Value handler, args[2];
    switch (signals_take(vm, &handler, args)) {
      case SIGNALS_DONE: break;
      case SIGNALS_RAISED:
        *step = STEP_RAISE;
        done = false;
        break;
      case SIGNALS_CALL:
        *step = step_call(vm, frame, state, handler, 2, args);
        done = false;
        break;
    }
  }
  self->imports = NULL;
  forget(module, &waiter);
  return done;
}
