// diag.h: diagnostics as values.
//
// Whoever finds something wrong in a source text adds a Diag to a list; whoever called decides what
// becomes of it: print it, raise it as a SyntaxError, or ask for another line. Messages are
// CPython's where CPython has one.
//
// Invariant: everything a Diag points to lives in the list's arena or is static.
#ifndef CORO_SRC_DIAG_H
#define CORO_SRC_DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "arena.h"
#include "source.h"

typedef enum DiagSeverity { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE } DiagSeverity;

// Which exception (or warning) the message would be in Python.
typedef enum DiagKind { DIAG_SYNTAX, DIAG_INDENTATION, DIAG_TAB } DiagKind;

enum { DIAG_LABEL_MAX = 10, DIAG_MOST = 5 };  // of the latter in one text

// A second place that the message speaks of: "the block begins here". With span.line 0 it is a line
// of text alone.
typedef struct DiagLabel {
  Span span;
  const char *text;
  const Source *source;  // NULL: the diagnostic's own
} DiagLabel;

typedef struct Diag {
  DiagSeverity severity;
  DiagKind kind;
  const char *code;  // NULL, or a short stable name: "C004", "undefined"
  const char *message;
  Span span;
  DiagLabel labels[DIAG_LABEL_MAX];
  int label_count;
  const char *help;  // NULL, or one sentence on what to do
  const char *task;  // NULL, or whose doing it was
  double time;       // and when, in seconds; negative: that is not known
} Diag;

typedef struct DiagList {
  Arena *arena;
  Diag **items;
  int count;
  int capacity;
} DiagList;

void diag_list_init(DiagList *list, Arena *arena);

// Adds a diagnostic with a printf-style message, and returns it for labels and help.
Diag *diag_add(DiagList *list, DiagSeverity severity, DiagKind kind, Span span, const char *format,
               ...) __attribute__((format(printf, 5, 6)));
Diag *diag_vadd(DiagList *list, DiagSeverity severity, DiagKind kind, Span span, const char *format,
                va_list args);

// The common case: a syntax error.
Diag *diag_error(DiagList *list, Span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// A second place (of another file: its source must live as long), and advice. Labels beyond
// DIAG_LABEL_MAX are dropped.
void diag_label(Diag *diag, Span span, const char *text);
void diag_label_in(Diag *diag, const Source *source, Span span, const char *text);
void diag_help(Diag *diag, const char *text);

// Enough has been said: whoever looks for mistakes stops.
bool diag_is_full(const DiagList *list);
// Puts them in the order of the text.
void diag_sort(DiagList *list);

// The first error in the list, or NULL.
const Diag *diag_first_error(const DiagList *list);

// "SyntaxError", "IndentationError" or "TabError".
const char *diag_kind_name(DiagKind kind);

// How diagnostics are printed.
typedef enum DiagFormat {
  DIAG_FULL,   // the source line, carets, notes, help
  DIAG_SHORT,  // FILE:LINE:COLUMN: CODE: message
  DIAG_PLAIN,  // sentences, for a screen reader
  DIAG_JSON,   // one object a line
} DiagFormat;

typedef struct DiagStyle {
  DiagFormat format;
  bool color;
} DiagStyle;

// Writes a diagnostic to a stream. source NULL: the text is not known.
void diag_print(FILE *file, DiagStyle style, const Source *source, const Diag *diag);

#endif
