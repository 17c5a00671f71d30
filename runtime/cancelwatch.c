// cancelwatch.c: see cancelwatch.h.
//
// C009 is told when a task suspends once more although no frame of it handles the CancelledError
// any more: whoever waits in the `except` block, or in a `finally`, is still cleaning up and may
// raise it again. A task that ends after cleaning up is no mistake, nor one that has turned the
// cancellation into another exception, or taken it back by uncancel().
#include "cancelwatch.h"

#include <string.h>

#include "gather.h"
#include "interp.h"
#include "loop.h"
#include "traceback.h"

typedef struct CancelWatch {
  struct CancelWatch *next;
  Task *task;
  Value exception;    // delivered to it
  uint32_t requests;  // task.cancelling() by then
  TraceEntry caught;  // code NULL: not yet, or by the library, which knows what it does
  bool is_bare;       // by what has no pattern
} CancelWatch;

static CancelWatch *find(const VM *vm, const Task *task) {
  CancelWatch *watch = vm->watches->cancels;
  while (watch != NULL && watch->task != task) watch = watch->next;
  return watch;
}

static void unlink_watch(VM *vm, CancelWatch *watch) {
  CancelWatch **link = &vm->watches->cancels;
  while (*link != watch) link = &(*link)->next;
  *link = watch->next;
  as_object(watch->exception)->flags &= (uint8_t)~EXCEPTION_WATCHED;
}

static void free_watch(VM *vm, CancelWatch *watch) {
  if (watch != NULL) heap_buffer_free(vm, watch, sizeof *watch);
}

static void drop(VM *vm, CancelWatch *watch) {
  unlink_watch(vm, watch);
  free_watch(vm, watch);
}

// Its task has returned although the program has caught the CancelledError.
static void keep_as_last(VM *vm, CancelWatch *watch) {
  unlink_watch(vm, watch);
  free_watch(vm, vm->watches->last);
  vm->watches->last = watch;
}

static void watch_new(VM *vm, Task *task, Value exception) {
  CancelWatch *watch = heap_buffer_new(vm, sizeof *watch);
  *watch = (CancelWatch){.next = vm->watches->cancels,
                         .task = task,
                         .exception = exception,
                         .requests = task->future.header.aux};
  vm->watches->cancels = watch;
}

static void forget(VM *vm, Task *task) {
  task->future.header.flags &= (uint8_t)~TASK_CANCELLING;
  CancelWatch *watch = find(vm, task);
  if (watch != NULL) drop(vm, watch);
}

void cancelwatch_done(VM *vm, Task *task) {
  CancelWatch *watch = find(vm, task);
  if (watch != NULL && watch->caught.code != NULL && vm->outcome == OUTCOME_RETURNED &&
      task->future.header.aux >= watch->requests) {
    keep_as_last(vm, watch);
  }
  forget(vm, task);
}

// ---- C009

static bool is_handled_in(const Frame *frame, Value exception) {
  const Code *code = frame->code;
  if (frame->header.extra == RESUME_STEP || frame->ip == code->instrs) return false;
  uint32_t at = (uint32_t)(frame->ip - code->instrs) - 1;
  for (uint32_t i = 0; i < code->handling_count; i++) {
    const Handling *h = &code->handlings[i];
    if (at >= h->start && at < h->end && frame->regs[h->reg] == exception) return true;
  }
  return false;
}

static bool is_handled(const Task *task, Value exception) {
  const Frame *frame = frame_generator(task->coroutine)->innermost;
  for (; frame != NULL; frame = frame == task->coroutine ? NULL : frame->parent) {
    if (is_handled_in(frame, exception)) return true;
  }
  return false;
}

// A bare except has no instruction of its own but the jump at the end of its block.
static uint32_t clause_of(const Code *code, uint32_t target) {
  Position first = code->positions[target];
  for (uint32_t i = target; i < code->instr_count; i++) {
    Position position = code->positions[i];
    if (code->instrs[i].op == OP_JUMP && position.line <= first.line &&
        position.end_line >= first.line) {
      return i;
    }
  }
  return target;
}

static void tell(VM *vm, const CancelWatch *watch, const char *consequence) {
  TraceEntry place = watch->caught;
  const Str *name = task_name(vm, watch->task);
  if (watch->is_bare) place.instr = clause_of(place.code, place.instr);
  Finding *finding = finding_new(
      vm, FINDING_CANCEL_SWALLOWED, place,
      "the CancelledError that cancel() sent to %.*s was caught here and not raised again: %s",
      (int)name->length, name->data, consequence);
  TraceEntry waits = watch_task_place(watch->task);
  if (waits.code != NULL) finding_note(finding, waits, "here it waits again");
  if (watch->is_bare) {
    finding_help(finding, "write 'except Exception:', which lets CancelledError pass");
  } else {
    finding_help(finding, "end the block with 'raise', so that the task ends as it was asked to");
  }
  finding_report(vm, finding);
}

void cancelwatch_step(VM *vm, Task *task) {
  CancelWatch *watch = find(vm, task);
  Value pending = vm->exception;
  if (!is_empty(pending) && exception_is(pending, vm->exceptions.CancelledError)) {
    if (watch != NULL) drop(vm, watch);
    as_object(pending)->flags |= EXCEPTION_WATCHED;
    watch_new(vm, task, pending);
    return;
  }
  if (watch != NULL) {
    // What the library has caught it may raise later.
    if (watch->caught.code == NULL || is_handled(task, watch->exception)) return;
    if (task->future.header.aux >= watch->requests) tell(vm, watch, "the task goes on");
  }
  forget(vm, task);
}

void cancelwatch_caught(VM *vm, Value exception, const Frame *frame, uint32_t target,
                        bool matched) {
  Task *task = vm->loop == NULL ? NULL : vm->loop->current;
  CancelWatch *watch = task == NULL ? NULL : find(vm, task);
  if (watch == NULL || watch->exception != exception) return;
  TraceEntry place = {frame->code, target};
  watch->caught = traceback_is_shown(&place, 0) ? place : (TraceEntry){0};
  watch->is_bare = !matched;
}

void cancelwatch_converted(VM *vm, Value exception) {
  Task *task = vm->loop == NULL ? NULL : vm->loop->current;
  CancelWatch *watch = task == NULL ? NULL : find(vm, task);
  if (watch != NULL && watch->exception == exception) forget(vm, task);
}

bool cancelwatch_outlived(VM *vm, Future *future, const char *consequence) {
  CancelWatch *last = vm->watches->last;
  if (last != NULL && (Future *)last->task == future) {
    tell(vm, last, consequence);
  } else if (future->header.kind == KIND_TASK && !future_done(future)) {
    CancelWatch *watch = find(vm, (Task *)future);
    if (watch != NULL && watch->caught.code != NULL) tell(vm, watch, consequence);
  }
  return true;
}

// ---- C008

bool cancelwatch_is_early(VM *vm, const Future *future) {
  if (future_done(future) || !finding_is_wanted(vm, FINDING_CANCEL_IS_REQUEST)) return false;
  if (future->header.extra & FUTURE_GATHERS) return ((const Gather *)future)->cancel_requested;
  if (future->header.kind != KIND_TASK) return false;
  return future->header.flags & TASK_CANCELLING && find(vm, (const Task *)future) == NULL;
}

// Whether instruction `at` is in an earlier statement than the place: in a line above, or before a
// semicolon.
static bool is_statement_before(VM *vm, TraceEntry place, uint32_t at) {
  Position early = place.code->positions[at], late = place.code->positions[place.instr];
  if (early.line != late.line) return early.line < late.line;
  const char *text;
  size_t length;
  if (early.end_column >= late.column || !watch_source(vm, place, &text, &length)) return false;
  size_t between = (size_t)(late.column - early.end_column);
  return memchr(text - between, ';', between) != NULL;
}

// A function that is only asked for a task's state has made no mistake: the one that has called
// cancel() before has.
static bool has_cancelled_before(VM *vm, TraceEntry place) {
  const Code *code = place.code;
  for (uint32_t i = 0; i < place.instr; i++) {
    const Instr *instr = &code->instrs[i];
    if (instr->op == OP_LOAD_METHOD && str_equals_c(code->sites[instr->c].name, "cancel") &&
        is_statement_before(vm, place, i)) {
      return true;
    }
  }
  return false;
}

void cancelwatch_tell_read(VM *vm, TraceEntry place) {
  if (place.code == NULL || !has_cancelled_before(vm, place)) return;
  const char *text;
  size_t length;
  bool quoted = watch_source(vm, place, &text, &length) && length > 12 && length < 60;
  Finding *finding =
      finding_new(vm, FINDING_CANCEL_IS_REQUEST, place,
                  "cancel() only asks: the task has not run since, so cancelled() is still False");
  if (quoted) {
    finding_help(finding, "let it end first: 'await asyncio.wait([%.*s])', then read cancelled()",
                 (int)length - 12, text);
  } else {
    finding_help(finding, "let it end first: 'await asyncio.wait([task])', then read cancelled()");
  }
  finding_report(vm, finding);
}

// ---- the collector

void cancelwatch_free(VM *vm) {
  while (vm->watches->cancels != NULL) drop(vm, vm->watches->cancels);
  free_watch(vm, vm->watches->last);
}

static void mark(VM *vm, const CancelWatch *watch) {
  heap_mark_object(vm, watch->task);
  heap_mark(vm, watch->exception);
  heap_mark_object(vm, watch->caught.code);
}

void cancelwatch_mark(VM *vm) {
  for (CancelWatch *watch = vm->watches->cancels; watch != NULL; watch = watch->next) {
    mark(vm, watch);
  }
  if (vm->watches->last != NULL) mark(vm, vm->watches->last);
}
