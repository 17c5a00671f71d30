// embed.c: writes the library files as a C source: embed ROOT FILE… > library.c
//
// A file's module name is its path below ROOT with dots: concurrent/futures.coro is
// concurrent.futures, concurrent/__init__.coro is concurrent.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *path) {
  perror(path);
  exit(1);
}

static size_t write_bytes(const char *path, int number) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail(path);
  printf("static const char text_%d[] = {", number);
  size_t length = 0;
  for (int c; (c = getc(file)) != EOF; length++) {
    printf("%s%d,", length % 24 == 0 ? "\n  " : "", c < 128 ? c : c - 256);
  }
  printf("0};\n");
  if (ferror(file)) fail(path);
  fclose(file);
  return length;
}

static void write_name(const char *path, const char *root) {
  char name[4096];
  snprintf(name, sizeof name, "%s", path + strlen(root) + 1);
  char *end = strstr(name, ".coro");
  if (end != NULL) *end = '\0';
  end = strstr(name, "/__init__");
  if (end != NULL) *end = '\0';
  for (char *p = name; *p != '\0'; p++) putchar(*p == '/' ? '.' : *p);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  size_t *lengths = calloc((size_t)argc, sizeof *lengths);
  if (lengths == NULL) fail("embed");
  puts("#include \"library.h\"");
  for (int i = 2; i < argc; i++) lengths[i] = write_bytes(argv[i], i);
  puts("const CoroLibFile coro_library[] = {");
  for (int i = 2; i < argc; i++) {
    printf("  {\"");
    write_name(argv[i], argv[1]);
    printf("\", \"%s\", text_%d, %zu},\n", argv[i], i, lengths[i]);
  }
  printf("  {0, 0, 0, 0}};\nconst size_t coro_library_count = %d;\n", argc - 2);
  free(lengths);
  return fflush(stdout) == 0 ? 0 : 1;
}
