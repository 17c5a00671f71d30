// tokendump.h: tokens as text or as JSON, for `coro tokens` and a session.
#ifndef CORO_SRC_TOKENDUMP_H
#define CORO_SRC_TOKENDUMP_H

#include <stdio.h>

#include "lexer.h"

// One token a line: where it stands, what it is, its text.
void token_dump(FILE *file, const Source *source, const TokenList *tokens);
// The same as one JSON value.
void token_json(FILE *file, const Source *source, const TokenList *tokens);

#endif
