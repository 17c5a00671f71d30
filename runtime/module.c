// module.c: modules and their global slots. See module.h.
#include "module.h"

#include <stdlib.h>

#include "vm.h"

Module *module_new(VM *vm, Str *name) {
  Module *module = heap_alloc(vm, KIND_MODULE, vm->module_class, sizeof *module);
  module->name = name;
  module->id = ++vm->next_shape_id;
  module->slot_of = dict_new(vm);
  return module;
}

static int64_t find_slot(Module *module, Str *name) {
  Value slot = dict_get_str(module->slot_of, name);
  return is_empty(slot) ? -1 : as_small_int(slot);
}

static Value builtin_of(VM *vm, Module *module, Str *name) {
  if (vm->builtins == NULL || module == vm->builtins) return EMPTY;
  return module_get(vm, vm->builtins, name);
}

int module_cacheable_slot(VM *vm, Module *module, Str *name) {
  if (module->header.cls != vm->module_class) return -1;
  int64_t slot = find_slot(module, name);
  if (slot < 0 || module->bound[slot] == 0) return -1;
  return is_empty(class_lookup(vm, vm->module_class, name)) ? (int)slot : -1;
}

uint32_t module_slot(VM *vm, Module *module, Str *name) {
  int64_t found = find_slot(module, name);
  if (found >= 0) return (uint32_t)found;
  if (module->count == module->capacity) {
    uint32_t capacity = module->capacity == 0 ? 16 : module->capacity * 2;
    module->slots = heap_buffer_resize(vm, module->slots, module->capacity * sizeof(Value),
                                       capacity * sizeof(Value));
    module->bound = heap_buffer_resize(vm, module->bound, module->capacity * sizeof(uint32_t),
                                       capacity * sizeof(uint32_t));
    module->capacity = capacity;
  }
  uint32_t slot = module->count++;
  name = str_intern(vm, name);
  dict_set_str(vm, module->slot_of, name, small_int(slot));
  module->slots[slot] = builtin_of(vm, module, name);
  module->bound[slot] = 0;
  return slot;
}

Value module_get(VM *vm, Module *module, Str *name) {
  (void)vm;
  int64_t slot = find_slot(module, name);
  return slot < 0 || module->bound[slot] == 0 ? EMPTY : module->slots[slot];
}

// A builtin has changed (EMPTY: is gone): the modules that read it by its name see that.
static void spread_builtin(VM *vm, Str *name, Value value) {
  Value key, entry;
  for (size_t i = 0; vm->modules != NULL && dict_next(vm->modules, &i, &key, &entry);) {
    if (!is_kind(entry, KIND_MODULE)) continue;
    Module *module = (Module *)as_object(entry);
    int64_t slot = find_slot(module, name);
    if (slot >= 0 && module->bound[slot] == 0 && module != vm->builtins)
      module->slots[slot] = value;
  }
}

void module_set_slot(VM *vm, Module *module, uint32_t slot, Value value) {
  module->slots[slot] = value;
  if (module->bound[slot] == 0) module->bound[slot] = ++module->bound_count;
  if (unlikely(module == vm->builtins)) spread_builtin(vm, module_slot_name(module, slot), value);
}

void module_set(VM *vm, Module *module, Str *name, Value value) {
  module_set_slot(vm, module, module_slot(vm, module, name), value);
}

bool module_delete_slot(VM *vm, Module *module, uint32_t slot) {
  if (module->bound[slot] == 0) return false;
  module->slots[slot] = builtin_of(vm, module, module_slot_name(module, slot));
  module->bound[slot] = 0;
  if (module == vm->builtins) spread_builtin(vm, module_slot_name(module, slot), EMPTY);
  return true;
}

Str *module_slot_name(Module *module, uint32_t slot) {
  // Slots are numbered in the order in which their names entered the dict, and never removed.
  assert(slot < module->slot_of->used);
  return as_str(module->slot_of->entries[slot].key);
}

typedef struct {
  uint32_t bound, slot;
} Binding;

static int by_time(const void *a, const void *b) {
  const Binding *x = a, *y = b;
  return x->bound < y->bound ? -1 : x->bound > y->bound;
}

List *module_names(VM *vm, Module *module) {
  size_t size = module->count * sizeof(Binding), count = 0;
  Binding *bindings = heap_buffer_new(vm, size);
  for (uint32_t slot = 0; slot < module->count; slot++) {
    if (module->bound[slot] != 0) bindings[count++] = (Binding){module->bound[slot], slot};
  }
  if (count > 1) qsort(bindings, count, sizeof *bindings, by_time);
  List *names = list_new(vm, count);
  for (size_t i = 0; i < count; i++) {
    list_append(vm, names, from_object(module_slot_name(module, bindings[i].slot)));
  }
  heap_buffer_free(vm, bindings, size);
  return names;
}

Dict *module_dict(VM *vm, Module *module) {
  Dict *dict = dict_new(vm);
  List *names = module_names(vm, module);
  for (size_t i = 0; i < names->count; i++) {
    Str *name = as_str(names->items[i]);
    dict_set_str(vm, dict, name, module_get(vm, module, name));
  }
  return dict;
}

void module_mark(VM *vm, Object *object) {
  Module *module = (Module *)object;
  heap_mark_object(vm, module->name);
  heap_mark_object(vm, module->filename);
  heap_mark_object(vm, module->source);
  heap_mark_object(vm, module->slot_of);
  heap_mark_values(vm, module->slots, module->count);
  heap_mark(vm, module->view);
  heap_mark(vm, module->globals_view);
}

void module_free(VM *vm, Object *object) {
  Module *module = (Module *)object;
  heap_buffer_free(vm, module->slots, module->capacity * sizeof(Value));
  heap_buffer_free(vm, module->bound, module->capacity * sizeof(uint32_t));
}
