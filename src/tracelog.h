// tracelog.h: the event log: what happens in a program (observe.h) as JSON, an object a line.
// tutorial/trace-format.md documents it; TRACELOG_VERSION changes when a reader would have to.
#ifndef CORO_SRC_TRACELOG_H
#define CORO_SRC_TRACELOG_H

#include <stdio.h>

#include "observe.h"

#define TRACELOG_VERSION 1

typedef struct {
  Observer observer;
  FILE *out;
} TraceLog;

// Writes the header; the observer is then to be attached. `program` is the name of its file.
void tracelog_begin(TraceLog *log, FILE *out, const char *program, bool virtual_time);

// Seconds as JSON: "0.3", to the nanosecond.
void tracelog_write_seconds(FILE *out, double seconds);

#endif
