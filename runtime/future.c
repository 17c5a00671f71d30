// future.c: futures: their states, their callbacks, and Future's methods. See future.h.
//
// Invariant: a future that is done has no callbacks: they were put on the loop when it ended.
#include "future.h"

#include "await.h"
#include "cancelwatch.h"
#include "context.h"
#include "dunder.h"
#include "gather.h"
#include "interp.h"
#include "loop.h"
#include "loopwatch.h"
#include "observe.h"

Future *future_new(VM *vm, EventLoop *loop) {
  Future *future = heap_alloc(vm, KIND_FUTURE, vm->future_class, sizeof *future);
  future->loop = loop;
  return future;
}

// ---- callbacks

// The callbacks when there are more than one, otherwise NULL.
static FutureCallbacks *several(const Future *future) {
  if (future->callback.context != ELLIPSIS) return NULL;
  return (FutureCallbacks *)as_object(future->callback.callback);
}

const FutureCallback *future_callback(const Future *future, uint32_t i) {
  const FutureCallbacks *all = several(future);
  if (all != NULL) return i < all->count ? &all->items[i] : NULL;
  return i > 0 || is_empty(future->callback.callback) ? NULL : &future->callback;
}

static size_t callbacks_size(uint32_t capacity) {
  return sizeof(FutureCallbacks) + capacity * sizeof(FutureCallback);
}

static FutureCallbacks *grow_callbacks(VM *vm, FutureCallbacks *old, uint32_t capacity) {
  size_t old_size = old == NULL ? 0 : callbacks_size(old->capacity);
  FutureCallbacks *all = heap_buffer_resize(vm, old, old_size, callbacks_size(capacity));
  if (old == NULL) all->count = 0;
  all->capacity = capacity;
  return all;
}

static void add_callback(VM *vm, Future *future, Value callback, Value context) {
  FutureCallback added = {callback, context};
  if (is_empty(future->callback.callback)) {
    future->callback = added;
    return;
  }
  FutureCallbacks *all = several(future);
  if (all == NULL) {
    all = grow_callbacks(vm, NULL, 4);
    all->items[all->count++] = future->callback;
  } else if (all->count == all->capacity) {
    all = grow_callbacks(vm, all, all->capacity * 2);
  }
  all->items[all->count++] = added;
  future->callback = (FutureCallback){from_object(all), ELLIPSIS};
}

static void drop_callbacks(VM *vm, Future *future) {
  FutureCallbacks *all = several(future);
  if (all != NULL) heap_buffer_free(vm, all, callbacks_size(all->capacity));
  future->callback = (FutureCallback){EMPTY, EMPTY};
}

static ReadyKind notice_kind(Value target) {
  switch (as_object(target)->kind) {
    case KIND_TASK: return READY_WAKEUP;
    case KIND_LOOP: return READY_STOP;
    default: return READY_GATHER;
  }
}

static bool call_back_soon(VM *vm, Future *future, Value callback, Value context) {
  Value self = from_object(future);
  if (!is_none(context)) {
    return loop_call_soon_one(vm, future->loop, callback, self, context) != NULL;
  }
  if (!loop_check_open(vm, future->loop)) return false;
  ReadyKind kind = notice_kind(callback);
  loop_push(vm, future->loop, kind, as_object(callback), self);
  if (unlikely(vm->observer != NULL) && kind == READY_WAKEUP) {
    observe_task_woken(vm, as_task(callback), future);
  }
  return true;
}

// All callbacks become ready, in the order in which they were added.
static bool schedule_callbacks(VM *vm, Future *future) {
  if (is_empty(future->callback.callback)) return true;
  FutureCallback one = future->callback;
  FutureCallbacks *all = several(future);
  future->callback = (FutureCallback){EMPTY, EMPTY};
  if (all == NULL) return call_back_soon(vm, future, one.callback, one.context);
  bool ok = true;
  for (uint32_t i = 0; ok && i < all->count; i++) {
    ok = call_back_soon(vm, future, all->items[i].callback, all->items[i].context);
  }
  heap_buffer_free(vm, all, callbacks_size(all->capacity));
  return ok;
}

bool future_notify(VM *vm, Future *future, void *target) {
  Value callback = from_object(target);
  if (future_done(future)) return call_back_soon(vm, future, callback, NONE);
  add_callback(vm, future, callback, NONE);
  return true;
}

// Takes out the callbacks for which `same` answers YES, and counts them.
static Tri remove_callbacks(VM *vm, Future *future, Value callback, Tri (*same)(VM *, Value, Value),
                            int64_t *removed) {
  uint32_t kept = 0;
  *removed = 0;
  for (uint32_t i = 0; future_callback(future, i) != NULL; i++) {
    FutureCallback each = *future_callback(future, i);
    Tri tri = same(vm, each.callback, callback);
    if (tri == TRI_ERROR) return tri;
    if (tri == TRI_YES) {
      ++*removed;
    } else if (several(future) != NULL) {
      several(future)->items[kept++] = each;
    } else {
      kept++;
    }
  }
  if (kept == 0) {
    drop_callbacks(vm, future);
  } else if (several(future) != NULL) {
    several(future)->count = kept;
  }
  return TRI_YES;
}

static Tri is_same_object(VM *vm, Value a, Value b) {
  (void)vm;
  return a == b ? TRI_YES : TRI_NO;
}

void future_forget(VM *vm, Future *future, void *target) {
  int64_t removed;
  Tri tri = remove_callbacks(vm, future, from_object(target), is_same_object, &removed);
  assert(tri == TRI_YES);
  (void)tri;
}

// ---- states

bool future_set_result(VM *vm, Future *future, Value result) {
  future->header.extra |= FUTURE_DONE;
  future->result = result;
  return schedule_callbacks(vm, future);
}

bool future_set_exception(VM *vm, Future *future, Value exception) {
  future->header.extra |= FUTURE_DONE | FUTURE_FAILED | FUTURE_UNSEEN;
  future->result = exception;
  loop_note_failed(vm, future->loop, future);
  bool ok = schedule_callbacks(vm, future);
  future->callback.context = small_int(as_exception(exception)->trace_count);
  return ok;
}

bool future_set_cancelled(VM *vm, Future *future, Value message) {
  future->header.extra |= FUTURE_DONE | FUTURE_CANCELLED;
  future->result = message;
  return schedule_callbacks(vm, future);
}

Tri future_cancel(VM *vm, Future *future, Value message) {
  if (future->header.kind == KIND_TASK) return task_cancel(vm, (Task *)future, message);
  if (future->header.extra & FUTURE_GATHERS) return gather_cancel(vm, (Gather *)future, message);
  future->header.extra &= (uint8_t)~FUTURE_UNSEEN;
  if (future_done(future)) return TRI_NO;
  return future_set_cancelled(vm, future, message) ? TRI_YES : TRI_ERROR;
}

Value future_make_cancelled(VM *vm, Future *future) {
  if (future->header.kind == KIND_TASK && future_done(future)) {
    Task *task = (Task *)future;
    Value error = task->waiter;
    task->waiter = EMPTY;
    if (!is_empty(error)) return error;
  }
  bool is_message = !future_done(future) || future_cancelled(future);
  bool has_message = is_message && !is_empty(future->result) && !is_none(future->result);
  Tuple *args = tuple_from(vm, &future->result, has_message ? 1 : 0);
  return from_object(exception_new(vm, vm->exceptions.CancelledError, args));
}

bool future_is_done(Value future) { return future_done(as_future(future)); }

bool future_set_blocking(VM *vm, Value future) {
  if (as_object(future)->extra & FUTURE_BLOCKING) return future_raise_not_awaited(vm);
  as_object(future)->extra |= FUTURE_BLOCKING;
  return true;
}

bool future_raise_not_awaited(VM *vm) {
  return vm_raise(vm, vm->exceptions.RuntimeError, "await wasn't used with future");
}

bool future_take_result(VM *vm, Value v, Value *out) {
  Future *future = as_future(v);
  if (future_cancelled(future)) return vm_raise_exception(vm, future_make_cancelled(vm, future));
  if (!future_done(future)) {
    return vm_raise(vm, vm->exceptions.InvalidStateError, "Result is not set.");
  }
  if (future->header.extra & FUTURE_FAILED) {
    future_mark_seen(future);
    // The same exception is raised in each that asks: its way is what it was, plus theirs.
    if (is_small_int(future->callback.context)) {
      exception_cut_trace(as_exception(future->result),
                          (uint32_t)as_small_int(future->callback.context));
    }
    return vm_raise_exception(vm, future->result);
  }
  *out = future->result;
  return true;
}

// ---- methods

static bool init_loop(VM *vm, Future *future, Value loop) {
  if (is_empty(loop) || is_none(loop)) {
    future->loop = loop_current(vm);
    return future->loop != NULL;
  }
  if (!is_kind(loop, KIND_LOOP)) {
    return raise_type_error(vm, "loop must be an event loop, not '%s'", value_class_name(vm, loop));
  }
  future->loop = as_loop(loop);
  return true;
}

// A subclass gets its loop from __init__, a Future at once.
static bool make_future(VM *vm, Value *args, int nargs, Value *out) {
  Class *cls = as_class(args[0]);
  Future *future = heap_alloc(vm, KIND_FUTURE, cls, sizeof *future);
  *out = from_object(future);
  if (!(cls->header.flags & CLASS_BUILTIN)) {
    future->loop = vm->loop;
    return true;
  }
  if (nargs > 1) return raise_type_error(vm, "Future() takes no positional arguments");
  return init_loop(vm, future, vm->keywords == NULL ? EMPTY : dict_get_c(vm->keywords, "loop"));
}

static bool init(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  return init_loop(vm, as_future(args[0]), args[1]);
}

static bool check_loop(VM *vm, const Future *future) {
  if (future->loop != NULL) return true;
  return vm_raise(vm, vm->exceptions.RuntimeError, "Future object is not initialized.");
}

static bool result(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return future_take_result(vm, args[0], out);
}

static bool exception(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Future *future = as_future(args[0]);
  if (future_cancelled(future)) return vm_raise_exception(vm, future_make_cancelled(vm, future));
  if (!future_done(future)) {
    return vm_raise(vm, vm->exceptions.InvalidStateError, "Exception is not set.");
  }
  future_mark_seen(future);
  *out = future->header.extra & FUTURE_FAILED ? future->result : NONE;
  return true;
}

static bool check_pending(VM *vm, Future *future) {
  if (!check_loop(vm, future)) return false;
  return !future_done(future) || vm_raise(vm, vm->exceptions.InvalidStateError, "invalid state");
}

static bool set_result(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Future *future = as_future(args[0]);
  *out = NONE;
  if (!check_pending(vm, future) || !future_set_result(vm, future, args[1])) return false;
  return !loopwatch_is_foreign(vm, future->loop) || loopwatch_foreign(vm, "set_result", out);
}

static bool set_exception_now(VM *vm, Future *future, Value v) {
  if (!is_exception(v)) return raise_type_error(vm, "invalid exception object");
  if (as_object(v)->cls == vm->exceptions.StopIteration) {
    return raise_type_error(vm,
                            "StopIteration interacts badly with generators and cannot be "
                            "raised into a Future");
  }
  return future_set_exception(vm, future, v);
}

// Registers: 0 the future, 1 an exception or an exception class, which is called first.
static Step set_exception_step(VM *vm, Frame *frame, Value in) {
  Future *future = as_future(frame->regs[0]);
  Value given = frame->regs[1];
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 0) {
    if (!check_pending(vm, future)) return STEP_RAISE;
    if (is_class(given) && class_is_subclass(as_class(given), vm->exceptions.BaseException)) {
      return step_call(vm, frame, 1, given, 0, NULL);
    }
    in = given;
  }
  if (!set_exception_now(vm, future, in)) return STEP_RAISE;
  vm->frame = frame;
  if (loopwatch_is_foreign(vm, future->loop))
    loopwatch_tell_thread(vm, finding_here(vm), "set_exception");
  return step_done(vm, NONE);
}

static bool cancel(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Future *future = as_future(args[0]);
  if (!check_loop(vm, future)) return false;
  Tri tri = future_cancel(vm, future, args[1]);
  *out = from_bool(tri == TRI_YES);
  if (tri == TRI_ERROR) return false;
  return !loopwatch_is_foreign(vm, future->loop) || loopwatch_foreign(vm, "cancel", out);
}

static bool cancelled(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Future *future = as_future(args[0]);
  *out = from_bool(future_cancelled(future));
  if (!cancelwatch_is_early(vm, future)) return true;
  return watch_detour(vm, WATCH_CANCELLED_READ, args[0], NONE, out);
}

static bool done(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  *out = from_bool(future_done(as_future(args[0])));
  return true;
}

static bool add_done_callback(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Future *future = as_future(args[0]);
  Value context;
  *out = NONE;
  if (!check_loop(vm, future) || !context_argument(vm, args[2], &context)) return false;
  if (future_done(future)) return call_back_soon(vm, future, args[1], context);
  add_callback(vm, future, args[1], context);
  return true;
}

static bool remove_done_callback(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Future *future = as_future(args[0]);
  int64_t removed;
  if (!check_loop(vm, future)) return false;
  if (remove_callbacks(vm, future, args[1], value_same_or_equal, &removed) == TRI_ERROR) {
    return false;
  }
  *out = small_int(removed);
  return true;
}

static bool get_loop(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Future *future = as_future(args[0]);
  *out = from_object(future->loop);
  return check_loop(vm, future);
}

static bool make_cancelled_error(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = future_make_cancelled(vm, as_future(args[0]));
  return true;
}

// ---- await by hand: what __await__ and __iter__ give

// Registers: 0 the future.
static Step iterator_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  Value future = frame->regs[0], value;
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 0 && !future_is_done(future)) {
    if (!future_set_blocking(vm, future)) return STEP_RAISE;
    return step_yield(vm, frame, 1, future);
  }
  if (!future_is_done(future)) {
    future_raise_not_awaited(vm);
    return STEP_RAISE;
  }
  return future_take_result(vm, future, &value) ? step_done(vm, value) : STEP_RAISE;
}

static const NativeDef iterator_def = {.name = "FutureIter",
                                       .min = 1,
                                       .max = 1,
                                       .flags = NATIVE_COROUTINE,
                                       .step = iterator_step,
                                       .registers = 1};

Value future_iterator(VM *vm, Value future) {
  Frame *frame = loop_new_coroutine(vm, vm->loops->future_iterator, 1, &future);
  frame->header.kind = KIND_GENERATOR;
  frame->header.cls = vm->generator_class;
  return from_object(frame);
}

static bool iterate(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = future_iterator(vm, args[0]);
  return true;
}

// ---- the inside, as some programs look at it

static bool state_name(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Future *future = as_future(args[0]);
  const char *name = future_cancelled(future) ? "CANCELLED" : "FINISHED";
  *out = from_object(str_intern_c(vm, future_done(future) ? name : "PENDING"));
  return true;
}

static bool is_blocking(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  *out = from_bool(as_object(args[0])->extra & FUTURE_BLOCKING);
  return true;
}

static bool class_item(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "generic.alias", nargs, args);
}

#define METHOD(text, fn, low, high, names) \
  { .name = text, .leaf = fn, .min = low, .max = high, .flags = NATIVE_METHOD, .params = names }
#define PROPERTY(text, fn) \
  { .name = text, .leaf = fn, .min = 1, .max = 1, .flags = NATIVE_PROPERTY }

static const NativeDef methods[] = {
    {.name = "__new__",
     .leaf = make_future,
     .min = 1,
     .max = -1,
     .flags = NATIVE_STATIC | NATIVE_KEYWORDS},
    METHOD("__init__", init, 1, 2, "self / * loop"),
    METHOD("result", result, 1, 1, NULL),
    METHOD("exception", exception, 1, 1, NULL),
    METHOD("set_result", set_result, 2, 2, "self result /"),
    {.name = "set_exception",
     .min = 2,
     .max = 2,
     .flags = NATIVE_METHOD,
     .step = set_exception_step,
     .registers = 2},
    METHOD("cancel", cancel, 1, 2, "self msg"),
    METHOD("cancelled", cancelled, 1, 1, NULL),
    METHOD("done", done, 1, 1, NULL),
    METHOD("add_done_callback", add_done_callback, 2, 3, "self fn / * context"),
    METHOD("remove_done_callback", remove_done_callback, 2, 2, NULL),
    METHOD("get_loop", get_loop, 1, 1, NULL),
    METHOD("_make_cancelled_error", make_cancelled_error, 1, 1, NULL),
    METHOD("__await__", iterate, 1, 1, NULL),
    METHOD("__iter__", iterate, 1, 1, NULL),
    PROPERTY("_loop", get_loop),
    PROPERTY("_state", state_name),
    PROPERTY("_asyncio_future_blocking", is_blocking),
    {.name = "__class_getitem__", .leaf = class_item, .min = 2, .max = 2, .flags = NATIVE_CLASS},
    {0},
};

void future_install(VM *vm) {
  Class *cls = vm->future_class;
  dict_set_c(vm, cls->dict, "__module__", from_object(str_intern_c(vm, "_asyncio")));
  native_add_methods(vm, cls, methods);
  dunder_install(vm, cls, DUNDER_REPR);
  vm->gather_class = class_new_builtin(vm, "_GatheringFuture", cls, KIND_FUTURE, CLASS_FINAL);
  vm->loops->future_iterator = native_new(vm, &iterator_def, NULL);
  vm->loops->step_driver = native_new(vm, &await_step_driver_def, NULL);
}

// ---- the collector

static void mark_callback(VM *vm, const FutureCallback *callback) {
  heap_mark(vm, callback->callback);
  heap_mark(vm, callback->context);
}

void future_mark(VM *vm, Object *object) {
  Future *future = (Future *)object;
  heap_mark_object(vm, future->loop);
  heap_mark(vm, future->result);
  for (uint32_t i = 0; future_callback(future, i) != NULL; i++) {
    mark_callback(vm, future_callback(future, i));
  }
  if (future->header.extra & FUTURE_GATHERS) {
    heap_mark_object(vm, ((Gather *)future)->children);
    heap_mark_object(vm, ((Gather *)future)->raised_at.code);
  }
}

void future_free(VM *vm, Object *object) { drop_callbacks(vm, (Future *)object); }
