// readtext.h: reading a program's text from a file or from standard input.
#ifndef CORO_SRC_READTEXT_H
#define CORO_SRC_READTEXT_H

#include <stddef.h>

// The whole of a file, "-": of standard input. NULL: it cannot be read, errno says why. The caller
// frees.
char *readtext_path(const char *path, size_t *length);

// Tells on standard error that a file cannot be read, by errno; the exit status for that.
int readtext_failed(const char *path);

#endif
