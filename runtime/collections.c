// collections.c: the parts of the module `collections` that are written in C.
#include "collections.h"

#include "containers.h"
#include "deque.h"
#include "namedtuple.h"
#include "rows.h"
#include "signals.h"

// _count(counts, items): counts[item] += 1 for every item. None when C could not even begin,
// because the items, or how the dict works, are for a script; otherwise a list of the items that
// are left.
static bool count_items(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  if (value_has_script(vm, args[0], SP_SETITEM) || value_has_script(vm, args[0], SP_GETITEM)) {
    return true;
  }
  List *items;
  Tri known = value_items(vm, args[1], &items);
  if (known == TRI_ERROR) return false;
  if (known != TRI_YES) return true;
  Dict *counts = as_dict(args[0]);
  for (size_t i = 0; i < items->count; i++) {
    size_t entry;
    Value key = items->items[i];
    Tri found = signals_let_go_on(vm) ? dict_find(vm, counts, key, &entry) : TRI_ERROR;
    if (found == TRI_YES && is_small_int(counts->entries[entry].value) &&
        as_small_int(counts->entries[entry].value) < INT32_MAX) {
      Value *count = &counts->entries[entry].value;
      *count = small_int(as_small_int(*count) + 1);
      continue;
    }
    if (found == TRI_NO)
      found = dict_set(vm, counts, key, small_int(1));
    else if (found == TRI_YES)
      found = TRI_SCRIPT;
    if (found == TRI_ERROR) return false;
    if (found == TRI_YES) continue;
    *out = from_object(list_from(vm, items->items + i, items->count - i));
    return true;
  }
  *out = from_object(list_new(vm, 0));
  return true;
}

// _has_methods(cls, *names): whether a class has them all, along its MRO, and none of them is None
static bool has_methods(VM *vm, Value *args, int nargs, Value *out) {
  *out = FALSE_VALUE;
  for (int i = 1; i < nargs; i++) {
    Value found = class_lookup(vm, as_class(args[0]), as_str(args[i]));
    if (is_empty(found) || is_none(found)) return true;
  }
  *out = TRUE_VALUE;
  return true;
}

static const NativeDef functions[] = {
    FUNCTION_ROW("_builtin_class", containers_builtin_class, 1, 1, NULL),
    FUNCTION_ROW("_count", count_items, 2, 2, NULL),
    FUNCTION_ROW("_has_methods", has_methods, 1, -1, NULL),
    END_ROW,
};

static void add_class(VM *vm, Module *module, Class *cls) {
  module_set(vm, module, cls->name, from_object(cls));
}

bool collections_install(VM *vm, Module *module) {
  deque_install(vm);
  default_dict_install(vm);
  ordered_dict_install(vm);
  add_class(vm, module, vm->deque_class);
  add_class(vm, module, vm->default_dict_class);
  add_class(vm, module, vm->ordered_dict_class);
  namedtuple_install(vm, module);
  native_add_functions(vm, module, functions);
  return true;
}
