// lessons.c: `coro learn` without a terminal, and the lessons themselves: each solution prints what
// CPython printed and passes its check, each exercise fails as declared, the texts are there in
// both languages, and their pictures are what Coro draws.
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

#define LESSON "tutorial/01-hello"

static bool is_stressed(void) {
  const char *setting = getenv("CORO_TEST_STRESS");
  return setting != NULL && atoi(setting) > 0;
}

// In a debug build a lesson's hundred orders take minutes, and what runs there is run by the other
// tests as well.
static bool is_too_slow(const char *folder) { return is_stressed() && strcmp(folder, LESSON) != 0; }

static Outcome learn(const char *input, const char *const *words) {
  const char *argv[12] = {support_binary(), "learn"};
  for (int i = 0; words[i] != NULL; i++) argv[i + 2] = words[i];
  RunOptions options = {.input = input};
  return support_run(argv, &options);
}

static void folder_of(const char *path, char *out, size_t size) {
  snprintf(out, size, "%.*s", (int)(strrchr(path, '/') - path), path);
}

// ---- the lessons

ParameterizedTestParameters(lessons, are_as_they_must_be) {
  return support_files("tutorial", NULL, "/lesson.md");
}

ParameterizedTest(char **param, lessons, are_as_they_must_be, .timeout = 300) {
  char folder[1024];
  folder_of(*param, folder, sizeof folder);
  if (is_too_slow(folder)) return;
  support_set_stress("# stress: 1000\n");
  const char *words[] = {"verify", folder, NULL};
  Outcome outcome = learn("", words);
  cr_expect(outcome.status == 0, "%s\n%s", outcome.out.data, support_last_errors(&outcome));
  support_free(&outcome);
}

ParameterizedTestParameters(lessons, have_pictures_of_today) {
  return support_files("tutorial", NULL, "/lesson.md");
}

ParameterizedTest(char **param, lessons, have_pictures_of_today, .timeout = 90) {
  char folder[1024];
  folder_of(*param, folder, sizeof folder);
  support_set_stress("# stress: 1000\n");
  const char *argv[] = {support_binary(), "scripts/dev/pictures.coro", "--check", folder, NULL};
  Outcome outcome = support_run(argv, NULL);
  cr_expect(outcome.status == 0, "%s: run 'make pictures'\n%s%s", folder, outcome.out.data,
            support_last_errors(&outcome));
  support_free(&outcome);
}

ParameterizedTestParameters(lessons, solutions_print_what_cpython_prints) {
  return support_files("tutorial", NULL, "/solution.coro");
}

ParameterizedTest(char **param, lessons, solutions_print_what_cpython_prints, .timeout = 90) {
  char expected_path[1024];
  snprintf(expected_path, sizeof expected_path, "%.*s.out", (int)strlen(*param) - 5, *param);
  Buffer source = support_read(*param), expected = support_read(expected_path);
  cr_assert(expected.data != NULL, "%s is missing: run scripts/dev/record", expected_path);
  support_set_stress("# stress: 200\n");
  bool real = strstr(source.data, "# clock: real") != NULL;
  const char *argv[] = {support_binary(), real ? *param : "--virtual-time", real ? NULL : *param,
                        NULL};
  Outcome outcome = support_run(argv, NULL);
  cr_expect(support_printed(&outcome, &expected, *param), "%s prints something else", *param);
  cr_expect(outcome.status == 0, "%s", support_last_errors(&outcome));
  free(source.data);
  free(expected.data);
  support_free(&outcome);
}

// ---- coro learn

// A folder of its own for each test; the caller removes it.
static const char *new_folder(void) {
  static char path[64];
  snprintf(path, sizeof path, "/tmp/coro-lessons-XXXXXX");
  cr_assert(mkdtemp(path) != NULL);
  support_set_stress("# stress: 1000\n");
  setenv("LC_ALL", "C.UTF-8", 1);
  setenv("HOME", path, 1);
  unsetenv("XDG_DATA_HOME");
  return path;
}

static void expect_in(const Outcome *outcome, const char *text) {
  cr_expect(strstr(outcome->out.data, text) != NULL, "no '%s' in:\n%s%s", text, outcome->out.data,
            outcome->err.data);
}

Test(learn, checks_a_file) {
  const char *folder = new_folder();
  const char *wrong[] = {"--check", "1", LESSON "/exercise.coro", NULL};
  Outcome outcome = learn("", wrong);
  cr_expect(outcome.status == 1);
  expect_in(&outcome, "should be  Hello, Ada!");
  support_free(&outcome);
  const char *right[] = {"--check", "hello", LESSON "/solution.coro", NULL};
  outcome = learn("", right);
  cr_expect(outcome.status == 0, "%s", outcome.out.data);
  support_free(&outcome);
  const char *missing[] = {"--check", "1", "no-such-file.coro", NULL};
  outcome = learn("", missing);
  cr_expect(outcome.status == 2);
  cr_expect(strstr(outcome.err.data, "No such file") != NULL, "%s", outcome.err.data);
  support_free(&outcome);
  support_remove(folder);
}

Test(learn, keeps_programs_and_progress) {
  const char *folder = new_folder();
  char program[256];
  snprintf(program, sizeof program, "%s/.local/share/coro/learn/01-hello.coro", folder);
  const char *words[] = {"1", NULL};
  Outcome outcome = learn("hint\nsolution\nnext\nquit\n", words);
  cr_expect(outcome.status == 0);
  expect_in(&outcome, "Hint 1 of 3");
  expect_in(&outcome, "when yours is right");
  expect_in(&outcome, "not done yet");
  support_free(&outcome);
  FILE *file = fopen(program, "w");
  cr_assert(file != NULL, "%s", program);
  fputs("print('Hello, Ada!\\nHello, Grace!\\nHello, Linus!\\nGoodbye!')\n", file);
  fclose(file);
  outcome = learn("\nsolution\nreset\nlist\nquit\n", words);  // an empty line checks
  expect_in(&outcome, "This lesson is done");
  expect_in(&outcome, "for name in names:\n    greet(name)\n");
  expect_in(&outcome, "01-hello.coro.1");
  expect_in(&outcome, "✓  1  Hello");
  support_free(&outcome);
  Buffer kept = support_read(strcat(program, ".1"));
  cr_expect(kept.data != NULL && strstr(kept.data, "Linus!\\nGoodbye") != NULL);
  free(kept.data);
  const char *report[] = {"--report", "json", NULL};
  outcome = learn("", report);
  expect_in(&outcome, "\"state\": \"done\"");
  expect_in(&outcome, "\"hints\": 1");
  support_free(&outcome);
  support_remove(folder);
}

Test(learn, a_broken_progress_file_is_kept) {
  const char *folder = new_folder();
  char path[256];
  snprintf(path, sizeof path, "%s/progress.json", folder);
  FILE *file = fopen(path, "w");
  fputs("{\"version\": 1, \"lessons", file);
  fclose(file);
  const char *words[] = {"--dir", folder, "--list", NULL};
  Outcome outcome = learn("", words);
  cr_expect(outcome.status == 0);
  cr_expect(strstr(outcome.err.data, "progress.json.1") != NULL, "%s", outcome.err.data);
  expect_in(&outcome, " 1  Hello");
  support_free(&outcome);
  support_remove(folder);
}

Test(learn, says_what_is_wrong_with_a_pack) {
  const char *folder = new_folder();
  char path[256], *here = getcwd(NULL, 0);
  cr_assert(chdir(folder) == 0);
  const char *begin[] = {"new", "07-tea", NULL}, *verify[] = {"verify", ".", NULL};
  Outcome outcome = learn("", begin);
  cr_expect(outcome.status == 0, "%s", outcome.err.data);
  support_free(&outcome);
  outcome = learn("", verify);
  cr_expect(outcome.status == 0, "%s", outcome.out.data);
  expect_in(&outcome, "07-tea: ok");
  support_free(&outcome);
  const char *taught[] = {"--pack", ".", "--lang", "zh", "--dir", "desk", NULL};
  outcome = learn("hint\nquit\n", taught);
  expect_in(&outcome, "提示 1 / 3");
  support_free(&outcome);
  cr_expect(remove("07-tea/hints.zh.md") == 0);
  cr_expect(rename("07-tea/solution.coro", "07-tea/exercise.coro") == 0);
  outcome = learn("", verify);
  cr_expect(outcome.status == 1);
  expect_in(&outcome, "07-tea: there is no hints.zh.md");
  expect_in(&outcome, "07-tea: there is no solution.coro");
  support_free(&outcome);
  snprintf(path, sizeof path, "%s/07-tea/check", folder);
  FILE *file = fopen(path, "a");
  fputs("tiem 3\n", file);
  fclose(file);
  outcome = learn("", verify);
  expect_in(&outcome, "07-tea/check, line 9: there is no condition 'tiem'");
  support_free(&outcome);
  cr_assert(chdir(here) == 0);
  free(here);
  support_remove(folder);
}

Test(learn, a_wrong_command_line_is_explained) {
  const char *folder = new_folder();
  static const char *const lines[][4] = {
      {"--frobnicate", NULL}, {"--check", "1", NULL},    {"99", NULL},
      {"--lang", "fr", NULL}, {"--report", "xml", NULL}, {"--pack", "/nowhere", NULL},
      {"new", "tea", NULL},
  };
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    Outcome outcome = learn("", lines[i]);
    cr_expect(outcome.status == 2, "%s: status %d", lines[i][0], outcome.status);
    cr_expect(strncmp(outcome.err.data, "coro learn: ", 12) == 0, "%s", outcome.err.data);
    support_free(&outcome);
  }
  support_remove(folder);
}
