// sysmodule.c: the module `sys`: arguments, exit, limits and versions. Its three streams:
// streams.c.
#include "sysmodule.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "bytes.h"
#include "coro.h"
#include "float.h"
#include "int.h"
#include "rows.h"
#include "streams.h"
#include "sysfacts.h"
#include "thread.h"
#include "unwind.h"

static void set(VM *vm, Module *module, const char *name, Value value) {
  module_set(vm, module, str_intern_c(vm, name), value);
}

static Value text(VM *vm, const char *c) { return from_object(str_intern_c(vm, c)); }

void sys_attribute_was_set(VM *vm, const Module *module, const Str *name, Value value) {
  if (!str_equals_c(module->name, "sys")) return;
  if (str_equals_c(name, "stdout")) {
    Value real = module_get(vm, (Module *)module, str_intern_c(vm, "__stdout__"));
    vm->stdout_override = value == real ? EMPTY : value;
  } else if (str_equals_c(name, "stdin")) {
    Value real = module_get(vm, (Module *)module, str_intern_c(vm, "__stdin__"));
    vm->stdin_override = value == real ? EMPTY : value;
  }
}

// ---- functions

static bool sys_exit(VM *vm, Value *args, int nargs, Value *out) {
  (void)out;
  Value exception;
  // As CPython does: None is no argument, and a tuple is all of them.
  if (nargs == 1 && is_none(args[0])) nargs = 0;
  if (nargs == 1 && is_tuple(args[0])) {
    nargs = (int)as_tuple(args[0])->count;
    args = as_tuple(args[0])->items;
  }
  return exception_create(vm, vm->exceptions.SystemExit, args, nargs, NULL, &exception) &&
         vm_raise_exception(vm, exception);
}

static bool integer_argument(VM *vm, Value v, int64_t *out) {
  if (!is_int(v)) {
    return raise_type_error(vm, "'%s' object cannot be interpreted as an integer",
                            value_class_name(vm, v));
  }
  return int_to_i64(v, out) ||
         vm_raise(vm, vm->exceptions.OverflowError, "Python int too large to convert to C int");
}

static bool get_recursion_limit(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  *out = small_int(vm->recursion_limit);
  return true;
}

static bool get_switch_interval(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  *out = from_double(threads_switch_interval(vm));
  return true;
}

static bool set_switch_interval(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  double seconds;
  *out = NONE;
  if (!float_from_number(args[0], &seconds)) {
    return raise_type_error(vm, "must be real number, not %s", value_class_name(vm, args[0]));
  }
  if (!(seconds > 0)) return raise_value_error(vm, "switch interval must be strictly positive");
  threads_set_switch_interval(vm, fmin(seconds, 3600));
  return true;
}

static bool set_recursion_limit(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t limit;
  if (!integer_argument(vm, args[0], &limit)) return false;
  if (limit > INT32_MAX) {
    return vm_raise(vm, vm->exceptions.OverflowError, "Python int too large to convert to C int");
  }
  if (limit < 1) return raise_value_error(vm, "recursion limit must be greater or equal than 1");
  vm->recursion_limit = (uint32_t)limit;
  *out = NONE;
  return true;
}

static bool get_max_digits(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  *out = small_int(vm->int_max_str_digits);
  return true;
}

static bool set_max_digits(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t digits;
  if (!integer_argument(vm, args[0], &digits)) return false;
  if ((digits != 0 && digits < 640) || digits > INT32_MAX) {
    return raise_value_error(vm, "maxdigits must be 0 or larger than 640");
  }
  vm->int_max_str_digits = (int)digits;
  *out = NONE;
  return true;
}

static bool sys_intern(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_str(args[0])) {
    return raise_type_error(vm, "intern() argument must be str, not %s",
                            value_class_name(vm, args[0]));
  }
  *out = from_object(str_intern(vm, as_str(args[0])));
  return true;
}

// These two are step functions, because they look at the frame that calls them.
static Step sys_exception(VM *vm, Frame *frame, Value in) {
  (void)in;
  Value handled = unwind_handled(frame->parent);
  return step_done(vm, is_empty(handled) ? NONE : handled);
}

static Step sys_exc_info(VM *vm, Frame *frame, Value in) {
  (void)in;
  Value handled = unwind_handled(frame->parent);
  Tuple *info = is_empty(handled) ? tuple_of(vm, 3, NONE, NONE, NONE)
                                  : tuple_of(vm, 3, from_object(as_object(handled)->cls), handled,
                                             exception_traceback(vm, handled));
  return step_done(vm, from_object(info));
}

static const NativeDef functions[] = {
    FUNCTION_ROW("exit", sys_exit, 0, 1, NULL),
    FUNCTION_ROW("getrecursionlimit", get_recursion_limit, 0, 0, NULL),
    FUNCTION_ROW("getswitchinterval", get_switch_interval, 0, 0, NULL),
    FUNCTION_ROW("setswitchinterval", set_switch_interval, 1, 1, NULL),
    FUNCTION_ROW("setrecursionlimit", set_recursion_limit, 1, 1, NULL),
    FUNCTION_ROW("get_int_max_str_digits", get_max_digits, 0, 0, NULL),
    FUNCTION_ROW("set_int_max_str_digits", set_max_digits, 1, 1, "maxdigits"),
    FUNCTION_ROW("intern", sys_intern, 1, 1, NULL),
    STEP_ROW("exception", sys_exception, 0, 0, 0, NULL, 0),
    STEP_ROW("exc_info", sys_exc_info, 0, 0, 0, NULL, 0),
    END_ROW,
};

static const char *platform(void) {
#if defined(__APPLE__)
  return "darwin";
#elif defined(__linux__)
  return "linux";
#else
  return "unix";
#endif
}

static Value executable(VM *vm) {
  char path[4096];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  bool ok = length > 0 && (size_t)length < sizeof path && utf8_valid(path, (size_t)length, NULL);
  return from_object(ok ? str_new(vm, path, (size_t)length) : vm->empty_str);
}

bool sys_install(VM *vm, Module *module) {
  native_add_functions(vm, module, functions);
  sysfacts_install(vm, module);
  streams_install(vm, module);
  set(vm, module, "argv", from_object(list_from(vm, (Value[]){from_object(vm->empty_str)}, 1)));
  set(vm, module, "path", from_object(vm->path));
  set(vm, module, "modules", from_object(vm->modules));
  set(vm, module, "version", text(vm, "3.11.0 (Coro " CORO_VERSION ")"));
  sys_install_info(vm, module);
  set(vm, module, "hexversion", small_int(0x030B00F0));
  set(vm, module, "platform", text(vm, platform()));
  set(vm, module, "maxsize", int_from_i64(vm, INT64_MAX));
  set(vm, module, "maxunicode", small_int(0x10FFFF));
  const uint16_t one = 1;
  set(vm, module, "byteorder", text(vm, *(const uint8_t *)&one == 1 ? "little" : "big"));
  set(vm, module, "executable", executable(vm));
  return true;
}

void sys_set_argv(VM *vm, int count, char *const *arguments) {
  Str *name = str_intern_c(vm, "sys");
  Value known = dict_get_str(vm->modules, name);
  Module *module;
  if (is_kind(known, KIND_MODULE)) {
    module = (Module *)as_object(known);
  } else {
    module = module_new(vm, name);
    dict_set_str(vm, vm->modules, name, from_object(module));
    set(vm, module, "__name__", from_object(name));
    bool ok = sys_install(vm, module);
    assert(ok);
    (void)ok;
  }
  List *argv = list_new(vm, (size_t)count);
  for (int i = 0; i < count; i++) {
    Value argument;
    if (bytes_decode(vm, (const uint8_t *)arguments[i], strlen(arguments[i]), "utf-8",
                     "surrogateescape", &argument)) {
      list_append(vm, argv, argument);
    }
  }
  set(vm, module, "argv", from_object(argv));
}
