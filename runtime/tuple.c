// tuple.c: tuples and their methods.
//
// Invariant: once tuple_new's caller has filled it, a tuple never changes.
#include "tuple.h"

#include <stdarg.h>

#include "containers.h"
#include "drain.h"
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

// ---- Methods ----

bool tuple_make(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Class *cls = as_class(args[0]);
  if (cls == vm->tuple_class) {
    if (is_empty(args[1]) || (is_tuple(args[1]) && as_object(args[1])->cls == cls)) {
      *out = is_empty(args[1]) ? from_object(tuple_new(vm, 0)) : args[1];
      return true;
    }
  }
  List *items = NULL;
  if (!is_empty(args[1])) {
    Tri known = value_items(vm, args[1], &items);
    if (known == TRI_SCRIPT && drain_is_possible(args[1])) {
      return drain_tail(vm, out, from_object(list_new(vm, 0)), args[1], DRAIN_TUPLE, args[0]);
    }
    if (known < 0) return slow_or_fail(vm, known, out, "iter.new_tuple", 2, args);
  }
  size_t count = items ? items->count : 0;
  Tuple *tuple = cls == vm->tuple_class ? tuple_new(vm, count) : allocate(vm, cls, count);
  if (count) memcpy(tuple->items, items->items, count * sizeof(Value));
  *out = from_object(tuple);
  return true;
}

static bool tuple_count(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Tuple *tuple = as_tuple(args[0]);
  int64_t n = 0;
  for (size_t i = 0; i < tuple->count; i++) {
    Tri same = value_same_or_equal(vm, tuple->items[i], args[1]);
    if (same < 0) return slow_or_fail(vm, same, out, "containers.count_slow", 2, args);
    n += same;
  }
  *out = small_int(n);
  return true;
}

static Tri search_bound(VM *vm, Value v, size_t count, int64_t *out) {
  if (is_empty(v)) return TRI_YES;
  Tri known = value_index(vm, v, out);
  if (known == TRI_YES && *out < 0) {
    *out += (int64_t)count;
    if (*out < 0) *out = 0;
  }
  return known;
}

static bool tuple_index(VM *vm, Value *args, int nargs, Value *out) {
  const Tuple *tuple = as_tuple(args[0]);
  int64_t start = 0, stop = INT64_MAX;
  Tri known = search_bound(vm, args[2], tuple->count, &start);
  if (known == TRI_YES) known = search_bound(vm, args[3], tuple->count, &stop);
  if (known < 0) return slow_or_fail(vm, known, out, "containers.index_slow", nargs, args);
  for (int64_t i = start; i < stop && (size_t)i < tuple->count; i++) {
    Tri same = value_same_or_equal(vm, tuple->items[i], args[1]);
    if (same < 0) return slow_or_fail(vm, same, out, "containers.index_slow", nargs, args);
    if (same == TRI_NO) continue;
    *out = small_int(i);
    return true;
  }
  return raise_value_error(vm, "tuple.index(x): x not in tuple");
}

static const NativeDef methods[] = {
    {.name = "__new__", .leaf = tuple_make, .min = 1, .max = 2, .flags = NATIVE_STATIC},
    {.name = "count", .leaf = tuple_count, .min = 2, .max = 2, .flags = NATIVE_METHOD},
    {.name = "index", .leaf = tuple_index, .min = 2, .max = 4, .flags = NATIVE_METHOD},
    {0},
};

void tuple_install(VM *vm) {
  dunder_install(vm, vm->tuple_class,
                 DUNDER_BINARY(BIN_ADD) | DUNDER_BINARY(BIN_MUL) | DUNDER_REFLECTED(BIN_MUL) |
                     DUNDER_EQUAL | DUNDER_ORDER | DUNDER_HASH | DUNDER_REPR | DUNDER_LEN |
                     DUNDER_CONTAINS | DUNDER_GETITEM | DUNDER_ITER);
  native_add_methods(vm, vm->tuple_class, methods);
  native_add_methods(vm, vm->tuple_class, container_class_methods);
}
