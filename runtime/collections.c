// collections.c: the parts of the module `collections` that are written in C.
#include "collections.h"

#include "deque.h"
#include "rows.h"

static void add_class(VM *vm, Module *module, Class *cls) {
  module_set(vm, module, cls->name, from_object(cls));
}

bool collections_install(VM *vm, Module *module) {
  deque_install(vm);
  default_dict_install(vm);
  ordered_dict_install(vm);
  add_class(vm, module, vm->deque_class);
  add_class(vm, module, vm->default_dict_class);
  add_class(vm, module, vm->ordered_dict_class);
  return true;
}
