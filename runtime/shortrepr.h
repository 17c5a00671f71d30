// shortrepr.h: a value's repr for people who watch: short, at once, without running a script.
#ifndef CORO_SHORTREPR_H
#define CORO_SHORTREPR_H

#include "vm.h"

// Adds at most about `limit` bytes of the value's repr; what is cut ends with "…". Addresses are
// left out ("<Point object>"), and of a value whose __repr__ is a script only its class is told.
// Takes a time that does not grow with the value's size. No exception is pending then that was not
// before.
void shortrepr_add(VM *vm, Value v, size_t limit, Text *out);

#endif
