// support.c: children with a time limit, and files. See support.h.
#include "support.h"

#include <criterion/logging.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 60000

#ifdef __SANITIZE_ADDRESS__
// A hook of LeakSanitizer's. The runner's own process holds nothing of Coro's: what it may leave
// behind is Criterion's timer of the last test, whose thread is ended with it. Each test runs in a
// process of its own, which Boxfort starts with BXFI_MAP set: there leaks are looked for.
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void) { return getenv("BXFI_MAP") == NULL; }
#endif

void support_append(Buffer *buffer, const char *bytes, size_t length) {
  char *data = realloc(buffer->data, buffer->length + length + 1);
  if (data == NULL) abort();
  buffer->data = data;
  memcpy(buffer->data + buffer->length, bytes, length);
  buffer->length += length;
  buffer->data[buffer->length] = '\0';
}

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int open_input(const RunOptions *options) {
  if (options->input_file != NULL) return open(options->input_file, O_RDONLY);
  if (options->input == NULL) return open("/dev/null", O_RDONLY);
  char name[] = "/tmp/coro-test-XXXXXX";
  int fd = mkstemp(name);
  unlink(name);
  size_t length = strlen(options->input);
  if (write(fd, options->input, length) != (ssize_t)length) abort();
  lseek(fd, 0, SEEK_SET);
  return fd;
}

static void child(const char *const *argv, const RunOptions *options, int in, int out, int err) {
  setpgid(0, 0);
  signal(SIGINT, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  dup2(in, 0);
  dup2(out, 1);
  dup2(err, 2);
  for (int fd = 3; fd < 64; fd++) close(fd);
  if (options->folder != NULL && chdir(options->folder) != 0) _exit(126);
  execvp(argv[0], (char *const *)argv);
  _exit(127);
}

Outcome support_run(const char *const *argv, const RunOptions *options) {
  static const RunOptions none = {0};
  if (options == NULL) options = &none;
  Outcome outcome = {0};
  support_append(&outcome.out, "", 0);
  support_append(&outcome.err, "", 0);
  int out[2], err[2];
  if (pipe(out) != 0 || pipe(err) != 0) abort();
  int in = open_input(options);
  int file = -1;
  if (options->output_file != NULL) file = open(options->output_file, O_WRONLY);
  pid_t pid = fork();
  if (pid == 0) {
    if (options->close_output) close(out[0]);
    child(argv, options, in, file >= 0 ? file : out[1], err[1]);
  }
  close(in);
  if (file >= 0) close(file);
  close(out[1]);
  close(err[1]);
  if (options->close_output) {
    close(out[0]);
    out[0] = -1;
  }
  struct pollfd fds[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  Buffer *targets[2] = {&outcome.out, &outcome.err};
  long start = now_ms();
  bool interrupted = options->interrupt_after_ms == 0;
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    poll(fds, 2, 20);
    for (int i = 0; i < 2; i++) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      char bytes[65536];
      ssize_t got = read(fds[i].fd, bytes, sizeof bytes);
      if (got > 0) {
        support_append(targets[i], bytes, (size_t)got);
      } else if (got == 0 || errno != EINTR) {
        close(fds[i].fd);
        fds[i].fd = -1;
      }
    }
    long passed = now_ms() - start;
    if (!interrupted && passed >= options->interrupt_after_ms) {
      kill(pid, SIGINT);
      interrupted = true;
    }
    if (passed > LIMIT_MS && !outcome.timed_out) {
      outcome.timed_out = true;
      kill(-pid, SIGKILL);
      kill(pid, SIGKILL);
    }
  }
  int status;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

void support_free(Outcome *outcome) {
  free(outcome->out.data);
  free(outcome->err.data);
}

Buffer support_read(const char *path) {
  Buffer buffer = {0};
  FILE *file = fopen(path, "rb");
  if (file == NULL) return buffer;
  support_append(&buffer, "", 0);
  char bytes[65536];
  for (size_t got; (got = fread(bytes, 1, sizeof bytes, file)) > 0;)
    support_append(&buffer, bytes, got);
  fclose(file);
  return buffer;
}

const char *support_binary(void) {
  const char *binary = getenv("CORO_BIN");
  return binary != NULL ? binary : "build/coro";
}

static const char *line_at(const char *text, size_t offset, int *length) {
  const char *start = text + offset;
  while (start > text && start[-1] != '\n') start--;
  *length = (int)strcspn(start, "\n");
  return start;
}

const char *support_last_errors(const Outcome *outcome) {
  size_t length = outcome->err.length;
  return outcome->err.data + (length > 1500 ? length - 1500 : 0);
}

bool support_printed(const Outcome *outcome, const Buffer *expected, const char *name) {
  const Buffer *out = &outcome->out;
  size_t same = 0;
  while (same < expected->length && same < out->length && expected->data[same] == out->data[same]) {
    same++;
  }
  if (same == expected->length && same == out->length) return true;
  int wanted, got;
  const char *w = line_at(expected->data, same, &wanted), *g = line_at(out->data, same, &got);
  cr_log_error("%s:\n- %.*s\n+ %.*s\nstderr: %s", name, wanted, w, got, g,
               support_last_errors(outcome));
  return false;
}

void support_set_stress(const char *source) {
  const char *asked = getenv("CORO_TEST_STRESS");
  if (asked == NULL || strcmp(asked, "0") == 0) return;
  const char *own = strstr(source, "# stress: ");
  setenv("CORO_GC_STRESS", own == NULL ? asked : own + strlen("# stress: "), 1);
}

bool support_has_finding(const Outcome *outcome) {
  for (const char *at = outcome->err.data; (at = strstr(at, ": C0")) != NULL; at++) {
    if (strlen(at) > 6 && at[6] == ':') return true;
  }
  return false;
}

// ---- programs

typedef struct {
  char **paths;
  size_t count, capacity;
} Paths;

// nftw has no argument for its callback.
static Paths found;
static const char *wanted_ending;

static int collect(const char *path, const struct stat *info, int kind, struct FTW *position) {
  (void)info, (void)position;
  size_t length = strlen(path), ending = strlen(wanted_ending);
  if (kind != FTW_F || length < ending) return 0;
  if (strcmp(path + length - ending, wanted_ending) != 0) return 0;
  if (strstr(path, "/modules/") != NULL) return 0;  // imported by programs, not programs
  if (found.count == found.capacity) {
    found.capacity = found.capacity == 0 ? 512 : found.capacity * 2;
    found.paths = realloc(found.paths, found.capacity * sizeof *found.paths);
  }
  found.paths[found.count++] = strdup(path);
  return 0;
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *shared_copy(const char *s) {
  char *copy = cr_malloc(strlen(s) + 1);
  strcpy(copy, s);
  return copy;
}

static void free_params(struct criterion_test_params *params) {
  char **paths = params->params;
  for (size_t i = 0; i < params->length; i++) cr_free(paths[i]);
  cr_free(paths);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *position) {
  (void)info, (void)kind, (void)position;
  return remove(path);
}

void support_remove(const char *folder) { nftw(folder, remove_entry, 16, FTW_PHYS | FTW_DEPTH); }

struct criterion_test_params support_programs(const char *first, const char *second) {
  return support_files(first, second, ".coro");
}

struct criterion_test_params support_files(const char *first, const char *second,
                                           const char *ending) {
  wanted_ending = ending;
  nftw(first, collect, 16, FTW_PHYS);
  if (second != NULL) nftw(second, collect, 16, FTW_PHYS);
  qsort(found.paths, found.count, sizeof *found.paths, by_name);
  char **params = cr_malloc((found.count + 1) * sizeof *params);
  for (size_t i = 0; i < found.count; i++) {
    params[i] = shared_copy(found.paths[i]);
    free(found.paths[i]);
  }
  size_t count = found.count;
  free(found.paths);
  found = (Paths){0};
  return cr_make_param_array(char *, params, count, free_params);
}
