// What the machine allows: the least that a task switch, a sleeping task's timer and a copied byte
// could cost, for comparison with the table. Build and run: cc -O2 floor.c -o floor && ./floor
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

typedef struct Task {
  void (*resume)(struct Task *);
  uint64_t left;
} Task;

static Task *ring[1024];
static uint32_t head, used;

static void push(Task *task) { ring[(head + used++) & 1023] = task; }

static void turn(Task *task) {
  if (--task->left > 0) push(task);
}

// A switch: an entry pushed, popped, and its function called.
static double switch_ns(uint64_t count) {
  Task tasks[2] = {{turn, count / 2}, {turn, count / 2}};
  push(&tasks[0]);
  push(&tasks[1]);
  double start = now();
  while (used > 0) {
    Task *task = ring[head];
    head = (head + 1) & 1023;
    used--;
    task->resume(task);
  }
  return (now() - start) * 1e9 / (double)count;
}

// A binary heap of `count` timers filled and emptied.
static double timer_ns(size_t count) {
  double *heap = malloc((count + 1) * sizeof *heap), sum = 0;
  double start = now();
  for (size_t n = 1; n <= count; n++) {
    double when = (double)(n * 7919 % count);
    size_t at = n;
    for (; at > 1 && heap[at / 2] > when; at /= 2) heap[at] = heap[at / 2];
    heap[at] = when;
  }
  for (size_t n = count; n > 0; n--) {
    sum += heap[1];
    double moved = heap[n];
    size_t at = 1;
    for (size_t child; (child = at * 2) < n; at = child) {
      if (child + 1 < n && heap[child + 1] < heap[child]) child++;
      if (heap[child] >= moved) break;
      heap[at] = heap[child];
    }
    heap[at] = moved;
  }
  double ns = (now() - start) * 1e9 / (double)count;
  free(heap);
  return sum < 0 ? 0 : ns;
}

static double copy_ns(size_t bytes, int rounds) {
  char *from = calloc(1, bytes), *to = malloc(bytes);
  double start = now();
  for (int i = 0; i < rounds; i++) {
    from[i] = (char)i;
    memcpy(to, from, bytes);
    __asm__ volatile("" : : "r"(to) : "memory");
  }
  double ns = (now() - start) * 1e9 / ((double)bytes * rounds);
  free(from);
  free(to);
  return ns;
}

int main(void) {
  printf("switch through a ring of tasks: %.1f ns\n", switch_ns(100000000));
  printf("timer in and out of a heap of 1,000,000: %.0f ns\n", timer_ns(1000000));
  printf("copying, a byte: %.3f ns\n", copy_ns(1 << 20, 2000));
  return 0;
}
