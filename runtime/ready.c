// ready.c: the ring behind the event loop's FIFO. See ready.h.
#include "ready.h"

#include "heap.h"

#define FIRST_CAPACITY 64

void ready_grow(VM *vm, Ready *ready) {
  uint32_t old = ready->capacity, capacity = old == 0 ? FIRST_CAPACITY : old * 2;
  ready->words =
      heap_buffer_resize(vm, ready->words, old * sizeof(uint64_t), capacity * sizeof(uint64_t));
  // What had wrapped around to the front goes behind the old end.
  uint32_t wrapped = ready->head + ready->used > old ? ready->head + ready->used - old : 0;
  memcpy(ready->words + old, ready->words, wrapped * sizeof(uint64_t));
  ready->capacity = capacity;
}

void ready_clear(VM *vm, Ready *ready) {
  heap_buffer_free(vm, ready->words, ready->capacity * sizeof(uint64_t));
  *ready = (Ready){0};
}

void ready_mark(VM *vm, const Ready *ready) {
  Ready rest = *ready;
  while (rest.count > 0) {
    ReadyEntry entry = ready_pop(&rest);
    heap_mark_object(vm, ready_object(entry));
    heap_mark(vm, entry.argument);
  }
}
