// textpad.c: the methods of str and bytes that fill up: center, ljust, rjust, zfill, expandtabs.
#include "textmethods.h"
#include "vm.h"

// The character to fill with.
static bool read_fill(VM *vm, Value receiver, Value v, const char *name, Span *fill) {
  *fill = (Span){" ", 1};
  if (is_empty(v)) return true;
  if (is_bytes(receiver)) {
    if (!is_bytes(v) || as_bytes(v)->length != 1) {
      return raise_type_error(vm, "%s() argument 2 must be a byte string of length 1, not %s", name,
                              is_none(v) ? "None" : value_class_name(vm, v));
    }
  } else if (!is_str(v)) {
    return raise_type_error(vm, "The fill character must be a unicode character, not %s",
                            value_class_name(vm, v));
  } else if (as_str(v)->count != 1) {
    return raise_type_error(vm, "The fill character must be exactly one character long");
  }
  *fill = span_of(v);
  return true;
}

static char *put_fill(char *to, Span fill, uint64_t times) {
  if (fill.length == 1) {
    memset(to, fill.data[0], (size_t)times);
    return to + times;
  }
  for (; times > 0; times--, to += fill.length) memcpy(to, fill.data, fill.length);
  return to;
}

// The width asked for as the number of characters that are missing; 0: *out is the result.
static bool missing_to(VM *vm, Value receiver, int64_t width, uint64_t *missing, Value *out) {
  int64_t count = (int64_t)text_count_of(receiver);
  *missing = 0;
  if (width <= count) {
    *out = text_plain(vm, receiver);
    return true;
  }
  // The object around a bytes takes some of the room that a size can count.
  if (is_bytes(receiver) && width > INT64_MAX - 33) {
    return vm_raise(vm, vm->exceptions.OverflowError, "byte string is too large");
  }
  *missing = (uint64_t)(width - count);
  return true;
}

typedef enum { JUSTIFY_LEFT, JUSTIFY_CENTER, JUSTIFY_RIGHT } Justify;

static bool justify(VM *vm, const char *name, Value *args, Justify how, Value *out) {
  int64_t width = 0;
  uint64_t missing, left = 0;
  Span s = span_of(args[0]), fill;
  Tri known = text_size_arg(vm, args[1], &width);
  if (known != TRI_YES) return text_retry(vm, known, name, args, 3, out);
  if (!read_fill(vm, args[0], args[2], name, &fill)) return false;
  if (!missing_to(vm, args[0], width, &missing, out)) return false;
  if (missing == 0) return true;
  if (how == JUSTIFY_RIGHT) left = missing;
  // Where it does not come out even, the extra character goes to the left if the width is odd.
  if (how == JUSTIFY_CENTER) left = missing / 2 + (missing & (uint64_t)width & 1);
  char *to;
  uint64_t added = missing > TEXT_MAX_LENGTH ? missing : missing * fill.length;
  *out = text_blank(vm, args[0], s.length + added, (uint64_t)width, &to);
  if (is_empty(*out)) return false;
  to = put_fill(to, fill, left);
  memcpy(to, s.data, s.length);
  put_fill(to + s.length, fill, missing - left);
  return true;
}

bool text_center_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return justify(vm, "center", args, JUSTIFY_CENTER, out);
}

bool text_ljust_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return justify(vm, "ljust", args, JUSTIFY_LEFT, out);
}

bool text_rjust_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return justify(vm, "rjust", args, JUSTIFY_RIGHT, out);
}

// Zeros go between a sign and the rest.
bool text_zfill_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t width = 0;
  uint64_t missing;
  Span s = span_of(args[0]);
  Tri known = text_size_arg(vm, args[1], &width);
  if (known != TRI_YES) return text_retry(vm, known, "zfill", args, 2, out);
  if (!missing_to(vm, args[0], width, &missing, out)) return false;
  if (missing == 0) return true;
  size_t sign = s.length > 0 && (*s.data == '+' || *s.data == '-');
  char *to;
  *out = text_blank(vm, args[0], s.length + missing, (uint64_t)width, &to);
  if (is_empty(*out)) return false;
  memcpy(to, s.data, sign);
  memset(to + sign, '0', missing);
  memcpy(to + sign + missing, s.data + sign, s.length - sign);
  return true;
}

// Walks the text; adds to `out` when that is not NULL. The length of the result.
static uint64_t expand(Value text, int64_t size, char *out) {
  Span s = span_of(text);
  bool of_bytes = is_bytes(text);
  uint64_t length = 0;
  int64_t column = 0;
  for (size_t i = 0; i < s.length; i++) {
    char c = s.data[i];
    if (c == '\t') {
      int64_t spaces = size > 0 ? size - column % size : 0;
      if (out != NULL) memset(out + length, ' ', (size_t)spaces);
      length += (uint64_t)spaces;
      column += spaces;
      continue;
    }
    if (out != NULL) out[length] = c;
    length++;
    if (c == '\n' || c == '\r')
      column = 0;
    else if (of_bytes || ((uint8_t)c & 0xC0) != 0x80)
      column++;
  }
  return length;
}

bool text_expandtabs_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t size = 8;
  Tri known = text_int_arg(vm, args[1], &size);
  if (known != TRI_YES) return text_retry(vm, known, "expandtabs", args, 2, out);
  uint64_t length = expand(args[0], size, NULL);
  uint64_t count = length - (span_of(args[0]).length - text_count_of(args[0]));
  char *to;
  *out = text_blank(vm, args[0], length, count, &to);
  if (is_empty(*out)) return false;
  expand(args[0], size, to);
  return true;
}
