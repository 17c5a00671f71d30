// timers.c: the heap of timers. See timers.h.
#include "timers.h"

#include "heap.h"

#define FIRST_CAPACITY 16

static bool is_before(const Timer *a, const Timer *b) {
  if (a->when != b->when) return a->when < b->when;
  return !(a->serial & b->serial & 1) && a->serial < b->serial;
}

// Moves the timer at `at` towards the root until its parent is not after it.
static void sift_to_root(Timer *items, size_t root, size_t at) {
  Timer timer = items[at];
  while (at > root) {
    size_t parent = (at - 1) / 2;
    if (!is_before(&timer, &items[parent])) break;
    items[at] = items[parent];
    at = parent;
  }
  items[at] = timer;
}

// heapq's way: the smaller children move up along one path to a leaf, then the timer that stood
// at `root` climbs from that leaf. Ties come out differently from the textbook's way.
static void sift_to_leaf(Timer *items, size_t count, size_t root) {
  Timer timer = items[root];
  size_t at = root;
  for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
    size_t right = child + 1;
    __builtin_prefetch(&items[2 * child + 1]);
    __builtin_prefetch(&items[2 * child + 4]);
    if (right < count && !is_before(&items[child], &items[right])) child = right;
    items[at] = items[child];
    at = child;
  }
  items[at] = timer;
  sift_to_root(items, root, at);
}

void timers_push(VM *vm, Timers *timers, Timer timer) {
  if (timers->count == timers->capacity) {
    size_t capacity =
        timers->capacity == 0 ? FIRST_CAPACITY : timers->capacity + timers->capacity / 2;
    timers->items = heap_buffer_resize(vm, timers->items, timers->capacity * sizeof(Timer),
                                       capacity * sizeof(Timer));
    timers->capacity = capacity;
  }
  timers->items[timers->count++] = timer;
  sift_to_root(timers->items, 0, timers->count - 1);
}

Timer timers_pop(Timers *timers) {
  assert(timers->count > 0);
  Timer first = timers->items[0];
  Timer last = timers->items[--timers->count];
  if (timers->count > 0) {
    timers->items[0] = last;
    sift_to_leaf(timers->items, timers->count, 0);
  }
  return first;
}

void timers_prune(Timers *timers, bool (*is_dead)(const Timer *), void (*forget)(const Timer *)) {
  size_t kept = 0;
  for (size_t i = 0; i < timers->count; i++) {
    if (is_dead(&timers->items[i])) {
      forget(&timers->items[i]);
    } else {
      timers->items[kept++] = timers->items[i];
    }
  }
  timers->count = kept;
  timers->dead = 0;
  for (size_t i = kept / 2; i-- > 0;) sift_to_leaf(timers->items, kept, i);
}

void timers_clear(VM *vm, Timers *timers) {
  heap_buffer_free(vm, timers->items, timers->capacity * sizeof(Timer));
  *timers = (Timers){0};
}

void timers_mark(VM *vm, const Timers *timers) {
  for (size_t i = 0; i < timers->count; i++) heap_mark_object(vm, timers->items[i].target);
}
