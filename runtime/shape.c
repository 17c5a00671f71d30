// shape.c: shapes, instances, and the attributes that objects keep themselves. See class.h.
//
// Invariant: an instance whose shape has n slots has room for n slots. A slot that holds EMPTY is
// a deleted attribute or an unset member. The class's members are its first slots. An instance in
// dict mode has a shape of its own, with the flag SHAPE_DICT, and its last slot is the dict that
// holds its attributes.
#include "class.h"
#include "heap_private.h"
#include "sysmodule.h"
#include "vm.h"

#define FIRST_SLOTS 4

int shape_find(VM *vm, Shape *shape, Str *name) {
  if (shape->count == 0 || shape->name == NULL) return -1;
  if (shape->slots == NULL) {
    shape->slots = dict_new(vm);
    for (Shape *s = shape; s->parent != NULL; s = s->parent) {
      dict_set_str(vm, shape->slots, s->name, small_int(s->count - 1));
    }
  }
  Value slot = dict_get_str(shape->slots, name);
  return is_empty(slot) ? -1 : (int)as_small_int(slot);
}

Shape *shape_add(VM *vm, Shape *shape, Str *name) {
  if (shape->children == NULL) shape->children = dict_new(vm);
  Value known = dict_get_str(shape->children, name);
  if (!is_empty(known)) return (Shape *)as_object(known);
  Shape *child = heap_alloc(vm, KIND_SHAPE, vm->shape_class, sizeof *child);
  child->cls = shape->cls;
  child->parent = shape;
  child->name = str_intern(vm, name);
  child->id = ++vm->next_shape_id;
  child->count = shape->count + 1;
  dict_set_str(vm, shape->children, child->name, from_object(child));
  if (shape->cls->slot_hint < child->count && child->count <= 64) {
    shape->cls->slot_hint = child->count;
  }
  return child;
}

// Where an instance in dict mode keeps its dict.
static Value *dict_slot(Instance *instance) { return &instance->slots[instance->shape->count - 1]; }

Value instance_new(VM *vm, Class *cls) {
  uint32_t capacity = cls->slot_hint;
  Instance *instance =
      heap_alloc(vm, KIND_INSTANCE, cls, sizeof(Instance) + capacity * sizeof(Value));
  instance->shape = cls->root_shape;
  instance->slots = instance->storage;
  instance->capacity = capacity;
  return from_object(instance);
}

static bool slots_are_inline(const Instance *instance) {
  return instance->header.kind == KIND_INSTANCE && instance->slots == instance->storage;
}

static void grow_slots(VM *vm, Instance *instance) {
  uint32_t capacity = instance->capacity < FIRST_SLOTS ? FIRST_SLOTS : instance->capacity * 2;
  if (slots_are_inline(instance)) {
    Value *slots = heap_buffer_new(vm, capacity * sizeof(Value));
    memcpy(slots, instance->storage, instance->capacity * sizeof(Value));
    instance->slots = slots;
  } else {
    instance->slots = heap_buffer_resize(vm, instance->slots, instance->capacity * sizeof(Value),
                                         capacity * sizeof(Value));
  }
  instance->capacity = capacity;
}

void instance_add_slot(VM *vm, Instance *instance, Shape *shape, Value value) {
  if (shape->count > instance->capacity) grow_slots(vm, instance);
  instance->slots[shape->count - 1] = value;
  instance->shape = shape;
}

Dict *instance_dict(VM *vm, Instance *instance) {
  if (instance_in_dict_mode(instance)) return as_dict(*dict_slot(instance));
  Dict *dict = dict_new(vm);
  uint32_t count = instance->shape->count, members = instance->header.cls->root_shape->count;
  Str **names = heap_buffer_new(vm, (count + 1) * sizeof *names);
  for (Shape *s = instance->shape; s->parent != NULL; s = s->parent) names[s->count - 1] = s->name;
  for (uint32_t i = members; i < count; i++) {
    if (!is_empty(instance->slots[i])) dict_set_str(vm, dict, names[i], instance->slots[i]);
  }
  heap_buffer_free(vm, names, (count + 1) * sizeof *names);
  Shape *shape = heap_alloc(vm, KIND_SHAPE, vm->shape_class, sizeof *shape);
  shape->cls = instance->header.cls;
  shape->id = ++vm->next_shape_id;
  shape->count = members + 1;
  shape->header.flags |= SHAPE_DICT;
  if (instance->capacity < shape->count) grow_slots(vm, instance);
  for (uint32_t i = members; i < instance->capacity; i++) instance->slots[i] = EMPTY;
  instance->slots[members] = from_object(dict);
  instance->shape = shape;
  return dict;
}

void instance_set_dict(VM *vm, Instance *instance, Dict *dict) {
  instance_dict(vm, instance);
  *dict_slot(instance) = from_object(dict);
}

static bool has_shape(Value v) { return is_kind(v, KIND_INSTANCE) || is_kind(v, KIND_EXCEPTION); }

Value object_get_own(VM *vm, Value object, Str *name) {
  if (!is_object(object)) return EMPTY;
  Object *o = as_object(object);
  if (has_shape(object)) {
    Instance *instance = (Instance *)o;
    if (instance_in_dict_mode(instance)) return dict_get_str(as_dict(*dict_slot(instance)), name);
    int slot = shape_find(vm, instance->shape, name);
    return slot < 0 ? EMPTY : instance->slots[slot];
  }
  switch (o->kind) {
    case KIND_MODULE: return module_get(vm, (Module *)o, name);
    case KIND_FUNCTION: {
      Function *function = (Function *)o;
      return function->attrs == NULL ? EMPTY : dict_get_str(function->attrs, name);
    }
    default: {
      Dict *dict = heap_attrs_get(vm, o);
      return dict == NULL ? EMPTY : dict_get_str(dict, name);
    }
  }
}

static bool raise_no_attributes(VM *vm, Value object, Str *name) {
  return vm_raise(vm, vm->exceptions.AttributeError, "'%s' object has no attribute '%.*s'",
                  value_class_name(vm, object), (int)name->length, name->data);
}

static bool takes_attributes(Value object) {
  const Object *o = as_object(object);
  if (o->kind == KIND_FUTURE || o->kind == KIND_TASK) return true;
  // Instances of the program's own subclasses of list, int, …; builtin ones have no __dict__.
  return !(o->cls->header.flags & (CLASS_BUILTIN | CLASS_HAS_SLOTS));
}

bool object_set_own(VM *vm, Value object, Str *name, Value value) {
  if (!is_object(object)) return raise_no_attributes(vm, object, name);
  Object *o = as_object(object);
  if (has_shape(object)) {
    Instance *instance = (Instance *)o;
    if (instance_in_dict_mode(instance)) {
      dict_set_str(vm, as_dict(*dict_slot(instance)), str_intern(vm, name), value);
      return true;
    }
    int slot = shape_find(vm, instance->shape, name);
    if (slot >= 0) {
      instance->slots[slot] = value;
      return true;
    }
    if (o->cls->header.flags & CLASS_HAS_SLOTS || o->cls == vm->object_class) {
      return raise_no_attributes(vm, object, name);
    }
    if (instance->shape->count >= SHAPE_MAX_SLOTS) {
      dict_set_str(vm, instance_dict(vm, instance), str_intern(vm, name), value);
      return true;
    }
    instance_add_slot(vm, instance, shape_add(vm, instance->shape, name), value);
    return true;
  }
  name = str_intern(vm, name);
  switch (o->kind) {
    case KIND_MODULE:
      module_set(vm, (Module *)o, name, value);
      sys_attribute_was_set(vm, (Module *)o, name, value);
      return true;
    case KIND_FUNCTION: {
      Function *function = (Function *)o;
      if (function->attrs == NULL) function->attrs = dict_new(vm);
      dict_set_str(vm, function->attrs, name, value);
      return true;
    }
    default: {
      if (!takes_attributes(object)) return raise_no_attributes(vm, object, name);
      Dict *dict = heap_attrs_get(vm, o);
      if (dict == NULL) heap_attrs_set(vm, o, dict = dict_new(vm));
      dict_set_str(vm, dict, name, value);
      return true;
    }
  }
}

bool object_delete_own(VM *vm, Value object, Str *name) {
  if (!is_object(object)) return false;
  Object *o = as_object(object);
  if (has_shape(object)) {
    Instance *instance = (Instance *)o;
    if (is_empty(object_get_own(vm, object, name))) return false;
    // A shape never loses a name, so what is deleted and set again would keep its old place in
    // the order; in dict mode it goes to the end, as it should.
    return dict_delete_str(vm, instance_dict(vm, instance), name);
  }
  switch (o->kind) {
    case KIND_MODULE: {
      Module *module = (Module *)o;
      return module_delete_slot(vm, module, module_slot(vm, module, name));
    }
    case KIND_FUNCTION: {
      Function *function = (Function *)o;
      return function->attrs != NULL && dict_delete_str(vm, function->attrs, name);
    }
    default: {
      Dict *dict = heap_attrs_get(vm, o);
      return dict != NULL && dict_delete_str(vm, dict, name);
    }
  }
}

Dict *object_dict(VM *vm, Value object) {
  if (!is_object(object)) return NULL;
  Object *o = as_object(object);
  if (has_shape(object)) {
    if (o->cls->header.flags & CLASS_HAS_SLOTS || o->cls == vm->object_class) return NULL;
    return instance_dict(vm, (Instance *)o);
  }
  switch (o->kind) {
    case KIND_MODULE: return module_dict(vm, (Module *)o);
    case KIND_CLASS: return dict_copy(vm, ((Class *)o)->dict);
    case KIND_FUNCTION: {
      Function *function = (Function *)o;
      if (function->attrs == NULL) function->attrs = dict_new(vm);
      return function->attrs;
    }
    default: {
      if (!takes_attributes(object)) return NULL;
      Dict *dict = heap_attrs_get(vm, o);
      if (dict == NULL) heap_attrs_set(vm, o, dict = dict_new(vm));
      return dict;
    }
  }
}

// ---- members

// Objects of other layouts (a list, an exception) have no slots before those of their shape: they
// keep members beside their attributes.
static Value *member_slot(const Member *member, Value object) {
  if (!is_kind(object, KIND_INSTANCE)) return NULL;
  return &((Instance *)as_object(object))->slots[member->index];
}

static Dict *side_table(VM *vm, Value object) {
  Dict *dict = heap_attrs_get(vm, as_object(object));
  if (dict == NULL) heap_attrs_set(vm, as_object(object), dict = dict_new(vm));
  return dict;
}

Value member_get(VM *vm, const Member *member, Value object) {
  Value *slot = member_slot(member, object);
  if (slot != NULL) return *slot;
  Dict *dict = heap_attrs_get(vm, as_object(object));
  return dict == NULL ? EMPTY : dict_get_str(dict, member->name);
}

void member_set(VM *vm, const Member *member, Value object, Value value) {
  Value *slot = member_slot(member, object);
  if (slot != NULL) {
    *slot = value;
  } else {
    dict_set_str(vm, side_table(vm, object), member->name, value);
  }
}

bool member_delete(VM *vm, const Member *member, Value object) {
  Value *slot = member_slot(member, object);
  if (slot == NULL) return dict_delete_str(vm, side_table(vm, object), member->name);
  bool was_set = !is_empty(*slot);
  *slot = EMPTY;
  return was_set;
}

void member_mark(VM *vm, Object *object) {
  Member *member = (Member *)object;
  heap_mark_object(vm, member->name);
  heap_mark_object(vm, member->owner);
}

void shape_mark(VM *vm, Object *object) {
  Shape *shape = (Shape *)object;
  heap_mark_object(vm, shape->cls);
  heap_mark_object(vm, shape->parent);
  heap_mark_object(vm, shape->name);
  heap_mark_object(vm, shape->children);
  heap_mark_object(vm, shape->slots);
}

void instance_mark(VM *vm, Object *object) {
  Instance *instance = (Instance *)object;
  heap_mark_object(vm, instance->shape);
  heap_mark_values(vm, instance->slots, instance->shape->count);
}

void instance_free(VM *vm, Object *object) {
  Instance *instance = (Instance *)object;
  if (slots_are_inline(instance)) return;
  heap_buffer_free(vm, instance->slots, instance->capacity * sizeof(Value));
}
