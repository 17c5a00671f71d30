// textview.c: views of str and bytes, and the arguments of their methods. See textview.h.
#include "textview.h"

#include <limits.h>

#include "int.h"
#include "unicode.h"
#include "vm.h"

TextView text_view(VM *vm, Value v) {
  if (is_str(v)) return (TextView){vm, v, as_str(v)->data, as_str(v)->length, true};
  return (TextView){vm, v, (const char *)as_bytes(v)->data, as_bytes(v)->length, false};
}

Value text_part(const TextView *view, size_t from, size_t to) {
  VM *vm = view->vm;
  if (to - from == view->length && value_is_builtin(vm, view->value)) return view->value;
  const char *start = view->data + from;
  size_t length = to - from;
  if (!view->is_text) return from_object(bytes_new(vm, start, length));
  if (length == 0) return from_object(vm->empty_str);
  if (length == 1) return from_object(str_from_code_point(vm, (uint8_t)*start));
  return from_object(str_new(vm, start, length));
}

Value text_blank(const TextView *view, size_t length, size_t count, char **data) {
  VM *vm = view->vm;
  if (!view->is_text) {
    Bytes *bytes = bytes_new(vm, NULL, length);
    *data = (char *)bytes->data;
    return from_object(bytes);
  }
  Str *s = heap_alloc(vm, KIND_STR, vm->str_class, sizeof *s + length + 1);
  s->length = length;
  s->count = count;
  s->data = *data = s->storage;
  return from_object(s);
}

bool text_length_ok(VM *vm, int64_t length) {
  return length <= TEXT_MAX_LENGTH || vm_raise_value(vm, vm->exceptions.MemoryError, EMPTY);
}

// ---- positions

static bool is_single(const TextView *view) {
  return !view->is_text || str_is_ascii(as_str(view->value));
}

size_t text_count(const TextView *view) {
  return view->is_text ? as_str(view->value)->count : view->length;
}

size_t text_offset(const TextView *view, size_t position) {
  if (is_single(view)) return position;
  if (position == as_str(view->value)->count) return view->length;
  const char *p = view->data;
  for (; position > 0; position--) utf8_next(&p);
  return (size_t)(p - view->data);
}

size_t text_position(const TextView *view, size_t offset) {
  return is_single(view) ? offset : utf8_count(view->data, offset);
}

// ---- arguments

Tri text_size_argument(VM *vm, Value v, int64_t *out) {
  if (is_int(v) && !int_to_i64(v, out)) {
    vm_raise(vm, vm->exceptions.OverflowError, "Python int too large to convert to C ssize_t");
    return TRI_ERROR;
  }
  return value_index(vm, v, out);
}

Tri text_int_argument(VM *vm, Value v, int *out) {
  int64_t number;
  Tri tri = value_index(vm, v, &number);
  if (tri != TRI_YES) return tri;
  if (number < INT_MIN || number > INT_MAX) {
    vm_raise(vm, vm->exceptions.OverflowError, "Python int too large to convert to C int");
    return TRI_ERROR;
  }
  *out = (int)number;
  return TRI_YES;
}

static Tri bound(VM *vm, Value v, int64_t length, int64_t absent, int64_t *out) {
  *out = absent;
  if (is_empty(v) || is_none(v)) return TRI_YES;
  if (!is_int(v) && !value_has_script(vm, v, SP_INDEX)) {
    raise_type_error(vm, "slice indices must be integers or None or have an __index__ method");
    return TRI_ERROR;
  }
  Tri tri = value_index(vm, v, out);
  if (tri == TRI_YES && *out < 0) *out = *out < -length ? 0 : *out + length;
  return tri;
}

Tri text_bounds(VM *vm, Value start, Value end, int64_t length, int64_t *from, int64_t *to) {
  Tri tri = bound(vm, start, length, 0, from);
  if (tri != TRI_YES) return tri;
  tri = bound(vm, end, length, length, to);
  if (*to > length) *to = length;
  return tri;
}

enum { MAX_ARGUMENTS = 4 };

bool text_arguments_failed(VM *vm, Tri tri, Value *out, const char *name, int count,
                           const Value *args) {
  if (tri != TRI_SCRIPT) return false;
  Value call[MAX_ARGUMENTS + 1] = {from_object(str_intern_c(vm, name))};
  while (count > 1 && is_empty(args[count - 1])) count--;
  assert(count <= MAX_ARGUMENTS);
  for (int i = 0; i < count; i++) call[i + 1] = is_empty(args[i]) ? NONE : args[i];
  return native_prelude(vm, out, "text.with_indices", count + 1, call);
}

bool text_operand(const TextView *view, Value v, const char *message, TextView *out) {
  VM *vm = view->vm;
  if (view->is_text ? is_str(v) : is_bytes(v)) {
    *out = text_view(vm, v);
    return true;
  }
  const char *class_name = value_class_name(vm, v);
  if (!view->is_text) {
    return raise_type_error(vm, "a bytes-like object is required, not '%s'", class_name);
  }
  if (message == NULL) return raise_type_error(vm, "must be str, not %s", class_name);
  return raise_type_error(vm, "%s, not %s", message, class_name);
}

// ---- white space

// In a bytes only ASCII's own white space counts; a str has four separators more there.
static bool is_octet_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

size_t text_space_at(const TextView *view, const char *p) {
  uint8_t c = (uint8_t)*p;
  if (!view->is_text) return is_octet_space((char)c);
  if (c < 0x80) return unicode_is_space(c);
  if (c < 0xC0) return 0;  // inside a character
  const char *next = p;
  return unicode_is_space(utf8_next(&next)) ? (size_t)(next - p) : 0;
}

size_t text_space_before(const TextView *view, const char *p) {
  const char *start = p - 1;
  if (view->is_text) {
    while (((uint8_t)*start & 0xC0) == 0x80) start--;
  }
  return text_space_at(view, start);
}

// ---- searching

int64_t text_find(const char *data, size_t length, const char *part, size_t part_length) {
  if (part_length == 0) return 0;
  if (part_length > length) return -1;
  const char *found = part_length == 1 ? memchr(data, *part, length)
                                       : memmem(data, length, part, part_length);
  return found == NULL ? -1 : found - data;
}

int64_t text_rfind(const char *data, size_t length, const char *part, size_t part_length) {
  if (part_length == 0) return (int64_t)length;
  if (part_length > length) return -1;
  size_t left = length - part_length + 1;  // possible places
  while (left > 0) {
    const char *found = memrchr(data, *part, left);
    if (found == NULL) return -1;
    if (memcmp(found, part, part_length) == 0) return found - data;
    left = (size_t)(found - data);
  }
  return -1;
}
