// clock.c: the real and the virtual clock. See clock.h.
#include "clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

#define SECOND UINT64_C(1000000000)
#define VIRTUAL_EPOCH (UINT64_C(1704067200) * SECOND)  // the wall clock's start: 1 January 2024
#define LONGEST_WAIT 86400.0                           // seconds; the loop then waits again

struct Clock {
  bool is_virtual;
  uint64_t elapsed;       // of a virtual clock
  _Atomic bool prepared;  // the libuv handles below are in use
  uv_loop_t loop;
  uv_timer_t timer;
  uv_async_t async;
};

static void fail(const char *what, int error) {
  fprintf(stderr, "coro: cannot %s: %s\n", what, uv_strerror(error));
  exit(1);
}

Clock *clock_new(bool is_virtual) {
  Clock *clock = calloc(1, sizeof *clock);
  if (clock == NULL) fail("make a clock", UV_ENOMEM);
  clock->is_virtual = is_virtual;
  return clock;
}

void clock_free(Clock *clock) {
  if (clock->prepared) {
    clock->prepared = false;
    uv_close((uv_handle_t *)&clock->timer, NULL);
    uv_close((uv_handle_t *)&clock->async, NULL);
    uv_run(&clock->loop, UV_RUN_DEFAULT);
    uv_loop_close(&clock->loop);
  }
  free(clock);
}

bool clock_is_virtual(const Clock *clock) { return clock->is_virtual; }

uint64_t clock_nanoseconds(Clock *clock) {
  return clock->is_virtual ? clock->elapsed : uv_hrtime();
}

uint64_t clock_wall_nanoseconds(Clock *clock) {
  if (clock->is_virtual) return VIRTUAL_EPOCH + clock->elapsed;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

double clock_now(Clock *clock) { return (double)clock_nanoseconds(clock) / 1e9; }

double clock_after(Clock *clock, double delay) {
  double when = clock_now(clock) + delay;
  return clock->is_virtual && fabs(when) < 1e9 ? nearbyint(when * 1e9) / 1e9 : when;
}

static void on_async(uv_async_t *async) { uv_stop(async->loop); }
static void on_timer(uv_timer_t *timer) { uv_stop(timer->loop); }

void clock_prepare(Clock *clock) {
  if (clock->is_virtual || clock->prepared) return;
  int error = uv_loop_init(&clock->loop);
  if (error == 0) error = uv_timer_init(&clock->loop, &clock->timer);
  if (error == 0) error = uv_async_init(&clock->loop, &clock->async, on_async);
  if (error != 0) fail("start the event loop", error);
  clock->prepared = true;
}

static void advance(Clock *clock, double until) {
  if (!isfinite(until) || until * 1e9 >= (double)UINT64_MAX) return;
  uint64_t nanoseconds = until <= 0 ? 0 : (uint64_t)ceil(until * 1e9 - 0.5);
  if (nanoseconds > clock->elapsed) clock->elapsed = nanoseconds;
}

void clock_wait(Clock *clock, double until) {
  if (clock->is_virtual) {
    advance(clock, until);
    return;
  }
  double delay = until - clock_now(clock);
  if (delay <= 0) return;
  if (delay > LONGEST_WAIT) delay = LONGEST_WAIT;
  uv_update_time(&clock->loop);
  uv_timer_start(&clock->timer, on_timer, (uint64_t)ceil(delay * 1e3), 0);
  uv_run(&clock->loop, UV_RUN_ONCE);
  uv_timer_stop(&clock->timer);
}

void clock_interrupt(Clock *clock) {
  if (clock->prepared) uv_async_send(&clock->async);
}

void clock_block(Clock *clock, uint64_t until_nanoseconds) {
  if (clock->is_virtual) {
    if (until_nanoseconds > clock->elapsed) clock->elapsed = until_nanoseconds;
    return;
  }
  uint64_t now = uv_hrtime();
  if (until_nanoseconds <= now) return;
  uint64_t rest = until_nanoseconds - now;
  struct timespec wait = {(time_t)(rest / SECOND), (long)(rest % SECOND)};
  nanosleep(&wait, NULL);
}
