// iterator.h: the builtin iterators (KIND_ITERATOR), all of which C can step by itself.
//
// header.extra says what is walked. The interpreter's FOR_ITER may inline the first three:
//
//   ITER_LIST    source is the list; items[index] is next while index < count; index++.
//   ITER_TUPLE   the same for a tuple.
//   ITER_RANGE   small ints only. `left` values are to come, the next one is `index`;
//                index += step, left--. source is not used (NONE while running).
//
// At its end an iterator sets source to EMPTY and stays ended, whatever happens to its source
// (ITER_RANGE: left == 0). An iterator whose inner iterators might be generators or objects of the
// user's classes is never of this kind: the prelude's generators (iter.coro) stand in.
#ifndef CORO_ITERATOR_H
#define CORO_ITERATOR_H

#include "dict.h"
#include "object.h"
#include "protocol.h"

typedef enum {
  ITER_LIST,
  ITER_TUPLE,
  ITER_RANGE,
  ITER_BIG_RANGE,  // source: a tuple (next value, step, how many to come)
  ITER_STR,        // index: the byte offset; left: how many characters to come
  ITER_BYTES,
  ITER_DICT_KEYS,  // index: position in the table; left: entries to come; aux: len at the start
  ITER_DICT_VALUES,
  ITER_DICT_ITEMS,
  ITER_DICT_REVERSE,  // step: which of VIEW_KEYS, VIEW_VALUES, VIEW_ITEMS
  ITER_SET,           // index: position in the table; left: elements to come; aux: len at the start
  ITER_LIST_REVERSE,  // items[index] is next, down to 0
  ITER_REVERSED,      // the same for a tuple, str or bytes
  ITER_ENUMERATE,     // source: the inner iterator, index: the next number; or, with left 1,
                      // source: a tuple (inner iterator, next number)
  ITER_ZIP,           // source: a tuple of iterators; step: whether strict
  ITER_DEQUE,  // index: the next item; left: items to come; aux: the deque's count of changes
  ITER_DEQUE_REVERSE,  // the same, index going down
  ITER_COUNT,          // these: itertools.c
  ITER_REPEAT,
  ITER_PRODUCT,
  ITER_PERMUTATIONS,
  ITER_COMBINATIONS,
  ITER_COMBINATIONS_WITH_REPLACEMENT,
  ITER_CHAIN,  // these: iterchain.c
  ITER_CYCLE,
  ITER_ISLICE,
  ITER_PAIRWISE,
  ITER_ZIP_LONGEST,
  ITER_TEE,
} IteratorKind;

typedef struct {
  Object header;
  Value source;   // EMPTY: at its end
  int64_t index;  // see IteratorKind
  int64_t left;
  int64_t step;
} Iterator;

static inline Iterator *as_iterator(Value v) {
  assert(is_kind(v, KIND_ITERATOR));
  return (Iterator *)as_object(v);
}

Iterator *iterator_new(VM *vm, IteratorKind kind, Class *cls, Value source);
Value iterator_new_range(VM *vm, int64_t start, int64_t step, int64_t count);  // small ints only
Value iterator_new_dict(VM *vm, Dict *dict, DictViewKind view, bool reverse);
// Over inner iterators for which iterator_is_leaf holds. start: an int of any size.
Value iterator_new_enumerate(VM *vm, Value inner, Value start);
Value iterator_new_zip(VM *vm, const Value *inners, size_t count, bool strict);
// reversed(v) for list, tuple, str, bytes, dict and its views, range. SCRIPT for user classes;
// ERROR "'set' object is not reversible".
Tri iterator_reversed(VM *vm, Value v, Value *out) MUST_CHECK;

// Whether value_next never answers SCRIPT for v.
static inline bool iterator_is_leaf(Value v) { return is_kind(v, KIND_ITERATOR); }
// iter(v) for builtin containers; NO for kinds that are not containers.
Tri iterator_over(VM *vm, Value v, Value *out) MUST_CHECK;
Tri iterator_next(VM *vm, Iterator *it, Value *out) MUST_CHECK;  // YES, NO, ERROR
// The same for zip, enumerate and items(), whose items are tuples: the `count` parts of the next
// one, without making the tuple. SCRIPT: another iterator, or another count; nothing has happened.
Tri iterator_next_parts(VM *vm, Iterator *it, size_t count, Value *parts) MUST_CHECK;
int64_t iterator_length_hint(const Iterator *it);

void iterator_mark(VM *vm, Object *object);
void iterator_add_methods(VM *vm, Class *cls);  // __iter__, __next__, __length_hint__
void iterator_install(VM *vm);                  // the methods of every builtin iterator class

#endif
