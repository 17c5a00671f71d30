// loopmethods.c: what programs call on an event loop and on its handles.
#include <math.h>

#include "context.h"
#include "dunder.h"
#include "float.h"
#include "int.h"
#include "interp.h"
#include "loop.h"
#include "loopwatch.h"
#include "signals.h"
#include "thread.h"

static EventLoop *receiver(Value *args) { return as_loop(args[0]); }

// ---- running

static bool stop(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  EventLoop *loop = receiver(args);
  loop->stopping = true;
  *out = NONE;
  return !loopwatch_is_foreign(vm, loop) || loopwatch_foreign(vm, "stop", out);
}

static bool close_loop(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  EventLoop *loop = receiver(args);
  *out = NONE;
  if (loop->running) {
    return vm_raise(vm, vm->exceptions.RuntimeError, "Cannot close a running event loop");
  }
  if (!loop->closed) loop_close(vm, loop);
  return true;
}

static bool is_running(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  *out = from_bool(receiver(args)->running);
  return true;
}

static bool is_closed(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  *out = from_bool(receiver(args)->closed);
  return true;
}

static bool time_now(VM *vm, Value *args, int nargs, Value *out) {
  (void)args;
  (void)nargs;
  *out = from_double(loop_time(vm));
  return true;
}

static bool get_debug(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  *out = from_bool(receiver(args)->debug);
  return true;
}

static bool set_debug(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Tri tri = value_truth(vm, args[1]);
  *out = NONE;
  if (tri == TRI_ERROR) return false;
  receiver(args)->debug = tri != TRI_NO;
  return true;
}

// ---- scheduling

// The arguments of call_soon and its relatives: self, `before` more, the callback, its arguments.
typedef struct {
  EventLoop *loop;
  Value callback, args, context;
} Call;

static bool take_call(VM *vm, const char *name, int before, const char *missing, Value *args,
                      int nargs, Call *call) {
  if (nargs < before + 2) {
    return raise_type_error(vm, "BaseEventLoop.%s() missing %d required positional argument%s: %s",
                            name, before + 2 - nargs, before + 2 - nargs == 1 ? "" : "s", missing);
  }
  Value context = EMPTY, keyword, value;
  for (size_t i = 0; vm->keywords != NULL && dict_next(vm->keywords, &i, &keyword, &value);) {
    if (!str_equals_c(as_str(keyword), "context")) {
      return raise_type_error(vm, "BaseEventLoop.%s() got an unexpected keyword argument '%.*s'",
                              name, (int)as_str(keyword)->length, as_str(keyword)->data);
    }
    context = value;
  }
  call->loop = receiver(args);
  call->callback = args[before + 1];
  call->args = from_object(tuple_from(vm, args + before + 2, (size_t)(nargs - before - 2)));
  return context_argument(vm, context, &call->context);
}

// *out of what has put a handle on the loop.
static bool give_handle(VM *vm, EventLoop *loop, Handle *handle, Value *out) {
  *out = from_object(handle);
  if (handle == NULL) return false;
  return !loopwatch_is_foreign(vm, loop) || loopwatch_foreign(vm, "call_soon", out);
}

static bool call_soon(VM *vm, Value *args, int nargs, Value *out) {
  Call call;
  if (!take_call(vm, "call_soon", 0, "'callback'", args, nargs, &call)) return false;
  Handle *handle = loop_call_soon(vm, call.loop, call.callback, call.args, call.context);
  return give_handle(vm, call.loop, handle, out);
}

static bool call_soon_threadsafe(VM *vm, Value *args, int nargs, Value *out) {
  Call call;
  if (!take_call(vm, "call_soon_threadsafe", 0, "'callback'", args, nargs, &call)) return false;
  Handle *handle = loop_call_soon(vm, call.loop, call.callback, call.args, call.context);
  *out = from_object(handle);
  if (handle == NULL) return false;
  if (vm->loop != call.loop) handle->header.flags |= HANDLE_FROM_THREAD;
  loop_wake(call.loop);
  return true;
}

// A number of seconds; when it is none, the TypeError that `time + seconds` raises.
static bool take_seconds(VM *vm, Value v, double *out) {
  if (float_from_number(v, out)) return true;
  Value sum;  // never made
  Tri tri = value_binary(vm, BIN_ADD, false, from_double(0), v, &sum);
  return tri != TRI_ERROR && raise_type_error(vm, "a number of seconds is required");
}

static bool call_later(VM *vm, Value *args, int nargs, Value *out) {
  Call call;
  double delay;
  if (!take_call(vm, "call_later", 1, "'delay' and 'callback'", args, nargs, &call)) return false;
  if (is_none(args[1])) return raise_type_error(vm, "delay must not be None");
  if (!take_seconds(vm, args[1], &delay)) return false;
  Handle *handle = loop_call_at(vm, call.loop, clock_after(vm->loops->clock, delay), false,
                                call.callback, call.args, call.context);
  return give_handle(vm, call.loop, handle, out);
}

static bool call_at(VM *vm, Value *args, int nargs, Value *out) {
  Call call;
  double when;
  if (!take_call(vm, "call_at", 1, "'when' and 'callback'", args, nargs, &call)) return false;
  if (is_none(args[1])) return raise_type_error(vm, "when cannot be None");
  if (!take_seconds(vm, args[1], &when)) return false;
  Handle *handle = loop_call_at(vm, call.loop, when, true, call.callback, call.args, call.context);
  return give_handle(vm, call.loop, handle, out);
}

static bool create_future(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_object(future_new(vm, receiver(args)));
  return true;
}

// loop.create_task(coro, *, name=None, context=None): with a task factory, the factory is called
// and its task given the name. Registers: 0 the loop, 1 the coroutine, 2 name, 3 context.
static Step create_task_step(VM *vm, Frame *frame, Value in) {
  enum { START, MADE, NAMED };
  Value *regs = frame->regs;
  EventLoop *loop = as_loop(regs[0]);
  bool unnamed = is_empty(regs[2]) || is_none(regs[2]);
  if (!is_empty(vm->exception)) return STEP_RAISE;
  switch (frame->state) {
    case START: {
      if (!loop_check_open(vm, loop)) return STEP_RAISE;
      vm->frame = frame;
      if (loopwatch_is_foreign(vm, loop))
        loopwatch_tell_thread(vm, finding_here(vm), "create_task");
      bool has_context = !is_empty(regs[3]) && !is_none(regs[3]);
      if (is_empty(loop->task_factory) || is_none(loop->task_factory)) {
        Dict *keywords = dict_new(vm);
        dict_set_c(vm, keywords, "loop", regs[0]);
        if (!unnamed) dict_set_c(vm, keywords, "name", regs[2]);
        if (has_context) dict_set_c(vm, keywords, "context", regs[3]);
        List *args = list_from(vm, &regs[1], 1);
        return step_call_extended(vm, frame, NAMED, from_object(vm->task_class), from_object(args),
                                  from_object(keywords));
      }
      Value given[] = {regs[0], regs[1]};
      Dict *keywords = has_context ? dict_new(vm) : NULL;
      if (has_context) dict_set_c(vm, keywords, "context", regs[3]);
      return step_call_extended(vm, frame, MADE, loop->task_factory,
                                from_object(tuple_from(vm, given, 2)),
                                has_context ? from_object(keywords) : EMPTY);
    }
    case MADE:
      if (!unnamed && is_kind(in, KIND_TASK)) as_task(in)->name = regs[2];
      return step_done(vm, in);
    default: return step_done(vm, in);
  }
}

static bool is_callable_or_none(VM *vm, Value v) {
  return is_none(v) || !is_empty(class_special(vm, value_class(vm, v), SP_CALL));
}

static bool set_task_factory(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_callable_or_none(vm, args[1])) {
    return raise_type_error(vm, "task factory must be a callable or None");
  }
  receiver(args)->task_factory = args[1];
  *out = NONE;
  return true;
}

static bool get_task_factory(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  Value factory = receiver(args)->task_factory;
  *out = is_empty(factory) ? NONE : factory;
  return true;
}

// ---- errors that nobody else takes

static bool set_exception_handler(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_callable_or_none(vm, args[1])) {
    Text text = text_new(vm);
    text_add_c(&text, "A callable object or None is expected, got ");
    Tri tri = value_repr(vm, args[1], &text);
    if (tri == TRI_ERROR) return false;
    if (tri == TRI_SCRIPT) value_repr_plain(vm, args[1], &text);
    return vm_raise_value(vm, vm->exceptions.TypeError, from_object(text_finish(&text)));
  }
  receiver(args)->exception_handler = args[1];
  *out = NONE;
  return true;
}

static bool get_exception_handler(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  Value handler = receiver(args)->exception_handler;
  *out = is_empty(handler) ? NONE : handler;
  return true;
}

static bool default_exception_handler(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  if (!is_dict(args[1])) return raise_type_error(vm, "the context must be a dict");
  loop_report(vm, as_dict(args[1]));
  return true;
}

// Registers: 0 the loop, 1 the context (a dict).
static Step call_exception_handler_step(VM *vm, Frame *frame, Value in) {
  EventLoop *loop = as_loop(frame->regs[0]);
  Value report = frame->regs[1];
  (void)in;
  if (frame->state == 0) {
    if (!is_empty(vm->exception)) return STEP_RAISE;
    if (!is_dict(report)) {
      raise_type_error(vm, "the context must be a dict");
      return STEP_RAISE;
    }
    if (!is_empty(loop->exception_handler) && !is_none(loop->exception_handler)) {
      Value args[] = {frame->regs[0], report};
      return step_call(vm, frame, 1, loop->exception_handler, 2, args);
    }
    loop_report(vm, as_dict(report));
    return step_done(vm, NONE);
  }
  if (!is_empty(vm->exception)) {
    Value exception = vm->exception;
    if (exception_is(exception, vm->exceptions.KeyboardInterrupt) ||
        exception_is(exception, vm->exceptions.SystemExit)) {
      return STEP_RAISE;
    }
    vm_clear_exception(vm);
    Dict *again = dict_new(vm);
    dict_set_c(vm, again, "message",
               from_object(str_from_c(vm, "Unhandled error in exception handler")));
    dict_set_c(vm, again, "exception", exception);
    dict_set_c(vm, again, "context", report);
    loop_report(vm, again);
  }
  return step_done(vm, NONE);
}

static const NativeDef call_exception_handler_def = {.name = "call_exception_handler",
                                                     .min = 2,
                                                     .max = 2,
                                                     .flags = NATIVE_METHOD,
                                                     .step = call_exception_handler_step,
                                                     .registers = 2};

// ---- handles

static bool cancel_handle(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  handle_cancel(vm, as_handle(args[0]));
  *out = NONE;
  return true;
}

static bool is_cancelled(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  *out = from_bool(as_object(args[0])->flags & HANDLE_CANCELLED);
  return true;
}

static bool when(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  *out = from_double(as_handle(args[0])->when);
  return true;
}

// ---- signals

static bool take_signal_number(VM *vm, Value v, int *out) {
  int64_t number;
  Text text = text_new(vm);
  if (!is_int(v)) {
    text_add_c(&text, "sig must be an int, not ");
    Tri tri = value_repr(vm, v, &text);
    if (tri == TRI_SCRIPT) value_repr_plain(vm, v, &text);
    if (tri == TRI_ERROR) return false;
    return vm_raise_value(vm, vm->exceptions.TypeError, from_object(text_finish(&text)));
  }
  if (!int_to_i64(v, &number) || number < 1 || number > 64) {
    text_add_c(&text, "invalid signal number ");
    if (!int_to_text(vm, v, 10, &text)) return false;
    return vm_raise_value(vm, vm->exceptions.ValueError, from_object(text_finish(&text)));
  }
  *out = (int)number;
  return true;
}

// add_signal_handler(sig, callback, *args)
static bool add_signal_handler(VM *vm, Value *args, int nargs, Value *out) {
  EventLoop *loop = receiver(args);
  int number;
  *out = NONE;
  if (!take_signal_number(vm, args[1], &number) || !loop_check_open(vm, loop)) return false;
  if (!thread_is_main(vm)) {
    return vm_raise(vm, vm->exceptions.RuntimeError,
                    "set_wakeup_fd only works in main thread of the main interpreter");
  }
  if (is_kind(args[2], KIND_COROUTINE)) {
    return raise_type_error(vm, "coroutines cannot be used with add_signal_handler()");
  }
  Value rest = from_object(tuple_from(vm, args + 3, (size_t)nargs - 3));
  Handle *handle = loop_new_handle(vm, loop, args[2], rest, context_snapshot(vm));
  return handle != NULL && signals_watch(vm, number, from_object(handle));
}

static bool remove_signal_handler(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int number;
  if (!take_signal_number(vm, args[1], &number)) return false;
  *out = from_bool(signals_is_watched(vm, number));
  return *out == FALSE_VALUE || signals_watch(vm, number, EMPTY);
}

// ---- threads

static bool run_in_executor(VM *vm, Value *args, int nargs, Value *out) {
  if (!loop_check_open(vm, receiver(args))) return false;
  return native_prelude(vm, out, "loop.run_in_executor", nargs, args);
}

static bool set_default_executor(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "loop.set_default_executor", nargs, args);
}

// ---- sockets

// family, type, proto and flags are 0 when they are not given.
static bool getaddrinfo_soon(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  for (int i = 3; i < 7; i++) {
    if (is_empty(args[i])) args[i] = small_int(0);
  }
  return native_prelude(vm, out, "loop.getaddrinfo", 7, args);
}

#define PRELUDE_METHOD(name)                                     \
  static bool name(VM *vm, Value *args, int nargs, Value *out) { \
    if (!loop_check_open(vm, receiver(args))) return false;      \
    return native_prelude(vm, out, "loop." #name, nargs, args);  \
  }
PRELUDE_METHOD(add_reader)
PRELUDE_METHOD(add_writer)
PRELUDE_METHOD(remove_reader)
PRELUDE_METHOD(remove_writer)

// ---- what asyncio.endpoints does

// Calls endpoints.name(loop, *args, **keywords).
static bool extension(VM *vm, Value *args, int nargs, const char *name, Value *out) {
  Value keywords = from_object(vm->keywords == NULL ? dict_new(vm) : vm->keywords);
  Value given[] = {args[0], from_object(str_intern_c(vm, name)),
                   from_object(tuple_from(vm, args + 1, (size_t)nargs - 1)), keywords};
  return native_prelude(vm, out, "loop.extension", 4, given);
}

#define EXTENSIONS(row)                                                                      \
  row(connect_accepted_socket) row(connect_read_pipe) row(connect_write_pipe)                \
      row(create_connection) row(create_datagram_endpoint) row(create_server)                \
          row(create_unix_connection) row(create_unix_server) row(getnameinfo) row(sendfile) \
              row(sock_accept) row(sock_connect) row(sock_recv) row(sock_recv_into)          \
                  row(sock_recvfrom) row(sock_sendall) row(sock_sendfile) row(sock_sendto)   \
                      row(start_tls) row(subprocess_exec) row(subprocess_shell)

#define EXTENSION(name)                                          \
  static bool name(VM *vm, Value *args, int nargs, Value *out) { \
    return extension(vm, args, nargs, #name, out);               \
  }
EXTENSIONS(EXTENSION)

static bool slow_callback_duration(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = receiver(args)->slow_callback_duration;
  return true;
}

static bool make_loop(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  *out = from_object(loop_new(vm));
  return true;
}

// ---- tables

#define METHOD(text, fn, low, high) \
  { .name = text, .leaf = fn, .min = low, .max = high, .flags = NATIVE_METHOD }
#define CALL(text, fn) \
  { .name = text, .leaf = fn, .min = 1, .max = -1, .flags = NATIVE_METHOD | NATIVE_KEYWORDS }

#define EXTENSION_ROW(name) CALL(#name, name),

static const NativeDef loop_methods[] = {
    {.name = "__new__", .leaf = make_loop, .min = 1, .max = 1, .flags = NATIVE_STATIC},
    {.name = "slow_callback_duration",
     .leaf = slow_callback_duration,
     .min = 1,
     .max = 1,
     .flags = NATIVE_PROPERTY},
    EXTENSIONS(EXTENSION_ROW) METHOD("stop", stop, 1, 1),
    METHOD("close", close_loop, 1, 1),
    METHOD("is_running", is_running, 1, 1),
    METHOD("is_closed", is_closed, 1, 1),
    METHOD("time", time_now, 1, 1),
    METHOD("get_debug", get_debug, 1, 1),
    METHOD("set_debug", set_debug, 2, 2),
    CALL("call_soon", call_soon),
    CALL("call_soon_threadsafe", call_soon_threadsafe),
    CALL("call_later", call_later),
    CALL("call_at", call_at),
    METHOD("create_future", create_future, 1, 1),
    METHOD("add_signal_handler", add_signal_handler, 3, -1),
    METHOD("remove_signal_handler", remove_signal_handler, 2, 2),
    {.name = "getaddrinfo",
     .leaf = getaddrinfo_soon,
     .min = 3,
     .max = 7,
     .flags = NATIVE_METHOD,
     .params = "self host port * family type proto flags"},
    METHOD("add_reader", add_reader, 3, -1),
    METHOD("add_writer", add_writer, 3, -1),
    METHOD("remove_reader", remove_reader, 2, 2),
    METHOD("remove_writer", remove_writer, 2, 2),
    METHOD("run_in_executor", run_in_executor, 3, -1),
    METHOD("set_default_executor", set_default_executor, 2, 2),
    METHOD("set_task_factory", set_task_factory, 2, 2),
    METHOD("get_task_factory", get_task_factory, 1, 1),
    METHOD("set_exception_handler", set_exception_handler, 2, 2),
    METHOD("get_exception_handler", get_exception_handler, 1, 1),
    METHOD("default_exception_handler", default_exception_handler, 2, 2),
    {0},
};

static const NativeDef handle_methods[] = {
    METHOD("cancel", cancel_handle, 1, 1),
    METHOD("cancelled", is_cancelled, 1, 1),
    {0},
};

static const NativeDef timer_handle_methods[] = {
    METHOD("when", when, 1, 1),
    {0},
};

static void fill_class(VM *vm, Class *cls, const char *module, const NativeDef *methods) {
  dict_set_c(vm, cls->dict, "__module__", from_object(str_intern_c(vm, module)));
  native_add_methods(vm, cls, methods);
  dunder_install(vm, cls, DUNDER_REPR);
}

static const NativeDef create_task_def = {.name = "create_task",
                                          .min = 2,
                                          .max = 4,
                                          .flags = NATIVE_METHOD,
                                          .params = "self coro * name context",
                                          .step = create_task_step,
                                          .registers = 4};

static Value add_method(VM *vm, Class *cls, const NativeDef *def) {
  Value native = native_new(vm, def, cls);
  dict_set_str(vm, cls->dict, str_intern_c(vm, def->name), native);
  return native;
}

void loop_methods_install(VM *vm) {
  fill_class(vm, vm->loop_class, "asyncio.unix_events", loop_methods);
  fill_class(vm, vm->handle_class, "asyncio.events", handle_methods);
  fill_class(vm, vm->timer_handle_class, "asyncio.events", timer_handle_methods);
  LoopState *state = vm->loops;
  state->create_task = add_method(vm, vm->loop_class, &create_task_def);
  state->run_forever = add_method(vm, vm->loop_class, &run_forever_def);
  state->call_exception_handler = add_method(vm, vm->loop_class, &call_exception_handler_def);
  state->run_until_complete = add_method(vm, vm->loop_class, &run_until_complete_def);
  state->shutdown_generators = add_method(vm, vm->loop_class, &shutdown_generators_def);
  state->shutdown_executor = add_method(vm, vm->loop_class, &shutdown_executor_def);
}
