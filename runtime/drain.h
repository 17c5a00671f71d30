// drain.h: taking what a generator gives into a list, set or dict without a script between:
// list(…), set(…), dict(…), extend, unpacking and all that begins by taking everything.
#ifndef CORO_DRAIN_H
#define CORO_DRAIN_H

#include "vm.h"

// For the prelude: _drain(target, iterable, limit=-1) takes at most `limit` items and gives an
// iterable of what it has left for the caller: nothing, or `iterable` itself where that is not a
// generator.
void drain_install_prelude(VM *vm, Module *module);

#endif
