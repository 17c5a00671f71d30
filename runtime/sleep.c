// sleep.c: sleep(), in its two forms.
//
// `await sleep(t)` in a task makes no object at all: sleep_now notes the timer, the task suspends,
// and the timer wakes it with as many turns of the loop as a future would take. Everything else (a
// coroutine object from sleep(t), an await outside a task's own chain) runs sleep_step, which
// awaits a future that a timer ends.
#include "interp.h"
#include "loop.h"

#include "float.h"
#include "observe.h"

// delay <= 0?
static Tri is_over(VM *vm, Value delay) {
  if (is_small_int(delay)) return as_small_int(delay) <= 0 ? TRI_YES : TRI_NO;
  return value_compare(vm, CMP_LE, delay, small_int(0));
}

static int sleep_now(VM *vm, Value *args, int nargs, Value *out) {
  (void)out;
  (void)nargs;
  EventLoop *loop = vm->loop;
  if (loop == NULL || loop->current == NULL || vm->chain != loop->current->coroutine) {
    return DIRECT_NO;
  }
  if (!is_empty(args[1]) && !is_none(args[1])) return DIRECT_NO;
  double delay;
  if (is_small_int(args[0])) {
    delay = (double)as_small_int(args[0]);
  } else if (is_double(args[0])) {
    delay = as_double(args[0]);
  } else {
    return DIRECT_NO;
  }
  Task *task = loop->current;
  if (delay <= 0) {
    loop_push(vm, loop, READY_STEP, task, EMPTY);
    return DIRECT_SUSPEND;
  }
  task->waiter = small_int(loop_set_timer(vm, loop, &task->future, delay));
  task->future.header.extra |= TASK_SLEEPS;
  return DIRECT_SUSPEND;
}

// The sleep is over or abandoned: its timer, if still in the heap, is not wanted any more.
static void drop_timer(VM *vm, Future *future) {
  if (!(future->header.flags & FUTURE_TIMER)) return;
  future->header.flags |= FUTURE_TIMER_DEAD;
  future->loop->timers.dead++;
  if (unlikely(vm->observer != NULL)) observe_timer_cancelled(vm, &future->header);
}

// Registers: 0 delay, 1 result, 2 the future.
static Step sleep_step(VM *vm, Frame *frame, Value in) {
  enum { START, YIELDED, AWAITED };
  Value *regs = frame->regs;
  (void)in;
  switch (frame->state) {
    case START: {
      if (!is_empty(vm->exception)) return STEP_RAISE;
      Tri over = is_over(vm, regs[0]);
      if (over == TRI_SCRIPT) raise_type_error(vm, "sleep() takes a number of seconds");
      if (over != TRI_YES && over != TRI_NO) return STEP_RAISE;
      if (over == TRI_YES) return step_yield(vm, frame, YIELDED, NONE);
      double delay;
      EventLoop *loop = loop_running(vm);
      if (loop == NULL) return STEP_RAISE;
      if (!float_from_number(regs[0], &delay)) {
        raise_type_error(vm, "sleep() takes a number of seconds");
        return STEP_RAISE;
      }
      Future *future = future_new(vm, loop);
      regs[2] = from_object(future);
      loop_set_timer(vm, loop, future, delay);
      return step_await(vm, frame, AWAITED, regs[2]);
    }
    case AWAITED: drop_timer(vm, as_future(regs[2])); break;
    default: break;
  }
  if (!is_empty(vm->exception)) return STEP_RAISE;
  return step_done(vm, is_empty(regs[1]) ? NONE : regs[1]);
}

const NativeDef sleep_def = {.name = "sleep",
                             .min = 1,
                             .max = 2,
                             .flags = NATIVE_COROUTINE,
                             .params = "delay result",
                             .step = sleep_step,
                             .registers = 3,
                             .direct = sleep_now};
