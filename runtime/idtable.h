// idtable.h: small numbers for addresses: 1, 2, 3, … as they are first asked for.
#ifndef CORO_IDTABLE_H
#define CORO_IDTABLE_H

#include "code.h"
#include "heap.h"

typedef struct {
  const void *key;  // NULL: a free row
  uint32_t id;      // 0: none yet
  uint32_t mark;    // the owner's, as is
  const Instr *at;  // this
} IdRow;

// Rows move when one is added. Nothing is taken out: an address that serves again is there already.
typedef struct {
  IdRow *rows;
  size_t count, capacity;  // capacity: 0 or a power of two
  uint32_t last;           // the latest id
} IdTable;

// The row of a key; its key is NULL when there is none. Not in an empty table.
IdRow *idtable_find(const IdTable *table, const void *key);
// The same, made if need be.
IdRow *idtable_need(VM *vm, IdTable *table, const void *key);
// The id of a key, given now if it has none.
uint32_t idtable_id(VM *vm, IdTable *table, const void *key);
// The key's row, with a new id: something else has come to stand at the address.
IdRow *idtable_renew(VM *vm, IdTable *table, const void *key);
void idtable_free(VM *vm, IdTable *table);

#endif
