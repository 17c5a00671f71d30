// dictview.c: keys(), values() and items(): live views of a dict.
#include "containers.h"
#include "dunder.h"
#include "heap.h"
#include "iterator.h"
#include "vm.h"

Value dict_view(VM *vm, Dict *dict, DictViewKind kind) {
  Class *plain[] = {vm->dict_keys_class, vm->dict_values_class, vm->dict_items_class};
  Class *ordered[] = {vm->ordered_keys_class, vm->ordered_values_class, vm->ordered_items_class};
  Class *cls = (dict->header.extra == DICT_ORDERED ? ordered : plain)[kind];
  DictView *view = heap_alloc(vm, KIND_DICT_VIEW, cls, sizeof(DictView));
  view->header.extra = kind;
  view->dict = dict;
  return from_object(view);
}

void dict_view_mark(VM *vm, Object *object) { heap_mark_object(vm, ((DictView *)object)->dict); }

Tri dict_view_contains(VM *vm, DictView *view, Value item) {
  Value key, value;
  switch ((DictViewKind)view->header.extra) {
    case VIEW_KEYS: return dict_get(vm, view->dict, item, &value);
    case VIEW_ITEMS: {
      if (!is_tuple(item) || as_tuple(item)->count != 2) return TRI_NO;
      const Tuple *pair = as_tuple(item);
      Tri found = dict_get(vm, view->dict, pair->items[0], &value);
      return found == TRI_YES ? value_same_or_equal(vm, value, pair->items[1]) : found;
    }
    case VIEW_VALUES: break;
  }
  for (size_t i = 0; dict_next(view->dict, &i, &key, &value);) {
    Tri same = value_same_or_equal(vm, value, item);
    if (same != TRI_NO) return same;
  }
  return TRI_NO;
}

static bool view_reversed(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const DictView *view = as_dict_view(args[0]);
  *out = iterator_new_dict(vm, view->dict, (DictViewKind)view->header.extra, true);
  return true;
}

static bool isdisjoint(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *items;
  Tri answer = value_items(vm, args[1], &items);
  for (size_t i = 0; answer == TRI_YES && i < items->count; i++) {
    Tri found = value_contains(vm, args[0], items->items[i]);
    answer = found < 0 ? found : found == TRI_NO;
  }
  if (answer < 0) return slow_or_fail(vm, answer, out, "containers.isdisjoint_slow", 2, args);
  *out = from_bool(answer == TRI_YES);
  return true;
}

static bool mapping(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Value dict = from_object(as_dict_view(args[0])->dict);
  return native_prelude(vm, out, "containers.view_mapping", 1, &dict);
}

static const NativeDef methods[] = {
    {.name = "mapping", .leaf = mapping, .min = 1, .max = 1, .flags = NATIVE_PROPERTY},
    {.name = "__reversed__", .leaf = view_reversed, .min = 1, .max = 1, .flags = NATIVE_METHOD},
    {0},
};

static const NativeDef set_methods[] = {
    {.name = "isdisjoint", .leaf = isdisjoint, .min = 2, .max = 2, .flags = NATIVE_METHOD},
    {0},
};

void dict_view_install(VM *vm) {
  const uint64_t common = DUNDER_LEN | DUNDER_ITER | DUNDER_REPR;
  const uint64_t like_sets = DUNDER_EQUAL | DUNDER_ORDER | DUNDER_CONTAINS |
                             DUNDER_BINARY(BIN_AND) | DUNDER_BINARY(BIN_OR) |
                             DUNDER_BINARY(BIN_XOR) | DUNDER_BINARY(BIN_SUB) |
                             DUNDER_REFLECTED(BIN_AND) | DUNDER_REFLECTED(BIN_OR) |
                             DUNDER_REFLECTED(BIN_XOR) | DUNDER_REFLECTED(BIN_SUB);
  dunder_install(vm, vm->dict_keys_class, common | like_sets);
  dunder_install(vm, vm->dict_items_class, common | like_sets);
  dunder_install(vm, vm->dict_values_class, common);
  native_add_methods(vm, vm->dict_keys_class, methods);
  native_add_methods(vm, vm->dict_values_class, methods);
  native_add_methods(vm, vm->dict_items_class, methods);
  dict_set_c(vm, vm->dict_keys_class->dict, "__hash__", NONE);
  dict_set_c(vm, vm->dict_items_class->dict, "__hash__", NONE);
  native_add_methods(vm, vm->dict_keys_class, set_methods);
  native_add_methods(vm, vm->dict_items_class, set_methods);
}
