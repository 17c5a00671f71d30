// compare.c: equality and order of any two values.
#include "bytes.h"
#include "deque.h"
#include "float.h"
#include "func.h"
#include "int.h"
#include "number.h"
#include "protocol.h"
#include "range.h"
#include "slice.h"
#include "vm.h"

static const char *const symbols[] = {"<", "<=", "==", "!=", ">", ">="};
static const Special specials[] = {SP_LT, SP_LE, SP_EQ, SP_NE, SP_GT, SP_GE};
static const Special reflected[] = {SP_GT, SP_GE, SP_EQ, SP_NE, SP_LT, SP_LE};

static Tri by_order(Compare op, int order) {
  switch (op) {
    case CMP_LT: return order < 0;
    case CMP_LE: return order <= 0;
    case CMP_EQ: return order == 0;
    case CMP_NE: return order != 0;
    case CMP_GT: return order > 0;
    default: return order >= 0;
  }
}

static Tri negate(Tri answer) {
  return answer == TRI_YES ? TRI_NO : answer == TRI_NO ? TRI_YES : answer;
}

// The first elements that differ decide; where there are none, the lengths do.
static Tri compare_sequences(VM *vm, Compare op, const Value *a, size_t a_count, const Value *b,
                             size_t b_count) {
  bool equality = op == CMP_EQ || op == CMP_NE;
  if (equality && a_count != b_count) return op == CMP_NE;
  size_t shared = a_count < b_count ? a_count : b_count;
  for (size_t i = 0; i < shared; i++) {
    if (a[i] == b[i]) continue;
    if (are_small_ints(a[i], b[i])) {  // the usual sort keys and priorities
      return by_order(op, as_small_int(a[i]) < as_small_int(b[i]) ? -1 : 1);
    }
    Tri same = value_equal(vm, a[i], b[i]);
    if (same == TRI_YES) continue;
    if (same != TRI_NO) return same;
    if (equality) return op == CMP_NE;
    return value_compare(vm, op, a[i], b[i]);
  }
  return by_order(op, a_count < b_count ? -1 : a_count > b_count);
}

static Tri compare_slices(VM *vm, Compare op, const Slice *a, const Slice *b) {
  Value left[] = {a->start, a->stop, a->step}, right[] = {b->start, b->stop, b->step};
  return compare_sequences(vm, op, left, 3, right, 3);
}

static bool is_set_like(Value v) { return is_any_set(v) || is_set_view(v); }

static size_t set_like_count(Value v) {
  return is_any_set(v) ? as_set(v)->count : as_dict_view(v)->dict->count;
}

// Whether every element of a (a set, or a view of keys or items) is in b.
static Tri all_contained(VM *vm, Value a, Value b) {
  size_t i = 0;
  Value key, value;
  for (;;) {
    if (is_any_set(a)) {
      if (!set_next(as_set(a), &i, &key)) return TRI_YES;
    } else {
      if (!dict_next(as_dict_view(a)->dict, &i, &key, &value)) return TRI_YES;
      if (as_object(a)->extra == VIEW_ITEMS) key = from_object(tuple_pair(vm, key, value));
    }
    Tri found = value_contains(vm, b, key);
    if (found != TRI_YES) return found;
  }
}

static Tri compare_set_likes(VM *vm, Compare op, Value a, Value b) {
  if (is_any_set(a) && is_any_set(b)) return set_compare(vm, op, as_set(a), as_set(b));
  size_t m = set_like_count(a), n = set_like_count(b);
  switch (op) {
    case CMP_LT: return m < n ? all_contained(vm, a, b) : TRI_NO;
    case CMP_LE: return m <= n ? all_contained(vm, a, b) : TRI_NO;
    case CMP_GT: return m > n ? all_contained(vm, b, a) : TRI_NO;
    case CMP_GE: return m >= n ? all_contained(vm, b, a) : TRI_NO;
    default: break;
  }
  Tri same = m == n ? all_contained(vm, a, b) : TRI_NO;
  return op == CMP_EQ ? same : negate(same);
}

static bool same_method(const Method *a, const Method *b) {
  return a->receiver == b->receiver && a->function == b->function;
}

static int compare_bytes(const Bytes *a, const Bytes *b) {
  size_t shared = a->length < b->length ? a->length : b->length;
  int order = memcmp(a->data, b->data, shared);
  return order ? order : a->length < b->length ? -1 : a->length > b->length;
}

// Whether two OrderedDicts with the same entries have them in the same order.
static Tri same_order(VM *vm, const Dict *a, const Dict *b) {
  Value x, y, value;
  size_t i = 0, j = 0;
  while (dict_next(a, &i, &x, &value) && dict_next(b, &j, &y, &value)) {
    Tri same = value_same_or_equal(vm, x, y);
    if (same != TRI_YES) return same;
  }
  return TRI_YES;
}

// The answer that the layouts alone give. *known is false where the pair has no such order.
static Tri compare_objects(VM *vm, Compare op, Value a, Value b, bool *known) {
  *known = true;
  bool equality = op == CMP_EQ || op == CMP_NE;
  Kind kind = as_object(a)->kind;
  if (is_set_like(a) && is_set_like(b)) return compare_set_likes(vm, op, a, b);
  if (kind == as_object(b)->kind) {
    switch (kind) {
      case KIND_STR:
        if (!equality) return by_order(op, str_compare(as_str(a), as_str(b)));
        return str_equal(as_str(a), as_str(b)) == (op == CMP_EQ);
      case KIND_BYTES: return by_order(op, compare_bytes(as_bytes(a), as_bytes(b)));
      case KIND_LIST:
        return compare_sequences(vm, op, as_list(a)->items, as_list(a)->count, as_list(b)->items,
                                 as_list(b)->count);
      case KIND_TUPLE:
        return compare_sequences(vm, op, as_tuple(a)->items, as_tuple(a)->count, as_tuple(b)->items,
                                 as_tuple(b)->count);
      case KIND_DEQUE: return deque_compare(vm, op, as_deque(a), as_deque(b));
      case KIND_SLICE: return compare_slices(vm, op, as_slice(a), as_slice(b));
      case KIND_DICT:
        if (!equality) break;
        Tri same = dict_equal(vm, as_dict(a), as_dict(b));
        if (same == TRI_YES && as_object(a)->extra == DICT_ORDERED &&
            as_object(b)->extra == DICT_ORDERED) {
          same = same_order(vm, as_dict(a), as_dict(b));
        }
        return op == CMP_EQ ? same : negate(same);
      case KIND_RANGE:
        if (!equality) break;
        return range_equal(vm, as_range(a), as_range(b)) == (op == CMP_EQ);
      case KIND_METHOD:
        if (!equality) break;
        return same_method((Method *)as_object(a), (Method *)as_object(b)) == (op == CMP_EQ);
      default: break;
    }
  }
  *known = false;
  return TRI_NO;
}

static bool needs_script(VM *vm, Compare op, Value a, Value b) {
  if (value_is_builtin(vm, a) && value_is_builtin(vm, b)) return false;
  if (value_has_script(vm, a, specials[op]) || value_has_script(vm, b, reflected[op])) return true;
  return op == CMP_NE && (value_has_script(vm, a, SP_EQ) || value_has_script(vm, b, SP_EQ));
}

// What lists of pairs are sorted by, and heaps kept in order.
static bool are_plain_tuples(VM *vm, Value a, Value b) {
  return is_object(a) && is_object(b) && as_object(a)->cls == vm->tuple_class &&
         as_object(b)->cls == vm->tuple_class;
}

static Tri compare_tuples(VM *vm, Compare op, const Tuple *a, const Tuple *b) {
  if (!vm_enter(vm, " in comparison")) return TRI_ERROR;
  Tri answer = compare_sequences(vm, op, a->items, a->count, b->items, b->count);
  vm_leave(vm);
  return answer;
}

Tri value_compare(VM *vm, Compare op, Value a, Value b) {
  if (are_small_ints(a, b)) {
    int64_t x = as_small_int(a), y = as_small_int(b);
    return by_order(op, x < y ? -1 : x > y);
  }
  if (are_plain_tuples(vm, a, b)) return compare_tuples(vm, op, as_tuple(a), as_tuple(b));
  if (needs_script(vm, op, a, b)) return TRI_SCRIPT;
  bool known = false;
  Tri answer = TRI_NO;
  if (is_number(a) && is_number(b)) return number_compare(vm, op, a, b);
  if (is_object(a) && is_object(b)) {
    if (!vm_enter(vm, " in comparison")) return TRI_ERROR;
    answer = compare_objects(vm, op, a, b, &known);
    vm_leave(vm);
  }
  if (known) return answer;
  if (op == CMP_EQ) return a == b;
  if (op == CMP_NE) return a != b;
  raise_type_error(vm, "'%s' not supported between instances of '%s' and '%s'", symbols[op],
                   value_class_name(vm, a), value_class_name(vm, b));
  return TRI_ERROR;
}

Tri value_equal(VM *vm, Value a, Value b) {
  if (a == b && !is_object(a) && !is_double(a)) return TRI_YES;
  if (is_str(a) && is_str(b) && as_object(a)->cls == vm->str_class &&
      as_object(b)->cls == vm->str_class) {
    return str_equal(as_str(a), as_str(b));
  }
  return value_compare(vm, CMP_EQ, a, b);
}

Tri value_same_or_equal(VM *vm, Value a, Value b) {
  return a == b ? TRI_YES : value_equal(vm, a, b);
}
