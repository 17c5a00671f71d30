// dict.c: the dict's table: look-up, insertion, deletion, growth.
//
// Invariant: index holds exactly one reference to every live entry, at a place that the probe
// sequence of its hash reaches before any free place; and some place is free (filled <= capacity,
// two thirds of the index), so that every search ends. The table grows as CPython's does (two
// thirds full, to three times the live entries), because what a program sees when it changes a
// dict that it iterates over depends on when the entries move.
#include "dict.h"

#include "heap.h"
#include "tuple.h"
#include "vm.h"

// A small dict goes by the same numbers (index_size, filled) but for the index itself.
enum { INDEX_FREE = 0, INDEX_DELETED = 1, INDEX_OFFSET = 2, MIN_INDEX = 8, PERTURB_SHIFT = 5 };

Dict *dict_new(VM *vm) { return heap_alloc(vm, KIND_DICT, vm->dict_class, sizeof(Dict)); }

static DictEntry *own_entries(Dict *dict) { return (DictEntry *)(dict + 1); }

// Without a buffer to get and to give back, a call of f(*args, **kwargs) takes half of the time.
Dict *dict_new_sized(VM *vm, size_t count) {
  if (count == 0 || count > DICT_SMALL) {
    Dict *dict = dict_new(vm);
    dict_reserve(vm, dict, count);
    return dict;
  }
  Dict *dict =
      heap_alloc(vm, KIND_DICT, vm->dict_class, sizeof(Dict) + DICT_SMALL * sizeof(DictEntry));
  dict->entries = own_entries(dict);
  dict->capacity = DICT_SMALL;
  dict->index_size = MIN_INDEX;
  return dict;
}

static size_t next_place(const Dict *dict, size_t place, uint64_t *perturb) {
  *perturb >>= PERTURB_SHIFT;
  return (place * 5 + (size_t)*perturb + 1) & (dict->index_size - 1);
}

// An index place: an entry's number + 2 in as many low bits as the index needs, since there are
// fewer entries than places, and above them bits of the entry's hash: most other keys are told
// apart without a look at their entries, which are seldom in the cache. A small int is its own
// hash; the multiplication (Fibonacci hashing) brings its low bits up.
static uint32_t hash_bits(const Dict *dict, uint64_t hash) {
  uint64_t mixed = hash * UINT64_C(0x9E3779B97F4A7C15);
  return (uint32_t)(mixed >> 32) & ~(uint32_t)(dict->index_size - 1);
}

static void fill_place(Dict *dict, size_t place, size_t entry, uint64_t hash) {
  dict->index[place] = ((uint32_t)entry + INDEX_OFFSET) | hash_bits(dict, hash);
}

static void index_entry(Dict *dict, size_t entry) {
  uint64_t hash = dict->entries[entry].hash, perturb = hash;
  size_t place = (size_t)hash & (dict->index_size - 1);
  while (dict->index[place] != INDEX_FREE) place = next_place(dict, place, &perturb);
  fill_place(dict, place, entry, hash);
}

// Lets go of the entries' memory.
static void free_entries(VM *vm, Dict *dict) {
  if (dict->entries == own_entries(dict)) return;
  heap_buffer_free(vm, dict->entries, dict->capacity * sizeof(DictEntry));
}

static void index_all(Dict *dict) {
  if (dict->index == NULL) return;
  memset(dict->index, 0, dict->index_size * sizeof(uint32_t));
  for (size_t i = dict->first; i < dict->used; i++) index_entry(dict, i);
}

// Gives the dict a table for `wanted` index places, leaving deleted entries behind.
static void rebuild(VM *vm, Dict *dict, size_t wanted) {
  size_t size = MIN_INDEX;
  while (size < wanted) size <<= 1;
  size_t capacity = size * 2 / 3;
  assert(capacity >= dict->count);
  size_t before = dict->capacity * sizeof(DictEntry), after = capacity * sizeof(DictEntry);
  if (dict->used == dict->count && dict->entries != own_entries(dict)) {
    // No holes: large tables then move without being copied.
    dict->entries = heap_buffer_resize(vm, dict->entries, before, after);
  } else {
    DictEntry *entries = heap_buffer_new(vm, after);
    uint32_t used = 0;
    for (size_t i = 0; i < dict->used; i++) {
      if (!is_empty(dict->entries[i].key)) entries[used++] = dict->entries[i];
    }
    free_entries(vm, dict);
    dict->entries = entries;
    dict->used = used;
  }
  size_t index_before = dict->index == NULL ? 0 : dict->index_size * sizeof(uint32_t);
  size_t index_after = size == MIN_INDEX ? 0 : size * sizeof(uint32_t);
  dict->index = heap_buffer_resize(vm, dict->index, index_before, index_after);
  dict->filled = dict->used;
  dict->first = 0;
  dict->capacity = (uint32_t)capacity;
  dict->index_size = (uint32_t)size;
  index_all(dict);
}

void dict_reserve(VM *vm, Dict *dict, size_t count) {
  if (count > dict->capacity) rebuild(vm, dict, (count * 3 + 1) / 2);
}

Dict *dict_copy(VM *vm, Dict *dict) {
  Dict *copy = dict_new_sized(vm, dict->count);
  for (size_t i = 0; i < dict->used; i++) {
    if (is_empty(dict->entries[i].key)) continue;
    copy->entries[copy->used++] = dict->entries[i];
  }
  index_all(copy);
  copy->count = copy->filled = copy->used;
  return copy;
}

// Where a search ended: the entry's number and its index place, or (not found) the place for it.
typedef struct {
  size_t entry, place;
} Found;

// Places whose hash bits are the key's, in the order of its probe sequence: 0 at the first free
// one.
static inline uint32_t next_candidate(const Dict *dict, uint64_t *perturb, uint32_t bits,
                                      size_t *place, bool first) {
  uint32_t mask = (uint32_t)(dict->index_size - 1);
  if (!first) *place = next_place(dict, *place, perturb);
  for (;; *place = next_place(dict, *place, perturb)) {
    uint32_t word = dict->index[*place];
    if (word == INDEX_FREE) return 0;
    if ((word ^ bits) > mask || word == INDEX_DELETED) continue;
    return word & mask;
  }
}

// Whether two keys with the same hash are equal.
static inline Tri same_key(VM *vm, Value a, Value b) {
  if (a == b) return TRI_YES;
  if (are_small_ints(a, b)) return TRI_NO;
  if (is_str(a) && is_str(b)) return str_equal(as_str(a), as_str(b)) ? TRI_YES : TRI_NO;
  return value_equal(vm, a, b);
}

// The entry of a key whose hash is known. YES, NO (found->place is for it), SCRIPT, ERROR.
static Tri find(VM *vm, const Dict *dict, Value key, uint64_t hash, Found *found) {
  if (dict->index == NULL) {
    for (size_t i = dict->first; i < dict->used; i++) {
      const DictEntry *entry = &dict->entries[i];
      if (entry->hash != hash || is_empty(entry->key)) continue;
      Tri same = same_key(vm, entry->key, key);
      if (same == TRI_NO) continue;
      found->entry = i;
      return same;
    }
    return TRI_NO;
  }
  uint64_t perturb = hash;
  uint32_t bits = hash_bits(dict, hash), number;
  found->place = (size_t)hash & (dict->index_size - 1);
  for (bool first = true;; first = false) {
    number = next_candidate(dict, &perturb, bits, &found->place, first);
    if (number == INDEX_FREE) return TRI_NO;
    const DictEntry *entry = &dict->entries[number - INDEX_OFFSET];
    if (entry->hash != hash) continue;
    Tri same = same_key(vm, entry->key, key);
    if (same == TRI_NO) continue;
    found->entry = number - INDEX_OFFSET;
    return same;
  }
}

static inline bool is_the_str(const DictEntry *entry, const Str *key, uint64_t hash) {
  return entry->key == from_object(key) ||
         (entry->hash == hash && is_str(entry->key) && str_equal(as_str(entry->key), key));
}

// The same for strs: never fails. Keys of other types with an equal hash are passed over.
static bool find_str(const Dict *dict, const Str *key, uint64_t hash, Found *found) {
  if (dict->index == NULL) {
    for (size_t i = dict->first; i < dict->used; i++) {
      if (!is_the_str(&dict->entries[i], key, hash)) continue;
      found->entry = i;
      return true;
    }
    return false;
  }
  uint64_t perturb = hash;
  uint32_t bits = hash_bits(dict, hash), number;
  found->place = (size_t)hash & (dict->index_size - 1);
  for (bool first = true;; first = false) {
    number = next_candidate(dict, &perturb, bits, &found->place, first);
    if (number == INDEX_FREE) return false;
    if (is_the_str(&dict->entries[number - INDEX_OFFSET], key, hash)) {
      found->entry = number - INDEX_OFFSET;
      return true;
    }
  }
}

// A new entry, at the index place that a search has found free.
static void insert_at(VM *vm, Dict *dict, Value key, uint64_t hash, Value value, size_t place) {
  assert(!is_empty(key) && !is_empty(value));
  bool full = dict->filled == dict->capacity;
  if (full) rebuild(vm, dict, dict->count * 3);
  dict->entries[dict->used] = (DictEntry){key, value, hash};
  if (dict->index == NULL) {
    // Nothing to be found by.
  } else if (full) {
    index_entry(dict, dict->used);
  } else {
    assert(dict->index[place] == INDEX_FREE);
    fill_place(dict, place, dict->used, hash);
  }
  dict->used++;
  dict->filled++;
  dict->count++;
  dict->version++;
}

void dict_insert_new(VM *vm, Dict *dict, Value key, uint64_t hash, Value value) {
  assert(!is_empty(key) && !is_empty(value));
  if (dict->filled == dict->capacity) rebuild(vm, dict, dict->count * 3);
  dict->entries[dict->used] = (DictEntry){key, value, hash};
  if (dict->index != NULL) index_entry(dict, dict->used);
  dict->used++;
  dict->filled++;
  dict->count++;
  dict->version++;
}

static void delete_at(Dict *dict, size_t entry, size_t place) {
  if (dict->index != NULL) dict->index[place] = INDEX_DELETED;
  dict->entries[entry].key = EMPTY;
  dict->entries[entry].value = EMPTY;
  if (entry == dict->first) {
    while (dict->first < dict->used && is_empty(dict->entries[dict->first].key)) dict->first++;
  }
  dict->count--;
  dict->version++;
}

void dict_delete_entry(VM *vm, Dict *dict, size_t entry) {
  (void)vm;
  assert(entry < dict->used && !is_empty(dict->entries[entry].key));
  uint64_t hash = dict->entries[entry].hash, perturb = hash;
  uint32_t word = ((uint32_t)entry + INDEX_OFFSET) | hash_bits(dict, hash);
  size_t place = (size_t)hash & (dict->index_size - 1);
  while (dict->index != NULL && dict->index[place] != word) {
    place = next_place(dict, place, &perturb);
  }
  delete_at(dict, entry, place);
}

Tri dict_get(VM *vm, Dict *dict, Value key, Value *out) {
  uint64_t hash;
  Tri hashed = value_hash(vm, key, &hash);
  if (hashed != TRI_YES) return hashed;
  Found found;
  Tri tri = find(vm, dict, key, hash, &found);
  if (tri == TRI_YES) *out = dict->entries[found.entry].value;
  return tri;
}

static Tri set_hashed(VM *vm, Dict *dict, Value key, uint64_t hash, Value value) {
  Found found = {0};
  Tri tri = find(vm, dict, key, hash, &found);
  if (tri == TRI_YES) {
    dict->entries[found.entry].value = value;
    return TRI_YES;
  }
  if (tri != TRI_NO) return tri;
  insert_at(vm, dict, key, hash, value, found.place);
  return TRI_YES;
}

Tri dict_set(VM *vm, Dict *dict, Value key, Value value) {
  uint64_t hash;
  Tri hashed = value_hash(vm, key, &hash);
  if (hashed != TRI_YES) return hashed;
  return set_hashed(vm, dict, key, hash, value);
}

Tri dict_delete(VM *vm, Dict *dict, Value key, Value *out) {
  uint64_t hash;
  Tri hashed = value_hash(vm, key, &hash);
  if (hashed != TRI_YES) return hashed;
  Found found;
  Tri tri = find(vm, dict, key, hash, &found);
  if (tri != TRI_YES) return tri;
  *out = dict->entries[found.entry].value;
  delete_at(dict, found.entry, found.place);
  return TRI_YES;
}

Value dict_get_str(const Dict *dict, Str *key) {
  Found found;
  if (!find_str(dict, key, str_hash(key), &found)) return EMPTY;
  return dict->entries[found.entry].value;
}

Value dict_get_c(const Dict *dict, const char *key) {
  for (size_t i = 0; i < dict->used; i++) {
    Value k = dict->entries[i].key;
    if (is_str(k) && str_equals_c(as_str(k), key)) return dict->entries[i].value;
  }
  return EMPTY;
}

void dict_set_str(VM *vm, Dict *dict, Str *key, Value value) {
  Found found = {0};
  uint64_t hash = str_hash(key);
  if (find_str(dict, key, hash, &found)) {
    dict->entries[found.entry].value = value;
  } else {
    insert_at(vm, dict, from_object(key), hash, value, found.place);
  }
}

void dict_set_c(VM *vm, Dict *dict, const char *key, Value value) {
  dict_set_str(vm, dict, str_intern_c(vm, key), value);
}

bool dict_delete_str(VM *vm, Dict *dict, Str *key) {
  (void)vm;
  Found found;
  if (!find_str(dict, key, str_hash(key), &found)) return false;
  delete_at(dict, found.entry, found.place);
  return true;
}

bool dict_next(const Dict *dict, size_t *position, Value *key, Value *value) {
  size_t i = *position < dict->first ? dict->first : *position;
  while (i < dict->used && is_empty(dict->entries[i].key)) i++;
  if (i >= dict->used) {
    *position = i;
    return false;
  }
  *key = dict->entries[i].key;
  *value = dict->entries[i].value;
  *position = i + 1;
  return true;
}

static void free_buffers(VM *vm, Dict *dict) {
  free_entries(vm, dict);
  if (dict->index != NULL) {
    heap_buffer_free(vm, dict->index, dict->index_size * sizeof(uint32_t));
  }
}

void dict_clear(VM *vm, Dict *dict) {
  free_buffers(vm, dict);
  dict->entries = NULL;
  dict->index = NULL;
  dict->used = dict->count = dict->filled = dict->capacity = dict->index_size = 0;
  dict->first = 0;
  dict->version++;
}

bool dict_pop_last(VM *vm, Dict *dict, Value *key, Value *value) {
  if (dict->count == 0) return false;
  size_t last = dict->used - 1;
  while (is_empty(dict->entries[last].key)) last--;
  *key = dict->entries[last].key;
  *value = dict->entries[last].value;
  dict_delete_entry(vm, dict, last);
  dict->used = (uint32_t)last;
  if (dict->first > last) dict->first = (uint32_t)last;
  return true;
}

bool dict_pop_first(VM *vm, Dict *dict, Value *key, Value *value) {
  if (dict->count == 0) return false;
  size_t first = dict->first;
  *key = dict->entries[first].key;
  *value = dict->entries[first].value;
  dict_delete_entry(vm, dict, first);
  return true;
}

Tri dict_find(VM *vm, const Dict *dict, Value key, size_t *entry) {
  uint64_t hash;
  Tri hashed = value_hash(vm, key, &hash);
  if (hashed != TRI_YES) return hashed;
  Found found;
  Tri tri = find(vm, dict, key, hash, &found);
  if (tri == TRI_YES) *entry = found.entry;
  return tri;
}

void dict_move_to_end(VM *vm, Dict *dict, size_t entry) {
  if (entry + 1 == dict->used) return;
  DictEntry moved = dict->entries[entry];
  dict_delete_entry(vm, dict, entry);
  dict_insert_new(vm, dict, moved.key, moved.hash, moved.value);
}

// Makes room before the first entry, as much as there are entries.
static void open_front(VM *vm, Dict *dict) {
  size_t gap = dict->count + 1;
  rebuild(vm, dict, (dict->count + gap) * 3);
  memmove(dict->entries + gap, dict->entries, dict->used * sizeof(DictEntry));
  for (size_t i = 0; i < gap; i++) dict->entries[i] = (DictEntry){EMPTY, EMPTY, 0};
  dict->used += (uint32_t)gap;
  dict->first = (uint32_t)gap;
  // The gap counts as filled, so that the entries never outgrow their room.
  dict->filled = dict->used;
  index_all(dict);
}

void dict_move_to_front(VM *vm, Dict *dict, size_t entry) {
  if (entry == dict->first) return;
  DictEntry moved = dict->entries[entry];
  dict_delete_entry(vm, dict, entry);
  if (dict->first == 0 || dict->filled == dict->capacity) open_front(vm, dict);
  dict->entries[--dict->first] = moved;
  if (dict->index != NULL) index_entry(dict, dict->first);
  dict->filled++;
  dict->count++;
  dict->version++;
}

Tri dict_update(VM *vm, Dict *dict, Dict *other) {
  if (dict == other) return TRI_YES;
  if (dict->count + other->count > dict->capacity && other->count > dict->count) {
    dict_reserve(vm, dict, dict->count + other->count);
  }
  for (size_t i = 0; i < other->used; i++) {
    const DictEntry *entry = &other->entries[i];
    if (is_empty(entry->key)) continue;
    Tri done = set_hashed(vm, dict, entry->key, entry->hash, entry->value);
    if (done != TRI_YES) return done;
  }
  return TRI_YES;
}

Tri dict_equal(VM *vm, const Dict *dict, const Dict *other) {
  if (dict->count != other->count) return TRI_NO;
  for (size_t i = 0; i < dict->used; i++) {
    const DictEntry *entry = &dict->entries[i];
    if (is_empty(entry->key)) continue;
    Found found;
    Tri same = find(vm, other, entry->key, entry->hash, &found);
    if (same == TRI_YES) {
      same = value_same_or_equal(vm, entry->value, other->entries[found.entry].value);
    }
    if (same != TRI_YES) return same;
  }
  return TRI_YES;
}

Tri dict_update_pairs(VM *vm, Dict *dict, const List *pairs) {
  for (size_t i = 0; i < pairs->count; i++) {
    Value pair = pairs->items[i];
    List *items;
    Tri walked = value_items(vm, pair, &items);
    if (walked == TRI_SCRIPT) return TRI_SCRIPT;
    if (walked == TRI_ERROR) {
      if (exception_is(vm->exception, vm->exceptions.TypeError)) {
        vm_clear_exception(vm);
        raise_type_error(vm, "cannot convert dictionary update sequence element #%zu to a sequence",
                         i);
      }
      return TRI_ERROR;
    }
    if (items->count != 2) {
      raise_value_error(vm, "dictionary update sequence element #%zu has length %zu; 2 is required",
                        i, items->count);
      return TRI_ERROR;
    }
    Tri done = dict_set(vm, dict, items->items[0], items->items[1]);
    if (done != TRI_YES) return done;
  }
  return TRI_YES;
}

int64_t dict_probe(const Dict *dict, uint64_t hash, uint64_t *position) {
  if (dict->index == NULL) {
    for (uint64_t i = *position; i < dict->used; i++) {
      if (dict->entries[i].hash != hash || is_empty(dict->entries[i].key)) continue;
      *position = i + 1;
      return (int64_t)i;
    }
    return -1;
  }
  uint64_t perturb = hash, steps = 0;
  size_t place = (size_t)hash & (dict->index_size - 1);
  for (;; place = next_place(dict, place, &perturb), steps++) {
    uint32_t word = dict->index[place], number = word & (uint32_t)(dict->index_size - 1);
    if (word == INDEX_FREE) return -1;
    if (steps < *position || word == INDEX_DELETED) continue;
    if (dict->entries[number - INDEX_OFFSET].hash != hash) continue;
    *position = steps + 1;
    return number - INDEX_OFFSET;
  }
}

void dict_mark(VM *vm, Object *object) {
  Dict *dict = (Dict *)object;
  if (object->extra == DICT_DEFAULT) heap_mark(vm, ((DefaultDict *)object)->factory);
  for (size_t i = 0; i < dict->used; i++) {
    heap_mark(vm, dict->entries[i].key);
    heap_mark(vm, dict->entries[i].value);
  }
}

void dict_free(VM *vm, Object *object) {
  Dict *dict = (Dict *)object;
  free_buffers(vm, dict);
}
