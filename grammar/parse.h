// parse.h: source text to tree. The one door to the lexer and the parser.
#ifndef CORO_GRAMMAR_PARSE_H
#define CORO_GRAMMAR_PARSE_H

#include "arena.h"
#include "ast.h"
#include "diag.h"
#include "source.h"

typedef enum ParseMode {
  PARSE_FILE,         // a whole file
  PARSE_INTERACTIVE,  // what was typed so far: a block stays open until an empty line ends it
} ParseMode;

typedef enum ParseStatus {
  PARSE_OK,
  PARSE_ERROR,       // a diagnostic says why
  PARSE_INCOMPLETE,  // right so far, but the text ends too early; a diagnostic says what is missing
} ParseStatus;

typedef struct ParseResult {
  ParseStatus status;
  AstModule *module;  // NULL unless OK
} ParseResult;

// Parses a whole source text. Tree, names and diagnostics live in the arena.
ParseResult parse_module(Arena *arena, const Source *source, ParseMode mode, DiagList *diags);

// A kind of token as the grammar calls it: "NAME", "AWAIT", "LT_E"; "'('" for one of a single
// character.
const char *parse_token_name(int kind);

#endif
