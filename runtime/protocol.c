// protocol.c: classes, truth, length, indices and membership of any value.
//
// The neighbours: hash.c, compare.c, repr.c, item.c, operate.c; iteration is in iterator.c.
#include "protocol.h"

#include "bytes.h"
#include "context.h"
#include "corowatch.h"
#include "deque.h"
#include "float.h"
#include "int.h"
#include "iterator.h"
#include "range.h"
#include "vm.h"

Class *value_class(VM *vm, Value v) {
  if (is_object(v)) return as_object(v)->cls;
  if (is_small_int(v)) return vm->int_class;
  if (is_double(v)) return vm->float_class;
  if (is_bool(v)) return vm->bool_class;
  if (v == ELLIPSIS) return vm->ellipsis_class;
  if (v == NOT_IMPLEMENTED) return vm->not_implemented_class;
  assert(is_none(v));
  return vm->none_class;
}

// The module in front of the names of C classes that are not builtins: "collections.deque", and of
// those of the library that CPython has in C. What CPython writes in Python (asyncio's loop) has
// none.
static const Str *name_in_messages(VM *vm, const Class *cls) {
  bool full = cls->header.flags & CLASS_BUILTIN || cls->header.aux & CLASS_FULL_NAME;
  if (!full) return cls->name;
  Value module = dict_get_c(cls->dict, "__module__");
  if (!is_str(module) || strncmp(as_str(module)->data, "asyncio", 7) == 0) return cls->name;
  return str_format(vm, "%s.%s", as_str(module)->data, cls->name->data);
}

const char *value_class_name(VM *vm, Value v) {
  const Str *name = name_in_messages(vm, value_class(vm, v));
  Bytes *text = bytes_new(vm, NULL, name->length + 1);  // for the NUL; nobody else holds it
  memcpy(text->data, name->data, name->length);
  text->data[name->length] = 0;
  return (const char *)text->data;
}

bool value_is_builtin(VM *vm, Value v) {
  (void)vm;
  return !is_object(v) || (as_object(v)->cls->header.flags & CLASS_BUILTIN);
}

bool value_has_script(VM *vm, Value v, int special) {
  if (value_is_builtin(vm, v)) return false;
  Value method = class_special(vm, as_object(v)->cls, (Special)special);
  if (is_empty(method)) return false;
  if (!is_kind(method, KIND_NATIVE)) return true;
  const Class *owner = as_native(method)->owner;
  return owner == NULL || !(owner->header.flags & CLASS_BUILTIN);
}

Tri value_truth(VM *vm, Value v) {
  if (is_bool(v)) return v == TRUE_VALUE;
  if (is_small_int(v)) return as_small_int(v) != 0;
  if (is_double(v)) return as_double(v) != 0;
  if (!is_object(v)) return !is_none(v);
  if (!value_is_builtin(vm, v)) {
    if (value_has_script(vm, v, SP_BOOL)) return TRI_SCRIPT;
    bool has_bool = !is_empty(class_special(vm, as_object(v)->cls, SP_BOOL));
    if (!has_bool && value_has_script(vm, v, SP_LEN)) return TRI_SCRIPT;
  }
  int64_t length;
  switch (as_object(v)->kind) {
    case KIND_BIGINT: return int_sign(v) != 0;
    case KIND_FLOAT: return float_value(v) != 0;
    case KIND_RANGE: return int_sign(as_range(v)->length) != 0;
    case KIND_STR:
    case KIND_BYTES:
    case KIND_LIST:
    case KIND_TUPLE:
    case KIND_DICT:
    case KIND_SET:
    case KIND_FROZENSET:
    case KIND_DEQUE:
    case KIND_DICT_VIEW: {
      Tri known = value_length(vm, v, &length);
      return known == TRI_YES ? length != 0 : known;
    }
    case KIND_COROUTINE: corowatch_used(vm, v, USED_FOR_TRUTH); return TRI_YES;
    default: return TRI_YES;
  }
}

static Tri length_by_kind(VM *vm, Value v, int64_t *out) {
  if (is_object(v)) {
    switch (as_object(v)->kind) {
      case KIND_STR: *out = (int64_t)as_str(v)->count; return TRI_YES;
      case KIND_BYTES: *out = (int64_t)as_bytes(v)->length; return TRI_YES;
      case KIND_LIST: *out = (int64_t)as_list(v)->count; return TRI_YES;
      case KIND_TUPLE: *out = (int64_t)as_tuple(v)->count; return TRI_YES;
      case KIND_DICT: *out = (int64_t)as_dict(v)->count; return TRI_YES;
      case KIND_SET:
      case KIND_FROZENSET: *out = (int64_t)as_set(v)->count; return TRI_YES;
      case KIND_DICT_VIEW: *out = (int64_t)as_dict_view(v)->dict->count; return TRI_YES;
      case KIND_DEQUE: *out = (int64_t)as_deque(v)->count; return TRI_YES;
      case KIND_CONTEXT: *out = (int64_t)context_vars(vm, v)->count; return TRI_YES;
      case KIND_RANGE:
        if (int_to_i64(as_range(v)->length, out)) return TRI_YES;
        vm_raise(vm, vm->exceptions.OverflowError, "Python int too large to convert to C ssize_t");
        return TRI_ERROR;
      default: break;
    }
  }
  raise_type_error(vm, "object of type '%s' has no len()", value_class_name(vm, v));
  return TRI_ERROR;
}

Tri value_length(VM *vm, Value v, int64_t *out) {
  if (value_has_script(vm, v, SP_LEN)) return TRI_SCRIPT;
  return length_by_kind(vm, v, out);
}

Tri value_index(VM *vm, Value v, int64_t *out) {
  if (is_small_int(v)) {
    *out = as_small_int(v);
    return TRI_YES;
  }
  if (is_int(v)) {
    if (!int_to_i64(v, out)) *out = int_sign(v) < 0 ? INT64_MIN : INT64_MAX;
    return TRI_YES;
  }
  if (value_has_script(vm, v, SP_INDEX)) return TRI_SCRIPT;
  raise_type_error(vm, "'%s' object cannot be interpreted as an integer", value_class_name(vm, v));
  return TRI_ERROR;
}

static Tri contains_values(VM *vm, const Value *items, size_t count, Value item) {
  for (size_t i = 0; i < count; i++) {
    if (items[i] == item) return TRI_YES;
    if (are_small_ints(items[i], item)) continue;
    Tri same = value_equal(vm, items[i], item);
    if (same != TRI_NO) return same;
  }
  return TRI_NO;
}

static Tri bytes_contains(VM *vm, const Bytes *bytes, Value item) {
  if (is_bytes(item)) {
    const Bytes *part = as_bytes(item);
    return part->length == 0 ||
           memmem(bytes->data, bytes->length, part->data, part->length) != NULL;
  }
  if (is_int(item)) {
    int64_t byte;
    if (!int_to_i64(item, &byte) || byte < 0 || byte > 255) {
      raise_value_error(vm, "byte must be in range(0, 256)");
      return TRI_ERROR;
    }
    return memchr(bytes->data, (int)byte, bytes->length) != NULL;
  }
  if (value_has_script(vm, item, SP_INDEX)) return TRI_SCRIPT;
  raise_type_error(vm, "a bytes-like object is required, not '%s'", value_class_name(vm, item));
  return TRI_ERROR;
}

Value value_set_key(VM *vm, Value item) {
  if (!is_kind(item, KIND_SET) || class_special(vm, as_object(item)->cls, SP_HASH) != NONE) {
    return item;
  }
  return from_object(set_copy(vm, as_set(item), vm->frozenset_class, KIND_FROZENSET));
}

static Tri contains_in_set(VM *vm, Set *set, Value item) {
  return set_contains(vm, set, value_set_key(vm, item));
}

Tri value_contains(VM *vm, Value container, Value item) {
  if (!value_is_builtin(vm, container)) {
    if (value_has_script(vm, container, SP_CONTAINS)) return TRI_SCRIPT;
    bool own = !is_empty(class_special(vm, as_object(container)->cls, SP_CONTAINS));
    if (!own &&
        (value_has_script(vm, container, SP_ITER) || value_has_script(vm, container, SP_GETITEM))) {
      return TRI_SCRIPT;
    }
  }
  if (is_object(container)) {
    Value ignored;
    switch (as_object(container)->kind) {
      case KIND_LIST: {
        const List *list = as_list(container);
        return contains_values(vm, list->items, list->count, item);
      }
      case KIND_TUPLE: {
        const Tuple *tuple = as_tuple(container);
        return contains_values(vm, tuple->items, tuple->count, item);
      }
      case KIND_DICT: return dict_get(vm, as_dict(container), item, &ignored);
      case KIND_SET:
      case KIND_FROZENSET: return contains_in_set(vm, as_set(container), item);
      case KIND_DICT_VIEW: return dict_view_contains(vm, as_dict_view(container), item);
      case KIND_CONTEXT: return context_get(vm, container, item, &ignored);
      case KIND_DEQUE: return deque_contains(vm, as_deque(container), item);
      case KIND_RANGE: return range_contains(vm, as_range(container), item);
      case KIND_BYTES: return bytes_contains(vm, as_bytes(container), item);
      case KIND_STR:
        if (is_str(item)) return str_contains(as_str(container), as_str(item));
        raise_type_error(vm, "'in <string>' requires string as left operand, not %s",
                         value_class_name(vm, item));
        return TRI_ERROR;
      // What was taken off an iterator cannot be put back when a comparison turns out to need a
      // script, so the prelude walks it.
      case KIND_ITERATOR:
      case KIND_GENERATOR: return TRI_SCRIPT;
      default: break;
    }
  }
  raise_type_error(vm, "argument of type '%s' is not iterable", value_class_name(vm, container));
  return TRI_ERROR;
}
