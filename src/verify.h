// verify.h: the bytecode verifier: what the interpreter loop may rely on without looking.
#ifndef CORO_SRC_VERIFY_H
#define CORO_SRC_VERIFY_H

#include "vm.h"

// NULL when every register, constant, site, jump, handler and capture of the code is in bounds and
// control cannot run off its end. Otherwise what is wrong, a static text. Code objects among the
// constants are taken as verified.
const char *verify_code(VM *vm, const Code *code);

#endif
