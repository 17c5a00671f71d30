// test_ready.c: the ring of ready entries: first in, first out, whatever it grows through.
#include "ready.h"

#include <criterion/criterion.h>

#include "heap.h"
#include "vm.h"

// Cells of the heap lie on 16-byte boundaries; these must too.
static _Alignas(16) Object marks[2];

Test(ready, keeps_kind_object_and_argument) {
  VM *vm = vm_new();
  Ready ready = {0};
  ready_push(vm, &ready, READY_STOP, &marks[1], small_int(5));
  ready_push(vm, &ready, READY_STEP, &marks[0], EMPTY);
  ReadyEntry entry = ready_pop(&ready);
  cr_assert_eq(ready_kind(entry), READY_STOP);
  cr_assert_eq(ready_object(entry), &marks[1]);
  cr_assert_eq(entry.argument, small_int(5));
  entry = ready_pop(&ready);
  cr_assert_eq(ready_kind(entry), READY_STEP);
  cr_assert_eq(ready_object(entry), &marks[0]);
  cr_assert_eq(ready.count, 0);
  ready_clear(vm, &ready);
  vm_free(vm);
}

Test(ready, first_in_first_out_across_growth_and_wrapping) {
  VM *vm = vm_new();
  Ready ready = {0};
  int64_t in = 0, out = 0;
  // Each turn adds one more than it takes, so the ring grows with its front anywhere.
  for (int turn = 0; turn < 500; turn++) {
    for (int i = 0; i < 8; i++) ready_push(vm, &ready, READY_STEP, &marks[0], small_int(in++));
    for (int i = 0; i < 7; i++) cr_assert_eq(ready_pop(&ready).argument, small_int(out++));
  }
  while (ready.count > 0) cr_assert_eq(ready_pop(&ready).argument, small_int(out++));
  cr_assert_eq(in, out);
  ready_clear(vm, &ready);
  cr_assert_null(ready.words);
  vm_free(vm);
}
