// attr.h: attribute access by Python's rules: descriptors, binding, __getattr__ and friends.
//
// These are leaves. Where a script must run (a property's getter, __getattr__), they answer
// TRI_SCRIPT with the call to make in vm->callee, vm->call_args: its result is the attribute's
// value (or, for set and delete, is of no interest).
#ifndef CORO_ATTR_H
#define CORO_ATTR_H

#include "vm.h"

Tri attr_get(VM *vm, Value object, Str *name, Value *out) MUST_CHECK;
Tri attr_set(VM *vm, Value object, Str *name, Value value) MUST_CHECK;
Tri attr_delete(VM *vm, Value object, Str *name) MUST_CHECK;

// The same for the instances of plain classes. YES; NO: there is none; SCRIPT: ask attr_get.
Tri attr_find_plain(VM *vm, Value object, Str *name, Value *out) MUST_CHECK;

// What object.__getattribute__, __setattr__ and __delattr__ do: the rules without the class's own
// overrides of these very methods.
Tri attr_get_default(VM *vm, Value object, Str *name, Value *out) MUST_CHECK;
Tri attr_set_default(VM *vm, Value object, Str *name, Value value) MUST_CHECK;
Tri attr_delete_default(VM *vm, Value object, Str *name) MUST_CHECK;

// What setting and deleting do with a data descriptor of the class, as `found` is: NO: it is none.
Tri attr_set_through(VM *vm, Value found, Value object, Str *name, Value value) MUST_CHECK;
Tri attr_delete_through(VM *vm, Value found, Value object, Str *name) MUST_CHECK;

// A method look-up for a call: YES with *function to be called with the object as its first
// argument (*self == object), or with *self EMPTY when *function is to be called as it is.
Tri attr_get_method(VM *vm, Value object, Str *name, Value *function, Value *self) MUST_CHECK;

// The special method of v's class bound to v: YES; NO when the class has none; SCRIPT when a
// descriptor written in Coro supplies it.
Tri attr_special(VM *vm, Value v, Special special, Value *function) MUST_CHECK;

// What a class attribute gives when it is found through an object of class cls (descriptor
// protocol). object EMPTY: found through the class itself.
Tri attr_bind(VM *vm, Value found, Value object, Class *cls, Value *out) MUST_CHECK;

bool attr_raise_missing(VM *vm, Value object, Str *name);
bool attr_is_data_descriptor(VM *vm, Value found);

// ---- what inline caches may remember

// The slot that object.name reads for every instance of this shape, or -1: not so simple.
int attr_cacheable_slot(VM *vm, Instance *instance, Str *name);
// The same for a tuple of a class that has a field (namedtuple.h) of that name: the item's number.
int attr_cacheable_field(VM *vm, const Tuple *tuple, Str *name);
// Reads module.name by the site, which remembers the slot: EMPTY when it is not so simple.
static inline Value attr_from_module(VM *vm, Module *module, AttrSite *site) {
  if (unlikely(module->id != site->shape_id)) {
    int slot = module_cacheable_slot(vm, module, site->name);
    if (slot < 0) return EMPTY;
    site->shape_id = module->id;
    site->version = 0;
    site->slot = (uint32_t)slot;
  }
  return likely(module_has_bound(module, site->slot)) ? module->slots[site->slot] : EMPTY;
}
// Stores object.name and remembers how in the site. False: not so simple, nothing was done.
bool attr_store_cached(VM *vm, Instance *instance, AttrSite *site, Value value);
void attr_cache_method(AttrSite *site, Value object, Value function);

#endif
