// traceback.h: traceback objects, and printing an uncaught exception to standard error.
#ifndef CORO_TRACEBACK_H
#define CORO_TRACEBACK_H

#include <stdio.h>

#include "vm.h"

// The object behind __traceback__: a copy of the way that an exception came so far.
Value traceback_new(VM *vm, Value exception);
// exception.__traceback__ = traceback (None clears it).
void traceback_set(VM *vm, Exception *exception, Value traceback);

// Prints an exception as an uncaught one: causes and contexts first, each with its frames (file,
// line, source line, carets), groups as a tree, then the tasks that were awaiting it.
void traceback_print(VM *vm, Value exception, FILE *out);

#endif
