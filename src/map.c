// map.c: open addressing with linear probing; at most half full.
#include "map.h"

#include <assert.h>

static size_t slot_of(const Map *map, uint64_t key) {
  size_t at = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (map->capacity - 1);
  while (map->entries[2 * at] != 0 && map->entries[2 * at] != key) {
    at = (at + 1) & (map->capacity - 1);
  }
  return at;
}

uint64_t map_get(const Map *map, uint64_t key) {
  assert(key != 0);
  return map->capacity == 0 ? 0 : map->entries[2 * slot_of(map, key) + 1];
}

static void grow(Map *map) {
  Map old = *map;
  map->capacity = old.capacity ? old.capacity * 2 : 8;
  map->entries = arena_zalloc(map->arena, map->capacity * 2 * sizeof *map->entries);
  for (size_t i = 0; i < old.capacity; i++) {
    if (old.entries[2 * i] == 0) continue;
    size_t at = slot_of(map, old.entries[2 * i]);
    map->entries[2 * at] = old.entries[2 * i];
    map->entries[2 * at + 1] = old.entries[2 * i + 1];
  }
}

void map_set(Map *map, uint64_t key, uint64_t value) {
  assert(key != 0);
  if (2 * (map->count + 1) > map->capacity) grow(map);
  size_t at = slot_of(map, key);
  if (map->entries[2 * at] == 0) map->count++;
  map->entries[2 * at] = key;
  map->entries[2 * at + 1] = value;
}
