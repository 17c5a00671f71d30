// str.c: making, sharing, comparing and cutting strs. Methods are in strmethods.c, the builder in
// text.c, UTF-8 in utf8.c.
//
// Invariants: data holds valid UTF-8 (lone surrogates in three bytes); count is its number of code
// points; while a StrBuffer is shared, its first `used` bytes never change and never move.
#include "str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "heap_private.h"
#include "vm.h"

// A concatenation at least this long gets a growable buffer. Below, copying is cheaper.
#define SHARED_MIN 256

struct StrBuffer {
  size_t references, used, capacity;
  char bytes[];
};

// Where in a str that is not ASCII a code point was found last, so that s[0], s[1], s[2] … is not
// quadratic. A collection forgets the crumbs: a dead str's address may come back as another str.
typedef struct {
  const Str *str;
  size_t index, offset;
} Crumb;

#define CRUMBS 8
#define CRUMB_MIN 64  // shorter strs (in bytes) are walked every time

// The interned strs (open addressing; they live as long as the interpreter), the one-character
// strs of Latin-1, and the crumbs.
typedef struct StrTable {
  Str **slots;
  size_t count, capacity;
  Str *characters[256];
  Crumb crumbs[CRUMBS];
} StrTable;

static Str *allocate(VM *vm, size_t length) {
  Str *s = heap_alloc(vm, KIND_STR, vm->str_class, sizeof *s + length + 1);
  s->length = length;
  s->data = s->storage;
  return s;
}

Str *str_blank(VM *vm, size_t length, size_t count) {
  Str *s = allocate(vm, length);
  s->count = count;
  return s;
}

static Str *new_counted(VM *vm, const char *utf8, size_t length, size_t count) {
  Str *s = allocate(vm, length);
  memcpy(s->storage, utf8, length);
  s->count = count;
  return s;
}

Str *str_new(VM *vm, const char *utf8, size_t length) {
  return new_counted(vm, utf8, length, utf8_count(utf8, length));
}

Str *str_of(VM *vm, const char *utf8, size_t length) {
  if (length == 0) return vm->empty_str;
  if (length <= 2) {
    const char *p = utf8;
    uint32_t c = utf8_next(&p);
    if (p == utf8 + length && c < 256) return str_from_code_point(vm, c);
  }
  return str_new(vm, utf8, length);
}

char *int64_digits(int64_t i, char *end) {
  uint64_t rest = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
  do {
    *--end = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (i < 0) *--end = '-';
  return end;
}

Str *str_from_int(VM *vm, int64_t i) {
  char digits[INT64_DIGITS], *end = digits + sizeof digits, *p = int64_digits(i, end);
  size_t length = (size_t)(end - p);
  return length == 1 ? str_from_code_point(vm, (uint32_t)*p) : new_counted(vm, p, length, length);
}

Str *str_join_all(VM *vm, const Value *strs, int count) {
  size_t length = 0, points = 0;
  for (int i = 0; i < count; i++) {
    length += as_str(strs[i])->length;
    points += as_str(strs[i])->count;
  }
  if (length == 0) return vm->empty_str;
  Str *joined = str_blank(vm, length, points);
  char *at = joined->storage;
  for (int i = 0; i < count; i++) {
    const Str *s = as_str(strs[i]);
    memcpy(at, s->data, s->length);
    at += s->length;
  }
  return joined;
}

Str *str_from_c(VM *vm, const char *c_string) { return str_new(vm, c_string, strlen(c_string)); }

Str *str_format(VM *vm, const char *format, ...) {
  char small[256];
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int length = vsnprintf(small, sizeof small, format, args);
  va_end(args);
  Str *s;
  if (length < (int)sizeof small) {
    s = str_new(vm, small, (size_t)length);
  } else {
    s = allocate(vm, (size_t)length);
    vsnprintf(s->storage, (size_t)length + 1, format, again);
    s->count = utf8_count(s->storage, s->length);
  }
  va_end(again);
  return s;
}

const char *str_c(VM *vm, const Str *s) {
  return s->buffer == NULL ? s->data : str_new(vm, s->data, s->length)->data;
}

// ---- hash and comparison

// FNV-1a over eight bytes at a time, with a final mix: quick, and good enough for our tables.
uint32_t str_hash_bytes(const char *bytes, size_t length) {
  uint64_t h = UINT64_C(0xCBF29CE484222325) ^ length;
  while (length >= 8) {
    uint64_t chunk;
    memcpy(&chunk, bytes, 8);
    h = (h ^ chunk) * UINT64_C(0x9FB21C651E98DF25);
    h ^= h >> 32;
    bytes += 8;
    length -= 8;
  }
  for (; length > 0; length--) h = (h ^ (uint8_t)*bytes++) * UINT64_C(0x100000001B3);
  h = (h ^ h >> 29) * UINT64_C(0xBF58476D1CE4E5B9);
  uint32_t folded = (uint32_t)(h >> 32);
  return folded == 0 ? 1 : folded;
}

uint32_t str_hash(const Str *s) {
  if (s->header.aux == 0) {
    ((Str *)s)->header.aux = str_hash_bytes(s->data, s->length);  // a cache, not a change
  }
  return s->header.aux;
}

bool str_equal(const Str *a, const Str *b) {
  if (a == b) return true;
  if (a->length != b->length) return false;
  if ((a->header.flags & b->header.flags & STR_INTERNED) != 0) return false;
  return memcmp(a->data, b->data, a->length) == 0;
}

bool str_equals_c(const Str *s, const char *c) {
  return strlen(c) == s->length && memcmp(s->data, c, s->length) == 0;
}

int str_compare(const Str *a, const Str *b) {
  // The order of UTF-8 bytes is the order of code points.
  size_t shorter = a->length < b->length ? a->length : b->length;
  int order = memcmp(a->data, b->data, shorter);
  if (order != 0) return order;
  return a->length < b->length ? -1 : a->length > b->length;
}

// ---- interning

StrTable *str_table_new(VM *vm) {
  (void)vm;
  return heap_must_allocate(calloc(1, sizeof(StrTable)));
}

void str_table_free(VM *vm) {
  free(vm->strings->slots);
  free(vm->strings);
}

void str_table_mark(VM *vm) {
  StrTable *table = vm->strings;
  for (size_t i = 0; i < table->capacity; i++) heap_mark_object(vm, table->slots[i]);
  for (int i = 0; i < 256; i++) heap_mark_object(vm, table->characters[i]);
}

void str_forget_crumbs(VM *vm) { memset(vm->strings->crumbs, 0, sizeof vm->strings->crumbs); }

// The slot that holds an equal str, or the free one where it belongs.
static Str **find_slot(StrTable *table, const char *bytes, size_t length, uint32_t hash) {
  size_t mask = table->capacity - 1;
  for (size_t i = hash & mask;; i = (i + 1) & mask) {
    Str *s = table->slots[i];
    if (s == NULL) return &table->slots[i];
    if (s->header.aux == hash && s->length == length && memcmp(s->data, bytes, length) == 0) {
      return &table->slots[i];
    }
  }
}

static void grow_table(StrTable *table) {
  Str **old = table->slots;
  size_t old_capacity = table->capacity;
  table->capacity = old_capacity == 0 ? 2048 : old_capacity * 2;
  table->slots = heap_must_allocate(calloc(table->capacity, sizeof *table->slots));
  for (size_t i = 0; i < old_capacity; i++) {
    if (old[i] != NULL) {
      *find_slot(table, old[i]->data, old[i]->length, str_hash(old[i])) = old[i];
    }
  }
  free(old);
}

static Str *intern_bytes(VM *vm, const char *bytes, size_t length, Str *existing) {
  StrTable *table = vm->strings;
  if ((table->count + 1) * 2 > table->capacity) grow_table(table);
  uint32_t hash = existing != NULL ? str_hash(existing) : str_hash_bytes(bytes, length);
  Str **slot = find_slot(table, bytes, length, hash);
  if (*slot != NULL) return *slot;
  // Only a str of the very class str, with storage of its own, is kept for good.
  bool fits = existing != NULL && existing->buffer == NULL && existing->header.cls == vm->str_class;
  Str *s = fits ? existing : str_new(vm, bytes, length);
  s->header.aux = hash;
  s->header.flags |= STR_INTERNED;
  *slot = s;
  table->count++;
  return s;
}

Str *str_intern(VM *vm, Str *s) {
  if (s->header.flags & STR_INTERNED) return s;
  return intern_bytes(vm, s->data, s->length, s);
}

Str *str_intern_c(VM *vm, const char *c) { return intern_bytes(vm, c, strlen(c), NULL); }

Str *str_from_code_point(VM *vm, uint32_t code_point) {
  char bytes[4];
  size_t length = utf8_encode(code_point, bytes);
  if (code_point >= 256) return str_new(vm, bytes, length);
  Str **shared = &vm->strings->characters[code_point];
  if (*shared == NULL) *shared = intern_bytes(vm, bytes, length, NULL);
  return *shared;
}

// ---- concatenation

static Str *on_buffer(VM *vm, StrBuffer *buffer, size_t length, size_t count) {
  Str *s = heap_alloc(vm, KIND_STR, vm->str_class, sizeof *s);
  buffer->references++;
  s->buffer = buffer;
  s->data = buffer->bytes;
  s->length = length;
  s->count = count;
  return s;
}

// A long left operand that ends where its buffer's text ends is extended in place, so building a
// text by repeated += copies each byte a bounded number of times, as a growing array does. Where
// the right operand is the longer one, nothing is being built that way.
Str *str_concat(VM *vm, Str *a, Str *b) {
  if (a->length == 0 && b->header.cls == vm->str_class) return b;
  if (b->length == 0 && a->header.cls == vm->str_class) return a;
  size_t length = a->length + b->length;
  size_t count = a->count + b->count;
  if (length < SHARED_MIN || a->length < b->length) {
    Str *s = allocate(vm, length);
    memcpy(s->storage, a->data, a->length);
    memcpy(s->storage + a->length, b->data, b->length);
    s->count = count;
    return s;
  }
  StrBuffer *buffer = a->buffer;
  if (buffer == NULL || buffer->used != a->length || buffer->capacity < length) {
    size_t capacity = length * 2;
    buffer = heap_buffer_new(vm, sizeof *buffer + capacity);
    *buffer = (StrBuffer){0, a->length, capacity};
    memcpy(buffer->bytes, a->data, a->length);
  }
  memmove(buffer->bytes + a->length, b->data, b->length);
  buffer->used = length;
  return on_buffer(vm, buffer, length, count);
}

void str_free(VM *vm, Object *object) {
  StrBuffer *buffer = ((Str *)object)->buffer;
  if (buffer == NULL || --buffer->references > 0) return;
  heap_buffer_free(vm, buffer, sizeof *buffer + buffer->capacity);
}

Value str_repeat(VM *vm, Str *s, int64_t times) {
  if (times <= 0 || s->length == 0) return from_object(vm->empty_str);
  if (times == 1 && s->header.cls == vm->str_class) return from_object(s);
  if ((uint64_t)times > (UINT64_C(1) << 40) / s->length) {
    vm_raise_value(vm, vm->exceptions.MemoryError, EMPTY);
    return EMPTY;
  }
  Str *result = allocate(vm, s->length * (size_t)times);
  for (int64_t i = 0; i < times; i++) {
    memcpy(result->storage + (size_t)i * s->length, s->data, s->length);
  }
  result->count = s->count * (size_t)times;
  return from_object(result);
}

// ---- parts

static const char *walk(const char *p, int64_t steps) {
  for (; steps > 0; steps--) {
    uint8_t lead = (uint8_t)*p;
    p += 1 + (lead >= 0xC0) + (lead >= 0xE0) + (lead >= 0xF0);
  }
  for (; steps < 0; steps++) {
    do p--;
    while (((uint8_t)*p & 0xC0) == 0x80);
  }
  return p;
}

// Walks from the nearest of the two ends and the crumb.
size_t str_offset(VM *vm, const Str *s, size_t index) {
  if (str_is_ascii(s)) return index;
  assert(index <= s->count);
  size_t near = 0, offset = 0, distance = index;
  Crumb *crumb = NULL;
  if (s->count - index < distance) {
    near = s->count, offset = s->length;
    distance = s->count - index;
  }
  if (s->length >= CRUMB_MIN) {
    crumb = &vm->strings->crumbs[((uintptr_t)s >> 4) % CRUMBS];
    if (crumb->str == s) {
      size_t away = index > crumb->index ? index - crumb->index : crumb->index - index;
      if (away < distance) near = crumb->index, offset = crumb->offset;
    }
  }
  offset = (size_t)(walk(s->data + offset, (int64_t)index - (int64_t)near) - s->data);
  if (crumb != NULL) *crumb = (Crumb){s, index, offset};
  return offset;
}

Str *str_at(VM *vm, Str *s, size_t index) {
  const char *p = s->data + str_offset(vm, s, index);
  return str_from_code_point(vm, utf8_next(&p));
}

Str *str_slice(VM *vm, Str *s, int64_t start, int64_t stop, int64_t step, int64_t count) {
  (void)stop;
  if (count <= 0) return vm->empty_str;
  if (count == 1) return str_at(vm, s, (size_t)start);
  if (step == 1) {
    if ((size_t)count == s->count && s->header.cls == vm->str_class) return s;
    size_t from = str_offset(vm, s, (size_t)start);
    size_t to = str_offset(vm, s, (size_t)(start + count));
    return new_counted(vm, s->data + from, to - from, (size_t)count);
  }
  if (str_is_ascii(s)) {
    Str *result = allocate(vm, (size_t)count);
    for (int64_t i = 0; i < count; i++) result->storage[i] = s->data[start + i * step];
    result->count = (size_t)count;
    return result;
  }
  Text text = text_new(vm);
  const char *p = s->data + str_offset(vm, s, (size_t)start);
  for (int64_t i = 0; i < count; i++) {
    if (i > 0) p = walk(p, step);
    const char *end = walk(p, 1);
    text_add(&text, p, (size_t)(end - p));
  }
  return text_finish(&text);
}

bool str_contains(const Str *s, const Str *part) {
  return part->length == 0 || (part->length <= s->length &&
                               memmem(s->data, s->length, part->data, part->length) != NULL);
}

// ---- repr

void str_repr(Text *t, const Str *s, bool ascii_only) {
  bool single = memchr(s->data, '\'', s->length) != NULL;
  bool twofold = memchr(s->data, '"', s->length) != NULL;
  char quote = single && !twofold ? '"' : '\'';
  text_add_char(t, quote);
  const char *p = s->data, *end = s->data + s->length;
  while (p < end) {
    const char *start = p;
    uint32_t c = utf8_next(&p);
    if (c == (uint8_t)quote || c == '\\') {
      text_add_char(t, '\\');
      text_add_char(t, (char)c);
    } else if (c == '\n') {
      text_add_c(t, "\\n");
    } else if (c == '\r') {
      text_add_c(t, "\\r");
    } else if (c == '\t') {
      text_add_c(t, "\\t");
    } else if (c < 0x20 || c == 0x7F) {
      text_printf(t, "\\x%02x", c);
    } else if (c < 0x7F) {
      text_add_char(t, (char)c);
    } else if (!ascii_only && str_code_point_is_printable(c)) {
      text_add(t, start, (size_t)(p - start));
    } else if (c < 0x100) {
      text_printf(t, "\\x%02x", c);
    } else if (c < 0x10000) {
      text_printf(t, "\\u%04x", c);
    } else {
      text_printf(t, "\\U%08x", c);
    }
  }
  text_add_char(t, quote);
}
