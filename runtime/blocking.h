// blocking.h: leaf natives that may wait in a call of the system: they give the interpreter lock up
// meanwhile, and a loop that waits with them is told of (C004, loopwatch.h).
//
// A leaf does not know the frame that keeps alive what it holds, and without one the lock cannot be
// given up. So where there are other threads a step function calls it. What the leaf holds itself
// while it waits must be no object of the heap.
#ifndef CORO_BLOCKING_H
#define CORO_BLOCKING_H

#include "thread.h"

bool blocking_call(VM *vm, LeafFn leaf, Value *args, int nargs, Value *out) MUST_CHECK;

// Defines leaf_blocking, which stands in the table in place of `leaf`.
#define BLOCKING_LEAF(leaf)                                                 \
  static bool leaf##_blocking(VM *vm, Value *args, int nargs, Value *out) { \
    return blocking_call(vm, leaf, args, nargs, out);                       \
  }

// Within such a leaf, around a call of the system; errno stays. NULL: the lock is kept.
Thread *blocking_release(VM *vm);
void blocking_acquire(VM *vm, Thread *self);
// Waits until a descriptor can be read. False: a signal came first (errno is EINTR).
bool blocking_wait(VM *vm, int descriptor) MUST_CHECK;

void blocking_install(VM *vm);

#endif
