// timemodule.h: the module `time`: timemodule.c has the clocks and sleep, timecalendar.c dates.
#ifndef CORO_TIMEMODULE_H
#define CORO_TIMEMODULE_H

#include "vm.h"

bool time_install(VM *vm, Module *module);  // a NativeModule's install function
void time_install_calendar(VM *vm, Module *module);

// A number of seconds, as sleep() and localtime() take it, rounded down: *whole seconds and
// *nanoseconds (0 .. 999999999).
bool time_from_number(VM *vm, Value v, int64_t *whole, int64_t *nanoseconds) MUST_CHECK;

#endif
