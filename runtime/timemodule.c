// timemodule.c: the module `time`: clocks and sleep. They follow the loop's clock, so that under a
// virtual one a program's own measurements agree with its sleeps.
#include "timemodule.h"

#include <math.h>
#include <time.h>

#include "float.h"
#include "int.h"
#include "loopwatch.h"
#include "signals.h"
#include "thread.h"

static bool seconds(Value *out, uint64_t nanoseconds) {
  *out = from_double((double)nanoseconds / 1e9);
  return true;
}

static bool whole(VM *vm, Value *out, uint64_t nanoseconds) {
  *out = int_from_u64(vm, nanoseconds);
  return true;
}

static uint64_t cpu_time(clockid_t clock) {
  struct timespec spent;
  clock_gettime(clock, &spent);
  return (uint64_t)spent.tv_sec * UINT64_C(1000000000) + (uint64_t)spent.tv_nsec;
}

#define CLOCK(name, answer)                                      \
  static bool name(VM *vm, Value *args, int nargs, Value *out) { \
    (void)vm;                                                    \
    (void)args;                                                  \
    (void)nargs;                                                 \
    return answer;                                               \
  }
CLOCK(wall, seconds(out, clock_wall_nanoseconds(vm->loops->clock)))
CLOCK(wall_ns, whole(vm, out, clock_wall_nanoseconds(vm->loops->clock)))
CLOCK(monotonic, seconds(out, clock_nanoseconds(vm->loops->clock)))
CLOCK(monotonic_ns, whole(vm, out, clock_nanoseconds(vm->loops->clock)))
CLOCK(process, seconds(out, cpu_time(CLOCK_PROCESS_CPUTIME_ID)))
CLOCK(process_ns, whole(vm, out, cpu_time(CLOCK_PROCESS_CPUTIME_ID)))
CLOCK(thread, seconds(out, cpu_time(CLOCK_THREAD_CPUTIME_ID)))
CLOCK(thread_ns, whole(vm, out, cpu_time(CLOCK_THREAD_CPUTIME_ID)))

bool time_from_number(VM *vm, Value v, int64_t *whole, int64_t *nanoseconds) {
  *nanoseconds = 0;
  if (is_float(v)) {
    double seconds = float_value(v), below = floor(seconds);
    if (isnan(seconds)) return raise_value_error(vm, "Invalid value NaN (not a number)");
    if (below >= -0x1p63 && below < 0x1p63) {
      *whole = (int64_t)below;
      *nanoseconds = (int64_t)floor((seconds - below) * 1e9);
      return true;
    }
  } else if (!is_int(v)) {
    return raise_type_error(vm, "'%s' object cannot be interpreted as an integer",
                            value_class_name(vm, v));
  } else if (int_to_i64(v, whole)) {
    return true;
  }
  return vm_raise(vm, vm->exceptions.OverflowError, "timestamp out of range for platform time_t");
}

// time.sleep blocks the thread, and with it every task of its loop.
static Step sleep_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  if (!is_empty(vm->exception)) return STEP_RAISE;
  int64_t whole, nanoseconds;
  Value seconds = frame->regs[0];
  if (!time_from_number(vm, seconds, &whole, &nanoseconds)) return STEP_RAISE;
  if (whole < 0) {
    raise_value_error(vm, "sleep length must be non-negative");
    return STEP_RAISE;
  }
  if (whole > INT64_MAX / 1000000000 - 1) {
    vm_raise(vm, vm->exceptions.OverflowError, "timestamp out of range for platform time_t");
    return STEP_RAISE;
  }
  // A float's nearest nanosecond, as a virtual clock counts them.
  if (is_float(seconds)) {
    nanoseconds = (int64_t)nearbyint((float_value(seconds) - (double)whole) * 1e9);
  }
  Clock *clock = vm->loops->clock;
  uint64_t until = clock_nanoseconds(clock) + (uint64_t)whole * 1000000000 + (uint64_t)nanoseconds;
  Blocking blocking = blocking_begin(vm);
  while (clock_nanoseconds(clock) < until) {
    thread_park(vm, frame, until);
    if (!thread_has_signal(vm)) continue;
    Value handler, args[2];
    switch (signals_take(vm, &handler, args)) {
      case SIGNALS_DONE: break;
      case SIGNALS_RAISED: return STEP_RAISE;
      case SIGNALS_CALL: {  // then the rest of the time
        uint64_t now = clock_nanoseconds(clock);
        frame->regs[0] = from_double(now < until ? (double)(until - now) / 1e9 : 0);
        return step_call(vm, frame, 1, handler, 2, args);
      }
    }
  }
  vm->frame = frame;
  blocking_end(vm, blocking);
  return step_done(vm, NONE);
}

static bool clock_info(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "time.get_clock_info", nargs, args);
}

static const NativeDef functions[] = {
    {.name = "time", .leaf = wall},
    {.name = "time_ns", .leaf = wall_ns},
    {.name = "monotonic", .leaf = monotonic},
    {.name = "monotonic_ns", .leaf = monotonic_ns},
    {.name = "perf_counter", .leaf = monotonic},
    {.name = "perf_counter_ns", .leaf = monotonic_ns},
    {.name = "process_time", .leaf = process},
    {.name = "process_time_ns", .leaf = process_ns},
    {.name = "thread_time", .leaf = thread},
    {.name = "thread_time_ns", .leaf = thread_ns},
    {.name = "get_clock_info", .leaf = clock_info, .min = 1, .max = 1},
    {.name = "sleep", .step = sleep_step, .min = 1, .max = 1, .registers = 1},
    {0},
};

bool time_install(VM *vm, Module *module) {
  native_add_functions(vm, module, functions);
  time_install_calendar(vm, module);
  return true;
}
