// loopwatch.h: what holds a loop up: a blocking call (C004; hogwatch.h has C017, a task that
// computes for long); and a thread that touches another thread's loop (C019).
#ifndef CORO_LOOPWATCH_H
#define CORO_LOOPWATCH_H

#include "loop.h"
#include "watch.h"

// ---- C004: around a call of the system, or a park, that may wait

typedef struct {
  EventLoop *loop;   // that waits with the thread; NULL: none does, or nobody wants to know
  uint64_t began;    // by the loop's clock
  uint32_t waiting;  // entries of its FIFO by then
} Blocking;

Blocking blocking_begin_slow(VM *vm);
static inline Blocking blocking_begin(VM *vm) {
  return vm->loop != NULL ? blocking_begin_slow(vm) : (Blocking){0};
}
// In a step function, whose frame is vm->frame.
void blocking_end(VM *vm, Blocking blocking);
// In a leaf, as its last words: `ok` is what it returns and *out its result.
bool blocking_end_leaf(VM *vm, Blocking blocking, bool ok, Value *out) MUST_CHECK;

// "Task-2 and Task-3 had to wait": those of the first `waiting` entries of the FIFO, and of timers
// that are late by `least` seconds. NULL: nobody.
Str *loopwatch_waiting(VM *vm, const EventLoop *loop, uint32_t waiting, double least);
// Help for the text of a call: do it in a thread. False: it is no call.
bool loopwatch_help_thread(Finding *finding, const char *text, size_t length);

// ---- C019

// Whether the loop runs in another thread than this one.
static inline bool loopwatch_is_foreign(const VM *vm, const EventLoop *loop) {
  return unlikely(loop != vm->loop) && loop != NULL && loop->running && loop->thread != vm->thread;
}
// From a leaf of that name, as its last words: *out is its result.
bool loopwatch_foreign(VM *vm, const char *name, Value *out);

// ---- the detour's tellers (watch.h)

void loopwatch_tell_blocked(VM *vm, TraceEntry place, Str *late);
void loopwatch_tell_thread(VM *vm, TraceEntry place, const char *name);

#endif
