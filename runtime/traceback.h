// traceback.h: traceback objects (traceback.c), and an uncaught exception as text (tracereport.c).
#ifndef CORO_TRACEBACK_H
#define CORO_TRACEBACK_H

#include <stdio.h>

#include "vm.h"

// The object behind __traceback__: a copy of the way that an exception came so far.
Value traceback_new(VM *vm, Value exception);
// exception.__traceback__ = traceback (None clears it).
void traceback_set(VM *vm, Exception *exception, Value traceback);
// A frame object: where way's innermost frame was. locals: a dict a frame, or None where the names
// are the module's.
Value traceback_frame(VM *vm, Exception *way, List *locals);
// The place that a traceback or frame object is about; NULL: v is neither.
const TraceEntry *traceback_entry(VM *vm, Value v);
// Whether entry i of an exception's way is worth telling: not a library frame, and not the same
// frame once more because it re-raised what it had caught.
bool traceback_is_shown(const TraceEntry *entries, uint32_t i);
// Whether what is worth telling of two exceptions' ways is the same.
bool traceback_is_same(const Exception *a, const Exception *b);

// Prints an exception as an uncaught one: causes and contexts first, each with its frames (file,
// line, source line, carets), groups as a tree. Where no script is running, exceptions with a
// __str__ of their own are asked for their text; elsewhere their arguments are shown instead. On
// stderr, a finding that one of them carries (hint.h) is told of too.
void traceback_print(VM *vm, Value exception, FILE *out);
// Only the frames, where there are any.
void traceback_print_way(VM *vm, Value exception, FILE *out);
// str(v); "<exception str() failed>" when it cannot be had.
void traceback_text(VM *vm, Value v, Text *out);

void traceback_install(VM *vm);
void traceback_mark(VM *vm, Object *object);
void traceback_free(VM *vm, Object *object);

#endif
