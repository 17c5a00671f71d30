// timers.h: the event loop's timers: a binary heap, soonest first.
//
// A timer points to what it wakes and is not pointed to: cancelling leaves it in the heap, dead,
// until it comes to the front or too many are dead (timers_prune).
//
// Order. By `when`. Among equal ones those set by a delay come in the order in which they were
// set, as they would if the clock had moved on between; those set for the same absolute time of a
// real clock come out as CPython's heapq gives them, since the sifting is heapq's.
#ifndef CORO_TIMERS_H
#define CORO_TIMERS_H

#include "object.h"

typedef struct {
  double when;
  Object *target;
  uint64_t serial;  // number of the timer times 2; odd: set for an absolute time
} Timer;

typedef struct {
  Timer *items;  // heap buffer; items[0] is the soonest
  size_t count, capacity;
  size_t dead;  // how many of them are cancelled
} Timers;

void timers_push(VM *vm, Timers *timers, Timer timer);
Timer timers_pop(Timers *timers);  // the soonest; there must be one
// Drops the timers for which is_dead holds, keeping a heap as heapq.heapify makes it; `forget` is
// told of each.
void timers_prune(Timers *timers, bool (*is_dead)(const Timer *), void (*forget)(const Timer *));
void timers_clear(VM *vm, Timers *timers);
void timers_mark(VM *vm, const Timers *timers);

#endif
