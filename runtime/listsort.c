// listsort.c: sorting values that C can compare, stably.
//
// Pairs of (key, item) are sorted by key: runs that are already in order are found (descending
// ones turned round), short ones grown by binary insertion, and neighbours merged level by level.
// reverse=True sorts by the opposite order, in which equal keys still keep their places.
#include "heap.h"
#include "list.h"
#include "signals.h"
#include "vm.h"

enum { MIN_RUN = 24 };

typedef struct {
  Value key, item;
} Pair;

typedef struct Sorter Sorter;
// Whether a comes strictly before b. ERROR and SCRIPT stop the sort.
typedef Tri (*BeforeFn)(const Sorter *s, Value a, Value b);

struct Sorter {
  VM *vm;
  BeforeFn before;
  bool reverse;
};

static Tri ints_before(const Sorter *s, Value a, Value b) {
  int64_t x = as_small_int(a), y = as_small_int(b);
  return s->reverse ? y < x : x < y;
}

static Tri doubles_before(const Sorter *s, Value a, Value b) {
  double x = as_double(a), y = as_double(b);
  return s->reverse ? y < x : x < y;
}

static Tri strs_before(const Sorter *s, Value a, Value b) {
  int order = str_compare(as_str(a), as_str(b));
  return s->reverse ? order > 0 : order < 0;
}

static Tri any_before(const Sorter *s, Value a, Value b) {
  return s->reverse ? value_compare(s->vm, CMP_LT, b, a) : value_compare(s->vm, CMP_LT, a, b);
}

static BeforeFn choose(VM *vm, const Value *keys, size_t n) {
  bool ints = true, doubles = true, strs = true;
  for (size_t i = 0; i < n; i++) {
    ints = ints && is_small_int(keys[i]);
    doubles = doubles && is_double(keys[i]);
    strs = strs && is_str(keys[i]) && as_object(keys[i])->cls == vm->str_class;
  }
  return ints ? ints_before : doubles ? doubles_before : strs ? strs_before : any_before;
}

static void turn_round(Pair *pairs, size_t n) {
  for (size_t i = 0; i + 1 < n; i++) {
    Pair p = pairs[i];
    pairs[i] = pairs[--n];
    pairs[n] = p;
  }
}

// The length of the run that pairs begins with, put in ascending order: at least MIN_RUN where
// there are that many.
static Tri make_run(const Sorter *s, Pair *pairs, size_t n, size_t *length) {
  size_t run = 1;
  if (n > 1) {
    Tri down = s->before(s, pairs[1].key, pairs[0].key);
    if (down < 0) return down;
    for (run = 2; run < n; run++) {
      Tri next = s->before(s, pairs[run].key, pairs[run - 1].key);
      if (next < 0) return next;
      if (next != down) break;
    }
    if (down == TRI_YES) turn_round(pairs, run);
  }
  size_t wanted = n < MIN_RUN ? n : MIN_RUN;
  for (; run < wanted; run++) {
    Pair p = pairs[run];
    size_t low = 0, high = run;
    while (low < high) {
      size_t middle = low + (high - low) / 2;
      Tri before = s->before(s, p.key, pairs[middle].key);
      if (before < 0) return before;
      if (before == TRI_YES) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    memmove(pairs + low + 1, pairs + low, (run - low) * sizeof(Pair));
    pairs[low] = p;
  }
  *length = run;
  return TRI_YES;
}

// Merges the neighbours pairs[0 .. m-1] and pairs[m .. n-1]; the left one goes through scratch.
static Tri merge(const Sorter *s, Pair *pairs, size_t m, size_t n, Pair *scratch) {
  if (!signals_let_go_on(s->vm)) return TRI_ERROR;
  Tri crossed = s->before(s, pairs[m].key, pairs[m - 1].key);
  if (crossed != TRI_YES) return crossed == TRI_NO ? TRI_YES : crossed;
  memcpy(scratch, pairs, m * sizeof(Pair));
  size_t left = 0, right = m, at = 0;
  while (left < m && right < n) {
    Tri before = s->before(s, pairs[right].key, scratch[left].key);
    if (before < 0) return before;
    pairs[at++] = before == TRI_YES ? pairs[right++] : scratch[left++];
  }
  memcpy(pairs + at, scratch + left, (m - left) * sizeof(Pair));
  return TRI_YES;
}

// ends[i] is where run i ends. Both buffers are the caller's.
static Tri sort_pairs(const Sorter *s, Pair *pairs, size_t n, Pair *scratch, size_t *ends) {
  size_t runs = 0;
  for (size_t at = 0; at < n;) {
    size_t length = 0;
    Tri done = signals_let_go_on(s->vm) ? make_run(s, pairs + at, n - at, &length) : TRI_ERROR;
    if (done != TRI_YES) return done;
    at += length;
    ends[runs++] = at;
  }
  while (runs > 1) {
    size_t merged = 0, start = 0;
    for (size_t i = 0; i < runs; i += 2) {
      if (i + 1 < runs) {
        Tri done = merge(s, pairs + start, ends[i] - start, ends[i + 1] - start, scratch);
        if (done != TRI_YES) return done;
        ends[merged++] = start = ends[i + 1];
      } else {
        ends[merged++] = ends[i];
      }
    }
    runs = merged;
  }
  return TRI_YES;
}

Tri list_sort_values(VM *vm, Value *keys, Value *items, size_t n, bool reverse) {
  if (n < 2) return TRI_YES;
  Sorter sorter = {vm, choose(vm, keys ? keys : items, n), reverse};
  size_t pair_bytes = n * sizeof(Pair), end_bytes = n * sizeof(size_t);
  Pair *pairs = heap_buffer_new(vm, pair_bytes);
  Pair *scratch = heap_buffer_new(vm, pair_bytes);
  size_t *ends = heap_buffer_new(vm, end_bytes);
  for (size_t i = 0; i < n; i++) pairs[i] = (Pair){keys ? keys[i] : items[i], items[i]};
  Tri done = sort_pairs(&sorter, pairs, n, scratch, ends);
  for (size_t i = 0; done == TRI_YES && i < n; i++) {
    if (keys) keys[i] = pairs[i].key;
    items[i] = pairs[i].item;
  }
  heap_buffer_free(vm, pairs, pair_bytes);
  heap_buffer_free(vm, scratch, pair_bytes);
  heap_buffer_free(vm, ends, end_bytes);
  return done;
}
