// gather.h: gather(): one future for the results of many.
#ifndef CORO_GATHER_H
#define CORO_GATHER_H

#include "future.h"

typedef struct Gather {
  Future future;         // extra has FUTURE_GATHERS
  Tuple *children;       // futures, in the order of the arguments, the same one maybe several times
  uint32_t waited_for;   // different children
  uint32_t finished;     // of those
  uint32_t made;         // of the children, tasks that gather() made itself
  TraceEntry raised_at;  // groupwatch.h, with
  double raised_time;    // when
  bool return_exceptions;
  bool cancel_requested;
} Gather;

// gather(*awaitables): *out is a future. False: an argument is no awaitable.
bool gather_new(VM *vm, const Value *awaitables, size_t count, bool return_exceptions,
                Value *out) MUST_CHECK;
bool gather_child_done(VM *vm, Gather *gather, Future *child) MUST_CHECK;
Tri gather_cancel(VM *vm, Gather *gather, Value message) MUST_CHECK;

#endif
