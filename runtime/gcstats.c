// gcstats.c: how long the program stood still for the collector: what --gc-stats prints.
#include <time.h>

#include "heap_private.h"
#include "vm.h"

static const double limits[PAUSE_BUCKETS - 1] = {0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000};

uint64_t gc_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static double milliseconds(uint64_t nanoseconds) { return (double)nanoseconds / 1e6; }
static double megabytes(size_t bytes) { return (double)bytes / (1 << 20); }

void gc_count_pause(Heap *heap, uint64_t start) {
  uint64_t length = gc_now() - start;
  int i = 0;
  while (i < PAUSE_BUCKETS - 1 && milliseconds(length) >= limits[i]) i++;
  heap->stats.pauses[i]++;
  heap->stats.total += length;
  if (length > heap->stats.longest) heap->stats.longest = length;
}

void gc_count_asked(Heap *heap, uint64_t start) {
  uint64_t length = gc_now() - start;
  heap->stats.asked++;
  if (length > heap->stats.asked_longest) heap->stats.asked_longest = length;
}

void gc_print_stats(VM *vm, FILE *file) {
  const Heap *heap = vm->heap;
  const GcStats *stats = &heap->stats;
  fprintf(file, "collections       %zu: %zu by the program itself, %zu by a child process",
          heap->collections, stats->stops, stats->snapshots);
  if (stats->failed_snapshots > 0) fprintf(file, ", %zu failed", stats->failed_snapshots);
  fprintf(file, "\nmemory            %.1f MB in use, %.1f MB at most, %.1f MB freed\n",
          megabytes(heap_size(heap)), megabytes(stats->peak), megabytes(stats->freed));
  fprintf(file, "children marked   %.2f ms at most, %.2f ms in all\n",
          milliseconds(stats->child_longest), milliseconds(stats->child_total));
  fprintf(file, "the program stood %.3f ms at most, %.2f ms in all\n", milliseconds(stats->longest),
          milliseconds(stats->total));
  if (stats->asked > 0) {
    fprintf(file, "gc.collect()      %zu times, %.2f ms at most; not counted here:\n", stats->asked,
            milliseconds(stats->asked_longest));
  }
  for (int i = 0; i < PAUSE_BUCKETS; i++) {
    if (i < PAUSE_BUCKETS - 1)
      fprintf(file, "  < %6g ms       %zu\n", limits[i], stats->pauses[i]);
    else
      fprintf(file, "  longer            %zu\n", stats->pauses[i]);
  }
}
