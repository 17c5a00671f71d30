// netmodule.h: the module `_net`: listening, connecting, looking names up, watching descriptors.
#ifndef CORO_NETMODULE_H
#define CORO_NETMODULE_H

#include "vm.h"

struct sockaddr;

bool net_install(VM *vm, Module *module);
// ('127.0.0.1', 80), ('::1', 80, 0, 0) or a unix socket's path.
Value net_address(VM *vm, const struct sockaddr *address, unsigned length);

#endif
