// source.c: the line table of a source text, and the places it tells.
//
// A line ends after LF, CR LF or a lone CR, as Python reads source.
#include "source.h"

#include <stdio.h>
#include <stdlib.h>

static void *must_realloc(void *block, size_t size) {
  block = realloc(block, size);
  if (!block) {
    fprintf(stderr, "coro: out of memory\n");
    exit(1);
  }
  return block;
}

static char *copy_text(const char *text, size_t length) {
  char *copy = must_realloc(NULL, length + 1);
  if (length) memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}

Source *source_new(const char *name, const char *text, size_t length) {
  if (length > INT32_MAX) return NULL;
  Source *source = must_realloc(NULL, sizeof *source);
  source->name = copy_text(name, strlen(name));
  source->text = copy_text(text, length);
  source->length = length;

  uint32_t capacity = 64;
  source->lines = must_realloc(NULL, capacity * sizeof *source->lines);
  source->lines[0] = 0;
  source->line_count = 1;
  for (size_t i = 0; i < length; i++) {
    if (text[i] != '\n' && text[i] != '\r') continue;
    if (text[i] == '\r' && i + 1 < length && text[i + 1] == '\n') i++;
    if (source->line_count == capacity) {
      capacity *= 2;
      source->lines = must_realloc(source->lines, capacity * sizeof *source->lines);
    }
    source->lines[source->line_count++] = (uint32_t)(i + 1);
  }
  return source;
}

void source_free(Source *source) {
  if (!source) return;
  free(source->name);
  free(source->text);
  free(source->lines);
  free(source);
}

Str8 source_line(const Source *source, uint32_t line) {
  if (line < 1 || line > source->line_count) return (Str8){"", 0};
  size_t start = source->lines[line - 1];
  size_t end = line < source->line_count ? source->lines[line] : source->length;
  while (end > start && (source->text[end - 1] == '\n' || source->text[end - 1] == '\r')) end--;
  return (Str8){source->text + start, end - start};
}

uint32_t source_line_at(const Source *source, uint32_t offset) {
  uint32_t low = 0, high = source->line_count;  // lines[low] <= offset < lines[high]
  while (high - low > 1) {
    uint32_t middle = low + (high - low) / 2;
    if (source->lines[middle] <= offset) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low + 1;
}

Span source_span(const Source *source, uint32_t start, uint32_t end) {
  uint32_t line = source_line_at(source, start);
  uint32_t end_line = source_line_at(source, end);
  return (Span){
      .start = start,
      .end = end,
      .line = line,
      .column = start - source->lines[line - 1],
      .end_line = end_line,
      .end_column = end - source->lines[end_line - 1],
  };
}

uint32_t source_column_chars(const Source *source, uint32_t line, uint32_t column) {
  Str8 text = source_line(source, line);
  uint32_t chars = 0;
  for (uint32_t i = 0; i < column && i < text.length; i++) {
    if (((unsigned char)text.data[i] & 0xC0) != 0x80) chars++;
  }
  return column > text.length ? chars + (column - (uint32_t)text.length) : chars;
}
