// range.c: ranges and their methods.
//
// Invariant: length is what start, stop and step say; extra is set exactly when start, step, stop
// and the last element plus one step are small ints, so that small arithmetic cannot overflow.
#include "range.h"

#include <assert.h>

#include "dunder.h"
#include "heap.h"
#include "int.h"
#include "iterator.h"
#include "slice.h"
#include "vm.h"

static const Value zero = VALUE_INT_TAG, one = VALUE_INT_TAG | 1;

// a op b for two ints where the operation cannot fail.
static Value arithmetic(VM *vm, Binary op, Value a, Value b) {
  Value result = EMPTY;
  Tri done = int_binary(vm, op, a, b, &result);
  assert(done == TRI_YES);
  (void)done;
  return result;
}

static Value plain_int(VM *vm, Value v) {
  if (is_bool(v)) return small_int(v == TRUE_VALUE);
  return is_small_int(v) ? v : arithmetic(vm, BIN_ADD, v, zero);
}

static Range *make(VM *vm, Value start, Value stop, Value step, Value length) {
  Range *r = heap_alloc(vm, KIND_RANGE, vm->range_class, sizeof(Range));
  r->start = start;
  r->stop = stop;
  r->step = step;
  r->length = length;
  r->header.extra =
      is_small_int(start) && is_small_int(stop) && is_small_int(step) && is_small_int(length);
  return r;
}

static Value count_between(VM *vm, Value start, Value stop, Value step) {
  if (is_small_int(start) && is_small_int(stop) && is_small_int(step)) {
    int64_t a = as_small_int(start), b = as_small_int(stop), s = as_small_int(step);
    assert(s != 0);
    if (s > 0 ? a >= b : a <= b) return zero;
    return int_from_i64(vm, s > 0 ? (b - a - 1) / s + 1 : (a - b - 1) / -s + 1);
  }
  bool up = int_sign(step) > 0;
  int order = int_compare(start, stop);
  if (up ? order >= 0 : order <= 0) return zero;
  Value span = up ? arithmetic(vm, BIN_SUB, stop, start) : arithmetic(vm, BIN_SUB, start, stop);
  Value size = up ? step : arithmetic(vm, BIN_SUB, zero, step);
  Value steps = arithmetic(vm, BIN_FLOORDIV, arithmetic(vm, BIN_SUB, span, one), size);
  return arithmetic(vm, BIN_ADD, steps, one);
}

bool range_new(VM *vm, Value start, Value stop, Value step, Value *out) {
  start = plain_int(vm, start);
  stop = plain_int(vm, stop);
  step = plain_int(vm, step);
  if (int_sign(step) == 0) return raise_value_error(vm, "range() arg 3 must not be zero");
  *out = from_object(make(vm, start, stop, step, count_between(vm, start, stop, step)));
  return true;
}

Value range_at(VM *vm, const Range *r, Value i) {
  if (range_is_small(r)) {
    return int_from_i64(vm, as_small_int(r->start) + as_small_int(i) * as_small_int(r->step));
  }
  return arithmetic(vm, BIN_ADD, r->start, arithmetic(vm, BIN_MUL, i, r->step));
}

// A bound of a slice as an int, by the rules of slice.indices, for lengths of any size.
static Value slice_bound(VM *vm, Value v, Value length, bool down) {
  Value low = down ? small_int(-1) : zero;
  Value high = down ? arithmetic(vm, BIN_SUB, length, one) : length;
  v = plain_int(vm, v);
  if (int_sign(v) < 0) {
    v = arithmetic(vm, BIN_ADD, v, length);
    return int_compare(v, low) < 0 ? low : v;
  }
  return int_compare(v, high) > 0 ? high : v;
}

static Tri check_bound(VM *vm, Value v) {
  if (is_none(v) || is_int(v)) return TRI_YES;
  if (value_has_script(vm, v, SP_INDEX)) return TRI_SCRIPT;
  raise_type_error(vm, "slice indices must be integers or None or have an __index__ method");
  return TRI_ERROR;
}

static Tri get_slice(VM *vm, const Range *r, const Slice *slice, Value *out) {
  Tri known = check_bound(vm, slice->step);
  if (known == TRI_YES) known = check_bound(vm, slice->start);
  if (known == TRI_YES) known = check_bound(vm, slice->stop);
  if (known != TRI_YES) return known;
  Value step = is_none(slice->step) ? one : plain_int(vm, slice->step);
  if (int_sign(step) == 0) {
    raise_value_error(vm, "slice step cannot be zero");
    return TRI_ERROR;
  }
  bool down = int_sign(step) < 0;
  Value first = down ? arithmetic(vm, BIN_SUB, r->length, one) : zero;
  Value last = down ? small_int(-1) : r->length;
  if (!is_none(slice->start)) first = slice_bound(vm, slice->start, r->length, down);
  if (!is_none(slice->stop)) last = slice_bound(vm, slice->stop, r->length, down);
  Value start = arithmetic(vm, BIN_ADD, r->start, arithmetic(vm, BIN_MUL, first, r->step));
  Value stop = arithmetic(vm, BIN_ADD, r->start, arithmetic(vm, BIN_MUL, last, r->step));
  return range_new(vm, start, stop, arithmetic(vm, BIN_MUL, r->step, step), out) ? TRI_YES
                                                                                 : TRI_ERROR;
}

Tri range_get_item(VM *vm, const Range *r, Value index, Value *out) {
  if (is_slice(index)) return get_slice(vm, r, as_slice(index), out);
  if (!is_int(index)) {
    if (value_has_script(vm, index, SP_INDEX)) return TRI_SCRIPT;
    raise_type_error(vm, "range indices must be integers or slices, not %s",
                     value_class_name(vm, index));
    return TRI_ERROR;
  }
  Value at = plain_int(vm, index);
  if (int_sign(at) < 0) at = arithmetic(vm, BIN_ADD, at, r->length);
  if (int_sign(at) < 0 || int_compare(at, r->length) >= 0) {
    raise_index_error(vm, "range object index out of range");
    return TRI_ERROR;
  }
  *out = range_at(vm, r, at);
  return TRI_YES;
}

Tri range_find(VM *vm, const Range *r, Value v, Value *out) {
  if (int_sign(r->length) == 0) return TRI_NO;
  Value offset = arithmetic(vm, BIN_SUB, plain_int(vm, v), r->start);
  if (int_sign(arithmetic(vm, BIN_MOD, offset, r->step)) != 0) return TRI_NO;
  Value at = arithmetic(vm, BIN_FLOORDIV, offset, r->step);
  if (int_sign(at) < 0 || int_compare(at, r->length) >= 0) return TRI_NO;
  *out = at;
  return TRI_YES;
}

// The position of an element equal to v, whatever v is: an int is found by arithmetic, a float by
// its integral value; nothing else builtin equals an int.
static Tri find_any(VM *vm, const Range *r, Value v, Value *out) {
  if (value_has_script(vm, v, SP_EQ)) return TRI_SCRIPT;
  if (is_double(v)) {
    double d = as_double(v);
    if (!(d - d == 0) || d != __builtin_floor(d)) return TRI_NO;
    v = int_from_double(vm, d);
  }
  return is_int(v) ? range_find(vm, r, v, out) : TRI_NO;
}

Tri range_contains(VM *vm, const Range *r, Value v) {
  Value at;
  return find_any(vm, r, v, &at);
}

bool range_equal(VM *vm, const Range *a, const Range *b) {
  (void)vm;
  if (int_compare(a->length, b->length) != 0) return false;
  if (int_sign(a->length) == 0) return true;
  if (int_compare(a->start, b->start) != 0) return false;
  return int_compare(a->length, one) == 0 || int_compare(a->step, b->step) == 0;
}

// Equal ranges hash alike: the hash of (length, start or None, step or None).
Tri range_hash(VM *vm, const Range *r, uint64_t *out) {
  bool some = int_sign(r->length) != 0, several = int_compare(r->length, one) > 0;
  Tuple *key = tuple_of(vm, 3, r->length, some ? r->start : NONE, several ? r->step : NONE);
  return value_hash(vm, from_object(key), out);
}

bool range_repr(VM *vm, const Range *r, Text *out) {
  text_add_c(out, "range(");
  if (!int_to_text(vm, r->start, 10, out)) return false;
  text_add_c(out, ", ");
  if (!int_to_text(vm, r->stop, 10, out)) return false;
  if (r->step != one) {
    text_add_c(out, ", ");
    if (!int_to_text(vm, r->step, 10, out)) return false;
  }
  text_add_char(out, ')');
  return true;
}

Value range_iterator(VM *vm, const Range *r, bool reverse) {
  Value start = r->start, step = r->step;
  if (reverse) {
    start = range_at(vm, r, arithmetic(vm, BIN_SUB, r->length, one));
    step = arithmetic(vm, BIN_SUB, zero, step);
  }
  if (range_is_small(r) && is_small_int(start)) {
    return iterator_new_range(vm, as_small_int(start), as_small_int(step), as_small_int(r->length));
  }
  Tuple *state = tuple_of(vm, 3, start, step, r->length);
  return from_object(
      iterator_new(vm, ITER_BIG_RANGE, vm->range_iterator_class, from_object(state)));
}

void range_mark(VM *vm, Object *object) {
  Range *r = (Range *)object;
  heap_mark(vm, r->start);
  heap_mark(vm, r->stop);
  heap_mark(vm, r->step);
  heap_mark(vm, r->length);
}

// ---- Methods ----

static bool new_range(VM *vm, Value *args, int nargs, Value *out) {
  for (int i = 1; i < nargs; i++) {
    int64_t ignored;
    Tri known = value_index(vm, args[i], &ignored);
    if (known == TRI_SCRIPT) {
      return native_prelude(vm, out, "containers.range_slow", nargs - 1, args + 1);
    }
    if (known != TRI_YES) return false;
  }
  if (nargs == 2) return range_new(vm, zero, args[1], one, out);
  return range_new(vm, args[1], args[2], nargs == 4 ? args[3] : one, out);
}

static bool get_start(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = as_range(args[0])->start;
  return true;
}

static bool get_stop(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = as_range(args[0])->stop;
  return true;
}

static bool get_step(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = as_range(args[0])->step;
  return true;
}

static bool range_count(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Tri found = range_contains(vm, as_range(args[0]), args[1]);
  if (found == TRI_SCRIPT) return native_prelude(vm, out, "containers.count_slow", 2, args);
  *out = small_int(found == TRI_YES);
  return true;
}

static bool range_index(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Tri found = find_any(vm, as_range(args[0]), args[1], out);
  if (found == TRI_SCRIPT) return native_prelude(vm, out, "containers.range_index_slow", 2, args);
  if (found == TRI_YES) return true;
  if (!is_int(args[1])) return raise_value_error(vm, "sequence.index(x): x not in sequence");
  Text text = text_new(vm);
  if (!int_to_text(vm, args[1], 10, &text)) {
    text_free(&text);
    return false;
  }
  text_add_c(&text, " is not in range");
  return vm_raise_value(vm, vm->exceptions.ValueError, from_object(text_finish(&text)));
}

static bool range_reversed(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = range_iterator(vm, as_range(args[0]), true);
  return true;
}

static const NativeDef methods[] = {
    {.name = "__new__", .leaf = new_range, .min = 2, .max = 4, .flags = NATIVE_STATIC},
    {.name = "__reversed__", .leaf = range_reversed, .min = 1, .max = 1, .flags = NATIVE_METHOD},
    {.name = "count", .leaf = range_count, .min = 2, .max = 2, .flags = NATIVE_METHOD},
    {.name = "index", .leaf = range_index, .min = 2, .max = 2, .flags = NATIVE_METHOD},
    {.name = "start",
     .leaf = get_start,
     .min = 1,
     .max = 1,
     .flags = NATIVE_PROPERTY | NATIVE_MEMBER},
    {.name = "stop",
     .leaf = get_stop,
     .min = 1,
     .max = 1,
     .flags = NATIVE_PROPERTY | NATIVE_MEMBER},
    {.name = "step",
     .leaf = get_step,
     .min = 1,
     .max = 1,
     .flags = NATIVE_PROPERTY | NATIVE_MEMBER},
    {0},
};

void range_install(VM *vm) {
  dunder_install(vm, vm->range_class,
                 DUNDER_EQUAL | DUNDER_HASH | DUNDER_REPR | DUNDER_BOOL | DUNDER_LEN |
                     DUNDER_CONTAINS | DUNDER_GETITEM | DUNDER_ITER);
  native_add_methods(vm, vm->range_class, methods);
}
