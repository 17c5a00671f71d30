// explain.h: `coro explain [CODE]`: what the mistakes of the catalogue (findings.def) mean.
#ifndef CORO_SRC_EXPLAIN_H
#define CORO_SRC_EXPLAIN_H

#include "coro.h"

// Tells of "C016" (or "16"), NULL: lists all. The text itself is the library's (_explain.coro).
// Sets the exit status, 2 where there is no such code.
CoroStatus explain_run(CoroVM *coro, const char *which, int *exit_status);

#endif
