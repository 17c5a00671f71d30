// textsplit.c: the methods of str and bytes that take a text apart at separators or at its ends
// (split, splitlines, strip …), and join, which puts it together.
#include "drain.h"
#include "list.h"
#include "textmethods.h"
#include "unicode.h"
#include "vm.h"

// ---- white space
//
// In a bytes only ASCII's own white space counts; a str has four separators more there.

// The bytes of the white space character at p, 0: it is none.
static size_t space_at(bool of_bytes, const char *p) {
  uint8_t c = (uint8_t)*p;
  if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
  if (of_bytes || c < 0x1C) return 0;
  if (c < 0x80) return c < 0x20;
  if (c < 0xC0) return 0;  // inside a character
  const char *next = p;
  return unicode_is_space(utf8_next(&next)) ? (size_t)(next - p) : 0;
}

// The bytes of the character that ends before p.
static size_t length_before(bool of_bytes, const char *p) {
  size_t length = 1;
  if (!of_bytes) {
    while (((uint8_t)p[-(ptrdiff_t)length] & 0xC0) == 0x80) length++;
  }
  return length;
}

static size_t space_before(bool of_bytes, const char *p) {
  return space_at(of_bytes, p - length_before(of_bytes, p));
}

// What is being taken apart.
typedef struct {
  VM *vm;
  Value text;
  bool of_bytes;
  const char *start, *end;
} Source;

static Source source_of(VM *vm, Value text) {
  Span s = span_of(text);
  return (Source){vm, text, is_bytes(text), s.data, s.data + s.length};
}

static Value cut(const Source *s, const char *from, const char *to) {
  if (from == s->start && to == s->end) return text_plain(s->vm, s->text);
  return text_part(s->vm, s->text, from, (size_t)(to - from));
}

static const char *skip_space(const Source *s, const char *p) {
  size_t length;
  while (p < s->end && (length = space_at(s->of_bytes, p)) > 0) p += length;
  return p;
}

static const char *skip_space_back(const Source *s, const char *p, const char *start) {
  size_t length;
  while (p > start && (length = space_before(s->of_bytes, p)) > 0) p -= length;
  return p;
}

// ---- split

static void split_at_space(const Source *s, int64_t most, List *list) {
  const char *p = skip_space(s, s->start);
  for (; p < s->end && most > 0; most--) {
    const char *from = p;
    while (p < s->end && space_at(s->of_bytes, p) == 0) p++;
    list_append(s->vm, list, cut(s, from, p));
    p = skip_space(s, p);
  }
  if (p < s->end) list_append(s->vm, list, cut(s, p, s->end));
}

static void rsplit_at_space(const Source *s, int64_t most, List *list) {
  const char *p = skip_space_back(s, s->end, s->start);
  for (; p > s->start && most > 0; most--) {
    const char *to = p;
    while (p > s->start && space_before(s->of_bytes, p) == 0) p--;
    list_append(s->vm, list, cut(s, p, to));
    p = skip_space_back(s, p, s->start);
  }
  if (p > s->start) list_append(s->vm, list, cut(s, s->start, p));
}

static void split_at(const Source *s, Span separator, int64_t most, List *list) {
  const char *p = s->start;
  for (; most > 0; most--) {
    const char *at = span_find((Span){p, (size_t)(s->end - p)}, separator);
    if (at == NULL) break;
    list_append(s->vm, list, cut(s, p, at));
    p = at + separator.length;
  }
  list_append(s->vm, list, cut(s, p, s->end));
}

static void rsplit_at(const Source *s, Span separator, int64_t most, List *list) {
  const char *to = s->end;
  for (; most > 0; most--) {
    const char *at = span_rfind((Span){s->start, (size_t)(to - s->start)}, separator);
    if (at == NULL) break;
    list_append(s->vm, list, cut(s, at + separator.length, to));
    to = at;
  }
  list_append(s->vm, list, cut(s, s->start, to));
}

static void turn_round(List *list) {
  for (size_t i = 0, j = list->count; i + 1 < j; i++) {
    Value item = list->items[i];
    list->items[i] = list->items[--j];
    list->items[j] = item;
  }
}

static bool split(VM *vm, const char *name, Value *args, bool from_end, Value *out) {
  int64_t most = -1;
  Tri known = text_size_arg(vm, args[2], &most);
  if (known != TRI_YES) return text_retry(vm, known, name, args, 3, out);
  if (most < 0) most = INT64_MAX;
  Source source = source_of(vm, args[0]);
  List *list = list_new(vm, 0);
  *out = from_object(list);
  if (is_empty(args[1]) || is_none(args[1])) {
    (from_end ? rsplit_at_space : split_at_space)(&source, most, list);
  } else {
    Span separator;
    if (is_str(args[0]) && !is_str(args[1])) {
      return raise_type_error(vm, "must be str or None, not %s", value_class_name(vm, args[1]));
    }
    if (!text_arg(vm, args[0], args[1], "", &separator)) return false;
    if (separator.length == 0) return raise_value_error(vm, "empty separator");
    (from_end ? rsplit_at : split_at)(&source, separator, most, list);
  }
  if (from_end) turn_round(list);
  return true;
}

bool text_split_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return split(vm, "split", args, false, out);
}

bool text_rsplit_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return split(vm, "rsplit", args, true, out);
}

// Vertical tab to form feed, file to record separator, next line, line and paragraph separator.
static bool is_rarer_line_end(uint32_t c) {
  return c == 0x0B || c == 0x0C || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 ||
         c == 0x2029;
}

// The bytes of the line end at p, 0: there is none. A bytes knows \n, \r and \r\n alone.
static size_t line_end_at(const Source *s, const char *p) {
  uint8_t c = (uint8_t)*p;
  if (c == '\r') return s->end - p > 1 && p[1] == '\n' ? 2 : 1;
  if (c == '\n') return 1;
  if (s->of_bytes || (c >= 0x80 && c < 0xC0)) return 0;
  const char *next = p;
  return is_rarer_line_end(utf8_next(&next)) ? (size_t)(next - p) : 0;
}

bool text_splitlines_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t keep = 0;
  Tri known = text_int_arg(vm, args[1], &keep);
  if (known != TRI_YES) return text_retry(vm, known, "splitlines", args, 2, out);
  Source source = source_of(vm, args[0]);
  List *list = list_new(vm, 0);
  const char *from = source.start;
  for (const char *p = from; p < source.end;) {
    size_t length = line_end_at(&source, p);
    if (length == 0) {
      p++;
      continue;
    }
    list_append(vm, list, cut(&source, from, keep != 0 ? p + length : p));
    from = p += length;
  }
  if (from < source.end) list_append(vm, list, cut(&source, from, source.end));
  *out = from_object(list);
  return true;
}

// ---- strip

enum { STRIP_LEFT = 1, STRIP_RIGHT = 2 };

static size_t length_at(const Source *s, const char *p) {
  size_t length = 1;
  if (!s->of_bytes) {
    while (p + length < s->end && ((uint8_t)p[length] & 0xC0) == 0x80) length++;
  }
  return length;
}

static bool strip(VM *vm, const char *name, Value *args, int ends, Value *out) {
  Source s = source_of(vm, args[0]);
  const char *from = s.start, *to = s.end;
  if (is_empty(args[1]) || is_none(args[1])) {
    if (ends & STRIP_LEFT) from = skip_space(&s, from);
    if (ends & STRIP_RIGHT) to = skip_space_back(&s, to, from);
  } else if (!s.of_bytes && !is_str(args[1])) {
    return raise_type_error(vm, "%s arg must be None or str", name);
  } else {
    // A character is in the set when its bytes are found there.
    Span set;
    if (!text_arg(vm, args[0], args[1], "", &set)) return false;
    for (size_t length; (ends & STRIP_LEFT) && from < to; from += length) {
      length = length_at(&s, from);
      if (set.length == 0 || span_find(set, (Span){from, length}) == NULL) break;
    }
    for (size_t length; (ends & STRIP_RIGHT) && from < to; to -= length) {
      length = length_before(s.of_bytes, to);
      if (set.length == 0 || span_find(set, (Span){to - length, length}) == NULL) break;
    }
  }
  *out = cut(&s, from, to);
  return true;
}

bool text_strip_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return strip(vm, "strip", args, STRIP_LEFT | STRIP_RIGHT, out);
}

bool text_lstrip_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return strip(vm, "lstrip", args, STRIP_LEFT, out);
}

bool text_rstrip_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return strip(vm, "rstrip", args, STRIP_RIGHT, out);
}

// ---- join

static bool join_items(VM *vm, Value separator, const Value *items, size_t count, Value *out) {
  bool of_bytes = is_bytes(separator);
  Span between = span_of(separator);
  uint64_t length = 0, points = 0;
  for (size_t i = 0; i < count; i++) {
    if (of_bytes ? !is_bytes(items[i]) : !is_str(items[i])) {
      return raise_type_error(vm, "sequence item %zu: expected %s, %s found", i,
                              of_bytes ? "a bytes-like object" : "str instance",
                              value_class_name(vm, items[i]));
    }
    length += span_of(items[i]).length;
    points += text_count_of(items[i]);
  }
  if (count == 0) {
    *out = text_part(vm, separator, "", 0);
    return true;
  }
  if (count == 1 && value_is_builtin(vm, items[0])) {
    *out = items[0];
    return true;
  }
  uint64_t gaps;
  if (__builtin_mul_overflow(count - 1, between.length, &gaps)) gaps = TEXT_MAX_LENGTH;
  points += (count - 1) * text_count_of(separator);
  char *to;
  *out = text_blank(vm, separator, length + gaps, points, &to);
  if (is_empty(*out)) return false;
  for (size_t i = 0; i < count; i++) {
    if (i > 0) {
      memcpy(to, between.data, between.length);
      to += between.length;
    }
    Span item = span_of(items[i]);
    memcpy(to, item.data, item.length);
    to += item.length;
  }
  return true;
}

bool text_join_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (is_tuple(args[1]) && value_is_builtin(vm, args[1])) {
    return join_items(vm, args[0], as_tuple(args[1])->items, as_tuple(args[1])->count, out);
  }
  List *items;
  Tri tri = value_items(vm, args[1], &items);
  if (tri == TRI_YES) return join_items(vm, args[0], items->items, items->count, out);
  if (tri == TRI_SCRIPT && drain_is_possible(args[1])) {
    return drain_tail(vm, out, from_object(list_new(vm, 0)), args[1], DRAIN_JOIN, args[0]);
  }
  if (tri == TRI_SCRIPT) return native_prelude(vm, out, "text.join_slow", 2, args);
  if (!exception_is(vm->exception, vm->exceptions.TypeError)) return false;
  vm_clear_exception(vm);
  return raise_type_error(vm, "can only join an iterable");
}
