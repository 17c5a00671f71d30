// drain.h: taking what a generator gives into a list, set or dict without a script between:
// list(…), set(…), dict(…), extend, unpacking and all that begins by taking everything.
#ifndef CORO_DRAIN_H
#define CORO_DRAIN_H

#include "vm.h"

// What the drained call gives: None, the target, or what a tuple's class, a separator's join makes
// of the target, a list.
typedef enum { DRAIN_NONE, DRAIN_TARGET, DRAIN_TUPLE, DRAIN_JOIN } DrainResult;

// Whether v is a generator that drain_tail may walk.
bool drain_is_possible(Value v);
// From a leaf, where value_items has answered SCRIPT: its call is replaced by one that takes what
// the generator gives into `target`. maker: of DRAIN_TUPLE and DRAIN_JOIN, otherwise EMPTY.
bool drain_tail(VM *vm, Value *out, Value target, Value generator, DrainResult result, Value maker);

// For the prelude: _drain(target, iterable, limit=-1) takes at most `limit` items and gives an
// iterable of what it has left for the caller: nothing, or `iterable` itself where that is not a
// generator.
void drain_install(VM *vm);
void drain_install_prelude(VM *vm, Module *module);

#endif
