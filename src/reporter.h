// reporter.h: what the program's mistakes look like on standard error: findings of the running
// program (finding.h) and syntax errors, both as diagnostics (diag.h) in one style.
#ifndef CORO_SRC_REPORTER_H
#define CORO_SRC_REPORTER_H

#include "diag.h"
#include "vm.h"

// `--color=`: auto is a terminal that takes colours, without NO_COLOR in the environment.
typedef enum ReporterColor { REPORTER_AUTO, REPORTER_ALWAYS, REPORTER_NEVER } ReporterColor;

typedef struct ReporterOptions {
  DiagFormat format;
  ReporterColor color;
  bool advice;  // findings that may be wrong too (coro advise)
} ReporterOptions;

typedef struct Reporter Reporter;

// Has the VM's mistakes printed. The VM must end first.
Reporter *reporter_new(VM *vm);
void reporter_free(Reporter *reporter);
void reporter_set_options(Reporter *reporter, ReporterOptions options);
// Whether what is written to a descriptor is to have colours.
bool reporter_colors(ReporterColor color, int descriptor);
DiagStyle reporter_style(const ReporterOptions *options);

// The source text could not be compiled, and `exception` is raised for it: its diagnostics are kept
// in case that nobody catches it. Takes over arena and source.
void reporter_keep(VM *vm, Value exception, Arena *arena, Source *source, const DiagList *diags);
// Prints an uncaught exception: the diagnostics behind a SyntaxError, with --diagnostics=json an
// object whose notes are the frames, else a traceback.
void reporter_print_exception(Reporter *reporter, Value exception);

#endif
