// formhint.h: errors that come of a coroutine taken for its result (C002), and of a plain form
// where the async one is needed, or the reverse (C013), or of a coroutine that is awaited twice
// (C012). The exception carries the hint (hint.h).
#ifndef CORO_FORMHINT_H
#define CORO_FORMHINT_H

#include "hint.h"

void formhint_look(VM *vm, const Frame *frame);
// The running instruction of a bytecode frame has raised vm->exception.
static inline void formhint_add(VM *vm, const Frame *frame) {
  if (!is_exception(vm->exception)) return;
  const Class *cls = as_object(vm->exception)->cls;
  if (cls == vm->exceptions.TypeError || cls == vm->exceptions.AttributeError) {
    formhint_look(vm, frame);
  }
}
// C012 for the pending exception: `coroutine` was awaited a second time, at `place` (code NULL:
// where the exception was raised). Always false.
bool formhint_awaited_twice(VM *vm, Frame *coroutine, TraceEntry place);
// The pending exception says that `v` was given where a coroutine is needed. Always false.
bool formhint_no_coroutine(VM *vm, Value v);

#endif
