// construct.h: the __new__ of the builtin classes.
#ifndef CORO_CONSTRUCT_H
#define CORO_CONSTRUCT_H

#include "vm.h"

void construct_install(VM *vm);

#endif
