// module.c: modules and their global slots. See module.h.
#include "module.h"

#include "vm.h"

Module *module_new(VM *vm, Str *name) {
  Module *module = heap_alloc(vm, KIND_MODULE, vm->module_class, sizeof *module);
  module->name = name;
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

uint32_t module_slot(VM *vm, Module *module, Str *name) {
  int64_t found = find_slot(module, name);
  if (found >= 0) return (uint32_t)found;
  if (module->count == module->capacity) {
    uint32_t capacity = module->capacity == 0 ? 16 : module->capacity * 2;
    module->slots = heap_buffer_resize(vm, module->slots, module->capacity * sizeof(Value),
                                       capacity * sizeof(Value));
    module->is_builtin = heap_buffer_resize(vm, module->is_builtin, module->capacity, capacity);
    module->capacity = capacity;
  }
  uint32_t slot = module->count++;
  name = str_intern(vm, name);
  dict_set_str(vm, module->slot_of, name, small_int(slot));
  module->slots[slot] = builtin_of(vm, module, name);
  module->is_builtin[slot] = true;
  return slot;
}

Value module_get(VM *vm, Module *module, Str *name) {
  (void)vm;
  int64_t slot = find_slot(module, name);
  return slot < 0 || module->is_builtin[slot] ? EMPTY : module->slots[slot];
}

void module_set_slot(VM *vm, Module *module, uint32_t slot, Value value) {
  (void)vm;
  module->slots[slot] = value;
  module->is_builtin[slot] = false;
}

void module_set(VM *vm, Module *module, Str *name, Value value) {
  module_set_slot(vm, module, module_slot(vm, module, name), value);
}

bool module_delete_slot(VM *vm, Module *module, uint32_t slot) {
  if (module->is_builtin[slot]) return false;
  module->slots[slot] = builtin_of(vm, module, module_slot_name(module, slot));
  module->is_builtin[slot] = true;
  return true;
}

Str *module_slot_name(Module *module, uint32_t slot) {
  // Slots are numbered in the order in which their names entered the dict, and never removed.
  assert(slot < module->slot_of->used);
  return as_str(module->slot_of->entries[slot].key);
}

Dict *module_dict(VM *vm, Module *module) {
  Dict *dict = dict_new(vm);
  for (uint32_t slot = 0; slot < module->count; slot++) {
    if (!module->is_builtin[slot]) {
      dict_set_str(vm, dict, module_slot_name(module, slot), module->slots[slot]);
    }
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
}

void module_free(VM *vm, Object *object) {
  Module *module = (Module *)object;
  heap_buffer_free(vm, module->slots, module->capacity * sizeof(Value));
  heap_buffer_free(vm, module->is_builtin, module->capacity);
}
