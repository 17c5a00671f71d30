// advise.h: hints that may be wrong, from the text of a program alone: C003 awaits one after
// another, C005 a task that has not begun, C015 a value that is stale after an await.
#ifndef CORO_SRC_ADVISE_H
#define CORO_SRC_ADVISE_H

#include "ast.h"
#include "diag.h"

void advise_module(Arena *arena, const Source *source, const AstModule *module, DiagList *diags);

#endif
