// class.h: classes, shapes, instances, and attribute look-up.
//
// A Shape says in which slot an instance keeps which attribute; instances that got the same
// attributes in the same order share one. Each class has its own root shape, so one comparison of
// a shape's id settles both the class and the slot: that is what inline caches (AttrSite) compare.
// class->version is unique across all classes and changes when the class or one of its bases
// changes, so (shape id, class version) also validates a cached method.
#ifndef CORO_CLASS_H
#define CORO_CLASS_H

#include "dict.h"
#include "object.h"
#include "str.h"
#include "tuple.h"

// Special methods that C looks up by number. X(ENUM, "name"). The binary operators come first, in
// the order of Binary (protocol.h): plain, reflected, in-place.
// clang-format off
#define SPECIAL_METHODS(X)                                                                         \
  X(ADD, "__add__") X(SUB, "__sub__") X(MUL, "__mul__") X(TRUEDIV, "__truediv__")                  \
  X(FLOORDIV, "__floordiv__") X(MOD, "__mod__") X(POW, "__pow__") X(MATMUL, "__matmul__")          \
  X(LSHIFT, "__lshift__") X(RSHIFT, "__rshift__") X(AND, "__and__") X(OR, "__or__")                \
  X(XOR, "__xor__")                                                                                \
  X(RADD, "__radd__") X(RSUB, "__rsub__") X(RMUL, "__rmul__") X(RTRUEDIV, "__rtruediv__")          \
  X(RFLOORDIV, "__rfloordiv__") X(RMOD, "__rmod__") X(RPOW, "__rpow__") X(RMATMUL, "__rmatmul__")  \
  X(RLSHIFT, "__rlshift__") X(RRSHIFT, "__rrshift__") X(RAND, "__rand__") X(ROR, "__ror__")        \
  X(RXOR, "__rxor__")                                                                              \
  X(IADD, "__iadd__") X(ISUB, "__isub__") X(IMUL, "__imul__") X(ITRUEDIV, "__itruediv__")          \
  X(IFLOORDIV, "__ifloordiv__") X(IMOD, "__imod__") X(IPOW, "__ipow__") X(IMATMUL, "__imatmul__")  \
  X(ILSHIFT, "__ilshift__") X(IRSHIFT, "__irshift__") X(IAND, "__iand__") X(IOR, "__ior__")        \
  X(IXOR, "__ixor__")                                                                              \
  X(NEG, "__neg__") X(POS, "__pos__") X(INVERT, "__invert__")                                      \
  X(LT, "__lt__") X(LE, "__le__") X(EQ, "__eq__") X(NE, "__ne__") X(GT, "__gt__") X(GE, "__ge__")  \
  X(NEW, "__new__") X(INIT, "__init__") X(CALL, "__call__") X(REPR, "__repr__") X(STR, "__str__")  \
  X(FORMAT, "__format__") X(HASH, "__hash__") X(BOOL, "__bool__") X(LEN, "__len__")                \
  X(ITER, "__iter__") X(NEXT, "__next__") X(CONTAINS, "__contains__") X(GETITEM, "__getitem__")    \
  X(SETITEM, "__setitem__") X(DELITEM, "__delitem__") X(MISSING, "__missing__")                    \
  X(GETATTR, "__getattr__") X(GETATTRIBUTE, "__getattribute__") X(SETATTR, "__setattr__")          \
  X(DELATTR, "__delattr__") X(GET, "__get__") X(SET, "__set__") X(DELETE, "__delete__")            \
  X(ENTER, "__enter__") X(EXIT, "__exit__") X(AENTER, "__aenter__") X(AEXIT, "__aexit__")          \
  X(AWAIT, "__await__") X(AITER, "__aiter__") X(ANEXT, "__anext__") X(INDEX, "__index__")          \
  X(INT, "__int__") X(FLOAT, "__float__") X(REVERSED, "__reversed__") X(ABS, "__abs__")            \
  X(ROUND, "__round__") X(DIVMOD, "__divmod__") X(RDIVMOD, "__rdivmod__")                          \
  X(INIT_SUBCLASS, "__init_subclass__") X(SET_NAME, "__set_name__")                                \
  X(CLASS_GETITEM, "__class_getitem__") X(DIR, "__dir__") X(BYTES, "__bytes__")                    \
  X(TRUNC, "__trunc__") X(FLOOR, "__floor__") X(CEIL, "__ceil__") X(FSPATH, "__fspath__")          \
  X(LENGTH_HINT, "__length_hint__") X(INSTANCECHECK, "__instancecheck__")                            \
  X(SUBCLASSCHECK, "__subclasscheck__")
// clang-format on

typedef enum {
#define X(name, text) SP_##name,
  SPECIAL_METHODS(X)
#undef X
      SP_COUNT
} Special;

// class->header.flags bits.
enum {
  CLASS_BUILTIN = 0x10,    // written in C: its attributes cannot be set by a program
  CLASS_FINAL = 0x20,      // "type 'bool' is not an acceptable base type"
  CLASS_HAS_SLOTS = 0x40,  // __slots__ without __dict__ along the whole MRO
  CLASS_ABSTRACT = 0x80,   // cannot be instantiated by the program (generator, coroutine …)
};

// class->header.aux bits.
enum {
  CLASS_FULL_NAME = 1,  // messages name it with its module
};

struct Class {
  Object header;  // extra: the Kind of its instances' layout; aux: CLASS_FULL_NAME
  Str *name;
  Tuple *bases;
  Tuple *mro;             // this class first, object last
  Dict *dict;             // its own attributes
  Shape *root_shape;      // of its instances; NULL where instances have no slots of their own
  uint32_t version;       // see the head comment
  uint32_t slot_hint;     // how many attributes its instances came to have
  uint32_t member_count;  // names of __slots__, inherited ones too: the first slots of instances
  Class *member_owner;    // the class of the MRO that added the last of them, or NULL
  bool specials_valid;
  bool abstract;  // its __abstractmethods__ is not empty: object.__new__ refuses
  List *subclasses;
  Value specials[SP_COUNT];  // resolved along the MRO, EMPTY when absent; valid when the flag says
};

struct Shape {
  Object header;
  Class *cls;
  Shape *parent;   // NULL: a class's root
  Str *name;       // the attribute that this shape adds to its parent's; NULL in a root
  uint32_t id;     // unique, never reused; 0 is no shape
  uint32_t count;  // slots in use
  Dict *children;  // name -> Shape (as pointer Values), NULL: none
  Dict *slots;     // name -> slot number, made when the shape is first searched
};

// The common beginning of Instance and Exception: attributes by shape.
// The slots that a class's __slots__ name (members) come first, and no shape names them: a Member,
// in the class's dict, knows which it reads. An instance whose __dict__ was asked for is in "dict
// mode": its shape has the flag SHAPE_DICT, and the slot after the members holds the dict.
typedef struct Instance {
  Object header;
  Shape *shape;
  Value *slots;  // the inline ones below, or a heap_buffer of `capacity`
  uint32_t capacity;
  Value storage[];
} Instance;

enum { SHAPE_DICT = 0x10 };  // shape->header.flags

static inline bool instance_in_dict_mode(const Instance *instance) {
  return instance->shape->header.flags & SHAPE_DICT;
}

// What the class's dict has for a name of __slots__.
typedef struct {
  Object header;
  Str *name;
  Class *owner;
  uint32_t index;  // among the slots of an instance
} Member;

static inline Class *as_class(Value v) {
  assert(is_class(v));
  return (Class *)as_object(v);
}

// A class written in C. base NULL: object.
Class *class_new_builtin(VM *vm, const char *name, Class *base, Kind kind, uint8_t flags);
// type(name, bases, dict) as a class statement does it, without __set_name__/__init_subclass__
// (class_build.c calls those). meta: the class of the new class, type or a subclass of it.
// False: TypeError (MRO conflict, bad base) pending.
bool class_new(VM *vm, Class *meta, Str *name, Tuple *bases, Dict *dict, Class **out) MUST_CHECK;
bool class_is_subclass(const Class *cls, const Class *base);
// An attribute along the MRO, no descriptor call; EMPTY when absent.
Value class_lookup(VM *vm, Class *cls, Str *name);
void class_set_attr(VM *vm, Class *cls, Str *name, Value value);  // invalidates caches
bool class_delete_attr(VM *vm, Class *cls, Str *name);
Value class_special_slow(VM *vm, Class *cls, Special special);
static inline Value class_special(VM *vm, Class *cls, Special special) {
  return likely(cls->specials_valid) ? cls->specials[special]
                                     : class_special_slow(vm, cls, special);
}
extern const char *const special_names[SP_COUNT];

// Instances and shapes. An instance with more attributes than this keeps them in a dict: shapes pay
// for objects that are alike, not for objects that are used as tables.
#define SHAPE_MAX_SLOTS 64
Shape *shape_add(VM *vm, Shape *shape, Str *name);  // the shape with one more attribute
void instance_add_slot(VM *vm, Instance *instance, Shape *shape, Value value);  // of shape_add
Dict *instance_dict(VM *vm, Instance *instance);  // turns it to dict mode
void instance_set_dict(VM *vm, Instance *instance, Dict *dict);
Value instance_new(VM *vm, Class *cls);  // KIND_INSTANCE, no attributes yet
// The slot of `name` in a shape, or -1.
int shape_find(VM *vm, Shape *shape, Str *name);
// An object's own attributes (instances, exceptions, functions, subclass instances of builtin
// types …). EMPTY when absent; never looks at the class.
Value object_get_own(VM *vm, Value object, Str *name);
// False: the object cannot have attributes (AttributeError pending, Python's text).
bool object_set_own(VM *vm, Value object, Str *name, Value value) MUST_CHECK;
bool object_delete_own(VM *vm, Value object, Str *name);  // false: was absent, nothing pending
// An attribute of __slots__: EMPTY when unset. The object is an instance of member->owner.
Value member_get(VM *vm, const Member *member, Value object);
void member_set(VM *vm, const Member *member, Value object, Value value);
bool member_delete(VM *vm, const Member *member, Value object);  // false: was unset
// The __dict__ of an object, NULL if its class has none.
Dict *object_dict(VM *vm, Value object);
// The names of an object's attributes, its own and its classes': keys of a new dict.
Dict *object_names(VM *vm, Value object);

void class_mark(VM *vm, Object *object);
void member_mark(VM *vm, Object *object);
void shape_mark(VM *vm, Object *object);
void instance_mark(VM *vm, Object *object);
void instance_free(VM *vm, Object *object);

#endif
