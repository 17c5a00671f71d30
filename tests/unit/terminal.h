// terminal.h: a program on a terminal of its own: a pseudo-terminal whose other end is libvterm,
// which knows what the screen shows.
#ifndef CORO_TESTS_TERMINAL_H
#define CORO_TESTS_TERMINAL_H

#include "support.h"

typedef struct Terminal Terminal;

// Starts a program; its environment is the test's. NULL: it cannot be done.
Terminal *terminal_start(const char *const *argv, int columns, int rows);
// What somebody types. Reads what comes meanwhile, so that neither side waits for the other.
void terminal_send(Terminal *terminal, const char *bytes, size_t length);
// Until the screen shows a text; false: it did not in time.
bool terminal_wait(Terminal *terminal, const char *text, int milliseconds);
// Until the cursor stands behind a prompt, and nothing more comes.
bool terminal_wait_prompt(Terminal *terminal, int milliseconds);
// Until nothing has come for so long.
void terminal_settle(Terminal *terminal, int milliseconds);
void terminal_resize(Terminal *terminal, int columns, int rows);
void terminal_signal(Terminal *terminal, int number);
// Adds the screen's lines, as far down as there is text, and the cursor's place to a buffer.
void terminal_show(Terminal *terminal, Buffer *out);
// Waits for the program's end, then frees all. The exit status, 128 + a signal, -1: it did not end
// in time and was killed.
int terminal_finish(Terminal *terminal, int milliseconds);

#endif
