// reprother.c: repr of the kinds that repr.c does not know: the event loop's and the VM's own.
#include "itertools.h"
#include "lock.h"
#include "loop.h"
#include "vm.h"

Tri value_repr_other(VM *vm, Value v, Text *out) {
  switch ((Kind)as_object(v)->kind) {
    case KIND_FUTURE:
    case KIND_TASK:
    case KIND_LOOP:
    case KIND_HANDLE:
    case KIND_CONTEXT:
    case KIND_CONTEXT_VAR:
    case KIND_TOKEN: return loop_repr(vm, v, out);
    case KIND_ITERATOR: return itertools_repr(vm, v, out);
    case KIND_LOCK: return lock_repr(vm, v, out);
    default: value_repr_plain(vm, v, out); return TRI_YES;
  }
}
