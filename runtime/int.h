// int.h: integers of any size. Small ones are inline Values; the rest are BigInt (libtommath).
//
// "An int" below means: a small int, a bool (True is 1), or a BigInt, which includes instances of
// user subclasses of int whatever their size.
//
// int.c makes, converts, compares and hashes; intarith.c has the operators; inttext.c turns text
// into ints and back; intmethods.c has the classes int and bool.
#ifndef CORO_INT_H
#define CORO_INT_H

#include <tommath.h>

#include "object.h"
#include "protocol.h"

// The digits live in the object itself, so a BigInt owns nothing outside its cell. Its mp_int is
// never written after it was made.
typedef struct {
  Object header;
  mp_int mp;
  mp_digit digits[];
} BigInt;

// No integer grows past this many bits (256 MB): MemoryError instead.
#define INT_MAX_BITS (INT32_MAX - 4096)

static inline bool is_int(Value v) {
  return is_small_int(v) || is_bool(v) || is_kind(v, KIND_BIGINT);
}
static inline BigInt *as_bigint(Value v) {
  assert(is_kind(v, KIND_BIGINT));
  return (BigInt *)as_object(v);
}

Value int_from_i64(VM *vm, int64_t i);
Value int_from_u64(VM *vm, uint64_t u);
// An int whose `used` digits the caller fills, with more than fits a small int, and clamps.
BigInt *int_new_big(VM *vm, int used, bool negative);
// From 60-bit digits, the lowest first.
Value int_from_parts(VM *vm, const mp_digit *digits, int used, bool negative);
Value int_from_mp(VM *vm, mp_int *mp);    // takes mp's storage over; normalises to a small int
Value int_from_double(VM *vm, double d);  // truncated; d must be finite
// digits in `base` 2..36, no prefix, underscores already removed. EMPTY if a digit is bad.
// Without the 4300-digit limit: see int_parse.
Value int_from_digits(VM *vm, const char *digits, size_t length, int base);
// v as an instance of a user subclass of int; always true.
bool int_box(VM *vm, Class *cls, Value v, Value *out) MUST_CHECK;
Value int_plain(VM *vm, Value v);        // the same number as an instance of int itself
bool int_to_i64(Value v, int64_t *out);  // false when out of range (v must be an int)
int int_sign(Value v);
double int_to_double(Value v);  // correctly rounded; ±inf when out of range
int int_compare(Value a, Value b);
int int_compare_double(Value i, double d);  // exact; d not NaN
uint64_t int_hash(Value v);                 // CPython's: modulo 2^61 - 1
size_t int_bit_length(Value v);             // of the absolute value
// The arithmetic of two ints, any size. ERROR: ZeroDivisionError, negative shift count, too large.
// NO: ints have no such operator (@).
Tri int_binary(VM *vm, Binary op, Value a, Value b, Value *out) MUST_CHECK;
Tri int_unary(VM *vm, Unary op, Value v, Value *out) MUST_CHECK;
bool int_pow_mod(VM *vm, Value base, Value exponent, Value modulus, Value *out) MUST_CHECK;
bool int_divmod(VM *vm, Value a, Value b, Value *quotient, Value *remainder) MUST_CHECK;
// Digits in a base (2..36, lower case, '-' in front). Enforces the 4300-digit limit for base 10.
bool int_to_text(VM *vm, Value v, int base, Text *out) MUST_CHECK;
// int(text, base) of a str or bytes: white space around, sign, prefix, underscores; base 0 or
// 2..36, else ValueError.
bool int_parse(VM *vm, Value text, int base, Value *out) MUST_CHECK;
// The text as int() and float() read it: trimmed, Unicode's white space and decimal digits
// replaced by ASCII ones. Invalid UTF-8 stays as it is. The caller frees.
Text number_text_to_ascii(VM *vm, const char *text, size_t length);

// An int operand as libtommath reads it, whatever its representation.
typedef struct {
  mp_int mp;
  mp_digit digits[2];
} IntView;
const mp_int *int_view(Value v, IntView *view);
// libtommath fails only when the system refuses memory: one clear line, and the process ends.
void int_must(mp_err err);
// Sets *out, which is 0, to the number that the octets are. (mp_unpack takes the square of the
// time.)
void int_read_octets(mp_int *out, const uint8_t *data, size_t length, bool little);

void int_install(VM *vm);  // the classes int and bool

#endif
