// jsonline.c: see jsonline.h.
#include "jsonline.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_string(const char *p) {
  for (p++; *p != '"'; p++) {
    cr_assert(*p != '\0' && *p != '\n', "a string does not end");
    if (*p == '\\') p++;
  }
  return p + 1;
}

// After a value: an object, a list, a string, or a word.
static const char *skip_value(const char *p) {
  if (*p == '"') return skip_string(p);
  if (*p != '{' && *p != '[') return p + strcspn(p, ",}]\n");
  int depth = 0;
  do {
    cr_assert(*p != '\0' && *p != '\n', "a value does not end");
    if (*p == '"') {
      p = skip_string(p);
      continue;
    }
    depth += *p == '{' || *p == '[';
    depth -= *p == '}' || *p == ']';
    p++;
  } while (depth > 0);
  return p;
}

const char *json_find(const char *object, const char *key) {
  size_t length = strlen(key);
  const char *p = object + 1;
  while (*p == '"') {
    const char *end = skip_string(p);
    cr_assert(*end == ':', "no value after a key");
    if ((size_t)(end - p) == length + 2 && memcmp(p + 1, key, length) == 0) return end + 1;
    p = skip_value(end + 1);
    if (*p == ',') p++;
  }
  cr_assert(*p == '}', "an object does not end: %.40s", p);
  return NULL;
}

bool json_has_word(const char *line, const char *key, const char *word) {
  const char *value = json_find(line, key);
  size_t length = strlen(word);
  return value != NULL && strncmp(value + 1, word, length) == 0 && value[length + 1] == '"';
}

long json_number(const char *line, const char *key) {
  const char *value = json_find(line, key);
  return value == NULL ? 0 : atol(value);
}

void json_write_plain(FILE *out, const char *p) {
  for (p++; *p != '"'; p++) {
    if (*p != '\\') {
      fputc(*p, out);
      continue;
    }
    p++;
    if (*p == 'u') {
      unsigned code = 0;
      cr_assert(sscanf(p + 1, "%4x", &code) == 1 && code < 0x80);
      fputc((int)code, out);
      p += 4;
    } else {
      fputc(*p == 'n' ? '\n' : *p == 't' ? '\t' : *p, out);
    }
  }
}
