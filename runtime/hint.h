// hint.h: findings that wait with an exception. What a program catches on purpose is no mistake, so
// an exception that stems from one (C014: a loop inside a loop, an object of another loop; C018: an
// `except` that a group slipped past) carries what there is to say, and the report of an uncaught
// exception says it.
#ifndef CORO_HINT_H
#define CORO_HINT_H

#include "watch.h"

typedef struct {
  FindingNumber number;
  Str *message;      // NULL: the exception's own text says it
  Str *help;         // what to write
  TraceEntry place;  // code NULL: where the exception was raised
} Hint;

// Adds one to an exception that has none. Always false, so that `return hint_add(…)` reads well
// after vm_raise; the exception is the pending one.
bool hint_add(VM *vm, FindingNumber number, const char *help);
// An `except` of `pattern` at the running instruction of `frame` did not match a group.
void hint_group_missed(VM *vm, const Frame *frame, Value group, Value pattern);
// False: the exception has none.
bool hint_of(Value exception, Hint *out);

#endif
