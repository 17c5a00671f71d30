// deque.c: the ring that a deque is: growing, both ends, insertion and removal in the middle, and
// what the operators do with it. The methods are in dequemethods.c.
//
// Invariant: count <= capacity; while max_length is not DEQUE_UNBOUNDED, count <= max_length.
#include "deque.h"

#include "heap.h"
#include "int.h"
#include "iterator.h"
#include "list.h"
#include "vm.h"

enum { FIRST_CAPACITY = 8 };

Deque *deque_new(VM *vm, Class *cls, int64_t max_length) {
  Deque *deque = heap_alloc(vm, KIND_DEQUE, cls, sizeof *deque);
  deque->max_length = max_length;
  return deque;
}

static void changed(Deque *deque) { deque->header.aux++; }

static void resize(VM *vm, Deque *deque, size_t capacity) {
  Value *items = heap_buffer_new(vm, capacity * sizeof *items);
  for (size_t i = 0; i < deque->count; i++) items[i] = *deque_at(deque, i);
  heap_buffer_free(vm, deque->items, deque->capacity * sizeof *items);
  deque->items = items;
  deque->head = 0;
  deque->capacity = capacity;
}

static void grow(VM *vm, Deque *deque) {
  resize(vm, deque, deque->capacity == 0 ? FIRST_CAPACITY : deque->capacity * 2);
}

static bool is_full(const Deque *deque) { return deque->count == (uint64_t)deque->max_length; }

void deque_append(VM *vm, Deque *deque, Value item) {
  changed(deque);
  if (unlikely(is_full(deque))) {
    if (deque->count == 0) return;
    deque_pop_left(deque);
  }
  if (unlikely(deque->count == deque->capacity)) grow(vm, deque);
  *deque_at(deque, deque->count++) = item;
}

void deque_append_left(VM *vm, Deque *deque, Value item) {
  changed(deque);
  if (unlikely(is_full(deque))) {
    if (deque->count == 0) return;
    deque_pop(deque);
  }
  if (unlikely(deque->count == deque->capacity)) grow(vm, deque);
  deque->head = (deque->head - 1) & (deque->capacity - 1);
  deque->items[deque->head] = item;
  deque->count++;
}

Value deque_pop(Deque *deque) {
  assert(deque->count > 0);
  changed(deque);
  return *deque_at(deque, --deque->count);
}

Value deque_pop_left(Deque *deque) {
  assert(deque->count > 0);
  changed(deque);
  Value item = deque->items[deque->head];
  deque->head = (deque->head + 1) & (deque->capacity - 1);
  deque->count--;
  return item;
}

void deque_extend(VM *vm, Deque *deque, const List *items) {
  for (size_t i = 0; i < items->count; i++) deque_append(vm, deque, items->items[i]);
}

void deque_insert(VM *vm, Deque *deque, size_t index, Value item) {
  assert(index <= deque->count && !is_full(deque));
  if (index < deque->count / 2) {
    deque_append_left(vm, deque, item);
    for (size_t i = 0; i < index; i++) *deque_at(deque, i) = *deque_at(deque, i + 1);
  } else {
    deque_append(vm, deque, item);
    for (size_t i = deque->count - 1; i > index; i--) {
      *deque_at(deque, i) = *deque_at(deque, i - 1);
    }
  }
  *deque_at(deque, index) = item;
}

void deque_remove_at(Deque *deque, size_t index) {
  assert(index < deque->count);
  if (index < deque->count / 2) {
    for (size_t i = index; i > 0; i--) *deque_at(deque, i) = *deque_at(deque, i - 1);
    deque_pop_left(deque);
  } else {
    for (size_t i = index; i + 1 < deque->count; i++) {
      *deque_at(deque, i) = *deque_at(deque, i + 1);
    }
    deque_pop(deque);
  }
}

void deque_rotate(Deque *deque, int64_t steps) {
  int64_t count = (int64_t)deque->count;
  if (count <= 1) return;
  steps %= count;
  if (steps > count / 2) steps -= count;
  if (steps < -count / 2) steps += count;
  size_t mask = deque->capacity - 1;
  for (; steps > 0; steps--) {
    Value last = *deque_at(deque, deque->count - 1);
    deque->head = (deque->head - 1) & mask;
    deque->items[deque->head] = last;
  }
  for (; steps < 0; steps++) {
    Value first = deque->items[deque->head];
    deque->head = (deque->head + 1) & mask;
    *deque_at(deque, deque->count - 1) = first;
  }
  changed(deque);
}

void deque_clear(VM *vm, Deque *deque) {
  heap_buffer_free(vm, deque->items, deque->capacity * sizeof(Value));
  deque->items = NULL;
  deque->head = deque->count = deque->capacity = 0;
  changed(deque);
}

// ---- what the operators ask

Tri deque_contains(VM *vm, const Deque *deque, Value item) {
  for (size_t i = 0; i < deque->count; i++) {
    Tri same = value_same_or_equal(vm, *deque_at(deque, i), item);
    if (same != TRI_NO) return same;
  }
  return TRI_NO;
}

static Tri by_length(Compare op, size_t a, size_t b) {
  switch (op) {
    case CMP_LT: return a < b;
    case CMP_LE: return a <= b;
    case CMP_EQ: return a == b;
    case CMP_NE: return a != b;
    case CMP_GT: return a > b;
    default: return a >= b;
  }
}

Tri deque_compare(VM *vm, Compare op, const Deque *a, const Deque *b) {
  bool equality = op == CMP_EQ || op == CMP_NE;
  if (equality && a->count != b->count) return op == CMP_NE;
  for (size_t i = 0; i < a->count && i < b->count; i++) {
    Value x = *deque_at(a, i), y = *deque_at(b, i);
    Tri same = value_same_or_equal(vm, x, y);
    if (same == TRI_YES) continue;
    if (same != TRI_NO) return same;
    return equality ? op == CMP_NE : value_compare(vm, op, x, y);
  }
  return by_length(op, a->count, b->count);
}

static Tri find_index(VM *vm, const Deque *deque, Value index, size_t *at) {
  int64_t i;
  if (!is_int(index)) {
    if (value_has_script(vm, index, SP_INDEX)) return TRI_SCRIPT;
    raise_type_error(vm, "sequence index must be integer, not '%s'", value_class_name(vm, index));
    return TRI_ERROR;
  }
  if (!int_to_i64(index, &i)) {
    raise_index_error(vm, "cannot fit '%s' into an index-sized integer",
                      value_class_name(vm, index));
    return TRI_ERROR;
  }
  if (i < 0) i += (int64_t)deque->count;
  if (i < 0 || (uint64_t)i >= deque->count) {
    raise_index_error(vm, "deque index out of range");
    return TRI_ERROR;
  }
  *at = (size_t)i;
  return TRI_YES;
}

Tri deque_get_item(VM *vm, const Deque *deque, Value index, Value *out) {
  size_t at;
  Tri known = find_index(vm, deque, index, &at);
  if (known == TRI_YES) *out = *deque_at(deque, at);
  return known;
}

Tri deque_set_item(VM *vm, Deque *deque, Value index, Value item) {
  size_t at;
  Tri known = find_index(vm, deque, index, &at);
  if (known == TRI_YES) *deque_at(deque, at) = item;
  return known;
}

Tri deque_delete_item(VM *vm, Deque *deque, Value index) {
  size_t at;
  Tri known = find_index(vm, deque, index, &at);
  if (known == TRI_YES) deque_remove_at(deque, at);
  return known;
}

static Deque *copy_of(VM *vm, const Deque *deque) {
  Deque *copy = deque_new(vm, vm->deque_class, deque->max_length);
  if (deque->count > 0) resize(vm, copy, deque->capacity);
  for (size_t i = 0; i < deque->count; i++) deque_append(vm, copy, *deque_at(deque, i));
  return copy;
}

Tri deque_concat(VM *vm, const Deque *a, const Deque *b, Value *out) {
  Deque *sum = copy_of(vm, a);
  size_t count = b->count;  // a and b may be the same, but sum is another
  for (size_t i = 0; i < count; i++) deque_append(vm, sum, *deque_at(b, i));
  *out = from_object(sum);
  return TRI_YES;
}

Tri deque_repeat(VM *vm, const Deque *deque, Value times, Value *out) {
  int64_t n;
  if (!int_to_i64(times, &n)) {
    vm_raise(vm, vm->exceptions.OverflowError, "cannot fit '%s' into an index-sized integer",
             value_class_name(vm, times));
    return TRI_ERROR;
  }
  Deque *result = deque_new(vm, vm->deque_class, deque->max_length);
  *out = from_object(result);
  size_t count = deque->count;
  if (n <= 0 || count == 0) return TRI_YES;
  if (deque->max_length != DEQUE_UNBOUNDED) {  // only the last rounds stay
    int64_t rounds = deque->max_length / (int64_t)count + 1;
    if (n > rounds) n = rounds;
  } else if ((uint64_t)n > LIST_MAX_COUNT / count) {
    list_raise_too_large(vm);
    return TRI_ERROR;
  }
  for (; n > 0; n--) {
    for (size_t i = 0; i < count; i++) deque_append(vm, result, *deque_at(deque, i));
  }
  return TRI_YES;
}

Value deque_iterator(VM *vm, Deque *deque, bool reverse) {
  Iterator *it = iterator_new(vm, reverse ? ITER_DEQUE_REVERSE : ITER_DEQUE,
                              reverse ? vm->deque_reverse_iterator_class : vm->deque_iterator_class,
                              from_object(deque));
  it->index = reverse ? (int64_t)deque->count - 1 : 0;
  it->left = (int64_t)deque->count;
  it->header.aux = deque->header.aux;
  return from_object(it);
}

void deque_mark(VM *vm, Object *object) {
  Deque *deque = (Deque *)object;
  for (size_t i = 0; i < deque->count; i++) heap_mark(vm, *deque_at(deque, i));
}

void deque_free(VM *vm, Object *object) {
  Deque *deque = (Deque *)object;
  heap_buffer_free(vm, deque->items, deque->capacity * sizeof(Value));
}
