// diag.c: collecting diagnostics and printing them with the source line and carets.
#include "diag.h"

#include <utf8proc.h>

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

void diag_label(Diag *diag, Span span, const char *text) {
  if (diag->label_count == DIAG_LABEL_MAX) return;
  diag->labels[diag->label_count++] = (DiagLabel){span, text};
}

void diag_help(Diag *diag, const char *text) { diag->help = text; }

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

static const char *severity_name(const Diag *diag) {
  switch (diag->severity) {
    case DIAG_ERROR: return diag_kind_name(diag->kind);
    case DIAG_WARNING: return diag->code != NULL ? diag->code : "warning";
    case DIAG_NOTE: return "note";
  }
  return "note";
}

// Writes one mark under each column that bytes [start, end) of the line take on a terminal. Tabs
// before the marks are repeated, so that they line up whatever a tab's width is.
static void print_marks(FILE *file, Str8 line, size_t start, size_t end, char mark) {
  size_t at = 0;
  while (at < end) {
    if (at >= line.length) {
      fputc(at < start ? ' ' : mark, file);
      at++;
      continue;
    }
    utf8proc_int32_t code;
    utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)line.data + at,
                                             (utf8proc_ssize_t)(line.length - at), &code);
    int width = 1;
    if (size < 1) {
      size = 1;
    } else if (code >= 0x80) {
      width = utf8proc_charwidth(code);
    }
    if (at < start && code == '\t' && size == 1) {
      fputc('\t', file);
    } else {
      for (int i = 0; i < width; i++) fputc(at < start ? ' ' : mark, file);
    }
    at += (size_t)size;
  }
}

static void print_place(FILE *file, const Source *source, Span span, char mark, const char *text) {
  Str8 line = source_line(source, span.line);
  fprintf(file, "%5u | %.*s\n", span.line, (int)line.length, line.data);
  fprintf(file, "      | ");
  size_t end = span.end_line == span.line ? span.end_column : line.length;
  if (end <= span.column) end = span.column + 1;
  print_marks(file, line, span.column, end, mark);
  if (text) fprintf(file, " %s", text);
  fputc('\n', file);
}

void diag_print(FILE *file, const Source *source, const Diag *diag) {
  if (source == NULL) {
    fprintf(file, "%s: %s\n", severity_name(diag), diag->message);
  } else {
    uint32_t column = source_column_chars(source, diag->span.line, diag->span.column);
    fprintf(file, "%s:%u:%u: %s: %s\n", source->name, diag->span.line, column + 1,
            severity_name(diag), diag->message);
    print_place(file, source, diag->span, '^', NULL);
  }
  if (diag->context) fprintf(file, "      = %s\n", diag->context);
  for (int i = 0; i < diag->label_count; i++) {
    const DiagLabel *label = &diag->labels[i];
    if (source == NULL || label->span.line == 0) {
      fprintf(file, "      = %s\n", label->text);
    } else {
      print_place(file, source, label->span, '-', label->text);
    }
  }
  if (diag->help) fprintf(file, "      = help: %s\n", diag->help);
}
