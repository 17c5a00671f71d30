// inttext.c: integers from text and to text.
//
// A base that is a power of two is a matter of bits. Any other base goes in chunks: as many digits
// as fit into one 60-bit word are read or written by machine arithmetic, and long numbers are
// halved first, so that most of the work is one multiplication or division of large numbers.
#include <stdlib.h>
#include <utf8proc.h>

#include "bytes.h"
#include "int.h"
#include "vm.h"

#define HALVING_WORDS 40  // numbers longer than this are halved

// How many digits of `base` fit into one word, and base to that power.
static int chunk_of(int base, mp_digit *power) {
  int digits = 0;
  for (*power = 1; *power <= MP_MASK / (mp_digit)base; digits++) *power *= (mp_digit)base;
  return digits;
}

static int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return 99;
}

// base ** exponent.
static void power_of(int base, size_t exponent, mp_int *out) {
  mp_int b;
  int_must(mp_init_u64(&b, (uint64_t)base));
  int_must(mp_expt_u32(&b, (uint32_t)exponent, out));
  mp_clear(&b);
}

static void read_short(const char *digits, size_t length, int base, mp_int *out) {
  mp_digit full;
  size_t chunk = (size_t)chunk_of(base, &full);
  mp_zero(out);
  for (size_t i = 0; i < length;) {
    size_t end = i + (length - i - 1) % chunk + 1;  // the first chunk is the odd one
    mp_digit value = 0, scale = 1;
    for (; i < end; i++) {
      value = value * (mp_digit)base + (mp_digit)digit_value(digits[i]);
      scale *= (mp_digit)base;
    }
    int_must(mp_mul_d(out, scale, out));
    int_must(mp_add_d(out, value, out));
  }
}

static void read_digits(const char *digits, size_t length, int base, mp_int *out) {
  if (length <= HALVING_WORDS * 18) {
    read_short(digits, length, base, out);
    return;
  }
  size_t low_length = length / 2;
  mp_int low, scale;
  int_must(mp_init_multi(&low, &scale, NULL));
  power_of(base, low_length, &scale);
  read_digits(digits, length - low_length, base, out);
  read_digits(digits + length - low_length, low_length, base, &low);
  int_must(mp_mul(out, &scale, out));
  int_must(mp_add(out, &low, out));
  mp_clear_multi(&low, &scale, NULL);
}

static void read_bits(const char *digits, size_t length, int base, mp_int *out) {
  int width = __builtin_ctz((unsigned)base);
  int words = (int)(length * (size_t)width / MP_DIGIT_BIT) + 1;
  int_must(mp_grow(out, words));
  mp_zero(out);
  int word = 0, used = 0;
  for (size_t i = length; i-- > 0;) {
    mp_digit value = (mp_digit)digit_value(digits[i]);
    out->dp[word] |= (value << used) & MP_MASK;
    used += width;
    if (used >= MP_DIGIT_BIT) {
      used -= MP_DIGIT_BIT;
      if (++word < words) out->dp[word] = value >> (width - used);
    }
  }
  out->used = words;
  mp_clamp(out);
}

Value int_from_digits(VM *vm, const char *digits, size_t length, int base) {
  assert(base >= 2 && base <= 36);
  if (length == 0 || length > INT_MAX_BITS / 6) return EMPTY;
  uint64_t small = 0;
  for (size_t i = 0; i < length; i++) {
    int value = digit_value(digits[i]);
    if (value >= base) return EMPTY;
    if (i < 9) small = small * (uint64_t)base + (uint64_t)value;
  }
  if (length <= 9) return int_from_u64(vm, small);
  mp_int mp;
  int_must(mp_init(&mp));
  if ((base & (base - 1)) == 0) {
    read_bits(digits, length, base, &mp);
  } else {
    read_digits(digits, length, base, &mp);
  }
  return int_from_mp(vm, &mp);
}

// Unicode white space as str.isspace has it, beyond ASCII.
static bool is_wide_space(uint32_t c) {
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

// The value of a decimal digit, or -1. Unicode's decimal digits come in runs of ten from zero, so
// the distance to the nearest neighbour below that is none tells the value.
static int decimal_value(uint32_t c) {
  int value = -1;
  while (utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_ND) {
    value++;
    c--;
  }
  return value < 0 ? -1 : value % 10;
}

Text number_text_to_ascii(VM *vm, const char *text, size_t length) {
  Text out = text_new(vm);
  const char *end = text + length;
  size_t bad;
  bool ascii_only = !utf8_valid(text, length, &bad);
  if (ascii_only) text_add(&out, text, length);
  for (const char *p = text; p < end && !ascii_only;) {
    const char *start = p;
    uint32_t c = utf8_next(&p);
    int digit;
    if (c < 128) {
      text_add_char(&out, (char)c);
    } else if (is_wide_space(c)) {
      text_add_char(&out, ' ');
    } else if ((digit = decimal_value(c)) >= 0) {
      text_add_char(&out, (char)('0' + digit));
    } else {
      text_add(&out, start, (size_t)(p - start));
    }
  }
  size_t first = 0, last = out.length;
  while (first < last && (strchr(" \t\n\v\f\r", out.data[first]) && out.data[first])) first++;
  while (last > first && (strchr(" \t\n\v\f\r", out.data[last - 1]) && out.data[last - 1])) last--;
  text_add_char(&out, '\0');  // data is there even when nothing is left
  if (first > 0) memmove(out.data, out.data + first, last - first);
  out.length = last - first;
  return out;
}

static bool bad_literal(VM *vm, int base, Value source) {
  Text repr = text_new(vm);
  if (value_repr(vm, source, &repr) != TRI_YES) {
    vm_clear_exception(vm);
    text_add_c(&repr, "?");
  }
  raise_value_error(vm, "invalid literal for int() with base %d: %.*s", base,
                    (int)(repr.length < 200 ? repr.length : 200), repr.data);
  text_free(&repr);
  return false;
}

// The base that a prefix ("0x") names, 0 for none.
static int prefix_base(const char *p, size_t length) {
  if (length < 2 || p[0] != '0') return 0;
  switch (p[1] | 32) {
    case 'x': return 16;
    case 'o': return 8;
    case 'b': return 2;
    default: return 0;
  }
}

bool int_parse(VM *vm, Value source, int base, Value *out) {
  if (base != 0 && (base < 2 || base > 36)) {
    return raise_value_error(vm, "int() base must be >= 2 and <= 36, or 0");
  }
  assert(is_str(source) || is_bytes(source));
  Text clean = is_str(source)
                   ? number_text_to_ascii(vm, as_str(source)->data, as_str(source)->length)
                   : number_text_to_ascii(vm, (const char *)as_bytes(source)->data,
                                          as_bytes(source)->length);
  char *p = clean.data, *end = p + clean.length;
  bool negative = false, ok = true, only_zero = false;
  if (p < end && (*p == '+' || *p == '-')) negative = *p++ == '-';
  int actual = base;
  int prefixed = prefix_base(p, (size_t)(end - p));
  if (base == 0) {
    actual = prefixed ? prefixed : 10;
    only_zero = !prefixed && p < end && *p == '0';
  }
  bool has_prefix = prefixed && prefixed == actual;
  if (has_prefix) p += 2;
  // Underscores stand between two digits, or after the prefix; squeeze them out.
  size_t count = 0;
  bool digit_before = has_prefix;
  for (char *q = p; q < end; q++) {
    if (*q == '_') {
      ok = ok && digit_before;
      digit_before = false;
    } else {
      ok = ok && digit_value(*q) < actual && !(only_zero && *q != '0');
      digit_before = true;
      p[count++] = *q;
    }
  }
  ok = ok && digit_before && count > 0;
  if (!ok) {
    text_free(&clean);
    return bad_literal(vm, base, source);
  }
  bool power_of_two = (actual & (actual - 1)) == 0;
  if (!power_of_two && vm->int_max_str_digits > 0 && count > (size_t)vm->int_max_str_digits) {
    text_free(&clean);
    return raise_value_error(
        vm,
        "Exceeds the limit (%d digits) for integer string conversion: value has %zu digits; "
        "use sys.set_int_max_str_digits() to increase the limit",
        vm->int_max_str_digits, count);
  }
  *out = int_from_digits(vm, p, count, actual);
  text_free(&clean);
  if (is_empty(*out)) return vm_raise(vm, vm->exceptions.MemoryError, "%s", "");
  return !negative || int_unary(vm, UN_NEG, *out, out) == TRI_YES;
}

// Writes a word in exactly `width` digits, or without leading zeros when width is 0.
static void write_word(Text *out, mp_digit word, int base, int width) {
  char buffer[64];
  int i = (int)sizeof buffer;
  for (int n = 0; n < width || (width == 0 && (word || n == 0)); n++) {
    buffer[--i] = "0123456789abcdefghijklmnopqrstuvwxyz"[word % (mp_digit)base];
    word /= (mp_digit)base;
  }
  text_add(out, buffer + i, sizeof buffer - (size_t)i);
}

// Writes mp, destroying it, padded with zeros to `width` digits when width is not 0.
static void write_short(Text *out, mp_int *mp, int base, size_t width) {
  mp_digit full;
  int chunk = chunk_of(base, &full);
  size_t capacity = (size_t)mp->used * 2 + 1, count = 0;
  mp_digit *words = malloc(capacity * sizeof *words);
  int_must(words ? MP_OKAY : MP_MEM);
  do {
    int_must(mp_div_d(mp, full, mp, &words[count++]));
  } while (!mp_iszero(mp));
  size_t start = out->length;
  write_word(out, words[--count], base, 0);
  size_t written = out->length - start + count * (size_t)chunk;
  if (width > written) {
    out->length = start;
    text_fill(out, '0', (int64_t)(width - written));
    write_word(out, words[count], base, 0);
  }
  while (count > 0) write_word(out, words[--count], base, chunk);
  free(words);
}

static void write_digits(Text *out, mp_int *mp, int base, size_t width) {
  if (mp->used <= HALVING_WORDS) {
    write_short(out, mp, base, width);
    return;
  }
  // About half of the digits: log2(36) < 5.17, log2(base) by its bits from below is safe enough,
  // because the upper half may have any length.
  double bits_per_digit = 0;
  for (int b = base; b > 1; b >>= 1) bits_per_digit++;
  size_t low_width = (size_t)(mp_count_bits(mp) / (bits_per_digit + 0.5) / 2);
  mp_int low, scale;
  int_must(mp_init_multi(&low, &scale, NULL));
  power_of(base, low_width, &scale);
  int_must(mp_div(mp, &scale, mp, &low));
  mp_clear(&scale);
  write_digits(out, mp, base, width > low_width ? width - low_width : 0);
  write_digits(out, &low, base, low_width);
  mp_clear(&low);
}

static void write_bits(Text *out, const mp_int *mp, int base) {
  int width = __builtin_ctz((unsigned)base);
  for (int digit = (mp_count_bits(mp) - 1) / width; digit >= 0; digit--) {
    int64_t bit = (int64_t)digit * width;
    int word = (int)(bit / MP_DIGIT_BIT), offset = (int)(bit % MP_DIGIT_BIT);
    mp_digit value = mp->dp[word] >> offset;
    if (offset + width > MP_DIGIT_BIT && word + 1 < mp->used) {
      value |= mp->dp[word + 1] << (MP_DIGIT_BIT - offset);
    }
    text_add_char(out, "0123456789abcdefghijklmnopqrstuv"[value & (mp_digit)(base - 1)]);
  }
}

bool int_to_text(VM *vm, Value v, int base, Text *out) {
  if (base == 10 && is_small_int(v)) {
    text_add_int(out, as_small_int(v));
    return true;
  }
  IntView view;
  const mp_int *mp = int_view(v, &view);
  bool negative = mp->sign == MP_NEG;
  if (mp->used <= 1) {
    if (negative) text_add_char(out, '-');
    write_word(out, mp->used ? mp->dp[0] : 0, base, 0);
    return true;
  }
  if ((base & (base - 1)) == 0) {
    if (negative) text_add_char(out, '-');
    write_bits(out, mp, base);
    return true;
  }
  // A number of b bits has more than b * 0.301 digits: refuse before the work where that settles
  // it, afterwards where only counting can.
  size_t limit = base == 10 && vm->int_max_str_digits > 0 ? (size_t)vm->int_max_str_digits : 0;
  size_t start = out->length;
  bool over = limit && (mp_count_bits(mp) - 1) * 0.30102 > (double)limit;
  if (!over) {
    if (negative) text_add_char(out, '-');
    mp_int copy;
    int_must(mp_init_copy(&copy, mp));
    copy.sign = MP_ZPOS;
    write_digits(out, &copy, base, 0);
    mp_clear(&copy);
    over = limit && out->length - start - negative > limit;
  }
  if (over) {
    out->length = start;
    return raise_value_error(vm,
                             "Exceeds the limit (%d digits) for integer string conversion; "
                             "use sys.set_int_max_str_digits() to increase the limit",
                             vm->int_max_str_digits);
  }
  return true;
}
