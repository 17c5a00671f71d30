// float.h: float's arithmetic, text, hash and methods. Values are inline doubles; a user subclass
// of float makes boxed ones (KIND_FLOAT).
//
// float.c has arithmetic, rounding and hash; floattext.c text in both directions; floatmethods.c
// the class.
#ifndef CORO_FLOAT_H
#define CORO_FLOAT_H

#include "object.h"
#include "protocol.h"

typedef struct {
  Object header;
  double value;
} BoxedFloat;

static inline bool is_float(Value v) { return is_double(v) || is_kind(v, KIND_FLOAT); }
static inline double float_value(Value v) {
  return is_double(v) ? as_double(v) : ((BoxedFloat *)as_object(v))->value;
}
// An int or float operand as a double (±inf for an int out of range); false for anything else.
bool float_from_number(Value v, double *out);
// The same, false with "int too large to convert to float" pending when out of range. v is one.
bool float_from_number_checked(VM *vm, Value v, double *out) MUST_CHECK;

uint64_t float_hash(double d);  // equal to int_hash for integral values
Tri float_binary(VM *vm, Binary op, double a, double b, Value *out) MUST_CHECK;  // NO: << &c.
bool float_divmod(VM *vm, double a, double b, double *quotient, double *remainder) MUST_CHECK;
// int(d) rounded by `how` (trunc, floor, ceil, rint); errors for infinities and NaN.
bool float_to_int(VM *vm, double d, double (*how)(double), Value *out) MUST_CHECK;
bool float_round(VM *vm, double d, int64_t digits, double *out) MUST_CHECK;

// floattext.c
void float_repr(Text *out, double d);  // shortest text that reads back the same
// Type is one of e E f F g G, or r for the shortest digits that read back the same.
enum {
  FLOAT_ALTERNATE = 1,  // '#': always a point, 'g' keeps trailing zeros
  FLOAT_DOT_ZERO = 2,   // with g and r: ".0" where neither point nor exponent would be
};
void float_format(Text *out, double d, char type, int precision, unsigned flags);
// float("…"): trimmed, underscores, inf, nan. False if it is not a number.
bool float_parse(VM *vm, const char *text, size_t length, double *out);
void float_hex(Text *out, double d);
bool float_from_hex(VM *vm, const char *text, size_t length, double *out) MUST_CHECK;

void float_install(VM *vm);

#endif
