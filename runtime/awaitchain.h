// awaitchain.h: which tasks an exception ended on its way, and who waited for them.
#ifndef CORO_AWAITCHAIN_H
#define CORO_AWAITCHAIN_H

#include "vm.h"

// Of how many entries of its way the innermost task's own frames are made; all of them when no
// task was ended, or when nothing of what is worth telling happened in one.
uint32_t awaitchain_own_frames(const Exception *exception);
// Adds the lines about the tasks: a line for the innermost one, then for those who waited.
void awaitchain_put(const Exception *exception, Text *out);

#endif
