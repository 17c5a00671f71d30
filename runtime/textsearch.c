// textsearch.c: the methods of str and bytes that look for a part: find, count, startswith,
// partition, replace and their relatives.
//
// UTF-8 keeps a search for whole characters a search for bytes; only indices are translated.
#include "int.h"
#include "textmethods.h"
#include "vm.h"

// ---- spans

const char *span_find(Span s, Span part) {
  if (part.length == 0) return s.data;
  if (part.length > s.length) return NULL;
  if (part.length == 1) return memchr(s.data, part.data[0], s.length);
  return memmem(s.data, s.length, part.data, part.length);
}

const char *span_rfind(Span s, Span part) {
  if (part.length > s.length) return NULL;
  size_t places = s.length - part.length + 1;
  if (part.length == 0) return s.data + s.length;
  while (places > 0) {
    const char *at = memrchr(s.data, part.data[0], places);
    if (at == NULL || memcmp(at, part.data, part.length) == 0) return at;
    places = (size_t)(at - s.data);
  }
  return NULL;
}

static Span after(Span s, const char *from) {
  return (Span){from, (size_t)(s.data + s.length - from)};
}

static int64_t span_count(Span s, Span part, int64_t most) {
  int64_t n = 0;
  while (n < most) {
    const char *at = span_find(s, part);
    if (at == NULL) break;
    n++;
    s = after(s, at + part.length);
  }
  return n;
}

// The characters [start, end) of the receiver.
static Span window(VM *vm, Value text, int64_t start, int64_t end) {
  if (is_bytes(text)) {
    return (Span){(const char *)as_bytes(text)->data + start, (size_t)(end - start)};
  }
  size_t from = str_offset(vm, as_str(text), (size_t)start);
  size_t to = str_offset(vm, as_str(text), (size_t)end);
  return (Span){as_str(text)->data + from, to - from};
}

// How many characters there are from one place in the receiver to another.
static size_t distance(Value text, const char *from, const char *to) {
  size_t bytes = (size_t)(to - from);
  return is_bytes(text) || str_is_ascii(as_str(text)) ? bytes : utf8_count(from, bytes);
}

// ---- find, index, count

// These parse their arguments by count, unlike methods with declared positions.
static bool check_count(VM *vm, const char *method, const Value *args) {
  if (is_empty(args[1])) {
    return raise_type_error(vm, "%s() takes at least 1 argument (0 given)", method);
  }
  if (!is_empty(args[4])) {
    return raise_type_error(vm, "%s() takes at most 3 arguments (4 given)", method);
  }
  return true;
}

// The part that find() and count() look for: bytes take a number as well, kept in *byte.
static Tri search_part(VM *vm, Value receiver, Value v, char *byte, Span *part) {
  if (is_str(receiver) || is_bytes(v)) {
    return text_arg(vm, receiver, v, "", part) ? TRI_YES : TRI_ERROR;
  }
  int64_t number = 0;
  if (!is_int(v) && !value_has_script(vm, v, SP_INDEX)) {
    raise_type_error(vm, "argument should be integer or bytes-like object, not '%s'",
                     value_class_name(vm, v));
    return TRI_ERROR;
  }
  Tri known = value_index(vm, v, &number);
  if (known != TRI_YES) return known;
  if (number < 0 || number > 255) {
    raise_value_error(vm, "byte must be in range(0, 256)");
    return TRI_ERROR;
  }
  *byte = (char)number;
  *part = (Span){byte, 1};
  return TRI_YES;
}

// *at is the index found, -1 when absent.
static Tri search(VM *vm, const Value *args, const char *(*find)(Span, Span), int64_t *at) {
  int64_t start, end;
  char byte;
  Span part;
  Tri known = text_bounds(vm, args + 2, text_count_of(args[0]), &start, &end);
  if (known == TRI_YES) known = search_part(vm, args[0], args[1], &byte, &part);
  *at = -1;
  if (known != TRI_YES || start > end) return known;
  Span inside = window(vm, args[0], start, end);
  const char *found = find(inside, part);
  if (found != NULL) *at = start + (int64_t)distance(args[0], inside.data, found);
  return TRI_YES;
}

static bool find_method(VM *vm, const char *name, Value *args, const char *(*find)(Span, Span),
                        Value *out) {
  int64_t at;
  if (!check_count(vm, name, args)) return false;
  Tri known = search(vm, args, find, &at);
  if (known != TRI_YES) return text_retry(vm, known, name, args, 4, out);
  *out = small_int(at);
  return true;
}

static bool index_method(VM *vm, const char *name, Value *args, const char *(*find)(Span, Span),
                         Value *out) {
  if (!find_method(vm, name, args, find, out)) return false;
  if (*out != small_int(-1)) return true;
  return raise_value_error(vm, "%s not found", is_bytes(args[0]) ? "subsection" : "substring");
}

bool text_find_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return find_method(vm, "find", args, span_find, out);
}

bool text_rfind_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return find_method(vm, "rfind", args, span_rfind, out);
}

bool text_index_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return index_method(vm, "index", args, span_find, out);
}

bool text_rindex_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return index_method(vm, "rindex", args, span_rfind, out);
}

bool text_count_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t start, end;
  char byte;
  Span part;
  if (!check_count(vm, "count", args)) return false;
  Tri known = text_bounds(vm, args + 2, text_count_of(args[0]), &start, &end);
  if (known == TRI_YES) known = search_part(vm, args[0], args[1], &byte, &part);
  if (known != TRI_YES) return text_retry(vm, known, "count", args, 4, out);
  int64_t n = 0;
  if (start <= end) {
    n = part.length == 0 ? end - start + 1
                         : span_count(window(vm, args[0], start, end), part, INT64_MAX);
  }
  *out = small_int(n);
  return true;
}

// ---- beginnings and ends

static bool begins(Span s, Span part) {
  return part.length <= s.length && memcmp(s.data, part.data, part.length) == 0;
}

static bool ends(Span s, Span part) {
  return part.length <= s.length &&
         memcmp(s.data + s.length - part.length, part.data, part.length) == 0;
}

static bool affix_method(VM *vm, const char *name, Value *args, bool (*matches)(Span, Span),
                         Value *out) {
  int64_t start, end;
  if (!check_count(vm, name, args)) return false;
  Tri known = text_bounds(vm, args + 2, text_count_of(args[0]), &start, &end);
  if (known != TRI_YES) return text_retry(vm, known, name, args, 4, out);
  bool of_bytes = is_bytes(args[0]);
  const char *type = of_bytes ? "bytes" : "str";
  const Value *choices = &args[1];
  size_t count = 1;
  if (is_tuple(args[1])) {
    choices = as_tuple(args[1])->items;
    count = as_tuple(args[1])->count;
  } else if (of_bytes ? !is_bytes(args[1]) : !is_str(args[1])) {
    return raise_type_error(vm, "%s first arg must be %s or a tuple of %s, not %s", name, type,
                            type, value_class_name(vm, args[1]));
  }
  Span inside = {NULL, 0};
  if (start <= end) inside = window(vm, args[0], start, end);
  *out = FALSE_VALUE;
  for (size_t i = 0; i < count; i++) {
    Span part;
    if (!of_bytes && !is_str(choices[i])) {
      return raise_type_error(vm, "tuple for %s must only contain str, not %s", name,
                              value_class_name(vm, choices[i]));
    }
    if (!text_arg(vm, args[0], choices[i], "", &part)) return false;
    if (start <= end && matches(inside, part)) {
      *out = TRUE_VALUE;
      return true;
    }
  }
  return true;
}

bool text_startswith_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return affix_method(vm, "startswith", args, begins, out);
}

bool text_endswith_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return affix_method(vm, "endswith", args, ends, out);
}

bool text_removeprefix_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Span s = span_of(args[0]), part;
  if (!text_arg(vm, args[0], args[1], "removeprefix() argument ", &part)) return false;
  *out = part.length > 0 && begins(s, part)
             ? text_part(vm, args[0], s.data + part.length, s.length - part.length)
             : text_plain(vm, args[0]);
  return true;
}

bool text_removesuffix_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Span s = span_of(args[0]), part;
  if (!text_arg(vm, args[0], args[1], "removesuffix() argument ", &part)) return false;
  *out = part.length > 0 && ends(s, part) ? text_part(vm, args[0], s.data, s.length - part.length)
                                          : text_plain(vm, args[0]);
  return true;
}

// ---- partition

static bool partition(VM *vm, Value *args, bool last, Value *out) {
  Span s = span_of(args[0]), part;
  if (!text_arg(vm, args[0], args[1], "", &part)) return false;
  if (part.length == 0) return raise_value_error(vm, "empty separator");
  const char *at = last ? span_rfind(s, part) : span_find(s, part);
  Tuple *three;
  if (at == NULL) {
    Value whole = args[0], none = text_part(vm, args[0], "", 0);
    three = tuple_of(vm, 3, last ? none : whole, none, last ? whole : none);
  } else {
    Span rest = after(s, at + part.length);
    three = tuple_of(vm, 3, text_part(vm, args[0], s.data, (size_t)(at - s.data)),
                     text_plain(vm, args[1]), text_part(vm, args[0], rest.data, rest.length));
  }
  *out = from_object(three);
  return true;
}

bool text_partition_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return partition(vm, args, false, out);
}

bool text_rpartition_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return partition(vm, args, true, out);
}

// ---- replace

// How long a character is at p.
static size_t character_length(Value text, const char *p) {
  if (is_bytes(text)) return 1;
  const char *end = p;
  utf8_next(&end);
  return (size_t)(end - p);
}

// Puts `new` before each of the first n characters (or after the last one).
static void interleave(Value text, Span s, Span new, int64_t n, char *to) {
  const char *p = s.data, *end = s.data + s.length;
  for (; n > 0; n--) {
    memcpy(to, new.data, new.length);
    to += new.length;
    if (p == end) break;
    size_t length = character_length(text, p);
    memcpy(to, p, length);
    to += length;
    p += length;
  }
  memcpy(to, p, (size_t)(end - p));
}

static void replace_parts(Span s, Span old, Span new, int64_t n, char *to) {
  for (; n > 0; n--) {
    const char *at = span_find(s, old);
    size_t before = (size_t)(at - s.data);
    memcpy(to, s.data, before);
    memcpy(to + before, new.data, new.length);
    to += before + new.length;
    s = after(s, at + old.length);
  }
  memcpy(to, s.data, s.length);
}

bool text_replace_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t most = -1;
  Span s = span_of(args[0]), old, new;
  if (is_str(args[0])) {
    if (!text_arg(vm, args[0], args[1], "replace() argument 1 ", &old)) return false;
    if (!text_arg(vm, args[0], args[2], "replace() argument 2 ", &new)) return false;
  }
  Tri known = text_size_arg(vm, args[3], &most);
  if (known != TRI_YES) return text_retry(vm, known, "replace", args, 4, out);
  if (is_bytes(args[0])) {
    if (!text_arg(vm, args[0], args[1], "", &old)) return false;
    if (!text_arg(vm, args[0], args[2], "", &new)) return false;
  }
  if (most < 0) most = INT64_MAX;
  int64_t n = old.length > 0 ? span_count(s, old, most) : (int64_t)text_count_of(args[0]) + 1;
  if (n > most) n = most;
  if (n == 0 || (old.length == 0 && new.length == 0)) {
    *out = text_plain(vm, args[0]);
    return true;
  }
  if (new.length > TEXT_MAX_LENGTH / (uint64_t)n) new.length = TEXT_MAX_LENGTH + 1, n = 1;
  uint64_t length = s.length - (uint64_t)n * old.length + (uint64_t)n * new.length;
  uint64_t count = text_count_of(args[0]) - (uint64_t)n * text_count_of(args[1]) +
                   (uint64_t)n * text_count_of(args[2]);
  char *data;
  *out = text_blank(vm, args[0], length, count, &data);
  if (is_empty(*out)) return false;
  if (old.length == 0) {
    interleave(args[0], s, new, n, data);
  } else {
    replace_parts(s, old, new, n, data);
  }
  return true;
}
