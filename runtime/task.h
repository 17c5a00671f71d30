// task.h: tasks: a name, a context, and a coroutine to resume.
//
// A task that is not done is in exactly one of these states:
//   ready     an entry of its own is in the loop's FIFO; waiter is EMPTY or what woke it
//   running   loop->current
//   waiting   waiter is the future that will wake it
//   sleeping  waiter is the serial number of its timer (a small int), extra has TASK_SLEEPS
// and in all of them it is in its loop's list of tasks, so the collector cannot lose it.
#ifndef CORO_TASK_H
#define CORO_TASK_H

#include "future.h"

typedef struct Task {
  Future future;     // aux: number of cancellation requests
  Frame *coroutine;  // its root frame
  Value context;     // context.h
  Value waiter;  // when done: the CancelledError that ended it, to be raised once more, or EMPTY
  Value name;    // the number n of "Task-n" until set_name
  TraceEntry created;  // the program's own innermost place by then; code NULL: there was none
  struct Task *next, *previous;  // in the loop's list
} Task;

static inline Task *as_task(Value v) {
  assert(is_kind(v, KIND_TASK));
  return (Task *)as_object(v);
}

// A coroutine, a generator, or a step of an async generator (anext(g)): what a task can run.
static inline bool task_accepts(Value v) {
  return is_kind(v, KIND_COROUTINE) || is_kind(v, KIND_GENERATOR) || is_kind(v, KIND_ASYNC_STEP);
}

// A new task, its first step made ready. name EMPTY: the next "Task-n"; context EMPTY: a copy of
// the current one. NULL: the loop is closed.
Task *task_new(VM *vm, EventLoop *loop, Value coroutine, Value name, Value context);
// Is about to make the next step: the pending exception, if any, is to be thrown into it. False:
// the coroutine cannot be resumed and the task has been settled with an exception.
bool task_begin_step(VM *vm, Task *task) MUST_CHECK;
// What became of the step (vm->outcome; `in` as a driver gets it). False: KeyboardInterrupt or
// SystemExit, pending again, is to end the loop's run.
bool task_end_step(VM *vm, Task *task, Value in) MUST_CHECK;
Tri task_cancel(VM *vm, Task *task, Value message) MUST_CHECK;
Str *task_name(VM *vm, Task *task);

void task_mark(VM *vm, Object *object);
void task_install(VM *vm);

#endif
