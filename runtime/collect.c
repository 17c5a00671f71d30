// collect.c: marking, and when what is done of a collection.
//
// A collection marks all that the roots reach, then the sweep (heap.c) frees the rest bit by bit.
// A small heap is marked while the program stands still; for a large one a child process does it
// (snapshot.h), and the program looks now and then whether it is ready. One collection is at work
// at a time: idle -> (marking, by a child ->) sweeping -> idle.
//
// What the program makes while a child marks carries the new epoch in its header and lives through
// this collection.
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "abandoned.h"
#include "clock.h"
#include "corowatch.h"
#include "heap_private.h"
#include "loop.h"
#include "snapshot.h"
#include "taskwatch.h"
#include "vm.h"

#define LIMIT_SHARE 64  // of a limited heap: so much may be allocated before a collection
// A small heap is collected while all of it is in the cache (programs that keep little take 0.65 to
// 0.9 of the time they take with LARGE_GOAL alone); a larger one less often, as each mark goes
// through it.
#define LEAST_GOAL ((size_t)2 << 20)
#define LARGE_GOAL ((size_t)16 << 20)
#define SMALL_SHARE 3
#define STEP ((size_t)256 << 10)  // of allocation, between two looks at a collection at work
#define STEP_WORK 64              // of the sweep, at a time in such a look
#define STEP_TIME 1000000         // nanoseconds of it
#define LONG_MARK 6000000         // nanoseconds: a child is to do what would take longer
#define WAIT 2000000              // nanoseconds a look, where a child is far behind
#define NAP 100000                // nanoseconds
#define IDLE_LEAST 2000000        // nanoseconds, of the half of a wait
#define IDLE_MOST 5000000
#define IDLE_SHARE 2  // after a mark, at least so many times as long without one
#define MANY_BUFFERS ((size_t)8 << 20)
#define LAST_EPOCH 250
#define FIRST_SLAB_ROOM 256
#define FIRST_LARGE_ROOM 4096
#define FIRST_GRAY 8192
#define MOST_GRAY 65536  // kept between collections
#define AHEAD 8          // objects on their way into the cache
#define LOOK_AT_PARENT 0xFFFF

// ---- the bits

static size_t round_up(size_t n, size_t first) {
  size_t room = first;
  while (room < n) room *= 2;
  return room;
}

static void *map(size_t size, int sharing) {
  void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
  return heap_must_allocate(p == MAP_FAILED ? NULL : p);
}

// Before a mark: all that exists has a bit, and it is 0.
static void cover_all(Heap *heap) {
  if (heap->slab_count > heap->slab_room || heap->large_count > heap->large_room) {
    if (heap->shared != NULL) munmap(heap->shared, heap->shared_size);
    heap->slab_room = round_up(heap->slab_count, FIRST_SLAB_ROOM);
    heap->large_room = round_up(heap->large_count, FIRST_LARGE_ROOM);
    size_t words = heap->slab_room * SLAB_WORDS;
    heap->shared_size = 64 + (words + heap->large_room / 64) * sizeof(uint64_t);
    heap->shared = map(heap->shared_size, MAP_SHARED);
    heap->marks.bits = (uint64_t *)((char *)heap->shared + 64);
    heap->marks.large_bits = heap->marks.bits + words;
  }
  heap->marks.covered = (size_t)heap->slab_count << SLAB_SHIFT;
  heap->marks.large_covered = heap->large_count;
}

static void clear_marks(Heap *heap) {
  memset(heap->marks.bits, 0, heap->marks.covered / HEAP_UNIT / 8);
  memset(heap->marks.large_bits, 0, ((size_t)heap->marks.large_covered + 63) / 64 * 8);
}

typedef struct {
  uint64_t *word, bit;
} MarkBit;

// word is NULL for what is newer than the mark.
static inline MarkBit find_bit(const Heap *heap, const Object *object) {
  const Marks *marks = &heap->marks;
  size_t offset = (uintptr_t)object - heap->base;
  if (likely(offset < marks->covered)) {
    size_t unit = offset / HEAP_UNIT;
    return (MarkBit){&marks->bits[unit / 64], UINT64_C(1) << (unit % 64)};
  }
  if (offset < heap->arena_size) return (MarkBit){NULL, 0};
  uint32_t index =
      ((const LargeObject *)((const char *)object - offsetof(LargeObject, bytes)))->index;
  if (index >= marks->large_covered) return (MarkBit){NULL, 0};
  return (MarkBit){&marks->large_bits[index / 64], UINT64_C(1) << (index % 64)};
}

bool heap_is_marked(VM *vm, const Object *object) {
  MarkBit m = find_bit(vm->heap, object);
  return m.word == NULL || (*m.word & m.bit) != 0 || object->mark == vm->heap->epoch;
}

// ---- marking

static void grow_gray(Heap *heap) {
  size_t capacity = heap->gray_capacity == 0 ? FIRST_GRAY : heap->gray_capacity * 2;
  Object **gray = map(capacity * sizeof *gray, MAP_PRIVATE | MAP_NORESERVE);
  if (heap->gray != NULL) {
    memcpy(gray, heap->gray, heap->gray_count * sizeof *gray);
    munmap(heap->gray, heap->gray_capacity * sizeof *gray);
  }
  heap->gray = gray;
  heap->gray_capacity = capacity;
}

static void forget_gray(Heap *heap, size_t most) {
  if (heap->gray_capacity <= most) return;
  munmap(heap->gray, heap->gray_capacity * sizeof *heap->gray);
  heap->gray = NULL;
  heap->gray_capacity = 0;
}

static inline void reach(Heap *heap, Object *object) {
  MarkBit m = find_bit(heap, object);
  if (m.word == NULL || (*m.word & m.bit) != 0) return;
  if (unlikely(heap->resurrecting) && object->mark == heap->epoch) return;
  *m.word |= m.bit;
  if (unlikely(heap->gray_count == heap->gray_capacity)) grow_gray(heap);
  heap->gray[heap->gray_count++] = object;
}

void heap_mark_object(VM *vm, void *object_or_null) {
  if (object_or_null != NULL) reach(vm->heap, object_or_null);
}

void heap_mark_values(VM *vm, const Value *values, size_t count) {
  Heap *heap = vm->heap;
  for (size_t i = 0; i < count; i++) {
    if (is_object(values[i])) reach(heap, as_object(values[i]));
  }
}

static inline void follow(VM *vm, Heap *heap, Object *object) {
  assert(object->kind != KIND_FREE && object->kind < KIND_COUNT);
  heap->marked_bytes += heap_object_size(heap, object);
  if (object->cls != NULL) reach(heap, (Object *)object->cls);
  if (object->flags & OBJECT_HAS_ATTRS) heap_mark_object(vm, heap_attrs_get(vm, object));
  if (heap_kinds[object->kind].mark != NULL) heap_kinds[object->kind].mark(vm, object);
}

// What comes off the worklist waits in a ring while the cache fetches it.
static void mark_gray(VM *vm) {
  Heap *heap = vm->heap;
  Object *ring[AHEAD] = {NULL};
  size_t waiting = 0;
  for (size_t at = 0; heap->gray_count > 0 || waiting > 0; at++) {
    Object *object = ring[at % AHEAD];
    ring[at % AHEAD] = NULL;
    if (heap->gray_count > 0) {
      Object *next = heap->gray[--heap->gray_count];
      __builtin_prefetch(next);
      ring[at % AHEAD] = next;
      waiting++;
    }
    if (object == NULL) continue;
    waiting--;
    follow(vm, heap, object);
    if (unlikely((at & LOOK_AT_PARENT) == 0) && heap->parent != 0 && getppid() != heap->parent) {
      _exit(0);  // nobody waits for this any more
    }
  }
}

void heap_mark_all(VM *vm) {
  vm->heap->marked_bytes = 0;
  vm_mark_roots(vm);
  mark_gray(vm);
}

// Generators that nobody holds are still to be closed: they and what they hold live on.
static void mark_abandoned(VM *vm) {
  taskwatch_mark_lost(vm);
  mark_gray(vm);
  corowatch_mark_lost(vm);
  mark_gray(vm);
  abandoned_mark_unreachable(vm);
  mark_gray(vm);
  forget_gray(vm->heap, MOST_GRAY);
}

// ---- the course of a collection

void heap_set_goal(Heap *heap) {
  size_t live = heap->marked_bytes + heap->buffer_bytes;
  heap->goal = live * SMALL_SHARE < LARGE_GOAL ? live * SMALL_SHARE : LARGE_GOAL;
  if (heap->goal < LEAST_GOAL) heap->goal = LEAST_GOAL;
  if (heap->goal < live / 2) heap->goal = live / 2;
  if (heap->every > 0) heap->goal = heap->every;
  if (heap->most == 0) return;
  // What is dead must be found before there is too much of it.
  size_t size = heap_size(heap), room = heap->most > size ? heap->most - size : 0;
  size_t nearest = room / 2 > heap->most / LIMIT_SHARE ? room / 2 : heap->most / LIMIT_SHARE;
  if (heap->goal > nearest) heap->goal = nearest;
}

void heap_limit(VM *vm, size_t most) {
  Heap *heap = vm->heap;
  heap->most = most;
  heap->mode = GC_STOP;  // a child that marks would need memory of its own
  heap_set_goal(heap);
  heap->threshold = heap->goal;
}

static void begin(VM *vm) {
  Heap *heap = vm->heap;
  assert(heap->phase == GC_IDLE);
  size_t size = heap_size(heap);
  if (heap->buffer_bytes > heap->buffers_before) heap->buffers_before = heap->buffer_bytes;
  if (size > heap->stats.peak) heap->stats.peak = size;
  heap->collections++;
  heap->epoch = heap->epoch == LAST_EPOCH ? 1 : heap->epoch + 1;
  vm_forget_caches(vm);
  cover_all(heap);
}

static void end_mark(VM *vm, size_t marked_before, size_t allocated) {
  Heap *heap = vm->heap;
  double more = (double)heap->marked_bytes - (double)marked_before;
  heap->survival = more <= 0 || allocated == 0 ? 0 : more / (double)allocated;
  if (heap->survival > 1) heap->survival = 1;
  heap_set_goal(heap);
  heap_begin_sweep(vm);
}

static uint64_t thread_time(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void stop_and_mark(VM *vm) {
  Heap *heap = vm->heap;
  uint64_t start = thread_time();
  size_t before = heap->marked_bytes, allocated = heap->allocated;
  heap->stats.stops++;
  heap->allocated = 0;
  heap_mark_all(vm);
  mark_abandoned(vm);
  heap->mark_time = thread_time() - start;
  end_mark(vm, before, allocated);
}

#ifdef CORO_DEBUG
// Whatever the program reaches now is marked or new.
static void check_snapshot(VM *vm) {
  Heap *heap = vm->heap;
  Marks marks = heap->marks;
  size_t marked = heap->marked_bytes;
  heap->marks.covered = (size_t)heap->slab_count << SLAB_SHIFT;
  heap->marks.large_covered = heap->large_count;
  heap->marks.bits = calloc((size_t)heap->slab_count * SLAB_WORDS, sizeof(uint64_t));
  heap->marks.large_bits = calloc((size_t)heap->large_count / 64 + 1, sizeof(uint64_t));
  heap_mark_all(vm);
  Marks now = heap->marks;
  heap->marks = marks;
  heap->marked_bytes = marked;
  for (size_t unit = 0; unit < now.covered / HEAP_UNIT; unit++) {
    if (!(now.bits[unit / 64] >> (unit % 64) & 1)) continue;
    const Object *object = (const Object *)(heap->base + unit * HEAP_UNIT);
    assert(heap_is_marked(vm, object));
  }
  for (uint32_t i = 0; i < now.large_covered; i++) {
    if (!(now.large_bits[i / 64] >> (i % 64) & 1)) continue;
    assert(heap_is_marked(vm, (const Object *)heap->large[i]->bytes));
  }
  free(now.bits);
  free(now.large_bits);
}
#endif

static void take_snapshot_over(VM *vm, size_t allocated) {
  Heap *heap = vm->heap;
  size_t before = heap->marked_bytes;
  heap->marked_bytes = heap->shared->marked_bytes;
  heap->mark_time = heap->shared->time;
  heap->stats.child_total += heap->mark_time;
  if (heap->mark_time > heap->stats.child_longest) heap->stats.child_longest = heap->mark_time;
#ifdef CORO_DEBUG
  check_snapshot(vm);
#endif
  heap->resurrecting = true;
  mark_abandoned(vm);
  heap->resurrecting = false;
  end_mark(vm, before, allocated);
}

static bool is_long(const Heap *heap) {
  if (heap->mode != GC_AUTO) return heap->mode == GC_SNAPSHOT;
  if (heap->marked_bytes == 0) return false;
  double growth = heap->survival * (double)heap->allocated / (double)heap->marked_bytes;
  return (double)heap->mark_time * (1 + growth) > LONG_MARK;
}

static void start(VM *vm) {
  Heap *heap = vm->heap;
  begin(vm);
  if (is_long(heap) && snapshot_start(vm)) {
    heap->stats.snapshots++;
    heap->before_mark = heap->allocated;
    heap->allocated = 0;
    heap_forget_cells(heap);  // new ones are not shared with the child
    heap->phase = GC_MARKING;
  } else {
    stop_and_mark(vm);
  }
}

static void give_up_snapshot(VM *vm) {
  Heap *heap = vm->heap;
  snapshot_abort(vm);
  clear_marks(heap);
  heap->phase = GC_IDLE;
  heap->allocated += heap->before_mark;
}

// A program that makes garbage faster than a child marks is slowed down before its heap has grown
// by as much again as lives in it.
static void look_at_child(VM *vm) {
  Heap *heap = vm->heap;
  size_t most = heap->marked_bytes + heap->buffer_bytes;
  if (most < LARGE_GOAL) most = LARGE_GOAL;
  uint64_t until = heap->allocated > most ? gc_now() + WAIT : 0;
  SnapshotState state;
  while ((state = snapshot_poll(vm)) == SNAPSHOT_RUNNING) {
    if (gc_now() >= until) return;
    nanosleep(&(struct timespec){0, NAP}, NULL);
  }
  if (state == SNAPSHOT_DONE) {
    take_snapshot_over(vm, heap->before_mark);
    return;
  }
  heap->stats.failed_snapshots++;
  give_up_snapshot(vm);
  begin(vm);
  stop_and_mark(vm);
}

// Parts of malloc's memory that are free go back to the system, when they may be many.
static void give_buffers_back(Heap *heap) {
#ifdef __GLIBC__
  if (heap->buffers_before > heap->buffer_bytes + MANY_BUFFERS) {
    heap_forget_buffers(heap);
    malloc_trim(0);
  }
#endif
  heap->buffers_before = heap->buffer_bytes;
}

// What gc.collect() wants: everything now, and the memory back.
static void collect_all(VM *vm) {
  Heap *heap = vm->heap;
  heap->requested = false;
  if (heap->phase == GC_MARKING) give_up_snapshot(vm);
  heap_sweep(vm, SWEEP_ALL);
  begin(vm);
  stop_and_mark(vm);
  heap_sweep(vm, SWEEP_ALL);
  if (heap->stress == 0) give_buffers_back(heap);
}

void heap_collect(VM *vm) {
  Heap *heap = vm->heap;
  uint64_t since = gc_now();
  bool asked = heap->requested;
  if (asked || heap->stress > 0) {
    collect_all(vm);
  } else if (heap->most > 0) {
    if (heap->allocated >= heap->goal) collect_all(vm);
    heap_set_goal(heap);
  } else if (heap->phase == GC_MARKING) {
    look_at_child(vm);
  } else if (heap->phase == GC_SWEEPING) {
    while (heap_sweep(vm, STEP_WORK) && gc_now() - since < STEP_TIME) continue;
  } else if (heap->allocated >= heap->goal) {
    start(vm);
  }
  size_t step = heap->every > 0 && heap->every / 4 < STEP ? heap->every / 4 : STEP;
  heap->threshold = heap->allocated + step;
  if (heap->phase == GC_IDLE && heap->goal > heap->threshold) heap->threshold = heap->goal;
  if (heap->most > 0) heap->threshold = heap->goal;
  if (asked) {
    gc_count_asked(heap, since);
  } else {
    gc_count_pause(heap, since);
  }
}

// An idle program collects when it has made an eighth of what would call for a collection, and
// does so for a small part of its time. A piece takes half of the wait at most.
uint64_t heap_idle(VM *vm, Frame *frame, uint64_t deadline) {
  Heap *heap = vm->heap;
  if (clock_is_virtual(vm->loops->clock)) return deadline;
  uint64_t now = clock_nanoseconds(vm->loops->clock), since = gc_now();
  uint64_t wait = deadline > now ? (deadline - now) / 2 : 0;
  if (wait < IDLE_LEAST) return deadline;
  if (wait > IDLE_MOST) wait = IDLE_MOST;
  vm->frame = frame;
  if (heap->phase == GC_IDLE) {
    if (heap->allocated < heap->goal / 8 || since - heap->ended < heap->mark_time * IDLE_SHARE) {
      return deadline;
    }
    start(vm);
  } else if (heap->phase == GC_MARKING) {
    look_at_child(vm);
  }
  while (heap->phase == GC_SWEEPING && gc_now() - since < wait) {
    if (!heap_sweep(vm, STEP_WORK)) give_buffers_back(heap);
  }
  if (heap->phase == GC_IDLE) return deadline;
  return now + (heap->phase == GC_MARKING ? IDLE_MOST : 0);
}

bool heap_configure(VM *vm, const char *setting) {
  Heap *heap = vm->heap;
  size_t length = strcspn(setting, ":");
  if (length == 4 && memcmp(setting, "stop", 4) == 0)
    heap->mode = GC_STOP;
  else if (length == 8 && memcmp(setting, "snapshot", 8) == 0)
    heap->mode = GC_SNAPSHOT;
  else
    return false;
  if (setting[length] == ':') heap->every = strtoull(setting + length + 1, NULL, 10);
  if (heap->every > 0) heap->goal = heap->threshold = heap->every;
  return true;
}
