// heap.c: the arena, its slabs, large objects, allocation and the sweep.
//
// Invariants. A cell is free (KIND_FREE) or an object. A free cell is on one list at most: its size
// class's, or its slab's while that is in the list of slabs that are ready. heap_begin_sweep
// forgets all those lists; the sweep finds the cells again. A slab is swept at most once a cycle,
// and one that is taken into use during the sweep counts as swept.
#include "heap.h"

#ifdef CORO_DEBUG
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "heap_private.h"
#include "snapshot.h"
#include "vm.h"

#define FIRST_GOAL ((size_t)4 << 20)  // finds out how much survives
#define ARENA_MOST ((size_t)256 << 30)
#define ARENA_LEAST ((size_t)64 << 20)
#define ARENA_STEP ((size_t)1 << 20)  // made usable at a time
// From here on in huge pages, where the system has them: a fork has less to copy.
#define HUGE_FROM ((size_t)32 << 20)
#define HUGE_PAGE ((size_t)2 << 20)
#define WARM_SLABS 256  // empty ones kept in memory, and
#define WARM_SHARE 8    // one for so many in use
#define FIRST_USE 4096  // bytes of a slab that are made into cells at a time
#define REFILL_WORK 64  // of the sweep, before a new slab is taken

enum { WORK_LIVING = 1, WORK_MIXED = 16, WORK_LARGE = 4, WORK_RETURN = 8 };

static void out_of_memory(void) {
  fputs("coro: the system has no more memory\n", stderr);
  fflush(stdout);
  _Exit(1);
}

void *heap_must_allocate(void *p) {
  if (p == NULL) out_of_memory();
  return p;
}

// ---- the arena

// Addresses cost nothing until they are used; but a limit may be set on them (ulimit -v).
static void reserve_arena(Heap *heap) {
  for (size_t size = ARENA_MOST; size >= ARENA_LEAST; size /= 2) {
    void *p =
        mmap(NULL, size + HUGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) continue;
    uintptr_t base = ((uintptr_t)p + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
    if (base > (uintptr_t)p) munmap(p, base - (uintptr_t)p);
    munmap((void *)(base + size), (uintptr_t)p + HUGE_PAGE - base);
    heap->base = base;
    heap->arena_size = size;
    return;
  }
  out_of_memory();
}

Heap *heap_new(void) {
  Heap *heap = heap_must_allocate(calloc(1, sizeof *heap));
  heap->epoch = 1;
  reserve_arena(heap);
  for (int i = 0; i < HEAP_CLASSES; i++) {
    heap->classes[i].ready = heap->classes[i].fresh = NO_SLAB;
  }
  heap->goal = heap->threshold = FIRST_GOAL;
  return heap;
}

static inline char *slab_start(const Heap *heap, uint32_t index) {
  return (char *)(heap->base + ((size_t)index << SLAB_SHIFT));
}

static inline size_t slab_cells(const SlabInfo *slab) {
  return SLAB_SIZE / HEAP_UNIT / slab->units;
}

static inline Object *cell_at(const Heap *heap, uint32_t index, size_t i) {
  return (Object *)(slab_start(heap, index) + i * heap->slabs[index].units * HEAP_UNIT);
}

static void grow_tables(Heap *heap) {
  heap->slab_capacity = heap->slab_capacity == 0 ? 256 : heap->slab_capacity * 2;
  size_t n = heap->slab_capacity;
  heap->slabs = heap_must_allocate(realloc(heap->slabs, n * sizeof *heap->slabs));
  heap->warm = heap_must_allocate(realloc(heap->warm, n * sizeof *heap->warm));
  heap->cold = heap_must_allocate(realloc(heap->cold, n * sizeof *heap->cold));
}

// NO_SLAB when the arena is full.
static uint32_t extend_arena(Heap *heap) {
  size_t offset = (size_t)heap->slab_count << SLAB_SHIFT;
  if (offset + SLAB_SIZE > heap->arena_usable) {
    char *more = (char *)heap->base + heap->arena_usable;
    size_t step = heap->arena_usable < HUGE_FROM ? ARENA_STEP : HUGE_PAGE;
    if (heap->arena_usable + step > heap->arena_size) return NO_SLAB;
    if (mprotect(more, step, PROT_READ | PROT_WRITE) != 0) return NO_SLAB;
#ifdef MADV_HUGEPAGE
    if (step == HUGE_PAGE) madvise(more, step, MADV_HUGEPAGE);
#endif
    heap->arena_usable += step;
  }
  if (heap->slab_count == heap->slab_capacity) grow_tables(heap);
  return heap->slab_count++;
}

// While a child marks, memory that it does not share is better: nothing is copied.
static uint32_t find_slab(Heap *heap) {
  uint32_t index = NO_SLAB;
  if (heap->warm_count > 0 && heap->phase != GC_MARKING) return heap->warm[--heap->warm_count];
  if (heap->cold_count > 0) return heap->cold[--heap->cold_count];
  index = extend_arena(heap);
  if (index == NO_SLAB && heap->warm_count > 0) return heap->warm[--heap->warm_count];
  return index;
}

static uint32_t slab_new(Heap *heap, uint16_t units) {
  uint32_t index = find_slab(heap);
  if (index == NO_SLAB) return NO_SLAB;
  heap->slabs_used++;
  heap->slabs[index] = (SlabInfo){.units = units, .cycle = heap->cycle, .next = NO_SLAB};
  return index;
}

static uint32_t warm_limit(const Heap *heap) { return WARM_SLABS + heap->slabs_used / WARM_SHARE; }

static void give_back(Heap *heap, uint32_t index) {
  madvise(slab_start(heap, index), SLAB_SIZE, MADV_DONTNEED);
  heap->cold[heap->cold_count++] = index;
}

static void slab_retire(Heap *heap, uint32_t index) {
  heap->slabs_used--;
  SizeClass *class = &heap->classes[heap->slabs[index].units - 1];
  if (class->fresh == index) class->fresh = NO_SLAB;
  heap->slabs[index].units = 0;
  if (heap->warm_count < warm_limit(heap)) {
    heap->warm[heap->warm_count++] = index;
  } else {
    give_back(heap, index);
  }
}

// Lists the next page full of cells that have not been used yet.
static void make_cells(Heap *heap, uint32_t index) {
  SlabInfo *slab = &heap->slabs[index];
  size_t first = slab->made, count = FIRST_USE / (slab->units * HEAP_UNIT);
  size_t left = slab_cells(slab) - first;
  if (count > left) count = left;
  slab->made = (uint16_t)(first + count);
  for (size_t i = first + count; i-- > first;) {
    FreeCell *cell = (FreeCell *)cell_at(heap, index, i);
    cell->header.kind = KIND_FREE;
    cell->next = slab->free;
    slab->free = cell;
  }
  slab->listed = (uint16_t)count;
  slab->next = NO_SLAB;
}

size_t heap_size(const Heap *heap) {
  return (size_t)heap->slabs_used * SLAB_SIZE + heap->large_bytes + heap->buffer_bytes;
}

// ---- the sweep

static void release_object(VM *vm, Object *object) {
  if (heap_kinds[object->kind].free != NULL) heap_kinds[object->kind].free(vm, object);
  if (object->flags & OBJECT_HAS_ATTRS) heap_attrs_forget(vm, object);
}

// The mark bits of a slab, NULL when it is newer than the mark.
static uint64_t *slab_bits(const Heap *heap, uint32_t index) {
  if (((size_t)index << SLAB_SHIFT) >= heap->marks.covered) return NULL;
  return heap_slab_bits(&heap->marks, index);
}

static size_t count_bits(const uint64_t *bits) {
  size_t count = 0;
  for (size_t i = 0; i < SLAB_WORDS; i++) count += (size_t)__builtin_popcountll(bits[i]);
  return count;
}

// Frees the dead of a slab and lists its free cells; returns how many objects live in it.
static size_t look_through(VM *vm, uint32_t index, const uint64_t *bits) {
  Heap *heap = vm->heap;
  SlabInfo *slab = &heap->slabs[index];
  size_t units = slab->units, live = 0, freed = 0, listed = 0;
  FreeCell *list = NULL;
  for (size_t i = slab->made; i-- > 0;) {
    size_t unit = i * units;
    if (bits != NULL && (bits[unit / 64] >> (unit % 64) & 1)) {
      live++;
      continue;
    }
    Object *object = (Object *)(slab_start(heap, index) + unit * HEAP_UNIT);
    if (object->kind != KIND_FREE) {
      if (object->mark == heap->epoch) {
        live++;
        continue;
      }
      release_object(vm, object);
      freed++;
#ifdef CORO_DEBUG
      memset(object, 0xDB, units * HEAP_UNIT);
#endif
      object->kind = KIND_FREE;
    }
    FreeCell *cell = (FreeCell *)object;
    cell->next = list;
    list = cell;
    listed++;
  }
  slab->free = list;
  slab->listed = (uint16_t)listed;
  heap->stats.freed += freed * units * HEAP_UNIT;
  return live;
}

static int sweep_slab(VM *vm, uint32_t index) {
  Heap *heap = vm->heap;
  SlabInfo *slab = &heap->slabs[index];
  uint64_t *bits = slab_bits(heap, index);
  if (slab->units == 0 || slab->cycle == heap->cycle) return 0;
  slab->cycle = heap->cycle;
  slab->free = NULL;
  slab->listed = 0;
  int work = WORK_LIVING;
  if (bits == NULL || count_bits(bits) < slab->made) {
    work = WORK_MIXED;
    if (look_through(vm, index, bits) == 0) {
      slab_retire(heap, index);
    } else if (slab->listed > 0) {
      SizeClass *class = &heap->classes[slab->units - 1];
      slab->next = class->ready;
      class->ready = index;
    }
  }
  if (bits != NULL) memset(bits, 0, SLAB_WORDS * sizeof *bits);
  return work;
}

static int sweep_large(VM *vm, uint32_t index) {
  Heap *heap = vm->heap;
  LargeObject *large = heap->large[index];
  if (large == NULL || large->cycle == heap->cycle) return 0;
  large->cycle = heap->cycle;
  Object *object = (Object *)large->bytes;
  if (index < heap->marks.large_covered) {
    uint64_t *word = &heap->marks.large_bits[index / 64], bit = UINT64_C(1) << (index % 64);
    bool marked = (*word & bit) != 0;
    *word &= ~bit;
    if (marked) return WORK_LIVING;
  }
  if (object->mark == heap->epoch) return WORK_LIVING;
  release_object(vm, object);
  heap->large_bytes -= large->size;
  heap->stats.freed += large->size;
  heap->large[index] = NULL;
  heap->large_free[heap->large_free_count++] = index;
  free(large);
  return WORK_LARGE;
}

void heap_forget_cells(Heap *heap) {
  for (int i = 0; i < HEAP_CLASSES; i++) {
    heap->classes[i].free = NULL;
    heap->classes[i].ready = NO_SLAB;
  }
}

void heap_begin_sweep(VM *vm) {
  Heap *heap = vm->heap;
  heap_forget_cells(heap);
  heap->cycle++;
  heap->sweep_slab = heap->sweep_large = 0;
  heap->phase = GC_SWEEPING;
}

bool heap_sweep(VM *vm, int work) {
  Heap *heap = vm->heap;
  if (heap->phase != GC_SWEEPING) return false;
  while (work > 0 && heap->sweep_large < heap->large_count) {
    work -= sweep_large(vm, heap->sweep_large++);
  }
  while (work > 0 && heap->sweep_slab < heap->slab_count) {
    work -= sweep_slab(vm, heap->sweep_slab++);
  }
  while (work > 0 && heap->warm_count > warm_limit(heap)) {
    give_back(heap, heap->warm[--heap->warm_count]);
    work -= WORK_RETURN;
  }
  if (work <= 0) return true;
  heap->phase = GC_IDLE;
  heap->ended = gc_now();
  heap_set_goal(heap);
  return false;
}

// ---- allocation

static void count_allocation(VM *vm, size_t size) {
  Heap *heap = vm->heap;
  heap->allocated += size;
  if (likely(heap->allocated < heap->threshold)) return;
  vm->interrupt |= INTERRUPT_COLLECT;
  // The goal is always nearer than the limit, so that this is the place to look at it.
  if (heap->most > 0 && heap_size(heap) > heap->most) quota_reach_memory(vm);
}

static bool take_ready(VM *vm, SizeClass *class) {
  Heap *heap = vm->heap;
  if (class->ready == NO_SLAB) return false;
  SlabInfo *slab = &heap->slabs[class->ready];
  class->ready = slab->next;
  class->free = slab->free;
  slab->free = NULL;
  count_allocation(vm, (size_t)slab->listed * slab->units * HEAP_UNIT);
  return true;
}

static bool has_unmade(const Heap *heap, const SizeClass *class) {
  if (class->fresh == NO_SLAB) return false;
  const SlabInfo *slab = &heap->slabs[class->fresh];
  return slab->made < slab_cells(slab);
}

// Gives the class free cells: of a slab that has been swept, of one swept now, of a new one. The
// cells count as allocated from here on. False: the arena is full.
static bool refill(VM *vm, SizeClass *class) {
  Heap *heap = vm->heap;
  if (take_ready(vm, class)) return true;
  if (heap->phase == GC_SWEEPING) {
    uint64_t start = gc_now();
    for (int i = 0; i < REFILL_WORK / WORK_MIXED && class->ready == NO_SLAB; i++) {
      if (!heap_sweep(vm, WORK_MIXED)) break;
    }
    if (class->ready == NO_SLAB && class->fresh != NO_SLAB) sweep_slab(vm, class->fresh);
    gc_count_pause(heap, start);
    if (take_ready(vm, class)) return true;
  }
  if (!has_unmade(heap, class)) {
    class->fresh = slab_new(heap, (uint16_t)(class - heap->classes + 1));
    if (class->fresh == NO_SLAB) return false;
  }
  make_cells(heap, class->fresh);
  class->ready = class->fresh;
  return take_ready(vm, class);
}

static void *allocate_large(VM *vm, size_t size) {
  Heap *heap = vm->heap;
  heap->large_bytes += size;
  count_allocation(vm, size);
  LargeObject *large = heap_must_allocate(calloc(1, sizeof *large + size));
  if (heap->large_free_count > 0) {
    large->index = heap->large_free[--heap->large_free_count];
  } else {
    if (heap->large_count == heap->large_capacity) {
      size_t n = heap->large_capacity == 0 ? 64 : (size_t)heap->large_capacity * 2;
      heap->large_capacity = (uint32_t)n;
      heap->large = heap_must_allocate(realloc(heap->large, n * sizeof *heap->large));
      heap->large_free = heap_must_allocate(realloc(heap->large_free, n * sizeof(uint32_t)));
    }
    large->index = heap->large_count++;
  }
  large->size = size;
  large->cycle = heap->cycle;
  heap->large[large->index] = large;
  Object *object = (Object *)large->bytes;
  object->flags = OBJECT_LARGE;
  return object;
}

// Small cells are cleared in place: a call of memset would take longer than its work.
static inline void clear_cell(void *cell, size_t units) {
  typedef uint64_t Pair __attribute__((vector_size(HEAP_UNIT), may_alias));
  Pair *p = cell, *end = p + units;
  do {
    *p++ = (Pair){0, 0};
    __asm__("" : "+r"(p));  // keeps it a loop
  } while (p < end);
}

static void *alloc_slowly(VM *vm, Kind kind, Class *cls, size_t size) {
  Heap *heap = vm->heap;
  if (size <= HEAP_CLASSES * HEAP_UNIT && refill(vm, &heap->classes[(size - 1) / HEAP_UNIT])) {
    return heap_alloc(vm, kind, cls, size);
  }
  Object *object = allocate_large(vm, size);
  object->cls = cls;
  object->kind = (uint8_t)kind;
  object->mark = heap->epoch;
  return object;
}

void *heap_alloc(VM *vm, Kind kind, Class *cls, size_t size) {
  Heap *heap = vm->heap;
  if (size < sizeof(FreeCell)) size = sizeof(FreeCell);  // a bare header must fit as a free cell
  size_t units = (size + HEAP_UNIT - 1) / HEAP_UNIT;
  if (unlikely(units > HEAP_CLASSES)) return alloc_slowly(vm, kind, cls, size);
  SizeClass *class = &heap->classes[units - 1];
  FreeCell *cell = class->free;
  if (unlikely(cell == NULL)) return alloc_slowly(vm, kind, cls, size);
  class->free = cell->next;
  clear_cell(cell, units);
  Object *object = &cell->header;
  object->cls = cls;
  object->kind = (uint8_t)kind;
  object->mark = heap->epoch;
  return object;
}

// ---- buffers

static size_t buffer_class(size_t size) {
#ifdef CORO_DEBUG
  if (size > 0) return BUFFER_CLASSES + 1;  // none is kept: the sanitizer sees a use after the end
#endif
  return (size + BUFFER_UNIT - 1) / BUFFER_UNIT;
}

static void *take_buffer(Heap *heap, size_t size) {
  size_t class = buffer_class(size);
  if (class > BUFFER_CLASSES) return heap_must_allocate(malloc(size));
  FreeBuffer *buffer = heap->free_buffers[class];
  if (buffer == NULL) return heap_must_allocate(malloc(class * BUFFER_UNIT));
  heap->free_buffers[class] = buffer->next;
  heap->free_buffer_bytes -= class * BUFFER_UNIT;
  return buffer;
}

static void give_buffer(Heap *heap, void *old, size_t size) {
  size_t class = buffer_class(size);
  if (class > BUFFER_CLASSES || old == NULL || heap->free_buffer_bytes >= BUFFERS_KEPT) {
    free(old);
    return;
  }
  FreeBuffer *buffer = old;
  buffer->next = heap->free_buffers[class];
  heap->free_buffers[class] = buffer;
  heap->free_buffer_bytes += class * BUFFER_UNIT;
}

void heap_forget_buffers(Heap *heap) {
  for (size_t class = 0; class <= BUFFER_CLASSES; class ++) {
    for (FreeBuffer *next, *buffer = heap->free_buffers[class]; buffer != NULL; buffer = next) {
      next = buffer->next;
      free(buffer);
    }
    heap->free_buffers[class] = NULL;
  }
  heap->free_buffer_bytes = 0;
}

static void *resize_buffer(Heap *heap, void *old, size_t old_size, size_t new_size) {
  size_t old_class = buffer_class(old_size), new_class = buffer_class(new_size);
  if (old_class > BUFFER_CLASSES && new_class > BUFFER_CLASSES) {
    return heap_must_allocate(realloc(old, new_size));
  }
  if (old_class == new_class) return old;
  void *buffer = new_size == 0 ? NULL : take_buffer(heap, new_size);
  if (buffer != NULL && old != NULL) {
    memcpy(buffer, old, old_size < new_size ? old_size : new_size);
  }
  give_buffer(heap, old, old_size);
  return buffer;
}

void *heap_buffer_resize(VM *vm, void *old, size_t old_size, size_t new_size) {
  Heap *heap = vm->heap;
  heap->buffer_bytes += new_size - old_size;
  if (new_size > old_size) count_allocation(vm, new_size - old_size);
#ifdef CORO_DEBUG
  assert(old == NULL || malloc_usable_size(old) >= old_size);  // its owner has told it rightly
#endif
  return resize_buffer(heap, old, old_size, new_size);
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
  Heap *heap = vm->heap;
  for (uint32_t i = 0; i < heap->slab_count; i++) {
    for (size_t c = 0; c < heap->slabs[i].made; c++) give_class(vm, cell_at(heap, i, c));
  }
  for (uint32_t i = 0; i < heap->large_count; i++) give_class(vm, (Object *)heap->large[i]->bytes);
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
    heap->attrs = heap_must_allocate(calloc(heap->attrs_capacity, sizeof *heap->attrs));
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

// ---- the end

void heap_free(VM *vm) {
  Heap *heap = vm->heap;
  snapshot_kill(vm);
  heap_sweep(vm, SWEEP_ALL);
  heap->epoch = 0;  // no object carries it, none is marked: all are dead
  heap->marks = (Marks){0};
  heap_begin_sweep(vm);
  for (uint32_t i = 0; i < heap->large_count; i++) sweep_large(vm, i);
  for (uint32_t i = 0; i < heap->slab_count; i++) {
    if (heap->slabs[i].units > 0) look_through(vm, i, NULL);
  }
  munmap((void *)heap->base, heap->arena_size);
  snapshot_reap(vm);
  heap_forget_buffers(heap);
  if (heap->shared != NULL) munmap(heap->shared, heap->shared_size);
  if (heap->gray != NULL) munmap(heap->gray, heap->gray_capacity * sizeof *heap->gray);
  free(heap->slabs);
  free(heap->warm);
  free(heap->cold);
  free(heap->large);
  free(heap->large_free);
  free(heap->attrs);
  free(heap);
}
