// timemodule.h: the module `time`.
#ifndef CORO_TIMEMODULE_H
#define CORO_TIMEMODULE_H

#include "vm.h"

bool time_install(VM *vm, Module *module) MUST_CHECK;

#endif
