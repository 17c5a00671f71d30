// int.c: making integers, turning them into C numbers, comparing and hashing them.
//
// Invariant: a BigInt whose class is int lies outside the 48-bit range of small ints; only
// instances of user subclasses of int may be BigInts of small value.
#include "int.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "heap.h"
#include "vm.h"

static_assert(MP_DIGIT_BIT == 60, "digit arithmetic below assumes 60-bit digits");

void int_must(mp_err err) {
  if (likely(err == MP_OKAY)) return;
  fputs("coro: the system refused memory for an integer\n", stderr);
  exit(1);
}

// Splits a magnitude into digits; returns how many are used.
static int split(uint64_t magnitude, mp_digit digits[2]) {
  digits[0] = magnitude & MP_MASK;
  digits[1] = magnitude >> MP_DIGIT_BIT;
  return digits[1] ? 2 : digits[0] ? 1 : 0;
}

static uint64_t magnitude_of(int64_t i) { return i < 0 ? 0 - (uint64_t)i : (uint64_t)i; }

// An immediate int (small int or bool) as a C integer.
static int64_t immediate(Value v) { return is_bool(v) ? v == TRUE_VALUE : as_small_int(v); }

const mp_int *int_view(Value v, IntView *view) {
  if (is_kind(v, KIND_BIGINT)) return &as_bigint(v)->mp;
  int64_t i = immediate(v);
  view->mp.used = split(magnitude_of(i), view->digits);
  view->mp.alloc = 2;
  view->mp.sign = i < 0 ? MP_NEG : MP_ZPOS;
  view->mp.dp = view->digits;
  return &view->mp;
}

static BigInt *bigint_blank(VM *vm, Class *cls, int used, mp_sign sign) {
  size_t room = used ? (size_t)used : 1;
  BigInt *big = heap_alloc(vm, KIND_BIGINT, cls, sizeof(BigInt) + room * sizeof(mp_digit));
  big->mp.used = used;
  big->mp.alloc = (int)room;
  big->mp.sign = used ? sign : MP_ZPOS;
  big->mp.dp = big->digits;
  return big;
}

static BigInt *bigint_new(VM *vm, Class *cls, const mp_digit *digits, int used, mp_sign sign) {
  BigInt *big = bigint_blank(vm, cls, used, sign);
  memcpy(big->digits, digits, (size_t)used * sizeof(mp_digit));
  return big;
}

BigInt *int_new_big(VM *vm, int used, bool negative) {
  return bigint_blank(vm, vm->int_class, used, negative ? MP_NEG : MP_ZPOS);
}

Value int_from_i64(VM *vm, int64_t i) {
  if (likely(fits_small_int(i))) return small_int(i);
  mp_digit digits[2];
  int used = split(magnitude_of(i), digits);
  return from_object(bigint_new(vm, vm->int_class, digits, used, i < 0 ? MP_NEG : MP_ZPOS));
}

Value int_from_u64(VM *vm, uint64_t u) {
  if (u <= (uint64_t)SMALL_INT_MAX) return small_int((int64_t)u);
  mp_digit digits[2];
  int used = split(u, digits);
  return from_object(bigint_new(vm, vm->int_class, digits, used, MP_ZPOS));
}

Value int_from_parts(VM *vm, const mp_digit *digits, int used, bool negative) {
  while (used > 0 && digits[used - 1] == 0) used--;
  if (used == 0) return small_int(0);
  int64_t low = negative ? -(int64_t)digits[0] : (int64_t)digits[0];
  if (used == 1 && fits_small_int(low)) return small_int(low);
  return from_object(bigint_new(vm, vm->int_class, digits, used, negative ? MP_NEG : MP_ZPOS));
}

Value int_from_mp(VM *vm, mp_int *mp) {
  Value v = int_from_parts(vm, mp->dp, mp->used, mp->sign == MP_NEG);
  mp_clear(mp);
  return v;
}

Value int_from_double(VM *vm, double d) {
  assert(isfinite(d));
  if (fabs(d) < 0x1p62) return int_from_i64(vm, (int64_t)d);
  int exponent;
  double fraction = frexp(d, &exponent);  // d = fraction * 2^exponent, 0.5 <= |fraction| < 1
  mp_int mp;
  int_must(mp_init_i64(&mp, (int64_t)ldexp(fraction, 53)));
  int_must(mp_mul_2d(&mp, exponent - 53, &mp));
  return int_from_mp(vm, &mp);
}

bool int_box(VM *vm, Class *cls, Value v, Value *out) {
  IntView view;
  const mp_int *mp = int_view(v, &view);
  *out = from_object(bigint_new(vm, cls, mp->dp, mp->used, mp->sign));
  return true;
}

Value int_plain(VM *vm, Value v) {
  if (is_small_int(v)) return v;
  if (is_bool(v)) return small_int(v == TRUE_VALUE);
  if (as_object(v)->cls == vm->int_class) return v;
  int64_t i;
  if (int_to_i64(v, &i)) return int_from_i64(vm, i);
  const mp_int *mp = &as_bigint(v)->mp;
  return from_object(bigint_new(vm, vm->int_class, mp->dp, mp->used, mp->sign));
}

bool int_to_i64(Value v, int64_t *out) {
  if (!is_kind(v, KIND_BIGINT)) {
    *out = immediate(v);
    return true;
  }
  const mp_int *mp = &as_bigint(v)->mp;
  if (mp->used > 2 || (mp->used == 2 && mp->dp[1] > 15)) return false;
  uint64_t magnitude = mp->used > 0 ? mp->dp[0] : 0;
  if (mp->used == 2) magnitude |= mp->dp[1] << MP_DIGIT_BIT;
  if (mp->sign == MP_NEG) {
    if (magnitude > UINT64_C(1) << 63) return false;
    *out = (int64_t)(0 - magnitude);
    return true;
  }
  *out = (int64_t)magnitude;
  return magnitude <= INT64_MAX;
}

int int_sign(Value v) {
  if (is_kind(v, KIND_BIGINT)) {
    const mp_int *mp = &as_bigint(v)->mp;
    return mp->used == 0 ? 0 : mp->sign == MP_NEG ? -1 : 1;
  }
  int64_t i = immediate(v);
  return (i > 0) - (i < 0);
}

size_t int_bit_length(Value v) {
  IntView view;
  return (size_t)mp_count_bits(int_view(v, &view));
}

double int_to_double(Value v) {
  if (!is_kind(v, KIND_BIGINT)) return (double)immediate(v);
  const mp_int *mp = &as_bigint(v)->mp;
  int bits = mp_count_bits(mp);
  double sign = mp->sign == MP_NEG ? -1.0 : 1.0;
  if (bits > 1024) return sign * HUGE_VAL;
  // The top 64 bits, the lowest of them standing for everything below: the hardware's conversion
  // of that to a double then rounds exactly once.
  uint64_t top = 0;
  bool rest = false;
  int shift = bits > 64 ? bits - 64 : 0;
  for (int i = mp->used - 1; i >= 0; i--) {
    int position = i * MP_DIGIT_BIT - shift;  // of this digit's lowest bit, in `top`
    if (position >= 0) {
      top |= mp->dp[i] << position;
    } else if (position > -MP_DIGIT_BIT) {
      top |= mp->dp[i] >> -position;
      rest |= (mp->dp[i] & ((UINT64_C(1) << -position) - 1)) != 0;
    } else {
      rest |= mp->dp[i] != 0;
    }
  }
  return sign * ldexp((double)(top | rest), shift);
}

int int_compare(Value a, Value b) {
  if (!is_kind(a, KIND_BIGINT) && !is_kind(b, KIND_BIGINT)) {
    int64_t x = immediate(a), y = immediate(b);
    return (x > y) - (x < y);
  }
  IntView left, right;
  return mp_cmp(int_view(a, &left), int_view(b, &right));
}

int int_compare_double(Value v, double d) {
  assert(!isnan(d));
  if (isinf(d)) return d < 0 ? 1 : -1;
  int64_t i;
  if (int_to_i64(v, &i)) {
    if (d >= 0x1p63) return -1;
    if (d < -0x1p63) return 1;
    int64_t whole = (int64_t)d;
    if (i != whole) return i < whole ? -1 : 1;
    double fraction = d - (double)whole;
    return (fraction < 0) - (fraction > 0);
  }
  int sign = int_sign(v);
  if (fabs(d) < 0x1p62 || (d < 0) != (sign < 0)) return sign;
  int exponent;
  double fraction = frexp(d, &exponent);
  mp_int mp;
  int_must(mp_init_i64(&mp, (int64_t)ldexp(fraction, 53)));
  int_must(mp_mul_2d(&mp, exponent - 53, &mp));
  int order = mp_cmp(&as_bigint(v)->mp, &mp);
  mp_clear(&mp);
  return order;
}

uint64_t int_hash(Value v) {
  const uint64_t modulus = (UINT64_C(1) << 61) - 1;
  IntView view;
  const mp_int *mp = int_view(v, &view);
  // Times 2^60 modulo 2^61 - 1 is a rotation of 61 bits by 60.
  uint64_t h = 0;
  for (int i = mp->used - 1; i >= 0; i--) {
    h = ((h << 60) & modulus) | (h >> 1);
    h += mp->dp[i];
    if (h >= modulus) h -= modulus;
  }
  int64_t hash = mp->sign == MP_NEG ? -(int64_t)h : (int64_t)h;
  return (uint64_t)(hash == -1 ? -2 : hash);
}
