// asynclock.c: the fast methods of asyncio's Lock, Event and Semaphore, and `async with` of those
// that have one. What they do is written in runtime/lib/asyncio/locks.coro; see fast.h.
//
// A wait is a step frame: it puts a future at the end of the waiters and suspends on it. Who wakes
// it ends that future; a waiter that was woken and cancelled in the same turn passes its turn on.
#include "asynclock.h"

#include "call.h"
#include "deque.h"
#include "loop.h"

enum { WAIT_START, WAIT_WOKEN };

static bool is_flag(Value v) { return v == TRUE_VALUE || v == FALSE_VALUE; }

static bool is_queue_of_waiters(VM *vm, Value v) {
  return is_deque(v) && as_object(v)->cls == vm->deque_class;
}

// None, or a deque of futures.
static bool are_waiters(VM *vm, Value waiters) {
  if (is_none(waiters)) return true;
  if (!is_queue_of_waiters(vm, waiters)) return false;
  const Deque *deque = as_deque(waiters);
  return deque->count == 0 || fast_is_waiter(vm, *deque_at(deque, 0));
}

// Somebody waits who has not been cancelled. SCRIPT: there is something else among the waiters.
static Tri somebody_waits(const VM *vm, Value waiters) {
  if (is_none(waiters)) return TRI_NO;
  const Deque *deque = as_deque(waiters);
  for (size_t i = 0; i < deque->count; i++) {
    Value waiter = *deque_at(deque, i);
    if (!fast_is_waiter(vm, waiter)) return TRI_SCRIPT;
    if (!future_cancelled(as_future(waiter))) return TRI_YES;
  }
  return TRI_NO;
}

// The waiters of an object that begins to wait: made when somebody waits for the first time.
static Value need_waiters(VM *vm, const FastClass *cls, Value self, int attribute) {
  Value *waiters = fast_slot(fast_layout(vm, cls, self), self, attribute);
  if (is_none(*waiters)) {
    *waiters = from_object(deque_new(vm, vm->deque_class, DEQUE_UNBOUNDED));
  }
  return *waiters;
}

// ---- Lock

enum { LOCK_WAITERS, LOCK_LOCKED, LOCK_HOLDER };

static const FastClass lock_class = {
    FAST_CLASS_LOCK, {"_waiters", "_locked", "_holder"}, {"_wake_up_first", "_get_loop"}};

// The running task, so that a deadlock can be explained.
static Value taker(const VM *vm) {
  const EventLoop *loop = vm->loop;
  return loop == NULL || loop->current == NULL ? NONE : from_object(loop->current);
}

static Fast lock_locked(VM *vm, const Value *args, Value *out) {
  const FastLayout *layout = fast_layout(vm, &lock_class, args[0]);
  if (layout == NULL) return FAST_NO;
  *out = *fast_slot(layout, args[0], LOCK_LOCKED);
  return FAST_DONE;
}

static Fast lock_acquire(VM *vm, const Value *args, Value *out) {
  Value self = args[0];
  const FastLayout *layout = fast_layout(vm, &lock_class, self);
  if (layout == NULL) return FAST_NO;
  Value *locked = fast_slot(layout, self, LOCK_LOCKED);
  Value waiters = *fast_slot(layout, self, LOCK_WAITERS);
  if (!is_flag(*locked) || !are_waiters(vm, waiters)) return FAST_NO;
  Tri waits = *locked == TRUE_VALUE ? TRI_YES : somebody_waits(vm, waiters);
  if (waits == TRI_NO) {
    *locked = *out = TRUE_VALUE;
    *fast_slot(layout, self, LOCK_HOLDER) = taker(vm);
    return FAST_DONE;
  }
  return waits == TRI_YES && fast_may_wait(vm, layout, self) ? FAST_WAIT : FAST_NO;
}

static bool wake_first(VM *vm, Value waiters) {
  if (!is_queue_of_waiters(vm, waiters) || as_deque(waiters)->count == 0) return true;
  Value first = *deque_at(as_deque(waiters), 0);
  if (!fast_is_waiter(vm, first) || future_done(as_future(first))) return true;
  return future_set_result(vm, as_future(first), TRUE_VALUE);
}

static Fast lock_release(VM *vm, const Value *args, Value *out) {
  Value self = args[0];
  const FastLayout *layout = fast_layout(vm, &lock_class, self);
  if (layout == NULL) return FAST_NO;
  Value *locked = fast_slot(layout, self, LOCK_LOCKED);
  Value waiters = *fast_slot(layout, self, LOCK_WAITERS);
  if (*locked != TRUE_VALUE || !are_waiters(vm, waiters)) return FAST_NO;
  *locked = FALSE_VALUE;
  *fast_slot(layout, self, LOCK_HOLDER) = NONE;
  *out = NONE;
  return wake_first(vm, waiters) ? FAST_DONE : FAST_RAISED;
}

static Step lock_wait(VM *vm, Frame *frame, Value in) {
  Value self = frame->regs[FAST_SELF];
  Step step;
  switch (frame->state) {
    case WAIT_START:
      if (!fast_must_wait(vm, frame, lock_acquire, &step)) return step;
      return fast_wait(vm, frame, &lock_class, WAIT_WOKEN,
                       need_waiters(vm, &lock_class, self, LOCK_WAITERS));
    case WAIT_WOKEN:
      if (fast_end_wait(vm, frame)) {
        if (!fast_set(vm, &lock_class, self, LOCK_LOCKED, TRUE_VALUE)) return STEP_RAISE;
        if (!fast_set(vm, &lock_class, self, LOCK_HOLDER, taker(vm))) return STEP_RAISE;
        return step_done(vm, TRUE_VALUE);
      }
      if (exception_is(vm->exception, vm->exceptions.CancelledError) &&
          fast_get(vm, &lock_class, self, LOCK_LOCKED) == FALSE_VALUE) {
        Value exception = fast_put_aside(vm);
        if (!wake_first(vm, frame->regs[FAST_WAITERS])) return STEP_RAISE;
        vm->exception = exception;
      }
      return STEP_RAISE;
    default: return fast_handed_over(vm, frame, in);
  }
}

static const NativeDef lock_wait_def = {
    .name = "acquire", .step = lock_wait, .registers = FAST_REGISTERS};

// ---- Event

enum { EVENT_WAITERS, EVENT_VALUE };

static const FastClass event_class = {
    FAST_CLASS_EVENT, {"_waiters", "_value"}, {"is_set", "set", "clear", "wait", "_get_loop"}};

Value *asynclock_event_flag(VM *vm, Value event) {
  const FastLayout *layout = fast_layout(vm, &event_class, event);
  if (layout == NULL) return NULL;
  Value *flag = fast_slot(layout, event, EVENT_VALUE);
  return is_flag(*flag) ? flag : NULL;
}

Fast asynclock_set_event(VM *vm, Value event) {
  const FastLayout *layout = fast_layout(vm, &event_class, event);
  if (layout == NULL) return FAST_NO;
  Value *flag = fast_slot(layout, event, EVENT_VALUE);
  if (*flag == TRUE_VALUE) return FAST_DONE;
  Value waiters = *fast_slot(layout, event, EVENT_WAITERS);
  if (!is_flag(*flag) || !is_queue_of_waiters(vm, waiters)) return FAST_NO;
  const Deque *deque = as_deque(waiters);
  for (size_t i = 0; i < deque->count; i++) {
    if (!fast_is_waiter(vm, *deque_at(deque, i))) return FAST_NO;
  }
  *flag = TRUE_VALUE;
  for (size_t i = 0; i < deque->count; i++) {
    Future *waiter = as_future(*deque_at(deque, i));
    if (!future_done(waiter) && !future_set_result(vm, waiter, TRUE_VALUE)) return FAST_RAISED;
  }
  return FAST_DONE;
}

static Fast event_set(VM *vm, const Value *args, Value *out) {
  *out = NONE;
  return asynclock_set_event(vm, args[0]);
}

static Fast event_is_set(VM *vm, const Value *args, Value *out) {
  Value *flag = asynclock_event_flag(vm, args[0]);
  if (flag == NULL) return FAST_NO;
  *out = *flag;
  return FAST_DONE;
}

static Fast event_clear(VM *vm, const Value *args, Value *out) {
  Value *flag = asynclock_event_flag(vm, args[0]);
  if (flag == NULL) return FAST_NO;
  *flag = FALSE_VALUE;
  *out = NONE;
  return FAST_DONE;
}

static Fast event_wait(VM *vm, const Value *args, Value *out) {
  Value self = args[0];
  const FastLayout *layout = fast_layout(vm, &event_class, self);
  if (layout == NULL) return FAST_NO;
  Value flag = *fast_slot(layout, self, EVENT_VALUE);
  if (flag == TRUE_VALUE) {
    *out = TRUE_VALUE;
    return FAST_DONE;
  }
  bool usual = flag == FALSE_VALUE &&
               is_queue_of_waiters(vm, *fast_slot(layout, self, EVENT_WAITERS)) &&
               fast_may_wait(vm, layout, self);
  return usual ? FAST_WAIT : FAST_NO;
}

static Step event_wait_step(VM *vm, Frame *frame, Value in) {
  Value self = frame->regs[FAST_SELF];
  Step step;
  switch (frame->state) {
    case WAIT_START:
      if (!fast_must_wait(vm, frame, event_wait, &step)) return step;
      return fast_wait(vm, frame, &event_class, WAIT_WOKEN,
                       fast_get(vm, &event_class, self, EVENT_WAITERS));
    case WAIT_WOKEN: return fast_end_wait(vm, frame) ? step_done(vm, TRUE_VALUE) : STEP_RAISE;
    default: return fast_handed_over(vm, frame, in);
  }
}

static const NativeDef event_wait_def = {
    .name = "wait", .step = event_wait_step, .registers = FAST_REGISTERS};

// ---- Semaphore

enum { SEMAPHORE_WAITERS, SEMAPHORE_VALUE };

static const FastClass semaphore_class = {
    FAST_CLASS_SEMAPHORE, {"_waiters", "_value"}, {"locked", "_wake_up_next", "_get_loop"}};

// Whether acquire() has to wait. SCRIPT: not the usual case.
static Tri semaphore_is_locked(VM *vm, const FastLayout *layout, Value self) {
  Value value = *fast_slot(layout, self, SEMAPHORE_VALUE);
  Value waiters = *fast_slot(layout, self, SEMAPHORE_WAITERS);
  if (!is_small_int(value) || !are_waiters(vm, waiters)) return TRI_SCRIPT;
  return as_small_int(value) == 0 ? TRI_YES : somebody_waits(vm, waiters);
}

static Fast semaphore_locked(VM *vm, const Value *args, Value *out) {
  const FastLayout *layout = fast_layout(vm, &semaphore_class, args[0]);
  Tri locked = layout == NULL ? TRI_SCRIPT : semaphore_is_locked(vm, layout, args[0]);
  *out = from_bool(locked == TRI_YES);
  return locked == TRI_SCRIPT ? FAST_NO : FAST_DONE;
}

static void add_to(Value *count, int n) { *count = small_int(as_small_int(*count) + n); }

static Fast semaphore_acquire(VM *vm, const Value *args, Value *out) {
  Value self = args[0];
  const FastLayout *layout = fast_layout(vm, &semaphore_class, self);
  if (layout == NULL) return FAST_NO;
  switch (semaphore_is_locked(vm, layout, self)) {
    case TRI_NO:
      add_to(fast_slot(layout, self, SEMAPHORE_VALUE), -1);
      *out = TRUE_VALUE;
      return FAST_DONE;
    case TRI_YES: return fast_may_wait(vm, layout, self) ? FAST_WAIT : FAST_NO;
    default: return FAST_NO;
  }
}

// Adds `given` to the value and hands one to whoever waits longest. False: the loop is closed.
static bool give(VM *vm, Value self, Value waiters, int given) {
  Value value = fast_get(vm, &semaphore_class, self, SEMAPHORE_VALUE);
  if (!is_small_int(value)) return true;
  Future *woken = NULL;
  size_t count = is_queue_of_waiters(vm, waiters) ? as_deque(waiters)->count : 0;
  for (size_t i = 0; woken == NULL && i < count; i++) {
    Value waiter = *deque_at(as_deque(waiters), i);
    if (fast_is_waiter(vm, waiter) && !future_done(as_future(waiter))) woken = as_future(waiter);
  }
  int64_t left = as_small_int(value) + given - (woken != NULL);
  if (!fast_set(vm, &semaphore_class, self, SEMAPHORE_VALUE, small_int(left))) return false;
  return woken == NULL || future_set_result(vm, woken, TRUE_VALUE);
}

static Fast semaphore_release(VM *vm, const Value *args, Value *out) {
  Value self = args[0];
  const FastLayout *layout = fast_layout(vm, &semaphore_class, self);
  if (layout == NULL || semaphore_is_locked(vm, layout, self) == TRI_SCRIPT) return FAST_NO;
  *out = NONE;
  Value waiters = *fast_slot(layout, self, SEMAPHORE_WAITERS);
  return give(vm, self, waiters, 1) ? FAST_DONE : FAST_RAISED;
}

// The wait was interrupted: whoever was woken and then cancelled gives back what it got.
static Step give_back(VM *vm, Frame *frame) {
  if (exception_is(vm->exception, vm->exceptions.CancelledError) &&
      !future_cancelled(as_future(frame->regs[FAST_WAITER]))) {
    Value exception = fast_put_aside(vm);
    if (!give(vm, frame->regs[FAST_SELF], frame->regs[FAST_WAITERS], 1)) return STEP_RAISE;
    vm->exception = exception;
  }
  return STEP_RAISE;
}

static Step semaphore_wait(VM *vm, Frame *frame, Value in) {
  Value self = frame->regs[FAST_SELF], value;
  Step step;
  switch (frame->state) {
    case WAIT_START:
      if (!fast_must_wait(vm, frame, semaphore_acquire, &step)) return step;
      return fast_wait(vm, frame, &semaphore_class, WAIT_WOKEN,
                       need_waiters(vm, &semaphore_class, self, SEMAPHORE_WAITERS));
    case WAIT_WOKEN:
      if (!fast_end_wait(vm, frame)) return give_back(vm, frame);
      value = fast_get(vm, &semaphore_class, self, SEMAPHORE_VALUE);
      if (is_small_int(value) && as_small_int(value) > 0 &&
          !give(vm, self, frame->regs[FAST_WAITERS], 0)) {
        return STEP_RAISE;
      }
      return step_done(vm, TRUE_VALUE);
    default: return fast_handed_over(vm, frame, in);
  }
}

static const NativeDef semaphore_wait_def = {
    .name = "acquire", .step = semaphore_wait, .registers = FAST_REGISTERS};

// ---- async with

enum { CONTEXT_ACQUIRE, CONTEXT_RELEASE };

static const FastClass context_class = {FAST_CLASS_CONTEXT, {NULL}, {"acquire", "release"}};

static Fast context_enter(VM *vm, const Value *args, Value *out) {
  const FastLayout *layout = fast_layout(vm, &context_class, args[0]);
  if (layout == NULL) return FAST_NO;
  Fast fast = layout->methods[CONTEXT_ACQUIRE]->call(vm, args, out);
  *out = NONE;
  return fast;
}

static Fast context_exit(VM *vm, const Value *args, Value *out) {
  const FastLayout *layout = fast_layout(vm, &context_class, args[0]);
  return layout == NULL ? FAST_NO : layout->methods[CONTEXT_RELEASE]->call(vm, args, out);
}

// Runs the wait of acquire() and forgets its result.
static Step context_wait(VM *vm, Frame *frame, Value in) {
  Value *regs = frame->regs;
  Step step;
  switch (frame->state) {
    case WAIT_START: {
      if (!fast_must_wait(vm, frame, context_enter, &step)) return step;
      const FastLayout *layout = fast_layout(vm, &context_class, regs[FAST_SELF]);
      Class *cls = as_object(regs[FAST_SELF])->cls;
      Value inner[] = {regs[FAST_SELF], EMPTY, class_lookup(vm, cls, str_intern_c(vm, "acquire"))};
      frame->state = WAIT_WOKEN;
      call_internal_step(vm, frame, layout->methods[CONTEXT_ACQUIRE]->wait, 3, inner);
      return STEP_ENTER;
    }
    case WAIT_WOKEN: return is_empty(vm->exception) ? step_done(vm, NONE) : STEP_RAISE;
    default: return fast_handed_over(vm, frame, in);
  }
}

static const NativeDef context_wait_def = {
    .name = "acquire", .step = context_wait, .registers = FAST_REGISTERS};

const FastMethod asynclock_methods[] = {
    {"_LoopBound._get_loop", fast_decline, NULL},
    {"_AsyncContext.__aenter__", context_enter, &context_wait_def},
    {"_AsyncContext.__aexit__", context_exit, NULL},
    {"Lock.locked", lock_locked, NULL},
    {"Lock.acquire", lock_acquire, &lock_wait_def},
    {"Lock.release", lock_release, NULL},
    {"Lock._wake_up_first", fast_decline, NULL},
    {"Event.is_set", event_is_set, NULL},
    {"Event.set", event_set, NULL},
    {"Event.clear", event_clear, NULL},
    {"Event.wait", event_wait, &event_wait_def},
    {"Semaphore.locked", semaphore_locked, NULL},
    {"Semaphore.acquire", semaphore_acquire, &semaphore_wait_def},
    {"Semaphore.release", semaphore_release, NULL},
    {"Semaphore._wake_up_next", fast_decline, NULL},
    {NULL, NULL, NULL},
};
