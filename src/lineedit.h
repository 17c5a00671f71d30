// lineedit.h: reading a line at a prompt while other things go on: nothing here waits. Whoever
// reads watches the descriptors and feeds the editor when one of them has something.
//
// On a terminal this is GNU readline (gnureadline.c); on a pipe, a file, a dumb terminal, or in a
// build without readline, a plain reader (lineedit.c), which takes no byte behind the line, so that
// the program's own input() gets what follows.
#ifndef CORO_SRC_LINEEDIT_H
#define CORO_SRC_LINEEDIT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum {
  LINE_WAITS,  // it is not whole yet
  LINE_DONE,
  LINE_END,  // no more will come (Ctrl-D)
} LineStatus;

// What comes after `line` up to `point`: candidates, each a malloc'd text that takes the place of
// line[start .. point), in a malloc'd array that ends with NULL; or NULL: none. *closed: a
// candidate that is the only one is followed by nothing.
typedef char **(*LineCompleter)(void *with, const char *line, size_t point, size_t *start,
                                bool *closed);

typedef struct {
  LineCompleter complete;
  void *with;
  const char *history;  // the path of a file, NULL: none is kept
} LineOptions;

typedef struct LineEditor LineEditor;

// On standard input and output; there is one at a time. NULL: out of memory.
LineEditor *lineedit_open(LineOptions options);
void lineedit_close(LineEditor *editor);
// Whether somebody sits at a terminal, and whether that can be drawn on.
bool lineedit_has_terminal(const LineEditor *editor);
bool lineedit_is_drawn(const LineEditor *editor);
// Whether standard input can be watched; else it never lets anybody wait: feed at once.
bool lineedit_can_wait(void);
// A second descriptor to watch: signals that concern the terminal. When it has something:
int lineedit_signal_descriptor(const LineEditor *editor);
void lineedit_take_signals(LineEditor *editor);

// Shows the prompt, with `text` already typed.
void lineedit_show(LineEditor *editor, const char *prompt, const char *text);
// Takes what has come; *line is malloc'd when DONE. Afterwards, unless LINE_WAITS, no prompt is
// shown any more.
LineStatus lineedit_feed(LineEditor *editor, char **line, size_t *length);
// Gives up the line: what was typed stays to be seen, a new line begins.
void lineedit_give_up(LineEditor *editor);
// An entry of the history, which may have several lines.
void lineedit_remember(LineEditor *editor, const char *text);

// What a kind of editor does. For lineedit.c and gnureadline.c.
typedef struct {
  void (*show)(LineEditor *editor, const char *prompt, const char *text);
  LineStatus (*feed)(LineEditor *editor, char **line, size_t *length);
  void (*give_up)(LineEditor *editor);
  void (*suspend)(LineEditor *editor);               // the process is about to be stopped
  void (*resume)(LineEditor *editor, bool resized);  // it goes on, or the window's size changed
  void (*remember)(LineEditor *editor, const char *text);
  void (*close)(LineEditor *editor);
} LineKind;

// GNU readline on a terminal that can be drawn on; NULL: this build is without it.
const LineKind *gnureadline_open(const LineOptions *options);

#endif
