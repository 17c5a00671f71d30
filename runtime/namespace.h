// namespace.h: names and their values as the program sees them: globals(), locals(), vars(), dir().
#ifndef CORO_NAMESPACE_H
#define CORO_NAMESPACE_H

#include "vm.h"

// The names that are bound where a frame of bytecode is. A class body's own dict, otherwise a new
// one; for module code NULL: its names are the module's.
Dict *namespace_locals(VM *vm, Frame *frame);
// The nearest frame of bytecode at or above `frame`, or NULL.
Frame *namespace_caller(Frame *frame);

// From a leaf: `return namespace_tail(vm, module, out)`: a module's __dict__ (native_tail).
bool namespace_tail(VM *vm, Module *module, Value *out);

// Functions for prelude.namespace.
void namespace_install_prelude(VM *vm, Module *module);
void namespace_install(VM *vm);

#endif
