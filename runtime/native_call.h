// native_call.h: how the interpreter enters functions written in C (private to the VM's core).
#ifndef CORO_NATIVE_CALL_H
#define CORO_NATIVE_CALL_H

#include "vm.h"

#define NATIVE_MAX_POSITIONS 16

// Puts arguments (nargs by position, then one value a keyword in `names`) into slots[0 .. max-1].
bool native_arrange(VM *vm, const Native *native, const Value *args, int nargs, Tuple *names,
                    Value *slots) MUST_CHECK;
// The common case, without keywords: nothing to complain of and nothing to move. False: not so.
static inline bool native_arrange_plain(VM *vm, const Native *native, const Value *args, int nargs,
                                        Value *slots) {
  const NativeDef *def = native->def;
  if (nargs < def->min || nargs > native->plain_limit) return false;
  if (def->flags & (NATIVE_METHOD | NATIVE_PROPERTY) &&
      (nargs == 0 || (native->owner != NULL &&
                      (is_object(args[0]) ? as_object(args[0])->cls : value_class(vm, args[0])) !=
                          native->owner))) {
    return false;
  }
  for (int i = 0; i < nargs; i++) slots[i] = args[i];
  for (int i = nargs; i < def->max; i++) slots[i] = EMPTY;
  return true;
}
// Checks the arguments and calls. *out == EMPTY on true: a tail call waits in vm->callee.
bool native_call_leaf(VM *vm, const Native *native, const Value *args, int nargs, Tuple *names,
                      Value *out) MUST_CHECK;
// Leaves callee and a copy of the arguments in vm->callee, vm->call_args, vm->call_nargs.
void vm_set_call(VM *vm, Value callee, int nargs, const Value *args);

#endif
