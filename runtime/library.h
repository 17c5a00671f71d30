// library.h: the library files written in Coro, embedded in the binary by the build.
#ifndef CORO_LIBRARY_H
#define CORO_LIBRARY_H

#include <stddef.h>

typedef struct {
  const char *name;  // dotted module name
  const char *path;  // below the source tree, for tracebacks
  const char *text;  // NUL-terminated
  size_t length;
  const unsigned char *code;  // the compiled module (marshal.h)
} CoroLibFile;

extern const CoroLibFile coro_library[];
extern const size_t coro_library_count;

#endif
