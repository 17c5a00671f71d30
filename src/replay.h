// replay.h: going back in a program that does the same each time it runs (a virtual clock, chance
// fixed by a seed): copies of the process are kept from earlier moments, and one of them runs on to
// the moment that is wanted.
//
// A moment is a tick: how many lines have been reached. A snapshot is a child made by fork() that
// waits; woken, it forks again, so that it can be woken once more. The process that runs the
// program at present is the active one; the supervisor, the first process, only wakes and ends the
// others. What must outlive a step back (breakpoints) is in memory that all of them share.
#ifndef CORO_SRC_REPLAY_H
#define CORO_SRC_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Replay Replay;

// Forks: returns in the child, the active process. The supervisor exits with the status of
// replay_quit. `size`: of the memory to share, zeroed. NULL: it cannot be done, errno says why.
Replay *replay_begin(size_t size);
void *replay_shared(Replay *replay);
// Keeps a snapshot of this moment; returns at once. In a process that has been woken from it, it
// returns again: true, with the tick to run on to.
bool replay_snapshot(Replay *replay, uint64_t tick, uint64_t *target);
// Another process goes on at the latest snapshot that is not after the tick; there must be one.
_Noreturn void replay_go_back(Replay *replay, uint64_t tick);
_Noreturn void replay_quit(Replay *replay, int status);

#endif
