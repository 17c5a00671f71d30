// pages.c: every example of tutorial/reference.md and of the lessons' texts prints what the page
// says. An example is a block fenced as `python`; it is one program, and each `#> text` in it is
// one line of its output, in order. That CPython prints the same is checked by scripts/dev/record
// --check.
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define REFERENCE "tutorial/reference.md"
#define LESSONS \
  "tutorial/[0-9]*/lesson.md"  // the Chinese ones have the same programs (coro learn verify)
#define FENCE "```"
#define OPENING "```python\n"

// A block of a page: where its program begins and ends in the text, and its first line's number.
typedef struct {
  char page[96];
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

// Finds the examples of a page; returns their number. With out == NULL it only counts.
static size_t find_examples(const char *page, const char *text, Example *out) {
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
        snprintf(out[count].page, sizeof out->page, "%s", page);
      }
    }
  }
  return count;
}

static void free_examples(struct criterion_test_params *params) { cr_free(params->params); }

// Those of all pages, one after the other.
static size_t find_all(const glob_t *pages, Example *out) {
  size_t count = 0;
  for (size_t i = 0; i < pages->gl_pathc; i++) {
    Buffer text = support_read(pages->gl_pathv[i]);
    if (text.data == NULL) continue;
    count += find_examples(pages->gl_pathv[i], text.data, out == NULL ? NULL : out + count);
    free(text.data);
  }
  return count;
}

ParameterizedTestParameters(pages, examples_print_what_is_said) {
  glob_t pages;
  glob(REFERENCE, 0, NULL, &pages);
  glob(LESSONS, GLOB_APPEND, NULL, &pages);
  size_t count = find_all(&pages, NULL);
  Example *examples = cr_malloc((count + 1) * sizeof *examples);
  find_all(&pages, examples);
  globfree(&pages);
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

ParameterizedTest(Example *example, pages, examples_print_what_is_said, .timeout = 90) {
  Buffer page = support_read(example->page);
  char *program = strndup(page.data + example->start, example->end - example->start);
  char name[112];
  snprintf(name, sizeof name, "%s:%d", example->page, example->line);
  Buffer expected = said(program);
  // The lessons' programs are many and alike: a collection at every safepoint takes 5 s for each.
  support_set_stress(strcmp(example->page, REFERENCE) == 0 ? program : "# stress: 200\n");

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
