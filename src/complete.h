// complete.h: what may stand at the end of a line: names, attributes, keywords, modules, the keys
// of a dict, commands of the session, files. No script runs for it: what only a script could tell
// (a property's value, __getattr__) is not completed.
#ifndef CORO_SRC_COMPLETE_H
#define CORO_SRC_COMPLETE_H

#include "vm.h"

// A LineCompleter (lineedit.h) for what is typed into `module`.
char **complete_line(VM *vm, Module *module, const char *line, size_t point, size_t *start,
                     bool *closed);

#endif
