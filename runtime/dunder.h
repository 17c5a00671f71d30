// dunder.h: special methods of builtin classes as natives that a program can name:
// `int.__add__(1, 2)`, `super().__len__()`, `"abc".__contains__("b")`.
//
// Use, in a class's *_install:
//   dunder_install(vm, vm->list_class,
//                  DUNDER_BINARY(BIN_ADD) | DUNDER_BINARY(BIN_MUL) | DUNDER_REFLECTED(BIN_MUL) |
//                  DUNDER_EQUAL | DUNDER_ORDER | DUNDER_REPR | DUNDER_LEN | DUNDER_CONTAINS |
//                  DUNDER_GETITEM | DUNDER_SETITEM | DUNDER_DELITEM | DUNDER_ITER);
// The operators of numbers go by native_binary_dunders. Every method acts on the receiver's
// layout alone, as if its class were the builtin one, so a subclass may call it through super().
// A pair that the builtin class does not support gives NotImplemented.
#ifndef CORO_DUNDER_H
#define CORO_DUNDER_H

#include "class.h"
#include "object.h"
#include "protocol.h"

#define DUNDER_BINARY(op) (UINT64_C(1) << (op))
#define DUNDER_REFLECTED(op) (UINT64_C(1) << (16 + (op)))
#define DUNDER_UNARY(op) (UINT64_C(1) << (32 + (op)))
#define DUNDER_EQUAL (UINT64_C(1) << 36)  // __eq__ and __ne__
#define DUNDER_ORDER (UINT64_C(1) << 37)  // __lt__ __le__ __gt__ __ge__
#define DUNDER_HASH (UINT64_C(1) << 38)
#define DUNDER_REPR (UINT64_C(1) << 39)
#define DUNDER_STR (UINT64_C(1) << 40)
#define DUNDER_FORMAT (UINT64_C(1) << 41)
#define DUNDER_BOOL (UINT64_C(1) << 42)
#define DUNDER_LEN (UINT64_C(1) << 43)
#define DUNDER_CONTAINS (UINT64_C(1) << 44)
#define DUNDER_GETITEM (UINT64_C(1) << 45)
#define DUNDER_SETITEM (UINT64_C(1) << 46)
#define DUNDER_DELITEM (UINT64_C(1) << 47)
#define DUNDER_ITER (UINT64_C(1) << 48)
#define DUNDER_NEXT (UINT64_C(1) << 49)  // for iterator classes: __next__ and __iter__

void dunder_install(VM *vm, Class *cls, uint64_t flags);
// The binary operators in `mask` (bits 1 << BIN_…) with their reflected forms.
void native_binary_dunders(VM *vm, Class *cls, unsigned mask);
// While a leaf runs, v's class may be taken for its nearest builtin base, so that the protocol
// functions act on the layout alone. Returns the class to give back to dunder_restore.
Class *dunder_pretend_builtin(Value v);
static inline void dunder_restore(Value v, Class *cls) {
  if (cls) as_object(v)->cls = cls;
}

#endif
