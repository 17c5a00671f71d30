// snapshot.h: marking in a child process, on its frozen copy of the memory, while the program runs.
//
// What is unreachable when the child is made stays unreachable, so what the child finds reachable
// and what has been made since is all that can be alive: no write has to be watched. (Rodriguez-
// Rivera and Russo, "Nonintrusive cloning garbage collection with stock operating system support",
// 1997.) The child writes nothing but mark bits in shared memory, its report and its own worklist;
// it uses no lock, no buffer of stdio's, no descriptor, and its end raises no SIGCHLD.
#ifndef CORO_SNAPSHOT_H
#define CORO_SNAPSHOT_H

#include "object.h"

typedef enum { SNAPSHOT_RUNNING, SNAPSHOT_DONE, SNAPSHOT_FAILED } SnapshotState;

// Makes the child; all mark bits are 0. False: the system makes none.
bool snapshot_start(VM *vm);
// Whether the child has ended, and how: while it lives, each page written is copied. After
// SNAPSHOT_DONE its report is in heap->shared.
SnapshotState snapshot_poll(VM *vm);
// Ends the child, if there is one, and waits for its end. The bits that it has set stay.
void snapshot_abort(VM *vm);
// The same in two steps, for there may be better things to do than to wait.
void snapshot_kill(VM *vm);
void snapshot_reap(VM *vm);

#endif
