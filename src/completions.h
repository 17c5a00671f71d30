// completions.h: `coro completions SHELL`: what completes the words of `coro` in a shell.
#ifndef CORO_SRC_COMPLETIONS_H
#define CORO_SRC_COMPLETIONS_H

#include <stdbool.h>
#include <stdio.h>

// Whether `shell` is bash, zsh or fish.
bool completions_know(const char *shell);
// Prints the script for one of them.
void completions_print(FILE *file, const char *shell);

#endif
