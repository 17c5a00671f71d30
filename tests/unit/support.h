// support.h: what the tests share: running a child with a time limit, reading files, comparing.
#ifndef CORO_TESTS_SUPPORT_H
#define CORO_TESTS_SUPPORT_H

#include <criterion/parameterized.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct {
  char *data;  // NUL-terminated, malloc'd
  size_t length;
} Buffer;

typedef struct {
  Buffer out, err;
  int status;  // exit status, or 128 + signal
  bool timed_out;
} Outcome;

typedef struct {
  const char *folder;       // NULL: where the tests run
  const char *input;        // text for its standard input; NULL: nothing
  const char *input_file;   // or a file to read from
  const char *output_file;  // a file instead of a pipe for its standard output
  int interrupt_after_ms;   // SIGINT after so long; 0: none
  bool close_output;        // nobody reads its standard output
} RunOptions;

// Runs a program to its end, at most 60 seconds.
Outcome support_run(const char *const *argv, const RunOptions *options);
void support_free(Outcome *outcome);

// Whether a child printed just that; if not, logs the first line that differs.
bool support_printed(const Outcome *outcome, const Buffer *expected, const char *name);
// Whether its standard error tells of a mistake of the catalogue: "FILE:3:5: C001: …".
bool support_has_finding(const Outcome *outcome);
// The end of what it wrote to its standard error.
const char *support_last_errors(const Outcome *outcome);
// Makes children collect as CORO_TEST_STRESS says, or as seldom as the program's `# stress: N`.
void support_set_stress(const char *source);

// All programs (.coro) in two folders and below, but for those in folders `modules`, which programs
// import: the paths are a parameterized test's parameters. second NULL: none.
struct criterion_test_params support_programs(const char *first, const char *second);
// The same for files with another ending: ".keys".
struct criterion_test_params support_files(const char *first, const char *second,
                                           const char *ending);
// A folder with all that is in it.
void support_remove(const char *folder);

// Adds bytes to a buffer, which stays NUL-terminated.
void support_append(Buffer *buffer, const char *bytes, size_t length);
// A whole file; data == NULL when it cannot be read.
Buffer support_read(const char *path);
// The binary under test (CORO_BIN), and the root of the source tree.
const char *support_binary(void);

#endif
