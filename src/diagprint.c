// diagprint.c: a diagnostic as text. See diag.h.
//
//   prog.coro:3:5: C001: coroutine 'fetch' was never awaited
//       3 |     fetch(url)
//         |     ^^^^^^^^^^
//         = in Task-1, after 0.000 s
//         = help: write 'await fetch(url)'
#include <utf8proc.h>

#include "diag.h"
#include "jsontext.h"

#define VERSION 1        // of the JSON form; it changes when a reader would have to
#define WIDEST_LINE 160  // columns of a source line that are shown
#define BEFORE_PLACE 60  // of them before the place, in a longer line

typedef struct {
  FILE *file;
  DiagStyle style;
  const Diag *diag;
} Printer;

static const char *const bold_red = "1;31", *const bold_yellow = "1;33", *const bold = "1",
                         *const blue = "1;34", *const green = "1;32";

static void start_color(const Printer *printer, const char *color) {
  if (printer->style.color) fprintf(printer->file, "\033[%sm", color);
}
static void end_color(const Printer *printer) {
  if (printer->style.color) fputs("\033[0m", printer->file);
}

static const char *name_of(const Diag *diag) {
  if (diag->code != NULL) return diag->code;
  switch (diag->severity) {
    case DIAG_ERROR: return diag_kind_name(diag->kind);
    case DIAG_WARNING: return "warning";
    case DIAG_NOTE: return "note";
  }
  return "note";
}

static const char *color_of(const Diag *diag) {
  return diag->severity == DIAG_ERROR ? bold_red : bold_yellow;
}

static uint32_t column_of(const Source *source, const Span *span) {
  return source_column_chars(source, span->line, span->column) + 1;
}

// ---- a line with marks

// The bytes of the character at `at`, and how many columns it takes.
static size_t character(Str8 line, size_t at, int *width) {
  utf8proc_int32_t code;
  utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)line.data + at,
                                           (utf8proc_ssize_t)(line.length - at), &code);
  *width = size < 1 || code < 0x80 ? 1 : utf8proc_charwidth(code);
  return size < 1 ? 1 : (size_t)size;
}

// One mark under each column that bytes [start, end) of the line take on a terminal. Tabs before
// them are repeated, so that they line up whatever a tab's width is.
static void print_marks(FILE *file, Str8 line, size_t start, size_t end, char mark) {
  for (size_t at = 0; at < end;) {
    if (at >= line.length) {
      fputc(at < start ? ' ' : mark, file);
      at++;
      continue;
    }
    int width;
    size_t size = character(line, at, &width);
    if (at < start && line.data[at] == '\t') {
      fputc('\t', file);
    } else {
      for (int i = 0; i < width; i++) fputc(at < start ? ' ' : mark, file);
    }
    at += size;
  }
}

// The part of a long line that is shown: from `*from` on; the line is cut.
static Str8 window(Str8 line, size_t place, size_t *from) {
  *from = 0;
  if (line.length <= WIDEST_LINE) return line;
  if (place > BEFORE_PLACE) *from = place - BEFORE_PLACE;
  while (*from > 0 && ((unsigned char)line.data[*from] & 0xC0) == 0x80) (*from)--;
  size_t to = *from + WIDEST_LINE < line.length ? *from + WIDEST_LINE : line.length;
  while (to < line.length && ((unsigned char)line.data[to] & 0xC0) == 0x80) to++;
  return (Str8){line.data + *from, to - *from};
}

// Control characters would move the cursor.
static void print_line(FILE *file, Str8 line) {
  for (size_t i = 0; i < line.length; i++) {
    unsigned char c = (unsigned char)line.data[i];
    fputc(c < 0x20 && c != '\t' ? '?' : c, file);
  }
}

static void print_place(const Printer *printer, const Source *source, Span span, char mark,
                        const char *color, const char *text) {
  Str8 line = source_line(source, span.line);
  size_t end = span.end_line == span.line ? span.end_column : line.length, from;
  if (end <= span.column) end = span.column + 1;
  Str8 shown = window(line, span.column, &from);
  if (end > from + shown.length + 1) end = from + shown.length + 1;
  start_color(printer, blue);
  fprintf(printer->file, "%5u | ", span.line);
  end_color(printer);
  print_line(printer->file, shown);
  start_color(printer, blue);
  fputs("\n      | ", printer->file);
  end_color(printer);
  start_color(printer, color);
  print_marks(printer->file, shown, span.column - from, end - from, mark);
  if (text != NULL) fprintf(printer->file, " %s", text);
  end_color(printer);
  fputc('\n', printer->file);
}

static void print_note(const Printer *printer, const char *title, const char *text) {
  start_color(printer, blue);
  fputs("      = ", printer->file);
  end_color(printer);
  start_color(printer, title == NULL ? "0" : green);
  if (title != NULL) fprintf(printer->file, "%s: ", title);
  end_color(printer);
  fprintf(printer->file, "%s\n", text);
}

// ---- the forms

static void print_head(const Printer *printer, const Source *source) {
  const Diag *diag = printer->diag;
  start_color(printer, bold);
  if (source != NULL && diag->span.line > 0) {
    fprintf(printer->file, "%s:%u:%u: ", source->name, diag->span.line,
            column_of(source, &diag->span));
  }
  end_color(printer);
  start_color(printer, color_of(diag));
  fprintf(printer->file, "%s: ", name_of(diag));
  end_color(printer);
  fprintf(printer->file, "%s\n", diag->message);
}

static void print_context(FILE *file, const Diag *diag) {
  fprintf(file, "in %s", diag->task);
  if (diag->time >= 0) fprintf(file, ", after %.3f s", diag->time);
}

static void print_full(const Printer *printer, const Source *source) {
  const Diag *diag = printer->diag;
  print_head(printer, source);
  if (source != NULL && diag->span.line > 0) {
    print_place(printer, source, diag->span, '^', color_of(diag), NULL);
  }
  if (diag->task != NULL) {
    start_color(printer, blue);
    fputs("      = ", printer->file);
    end_color(printer);
    print_context(printer->file, diag);
    fputc('\n', printer->file);
  }
  const Source *shown = source;
  for (int i = 0; i < diag->label_count; i++) {
    const DiagLabel *label = &diag->labels[i];
    const Source *its = label->source != NULL ? label->source : source;
    if (its == NULL || label->span.line == 0) {
      print_note(printer, NULL, label->text);
      continue;
    }
    if (shown == NULL || strcmp(its->name, shown->name) != 0) {
      fprintf(printer->file, "      > %s:%u\n", its->name, label->span.line);
    }
    shown = its;
    print_place(printer, its, label->span, '-', blue, label->text);
  }
  if (diag->help != NULL) print_note(printer, "help", diag->help);
}

static void print_sentence(FILE *file, const char *text) {
  size_t length = strlen(text);
  fputs(text, file);
  if (length > 0 && strchr(".!?:", text[length - 1]) == NULL) fputc('.', file);
}

static void print_text_of(FILE *file, const Source *source, uint32_t line) {
  Str8 text = source_line(source, line);
  while (text.length > 0 && (*text.data == ' ' || *text.data == '\t')) text.data++, text.length--;
  if (text.length == 0) return;
  fputs("The line is: ", file);
  print_line(file, text);
  fputc('\n', file);
}

static void print_plain(const Printer *printer, const Source *source) {
  const Diag *diag = printer->diag;
  FILE *file = printer->file;
  fprintf(file, "%s", name_of(diag));
  if (source != NULL && diag->span.line > 0) {
    fprintf(file, " in %s, line %u, column %u", source->name, diag->span.line,
            column_of(source, &diag->span));
  }
  fputs(": ", file);
  print_sentence(file, diag->message);
  fputc('\n', file);
  if (source != NULL && diag->span.line > 0) print_text_of(file, source, diag->span.line);
  if (diag->task != NULL) {
    fputs("It was ", file);
    print_context(file, diag);
    fputs(".\n", file);
  }
  for (int i = 0; i < diag->label_count; i++) {
    const DiagLabel *label = &diag->labels[i];
    const Source *its = label->source != NULL ? label->source : source;
    if (its != NULL && label->span.line > 0) {
      fprintf(file, "Line %u", label->span.line);
      if (its != source) fprintf(file, " of %s", its->name);
      fputs(": ", file);
    }
    print_sentence(file, label->text);
    fputc('\n', file);
  }
  if (diag->help != NULL) {
    fputs("Help: ", file);
    print_sentence(file, diag->help);
    fputc('\n', file);
  }
}

static void print_json_span(FILE *file, const Source *source, const Span *span) {
  if (source == NULL || span->line == 0) return;
  fputs(", \"file\": ", file);
  json_write_c(file, source->name);
  fprintf(file, ", \"line\": %u, \"column\": %u, \"end_line\": %u, \"end_column\": %u", span->line,
          column_of(source, span), span->end_line,
          source_column_chars(source, span->end_line, span->end_column) + 1);
}

static void print_json(const Printer *printer, const Source *source) {
  static const char *const severities[] = {"error", "warning", "note"};
  const Diag *diag = printer->diag;
  FILE *file = printer->file;
  fprintf(file, "{\"version\": %d, \"severity\": \"%s\", \"code\": ", VERSION,
          severities[diag->severity]);
  json_write_c(file, name_of(diag));
  fputs(", \"message\": ", file);
  json_write_c(file, diag->message);
  print_json_span(file, source, &diag->span);
  if (diag->task != NULL) {
    fputs(", \"task\": ", file);
    json_write_c(file, diag->task);
    if (diag->time >= 0) fprintf(file, ", \"time\": %.3f", diag->time);
  }
  fputs(", \"notes\": [", file);
  for (int i = 0; i < diag->label_count; i++) {
    const DiagLabel *label = &diag->labels[i];
    fputs(i == 0 ? "{\"message\": " : ", {\"message\": ", file);
    json_write_c(file, label->text);
    print_json_span(file, label->source != NULL ? label->source : source, &label->span);
    fputc('}', file);
  }
  fputs("], \"help\": ", file);
  json_write_c(file, diag->help);
  fputs("}\n", file);
}

void diag_print(FILE *file, DiagStyle style, const Source *source, const Diag *diag) {
  Printer printer = {file, style, diag};
  switch (style.format) {
    case DIAG_FULL: print_full(&printer, source); break;
    case DIAG_SHORT:
      printer.style.color = false;
      print_head(&printer, source);
      break;
    case DIAG_PLAIN: print_plain(&printer, source); break;
    case DIAG_JSON: print_json(&printer, source); break;
  }
}
