// textpad.c: the methods of str and bytes that fill up: center, ljust, rjust, zfill, expandtabs.
#include "rows.h"
#include "textview.h"
#include "vm.h"

// The character to fill with, as octets.
typedef struct {
  char octets[4];
  size_t length;
} Fill;

static bool read_fill(const TextView *view, Value v, const char *name, Fill *fill) {
  VM *vm = view->vm;
  *fill = (Fill){" ", 1};
  if (is_empty(v)) return true;
  if (!view->is_text) {
    if (!is_bytes(v) || as_bytes(v)->length != 1) {
      return raise_type_error(vm, "%s() argument 2 must be a byte string of length 1, not %s", name,
                              value_class_name(vm, v));
    }
    fill->octets[0] = (char)as_bytes(v)->data[0];
    return true;
  }
  if (!is_str(v)) {
    return raise_type_error(vm, "The fill character must be a unicode character, not %s",
                            value_class_name(vm, v));
  }
  if (as_str(v)->count != 1) {
    return raise_type_error(vm, "The fill character must be exactly one character long");
  }
  fill->length = as_str(v)->length;
  memcpy(fill->octets, as_str(v)->data, fill->length);
  return true;
}

static char *put_fill(char *to, const Fill *fill, int64_t times) {
  if (fill->length == 1) {
    memset(to, fill->octets[0], (size_t)times);
    return to + times;
  }
  for (; times > 0; times--, to += fill->length) memcpy(to, fill->octets, fill->length);
  return to;
}

static bool check_width(const TextView *view, int64_t width) {
  if (!view->is_text && width > INT64_MAX - 64) {
    return vm_raise(view->vm, view->vm->exceptions.OverflowError, "byte string is too large");
  }
  return text_length_ok(view->vm, width);
}

// The view's text between `left` and `right` fill characters.
static Value padded(const TextView *view, const Fill *fill, int64_t left, int64_t right) {
  size_t added = (size_t)(left + right);
  char *to;
  Value result =
      text_blank(view, view->length + added * fill->length, text_count(view) + added, &to);
  to = put_fill(to, fill, left);
  memcpy(to, view->data, view->length);
  put_fill(to + view->length, fill, right);
  return result;
}

typedef enum { JUSTIFY_LEFT, JUSTIFY_CENTER, JUSTIFY_RIGHT } Justify;

static bool justify(VM *vm, Value *args, Justify how, const char *name, Value *out) {
  TextView view = text_view(vm, args[0]);
  int64_t width;
  Fill fill;
  Tri tri = text_size_argument(vm, args[1], &width);
  if (tri != TRI_YES) return text_arguments_failed(vm, tri, out, name, 3, args);
  if (!read_fill(&view, args[2], name, &fill)) return false;
  int64_t missing = width < 0 ? 0 : width - (int64_t)text_count(&view);
  if (missing <= 0) {
    *out = text_part(&view, 0, view.length);
    return true;
  }
  if (!check_width(&view, width)) return false;
  int64_t left = 0;
  if (how == JUSTIFY_RIGHT) left = missing;
  // Where it does not come out even, the extra character goes to the left if the width is odd.
  if (how == JUSTIFY_CENTER) left = missing / 2 + (missing & width & 1);
  *out = padded(&view, &fill, left, missing - left);
  return true;
}

static bool center(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return justify(vm, args, JUSTIFY_CENTER, "center", out);
}

static bool ljust(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return justify(vm, args, JUSTIFY_LEFT, "ljust", out);
}

static bool rjust(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return justify(vm, args, JUSTIFY_RIGHT, "rjust", out);
}

// Zeros go between a sign and the rest.
static bool zfill(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  TextView view = text_view(vm, args[0]);
  int64_t width;
  Tri tri = text_size_argument(vm, args[1], &width);
  if (tri != TRI_YES) return text_arguments_failed(vm, tri, out, "zfill", 2, args);
  int64_t missing = width < 0 ? 0 : width - (int64_t)text_count(&view);
  if (missing <= 0) {
    *out = text_part(&view, 0, view.length);
    return true;
  }
  if (!check_width(&view, width)) return false;
  size_t sign = view.length > 0 && (*view.data == '+' || *view.data == '-');
  char *to;
  *out = text_blank(&view, view.length + (size_t)missing, (size_t)width, &to);
  memcpy(to, view.data, sign);
  memset(to + sign, '0', (size_t)missing);
  memcpy(to + sign + missing, view.data + sign, view.length - sign);
  return true;
}

static bool expandtabs(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  TextView view = text_view(vm, args[0]);
  int size = 8;
  if (!is_empty(args[1])) {
    Tri tri = text_int_argument(vm, args[1], &size);
    if (tri != TRI_YES) return text_arguments_failed(vm, tri, out, "expandtabs", 2, args);
  }
  Text text = text_new(vm);
  int64_t column = 0;
  for (size_t i = 0; i < view.length; i++) {
    char c = view.data[i];
    if (c == '\t') {
      int64_t spaces = size > 0 ? size - column % size : 0;
      if (!text_length_ok(vm, (int64_t)text.length + spaces)) {
        text_free(&text);
        return false;
      }
      column += spaces;
      for (; spaces > 0; spaces--) text_add_char(&text, ' ');
      continue;
    }
    text_add_char(&text, c);
    if (c == '\n' || c == '\r') column = 0;
    else if (!view.is_text || ((uint8_t)c & 0xC0) != 0x80) column++;
  }
  if (view.is_text) {
    *out = from_object(text_finish(&text));
  } else {
    *out = from_object(bytes_new(vm, text.data, text.length));
    text_free(&text);
  }
  return true;
}

const NativeDef text_pad_methods[] = {
    METHOD_ROW("center", center, 2, 3),
    METHOD_ROW("ljust", ljust, 2, 3),
    METHOD_ROW("rjust", rjust, 2, 3),
    METHOD_ROW("zfill", zfill, 2, 2),
    LEAF_ROW("expandtabs", expandtabs, 1, 2, NATIVE_METHOD, "self tabsize"),
    END_ROW,
};
