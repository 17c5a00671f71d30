// heap_private.h: the heap's own state, and what the VM and the collector ask of each other.
#ifndef CORO_HEAP_PRIVATE_H
#define CORO_HEAP_PRIVATE_H

#include "heap.h"

typedef struct Heap Heap;

#define HEAP_UNIT 16
#define HEAP_CLASSES 64  // cells of 16, 32 … 1024 bytes

typedef struct FreeCell {
  Object header;  // kind is KIND_FREE
  struct FreeCell *next;
} FreeCell;

typedef struct Slab {
  struct Slab *next;
  size_t cell_size, cell_count;
  size_t made;  // cells from here on have never been used: their memory is not touched yet
  char cells[];
} Slab;

typedef struct {
  size_t cell_size;
  FreeCell *free;
  Slab *fresh;  // the slab whose cells are used for the first time, or NULL
  Slab *slabs;
  Slab **unswept;  // the link to the first slab not swept since the last collection, or NULL
} SizeClass;

typedef struct LargeObject {
  struct LargeObject *next;
  size_t size;
  char bytes[];
} LargeObject;

typedef struct {
  Object *object;
  Dict *dict;
} AttrsEntry;

struct Heap {
  SizeClass classes[HEAP_CLASSES];
  LargeObject *large;
  uint8_t epoch;
  int stress;  // collect at every n-th safepoint; 0: when needed
  int stress_count;
  size_t allocated;     // bytes since the last collection
  size_t threshold;     // of `allocated`, for the next one
  size_t buffer_bytes;  // owned by objects outside their cells
  size_t collections;
  Object **gray;  // the worklist: reached, their references not yet followed
  size_t gray_count, gray_capacity;
  AttrsEntry *attrs;  // side table: object -> dict, open addressing
  size_t attrs_count, attrs_capacity;
};

Heap *heap_new(void);
void heap_free(VM *vm);
void heap_collect(VM *vm);
// Objects made before their classes were (the very first ones) get them now.
void heap_give_classes(VM *vm);

// The attributes of an object that has no slots of its own (an instance of class L(list)).
Dict *heap_attrs_get(VM *vm, const Object *object);  // NULL: none yet
void heap_attrs_set(VM *vm, Object *object, Dict *dict);
void heap_attrs_forget(VM *vm, Object *object);

// Given by vm.c: marks the roots; drops free lists of frames and other caches before a collection.
void vm_mark_roots(VM *vm);
void vm_forget_caches(VM *vm);

#endif
