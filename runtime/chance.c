// chance.c: fixed seeds and shuffled orders. See chance.h.
#include "chance.h"

#include "heap.h"

void chance_seed(VM *vm, uint64_t seed) {
  vm->chance.is_seeded = true;
  vm->chance.seed = vm->chance.state = seed;
}

void chance_shuffle_tasks(VM *vm) { vm->chance.shuffles = true; }

// SplitMix64 (Steele, Lea and Flood, 2014).
static uint64_t next(Chance *chance) {
  uint64_t z = chance->state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return z ^ z >> 31;
}

static bool is_tasks_step(ReadyEntry entry) {
  switch (ready_kind(entry)) {
    case READY_STEP:
    case READY_WAKEUP:
    case READY_SLEEP:
    case READY_SLEEP_CANCELLED: return true;
    default: return false;
  }
}

void chance_shuffle_round(VM *vm, Ready *ready, size_t count) {
  if (count < 2) return;
  ReadyEntry *entries = heap_buffer_new(vm, ready->count * sizeof *entries);
  size_t *steps = heap_buffer_new(vm, count * sizeof *steps), step_count = 0;
  size_t total = ready->count;
  for (size_t i = 0; i < total; i++) {
    entries[i] = ready_pop(ready);
    if (i < count && is_tasks_step(entries[i])) steps[step_count++] = i;
  }
  for (size_t i = step_count; i > 1; i--) {  // Fisher and Yates
    size_t j = (size_t)(next(&vm->chance) % i);
    ReadyEntry entry = entries[steps[i - 1]];
    entries[steps[i - 1]] = entries[steps[j]];
    entries[steps[j]] = entry;
  }
  for (size_t i = 0; i < total; i++) {
    ready_push(vm, ready, ready_kind(entries[i]), ready_object(entries[i]), entries[i].argument);
  }
  heap_buffer_free(vm, entries, total * sizeof *entries);
  heap_buffer_free(vm, steps, count * sizeof *steps);
}
