// mathmodule.h: the module `math`. mathmodule.c has the functions of floats and the module itself,
// mathint.c those of ints, mathspecial.c the functions that the C library lacks or has in another
// form.
#ifndef CORO_MATHMODULE_H
#define CORO_MATHMODULE_H

#include "vm.h"

bool math_install(VM *vm, Module *module);  // a NativeModule's install function

extern const NativeDef math_int_functions[];

// mathspecial.c. The results are CPython's, to the last bit as far as libm's are.
double math_gamma(double x);   // infinite at 0, NaN at negative integers
double math_lgamma(double x);  // log(abs(gamma(x))), infinite at 0, -1, -2 …
// sqrt of the sum of the squares, with no overflow on the way; rounded once, nearly always.
double math_norm(const double *values, size_t count);

// A sum of floats without rounding on the way. Invariant: the parts do not overlap, and grow.
typedef struct {
  VM *vm;
  double *parts;  // heap buffer
  size_t count, capacity;
  double special;     // the sum of the infinities and NaNs
  double infinities;  // the sum of the infinities alone
} ExactSum;
bool exact_sum_add(ExactSum *sum, double x) MUST_CHECK;        // false: OverflowError pending
bool exact_sum_finish(ExactSum *sum, double *out) MUST_CHECK;  // false: ValueError pending
void exact_sum_free(ExactSum *sum);

#endif
