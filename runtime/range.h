// range.h: range, an arithmetic progression of ints of any size, and its methods.
#ifndef CORO_RANGE_H
#define CORO_RANGE_H

#include "object.h"
#include "protocol.h"

typedef struct {
  Object header;  // extra: 1 when start, stop, step and every element are small ints
  Value start, stop, step;
  Value length;  // an int, never negative
} Range;

static inline Range *as_range(Value v) {
  assert(is_kind(v, KIND_RANGE));
  return (Range *)as_object(v);
}
// Whether start, step and length can be read with as_small_int, and so every element.
static inline bool range_is_small(const Range *r) { return r->header.extra; }

// start, stop and step are ints. ERROR "range() arg 3 must not be zero".
bool range_new(VM *vm, Value start, Value stop, Value step, Value *out) MUST_CHECK;
// Element i (an int within the length), no bounds check.
Value range_at(VM *vm, const Range *r, Value i);
Tri range_get_item(VM *vm, const Range *r, Value index, Value *out) MUST_CHECK;
// The position of v (an int) in r: YES with *out, NO when it is not an element.
Tri range_find(VM *vm, const Range *r, Value v, Value *out) MUST_CHECK;
Tri range_contains(VM *vm, const Range *r, Value v) MUST_CHECK;
bool range_equal(VM *vm, const Range *a, const Range *b);
Tri range_hash(VM *vm, const Range *r, uint64_t *out) MUST_CHECK;
bool range_repr(VM *vm, const Range *r, Text *out);
Value range_iterator(VM *vm, const Range *r, bool reverse);

void range_mark(VM *vm, Object *object);
void range_install(VM *vm);

#endif
