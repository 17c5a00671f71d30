// idtable.c: see idtable.h. Open addressing, at most half full.
#include "idtable.h"

#include <string.h>

IdRow *idtable_find(const IdTable *table, const void *key) {
  size_t mask = table->capacity - 1;
  size_t i = (size_t)(((uintptr_t)key >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 20) & mask;
  while (table->rows[i].key != NULL && table->rows[i].key != key) i = (i + 1) & mask;
  return &table->rows[i];
}

static void grow(VM *vm, IdTable *table) {
  IdTable old = *table;
  table->capacity = old.capacity == 0 ? 64 : old.capacity * 2;
  table->rows = heap_buffer_new(vm, table->capacity * sizeof(IdRow));
  memset(table->rows, 0, table->capacity * sizeof(IdRow));
  for (size_t i = 0; i < old.capacity; i++) {
    if (old.rows[i].key != NULL) *idtable_find(table, old.rows[i].key) = old.rows[i];
  }
  idtable_free(vm, &old);
}

IdRow *idtable_need(VM *vm, IdTable *table, const void *key) {
  if (table->count * 2 >= table->capacity) grow(vm, table);
  IdRow *row = idtable_find(table, key);
  if (row->key == NULL) {
    *row = (IdRow){.key = key};
    table->count++;
  }
  return row;
}

uint32_t idtable_id(VM *vm, IdTable *table, const void *key) {
  IdRow *row = idtable_need(vm, table, key);
  if (row->id == 0) row->id = ++table->last;
  return row->id;
}

IdRow *idtable_renew(VM *vm, IdTable *table, const void *key) {
  IdRow *row = idtable_need(vm, table, key);
  *row = (IdRow){.key = key, .id = ++table->last};
  return row;
}

void idtable_free(VM *vm, IdTable *table) {
  heap_buffer_free(vm, table->rows, table->capacity * sizeof(IdRow));
}
