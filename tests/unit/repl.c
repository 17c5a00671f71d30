// repl.c: sessions on a terminal. A file tests/repl/NAME.keys says what somebody types and when;
// NAME.screen holds what the screen shows at each `show`, and how the session ended.
// scripts/dev/record-sessions writes it, to be read before it is kept.
//
// The lines of a .keys file:
//
//   size COLUMNS ROWS     first, if not 80 24; later, the window is resized
//   args WORD …           the command line; without it `repl`
//   env NAME=VALUE        first as well
//   file NAME             the lines up to `end` are a file in the folder where the session runs
//   type TEXT             keys: \r is Enter; \t \e \n \\ \xHH
//   enter TEXT            the same and Enter, until there is a prompt again
//   paste                 the lines up to `end` come as one, as terminals paste them
//   wait TEXT             until the screen shows it
//   quiet MS              until nothing has come for so long
//   signal NAME           INT, TSTP, CONT, WINCH, TERM or HUP
//   show                  the screen is compared here
//   repeat N TEXT         typed N times
//   again                 the session has ended; another one begins in the same place
//
// Addresses are shown as 0x….
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"
#include "terminal.h"

#define ROOT "tests/repl"
#define LONGEST_WAIT 30000
#define QUIET 250
#define TYPED 30  // milliseconds between a line and Enter
#define MOST_WORDS 16

typedef struct {
  const char *path;
  Terminal *terminal;
  int columns, rows;
  char args[512];
  char folder[64];
  Buffer screens;
  int shown;
} Recording;

ParameterizedTestParameters(repl, shows_what_was_recorded) {
  return support_files(ROOT, NULL, ".keys");
}

// ---- keys

static Buffer keys_of(const char *text) {
  Buffer keys = {0};
  support_append(&keys, "", 0);
  for (; *text != '\0'; text++) {
    char c = *text;
    if (c == '\\' && text[1] != '\0') {
      static const char names[] = "rnte\\", values[] = "\r\n\t\033\\";
      const char *at = strchr(names, *++text);
      if (*text == 'x') {
        char digits[3] = {text[1], text[2], '\0'};
        c = (char)strtol(digits, NULL, 16);
        text += 2;
      } else {
        c = at == NULL ? *text : values[at - names];
      }
    }
    support_append(&keys, &c, 1);
  }
  return keys;
}

static void type(Recording *recording, const char *text, int times) {
  Buffer keys = keys_of(text);
  for (int i = 0; i < times; i++) terminal_send(recording->terminal, keys.data, keys.length);
  free(keys.data);
}

// ---- the session

static void start(Recording *recording) {
  const char *words[MOST_WORDS] = {support_binary()};
  char args[sizeof recording->args];
  snprintf(args, sizeof args, "%s", recording->args);
  int count = 1;
  for (char *word = strtok(args, " "); word != NULL && count < MOST_WORDS - 1;
       word = strtok(NULL, " ")) {
    words[count++] = word;
  }
  char *here = getcwd(NULL, 0);
  cr_assert(chdir(recording->folder) == 0);
  recording->terminal = terminal_start(words, recording->columns, recording->rows);
  cr_assert(chdir(here) == 0 && recording->terminal != NULL);
  free(here);
  terminal_wait_prompt(recording->terminal, LONGEST_WAIT);
}

static Terminal *terminal_of(Recording *recording) {
  if (recording->terminal == NULL) start(recording);
  return recording->terminal;
}

static void show(Recording *recording) {
  char head[32];
  terminal_settle(terminal_of(recording), QUIET);
  int length = snprintf(head, sizeof head, "---- %d\n", ++recording->shown);
  support_append(&recording->screens, head, (size_t)length);
  terminal_show(recording->terminal, &recording->screens);
}

static void finish(Recording *recording) {
  char line[64];
  if (recording->terminal == NULL) return;
  int status = terminal_finish(recording->terminal, LONGEST_WAIT);
  recording->terminal = NULL;
  int length = snprintf(line, sizeof line, "---- ended with status %d\n", status);
  support_append(&recording->screens, line, (size_t)length);
}

static int signal_number(const char *name) {
  static const struct {
    const char *name;
    int number;
  } signals[] = {{"INT", SIGINT},     {"TSTP", SIGTSTP}, {"CONT", SIGCONT},
                 {"WINCH", SIGWINCH}, {"TERM", SIGTERM}, {"HUP", SIGHUP}};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    if (strcmp(name, signals[i].name) == 0) return signals[i].number;
  }
  return 0;
}

// The lines up to `end`; *next is the one behind it.
static Buffer block_of(char **next) {
  Buffer block = {0};
  support_append(&block, "", 0);
  while (*next != NULL && **next != '\0') {
    char *line = strsep(next, "\n");
    if (strcmp(line, "end") == 0) break;
    support_append(&block, line, strlen(line));
    support_append(&block, "\n", 1);
  }
  return block;
}

static void paste(Recording *recording, char **next) {
  Buffer block = block_of(next);
  for (size_t i = 0; i < block.length; i++) {
    if (block.data[i] == '\n') block.data[i] = '\r';
  }
  size_t length = block.length > 0 ? block.length - 1 : 0;  // without the last line's end
  terminal_send(terminal_of(recording), "\033[200~", 6);
  terminal_send(recording->terminal, block.data, length);
  terminal_send(recording->terminal, "\033[201~", 6);
  free(block.data);
}

static void make_file(Recording *recording, const char *name, char **next) {
  char path[256];
  Buffer block = block_of(next);
  snprintf(path, sizeof path, "%s/%s", recording->folder, name);
  FILE *file = fopen(path, "w");
  cr_assert(file != NULL);
  fwrite(block.data, 1, block.length, file);
  fclose(file);
  free(block.data);
}

static void obey(Recording *recording, const char *word, char *rest, char **next) {
  int columns = 0, rows = 0, times = 0, at = 0;
  if (strcmp(word, "size") == 0) {
    cr_assert(sscanf(rest, "%d %d", &columns, &rows) == 2);
    recording->columns = columns;
    recording->rows = rows;
    if (recording->terminal != NULL) terminal_resize(recording->terminal, columns, rows);
  } else if (strcmp(word, "args") == 0) {
    snprintf(recording->args, sizeof recording->args, "%s", rest);
  } else if (strcmp(word, "env") == 0) {
    char *value = strchr(rest, '=');
    cr_assert(value != NULL, "%s: no value: %s", recording->path, rest);
    *value = '\0';
    setenv(rest, value + 1, 1);
  } else if (strcmp(word, "file") == 0) {
    make_file(recording, rest, next);
  } else if (strcmp(word, "type") == 0) {
    terminal_of(recording);
    type(recording, rest, 1);
  } else if (strcmp(word, "enter") == 0) {
    terminal_of(recording);
    type(recording, rest, 1);
    terminal_settle(recording->terminal, TYPED);
    type(recording, "\\r", 1);
    bool prompted = terminal_wait_prompt(recording->terminal, LONGEST_WAIT);
    cr_assert(prompted, "%s: no prompt after: %s", recording->path, rest);
  } else if (strcmp(word, "repeat") == 0) {
    cr_assert(sscanf(rest, "%d %n", &times, &at) == 1);
    terminal_of(recording);
    type(recording, rest + at, times);
  } else if (strcmp(word, "paste") == 0) {
    paste(recording, next);
  } else if (strcmp(word, "wait") == 0) {
    Buffer screen = {0};
    bool shown = terminal_wait(terminal_of(recording), rest, LONGEST_WAIT);
    if (!shown) terminal_show(recording->terminal, &screen);
    cr_assert(shown, "%s waited in vain for: %s\n%s", recording->path, rest, screen.data);
  } else if (strcmp(word, "quiet") == 0) {
    terminal_settle(terminal_of(recording), atoi(rest));
  } else if (strcmp(word, "signal") == 0) {
    terminal_signal(terminal_of(recording), signal_number(rest));
  } else if (strcmp(word, "show") == 0) {
    show(recording);
  } else if (strcmp(word, "again") == 0) {
    finish(recording);
  } else {
    cr_assert(false, "%s: what is '%s'?", recording->path, word);
  }
}

static void play(Recording *recording, char *text) {
  for (char *next = text; next != NULL && *next != '\0';) {
    char *line = strsep(&next, "\n");
    if (*line == '\0' || *line == '#') continue;
    char *rest = line + strcspn(line, " ");
    if (*rest != '\0') *rest++ = '\0';
    obey(recording, line, rest, &next);
  }
  finish(recording);
}

// ---- comparing

static void hide_addresses(Buffer *text) {
  Buffer out = {0};
  support_append(&out, "", 0);
  for (char *at = text->data; *at != '\0';) {
    size_t digits = strncmp(at, "0x", 2) == 0 ? strspn(at + 2, "0123456789abcdef") : 0;
    if (digits >= 9) {
      support_append(&out, "0x…", strlen("0x…"));
      at += 2 + digits;
    } else {
      support_append(&out, at++, 1);
    }
  }
  free(text->data);
  *text = out;
}

// Whether CORO_RECORD names this session, or all of them.
static bool is_to_record(const char *path) {
  const char *names = getenv("CORO_RECORD"), *name = strrchr(path, '/') + 1;
  char marked[256];
  if (names == NULL) return false;
  snprintf(marked, sizeof marked, " %.*s ", (int)strcspn(name, "."), name);
  return strcmp(names, "all") == 0 || strstr(names, marked) != NULL;
}

static void record(const char *path, const Buffer *screens) {
  FILE *file = fopen(path, "w");
  cr_assert(file != NULL);
  fwrite(screens->data, 1, screens->length, file);
  fclose(file);
}

ParameterizedTest(char **param, repl, shows_what_was_recorded, .timeout = 300) {
  const char *path = *param;
  char recorded[1024];
  Recording recording = {.path = path,
                         .columns = 80,
                         .rows = 24,
                         .args = "repl",
                         .folder = "/tmp/coro-session-XXXXXX"};
  snprintf(recorded, sizeof recorded, "%.*s.screen", (int)(strlen(path) - strlen(".keys")), path);
  cr_assert(mkdtemp(recording.folder) != NULL);
  setenv("XDG_STATE_HOME", recording.folder, 1);
  setenv("TERM", "xterm", 1);
  setenv("LC_ALL", "C.UTF-8", 1);
  setenv("INPUTRC", "/dev/null", 1);
  unsetenv("COLUMNS");
  unsetenv("LINES");
  setenv("NO_COLOR", "1", 1);
  Buffer keys = support_read(path);
  support_set_stress(keys.data);
  play(&recording, keys.data);
  hide_addresses(&recording.screens);
  if (is_to_record(path)) {
    record(recorded, &recording.screens);
  } else {
    Buffer expected = support_read(recorded);
    cr_assert(expected.data != NULL, "%s is not recorded: run scripts/dev/record-sessions", path);
    cr_expect(strcmp(expected.data, recording.screens.data) == 0,
              "%s shows something else:\n%s\nrecorded:\n%s", path, recording.screens.data,
              expected.data);
    free(expected.data);
  }
  support_remove(recording.folder);
  free(keys.data);
  free(recording.screens.data);
}
