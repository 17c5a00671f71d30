// file.h: an open file: a descriptor of the system with one buffer, and the list of all of them.
//
// Programs do not see a File: the classes of the module io (runtime/lib/io) hold one. It is C so
// that bytes which were written are never lost: the list vm->files knows every File that is open,
// and a File that nobody holds any more, or that is open when the program ends, is flushed and
// closed by the heap.
#ifndef CORO_FILE_H
#define CORO_FILE_H

#include "vm.h"

typedef struct File File;
struct File {
  Object header;
  int descriptor;   // -1: closed
  bool owned;       // the descriptor is closed with the file
  bool writing;     // the buffer holds what is to be written, not what was read
  uint8_t *buffer;  // the bytes start .. end-1 count
  size_t start, end, capacity;
  File *next, **link;  // the list vm->files
};

Value file_new(VM *vm, int descriptor, bool owned);
// Raises OSError(number, its text, filename); filename EMPTY: without. Always false.
bool file_raise(VM *vm, int number, Value filename);
#ifdef __clang_analyzer__  // as in exception.h
#define file_raise(...) ((file_raise)(__VA_ARGS__), false)
#endif
// A path argument (str or bytes) as the system wants it: NUL-terminated, to be freed. NULL: an
// exception is pending.
char *file_path(VM *vm, Value path) MUST_CHECK;
// Before somebody looks at a file by its name: writes out what this program still holds back for
// it, so that `open(p, 'w').write(text)` is seen by all that follows.
void file_flush_path(VM *vm, const char *path);
void file_flush_all(VM *vm);

bool io_install(VM *vm, Module *module);  // the module _io
void file_free(VM *vm, Object *object);

#endif
