// trace.c: the event log is true. Programs run once as they are and once under `coro trace FILE
// -o LOG`, and must print the same bytes; then the log is replayed: its print events are the
// program's output, tasks go from state to state as tasks can, frames and timers begin and end
// once.
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jsonline.h"
#include "observe.h"
#include "support.h"

// ---- replaying

// What is known of each task, frame or timer, by its id.
typedef struct {
  char *states;
  long capacity;
} States;

enum { UNKNOWN, READY, RUNNING, WAITING, DONE };

static char *state_of(States *states, long id) {
  cr_assert(id > 0 && id < 10000000, "an id is missing");
  if (id >= states->capacity) {
    long capacity = (id + 64) * 2;
    char *grown = realloc(states->states, (size_t)capacity);
    if (grown == NULL) abort();
    states->states = grown;
    memset(states->states + states->capacity, UNKNOWN, (size_t)(capacity - states->capacity));
    states->capacity = capacity;
  }
  return &states->states[id];
}

typedef struct {
  States tasks, frames, timers;
  long events;
  double time;
  FILE *printed;
  bool ended;
} Replay;

// From one of two states to another one.
static void step(States *states, const char *line, const char *key, int from, int or_from, int to) {
  char *state = state_of(states, json_number(line, key));
  cr_expect(*state == from || *state == or_from, "from state %d to %d: %.200s", *state, to, line);
  *state = (char)to;
}

static void replay_task(Replay *r, const char *line) {
  if (json_has_word(line, "e", "task-created")) {
    cr_expect(json_find(line, "name") != NULL && json_find(line, "coroutine") != NULL);
    step(&r->tasks, line, "id", UNKNOWN, UNKNOWN, WAITING);
  } else if (json_has_word(line, "e", "task-ready")) {
    step(&r->tasks, line, "id", WAITING, WAITING, READY);
    cr_expect(json_find(line, "why") != NULL);
  } else if (json_has_word(line, "e", "task-resumed")) {
    step(&r->tasks, line, "id", READY, READY, RUNNING);
  } else if (json_has_word(line, "e", "task-suspended")) {
    step(&r->tasks, line, "id", RUNNING, RUNNING, WAITING);
    cr_expect(json_find(json_find(line, "on"), "kind") != NULL);
  } else if (json_has_word(line, "e", "task-done")) {
    step(&r->tasks, line, "id", RUNNING, READY, DONE);
  }
}

static void replay_frame(Replay *r, const char *line) {
  if (json_has_word(line, "e", "frame-pushed")) {
    step(&r->frames, line, "frame", UNKNOWN, UNKNOWN, RUNNING);
    if (json_find(line, "parent") != NULL)
      step(&r->frames, line, "parent", RUNNING, RUNNING, RUNNING);
  } else if (json_has_word(line, "e", "frame-suspended")) {
    step(&r->frames, line, "frame", RUNNING, RUNNING, WAITING);
  } else if (json_has_word(line, "e", "frame-resumed")) {
    step(&r->frames, line, "frame", WAITING, WAITING, RUNNING);
  } else if (json_has_word(line, "e", "frame-returned")) {
    step(&r->frames, line, "frame", RUNNING, RUNNING, DONE);
  } else if (json_has_word(line, "e", "exception")) {
    int to = json_find(line, "caught") == NULL ? DONE : RUNNING;
    step(&r->frames, line, "frame", RUNNING, RUNNING, to);
  }
}

static void replay_timer(Replay *r, const char *line) {
  if (json_has_word(line, "e", "timer-set")) {
    step(&r->timers, line, "timer", UNKNOWN, UNKNOWN, WAITING);
  } else if (json_has_word(line, "e", "timer-fired") ||
             json_has_word(line, "e", "timer-cancelled")) {
    step(&r->timers, line, "timer", WAITING, WAITING, DONE);
  }
}

static void replay_line(Replay *r, const char *line) {
  cr_assert(!r->ended, "an event after the end: %.200s", line);
  r->events++;
  cr_expect(json_number(line, "n") == r->events, "not the next number: %.200s", line);
  double time = atof(json_find(line, "t"));
  cr_expect(time >= r->time, "time runs back: %.200s", line);
  r->time = time;
  const char *at = json_find(line, "at");
  cr_expect(at == NULL || json_number(at, "line") > 0, "no line: %.200s", line);
  long task = json_number(line, "task");
  bool suspends = json_has_word(line, "e", "task-suspended");
  if (task != 0 && !json_has_word(line, "e", "task-resumed")) {
    char state = *state_of(&r->tasks, task);
    bool cannot_run = state == READY && json_has_word(line, "e", "task-done");
    cr_expect(state == RUNNING || state == WAITING || cannot_run, "it does not run: %.200s", line);
  }
  if (suspends) cr_expect(task == json_number(line, "id"));
  replay_task(r, line);
  replay_frame(r, line);
  replay_timer(r, line);
  if (json_has_word(line, "e", "print") && json_has_word(line, "stream", "stdout")) {
    json_write_plain(r->printed, json_find(line, "text"));
  }
  if (json_has_word(line, "e", "end")) {
    for (const char *p = json_find(line, "pending"); *p != ']'; p += strcspn(p + 1, ",]") + 1) {
      if (p[1] == ']') break;
      char *state = state_of(&r->tasks, atol(p + 1));
      cr_expect(*state == READY || *state == WAITING, "it is not pending: %.200s", line);
      *state = DONE;
    }
    r->ended = true;
  }
}

static void replay(const char *log, const char *path, const Outcome *plain) {
  Replay r = {0};
  Buffer printed = {0};
  r.printed = open_memstream(&printed.data, &printed.length);
  cr_assert(json_number(log, "coro-trace") == 1, "no header");
  for (const char *line = strchr(log, '\n') + 1; *line != '\0'; line = strchr(line, '\n') + 1) {
    replay_line(&r, line);
  }
  fclose(r.printed);
  cr_expect(r.ended, "%s: the log has no end", path);
  cr_expect(strcmp(printed.data, plain->out.data) == 0, "%s: the log prints something else", path);
  for (long id = 1; id < r.tasks.capacity; id++) {
    char state = r.tasks.states[id];
    cr_expect(state == UNKNOWN || state == DONE, "%s: what becomes of task %ld?", path, id);
  }
  free(printed.data);
  free(r.tasks.states);
  free(r.frames.states);
  free(r.timers.states);
}

static void check(const char *path) {
  char folder[1024], log_path[64];
  snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
  snprintf(log_path, sizeof log_path, "/tmp/coro-trace-%d.jsonl", (int)getpid());
  Buffer source = support_read(path);
  if (strstr(source.data, "# clock: real") == NULL && strstr(source.data, "# needs: ") == NULL) {
    support_set_stress(source.data);
    const char *name = strrchr(path, '/') + 1;
    const char *plainly[] = {support_binary(), "--virtual-time", name, NULL};
    const char *traced[] = {support_binary(), "trace", "--virtual-time", name, "-o",
                            log_path,         NULL};
    RunOptions options = {.folder = folder};
    Outcome plain = support_run(plainly, &options), watched = support_run(traced, &options);
    cr_expect(strcmp(plain.out.data, watched.out.data) == 0, "%s: prints something else", path);
    cr_expect(plain.status == watched.status, "%s: ends with %d, not %d: %s", path, watched.status,
              plain.status, support_last_errors(&watched));
    Buffer log = support_read(log_path);
    cr_assert(log.data != NULL, "%s: no log", path);
    replay(log.data, path, &plain);
    free(log.data);
    unlink(log_path);
    support_free(&plain);
    support_free(&watched);
  }
  free(source.data);
}

ParameterizedTestParameters(trace, log_is_true) {
  return support_programs("tests/conformance/asyncio", "scripts/examples");
}

ParameterizedTest(char **param, trace, log_is_true, .timeout = 90) { check(*param); }

ParameterizedTestParameters(trace, log_of_frames_is_true) {
  return support_programs("tests/conformance/generators", "tests/conformance/exceptions");
}

ParameterizedTest(char **param, trace, log_of_frames_is_true, .timeout = 90) { check(*param); }

// ---- the timeline

Test(trace, timeline_fits_the_window_and_the_locale) {
  setenv("COLUMNS", "44", 1);
  setenv("LC_ALL", "C", 1);
  const char *words[] = {support_binary(), "trace", "--virtual-time", "timeline_fails.coro", NULL};
  RunOptions options = {.folder = "tests/errors/trace"};
  Outcome outcome = support_run(words, &options);
  cr_expect_str_eq(outcome.out.data,
                   "failed\n"
                   "\n"
                   "Task-1 main   #- TaskGroup() #- sleep(1) --#\n"
                   "Task-2 fails  #- sleep(1) ---!\n"
                   "Task-3 lasts  #- sleep(5) ---x\n"
                   "              0              1           2 s\n"
                   "              # runs    -- waits\n"
                   "              x was cancelled    ! failed\n");
  support_free(&outcome);
}

// ---- the command line

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  cr_assert(file != NULL);
  fputs(text, file);
  fclose(file);
}

static Outcome run(const char *const *words) {
  const char *all[16] = {support_binary(), "trace"};
  for (int i = 0; words[i] != NULL; i++) all[i + 2] = words[i];
  return support_run(all, NULL);
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

Test(trace, options_before_and_after_the_file_are_its_own) {
  write_file("/tmp/coro-trace-args.coro", "import sys\nprint(sys.argv[1:])\n");
  Outcome o = RUN("--virtual-time", "/tmp/coro-trace-args.coro", "-o", "/dev/null", "a", "-o", "b");
  cr_expect_str_eq(o.out.data, "['a', '-o', 'b']\n");
  cr_expect(o.status == 0);
  support_free(&o);
  o = RUN("--format", "nothing", "/tmp/coro-trace-args.coro");
  cr_expect(o.status == 2);
  support_free(&o);
  o = RUN("--follow");
  cr_expect(o.status == 2);
  support_free(&o);
  unlink("/tmp/coro-trace-args.coro");
}

Test(trace, a_log_on_standard_output_is_alone_there) {
  write_file("/tmp/coro-trace-out.coro", "print('hello')\nraise SystemExit(3)\n");
  Outcome o = RUN("/tmp/coro-trace-out.coro", "-o", "-");
  cr_expect(o.status == 3);
  cr_expect_str_eq(o.err.data, "hello\n");
  cr_expect(strncmp(o.out.data, "{\"coro-trace\":1,", 16) == 0);
  cr_expect(strstr(o.out.data, "\"text\":\"hello\\n\"") != NULL);
  cr_expect(strstr(o.out.data, "\"e\":\"end\",\"status\":3,") != NULL);
  support_free(&o);
  o = RUN("/tmp/coro-trace-out.coro", "-o", "/no/such/folder/log");
  cr_expect(o.status == 2);
  cr_expect_str_eq(o.out.data, "");
  support_free(&o);
  unlink("/tmp/coro-trace-out.coro");
}

// What is shown of a value is short, needs no script, and is the same in every run.
Test(trace, values_are_shown_at_once) {
  write_file(
      "/tmp/coro-trace-values.coro",
      "from collections import deque, defaultdict\n"
      "class P:\n"
      "    def __repr__(self): print('ran'); return 'P'\n"
      "def f(a, b, c, d, e): pass\n"
      "f(P(), list(range(10 ** 5)), 'x' * 10 ** 6, deque([1, (2,)]), defaultdict(int, a={3}))\n"
      "f(10 ** 5000, f, b'y' * 99, {}, [[[[[[[1]]]]]]])\n");
  Outcome o = RUN("/tmp/coro-trace-values.coro", "-o", "-");
  const char *expected[] = {"[\"a\",\"<__main__.P object>\"]",
                            "[\"b\",\"[0, 1, 2, 3,",
                            "[\"c\",\"'xxxxx",
                            "[\"d\",\"deque([1, (2,)])\"]",
                            "[\"e\",\"defaultdict({'a': {3}})\"]",
                            "[\"a\",\"<int object>\"]",
                            "[\"b\",\"<function f>\"]",
                            "[\"c\",\"b'yyyyy",
                            "[\"d\",\"{}\"]",
                            "[\"e\",\"[[[[[[…]]]]]]\"]"};
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    cr_expect(strstr(o.out.data, expected[i]) != NULL, "no %s in %s", expected[i], o.out.data);
  }
  cr_expect(strlen(o.out.data) < 4000);
  support_free(&o);
  unlink("/tmp/coro-trace-values.coro");
}

// ---- the page about the format

Test(trace, page_tells_of_every_kind) {
  Buffer page = support_read("tutorial/trace-format.md");
  for (int kind = 0; kind < EVENT_COUNT; kind++) {
    char row[64];
    snprintf(row, sizeof row, "\n| `%s` |", event_table[kind].name);
    cr_expect(strstr(page.data, row) != NULL, "no row for %s", event_table[kind].name);
  }
  free(page.data);
}
