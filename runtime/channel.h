// channel.h: one end of a connection (TCP, unix socket, pipe), a listening socket, a watched
// descriptor, or a watched folder.
//
// A channel that reads feeds a ByteBuffer. What is written goes to the system at once as far as it
// takes it; the rest waits in libuv's queue, and writers are told to pause (`drained`) while more
// than `high` bytes wait there. A channel is *closing* from close() until all is written, and
// *lost* from then on, or when the connection failed: the buffer gets its end, `closed` its result.
//
// A channel with `handlers` serves a transport with a protocol: what its buffer receives is handed
// on by calls that are put on the loop's queue.
#ifndef CORO_CHANNEL_H
#define CORO_CHANNEL_H

#include "bytebuffer.h"
#include "poller.h"

typedef struct Channel {
  Object header;
  EventLoop *loop;
  Wire *wire;          // NULL: closed
  ByteBuffer *buffer;  // what it reads goes there; NULL: it does not read
  List *drainers;      // futures that wait for room to write; NULL: none
  Future *closed;      // settled when it is lost
  Value callback;      // listening: called with each new channel; watching: when readable
  Value context;       // that they are called in
  Value writable;      // watching: called when writable
  Tuple *handlers;     // of a transport: CHANNEL_DATA …; NULL: there is none
  Value error;         // what it was lost by, EMPTY: nothing
  size_t high, low;    // marks of the queue
  bool reading, listening, closing, lost, ended, full;
  bool is_pipe;
  bool one_way;   // a pipe of a process: its end is the end of the channel
  bool paused;    // reading waits for resume_reading()
  bool handing;   // the call that hands data to the handlers is on the loop's queue
  bool end_told;  // the handlers know that nothing more comes
} Channel;

// What a transport's handlers are called with: bytes; nothing; an exception or None; nothing.
// Without the first (None) a reader takes from the buffer, and is told of the end by that.
enum { CHANNEL_DATA, CHANNEL_EOF, CHANNEL_LOST, CHANNEL_ROOM, CHANNEL_HANDLERS };

static inline Channel *as_channel(Value v) {
  assert(is_kind(v, KIND_CHANNEL));
  return (Channel *)as_object(v);
}

// Its wire is initialized by the caller: init(&poller->uv, &wire->uv.tcp) and the like.
Channel *channel_new(VM *vm, EventLoop *loop, bool is_pipe);
void channel_start_reading(VM *vm, Channel *channel);
void channel_stop_reading(Channel *channel);
// Its connection has ended, or has failed with an exception.
void channel_lose(VM *vm, Channel *channel, Value exception);
// The loop is closed, and the wire with it.
void channel_forget_wire(Object *object);

void channel_install(VM *vm, Module *module);
// loop.add_reader and the like: callback(*args), in a handle, whenever the descriptor is readable
// (or writable); EMPTY: no longer. *had: there was one.
bool channel_watch(VM *vm, EventLoop *loop, int descriptor, bool writing, Value handle,
                   bool *had) MUST_CHECK;

// A channel whose `handle` is put on the loop's queue whenever a file in the folder has changed;
// NULL: an exception is raised. channel_forget ends it.
Channel *channel_watch_folder(VM *vm, EventLoop *loop, const char *path, Value handle);
void channel_forget(Channel *channel);

void channel_mark(VM *vm, Object *object);

#endif
