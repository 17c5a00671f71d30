// heap.h: allocation, and the precise mark-and-sweep collector.
//
// Small objects come from slabs of one cell size each; larger ones from malloc. Allocation never
// collects: it only asks for a collection, which the interpreter loop runs at its next safepoint,
// between two instructions. So a C function may hold plain Object pointers as long as it runs.
// A collection marks with a worklist (no recursion) and sweeps lazily, slab by slab, as cells are
// needed. A large heap is marked by a child process while the program goes on (snapshot.h): an
// object that nothing reaches when a collection begins must never be reached again, so whoever
// keeps a reference that no mark function reports (a cache, say) drops it in vm_forget_caches.
// Buffers that objects own (a list's items) are malloc'd through heap_buffer_*, so that
// they count towards the next collection; the kind's `free` function releases them.
#ifndef CORO_HEAP_H
#define CORO_HEAP_H

#include "object.h"

// Returns a zeroed object of `size` bytes with its header filled in. Never NULL: when the system
// refuses, one clear line is printed and the process ends.
void *heap_alloc(VM *vm, Kind kind, Class *cls, size_t size);

// Buffers owned by objects, counted by the collector. old may be NULL. size 0 frees.
void *heap_buffer_resize(VM *vm, void *old, size_t old_size, size_t new_size);
static inline void *heap_buffer_new(VM *vm, size_t size) {
  return heap_buffer_resize(vm, NULL, 0, size);
}
static inline void heap_buffer_free(VM *vm, void *buffer, size_t size) {
  heap_buffer_resize(vm, buffer, size, 0);
}

// The loop of `frame` is about to wait until `deadline` (clock.h): a moment to collect in. Returns
// until when to wait before it is called again.
uint64_t heap_idle(VM *vm, Frame *frame, uint64_t deadline);

// For use inside mark functions only.
void heap_mark_object(VM *vm, void *object_or_null);
static inline void heap_mark(VM *vm, Value v) {
  if (is_object(v)) heap_mark_object(vm, as_object(v));
}
void heap_mark_values(VM *vm, const Value *values, size_t count);

// One row a kind, in heap_kinds[] (kinds.c). NULL mark: no references besides cls. NULL free:
// owns nothing outside its cell.
typedef struct {
  const char *name;
  void (*mark)(VM *vm, Object *object);
  void (*free)(VM *vm, Object *object);
} KindInfo;
extern const KindInfo heap_kinds[KIND_COUNT];

#endif
