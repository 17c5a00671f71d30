// ready.h: the event loop's FIFO of what is ready to run: a ring of 16-byte entries.
//
// An entry is a kind, an object and an argument. No handle object is made for what the loop does
// by itself (task steps, wake-ups, timers of sleep): only for callbacks that a program can see.
#ifndef CORO_READY_H
#define CORO_READY_H

#include "object.h"

typedef enum {
  READY_STEP,             // a task: its next step; argument: an exception to throw, or EMPTY
  READY_WAKEUP,           // a task: the future that it waited for, the argument, is done
  READY_SLEEP,            // a task or future: its sleep's time has come; argument: the serial
  READY_SLEEP_CANCELLED,  // a task: its sleep was cancelled; argument: the cancel's message
  READY_HANDLE,           // a handle: call its callback
  READY_GATHER,           // a gathering future: the child, the argument, is done
  READY_STOP,             // a loop: the future that run_until_complete waits for is done
} ReadyKind;

typedef struct {
  uintptr_t tagged;  // the object, its kind in the low bits (cells are 16-byte aligned)
  Value argument;
} ReadyEntry;

static inline ReadyKind ready_kind(ReadyEntry entry) { return (ReadyKind)(entry.tagged & 15); }
static inline Object *ready_object(ReadyEntry entry) {
  return (Object *)(entry.tagged & ~(uintptr_t)15);
}

typedef struct {
  ReadyEntry *items;  // heap buffer of `capacity`, which is 0 or a power of two
  uint32_t capacity, head, count;
} Ready;

void ready_grow(VM *vm, Ready *ready);
static inline void ready_push(VM *vm, Ready *ready, ReadyKind kind, void *object, Value argument) {
  if (unlikely(ready->count == ready->capacity)) ready_grow(vm, ready);
  uint32_t at = (ready->head + ready->count++) & (ready->capacity - 1);
  ready->items[at] = (ReadyEntry){(uintptr_t)object | (uintptr_t)kind, argument};
}
// The oldest entry; there must be one.
static inline ReadyEntry ready_pop(Ready *ready) {
  assert(ready->count > 0);
  ReadyEntry entry = ready->items[ready->head];
  ready->head = (ready->head + 1) & (ready->capacity - 1);
  ready->count--;
  return entry;
}
void ready_clear(VM *vm, Ready *ready);  // forgets all entries and gives the memory back
void ready_mark(VM *vm, const Ready *ready);

#endif
