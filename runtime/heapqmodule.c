// heapqmodule.c: the native part of the module `heapq`.
//
// An operation first finds out where everything goes, by comparisons alone, and then moves it. So
// when a comparison needs a script, or fails, nothing has happened yet, and the prelude's
// heaps.coro does the whole operation step by step, as a script may look at the heap meanwhile.
#include "heapqmodule.h"

#include "containers.h"
#include "heap.h"
#include "list.h"
#include "rows.h"

enum { MAX_DEPTH = 64 };

// Whether a comes before b: the smaller one, or in a heap of maxima the greater one.
static Tri before(VM *vm, Value a, Value b, bool max) {
  return max ? value_compare(vm, CMP_LT, b, a) : value_compare(vm, CMP_LT, a, b);
}

// Where `item`, now at pos, ends up when it goes towards the root past all that it comes before.
static Tri find_place_up(VM *vm, const Value *items, size_t pos, Value item, bool max,
                         size_t *out) {
  while (pos > 0) {
    size_t parent = (pos - 1) / 2;
    Tri less = before(vm, item, items[parent], max);
    if (less < 0) return less;
    if (less == TRI_NO) break;
    pos = parent;
  }
  *out = pos;
  return TRI_YES;
}

static void move_up(Value *items, size_t pos, size_t place, Value item) {
  while (pos > place) {
    size_t parent = (pos - 1) / 2;
    items[pos] = items[parent];
    pos = parent;
  }
  items[place] = item;
}

// Puts `item` in the place of the one at `start`, among `count` items: down to a leaf along the
// children that come first, then up again as far as it must. YES, or nothing has changed.
static Tri sift(VM *vm, Value *items, size_t count, size_t start, Value item, bool max) {
  size_t path[MAX_DEPTH];
  size_t length = 1, pos = start;
  path[0] = start;
  while (pos < count / 2) {
    size_t child = 2 * pos + 1;
    if (child + 1 < count) {
      Tri less = before(vm, items[child], items[child + 1], max);
      if (less < 0) return less;
      if (less == TRI_NO) child++;
    }
    path[length++] = pos = child;
  }
  size_t place = length - 1;
  while (place > 0) {
    Tri less = before(vm, item, items[path[place]], max);
    if (less < 0) return less;
    if (less == TRI_NO) break;
    place--;
  }
  for (size_t i = 0; i < place; i++) items[path[i]] = items[path[i + 1]];
  items[path[place]] = item;
  return TRI_YES;
}

static bool slowly(VM *vm, const char *name, int nargs, const Value *args, Value *out) {
  if (!is_empty(vm->exception)) vm_clear_exception(vm);
  return native_prelude(vm, out, name, nargs, args);
}

static bool check_list(VM *vm, Value v, const char *function, const char *position) {
  if (is_list(v)) return true;
  return raise_type_error(vm, "%s() argument%s must be list, not %s", function, position,
                          is_none(v) ? "None" : value_class_name(vm, v));
}

static bool undo(VM *vm) {
  if (!is_empty(vm->exception)) vm_clear_exception(vm);
  return false;
}

bool heapq_push(VM *vm, List *heap, Value item) {
  size_t place, pos = heap->count;
  if (find_place_up(vm, heap->items, pos, item, false, &place) < 0) return undo(vm);
  list_append(vm, heap, item);
  move_up(heap->items, pos, place, item);
  return true;
}

static bool pop_from(VM *vm, List *heap, bool max, Value *out) {
  size_t last = heap->count - 1;
  *out = heap->items[0];
  if (last > 0 && sift(vm, heap->items, last, 0, heap->items[last], max) < 0) return undo(vm);
  list_remove_range(vm, heap, last, 1);
  return true;
}

bool heapq_pop(VM *vm, List *heap, Value *out) { return pop_from(vm, heap, false, out); }

static bool push(VM *vm, Value *args, int nargs, Value *out) {
  if (!check_list(vm, args[0], "heappush", " 1")) return false;
  *out = NONE;
  return heapq_push(vm, as_list(args[0]), args[1]) || slowly(vm, "heaps.push", nargs, args, out);
}

static bool pop_by(VM *vm, Value *args, const char *function, bool max, const char *slow,
                   Value *out) {
  if (!check_list(vm, args[0], function, "")) return false;
  List *heap = as_list(args[0]);
  if (heap->count == 0) return raise_index_error(vm, "index out of range");
  return pop_from(vm, heap, max, out) || slowly(vm, slow, 1, args, out);
}

static bool pop(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return pop_by(vm, args, "heappop", false, "heaps.pop", out);
}

static bool pop_max(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return pop_by(vm, args, "_heappop_max", true, "heaps.pop_max", out);
}

static bool replace_by(VM *vm, Value *args, const char *function, bool max, const char *slow,
                       Value *out) {
  if (!check_list(vm, args[0], function, " 1")) return false;
  List *heap = as_list(args[0]);
  if (heap->count == 0) return raise_index_error(vm, "index out of range");
  *out = heap->items[0];
  if (sift(vm, heap->items, heap->count, 0, args[1], max) < 0) {
    return slowly(vm, slow, 2, args, out);
  }
  return true;
}

static bool replace(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return replace_by(vm, args, "heapreplace", false, "heaps.replace", out);
}

static bool replace_max(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return replace_by(vm, args, "_heapreplace_max", true, "heaps.replace_max", out);
}

static bool pushpop(VM *vm, Value *args, int nargs, Value *out) {
  if (!check_list(vm, args[0], "heappushpop", " 1")) return false;
  List *heap = as_list(args[0]);
  *out = args[1];
  if (heap->count == 0) return true;
  Value first = heap->items[0];
  Tri less = before(vm, first, args[1], false);
  if (less == TRI_NO) return true;
  *out = first;
  if (less == TRI_YES && sift(vm, heap->items, heap->count, 0, args[1], false) == TRI_YES) {
    return true;
  }
  return slowly(vm, "heaps.pushpop", nargs, args, out);
}

static bool heapify_by(VM *vm, Value *args, const char *function, bool max, const char *slow,
                       Value *out) {
  if (!check_list(vm, args[0], function, "")) return false;
  List *heap = as_list(args[0]);
  List *copy = list_from(vm, heap->items, heap->count);
  *out = NONE;
  for (size_t i = copy->count / 2; i-- > 0;) {
    if (sift(vm, copy->items, copy->count, i, copy->items[i], max) < 0) {
      return slowly(vm, slow, 1, args, out);
    }
  }
  if (copy->count > 0) memcpy(heap->items, copy->items, copy->count * sizeof(Value));
  return true;
}

static bool heapify(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return heapify_by(vm, args, "heapify", false, "heaps.heapify", out);
}

static bool heapify_max(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return heapify_by(vm, args, "_heapify_max", true, "heaps.heapify_max", out);
}

static const NativeDef functions[] = {
    FUNCTION_ROW("heappush", push, 2, 2, NULL),
    FUNCTION_ROW("heappop", pop, 1, 1, NULL),
    FUNCTION_ROW("heapreplace", replace, 2, 2, NULL),
    FUNCTION_ROW("heappushpop", pushpop, 2, 2, NULL),
    FUNCTION_ROW("heapify", heapify, 1, 1, NULL),
    FUNCTION_ROW("_heappop_max", pop_max, 1, 1, NULL),
    FUNCTION_ROW("_heapreplace_max", replace_max, 2, 2, NULL),
    FUNCTION_ROW("_heapify_max", heapify_max, 1, 1, NULL),
    END_ROW,
};

bool heapq_install(VM *vm, Module *module) {
  native_add_functions(vm, module, functions);
  return true;
}
