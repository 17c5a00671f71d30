// processes.h: processes of the system that the event loop starts and waits for.
#ifndef CORO_PROCESSES_H
#define CORO_PROCESSES_H

#include "vm.h"

void processes_install(VM *vm, Module *module);

#endif
