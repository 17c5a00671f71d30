// chrometrace.c: what `coro trace --format chrome` writes keeps the rules of the Trace Event
// Format: every line is an object, every track has a name, the slices of a track lie within each
// other or apart, and every arrow has one beginning and one end, each within a step of its task.
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jsonline.h"
#include "support.h"

#define MOST_NESTED 8

typedef struct {
  long track;
  long long from, to;  // nanoseconds
  bool runs;
} Slice;

typedef struct {
  Slice *slices;
  size_t count, capacity;
} Slices;

// A time in microseconds with three decimals.
static long long time_of(const char *line, const char *key) {
  long long whole = 0, part = 0;
  const char *value = json_find(line, key);
  cr_assert(value != NULL && sscanf(value, "%lld.%3lld", &whole, &part) == 2, "no time: %.200s",
            line);
  cr_expect(whole >= 0);
  return whole * 1000 + part;
}

static void add_slice(Slices *all, const char *line) {
  if (all->count == all->capacity) {
    all->capacity = all->capacity == 0 ? 64 : all->capacity * 2;
    all->slices = realloc(all->slices, all->capacity * sizeof(Slice));
  }
  long long from = time_of(line, "ts");
  all->slices[all->count++] = (Slice){json_number(line, "tid"), from, from + time_of(line, "dur"),
                                      json_has_word(line, "cat", "runs")};
}

// By track, then by time, the outer ones first.
static int compare(const void *a, const void *b) {
  const Slice *x = a, *y = b;
  if (x->track != y->track) return x->track < y->track ? -1 : 1;
  if (x->from != y->from) return x->from < y->from ? -1 : 1;
  return x->to == y->to ? 0 : x->to > y->to ? -1 : 1;
}

static void check_nesting(Slices *all, const char *path) {
  Slice open[MOST_NESTED];
  int depth = 0;
  if (all->count > 0) qsort(all->slices, all->count, sizeof(Slice), compare);
  for (size_t i = 0; i < all->count; i++) {
    Slice slice = all->slices[i];
    while (depth > 0 &&
           (open[depth - 1].track != slice.track || open[depth - 1].to <= slice.from)) {
      depth--;
    }
    cr_expect(depth == 0 || slice.to <= open[depth - 1].to, "%s: slices of track %ld overlap", path,
              slice.track);
    cr_assert(depth < MOST_NESTED);
    open[depth++] = slice;
  }
}

static bool is_within_a_step(const Slices *all, long track, long long time) {
  for (size_t i = 0; i < all->count; i++) {
    const Slice *slice = &all->slices[i];
    if (slice->runs && slice->track == track && slice->from <= time && time < slice->to)
      return true;
  }
  return false;
}

static const char *next_line(const char *line) {
  const char *end = strchr(line, '\n');
  return end == NULL ? NULL : end + 1;
}

// The end of an arrow follows its beginning at once.
static void check_arrow(const Slices *all, const char *line) {
  long id = json_number(line, "id");
  const char *end = next_line(line);
  cr_assert(end != NULL && json_has_word(end, "ph", "f") && json_number(end, "id") == id,
            "an arrow without an end: %.200s", line);
  cr_expect(json_has_word(end, "bp", "e"));
  long long from = time_of(line, "ts"), to = time_of(end, "ts");
  cr_expect(from <= to, "an arrow leads back: %.200s", line);
  cr_expect(is_within_a_step(all, json_number(line, "tid"), from), "not in a step: %.200s", line);
  cr_expect(is_within_a_step(all, json_number(end, "tid"), to), "not in a step: %.200s", end);
}

static void check_trace(const char *text, const char *path) {
  Slices all = {0};
  long tracks = 0, arrows = 0, ends = 0, last = 0;
  cr_assert(strncmp(text, "{\"displayTimeUnit\":\"ms\",", 24) == 0, "%s: no beginning", path);
  const char *first = next_line(text);
  for (const char *line = first; line != NULL && *line == '{'; line = next_line(line)) {
    cr_expect(json_find(line, "name") != NULL && json_number(line, "pid") == 1);
    tracks += json_has_word(line, "name", "thread_name");
    cr_expect(json_number(line, "tid") <= tracks, "a track without a name: %.200s", line);
    if (json_has_word(line, "ph", "X")) add_slice(&all, line);
  }
  check_nesting(&all, path);
  for (const char *line = first; line != NULL && *line == '{'; line = next_line(line)) {
    ends += json_has_word(line, "ph", "f");
    if (!json_has_word(line, "ph", "s")) continue;
    arrows++;
    cr_expect(json_number(line, "id") > last, "the id of another arrow: %.200s", line);
    last = json_number(line, "id");
    check_arrow(&all, line);
  }
  cr_expect(arrows == ends, "%s: %ld arrows begin, %ld end", path, arrows, ends);
  cr_expect(strcmp(text + strlen(text) - 4, "\n]}\n") == 0, "%s: no end", path);
  free(all.slices);
}

ParameterizedTestParameters(trace, chrome_format_keeps_its_rules) {
  return support_programs("tests/errors/trace", "scripts/examples");
}

ParameterizedTest(char **param, trace, chrome_format_keeps_its_rules, .timeout = 90) {
  const char *path = *param;
  char folder[1024], trace_path[64];
  snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
  snprintf(trace_path, sizeof trace_path, "/tmp/coro-trace-%d.json", (int)getpid());
  const char *words[] = {
      support_binary(),       "trace", "--virtual-time", "--format", "chrome", "-o", trace_path,
      strrchr(path, '/') + 1, NULL};
  RunOptions options = {.folder = folder};
  Outcome outcome = support_run(words, &options);
  Buffer trace = support_read(trace_path);
  cr_assert(trace.data != NULL, "%s: %s", path, support_last_errors(&outcome));
  check_trace(trace.data, path);
  free(trace.data);
  unlink(trace_path);
  support_free(&outcome);
}
