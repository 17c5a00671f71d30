// poller.h: what an event loop waits for besides its own timers: sockets, pipes, names looked up,
// processes. One libuv loop for each EventLoop that needs it, made at its first use.
//
// libuv's callbacks run inside poller_run and poller_wait only, with the interpreter lock held, and
// only touch C state and the loop's queue: they never run a script.
//
// Where to read: streams and servers: channel.c; the module _net: netmodule.c.
#ifndef CORO_POLLER_H
#define CORO_POLLER_H

#include <uv.h>

#include "loop.h"

typedef struct Poller Poller;

// A handle of libuv's and who owns it. It is outside the heap, because libuv still uses it for a
// while after it was closed. The owner is kept alive by the poller until then.
typedef struct Wire {
  union {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
    uv_poll_t poll;
    uv_fs_event_t fs_event;
    uv_process_t process;
  } uv;
  Poller *poller;
  Object *owner;  // NULL: closed
  struct Wire *next, **link;
} Wire;

// A request that is under way, with the future that it settles.
typedef struct Request {
  union {
    uv_connect_t connect;
    uv_getaddrinfo_t names;
  } uv;
  Poller *poller;
  Future *future;
  Wire *wire;  // or NULL
  struct Request *next, **link;
} Request;

struct Poller {
  uv_loop_t uv;
  uv_async_t async;  // ends the wait, from other threads and signal handlers
  uv_timer_t timer;  // ends the wait at the loop's next timer
  VM *vm;
  EventLoop *loop;
  Wire *wires;
  Request *requests;
  bool ending;
  char scratch[1 << 16];  // what is read arrives here
};

// The loop's poller.
Poller *poller_of(VM *vm, EventLoop *loop);
// Is there anything to wait for?
bool poller_is_active(const Poller *poller);
// Handles what has happened by now.
void poller_run(Poller *poller);
// Waits until something happens, or the deadline (of clock_nanoseconds) comes, or somebody wakes
// the loop's thread; then handles it.
void poller_wait(VM *vm, Frame *frame, Poller *poller, uint64_t deadline);
// Closes everything. `alive`: the owners may be told.
void poller_free(Poller *poller, bool alive);
void poller_mark(VM *vm, const Poller *poller);

// A new wire, zeroed; the caller initializes its handle.
Wire *wire_new(Poller *poller, Object *owner);
void wire_drop(Wire *wire);   // one whose handle was not initialized
void wire_close(Wire *wire);  // frees it as soon as libuv lets go of it
Request *request_new(Poller *poller, Future *future, Wire *wire);
void request_free(Request *request);

// OSError(number, text) of libuv's negative error number.
Value poller_error(VM *vm, int uv_error);
// Settles a future that may be done already.
void poller_settle(VM *vm, Future *future, Value result, Value exception);

#endif
