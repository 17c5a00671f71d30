// intdivide.c: see intdivide.h. Division of digits by digits as Knuth describes it (The Art of
// Computer Programming 4.3.1, algorithm D): the divisor is shifted so that its highest bit is set,
// then a digit of the quotient guessed from the three highest digits is at most one too large.
#include "intdivide.h"

#include "int.h"

__extension__ typedef unsigned __int128 UWide;

// Digits of a divisor from which on libtommath's division by multiplication is faster, if the
// quotient is long as well.
enum { LONG_DIVISOR = 160 };

// to[0 .. n] = digits[0 .. n-1] << by, by < MP_DIGIT_BIT
static void shift_left(mp_digit *to, const mp_digit *digits, int n, int by) {
  mp_digit carry = 0;
  for (int i = 0; i < n; i++) {
    UWide wide = (UWide)digits[i] << by | carry;
    to[i] = (mp_digit)wide & MP_MASK;
    carry = (mp_digit)(wide >> MP_DIGIT_BIT);
  }
  to[n] = carry;
}

static void shift_right(mp_digit *digits, int n, int by) {
  for (int i = 0; i < n; i++) {
    mp_digit above = i + 1 < n ? digits[i + 1] : 0;
    digits[i] = (digits[i] >> by | above << (MP_DIGIT_BIT - by)) & MP_MASK;
  }
}

// u[0 .. n] -= digit * v[0 .. n-1]. Whether that is less than 0: then u is too large by 2^(60n+60).
static bool subtract_multiple(mp_digit *u, const mp_digit *v, int n, mp_digit digit) {
  mp_digit carry = 0;
  for (int i = 0; i < n; i++) {
    UWide product = (UWide)digit * v[i] + carry;
    mp_digit low = (mp_digit)product & MP_MASK;
    carry = (mp_digit)(product >> MP_DIGIT_BIT) + (u[i] < low);
    u[i] = (u[i] - low) & MP_MASK;
  }
  bool negative = u[n] < carry;
  u[n] = (u[n] - carry) & MP_MASK;
  return negative;
}

static void add_back(mp_digit *u, const mp_digit *v, int n) {
  mp_digit carry = 0;
  for (int i = 0; i < n; i++) {
    mp_digit sum = u[i] + v[i] + carry;
    u[i] = sum & MP_MASK;
    carry = sum >> MP_DIGIT_BIT;
  }
  u[n] = (u[n] + carry) & MP_MASK;
}

static mp_digit guess_digit(const mp_digit *u, const mp_digit *v, int n) {
  UWide high = (UWide)u[n] << MP_DIGIT_BIT | u[n - 1];
  UWide digit = high / v[n - 1], rest = high - digit * v[n - 1];
  while (digit >> MP_DIGIT_BIT || digit * v[n - 2] > (rest << MP_DIGIT_BIT | u[n - 2])) {
    digit--;
    rest += v[n - 1];
    if (rest >> MP_DIGIT_BIT) break;
  }
  return (mp_digit)digit;
}

static void finish(mp_int *mp, int used, mp_sign sign) {
  mp->used = used;
  mp->sign = sign;
  mp_clamp(mp);
}

static void long_divide(const mp_int *a, const mp_int *b, mp_int *q, mp_int *r) {
  int n = b->used, more = a->used - n, by = 0;
  mp_sign sign = a->sign == b->sign ? MP_ZPOS : MP_NEG;
  mp_int divisor;
  int_must(mp_init_size(&divisor, n + 1));
  int_must(mp_grow(r, a->used + 1));
  int_must(mp_grow(q, more + 1));
  while (!(b->dp[n - 1] << by >> (MP_DIGIT_BIT - 1) & 1)) by++;
  mp_digit *v = divisor.dp, *u = r->dp;
  shift_left(v, b->dp, n, by);
  shift_left(u, a->dp, a->used, by);
  for (int i = more; i >= 0; i--) {
    mp_digit digit = guess_digit(u + i, v, n);
    if (subtract_multiple(u + i, v, n, digit)) {
      digit--;
      add_back(u + i, v, n);
    }
    q->dp[i] = digit;
  }
  shift_right(u, n, by);
  memset(u + n, 0, (size_t)(more + 1) * sizeof *u);
  finish(q, more + 1, sign);
  finish(r, n, a->sign);
  mp_clear(&divisor);
}

void int_truncating_divide(const mp_int *a, const mp_int *b, mp_int *q, mp_int *r) {
  if (b->used > 1) {
    if (a->used < b->used || (b->used > LONG_DIVISOR && a->used - b->used > LONG_DIVISOR)) {
      int_must(mp_div(a, b, q, r));
    } else {
      long_divide(a, b, q, r);
    }
    return;
  }
  mp_digit left;
  int_must(mp_div_d(a, b->dp[0], q, &left));
  mp_set(r, left);
  if (b->sign == MP_NEG) int_must(mp_neg(q, q));
  if (a->sign == MP_NEG) int_must(mp_neg(r, r));
}
