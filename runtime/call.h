// call.h: calling any value: binding arguments, making instances. Private to the VM's core.
#ifndef CORO_CALL_H
#define CORO_CALL_H

#include "vm.h"

typedef enum {
  CALL_DONE,     // *out is the value
  CALL_ENTER,    // vm->frame is a new frame whose parent is `parent`; its value comes back there
  CALL_RAISED,   // an exception is pending
  CALL_RESUME,   // await only: vm->frame is a suspended frame, linked to `parent`, to be given None
  CALL_SUSPEND,  // await only: the running chain is to suspend, yielding *out
} Called;

// Calls callee with nargs positional arguments, followed in args by one value for each keyword in
// `names` (NULL: none). `parent` is the calling frame.
Called call_value(VM *vm, Frame *parent, Value callee, const Value *args, int nargs, Tuple *names,
                  Value *out);
// The same with the call that is waiting in vm->callee, vm->call_args.
Called call_pending(VM *vm, Frame *parent, Value *out);
// f(*args, **kwargs). args: list or tuple; kwargs NULL: none.
Called call_extended(VM *vm, Frame *parent, Value callee, Value args, Dict *kwargs, Value *out);

// Fills the parameter registers of a frame for `function`. False: TypeError pending.
bool call_bind(VM *vm, Function *function, Value *regs, const Value *args, int nargs,
               Tuple *names) MUST_CHECK;

bool call_raise_recursion(VM *vm);

// A frame for a step native with its arguments in place; for natives flagged NATIVE_COROUTINE
// a coroutine object.
Frame *call_new_step(VM *vm, const NativeDef *def, Code *code, Frame *parent);
// The same for a step function that no program can call by itself: vm->frame is its frame, with
// nargs registers filled.
Called call_internal_step(VM *vm, Frame *parent, const NativeDef *def, int nargs,
                          const Value *args);

extern const NativeDef call_type_def;  // type.__call__

void call_install(VM *vm);

#endif
