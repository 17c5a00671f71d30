// itertools.h: the iterators of itertools that C steps by itself, and the module `_itertools`.
#ifndef CORO_ITERTOOLS_H
#define CORO_ITERTOOLS_H

#include "iterator.h"

// The next item of an iterator whose kind is ITER_COUNT to ITER_COMBINATIONS_WITH_REPLACEMENT.
Tri itertools_next(VM *vm, Iterator *it, Value *out) MUST_CHECK;
Tri itertools_repr(VM *vm, Value v, Text *out) MUST_CHECK;
int64_t itertools_length_hint(const Iterator *it);
bool itertools_install(VM *vm, Module *module);  // _itertools

#endif
