// codecs.c: from str to bytes and back, and what an error handler makes of a character or an octet
// that does not fit: utf-8, utf-16, utf-32, ascii and latin-1.
//
// A handler gets the whole run of bad characters (encoding) or the octets of one bad sequence
// (decoding), as Python's do, since the positions show in the exception.
#include <ctype.h>

#include "bytes.h"
#include "vm.h"

// utf-8-sig, utf-16 and utf-32 begin with a byte order mark; the latter two are little-endian then.
typedef enum {
  CODEC_UTF8,
  CODEC_UTF8_SIG,
  CODEC_UTF16,
  CODEC_UTF16_LE,
  CODEC_UTF16_BE,
  CODEC_UTF32,
  CODEC_UTF32_LE,
  CODEC_UTF32_BE,
  CODEC_ASCII,
  CODEC_LATIN1,
  CODEC_UNKNOWN,
} Codec;

#define BYTE_ORDER_MARK 0xFEFF

// As exceptions call them.
static const char *const codec_names[] = {"utf-8",     "utf-8",  "utf-16",    "utf-16-le",
                                          "utf-16-be", "utf-32", "utf-32-le", "utf-32-be",
                                          "ascii",     "latin-1"};

typedef enum {
  ON_ERROR_STRICT,
  ON_ERROR_IGNORE,
  ON_ERROR_REPLACE,
  ON_ERROR_BACKSLASH,
  ON_ERROR_XML,
  ON_ERROR_SURROGATE_ESCAPE,
  ON_ERROR_SURROGATE_PASS,
  ON_ERROR_UNKNOWN,
} OnError;

// clang-format off
static const struct {
  const char *name;
  Codec codec;
} aliases[] = {
    {"utf_8", CODEC_UTF8}, {"utf8", CODEC_UTF8}, {"u8", CODEC_UTF8}, {"utf", CODEC_UTF8},
    {"utf8_ucs2", CODEC_UTF8}, {"utf8_ucs4", CODEC_UTF8}, {"cp65001", CODEC_UTF8},
    {"utf_8_sig", CODEC_UTF8_SIG},
    {"utf_16", CODEC_UTF16}, {"utf16", CODEC_UTF16}, {"u16", CODEC_UTF16},
    {"utf_16_le", CODEC_UTF16_LE}, {"utf_16le", CODEC_UTF16_LE},
    {"unicodelittleunmarked", CODEC_UTF16_LE},
    {"utf_16_be", CODEC_UTF16_BE}, {"utf_16be", CODEC_UTF16_BE},
    {"unicodebigunmarked", CODEC_UTF16_BE},
    {"utf_32", CODEC_UTF32}, {"utf32", CODEC_UTF32}, {"u32", CODEC_UTF32},
    {"utf_32_le", CODEC_UTF32_LE}, {"utf_32le", CODEC_UTF32_LE},
    {"utf_32_be", CODEC_UTF32_BE}, {"utf_32be", CODEC_UTF32_BE},
    {"ascii", CODEC_ASCII}, {"us_ascii", CODEC_ASCII}, {"us", CODEC_ASCII}, {"646", CODEC_ASCII},
    {"ansi_x3.4_1968", CODEC_ASCII}, {"ansi_x3_4_1968", CODEC_ASCII},
    {"ansi_x3.4_1986", CODEC_ASCII}, {"cp367", CODEC_ASCII}, {"csascii", CODEC_ASCII},
    {"ibm367", CODEC_ASCII}, {"iso646_us", CODEC_ASCII}, {"iso_646.irv_1991", CODEC_ASCII},
    {"iso_ir_6", CODEC_ASCII},
    {"latin_1", CODEC_LATIN1}, {"latin1", CODEC_LATIN1}, {"latin", CODEC_LATIN1},
    {"l1", CODEC_LATIN1}, {"8859", CODEC_LATIN1}, {"cp819", CODEC_LATIN1},
    {"csisolatin1", CODEC_LATIN1}, {"ibm819", CODEC_LATIN1}, {"iso8859", CODEC_LATIN1},
    {"iso8859_1", CODEC_LATIN1}, {"iso_8859_1", CODEC_LATIN1},
    {"iso_8859_1_1987", CODEC_LATIN1}, {"iso_ir_100", CODEC_LATIN1},
};
// clang-format on

// Names are compared in lower case, with each run of other characters than letters, digits and
// points as one underscore: "UTF-8" and "utf 8" are "utf_8".
static Codec find_codec(const char *name) {
  char plain[32];
  size_t length = 0;
  bool gap = false;
  for (; *name != '\0'; name++) {
    if (!isalnum((unsigned char)*name) && *name != '.') {
      gap = true;
      continue;
    }
    if (length + 2 >= sizeof plain) return CODEC_UNKNOWN;
    if (gap && length > 0) plain[length++] = '_';
    gap = false;
    plain[length++] = (char)tolower((unsigned char)*name);
  }
  plain[length] = '\0';
  for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
    if (strcmp(aliases[i].name, plain) == 0) return aliases[i].codec;
  }
  return CODEC_UNKNOWN;
}

static OnError find_handler(const char *errors) {
  static const char *const names[] = {
      "strict",          "ignore",       "replace", "backslashreplace", "xmlcharrefreplace",
      "surrogateescape", "surrogatepass"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(names[i], errors) == 0) return (OnError)i;
  }
  return ON_ERROR_UNKNOWN;
}

static bool raise_unknown_encoding(VM *vm, const char *encoding) {
  return vm_raise(vm, vm->exceptions.LookupError, "unknown encoding: %s", encoding);
}

static bool raise_unknown_handler(VM *vm, const char *errors) {
  return vm_raise(vm, vm->exceptions.LookupError, "unknown error handler name '%s'", errors);
}

static bool raise_unicode(VM *vm, Class *cls, Codec codec, Value object, size_t start, size_t end,
                          const char *reason) {
  Tuple *args = tuple_of(vm, 5, from_object(str_from_c(vm, codec_names[codec])), object,
                         small_int((int64_t)start), small_int((int64_t)end),
                         from_object(str_from_c(vm, reason)));
  return vm_raise_exception(vm, from_object(exception_new(vm, cls, args)));
}

static bool is_surrogate(uint32_t c) { return c >= 0xD800 && c <= 0xDFFF; }

static void add_escape(Text *t, uint32_t c) {
  text_printf(t, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
}

// ---- units of two and four octets

// How many octets a unit has: 1, 2 or 4.
static size_t unit_size(Codec codec) {
  if (codec >= CODEC_UTF16 && codec <= CODEC_UTF16_BE) return 2;
  return codec >= CODEC_UTF32 && codec <= CODEC_UTF32_BE ? 4 : 1;
}

static bool is_utf8(Codec codec) { return codec <= CODEC_UTF8_SIG; }
static bool is_big_endian(Codec codec) {
  return codec == CODEC_UTF16_BE || codec == CODEC_UTF32_BE;
}

static void add_unit(Text *t, Codec codec, uint32_t unit) {
  size_t size = unit_size(codec);
  for (size_t i = 0; i < size; i++) {
    size_t shift = 8 * (is_big_endian(codec) ? size - 1 - i : i);
    text_add_char(t, (char)(unit >> shift));
  }
}

static uint32_t unit_at(Codec codec, const uint8_t *p) {
  size_t size = unit_size(codec);
  uint32_t unit = 0;
  for (size_t i = 0; i < size; i++) {
    size_t shift = 8 * (is_big_endian(codec) ? size - 1 - i : i);
    unit |= (uint32_t)p[i] << shift;
  }
  return unit;
}

// ---- encoding

typedef struct {
  VM *vm;
  Str *source;
  Codec codec;
  OnError handler;
  const char *errors;
  Text text;
} Encoder;

static bool fits(Codec codec, uint32_t c) {
  if (codec == CODEC_ASCII) return c < 0x80;
  return codec == CODEC_LATIN1 ? c < 0x100 : !is_surrogate(c);
}

static void encode_point(Encoder *e, uint32_t c) {
  if (is_utf8(e->codec)) {
    text_add_code_point(&e->text, c);
  } else if (unit_size(e->codec) == 2 && c >= 0x10000) {
    add_unit(&e->text, e->codec, 0xD800 + ((c - 0x10000) >> 10));
    add_unit(&e->text, e->codec, 0xDC00 + ((c - 0x10000) & 0x3FF));
  } else {
    add_unit(&e->text, e->codec, c);
  }
}

// What a handler puts in the place of a character; it is ASCII.
static void encode_substitute(Encoder *e, uint32_t c) {
  Text substitute = text_new(e->vm);
  if (e->handler == ON_ERROR_REPLACE) text_add_char(&substitute, '?');
  if (e->handler == ON_ERROR_BACKSLASH) add_escape(&substitute, c);
  if (e->handler == ON_ERROR_XML) text_printf(&substitute, "&#%u;", c);
  for (size_t i = 0; i < substitute.length; i++) encode_point(e, (uint8_t)substitute.data[i]);
  text_free(&substitute);
}

// The run of bad characters [start, end), whose first is at p.
static bool encode_bad_run(Encoder *e, const char *p, size_t start, size_t end) {
  VM *vm = e->vm;
  if (e->handler == ON_ERROR_UNKNOWN) return raise_unknown_handler(vm, e->errors);
  for (size_t i = start; i < end; i++) {
    uint32_t c = utf8_next(&p);
    switch (e->handler) {
      case ON_ERROR_IGNORE:
      case ON_ERROR_REPLACE:
      case ON_ERROR_BACKSLASH:
      case ON_ERROR_XML: encode_substitute(e, c); continue;
      case ON_ERROR_SURROGATE_ESCAPE:
        if (c < 0xDC80 || c > 0xDCFF || unit_size(e->codec) > 1) break;
        text_add_char(&e->text, (char)(c - 0xDC00));
        continue;
      case ON_ERROR_SURROGATE_PASS:
        if (e->codec == CODEC_ASCII || e->codec == CODEC_LATIN1) break;
        encode_point(e, c);
        continue;
      default: break;
    }
    const char *reason = e->codec == CODEC_ASCII    ? "ordinal not in range(128)"
                         : e->codec == CODEC_LATIN1 ? "ordinal not in range(256)"
                                                    : "surrogates not allowed";
    return raise_unicode(vm, vm->exceptions.UnicodeEncodeError, e->codec, from_object(e->source), i,
                         end, reason);
  }
  return true;
}

static bool encode_all(Encoder *e) {
  const char *p = e->source->data, *end = p + e->source->length;
  if (e->codec == CODEC_UTF8_SIG || e->codec == CODEC_UTF16 || e->codec == CODEC_UTF32) {
    encode_point(e, BYTE_ORDER_MARK);
  }
  for (size_t i = 0; p < end;) {
    const char *start = p;
    uint32_t c = utf8_next(&p);
    if (fits(e->codec, c)) {
      encode_point(e, c);
      i++;
      continue;
    }
    size_t run_end = i + 1;
    for (const char *q = p; p < end; run_end++, p = q) {
      if (fits(e->codec, utf8_next(&q))) break;
    }
    if (!encode_bad_run(e, start, i, run_end)) return false;
    i = run_end;
  }
  return true;
}

// UTF-8 inside is UTF-8 outside, unless there are surrogates, which begin with ED A0 to ED BF.
static bool has_surrogates(const Str *s) {
  const char *p = s->data, *end = p + s->length;
  while ((p = memchr(p, 0xED, (size_t)(end - p))) != NULL) {
    if ((uint8_t)p[1] >= 0xA0) return true;
    p += 3;
  }
  return false;
}

bool bytes_encode(VM *vm, Str *s, const char *encoding, const char *errors, Value *out) {
  Codec codec = find_codec(encoding);
  if (codec == CODEC_UNKNOWN) return raise_unknown_encoding(vm, encoding);
  bool same = codec == CODEC_ASCII || codec == CODEC_LATIN1
                  ? str_is_ascii(s)
                  : codec == CODEC_UTF8 && !has_surrogates(s);
  if (same) {
    *out = from_object(bytes_new(vm, s->data, s->length));
    return true;
  }
  Encoder encoder = {vm, s, codec, find_handler(errors), errors, text_new(vm)};
  bool done = encode_all(&encoder);
  if (done) *out = from_object(bytes_new(vm, encoder.text.data, encoder.text.length));
  text_free(&encoder.text);
  return done;
}

// ---- decoding

typedef struct {
  VM *vm;
  const uint8_t *data;
  size_t length;
  Codec codec;
  OnError handler;
  const char *errors;
  Text text;
} Decoder;

static bool is_continuation(uint8_t c) { return (c & 0xC0) == 0x80; }

// What is wrong with the sequence at s, n octets before the end: how many octets the error spans.
static size_t bad_sequence(const uint8_t *s, size_t n, const char **reason) {
  size_t wanted = s[0] < 0xC2 || s[0] > 0xF4 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
  *reason = "invalid start byte";
  if (wanted == 0) return 1;
  for (size_t i = 1; i < wanted; i++) {
    *reason = "unexpected end of data";
    if (i == n) return n;
    bool valid = is_continuation(s[i]);
    if (i == 1) {
      valid = valid && !(s[0] == 0xE0 && s[1] < 0xA0) && !(s[0] == 0xED && s[1] >= 0xA0) &&
              !(s[0] == 0xF0 && s[1] < 0x90) && !(s[0] == 0xF4 && s[1] >= 0x90);
    }
    *reason = "invalid continuation byte";
    if (!valid) return i;
  }
  return wanted;
}

static bool raise_decode(Decoder *d, size_t start, size_t end, const char *reason) {
  VM *vm = d->vm;
  Value object = from_object(bytes_new(vm, d->data, d->length));
  return raise_unicode(vm, vm->exceptions.UnicodeDecodeError, d->codec, object, start, end, reason);
}

// The surrogate that stands at `start` as if it were a character, 0: there is none; *length is
// that of its octets.
static uint32_t surrogate_at(const Decoder *d, size_t start, size_t *length) {
  const uint8_t *s = d->data + start;
  uint32_t c = 0;
  *length = is_utf8(d->codec) ? 3 : unit_size(d->codec);
  if (d->length - start < *length) return 0;
  if (is_utf8(d->codec)) {
    if (s[0] == 0xED && is_continuation(s[1]) && is_continuation(s[2])) {
      c = 0xD000u | (s[1] & 0x3Fu) << 6 | (s[2] & 0x3Fu);
    }
  } else if (*length > 1) {
    c = unit_at(d->codec, s);
  }
  return is_surrogate(c) ? c : 0;
}

// Handles the bad octets [start, end); *next is where decoding goes on.
static bool decode_bad(Decoder *d, size_t start, size_t end, const char *reason, size_t *next) {
  size_t length;
  uint32_t c;
  *next = end;
  switch (d->handler) {
    case ON_ERROR_UNKNOWN: return raise_unknown_handler(d->vm, d->errors);
    case ON_ERROR_IGNORE: return true;
    case ON_ERROR_REPLACE: text_add_code_point(&d->text, 0xFFFD); return true;
    case ON_ERROR_BACKSLASH:
      for (size_t i = start; i < end; i++) add_escape(&d->text, d->data[i]);
      return true;
    case ON_ERROR_XML:
      return raise_type_error(d->vm,
                              "don't know how to handle UnicodeDecodeError in error callback");
    case ON_ERROR_SURROGATE_ESCAPE:
      if (d->data[start] < 0x80) break;
      for (*next = start; *next < end && d->data[*next] >= 0x80; ++*next) {
        text_add_code_point(&d->text, 0xDC00u + d->data[*next]);
      }
      return true;
    case ON_ERROR_SURROGATE_PASS:
      if ((c = surrogate_at(d, start, &length)) == 0) break;
      text_add_code_point(&d->text, c);
      *next = start + length;
      return true;
    default: break;
  }
  return raise_decode(d, start, end, reason);
}

static bool decode_utf8(Decoder *d) {
  for (size_t at = 0, good = 0; at < d->length;) {
    const char *rest = (const char *)d->data + at;
    if (utf8_valid(rest, d->length - at, &good)) {
      text_add(&d->text, rest, d->length - at);
      return true;
    }
    text_add(&d->text, rest, good);
    const char *reason;
    size_t start = at + good;
    size_t bad = bad_sequence(d->data + start, d->length - start, &reason);
    if (!decode_bad(d, start, start + bad, reason, &at)) return false;
  }
  return true;
}

// One character of utf-16 or utf-32 from `at` on: how many octets it takes, 0: *reason says what is
// wrong with the octets up to *end.
static size_t decode_wide(const Decoder *d, size_t at, uint32_t *c, size_t *end,
                          const char **reason) {
  size_t size = unit_size(d->codec), left = d->length - at;
  *end = d->length;
  *reason = "truncated data";
  if (left < size) return 0;
  *c = unit_at(d->codec, d->data + at);
  *end = at + size;
  if (size == 4) {
    *reason = "code point not in range(0x110000)";
    if (*c > 0x10FFFF) return 0;
    *reason = "code point in surrogate code point range";
    return is_surrogate(*c) ? 0 : 4;
  }
  if (!is_surrogate(*c)) return 2;
  *reason = "illegal encoding";
  if (*c >= 0xDC00) return 0;
  *reason = "unexpected end of data";
  if (left < 4) {
    *end = d->length;
    return 0;
  }
  *reason = "illegal UTF-16 surrogate";
  uint32_t low = unit_at(d->codec, d->data + at + 2);
  if (low < 0xDC00 || low > 0xDFFF) return 0;
  *c = 0x10000 + ((*c - 0xD800) << 10) + (low - 0xDC00);
  return 4;
}

static bool decode_units(Decoder *d) {
  size_t at = 0, size = unit_size(d->codec), end;
  if (d->codec == CODEC_UTF16 || d->codec == CODEC_UTF32) {
    d->codec += 1;  // little-endian, unless the mark says otherwise
    if (d->length >= size && unit_at(d->codec, d->data) == BYTE_ORDER_MARK) {
      at = size;
    } else if (d->length >= size && unit_at(d->codec + 1, d->data) == BYTE_ORDER_MARK) {
      d->codec += 1;
      at = size;
    }
  }
  while (at < d->length) {
    uint32_t c;
    const char *reason;
    size_t length = decode_wide(d, at, &c, &end, &reason);
    if (length > 0) {
      text_add_code_point(&d->text, c);
      at += length;
    } else if (!decode_bad(d, at, end, reason, &at)) {
      return false;
    }
  }
  return true;
}

static bool decode_octets(Decoder *d) {
  for (size_t i = 0; i < d->length;) {
    uint8_t c = d->data[i];
    if (c < 0x80 || d->codec == CODEC_LATIN1) {
      text_add_code_point(&d->text, c);
      i++;
    } else if (!decode_bad(d, i, i + 1, "ordinal not in range(128)", &i)) {
      return false;
    }
  }
  return true;
}

bool bytes_decode(VM *vm, const uint8_t *data, size_t length, const char *encoding,
                  const char *errors, Value *out) {
  *out = from_object(vm->empty_str);
  if (length == 0) return true;
  Codec codec = find_codec(encoding);
  if (codec == CODEC_UNKNOWN) return raise_unknown_encoding(vm, encoding);
  if (codec == CODEC_UTF8_SIG && length >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
    data += 3;
    length -= 3;
  }
  if (is_utf8(codec) && utf8_valid((const char *)data, length, NULL)) {
    *out = from_object(str_of(vm, (const char *)data, length));
    return true;
  }
  Decoder decoder = {vm, data, length, codec, find_handler(errors), errors, text_new(vm)};
  bool done = is_utf8(codec)         ? decode_utf8(&decoder)
              : unit_size(codec) > 1 ? decode_units(&decoder)
                                     : decode_octets(&decoder);
  if (done)
    *out = from_object(text_finish(&decoder.text));
  else
    text_free(&decoder.text);
  return done;
}
