// asyncstream.h: the fast methods (fast.h) of asyncio's StreamReader and StreamWriter.
#ifndef CORO_ASYNCSTREAM_H
#define CORO_ASYNCSTREAM_H

#include "fast.h"

extern const FastMethod asyncstream_methods[];

#endif
