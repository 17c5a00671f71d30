// viz.h: the page of `coro viz`: the event log of a run (tracelog.h) and what shows it, in one HTML
// file that needs nothing else. src/viz/ has its parts.
#ifndef CORO_SRC_VIZ_H
#define CORO_SRC_VIZ_H

#include <stdbool.h>
#include <stdio.h>

// speaker: larger, for a projector.
void viz_write(FILE *out, const char *log, size_t length, bool speaker);

#endif
