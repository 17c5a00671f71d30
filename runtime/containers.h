// containers.h: what the methods of the containers share, and the natives of their prelude.
#ifndef CORO_CONTAINERS_H
#define CORO_CONTAINERS_H

#include "native.h"
#include "protocol.h"

// What a leaf returns when a protocol function answered below NO: SCRIPT hands the call over to a
// function of the prelude, ERROR passes the exception on.
static inline bool slow_or_fail(VM *vm, Tri tri, Value *out, const char *slow, int nargs,
                                const Value *args) {
  assert(tri < 0);
  return tri == TRI_SCRIPT && native_prelude(vm, out, slow, nargs, args);
}

// The natives that containers.coro and iter.coro are built on, into a module of the prelude.
void containers_install_prelude(VM *vm, Module *module);

// _builtin_class(x), a leaf: the nearest class of x that is written in C.
bool containers_builtin_class(VM *vm, Value *args, int nargs, Value *out);

// list's and tuple's __class_getitem__ and those of the other containers: list[int] is list.
extern const NativeDef container_class_methods[];

#endif
