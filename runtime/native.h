// native.h: functions written in C, the two kinds of them, and how classes get their methods.
//
// A *leaf* takes arguments and returns a value: no script runs, nothing waits. A *step* function
// runs as a frame of its own (frame.h): it is entered again and again, does a little each time and
// says what it wants. A leaf that finds out that it needs a script hands over with native_tail:
// its call is then replaced by a call of a script or step function.
#ifndef CORO_NATIVE_H
#define CORO_NATIVE_H

#include "object.h"

// args[0 .. nargs-1]; for a method args[0] is the receiver. Positions up to max that were not
// given are EMPTY and may be read. *out is the result. False: an exception is pending.
typedef bool (*LeafFn)(VM *vm, Value *args, int nargs, Value *out);

typedef enum {
  STEP_DONE,    // vm->result is the value of the call
  STEP_RAISE,   // an exception is pending
  STEP_CALL,    // call vm->callee (see step_call) and come back with its value
  STEP_AWAIT,   // await vm->callee's value (see step_await) and come back with its result
  STEP_YIELD,   // suspend the running chain, yielding vm->result; comes back with what is sent
  STEP_ENTER,   // the step function has made vm->frame, whose parent is its own frame
  STEP_SWITCH,  // the step function has set vm->frame itself (event loop, generators)
} Step;

// Entered first with in == EMPTY and frame->state == 0, arguments in frame->regs[0..]; after a
// STEP_CALL or STEP_AWAIT with the result in `in`. When the callee raised, `in` is EMPTY and an
// exception is pending (vm->exception): return STEP_RAISE to pass it on, or vm_clear_exception.
typedef Step (*StepFn)(VM *vm, Frame *frame, Value in);

enum {
  NATIVE_METHOD = 1,      // binds its receiver when found on an instance
  NATIVE_STATIC = 2,      // a staticmethod
  NATIVE_CLASS = 4,       // a classmethod: args[0] is the class
  NATIVE_KEYWORDS = 8,    // takes any keywords: vm->keywords is a Dict or NULL during the call
  NATIVE_PROPERTY = 16,   // a read-only attribute: called with the receiver alone
  NATIVE_COROUTINE = 32,  // with `step`: calling it makes a coroutine object, awaiting that runs it
  NATIVE_MEMBER = 64,     // with NATIVE_PROPERTY: CPython has it as a read-only member
  NATIVE_NO_KEYWORDS = 0,
};

// A table row. params: names of all positions, for keyword arguments, separated by spaces, e.g.
// "self sep maxsplit" ("/" after the positional-only ones, "*" before the keyword-only ones, e.g.
// "self / * key reverse"); NULL: positional only. min and max count positions including self;
// max -1: any number. Wrong counts and names raise TypeError before fn is entered.
typedef struct {
  const char *name;
  LeafFn leaf;
  int min, max;
  unsigned flags;
  const char *params;
  StepFn step;    // instead of leaf
  int registers;  // of the step frame; at least max
  // With NATIVE_COROUTINE, may be NULL: `await f(args)` without making a frame. Answers a Direct
  // (interp.h): DIRECT_NO (make the coroutine after all), DIRECT_DONE with *out, DIRECT_RAISE, or
  // DIRECT_SUSPEND: it has arranged the wake-up; the running chain suspends yielding EMPTY.
  int (*direct)(VM *vm, Value *args, int nargs, Value *out);
} NativeDef;

typedef struct {
  Object header;
  const NativeDef *def;
  Class *owner;     // of a method or NULL
  Module *module;   // of a function that is a module's own, or NULL
  int plain_limit;  // positional arguments that a call without keywords may give; -1: see `flags`
  Code *code;       // a step function's code object (only its register_count is used), or NULL
} Native;

static inline Native *as_native(Value v) { return (Native *)as_object(v); }

Value native_new(VM *vm, const NativeDef *def, Class *owner);
// Whether a method is one that an operator or statement calls (a slot of the type, in CPython).
bool native_is_operator(const NativeDef *def);
// Adds every row of a table (terminated by name == NULL) to a class or a module's globals.
void native_add_methods(VM *vm, Class *cls, const NativeDef *defs);
void native_add_functions(VM *vm, Module *module, const NativeDef *defs);

// From a leaf: `return native_tail(vm, out, callee, n, args…)`. The call's result is the result of
// callee(args…), run by the interpreter loop after the leaf has returned. Arguments are copied.
bool native_tail(VM *vm, Value *out, Value callee, int nargs, const Value *args);
// The same for a function of the prelude by name: `native_prelude(vm, out, "iter.sum_slow", …)`.
bool native_prelude(VM *vm, Value *out, const char *name, int nargs, const Value *args);

// From a step function: `return step_call(vm, frame, NEXT_STATE, callee, n, args)`.
Step step_call(VM *vm, Frame *frame, int state, Value callee, int nargs, const Value *args);
// The same as f(*args, **kwargs): args a list or tuple, kwargs a dict or EMPTY.
Step step_call_extended(VM *vm, Frame *frame, int state, Value callee, Value args, Value kwargs);
// The same for a function of the prelude by name.
Step step_call_prelude(VM *vm, Frame *frame, int state, const char *name, int nargs,
                       const Value *args);
Step step_await(VM *vm, Frame *frame, int state, Value awaitable);
Step step_yield(VM *vm, Frame *frame, int state, Value value);
Step step_done(VM *vm, Value result);

void native_mark(VM *vm, Object *object);

#endif
