// task.c: tasks: one step of a task, what it waits for, cancellation, Task's methods. See task.h.
//
// A step is: task_begin_step, generator_resume (which runs the coroutine until it suspends, returns
// or raises), task_end_step. The loop does the three (loop.c). Every way of waking a task goes
// through the loop's FIFO, as in CPython:
//
//   await future    suspends yielding the future; its end makes READY_WAKEUP, that the step
//   await sleep(t)  suspends yielding EMPTY; the timer makes READY_SLEEP, that READY_STEP
//   await sleep(0)  suspends yielding EMPTY with READY_STEP already in the FIFO
//   bare yield      suspends yielding None: READY_STEP
#include "task.h"

#include "await.h"
#include "cancelwatch.h"
#include "context.h"
#include "corowatch.h"
#include "dunder.h"
#include "formhint.h"
#include "gather.h"
#include "hint.h"
#include "interp.h"
#include "loop.h"
#include "observe.h"

// ---- making tasks

static void link_task(EventLoop *loop, Task *task) {
  task->previous = loop->last_task;
  if (loop->last_task != NULL) {
    loop->last_task->next = task;
  } else {
    loop->first_task = task;
  }
  loop->last_task = task;
}

static void unlink_task(EventLoop *loop, Task *task) {
  if (task->previous != NULL) {
    task->previous->next = task->next;
  } else {
    loop->first_task = task->next;
  }
  if (task->next != NULL) {
    task->next->previous = task->previous;
  } else {
    loop->last_task = task->previous;
  }
  task->next = task->previous = NULL;
}

static void start_task(VM *vm, Task *task, EventLoop *loop, Value coroutine, Value name,
                       Value context) {
  task->future.loop = loop;
  task->coroutine = is_kind(coroutine, KIND_ASYNC_STEP)
                        ? await_step_driver(vm, (AsyncStep *)as_object(coroutine))
                        : (Frame *)as_object(coroutine);
  corowatch_take(task->coroutine);
  task->name = is_empty(name) ? small_int(++vm->loops->task_count) : name;
  task->context = is_empty(context) ? context_snapshot(vm) : context;
  task->created = finding_here(vm);
  link_task(loop, task);
  loop_push(vm, loop, READY_STEP, task, EMPTY);
  if (unlikely(vm->observer != NULL)) observe_task_created(vm, task);
}

Task *task_new(VM *vm, EventLoop *loop, Value coroutine, Value name, Value context) {
  assert(task_accepts(coroutine));
  if (!loop_check_open(vm, loop)) return NULL;
  Task *task = heap_alloc(vm, KIND_TASK, vm->task_class, sizeof *task);
  start_task(vm, task, loop, coroutine, name, context);
  return task;
}

Str *task_name(VM *vm, Task *task) {
  if (is_str(task->name)) return as_str(task->name);
  return str_format(vm, "Task-%lld", (long long)as_small_int(task->name));
}

// ---- a step

bool task_begin_step(VM *vm, Task *task) {
  EventLoop *loop = task->future.loop;
  Object *header = &task->future.header;
  if (header->extra & TASK_MUST_CANCEL) {
    header->extra &= (uint8_t)~TASK_MUST_CANCEL;
    if (is_empty(vm->exception) || !exception_is(vm->exception, vm->exceptions.CancelledError)) {
      vm->exception = EMPTY;
      vm_raise_exception(vm, future_make_cancelled(vm, &task->future));
    }
  }
  if (header->flags & TASK_CANCELLING) cancelwatch_step(vm, task);
  if (header->flags & FUTURE_TIMER) {
    // Woken before its time: the timer stays in the heap, dead.
    header->flags &= (uint8_t)~FUTURE_TIMER;
    loop->timers.dead++;
    if (unlikely(vm->observer != NULL)) observe_timer_cancelled(vm, header);
  }
  task->waiter = EMPTY;
  loop->current = task;
  vm->context = task->context;
  Frame *root = task->coroutine;
  if (likely(!generator_is_finished(root) && !generator_is_running(root))) return true;
  vm->exception = EMPTY;
  if (!generator_is_finished(root)) {
    raise_value_error(vm, "coroutine already executing");
  } else if (root->header.kind == KIND_COROUTINE) {
    vm_raise(vm, vm->exceptions.RuntimeError, "cannot reuse already awaited coroutine");
    formhint_awaited_twice(vm, root, task->created);
  } else {
    vm->outcome = OUTCOME_RETURNED;
    return false;
  }
  vm->outcome = OUTCOME_RAISED;
  return false;
}

static void finish_task(VM *vm, Task *task) {
  EventLoop *loop = task->future.loop;
  if (task->future.header.flags & TASK_CANCELLING) cancelwatch_done(vm, task);
  task->future.header.extra &= (uint8_t) ~(TASK_MUST_CANCEL | TASK_SLEEPS);
  unlink_task(loop, task);
}

static bool end_with_exception(VM *vm, Task *task) {
  Value exception = vm->exception;
  vm_clear_exception(vm);
  finish_task(vm, task);
  bool cancelled = exception_is(exception, vm->exceptions.CancelledError);
  if (unlikely(vm->observer != NULL)) {
    observe_task_done(vm, task, cancelled ? "cancelled" : "raised", cancelled ? EMPTY : exception);
  }
  if (cancelled) {
    task->waiter = exception;
    return future_set_cancelled(vm, &task->future, EMPTY);
  }
  exception_left_task(vm, as_exception(exception), task->name, task->created);
  if (!future_set_exception(vm, &task->future, exception)) return false;
  bool interrupts =
      exception_is(exception, vm->exceptions.KeyboardInterrupt) && !task->future.loop->is_session;
  if (interrupts || exception_is(exception, vm->exceptions.SystemExit)) {
    vm->exception = exception;
    return false;
  }
  return true;
}

static bool end_with_result(VM *vm, Task *task, Value result) {
  bool must_cancel = task->future.header.extra & TASK_MUST_CANCEL;
  finish_task(vm, task);
  if (unlikely(vm->observer != NULL)) {
    observe_task_done(vm, task, must_cancel ? "cancelled" : "returned",
                      must_cancel ? EMPTY : result);
  }
  if (must_cancel) return future_set_cancelled(vm, &task->future, task->future.result);
  return future_set_result(vm, &task->future, result);
}

// The next step raises RuntimeError: the coroutine yielded something that cannot be waited for.
static Exception *refuse(VM *vm, Task *task, const char *before, bool name_task,
                         const char *between, Value yielded, const char *after) {
  Text text = text_new(vm);
  text_add_c(&text, before);
  if (name_task && loop_repr(vm, from_object(task), &text) == TRI_ERROR) vm_clear_exception(vm);
  text_add_c(&text, between);
  if (!is_empty(yielded)) {
    size_t length = text.length;
    Tri tri = value_repr(vm, yielded, &text);
    if (tri != TRI_YES) {
      if (tri == TRI_ERROR) vm_clear_exception(vm);
      text.length = length;
      value_repr_plain(vm, yielded, &text);
    }
  }
  text_add_c(&text, after);
  Value message = from_object(text_finish(&text));
  Exception *error = exception_new(vm, vm->exceptions.RuntimeError, tuple_from(vm, &message, 1));
  loop_push(vm, task->future.loop, READY_STEP, task, from_object(error));
  if (unlikely(vm->observer != NULL)) observe_task_ready(vm, task, "throw", NULL);
  return error;
}

static bool wait_for_future(VM *vm, Task *task, Future *future) {
  Value v = from_object(future);
  if (future->loop != task->future.loop) {
    hint_other_loop(vm, from_object(refuse(vm, task, "Task ", true, " got Future ", v,
                                           " attached to a different loop")));
    return true;
  }
  if (!(future->header.extra & FUTURE_BLOCKING)) {
    refuse(vm, task, "yield was used instead of yield from in task ", true, " with ", v, "");
    return true;
  }
  if (future == &task->future) {
    refuse(vm, task, "Task cannot await on itself: ", true, "", EMPTY, "");
    return true;
  }
  future->header.extra &= (uint8_t)~FUTURE_BLOCKING;
  if (!future_notify(vm, future, task)) return false;
  task->waiter = v;
  EventLoop *loop = task->future.loop;
  loop->latest[loop->began++ % LOOP_LATEST] = task;
  if (task->future.header.extra & TASK_MUST_CANCEL) {
    Tri tri = future_cancel(vm, future, task->future.result);
    if (tri == TRI_ERROR) return false;
    if (tri == TRI_YES) task->future.header.extra &= (uint8_t)~TASK_MUST_CANCEL;
  }
  return true;
}

static bool end_suspended(VM *vm, Task *task, Value yielded) {
  Object *header = &task->future.header;
  if (is_empty(yielded)) {  // a direct await has arranged the wake-up
    if ((header->extra & TASK_MUST_CANCEL) && (header->extra & TASK_SLEEPS)) {
      header->extra &= (uint8_t) ~(TASK_MUST_CANCEL | TASK_SLEEPS);
      loop_push(vm, task->future.loop, READY_SLEEP_CANCELLED, task, task->future.result);
      if (unlikely(vm->observer != NULL)) observe_task_ready(vm, task, "cancel", NULL);
    }
    return true;
  }
  if (is_future(yielded)) return wait_for_future(vm, task, as_future(yielded));
  if (is_none(yielded)) {
    loop_push(vm, task->future.loop, READY_STEP, task, EMPTY);
    if (unlikely(vm->observer != NULL)) observe_task_ready(vm, task, "yield", NULL);
  } else if (is_kind(yielded, KIND_GENERATOR)) {
    refuse(vm, task, "yield was used instead of yield from for generator in task ", true, " with ",
           yielded, "");
  } else {
    refuse(vm, task, "Task got bad yield: ", false, "", yielded, "");
  }
  return true;
}

bool task_end_step(VM *vm, Task *task, Value in) {
  task->context = vm->context;
  task->future.loop->current = NULL;
  switch ((Outcome)vm->outcome) {
    case OUTCOME_YIELDED: return end_suspended(vm, task, in);
    case OUTCOME_RETURNED: return end_with_result(vm, task, is_empty(in) ? NONE : in);
    default: return end_with_exception(vm, task);
  }
}

// ---- cancelling

static bool raise_endless_cancel(VM *vm) {
  return vm_raise(vm, vm->exceptions.RecursionError,
                  "maximum recursion depth exceeded while calling a Python object");
}

Tri task_cancel(VM *vm, Task *task, Value message) {
  // Down the chain of tasks that wait for tasks, which may be a ring.
  for (uint32_t depth = 0; depth < vm->recursion_limit; depth++) {
    Object *header = &task->future.header;
    header->extra &= (uint8_t)~FUTURE_UNSEEN;
    if (future_done(&task->future)) return TRI_NO;
    header->aux++;
    cancelwatch_asked(vm, task);
    if (unlikely(vm->observer != NULL)) observe_task_cancelled(vm, task);
    if (header->extra & TASK_SLEEPS) {
      header->extra &= (uint8_t)~TASK_SLEEPS;
      loop_push(vm, task->future.loop, READY_SLEEP_CANCELLED, task, message);
      if (unlikely(vm->observer != NULL)) observe_task_ready(vm, task, "cancel", NULL);
      return TRI_YES;
    }
    // The waiter stays: it may be a task that ignores this and is to be cancelled again.
    if (is_kind(task->waiter, KIND_TASK) && !future_done(as_future(task->waiter))) {
      task = as_task(task->waiter);
      continue;
    }
    if (is_object(task->waiter)) {
      Tri tri = future_cancel(vm, as_future(task->waiter), message);
      if (tri != TRI_NO) return tri;
    }
    header->extra |= TASK_MUST_CANCEL;
    task->future.result = message;
    return TRI_YES;
  }
  raise_endless_cancel(vm);
  return TRI_ERROR;
}

// ---- methods

static bool check_coroutine(VM *vm, Value v) {
  if (task_accepts(v)) return true;
  Text text = text_new(vm);
  Tri tri = value_repr(vm, v, &text);
  if (tri == TRI_ERROR) {
    text_free(&text);
    return false;
  }
  if (tri == TRI_SCRIPT) {
    text.length = 0;
    value_repr_plain(vm, v, &text);
  }
  Str *repr = text_finish(&text);
  raise_type_error(vm, "a coroutine was expected, got %.*s", (int)repr->length, repr->data);
  return formhint_no_coroutine(vm, v);
}

static Value text_of(VM *vm, Value v) {
  if (is_str(v)) return v;
  Text text = text_new(vm);
  if (value_str(vm, v, &text) != TRI_YES) {
    vm_clear_exception(vm);
    text.length = 0;
    value_repr_plain(vm, v, &text);
  }
  return from_object(text_finish(&text));
}

// Task.__init__(coro, *, loop, name, context) of a task that was only allocated.
static bool init(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Task *task = as_task(args[0]);
  Value context;
  EventLoop *loop;
  *out = NONE;
  if (task->coroutine != NULL) return true;  // __new__ has done it
  if (is_kind(args[2], KIND_LOOP)) {
    loop = as_loop(args[2]);
  } else {
    loop = loop_current(vm);
    if (loop == NULL) return false;
  }
  if (!check_coroutine(vm, args[1]) || !context_argument(vm, args[4], &context) ||
      !loop_check_open(vm, loop)) {
    return false;
  }
  bool unnamed = is_empty(args[3]) || is_none(args[3]);
  start_task(vm, task, loop, args[1], unnamed ? EMPTY : text_of(vm, args[3]), context);
  return true;
}

// A subclass starts its task in __init__, a Task at once.
static bool make_task(VM *vm, Value *args, int nargs, Value *out) {
  Class *cls = as_class(args[0]);
  Task *task = heap_alloc(vm, KIND_TASK, cls, sizeof *task);
  Dict *keywords = vm->keywords;
  *out = from_object(task);
  task->future.loop = vm->loop;
  if (!(cls->header.flags & CLASS_BUILTIN)) return true;
  Value all[5] = {*out, nargs > 1 ? args[1] : EMPTY, EMPTY, EMPTY, EMPTY}, none;
  static const char *const names[] = {"self", "coro", "loop", "name", "context"};
  for (int i = 1; keywords != NULL && i < 5; i++) {
    Value given = dict_get_c(keywords, names[i]);
    if (!is_empty(given)) all[i] = given;
  }
  if (is_empty(all[1])) {
    return raise_type_error(vm, "Task() missing required argument 'coro' (pos 1)");
  }
  return init(vm, all, 5, &none);
}

static bool get_coro(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  Frame *coroutine = as_task(args[0])->coroutine;
  *out = coroutine == NULL ? NONE : from_object(coroutine);
  return true;
}

static bool get_name(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Task *task = as_task(args[0]);
  *out = task->name = from_object(task_name(vm, task));
  return true;
}

static bool set_name(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  as_task(args[0])->name = text_of(vm, args[1]);
  if (unlikely(vm->observer != NULL)) observe_task_renamed(vm, as_task(args[0]));
  *out = NONE;
  return true;
}

static bool cancelling(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  *out = small_int(as_object(args[0])->aux);
  return true;
}

static bool uncancel(VM *vm, Value *args, int nargs, Value *out) {
  Object *header = as_object(args[0]);
  if (header->aux > 0) header->aux--;
  return cancelling(vm, args, nargs, out);
}

static bool refuse_set_result(VM *vm, Value *args, int nargs, Value *out) {
  (void)args;
  (void)nargs;
  (void)out;
  return vm_raise(vm, vm->exceptions.RuntimeError, "Task does not support set_result operation");
}

static bool refuse_set_exception(VM *vm, Value *args, int nargs, Value *out) {
  (void)args;
  (void)nargs;
  (void)out;
  return vm_raise(vm, vm->exceptions.RuntimeError, "Task does not support set_exception operation");
}

static bool must_cancel(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  *out = from_bool(as_object(args[0])->extra & TASK_MUST_CANCEL);
  return true;
}

static bool waiter(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  const Task *task = as_task(args[0]);
  *out = is_object(task->waiter) && !future_done(&task->future) ? task->waiter : NONE;
  return true;
}

// get_stack(*, limit=None)
static bool get_stack(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (is_empty(args[1])) args[1] = NONE;
  return native_prelude(vm, out, "loop.task_stack", 2, args);
}

// print_stack(*, limit=None, file=None)
static bool print_stack(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  for (int i = 1; i < 3; i++) {
    if (is_empty(args[i])) args[i] = NONE;
  }
  return native_prelude(vm, out, "loop.print_task_stack", 3, args);
}

#define METHOD(text, fn, low, high, names) \
  { .name = text, .leaf = fn, .min = low, .max = high, .flags = NATIVE_METHOD, .params = names }
#define PROPERTY(text, fn) \
  { .name = text, .leaf = fn, .min = 1, .max = 1, .flags = NATIVE_PROPERTY }

static const NativeDef methods[] = {
    {.name = "__new__",
     .leaf = make_task,
     .min = 1,
     .max = -1,
     .flags = NATIVE_STATIC | NATIVE_KEYWORDS},
    METHOD("__init__", init, 2, 5, "self coro * loop name context"),
    METHOD("get_stack", get_stack, 1, 2, "self * limit"),
    METHOD("print_stack", print_stack, 1, 3, "self * limit file"),
    METHOD("get_coro", get_coro, 1, 1, NULL),
    METHOD("get_name", get_name, 1, 1, NULL),
    METHOD("set_name", set_name, 2, 2, NULL),
    METHOD("cancelling", cancelling, 1, 1, NULL),
    METHOD("uncancel", uncancel, 1, 1, NULL),
    METHOD("set_result", refuse_set_result, 2, 2, NULL),
    METHOD("set_exception", refuse_set_exception, 2, 2, NULL),
    PROPERTY("_coro", get_coro),
    PROPERTY("_must_cancel", must_cancel),
    PROPERTY("_fut_waiter", waiter),
    {0},
};

void task_install(VM *vm) {
  Class *cls = vm->task_class;
  dict_set_c(vm, cls->dict, "__module__", from_object(str_intern_c(vm, "_asyncio")));
  native_add_methods(vm, cls, methods);
  dunder_install(vm, cls, DUNDER_REPR);
}

void task_mark(VM *vm, Object *object) {
  Task *task = (Task *)object;
  future_mark(vm, object);
  heap_mark_object(vm, task->coroutine);
  heap_mark(vm, task->context);
  heap_mark(vm, task->waiter);
  heap_mark(vm, task->name);
  heap_mark_object(vm, task->created.code);
}
