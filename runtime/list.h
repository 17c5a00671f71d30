// list.h: list (a growable array of values) and its methods.
#ifndef CORO_LIST_H
#define CORO_LIST_H

#include "object.h"
#include "protocol.h"

struct List {
  Object header;
  Value *items;  // heap_buffer of `capacity` values
  size_t count;
  size_t capacity;
};

static inline List *as_list(Value v) {
  assert(is_list(v));
  return (List *)as_object(v);
}

List *list_new(VM *vm, size_t capacity);
List *list_from(VM *vm, const Value *items, size_t count);
void list_append(VM *vm, List *list, Value item);
void list_insert(VM *vm, List *list, size_t index, Value item);  // index <= count
void list_remove_range(VM *vm, List *list, size_t start, size_t count);
void list_extend(VM *vm, List *list, const Value *items, size_t count);
void list_clear(VM *vm, List *list);
// The most values that a list or tuple may hold; asking for more is a MemoryError.
#define LIST_MAX_COUNT ((uint64_t)1 << 31)
bool list_raise_too_large(VM *vm);  // MemoryError; always false

// `count` items from start by step, as slice_resolve (slice.h) gives them.
List *list_get_slice(VM *vm, const List *list, int64_t start, int64_t step, int64_t count);
void list_delete_slice(VM *vm, List *list, int64_t start, int64_t step, int64_t count);
// Replaces that slice by items (not the list's own storage). False: ValueError "attempt to assign
// sequence of size 1 to extended slice of size 2" pending.
bool list_set_slice(VM *vm, List *list, int64_t start, int64_t step, int64_t count,
                    const Value *items, size_t item_count) MUST_CHECK;
// A new list, items repeated; EMPTY with MemoryError pending.
Value list_repeat(VM *vm, const List *list, int64_t times);

// Sorts n items by their keys (keys NULL: the items themselves), stably; both arrays end up in the
// new order. On ERROR and SCRIPT the arrays are as they were.
Tri list_sort_values(VM *vm, Value *keys, Value *items, size_t n, bool reverse) MUST_CHECK;
void list_mark(VM *vm, Object *object);
void list_free(VM *vm, Object *object);
void list_install(VM *vm);

#endif
