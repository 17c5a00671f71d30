// taskwatch.c: see taskwatch.h.
#include "taskwatch.h"

#include <assert.h>
#include <string.h>

#include "groupwatch.h"
#include "heap_private.h"
#include "interp.h"
#include "list.h"
#include "traceback.h"

// How often the heap is looked through for failed tasks that nobody can reach any more: the first
// times whenever the loop is idle, so that small programs are told in the same place in every run;
// then, and from the beginning where it takes more than LARGE nanoseconds, a SHARE-th of the time
// at most. (15,000 tasks that fail one after the other: 0.13 s instead of 9.3.)
enum { LARGE = 5000000, SHARE = 20, FIRST_TIMES = 100 };

// "Task-3 (fetch)".
static Str *describe(VM *vm, Task *task) {
  const Str *name = task_name(vm, task), *function = task->coroutine->code->name;
  return str_format(vm, "%.*s (%.*s)", (int)name->length, name->data, (int)function->length,
                    function->data);
}

// The variable of "task = asyncio.create_task(fetch(url))", where the line is no more than that.
static Str *variable_of(VM *vm, TraceEntry created) {
  const char *call;
  size_t length;
  if (!watch_source(vm, created, &call, &length)) return NULL;
  assert(created.code != NULL);
  size_t before = created.code->positions[created.instr].column;
  const char *line = call - before;
  while (before > 0 && *line == ' ') line++, before--;
  if (before < 4 || memcmp(call - 3, " = ", 3) != 0) return NULL;
  for (size_t i = 0; i < before - 3; i++) {
    if (strchr("=([{, ", line[i]) != NULL) return NULL;
  }
  return str_new(vm, line, before - 3);
}

// ---- C006

// Whether the call that made a task is of this function.
static bool was_made_by(VM *vm, TraceEntry created, const char *function) {
  const char *text;
  size_t length;
  CallText call;
  return watch_source(vm, created, &text, &length) && watch_split_call(text, length, &call) &&
         watch_calls(&call, function);
}

static bool is_forgotten(VM *vm, const Task *task) {
  return task->created.code != NULL && task->future.header.aux == 0 && !groupwatch_owns(vm, task) &&
         !was_made_by(vm, task->created, "as_completed");  // the program never gets to see it
}

static bool is_of_one_place(TraceEntry a, TraceEntry b) {
  return a.code == b.code && a.instr == b.instr;
}

static void tell_pending(VM *vm, Task *task) {
  size_t others = 0;
  for (const Task *next = task->next; next != NULL; next = next->next) {
    others += is_forgotten(vm, next) && is_of_one_place(next->created, task->created);
  }
  const Str *name = describe(vm, task), *variable = variable_of(vm, task->created);
  Str *more = str_format(vm, others == 1 ? " and another" : " and %zu others", others);
  bool started = generator_is_started(task->coroutine);
  Finding *finding = finding_new(
      vm, FINDING_ENDED_EARLY, task->created, "the program ended while %.*s%s %s %s: %s cancelled",
      (int)name->length, name->data, others == 0 ? "" : more->data, others == 0 ? "was" : "were",
      started ? "still running" : "waiting to start", others == 0 ? "it was" : "they were");
  if (finding == NULL) return;
  finding->task = NULL;
  const Str *short_name = task_name(vm, task);
  if (started) {
    finding_note(finding, watch_task_place(task), "here %.*s was", (int)short_name->length,
                 short_name->data);
  }
  if (variable != NULL && others == 0) {
    finding_help(finding,
                 "write 'await %.*s' before the end; or '%.*s.cancel()' when it need not finish",
                 (int)variable->length, variable->data, (int)variable->length, variable->data);
  } else if (was_made_by(vm, task->created, "gather")) {
    finding_help(finding, "write 'await' before it: gather() itself does not wait");
  } else {
    finding_help(finding,
                 "keep the task and await it before the end; 'async with "
                 "asyncio.TaskGroup() as tasks:' and 'tasks.create_task(…)' does both");
  }
  finding_report(vm, finding);
}

void taskwatch_end(VM *vm, const EventLoop *loop) {
  if (!finding_is_wanted(vm, FINDING_ENDED_EARLY)) return;
  for (Task *task = loop->first_task; task != NULL; task = task->next) {
    if (is_forgotten(vm, task)) tell_pending(vm, task);  // of one place only once
  }
}

// ---- C007

static TraceEntry failed_at(const Exception *exception) {
  for (uint32_t i = 0; i < exception->trace_count; i++) {
    if (traceback_is_shown(exception->trace, i)) return exception->trace[i];
  }
  return (TraceEntry){0};
}

bool taskwatch_tell_failed(VM *vm, Value future) {
  const Future *failed = as_future(future);
  if (failed->header.extra & FUTURE_GATHERS &&
      exception_is(failed->result, vm->exceptions.CancelledError)) {
    return true;  // the end has cancelled its tasks, which were told of
  }
  if (!is_kind(future, KIND_TASK) || !finding_is_wanted(vm, FINDING_FAILURE_UNSEEN)) return false;
  Task *task = as_task(future);
  if (!(task->future.header.extra & FUTURE_FAILED) || task->coroutine == NULL) return false;
  const Exception *exception = as_exception(task->future.result);
  TraceEntry place = failed_at(exception);
  if (place.code == NULL || exception->hint != NULL) return false;
  const Class *cls = exception->header.cls;
  if (!class_is_subclass(cls, vm->exceptions.Exception)) return false;  // it ends the program
  if (class_is_subclass(cls, vm->exceptions.BaseExceptionGroup)) return false;  // a tree says more
  Text error = text_new(vm);
  traceback_text(vm, task->future.result, &error);
  const Str *text = text_finish(&error), *type = cls->name;
  const Str *name = describe(vm, task);
  Finding *finding = finding_new(vm, FINDING_FAILURE_UNSEEN, place,
                                 "%.*s failed with %.*s%s%.*s, and nobody looked",
                                 (int)name->length, name->data, (int)type->length, type->data,
                                 text->length > 0 ? ": " : "", (int)text->length, text->data);
  if (finding == NULL) return true;
  finding->task = task;
  if (vm->loop == NULL) finding->time = -1;  // nobody knows when
  if (task->created.code != NULL) finding_note(finding, task->created, "here it was created");
  const Str *variable = variable_of(vm, task->created);
  if (variable != NULL) {
    finding_help(finding, "write 'await %.*s', which raises what it failed with",
                 (int)variable->length, variable->data);
  } else {
    finding_help(finding,
                 "keep the task and 'await task', which raises what it failed with; or "
                 "make it in 'async with asyncio.TaskGroup()'");
  }
  finding_report(vm, finding);
  return true;
}

size_t taskwatch_idle(VM *vm, Frame *frame, EventLoop *loop) {
  Watches *watches = vm->watches;
  uint64_t now = gc_now();
  bool is_rare = vm->heap->mark_time > LARGE || watches->failed_looks >= FIRST_TIMES;
  if (is_rare && now - watches->failed_time < watches->failed_cost * SHARE) return 0;
  if (!finding_is_wanted(vm, FINDING_FAILURE_UNSEEN)) return 0;
  size_t count = loop_failed_count(loop);
  loop->failed_looked = loop->failed_total;
  if (count == 0) return 0;
  List *failed = loop->failed;
  Value *items = heap_buffer_new(vm, count * sizeof *items);
  memcpy(items, failed->items, count * sizeof *items);
  failed->count = 0;
  watches->failed = items;
  watches->failed_count = count;
  watches->failed_lost = 0;
  vm->frame = frame;
  vm->heap->requested = true;
  heap_collect(vm);
  watches->failed_looks++;
  watches->failed_time = gc_now();
  watches->failed_cost = watches->failed_time - now;
  for (size_t i = 0; i < count; i++) list_append(vm, failed, items[i]);
  watches->failed = NULL;
  heap_buffer_free(vm, items, count * sizeof *items);
  return watches->failed_lost;
}

void taskwatch_mark_lost(VM *vm) {
  Watches *watches = vm->watches;
  if (watches == NULL || watches->failed == NULL) return;
  for (size_t i = 0; i < watches->failed_count; i++) {
    Value future = watches->failed[i];
    if (heap_is_marked(vm, as_object(future))) continue;
    watches->failed[i] = watches->failed[watches->failed_lost];
    watches->failed[watches->failed_lost++] = future;
  }
  for (size_t i = 0; i < watches->failed_lost; i++) heap_mark(vm, watches->failed[i]);
}
