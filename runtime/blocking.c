// blocking.c: see blocking.h.
#include "blocking.h"

#include <errno.h>
#include <poll.h>

#include "loopwatch.h"

#define ARGUMENTS 4

// Registers: 0 the leaf's address, 1 how many arguments, then those.
static Step call_step(VM *vm, Frame *frame, Value in) {
  Value *regs = frame->regs, out;
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) return step_done(vm, in);
  LeafFn leaf = (LeafFn)(intptr_t)as_small_int(regs[0]);
  vm->frame = frame;
  Blocking blocking = blocking_begin(vm);
  vm->thread->releasing = frame;
  bool ok = leaf(vm, &regs[2], (int)as_small_int(regs[1]), &out);
  vm->thread->releasing = NULL;
  if (!ok) return STEP_RAISE;
  if (is_empty(out)) {  // it has handed over to a script
    frame->state = 1;
    return STEP_CALL;
  }
  regs[0] = out;
  blocking_end(vm, blocking);
  return step_done(vm, regs[0]);
}

static const NativeDef call_def = {.name = "blocking",
                                   .min = 2,
                                   .max = 2 + ARGUMENTS,
                                   .step = call_step,
                                   .registers = 2 + ARGUMENTS};

bool blocking_call(VM *vm, LeafFn leaf, Value *args, int nargs, Value *out) {
  assert(nargs <= ARGUMENTS);
  if (!threads_are_many(vm)) {
    Blocking blocking = blocking_begin(vm);
    bool ok = leaf(vm, args, nargs, out);
    return blocking_end_leaf(vm, blocking, ok, out);
  }
  Value all[2 + ARGUMENTS] = {small_int((intptr_t)leaf), small_int(nargs)};
  for (int i = 0; i < nargs; i++) all[2 + i] = args[i];
  return native_tail(vm, out, vm->watches->blocking, 2 + nargs, all);
}

Thread *blocking_release(VM *vm) {
  Frame *frame = vm->thread->releasing;
  return frame == NULL ? NULL : thread_release(vm, frame);
}

void blocking_acquire(VM *vm, Thread *self) {
  int number = errno;
  if (self != NULL) thread_acquire(vm, self);
  errno = number;
}

bool blocking_wait(VM *vm, int descriptor) {
  struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
  if (vm->thread->releasing == NULL || poll(&wanted, 1, 0) != 0) return true;
  Thread *self = blocking_release(vm);
  int ready = poll(&wanted, 1, -1);
  blocking_acquire(vm, self);
  return ready >= 0;
}

void blocking_install(VM *vm) { vm->watches->blocking = native_new(vm, &call_def, NULL); }
