// report.h: what to say about a token that does not fit.
#ifndef CORO_GRAMMAR_REPORT_H
#define CORO_GRAMMAR_REPORT_H

#include <stdbool.h>

#include "builder.h"

// Which tokens would have fitted, as far as messages ask.
typedef struct Expected {
  bool indent;
  bool except;
  bool else_;
  bool colon;
} Expected;

// Adds the error for the token that was handed out last.
void report_unexpected(Parse *parse, Expected expected);

// The span of a token.
Span report_token_span(const Parse *parse, const Token *token);

#endif
