// mathmodule.c: the module math: the functions of floats, and what is common to all.
//
// Arguments that are floats or ints are turned to C doubles here. For an object with its own
// __float__ or __index__ the call goes on in lib/prelude/math.coro, which asks the object and calls
// the function again. Errors are CPython's: a NaN from arguments that are none, and an infinity at
// a pole, is a "math domain error"; an infinity from too large a result a "math range error".
#include "mathmodule.h"

#include <math.h>

#include "float.h"
#include "int.h"
#include "number.h"
#include "rows.h"

static bool domain_error(VM *vm) { return raise_value_error(vm, "math domain error"); }
static bool range_error(VM *vm) {
  return vm_raise(vm, vm->exceptions.OverflowError, "math range error");
}

// A real number as a double.
static Tri real(VM *vm, Value v, double *out) {
  if (is_double(v)) {
    *out = as_double(v);
    return TRI_YES;
  }
  if (is_int(v) && value_has_script(vm, v, SP_FLOAT)) return TRI_SCRIPT;
  if (is_number(v)) return float_from_number_checked(vm, v, out) ? TRI_YES : TRI_ERROR;
  if (value_has_script(vm, v, SP_FLOAT) || value_has_script(vm, v, SP_INDEX)) return TRI_SCRIPT;
  raise_type_error(vm, "must be real number, not %s", value_class_name(vm, v));
  return TRI_ERROR;
}

// The same of several; SCRIPT if any of them needs one.
static Tri reals(VM *vm, const Value *args, int count, double *out) {
  for (int i = 0; i < count; i++) {
    Tri known = real(vm, args[i], &out[i]);
    if (known != TRI_YES) return known;
  }
  return TRI_YES;
}

static bool with_reals(VM *vm, const char *name, int nargs, const Value *args, Value *out) {
  Tuple *all = tuple_new(vm, (size_t)nargs + 1);
  all->items[0] = from_object(str_intern_c(vm, name));
  memcpy(all->items + 1, args, (size_t)nargs * sizeof *args);
  return native_prelude(vm, out, "math.with_reals", nargs + 1, all->items);
}

// Opens a function of reals: hands over, or fails, unless all of them are numbers.
#define NEED_REALS(name, count, numbers)                                    \
  do {                                                                      \
    Tri known = reals(vm, args, count, numbers);                            \
    if (known == TRI_SCRIPT) return with_reals(vm, name, count, args, out); \
    if (known != TRI_YES) return false;                                     \
  } while (0)

// ---- functions of one number

typedef enum { POLES, OVERFLOWS } Infinite;  // what an infinite result of a finite number means

static bool answer(VM *vm, double x, double result, Infinite infinite, Value *out) {
  if (isnan(result) && !isnan(x)) return domain_error(vm);
  if (isinf(result) && isfinite(x)) return infinite == POLES ? domain_error(vm) : range_error(vm);
  *out = from_double(result);
  return true;
}

#define ONE(name, function, infinite)                                   \
  static bool math_##name(VM *vm, Value *args, int nargs, Value *out) { \
    double x;                                                           \
    NEED_REALS(#name, nargs, &x);                                       \
    return answer(vm, x, function(x), infinite, out);                   \
  }
ONE(acos, acos, POLES)
ONE(acosh, acosh, POLES)
ONE(asin, asin, POLES)
ONE(asinh, asinh, POLES)
ONE(atan, atan, POLES)
ONE(atanh, atanh, POLES)
ONE(cbrt, cbrt, POLES)
ONE(cos, cos, POLES)
ONE(cosh, cosh, OVERFLOWS)
ONE(erf, erf, POLES)
ONE(erfc, erfc, POLES)
ONE(exp, exp, OVERFLOWS)
ONE(exp2, exp2, OVERFLOWS)
ONE(expm1, expm1, OVERFLOWS)
ONE(fabs, fabs, POLES)
ONE(log1p, log1p, POLES)
ONE(sin, sin, POLES)
ONE(sinh, sinh, OVERFLOWS)
ONE(sqrt, sqrt, POLES)
ONE(tan, tan, POLES)
ONE(tanh, tanh, POLES)

static bool math_gamma_function(VM *vm, Value *args, int nargs, Value *out) {
  double x;
  NEED_REALS("gamma", nargs, &x);
  return answer(vm, x, math_gamma(x), x == 0 ? POLES : OVERFLOWS, out);
}

static bool math_lgamma_function(VM *vm, Value *args, int nargs, Value *out) {
  double x;
  NEED_REALS("lgamma", nargs, &x);
  return answer(vm, x, math_lgamma(x), x <= 0 ? POLES : OVERFLOWS, out);
}

#define PLAIN(name, expression)                                         \
  static bool math_##name(VM *vm, Value *args, int nargs, Value *out) { \
    double x;                                                           \
    NEED_REALS(#name, nargs, &x);                                       \
    *out = expression;                                                  \
    return true;                                                        \
  }
PLAIN(degrees, from_double(x *(180.0 / M_PI)))
PLAIN(radians, from_double(x *(M_PI / 180.0)))
PLAIN(isfinite, from_bool(isfinite(x)))
PLAIN(isinf, from_bool(isinf(x)))
PLAIN(isnan, from_bool(isnan(x)))

static double ulp(double x) {
  if (isnan(x)) return x;
  x = fabs(x);
  if (isinf(x)) return x;
  double next = nextafter(x, INFINITY);
  return isinf(next) ? x - nextafter(x, -INFINITY) : next - x;
}
PLAIN(ulp, from_double(ulp(x)))

static bool math_frexp(VM *vm, Value *args, int nargs, Value *out) {
  double x;
  NEED_REALS("frexp", nargs, &x);
  int exponent = 0;
  double fraction = isfinite(x) ? frexp(x, &exponent) : x;
  *out = from_object(tuple_of(vm, 2, from_double(fraction), small_int(exponent)));
  return true;
}

static bool math_modf(VM *vm, Value *args, int nargs, Value *out) {
  double x, whole;
  NEED_REALS("modf", nargs, &x);
  double fraction = modf(x, &whole);
  *out = from_object(tuple_of(vm, 2, from_double(fraction), from_double(whole)));
  return true;
}

// ---- logarithms

// A positive int as mantissa * 2^exponent, rounded once.
static double int_frexp(Value v, int64_t *exponent) {
  IntView view;
  const mp_int *whole = int_view(v, &view);
  int drop = mp_count_bits(whole) - 100, shift;
  if (drop <= 0) {
    double mantissa = frexp(int_to_double(v), &shift);
    *exponent = shift;
    return mantissa;
  }
  mp_int top, rest;
  int_must(mp_init_multi(&top, &rest, NULL));
  int_must(mp_div_2d(whole, drop, &top, &rest));
  if (!mp_iszero(&rest)) top.dp[0] |= 1;  // stands for all that was dropped
  // 100 bits are two digits; both parts are exact but the last, which rounds.
  uint64_t high = top.dp[1], low = top.dp[0];
  mp_clear_multi(&top, &rest, NULL);
  // high has 40 bits: the 64 top bits of the whole, the last standing for those below.
  uint64_t joined = high << 24 | low >> 36 | ((low & ((UINT64_C(1) << 36) - 1)) != 0);
  double mantissa = frexp((double)joined, &shift);
  *exponent = (int64_t)shift + 36 + drop;
  return mantissa;
}

static Tri logarithm(VM *vm, Value v, double (*function)(double), double *out) {
  if (is_int(v) && !value_has_script(vm, v, SP_FLOAT)) {
    if (int_sign(v) <= 0) {
      domain_error(vm);
      return TRI_ERROR;
    }
    double x = int_to_double(v);
    if (isfinite(x)) {
      *out = function(x);
    } else {
      int64_t exponent;
      double mantissa = int_frexp(v, &exponent);
      *out = function(mantissa) + function(2.0) * (double)exponent;
    }
    return TRI_YES;
  }
  double x;
  Tri known = real(vm, v, &x);
  if (known != TRI_YES) return known;
  if (x <= 0) {
    domain_error(vm);
    return TRI_ERROR;
  }
  *out = function(x);
  return TRI_YES;
}

#define LOGARITHM(name)                                                      \
  static bool math_##name(VM *vm, Value *args, int nargs, Value *out) {      \
    double result;                                                           \
    Tri known = logarithm(vm, args[0], name, &result);                       \
    if (known == TRI_SCRIPT) return with_reals(vm, #name, nargs, args, out); \
    *out = from_double(known == TRI_YES ? result : 0);                       \
    return known == TRI_YES;                                                 \
  }
LOGARITHM(log2)
LOGARITHM(log10)

static bool math_log(VM *vm, Value *args, int nargs, Value *out) {
  double result, base = 0;
  if (nargs < 1 || nargs > 2) return raise_type_error(vm, "math.log requires 1 to 2 arguments");
  Tri known = logarithm(vm, args[0], log, &result);
  if (known == TRI_YES && nargs == 2) known = logarithm(vm, args[1], log, &base);
  if (known == TRI_SCRIPT) return with_reals(vm, "log", nargs, args, out);
  if (known != TRI_YES) return false;
  if (nargs == 2 && base == 0) {
    return vm_raise(vm, vm->exceptions.ZeroDivisionError, "float division by zero");
  }
  *out = from_double(nargs == 2 ? result / base : result);
  return true;
}

// ---- functions of two numbers

static bool math_atan2(VM *vm, Value *args, int nargs, Value *out) {
  double x[2];
  NEED_REALS("atan2", nargs, x);
  *out = from_double(atan2(x[0], x[1]));
  return true;
}

static bool math_copysign(VM *vm, Value *args, int nargs, Value *out) {
  double x[2];
  NEED_REALS("copysign", nargs, x);
  *out = from_double(copysign(x[0], x[1]));
  return true;
}

static bool math_nextafter(VM *vm, Value *args, int nargs, Value *out) {
  double x[2];
  NEED_REALS("nextafter", nargs, x);
  *out = from_double(nextafter(x[0], x[1]));
  return true;
}

static bool division(VM *vm, const double *x, double result, Value *out) {
  if (isnan(result) && !isnan(x[0]) && !isnan(x[1])) return domain_error(vm);
  *out = from_double(result);
  return true;
}

static bool math_fmod(VM *vm, Value *args, int nargs, Value *out) {
  double x[2];
  NEED_REALS("fmod", nargs, x);
  return division(vm, x, fmod(x[0], x[1]), out);
}

static bool math_remainder(VM *vm, Value *args, int nargs, Value *out) {
  double x[2];
  NEED_REALS("remainder", nargs, x);
  return division(vm, x, remainder(x[0], x[1]), out);
}

static bool math_pow(VM *vm, Value *args, int nargs, Value *out) {
  double x[2];
  NEED_REALS("pow", nargs, x);
  double result = pow(x[0], x[1]);
  if (isfinite(x[0]) && isfinite(x[1])) {
    if (isnan(result) || (isinf(result) && x[0] == 0)) return domain_error(vm);
    if (isinf(result)) return range_error(vm);
  }
  *out = from_double(result);
  return true;
}

static bool math_ldexp(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  double x;
  Tri known = real(vm, args[0], &x);
  if (known == TRI_SCRIPT) return native_prelude(vm, out, "math.ldexp", 2, args);
  if (known != TRI_YES) return false;
  if (!is_int(args[1])) {
    return raise_type_error(vm, "Expected an int as second argument to ldexp.");
  }
  int64_t exponent;
  if (!int_to_i64(args[1], &exponent)) exponent = int_sign(args[1]) * INT64_C(100000);
  if (exponent > 100000) exponent = 100000;
  if (exponent < -100000) exponent = -100000;
  double result = ldexp(x, (int)exponent);
  if (isinf(result) && isfinite(x)) return range_error(vm);
  *out = from_double(result);
  return true;
}

// a, b, rel_tol, abs_tol.
static bool math_isclose(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (is_empty(args[2])) args[2] = from_double(1e-09);
  if (is_empty(args[3])) args[3] = from_double(0.0);
  double x[4];
  Tri known = reals(vm, args, 4, x);
  if (known == TRI_SCRIPT) return native_prelude(vm, out, "math.isclose", 4, args);
  if (known != TRI_YES) return false;
  double a = x[0], b = x[1], relative = x[2], absolute = x[3];
  if (relative < 0 || absolute < 0) {
    return raise_value_error(vm, "tolerances must be non-negative");
  }
  double difference = fabs(b - a);
  *out = from_bool(a == b || (!isinf(a) && !isinf(b) &&
                              (difference <= fabs(relative * b) ||
                               difference <= fabs(relative * a) || difference <= absolute)));
  return true;
}

// ---- to whole numbers

static bool to_whole(VM *vm, const char *name, double (*how)(double), Special special, Value *args,
                     Value *out) {
  Value v = args[0];
  if (is_int(v) && !value_has_script(vm, v, special)) {
    *out = int_plain(vm, v);
    return true;
  }
  if (is_float(v) && !value_has_script(vm, v, special)) {
    return float_to_int(vm, float_value(v), how, out);
  }
  if (!value_has_script(vm, v, special)) {
    double ignored;
    if (real(vm, v, &ignored) == TRI_ERROR) return false;
  }
  Value call[2] = {from_object(str_intern_c(vm, name)), v};
  return native_prelude(vm, out, "math.whole", 2, call);
}

static bool math_floor(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return to_whole(vm, "floor", floor, SP_FLOOR, args, out);
}

static bool math_ceil(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return to_whole(vm, "ceil", ceil, SP_CEIL, args, out);
}

static bool math_trunc(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Value v = args[0];
  if (value_has_script(vm, v, SP_TRUNC)) return native_prelude(vm, out, "math.trunc", 1, args);
  if (is_int(v)) {
    *out = int_plain(vm, v);
    return true;
  }
  if (is_float(v)) return float_to_int(vm, float_value(v), trunc, out);
  return raise_type_error(vm, "type %s doesn't define __trunc__ method", value_class_name(vm, v));
}

// ---- of many numbers

static bool math_hypot(VM *vm, Value *args, int nargs, Value *out) {
  double *x = heap_buffer_new(vm, ((size_t)nargs + 1) * sizeof *x);
  Tri known = reals(vm, args, nargs, x);
  if (known == TRI_YES) *out = from_double(math_norm(x, (size_t)nargs));
  heap_buffer_free(vm, x, ((size_t)nargs + 1) * sizeof *x);
  if (known == TRI_SCRIPT) return with_reals(vm, "hypot", nargs, args, out);
  return known == TRI_YES;
}

static bool math_dist(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *p, *q;
  Tri known = value_items(vm, args[0], &p);
  if (known == TRI_YES) known = value_items(vm, args[1], &q);
  if (known == TRI_SCRIPT) return native_prelude(vm, out, "math.dist", 2, args);
  if (known != TRI_YES) return false;
  if (p->count != q->count) {
    return raise_value_error(vm, "both points must have the same number of dimensions");
  }
  size_t size = (p->count + 1) * sizeof(double);
  double *x = heap_buffer_new(vm, size);
  for (size_t i = 0; known == TRI_YES && i < p->count; i++) {
    double y;
    known = real(vm, p->items[i], &x[i]);
    if (known == TRI_YES) known = real(vm, q->items[i], &y);
    if (known == TRI_YES) x[i] -= y;
  }
  if (known == TRI_YES) *out = from_double(math_norm(x, p->count));
  heap_buffer_free(vm, x, size);
  if (known == TRI_SCRIPT) return native_prelude(vm, out, "math.dist", 2, args);
  return known == TRI_YES;
}

static bool math_fsum(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *items;
  Tri known = value_items(vm, args[0], &items);
  if (known == TRI_SCRIPT) return native_prelude(vm, out, "math.fsum", 1, args);
  if (known != TRI_YES) return false;
  ExactSum sum = {.vm = vm};
  double x, total;
  for (size_t i = 0; i < items->count && known == TRI_YES; i++) {
    known = real(vm, items->items[i], &x);
    if (known == TRI_YES && !exact_sum_add(&sum, x)) known = TRI_ERROR;
  }
  if (known == TRI_YES && !exact_sum_finish(&sum, &total)) known = TRI_ERROR;
  exact_sum_free(&sum);
  if (known == TRI_SCRIPT) {
    Value list = from_object(items);
    return native_prelude(vm, out, "math.fsum", 1, &list);
  }
  if (known == TRI_YES) *out = from_double(total);
  return known == TRI_YES;
}

// iterable, start. Goes on in the prelude from the first factor that is no int or float.
static bool math_prod(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *items;
  Value product = is_empty(args[1]) ? small_int(1) : args[1];
  Tri known = value_items(vm, args[0], &items);
  if (known == TRI_ERROR) return false;
  Value rest[2] = {args[0], product};
  if (known == TRI_SCRIPT) return native_prelude(vm, out, "math.prod", 2, rest);
  bool plain = is_number(product) && value_is_builtin(vm, product);
  size_t i = 0;
  for (; plain && i < items->count; i++) {
    Value item = items->items[i];
    if (!is_number(item) || !value_is_builtin(vm, item)) break;
    if (number_binary(vm, BIN_MUL, product, item, &product) != TRI_YES) return false;
  }
  *out = product;
  if (i == items->count) return true;
  rest[0] = from_object(list_from(vm, items->items + i, items->count - i));
  rest[1] = product;
  return native_prelude(vm, out, "math.prod", 2, rest);
}

static const NativeDef functions[] = {
    FUNCTION_ROW("acos", math_acos, 1, 1, NULL),
    FUNCTION_ROW("acosh", math_acosh, 1, 1, NULL),
    FUNCTION_ROW("asin", math_asin, 1, 1, NULL),
    FUNCTION_ROW("asinh", math_asinh, 1, 1, NULL),
    FUNCTION_ROW("atan", math_atan, 1, 1, NULL),
    FUNCTION_ROW("atan2", math_atan2, 2, 2, NULL),
    FUNCTION_ROW("atanh", math_atanh, 1, 1, NULL),
    FUNCTION_ROW("cbrt", math_cbrt, 1, 1, NULL),
    FUNCTION_ROW("ceil", math_ceil, 1, 1, NULL),
    FUNCTION_ROW("copysign", math_copysign, 2, 2, NULL),
    FUNCTION_ROW("cos", math_cos, 1, 1, NULL),
    FUNCTION_ROW("cosh", math_cosh, 1, 1, NULL),
    FUNCTION_ROW("degrees", math_degrees, 1, 1, NULL),
    FUNCTION_ROW("dist", math_dist, 2, 2, NULL),
    FUNCTION_ROW("erf", math_erf, 1, 1, NULL),
    FUNCTION_ROW("erfc", math_erfc, 1, 1, NULL),
    FUNCTION_ROW("exp", math_exp, 1, 1, NULL),
    FUNCTION_ROW("exp2", math_exp2, 1, 1, NULL),
    FUNCTION_ROW("expm1", math_expm1, 1, 1, NULL),
    FUNCTION_ROW("fabs", math_fabs, 1, 1, NULL),
    FUNCTION_ROW("floor", math_floor, 1, 1, NULL),
    FUNCTION_ROW("fmod", math_fmod, 2, 2, NULL),
    FUNCTION_ROW("frexp", math_frexp, 1, 1, NULL),
    FUNCTION_ROW("fsum", math_fsum, 1, 1, NULL),
    FUNCTION_ROW("gamma", math_gamma_function, 1, 1, NULL),
    FUNCTION_ROW("hypot", math_hypot, 0, -1, NULL),
    FUNCTION_ROW("isclose", math_isclose, 2, 4, "a b * rel_tol abs_tol"),
    FUNCTION_ROW("isfinite", math_isfinite, 1, 1, NULL),
    FUNCTION_ROW("isinf", math_isinf, 1, 1, NULL),
    FUNCTION_ROW("isnan", math_isnan, 1, 1, NULL),
    FUNCTION_ROW("ldexp", math_ldexp, 2, 2, NULL),
    FUNCTION_ROW("lgamma", math_lgamma_function, 1, 1, NULL),
    FUNCTION_ROW("log", math_log, 0, -1, NULL),
    FUNCTION_ROW("log10", math_log10, 1, 1, NULL),
    FUNCTION_ROW("log1p", math_log1p, 1, 1, NULL),
    FUNCTION_ROW("log2", math_log2, 1, 1, NULL),
    FUNCTION_ROW("modf", math_modf, 1, 1, NULL),
    FUNCTION_ROW("nextafter", math_nextafter, 2, 2, NULL),
    FUNCTION_ROW("pow", math_pow, 2, 2, NULL),
    FUNCTION_ROW("prod", math_prod, 1, 2, "iterable / * start"),
    FUNCTION_ROW("radians", math_radians, 1, 1, NULL),
    FUNCTION_ROW("remainder", math_remainder, 2, 2, NULL),
    FUNCTION_ROW("sin", math_sin, 1, 1, NULL),
    FUNCTION_ROW("sinh", math_sinh, 1, 1, NULL),
    FUNCTION_ROW("sqrt", math_sqrt, 1, 1, NULL),
    FUNCTION_ROW("tan", math_tan, 1, 1, NULL),
    FUNCTION_ROW("tanh", math_tanh, 1, 1, NULL),
    FUNCTION_ROW("trunc", math_trunc, 1, 1, NULL),
    FUNCTION_ROW("ulp", math_ulp, 1, 1, NULL),
    END_ROW,
};

bool math_install(VM *vm, Module *module) {
  native_add_functions(vm, module, functions);
  native_add_functions(vm, module, math_int_functions);
  const struct {
    const char *name;
    double value;
  } constants[] = {{"pi", M_PI}, {"e", M_E}, {"tau", 2 * M_PI}, {"inf", INFINITY}, {"nan", NAN}};
  for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
    module_set(vm, module, str_intern_c(vm, constants[i].name), from_double(constants[i].value));
  }
  return true;
}
