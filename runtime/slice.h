// slice.h: slice objects, and turning one into indices for a length.
#ifndef CORO_SLICE_H
#define CORO_SLICE_H

#include "object.h"
#include "protocol.h"

typedef struct {
  Object header;
  Value start, stop, step;
} Slice;

static inline bool is_slice(Value v) { return is_kind(v, KIND_SLICE); }
static inline Slice *as_slice(Value v) {
  assert(is_slice(v));
  return (Slice *)as_object(v);
}

typedef struct {
  int64_t start, stop, step;  // as slice.indices() gives them
  int64_t count;              // how many elements
} SliceRange;

Value slice_new(VM *vm, Value start, Value stop, Value step);
// YES; SCRIPT when a bound has __index__; ERROR "slice step cannot be zero" …
Tri slice_resolve(VM *vm, const Slice *slice, int64_t length, SliceRange *out) MUST_CHECK;

void slice_mark(VM *vm, Object *object);
void slice_install(VM *vm);

#endif
