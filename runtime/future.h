// future.h: futures: a result that is not there yet, and who wants to know when it is.
#ifndef CORO_FUTURE_H
#define CORO_FUTURE_H

#include "ready.h"
#include "vm.h"

// Who is told. context NONE: not a callback of the program, but a task to wake, a gathering future
// to count, or a loop to stop (callback is that object). Otherwise the context that the callback
// runs in (context.h).
typedef struct FutureCallback {
  Value callback;
  Value context;
} FutureCallback;

typedef struct {
  uint32_t count, capacity;
  FutureCallback items[];
} FutureCallbacks;

typedef struct Future {
  Object header;    // flags and extra: FUTURE_…
  EventLoop *loop;  // NULL: a subclass has not called Future.__init__
  Value result;     // the result or exception; while cancelled (or a task not yet done): the
                    // message of cancel(), EMPTY for none
  // The one callback that nearly every future has at most; callback EMPTY: none. With the context
  // ELLIPSIS there are more, and `callback` is the address of a FutureCallbacks (a heap buffer).
  // Of a FAILED one, the context is how long the exception's way was when it failed.
  FutureCallback callback;
} Future;

// header.extra: the state and what goes with it.
enum {
  FUTURE_DONE = 1,
  FUTURE_CANCELLED = 2,   // with DONE
  FUTURE_FAILED = 4,      // with DONE: result is an exception
  FUTURE_BLOCKING = 8,    // the running chain suspends on it by `await`
  FUTURE_UNSEEN = 16,     // FAILED, and nobody has asked for the exception
  FUTURE_GATHERS = 32,    // a Gather (gather.h)
  TASK_MUST_CANCEL = 64,  // throw CancelledError at the next step
  TASK_SLEEPS = 128,      // in `await sleep(t)`, whose time has not come
};
// header.flags.
enum {
  FUTURE_TIMER = 0x10,       // a sleep's timer for it is in the loop's heap
  FUTURE_TIMER_DEAD = 0x20,  // and is no longer wanted
  FUTURE_LISTED = 0x40,      // in the loop's list of failed futures
  FUTURE_WAITED = 0x80,      // FAILED: wait() has returned it, and nobody has read why it failed
  TASK_CANCELLING = 0x80,    // not done: cancel() was called (cancelwatch.h)
};

static inline bool is_future(Value v) { return is_kind(v, KIND_FUTURE) || is_kind(v, KIND_TASK); }
static inline Future *as_future(Value v) {
  assert(is_future(v));
  return (Future *)as_object(v);
}
static inline bool future_done(const Future *f) { return f->header.extra & FUTURE_DONE; }
static inline bool future_cancelled(const Future *f) { return f->header.extra & FUTURE_CANCELLED; }

// Somebody has asked whether and why it failed.
static inline void future_mark_seen(Future *future) {
  if (!(future->header.extra & FUTURE_FAILED)) return;
  future->header.extra &= (uint8_t)~FUTURE_UNSEEN;
  future->header.flags &= (uint8_t)~FUTURE_WAITED;
}

Future *future_new(VM *vm, EventLoop *loop);

// Each of these ends the future and makes its callbacks ready. The future must be pending.
// False: the loop is closed (RuntimeError pending).
bool future_set_result(VM *vm, Future *future, Value result) MUST_CHECK;
bool future_set_exception(VM *vm, Future *future, Value exception) MUST_CHECK;
bool future_set_cancelled(VM *vm, Future *future, Value message) MUST_CHECK;

// future.cancel(msg) of a future, task or gathering future. ERROR: the loop is closed.
Tri future_cancel(VM *vm, Future *future, Value message) MUST_CHECK;
// The exception that stands for its cancellation.
Value future_make_cancelled(VM *vm, Future *future);
// Tells `target`, a task, a gathering future or a loop, when the future is done.
bool future_notify(VM *vm, Future *future, void *target) MUST_CHECK;
// Undoes future_notify.
void future_forget(VM *vm, Future *future, void *target);
// What its __await__ and __iter__ give: a generator that suspends on it.
Value future_iterator(VM *vm, Value future);
// The callbacks in order, for repr: the i-th, or NULL.
const FutureCallback *future_callback(const Future *future, uint32_t i);

void future_mark(VM *vm, Object *object);
void future_free(VM *vm, Object *object);  // of tasks too
void future_install(VM *vm);

#endif
