// namedtuple.h: what collections.namedtuple is made of: fields, which read an item of a tuple by
// name, and the __new__ of a named tuple class.
#ifndef CORO_NAMEDTUPLE_H
#define CORO_NAMEDTUPLE_H

#include "class.h"
#include "object.h"
#include "protocol.h"

// A class attribute: object.name is item `index` of the tuple `object`.
typedef struct {
  Object header;
  uint32_t index;
  Value doc;
} TupleField;

static inline TupleField *as_tuple_field(Value v) {
  assert(is_kind(v, KIND_TUPLE_FIELD));
  return (TupleField *)as_object(v);
}

// What the field is for `object`; false: TypeError pending.
bool tuple_field_get(VM *vm, const TupleField *field, Value object, Value *out) MUST_CHECK;
void tuple_field_mark(VM *vm, Object *object);
void namedtuple_install(VM *vm, Module *module);  // into _collections

#endif
