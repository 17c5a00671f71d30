// object.h: the header that every heap object begins with, and the list of object kinds.
//
// `kind` says how the object is laid out in C; `cls` is what the program sees as its class. They
// differ for instances of user subclasses of builtin types: class L(list) makes objects of kind
// KIND_LIST whose cls is L. C code tests layouts with is_kind()/is_list()/is_str()…, and asks
// `has_builtin_class` before it takes a shortcut that a user class could have overridden.
//
// Invariant: an object never changes kind, except that the heap turns a dead one to KIND_FREE.
#ifndef CORO_OBJECT_H
#define CORO_OBJECT_H

#include "value.h"

typedef struct VM VM;
typedef struct Class Class;
typedef struct Str Str;
typedef struct Tuple Tuple;
typedef struct List List;
typedef struct Dict Dict;
typedef struct Set Set;
typedef struct Code Code;
typedef struct Frame Frame;
typedef struct Function Function;
typedef struct Module Module;
typedef struct Exception Exception;
typedef struct Shape Shape;

// X(NAME): every layout of heap object. heap.c asks the kind's own file how to mark and free it.
// clang-format off
#define OBJECT_KINDS(X)                                                                           \
  X(FREE) X(FRAME) X(GENERATOR) X(COROUTINE) X(ASYNC_GENERATOR) X(ASYNC_STEP) X(STR) X(BYTES)     \
  X(BIGINT) X(FLOAT) X(LIST) X(TUPLE) X(DICT) X(SET) X(FROZENSET) X(RANGE) X(SLICE) X(ITERATOR)   \
  X(DICT_VIEW) X(CELL) X(CODE) X(FUNCTION) X(NATIVE) X(METHOD) X(CLASS) X(SHAPE) X(INSTANCE)      \
  X(EXCEPTION) X(MODULE) X(PROPERTY) X(WRAPPER) X(SUPER) X(FUTURE) X(TASK) X(LOOP) X(HANDLE)      \
  X(CONTEXT) X(CONTEXT_VAR) X(TOKEN) X(OPAQUE) X(MEMBER) X(DEQUE) X(LOCK) X(FILE) X(RANDOM)  \
  X(TUPLE_FIELD) X(BYTE_BUFFER) X(CHANNEL)
// clang-format on

typedef enum {
#define X(name) KIND_##name,
  OBJECT_KINDS(X)
#undef X
      KIND_COUNT
} Kind;

struct Object {
  Class *cls;
  uint8_t kind;   // Kind
  uint8_t mark;   // equals heap.epoch when reached by the current collection
  uint8_t flags;  // OBJECT_… below, and bits private to the kind from 0x10 up
  uint8_t extra;  // private to the kind
  uint32_t aux;   // private to the kind (a str's hash, a frame's depth)
};

enum {
  OBJECT_HAS_ATTRS = 1,  // attributes in the heap's side table: an instance of class L(list) &c.
  OBJECT_LARGE = 2,      // allocated outside the slabs
  OBJECT_SEEN = 4,       // for the length of one C walk: met before
};

static inline bool is_kind(Value v, Kind kind) {
  return is_object(v) && as_object(v)->kind == kind;
}
#define is_str(v) is_kind(v, KIND_STR)
#define is_bytes(v) is_kind(v, KIND_BYTES)
#define is_list(v) is_kind(v, KIND_LIST)
#define is_tuple(v) is_kind(v, KIND_TUPLE)
#define is_dict(v) is_kind(v, KIND_DICT)
#define is_class(v) is_kind(v, KIND_CLASS)
#define is_function(v) is_kind(v, KIND_FUNCTION)
#define is_exception(v) is_kind(v, KIND_EXCEPTION)
static inline bool is_any_set(Value v) {
  return is_kind(v, KIND_SET) || is_kind(v, KIND_FROZENSET);
}

#endif
