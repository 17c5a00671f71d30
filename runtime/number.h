// number.h: operators between numbers of either class (int, bool, float and their subclasses).
#ifndef CORO_NUMBER_H
#define CORO_NUMBER_H

#include "float.h"
#include "int.h"
#include "object.h"
#include "protocol.h"

static inline bool is_number(Value v) { return is_int(v) || is_float(v); }

// a op b by the operands' kinds. NO: not two numbers, or the pair has no such operator (1.0 << 2).
Tri number_binary(VM *vm, Binary op, Value a, Value b, Value *out) MUST_CHECK;
// NO: not a number, or no such operator (~1.5).
Tri number_unary(VM *vm, Unary op, Value v, Value *out) MUST_CHECK;
// YES or NO for two numbers (assert is_number first); ints and floats compare exactly.
Tri number_compare(VM *vm, Compare op, Value a, Value b) MUST_CHECK;
bool number_equal(Value a, Value b);
uint64_t number_hash(Value v);
bool number_truth(Value v);

// The natives that the prelude's number functions use, and divmod's, pow's and round's own part:
// NO where an operand is no number.
Tri number_divmod(VM *vm, Value a, Value b, Value *out) MUST_CHECK;
Tri number_power(VM *vm, Value base, Value exponent, Value modulus, Value *out) MUST_CHECK;
Tri number_absolute(VM *vm, Value v, Value *out) MUST_CHECK;
// round(v) with digits EMPTY or NONE, else round(v, digits).
Tri number_round(VM *vm, Value v, Value digits, Value *out) MUST_CHECK;

#endif
