// tracerun.c: see tracerun.h.
//
// Invariant: a task's stretches follow one another without gaps, and states alternate as tasks'
// states do: ready, running, waiting (or ready again), ….
#include "tracerun.h"

#include <string.h>

static void *grown(VM *vm, void *items, size_t size, size_t *capacity) {
  size_t before = *capacity * size;
  *capacity = *capacity == 0 ? 16 : *capacity * 2;
  return heap_buffer_resize(vm, items, before, *capacity * size);
}

static char *copy(VM *vm, const char *text, size_t length) {
  char *result = heap_buffer_new(vm, length + 1);
  memcpy(result, text, length);
  result[length] = '\0';
  return result;
}

static void drop(VM *vm, char *text) {
  if (text != NULL) heap_buffer_free(vm, text, strlen(text) + 1);
}

// Tasks that nobody saw being made are not drawn: NULL.
static RunTask *find_task(TraceRun *run, uint32_t id) {
  return id == 0 || id > run->task_count ? NULL : &run->tasks[id - 1];
}

static Stretch *last_stretch(const RunTask *task) {
  return task->count == 0 ? NULL : &task->stretches[task->count - 1];
}

static void close_stretch(TraceRun *run, RunTask *task) {
  Stretch *last = last_stretch(task);
  if (last != NULL) last->to = run->now;
}

static Stretch *open_stretch(TraceRun *run, RunTask *task, StretchState state) {
  close_stretch(run, task);
  if (task->count == task->capacity) {
    size_t capacity = task->capacity;
    task->stretches = grown(run->vm, task->stretches, sizeof(Stretch), &capacity);
    task->capacity = (uint32_t)capacity;
  }
  Stretch *stretch = &task->stretches[task->count++];
  *stretch = (Stretch){.state = state, .from = run->now, .to = run->now};
  return stretch;
}

static void add_task(TraceRun *run, const Event *event) {
  if (run->task_count == run->task_capacity) {
    size_t capacity = run->task_capacity;
    run->tasks = grown(run->vm, run->tasks, sizeof(RunTask), &capacity);
    run->task_capacity = (uint32_t)capacity;
  }
  RunTask *task = &run->tasks[run->task_count++];
  const Str *name = task_name(run->vm, event->subject);
  const Frame *root = event->subject->coroutine;
  const Str *function = root == NULL ? run->vm->empty_str : root->code->name;
  *task = (RunTask){.id = event->id,
                    .name = copy(run->vm, name->data, name->length),
                    .function = copy(run->vm, function->data, function->length)};
}

// A moment at which a task ran: now, if it does, else within its latest step.
static Moment latest_run(const TraceRun *run, const RunTask *task) {
  for (uint32_t i = task->count; i > 0; i--) {
    const Stretch *stretch = &task->stretches[i - 1];
    if (stretch->state != STRETCH_RUNNING) continue;
    if (i == task->count && task->how == NULL) return run->now;
    Moment moment = stretch->to;
    moment.drawn = (stretch->from.drawn + stretch->to.drawn) / 2;
    return moment;
  }
  return run->now;
}

static void add_wake(TraceRun *run, RunTask *task, const Event *event) {
  RunTask *by = find_task(run, event->by_task);
  if (by == NULL || event->by_task == event->id || by->count == 0) return;
  if (run->wake_count == run->wake_capacity) {
    run->wakes = grown(run->vm, run->wakes, sizeof(Wake), &run->wake_capacity);
  }
  run->wakes[run->wake_count++] = (Wake){
      .by = event->by_task, .to = event->id, .from = latest_run(run, by), .why = event->word};
  task->woken = run->wake_count;
}

static void note_resumed(TraceRun *run, RunTask *task) {
  if (task->woken == 0) return;
  Wake *wake = &run->wakes[task->woken - 1];
  wake->is_resumed = true;
  wake->resumed = run->now;
  task->woken = 0;
}

// The next moment: later than all before, though it may be at the same time.
static void move_on(TraceRun *run, const Event *event) {
  run->now.time = event->time;
  if (event->kind == EVENT_TASK_RESUMED) run->now.step++;
  double drawn = event->time * 1e6, least = run->now.drawn + (run->is_virtual ? 1 : 1e-3);
  run->now.drawn = drawn > least ? drawn : least;
}

static void take_event(Observer *self, VM *vm, const Event *event) {
  TraceRun *run = (TraceRun *)self;
  if (event->kind == EVENT_END) move_on(run, event);
  if (event->kind < EVENT_TASK_CREATED || event->kind > EVENT_TASK_DONE) return;
  move_on(run, event);
  if (event->kind == EVENT_TASK_CREATED && event->id == run->task_count + 1) add_task(run, event);
  RunTask *task = find_task(run, event->id);
  if (task == NULL) return;
  switch (event->kind) {
    case EVENT_TASK_READY:
      add_wake(run, task, event);
      open_stretch(run, task, STRETCH_READY);
      break;
    case EVENT_TASK_RESUMED:
      note_resumed(run, task);
      open_stretch(run, task, STRETCH_RUNNING);
      break;
    case EVENT_TASK_SUSPENDED: {
      Stretch *stretch = open_stretch(run, task, STRETCH_WAITING);
      stretch->kind = event->on.kind;
      stretch->text = copy(vm, event->on.text, event->on.length);
      break;
    }
    case EVENT_TASK_RENAMED: {
      const Str *name = task_name(vm, event->subject);
      drop(vm, task->name);
      task->name = copy(vm, name->data, name->length);
      break;
    }
    case EVENT_TASK_DONE:
      close_stretch(run, task);
      task->how = event->word;
      break;
    default: break;
  }
}

TraceRun *tracerun_attach(VM *vm, bool is_virtual) {
  TraceRun *run = heap_buffer_new(vm, sizeof *run);
  *run = (TraceRun){.observer = {.event = take_event}, .vm = vm, .is_virtual = is_virtual};
  observe_attach(vm, &run->observer);
  return run;
}

void tracerun_finish(TraceRun *run) {
  run->now.drawn += 1;
  for (uint32_t i = 0; i < run->task_count; i++) {
    if (run->tasks[i].how == NULL) close_stretch(run, &run->tasks[i]);
  }
  observe_detach(run->vm);
}

void tracerun_free(TraceRun *run) {
  VM *vm = run->vm;
  for (uint32_t i = 0; i < run->task_count; i++) {
    RunTask *task = &run->tasks[i];
    for (uint32_t k = 0; k < task->count; k++) drop(vm, task->stretches[k].text);
    heap_buffer_free(vm, task->stretches, task->capacity * sizeof(Stretch));
    drop(vm, task->name);
    drop(vm, task->function);
  }
  heap_buffer_free(vm, run->tasks, run->task_capacity * sizeof(RunTask));
  heap_buffer_free(vm, run->wakes, run->wake_capacity * sizeof(Wake));
  heap_buffer_free(vm, run, sizeof *run);
}
