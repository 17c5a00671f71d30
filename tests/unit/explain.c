// explain.c: `coro explain CODE`: each code's program with the mistake is told of that code, and
// the program to write instead of none.
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define CODES 20

ParameterizedTestParameters(explain, programs_are_told_of_their_mistakes) {
  static int numbers[CODES];
  for (int i = 0; i < CODES; i++) numbers[i] = i + 1;
  return cr_make_param_array(int, numbers, CODES, NULL);
}

// The indented text below a heading, without the indentation.
static void program_below(const char *text, const char *heading, char *out, size_t size) {
  const char *at = strstr(text, heading);
  size_t length = 0;
  cr_assert(at != NULL, "there is no '%s' in:\n%s", heading, text);
  at += strlen(heading) + 2;
  while (strncmp(at, "    ", 4) == 0 || *at == '\n') {
    size_t line = strcspn(at, "\n") + 1;
    size_t skipped = *at == '\n' ? 0 : 4;
    cr_assert(length + line < size);
    memcpy(out + length, at + skipped, line - skipped);
    length += line - skipped;
    at += line;
  }
  out[length] = '\0';
}

static Outcome advise(const char *program) {
  char path[] = "/tmp/coro-explain-XXXXXX";
  FILE *file = fdopen(mkstemp(path), "w");
  fputs(program, file);
  fclose(file);
  // What computes for long is measured in real time.
  bool real = strstr(program, "process_time") != NULL;
  const char *argv[] = {support_binary(),      real ? "run" : "--virtual-time",
                        "--diagnostics=short", real ? path : "advise",
                        real ? NULL : path,    NULL};
  Outcome outcome = support_run(argv, NULL);
  remove(path);
  return outcome;
}

ParameterizedTest(int *number, explain, programs_are_told_of_their_mistakes, .timeout = 90) {
  char code[8], wanted[16], program[4096];
  snprintf(code, sizeof code, "C%03d", *number);
  snprintf(wanted, sizeof wanted, ": %s: ", code);
  const char *argv[] = {support_binary(), "explain", code, NULL};
  Outcome text = support_run(argv, NULL);
  cr_assert(text.status == 0, "%s", text.err.data);
  program_below(text.out.data, "The mistake:", program, sizeof program);
  Outcome wrong = advise(program);
  cr_expect(strstr(wrong.err.data, wanted) != NULL, "%s is not told of:\n%s\n%s", code, program,
            wrong.err.data);
  program_below(text.out.data, "Instead:", program, sizeof program);
  Outcome right = advise(program);
  cr_expect(right.status == 0 && !support_has_finding(&right), "%s: the right program:\n%s\n%s",
            code, program, right.err.data);
  support_free(&text);
  support_free(&wrong);
  support_free(&right);
}

Test(explain, lists_all_and_knows_no_others) {
  const char *list[] = {support_binary(), "explain", NULL};
  Outcome o = support_run(list, NULL);
  int lines = 0;
  for (const char *p = o.out.data; *p != '\0'; p++) lines += *p == '\n';
  cr_expect(lines == CODES && o.status == 0, "%s", o.out.data);
  support_free(&o);
  const char *unknown[] = {support_binary(), "explain", "C099", NULL};
  o = support_run(unknown, NULL);
  cr_expect(strstr(o.err.data, "C099") != NULL && o.status == 2, "%s", o.err.data);
  support_free(&o);
}
