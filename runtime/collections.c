// collections.c: the parts of the module `collections` that are written in C.
#include "collections.h"

#include "deque.h"
#include "rows.h"

bool collections_install(VM *vm, Module *module) {
  deque_install(vm);
  module_set(vm, module, str_intern_c(vm, "deque"), from_object(vm->deque_class));
  return true;
}
