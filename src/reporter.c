// reporter.c: findings and syntax errors become diagnostics on standard error. See reporter.h.
#include "reporter.h"

#include <stdlib.h>
#include <unistd.h>

#include "finding.h"
#include "heap_private.h"
#include "import.h"
#include "output.h"
#include "traceback.h"

struct Reporter {
  VM *vm;
  DiagStyle style;
  // The latest source text that could not be compiled.
  Value exception;  // only compared; EMPTY: none
  Arena *arena;
  Source *source;
  DiagList diags;
};

// ---- findings

// The source text of a place; NULL: there is none. The caller frees.
static Source *source_of(VM *vm, TraceEntry place) {
  if (place.code == NULL) return NULL;
  const Str *text = import_source_of(vm, place.code);
  return source_new(place.code->filename->data, text == NULL ? "" : text->data,
                    text == NULL ? 0 : text->length);
}

static Span span_of(TraceEntry place) {
  if (place.code == NULL) return (Span){0};
  Position position = place.code->positions[place.instr];
  return (Span){.line = position.line,
                .column = position.column,
                .end_line = position.end_line,
                .end_column = position.end_column};
}

static const char *copy(Arena *arena, const Text *text) {
  return arena_copy(arena, text->data, text->length).data;
}

static void flush_output(VM *vm) {
  output_finish(vm);
  fflush(stdout);  // what was printed before stands before
}

static void print_finding(VM *vm, void *data, const Finding *finding) {
  Reporter *reporter = data;
  Arena *arena = arena_new();
  DiagList list;
  diag_list_init(&list, arena);
  char code[8];
  Diag *diag = diag_add(&list, DIAG_WARNING, DIAG_SYNTAX, span_of(finding->place), "%s",
                        copy(arena, &finding->message));
  diag->code = finding_code(finding->number, code);
  if (finding->task != NULL) {
    Str *name = task_name(vm, finding->task);
    diag->task = arena_copy(arena, name->data, name->length).data;
    diag->time = finding->time;
  }
  Source *source = source_of(vm, finding->place), *others[FINDING_NOTES];
  for (int i = 0; i < finding->note_count; i++) {
    const FindingNote *note = &finding->notes[i];
    bool same = note->place.code == NULL ||
                (finding->place.code != NULL && import_source_of(vm, note->place.code) ==
                                                    import_source_of(vm, finding->place.code));
    others[i] = same ? NULL : source_of(vm, note->place);
    diag_label_in(diag, others[i], span_of(note->place), copy(arena, &note->text));
  }
  if (finding->help.length > 0) diag_help(diag, copy(arena, &finding->help));
  flush_output(vm);
  diag_print(stderr, reporter->style, source, diag);
  for (int i = 0; i < finding->note_count; i++) source_free(others[i]);
  source_free(source);
  arena_free(arena);
}

// ---- syntax errors

static void forget(Reporter *reporter) {
  if (is_empty(reporter->exception)) return;
  source_free(reporter->source);
  arena_free(reporter->arena);
  reporter->exception = EMPTY;
}

void reporter_keep(VM *vm, Value exception, Arena *arena, Source *source, const DiagList *diags) {
  Reporter *reporter = vm->findings->reporter;
  if (reporter == NULL) {
    source_free(source);
    arena_free(arena);
    return;
  }
  forget(reporter);
  reporter->exception = exception;
  reporter->arena = arena;
  reporter->source = source;
  reporter->diags = *diags;
}

static bool print_syntax_error(Reporter *reporter, Value exception) {
  if (is_empty(reporter->exception) || exception != reporter->exception) return false;
  flush_output(reporter->vm);
  if (reporter->style.format == DIAG_FULL) traceback_print_way(reporter->vm, exception, stderr);
  for (int i = 0; i < reporter->diags.count; i++) {
    diag_print(stderr, reporter->style, reporter->source, reporter->diags.items[i]);
  }
  forget(reporter);
  return true;
}

// ---- other exceptions

#define MOST_FRAMES 8  // notes of the object

static void print_json(Reporter *reporter, Value value) {
  VM *vm = reporter->vm;
  const Exception *exception = as_exception(value);
  Arena *arena = arena_new();
  DiagList list;
  diag_list_init(&list, arena);
  Text text = text_new(vm);
  traceback_text(vm, value, &text);
  Source *sources[MOST_FRAMES];
  int count = 0;
  Diag *diag = diag_add(&list, DIAG_WARNING, DIAG_SYNTAX, (Span){0}, "%s", copy(arena, &text));
  diag->severity = DIAG_ERROR;
  diag->code = exception->header.cls->name->data;
  for (uint32_t i = 0; i < exception->trace_count && count < MOST_FRAMES; i++) {
    if (!traceback_is_shown(exception->trace, i)) continue;
    TraceEntry place = exception->trace[i];
    sources[count] = source_of(vm, place);
    if (count == 0) diag->span = span_of(place);
    diag_label_in(diag, sources[count], span_of(place),
                  arena_printf(arena, "in %s", place.code->name->data));
    count++;
  }
  flush_output(vm);
  diag_print(stderr, reporter->style, count > 0 ? sources[0] : NULL, diag);
  for (int i = 0; i < count; i++) source_free(sources[i]);
  text_free(&text);
  arena_free(arena);
}

void reporter_print_exception(Reporter *reporter, Value exception) {
  if (print_syntax_error(reporter, exception)) return;
  if (reporter->style.format == DIAG_JSON) {
    print_json(reporter, exception);
  } else {
    traceback_print(reporter->vm, exception, stderr);
  }
}

// ---- the reporter

bool reporter_colors(ReporterColor color, int descriptor) {
  const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
  bool able = isatty(descriptor) && (no_color == NULL || *no_color == '\0') && terminal != NULL &&
              strcmp(terminal, "dumb") != 0;
  return color == REPORTER_ALWAYS || (color == REPORTER_AUTO && able);
}

DiagStyle reporter_style(const ReporterOptions *options) {
  return (DiagStyle){options->format, reporter_colors(options->color, STDERR_FILENO)};
}

void reporter_set_options(Reporter *reporter, ReporterOptions options) {
  reporter->style = reporter_style(&options);
  findings_set_reporter(reporter->vm, print_finding, reporter, options.advice);
}

Reporter *reporter_new(VM *vm) {
  Reporter *reporter = heap_must_allocate(calloc(1, sizeof *reporter));
  reporter->vm = vm;
  reporter->exception = EMPTY;
  reporter_set_options(reporter, (ReporterOptions){0});
  return reporter;
}

void reporter_free(Reporter *reporter) {
  if (reporter == NULL) return;
  forget(reporter);
  free(reporter);
}
