// conformance.c: every program below tests/conformance prints what CPython printed (NAME.out) and
// ends with the same status (NAME.status, else 0); so does every example in scripts/examples, whose
// outputs lie in tests/conformance/examples. Run with a virtual clock, unless the program has a
// line `# clock: real`; CORO_TEST_STRESS=1 collects at every safepoint (`# stress: N`: at every
// N-th). A program with a line `# needs: NAME` is skipped where the system has no program NAME.
// None of them is told of a mistake (C001 …) but where its line allows it.
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

#define ROOT "tests/conformance"
#define EXAMPLES "scripts/examples"

ParameterizedTestParameters(conformance, prints_what_cpython_prints) {
  return support_programs(ROOT, EXAMPLES);
}

// Where what a program is given and prints is kept: beside it, but for an example.
static void kept_at(char *out, size_t size, const char *path, const char *ending) {
  size_t skipped = strncmp(path, EXAMPLES "/", sizeof EXAMPLES) == 0 ? strlen(EXAMPLES) : 0;
  const char *room = skipped > 0 ? ROOT "/examples" : "";
  snprintf(out, size, "%s%.*s%s", room, (int)(strlen(path) - skipped - 5), path + skipped, ending);
}

// The program that a test needs and the system lacks, or NULL.
static const char *missing_program(const char *source) {
  static char name[64];
  const char *line = strstr(source, "# needs: ");
  if (line == NULL || sscanf(line, "# needs: %63s", name) != 1) return NULL;
  char folders[4096], candidate[4400];
  snprintf(folders, sizeof folders, "%s", getenv("PATH") == NULL ? "" : getenv("PATH"));
  for (char *folder = strtok(folders, ":"); folder != NULL; folder = strtok(NULL, ":")) {
    snprintf(candidate, sizeof candidate, "%s/%s", folder, name);
    if (access(candidate, X_OK) == 0) return NULL;
  }
  return name;
}

ParameterizedTest(char **param, conformance, prints_what_cpython_prints, .timeout = 90) {
  const char *path = *param;
  char out_path[1024], status_path[1024], in_path[1024], folder[1024], input[2048];
  kept_at(out_path, sizeof out_path, path, ".out");
  kept_at(status_path, sizeof status_path, path, ".status");
  kept_at(in_path, sizeof in_path, path, ".in");
  snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);

  Buffer source = support_read(path), expected = support_read(out_path);
  cr_assert(expected.data != NULL, "%s has no recorded output: run scripts/dev/record", path);
  const char *needed = missing_program(source.data);
  if (needed != NULL) {
    fprintf(stderr, "%s: skipped, because there is no %s here\n", path, needed);
    free(source.data);
    free(expected.data);
    return;
  }
  Buffer status = support_read(status_path), given = support_read(in_path);
  int expected_status = status.data == NULL ? 0 : atoi(status.data);
  support_set_stress(source.data);
  snprintf(input, sizeof input, "%s", given.data == NULL ? "/dev/null" : in_path);

  bool real = strstr(source.data, "# clock: real") != NULL;
  const char *name = strrchr(path, '/') + 1;
  const char *argv[4] = {support_binary(), real ? name : "--virtual-time", real ? NULL : name,
                         NULL};
  RunOptions options = {.folder = folder, .input_file = input};
  Outcome outcome = support_run(argv, &options);

  const char *errors = support_last_errors(&outcome);
  cr_expect(!support_has_finding(&outcome), "%s has no mistake, and is told of one:\n%s", path,
            errors);
  cr_expect(support_printed(&outcome, &expected, path), "%s prints something else", path);
  cr_expect(outcome.status == expected_status, "%s ends with status %d instead of %d%s\nstderr: %s",
            path, outcome.status, expected_status, outcome.timed_out ? " (timed out)" : "", errors);
  free(source.data);
  free(expected.data);
  free(status.data);
  free(given.data);
  support_free(&outcome);
}
