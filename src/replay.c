// replay.c: see replay.h.
//
// Invariant: snapshots are in order of their ticks. Pipes: one for each snapshot, which waits for
// the tick to go on to, and one to the supervisor, which is told what to do. Only the supervisor
// has the writing ends of the former, so that all end with it.
#include "replay.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SNAPSHOTS = 32, LEAVING = 64 };

typedef struct {
  pid_t pid;
  int pipe;  // which of the pipes it waits at
  uint64_t tick;
} Snapshot;

typedef enum { ORDER_BACK, ORDER_QUIT, ORDER_DIED } OrderKind;

typedef struct {
  OrderKind kind;
  uint64_t tick;
  int status;
} Order;

// Shared by all processes; one of them is active, and only that one writes.
typedef struct {
  Snapshot snapshots[SNAPSHOTS];
  int count;
  bool pipe_used[SNAPSHOTS];
  pid_t leaving[LEAVING];  // the latest that end because they have said so
  uint32_t left;           // how many have
  pid_t supervisor;
  char data[] __attribute__((aligned(16)));
} Common;

struct Replay {
  Common *common;
  size_t size;
  int orders[2];
  int pipes[SNAPSHOTS][2];
};

// ---- the supervisor

static void end_snapshot(Common *common, int i) {
  kill(common->snapshots[i].pid, SIGKILL);
  common->pipe_used[common->snapshots[i].pipe] = false;
  common->count--;
  memmove(&common->snapshots[i], &common->snapshots[i + 1],
          (size_t)(common->count - i) * sizeof(Snapshot));
}

static void wake(Replay *replay, uint64_t tick) {
  Common *common = replay->common;
  while (common->count > 1 && common->snapshots[common->count - 1].tick > tick) {
    end_snapshot(common, common->count - 1);
  }
  int at = common->snapshots[common->count - 1].pipe;
  if (write(replay->pipes[at][1], &tick, sizeof tick) != sizeof tick) abort();
}

// The exit status that a process ended with, as a shell tells it.
static int status_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static bool has_left(const Common *common, pid_t pid) {
  for (int i = 0; i < LEAVING; i++) {
    if (common->leaving[i] == pid) return true;
  }
  return false;
}

// Takes note of children that have ended; an order to quit if one was the active process and has
// not said that it would.
static bool reap(const Common *common, Order *order) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    bool is_snapshot = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (is_snapshot || has_left(common, pid)) continue;
    *order = (Order){.kind = ORDER_DIED, .status = status_of(status)};
    return true;
  }
  return false;
}

static void on_child(int number) { (void)number; }

// read() ends when a child does.
static void watch_children(void) {
  struct sigaction action = {.sa_handler = on_child};
  sigemptyset(&action.sa_mask);
  sigaction(SIGCHLD, &action, NULL);
}

static _Noreturn void supervise(Replay *replay) {
  Order order = {.kind = ORDER_BACK};
  signal(SIGINT, SIG_IGN);
  watch_children();
  close(replay->orders[1]);
  for (;;) {
    ssize_t got = read(replay->orders[0], &order, sizeof order);
    if (got < 0 && errno == EINTR) {
      if (!reap(replay->common, &order)) continue;
    } else if (got != sizeof order) {
      break;
    }
    if (order.kind != ORDER_BACK) break;
    wake(replay, order.tick);
  }
  while (replay->common->count > 0) end_snapshot(replay->common, replay->common->count - 1);
  _exit(order.status);
}

// ---- beginning

static bool open_pipes(Replay *replay) {
  if (pipe(replay->orders) != 0) return false;
  for (int i = 0; i < SNAPSHOTS; i++) {
    if (pipe(replay->pipes[i]) != 0) return false;
  }
  return true;
}

Replay *replay_begin(size_t size) {
  Replay *replay = calloc(1, sizeof *replay);
  if (replay == NULL) return NULL;
  replay->size = sizeof *replay->common + size;
  replay->common =
      mmap(NULL, replay->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (replay->common == MAP_FAILED || !open_pipes(replay)) {
    free(replay);
    return NULL;
  }
  replay->common->supervisor = getpid();
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // the copies' ends are told to the supervisor
  fflush(NULL);
  pid_t pid = fork();
  if (pid < 0) return NULL;
  if (pid > 0) supervise(replay);
  for (int i = 0; i < SNAPSHOTS; i++) close(replay->pipes[i][1]);
  close(replay->orders[0]);
  return replay;
}

void *replay_shared(Replay *replay) { return replay->common->data; }

// ---- snapshots

// Waits to be woken; returns in the process that then goes on.
static uint64_t wait_as_snapshot(Replay *replay, int at) {
  struct sigaction interrupt, child;
  sigaction(SIGINT, NULL, &interrupt);
  sigaction(SIGCHLD, NULL, &child);
  signal(SIGINT, SIG_IGN);
  watch_children();
  for (;;) {
    uint64_t target;
    Order order;
    ssize_t got = read(replay->pipes[at][0], &target, sizeof target);
    if (got < 0 && errno == EINTR) {
      if (reap(replay->common, &order)) {
        ssize_t told = write(replay->orders[1], &order, sizeof order);
        if (told != sizeof order) _exit(1);
      }
      continue;
    }
    if (got != sizeof target) _exit(0);  // the supervisor has gone
    if (fork() != 0) continue;
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGCHLD, &child, NULL);
    return target;
  }
}

// The one that is missed least: whose neighbours are closest together, seen from now.
static int least_useful(const Common *common, uint64_t now) {
  int least = 1;
  double smallest = 2;
  for (int i = 1; i + 1 < common->count; i++) {
    const Snapshot *s = &common->snapshots[i];
    double gap = (double)(s[1].tick - s[-1].tick) / ((double)(now - s->tick) + 1);
    if (i == 1 || gap < smallest) {
      smallest = gap;
      least = i;
    }
  }
  return least;
}

bool replay_snapshot(Replay *replay, uint64_t tick, uint64_t *target) {
  Common *common = replay->common;
  if (kill(common->supervisor, 0) != 0) _exit(1);  // nobody would end this one
  if (common->count > 0 && common->snapshots[common->count - 1].tick >= tick) return false;
  if (common->count == SNAPSHOTS) end_snapshot(common, least_useful(common, tick));
  int at = 0;
  while (common->pipe_used[at]) at++;
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) {
    *target = wait_as_snapshot(replay, at);
    return true;
  }
  if (pid < 0) return false;  // one less
  common->pipe_used[at] = true;
  common->snapshots[common->count++] = (Snapshot){.pid = pid, .pipe = at, .tick = tick};
  return false;
}

static _Noreturn void leave(Replay *replay, Order order) {
  Common *common = replay->common;
  common->leaving[common->left++ % LEAVING] = getpid();
  fflush(NULL);
  if (write(replay->orders[1], &order, sizeof order) != sizeof order) _exit(1);
  _exit(0);
}

void replay_go_back(Replay *replay, uint64_t tick) {
  leave(replay, (Order){.kind = ORDER_BACK, .tick = tick});
}

void replay_quit(Replay *replay, int status) {
  leave(replay, (Order){.kind = ORDER_QUIT, .status = status});
}
