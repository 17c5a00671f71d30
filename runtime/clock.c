// clock.c: the real and the virtual clock. See clock.h.
#include "clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

#define SECOND UINT64_C(1000000000)
#define VIRTUAL_EPOCH (UINT64_C(1704067200) * SECOND)  // the wall clock's start: 1 January 2024

struct Clock {
  bool is_virtual, is_held;
  uint64_t elapsed;  // of a virtual clock
  uint64_t epoch;    // the wall clock's time at 0 of a virtual one
};

Clock *clock_new(bool is_virtual) {
  Clock *clock = calloc(1, sizeof *clock);
  if (clock == NULL) {
    fprintf(stderr, "coro: out of memory\n");
    exit(1);
  }
  clock->is_virtual = is_virtual;
  clock->epoch = VIRTUAL_EPOCH;
  return clock;
}

void clock_free(Clock *clock) { free(clock); }

bool clock_is_virtual(const Clock *clock) { return clock->is_virtual; }

uint64_t clock_nanoseconds(Clock *clock) {
  return clock->is_virtual ? clock->elapsed : uv_hrtime();
}

uint64_t clock_wall_nanoseconds(Clock *clock) {
  if (clock->is_virtual) return clock->epoch + clock->elapsed;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

double clock_now(Clock *clock) { return (double)clock_nanoseconds(clock) / 1e9; }

double clock_after(Clock *clock, double delay) {
  double when = clock_now(clock) + delay;
  return clock->is_virtual && fabs(when) < 1e9 ? nearbyint(when * 1e9) / 1e9 : when;
}

uint64_t clock_moment(double seconds) {
  if (!isfinite(seconds) || seconds * 1e9 >= (double)UINT64_MAX) return CLOCK_NEVER;
  return seconds <= 0 ? 0 : (uint64_t)ceil(seconds * 1e9 - 0.5);
}

void clock_advance(Clock *clock, uint64_t until_nanoseconds) {
  if (clock->is_virtual && until_nanoseconds > clock->elapsed) clock->elapsed = until_nanoseconds;
}

void clock_hold(Clock *clock, bool held) { clock->is_held = held; }

bool clock_is_held(const Clock *clock) { return clock->is_virtual && clock->is_held; }

double clock_switch(Clock *clock, bool is_virtual) {
  double before = clock_now(clock);
  if (is_virtual && !clock->is_virtual) {  // both go on from where they are
    clock->elapsed = uv_hrtime();
    clock->epoch = clock_wall_nanoseconds(clock) - clock->elapsed;
  }
  clock->is_virtual = is_virtual;
  return clock_now(clock) - before;
}
