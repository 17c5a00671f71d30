// quota.c: see quota.h.
//
// The time is watched by a timer whose handler asks for a safepoint. A native function that runs
// long comes to none: then the handler, called again, ends the process itself.
#include "quota.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "finding.h"
#include "heap_private.h"
#include "output.h"
#include "thread.h"
#include "vm.h"

#define SIGNAL (SIGRTMIN + 6)
#define GRACE 0.1  // seconds that the program has to come to a safepoint
#define LINE 160

void quota_set_steps(VM *vm, uint64_t steps) {
  vm->quota.steps = steps;
  vm->quota.steps_left = steps + 1;
}

void quota_set_memory(VM *vm, size_t bytes) { heap_limit(vm, bytes); }

// 1000000 as "1,000,000".
static char *put_number(char *out, uint64_t n) {
  if (n < 1000) return out + sprintf(out, "%u", (unsigned)n);
  out = put_number(out, n / 1000);
  return out + sprintf(out, ",%03u", (unsigned)(n % 1000));
}

static void leave(int number) {
  (void)number;
  _exit(QUOTA_STATUS);
}

// A reader that does not read must not hold up the end.
static void leave_soon(void) {
  sigset_t time;
  sigemptyset(&time);
  sigaddset(&time, SIGNAL);
  pthread_sigmask(SIG_BLOCK, &time, NULL);
  signal(SIGALRM, leave);
  alarm(1);
}

// place.code NULL: it is not known.
static noreturn void stop(VM *vm, TraceEntry place, const char *why) {
  leave_soon();
  if (!output_flush(vm)) vm_clear_exception(vm);  // the program ends, and not with success
  fflush(NULL);
  fprintf(stderr, "coro: stopped: %s", why);
  if (place.code != NULL) {
    const Str *file = place.code->filename;
    fprintf(stderr, ", %.*s, line %u", (int)file->length, file->data,
            place.code->positions[place.instr].line);
  }
  fputc('\n', stderr);
  _exit(QUOTA_STATUS);
}

noreturn void quota_reach_steps(VM *vm, const Frame *frame) {
  char why[LINE];
  char *end = put_number(why + sprintf(why, "the program took more than "), vm->quota.steps);
  strcpy(end, " steps (--max-steps)");
  stop(vm, finding_place(frame), why);
}

noreturn void quota_reach_memory(VM *vm) {
  char why[LINE];
  snprintf(why, sizeof why, "the program needs more than %.4g MB of memory (--max-memory)",
           (double)vm->heap->most / (1 << 20));
  stop(vm, (TraceEntry){0}, why);
}

// ---- time

static void write_time(char *out, size_t size, const VM *vm) {
  snprintf(out, size, "the program took more than %g s (--timeout)", vm->quota.seconds);
}

noreturn void quota_reach_time(VM *vm, const Frame *frame) {
  char why[LINE];
  write_time(why, sizeof why, vm);
  TraceEntry place = finding_place(frame);
  // It stands between two instructions, perhaps behind a jump: the next one tells where.
  if (place.code != NULL) place.instr = (uint32_t)(frame->ip - frame->code->instrs);
  stop(vm, place, why);
}

// What was printed goes out if that does not take long; nothing of the program runs any more.
static void end_at_once(VM *vm) {
  char line[LINE], why[LINE];
  write_time(why, sizeof why, vm);
  int length = snprintf(line, sizeof line, "coro: stopped: %s\n", why);
  if (write(STDERR_FILENO, line, (size_t)length) < 0) _exit(QUOTA_STATUS);
  if (ftrylockfile(stdout) == 0) {
    leave_soon();
    fwrite(vm->output, 1, vm->output_length, stdout);
    fflush(stdout);
  }
  _exit(QUOTA_STATUS);
}

static void on_time(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)context;
  VM *vm = info->si_value.sival_ptr;
  if (vm->interrupt & INTERRUPT_QUOTA) end_at_once(vm);
  vm->interrupt |= INTERRUPT_QUOTA;
  thread_interrupt_main(vm->threads);
}

static struct timespec timespec_of(double seconds) {
  time_t whole = (time_t)seconds;
  return (struct timespec){whole, (long)((seconds - (double)whole) * 1e9)};
}

bool quota_set_seconds(VM *vm, double seconds) {
  vm->quota.seconds = seconds;
  timer_t timer;
  struct sigaction action = {.sa_sigaction = on_time, .sa_flags = SA_SIGINFO};
  sigemptyset(&action.sa_mask);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGNAL};
  event.sigev_value.sival_ptr = vm;
  struct itimerspec when = {.it_value = timespec_of(seconds), .it_interval = timespec_of(GRACE)};
  return sigaction(SIGNAL, &action, NULL) == 0 &&
         timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 &&
         timer_settime(timer, 0, &when, NULL) == 0;
}
