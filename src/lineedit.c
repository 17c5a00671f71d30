// lineedit.c: see lineedit.h: choosing an editor, the plain one, and the terminal's signals.
#include "lineedit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "screen.h"
#include "terminal.h"

struct LineEditor {
  const LineKind *kind;
  Screen *screen;  // the plain editor's, on a terminal
  bool has_terminal, is_drawn, is_shown;
  char prompt[16];  // of the plain editor, for showing it again
  char *line;       // what the plain editor has read of it
  size_t length, capacity;
  int pipe[2];  // the numbers of signals
  struct sigaction before[NSIG];
  struct termios terminal;  // as it was
};

// A signal handler is given nothing but the signal's number: this is where it writes that.
static volatile sig_atomic_t signal_pipe = -1;

// ---- the plain editor

static void plain_draw(void *data) {
  LineEditor *editor = data;
  fputs(editor->prompt, screen_terminal(editor->screen));
  fflush(screen_terminal(editor->screen));
}

static void plain_hide(void *data) {
  LineEditor *editor = data;
  fputc('\n', screen_terminal(editor->screen));
}

static void plain_show(LineEditor *editor, const char *prompt, const char *text) {
  (void)text;  // nobody could take it away again
  if (editor->screen == NULL) return;
  snprintf(editor->prompt, sizeof editor->prompt, "%s", prompt);
  screen_begin_prompt(editor->screen);
  plain_draw(editor);
}

static bool plain_add(LineEditor *editor, char c) {
  if (editor->length + 1 >= editor->capacity) {
    size_t capacity = editor->capacity == 0 ? 256 : editor->capacity * 2;
    char *grown = realloc(editor->line, capacity);
    if (grown == NULL) return false;
    editor->line = grown;
    editor->capacity = capacity;
  }
  editor->line[editor->length++] = c;
  editor->line[editor->length] = '\0';
  return true;
}

static LineStatus plain_finish(LineEditor *editor, char **line, size_t *length) {
  if (editor->line == NULL && !plain_add(editor, '\0')) return LINE_END;
  *line = editor->line;
  *length = editor->length;
  editor->line = NULL;
  editor->length = editor->capacity = 0;
  return LINE_DONE;
}

// One byte at a time, so that none behind the line's end is taken.
static LineStatus read_bytes(LineEditor *editor, char **line, size_t *length) {
  int left = 0;
  do {
    char c;
    ssize_t got = read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) return LINE_WAITS;
    if (got <= 0) return editor->length > 0 ? plain_finish(editor, line, length) : LINE_END;
    if (c == '\n') {
      if (editor->length > 0 && editor->line[editor->length - 1] == '\r') editor->length--;
      if (editor->length > 0) return plain_finish(editor, line, length);
      *line = calloc(1, 1);
      *length = 0;
      return *line == NULL ? LINE_END : LINE_DONE;
    }
    if (!plain_add(editor, c)) return LINE_END;
  } while (ioctl(STDIN_FILENO, FIONREAD, &left) == 0 && left > 0);
  return LINE_WAITS;
}

static LineStatus plain_feed(LineEditor *editor, char **line, size_t *length) {
  LineStatus status = read_bytes(editor, line, length);
  if (status == LINE_WAITS || editor->screen == NULL) return status;
  if (status == LINE_END) plain_hide(editor);
  screen_end_prompt(editor->screen);
  return status;
}

static void plain_give_up(LineEditor *editor) {
  editor->length = 0;
  if (editor->screen == NULL) return;
  plain_hide(editor);
  screen_end_prompt(editor->screen);
}

static void plain_suspend(LineEditor *editor) { (void)editor; }

static void plain_resume(LineEditor *editor, bool resized) {
  if (!resized && editor->is_shown && editor->screen != NULL) plain_draw(editor);
}

static void plain_remember(LineEditor *editor, const char *text) { (void)editor, (void)text; }

static void plain_close(LineEditor *editor) {
  screen_close(editor->screen);
  free(editor->line);
}

static const LineKind plain = {
    .show = plain_show,
    .feed = plain_feed,
    .give_up = plain_give_up,
    .suspend = plain_suspend,
    .resume = plain_resume,
    .remember = plain_remember,
    .close = plain_close,
};

// ---- the terminal's signals, while a prompt is shown

static const int watched[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGTERM, SIGHUP};
enum { WATCHED = sizeof watched / sizeof *watched };

static void on_signal(int number) {
  int saved = errno;
  unsigned char byte = (unsigned char)number;
  ssize_t written = write(signal_pipe, &byte, 1);
  (void)written;  // a full pipe holds enough of them
  errno = saved;
}

static void watch_signals(LineEditor *editor, bool on) {
  for (int i = 0; i < WATCHED; i++) {
    int number = watched[i];
    if (!on) {
      sigaction(number, &editor->before[number], NULL);
      continue;
    }
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, &editor->before[number]);
    if (editor->before[number].sa_handler == SIG_IGN && number != SIGWINCH) {
      sigaction(number, &editor->before[number], NULL);
    }
  }
}

static void stop_process(LineEditor *editor) {
  editor->kind->suspend(editor);
  raise(SIGSTOP);
}

void lineedit_take_signals(LineEditor *editor) {
  unsigned char number;
  while (read(editor->pipe[0], &number, 1) == 1) {
    switch (number) {
      case SIGWINCH: editor->kind->resume(editor, true); break;
      case SIGTSTP: stop_process(editor); break;
      case SIGCONT: editor->kind->resume(editor, false); break;
      default:  // as it would have been without a prompt
        editor->kind->suspend(editor);
        sigaction(number, &editor->before[number], NULL);
        raise(number);
    }
  }
}

// ---- either kind

bool lineedit_can_wait(void) {
  struct stat about;
  if (isatty(STDIN_FILENO)) return true;
  return fstat(STDIN_FILENO, &about) == 0 && (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode));
}

// Ctrl-C while something runs leaves no ^C in the middle of what that prints.
static void hide_control_keys(LineEditor *editor) {
  if (tcgetattr(STDIN_FILENO, &editor->terminal) != 0) return;
  struct termios changed = editor->terminal;
  changed.c_lflag &= ~(tcflag_t)ECHOCTL;
  tcsetattr(STDIN_FILENO, TCSADRAIN, &changed);
}

LineEditor *lineedit_open(LineOptions options) {
  LineEditor *editor = calloc(1, sizeof *editor);
  if (editor == NULL) return NULL;
  if (pipe2(editor->pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
    free(editor);
    return NULL;
  }
  signal_pipe = editor->pipe[1];
  editor->has_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  setvbuf(stdin, NULL, _IONBF, 0);  // input() takes no more than its line
  if (editor->has_terminal) hide_control_keys(editor);
  if (editor->has_terminal && terminal_is_able(STDOUT_FILENO)) {
    editor->kind = gnureadline_open(&options);
    editor->is_drawn = editor->kind != NULL;
  }
  if (editor->kind == NULL) {
    editor->kind = &plain;
    ScreenPrompt prompt = {
        .hide = plain_hide, .show = plain_draw, .editor = editor, .is_plain = true};
    if (editor->has_terminal) editor->screen = screen_open(prompt);
  }
  return editor;
}

void lineedit_close(LineEditor *editor) {
  if (editor == NULL) return;
  if (editor->is_shown) lineedit_give_up(editor);
  editor->kind->close(editor);
  if (editor->has_terminal) tcsetattr(STDIN_FILENO, TCSADRAIN, &editor->terminal);
  signal_pipe = -1;
  close(editor->pipe[0]);
  close(editor->pipe[1]);
  free(editor);
}

bool lineedit_has_terminal(const LineEditor *editor) { return editor->has_terminal; }

bool lineedit_is_drawn(const LineEditor *editor) { return editor->is_drawn; }

int lineedit_signal_descriptor(const LineEditor *editor) { return editor->pipe[0]; }

static void end_prompt(LineEditor *editor) {
  editor->is_shown = false;
  if (editor->has_terminal) watch_signals(editor, false);
}

void lineedit_show(LineEditor *editor, const char *prompt, const char *text) {
  editor->is_shown = true;
  editor->kind->show(editor, prompt, text);
  if (editor->has_terminal) watch_signals(editor, true);
}

LineStatus lineedit_feed(LineEditor *editor, char **line, size_t *length) {
  LineStatus status = editor->kind->feed(editor, line, length);
  if (status != LINE_WAITS) end_prompt(editor);
  return status;
}

void lineedit_give_up(LineEditor *editor) {
  end_prompt(editor);
  editor->kind->give_up(editor);
}

void lineedit_remember(LineEditor *editor, const char *text) {
  editor->kind->remember(editor, text);
}
