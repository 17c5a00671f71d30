// dictmethods.c: the methods of dict.
#include "containers.h"
#include "drain.h"
#include "dunder.h"
#include "heap.h"
#include "iterator.h"
#include "signals.h"
#include "vm.h"

static bool raise_key_error(VM *vm, Value key) {
  return vm_raise_value(vm, vm->exceptions.KeyError, key);
}

static bool new_dict(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Class *cls = as_class(args[0]);
  Class *const others[] = {vm->default_dict_class, vm->ordered_dict_class};
  for (int i = 0; i < 2; i++) {
    if (others[i] == NULL || !class_is_subclass(cls, others[i])) continue;
    const char *name = cls->name->data, *safe = others[i]->name->data;
    return raise_type_error(vm, "dict.__new__(%s) is not safe, use collections.%s.__new__()", name,
                            safe);
  }
  Dict *dict = heap_alloc(vm, KIND_DICT, cls, sizeof(Dict));
  *out = from_object(dict);
  return true;
}

// d.update(source, **keywords) and dict(source, **keywords). The prelude gets the three of them.
bool dict_update_leaf(VM *vm, Value *args, int nargs, Value *out) {
  Dict *dict = as_dict(args[0]), *keywords = vm->keywords;
  Value source = nargs > 1 ? args[1] : EMPTY;
  *out = NONE;
  Tri done = TRI_YES;
  if (!is_empty(source)) {
    List *pairs;
    if (is_dict(source) && !value_has_script(vm, source, SP_ITER)) {
      done = dict_update(vm, dict, as_dict(source));
    } else if (drain_is_possible(source) && keywords == NULL) {
      return drain_tail(vm, out, args[0], source, DRAIN_NONE, EMPTY);
    } else if (!value_is_builtin(vm, source)) {
      done = TRI_SCRIPT;
    } else {
      done = value_items(vm, source, &pairs);
      if (done == TRI_YES) {
        source = from_object(pairs);  // an iterator is used up now
        done = dict_update_pairs(vm, dict, pairs);
      }
    }
  }
  if (done == TRI_YES && keywords) done = dict_update(vm, dict, keywords);
  if (done == TRI_YES) return true;
  Value slow[] = {args[0], source, keywords ? from_object(keywords) : NONE};
  return slow_or_fail(vm, done, out, "containers.dict_update_slow", 3, slow);
}

static bool clear(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  dict_clear(vm, as_dict(args[0]));
  *out = NONE;
  return true;
}

static bool copy(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_object(dict_copy(vm, as_dict(args[0])));
  return true;
}

static bool fromkeys(VM *vm, Value *args, int nargs, Value *out) {
  Value value = nargs > 2 ? args[2] : NONE;
  Value slow[] = {args[0], args[1], value};
  if (as_class(args[0]) != vm->dict_class) {
    return native_prelude(vm, out, "containers.fromkeys_slow", 3, slow);
  }
  List *keys;
  Tri done = value_items(vm, args[1], &keys);
  Dict *dict = dict_new(vm);
  if (done == TRI_YES) slow[1] = from_object(keys);
  for (size_t i = 0; done == TRI_YES && i < keys->count; i++) {
    done = signals_let_go_on(vm) ? dict_set(vm, dict, keys->items[i], value) : TRI_ERROR;
  }
  if (done < 0) return slow_or_fail(vm, done, out, "containers.fromkeys_slow", 3, slow);
  *out = from_object(dict);
  return true;
}

static bool get(VM *vm, Value *args, int nargs, Value *out) {
  *out = nargs > 2 ? args[2] : NONE;
  Tri found = dict_get(vm, as_dict(args[0]), args[1], out);
  if (found >= 0) return true;
  return slow_or_fail(vm, found, out, "containers.dict_find_slow", nargs, args);
}

static bool items(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = dict_view(vm, as_dict(args[0]), VIEW_ITEMS);
  return true;
}

static bool keys(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = dict_view(vm, as_dict(args[0]), VIEW_KEYS);
  return true;
}

static bool values(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = dict_view(vm, as_dict(args[0]), VIEW_VALUES);
  return true;
}

static bool pop(VM *vm, Value *args, int nargs, Value *out) {
  Tri found = TRI_NO;
  Dict *dict = as_dict(args[0]);
  if (dict->count) found = dict_delete(vm, dict, args[1], out);  // an empty dict hashes nothing
  if (found < 0) return slow_or_fail(vm, found, out, "containers.dict_pop_slow", nargs, args);
  if (found == TRI_YES) return true;
  if (nargs < 3) return raise_key_error(vm, args[1]);
  *out = args[2];
  return true;
}

static bool popitem(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Value key, value;
  if (!dict_pop_last(vm, as_dict(args[0]), &key, &value)) {
    return vm_raise(vm, vm->exceptions.KeyError, "popitem(): dictionary is empty");
  }
  *out = from_object(tuple_pair(vm, key, value));
  return true;
}

static bool setdefault(VM *vm, Value *args, int nargs, Value *out) {
  Dict *dict = as_dict(args[0]);
  Value value = nargs > 2 ? args[2] : NONE;
  Tri found = dict_get(vm, dict, args[1], out);
  if (found == TRI_NO) {
    *out = value;
    found = dict_set(vm, dict, args[1], value);
  }
  if (found < 0) return slow_or_fail(vm, found, out, "containers.setdefault_slow", nargs, args);
  return true;
}

static bool ior(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Tri done = TRI_SCRIPT;
  Value source = args[1];
  if (is_dict(source) && !value_has_script(vm, source, SP_ITER)) {
    done = dict_update(vm, as_dict(args[0]), as_dict(source));
  } else if (value_is_builtin(vm, source)) {
    List *pairs;
    done = value_items(vm, source, &pairs);
    if (done == TRI_YES) {
      source = from_object(pairs);
      done = dict_update_pairs(vm, as_dict(args[0]), pairs);
    }
  }
  Value slow[] = {args[0], source};
  if (done < 0) return slow_or_fail(vm, done, out, "containers.dict_ior_slow", 2, slow);
  *out = args[0];
  return true;
}

static bool dict_reversed(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = iterator_new_dict(vm, as_dict(args[0]), VIEW_KEYS, true);
  return true;
}

// list[int]
static bool class_getitem(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "generic.alias", nargs, args);
}

const NativeDef container_class_methods[] = {
    {.name = "__class_getitem__", .leaf = class_getitem, .min = 2, .max = 2, .flags = NATIVE_CLASS},
    {0},
};

static const NativeDef methods[] = {
    {.name = "__new__",
     .leaf = new_dict,
     .min = 1,
     .max = -1,
     .flags = NATIVE_STATIC | NATIVE_KEYWORDS},
    {.name = "__init__",
     .leaf = dict_update_leaf,
     .min = 1,
     .max = 2,
     .flags = NATIVE_METHOD | NATIVE_KEYWORDS},
    {.name = "__ior__", .leaf = ior, .min = 2, .max = 2, .flags = NATIVE_METHOD},
    {.name = "__reversed__", .leaf = dict_reversed, .min = 1, .max = 1, .flags = NATIVE_METHOD},
    {.name = "clear", .leaf = clear, .min = 1, .max = 1, .flags = NATIVE_METHOD},
    {.name = "copy", .leaf = copy, .min = 1, .max = 1, .flags = NATIVE_METHOD},
    {.name = "fromkeys", .leaf = fromkeys, .min = 2, .max = 3, .flags = NATIVE_CLASS},
    {.name = "get", .leaf = get, .min = 2, .max = 3, .flags = NATIVE_METHOD},
    {.name = "items", .leaf = items, .min = 1, .max = 1, .flags = NATIVE_METHOD},
    {.name = "keys", .leaf = keys, .min = 1, .max = 1, .flags = NATIVE_METHOD},
    {.name = "pop", .leaf = pop, .min = 2, .max = 3, .flags = NATIVE_METHOD},
    {.name = "popitem", .leaf = popitem, .min = 1, .max = 1, .flags = NATIVE_METHOD},
    {.name = "setdefault", .leaf = setdefault, .min = 2, .max = 3, .flags = NATIVE_METHOD},
    {.name = "update",
     .leaf = dict_update_leaf,
     .min = 1,
     .max = 2,
     .flags = NATIVE_METHOD | NATIVE_KEYWORDS},
    {.name = "values", .leaf = values, .min = 1, .max = 1, .flags = NATIVE_METHOD},
    {0},
};

void dict_install(VM *vm) {
  dunder_install(vm, vm->dict_class,
                 DUNDER_BINARY(BIN_OR) | DUNDER_REFLECTED(BIN_OR) | DUNDER_EQUAL | DUNDER_REPR |
                     DUNDER_LEN | DUNDER_CONTAINS | DUNDER_GETITEM | DUNDER_SETITEM |
                     DUNDER_DELITEM | DUNDER_ITER);
  native_add_methods(vm, vm->dict_class, methods);
  native_add_methods(vm, vm->dict_class, container_class_methods);
  dict_set_c(vm, vm->dict_class->dict, "__hash__", NONE);
  dict_view_install(vm);
}
