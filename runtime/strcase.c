// strcase.c: str's methods about letter case (upper, lower, title …) and kinds of characters
// (isalpha, isdigit, isupper …).
//
// Case mappings are the full ones: "ß".upper() is "SS", a capital sigma at a word's end becomes
// the final small one.
#include "rows.h"
#include "strmethods.h"
#include "textmethods.h"
#include "unicode.h"
#include "vm.h"

// ---- mapping

typedef struct {
  const char *start, *end;
} Bounds;

static Bounds bounds_of(const Str *s) { return (Bounds){s->data, s->data + s->length}; }

static const char *step_back(const char *p) {
  do p--;
  while (((uint8_t)*p & 0xC0) == 0x80);
  return p;
}

// Whether the sigma at p (the next character is at `after`) ends a word: a cased letter stands
// before it and none behind it, marks and apostrophes aside.
static bool is_final_sigma(Bounds text, const char *p, const char *after) {
  bool is_final = false;
  while (p > text.start) {
    p = step_back(p);
    const char *at = p;
    uint32_t c = utf8_next(&at);
    if (unicode_is_case_ignorable(c)) continue;
    is_final = unicode_is_cased(c);
    break;
  }
  while (is_final && after < text.end) {
    uint32_t c = utf8_next(&after);
    if (unicode_is_case_ignorable(c)) continue;
    return !unicode_is_cased(c);
  }
  return is_final;
}

// Lower case needs to see the text around the character.
static int lower_at(Bounds text, const char *p, const char *after, uint32_t c, uint32_t *out) {
  if (c != 0x3A3) return unicode_to_lower(c, out);
  *out = is_final_sigma(text, p, after) ? 0x3C2 : 0x3C3;
  return 1;
}

typedef enum { UPPER, LOWER, FOLD, SWAP, CAPITALIZE, TITLE } Mapping;

static Str *map_case(VM *vm, const Str *s, Mapping mapping) {
  Text result = text_new(vm);
  Bounds text = bounds_of(s);
  bool in_word = false;
  for (const char *p = text.start; p < text.end;) {
    const char *at = p;
    uint32_t c = utf8_next(&p), mapped[3];
    int n = 1;
    *mapped = c;
    switch (mapping) {
      case UPPER: n = unicode_to_upper(c, mapped); break;
      case LOWER: n = lower_at(text, at, p, c, mapped); break;
      case FOLD: n = unicode_fold(c, mapped); break;
      case SWAP:
        if (unicode_is_upper(c)) {
          n = lower_at(text, at, p, c, mapped);
        } else if (unicode_is_lower(c)) {
          n = unicode_to_upper(c, mapped);
        }
        break;
      case CAPITALIZE:
      case TITLE:
        n = in_word ? lower_at(text, at, p, c, mapped) : unicode_to_title(c, mapped);
        in_word = mapping == CAPITALIZE || unicode_is_cased(c);
        break;
    }
    for (int i = 0; i < n; i++) text_add_code_point(&result, mapped[i]);
  }
  return text_finish(&result);
}

// The two common mappings of ASCII text, a byte at a time.
static Str *map_ascii(VM *vm, const Str *s, uint8_t first) {
  Str *result = str_blank(vm, s->length, s->length);
  for (size_t i = 0; i < s->length; i++) {
    uint8_t c = (uint8_t)s->data[i];
    result->storage[i] = (char)(c ^ ((uint8_t)(c - first) < 26 ? 0x20 : 0));
  }
  return result;
}

static bool mapped(VM *vm, Value *args, Mapping mapping, Value *out) {
  const Str *s = as_str(args[0]);
  if (str_is_ascii(s) && mapping <= FOLD) {
    *out = from_object(map_ascii(vm, s, mapping == UPPER ? 'a' : 'A'));
  } else {
    *out = from_object(map_case(vm, s, mapping));
  }
  return true;
}

#define MAPPINGS(X) \
  X(upper, UPPER)   \
  X(lower, LOWER) X(casefold, FOLD) X(swapcase, SWAP) X(capitalize, CAPITALIZE) X(title, TITLE)
#define X(name, mapping)                                              \
  static bool do_##name(VM *vm, Value *args, int nargs, Value *out) { \
    (void)nargs;                                                      \
    return mapped(vm, args, mapping, out);                            \
  }
MAPPINGS(X)
#undef X

// ---- questions

// Whether all characters are such, and there is one (or `empty` holds).
static bool all_are(Value text, bool (*test)(uint32_t), bool empty, Value *out) {
  Bounds bounds = bounds_of(as_str(text));
  bool answer = bounds.start < bounds.end || empty;
  for (const char *p = bounds.start; answer && p < bounds.end;) answer = test(utf8_next(&p));
  *out = from_bool(answer);
  return true;
}

static bool is_alnum(uint32_t c) { return unicode_is_alpha(c) || unicode_is_numeric(c); }

// clang-format off
#define QUESTIONS(X)                         \
  X(isalpha, unicode_is_alpha, false)        \
  X(isalnum, is_alnum, false)                \
  X(isdecimal, unicode_is_decimal, false)    \
  X(isdigit, unicode_is_digit, false)        \
  X(isnumeric, unicode_is_numeric, false)    \
  X(isspace, unicode_is_space, false)        \
  X(isprintable, unicode_is_printable, true)
// clang-format on
#define X(name, test, empty)                                          \
  static bool do_##name(VM *vm, Value *args, int nargs, Value *out) { \
    (void)vm, (void)nargs;                                            \
    return all_are(args[0], test, empty, out);                        \
  }
QUESTIONS(X)
#undef X

static bool do_isascii(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_bool(str_is_ascii(as_str(args[0])));
  return true;
}

static bool do_isidentifier(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Bounds bounds = bounds_of(as_str(args[0]));
  const char *p = bounds.start;
  bool answer = p < bounds.end && unicode_is_identifier_start(utf8_next(&p));
  while (answer && p < bounds.end) answer = unicode_is_identifier_part(utf8_next(&p));
  *out = from_bool(answer);
  return true;
}

// Some characters of the one case, none of the others.
static bool all_cased(Value text, bool (*wanted)(uint32_t), bool (*other)(uint32_t), Value *out) {
  Bounds bounds = bounds_of(as_str(text));
  bool found = false;
  *out = FALSE_VALUE;
  for (const char *p = bounds.start; p < bounds.end;) {
    uint32_t c = utf8_next(&p);
    if (other(c) || unicode_is_title(c)) return true;
    found = found || wanted(c);
  }
  *out = from_bool(found);
  return true;
}

static bool do_islower(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  return all_cased(args[0], unicode_is_lower, unicode_is_upper, out);
}

static bool do_isupper(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  return all_cased(args[0], unicode_is_upper, unicode_is_lower, out);
}

// Capitals begin words, small letters go on with them.
static bool do_istitle(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Bounds bounds = bounds_of(as_str(args[0]));
  bool found = false, in_word = false;
  *out = FALSE_VALUE;
  for (const char *p = bounds.start; p < bounds.end;) {
    uint32_t c = utf8_next(&p);
    bool capital = unicode_is_upper(c) || unicode_is_title(c);
    if (!capital && !unicode_is_lower(c)) {
      in_word = false;
      continue;
    }
    if (capital == in_word) return true;
    found = in_word = true;
  }
  *out = from_bool(found);
  return true;
}

const NativeDef str_case_methods[] = {
#define X(name, ...) METHOD_ROW(#name, do_##name, 1, 1),
    MAPPINGS(X) QUESTIONS(X)
#undef X
        METHOD_ROW("isascii", do_isascii, 1, 1),
    METHOD_ROW("isidentifier", do_isidentifier, 1, 1),
    METHOD_ROW("islower", do_islower, 1, 1),
    METHOD_ROW("isupper", do_isupper, 1, 1),
    METHOD_ROW("istitle", do_istitle, 1, 1),
    END_ROW};
