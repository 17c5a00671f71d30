// explore.c: trying a program in many orders. See explore.h.
#include "explore.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LAST_LINES 12  // of what a failing run has said

// What a run has printed, and how it ended.
typedef struct {
  char *text;  // standard output and error, in order
  size_t length, capacity;
  int status;
  bool late;  // it was ended after the limit
} Run;

static void add(Run *run, const char *bytes, size_t length) {
  if (run->length + length + 1 > run->capacity) {
    run->capacity = (run->length + length + 1) * 2;
    char *grown = realloc(run->text, run->capacity);
    if (grown == NULL) {
      fputs("coro: out of memory\n", stderr);
      exit(1);
    }
    run->text = grown;
  }
  memcpy(run->text + run->length, bytes, length);
  run->length += length;
  run->text[run->length] = '\0';
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// seed 0 without shuffling: the usual order.
static void become(const ExploreOptions *options, unsigned seed, bool shuffle, int output) {
  char number[32];
  snprintf(number, sizeof number, "%u", seed);
  char **argv = calloc((size_t)options->count + 10, sizeof *argv);
  if (argv == NULL) _exit(126);
  static char name[] = "coro", clock[] = "--virtual-time", strict[] = "--strict",
              seed_option[] = "--seed", shuffled[] = "--shuffle", run[] = "run";
  int n = 0;
  argv[n++] = name;
  argv[n++] = run;
  argv[n++] = clock;
  argv[n++] = strict;
  argv[n++] = seed_option;
  argv[n++] = number;
  if (shuffle) argv[n++] = shuffled;
  for (int i = 0; i < options->count; i++) argv[n++] = options->words[i];
  int input = open("/dev/null", O_RDONLY);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execv("/proc/self/exe", argv);
  _exit(126);
}

// Reads what the child writes, until it ends or the time is over.
static void follow(Run *run, pid_t child, int input, double limit) {
  double end = now() + limit;
  char block[4096];
  for (;;) {
    struct pollfd wanted = {.fd = input, .events = POLLIN};
    double left = end - now();
    if (left <= 0) {
      run->late = true;
      kill(child, SIGKILL);
      return;
    }
    if (poll(&wanted, 1, (int)(left * 1000) + 1) <= 0) continue;
    ssize_t got = read(input, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    add(run, block, (size_t)got);
  }
}

static bool run_once(const ExploreOptions *options, unsigned seed, bool shuffle, Run *run) {
  *run = (Run){0};
  add(run, "", 0);
  int ends[2];
  if (pipe(ends) != 0) return false;
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    become(options, seed, shuffle, ends[1]);
  }
  close(ends[1]);
  if (child > 0) follow(run, child, ends[0], options->limit);
  close(ends[0]);
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  run->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return child > 0;
}

static void print_end(const Run *run) {
  const char *at = run->text + run->length;
  for (int lines = 0; at > run->text; at--) {
    if (at[-1] == '\n' && at < run->text + run->length && ++lines == LAST_LINES) break;
  }
  if (at > run->text) puts("  …");
  while (*at != '\0') {
    size_t length = strcspn(at, "\n");
    printf("  %.*s\n", (int)length, at);
    at += length + (at[length] == '\n');
  }
}

static void print_command(const ExploreOptions *options, unsigned seed) {
  printf("run it again: coro --virtual-time --shuffle --seed %u", seed);
  for (int i = 0; i < options->count; i++) printf(" %s", options->words[i]);
  putchar('\n');
}

static void print_failure(const ExploreOptions *options, unsigned seed, const Run *run,
                          const Run *usual) {
  if (run->late) {
    printf("seed %u: it had not ended after %g s\n", seed, options->limit);
  } else if (run->status == usual->status) {
    printf("seed %u: another output than in the usual order\n", seed);
  } else {
    printf("seed %u: exit status %d\n", seed, run->status);
  }
  print_end(run);
  print_command(options, seed);
}

static int cannot_run(Run *run, Run *usual) {
  fprintf(stderr, "coro: cannot run a program: %s\n", strerror(errno));
  free(run->text);
  free(usual->text);
  return 2;
}

int explore_run(const ExploreOptions *options) {
  Run usual = {0};
  if (!run_once(options, 0, false, &usual)) return cannot_run(&usual, &(Run){0});
  bool fails_always = usual.late || usual.status != 0;
  if (fails_always) {
    if (usual.late) printf("in the usual order it had not ended after %g s\n", options->limit);
    if (!usual.late) printf("in the usual order: exit status %d\n", usual.status);
    print_end(&usual);
    free(usual.text);
    return usual.status == 2 ? 2 : 1;
  }
  unsigned failures = 0;
  for (unsigned i = 0; i < options->seeds; i++) {
    unsigned seed = options->start + i;
    Run run = {0};
    if (!run_once(options, seed, true, &run)) return cannot_run(&run, &usual);
    bool differs = options->same &&
                   (run.length != usual.length || memcmp(run.text, usual.text, run.length) != 0);
    if ((run.late || run.status != 0 || differs) && failures++ == 0) {
      print_failure(options, seed, &run, &usual);
    }
    fflush(stdout);
    free(run.text);
  }
  free(usual.text);
  const char *plural = options->seeds == 1 ? "" : "s";
  if (failures == 0) {
    printf("%u order%s tried: all went well\n", options->seeds, plural);
  } else {
    printf("%u order%s tried: %u failed\n", options->seeds, plural, failures);
  }
  return failures == 0 ? 0 : 1;
}
