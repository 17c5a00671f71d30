// sockets.c: see sockets.h.
//
// Every socket made here is non-blocking: a call that would wait raises BlockingIOError, and the
// class in socket.coro then waits by `wait`, which lets other threads run meanwhile.
#include "sockets.h"

#include <errno.h>
#include <math.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bytes.h"
#include "file.h"
#include "float.h"
#include "int.h"
#include "loopwatch.h"
#include "netmodule.h"
#include "rows.h"
#include "thread.h"

static bool take_number(VM *vm, Value v, int *out) {
  int64_t number;
  if (!is_int(v) || !int_to_i64(v, &number) || number != (int)number) {
    return raise_type_error(vm, "'%s' object cannot be interpreted as an integer",
                            value_class_name(vm, v));
  }
  *out = (int)number;
  return true;
}

// NULL: raised.
static const Bytes *take_bytes(VM *vm, Value v) {
  if (is_bytes(v)) return as_bytes(v);
  raise_type_error(vm, "a bytes-like object is required, not '%s'", value_class_name(vm, v));
  return NULL;
}

static bool fail(VM *vm) { return file_raise(vm, errno, EMPTY); }

// None, or OSError.
static bool done(VM *vm, int result, Value *out) {
  *out = NONE;
  return result >= 0 || fail(vm);
}

// open(family, type, proto)
static bool open_one(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int family, type, proto;
  if (!take_number(vm, args[0], &family) || !take_number(vm, args[1], &type) ||
      !take_number(vm, args[2], &proto)) {
    return false;
  }
  int descriptor = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, proto);
  *out = small_int(descriptor);
  return descriptor >= 0 || fail(vm);
}

// open_pair(family, type, proto)
static bool open_pair(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int family, type, proto, both[2];
  if (!take_number(vm, args[0], &family) || !take_number(vm, args[1], &type) ||
      !take_number(vm, args[2], &proto)) {
    return false;
  }
  if (socketpair(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, proto, both) != 0) return fail(vm);
  *out = from_object(tuple_pair(vm, small_int(both[0]), small_int(both[1])));
  return true;
}

static bool bind_to(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int descriptor;
  Address to;
  if (!take_number(vm, args[0], &descriptor) || !net_take_address(vm, args[1], &to)) return false;
  return done(vm, bind(descriptor, (struct sockaddr *)&to.storage, to.length), out);
}

// connect_to(descriptor, address): BlockingIOError: it is under way.
static bool connect_to(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int descriptor;
  Address to;
  if (!take_number(vm, args[0], &descriptor) || !net_take_address(vm, args[1], &to)) return false;
  return done(vm, connect(descriptor, (struct sockaddr *)&to.storage, to.length), out);
}

static bool listen_on(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int descriptor, backlog;
  if (!take_number(vm, args[0], &descriptor) || !take_number(vm, args[1], &backlog)) return false;
  return done(vm, listen(descriptor, backlog), out);
}

// accept(descriptor): the new descriptor and its peer's address.
static bool accept_one(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int descriptor;
  Address from = {.length = sizeof from.storage};
  if (!take_number(vm, args[0], &descriptor)) return false;
  int made = accept4(descriptor, (struct sockaddr *)&from.storage, &from.length,
                     SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (made < 0) return fail(vm);
  Value address = net_address(vm, (struct sockaddr *)&from.storage, from.length);
  *out = from_object(tuple_pair(vm, small_int(made), address));
  return true;
}

// recv(descriptor, size): the pair of the bytes and the sender's address.
static bool receive(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int descriptor, size;
  Address from = {.length = sizeof from.storage};
  if (!take_number(vm, args[0], &descriptor) || !take_number(vm, args[1], &size)) return false;
  if (size < 0) return raise_value_error(vm, "negative buffersize in recv");
  Bytes *bytes = bytes_new(vm, NULL, (size_t)size);
  ssize_t got = recvfrom(descriptor, bytes->data, (size_t)size, 0, (struct sockaddr *)&from.storage,
                         &from.length);
  if (got < 0) return fail(vm);
  if (got < size) bytes = bytes_new(vm, bytes->data, (size_t)got);
  bool named = from.length > sizeof from.storage.ss_family;
  Value address = named ? net_address(vm, (struct sockaddr *)&from.storage, from.length) : NONE;
  *out = from_object(tuple_pair(vm, from_object(bytes), address));
  return true;
}

// send(descriptor, data, address or None): how many bytes were sent.
static bool send_to(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int descriptor;
  Address to = {.length = 0};
  if (!take_number(vm, args[0], &descriptor)) return false;
  const Bytes *bytes = take_bytes(vm, args[1]);
  if (bytes == NULL) return false;
  if (!is_none(args[2]) && !net_take_address(vm, args[2], &to)) return false;
  ssize_t sent = sendto(descriptor, bytes->data, bytes->length, MSG_NOSIGNAL,
                        to.length > 0 ? (struct sockaddr *)&to.storage : NULL, to.length);
  if (sent < 0) return fail(vm);
  *out = int_from_i64(vm, sent);
  return true;
}

static bool shut_down(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int descriptor, how;
  if (!take_number(vm, args[0], &descriptor) || !take_number(vm, args[1], &how)) return false;
  return done(vm, shutdown(descriptor, how), out);
}

// setsockopt(descriptor, level, option, value): an int or bytes.
static bool set_option(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int descriptor, level, option, number;
  if (!take_number(vm, args[0], &descriptor) || !take_number(vm, args[1], &level) ||
      !take_number(vm, args[2], &option)) {
    return false;
  }
  if (is_bytes(args[3])) {
    const Bytes *bytes = as_bytes(args[3]);
    socklen_t length = (socklen_t)bytes->length;
    return done(vm, setsockopt(descriptor, level, option, bytes->data, length), out);
  }
  if (!take_number(vm, args[3], &number)) return false;
  return done(vm, setsockopt(descriptor, level, option, &number, sizeof number), out);
}

static bool get_option(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int descriptor, level, option, number = 0;
  socklen_t length = sizeof number;
  if (!take_number(vm, args[0], &descriptor) || !take_number(vm, args[1], &level) ||
      !take_number(vm, args[2], &option)) {
    return false;
  }
  if (getsockopt(descriptor, level, option, &number, &length) != 0) return fail(vm);
  *out = small_int(number);
  return true;
}

// name(descriptor, peer): its own address, or its peer's.
static bool get_name(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int descriptor;
  Address name = {.length = sizeof name.storage};
  struct sockaddr *address = (struct sockaddr *)&name.storage;
  if (!take_number(vm, args[0], &descriptor)) return false;
  int result = args[1] == TRUE_VALUE ? getpeername(descriptor, address, &name.length)
                                     : getsockname(descriptor, address, &name.length);
  if (result != 0) return fail(vm);
  *out = net_address(vm, address, name.length);
  return true;
}

static bool host_name(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  *out = from_object(str_from_c(vm, name));
  return true;
}

// wait(descriptor, writing, seconds or None): is it ready? A signal ends the wait early.
static Step wait_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  int descriptor, milliseconds = -1;
  double seconds;
  if (!is_empty(vm->exception) || !take_number(vm, frame->regs[0], &descriptor)) return STEP_RAISE;
  if (!is_none(frame->regs[2])) {
    if (!float_from_number(frame->regs[2], &seconds)) {
      raise_type_error(vm, "a number of seconds is required");
      return STEP_RAISE;
    }
    milliseconds = seconds > 1e6 ? 1000000000 : seconds < 0 ? 0 : (int)ceil(seconds * 1000);
  }
  struct pollfd wanted = {.fd = descriptor,
                          .events = frame->regs[1] == TRUE_VALUE ? POLLOUT : POLLIN};
  Blocking blocking = blocking_begin(vm);
  Thread *self = thread_release(vm, frame);
  int ready = poll(&wanted, 1, milliseconds);
  thread_acquire(vm, self);
  blocking_end(vm, blocking);
  return step_done(vm, from_bool(ready != 0));
}

static const NativeDef functions[] = {
    FUNCTION_ROW("open", open_one, 3, 3, NULL),
    FUNCTION_ROW("open_pair", open_pair, 3, 3, NULL),
    FUNCTION_ROW("bind_to", bind_to, 2, 2, NULL),
    FUNCTION_ROW("connect_to", connect_to, 2, 2, NULL),
    FUNCTION_ROW("listen_on", listen_on, 2, 2, NULL),
    FUNCTION_ROW("accept", accept_one, 1, 1, NULL),
    FUNCTION_ROW("recv", receive, 2, 2, NULL),
    FUNCTION_ROW("send", send_to, 3, 3, NULL),
    FUNCTION_ROW("shutdown", shut_down, 2, 2, NULL),
    FUNCTION_ROW("setsockopt", set_option, 4, 4, NULL),
    FUNCTION_ROW("getsockopt", get_option, 3, 3, NULL),
    FUNCTION_ROW("name", get_name, 2, 2, NULL),
    FUNCTION_ROW("gethostname", host_name, 0, 0, NULL),
    STEP_ROW("wait", wait_step, 3, 3, 0, NULL, 3),
    END_ROW,
};

void sockets_install(VM *vm, Module *module) { native_add_functions(vm, module, functions); }
