// set.c: the set's table, and what is done to whole sets.
//
// CPython's rules, step for step, since the order in which a set of ints is walked shows them: a
// look-up tries a run of LINEAR_PROBES neighbours, then jumps by the perturbed hash; a deleted
// entry keeps its place until the table is rebuilt; the table is rebuilt at three fifths full, four
// times the size of what lives in it (twice beyond 50000).
#include "set.h"

#include <assert.h>

#include "heap.h"
#include "signals.h"
#include "vm.h"

enum { LINEAR_PROBES = 9, PERTURB_SHIFT = 5, MIN_SIZE = 8 };

Set *set_new_of(VM *vm, Class *cls, Kind kind) {
  Set *set = heap_alloc(vm, kind, cls, sizeof(Set));
  set->mask = MIN_SIZE - 1;
  return set;
}

Set *set_new(VM *vm) { return set_new_of(vm, vm->set_class, KIND_SET); }
Set *frozenset_new(VM *vm) { return set_new_of(vm, vm->frozenset_class, KIND_FROZENSET); }

static size_t table_bytes(const Set *set) { return (set->mask + 1) * sizeof(SetEntry); }
static bool is_live(const SetEntry *entry) {
  return !is_empty(entry->key) && entry->key != SET_DELETED;
}

static void ensure_table(VM *vm, Set *set) {
  if (set->table) return;
  set->table = heap_buffer_new(vm, table_bytes(set));
  memset(set->table, 0, table_bytes(set));
}

// Puts a key that is known to be absent into a table that has no deleted entries.
static void insert_clean(Set *set, Value key, uint64_t hash) {
  uint64_t perturb = hash;
  size_t i = (size_t)hash & set->mask;
  for (;;) {
    SetEntry *entry = &set->table[i];
    size_t probes = i + LINEAR_PROBES <= set->mask ? LINEAR_PROBES : 0;
    for (size_t n = 0; n <= probes; n++, entry++) {
      if (!is_empty(entry->key)) continue;
      *entry = (SetEntry){key, hash};
      return;
    }
    perturb >>= PERTURB_SHIFT;
    i = (i * 5 + 1 + (size_t)perturb) & set->mask;
  }
}

// Rebuilds the table with room for more than `wanted` elements.
static void resize(VM *vm, Set *set, size_t wanted) {
  size_t size = MIN_SIZE;
  while (size <= wanted) size <<= 1;
  if (size == MIN_SIZE && set->mask == MIN_SIZE - 1 && set->fill == set->count) return;
  SetEntry *old = set->table;
  size_t old_size = set->mask + 1;
  set->mask = size - 1;
  set->table = NULL;
  ensure_table(vm, set);
  if (old) {
    for (size_t i = 0; i < old_size; i++) {
      if (is_live(&old[i])) insert_clean(set, old[i].key, old[i].hash);
    }
    heap_buffer_free(vm, old, old_size * sizeof(SetEntry));
  }
  set->fill = set->count;
}

static size_t growth(const Set *set) {
  return set->count > 50000 ? set->count * 2 : set->count * 4;
}

// Searches a key. YES and its entry; NO and the entry where it would go: the last deleted one that
// the search passed, else the free one where it ended (NULL: no table yet).
static Tri find(VM *vm, const Set *set, Value key, uint64_t hash, SetEntry **out) {
  SetEntry *deleted = NULL;
  *out = NULL;
  if (!set->table) return TRI_NO;
  uint64_t perturb = hash;
  size_t i = (size_t)hash & set->mask;
  for (;;) {
    SetEntry *entry = &set->table[i];
    size_t probes = i + LINEAR_PROBES <= set->mask ? LINEAR_PROBES : 0;
    for (size_t n = 0; n <= probes; n++, entry++) {
      if (is_empty(entry->key)) {
        *out = deleted ? deleted : entry;
        return TRI_NO;
      }
      if (entry->key == SET_DELETED) deleted = entry;
      if (entry->hash != hash || entry->key == SET_DELETED) continue;
      if (entry->key != key) {
        if (are_small_ints(entry->key, key)) continue;
        Tri same = value_equal(vm, entry->key, key);
        if (same == TRI_NO) continue;
        if (same != TRI_YES) return same;
      }
      *out = entry;
      return TRI_YES;
    }
    perturb >>= PERTURB_SHIFT;
    i = (i * 5 + 1 + (size_t)perturb) & set->mask;
  }
}

static void added(VM *vm, Set *set, bool was_deleted) {
  set->count++;
  set->version++;
  if (was_deleted) return;
  set->fill++;
  if (set->fill * 5 >= set->mask * 3) resize(vm, set, growth(set));
}

static Tri add_hashed(VM *vm, Set *set, Value key, uint64_t hash) {
  ensure_table(vm, set);
  SetEntry *entry;
  Tri found = find(vm, set, key, hash, &entry);
  if (found == TRI_YES) return TRI_NO;
  if (found != TRI_NO) return found;
  assert(entry != NULL);
  bool was_deleted = entry->key == SET_DELETED;
  *entry = (SetEntry){key, hash};
  added(vm, set, was_deleted);
  return TRI_YES;
}

static void delete_at(Set *set, SetEntry *entry) {
  *entry = (SetEntry){SET_DELETED, UINT64_MAX};
  set->count--;
  set->version++;
}

// YES: removed.
static Tri discard_hashed(VM *vm, Set *set, Value key, uint64_t hash) {
  SetEntry *entry;
  Tri found = find(vm, set, key, hash, &entry);
  if (found == TRI_YES) delete_at(set, entry);
  return found;
}

static Tri contains_hashed(VM *vm, const Set *set, Value key, uint64_t hash) {
  SetEntry *entry;
  return find(vm, set, key, hash, &entry);
}

Tri set_contains(VM *vm, Set *set, Value key) {
  uint64_t hash;
  Tri hashed = value_hash(vm, key, &hash);
  return hashed == TRI_YES ? contains_hashed(vm, set, key, hash) : hashed;
}

Tri set_add(VM *vm, Set *set, Value key) {
  uint64_t hash;
  Tri hashed = value_hash(vm, key, &hash);
  return hashed == TRI_YES ? add_hashed(vm, set, key, hash) : hashed;
}

Tri set_discard(VM *vm, Set *set, Value key) {
  uint64_t hash;
  Tri hashed = value_hash(vm, key, &hash);
  return hashed == TRI_YES ? discard_hashed(vm, set, key, hash) : hashed;
}

bool set_next(const Set *set, size_t *position, Value *key) {
  if (!set->table) return false;
  for (size_t i = *position; i <= set->mask; i++) {
    if (!is_live(&set->table[i])) continue;
    *key = set->table[i].key;
    *position = i + 1;
    return true;
  }
  *position = set->mask + 1;
  return false;
}

int64_t set_probe(const Set *set, uint64_t hash, uint64_t *position) {
  if (!set->table) return -1;
  uint64_t perturb = hash, steps = 0;
  size_t i = (size_t)hash & set->mask;
  for (;;) {
    size_t probes = i + LINEAR_PROBES <= set->mask ? LINEAR_PROBES : 0;
    for (size_t n = 0; n <= probes; n++, steps++) {
      const SetEntry *entry = &set->table[i + n];
      if (is_empty(entry->key)) return -1;
      if (steps < *position || entry->hash != hash || entry->key == SET_DELETED) continue;
      *position = steps + 1;
      return (int64_t)(i + n);
    }
    perturb >>= PERTURB_SHIFT;
    i = (i * 5 + 1 + (size_t)perturb) & set->mask;
  }
}

void set_insert_new(VM *vm, Set *set, Value key, uint64_t hash) {
  ensure_table(vm, set);
  insert_clean(set, key, hash);
  added(vm, set, false);
}

void set_delete_entry(Set *set, size_t entry) { delete_at(set, &set->table[entry]); }

void set_clear(VM *vm, Set *set) {
  if (set->table) heap_buffer_free(vm, set->table, table_bytes(set));
  set->table = NULL;
  set->mask = MIN_SIZE - 1;
  set->fill = set->count = 0;
  set->version++;
}

void set_swap(Set *a, Set *b) {
  Set copy = *a;
  a->table = b->table, a->mask = b->mask, a->fill = b->fill, a->count = b->count;
  b->table = copy.table, b->mask = copy.mask, b->fill = copy.fill, b->count = copy.count;
  a->version++;
  b->version++;
}

bool set_pop(Set *set, Value *key) {
  if (set->count == 0) return false;
  size_t i = set->finger & set->mask;
  while (!is_live(&set->table[i])) i = i == set->mask ? 0 : i + 1;
  *key = set->table[i].key;
  delete_at(set, &set->table[i]);
  set->finger = i + 1;
  return true;
}

Tri set_merge(VM *vm, Set *set, const Set *other) {
  if (set == other || other->count == 0) return TRI_YES;
  if ((set->fill + other->count) * 5 >= set->mask * 3) {
    resize(vm, set, (set->count + other->count) * 2);
  }
  ensure_table(vm, set);
  if (set->fill == 0 && set->mask == other->mask && other->fill == other->count) {
    memcpy(set->table, other->table, table_bytes(set));
    set->fill = set->count = other->count;
    set->version++;
    return TRI_YES;
  }
  bool clean = set->fill == 0;
  for (size_t i = 0; i <= other->mask; i++) {
    const SetEntry entry = other->table[i];
    if (!is_live(&entry)) continue;
    if (clean) {
      insert_clean(set, entry.key, entry.hash);
      set->fill++;
      set->count++;
    } else {
      Tri done = add_hashed(vm, set, entry.key, entry.hash);
      if (done < 0) return done;
    }
  }
  set->version++;
  return TRI_YES;
}

Tri set_merge_dict(VM *vm, Set *set, const Dict *dict) {
  if ((set->fill + dict->count) * 5 >= set->mask * 3) {
    resize(vm, set, (set->count + dict->count) * 2);
  }
  for (size_t i = 0; i < dict->used; i++) {
    const DictEntry *entry = &dict->entries[i];
    if (is_empty(entry->key)) continue;
    Tri done = add_hashed(vm, set, entry->key, entry->hash);
    if (done < 0) return done;
  }
  return TRI_YES;
}

Tri set_merge_items(VM *vm, Set *set, const Value *items, size_t count) {
  for (size_t i = 0; i < count; i++) {
    Tri done = signals_let_go_on(vm) ? set_add(vm, set, items[i]) : TRI_ERROR;
    if (done < 0) return done;
  }
  return TRI_YES;
}

Set *set_copy(VM *vm, const Set *set, Class *cls, Kind kind) {
  Set *copy = set_new_of(vm, cls, kind);
  Tri done = set_merge(vm, copy, set);  // into an empty set: compares nothing
  assert(done == TRI_YES);
  (void)done;
  return copy;
}

Set *set_from_constants(VM *vm, const Value *items, size_t count) {
  Set *first = frozenset_new(vm), *second = frozenset_new(vm), *set = set_new(vm);
  Tri done = TRI_YES;
  for (size_t i = 0; done >= 0 && i < count; i++) done = set_add(vm, first, items[i]);
  Value key;
  for (size_t i = 0; done >= 0 && set_next(first, &i, &key);) done = set_add(vm, second, key);
  if (done >= 0) done = set_merge(vm, set, second);
  assert(done >= 0);  // constants hash and compare without scripts
  return set;
}

void set_mark(VM *vm, Object *object) {
  Set *set = (Set *)object;
  if (!set->table) return;
  for (size_t i = 0; i <= set->mask; i++) {
    if (is_live(&set->table[i])) heap_mark(vm, set->table[i].key);
  }
}

void set_free(VM *vm, Object *object) {
  Set *set = (Set *)object;
  if (set->table) heap_buffer_free(vm, set->table, table_bytes(set));
}

// ---- Algebra ----

static Set *empty_like(VM *vm, const Set *set) {
  return set->header.kind == KIND_SET ? set_new(vm) : frozenset_new(vm);
}

static Set *plain_copy(VM *vm, const Set *set) {
  bool frozen = set->header.kind == KIND_FROZENSET;
  return set_copy(vm, set, frozen ? vm->frozenset_class : vm->set_class,
                  frozen ? KIND_FROZENSET : KIND_SET);
}

static Tri merge_any(VM *vm, Set *set, Value other) {
  if (is_any_set(other)) return set_merge(vm, set, as_set(other));
  if (is_dict(other)) return set_merge_dict(vm, set, as_dict(other));
  return set_merge_items(vm, set, as_list(other)->items, as_list(other)->count);
}

// Steps through `other`'s elements with their hashes; other is a Set, a Dict or a List. YES, NO at
// the end, ERROR and SCRIPT from a list's element that cannot be hashed.
static Tri next_hashed(VM *vm, Value other, size_t *position, Value *key, uint64_t *hash) {
  if (!signals_let_go_on(vm)) return TRI_ERROR;
  if (is_any_set(other)) {
    const Set *set = as_set(other);
    if (!set_next(set, position, key)) return TRI_NO;
    *hash = set->table[*position - 1].hash;
    return TRI_YES;
  }
  if (is_dict(other)) {
    Value value;
    if (!dict_next(as_dict(other), position, key, &value)) return TRI_NO;
    *hash = as_dict(other)->entries[*position - 1].hash;
    return TRI_YES;
  }
  const List *list = as_list(other);
  if (*position >= list->count) return TRI_NO;
  *key = list->items[(*position)++];
  return value_hash(vm, *key, hash);
}

Tri set_union(VM *vm, const Set *set, Value other, Set **out) {
  *out = plain_copy(vm, set);
  return from_object(set) == other ? TRI_YES : merge_any(vm, *out, other);
}

Tri set_intersection(VM *vm, const Set *set, Value other, Set **out) {
  if (from_object(set) == other) {
    *out = plain_copy(vm, set);
    return TRI_YES;
  }
  Set *result = empty_like(vm, set);
  *out = result;
  const Set *tested = set;
  if (is_any_set(other) && as_set(other)->count > set->count) {
    tested = as_set(other);
    other = from_object(set);
  }
  Value key;
  uint64_t hash;
  Tri more;
  for (size_t i = 0; (more = next_hashed(vm, other, &i, &key, &hash)) == TRI_YES;) {
    Tri found = contains_hashed(vm, tested, key, hash);
    if (found == TRI_YES) found = add_hashed(vm, result, key, hash);
    if (found < 0) return found;
  }
  return more == TRI_NO ? TRI_YES : more;
}

Tri set_remove_all(VM *vm, Set *set, Value other) {
  if (from_object(set) == other) {
    set_clear(vm, set);
    return TRI_YES;
  }
  if (is_any_set(other) && as_set(other)->count >> 3 > set->count) {
    Set *common;
    Tri done = set_intersection(vm, set, other, &common);
    if (done != TRI_YES) return done;
    other = from_object(common);
  }
  Value key;
  uint64_t hash;
  Tri more;
  for (size_t i = 0; (more = next_hashed(vm, other, &i, &key, &hash)) == TRI_YES;) {
    Tri done = discard_hashed(vm, set, key, hash);
    if (done < 0) return done;
  }
  if (more != TRI_NO) return more;
  if (set->fill - set->count > set->mask / 4) resize(vm, set, growth(set));
  return TRI_YES;
}

Tri set_difference(VM *vm, const Set *set, Value other, Set **out) {
  bool is_set = is_any_set(other), is_table = is_set || is_dict(other);
  size_t other_count = is_set ? as_set(other)->count : is_table ? as_dict(other)->count : 0;
  if (!is_table || set->count >> 2 > other_count) {
    *out = plain_copy(vm, set);
    return set_remove_all(vm, *out, other);
  }
  Set *result = empty_like(vm, set);
  *out = result;
  Value key, ignored;
  for (size_t i = 0; set_next(set, &i, &key);) {
    uint64_t hash = set->table[i - 1].hash;
    Tri found = is_set ? contains_hashed(vm, as_set(other), key, hash)
                       : dict_get(vm, as_dict(other), key, &ignored);
    if (found == TRI_NO) found = add_hashed(vm, result, key, hash);
    if (found < 0) return found;
  }
  return TRI_YES;
}

// Toggles in place; on SCRIPT and ERROR the set is left half done.
static Tri toggle(VM *vm, Set *set, Value other) {
  if (from_object(set) == other) {
    set_clear(vm, set);
    return TRI_YES;
  }
  if (is_list(other)) {
    Set *unique = set_new(vm);
    Tri done = merge_any(vm, unique, other);
    if (done != TRI_YES) return done;
    other = from_object(unique);
  }
  Value key;
  uint64_t hash;
  Tri more;
  for (size_t i = 0; (more = next_hashed(vm, other, &i, &key, &hash)) == TRI_YES;) {
    Tri found = discard_hashed(vm, set, key, hash);
    if (found == TRI_NO) found = add_hashed(vm, set, key, hash);
    if (found < 0) return found;
  }
  return more == TRI_NO ? TRI_YES : more;
}

// The table of set, dummies and all, so that a failed operation can be undone.
static Set *exact_copy(VM *vm, const Set *set) {
  Set *copy = set_new(vm);
  copy->mask = set->mask;
  if (set->table) {
    copy->table = heap_buffer_new(vm, table_bytes(set));
    memcpy(copy->table, set->table, table_bytes(set));
  }
  copy->fill = set->fill;
  copy->count = set->count;
  return copy;
}

Tri set_toggle_all(VM *vm, Set *set, Value other) {
  Set *before = exact_copy(vm, set);
  Tri done = toggle(vm, set, other);
  if (done != TRI_YES) set_swap(set, before);
  return done;
}

Tri set_symmetric_difference(VM *vm, const Set *set, Value other, Set **out) {
  *out = empty_like(vm, set);
  Tri done = merge_any(vm, *out, other);
  return done == TRI_YES ? toggle(vm, *out, from_object(set)) : done;
}

Tri set_is_subset(VM *vm, const Set *set, const Set *other) {
  if (set->count > other->count) return TRI_NO;
  Value key;
  for (size_t i = 0; set_next(set, &i, &key);) {
    Tri found = contains_hashed(vm, other, key, set->table[i - 1].hash);
    if (found != TRI_YES) return found;
  }
  return TRI_YES;
}

Tri set_is_disjoint(VM *vm, const Set *set, Value other) {
  if (is_any_set(other) && as_set(other)->count > set->count) {
    const Set *larger = as_set(other);
    other = from_object(set);
    set = larger;
  }
  Value key;
  uint64_t hash;
  Tri more;
  for (size_t i = 0; (more = next_hashed(vm, other, &i, &key, &hash)) == TRI_YES;) {
    Tri found = contains_hashed(vm, set, key, hash);
    if (found != TRI_NO) return found == TRI_YES ? TRI_NO : found;
  }
  return more == TRI_NO ? TRI_YES : more;
}

Tri set_compare(VM *vm, Compare op, const Set *a, const Set *b) {
  switch (op) {
    case CMP_LT: return a->count < b->count ? set_is_subset(vm, a, b) : TRI_NO;
    case CMP_LE: return set_is_subset(vm, a, b);
    case CMP_GT: return b->count < a->count ? set_is_subset(vm, b, a) : TRI_NO;
    case CMP_GE: return set_is_subset(vm, b, a);
    default: break;
  }
  Tri same = a->count == b->count ? set_is_subset(vm, a, b) : TRI_NO;
  return op == CMP_EQ || same < 0 ? same : same == TRI_YES ? TRI_NO : TRI_YES;
}

uint64_t set_hash(Set *set) {
  uint64_t hash = 0;
  Value key;
  for (size_t i = 0; set_next(set, &i, &key);) {
    uint64_t h = set->table[i - 1].hash;
    hash ^= ((h ^ UINT64_C(89869747)) ^ (h << 16)) * UINT64_C(3644798167);
  }
  hash ^= ((uint64_t)set->count + 1) * UINT64_C(1927868237);
  hash ^= (hash >> 11) ^ (hash >> 25);
  hash = hash * 69069U + 907133923U;
  return hash == UINT64_MAX ? 590923713U : hash;
}
