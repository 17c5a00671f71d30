// abandoned.c: see abandoned.h. `watched` holds no references: the collector takes out of it what
// dies. What is in `found` is in `watched` too, until it is closed.
#include "abandoned.h"

#include <stdlib.h>

#include "frame.h"
#include "heap_private.h"
#include "interp.h"
#include "list.h"

enum { FIRST_LIMIT = 64, MANY = 1000 };

struct Abandoned {
  Frame **watched;
  size_t count, capacity;
  size_t limit;  // of count: then the finished ones are taken out
  List *found;   // nobody else holds them; NULL: none
};

Abandoned *abandoned_new(void) {
  Abandoned *abandoned = heap_must_allocate(calloc(1, sizeof *abandoned));
  abandoned->limit = FIRST_LIMIT;
  return abandoned;
}

void abandoned_free(Abandoned *abandoned) {
  free(abandoned->watched);
  free(abandoned);
}

static void drop_finished(Abandoned *a) {
  size_t kept = 0;
  for (size_t i = 0; i < a->count; i++) {
    if (!generator_is_finished(a->watched[i])) a->watched[kept++] = a->watched[i];
  }
  a->count = kept;
  a->limit = kept * 2 > FIRST_LIMIT ? kept * 2 : FIRST_LIMIT;
}

void abandoned_watch(VM *vm, Frame *generator) {
  Abandoned *a = vm->abandoned;
  if (a->count >= a->limit) drop_finished(a);
  if (a->count == a->capacity) {
    a->capacity = a->capacity == 0 ? FIRST_LIMIT : a->capacity * 2;
    a->watched = heap_must_allocate(realloc(a->watched, a->capacity * sizeof *a->watched));
  }
  a->watched[a->count++] = generator;
}

// Iterators of the library that are generators underneath have nothing that a program could see.
static bool must_close(VM *vm, const Frame *generator) {
  return generator_is_started(generator) && !generator_is_finished(generator) &&
         generator->header.cls == vm->generator_class;
}

bool abandoned_are_many(const VM *vm) {
  const List *found = vm->abandoned->found;
  return found != NULL && found->count >= MANY;
}

void abandoned_mark_unreachable(VM *vm) {
  Abandoned *a = vm->abandoned;
  size_t kept = 0;
  for (size_t i = 0; i < a->count; i++) {
    Frame *generator = a->watched[i];
    if (!heap_is_marked(vm, &generator->header)) {
      if (!must_close(vm, generator)) continue;
      if (a->found == NULL) a->found = list_new(vm, 0);
      list_append(vm, a->found, from_object(generator));
      heap_mark_object(vm, generator);  // a list made now counts as marked, its items do not
    }
    a->watched[kept++] = generator;
  }
  a->count = kept;
  if (abandoned_are_many(vm)) vm->interrupt |= INTERRUPT_CLOSE;
  abandoned_mark(vm);
}

void abandoned_mark(VM *vm) { heap_mark_object(vm, vm->abandoned->found); }

List *abandoned_take(VM *vm, bool at_end) {
  Abandoned *a = vm->abandoned;
  List *found = a->found;
  if (at_end) {
    found = list_new(vm, a->count);
    for (size_t i = 0; i < a->count; i++) {
      Frame *generator = a->watched[i];
      if (must_close(vm, generator) && !generator_is_running(generator)) {
        list_append(vm, found, from_object(generator));
      }
    }
    a->found = NULL;
    return found->count == 0 ? NULL : found;
  }
  a->found = NULL;
  return found;
}
