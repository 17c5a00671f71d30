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

enum { INDEX_FREE = 0, INDEX_DELETED = 1, INDEX_OFFSET = 2, MIN_INDEX = 8, PERTURB_SHIFT = 5 };

Dict *dict_new(VM *vm) { return heap_alloc(vm, KIND_DICT, vm->dict_class, sizeof(Dict)); }

static size_t next_place(const Dict *dict, size_t place, uint64_t *perturb) {
  *perturb >>= PERTURB_SHIFT;
  return (place * 5 + (size_t)*perturb + 1) & (dict->index_size - 1);
}

static void index_entry(Dict *dict, size_t entry) {
  uint64_t perturb = dict->entries[entry].hash;
  size_t place = (size_t)perturb & (dict->index_size - 1);
  while (dict->index[place] != INDEX_FREE) place = next_place(dict, place, &perturb);
  dict->index[place] = (uint32_t)entry + INDEX_OFFSET;
}

// Gives the dict a table for `wanted` index places, leaving deleted entries behind.
static void rebuild(VM *vm, Dict *dict, size_t wanted) {
  size_t size = MIN_INDEX;
  while (size < wanted) size <<= 1;
  size_t capacity = size * 2 / 3;
  assert(capacity >= dict->count);
  DictEntry *entries = heap_buffer_new(vm, capacity * sizeof(DictEntry));
  size_t used = 0;
  for (size_t i = 0; i < dict->used; i++) {
    if (!is_empty(dict->entries[i].key)) entries[used++] = dict->entries[i];
  }
  heap_buffer_free(vm, dict->entries, dict->capacity * sizeof(DictEntry));
  dict->index = heap_buffer_resize(vm, dict->index, dict->index_size * sizeof(uint32_t),
                                   size * sizeof(uint32_t));
  memset(dict->index, 0, size * sizeof(uint32_t));
  dict->entries = entries;
  dict->used = dict->filled = used;
  dict->first = 0;
  dict->capacity = capacity;
  dict->index_size = size;
  for (size_t i = 0; i < used; i++) index_entry(dict, i);
}

void dict_reserve(VM *vm, Dict *dict, size_t count) {
  if (count > dict->capacity) rebuild(vm, dict, (count * 3 + 1) / 2);
}

Dict *dict_copy(VM *vm, Dict *dict) {
  Dict *copy = dict_new(vm);
  if (dict->count == 0) return copy;
  dict_reserve(vm, copy, dict->count);
  for (size_t i = 0; i < dict->used; i++) {
    if (is_empty(dict->entries[i].key)) continue;
    copy->entries[copy->used] = dict->entries[i];
    index_entry(copy, copy->used++);
  }
  copy->count = copy->filled = copy->used;
  return copy;
}

// The entry of a key whose hash is known: its number in *entry. YES, NO, SCRIPT, ERROR.
static Tri find(VM *vm, const Dict *dict, Value key, uint64_t hash, size_t *entry) {
  if (dict->index_size == 0) return TRI_NO;
  uint64_t perturb = hash;
  size_t place = (size_t)hash & (dict->index_size - 1);
  for (;; place = next_place(dict, place, &perturb)) {
    uint32_t number = dict->index[place];
    if (number == INDEX_FREE) return TRI_NO;
    if (number == INDEX_DELETED) continue;
    const DictEntry *found = &dict->entries[number - INDEX_OFFSET];
    if (found->hash != hash) continue;
    if (found->key != key) {
      if (are_small_ints(found->key, key)) continue;
      Tri same = value_equal(vm, found->key, key);
      if (same == TRI_NO) continue;
      if (same != TRI_YES) return same;
    }
    *entry = number - INDEX_OFFSET;
    return TRI_YES;
  }
}

// The same for strs: never fails. Keys of other types with an equal hash are passed over.
static bool find_str(const Dict *dict, const Str *key, uint64_t hash, size_t *entry) {
  if (dict->index_size == 0) return false;
  uint64_t perturb = hash;
  size_t place = (size_t)hash & (dict->index_size - 1);
  for (;; place = next_place(dict, place, &perturb)) {
    uint32_t number = dict->index[place];
    if (number == INDEX_FREE) return false;
    if (number == INDEX_DELETED) continue;
    const DictEntry *found = &dict->entries[number - INDEX_OFFSET];
    if (found->hash != hash) continue;
    if (found->key == from_object(key) ||
        (is_str(found->key) && str_equal(as_str(found->key), key))) {
      *entry = number - INDEX_OFFSET;
      return true;
    }
  }
}

void dict_insert_new(VM *vm, Dict *dict, Value key, uint64_t hash, Value value) {
  assert(!is_empty(key) && !is_empty(value));
  if (dict->filled == dict->capacity) rebuild(vm, dict, dict->count * 3);
  dict->entries[dict->used] = (DictEntry){key, value, hash};
  index_entry(dict, dict->used++);
  dict->filled++;
  dict->count++;
  dict->version++;
}

void dict_delete_entry(VM *vm, Dict *dict, size_t entry) {
  (void)vm;
  assert(entry < dict->used && !is_empty(dict->entries[entry].key));
  uint64_t perturb = dict->entries[entry].hash;
  size_t place = (size_t)perturb & (dict->index_size - 1);
  while (dict->index[place] != entry + INDEX_OFFSET) place = next_place(dict, place, &perturb);
  dict->index[place] = INDEX_DELETED;
  dict->entries[entry].key = EMPTY;
  dict->entries[entry].value = EMPTY;
  if (entry == dict->first) {
    while (dict->first < dict->used && is_empty(dict->entries[dict->first].key)) dict->first++;
  }
  dict->count--;
  dict->version++;
}

Tri dict_get(VM *vm, Dict *dict, Value key, Value *out) {
  uint64_t hash;
  Tri hashed = value_hash(vm, key, &hash);
  if (hashed != TRI_YES) return hashed;
  size_t entry;
  Tri found = find(vm, dict, key, hash, &entry);
  if (found == TRI_YES) *out = dict->entries[entry].value;
  return found;
}

static Tri set_hashed(VM *vm, Dict *dict, Value key, uint64_t hash, Value value) {
  size_t entry;
  Tri found = find(vm, dict, key, hash, &entry);
  if (found == TRI_YES) {
    dict->entries[entry].value = value;
    return TRI_YES;
  }
  if (found != TRI_NO) return found;
  dict_insert_new(vm, dict, key, hash, value);
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
  size_t entry;
  Tri found = find(vm, dict, key, hash, &entry);
  if (found != TRI_YES) return found;
  *out = dict->entries[entry].value;
  dict_delete_entry(vm, dict, entry);
  return TRI_YES;
}

Value dict_get_str(const Dict *dict, Str *key) {
  size_t entry;
  if (!find_str(dict, key, str_hash(key), &entry)) return EMPTY;
  return dict->entries[entry].value;
}

Value dict_get_c(const Dict *dict, const char *key) {
  for (size_t i = 0; i < dict->used; i++) {
    Value k = dict->entries[i].key;
    if (is_str(k) && str_equals_c(as_str(k), key)) return dict->entries[i].value;
  }
  return EMPTY;
}

void dict_set_str(VM *vm, Dict *dict, Str *key, Value value) {
  size_t entry;
  uint64_t hash = str_hash(key);
  if (find_str(dict, key, hash, &entry)) {
    dict->entries[entry].value = value;
  } else {
    dict_insert_new(vm, dict, from_object(key), hash, value);
  }
}

void dict_set_c(VM *vm, Dict *dict, const char *key, Value value) {
  dict_set_str(vm, dict, str_intern_c(vm, key), value);
}

bool dict_delete_str(VM *vm, Dict *dict, Str *key) {
  size_t entry;
  if (!find_str(dict, key, str_hash(key), &entry)) return false;
  dict_delete_entry(vm, dict, entry);
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

void dict_clear(VM *vm, Dict *dict) {
  heap_buffer_free(vm, dict->entries, dict->capacity * sizeof(DictEntry));
  heap_buffer_free(vm, dict->index, dict->index_size * sizeof(uint32_t));
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
  dict->used = last;
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
  return hashed == TRI_YES ? find(vm, dict, key, hash, entry) : hashed;
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
  dict->used += gap;
  dict->first = (uint32_t)gap;
  // The gap counts as filled, so that the entries never outgrow their room.
  dict->filled = dict->used;
  memset(dict->index, 0, dict->index_size * sizeof(uint32_t));
  for (size_t i = gap; i < dict->used; i++) index_entry(dict, i);
}

void dict_move_to_front(VM *vm, Dict *dict, size_t entry) {
  if (entry == dict->first) return;
  DictEntry moved = dict->entries[entry];
  dict_delete_entry(vm, dict, entry);
  if (dict->first == 0 || dict->filled == dict->capacity) open_front(vm, dict);
  dict->entries[--dict->first] = moved;
  index_entry(dict, dict->first);
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
    size_t found;
    Tri same = find(vm, other, entry->key, entry->hash, &found);
    if (same == TRI_YES) same = value_same_or_equal(vm, entry->value, other->entries[found].value);
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
  if (dict->index_size == 0) return -1;
  uint64_t perturb = hash, steps = 0;
  size_t place = (size_t)hash & (dict->index_size - 1);
  for (;; place = next_place(dict, place, &perturb), steps++) {
    uint32_t number = dict->index[place];
    if (number == INDEX_FREE) return -1;
    if (steps < *position || number == INDEX_DELETED) continue;
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
  heap_buffer_free(vm, dict->entries, dict->capacity * sizeof(DictEntry));
  heap_buffer_free(vm, dict->index, dict->index_size * sizeof(uint32_t));
}
