// dict.h: dict, an insertion-ordered hash table, its views and methods.
//
// A compact table: `entries` in insertion order, and an index table of open addressing that holds
// entry numbers. A deleted entry keeps its place with key EMPTY until the table is rebuilt. A small
// dict (of at most DICT_SMALL entries, like those of keyword arguments) has no index: its entries
// are looked through. If it is made for entries that are known then, they lie behind the header,
// in the object itself.
// Keys whose hash or equality needs a script (an instance with its own __eq__) cannot be looked up
// by a C function: such look-ups answer TRI_SCRIPT and the caller hands over to the prelude
// (runtime/lib/prelude/), which drives dict_probe.
#ifndef CORO_DICT_H
#define CORO_DICT_H

#include "object.h"
#include "protocol.h"

typedef struct {
  Value key;  // EMPTY: deleted
  Value value;
  uint64_t hash;
} DictEntry;

struct Dict {
  Object header;  // extra: DictKind
  DictEntry *entries;
  // NULL while small, else of index_size: 0 free, 1 deleted, otherwise entry number + 2.
  uint32_t *index;
  uint32_t used;        // entries in use including deleted ones
  uint32_t count;       // live entries: len(d)
  uint32_t filled;      // index places that are not free; the table grows when it is capacity
  uint32_t capacity;    // of entries
  uint32_t index_size;  // a power of two, 0 while empty
  uint32_t version;     // changes whenever the set of keys changes: iterators watch it
  uint32_t first;       // no live entry comes before this one
};

// What collections' subclasses of dict do of their own in C.
typedef enum { DICT_PLAIN, DICT_DEFAULT, DICT_ORDERED } DictKind;

// An instance of collections.defaultdict.
typedef struct {
  Dict dict;
  Value factory;  // default_factory
} DefaultDict;

static inline Dict *as_dict(Value v) {
  assert(is_dict(v));
  return (Dict *)as_object(v);
}

enum { DICT_SMALL = 5 };  // as many as CPython's smallest table has room for

Dict *dict_new(VM *vm);
// With room for `count` entries that are about to be put in.
Dict *dict_new_sized(VM *vm, size_t count);
Dict *dict_copy(VM *vm, Dict *dict);

// Look-up by any key. TRI_YES: *out is the value. TRI_NO: absent. TRI_ERROR: unhashable key, an
// exception is pending. TRI_SCRIPT: hash or equality needs a script.
Tri dict_get(VM *vm, Dict *dict, Value key, Value *out) MUST_CHECK;
Tri dict_set(VM *vm, Dict *dict, Value key, Value value) MUST_CHECK;    // TRI_YES when done
Tri dict_delete(VM *vm, Dict *dict, Value key, Value *out) MUST_CHECK;  // *out: the old value

// Fast forms for keys that are strs (attribute and keyword names): they never fail.
Value dict_get_str(const Dict *dict, Str *key);  // EMPTY when absent
Value dict_get_c(const Dict *dict, const char *key);
void dict_set_str(VM *vm, Dict *dict, Str *key, Value value);
void dict_set_c(VM *vm, Dict *dict, const char *key, Value value);
bool dict_delete_str(VM *vm, Dict *dict, Str *key);

// Iteration in order: `for (size_t i = 0; dict_next(d, &i, &key, &value);)`.
bool dict_next(const Dict *dict, size_t *position, Value *key, Value *value);
void dict_clear(VM *vm, Dict *dict);
// All of `other`'s entries into dict (both with keys that C can handle, else TRI_SCRIPT).
Tri dict_update(VM *vm, Dict *dict, Dict *other) MUST_CHECK;

// For keys that need a script. Starting with *position = 0, returns the number of the next entry
// whose stored hash equals `hash`, or -1; the caller compares keys by script and goes on.
int64_t dict_probe(const Dict *dict, uint64_t hash, uint64_t *position);
void dict_insert_new(VM *vm, Dict *dict, Value key, uint64_t hash, Value value);  // known absent
void dict_delete_entry(VM *vm, Dict *dict, size_t entry);

// Makes room for `count` entries in all, as CPython presizes a display or a merge.
void dict_reserve(VM *vm, Dict *dict, size_t count);
// The entry of a key, by its number.
Tri dict_find(VM *vm, const Dict *dict, Value key, size_t *entry) MUST_CHECK;
// An entry's new place is the last or the first.
void dict_move_to_end(VM *vm, Dict *dict, size_t entry);
void dict_move_to_front(VM *vm, Dict *dict, size_t entry);
// Removes the first entry; false when there is none.
bool dict_pop_first(VM *vm, Dict *dict, Value *key, Value *value);
// Removes the last entry; false when there is none.
bool dict_pop_last(VM *vm, Dict *dict, Value *key, Value *value);
// dict == other: the same keys with equal values.
Tri dict_equal(VM *vm, const Dict *dict, const Dict *other) MUST_CHECK;
// Takes in a list of pairs, as dict(pairs) does. ERROR "cannot convert dictionary update sequence
// element #0 to a sequence" and its relatives.
Tri dict_update_pairs(VM *vm, Dict *dict, const List *pairs) MUST_CHECK;

void dict_mark(VM *vm, Object *object);
void dict_free(VM *vm, Object *object);
// d.update(source, **keywords), a leaf: for classes that take in a source in the same way.
bool dict_update_leaf(VM *vm, Value *args, int nargs, Value *out);

// collections.defaultdict and OrderedDict: defaultdict.c, ordereddict.c. Their classes are made
// when `collections` is first imported.
DefaultDict *default_dict_new(VM *vm, Class *cls, Value factory);
// d[key] for an absent key where C can make the value: YES with *out.
Tri default_dict_missing(VM *vm, Dict *dict, Value key, Value *out) MUST_CHECK;
bool default_dict_set_factory(VM *vm, Value dict, Value factory);  // true
Dict *ordered_dict_new(VM *vm, Class *cls);
// a | b, a new dict of the kind that a or else b has.
Tri dict_merged(VM *vm, Dict *a, Dict *b, Value *out) MUST_CHECK;
void default_dict_install(VM *vm);
void ordered_dict_install(VM *vm);

void dict_install(VM *vm);  // dict, dict_keys, dict_values, dict_items

// keys(), values(), items(): live views.
typedef enum { VIEW_KEYS, VIEW_VALUES, VIEW_ITEMS } DictViewKind;
typedef struct {
  Object header;  // extra: DictViewKind
  Dict *dict;
} DictView;
static inline DictView *as_dict_view(Value v) {
  assert(is_kind(v, KIND_DICT_VIEW));
  return (DictView *)as_object(v);
}
// keys() or items(): what behaves like a set.
static inline bool is_set_view(Value v) {
  return is_kind(v, KIND_DICT_VIEW) && as_object(v)->extra != VIEW_VALUES;
}
Value dict_view(VM *vm, Dict *dict, DictViewKind kind);
Tri dict_view_contains(VM *vm, DictView *view, Value item) MUST_CHECK;
void dict_view_install(VM *vm);
void dict_view_mark(VM *vm, Object *object);

#endif
