// arena.h: memory that is given back all at once.
//
// An arena owns everything that the front end makes of one source text: the tree, its names, its
// diagnostics. Nothing in it is freed singly; arena_free ends them all. Allocation never fails to
// its caller: when the system has no memory left, the process ends with one clear line.
//
// Invariant: memory handed out is aligned for any type, and stays where it is until arena_free.
#ifndef CORO_SRC_ARENA_H
#define CORO_SRC_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct Arena Arena;

// A run of UTF-8 bytes that somebody else owns, usually an arena. A NUL follows the last byte when
// it came from the functions below, but the length decides: the text may hold NULs of its own.
typedef struct Str8 {
  const char *data;
  size_t length;
} Str8;

Arena *arena_new(void);
void arena_free(Arena *arena);

// Uninitialised and zeroed memory.
void *arena_alloc(Arena *arena, size_t size);
void *arena_zalloc(Arena *arena, size_t size);

// A larger copy of a block that was `old_size` long. Grows in place when it was the latest block.
void *arena_grow(Arena *arena, void *block, size_t old_size, size_t new_size);

// Copies text, or formats it, into the arena.
Str8 arena_copy(Arena *arena, const char *data, size_t length);
const char *arena_printf(Arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
const char *arena_vprintf(Arena *arena, const char *format, va_list args);

// The one copy of this text in the arena: equal texts give the same `data` pointer.
Str8 arena_intern(Arena *arena, const char *data, size_t length);

// How many bytes the arena holds.
size_t arena_size(const Arena *arena);

static inline bool str8_equal(Str8 a, Str8 b) {
  return a.length == b.length &&
         (a.data == b.data || a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

// Compares with a C string: str8_is(name, "self").
static inline bool str8_is(Str8 a, const char *text) {
  size_t length = strlen(text);
  return a.length == length && memcmp(a.data, text, length) == 0;
}

#endif
