// asynclock.h: the fast methods (fast.h) of asyncio's Lock, Event and Semaphore.
#ifndef CORO_ASYNCLOCK_H
#define CORO_ASYNCLOCK_H

#include "fast.h"

extern const FastMethod asynclock_methods[];

// The flag of an Event, TRUE_VALUE or FALSE_VALUE; NULL: it is not the usual Event.
Value *asynclock_event_flag(VM *vm, Value event);
// event.set() of a usual one. FAST_NO: nothing has changed.
Fast asynclock_set_event(VM *vm, Value event);

#endif
