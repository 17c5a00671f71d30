// screen.c: see screen.h. glibc's streams can be assigned: the standard ones become
// cookies.
//
// Text that does not end its line (print(end='', flush=True)) is shown on a line of its own above
// the prompt, and shown again in front of what follows it: `open_line` remembers it.
#include "screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utf8proc.h>

#include "terminal.h"

#define OPEN_LINE 4096  // bytes of such a line that are remembered

struct Screen {
  ScreenPrompt prompt;
  bool prompting;
  FILE *terminal;        // what the line editor writes to
  FILE *in, *out, *err;  // stdin, stdout and stderr as they were
  char open_line[OPEN_LINE];
  size_t open_length;
};

// ---- writing

static bool write_all(int descriptor, const char *text, size_t length) {
  while (length > 0) {
    ssize_t written = write(descriptor, text, length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text += written;
    length -= (size_t)written;
  }
  return true;
}

// How many columns a line's text takes: escape sequences take none.
static size_t columns_of(const char *text, size_t length) {
  size_t columns = 0;
  for (size_t i = 0; i < length;) {
    if (text[i] == '\033' && i + 1 < length && text[i + 1] == '[') {
      for (i += 2; i < length && (text[i] < '@' || text[i] > '~'); i++) continue;
      i += i < length;
      continue;
    }
    utf8proc_int32_t point;
    utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)text + i,
                                             (utf8proc_ssize_t)(length - i), &point);
    columns += size > 0 ? (size_t)utf8proc_charwidth(point) : 1;
    i += size > 0 ? (size_t)size : 1;
  }
  return columns;
}

// The text's last line, if nothing ends it, continues the remembered one or takes its place.
static void remember(Screen *screen, const char *text, size_t length) {
  const char *end = memrchr(text, '\n', length);
  if (end != NULL) {
    screen->open_length = 0;
    length -= (size_t)(end + 1 - text);
    text = end + 1;
  }
  if (screen->prompt.is_plain ||
      length > OPEN_LINE - screen->open_length) {  // too long to be shown again
    screen->open_length = 0;
    if (screen->prompt.is_plain || length > OPEN_LINE) return;
  }
  memcpy(screen->open_line + screen->open_length, text, length);
  screen->open_length += length;
}

// The cursor is below the remembered line: back to where that began.
static void go_back(Screen *screen, int descriptor) {
  size_t width = (size_t)terminal_width(descriptor);
  size_t columns = columns_of(screen->open_line, screen->open_length);
  char up[32];
  int length =
      snprintf(up, sizeof up, "\r\033[%zuA", 1 + (columns > 0 ? (columns - 1) / width : 0));
  write_all(descriptor, up, (size_t)length);
}

static ssize_t pass_on(Screen *screen, int descriptor, const char *text, size_t length) {
  if (!screen->prompting) {
    remember(screen, text, length);
    return write_all(descriptor, text, length) ? (ssize_t)length : 0;  // 0: errno says why
  }
  // readline's bell comes this way, and disturbs nothing.
  if (length == 1 && *text == '\a') return write(descriptor, text, 1);
  screen->prompt.hide(screen->prompt.editor);
  fflush(screen->terminal);
  if (screen->open_length > 0) {
    go_back(screen, STDOUT_FILENO);
    write_all(STDOUT_FILENO, screen->open_line, screen->open_length);
  }
  bool ok = write_all(descriptor, text, length);
  remember(screen, text, length);
  if (screen->open_length > 0) write_all(STDOUT_FILENO, "\n", 1);
  screen->prompt.show(screen->prompt.editor);
  fflush(screen->terminal);
  return ok ? (ssize_t)length : 0;
}

static ssize_t write_out(void *screen, const char *text, size_t length) {
  return pass_on(screen, STDOUT_FILENO, text, length);
}

static ssize_t write_err(void *screen, const char *text, size_t length) {
  return pass_on(screen, STDERR_FILENO, text, length);
}

// What somebody types for input() ends the line that asked for it.
static ssize_t read_in(void *data, char *bytes, size_t size) {
  Screen *screen = data;
  ssize_t got = read(STDIN_FILENO, bytes, size);
  if (got > 0 && memchr(bytes, '\n', (size_t)got) != NULL) screen->open_length = 0;
  return got;
}

// ---- opening

static FILE *output_of(Screen *screen, cookie_write_function_t *write) {
  FILE *file = fopencookie(screen, "w", (cookie_io_functions_t){.write = write});
  if (file != NULL) setvbuf(file, NULL, _IOLBF, BUFSIZ);
  return file;
}

static FILE *input_of(Screen *screen) {
  FILE *file = fopencookie(screen, "r", (cookie_io_functions_t){.read = read_in});
  if (file != NULL) setvbuf(file, NULL, _IONBF, 0);  // it takes no more than a line
  return file;
}

static void drop(Screen *screen, FILE *in, FILE *out, FILE *err) {
  if (in != NULL) fclose(in);
  if (out != NULL) fclose(out);
  if (err != NULL) fclose(err);
  if (screen->terminal != NULL) fclose(screen->terminal);
  free(screen);
}

Screen *screen_open(ScreenPrompt prompt) {
  Screen *screen = calloc(1, sizeof *screen);
  if (screen == NULL) return NULL;
  screen->prompt = prompt;
  int copy = dup(STDOUT_FILENO);
  screen->terminal = copy < 0 ? NULL : fdopen(copy, "w");
  FILE *in = input_of(screen);
  FILE *out = output_of(screen, write_out), *err = output_of(screen, write_err);
  if (screen->terminal == NULL || in == NULL || out == NULL || err == NULL) {
    drop(screen, in, out, err);
    return NULL;
  }
  fflush(stdout);
  screen->in = stdin;
  screen->out = stdout;
  screen->err = stderr;
  stdin = in;
  stdout = out;
  stderr = err;
  return screen;
}

void screen_close(Screen *screen) {
  if (screen == NULL) return;
  FILE *in = stdin, *out = stdout, *err = stderr;
  fflush(out);
  fflush(err);
  stdin = screen->in;
  stdout = screen->out;
  stderr = screen->err;
  drop(screen, in, out, err);
}

FILE *screen_terminal(Screen *screen) { return screen->terminal; }

FILE *screen_keyboard(Screen *screen) { return screen->in; }

void screen_begin_prompt(Screen *screen) {
  fflush(stdout);
  fflush(stderr);
  if (screen->open_length > 0) write_all(STDOUT_FILENO, "\n", 1);
  screen->open_length = 0;
  screen->prompting = true;
}

void screen_end_prompt(Screen *screen) {
  screen->prompting = false;
  screen->open_length = 0;
}
