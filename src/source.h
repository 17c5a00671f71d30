// source.h: a source text, and places in it.
//
// A Source owns a copy of the text, with a NUL behind it, and a table of where its lines begin. A
// Span is a range of it. Lines count from 1, columns from 0 and in bytes, as in CPython's ast.
//
// Invariant: text[length] is NUL; lines[0] is 0 and the table ascends.
#ifndef CORO_SRC_SOURCE_H
#define CORO_SRC_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"

typedef struct Source {
  char *name;  // as a traceback shows it: a path, "<stdin>", "<string>"
  char *text;
  size_t length;
  uint32_t *lines;  // byte offset of each line's first byte
  uint32_t line_count;
} Source;

// The bytes start <= i < end.
typedef struct Span {
  uint32_t start;
  uint32_t end;
  uint32_t line;  // of start
  uint32_t column;
  uint32_t end_line;
  uint32_t end_column;
} Span;

// Copies name and text. NULL when the text is longer than a span can say (2 GiB).
Source *source_new(const char *name, const char *text, size_t length);
void source_free(Source *source);

// The line's text without its line end; empty when there is no such line. Lines count from 1.
Str8 source_line(const Source *source, uint32_t line);

// The line that holds a byte offset.
uint32_t source_line_at(const Source *source, uint32_t offset);

// The span of a byte range, with lines and columns filled in.
Span source_span(const Source *source, uint32_t start, uint32_t end);

// A column counted in characters instead of bytes.
uint32_t source_column_chars(const Source *source, uint32_t line, uint32_t column);

// From the start of `first` to the end of `last`.
static inline Span span_join(Span first, Span last) {
  first.end = last.end;
  first.end_line = last.end_line;
  first.end_column = last.end_column;
  return first;
}

#endif
