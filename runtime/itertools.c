// itertools.c: the part of itertools that is C: the classes, count and repeat, and the
// combinatoric iterators. The others are generators of runtime/lib/itertools.coro that bear one of
// these classes; some of those have a version in C besides, in iterchain.c.
//
// State of an Iterator here. ITER_COUNT: source NONE, index the next number, step; past the small
// ints source is a tuple (next, step). ITER_REPEAT: source the object, left how often (-1:
// forever). The combinatoric ones: source a tuple (pool, list of indices, list of cycles or None),
// index 0 before the first item; a pool is a tuple, product's a tuple of them. The algorithms are
// those of CPython's documentation, because they fix the order.
#include "itertools.h"
#include "generator.h"

#include "containers.h"
#include "dunder.h"
#include "int.h"
#include "iterchain.h"
#include "list.h"
#include "rows.h"
#include "tuple.h"
#include "vm.h"

// ---- count and repeat

static Tri count_next(VM *vm, Iterator *it, Value *out) {
  if (is_none(it->source)) {
    *out = small_int(it->index);
    it->index += it->step;
    if (!fits_small_int(it->index)) {
      Value next = int_from_i64(vm, it->index);
      it->source = from_object(tuple_pair(vm, next, int_from_i64(vm, it->step)));
    }
    return TRI_YES;
  }
  const Tuple *state = as_tuple(it->source);
  Value next;
  Tri tri = value_binary(vm, BIN_ADD, false, state->items[0], state->items[1], &next);
  if (tri != TRI_YES) {
    if (tri != TRI_ERROR) raise_type_error(vm, "a number is required");
    return TRI_ERROR;
  }
  *out = state->items[0];
  it->source = from_object(tuple_pair(vm, next, state->items[1]));
  return TRI_YES;
}

static Tri repeat_next(Iterator *it, Value *out) {
  if (it->left == 0) return TRI_NO;
  if (it->left > 0) it->left--;
  *out = it->source;
  return TRI_YES;
}

// ---- combinatorics

static size_t index_at(const List *indices, size_t i) {
  return (size_t)as_small_int(indices->items[i]);
}

static void set_index(List *indices, size_t i, size_t value) {
  indices->items[i] = small_int((int64_t)value);
}

static bool product_advance(const Tuple *pools, List *indices, bool first) {
  size_t n = pools->count;
  if (first) {
    for (size_t i = 0; i < n; i++) {
      if (as_tuple(pools->items[i])->count == 0) return false;
    }
    return true;
  }
  for (size_t i = n; i-- > 0;) {
    size_t next = index_at(indices, i) + 1;
    bool fits = next < as_tuple(pools->items[i])->count;
    set_index(indices, i, fits ? next : 0);
    if (fits) return true;
  }
  return false;
}

static bool permutations_advance(List *indices, List *cycles, bool first) {
  size_t n = indices->count, r = cycles->count;
  if (first) return r <= n;
  for (size_t i = r; i-- > 0;) {
    size_t left = index_at(cycles, i) - 1;
    if (left == 0) {
      Value moved = indices->items[i];
      memmove(&indices->items[i], &indices->items[i + 1], (n - i - 1) * sizeof(Value));
      indices->items[n - 1] = moved;
      set_index(cycles, i, n - i);
      continue;
    }
    set_index(cycles, i, left);
    Value swapped = indices->items[i];
    indices->items[i] = indices->items[n - left];
    indices->items[n - left] = swapped;
    return true;
  }
  return false;
}

static bool combinations_advance(size_t n, List *indices, bool first, bool replacing) {
  size_t r = indices->count;
  if (first) return replacing ? n > 0 || r == 0 : r <= n;
  for (size_t i = r; i-- > 0;) {
    if (index_at(indices, i) == (replacing ? n - 1 : i + n - r)) continue;
    size_t value = index_at(indices, i) + 1;
    for (size_t j = i; j < r; j++) set_index(indices, j, replacing ? value : value + (j - i));
    return true;
  }
  return false;
}

static Tri combinatoric_next(VM *vm, Iterator *it, Value *out) {
  const Tuple *state = as_tuple(it->source), *pool = as_tuple(state->items[0]);
  List *indices = as_list(state->items[1]);
  IteratorKind kind = (IteratorKind)it->header.extra;
  bool first = it->index == 0, more;
  size_t length = indices->count;
  switch (kind) {
    case ITER_PRODUCT: more = product_advance(pool, indices, first); break;
    case ITER_PERMUTATIONS: {
      List *cycles = as_list(state->items[2]);
      length = cycles->count;
      more = permutations_advance(indices, cycles, first);
      break;
    }
    default:
      more = combinations_advance(pool->count, indices, first,
                                  kind == ITER_COMBINATIONS_WITH_REPLACEMENT);
  }
  if (!more) {
    it->source = EMPTY;
    return TRI_NO;
  }
  it->index = 1;
  Tuple *row = tuple_new(vm, length);
  for (size_t i = 0; i < length; i++) {
    const Tuple *from = kind == ITER_PRODUCT ? as_tuple(pool->items[i]) : pool;
    row->items[i] = from->items[index_at(indices, i)];
  }
  *out = from_object(row);
  return TRI_YES;
}

Tri itertools_next(VM *vm, Iterator *it, Value *out) {
  switch ((IteratorKind)it->header.extra) {
    case ITER_COUNT: return count_next(vm, it, out);
    case ITER_REPEAT: return repeat_next(it, out);
    default: return combinatoric_next(vm, it, out);
  }
}

int64_t itertools_length_hint(const Iterator *it) {
  return it->header.extra == ITER_REPEAT && it->left > 0 ? it->left : 0;
}

// count(1, 2), repeat('x', 3): as they were made, from where they are now.
Tri itertools_repr(VM *vm, Value v, Text *out) {
  const Iterator *it = as_iterator(v);
  bool counts = it->header.extra == ITER_COUNT;
  if (!counts && it->header.extra != ITER_REPEAT) {
    value_repr_plain(vm, v, out);
    return TRI_YES;
  }
  Value first = it->source, second = EMPTY;
  if (!counts) {
    if (it->left >= 0) second = int_from_i64(vm, it->left);
  } else if (is_none(first)) {
    first = small_int(it->index);
    if (it->step != 1) second = small_int(it->step);
  } else {
    const Tuple *state = as_tuple(it->source);
    first = state->items[0];
    if (state->items[1] != small_int(1)) second = state->items[1];
  }
  text_add_c(out, counts ? "count(" : "repeat(");
  Tri tri = value_repr(vm, first, out);
  if (tri != TRI_YES) return tri;
  if (!is_empty(second)) {
    text_add_c(out, ", ");
    tri = value_repr(vm, second, out);
    if (tri != TRI_YES) return tri;
  }
  text_add_char(out, ')');
  return TRI_YES;
}

// ---- making them: _count(cls, start, step) and so on; arguments are checked in Coro

static bool make_count(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  bool small = is_small_int(args[1]) && is_small_int(args[2]);
  Value source = small ? NONE : from_object(tuple_pair(vm, args[1], args[2]));
  Iterator *it = iterator_new(vm, ITER_COUNT, (Class *)as_object(args[0]), source);
  if (small) {
    it->index = as_small_int(args[1]);
    it->step = as_small_int(args[2]);
  }
  *out = from_object(it);
  return true;
}

static bool make_repeat(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Iterator *it = iterator_new(vm, ITER_REPEAT, (Class *)as_object(args[0]), args[1]);
  if (!int_to_i64(args[2], &it->left)) it->left = INT64_MAX;
  *out = from_object(it);
  return true;
}

static List *numbers(VM *vm, size_t count, int64_t first, int64_t step) {
  List *list = list_new(vm, count);
  for (size_t i = 0; i < count; i++) {
    list_append(vm, list, small_int(first + (int64_t)i * step));
  }
  return list;
}

static void make_combinatoric(VM *vm, Value cls, IteratorKind kind, Value pool, List *indices,
                              Value cycles, Value *out) {
  Tuple *state = tuple_of(vm, 3, pool, from_object(indices), cycles);
  *out = from_object(iterator_new(vm, kind, (Class *)as_object(cls), from_object(state)));
}

static bool make_product(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *indices = numbers(vm, as_tuple(args[1])->count, 0, 0);
  make_combinatoric(vm, args[0], ITER_PRODUCT, args[1], indices, NONE, out);
  return true;
}

// A number of items to choose, past which there is nothing to give.
static bool take_length(VM *vm, Value v, size_t *out) {
  int64_t r;
  if (!int_to_i64(v, &r) || r > INT32_MAX) {
    return vm_raise(vm, vm->exceptions.OverflowError,
                    "Python int too large to convert to C ssize_t");
  }
  *out = (size_t)r;
  return true;
}

static bool make_permutations(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  size_t n = as_tuple(args[1])->count, r = 0;
  if (!take_length(vm, args[2], &r)) return false;
  List *cycles = numbers(vm, r, (int64_t)n, -1);
  make_combinatoric(vm, args[0], ITER_PERMUTATIONS, args[1], numbers(vm, n, 0, 1),
                    from_object(cycles), out);
  return true;
}

static bool make_combinations(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  size_t r = 0;
  bool replacing = args[3] == TRUE_VALUE;
  if (!take_length(vm, args[2], &r)) return false;
  make_combinatoric(vm, args[0], replacing ? ITER_COMBINATIONS_WITH_REPLACEMENT : ITER_COMBINATIONS,
                    args[1], numbers(vm, r, 0, replacing ? 0 : 1), NONE, out);
  return true;
}

// _named(generator, cls): the generator, which from now on is a cls.
static bool named(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  as_object(args[0])->cls = (Class *)as_object(args[1]);
  *out = args[0];
  return true;
}

// _define(cls, name, value): a method of one of these classes that is written in Coro.
static bool define(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  dict_set_str(vm, ((Class *)as_object(args[0]))->dict, as_str(args[1]), args[2]);
  *out = NONE;
  return true;
}

static const NativeDef functions[] = {
    FUNCTION_ROW("_count", make_count, 3, 3, NULL),
    FUNCTION_ROW("_repeat", make_repeat, 3, 3, NULL),
    FUNCTION_ROW("_product", make_product, 2, 2, NULL),
    FUNCTION_ROW("_permutations", make_permutations, 3, 3, NULL),
    FUNCTION_ROW("_combinations", make_combinations, 4, 4, NULL),
    FUNCTION_ROW("_named", named, 2, 2, NULL),
    FUNCTION_ROW("_define", define, 3, 3, NULL),
    END_ROW,
};

bool itertools_install(VM *vm, Module *module) {
  static const char *const names[] = {
      "accumulate",   "chain",       "combinations", "combinations_with_replacement",
      "compress",     "count",       "cycle",        "dropwhile",
      "filterfalse",  "groupby",     "islice",       "pairwise",
      "permutations", "product",     "repeat",       "starmap",
      "takewhile",    "zip_longest", "_grouper",     "_tee",
  };
  native_add_functions(vm, module, functions);
  iterchain_install(vm, module);
  Value home = from_object(str_intern_c(vm, "itertools"));
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    Class *cls = class_new_builtin(vm, names[i], NULL, KIND_ITERATOR, CLASS_FINAL);
    dict_set_c(vm, cls->dict, "__module__", home);
    iterator_add_methods(vm, cls);
    generator_add_either_methods(vm, cls);
    dunder_install(vm, cls, DUNDER_REPR);
    module_set(vm, module, str_intern_c(vm, names[i]), from_object(cls));
  }
  return true;
}
