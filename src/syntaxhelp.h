// syntaxhelp.h: what to write instead: help for syntax errors, and the next ones in the same text.
#ifndef CORO_SRC_SYNTAXHELP_H
#define CORO_SRC_SYNTAXHELP_H

#include "diag.h"

// Adds help, and second places, to the errors in the list that have none: from the text around
// them.
void syntaxhelp_explain(Arena *arena, const Source *source, DiagList *diags);

// After the list's one error, which the parser stopped at, parses what stands behind the statement
// that it is in, and adds the errors found there: only where the statement's end is certain.
void syntaxhelp_find_more(Arena *arena, const Source *source, DiagList *diags);

#endif
