// sysmodule.c: the module `sys`: arguments, exit, the three standard streams, limits and versions.
//
// A stream is an instance of TextIOWrapper whose attribute _descriptor tells which one it is. What
// it does goes to output.h and input.h, as print() and input() do, so the two mix as they should.
#include "sysmodule.h"

#include <stdio.h>
#include <unistd.h>

#include "bytes.h"
#include "coro.h"
#include "input.h"
#include "int.h"
#include "output.h"
#include "rows.h"
#include "sysfacts.h"
#include "unwind.h"

// ---- streams

static int descriptor_of(VM *vm, Value stream) {
  Value number = object_get_own(vm, stream, str_intern_c(vm, "_descriptor"));
  return is_small_int(number) ? (int)as_small_int(number) : -1;
}

// A lone surrogate on stderr is shown as \udc80, not refused.
static void write_to_stderr(const Str *text) {
  const char *p = text->data, *end = text->data + text->length;
  while (p < end) {
    const char *start = p;
    uint32_t code = utf8_next(&p);
    if (code >= 0xD800 && code <= 0xDFFF) {
      fprintf(stderr, "\\u%04x", code);
    } else {
      fwrite(start, 1, (size_t)(p - start), stderr);
    }
  }
}

static bool stream_write(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int descriptor = descriptor_of(vm, args[0]);
  if (!is_str(args[1])) {
    return raise_type_error(vm, "write() argument must be str, not %s",
                            value_class_name(vm, args[1]));
  }
  const Str *text = as_str(args[1]);
  if (descriptor == STDIN_FILENO) {
    return vm_raise(vm, vm->exceptions.OSError, "not writable");
  }
  *out = int_from_i64(vm, (int64_t)text->count);
  if (descriptor == STDOUT_FILENO) return output_write(vm, text->data, text->length);
  write_to_stderr(text);
  return true;
}

static bool stream_writelines(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *lines;
  Tri tri = value_items(vm, args[1], &lines);
  if (tri == TRI_SCRIPT) return native_prelude(vm, out, "output.writelines", 2, args);
  if (tri != TRI_YES) return false;
  for (size_t i = 0; i < lines->count; i++) {
    Value call[2] = {args[0], lines->items[i]};
    if (!stream_write(vm, call, 2, out)) return false;
  }
  *out = NONE;
  return true;
}

static bool stream_flush(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  return descriptor_of(vm, args[0]) != STDOUT_FILENO || output_flush(vm);
}

static bool stream_isatty(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_bool(isatty(descriptor_of(vm, args[0])));
  return true;
}

static bool stream_fileno(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = small_int(descriptor_of(vm, args[0]));
  return true;
}

static bool stream_writable(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_bool(descriptor_of(vm, args[0]) != STDIN_FILENO);
  return true;
}

static bool stream_readable(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_bool(descriptor_of(vm, args[0]) == STDIN_FILENO);
  return true;
}

static bool check_readable(VM *vm, Value stream) {
  return descriptor_of(vm, stream) == STDIN_FILENO ||
         vm_raise(vm, vm->exceptions.OSError, "not readable");
}

static bool stream_readline(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return check_readable(vm, args[0]) && input_line(vm, out);
}

static bool stream_read(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return check_readable(vm, args[0]) && input_rest(vm, out);
}

static bool stream_readlines(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!check_readable(vm, args[0])) return false;
  List *lines = list_new(vm, 0);
  for (;;) {
    Value line;
    if (!input_line(vm, &line)) return false;
    if (as_str(line)->length == 0) break;
    list_append(vm, lines, line);
  }
  *out = from_object(lines);
  return true;
}

static bool stream_iter(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = args[0];
  return true;
}

static bool stream_next(VM *vm, Value *args, int nargs, Value *out) {
  if (!stream_readline(vm, args, nargs, out)) return false;
  return as_str(*out)->length > 0 || vm_raise_value(vm, vm->exceptions.StopIteration, EMPTY);
}

static const NativeDef stream_defs[] = {
    METHOD_ROW("write", stream_write, 2, 2),
    METHOD_ROW("writelines", stream_writelines, 2, 2),
    METHOD_ROW("flush", stream_flush, 1, 1),
    METHOD_ROW("isatty", stream_isatty, 1, 1),
    METHOD_ROW("fileno", stream_fileno, 1, 1),
    METHOD_ROW("writable", stream_writable, 1, 1),
    METHOD_ROW("readable", stream_readable, 1, 1),
    METHOD_ROW("readline", stream_readline, 1, 1),
    METHOD_ROW("readlines", stream_readlines, 1, 1),
    METHOD_ROW("read", stream_read, 1, 1),
    METHOD_ROW("__iter__", stream_iter, 1, 1),
    METHOD_ROW("__next__", stream_next, 1, 1),
    END_ROW,
};

static void set(VM *vm, Module *module, const char *name, Value value) {
  module_set(vm, module, str_intern_c(vm, name), value);
}

static Value text(VM *vm, const char *c) { return from_object(str_intern_c(vm, c)); }

static void set_stream_attribute(VM *vm, Value stream, const char *name, Value value) {
  bool ok = object_set_own(vm, stream, str_intern_c(vm, name), value);
  assert(ok);
  (void)ok;
}

static void install_streams(VM *vm, Module *module) {
  static const char *const names[] = {"stdin", "stdout", "stderr"};
  Class *cls = class_new_builtin(vm, "TextIOWrapper", NULL, KIND_INSTANCE, CLASS_ABSTRACT);
  cls->header.flags &= (uint8_t)~CLASS_BUILTIN;  // its iteration is what its own methods say
  dict_set_c(vm, cls->dict, "__module__", text(vm, "_io"));
  native_add_methods(vm, cls, stream_defs);
  for (int i = 0; i < 3; i++) {
    Value stream = instance_new(vm, cls);
    set_stream_attribute(vm, stream, "_descriptor", small_int(i));
    set_stream_attribute(vm, stream, "name", from_object(str_format(vm, "<%s>", names[i])));
    set_stream_attribute(vm, stream, "mode", text(vm, i == STDIN_FILENO ? "r" : "w"));
    set_stream_attribute(vm, stream, "encoding", text(vm, "utf-8"));
    set_stream_attribute(vm, stream, "errors",
                         text(vm, i == STDERR_FILENO ? "backslashreplace" : "strict"));
    set_stream_attribute(vm, stream, "closed", FALSE_VALUE);
    set(vm, module, names[i], stream);
    module_set(vm, module, str_format(vm, "__%s__", names[i]), stream);
  }
}

void sys_attribute_was_set(VM *vm, const Module *module, const Str *name, Value value) {
  if (!str_equals_c(name, "stdout") || !str_equals_c(module->name, "sys")) return;
  Value real = module_get(vm, (Module *)module, str_intern_c(vm, "__stdout__"));
  vm->stdout_override = value == real ? EMPTY : value;
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
  install_streams(vm, module);
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
