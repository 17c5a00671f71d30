// textargs.c: the arguments and results of the methods that str and bytes share.
#include "int.h"
#include "list.h"
#include "textmethods.h"
#include "vm.h"

Value text_part(VM *vm, Value like, const char *data, size_t length) {
  if (is_bytes(like)) return from_object(bytes_new(vm, length == 0 ? "" : data, length));
  return from_object(str_of(vm, data, length));
}

Value text_plain(VM *vm, Value v) {
  if (is_bytes(v) || as_object(v)->cls == vm->str_class) return v;
  return from_object(str_of(vm, as_str(v)->data, as_str(v)->length));
}

Value text_blank(VM *vm, Value like, uint64_t length, uint64_t count, char **data) {
  if (length > TEXT_MAX_LENGTH) {
    list_raise_too_large(vm);
    return EMPTY;
  }
  if (is_bytes(like)) {
    Bytes *bytes = bytes_new(vm, NULL, (size_t)length);
    *data = (char *)bytes->data;
    return from_object(bytes);
  }
  Str *s = str_blank(vm, (size_t)length, (size_t)count);
  *data = s->storage;
  return from_object(s);
}

bool text_arg(VM *vm, Value receiver, Value v, const char *what, Span *out) {
  if (is_bytes(receiver) ? is_bytes(v) : is_str(v)) {
    *out = span_of(v);
    return true;
  }
  const char *name = value_class_name(vm, v);
  if (is_bytes(receiver)) {
    return raise_type_error(vm, "a bytes-like object is required, not '%s'", name);
  }
  return raise_type_error(vm, "%smust be str, not %s", what, *what && is_none(v) ? "None" : name);
}

Tri text_size_arg(VM *vm, Value v, int64_t *out) {
  if (is_empty(v)) return TRI_YES;
  if (!is_int(v)) return value_index(vm, v, out);
  if (int_to_i64(v, out)) return TRI_YES;
  vm_raise(vm, vm->exceptions.OverflowError, "Python int too large to convert to C ssize_t");
  return TRI_ERROR;
}

Tri text_int_arg(VM *vm, Value v, int64_t *out) {
  if (is_empty(v)) return TRI_YES;
  if (!is_int(v)) return value_index(vm, v, out);
  if (int_to_i64(v, out) && *out >= INT32_MIN && *out <= INT32_MAX) return TRI_YES;
  vm_raise(vm, vm->exceptions.OverflowError, "Python int too large to convert to C int");
  return TRI_ERROR;
}

// One bound; None and EMPTY leave the default.
static Tri bound(VM *vm, Value v, int64_t *out) {
  if (is_empty(v) || is_none(v)) return TRI_YES;
  if (!is_int(v) && !value_has_script(vm, v, SP_INDEX)) {
    raise_type_error(vm, "slice indices must be integers or None or have an __index__ method");
    return TRI_ERROR;
  }
  return value_index(vm, v, out);
}

Tri text_bounds(VM *vm, const Value *args, size_t length, int64_t *start, int64_t *end) {
  int64_t n = (int64_t)length;
  *start = 0;
  *end = n;
  Tri known = bound(vm, args[0], start);
  if (known == TRI_YES) known = bound(vm, args[1], end);
  if (known != TRI_YES) return known;
  if (*end > n) *end = n;
  if (*end < 0) *end = *end + n < 0 ? 0 : *end + n;
  if (*start < 0) *start = *start + n < 0 ? 0 : *start + n;
  return TRI_YES;
}

bool text_retry(VM *vm, Tri tri, const char *method, const Value *args, int max, Value *out) {
  if (tri != TRI_SCRIPT) return false;
  Value call[8];
  int count = 0;
  assert(max < 8);
  call[count++] = from_object(str_intern_c(vm, method));
  while (max > 0 && is_empty(args[max - 1])) max--;
  for (int i = 0; i < max; i++) call[count++] = is_empty(args[i]) ? NONE : args[i];
  return native_prelude(vm, out, "text.with_index", count, call);
}
