// await.c: awaiting. See await.h.
//
// The common cases make no object and run no C between the frames: a coroutine's frame is linked
// under the awaiting one, a call of an `async def` function enters its frame at once, and a future
// suspends the chain. Custom awaitables are driven by a step frame.
#include "await.h"

#include "attr.h"
#include "fast.h"
#include "formhint.h"
#include "frame_lists.h"
#include "generator.h"
#include "interp.h"
#include "loop.h"
#include "native_call.h"
#include "operators.h"

// Links a generator or coroutine under `frame`, which waits for its return value.
static Called link_under(VM *vm, Frame *frame, Frame *sub) {
  bool coroutine = sub->header.kind == KIND_COROUTINE;
  if (sub->header.flags & FRAME_FINISHED) {
    if (coroutine) {
      vm_raise(vm, vm->exceptions.RuntimeError, "cannot reuse already awaited coroutine");
      formhint_awaited_twice(vm, sub, (TraceEntry){0});
    }
    return CALL_RAISED;
  }
  // A coroutine that has started and is suspended awaits something, on behalf of somebody else.
  if (sub->parent != NULL || (coroutine && sub->header.flags & FRAME_STARTED)) {
    const Frame *running = frame;
    while (running != NULL && running != sub) running = running->parent;
    if (coroutine && running == sub) {
      raise_value_error(vm, "coroutine already executing");
    } else if (coroutine) {
      vm_raise(vm, vm->exceptions.RuntimeError, "coroutine is being awaited already");
      formhint_awaited_twice(vm, sub, (TraceEntry){0});
    } else {
      raise_value_error(vm, "generator already executing");
    }
    return CALL_RAISED;
  }
  sub->header.aux = frame->header.aux + 1;
  if (unlikely(sub->header.aux > vm->recursion_limit)) {
    call_raise_recursion(vm);
    return CALL_RAISED;
  }
  sub->parent = frame;
  vm->frame = frame_generator(sub)->innermost;
  return CALL_RESUME;
}

bool await_finish_future(VM *vm, Value future, Value *out) {
  if (!future_is_done(future)) {
    return future_raise_not_awaited(vm);
  }
  return future_take_result(vm, future, out);
}

// Awaits a future for a step frame. Registers: 0 the future.
static Step future_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Value future = frame->regs[0], result;
  if (frame->state == 0 && !future_is_done(future)) {
    if (!future_set_blocking(vm, future)) return STEP_RAISE;
    return step_yield(vm, frame, 1, future);
  }
  return await_finish_future(vm, future, &result) ? step_done(vm, result) : STEP_RAISE;
}

static const NativeDef future_def = {.name = "await", .step = future_step, .registers = 1};

// ---- iterators: yield from, and what __await__ gives

static Step switch_to(VM *vm, Frame *frame, int state, Called linked) {
  frame->state = state;
  if (linked == CALL_RAISED) return STEP_RAISE;
  vm->result = NONE;
  return STEP_SWITCH;
}

static Value stop_value(VM *vm) {
  Value value = as_exception(vm->exception)->payload;
  vm_clear_exception(vm);
  return is_empty(value) ? NONE : value;
}

// Passes an exception thrown into the chain on to the iterator, if it has throw(). GeneratorExit
// closes the iterator instead, if it has close(), and goes on here afterwards.
static Step throw_into(VM *vm, Frame *frame, int state, int closed_state) {
  Value thrown = vm->exception, method;
  vm->exception = EMPTY;
  if (exception_is(thrown, vm->exceptions.GeneratorExit)) {
    frame->regs[1] = thrown;
    Tri tri = attr_get(vm, frame->regs[0], str_intern_c(vm, "close"), &method);
    if (tri == TRI_YES) return step_call(vm, frame, closed_state, method, 0, NULL);
    vm->exception = thrown;
    return STEP_RAISE;
  }
  Tri tri = attr_get(vm, frame->regs[0], str_intern_c(vm, "throw"), &method);
  if (tri == TRI_YES) return step_call(vm, frame, state, method, 1, &thrown);
  vm->exception = thrown;
  return STEP_RAISE;
}

// Drives an iterator, passing on what it yields and what is sent. Registers: 0 the iterator,
// 1 what was sent.
static Step delegate_step(VM *vm, Frame *frame, Value in) {
  enum { START, LINKED, NEXT, YIELDED, CLOSED };
  Value iterator = frame->regs[0], out;
  bool raised = !is_empty(vm->exception);
  switch (frame->state) {
    case START:
      if (is_kind(iterator, KIND_GENERATOR)) {
        Frame *sub = (Frame *)as_object(iterator);
        if (sub->header.flags & FRAME_FINISHED) return step_done(vm, NONE);
        return switch_to(vm, frame, LINKED, link_under(vm, frame, sub));
      }
      break;
    case LINKED: return raised ? STEP_RAISE : step_done(vm, in);
    case NEXT:
      if (!raised) return step_yield(vm, frame, YIELDED, in);
      if (exception_is(vm->exception, vm->exceptions.StopIteration)) {
        return step_done(vm, stop_value(vm));
      }
      return STEP_RAISE;
    case CLOSED:
      if (!raised) vm->exception = frame->regs[1];
      return STEP_RAISE;
    default:
      if (raised) return throw_into(vm, frame, NEXT, CLOSED);
      if (!is_none(in)) {
        Value send;
        Tri tri = attr_get(vm, iterator, str_intern_c(vm, "send"), &send);
        if (tri != TRI_YES) return STEP_RAISE;
        return step_call(vm, frame, NEXT, send, 1, &in);
      }
  }
  frame->state = NEXT;
  switch (operator_next(vm, frame, iterator, &out)) {
    case CALL_DONE: return step_yield(vm, frame, YIELDED, out);
    case CALL_ENTER: return STEP_ENTER;
    default:
      if (exception_is(vm->exception, vm->exceptions.StopIteration)) {
        return step_done(vm, stop_value(vm));
      }
      return STEP_RAISE;
  }
}

static const NativeDef delegate_def = {.name = "yield from", .step = delegate_step, .registers = 2};

// yield from an object whose iterator a script makes. Registers: 0 the object.
static Step delegate_object_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Value out;
  Called called = CALL_DONE;
  switch (frame->state) {
    case 0:
      frame->state = 1;
      called = operator_iter(vm, frame, frame->regs[0], &out);
      if (called == CALL_ENTER) return STEP_ENTER;
      if (called == CALL_RAISED) return STEP_RAISE;
      in = out;  // fall through
    case 1:
      frame->state = 2;
      call_internal_step(vm, frame, &delegate_def, 1, &in);
      return STEP_ENTER;
    default: return step_done(vm, in);
  }
}

static const NativeDef delegate_object_def = {
    .name = "yield from", .step = delegate_object_step, .registers = 1};

Called await_delegate(VM *vm, Frame *frame, Value v, Value *out) {
  if (is_kind(v, KIND_GENERATOR)) {
    Frame *sub = (Frame *)as_object(v);
    if (sub->header.flags & FRAME_FINISHED) {
      *out = NONE;
      return CALL_DONE;
    }
    return link_under(vm, frame, sub);
  }
  if (is_kind(v, KIND_COROUTINE) || is_kind(v, KIND_ASYNC_STEP)) {
    if (!(frame->code->flags & (CODE_ITERABLE_COROUTINE | CODE_HIDDEN))) {
      raise_type_error(vm, "cannot 'yield from' a coroutine object in a non-coroutine generator");
      return CALL_RAISED;
    }
    return await_value(vm, frame, v, 0, out);
  }
  if (is_kind(v, KIND_ITERATOR)) return call_internal_step(vm, frame, &delegate_def, 1, &v);
  return call_internal_step(vm, frame, &delegate_object_def, 1, &v);
}

// ---- objects with __await__

// Registers: 0 the object.
static Step await_step(VM *vm, Frame *frame, Value in) {
  enum { START, ITERATOR, DONE };
  if (!is_empty(vm->exception)) return STEP_RAISE;
  switch (frame->state) {
    case START: {
      Value method;
      if (attr_special(vm, frame->regs[0], SP_AWAIT, &method) != TRI_YES) return STEP_RAISE;
      return step_call(vm, frame, ITERATOR, method, 0, NULL);
    }
    case ITERATOR:
      if (is_kind(in, KIND_COROUTINE)) {
        raise_type_error(vm, "__await__() returned a coroutine");
        return STEP_RAISE;
      }
      if (is_empty(class_special(vm, value_class(vm, in), SP_NEXT))) {
        raise_type_error(vm, "__await__() returned non-iterator of type '%s'",
                         value_class_name(vm, in));
        return STEP_RAISE;
      }
      frame->state = DONE;
      call_internal_step(vm, frame, &delegate_def, 1, &in);
      return STEP_ENTER;
    default: return step_done(vm, in);
  }
}

static const NativeDef await_def = {.name = "await", .step = await_step, .registers = 1};

// ---- steps of async generators

static bool is_class_of_exceptions(VM *vm, Value v) {
  return is_class(v) && class_is_subclass(as_class(v), vm->exceptions.BaseException);
}

bool await_step_reused(VM *vm, const AsyncStep *step) {
  return vm_raise(
      vm, vm->exceptions.RuntimeError, "cannot reuse already awaited %s",
      step->header.extra == ASYNC_STEP_SEND ? "__anext__()/asend()" : "aclose()/athrow()");
}

// Registers: 0 the AsyncStep, 1 what to raise.
static Step async_step_step(VM *vm, Frame *frame, Value in) {
  enum { START, MADE, STEPPED };
  AsyncStep *step = (AsyncStep *)as_object(frame->regs[0]);
  AsyncStepKind kind = (AsyncStepKind)step->header.extra;
  Frame *root = step->generator;
  switch (frame->state) {
    case START:
      if (step->used && !await_step_reused(vm, step)) return STEP_RAISE;
      step->used = true;
      if (!is_empty(vm->exception)) return STEP_RAISE;
      if (kind == ASYNC_STEP_THROW && is_class_of_exceptions(vm, step->arg)) {
        return step_call(vm, frame, MADE, step->arg, 0, NULL);
      }
      in = step->arg;  // fall through
    case MADE: {
      if (!is_empty(vm->exception)) return STEP_RAISE;
      if (kind == ASYNC_STEP_CLOSE && !generator_is_started(root) && !generator_is_running(root)) {
        generator_finish(vm, root);
      }
      if (kind != ASYNC_STEP_SEND && generator_is_finished(root)) return step_done(vm, NONE);
      if (kind == ASYNC_STEP_SEND && !generator_is_started(root) && !is_none(in)) {
        raise_type_error(vm, "can't send non-None value to a just-started async generator");
        return STEP_RAISE;
      }
      if (generator_is_running(root) && kind != ASYNC_STEP_SEND) {
        vm_raise(vm, vm->exceptions.RuntimeError, "%s(): asynchronous generator is already running",
                 kind == ASYNC_STEP_CLOSE ? "aclose" : "athrow");
        return STEP_RAISE;
      }
      if (!async_generator_enter(vm, frame, root)) return STEP_RAISE;
      frame->state = STEPPED;
      vm->frame = root;
      vm->result = in;
      if (kind == ASYNC_STEP_THROW) vm->exception = in;
      if (kind == ASYNC_STEP_CLOSE) vm_raise_value(vm, vm->exceptions.GeneratorExit, EMPTY);
      return STEP_SWITCH;
    }
    default: break;
  }
  switch ((Outcome)vm->outcome) {
    case OUTCOME_YIELDED:
      if (kind != ASYNC_STEP_CLOSE) return step_done(vm, in);
      vm_raise(vm, vm->exceptions.RuntimeError, "async generator ignored GeneratorExit");
      return STEP_RAISE;
    case OUTCOME_RETURNED:
      if (kind == ASYNC_STEP_CLOSE) return step_done(vm, NONE);
      vm_raise_value(vm, vm->exceptions.StopAsyncIteration, EMPTY);
      return STEP_RAISE;
    default:
      if (kind == ASYNC_STEP_CLOSE &&
          (exception_is(vm->exception, vm->exceptions.GeneratorExit) ||
           exception_is(vm->exception, vm->exceptions.StopAsyncIteration))) {
        vm_clear_exception(vm);
        return step_done(vm, NONE);
      }
      return STEP_RAISE;
  }
}

static const NativeDef async_step_def = {.name = "anext", .step = async_step_step, .registers = 2};

const NativeDef await_step_driver_def = {
    .name = "anext", .flags = NATIVE_COROUTINE, .step = async_step_step, .registers = 2};

Frame *await_step_driver(VM *vm, AsyncStep *step) {
  if (step->driver == NULL) {
    Native *native = as_native(vm->loops->step_driver);
    step->driver = call_new_step(vm, native->def, native->code, NULL);
    step->driver->regs[0] = from_object(step);
  }
  return step->driver;
}

// ---- await

static Called raise_not_awaitable(VM *vm, Value v, int origin) {
  const char *name = value_class_name(vm, v);
  if (origin == 0) {
    raise_type_error(vm, "object %s can't be used in 'await' expression", name);
  } else {
    raise_type_error(
        vm, "'async with' received an object from %s that does not implement __await__: %s",
        origin == 1 ? "__aenter__" : "__aexit__", name);
  }
  return CALL_RAISED;
}

Called await_value(VM *vm, Frame *frame, Value v, int origin, Value *out) {
  if (is_object(v)) {
    Object *o = as_object(v);
    switch (o->kind) {
      case KIND_COROUTINE: return link_under(vm, frame, (Frame *)o);
      case KIND_FUTURE:
      case KIND_TASK:
        if (frame->header.extra == RESUME_STEP) {
          return call_internal_step(vm, frame, &future_def, 1, &v);
        }
        if (future_is_done(v)) {
          return future_take_result(vm, v, out) ? CALL_DONE : CALL_RAISED;
        }
        if (!future_set_blocking(vm, v)) return CALL_RAISED;
        *out = v;
        return CALL_SUSPEND;
      case KIND_ASYNC_STEP: return call_internal_step(vm, frame, &async_step_def, 1, &v);
      case KIND_GENERATOR:
        if (((Frame *)o)->code->flags & CODE_ITERABLE_COROUTINE) {
          return await_delegate(vm, frame, v, out);
        }
        break;
      default: break;
    }
    if (!is_empty(class_special(vm, o->cls, SP_AWAIT))) {
      return call_internal_step(vm, frame, &await_def, 1, &v);
    }
  }
  return raise_not_awaitable(vm, v, origin);
}

Direct await_fast(VM *vm, Frame *frame, Function *function, const Value *args, int nargs,
                  Value *out) {
  const FastMethod *fast = function->code->fast;
  if (nargs != function->code->param_count) return DIRECT_NO;
  switch (fast->call(vm, args, out)) {
    case FAST_NO: return DIRECT_NO;
    case FAST_DONE: return DIRECT_DONE;
    case FAST_RAISED: return DIRECT_RAISE;
    case FAST_WAIT: break;
  }
  call_internal_step(vm, frame, fast->wait, nargs, args);
  vm->frame->regs[FAST_FUNCTION] = from_object(function);
  return DIRECT_ENTER;
}

// A coroutine function called under `await`, where CALL could not enter it by itself.
static Called await_function(VM *vm, Frame *frame, Function *function, const Value *args, int nargs,
                             Tuple *names) {
  Code *code = function->code;
  Frame *callee = frame_take_awaited(vm, code, frame, 0);
  callee->function = function;
  bool ok = call_bind(vm, function, callee->regs, args, nargs, names);
  if (ok && unlikely(callee->header.aux > vm->recursion_limit)) ok = call_raise_recursion(vm);
  if (!ok) {
    frame_give(vm, callee, frame_registers(code));
    return CALL_RAISED;
  }
  vm->frame = callee;
  return CALL_ENTER;
}

static Called direct_result(VM *vm, Value result) {
  vm->frame = NULL;
  vm->result = result;
  return CALL_ENTER;
}

static Called await_native(VM *vm, Native *native, const Value *args, int nargs, Tuple *names) {
  Value slots[NATIVE_MAX_POSITIONS], out;
  if (!native_arrange(vm, native, args, nargs, names, slots)) return CALL_RAISED;
  vm->frame = NULL;
  switch ((Direct)native->def->direct(vm, slots, nargs, &out)) {
    case DIRECT_DONE: return direct_result(vm, out);
    case DIRECT_SUSPEND: return direct_result(vm, EMPTY);
    case DIRECT_RAISE: return CALL_RAISED;
    default: return CALL_SUSPEND;
  }
}

Called await_call(VM *vm, Frame *frame, Value callee, const Value *args, int nargs, Tuple *names,
                  Value *out) {
  if (is_function(callee)) {
    Function *function = (Function *)as_object(callee);
    if (function->code->flags & CODE_COROUTINE) {
      return await_function(vm, frame, function, args, nargs, names);
    }
  } else if (is_kind(callee, KIND_NATIVE) && as_native(callee)->def->direct != NULL) {
    Called called = await_native(vm, as_native(callee), args, nargs, names);
    if (called != CALL_SUSPEND) return called;
  } else if (is_kind(callee, KIND_METHOD) && nargs < 8 && names == NULL) {
    Method *method = (Method *)as_object(callee);
    Value all[9];
    all[0] = method->receiver;
    memcpy(all + 1, args, (size_t)nargs * sizeof *args);
    switch (await_direct(vm, frame, method->function, all, nargs + 1, out)) {
      case DIRECT_NO: break;
      case DIRECT_RAISE: return CALL_RAISED;
      case DIRECT_ENTER: return CALL_ENTER;
      case DIRECT_SUSPEND: return direct_result(vm, EMPTY);
      case DIRECT_DONE: return direct_result(vm, *out);
    }
    return await_call(vm, frame, method->function, all, nargs + 1, NULL, out);
  }
  Called called = call_value(vm, frame, callee, args, nargs, names, out);
  return called == CALL_ENTER ? CALL_RESUME : called;
}

// ---- async for over an object with __anext__

// Registers: 0 the iterator.
static Step anext_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  switch (frame->state) {
    case 0: {
      Value method;
      if (attr_special(vm, frame->regs[0], SP_ANEXT, &method) != TRI_YES) return STEP_RAISE;
      return step_call(vm, frame, 1, method, 0, NULL);
    }
    case 1: {
      bool awaitable = is_kind(in, KIND_COROUTINE) ||
                       !is_empty(class_special(vm, value_class(vm, in), SP_AWAIT));
      if (awaitable) return step_await(vm, frame, 2, in);
      raise_type_error(vm, "'async for' received an invalid object from __anext__: %s",
                       value_class_name(vm, in));
      return STEP_RAISE;
    }
    default: return step_done(vm, in);
  }
}

static const NativeDef anext_def = {.name = "anext", .step = anext_step, .registers = 1};

Called await_anext(VM *vm, Frame *frame, Value iterator, Value *out) {
  // The usual __anext__ is a coroutine function of the class.
  Value method = is_kind(iterator, KIND_INSTANCE)
                     ? class_special(vm, as_object(iterator)->cls, SP_ANEXT)
                     : EMPTY;
  if (is_function(method) && ((Function *)as_object(method))->code->flags & CODE_COROUTINE) {
    Function *function = (Function *)as_object(method);
    if (function->code->fast == NULL)
      return await_function(vm, frame, function, &iterator, 1, NULL);
    switch (await_fast(vm, frame, function, &iterator, 1, out)) {
      case DIRECT_DONE: return CALL_DONE;
      case DIRECT_RAISE: return CALL_RAISED;
      case DIRECT_ENTER: return CALL_ENTER;
      default: return await_function(vm, frame, function, &iterator, 1, NULL);
    }
  }
  return call_internal_step(vm, frame, &anext_def, 1, &iterator);
}
