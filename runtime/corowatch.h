// corowatch.h: coroutine objects that are not awaited: made and lost (C001), or taken for their
// results (C002).
//
// Each coroutine object is listed when it is made. Those that the collector finds unreached before
// they were started, closed or handed to a task are told of at the next safepoint, and what is left
// of them when the program ends well, then. An expression statement drops its coroutine at once.
// `await f()` makes no object, so it costs nothing.
#ifndef CORO_COROWATCH_H
#define CORO_COROWATCH_H

#include "watch.h"

// What a program did with a coroutine in place of its result. It may be meant (print(coroutine)),
// so it is told only of those that are never awaited.
typedef enum { USED_FOR_TRUTH, USED_IN_COMPARISON, USED_AS_TEXT } CoroutineUse;

typedef struct {
  Frame *coroutine;
  CoroutineUse use;
  TraceEntry place;
} CoroutineUsed;

typedef struct CoroWatch {
  Frame **made;  // no references: the collector takes out of it what dies
  size_t count, limit, capacity;
  bool generators;  // async generators with something to do at their end were made
  List *lost;       // found unreached, not told of yet; NULL: none
  CoroutineUsed *used;
  size_t used_count, used_capacity;
} CoroWatch;

void corowatch_install(VM *vm);
void corowatch_free(VM *vm);
void corowatch_mark(VM *vm);
// The collector has marked what is reachable: marks the lost ones, so that they can be told of.
void corowatch_mark_lost(VM *vm);

// `parent` calls an async def function and gets this coroutine.
void corowatch_made(VM *vm, Frame *coroutine, const Frame *parent);
// Somebody will run it, or has been told of it.
static inline void corowatch_take(Frame *coroutine) { coroutine->header.flags |= FRAME_TAKEN; }
// The program, at vm->frame, uses a coroutine as a value.
void corowatch_used(VM *vm, Value coroutine, CoroutineUse use);

// The text to write in place of the call that made it: "x = await fetch(url)", or with `value`
// "(await fetch(url))" where its value is used at once. NULL: it has been started, or is taken.
Str *corowatch_await_text(VM *vm, Frame *coroutine, bool value);
// An exception leaves `frame`, or is handled there: the coroutines and async generators that are
// lost by it, as locals or as arguments of the call that raised it, are no mistake of their own.
void corowatch_unwound_slow(Frame *frame, bool leaves);
static inline void corowatch_unwound(const VM *vm, Frame *frame, bool leaves) {
  const CoroWatch *watch = vm->coroutines;
  if (watch->count > 0 || watch->generators) corowatch_unwound_slow(frame, leaves);
}

// Tells of one that a session shows in place of its result.
void corowatch_tell_shown(VM *vm, Frame *coroutine);
// Tells of the lost ones; at the end of the program of all.
void corowatch_tell(VM *vm, bool at_end);

#endif
