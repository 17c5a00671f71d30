// intarith.c: the operators of two ints, of any size.
//
// Three tiers: operands that are small ints, operands of up to 120 bits (two digits) through the
// compiler's 128-bit integers, and libtommath for the rest. Division rounds towards minus
// infinity as Python's does; libtommath's and C's round towards zero and are corrected.
#include <assert.h>
#include <math.h>

#include "int.h"
#include "intdivide.h"
#include "vm.h"

__extension__ typedef __int128 Wide;
__extension__ typedef unsigned __int128 UWide;

static bool to_wide(Value v, Wide *out) {
  if (is_small_int(v)) {
    *out = as_small_int(v);
    return true;
  }
  if (is_bool(v)) {
    *out = v == TRUE_VALUE;
    return true;
  }
  const mp_int *mp = &as_bigint(v)->mp;
  if (mp->used > 2) return false;
  UWide magnitude = mp->used > 0 ? mp->dp[0] : 0;
  if (mp->used == 2) magnitude |= (UWide)mp->dp[1] << MP_DIGIT_BIT;
  *out = mp->sign == MP_NEG ? -(Wide)magnitude : (Wide)magnitude;
  return true;
}

static Value from_wide(VM *vm, Wide w) {
  if (w >= SMALL_INT_MIN && w <= SMALL_INT_MAX) return small_int((int64_t)w);
  UWide magnitude = w < 0 ? -(UWide)w : (UWide)w;
  mp_digit digits[3] = {magnitude & MP_MASK, (magnitude >> MP_DIGIT_BIT) & MP_MASK,
                        (mp_digit)(magnitude >> (2 * MP_DIGIT_BIT))};
  return int_from_parts(vm, digits, 3, w < 0);
}

static Tri too_large(VM *vm) {
  vm_raise(vm, vm->exceptions.MemoryError, "%s", "");
  return TRI_ERROR;
}

static Tri zero_division(VM *vm, const char *text) {
  vm_raise(vm, vm->exceptions.ZeroDivisionError, "%s", text);
  return TRI_ERROR;
}

// Quotient and remainder rounded towards minus infinity; either result may be NULL.
static void floor_divide(const mp_int *a, const mp_int *b, mp_int *quotient, mp_int *remainder) {
  mp_int q, r;
  int_must(mp_init_multi(&q, &r, NULL));
  int_truncating_divide(a, b, &q, &r);
  if (!mp_iszero(&r) && (r.sign == MP_NEG) != (b->sign == MP_NEG)) {
    int_must(mp_sub_d(&q, 1, &q));
    int_must(mp_add(&r, b, &r));
  }
  if (quotient) mp_exch(quotient, &q);
  if (remainder) mp_exch(remainder, &r);
  mp_clear_multi(&q, &r, NULL);
}

static Wide wide_floor_div(Wide a, Wide b) {
  assert(b != 0);
  Wide q = a / b;
  return q * b != a && (a < 0) != (b < 0) ? q - 1 : q;
}

static Wide wide_floor_mod(Wide a, Wide b) {
  assert(b != 0);
  Wide r = a % b;
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

bool int_divmod(VM *vm, Value a, Value b, Value *quotient, Value *remainder) {
  if (int_sign(b) == 0) {
    vm_raise(vm, vm->exceptions.ZeroDivisionError, "integer division or modulo by zero");
    return false;
  }
  Wide x, y;
  if (to_wide(a, &x) && to_wide(b, &y)) {
    *quotient = from_wide(vm, wide_floor_div(x, y));
    *remainder = from_wide(vm, wide_floor_mod(x, y));
    return true;
  }
  IntView left, right;
  mp_int q, r;
  int_must(mp_init_multi(&q, &r, NULL));
  floor_divide(int_view(a, &left), int_view(b, &right), &q, &r);
  *quotient = int_from_mp(vm, &q);
  *remainder = int_from_mp(vm, &r);
  return true;
}

// a / b as a float, rounded once. The quotient is computed as an integer of at least 55 bits, its
// lowest bit standing for everything below, then rounded half to even by hand.
static Tri true_divide(VM *vm, Value a, Value b, Value *out) {
  int sign = int_sign(a) * int_sign(b);
  if (int_sign(b) == 0) return zero_division(vm, "division by zero");
  const int64_t exact = INT64_C(1) << 53;
  int64_t x, y;
  if (int_to_i64(a, &x) && int_to_i64(b, &y) && x >= -exact && x <= exact && y >= -exact &&
      y <= exact) {
    *out = from_double((double)x / (double)y);
    return TRI_YES;
  }
  if (sign == 0) {
    *out = from_double(int_sign(b) < 0 ? -0.0 : 0.0);
    return TRI_YES;
  }
  IntView left, right;
  const mp_int *m = int_view(a, &left), *n = int_view(b, &right);
  int64_t difference = (int64_t)mp_count_bits(m) - mp_count_bits(n);
  if (difference > 1024) goto overflow;
  if (difference < -1080) {
    *out = from_double(sign < 0 ? -0.0 : 0.0);
    return TRI_YES;
  }
  // The value of the quotient's lowest bit is 2^shift.
  int shift = (int)(difference > -1021 ? difference : -1021) - 55;
  mp_int numerator, denominator, quotient, remainder;
  int_must(mp_init_multi(&numerator, &denominator, &quotient, &remainder, NULL));
  int_must(mp_abs(m, &numerator));
  int_must(mp_abs(n, &denominator));
  if (shift < 0) {
    int_must(mp_mul_2d(&numerator, -shift, &numerator));
  } else {
    int_must(mp_mul_2d(&denominator, shift, &denominator));
  }
  int_truncating_divide(&numerator, &denominator, &quotient, &remainder);
  uint64_t q = mp_get_mag_u64(&quotient) | !mp_iszero(&remainder);
  int bits = mp_count_bits(&quotient);
  mp_clear_multi(&numerator, &denominator, &quotient, &remainder, NULL);
  int extra = (bits > -1021 - shift ? bits : -1021 - shift) - 53;
  assert(extra >= 2);
  uint64_t unit = UINT64_C(1) << extra, half = unit >> 1, below = q & (unit - 1);
  q -= below;
  if (below > half || (below == half && (q & unit))) q += unit;
  double result = ldexp((double)q, shift);
  if (isinf(result)) goto overflow;
  *out = from_double(sign < 0 ? -result : result);
  return TRI_YES;
overflow:
  vm_raise(vm, vm->exceptions.OverflowError, "integer division result too large for a float");
  return TRI_ERROR;
}

// By squaring, where all of it is small. False: it is not.
static bool small_power(Value a, Value b, Value *out) {
  if (!are_small_ints(a, b) || as_small_int(b) < 0) return false;
  int64_t base = as_small_int(a), result = 1;
  for (uint64_t rest = (uint64_t)as_small_int(b);;) {
    if (rest & 1 && __builtin_mul_overflow(result, base, &result)) return false;
    rest >>= 1;
    if (rest == 0) break;
    if (__builtin_mul_overflow(base, base, &base)) return false;
  }
  if (!fits_small_int(result)) return false;
  *out = small_int(result);
  return true;
}

static Tri power(VM *vm, Value a, Value b, Value *out) {
  if (small_power(a, b, out)) return TRI_YES;
  if (int_sign(b) < 0) {
    if (int_sign(a) == 0) {
      return zero_division(vm, "0.0 cannot be raised to a negative power");
    }
    double x = int_to_double(a), y = int_to_double(b);
    if (isinf(x) || isinf(y)) {
      vm_raise(vm, vm->exceptions.OverflowError, "int too large to convert to float");
      return TRI_ERROR;
    }
    *out = from_double(pow(x, y));
    return TRI_YES;
  }
  int64_t base, exponent;
  bool short_exponent = int_to_i64(b, &exponent);
  if (int_to_i64(a, &base) && base >= -1 && base <= 1) {
    bool odd = short_exponent ? exponent & 1 : mp_isodd(&as_bigint(b)->mp);
    if (int_sign(b) == 0) base = 1;
    if (base == -1 && !odd) base = 1;
    *out = small_int(base);
    return TRI_YES;
  }
  size_t bits = int_bit_length(a);
  if (!short_exponent || exponent > INT_MAX_BITS ||
      (bits - 1) * (uint64_t)exponent > INT_MAX_BITS) {
    return too_large(vm);
  }
  IntView view;
  const mp_int *m = int_view(a, &view);
  mp_int result;
  int_must(mp_init(&result));
  // 2^k times an odd number: raise the odd part alone and shift.
  int zeros = mp_cnt_lsb(m);
  if (zeros > 0) {
    mp_int odd;
    int_must(mp_init(&odd));
    int_must(mp_div_2d(m, zeros, &odd, NULL));
    int_must(mp_expt_u32(&odd, (uint32_t)exponent, &result));
    mp_clear(&odd);
    int_must(mp_mul_2d(&result, (int)(zeros * exponent), &result));
  } else {
    int_must(mp_expt_u32(m, (uint32_t)exponent, &result));
  }
  *out = int_from_mp(vm, &result);
  return TRI_YES;
}

static Tri shift(VM *vm, Binary op, Value a, Value b, Value *out) {
  if (int_sign(b) < 0) {
    raise_value_error(vm, "negative shift count");
    return TRI_ERROR;
  }
  int64_t count;
  bool short_count = int_to_i64(b, &count);
  if (int_sign(a) == 0) {
    *out = small_int(0);
    return TRI_YES;
  }
  size_t bits = int_bit_length(a);
  IntView view;
  mp_int result;
  if (op == BIN_RSHIFT) {
    if (!short_count || count > (int64_t)bits) {
      *out = small_int(int_sign(a) < 0 ? -1 : 0);
      return TRI_YES;
    }
    int_must(mp_init(&result));
    int_must(mp_signed_rsh(int_view(a, &view), (int)count, &result));
  } else {
    if (!short_count && int_bit_length(b) > 64) {
      vm_raise(vm, vm->exceptions.OverflowError, "too many digits in integer");
      return TRI_ERROR;
    }
    if (!short_count || count > INT_MAX_BITS || (int64_t)bits + count > INT_MAX_BITS) {
      return too_large(vm);
    }
    int_must(mp_init(&result));
    int_must(mp_mul_2d(int_view(a, &view), (int)count, &result));
  }
  *out = int_from_mp(vm, &result);
  return TRI_YES;
}

// Digits of the shorter factor from which on libtommath's multiplications take less.
enum { LONG_FACTOR = 64 };

// The product of two ints, at least one of which has two digits, and none of which is 0.
static Value short_product(VM *vm, const mp_int *m, const mp_int *n) {
  BigInt *big = int_new_big(vm, m->used + n->used, m->sign != n->sign);
  mp_digit *to = big->digits;
  memset(to, 0, (size_t)m->used * sizeof *to);
  for (int i = 0; i < n->used; i++, to++) {
    UWide carry = 0;
    for (int j = 0; j < m->used; j++) {
      carry += (UWide)n->dp[i] * m->dp[j] + to[j];
      to[j] = (mp_digit)carry & MP_MASK;
      carry >>= MP_DIGIT_BIT;
    }
    to[m->used] = (mp_digit)carry;
  }
  mp_clamp(&big->mp);
  return from_object(big);
}

static Value product(VM *vm, const mp_int *m, const mp_int *n) {
  if (m->used < n->used) return product(vm, n, m);
  if (n->used == 0) return small_int(0);
  if (n->used < LONG_FACTOR && m->used > 1) return short_product(vm, m, n);
  mp_int result;
  int_must(mp_init(&result));
  int_must(m == n ? mp_sqr(m, &result) : mp_mul(m, n, &result));
  return int_from_mp(vm, &result);
}

static Tri big_binary(VM *vm, Binary op, Value a, Value b, Value *out) {
  IntView left, right;
  const mp_int *m = int_view(a, &left), *n = int_view(b, &right);
  if (op == BIN_MUL && (int64_t)mp_count_bits(m) + mp_count_bits(n) > INT_MAX_BITS) {
    return too_large(vm);
  }
  if (op == BIN_MUL) {
    *out = product(vm, m, n);
    return TRI_YES;
  }
  mp_int result;
  int_must(mp_init(&result));
  switch (op) {
    case BIN_ADD: int_must(mp_add(m, n, &result)); break;
    case BIN_SUB: int_must(mp_sub(m, n, &result)); break;
    case BIN_FLOORDIV: floor_divide(m, n, &result, NULL); break;
    case BIN_MOD: floor_divide(m, n, NULL, &result); break;
    case BIN_AND: int_must(mp_and(m, n, &result)); break;
    case BIN_OR: int_must(mp_or(m, n, &result)); break;
    case BIN_XOR: int_must(mp_xor(m, n, &result)); break;
    default: assert(!"an operator of big_binary");
  }
  *out = int_from_mp(vm, &result);
  return TRI_YES;
}

Tri int_binary(VM *vm, Binary op, Value a, Value b, Value *out) {
  switch (op) {
    case BIN_MATMUL: return TRI_NO;
    case BIN_TRUEDIV: return true_divide(vm, a, b, out);
    case BIN_POW: return power(vm, a, b, out);
    case BIN_FLOORDIV:
      if (int_sign(b) == 0) return zero_division(vm, "integer division or modulo by zero");
      break;
    case BIN_MOD:
      if (int_sign(b) == 0) return zero_division(vm, "integer modulo by zero");
      break;
    case BIN_AND:
    case BIN_OR:
    case BIN_XOR:
      if (is_bool(a) && is_bool(b)) {
        bool x = a == TRUE_VALUE, y = b == TRUE_VALUE;
        *out = from_bool(op == BIN_AND ? x && y : op == BIN_OR ? x || y : x != y);
        return TRI_YES;
      }
      break;
    default: break;
  }
  Wide x, y;
  if (!to_wide(a, &x) || !to_wide(b, &y)) {
    return op == BIN_LSHIFT || op == BIN_RSHIFT ? shift(vm, op, a, b, out)
                                                : big_binary(vm, op, a, b, out);
  }
  Wide result;
  switch (op) {
    case BIN_ADD: result = x + y; break;
    case BIN_SUB: result = x - y; break;
    case BIN_MUL:
      if (__builtin_mul_overflow(x, y, &result)) return big_binary(vm, op, a, b, out);
      break;
    case BIN_FLOORDIV: result = wide_floor_div(x, y); break;
    case BIN_MOD: result = wide_floor_mod(x, y); break;
    case BIN_AND: result = x & y; break;
    case BIN_OR: result = x | y; break;
    case BIN_XOR: result = x ^ y; break;
    case BIN_RSHIFT:
      if (y < 0 || y > 126) return shift(vm, op, a, b, out);
      result = x >> (int)y;
      break;
    default:
      assert(op == BIN_LSHIFT);
      if (y < 0 || y > 60 || x > INT64_MAX || x < INT64_MIN) return shift(vm, op, a, b, out);
      result = x * ((Wide)1 << (int)y);
      break;
  }
  *out = from_wide(vm, result);
  return TRI_YES;
}

Tri int_unary(VM *vm, Unary op, Value v, Value *out) {
  Wide w;
  if (to_wide(v, &w)) {
    *out = from_wide(vm, op == UN_NEG ? -w : op == UN_INVERT ? ~w : w);
    return TRI_YES;
  }
  if (op == UN_POS) {
    *out = int_plain(vm, v);
    return TRI_YES;
  }
  mp_int result;
  int_must(mp_init(&result));
  const mp_int *mp = &as_bigint(v)->mp;
  int_must(op == UN_NEG ? mp_neg(mp, &result) : mp_complement(mp, &result));
  *out = int_from_mp(vm, &result);
  return TRI_YES;
}

// The inverse of a modulo m > 1, by the extended Euclidean algorithm; false when there is none.
static bool invert(const mp_int *a, const mp_int *m, mp_int *out) {
  mp_int gcd, x;
  int_must(mp_init_multi(&gcd, &x, NULL));
  int_must(mp_exteuclid(a, m, &x, NULL, &gcd));
  bool possible = mp_cmp_d(&gcd, 1) == MP_EQ;
  if (possible) floor_divide(&x, m, NULL, out);
  mp_clear_multi(&gcd, &x, NULL);
  return possible;
}

bool int_pow_mod(VM *vm, Value base, Value exponent, Value modulus, Value *out) {
  if (int_sign(modulus) == 0) return raise_value_error(vm, "pow() 3rd argument cannot be 0");
  IntView views[3];
  const mp_int *e = int_view(exponent, &views[1]), *m = int_view(modulus, &views[2]);
  mp_int size, b, power, result;
  int_must(mp_init_multi(&size, &b, &power, &result, NULL));
  int_must(mp_abs(m, &size));
  int_must(mp_abs(e, &power));
  floor_divide(int_view(base, &views[0]), &size, NULL, &b);
  bool possible = true;
  if (mp_cmp_d(&size, 1) == MP_EQ) {
    mp_zero(&result);
  } else {
    if (e->sign == MP_NEG) possible = invert(&b, &size, &b);
    if (possible && mp_iszero(&power)) {
      mp_set(&result, 1);
    } else if (possible && !mp_iszero(&b)) {
      int_must(mp_exptmod(&b, &power, &size, &result));
    }
  }
  if (possible && m->sign == MP_NEG && !mp_iszero(&result)) {
    int_must(mp_add(&result, m, &result));
  }
  mp_clear_multi(&size, &b, &power, NULL);
  if (!possible) {
    mp_clear(&result);
    return raise_value_error(vm, "base is not invertible for the given modulus");
  }
  *out = int_from_mp(vm, &result);
  return true;
}
