// textsplit.c: the methods of str and bytes that take a text apart at separators or at its ends
// (split, splitlines, strip …), and join, which puts it together.
#include "list.h"
#include "rows.h"
#include "textview.h"
#include "vm.h"

static void add_part(List *list, const TextView *view, size_t from, size_t to) {
  list_append(view->vm, list, text_part(view, from, to));
}

static size_t skip_space(const TextView *view, size_t at) {
  size_t octets;
  while (at < view->length && (octets = text_space_at(view, view->data + at)) > 0) at += octets;
  return at;
}

static size_t skip_space_back(const TextView *view, size_t at) {
  size_t octets;
  while (at > 0 && (octets = text_space_before(view, view->data + at)) > 0) at -= octets;
  return at;
}

static void split_at_space(List *list, const TextView *view, int64_t limit) {
  size_t at = skip_space(view, 0);
  while (at < view->length && limit-- > 0) {
    size_t start = at;
    while (at < view->length && text_space_at(view, view->data + at) == 0) at++;
    add_part(list, view, start, at);
    at = skip_space(view, at);
  }
  if (at < view->length) add_part(list, view, at, view->length);
}

static void rsplit_at_space(List *list, const TextView *view, int64_t limit) {
  size_t at = skip_space_back(view, view->length);
  while (at > 0 && limit-- > 0) {
    size_t end = at;
    while (at > 0 && text_space_before(view, view->data + at) == 0) at--;
    add_part(list, view, at, end);
    at = skip_space_back(view, at);
  }
  if (at > 0) add_part(list, view, 0, at);
}

static void split_at(List *list, const TextView *view, const TextView *separator, int64_t limit) {
  size_t at = 0;
  while (limit-- > 0) {
    int64_t found =
        text_find(view->data + at, view->length - at, separator->data, separator->length);
    if (found < 0) break;
    add_part(list, view, at, at + (size_t)found);
    at += (size_t)found + separator->length;
  }
  add_part(list, view, at, view->length);
}

static void rsplit_at(List *list, const TextView *view, const TextView *separator, int64_t limit) {
  size_t end = view->length;
  while (limit-- > 0) {
    int64_t found = text_rfind(view->data, end, separator->data, separator->length);
    if (found < 0) break;
    add_part(list, view, (size_t)found + separator->length, end);
    end = (size_t)found;
  }
  add_part(list, view, 0, end);
}

static void turn_round(List *list) {
  for (size_t i = 0, j = list->count; i + 1 < j; i++) {
    Value item = list->items[i];
    list->items[i] = list->items[--j];
    list->items[j] = item;
  }
}

static bool split_by(VM *vm, Value *args, bool from_end, const char *name, Value *out) {
  TextView view = text_view(vm, args[0]), separator;
  int64_t limit = -1;
  if (!is_empty(args[2])) {
    Tri tri = text_size_argument(vm, args[2], &limit);
    if (tri != TRI_YES) return text_arguments_failed(vm, tri, out, name, 3, args);
  }
  if (limit < 0) limit = INT64_MAX;
  List *list = list_new(vm, 0);
  *out = from_object(list);
  if (is_empty(args[1]) || is_none(args[1])) {
    (from_end ? rsplit_at_space : split_at_space)(list, &view, limit);
  } else {
    if (!text_operand(&view, args[1], "must be str or None", &separator)) return false;
    if (separator.length == 0) return raise_value_error(vm, "empty separator");
    (from_end ? rsplit_at : split_at)(list, &view, &separator, limit);
  }
  if (from_end) turn_round(list);
  return true;
}

static bool split(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return split_by(vm, args, false, "split", out);
}

static bool rsplit(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return split_by(vm, args, true, "rsplit", out);
}

// The octets of the line end at p, 0: there is none. A bytes knows \n, \r and \r\n alone.
static size_t line_end_at(const TextView *view, const char *p, const char *end) {
  if (*p == '\r') return end - p > 1 && p[1] == '\n' ? 2 : 1;
  if (*p == '\n') return 1;
  if (!view->is_text) return 0;
  if (*p == '\v' || *p == '\f' || (*p >= 0x1C && *p <= 0x1E)) return 1;
  if (end - p >= 2 && memcmp(p, "\xC2\x85", 2) == 0) return 2;  // next line
  if (end - p < 3) return 0;
  // Line separator and paragraph separator.
  return memcmp(p, "\xE2\x80\xA8", 3) == 0 || memcmp(p, "\xE2\x80\xA9", 3) == 0 ? 3 : 0;
}

static bool splitlines(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  TextView view = text_view(vm, args[0]);
  int keep = 0;
  if (!is_empty(args[1])) {
    Tri tri = text_int_argument(vm, args[1], &keep);
    if (tri != TRI_YES) return text_arguments_failed(vm, tri, out, "splitlines", 2, args);
  }
  List *list = list_new(vm, 0);
  const char *end = view.data + view.length;
  size_t start = 0;
  for (size_t at = 0; at < view.length;) {
    size_t octets = line_end_at(&view, view.data + at, end);
    if (octets == 0) {
      at++;
      continue;
    }
    add_part(list, &view, start, keep != 0 ? at + octets : at);
    start = at += octets;
  }
  if (start < view.length) add_part(list, &view, start, view.length);
  *out = from_object(list);
  return true;
}

// ---- strip

// Whether the character [p, p + length) is one of `set`'s.
static bool is_in_set(const TextView *set, const char *p, size_t length) {
  return text_find(set->data, set->length, p, length) >= 0;
}

static size_t character_at(const TextView *view, size_t at) {
  size_t length = 1;
  if (view->is_text) {
    while (at + length < view->length && ((uint8_t)view->data[at + length] & 0xC0) == 0x80) length++;
  }
  return length;
}

static size_t character_before(const TextView *view, size_t at) {
  size_t start = at - 1;
  if (view->is_text) {
    while (((uint8_t)view->data[start] & 0xC0) == 0x80) start--;
  }
  return at - start;
}

static bool strip_ends(VM *vm, Value *args, bool left, bool right, const char *message,
                       Value *out) {
  TextView view = text_view(vm, args[0]), set;
  size_t from = 0, to = view.length;
  if (is_empty(args[1]) || is_none(args[1])) {
    if (left) from = skip_space(&view, 0);
    if (right && from < to) to = skip_space_back(&view, to);
  } else if (view.is_text && !is_str(args[1])) {
    return raise_type_error(vm, "%s", message);
  } else {
    if (!text_operand(&view, args[1], NULL, &set)) return false;
    while (left && from < to && is_in_set(&set, view.data + from, character_at(&view, from))) {
      from += character_at(&view, from);
    }
    while (right && from < to) {
      size_t length = character_before(&view, to);
      if (!is_in_set(&set, view.data + to - length, length)) break;
      to -= length;
    }
  }
  *out = text_part(&view, from, to);
  return true;
}

static bool strip(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return strip_ends(vm, args, true, true, "strip arg must be None or str", out);
}

static bool lstrip(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return strip_ends(vm, args, true, false, "lstrip arg must be None or str", out);
}

static bool rstrip(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return strip_ends(vm, args, false, true, "rstrip arg must be None or str", out);
}

// ---- join

static bool check_item(const TextView *separator, const Value *items, size_t i) {
  if (separator->is_text ? is_str(items[i]) : is_bytes(items[i])) return true;
  const char *wanted = separator->is_text ? "str instance" : "a bytes-like object";
  return raise_type_error(separator->vm, "sequence item %zu: expected %s, %s found", i, wanted,
                          value_class_name(separator->vm, items[i]));
}

static bool join_items(const TextView *separator, const Value *items, size_t item_count,
                       Value *out) {
  VM *vm = separator->vm;
  size_t length = 0, points = 0;
  for (size_t i = 0; i < item_count; i++) {
    if (!check_item(separator, items, i)) return false;
    TextView item = text_view(vm, items[i]);
    length += item.length;
    points += text_count(&item);
  }
  if (item_count == 0) {
    *out = text_part(separator, 0, 0);
    return true;
  }
  if (item_count == 1 && value_is_builtin(vm, items[0])) {
    *out = items[0];
    return true;
  }
  size_t gaps;
  if (__builtin_mul_overflow(item_count - 1, separator->length, &gaps)) gaps = TEXT_MAX_LENGTH;
  if (!text_length_ok(vm, (int64_t)(length + gaps))) return false;
  points += (item_count - 1) * text_count(separator);
  char *to;
  *out = text_blank(separator, length + gaps, points, &to);
  for (size_t i = 0; i < item_count; i++) {
    if (i > 0) {
      memcpy(to, separator->data, separator->length);
      to += separator->length;
    }
    TextView item = text_view(vm, items[i]);
    memcpy(to, item.data, item.length);
    to += item.length;
  }
  return true;
}

static bool join(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  TextView separator = text_view(vm, args[0]);
  if (is_tuple(args[1]) && value_is_builtin(vm, args[1])) {
    return join_items(&separator, as_tuple(args[1])->items, as_tuple(args[1])->count, out);
  }
  List *items;
  Tri tri = value_items(vm, args[1], &items);
  if (tri == TRI_YES) return join_items(&separator, items->items, items->count, out);
  if (tri == TRI_SCRIPT) return native_prelude(vm, out, "text.join_slow", 2, args);
  if (!exception_is(vm->exception, vm->exceptions.TypeError)) return false;
  vm_clear_exception(vm);
  return raise_type_error(vm, "can only join an iterable");
}

const NativeDef text_split_methods[] = {
    LEAF_ROW("split", split, 1, 3, NATIVE_METHOD, "self sep maxsplit"),
    LEAF_ROW("rsplit", rsplit, 1, 3, NATIVE_METHOD, "self sep maxsplit"),
    LEAF_ROW("splitlines", splitlines, 1, 2, NATIVE_METHOD, "self keepends"),
    METHOD_ROW("strip", strip, 1, 2),
    METHOD_ROW("lstrip", lstrip, 1, 2),
    METHOD_ROW("rstrip", rstrip, 1, 2),
    METHOD_ROW("join", join, 2, 2),
    END_ROW,
};
