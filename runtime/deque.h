// deque.h: collections.deque, a double-ended queue: a ring of values that grows at both ends.
//
// Item i is items[(head + i) & (capacity - 1)], so both ends are reached and changed at once. The
// class is made when the module `collections` is first imported; vm->deque_class is NULL before.
#ifndef CORO_DEQUE_H
#define CORO_DEQUE_H

#include "object.h"
#include "protocol.h"

#define DEQUE_UNBOUNDED (-1)

typedef struct {
  Object header;  // aux: counts the changes of what is where; iterators watch it
  Value *items;   // heap_buffer of `capacity` values
  size_t head, count;
  size_t capacity;     // 0 or a power of two
  int64_t max_length;  // at most so many items, or DEQUE_UNBOUNDED
} Deque;

static inline bool is_deque(Value v) { return is_kind(v, KIND_DEQUE); }
static inline Deque *as_deque(Value v) {
  assert(is_deque(v));
  return (Deque *)as_object(v);
}
static inline Value *deque_at(const Deque *deque, size_t i) {
  return &deque->items[(deque->head + i) & (deque->capacity - 1)];
}

Deque *deque_new(VM *vm, Class *cls, int64_t max_length);
// A full deque of bounded length drops an item at its other end.
void deque_append(VM *vm, Deque *deque, Value item);
void deque_append_left(VM *vm, Deque *deque, Value item);
Value deque_pop(Deque *deque);  // the deque is not empty
Value deque_pop_left(Deque *deque);
void deque_extend(VM *vm, Deque *deque, const List *items);
void deque_insert(VM *vm, Deque *deque, size_t index, Value item);  // index <= count, not full
void deque_remove_at(Deque *deque, size_t index);
void deque_rotate(Deque *deque, int64_t steps);  // to the right
void deque_clear(VM *vm, Deque *deque);

Tri deque_contains(VM *vm, const Deque *deque, Value item) MUST_CHECK;
Tri deque_compare(VM *vm, Compare op, const Deque *a, const Deque *b) MUST_CHECK;
Tri deque_get_item(VM *vm, const Deque *deque, Value index, Value *out) MUST_CHECK;
Tri deque_set_item(VM *vm, Deque *deque, Value index, Value item) MUST_CHECK;
Tri deque_delete_item(VM *vm, Deque *deque, Value index) MUST_CHECK;
// deque + deque, deque * int. YES with *out.
Tri deque_concat(VM *vm, const Deque *a, const Deque *b, Value *out) MUST_CHECK;
Tri deque_repeat(VM *vm, const Deque *deque, Value times, Value *out) MUST_CHECK;
Value deque_iterator(VM *vm, Deque *deque, bool reverse);

void deque_mark(VM *vm, Object *object);
void deque_free(VM *vm, Object *object);
void deque_install(VM *vm);  // makes the classes and their methods

#endif
