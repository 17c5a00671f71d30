// quota.h: what a program may use up, where the command line says so: steps, seconds, memory. A
// program that reaches a limit ends where it stands: none of its handlers run, what it has printed
// is written, one line says why, and the exit status is QUOTA_STATUS.
#ifndef CORO_QUOTA_H
#define CORO_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

typedef struct VM VM;
typedef struct Frame Frame;

enum { QUOTA_STATUS = 5 };

typedef struct {
  uint64_t steps;       // instructions; 0: as many as it likes
  uint64_t steps_left;  // and one; counted by the observed interpreter loop only
  double seconds;       // of the real clock; 0: as many as it likes
} Quota;

// Before the program begins.
void quota_set_steps(VM *vm, uint64_t steps);
// False: the system has no timer left.
bool quota_set_seconds(VM *vm, double seconds);
// Of the heap: what the program's values take, without the interpreter's own code and tables.
void quota_set_memory(VM *vm, size_t bytes);

// The instruction that `frame` is at would be one too many.
noreturn void quota_reach_steps(VM *vm, const Frame *frame);
// At a safepoint of `frame`, the time is over.
noreturn void quota_reach_time(VM *vm, const Frame *frame);
// The heap would be too large: anywhere in C, so that no place can be told.
noreturn void quota_reach_memory(VM *vm);

#endif
