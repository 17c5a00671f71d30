// stages.h: what a text becomes on its way to running: `coro tokens`, `coro ast`, `coro dis`.
#ifndef CORO_SRC_STAGES_H
#define CORO_SRC_STAGES_H

#include "reporter.h"

typedef enum { STAGE_TOKENS, STAGE_TREE, STAGE_CODE, STAGE_OPCODES } Stage;

typedef struct StageOptions {
  Stage stage;
  bool json;
  bool spans;            // of a tree: with lines and columns
  const char *path;      // the file, "-": standard input
  const char *text;      // or the text itself (-c)
  const char *function;  // the code of that function alone; NULL: all
} StageOptions;

// Shows it on standard output. The exit status: 1 after a syntax error, 2 when the file cannot be
// read or has no such function.
int stages_run(const StageOptions *options, const ReporterOptions *reporting);

// For a session too: shows a text's tokens or its tree. False: errors were added to diags, and
// nothing is printed. (The code of a function: dis.h.)
bool stages_tokens(FILE *file, const Source *source, bool json, DiagList *diags);
bool stages_tree(FILE *file, const Source *source, bool json, bool spans, DiagList *diags);

#endif
