// hint.h: findings that wait with an exception. What a program catches on purpose is no mistake, so
// an exception that stems from one (C014: a loop inside a loop, an object of another loop; C018: an
// `except` that a group slipped past) carries what there is to say, and it is told of when the
// exception is printed because nobody has caught it.
#ifndef CORO_HINT_H
#define CORO_HINT_H

#include "watch.h"

// Adds one to an exception that has none.
void hint_add(VM *vm, Value exception, FindingNumber number, const char *message,
              const char *help_format, ...) __attribute__((format(printf, 5, 6)));
// Gives it a place other than where the exception was raised, and a note with a second place.
// code NULL: none.
void hint_set_places(VM *vm, Value exception, TraceEntry place, TraceEntry second,
                     const char *note);
// C014 for the pending exception. Always false, as vm_raise.
bool hint_wrong_loop(VM *vm, const char *message, const char *help);
// The same: a coroutine (or EMPTY) was to be run although a loop runs already.
bool hint_second_run(VM *vm, Value coroutine);
// C014: an object of another loop than the running one.
void hint_other_loop(VM *vm, Value exception);
// An `except` of `pattern` at the running instruction of `frame` did not match a group.
void hint_group_missed(VM *vm, const Frame *frame, Value group, Value pattern);

// An exception, uncaught, was printed: reports what it carries, or a member of its group.
void hint_tell(VM *vm, Value exception);

#endif
