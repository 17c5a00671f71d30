// list.c: the list's storage: growing, inserting, removing, slices.
//
// Invariant: items[0 .. count-1] are values, never EMPTY; capacity is what the heap was told.
#include "list.h"

#include "heap.h"
#include "vm.h"

static void reserve(VM *vm, List *list, size_t wanted) {
  if (wanted <= list->capacity) return;
  size_t capacity = wanted + (wanted >> 1) + 4;
  if (list->capacity == 0) capacity = wanted < 4 ? 4 : wanted;
  list->items =
      heap_buffer_resize(vm, list->items, list->capacity * sizeof(Value), capacity * sizeof(Value));
  list->capacity = capacity;
}

// Gives memory back once a list has become much smaller than its storage.
static void shrink(VM *vm, List *list) {
  if (list->capacity <= 64 || list->count * 4 > list->capacity) return;
  size_t capacity = list->count * 2;
  list->items =
      heap_buffer_resize(vm, list->items, list->capacity * sizeof(Value), capacity * sizeof(Value));
  list->capacity = capacity;
  if (capacity == 0) list->items = NULL;
}

List *list_new(VM *vm, size_t capacity) {
  List *list = heap_alloc(vm, KIND_LIST, vm->list_class, sizeof(List));
  if (capacity) reserve(vm, list, capacity);
  return list;
}

List *list_from(VM *vm, const Value *items, size_t count) {
  List *list = list_new(vm, count);
  if (count) memcpy(list->items, items, count * sizeof(Value));
  list->count = count;
  return list;
}

void list_append(VM *vm, List *list, Value item) {
  assert(!is_empty(item));
  if (unlikely(list->count == list->capacity)) reserve(vm, list, list->count + 1);
  list->items[list->count++] = item;
}

void list_insert(VM *vm, List *list, size_t index, Value item) {
  assert(index <= list->count);
  reserve(vm, list, list->count + 1);
  memmove(list->items + index + 1, list->items + index, (list->count - index) * sizeof(Value));
  list->items[index] = item;
  list->count++;
}

void list_remove_range(VM *vm, List *list, size_t start, size_t count) {
  assert(start + count <= list->count);
  if (count == 0) return;
  memmove(list->items + start, list->items + start + count,
          (list->count - start - count) * sizeof(Value));
  list->count -= count;
  shrink(vm, list);
}

void list_extend(VM *vm, List *list, const Value *items, size_t count) {
  if (count == 0) return;
  if (items == list->items) {  // l.extend(l): the storage may move
    assert(count <= list->count);
    reserve(vm, list, list->count + count);
    items = list->items;
  } else {
    reserve(vm, list, list->count + count);
  }
  memcpy(list->items + list->count, items, count * sizeof(Value));
  list->count += count;
}

void list_clear(VM *vm, List *list) {
  heap_buffer_free(vm, list->items, list->capacity * sizeof(Value));
  list->items = NULL;
  list->count = list->capacity = 0;
}

bool list_raise_too_large(VM *vm) {
  Exception *error = exception_new(vm, vm->exceptions.MemoryError, vm->empty_tuple);
  return vm_raise_exception(vm, from_object(error));
}

List *list_get_slice(VM *vm, const List *list, int64_t start, int64_t step, int64_t count) {
  if (count == 0) return list_new(vm, 0);
  if (step == 1) return list_from(vm, list->items + start, (size_t)count);
  List *part = list_new(vm, (size_t)count);
  for (int64_t i = 0; i < count; i++) part->items[i] = list->items[start + i * step];
  part->count = (size_t)count;
  return part;
}

void list_delete_slice(VM *vm, List *list, int64_t start, int64_t step, int64_t count) {
  if (count == 0) return;
  if (step < 0) {  // the same elements in ascending order
    start += step * (count - 1);
    step = -step;
  }
  if (step == 1) {
    list_remove_range(vm, list, (size_t)start, (size_t)count);
    return;
  }
  size_t kept = (size_t)start, next_gone = (size_t)start;
  int64_t gone = 0;
  for (size_t i = (size_t)start; i < list->count; i++) {
    if (gone < count && i == next_gone) {
      gone++;
      next_gone += (size_t)step;
    } else {
      list->items[kept++] = list->items[i];
    }
  }
  list->count = kept;
  shrink(vm, list);
}

bool list_set_slice(VM *vm, List *list, int64_t start, int64_t step, int64_t count,
                    const Value *items, size_t item_count) {
  assert(items == NULL || items != list->items);
  if (step != 1) {
    if (item_count != (size_t)count) {
      return raise_value_error(
          vm, "attempt to assign sequence of size %zu to extended slice of size %lld", item_count,
          (long long)count);
    }
    for (int64_t i = 0; i < count; i++) list->items[start + i * step] = items[i];
    return true;
  }
  size_t old_count = list->count, at = (size_t)start, tail = at + (size_t)count;
  size_t new_count = old_count - (size_t)count + item_count;
  reserve(vm, list, new_count);
  if (new_count) {
    memmove(list->items + at + item_count, list->items + tail, (old_count - tail) * sizeof(Value));
  }
  if (item_count) memcpy(list->items + at, items, item_count * sizeof(Value));
  list->count = new_count;
  shrink(vm, list);
  return true;
}

Value list_repeat(VM *vm, const List *list, int64_t times) {
  if (times <= 0 || list->count == 0) return from_object(list_new(vm, 0));
  if ((uint64_t)times > LIST_MAX_COUNT / list->count) {
    list_raise_too_large(vm);
    return EMPTY;
  }
  size_t total = list->count * (size_t)times;
  List *result = list_new(vm, total);
  for (size_t i = 0; i < total; i += list->count) {
    memcpy(result->items + i, list->items, list->count * sizeof(Value));
  }
  result->count = total;
  return from_object(result);
}

void list_mark(VM *vm, Object *object) {
  List *list = (List *)object;
  heap_mark_values(vm, list->items, list->count);
}

void list_free(VM *vm, Object *object) {
  List *list = (List *)object;
  heap_buffer_free(vm, list->items, list->capacity * sizeof(Value));
}
