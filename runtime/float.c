// float.c: arithmetic of doubles with Python's rules for floor division, remainder, power,
// rounding and hash.
#include "float.h"
#include "floatdigits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "int.h"
#include "vm.h"

bool float_from_number(Value v, double *out) {
  if (is_float(v)) {
    *out = float_value(v);
    return true;
  }
  if (!is_int(v)) return false;
  *out = int_to_double(v);
  return true;
}

bool float_from_number_checked(VM *vm, Value v, double *out) {
  bool is_one = float_from_number(v, out);
  assert(is_one);
  (void)is_one;
  if (isinf(*out) && !is_float(v)) {
    return vm_raise(vm, vm->exceptions.OverflowError, "int too large to convert to float");
  }
  return true;
}

uint64_t float_hash(double d) {
  const uint64_t modulus = (UINT64_C(1) << 61) - 1;
  if (isnan(d)) return 0;
  if (isinf(d)) return (uint64_t)(d > 0 ? INT64_C(314159) : -INT64_C(314159));
  int exponent;
  double fraction = frexp(fabs(d), &exponent);
  // fraction * 2^53 is integral; times a power of two modulo 2^61 - 1 is a rotation of 61 bits.
  uint64_t h = (uint64_t)ldexp(fraction, 53);
  exponent -= 53;
  int turn = exponent >= 0 ? exponent % 61 : 60 - (-1 - exponent) % 61;
  if (turn > 0) h = ((h << turn) & modulus) | (h >> (61 - turn));
  if (h == modulus) h = 0;
  int64_t hash = d < 0 ? -(int64_t)h : (int64_t)h;
  return (uint64_t)(hash == -1 ? -2 : hash);
}

static void floor_divide(double a, double b, double *quotient, double *remainder) {
  double r = fmod(a, b), q = (a - r) / b;
  if (r != 0) {
    if ((b < 0) != (r < 0)) {
      r += b;
      q -= 1;
    }
  } else {
    r = copysign(0.0, b);
  }
  if (q != 0) {
    double whole = floor(q);
    *quotient = q - whole > 0.5 ? whole + 1 : whole;
  } else {
    *quotient = copysign(0.0, a / b);
  }
  *remainder = r;
}

static Tri zero_division(VM *vm, const char *text) {
  vm_raise(vm, vm->exceptions.ZeroDivisionError, "%s", text);
  return TRI_ERROR;
}

bool float_divmod(VM *vm, double a, double b, double *quotient, double *remainder) {
  if (b == 0) {
    return vm_raise(vm, vm->exceptions.ZeroDivisionError, "float divmod()");
  }
  floor_divide(a, b, quotient, remainder);
  return true;
}

static Tri power(VM *vm, double a, double b, Value *out) {
  if (a == 0 && b < 0 && isfinite(b)) {
    return zero_division(vm, "0.0 cannot be raised to a negative power");
  }
  if (a < 0 && isfinite(a) && isfinite(b) && b != floor(b)) {
    raise_value_error(vm,
                      "a negative number to a fractional power is complex, "
                      "and Coro leaves complex numbers out");
    return TRI_ERROR;
  }
  double result = pow(a, b);
  if (isinf(result) && isfinite(a) && isfinite(b)) {
    Tuple *args = tuple_of(vm, 2, small_int(34),
                           from_object(str_from_c(vm, "Numerical result out of range")));
    Exception *e = exception_new(vm, vm->exceptions.OverflowError, args);
    vm_raise_exception(vm, from_object(e));
    return TRI_ERROR;
  }
  *out = from_double(result);
  return TRI_YES;
}

Tri float_binary(VM *vm, Binary op, double a, double b, Value *out) {
  double result, other;
  switch (op) {
    case BIN_ADD: result = a + b; break;
    case BIN_SUB: result = a - b; break;
    case BIN_MUL: result = a * b; break;
    case BIN_TRUEDIV:
      if (b == 0) return zero_division(vm, "float division by zero");
      result = a / b;
      break;
    case BIN_FLOORDIV:
      if (b == 0) return zero_division(vm, "float floor division by zero");
      floor_divide(a, b, &result, &other);
      break;
    case BIN_MOD:
      if (b == 0) return zero_division(vm, "float modulo");
      floor_divide(a, b, &other, &result);
      break;
    case BIN_POW: return power(vm, a, b, out);
    default: return TRI_NO;
  }
  *out = from_double(result);
  return TRI_YES;
}

bool float_to_int(VM *vm, double d, double (*how)(double), Value *out) {
  if (isnan(d)) return raise_value_error(vm, "cannot convert float NaN to integer");
  if (isinf(d)) {
    return vm_raise(vm, vm->exceptions.OverflowError, "cannot convert float infinity to integer");
  }
  *out = int_from_double(vm, how(d));
  return true;
}

// Rounds |d| half to even to a multiple of 10^zeros, on its exact decimal digits.
static double round_to_tens(double d, int zeros) {
  char digits[340], scientific[360];
  double whole = floor(d);
  int count = snprintf(digits, sizeof digits, "%.0f", whole);
  int keep = count - zeros;
  if (keep < 0) return 0.0;
  char next = digits[keep];
  bool rest = d != whole;
  for (int i = keep + 1; i < count; i++) rest |= digits[i] != '0';
  bool odd = keep > 0 && (digits[keep - 1] - '0') % 2;
  bool up = next > '5' || (next == '5' && (rest || odd));
  digits[keep] = '\0';
  if (up) {
    int i = keep - 1;
    while (i >= 0 && digits[i] == '9') digits[i--] = '0';
    if (i >= 0) {
      digits[i]++;
    } else {  // 99 -> 100
      memmove(digits + 1, digits, (size_t)keep + 1);
      digits[0] = '1';
    }
  }
  if (digits[0] == '\0') return 0.0;
  snprintf(scientific, sizeof scientific, "%se%d", digits, zeros);
  return strtod(scientific, NULL);
}

bool float_round(VM *vm, double d, int64_t digits, double *out) {
  *out = d;
  if (!isfinite(d) || d == 0 || digits > 323) return true;
  if (digits < -308) {
    *out = copysign(0.0, d);
    return true;
  }
  double result;
  if (digits < 0) {
    result = copysign(round_to_tens(fabs(d), (int)-digits), d);
  } else {
    uint64_t scaled;
    char text[700];
    if (digits <= FLOAT_SCALED_MAX_DECIMALS && floatdigits_scaled(fabs(d), (int)digits, &scaled) &&
        scaled < UINT64_C(1) << 53) {
      // A quotient of two integers that are exact as doubles is rounded once, as strtod does.
      result = copysign((double)scaled / (double)floatdigits_powers_of_ten[digits], d);
    } else {
      snprintf(text, sizeof text, "%.*f", (int)digits, d);
      result = strtod(text, NULL);
    }
  }
  if (isinf(result)) {
    return vm_raise(vm, vm->exceptions.OverflowError, "rounded value too large to represent");
  }
  *out = result;
  return true;
}
