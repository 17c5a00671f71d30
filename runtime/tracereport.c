// tracereport.c: an uncaught exception as text, in CPython's form.
//
//   Traceback (most recent call last):
//     File "prog.coro", line 3, in main
//       await fetch(url)
//             ^^^^^^^^^^
//   ValueError: no such host
//
// This is the short form, for people: the frames of the task that failed, then a line for each that
// waited for it (awaitchain.c), then what may help (errorhelp.c). Frames of the library are left
// out, long recursions folded. With --traceback=full every frame is shown, the way through several
// tasks as one.
//
// Exceptions that led to this one (__cause__, __context__) come before it. A group is drawn as a
// tree: everything within it stands behind a margin, which emit() writes.
#include <utf8proc.h>

#include "awaitchain.h"
#include "errorhelp.h"
#include "hint.h"
#include "import.h"
#include "int.h"
#include "interp.h"
#include "traceback.h"

#define GROUP_MAX_DEPTH 10
#define GROUP_MAX_WIDTH 15
#define SAME_LINES_SHOWN 3  // of a run of frames at the same line
#define FRAMES_SHOWN 8      // of a recursion, in the short form
#define OUTER_SHOWN 4       // of these, how many at its beginning

typedef struct {
  VM *vm;
  Text *out;
  Value root;       // keeps everything printed alive while a __str__ runs
  int depth;        // of groups: how far the margin is to the right
  bool need_close;  // the tree's closing line is still to come
  bool is_short;    // for people: see above
} Report;

// ---- margins

static void put_indent(Report *report) {
  for (int i = 0; i < report->depth; i++) text_add_c(report->out, "  ");
}

// Adds a piece of whole lines, each behind the margin; takes the piece.
static void emit(Report *report, Text *piece, char margin) {
  size_t at = 0;
  while (at < piece->length) {
    const char *line = piece->data + at;
    const char *end = memchr(line, '\n', piece->length - at);
    size_t length = end == NULL ? piece->length - at : (size_t)(end - line) + 1;
    put_indent(report);
    if (report->depth > 0) {
      text_add_char(report->out, margin);
      text_add_char(report->out, ' ');
    }
    text_add(report->out, line, length);
    at += length;
  }
  text_free(piece);
}

static void emit_c(Report *report, const char *text, char margin) {
  Text piece = text_new(report->vm);
  text_add_c(&piece, text);
  emit(report, &piece, margin);
}

// ---- text of values

// Registers: 0 the value, 1 what must stay alive meanwhile.
static Step text_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) return step_done(vm, in);
  return step_call(vm, frame, 1, from_object(vm->str_class), 1, frame->regs);
}

static const NativeDef text_def = {
    .name = "traceback_text", .min = 2, .max = 2, .step = text_step, .registers = 2};

static void add_text(VM *vm, Value v, Value root, Text *out) {
  size_t before = out->length;
  Tri tri = value_str(vm, v, out);
  if (tri == TRI_YES) return;
  out->length = before;
  vm_clear_exception(vm);
  if (tri == TRI_SCRIPT && vm->frame == NULL) {
    Value args[2] = {v, root}, result;
    if (interp_call(vm, native_new(vm, &text_def, NULL), 2, args, &result) && is_str(result)) {
      text_add_str(out, as_str(result));
      return;
    }
  } else if (tri == TRI_SCRIPT && is_exception(v) && exception_text(vm, v, out) == TRI_YES) {
    return;
  }
  vm_clear_exception(vm);
  out->length = before;
  text_add_c(out, is_exception(v) ? "<exception str() failed>" : "<str() failed>");
}

void traceback_text(VM *vm, Value v, Text *out) { add_text(vm, v, v, out); }

// ---- frames

// A line of a source text, without its end.
static bool find_line(const Str *source, uint32_t number, const char **start, size_t *length) {
  if (source == NULL || number == 0) return false;
  const char *line = source->data, *end = source->data + source->length;
  while (--number > 0) {
    line = memchr(line, '\n', (size_t)(end - line));
    if (line == NULL) return false;
    line++;
  }
  const char *stop = memchr(line, '\n', (size_t)(end - line));
  if (stop == NULL) stop = end;
  if (stop > line && stop[-1] == '\r') stop--;
  *start = line;
  *length = (size_t)(stop - line);
  return true;
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\f' || c == '\r'; }

// One mark under each column that the bytes [from, to) of a line take. Tabs before them are
// repeated, so that the marks stand right whatever a tab's width is.
static void put_marks(Text *out, const char *line, size_t from, size_t to) {
  for (size_t at = 0; at < to;) {
    utf8proc_int32_t code;
    utf8proc_ssize_t size =
        utf8proc_iterate((const utf8proc_uint8_t *)line + at, (utf8proc_ssize_t)(to - at), &code);
    int width = size < 1 || code < 0x80 ? 1 : utf8proc_charwidth(code);
    for (int i = 0; i < width; i++) {
      text_add_char(out, at >= from ? '^' : code == '\t' && size == 1 ? '\t' : ' ');
    }
    at += size < 1 ? 1 : (size_t)size;
  }
}

static void put_source(Text *out, const char *line, size_t length, Position position) {
  size_t from = 0;
  while (from < length && is_space(line[from])) from++;
  while (length > from && is_space(line[length - 1])) length--;
  if (from == length) return;
  text_add_c(out, "    ");
  text_add(out, line + from, length - from);
  text_add_char(out, '\n');
  size_t start = position.column;
  size_t end = position.end_line == position.line ? position.end_column : length;
  if (end > length) end = length;
  if (start < from || start >= end || (start == from && end == length)) return;
  text_add_c(out, "    ");
  put_marks(out, line + from, start - from, end - from);
  text_add_char(out, '\n');
}

static void put_frame(Text *out, const TraceEntry *entry) {
  const Code *code = entry->code;
  Position position = code->positions[entry->instr];
  text_printf(out, "  File \"%.*s\", line %u, in ", (int)code->filename->length,
              code->filename->data, position.line);
  text_add_str(out, code->name);
  text_add_char(out, '\n');
  const char *line;
  size_t length;
  if (find_line(import_source_of(out->vm, code), position.line, &line, &length)) {
    put_source(out, line, length, position);
  }
}

static bool same_line(const TraceEntry *a, const TraceEntry *b) {
  return a->code == b->code &&
         a->code->positions[a->instr].line == b->code->positions[b->instr].line;
}

static void put_repeated(Text *out, uint32_t run) {
  if (run <= SAME_LINES_SHOWN) return;
  uint32_t more = run - SAME_LINES_SHOWN;
  text_printf(out, "  [Previous line repeated %u more time%s]\n", more, more == 1 ? "" : "s");
}

static bool is_shown(const Report *report, const Exception *exception, uint32_t i) {
  if (traceback_is_shown(exception->trace, i)) return true;
  const Code *code = exception->trace[i].code;
  return report->vm->full_tracebacks && code != NULL && code->positions != NULL &&
         code->flags & CODE_LIBRARY && !(code->flags & CODE_HIDDEN);
}

// How many frames of the first `count` there are to print, runs of the same line folded.
static uint32_t count_frames(const Report *report, const Exception *exception, uint32_t count) {
  const TraceEntry *previous = NULL;
  uint32_t run = 0, frames = 0;
  for (uint32_t i = count; i-- > 0;) {
    const TraceEntry *entry = &exception->trace[i];
    if (!is_shown(report, exception, i)) continue;
    run = previous != NULL && same_line(previous, entry) ? run + 1 : 1;
    if (run <= SAME_LINES_SHOWN) frames++;
    previous = entry;
  }
  return frames;
}

static void put_stack(Report *report, const Exception *exception, const char *title, char margin) {
  Text stack = text_new(report->vm);
  const TraceEntry *previous = NULL;
  uint32_t count = report->is_short ? awaitchain_own_frames(exception) : exception->trace_count;
  uint32_t frames = count_frames(report, exception, count), number = 0, run = 0;
  bool fold = report->is_short && frames > FRAMES_SHOWN + 1;
  uint32_t inner_from = fold ? frames - (FRAMES_SHOWN - OUTER_SHOWN) : 0;
  for (uint32_t i = count; i-- > 0;) {
    const TraceEntry *entry = &exception->trace[i];
    if (!is_shown(report, exception, i)) continue;
    bool hidden = fold && number >= OUTER_SHOWN && number < inner_from;
    if (previous != NULL && same_line(previous, entry)) {
      run++;
    } else {
      if (!hidden) put_repeated(&stack, run);
      run = 1;
    }
    if (run <= SAME_LINES_SHOWN) {
      if (!hidden) put_frame(&stack, entry);
      number++;
      if (fold && number == inner_from) {
        text_printf(&stack, "  ... %u more frames (--traceback=full shows them)\n",
                    inner_from - OUTER_SHOWN);
      }
    }
    previous = entry;
  }
  put_repeated(&stack, run);
  if (report->is_short) awaitchain_put(exception, &stack);
  if (previous != NULL) emit_c(report, title, margin);
  emit(report, &stack, '|');
}

// ---- the exception itself

// "module.Name", without the modules that everybody knows.
static void put_class(VM *vm, Class *cls, Text *out) {
  static const char main_module[] = "__main__.";
  Text path = text_new(vm);
  value_class_path(vm, cls, &path);
  size_t skip = path.length > sizeof main_module - 1 &&
                        memcmp(path.data, main_module, sizeof main_module - 1) == 0
                    ? sizeof main_module - 1
                    : 0;
  text_add(out, path.data + skip, path.length - skip);
  text_free(&path);
}

// The value as a column or line number; 0: none.
static uint32_t number_in(const Tuple *tuple, size_t i) {
  int64_t n;
  if (tuple->count <= i || !is_int(tuple->items[i]) || !int_to_i64(tuple->items[i], &n)) return 0;
  return n < 0 || n > UINT32_MAX ? 0 : (uint32_t)n;
}

// The byte offset of a column that counts characters from 1.
static uint16_t byte_column(const Str *line, uint32_t column) {
  const char *p = line->data, *end = line->data + line->length;
  for (uint32_t i = 1; i < column && p < end; i++) utf8_next(&p);
  size_t offset = (size_t)(p - line->data);
  return offset > UINT16_MAX ? UINT16_MAX : (uint16_t)offset;
}

// A SyntaxError's place: (filename, lineno, offset, text, end_lineno, end_offset).
static void put_place(Text *out, const Tuple *place) {
  if (place->count < 4) return;
  uint32_t number = number_in(place, 1), column = number_in(place, 2);
  const Str *file = is_str(place->items[0]) ? as_str(place->items[0]) : NULL;
  text_printf(out, "  File \"%.*s\", line %u\n", file == NULL ? 8 : (int)file->length,
              file == NULL ? "<string>" : file->data, number);
  if (!is_str(place->items[3])) return;
  const Str *line = as_str(place->items[3]);
  size_t from = 0, length = line->length;
  while (from < length && is_space(line->data[from])) from++;
  while (length > from && (is_space(line->data[length - 1]) || line->data[length - 1] == '\n')) {
    length--;
  }
  if (from == length) return;
  text_add_c(out, "    ");
  text_add(out, line->data + from, length - from);
  text_add_char(out, '\n');
  if (column == 0) return;
  size_t start = byte_column(line, column), end = length;
  uint32_t end_line = number_in(place, 4), end_column = number_in(place, 5);
  if (end_line <= number && end_column > column) end = byte_column(line, end_column);
  if (end_line <= number && end_column <= column) end = start + 1;
  if (start < from) start = from;
  if (start > length) start = length;
  if (end > length) end = length;
  text_add_c(out, "    ");
  if (end > start) {
    put_marks(out, line->data + from, start - from, end - from);
  } else {  // just behind the line's end
    put_marks(out, line->data + from, start - from, start - from);
    text_add_char(out, '^');
  }
  text_add_char(out, '\n');
}

static void put_notes(Report *report, Value exception, Text *out) {
  VM *vm = report->vm;
  Value notes = object_get_own(vm, exception, str_intern_c(vm, "__notes__"));
  List *items;
  if (is_empty(notes)) return;
  if (!is_list(notes) && !is_tuple(notes)) {
    if (value_repr(vm, notes, out) != TRI_YES) vm_clear_exception(vm);
    text_add_char(out, '\n');
    return;
  }
  if (value_items(vm, notes, &items) != TRI_YES) return;
  for (size_t i = 0; i < items->count; i++) {
    add_text(vm, items->items[i], report->root, out);
    text_add_char(out, '\n');
  }
}

static void put_exception(Report *report, Value value) {
  VM *vm = report->vm;
  const Exception *exception = as_exception(value);
  Text piece = text_new(vm), text = text_new(vm);
  const Tuple *args = exception->args;
  if (exception_is(value, vm->exceptions.SyntaxError) && args->count == 2 &&
      is_tuple(args->items[1])) {
    put_place(&piece, as_tuple(args->items[1]));
    add_text(vm, args->items[0], report->root, &text);
  } else {
    add_text(vm, value, report->root, &text);
  }
  put_class(vm, exception->header.cls, &piece);
  if (text.length > 0) {
    text_add_c(&piece, ": ");
    text_add(&piece, text.data, text.length);
  }
  text_free(&text);
  if (report->is_short) errorhelp_suggest(vm, exception, &piece);
  text_add_char(&piece, '\n');
  put_notes(report, value, &piece);
  if (report->is_short) errorhelp_put(vm, exception, &piece);
  emit(report, &piece, '|');
}

// ---- groups and chains

static void put_chain(Report *report, Value exception);

static void put_member(Report *report, const Tuple *members, size_t i, bool last) {
  bool truncated = i >= GROUP_MAX_WIDTH;
  if (last) report->need_close = true;
  put_indent(report);
  text_add_c(report->out, i == 0 ? "+-" : "  ");
  if (truncated) {
    text_add_c(report->out, "+---------------- ... ----------------\n");
  } else {
    text_printf(report->out, "+---------------- %zu ----------------\n", i + 1);
  }
  report->depth++;
  if (truncated) {
    Text piece = text_new(report->vm);
    size_t more = members->count - GROUP_MAX_WIDTH;
    text_printf(&piece, "and %zu more exception%s\n", more, more == 1 ? "" : "s");
    emit(report, &piece, '|');
  } else {
    put_chain(report, members->items[i]);
  }
  if (last && report->need_close) {
    put_indent(report);
    text_add_c(report->out, "+------------------------------------\n");
    report->need_close = false;
  }
  report->depth--;
}

static void put_group(Report *report, Value value) {
  const Exception *exception = as_exception(value);
  if (report->depth > GROUP_MAX_DEPTH) {
    emit_c(report, "... (max_group_depth is 10)\n", '|');
    return;
  }
  bool top = report->depth == 0;
  if (top) report->depth = 1;
  put_stack(report, exception, "Exception Group Traceback (most recent call last):\n",
            top ? '+' : '|');
  put_exception(report, value);
  const Tuple *members = as_tuple(exception->payload);
  size_t count = members->count;
  if (count > GROUP_MAX_WIDTH) count = GROUP_MAX_WIDTH + 1;
  report->need_close = false;
  for (size_t i = 0; i < count; i++) put_member(report, members, i, i + 1 == count);
  if (top) report->depth = 0;
}

static void put_one(Report *report, Value exception) {
  if (exception_is(exception, report->vm->exceptions.BaseExceptionGroup)) {
    put_group(report, exception);
    return;
  }
  put_stack(report, as_exception(exception), "Traceback (most recent call last):\n", '|');
  put_exception(report, exception);
}

// What led to this exception, or EMPTY.
static Value before(Value value, bool *is_cause) {
  const Exception *exception = as_exception(value);
  *is_cause = is_exception(exception->cause);
  if (*is_cause) return exception->cause;
  bool suppressed = exception->header.flags & EXCEPTION_SUPPRESS_CONTEXT;
  return is_exception(exception->context) && !suppressed ? exception->context : EMPTY;
}

// The exceptions that led to each other, the first one first. A ring of them is cut open.
static void put_chain(Report *report, Value exception) {
  VM *vm = report->vm;
  List *chain = list_new(vm, 4);
  for (bool is_cause, seen = false; !is_empty(exception) && !seen;) {
    for (size_t i = 0; i < chain->count; i++) seen = seen || chain->items[i] == exception;
    if (!seen) list_append(vm, chain, exception);
    exception = before(exception, &is_cause);
  }
  // The list itself may be collected while a __str__ runs: its members are reachable from the root.
  size_t count = chain->count, size = count * sizeof(Value);
  Value *members = heap_buffer_new(vm, size);
  memcpy(members, chain->items, size);
  for (size_t i = count; i-- > 0;) {
    put_one(report, members[i]);
    bool is_cause;
    if (i == 0) break;
    before(members[i - 1], &is_cause);
    emit_c(report,
           is_cause ? "\nThe above exception was the direct cause of the following exception:\n\n"
                    : "\nDuring handling of the above exception, another exception occurred:\n\n",
           '|');
  }
  heap_buffer_free(vm, members, size);
}

void traceback_print(VM *vm, Value exception, FILE *out) {
  Text text = text_new(vm);
  Report report = {.vm = vm, .out = &text, .root = exception};
  report.is_short = out == stderr && !vm->full_tracebacks;
  put_chain(&report, exception);
  fwrite(text.data, 1, text.length, out);
  fflush(out);
  text_free(&text);
  if (out == stderr) hint_tell(vm, exception);
}

void traceback_print_way(VM *vm, Value exception, FILE *out) {
  Text text = text_new(vm);
  Report report = {.vm = vm, .out = &text, .root = exception};
  put_stack(&report, as_exception(exception), "Traceback (most recent call last):\n", '|');
  if (text.length > 0) fwrite(text.data, 1, text.length, out);
  text_free(&text);
}
