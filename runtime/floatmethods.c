// floatmethods.c: the methods of float.
#include <math.h>

#include "dunder.h"
#include "number.h"
#include "vm.h"

static double self_of(const Value *args) { return float_value(args[0]); }

static bool is_integer(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  double d = self_of(args);
  *out = from_bool(isfinite(d) && d == floor(d));
  return true;
}

static bool plain(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_double(self_of(args));
  return true;
}

static bool zero(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)args, (void)nargs;
  *out = from_double(0.0);
  return true;
}

static bool truncated(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return float_to_int(vm, self_of(args), trunc, out);
}

static bool floored(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return float_to_int(vm, self_of(args), floor, out);
}

static bool ceiled(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return float_to_int(vm, self_of(args), ceil, out);
}

static bool absolute(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return number_absolute(vm, args[0], out) == TRI_YES;
}

static bool round_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Tri done = number_round(vm, args[0], args[1], out);
  if (done == TRI_SCRIPT) return native_prelude(vm, out, "number.round_slow", 2, args);
  return done == TRI_YES;
}

static bool divmod_of(VM *vm, Value a, Value b, Value *out) {
  Tri tri = number_divmod(vm, a, b, out);
  if (tri == TRI_NO) *out = NOT_IMPLEMENTED;
  return tri != TRI_ERROR;
}

static bool divmod_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return divmod_of(vm, args[0], args[1], out);
}

static bool rdivmod(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return divmod_of(vm, args[1], args[0], out);
}

static bool new_arguments(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_object(tuple_of(vm, 1, from_double(self_of(args))));
  return true;
}

static bool as_integer_ratio(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  double d = self_of(args);
  if (isnan(d)) return raise_value_error(vm, "cannot convert NaN to integer ratio");
  if (isinf(d)) {
    return vm_raise(vm, vm->exceptions.OverflowError, "cannot convert Infinity to integer ratio");
  }
  int exponent;
  double fraction = frexp(d, &exponent);
  while (fraction != floor(fraction)) {
    fraction *= 2;
    exponent--;
  }
  Value numerator = int_from_double(vm, fraction), denominator = small_int(1);
  Value *shifted = exponent > 0 ? &numerator : &denominator;
  if (int_binary(vm, BIN_LSHIFT, *shifted, small_int(exponent > 0 ? exponent : -exponent),
                 shifted) != TRI_YES) {
    return false;
  }
  *out = from_object(tuple_of(vm, 2, numerator, denominator));
  return true;
}

static bool hex(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Text text = text_new(vm);
  float_hex(&text, self_of(args));
  *out = from_object(text_finish(&text));
  return true;
}

static bool from_hex(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_str(args[1])) {
    return raise_type_error(vm, "bad argument type for built-in operation");
  }
  double d;
  if (!float_from_hex(vm, as_str(args[1])->data, as_str(args[1])->length, &d)) return false;
  *out = from_double(d);
  if (args[0] == from_object(vm->float_class)) return true;
  return native_tail(vm, out, args[0], 1, out);
}

#define METHOD(name_, leaf_, min_, max_) \
  { .name = name_, .leaf = leaf_, .min = min_, .max = max_, .flags = NATIVE_METHOD }
#define FIELD(name_, leaf_) \
  { .name = name_, .leaf = leaf_, .min = 1, .max = 1, .flags = NATIVE_PROPERTY }

static const NativeDef methods[] = {
    METHOD("is_integer", is_integer, 1, 1),
    METHOD("conjugate", plain, 1, 1),
    METHOD("as_integer_ratio", as_integer_ratio, 1, 1),
    METHOD("hex", hex, 1, 1),
    METHOD("__float__", plain, 1, 1),
    METHOD("__int__", truncated, 1, 1),
    METHOD("__trunc__", truncated, 1, 1),
    METHOD("__floor__", floored, 1, 1),
    METHOD("__ceil__", ceiled, 1, 1),
    METHOD("__abs__", absolute, 1, 1),
    METHOD("__round__", round_method, 1, 2),
    METHOD("__divmod__", divmod_method, 2, 2),
    METHOD("__rdivmod__", rdivmod, 2, 2),
    METHOD("__getnewargs__", new_arguments, 1, 1),
    FIELD("real", plain),
    FIELD("imag", zero),
    {.name = "fromhex", .leaf = from_hex, .min = 2, .max = 2, .flags = NATIVE_CLASS},
    {0},
};

void float_install(VM *vm) {
  const unsigned arithmetic = 1u << BIN_ADD | 1u << BIN_SUB | 1u << BIN_MUL | 1u << BIN_TRUEDIV |
                              1u << BIN_FLOORDIV | 1u << BIN_MOD | 1u << BIN_POW;
  native_binary_dunders(vm, vm->float_class, arithmetic);
  dunder_install(vm, vm->float_class,
                 DUNDER_UNARY(UN_NEG) | DUNDER_UNARY(UN_POS) | DUNDER_EQUAL | DUNDER_ORDER |
                     DUNDER_HASH | DUNDER_REPR | DUNDER_FORMAT | DUNDER_BOOL);
  native_add_methods(vm, vm->float_class, methods);
}
