// ready.c: the ring behind the event loop's FIFO. See ready.h.
#include "ready.h"

#include "heap.h"

#define FIRST_CAPACITY 64

void ready_grow(VM *vm, Ready *ready) {
  uint32_t old = ready->capacity, capacity = old == 0 ? FIRST_CAPACITY : old * 2;
  ready->items =
      heap_buffer_resize(vm, ready->items, old * sizeof(ReadyEntry), capacity * sizeof(ReadyEntry));
  // What had wrapped around to the front goes behind the old end.
  uint32_t wrapped = ready->head + ready->count > old ? ready->head + ready->count - old : 0;
  memcpy(ready->items + old, ready->items, wrapped * sizeof(ReadyEntry));
  ready->capacity = capacity;
}

void ready_clear(VM *vm, Ready *ready) {
  heap_buffer_free(vm, ready->items, ready->capacity * sizeof(ReadyEntry));
  *ready = (Ready){0};
}

void ready_mark(VM *vm, const Ready *ready) {
  for (uint32_t i = 0; i < ready->count; i++) {
    ReadyEntry entry = ready->items[(ready->head + i) & (ready->capacity - 1)];
    heap_mark_object(vm, ready_object(entry));
    heap_mark(vm, entry.argument);
  }
}
