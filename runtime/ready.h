// ready.h: the event loop's FIFO of what is ready to run: a ring of entries of 8 or 16 bytes.
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

#define READY_KIND 7
#define READY_HAS_ARGUMENT 8

typedef struct {
  uintptr_t tagged;  // the object, its kind and READY_HAS_ARGUMENT in the low bits (cells are
                     // 16-byte aligned)
  Value argument;
} ReadyEntry;

static inline ReadyKind ready_kind(ReadyEntry entry) {
  return (ReadyKind)(entry.tagged & READY_KIND);
}
static inline Object *ready_object(ReadyEntry entry) {
  return (Object *)(entry.tagged & ~(uintptr_t)15);
}

// The ring holds an entry as one word, and a second one if it has an argument: a million tasks
// that are ready take 8 MB.
typedef struct {
  uint64_t *words;                // heap buffer of `capacity`, which is 0 or a power of two
  uint32_t capacity, head, used;  // of words
  uint32_t count;                 // of entries
} Ready;

void ready_grow(VM *vm, Ready *ready);
static inline void ready_push(VM *vm, Ready *ready, ReadyKind kind, void *object, Value argument) {
  if (unlikely(ready->used + 2 > ready->capacity)) ready_grow(vm, ready);
  uint32_t mask = ready->capacity - 1, at = ready->head + ready->used++;
  ready->words[at & mask] = (uintptr_t)object | (uintptr_t)kind;
  ready->count++;
  if (!is_empty(argument)) {
    ready->words[at & mask] |= READY_HAS_ARGUMENT;
    ready->words[(at + 1) & mask] = argument;
    ready->used++;
  }
}
// The oldest entry; there must be one.
static inline ReadyEntry ready_pop(Ready *ready) {
  assert(ready->count > 0);
  uint32_t mask = ready->capacity - 1;
  ReadyEntry entry = {ready->words[ready->head], EMPTY};
  ready->head = (ready->head + 1) & mask;
  ready->used--;
  ready->count--;
  if (entry.tagged & READY_HAS_ARGUMENT) {
    entry.argument = ready->words[ready->head];
    ready->head = (ready->head + 1) & mask;
    ready->used--;
  }
  return entry;
}
void ready_clear(VM *vm, Ready *ready);  // forgets all entries and gives the memory back
void ready_mark(VM *vm, const Ready *ready);

#endif
