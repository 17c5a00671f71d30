// percent.c: the % operator on str and bytes.
//
// One parser and one set of conversions serve both; `bytes` says which. Where an argument's text
// needs a script the whole operation answers SCRIPT before anything was seen by the program, and
// lib/prelude/format.coro takes the format apart through format_percent_parse.
#include <ctype.h>

#include "bytes.h"
#include "float.h"
#include "format.h"
#include "int.h"
#include "number.h"
#include "vm.h"

// One "%(key)-08.3d".
typedef struct {
  bool has_key, left, sign, space, alternate, zero;
  bool star_width, star_precision;
  const char *key, *key_end;
  const char *start;         // of flags, width and precision
  const char *type_at;       // where the conversion character is
  int64_t width, precision;  // -1: none
  uint32_t type;
} Conversion;

typedef struct {
  VM *vm;
  bool bytes;
  const char *text, *p, *end;
  Value args;
  int64_t next, count;  // of positional arguments; -2 and -1 for a single one that is no tuple
  bool mapping;
  Text out;
} Formatter;

static bool read_number(Formatter *f, const char *what, int64_t *out) {
  for (; f->p < f->end && isdigit((unsigned char)*f->p); f->p++) {
    if (*out < 0) *out = 0;
    *out = *out * 10 + (*f->p - '0');
    if (*out > INT32_MAX) return raise_value_error(f->vm, "%s too big", what);
  }
  return true;
}

// Reads what follows a '%', up to and with the conversion character.
static bool parse_conversion(Formatter *f, Conversion *c) {
  *c = (Conversion){.width = -1, .precision = -1};
  if (f->p < f->end && *f->p == '(') {
    if (!f->mapping) return raise_type_error(f->vm, "format requires a mapping");
    c->has_key = true;
    c->key = ++f->p;
    for (int depth = 1; f->p < f->end; f->p++) {
      if (*f->p == '(') depth++;
      if (*f->p == ')' && --depth == 0) break;
    }
    if (f->p >= f->end) return raise_value_error(f->vm, "incomplete format key");
    c->key_end = f->p++;
  }
  c->start = f->p;
  for (; f->p < f->end; f->p++) {
    if (*f->p == '-') {
      c->left = true;
    } else if (*f->p == '+') {
      c->sign = true;
    } else if (*f->p == ' ') {
      c->space = true;
    } else if (*f->p == '#') {
      c->alternate = true;
    } else if (*f->p == '0') {
      c->zero = true;
    } else {
      break;
    }
  }
  if (f->p < f->end && *f->p == '*') {
    c->star_width = true;
    f->p++;
  } else if (!read_number(f, "width", &c->width)) {
    return false;
  }
  if (f->p < f->end && *f->p == '.') {
    f->p++;
    c->precision = 0;
    if (f->p < f->end && *f->p == '*') {
      c->star_precision = true;
      f->p++;
    } else if (!read_number(f, "precision", &c->precision)) {
      return false;
    }
  }

  if (f->p < f->end && (*f->p == 'h' || *f->p == 'l' || *f->p == 'L')) f->p++;
  if (f->p >= f->end) return raise_value_error(f->vm, "incomplete format");
  c->type_at = f->p;
  c->type = f->bytes ? (uint8_t)*f->p++ : utf8_next(&f->p);
  return true;
}

static Tri next_argument(Formatter *f, Value *out) {
  if (f->next >= f->count) {
    raise_type_error(f->vm, "not enough arguments for format string");
    return TRI_ERROR;
  }
  *out = f->count < 0 ? f->args : as_tuple(f->args)->items[f->next];
  f->next++;
  return TRI_YES;
}

static Tri star_argument(Formatter *f, bool is_precision, int64_t *out) {
  Value v;
  if (next_argument(f, &v) != TRI_YES) return TRI_ERROR;
  if (!is_int(v)) {
    raise_type_error(f->vm, "* wants int");
    return TRI_ERROR;
  }
  bool fits = int_to_i64(v, out);
  if (!fits || (is_precision && (*out > INT32_MAX || *out < INT32_MIN))) {
    vm_raise(f->vm, f->vm->exceptions.OverflowError, "Python int too large to convert to C %s",
             is_precision ? "int" : "ssize_t");
    return TRI_ERROR;
  }
  if (*out > INT32_MAX || *out < -INT32_MAX) {
    vm_raise(f->vm, f->vm->exceptions.MemoryError, "%s", "");
    return TRI_ERROR;
  }
  return TRI_YES;
}

static bool has_special(VM *vm, Value v, Special special) {
  return !is_empty(class_special(vm, value_class(vm, v), special));
}

// Adds `text`, a number with its sign, in its field: zeros go between sign or prefix and digits.
static void add_number(Formatter *f, const Conversion *c, const char *text, size_t length,
                       size_t prefix_length) {
  char sign = 0;
  if (*text == '-') {
    sign = '-';
    text++;
    length--;
  } else if (c->sign) {
    sign = '+';
  } else if (c->space) {
    sign = ' ';
  }
  int64_t room = c->width - (int64_t)length - (sign != 0);
  bool zeros = c->zero && !c->left;
  if (!zeros && !c->left) text_fill(&f->out, ' ', room);
  if (sign) text_add_char(&f->out, sign);
  text_add(&f->out, text, prefix_length);
  if (zeros) text_fill(&f->out, '0', room);
  text_add(&f->out, text + prefix_length, length - prefix_length);
  if (c->left) text_fill(&f->out, ' ', room);
}

static Tri add_int(Formatter *f, const Conversion *c, Value v) {
  VM *vm = f->vm;
  bool decimal = c->type == 'd' || c->type == 'i' || c->type == 'u';
  if (is_float(v) && decimal) {
    double d = float_value(v);
    if (d != d) raise_value_error(vm, "cannot convert float NaN to integer");
    if (d - d != 0 && d == d) {
      vm_raise(vm, vm->exceptions.OverflowError, "cannot convert float infinity to integer");
    }
    if (d - d != 0) return TRI_ERROR;
    v = int_from_double(vm, d);
  } else if (!is_int(v)) {
    if (has_special(vm, v, SP_INDEX) || (decimal && has_special(vm, v, SP_INT))) return TRI_SCRIPT;
    raise_type_error(vm, "%%%c format: %s is required, not %s",
                     f->bytes && c->type == 'i' ? 'd' : (char)c->type,
                     decimal ? "a real number" : "an integer", value_class_name(vm, v));
    return TRI_ERROR;
  }
  int base = c->type == 'o' ? 8 : c->type == 'x' || c->type == 'X' ? 16 : 10;
  Text digits = text_new(vm), text = text_new(vm);
  if (!int_to_text(vm, v, base, &digits)) {
    text_free(&digits);
    return TRI_ERROR;
  }
  bool negative = digits.data[0] == '-';
  if (negative) text_add_char(&text, '-');
  size_t prefix_length = 0;
  if (c->alternate && base != 10) {
    text_add_char(&text, '0');
    text_add_char(&text, (char)c->type);
    prefix_length = 2;
  }
  text_fill(&text, '0', c->precision - ((int64_t)digits.length - negative));
  for (size_t i = negative; i < digits.length; i++) {
    text_add_char(&text,
                  c->type == 'X' ? (char)toupper((unsigned char)digits.data[i]) : digits.data[i]);
  }
  add_number(f, c, text.data, text.length, prefix_length);
  text_free(&digits);
  text_free(&text);
  return TRI_YES;
}

static Tri add_float(Formatter *f, const Conversion *c, Value v) {
  VM *vm = f->vm;
  if (!is_number(v)) {
    if (has_special(vm, v, SP_FLOAT) || has_special(vm, v, SP_INDEX)) return TRI_SCRIPT;
    raise_type_error(vm, "%s, not %s", f->bytes ? "float argument required" : "must be real number",
                     value_class_name(vm, v));
    return TRI_ERROR;
  }
  double d;
  if (!float_from_number_checked(vm, v, &d)) return TRI_ERROR;
  Text text = text_new(vm);
  float_format(&text, d, (char)c->type, c->precision < 0 ? 6 : (int)c->precision,
               c->alternate ? FLOAT_ALTERNATE : 0);
  add_number(f, c, text.data, text.length, 0);
  text_free(&text);
  return TRI_YES;
}

static void add_text(Formatter *f, const Conversion *c, const char *text, size_t length) {
  size_t count = f->bytes ? length : utf8_count(text, length);
  if (c->precision >= 0 && (uint64_t)c->precision < count) {
    const char *p = text;
    for (int64_t i = 0; i < c->precision; i++) {
      if (f->bytes) {
        p++;
      } else {
        utf8_next(&p);
      }
    }
    length = (size_t)(p - text);
    count = (size_t)c->precision;
  }
  int64_t room = c->width - (int64_t)count;
  if (!c->left) text_fill(&f->out, ' ', room);
  text_add(&f->out, text, length);
  if (c->left) text_fill(&f->out, ' ', room);
}

static Tri add_char(Formatter *f, const Conversion *conversion, Value v) {
  VM *vm = f->vm;
  Conversion without_precision = *conversion, *c = &without_precision;
  c->precision = -1;
  char bytes[4];
  int64_t code;
  if (f->bytes) {
    if (is_bytes(v) && as_bytes(v)->length == 1) {
      add_text(f, c, (const char *)as_bytes(v)->data, 1);
      return TRI_YES;
    }
    if (is_int(v)) {
      if (!int_to_i64(v, &code) || code < 0 || code > 255) {
        vm_raise(vm, vm->exceptions.OverflowError, "%%c arg not in range(256)");
        return TRI_ERROR;
      }
      bytes[0] = (char)code;
      add_text(f, c, bytes, 1);
      return TRI_YES;
    }
  } else {
    if (is_str(v) && as_str(v)->count == 1) {
      add_text(f, c, as_str(v)->data, as_str(v)->length);
      return TRI_YES;
    }
    if (is_int(v)) {
      if (!int_to_i64(v, &code) || code < 0 || code > 0x10FFFF) {
        vm_raise(vm, vm->exceptions.OverflowError, "%%c arg not in range(0x110000)");
        return TRI_ERROR;
      }
      add_text(f, c, bytes, utf8_encode((uint32_t)code, bytes));
      return TRI_YES;
    }
  }
  if (!is_str(v) && !is_bytes(v) && has_special(vm, v, SP_INDEX)) return TRI_SCRIPT;
  raise_type_error(vm, f->bytes ? "%%c requires an integer in range(256) or a single byte"
                                : "%%c requires int or char");
  return TRI_ERROR;
}

// %s %r %a, and %b of bytes.
static Tri add_object(Formatter *f, const Conversion *c, Value v) {
  VM *vm = f->vm;
  bool raw = c->type == 's' || c->type == 'b';
  if (f->bytes && raw) {
    if (is_bytes(v)) {
      add_text(f, c, (const char *)as_bytes(v)->data, as_bytes(v)->length);
      return TRI_YES;
    }
    if (has_special(vm, v, SP_BYTES)) return TRI_SCRIPT;
    raise_type_error(vm,
                     "%%b requires a bytes-like object, or an object that implements __bytes__, "
                     "not '%s'",
                     value_class_name(vm, v));
    return TRI_ERROR;
  }
  if (raw && is_str(v) && value_is_builtin(vm, v)) {
    add_text(f, c, as_str(v)->data, as_str(v)->length);
    return TRI_YES;
  }
  Text text = text_new(vm);
  Tri tri = raw ? value_str(vm, v, &text) : value_repr(vm, v, &text);
  if (tri == TRI_YES) {
    if (c->type == 'a' || f->bytes) {
      Text escaped = text_new(vm);
      format_escape(&escaped, text.data, text.length);
      text_free(&text);
      text = escaped;
    }
    add_text(f, c, text.length > 0 ? text.data : "", text.length);
  }
  text_free(&text);
  return tri;
}

static bool raise_unsupported(Formatter *f, const Conversion *c) {
  size_t bytes = (size_t)(c->type_at - f->text);
  return raise_value_error(f->vm, "unsupported format character '%c' (0x%x) at index %zu",
                           f->bytes || (c->type > 31 && c->type < 128) ? (char)c->type : '?',
                           c->type, f->bytes ? bytes : utf8_count(f->text, bytes));
}

static Tri add_conversion(Formatter *f, Conversion *c) {
  VM *vm = f->vm;
  Tri tri;
  if (c->has_key) {
    size_t length = (size_t)(c->key_end - c->key);
    Value key = f->bytes ? from_object(bytes_new(vm, c->key, length))
                         : from_object(str_new(vm, c->key, length));
    // The value of the key takes the place of the arguments for this conversion.
    Value mapping = f->args, value;
    tri = value_get_item(vm, mapping, key, &value);
    if (tri != TRI_YES) return tri;
    f->args = value;
    f->next = -2;
    f->count = -1;
    Conversion rest = *c;
    rest.has_key = false;
    tri = add_conversion(f, &rest);
    f->args = mapping;
    return tri;
  }
  if (c->star_width) {
    if (star_argument(f, false, &c->width) != TRI_YES) return TRI_ERROR;
    if (c->width < 0) {
      c->left = true;
      c->width = -c->width;
    }
  }
  if (c->star_precision) {
    if (star_argument(f, true, &c->precision) != TRI_YES) return TRI_ERROR;
    if (c->precision < 0) c->precision = 0;
  }
  Value v;
  if (next_argument(f, &v) != TRI_YES) return TRI_ERROR;
  switch (c->type) {
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X': return add_int(f, c, v);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': return add_float(f, c, v);
    case 'c': return add_char(f, c, v);
    case 'b':
      if (!f->bytes) break;
      return add_object(f, c, v);
    case 's':
    case 'r':
    case 'a': return add_object(f, c, v);
    default: break;
  }
  raise_unsupported(f, c);
  return TRI_ERROR;
}

// Whether `%(key)s` may look things up in v: anything with __getitem__ but tuples and texts.
static bool is_mapping(VM *vm, Value v, bool bytes) {
  if (is_dict(v)) return true;
  if (is_tuple(v) || is_str(v) || (bytes && is_bytes(v)) || is_number(v)) return false;
  return has_special(vm, v, SP_GETITEM);
}

static Formatter formatter_new(VM *vm, Value format) {
  Formatter f = {.vm = vm, .bytes = is_bytes(format), .out = text_new(vm)};
  f.text = f.bytes ? (const char *)as_bytes(format)->data : as_str(format)->data;
  f.p = f.text;
  f.end = f.p + (f.bytes ? as_bytes(format)->length : as_str(format)->length);
  return f;
}

// The literal text up to the next '%'; false at the end.
static bool next_literal(Formatter *f, const char **start, size_t *length) {
  *start = f->p;
  while (f->p < f->end && *f->p != '%') f->p++;
  *length = (size_t)(f->p - *start);
  if (f->p >= f->end) return false;
  f->p++;
  return true;
}

// "%s" of a str and "%d" of a small int, which most conversions are.
static bool add_plain(Formatter *f) {
  if (f->bytes || f->p == f->end || f->next >= f->count) return false;
  Value v = f->count < 0 ? f->args : as_tuple(f->args)->items[f->next];
  if (*f->p == 's' && is_str(v) && as_object(v)->cls == f->vm->str_class) {
    text_add_str(&f->out, as_str(v));
  } else if (*f->p == 'd' && is_small_int(v)) {
    text_add_int(&f->out, as_small_int(v));
  } else {
    return false;
  }
  f->p++;
  f->next++;
  return true;
}

static Tri run(Formatter *f) {
  for (;;) {
    const char *literal;
    size_t length;
    bool more = next_literal(f, &literal, &length);
    text_add(&f->out, literal, length);
    if (!more) break;
    if (f->p < f->end && *f->p == '%') {
      text_add_char(&f->out, *f->p++);
      continue;
    }
    if (add_plain(f)) continue;
    Conversion c;
    if (!parse_conversion(f, &c)) return TRI_ERROR;
    Tri tri = add_conversion(f, &c);
    if (tri != TRI_YES) return tri;
  }
  if (f->next < f->count && !f->mapping) {
    raise_type_error(f->vm, "not all arguments converted during %s formatting",
                     f->bytes ? "bytes" : "string");
    return TRI_ERROR;
  }
  return TRI_YES;
}

static Tri format_any(VM *vm, Value format, Value args, Value *out) {
  Formatter f = formatter_new(vm, format);
  f.args = args;
  f.next = is_tuple(args) ? 0 : -2;
  f.count = is_tuple(args) ? (int64_t)as_tuple(args)->count : -1;
  f.mapping = is_mapping(vm, args, f.bytes);
  Tri tri = run(&f);
  if (tri == TRI_YES && f.bytes) {
    *out = from_object(bytes_new(vm, f.out.data, f.out.length));
  } else if (tri == TRI_YES) {
    *out = from_object(text_finish(&f.out));
    return tri;
  }
  text_free(&f.out);
  return tri;
}

Tri format_percent(VM *vm, Str *format, Value args, Value *out) {
  return format_any(vm, from_object(format), args, out);
}

Tri format_percent_bytes(VM *vm, Value format, Value args, Value *out) {
  return format_any(vm, format, args, out);
}

static Value piece(Formatter *f, const char *start, const char *end) {
  size_t length = (size_t)(end - start);
  return f->bytes ? from_object(bytes_new(f->vm, start, length))
                  : from_object(str_new(f->vm, start, length));
}

bool format_percent_parse(VM *vm, Value format, Value *out) {
  Formatter f = formatter_new(vm, format);
  f.mapping = true;
  List *pieces = list_new(vm, 4);
  for (;;) {
    const char *literal;
    size_t length;
    bool more = next_literal(&f, &literal, &length);
    if (more && f.p < f.end && *f.p == '%') {  // "%%": the literal ends with the first of them
      list_append(vm, pieces,
                  from_object(tuple_of(vm, 4, piece(&f, literal, f.p++), NONE, NONE, NONE)));
      continue;
    }
    Value text = piece(&f, literal, literal + length), key = NONE, spec = NONE, type = NONE;
    if (more) {
      Conversion c;
      if (!parse_conversion(&f, &c)) return false;
      if (c.type == 0 || c.type > 127 ||
          !strchr(f.bytes ? "diuoxXeEfFgGcrsab" : "diuoxXeEfFgGcrsa", (char)c.type)) {
        return raise_unsupported(&f, &c);
      }
      if (c.has_key) key = piece(&f, c.key, c.key_end);
      spec = piece(&f, c.start, c.type_at);
      type = piece(&f, c.type_at, f.p);
    }
    list_append(vm, pieces, from_object(tuple_of(vm, 4, text, key, spec, type)));
    if (!more) break;
  }
  *out = from_object(pieces);
  return true;
}
