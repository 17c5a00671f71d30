// iterchain.c: the iterators of itertools that are made of others, where C can step those: see
// iterchain.h. Where it cannot, making one gives None, and the generator of the same name in
// runtime/lib/itertools.coro takes its place.
//
// State of an Iterator here: source is a list, which no program sees.
//   ITER_CHAIN        [current iterator or None, iterable, …]; index: the next iterable.
//   ITER_CYCLE        [inner iterator or None, item, …]; index: the next item, 0: inner goes on.
//   ITER_ISLICE       [inner, stop or None]; index: taken so far, left: at which the next item
//                     is, then step further.
//   ITER_PAIRWISE     [inner, the item before]; index 0: there is none yet.
//   ITER_ZIP_LONGEST  [the value to fill with, inner or None, …]; left: how many are not None.
//   ITER_TEE          [inner, link]: a link is a tuple (item, next link), shared by all tees of
//                     inner, and EMPTY twice as long as none has taken the item.
#include "iterchain.h"

#include "list.h"
#include "rows.h"
#include "tuple.h"
#include "vm.h"

static Tri end(Iterator *it) {
  it->source = EMPTY;
  return TRI_NO;
}

static Tri step(VM *vm, Value inner, Value *out) {
  return iterator_next(vm, as_iterator(inner), out);
}

static Tri chain_next(VM *vm, Iterator *it, Value *out) {
  List *state = as_list(it->source);
  Value *current = &state->items[0];
  for (;;) {
    if (!is_none(*current)) {
      Tri more = step(vm, *current, out);
      if (more != TRI_NO) return more;
    }
    if ((size_t)it->index == state->count) return end(it);
    Tri found = value_iter(vm, state->items[it->index++], current);
    if (found != TRI_YES) return TRI_ERROR;
  }
}

static Tri cycle_next(VM *vm, Iterator *it, Value *out) {
  List *state = as_list(it->source);
  if (it->index == 0) {
    Tri more = step(vm, state->items[0], out);
    if (more == TRI_YES) list_append(vm, state, *out);
    if (more != TRI_NO) return more;
    state->items[0] = NONE;
    if (state->count == 1) return end(it);
    it->index = 1;
  }
  *out = state->items[it->index++];
  if ((size_t)it->index == state->count) it->index = 1;
  return TRI_YES;
}

static Tri islice_next(VM *vm, Iterator *it, Value *out) {
  const List *state = as_list(it->source);
  bool limited = !is_none(state->items[1]);
  int64_t stop = limited ? as_small_int(state->items[1]) : 0;
  for (; it->index < it->left; it->index++) {
    Tri more = step(vm, state->items[0], out);
    if (more != TRI_YES) return more == TRI_NO ? end(it) : more;
  }
  if (limited && it->index >= stop) return end(it);
  Tri more = step(vm, state->items[0], out);
  if (more != TRI_YES) return more == TRI_NO ? end(it) : more;
  it->index++;
  it->left += it->step;
  if (limited && it->left > stop) it->left = stop;
  return TRI_YES;
}

static Tri pairwise_next(VM *vm, Iterator *it, Value *out) {
  List *state = as_list(it->source);
  if (it->index == 0) {
    Tri more = step(vm, state->items[0], &state->items[1]);
    if (more != TRI_YES) return more == TRI_NO ? end(it) : more;
    it->index = 1;
  }
  Value item;
  Tri more = step(vm, state->items[0], &item);
  if (more != TRI_YES) return more == TRI_NO ? end(it) : more;
  *out = from_object(tuple_pair(vm, state->items[1], item));
  state->items[1] = item;
  return TRI_YES;
}

static Tri zip_longest_next(VM *vm, Iterator *it, Value *out) {
  List *state = as_list(it->source);
  if (it->left == 0) return end(it);
  Tuple *row = tuple_new(vm, state->count - 1);
  for (size_t i = 1; i < state->count; i++) {
    Value *item = &row->items[i - 1];
    *item = state->items[0];
    if (is_none(state->items[i])) continue;
    Tri more = step(vm, state->items[i], item);
    if (more == TRI_YES) continue;
    if (more == TRI_ERROR || --it->left == 0) {
      it->source = EMPTY;
      return more;
    }
    state->items[i] = NONE;
    *item = state->items[0];
  }
  *out = from_object(row);
  return TRI_YES;
}

static Tri tee_next(VM *vm, Iterator *it, Value *out) {
  List *state = as_list(it->source);
  Tuple *link = as_tuple(state->items[1]);
  if (is_empty(link->items[1])) {
    Value item;
    Tri more = step(vm, state->items[0], &item);
    if (more != TRI_YES) return more == TRI_NO ? end(it) : more;
    link->items[0] = item;
    link->items[1] = from_object(tuple_new(vm, 2));
  }
  *out = link->items[0];
  state->items[1] = link->items[1];
  return TRI_YES;
}

Tri iterchain_next(VM *vm, Iterator *it, Value *out) {
  switch ((IteratorKind)it->header.extra) {
    case ITER_CHAIN: return chain_next(vm, it, out);
    case ITER_CYCLE: return cycle_next(vm, it, out);
    case ITER_ISLICE: return islice_next(vm, it, out);
    case ITER_PAIRWISE: return pairwise_next(vm, it, out);
    case ITER_ZIP_LONGEST: return zip_longest_next(vm, it, out);
    default: return tee_next(vm, it, out);
  }
}

// ---- making them

static Iterator *make(VM *vm, Value cls, IteratorKind kind, List *state) {
  return iterator_new(vm, kind, (Class *)as_object(cls), from_object(state));
}

// Whether iter(v), called now or later, is an iterator that C can step.
static bool is_walkable(VM *vm, Value v) {
  if (!value_is_builtin(vm, v)) return false;
  Value iterator;
  Tri found = value_iter(vm, v, &iterator);
  if (found == TRI_ERROR) vm_clear_exception(vm);
  return found == TRI_YES && iterator_is_leaf(iterator);
}

// _chain(cls, a tuple of iterables)
static bool make_chain(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Tuple *iterables = as_tuple(args[1]);
  *out = NONE;
  for (size_t i = 0; i < iterables->count; i++) {
    if (!is_walkable(vm, iterables->items[i])) return true;
  }
  List *state = list_new(vm, iterables->count + 1);
  list_append(vm, state, NONE);
  list_extend(vm, state, iterables->items, iterables->count);
  Iterator *it = make(vm, args[0], ITER_CHAIN, state);
  it->index = 1;
  *out = from_object(it);
  return true;
}

// _cycle(cls, iterator) and _pairwise(cls, iterator)
static bool make_cycle(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  if (!iterator_is_leaf(args[1])) return true;
  *out = from_object(make(vm, args[0], ITER_CYCLE, list_from(vm, &args[1], 1)));
  return true;
}

static bool make_pairwise(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  if (!iterator_is_leaf(args[1])) return true;
  Value state[] = {args[1], NONE};
  *out = from_object(make(vm, args[0], ITER_PAIRWISE, list_from(vm, state, 2)));
  return true;
}

// _islice(cls, iterator, start, stop or None, step)
static bool make_islice(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  if (!iterator_is_leaf(args[1]) || !are_small_ints(args[2], args[4]) ||
      !(is_none(args[3]) || is_small_int(args[3]))) {
    return true;
  }
  Value state[] = {args[1], args[3]};
  Iterator *it = make(vm, args[0], ITER_ISLICE, list_from(vm, state, 2));
  it->left = as_small_int(args[2]);
  it->step = as_small_int(args[4]);
  *out = from_object(it);
  return true;
}

// _zip_longest(cls, a list of iterators, the value to fill with)
static bool make_zip_longest(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const List *inners = as_list(args[1]);
  *out = NONE;
  for (size_t i = 0; i < inners->count; i++) {
    if (!iterator_is_leaf(inners->items[i])) return true;
  }
  List *state = list_from(vm, &args[2], 1);
  list_extend(vm, state, inners->items, inners->count);
  Iterator *it = make(vm, args[0], ITER_ZIP_LONGEST, state);
  it->left = (int64_t)inners->count;
  *out = from_object(it);
  return true;
}

// _make_tee(cls, iterator, n)
static bool make_tee(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  if (!iterator_is_leaf(args[1]) || !is_small_int(args[2])) return true;
  Tuple *tees = tuple_new(vm, (size_t)as_small_int(args[2]));
  Value state[] = {args[1], from_object(tuple_new(vm, 2))};
  for (size_t i = 0; i < tees->count; i++) {
    tees->items[i] = from_object(make(vm, args[0], ITER_TEE, list_from(vm, state, 2)));
  }
  *out = from_object(tees);
  return true;
}

static const NativeDef functions[] = {
    FUNCTION_ROW("_chain", make_chain, 2, 2, NULL),
    FUNCTION_ROW("_cycle", make_cycle, 2, 2, NULL),
    FUNCTION_ROW("_islice", make_islice, 5, 5, NULL),
    FUNCTION_ROW("_pairwise", make_pairwise, 2, 2, NULL),
    FUNCTION_ROW("_zip_longest", make_zip_longest, 3, 3, NULL),
    FUNCTION_ROW("_make_tee", make_tee, 3, 3, NULL),
    END_ROW,
};

void iterchain_install(VM *vm, Module *module) { native_add_functions(vm, module, functions); }
