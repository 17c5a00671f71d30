// await.h: what `await` and `yield from` do with each kind of awaitable. Private to the VM's core.
#ifndef CORO_AWAIT_H
#define CORO_AWAIT_H

#include "call.h"
#include "generator.h"

// await v, for `frame`. CALL_DONE: *out is the result at once (a done future). CALL_RESUME:
// vm->frame is a coroutine's innermost frame, now linked under `frame`. CALL_ENTER: a step frame
// drives it. CALL_SUSPEND: the chain is to suspend on the future *out. origin: 1 from __aenter__,
// 2 from __aexit__, for the error's text.
Called await_value(VM *vm, Frame *frame, Value v, int origin, Value *out);
// yield from v.
Called await_delegate(VM *vm, Frame *frame, Value v, Value *out);
// await callee(args…) in one: see awaited_call in interp.c for what the answers mean.
Called await_call(VM *vm, Frame *frame, Value callee, const Value *args, int nargs, Tuple *names,
                  Value *out);
// await type(iterator).__anext__(iterator), in a step frame.
Called await_anext(VM *vm, Frame *frame, Value iterator, Value *out);
// The coroutine behind the own send(), throw() and close() of a step of an async generator.
extern const NativeDef await_step_driver_def;
Frame *await_step_driver(VM *vm, AsyncStep *step);
// RuntimeError: the step has been awaited before. Always false.
bool await_step_reused(VM *vm, const AsyncStep *step);
// The chain was resumed after CALL_SUSPEND: the future's result.
bool await_finish_future(VM *vm, Value future, Value *out) MUST_CHECK;

#endif
