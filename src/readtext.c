// readtext.c: a program's text, whole. See readtext.h.
#include "readtext.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_stream(FILE *file, size_t *length) {
  char *text = NULL;
  FILE *memory = open_memstream(&text, length);
  if (memory == NULL) return NULL;
  char block[4096];
  for (size_t got; (got = fread(block, 1, sizeof block, file)) > 0;) fwrite(block, 1, got, memory);
  int number = ferror(file) ? errno : 0;
  if (fclose(memory) != 0 && number == 0) number = errno;
  if (number == 0) return text;
  free(text);
  errno = number;
  return NULL;
}

char *readtext_path(const char *path, size_t *length) {
  bool is_input = strcmp(path, "-") == 0;
  FILE *file = is_input ? stdin : fopen(path, "rb");
  if (file == NULL) return NULL;
  char *text = read_stream(file, length);
  int number = errno;
  if (!is_input) fclose(file);
  errno = number;
  return text;
}

int readtext_failed(const char *path) {
  fprintf(stderr, "coro: can't open file '%s': [Errno %d] %s\n", path, errno, strerror(errno));
  return 2;
}
