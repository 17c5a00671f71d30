// module.h: modules and their globals. A global is a slot, found at compile time: code says
// LOAD_GLOBAL slot. A slot whose name the module has not bound holds the builtin of that name.
#ifndef CORO_MODULE_H
#define CORO_MODULE_H

#include "object.h"

struct Module {
  Object header;
  Str *name;
  Str *filename;     // or NULL
  Str *source;       // text of the source, for tracebacks, or NULL
  Dict *slot_of;     // name -> slot number
  Value *slots;      // heap buffer
  bool library;      // one of the files embedded in the binary
  bool *is_builtin;  // the slot's value came from the builtins, the module has not bound it
  uint32_t count, capacity;
};

Module *module_new(VM *vm, Str *name);
// The slot for a name, made if need be (then it holds the builtin of that name, or EMPTY).
uint32_t module_slot(VM *vm, Module *module, Str *name);
Value module_get(VM *vm, Module *module, Str *name);  // only what the module itself has bound
void module_set(VM *vm, Module *module, Str *name, Value value);
void module_set_slot(VM *vm, Module *module, uint32_t slot, Value value);
bool module_delete_slot(VM *vm, Module *module, uint32_t slot);  // false: was unbound
Str *module_slot_name(Module *module, uint32_t slot);
Dict *module_dict(VM *vm, Module *module);  // a snapshot, in order of binding

void module_mark(VM *vm, Object *object);
void module_free(VM *vm, Object *object);

#endif
