// floatdigits.h: the decimal digits of floats of moderate size, exact, in integer arithmetic. What
// these functions decline the C library does (floattext.c), some times slower.
#ifndef CORO_FLOATDIGITS_H
#define CORO_FLOATDIGITS_H

#include <stdbool.h>
#include <stdint.h>

#define FLOAT_SCALED_MAX_DECIMALS 18

extern const uint64_t floatdigits_powers_of_ten[20];

// d * 10^decimals, rounded to the nearest integer, ties to even. d >= 0; 0 <= decimals <= 18.
// False: declined; otherwise *out < 10^18.
bool floatdigits_scaled(double d, int decimals, uint64_t *out);
// The first `count` digits of d > 0, rounded likewise: *out, whose first digit stands for
// 10^*exponent. False: declined.
bool floatdigits_rounded(double d, int count, uint64_t *out, int *exponent);
// The fewest digits from 15 on, in *count, that read back as d > 0. False: declined.
bool floatdigits_shortest(double d, uint64_t *out, int *count, int *exponent);

#endif
