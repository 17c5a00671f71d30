// findingreport.c: a finding becomes a diagnostic. See findingreport.h.
#include "findingreport.h"

#include <stdio.h>

#include "diag.h"
#include "import.h"
#include "output.h"

// The source text of a place; NULL: there is none. The caller frees.
static Source *source_of(VM *vm, TraceEntry place) {
  if (place.code == NULL || place.code->module == NULL) return NULL;
  const Str *text = import_source(vm, place.code->module);
  return source_new(place.code->filename->data, text == NULL ? "" : text->data,
                    text == NULL ? 0 : text->length);
}

static Span span_of(TraceEntry place) {
  Position position = place.code->positions[place.instr];
  return (Span){.line = position.line,
                .column = position.column,
                .end_line = position.end_line,
                .end_column = position.end_column};
}

static const char *copy(Arena *arena, const Text *text) {
  return arena_copy(arena, text->data, text->length).data;
}

static const char *context_of(VM *vm, Arena *arena, const Finding *finding) {
  if (finding->task == NULL) return NULL;
  Str *name = task_name(vm, finding->task);
  if (finding->time < 0) return arena_printf(arena, "in %.*s", (int)name->length, name->data);
  return arena_printf(arena, "in %.*s, after %.3f s", (int)name->length, name->data, finding->time);
}

static void print(VM *vm, void *reporter, const Finding *finding) {
  (void)reporter;
  Arena *arena = arena_new();
  DiagList list;
  diag_list_init(&list, arena);
  char code[8];
  Span span = finding->place.code == NULL ? (Span){0} : span_of(finding->place);
  Diag *diag =
      diag_add(&list, DIAG_WARNING, DIAG_SYNTAX, span, "%s", copy(arena, &finding->message));
  diag->code = arena_printf(arena, "%s", finding_code(finding->number, code));
  diag->context = context_of(vm, arena, finding);
  for (int i = 0; i < finding->note_count; i++) {
    const FindingNote *note = &finding->notes[i];
    diag_label(diag, note->place.code == NULL ? (Span){0} : span_of(note->place),
               copy(arena, &note->text));
  }
  if (finding->help.length > 0) diag_help(diag, copy(arena, &finding->help));
  Source *source = source_of(vm, finding->place);
  output_finish(vm);
  fflush(stdout);  // what was printed before stands before
  diag_print(stderr, source, diag);
  source_free(source);
  arena_free(arena);
}

void findingreport_install(VM *vm, bool advice) { findings_set_reporter(vm, print, NULL, advice); }
