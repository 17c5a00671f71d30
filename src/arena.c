// arena.c: chunked memory with one lifetime, and a table of interned texts.
//
// Small requests are cut from the newest chunk; a request that is large for a chunk gets one of
// its own behind the newest, so that the newest chunk's rest stays in use.
#include "arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Chunk {
  struct Chunk *next;
  size_t size;
  size_t used;
  max_align_t data[];
} Chunk;

struct Arena {
  Chunk *chunks;  // newest first
  size_t total;
  Str8 *interned;  // open addressing, capacity a power of two; data NULL marks a free slot
  size_t intern_capacity;
  size_t intern_count;
};

enum { CHUNK_SMALL = 4096, CHUNK_LARGE = 1 << 18, ALIGNMENT = _Alignof(max_align_t) };

static void *must_malloc(size_t size) {
  void *block = malloc(size);
  if (!block) {
    fprintf(stderr, "coro: out of memory\n");
    exit(1);
  }
  return block;
}

Arena *arena_new(void) {
  Arena *arena = must_malloc(sizeof *arena);
  *arena = (Arena){0};
  return arena;
}

void arena_free(Arena *arena) {
  if (!arena) return;
  Chunk *chunk = arena->chunks;
  while (chunk) {
    Chunk *next = chunk->next;
    free(chunk);
    chunk = next;
  }
  free(arena->interned);
  free(arena);
}

static Chunk *new_chunk(Arena *arena, size_t size) {
  Chunk *chunk = must_malloc(sizeof(Chunk) + size);
  chunk->next = NULL;
  chunk->size = size;
  chunk->used = 0;
  arena->total += size;
  return chunk;
}

void *arena_alloc(Arena *arena, size_t size) {
  if (size > SIZE_MAX / 2) {
    fprintf(stderr, "coro: out of memory\n");
    exit(1);
  }
  size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  Chunk *chunk = arena->chunks;
  if (!chunk || chunk->size - chunk->used < size) {
    // Chunks grow with the arena: a one-line program stays small, a big one makes few requests.
    size_t usual = arena->total < CHUNK_LARGE ? CHUNK_SMALL + arena->total : CHUNK_LARGE;
    if (chunk && size > usual / 4) {
      Chunk *own = new_chunk(arena, size);
      own->used = size;
      own->next = chunk->next;
      chunk->next = own;
      return own->data;
    }
    chunk = new_chunk(arena, size > usual ? size : usual);
    chunk->next = arena->chunks;
    arena->chunks = chunk;
  }
  void *block = (char *)chunk->data + chunk->used;
  chunk->used += size;
  return block;
}

void *arena_zalloc(Arena *arena, size_t size) {
  void *block = arena_alloc(arena, size);
  memset(block, 0, size);
  return block;
}

void *arena_grow(Arena *arena, void *block, size_t old_size, size_t new_size) {
  if (!block) return arena_alloc(arena, new_size);
  if (new_size <= old_size) return block;
  size_t old_rounded = (old_size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  Chunk *chunk = arena->chunks;
  char *top = (char *)chunk->data + chunk->used;
  if ((char *)block + old_rounded == top) {
    size_t more = ((new_size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1)) - old_rounded;
    if (chunk->size - chunk->used >= more) {
      chunk->used += more;
      return block;
    }
  }
  void *bigger = arena_alloc(arena, new_size);
  memcpy(bigger, block, old_size);
  return bigger;
}

Str8 arena_copy(Arena *arena, const char *data, size_t length) {
  char *copy = arena_alloc(arena, length + 1);
  if (length) memcpy(copy, data, length);
  copy[length] = '\0';
  return (Str8){copy, length};
}

const char *arena_vprintf(Arena *arena, const char *format, va_list args) {
  va_list again;
  va_copy(again, args);
  int length = vsnprintf(NULL, 0, format, args);
  char *text = arena_alloc(arena, length < 0 ? 1 : (size_t)length + 1);
  text[0] = '\0';
  if (length > 0) vsnprintf(text, (size_t)length + 1, format, again);
  va_end(again);
  return text;
}

const char *arena_printf(Arena *arena, const char *format, ...) {
  va_list args;
  va_start(args, format);
  const char *text = arena_vprintf(arena, format, args);
  va_end(args);
  return text;
}

// FNV-1a.
static size_t hash_bytes(const char *data, size_t length) {
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)data[i]) * 1099511628211u;
  return (size_t)(hash ^ (hash >> 32));
}

static Str8 *find_slot(Str8 *table, size_t capacity, const char *data, size_t length) {
  size_t i = hash_bytes(data, length) & (capacity - 1);
  while (table[i].data && !str8_equal(table[i], (Str8){data, length})) i = (i + 1) & (capacity - 1);
  return &table[i];
}

static void grow_interned(Arena *arena) {
  size_t capacity = arena->intern_capacity ? arena->intern_capacity * 2 : 64;
  Str8 *table = must_malloc(capacity * sizeof *table);
  memset(table, 0, capacity * sizeof *table);
  for (size_t i = 0; i < arena->intern_capacity; i++) {
    Str8 text = arena->interned[i];
    if (text.data) *find_slot(table, capacity, text.data, text.length) = text;
  }
  free(arena->interned);
  arena->interned = table;
  arena->intern_capacity = capacity;
}

Str8 arena_intern(Arena *arena, const char *data, size_t length) {
  if (arena->intern_count * 2 >= arena->intern_capacity) grow_interned(arena);
  Str8 *slot = find_slot(arena->interned, arena->intern_capacity, data, length);
  if (!slot->data) {
    *slot = arena_copy(arena, data, length);
    arena->intern_count++;
  }
  return *slot;
}

size_t arena_size(const Arena *arena) {
  return arena->total + arena->intern_capacity * sizeof(Str8);
}
