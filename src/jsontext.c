// jsontext.c: the one writer of JSON strings. See jsontext.h.
#include "jsontext.h"

#include <string.h>
#include <utf8proc.h>

// The size of the character at `text`; 0: it is no UTF-8.
static size_t character_size(const char *text, size_t length) {
  utf8proc_int32_t code;
  utf8proc_ssize_t size =
      utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length, &code);
  return size < 1 ? 0 : (size_t)size;
}

void json_write_string(FILE *file, const char *text, size_t length) {
  fputc('"', file);
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c == '"' || c == '\\') {
      fprintf(file, "\\%c", c);
    } else if (c == '\n') {
      fputs("\\n", file);
    } else if (c == '\t') {
      fputs("\\t", file);
    } else if (c < 0x20 || c == 0x7F) {
      fprintf(file, "\\u%04x", c);
    } else if (c < 0x80) {
      fputc(c, file);
    } else {
      size_t size = character_size(text + i, length - i);
      if (size == 0) {
        fputs("\\ufffd", file);
      } else {
        fwrite(text + i, 1, size, file);
        i += size - 1;
      }
    }
  }
  fputc('"', file);
}

void json_write_c(FILE *file, const char *text) {
  if (text == NULL) {
    fputs("null", file);
  } else {
    json_write_string(file, text, strlen(text));
  }
}
