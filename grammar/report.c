// report.c: from "this token does not fit" to a sentence that helps.
//
// The parser knows only the token that failed. The tokens around it tell what was meant: a colon
// forgotten, a Python 2 print, a missing comma. The messages are CPython's.
#include "report.h"

#include <assert.h>

#include "parser.h"

static const Token *token_at(const Parse *parse, int index) {
  assert(index >= 0);
  return &parse->lexed.tokens.items[index];
}

static int kind_at(const Parse *parse, int index) {
  return index >= 0 && index < parse->lexed.tokens.count ? parse->lexed.tokens.items[index].kind
                                                         : TOKEN_NEWLINE;
}

static bool is_name(const Parse *parse, int index, const char *name) {
  if (kind_at(parse, index) != TOKEN_NAME) return false;
  const Token *token = token_at(parse, index);
  Str8 text = {parse->source->text + token->start, token->end - token->start};
  return str8_is(text, name);
}

static bool begins_line(int kind_before) {
  return kind_before == TOKEN_NEWLINE || kind_before == TOKEN_INDENT || kind_before == TOKEN_DEDENT;
}

// The first token of the logical line that holds this one.
static int line_start(const Parse *parse, int index) {
  while (index > 0 && !begins_line(kind_at(parse, index - 1))) index--;
  return index;
}

static bool begins_expression(int kind) {
  switch (kind) {
    case TOKEN_NAME:
    case TOKEN_INT:
    case TOKEN_FLOAT:
    case TOKEN_STRING:
    case TOKEN_NONE:
    case TOKEN_TRUE:
    case TOKEN_FALSE:
    case TOKEN_ELLIPSIS:
    case TOKEN_LAMBDA:
    case TOKEN_AWAIT:
    case '(':
    case '[':
    case '{':
    case '~': return true;
    default: return false;
  }
}

static bool ends_expression(int kind) {
  switch (kind) {
    case TOKEN_NAME:
    case TOKEN_INT:
    case TOKEN_FLOAT:
    case TOKEN_STRING:
    case TOKEN_NONE:
    case TOKEN_TRUE:
    case TOKEN_FALSE:
    case TOKEN_ELLIPSIS:
    case ')':
    case ']':
    case '}': return true;
    default: return false;
  }
}

// --- Indentation -------------------------------------------------------------------------------

// What CPython calls the statement whose block is missing.
static const char *block_name(const Parse *parse, int first) {
  int kind = kind_at(parse, first);
  if (kind == TOKEN_ASYNC) kind = kind_at(parse, first + 1);
  switch (kind) {
    case TOKEN_DEF: return "function definition";
    case TOKEN_CLASS: return "class definition";
    case TOKEN_IF: return "'if' statement";
    case TOKEN_ELIF: return "'elif' statement";
    case TOKEN_ELSE: return "'else' statement";
    case TOKEN_FOR: return "'for' statement";
    case TOKEN_WHILE: return "'while' statement";
    case TOKEN_WITH: return "'with' statement";
    case TOKEN_TRY: return "'try' statement";
    case TOKEN_EXCEPT:
      return kind_at(parse, first + 1) == '*' ? "'except*' statement" : "'except' statement";
    case TOKEN_FINALLY: return "'finally' statement";
    default: return "statement";
  }
}

static void report_missing_block(Parse *parse, int index, Span span) {
  int newline = index - 1;
  while (newline > 0 && kind_at(parse, newline) == TOKEN_DEDENT) newline--;
  int first = line_start(parse, newline);
  const Token *header = token_at(parse, first);
  Diag *diag = diag_add(parse->diags, DIAG_ERROR, DIAG_INDENTATION, span,
                        "expected an indented block after %s on line %u", block_name(parse, first),
                        header->line);
  diag_label(diag, report_token_span(parse, header), "this begins the block");
}

// --- Things left out, and things of Python 2 ---------------------------------------------------

// `match x:` NEWLINE INDENT `case`.
static bool is_match_statement(const Parse *parse, int index) {
  int first = line_start(parse, index);
  if (!is_name(parse, first, "match") || kind_at(parse, first + 1) == '=') return false;
  int at = first;
  while (at < parse->lexed.tokens.count && kind_at(parse, at) != TOKEN_NEWLINE) at++;
  return kind_at(parse, at - 1) == ':' && kind_at(parse, at + 1) == TOKEN_INDENT &&
         is_name(parse, at + 2, "case");
}

static bool is_legacy_call(const Parse *parse, int index, const char *name) {
  return is_name(parse, index - 1, name) && begins_expression(kind_at(parse, index)) &&
         kind_at(parse, index - 2) != '.' && kind_at(parse, index - 2) != TOKEN_DEF;
}

// --- Headers -----------------------------------------------------------------------------------

// CPython insists on the colon after some headers, and after others only at the line's end.
static bool is_colon_forgotten(const Parse *parse, int index) {
  int first = line_start(parse, index);
  int kind = kind_at(parse, first);
  bool at_end = kind_at(parse, index) == TOKEN_NEWLINE;
  if (kind == TOKEN_ASYNC) kind = kind_at(parse, first + 1);
  switch (kind) {
    case TOKEN_DEF:
    case TOKEN_ELSE:
    case TOKEN_TRY:
    case TOKEN_FINALLY: return true;
    case TOKEN_IF:
    case TOKEN_ELIF:
    case TOKEN_WHILE:
    case TOKEN_FOR:
    case TOKEN_WITH:
    case TOKEN_CLASS:
    case TOKEN_EXCEPT: return at_end;
    default: return false;
  }
}

// `a if b` with no `else`: the `if` stands inside the line and in the same brackets.
static bool is_else_forgotten(const Parse *parse, int index, Expected expected) {
  if (!expected.else_) return false;
  int kind = kind_at(parse, index);
  return kind != ':' && kind != TOKEN_ELSE;
}

static bool is_comma_forgotten(const Parse *parse, int index) {
  if (index < 1) return false;
  const Token *token = token_at(parse, index);
  const Token *before = token_at(parse, index - 1);
  if (token->level == 0 && parse->fstring_depth == 0) return false;
  if (before->kind == TOKEN_NAME && token->kind == TOKEN_STRING) return false;
  return ends_expression(before->kind) && begins_expression(token->kind);
}

// --- Inside brackets ---------------------------------------------------------------------------

// The bracket that is open around a token, or -1.
static int opener_of(const Parse *parse, int index) {
  int closed = 0;
  for (int i = index - 1; i >= 0; i--) {
    switch (kind_at(parse, i)) {
      case ')':
      case ']':
      case '}': closed++; break;
      case '(':
      case '[':
      case '{':
        if (closed-- == 0) return i;
        break;
      default: break;
    }
  }
  return -1;
}

static bool has_colon_between(const Parse *parse, int from, int to) {
  int level = token_at(parse, to)->level;
  for (int i = from + 1; i < to; i++) {
    if (kind_at(parse, i) == ':' && token_at(parse, i)->level == level) return true;
  }
  return false;
}

typedef enum ParamsOf { PARAMS_NONE, PARAMS_DEF, PARAMS_LAMBDA } ParamsOf;

// Whose parameter list a token stands in.
static ParamsOf params_around(const Parse *parse, int index) {
  int opener = opener_of(parse, index);
  if (opener >= 0 && kind_at(parse, opener) == '(' && kind_at(parse, opener - 2) == TOKEN_DEF) {
    return PARAMS_DEF;
  }
  for (int i = index - 1; i > opener; i--) {
    if (kind_at(parse, i) == TOKEN_LAMBDA) return PARAMS_LAMBDA;
    if (kind_at(parse, i) == ':' || begins_line(kind_at(parse, i))) break;
  }
  return PARAMS_NONE;
}

static const char *parameter_message(const Parse *parse, int index) {
  ParamsOf params = params_around(parse, index);
  if (params == PARAMS_NONE) return NULL;
  int kind = kind_at(parse, index), before = kind_at(parse, index - 1);
  if (kind == '(') {
    return params == PARAMS_DEF ? "Function parameters cannot be parenthesized"
                                : "Lambda expression parameters cannot be parenthesized";
  }
  if (before == '=' && (kind == ',' || kind == ')' || kind == ':')) {
    return "expected default value expression";
  }
  if (before == '/' && kind == '*') return "expected comma between / and *";
  return NULL;
}

static const char *display_message(const Parse *parse, int index, Expected expected) {
  int opener = opener_of(parse, index);
  if (opener < 0) return NULL;
  int kind = kind_at(parse, index), before = kind_at(parse, index - 1);
  int bracket = kind_at(parse, opener);
  bool closes = kind == '}' || kind == ',';
  if (bracket == '{') {
    if (before == ':' && closes) return "expression expected after dictionary key and ':'";
    if (before == ':' && kind == '*') {
      return "cannot use a starred expression in a dictionary value";
    }
    if (closes && expected.colon) return "':' expected after dictionary key";
  }
  if (kind == TOKEN_FOR && bracket != '(' && ends_expression(before) &&
      !has_colon_between(parse, opener, index)) {
    return "did you forget parentheses around the comprehension target?";
  }
  return NULL;
}

// A message that the tokens right before this one suffice for.
static const char *local_message(const Parse *parse, int index, Expected expected) {
  int first = line_start(parse, index);
  if (kind_at(parse, first) == TOKEN_ASYNC) first++;
  if (kind_at(parse, first) == TOKEN_DEF && index == first + 2) return "expected '('";
  if (kind_at(parse, index - 1) == '*' && kind_at(parse, index - 2) == TOKEN_EXCEPT) {
    return "expected one or more exception types";
  }
  const char *message = parameter_message(parse, index);
  return message ? message : display_message(parse, index, expected);
}

// The lexer has found the error already; here it is its turn.
static void report_lexer_error(Parse *parse, Span span) {
  Diag *slot = diag_error(parse->diags, span, "%s%s", parse->fstring_depth > 0 ? "f-string: " : "",
                          parse->lexed.error->message);
  const char *message = slot->message;
  *slot = *parse->lexed.error;
  slot->message = message;
  parse->incomplete = parse->lexed.incomplete;
}

void report_unexpected(Parse *parse, Expected expected) {
  int index = parse->next - 1;
  const Token *token = token_at(parse, index);
  Span span = report_token_span(parse, token);
  if (token->kind == TOKEN_LEX_ERROR) {
    report_lexer_error(parse, span);
    return;
  }
  bool at_end = parse->fstring_depth == 0 && token->start >= parse->source->length &&
                (token->kind == TOKEN_END || token->kind == TOKEN_DEDENT);
  parse->incomplete = at_end;
  const char *local = local_message(parse, index, expected);

  if (expected.indent && kind_at(parse, index - 1) == TOKEN_NEWLINE) {
    report_missing_block(parse, index, span);
  } else if (is_match_statement(parse, index) ||
             (token->kind == TOKEN_INDENT && is_match_statement(parse, index - 2))) {
    Diag *diag = diag_error(parse->diags,
                            report_token_span(parse, token_at(parse, line_start(parse, index))),
                            "the match statement is left out of Coro");
    diag_help(diag, "write if and elif instead");
  } else if (token->kind == TOKEN_INDENT) {
    diag_add(parse->diags, DIAG_ERROR, DIAG_INDENTATION, span, "unexpected indent");
  } else if (expected.except) {
    build_error(parse, span, "expected 'except' or 'finally' block");
  } else if (token->kind == TOKEN_DEDENT) {
    diag_add(parse->diags, DIAG_ERROR, DIAG_INDENTATION, span, "unexpected unindent");
  } else if (is_legacy_call(parse, index, "print")) {
    build_error(parse, span, "Missing parentheses in call to 'print'. Did you mean print(...)?");
  } else if (is_legacy_call(parse, index, "exec")) {
    build_error(parse, span, "Missing parentheses in call to 'exec'. Did you mean exec(...)?");
  } else if (local) {
    build_error(parse, span, "%s", local);
  } else if (is_else_forgotten(parse, index, expected)) {
    build_error(parse, span, "expected 'else' after 'if' expression");
  } else if (is_comma_forgotten(parse, index)) {
    Span both = span_join(report_token_span(parse, token_at(parse, index - 1)), span);
    build_error(parse, both, "invalid syntax. Perhaps you forgot a comma?");
  } else if (expected.colon && is_colon_forgotten(parse, index)) {
    build_error(parse, span, "expected ':'");
  } else {
    build_error(parse, span, "invalid syntax");
  }
}
