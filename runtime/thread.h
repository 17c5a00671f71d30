// thread.h: threads of the system, one at a time under the interpreter lock.
//
// The thread that holds the lock runs: vm->running is its state, vm->thread is it. A thread gives
// the lock up when it parks (waits for another thread or for a time), when it blocks in a call of
// the system, and at a safepoint when another has waited for 5 ms. What it had in vm->running is
// kept in its Thread meanwhile and put back when it has the lock again.
//
// Everything that waits for a thread of the program (locks, joins, queues, loops with nothing to
// do, time.sleep) is made of park and unpark. With a virtual clock that is what lets time go on:
// when every thread is parked, the clock jumps to the earliest deadline.
//
// Invariant: objects of the heap are touched by the holder of the lock only, so they need no other
// protection. A thread that gives the lock up has its frames reachable from vm->frame.
#ifndef CORO_THREAD_H
#define CORO_THREAD_H

#include "clock.h"
#include "vm.h"

typedef struct Threads Threads;
struct uv_async_s;

struct Thread {
  ThreadState saved;  // while another thread runs
  Threads *threads;
  uint64_t number;               // from 1: the main thread
  bool daemon;                   // the program's end does not wait for it
  Str *name;                     // as the program calls it, or NULL
  Dict *locals;                  // threading.local's: object -> dict of attributes; or NULL
  Value callee, args, keywords;  // what it runs, until it has begun
  Thread *next;
  Module *imports;          // that another thread loads and this one waits for, or NULL
  struct Parking *parking;  // how it waits
  struct HogWatch *hog;     // hogwatch.h, NULL: it has run no loop
  Frame *releasing;         // of a native that may give the lock up (blocking.h)
  uint64_t *woken;          // where to note when a wait is over, before the lock is had; or NULL:
  uint64_t woken_at;        // nobody asks
};

Threads *threads_new(VM *vm, Clock *clock);  // the calling thread becomes the main thread
// Waits for the threads that are no daemons. False: daemons are left, which go on using the VM
// until the process ends; nothing may be freed.
bool threads_finish(VM *vm);
void threads_free(Threads *threads);
void threads_mark(VM *vm);
bool threads_are_many(VM *vm);
// All of them in turn: the one after `thread`; NULL begins and ends.
const Thread *threads_next(const VM *vm, const Thread *thread);
// Whether another thread may yet do something: it runs, or waits for a time or a descriptor.
bool threads_may_wake(VM *vm);
// How many seconds a thread that wants to run waits before it asks the running one to let it.
double threads_switch_interval(const VM *vm);
void threads_set_switch_interval(VM *vm, double seconds);
bool thread_is_main(const VM *vm);

// A signal waits for the running thread, the main one, to reach a safepoint.
bool thread_has_signal(const VM *vm);

// Runs callee(*args, **keywords) in a new thread. NULL with RuntimeError pending.
Thread *thread_start(VM *vm, Value callee, Value args, Value keywords, bool daemon);

// Around a blocking call of the system. In between nothing of the VM may be used. `frame` is the
// caller's, a step function's: it keeps alive what the caller holds.
Thread *thread_release(VM *vm, Frame *frame);
void thread_acquire(VM *vm, Thread *self);
// At a safepoint, for INTERRUPT_SWITCH: lets a waiting thread run.
void thread_yield(VM *vm);

// Waits until unparked or until the deadline (of clock_nanoseconds; or CLOCK_NEVER). May come back
// without cause, and does when a signal is to be handled: look again at what was waited for.
void thread_park(VM *vm, Frame *frame, uint64_t deadline);
// Ends the thread's park, or else its next one.
void thread_unpark(Thread *thread);
// The same park, that ends as well when the descriptor is readable. `async` makes it so.
void thread_park_watching(VM *vm, Frame *frame, uint64_t deadline, struct uv_async_s *async,
                          int descriptor);
// From here to thread_unwatch, unpark and signals send `async` to this thread, which waits with
// the lock held. False: do not wait, it was woken already.
bool thread_watch(VM *vm, struct uv_async_s *async);
void thread_unwatch(VM *vm);
// From a signal handler: the main thread stops waiting.
void thread_interrupt_main(Threads *threads);
// The clock is another one from now on (before there are other threads).
void threads_use_clock(Threads *threads, Clock *clock);

#endif
