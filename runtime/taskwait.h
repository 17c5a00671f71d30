// taskwait.h: what a suspended task waits for, as the program would say it: which call, on which
// object, and which other tasks have to go on first.
#ifndef CORO_TASKWAIT_H
#define CORO_TASKWAIT_H

#include "loop.h"

typedef struct TaskWait {
  Task *task;
  TraceEntry place;    // of the program
  const char *method;  // of the library: "acquire"; NULL: it awaits `object` itself
  Value object;        // the lock, queue …, or the future; EMPTY: not known
} TaskWait;

// Of a task that runs or is done only `task` is filled in.
TaskWait taskwait_read(Task *task);
// Whether the object is of the class of this name.
bool taskwait_is_of(const TaskWait *wait, const char *class_name);
bool taskwait_is_gather(Value v);
// An instance's own attribute, or EMPTY.
Value taskwait_attribute(VM *vm, Value object, const char *name);
// Of a lock or a condition: the task that holds it, or NULL.
Task *taskwait_holder(VM *vm, const TaskWait *wait);
// The tasks that have to go on before this one can, one after the other; *i begins at 0. NULL: no
// more.
Task *taskwait_next(VM *vm, const TaskWait *wait, size_t *i);

// Whether it is known what the task, which has begun, waits for.
bool taskwait_is_known(const TaskWait *wait);
// "running", "sleeping", "waiting", or "ready".
const char *taskwait_state(const Task *task);
// When a sleeping task wakes, as loop.time() counts; < 0: it does not sleep.
double taskwait_wakes(const Task *task);

// "Task-2 (worker)".
void taskwait_add_task(VM *vm, Task *task, Text *out);
// What is awaited, as the program writes it: "queue.get()".
void taskwait_add_awaited(VM *vm, const TaskWait *wait, Text *out);

#endif
