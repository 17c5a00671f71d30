// options.c: see options.h.
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
#define COMMAND(id, word, operands, operand, text) OF_##id = 1u << COMMAND_##id,
#define OPTION(id, of, word, kind, value, low, high, text)
#include "options.def"
#undef COMMAND
#undef OPTION
  OF_CORO = 1u << COMMAND_CORO,
  // Those that run a program, and those that only read one.
  OF_PROGRAMS = OF_CORO | OF_RUN | OF_REPL | OF_VIZ | OF_DEBUG | OF_ADVISE | OF_TRACE,
  OF_STAGES = OF_TOKENS | OF_AST | OF_DIS,
  OF_READERS = OF_STAGES | OF_CHECK,
  OF_ALL = ~0u,
};

const CommandRow command_rows[] = {
    {"", "FILE [argument ...]\n-c CODE [argument ...]\n-i FILE [argument ...]\n- [argument ...]",
     OPERAND_FILE, "Runs a program written in Coro: Python's syntax, asyncio's semantics."},
#define COMMAND(id, word, operands, operand, text) {word, operands, OPERAND_##operand, text},
#define OPTION(id, of, word, kind, value, low, high, text)
#include "options.def"
#undef COMMAND
#undef OPTION
    {0},
};

const OptionRow option_rows[] = {
#define COMMAND(id, word, operands, operand, text)
#define OPTION(id, of, word, kind, value, low, high, text) \
  {OPTION_##id, of, word, VALUE_##kind, value, low, high, text},
#include "options.def"
#undef COMMAND
#undef OPTION
    {0},
};

CommandId command_find(const char *word) {
  for (int i = COMMAND_CORO + 1; command_rows[i].word != NULL; i++) {
    if (strcmp(word, command_rows[i].word) == 0) return (CommandId)i;
  }
  return COMMAND_CORO;
}

// ---- values

static bool read_number(const OptionRow *row, const char *text, unsigned long long *out) {
  char *end;
  if (*text < '0' || *text > '9') return false;
  errno = 0;
  *out = strtoull(text, &end, 10);
  return *end == '\0' && errno == 0 && *out >= row->low && *out <= row->high;
}

// "64M": bytes, with a unit if you like; at least 4M.
static bool read_bytes(const char *text, unsigned long long *out) {
  static const char units[] = "KMG";
  char *end;
  if (*text < '0' || *text > '9') return false;
  errno = 0;
  *out = strtoull(text, &end, 10);
  const char *unit = *end == '\0' ? NULL : strchr(units, *end);
  int shift = unit == NULL ? 0 : 10 * (int)(unit - units + 1);
  if (*end != '\0' && (unit == NULL || end[1] != '\0')) return false;
  if (errno != 0 || *out > UINT64_MAX >> (shift + 1)) return false;
  *out <<= shift;
  return *out >= 4 << 20;
}

static bool read_seconds(const char *text, double *out) {
  char *end;
  *out = strtod(text, &end);
  return end != text && *end == '\0' && *out > 0 && *out < 1e9;
}

// Which of the words "a|b|c" the text is.
static bool read_choice(const char *words, const char *text, unsigned long long *out) {
  size_t length = strlen(text);
  *out = 0;
  for (const char *at = words;; at++, ++*out) {
    size_t size = strcspn(at, "|");
    if (size == length && memcmp(at, text, size) == 0) return true;
    at += size;
    if (*at == '\0') return false;
  }
}

static bool read_value(Option *option) {
  const OptionRow *row = option->row;
  switch (row->kind) {
    case VALUE_FLAG: return true;
    case VALUE_CHOICE: return read_choice(row->value, option->text, &option->number);
    case VALUE_NUMBER: return read_number(row, option->text, &option->number);
    case VALUE_SECONDS: return read_seconds(option->text, &option->seconds);
    case VALUE_BYTES: return read_bytes(option->text, &option->number);
    case VALUE_PATH:
    case VALUE_FOLDER:
    case VALUE_TEXT: return true;
  }
  return false;
}

// "a, b or c" of "a|b|c".
static void list_choices(const char *words, char *out, size_t size) {
  size_t used = 0;
  for (const char *at = words; *at != '\0' && used < size;) {
    size_t length = strcspn(at, "|");
    const char *next = at + length + (at[length] == '|');
    const char *before = at == words ? "" : *next == '\0' ? " or " : ", ";
    used += (size_t)snprintf(out + used, size - used, "%s%.*s", before, (int)length, at);
    at = next;
  }
}

static void say_what_is_needed(Option *option) {
  const OptionRow *row = option->row;
  char *error = option->error, words[80];
  size_t size = sizeof option->error;
  switch (row->kind) {
    case VALUE_FLAG: snprintf(error, size, "'%s' takes no value", row->word); return;
    case VALUE_CHOICE:
      list_choices(row->value, words, sizeof words);
      snprintf(error, size, "'%s' takes %s", row->word, words);
      return;
    case VALUE_NUMBER:
      if (row->high < UINT64_MAX) {
        snprintf(error, size, "'%s' needs a number from %llu to %llu", row->word,
                 (unsigned long long)row->low, (unsigned long long)row->high);
      } else {
        snprintf(error, size, "'%s' needs a number from %llu", row->word,
                 (unsigned long long)row->low);
      }
      return;
    case VALUE_SECONDS: snprintf(error, size, "'%s' needs a number of seconds", row->word); return;
    case VALUE_BYTES:
      snprintf(error, size, "'%s' needs a number of bytes, such as 64M, and 4M at least",
               row->word);
      return;
    case VALUE_PATH: snprintf(error, size, "'%s' needs a file", row->word); return;
    case VALUE_FOLDER: snprintf(error, size, "'%s' needs a folder", row->word); return;
    case VALUE_TEXT:
      snprintf(error, size, "'%s' needs %s behind it", row->word, row->value);
      return;
  }
}

// ---- options

static const OptionRow *find(CommandId command, const char *word, size_t length) {
  if (length == 2 && memcmp(word, "-h", 2) == 0) return find(command, "--help", 6);
  if (length == 2 && memcmp(word, "-V", 2) == 0) return find(command, "--version", 9);
  for (const OptionRow *row = option_rows; row->word != NULL; row++) {
    bool same = strncmp(row->word, word, length) == 0 && row->word[length] == '\0';
    if (same && (row->of & 1u << command) != 0) return row;
  }
  return NULL;
}

bool option_read(CommandId command, int count, char **words, Option *out) {
  const char *word = words[0];
  size_t length = word[1] == '-' ? strcspn(word, "=") : strlen(word);
  *out = (Option){.row = find(command, word, length), .taken = 1};
  if (out->row == NULL) return false;
  if (word[length] == '=') {
    out->text = word + length + 1;
  } else if (out->row->kind != VALUE_FLAG && count > 1) {
    out->text = words[1];
    out->taken = 2;
  }
  bool is_flag = out->row->kind == VALUE_FLAG, right = is_flag;
  if (out->text != NULL) right = !is_flag && read_value(out);
  if (!right) say_what_is_needed(out);
  return true;
}
