// genwatch.h: async generators that were left at a `yield` inside a `with` or before a `finally`
// (C020): what is still to be done there waits until the program ends.
#ifndef CORO_GENWATCH_H
#define CORO_GENWATCH_H

#include "watch.h"

// `parent` calls an async generator function and gets this one.
void genwatch_made(VM *vm, Frame *generator, const Frame *parent);
// The loop is about to close it, because nobody has gone over it to its end.
void genwatch_left(VM *vm, Frame *generator);

#endif
