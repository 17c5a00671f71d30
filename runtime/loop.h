// loop.h: the event loop. What runs is decided here and nowhere else.
//
// The loop is a step function (frame.h), run_forever's, that drives all tasks. In each *round* it
// moves the timers that are due to the FIFO, then runs what was in the FIFO at that moment; what
// becomes ready meanwhile waits for the next round. A task's step resumes its chain of frames and
// comes back when that suspends (task.c). Nothing here is entered twice: callbacks of the program
// are called by STEP_CALL.
//
// Where to read: a round: loop.c; what programs call: loopmethods.c; asyncio.run: runner.c;
// sleep: sleep.c.
#ifndef CORO_LOOP_H
#define CORO_LOOP_H

#include "clock.h"
#include "ready.h"
#include "task.h"
#include "timers.h"
#include "vm.h"

enum { LOOP_LATEST = 16 };

struct EventLoop {
  Object header;
  Ready ready;
  Timers timers;
  size_t todo;      // entries of the FIFO that belong to the current round
  uint64_t serial;  // of the last timer
  // For deadlock.h: the tasks that began to wait for a future since there was last nothing to run.
  Task *latest[LOOP_LATEST];
  uint32_t began;                // how many; the ring keeps the last of them
  uint32_t waits;                // how often more began than it keeps
  Task *first_task, *last_task;  // all that are not done
  Task *current;                 // the running task
  Task *main_task;               // what SIGINT cancels: asyncio.run's
  uint32_t interrupts;           // how many SIGINTs came while main_task was set
  bool running, stopping, closed, debug;
  bool is_session;      // an interactive session's, whose main task reads and runs what is typed:
  bool may_nest;        // … and may run another loop now, as asyncio.run() at the prompt does
  bool idle;            // … and nothing of the program runs
  bool was_deadlocked;  // … and its main task was cancelled since nothing could end its wait
  Thread *thread;       // where it runs
  bool generators_shut_down, executor_shut_down;
  Value exception_handler;  // EMPTY or None: the default one
  Value task_factory;
  Value slow_callback_duration;        // kept for programs that set it
  Value executor;                      // run_in_executor's own pool of threads, EMPTY: none yet
  List *failed;                        // failed futures whose exception nobody has asked for yet
  size_t failed_limit;                 // of its length: then those asked for since are dropped
  size_t failed_total, failed_looked;  // how many there were, and when taskwatch.c looked last
  size_t failed_lost;                  // the first of the list, which nobody can ask for any more
  List *generators;                    // async generators that were started here
  size_t generators_limit;
  struct Poller *poller;  // of sockets and the like (poller.h), NULL: none yet
};

static inline EventLoop *as_loop(Value v) {
  assert(is_kind(v, KIND_LOOP));
  return (EventLoop *)as_object(v);
}

// What call_soon and call_later give.
typedef struct Handle {
  Object header;  // flags: HANDLE_…
  EventLoop *loop;
  Value callback;
  Value args;  // a tuple, or with HANDLE_ONE_ARG the argument itself
  Value context;
  double when;  // of a timer handle
} Handle;

enum {
  HANDLE_CANCELLED = 0x10,
  HANDLE_SCHEDULED = 0x20,  // in the heap of timers
  HANDLE_ONE_ARG = 0x40,
  HANDLE_FROM_THREAD = 0x80,  // another thread has put it on the loop
};

static inline Handle *as_handle(Value v) {
  assert(is_kind(v, KIND_HANDLE));
  return (Handle *)as_object(v);
}

// The loops' part of the VM.
typedef struct LoopState {
  Clock *clock;
  double began;        // when a loop was entered for the first time
  int64_t task_count;  // for the names
  Value token_missing;
  // Natives that C code calls or makes coroutines of.
  Value create_task, create_task_step, run_forever, run_until_complete, call_exception_handler,
      wrap_awaitable, future_iterator, step_driver, shutdown_generators, shutdown_executor,
      channel_lost, channel_hand_on;
} LoopState;

// ---- loops

EventLoop *loop_new(VM *vm);
double loop_time(VM *vm);
bool loop_check_open(VM *vm, const EventLoop *loop) MUST_CHECK;  // "Event loop is closed"
// Whether a loop may be run here: none runs yet.
static inline bool loop_may_run(const VM *vm) { return vm->loop == NULL || vm->loop->may_nest; }
// get_running_loop(): NULL with RuntimeError pending.
EventLoop *loop_running(VM *vm);
// get_event_loop(): the running one, else the default one, made if need be.
EventLoop *loop_current(VM *vm);
void loop_close(VM *vm, EventLoop *loop);
// Cancels the main task, for somebody who wants it to end. False: an exception is pending.
bool loop_cancel_main(VM *vm, EventLoop *loop) MUST_CHECK;
// A future has failed; its exception is reported if nobody ever asks for it.
void loop_note_failed(VM *vm, EventLoop *loop, Future *future);
// How many of the failed are still to be asked for.
size_t loop_failed_count(EventLoop *loop);
// The next failed future to report, its mark taken off; NULL: none.
Future *loop_next_failed(EventLoop *loop);
// {'message': …, 'exception': …, 'future': …} of such a future.
Dict *loop_failed_report(VM *vm, Future *future);
// An async generator is started: it is closed at the latest by shutdown_asyncgens.
void loop_note_async_generator(VM *vm, Frame *generator);

// ---- putting things on the loop

static inline void loop_push(VM *vm, EventLoop *loop, ReadyKind kind, void *object,
                             Value argument) {
  ready_push(vm, &loop->ready, kind, object, argument);
}
// A handle that is put on the loop's queue later. NULL: the loop is closed.
Handle *loop_new_handle(VM *vm, EventLoop *loop, Value callback, Value args, Value context);
// callback(*args) in `context` (context.h). NULL: the loop is closed.
Handle *loop_call_soon(VM *vm, EventLoop *loop, Value callback, Value args, Value context);
Handle *loop_call_soon_one(VM *vm, EventLoop *loop, Value callback, Value arg, Value context);
Handle *loop_call_at(VM *vm, EventLoop *loop, double when, bool absolute, Value callback,
                     Value args, Value context);
// A timer for a sleeping task or future; the serial that READY_SLEEP will carry.
int64_t loop_set_timer(VM *vm, EventLoop *loop, Future *future, double delay);
int64_t loop_wanted_timers(const EventLoop *loop);  // without the dead ones
bool loop_timer_is_dead(const Timer *timer);
// Marks the step of a task that `driver` waits for (hogwatch.h); *is_new: it was not marked before.
// False: it waits for none.
bool loop_watch_step(Frame *driver, bool *is_new);
bool loop_is_driver(const Frame *step);
// The handle whose callback a driver has called; NULL: it does something else.
const Handle *loop_called_handle(const Frame *driver);
void handle_cancel(VM *vm, Handle *handle);
void handle_repr_callback(VM *vm, const Handle *handle, Text *out);  // "f(1, 2) at file:3"

// ensure_future: NULL with TypeError pending. loop NULL: the current one.
Future *loop_ensure_future(VM *vm, Value v, EventLoop *loop);
bool loop_is_awaitable(VM *vm, Value v);
// A coroutine object of a native flagged NATIVE_COROUTINE, made by C; its registers are filled
// from args.
Frame *loop_new_coroutine(VM *vm, Value native, int nargs, const Value *args);

// ---- natives for other files

extern const NativeDef run_forever_def, run_until_complete_def, shutdown_generators_def,
    shutdown_executor_def, wrap_awaitable_def;
extern const NativeDef run_def;  // asyncio.run, and what runs a module with top-level await
extern const NativeDef sleep_def;
Tri loop_repr(VM *vm, Value v, Text *out) MUST_CHECK;  // of FUTURE, TASK, LOOP, HANDLE, CONTEXT …
void loop_report(VM *vm, Dict *report);                // what the default exception handler prints

// ---- the VM's side

void loop_methods_install(VM *vm);  // of loops and handles

// Makes vm->loops and gives the loop's classes their methods; once, when the VM is made.
void loop_install(VM *vm);
void loop_state_free(VM *vm);
void loop_use_virtual_clock(VM *vm);
// Changes the kind of clock while `loop`, the only one with timers, runs.
void loop_switch_clock(VM *vm, EventLoop *loop, bool is_virtual);
// Ends the loop's wait, or else its next one; for other threads than the loop's own.
void loop_wake(EventLoop *loop);
void loop_mark(VM *vm, Object *object);
void loop_free(VM *vm, Object *object);
void handle_mark(VM *vm, Object *object);
// Fills the native module `_asyncio`, from which runtime/lib/asyncio takes its C parts.
void asyncio_fill_module(VM *vm, Module *module);

#endif
