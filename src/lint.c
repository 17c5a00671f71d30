// lint.c: reads a file, has it looked at (check.h, advise.h), prints what was found. See lint.h.
#include "lint.h"

#include <stdlib.h>

#include "advise.h"
#include "check.h"
#include "parse.h"
#include "readtext.h"
#include "syntaxhelp.h"

void lint_print(const Source *source, const DiagList *diags, const ReporterOptions *reporting) {
  DiagStyle style = reporter_style(reporting);
  for (int i = 0; i < diags->count; i++) diag_print(stderr, style, source, diags->items[i]);
}

void lint_advise(const char *path, const ReporterOptions *reporting) {
  size_t length;
  char *text = readtext_path(path, &length);
  Source *source = text == NULL ? NULL : source_new(path, text, length);
  if (source != NULL) {
    Arena *arena = arena_new();
    DiagList errors, hints;
    diag_list_init(&errors, arena);
    diag_list_init(&hints, arena);
    ParseResult parsed = parse_module(arena, source, PARSE_FILE, &errors);
    if (parsed.status == PARSE_OK) advise_module(arena, source, parsed.module, &hints);
    fflush(stdout);
    lint_print(source, &hints, reporting);
    arena_free(arena);
  }
  source_free(source);
  free(text);
}

// Errors: those that compiling the file would give, in whatever order it finds them.
int lint_check(const char *path, const ReporterOptions *reporting, bool strict) {
  size_t length;
  char *text = readtext_path(path, &length);
  if (text == NULL) return readtext_failed(path);
  VM *vm = vm_new();
  Arena *arena = arena_new();
  Source *source = source_new(path, text, length);
  DiagList diags;
  diag_list_init(&diags, arena);
  if (source != NULL) {
    ParseResult parsed = parse_module(arena, source, PARSE_FILE, &diags);
    if (parsed.status == PARSE_OK) {
      check_module(vm, arena, source, parsed.module, &diags);
    } else {
      syntaxhelp_find_more(arena, source, &diags);
      diag_sort(&diags);
    }
    syntaxhelp_explain(arena, source, &diags);
  }
  lint_print(source, &diags, reporting);
  int code = diag_first_error(&diags) != NULL ? 1 : strict && diags.count > 0 ? 4 : 0;
  source_free(source);
  arena_free(arena);
  vm_free(vm);
  free(text);
  return code;
}
