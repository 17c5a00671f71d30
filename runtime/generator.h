// generator.h: entering, leaving and finishing generators, coroutines and async generators, and
// their methods.
#ifndef CORO_GENERATOR_H
#define CORO_GENERATOR_H

#include "vm.h"

// An awaitable that steps an async generator: what asend(), athrow(), aclose(), __anext__() give.
typedef enum { ASYNC_STEP_SEND, ASYNC_STEP_THROW, ASYNC_STEP_CLOSE } AsyncStepKind;
typedef struct {
  Object header;  // extra: AsyncStepKind
  Frame *generator;
  Value arg;      // to send or to raise
  Frame *driver;  // the coroutine that its own send() and throw() resume; NULL: not used so far
  bool used;
} AsyncStep;

// Makes `root` the running chain on behalf of `driver`. False: it is running already, or too deep.
bool generator_enter(VM *vm, Frame *driver, Frame *root) MUST_CHECK;
// Links an async generator under its consumer. False: StopAsyncIteration (finished) or
// RuntimeError (running) is pending.
bool async_generator_enter(VM *vm, Frame *consumer, Frame *root) MUST_CHECK;
// The frame has returned or raised: it is no chain's part any more.
void generator_finish(VM *vm, Frame *frame);
// "generator", "coroutine" or "async generator", for messages.
const char *generator_kind_name(const Frame *frame);

// __iter__ and __next__ of a class whose objects are iterators in C or generators.
void generator_add_either_methods(VM *vm, Class *cls);
void generator_install(VM *vm);
void async_step_mark(VM *vm, Object *object);

#endif
