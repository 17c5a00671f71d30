// number.c: operators between numbers of either class: which of int's and float's rules apply.
#include "number.h"

#include <math.h>

#include "vm.h"

Tri number_binary(VM *vm, Binary op, Value a, Value b, Value *out) {
  if (is_int(a) && is_int(b)) return int_binary(vm, op, a, b, out);
  if (!is_number(a) || !is_number(b)) return TRI_NO;
  if (op == BIN_MATMUL || op >= BIN_LSHIFT) return TRI_NO;
  double x, y;
  if (!float_from_number_checked(vm, a, &x) || !float_from_number_checked(vm, b, &y)) {
    return TRI_ERROR;
  }
  return float_binary(vm, op, x, y, out);
}

Tri number_unary(VM *vm, Unary op, Value v, Value *out) {
  if (is_int(v)) return int_unary(vm, op, v, out);
  if (!is_float(v) || op == UN_INVERT) return TRI_NO;
  double d = float_value(v);
  *out = from_double(op == UN_NEG ? -d : d);
  return TRI_YES;
}

static bool holds(Compare op, int order) {
  switch (op) {
    case CMP_LT: return order < 0;
    case CMP_LE: return order <= 0;
    case CMP_EQ: return order == 0;
    case CMP_NE: return order != 0;
    case CMP_GT: return order > 0;
    default: return order >= 0;
  }
}

Tri number_compare(VM *vm, Compare op, Value a, Value b) {
  (void)vm;
  assert(is_number(a) && is_number(b));
  int order;
  if (is_int(a) && is_int(b)) {
    order = int_compare(a, b);
  } else if (is_float(a) && is_float(b)) {
    double x = float_value(a), y = float_value(b);
    if (isnan(x) || isnan(y)) return op == CMP_NE;
    order = (x > y) - (x < y);
  } else {
    bool int_first = is_int(a);
    double d = float_value(int_first ? b : a);
    if (isnan(d)) return op == CMP_NE;
    order = int_first ? int_compare_double(a, d) : -int_compare_double(b, d);
  }
  return holds(op, order);
}

bool number_equal(Value a, Value b) { return number_compare(NULL, CMP_EQ, a, b) == TRI_YES; }

uint64_t number_hash(Value v) { return is_int(v) ? int_hash(v) : float_hash(float_value(v)); }

bool number_truth(Value v) { return is_int(v) ? int_sign(v) != 0 : float_value(v) != 0; }

Tri number_divmod(VM *vm, Value a, Value b, Value *out) {
  if (!is_number(a) || !is_number(b)) return TRI_NO;
  Value quotient, remainder;
  if (is_int(a) && is_int(b)) {
    if (!int_divmod(vm, a, b, &quotient, &remainder)) return TRI_ERROR;
  } else {
    double x, y, q, r;
    if (!float_from_number_checked(vm, a, &x) || !float_from_number_checked(vm, b, &y) ||
        !float_divmod(vm, x, y, &q, &r)) {
      return TRI_ERROR;
    }
    quotient = from_double(q);
    remainder = from_double(r);
  }
  *out = from_object(tuple_of(vm, 2, quotient, remainder));
  return TRI_YES;
}

Tri number_power(VM *vm, Value base, Value exponent, Value modulus, Value *out) {
  if (is_empty(modulus) || is_none(modulus)) return number_binary(vm, BIN_POW, base, exponent, out);
  if (!is_number(base) || !is_number(exponent) || !is_number(modulus)) return TRI_NO;
  if (!is_int(base) || !is_int(exponent) || !is_int(modulus)) {
    raise_type_error(vm, "pow() 3rd argument not allowed unless all arguments are integers");
    return TRI_ERROR;
  }
  return int_pow_mod(vm, base, exponent, modulus, out) ? TRI_YES : TRI_ERROR;
}

Tri number_absolute(VM *vm, Value v, Value *out) {
  if (is_int(v)) return int_unary(vm, int_sign(v) < 0 ? UN_NEG : UN_POS, v, out);
  if (!is_float(v)) return TRI_NO;
  *out = from_double(fabs(float_value(v)));
  return TRI_YES;
}

// round(v, -places) of an int: to a multiple of 10^places, half to even.
static Tri round_int(VM *vm, Value v, int64_t places, Value *out) {
  // Far more places than v has digits: zero, without computing the power.
  if ((double)places > (double)int_bit_length(v) * 0.30103 + 2) {
    *out = small_int(0);
    return TRI_YES;
  }
  Value unit, quotient, remainder, twice;
  if (int_binary(vm, BIN_POW, small_int(10), int_from_i64(vm, places), &unit) != TRI_YES ||
      !int_divmod(vm, v, unit, &quotient, &remainder) ||
      int_binary(vm, BIN_MUL, remainder, small_int(2), &twice) != TRI_YES) {
    return TRI_ERROR;
  }
  int order = int_compare(twice, unit);
  Value odd;
  if (int_binary(vm, BIN_AND, quotient, small_int(1), &odd) != TRI_YES) return TRI_ERROR;
  if (order > 0 || (order == 0 && int_sign(odd))) {
    if (int_binary(vm, BIN_ADD, quotient, small_int(1), &quotient) != TRI_YES) return TRI_ERROR;
  }
  return int_binary(vm, BIN_MUL, quotient, unit, out);
}

Tri number_round(VM *vm, Value v, Value digits, Value *out) {
  if (!is_number(v)) return TRI_NO;
  bool whole = is_empty(digits) || is_none(digits);
  int64_t places = 0;
  if (!whole) {
    Tri known = value_index(vm, digits, &places);
    if (known != TRI_YES) return known;
    if (places < -INT64_MAX) places = -INT64_MAX;
  }
  if (is_int(v)) {
    if (whole || places >= 0) {
      *out = int_plain(vm, v);
      return TRI_YES;
    }
    return round_int(vm, v, -places, out);
  }
  if (whole) return float_to_int(vm, float_value(v), rint, out) ? TRI_YES : TRI_ERROR;
  double d;
  if (!float_round(vm, float_value(v), places, &d)) return TRI_ERROR;
  *out = from_double(d);
  return TRI_YES;
}
