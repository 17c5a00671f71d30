// errors.c: what Coro says about mistakes. Every program below tests/errors writes NAME.err to its
// standard error, NAME.out to its standard output (nothing, if there is no such file) and ends with
// NAME.status (else 0); scripts/dev/record-errors records them, to be read before they are kept. A
// program NAME-right.coro is NAME without the mistake: nothing is said about it.
//
// `# args: …` in a program's first line or two are the words before its file on the command line
// (`{}` stands for the file where words follow it); without them `--virtual-time`. `# stress: N` as
// in conformance.c.
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define ROOT "tests/errors"
#define MOST_WORDS 24

ParameterizedTestParameters(errors, says_what_was_recorded) { return support_programs(ROOT, NULL); }

// The command line: the binary, then the words of `# args:`. They point into `line`.
static void set_words(const char **words, char *line, size_t size, const char *source,
                      const char *file) {
  static const char mark[] = "# args: ";
  const char *at = strstr(source, mark);
  snprintf(line, size, "%s", at == NULL ? "--virtual-time" : at + sizeof mark - 1);
  line[strcspn(line, "\n")] = '\0';
  size_t count = 0;
  bool named = false;
  words[count++] = support_binary();
  for (char *word = strtok(line, " "); word != NULL && count < MOST_WORDS - 2;
       word = strtok(NULL, " ")) {
    bool is_file = strcmp(word, "{}") == 0;
    named = named || is_file;
    words[count++] = is_file ? file : word;
  }
  if (!named) words[count++] = file;
  words[count] = NULL;
}

static Buffer beside(const char *path, const char *ending) {
  char name[1024];
  snprintf(name, sizeof name, "%.*s%s", (int)(strlen(path) - strlen(".coro")), path, ending);
  return support_read(name);
}

static void expect_text(const Buffer *got, const Buffer *expected, const char *path,
                        const char *where) {
  const char *text = expected->data == NULL ? "" : expected->data;
  cr_expect(strcmp(got->data, text) == 0,
            "%s says something else on standard %s:\n%s\nrecorded:\n%s", path, where, got->data,
            text);
}

ParameterizedTest(char **param, errors, says_what_was_recorded, .timeout = 90) {
  const char *path = *param;
  char folder[1024], line[512];
  const char *name = strrchr(path, '/') + 1, *words[MOST_WORDS];
  snprintf(folder, sizeof folder, "%.*s", (int)(name - 1 - path), path);
  Buffer source = support_read(path), status = beside(path, ".status");
  Buffer errors = beside(path, ".err"), out = beside(path, ".out");
  bool right = strstr(name, "-right.coro") != NULL;
  cr_assert(right || errors.data != NULL || out.data != NULL,
            "%s is not recorded: run scripts/dev/record-errors", path);
  cr_assert(!right || errors.data == NULL, "%s is right: remove its .err", path);
  set_words(words, line, sizeof line, source.data, name);
  support_set_stress(source.data);
  setenv("LC_ALL", "C.UTF-8", 1);  // what is drawn is drawn the same way everywhere
  unsetenv("COLUMNS");
  RunOptions options = {.folder = folder};
  Outcome outcome = support_run(words, &options);
  expect_text(&outcome.err, &errors, path, "error");
  expect_text(&outcome.out, &out, path, "output");
  int expected = status.data == NULL ? 0 : atoi(status.data);
  cr_expect(outcome.status == expected, "%s ends with status %d instead of %d", path,
            outcome.status, expected);
  free(source.data);
  free(status.data);
  free(errors.data);
  free(out.data);
  support_free(&outcome);
}
