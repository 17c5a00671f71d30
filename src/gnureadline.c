// gnureadline.c: the line editor on a terminal: GNU readline through its callback interface, with
// the Screen (screen.h) around it, so that what the program prints goes above the prompt.
//
// readline keeps its state in globals and calls back without saying for whom, so what belongs to
// the one editor is static here.
//
// The history file has an entry a line: `\n` and `\\` stand for a line's end and a backslash. Each
// entry is appended when it is made, so that nothing is lost with the process.
#include "lineedit.h"

#ifndef CORO_READLINE

#include <stddef.h>

const LineKind *gnureadline_open(const LineOptions *options) {
  (void)options;
  return NULL;
}

#else

#include <assert.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "screen.h"

enum { KEPT = 5000, REWRITTEN = 2 * KEPT, LONGEST = 100000, INDENT = 4 };

static struct {
  LineOptions options;
  Screen *screen;
  char *history;  // the file's path
  bool is_shown;
  bool has_ended;    // the line is done, or input is at its end
  char *line;        // of the line that is done; NULL: the end
  const char *text;  // to begin the next line with
} state;

// ---- the history file

static void put_entry(FILE *file, const char *text) {
  for (; *text != '\0'; text++) {
    if (*text == '\n') {
      fputs("\\n", file);
    } else {
      if (*text == '\\') fputc('\\', file);
      fputc(*text, file);
    }
  }
  fputc('\n', file);
}

// In place: what put_entry wrote.
static void read_entry(char *line) {
  char *to = line;
  for (const char *from = line; *from != '\0' && *from != '\n'; from++) {
    if (*from == '\\' && from[1] == 'n') {
      *to++ = '\n';
      from++;
    } else {
      if (*from == '\\' && from[1] == '\\') from++;
      *to++ = *from;
    }
  }
  *to = '\0';
}

// A long history loses its beginning. The file is replaced as a whole or not at all.
static void shorten_history(void) {
  size_t size = strlen(state.history) + sizeof ".new";
  char *beside = malloc(size);
  if (beside == NULL) return;
  snprintf(beside, size, "%s.new", state.history);
  int descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
  if (file != NULL) {
    for (int i = 0; i < history_length; i++) put_entry(file, history_get(history_base + i)->line);
    if (fclose(file) == 0) {
      rename(beside, state.history);
    } else {
      unlink(beside);
    }
  }
  free(beside);
}

static void load_history(void) {
  using_history();
  stifle_history(KEPT);
  FILE *file = state.history == NULL ? NULL : fopen(state.history, "r");
  if (file == NULL) return;
  char *line = NULL;
  size_t capacity = 0, count = 0;
  for (; getline(&line, &capacity, file) >= 0; count++) {
    read_entry(line);
    add_history(line);
  }
  free(line);
  fclose(file);
  if (count > REWRITTEN) shorten_history();
}

static void remember(LineEditor *editor, const char *text) {
  (void)editor;
  HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
  if (last != NULL && strcmp(last->line, text) == 0) return;
  if (strlen(text) > LONGEST) return;  // to show it again would take seconds
  add_history(text);
  if (state.history == NULL) return;
  int descriptor = open(state.history, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "a");
  if (file == NULL) return;
  put_entry(file, text);
  fclose(file);
}

// ---- keys

static bool is_blank_before_point(void) {
  int at = rl_point;
  while (at > 0 && rl_line_buffer[at - 1] == ' ') at--;
  return at == 0 || rl_line_buffer[at - 1] == '\n';
}

static int columns_before_point(void) {
  int at = rl_point;
  while (at > 0 && rl_line_buffer[at - 1] != '\n') at--;
  return rl_point - at;
}

// Tab: the next step of indentation where the line begins, else completion.
static int on_tab(int count, int key) {
  if (!is_blank_before_point()) {
    if (rl_last_func == on_tab) rl_last_func = rl_complete;  // the second one lists all
    return rl_complete(count, key);
  }
  return rl_insert(INDENT - columns_before_point() % INDENT, ' ');
}

// Backspace: a step of indentation back where the line begins.
static int on_backspace(int count, int key) {
  int columns = columns_before_point();
  if (count != 1 || columns == 0 || !is_blank_before_point()) return rl_rubout(count, key);
  int step = columns % INDENT == 0 ? INDENT : columns % INDENT;
  return rl_rubout(step, key);
}

static char **complete(const char *word, int start, int end) {
  (void)word;
  rl_attempted_completion_over = 1;
  size_t begin = (size_t)start;
  bool closed = false;
  char **found =
      state.options.complete(state.options.with, rl_line_buffer, (size_t)end, &begin, &closed);
  if (found == NULL) return NULL;
  size_t count = 0;
  while (found[count] != NULL) count++;
  assert(count > 0);
  // readline wants the common beginning first; the candidates replace line[start .. end).
  char **matches = calloc(count + 2, sizeof *matches);
  if (matches == NULL || begin != (size_t)start) {
    for (size_t i = 0; i < count; i++) free(found[i]);
    free(found);
    free(matches);
    return NULL;
  }
  memcpy(matches + 1, found, count * sizeof *found);
  free(found);
  size_t common = strlen(matches[1]);
  for (size_t i = 2; i <= count; i++) {
    size_t same = 0;
    while (same < common && matches[i][same] == matches[1][same]) same++;
    common = same;
  }
  matches[0] = strndup(matches[1], common);
  rl_completion_append_character = closed ? '\0' : ' ';
  if (count == 1) {
    free(matches[1]);
    matches[1] = NULL;
  }
  return matches;
}

// ---- the prompt

static void on_line(char *line) {
  state.line = line;
  state.has_ended = true;
  state.is_shown = false;
  rl_callback_handler_remove();  // the terminal is as the program wants it
  fflush(rl_outstream);
  screen_end_prompt(state.screen);
}

static int insert_text(void) {
  if (state.text != NULL && *state.text != '\0') rl_insert_text(state.text);
  return 0;
}

static bool more_comes(void) {
  struct pollfd wanted = {.fd = STDIN_FILENO, .events = POLLIN};
  return poll(&wanted, 1, 0) > 0;
}

static void show(LineEditor *editor, const char *prompt, const char *text) {
  (void)editor;
  screen_begin_prompt(state.screen);
  state.has_ended = false;
  state.is_shown = true;
  // What is pasted without a mark brings its own indentation.
  state.text = more_comes() ? NULL : text;
  rl_callback_handler_install(prompt, on_line);
  state.text = NULL;
}

static LineStatus feed(LineEditor *editor, char **line, size_t *length) {
  (void)editor;
  do {
    rl_callback_read_char();
  } while (!state.has_ended && more_comes());
  if (!state.has_ended) return LINE_WAITS;
  if (state.line == NULL) return LINE_END;
  *line = state.line;
  *length = strlen(state.line);
  return LINE_DONE;
}

static void leave_line(void) {
  rl_callback_sigcleanup();
  rl_point = rl_end;
  rl_mark = 0;
  rl_redisplay();
  fputc('\n', rl_outstream);
  fflush(rl_outstream);
}

static void give_up(LineEditor *editor) {
  (void)editor;
  if (!state.is_shown) return;
  state.is_shown = false;
  leave_line();
  rl_free_line_state();
  rl_callback_handler_remove();
  fflush(rl_outstream);
  screen_end_prompt(state.screen);
}

static void suspend(LineEditor *editor) {
  (void)editor;
  leave_line();
  if (rl_deprep_term_function != NULL) rl_deprep_term_function();
}

static void resume(LineEditor *editor, bool resized) {
  (void)editor;
  if (!state.is_shown) return;
  if (resized) {
    rl_resize_terminal();
    return;
  }
  if (rl_prep_term_function != NULL) rl_prep_term_function(1);
  rl_on_new_line();
  rl_redisplay();
  fflush(rl_outstream);
}

static void hide_prompt(void *unused) {
  (void)unused;
  rl_clear_visible_line();
}

static void show_prompt(void *unused) {
  (void)unused;
  rl_on_new_line();
  rl_redisplay();
}

static void close_editor(LineEditor *editor) {
  (void)editor;
  rl_instream = rl_outstream = NULL;
  screen_close(state.screen);
  clear_history();
  free(state.history);
  state.screen = NULL;
  state.history = NULL;
}

// Whatever ends the process, the terminal shows again what is typed.
static void restore_terminal(void) {
  if (state.is_shown && rl_deprep_term_function != NULL) rl_deprep_term_function();
}

const LineKind *gnureadline_open(const LineOptions *options) {
  static const LineKind kind = {
      .show = show,
      .feed = feed,
      .give_up = give_up,
      .suspend = suspend,
      .resume = resume,
      .remember = remember,
      .close = close_editor,
  };
  if (atexit(restore_terminal) != 0) return NULL;
  setlocale(LC_CTYPE, "");  // readline asks for it: how wide a character is
  state.options = *options;
  state.screen = screen_open((ScreenPrompt){.hide = hide_prompt, .show = show_prompt});
  if (state.screen == NULL) return NULL;
  state.history = options->history == NULL ? NULL : strdup(options->history);
  rl_readline_name = "coro";
  rl_instream = screen_keyboard(state.screen);
  rl_outstream = screen_terminal(state.screen);
  rl_catch_signals = rl_catch_sigwinch = 0;  // lineedit.c does
  rl_startup_hook = insert_text;
  rl_attempted_completion_function = complete;
  rl_completer_word_break_characters = " \t\n\"'`@$><=;|&{(,[])}%+-*/^~!:#?\\";
  rl_completer_quote_characters = NULL;
  rl_basic_quote_characters = "";  // a quote begins a word as any other sign does
  rl_initialize();
  rl_variable_bind("bind-tty-special-chars", "off");  // Backspace stays as it is bound here
  rl_bind_key('\t', on_tab);
  rl_bind_key(0x7F, on_backspace);
  rl_bind_key('\b', on_backspace);
  load_history();
  return &kind;
}

#endif
