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

static Class *allocate_class(VM *vm, Class *meta, Str *name, Tuple *bases, Dict *dict, Kind kind,
                             uint8_t flags) {
  Class *cls = heap_alloc(vm, KIND_CLASS, meta, sizeof *cls);
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

// The classes that are next in each list, none of which can be chosen.
static bool raise_mro_conflict(VM *vm, const MergeList *lists, size_t count) {
  List *heads = list_new(vm, count);
  Text names = text_new(vm);
  for (size_t i = 0; i < count; i++) {
    if (lists[i].next == lists[i].count) continue;
    Value head = lists[i].items[lists[i].next];
    bool named = false;
    for (size_t j = 0; j < heads->count && !named; j++) named = heads->items[j] == head;
    if (named) continue;
    if (heads->count > 0) text_add_c(&names, ", ");
    text_add_str(&names, as_class(head)->name);
    list_append(vm, heads, head);
  }
  Str *text = text_finish(&names);
  return raise_type_error(
      vm, "Cannot create a consistent method resolution\norder (MRO) for bases %.*s",
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
      raise_mro_conflict(vm, lists, list_count);
      free(lists);
      return false;
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
  Class *cls = allocate_class(vm, vm->type_class, str_intern_c(vm, name), bases, dict_new(vm), kind,
                              (uint8_t)(CLASS_BUILTIN | flags));
  size_t above = base == NULL ? 0 : base->mro->count;
  cls->mro = tuple_new(vm, above + 1);
  cls->mro->items[0] = from_object(cls);
  for (size_t i = 0; i < above; i++) cls->mro->items[i + 1] = base->mro->items[i];
  return cls;
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
    if (base->header.flags & (CLASS_FINAL | CLASS_ABSTRACT)) {
      return raise_type_error(vm, "type '%s' is not an acceptable base type", base->name->data);
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

// ---- __slots__

// What a class statement's __slots__ says.
typedef struct {
  List *names;     // of the members to make, mangled
  bool with_dict;  // '__dict__' is among them
} Slots;

static bool raise_slots(VM *vm, const char *text, Str *name) {
  return vm_raise(vm, vm->exceptions.ValueError, text, (int)name->length, name->data);
}

// __x in the class C is the attribute _C__x, as everywhere in C's body.
static Str *mangle(VM *vm, Str *class_name, Str *name) {
  size_t length = name->length, start = 0;
  if (length < 3 || name->data[0] != '_' || name->data[1] != '_') return name;
  if (name->data[length - 1] == '_' && name->data[length - 2] == '_') return name;
  while (start < class_name->length && class_name->data[start] == '_') start++;
  if (start == class_name->length) return name;
  return str_format(vm, "_%s%s", class_name->data + start, name->data);
}

static bool add_slot_name(VM *vm, Str *class_name, Dict *dict, Value item, Slots *slots) {
  if (!is_str(item)) {
    return raise_type_error(vm, "__slots__ items must be strings, not '%s'",
                            value_class_name(vm, item));
  }
  Str *name = as_str(item);
  if (name->length == 0 || strchr("0123456789", name->data[0]) != NULL) {
    return raise_type_error(vm, "__slots__ must be identifiers");
  }
  if (str_equals_c(name, "__dict__")) {
    slots->with_dict = true;
    return true;
  }
  if (str_equals_c(name, "__weakref__")) return true;
  name = str_intern(vm, mangle(vm, class_name, name));
  if (!is_empty(dict_get_str(dict, name))) {
    return raise_slots(vm, "'%.*s' in __slots__ conflicts with class variable", name);
  }
  list_append(vm, slots->names, from_object(name));
  return true;
}

static bool read_slots(VM *vm, Str *class_name, Dict *dict, Slots *slots) {
  *slots = (Slots){list_new(vm, 4), true};
  Value given = dict_get_c(dict, "__slots__");
  if (is_empty(given)) return true;
  slots->with_dict = false;
  if (is_str(given)) return add_slot_name(vm, class_name, dict, given, slots);
  List *items;
  Tri tri = value_items(vm, given, &items);
  if (tri == TRI_ERROR) return false;
  if (tri == TRI_SCRIPT) return raise_type_error(vm, "__slots__ must be a str or a sequence");
  for (size_t i = 0; i < items->count; i++) {
    if (!add_slot_name(vm, class_name, dict, items->items[i], slots)) return false;
  }
  return true;
}

// Members keep their places in subclasses: of two bases, one's members must begin the other's.
static bool inherit_members(VM *vm, Class *cls) {
  for (size_t i = 0; i < cls->bases->count; i++) {
    Class *base = as_class(cls->bases->items[i]), *owner = base->member_owner;
    if (owner == NULL) continue;
    if (cls->member_owner == NULL || class_is_subclass(owner, cls->member_owner)) {
      cls->member_owner = owner;
      cls->member_count = base->member_count;
    } else if (!class_is_subclass(cls->member_owner, owner)) {
      return raise_type_error(vm, "multiple bases have instance lay-out conflict");
    }
  }
  return true;
}

static Value member_new(VM *vm, Class *owner, Str *name, uint32_t index) {
  Member *member = heap_alloc(vm, KIND_MEMBER, vm->member_class, sizeof *member);
  member->name = name;
  member->owner = owner;
  member->index = index;
  return from_object(member);
}

static bool add_members(VM *vm, Class *cls, const Slots *slots) {
  if (!inherit_members(vm, cls)) return false;
  Kind kind = cls->header.extra;
  size_t count = slots->names->count;
  if (count > 0 && (kind == KIND_BIGINT || kind == KIND_BYTES || kind == KIND_TUPLE)) {
    Class *builtin = cls;
    while (!(builtin->header.flags & CLASS_BUILTIN)) builtin = as_class(builtin->bases->items[0]);
    return raise_type_error(vm, "nonempty __slots__ not supported for subtype of '%s'",
                            builtin->name->data);
  }
  for (size_t i = 0; i < count; i++) {
    Str *name = as_str(slots->names->items[i]);
    dict_set_str(vm, cls->dict, name, member_new(vm, cls, name, cls->member_count++));
  }
  if (count > 0) cls->member_owner = cls;
  if (kind == KIND_INSTANCE) {
    cls->root_shape->count = cls->slot_hint = cls->member_count;
  }
  // Instances take any attribute unless every class of the MRO but object says otherwise.
  bool closed = !slots->with_dict;
  for (size_t i = 1; i < cls->mro->count && closed; i++) {
    closed = as_class(cls->mro->items[i])->header.flags & (CLASS_HAS_SLOTS | CLASS_BUILTIN);
  }
  if (closed && kind != KIND_EXCEPTION) cls->header.flags |= CLASS_HAS_SLOTS;
  return true;
}

// A property learns the name under which its errors speak of it.
static void name_properties(Dict *dict) {
  Value name, value;
  for (size_t i = 0; dict_next(dict, &i, &name, &value);) {
    if (is_kind(value, KIND_PROPERTY)) ((Property *)as_object(value))->name = as_str(name);
  }
}

// __init_subclass__ and __class_getitem__ are class methods without being told so, as __new__ is a
// static one.
static void make_classmethod(VM *vm, Dict *dict, Special special) {
  Value found = dict_get_str(dict, vm->special[special]);
  if (is_function(found)) dict_set_str(vm, dict, vm->special[special], classmethod_new(vm, found));
}

bool class_new(VM *vm, Class *meta, Str *name, Tuple *bases, Dict *dict, Class **out) {
  if (bases->count == 0) bases = tuple_of(vm, 1, from_object(vm->object_class));
  Kind kind = KIND_INSTANCE;
  Slots slots;
  if (!choose_layout(vm, bases, &kind) || !check_duplicate_bases(vm, bases)) return false;
  if (!read_slots(vm, name, dict, &slots)) return false;
  Class *cls = allocate_class(vm, meta, str_intern(vm, name), bases, dict, kind, 0);
  if (!compute_mro(vm, cls, &cls->mro) || !add_members(vm, cls, &slots)) return false;
  // Its own, so that an instance may have another one.
  if (is_empty(dict_get_c(dict, "__doc__"))) dict_set_c(vm, dict, "__doc__", NONE);
  // A class that defines __eq__ alone gives up the hash that it would inherit.
  if (!is_empty(dict_get_str(dict, vm->special[SP_EQ])) &&
      is_empty(dict_get_str(dict, vm->special[SP_HASH]))) {
    dict_set_str(vm, dict, vm->special[SP_HASH], NONE);
  }
  make_classmethod(vm, dict, SP_INIT_SUBCLASS);
  make_classmethod(vm, dict, SP_CLASS_GETITEM);
  Value new = dict_get_str(dict, vm->special[SP_NEW]);
  if (is_function(new)) dict_set_str(vm, dict, vm->special[SP_NEW], staticmethod_new(vm, new));
  name_properties(dict);
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
  Value new = cls->specials[SP_NEW];
  if (is_kind(new, KIND_WRAPPER) && as_object(new)->cls == vm->staticmethod_class) {
    cls->specials[SP_NEW] = ((Wrapper *)as_object(new))->function;
  }
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
    case KIND_STR:
    case KIND_BYTES:
    case KIND_BIGINT:
    case KIND_FLOAT:
    case KIND_LIST:
    case KIND_TUPLE:
    case KIND_DICT:
    case KIND_SET:
    case KIND_FROZENSET: return true;
    default: return false;
  }
}

void class_set_attr(VM *vm, Class *cls, Str *name, Value value) {
  Value old = dict_get_str(cls->dict, name);
  dict_set_str(vm, cls->dict, name, value);
  if (str_equals_c(name, "__abstractmethods__")) cls->abstract = value_truth(vm, value) == TRI_YES;
  if (!(is_plain_data(old) && is_plain_data(value))) invalidate(vm, cls);
}

bool class_delete_attr(VM *vm, Class *cls, Str *name) {
  if (!dict_delete_str(vm, cls->dict, name)) return false;
  if (str_equals_c(name, "__abstractmethods__")) cls->abstract = false;
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
  heap_mark_object(vm, cls->member_owner);
  if (cls->specials_valid) heap_mark_values(vm, cls->specials, SP_COUNT);
}
