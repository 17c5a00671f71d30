// asyncstream.c: the fast methods of asyncio's StreamReader and StreamWriter. What they do is
// written in runtime/lib/asyncio/streams.coro; see fast.h.
//
// A reading method takes what it wants from the reader's buffer (bytebuffer.h). While that does not
// hold it, a step frame waits for the future that the buffer ends when more has come, and tries
// again. The end of the stream, failures and limits are left to the functions in Coro.
#include "asyncstream.h"

#include "await.h"
#include "bytebuffer.h"
#include "bytes.h"
#include "channel.h"
#include "int.h"
#include "interp.h"
#include "loop.h"

enum { READER_BUFFER };

static const FastClass reader_class = {
    FAST_CLASS_READER, {"_buffer"}, {"read", "readline", "readexactly", "readuntil"}};

static ByteBuffer *usual_buffer(VM *vm, Value self) {
  const FastLayout *layout = fast_layout(vm, &reader_class, self);
  if (layout == NULL || !fast_may_wait(vm, layout, self)) return NULL;
  Value buffer = *fast_slot(layout, self, READER_BUFFER);
  if (!is_kind(buffer, KIND_BYTE_BUFFER)) return NULL;
  return is_empty(as_byte_buffer(buffer)->exception) ? as_byte_buffer(buffer) : NULL;
}

static size_t length_of(const ByteBuffer *buffer) { return buffer->end - buffer->start; }

// There is not enough yet.
static Fast want_more(const ByteBuffer *buffer) {
  bool waits = buffer->waiter != NULL && !future_done(buffer->waiter);
  return buffer->eof || waits ? FAST_NO : FAST_WAIT;
}

static Fast take_until(VM *vm, ByteBuffer *buffer, const void *separator, size_t length,
                       Value *out) {
  if (length_of(buffer) == 0) return want_more(buffer);
  const uint8_t *from = buffer->data + buffer->start;
  const uint8_t *found = memmem(from, length_of(buffer), separator, length);
  if (found == NULL) return length_of(buffer) <= buffer->limit ? want_more(buffer) : FAST_NO;
  if ((size_t)(found - from) > buffer->limit) return FAST_NO;
  *out = byte_buffer_take(vm, buffer, (size_t)(found - from) + length);
  return FAST_DONE;
}

static Fast read_line(VM *vm, const Value *args, Value *out) {
  ByteBuffer *buffer = usual_buffer(vm, args[0]);
  return buffer == NULL ? FAST_NO : take_until(vm, buffer, "\n", 1, out);
}

static Fast read_until(VM *vm, const Value *args, Value *out) {
  ByteBuffer *buffer = usual_buffer(vm, args[0]);
  if (buffer == NULL || !is_bytes(args[1]) || as_bytes(args[1])->length == 0) return FAST_NO;
  return take_until(vm, buffer, as_bytes(args[1])->data, as_bytes(args[1])->length, out);
}

// read(n): what is there, at most n bytes.
static Fast read_some(VM *vm, const Value *args, Value *out) {
  ByteBuffer *buffer = usual_buffer(vm, args[0]);
  if (buffer == NULL || !is_small_int(args[1]) || as_small_int(args[1]) <= 0) return FAST_NO;
  size_t size = (size_t)as_small_int(args[1]), here = length_of(buffer);
  if (here == 0) return want_more(buffer);
  *out = byte_buffer_take(vm, buffer, here < size ? here : size);
  return FAST_DONE;
}

static Fast read_exactly(VM *vm, const Value *args, Value *out) {
  ByteBuffer *buffer = usual_buffer(vm, args[0]);
  if (buffer == NULL || !is_small_int(args[1]) || as_small_int(args[1]) <= 0) return FAST_NO;
  size_t size = (size_t)as_small_int(args[1]);
  if (length_of(buffer) < size) return want_more(buffer);
  *out = byte_buffer_take(vm, buffer, size);
  return FAST_DONE;
}

// ---- waiting

typedef Fast (*Attempt)(VM *, const Value *, Value *);

static Step wait_for(VM *vm, Frame *frame, Value in, Attempt attempt) {
  enum { START, WOKEN };
  Value ignored;
  Step step;
  switch (frame->state) {
    case WOKEN:
      if (!is_empty(vm->exception)) return STEP_RAISE;
      if (!await_finish_future(vm, frame->regs[FAST_WAITER], &ignored)) return STEP_RAISE;
      // fall through
    case START: break;
    default: return fast_handed_over(vm, frame, in);
  }
  if (!fast_must_wait(vm, frame, attempt, &step)) return step;
  ByteBuffer *buffer = usual_buffer(vm, frame->regs[FAST_SELF]);
  Future *waiter = byte_buffer_wait(vm, buffer);
  frame->regs[FAST_WAITER] = from_object(waiter);
  if (!future_set_blocking(vm, from_object(waiter))) return STEP_RAISE;
  return step_yield(vm, frame, WOKEN, from_object(waiter));
}

#define WAIT(text, attempt)                                    \
  static Step attempt##_wait(VM *vm, Frame *frame, Value in) { \
    return wait_for(vm, frame, in, attempt);                   \
  }                                                            \
  static const NativeDef attempt##_def = {                     \
      .name = text, .step = attempt##_wait, .registers = FAST_REGISTERS};
WAIT("readline", read_line)
WAIT("readuntil", read_until)
WAIT("read", read_some)
WAIT("readexactly", read_exactly)

// ---- StreamWriter

enum { WRITER_CHANNEL, WRITER_READER, WRITER_PROTOCOL };

static const FastClass writer_class = {
    FAST_CLASS_WRITER, {"_channel", "_reader", "_protocol"}, {"drain"}};

// There is room, and nothing is amiss.
static Fast drain(VM *vm, const Value *args, Value *out) {
  const FastLayout *layout = fast_layout(vm, &writer_class, args[0]);
  if (layout == NULL || !is_none(*fast_slot(layout, args[0], WRITER_PROTOCOL))) return FAST_NO;
  Value channel = *fast_slot(layout, args[0], WRITER_CHANNEL);
  Value reader = *fast_slot(layout, args[0], WRITER_READER);
  if (!is_kind(channel, KIND_CHANNEL)) return FAST_NO;
  if (as_channel(channel)->closing || as_channel(channel)->full) return FAST_NO;
  if (!is_none(reader) && usual_buffer(vm, reader) == NULL) return FAST_NO;
  *out = NONE;
  return FAST_DONE;
}

const FastMethod asyncstream_methods[] = {
    {"StreamReader.read", read_some, &read_some_def},
    {"StreamReader.readline", read_line, &read_line_def},
    {"StreamReader.readexactly", read_exactly, &read_exactly_def},
    {"StreamReader.readuntil", read_until, &read_until_def},
    {"StreamReader.__anext__", read_line, &read_line_def},
    {"StreamWriter.drain", drain, NULL},
    {NULL, NULL, NULL},
};
