// asyncqueue.h: the fast methods (fast.h) of asyncio's Queue, LifoQueue and PriorityQueue.
#ifndef CORO_ASYNCQUEUE_H
#define CORO_ASYNCQUEUE_H

#include "fast.h"

extern const FastMethod asyncqueue_methods[];

#endif
