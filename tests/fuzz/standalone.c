// standalone.c: a target (fuzz.h) without libFuzzer, for the debug build: inputs are made of the
// seeds by chance alone, the same ones in each run. What a short run is for: a target that is
// broken, and mistakes near the surface. libFuzzer (scripts/dev/fuzz) sees which code an input
// reaches, and finds the deeper ones.
//
//     standalone SECONDS KEPT SEED_FILE…     KEPT: where the input is that is being tried
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 4096, HANG = 30 };

// Some have one.
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
  uint8_t *data;
  size_t size;
} Seed;

static uint64_t chance = 88172645463325252u;

// Marsaglia's xorshift. A number below limit, which is not 0.
static size_t below(size_t limit) {
  chance ^= chance << 13;
  chance ^= chance >> 7;
  chance ^= chance << 17;
  return (size_t)(chance % limit);
}

static void on_alarm(int number) {
  (void)number;
  static const char words[] = "standalone: an input takes too long\n";
  if (write(STDERR_FILENO, words, sizeof words - 1) < 0) _exit(1);
  abort();
}

static Seed read_seed(const char *path) {
  Seed seed = {malloc(MOST), 0};
  FILE *file = fopen(path, "rb");
  if (seed.data == NULL || file == NULL) {
    perror(path);
    exit(2);
  }
  seed.size = fread(seed.data, 1, MOST, file);
  fclose(file);
  return seed;
}

// Puts `count` bytes in place of data[at .. at + gone).
static size_t splice(uint8_t *data, size_t size, size_t at, size_t gone, const uint8_t *bytes,
                     size_t count) {
  if (size - gone + count > MOST) return size;
  memmove(data + at + count, data + at + gone, size - at - gone);
  if (count > 0) memcpy(data + at, bytes, count);
  return size - gone + count;
}

static size_t change(uint8_t *data, size_t size, const Seed *other) {
  size_t at = below(size + 1), rest = size - at, from = other->size ? below(other->size) : 0;
  size_t count = other->size ? below(other->size - from < 60 ? other->size - from + 1 : 60) : 0;
  uint8_t byte = (uint8_t)below(256);
  switch (below(5)) {
    case 0: return splice(data, size, at, rest > 0, &byte, 1);
    case 1: return splice(data, size, at, 0, other->data + from, count);
    case 2: return splice(data, size, at, below(rest < 40 ? rest + 1 : 40), NULL, 0);
    case 3:
      return splice(data, size, at, below(rest < 40 ? rest + 1 : 40), other->data + from, count);
    default: {
      static const char marks[] = "()[]{}:,.=+-*/%@\"'\\\n\t #0_~!<>&|^;";
      byte = (uint8_t)marks[below(sizeof marks - 1)];
      return splice(data, size, at, 0, &byte, 1);
    }
  }
}

static void keep(const char *path, const uint8_t *data, size_t size) {
  FILE *file = fopen(path, "wb");
  if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
    perror(path);
    exit(2);
  }
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  double seconds = atof(argv[1]);
  size_t count = (size_t)argc - 3;
  Seed *seeds = calloc(count, sizeof *seeds);
  if (seeds == NULL) return 2;
  for (size_t i = 0; i < count; i++) seeds[i] = read_seed(argv[i + 3]);
  if (LLVMFuzzerInitialize != NULL) LLVMFuzzerInitialize(&argc, &argv);
  signal(SIGALRM, on_alarm);
  static uint8_t data[MOST];
  time_t end = time(NULL) + (time_t)seconds;
  unsigned long runs = 0;
  for (; time(NULL) < end; runs++) {
    const Seed *seed = &seeds[below(count)];
    size_t size = seed->size;
    memcpy(data, seed->data, size);
    for (size_t n = below(6); n > 0; n--) size = change(data, size, &seeds[below(count)]);
    keep(argv[2], data, size);
    alarm(HANG);
    LLVMFuzzerTestOneInput(data, size);
  }
  for (size_t i = 0; i < count; i++) free(seeds[i].data);
  free(seeds);
  dprintf(STDOUT_FILENO, "%lu inputs\n", runs);
  _exit(0);  // what a target keeps for the next input is no leak
}
