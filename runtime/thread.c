// thread.c: the interpreter lock, parking, starting and ending threads. See thread.h.
//
// The lock is a flag under a mutex, as in CPython: a thread that has waited for it for the
// switch interval asks the holder to give it up (INTERRUPT_SWITCH), and the holder then waits until
// somebody else has had it. What `threads->mutex` protects: the lock, the list of threads, and of
// each whether it is parked.
#include "thread.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

#include "heap_private.h"
#include "hogwatch.h"
#include "interp.h"
#include "traceback.h"

#define SWITCH_INTERVAL 5e-3  // seconds, until a program asks for another
#define SECOND UINT64_C(1000000000)
#define THREAD_SIZE 16384      // bytes that one needs until it does much, most of them the system's
#define STACK_SIZE (16 << 20)  // C walks of nested data (VM_MAX_NESTING) fit with room to spare

typedef struct Parking {
  uv_thread_t os;
  sem_t wake;                   // posted by unpark, and by a signal handler
  _Atomic(uv_async_t *) async;  // sent besides, while it waits for descriptors too; or NULL
  bool parked;
  bool token;  // unparked while it was not parked
  uint64_t deadline;
} Parking;

struct Threads {
  VM *vm;
  Clock *clock;
  uv_mutex_t mutex;
  uv_cond_t freed;     // the lock was given up
  uv_cond_t switched;  // somebody has taken it; or a thread has ended
  Thread *holder;      // NULL: the lock is free
  uint64_t switches;   // how often it was taken
  int waiting;         // threads that want it
  int count, awake;    // of all threads; of those that are not parked
  uint64_t last_number;
  double switch_interval;  // seconds
  Thread *first, *main;
  bool ending;  // only the main thread gets the lock any more
};

static void fail(const char *what) {
  fprintf(stderr, "coro: cannot %s\n", what);
  exit(1);
}

// ---- making

static Thread *thread_new(Threads *threads) {
  Thread *thread = calloc(1, sizeof *thread);
  Parking *parking = calloc(1, sizeof *parking);
  if (thread == NULL || parking == NULL || sem_init(&parking->wake, 0, 0) != 0) {
    fail("make a thread");
  }
  thread->threads = threads;
  thread->parking = parking;
  return thread;
}

static void thread_free(Thread *thread) {
  hogwatch_free(thread);
  sem_destroy(&thread->parking->wake);
  free(thread->parking);
  free(thread);
}

static void link_thread(Threads *threads, Thread *thread) {
  thread->number = ++threads->last_number;
  thread->next = threads->first;
  threads->first = thread;
  threads->count++;
  threads->awake++;
}

Threads *threads_new(VM *vm, Clock *clock) {
  Threads *threads = calloc(1, sizeof *threads);
  if (threads == NULL || uv_mutex_init(&threads->mutex) != 0 ||
      uv_cond_init(&threads->freed) != 0 || uv_cond_init(&threads->switched) != 0) {
    fail("make the interpreter lock");
  }
  threads->vm = vm;
  threads->clock = clock;
  threads->switch_interval = SWITCH_INTERVAL;
  threads->main = threads->holder = thread_new(threads);
  threads->main->parking->os = uv_thread_self();
  link_thread(threads, threads->main);
  vm->thread = threads->main;
  return threads;
}

void threads_use_clock(Threads *threads, Clock *clock) { threads->clock = clock; }

double threads_switch_interval(const VM *vm) { return vm->threads->switch_interval; }

void threads_set_switch_interval(VM *vm, double seconds) {
  uv_mutex_lock(&vm->threads->mutex);
  vm->threads->switch_interval = seconds;
  uv_mutex_unlock(&vm->threads->mutex);
}

const Thread *threads_next(const VM *vm, const Thread *thread) {
  return thread == NULL ? vm->threads->first : thread->next;
}

bool threads_are_many(VM *vm) { return vm->threads->count > 1; }

bool threads_may_wake(VM *vm) {
  if (!threads_are_many(vm)) return false;
  Threads *threads = vm->threads;
  bool may = false;
  uv_mutex_lock(&threads->mutex);
  for (const Thread *thread = threads->first; thread != NULL; thread = thread->next) {
    const Parking *parking = thread->parking;
    if (thread == vm->thread) continue;
    may = may || !parking->parked || parking->deadline != CLOCK_NEVER || parking->async != NULL;
  }
  uv_mutex_unlock(&threads->mutex);
  return may;
}
bool thread_is_main(const VM *vm) { return vm->thread == vm->threads->main; }

// ---- the lock. Functions named locked_… are called with the mutex held.

static void locked_give_up(Threads *threads) {
  threads->holder = NULL;
  uv_cond_signal(&threads->freed);
}

static void locked_take(VM *vm, Thread *self) {
  Threads *threads = self->threads;
  threads->waiting++;
  while (threads->holder != NULL || (threads->ending && self != threads->main)) {
    uint64_t seen = threads->switches;
    uint64_t patience = (uint64_t)(threads->switch_interval * 1e9);
    int error = uv_cond_timedwait(&threads->freed, &threads->mutex, patience);
    if (error != 0 && threads->switches == seen) vm->interrupt |= INTERRUPT_SWITCH;
  }
  threads->waiting--;
  threads->holder = self;
  threads->switches++;
  vm->interrupt &= ~(uint32_t)INTERRUPT_SWITCH;
  uv_cond_broadcast(&threads->switched);
  vm->running = self->saved;
  vm->thread = self;
}

Thread *thread_release(VM *vm, Frame *frame) {
  Thread *self = vm->thread;
  vm->frame = frame;
  self->saved = vm->running;
  uv_mutex_lock(&self->threads->mutex);
  locked_give_up(self->threads);
  uv_mutex_unlock(&self->threads->mutex);
  return self;
}

static void note_woken(const Thread *self) {
  if (self->woken != NULL) *self->woken = clock_nanoseconds(self->threads->clock);
}

void thread_acquire(VM *vm, Thread *self) {
  note_woken(self);
  uv_mutex_lock(&self->threads->mutex);
  locked_take(vm, self);
  uv_mutex_unlock(&self->threads->mutex);
}

void thread_yield(VM *vm) {
  Thread *self = vm->thread;
  Threads *threads = self->threads;
  self->saved = vm->running;
  uv_mutex_lock(&threads->mutex);
  uint64_t seen = threads->switches;
  locked_give_up(threads);
  while (threads->waiting > 0 && threads->switches == seen) {
    uv_cond_wait(&threads->switched, &threads->mutex);
  }
  locked_take(vm, self);
  uv_mutex_unlock(&threads->mutex);
}

// ---- parking

static void send_async(Parking *parking) {
  uv_async_t *async = parking->async;
  if (async != NULL) uv_async_send(async);
}

static void locked_unpark(Thread *thread) {
  Parking *parking = thread->parking;
  send_async(parking);
  if (!parking->parked) {
    parking->token = true;
    return;
  }
  parking->parked = false;
  thread->threads->awake++;
  sem_post(&parking->wake);
}

// Every thread waits: a virtual clock goes on to the earliest deadline, and whose it is wakes. Of
// equal ones the oldest thread's, so that each run is the same.
static void locked_advance(Threads *threads) {
  if (threads->awake > 0 || !clock_is_virtual(threads->clock)) return;
  if (clock_is_held(threads->clock)) return;
  Thread *earliest = NULL;
  for (Thread *thread = threads->first; thread != NULL; thread = thread->next) {
    if (earliest == NULL || thread->parking->deadline <= earliest->parking->deadline) {
      earliest = thread;
    }
  }
  if (earliest == NULL || earliest->parking->deadline == CLOCK_NEVER) return;
  clock_advance(threads->clock, earliest->parking->deadline);
  locked_unpark(earliest);
}

static bool has_signal(const VM *vm, const Thread *self) {
  return self == self->threads->main && vm->interrupt & INTERRUPT_SIGNAL;
}

bool thread_has_signal(const VM *vm) { return has_signal(vm, vm->thread); }

// Waits for the semaphore; false: it is past the deadline of a real clock.
static bool wait_for_wake(Threads *threads, Parking *parking) {
  if (parking->deadline == CLOCK_NEVER || clock_is_virtual(threads->clock)) {
    sem_wait(&parking->wake);
    return true;
  }
  struct timespec until = {(time_t)(parking->deadline / SECOND),
                           (long)(parking->deadline % SECOND)};
  return sem_clockwait(&parking->wake, CLOCK_MONOTONIC, &until) == 0 || errno != ETIMEDOUT;
}

// The descriptor is readable, or it is past the deadline of a real clock, or a signal came.
static void wait_for_descriptor(Threads *threads, const Parking *parking, int descriptor) {
  struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
  int milliseconds = -1;
  if (parking->deadline != CLOCK_NEVER && !clock_is_virtual(threads->clock)) {
    uint64_t now = clock_nanoseconds(threads->clock);
    uint64_t left = parking->deadline > now ? (parking->deadline - now + 999999) / 1000000 : 0;
    milliseconds = left < INT_MAX ? (int)left : INT_MAX;
  }
  poll(&wanted, 1, milliseconds);
}

// descriptor -1: none.
static void park(VM *vm, Frame *frame, uint64_t deadline, int descriptor) {
  Thread *self = vm->thread;
  Threads *threads = self->threads;
  Parking *parking = self->parking;
  vm->frame = frame;
  self->saved = vm->running;
  uv_mutex_lock(&threads->mutex);
  if (parking->token || has_signal(vm, self)) {
    parking->token = false;
    uv_mutex_unlock(&threads->mutex);
    return;
  }
  parking->parked = true;
  parking->deadline = deadline;
  threads->awake--;
  locked_give_up(threads);
  locked_advance(threads);
  while (parking->parked) {
    uv_mutex_unlock(&threads->mutex);
    bool in_time = false;
    if (descriptor < 0) {
      in_time = wait_for_wake(threads, parking);
    } else {
      wait_for_descriptor(threads, parking, descriptor);
    }
    uv_mutex_lock(&threads->mutex);
    if (parking->parked && (!in_time || has_signal(vm, self))) {
      parking->parked = false;
      threads->awake++;
    }
  }
  note_woken(self);
  locked_take(vm, self);
  uv_mutex_unlock(&threads->mutex);
}

void thread_park(VM *vm, Frame *frame, uint64_t deadline) { park(vm, frame, deadline, -1); }

void thread_park_watching(VM *vm, Frame *frame, uint64_t deadline, uv_async_t *async,
                          int descriptor) {
  Parking *parking = vm->thread->parking;
  parking->async = async;
  park(vm, frame, deadline, descriptor);
  parking->async = NULL;
}

bool thread_watch(VM *vm, uv_async_t *async) {
  Thread *self = vm->thread;
  Parking *parking = self->parking;
  uv_mutex_lock(&self->threads->mutex);
  parking->async = async;
  bool may_wait = !parking->token && !has_signal(vm, self);
  parking->token = false;
  if (!may_wait) parking->async = NULL;
  uv_mutex_unlock(&self->threads->mutex);
  return may_wait;
}

void thread_unwatch(VM *vm) { vm->thread->parking->async = NULL; }

void thread_unpark(Thread *thread) {
  uv_mutex_lock(&thread->threads->mutex);
  locked_unpark(thread);
  uv_mutex_unlock(&thread->threads->mutex);
}

void thread_interrupt_main(Threads *threads) {
  sem_post(&threads->main->parking->wake);
  send_async(threads->main->parking);
}

// ---- a thread's life

// An exception that nobody caught; threading's threads catch theirs themselves.
static void report(VM *vm, Value callee) {
  Value exception = vm->exception;
  vm_clear_exception(vm);
  if (exception_is(exception, vm->exceptions.SystemExit)) return;
  Text text = text_new(vm);
  text_add_c(&text, "Exception ignored in thread started by: ");
  value_repr_plain(vm, callee, &text);
  text_add_char(&text, '\n');
  fwrite(text.data, 1, text.length, stderr);
  text_free(&text);
  traceback_print(vm, exception, stderr);
}

static void unlink_thread(Threads *threads, Thread *thread) {
  Thread **link = &threads->first;
  while (*link != thread) link = &(*link)->next;
  *link = thread->next;
  threads->count--;
  threads->awake--;
}

static void thread_main(void *argument) {
  Thread *self = argument;
  Threads *threads = self->threads;
  VM *vm = threads->vm;
  thread_acquire(vm, self);
  Value arguments[] = {self->callee, self->args, self->keywords};
  Value ignored;
  if (!interp_call(vm, vm->call_extended, 3, arguments, &ignored)) report(vm, self->callee);
  heap_buffer_free(vm, vm->call_args, (size_t)vm->call_capacity * sizeof(Value));
  uv_mutex_lock(&threads->mutex);
  unlink_thread(threads, self);
  locked_give_up(threads);
  locked_advance(threads);
  uv_cond_broadcast(&threads->switched);
  thread_free(self);
  pthread_detach(pthread_self());
  uv_mutex_unlock(&threads->mutex);
}

Thread *thread_start(VM *vm, Value callee, Value args, Value keywords, bool daemon) {
  Threads *threads = vm->threads;
  const Heap *heap = vm->heap;
  if (heap->most > 0 && heap_size(heap) + (size_t)threads->count * THREAD_SIZE > heap->most) {
    quota_reach_memory(vm);
  }
  Thread *thread = thread_new(threads);
  thread->callee = callee;
  thread->args = args;
  thread->keywords = keywords;
  thread->daemon = daemon;
  uv_mutex_lock(&threads->mutex);
  link_thread(threads, thread);
  uv_thread_options_t options = {.flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = STACK_SIZE};
  int error = uv_thread_create_ex(&thread->parking->os, &options, thread_main, thread);
  if (error != 0) unlink_thread(threads, thread);
  uv_mutex_unlock(&threads->mutex);
  if (error == 0) return thread;
  thread_free(thread);
  vm_raise(vm, vm->exceptions.RuntimeError, "can't start new thread");
  return NULL;
}

// ---- the end

static bool locked_others_remain(const Threads *threads, bool daemons_too) {
  for (const Thread *thread = threads->first; thread != NULL; thread = thread->next) {
    if (thread != threads->main && (daemons_too || !thread->daemon)) return true;
  }
  return false;
}

bool threads_finish(VM *vm) {
  Threads *threads = vm->threads;
  if (threads->count == 1) return true;
  vm->frame = NULL;
  threads->main->saved = vm->running;
  uv_mutex_lock(&threads->mutex);
  locked_give_up(threads);
  threads->awake--;
  threads->main->parking->deadline = CLOCK_NEVER;
  locked_advance(threads);
  while (locked_others_remain(threads, false)) {
    uv_cond_wait(&threads->switched, &threads->mutex);
  }
  threads->awake++;
  threads->ending = true;
  locked_take(vm, threads->main);
  bool alone = !locked_others_remain(threads, true);
  uv_mutex_unlock(&threads->mutex);
  return alone;
}

void threads_free(Threads *threads) {
  thread_free(threads->main);
  uv_cond_destroy(&threads->freed);
  uv_cond_destroy(&threads->switched);
  uv_mutex_destroy(&threads->mutex);
  free(threads);
}

// ---- the collector

static void mark_state(VM *vm, const ThreadState *state) {
  heap_mark_object(vm, state->frame);
  heap_mark_object(vm, state->chain);
  heap_mark(vm, state->exception);
  heap_mark(vm, state->result);
  heap_mark_object(vm, state->loop);
  heap_mark_object(vm, state->default_loop);
  heap_mark(vm, state->context);
}

void threads_mark(VM *vm) {
  mark_state(vm, &vm->running);
  for (Thread *thread = vm->threads->first; thread != NULL; thread = thread->next) {
    if (thread != vm->thread) mark_state(vm, &thread->saved);
    heap_mark_object(vm, thread->name);
    heap_mark_object(vm, thread->locals);
    heap_mark(vm, thread->callee);
    heap_mark(vm, thread->args);
    heap_mark(vm, thread->keywords);
  }
}
