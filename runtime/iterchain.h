// iterchain.h: chain, cycle, islice, pairwise, zip_longest and tee of what C can step: lists,
// ranges, other builtin iterators. Being such iterators themselves, they can be nested, and
// list(…), sum(…) and the like walk them without a script between.
#ifndef CORO_ITERCHAIN_H
#define CORO_ITERCHAIN_H

#include "iterator.h"

// The next item of an iterator whose kind is ITER_CHAIN or one of those below it in the enum.
Tri iterchain_next(VM *vm, Iterator *it, Value *out) MUST_CHECK;
// The functions of the module `_itertools` that make them.
void iterchain_install(VM *vm, Module *module);

#endif
