// float.h: float's text, hash and methods. Values are inline doubles; a user subclass of float
// makes boxed ones (KIND_FLOAT).
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
// An int or float operand as a double; false for anything else.
bool float_from_number(Value v, double *out);

void float_repr(Text *out, double d);  // shortest text that reads back the same
uint64_t float_hash(double d);         // equal to int_hash for integral values
Tri float_binary(VM *vm, Binary op, double a, double b, Value *out) MUST_CHECK;
// float("…"): the text trimmed, underscores, inf, nan. False if it is not a number.
bool float_parse(const char *text, size_t length, double *out);
void float_install(VM *vm);

#endif
