// tracerun.h: a run as it is drawn: for each task, when it ran, was ready and waited, and who woke
// it. What the timeline (timeline.h) and the Chrome trace (chrometrace.h) are made of.
#ifndef CORO_SRC_TRACERUN_H
#define CORO_SRC_TRACERUN_H

#include "observe.h"

// Under a virtual clock much happens at the same time: `step` tells it apart.
typedef struct {
  double time;    // seconds
  uint32_t step;  // how many steps of tasks had begun
  double drawn;   // microseconds, greater for whatever came later: time, moved on where it stands
} Moment;

typedef enum { STRETCH_READY, STRETCH_RUNNING, STRETCH_WAITING } StretchState;

typedef struct {
  StretchState state;
  Moment from, to;
  char *text;        // of a wait: what for, as the program writes it
  const char *kind;  // and EventWait.kind
} Stretch;

typedef struct {
  uint32_t id;
  char *name, *function;
  Stretch *stretches;  // one after the other; the last one may be open while the program runs
  uint32_t count, capacity;
  const char *how;  // "returned", "raised", "cancelled"; NULL: not done
  size_t woken;     // its latest wake, counted from 1; 0: none that it has not run after
} RunTask;

// One task made another one, or woke it.
typedef struct {
  uint32_t by, to;       // ids
  Moment from, resumed;  // drawn within the stretch in which `by` ran last
  const char *why;       // "created", "sleep", "future", …
  bool is_resumed;       // else it never ran after that
} Wake;

typedef struct TraceRun {
  Observer observer;
  VM *vm;
  bool is_virtual;
  RunTask *tasks;  // by id, from 1: tasks[id - 1]
  uint32_t task_count, task_capacity;
  Wake *wakes;
  size_t wake_count, wake_capacity;
  Moment now;
} TraceRun;

TraceRun *tracerun_attach(VM *vm, bool is_virtual);
// The program has ended: what is open is closed, and the VM is no longer watched.
void tracerun_finish(TraceRun *run);
void tracerun_free(TraceRun *run);

#endif
