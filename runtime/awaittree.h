// awaittree.h: what a running program does, for whoever looks at it from outside (SIGUSR1, `coro
// ps`): each thread, its loop, and the loop's tasks as a tree of who waits for whom.
#ifndef CORO_AWAITTREE_H
#define CORO_AWAITTREE_H

#include <stdio.h>

#include "vm.h"

// At a safepoint, or where a loop waits.
void awaittree_print(VM *vm, FILE *file);

#endif
