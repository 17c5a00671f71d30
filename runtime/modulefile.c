// modulefile.c: finding the files of modules. In each folder the first of these is taken:
//
//   NAME/__init__.coro   NAME/__init__.py   NAME.coro   NAME.py
//
// A folder NAME without any of them is part of a package without a file of its own, if no other
// folder of the search has one. Paths are absolute, so that a module stays itself when the program
// changes its working directory.
#include "modulefile.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

List *modulefile_path(VM *vm) {
  Value sys = dict_get_c(vm->modules, "sys");
  if (!is_kind(sys, KIND_MODULE)) return vm->path;
  Value path = module_get(vm, (Module *)as_object(sys), str_intern_c(vm, "path"));
  return is_list(path) ? as_list(path) : vm->path;
}

static bool join(char *out, size_t size, const char *folder, const Str *part, const char *ending) {
  int n = snprintf(out, size, "%s/%.*s%s", folder, (int)part->length, part->data, ending);
  return n >= 0 && (size_t)n < size;
}

static bool absolute_folder(const Str *entry, char *out, size_t size) {
  char here[4096] = "";
  bool relative = entry->length == 0 || entry->data[0] != '/';
  if (relative && getcwd(here, sizeof here) == NULL) return false;
  int n = snprintf(out, size, "%s%s%.*s", here, relative && entry->length > 0 ? "/" : "",
                   (int)entry->length, entry->data);
  if (n < 0 || (size_t)n >= size) return false;
  while (n > 1 && out[n - 1] == '/') out[--n] = '\0';
  return true;
}

static char *read_file(const char *path, size_t *length) {
  struct stat info;
  if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) return NULL;
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  char *text = malloc((size_t)info.st_size + 1);
  size_t got = text == NULL ? 0 : fread(text, 1, (size_t)info.st_size, file);
  fclose(file);
  if (text != NULL) text[got] = '\0';
  *length = got;
  return text;
}

static bool is_folder(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool find_in(const char *folder, const Str *part, ModuleFile *out) {
  static const char *const endings[] = {"/__init__.coro", "/__init__.py", ".coro", ".py"};
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    out->package = i < 2;
    if (!join(out->path, sizeof out->path, folder, part, endings[i])) return false;
    out->text = read_file(out->path, &out->length);
    if (out->text != NULL) return true;
  }
  return false;
}

bool modulefile_find(VM *vm, List *folders, const Str *part, ModuleFile *out) {
  if (vm->sandbox) {
    *out = (ModuleFile){.text = NULL};
    return false;
  }
  List *parts = NULL;
  for (size_t i = 0; i < folders->count; i++) {
    char folder[4096];
    if (!is_str(folders->items[i])) continue;
    if (!absolute_folder(as_str(folders->items[i]), folder, sizeof folder)) continue;
    if (find_in(folder, part, out)) return true;
    if (!join(out->path, sizeof out->path, folder, part, "") || !is_folder(out->path)) continue;
    if (parts == NULL) parts = list_new(vm, 1);
    list_append(vm, parts, from_object(str_from_c(vm, out->path)));
  }
  out->text = NULL;
  out->package = true;
  out->folders = parts;
  return parts != NULL;
}
