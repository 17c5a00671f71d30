// jsonscan.c: reading JSON.
//
// parse(text, start, strict) reads one value where no hook of the program takes part, and
// scan_string(text, start, strict) one string. Both answer (value, end); what is wrong with the
// text is answered as (None, message, position), for json.decoder to raise. Positions count code
// points outside and bytes inside.
#include <stdlib.h>

#include "float.h"
#include "int.h"
#include "jsonmodule.h"
#include "rows.h"
#include "signals.h"

typedef struct {
  VM *vm;
  const Str *text;
  const char *p, *end;
  bool strict;
  const char *problem;  // what is wrong
  const char *where;
} Scanner;

static bool wrong(Scanner *s, const char *problem, const char *where) {
  s->problem = problem;
  s->where = where;
  return false;
}

static void skip_space(Scanner *s) {
  while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r')) s->p++;
}

// ---- strings

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Four hex digits at p.
static bool scan_hex(Scanner *s, const char *p, uint32_t *out) {
  *out = 0;
  for (int i = 0; i < 4; i++) {
    int digit = s->end - p > i ? hex_digit(p[i]) : -1;
    if (digit < 0) return wrong(s, "Invalid \\uXXXX escape", p - 1);
    *out = *out * 16 + (uint32_t)digit;
  }
  return true;
}

// The escape whose backslash is at s->p.
static bool scan_escape(Scanner *s, const char *begin, Text *out) {
  const char *from = "\"\\/bfnrt", *to = "\"\\/\b\f\n\r\t";
  if (s->p + 1 >= s->end) return wrong(s, "Unterminated string starting at", begin);
  char c = s->p[1];
  if (c != 'u') {
    const char *found = c == '\0' ? NULL : strchr(from, c);
    if (found == NULL) return wrong(s, "Invalid \\escape", s->p);
    text_add_char(out, to[found - from]);
    s->p += 2;
    return true;
  }
  uint32_t code, low;
  if (!scan_hex(s, s->p + 2, &code)) return false;
  s->p += 6;
  if (code >= 0xD800 && code <= 0xDBFF && s->end - s->p >= 2 && s->p[0] == '\\' && s->p[1] == 'u') {
    if (!scan_hex(s, s->p + 2, &low)) return false;
    if (low >= 0xDC00 && low <= 0xDFFF) {
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      s->p += 6;
    }
  }
  text_add_code_point(out, code);
  return true;
}

// s->p stands behind the opening quote.
static bool scan_string(Scanner *s, Str **out) {
  const char *begin = s->p - 1, *start = s->p;
  Text text = text_new(s->vm);
  for (;;) {
    const char *plain = s->p;
    while (s->p < s->end && *s->p != '"' && *s->p != '\\' &&
           ((unsigned char)*s->p >= 0x20 || !s->strict)) {
      s->p++;
    }
    if (s->p >= s->end) {
      text_free(&text);
      return wrong(s, "Unterminated string starting at", begin);
    }
    if (*s->p == '"' && plain == start) {  // the whole string is plain
      *out = str_of(s->vm, start, (size_t)(s->p++ - start));
      return true;
    }
    text_add(&text, plain, (size_t)(s->p - plain));
    if (*s->p == '"') {
      s->p++;
      *out = text_finish(&text);
      return true;
    }
    bool ok = *s->p == '\\' ? scan_escape(s, begin, &text)
                            : wrong(s, "Invalid control character at", s->p);
    if (!ok) {
      text_free(&text);
      return false;
    }
  }
}

// ---- numbers and words

static bool is_digit(const Scanner *s, const char *p) {
  return p < s->end && *p >= '0' && *p <= '9';
}

static bool scan_number(Scanner *s, Value *out) {
  const char *start = s->p, *p = s->p;
  if (p < s->end && *p == '-') p++;
  if (!is_digit(s, p)) return wrong(s, "Expecting value", start);
  if (*p == '0') {
    p++;
  } else {
    while (is_digit(s, p)) p++;
  }
  bool real = false;
  if (p < s->end && *p == '.' && is_digit(s, p + 1)) {
    real = true;
    for (p++; is_digit(s, p);) p++;
  }
  if (p < s->end && (*p == 'e' || *p == 'E')) {
    const char *q = p + 1;
    if (q < s->end && (*q == '+' || *q == '-')) q++;
    if (is_digit(s, q)) {
      real = true;
      while (is_digit(s, q)) q++;
      p = q;
    }
  }
  size_t length = (size_t)(p - start);
  s->p = p;
  if (real) {
    double d;
    if (!float_parse(s->vm, start, length, &d)) return wrong(s, "Expecting value", start);
    *out = from_double(d);
    return true;
  }
  if (length > 14) {
    return int_parse(s->vm, from_object(str_new(s->vm, start, length)), 10, out);
  }
  int64_t number = 0;
  for (const char *q = start + (*start == '-'); q < p; q++) number = number * 10 + (*q - '0');
  *out = small_int(*start == '-' ? -number : number);
  return true;
}

static bool scan_word(Scanner *s, Value *out) {
  static const struct {
    const char *word;
    double number;
    Value value;
  } words[] = {{"null", 0, NONE},
               {"true", 0, TRUE_VALUE},
               {"false", 0, FALSE_VALUE},
               {"NaN", __builtin_nan(""), EMPTY},
               {"Infinity", __builtin_inf(), EMPTY},
               {"-Infinity", -__builtin_inf(), EMPTY}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    size_t length = strlen(words[i].word);
    if ((size_t)(s->end - s->p) < length || memcmp(s->p, words[i].word, length) != 0) continue;
    s->p += length;
    *out = is_empty(words[i].value) ? from_double(words[i].number) : words[i].value;
    return true;
  }
  return scan_number(s, out);
}

// ---- values

// A container that is being filled: a list, or a dict with the key of the value to come.
typedef struct {
  Value container;
  Str *key;
} Level;

typedef struct {
  Level *levels;
  size_t count, capacity;
} Stack;

static bool push(Scanner *s, Stack *stack, Value container) {
  if (stack->count >= json_depth_limit(s->vm)) {
    return vm_raise(s->vm, s->vm->exceptions.RecursionError,
                    "maximum recursion depth exceeded while decoding a JSON %s from a unicode "
                    "string",
                    is_list(container) ? "array" : "object");
  }
  if (stack->count == stack->capacity) {
    size_t capacity = stack->capacity == 0 ? 16 : stack->capacity * 2;
    stack->levels = heap_buffer_resize(s->vm, stack->levels, stack->capacity * sizeof(Level),
                                       capacity * sizeof(Level));
    stack->capacity = capacity;
  }
  stack->levels[stack->count++] = (Level){container, NULL};
  return true;
}

// The name and the colon before a value of an object.
static bool scan_key(Scanner *s, Level *level) {
  if (s->p >= s->end || *s->p != '"') {
    return wrong(s, "Expecting property name enclosed in double quotes", s->p);
  }
  s->p++;
  if (!scan_string(s, &level->key)) return false;
  level->key = str_intern(s->vm, level->key);
  skip_space(s);
  if (s->p >= s->end || *s->p != ':') return wrong(s, "Expecting ':' delimiter", s->p);
  s->p++;
  skip_space(s);
  return true;
}

// What begins at s->p. *opened: a container that waits for its first item, already pushed.
static bool begin_value(Scanner *s, Stack *stack, Value *out, bool *opened) {
  *opened = false;
  char c = s->p < s->end ? *s->p : '\0';
  if (c == '"') {
    Str *string = NULL;
    s->p++;
    bool ok = scan_string(s, &string);
    *out = from_object(string);
    return ok;
  }
  if (c != '[' && c != '{') return scan_word(s, out);
  s->p++;
  skip_space(s);
  *out = c == '[' ? from_object(list_new(s->vm, 0)) : from_object(dict_new(s->vm));
  if (!push(s, stack, *out)) return false;
  if (s->p < s->end && *s->p == (c == '[' ? ']' : '}')) {
    s->p++;
    stack->count--;
    return true;
  }
  *opened = true;
  return c == '[' || scan_key(s, &stack->levels[stack->count - 1]);
}

static bool scan_value(Scanner *s, Stack *stack, Value *out) {
  bool opened;
  for (;;) {
    Value value;
    if (!signals_let_go_on(s->vm) || !begin_value(s, stack, &value, &opened)) return false;
    if (opened) continue;
    for (;;) {  // a whole value: into its container, and on
      if (stack->count == 0) {
        *out = value;
        return true;
      }
      Level *level = &stack->levels[stack->count - 1];
      bool array = is_list(level->container);
      if (array) {
        list_append(s->vm, as_list(level->container), value);
      } else {
        dict_set_str(s->vm, as_dict(level->container), level->key, value);
      }
      skip_space(s);
      if (s->p < s->end && *s->p == ',') {
        s->p++;
        skip_space(s);
        if (!array && !scan_key(s, level)) return false;
        break;
      }
      if (s->p >= s->end || *s->p != (array ? ']' : '}')) {
        return wrong(s, "Expecting ',' delimiter", s->p);
      }
      s->p++;
      value = level->container;
      stack->count--;
    }
  }
}

// ---- natives

static bool begin(VM *vm, Value *args, Scanner *s) {
  if (!is_str(args[0])) {
    return raise_type_error(vm, "first argument must be a string, not %s",
                            value_class_name(vm, args[0]));
  }
  int64_t start;
  if (!is_int(args[1]) || !int_to_i64(args[1], &start)) start = 0;
  if (start < 0) return raise_value_error(vm, "idx cannot be negative");
  *s = (Scanner){vm, as_str(args[0]), NULL, NULL, args[2] != FALSE_VALUE, NULL, NULL};
  size_t count = s->text->count;
  s->p = s->text->data + str_offset(vm, s->text, (size_t)start < count ? (size_t)start : count);
  s->end = s->text->data + s->text->length;
  return true;
}

static Value position(const Scanner *s, const char *where) {
  return small_int((int64_t)utf8_count(s->text->data, (size_t)(where - s->text->data)));
}

static bool finish(Scanner *s, bool ok, Value value, Value *out) {
  VM *vm = s->vm;
  if (ok) {
    *out = from_object(tuple_of(vm, 2, value, position(s, s->p)));
    return true;
  }
  if (s->problem == NULL) return false;
  *out = from_object(
      tuple_of(vm, 3, NONE, from_object(str_from_c(vm, s->problem)), position(s, s->where)));
  return true;
}

static bool json_parse(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Scanner s;
  if (!begin(vm, args, &s)) return false;
  Stack stack = {NULL, 0, 0};
  Value value = NONE;
  bool ok = scan_value(&s, &stack, &value);
  heap_buffer_free(vm, stack.levels, stack.capacity * sizeof(Level));
  return finish(&s, ok, value, out);
}

static bool json_scan_string(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Scanner s;
  if (!begin(vm, args, &s)) return false;
  Str *string = NULL;
  bool ok = scan_string(&s, &string);
  return finish(&s, ok, from_object(string), out);
}

const NativeDef json_scan_functions[] = {
    FUNCTION_ROW("parse", json_parse, 3, 3, NULL),
    FUNCTION_ROW("scan_string", json_scan_string, 3, 3, NULL),
    END_ROW,
};
