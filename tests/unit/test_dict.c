// test_dict.c: the dict's table on its own, without any script.
#include <criterion/criterion.h>

#include "dict.h"
#include "vm.h"

static VM *vm;
static void setup(void) { vm = vm_new(); }
static void teardown(void) { vm_free(vm); }
TestSuite(dict, .init = setup, .fini = teardown);

static Value look(Dict *dict, int64_t key) {
  Value found = EMPTY;
  return dict_get(vm, dict, small_int(key), &found) == TRI_YES ? found : EMPTY;
}

Test(dict, keeps_the_order_of_insertion) {
  Dict *dict = dict_new(vm);
  for (int i = 0; i < 1000; i++) {
    cr_assert_eq(dict_set(vm, dict, small_int(i * 7919 % 1000), small_int(i)), TRI_YES);
  }
  cr_assert_eq(dict->count, 1000u);
  Value key, value;
  int expected = 0;
  for (size_t i = 0; dict_next(dict, &i, &key, &value); expected++) {
    cr_assert_eq(as_small_int(key), expected * 7919 % 1000);
    cr_assert_eq(as_small_int(value), expected);
  }
  cr_assert_eq(expected, 1000);
}

Test(dict, one_and_true_and_one_point_zero_are_one_key) {
  Dict *dict = dict_new(vm);
  cr_assert_eq(dict_set(vm, dict, small_int(1), small_int(10)), TRI_YES);
  cr_assert_eq(dict_set(vm, dict, TRUE_VALUE, small_int(20)), TRI_YES);
  cr_assert_eq(dict_set(vm, dict, from_double(1.0), small_int(30)), TRI_YES);
  cr_assert_eq(dict->count, 1u);
  cr_assert_eq(as_small_int(look(dict, 1)), 30);
}

// popitem gives the entry back but not its place in the index: the table must notice.
Test(dict, a_search_ends_after_many_popitems) {
  Dict *dict = dict_new(vm);
  Value key, value;
  for (int i = 0; i < 10000; i++) {
    cr_assert_eq(dict_set(vm, dict, small_int(i), NONE), TRI_YES);
    cr_assert(dict_pop_last(vm, dict, &key, &value));
    cr_assert_eq(as_small_int(key), i);
  }
  cr_assert_eq(look(dict, 3), EMPTY);
}

Test(dict, deleted_keys_are_gone_and_others_stay) {
  Dict *dict = dict_new(vm);
  Value old;
  for (int i = 0; i < 300; i++) cr_assert_eq(dict_set(vm, dict, small_int(i), NONE), TRI_YES);
  for (int i = 0; i < 300; i += 2) {
    cr_assert_eq(dict_delete(vm, dict, small_int(i), &old), TRI_YES);
  }
  for (int i = 0; i < 300; i++) cr_assert_eq(look(dict, i), i % 2 ? NONE : EMPTY);
}
