// exception.c: exception objects and raising from C. The tree of classes is in exception.h; what
// programs can call on exceptions is in exceptionmethods.c; handlers are found in unwind.c.
#include "exception.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "int.h"
#include "traceback.h"
#include "vm.h"

#define MAX_TRACE \
  2000  // entries kept of one exception's way: enough for any recursion limit in use

Exception *exception_new(VM *vm, Class *cls, Tuple *args) {
  Exception *exception = heap_alloc(vm, KIND_EXCEPTION, cls, sizeof *exception);
  exception->shape = cls->root_shape;
  exception->args = args;
  return exception;
}

bool(vm_raise_exception)(VM *vm, Value exception) {
  vm->exception = exception;
  return false;
}

bool(vm_raise_value)(VM *vm, Class *cls, Value arg) {
  Tuple *args = is_empty(arg) ? vm->empty_tuple : tuple_of(vm, 1, arg);
  Exception *exception = exception_new(vm, cls, args);
  if (class_is_subclass(cls, vm->exceptions.StopIteration)) exception->payload = arg;
  vm->exception = from_object(exception);
  return false;
}

bool(vm_raise)(VM *vm, Class *cls, const char *format, ...) {
  char small[256];
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int length = vsnprintf(small, sizeof small, format, args);
  Str *text;
  if (length < (int)sizeof small) {
    text = str_new(vm, small, (size_t)length);
  } else {
    char *large = heap_buffer_new(vm, (size_t)length + 1);
    vsnprintf(large, (size_t)length + 1, format, again);
    text = str_new(vm, large, (size_t)length);
    heap_buffer_free(vm, large, (size_t)length + 1);
  }
  va_end(again);
  va_end(args);
  return vm_raise_value(vm, cls, from_object(text));
}

void vm_clear_exception(VM *vm) { vm->exception = EMPTY; }

bool exception_is(Value exception, const Class *cls) {
  return is_exception(exception) && class_is_subclass(as_object(exception)->cls, cls);
}

void exception_add_trace(VM *vm, Exception *exception, Code *code, uint32_t instr) {
  if (exception->trace_count == exception->trace_capacity) {
    if (exception->trace_capacity >= MAX_TRACE) return;
    uint32_t capacity = exception->trace_capacity == 0 ? 4 : exception->trace_capacity * 2;
    exception->trace =
        heap_buffer_resize(vm, exception->trace, exception->trace_capacity * sizeof(TraceEntry),
                           capacity * sizeof(TraceEntry));
    exception->trace_capacity = capacity;
  }
  exception->trace[exception->trace_count++] = (TraceEntry){code, instr};
}

void exception_left_task(VM *vm, Exception *exception, Value name, TraceEntry created) {
  if (exception->tasks == NULL) exception->tasks = list_new(vm, LEFT_PARTS);
  List *tasks = exception->tasks;
  list_append(vm, tasks, small_int(exception->trace_count));
  list_append(vm, tasks, name);
  list_append(vm, tasks, created.code == NULL ? NONE : from_object(created.code));
  list_append(vm, tasks, small_int(created.instr));
}

void exception_cut_trace(Exception *exception, uint32_t count) {
  if (count < exception->trace_count) exception->trace_count = count;
  List *tasks = exception->tasks;
  while (tasks != NULL && tasks->count > 0 &&
         as_small_int(tasks->items[tasks->count - LEFT_PARTS + LEFT_COUNT]) > count) {
    tasks->count -= LEFT_PARTS;
  }
}

Value exception_traceback(VM *vm, Value exception) {
  // The way that an exception came stands in the exception itself; a traceback is a view of it.
  if (as_exception(exception)->trace_count == 0) return NONE;
  return traceback_new(vm, exception);
}

// ---- making one, as the program does

static bool is_sub(const Class *cls, const Class *base) { return class_is_subclass(cls, base); }

static Class *os_error_class(VM *vm, int64_t number) {
  const ExceptionClasses *e = &vm->exceptions;
  switch (number) {
    case 2: return e->FileNotFoundError;
    case 1:
    case 13: return e->PermissionError;
    case 3: return e->ProcessLookupError;
    case 4: return e->InterruptedError;
    case 10: return e->ChildProcessError;
    case 11:
    case 114:
    case 115: return e->BlockingIOError;
    case 17: return e->FileExistsError;
    case 20: return e->NotADirectoryError;
    case 21: return e->IsADirectoryError;
    case 32:
    case 108: return e->BrokenPipeError;
    case 103: return e->ConnectionAbortedError;
    case 104: return e->ConnectionResetError;
    case 110: return e->TimeoutError;
    case 111: return e->ConnectionRefusedError;
    default: return e->OSError;
  }
}

static bool raise_keywords(VM *vm, Class *cls) {
  return raise_type_error(vm, "%s() takes no keyword arguments", cls->name->data);
}

// Keywords become attributes where the class knows them (ImportError(name=…), AttributeError).
static bool take_keywords(VM *vm, Exception *exception, const Value *values, Tuple *names) {
  static const char *const known[] = {"name", "path", "obj"};
  Class *cls = exception->header.cls;
  bool takes = is_sub(cls, vm->exceptions.ImportError) ||
               is_sub(cls, vm->exceptions.AttributeError) || is_sub(cls, vm->exceptions.NameError);
  for (size_t i = 0; i < names->count; i++) {
    bool ok = false;
    for (size_t k = 0; takes && k < sizeof known / sizeof *known; k++) {
      ok = ok || str_equals_c(as_str(names->items[i]), known[k]);
    }
    if (!ok) return raise_keywords(vm, cls);
    if (!object_set_own(vm, from_object(exception), as_str(names->items[i]), values[i])) {
      return false;
    }
  }
  return true;
}

static bool check_group(VM *vm, Class *cls, Tuple *args, Tuple **exceptions) {
  if (args->count != 2) {
    return raise_type_error(
        vm, "BaseExceptionGroup.__new__() takes exactly 2 arguments (%zu given)", args->count);
  }
  if (!is_str(args->items[0])) {
    return raise_type_error(vm, "BaseExceptionGroup.__new__() argument 1 must be str, not %s",
                            value_class_name(vm, args->items[0]));
  }
  List *items;
  if (!is_list(args->items[1]) && !is_tuple(args->items[1])) {
    return raise_type_error(vm, "second argument (exceptions) must be a sequence");
  }
  if (value_items(vm, args->items[1], &items) != TRI_YES) return false;
  if (items->count == 0) {
    return raise_value_error(vm, "second argument (exceptions) must be a non-empty sequence");
  }
  for (size_t i = 0; i < items->count; i++) {
    if (!is_exception(items->items[i])) {
      return raise_value_error(vm, "Item %zu of second argument (exceptions) is not an exception",
                               i);
    }
    if (is_sub(cls, vm->exceptions.Exception) &&
        !exception_is(items->items[i], vm->exceptions.Exception)) {
      if (cls == vm->exceptions.ExceptionGroup) {
        return raise_type_error(vm, "Cannot nest BaseExceptions in an ExceptionGroup");
      }
      return raise_type_error(vm, "Cannot nest BaseExceptions in '%s'", cls->name->data);
    }
  }
  *exceptions = tuple_from(vm, items->items, items->count);
  return true;
}

static bool all_plain(VM *vm, const Tuple *exceptions) {
  for (size_t i = 0; i < exceptions->count; i++) {
    if (!exception_is(exceptions->items[i], vm->exceptions.Exception)) return false;
  }
  return true;
}

bool exception_create(VM *vm, Class *cls, const Value *args, int nargs, Tuple *names, Value *out) {
  Tuple *tuple = tuple_from(vm, args, (size_t)nargs);
  Value payload = EMPTY;
  const ExceptionClasses *e = &vm->exceptions;
  if (is_sub(cls, e->BaseExceptionGroup)) {
    Tuple *exceptions = NULL;
    if (!check_group(vm, cls, tuple, &exceptions)) return false;
    if (cls == e->BaseExceptionGroup && all_plain(vm, exceptions)) cls = e->ExceptionGroup;
    payload = from_object(exceptions);
  } else if (is_sub(cls, e->StopIteration)) {
    payload = nargs > 0 ? args[0] : NONE;
  } else if (is_sub(cls, e->SystemExit)) {
    payload = nargs == 0 ? NONE : nargs == 1 ? args[0] : from_object(tuple);
  } else if (is_sub(cls, e->OSError) && nargs >= 2 && nargs <= 5) {
    int64_t number;
    if (cls == e->OSError && is_int(args[0]) && int_to_i64(args[0], &number)) {
      cls = os_error_class(vm, number);
    }
    payload = from_object(tuple);
    if (nargs > 2 && !is_none(args[2])) tuple = tuple_from(vm, args, 2);
  } else if (is_sub(cls, e->UnicodeDecodeError) || is_sub(cls, e->UnicodeEncodeError)) {
    if (nargs != 5) {
      return raise_type_error(vm, "function takes exactly 5 arguments (%d given)", nargs);
    }
  }
  Exception *exception = exception_new(vm, cls, tuple);
  exception->payload = payload;
  *out = from_object(exception);
  if (names == NULL || names->count == 0) return true;
  // A class with an __init__ of its own says itself what keywords it takes.
  Value init = class_special(vm, cls, SP_INIT);
  if (!is_kind(init, KIND_NATIVE)) return true;
  return take_keywords(vm, exception, args + nargs, names);
}

// ---- text

static Tri group_text(VM *vm, Exception *exception, Text *out) {
  (void)vm;
  size_t count = as_tuple(exception->payload)->count;
  text_add_str(out, as_str(exception->args->items[0]));
  text_printf(out, " (%zu sub-exception%s)", count, count == 1 ? "" : "s");
  return TRI_YES;
}

static Tri os_error_text(VM *vm, Exception *exception, Text *out) {
  Tuple *args = as_tuple(exception->payload);
  text_add_c(out, "[Errno ");
  Tri tri = value_str(vm, args->items[0], out);
  if (tri != TRI_YES) return tri;
  text_add_c(out, "] ");
  tri = value_str(vm, args->items[1], out);
  if (tri != TRI_YES || args->count < 3 || is_none(args->items[2])) return tri;
  text_add_c(out, ": ");
  tri = value_repr(vm, args->items[2], out);
  if (tri != TRI_YES || args->count < 5 || is_none(args->items[4])) return tri;
  text_add_c(out, " -> ");
  return value_repr(vm, args->items[4], out);
}

static Tri syntax_error_text(VM *vm, Exception *exception, Text *out) {
  Tuple *args = exception->args;
  Tri tri = value_str(vm, args->items[0], out);
  if (tri != TRI_YES || args->count < 2 || !is_tuple(args->items[1])) return tri;
  Tuple *where = as_tuple(args->items[1]);
  if (where->count < 2 || !is_str(where->items[0])) return tri;
  Str *file = as_str(where->items[0]);
  const char *base = file->data;
  for (size_t i = 0; i < file->length; i++) {
    if (file->data[i] == '/') base = file->data + i + 1;
  }
  text_add_c(out, " (");
  text_add(out, base, (size_t)(file->data + file->length - base));
  text_add_c(out, ", line ");
  tri = value_str(vm, where->items[1], out);
  text_add_c(out, ")");
  return tri;
}

static Tri unicode_error_text(VM *vm, Exception *exception, Text *out) {
  Value *args = exception->args->items;
  bool decode = is_sub(exception->header.cls, vm->exceptions.UnicodeDecodeError);
  int64_t start, end;
  if (!is_int(args[2]) || !is_int(args[3]) || !int_to_i64(args[2], &start) ||
      !int_to_i64(args[3], &end) || !is_str(args[0]) || !is_str(args[4])) {
    return value_str(vm, from_object(exception->args), out);
  }
  Str *codec = as_str(args[0]);
  text_printf(out, "'%.*s' codec can't %s ", (int)codec->length, codec->data,
              decode ? "decode" : "encode");
  if (end - start != 1) {
    text_printf(out, "%s in position %lld-%lld: ", decode ? "bytes" : "characters",
                (long long)start, (long long)end - 1);
  } else if (decode && is_bytes(args[1])) {
    Value byte;
    if (value_get_item(vm, args[1], args[2], &byte) != TRI_YES) return TRI_ERROR;
    text_printf(out, "byte 0x%02x in position %lld: ", (int)as_small_int(byte), (long long)start);
  } else {
    Value ch;
    if (value_get_item(vm, args[1], args[2], &ch) != TRI_YES) return TRI_ERROR;
    const char *p = as_str(ch)->data;
    uint32_t code = utf8_next(&p);
    text_printf(out,
                code < 0x100     ? "character '\\x%02x' in position %lld: "
                : code < 0x10000 ? "character '\\u%04x' in position %lld: "
                                 : "character '\\U%08x' in position %lld: ",
                code, (long long)start);
  }
  text_add_str(out, as_str(args[4]));
  return TRI_YES;
}

Tri exception_text(VM *vm, Value v, Text *out) {
  Exception *exception = as_exception(v);
  Class *cls = exception->header.cls;
  const ExceptionClasses *e = &vm->exceptions;
  if (is_sub(cls, e->BaseExceptionGroup)) return group_text(vm, exception, out);
  if (is_sub(cls, e->OSError) && is_tuple(exception->payload)) {
    return os_error_text(vm, exception, out);
  }
  Tuple *args = exception->args;
  if (is_sub(cls, e->SyntaxError) && args->count >= 1) {
    return syntax_error_text(vm, exception, out);
  }
  if ((is_sub(cls, e->UnicodeDecodeError) || is_sub(cls, e->UnicodeEncodeError)) &&
      args->count == 5) {
    return unicode_error_text(vm, exception, out);
  }
  if (args->count == 0) return TRI_YES;
  if (args->count == 1) {
    if (is_sub(cls, e->KeyError)) return value_repr(vm, args->items[0], out);
    return value_str(vm, args->items[0], out);
  }
  return value_repr(vm, from_object(args), out);
}

// ---- except*

// Splits e by pattern into *match and *rest (NONE when empty). Groups keep their structure.
static bool split(VM *vm, Value e, Value pattern, Value *match, Value *rest) {
  *match = *rest = NONE;
  bool matches = false;
  if (is_class(pattern)) {
    matches = exception_is(e, as_class(pattern));
  } else {
    for (size_t i = 0; i < as_tuple(pattern)->count; i++) {
      matches = matches || exception_is(e, as_class(as_tuple(pattern)->items[i]));
    }
  }
  if (matches) {
    *match = e;
    return true;
  }
  if (!exception_is(e, vm->exceptions.BaseExceptionGroup)) {
    *rest = e;
    return true;
  }
  Tuple *parts = as_tuple(as_exception(e)->payload);
  List *yes = list_new(vm, 0), *no = list_new(vm, 0);
  if (!vm_enter(vm, " in exceptiongroup_split")) return false;
  bool ok = true;
  for (size_t i = 0; i < parts->count && ok; i++) {
    Value m, r;
    ok = split(vm, parts->items[i], pattern, &m, &r);
    if (ok && !is_none(m)) list_append(vm, yes, m);
    if (ok && !is_none(r)) list_append(vm, no, r);
  }
  vm_leave(vm);
  if (!ok) return false;
  if (yes->count > 0) *match = exception_derive_group(vm, e, yes);
  if (no->count > 0) *rest = exception_derive_group(vm, e, no);
  return true;
}

bool exception_split_group(VM *vm, Value group, Value pattern, Value *match, Value *rest) {
  return split(vm, group, pattern, match, rest);
}

Value exception_derive_group(VM *vm, Value group, List *exceptions) {
  Exception *original = as_exception(group);
  Tuple *parts = tuple_from(vm, exceptions->items, exceptions->count);
  Class *cls =
      all_plain(vm, parts) ? vm->exceptions.ExceptionGroup : vm->exceptions.BaseExceptionGroup;
  Exception *derived =
      exception_new(vm, cls,
                    tuple_of(vm, 2, original->args->items[0],
                             from_object(list_from(vm, exceptions->items, exceptions->count))));
  derived->payload = from_object(parts);
  derived->cause = original->cause;
  derived->context = original->context;
  derived->header.flags |= original->header.flags & EXCEPTION_SUPPRESS_CONTEXT;
  for (uint32_t i = 0; i < original->trace_count; i++) {
    exception_add_trace(vm, derived, original->trace[i].code, original->trace[i].instr);
  }
  Value notes = object_get_own(vm, group, str_intern_c(vm, "__notes__"));
  if (is_list(notes) || is_tuple(notes)) {
    notes =
        from_object(is_list(notes) ? list_from(vm, as_list(notes)->items, as_list(notes)->count)
                                   : list_from(vm, as_tuple(notes)->items, as_tuple(notes)->count));
    bool ok = object_set_own(vm, from_object(derived), str_intern_c(vm, "__notes__"), notes);
    (void)ok;
  }
  return from_object(derived);
}

static bool check_star_pattern(VM *vm, Value pattern) {
  const Value *items = &pattern;
  size_t count = 1;
  if (is_tuple(pattern)) {
    items = as_tuple(pattern)->items;
    count = as_tuple(pattern)->count;
  }
  for (size_t i = 0; i < count; i++) {
    if (!is_class(items[i]) || !is_sub(as_class(items[i]), vm->exceptions.BaseException)) {
      return raise_type_error(
          vm, "catching classes that do not inherit from BaseException is not allowed");
    }
    if (is_sub(as_class(items[i]), vm->exceptions.BaseExceptionGroup)) {
      return raise_type_error(
          vm, "catching ExceptionGroup with except* is not allowed. Use except instead.");
    }
  }
  return true;
}

bool exception_match_group(VM *vm, Value exception, Value pattern, Value *base) {
  if (!check_star_pattern(vm, pattern)) return false;
  base[0] = base[1] = NONE;
  if (is_none(exception)) return true;
  if (!split(vm, exception, pattern, &base[0], &base[1])) return false;
  if (!is_none(base[0]) && !exception_is(base[0], vm->exceptions.BaseExceptionGroup)) {
    // except* always gives a group.
    List *one = list_from(vm, base, 1);
    Tuple *parts = tuple_from(vm, one->items, 1);
    Class *cls =
        all_plain(vm, parts) ? vm->exceptions.ExceptionGroup : vm->exceptions.BaseExceptionGroup;
    Exception *group =
        exception_new(vm, cls, tuple_of(vm, 2, from_object(vm->empty_str), from_object(parts)));
    group->payload = from_object(parts);
    base[0] = from_object(group);
  }
  return true;
}

// Whether an exception came only the way that `original` came: a clause let it go on by `raise`.
static bool is_part_of(VM *vm, Value v, Value original) {
  if (!exception_is(v, vm->exceptions.BaseExceptionGroup)) return false;
  const Exception *a = as_exception(v), *b = as_exception(original);
  Str *notes = str_intern_c(vm, "__notes__");
  return a->cause == b->cause && a->context == b->context && traceback_is_same(a, b) &&
         object_get_own(vm, v, notes) == object_get_own(vm, original, notes);
}

static bool collect_leaves(VM *vm, Value e, List *leaves) {
  if (!exception_is(e, vm->exceptions.BaseExceptionGroup)) {
    list_append(vm, leaves, e);
    return true;
  }
  if (!vm_enter(vm, " in collect_exception_group_leaves")) return false;
  const Tuple *parts = as_tuple(as_exception(e)->payload);
  bool ok = true;
  for (size_t i = 0; i < parts->count && ok; i++) {
    ok = collect_leaves(vm, parts->items[i], leaves);
  }
  vm_leave(vm);
  return ok;
}

static int by_identity(const void *a, const void *b) {
  const Value *x = a, *y = b;
  return *x < *y ? -1 : *x > *y;
}

// The group e with only those leaves that stand in the sorted list; NONE without any.
static bool project(VM *vm, Value e, const List *leaves, Value *out) {
  *out = NONE;
  if (!exception_is(e, vm->exceptions.BaseExceptionGroup)) {
    if (bsearch(&e, leaves->items, leaves->count, sizeof e, by_identity) != NULL) *out = e;
    return true;
  }
  if (!vm_enter(vm, " in exceptiongroup_split")) return false;
  const Tuple *parts = as_tuple(as_exception(e)->payload);
  List *kept = list_new(vm, 0);
  bool ok = true;
  for (size_t i = 0; i < parts->count && ok; i++) {
    Value part;
    ok = project(vm, parts->items[i], leaves, &part);
    if (ok && !is_none(part)) list_append(vm, kept, part);
  }
  vm_leave(vm);
  if (ok && kept->count > 0) *out = exception_derive_group(vm, e, kept);
  return ok;
}

// What clauses let go on, and what none of them took, is put together again in the structure that
// the original had; what they raised anew stands beside it.
bool exception_reraise_group(VM *vm, List *raised, Value original, Value *out) {
  List *left = list_new(vm, 0), *leaves = list_new(vm, 0);
  bool is_group = exception_is(original, vm->exceptions.BaseExceptionGroup);
  for (size_t i = 0; i < raised->count; i++) {
    Value v = raised->items[i];
    if (is_none(v)) continue;
    if (!is_group || !is_part_of(vm, v, original)) {
      list_append(vm, left, v);
    } else if (!collect_leaves(vm, v, leaves)) {
      return false;
    }
  }
  if (leaves->count > 0) {
    qsort(leaves->items, leaves->count, sizeof(Value), by_identity);
    Value again;
    if (!project(vm, original, leaves, &again)) return false;
    list_append(vm, left, again);
  }
  *out = left->count == 0 ? NONE : left->items[0];
  if (left->count < 2) return true;
  Tuple *parts = tuple_from(vm, left->items, left->count);
  Class *cls =
      all_plain(vm, parts) ? vm->exceptions.ExceptionGroup : vm->exceptions.BaseExceptionGroup;
  Exception *group =
      exception_new(vm, cls, tuple_of(vm, 2, from_object(vm->empty_str), from_object(left)));
  group->payload = from_object(parts);
  *out = from_object(group);
  return true;
}

// ---- the collector

void exception_mark(VM *vm, Object *object) {
  Exception *exception = (Exception *)object;
  heap_mark_object(vm, exception->shape);
  if (exception->shape != NULL) heap_mark_values(vm, exception->slots, exception->shape->count);
  heap_mark_object(vm, exception->args);
  heap_mark(vm, exception->cause);
  heap_mark(vm, exception->context);
  heap_mark(vm, exception->payload);
  heap_mark_object(vm, exception->tasks);
  heap_mark_object(vm, exception->hint);
  for (uint32_t i = 0; i < exception->trace_count; i++) {
    heap_mark_object(vm, exception->trace[i].code);
  }
}

void exception_free(VM *vm, Object *object) {
  Exception *exception = (Exception *)object;
  heap_buffer_free(vm, exception->slots, exception->capacity * sizeof(Value));
  heap_buffer_free(vm, exception->trace, exception->trace_capacity * sizeof(TraceEntry));
}
