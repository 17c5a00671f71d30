// tuple.h: tuple (an immutable array of values) and its methods.
#ifndef CORO_TUPLE_H
#define CORO_TUPLE_H

#include "object.h"

struct Tuple {
  Object header;
  size_t count;
  Value items[];
};

static inline Tuple *as_tuple(Value v) {
  assert(is_tuple(v));
  return (Tuple *)as_object(v);
}

Tuple *tuple_new(VM *vm,
                 size_t count);  // items EMPTY: the caller fills them; 0 gives the shared ()
Tuple *tuple_from(VM *vm, const Value *items, size_t count);
Tuple *tuple_of(VM *vm, size_t count, ...);  // of `count` Values
Tuple *tuple_pair(VM *vm, Value first, Value second);
Value tuple_repeat(VM *vm, const Tuple *tuple, int64_t times);  // EMPTY with MemoryError pending
bool tuple_make(VM *vm, Value *args, int nargs, Value *out) MUST_CHECK;  // tuple.__new__
void tuple_mark(VM *vm, Object *object);
void tuple_install(VM *vm);

#endif
