// text.c: Text, a growing buffer for building strs.
#include <stdarg.h>
#include <stdio.h>

#include "vm.h"

#define SPARE_TEXT 1024

// Most texts are short and short-lived: a few buffers are kept and handed from each to the next.
static bool take_spare(Text *t) {
  VM *vm = t->vm;
  if (t->data != NULL || vm->spare_text_count == 0) return false;
  t->data = vm->spare_texts[--vm->spare_text_count];
  t->capacity = SPARE_TEXT;
  return true;
}

static void reserve(Text *t, size_t more) {
  if (t->capacity - t->length >= more) return;
  if (take_spare(t) && SPARE_TEXT >= more) return;
  size_t capacity = t->capacity < SPARE_TEXT ? SPARE_TEXT : t->capacity * 2;
  if (capacity < t->length + more) capacity = t->length + more;
  t->data = heap_buffer_resize(t->vm, t->data, t->capacity, capacity);
  t->capacity = capacity;
}

void text_add(Text *t, const char *bytes, size_t length) {
  if (length == 0) return;
  reserve(t, length);
  memcpy(t->data + t->length, bytes, length);
  t->length += length;
}

void text_add_c(Text *t, const char *c_string) { text_add(t, c_string, strlen(c_string)); }

void text_add_str(Text *t, const Str *s) { text_add(t, s->data, s->length); }

void text_add_char(Text *t, char c) { text_add(t, &c, 1); }

void text_add_code_point(Text *t, uint32_t code_point) {
  char bytes[4];
  size_t length = utf8_encode(code_point, bytes);
  text_add(t, bytes, length);
}

void text_fill(Text *t, uint32_t code_point, int64_t count) {
  if (count <= 0) return;
  char bytes[4];
  size_t length = utf8_encode(code_point, bytes), size = length * (size_t)count;
  reserve(t, size);
  char *to = t->data + t->length;
  t->length += size;
  if (length == 1) {
    memset(to, bytes[0], size);
    return;
  }
  memcpy(to, bytes, length);
  for (size_t done = length; done < size;) {  // what is there once more: twice as much
    size_t more = done < size - done ? done : size - done;
    memcpy(to + done, to, more);
    done += more;
  }
}

void text_add_int(Text *t, int64_t i) {
  char digits[INT64_DIGITS], *end = digits + sizeof digits, *p = int64_digits(i, end);
  text_add(t, p, (size_t)(end - p));
}

void text_printf(Text *t, const char *format, ...) {
  va_list args;
  va_start(args, format);
  text_vprintf(t, format, args);
  va_end(args);
}

void text_vprintf(Text *t, const char *format, va_list args) {
  va_list again;
  va_copy(again, args);
  int length = vsnprintf(NULL, 0, format, args);
  // One byte more for the NUL that vsnprintf writes and the text does not keep.
  reserve(t, (size_t)length + 1);
  vsnprintf(t->data + t->length, (size_t)length + 1, format, again);
  va_end(again);
  t->length += (size_t)length;
}

Str *text_finish(Text *t) {
  Str *s = str_of(t->vm, t->data, t->length);
  text_free(t);
  return s;
}

void text_free(Text *t) {
  VM *vm = t->vm;
  if (t->capacity == SPARE_TEXT && vm->spare_text_count < VM_SPARE_TEXTS) {
    vm->spare_texts[vm->spare_text_count++] = t->data;
  } else {
    heap_buffer_free(vm, t->data, t->capacity);
  }
  *t = text_new(vm);
}

void text_forget_spare(VM *vm) {
  while (vm->spare_text_count > 0) {
    heap_buffer_free(vm, vm->spare_texts[--vm->spare_text_count], SPARE_TEXT);
  }
}
