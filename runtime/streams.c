// streams.c: sys.stdin, sys.stdout and sys.stderr.
//
// A stream is an instance of TextIOWrapper whose attribute _descriptor tells which one it is. What
// it does goes to output.h and input.h, as print() and input() do, so the two mix as they should.
// The class exists before the module io does, so that a program which only prints need not load it;
// io makes it a subclass of its own TextIOWrapper (streams_adopt). What is rarely asked of a
// standard stream is done by the prelude (runtime/lib/prelude/output.coro).
#include "streams.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "blocking.h"
#include "bytes.h"
#include "input.h"
#include "int.h"
#include "observe.h"
#include "output.h"
#include "rows.h"

static Value text(VM *vm, const char *c) { return from_object(str_intern_c(vm, c)); }

static int descriptor_of(VM *vm, Value stream) {
  Value number = object_get_own(vm, stream, str_intern_c(vm, "_descriptor"));
  return is_small_int(number) ? (int)as_small_int(number) : -1;
}

static bool put_on_stderr(VM *vm, const void *bytes, size_t length) {
  return length == 0 || fwrite(bytes, 1, length, stderr) == length || output_raise(vm, errno);
}

// A lone surrogate on stderr is shown as \udc80, not refused. What is between two goes out in one
// piece.
static bool write_to_stderr(VM *vm, const Str *text) {
  const char *start = text->data, *end = text->data + text->length;
  for (const char *p = start; p < end;) {
    const char *at = p;
    uint32_t code = utf8_next(&p);
    if (code < 0xD800 || code > 0xDFFF) continue;
    char escaped[8];
    int length = snprintf(escaped, sizeof escaped, "\\u%04x", code);
    if (!put_on_stderr(vm, start, (size_t)(at - start)) ||
        !put_on_stderr(vm, escaped, (size_t)length)) {
      return false;
    }
    start = p;
  }
  return put_on_stderr(vm, start, (size_t)(end - start));
}

static bool raise_closed(VM *vm) { return raise_value_error(vm, "I/O operation on closed file."); }

static bool stream_write(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int descriptor = descriptor_of(vm, args[0]);
  if (descriptor < 0) return raise_closed(vm);
  if (!is_str(args[1])) {
    return raise_type_error(vm, "write() argument must be str, not %s",
                            value_class_name(vm, args[1]));
  }
  const Str *written = as_str(args[1]);
  if (descriptor == STDIN_FILENO) {
    return native_prelude(vm, out, "output.unsupported", 1, (Value[]){text(vm, "not writable")});
  }
  *out = int_from_i64(vm, (int64_t)written->count);
  if (descriptor == STDOUT_FILENO) return output_write(vm, written->data, written->length);
  if (!write_to_stderr(vm, written)) return false;
  if (unlikely(vm->observer != NULL)) observe_print(vm, written->data, written->length, "stderr");
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

// Whether the stream may be read; if not, *out or an exception is what the caller returns with.
static bool check_readable(VM *vm, Value stream, Value *out, bool *result) {
  int descriptor = descriptor_of(vm, stream);
  if (descriptor == STDIN_FILENO) return true;
  *result = descriptor < 0 ? raise_closed(vm)
                           : native_prelude(vm, out, "output.unsupported", 1,
                                            (Value[]){text(vm, "not readable")});
  return false;
}

static bool stream_readline(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  bool result;
  return check_readable(vm, args[0], out, &result) ? input_line(vm, out) : result;
}
BLOCKING_LEAF(stream_readline)

static bool stream_read(VM *vm, Value *args, int nargs, Value *out) {
  bool result;
  if (!check_readable(vm, args[0], out, &result)) return result;
  if (nargs < 2 || is_none(args[1])) return input_rest(vm, out);
  int64_t size;
  if (!is_int(args[1]) || !int_to_i64(args[1], &size)) {
    return raise_type_error(vm, "argument should be integer or None, not '%s'",
                            value_class_name(vm, args[1]));
  }
  return size < 0 ? input_rest(vm, out) : input_characters(vm, (uint64_t)size, out);
}
BLOCKING_LEAF(stream_read)

static bool stream_readlines(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  bool result;
  if (!check_readable(vm, args[0], out, &result)) return result;
  vm->thread->releasing = NULL;  // while the list is nobody's
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
BLOCKING_LEAF(stream_readlines)

static bool stream_iter(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = args[0];
  return true;
}

static bool stream_next(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (descriptor_of(vm, args[0]) != STDIN_FILENO) return stream_readline(vm, args, nargs, out);
  if (!input_line(vm, out)) return false;
  return as_str(*out)->length > 0 || vm_raise_value(vm, vm->exceptions.StopIteration, EMPTY);
}
BLOCKING_LEAF(stream_next)

// ---- what the prelude does

#define BY_PRELUDE(name)                                                  \
  static bool stream_##name(VM *vm, Value *args, int nargs, Value *out) { \
    return native_prelude(vm, out, "output.stream_" #name, nargs, args);  \
  }
BY_PRELUDE(buffer)
BY_PRELUDE(enter)
BY_PRELUDE(exit)
BY_PRELUDE(repr)
BY_PRELUDE(detach)
BY_PRELUDE(seekable)
BY_PRELUDE(seek)
BY_PRELUDE(tell)

static bool stream_reconfigure(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Value call[2] = {args[0], from_object(vm->keywords == NULL ? dict_new(vm) : vm->keywords)};
  return native_prelude(vm, out, "output.stream_reconfigure", 2, call);
}

// ---- attributes

static Value own(VM *vm, Value stream, const char *name) {
  Value v = object_get_own(vm, stream, str_intern_c(vm, name));
  return is_empty(v) ? NONE : v;
}

static void set_own(VM *vm, Value stream, const char *name, Value value) {
  bool ok = object_set_own(vm, stream, str_intern_c(vm, name), value);
  assert(ok);
  (void)ok;
}

#define ATTRIBUTE(name)                                                       \
  static bool stream_get_##name(VM *vm, Value *args, int nargs, Value *out) { \
    (void)nargs;                                                              \
    *out = own(vm, args[0], "_" #name);                                       \
    return true;                                                              \
  }
ATTRIBUTE(name)
ATTRIBUTE(encoding)
ATTRIBUTE(errors)
ATTRIBUTE(newlines)
ATTRIBUTE(write_through)

static bool stream_get_closed(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_bool(descriptor_of(vm, args[0]) < 0);
  return true;
}

// The descriptor itself stays open, as CPython's does; print() raises from now on.
static bool stream_close(VM *vm, Value *args, int nargs, Value *out) {
  bool is_output = descriptor_of(vm, args[0]) == STDOUT_FILENO;
  if (is_output && !stream_flush(vm, args, nargs, out)) return false;
  if (is_output && is_empty(vm->stdout_override)) vm->stdout_override = args[0];
  set_own(vm, args[0], "_descriptor", small_int(-1));
  *out = NONE;
  return true;
}

static const NativeDef stream_defs[] = {
    METHOD_ROW("write", stream_write, 2, 2),
    METHOD_ROW("writelines", stream_writelines, 2, 2),
    METHOD_ROW("flush", stream_flush, 1, 1),
    METHOD_ROW("isatty", stream_isatty, 1, 1),
    METHOD_ROW("fileno", stream_fileno, 1, 1),
    METHOD_ROW("writable", stream_writable, 1, 1),
    METHOD_ROW("readable", stream_readable, 1, 1),
    METHOD_ROW("readline", stream_readline_blocking, 1, 2),
    METHOD_ROW("readlines", stream_readlines_blocking, 1, 2),
    METHOD_ROW("read", stream_read_blocking, 1, 2),
    METHOD_ROW("close", stream_close, 1, 1),
    METHOD_ROW("detach", stream_detach, 1, 1),
    METHOD_ROW("seekable", stream_seekable, 1, 1),
    METHOD_ROW("seek", stream_seek, 2, 3),
    METHOD_ROW("tell", stream_tell, 1, 1),
    LEAF_ROW("reconfigure", stream_reconfigure, 1, 1, NATIVE_METHOD | NATIVE_KEYWORDS, NULL),
    METHOD_ROW("__iter__", stream_iter, 1, 1),
    METHOD_ROW("__next__", stream_next_blocking, 1, 1),
    METHOD_ROW("__enter__", stream_enter, 1, 1),
    METHOD_ROW("__exit__", stream_exit, 4, 4),
    METHOD_ROW("__repr__", stream_repr, 1, 1),
    PROPERTY_ROW("buffer", stream_buffer),
    PROPERTY_ROW("closed", stream_get_closed),
    PROPERTY_ROW("name", stream_get_name),
    PROPERTY_ROW("encoding", stream_get_encoding),
    PROPERTY_ROW("errors", stream_get_errors),
    PROPERTY_ROW("newlines", stream_get_newlines),
    PROPERTY_ROW("write_through", stream_get_write_through),
    END_ROW,
};

void streams_install(VM *vm, Module *module) {
  static const char *const names[] = {"stdin", "stdout", "stderr"};
  Class *cls = class_new_builtin(vm, "TextIOWrapper", NULL, KIND_INSTANCE, CLASS_ABSTRACT);
  cls->header.flags &= (uint8_t)~CLASS_BUILTIN;  // its iteration is what its own methods say
  dict_set_c(vm, cls->dict, "__module__", text(vm, "_io"));
  native_add_methods(vm, cls, stream_defs);
  for (int i = 0; i < 3; i++) {
    Value stream = instance_new(vm, cls);
    set_own(vm, stream, "_descriptor", small_int(i));
    set_own(vm, stream, "_name", from_object(str_format(vm, "<%s>", names[i])));
    set_own(vm, stream, "mode", text(vm, i == STDIN_FILENO ? "r" : "w"));
    set_own(vm, stream, "_encoding", text(vm, "utf-8"));
    set_own(vm, stream, "_errors", text(vm, i == STDERR_FILENO ? "backslashreplace" : "strict"));
    set_own(vm, stream, "line_buffering", from_bool(i == STDERR_FILENO || isatty(i)));
    set_own(vm, stream, "_write_through", FALSE_VALUE);
    module_set(vm, module, str_intern_c(vm, names[i]), stream);
    module_set(vm, module, str_format(vm, "__%s__", names[i]), stream);
  }
}

// ---- natives of _io

// adopt(class of the streams, TextIOWrapper): the first becomes a subclass of the second.
static bool adopt(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Class *cls = as_class(args[0]), *base = as_class(args[1]);
  Tuple *mro = tuple_new(vm, base->mro->count + 1);
  mro->items[0] = args[0];
  memcpy(mro->items + 1, base->mro->items, base->mro->count * sizeof(Value));
  cls->mro = mro;
  cls->bases = tuple_from(vm, &args[1], 1);
  if (base->subclasses == NULL) base->subclasses = list_new(vm, 1);
  list_append(vm, base->subclasses, args[0]);
  class_set_attr(vm, cls, str_intern_c(vm, "__doc__"), NONE);  // so caches forget the old bases
  *out = NONE;
  return true;
}

// write_below(stream, bytes): below what sys.stdout.write wrote and did not flush yet.
static bool write_below(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_bytes(args[1])) {
    return raise_type_error(vm, "a bytes-like object is required, not '%s'",
                            value_class_name(vm, args[1]));
  }
  const Bytes *bytes = as_bytes(args[1]);
  *out = int_from_i64(vm, (int64_t)bytes->length);
  if (descriptor_of(vm, args[0]) == STDERR_FILENO)
    return put_on_stderr(vm, bytes->data, bytes->length);
  if (unlikely(vm->observer != NULL))
    observe_print(vm, (const char *)bytes->data, bytes->length, "stdout");
  return output_write_bytes(vm, bytes->data, bytes->length);
}

static bool flush_below(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = TRUE_VALUE;
  return descriptor_of(vm, args[0]) != STDOUT_FILENO || output_flush_bytes(vm);
}

const NativeDef streams_functions[] = {
    FUNCTION_ROW("adopt", adopt, 2, 2, NULL),
    FUNCTION_ROW("write_below", write_below, 2, 2, NULL),
    FUNCTION_ROW("flush_below", flush_below, 1, 1, NULL),
    END_ROW,
};
