// session.h: an interactive session: the C side of runtime/lib/_repl.coro, which is the session's
// main task. The module `_session` reads lines (lineedit.h), compiles what was typed, and looks at
// the loop; completion (complete.h) is C because it happens inside the line editor, where no script
// may run.
#ifndef CORO_SRC_SESSION_H
#define CORO_SRC_SESSION_H

#include "lineedit.h"
#include "reporter.h"
#include "sessionwatch.h"
#include "vm.h"

typedef struct Session {
  VM *vm;
  Reporter *reporter;
  Module *module;  // what is typed runs in it: __main__
  LineEditor *editor;
  SessionWatch *watch;
} Session;

// Puts the module `_session` into sys.modules, and begins to watch the tasks.
void session_install(VM *vm, Reporter *reporter);
// At the end: gives the terminal back.
void session_free(VM *vm);

#endif
