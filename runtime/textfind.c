// textfind.c: the methods of str and bytes that look for something: find, index, count,
// startswith, partition, replace and their relatives.
#include "int.h"
#include "textview.h"
#include "rows.h"
#include "vm.h"

// What is looked for. A bytes may be asked for one octet by its number.
typedef struct {
  const char *data;
  size_t length;
  char octet;
} Needle;

static bool octet_needle(VM *vm, Value v, Needle *needle) {
  int64_t number;
  if (!int_to_i64(v, &number) || number < 0 || number > 255) {
    return raise_value_error(vm, "byte must be in range(0, 256)");
  }
  needle->octet = (char)number;
  needle->data = &needle->octet;
  needle->length = 1;
  return true;
}

static Tri read_needle(const TextView *view, Value v, Needle *needle) {
  VM *vm = view->vm;
  if (!view->is_text && is_int(v)) return octet_needle(vm, v, needle) ? TRI_YES : TRI_ERROR;
  if (!view->is_text && !is_bytes(v)) {
    if (value_has_script(vm, v, SP_INDEX)) return TRI_SCRIPT;
    raise_type_error(vm, "argument should be integer or bytes-like object, not '%s'",
                     value_class_name(vm, v));
    return TRI_ERROR;
  }
  TextView part;
  if (!text_operand(view, v, NULL, &part)) return TRI_ERROR;
  needle->data = part.data;
  needle->length = part.length;
  return TRI_YES;
}

// Receiver, needle and the range [from, to) of octets in which to look. NO: the range is empty in
// such a way that not even an empty needle is in it.
typedef struct {
  TextView view;
  Needle needle;
  size_t from, to;
} Search;

static Tri range_of(const TextView *view, Value start, Value end, size_t *from, size_t *to) {
  int64_t first, last;
  Tri tri = text_bounds(view->vm, start, end, (int64_t)text_count(view), &first, &last);
  if (tri != TRI_YES) return tri;
  if (first > last) return TRI_NO;
  *from = text_offset(view, (size_t)first);
  *to = text_offset(view, (size_t)last);
  return TRI_YES;
}

static Tri read_search(VM *vm, const Value *args, Search *search) {
  search->view = text_view(vm, args[0]);
  Tri tri = read_needle(&search->view, args[1], &search->needle);
  if (tri != TRI_YES) return tri;
  return range_of(&search->view, args[2], args[3], &search->from, &search->to);
}

static bool find_position(VM *vm, Value *args, bool last, bool must, const char *name, Value *out) {
  Search search;
  Tri tri = read_search(vm, args, &search);
  if (tri < 0) return text_arguments_failed(vm, tri, out, name, 4, args);
  int64_t found = -1;
  if (tri == TRI_YES) {
    found = (last ? text_rfind : text_find)(search.view.data + search.from,
                                            search.to - search.from, search.needle.data,
                                            search.needle.length);
  }
  if (found < 0 && must) {
    return raise_value_error(vm, search.view.is_text ? "substring not found"
                                                     : "subsection not found");
  }
  if (found >= 0) found = (int64_t)text_position(&search.view, search.from + (size_t)found);
  *out = small_int(found);
  return true;
}

static bool find(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return find_position(vm, args, false, false, "find", out);
}

static bool rfind(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return find_position(vm, args, true, false, "rfind", out);
}

static bool index_of(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return find_position(vm, args, false, true, "index", out);
}

static bool rindex_of(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return find_position(vm, args, true, true, "rindex", out);
}

static int64_t count_in(const char *data, size_t length, const char *part, size_t part_length,
                        int64_t limit) {
  int64_t count = 0;
  while (count < limit) {
    int64_t found = text_find(data, length, part, part_length);
    if (found < 0) break;
    count++;
    data += (size_t)found + part_length;
    length -= (size_t)found + part_length;
  }
  return count;
}

static bool count(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Search search;
  Tri tri = read_search(vm, args, &search);
  if (tri < 0) return text_arguments_failed(vm, tri, out, "count", 4, args);
  int64_t found = 0;
  const char *start = search.view.data + search.from;
  if (tri == TRI_YES && search.needle.length == 0) {
    size_t length = search.to - search.from;
    found = 1 + (int64_t)(search.view.is_text ? utf8_count(start, length) : length);
  } else if (tri == TRI_YES) {
    found = count_in(start, search.to - search.from, search.needle.data, search.needle.length,
                     INT64_MAX);
  }
  *out = small_int(found);
  return true;
}

// ---- startswith, endswith, removeprefix, removesuffix

static bool matches(const TextView *view, size_t from, size_t to, const TextView *part, bool end) {
  if (part->length > to - from) return false;
  size_t at = end ? to - part->length : from;
  return memcmp(view->data + at, part->data, part->length) == 0;
}

static bool affix_operand(const TextView *view, Value v, bool in_tuple, const char *name,
                          TextView *part) {
  VM *vm = view->vm;
  if (view->is_text ? is_str(v) : is_bytes(v)) {
    *part = text_view(vm, v);
    return true;
  }
  const char *class_name = value_class_name(vm, v);
  if (!in_tuple) {
    const char *wanted = view->is_text ? "str" : "bytes";
    return raise_type_error(vm, "%s first arg must be %s or a tuple of %s, not %s", name, wanted,
                            wanted, class_name);
  }
  if (view->is_text) {
    return raise_type_error(vm, "tuple for %s must only contain str, not %s", name, class_name);
  }
  return raise_type_error(vm, "a bytes-like object is required, not '%s'", class_name);
}

static bool has_affix(VM *vm, Value *args, bool end, const char *name, Value *out) {
  TextView view = text_view(vm, args[0]), part;
  size_t from = 0, to = 0;
  Tri in_range = range_of(&view, args[2], args[3], &from, &to);
  if (in_range < 0) return text_arguments_failed(vm, in_range, out, name, 4, args);
  bool in_tuple = is_tuple(args[1]);
  const Value *items = in_tuple ? as_tuple(args[1])->items : &args[1];
  size_t item_count = in_tuple ? as_tuple(args[1])->count : 1;
  bool found = false;
  for (size_t i = 0; i < item_count && !found; i++) {
    if (!affix_operand(&view, items[i], in_tuple, name, &part)) return false;
    found = in_range == TRI_YES && matches(&view, from, to, &part, end);
  }
  *out = from_bool(found);
  return true;
}

static bool startswith(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return has_affix(vm, args, false, "startswith", out);
}

static bool endswith(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return has_affix(vm, args, true, "endswith", out);
}

static bool remove_prefix(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  TextView view = text_view(vm, args[0]), part;
  if (!text_operand(&view, args[1], "removeprefix() argument must be str", &part)) return false;
  bool found = matches(&view, 0, view.length, &part, false);
  *out = text_part(&view, found ? part.length : 0, view.length);
  return true;
}

static bool remove_suffix(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  TextView view = text_view(vm, args[0]), part;
  if (!text_operand(&view, args[1], "removesuffix() argument must be str", &part)) return false;
  bool found = matches(&view, 0, view.length, &part, true);
  *out = text_part(&view, 0, view.length - (found ? part.length : 0));
  return true;
}

// ---- partition, replace

static bool cut_in_three(VM *vm, Value *args, bool last, Value *out) {
  TextView view = text_view(vm, args[0]), part;
  if (!text_operand(&view, args[1], NULL, &part)) return false;
  if (part.length == 0) return raise_value_error(vm, "empty separator");
  int64_t found = (last ? text_rfind : text_find)(view.data, view.length, part.data, part.length);
  Value whole = text_part(&view, 0, view.length), none = text_part(&view, 0, 0);
  if (found < 0) {
    *out = from_object(tuple_of(vm, 3, last ? none : whole, none, last ? whole : none));
    return true;
  }
  size_t at = (size_t)found;
  *out = from_object(tuple_of(vm, 3, text_part(&view, 0, at), args[1],
                              text_part(&view, at + part.length, view.length)));
  return true;
}

static bool partition(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return cut_in_three(vm, args, false, out);
}

static bool rpartition(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return cut_in_three(vm, args, true, out);
}

// `with` before each of the first `times` characters, and after the last one if that is not enough.
static void interleave(const TextView *view, const TextView *with, int64_t times, char *to) {
  const char *p = view->data, *end = p + view->length;
  for (; times > 0; times--) {
    memcpy(to, with->data, with->length);
    to += with->length;
    if (p == end) break;
    do *to++ = *p++;
    while (view->is_text && p < end && ((uint8_t)*p & 0xC0) == 0x80);
  }
  memcpy(to, p, (size_t)(end - p));
}

static void substitute(const TextView *view, const TextView *old, const TextView *with,
                       int64_t times, char *to) {
  const char *p = view->data, *end = p + view->length;
  for (; times > 0; times--) {
    size_t before = (size_t)text_find(p, (size_t)(end - p), old->data, old->length);
    memcpy(to, p, before);
    memcpy(to + before, with->data, with->length);
    to += before + with->length;
    p += before + old->length;
  }
  memcpy(to, p, (size_t)(end - p));
}

static bool replace(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  TextView view = text_view(vm, args[0]), old, with;
  int64_t limit = -1;
  if (!text_operand(&view, args[1], "replace() argument 1 must be str", &old)) return false;
  if (!text_operand(&view, args[2], "replace() argument 2 must be str", &with)) return false;
  if (!is_empty(args[3])) {
    Tri tri = text_size_argument(vm, args[3], &limit);
    if (tri != TRI_YES) return text_arguments_failed(vm, tri, out, "replace", 4, args);
  }
  if (limit < 0) limit = INT64_MAX;
  int64_t times;
  if (old.length == 0) {
    times = (int64_t)text_count(&view) + 1;
    if (times > limit) times = limit;
  } else {
    times = count_in(view.data, view.length, old.data, old.length, limit);
  }
  if (times == 0) {
    *out = text_part(&view, 0, view.length);
    return true;
  }
  int64_t change = (int64_t)with.length - (int64_t)old.length, length;
  if (__builtin_mul_overflow(times, change, &length)) length = TEXT_MAX_LENGTH;
  length += (int64_t)view.length;
  if (!text_length_ok(vm, length)) return false;
  int64_t points = (int64_t)text_count(&view) +
                   times * ((int64_t)text_count(&with) - (int64_t)text_count(&old));
  char *to;
  *out = text_blank(&view, (size_t)length, (size_t)points, &to);
  if (old.length == 0) interleave(&view, &with, times, to);
  else substitute(&view, &old, &with, times, to);
  return true;
}

const NativeDef text_find_methods[] = {
    METHOD_ROW("find", find, 2, 4),
    METHOD_ROW("rfind", rfind, 2, 4),
    METHOD_ROW("index", index_of, 2, 4),
    METHOD_ROW("rindex", rindex_of, 2, 4),
    METHOD_ROW("count", count, 2, 4),
    METHOD_ROW("startswith", startswith, 2, 4),
    METHOD_ROW("endswith", endswith, 2, 4),
    METHOD_ROW("removeprefix", remove_prefix, 2, 2),
    METHOD_ROW("removesuffix", remove_suffix, 2, 2),
    METHOD_ROW("partition", partition, 2, 2),
    METHOD_ROW("rpartition", rpartition, 2, 2),
    METHOD_ROW("replace", replace, 3, 4),
    END_ROW,
};
