// taskwait.c: see taskwait.h.
//
// What a task waits for is read off its chain of frames: the outermost frame of the library above
// the program's own innermost one is the call that the program awaits, and its first register is
// the object (Lock.acquire's self). A Lock keeps the task that holds it in `_holder`, so that an
// edge leads from who waits to who holds; an awaited task and a gather are edges as well.
#include "taskwait.h"

#include "fast.h"
#include "gather.h"
#include "interp.h"
#include "traceback.h"
#include "watch.h"

#define LONG_TEXT 40  // bytes of an expression

// ---- reading a task's frames

static bool is_step(const Frame *frame) { return frame->header.extra == RESUME_STEP; }

// Where a frame of the program is; false: it is the library's, or a native's.
static bool is_own(const Frame *frame, TraceEntry *out) {
  TraceEntry place = finding_place(frame);
  if (place.code == NULL || !traceback_is_shown(&place, 0)) return false;
  *out = place;
  return true;
}

static void read_library_frame(const Frame *frame, TaskWait *wait) {
  if (is_step(frame)) {
    wait->method = frame->def->name;
    wait->object = frame->code->register_count > 0 ? frame->regs[FAST_SELF] : EMPTY;
    return;
  }
  const Code *code = frame->code;
  bool method = code->param_count > 0 && str_equals_c(code->local_names[0], "self");
  wait->method = code->name->data;
  wait->object = method ? frame->regs[0] : EMPTY;
  if (is_kind(wait->object, KIND_CELL)) wait->object = ((Cell *)as_object(wait->object))->value;
}

TaskWait taskwait_read(Task *task) {
  TaskWait wait = {.task = task, .object = is_object(task->waiter) ? task->waiter : EMPTY};
  Frame *root = task->coroutine;
  if (root == NULL || root->header.flags & FRAME_FINISHED || root->parent != NULL) return wait;
  for (Frame *frame = frame_generator(root)->innermost; frame != NULL; frame = frame->parent) {
    if (is_own(frame, &wait.place)) break;
    read_library_frame(frame, &wait);
    if (frame == root) break;
  }
  return wait;
}

bool taskwait_is_of(const TaskWait *wait, const char *name) {
  return is_object(wait->object) && as_object(wait->object)->cls != NULL &&
         str_equals_c(as_object(wait->object)->cls->name, name);
}

bool taskwait_is_gather(Value v) {
  return is_kind(v, KIND_FUTURE) && as_future(v)->header.extra & FUTURE_GATHERS;
}

Value taskwait_attribute(VM *vm, Value object, const char *name) {
  return object_get_own(vm, object, str_intern_c(vm, name));
}

Task *taskwait_holder(VM *vm, const TaskWait *wait) {
  Value object = wait->object;
  if (taskwait_is_of(wait, "Condition")) object = taskwait_attribute(vm, object, "_lock");
  if (!is_kind(object, KIND_INSTANCE)) return NULL;
  Value holder = taskwait_attribute(vm, object, "_holder");
  return is_kind(holder, KIND_TASK) ? as_task(holder) : NULL;
}

// ---- who is needed

Task *taskwait_next(VM *vm, const TaskWait *wait, size_t *i) {
  if (taskwait_is_of(wait, "Lock")) return (*i)++ == 0 ? taskwait_holder(vm, wait) : NULL;
  if (is_kind(wait->object, KIND_TASK)) return (*i)++ == 0 ? as_task(wait->object) : NULL;
  if (taskwait_is_of(wait, "TaskGroup")) {
    Value tasks = taskwait_attribute(vm, wait->object, "_tasks"), task, ignored;
    bool found = is_dict(tasks) && dict_next(as_dict(tasks), i, &task, &ignored);
    return found && is_kind(task, KIND_TASK) ? as_task(task) : NULL;
  }
  if (!is_kind(wait->object, KIND_FUTURE)) return NULL;
  if (!taskwait_is_gather(wait->object)) return NULL;
  const Tuple *children = ((const Gather *)as_object(wait->object))->children;
  while (*i < children->count) {
    Value child = children->items[(*i)++];
    if (is_kind(child, KIND_TASK) && !future_done(as_future(child))) return as_task(child);
  }
  return NULL;
}

// ---- states

bool taskwait_is_known(const TaskWait *wait) {
  const Frame *root = wait->task->coroutine;
  return root != NULL && generator_is_started(root) &&
         (wait->place.code != NULL || wait->method != NULL);
}

// What a timer ends for a sleeping task: the task's sleep, or a future; NULL: it does not sleep.
static const Object *sleep_of(const Task *task) {
  if (task->future.header.extra & TASK_SLEEPS) return &task->future.header;
  if (!is_kind(task->waiter, KIND_FUTURE)) return NULL;
  const Object *future = as_object(task->waiter);
  return future->flags & FUTURE_TIMER ? future : NULL;
}

const char *taskwait_state(const Task *task) {
  if (task->future.loop->current == task) return "running";
  if (sleep_of(task) != NULL) return "sleeping";
  return is_object(task->waiter) && !future_done(as_future(task->waiter)) ? "waiting" : "ready";
}

double taskwait_wakes(const Task *task) {
  const Object *sleep = sleep_of(task);
  const Timers *timers = &task->future.loop->timers;
  for (size_t i = 0; sleep != NULL && i < timers->count; i++) {
    const Timer *timer = &timers->items[i];
    if (timer->target == sleep && !loop_timer_is_dead(timer)) return timer->when;
  }
  return -1;
}

// ---- words

void taskwait_add_task(VM *vm, Task *task, Text *out) {
  text_add_str(out, task_name(vm, task));
  if (task->coroutine == NULL) return;
  text_add_c(out, " (");
  text_add_str(out, task->coroutine->code->name);
  text_add_c(out, ")");
}

// Without the word await in front.
static void strip_await(const char **text, size_t *length) {
  static const char await[] = "await ";
  if (*length <= sizeof await - 1 || memcmp(*text, await, sizeof await - 1) != 0) return;
  *text += sizeof await - 1;
  *length -= sizeof await - 1;
}

void taskwait_add_awaited(VM *vm, const TaskWait *wait, Text *out) {
  const char *text;
  size_t length;
  if (wait->place.code != NULL && watch_long_call(vm, wait->place, &text, &length)) {
    strip_await(&text, &length);
    text_add(out, text, length);
    text_add_c(out, "(…)");
    return;
  }
  if (wait->place.code != NULL && watch_source(vm, wait->place, &text, &length)) {
    strip_await(&text, &length);
    CallText call;
    if (length > LONG_TEXT && watch_split_call(text, length, &call)) {
      text_add(out, call.callee, (size_t)call.callee_length);
      text_add_c(out, "(…)");
    } else {
      text_add(out, text, length);
    }
    return;
  }
  if (wait->method == NULL) {
    text_add_c(out, "a future");
    return;
  }
  if (is_kind(wait->object, KIND_INSTANCE)) {
    text_printf(out, "%s.", value_class_name(vm, wait->object));
  }
  text_printf(out, "%s()", wait->method);
}
