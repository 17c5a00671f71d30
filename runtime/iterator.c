// iterator.c: stepping the builtin iterators, and value_iter, value_next, value_items.
#include "iterator.h"

#include "bytes.h"
#include "context.h"
#include "deque.h"
#include "future.h"
#include "heap.h"
#include "int.h"
#include "iterchain.h"
#include "itertools.h"
#include "list.h"
#include "range.h"
#include "signals.h"
#include "vm.h"

Iterator *iterator_new(VM *vm, IteratorKind kind, Class *cls, Value source) {
  Iterator *it = heap_alloc(vm, KIND_ITERATOR, cls, sizeof(Iterator));
  it->header.extra = (uint8_t)kind;
  it->source = source;
  return it;
}

Value iterator_new_range(VM *vm, int64_t start, int64_t step, int64_t count) {
  Iterator *it = iterator_new(vm, ITER_RANGE, vm->range_iterator_class, NONE);
  it->index = start;
  it->step = step;
  it->left = count;
  return from_object(it);
}

Value iterator_new_dict(VM *vm, Dict *dict, DictViewKind view, bool reverse) {
  static const IteratorKind kinds[] = {ITER_DICT_KEYS, ITER_DICT_VALUES, ITER_DICT_ITEMS};
  Class *classes[] = {vm->dict_key_iterator_class, vm->dict_value_iterator_class,
                      vm->dict_item_iterator_class};
  Iterator *it = iterator_new(vm, reverse ? ITER_DICT_REVERSE : kinds[view],
                              reverse ? vm->reversed_class : classes[view], from_object(dict));
  bool ordered = dict->header.extra == DICT_ORDERED;
  if (ordered) it->header.cls = vm->ordered_iterator_class;
  it->step = view;
  it->left = (int64_t)dict->count;
  it->header.aux = ordered ? dict->version : (uint32_t)dict->count;
  if (reverse) it->index = (int64_t)dict->used - 1;
  return from_object(it);
}

Value iterator_new_enumerate(VM *vm, Value inner, Value start) {
  assert(iterator_is_leaf(inner));
  if (is_small_int(start) || is_bool(start)) {
    Iterator *it = iterator_new(vm, ITER_ENUMERATE, vm->enumerate_class, inner);
    it->index = is_bool(start) ? start == TRUE_VALUE : as_small_int(start);
    return from_object(it);
  }
  // A number beyond the small ints: the source is the pair of iterator and next number.
  Iterator *it = iterator_new(vm, ITER_ENUMERATE, vm->enumerate_class,
                              from_object(tuple_pair(vm, inner, start)));
  it->left = 1;
  return from_object(it);
}

Value iterator_new_zip(VM *vm, const Value *inners, size_t count, bool strict) {
  Tuple *sources = tuple_from(vm, inners, count);
  Iterator *it = iterator_new(vm, ITER_ZIP, vm->zip_class, from_object(sources));
  it->step = strict;
  return from_object(it);
}

static Value over_str(VM *vm, const Str *s) {
  Iterator *it = iterator_new(vm, ITER_STR, vm->str_iterator_class, from_object(s));
  it->left = (int64_t)s->count;
  return from_object(it);
}

static Value over_set(VM *vm, const Set *set) {
  Iterator *it = iterator_new(vm, ITER_SET, vm->set_iterator_class, from_object(set));
  it->left = (int64_t)set->count;
  it->header.aux = (uint32_t)set->count;
  return from_object(it);
}

Tri iterator_over(VM *vm, Value v, Value *out) {
  if (!is_object(v)) return TRI_NO;
  switch (as_object(v)->kind) {
    case KIND_LIST:
      *out = from_object(iterator_new(vm, ITER_LIST, vm->list_iterator_class, v));
      return TRI_YES;
    case KIND_TUPLE:
      *out = from_object(iterator_new(vm, ITER_TUPLE, vm->tuple_iterator_class, v));
      return TRI_YES;
    case KIND_RANGE: *out = range_iterator(vm, as_range(v), false); return TRI_YES;
    case KIND_STR: *out = over_str(vm, as_str(v)); return TRI_YES;
    case KIND_BYTES:
      *out = from_object(iterator_new(vm, ITER_BYTES, vm->bytes_iterator_class, v));
      return TRI_YES;
    case KIND_DICT: *out = iterator_new_dict(vm, as_dict(v), VIEW_KEYS, false); return TRI_YES;
    case KIND_DICT_VIEW:
      *out = iterator_new_dict(vm, as_dict_view(v)->dict, (DictViewKind)as_object(v)->extra, false);
      return TRI_YES;
    case KIND_SET:
    case KIND_FROZENSET: *out = over_set(vm, as_set(v)); return TRI_YES;
    case KIND_DEQUE: *out = deque_iterator(vm, as_deque(v), false); return TRI_YES;
    case KIND_CONTEXT: return iterator_over(vm, from_object(context_vars(vm, v)), out);
    case KIND_FUTURE:
    case KIND_TASK: *out = future_iterator(vm, v); return TRI_YES;
    case KIND_ITERATOR:
    case KIND_GENERATOR: *out = v; return TRI_YES;
    default: return TRI_NO;
  }
}

// Into entry: a key and its value.
static Tri dict_entry(VM *vm, Iterator *it, Value *entry) {
  Dict *dict = as_dict(it->source);
  if (dict->header.extra == DICT_ORDERED) {
    if (it->left > 0 && it->header.aux != dict->version) {
      it->source = EMPTY;
      vm_raise(vm, vm->exceptions.RuntimeError, "OrderedDict mutated during iteration");
      return TRI_ERROR;
    }
    if (it->left == 0) {
      it->source = EMPTY;
      return TRI_NO;
    }
  } else if (it->header.aux != (uint32_t)dict->count) {
    it->header.aux = UINT32_MAX;  // and so for ever
    vm_raise(vm, vm->exceptions.RuntimeError, "dictionary changed size during iteration");
    return TRI_ERROR;
  }
  if (it->header.extra == ITER_DICT_REVERSE) {
    int64_t i = it->index;
    if (i >= (int64_t)dict->used) i = (int64_t)dict->used - 1;
    while (i >= 0 && is_empty(dict->entries[i].key)) i--;
    if (i < 0) {
      it->source = EMPTY;
      return TRI_NO;
    }
    entry[0] = dict->entries[i].key;
    entry[1] = dict->entries[i].value;
    it->index = i - 1;
  } else {
    size_t position = (size_t)it->index;
    if (!dict_next(dict, &position, &entry[0], &entry[1])) {
      it->source = EMPTY;
      return TRI_NO;
    }
    if (it->left == 0) {
      it->source = EMPTY;
      vm_raise(vm, vm->exceptions.RuntimeError, "dictionary keys changed during iteration");
      return TRI_ERROR;
    }
    it->index = (int64_t)position;
  }
  it->left--;
  return TRI_YES;
}

static Tri dict_step(VM *vm, Iterator *it, Value *out) {
  Value entry[2];
  Tri more = dict_entry(vm, it, entry);
  if (more != TRI_YES) return more;
  switch ((DictViewKind)it->step) {
    case VIEW_KEYS: *out = entry[0]; break;
    case VIEW_VALUES: *out = entry[1]; break;
    case VIEW_ITEMS: *out = from_object(tuple_pair(vm, entry[0], entry[1])); break;
  }
  return TRI_YES;
}

static Tri set_step(VM *vm, Iterator *it, Value *out) {
  const Set *set = as_set(it->source);
  if (it->header.aux != (uint32_t)set->count) {
    it->header.aux = UINT32_MAX;
    vm_raise(vm, vm->exceptions.RuntimeError, "Set changed size during iteration");
    return TRI_ERROR;
  }
  size_t position = (size_t)it->index;
  if (!set_next(set, &position, out)) {
    it->source = EMPTY;
    return TRI_NO;
  }
  it->index = (int64_t)position;
  it->left--;
  return TRI_YES;
}

static Tri deque_step(VM *vm, Iterator *it, int64_t step, Value *out) {
  const Deque *deque = as_deque(it->source);
  if (it->header.aux != deque->header.aux) {
    it->left = 0;
    vm_raise(vm, vm->exceptions.RuntimeError, "deque mutated during iteration");
    return TRI_ERROR;
  }
  if (it->left == 0) return TRI_NO;
  *out = *deque_at(deque, (size_t)it->index);
  it->index += step;
  it->left--;
  return TRI_YES;
}

static Tri str_step(VM *vm, Iterator *it, Value *out) {
  const Str *s = as_str(it->source);
  if (it->left == 0) {
    it->source = EMPTY;
    return TRI_NO;
  }
  const char *p = s->data + it->index;
  *out = from_object(str_from_code_point(vm, utf8_next(&p)));
  it->index = p - s->data;
  it->left--;
  return TRI_YES;
}

// Element i of a tuple, str or bytes.
static Value element(VM *vm, Value sequence, int64_t i) {
  if (is_tuple(sequence)) return as_tuple(sequence)->items[i];
  if (is_bytes(sequence)) return small_int(as_bytes(sequence)->data[i]);
  return from_object(str_at(vm, as_str(sequence), (size_t)i));
}

static Value increment(VM *vm, Value i, Value by) {
  Value sum = EMPTY;
  Tri done = int_binary(vm, BIN_ADD, i, by, &sum);
  assert(done == TRI_YES);
  (void)done;
  return sum;
}

static Tri big_range_step(VM *vm, Iterator *it, Value *out) {
  const Tuple *state = as_tuple(it->source);  // next value, step, how many are left
  if (int_sign(state->items[2]) == 0) {
    it->source = EMPTY;
    return TRI_NO;
  }
  *out = state->items[0];
  it->source =
      from_object(tuple_of(vm, 3, increment(vm, state->items[0], state->items[1]), state->items[1],
                           increment(vm, state->items[2], small_int(-1))));
  return TRI_YES;
}

// The next item of an iterator within another one: those of lists inline.
static Tri inner_next(VM *vm, Value inner, Value *out) {
  Iterator *it = as_iterator(inner);
  if (it->header.extra != ITER_LIST || is_empty(it->source)) return iterator_next(vm, it, out);
  const List *list = as_list(it->source);
  if ((size_t)it->index >= list->count) return iterator_next(vm, it, out);
  *out = list->items[it->index++];
  return TRI_YES;
}

static Tri enumerate_parts(VM *vm, Iterator *it, Value *parts) {
  bool paired = it->left;
  Value inner = paired ? as_tuple(it->source)->items[0] : it->source;
  parts[0] = paired ? as_tuple(it->source)->items[1] : int_from_i64(vm, it->index);
  Tri more = inner_next(vm, inner, &parts[1]);
  if (more != TRI_YES) return more;
  if (paired) {
    it->source = from_object(tuple_pair(vm, inner, increment(vm, parts[0], small_int(1))));
  } else {
    it->index++;
  }
  return TRI_YES;
}

static Tri zip_mismatch(VM *vm, size_t i, const char *what) {
  if (i == 1) {
    raise_value_error(vm, "zip() argument 2 is %s than argument 1", what);
  } else {
    raise_value_error(vm, "zip() argument %zu is %s than arguments 1-%zu", i + 1, what, i);
  }
  return TRI_ERROR;
}

static Tri zip_parts(VM *vm, Iterator *it, Value *parts) {
  const Tuple *inners = as_tuple(it->source);
  if (inners->count == 0) return TRI_NO;
  for (size_t i = 0; i < inners->count; i++) {
    Tri more = inner_next(vm, inners->items[i], &parts[i]);
    if (more == TRI_YES) continue;
    if (more != TRI_NO || !it->step) return more;
    if (i > 0) return zip_mismatch(vm, i, "shorter");
    for (size_t j = 1; j < inners->count; j++) {
      Value extra;
      more = iterator_next(vm, as_iterator(inners->items[j]), &extra);
      if (more == TRI_YES) return zip_mismatch(vm, j, "longer");
      if (more != TRI_NO) return more;
    }
    return TRI_NO;
  }
  return TRI_YES;
}

static Tri zip_step(VM *vm, Iterator *it, Value *out) {
  Tuple *row = tuple_new(vm, as_tuple(it->source)->count);
  *out = from_object(row);
  return zip_parts(vm, it, row->items);
}

static Tri pair_step(VM *vm, Iterator *it, Tri (*next)(VM *, Iterator *, Value *), Value *out) {
  Value parts[2];
  Tri more = next(vm, it, parts);
  if (more == TRI_YES) *out = from_object(tuple_pair(vm, parts[0], parts[1]));
  return more;
}

Tri iterator_next_parts(VM *vm, Iterator *it, size_t count, Value *parts) {
  if (is_empty(it->source)) return TRI_SCRIPT;
  switch (it->header.extra) {
    case ITER_DICT_ITEMS: return count == 2 ? dict_entry(vm, it, parts) : TRI_SCRIPT;
    case ITER_ENUMERATE: return count == 2 ? enumerate_parts(vm, it, parts) : TRI_SCRIPT;
    case ITER_ZIP:
      return count == as_tuple(it->source)->count ? zip_parts(vm, it, parts) : TRI_SCRIPT;
    default: return TRI_SCRIPT;
  }
}

Tri iterator_next(VM *vm, Iterator *it, Value *out) {
  if (is_empty(it->source)) return TRI_NO;
  switch ((IteratorKind)it->header.extra) {
    case ITER_LIST: {
      const List *list = as_list(it->source);
      if ((size_t)it->index >= list->count) break;
      *out = list->items[it->index++];
      return TRI_YES;
    }
    case ITER_TUPLE: {
      const Tuple *tuple = as_tuple(it->source);
      if ((size_t)it->index >= tuple->count) break;
      *out = tuple->items[it->index++];
      return TRI_YES;
    }
    case ITER_RANGE:
      if (it->left == 0) return TRI_NO;
      *out = small_int(it->index);
      if (--it->left) it->index += it->step;
      return TRI_YES;
    case ITER_BIG_RANGE: return big_range_step(vm, it, out);
    case ITER_STR: return str_step(vm, it, out);
    case ITER_BYTES:
      if ((size_t)it->index >= as_bytes(it->source)->length) break;
      *out = small_int(as_bytes(it->source)->data[it->index++]);
      return TRI_YES;
    case ITER_DICT_KEYS:
    case ITER_DICT_VALUES:
    case ITER_DICT_ITEMS:
    case ITER_DICT_REVERSE: return dict_step(vm, it, out);
    case ITER_SET: return set_step(vm, it, out);
    case ITER_LIST_REVERSE: {
      const List *list = as_list(it->source);
      if (it->index < 0 || (size_t)it->index >= list->count) break;
      *out = list->items[it->index--];
      return TRI_YES;
    }
    case ITER_REVERSED:
      if (it->index < 0) break;
      *out = element(vm, it->source, it->index--);
      return TRI_YES;
    case ITER_ENUMERATE: return pair_step(vm, it, enumerate_parts, out);
    case ITER_ZIP: return zip_step(vm, it, out);
    case ITER_DEQUE: return deque_step(vm, it, 1, out);
    case ITER_DEQUE_REVERSE: return deque_step(vm, it, -1, out);
    case ITER_COUNT:
    case ITER_REPEAT:
    case ITER_PRODUCT:
    case ITER_PERMUTATIONS:
    case ITER_COMBINATIONS:
    case ITER_COMBINATIONS_WITH_REPLACEMENT: return itertools_next(vm, it, out);
    case ITER_CHAIN:
    case ITER_CYCLE:
    case ITER_ISLICE:
    case ITER_PAIRWISE:
    case ITER_ZIP_LONGEST:
    case ITER_TEE: return iterchain_next(vm, it, out);
  }
  it->source = EMPTY;
  return TRI_NO;
}

int64_t iterator_length_hint(const Iterator *it) {
  if (is_empty(it->source)) return 0;
  int64_t left = it->left;
  switch ((IteratorKind)it->header.extra) {
    case ITER_LIST: left = (int64_t)as_list(it->source)->count - it->index; break;
    case ITER_TUPLE: left = (int64_t)as_tuple(it->source)->count - it->index; break;
    case ITER_BYTES: left = (int64_t)as_bytes(it->source)->length - it->index; break;
    case ITER_LIST_REVERSE:
    case ITER_REVERSED: left = it->index + 1; break;
    case ITER_BIG_RANGE:
      if (!int_to_i64(as_tuple(it->source)->items[2], &left)) left = INT64_MAX;
      break;
    case ITER_ENUMERATE:
    case ITER_ZIP:
    case ITER_CHAIN:
    case ITER_CYCLE:
    case ITER_ISLICE:
    case ITER_PAIRWISE:
    case ITER_ZIP_LONGEST:
    case ITER_TEE: left = 0; break;
    case ITER_COUNT:
    case ITER_REPEAT:
    case ITER_PRODUCT:
    case ITER_PERMUTATIONS:
    case ITER_COMBINATIONS:
    case ITER_COMBINATIONS_WITH_REPLACEMENT: return itertools_length_hint(it);
    default: break;
  }
  return left < 0 ? 0 : left;
}

static Value backwards(VM *vm, Value v, int64_t count) {
  bool is_a_list = is_list(v);
  Iterator *it = iterator_new(vm, is_a_list ? ITER_LIST_REVERSE : ITER_REVERSED,
                              is_a_list ? vm->list_reverse_iterator_class : vm->reversed_class, v);
  it->index = count - 1;
  return from_object(it);
}

Tri iterator_reversed(VM *vm, Value v, Value *out) {
  if (value_has_script(vm, v, SP_REVERSED)) return TRI_SCRIPT;
  if (is_object(v)) {
    int64_t length;
    switch (as_object(v)->kind) {
      case KIND_LIST:
      case KIND_TUPLE:
      case KIND_STR:
      case KIND_BYTES: {
        Tri known = value_has_script(vm, v, SP_GETITEM) ? TRI_SCRIPT : value_length(vm, v, &length);
        if (known == TRI_YES) *out = backwards(vm, v, length);
        return known;
      }
      case KIND_RANGE: *out = range_iterator(vm, as_range(v), true); return TRI_YES;
      case KIND_DEQUE: *out = deque_iterator(vm, as_deque(v), true); return TRI_YES;
      case KIND_DICT: *out = iterator_new_dict(vm, as_dict(v), VIEW_KEYS, true); return TRI_YES;
      case KIND_DICT_VIEW:
        *out =
            iterator_new_dict(vm, as_dict_view(v)->dict, (DictViewKind)as_object(v)->extra, true);
        return TRI_YES;
      default: break;
    }
  }
  if (value_has_script(vm, v, SP_GETITEM)) return TRI_SCRIPT;
  raise_type_error(vm, "'%s' object is not reversible", value_class_name(vm, v));
  return TRI_ERROR;
}

Tri value_iter(VM *vm, Value v, Value *out) {
  if (value_has_script(vm, v, SP_ITER)) {
    if (class_special(vm, as_object(v)->cls, SP_ITER) != NONE) return TRI_SCRIPT;
  } else {
    Tri found = iterator_over(vm, v, out);
    if (found != TRI_NO) return found;
    if (value_has_script(vm, v, SP_GETITEM)) return TRI_SCRIPT;
  }
  raise_type_error(vm, "'%s' object is not iterable", value_class_name(vm, v));
  return TRI_ERROR;
}

Tri value_next(VM *vm, Value iterator, Value *out) {
  if (is_kind(iterator, KIND_ITERATOR)) return iterator_next(vm, as_iterator(iterator), out);
  if (is_kind(iterator, KIND_GENERATOR) || value_has_script(vm, iterator, SP_NEXT)) {
    return TRI_SCRIPT;
  }
  raise_type_error(vm, "'%s' object is not an iterator", value_class_name(vm, iterator));
  return TRI_ERROR;
}

// What a range has left, into a list that has room for it. False: interrupted.
static bool add_range(VM *vm, List *list, Iterator *it) {
  while (it->left > 0) {
    for (int many = 1 << 12; it->left > 0 && many > 0; many--, it->left--) {
      list->items[list->count++] = small_int(it->index);
      it->index += it->step;
    }
    if (!signals_let_go_on(vm)) return false;
  }
  return true;
}

Tri value_items(VM *vm, Value v, List **items) {
  Value iterator;
  if (!value_has_script(vm, v, SP_ITER)) {
    if (is_list(v)) {
      *items = as_list(v);
      return TRI_YES;
    }
    if (is_tuple(v)) {
      *items = list_from(vm, as_tuple(v)->items, as_tuple(v)->count);
      return TRI_YES;
    }
  }
  Tri found = value_iter(vm, v, &iterator);
  if (found != TRI_YES) return found;
  if (!iterator_is_leaf(iterator)) return TRI_SCRIPT;
  int64_t hint = iterator_length_hint(as_iterator(iterator));
  if ((uint64_t)hint > LIST_MAX_COUNT) {
    list_raise_too_large(vm);
    return TRI_ERROR;
  }
  List *list = list_new(vm, (size_t)hint);
  Value item;
  Tri more;
  if (as_iterator(iterator)->header.extra == ITER_RANGE &&
      !add_range(vm, list, as_iterator(iterator))) {
    return TRI_ERROR;
  }
  while ((more = iterator_next(vm, as_iterator(iterator), &item)) == TRI_YES) {
    list_append(vm, list, item);
    if (!signals_let_go_on(vm)) return TRI_ERROR;
  }
  *items = list;
  return more == TRI_NO ? TRI_YES : more;
}

void iterator_mark(VM *vm, Object *object) { heap_mark(vm, ((Iterator *)object)->source); }

// ---- Methods ----

static bool iter_self(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = args[0];
  return true;
}

static bool next_method(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Tri more = iterator_next(vm, as_iterator(args[0]), out);
  if (more == TRI_YES) return true;
  if (more == TRI_ERROR) return false;
  return vm_raise_exception(
      vm, from_object(exception_new(vm, vm->exceptions.StopIteration, vm->empty_tuple)));
}

static bool length_hint(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  bool known = is_kind(args[0], KIND_ITERATOR);  // not so the generator that reverses a sequence
  *out = int_from_i64(vm, known ? iterator_length_hint(as_iterator(args[0])) : 0);
  return true;
}

static const NativeDef methods[] = {
    {.name = "__iter__", .leaf = iter_self, .min = 1, .max = 1, .flags = NATIVE_METHOD},
    {.name = "__next__", .leaf = next_method, .min = 1, .max = 1, .flags = NATIVE_METHOD},
    {0},
};

static const NativeDef hint_methods[] = {
    {.name = "__length_hint__", .leaf = length_hint, .min = 1, .max = 1, .flags = NATIVE_METHOD},
    {0},
};

void iterator_add_methods(VM *vm, Class *cls) {
  native_add_methods(vm, cls, methods);
  native_add_methods(vm, cls, hint_methods);
}

void iterator_install(VM *vm) {
  Class *const counted[] = {vm->list_iterator_class,       vm->tuple_iterator_class,
                            vm->str_iterator_class,        vm->bytes_iterator_class,
                            vm->range_iterator_class,      vm->dict_key_iterator_class,
                            vm->dict_value_iterator_class, vm->dict_item_iterator_class,
                            vm->set_iterator_class,        vm->list_reverse_iterator_class};
  for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
    iterator_add_methods(vm, counted[i]);
  }
  native_add_methods(vm, vm->reversed_class, hint_methods);
}
