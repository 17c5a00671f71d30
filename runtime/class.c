// class.c: classes: their making, method resolution order, and look-up along it. See class.h.
#include "class.h"

#include <stdlib.h>

#include "native.h"
#include "vm.h"

const char *const special_names[SP_COUNT] = {
#define X(name, text) text,
    SPECIAL_METHODS(X)
#undef X
};

static Shape *root_shape_new(VM *vm, Class *cls) {
  Shape *shape = heap_alloc(vm, KIND_SHAPE, vm->shape_class, sizeof *shape);
  shape->cls = cls;
  shape->id = ++vm->next_shape_id;
  return shape;
}

static Class *allocate_class(VM *vm, Str *name, Tuple *bases, Dict *dict, Kind kind,
                             uint8_t flags) {
  Class *cls = heap_alloc(vm, KIND_CLASS, vm->type_class, sizeof *cls);
  cls->header.extra = (uint8_t)kind;
  cls->header.flags |= flags;
  cls->name = name;
  cls->bases = bases;
  cls->dict = dict;
  cls->version = ++vm->next_class_version;
  if (kind == KIND_INSTANCE || kind == KIND_EXCEPTION) cls->root_shape = root_shape_new(vm, cls);
  return cls;
}

// ---- method resolution order: the C3 merge (Barrett et al., "A Monotonic Superclass
// Linearization for Dylan", 1996)

typedef struct {
  Value *items;
  size_t count, next;
} MergeList;

static bool in_a_tail(const MergeList *lists, size_t count, Value candidate) {
  for (size_t i = 0; i < count; i++) {
    for (size_t j = lists[i].next + 1; j < lists[i].count; j++) {
      if (lists[i].items[j] == candidate) return true;
    }
  }
  return false;
}

static bool raise_mro_conflict(VM *vm, Tuple *bases) {
  Text names = text_new(vm);
  for (size_t i = 0; i < bases->count; i++) {
    if (i > 0) text_add_c(&names, ", ");
    text_add_str(&names, as_class(bases->items[i])->name);
  }
  Str *text = text_finish(&names);
  return raise_type_error(vm, "Cannot create a consistent method resolution\norder (MRO) for bases %.*s",
                          (int)text->length, text->data);
}

static bool compute_mro(VM *vm, Class *cls, Tuple **out) {
  Tuple *bases = cls->bases;
  size_t list_count = bases->count + 1;
  MergeList *lists = malloc(list_count * sizeof *lists);
  if (lists == NULL) return vm_raise(vm, vm->exceptions.MemoryError, "out of memory");
  for (size_t i = 0; i < bases->count; i++) {
    Tuple *mro = as_class(bases->items[i])->mro;
    lists[i] = (MergeList){mro->items, mro->count, 0};
  }
  lists[bases->count] = (MergeList){bases->items, bases->count, 0};

  List *result = list_new(vm, 8);
  list_append(vm, result, from_object(cls));
  for (;;) {
    Value chosen = EMPTY;
    bool left = false;
    for (size_t i = 0; i < list_count && is_empty(chosen); i++) {
      if (lists[i].next == lists[i].count) continue;
      left = true;
      Value candidate = lists[i].items[lists[i].next];
      if (!in_a_tail(lists, list_count, candidate)) chosen = candidate;
    }
    if (!left) break;
    if (is_empty(chosen)) {
      free(lists);
      return raise_mro_conflict(vm, bases);
    }
    list_append(vm, result, chosen);
    for (size_t i = 0; i < list_count; i++) {
      if (lists[i].next < lists[i].count && lists[i].items[lists[i].next] == chosen) {
        lists[i].next++;
      }
    }
  }
  free(lists);
  *out = tuple_from(vm, result->items, result->count);
  return true;
}

static void add_subclass(VM *vm, Class *base, Class *cls) {
  if (base->subclasses == NULL) base->subclasses = list_new(vm, 4);
  list_append(vm, base->subclasses, from_object(cls));
}

Class *class_new_builtin(VM *vm, const char *name, Class *base, Kind kind, uint8_t flags) {
  if (base == NULL) base = vm->object_class;
  Tuple *bases = base == NULL ? tuple_new(vm, 0) : tuple_of(vm, 1, from_object(base));
  Class *cls = allocate_class(vm, str_intern_c(vm, name), bases, dict_new(vm), kind,
                              (uint8_t)(CLASS_BUILTIN | flags));
  size_t above = base == NULL ? 0 : base->mro->count;
  cls->mro = tuple_new(vm, above + 1);
  cls->mro->items[0] = from_object(cls);
  for (size_t i = 0; i < above; i++) cls->mro->items[i + 1] = base->mro->items[i];
  return cls;
}

static bool raise_left_out(VM *vm, Class *base) {
  if (base == vm->type_class) {
    return raise_type_error(vm, "metaclasses are left out of Coro: a class cannot derive from 'type'");
  }
  return raise_type_error(vm, "type '%s' is not an acceptable base type", base->name->data);
}

// The layout of a class's instances is its bases' one special layout, if any.
static bool choose_layout(VM *vm, Tuple *bases, Kind *out) {
  Kind kind = KIND_INSTANCE;
  for (size_t i = 0; i < bases->count; i++) {
    if (!is_class(bases->items[i])) {
      return raise_type_error(vm, "%s() takes no keyword arguments",
                              value_class_name(vm, bases->items[i]));
    }
    Class *base = as_class(bases->items[i]);
    if (base->header.flags & (CLASS_FINAL | CLASS_ABSTRACT) || base == vm->type_class) {
      return raise_left_out(vm, base);
    }
    Kind base_kind = base->header.extra;
    if (base_kind == KIND_INSTANCE || base_kind == kind) continue;
    if (kind != KIND_INSTANCE) {
      return raise_type_error(vm, "multiple bases have instance lay-out conflict");
    }
    kind = base_kind;
  }
  *out = kind;
  return true;
}

static bool check_duplicate_bases(VM *vm, Tuple *bases) {
  for (size_t i = 0; i < bases->count; i++) {
    for (size_t j = i + 1; j < bases->count; j++) {
      if (bases->items[i] == bases->items[j]) {
        return raise_type_error(vm, "duplicate base class %s",
                                as_class(bases->items[i])->name->data);
      }
    }
  }
  return true;
}

// Whether instances of cls take any attribute: false only when every class of the MRO but object
// declares __slots__ without '__dict__'.
static bool all_bases_have_slots(VM *vm, Class *cls) {
  for (size_t i = 0; i + 1 < cls->mro->count; i++) {
    Class *c = as_class(cls->mro->items[i]);
    Value slots = dict_get_str(c->dict, str_intern_c(vm, "__slots__"));
    if (is_empty(slots)) return false;
    if (is_str(slots)) {
      if (str_equals_c(as_str(slots), "__dict__")) return false;
      continue;
    }
    List *names;
    if (value_items(vm, slots, &names) != TRI_YES) continue;
    for (size_t n = 0; n < names->count; n++) {
      if (is_str(names->items[n]) && str_equals_c(as_str(names->items[n]), "__dict__")) {
        return false;
      }
    }
  }
  return true;
}

bool class_new(VM *vm, Str *name, Tuple *bases, Dict *dict, Class **out) {
  if (bases->count == 0) bases = tuple_of(vm, 1, from_object(vm->object_class));
  Kind kind = KIND_INSTANCE;
  if (!choose_layout(vm, bases, &kind) || !check_duplicate_bases(vm, bases)) return false;
  Class *cls = allocate_class(vm, str_intern(vm, name), bases, dict, kind, 0);
  if (!compute_mro(vm, cls, &cls->mro)) return false;
  if (kind == KIND_INSTANCE && all_bases_have_slots(vm, cls)) cls->header.flags |= CLASS_HAS_SLOTS;
  // A class that defines __eq__ alone gives up the hash that it would inherit.
  if (!is_empty(dict_get_str(dict, vm->special[SP_EQ])) &&
      is_empty(dict_get_str(dict, vm->special[SP_HASH]))) {
    dict_set_str(vm, dict, vm->special[SP_HASH], NONE);
  }
  for (size_t i = 0; i < bases->count; i++) add_subclass(vm, as_class(bases->items[i]), cls);
  *out = cls;
  return true;
}

bool class_is_subclass(const Class *cls, const Class *base) {
  const Tuple *mro = cls->mro;
  for (size_t i = 0; i < mro->count; i++) {
    if (mro->items[i] == from_object(base)) return true;
  }
  return false;
}

Value class_lookup(VM *vm, Class *cls, Str *name) {
  (void)vm;
  const Tuple *mro = cls->mro;
  for (size_t i = 0; i < mro->count; i++) {
    Value found = dict_get_str(as_class(mro->items[i])->dict, name);
    if (!is_empty(found)) return found;
  }
  return EMPTY;
}

Value class_special_slow(VM *vm, Class *cls, Special special) {
  for (int i = 0; i < SP_COUNT; i++) cls->specials[i] = class_lookup(vm, cls, vm->special[i]);
  cls->specials_valid = true;
  return cls->specials[special];
}

// Gives every shape of a tree a new id, so that no inline cache recognises it any more.
static void renew_shapes(VM *vm, Shape *shape) {
  shape->id = ++vm->next_shape_id;
  if (shape->children == NULL) return;
  Value name, child;
  for (size_t i = 0; dict_next(shape->children, &i, &name, &child);) {
    renew_shapes(vm, (Shape *)as_object(child));
  }
}

static void invalidate(VM *vm, Class *cls) {
  cls->version = ++vm->next_class_version;
  cls->specials_valid = false;
  if (cls->root_shape != NULL) renew_shapes(vm, cls->root_shape);
  if (cls->subclasses == NULL) return;
  for (size_t i = 0; i < cls->subclasses->count; i++) {
    invalidate(vm, as_class(cls->subclasses->items[i]));
  }
}

// Whether replacing one value by the other leaves every cached look-up right: caches hold only
// functions and descriptors, and slots of instances that no data descriptor shadows.
static bool is_plain_data(Value v) {
  if (!is_object(v)) return !is_empty(v);
  switch (as_object(v)->kind) {
    case KIND_STR: case KIND_BYTES: case KIND_BIGINT: case KIND_FLOAT: case KIND_LIST:
    case KIND_TUPLE: case KIND_DICT: case KIND_SET: case KIND_FROZENSET: return true;
    default: return false;
  }
}

void class_set_attr(VM *vm, Class *cls, Str *name, Value value) {
  Value old = dict_get_str(cls->dict, name);
  dict_set_str(vm, cls->dict, name, value);
  if (!(is_plain_data(old) && is_plain_data(value))) invalidate(vm, cls);
}

bool class_delete_attr(VM *vm, Class *cls, Str *name) {
  if (!dict_delete_str(vm, cls->dict, name)) return false;
  invalidate(vm, cls);
  return true;
}

void class_mark(VM *vm, Object *object) {
  Class *cls = (Class *)object;
  heap_mark_object(vm, cls->name);
  heap_mark_object(vm, cls->bases);
  heap_mark_object(vm, cls->mro);
  heap_mark_object(vm, cls->dict);
  heap_mark_object(vm, cls->root_shape);
  heap_mark_object(vm, cls->subclasses);
  if (cls->specials_valid) heap_mark_values(vm, cls->specials, SP_COUNT);
}
