// channel.c: see channel.h: reading, writing and the end of a channel.
//
// Invariant: an open wire's owner is the channel whose wire it is. A wire whose owner is NULL is
// closing: its callbacks only free their memory.
#include "channel.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "bytes.h"
#include "context.h"
#include "int.h"
#include "loop.h"
#include "netmodule.h"
#include "rows.h"

#define HIGH_WATER (64 << 10)
#define LOW_WATER (16 << 10)

Channel *channel_new(VM *vm, EventLoop *loop, bool is_pipe) {
  Channel *channel = heap_alloc(vm, KIND_CHANNEL, vm->channel_class, sizeof *channel);
  channel->loop = loop;
  channel->high = HIGH_WATER;
  channel->low = LOW_WATER;
  channel->is_pipe = is_pipe;
  channel->wire = wire_new(poller_of(vm, loop), &channel->header);
  channel->closed = future_new(vm, loop);
  return channel;
}

static Channel *owner_of(const void *handle) { return (Channel *)((const Wire *)handle)->owner; }

static size_t queued(const Channel *channel) {
  return channel->wire == NULL ? 0 : uv_stream_get_write_queue_size(&channel->wire->uv.stream);
}

// ---- the end

static void wake_drainers(VM *vm, Channel *channel, Value exception) {
  List *drainers = channel->drainers;
  channel->drainers = NULL;
  for (size_t i = 0; drainers != NULL && i < drainers->count; i++) {
    poller_settle(vm, as_future(drainers->items[i]), NONE, exception);
  }
}

static void call_handler(VM *vm, Channel *channel, int which, Value arg) {
  if (channel->handlers == NULL) return;
  Handle *handle = is_empty(arg)
                       ? loop_call_soon(vm, channel->loop, channel->handlers->items[which],
                                        from_object(vm->empty_tuple), channel->context)
                       : loop_call_soon_one(vm, channel->loop, channel->handlers->items[which], arg,
                                            channel->context);
  if (handle == NULL) vm_clear_exception(vm);
}

// All but telling the handlers.
static void end(VM *vm, Channel *channel, Value exception) {
  channel->lost = channel->closing = true;
  channel->reading = false;
  if (channel->wire != NULL) wire_close(channel->wire);
  channel->wire = NULL;
  ByteBuffer *buffer = channel->buffer;
  if (buffer != NULL) {
    if (is_empty(exception)) {
      byte_buffer_feed_eof(vm, buffer);
    } else {
      byte_buffer_fail(vm, buffer, exception);
    }
  }
  poller_settle(vm, channel->closed, NONE, exception);
  channel->closed->header.extra &= (uint8_t)~FUTURE_UNSEEN;  // nobody need ask for it
  wake_drainers(vm, channel, exception);
}

void channel_lose(VM *vm, Channel *channel, Value exception) {
  if (channel->lost) return;
  end(vm, channel, exception);
  call_handler(vm, channel, CHANNEL_LOST, is_empty(exception) ? NONE : exception);
}

void channel_forget_wire(Object *object) {
  if (object->kind != KIND_CHANNEL) return;  // of a process
  Channel *channel = (Channel *)object;
  channel->wire = NULL;
  channel->lost = channel->closing = true;
  channel->reading = false;
}

// In the loop's next round, as CPython does: the channel is lost.
static bool lost(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Channel *channel = as_channel(args[0]);
  *out = NONE;
  if (channel->lost) return true;
  end(vm, channel, channel->error);
  if (channel->handlers == NULL) return true;
  Value reason = is_empty(channel->error) ? NONE : channel->error;
  return native_tail(vm, out, channel->handlers->items[CHANNEL_LOST], 1, &reason);
}

static void lose_soon(VM *vm, Channel *channel, Value exception) {
  channel->closing = true;
  channel->error = exception;
  channel_stop_reading(channel);
  if (loop_call_soon_one(vm, channel->loop, vm->loops->channel_lost, from_object(channel), EMPTY) ==
      NULL) {
    vm_clear_exception(vm);
  }
}

static bool close_channel(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Channel *channel = as_channel(args[0]);
  *out = NONE;
  if (channel->closing) return true;
  if (channel->listening) {
    channel_lose(vm, channel, EMPTY);
    return true;
  }
  channel->closing = true;
  channel_stop_reading(channel);
  if (queued(channel) == 0) lose_soon(vm, channel, EMPTY);
  return true;
}

// abort(exception): at once, without sending what waits. The exception is what it was lost by.
static bool abort_channel(VM *vm, Value *args, int nargs, Value *out) {
  Channel *channel = as_channel(args[0]);
  *out = NONE;
  if (!channel->lost) lose_soon(vm, channel, nargs > 1 ? args[1] : EMPTY);
  return true;
}

// ---- reading

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *out) {
  (void)size;
  Poller *poller = ((Wire *)handle)->poller;
  *out = uv_buf_init(poller->scratch, sizeof poller->scratch);
}

// Otherwise a reader takes from the buffer.
static bool hands_on(const Channel *channel) {
  return channel->handlers != NULL && !is_none(channel->handlers->items[CHANNEL_DATA]);
}

// Hands what is in the buffer to the handlers in this round of the loop, or the next.
static void hand_on_soon(VM *vm, Channel *channel) {
  if (!hands_on(channel) || channel->handing) return;
  channel->handing = loop_call_soon_one(vm, channel->loop, vm->loops->channel_hand_on,
                                        from_object(channel), channel->context) != NULL;
  if (!channel->handing) vm_clear_exception(vm);
}

static bool hand_on(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Channel *channel = as_channel(args[0]);
  ByteBuffer *buffer = channel->buffer;
  *out = NONE;
  channel->handing = false;
  if (channel->closing || channel->paused) return true;
  if (buffer->end > buffer->start) {
    Value data = byte_buffer_take(vm, buffer, buffer->end - buffer->start);
    if (buffer->eof) hand_on_soon(vm, channel);
    return native_tail(vm, out, channel->handlers->items[CHANNEL_DATA], 1, &data);
  }
  if (!buffer->eof || channel->end_told) return true;
  channel->end_told = true;
  return native_tail(vm, out, channel->handlers->items[CHANNEL_EOF], 0, NULL);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *data) {
  Channel *channel = owner_of(stream);
  if (channel == NULL || count == 0) return;
  VM *vm = ((Wire *)stream)->poller->vm;
  ByteBuffer *buffer = channel->buffer;
  if (count > 0) {
    memcpy(byte_buffer_room(vm, buffer, (size_t)count), data->base, (size_t)count);
    byte_buffer_fed(vm, buffer, (size_t)count);
    hand_on_soon(vm, channel);
  } else if (count != UV_EOF) {
    channel_lose(vm, channel, poller_error(vm, (int)count));
  } else if (channel->one_way && !hands_on(channel)) {
    channel_lose(vm, channel, EMPTY);
  } else {
    channel_stop_reading(channel);
    byte_buffer_feed_eof(vm, buffer);
    hand_on_soon(vm, channel);
  }
}

void channel_start_reading(VM *vm, Channel *channel) {
  if (channel->reading || channel->closing || channel->paused || channel->buffer->eof) return;
  int error = uv_read_start(&channel->wire->uv.stream, on_alloc, on_read);
  channel->reading = error == 0;
  if (error != 0) lose_soon(vm, channel, poller_error(vm, error));
}

void channel_stop_reading(Channel *channel) {
  if (!channel->reading) return;
  channel->reading = false;
  uv_read_stop(&channel->wire->uv.stream);
}

// read_into(buffer)
static bool read_into(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Channel *channel = as_channel(args[0]);
  channel->buffer = as_byte_buffer(args[1]);
  channel->buffer->channel = channel;
  channel_start_reading(vm, channel);
  *out = NONE;
  return true;
}

// set_handlers((data, eof, lost, room)): calls them from now on.
static bool set_handlers(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Channel *channel = as_channel(args[0]);
  *out = NONE;
  if (!is_tuple(args[1]) || as_tuple(args[1])->count != CHANNEL_HANDLERS) {
    return raise_type_error(vm, "a tuple of four is required");
  }
  channel->handlers = as_tuple(args[1]);
  if (is_empty(channel->context)) channel->context = context_snapshot(vm);
  return true;
}

// pause_reading(), resume_reading()
static bool pause_reading(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  as_channel(args[0])->paused = true;
  channel_stop_reading(as_channel(args[0]));
  *out = NONE;
  return true;
}

static bool resume_reading(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Channel *channel = as_channel(args[0]);
  channel->paused = false;
  if (channel->buffer != NULL) {
    channel_start_reading(vm, channel);
    hand_on_soon(vm, channel);
  }
  *out = NONE;
  return true;
}

// ---- writing

typedef struct {
  uv_write_t request;
  char data[];
} Pending;

static void on_write(uv_write_t *request, int status) {
  Channel *channel = owner_of(request->handle);
  VM *vm = ((Wire *)request->handle)->poller->vm;
  free(request);
  if (channel == NULL) return;
  if (status < 0) {
    channel_lose(vm, channel, poller_error(vm, status));
    return;
  }
  if (channel->full && queued(channel) <= channel->low) {
    channel->full = false;
    wake_drainers(vm, channel, EMPTY);
    call_handler(vm, channel, CHANNEL_ROOM, EMPTY);
  }
  if (channel->closing && queued(channel) == 0) channel_lose(vm, channel, EMPTY);
}

// Sends now what the system takes; the rest waits.
static int send_bytes(Channel *channel, const uint8_t *data, size_t length) {
  uv_stream_t *stream = &channel->wire->uv.stream;
  uv_buf_t whole = uv_buf_init((char *)(uintptr_t)data, (unsigned)length);
  int sent = uv_try_write(stream, &whole, 1);
  if (sent == UV_EAGAIN) sent = 0;
  if (sent < 0) return sent;
  if ((size_t)sent == length) return 0;
  size_t rest = length - (size_t)sent;
  Pending *pending = malloc(sizeof *pending + rest);
  if (pending == NULL) return UV_ENOMEM;
  memcpy(pending->data, data + sent, rest);
  uv_buf_t later = uv_buf_init(pending->data, (unsigned)rest);
  int error = uv_write(&pending->request, stream, &later, 1, on_write);
  if (error != 0) free(pending);
  return error;
}

static bool write_bytes(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Channel *channel = as_channel(args[0]);
  *out = NONE;
  if (!is_bytes(args[1])) {
    return raise_type_error(vm, "data argument must be a bytes-like object, not '%s'",
                            value_class_name(vm, args[1]));
  }
  if (channel->ended) {
    return vm_raise(vm, vm->exceptions.RuntimeError, "Cannot call write() after write_eof()");
  }
  const Bytes *bytes = as_bytes(args[1]);
  if (bytes->length == 0 || channel->wire == NULL || !is_empty(channel->error)) return true;
  for (size_t done = 0; done < bytes->length;) {
    size_t part = bytes->length - done < 1 << 30 ? bytes->length - done : 1 << 30;
    int error = send_bytes(channel, bytes->data + done, part);
    if (error < 0) {
      lose_soon(vm, channel, poller_error(vm, error));
      return true;
    }
    done += part;
  }
  if (queued(channel) > channel->high) channel->full = true;
  return true;
}

static void on_shutdown(uv_shutdown_t *request, int status) {
  (void)status;
  free(request);
}

static bool write_eof(VM *vm, Value *args, int nargs, Value *out) {
  Channel *channel = as_channel(args[0]);
  *out = NONE;
  if (channel->one_way) return close_channel(vm, args, nargs, out);
  if (channel->closing || channel->ended) return true;
  channel->ended = true;
  uv_shutdown_t *request = malloc(sizeof *request);
  if (request != NULL && uv_shutdown(request, &channel->wire->uv.stream, on_shutdown) != 0) {
    free(request);
  }
  return true;
}

// drain(): a future that is done when there is room to write again, or None: there is.
static bool drain(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Channel *channel = as_channel(args[0]);
  *out = NONE;
  if (channel->lost) {
    return vm_raise(vm, vm->exceptions.ConnectionResetError, "Connection lost");
  }
  if (!channel->full) return true;
  Future *future = future_new(vm, channel->loop);
  if (channel->drainers == NULL) channel->drainers = list_new(vm, 1);
  *out = from_object(future);
  list_append(vm, channel->drainers, *out);
  return true;
}

static bool set_limits(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Channel *channel = as_channel(args[0]);
  int64_t high, low;
  *out = NONE;
  if (!int_to_i64(args[1], &high) || !int_to_i64(args[2], &low) || low < 0 || high < low) {
    return raise_value_error(vm, "high must be >= low must be >= 0");
  }
  channel->high = (size_t)high;
  channel->low = (size_t)low;
  if (queued(channel) > channel->high) channel->full = true;
  return true;
}

// ---- listening

static void on_connection(uv_stream_t *stream, int status) {
  Channel *server = owner_of(stream);
  if (server == NULL || status < 0) return;
  Poller *poller = ((Wire *)stream)->poller;
  VM *vm = poller->vm;
  Channel *channel = channel_new(vm, server->loop, server->is_pipe);
  Wire *wire = channel->wire;
  if (channel->is_pipe) {
    uv_pipe_init(&poller->uv, &wire->uv.pipe, 0);
  } else {
    uv_tcp_init(&poller->uv, &wire->uv.tcp);
  }
  bool accepted = uv_accept(stream, &wire->uv.stream) == 0;
  if (accepted && !channel->is_pipe) uv_tcp_nodelay(&wire->uv.tcp, 1);
  if (!accepted || loop_call_soon_one(vm, server->loop, server->callback, from_object(channel),
                                      server->context) == NULL) {
    vm_clear_exception(vm);
    channel_lose(vm, channel, EMPTY);
  }
}

// bound(): it is going to listen; until then nothing is read or written.
static bool set_bound(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  as_channel(args[0])->listening = true;
  *out = NONE;
  return true;
}

// listen(backlog, callback): callback(channel) is called for each connection.
static bool listen_channel(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Channel *channel = as_channel(args[0]);
  int64_t backlog;
  *out = NONE;
  if (!int_to_i64(args[1], &backlog)) return raise_type_error(vm, "backlog must be an integer");
  channel->listening = true;
  channel->callback = args[2];
  channel->context = context_snapshot(vm);
  if (channel->wire == NULL) return true;
  int error = uv_listen(&channel->wire->uv.stream, (int)backlog, on_connection);
  return error == 0 || vm_raise_exception(vm, poller_error(vm, error));
}

// ---- watching

static void on_events(uv_poll_t *poll, int status, int events) {
  Channel *channel = owner_of(poll);
  if (channel == NULL) return;
  VM *vm = ((Wire *)poll)->poller->vm;
  if (status < 0) events = UV_READABLE | UV_WRITABLE;
  if (events & UV_READABLE && !is_empty(channel->callback)) {
    loop_push(vm, channel->loop, READY_HANDLE, as_object(channel->callback), EMPTY);
  }
  if (events & UV_WRITABLE && !is_empty(channel->writable)) {
    loop_push(vm, channel->loop, READY_HANDLE, as_object(channel->writable), EMPTY);
  }
}

static Channel *find_watch(const Poller *poller, int descriptor) {
  for (Wire *wire = poller->wires; wire != NULL; wire = wire->next) {
    uv_os_fd_t watched;
    if (wire->uv.handle.type == UV_POLL && uv_fileno(&wire->uv.handle, &watched) == 0 &&
        watched == descriptor) {
      return (Channel *)wire->owner;
    }
  }
  return NULL;
}

static Channel *new_watch(VM *vm, EventLoop *loop, int descriptor) {
  Channel *channel = channel_new(vm, loop, true);
  Wire *wire = channel->wire;
  int flags = fcntl(descriptor, F_GETFL);
  int error = uv_poll_init(&wire->poller->uv, &wire->uv.poll, descriptor);
  // libuv makes it non-blocking, for every process that has it open; the program did not ask.
  if (flags >= 0 && !(flags & O_NONBLOCK)) fcntl(descriptor, F_SETFL, flags);
  if (error == 0) return channel;
  wire_drop(wire);
  channel_forget_wire(&channel->header);
  vm_raise_exception(vm, poller_error(vm, error));
  return NULL;
}

bool channel_watch(VM *vm, EventLoop *loop, int descriptor, bool writing, Value handle, bool *had) {
  Channel *channel = find_watch(poller_of(vm, loop), descriptor);
  *had = false;
  if (channel == NULL && is_empty(handle)) return true;
  if (channel == NULL) channel = new_watch(vm, loop, descriptor);
  if (channel == NULL) return false;
  Value *place = writing ? &channel->writable : &channel->callback;
  *had = !is_empty(*place);
  if (*had) handle_cancel(vm, as_handle(*place));
  *place = handle;
  int events = (is_empty(channel->callback) ? 0 : UV_READABLE) |
               (is_empty(channel->writable) ? 0 : UV_WRITABLE);
  if (events == 0) {
    wire_close(channel->wire);
    channel_forget_wire(&channel->header);
    return true;
  }
  int error = uv_poll_start(&channel->wire->uv.poll, events, on_events);
  return error == 0 || vm_raise_exception(vm, poller_error(vm, error));
}

static void on_change(uv_fs_event_t *event, const char *name, int events, int status) {
  (void)name, (void)events, (void)status;
  Channel *channel = owner_of(event);
  if (channel == NULL) return;
  loop_push(((Wire *)event)->poller->vm, channel->loop, READY_HANDLE, as_object(channel->callback),
            EMPTY);
}

Channel *channel_watch_folder(VM *vm, EventLoop *loop, const char *path, Value handle) {
  Channel *channel = channel_new(vm, loop, true);
  channel->callback = handle;
  Wire *wire = channel->wire;
  int error = uv_fs_event_init(&wire->poller->uv, &wire->uv.fs_event);
  if (error != 0) {
    wire_drop(wire);
    channel_forget_wire(&channel->header);
  } else if ((error = uv_fs_event_start(&wire->uv.fs_event, on_change, path, 0)) != 0) {
    channel_forget(channel);
  }
  if (error == 0) return channel;
  vm_raise_exception(vm, poller_error(vm, error));
  return NULL;
}

void channel_forget(Channel *channel) {
  if (channel->wire != NULL) wire_close(channel->wire);
  channel_forget_wire(&channel->header);
}

// ---- what is known about it

static bool is_reading(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  const Channel *channel = as_channel(args[0]);
  *out = from_bool(!channel->paused && !channel->closing);
  return true;
}

static bool is_full(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_bool(as_channel(args[0])->full);
  return true;
}

static bool is_closing(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_bool(as_channel(args[0])->closing);
  return true;
}

static bool get_closed(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_object(as_channel(args[0])->closed);
  return true;
}

static bool get_queued(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = int_from_i64(vm, (int64_t)queued(as_channel(args[0])));
  return true;
}

static bool get_limits(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Channel *channel = as_channel(args[0]);
  *out = from_object(tuple_pair(vm, int_from_i64(vm, (int64_t)channel->low),
                                int_from_i64(vm, (int64_t)channel->high)));
  return true;
}

static int descriptor_of(const Channel *channel) {
  uv_os_fd_t descriptor;
  if (channel->wire == NULL) return -1;
  return uv_fileno(&channel->wire->uv.handle, &descriptor) == 0 ? descriptor : -1;
}

static bool get_fileno(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = small_int(descriptor_of(as_channel(args[0])));
  return true;
}

// The address that one of the system's calls gives; None: it has none.
static bool name_of(VM *vm, Value *args, int (*call)(int, struct sockaddr *, socklen_t *),
                    Value *out) {
  struct sockaddr_storage address = {0};
  socklen_t length = sizeof address;
  int descriptor = descriptor_of(as_channel(args[0]));
  bool has = descriptor >= 0 && call(descriptor, (struct sockaddr *)&address, &length) == 0;
  *out = has ? net_address(vm, (struct sockaddr *)&address, length) : NONE;
  return true;
}

static bool sockname(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return name_of(vm, args, getsockname, out);
}

static bool peername(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return name_of(vm, args, getpeername, out);
}

static const NativeDef methods[] = {
    METHOD_ROW("close", close_channel, 1, 1),
    METHOD_ROW("abort", abort_channel, 1, 2),
    METHOD_ROW("read_into", read_into, 2, 2),
    METHOD_ROW("set_handlers", set_handlers, 2, 2),
    METHOD_ROW("is_reading", is_reading, 1, 1),
    METHOD_ROW("is_full", is_full, 1, 1),
    METHOD_ROW("pause_reading", pause_reading, 1, 1),
    METHOD_ROW("resume_reading", resume_reading, 1, 1),
    METHOD_ROW("write", write_bytes, 2, 2),
    METHOD_ROW("write_eof", write_eof, 1, 1),
    METHOD_ROW("drain", drain, 1, 1),
    METHOD_ROW("set_limits", set_limits, 3, 3),
    METHOD_ROW("get_limits", get_limits, 1, 1),
    METHOD_ROW("bound", set_bound, 1, 1),
    METHOD_ROW("listen", listen_channel, 3, 3),
    METHOD_ROW("is_closing", is_closing, 1, 1),
    METHOD_ROW("closed", get_closed, 1, 1),
    METHOD_ROW("queued", get_queued, 1, 1),
    METHOD_ROW("fileno", get_fileno, 1, 1),
    METHOD_ROW("sockname", sockname, 1, 1),
    METHOD_ROW("peername", peername, 1, 1),
    END_ROW,
};

static const NativeDef lost_def = FUNCTION_ROW("connection_lost", lost, 1, 1, NULL);
static const NativeDef hand_on_def = FUNCTION_ROW("data_received", hand_on, 1, 1, NULL);

void channel_install(VM *vm, Module *module) {
  vm->channel_class =
      class_new_builtin(vm, "Channel", NULL, KIND_CHANNEL, CLASS_FINAL | CLASS_ABSTRACT);
  native_add_methods(vm, vm->channel_class, methods);
  vm->loops->channel_lost = native_new(vm, &lost_def, NULL);
  vm->loops->channel_hand_on = native_new(vm, &hand_on_def, NULL);
  module_set(vm, module, str_intern_c(vm, "Channel"), from_object(vm->channel_class));
}

void channel_mark(VM *vm, Object *object) {
  Channel *channel = (Channel *)object;
  heap_mark_object(vm, channel->loop);
  heap_mark_object(vm, channel->buffer);
  heap_mark_object(vm, channel->drainers);
  heap_mark_object(vm, channel->closed);
  heap_mark_object(vm, channel->handlers);
  heap_mark(vm, channel->callback);
  heap_mark(vm, channel->context);
  heap_mark(vm, channel->writable);
  heap_mark(vm, channel->error);
}
