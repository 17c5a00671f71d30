// watch.h: what the findings about tasks and loops have in common: the state they keep, and how a
// leaf native, which does not know where it was called, gets to tell of a mistake.
//
//   loopwatch.h    C004, C019: the loop is held up, or touched by another thread
//   hogwatch.h     C017: a task computes for long
//   cancelwatch.h  C008, C009: cancelling misunderstood
//   groupwatch.h   C010, C011: gather() and wait() leave something behind
//   taskwatch.h    C006, C007: tasks that are forgotten
//   corowatch.h    C001, C002: coroutines that nobody awaits
//   hint.h         C014, C018: findings that wait with an exception until nobody catches it
//
// None of this costs anything until something unusual happens: a flag is set that sends the next
// step of a task the slow way, or a leaf's result takes a detour through a step function.
#ifndef CORO_WATCH_H
#define CORO_WATCH_H

#include "finding.h"

// What is told by a detour: (what, a, b) as the teller takes them.
typedef enum {
  WATCH_BLOCKED,         // a: what was late, a str (loopwatch.c)
  WATCH_CANCELLED_READ,  // a: the task (cancelwatch.c)
  WATCH_WRONG_THREAD,    // a: what was called, a str (loopwatch.c)
} WatchKind;

typedef struct Watches {
  Value tell;                   // the native of the detour
  Value blocking;               // blocking.c
  struct CancelWatch *cancels;  // cancelwatch.c
  struct CancelWatch *last;     // of the task that ended well last in spite of its cancellation
  struct GroupWatch *groups;    // groupwatch.c, NULL until there is something to watch
  // taskwatch.c, during a collection: failed futures that it may find lost, those in front.
  Value *failed;
  size_t failed_count, failed_lost;
  uint64_t failed_time, failed_cost;  // when it looked last, and how long that took
  size_t failed_looks;
} Watches;

void watches_install(VM *vm);
void watches_free(VM *vm);
void watches_mark(VM *vm);

// From a leaf that is about to return *out: `return watch_detour(vm, WATCH_…, a, b, out);` tells at
// the place of the call, and then the call gives what *out was.
bool watch_detour(VM *vm, WatchKind kind, Value a, Value b, Value *out);

// The source text that a place stands for; false: it is not within one line, or there is none.
bool watch_source(VM *vm, TraceEntry place, const char **text, size_t *length);
// Of a call whose arguments stand on further lines, what is in front of them.
bool watch_long_call(VM *vm, TraceEntry place, const char **text, size_t *length);
// The text of a call: what is called, and what is between the parentheses.
typedef struct {
  const char *callee, *args;
  int callee_length, args_length;
} CallText;

bool watch_split_call(const char *text, size_t length, CallText *call);
// Whether what is called ends with this: ".acquire".
bool watch_calls(const CallText *call, const char *end);
// The innermost place of a waiting task that is the program's own; code NULL: none, or it runs.
TraceEntry watch_task_place(const Task *task);

#endif
