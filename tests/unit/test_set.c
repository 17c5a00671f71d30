// test_set.c: a set of ints is walked in CPython's order.
#include <criterion/criterion.h>

#include "set.h"
#include "vm.h"

static VM *vm;
static void setup(void) { vm = vm_new(); }
static void teardown(void) { vm_free(vm); }
TestSuite(set, .init = setup, .fini = teardown);

static Set *set_of(size_t count, const int *items) {
  Set *set = set_new(vm);
  for (size_t i = 0; i < count; i++) cr_assert(set_add(vm, set, small_int(items[i])) >= 0);
  return set;
}

static void check_order(const Set *set, size_t count, const int *expected) {
  cr_assert_eq(set->count, count);
  Value key;
  size_t n = 0;
  for (size_t i = 0; set_next(set, &i, &key); n++) cr_assert_eq(as_small_int(key), expected[n]);
  cr_assert_eq(n, count);
}

Test(set, ints_come_in_the_order_of_the_table) {
  check_order(set_of(5, (int[]){100, 3, 57, 8, 21}), 5, (int[]){3, 100, 8, 21, 57});
}

Test(set, an_addition_takes_the_place_of_a_deletion) {
  Set *set = set_of(3, (int[]){13, 5, 21});
  cr_assert_eq(set_discard(vm, set, small_int(13)), TRI_YES);
  cr_assert_eq(set_add(vm, set, small_int(29)), TRI_YES);
  check_order(set, 3, (int[]){5, 21, 29});
}

Test(set, pop_goes_on_where_it_stopped) {
  Set *set = set_of(3, (int[]){1, 2, 3});
  Value key;
  for (int i = 1; i <= 3; i++) {
    cr_assert(set_pop(set, &key));
    cr_assert_eq(as_small_int(key), i);
  }
  cr_assert_not(set_pop(set, &key));
}

Test(set, a_set_is_no_member) {
  Set *set = set_new(vm);
  cr_assert_eq(set_add(vm, set, from_object(set_new(vm))), TRI_ERROR);
  cr_assert(exception_is(vm->exception, vm->exceptions.TypeError));
  vm_clear_exception(vm);
}
