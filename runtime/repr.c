// repr.c: repr() and str() of any value, as far as no script is needed.
#include "bytes.h"
#include "corowatch.h"
#include "deque.h"
#include "dunder.h"
#include "float.h"
#include "func.h"
#include "int.h"
#include "iterator.h"
#include "namedtuple.h"
#include "protocol.h"
#include "range.h"
#include "signals.h"
#include "slice.h"
#include "vm.h"

// The containers that are being written, innermost first: one that contains itself shows as [...].
typedef struct Path {
  Value container;
  const struct Path *outer;
} Path;

static Tri write_value(VM *vm, Value v, Text *out, const Path *path);

static bool is_on_path(Value v, const Path *path) {
  for (; path; path = path->outer) {
    if (path->container == v) return true;
  }
  return false;
}

static Tri write_tuple(VM *vm, const Tuple *tuple, Text *out, const Path *path);

static Tri write_values(VM *vm, const Value *items, size_t count, Text *out, const Path *path) {
  for (size_t i = 0; i < count; i++) {
    if (i) text_add_c(out, ", ");
    Tri done = signals_let_go_on(vm) ? write_value(vm, items[i], out, path) : TRI_ERROR;
    if (done != TRI_YES) return done;
  }
  return TRI_YES;
}

static Tri write_tuple(VM *vm, const Tuple *tuple, Text *out, const Path *path) {
  text_add_char(out, '(');
  Tri done = write_values(vm, tuple->items, tuple->count, out, path);
  text_add_c(out, tuple->count == 1 ? ",)" : ")");
  return done;
}

static Tri write_list(VM *vm, const List *list, Text *out, const Path *path) {
  text_add_char(out, '[');
  Tri done = write_values(vm, list->items, list->count, out, path);
  text_add_char(out, ']');
  return done;
}

// OrderedDict([('a', 1)])
static Tri write_ordered_dict(VM *vm, const Dict *dict, Text *out, const Path *path) {
  Value key, value;
  bool first = true;
  text_add_str(out, dict->header.cls->name);
  text_add_c(out, dict->count == 0 ? "(" : "([");
  for (size_t i = 0; dict_next(dict, &i, &key, &value);) {
    if (!first) text_add_c(out, ", ");
    first = false;
    Tri done = write_tuple(vm, tuple_pair(vm, key, value), out, path);
    if (done != TRI_YES) return done;
  }
  text_add_c(out, dict->count == 0 ? ")" : "])");
  return TRI_YES;
}

// defaultdict(<class 'int'>, {…}); a factory that shows the dict again is shown as "..." there.
static Tri begin_default_dict(VM *vm, const DefaultDict *dict, Text *out, const Path *path) {
  text_add_str(out, dict->dict.header.cls->name);
  text_add_char(out, '(');
  Tri done = TRI_YES;
  if (is_object(dict->factory) && is_on_path(dict->factory, path)) {
    text_add_c(out, "...");
  } else {
    Path here = {dict->factory, path};
    done = write_value(vm, dict->factory, out, is_none(dict->factory) ? path : &here);
  }
  text_add_c(out, ", ");
  return done;
}

static Tri write_plain_dict(VM *vm, const Dict *dict, Text *out, const Path *path) {
  Value key, value;
  bool first = true;
  text_add_char(out, '{');
  for (size_t i = 0; dict_next(dict, &i, &key, &value);) {
    if (!first) text_add_c(out, ", ");
    first = false;
    Tri done = write_value(vm, key, out, path);
    text_add_c(out, ": ");
    if (done == TRI_YES) done = write_value(vm, value, out, path);
    if (done != TRI_YES) return done;
  }
  text_add_char(out, '}');
  return TRI_YES;
}

static Tri write_dict(VM *vm, const Dict *dict, Text *out, const Path *path) {
  if (dict->header.extra == DICT_ORDERED) return write_ordered_dict(vm, dict, out, path);
  if (dict->header.extra == DICT_PLAIN) return write_plain_dict(vm, dict, out, path);
  Tri done = begin_default_dict(vm, (const DefaultDict *)dict, out, path);
  if (done == TRI_YES) done = write_plain_dict(vm, dict, out, path);
  text_add_char(out, ')');
  return done;
}

static Tri write_deque(VM *vm, const Deque *deque, Text *out, const Path *path) {
  text_add_str(out, deque->header.cls->name);
  text_add_c(out, "([");
  for (size_t i = 0; i < deque->count; i++) {
    if (i) text_add_c(out, ", ");
    Tri done = write_value(vm, *deque_at(deque, i), out, path);
    if (done != TRI_YES) return done;
  }
  text_add_char(out, ']');
  if (deque->max_length != DEQUE_UNBOUNDED) {
    text_printf(out, ", maxlen=%lld", (long long)deque->max_length);
  }
  text_add_char(out, ')');
  return TRI_YES;
}

static Tri write_set(VM *vm, const Set *set, Text *out, const Path *path) {
  bool named = set->header.cls != vm->set_class;
  if (named || set->count == 0) {
    text_add_str(out, set->header.cls->name);
    text_add_char(out, '(');
  }
  if (set->count) {
    Value key;
    bool first = true;
    text_add_char(out, '{');
    for (size_t i = 0; set_next(set, &i, &key);) {
      if (!first) text_add_c(out, ", ");
      first = false;
      Tri done = write_value(vm, key, out, path);
      if (done != TRI_YES) return done;
    }
    text_add_char(out, '}');
  }
  if (named || set->count == 0) text_add_char(out, ')');
  return TRI_YES;
}

static Tri write_view(VM *vm, const DictView *view, Text *out, const Path *path) {
  Value key, value;
  bool first = true;
  text_add_str(out, view->header.cls->name);
  text_add_c(out, "([");
  for (size_t i = 0; dict_next(view->dict, &i, &key, &value);) {
    if (!first) text_add_c(out, ", ");
    first = false;
    Tri done;
    if (view->header.extra == VIEW_ITEMS) {
      done = write_tuple(vm, tuple_pair(vm, key, value), out, path);
    } else {
      done = write_value(vm, view->header.extra == VIEW_KEYS ? key : value, out, path);
    }
    if (done != TRI_YES) return done;
  }
  text_add_c(out, "])");
  return TRI_YES;
}

static Tri write_slice(VM *vm, const Slice *slice, Text *out, const Path *path) {
  Value parts[] = {slice->start, slice->stop, slice->step};
  text_add_c(out, "slice(");
  Tri done = write_values(vm, parts, 3, out, path);
  text_add_char(out, ')');
  return done;
}

// ---- Classes, functions and the like ----

static Value class_text(VM *vm, Class *cls, const char *name) {
  Value text = cls->dict ? dict_get_c(cls->dict, name) : EMPTY;
  (void)vm;
  return is_str(text) ? text : EMPTY;
}

void value_class_path(VM *vm, Class *cls, Text *out) {
  Value module = class_text(vm, cls, "__module__");
  Value qualname = class_text(vm, cls, "__qualname__");
  if (!is_empty(module) && !str_equals_c(as_str(module), "builtins")) {
    text_add_str(out, as_str(module));
    text_add_char(out, '.');
  }
  text_add_str(out, is_empty(qualname) ? cls->name : as_str(qualname));
}

void value_repr_plain(VM *vm, Value v, Text *out) {
  text_add_char(out, '<');
  value_class_path(vm, value_class(vm, v), out);
  text_printf(out, " object at %p>", (void *)as_object(v));
}

static void write_class(VM *vm, Class *cls, Text *out) {
  text_add_c(out, "<class '");
  value_class_path(vm, cls, out);
  text_add_c(out, "'>");
}

static const Str *function_name(const Function *function) {
  Value name = function->fields ? dict_get_c(function->fields, "__qualname__") : EMPTY;
  return is_str(name) ? as_str(name) : function->code->qualname;
}

static void write_native(const Native *native, Text *out) {
  const NativeDef *def = native->def;
  if (native->owner && (def->flags & NATIVE_METHOD)) {
    text_printf(out, "<%s '%s' of '", native_is_operator(def) ? "slot wrapper" : "method",
                def->name);
    text_add_str(out, native->owner->name);
    text_add_c(out, "' objects>");
  } else if (native->owner && (def->flags & NATIVE_PROPERTY)) {
    text_printf(out, "<%s '%s' of '", def->flags & NATIVE_MEMBER ? "member" : "attribute",
                def->name);
    text_add_str(out, native->owner->name);
    text_add_c(out, "' objects>");
  } else if (native->owner) {
    text_printf(out, "<built-in method %s of type object at %p>", def->name, (void *)native->owner);
  } else {
    text_printf(out, "<built-in function %s>", def->name);
  }
}

static Tri write_method(VM *vm, const Method *method, Text *out, const Path *path) {
  if (is_kind(method->function, KIND_NATIVE)) {
    const NativeDef *def = as_native(method->function)->def;
    bool wrapper = native_is_operator(def);
    text_printf(out, wrapper ? "<method-wrapper '%s' of " : "<built-in method %s of ", def->name);
    text_add_str(out, is_class(method->receiver) ? vm->type_class->name
                                                 : value_class(vm, method->receiver)->name);
    text_printf(out, " object at %p>", (void *)(uintptr_t)(method->receiver & VALUE_PAYLOAD));
    return TRI_YES;
  }
  text_add_c(out, "<bound method ");
  if (is_function(method->function)) {
    text_add_str(out, function_name((Function *)as_object(method->function)));
  } else {
    text_add_char(out, '?');
  }
  text_add_c(out, " of ");
  Tri done = write_value(vm, method->receiver, out, path);
  text_add_char(out, '>');
  return done;
}

static Tri write_wrapper(VM *vm, const Wrapper *wrapper, Text *out, const Path *path) {
  text_add_char(out, '<');
  text_add_str(out, wrapper->header.cls->name);
  text_add_char(out, '(');
  Tri done = write_value(vm, wrapper->function, out, path);
  text_add_c(out, ")>");
  return done;
}

static void write_super(VM *vm, const Super *s, Text *out) {
  text_add_c(out, "<super: <class '");
  text_add_str(out, s->start->name);
  text_add_c(out, "'>");
  if (is_empty(s->receiver)) {
    text_add_c(out, ", NULL>");
    return;
  }
  text_add_c(out, ", <");
  text_add_str(out, is_class(s->receiver) ? as_class(s->receiver)->name
                                          : value_class(vm, s->receiver)->name);
  text_add_c(out, " object>>");
}

static void write_cell(VM *vm, const Cell *cell, Text *out) {
  text_printf(out, "<cell at %p: ", (const void *)cell);
  if (is_empty(cell->value)) {
    text_add_c(out, "empty>");
    return;
  }
  text_add_str(out, value_class(vm, cell->value)->name);
  text_printf(out, " object at %p>", (void *)(uintptr_t)(cell->value & VALUE_PAYLOAD));
}

static void write_module(const Module *module, Text *out) {
  text_add_c(out, "<module ");
  str_repr(out, module->name, false);
  if (module->filename) {
    text_add_c(out, " from ");
    str_repr(out, module->filename, false);
    text_add_char(out, '>');
  } else if (module->header.flags & MODULE_MADE) {
    text_add_char(out, '>');
  } else {
    text_add_c(out, " (built-in)>");
  }
}

static Tri write_exception(VM *vm, const Exception *e, Text *out, const Path *path) {
  text_add_str(out, e->header.cls->name);
  text_add_char(out, '(');
  Tri done = write_values(vm, e->args->items, e->args->count, out, path);
  text_add_char(out, ')');
  return done;
}

static Tri write_object(VM *vm, Value v, Text *out, const Path *path) {
  Object *object = as_object(v);
  switch (object->kind) {
    case KIND_STR: str_repr(out, as_str(v), false); return TRI_YES;
    case KIND_BYTES: bytes_repr(out, as_bytes(v)); return TRI_YES;
    case KIND_BIGINT: return int_to_text(vm, v, 10, out) ? TRI_YES : TRI_ERROR;
    case KIND_FLOAT: float_repr(out, float_value(v)); return TRI_YES;
    case KIND_LIST: return write_list(vm, as_list(v), out, path);
    case KIND_TUPLE: return write_tuple(vm, as_tuple(v), out, path);
    case KIND_DICT: return write_dict(vm, as_dict(v), out, path);
    case KIND_SET:
    case KIND_FROZENSET: return write_set(vm, as_set(v), out, path);
    case KIND_DICT_VIEW: return write_view(vm, as_dict_view(v), out, path);
    case KIND_DEQUE: return write_deque(vm, as_deque(v), out, path);
    case KIND_RANGE: return range_repr(vm, as_range(v), out) ? TRI_YES : TRI_ERROR;
    case KIND_SLICE: return write_slice(vm, as_slice(v), out, path);
    case KIND_CLASS: write_class(vm, as_class(v), out); return TRI_YES;
    case KIND_FUNCTION:
      text_add_c(out, "<function ");
      text_add_str(out, function_name((Function *)object));
      text_printf(out, " at %p>", (void *)object);
      return TRI_YES;
    case KIND_NATIVE: write_native(as_native(v), out); return TRI_YES;
    case KIND_METHOD: return write_method(vm, (Method *)object, out, path);
    case KIND_MEMBER: {
      const Member *member = (Member *)object;
      text_printf(out, "<member '%s' of '%s' objects>", member->name->data,
                  member->owner->name->data);
      return TRI_YES;
    }
    case KIND_TUPLE_FIELD: {
      text_printf(out, "_tuplegetter(%u, ", as_tuple_field(v)->index);
      Tri done = write_value(vm, as_tuple_field(v)->doc, out, path);
      text_add_char(out, ')');
      return done;
    }
    case KIND_WRAPPER: return write_wrapper(vm, (Wrapper *)object, out, path);
    case KIND_SUPER: write_super(vm, (Super *)object, out); return TRI_YES;
    case KIND_CELL: write_cell(vm, (Cell *)object, out); return TRI_YES;
    case KIND_MODULE: write_module((Module *)object, out); return TRI_YES;
    case KIND_EXCEPTION: return write_exception(vm, as_exception(v), out, path);
    case KIND_CODE: {
      const Code *code = (Code *)object;
      text_add_c(out, "<code object ");
      text_add_str(out, code->name);
      text_printf(out, " at %p, file \"", (void *)object);
      text_add_str(out, code->filename);
      text_printf(out, "\", line %u>", code->first_line);
      return TRI_YES;
    }
    case KIND_GENERATOR:
    case KIND_COROUTINE:
    case KIND_ASYNC_GENERATOR: {
      const Code *code = ((Frame *)object)->code;
      if (object->cls == vm->map_class || object->cls == vm->filter_class ||
          object->cls == vm->zip_class || object->cls == vm->enumerate_class ||
          object->cls == vm->reversed_class || object->cls == vm->callable_iterator_class ||
          object->cls == vm->sequence_iterator_class) {
        value_repr_plain(vm, v, out);  // one of the prelude's generators that stand in for these
        return TRI_YES;
      }
      if (object->kind == KIND_COROUTINE) corowatch_used(vm, v, USED_AS_TEXT);
      text_add_char(out, '<');
      text_add_str(out, object->cls->name);
      text_add_c(out, " object ");
      text_add_str(out, code->qualname);
      text_printf(out, " at %p>", (void *)object);
      return TRI_YES;
    }
    case KIND_INSTANCE:
    case KIND_PROPERTY: value_repr_plain(vm, v, out); return TRI_YES;
    default: return value_repr_other(vm, v, out);
  }
}

static bool is_container(Value v) {
  switch (as_object(v)->kind) {
    case KIND_LIST:
    case KIND_TUPLE:
    case KIND_DICT:
    case KIND_SET:
    case KIND_FROZENSET:
    case KIND_DEQUE:
    case KIND_DICT_VIEW:
    case KIND_EXCEPTION:
    case KIND_METHOD:
    case KIND_WRAPPER:
    case KIND_SLICE: return true;
    default: return false;
  }
}

// What a container shows where it contains itself.
static Tri write_ellipsis(VM *vm, Value v, Text *out, const Path *path) {
  if (is_dict(v) && as_object(v)->extra == DICT_DEFAULT) {
    Tri done = begin_default_dict(vm, (const DefaultDict *)as_object(v), out, path);
    text_add_c(out, "{...})");
    return done;
  }
  if (is_dict(v) && as_object(v)->extra == DICT_ORDERED) {
    text_add_c(out, "...");
    return TRI_YES;
  }
  switch (as_object(v)->kind) {
    case KIND_DEQUE:
    case KIND_LIST: text_add_c(out, "[...]"); break;
    case KIND_TUPLE: text_add_c(out, "(...)"); break;
    case KIND_DICT: text_add_c(out, "{...}"); break;
    case KIND_SET:
    case KIND_FROZENSET:
      text_add_str(out, as_object(v)->cls->name);
      text_add_c(out, "(...)");
      break;
    default: text_add_c(out, "..."); break;
  }
  return TRI_YES;
}

static Tri write_value(VM *vm, Value v, Text *out, const Path *path) {
  if (is_small_int(v)) {
    text_add_int(out, as_small_int(v));
    return TRI_YES;
  }
  if (is_double(v)) {
    float_repr(out, as_double(v));
    return TRI_YES;
  }
  if (!is_object(v)) {
    text_add_c(out, is_none(v)         ? "None"
                    : v == TRUE_VALUE  ? "True"
                    : v == FALSE_VALUE ? "False"
                    : v == ELLIPSIS    ? "Ellipsis"
                                       : "NotImplemented");
    return TRI_YES;
  }
  if (value_has_script(vm, v, SP_REPR)) return TRI_SCRIPT;
  if (!is_container(v)) return write_object(vm, v, out, path);
  if (is_on_path(v, path)) {
    return write_ellipsis(vm, v, out, path);
  }
  if (!vm_enter(vm, " while getting the repr of an object")) return TRI_ERROR;
  Path here = {v, path};
  Tri done = write_object(vm, v, out, &here);
  vm_leave(vm);
  return done;
}

Tri value_repr(VM *vm, Value v, Text *out) { return write_value(vm, v, out, NULL); }

Tri value_str(VM *vm, Value v, Text *out) {
  if (is_str(v) && as_object(v)->cls == vm->str_class) {
    text_add_str(out, as_str(v));
    return TRI_YES;
  }
  if (value_has_script(vm, v, SP_STR)) return TRI_SCRIPT;
  if (is_str(v)) {
    text_add_str(out, as_str(v));
    return TRI_YES;
  }
  if (is_exception(v)) return exception_text(vm, v, out);
  // `__str__ = int.__repr__` in a class with a __repr__ of its own: the text of the layout.
  if (value_has_script(vm, v, SP_REPR) &&
      as_native(class_special(vm, as_object(v)->cls, SP_STR))->owner != vm->object_class) {
    Class *cls = dunder_pretend_builtin(v);
    Tri tri = value_repr(vm, v, out);
    dunder_restore(v, cls);
    return tri;
  }
  return value_repr(vm, v, out);
}
