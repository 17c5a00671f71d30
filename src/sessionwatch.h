// sessionwatch.h: what a session knows of its tasks from watching them (observe.h): since when each
// one waits, and, with `:trace on`, what happens, in words (tracewords.h).
#ifndef CORO_SRC_SESSIONWATCH_H
#define CORO_SRC_SESSIONWATCH_H

#include "task.h"

typedef struct SessionWatch SessionWatch;

// Before the session runs; `since` is kept alive by the caller. One for a VM (Session.watch).
SessionWatch *sessionwatch_begin(VM *vm, Dict *since);
// When nothing runs any more.
void sessionwatch_free(VM *vm, SessionWatch *watch);
// Whether it tells on standard error what happens.
void sessionwatch_speak(VM *vm, SessionWatch *watch, bool speaks);
// Whether the prompt is shown: what the session itself does meanwhile is not worth telling.
void sessionwatch_prompt(SessionWatch *watch, bool is_shown);
// When a task that waits began to, by the loop's clock: a float or None.
Value sessionwatch_since(VM *vm, const SessionWatch *watch, const Task *task);

#endif
