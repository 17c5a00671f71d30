// test_int.c: integers of every size and floats: arithmetic, text, hash, comparison.
#include "int.h"

#include <criterion/criterion.h>
#include <math.h>

#include "number.h"
#include "vm.h"

static VM *vm;
static void start(void) { vm = vm_new(); }
static void stop(void) { vm_free(vm); }

static Value number(const char *text) {
  bool negative = *text == '-';
  Value v = int_from_digits(vm, text + negative, strlen(text) - negative, 10);
  cr_assert_not(is_empty(v), "%s", text);
  if (negative) cr_assert_eq(int_unary(vm, UN_NEG, v, &v), TRI_YES);
  return v;
}

static void expect_text(Value v, const char *expected) {
  Text text = text_new(vm);
  cr_assert(int_to_text(vm, v, 10, &text));
  text_add_char(&text, '\0');
  cr_expect_str_eq(text.data, expected);
  text_free(&text);
}

static void expect_binary(const char *a, Binary op, const char *b, const char *expected) {
  Value out;
  cr_assert_eq(int_binary(vm, op, number(a), number(b), &out), TRI_YES);
  expect_text(out, expected);
}

Test(int, grows_out_of_its_immediate_form, .init = start, .fini = stop) {
  expect_binary("140737488355327", BIN_ADD, "1", "140737488355328");
  expect_binary("-140737488355328", BIN_SUB, "1", "-140737488355329");
  expect_binary("9223372036854775807", BIN_MUL, "9223372036854775807",
                "85070591730234615847396907784232501249");
  Value out;
  cr_assert_eq(int_binary(vm, BIN_SUB, number("140737488355328"), small_int(1), &out), TRI_YES);
  cr_expect(is_small_int(out), "and comes back to it");
}

Test(int, division_floors, .init = start, .fini = stop) {
  expect_binary("-7", BIN_FLOORDIV, "2", "-4");
  expect_binary("-7", BIN_MOD, "2", "1");
  expect_binary("7", BIN_MOD, "-2", "-1");
  expect_binary("-100000000000000000000000000000000000001", BIN_FLOORDIV, "1000000000000000000000",
                "-100000000000000001");
  expect_binary("-100000000000000000000000000000000000001", BIN_MOD, "1000000000000000000000",
                "999999999999999999999");
}

Test(int, bits_of_negatives, .init = start, .fini = stop) {
  expect_binary("-1", BIN_AND, "1208925819614629174706175", "1208925819614629174706175");
  expect_binary("-1208925819614629174706177", BIN_OR, "5", "-1208925819614629174706177");
  expect_binary("-5", BIN_RSHIFT, "1000", "-1");
  expect_binary("-5", BIN_LSHIFT, "70", "-5902958103587056517120");
}

Test(int, powers, .init = start, .fini = stop) {
  expect_binary("-3", BIN_POW, "41", "-36472996377170786403");
  Value out;
  cr_assert(int_pow_mod(vm, small_int(3), small_int(-1), small_int(-7), &out));
  cr_expect_eq(out, small_int(-2));
  cr_assert_not(int_pow_mod(vm, small_int(2), small_int(-1), small_int(4), &out));
  vm_clear_exception(vm);
  cr_expect_eq(int_binary(vm, BIN_POW, small_int(10), number("10000000000"), &out), TRI_ERROR);
  cr_expect(exception_is(vm->exception, vm->exceptions.MemoryError));
  vm_clear_exception(vm);
}

Test(int, true_division_rounds_once, .init = start, .fini = stop) {
  Value out;
  cr_assert_eq(int_binary(vm, BIN_TRUEDIV, number("9007199254740993"), small_int(1), &out),
               TRI_YES);
  cr_expect_eq(as_double(out), 9007199254740992.0);
  Value big = number("100000000000000000000000000000000000000000");
  cr_assert_eq(int_binary(vm, BIN_TRUEDIV, big, small_int(3), &out), TRI_YES);
  cr_expect_eq(as_double(out), 1e41 / 3);
}

Test(int, text_there_and_back, .init = start, .fini = stop) {
  Value v;
  cr_assert_eq(int_binary(vm, BIN_POW, small_int(7), small_int(20000), &v), TRI_YES);
  vm->int_max_str_digits = 0;
  for (int base = 2; base <= 36; base++) {
    Text text = text_new(vm);
    cr_assert(int_to_text(vm, v, base, &text));
    cr_expect_eq(int_compare(int_from_digits(vm, text.data, text.length, base), v), 0, "%d", base);
    text_free(&text);
  }
  vm->int_max_str_digits = 4300;
  Text text = text_new(vm);
  cr_expect_not(int_to_text(vm, v, 10, &text), "the limit on digits");
  text_free(&text);
  vm_clear_exception(vm);
}

Test(int, parses_what_python_parses, .init = start, .fini = stop) {
  static const struct {
    const char *text;
    int base;
    int64_t value;
  } good[] = {{" 12 ", 10, 12}, {"-1_000", 10, -1000}, {"0x_fF", 16, 255},          {"0b101", 0, 5},
              {"00", 0, 0},     {"zz", 36, 1295},      {"\xd9\xa1\xd9\xa2", 10, 12}};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    Value out;
    cr_assert(int_parse(vm, from_object(str_from_c(vm, good[i].text)), good[i].base, &out));
    cr_expect_eq(out, small_int(good[i].value), "%s", good[i].text);
  }
  static const char *const bad[] = {"", "_1", "1_", "1__0", "0x", "1 2", "012", "+-1", "9a"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    Value out;
    cr_expect_not(int_parse(vm, from_object(str_from_c(vm, bad[i])), 0, &out), "%s", bad[i]);
    vm_clear_exception(vm);
  }
}

Test(int, hash_and_order_agree_with_floats, .init = start, .fini = stop) {
  cr_expect_eq(int_hash(small_int(-1)), (uint64_t)-2);
  cr_expect_eq(int_hash(number("2305843009213693951")), 0);
  cr_expect_eq(int_hash(number("1267650600228229401496703205376")), float_hash(0x1p100));
  cr_expect_eq(float_hash(0.5), UINT64_C(1152921504606846976));
  cr_expect_eq(int_compare_double(number("9007199254740993"), 9007199254740992.0), 1);
  cr_expect_eq(int_compare_double(number("1267650600228229401496703205377"), 0x1p100), 1);
  cr_expect_eq(int_compare_double(small_int(1), HUGE_VAL), -1);
}

static void expect_repr(double d, const char *expected) {
  Text text = text_new(vm);
  float_repr(&text, d);
  text_add_char(&text, '\0');
  cr_expect_str_eq(text.data, expected);
  text_free(&text);
}

Test(float, shortest_text, .init = start, .fini = stop) {
  expect_repr(0.1, "0.1");
  expect_repr(100.0, "100.0");
  expect_repr(-0.0, "-0.0");
  expect_repr(1e16, "1e+16");
  expect_repr(123456789012345680.0, "1.2345678901234568e+17");
  expect_repr(0.0001, "0.0001");
  expect_repr(0.00001, "1e-05");
  expect_repr(5e-324, "5e-324");
  expect_repr(0x1p-44, "5.684341886080802e-14");
  expect_repr(1.0 / 3, "0.3333333333333333");
  expect_repr(-HUGE_VAL, "-inf");
}

Test(float, rounds_decimally, .init = start, .fini = stop) {
  static const struct {
    double d;
    int digits;
    double expected;
  } cases[] = {{2.675, 2, 2.67},   {0.5, 0, 0},          {1.5, 0, 2},     {1250, -2, 1200},
               {1250.5, -2, 1300}, {1e308, -308, 1e308}, {2.5, 400, 2.5}, {49, -2, 0},
               {50, -2, 0},        {51, -2, 100}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    double d;
    cr_assert(float_round(vm, cases[i].d, cases[i].digits, &d));
    cr_expect_eq(d, cases[i].expected, "round(%g, %d)", cases[i].d, cases[i].digits);
  }
}

Test(float, parses_what_python_parses, .init = start, .fini = stop) {
  double d;
  cr_expect(float_parse(vm, " 1_0.5e-1 ", 10, &d));
  cr_expect_eq(d, 1.05);
  cr_expect(float_parse(vm, "-Infinity", 9, &d));
  cr_expect_eq(d, -HUGE_VAL);
  const char *devanagari = "\xe0\xa5\xa7.\xe0\xa5\xab";
  cr_expect(float_parse(vm, devanagari, strlen(devanagari), &d));
  cr_expect_eq(d, 1.5);
  static const char *const bad[] = {"", ".", "1_", "1._5", "0x1p3", "1e", "nane", "1 2", "_1"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    cr_expect_not(float_parse(vm, bad[i], strlen(bad[i]), &d), "%s", bad[i]);
  }
}
