// taskwatch.h: tasks that are forgotten: still pending when the program ends (C006), or failed
// without anybody to see it (C007).
#ifndef CORO_TASKWATCH_H
#define CORO_TASKWATCH_H

#include "loop.h"
#include "watch.h"

// asyncio.run's main has returned: tells of the tasks that it is about to cancel. Not of those that
// the program has asked to stop itself, nor of the library's.
void taskwatch_end(VM *vm, const EventLoop *loop);

// The loop has nothing to do for now. Failed tasks that the program cannot reach any more are found
// by a collection, when some have failed since the last one, and are put in front of the list of
// the failed: how many.
size_t taskwatch_idle(VM *vm, Frame *frame, EventLoop *loop);
// The collector has marked what is reachable.
void taskwatch_mark_lost(VM *vm);

// What the default exception handler says of a failed task. False: it is not to be told as a
// finding.
bool taskwatch_tell_failed(VM *vm, Value future);

#endif
