// mathspecial.c: numerical methods that stand behind functions of the module math.
//
// Gamma is Lanczos' approximation as a rational function, with the parameters N = 13 and
// g = 6.0246… and the coefficients of Boost (John Maddock, Boost.Math, "The Lanczos
// Approximation"). The exact sum is Shewchuk's (Adaptive Precision Floating-Point Arithmetic,
// 1997).
#include <math.h>

#include "mathmodule.h"

#define LANCZOS_TERMS 13
#define LANCZOS_G 6.024680040776729583740234375
#define LANCZOS_G_MINUS_HALF 5.524680040776729583740234375

// Numerator and denominator, from the constant term up. The denominator is x (x+1) … (x+11).
static const double lanczos_over[LANCZOS_TERMS] = {
    23531376880.410759688572007674451636754734846804940,
    42919803642.649098768957899047001988850926355848959,
    35711959237.355668049440185451547166705960488635843,
    17921034426.037209699919755754458931112671403265390,
    6039542586.3520280050642916443072979210699388420708,
    1439720407.3117216736632230727949123939715485786372,
    248874557.86205415651146038641322942321632125127801,
    31426415.585400194380614231628318205362874684987640,
    2876370.6289353724412254090516208496135991145378768,
    186056.26539522349504029498971604569928220784236328,
    8071.6720023658162106380029022722506138218516325024,
    210.82427775157934587250973392071336271166969580291,
    2.5066282746310002701649081771338373386264310793408};
static const double lanczos_under[LANCZOS_TERMS] = {
    0.0,       39916800.0, 120543840.0, 150917976.0, 105258076.0, 45995730.0, 13339535.0,
    2637558.0, 357423.0,   32670.0,     1925.0,      66.0,        1.0};

static double lanczos_sum(double x) {
  double over = 0, under = 0;
  if (x < 5) {
    for (int i = LANCZOS_TERMS - 1; i >= 0; i--) {
      over = over * x + lanczos_over[i];
      under = under * x + lanczos_under[i];
    }
  } else {  // the same in powers of 1/x, which cannot overflow
    for (int i = 0; i < LANCZOS_TERMS; i++) {
      over = over / x + lanczos_over[i];
      under = under / x + lanczos_under[i];
    }
  }
  return over / under;
}

// sin(pi x), exact where x is a multiple of one half.
static double sin_pi(double x) {
  double turn = fmod(fabs(x), 2.0), result;
  switch ((int)round(2 * turn)) {
    case 0: result = sin(M_PI * turn); break;
    case 1: result = cos(M_PI * (turn - 0.5)); break;
    case 2: result = sin(M_PI * (1.0 - turn)); break;
    case 3: result = -cos(M_PI * (turn - 1.5)); break;
    default: result = sin(M_PI * (turn - 2.0)); break;
  }
  return copysign(1.0, x) * result;
}

// x * y^power or x / y^power; the power of a large y in two steps, for it alone could overflow.
static double scale_by_power(double x, double y, double power, bool divide, bool large) {
  int steps = large ? 2 : 1;
  double factor = pow(y, large ? power / 2 : power);
  for (int i = 0; i < steps; i++) x = divide ? x / factor : x * factor;
  return x;
}

double math_gamma(double x) {
  if (isnan(x) || x == INFINITY) return x;
  if (x == -INFINITY) return NAN;
  if (x == 0) return copysign(INFINITY, x);
  double size = fabs(x);
  if (x == floor(x)) {
    if (x < 0) return NAN;
    if (x <= 23) {  // factorials that a double holds
      double product = 1;
      for (int i = 2; i < (int)x; i++) product *= i;
      return product;
    }
  }
  if (size < 1e-20) return 1 / x;
  if (size > 200) return x > 0 ? INFINITY : 0 / sin_pi(x);
  // y is x + g - 1/2 with an error, which the last factor makes good to first order.
  double y = size + LANCZOS_G_MINUS_HALF, error;
  if (size > LANCZOS_G_MINUS_HALF) {
    error = (y - size) - LANCZOS_G_MINUS_HALF;
  } else {
    error = (y - LANCZOS_G_MINUS_HALF) - size;
  }
  double correction = error * LANCZOS_G / y, result;
  if (x < 0) {  // by reflection
    result = -M_PI / sin_pi(size) / size * exp(y) / lanczos_sum(size);
    result -= correction * result;
  } else {
    result = lanczos_sum(size) / exp(y);
    result += correction * result;
  }
  return scale_by_power(result, y, size - 0.5, x < 0, size >= 140);
}

double math_lgamma(double x) {
  if (isnan(x)) return x;
  if (isinf(x)) return INFINITY;
  if (x == floor(x) && x <= 2) return x <= 0 ? INFINITY : 0;
  double size = fabs(x);
  if (size < 1e-20) return -log(size);
  double result = log(lanczos_sum(size)) - LANCZOS_G;
  result += (size - 0.5) * (log(size + LANCZOS_G - 0.5) - 1);
  if (x < 0) {
    const double log_pi = 1.144729885849400174143427351353058711647;
    result = log_pi - log(fabs(sin_pi(size))) - log(size) - result;
  }
  return result;
}

// ---- the length of a vector

// high + low becomes high + low + x * y, as exactly as two doubles can hold.
static void add_product(double *high, double *low, double x, double y) {
  double product = x * y, error = fma(x, y, -product);
  double sum = *high + product, part = sum - *high;
  *low += ((*high - (sum - part)) + (product - part)) + error;
  *high = sum;
}

double math_norm(const double *values, size_t count) {
  double largest = 0;
  bool has_nan = false;
  for (size_t i = 0; i < count; i++) {
    double size = fabs(values[i]);
    if (isinf(size)) return INFINITY;
    has_nan |= isnan(size);
    if (size > largest) largest = size;
  }
  if (has_nan) return NAN;
  if (largest == 0 || count == 1) return largest;
  // Scaled by a power of two, so that nothing is lost and no square is too large or small.
  int exponent;
  frexp(largest, &exponent);
  double high = 0, low = 0;
  for (size_t i = 0; i < count; i++) {
    double x = ldexp(values[i], -exponent);
    add_product(&high, &low, x, x);
  }
  // One step of Newton's method on what the root's own square misses.
  double root = sqrt(high + low);
  add_product(&high, &low, -root, root);
  return ldexp(root + (high + low) / (2 * root), exponent);
}

// ---- exact sums

bool exact_sum_add(ExactSum *sum, double x) {
  double given = x;
  size_t kept = 0;
  for (size_t i = 0; i < sum->count; i++) {
    double y = sum->parts[i];
    if (fabs(x) < fabs(y)) {
      double swap = x;
      x = y;
      y = swap;
    }
    double high = x + y, low = y - (high - x);
    if (low != 0) sum->parts[kept++] = low;
    x = high;
  }
  sum->count = kept;
  if (x == 0) return true;
  if (!isfinite(x)) {
    if (isfinite(given)) {
      return vm_raise(sum->vm, sum->vm->exceptions.OverflowError, "intermediate overflow in fsum");
    }
    if (isinf(given)) sum->infinities += given;
    sum->special += given;
    sum->count = 0;
    return true;
  }
  if (sum->count == sum->capacity) {
    size_t grown = sum->capacity == 0 ? 32 : sum->capacity * 2;
    sum->parts = heap_buffer_resize(sum->vm, sum->parts, sum->capacity * sizeof(double),
                                    grown * sizeof(double));
    sum->capacity = grown;
  }
  sum->parts[sum->count++] = x;
  return true;
}

bool exact_sum_finish(ExactSum *sum, double *out) {
  if (sum->special != 0) {
    if (isnan(sum->infinities)) return raise_value_error(sum->vm, "-inf + inf in fsum");
    *out = sum->special;
    return true;
  }
  double high = 0, low = 0;
  size_t left = sum->count;
  while (left > 0 && low == 0) {
    double x = high, y = sum->parts[--left];
    high = x + y;
    low = y - (high - x);
  }
  // Half way between two doubles, what is left decides which one.
  if (left > 0 && low != 0 && (low < 0) == (sum->parts[left - 1] < 0)) {
    double twice = low * 2, other = high + twice;
    if (other - high == twice) high = other;
  }
  *out = high;
  return true;
}

void exact_sum_free(ExactSum *sum) {
  heap_buffer_free(sum->vm, sum->parts, sum->capacity * sizeof(double));
}
