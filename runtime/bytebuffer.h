// bytebuffer.h: what a stream has received and its reader has not yet taken: bytes in one C buffer,
// the end or the failure of the stream, and the one future that waits for more.
//
// A reader (runtime/lib/asyncio/streams.coro) takes from it; a channel (channel.h) feeds it, and is
// told to stop reading while more than twice the limit is held.
#ifndef CORO_BYTEBUFFER_H
#define CORO_BYTEBUFFER_H

#include "future.h"

struct Channel;

typedef struct ByteBuffer {
  Object header;
  EventLoop *loop;
  uint8_t *data;  // the bytes start .. end-1 count
  size_t start, end, capacity;
  size_t limit;
  Future *waiter;   // who waits for more, or NULL
  Value exception;  // EMPTY or what reading raises
  bool eof;
  bool full;                // the channel was told to stop reading
  struct Channel *channel;  // who feeds it, or NULL
} ByteBuffer;

static inline ByteBuffer *as_byte_buffer(Value v) {
  assert(is_kind(v, KIND_BYTE_BUFFER));
  return (ByteBuffer *)as_object(v);
}

ByteBuffer *byte_buffer_new(VM *vm, EventLoop *loop, size_t limit);
// Room for `size` more bytes, to be followed by byte_buffer_fed.
uint8_t *byte_buffer_room(VM *vm, ByteBuffer *buffer, size_t size);
void byte_buffer_fed(VM *vm, ByteBuffer *buffer, size_t size);
void byte_buffer_feed_eof(VM *vm, ByteBuffer *buffer);
void byte_buffer_fail(VM *vm, ByteBuffer *buffer, Value exception);

// The next bytes, at most as many as are held.
Value byte_buffer_take(VM *vm, ByteBuffer *buffer, size_t count);

// The future that is done when there is more; nobody else may be waiting.
Future *byte_buffer_wait(VM *vm, ByteBuffer *buffer);

void byte_buffer_install(VM *vm, Module *module);
void byte_buffer_mark(VM *vm, Object *object);
void byte_buffer_free(VM *vm, Object *object);

#endif
