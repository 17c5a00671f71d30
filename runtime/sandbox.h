// sandbox.h: `coro --sandbox`: a program that gets no files, no network, no processes and no
// environment, for graders. What it reaches the system with are functions of a few modules in C; in
// a sandbox all that are not known to be harmless are replaced by functions that raise
// PermissionError. Modules are imported from the library only.
#ifndef CORO_SANDBOX_H
#define CORO_SANDBOX_H

#include "vm.h"

// A module in C has been installed: takes out of it what is not for a sandbox.
void sandbox_restrict(VM *vm, Module *module);

#endif
