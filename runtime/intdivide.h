// intdivide.h: long division of large ints.
#ifndef CORO_INTDIVIDE_H
#define CORO_INTDIVIDE_H

#include <tommath.h>

// Quotient and remainder rounded towards zero. b is not 0; q and r are neither a nor b.
void int_truncating_divide(const mp_int *a, const mp_int *b, mp_int *q, mp_int *r);

#endif
