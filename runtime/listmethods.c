// listmethods.c: the methods of list.
#include "containers.h"
#include "drain.h"
#include "dunder.h"
#include "int.h"
#include "iterator.h"
#include "list.h"
#include "vm.h"

static bool new_list(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *list = heap_alloc(vm, KIND_LIST, as_class(args[0]), sizeof(List));
  *out = from_object(list);
  return true;
}

static bool extend_slowly(VM *vm, Value *args, Tri known, DrainResult result, Value *out) {
  if (known == TRI_SCRIPT && drain_is_possible(args[1])) {
    return drain_tail(vm, out, args[0], args[1], result, EMPTY);
  }
  const char *slow = result == DRAIN_NONE ? "iter.extend" : "iter.extended";
  return slow_or_fail(vm, known, out, slow, 2, args);
}

static bool init(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *list = as_list(args[0]), *items;
  *out = NONE;
  if (is_empty(args[1])) {
    list_clear(vm, list);
    return true;
  }
  Tri known = value_items(vm, args[1], &items);
  if (known < 0) {
    list_clear(vm, list);
    return extend_slowly(vm, args, known, DRAIN_NONE, out);
  }
  if (items == list) items = list_from(vm, items->items, items->count);
  list_clear(vm, list);
  list_extend(vm, list, items->items, items->count);
  return true;
}

static bool append(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  list_append(vm, as_list(args[0]), args[1]);
  *out = NONE;
  return true;
}

static bool clear(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  list_clear(vm, as_list(args[0]));
  *out = NONE;
  return true;
}

static bool copy(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const List *list = as_list(args[0]);
  *out = from_object(list_from(vm, list->items, list->count));
  return true;
}

static bool count(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const List *list = as_list(args[0]);
  int64_t n = 0;
  for (size_t i = 0; i < list->count; i++) {
    Tri same = value_same_or_equal(vm, list->items[i], args[1]);
    if (same < 0) return slow_or_fail(vm, same, out, "containers.count_slow", 2, args);
    n += same;
  }
  *out = small_int(n);
  return true;
}

static bool extend(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *items;
  Tri known = value_items(vm, args[1], &items);
  if (known < 0) return extend_slowly(vm, args, known, DRAIN_NONE, out);
  list_extend(vm, as_list(args[0]), items->items, items->count);
  *out = NONE;
  return true;
}

static bool iadd(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *items;
  Tri known = value_items(vm, args[1], &items);
  if (known < 0) return extend_slowly(vm, args, known, DRAIN_TARGET, out);
  list_extend(vm, as_list(args[0]), items->items, items->count);
  *out = args[0];
  return true;
}

static bool imul(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t times;
  Tri known = value_index(vm, args[1], &times);
  if (known < 0) return slow_or_fail(vm, known, out, "containers.imul_slow", 2, args);
  if (!int_to_i64(args[1], &times)) {
    return vm_raise(vm, vm->exceptions.OverflowError, "cannot fit '%s' into an index-sized integer",
                    value_class_name(vm, args[1]));
  }
  List *list = as_list(args[0]);
  Value product = list_repeat(vm, list, times);
  if (is_empty(product)) return false;
  const List *longer = as_list(product);
  list_clear(vm, list);
  list_extend(vm, list, longer->items, longer->count);
  *out = args[0];
  return true;
}

// A bound of index(x, start, stop): clamped into the list.
static Tri search_bound(VM *vm, Value v, size_t count, int64_t *out) {
  if (is_empty(v)) return TRI_YES;
  if (!is_int(v) && !value_has_script(vm, v, SP_INDEX)) {
    raise_type_error(vm, "slice indices must be integers or have an __index__ method");
    return TRI_ERROR;
  }
  Tri known = value_index(vm, v, out);
  if (known == TRI_YES && *out < 0) {
    *out += (int64_t)count;
    if (*out < 0) *out = 0;
  }
  return known;
}

static bool list_index(VM *vm, Value *args, int nargs, Value *out) {
  const List *list = as_list(args[0]);
  int64_t start = 0, stop = INT64_MAX;
  Tri known = search_bound(vm, args[2], list->count, &start);
  if (known == TRI_YES) known = search_bound(vm, args[3], list->count, &stop);
  if (known < 0) return slow_or_fail(vm, known, out, "containers.index_slow", nargs, args);
  for (int64_t i = start; i < stop && (size_t)i < list->count; i++) {
    Tri same = value_same_or_equal(vm, list->items[i], args[1]);
    if (same < 0) return slow_or_fail(vm, same, out, "containers.index_slow", nargs, args);
    if (same == TRI_NO) continue;
    *out = small_int(i);
    return true;
  }
  Text text = text_new(vm);
  Tri shown = value_repr(vm, args[1], &text);
  if (shown < 0) {
    text_free(&text);
    return slow_or_fail(vm, shown, out, "containers.index_slow", nargs, args);
  }
  text_add_c(&text, " is not in list");
  return vm_raise_value(vm, vm->exceptions.ValueError, from_object(text_finish(&text)));
}

static bool insert(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t at;
  List *list = as_list(args[0]);
  Tri known = value_index(vm, args[1], &at);
  if (known < 0) return slow_or_fail(vm, known, out, "containers.insert_slow", 3, args);
  int64_t length = (int64_t)list->count;
  if (at < 0) at = at < -length ? 0 : at + length;
  if (at > length) at = length;
  list_insert(vm, list, (size_t)at, args[2]);
  *out = NONE;
  return true;
}

static bool pop(VM *vm, Value *args, int nargs, Value *out) {
  List *list = as_list(args[0]);
  int64_t at = -1;
  if (nargs > 1) {
    Tri known = value_index(vm, args[1], &at);
    if (known < 0) return slow_or_fail(vm, known, out, "containers.pop_slow", 2, args);
  }
  if (list->count == 0) return raise_index_error(vm, "pop from empty list");
  if (at < 0) at += (int64_t)list->count;
  if (at < 0 || (uint64_t)at >= list->count) {
    return raise_index_error(vm, "pop index out of range");
  }
  *out = list->items[at];
  list_remove_range(vm, list, (size_t)at, 1);
  return true;
}

static bool list_remove(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *list = as_list(args[0]);
  for (size_t i = 0; i < list->count; i++) {
    Tri same = value_same_or_equal(vm, list->items[i], args[1]);
    if (same < 0) return slow_or_fail(vm, same, out, "containers.remove_slow", 2, args);
    if (same == TRI_NO) continue;
    list_remove_range(vm, list, i, 1);
    *out = NONE;
    return true;
  }
  return raise_value_error(vm, "list.remove(x): x not in list");
}

static bool reverse(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  List *list = as_list(args[0]);
  for (size_t i = 0, j = list->count; i + 1 < j; i++) {
    Value item = list->items[i];
    list->items[i] = list->items[--j];
    list->items[j] = item;
  }
  *out = NONE;
  return true;
}

static bool sort(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *list = as_list(args[0]);
  int64_t descending = 0;
  if (is_empty(args[1])) args[1] = NONE;
  if (!is_empty(args[2])) {
    Tri known = value_index(vm, args[2], &descending);
    if (known < 0) return slow_or_fail(vm, known, out, "containers.sort_index_slow", 3, args);
  }
  *out = NONE;
  if (is_none(args[1])) {
    Tri done = list_sort_values(vm, NULL, list->items, list->count, descending != 0);
    if (done == TRI_YES) return true;
    if (done == TRI_ERROR) return false;
  }
  Value slow[] = {args[0], args[1], from_bool(descending != 0)};
  return native_prelude(vm, out, "containers.sort_slow", 3, slow);
}

static bool list_reversed(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Iterator *it = iterator_new(vm, ITER_LIST_REVERSE, vm->list_reverse_iterator_class, args[0]);
  it->index = (int64_t)as_list(args[0])->count - 1;
  *out = from_object(it);
  return true;
}

static const NativeDef methods[] = {
    {.name = "__new__",
     .leaf = new_list,
     .min = 1,
     .max = -1,
     .flags = NATIVE_STATIC | NATIVE_KEYWORDS},
    {.name = "__init__", .leaf = init, .min = 1, .max = 2, .flags = NATIVE_METHOD},
    {.name = "__iadd__", .leaf = iadd, .min = 2, .max = 2, .flags = NATIVE_METHOD},
    {.name = "__imul__", .leaf = imul, .min = 2, .max = 2, .flags = NATIVE_METHOD},
    {.name = "__reversed__", .leaf = list_reversed, .min = 1, .max = 1, .flags = NATIVE_METHOD},
    {.name = "append", .leaf = append, .min = 2, .max = 2, .flags = NATIVE_METHOD},
    {.name = "clear", .leaf = clear, .min = 1, .max = 1, .flags = NATIVE_METHOD},
    {.name = "copy", .leaf = copy, .min = 1, .max = 1, .flags = NATIVE_METHOD},
    {.name = "count", .leaf = count, .min = 2, .max = 2, .flags = NATIVE_METHOD},
    {.name = "extend", .leaf = extend, .min = 2, .max = 2, .flags = NATIVE_METHOD},
    {.name = "index", .leaf = list_index, .min = 2, .max = 4, .flags = NATIVE_METHOD},
    {.name = "insert", .leaf = insert, .min = 3, .max = 3, .flags = NATIVE_METHOD},
    {.name = "pop", .leaf = pop, .min = 1, .max = 2, .flags = NATIVE_METHOD},
    {.name = "remove", .leaf = list_remove, .min = 2, .max = 2, .flags = NATIVE_METHOD},
    {.name = "reverse", .leaf = reverse, .min = 1, .max = 1, .flags = NATIVE_METHOD},
    {.name = "sort",
     .leaf = sort,
     .min = 1,
     .max = 3,
     .flags = NATIVE_METHOD,
     .params = "self / * key reverse"},
    {0},
};

void list_install(VM *vm) {
  dunder_install(vm, vm->list_class,
                 DUNDER_BINARY(BIN_ADD) | DUNDER_BINARY(BIN_MUL) | DUNDER_REFLECTED(BIN_MUL) |
                     DUNDER_EQUAL | DUNDER_ORDER | DUNDER_REPR | DUNDER_LEN | DUNDER_CONTAINS |
                     DUNDER_GETITEM | DUNDER_SETITEM | DUNDER_DELITEM | DUNDER_ITER);
  native_add_methods(vm, vm->list_class, methods);
  native_add_methods(vm, vm->list_class, container_class_methods);
  dict_set_c(vm, vm->list_class->dict, "__hash__", NONE);
}
