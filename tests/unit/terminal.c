// terminal.c: see terminal.h.
#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

struct Terminal {
  pid_t pid;
  int descriptor;
  bool closed;
  VTerm *vterm;
  VTermScreen *screen;
};

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

Terminal *terminal_start(const char *const *argv, int columns, int rows) {
  Terminal *terminal = calloc(1, sizeof *terminal);
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  if (terminal == NULL) return NULL;
  terminal->pid = forkpty(&terminal->descriptor, NULL, NULL, &size);
  if (terminal->pid == 0) {
    signal(SIGINT, SIG_DFL);  // whoever runs the tests in the background ignores it
    execv(argv[0], (char *const *)argv);
    _exit(127);
  }
  if (terminal->pid < 0) {
    free(terminal);
    return NULL;
  }
  terminal->vterm = vterm_new(rows, columns);
  vterm_set_utf8(terminal->vterm, 1);
  terminal->screen = vterm_obtain_screen(terminal->vterm);
  vterm_screen_reset(terminal->screen, 1);
  return terminal;
}

// Takes what has come within some time; false: nothing has.
static bool take_output(Terminal *terminal, int milliseconds) {
  struct pollfd wanted = {.fd = terminal->descriptor, .events = POLLIN};
  if (terminal->closed || poll(&wanted, 1, milliseconds) <= 0) return false;
  char block[65536];
  ssize_t got = read(terminal->descriptor, block, sizeof block);
  if (got <= 0) {
    terminal->closed = true;
    return false;
  }
  vterm_input_write(terminal->vterm, block, (size_t)got);
  return true;
}

void terminal_send(Terminal *terminal, const char *bytes, size_t length) {
  while (length > 0 && !terminal->closed) {
    struct pollfd wanted = {.fd = terminal->descriptor, .events = POLLIN | POLLOUT};
    if (poll(&wanted, 1, 5000) <= 0) return;
    if (wanted.revents & POLLIN) take_output(terminal, 0);
    if (!(wanted.revents & POLLOUT)) continue;
    ssize_t sent = write(terminal->descriptor, bytes, length < 512 ? length : 512);
    if (sent < 0 && errno != EINTR) return;
    if (sent > 0) bytes += sent, length -= (size_t)sent;
  }
}

static void size_of(const Terminal *terminal, int *rows, int *columns) {
  vterm_get_size(terminal->vterm, rows, columns);
}

static void add_row(Terminal *terminal, int row, int columns, Buffer *out) {
  VTermRect rect = {.start_row = row, .end_row = row + 1, .start_col = 0, .end_col = columns};
  char text[8192];
  size_t length = vterm_screen_get_text(terminal->screen, text, sizeof text - 1, rect);
  while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\0')) length--;
  for (size_t i = 0; i < length; i++) {
    if (text[i] == '\0') text[i] = ' ';
  }
  support_append(out, text, length);
  support_append(out, "\n", 1);
}

static Buffer screen_text(Terminal *terminal) {
  Buffer text = {0};
  int rows, columns;
  size_of(terminal, &rows, &columns);
  for (int row = 0; row < rows; row++) add_row(terminal, row, columns, &text);
  while (text.length > 1 && text.data[text.length - 1] == '\n' &&
         text.data[text.length - 2] == '\n') {
    text.data[--text.length] = '\0';
  }
  return text;
}

bool terminal_wait(Terminal *terminal, const char *wanted, int milliseconds) {
  long end = now_ms() + milliseconds;
  for (;;) {
    Buffer text = screen_text(terminal);
    bool found = strstr(text.data, wanted) != NULL;
    free(text.data);
    if (found) return true;
    long left = end - now_ms();
    if (left <= 0 || terminal->closed) return false;
    take_output(terminal, left < 100 ? (int)left : 100);
  }
}

static bool is_at_prompt(Terminal *terminal) {
  VTermPos cursor;
  int rows, columns;
  Buffer row = {0};
  vterm_state_get_cursorpos(vterm_obtain_state(terminal->vterm), &cursor);
  size_of(terminal, &rows, &columns);
  add_row(terminal, cursor.row, columns, &row);
  bool found = strncmp(row.data, ">>>", 3) == 0 || strncmp(row.data, "...", 3) == 0 ||
               strncmp(row.data, "(coro)", 6) == 0 || strncmp(row.data, "learn>", 6) == 0;
  free(row.data);
  return found && cursor.col >= 4;
}

bool terminal_wait_prompt(Terminal *terminal, int milliseconds) {
  long end = now_ms() + milliseconds;
  take_output(terminal, milliseconds);
  while (now_ms() < end && !terminal->closed) {
    if (!take_output(terminal, 100) && is_at_prompt(terminal)) return true;
  }
  return false;
}

void terminal_settle(Terminal *terminal, int milliseconds) {
  while (take_output(terminal, milliseconds)) continue;
}

void terminal_resize(Terminal *terminal, int columns, int rows) {
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  vterm_set_size(terminal->vterm, rows, columns);
  ioctl(terminal->descriptor, TIOCSWINSZ, &size);
}

void terminal_signal(Terminal *terminal, int number) { kill(terminal->pid, number); }

void terminal_show(Terminal *terminal, Buffer *out) {
  Buffer text = screen_text(terminal);
  support_append(out, text.data, text.length);
  free(text.data);
  VTermPos cursor;
  vterm_state_get_cursorpos(vterm_obtain_state(terminal->vterm), &cursor);
  char line[64];
  int length = snprintf(line, sizeof line, "[cursor: row %d, column %d]\n", cursor.row, cursor.col);
  support_append(out, line, (size_t)length);
}

int terminal_finish(Terminal *terminal, int milliseconds) {
  long end = now_ms() + milliseconds;
  int status = 0;
  pid_t ended = 0;
  while (now_ms() < end && (ended = waitpid(terminal->pid, &status, WNOHANG)) == 0) {
    if (terminal->closed) usleep(10000);
    take_output(terminal, 50);
  }
  if (ended == 0) {
    kill(terminal->pid, SIGKILL);
    waitpid(terminal->pid, &status, 0);
  }
  close(terminal->descriptor);
  vterm_free(terminal->vterm);
  free(terminal);
  if (ended == 0) return -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
