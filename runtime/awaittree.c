// awaittree.c: see awaittree.h. A task stands below the one that waits for it; those that nobody
// waits for come first, and those in a circle last.
#include "awaittree.h"

#include <string.h>

#include "finding.h"
#include "output.h"
#include "taskwait.h"
#include "thread.h"

enum { MOST_LINES = 200, DEEPEST = 20 };

// The tasks that have been shown, or that another one waits for: pointers, by address.
typedef struct {
  const Task **items;
  size_t capacity, count;
} TaskSet;

typedef struct {
  VM *vm;
  FILE *file;
  TaskSet shown, needed;
  size_t lines, left;
} Tree;

// ---- sets of tasks

static size_t find(const TaskSet *set, const Task *task) {
  size_t mask = set->capacity - 1;
  size_t i = ((uintptr_t)task >> 4) * 31 & mask;
  while (set->items[i] != NULL && set->items[i] != task) i = (i + 1) & mask;
  return i;
}

static bool has(const TaskSet *set, const Task *task) {
  return set->items[find(set, task)] != NULL;
}

static TaskSet set_for(VM *vm, size_t tasks) {
  TaskSet set = {.capacity = 16};
  while (set.capacity < tasks * 2) set.capacity *= 2;
  set.items = heap_buffer_new(vm, set.capacity * sizeof *set.items);
  memset(set.items, 0, set.capacity * sizeof *set.items);
  return set;
}

static void set_drop(VM *vm, TaskSet *set) {
  heap_buffer_free(vm, set->items, set->capacity * sizeof *set->items);
}

// ---- a line

static void put_place(FILE *file, TraceEntry place) {
  if (place.code == NULL) return;
  fprintf(file, " at %.*s:%u", (int)place.code->filename->length, place.code->filename->data,
          place.code->positions[place.instr].line);
}

static void put_task(Tree *tree, Task *task, int depth) {
  VM *vm = tree->vm;
  Text text = text_new(vm);
  TaskWait wait = taskwait_read(task);
  const char *state = taskwait_state(task);
  double wakes = taskwait_wakes(task);
  taskwait_add_task(vm, task, &text);
  text_printf(&text, " %s", strcmp(state, "waiting") == 0 ? "waits for" : state);
  if (taskwait_is_known(&wait) && strcmp(state, "ready") != 0) {
    text_add_c(&text, strcmp(state, "waiting") == 0 ? " " : ": ");
    taskwait_add_awaited(vm, &wait, &text);
  }
  if (wakes >= 0) {
    double left = wakes - loop_time(vm);
    text_printf(&text, ", %.3f s left", left < 0 ? 0 : left);
  }
  fprintf(tree->file, "  %*s%.*s", depth * 2, "", (int)text.length, text.data);
  put_place(tree->file, wait.place);
  if (task->created.code != NULL && wait.place.code == NULL) {
    fputs(", made", tree->file);
    put_place(tree->file, task->created);
  }
  fputc('\n', tree->file);
  text_free(&text);
}

// ---- the tree

static void put_below(Tree *tree, Task *task, int depth) {
  size_t at = find(&tree->shown, task);
  if (tree->shown.items[at] != NULL || depth > DEEPEST) return;
  tree->shown.items[at] = task;
  if (tree->lines == MOST_LINES) {
    tree->left++;
    return;
  }
  tree->lines++;
  put_task(tree, task, depth);
  TaskWait wait = taskwait_read(task);
  size_t i = 0;
  for (Task *next; (next = taskwait_next(tree->vm, &wait, &i)) != NULL;) {
    if (!future_done(&next->future) && next->future.loop == task->future.loop) {
      put_below(tree, next, depth + 1);
    }
  }
}

static void put_loop(VM *vm, FILE *file, EventLoop *loop) {
  size_t count = 0;
  for (Task *task = loop->first_task; task != NULL; task = task->next) count++;
  Tree tree = {.vm = vm, .file = file, .shown = set_for(vm, count), .needed = set_for(vm, count)};
  fprintf(file, "  loop: %zu task%s, %u ready, %lld timer%s\n", count, count == 1 ? "" : "s",
          loop->ready.count, (long long)loop_wanted_timers(loop),
          loop_wanted_timers(loop) == 1 ? "" : "s");
  for (Task *task = loop->first_task; task != NULL; task = task->next) {
    TaskWait wait = taskwait_read(task);
    size_t i = 0;
    for (Task *next; (next = taskwait_next(vm, &wait, &i)) != NULL;) {
      if (!future_done(&next->future) && next->future.loop == loop) {
        tree.needed.items[find(&tree.needed, next)] = next;
      }
    }
  }
  for (Task *task = loop->first_task; task != NULL; task = task->next) {
    if (!has(&tree.needed, task)) put_below(&tree, task, 0);
  }
  for (Task *task = loop->first_task; task != NULL; task = task->next) put_below(&tree, task, 0);
  if (tree.left > 0) fprintf(file, "  … and %zu more\n", tree.left);
  set_drop(vm, &tree.shown);
  set_drop(vm, &tree.needed);
}

static void put_thread(VM *vm, FILE *file, const Thread *thread) {
  bool is_current = thread == vm->thread;
  EventLoop *loop = is_current ? vm->loop : thread->saved.loop;
  const Frame *frame = finding_own_frame(is_current ? vm->frame : thread->saved.frame);
  if (thread->name != NULL) {
    fprintf(file, "%.*s", (int)thread->name->length, thread->name->data);
  } else {
    fputs(thread->number == 1 ? "MainThread" : "a thread", file);
  }
  if (frame != NULL) {
    put_place(file, finding_place(frame));
  } else {
    fputs(loop != NULL ? ": its loop waits" : ": waits", file);
  }
  fputc('\n', file);
  if (loop != NULL) put_loop(vm, file, loop);
}

void awaittree_print(VM *vm, FILE *file) {
  output_finish(vm);
  fflush(stdout);  // what was printed before stands before
  for (const Thread *thread = NULL; (thread = threads_next(vm, thread)) != NULL;) {
    put_thread(vm, file, thread);
  }
  fflush(file);
}
