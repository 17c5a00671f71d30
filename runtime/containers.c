// containers.c: the natives that the prelude's container functions are built on: a table's probe
// sequence, a list's storage while it is sorted, the folding of hashes.
//
// They take what the prelude gives them on trust; programs cannot reach them.
#include "containers.h"

#include "int.h"
#include "operators.h"
#include "vm.h"

static uint64_t to_hash(Value v) {
  int64_t i = 0;
  int_to_i64(v, &i);
  return (uint64_t)i;
}

static Value from_hash(VM *vm, uint64_t hash) { return int_from_i64(vm, (int64_t)hash); }

// Registers of _find: its arguments, then where it is.
enum { TABLE, KEY, HASH, SIZE, POSITION, ENTRY, STORED, FIND_REGISTERS };

static Value size_of(Value table) {
  if (is_dict(table)) return small_int(as_dict(table)->index_size);
  const Set *set = as_set(table);
  return small_int(set->table == NULL ? 0 : (int64_t)set->mask);
}

// Whether the key that has been compared is where it was.
static bool is_there(const Value *regs) {
  size_t entry = (size_t)as_small_int(regs[ENTRY]);
  if (size_of(regs[TABLE]) != regs[SIZE]) return false;
  if (is_dict(regs[TABLE])) {
    const Dict *dict = as_dict(regs[TABLE]);
    return entry < dict->used && dict->entries[entry].key == regs[STORED];
  }
  return as_set(regs[TABLE])->table[entry].key == regs[STORED];
}

// The next key in the table that has the hash. False: there is none.
static bool next_stored(Value *regs) {
  uint64_t position = (uint64_t)as_small_int(regs[POSITION]), hash = to_hash(regs[HASH]);
  int64_t entry;
  if (is_dict(regs[TABLE])) {
    const Dict *dict = as_dict(regs[TABLE]);
    entry = dict_probe(dict, hash, &position);
    if (entry >= 0) regs[STORED] = dict->entries[entry].key;
  } else {
    const Set *set = as_set(regs[TABLE]);
    entry = set_probe(set, hash, &position);
    if (entry >= 0) regs[STORED] = set->table[entry].key;
  }
  regs[POSITION] = small_int((int64_t)position);
  regs[ENTRY] = small_int(entry);
  return entry >= 0;
}

// _find(table, key, hash): the number of key's entry in a dict or set, or -1. A comparison that
// moves what it compares makes the search begin anew.
static Step find_step(VM *vm, Frame *frame, Value in) {
  enum { START, COMPARED, TOLD };
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Value *regs = frame->regs;
  for (;;) {
    Called called;
    if (frame->state == COMPARED && in == NOT_IMPLEMENTED) {
      called = operator_compare_again(vm, frame, CMP_EQ, regs[STORED], regs[KEY]);
    } else if (frame->state == COMPARED) {
      frame->state = TOLD;
      called = operator_truth(vm, frame, in, &in);
    } else {
      if (frame->state == START || !is_there(regs)) {
        regs[SIZE] = size_of(regs[TABLE]);
        regs[POSITION] = small_int(0);
      } else if (in == TRUE_VALUE) {
        return step_done(vm, regs[ENTRY]);
      }
      if (!next_stored(regs) || regs[STORED] == regs[KEY]) return step_done(vm, regs[ENTRY]);
      frame->state = COMPARED;
      called = operator_compare(vm, frame, CMP_EQ, regs[STORED], regs[KEY], &in);
    }
    if (called != CALL_DONE) return called == CALL_ENTER ? STEP_ENTER : STEP_RAISE;
  }
}

// _dict_value(d, entry)
static bool dict_value(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = as_dict(args[0])->entries[as_small_int(args[1])].value;
  return true;
}

// _dict_store(d, entry, value)
static bool dict_store(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  as_dict(args[0])->entries[as_small_int(args[1])].value = args[2];
  *out = NONE;
  return true;
}

// _dict_insert(d, key, hash, value)
static bool dict_insert(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  dict_insert_new(vm, as_dict(args[0]), args[1], to_hash(args[2]), args[3]);
  *out = NONE;
  return true;
}

// _dict_remove(d, entry): the value that was there
static bool dict_remove(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Dict *dict = as_dict(args[0]);
  size_t entry = (size_t)as_small_int(args[1]);
  *out = dict->entries[entry].value;
  dict_delete_entry(vm, dict, entry);
  return true;
}

// _dict_entries(d): a list of (key, hash, value)
static bool dict_entries(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Dict *dict = as_dict(args[0]);
  List *list = list_new(vm, dict->count);
  for (size_t i = 0; i < dict->used; i++) {
    const DictEntry *entry = &dict->entries[i];
    if (is_empty(entry->key)) continue;
    Tuple *row = tuple_of(vm, 3, entry->key, from_hash(vm, entry->hash), entry->value);
    list_append(vm, list, from_object(row));
  }
  *out = from_object(list);
  return true;
}

// _view_dict(view)
static bool view_dict(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_object(as_dict_view(args[0])->dict);
  return true;
}

// _set_insert(s, key, hash)
static bool set_insert(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  set_insert_new(vm, as_set(args[0]), args[1], to_hash(args[2]));
  *out = NONE;
  return true;
}

// _set_remove(s, entry)
static bool set_remove_entry(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  set_delete_entry(as_set(args[0]), (size_t)as_small_int(args[1]));
  *out = NONE;
  return true;
}

// _set_entries(s): a list of (key, hash)
static bool set_entries(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Set *set = as_set(args[0]);
  List *list = list_new(vm, set->count);
  Value key;
  for (size_t i = 0; set_next(set, &i, &key);) {
    list_append(vm, list, from_object(tuple_pair(vm, key, from_hash(vm, set->table[i - 1].hash))));
  }
  *out = from_object(list);
  return true;
}

// _set_copy(s): a set or frozenset of the builtin class
static bool copy_set(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  bool frozen = is_kind(args[0], KIND_FROZENSET);
  *out = from_object(set_copy(vm, as_set(args[0]), frozen ? vm->frozenset_class : vm->set_class,
                              frozen ? KIND_FROZENSET : KIND_SET));
  return true;
}

// _set_swap(a, b)
static bool swap_sets(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  set_swap(as_set(args[0]), as_set(args[1]));
  *out = NONE;
  return true;
}

// _tuple_hash(hashes): from the elements' hashes, as ints
static bool fold_tuple(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const List *hashes = as_list(args[0]);
  size_t bytes = hashes->count * sizeof(uint64_t);
  uint64_t *lanes = heap_buffer_new(vm, bytes);
  for (size_t i = 0; i < hashes->count; i++) lanes[i] = to_hash(hashes->items[i]);
  *out = from_hash(vm, hash_of_tuple(lanes, hashes->count));
  heap_buffer_free(vm, lanes, bytes);
  return true;
}

// _list_take(l): its items as a new list; l is left empty while they are sorted
static bool list_take(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *list = as_list(args[0]), *taken = list_new(vm, 0);
  taken->items = list->items, taken->count = list->count, taken->capacity = list->capacity;
  list->items = NULL;
  list->count = list->capacity = 0;
  *out = from_object(taken);
  return true;
}

// _list_put(l, items): gives them back; whether somebody had changed l in between
static bool list_put(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *list = as_list(args[0]), *items = as_list(args[1]);
  *out = from_bool(list->capacity != 0);
  list_clear(vm, list);
  list_extend(vm, list, items->items, items->count);
  return true;
}

// _sort_pairs(keys, items, reverse): True when sorted, False when comparing needs a script
static bool sort_pairs(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *keys = as_list(args[0]), *items = as_list(args[1]);
  assert(keys->count == items->count);
  Tri done = list_sort_values(vm, keys == items ? NULL : keys->items, items->items, items->count,
                              args[2] == TRUE_VALUE);
  *out = from_bool(done == TRI_YES);
  return done != TRI_ERROR;
}

// _scripted(x, name): whether x's class gives the special method by a script
static bool scripted(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = FALSE_VALUE;
  for (int i = 0; i < SP_COUNT; i++) {
    if (!str_equals_c(as_str(args[1]), special_names[i])) continue;
    *out = from_bool(value_has_script(vm, args[0], i));
    break;
  }
  return true;
}

// _plain_repr(x): what object.__repr__ says
static bool plain_repr(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Text text = text_new(vm);
  value_repr_plain(vm, args[0], &text);
  *out = from_object(text_finish(&text));
  return true;
}

// _builtin_class(x): the nearest class of x that is written in C
bool containers_builtin_class(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Tuple *mro = value_class(vm, args[0])->mro;
  size_t i = 0;
  while (!(as_class(mro->items[i])->header.flags & CLASS_BUILTIN)) i++;
  *out = mro->items[i];
  return true;
}

static const NativeDef natives[] = {
    {.name = "_builtin_class", .leaf = containers_builtin_class, .min = 1, .max = 1},
    {.name = "_find", .step = find_step, .min = 3, .max = 3, .registers = FIND_REGISTERS},
    {.name = "_dict_value", .leaf = dict_value, .min = 2, .max = 2},
    {.name = "_dict_store", .leaf = dict_store, .min = 3, .max = 3},
    {.name = "_dict_insert", .leaf = dict_insert, .min = 4, .max = 4},
    {.name = "_dict_remove", .leaf = dict_remove, .min = 2, .max = 2},
    {.name = "_dict_entries", .leaf = dict_entries, .min = 1, .max = 1},
    {.name = "_view_dict", .leaf = view_dict, .min = 1, .max = 1},
    {.name = "_set_insert", .leaf = set_insert, .min = 3, .max = 3},
    {.name = "_set_remove", .leaf = set_remove_entry, .min = 2, .max = 2},
    {.name = "_set_entries", .leaf = set_entries, .min = 1, .max = 1},
    {.name = "_set_copy", .leaf = copy_set, .min = 1, .max = 1},
    {.name = "_set_swap", .leaf = swap_sets, .min = 2, .max = 2},
    {.name = "_tuple_hash", .leaf = fold_tuple, .min = 1, .max = 1},
    {.name = "_list_take", .leaf = list_take, .min = 1, .max = 1},
    {.name = "_list_put", .leaf = list_put, .min = 2, .max = 2},
    {.name = "_sort_pairs", .leaf = sort_pairs, .min = 3, .max = 3},
    {.name = "_scripted", .leaf = scripted, .min = 2, .max = 2},
    {.name = "_plain_repr", .leaf = plain_repr, .min = 1, .max = 1},
    {0},
};

void containers_install_prelude(VM *vm, Module *module) {
  native_add_functions(vm, module, natives);
}
