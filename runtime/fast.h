// fast.h: C versions of methods that are written in Coro.
//
// The class in Coro says what its methods do. A *fast method* is the C version of one of them, for
// the usual case: nothing of the class is overridden, and the attributes hold what the class puts
// there. In every other case it answers FAST_NO, having changed nothing, and the function written
// in Coro runs. So a program can look at, subclass and patch such a class as it can any other.
//
// The usual case is recognised by the shape of the instance (class.h), which also tells in which
// slots the attributes are.
#ifndef CORO_FAST_H
#define CORO_FAST_H

#include "future.h"
#include "vm.h"

typedef enum {
  FAST_NO,      // nothing has changed: the function written in Coro is to run
  FAST_DONE,    // *out is the result
  FAST_RAISED,  // an exception is pending
  FAST_WAIT,    // of an awaited coroutine function: the method's `wait` goes on
} Fast;

typedef struct FastMethod {
  const char *name;  // the function's __qualname__
  // args: one for each parameter of the function.
  Fast (*call)(VM *vm, const Value *args, Value *out);
  const NativeDef *wait;  // a step function; its registers begin as FAST_… below
} FastMethod;

// The first registers of a `wait`.
enum { FAST_SELF, FAST_ARG, FAST_FUNCTION, FAST_WAITER, FAST_WAITERS, FAST_REGISTERS };

#define FAST_MAX_ATTRIBUTES 8
#define FAST_MAX_METHODS 12

// A class with fast methods: which attributes they use, and which methods the class in Coro calls
// while it does what they do: those may not be overridden.
typedef enum {
  FAST_CLASS_CONTEXT,
  FAST_CLASS_LOCK,
  FAST_CLASS_EVENT,
  FAST_CLASS_SEMAPHORE,
  FAST_CLASS_QUEUE,
  FAST_CLASS_READER,
  FAST_CLASS_WRITER,
  FAST_CLASS_COUNT
} FastClassNumber;

typedef struct {
  FastClassNumber number;
  const char *attributes[FAST_MAX_ATTRIBUTES];  // up to the first NULL
  const char *methods[FAST_MAX_METHODS];
} FastClass;

// What is known of the instances of one shape.
typedef struct {
  uint32_t shape_id;
  bool usual;
  int8_t loop_slot;  // of _loop, -1: not set in the instance
  uint8_t slots[FAST_MAX_ATTRIBUTES];
  const FastMethod *methods[FAST_MAX_METHODS];
} FastLayout;

#define FAST_SHAPES 4  // of a class, that are remembered

typedef struct FastState {
  FastLayout layouts[FAST_CLASS_COUNT][FAST_SHAPES];
} FastState;

const FastLayout *fast_find_layout(VM *vm, const FastClass *cls, Instance *instance);

// The layout of an instance in the usual case, otherwise NULL. Valid until the next call.
static inline const FastLayout *fast_layout(VM *vm, const FastClass *cls, Value self) {
  if (!is_kind(self, KIND_INSTANCE)) return NULL;
  Instance *instance = (Instance *)as_object(self);
  uint32_t id = instance->shape->id;
  const FastLayout *known = &vm->fast->layouts[cls->number][id % FAST_SHAPES];
  if (likely(known->shape_id == id)) return known->usual ? known : NULL;
  return fast_find_layout(vm, cls, instance);
}

static inline Value *fast_slot(const FastLayout *layout, Value self, int attribute) {
  return &((Instance *)as_object(self))->slots[layout->slots[attribute]];
}

// An attribute after a wait, in which a program may have done anything to the object.
Value fast_get(VM *vm, const FastClass *cls, Value self, int attribute);
bool fast_set(VM *vm, const FastClass *cls, Value self, int attribute, Value value) MUST_CHECK;

// Whether the object may wait on the running loop: it is bound to that or to none.
bool fast_may_wait(VM *vm, const FastLayout *layout, Value self);
// Entering a `wait`: tries `call` again, as another thread may have run meanwhile. False: *step
// says what came of it.
bool fast_must_wait(VM *vm, Frame *frame, Fast (*call)(VM *, const Value *, Value *), Step *step);
// A wait begins: binds the object to the running loop and suspends on a new future, which is put at
// the end of `waiters`.
Step fast_wait(VM *vm, Frame *frame, const FastClass *cls, int state, Value waiters) MUST_CHECK;
// The wait is over: takes the future out of the waiters. False: it raised.
bool fast_end_wait(VM *vm, Frame *frame) MUST_CHECK;

// A `wait` that cannot go on runs the function written in Coro instead.
Step fast_hand_over(VM *vm, Frame *frame);
// What a `wait` does in the states that it does not know, those of fast_hand_over.
Step fast_handed_over(VM *vm, Frame *frame, Value in);

// A pending exception put aside while something is tidied up.
static inline Value fast_put_aside(VM *vm) {
  Value exception = vm->exception;
  vm->exception = EMPTY;
  return exception;
}

// Calls a function that has a fast method. One that gives a coroutine is for `await` to try.
static inline Fast fast_call(VM *vm, const Code *code, const Value *args, Value *out) {
  return code->flags & CODE_SUSPENDS ? FAST_NO : code->fast->call(vm, args, out);
}

// A future that such an object has made for a task of the running loop that waits for it.
static inline bool fast_is_waiter(const VM *vm, Value v) {
  return is_kind(v, KIND_FUTURE) && !(as_object(v)->extra & FUTURE_GATHERS) &&
         as_future(v)->loop == vm->loop;
}

// A method that has a row only so that an override is noticed: always FAST_NO.
Fast fast_decline(VM *vm, const Value *args, Value *out);

// _accelerate(*classes): gives the functions of these classes their fast methods.
bool fast_accelerate(VM *vm, Value *args, int nargs, Value *out) MUST_CHECK;

void fast_install(VM *vm);
void fast_free(VM *vm);

#endif
