// lint.h: mistakes that are found by reading a program: `coro check` and the hints of `coro
// advise`.
#ifndef CORO_SRC_LINT_H
#define CORO_SRC_LINT_H

#include "reporter.h"

// Tells on standard error of the mistakes in a file ("-": standard input). The exit status: 1 for a
// syntax error, 2 when it cannot be read, 4 for another mistake when strict, else 0.
int lint_check(const char *path, const ReporterOptions *reporting, bool strict);

// What the program's text alone lets one fear, after it has run.
void lint_advise(const char *path, const ReporterOptions *reporting);

// The diagnostics on standard error, in the style of the options.
void lint_print(const Source *source, const DiagList *diags, const ReporterOptions *reporting);

#endif
