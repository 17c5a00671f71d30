// complete.c: see complete.h. A candidate is listed when it begins with the word before the point;
// names that begin with an underscore only when the word does too.
#include "complete.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "import.h"
#include "int.h"
#include "lookup.h"
#include "modulefile.h"

typedef struct {
  VM *vm;
  Module *module;
  const char *word;  // what the candidates take the place of; it ends at the point
  size_t length;
  char **items;
  size_t count, capacity;
} Candidates;

// ---- the list

static void add(Candidates *c, const char *before, size_t before_length, const char *text,
                size_t length, const char *after) {
  if (before_length + length < c->length) return;
  size_t size = before_length + length + strlen(after) + 1;
  char *item = malloc(size);
  if (item == NULL) return;
  memcpy(item, before, before_length);
  memcpy(item + before_length, text, length);
  strcpy(item + before_length + length, after);
  bool wanted = strncmp(item, c->word, c->length) == 0;
  for (size_t i = 0; wanted && i < c->count; i++) wanted = strcmp(c->items[i], item) != 0;
  if (wanted && c->count + 2 > c->capacity) {
    c->capacity = c->capacity == 0 ? 16 : c->capacity * 2;
    char **grown = realloc(c->items, c->capacity * sizeof *grown);
    wanted = grown != NULL;
    if (wanted) c->items = grown;
  }
  if (!wanted) {
    free(item);
    return;
  }
  c->items[c->count++] = item;
  c->items[c->count] = NULL;
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

// ---- looking names up

static bool is_name_byte(char c) {
  return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

// The value of "a.b.c"; EMPTY: it cannot be had.
static Value value_of(const Candidates *c, const char *text, size_t length) {
  size_t part = 0;
  while (part < length && text[part] != '.') part++;
  Value v = lookup_global(c->vm, c->module, str_new(c->vm, text, part));
  return lookup_path(c->vm, v, text + part, length - part);
}

static bool is_callable(Value v) {
  return is_function(v) || is_class(v) || is_kind(v, KIND_NATIVE) || is_kind(v, KIND_METHOD);
}

// ---- what there is

static bool is_hidden(const Candidates *c, size_t before_length, const Str *name) {
  bool asked = c->length > before_length && c->word[before_length] == '_';
  return name->length > 0 && name->data[0] == '_' && !asked;
}

static void add_name(Candidates *c, size_t before_length, const Str *name, Value v) {
  if (is_hidden(c, before_length, name)) return;
  add(c, c->word, before_length, name->data, name->length, is_callable(v) ? "(" : "");
}

static void add_attributes(Candidates *c, Value v, size_t before_length) {
  Dict *names = object_names(c->vm, v);
  Value name, ignored;
  for (size_t i = 0; dict_next(names, &i, &name, &ignored);) {
    add_name(c, before_length, as_str(name), lookup_attribute(c->vm, v, as_str(name)));
  }
}

static void add_module_names(Candidates *c, Module *module) {
  List *names = module_names(c->vm, module);
  for (size_t i = 0; i < names->count; i++) {
    Str *name = as_str(names->items[i]);
    add_name(c, 0, name, module_get(c->vm, module, name));
  }
}

static void add_keywords(Candidates *c) {
  static const char *const plain[] = {"False", "None", "True", "break", "continue", "pass", NULL};
  static const char *const blocks[] = {"else", "finally", "try", NULL};
  static const char *const others[] = {
      "and",      "as",  "assert", "async",  "await",  "class",  "def",  "del",   "elif",
      "except",   "for", "from",   "global", "if",     "import", "in",   "is",    "lambda",
      "nonlocal", "not", "or",     "raise",  "return", "while",  "with", "yield", NULL};
  for (int i = 0; plain[i] != NULL; i++) add(c, "", 0, plain[i], strlen(plain[i]), "");
  for (int i = 0; blocks[i] != NULL; i++) add(c, "", 0, blocks[i], strlen(blocks[i]), ":");
  for (int i = 0; others[i] != NULL; i++) add(c, "", 0, others[i], strlen(others[i]), " ");
}

static void add_library_module(void *with, const char *name, size_t length) {
  Candidates *c = with;
  if (name[0] == '_' && c->word[0] != '_') return;
  if (memchr(name, '.', length) != NULL && memchr(c->word, '.', c->length) == NULL) return;
  if (length > 8 && memcmp(name, "prelude.", 8) == 0) return;
  add(c, "", 0, name, length, "");
}

// A file that can be imported, or a folder: the length of the module's name; 0: neither.
static size_t module_name_length(const char *folder, const char *entry) {
  size_t length = strlen(entry);
  if (length > 5 && strcmp(entry + length - 5, ".coro") == 0) return length - 5;
  if (length > 3 && strcmp(entry + length - 3, ".py") == 0) return length - 3;
  char path[4096];
  struct stat about;
  for (size_t i = 0; i < length; i++) {
    if (!is_name_byte(entry[i])) return 0;
  }
  int size = snprintf(path, sizeof path, "%s/%s/__init__.coro", folder, entry);
  if (size > 0 && (size_t)size < sizeof path && stat(path, &about) == 0) return length;
  size = snprintf(path, sizeof path, "%s/%s/__init__.py", folder, entry);
  return size > 0 && (size_t)size < sizeof path && stat(path, &about) == 0 ? length : 0;
}

static void add_modules(Candidates *c) {
  import_each_library(add_library_module, c);
  List *folders = modulefile_path(c->vm);
  for (size_t i = 0; i < folders->count; i++) {
    if (!is_str(folders->items[i])) continue;
    const Str *folder = as_str(folders->items[i]);
    const char *path = folder->length == 0 ? "." : str_c(c->vm, folder);
    DIR *stream = opendir(path);
    if (stream == NULL) continue;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
      size_t length = module_name_length(path, entry->d_name);
      if (length > 0) add(c, "", 0, entry->d_name, length, "");
    }
    closedir(stream);
  }
}

// d["ke: the keys that begin so. `open` is what stands before the word: "[", "['" or "[\"".
static void add_keys(Candidates *c, const char *line, size_t open) {
  char quote = line[open] == '[' ? '\0' : line[open];
  size_t end = quote == '\0' ? open : open - 1, begin = end;
  while (begin > 0 && (is_name_byte(line[begin - 1]) || line[begin - 1] == '.')) begin--;
  Value v = begin == end ? EMPTY : value_of(c, line + begin, end - begin);
  if (!is_dict(v)) return;
  Value key, value;
  for (size_t i = 0; dict_next(as_dict(v), &i, &key, &value);) {
    Text text = text_new(c->vm);
    if (quote == '\0') {
      bool simple = is_str(key) || is_int(key);
      if (simple && value_repr(c->vm, key, &text) == TRI_YES)
        add(c, "", 0, text.data, text.length, "]");
    } else if (is_str(key) && memchr(as_str(key)->data, quote, as_str(key)->length) == NULL) {
      text_add_char(&text, quote);
      text_add_char(&text, ']');
      text_add_char(&text, '\0');
      add(c, "", 0, as_str(key)->data, as_str(key)->length, text.data);
    }
    text_free(&text);
  }
}

// `path`: what was typed of it; its end is the word.
static void add_files(Candidates *c, const char *path, size_t length) {
  size_t folder = length;
  while (folder > 0 && path[folder - 1] != '/') folder--;
  size_t skip = length - folder - c->length;  // of the entry's name, before the word
  char name[4096];
  if (folder >= sizeof name || length - folder < c->length) return;
  snprintf(name, sizeof name, "%.*s", folder == 0 ? 1 : (int)folder, folder == 0 ? "." : path);
  DIR *stream = opendir(name);
  if (stream == NULL) return;
  for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
    const char *text = entry->d_name;
    bool begins = strncmp(text, path + folder, length - folder) == 0;
    if (!begins || (text[0] == '.' && (length == folder || path[folder] != '.'))) continue;
    char whole[8192];
    struct stat about;
    snprintf(whole, sizeof whole, "%s/%s", name, text);
    bool is_folder = stat(whole, &about) == 0 && S_ISDIR(about.st_mode);
    add(c, "", 0, text + skip, strlen(text + skip), is_folder ? "/" : "");
  }
  closedir(stream);
}

static void add_commands(Candidates *c) {
  Value session = dict_get_c(c->vm->modules, "_session");
  if (!is_kind(session, KIND_MODULE)) return;
  Value names = module_get(c->vm, (Module *)as_object(session), str_intern_c(c->vm, "commands"));
  for (size_t i = 0; is_list(names) && i < as_list(names)->count; i++) {
    Value name = as_list(names)->items[i];
    if (is_str(name)) add(c, "", 0, as_str(name)->data, as_str(name)->length, "");
  }
}

// ---- where the point is

static bool begins(const char *line, size_t length, const char *start) {
  size_t size = strlen(start);
  return length >= size && memcmp(line, start, size) == 0;
}

// "from x import na": the names of a module that is loaded.
static bool add_imported(Candidates *c, const char *line, size_t point) {
  const char *import = memmem(line, point, " import ", 8);
  if (import == NULL) return false;
  size_t length = (size_t)(import - line) - 5;
  Value module = dict_get_str(c->vm->modules, str_new(c->vm, line + 5, length));
  if (is_kind(module, KIND_MODULE)) add_module_names(c, (Module *)as_object(module));
  return true;
}

static void find(Candidates *c, const char *line, size_t start, size_t point) {
  if (begins(line, point, ":load ") || begins(line, point, ":save ")) {
    add_files(c, line + 6, point - 6);
    return;
  }
  if (line[0] == ':' && start == 1) {
    add_commands(c);
    return;
  }
  size_t here = point;  // where the point's own line begins
  while (here > 0 && line[here - 1] != '\n') here--;
  while (line[here] == ' ') here++;
  if (begins(line + here, start - here, "import ")) {
    add_modules(c);
    return;
  }
  if (begins(line + here, start - here, "from ")) {
    if (!add_imported(c, line + here, point - here)) add_modules(c);
    return;
  }
  const char *dot = memrchr(c->word, '.', c->length);
  if (dot != NULL) {
    size_t before = (size_t)(dot - c->word);
    bool quoted = before == 0 && start > 0 && (line[start - 1] == '"' || line[start - 1] == '\'');
    Value v = quoted ? from_object(c->vm->empty_str) : value_of(c, c->word, before);
    if (!is_empty(v) && (before > 0 || quoted)) add_attributes(c, v, before + 1);
    return;
  }
  bool quoted = start > 1 && (line[start - 1] == '"' || line[start - 1] == '\'');
  if (start > 0 && (line[start - 1] == '[' || (quoted && line[start - 2] == '['))) {
    add_keys(c, line, start - 1);
    if (c->count > 0 || quoted) return;
  }
  if (quoted) return;
  add_module_names(c, c->module);
  add_module_names(c, c->vm->builtins);
  add_keywords(c);
}

char **complete_line(VM *vm, Module *module, const char *line, size_t point, size_t *start,
                     bool *closed) {
  size_t begin = point;
  while (begin > 0 && (is_name_byte(line[begin - 1]) || line[begin - 1] == '.')) begin--;
  Candidates c = {.vm = vm, .module = module, .word = line + begin, .length = point - begin};
  if (module != NULL) find(&c, line, begin, point);
  if (c.count > 1) qsort(c.items, c.count, sizeof *c.items, by_text);
  *start = begin;
  *closed = true;
  return c.items;
}
