// int.h: integers of any size. Small ones are inline Values; the rest are BigInt (libtommath).
//
// "An int" below means: a small int, a bool (True is 1), or a BigInt, which includes instances of
// user subclasses of int whatever their size.
#ifndef CORO_INT_H
#define CORO_INT_H

#include <tommath.h>

#include "object.h"
#include "protocol.h"

typedef struct {
  Object header;
  mp_int mp;
} BigInt;

static inline bool is_int(Value v) {
  return is_small_int(v) || is_bool(v) || is_kind(v, KIND_BIGINT);
}
static inline BigInt *as_bigint(Value v) {
  assert(is_kind(v, KIND_BIGINT));
  return (BigInt *)as_object(v);
}

Value int_from_i64(VM *vm, int64_t i);
Value int_from_u64(VM *vm, uint64_t u);
Value int_from_mp(VM *vm, mp_int *mp);  // takes mp's storage over; normalises to a small int
Value int_from_double(VM *vm, double d);  // truncated; d must be finite
// digits in `base` 2..36, no prefix, underscores already removed. EMPTY if a digit is bad.
Value int_from_digits(VM *vm, const char *digits, size_t length, int base);
bool int_to_i64(Value v, int64_t *out);  // false when out of range (v must be an int)
int int_sign(Value v);
double int_to_double(Value v);  // correctly rounded; ±inf when out of range
int int_compare(Value a, Value b);
int int_compare_double(Value i, double d);  // exact; d not NaN
uint64_t int_hash(Value v);                 // CPython's: modulo 2^61 - 1
// The arithmetic of two ints, any size. ERROR: ZeroDivisionError, negative shift count, too large.
Tri int_binary(VM *vm, Binary op, Value a, Value b, Value *out) MUST_CHECK;
Tri int_unary(VM *vm, Unary op, Value v, Value *out) MUST_CHECK;
bool int_pow_mod(VM *vm, Value base, Value exponent, Value modulus, Value *out) MUST_CHECK;
// Digits in a base (2..36, lower case, '-' in front). Enforces the 4300-digit limit for base 10.
bool int_to_text(VM *vm, Value v, int base, Text *out) MUST_CHECK;

void int_free(VM *vm, Object *object);
void int_install(VM *vm);  // the classes int and bool

#endif
