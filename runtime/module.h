// module.h: modules and their globals. A global is a slot, found at compile time: code says
// LOAD_GLOBAL slot. A slot whose name the module has not bound holds the builtin of that name.
#ifndef CORO_MODULE_H
#define CORO_MODULE_H

#include "object.h"

// header.flags
enum {
  MODULE_LOADING = 0x10,  // its code is running
  MODULE_MADE = 0x20,     // by the program, from no file
};

typedef struct ImportWaiter ImportWaiter;

struct Module {
  Object header;
  Str *name;
  Str *filename;          // or NULL
  Str *source;            // text of the source, or NULL: ask import_source
  uint32_t id;            // told apart from every other module's and shape's by AttrSite
  Dict *slot_of;          // name -> slot number
  Value *slots;           // heap buffer
  struct Thread *loader;  // that runs its code now (importlock.h), or NULL
  ImportWaiter *waiters;  // threads that wait until it has
  bool library;           // one of the files embedded in the binary
  bool is_session;        // its code comes piece by piece, each with a text of its own
  uint32_t *bound;  // when the slot was bound, counted from 1; 0: it holds the builtin of its name
  uint32_t bound_count;
  uint32_t count, capacity;
  // For the program (namespace.c), EMPTY until asked for: its __dict__, and globals() in it.
  Value view, globals_view;
};

Module *module_new(VM *vm, Str *name);
// The slot for a name, made if need be (then it holds the builtin of that name, or EMPTY).
uint32_t module_slot(VM *vm, Module *module, Str *name);
Value module_get(VM *vm, Module *module, Str *name);  // only what the module itself has bound
// The slot that `module.name` reads as long as it is bound, or -1: not so simple.
int module_cacheable_slot(VM *vm, Module *module, Str *name);
void module_set(VM *vm, Module *module, Str *name, Value value);
void module_set_slot(VM *vm, Module *module, uint32_t slot, Value value);
static inline bool module_has_bound(const Module *module, uint32_t slot) {
  return module->bound[slot] != 0;
}
bool module_delete_slot(VM *vm, Module *module, uint32_t slot);  // false: was unbound
Str *module_slot_name(Module *module, uint32_t slot);
List *module_names(VM *vm, Module *module);  // what it has bound, in order of binding
Dict *module_dict(VM *vm, Module *module);   // a snapshot, in order of binding

void module_mark(VM *vm, Object *object);
void module_free(VM *vm, Object *object);

#endif
