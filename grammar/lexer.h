// lexer.h: source text to tokens.
//
// The lexer turns the whole text into an array of tokens before the parser starts: a syntax error
// can then be explained by looking at what stands around it. Token kinds are the parser's.
//
// Invariant: the array ends with END, or with LEX_ERROR when `error` is set.
#ifndef CORO_GRAMMAR_LEXER_H
#define CORO_GRAMMAR_LEXER_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "diag.h"
#include "source.h"

typedef struct Token {
  int kind;
  int level;  // how many brackets are open around it
  uint32_t start;
  uint32_t end;
  uint32_t line;
  uint32_t end_line;
} Token;

typedef struct TokenList {
  Token *items;
  int count;
  int capacity;
} TokenList;

typedef struct LexResult {
  TokenList tokens;
  Diag *error;        // NULL when the whole range is well formed
  bool incomplete;    // the error is only that the text ends too early
  bool open_bracket;  // the error is a bracket that was never closed
} LexResult;

// Python's limits.
enum { LEX_INDENT_MAX = 100, LEX_BRACKET_MAX = 200, LEX_INT_DIGITS_MAX = 4300 };

// The tokens of a whole source text. Tokens live in `scratch`, diagnostics in `arena`.
LexResult lex_source(Arena *scratch, Arena *arena, const Source *source);

// The tokens of the expression in bytes [start, end), as if it stood in parentheses.
LexResult lex_fragment(Arena *scratch, Arena *arena, const Source *source, uint32_t start,
                       uint32_t end);

#endif
