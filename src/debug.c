// debug.c: the debugger as an observer: where it stops, and how it goes back. See debug.h.
//
// Each line that is reached is a tick. A snapshot is kept at every stop, and while the program runs
// whenever it has run for a while, so that no moment is far behind one.
#include "debug.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "chance.h"
#include "finding.h"
#include "import.h"
#include "interp.h"
#include "lookup.h"
#include "loop.h"
#include "output.h"
#include "shortrepr.h"
#include "thread.h"

#define SNAPSHOT_SECONDS 0.04  // of the CPU's between two snapshots
enum { LOOK_EACH = 256, VALUE_LIMIT = 200 };

// A signal handler is given nothing but the signal's number.
static volatile sig_atomic_t interrupted;

static void on_interrupt(int number) {
  (void)number;
  interrupted = 1;
}

// ---- where it is

uint32_t debug_line_of(const Frame *frame) {
  TraceEntry place = finding_place(frame);
  return place.code == NULL ? 0 : place.code->positions[place.instr].line;
}

static Frame *shown_from(const Debugger *debugger, Frame *frame) {
  for (; frame != NULL; frame = frame->parent) {
    if (frame->header.extra == RESUME_STEP && loop_is_driver(frame)) return NULL;
    if (observe_is_shown(debugger->vm, frame)) return frame;
  }
  return NULL;
}

static bool is_running(const Debugger *debugger) {
  const EventLoop *loop = debugger->vm->loop;
  return debugger->selected == (loop == NULL ? NULL : loop->current);
}

Frame *debug_innermost(const Debugger *debugger) {
  if (is_running(debugger)) return debugger->running;
  if (debugger->selected == NULL) return NULL;
  return observe_next_frame(debugger->vm, debugger->selected, NULL);
}

Frame *debug_outer_frame(const Debugger *debugger, const Frame *frame) {
  if (is_running(debugger)) return shown_from(debugger, frame->parent);
  return observe_next_frame(debugger->vm, debugger->selected, frame);
}

static bool ends_with(const Str *text, const char *end) {
  size_t length = strlen(end);
  return text->length >= length && memcmp(text->data + text->length - length, end, length) == 0;
}

int debug_break_at(const Debugger *debugger, const Frame *frame, uint32_t line) {
  const DebugShared *shared = debugger->shared;
  for (int i = 0; i < shared->break_count; i++) {
    if (shared->breaks[i].line == line &&
        ends_with(frame->code->filename, shared->breaks[i].file)) {
      return i;
    }
  }
  return -1;
}

bool debug_is_local(const Debugger *debugger, const Frame *frame, const char *name) {
  (void)debugger;
  size_t part = strcspn(name, ".");
  for (uint32_t i = 0; i < frame->code->local_count; i++) {
    const Str *local = frame->code->local_names[i];
    if (local != NULL && local->length == part && memcmp(local->data, name, part) == 0) return true;
  }
  return false;
}

// The value that a watched name has; EMPTY: none, as seen from this frame.
static Value watched_value(const Debugger *debugger, const Frame *frame, int i) {
  VM *vm = debugger->vm;
  const char *name = debugger->shared->watches[i].name;
  uint32_t owner = debugger->shared->watches[i].frame;
  size_t part = strcspn(name, ".");
  Value v = EMPTY, value;
  const Str *local;
  if (owner == 0) {
    v = lookup_global(vm, frame->code->module, str_new(vm, name, part));
  } else if (owner == observe_frame_id(vm, frame)) {
    for (uint32_t k = 0; k < frame->code->local_count && is_empty(v); k++) {
      bool bound = observe_register(frame, k, &local, &value);
      if (bound && local->length == part && memcmp(local->data, name, part) == 0) v = value;
    }
  }
  return lookup_path(vm, v, name + part, strlen(name) - part);
}

uint64_t debug_tick_before(const Debugger *debugger) {
  uint32_t task = debugger->history[debugger->tick % DEBUG_HISTORY];
  for (uint64_t i = 1; i < DEBUG_HISTORY && i < debugger->tick; i++) {
    if (debugger->history[(debugger->tick - i) % DEBUG_HISTORY] == task) return debugger->tick - i;
  }
  return debugger->tick > 1 ? debugger->tick - 1 : 1;
}

// ---- the program's output, which is not shown again while it only runs on to where it was

static void silence(bool silent) {
  static int terminal[2] = {-1, -1};  // where standard output and error went
  fflush(stdout);
  fflush(stderr);
  for (int i = 0; i < 2; i++) {
    int descriptor = STDOUT_FILENO + i;
    if (silent && terminal[i] < 0) {
      terminal[i] = fcntl(descriptor, F_DUPFD_CLOEXEC, 10);
      int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
      if (nowhere >= 0 && terminal[i] >= 0) dup2(nowhere, descriptor);
      if (nowhere >= 0) close(nowhere);
    } else if (!silent && terminal[i] >= 0) {
      dup2(terminal[i], descriptor);
      close(terminal[i]);
      terminal[i] = -1;
    }
  }
}

// ---- snapshots

static double cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// Keeps this moment. True: this process was woken to run on to debugger->target.
static bool keep(Debugger *debugger) {
  if (threads_are_many(debugger->vm)) debugger->threads = true;
  if (debugger->threads) return false;  // a copy would be without them
  bool flushed = output_flush(debugger->vm);
  if (!flushed) vm_clear_exception(debugger->vm);
  uint64_t target;
  bool woken = replay_snapshot(debugger->replay, debugger->tick, &target);
  if (woken) {
    debugger->target = target;
    interrupted = 0;
  }
  debugger->forked = cpu_seconds();
  return woken;
}

// ---- watched values

static char *value_text(const Debugger *debugger, const Frame *frame, int i) {
  Value v = watched_value(debugger, frame, i);
  if (is_empty(v)) return NULL;
  Text text = text_new(debugger->vm);
  shortrepr_add(debugger->vm, v, VALUE_LIMIT, &text);
  char *copy = strndup(text.data == NULL ? "" : text.data, text.length);
  text_free(&text);
  return copy;
}

// Whether a watched value has changed; told of if so.
static bool watch_changes(Debugger *debugger, const Frame *frame) {
  bool changes = false;
  for (int i = 0; i < debugger->shared->watch_count; i++) {
    const char *name = debugger->shared->watches[i].name;
    char *now = value_text(debugger, frame, i), *before = debugger->watched[i];
    if (now == NULL) continue;  // not seen from here
    if (before != NULL && strcmp(before, now) != 0) {
      if (debugger->tick >= debugger->target) printf("%s: %s, now %s\n", name, before, now);
      changes = true;
    }
    free(before);
    debugger->watched[i] = now;
  }
  return changes;
}

// ---- stopping

static uint32_t running_task(const Debugger *debugger) {
  const EventLoop *loop = debugger->vm->loop;
  if (loop == NULL || loop->current == NULL) return 0;
  return observe_task_id(debugger->vm, loop->current);
}

static bool is_wanted(Debugger *debugger, const Frame *frame, uint32_t line, uint32_t task) {
  bool changes = watch_changes(debugger, frame);
  if (interrupted) {
    printf("Interrupted.\n");
    return true;
  }
  if (changes || debug_break_at(debugger, frame, line) >= 0) return true;
  if (debugger->task_over && debugger->mode != DEBUG_CONTINUE) return true;
  uint32_t depth = frame->header.aux;
  switch (debugger->mode) {
    // Outside tasks, what is called may be asyncio.run(): then its tasks are what comes next.
    case DEBUG_STEP: return task == debugger->task || debugger->task == 0;
    case DEBUG_NEXT: return task == debugger->task && depth <= debugger->depth;
    case DEBUG_FINISH: return task == debugger->task && depth < debugger->depth;
    case DEBUG_UNTIL_AWAIT: return task != debugger->task;
    case DEBUG_CONTINUE: return false;
  }
  return true;
}

static void stop(Debugger *debugger, Frame *frame) {
  EventLoop *loop = debugger->vm->loop;
  silence(false);
  interrupted = 0;
  if (debugger->task_over && debugger->tick > debugger->target)
    printf("The task that was stepped has ended.\n");
  debugger->task_over = false;
  debugger->running = debugger->frame = frame;
  debugger->selected = loop == NULL ? NULL : loop->current;
  debugcmd_read(debugger);
}

static void take_line(Observer *self, VM *vm, Frame *frame, uint32_t line) {
  Debugger *debugger = (Debugger *)self;
  uint32_t task = running_task(debugger);
  (void)vm;
  debugger->history[++debugger->tick % DEBUG_HISTORY] = task;
  if (debugger->tick < debugger->target) {
    watch_changes(debugger, frame);
    debugger->task_over = false;
  } else if (debugger->tick == debugger->target || is_wanted(debugger, frame, line, task)) {
    if (!keep(debugger) || debugger->target == debugger->tick) {
      stop(debugger, frame);
      return;
    }
  }
  bool is_due = debugger->tick % LOOK_EACH == 0;
  if (is_due && cpu_seconds() - debugger->forked > SNAPSHOT_SECONDS) keep(debugger);
  if (debugger->tick < debugger->target) silence(true);
}

static void take_event(Observer *self, VM *vm, const Event *event) {
  Debugger *debugger = (Debugger *)self;
  (void)vm;
  if (event->kind == EVENT_TASK_DONE && event->id == debugger->task) debugger->task_over = true;
}

// ---- beginning and ending

Debugger *debug_begin(VM *vm) {
  Debugger *debugger = calloc(1, sizeof *debugger);
  Replay *replay = debugger == NULL ? NULL : replay_begin(sizeof(DebugShared));
  LineEditor *editor = replay == NULL ? NULL : lineedit_open((LineOptions){0});
  FILE *nothing = editor == NULL ? NULL : fopen("/dev/null", "re");
  if (nothing == NULL) {
    fprintf(stderr, "coro: cannot debug: %s\n", strerror(errno));
    free(debugger);
    return NULL;
  }
  stdin = nothing;  // the commands come from there
  *debugger = (Debugger){.observer = {.event = take_event, .line = take_line},
                         .vm = vm,
                         .replay = replay,
                         .shared = replay_shared(replay),
                         .editor = editor,
                         .mode = DEBUG_STEP};
  if (!vm->chance.is_seeded) chance_seed(vm, 0);  // the same each time
  loop_use_virtual_clock(vm);
  observe_attach(vm, &debugger->observer);
  struct sigaction action = {.sa_handler = on_interrupt};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  return debugger;
}

void debug_end(Debugger *debugger, int status) {
  silence(false);
  debugger->running = debugger->frame = NULL;
  debugger->selected = NULL;
  debugger->status = status;
  uint32_t latest = debugger->history[debugger->tick % DEBUG_HISTORY];
  debugger->history[++debugger->tick % DEBUG_HISTORY] = latest;
  printf("The program has ended, with status %d. 'back' goes to its last line.\n", status);
  for (;;) debugcmd_read(debugger);
}
