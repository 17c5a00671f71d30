// signals.c: see signals.h. The handlers are Values as the program gave them: a callable, 0 for
// SIG_DFL, 1 for SIG_IGN, or EMPTY for what the process began with.
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "awaittree.h"
#include "int.h"
#include "interp.h"
#include "loop.h"
#include "rows.h"
#include "thread.h"

#define SIGNAL_LIMIT 65  // one past the last number
#define PATIENCE 100     // milliseconds

struct Signals {
  _Atomic uint64_t interrupted;  // when the SIGINT came that nobody has dealt with yet
  _Atomic uint64_t come;         // bit n - 1: signal n came and was not dealt with
  Value handlers[SIGNAL_LIMIT];  // of signal.signal
  Value watchers[SIGNAL_LIMIT];  // of add_signal_handler: a handle or EMPTY
};

// A signal handler is given nothing but the signal's number, so this one pointer of the process
// cannot hang off anything: the VM whose program has asked for signals.
static _Atomic(VM *) receiver;

Signals *signals_new(void) { return calloc(1, sizeof(Signals)); }

void signals_free(Signals *signals) { free(signals); }

void signals_mark(VM *vm) {
  heap_mark_values(vm, vm->signals->handlers, SIGNAL_LIMIT);
  heap_mark_values(vm, vm->signals->watchers, SIGNAL_LIMIT);
}

// Whether a Ctrl-C waits for so long already that the program, in a long native function, will not
// come to it: then the second one ends it, as signals do.
static bool is_second(Signals *signals) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  uint64_t now = (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
  bool waits = signals->come & UINT64_C(1) << (SIGINT - 1);
  if (!waits) signals->interrupted = now;
  return waits && now - signals->interrupted > PATIENCE;
}

void signals_post(VM *vm, int number) {
  if (number == SIGINT && is_second(vm->signals)) {
    signal(SIGINT, SIG_DFL);
    raise(SIGINT);
    return;
  }
  vm->signals->come |= UINT64_C(1) << (number - 1);
  vm->interrupt |= INTERRUPT_SIGNAL;
  thread_interrupt_main(vm->threads);
}

static void on_signal(int number) {
  int saved = errno;
  VM *vm = receiver;
  if (vm != NULL) signals_post(vm, number);
  errno = saved;
}

// Takes the lowest signal that has come; 0: none.
static int next_come(Signals *signals) {
  uint64_t come = signals->come;
  if (come == 0) return 0;
  int number = __builtin_ctzll(come) + 1;
  signals->come &= ~(UINT64_C(1) << (number - 1));
  return number;
}

SignalOutcome signals_take(VM *vm, Value *handler, Value args[2]) {
  Signals *signals = vm->signals;
  vm->interrupt &= ~(uint32_t)INTERRUPT_SIGNAL;
  for (int number; (number = next_come(signals)) != 0;) {
    Value watcher = signals->watchers[number], own = signals->handlers[number];
    if (!is_empty(watcher)) {
      Handle *handle = as_handle(watcher);
      if (!handle->loop->closed) {
        loop_push(vm, handle->loop, READY_HANDLE, handle, EMPTY);
      }
    } else if (is_object(own)) {
      if (signals->come != 0) vm->interrupt |= INTERRUPT_SIGNAL;
      *handler = own;
      args[0] = small_int(number);
      args[1] = NONE;
      return SIGNALS_CALL;
    } else if (number == SIGUSR1 && is_empty(own)) {
      awaittree_print(vm, stderr);
    } else if (number == SIGINT && is_empty(own) && !loop_take_interrupt(vm)) {
      vm_raise_value(vm, vm->exceptions.KeyboardInterrupt, EMPTY);
      return SIGNALS_RAISED;
    }
  }
  return SIGNALS_DONE;
}

bool signals_breaks_leaf(VM *vm) {
  uint64_t bit = UINT64_C(1) << (SIGINT - 1);
  Signals *signals = vm->signals;
  if (!(signals->come & bit) || !thread_is_main(vm)) return false;
  if (!is_empty(signals->watchers[SIGINT]) || !is_empty(signals->handlers[SIGINT])) return false;
  signals->come &= ~bit;
  if (loop_take_interrupt(vm)) return false;
  return !vm_raise_value(vm, vm->exceptions.KeyboardInterrupt, EMPTY);
}

bool signals_raise_left(VM *vm) {
  uint64_t bit = UINT64_C(1) << (SIGINT - 1);
  if (!(vm->signals->come & bit) || !is_empty(vm->signals->handlers[SIGINT])) return true;
  vm->signals->come &= ~bit;
  return vm_raise_value(vm, vm->exceptions.KeyboardInterrupt, EMPTY);
}

// ---- setting handlers

static bool take_number(VM *vm, Value v, int *out) {
  int64_t number;
  if (!is_int(v)) {
    return raise_type_error(vm, "'%s' object cannot be interpreted as an integer",
                            value_class_name(vm, v));
  }
  if (!int_to_i64(v, &number) || number < 1 || number >= SIGNAL_LIMIT) {
    return raise_value_error(vm, "signal number out of range");
  }
  *out = (int)number;
  return true;
}

static bool install(VM *vm, int number, void (*function)(int)) {
  receiver = vm;
  struct sigaction action = {.sa_handler = function};
  sigemptyset(&action.sa_mask);
  if (sigaction(number, &action, NULL) == 0) return true;
  Value args[] = {small_int(errno), from_object(str_from_c(vm, strerror(errno)))};
  return vm_raise_exception(
      vm, from_object(exception_new(vm, vm->exceptions.OSError, tuple_from(vm, args, 2))));
}

static bool check_main_thread(VM *vm) {
  return thread_is_main(vm) ||
         raise_value_error(vm, "signal only works in main thread of the main interpreter");
}

// _set(number, handler): handler is a callable, 0, 1, or None for the interpreter's own.
static bool set_handler(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int number;
  if (!check_main_thread(vm) || !take_number(vm, args[0], &number)) return false;
  void (*function)(int) = on_signal;
  if (args[1] == small_int(0)) function = SIG_DFL;
  if (args[1] == small_int(1)) function = SIG_IGN;
  if (!install(vm, number, function)) return false;
  vm->signals->handlers[number] = is_none(args[1]) ? EMPTY : args[1];
  *out = NONE;
  return true;
}

// _get(number): what _set set; 0 or 1 for what the process began with; None: the interpreter's own.
static bool get_handler(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int number;
  if (!take_number(vm, args[0], &number)) return false;
  *out = vm->signals->handlers[number];
  if (!is_empty(*out)) return true;
  struct sigaction action;
  *out = NONE;
  if (sigaction(number, NULL, &action) != 0) return true;
  if (action.sa_handler == SIG_DFL || number == SIGUSR1) *out = small_int(0);
  if (action.sa_handler == SIG_IGN) *out = small_int(1);
  return true;
}

bool signals_watch(VM *vm, int number, Value handle) {
  if (!is_empty(handle)) {
    if (!install(vm, number, on_signal)) return false;
  } else if (is_empty(vm->signals->handlers[number]) && number != SIGINT) {
    if (!install(vm, number, SIG_DFL)) return false;
  }
  vm->signals->watchers[number] = handle;
  return true;
}

bool signals_is_watched(VM *vm, int number) { return !is_empty(vm->signals->watchers[number]); }

bool signals_have_watchers(VM *vm) {
  for (int number = 1; number < SIGNAL_LIMIT; number++) {
    if (signals_is_watched(vm, number) || is_object(vm->signals->handlers[number])) return true;
  }
  return false;
}

// ---- the module

// _deliver(): calls the handlers of the signals that have come by now.
static Step deliver_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (!thread_is_main(vm)) return step_done(vm, NONE);
  Value handler, args[2];
  switch (signals_take(vm, &handler, args)) {
    case SIGNALS_RAISED: return STEP_RAISE;
    case SIGNALS_CALL: return step_call(vm, frame, 1, handler, 2, args);
    case SIGNALS_DONE: break;
  }
  return step_done(vm, NONE);
}

static bool send(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int number;
  *out = NONE;
  if (!take_number(vm, args[0], &number)) return false;
  raise(number);
  return true;
}

static bool set_alarm(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t seconds;
  if (!is_int(args[0]) || !int_to_i64(args[0], &seconds) || seconds < 0 || seconds > UINT32_MAX) {
    return raise_type_error(vm, "alarm() takes a number of seconds");
  }
  *out = small_int(alarm((unsigned)seconds));
  return true;
}

static bool describe(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int number;
  if (!take_number(vm, args[0], &number)) return false;
  const char *text = strsignal(number);
  *out = text == NULL ? NONE : from_object(str_from_c(vm, text));
  return true;
}

static bool default_int_handler(VM *vm, Value *args, int nargs, Value *out) {
  (void)args;
  (void)nargs;
  (void)out;
  return vm_raise_value(vm, vm->exceptions.KeyboardInterrupt, EMPTY);
}

// _pause(): sleeps until a signal comes.
static Step pause_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  if (!is_empty(vm->exception)) return STEP_RAISE;
  while (thread_is_main(vm) && !thread_has_signal(vm)) thread_park(vm, frame, CLOCK_NEVER);
  return step_done(vm, NONE);
}

static const NativeDef functions[] = {
    FUNCTION_ROW("_set", set_handler, 2, 2, NULL),
    FUNCTION_ROW("_get", get_handler, 1, 1, NULL),
    FUNCTION_ROW("_send", send, 1, 1, NULL),
    FUNCTION_ROW("default_int_handler", default_int_handler, 2, 2, NULL),
    FUNCTION_ROW("alarm", set_alarm, 1, 1, NULL),
    FUNCTION_ROW("strsignal", describe, 1, 1, NULL),
    STEP_ROW("_deliver", deliver_step, 0, 0, 0, NULL, 1),
    STEP_ROW("_pause", pause_step, 0, 0, 0, NULL, 1),
    END_ROW,
};

bool signal_module_install(VM *vm, Module *module) {
  static const struct {
    const char *name;
    int number;
  } numbers[] = {
      {"SIGHUP", SIGHUP},       {"SIGINT", SIGINT},   {"SIGQUIT", SIGQUIT},   {"SIGILL", SIGILL},
      {"SIGTRAP", SIGTRAP},     {"SIGABRT", SIGABRT}, {"SIGBUS", SIGBUS},     {"SIGFPE", SIGFPE},
      {"SIGKILL", SIGKILL},     {"SIGUSR1", SIGUSR1}, {"SIGSEGV", SIGSEGV},   {"SIGUSR2", SIGUSR2},
      {"SIGPIPE", SIGPIPE},     {"SIGALRM", SIGALRM}, {"SIGTERM", SIGTERM},   {"SIGCHLD", SIGCHLD},
      {"SIGCONT", SIGCONT},     {"SIGSTOP", SIGSTOP}, {"SIGTSTP", SIGTSTP},   {"SIGTTIN", SIGTTIN},
      {"SIGTTOU", SIGTTOU},     {"SIGURG", SIGURG},   {"SIGXCPU", SIGXCPU},   {"SIGXFSZ", SIGXFSZ},
      {"SIGVTALRM", SIGVTALRM}, {"SIGPROF", SIGPROF}, {"SIGWINCH", SIGWINCH}, {"SIGIO", SIGIO},
      {"SIGSYS", SIGSYS},
  };
  native_add_functions(vm, module, functions);
  Dict *names = dict_new(vm);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    dict_set_c(vm, names, numbers[i].name, small_int(numbers[i].number));
  }
  module_set(vm, module, str_intern_c(vm, "_numbers"), from_object(names));
  module_set(vm, module, str_intern_c(vm, "NSIG"), small_int(SIGNAL_LIMIT));
  return true;
}
