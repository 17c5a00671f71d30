// unwind.c: raising, contexts, and the search for a handler. See unwind.h.
//
// Nothing is done at try: handlers are ranges of instructions (Code.handlers), looked up when
// something is raised. Likewise which exception is "being handled" is found from where each frame
// of the running chain of parents is (Code.handlings), so entering and leaving an except block
// costs nothing, and generators need no bookkeeping.
#include "unwind.h"

#include "cancelwatch.h"
#include "corowatch.h"
#include "formhint.h"
#include "frame_lists.h"
#include "generator.h"
#include "hint.h"
#include "interp.h"
#include "observe.h"

static bool is_step(const Frame *frame) { return frame->header.extra == RESUME_STEP; }

// The index of the instruction that `frame` is at.
static uint32_t current_instr(const Frame *frame) {
  return (uint32_t)(frame->ip - frame->code->instrs) - 1;
}

static bool is_started(const Frame *frame) { return frame->ip != frame->code->instrs; }

// The exception that `frame` itself is handling.
static Value handled_in(const Frame *frame) {
  if (is_step(frame) || !is_started(frame)) return EMPTY;
  const Code *code = frame->code;
  uint32_t at = current_instr(frame);
  for (uint32_t i = 0; i < code->handling_count; i++) {
    const Handling *h = &code->handlings[i];
    if (at >= h->start && at < h->end && is_exception(frame->regs[h->reg])) {
      return frame->regs[h->reg];
    }
  }
  return EMPTY;
}

Value unwind_handled(Frame *frame) {
  Value handled = EMPTY;
  for (; frame != NULL && is_empty(handled); frame = frame->parent) handled = handled_in(frame);
  return handled;
}

static void set_context(VM *vm, Value handled) {
  if (is_empty(handled) || handled == vm->exception || !is_exception(vm->exception)) return;
  if (as_object(handled)->flags & EXCEPTION_WATCHED) cancelwatch_converted(vm, handled);
  // A chain of contexts never becomes a ring: cut it where this exception already occurs. A
  // program may have made a ring without it: `slow`, at half the pace, is then met again.
  Value slow = handled;
  bool step = false;
  for (Value v = handled; is_exception(v);) {
    Exception *e = as_exception(v);
    if (e->context == vm->exception) {
      e->context = EMPTY;
      break;
    }
    v = e->context;
    if (v == slow) break;
    if (step) slow = as_exception(slow)->context;
    step = !step;
  }
  as_exception(vm->exception)->context = handled;
}

void unwind_set_context(VM *vm, Frame *frame) {
  set_context(vm, unwind_handled(frame));
  if (!is_step(frame)) formhint_add(vm, frame);
}

void unwind_set_thrown_context(VM *vm, Frame *frame) { set_context(vm, handled_in(frame)); }

static const Handler *find_handler(const Frame *frame) {
  const Code *code = frame->code;
  uint32_t at = current_instr(frame);
  for (uint32_t i = 0; i < code->handler_count; i++) {
    const Handler *h = &code->handlers[i];
    if (at >= h->start && at < h->end) return h;
  }
  return NULL;
}

// A StopIteration that leaves a generator is a mistake in it (PEP 479).
static void convert_stop(VM *vm, const Frame *frame) {
  const char *what = NULL;
  if (exception_is(vm->exception, vm->exceptions.StopIteration)) {
    what = frame->header.kind == KIND_GENERATOR         ? "generator raised StopIteration"
           : frame->header.kind == KIND_ASYNC_GENERATOR ? "async generator raised StopIteration"
                                                        : "coroutine raised StopIteration";
  } else if (frame->header.kind == KIND_ASYNC_GENERATOR &&
             exception_is(vm->exception, vm->exceptions.StopAsyncIteration)) {
    what = "async generator raised StopAsyncIteration";
  }
  if (what == NULL || (frame->code->flags & CODE_HIDDEN && is_step(frame))) return;
  Value original = vm->exception;
  vm_clear_exception(vm);
  vm_raise(vm, vm->exceptions.RuntimeError, "%s", what);
  as_exception(vm->exception)->cause = original;
  as_exception(vm->exception)->context = original;
  as_exception(vm->exception)->header.flags |= EXCEPTION_SUPPRESS_CONTEXT;
}

// Gives up a frame and returns its parent.
static Frame *leave(VM *vm, Frame *frame) {
  corowatch_unwound(vm, frame, true);
  Frame *parent = frame->parent;
  if (frame->code->flags & CODE_SUSPENDS) convert_stop(vm, frame);
  if (frame->header.kind != KIND_FRAME) {
    generator_finish(vm, frame);
  } else {
    uint32_t extra = frame->header.flags & FRAME_CONSTRUCTS ? 1 : 0;
    frame_give(vm, frame, frame_registers(frame->code) + extra);
  }
  vm->outcome = OUTCOME_RAISED;
  return parent;
}

Frame *unwind_find_handler(VM *vm, Frame *frame) {
  if (is_step(frame)) {
    frame = leave(vm, frame);
    if (is_step(frame)) {
      vm->unwound = UNWOUND_STEP;
      return frame;
    }
    goto arrived;
  }
  for (;;) {
    if (is_started(frame)) {
      exception_add_trace(vm, as_exception(vm->exception), frame->code, current_instr(frame));
      const Handler *handler = find_handler(frame);
      if (unlikely(vm->observer != NULL)) {
        observe_exception(vm, frame, handler == NULL ? -1 : (int64_t)handler->target);
      }
      if (handler != NULL) {
        corowatch_unwound(vm, frame, false);
        Value exception = vm->exception;
        frame->regs[handler->reg] = exception;
        vm->exception = EMPTY;
        if (as_object(exception)->flags & EXCEPTION_WATCHED) {
          cancelwatch_caught(vm, exception, frame, handler->target, false);
        }
        frame->ip = frame->code->instrs + handler->target;
        vm->unwound = UNWOUND_HANDLED;
        return frame;
      }
    }
    frame = leave(vm, frame);
    if (is_step(frame)) {
      vm->unwound = UNWOUND_STEP;
      return frame;
    }
  arrived : {
    // The end of an iteration by a class's own __next__ or __anext__ is no error.
    uint8_t resume = frame->header.extra;
    frame->header.extra = RESUME_STORE;
    if (resume == RESUME_THROWN || resume == RESUME_CLOSING) unwind_set_thrown_context(vm, frame);
    uint8_t op = frame->ip[-1].op;
    if (resume == RESUME_FOR &&
        ((op == OP_FOR_ITER && exception_is(vm->exception, vm->exceptions.StopIteration)) ||
         (op == OP_ASYNC_FOR_ITER &&
          exception_is(vm->exception, vm->exceptions.StopAsyncIteration)))) {
      vm_clear_exception(vm);
      vm->unwound = UNWOUND_HANDLED;
      return frame;
    }
  }
  }
}

// ---- raise

static bool is_exception_class(VM *vm, Value v) {
  return is_class(v) && class_is_subclass(as_class(v), vm->exceptions.BaseException);
}

static bool attach_cause(VM *vm, Value exception, Value cause) {
  if (is_empty(cause)) return true;
  if (!is_none(cause) && !is_exception(cause)) {
    return raise_type_error(vm, "exception causes must derive from BaseException");
  }
  as_exception(exception)->cause = cause;
  as_exception(exception)->header.flags |= EXCEPTION_SUPPRESS_CONTEXT;
  return true;
}

static void finish_raise(VM *vm, Value exception, Value cause) {
  if (!attach_cause(vm, exception, cause)) return;
  vm->exception = exception;
}

bool unwind_raise_no_instance(VM *vm, Value cls, const char *type, Value made) {
  Text text = text_new(vm);
  text_add_c(&text, "calling ");
  Tri tri = value_repr(vm, cls, &text);
  if (tri == TRI_SCRIPT) value_repr_plain(vm, cls, &text);
  text_printf(&text, " should have returned an instance of BaseException, not %s%s%s",
              type == NULL ? "" : type, value_class_name(vm, made), type == NULL ? "" : "'>");
  return vm_raise_value(vm, vm->exceptions.TypeError, from_object(text_finish(&text)));
}

// raise C [from D] where making an instance runs a script. Registers: 0 what to raise, 1 cause,
// 2 the class whose instance is made.
static Step raise_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Value *regs = frame->regs;
  if (frame->state == 1) regs[0] = in;
  if (frame->state == 2) regs[1] = in;
  if (frame->state == 0 && is_class(regs[0])) {
    regs[2] = regs[0];
    return step_call(vm, frame, 1, regs[0], 0, NULL);
  }
  if (!is_exception(regs[0])) {
    unwind_raise_no_instance(vm, regs[2], "<class '", regs[0]);
    return STEP_RAISE;
  }
  if (frame->state < 2 && is_exception_class(vm, regs[1])) {
    return step_call(vm, frame, 2, regs[1], 0, NULL);
  }
  finish_raise(vm, regs[0], regs[1]);
  unwind_set_context(vm, frame->parent);
  return STEP_RAISE;
}

static const NativeDef raise_def = {.name = "raise", .step = raise_step, .registers = 3};

Called unwind_raise(VM *vm, Frame *frame, Value v, Value cause) {
  if (is_exception_class(vm, v) || is_exception_class(vm, cause)) {
    if (is_exception_class(vm, v) || is_exception(v)) {
      Value regs[3] = {v, cause, EMPTY};
      return call_internal_step(vm, frame, &raise_def, 3, regs);
    }
  }
  if (!is_exception(v)) {
    raise_type_error(vm, "exceptions must derive from BaseException");
    return CALL_RAISED;
  }
  finish_raise(vm, v, cause);
  return CALL_RAISED;
}

// ---- except

static Tri match(VM *vm, Value v, Value pattern) {
  if (is_exception_class(vm, pattern)) {
    return class_is_subclass(as_object(v)->cls, as_class(pattern)) ? TRI_YES : TRI_NO;
  }
  if (is_tuple(pattern)) {
    Tuple *tuple = as_tuple(pattern);
    for (size_t i = 0; i < tuple->count; i++) {
      if (!is_exception_class(vm, tuple->items[i])) goto bad;
    }
    for (size_t i = 0; i < tuple->count; i++) {
      if (class_is_subclass(as_object(v)->cls, as_class(tuple->items[i]))) return TRI_YES;
    }
    return TRI_NO;
  }
bad:
  raise_type_error(vm, "catching classes that do not inherit from BaseException is not allowed");
  return TRI_ERROR;
}

Tri unwind_match(VM *vm, const Frame *frame, Value v, Value pattern) {
  Tri tri = match(vm, v, pattern);
  if (as_object(v)->flags & EXCEPTION_WATCHED) {
    uint32_t at = current_instr(frame);
    if (tri == TRI_NO) at += 1u + (uint32_t)(int16_t)frame->ip[-1].c;
    cancelwatch_caught(vm, v, frame, at, tri == TRI_YES);
  }
  if (tri == TRI_NO && class_is_subclass(as_object(v)->cls, vm->exceptions.BaseExceptionGroup)) {
    hint_group_missed(vm, frame, v, pattern);
  }
  return tri;
}
