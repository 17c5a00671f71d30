// chance.h: what is left to chance in a run, and how it is fixed (--seed, --shuffle).
#ifndef CORO_CHANCE_H
#define CORO_CHANCE_H

#include "ready.h"
#include "vm.h"

void chance_seed(VM *vm, uint64_t seed);
void chance_shuffle_tasks(VM *vm);

// Puts the first `count` entries of the FIFO into another order: the steps of tasks change places
// with each other. Callbacks stay where they are, since asyncio promises their order.
void chance_shuffle_round(VM *vm, Ready *ready, size_t count);

#endif
