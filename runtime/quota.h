// quota.h: what a program may use up, where the command line says so. A program that reaches a
// limit ends where it stands: none of its handlers run, what it has printed is written, one line
// says why, and the exit status is QUOTA_STATUS.
#ifndef CORO_QUOTA_H
#define CORO_QUOTA_H

#include <stdint.h>
#include <stdnoreturn.h>

typedef struct VM VM;
typedef struct Frame Frame;

enum { QUOTA_STATUS = 5 };

typedef struct {
  uint64_t steps;       // instructions; 0: as many as it likes
  uint64_t steps_left;  // and one; counted by the observed interpreter loop only
} Quota;

// Before the program begins.
void quota_set_steps(VM *vm, uint64_t steps);
// The instruction that `frame` is at would be one too many.
noreturn void quota_reach_steps(VM *vm, const Frame *frame);

#endif
