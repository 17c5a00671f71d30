// deadlock.h: C016: tasks that wait for each other, or for what nobody will do.
//
// A run (asyncio.run, run_until_complete) whose loop has nothing ready, no timer, nothing to poll,
// no thread that could call in and no signal handler can never go on: it is told of with what each
// task waits for, and ended with SystemExit(3). Where only some tasks wait in a circle, a note is
// made when the loop has nothing to do.
#ifndef CORO_DEADLOCK_H
#define CORO_DEADLOCK_H

#include "loop.h"

// Tells of it and makes SystemExit(3) pending; then false. In a session it cancels the main task,
// which waits at the prompt's word, instead.
bool deadlock_end(VM *vm, EventLoop *loop);
// The loop is about to wait: looks for circles among the tasks that began to wait.
void deadlock_note_circles(VM *vm, EventLoop *loop);

#endif
