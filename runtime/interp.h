// interp.h: the interpreter loop, and how step functions drive generators and coroutines.
#ifndef CORO_INTERP_H
#define CORO_INTERP_H

#include "vm.h"

// Calls callee(args…) from outside any frame and runs until it returns: the bottom of a thread's
// stack of work. Never called while the loop is already running on this thread. False: an
// uncaught exception is pending.
bool interp_call(VM *vm, Value callee, int nargs, const Value *args, Value *out) MUST_CHECK;

// The same loop, compiled to tell vm->observer what it does (interp_observed.c).
bool interp_run_observed(VM *vm, Frame *frame, Value *result) MUST_CHECK;

// How a driver's step function learns what became of the chain that it resumed: vm->outcome when
// it is entered again. OUTCOME_YIELDED: the chain suspended, `in` is what it yielded.
// OUTCOME_RETURNED: the root returned `in`. OUTCOME_RAISED: the root ended with vm->exception.
typedef enum { OUTCOME_RETURNED, OUTCOME_YIELDED, OUTCOME_RAISED } Outcome;

// From the step function of `driver`: `return generator_resume(vm, driver, state, root, sent);`
// resumes a generator or coroutine that is suspended or not yet started, jumping straight into its
// innermost frame. If an exception is pending it is raised there instead of giving it `sent`.
// The root must be neither running nor finished.
Step generator_resume(VM *vm, Frame *driver, int state, Frame *root, Value sent);

static inline bool generator_is_finished(const Frame *root) {
  return root->header.flags & FRAME_FINISHED;
}
static inline bool generator_is_started(const Frame *root) {
  return root->header.flags & FRAME_STARTED;
}
static inline bool generator_is_running(const Frame *root) { return root->parent != NULL; }

// What the event loop supplies to the interpreter loop (loop.h's authors define them).
// A future or task (KIND_FUTURE, KIND_TASK) that is awaited:
bool future_is_done(Value future);
// Its result, or false with its exception pending (a fresh CancelledError when cancelled).
bool future_take_result(VM *vm, Value future, Value *out) MUST_CHECK;
// About to suspend the running chain on it by `await` (sets CPython's _asyncio_future_blocking).
bool future_set_blocking(VM *vm, Value future) MUST_CHECK;
bool future_raise_not_awaited(VM *vm);
// An async generator is iterated for the first time: the loop closes it at the end
// (shutdown_asyncgens).
void loop_note_async_generator(VM *vm, Frame *generator);
// SIGINT arrived. True: the running loop has taken care (cancelled the main task); false: raise
// KeyboardInterrupt where the program is.
bool loop_take_interrupt(VM *vm);
// For the collector's roots and for the end of the interpreter.
void loop_mark_roots(VM *vm);

// An await that needs no frame and no future: `await sleep(0.1)` directly in a task. Tried by
// CALL with k = 1 before a native's coroutine frame is made (NativeDef.direct). ENTER: vm->frame is
// a step frame that goes on with it.
typedef enum { DIRECT_NO, DIRECT_DONE, DIRECT_SUSPEND, DIRECT_RAISE, DIRECT_ENTER } Direct;

#endif
