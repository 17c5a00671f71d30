// test_timers.c: the loop's timer heap: order, ties, pruning; and the virtual clock.
#include "timers.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "clock.h"
#include "heap.h"
#include "vm.h"

static Object marks[64];  // stand for what timers wake

static uint64_t delayed(int n) { return (uint64_t)n * 2; }
static uint64_t absolute(int n) { return (uint64_t)n * 2 + 1; }

static void push(VM *vm, Timers *timers, double when, uint64_t serial) {
  timers_push(vm, timers, (Timer){when, &marks[serial / 2 % 64], serial});
}

Test(timers, soonest_first) {
  VM *vm = vm_new();
  Timers timers = {0};
  unsigned random = 7;
  for (int i = 0; i < 1000; i++) {
    random = random * 1103515245u + 12345u;
    push(vm, &timers, (double)(random >> 8 & 1023), delayed(i));
  }
  double last = -1;
  for (int i = 0; i < 1000; i++) {
    Timer timer = timers_pop(&timers);
    cr_assert_leq(last, timer.when);
    last = timer.when;
  }
  cr_assert_eq(timers.count, 0);
  timers_clear(vm, &timers);
  vm_free(vm);
}

Test(timers, equal_delays_in_order_of_setting) {
  VM *vm = vm_new();
  Timers timers = {0};
  for (int i = 0; i < 50; i++) push(vm, &timers, 1.0, delayed(i));
  for (int i = 0; i < 50; i++) cr_assert_eq(timers_pop(&timers).serial, delayed(i));
  timers_clear(vm, &timers);
  vm_free(vm);
}

Test(timers, equal_absolute_times_as_heapq) {
  // What heappush of 0 … 9, none less than another, and then heappop give in CPython.
  static const int expected[] = {0, 2, 6, 9, 8, 5, 7, 4, 1, 3};
  VM *vm = vm_new();
  Timers timers = {0};
  for (int i = 0; i < 10; i++) push(vm, &timers, 1.0, absolute(i));
  for (int i = 0; i < 10; i++) cr_expect_eq(timers_pop(&timers).serial, absolute(expected[i]));
  timers_clear(vm, &timers);
  vm_free(vm);
}

static bool is_odd(const Timer *timer) { return timer->serial / 2 % 2 == 1; }
static void set_flag(const Timer *timer) { timer->target->flags = 1; }

Test(timers, prune_drops_the_dead_and_keeps_a_heap) {
  VM *vm = vm_new();
  Timers timers = {0};
  for (int i = 0; i < 64; i++) push(vm, &timers, 100.0 - i, delayed(i));
  timers.dead = 32;
  timers_prune(&timers, is_odd, set_flag);
  cr_assert_eq(timers.count, 32);
  cr_assert_eq(timers.dead, 0);
  for (int i = 62; i >= 0; i -= 2) {
    cr_assert_eq(marks[i].flags, 0);
    cr_assert_eq(marks[i + 1].flags, 1);
    cr_assert_eq(timers_pop(&timers).serial, delayed(i));
  }
  timers_clear(vm, &timers);
  vm_free(vm);
}

static void advance(Clock *clock, double until) { clock_advance(clock, clock_moment(until)); }

Test(clock, virtual_time_moves_only_when_told) {
  Clock *clock = clock_new(true);
  cr_assert_eq(clock_now(clock), 0);
  advance(clock, clock_after(clock, 0.7));
  advance(clock, clock_after(clock, 0.1));
  cr_assert_eq(clock_now(clock), 0.8);
  advance(clock, 0.5);
  cr_assert_eq(clock_now(clock), 0.8);
  clock_advance(clock, 2000000000);
  cr_assert_eq(clock_now(clock), 2);
  clock_free(clock);
}

Test(clock, real_time_moves_by_itself) {
  Clock *clock = clock_new(false);
  double start = clock_now(clock);
  advance(clock, start + 60);
  cr_assert(clock_now(clock) >= start && clock_now(clock) < start + 50);
  cr_assert_eq(clock_moment(1e300), CLOCK_NEVER);
  clock_free(clock);
}
