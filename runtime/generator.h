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

// Raises what keeps `root` from being entered. Always false.
bool generator_refuse(VM *vm, const Frame *root);
// The uncommon part of async_generator_enter.
bool async_generator_enter_slow(VM *vm, Frame *consumer, Frame *root) MUST_CHECK;

// vm->exception is about to be thrown into `innermost` of root's chain. The frames between, which
// delegate to others, are marked: it passes each of them as if thrown there, so that what a frame
// handles becomes the exception's context; a GeneratorExit that is swallowed further in is raised
// anew. The marks last until the chain is entered again.
void generator_mark_thrown(VM *vm, Frame *root, Frame *innermost);
void generator_unmark_thrown(Frame *root);
// Makes `root` the running chain on behalf of `driver`. False: it is running already, or too deep.
MUST_CHECK static inline bool generator_enter(VM *vm, Frame *driver, Frame *root) {
  if (unlikely(root->parent != NULL || driver->header.aux >= vm->recursion_limit)) {
    return generator_refuse(vm, root);
  }
  if (unlikely(root->header.flags & FRAME_THROWN)) generator_unmark_thrown(root);
  root->header.aux = driver->header.aux + 1;
  root->parent = driver;
  frame_generator(root)->outer_chain = vm->chain;
  vm->chain = root;
  return true;
}

static inline void async_generator_link(Frame *consumer, Frame *root) {
  root->header.aux = consumer->header.aux + 1;
  root->parent = consumer;
}
// Links an async generator under its consumer. False: StopAsyncIteration (finished) or
// RuntimeError (running) is pending.
MUST_CHECK static inline bool async_generator_enter(VM *vm, Frame *consumer, Frame *root) {
  if (unlikely((root->header.flags & (FRAME_STARTED | FRAME_FINISHED)) != FRAME_STARTED ||
               root->parent != NULL || consumer->header.aux >= vm->recursion_limit)) {
    return async_generator_enter_slow(vm, consumer, root);
  }
  async_generator_link(consumer, root);
  return true;
}
// The frame has returned or raised: it is no chain's part any more.
void generator_finish(VM *vm, Frame *frame);
// "generator", "coroutine" or "async generator", for messages.
const char *generator_kind_name(const Frame *frame);

// __iter__ and __next__ of a class whose objects are iterators in C or generators.
void generator_add_either_methods(VM *vm, Class *cls);
void generator_install(VM *vm);
void async_step_mark(VM *vm, Object *object);

#endif
