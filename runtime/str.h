// str.h: str (immutable text, UTF-8 inside, code points outside) and its methods.
//
// `data` holds `length` bytes of valid UTF-8, except that lone surrogates (from "\ud800" or
// surrogateescape) are kept in their three-byte form. `count` is the number of code points; a str
// is ASCII exactly when count == length, and then it indexes in O(1). data is not NUL-terminated:
// a large concatenation shares a growable buffer, so that building a text by += is linear.
// The hash is computed on first use and kept in header.aux (0: not yet).
#ifndef CORO_STR_H
#define CORO_STR_H

#include <stdarg.h>

#include "object.h"

typedef struct StrBuffer StrBuffer;  // a shared growable buffer, private to str.c

struct Str {
  Object header;
  size_t length;  // in bytes
  size_t count;   // in code points
  const char *data;
  StrBuffer *buffer;  // NULL: data is the inline storage below
  char storage[];
};

enum { STR_INTERNED = 0x10 };  // header.flags: equal interned strs are the same object

static inline Str *as_str(Value v) {
  assert(is_str(v));
  return (Str *)as_object(v);
}
static inline bool str_is_ascii(const Str *s) { return s->count == s->length; }

// A fresh str, NUL-terminated. The bytes must be valid (WTF-8).
Str *str_new(VM *vm, const char *utf8, size_t length);
// Room for `length` bytes that make `count` code points; the caller fills s->storage at once.
Str *str_blank(VM *vm, size_t length, size_t count);
// The same as str_new, but the empty str and those of one Latin-1 character are shared.
Str *str_of(VM *vm, const char *utf8, size_t length);
Str *str_from_c(VM *vm, const char *c_string);
Str *str_format(VM *vm, const char *format, ...) __attribute__((format(printf, 2, 3), nonnull(2)));
enum { INT64_DIGITS = 20 };
// Writes the decimal digits of i, which end at `end`; they begin at the result.
char *int64_digits(int64_t i, char *end);
Str *str_from_int(VM *vm, int64_t i);
Str *str_join_all(VM *vm, const Value *strs, int count);  // one after the other
Str *str_from_code_point(VM *vm, uint32_t code_point);    // ASCII and Latin-1 ones are shared
const char *str_c(VM *vm, const Str *s);                  // its bytes with a NUL behind them
Str *str_intern(VM *vm, Str *s);                          // the one interned str equal to s
Str *str_intern_c(VM *vm, const char *c);                 // the same, from a C string
Str *str_concat(VM *vm, Str *a, Str *b);
uint32_t str_hash(const Str *s);  // never 0; equal strs have equal hashes
bool str_equal(const Str *a, const Str *b);
bool str_equals_c(const Str *s, const char *c);
int str_compare(const Str *a, const Str *b);  // by code point: <0, 0, >0
// The code points [start, stop) by step, as slices want them (indices already adjusted).
Str *str_slice(VM *vm, Str *s, int64_t start, int64_t stop, int64_t step, int64_t count);
// Where a code point begins in data. The index may be s->count: the end.
size_t str_offset(VM *vm, const Str *s, size_t index);
// One code point as a str; the index counts code points and must be in range.
Str *str_at(VM *vm, Str *s, size_t index);
bool str_contains(const Str *s, const Str *part);
Value str_repeat(VM *vm, Str *s, int64_t times);  // EMPTY with an exception when absurdly long

// A growing text, for building results. Plain C memory: call text_finish or text_free.
typedef struct {
  VM *vm;
  char *data;
  size_t length, capacity;
} Text;
static inline Text text_new(VM *vm) { return (Text){vm, NULL, 0, 0}; }
void text_add(Text *t, const char *bytes, size_t length);
void text_add_c(Text *t, const char *c_string);
void text_add_str(Text *t, const Str *s);
void text_add_char(Text *t, char c);
void text_add_int(Text *t, int64_t i);  // in decimal
void text_add_code_point(Text *t, uint32_t code_point);
void text_fill(Text *t, uint32_t code_point, int64_t count);  // none if count is negative
void text_printf(Text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));
void text_vprintf(Text *t, const char *format, va_list args);
Str *text_finish(Text *t);  // makes the str and frees the buffer
void text_free(Text *t);
void text_forget_spare(VM *vm);  // gives the buffer kept between texts back

// UTF-8 stepping: decodes the code point at *p and moves *p past it.
uint32_t utf8_next(const char **p);
size_t utf8_count(const char *bytes, size_t length);
bool utf8_valid(const char *bytes, size_t length, size_t *bad_offset);  // strict UTF-8
size_t utf8_encode(uint32_t code_point, char out[4]);

// repr() of a text appended to t; of a bytes likewise in bytes.h.
void str_repr(Text *t, const Str *s, bool ascii_only);

// Whether repr() shows a character as it is (str.isprintable of one character).
bool str_code_point_is_printable(uint32_t code_point);
uint32_t str_hash_bytes(const char *bytes, size_t length);  // never 0

// The table of interned strs, one an interpreter (vm->strings).
struct StrTable *str_table_new(VM *vm);
void str_table_free(VM *vm);
void str_table_mark(VM *vm);
void str_forget_crumbs(VM *vm);

void str_install(VM *vm);  // the class str and its methods
void str_free(VM *vm, Object *object);

#endif
