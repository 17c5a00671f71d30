// list.h: list (a growable array of values) and its methods.
#ifndef CORO_LIST_H
#define CORO_LIST_H

#include "object.h"

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
void list_mark(VM *vm, Object *object);
void list_free(VM *vm, Object *object);
void list_install(VM *vm);

#endif
