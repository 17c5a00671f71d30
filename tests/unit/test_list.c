// test_list.c: the list's storage and sorting, without any script.
#include <criterion/criterion.h>

#include "list.h"
#include "vm.h"

static VM *vm;
static void setup(void) { vm = vm_new(); }
static void teardown(void) { vm_free(vm); }
TestSuite(list, .init = setup, .fini = teardown);

static List *count_to(int n) {
  List *list = list_new(vm, 0);
  for (int i = 0; i < n; i++) list_append(vm, list, small_int(i));
  return list;
}

static void check(const List *list, size_t count, const int *expected) {
  cr_assert_eq(list->count, count);
  for (size_t i = 0; i < count; i++) cr_assert_eq(as_small_int(list->items[i]), expected[i]);
}

Test(list, inserts_and_removes_in_the_middle) {
  List *list = count_to(4);
  list_insert(vm, list, 2, small_int(9));
  check(list, 5, (int[]){0, 1, 9, 2, 3});
  list_remove_range(vm, list, 1, 3);
  check(list, 2, (int[]){0, 3});
}

Test(list, extends_by_itself) {
  List *list = count_to(3);
  list_extend(vm, list, list->items, list->count);
  check(list, 6, (int[]){0, 1, 2, 0, 1, 2});
}

Test(list, deletes_a_slice_that_goes_backwards) {
  List *list = count_to(10);
  list_delete_slice(vm, list, 9, -3, 4);  // del l[::-3]
  check(list, 6, (int[]){1, 2, 4, 5, 7, 8});
}

Test(list, an_extended_slice_wants_its_size) {
  List *list = count_to(5);
  Value one = small_int(1);
  cr_assert_not(list_set_slice(vm, list, 0, 2, 3, &one, 1));
  cr_assert(exception_is(vm->exception, vm->exceptions.ValueError));
  vm_clear_exception(vm);
}

// Equal keys keep their places, in both directions.
Test(list, sorts_stably) {
  enum { N = 500 };
  Value keys[N], items[N];
  for (int reverse = 0; reverse < 2; reverse++) {
    for (int i = 0; i < N; i++) {
      keys[i] = small_int(i * 37 % 11);
      items[i] = small_int(i);
    }
    cr_assert_eq(list_sort_values(vm, keys, items, N, reverse), TRI_YES);
    for (int i = 1; i < N; i++) {
      int64_t before = as_small_int(keys[i - 1]), after = as_small_int(keys[i]);
      cr_assert(reverse ? before >= after : before <= after);
      if (before == after) cr_assert_lt(as_small_int(items[i - 1]), as_small_int(items[i]));
    }
  }
}

Test(list, unlike_items_are_an_error_and_stay) {
  Value items[] = {small_int(2), NONE, small_int(1)};
  cr_assert_eq(list_sort_values(vm, NULL, items, 3, false), TRI_ERROR);
  cr_assert_eq(items[1], NONE);
  vm_clear_exception(vm);
}
