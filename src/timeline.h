// timeline.h: a run as lines of text: a row a task, time from left to right.
#ifndef CORO_SRC_TIMELINE_H
#define CORO_SRC_TIMELINE_H

#include <stdio.h>

#include "tracerun.h"

typedef struct {
  int width;  // of a line, in columns
  bool utf8;  // else only ASCII is written
  bool color;
} TimelineStyle;

// For what is written to `out`: as wide as the terminal (COLUMNS, else what the system says, else
// 80), characters by the locale.
TimelineStyle timeline_style(FILE *out, bool color, int width);
void timeline_print(FILE *out, const TraceRun *run, TimelineStyle style);

#endif
