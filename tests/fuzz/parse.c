// parse.c: any text through the lexer and the parser, as a file and as what is typed at a prompt;
// the tree is written, the mistakes are explained and printed.
#include "parse.h"

#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "lexer.h"
#include "syntaxhelp.h"
#include "tokendump.h"

typedef struct {
  Arena *arena;
  Source *source;
  FILE *nowhere;
} Input;

static void require(bool condition) {
  if (!condition) abort();
}

static void lex(const Input *input) {
  Arena *scratch = arena_new();
  const LexResult lexed = lex_source(scratch, input->arena, input->source);
  const TokenList *tokens = &lexed.tokens;
  uint32_t at = 0;
  require(tokens->count > 0);
  for (int i = 0; i < tokens->count; i++) {
    const Token *token = &tokens->items[i];
    require(token->start <= token->end && token->end <= input->source->length);
    require(token->start >= at || token->kind == tokens->items[tokens->count - 1].kind);
    require(token->line <= token->end_line && token->end_line <= input->source->line_count + 1);
    at = token->start;
  }
  token_dump(input->nowhere, input->source, tokens);
  token_json(input->nowhere, input->source, tokens);
  arena_free(scratch);
}

static void parse(const Input *input, ParseMode mode) {
  DiagList diags;
  diag_list_init(&diags, input->arena);
  ParseResult parsed = parse_module(input->arena, input->source, mode, &diags);
  require((parsed.status == PARSE_OK) == (parsed.module != NULL));
  if (parsed.status == PARSE_OK) {
    ast_dump(input->nowhere, parsed.module, true);
    ast_json(input->nowhere, input->source, parsed.module);
    return;
  }
  require(diag_first_error(&diags) != NULL);
  if (mode == PARSE_FILE) syntaxhelp_find_more(input->arena, input->source, &diags);
  diag_sort(&diags);
  syntaxhelp_explain(input->arena, input->source, &diags);
  for (int i = 0; i < diags.count; i++) {
    const Diag *diag = diags.items[i];
    require(diag->span.start <= diag->span.end && diag->span.end <= input->source->length);
    for (int format = DIAG_FULL; format <= DIAG_JSON; format++) {
      diag_print(input->nowhere, (DiagStyle){.format = (DiagFormat)format}, input->source, diag);
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!utf8_valid((const char *)data, size, NULL)) return 0;  // refused before the lexer sees it
  Input input = {.arena = arena_new(), .nowhere = fopen("/dev/null", "w")};
  input.source = source_new("fuzz", (const char *)data, size);
  require(input.nowhere != NULL && input.source != NULL);
  lex(&input);
  parse(&input, PARSE_FILE);
  parse(&input, PARSE_INTERACTIVE);
  source_free(input.source);
  arena_free(input.arena);
  fclose(input.nowhere);
  return 0;
}
