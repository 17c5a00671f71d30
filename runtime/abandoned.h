// abandoned.h: generators that a program has begun and dropped. Those with a `finally`, an `except`
// or a `with` still have something to do: they are closed, at the latest when the program ends.
//
// The collector asks for the ones that nobody holds any more and keeps them alive; when there are
// many they are closed at a safepoint, so that a long run does not gather them for ever.
#ifndef CORO_ABANDONED_H
#define CORO_ABANDONED_H

#include "vm.h"

typedef struct Abandoned Abandoned;

Abandoned *abandoned_new(void);
void abandoned_free(Abandoned *abandoned);
// A generator was made whose code handles exceptions.
void abandoned_watch(VM *vm, Frame *generator);
// The collector has marked what is reachable: marks the generators that are to be closed.
void abandoned_mark_unreachable(VM *vm);
bool abandoned_are_many(const VM *vm);
void abandoned_mark(VM *vm);  // those that were found before
// A list of generators to close now, or NULL. At the end of the program: all that are left.
List *abandoned_take(VM *vm, bool at_end);

#endif
