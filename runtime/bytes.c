// bytes.c: making, hashing and showing bytes. Methods are in bytesmethods.c and the text*.c files.
//
// Invariant: data never changes once the maker has filled it; a one-octet or empty bytes is an
// object like any other.
#include "bytes.h"

#include "vm.h"

Bytes *bytes_new(VM *vm, const void *data, size_t length) {
  Bytes *bytes = heap_alloc(vm, KIND_BYTES, vm->bytes_class, sizeof *bytes + length);
  bytes->length = length;
  if (data != NULL && length > 0) memcpy(bytes->data, data, length);
  return bytes;
}

uint32_t bytes_hash(const Bytes *b) {
  if (b->header.aux == 0) {
    // A cache, not a change.
    ((Bytes *)b)->header.aux = str_hash_bytes((const char *)b->data, b->length);
  }
  return b->header.aux;
}

void bytes_repr(Text *t, const Bytes *b) {
  bool single = memchr(b->data, '\'', b->length) != NULL;
  bool twofold = memchr(b->data, '"', b->length) != NULL;
  char quote = single && !twofold ? '"' : '\'';
  text_add_char(t, 'b');
  text_add_char(t, quote);
  for (size_t i = 0; i < b->length; i++) {
    uint8_t c = b->data[i];
    if (c == (uint8_t)quote || c == '\\') {
      text_add_char(t, '\\');
      text_add_char(t, (char)c);
    } else if (c == '\t') {
      text_add_c(t, "\\t");
    } else if (c == '\n') {
      text_add_c(t, "\\n");
    } else if (c == '\r') {
      text_add_c(t, "\\r");
    } else if (c < 0x20 || c >= 0x7F) {
      text_printf(t, "\\x%02x", c);
    } else {
      text_add_char(t, (char)c);
    }
  }
  text_add_char(t, quote);
}
