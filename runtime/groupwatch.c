// groupwatch.c: see groupwatch.h.
//
// C010 speaks only of tasks that gather() has made itself of coroutines: nobody else can await or
// cancel them. It is told when such a task fails after gather() has raised (its exception is lost),
// or when the program ends while it still runs.
//
// A failed future that wait() has returned has FUTURE_WAITED until somebody reads why it failed.
#include "groupwatch.h"

#include "loop.h"
#include "set.h"
#include "traceback.h"

#define FIRST_LIMIT 64
#define LONG_AFTER 0.01  // seconds: a program that ends at once has left nothing running

// A failed future, and where wait() was called.
typedef struct {
  Future *future;
  TraceEntry place;
} Waited;

typedef struct GroupWatch {
  List *gathers;  // that have raised while other children were pending
  Waited *waited;
  size_t waited_count, waited_capacity;
} GroupWatch;

static GroupWatch *state(VM *vm) {
  if (vm->watches->groups == NULL) {
    vm->watches->groups = heap_buffer_new(vm, sizeof(GroupWatch));
    *vm->watches->groups = (GroupWatch){.gathers = list_new(vm, 0)};
  }
  return vm->watches->groups;
}

// "Task-3", and what it runs: "Task-3 (fetch)".
static Str *describe(VM *vm, Task *task) {
  const Str *name = task_name(vm, task), *function = task->coroutine->code->name;
  return str_format(vm, "%.*s (%.*s)", (int)name->length, name->data, (int)function->length,
                    function->data);
}

// ---- C010

void groupwatch_raises(VM *vm, Gather *gather) {
  if (!finding_is_wanted(vm, FINDING_SIBLINGS_RUN_ON)) return;
  if (gather->made < gather->waited_for || gather->finished >= gather->waited_for) return;
  const FutureCallback *waiter = future_callback(&gather->future, 0);
  if (waiter == NULL || !is_kind(waiter->callback, KIND_TASK)) return;
  gather->raised_at = watch_task_place(as_task(waiter->callback));
  if (gather->raised_at.code == NULL) return;
  gather->raised_time = loop_time(vm);
  list_append(vm, state(vm)->gathers, from_object(gather));
}

static Finding *begin(VM *vm, const Gather *gather, const char *what) {
  const Str *error = as_object(gather->future.result)->cls->name;
  Finding *finding = finding_new(vm, FINDING_SIBLINGS_RUN_ON, gather->raised_at,
                                 "gather() raised %.*s here and left its other tasks running: %s",
                                 (int)error->length, error->data, what);
  return finding;
}

static void finish(VM *vm, Finding *finding) {
  finding_help(finding,
               "'async with asyncio.TaskGroup()' ends the others when one fails; "
               "'gather(…, return_exceptions=True)' waits for all of them");
  finding_report(vm, finding);
}

static void forget(GroupWatch *watch, const Gather *gather) {
  List *gathers = watch->gathers;
  for (size_t i = 0; i < gathers->count; i++) {
    if (as_object(gathers->items[i]) != (const Object *)gather) continue;
    gathers->items[i] = gathers->items[--gathers->count];
    return;
  }
}

void groupwatch_child_done(VM *vm, const Gather *gather, Future *child) {
  if (gather->finished == gather->waited_for) forget(state(vm), gather);
  double after = loop_time(vm) - gather->raised_time;
  if (future_cancelled(child) || child->header.kind != KIND_TASK) return;
  const Str *name = describe(vm, (Task *)child), *what;
  if (child->header.extra & FUTURE_FAILED) {
    const Str *error = as_object(child->result)->cls->name;
    what = str_format(vm, "%.*s failed %.3f s later, and its %.*s was lost", (int)name->length,
                      name->data, after, (int)error->length, error->data);
  } else if (after >= LONG_AFTER) {
    what = str_format(vm, "%.*s went on for %.3f s, and what it returned was lost",
                      (int)name->length, name->data, after);
  } else {
    return;
  }
  finish(vm, begin(vm, gather, what->data));
}

static void tell_pending(VM *vm, const Gather *gather) {
  Task *pending = NULL;
  size_t count = 0;
  for (size_t i = 0; i < gather->children->count; i++) {
    Future *child = as_future(gather->children->items[i]);
    if (child->header.kind != KIND_TASK || future_done(child) || child->header.aux > 0) continue;
    if (pending == NULL) pending = (Task *)child;
    count++;
  }
  if (pending == NULL) return;
  const Str *name = describe(vm, pending);
  Str *others = str_format(vm, count == 2 ? " and another" : " and %zu others", count - 1);
  const Str *what =
      str_format(vm, "%.*s%s %s still running when the program ended", (int)name->length,
                 name->data, count == 1 ? "" : others->data, count == 1 ? "was" : "were");
  Finding *finding = begin(vm, gather, what->data);
  finding_note(finding, watch_task_place(pending), "here %.*s was stopped",
               (int)task_name(vm, pending)->length, task_name(vm, pending)->data);
  finish(vm, finding);
}

void groupwatch_end(VM *vm, const EventLoop *loop, bool well) {
  GroupWatch *watch = vm->watches->groups;
  if (watch == NULL) return;
  for (size_t i = 0; i < watch->gathers->count; i++) {
    const Gather *gather = (const Gather *)as_object(watch->gathers->items[i]);
    bool went_on = loop_time(vm) - gather->raised_time >= LONG_AFTER;
    if (well && went_on && gather->future.loop == loop) tell_pending(vm, gather);
  }
}

bool groupwatch_owns(VM *vm, const Task *task) {
  const GroupWatch *watch = vm->watches->groups;
  for (size_t i = 0; watch != NULL && i < watch->gathers->count; i++) {
    const Tuple *children = ((const Gather *)as_object(watch->gathers->items[i]))->children;
    for (size_t j = 0; j < children->count; j++) {
      if (as_object(children->items[j]) == (const Object *)task) return true;
    }
  }
  return false;
}

// ---- C011

static bool is_unread(const Future *future) {
  return future->header.extra & FUTURE_FAILED &&
         (future->header.extra & FUTURE_UNSEEN || future->header.flags & FUTURE_WAITED);
}

static void drop_read(GroupWatch *watch) {
  size_t kept = 0;
  for (size_t i = 0; i < watch->waited_count; i++) {
    if (is_unread(watch->waited[i].future)) watch->waited[kept++] = watch->waited[i];
  }
  watch->waited_count = kept;
}

static void note_waited(VM *vm, Future *future, TraceEntry place) {
  GroupWatch *watch = state(vm);
  if (watch->waited_count == watch->waited_capacity) drop_read(watch);
  if (watch->waited_count * 2 >= watch->waited_capacity) {
    size_t capacity = watch->waited_capacity == 0 ? FIRST_LIMIT : watch->waited_capacity * 2;
    watch->waited = heap_buffer_resize(vm, watch->waited, watch->waited_capacity * sizeof(Waited),
                                       capacity * sizeof(Waited));
    watch->waited_capacity = capacity;
  }
  future->header.flags |= FUTURE_WAITED;
  watch->waited[watch->waited_count++] = (Waited){future, place};
}

// Registers: 0 a set of futures.
static Step note_waited_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  if (!is_empty(vm->exception)) return STEP_RAISE;
  const Set *done = as_set(frame->regs[0]);
  TraceEntry place = {0};
  Value item;
  for (size_t i = 0; set_next(done, &i, &item);) {
    if (!is_future(item) || !is_unread(as_future(item))) continue;
    if (!finding_is_wanted(vm, FINDING_WAIT_FAILURE_UNREAD)) break;
    vm->frame = frame;
    if (place.code == NULL) place = finding_here(vm);
    if (place.code != NULL) note_waited(vm, as_future(item), place);
  }
  return step_done(vm, NONE);
}

const NativeDef note_waited_def = {
    .name = "_note_waited", .min = 1, .max = 1, .step = note_waited_step, .registers = 1};

static void tell_waited(VM *vm, const Waited *waited) {
  Future *future = waited->future;
  const Str *error = as_object(future->result)->cls->name;
  bool is_task = future->header.kind == KIND_TASK;
  const Str *name = is_task ? describe(vm, (Task *)future) : str_from_c(vm, "a future");
  Finding *finding = finding_new(
      vm, FINDING_WAIT_FAILURE_UNREAD, waited->place,
      "wait() returned %.*s, which failed with %.*s, and nobody read that: wait() itself never "
      "raises it",
      (int)name->length, name->data, (int)error->length, error->data);
  const Exception *exception = as_exception(future->result);
  for (uint32_t i = 0; i < exception->trace_count; i++) {
    if (traceback_is_shown(&exception->trace[i], 0)) {
      finding_note(finding, exception->trace[i], "here it failed");
      break;
    }
  }
  finding_help(finding, "look at each one: 'for task in done: task.result()' raises what failed");
  future->header.flags &= (uint8_t)~FUTURE_WAITED;
  future->header.extra &= (uint8_t)~FUTURE_UNSEEN;
  finding_report(vm, finding);
}

bool groupwatch_tell_waited(VM *vm, Future *future) {
  const GroupWatch *watch = vm->watches->groups;
  if (watch == NULL || !(future->header.flags & FUTURE_WAITED)) return false;
  for (size_t i = 0; i < watch->waited_count; i++) {
    if (watch->waited[i].future != future || !is_unread(future)) continue;
    tell_waited(vm, &watch->waited[i]);
    return true;
  }
  return false;
}

// ---- the end

void groupwatch_close(VM *vm, const EventLoop *loop, bool well) {
  GroupWatch *watch = vm->watches->groups;
  if (watch == NULL) return;
  // A handler of the program's own is told of them as failures that nobody has read.
  bool has_handler = !is_empty(loop->exception_handler) && !is_none(loop->exception_handler);
  size_t kept = 0;
  for (size_t i = 0; i < watch->waited_count; i++) {
    Waited waited = watch->waited[i];
    if (waited.future->loop != loop) {
      watch->waited[kept++] = waited;
    } else if (well && !has_handler && is_unread(waited.future)) {
      tell_waited(vm, &waited);
    }
  }
  watch->waited_count = kept;
  kept = 0;
  for (size_t i = 0; i < watch->gathers->count; i++) {
    Value gather = watch->gathers->items[i];
    if (as_future(gather)->loop != loop) watch->gathers->items[kept++] = gather;
  }
  watch->gathers->count = kept;
}

void groupwatch_free(VM *vm) {
  GroupWatch *watch = vm->watches->groups;
  if (watch == NULL) return;
  heap_buffer_free(vm, watch->waited, watch->waited_capacity * sizeof(Waited));
  heap_buffer_free(vm, watch, sizeof *watch);
}

void groupwatch_mark(VM *vm) {
  const GroupWatch *watch = vm->watches->groups;
  if (watch == NULL) return;
  heap_mark_object(vm, watch->gathers);
  for (size_t i = 0; i < watch->waited_count; i++) {
    heap_mark_object(vm, watch->waited[i].future);
    heap_mark_object(vm, watch->waited[i].place.code);
  }
}
