// heap_private.h: the heap's own state, and what its files and the VM ask of each other.
//
// heap.c hands out cells and sweeps slabs; collect.c marks and says when; snapshot.c lets a child
// process mark; gcstats.c counts pauses.
//
// The arena is one stretch of address space, cut into slabs of 64 KB; a slab holds cells of one
// size and nothing else. A mark is a bit in `bits`, one for each 16 bytes of the arena and one for
// each large object, in memory that a child process shares. All bits are 0 outside of collections:
// the sweep clears what it has looked at.
#ifndef CORO_HEAP_PRIVATE_H
#define CORO_HEAP_PRIVATE_H

#include <stdatomic.h>
#include <stdio.h>
#include <sys/types.h>

#include "heap.h"

typedef struct Heap Heap;

#define HEAP_UNIT 16
#define HEAP_CLASSES 64  // cells of 16, 32 … 1024 bytes
#define SLAB_SHIFT 16
#define SLAB_SIZE ((size_t)1 << SLAB_SHIFT)
#define SLAB_WORDS (SLAB_SIZE / HEAP_UNIT / 64)  // of mark bits
#define NO_SLAB UINT32_MAX

typedef struct FreeCell {
  Object header;  // kind is KIND_FREE
  struct FreeCell *next;
} FreeCell;

// What is known of a slab; kept outside of it, so that looking at it touches no other memory.
typedef struct {
  FreeCell *free;   // swept and not handed out yet: its free cells
  uint32_t cycle;   // heap->cycle: has been swept since the last mark, or is newer
  uint32_t next;    // the next slab with free cells of this size, or NO_SLAB
  uint16_t units;   // cell size in HEAP_UNITs; 0: holds nothing
  uint16_t made;    // cells from here on have never been used: their memory is not touched yet
  uint16_t listed;  // how many `free` has
} SlabInfo;

typedef struct {
  FreeCell *free;  // cells of one slab: what heap_alloc pops
  uint32_t ready;  // a list of slabs that have more
  uint32_t fresh;  // the slab whose cells are used for the first time, or NO_SLAB
} SizeClass;

typedef struct {
  uint32_t index;  // in heap->large
  uint32_t cycle;  // as a slab's
  size_t size;
  char bytes[];
} LargeObject;

typedef struct {
  Object *object;
  Dict *dict;
} AttrsEntry;

typedef struct {
  uint64_t *bits, *large_bits;
  size_t covered;          // bytes of the arena that have bits
  uint32_t large_covered;  // large objects that have
} Marks;

// What a child says to its parent.
typedef struct {
  _Atomic uint32_t done;
  uint64_t marked_bytes, time;
} MarkReport;

typedef enum { GC_IDLE, GC_MARKING, GC_SWEEPING } GcPhase;
// Who marks: whatever suits the heap's size, always the program itself, always a child.
typedef enum { GC_AUTO, GC_STOP, GC_SNAPSHOT } GcMode;

#define PAUSE_BUCKETS 10

typedef struct {
  size_t pauses[PAUSE_BUCKETS];
  uint64_t longest, total;  // nanoseconds
  size_t asked;             // collections that the program asked for, not among the pauses
  uint64_t asked_longest;
  size_t stops, snapshots, failed_snapshots;
  uint64_t child_longest, child_total;  // nanoseconds that children marked
  size_t freed;                         // bytes, without buffers
  size_t peak;                          // of slabs, large objects and buffers
} GcStats;

// Small buffers come and go with the lists and dicts that own them, more of them at once than
// malloc has short ways for: with these lists, making and forgetting a small dict takes two thirds
// of the time. A size class is of so many BUFFER_UNITs.
enum { BUFFER_UNIT = 16, BUFFER_CLASSES = 32, BUFFERS_KEPT = 8 << 20 };
typedef struct FreeBuffer {
  struct FreeBuffer *next;
} FreeBuffer;

struct Heap {
  SizeClass classes[HEAP_CLASSES];
  uint8_t epoch;  // in the header of what is made after the last collection began
  bool resurrecting;
  // The arena.
  uintptr_t base;
  size_t arena_size, arena_usable;  // bytes: of addresses, of memory
  SlabInfo *slabs;
  uint32_t slab_count, slab_capacity, slabs_used;
  uint32_t *warm, *cold;  // empty slabs: in memory, given back to the system
  uint32_t warm_count, cold_count;
  // Large objects; NULL where one has died.
  LargeObject **large;
  uint32_t *large_free;
  uint32_t large_count, large_capacity, large_free_count;
  size_t large_bytes;
  // Marks.
  Marks marks;
  Object **gray;  // the worklist: reached, their references not yet followed
  size_t gray_count, gray_capacity;
  size_t marked_bytes;                        // by the last mark
  uint64_t mark_time;                         // nanoseconds that it took
  MarkReport *shared;                         // the mapping that holds the bits
  size_t shared_size, slab_room, large_room;  // of slabs and large objects
  pid_t parent;                               // in a child that marks: whose
  // The collection.
  GcMode mode;
  GcPhase phase;
  bool requested;  // the program has asked for one
  int stress;      // collect at every n-th safepoint; 0: when needed
  int stress_count;
  uint32_t cycle;                                // of sweeps
  uint32_t sweep_slab, sweep_large;              // how far the sweep is
  size_t allocated;                              // bytes since the last collection began
  size_t threshold;                              // of `allocated`: then the collector wants to run
  size_t goal;                                   // of `allocated`: then a collection begins
  size_t before_mark;                            // `allocated`, when the child that marks was made
  uint64_t ended;                                // when the last collection was
  size_t every;                                  // the goal that CORO_GC sets, or 0
  size_t most;                                   // that the heap may be large (quota.h), or 0
  size_t buffer_bytes;                           // owned by objects outside their cells
  FreeBuffer *free_buffers[BUFFER_CLASSES + 1];  // small ones to be used again, by their size
  size_t free_buffer_bytes;                      // of them all: at most BUFFERS_KEPT
  size_t buffers_before;  // the most of them, since malloc gave its free memory back
  double survival;        // which part of what was allocated before the last mark lived then
  size_t collections;
  pid_t child, killed;  // a child that marks; one that was told to end; or 0
  GcStats stats;
  AttrsEntry *attrs;  // side table: object -> dict, open addressing
  size_t attrs_count, attrs_capacity;
};

// Gives the small buffers that are kept back to malloc.
void heap_forget_buffers(Heap *heap);
Heap *heap_new(void);
void heap_free(VM *vm);
// Objects made before their classes were (the very first ones) get them now.
void heap_give_classes(VM *vm);

// The attributes of an object that has no slots of its own (an instance of class L(list)).
Dict *heap_attrs_get(VM *vm, const Object *object);  // NULL: none yet
void heap_attrs_set(VM *vm, Object *object, Dict *dict);
void heap_attrs_forget(VM *vm, Object *object);

// ---- sweeping (heap.c)

// All that lives is marked or carries the epoch: what does not is free, as soon as it is met.
void heap_begin_sweep(VM *vm);
// Forgets the free cells; the next sweep finds them.
void heap_forget_cells(Heap *heap);
// Does about `work` (a slab full of living objects: 1; one to be looked through: 16) and tells
// whether there is more to do.
bool heap_sweep(VM *vm, int work);
#define SWEEP_ALL INT32_MAX
size_t heap_size(const Heap *heap);
static inline size_t heap_object_size(const Heap *heap, const Object *object) {
  size_t offset = (uintptr_t)object - heap->base;
  if (offset < heap->arena_size) return heap->slabs[offset >> SLAB_SHIFT].units * (size_t)HEAP_UNIT;
  return ((const LargeObject *)((const char *)object - offsetof(LargeObject, bytes)))->size;
}
static inline uint64_t *heap_slab_bits(const Marks *marks, uint32_t slab) {
  return marks->bits + (size_t)slab * SLAB_WORDS;
}
void *heap_must_allocate(void *p);

// ---- collecting (collect.c)

// At a safepoint: does what is due, in a bounded time where the heap is large.
void heap_collect(VM *vm);
// When the next collection is due, by what lives now.
void heap_set_goal(Heap *heap);
// In a mark that has reached everything: does it live?
bool heap_is_marked(VM *vm, const Object *object);
// The program ends when the heap would be larger than `most` (quota_reach_memory).
void heap_limit(VM *vm, size_t most);
// What the environment variable CORO_GC says: "stop", "snapshot", either with ":bytes".
bool heap_configure(VM *vm, const char *setting);
// For snapshot.c: marks what the roots reach.
void heap_mark_all(VM *vm);

// ---- statistics (gcstats.c)

uint64_t gc_now(void);
void gc_count_pause(Heap *heap, uint64_t start);
void gc_count_asked(Heap *heap, uint64_t start);
void gc_print_stats(VM *vm, FILE *file);

// Given by vm.c: marks the roots; drops free lists of frames and other caches before a collection.
void vm_mark_roots(VM *vm);
void vm_forget_caches(VM *vm);

#endif
