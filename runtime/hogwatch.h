// hogwatch.h: a task that computes for long without an await, while others wait (C017).
//
// A thread that runs a loop by the real clock has a timer of its CPU time, which sends it a signal
// ten times in each second that it computes; one that waits is never woken. The handler does
// nothing but ask for a sample at the next safepoint. So no step of a task pays for this, and a
// machine that is busy with other programs does not make a task look slow.
#ifndef CORO_HOGWATCH_H
#define CORO_HOGWATCH_H

#include "loop.h"
#include "thread.h"
#include "watch.h"

// The running thread enters a loop, or leaves it (NULL).
void hogwatch_enter(VM *vm, const EventLoop *loop);
// At a safepoint, for INTERRUPT_SAMPLE; `frame` is the running one.
void hogwatch_sample(VM *vm, Frame *frame);
// The thread ends.
void hogwatch_free(Thread *thread);

#endif
