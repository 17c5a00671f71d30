// unwind.h: raising, and the search for a handler. Private to the interpreter loop.
#ifndef CORO_UNWIND_H
#define CORO_UNWIND_H

#include "call.h"

// vm->unwound: how unwind_find_handler ended.
typedef enum {
  UNWOUND_HANDLED,  // the frame goes on at frame->ip
  UNWOUND_STEP,     // a step frame is to be entered with the exception pending
} Unwound;

// The pending exception leaves the running instruction of `frame` (frame->ip is after it). Gives
// up frames until one handles it, and returns that.
Frame *unwind_find_handler(VM *vm, Frame *frame);
// Sets the __context__ of the pending exception to the one being handled at `frame`.
void unwind_set_context(VM *vm, Frame *frame);
// The same for an exception thrown into `frame`: what it handles itself, not what its caller does.
void unwind_set_thrown_context(VM *vm, Frame *frame);
// The exception being handled where `frame` is, or further up; EMPTY when none.
Value unwind_handled(Frame *frame);
// Raising a class has made something else than an exception: a TypeError; always false. `type`:
// what stands before the name of its class in the message, NULL for nothing.
bool unwind_raise_no_instance(VM *vm, Value cls, const char *type, Value made);
// raise v [from cause]. CALL_RAISED: the exception is pending. CALL_ENTER: the class must be
// called first, in a step frame that then raises.
Called unwind_raise(VM *vm, Frame *frame, Value v, Value cause);
// Whether exception v is matched by `except pattern`.
// `frame` is at the instruction that asks.
Tri unwind_match(VM *vm, const Frame *frame, Value v, Value pattern);

#endif
