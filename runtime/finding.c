// finding.c: making and handing over findings. See finding.h.
#include "finding.h"

#include <stdio.h>
#include <string.h>

#include "import.h"
#include "int.h"
#include "loop.h"

#define ALWAYS 1
#define ADVICE 0

// A bit for each number that is looked for in every run.
static const uint32_t always = 0
#define FINDING(number, name, when, title) | (uint32_t)(when) << (number)
#include "findings.def"
#undef FINDING
    ;
static const uint32_t all = 0
#define FINDING(number, name, when, title) | 1u << (number)
#include "findings.def"
#undef FINDING
    ;

void findings_install(VM *vm) {
  vm->findings = heap_buffer_new(vm, sizeof *vm->findings);
  *vm->findings = (Findings){0};
}

void findings_free(VM *vm) { heap_buffer_free(vm, vm->findings, sizeof *vm->findings); }

void findings_mark(VM *vm) {
  if (vm->findings->told != NULL) heap_mark(vm, from_object(vm->findings->told));
}

void findings_set_reporter(VM *vm, void (*report)(VM *, void *, const Finding *), void *reporter,
                           bool advice) {
  Findings *findings = vm->findings;
  findings->report = report;
  findings->reporter = reporter;
  findings->wanted = report == NULL ? 0 : advice ? all : always;
}

const char *finding_title(int number) {
  static const char *const titles[FINDING_LIMIT] = {
#define FINDING(number, name, when, title) [number] = title,
#include "findings.def"
#undef FINDING
  };
  return number > 0 && number < FINDING_LIMIT ? titles[number] : NULL;
}

const char *finding_code(FindingNumber number, char buffer[8]) {
  snprintf(buffer, 8, "C%03d", (int)number);
  return buffer;
}

// ---- places

TraceEntry finding_place(const Frame *frame) {
  const Code *code = frame->code;
  if (frame->header.extra == RESUME_STEP || code->positions == NULL) return (TraceEntry){0};
  size_t at = frame->ip > code->instrs ? (size_t)(frame->ip - code->instrs) - 1 : 0;
  return (TraceEntry){frame->code, (uint32_t)at};
}

const Frame *finding_own_frame(const Frame *frame) {
  for (; frame != NULL; frame = frame->parent) {
    if (finding_is_own(frame)) return frame;
    if (frame->header.extra == RESUME_STEP && frame->def == &run_forever_def) {
      return NULL;  // called by a loop, not from below
    }
  }
  return NULL;
}

TraceEntry finding_here(const VM *vm) {
  const Frame *frame = finding_own_frame(vm->frame);
  return frame != NULL ? finding_place(frame) : (TraceEntry){0};
}

// ---- what is not wanted

// Whether "C004" stands behind "# coro: allow" in a line.
static bool line_allows(const char *line, size_t length, const char *code) {
  static const char mark[] = "# coro: allow";
  const char *end = line + length;
  const char *at = memmem(line, length, mark, sizeof mark - 1);
  if (at == NULL) return false;
  at += sizeof mark - 1;
  return memmem(at, (size_t)(end - at), code, strlen(code)) != NULL;
}

static bool is_allowed(VM *vm, TraceEntry place, FindingNumber number) {
  const Str *source = import_source_of(vm, place.code);
  if (source == NULL) return false;
  char code[8];
  const char *line = source->data, *end = source->data + source->length;
  for (uint32_t n = place.code->positions[place.instr].line; n > 1 && line != NULL; n--) {
    line = memchr(line, '\n', (size_t)(end - line));
    if (line != NULL) line++;
  }
  if (line == NULL) return false;
  const char *stop = memchr(line, '\n', (size_t)(end - line));
  if (stop == NULL) stop = end;
  return line_allows(line, (size_t)(stop - line), finding_code(number, code));
}

// Notes that it is told of now; true: it was before.
static bool is_told(VM *vm, TraceEntry place, FindingNumber number) {
  Findings *findings = vm->findings;
  if (findings->told == NULL) findings->told = dict_new(vm);
  Str *key = str_format(vm, "%p:%u:%d", (void *)place.code, place.instr, (int)number);
  if (!is_empty(dict_get_str(findings->told, key))) return true;
  dict_set_str(vm, findings->told, key, place.code == NULL ? NONE : from_object(place.code));
  return false;
}

// ---- findings

Finding *finding_new(VM *vm, FindingNumber number, TraceEntry place, const char *format, ...) {
  if (!finding_is_wanted(vm, number)) return NULL;
  if (place.code != NULL && (is_allowed(vm, place, number) || is_told(vm, place, number))) {
    return NULL;
  }
  Finding *finding = heap_buffer_new(vm, sizeof *finding);
  *finding = (Finding){0};
  finding->number = number;
  finding->place = place;
  finding->message = text_new(vm);
  finding->help = text_new(vm);
  finding->task = vm->loop == NULL ? NULL : vm->loop->current;
  finding->time = loop_time(vm) - vm->loops->began;
  va_list args;
  va_start(args, format);
  text_vprintf(&finding->message, format, args);
  va_end(args);
  return finding;
}

void finding_note(Finding *finding, TraceEntry place, const char *format, ...) {
  if (finding == NULL || finding->note_count == FINDING_NOTES) return;
  FindingNote *note = &finding->notes[finding->note_count++];
  note->place = place;
  note->text = text_new(finding->message.vm);
  va_list args;
  va_start(args, format);
  text_vprintf(&note->text, format, args);
  va_end(args);
}

void finding_help(Finding *finding, const char *format, ...) {
  if (finding == NULL) return;
  va_list args;
  va_start(args, format);
  text_vprintf(&finding->help, format, args);
  va_end(args);
}

void finding_report(VM *vm, Finding *finding) {
  if (finding == NULL) return;
  vm->findings->count++;
  vm->findings->report(vm, vm->findings->reporter, finding);
  text_free(&finding->message);
  text_free(&finding->help);
  for (int i = 0; i < finding->note_count; i++) text_free(&finding->notes[i].text);
  heap_buffer_free(vm, finding, sizeof *finding);
}
