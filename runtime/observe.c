// observe.c: from what happens to events: ids, places, who did it. See observe.h.
//
// Invariants. An id is given once. A frame's memory serves one call after the other, so a call that
// begins gives its frame a new id, and what the table says of a frame is about its latest call.
// The observer never sees a pending exception, and finds it untouched when it returns.
#include "observe.h"

#include <stdlib.h>

#include "clock.h"
#include "finding.h"
#include "heap_private.h"
#include "idtable.h"
#include "import.h"
#include "interp.h"
#include "loop.h"
#include "taskwait.h"

const EventInfo event_table[EVENT_COUNT] = {
#define EVENT(name, text, fields, meaning) [EVENT_##name] = {text, fields, meaning},
#include "events.def"
#undef EVENT
};

// ---- the state

// The mark of a task's row: it is not done.
#define PENDING 1
// The mark of a frame's row is the line that it has reached, 0: none; or its call is still to
// begin.
#define RESERVED UINT32_MAX

typedef struct Observation {
  double began;
  uint64_t count;  // of events
  IdTable tasks, frames, timers;
  const Object *timed;  // what the latest timer is for, and
  double timed_until;   // when that is due
  uint32_t cause;       // the task on whose account the next one is woken, 0: it is none, but
  const char *caller;   // "timer", "thread" or "callback"; NULL: nothing is known
  char **files;         // that have been shown
  size_t file_count;
} Observation;

void observe_attach(VM *vm, Observer *observer) {
  Observation *state = heap_buffer_new(vm, sizeof *state);
  *state = (Observation){.began = loop_time(vm)};
  observer->state = state;
  vm->observer = observer;
}

void observe_detach(VM *vm) {
  Observation *state = vm->observer->state;
  idtable_free(vm, &state->tasks);
  idtable_free(vm, &state->frames);
  idtable_free(vm, &state->timers);
  for (size_t i = 0; i < state->file_count; i++) free(state->files[i]);
  heap_buffer_free(vm, state->files, state->file_count * sizeof *state->files);
  heap_buffer_free(vm, state, sizeof *state);
  vm->observer->state = NULL;
  vm->observer = NULL;
}

uint32_t observe_task_id(VM *vm, const Task *task) {
  return idtable_id(vm, &vm->observer->state->tasks, task);
}

uint32_t observe_frame_id(VM *vm, const Frame *frame) {
  return idtable_id(vm, &vm->observer->state->frames, frame);
}

bool observe_is_shown(const VM *vm, const Frame *frame) {
  if (frame->header.extra == RESUME_STEP || frame->code->positions == NULL) return false;
  return vm->observer->library || !(frame->code->flags & (CODE_LIBRARY | CODE_HIDDEN));
}

// The tasks by which asyncio.run tidies up are nobody's business.
static bool is_told_of(const VM *vm, const Task *task) {
  const Frame *root = task->coroutine;
  if (vm->observer->library || root == NULL || root->header.extra != RESUME_STEP) return true;
  return root->def != &shutdown_generators_def && root->def != &shutdown_executor_def;
}

static const Task *running_task(const VM *vm) {
  const Task *task = vm->loop == NULL ? NULL : vm->loop->current;
  return task != NULL && is_told_of(vm, task) ? task : NULL;
}

// ---- events

static void hand_over(VM *vm, Event *event) {
  Observer *observer = vm->observer;
  event->number = ++observer->state->count;
  Value pending = vm->exception;
  vm->exception = EMPTY;
  observer->event(observer, vm, event);
  vm->exception = pending;
}

static Event event_new(VM *vm, EventKind kind) {
  const Task *task = running_task(vm);
  return (Event){.kind = kind,
                 .time = loop_time(vm) - vm->observer->state->began,
                 .task = task == NULL ? 0 : observe_task_id(vm, task),
                 .value = EMPTY,
                 .until = -1};
}

static bool is_known_file(const Observation *state, const Str *file) {
  for (size_t i = 0; i < state->file_count; i++) {
    if (str_equals_c(file, state->files[i])) return true;
  }
  return false;
}

// The text of a file of the program, once.
static void show_file(VM *vm, const Code *code, double time) {
  Observation *state = vm->observer->state;
  if (code == NULL || code->flags & CODE_LIBRARY || code->module == NULL) return;
  if (is_known_file(state, code->filename)) return;
  size_t size = state->file_count * sizeof *state->files;
  state->files = heap_buffer_resize(vm, state->files, size, size + sizeof *state->files);
  state->files[state->file_count++] =
      heap_must_allocate(strndup(code->filename->data, code->filename->length));
  const Str *text = import_source(vm, code->module);
  if (text == NULL) return;
  Event event = event_new(vm, EVENT_SOURCE);
  event.task = 0;
  event.time = time;
  event.file = code->filename;
  event.text = text->data;
  event.length = text->length;
  hand_over(vm, &event);
}

static void emit_at(VM *vm, Event *event, TraceEntry place) {
  event->place = place;
  show_file(vm, place.code, event->time);
  if (event->running != NULL) show_file(vm, event->running->code, event->time);
  hand_over(vm, event);
}

static void emit(VM *vm, Event *event) { emit_at(vm, event, finding_here(vm)); }

static int compare_ids(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

void observe_end(VM *vm, int status) {
  const IdTable *tasks = &vm->observer->state->tasks;
  size_t size = tasks->count * sizeof(uint32_t);
  uint32_t *pending = heap_buffer_new(vm, size);
  Event event = event_new(vm, EVENT_END);
  event.line = (uint32_t)status;
  event.ids = pending;
  for (size_t i = 0; i < tasks->capacity; i++) {
    if (tasks->rows[i].mark == PENDING) pending[event.length++] = tasks->rows[i].id;
  }
  if (event.length > 1) qsort(pending, event.length, sizeof *pending, compare_ids);
  emit_at(vm, &event, (TraceEntry){0});
  heap_buffer_free(vm, pending, size);
}

// ---- tasks

// The innermost shown frame of a suspended chain, from `frame` out to `root`; NULL: there is none.
static Frame *shown_in_chain(const VM *vm, Frame *frame, const Frame *root) {
  for (; frame != NULL; frame = frame->parent) {
    if (observe_is_shown(vm, frame)) return frame;
    if (frame == root) break;
  }
  return NULL;
}

Frame *observe_next_frame(const VM *vm, const Task *task, const Frame *frame) {
  Frame *root = task->coroutine;
  if (root == NULL || root->header.flags & FRAME_FINISHED || frame == root) return NULL;
  return shown_in_chain(vm, frame == NULL ? frame_generator(root)->innermost : frame->parent, root);
}

static TraceEntry task_place(const VM *vm, const Task *task) {
  const Frame *frame = observe_next_frame(vm, task, NULL);
  return frame != NULL ? finding_place(frame) : (TraceEntry){0};
}

static Event task_event(VM *vm, EventKind kind, Task *task) {
  Event event = event_new(vm, kind);
  event.id = observe_task_id(vm, task);
  event.subject = task;
  return event;
}

void observe_task_created(VM *vm, Task *task) {
  if (!is_told_of(vm, task)) return;
  Observation *state = vm->observer->state;
  idtable_renew(vm, &state->tasks, task)->mark = PENDING;
  Event event = task_event(vm, EVENT_TASK_CREATED, task);
  event.by_task = event.task;
  Frame *root = task->coroutine;
  if (observe_is_shown(vm, root)) {
    if (!(root->header.flags & FRAME_STARTED))
      idtable_renew(vm, &state->frames, root)->mark = RESERVED;
    event.frame = observe_frame_id(vm, root);
  }
  emit(vm, &event);
  observe_task_ready(vm, task, "created", NULL);
}

void observe_task_ready(VM *vm, Task *task, const char *why, const char *by) {
  if (!is_told_of(vm, task)) return;
  Observation *state = vm->observer->state;
  Event event = task_event(vm, EVENT_TASK_READY, task);
  event.word = why;
  event.by = by;
  if (by == NULL) {
    event.by_task = event.task != 0 ? event.task : state->cause;
    if (event.by_task == 0) event.by = state->caller;
  }
  state->cause = 0;
  TraceEntry place = finding_here(vm);
  bool by_itself = place.code == NULL && event.by_task == event.id;  // between two of its steps
  emit_at(vm, &event, by_itself ? task_place(vm, task) : place);
}

void observe_task_woken(VM *vm, Task *task, Future *future) {
  Observation *state = vm->observer->state;
  bool is_task = future->header.kind == KIND_TASK;
  const char *by = NULL;
  if (is_task && running_task(vm) == NULL) {
    state->cause = observe_task_id(vm, (Task *)future);  // it has just ended
  } else if (vm->loop != future->loop) {
    by = "thread";
  } else if (running_task(vm) == NULL && state->cause == 0 && state->caller == NULL) {
    by = "io";
  }
  bool cancelled = future_cancelled(future) && !is_task;
  observe_task_ready(vm, task, cancelled ? "cancel" : is_task ? "task" : "future", by);
}

void observe_cause(VM *vm, const Future *cause) {
  Observation *state = vm->observer->state;
  bool is_task = cause != NULL && cause->header.kind == KIND_TASK;
  state->cause = is_task ? observe_task_id(vm, (const Task *)cause) : 0;
  state->caller = cause == NULL ? "timer" : "callback";
}

void observe_task_cancelled(VM *vm, Task *task) {
  Event event = task_event(vm, EVENT_TASK_CANCELLED, task);
  event.by_task = event.task;
  if (event.task == 0) event.by = vm->observer->state->caller;
  emit(vm, &event);
}

void observe_task_renamed(VM *vm, Task *task) {
  Event event = task_event(vm, EVENT_TASK_RENAMED, task);
  emit(vm, &event);
}

void observe_task_done(VM *vm, Task *task, const char *how, Value value) {
  if (!is_told_of(vm, task)) return;
  Observation *state = vm->observer->state;
  Event event = task_event(vm, EVENT_TASK_DONE, task);
  idtable_find(&state->tasks, task)->mark = 0;
  event.task = event.id;
  event.word = how;
  event.value = value;
  // A frame that has never run leaves its memory without having had its id.
  if (task->coroutine != NULL && state->frames.count > 0) {
    IdRow *row = idtable_find(&state->frames, task->coroutine);
    if (row->mark == RESERVED) row->mark = 0;
  }
  emit_at(vm, &event, (TraceEntry){0});
}

// ---- what a task waits for

static bool is_one_of(const char *word, const char *const *words) {
  for (; *words != NULL; words++) {
    if (strcmp(word, *words) == 0) return true;
  }
  return false;
}

static bool is_queue(VM *vm, const TaskWait *wait) {
  return wait->method != NULL && is_kind(wait->object, KIND_INSTANCE) &&
         !is_empty(taskwait_attribute(vm, wait->object, "_getters"));
}

// What the library's call or object is, as the log calls it.
static const char *kind_of_wait(VM *vm, const TaskWait *wait) {
  static const char *const io_classes[] = {"StreamReader", "StreamWriter", "Server", "Process"};
  static const char *const io_calls[] = {"open_connection",
                                         "open_unix_connection",
                                         "start_server",
                                         "start_unix_server",
                                         "create_subprocess_exec",
                                         "create_subprocess_shell",
                                         "getaddrinfo",
                                         "sock_recv",
                                         "sock_sendall",
                                         "sock_accept",
                                         "sock_connect",
                                         NULL};
  static const char *const waits[] = {"wait", "wait_for", "as_completed", "shield", NULL};
  if (taskwait_is_of(wait, "Lock")) return "lock";
  if (taskwait_is_of(wait, "Event")) return "event";
  if (taskwait_is_of(wait, "Semaphore") || taskwait_is_of(wait, "BoundedSemaphore"))
    return "semaphore";
  if (taskwait_is_of(wait, "Condition")) return "condition";
  if (is_queue(vm, wait)) return "queue";
  for (size_t i = 0; i < sizeof io_classes / sizeof *io_classes; i++) {
    if (taskwait_is_of(wait, io_classes[i])) return "io";
  }
  if (wait->method != NULL) {
    if (strcmp(wait->method, "sleep") == 0) return "sleep";
    if (is_one_of(wait->method, io_calls)) return "io";
    if (is_one_of(wait->method, waits)) return "wait";
  }
  return NULL;
}

static const char *kind_of_future(const TaskWait *wait) {
  if (is_kind(wait->object, KIND_TASK)) return "task";
  if (taskwait_is_gather(wait->object)) return "gather";
  return is_kind(wait->object, KIND_FUTURE) && wait->method == NULL ? "future" : "other";
}

// The task has just suspended, yielding `in`.
static void read_wait(VM *vm, Task *task, Value in, EventWait *on, Text *text) {
  const Observation *state = vm->observer->state;
  TaskWait wait = taskwait_read(task);
  bool is_native_await = wait.method != NULL && strcmp(wait.method, "await") == 0;
  if (wait.method == NULL || is_native_await) wait.object = in;
  if (is_native_await) wait.method = NULL;
  taskwait_add_awaited(vm, &wait, text);
  on->text = text->data;
  on->length = text->length;
  on->until = -1;
  if (task->future.header.extra & TASK_SLEEPS) {
    on->kind = "sleep";
    on->until = state->timed_until - state->began;
    return;
  }
  if (is_empty(in) || is_none(in)) {
    on->kind = "yield";
    return;
  }
  on->kind = kind_of_wait(vm, &wait);
  if (on->kind == NULL) on->kind = kind_of_future(&wait);
  if (is_kind(in, KIND_FUTURE) && state->timed == as_object(in)) {
    on->until = state->timed_until - state->began;
  }
  if (is_kind(wait.object, KIND_TASK)) on->task = observe_task_id(vm, as_task(wait.object));
}

static void tell_suspended(VM *vm, Task *task, Value in) {
  Event event = task_event(vm, EVENT_TASK_SUSPENDED, task);
  Text text = text_new(vm);
  read_wait(vm, task, in, &event.on, &text);
  emit_at(vm, &event, task_place(vm, task));
  text_free(&text);
  bool yields = strcmp(event.on.kind, "yield") == 0;
  // An await of sleep(0) has made it ready before it suspended: see sleep.c.
  if (yields && is_empty(in)) observe_task_ready(vm, task, "yield", NULL);
}

// ---- the loop

// The name of a callback of the library's; NULL: it is the program's own, as far as can be seen.
static const char *library_callback(Value callback) {
  if (is_kind(callback, KIND_METHOD)) callback = ((Method *)as_object(callback))->function;
  if (is_kind(callback, KIND_NATIVE)) return as_native(callback)->def->name;
  if (!is_function(callback)) return NULL;
  const Code *code = ((Function *)as_object(callback))->code;
  return code->flags & (CODE_LIBRARY | CODE_HIDDEN) ? code->name->data : NULL;
}

static void tell_callback(VM *vm, const Handle *handle) {
  Observation *state = vm->observer->state;
  state->caller = handle->header.cls == vm->timer_handle_class ? "timer"
                  : handle->header.flags & HANDLE_FROM_THREAD  ? "thread"
                                                               : "callback";
  if (handle->header.flags & HANDLE_ONE_ARG && is_kind(handle->args, KIND_TASK)) {
    state->cause = observe_task_id(vm, as_task(handle->args));  // a done callback of that task
  }
  if (!vm->observer->library && library_callback(handle->callback) != NULL) return;
  Text text = text_new(vm);
  handle_repr_callback(vm, handle, &text);
  Event event = event_new(vm, EVENT_CALLBACK);
  event.text = text.data;
  event.length = text.length;
  emit_at(vm, &event, (TraceEntry){0});
  text_free(&text);
}

void observe_step_begins(VM *vm, Frame *frame, Value in) {
  if (vm->observer == NULL || !loop_is_driver(frame)) return;
  Observation *state = vm->observer->state;
  state->caller = NULL;
  state->cause = 0;
  Task *task = vm->loop == NULL ? NULL : vm->loop->current;
  if (task != NULL && vm->outcome == OUTCOME_YIELDED && is_told_of(vm, task)) {
    tell_suspended(vm, task, in);
  }
}

void observe_step_ends(VM *vm, Frame *frame, Step step) {
  if (vm->observer == NULL || !loop_is_driver(frame)) return;
  vm->observer->state->cause = 0;
  if (step == STEP_CALL) {
    const Handle *handle = loop_called_handle(frame);
    if (handle != NULL) tell_callback(vm, handle);
  } else if (step == STEP_SWITCH && vm->loop != NULL && vm->loop->current != NULL) {
    Task *task = vm->loop->current;
    if (!is_told_of(vm, task)) return;
    Event event = task_event(vm, EVENT_TASK_RESUMED, task);
    emit_at(vm, &event, task_place(vm, task));
  }
}

void observe_timer_set(VM *vm, Object *target, double when) {
  Observation *state = vm->observer->state;
  state->timed = target;
  state->timed_until = when;
  Event event = event_new(vm, EVENT_TIMER_SET);
  event.id = idtable_renew(vm, &state->timers, target)->id;
  event.until = when - state->began;
  Text text = text_new(vm);
  if (target->kind == KIND_TASK) {
    event.by_task = observe_task_id(vm, (Task *)target);
  } else {
    const Handle *handle = target->kind == KIND_HANDLE ? (Handle *)target : NULL;
    const char *known = handle == NULL ? "sleep" : library_callback(handle->callback);
    if (known != NULL) {
      text_add_c(&text, known);
    } else {
      handle_repr_callback(vm, handle, &text);
    }
    event.text = text.data;
    event.length = text.length;
  }
  emit(vm, &event);
  text_free(&text);
}

void observe_timer_fired(VM *vm, const Object *target) {
  Event event = event_new(vm, EVENT_TIMER_FIRED);
  event.id = idtable_id(vm, &vm->observer->state->timers, target);
  emit_at(vm, &event, (TraceEntry){0});
}

void observe_timer_cancelled(VM *vm, const Object *target) {
  Event event = event_new(vm, EVENT_TIMER_CANCELLED);
  event.id = idtable_id(vm, &vm->observer->state->timers, target);
  emit(vm, &event);
}

void observe_loop_waits(VM *vm, const Timers *timers) {
  Event event = event_new(vm, EVENT_LOOP_WAITS);
  if (timers->count > 0) event.until = timers->items[0].when - vm->observer->state->began;
  emit_at(vm, &event, (TraceEntry){0});
}

// ---- frames

// The frame that waits for the value of `frame`; NULL: a loop or the library drives it.
static const Frame *shown_parent(const VM *vm, const Frame *frame) {
  for (frame = frame->parent; frame != NULL && !observe_is_shown(vm, frame);) {
    if (frame->header.extra == RESUME_STEP && loop_is_driver(frame)) return NULL;
    frame = frame->parent;
  }
  return frame;
}

static const char *sort_of(const Code *code) {
  if (code->flags & CODE_MODULE) return "module";
  if (code->flags & CODE_CLASS_BODY) return "class";
  if (code->flags & CODE_COROUTINE) return "coroutine";
  if (code->flags & CODE_GENERATOR) return "generator";
  return code->flags & CODE_ASYNC_GENERATOR ? "async generator" : "call";
}

static void frame_event(VM *vm, EventKind kind, Frame *frame, Value value) {
  Event event = event_new(vm, kind);
  event.frame = observe_frame_id(vm, frame);
  event.value = value;
  emit_at(vm, &event, finding_place(frame));
}

void observe_frame_pushed(VM *vm, Frame *frame) {
  if (vm->observer == NULL || !observe_is_shown(vm, frame)) return;
  IdRow *row = idtable_need(vm, &vm->observer->state->frames, frame);
  if (row->mark != RESERVED) row = idtable_renew(vm, &vm->observer->state->frames, frame);
  row->mark = 0;
  if (!vm->observer->frames) return;
  Event event = event_new(vm, EVENT_FRAME_PUSHED);
  event.frame = row->id;
  event.running = frame;
  event.word = sort_of(frame->code);
  const Frame *parent = shown_parent(vm, frame);
  if (parent != NULL) event.parent = observe_frame_id(vm, parent);
  emit_at(vm, &event, parent != NULL ? finding_place(parent) : (TraceEntry){0});
}

void observe_frame_returned(VM *vm, Frame *frame, Value value) {
  if (vm->observer == NULL || !vm->observer->frames || !observe_is_shown(vm, frame)) return;
  frame_event(vm, EVENT_FRAME_RETURNED, frame, value);
}

// `frame` is the innermost of the running chain, or an async generator.
static void chain_event(VM *vm, EventKind kind, Frame *frame) {
  if (vm->observer == NULL || !vm->observer->frames) return;
  Frame *shown = shown_in_chain(vm, frame, vm->chain);
  if (shown != NULL) frame_event(vm, kind, shown, EMPTY);
}

void observe_frame_suspended(VM *vm, Frame *frame) {
  chain_event(vm, EVENT_FRAME_SUSPENDED, frame);
}

void observe_frame_resumed(VM *vm, Frame *frame) {
  if (frame->header.flags & FRAME_STARTED || frame->header.kind == KIND_FRAME) {
    chain_event(vm, EVENT_FRAME_RESUMED, frame);
  }
}

bool observe_register(const Frame *frame, uint32_t i, const Str **name, Value *value) {
  const Code *code = frame->code;
  if (i >= code->local_count || code->local_names[i] == NULL) return false;
  *name = code->local_names[i];
  *value = frame->regs[i];
  if (is_kind(*value, KIND_CELL)) *value = ((Cell *)as_object(*value))->value;
  return !is_empty(*value) && (*name)->length > 0 && (*name)->data[0] != '.';
}

// The instruction before frame->ip is about to run.
void observe_line(VM *vm, Frame *frame) {
  const Instr *at = frame->ip - 1;
  if (at->op == OP_JUMP || !observe_is_shown(vm, frame)) return;  // a jump does nothing by itself
  IdRow *row = idtable_need(vm, &vm->observer->state->frames, frame);
  uint32_t line = frame->code->positions[at - frame->code->instrs].line;
  bool is_reached = line != row->mark || at < row->at;
  if (row->id == 0) row->id = ++vm->observer->state->frames.last;
  row->at = at;
  if (!is_reached || line == 0) return;
  row->mark = line;
  vm->observer->line(vm->observer, vm, frame, line);
}

// ---- output, exceptions

void observe_print(VM *vm, const char *text, size_t length, const char *stream) {
  Event event = event_new(vm, EVENT_PRINT);
  event.text = text;
  event.length = length;
  event.word = stream;
  emit(vm, &event);
}

void observe_exception(VM *vm, Frame *frame, int64_t handler) {
  if (!observe_is_shown(vm, frame)) return;
  Event event = event_new(vm, EVENT_EXCEPTION);
  event.value = vm->exception;
  event.frame = observe_frame_id(vm, frame);
  const Code *code = frame->code;
  for (; handler >= 0 && handler < code->instr_count && event.line == 0; handler++) {
    event.line = code->positions[handler].line;
  }
  emit_at(vm, &event, finding_place(frame));
}
