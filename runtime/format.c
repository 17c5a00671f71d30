// format.c: format specifications: [[fill]align][sign][z][#][0][width][grouping][.precision][type]
// applied to str, int (and bool) and float.
//
// A number is laid out from five parts: padding, sign and prefix, padding or zeros, grouped
// digits, the rest (point, fraction, exponent, percent sign).
#include "format.h"

#include <math.h>

#include "float.h"
#include "int.h"
#include "vm.h"

#define MAX_FIELD_WIDTH INT32_MAX

typedef struct {
  uint32_t fill;
  char align;  // < > = ^
  char sign;   // + - or space; 0: none given
  bool no_negative_zero, alternate;
  char separator;     // , or _; 0: none
  int64_t width;      // -1: none
  int64_t precision;  // -1: none
  uint32_t type;      // 0: none
} Spec;

static bool is_align(uint32_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

// Reads decimal digits; *value stays as it is when there are none.
static bool read_number(VM *vm, const char **p, const char *end, int64_t *value) {
  if (*p >= end || **p < '0' || **p > '9') return true;
  *value = 0;
  for (; *p < end && **p >= '0' && **p <= '9'; (*p)++) {
    int digit = **p - '0';
    if (*value > (INT64_MAX - digit) / 10) {
      return raise_value_error(vm, "Too many decimal digits in format string");
    }
    *value = *value * 10 + digit;
  }
  return true;
}

static bool check_separator(VM *vm, const Spec *spec) {
  if (!spec->separator) return true;
  uint32_t type = spec->type;
  if (type == 0 || (type < 128 && strchr("defgEG%F", (char)type))) return true;
  if (type < 128 && strchr("boxX", (char)type) && spec->separator == '_') return true;
  if (type > 32 && type < 128) {
    return raise_value_error(vm, "Cannot specify '%c' with '%c'.", spec->separator, (char)type);
  }
  return raise_value_error(vm, "Cannot specify '%c' with '\\x%x'.", spec->separator, type);
}

static bool parse_spec(VM *vm, Value v, const Str *text, uint32_t default_type, char default_align,
                       Spec *spec) {
  const char *p = text->data, *end = p + text->length;
  *spec = (Spec){
      .fill = ' ', .align = default_align, .width = -1, .precision = -1, .type = default_type};
  bool fill_given = false, align_given = false;
  const char *after = p;
  uint32_t first = p < end ? utf8_next(&after) : 0;
  if (p < end && after < end && is_align((unsigned char)*after)) {
    spec->fill = first;
    spec->align = *after;
    fill_given = align_given = true;
    p = after + 1;
  } else if (p < end && is_align(first)) {
    spec->align = *p++;
    align_given = true;
  }
  if (p < end && (*p == '+' || *p == '-' || *p == ' ')) spec->sign = *p++;
  if (p < end && *p == 'z') spec->no_negative_zero = true, p++;
  if (p < end && *p == '#') spec->alternate = true, p++;
  if (!fill_given && p < end && *p == '0') {
    spec->fill = '0';
    if (!align_given && default_align == '>') spec->align = '=';
    p++;
  }
  if (!read_number(vm, &p, end, &spec->width)) return false;
  if (p < end && *p == ',') spec->separator = *p++;
  if (p < end && *p == '_') {
    if (spec->separator) return raise_value_error(vm, "Cannot specify both ',' and '_'.");
    spec->separator = *p++;
  }
  if (p < end && *p == ',' && spec->separator == '_') {
    return raise_value_error(vm, "Cannot specify both ',' and '_'.");
  }
  if (p < end && *p == '.') {
    p++;
    if (!read_number(vm, &p, end, &spec->precision)) return false;
    if (spec->precision < 0) return raise_value_error(vm, "Format specifier missing precision");
  }
  if (p < end) {
    spec->type = utf8_next(&p);
    if (p < end) {
      return raise_value_error(vm, "Invalid format specifier '%.*s' for object of type '%s'",
                               (int)text->length, text->data, value_class_name(vm, v));
    }
  }
  return check_separator(vm, spec);
}

// The last test: what else is wrong with a specification is told first.
static bool check_width(VM *vm, const Spec *spec) {
  return spec->width <= MAX_FIELD_WIDTH || vm_raise(vm, vm->exceptions.MemoryError, "%s", "");
}

static Tri unknown_type(VM *vm, Value v, uint32_t type) {
  const char *name = value_class_name(vm, v);
  if (type > 32 && type < 128) {
    raise_value_error(vm, "Unknown format code '%c' for object of type '%s'", (char)type, name);
  } else {
    raise_value_error(vm, "Unknown format code '\\x%x' for object of type '%s'", type, name);
  }
  return TRI_ERROR;
}

void format_pad(Text *out, const char *text, size_t length, int64_t width, uint32_t fill,
                char align) {
  int64_t room = width - (int64_t)utf8_count(text, length);
  if (room < 0) room = 0;
  int64_t left = align == '>' ? room : align == '^' ? room / 2 : 0;
  text_fill(out, fill, left);
  text_add(out, text, length);
  text_fill(out, fill, room - left);
}

static Tri format_text(VM *vm, Value v, const Str *spec_text, Text *out) {
  Spec spec;
  if (!parse_spec(vm, v, spec_text, 's', '<', &spec)) return TRI_ERROR;
  if (spec.type != 's') return unknown_type(vm, v, spec.type);
  const char *what = NULL;
  if (spec.sign) {
    what = spec.sign == ' ' ? "Space" : "Sign";
  } else if (spec.no_negative_zero) {
    what = "Negative zero coercion (z)";
  } else if (spec.alternate) {
    what = "Alternate form (#)";
  } else if (spec.align == '=') {
    what = "'=' alignment";
  }
  if (what) {
    raise_value_error(vm, "%s not allowed in string format specifier", what);
    return TRI_ERROR;
  }
  if (!check_width(vm, &spec)) return TRI_ERROR;
  const Str *s = as_str(v);
  size_t length = s->length;
  if (spec.precision >= 0 && (uint64_t)spec.precision < s->count) {
    const char *p = s->data;
    for (int64_t i = 0; i < spec.precision; i++) utf8_next(&p);
    length = (size_t)(p - s->data);
  }
  format_pad(out, s->data, length, spec.width, spec.fill, spec.align);
  return TRI_YES;
}

// Adds digits with a separator every `group` digits, and zeros in front up to `min_width`
// characters. A separator never comes first.
static void add_grouped(Text *out, const char *digits, size_t count, char separator, size_t group,
                        int64_t min_width) {
  if (count == 0) return;
  if (!separator) {
    text_fill(out, '0', min_width - (int64_t)count);
    text_add(out, digits, count);
    return;
  }
  size_t total = count;
  if (min_width > (int64_t)(count + (count - 1) / group)) {
    size_t width = (size_t)min_width;
    total = width - width / (group + 1);
    if (total + (total - 1) / group < width) total++;
  }
  for (size_t left = total; left > 0;) {
    size_t some = (left - 1) % group + 1, zeros = left > count ? left - count : 0;
    if (zeros > some) zeros = some;
    text_fill(out, '0', (int64_t)zeros);
    text_add(out, digits + (count - (left - zeros)), some - zeros);
    left -= some;
    if (left > 0) text_add_char(out, separator);
  }
}

typedef struct {
  bool negative;
  const char *prefix;  // "0x" or ""
  const char *digits;  // of the whole part
  size_t digit_count;
  const char *rest;
  size_t rest_length;
} NumberParts;

static void lay_out(Text *out, const Spec *spec, const NumberParts *parts) {
  char sign = parts->negative ? '-' : spec->sign == '+' || spec->sign == ' ' ? spec->sign : 0;
  size_t group = spec->type < 128 && spec->type && strchr("boxX", (char)spec->type) ? 4 : 3;
  size_t prefix_length = strlen(parts->prefix);
  int64_t fixed =
      (sign != 0) + (int64_t)prefix_length + (int64_t)utf8_count(parts->rest, parts->rest_length);
  int64_t min_width = spec->fill == '0' && spec->align == '=' ? spec->width - fixed : 0;
  Text grouped = text_new(out->vm);
  add_grouped(&grouped, parts->digits, parts->digit_count, spec->separator, group, min_width);
  int64_t room = spec->width - fixed - (int64_t)grouped.length;
  if (room < 0) room = 0;
  int64_t left = spec->align == '>' ? room : spec->align == '^' ? room / 2 : 0;
  int64_t middle = spec->align == '=' ? room : 0;
  text_fill(out, spec->fill, left);
  if (sign) text_add_char(out, sign);
  text_add(out, parts->prefix, prefix_length);
  text_fill(out, spec->fill, middle);
  if (grouped.length > 0) text_add(out, grouped.data, grouped.length);
  if (parts->rest_length > 0) text_add(out, parts->rest, parts->rest_length);
  text_fill(out, spec->fill, room - left - middle);
  text_free(&grouped);
}

static Tri format_double(VM *vm, double d, const Spec *spec, Text *out) {
  char type = (char)spec->type;
  unsigned flags = spec->alternate ? FLOAT_ALTERNATE : 0;
  int64_t precision = spec->precision;
  bool percent = type == '%';
  if (precision > INT32_MAX) {
    raise_value_error(vm, "precision too big");
    return TRI_ERROR;
  }
  if (type == 0) {
    flags |= FLOAT_DOT_ZERO;
    type = precision < 0 ? 'r' : 'g';
  } else if (type == 'n') {
    type = 'g';
  } else if (percent) {
    type = 'f';
    d *= 100;
  }
  Text text = text_new(vm);
  float_format(&text, d, type, precision < 0 ? 6 : (int)precision, flags);
  if (percent) text_add_char(&text, '%');
  NumberParts parts = {.prefix = "", .digits = text.data};
  if (text.data[0] == '-') {
    parts.negative = true;
    parts.digits++;
  }
  size_t length = text.length - parts.negative;
  while (parts.digit_count < length && parts.digits[parts.digit_count] >= '0' &&
         parts.digits[parts.digit_count] <= '9') {
    parts.digit_count++;
  }
  parts.rest = parts.digits + parts.digit_count;
  parts.rest_length = length - parts.digit_count;
  if (spec->no_negative_zero && parts.negative && isfinite(d)) {
    bool zero = true;
    for (size_t i = 0; i < length && (parts.digits[i] | 32) != 'e'; i++) {
      if (parts.digits[i] >= '1' && parts.digits[i] <= '9') zero = false;
    }
    if (zero) parts.negative = false;
  }
  lay_out(out, spec, &parts);
  text_free(&text);
  return TRI_YES;
}

static Tri format_char(VM *vm, Value v, const Spec *spec, Text *out) {
  if (spec->sign) {
    raise_value_error(vm, "Sign not allowed with integer format specifier 'c'");
    return TRI_ERROR;
  }
  if (spec->alternate) {
    raise_value_error(vm, "Alternate form (#) not allowed with integer format specifier 'c'");
    return TRI_ERROR;
  }
  int64_t code;
  if (!int_to_i64(v, &code)) {
    vm_raise(vm, vm->exceptions.OverflowError, "Python int too large to convert to C long");
    return TRI_ERROR;
  }
  if (code < 0 || code > 0x10FFFF) {
    vm_raise(vm, vm->exceptions.OverflowError, "%%c arg not in range(0x110000)");
    return TRI_ERROR;
  }
  char bytes[4];
  NumberParts parts = {.prefix = "", .digits = "", .rest = bytes};
  parts.rest_length = utf8_encode((uint32_t)code, bytes);
  lay_out(out, spec, &parts);
  return TRI_YES;
}

static Tri format_int(VM *vm, Value v, const Spec *spec, Text *out) {
  if (spec->precision >= 0) {
    raise_value_error(vm, "Precision not allowed in integer format specifier");
    return TRI_ERROR;
  }
  if (spec->no_negative_zero) {
    raise_value_error(vm, "Negative zero coercion (z) not allowed in integer format specifier");
    return TRI_ERROR;
  }
  int base = 10;
  const char *prefix = "";
  switch (spec->type) {
    case 'c': return format_char(vm, v, spec, out);
    case 'b': base = 2, prefix = "0b"; break;
    case 'o': base = 8, prefix = "0o"; break;
    case 'x': base = 16, prefix = "0x"; break;
    case 'X': base = 16, prefix = "0X"; break;
    default: break;
  }
  Text text = text_new(vm);
  if (!int_to_text(vm, v, base, &text)) {
    text_free(&text);
    return TRI_ERROR;
  }
  if (spec->type == 'X') {
    for (size_t i = 0; i < text.length; i++) {
      if (text.data[i] >= 'a') text.data[i] -= 32;
    }
  }
  bool negative = text.data[0] == '-';
  NumberParts parts = {.negative = negative,
                       .prefix = spec->alternate ? prefix : "",
                       .digits = text.data + negative,
                       .digit_count = text.length - negative};
  lay_out(out, spec, &parts);
  text_free(&text);
  return TRI_YES;
}

static Tri format_number(VM *vm, Value v, const Str *spec_text, Text *out) {
  Spec spec;
  bool whole = is_int(v);
  if (!parse_spec(vm, v, spec_text, whole ? 'd' : 0, '>', &spec)) return TRI_ERROR;
  if (whole && spec.type < 128 && spec.type && strchr("bcdoxXn", (char)spec.type)) {
    return check_width(vm, &spec) ? format_int(vm, v, &spec, out) : TRI_ERROR;
  }
  if (spec.type != 0 && (spec.type >= 128 || !strchr("eEfFgGn%", (char)spec.type))) {
    return unknown_type(vm, v, spec.type);
  }
  if (!check_width(vm, &spec)) return TRI_ERROR;
  double d;
  if (!float_from_number_checked(vm, v, &d)) return TRI_ERROR;
  return format_double(vm, d, &spec, out);
}

Tri format_value(VM *vm, Value v, Str *spec, Text *out) {
  if (value_has_script(vm, v, SP_FORMAT)) return TRI_SCRIPT;
  if (spec->length == 0) return value_str(vm, v, out);
  if (is_int(v) || is_float(v)) return format_number(vm, v, spec, out);
  if (is_str(v)) return format_text(vm, v, spec, out);
  raise_type_error(vm, "unsupported format string passed to %s.__format__",
                   value_class_name(vm, v));
  return TRI_ERROR;
}

void format_escape(Text *out, const char *text, size_t length) {
  const char *end = text + length;
  while (text < end) {
    uint32_t c = utf8_next(&text);
    if (c < 128) {
      text_add_char(out, (char)c);
    } else {
      text_printf(out, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
    }
  }
}
