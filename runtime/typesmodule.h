// typesmodule.h: the native part of the module `types`.
#ifndef CORO_TYPESMODULE_H
#define CORO_TYPESMODULE_H

#include "vm.h"

bool types_install(VM *vm, Module *module);

#endif
