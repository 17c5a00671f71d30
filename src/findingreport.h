// findingreport.h: findings of the running program (finding.h) as diagnostics (diag.h) on standard
// error.
#ifndef CORO_SRC_FINDINGREPORT_H
#define CORO_SRC_FINDINGREPORT_H

#include "finding.h"

// Has the VM's findings printed. advice: those that may be wrong too (coro advise).
void findingreport_install(VM *vm, bool advice);

#endif
