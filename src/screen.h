// screen.h: what a program writes while somebody types at a prompt: it goes above the prompt, and
// the line that is being typed stays whole.
//
// The standard streams become streams whose text passes through here. The line
// editor says how to take its prompt and line off the terminal, and how to put them back.
#ifndef CORO_SRC_SCREEN_H
#define CORO_SRC_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

typedef struct Screen Screen;

typedef struct {
  void (*hide)(void *editor);  // the prompt and the line, leaving the cursor where they began
  void (*show)(void *editor);  // again, at the beginning of a line
  void *editor;
  bool is_plain;  // the terminal understands no escape codes
} ScreenPrompt;

// Takes over stdin, stdout and stderr; there is one Screen at a time. NULL: out of memory.
Screen *screen_open(ScreenPrompt prompt);
// Gives them back.
void screen_close(Screen *screen);
// The terminal itself, for the line editor.
FILE *screen_terminal(Screen *screen);
FILE *screen_keyboard(Screen *screen);
// The prompt is about to be shown, at the beginning of a line: what stands there ends first.
void screen_begin_prompt(Screen *screen);
// The prompt is gone, the line ended.
void screen_end_prompt(Screen *screen);

#endif
