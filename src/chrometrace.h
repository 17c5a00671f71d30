// chrometrace.h: a run in the Trace Event Format, which Perfetto (ui.perfetto.dev) and
// chrome://tracing open.
#ifndef CORO_SRC_CHROMETRACE_H
#define CORO_SRC_CHROMETRACE_H

#include <stdio.h>

#include "tracerun.h"

void chrometrace_write(FILE *out, const TraceRun *run, const char *program);

#endif
