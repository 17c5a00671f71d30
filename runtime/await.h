// await.h: what `await` and `yield from` do with each kind of awaitable. Private to the VM's core.
#ifndef CORO_AWAIT_H
#define CORO_AWAIT_H

#include "call.h"
#include "generator.h"
#include "interp.h"
#include "native_call.h"

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

// `await f(args)` of a function with a fast method (fast.h).
Direct await_fast(VM *vm, Frame *frame, Function *function, const Value *args, int nargs,
                  Value *out);

// `await f(args)` that C can do without a frame of a coroutine (NativeDef.direct, fast.h), in the
// common case; DIRECT_NO: try await_call.
static inline Direct await_direct(VM *vm, Frame *frame, Value callee, const Value *args, int nargs,
                                  Value *out) {
  Value slots[NATIVE_MAX_POSITIONS];
  if (is_function(callee)) {
    Function *function = (Function *)as_object(callee);
    if (function->code->fast == NULL) return DIRECT_NO;
    return await_fast(vm, frame, function, args, nargs, out);
  }
  if (!is_kind(callee, KIND_NATIVE) || as_native(callee)->def->direct == NULL ||
      !native_arrange_plain(vm, as_native(callee), args, nargs, slots)) {
    return DIRECT_NO;
  }
  return (Direct)as_native(callee)->def->direct(vm, slots, nargs, out);
}

#endif
