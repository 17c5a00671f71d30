// reference.c: every example of tutorial/reference.md prints what the page says. An example is a
// block fenced as `python`; it is one program, and each `#> text` in it is one line of its output,
// in order. That CPython prints the same is checked by scripts/dev/record --check.
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define PAGE "tutorial/reference.md"
#define FENCE "```"
#define OPENING "```python\n"

// A block of the page: where its program begins and ends in the text, and its first line's number.
typedef struct {
  size_t start, end;
  int line;
} Example;

static bool at(const char *text, const char *prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

static size_t next_line(const char *text, size_t offset) {
  offset += strcspn(text + offset, "\n");
  return text[offset] == '\n' ? offset + 1 : offset;
}

// Finds the examples; returns their number. With out == NULL it only counts.
static size_t find_examples(const char *text, Example *out) {
  size_t count = 0;
  bool inside = false;
  int line = 1;
  for (size_t offset = 0; text[offset] != '\0'; offset = next_line(text, offset), line++) {
    if (inside && at(text + offset, FENCE)) {
      inside = false;
      if (out != NULL) out[count].end = offset;
      count++;
    } else if (!inside && at(text + offset, OPENING)) {
      inside = true;
      if (out != NULL) {
        out[count] = (Example){.start = next_line(text, offset), .line = line + 1};
      }
    }
  }
  return count;
}

static void free_examples(struct criterion_test_params *params) { cr_free(params->params); }

ParameterizedTestParameters(reference, prints_what_the_page_says) {
  Buffer page = support_read(PAGE);
  size_t count = page.data == NULL ? 0 : find_examples(page.data, NULL);
  Example *examples = cr_malloc((count + 1) * sizeof *examples);
  if (count > 0) find_examples(page.data, examples);
  free(page.data);
  return cr_make_param_array(Example, examples, count, free_examples);
}

// What an example says it prints.
static Buffer said(const char *program) {
  Buffer expected = {malloc(strlen(program) + 1), 0};
  for (const char *mark = strstr(program, "#>"); mark != NULL; mark = strstr(mark, "#>")) {
    mark += mark[2] == ' ' ? 3 : 2;
    size_t length = strcspn(mark, "\n");
    memcpy(expected.data + expected.length, mark, length);
    expected.length += length;
    expected.data[expected.length++] = '\n';
    mark += length;
  }
  expected.data[expected.length] = '\0';
  return expected;
}

ParameterizedTest(Example *example, reference, prints_what_the_page_says, .timeout = 90) {
  Buffer page = support_read(PAGE);
  char *program = strndup(page.data + example->start, example->end - example->start);
  char name[64];
  snprintf(name, sizeof name, PAGE ":%d", example->line);
  Buffer expected = said(program);
  support_set_stress(program);

  const char *argv[] = {support_binary(), "--virtual-time", "-", NULL};
  RunOptions options = {.input = program};
  Outcome outcome = support_run(argv, &options);
  cr_expect(support_printed(&outcome, &expected, name), "%s prints something else", name);
  cr_expect(outcome.status == 0, "%s ends with status %d\nstderr: %s", name, outcome.status,
            support_last_errors(&outcome));
  free(page.data);
  free(program);
  free(expected.data);
  support_free(&outcome);
}
