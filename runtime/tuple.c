// tuple.c: tuples and their methods.
//
// Invariant: once tuple_new's caller has filled it, a tuple never changes.
#include "tuple.h"

#include <stdarg.h>

#include "dunder.h"
#include "heap.h"
#include "vm.h"

static Tuple *allocate(VM *vm, Class *cls, size_t count) {
  Tuple *tuple = heap_alloc(vm, KIND_TUPLE, cls, sizeof(Tuple) + count * sizeof(Value));
  tuple->count = count;
  return tuple;
}

Tuple *tuple_new(VM *vm, size_t count) {
  if (count == 0 && vm->empty_tuple) return vm->empty_tuple;
  return allocate(vm, vm->tuple_class, count);
}

Tuple *tuple_from(VM *vm, const Value *items, size_t count) {
  Tuple *tuple = tuple_new(vm, count);
  if (count) memcpy(tuple->items, items, count * sizeof(Value));
  return tuple;
}

Tuple *tuple_of(VM *vm, size_t count, ...) {
  Tuple *tuple = tuple_new(vm, count);
  va_list args;
  va_start(args, count);
  for (size_t i = 0; i < count; i++) tuple->items[i] = va_arg(args, Value);
  va_end(args);
  return tuple;
}

Tuple *tuple_pair(VM *vm, Value first, Value second) {
  Tuple *tuple = tuple_new(vm, 2);
  tuple->items[0] = first;
  tuple->items[1] = second;
  return tuple;
}

Value tuple_repeat(VM *vm, const Tuple *tuple, int64_t times) {
  if (times == 1 && tuple->header.cls == vm->tuple_class) return from_object(tuple);
  if (times <= 0 || tuple->count == 0) return from_object(tuple_new(vm, 0));
  if ((uint64_t)times > LIST_MAX_COUNT / tuple->count) {
    list_raise_too_large(vm);
    return EMPTY;
  }
  size_t total = tuple->count * (size_t)times;
  Tuple *result = tuple_new(vm, total);
  for (size_t i = 0; i < total; i += tuple->count) {
    memcpy(result->items + i, tuple->items, tuple->count * sizeof(Value));
  }
  return from_object(result);
}

void tuple_mark(VM *vm, Object *object) {
  Tuple *tuple = (Tuple *)object;
  heap_mark_values(vm, tuple->items, tuple->count);
}
