// hogwatch.c: see hogwatch.h.
//
// How a sample knows that the step of the task is still the one of the sample before: the first one
// in a step puts the loop's driver, which waits for the task, into the state LOOP_WATCHED, and the
// driver leaves that state when the task suspends (loop_watch_step).
//
// A native that runs long comes to no safepoint. The handler finds its request of the time before
// still there then; it notes where the task's own frame is, which was saved before the call.
#include "hogwatch.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "heap_private.h"
#include "loopwatch.h"
#include "thread.h"
#include "traceback.h"

#define TICK 0.1  // seconds of CPU time
#define LONG 0.5  // without an await
#define SIGNAL (SIGRTMIN + 5)
#define LONGEST_QUOTE 60
#define MILD_STRESS 100

typedef struct HogWatch {
  VM *vm;
  const EventLoop *volatile loop;  // that the thread runs: the handler may not ask vm, which may be
                                   // another thread's at the moment
  timer_t timer;
  bool ticks_come;
  double since;              // CPU time of the thread at the first sample of this step
  uint32_t waiting;          // entries of the FIFO by then
  bool told;                 // in this step
  volatile uint32_t ticks;   // since the last sample
  const Instr *volatile ip;  // of the task's own frame, at the second of them
} HogWatch;

static double cpu_time(void) {
  struct timespec spent;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return (double)spent.tv_sec + (double)spent.tv_nsec / 1e9;
}

static void on_tick(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)context;
  HogWatch *hog = info->si_value.sival_ptr;
  VM *vm = hog->vm;
  if (!(vm->interrupt & INTERRUPT_SAMPLE)) {
    hog->ticks = 1;
    vm->interrupt |= INTERRUPT_SAMPLE;
    return;
  }
  // A tenth of a second without a safepoint: nothing that is read here changes meanwhile.
  const EventLoop *loop = hog->loop;
  if (++hog->ticks == 2) {
    hog->ip = loop == NULL || loop->current == NULL ? NULL : loop->current->coroutine->ip;
  }
}

static void start(VM *vm) {
  if (!finding_is_wanted(vm, FINDING_HOGGED) || clock_is_virtual(vm->loops->clock)) return;
  // A collection at every safepoint makes each task slow.
  if (vm->heap->stress > 0 && vm->heap->stress < MILD_STRESS) return;
  HogWatch *hog = calloc(1, sizeof *hog);
  if (hog == NULL) return;
  hog->vm = vm;
  vm->thread->hog = hog;
  struct sigaction action = {.sa_sigaction = on_tick, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigemptyset(&action.sa_mask);
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL};
  event.sigev_value.sival_ptr = hog;
  event._sigev_un._tid = gettid();
  long nanoseconds = (long)(TICK * 1e9);
  struct itimerspec every = {{0, nanoseconds}, {0, nanoseconds}};
  if (sigaction(SIGNAL, &action, NULL) != 0) return;
  hog->ticks_come = timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &hog->timer) == 0;
  if (hog->ticks_come) timer_settime(hog->timer, 0, &every, NULL);
}

void hogwatch_enter(VM *vm, const EventLoop *loop) {
  if (vm->thread->hog == NULL && loop != NULL) start(vm);
  if (vm->thread->hog != NULL) vm->thread->hog->loop = loop;
}

void hogwatch_free(Thread *thread) {
  HogWatch *hog = thread->hog;
  if (hog == NULL) return;
  if (hog->ticks_come) timer_delete(hog->timer);
  free(hog);
  thread->hog = NULL;
}

// ---- where

static int64_t jump_target(const Code *code, uint32_t at) {
  const Instr *instr = &code->instrs[at];
  const OpcodeInfo *info = &opcode_table[instr->op];
  if (info->a == ROLE_JUMP32 || info->b == ROLE_JUMP32) return (int64_t)at + 1 + instr->d;
  if (info->c == ROLE_JUMP16) return (int64_t)at + 1 + (int16_t)instr->c;
  return (int64_t)at + 1;
}

// The end of the innermost loop around an instruction, which has the place of its `for` or `while`.
static bool find_loop(TraceEntry *place) {
  const Code *code = place->code;
  int64_t best = -1;
  uint32_t found = 0;
  for (uint32_t i = place->instr; i < code->instr_count; i++) {
    int64_t target = jump_target(code, i);
    if (target > i || target > place->instr || target <= best) continue;
    best = target;
    found = i;
  }
  if (best >= 0) place->instr = found;
  return best >= 0;
}

static bool is_shown(TraceEntry place) {
  return place.code != NULL && traceback_is_shown(&place, 0);
}

// The innermost frame of the program that can await, and the innermost one of all.
static TraceEntry find_places(const Task *task, const Frame *running, TraceEntry *inner) {
  *inner = (TraceEntry){0};
  for (const Frame *frame = running; frame != NULL; frame = frame->parent) {
    TraceEntry place = finding_place(frame);
    // The running frame is about to run its next instruction; the others wait in one.
    if (frame == running && place.code != NULL) {
      place.instr = (uint32_t)(frame->ip - frame->code->instrs);
    }
    if (is_shown(place) && frame->code->flags & (CODE_COROUTINE | CODE_ASYNC_GENERATOR)) {
      return place;
    }
    if (is_shown(place) && inner->code == NULL) *inner = place;
    if (frame == task->coroutine) break;
  }
  return (TraceEntry){0};
}

// ---- what is said

static void tell(VM *vm, TraceEntry place, TraceEntry inner, Str *late) {
  bool in_loop = find_loop(&place);
  const char *text;
  size_t length;
  bool quoted = !in_loop && watch_source(vm, place, &text, &length) && length <= LONGEST_QUOTE;
  const Str *name = task_name(vm, vm->loop->current);
  Finding *finding = finding_new(
      vm, FINDING_HOGGED, place,
      "%.*s has computed for more than half a second %swithout an await: %.*s", (int)name->length,
      name->data, in_loop ? "in this loop " : "", (int)late->length, late->data);
  if (finding == NULL) return;
  finding->time = -1;
  if (inner.code != NULL && inner.code != place.code) {
    find_loop(&inner);
    finding_note(finding, inner, "here most of the time goes");
  }
  if (in_loop) {
    finding_help(finding,
                 "write 'await asyncio.sleep(0)' in the loop, which gives the others a turn, or "
                 "move it into a function and 'await asyncio.to_thread(function)'");
  } else if (!quoted || !loopwatch_help_thread(finding, text, length)) {
    finding_help(finding, "move it into a function and 'await asyncio.to_thread(function)'");
  }
  finding_report(vm, finding);
}

void hogwatch_sample(VM *vm, Frame *frame) {
  HogWatch *hog = vm->thread->hog;
  EventLoop *loop = vm->loop;
  if (hog == NULL) return;
  uint32_t ticks = hog->ticks;
  hog->ticks = 0;
  if (loop == NULL || loop->current == NULL || ticks == 0) return;
  const Task *task = loop->current;
  bool is_new = false, has_ended = frame->header.extra == RESUME_STEP && loop_is_driver(frame);
  if (!loop_watch_step(has_ended ? frame : task->coroutine->parent, &is_new)) return;
  double now = cpu_time(), native = (ticks - 1) * TICK;
  if (is_new) {
    hog->since = now - native;
    hog->waiting = loop->ready.count;
    hog->told = false;
  }
  if (hog->told || now - hog->since < LONG) return;
  TraceEntry inner = {0}, place = {0};
  const Code *code = task->coroutine->code;
  if (native >= LONG && hog->ip != NULL && hog->ip > code->instrs &&
      hog->ip <= code->instrs + code->instr_count) {
    place = (TraceEntry){task->coroutine->code, (uint32_t)(hog->ip - code->instrs) - 1};
    if (!is_shown(place)) return;
  } else if (!has_ended) {
    place = find_places(task, frame, &inner);
  }
  if (place.code == NULL) return;
  Str *late = loopwatch_waiting(vm, loop, hog->waiting, TICK);
  if (late == NULL) return;
  hog->told = true;
  tell(vm, place, inner, late);
}
