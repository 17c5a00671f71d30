// floatdigits.c: see floatdigits.h.
//
// A double is m / 2^s with m < 2^53. For s from 0 to 126 and up to 22 decimals, m * 10^decimals
// fits in 128 bits, and so does how far its rounding to a multiple of 2^s is off. A decimal reads
// back as the double that it is less than half a unit of m away from.
#include "floatdigits.h"

#include <string.h>

__extension__ typedef unsigned __int128 UWide;

#define P(n) UINT64_C(1##n)
const uint64_t floatdigits_powers_of_ten[20] = {
    P(),
    P(0),
    P(00),
    P(000),
    P(0000),
    P(00000),
    P(000000),
    P(0000000),
    P(00000000),
    P(000000000),
    P(0000000000),
    P(00000000000),
    P(000000000000),
    P(0000000000000),
    P(00000000000000),
    P(000000000000000),
    P(0000000000000000),
    P(00000000000000000),
    P(000000000000000000),
    P(0000000000000000000),
};
#undef P

enum { MAX_DECIMALS = 22, MAX_SHIFT = 126, BIAS = 1075 };

typedef struct {
  uint64_t mantissa;
  int shift;
} Parts;

// False: zero, subnormal, infinite, NaN, too large or too small.
static bool take_apart(double d, Parts *parts) {
  uint64_t bits;
  memcpy(&bits, &d, sizeof bits);
  int exponent = (int)(bits >> 52 & 0x7FF);
  parts->mantissa = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
  parts->shift = BIAS - exponent;
  return parts->shift >= 0 && parts->shift <= MAX_SHIFT;
}

typedef struct {
  uint64_t digits;
  UWide power;  // 10^decimals
  UWide error;  // |digits * 2^shift - mantissa * power|
} Scaled;

static bool scale(Parts parts, int decimals, Scaled *out) {
  if (decimals < 0 || decimals > MAX_DECIMALS) return false;
  int below = decimals > 19 ? decimals - 19 : 0;
  UWide power =
      (UWide)floatdigits_powers_of_ten[decimals - below] * floatdigits_powers_of_ten[below];
  UWide product = parts.mantissa * power, unit = (UWide)1 << parts.shift;
  UWide digits = product >> parts.shift, rest = product - (digits << parts.shift);
  bool up = rest > unit - rest || (rest == unit - rest && (digits & 1));
  digits += up;
  if (digits >= floatdigits_powers_of_ten[18]) return false;
  *out = (Scaled){(uint64_t)digits, power, up ? unit - rest : rest};
  return true;
}

bool floatdigits_scaled(double d, int decimals, uint64_t *out) {
  Parts parts;
  Scaled scaled;
  *out = 0;
  if (d == 0) return true;
  if (!take_apart(d, &parts) || !scale(parts, decimals, &scaled)) return false;
  *out = scaled.digits;
  return true;
}

static bool first_digits(Parts parts, int count, Scaled *out, int *exponent) {
  // floor(log10(2^(52 - shift))): right, or one too small.
  int guess = ((52 - parts.shift) * 1233) >> 12;
  if (!scale(parts, count - 1 - guess, out)) return false;
  if (out->digits >= floatdigits_powers_of_ten[count]) {
    guess++;
    if (!scale(parts, count - 1 - guess, out)) return false;
  }
  *exponent = guess;
  return out->digits >= floatdigits_powers_of_ten[count - 1];
}

bool floatdigits_rounded(double d, int count, uint64_t *out, int *exponent) {
  Parts parts;
  Scaled scaled;
  if (count > 17 || !take_apart(d, &parts)) return false;
  if (!first_digits(parts, count, &scaled, exponent)) return false;
  *out = scaled.digits;
  return true;
}

bool floatdigits_shortest(double d, uint64_t *out, int *count, int *exponent) {
  Parts parts;
  Scaled scaled;
  if (!take_apart(d, &parts)) return false;
  // The double below a power of two is only half as far away as that above.
  bool uneven = parts.mantissa == UINT64_C(1) << 52;
  for (*count = 15; *count <= 17; ++*count) {
    if (!first_digits(parts, *count, &scaled, exponent)) return false;
    *out = scaled.digits;
    UWide twice = scaled.error * 2;
    if (uneven) {
      if (twice * 2 < scaled.power) return true;
    } else if (twice < scaled.power || (twice == scaled.power && !(parts.mantissa & 1))) {
      return true;
    }
    if (uneven) return false;
  }
  *count = 17;
  return true;
}
