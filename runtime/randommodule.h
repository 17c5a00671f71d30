// randommodule.h: the module _random: the generator behind random.Random.
#ifndef CORO_RANDOMMODULE_H
#define CORO_RANDOMMODULE_H

#include "vm.h"

bool random_install(VM *vm, Module *module);  // a NativeModule's install function

#endif
