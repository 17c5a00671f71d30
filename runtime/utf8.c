// utf8.c: stepping through UTF-8. Lone surrogates are kept in their three-byte form (WTF-8).
#include "str.h"

uint32_t utf8_next(const char **p) {
  const uint8_t *s = (const uint8_t *)*p;
  uint32_t c = s[0];
  if (c < 0x80) {
    *p += 1;
    return c;
  }
  if (c < 0xE0) {
    *p += 2;
    return (c & 0x1F) << 6 | (s[1] & 0x3Fu);
  }
  if (c < 0xF0) {
    *p += 3;
    return (c & 0x0F) << 12 | (s[1] & 0x3Fu) << 6 | (s[2] & 0x3Fu);
  }
  *p += 4;
  return (c & 0x07) << 18 | (s[1] & 0x3Fu) << 12 | (s[2] & 0x3Fu) << 6 | (s[3] & 0x3Fu);
}

// Counts the bytes that begin a code point, that is, all but 10xxxxxx; eight at a time.
size_t utf8_count(const char *bytes, size_t length) {
  const uint64_t ones = UINT64_C(0x0101010101010101);
  size_t continuations = 0, i = 0;
  // Text is mostly ASCII: that is told 32 bytes at a time.
  for (; i + 32 <= length; i += 32) {
    uint64_t chunks[4];
    memcpy(chunks, bytes + i, sizeof chunks);
    if ((chunks[0] | chunks[1] | chunks[2] | chunks[3]) & ones << 7) break;
  }
  for (; i + 8 <= length; i += 8) {
    uint64_t chunk;
    memcpy(&chunk, bytes + i, 8);
    uint64_t flags = chunk >> 7 & ~(chunk >> 6) & ones;
    continuations += (size_t)(flags * ones >> 56);
  }
  for (; i < length; i++) continuations += ((uint8_t)bytes[i] & 0xC0) == 0x80;
  return length - continuations;
}

// The length of a valid sequence at s (n bytes are left), 0 when it is bad: too long a form, a
// surrogate, beyond U+10FFFF, or cut short.
static size_t sequence_length(const uint8_t *s, size_t n) {
  if (s[0] < 0x80) return 1;
  if (s[0] >= 0xC2 && s[0] < 0xE0) return n > 1 && (s[1] & 0xC0) == 0x80 ? 2 : 0;
  if (s[0] >= 0xE0 && s[0] < 0xF0) {
    if (n < 3 || (s[1] & 0xC0) != 0x80 || (s[2] & 0xC0) != 0x80) return 0;
    if (s[0] == 0xE0 && s[1] < 0xA0) return 0;
    return s[0] == 0xED && s[1] >= 0xA0 ? 0 : 3;
  }
  if (s[0] >= 0xF0 && s[0] < 0xF5) {
    if (n < 4 || (s[1] & 0xC0) != 0x80 || (s[2] & 0xC0) != 0x80 || (s[3] & 0xC0) != 0x80) return 0;
    if (s[0] == 0xF0 && s[1] < 0x90) return 0;
    return s[0] == 0xF4 && s[1] >= 0x90 ? 0 : 4;
  }
  return 0;
}

bool utf8_valid(const char *bytes, size_t length, size_t *bad_offset) {
  for (size_t i = 0; i < length;) {
    uint64_t chunk;
    if (i + 8 <= length &&
        (memcpy(&chunk, bytes + i, 8), !(chunk & UINT64_C(0x8080808080808080)))) {
      i += 8;
      continue;
    }
    size_t n = sequence_length((const uint8_t *)bytes + i, length - i);
    if (n == 0) {
      if (bad_offset != NULL) *bad_offset = i;
      return false;
    }
    i += n;
  }
  return true;
}

size_t utf8_encode(uint32_t c, char out[4]) {
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  if (c < 0x800) {
    out[0] = (char)(0xC0 | c >> 6);
    out[1] = (char)(0x80 | (c & 0x3F));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = (char)(0xE0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 0x3F));
    out[2] = (char)(0x80 | (c & 0x3F));
    return 3;
  }
  out[0] = (char)(0xF0 | c >> 18);
  out[1] = (char)(0x80 | (c >> 12 & 0x3F));
  out[2] = (char)(0x80 | (c >> 6 & 0x3F));
  out[3] = (char)(0x80 | (c & 0x3F));
  return 4;
}
