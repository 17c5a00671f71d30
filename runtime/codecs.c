// codecs.c: from str to bytes and back: utf-8, ascii and latin-1, and what an error handler makes
// of a character or an octet that does not fit.
//
// A handler gets the whole run of bad characters (encoding) or the octets of one bad sequence
// (decoding), as Python's do, since the positions show in the exception.
#include <ctype.h>

#include "bytes.h"
#include "vm.h"

typedef enum { CODEC_UTF8, CODEC_ASCII, CODEC_LATIN1, CODEC_UNKNOWN } Codec;

static const char *const codec_names[] = {"utf-8", "ascii", "latin-1"};

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

static const struct {
  const char *name;
  Codec codec;
} aliases[] = {
    {"utf_8", CODEC_UTF8},
    {"utf8", CODEC_UTF8},
    {"u8", CODEC_UTF8},
    {"utf", CODEC_UTF8},
    {"utf8_ucs2", CODEC_UTF8},
    {"utf8_ucs4", CODEC_UTF8},
    {"cp65001", CODEC_UTF8},
    {"ascii", CODEC_ASCII},
    {"us_ascii", CODEC_ASCII},
    {"us", CODEC_ASCII},
    {"646", CODEC_ASCII},
    {"ansi_x3.4_1968", CODEC_ASCII},
    {"ansi_x3_4_1968", CODEC_ASCII},
    {"ansi_x3.4_1986", CODEC_ASCII},
    {"cp367", CODEC_ASCII},
    {"csascii", CODEC_ASCII},
    {"ibm367", CODEC_ASCII},
    {"iso646_us", CODEC_ASCII},
    {"iso_646.irv_1991", CODEC_ASCII},
    {"iso_ir_6", CODEC_ASCII},
    {"latin_1", CODEC_LATIN1},
    {"latin1", CODEC_LATIN1},
    {"latin", CODEC_LATIN1},
    {"l1", CODEC_LATIN1},
    {"8859", CODEC_LATIN1},
    {"cp819", CODEC_LATIN1},
    {"csisolatin1", CODEC_LATIN1},
    {"ibm819", CODEC_LATIN1},
    {"iso8859", CODEC_LATIN1},
    {"iso8859_1", CODEC_LATIN1},
    {"iso_8859_1", CODEC_LATIN1},
    {"iso_8859_1_1987", CODEC_LATIN1},
    {"iso_ir_100", CODEC_LATIN1},
};

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
  if (codec == CODEC_UTF8) return !is_surrogate(c);
  return c < (codec == CODEC_ASCII ? 0x80u : 0x100u);
}

// The run of bad characters [start, end), whose first is at p.
static bool encode_bad_run(Encoder *e, const char *p, size_t start, size_t end) {
  VM *vm = e->vm;
  if (e->handler == ON_ERROR_UNKNOWN) return raise_unknown_handler(vm, e->errors);
  for (size_t i = start; i < end; i++) {
    uint32_t c = utf8_next(&p);
    switch (e->handler) {
      case ON_ERROR_IGNORE: continue;
      case ON_ERROR_REPLACE: text_add_char(&e->text, '?'); continue;
      case ON_ERROR_BACKSLASH: add_escape(&e->text, c); continue;
      case ON_ERROR_XML: text_printf(&e->text, "&#%u;", c); continue;
      case ON_ERROR_SURROGATE_ESCAPE:
        if (c < 0xDC80 || c > 0xDCFF) break;
        text_add_char(&e->text, (char)(c - 0xDC00));
        continue;
      case ON_ERROR_SURROGATE_PASS:
        if (e->codec != CODEC_UTF8) break;
        text_add_code_point(&e->text, c);
        continue;
      default: break;
    }
    return raise_unicode(vm, vm->exceptions.UnicodeEncodeError, e->codec, from_object(e->source), i,
                         end,
                         e->codec == CODEC_UTF8    ? "surrogates not allowed"
                         : e->codec == CODEC_ASCII ? "ordinal not in range(128)"
                                                   : "ordinal not in range(256)");
  }
  return true;
}

static bool encode_all(Encoder *e) {
  const char *p = e->source->data, *end = p + e->source->length;
  for (size_t i = 0; p < end;) {
    const char *start = p;
    uint32_t c = utf8_next(&p);
    if (fits(e->codec, c)) {
      if (e->codec == CODEC_UTF8)
        text_add(&e->text, start, (size_t)(p - start));
      else
        text_add_char(&e->text, (char)c);
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

bool bytes_encode(VM *vm, Str *s, const char *encoding, const char *errors, Value *out) {
  Codec codec = find_codec(encoding);
  if (codec == CODEC_UNKNOWN) return raise_unknown_encoding(vm, encoding);
  if (str_is_ascii(s)) {
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
  if (wanted == 0) {
    *reason = "invalid start byte";
    return 1;
  }
  for (size_t i = 1; i < wanted; i++) {
    if (i == n) {
      *reason = "unexpected end of data";
      return n;
    }
    bool valid = is_continuation(s[i]);
    if (i == 1) {
      valid = valid && !(s[0] == 0xE0 && s[1] < 0xA0) && !(s[0] == 0xED && s[1] >= 0xA0) &&
              !(s[0] == 0xF0 && s[1] < 0x90) && !(s[0] == 0xF4 && s[1] >= 0x90);
    }
    if (!valid) {
      *reason = "invalid continuation byte";
      return i;
    }
  }
  return wanted;
}

static bool raise_decode(Decoder *d, size_t start, size_t end, const char *reason) {
  VM *vm = d->vm;
  Value object = from_object(bytes_new(vm, d->data, d->length));
  return raise_unicode(vm, vm->exceptions.UnicodeDecodeError, d->codec, object, start, end, reason);
}

// Handles the bad octets [start, end); *next is where decoding goes on.
static bool decode_bad(Decoder *d, size_t start, size_t end, const char *reason, size_t *next) {
  const uint8_t *s = d->data + start;
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
      for (size_t i = start; i < end; i++) text_add_code_point(&d->text, 0xDC00u + d->data[i]);
      return true;
    case ON_ERROR_SURROGATE_PASS:
      if (d->codec == CODEC_UTF8 && d->length - start >= 3 && s[0] == 0xED && s[1] >= 0xA0 &&
          is_continuation(s[1]) && is_continuation(s[2])) {
        text_add(&d->text, (const char *)s, 3);
        *next = start + 3;
        return true;
      }
      return raise_decode(d, start, end, reason);
    default: return raise_decode(d, start, end, reason);
  }
}

static bool decode_utf8(Decoder *d) {
  for (size_t at = 0, good; at < d->length;) {
    const char *rest = (const char *)d->data + at;
    if (utf8_valid(rest, d->length - at, &good)) {
      text_add(&d->text, rest, d->length - at);
      return true;
    }
    text_add(&d->text, rest, good);
    const char *reason = NULL;
    size_t start = at + good;
    size_t bad = bad_sequence(d->data + start, d->length - start, &reason);
    if (!decode_bad(d, start, start + bad, reason, &at)) return false;
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
  if (codec == CODEC_UTF8 && utf8_valid((const char *)data, length, NULL)) {
    *out = from_object(str_new(vm, (const char *)data, length));
    return true;
  }
  Decoder decoder = {vm, data, length, codec, find_handler(errors), errors, text_new(vm)};
  bool done = codec == CODEC_UTF8 ? decode_utf8(&decoder) : decode_octets(&decoder);
  if (done)
    *out = from_object(text_finish(&decoder.text));
  else
    text_free(&decoder.text);
  return done;
}
