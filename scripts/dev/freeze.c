// freeze.c: compiles the library files and writes them as a C source: freeze ROOT FILE… > library.c
//
// A file's module name is its path below ROOT with dots: concurrent/futures.coro is
// concurrent.futures, concurrent/__init__.coro is concurrent. The text is kept beside the code,
// for those who want to read it. This program is Coro itself without a library.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "exception.h"
#include "library.h"
#include "marshal.h"
#include "module.h"
#include "str.h"
#include "tuple.h"
#include "vm.h"

const CoroLibFile coro_library[] = {{0}};
const size_t coro_library_count = 0;

static void fail(const char *path) {
  fprintf(stderr, "freeze: %s: %s\n", path, strerror(errno));
  exit(1);
}

typedef struct {
  char *data;
  size_t length;
} Bytes8;

static Bytes8 read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail(path);
  long size = ftell(file);
  rewind(file);
  Bytes8 bytes = {malloc((size_t)size + 1), (size_t)size};
  if (bytes.data == NULL || fread(bytes.data, 1, bytes.length, file) != bytes.length) fail(path);
  fclose(file);
  return bytes;
}

static Bytes8 compile(VM *vm, const char *path, Bytes8 text) {
  Module *module = module_new(vm, str_intern_c(vm, "library"));
  Code *code;
  if (!compile_source(vm, text.data, text.length, str_from_c(vm, path), module, COMPILE_MODULE,
                      &code)) {
    const Exception *error = (Exception *)as_object(vm->exception);
    const Tuple *place = as_tuple(error->args->items[1]);
    fprintf(stderr, "%s:%d: %s\n", path, (int)as_small_int(place->items[1]),
            as_str(error->args->items[0])->data);
    exit(1);
  }
  Bytes8 bytes;
  FILE *file = open_memstream(&bytes.data, &bytes.length);
  if (file == NULL) fail(path);
  marshal_write(vm, file, code);
  if (fclose(file) != 0) fail(path);
  return bytes;
}

// As string literals, which compilers read far faster than lists of numbers.
static void write_bytes(const char *kind, int number, Bytes8 bytes) {
  printf("static const char %s_%d[] =", kind, number);
  for (size_t i = 0; i < bytes.length; i++) {
    unsigned char c = (unsigned char)bytes.data[i];
    if (i % 64 == 0) fputs(i == 0 ? "\n\"" : "\"\n\"", stdout);
    bool plain = c >= ' ' && c < 127 && c != '"' && c != '\\' && c != '?';
    if (plain) {
      putchar(c);
    } else {
      printf("\\%03o", c);
    }
  }
  puts(bytes.length == 0 ? "\"\";" : "\";");
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
  if (lengths == NULL) fail("freeze");
  VM *vm = vm_new();
  puts("#include \"library.h\"");
  for (int i = 2; i < argc; i++) {
    Bytes8 text = read_file(argv[i]);
    Bytes8 code = compile(vm, argv[i], text);
    lengths[i] = text.length;
    write_bytes("text", i, text);
    write_bytes("code", i, code);
    free(text.data);
    free(code.data);
  }
  puts("const CoroLibFile coro_library[] = {");
  for (int i = 2; i < argc; i++) {
    printf("  {\"");
    write_name(argv[i], argv[1]);
    printf("\", \"%s\", text_%d, %zu, (const unsigned char *)code_%d},\n", argv[i], i, lengths[i],
           i);
  }
  printf("  {0}};\nconst size_t coro_library_count = %d;\n", argc - 2);
  vm_free(vm);
  free(lengths);
  return fflush(stdout) == 0 ? 0 : 1;
}
