// jsontext.h: strings as JSON text, for every tool that prints JSON.
#ifndef CORO_SRC_JSONTEXT_H
#define CORO_SRC_JSONTEXT_H

#include <stddef.h>
#include <stdio.h>

// A JSON string with its quotes. Control characters are escaped, what is no UTF-8 becomes U+FFFD:
// the result is always valid.
void json_write_string(FILE *file, const char *text, size_t length);
// The same of a C string; NULL is written as null.
void json_write_c(FILE *file, const char *text);

#endif
