// objectclass.h: the methods of the classes object, type and module.
#ifndef CORO_OBJECTCLASS_H
#define CORO_OBJECTCLASS_H

#include "vm.h"

void objectclass_install(VM *vm);

#endif
