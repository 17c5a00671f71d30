// poller.c: see poller.h. Invariant: every handle but the poller's own two is a wire's, and every
// wire is in the list until it is closed.
#include "poller.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "channel.h"
#include "heap_private.h"
#include "thread.h"

#define MILLISECOND UINT64_C(1000000)
// With a virtual clock: how long (real milliseconds) nothing must come before the clock jumps.
#define PATIENCE 20

static void *allocate(size_t size) { return heap_must_allocate(calloc(1, size)); }

static void on_wake(uv_async_t *async) { (void)async; }

// uv_run runs timers before it polls as well: when it is late already, it must not wait any more.
static void on_timer(uv_timer_t *timer) { uv_stop(timer->loop); }

// Every connection takes a descriptor: as many as the system allows, not as a shell begins with.
static void allow_descriptors(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// libuv ends the process by a signal where it gets no memory for its own tables; these end it with
// a word.
static void *uv_must_malloc(size_t size) { return heap_must_allocate(malloc(size)); }
static void *uv_must_calloc(size_t n, size_t size) { return heap_must_allocate(calloc(n, size)); }
static void *uv_must_realloc(void *p, size_t size) {
  if (size > 0) return heap_must_allocate(realloc(p, size));
  free(p);
  return NULL;
}

Poller *poller_of(VM *vm, EventLoop *loop) {
  if (loop->poller != NULL) return loop->poller;
  uv_replace_allocator(uv_must_malloc, uv_must_realloc, uv_must_calloc, free);
  Poller *poller = allocate(sizeof *poller);
  allow_descriptors();
  poller->vm = vm;
  poller->loop = loop;
  if (uv_loop_init(&poller->uv) != 0 || uv_async_init(&poller->uv, &poller->async, on_wake) != 0 ||
      uv_timer_init(&poller->uv, &poller->timer) != 0) {
    fprintf(stderr, "coro: cannot watch sockets\n");
    exit(1);
  }
  loop->poller = poller;
  return poller;
}

bool poller_is_active(const Poller *poller) {
  return poller->wires != NULL || poller->requests != NULL;
}

// ---- waiting

void poller_run(Poller *poller) { uv_run(&poller->uv, UV_RUN_NOWAIT); }

static bool something_comes(int descriptor, int milliseconds) {
  struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
  return poll(&wanted, 1, milliseconds) != 0;
}

// Nobody else wants to run meanwhile: libuv waits with the interpreter lock held.
static void wait_alone(VM *vm, Poller *poller, uint64_t deadline) {
  if (!thread_watch(vm, &poller->async)) return;
  if (deadline != CLOCK_NEVER) {
    uint64_t now = clock_nanoseconds(vm->loops->clock);
    uint64_t left = deadline > now ? (deadline - now + MILLISECOND - 1) / MILLISECOND : 0;
    uv_update_time(&poller->uv);
    uv_timer_start(&poller->timer, on_timer, left, 0);
  }
  uv_run(&poller->uv, UV_RUN_ONCE);
  uv_timer_stop(&poller->timer);
  thread_unwatch(vm);
}

void poller_wait(VM *vm, Frame *frame, Poller *poller, uint64_t deadline) {
  bool is_virtual = clock_is_virtual(vm->loops->clock);
  if (!is_virtual && !threads_are_many(vm)) {
    wait_alone(vm, poller, deadline);
    return;
  }
  poller_run(poller);
  if (poller->loop->ready.count > 0) return;
  int descriptor = uv_backend_fd(&poller->uv);
  bool came = false;
  if (is_virtual) {
    Thread *self = thread_release(vm, frame);
    came = something_comes(descriptor, PATIENCE);
    thread_acquire(vm, self);
  }
  if (!came && poller->loop->ready.count == 0) {
    thread_park_watching(vm, frame, deadline, &poller->async, descriptor);
  }
  poller_run(poller);
}

// ---- wires and requests

Wire *wire_new(Poller *poller, Object *owner) {
  Wire *wire = allocate(sizeof *wire);
  wire->poller = poller;
  wire->owner = owner;
  wire->next = poller->wires;
  wire->link = &poller->wires;
  if (wire->next != NULL) wire->next->link = &wire->next;
  poller->wires = wire;
  return wire;
}

static void unlink_wire(Wire *wire) {
  *wire->link = wire->next;
  if (wire->next != NULL) wire->next->link = wire->link;
  wire->owner = NULL;
}

void wire_drop(Wire *wire) {
  unlink_wire(wire);
  free(wire);
}

static void on_close(uv_handle_t *handle) { free((Wire *)handle); }

void wire_close(Wire *wire) {
  unlink_wire(wire);
  uv_close(&wire->uv.handle, on_close);
}

Request *request_new(Poller *poller, Future *future, Wire *wire) {
  Request *request = allocate(sizeof *request);
  request->poller = poller;
  request->future = future;
  request->wire = wire;
  request->next = poller->requests;
  request->link = &poller->requests;
  if (request->next != NULL) request->next->link = &request->next;
  poller->requests = request;
  return request;
}

void request_free(Request *request) {
  *request->link = request->next;
  if (request->next != NULL) request->next->link = request->link;
  free(request);
}

void poller_free(Poller *poller, bool alive) {
  poller->ending = true;
  for (Request *request = poller->requests; request != NULL; request = request->next) {
    request->future = NULL;
    uv_cancel((uv_req_t *)&request->uv);
  }
  while (poller->wires != NULL) {
    if (alive) channel_forget_wire(poller->wires->owner);
    wire_close(poller->wires);
  }
  uv_close((uv_handle_t *)&poller->async, NULL);
  uv_close((uv_handle_t *)&poller->timer, NULL);
  uv_run(&poller->uv, UV_RUN_DEFAULT);
  uv_loop_close(&poller->uv);
  free(poller);
}

void poller_mark(VM *vm, const Poller *poller) {
  for (const Wire *wire = poller->wires; wire != NULL; wire = wire->next) {
    heap_mark_object(vm, wire->owner);
  }
  for (const Request *request = poller->requests; request != NULL; request = request->next) {
    heap_mark_object(vm, request->future);
  }
}

// ---- results

Value poller_error(VM *vm, int uv_error) {
  Value args[] = {small_int(-uv_error), from_object(str_from_c(vm, strerror(-uv_error)))};
  Value exception;
  if (exception_create(vm, vm->exceptions.OSError, args, 2, NULL, &exception)) return exception;
  exception = vm->exception;
  vm_clear_exception(vm);
  return exception;
}

void poller_settle(VM *vm, Future *future, Value result, Value exception) {
  if (future == NULL || future_done(future)) return;
  bool ok = is_empty(exception) ? future_set_result(vm, future, result)
                                : future_set_exception(vm, future, exception);
  if (!ok) vm_clear_exception(vm);
}
