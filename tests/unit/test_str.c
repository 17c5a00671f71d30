// test_str.c: str and bytes: storage, UTF-8, methods, and the encodings.
#include <criterion/criterion.h>
#include <stdarg.h>

#include "bytes.h"
#include "native_call.h"
#include "vm.h"

static VM *vm;
static void setup(void) { vm = vm_new(); }
static void teardown(void) { vm_free(vm); }
TestSuite(str, .init = setup, .fini = teardown);
TestSuite(bytes, .init = setup, .fini = teardown);

static Value text(const char *c) { return from_object(str_from_c(vm, c)); }
static Value octets(const char *c) { return from_object(bytes_new(vm, c, strlen(c))); }

// receiver.name(args…), EMPTY when it raises.
static Value call(Value receiver, const char *name, int count, ...) {
  Value args[6] = {receiver}, out = EMPTY;
  va_list rest;
  va_start(rest, count);
  for (int i = 0; i < count; i++) args[i + 1] = va_arg(rest, Value);
  va_end(rest);
  Value method = class_lookup(vm, value_class(vm, receiver), str_intern_c(vm, name));
  cr_assert(is_kind(method, KIND_NATIVE), "no method %s", name);
  bool done = native_call_leaf(vm, as_native(method), args, count + 1, NULL, &out);
  cr_assert_eq(done, is_empty(vm->exception));
  return done ? out : EMPTY;
}

static void expect_repr(Value v, const char *expected) {
  Text result = text_new(vm);
  cr_assert_eq(value_repr(vm, v, &result), TRI_YES, "%s", expected);
  Str *s = text_finish(&result);
  cr_expect(str_equals_c(s, expected), "%.*s, not %s", (int)s->length, s->data, expected);
  if (is_str(v)) cr_expect_eq(as_str(v)->count, utf8_count(as_str(v)->data, as_str(v)->length));
}

static void expect_error(Value result, Class *cls, const char *expected) {
  cr_assert(is_empty(result), "%s", expected);
  Text message = text_new(vm);
  cr_assert(exception_is(vm->exception, cls), "%s", expected);
  cr_assert_eq(exception_text(vm, vm->exception, &message), TRI_YES);
  Str *s = text_finish(&message);
  cr_expect(str_equals_c(s, expected), "%.*s, not %s", (int)s->length, s->data, expected);
  vm_clear_exception(vm);
}

// ---- storage

Test(str, counts_code_points) {
  cr_expect_eq(as_str(text("a日é𝔘"))->count, 4u);
  cr_expect(str_is_ascii(as_str(text("abc"))));
  cr_expect_not(str_is_ascii(as_str(text("é"))));
}

Test(str, steps_through_utf8) {
  const uint32_t points[] = {0, 'a', 0x7F, 0x80, 0x7FF, 0x800, 0xD800, 0xFFFF, 0x10000, 0x10FFFF};
  for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
    char encoded[4];
    size_t length = utf8_encode(points[i], encoded);
    const char *p = encoded;
    cr_expect_eq(utf8_next(&p), points[i]);
    cr_expect_eq((size_t)(p - encoded), length);
    cr_expect_eq(utf8_valid(encoded, length, NULL), points[i] != 0xD800);
  }
}

Test(str, equal_texts_hash_alike_and_intern_to_one) {
  Str *a = str_from_c(vm, "a longer text"), *b = str_from_c(vm, "a longer text");
  cr_expect(a != b && str_equal(a, b));
  cr_expect_eq(str_hash(a), str_hash(b));
  cr_expect_neq(str_hash(str_from_c(vm, "")), 0u);
  cr_expect_eq(str_intern(vm, a), str_intern(vm, b));
  cr_expect_eq(str_intern_c(vm, "a longer text"), str_intern(vm, a));
}

// Two extensions of the same text must not write over each other in the shared buffer.
Test(str, concatenations_of_one_text_stay_apart) {
  Str *base = str_from_c(vm, "x");
  for (int i = 0; i < 1000; i++) base = str_concat(vm, base, str_from_c(vm, "é"));
  Str *left = str_concat(vm, base, str_from_c(vm, "left"));
  Str *right = str_concat(vm, base, str_from_c(vm, "right"));
  Str *twice = str_concat(vm, left, left);
  cr_expect_eq(memcmp(left->data + base->length, "left", 4), 0);
  cr_expect_eq(memcmp(right->data + base->length, "right", 5), 0);
  cr_expect_eq(base->count, 1001u);
  cr_expect_eq(twice->count, 2010u);
  cr_expect_eq(memcmp(twice->data, twice->data + left->length, left->length), 0);
}

Test(str, slices_by_code_points) {
  Str *s = str_from_c(vm, "aé日𝔘b");
  expect_repr(from_object(str_slice(vm, s, 1, 4, 1, 3)), "'é日𝔘'");
  expect_repr(from_object(str_slice(vm, s, 4, -1, -2, 3)), "'b日a'");
  expect_repr(from_object(str_at(vm, s, 3)), "'𝔘'");
  cr_expect_eq(str_slice(vm, s, 0, 5, 1, 5), s);
}

Test(str, orders_by_code_point) {
  cr_expect_lt(str_compare(str_from_c(vm, "\uFFFD"), str_from_c(vm, "\U00010000")), 0);
  cr_expect_lt(str_compare(str_from_c(vm, "ab"), str_from_c(vm, "abc")), 0);
  cr_expect_eq(str_compare(str_from_c(vm, ""), vm->empty_str), 0);
}

Test(str, repr_chooses_quotes_and_escapes) {
  expect_repr(text("it's"), "\"it's\"");
  expect_repr(text("'\""), "'\\'\"'");
  expect_repr(text("a\\\n\t\x01\x7F"), "'a\\\\\\n\\t\\x01\\x7f'");
  expect_repr(text("é\u00A0\u200B日"), "'é\\xa0\\u200b日'");
  expect_repr(from_object(str_new(vm, "\xED\xA0\x80", 3)), "'\\ud800'");
}

// ---- methods

Test(str, finds_code_point_positions) {
  expect_repr(call(text("日本日本"), "find", 1, text("本")), "1");
  expect_repr(call(text("日本日本"), "rfind", 1, text("日")), "2");
  expect_repr(call(text("日本日本"), "find", 2, text("本"), small_int(2)), "3");
  expect_repr(call(text("abc"), "find", 2, text(""), small_int(4)), "-1");
  expect_repr(call(text("日本"), "count", 1, text("")), "3");
  expect_error(call(text("abc"), "index", 1, text("x")), vm->exceptions.ValueError,
               "substring not found");
  expect_error(call(text("abc"), "find", 1, NONE), vm->exceptions.TypeError,
               "must be str, not NoneType");
}

Test(str, splits) {
  expect_repr(call(text(" a  b c "), "split", 0), "['a', 'b', 'c']");
  expect_repr(call(text(" a  b c "), "split", 2, NONE, small_int(1)), "['a', 'b c ']");
  expect_repr(call(text(" a  b c "), "rsplit", 2, NONE, small_int(1)), "[' a  b', 'c']");
  expect_repr(call(text("\u3000é\u2028b\x1F"), "split", 0), "['é', 'b']");
  expect_repr(call(text("a,b,,c"), "rsplit", 2, text(","), small_int(2)), "['a,b', '', 'c']");
  expect_repr(call(text("x\r\ny\u2028z\n"), "splitlines", 1, TRUE_VALUE),
              "['x\\r\\n', 'y\\u2028', 'z\\n']");
  expect_repr(call(text("a-b-c"), "rpartition", 1, text("-")), "('a-b', '-', 'c')");
  expect_error(call(text("a"), "split", 1, text("")), vm->exceptions.ValueError, "empty separator");
}

Test(str, strips_characters_not_bytes) {
  expect_repr(call(text("ééabé"), "strip", 1, text("é")), "'ab'");
  // In UTF-8 é is C3 A9; the second set has both bytes, but not that character.
  expect_repr(call(text("éxé"), "strip", 1, text("Ãéê")), "'x'");
  expect_repr(call(text("éxé"), "strip", 1, text("è©")), "'éxé'");
}

Test(str, replaces_pads_and_joins) {
  expect_repr(call(text("日本"), "replace", 2, text(""), text("-")), "'-日-本-'");
  expect_repr(call(text("aaaa"), "replace", 3, text("aa"), text("b"), small_int(1)), "'baa'");
  expect_repr(call(text("ab"), "center", 2, small_int(5), text("日")), "'日日ab日'");
  expect_repr(call(text("-5"), "zfill", 1, small_int(4)), "'-005'");
  expect_repr(call(text("é\tb\n\tc"), "expandtabs", 1, small_int(4)), "'é   b\\n    c'");
  Value items = from_object(tuple_of(vm, 2, text("é"), text("b")));
  expect_repr(call(text("日"), "join", 1, items), "'é日b'");
  items = from_object(tuple_of(vm, 2, text("a"), small_int(1)));
  expect_error(call(text(""), "join", 1, items), vm->exceptions.TypeError,
               "sequence item 1: expected str instance, int found");
}

Test(str, maps_case_in_full) {
  expect_repr(call(text("straße ŉ"), "upper", 0), "'STRASSE ʼN'");
  expect_repr(call(text("ΟΔΥΣΣΕΥΣ Σ"), "lower", 0), "'οδυσσευς σ'");
  expect_repr(call(text("ǆ they're ﬁne"), "title", 0), "\"ǅ They'Re Fine\"");
  expect_repr(call(text("Straße"), "casefold", 0), "'strasse'");
  expect_repr(call(text("aBç"), "swapcase", 0), "'AbÇ'");
}

Test(str, asks_about_characters) {
  expect_repr(call(text("²"), "isdigit", 0), "True");
  expect_repr(call(text("²"), "isdecimal", 0), "False");
  expect_repr(call(text("一½"), "isnumeric", 0), "True");
  expect_repr(call(text("任务1"), "isidentifier", 0), "True");
  expect_repr(call(text("ǅa"), "istitle", 0), "True");
  expect_repr(call(text(""), "isprintable", 0), "True");
  expect_repr(call(text(""), "isspace", 0), "False");
}

// ---- bytes

Test(bytes, repr_and_hash) {
  expect_repr(octets("it's\t\x01\xFF\\"), "b\"it's\\t\\x01\\xff\\\\\"");
  cr_expect_eq(bytes_hash(as_bytes(octets("abc"))), bytes_hash(as_bytes(octets("abc"))));
  cr_expect_neq(bytes_hash(as_bytes(octets(""))), 0u);
}

Test(bytes, methods) {
  expect_repr(call(octets("abc"), "find", 1, small_int('b')), "1");
  expect_repr(call(octets("\xFFz"), "hex", 1, text(":")), "'ff:7a'");
  expect_repr(call(octets("a\xE9 B"), "upper", 0), "b'A\\xe9 B'");
  expect_repr(call(octets("\x1C x "), "strip", 0), "b'\\x1c x'");
  expect_error(call(octets("abc"), "find", 1, small_int(256)), vm->exceptions.ValueError,
               "byte must be in range(0, 256)");
  expect_error(call(octets("abc"), "split", 1, text("b")), vm->exceptions.TypeError,
               "a bytes-like object is required, not 'str'");
}

static Value encode(const char *s, const char *encoding, const char *errors) {
  Value out = EMPTY;
  bool done = bytes_encode(vm, str_from_c(vm, s), encoding, errors, &out);
  return done ? out : EMPTY;
}

static Value decode(const char *s, const char *encoding, const char *errors) {
  Value out = EMPTY;
  bool done = bytes_decode(vm, (const uint8_t *)s, strlen(s), encoding, errors, &out);
  return done ? out : EMPTY;
}

Test(bytes, encodes) {
  expect_repr(encode("é日", "UTF-8", "strict"), "b'\\xc3\\xa9\\xe6\\x97\\xa5'");
  expect_repr(encode("é", "l1", "strict"), "b'\\xe9'");
  expect_repr(encode("a日\U00012345", "us-ascii", "backslashreplace"),
              "b'a\\\\u65e5\\\\U00012345'");
  expect_repr(encode("é日", "ascii", "xmlcharrefreplace"), "b'&#233;&#26085;'");
  expect_repr(encode("\xED\xB2\x80z", "utf8", "surrogateescape"), "b'\\x80z'");
  expect_error(encode("a日本b", "latin-1", "strict"), vm->exceptions.UnicodeEncodeError,
               "'latin-1' codec can't encode characters in position 1-2: ordinal not in "
               "range(256)");
  expect_error(encode("\xED\xA0\x80", "utf8", "strict"), vm->exceptions.UnicodeEncodeError,
               "'utf-8' codec can't encode character '\\ud800' in position 0: surrogates not "
               "allowed");
  expect_error(encode("a", "nonsense", "strict"), vm->exceptions.LookupError,
               "unknown encoding: nonsense");
}

Test(bytes, decodes_bad_utf8_as_python_does) {
  expect_repr(decode("a\xF0\x90x", "utf-8", "replace"), "'a\uFFFDx'");
  expect_repr(decode("\xED\xA0\x80", "utf-8", "replace"), "'\uFFFD\uFFFD\uFFFD'");
  expect_repr(decode("\xE9z", "utf-8", "surrogateescape"), "'\\udce9z'");
  expect_repr(decode("\xE9z", "ascii", "backslashreplace"), "'\\\\xe9z'");
  expect_error(decode("ab\xE2\x82", "utf-8", "strict"), vm->exceptions.UnicodeDecodeError,
               "'utf-8' codec can't decode bytes in position 2-3: unexpected end of data");
  expect_error(decode("\x80", "utf-8", "strict"), vm->exceptions.UnicodeDecodeError,
               "'utf-8' codec can't decode byte 0x80 in position 0: invalid start byte");
  expect_error(decode("\xE9", "ascii", "nonsense"), vm->exceptions.LookupError,
               "unknown error handler name 'nonsense'");
}
