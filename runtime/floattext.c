// floattext.c: floats to text and from text.
//
// The digits of floats of moderate size come from floatdigits.c; for the others the C library's
// printf and strtod are exact, and what is left to do is to find the shortest digits that read back
// the same, and Python's own layouts. LC_NUMERIC must be the C locale.
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "float.h"
#include "floatdigits.h"
#include "int.h"
#include "vm.h"

#define MAX_DIGITS 120

// digits * 10^(exponent - count + 1): digits without a point, as "%e" gives them.
typedef struct {
  char digits[MAX_DIGITS];
  int count;
  int exponent;
} Decimal;

// `count` digits of a number, at least, with zeros before them.
static void write_digits(char *to, uint64_t digits, int count) {
  for (int i = count; i-- > 0; digits /= 10) to[i] = (char)('0' + digits % 10);
}

static Decimal decimal_of(uint64_t digits, int count, int exponent) {
  Decimal result = {.count = count, .exponent = exponent};
  write_digits(result.digits, digits, count);
  return result;
}

// d >= 0 rounded to `count` significant digits.
static Decimal round_to_digits(double d, int count) {
  char text[MAX_DIGITS + 20];
  Decimal result;
  uint64_t digits;
  int exponent;
  if (floatdigits_rounded(d, count, &digits, &exponent)) return decimal_of(digits, count, exponent);
  snprintf(text, sizeof text, "%.*e", count - 1, d);
  result.count = 0;
  const char *p = text;
  for (; *p != 'e'; p++) {
    if (*p != '.') result.digits[result.count++] = *p;
  }
  result.exponent = atoi(p + 1);
  return result;
}

static double decimal_value(const Decimal *decimal) {
  char text[MAX_DIGITS + 20];
  snprintf(text, sizeof text, "%.*se%d", decimal->count, decimal->digits,
           decimal->exponent - decimal->count + 1);
  return strtod(text, NULL);
}

static Decimal shortest_slowly(double d) {
  // Any decimal of at most 15 digits survives a trip through a normal double, so if fewer than 15
  // are enough they are the 15 without trailing zeros. Subnormals must be tried one by one.
  Decimal result = {.count = 0};
  for (int count = d < 0x1p-1022 ? 1 : 15; count <= 17; count++) {
    result = round_to_digits(d, count);
    if (count == 17 || decimal_value(&result) == d) break;
    // At a power of two the doubles below lie closer than those above: the neighbour above may
    // read back as d where the nearest decimal does not.
    int exponent;
    if (frexp(d, &exponent) == 0.5) {
      int last = result.count - 1;
      if (result.digits[last] < '9') {
        result.digits[last]++;
        if (decimal_value(&result) == d) break;
      }
    }
  }
  return result;
}

// The shortest decimal that reads back as d > 0.
static Decimal shortest(double d) {
  uint64_t digits;
  int count, exponent;
  Decimal result = floatdigits_shortest(d, &digits, &count, &exponent)
                       ? decimal_of(digits, count, exponent)
                       : shortest_slowly(d);
  while (result.count > 1 && result.digits[result.count - 1] == '0') result.count--;
  return result;
}

// Lays digits out as %e does (scientific) or as a plain number.
static void lay_out(Text *out, const Decimal *decimal, bool scientific, unsigned flags) {
  const char *digits = decimal->digits;
  int count = decimal->count, exponent = decimal->exponent;
  if (scientific) {
    text_add(out, digits, 1);
    if (count > 1 || (flags & FLOAT_ALTERNATE)) text_add_char(out, '.');
    text_add(out, digits + 1, (size_t)count - 1);
    text_printf(out, "e%+03d", exponent);
    return;
  }
  int whole = exponent + 1;
  if (whole <= 0) {
    text_add_c(out, "0.");
    text_fill(out, '0', -whole);
    text_add(out, digits, (size_t)count);
    return;
  }
  for (int i = 0; i < whole; i++) text_add_char(out, i < count ? digits[i] : '0');
  if (count > whole) {
    text_add_char(out, '.');
    text_add(out, digits + whole, (size_t)(count - whole));
  } else if (flags & FLOAT_DOT_ZERO) {
    text_add_c(out, ".0");
  } else if (flags & FLOAT_ALTERNATE) {
    text_add_char(out, '.');
  }
}

// What "%.*f" gives. False: the C library is to do it.
static bool fixed(Text *out, double d, int precision) {
  uint64_t scaled;
  if (precision > FLOAT_SCALED_MAX_DECIMALS || !floatdigits_scaled(fabs(d), precision, &scaled)) {
    return false;
  }
  char digits[20];
  int whole = 1;
  while (scaled / floatdigits_powers_of_ten[precision] >= floatdigits_powers_of_ten[whole]) whole++;
  write_digits(digits, scaled, whole + precision);
  if (signbit(d)) text_add_char(out, '-');
  text_add(out, digits, (size_t)whole);
  if (precision == 0) return true;
  text_add_char(out, '.');
  text_add(out, digits + whole, (size_t)precision);
  return true;
}

// No double has more digits behind its point, nor more that count: what is asked for beyond is
// zeros, which need not go through the C library (a thousand million of them take it seconds and
// another gigabyte).
enum { MOST_DIGITS = 1100 };

// What printf gives for a precision of MOST_DIGITS begins at `start`: makes it one of so many more.
static void add_zeros(Text *out, size_t start, int more) {
  static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
  char tail[8];  // the exponent
  size_t end = out->length;
  while (end > start && (out->data[end - 1] | 32) != 'e') end--;
  size_t tail_length = end > start ? out->length - end + 1 : 0;
  memcpy(tail, out->data + out->length - tail_length, tail_length);
  out->length -= tail_length;
  for (size_t left = (size_t)more, part; left > 0; left -= part) {
    part = left < sizeof zeros - 1 ? left : sizeof zeros - 1;
    text_add(out, zeros, part);
  }
  text_add(out, tail, tail_length);
}

void float_format(Text *out, double d, char type, int precision, unsigned flags) {
  bool upper = isupper((unsigned char)type);
  if (!isfinite(d)) {
    if (signbit(d) && !isnan(d)) text_add_char(out, '-');
    text_add_c(out, isnan(d) ? (upper ? "NAN" : "nan") : (upper ? "INF" : "inf"));
    return;
  }
  if (type == 'r') {
    if (signbit(d)) text_add_char(out, '-');
    Decimal decimal = d == 0 ? (Decimal){"0", 1, 0} : shortest(fabs(d));
    lay_out(out, &decimal, decimal.exponent < -4 || decimal.exponent >= 16, flags);
    return;
  }
  if ((type == 'g' || type == 'G') && precision == 0) precision = 1;
  if ((flags & FLOAT_DOT_ZERO) && type == 'g' && precision < MAX_DIGITS) {
    if (signbit(d)) text_add_char(out, '-');
    Decimal decimal = round_to_digits(fabs(d), precision);
    bool keep = flags & FLOAT_ALTERNATE;
    while (!keep && decimal.count > 1 && decimal.digits[decimal.count - 1] == '0') decimal.count--;
    // Room for ".0" counts as a digit here.
    lay_out(out, &decimal, decimal.exponent < -4 || decimal.exponent + 1 > precision - 1, flags);
    return;
  }
  if ((type == 'f' || type == 'F') && !flags && fixed(out, d, precision)) return;
  char format[] = {'%', '#', '.', '*', type, '\0'};
  if (!(flags & FLOAT_ALTERNATE)) {
    memmove(format + 1, format + 2, 4);
  }
  size_t start = out->length;
  int taken = precision < MOST_DIGITS ? precision : MOST_DIGITS;
  text_printf(out, format, taken, d);
  bool strips = (type | 32) == 'g' && !(flags & FLOAT_ALTERNATE);
  if (precision > taken && !strips) add_zeros(out, start, precision - taken);
  if ((flags & FLOAT_DOT_ZERO) && (type == 'g' || type == 'G')) {
    bool plain = true;
    for (size_t i = start; i < out->length; i++) {
      if (out->data[i] == '.' || out->data[i] == 'e') plain = false;
    }
    if (plain) text_add_c(out, ".0");
  }
}

void float_repr(Text *out, double d) { float_format(out, d, 'r', 0, FLOAT_DOT_ZERO); }

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static bool equals_ignoring_case(const char *p, const char *end, const char *word) {
  for (; p < end && *word; p++, word++) {
    if (tolower((unsigned char)*p) != *word) return false;
  }
  return p == end && !*word;
}

// inf, infinity, nan after an optional sign.
static bool parse_special(const char *p, const char *end, double *out) {
  bool negative = false;
  if (p < end && (*p == '+' || *p == '-')) negative = *p++ == '-';
  if (equals_ignoring_case(p, end, "inf") || equals_ignoring_case(p, end, "infinity")) {
    *out = negative ? -HUGE_VAL : HUGE_VAL;
    return true;
  }
  *out = negative ? -NAN : NAN;
  return equals_ignoring_case(p, end, "nan");
}

// Copies a run of decimal digits with single underscores between them; false when malformed.
static bool copy_digits(const char **p, const char *end, char **to, size_t *count) {
  *count = 0;
  bool digit_before = false;
  for (; *p < end; (*p)++) {
    char c = **p;
    if (c == '_') {
      if (!digit_before) return false;
      digit_before = false;
    } else if (c >= '0' && c <= '9') {
      *(*to)++ = c;
      (*count)++;
      digit_before = true;
    } else {
      break;
    }
  }
  return *count == 0 || digit_before;
}

bool float_parse(VM *vm, const char *text, size_t length, double *out) {
  for (size_t i = 0; i < length; i++) {
    if ((unsigned char)text[i] < 128) continue;
    Text clean = number_text_to_ascii(vm, text, length);
    bool ok = true;
    for (size_t j = 0; j < clean.length; j++) ok = ok && (unsigned char)clean.data[j] < 128;
    ok = ok && float_parse(vm, clean.data, clean.length, out);
    text_free(&clean);
    return ok;
  }
  const char *p = text, *end = text + length;
  while (p < end && is_blank(*p)) p++;
  while (end > p && is_blank(end[-1])) end--;
  if (parse_special(p, end, out)) return true;
  char small[64], *clean = small;
  size_t room = (size_t)(end - p) + 1;
  if (room > sizeof small) clean = heap_buffer_new(vm, room);
  char *to = clean;
  size_t whole, fraction = 0, exponent = 1;
  if (p < end && (*p == '+' || *p == '-')) *to++ = *p++;
  bool ok = copy_digits(&p, end, &to, &whole);
  if (ok && p < end && *p == '.') {
    *to++ = *p++;
    ok = !(p < end && *p == '_') && copy_digits(&p, end, &to, &fraction);
  }
  ok = ok && whole + fraction > 0;
  if (ok && p < end && (*p == 'e' || *p == 'E')) {
    *to++ = *p++;
    if (p < end && (*p == '+' || *p == '-')) *to++ = *p++;
    ok = copy_digits(&p, end, &to, &exponent);
  }
  ok = ok && exponent > 0 && p == end;
  *to = '\0';
  if (ok) *out = strtod(clean, NULL);
  if (clean != small) heap_buffer_free(vm, clean, room);
  return ok;
}

void float_hex(Text *out, double d) {
  if (!isfinite(d)) {
    float_repr(out, d);
    return;
  }
  uint64_t bits;
  memcpy(&bits, &d, sizeof bits);
  uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
  int exponent = (int)((bits >> 52) & 0x7FF);
  if (signbit(d)) text_add_char(out, '-');
  if (d == 0) {
    text_add_c(out, "0x0.0p+0");
    return;
  }
  text_printf(out, "0x%d.%013llxp%+d", exponent > 0, (unsigned long long)fraction,
              exponent > 0 ? exponent - 1023 : -1022);
}

bool float_from_hex(VM *vm, const char *text, size_t length, double *out) {
  const char *p = text, *end = text + length;
  while (p < end && is_blank(*p)) p++;
  while (end > p && is_blank(end[-1])) end--;
  if (parse_special(p, end, out)) return true;
  // Checked here, then read by strtod, which wants the "0x".
  Text clean = text_new(vm);
  if (p < end && (*p == '+' || *p == '-')) text_add_char(&clean, *p++);
  text_add_c(&clean, "0x");
  if (end - p >= 2 && p[0] == '0' && (p[1] | 32) == 'x') p += 2;
  size_t digits = 0;
  bool point = false;
  for (; p < end && (isxdigit((unsigned char)*p) || (*p == '.' && !point)); p++) {
    if (*p == '.') {
      point = true;
    } else {
      digits++;
    }
    text_add_char(&clean, *p);
  }
  bool ok = digits > 0;
  if (ok && p < end && (*p | 32) == 'p') {
    text_add_char(&clean, *p++);
    if (p < end && (*p == '+' || *p == '-')) text_add_char(&clean, *p++);
    ok = p < end;
    for (; p < end && isdigit((unsigned char)*p); p++) text_add_char(&clean, *p);
  }
  ok = ok && p == end;
  text_add_char(&clean, '\0');
  if (ok) *out = strtod(clean.data, NULL);
  text_free(&clean);
  if (!ok) return raise_value_error(vm, "invalid hexadecimal floating-point string");
  if (isinf(*out)) {
    return vm_raise(vm, vm->exceptions.OverflowError,
                    "hexadecimal value too large to represent as a float");
  }
  return true;
}
