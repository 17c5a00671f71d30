// heap.c: slabs of equal cells, large objects, and the mark-and-sweep collector.
//
// Invariants. Between collections every live object's mark equals heap->epoch, and a fresh object
// gets that mark too. A collection first finishes the sweep of the one before, then flips the
// epoch, so "mark != epoch" in an unswept slab means dead. Free cells are on exactly one free
// list; a collection forgets all free lists, and the sweep finds the cells again by KIND_FREE.
#include "heap.h"

#include <stdio.h>
#include <stdlib.h>

#include "abandoned.h"
#include "heap_private.h"
#include "vm.h"

#define SLAB_SIZE ((size_t)64 * 1024)
#define FIRST_THRESHOLD ((size_t)16 * 1024 * 1024)

static void out_of_memory(void) {
  fputs("coro: the system has no more memory\n", stderr);
  fflush(stdout);
  _Exit(1);
}

static void *must_allocate(void *p) {
  if (p == NULL) out_of_memory();
  return p;
}

Heap *heap_new(void) {
  Heap *heap = must_allocate(calloc(1, sizeof *heap));
  heap->epoch = 1;
  heap->threshold = FIRST_THRESHOLD;
  for (int i = 0; i < HEAP_CLASSES; i++) heap->classes[i].cell_size = (size_t)(i + 1) * HEAP_UNIT;
  return heap;
}

// ---- allocation

static inline Object *cell_at(Slab *slab, size_t i) {
  return (Object *)(slab->cells + i * slab->cell_size);
}

static Slab *slab_new(SizeClass *class) {
  Slab *slab = must_allocate(malloc(SLAB_SIZE));
  slab->cell_size = class->cell_size;
  slab->cell_count = (SLAB_SIZE - sizeof *slab) / class->cell_size;
  slab->made = 0;
  slab->next = class->slabs;
  class->slabs = slab;
  return slab;
}

static void release_object(VM *vm, Object *object) {
  if (heap_kinds[object->kind].free != NULL) heap_kinds[object->kind].free(vm, object);
  if (object->flags & OBJECT_HAS_ATTRS) heap_attrs_forget(vm, object);
}

// Sweeps one slab: true when it gave at least one free cell, and an empty slab goes back to the
// system at once (*link is where the list of slabs points to it).
static bool sweep_slab(VM *vm, SizeClass *class, Slab **link) {
  Slab *slab = *link;
  Heap *heap = vm->heap;
  FreeCell *before = class->free;
  size_t live = 0;
  for (size_t i = slab->made; i-- > 0;) {
    Object *object = cell_at(slab, i);
    if (object->kind != KIND_FREE) {
      if (object->mark == heap->epoch) {
        live++;
        continue;
      }
      release_object(vm, object);
#ifdef CORO_DEBUG
      memset(object, 0xDB, slab->cell_size);
#endif
      object->kind = KIND_FREE;
    }
    FreeCell *cell = (FreeCell *)object;
    cell->next = class->free;
    class->free = cell;
  }
  if (live == 0) {
    class->free = before;
    if (class->fresh == slab) class->fresh = NULL;
    *link = slab->next;
    free(slab);
    return false;
  }
  return class->free != before;
}

static void sweep_until_free(VM *vm, SizeClass *class) {
  while (class->free == NULL && class->unswept != NULL && *class->unswept != NULL) {
    Slab *slab = *class->unswept;
    sweep_slab(vm, class, class->unswept);
    if (*class->unswept == slab) class->unswept = &slab->next;
  }
}

static void finish_sweep(VM *vm) {
  for (int i = 0; i < HEAP_CLASSES; i++) {
    SizeClass *class = &vm->heap->classes[i];
    while (class->unswept != NULL && *class->unswept != NULL) {
      Slab *slab = *class->unswept;
      sweep_slab(vm, class, class->unswept);
      if (*class->unswept == slab) class->unswept = &slab->next;
    }
    class->unswept = NULL;
  }
}

static FreeCell *fresh_cell(SizeClass *class) {
  Slab *slab = class->fresh;
  if (slab == NULL || slab->made == slab->cell_count) {
    // New slabs go in front of the list, where the lazy sweep has already been.
    bool at_front = class->unswept == &class->slabs;
    slab = class->fresh = slab_new(class);
    if (at_front) class->unswept = &slab->next;
  }
  return (FreeCell *)cell_at(slab, slab->made++);
}

static void count_allocation(VM *vm, size_t size) {
  Heap *heap = vm->heap;
  heap->allocated += size;
  if (unlikely(heap->allocated >= heap->threshold)) vm->interrupt |= INTERRUPT_COLLECT;
}

static void *allocate_large(VM *vm, size_t size) {
  Heap *heap = vm->heap;
  LargeObject *large = must_allocate(calloc(1, sizeof *large + size));
  large->size = size;
  large->next = heap->large;
  heap->large = large;
  return large->bytes;
}

void *heap_alloc(VM *vm, Kind kind, Class *cls, size_t size) {
  Heap *heap = vm->heap;
  Object *object;
  uint8_t flags = 0;
  if (size < sizeof(FreeCell)) size = sizeof(FreeCell);  // a bare header must fit as a free cell
  count_allocation(vm, size);
  if (likely(size <= HEAP_CLASSES * HEAP_UNIT)) {
    SizeClass *class = &heap->classes[(size - 1) / HEAP_UNIT];
    if (unlikely(class->free == NULL)) sweep_until_free(vm, class);
    FreeCell *cell = class->free;
    if (likely(cell != NULL)) {
      class->free = cell->next;
    } else {
      cell = fresh_cell(class);
    }
    memset((void *)cell, 0, class->cell_size);
    object = &cell->header;
  } else {
    object = allocate_large(vm, size);
    flags = OBJECT_LARGE;
  }
  object->cls = cls;
  object->kind = (uint8_t)kind;
  object->mark = heap->epoch;
  object->flags = flags;
  return object;
}

void *heap_buffer_resize(VM *vm, void *old, size_t old_size, size_t new_size) {
  Heap *heap = vm->heap;
  heap->buffer_bytes += new_size - old_size;
  if (new_size > old_size) count_allocation(vm, new_size - old_size);
  if (new_size == 0) {
    free(old);
    return NULL;
  }
  return must_allocate(realloc(old, new_size));
}

// ---- the first objects

static Class *class_of_kind(VM *vm, Kind kind) {
  switch (kind) {
    case KIND_STR: return vm->str_class;
    case KIND_TUPLE: return vm->tuple_class;
    case KIND_DICT: return vm->dict_class;
    case KIND_LIST: return vm->list_class;
    case KIND_CLASS: return vm->type_class;
    case KIND_SHAPE: return vm->shape_class;
    default: return NULL;
  }
}

static void give_class(VM *vm, Object *object) {
  if (object->kind != KIND_FREE && object->cls == NULL) {
    object->cls = class_of_kind(vm, object->kind);
    assert(object->cls != NULL);
  }
}

void heap_give_classes(VM *vm) {
  for (int i = 0; i < HEAP_CLASSES; i++) {
    for (Slab *slab = vm->heap->classes[i].slabs; slab != NULL; slab = slab->next) {
      for (size_t c = 0; c < slab->made; c++) give_class(vm, cell_at(slab, c));
    }
  }
  for (LargeObject *large = vm->heap->large; large != NULL; large = large->next) {
    give_class(vm, (Object *)large->bytes);
  }
}

// ---- attributes of objects that have no room for them

static size_t attrs_index(const Heap *heap, const Object *object) {
  size_t mask = heap->attrs_capacity - 1;
  size_t i = ((uintptr_t)object >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 20 & mask;
  while (heap->attrs[i].object != NULL && heap->attrs[i].object != object) i = (i + 1) & mask;
  return i;
}

Dict *heap_attrs_get(VM *vm, const Object *object) {
  if (!(object->flags & OBJECT_HAS_ATTRS)) return NULL;
  return vm->heap->attrs[attrs_index(vm->heap, object)].dict;
}

void heap_attrs_set(VM *vm, Object *object, Dict *dict) {
  Heap *heap = vm->heap;
  if (heap->attrs_count * 2 >= heap->attrs_capacity) {
    AttrsEntry *old = heap->attrs;
    size_t old_capacity = heap->attrs_capacity;
    heap->attrs_capacity = old_capacity == 0 ? 64 : old_capacity * 2;
    heap->attrs = must_allocate(calloc(heap->attrs_capacity, sizeof *heap->attrs));
    for (size_t i = 0; i < old_capacity; i++) {
      if (old[i].object != NULL) heap->attrs[attrs_index(heap, old[i].object)] = old[i];
    }
    free(old);
  }
  AttrsEntry *entry = &heap->attrs[attrs_index(heap, object)];
  if (entry->object == NULL) heap->attrs_count++;
  *entry = (AttrsEntry){object, dict};
  object->flags |= OBJECT_HAS_ATTRS;
}

// Removes an entry by moving later members of its probe run back (Knuth's algorithm R).
void heap_attrs_forget(VM *vm, Object *object) {
  Heap *heap = vm->heap;
  size_t mask = heap->attrs_capacity - 1;
  size_t hole = attrs_index(heap, object);
  if (heap->attrs[hole].object == NULL) return;
  heap->attrs_count--;
  heap->attrs[hole].object = NULL;
  for (size_t i = (hole + 1) & mask; heap->attrs[i].object != NULL; i = (i + 1) & mask) {
    AttrsEntry entry = heap->attrs[i];
    heap->attrs[i].object = NULL;
    heap->attrs[attrs_index(heap, entry.object)] = entry;
  }
}

// ---- collection

void heap_mark_object(VM *vm, void *object_or_null) {
  Object *object = object_or_null;
  Heap *heap = vm->heap;
  if (object == NULL || object->mark == heap->epoch) return;
  assert(object->kind != KIND_FREE && object->kind < KIND_COUNT);
  object->mark = heap->epoch;
  if (heap->gray_count == heap->gray_capacity) {
    heap->gray_capacity = heap->gray_capacity == 0 ? 1024 : heap->gray_capacity * 2;
    heap->gray = must_allocate(realloc(heap->gray, heap->gray_capacity * sizeof *heap->gray));
  }
  heap->gray[heap->gray_count++] = object;
}

void heap_mark_values(VM *vm, const Value *values, size_t count) {
  for (size_t i = 0; i < count; i++) heap_mark(vm, values[i]);
}

static void mark_gray(VM *vm) {
  Heap *heap = vm->heap;
  while (heap->gray_count > 0) {
    Object *object = heap->gray[--heap->gray_count];
    heap_mark_object(vm, object->cls);
    if (object->flags & OBJECT_HAS_ATTRS) heap_mark_object(vm, heap_attrs_get(vm, object));
    if (heap_kinds[object->kind].mark != NULL) heap_kinds[object->kind].mark(vm, object);
  }
}

static void mark_all(VM *vm) {
  vm_mark_roots(vm);
  mark_gray(vm);
  abandoned_mark_unreachable(vm);
  mark_gray(vm);
}

static size_t sweep_large(VM *vm) {
  Heap *heap = vm->heap;
  size_t live = 0;
  for (LargeObject **link = &heap->large; *link != NULL;) {
    LargeObject *large = *link;
    Object *object = (Object *)large->bytes;
    if (object->mark == heap->epoch) {
      live += large->size;
      link = &large->next;
      continue;
    }
    *link = large->next;
    release_object(vm, object);
    free(large);
  }
  return live;
}

void heap_collect(VM *vm) {
  Heap *heap = vm->heap;
  finish_sweep(vm);
  heap->epoch = heap->epoch == 1 ? 2 : 1;
  heap->collections++;
  vm_forget_caches(vm);
  mark_all(vm);
  for (int i = 0; i < HEAP_CLASSES; i++) {
    heap->classes[i].free = NULL;
    heap->classes[i].unswept = &heap->classes[i].slabs;
  }
  size_t live = sweep_large(vm);
  if (heap->stress > 0) finish_sweep(vm);
  for (int i = 0; i < HEAP_CLASSES; i++) {
    // Slabs in use: an upper bound of what lives in them, good enough to pace the next collection.
    for (Slab *slab = heap->classes[i].slabs; slab != NULL; slab = slab->next) live += SLAB_SIZE;
  }
  live += heap->buffer_bytes;
  heap->allocated = 0;
  heap->threshold = live / 2 > FIRST_THRESHOLD ? live / 2 : FIRST_THRESHOLD;
}

void heap_free(VM *vm) {
  Heap *heap = vm->heap;
  finish_sweep(vm);
  heap->epoch = 3;  // no object carries it: all are dead
  for (int i = 0; i < HEAP_CLASSES; i++) {
    SizeClass *class = &heap->classes[i];
    while (class->slabs != NULL) sweep_slab(vm, class, &class->slabs);
  }
  sweep_large(vm);
  free(heap->attrs);
  free(heap->gray);
  free(heap);
}
