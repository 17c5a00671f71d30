// groupwatch.h: what gather() and wait() leave behind: tasks that go on after gather() has raised
// (C010), failed tasks that wait() returned and nobody read (C011).
#ifndef CORO_GROUPWATCH_H
#define CORO_GROUPWATCH_H

#include "gather.h"
#include "watch.h"

// A child of it has failed, which it is about to hand to the one who awaits it.
void groupwatch_raises(VM *vm, Gather *gather);
// Another child of it is done.
void groupwatch_child_done(VM *vm, const Gather *gather, Future *child);

// A native for asyncio.tasks: _note_waited(done), called by wait() with what it is about to return.
extern const NativeDef note_waited_def;
// Whether C011 was told of a failed future: nothing else needs to be.
bool groupwatch_tell_waited(VM *vm, Future *future);

// The program is over; the tasks that it left are about to be cancelled. well: main has returned.
void groupwatch_end(VM *vm, const EventLoop *loop, bool well);
// Whether C010 has spoken of a pending task.
bool groupwatch_owns(VM *vm, const Task *task);
// The loop is about to be closed. well: main has returned.
void groupwatch_close(VM *vm, const EventLoop *loop, bool well);

void groupwatch_free(VM *vm);
void groupwatch_mark(VM *vm);

#endif
