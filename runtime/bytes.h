// bytes.h: bytes (immutable octets) and its methods.
#ifndef CORO_BYTES_H
#define CORO_BYTES_H

#include "object.h"
#include "str.h"

typedef struct {
  Object header;  // aux: the hash, 0 until computed
  size_t length;
  uint8_t data[];
} Bytes;

static inline Bytes *as_bytes(Value v) {
  assert(is_bytes(v));
  return (Bytes *)as_object(v);
}

Bytes *bytes_new(VM *vm, const void *data, size_t length);  // data NULL: zeroed, caller fills
void bytes_repr(Text *t, const Bytes *b);
uint32_t bytes_hash(const Bytes *b);

// str.encode / bytes.decode for utf-8, ascii, latin-1 (aliases as in Python) with the handlers
// strict, ignore, replace, backslashreplace, xmlcharrefreplace, surrogateescape.
bool bytes_encode(VM *vm, Str *s, const char *encoding, const char *errors, Value *out) MUST_CHECK;
bool bytes_decode(VM *vm, const uint8_t *data, size_t length, const char *encoding,
                  const char *errors, Value *out) MUST_CHECK;

void bytes_install(VM *vm);

#endif
