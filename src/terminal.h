// terminal.h: what is known of the terminal.
#ifndef CORO_SRC_TERMINAL_H
#define CORO_SRC_TERMINAL_H

#include <stdbool.h>

// Its columns: the terminal's own, else COLUMNS, else 80.
int terminal_width(int descriptor);
// Whether it is a terminal that understands escape codes.
bool terminal_is_able(int descriptor);

#endif
