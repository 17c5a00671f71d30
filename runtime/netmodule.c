// netmodule.c: see netmodule.h. Sockets are made here with the system's calls, so that they have
// the options that CPython gives them, and are then handed to libuv.
#include "netmodule.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bytes.h"
#include "channel.h"
#include "context.h"
#include "file.h"
#include "int.h"
#include "processes.h"
#include "rows.h"
#include "sockets.h"

// ---- addresses

static Value path_address(VM *vm, const struct sockaddr_un *address, size_t length) {
  size_t offset = offsetof(struct sockaddr_un, sun_path);
  if (length <= offset) return from_object(vm->empty_str);
  if (address->sun_path[0] == '\0') {
    return from_object(bytes_new(vm, address->sun_path, length - offset));
  }
  return from_object(str_from_c(vm, address->sun_path));
}

Value net_address(VM *vm, const struct sockaddr *address, unsigned length) {
  char host[INET6_ADDRSTRLEN] = "";
  if (address->sa_family == AF_UNIX) {
    return path_address(vm, (const struct sockaddr_un *)address, length);
  }
  if (address->sa_family == AF_INET) {
    const struct sockaddr_in *in = (const struct sockaddr_in *)address;
    uv_ip4_name(in, host, sizeof host);
    return from_object(
        tuple_pair(vm, from_object(str_from_c(vm, host)), small_int(ntohs(in->sin_port))));
  }
  if (address->sa_family != AF_INET6) return NONE;
  const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
  uv_ip6_name(in6, host, sizeof host);
  Value items[] = {from_object(str_from_c(vm, host)), small_int(ntohs(in6->sin6_port)),
                   small_int(ntohl(in6->sin6_flowinfo)), small_int(in6->sin6_scope_id)};
  return from_object(tuple_from(vm, items, 4));
}

bool net_take_address(VM *vm, Value v, Address *out) {
  *out = (Address){.length = 0};
  if (is_str(v) || is_bytes(v)) {
    const char *data = is_str(v) ? as_str(v)->data : (const char *)as_bytes(v)->data;
    size_t length = is_str(v) ? as_str(v)->length : as_bytes(v)->length;
    struct sockaddr_un *un = (struct sockaddr_un *)&out->storage;
    if (length >= sizeof un->sun_path) {
      return vm_raise(vm, vm->exceptions.OSError, "AF_UNIX path too long");
    }
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, data, length);
    bool is_abstract = length > 0 && data[0] == '\0';
    out->length =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (is_abstract ? 0 : 1));
    return true;
  }
  int64_t port, flow = 0, scope = 0;
  if (!is_tuple(v) || as_tuple(v)->count < 2 || !is_str(as_tuple(v)->items[0]) ||
      !is_int(as_tuple(v)->items[1])) {
    return raise_type_error(vm, "AF_INET address must be tuple, not %s", value_class_name(vm, v));
  }
  const Tuple *tuple = as_tuple(v);
  if (!int_to_i64(tuple->items[1], &port) || port < 0 || port > 65535) {
    return vm_raise(vm, vm->exceptions.OverflowError, "bind(): port must be 0-65535.");
  }
  const char *host = as_str(tuple->items[0])->data;
  if (uv_ip4_addr(host, (int)port, (struct sockaddr_in *)&out->storage) == 0) {
    out->length = sizeof(struct sockaddr_in);
    return true;
  }
  struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out->storage;
  if (uv_ip6_addr(host, (int)port, in6) != 0) {
    return raise_value_error(vm, "'%s' does not appear to be an IPv4 or IPv6 address", host);
  }
  if (tuple->count > 2 && int_to_i64(tuple->items[2], &flow))
    in6->sin6_flowinfo = htonl((uint32_t)flow);
  if (tuple->count > 3 && int_to_i64(tuple->items[3], &scope)) in6->sin6_scope_id = (uint32_t)scope;
  out->length = sizeof *in6;
  return true;
}

static bool take_loop(VM *vm, Value v, EventLoop **out) {
  if (!is_kind(v, KIND_LOOP)) return raise_type_error(vm, "an event loop is required");
  *out = as_loop(v);
  return loop_check_open(vm, *out);
}

// ---- sockets

static int open_socket(const Address *address) {
  return socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

// A channel of an open descriptor, which it owns from then on. NULL: an exception is pending.
static Channel *adopt(VM *vm, EventLoop *loop, int descriptor, bool is_pipe) {
  Channel *channel = channel_new(vm, loop, is_pipe);
  Wire *wire = channel->wire;
  Poller *poller = wire->poller;
  int error;
  if (is_pipe) {
    uv_pipe_init(&poller->uv, &wire->uv.pipe, 0);
    error = uv_pipe_open(&wire->uv.pipe, descriptor);
  } else {
    uv_tcp_init(&poller->uv, &wire->uv.tcp);
    error = uv_tcp_open(&wire->uv.tcp, descriptor);
  }
  if (error == 0) return channel;
  close(descriptor);
  channel_lose(vm, channel, EMPTY);
  vm_raise_exception(vm, poller_error(vm, error));
  return NULL;
}

static void set_option(int descriptor, int level, int option) {
  int on = 1;
  setsockopt(descriptor, level, option, &on, sizeof on);
}

// bind(loop, address, reuse_address, reuse_port): a channel, not yet listening.
static bool bind_socket(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  EventLoop *loop;
  Address address;
  if (!take_loop(vm, args[0], &loop) || !net_take_address(vm, args[1], &address)) return false;
  int family = address.storage.ss_family;
  int descriptor = open_socket(&address);
  if (descriptor < 0) return file_raise(vm, errno, EMPTY);
  if (args[2] == TRUE_VALUE) set_option(descriptor, SOL_SOCKET, SO_REUSEADDR);
  if (args[3] == TRUE_VALUE) set_option(descriptor, SOL_SOCKET, SO_REUSEPORT);
  if (family == AF_INET6) set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY);
  if (bind(descriptor, (struct sockaddr *)&address.storage, address.length) != 0) {
    int number = errno;
    close(descriptor);
    return file_raise(vm, number, EMPTY);
  }
  Channel *channel = adopt(vm, loop, descriptor, family == AF_UNIX);
  if (channel == NULL) return false;
  channel->listening = true;
  *out = from_object(channel);
  return true;
}

static void on_connected(uv_connect_t *connect, int status) {
  Request *request = (Request *)connect;
  VM *vm = request->poller->vm;
  poller_settle(vm, request->future, NONE, status == 0 ? EMPTY : poller_error(vm, status));
  request_free(request);
}

// connect(loop, address, local): (channel, future that is done when it is connected).
static bool connect_socket(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  EventLoop *loop;
  Address address, local;
  bool has_local = !is_none(args[2]);
  if (!take_loop(vm, args[0], &loop) || !net_take_address(vm, args[1], &address)) return false;
  if (has_local && !net_take_address(vm, args[2], &local)) return false;
  int descriptor = open_socket(&address);
  if (descriptor < 0) return file_raise(vm, errno, EMPTY);
  if (has_local && bind(descriptor, (struct sockaddr *)&local.storage, local.length) != 0) {
    int number = errno;
    close(descriptor);
    return file_raise(vm, number, EMPTY);
  }
  bool is_unix = address.storage.ss_family == AF_UNIX;
  Channel *channel;
  Future *future = future_new(vm, loop);
  if (is_unix) {
    // libuv asks for a connected socket: it looks whether it can be read and written.
    if (connect(descriptor, (struct sockaddr *)&address.storage, address.length) != 0) {
      int number = errno;
      close(descriptor);
      return file_raise(vm, number, EMPTY);
    }
    channel = adopt(vm, loop, descriptor, true);
    if (channel == NULL || !future_set_result(vm, future, NONE)) return false;
  } else {
    channel = adopt(vm, loop, descriptor, false);
    if (channel == NULL) return false;
    uv_tcp_t *tcp = &channel->wire->uv.tcp;
    uv_tcp_nodelay(tcp, 1);
    Request *request = request_new(channel->wire->poller, future, channel->wire);
    int error = uv_tcp_connect(&request->uv.connect, tcp, (struct sockaddr *)&address.storage,
                               on_connected);
    if (error != 0) {
      request_free(request);
      channel_lose(vm, channel, EMPTY);
      return vm_raise_exception(vm, poller_error(vm, error));
    }
  }
  *out = from_object(tuple_pair(vm, from_object(channel), from_object(future)));
  return true;
}

// open_pipe(loop, descriptor): a channel of a pipe's end or a terminal.
static bool open_pipe(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  EventLoop *loop;
  int64_t number;
  if (!take_loop(vm, args[0], &loop)) return false;
  if (!is_int(args[1]) || !int_to_i64(args[1], &number)) {
    return raise_type_error(vm, "a file descriptor is required");
  }
  int descriptor = fcntl((int)number, F_DUPFD_CLOEXEC, 3);
  if (descriptor < 0) return file_raise(vm, errno, EMPTY);
  Channel *channel = adopt(vm, loop, descriptor, true);
  if (channel != NULL) channel->one_way = true;
  *out = from_object(channel);
  return channel != NULL;
}

// adopt(loop, descriptor): a channel of a copy of a connected or listening socket's descriptor.
static bool adopt_socket(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  EventLoop *loop;
  int64_t number;
  struct sockaddr_storage name = {0};
  socklen_t length = sizeof name;
  if (!take_loop(vm, args[0], &loop)) return false;
  if (!is_int(args[1]) || !int_to_i64(args[1], &number)) {
    return raise_type_error(vm, "a file descriptor is required");
  }
  if (getsockname((int)number, (struct sockaddr *)&name, &length) != 0) {
    return file_raise(vm, errno, EMPTY);
  }
  int descriptor = fcntl((int)number, F_DUPFD_CLOEXEC, 3);
  if (descriptor < 0) return file_raise(vm, errno, EMPTY);
  Channel *channel = adopt(vm, loop, descriptor, name.ss_family == AF_UNIX);
  if (channel == NULL) return false;
  *out = from_object(channel);
  return true;
}

// ---- names

static Value address_list(VM *vm, const struct addrinfo *first) {
  List *list = list_new(vm, 0);
  for (const struct addrinfo *info = first; info != NULL; info = info->ai_next) {
    Value name = info->ai_canonname == NULL ? from_object(vm->empty_str)
                                            : from_object(str_from_c(vm, info->ai_canonname));
    Value row[] = {small_int(info->ai_family), small_int(info->ai_socktype),
                   small_int(info->ai_protocol), name,
                   net_address(vm, info->ai_addr, info->ai_addrlen)};
    list_append(vm, list, from_object(tuple_from(vm, row, 5)));
  }
  return from_object(list);
}

// libuv has numbers of its own for what getaddrinfo answers.
static int system_error(int uv_error) {
  switch (uv_error) {
    case UV_EAI_AGAIN: return EAI_AGAIN;
    case UV_EAI_BADFLAGS: return EAI_BADFLAGS;
    case UV_EAI_FAIL: return EAI_FAIL;
    case UV_EAI_FAMILY: return EAI_FAMILY;
    case UV_EAI_MEMORY: return EAI_MEMORY;
    case UV_EAI_SERVICE: return EAI_SERVICE;
    case UV_EAI_SOCKTYPE: return EAI_SOCKTYPE;
    default: return EAI_NONAME;
  }
}

// The future's result is the list, or the pair (number, text) of the error.
static Value error_pair(VM *vm, int number) {
  return from_object(
      tuple_pair(vm, small_int(number), from_object(str_from_c(vm, gai_strerror(number)))));
}

static void on_names(uv_getaddrinfo_t *names, int status, struct addrinfo *first) {
  Request *request = (Request *)names;
  VM *vm = request->poller->vm;
  if (request->future != NULL) {
    Value result = status == 0 ? address_list(vm, first) : error_pair(vm, system_error(status));
    poller_settle(vm, request->future, result, EMPTY);
  }
  if (first != NULL) uv_freeaddrinfo(first);
  request_free(request);
}

// getaddrinfo(loop, host, port, family, type, proto, flags): a future. host and port: str or None.
static bool get_addresses(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  EventLoop *loop;
  int numbers[4];
  if (!take_loop(vm, args[0], &loop)) return false;
  for (int i = 0; i < 4; i++) {
    int64_t n;
    if (!is_int(args[3 + i]) || !int_to_i64(args[3 + i], &n)) {
      return raise_type_error(vm, "an integer is required (got type %s)",
                              value_class_name(vm, args[3 + i]));
    }
    numbers[i] = (int)n;
  }
  const char *host = is_str(args[1]) ? as_str(args[1])->data : NULL;
  const char *port = is_str(args[2]) ? as_str(args[2])->data : NULL;
  struct addrinfo hints = {.ai_family = numbers[0],
                           .ai_socktype = numbers[1],
                           .ai_protocol = numbers[2],
                           .ai_flags = numbers[3] | AI_NUMERICHOST};
  Future *future = future_new(vm, loop);
  *out = from_object(future);
  struct addrinfo *first = NULL;
  // Numbers need no look-up, so the answer is here at once.
  if (getaddrinfo(host, port, &hints, &first) == 0) {
    Value list = address_list(vm, first);
    freeaddrinfo(first);
    return future_set_result(vm, future, list);
  }
  hints.ai_flags = numbers[3];
  if (host == NULL && port == NULL) {
    return future_set_result(vm, future, error_pair(vm, EAI_NONAME));
  }
  Poller *poller = poller_of(vm, loop);
  Request *request = request_new(poller, future, NULL);
  int error = uv_getaddrinfo(&poller->uv, &request->uv.names, on_names, host, port, &hints);
  if (error == 0) return true;
  request_free(request);
  return vm_raise_exception(vm, poller_error(vm, error));
}

// lookup(host, port, family, type, proto, flags): the same at once, blocking the thread.
static bool look_up(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t numbers[4];
  for (int i = 0; i < 4; i++) {
    if (!is_int(args[2 + i]) || !int_to_i64(args[2 + i], &numbers[i])) {
      return raise_type_error(vm, "an integer is required (got type %s)",
                              value_class_name(vm, args[2 + i]));
    }
  }
  struct addrinfo hints = {.ai_family = (int)numbers[0],
                           .ai_socktype = (int)numbers[1],
                           .ai_protocol = (int)numbers[2],
                           .ai_flags = (int)numbers[3]};
  struct addrinfo *first = NULL;
  const char *host = is_str(args[0]) ? as_str(args[0])->data : NULL;
  const char *port = is_str(args[1]) ? as_str(args[1])->data : NULL;
  int error = getaddrinfo(host, port, &hints, &first);
  *out = error == 0 ? address_list(vm, first) : error_pair(vm, error);
  if (first != NULL) freeaddrinfo(first);
  return true;
}

// watch(loop, descriptor, writing, callback, args): is there one already? callback None: no longer.
static bool watch(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  EventLoop *loop;
  int64_t descriptor;
  bool had;
  if (!take_loop(vm, args[0], &loop)) return false;
  if (!is_int(args[1]) || !int_to_i64(args[1], &descriptor)) {
    return raise_value_error(vm, "Invalid file object");
  }
  Value handle = EMPTY;
  if (!is_none(args[3])) {
    Handle *made = loop_new_handle(vm, loop, args[3], args[4], context_snapshot(vm));
    if (made == NULL) return false;
    handle = from_object(made);
  }
  if (!channel_watch(vm, loop, (int)descriptor, args[2] == TRUE_VALUE, handle, &had)) return false;
  *out = from_bool(had);
  return true;
}

// watch_folder(loop, path, callback, args): a channel; callback(*args) whenever a file there
// changes.
static bool watch_folder(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  EventLoop *loop;
  if (!take_loop(vm, args[0], &loop)) return false;
  if (!is_str(args[1])) return raise_type_error(vm, "path must be a str");
  Handle *handle = loop_new_handle(vm, loop, args[2], args[3], context_snapshot(vm));
  if (handle == NULL) return false;
  Channel *channel =
      channel_watch_folder(vm, loop, str_c(vm, as_str(args[1])), from_object(handle));
  if (channel == NULL) return false;
  *out = from_object(channel);
  return true;
}

// forget_folder(channel): it is no longer watched.
static bool forget_folder(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_kind(args[0], KIND_CHANNEL)) return raise_type_error(vm, "a channel is needed");
  handle_cancel(vm, as_handle(as_channel(args[0])->callback));
  channel_forget(as_channel(args[0]));
  *out = NONE;
  return true;
}

static const NativeDef functions[] = {
    FUNCTION_ROW("bind", bind_socket, 4, 4, NULL),
    FUNCTION_ROW("connect", connect_socket, 3, 3, NULL),
    FUNCTION_ROW("watch", watch, 5, 5, NULL),
    FUNCTION_ROW("watch_folder", watch_folder, 4, 4, NULL),
    FUNCTION_ROW("forget_folder", forget_folder, 1, 1, NULL),
    FUNCTION_ROW("open_pipe", open_pipe, 2, 2, NULL),
    FUNCTION_ROW("adopt", adopt_socket, 2, 2, NULL),
    FUNCTION_ROW("lookup", look_up, 6, 6, NULL),
    FUNCTION_ROW("getaddrinfo", get_addresses, 7, 7, NULL),
    END_ROW,
};

bool net_install(VM *vm, Module *module) {
  byte_buffer_install(vm, module);
  channel_install(vm, module);
  processes_install(vm, module);
  sockets_install(vm, module);
  native_add_functions(vm, module, functions);
  return true;
}
