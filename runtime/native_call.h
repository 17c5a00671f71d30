// native_call.h: how the interpreter enters functions written in C (private to the VM's core).
#ifndef CORO_NATIVE_CALL_H
#define CORO_NATIVE_CALL_H

#include "native.h"

#define NATIVE_MAX_POSITIONS 16

// Puts arguments (nargs by position, then one value a keyword in `names`) into slots[0 .. max-1].
bool native_arrange(VM *vm, const Native *native, const Value *args, int nargs, Tuple *names,
                    Value *slots) MUST_CHECK;
// Checks the arguments and calls. *out == EMPTY on true: a tail call waits in vm->callee.
bool native_call_leaf(VM *vm, const Native *native, const Value *args, int nargs, Tuple *names,
                      Value *out) MUST_CHECK;
// Leaves callee and a copy of the arguments in vm->callee, vm->call_args, vm->call_nargs.
void vm_set_call(VM *vm, Value callee, int nargs, const Value *args);

#endif
