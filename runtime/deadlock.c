// deadlock.c: what every task of a loop that cannot go on waits for. See deadlock.h.
#include "deadlock.h"

#include "finding.h"
#include "int.h"
#include "observe.h"
#include "taskwait.h"

#define MOST_TASKS 6       // that are told of one by one
#define MOST_STEPS 256     // of a search for a circle from one task
#define LONGEST_CIRCLE 16  // of tasks
#define EXIT_STATUS 3

// ---- circles

// A way from `from` back to `goal`: path[depth …]. Its length, 0: there is none.
static int find_way(VM *vm, Task *from, const Task *goal, Task **path, int depth, int *steps) {
  if (depth == LONGEST_CIRCLE || --*steps < 0 || future_done(&from->future)) return 0;
  path[depth] = from;
  TaskWait wait = taskwait_read(from);
  size_t i = 0;
  for (Task *next; (next = taskwait_next(vm, &wait, &i)) != NULL;) {
    if (next == goal) return depth + 1;
    int length = find_way(vm, next, goal, path, depth + 1, steps);
    if (length > 0) return length;
  }
  return 0;
}

static int find_circle(VM *vm, Task *task, Task **path) {
  int steps = MOST_STEPS;
  return find_way(vm, task, task, path, 0, &steps);
}

// ---- words

static void add_holder(VM *vm, const TaskWait *wait, Text *out) {
  Task *holder = taskwait_holder(vm, wait);
  if (holder == NULL) return;
  if (holder == wait->task) {
    text_add_c(out, "the same task holds it already");
    return;
  }
  taskwait_add_task(vm, holder, out);
  text_add_c(out, future_done(&holder->future) ? " holds it and has ended" : " holds it");
}

static bool is_queue(VM *vm, const TaskWait *wait) {
  return wait->method != NULL && is_kind(wait->object, KIND_INSTANCE) &&
         !is_empty(taskwait_attribute(vm, wait->object, "_getters"));
}

static int64_t count_in(VM *vm, Value object, const char *name) {
  Value v = taskwait_attribute(vm, object, name);
  return is_small_int(v) ? as_small_int(v) : 0;
}

static void add_queue(VM *vm, const TaskWait *wait, Text *out) {
  if (strcmp(wait->method, "get") == 0) {
    text_add_c(out, "the queue is empty, and no task puts anything in");
  } else if (strcmp(wait->method, "put") == 0) {
    text_printf(out, "the queue is full (maxsize %lld), and no task takes anything out",
                (long long)count_in(vm, wait->object, "_maxsize"));
  } else {
    long long left = (long long)count_in(vm, wait->object, "_unfinished_tasks");
    text_printf(out, "task_done() was not called for %lld item%s", left, left == 1 ? "" : "s");
  }
}

// Why it does not come: "nobody has called set()".
static void add_reason(VM *vm, const TaskWait *wait, Text *out) {
  if (taskwait_is_of(wait, "Lock")) {
    add_holder(vm, wait, out);
  } else if (taskwait_is_of(wait, "Event")) {
    text_add_c(out, "no task calls set()");
  } else if (taskwait_is_of(wait, "Semaphore") || taskwait_is_of(wait, "BoundedSemaphore")) {
    text_add_c(out, "its places are taken, and no task calls release()");
  } else if (taskwait_is_of(wait, "Condition")) {
    bool notified = strcmp(wait->method, "wait") != 0 && strcmp(wait->method, "wait_for") != 0;
    if (notified) {
      add_holder(vm, wait, out);
    } else {
      text_add_c(out, "no task calls notify()");
    }
  } else if (taskwait_is_of(wait, "Barrier")) {
    text_printf(out, "%lld of %lld tasks have come",
                (long long)count_in(vm, wait->object, "_count"),
                (long long)count_in(vm, wait->object, "_parties"));
  } else if (is_queue(vm, wait)) {
    add_queue(vm, wait, out);
  } else if (wait->method == NULL && is_kind(wait->object, KIND_FUTURE)) {
    if (taskwait_is_gather(wait->object)) {
      text_add_c(out, "not all of its tasks can end");
    } else {
      text_add_c(out, "no task gives this future a result");
    }
  } else if (is_kind(wait->object, KIND_TASK)) {
    taskwait_add_task(vm, as_task(wait->object), out);
    text_add_c(out, wait->object == from_object(wait->task) ? " is the task itself"
                                                            : " cannot end either");
  }
}

// What to write, as far as this wait alone tells; NULL: it does not.
static const char *help_for(VM *vm, const TaskWait *wait, bool circle) {
  const char *method = wait->method == NULL ? "" : wait->method;
  if (taskwait_is_of(wait, "Lock")) {
    if (taskwait_holder(vm, wait) == wait->task) {
      return "an asyncio.Lock lets one taker in at a time, whoever it is: take it once, and let "
             "what "
             "runs inside the block do without";
    }
    return circle ? "take the locks in the same order in every task"
                  : "write 'async with lock:', which releases it whatever happens";
  }
  if (taskwait_is_of(wait, "Event"))
    return "some task has to call set() on it; start that one first";
  if (taskwait_is_of(wait, "Condition")) {
    return "after every change: 'async with condition: condition.notify_all()'";
  }
  if (taskwait_is_of(wait, "Semaphore") || taskwait_is_of(wait, "BoundedSemaphore")) {
    return "write 'async with semaphore:', which gives the place back whatever happens";
  }
  if (taskwait_is_of(wait, "Barrier")) return "start as many tasks as the Barrier has parties";
  if (is_queue(vm, wait)) {
    if (strcmp(method, "join") == 0) {
      return "call 'queue.task_done()' once for each item that was taken out";
    }
    if (strcmp(method, "get") == 0) {
      return "when all is produced, put an end mark such as None for each consumer, or cancel the "
             "consumers";
    }
    return "start the consumer before filling the queue, or make the queue larger";
  }
  if (is_kind(wait->object, KIND_TASK)) {
    return circle ? "one of them has to go on without the other" : NULL;
  }
  if (is_kind(wait->object, KIND_FUTURE) && !taskwait_is_gather(wait->object)) {
    return wait->method == NULL ? "some task or callback has to call 'future.set_result(…)'" : NULL;
  }
  return NULL;
}

static void note_wait(VM *vm, Finding *finding, const TaskWait *wait) {
  Text text = text_new(vm), reason = text_new(vm);
  taskwait_add_task(vm, wait->task, &text);
  text_add_c(&text, " waits for ");
  taskwait_add_awaited(vm, wait, &text);
  add_reason(vm, wait, &reason);
  if (reason.length > 0) {
    text_add_c(&text, ": ");
    text_add(&text, reason.data, reason.length);
  }
  // The finding's own place need not be shown twice.
  bool shown = wait->task == finding->task;
  finding_note(finding, !shown ? wait->place : (TraceEntry){0}, "%.*s", (int)text.length,
               text.data);
  text_free(&text);
  text_free(&reason);
}

static void note_circle(VM *vm, Finding *finding, Task *const *path, int length) {
  Text text = text_new(vm);
  text_add_c(&text, "a circle: ");
  for (int i = 0; i <= length; i++) {
    if (i > 0) text_add_c(&text, " waits for ");
    text_add_str(&text, task_name(vm, path[i % length]));
    if (i > 0 && i < length) text_add_c(&text, ", which");
  }
  finding_note(finding, (TraceEntry){0}, "%.*s", (int)text.length, text.data);
  text_free(&text);
}

// ---- the findings

// The place of a task that no frame of the program waits in, such as a gather without a coroutine.
static TraceEntry place_of(const TaskWait *wait) {
  return wait->place.code != NULL ? wait->place : wait->task->created;
}

static void tell_of_all(VM *vm, EventLoop *loop, Task *first) {
  Task *path[LONGEST_CIRCLE];
  int circle = 0;
  for (Task *task = loop->first_task; task != NULL && circle == 0; task = task->next) {
    circle = find_circle(vm, task, path);
  }
  TaskWait wait = taskwait_read(first);
  Finding *finding = finding_new(vm, FINDING_DEADLOCK, place_of(&wait),
                                 "deadlock: nothing is ready to run, and nothing is to come");
  if (finding == NULL) return;
  finding->task = first;
  note_wait(vm, finding, &wait);
  // The main task mostly waits for others: what they wait for is what can be helped.
  TaskWait decisive = circle > 0 ? taskwait_read(path[0]) : wait;
  const char *help = help_for(vm, &decisive, circle > 0);
  size_t left = 0;
  for (Task *task = loop->first_task; task != NULL; task = task->next) {
    if (task == first) continue;
    if (finding->note_count > MOST_TASKS) {
      left++;
      continue;
    }
    TaskWait other = taskwait_read(task);
    note_wait(vm, finding, &other);
    if (help == NULL) help = help_for(vm, &other, false);
  }
  if (left > 0) {
    finding_note(finding, (TraceEntry){0}, "and %zu more task%s", left, left == 1 ? "" : "s");
  }
  if (circle > 1) note_circle(vm, finding, path, circle);
  if (help != NULL) finding_help(finding, "%s", help);
  finding_report(vm, finding);
}

// Tasks that await each other could not be cancelled, since each hands that on to the next: one of
// them is cut out of the circle.
static void open_circle(VM *vm, EventLoop *loop) {
  for (Task *task = loop->first_task; task != NULL; task = task->next) {
    Task *path[LONGEST_CIRCLE];
    if (!is_kind(task->waiter, KIND_TASK) || find_circle(vm, task, path) == 0) continue;
    future_forget(vm, as_future(task->waiter), task);
    task->waiter = EMPTY;
    task->future.header.extra |= TASK_MUST_CANCEL;
    loop_push(vm, loop, READY_STEP, task, EMPTY);
    if (unlikely(vm->observer != NULL)) observe_task_ready(vm, task, "cancel", NULL);
    return;
  }
}

bool deadlock_end(VM *vm, EventLoop *loop) {
  Task *first = loop->main_task != NULL ? loop->main_task : loop->first_task;
  if (first != NULL) tell_of_all(vm, loop, first);
  if (loop->is_session) {
    loop->was_deadlocked = true;
    return loop_cancel_main(vm, loop);
  }
  open_circle(vm, loop);
  vm->findings->wanted = 0;  // what ends now has this one cause
  Value code = small_int(EXIT_STATUS), exception;
  if (!exception_create(vm, vm->exceptions.SystemExit, &code, 1, NULL, &exception)) return false;
  return vm_raise_exception(vm, exception);
}

// Lets the circle begin with the oldest of its tasks.
static void turn_circle(Task **path, int length) {
  int oldest = 0;
  for (int i = 1; i < length; i++) {
    for (const Task *at = path[oldest]->previous; at != NULL; at = at->previous) {
      if (at == path[i]) oldest = i;
    }
  }
  for (; oldest > 0; oldest--) {
    Task *first = path[0];
    memmove(path, path + 1, (size_t)(length - 1) * sizeof *path);
    path[length - 1] = first;
  }
}

// A timeout that is running may be what ends a circle.
static bool has_callbacks_to_come(const EventLoop *loop) {
  for (size_t i = 0; i < loop->timers.count; i++) {
    if (loop->timers.items[i].target->kind == KIND_HANDLE) return true;
  }
  return false;
}

static void note_circle_of(VM *vm, Task *task) {
  Task *path[LONGEST_CIRCLE];
  int length = is_object(task->waiter) ? find_circle(vm, task, path) : 0;
  if (length == 0 || has_callbacks_to_come(task->future.loop)) return;
  turn_circle(path, length);
  TaskWait wait = taskwait_read(path[0]);
  Finding *finding =
      finding_new(vm, FINDING_DEADLOCK, place_of(&wait),
                  length == 1 ? "this task waits for itself: only a cancellation can end that"
                              : "these %d tasks wait for each other: only a cancellation can end "
                                "that",
                  length);
  if (finding == NULL) return;
  finding->task = path[0];
  for (int i = 0; i < length; i++) {
    TaskWait other = taskwait_read(path[i]);
    note_wait(vm, finding, &other);
  }
  if (length > 1) note_circle(vm, finding, path, length);
  const char *help = help_for(vm, &wait, true);
  if (help != NULL) finding_help(finding, "%s", help);
  finding_report(vm, finding);
}

// A circle is closed by a task that begins to wait, so that only those since the last look matter;
// where they were too many to remember, all are looked at, more and more seldom.
void deadlock_note_circles(VM *vm, EventLoop *loop) {
  uint32_t began = loop->began;
  loop->began = 0;
  if (began == 0 || !finding_is_wanted(vm, FINDING_DEADLOCK)) return;
  if (began <= LOOP_LATEST) {
    for (uint32_t i = 0; i < began; i++) {
      if (!future_done(&loop->latest[i]->future)) note_circle_of(vm, loop->latest[i]);
    }
    return;
  }
  loop->waits++;
  if (loop->waits & (loop->waits - 1)) return;
  for (Task *task = loop->first_task; task != NULL; task = task->next) note_circle_of(vm, task);
}
