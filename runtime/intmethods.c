// intmethods.c: the methods of int and bool.
#include "bytes.h"
#include "dunder.h"
#include "number.h"
#include "vm.h"

static bool bit_length(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = int_from_i64(vm, (int64_t)int_bit_length(args[0]));
  return true;
}

static bool bit_count(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  IntView view;
  const mp_int *mp = int_view(args[0], &view);
  int64_t count = 0;
  for (int i = 0; i < mp->used; i++) count += __builtin_popcountll(mp->dp[i]);
  *out = int_from_i64(vm, count);
  return true;
}

static bool plain(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = int_plain(vm, args[0]);
  return true;
}

static bool zero(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)args, (void)nargs;
  *out = small_int(0);
  return true;
}

static bool one(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)args, (void)nargs;
  *out = small_int(1);
  return true;
}

static bool as_integer_ratio(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_object(tuple_of(vm, 2, int_plain(vm, args[0]), small_int(1)));
  return true;
}

static bool to_float(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  double d;
  if (!float_from_number_checked(vm, args[0], &d)) return false;
  *out = from_double(d);
  return true;
}

static bool divmod_of(VM *vm, Value a, Value b, Value *out) {
  *out = NOT_IMPLEMENTED;
  return !is_int(b) || !is_int(a) || number_divmod(vm, a, b, out) == TRI_YES;
}

static bool int_divmod_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return divmod_of(vm, args[0], args[1], out);
}

static bool int_rdivmod(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return divmod_of(vm, args[1], args[0], out);
}

static bool absolute(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return number_absolute(vm, args[0], out) == TRI_YES;
}

static bool round_method(VM *vm, Value *args, int nargs, Value *out) {
  if (nargs == 2 && is_none(args[1])) {
    return raise_type_error(vm, "'NoneType' object cannot be interpreted as an integer");
  }
  Tri done = number_round(vm, args[0], args[1], out);
  if (done == TRI_SCRIPT) return native_prelude(vm, out, "number.round_slow", 2, args);
  return done == TRI_YES;
}

static bool new_arguments(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_object(tuple_of(vm, 1, int_plain(vm, args[0])));
  return true;
}

// "big" or "little"; the default is "big".
static bool byte_order(VM *vm, const char *function, Value v, bool *little) {
  *little = false;
  if (is_empty(v)) return true;
  if (!is_str(v)) {
    return raise_type_error(vm, "%s() argument 'byteorder' must be str, not %s", function,
                            value_class_name(vm, v));
  }
  *little = str_equals_c(as_str(v), "little");
  if (*little || str_equals_c(as_str(v), "big")) return true;
  return raise_value_error(vm, "byteorder must be either 'little' or 'big'");
}

static bool is_signed(VM *vm, Value v, bool *out) {
  *out = false;
  if (is_empty(v)) return true;
  Tri truth = value_truth(vm, v);
  if (truth == TRI_SCRIPT) return raise_type_error(vm, "signed must be a bool");
  *out = truth == TRI_YES;
  return truth != TRI_ERROR;
}

// Arguments: self, length, byteorder, signed.
static bool to_bytes(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t length = 1;
  bool little, with_sign;
  if (!is_empty(args[1])) {
    Tri known = value_index(vm, args[1], &length);
    if (known == TRI_SCRIPT) {
      Value all[4] = {args[0], args[1],
                      is_empty(args[2]) ? from_object(str_from_c(vm, "big")) : args[2],
                      is_empty(args[3]) ? FALSE_VALUE : args[3]};
      return native_prelude(vm, out, "number.to_bytes_slow", 4, all);
    }
    if (known != TRI_YES) return false;
    if (!int_to_i64(args[1], &length) || length > INT_MAX_BITS) {
      return vm_raise(vm, vm->exceptions.OverflowError,
                      "cannot fit 'int' into an index-sized integer");
    }
  }
  if (!byte_order(vm, "to_bytes", args[2], &little) || !is_signed(vm, args[3], &with_sign))
    return false;
  if (length < 0) return raise_value_error(vm, "length argument must be non-negative");
  bool negative = int_sign(args[0]) < 0;
  if (negative && !with_sign) {
    return vm_raise(vm, vm->exceptions.OverflowError, "can't convert negative int to unsigned");
  }
  // A negative number -n is written as the complement of n - 1.
  Value magnitude = args[0];
  if (negative && int_unary(vm, UN_INVERT, magnitude, &magnitude) != TRI_YES) return false;
  if ((int64_t)int_bit_length(magnitude) + with_sign > length * 8 &&
      !(int_sign(args[0]) == 0 && length == 0)) {
    return vm_raise(vm, vm->exceptions.OverflowError, "int too big to convert");
  }
  IntView view;
  const mp_int *mp = int_view(magnitude, &view);
  Bytes *bytes = bytes_new(vm, NULL, (size_t)length);
  for (int64_t i = 0; i < length; i++) {
    int64_t bit = i * 8;
    int word = (int)(bit / MP_DIGIT_BIT), offset = (int)(bit % MP_DIGIT_BIT);
    mp_digit value = word < mp->used ? mp->dp[word] >> offset : 0;
    if (offset > MP_DIGIT_BIT - 8 && word + 1 < mp->used) {
      value |= mp->dp[word + 1] << (MP_DIGIT_BIT - offset);
    }
    bytes->data[little ? i : length - 1 - i] = (uint8_t)(negative ? ~value : value);
  }
  *out = from_object(bytes);
  return true;
}

void int_read_octets(mp_int *out, const uint8_t *data, size_t length, bool little) {
  int words = (int)(length * 8 / MP_DIGIT_BIT + 1);
  int_must(mp_grow(out, words));
  memset(out->dp, 0, (size_t)words * sizeof *out->dp);
  for (size_t i = 0; i < length; i++) {
    mp_digit octet = data[little ? i : length - 1 - i];
    size_t bit = i * 8, word = bit / MP_DIGIT_BIT, offset = bit % MP_DIGIT_BIT;
    out->dp[word] |= octet << offset & MP_MASK;
    if (offset > MP_DIGIT_BIT - 8) out->dp[word + 1] |= octet >> (MP_DIGIT_BIT - offset);
  }
  out->used = words;
  mp_clamp(out);
}

static bool from_octets(VM *vm, const uint8_t *data, size_t length, bool little, bool with_sign,
                        Value *out) {
  if (length > INT_MAX_BITS / 8) return vm_raise(vm, vm->exceptions.MemoryError, "%s", "");
  mp_int mp;
  int_must(mp_init(&mp));
  int_read_octets(&mp, data, length, little);
  bool negative = with_sign && length > 0 && (data[little ? length - 1 : 0] & 0x80);
  if (negative) {
    mp_int whole;
    int_must(mp_init(&whole));
    int_must(mp_2expt(&whole, (int)(length * 8)));
    int_must(mp_sub(&mp, &whole, &mp));
    mp_clear(&whole);
  }
  *out = int_from_mp(vm, &mp);
  return true;
}

static bool from_bytes_by_script(VM *vm, Value *args, Value *out) {
  Value all[4] = {args[0], args[1], args[2], args[3]};
  if (is_empty(all[2])) all[2] = from_object(str_from_c(vm, "big"));
  if (is_empty(all[3])) all[3] = FALSE_VALUE;
  return native_prelude(vm, out, "number.from_bytes_slow", 4, all);
}

// Arguments: the class, bytes or an iterable of ints, byteorder, signed.
static bool from_bytes(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  bool little, with_sign, ok;
  if (!byte_order(vm, "from_bytes", args[2], &little) || !is_signed(vm, args[3], &with_sign))
    return false;
  if (is_bytes(args[1])) {
    const Bytes *bytes = as_bytes(args[1]);
    ok = from_octets(vm, bytes->data, bytes->length, little, with_sign, out);
  } else if (is_str(args[1]) || is_number(args[1])) {
    return raise_type_error(vm, "cannot convert '%s' object to bytes",
                            value_class_name(vm, args[1]));
  } else {
    return from_bytes_by_script(vm, args, out);
  }
  if (!ok || args[0] == from_object(vm->int_class)) return ok;
  return native_tail(vm, out, args[0], 1, out);
}

#define METHOD(name_, leaf_, min_, max_) \
  { .name = name_, .leaf = leaf_, .min = min_, .max = max_, .flags = NATIVE_METHOD }
#define FIELD(name_, leaf_) \
  { .name = name_, .leaf = leaf_, .min = 1, .max = 1, .flags = NATIVE_PROPERTY }

static const NativeDef methods[] = {
    METHOD("bit_length", bit_length, 1, 1),
    METHOD("bit_count", bit_count, 1, 1),
    METHOD("conjugate", plain, 1, 1),
    METHOD("as_integer_ratio", as_integer_ratio, 1, 1),
    METHOD("__int__", plain, 1, 1),
    METHOD("__index__", plain, 1, 1),
    METHOD("__trunc__", plain, 1, 1),
    METHOD("__floor__", plain, 1, 1),
    METHOD("__ceil__", plain, 1, 1),
    METHOD("__float__", to_float, 1, 1),
    METHOD("__abs__", absolute, 1, 1),
    METHOD("__round__", round_method, 1, 2),
    METHOD("__divmod__", int_divmod_method, 2, 2),
    METHOD("__rdivmod__", int_rdivmod, 2, 2),
    METHOD("__getnewargs__", new_arguments, 1, 1),
    FIELD("real", plain),
    FIELD("imag", zero),
    FIELD("numerator", plain),
    FIELD("denominator", one),
    {.name = "to_bytes",
     .leaf = to_bytes,
     .min = 1,
     .max = 4,
     .flags = NATIVE_METHOD,
     .params = "self length byteorder * signed"},
    {.name = "from_bytes",
     .leaf = from_bytes,
     .min = 2,
     .max = 4,
     .flags = NATIVE_CLASS,
     .params = "cls bytes byteorder * signed"},
    {0},
};

void int_install(VM *vm) {
  const unsigned all = (1u << BIN_COUNT) - 1, logic = 1u << BIN_AND | 1u << BIN_OR | 1u << BIN_XOR;
  native_binary_dunders(vm, vm->int_class, all & ~(1u << BIN_MATMUL));
  dunder_install(vm, vm->int_class,
                 DUNDER_UNARY(UN_NEG) | DUNDER_UNARY(UN_POS) | DUNDER_UNARY(UN_INVERT) |
                     DUNDER_EQUAL | DUNDER_ORDER | DUNDER_HASH | DUNDER_REPR | DUNDER_FORMAT |
                     DUNDER_BOOL);
  native_add_methods(vm, vm->int_class, methods);
  native_binary_dunders(vm, vm->bool_class, logic);
  dunder_install(vm, vm->bool_class, DUNDER_REPR);
}
