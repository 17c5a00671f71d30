// helptext.h: how `coro` is called, as its tables (options.h) say it.
#ifndef CORO_SRC_HELPTEXT_H
#define CORO_SRC_HELPTEXT_H

#include <stdio.h>

#include "options.h"

// The usage: of one command its forms; of COMMAND_CORO those without a command, and one that stands
// for all commands.
void helptext_usage(FILE *file, CommandId command);
// Usage, explanation and options; of COMMAND_CORO also the commands and what an exit status means.
void helptext_print(FILE *file, CommandId command);

#endif
