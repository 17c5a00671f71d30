// cli.h: the command line: what `coro …` means, and doing it.
#ifndef CORO_SRC_CLI_H
#define CORO_SRC_CLI_H

#include <stdbool.h>

#include "coro.h"
#include "explore.h"
#include "options.h"
#include "reporter.h"
#include "stages.h"
#include "trace.h"

typedef enum {
  CLI_RUN_FILE,     // target: the file's path
  CLI_RUN_CODE,     // target: the code itself
  CLI_RUN_STDIN,    // a program on standard input
  CLI_SESSION,      // an interactive session; target: a file to run first, or NULL
  CLI_DEBUG,        // target: the file to step through
  CLI_PS,           // target: the number of a process
  CLI_EXPLAIN,      // target: a code of the catalogue; NULL: list them
  CLI_ADVISE,       // target: the file's path; hints that may be wrong are told as well
  CLI_TRACE,        // target: the file to run and to tell of (trace.h)
  CLI_LEARN,        // the lessons (lessons.h)
  CLI_SHOW,         // target: the name of something in the library
  CLI_EXPLORE,      // a program in many orders (explore.h)
  CLI_CHECK,        // target: the file to read without running it
  CLI_STAGE,        // what a file becomes: tokens, tree, code (stages.h)
  CLI_COMPLETIONS,  // target: a shell's name
  CLI_VERSION,
  CLI_HELP,
  CLI_USAGE,  // wrong; an explanation has been printed
} CliAction;

typedef struct {
  CliAction action;
  CommandId command;
  const char *target;
  bool virtual_time;
  bool gc_stats;
  bool full_tracebacks;
  bool shuffle, seeded;
  bool sandbox;
  unsigned long long seed;
  ExploreOptions explore;
  TraceOptions trace;
  unsigned long long max_steps, max_memory;  // bytes; 0: no limit
  double timeout;                            // seconds; 0: none
  bool strict;                               // findings make the exit status 4
  ReporterOptions reporting;
  StageOptions stages;
  int count;         // of arguments, for sys.argv
  char **arguments;  // arguments[0] is the program's name
} CliOptions;

// Reads the command line. The result points into argv, whose entries may be changed.
CliOptions cli_parse(int argc, char **argv);

// Whether there is a program to run.
static inline bool cli_runs_program(const CliOptions *options) {
  return options->action <= CLI_SHOW;
}

// Does what the options say; the process's exit status. coro: a new interpreter when there is a
// program to run, else NULL.
int cli_run(const CliOptions *options, CoroVM *coro);

#endif
