// timeline.c: see timeline.h.
//
//   Task-1 main  █─ gather(…) ────────────█
//   Task-2 cook  █─ sleep(0.2) ───────────█
//   Task-3 cook  █─ sleep(0.1) ─█
//                0              0.1       0.2 s
//
// A column stands for a stretch of time. Whatever runs in it is drawn, however shortly (under a
// virtual clock running takes no time at all); else what it is for most of the stretch. Where no
// time passes during the whole run, a column stands for a step of some task instead.
#include "timeline.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <utf8proc.h>

#define MOST_ROWS 60
#define LEAST_COLUMNS 20  // for the chart, whatever the window says
#define TICK_COLUMNS 9    // between two labels of the axis, at least
#define MARGIN "  "

// What a cell is drawn in.
typedef enum { LOOK_NONE, LOOK_WAITING, LOOK_READY, LOOK_RUNNING, LOOK_TEXT, LOOK_BAD } Look;

typedef struct {
  uint32_t code;  // a character; 0: the one before is two columns wide
  Look look;
} Square;

typedef struct {
  const TraceRun *run;
  FILE *out;
  TimelineStyle style;
  int label_width, columns;
  bool by_steps;
  double total;   // seconds or steps
  Square *cells;  // of a row
  bool shows_ready, shows_cancelled, shows_raised;
  int at;  // the column that the legend has come to
} Timeline;

// ---- characters

static uint32_t character(const Timeline *t, Look look) {
  switch (look) {
    case LOOK_WAITING: return t->style.utf8 ? 0x2500 : '-';  // ─
    case LOOK_READY: return t->style.utf8 ? 0x2592 : '.';    // ▒
    case LOOK_RUNNING: return t->style.utf8 ? 0x2588 : '#';  // █
    default: return ' ';
  }
}

static uint32_t ending(const Timeline *t, const char *how) {
  if (strcmp(how, "cancelled") == 0) return t->style.utf8 ? 0x2717 : 'x';  // ✗
  return '!';
}

static void put_code(FILE *out, uint32_t code) {
  utf8proc_uint8_t bytes[4];
  utf8proc_ssize_t size = utf8proc_encode_char((utf8proc_int32_t)code, bytes);
  fwrite(bytes, 1, (size_t)size, out);
}

// The next character of a text and its width; 0: the end.
static int next_character(const char **text, uint32_t *code) {
  utf8proc_int32_t c;
  utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)*text, -1, &c);
  if (size < 1 || c == 0) return 0;
  *text += size;
  *code = (uint32_t)c;
  int width = utf8proc_charwidth(c);
  return width < 1 ? 1 : width;
}

static int width_of(const char *text) {
  uint32_t code;
  int width = 0;
  for (int one; (one = next_character(&text, &code)) > 0;) width += one;
  return width;
}

static void put_look(const Timeline *t, Look look) {
  static const char *const colors[] = {
      [LOOK_NONE] = "\x1b[0m",       [LOOK_WAITING] = "\x1b[0;2m", [LOOK_READY] = "\x1b[0;33m",
      [LOOK_RUNNING] = "\x1b[0;32m", [LOOK_TEXT] = "\x1b[0m",      [LOOK_BAD] = "\x1b[0;31m"};
  if (t->style.color) fputs(colors[look], t->out);
}

// ---- the columns of a stretch

// The stretch's beginning and end as parts of the whole.
static void place_stretch(const Timeline *t, const RunTask *task, uint32_t i, double *from,
                          double *to) {
  const Stretch *stretch = &task->stretches[i];
  if (!t->by_steps) {
    *from = stretch->from.time / t->total;
    *to = stretch->to.time / t->total;
    return;
  }
  // The n-th step takes up the n-th column; what leads to it ends before it.
  bool runs = stretch->state == STRETCH_RUNNING;
  bool before_step = i + 1 < task->count && task->stretches[i + 1].state == STRETCH_RUNNING;
  *from = (stretch->from.step - (runs ? 1.0 : 0.0)) / t->total;
  *to = (stretch->to.step - (before_step ? 1.0 : 0.0)) / t->total;
}

static int limited(const Timeline *t, double column) {
  if (!(column > 0)) return 0;
  return column >= t->columns ? t->columns - 1 : (int)column;
}

static void fill(Timeline *t, int from, int to, Look look) {
  for (int i = from; i <= to; i++) t->cells[i] = (Square){character(t, look), look};
}

static void draw_stretches(Timeline *t, const RunTask *task, StretchState state) {
  for (uint32_t i = 0; i < task->count; i++) {
    double from, to;
    if (task->stretches[i].state != state) continue;
    place_stretch(t, task, i, &from, &to);
    from *= t->columns;
    to *= t->columns;
    if (state == STRETCH_RUNNING) {
      // Up to the column in which it ends, unless it ends with the one before.
      int first = limited(t, from), last = limited(t, ceil(to - 1e-9) - 1);
      fill(t, first, last < first ? first : last, LOOK_RUNNING);
    } else if (state == STRETCH_WAITING) {
      if (to > from) fill(t, limited(t, from), limited(t, to), LOOK_WAITING);
    } else {
      int first = (int)(from + 0.5), last = (int)(to + 0.5) - 1;
      if (last >= t->columns) last = t->columns - 1;
      if (first > last) continue;
      fill(t, first, last, LOOK_READY);
      t->shows_ready = true;
    }
  }
}

// Writes " text " into the cells of a wait, with a dash before it; false: it does not fit.
static bool write_label(Timeline *t, int first, int last, const char *text) {
  int width = width_of(text);
  if (width == 0 || last - first + 1 < width + 3) return false;
  int at = first + 1;
  t->cells[at++] = (Square){' ', LOOK_TEXT};
  uint32_t code;
  for (int one; (one = next_character(&text, &code)) > 0;) {
    if (!t->style.utf8 && code > 0x7E) code = '~';
    if (code < ' ') code = ' ';
    t->cells[at++] = (Square){code, LOOK_TEXT};
    if (one == 2) t->cells[at++] = (Square){t->style.utf8 ? 0 : ' ', LOOK_TEXT};
  }
  t->cells[at] = (Square){' ', LOOK_TEXT};
  return true;
}

static void draw_labels(Timeline *t, const RunTask *task) {
  static const char prefix[] = "asyncio.";
  for (uint32_t i = 0; i < task->count; i++) {
    const Stretch *stretch = &task->stretches[i];
    if (stretch->state != STRETCH_WAITING || strcmp(stretch->kind, "yield") == 0) continue;
    double from, to;
    place_stretch(t, task, i, &from, &to);
    int first = limited(t, from * t->columns), last = limited(t, to * t->columns);
    while (first <= last && t->cells[first].look != LOOK_WAITING) first++;
    int end = first;
    while (end <= last && t->cells[end].look == LOOK_WAITING) end++;
    const char *text = stretch->text;
    bool is_asyncio = strncmp(text, prefix, sizeof prefix - 1) == 0;
    if (is_asyncio) text += sizeof prefix - 1;
    if (write_label(t, first, end - 1, text)) continue;
    if (strcmp(stretch->kind, "other") != 0) write_label(t, first, end - 1, stretch->kind);
  }
}

// How a task has ended, where it ran last.
static void draw_end(Timeline *t, const RunTask *task) {
  if (task->how == NULL || strcmp(task->how, "returned") == 0) return;
  for (int i = t->columns - 1; i >= 0; i--) {
    if (t->cells[i].look == LOOK_NONE) continue;
    t->cells[i] = (Square){ending(t, task->how), LOOK_BAD};
    break;
  }
  if (strcmp(task->how, "cancelled") == 0) t->shows_cancelled = true;
  if (strcmp(task->how, "raised") == 0) t->shows_raised = true;
}

// ---- rows

// Cut to the width, or filled up.
static void put_padded(const Timeline *t, const char *text) {
  uint32_t code;
  int at = 0, most = t->label_width;
  bool cut = width_of(text) > most;
  if (cut) most--;
  for (int one; (one = next_character(&text, &code)) > 0 && at + one <= most; at += one) {
    put_code(t->out, t->style.utf8 || code < 0x7F ? code : '?');
  }
  if (cut) put_code(t->out, t->style.utf8 ? 0x2026 : '~');  // …
  for (at += cut; at < t->label_width; at++) fputc(' ', t->out);
}

static void label_of(const RunTask *task, char *out, size_t size) {
  const char *function = strcmp(task->function, "<module>") == 0 ? "the program" : task->function;
  snprintf(out, size, "%s %s", task->name, strcmp(task->name, function) == 0 ? "" : function);
}

static void print_row(Timeline *t, const RunTask *task) {
  char label[256];
  label_of(task, label, sizeof label);
  fill(t, 0, t->columns - 1, LOOK_NONE);
  draw_stretches(t, task, STRETCH_WAITING);
  draw_stretches(t, task, STRETCH_READY);
  draw_stretches(t, task, STRETCH_RUNNING);
  draw_labels(t, task);
  draw_end(t, task);
  put_padded(t, label);
  fputs(MARGIN, t->out);
  int end = t->columns;
  while (end > 0 && t->cells[end - 1].look == LOOK_NONE) end--;
  Look look = LOOK_NONE;
  for (int i = 0; i < end; i++) {
    if (t->cells[i].look != look) put_look(t, look = t->cells[i].look);
    if (t->cells[i].code != 0) put_code(t->out, t->cells[i].code);
  }
  if (look != LOOK_NONE) put_look(t, LOOK_NONE);
  fputc('\n', t->out);
}

// ---- the axis

static void put_indent(const Timeline *t) {
  for (int i = 0; i < t->label_width; i++) fputc(' ', t->out);
  fputs(MARGIN, t->out);
}

// A round number of which at most `most` fit into the whole.
static double tick_of(double total, int most) {
  double tick = pow(10, floor(log10(total / most)));
  static const double factors[] = {1, 2, 5, 10};
  for (int i = 0; i < 4; i++) {
    if (total / (tick * factors[i]) <= most + 1e-9) return tick * factors[i];
  }
  return tick * 20;
}

static void print_axis(Timeline *t) {
  double unit = t->by_steps || t->total >= 1 ? 1 : t->total >= 1e-3 ? 1e-3 : 1e-6;
  const char *name = t->by_steps ? "" : unit == 1 ? " s" : unit == 1e-3 ? " ms" : " us";
  int most = t->columns / TICK_COLUMNS;
  double total = t->total / unit, tick = tick_of(total, most < 1 ? 1 : most);
  if (t->by_steps && tick < 1) tick = 1;
  put_indent(t);
  int at = 0;
  for (int i = 0; i * tick <= total + 1e-9; i++) {
    int column = limited(t, i * tick / total * t->columns);
    bool last = (i + 1) * tick > total + 1e-9;
    char text[64];
    int length = snprintf(text, sizeof text, "%.10g%s", i * tick, last ? name : "");
    if (column + length > t->columns) column = t->columns - length;  // the last one ends there
    if (column < at) column = at;
    for (; at < column; at++) fputc(' ', t->out);
    fputs(text, t->out);
    at += length;
  }
  fputc('\n', t->out);
}

// A sign and what it means, on another line where there is no room. code 0: the meaning alone.
static void put_sign(Timeline *t, uint32_t code, Look look, const char *meaning) {
  static const char between[] = MARGIN MARGIN;
  int width = (int)strlen(meaning) + (code == 0 ? 0 : look == LOOK_WAITING ? 3 : 2);
  if (t->at > 0 && t->at + (int)strlen(between) + width > t->columns) {
    fputc('\n', t->out);
    put_indent(t);
    t->at = 0;
  } else if (t->at > 0) {
    fputs(between, t->out);
    t->at += (int)strlen(between);
  }
  t->at += width;
  if (code != 0) {
    put_look(t, look);
    put_code(t->out, code);
    if (look == LOOK_WAITING) put_code(t->out, code);
    put_look(t, LOOK_NONE);
    fputc(' ', t->out);
  }
  fputs(meaning, t->out);
}

static void print_legend(Timeline *t) {
  put_indent(t);
  put_sign(t, character(t, LOOK_RUNNING), LOOK_RUNNING, "runs");
  if (t->shows_ready) put_sign(t, character(t, LOOK_READY), LOOK_READY, "is ready");
  put_sign(t, character(t, LOOK_WAITING), LOOK_WAITING, "waits");
  if (t->shows_cancelled) put_sign(t, ending(t, "cancelled"), LOOK_BAD, "was cancelled");
  if (t->shows_raised) put_sign(t, ending(t, "raised"), LOOK_BAD, "failed");
  if (t->by_steps) put_sign(t, 0, LOOK_NONE, "no time passes: the axis counts steps");
  fputc('\n', t->out);
}

// ---- the whole

static bool is_utf8_locale(void) {
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *value = getenv(names[i]);
    if (value == NULL || *value == '\0') continue;
    const char *charset = strchr(value, '.');
    return charset != NULL &&
           (strncasecmp(charset, ".utf-8", 6) == 0 || strncasecmp(charset, ".utf8", 5) == 0);
  }
  return false;
}

static int width_of_window(FILE *out) {
  const char *columns = getenv("COLUMNS");
  int width = columns == NULL ? 0 : atoi(columns);
  if (width > 0) return width;
  struct winsize size;
  if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

TimelineStyle timeline_style(FILE *out, bool color, int width) {
  return (TimelineStyle){width > 0 ? width : width_of_window(out), is_utf8_locale(), color};
}

static int widest_label(const TraceRun *run, int most) {
  int width = 0;
  for (uint32_t i = 0; i < run->task_count && i < MOST_ROWS; i++) {
    char label[256];
    label_of(&run->tasks[i], label, sizeof label);
    int one = width_of(label);
    if (one > width) width = one;
  }
  return width < most ? width : most;
}

void timeline_print(FILE *out, const TraceRun *run, TimelineStyle style) {
  if (run->task_count == 0) {
    fputs("There were no tasks: nothing to draw.\n", out);
    return;
  }
  Timeline t = {.run = run, .out = out, .style = style, .total = run->now.time};
  if (!(t.total > 0)) {
    t.by_steps = true;
    t.total = run->now.step > 0 ? run->now.step : 1;
  }
  t.label_width = widest_label(run, style.width / 3);
  t.columns = style.width - t.label_width - (int)strlen(MARGIN);
  if (t.columns < LEAST_COLUMNS) t.columns = LEAST_COLUMNS;
  int room = t.columns;
  if (t.by_steps && t.columns > t.total * 4) t.columns = (int)t.total * 4;
  size_t cells = (size_t)t.columns * sizeof(Square);
  t.cells = heap_buffer_new(run->vm, cells);
  for (uint32_t i = 0; i < run->task_count && i < MOST_ROWS; i++) print_row(&t, &run->tasks[i]);
  if (run->task_count > MOST_ROWS) fprintf(out, "and %u more tasks\n", run->task_count - MOST_ROWS);
  print_axis(&t);
  t.columns = room;
  print_legend(&t);
  heap_buffer_free(run->vm, t.cells, cells);
}
