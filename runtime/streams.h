// streams.h: the three standard streams of the module sys.
#ifndef CORO_STREAMS_H
#define CORO_STREAMS_H

#include "vm.h"

void streams_install(VM *vm, Module *module);  // stdin, stdout, stderr into sys
// Natives of the module _io: what io needs of the standard streams.
extern const NativeDef streams_functions[];

#endif
