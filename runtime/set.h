// set.h: set and frozenset.
//
// The table follows CPython's rules (open addressing with its linear-probe run and perturbation,
// its growth), because the order in which a set of ints is walked is part of the contract.
#ifndef CORO_SET_H
#define CORO_SET_H

#include "object.h"
#include "protocol.h"

typedef struct {
  Value key;  // EMPTY: free; see set.c for the mark of a deleted entry
  uint64_t hash;
} SetEntry;

struct Set {  // KIND_SET and KIND_FROZENSET
  Object header;  // aux: a frozenset's hash, 0 until computed
  SetEntry *table;
  size_t mask;   // table size - 1
  size_t fill;   // live and deleted entries
  size_t count;  // live entries: len(s)
  uint32_t version;
};

static inline Set *as_set(Value v) {
  assert(is_any_set(v));
  return (Set *)as_object(v);
}

Set *set_new(VM *vm);
Set *frozenset_new(VM *vm);
Tri set_contains(VM *vm, Set *set, Value key) MUST_CHECK;
Tri set_add(VM *vm, Set *set, Value key) MUST_CHECK;      // TRI_YES: added, TRI_NO: was there
Tri set_discard(VM *vm, Set *set, Value key) MUST_CHECK;  // TRI_YES: removed, TRI_NO: was absent
bool set_next(const Set *set, size_t *position, Value *key);
int64_t set_probe(const Set *set, uint64_t hash, uint64_t *position);  // as dict_probe
void set_insert_new(VM *vm, Set *set, Value key, uint64_t hash);
void set_delete_entry(Set *set, size_t entry);

void set_mark(VM *vm, Object *object);
void set_free(VM *vm, Object *object);
void set_install(VM *vm);

#endif
