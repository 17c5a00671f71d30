// map.h: a small hash table from 64-bit keys to 64-bit values, in an arena.
//
// The compiler's tables are all of this kind: names are interned, so a name's address is its key; a
// constant's bits are its key. Key 0 is not allowed, and a value of 0 means "absent".
#ifndef CORO_SRC_MAP_H
#define CORO_SRC_MAP_H

#include <stdint.h>

#include "arena.h"

typedef struct Map {
  Arena *arena;
  uint64_t *entries;  // key, value, key, value …; key 0: free
  size_t count;
  size_t capacity;  // of pairs: 0 or a power of two
} Map;

static inline Map map_new(Arena *arena) { return (Map){.arena = arena}; }

uint64_t map_get(const Map *map, uint64_t key);
void map_set(Map *map, uint64_t key, uint64_t value);

static inline uint64_t map_key(const void *pointer) { return (uint64_t)(uintptr_t)pointer; }
static inline void *map_get_pointer(const Map *map, const void *key) {
  return (void *)(uintptr_t)map_get(map, map_key(key));
}
static inline void map_set_pointer(Map *map, const void *key, const void *value) {
  map_set(map, map_key(key), map_key(value));
}

#endif
