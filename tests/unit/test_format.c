// test_format.c: format specifications, the % operator and str.format against recorded results.
#include "format.h"

#include <criterion/criterion.h>
#include <math.h>

#include "int.h"
#include "vm.h"

static VM *vm;
static void start(void) { vm = vm_new(); }
static void stop(void) { vm_free(vm); }

static Value text_value(const char *text) { return from_object(str_from_c(vm, text)); }

static void expect_str(Value v, const char *expected) {
  cr_assert(is_str(v));
  cr_expect(str_equals_c(as_str(v), expected), "'%.*s', not '%s'", (int)as_str(v)->length,
            as_str(v)->data, expected);
}

static void expect_error(Class *cls, const char *expected) {
  cr_assert(exception_is(vm->exception, cls), "%s", expected);
  expect_str(as_exception(vm->exception)->args->items[0], expected);
  vm_clear_exception(vm);
}

static void expect_format(Value v, const char *spec, const char *expected) {
  Text text = text_new(vm);
  cr_assert_eq(format_value(vm, v, str_from_c(vm, spec), &text), TRI_YES, "%s", spec);
  expect_str(from_object(text_finish(&text)), expected);
}

static void expect_bad_format(Value v, const char *spec, const char *expected) {
  Text text = text_new(vm);
  cr_assert_eq(format_value(vm, v, str_from_c(vm, spec), &text), TRI_ERROR, "%s", spec);
  text_free(&text);
  expect_error(vm->exceptions.ValueError, expected);
}

Test(format, numbers, .init = start, .fini = stop) {
  expect_format(small_int(1234567), "013,d", "0,001,234,567");
  expect_format(small_int(-1234567), ",", "-1,234,567");
  expect_format(small_int(65535), "#012_x", "0x0_0000_ffff");
  expect_format(small_int(-5), "=+6d", "-    5");
  expect_format(small_int(-5), "^05", "0-500");
  expect_format(small_int(65), "5c", "    A");
  expect_format(small_int(3), ".2f", "3.00");
  expect_format(TRUE_VALUE, "5", "    1");
  expect_format(from_double(1234.5), "012,.2f", "0,001,234.50");
  expect_format(from_double(0.125), ".1%", "12.5%");
  expect_format(from_double(1234.0), ".3", "1.23e+03");
  expect_format(from_double(-0.0001), "z.2f", "0.00");
  expect_format(from_double(HUGE_VAL), "010", "0000000inf");
  expect_format(from_double(1e16), "#", "1.e+16");
}

Test(format, strs, .init = start, .fini = stop) {
  expect_format(text_value("abcdef"), "*^10.3", "***abc****");
  expect_format(text_value("h\xc3\xa9"), "\xc3\xa9>4s", "\xc3\xa9\xc3\xa9h\xc3\xa9");
  expect_format(text_value("a"), "05", "a0000");
}

Test(format, complaints, .init = start, .fini = stop) {
  expect_bad_format(text_value("a"), "d", "Unknown format code 'd' for object of type 'str'");
  expect_bad_format(small_int(5), ".2d", "Precision not allowed in integer format specifier");
  expect_bad_format(small_int(5), "dd", "Invalid format specifier 'dd' for object of type 'int'");
  expect_bad_format(text_value("a"), ",", "Cannot specify ',' with 's'.");
  expect_bad_format(text_value("a"), "+", "Sign not allowed in string format specifier");
  expect_bad_format(text_value("a"), "=5", "'=' alignment not allowed in string format specifier");
  expect_bad_format(from_double(1), ",_f", "Cannot specify both ',' and '_'.");
  expect_bad_format(from_double(1), ".f", "Format specifier missing precision");
}

static void expect_percent(const char *format, Value args, const char *expected) {
  Value out;
  cr_assert_eq(format_percent(vm, str_from_c(vm, format), args, &out), TRI_YES, "%s", format);
  expect_str(out, expected);
}

static void expect_bad_percent(const char *format, Value args, const char *expected) {
  Value out;
  cr_assert_eq(format_percent(vm, str_from_c(vm, format), args, &out), TRI_ERROR, "%s", format);
  expect_error(vm->exceptions.TypeError, expected);
}

static Value pair(Value a, Value b) { return from_object(tuple_of(vm, 2, a, b)); }

Test(percent, conversions, .init = start, .fini = stop) {
  expect_percent("%s and %r%%", pair(text_value("a"), text_value("b")), "a and 'b'%");
  expect_percent("%-5d|", small_int(42), "42   |");
  expect_percent("%#06x", small_int(255), "0x00ff");
  expect_percent("%+.2e", from_double(12345.678), "+1.23e+04");
  expect_percent("%*d", pair(small_int(-4), small_int(7)), "7   ");
  expect_percent("%.3d", small_int(-7), "-007");
  expect_percent("%c%c", pair(small_int(65), text_value("b")), "Ab");
  Dict *d = dict_new(vm);
  dict_set_c(vm, d, "k", small_int(7));
  expect_percent("%(k)03d%(k)s", from_object(d), "0077");
}

Test(percent, complaints, .init = start, .fini = stop) {
  expect_bad_percent("%d %d", small_int(1), "not enough arguments for format string");
  expect_bad_percent("%d", pair(small_int(1), small_int(2)),
                     "not all arguments converted during string formatting");
  expect_bad_percent("%d", text_value("x"), "%d format: a real number is required, not str");
  expect_bad_percent("%x", from_double(1), "%x format: an integer is required, not float");
  expect_bad_percent("%(k)d", small_int(1), "format requires a mapping");
}

static void expect_fields(const char *format, const char *expected) {
  Value out;
  Tuple *args = tuple_of(vm, 2, small_int(42), text_value("ab"));
  Dict *keywords = dict_new(vm);
  dict_set_c(vm, keywords, "w", small_int(5));
  Tri tri = format_str(vm, str_from_c(vm, format), args, keywords, &out);
  if (tri == TRI_YES) {
    expect_str(out, expected);
  } else {
    cr_assert_eq(tri, TRI_ERROR, "%s", format);
    expect_str(as_exception(vm->exception)->args->items[0], expected);
    vm_clear_exception(vm);
  }
}

Test(fields, of_str_format, .init = start, .fini = stop) {
  expect_fields("{} {}", "42 ab");
  expect_fields("{1!r:>{w}}{{}}", " 'ab'{}");
  expect_fields("{0:{w}}{1[0]}", "   42a");
  expect_fields("{} {0}",
                "cannot switch from automatic field numbering to manual field "
                "specification");
  expect_fields("{2}", "Replacement index 2 out of range for positional args tuple");
  expect_fields("}", "Single '}' encountered in format string");
  expect_fields("{", "Single '{' encountered in format string");
  expect_fields("{0", "expected '}' before end of string");
  expect_fields("{0!x}", "Unknown conversion specifier x");
  expect_fields("{:{:{}}}", "Max string recursion exceeded");
}
