// exceptionmethods.c: the exception classes and what programs can do with exceptions.

#include "containers.h"
#include "rows.h"
#include "traceback.h"
#include "vm.h"

static Exception *self_of(Value *args) { return as_exception(args[0]); }

static Value or_none(Value v) { return is_empty(v) ? NONE : v; }

static bool exception_init(VM *vm, Value *args, int nargs, Value *out) {
  // Groups, StopIteration and OSError have taken what they need when they were made.
  Exception *exception = self_of(args);
  Class *cls = exception->header.cls;
  if (!class_is_subclass(cls, vm->exceptions.BaseExceptionGroup) && !is_tuple(exception->payload)) {
    exception->args = tuple_from(vm, args + 1, (size_t)nargs - 1);
    if (class_is_subclass(cls, vm->exceptions.StopIteration) ||
        class_is_subclass(cls, vm->exceptions.SystemExit)) {
      exception->payload = nargs > 1 ? args[1] : NONE;
    }
  }
  *out = NONE;
  return true;
}

static bool exception_make(VM *vm, Value *args, int nargs, Value *out) {
  if (!is_class(args[0])) return raise_type_error(vm, "BaseException.__new__(X): X is not a type");
  return exception_create(vm, as_class(args[0]), args + 1, nargs - 1, NULL, out);
}

static bool exception_str(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Text text = text_new(vm);
  Tri tri = exception_text(vm, args[0], &text);
  if (tri == TRI_YES) {
    *out = from_object(text_finish(&text));
    return true;
  }
  text_free(&text);
  return tri == TRI_SCRIPT && native_prelude(vm, out, "containers.exception_str", 1, args);
}

static bool exception_repr(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Text text = text_new(vm);
  Exception *exception = self_of(args);
  text_add_str(&text, exception->header.cls->name);
  Tri tri = TRI_YES;
  if (exception->args->count == 1) {
    text_add_char(&text, '(');
    tri = value_repr(vm, exception->args->items[0], &text);
    text_add_char(&text, ')');
  } else {
    tri = value_repr(vm, from_object(exception->args), &text);
  }
  if (tri == TRI_YES) {
    *out = from_object(text_finish(&text));
    return true;
  }
  text_free(&text);
  return tri == TRI_SCRIPT && native_prelude(vm, out, "containers.exception_repr", 1, args);
}

static bool with_traceback(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  traceback_set(vm, self_of(args), args[1]);
  *out = args[0];
  return true;
}

static bool add_note(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_str(args[1])) {
    return raise_type_error(vm, "note must be a str, not '%s'", value_class_name(vm, args[1]));
  }
  Str *name = str_intern_c(vm, "__notes__");
  Value notes = object_get_own(vm, args[0], name);
  if (!is_list(notes)) {
    notes = from_object(list_new(vm, 1));
    if (!object_set_own(vm, args[0], name, notes)) return false;
  }
  list_append(vm, as_list(notes), args[1]);
  *out = NONE;
  return true;
}

static bool get_args(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_object(self_of(args)->args);
  return true;
}

static bool get_cause(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = or_none(self_of(args)->cause);
  return true;
}

static bool get_context(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = or_none(self_of(args)->context);
  return true;
}

static bool get_suppress(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_bool(self_of(args)->header.flags & EXCEPTION_SUPPRESS_CONTEXT);
  return true;
}

static bool get_traceback(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = exception_traceback(vm, args[0]);
  return true;
}

static bool get_payload(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = or_none(self_of(args)->payload);
  return true;
}

// The i-th value that an OSError was made with.
static bool os_part(Value *args, size_t i, Value *out) {
  Value payload = self_of(args)->payload;
  *out = is_tuple(payload) && as_tuple(payload)->count > i ? as_tuple(payload)->items[i] : NONE;
  return true;
}

static bool get_errno(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  return os_part(args, 0, out);
}

static bool get_strerror(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  return os_part(args, 1, out);
}

static bool get_filename2(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  return os_part(args, 4, out);
}

// Sets one of them; the tuple grows as need be.
static void set_os_part(VM *vm, Exception *exception, size_t i, Value value) {
  const Tuple *old = is_tuple(exception->payload) ? as_tuple(exception->payload) : vm->empty_tuple;
  size_t count = old->count > i ? old->count : i + 1;
  Tuple *parts = tuple_new(vm, count < 2 ? 2 : count);
  for (size_t k = 0; k < parts->count; k++) parts->items[k] = k < old->count ? old->items[k] : NONE;
  parts->items[i] = value;
  exception->payload = from_object(parts);
}

static bool get_filename(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  return os_part(args, 2, out);
}

// NameError and AttributeError raised by the VM know the name; (name, object) in the payload.
static bool get_name(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Value payload = self_of(args)->payload;
  *out = is_tuple(payload) ? as_tuple(payload)->items[0] : payload;
  if (is_empty(*out)) *out = or_none(object_get_own(vm, args[0], str_intern_c(vm, "name")));
  return true;
}

// ImportError(message): args is all that an import error is made of, besides name and path.
static bool get_import_message(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Tuple *given = self_of(args)->args;
  *out = given->count == 1 ? given->items[0] : NONE;
  return true;
}

static bool get_obj(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Value payload = self_of(args)->payload;
  *out = is_tuple(payload) ? as_tuple(payload)->items[1]
                           : or_none(object_get_own(vm, args[0], str_intern_c(vm, "obj")));
  return true;
}

// SyntaxError(msg, (filename, lineno, offset, text, end_lineno, end_offset))
static bool syntax_part(Value *args, int part, Value *out) {
  Tuple *given = self_of(args)->args;
  *out = NONE;
  if (part < 0) {
    if (given->count > 0) *out = given->items[0];
  } else if (given->count > 1 && is_tuple(given->items[1]) &&
             as_tuple(given->items[1])->count > (size_t)part) {
    *out = as_tuple(given->items[1])->items[part];
  }
  return true;
}

#define SYNTAX_PART(name, part)                                  \
  static bool name(VM *vm, Value *args, int nargs, Value *out) { \
    (void)vm, (void)nargs;                                       \
    return syntax_part(args, part, out);                         \
  }
SYNTAX_PART(syntax_msg, -1)
SYNTAX_PART(syntax_filename, 0)
SYNTAX_PART(syntax_lineno, 1)
SYNTAX_PART(syntax_offset, 2)
SYNTAX_PART(syntax_text, 3)

Tri exception_set_field(VM *vm, Exception *exception, Str *name, Value value) {
  if (str_equals_c(name, "args")) {
    List *items;
    Tri tri = value_items(vm, value, &items);
    if (tri != TRI_YES) return tri == TRI_SCRIPT ? TRI_ERROR : tri;
    exception->args = tuple_from(vm, items->items, items->count);
  } else if (str_equals_c(name, "__cause__")) {
    if (!is_none(value) && !is_exception(value)) {
      raise_type_error(vm, "exception cause must be None or derive from BaseException");
      return TRI_ERROR;
    }
    exception->cause = value;
    exception->header.flags |= EXCEPTION_SUPPRESS_CONTEXT;
  } else if (str_equals_c(name, "__context__")) {
    if (!is_none(value) && !is_exception(value)) {
      raise_type_error(vm, "exception context must be None or derive from BaseException");
      return TRI_ERROR;
    }
    exception->context = value;
  } else if (str_equals_c(name, "__suppress_context__")) {
    exception->header.flags &= (uint8_t)~EXCEPTION_SUPPRESS_CONTEXT;
    if (value == TRUE_VALUE) exception->header.flags |= EXCEPTION_SUPPRESS_CONTEXT;
  } else if (str_equals_c(name, "__traceback__")) {
    traceback_set(vm, exception, value);
  } else if (class_is_subclass(exception->header.cls, vm->exceptions.OSError) &&
             (str_equals_c(name, "errno") || str_equals_c(name, "strerror") ||
              str_equals_c(name, "filename") || str_equals_c(name, "filename2"))) {
    size_t part = name->length == 5 ? 0 : name->data[0] == 's' ? 1 : name->length == 8 ? 2 : 4;
    set_os_part(vm, exception, part, value);
  } else if (str_equals_c(name, "value") || str_equals_c(name, "code")) {
    exception->payload = value;
  } else {
    return object_set_own(vm, from_object(exception), name, value) ? TRI_YES : TRI_ERROR;
  }
  return TRI_YES;
}

// ---- UnicodeDecodeError and UnicodeEncodeError: their five arguments by name

#define UNICODE_FIELDS(X) X(encoding, 0) X(object, 1) X(start, 2) X(end, 3) X(reason, 4)
#define X(name, i)                                                         \
  static bool unicode_##name(VM *vm, Value *args, int nargs, Value *out) { \
    (void)vm, (void)nargs;                                                 \
    const Tuple *given = self_of(args)->args;                              \
    *out = i < given->count ? given->items[i] : NONE;                      \
    return true;                                                           \
  }
UNICODE_FIELDS(X)
#undef X

// ---- groups

static bool group_message(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = self_of(args)->args->items[0];
  return true;
}

static bool check_pattern(VM *vm, Value pattern) {
  bool ok = is_class(pattern) && class_is_subclass(as_class(pattern), vm->exceptions.BaseException);
  if (is_tuple(pattern)) {
    ok = true;
    for (size_t i = 0; i < as_tuple(pattern)->count; i++) {
      Value v = as_tuple(pattern)->items[i];
      ok = ok && is_class(v) && class_is_subclass(as_class(v), vm->exceptions.BaseException);
    }
  }
  return ok ||
         raise_type_error(vm, "expected a function, exception type or tuple of exception types");
}

// Whether a script takes part: a condition to call, or a class with a derive() of its own.
static bool needs_script(VM *vm, const Value *args) {
  Class *cls = as_object(args[0])->cls;
  return is_function(args[1]) || is_kind(args[1], KIND_METHOD) ||
         !is_kind(class_lookup(vm, cls, str_intern_c(vm, "derive")), KIND_NATIVE);
}

static bool group_split(VM *vm, Value *args, int nargs, Value *out) {
  if (needs_script(vm, args)) return native_prelude(vm, out, "awaiting.group_split", nargs, args);
  Value match, rest;
  if (!check_pattern(vm, args[1]) || !exception_split_group(vm, args[0], args[1], &match, &rest)) {
    return false;
  }
  *out = from_object(tuple_of(vm, 2, match, rest));
  return true;
}

static bool group_subgroup(VM *vm, Value *args, int nargs, Value *out) {
  if (needs_script(vm, args)) {
    return native_prelude(vm, out, "awaiting.group_subgroup", nargs, args);
  }
  Value rest;
  return check_pattern(vm, args[1]) && exception_split_group(vm, args[0], args[1], out, &rest);
}

static bool group_derive(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *items;
  if (value_items(vm, args[1], &items) != TRI_YES) return false;
  *out = exception_derive_group(vm, args[0], items);
  return true;
}

static const NativeDef base_defs[] = {
    {"__new__", exception_make, 1, -1, NATIVE_STATIC | NATIVE_KEYWORDS, NULL, NULL, 0, NULL},
    METHOD_ROW("__init__", exception_init, 1, -1),
    METHOD_ROW("__str__", exception_str, 1, 1),
    METHOD_ROW("__repr__", exception_repr, 1, 1),
    METHOD_ROW("with_traceback", with_traceback, 2, 2),
    METHOD_ROW("add_note", add_note, 2, 2),
    PROPERTY_ROW("args", get_args),
    PROPERTY_ROW("__cause__", get_cause),
    PROPERTY_ROW("__context__", get_context),
    PROPERTY_ROW("__suppress_context__", get_suppress),
    PROPERTY_ROW("__traceback__", get_traceback),
    END_ROW,
};
static const NativeDef stop_defs[] = {PROPERTY_ROW("value", get_payload), END_ROW};
static const NativeDef exit_defs[] = {PROPERTY_ROW("code", get_payload), END_ROW};
static const NativeDef os_defs[] = {
    PROPERTY_ROW("errno", get_errno), PROPERTY_ROW("strerror", get_strerror),
    PROPERTY_ROW("filename", get_filename), PROPERTY_ROW("filename2", get_filename2), END_ROW};
static const NativeDef name_defs[] = {PROPERTY_ROW("name", get_name), END_ROW};
static const NativeDef attribute_defs[] = {PROPERTY_ROW("name", get_name),
                                           PROPERTY_ROW("obj", get_obj), END_ROW};
static const NativeDef import_defs[] = {PROPERTY_ROW("msg", get_import_message), END_ROW};
static const NativeDef syntax_defs[] = {
    PROPERTY_ROW("msg", syntax_msg),       PROPERTY_ROW("filename", syntax_filename),
    PROPERTY_ROW("lineno", syntax_lineno), PROPERTY_ROW("offset", syntax_offset),
    PROPERTY_ROW("text", syntax_text),     END_ROW};
static const NativeDef unicode_defs[] = {
#define X(name, i) PROPERTY_ROW(#name, unicode_##name),
    UNICODE_FIELDS(X)
#undef X
        END_ROW};
static const NativeDef group_defs[] = {
    MEMBER_ROW("message", group_message),     MEMBER_ROW("exceptions", get_payload),
    METHOD_ROW("split", group_split, 2, 2),   METHOD_ROW("subgroup", group_subgroup, 2, 2),
    METHOD_ROW("derive", group_derive, 2, 2), END_ROW};

void exception_install(VM *vm) {
  ExceptionClasses *e = &vm->exceptions;
  // Each base stands before its subclasses in the list, so its variable is there already.
  Class *object_class = vm->object_class;
#define X(name, base)                                                  \
  Class *name = class_new_builtin(vm, #name, base, KIND_EXCEPTION, 0); \
  e->name = name;
  EXCEPTION_CLASSES(X)
#undef X
  e->ExceptionGroup =
      class_new_builtin(vm, "ExceptionGroup", e->BaseExceptionGroup, KIND_EXCEPTION, 0);
  // Two bases: the one class of the tree that is not single-rooted.
  e->ExceptionGroup->bases =
      tuple_of(vm, 2, from_object(e->BaseExceptionGroup), from_object(e->Exception));
  e->ExceptionGroup->mro = tuple_of(vm, 5, from_object(e->ExceptionGroup),
                                    from_object(e->BaseExceptionGroup), from_object(e->Exception),
                                    from_object(e->BaseException), from_object(vm->object_class));
  native_add_methods(vm, e->BaseException, base_defs);
  native_add_methods(vm, e->StopIteration, stop_defs);
  native_add_methods(vm, e->SystemExit, exit_defs);
  native_add_methods(vm, e->OSError, os_defs);
  native_add_methods(vm, e->NameError, name_defs);
  native_add_methods(vm, e->AttributeError, attribute_defs);
  native_add_methods(vm, e->ImportError, import_defs);
  dict_set_c(vm, e->ImportError->dict, "name", NONE);
  dict_set_c(vm, e->ImportError->dict, "path", NONE);
  native_add_methods(vm, e->SyntaxError, syntax_defs);
  native_add_methods(vm, e->UnicodeDecodeError, unicode_defs);
  native_add_methods(vm, e->UnicodeEncodeError, unicode_defs);
  native_add_methods(vm, e->BaseExceptionGroup, group_defs);
  native_add_methods(vm, e->BaseExceptionGroup, container_class_methods);
}
