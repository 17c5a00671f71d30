// parse.c: runs the lexer, hands its tokens to the parser, and judges the outcome.
#include "parse.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "builder.h"
#include "parser.h"
#include "report.h"

Span report_token_span(const Parse *parse, const Token *token) {
  const uint32_t *lines = parse->source->lines;
  return (Span){
      .start = token->start,
      .end = token->end,
      .line = token->line,
      .column = token->start - lines[token->line - 1],
      .end_line = token->end_line,
      .end_column = token->end - lines[token->end_line - 1],
  };
}

// Names are compared after NFKC, as in Python: two ways to write one letter are one name.
static Str8 intern_name(Parse *parse, const char *data, size_t length) {
  bool ascii = true;
  for (size_t i = 0; i < length && ascii; i++) ascii = (unsigned char)data[i] < 0x80;
  if (ascii) return arena_intern(parse->arena, data, length);
  utf8proc_uint8_t *normal = NULL;
  utf8proc_ssize_t size =
      utf8proc_map((const utf8proc_uint8_t *)data, (utf8proc_ssize_t)length, &normal,
                   UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
  Str8 name = size < 0 ? arena_intern(parse->arena, data, length)
                       : arena_intern(parse->arena, (const char *)normal, (size_t)size);
  free(normal);
  return name;
}

int coro_yylex(CORO_YYSTYPE *value, Span *span, Parse *parse) {
  if (parse->start_token) {
    int token = parse->start_token;
    parse->start_token = 0;
    *span = report_token_span(parse, &parse->lexed.tokens.items[0]);
    return token;
  }
  const Token *token = &parse->lexed.tokens.items[parse->next];
  *span = report_token_span(parse, token);
  if (token->kind == TOKEN_NAME) {
    value->name = intern_name(parse, parse->source->text + token->start, token->end - token->start);
  } else {
    value->number = parse->next;
  }
  parse->next++;
  return token->kind;
}

Expr *parse_fragment(Parse *parse, uint32_t start, uint32_t end) {
  Arena *scratch = arena_new();  // its own: a string may hold very many fields
  Parse inner = {
      .arena = parse->arena,
      .scratch = scratch,
      .source = parse->source,
      .diags = parse->diags,
      .start_token = TOKEN_START_FRAGMENT,
      .fstring_depth = parse->fstring_depth + 1,
  };
  inner.lexed = lex_fragment(scratch, parse->arena, parse->source, start, end);
  bool parsed = coro_yyparse(&inner) == 0 && build_statement_done(&inner);
  arena_free(scratch);
  return parsed ? inner.fragment : NULL;
}

// --- The outcome -------------------------------------------------------------------------------

static bool is_compound(const Stmt *stmt) {
  switch (stmt->kind) {
    case STMT_FUNCTION_DEF:
    case STMT_ASYNC_FUNCTION_DEF:
    case STMT_CLASS_DEF:
    case STMT_FOR:
    case STMT_ASYNC_FOR:
    case STMT_WHILE:
    case STMT_IF:
    case STMT_WITH:
    case STMT_ASYNC_WITH:
    case STMT_TRY:
    case STMT_TRY_STAR: return true;
    default: return false;
  }
}

// Whether the text's last line, whose end may be missing, holds nothing.
static bool ends_with_empty_line(const Source *source) {
  uint32_t line = source->line_count;
  if (line > 1 && source->lines[line - 1] == source->length) line--;
  Str8 text = source_line(source, line);
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] != ' ' && text.data[i] != '\t' && text.data[i] != '\f') return false;
  }
  return true;
}

// At the prompt, a block is open until an empty line closes it.
static bool is_block_open(const Parse *parse) {
  if (parse->body.count == 0) return false;
  return is_compound(parse->body.items[parse->body.count - 1]) &&
         !ends_with_empty_line(parse->source);
}

// A lexer's error counts before a parser's earlier one, as in CPython: an unclosed quote or bracket
// is the likelier cause. An open bracket explains only errors on later lines.
static void prefer_lexer_error(Parse *parse, int first_diag) {
  const LexResult *lexed = &parse->lexed;
  if (!lexed->error || first_diag >= parse->diags->count) return;
  Diag *reported = parse->diags->items[first_diag];
  if (reported == lexed->error) return;
  if (lexed->open_bracket && reported->span.end_line <= lexed->error->span.line) return;
  parse->diags->items[first_diag] = lexed->error;
}

ParseResult parse_module(Arena *arena, const Source *source, ParseMode mode, DiagList *diags) {
  Arena *scratch = arena_new();
  Parse parse = {
      .arena = arena,
      .scratch = scratch,
      .source = source,
      .diags = diags,
      .start_token = TOKEN_START_FILE,
  };
  parse.lexed = lex_source(scratch, arena, source);
  int first_diag = diags->count;
  ParseResult result = {PARSE_ERROR, NULL};
  if (coro_yyparse(&parse) != 0) {
    if (parse.incomplete) {
      result.status = PARSE_INCOMPLETE;
    } else {
      prefer_lexer_error(&parse, first_diag);
    }
  } else if (mode == PARSE_INTERACTIVE && is_block_open(&parse)) {
    Span end = source_span(source, (uint32_t)source->length, (uint32_t)source->length);
    diag_error(diags, end, "an empty line ends the block");
    result.status = PARSE_INCOMPLETE;
  } else {
    result.status = PARSE_OK;
    result.module = arena_zalloc(arena, sizeof *result.module);
    result.module->body = parse.body;
  }
  arena_free(scratch);
  return result;
}
