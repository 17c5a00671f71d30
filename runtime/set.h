// set.h: set and frozenset.
//
// The table follows CPython's rules (open addressing with its linear-probe run and perturbation,
// its growth), because the order in which a set of ints is walked is part of the contract.
#ifndef CORO_SET_H
#define CORO_SET_H

#include "dict.h"
#include "object.h"
#include "protocol.h"

typedef struct {
  Value key;  // EMPTY: free; SET_DELETED: was removed, keeps its place in the probe runs
  uint64_t hash;
} SetEntry;

#define SET_DELETED (VALUE_SPECIAL_TAG | 15)

struct Set {        // KIND_SET and KIND_FROZENSET
  Object header;    // aux: a frozenset's hash, 0 until computed
  SetEntry *table;  // NULL while nothing was added: then mask is 7
  size_t mask;      // table size - 1
  size_t fill;      // live and deleted entries
  size_t count;     // live entries: len(s)
  size_t finger;    // where pop() goes on searching
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

Set *set_new_of(VM *vm, Class *cls, Kind kind);  // an empty set of a class, KIND_SET or _FROZENSET
Set *set_copy(VM *vm, const Set *set, Class *cls, Kind kind);
void set_clear(VM *vm, Set *set);
// What the display {1, 2, 3} of three or more constants makes: CPython builds a frozenset from the
// constants when it compiles, and fills the set from that; the order shows it.
Set *set_from_constants(VM *vm, const Value *items, size_t count);
// s |= other, for another set, a dict's keys, or the items of a list. Doing it twice is harmless.
Tri set_merge(VM *vm, Set *set, const Set *other) MUST_CHECK;
Tri set_merge_dict(VM *vm, Set *set, const Dict *dict) MUST_CHECK;
Tri set_merge_items(VM *vm, Set *set, const Value *items, size_t count) MUST_CHECK;
// The algebra. `other` is a Set, a Dict or a List of items. The result has set's kind and the
// builtin class; set itself stays as it is.
Tri set_union(VM *vm, const Set *set, Value other, Set **out) MUST_CHECK;
Tri set_intersection(VM *vm, const Set *set, Value other, Set **out) MUST_CHECK;
Tri set_difference(VM *vm, const Set *set, Value other, Set **out) MUST_CHECK;
Tri set_symmetric_difference(VM *vm, const Set *set, Value other, Set **out) MUST_CHECK;
// set -= other, as CPython does it in place.
Tri set_remove_all(VM *vm, Set *set, Value other) MUST_CHECK;
// set ^= other: YES, or SCRIPT / ERROR with set unchanged.
Tri set_toggle_all(VM *vm, Set *set, Value other) MUST_CHECK;
Tri set_is_subset(VM *vm, const Set *set, const Set *other) MUST_CHECK;
Tri set_is_disjoint(VM *vm, const Set *set, Value other) MUST_CHECK;
void set_swap(Set *a, Set *b);  // exchanges the tables
// Removes some element; false when there is none.
bool set_pop(Set *set, Value *key);
uint64_t set_hash(Set *set);  // of a frozenset, from its elements' stored hashes
// a op b (| & - ^) where the operands' kinds are sets or views; NO when they are not.
Tri set_binary(VM *vm, Binary op, bool in_place, Value a, Value b, Value *out) MUST_CHECK;
// a op b for two sets: subset relations and equality.
Tri set_compare(VM *vm, Compare op, const Set *a, const Set *b) MUST_CHECK;

void set_mark(VM *vm, Object *object);
void set_free(VM *vm, Object *object);
void set_install(VM *vm);

#endif
