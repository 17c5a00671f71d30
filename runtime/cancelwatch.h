// cancelwatch.h: cancelling misunderstood: cancelled() read before the task could run (C008), a
// CancelledError that was caught and not raised again (C009).
//
// A task that cancel() was called on has TASK_CANCELLING until what came of it is known: it takes
// the slow way into each step meanwhile, and its CancelledError has EXCEPTION_WATCHED, so that the
// search for a handler tells where it is caught.
#ifndef CORO_CANCELWATCH_H
#define CORO_CANCELWATCH_H

#include "task.h"
#include "watch.h"

// task_cancel was called on it.
static inline void cancelwatch_asked(VM *vm, Task *task) {
  if (vm->findings->wanted != 0) task->future.header.flags |= TASK_CANCELLING;
}
// It is about to make a step, with vm->exception to be thrown into it.
void cancelwatch_step(VM *vm, Task *task);
// It is done.
void cancelwatch_done(VM *vm, Task *task);

// An exception with EXCEPTION_WATCHED has come to the instruction `target` of a frame, a handler or
// what follows an `except` that does not match; or (matched) it stands at the one that does.
void cancelwatch_caught(VM *vm, Value exception, const Frame *frame, uint32_t target, bool matched);
// Another exception was raised while it was handled.
void cancelwatch_converted(VM *vm, Value exception);

// A task that was cancelled has done as if nothing were: C009 says what comes of it, if the program
// has caught the CancelledError. Always true.
bool cancelwatch_outlived(VM *vm, Future *future, const char *consequence);

// Whether `cancelled()` of a future answers False only because the cancelled task has not run yet.
bool cancelwatch_is_early(VM *vm, const Future *future);
void cancelwatch_tell_read(VM *vm, TraceEntry place);

void cancelwatch_free(VM *vm);
void cancelwatch_mark(VM *vm);

#endif
