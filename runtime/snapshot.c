// snapshot.c: see snapshot.h.
#include "snapshot.h"

#include "heap_private.h"
#include "vm.h"

#ifdef __linux__

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_DESCRIPTORS 1024  // closed one by one where close_range is missing
#define UNSHARE_FIRST 2        // CLOSE_RANGE_UNSHARE

// A socket that the program closes must not stay open here. The child begins with its parent's own
// table of descriptors and leaves it without having copied any.
static void leave_descriptors(void) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, 0, ~0U, UNSHARE_FIRST) == 0) return;
#endif
  if (unshare(CLONE_FILES) != 0) return;
  for (int i = 0; i < MOST_DESCRIPTORS; i++) close(i);
}

// Valgrind knows no clone but a thread's; and what it counts should be the program's.
static bool is_simulated(void) {
  const char *preloaded = getenv("LD_PRELOAD");
  return preloaded != NULL && strstr(preloaded, "/vgpreload_") != NULL;
}

static _Noreturn void mark_and_exit(VM *vm) {
  Heap *heap = vm->heap;
  leave_descriptors();
  uint64_t start = gc_now();
  heap->gray = NULL;
  heap->gray_count = heap->gray_capacity = 0;
  heap_mark_all(vm);
  heap->shared->marked_bytes = heap->marked_bytes;
  heap->shared->time = gc_now() - start;
  atomic_store(&heap->shared->done, 1);
  for (;;) syscall(SYS_exit_group, 0);
}

// fork() would run handlers and take locks that the child has no use for, and its child's end
// would be told to the program. This one starts with all signals blocked.
bool snapshot_start(VM *vm) {
  Heap *heap = vm->heap;
  if (is_simulated()) return false;
  atomic_store(&heap->shared->done, 0);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t self = getpid();
  pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FILES, 0, 0, 0, 0);
  if (pid == 0) {
    heap->parent = self;
    mark_and_exit(vm);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (pid < 0) return false;
  heap->child = pid;
  return true;
}

SnapshotState snapshot_poll(VM *vm) {
  Heap *heap = vm->heap;
  if (waitpid(heap->child, NULL, WNOHANG | __WCLONE) == 0) return SNAPSHOT_RUNNING;
  heap->child = 0;
  return atomic_load(&heap->shared->done) ? SNAPSHOT_DONE : SNAPSHOT_FAILED;
}

void snapshot_kill(VM *vm) {
  Heap *heap = vm->heap;
  if (heap->child != 0) kill(heap->child, SIGKILL);
  heap->killed = heap->child;
  heap->child = 0;
}

void snapshot_reap(VM *vm) {
  Heap *heap = vm->heap;
  if (heap->killed != 0) waitpid(heap->killed, NULL, __WCLONE);
  heap->killed = 0;
}

#else

bool snapshot_start(VM *vm) {
  (void)vm;
  return false;
}

SnapshotState snapshot_poll(VM *vm) {
  (void)vm;
  return SNAPSHOT_FAILED;
}

void snapshot_kill(VM *vm) { (void)vm; }
void snapshot_reap(VM *vm) { (void)vm; }

#endif

void snapshot_abort(VM *vm) {
  snapshot_kill(vm);
  snapshot_reap(vm);
}
