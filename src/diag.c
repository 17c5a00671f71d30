// diag.c: collecting diagnostics. diagprint.c prints them.
#include "diag.h"

void diag_list_init(DiagList *list, Arena *arena) { *list = (DiagList){.arena = arena}; }

Diag *diag_vadd(DiagList *list, DiagSeverity severity, DiagKind kind, Span span, const char *format,
                va_list args) {
  if (list->count == list->capacity) {
    int capacity = list->capacity ? list->capacity * 2 : 4;
    list->items = arena_grow(list->arena, list->items, (size_t)list->capacity * sizeof(Diag *),
                             (size_t)capacity * sizeof(Diag *));
    list->capacity = capacity;
  }
  Diag *diag = arena_zalloc(list->arena, sizeof *diag);
  diag->severity = severity;
  diag->kind = kind;
  diag->span = span;
  diag->message = arena_vprintf(list->arena, format, args);
  list->items[list->count++] = diag;
  return diag;
}

Diag *diag_add(DiagList *list, DiagSeverity severity, DiagKind kind, Span span, const char *format,
               ...) {
  va_list args;
  va_start(args, format);
  Diag *diag = diag_vadd(list, severity, kind, span, format, args);
  va_end(args);
  return diag;
}

Diag *diag_error(DiagList *list, Span span, const char *format, ...) {
  va_list args;
  va_start(args, format);
  Diag *diag = diag_vadd(list, DIAG_ERROR, DIAG_SYNTAX, span, format, args);
  va_end(args);
  return diag;
}

void diag_label(Diag *diag, Span span, const char *text) { diag_label_in(diag, NULL, span, text); }

void diag_label_in(Diag *diag, const Source *source, Span span, const char *text) {
  if (diag->label_count == DIAG_LABEL_MAX) return;
  diag->labels[diag->label_count++] = (DiagLabel){span, text, source};
}

void diag_help(Diag *diag, const char *text) { diag->help = text; }

bool diag_is_full(const DiagList *list) { return list->count >= DIAG_MOST; }

void diag_sort(DiagList *list) {
  for (int i = 1; i < list->count; i++) {  // insertion: they are few, and nearly in order
    Diag *diag = list->items[i];
    int at = i;
    for (; at > 0 && list->items[at - 1]->span.line > diag->span.line; at--) {
      list->items[at] = list->items[at - 1];
    }
    list->items[at] = diag;
  }
}

const Diag *diag_first_error(const DiagList *list) {
  for (int i = 0; i < list->count; i++) {
    if (list->items[i]->severity == DIAG_ERROR) return list->items[i];
  }
  return NULL;
}

const char *diag_kind_name(DiagKind kind) {
  switch (kind) {
    case DIAG_SYNTAX: return "SyntaxError";
    case DIAG_INDENTATION: return "IndentationError";
    case DIAG_TAB: return "TabError";
  }
  return "SyntaxError";
}
