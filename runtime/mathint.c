// mathint.c: the functions of ints in the module math: exact, of any size.
#include "int.h"
#include "mathmodule.h"
#include "rows.h"

static bool raise_not_int(VM *vm, Value v) {
  return raise_type_error(vm, "'%s' object cannot be interpreted as an integer",
                          value_class_name(vm, v));
}

// Whether all arguments are ints; SCRIPT when one of them has its own __index__.
static Tri all_ints(VM *vm, const Value *args, int nargs) {
  bool script = false;
  for (int i = 0; i < nargs; i++) {
    if (is_int(args[i])) continue;
    if (!value_has_script(vm, args[i], SP_INDEX)) {
      raise_not_int(vm, args[i]);
      return TRI_ERROR;
    }
    script = true;
  }
  return script ? TRI_SCRIPT : TRI_YES;
}

static bool with_ints(VM *vm, const char *name, int nargs, const Value *args, Value *out) {
  Value call[4] = {from_object(str_intern_c(vm, name))};
  if (nargs <= 3) {
    memcpy(call + 1, args, (size_t)nargs * sizeof *args);
    return native_prelude(vm, out, "math.with_ints", nargs + 1, call);
  }
  Tuple *all = tuple_new(vm, (size_t)nargs + 1);
  all->items[0] = call[0];
  memcpy(all->items + 1, args, (size_t)nargs * sizeof *args);
  return native_prelude(vm, out, "math.with_ints", nargs + 1, all->items);
}

// Opens a function of ints: hands over, or fails, unless all of them are ints already.
#define NEED_INTS(name, count)                                             \
  do {                                                                     \
    Tri known = all_ints(vm, args, count);                                 \
    if (known == TRI_SCRIPT) return with_ints(vm, name, count, args, out); \
    if (known != TRI_YES) return false;                                    \
  } while (0)

static Value absolute(VM *vm, Value v) {
  Value out = int_plain(vm, v);
  if (int_sign(v) < 0 && int_unary(vm, UN_NEG, v, &out) != TRI_YES) assert(!"negation fails");
  return out;
}

static uint64_t small_gcd(uint64_t a, uint64_t b) {
  while (b != 0) {
    uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static Value gcd_of(VM *vm, Value a, Value b) {
  int64_t x, y;
  if (int_to_i64(a, &x) && int_to_i64(b, &y) && x >= 0 && y >= 0) {
    return int_from_u64(vm, small_gcd((uint64_t)x, (uint64_t)y));
  }
  IntView left, right;
  mp_int result;
  int_must(mp_init(&result));
  int_must(mp_gcd(int_view(a, &left), int_view(b, &right), &result));
  return int_from_mp(vm, &result);
}

static bool math_gcd(VM *vm, Value *args, int nargs, Value *out) {
  NEED_INTS("gcd", nargs);
  Value result = small_int(0);
  for (int i = 0; i < nargs; i++) result = gcd_of(vm, result, absolute(vm, args[i]));
  *out = result;
  return true;
}

static bool math_lcm(VM *vm, Value *args, int nargs, Value *out) {
  NEED_INTS("lcm", nargs);
  Value result = small_int(1);
  for (int i = 0; i < nargs; i++) {
    Value next = absolute(vm, args[i]), part, rest;
    if (int_sign(next) == 0) {
      result = small_int(0);
    } else if (int_sign(result) != 0) {
      if (!int_divmod(vm, next, gcd_of(vm, result, next), &part, &rest)) return false;
      if (int_binary(vm, BIN_MUL, result, part, &result) != TRI_YES) return false;
    }
  }
  *out = result;
  return true;
}

// first * (first + 1) * … * last, halved so that the factors of a product are of like size.
static void product(uint64_t first, uint64_t last, mp_int *out) {
  if (last - first < 8) {
    mp_set_u64(out, first);
    for (uint64_t i = first + 1; i <= last; i++) {
      if (i <= MP_MASK) {
        int_must(mp_mul_d(out, i, out));
      } else {
        mp_int factor;
        int_must(mp_init_u64(&factor, i));
        int_must(mp_mul(out, &factor, out));
        mp_clear(&factor);
      }
    }
    return;
  }
  uint64_t middle = first + (last - first) / 2;
  mp_int high;
  int_must(mp_init(&high));
  product(first, middle, out);
  product(middle + 1, last, &high);
  int_must(mp_mul(out, &high, out));
  mp_clear(&high);
}

// A product of that many factors of that many bits is refused before it is begun.
static bool check_size(VM *vm, uint64_t factors, size_t bits) {
  if (factors == 0 || (double)factors * (double)bits < INT_MAX_BITS) return true;
  return vm_raise(vm, vm->exceptions.MemoryError, "%s", "");
}

static bool math_factorial(VM *vm, Value *args, int nargs, Value *out) {
  NEED_INTS("factorial", nargs);
  int64_t n;
  bool fits = int_to_i64(args[0], &n);
  if (int_sign(args[0]) < 0) {
    return raise_value_error(vm, "factorial() not defined for negative values");
  }
  if (!fits) {
    return vm_raise(vm, vm->exceptions.OverflowError, "factorial() argument should not exceed %lld",
                    (long long)INT64_MAX);
  }
  if (!check_size(vm, (uint64_t)n, int_bit_length(args[0]))) return false;
  mp_int result;
  int_must(mp_init(&result));
  product(1, n < 1 ? 1 : (uint64_t)n, &result);
  *out = int_from_mp(vm, &result);
  return true;
}

// n * (n - 1) * … of k factors.
static Value falling(VM *vm, Value n, uint64_t k) {
  int64_t top;
  mp_int result;
  int_must(mp_init(&result));
  if (k == 0) {
    mp_set(&result, 1);
  } else if (int_to_i64(n, &top)) {
    product((uint64_t)top - k + 1, (uint64_t)top, &result);
  } else {
    IntView view;
    mp_int factor;
    int_must(mp_init_copy(&factor, int_view(n, &view)));
    int_must(mp_copy(&factor, &result));
    for (uint64_t i = 1; i < k; i++) {
      int_must(mp_sub_d(&factor, 1, &factor));
      int_must(mp_mul(&result, &factor, &result));
    }
    mp_clear(&factor);
  }
  return int_from_mp(vm, &result);
}

static bool check_not_negative(VM *vm, const Value *args) {
  if (int_sign(args[0]) < 0) return raise_value_error(vm, "n must be a non-negative integer");
  if (int_sign(args[1]) < 0) return raise_value_error(vm, "k must be a non-negative integer");
  return true;
}

static bool math_perm(VM *vm, Value *args, int nargs, Value *out) {
  if (nargs == 1 || is_none(args[1])) return math_factorial(vm, args, 1, out);
  NEED_INTS("perm", 2);
  if (!check_not_negative(vm, args)) return false;
  int64_t k;
  if (int_compare(args[0], args[1]) < 0) {
    *out = small_int(0);
    return true;
  }
  if (!int_to_i64(args[1], &k)) {
    return vm_raise(vm, vm->exceptions.OverflowError, "k must not exceed %lld",
                    (long long)INT64_MAX);
  }
  if (!check_size(vm, (uint64_t)k, int_bit_length(args[0]))) return false;
  *out = falling(vm, args[0], (uint64_t)k);
  return true;
}

static bool math_comb(VM *vm, Value *args, int nargs, Value *out) {
  NEED_INTS("comb", nargs);
  if (!check_not_negative(vm, args)) return false;
  Value rest;
  if (int_binary(vm, BIN_SUB, args[0], args[1], &rest) != TRI_YES) return false;
  if (int_sign(rest) < 0) {
    *out = small_int(0);
    return true;
  }
  int64_t k;
  if (!int_to_i64(int_compare(rest, args[1]) < 0 ? rest : args[1], &k)) {
    return vm_raise(vm, vm->exceptions.OverflowError, "min(n - k, k) must not exceed %lld",
                    (long long)INT64_MAX);
  }
  if (!check_size(vm, (uint64_t)k, int_bit_length(args[0]))) return false;
  Value over = falling(vm, args[0], (uint64_t)k), under = falling(vm, small_int(k), (uint64_t)k);
  return int_divmod(vm, over, under, out, &rest);
}

static bool math_isqrt(VM *vm, Value *args, int nargs, Value *out) {
  NEED_INTS("isqrt", nargs);
  if (int_sign(args[0]) < 0) return raise_value_error(vm, "isqrt() argument must be nonnegative");
  IntView view;
  mp_int result;
  int_must(mp_init(&result));
  int_must(mp_sqrt(int_view(args[0], &view), &result));
  *out = int_from_mp(vm, &result);
  return true;
}

const NativeDef math_int_functions[] = {
    FUNCTION_ROW("gcd", math_gcd, 0, -1, NULL),
    FUNCTION_ROW("lcm", math_lcm, 0, -1, NULL),
    FUNCTION_ROW("factorial", math_factorial, 1, 1, NULL),
    FUNCTION_ROW("perm", math_perm, 1, 2, NULL),
    FUNCTION_ROW("comb", math_comb, 2, 2, NULL),
    FUNCTION_ROW("isqrt", math_isqrt, 1, 1, NULL),
    END_ROW,
};
