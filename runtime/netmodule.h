// netmodule.h: the module `_net`: listening, connecting, looking names up, watching descriptors.
#ifndef CORO_NETMODULE_H
#define CORO_NETMODULE_H

#include <sys/socket.h>

#include "vm.h"

typedef struct {
  struct sockaddr_storage storage;
  socklen_t length;
} Address;

bool net_install(VM *vm, Module *module);
// ('127.0.0.1', 80), ('::1', 80, 0, 0) or a unix socket's path.
Value net_address(VM *vm, const struct sockaddr *address, unsigned length);
// A tuple as net_address gives it, or a path.
bool net_take_address(VM *vm, Value v, Address *out) MUST_CHECK;

#endif
