// lookup.c: see lookup.h.
#include "lookup.h"

Value lookup_attribute(VM *vm, Value v, Str *name) {
  if (is_kind(v, KIND_MODULE)) return module_get(vm, (Module *)as_object(v), name);
  if (is_class(v)) return class_lookup(vm, as_class(v), name);
  Value own = object_get_own(vm, v, name);
  return is_empty(own) ? class_lookup(vm, value_class(vm, v), name) : own;
}

Value lookup_global(VM *vm, Module *module, Str *name) {
  Value v = module == NULL ? EMPTY : module_get(vm, module, name);
  return is_empty(v) ? module_get(vm, vm->builtins, name) : v;
}

Value lookup_path(VM *vm, Value v, const char *text, size_t length) {
  while (length > 0 && !is_empty(v)) {
    text++, length--;  // the dot
    size_t part = 0;
    while (part < length && text[part] != '.') part++;
    v = lookup_attribute(vm, v, str_new(vm, text, part));
    text += part;
    length -= part;
  }
  return v;
}
