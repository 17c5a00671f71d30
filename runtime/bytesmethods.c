// bytesmethods.c: the class bytes: its table of methods, and those that are its alone (decode, hex,
// translate) or know ASCII only (upper, isalpha …). The ones shared with str are in textsearch.c
// and textsplit.c; codecs.c does the decoding.
#include "dunder.h"
#include "int.h"
#include "rows.h"
#include "textmethods.h"
#include "vm.h"

static bool decode(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  static const char *const names[] = {"encoding", "errors"};
  const char *given[] = {"utf-8", "strict"};
  for (int i = 0; i < 2; i++) {
    Value v = args[i + 1];
    if (is_empty(v)) continue;
    if (!is_str(v)) {
      return raise_type_error(vm, "decode() argument '%s' must be str, not %s", names[i],
                              is_none(v) ? "None" : value_class_name(vm, v));
    }
    if (memchr(as_str(v)->data, '\0', as_str(v)->length) != NULL) {
      return raise_value_error(vm, "embedded null character");
    }
    given[i] = str_c(vm, as_str(v));
  }
  const Bytes *bytes = as_bytes(args[0]);
  return bytes_decode(vm, bytes->data, bytes->length, given[0], given[1], out);
}

static bool to_bytes(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = args[0];
  return true;
}

// ---- hexadecimal

// The separator of hex(): one ASCII character.
static bool separator_arg(VM *vm, Value v, char *out) {
  int64_t length = 0;
  if (!is_str(v) && !is_bytes(v)) {
    if (value_length(vm, v, &length) == TRI_ERROR) return false;
    if (length != 1) return raise_value_error(vm, "sep must be length 1.");
    return raise_type_error(vm, "sep must be str or bytes.");
  }
  if (text_count_of(v) != 1) return raise_value_error(vm, "sep must be length 1.");
  *out = span_of(v).data[0];
  return (uint8_t)*out < 128 || raise_value_error(vm, "sep must be ASCII.");
}

// A separator after every `group` bytes, counted from the right; from the left when negative.
static bool hex(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  static const char digits[] = "0123456789abcdef";
  int64_t group = 1;
  char separator = 0;
  Tri known = text_int_arg(vm, args[2], &group);
  if (known != TRI_YES) return text_retry(vm, known, "hex", args, 3, out);
  if (is_empty(args[1])) {
    group = 0;
  } else if (!separator_arg(vm, args[1], &separator)) {
    return false;
  }
  const Bytes *bytes = as_bytes(args[0]);
  size_t n = bytes->length, size = (size_t)(group < 0 ? -group : group);
  size_t first = size == 0 ? n : size;  // bytes before the first separator
  if (group > 0 && n % size != 0) first = n % size;
  size_t left = first;
  Text text = text_new(vm);
  for (size_t i = 0; i < n; i++) {
    if (left == 0) {
      text_add_char(&text, separator);
      left = size;
    }
    left--;
    text_add_char(&text, digits[bytes->data[i] >> 4]);
    text_add_char(&text, digits[bytes->data[i] & 15]);
  }
  *out = from_object(text_finish(&text));
  return true;
}

static int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// fromhex(cls, text): white space may stand between the bytes.
static bool fromhex(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_str(args[1])) {
    return raise_type_error(vm, "fromhex() argument must be str, not %s",
                            is_none(args[1]) ? "None" : value_class_name(vm, args[1]));
  }
  const Str *s = as_str(args[1]);
  Text octets = text_new(vm);
  const char *end = s->data + s->length, *p = s->data, *bad = NULL;
  while (bad == NULL && p < end) {
    if (is_space(*p)) {
      p++;
      continue;
    }
    int high = digit_value(*p), low = p + 1 < end ? digit_value(p[1]) : -1;
    if (high < 0 || low < 0) {
      bad = high < 0 ? p : p + 1;
    } else {
      text_add_char(&octets, (char)(high << 4 | low));
      p += 2;
    }
  }
  if (bad == NULL)
    *out = text_part(vm, from_object(bytes_new(vm, NULL, 0)), octets.data, octets.length);
  text_free(&octets);
  return bad == NULL ||
         raise_value_error(vm, "non-hexadecimal number found in fromhex() arg at position %zu",
                           utf8_count(s->data, (size_t)(bad - s->data)));
}

// ---- translate

static bool translate(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Bytes *bytes = as_bytes(args[0]);
  Span table = {NULL, 256}, gone = {NULL, 0};
  if (!is_none(args[1])) {
    if (!text_arg(vm, args[0], args[1], "", &table)) return false;
    if (table.length != 256) {
      return raise_value_error(vm, "translation table must be 256 characters long");
    }
  }
  if (!is_empty(args[2]) && !text_arg(vm, args[0], args[2], "", &gone)) return false;
  Text result = text_new(vm);
  for (size_t i = 0; i < bytes->length; i++) {
    uint8_t c = bytes->data[i];
    if (gone.length > 0 && memchr(gone.data, c, gone.length) != NULL) continue;
    text_add_char(&result, table.data == NULL ? (char)c : table.data[c]);
  }
  *out = text_part(vm, args[0], result.data, result.length);
  text_free(&result);
  return true;
}

static bool maketrans(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  for (int i = 0; i < 2; i++) {
    if (is_bytes(args[i])) continue;
    return raise_type_error(vm, "a bytes-like object is required, not '%s'",
                            value_class_name(vm, args[i]));
  }
  const Bytes *from = as_bytes(args[0]), *to = as_bytes(args[1]);
  if (from->length != to->length) {
    return raise_value_error(vm, "maketrans arguments must have same length");
  }
  Bytes *table = bytes_new(vm, NULL, 256);
  for (int i = 0; i < 256; i++) table->data[i] = (uint8_t)i;
  for (size_t i = 0; i < from->length; i++) table->data[from->data[i]] = to->data[i];
  *out = from_object(table);
  return true;
}

// ---- case, and kinds of characters

static bool is_lower(uint8_t c) { return c >= 'a' && c <= 'z'; }
static bool is_upper(uint8_t c) { return c >= 'A' && c <= 'Z'; }
static bool is_letter(uint8_t c) { return is_lower(c | 0x20); }
static bool is_number(uint8_t c) { return c >= '0' && c <= '9'; }
static bool is_letter_or_number(uint8_t c) { return is_letter(c) || is_number(c); }
static bool is_white(uint8_t c) { return is_space((char)c); }
static bool is_ascii(uint8_t c) { return c < 128; }

typedef enum { UPPER, LOWER, SWAP, CAPITALIZE, TITLE } Mapping;

static bool mapped(VM *vm, Value *args, Mapping mapping, Value *out) {
  const Bytes *bytes = as_bytes(args[0]);
  Bytes *result = bytes_new(vm, NULL, bytes->length);
  bool in_word = false;
  for (size_t i = 0; i < bytes->length; i++) {
    uint8_t c = bytes->data[i];
    bool raise = mapping == UPPER || (mapping == SWAP ? is_lower(c) : false);
    if (mapping == CAPITALIZE || mapping == TITLE) raise = !in_word;
    in_word = mapping == CAPITALIZE || is_letter(c);
    if (raise ? is_lower(c) : is_upper(c)) c ^= 0x20;
    result->data[i] = c;
  }
  *out = from_object(result);
  return true;
}

static bool all_are(Value v, bool (*test)(uint8_t), bool empty, Value *out) {
  const Bytes *bytes = as_bytes(v);
  bool answer = bytes->length > 0 || empty;
  for (size_t i = 0; answer && i < bytes->length; i++) answer = test(bytes->data[i]);
  *out = from_bool(answer);
  return true;
}

// Some letters of the one case, none of the other.
static bool all_cased(Value v, bool (*wanted)(uint8_t), Value *out) {
  const Bytes *bytes = as_bytes(v);
  bool found = false;
  *out = FALSE_VALUE;
  for (size_t i = 0; i < bytes->length; i++) {
    if (!is_letter(bytes->data[i])) continue;
    if (!wanted(bytes->data[i])) return true;
    found = true;
  }
  *out = from_bool(found);
  return true;
}

static bool titled(Value v, Value *out) {
  const Bytes *bytes = as_bytes(v);
  bool found = false, in_word = false;
  *out = FALSE_VALUE;
  for (size_t i = 0; i < bytes->length; i++) {
    uint8_t c = bytes->data[i];
    if (is_letter(c)) {
      if (is_upper(c) == in_word) return true;
      found = true;
    }
    in_word = is_letter(c);
  }
  *out = from_bool(found);
  return true;
}

// clang-format off
#define ASCII_METHODS(X)                                        \
  X(upper, mapped(vm, args, UPPER, out))                        \
  X(lower, mapped(vm, args, LOWER, out))                        \
  X(swapcase, mapped(vm, args, SWAP, out))                      \
  X(capitalize, mapped(vm, args, CAPITALIZE, out))              \
  X(title, mapped(vm, args, TITLE, out))                        \
  X(isalpha, all_are(args[0], is_letter, false, out))           \
  X(isalnum, all_are(args[0], is_letter_or_number, false, out)) \
  X(isdigit, all_are(args[0], is_number, false, out))           \
  X(isspace, all_are(args[0], is_white, false, out))            \
  X(isascii, all_are(args[0], is_ascii, true, out))             \
  X(islower, all_cased(args[0], is_lower, out))                 \
  X(isupper, all_cased(args[0], is_upper, out))                 \
  X(istitle, titled(args[0], out))
// clang-format on
#define X(name, answer)                                               \
  static bool do_##name(VM *vm, Value *args, int nargs, Value *out) { \
    (void)vm, (void)nargs;                                            \
    return answer;                                                    \
  }
ASCII_METHODS(X)
#undef X

// ---- the class

static const NativeDef methods[] = {
    TEXT_METHOD_ROWS,
#define X(name, answer) METHOD_ROW(#name, do_##name, 1, 1),
    ASCII_METHODS(X)
#undef X
        LEAF_ROW("decode", decode, 1, 3, NATIVE_METHOD, "self / encoding errors"),
    METHOD_ROW("__bytes__", to_bytes, 1, 1),
    LEAF_ROW("hex", hex, 1, 3, NATIVE_METHOD, "self / sep bytes_per_sep"),
    LEAF_ROW("fromhex", fromhex, 2, 2, NATIVE_CLASS, NULL),
    LEAF_ROW("translate", translate, 2, 3, NATIVE_METHOD, "self table / delete"),
    LEAF_ROW("maketrans", maketrans, 2, 2, NATIVE_STATIC, NULL),
    END_ROW};

void bytes_install(VM *vm) {
  native_add_methods(vm, vm->bytes_class, methods);
  dunder_install(vm, vm->bytes_class,
                 DUNDER_BINARY(BIN_ADD) | DUNDER_BINARY(BIN_MUL) | DUNDER_BINARY(BIN_MOD) |
                     DUNDER_REFLECTED(BIN_MUL) | DUNDER_REFLECTED(BIN_MOD) | DUNDER_EQUAL |
                     DUNDER_ORDER | DUNDER_HASH | DUNDER_REPR | DUNDER_LEN | DUNDER_CONTAINS |
                     DUNDER_GETITEM | DUNDER_ITER);
}
