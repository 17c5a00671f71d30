// bytebuffer.c: see bytebuffer.h. Invariant: start <= end <= capacity.
#include "bytebuffer.h"

#include "bytes.h"
#include "channel.h"
#include "int.h"
#include "loop.h"
#include "rows.h"

#define FIRST_CAPACITY 4096

ByteBuffer *byte_buffer_new(VM *vm, EventLoop *loop, size_t limit) {
  ByteBuffer *buffer = heap_alloc(vm, KIND_BYTE_BUFFER, vm->byte_buffer_class, sizeof *buffer);
  buffer->loop = loop;
  buffer->limit = limit;
  return buffer;
}

static size_t length_of(const ByteBuffer *buffer) { return buffer->end - buffer->start; }

// ---- feeding

uint8_t *byte_buffer_room(VM *vm, ByteBuffer *buffer, size_t size) {
  if (buffer->capacity - buffer->end < size && buffer->start > 0) {
    memmove(buffer->data, buffer->data + buffer->start, length_of(buffer));
    buffer->end -= buffer->start;
    buffer->start = 0;
  }
  if (buffer->capacity - buffer->end < size) {
    size_t capacity = buffer->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : buffer->capacity;
    while (capacity - buffer->end < size) capacity *= 2;
    buffer->data = heap_buffer_resize(vm, buffer->data, buffer->capacity, capacity);
    buffer->capacity = capacity;
  }
  return buffer->data + buffer->end;
}

// Ends the wait, with an exception or EMPTY. A closed loop has nobody who waits.
static void wake(VM *vm, ByteBuffer *buffer, Value exception) {
  Future *waiter = buffer->waiter;
  buffer->waiter = NULL;
  if (waiter == NULL || future_done(waiter)) return;
  bool ok = is_empty(exception) ? future_set_result(vm, waiter, NONE)
                                : future_set_exception(vm, waiter, exception);
  if (!ok) vm_clear_exception(vm);
}

void byte_buffer_fed(VM *vm, ByteBuffer *buffer, size_t size) {
  buffer->end += size;
  wake(vm, buffer, EMPTY);
  if (buffer->channel != NULL && !buffer->full && length_of(buffer) > 2 * buffer->limit) {
    buffer->full = true;
    channel_stop_reading(buffer->channel);
  }
}

void byte_buffer_feed_eof(VM *vm, ByteBuffer *buffer) {
  buffer->eof = true;
  wake(vm, buffer, EMPTY);
}

void byte_buffer_fail(VM *vm, ByteBuffer *buffer, Value exception) {
  buffer->exception = exception;
  wake(vm, buffer, exception);
}

// ---- taking

static void may_go_on(VM *vm, ByteBuffer *buffer) {
  if (!buffer->full || length_of(buffer) > buffer->limit) return;
  buffer->full = false;
  if (buffer->channel != NULL) channel_start_reading(vm, buffer->channel);
}

Value byte_buffer_take(VM *vm, ByteBuffer *buffer, size_t count) {
  Value bytes = from_object(bytes_new(vm, buffer->data + buffer->start, count));
  buffer->start += count;
  if (buffer->start == buffer->end) buffer->start = buffer->end = 0;
  may_go_on(vm, buffer);
  return bytes;
}

// _Buffer(loop, limit)
static bool make(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t limit;
  if (!is_kind(args[0], KIND_LOOP)) return raise_type_error(vm, "an event loop is required");
  if (!is_int(args[1]) || !int_to_i64(args[1], &limit) || limit <= 0) {
    return raise_value_error(vm, "Limit cannot be <= 0");
  }
  *out = from_object(byte_buffer_new(vm, as_loop(args[0]), (size_t)limit));
  return true;
}

static bool buffer_feed(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  ByteBuffer *buffer = as_byte_buffer(args[0]);
  *out = NONE;
  if (!is_bytes(args[1])) {
    return raise_type_error(vm, "'%s' object is not iterable", value_class_name(vm, args[1]));
  }
  const Bytes *bytes = as_bytes(args[1]);
  if (bytes->length == 0) return true;
  memcpy(byte_buffer_room(vm, buffer, bytes->length), bytes->data, bytes->length);
  byte_buffer_fed(vm, buffer, bytes->length);
  return true;
}

static bool buffer_feed_eof(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  byte_buffer_feed_eof(vm, as_byte_buffer(args[0]));
  *out = NONE;
  return true;
}

static bool buffer_fail(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  byte_buffer_fail(vm, as_byte_buffer(args[0]), args[1]);
  *out = NONE;
  return true;
}

static bool buffer_exception(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Value exception = as_byte_buffer(args[0])->exception;
  *out = is_empty(exception) ? NONE : exception;
  return true;
}

static bool buffer_eof(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_bool(as_byte_buffer(args[0])->eof);
  return true;
}

static bool buffer_size(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = int_from_i64(vm, (int64_t)length_of(as_byte_buffer(args[0])));
  return true;
}

// take(n): at most n bytes; n < 0: all.
static bool buffer_take(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  ByteBuffer *buffer = as_byte_buffer(args[0]);
  int64_t n;
  if (!is_int(args[1])) {
    return raise_type_error(vm, "'%s' object cannot be interpreted as an integer",
                            value_class_name(vm, args[1]));
  }
  size_t have = length_of(buffer);
  size_t count = int_to_i64(args[1], &n) && n >= 0 && (size_t)n < have ? (size_t)n : have;
  *out = byte_buffer_take(vm, buffer, count);
  return true;
}

// find(separator, from): where it begins, counted from the first byte held; -1: nowhere.
static bool buffer_find(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const ByteBuffer *buffer = as_byte_buffer(args[0]);
  int64_t offset;
  *out = small_int(-1);
  if (!is_bytes(args[1])) {
    return raise_type_error(vm, "a bytes-like object is required, not '%s'",
                            value_class_name(vm, args[1]));
  }
  const Bytes *separator = as_bytes(args[1]);
  if (!int_to_i64(args[2], &offset) || (size_t)offset > length_of(buffer)) return true;
  const uint8_t *from = buffer->data + buffer->start;
  const uint8_t *found =
      memmem(from + offset, length_of(buffer) - (size_t)offset, separator->data, separator->length);
  if (found != NULL) *out = small_int(found - from);
  return true;
}

Future *byte_buffer_wait(VM *vm, ByteBuffer *buffer) {
  if (buffer->full) {
    buffer->full = false;
    if (buffer->channel != NULL) channel_start_reading(vm, buffer->channel);
  }
  buffer->waiter = future_new(vm, buffer->loop);
  return buffer->waiter;
}

// wait(name): a future that is done when there is more; name: the method that waits.
static bool buffer_wait(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  ByteBuffer *buffer = as_byte_buffer(args[0]);
  if (buffer->waiter != NULL && !future_done(buffer->waiter)) {
    const Str *name = as_str(args[1]);
    return vm_raise(vm, vm->exceptions.RuntimeError,
                    "%.*s() called while another coroutine is already waiting for incoming data",
                    (int)name->length, name->data);
  }
  *out = from_object(byte_buffer_wait(vm, buffer));
  return true;
}

static const NativeDef methods[] = {
    METHOD_ROW("feed", buffer_feed, 2, 2),
    METHOD_ROW("feed_eof", buffer_feed_eof, 1, 1),
    METHOD_ROW("set_exception", buffer_fail, 2, 2),
    METHOD_ROW("exception", buffer_exception, 1, 1),
    METHOD_ROW("eof", buffer_eof, 1, 1),
    METHOD_ROW("size", buffer_size, 1, 1),
    METHOD_ROW("take", buffer_take, 2, 2),
    METHOD_ROW("find", buffer_find, 3, 3),
    METHOD_ROW("wait", buffer_wait, 2, 2),
    END_ROW,
};

static const NativeDef functions[] = {
    FUNCTION_ROW("buffer", make, 2, 2, NULL),
    END_ROW,
};

void byte_buffer_install(VM *vm, Module *module) {
  vm->byte_buffer_class =
      class_new_builtin(vm, "Buffer", NULL, KIND_BYTE_BUFFER, CLASS_FINAL | CLASS_ABSTRACT);
  native_add_methods(vm, vm->byte_buffer_class, methods);
  native_add_functions(vm, module, functions);
}

void byte_buffer_mark(VM *vm, Object *object) {
  ByteBuffer *buffer = (ByteBuffer *)object;
  heap_mark_object(vm, buffer->loop);
  heap_mark_object(vm, buffer->waiter);
  heap_mark(vm, buffer->exception);
  heap_mark_object(vm, buffer->channel);
}

void byte_buffer_free(VM *vm, Object *object) {
  ByteBuffer *buffer = (ByteBuffer *)object;
  heap_buffer_free(vm, buffer->data, buffer->capacity);
}
