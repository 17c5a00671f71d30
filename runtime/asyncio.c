// asyncio.c: the native module `_asyncio`: the functions of asyncio that are written in C, and the
// classes.
#include "cancelwatch.h"
#include "context.h"
#include "fast.h"
#include "gather.h"
#include "groupwatch.h"
#include "hint.h"
#include "interp.h"
#include "loop.h"
#include "observe.h"

// An optional loop argument: None or nothing gives NULL.
static bool take_loop(VM *vm, Value v, EventLoop **out) {
  *out = NULL;
  if (is_empty(v) || is_none(v)) return true;
  if (!is_kind(v, KIND_LOOP)) {
    return raise_type_error(vm, "an event loop is required, not '%s'", value_class_name(vm, v));
  }
  *out = as_loop(v);
  return true;
}

// ---- loops

static bool get_running_loop(VM *vm, Value *args, int nargs, Value *out) {
  (void)args;
  (void)nargs;
  *out = from_object(loop_running(vm));
  return vm->loop != NULL;
}

static bool get_running_loop_or_none(VM *vm, Value *args, int nargs, Value *out) {
  (void)args;
  (void)nargs;
  *out = vm->loop == NULL ? NONE : from_object(vm->loop);
  return true;
}

static bool get_event_loop(VM *vm, Value *args, int nargs, Value *out) {
  (void)args;
  (void)nargs;
  EventLoop *loop = loop_current(vm);
  *out = from_object(loop);
  return loop != NULL;
}

static bool new_event_loop(VM *vm, Value *args, int nargs, Value *out) {
  (void)args;
  (void)nargs;
  *out = from_object(loop_new(vm));
  return true;
}

static bool set_event_loop(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_none(args[0]) && !is_kind(args[0], KIND_LOOP)) {
    return raise_type_error(vm, "loop must be an instance of AbstractEventLoop or None, not '%s'",
                            value_class_name(vm, args[0]));
  }
  vm->default_was_set = true;
  *out = NONE;
  return take_loop(vm, args[0], &vm->default_loop);
}

// ---- tasks and futures

static bool current_task(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  EventLoop *loop;
  if (!take_loop(vm, args[0], &loop)) return false;
  if (loop == NULL) loop = loop_running(vm);
  if (loop == NULL) return false;
  *out = loop->current == NULL ? NONE : from_object(loop->current);
  return true;
}

static bool all_tasks(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  EventLoop *loop;
  if (!take_loop(vm, args[0], &loop)) return false;
  if (loop == NULL) loop = loop_running(vm);
  if (loop == NULL) return false;
  Set *tasks = set_new(vm);
  for (Task *task = loop->first_task; task != NULL; task = task->next) {
    if (set_add(vm, tasks, from_object(task)) == TRI_ERROR) return false;
  }
  *out = from_object(tasks);
  return true;
}

// create_task in the common case: no task factory, and a name that is a str.
static bool create_task(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  EventLoop *loop = loop_running(vm);
  if (loop == NULL) return false;
  bool unnamed = is_empty(args[1]) || is_none(args[1]);
  bool plain = is_empty(loop->task_factory) || is_none(loop->task_factory);
  if (!plain || !task_accepts(args[0]) || !(unnamed || is_str(args[1]))) {
    return native_tail(vm, out, vm->loops->create_task_step, 3, args);
  }
  Value context;
  if (!context_argument(vm, args[2], &context)) return false;
  Task *task = task_new(vm, loop, args[0], unnamed ? EMPTY : args[1], context);
  if (task == NULL) return false;
  if (!unnamed) vm->loops->task_count++;  // it might have had a number, which counts even so
  *out = from_object(task);
  return true;
}

// create_task in every case. Registers: 0 the coroutine, 1 name, 2 context.
static Step create_task_step(VM *vm, Frame *frame, Value in) {
  Value *regs = frame->regs;
  bool unnamed = is_empty(regs[1]) || is_none(regs[1]);
  if (!is_empty(vm->exception)) return STEP_RAISE;
  switch (frame->state) {
    case 0: {
      EventLoop *loop = loop_running(vm);
      if (loop == NULL) return STEP_RAISE;
      bool plain = is_empty(loop->task_factory) || is_none(loop->task_factory);
      if (plain && task_accepts(regs[0])) {
        Value context;
        if (!context_argument(vm, regs[2], &context)) return STEP_RAISE;
        Task *task = task_new(vm, loop, regs[0], EMPTY, context);
        if (task == NULL) return STEP_RAISE;
        in = from_object(task);
        break;
      }
      Value args[] = {from_object(loop), regs[0]};
      Value keywords = EMPTY;
      if (!is_empty(regs[2]) && !is_none(regs[2])) {
        keywords = from_object(dict_new(vm));
        dict_set_c(vm, as_dict(keywords), "context", regs[2]);
      }
      Value callee = vm->loops->create_task;
      return step_call_extended(vm, frame, 1, callee, from_object(tuple_from(vm, args, 2)),
                                keywords);
    }
    case 2: return step_done(vm, regs[0]);
    default: break;
  }
  // The task is made with a number for a name, which counts even when it gets another name.
  if (unnamed || !is_kind(in, KIND_TASK)) return step_done(vm, in);
  if (is_str(regs[1])) {
    as_task(in)->name = regs[1];
    if (unlikely(vm->observer != NULL)) observe_task_renamed(vm, as_task(in));
    return step_done(vm, in);
  }
  regs[0] = in;
  Value args[] = {in, regs[1]};
  return step_call(vm, frame, 2, dict_get_c(vm->task_class->dict, "set_name"), 2, args);
}

static bool ensure_future(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  EventLoop *loop;
  if (!take_loop(vm, args[1], &loop)) return false;
  Future *future = loop_ensure_future(vm, args[0], loop);
  *out = from_object(future);
  return future != NULL;
}

static bool gather(VM *vm, Value *args, int nargs, Value *out) {
  bool return_exceptions = false;
  Value name, value;
  for (size_t i = 0; vm->keywords != NULL && dict_next(vm->keywords, &i, &name, &value);) {
    if (!str_equals_c(as_str(name), "return_exceptions")) {
      return raise_type_error(vm, "gather() got an unexpected keyword argument '%.*s'",
                              (int)as_str(name)->length, as_str(name)->data);
    }
    Tri tri = value_truth(vm, value);
    if (tri == TRI_ERROR) return false;
    return_exceptions = tri != TRI_NO;
  }
  return gather_new(vm, args, (size_t)nargs, return_exceptions, out);
}

static bool isfuture(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  *out = from_bool(is_future(args[0]));
  return true;
}

static bool iscoroutine(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  *out = from_bool(task_accepts(args[0]));
  return true;
}

static bool iscoroutinefunction(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  Value v = args[0];
  while (is_kind(v, KIND_METHOD)) v = ((Method *)as_object(v))->function;
  bool is = is_function(v) && ((Function *)as_object(v))->code->flags & CODE_COROUTINE;
  if (is_kind(v, KIND_NATIVE)) is = as_native(v)->def->flags & NATIVE_COROUTINE;
  *out = from_bool(is);
  return true;
}

// ---- for Runner

// _set_main_task(loop, task): the task that SIGINT cancels; None: none.
static bool set_main_task(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  EventLoop *loop;
  *out = NONE;
  if (!take_loop(vm, args[0], &loop)) return false;
  if (loop == NULL) return true;
  loop->main_task = is_kind(args[1], KIND_TASK) ? as_task(args[1]) : NULL;
  if (loop->main_task != NULL) loop->interrupts = 0;
  return true;
}

static bool interrupts(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  EventLoop *loop;
  if (!take_loop(vm, args[0], &loop)) return false;
  *out = small_int(loop == NULL ? 0 : loop->interrupts);
  return true;
}

// _default_executor(loop): the loop's pool of threads or None, and whether it was shut down.
// _default_executor(loop, executor) sets it.
static bool default_executor(VM *vm, Value *args, int nargs, Value *out) {
  EventLoop *loop;
  if (!take_loop(vm, args[0], &loop)) return false;
  if (loop == NULL) return raise_type_error(vm, "an event loop is required");
  if (nargs > 1) loop->executor = args[1];
  Value executor = is_empty(loop->executor) ? NONE : loop->executor;
  *out = from_object(tuple_pair(vm, executor, from_bool(loop->executor_shut_down)));
  return true;
}

// _left(loop): how many entries are in its FIFO, and how many timers that somebody still wants.
static bool left(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  EventLoop *loop;
  if (!take_loop(vm, args[0], &loop)) return false;
  if (loop == NULL) return raise_type_error(vm, "an event loop is required");
  size_t ready = loop->ready.count;
  *out =
      from_object(tuple_pair(vm, small_int((int64_t)ready), small_int(loop_wanted_timers(loop))));
  return true;
}

// _outlived(task, so): it was cancelled by a timeout and has gone on.
static bool outlived(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  return !is_future(args[0]) || cancelwatch_outlived(vm, as_future(args[0]), as_str(args[1])->data);
}

// _failed(future): whether one that is done has failed. For wait(), which thereby takes the failure
// off what the loop reports at its end, as CPython's does; but it is still unread (groupwatch.h).
static bool failed(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  *out = FALSE_VALUE;
  if (!is_future(args[0])) return true;
  Future *future = as_future(args[0]);
  if (future->header.extra & FUTURE_UNSEEN) {
    future->header.extra &= (uint8_t)~FUTURE_UNSEEN;
    future->header.flags |= FUTURE_WAITED;
  }
  *out = from_bool(future->header.extra & FUTURE_FAILED);
  return true;
}

// _other_loop(exception): gives the exception, which says that an object is another loop's.
static bool other_loop(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  hint_other_loop(vm, args[0]);
  *out = args[0];
  return true;
}

static const NativeDef functions[] = {
    {.name = "get_running_loop", .leaf = get_running_loop},
    {.name = "_get_running_loop", .leaf = get_running_loop_or_none},
    {.name = "get_event_loop", .leaf = get_event_loop},
    {.name = "new_event_loop", .leaf = new_event_loop},
    {.name = "set_event_loop", .leaf = set_event_loop, .min = 1, .max = 1, .params = "loop"},
    {.name = "current_task", .leaf = current_task, .max = 1, .params = "loop"},
    {.name = "all_tasks", .leaf = all_tasks, .max = 1, .params = "loop"},
    {.name = "create_task",
     .leaf = create_task,
     .min = 1,
     .max = 3,
     .params = "coro * name context"},
    {.name = "ensure_future",
     .leaf = ensure_future,
     .min = 1,
     .max = 2,
     .params = "coro_or_future * loop"},
    {.name = "gather", .leaf = gather, .max = -1, .flags = NATIVE_KEYWORDS},
    {.name = "isfuture", .leaf = isfuture, .min = 1, .max = 1, .params = "obj"},
    {.name = "iscoroutine", .leaf = iscoroutine, .min = 1, .max = 1, .params = "obj"},
    {.name = "iscoroutinefunction",
     .leaf = iscoroutinefunction,
     .min = 1,
     .max = 1,
     .params = "func"},
    {.name = "_set_main_task", .leaf = set_main_task, .min = 2, .max = 2},
    {.name = "_default_executor", .leaf = default_executor, .min = 1, .max = 2},
    {.name = "_accelerate", .leaf = fast_accelerate, .max = -1},
    {.name = "_left", .leaf = left, .min = 1, .max = 1},
    {.name = "_other_loop", .leaf = other_loop, .min = 1, .max = 1},
    {.name = "_outlived", .leaf = outlived, .min = 2, .max = 2},
    {.name = "_failed", .leaf = failed, .min = 1, .max = 1},
    {.name = "_interrupts", .leaf = interrupts, .min = 1, .max = 1},
    {0},
};

static const NativeDef create_task_def = {
    .name = "create_task", .min = 3, .max = 3, .step = create_task_step, .registers = 3};

void asyncio_fill_module(VM *vm, Module *module) {
  vm->loops->create_task_step = native_new(vm, &create_task_def, NULL);
  native_add_functions(vm, module, functions);
  module_set(vm, module, str_intern_c(vm, "sleep"), native_new(vm, &sleep_def, NULL));
  module_set(vm, module, str_intern_c(vm, "run"), native_new(vm, &run_def, NULL));
  Value note_waited = native_new(vm, &note_waited_def, NULL);
  module_set(vm, module, str_intern_c(vm, "_note_waited"), note_waited);
  const struct {
    const char *name;
    Class *cls;
  } classes[] = {
      {"Future", vm->future_class},
      {"Task", vm->task_class},
      {"Handle", vm->handle_class},
      {"TimerHandle", vm->timer_handle_class},
      {"AbstractEventLoop", vm->loop_class},
      {"CancelledError", vm->exceptions.CancelledError},
      {"InvalidStateError", vm->exceptions.InvalidStateError},
      {"TimeoutError", vm->exceptions.TimeoutError},
  };
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
    module_set(vm, module, str_intern_c(vm, classes[i].name), from_object(classes[i].cls));
  }
  context_add_to_module(vm, module);
}
