// signals.h: signals of the system: who handles them and when, and the module `_signal`.
//
// A C handler only notes that a signal came and asks for attention (INTERRUPT_SIGNAL). The main
// thread sees to it at its next safepoint, or when that ends its wait: it raises KeyboardInterrupt,
// cancels asyncio.run's main task, puts a loop's handler on its queue, or calls the program's. A
// SIGUSR1 that the program does not handle shows what it does (awaittree.h).
#ifndef CORO_SIGNALS_H
#define CORO_SIGNALS_H

#include "vm.h"

typedef enum {
  SIGNALS_DONE,    // nothing is left to do
  SIGNALS_RAISED,  // an exception is pending
  SIGNALS_CALL,    // handler(args[0], args[1]) is to be called; then ask again
} SignalOutcome;

typedef struct Signals Signals;

Signals *signals_new(void);
void signals_free(Signals *signals);
void signals_mark(VM *vm);
// A signal has come; for signal handlers, from any thread.
void signals_post(VM *vm, int number);
// Deals with what has come; only in the main thread. `frame`: what runs, shown to handlers.
SignalOutcome signals_take(VM *vm, Value *handler, Value args[2]) MUST_CHECK;
// loop.add_signal_handler: `handle` is put on the loop's queue whenever the signal comes; EMPTY
// takes it away. False: RuntimeError or ValueError is pending.
bool signals_watch(VM *vm, int number, Value handle) MUST_CHECK;
bool signals_is_watched(VM *vm, int number);
bool signals_have_watchers(VM *vm);
bool signal_module_install(VM *vm, Module *module);  // _signal

// At the program's end: KeyboardInterrupt for a Ctrl-C that came too late to be dealt with, in a
// native function that ran long; false: it is pending.
bool signals_raise_left(VM *vm) MUST_CHECK;

// A long leaf asks, element by element, whether to go on. False: a Ctrl-C has come that the program
// does not handle itself, and KeyboardInterrupt is pending; sorting three million numbers then ends
// after a tenth of a second, and not after one.
bool signals_breaks_leaf(VM *vm) MUST_CHECK;
static inline bool signals_let_go_on(VM *vm) {
  return likely((vm->interrupt & INTERRUPT_SIGNAL) == 0) || !signals_breaks_leaf(vm);
}

#endif
