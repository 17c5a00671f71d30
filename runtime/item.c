// item.c: container[index], container[index] = item, del container[index].
#include "bytes.h"
#include "context.h"
#include "deque.h"
#include "int.h"
#include "protocol.h"
#include "range.h"
#include "slice.h"
#include "vm.h"

// An index into a sequence of `length`, counted from the end where negative. NO: out of range.
// `what` names the container in "… indices must be integers or slices, not str".
static Tri position(VM *vm, Value index, size_t length, const char *what, size_t *out) {
  int64_t i;
  if (likely(is_small_int(index))) {
    i = as_small_int(index);
  } else if (is_int(index)) {
    if (!int_to_i64(index, &i)) {
      raise_index_error(vm, "cannot fit '%s' into an index-sized integer",
                        value_class_name(vm, index));
      return TRI_ERROR;
    }
  } else {
    if (value_has_script(vm, index, SP_INDEX)) return TRI_SCRIPT;
    const char *name = value_class_name(vm, index);
    if (what == NULL) {
      raise_type_error(vm, "string indices must be integers, not '%s'", name);
    } else {
      raise_type_error(vm, "%s indices must be integers or slices, not %s", what, name);
    }
    return TRI_ERROR;
  }
  if (i < 0) i += (int64_t)length;
  if (i < 0 || (uint64_t)i >= length) return TRI_NO;
  *out = (size_t)i;
  return TRI_YES;
}

// What position() answered, for the caller to return: NO becomes an IndexError.
static Tri out_of_range(VM *vm, Tri answer, const char *message) {
  if (answer != TRI_NO) return answer;
  raise_index_error(vm, "%s", message);
  return TRI_ERROR;
}

static Tri list_item(VM *vm, const List *list, Value index, Value *out) {
  size_t at;
  SliceRange s;
  if (is_slice(index)) {
    Tri known = slice_resolve(vm, as_slice(index), (int64_t)list->count, &s);
    if (known == TRI_YES) *out = from_object(list_get_slice(vm, list, s.start, s.step, s.count));
    return known;
  }
  Tri known = position(vm, index, list->count, "list", &at);
  if (known != TRI_YES) return out_of_range(vm, known, "list index out of range");
  *out = list->items[at];
  return TRI_YES;
}

static Tri tuple_item(VM *vm, const Tuple *tuple, Value index, Value *out) {
  size_t at;
  SliceRange s;
  if (is_slice(index)) {
    Tri known = slice_resolve(vm, as_slice(index), (int64_t)tuple->count, &s);
    if (known != TRI_YES) return known;
    if (s.count == (int64_t)tuple->count && s.step == 1 && tuple->header.cls == vm->tuple_class) {
      *out = from_object(tuple);
      return TRI_YES;
    }
    Tuple *part = tuple_new(vm, (size_t)s.count);
    for (int64_t i = 0; i < s.count; i++) {
      part->items[i] = tuple->items[s.start + i * s.step];
    }
    *out = from_object(part);
    return TRI_YES;
  }
  Tri known = position(vm, index, tuple->count, "tuple", &at);
  if (known != TRI_YES) return out_of_range(vm, known, "tuple index out of range");
  *out = tuple->items[at];
  return TRI_YES;
}

static Tri str_item(VM *vm, Str *s, Value index, Value *out) {
  size_t at;
  SliceRange r;
  if (is_slice(index)) {
    Tri known = slice_resolve(vm, as_slice(index), (int64_t)s->count, &r);
    if (known == TRI_YES) *out = from_object(str_slice(vm, s, r.start, r.stop, r.step, r.count));
    return known;
  }
  Tri known = position(vm, index, s->count, NULL, &at);
  if (known != TRI_YES) return out_of_range(vm, known, "string index out of range");
  *out = from_object(str_at(vm, s, at));
  return TRI_YES;
}

static Tri bytes_item(VM *vm, const Bytes *bytes, Value index, Value *out) {
  size_t at;
  SliceRange s;
  if (is_slice(index)) {
    Tri known = slice_resolve(vm, as_slice(index), (int64_t)bytes->length, &s);
    if (known != TRI_YES) return known;
    if (s.step == 1 && (size_t)s.count == bytes->length) {
      *out = from_object(bytes);
      return TRI_YES;
    }
    Bytes *part = bytes_new(vm, NULL, (size_t)s.count);
    for (int64_t i = 0; i < s.count; i++) {
      part->data[i] = bytes->data[s.start + i * s.step];
    }
    *out = from_object(part);
    return TRI_YES;
  }
  Tri known = position(vm, index, bytes->length, "byte", &at);
  if (known != TRI_YES) return out_of_range(vm, known, "index out of range");
  *out = small_int(bytes->data[at]);
  return TRI_YES;
}

static Tri dict_item(VM *vm, Dict *dict, Value key, Value *out) {
  Tri found = dict_get(vm, dict, key, out);
  if (found != TRI_NO) return found;
  if (value_has_script(vm, from_object(dict), SP_MISSING)) return TRI_SCRIPT;
  if (dict->header.extra == DICT_DEFAULT) return default_dict_missing(vm, dict, key, out);
  vm_raise_value(vm, vm->exceptions.KeyError, key);
  return TRI_ERROR;
}

Tri value_get_item(VM *vm, Value container, Value index, Value *out) {
  if (value_has_script(vm, container, SP_GETITEM)) return TRI_SCRIPT;
  if (is_object(container)) {
    switch (as_object(container)->kind) {
      case KIND_LIST: return list_item(vm, as_list(container), index, out);
      case KIND_TUPLE: return tuple_item(vm, as_tuple(container), index, out);
      case KIND_STR: return str_item(vm, as_str(container), index, out);
      case KIND_BYTES: return bytes_item(vm, as_bytes(container), index, out);
      case KIND_DICT: return dict_item(vm, as_dict(container), index, out);
      case KIND_DEQUE: return deque_get_item(vm, as_deque(container), index, out);
      case KIND_RANGE: return range_get_item(vm, as_range(container), index, out);
      case KIND_CONTEXT: {
        Tri found = context_get(vm, container, index, out);
        if (found == TRI_NO) vm_raise_value(vm, vm->exceptions.KeyError, index);
        return found == TRI_NO ? TRI_ERROR : found;
      }
      case KIND_CLASS: {
        Class *cls = as_class(container);
        if (!is_empty(class_special(vm, cls, SP_CLASS_GETITEM))) return TRI_SCRIPT;
        Value name = from_object(cls->name);
        Text text = text_new(vm);
        text_add_c(&text, "type '");
        text_add_str(&text, as_str(name));
        text_add_c(&text, "' is not subscriptable");
        vm_raise_value(vm, vm->exceptions.TypeError, from_object(text_finish(&text)));
        return TRI_ERROR;
      }
      default: break;
    }
  }
  raise_type_error(vm, "'%s' object is not subscriptable", value_class_name(vm, container));
  return TRI_ERROR;
}

static Tri list_set_item(VM *vm, List *list, Value index, Value item) {
  size_t at;
  SliceRange s;
  if (!is_slice(index)) {
    Tri known = position(vm, index, list->count, "list", &at);
    if (known != TRI_YES) return out_of_range(vm, known, "list assignment index out of range");
    list->items[at] = item;
    return TRI_YES;
  }
  Tri known = slice_resolve(vm, as_slice(index), (int64_t)list->count, &s);
  if (known != TRI_YES) return known;
  List *items;
  known = value_items(vm, item, &items);
  if (known == TRI_ERROR && exception_is(vm->exception, vm->exceptions.TypeError)) {
    vm_clear_exception(vm);
    raise_type_error(
        vm, s.step == 1 ? "can only assign an iterable" : "must assign iterable to extended slice");
  }
  if (known != TRI_YES) return known;
  if (items == list) items = list_from(vm, list->items, list->count);
  return list_set_slice(vm, list, s.start, s.step, s.count, items->items, items->count) ? TRI_YES
                                                                                        : TRI_ERROR;
}

Tri value_set_item(VM *vm, Value container, Value index, Value item) {
  if (value_has_script(vm, container, SP_SETITEM)) return TRI_SCRIPT;
  if (is_list(container)) return list_set_item(vm, as_list(container), index, item);
  if (is_dict(container)) return dict_set(vm, as_dict(container), index, item);
  if (is_deque(container)) return deque_set_item(vm, as_deque(container), index, item);
  raise_type_error(vm, "'%s' object does not support item assignment",
                   value_class_name(vm, container));
  return TRI_ERROR;
}

static Tri list_delete_item(VM *vm, List *list, Value index) {
  size_t at;
  SliceRange s;
  if (is_slice(index)) {
    Tri known = slice_resolve(vm, as_slice(index), (int64_t)list->count, &s);
    if (known == TRI_YES) list_delete_slice(vm, list, s.start, s.step, s.count);
    return known;
  }
  Tri known = position(vm, index, list->count, "list", &at);
  if (known != TRI_YES) return out_of_range(vm, known, "list assignment index out of range");
  list_remove_range(vm, list, at, 1);
  return TRI_YES;
}

// CPython's message tells sequences (asked with an int) from everything else.
static bool says_doesnt(Value container, Value index) {
  if (!is_int(index) || !is_object(container)) return false;
  switch (as_object(container)->kind) {
    case KIND_TUPLE:
    case KIND_STR:
    case KIND_BYTES:
    case KIND_RANGE:
    case KIND_SET:
    case KIND_FROZENSET:
    case KIND_DICT_VIEW:
    case KIND_INSTANCE: return true;
    default: return false;
  }
}

Tri value_delete_item(VM *vm, Value container, Value index) {
  if (value_has_script(vm, container, SP_DELITEM)) return TRI_SCRIPT;
  if (is_list(container)) return list_delete_item(vm, as_list(container), index);
  if (is_dict(container)) {
    Value old;
    Tri found = dict_delete(vm, as_dict(container), index, &old);
    if (found == TRI_NO) {
      vm_raise_value(vm, vm->exceptions.KeyError, index);
      return TRI_ERROR;
    }
    return found;
  }
  if (is_deque(container)) return deque_delete_item(vm, as_deque(container), index);
  raise_type_error(vm, "'%s' object %s support item deletion", value_class_name(vm, container),
                   says_doesnt(container, index) ? "doesn't" : "does not");
  return TRI_ERROR;
}
