// sockets.h: the system's calls on sockets, by their descriptors, for the module socket.
#ifndef CORO_SOCKETS_H
#define CORO_SOCKETS_H

#include "vm.h"

void sockets_install(VM *vm, Module *module);

#endif
