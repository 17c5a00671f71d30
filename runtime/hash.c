// hash.c: hash() of any value. Equal values have equal hashes; those of numbers, of tuples and of
// frozensets of them are CPython's, as the order of a set shows them.
#include "bytes.h"
#include "float.h"
#include "func.h"
#include "int.h"
#include "protocol.h"
#include "range.h"
#include "vm.h"

#define XX_PRIME_1 UINT64_C(11400714785074694791)
#define XX_PRIME_2 UINT64_C(14029467366897019727)
#define XX_PRIME_5 UINT64_C(2870177450012600261)

static uint64_t identity_hash(Value v) {
  uint64_t hash = (v >> 4) | (v << 60);
  return hash == UINT64_MAX ? UINT64_MAX - 1 : hash;
}

// The rounds of xxHash over the elements' hashes.
static uint64_t fold(uint64_t sum, uint64_t lane) {
  sum += lane * XX_PRIME_2;
  sum = (sum << 31) | (sum >> 33);
  return sum * XX_PRIME_1;
}

static uint64_t finish(uint64_t sum, size_t count) {
  sum += count ^ (XX_PRIME_5 ^ UINT64_C(3527539));
  return sum == UINT64_MAX ? UINT64_C(1546275796) : sum;
}

uint64_t hash_of_tuple(const uint64_t *hashes, size_t count) {
  uint64_t sum = XX_PRIME_5;
  for (size_t i = 0; i < count; i++) sum = fold(sum, hashes[i]);
  return finish(sum, count);
}

static Tri tuple_hash(VM *vm, const Tuple *tuple, uint64_t *out) {
  if (!vm_enter(vm, " while calling a Python object")) return TRI_ERROR;
  uint64_t sum = XX_PRIME_5;
  for (size_t i = 0; i < tuple->count; i++) {
    uint64_t lane;
    Tri hashed = value_hash(vm, tuple->items[i], &lane);
    if (hashed != TRI_YES) {
      vm_leave(vm);
      return hashed;
    }
    sum = fold(sum, lane);
  }
  vm_leave(vm);
  *out = finish(sum, tuple->count);
  return TRI_YES;
}

static Tri method_hash(VM *vm, const Method *method, uint64_t *out) {
  uint64_t function;
  Tri hashed = value_hash(vm, method->function, &function);
  if (hashed == TRI_YES) *out = identity_hash(method->receiver) ^ function;
  return hashed;
}

static Tri unhashable(VM *vm, Value v) {
  raise_type_error(vm, "unhashable type: '%s'", value_class_name(vm, v));
  return TRI_ERROR;
}

Tri value_hash(VM *vm, Value v, uint64_t *out) {
  if (is_small_int(v)) {
    int64_t i = as_small_int(v);  // far below the modulus 2^61 - 1
    *out = i == -1 ? (uint64_t)-2 : (uint64_t)i;
    return TRI_YES;
  }
  if (is_double(v)) {
    *out = float_hash(as_double(v));
    return TRI_YES;
  }
  if (!is_object(v)) {
    *out = is_bool(v) ? v == TRUE_VALUE : is_none(v) ? UINT64_C(0xFCA86420) : v & VALUE_PAYLOAD;
    return TRI_YES;
  }
  if (is_str(v) && as_object(v)->cls == vm->str_class) {
    *out = str_hash(as_str(v));
    return TRI_YES;
  }
  if (!value_is_builtin(vm, v)) {
    if (class_special(vm, as_object(v)->cls, SP_HASH) == NONE) return unhashable(vm, v);
    if (value_has_script(vm, v, SP_HASH)) return TRI_SCRIPT;
  }
  switch (as_object(v)->kind) {
    case KIND_STR: *out = str_hash(as_str(v)); return TRI_YES;
    case KIND_BYTES: *out = bytes_hash(as_bytes(v)); return TRI_YES;
    case KIND_BIGINT: *out = int_hash(v); return TRI_YES;
    case KIND_FLOAT: *out = float_hash(float_value(v)); return TRI_YES;
    case KIND_TUPLE: return tuple_hash(vm, as_tuple(v), out);
    case KIND_FROZENSET: *out = set_hash(as_set(v)); return TRI_YES;
    case KIND_RANGE: return range_hash(vm, as_range(v), out);
    case KIND_METHOD: return method_hash(vm, (Method *)as_object(v), out);
    case KIND_LIST:
    case KIND_DICT:
    case KIND_DEQUE:
    case KIND_SET:
    case KIND_SLICE: return unhashable(vm, v);
    case KIND_DICT_VIEW:
      if (is_set_view(v)) return unhashable(vm, v);
      break;
    default: break;
  }
  *out = identity_hash(v);
  return TRI_YES;
}
