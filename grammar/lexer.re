// lexer.re: the words of the language.
//
// re2c turns the rules in next_token into a state machine; around it stand Python's three habits
// that no regular expression can tell: indentation becomes INDENT and DEDENT, a line end inside
// brackets is no NEWLINE, and a string ends where its own kind of quote comes back.
//
// Invariant: `at` never passes `limit`, and the byte at the source's end is NUL, so that a rule can
// always look one byte further.
#include "lexer.h"

#include <string.h>
#include <utf8proc.h>

#include "parser.h"

typedef struct Bracket {
  char open;
  uint32_t at;
  uint32_t line;
} Bracket;

typedef struct Lexer {
  Arena *scratch;
  DiagList diags;
  const Source *source;
  const unsigned char *text;
  uint32_t at;
  uint32_t limit;
  uint32_t line;
  bool fragment;      // inside an f-string: every line end is white space
  bool at_line_start;
  int indents[LEX_INDENT_MAX];      // columns with tabs to multiples of 8
  int alt_indents[LEX_INDENT_MAX];  // columns with tabs of 1: both must agree on what is deeper
  int indent_count;
  Bracket brackets[LEX_BRACKET_MAX];
  int bracket_count;
  LexResult result;
} Lexer;

static void push_token(Lexer *lexer, int kind, uint32_t start, uint32_t line) {
  TokenList *list = &lexer->result.tokens;
  if (list->count == list->capacity) {
    int capacity = list->capacity ? list->capacity * 2 : 32;
    list->items = arena_grow(lexer->scratch, list->items, (size_t)list->capacity * sizeof(Token),
                             (size_t)capacity * sizeof(Token));
    list->capacity = capacity;
  }
  list->items[list->count++] = (Token){
      .kind = kind,
      .level = lexer->bracket_count,
      .start = start,
      .end = lexer->at,
      .line = line,
      .end_line = lexer->line,
  };
}

// Records the error and ends the token array. Returns false for the caller to return.
__attribute__((format(printf, 5, 6))) static bool fail(Lexer *lexer, DiagKind kind, uint32_t start,
                                                       uint32_t end, const char *format, ...) {
  va_list args;
  va_start(args, format);
  Span span = source_span(lexer->source, start, end);
  lexer->result.error = diag_vadd(&lexer->diags, DIAG_ERROR, kind, span, format, args);
  va_end(args);
  lexer->at = end > lexer->limit ? lexer->limit : end;
  push_token(lexer, TOKEN_LEX_ERROR, start, lexer->line);
  return false;
}

// --- Indentation -------------------------------------------------------------------------------

static bool is_line_end(unsigned char c) {
  return c == '\n' || c == '\r';
}

// Steps over one line end: LF, CR LF or CR.
static void skip_line_end(Lexer *lexer) {
  if (lexer->text[lexer->at] == '\r' && lexer->at + 1 < lexer->limit &&
      lexer->text[lexer->at + 1] == '\n') {
    lexer->at++;
  }
  lexer->at++;
  lexer->line++;
}

static bool fail_tabs(Lexer *lexer, uint32_t start) {
  return fail(lexer, DIAG_TAB, start, lexer->at,
              "inconsistent use of tabs and spaces in indentation");
}

// Compares the new line's columns with the open blocks and emits INDENT or DEDENTs.
static bool change_indent(Lexer *lexer, uint32_t start, int column, int alt) {
  int top = lexer->indent_count - 1;
  if (column == lexer->indents[top]) {
    return alt == lexer->alt_indents[top] || fail_tabs(lexer, start);
  }
  if (column > lexer->indents[top]) {
    if (alt <= lexer->alt_indents[top]) return fail_tabs(lexer, start);
    if (lexer->indent_count == LEX_INDENT_MAX) {
      return fail(lexer, DIAG_INDENTATION, start, lexer->at, "too many levels of indentation");
    }
    lexer->indents[lexer->indent_count] = column;
    lexer->alt_indents[lexer->indent_count++] = alt;
    push_token(lexer, TOKEN_INDENT, start, lexer->line);
    return true;
  }
  while (lexer->indent_count > 1 && column < lexer->indents[lexer->indent_count - 1]) {
    lexer->indent_count--;
    push_token(lexer, TOKEN_DEDENT, lexer->at, lexer->line);
  }
  top = lexer->indent_count - 1;
  if (column != lexer->indents[top]) {
    return fail(lexer, DIAG_INDENTATION, start, lexer->at,
                "unindent does not match any outer indentation level");
  }
  return alt == lexer->alt_indents[top] || fail_tabs(lexer, start);
}

// Measures the white space that opens a line. Blank lines and comments change nothing.
static bool begin_line(Lexer *lexer) {
  uint32_t start = lexer->at;
  int column = 0, alt = 0, continued = -1, continued_alt = 0;
  for (;; lexer->at++) {
    unsigned char c = lexer->text[lexer->at];
    if (c == ' ') {
      column++;
      alt++;
    } else if (c == '\t') {
      column = (column / 8 + 1) * 8;
      alt++;
    } else if (c == '\f') {
      column = alt = 0;
    } else if (c == '\\' && lexer->at + 1 < lexer->limit &&
               is_line_end(lexer->text[lexer->at + 1])) {
      // The first line's column counts, whatever the continuation's is.
      if (continued < 0) {
        continued = column;
        continued_alt = alt;
      }
      lexer->at++;
      skip_line_end(lexer);
      lexer->at--;
      column = alt = 0;
    } else {
      break;
    }
  }
  lexer->at_line_start = false;
  unsigned char c = lexer->text[lexer->at];
  if (c == '#' || is_line_end(c) || lexer->at >= lexer->limit) {
    // The rules below skip it; a line end then is no NEWLINE, since no token came before it.
    return true;
  }
  if (continued >= 0) {
    column = continued;
    alt = continued_alt;
  }
  return change_indent(lexer, start, column, alt);
}

// --- Brackets ----------------------------------------------------------------------------------

static bool open_bracket(Lexer *lexer, uint32_t start) {
  char open = (char)lexer->text[start];
  if (lexer->bracket_count == LEX_BRACKET_MAX) {
    return fail(lexer, DIAG_SYNTAX, start, lexer->at, "too many nested parentheses");
  }
  push_token(lexer, open, start, lexer->line);
  lexer->brackets[lexer->bracket_count++] = (Bracket){open, start, lexer->line};
  return true;
}

static bool close_bracket(Lexer *lexer, uint32_t start) {
  char close = (char)lexer->text[start];
  if (lexer->bracket_count == 0) {
    return fail(lexer, DIAG_SYNTAX, start, lexer->at, "unmatched '%c'", close);
  }
  Bracket *bracket = &lexer->brackets[--lexer->bracket_count];
  bool matches = (bracket->open == '(' && close == ')') || (bracket->open == '[' && close == ']') ||
                 (bracket->open == '{' && close == '}');
  if (!matches) {
    if (bracket->line == lexer->line) {
      fail(lexer, DIAG_SYNTAX, start, lexer->at,
           "closing parenthesis '%c' does not match opening parenthesis '%c'", close,
           bracket->open);
    } else {
      fail(lexer, DIAG_SYNTAX, start, lexer->at,
           "closing parenthesis '%c' does not match opening parenthesis '%c' on line %u", close,
           bracket->open, bracket->line);
    }
    diag_label(lexer->result.error, source_span(lexer->source, bracket->at, bracket->at + 1),
               "opened here");
    return false;
  }
  push_token(lexer, close, start, lexer->line);
  return true;
}

// --- Names -------------------------------------------------------------------------------------

// The few characters that Unicode grandfathered into identifiers.
static bool is_other_id_start(utf8proc_int32_t c) {
  return c == 0x1885 || c == 0x1886 || c == 0x2118 || c == 0x212E || c == 0x309B || c == 0x309C;
}

static bool is_other_id_continue(utf8proc_int32_t c) {
  return c == 0x00B7 || c == 0x0387 || (c >= 0x1369 && c <= 0x1371) || c == 0x19DA;
}

static bool is_name_start(utf8proc_int32_t c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL:
      return true;
    default:
      return c == '_' || is_other_id_start(c);
  }
}

static bool is_name_continue(utf8proc_int32_t c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_PC:
      return true;
    default:
      return is_name_start(c) || is_other_id_continue(c);
  }
}

static bool is_printable(utf8proc_int32_t c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_ZS:
      return c == ' ';
    default:
      return true;
  }
}

// Checks a name that holds bytes beyond ASCII, character by character.
static bool check_name(Lexer *lexer, uint32_t start) {
  for (uint32_t i = start; i < lexer->at;) {
    utf8proc_int32_t c;
    utf8proc_ssize_t size =
        utf8proc_iterate(lexer->text + i, (utf8proc_ssize_t)(lexer->at - i), &c);
    if (size < 1) return fail(lexer, DIAG_SYNTAX, i, i + 1, "source is not valid UTF-8");
    if (!(i == start ? is_name_start(c) : is_name_continue(c))) {
      uint32_t end = i + (uint32_t)size;
      if (!is_printable(c)) {
        return fail(lexer, DIAG_SYNTAX, i, end, "invalid non-printable character U+%04X",
                    (unsigned)c);
      }
      return fail(lexer, DIAG_SYNTAX, i, end, "invalid character '%.*s' (U+%04X)", (int)size,
                  (const char *)lexer->text + i, (unsigned)c);
    }
    i += (uint32_t)size;
  }
  return true;
}

static bool lex_name(Lexer *lexer, uint32_t start) {
  for (uint32_t i = start; i < lexer->at; i++) {
    if (lexer->text[i] < 0x80) continue;
    if (!check_name(lexer, start)) return false;
    break;
  }
  push_token(lexer, TOKEN_NAME, start, lexer->line);
  return true;
}

// --- Numbers -----------------------------------------------------------------------------------

static bool is_name_byte(unsigned char c) {
  return c == '_' || c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
         (c >= 'a' && c <= 'z');
}

// `1if x else y` is Python: a keyword may touch the number before it.
static bool keyword_follows(const unsigned char *text) {
  static const char *const starts[] = {"and", "else", "for", "if", "in", "is", "or", "not"};
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
    if (strncmp((const char *)text, starts[i], strlen(starts[i])) == 0) return true;
  }
  return false;
}

static bool lex_number(Lexer *lexer, uint32_t start, int kind, const char *name) {
  unsigned char c = lexer->text[lexer->at];
  uint32_t at = lexer->at;
  if (at < lexer->limit && is_name_byte(c) && !keyword_follows(lexer->text + at)) {
    bool digit = c >= '0' && c <= '9';
    if (digit && strcmp(name, "decimal") != 0) {
      return fail(lexer, DIAG_SYNTAX, at, at + 1, "invalid digit '%c' in %s literal", c, name);
    }
    if (c == 'j' || c == 'J') {
      return fail(lexer, DIAG_SYNTAX, start, at + 1, "complex numbers are left out of Coro");
    }
    return fail(lexer, DIAG_SYNTAX, start, at, "invalid %s literal", name);
  }
  if (kind == TOKEN_INT && strcmp(name, "decimal") == 0 && at - start > LEX_INT_DIGITS_MAX) {
    int digits = 0;
    for (uint32_t i = start; i < at; i++) digits += lexer->text[i] != '_';
    if (digits > LEX_INT_DIGITS_MAX) {
      return fail(lexer, DIAG_SYNTAX, start, at,
                  "Exceeds the limit (%d digits) for integer string conversion: value has %d "
                  "digits; use sys.set_int_max_str_digits() to increase the limit - Consider "
                  "hexadecimal for huge integer literals to avoid decimal conversion limits.",
                  LEX_INT_DIGITS_MAX, digits);
    }
  }
  push_token(lexer, kind, start, lexer->line);
  return true;
}

// --- Strings -----------------------------------------------------------------------------------

// `at` stands behind the opening quote character.
static bool lex_string(Lexer *lexer, uint32_t start) {
  const unsigned char *text = lexer->text;
  unsigned char quote = text[lexer->at - 1];
  uint32_t first_line = lexer->line;
  uint32_t content = lexer->at;
  bool triple = lexer->at + 1 < lexer->limit && text[lexer->at] == quote &&
                text[lexer->at + 1] == quote;
  if (triple) lexer->at += 2;
  for (;;) {
    if (lexer->at >= lexer->limit) {
      uint32_t last_line = lexer->line;
      lexer->result.incomplete = triple && !lexer->fragment;
      if (triple && lexer->line > first_line && lexer->at > 0 && is_line_end(text[lexer->at - 1])) {
        last_line--;
      }
      return fail(lexer, DIAG_SYNTAX, start, triple ? content + 2 : lexer->at,
                  triple ? "unterminated triple-quoted string literal (detected at line %u)"
                         : "unterminated string literal (detected at line %u)",
                  last_line);
    }
    unsigned char c = text[lexer->at];
    if (c == quote) {
      if (!triple) {
        lexer->at++;
        break;
      }
      if (lexer->at + 2 < lexer->limit && text[lexer->at + 1] == quote &&
          text[lexer->at + 2] == quote) {
        lexer->at += 3;
        break;
      }
      lexer->at++;
    } else if (c == '\\') {
      lexer->at++;
      if (lexer->at < lexer->limit && is_line_end(text[lexer->at])) {
        skip_line_end(lexer);
        // Only a text that ends inside the string may still be continued.
        if (lexer->at >= lexer->limit && !triple && !lexer->fragment) {
          bool never_closed = fail(lexer, DIAG_SYNTAX, start, content,
                                   "unterminated string literal (detected at line %u)",
                                   first_line);
          lexer->result.incomplete = true;
          return never_closed;
        }
      } else if (lexer->at < lexer->limit) {
        lexer->at++;
      }
    } else if (is_line_end(c)) {
      if (!triple) {
        return fail(lexer, DIAG_SYNTAX, start, lexer->at,
                    "unterminated string literal (detected at line %u)", lexer->line);
      }
      skip_line_end(lexer);
    } else {
      lexer->at++;
    }
  }
  push_token(lexer, TOKEN_STRING, start, first_line);
  return true;
}

// --- The end -----------------------------------------------------------------------------------

static bool end_of_text(Lexer *lexer) {
  if (lexer->bracket_count > 0) {
    Bracket *bracket = &lexer->brackets[lexer->bracket_count - 1];
    lexer->result.incomplete = !lexer->fragment;
    lexer->result.open_bracket = true;
    lexer->line = lexer->source->line_count;
    return fail(lexer, DIAG_SYNTAX, bracket->at, bracket->at + 1, "'%c' was never closed",
                bracket->open);
  }
  TokenList *tokens = &lexer->result.tokens;
  if (!lexer->fragment) {
    if (tokens->count > 0) {
      int last = tokens->items[tokens->count - 1].kind;
      if (last != TOKEN_NEWLINE && last != TOKEN_DEDENT) {
        push_token(lexer, TOKEN_NEWLINE, lexer->at, lexer->line);
      }
    }
    while (lexer->indent_count > 1) {
      lexer->indent_count--;
      push_token(lexer, TOKEN_DEDENT, lexer->at, lexer->line);
    }
  }
  push_token(lexer, TOKEN_END, lexer->at, lexer->line);
  return false;
}

// A backslash joins two lines; `at` stands behind it.
static bool join_lines(Lexer *lexer, uint32_t start) {
  if (lexer->at >= lexer->limit || !is_line_end(lexer->text[lexer->at])) {
    if (lexer->at >= lexer->limit) {
      lexer->result.incomplete = !lexer->fragment;
      return fail(lexer, DIAG_SYNTAX, start, lexer->at, "unexpected EOF while parsing");
    }
    return fail(lexer, DIAG_SYNTAX, start, start + 1,
                "unexpected character after line continuation character");
  }
  skip_line_end(lexer);
  if (lexer->at >= lexer->limit) {
    lexer->result.incomplete = !lexer->fragment;
    return fail(lexer, DIAG_SYNTAX, start, start + 1, "unexpected EOF while parsing");
  }
  return true;
}

static bool end_line(Lexer *lexer, uint32_t start) {
  TokenList *tokens = &lexer->result.tokens;
  uint32_t line = lexer->line++;
  if (lexer->fragment || lexer->bracket_count > 0) return true;
  lexer->at_line_start = true;
  int last = tokens->count ? tokens->items[tokens->count - 1].kind : TOKEN_NEWLINE;
  if (last == TOKEN_NEWLINE || last == TOKEN_INDENT || last == TOKEN_DEDENT) return true;
  push_token(lexer, TOKEN_NEWLINE, start, line);
  tokens->items[tokens->count - 1].end_line = line;
  return true;
}

// Reads one token, or white space. False at the end and after an error.
static bool next_token(Lexer *lexer) {
  if (lexer->at_line_start && !begin_line(lexer)) return false;
  if (lexer->at >= lexer->limit) return end_of_text(lexer);

  uint32_t start = lexer->at;
  const unsigned char *cursor = lexer->text + start;
  const unsigned char *marker = cursor;

#define TAKE() (lexer->at = (uint32_t)(cursor - lexer->text))
#define EMIT(kind)                                   \
  do {                                               \
    TAKE();                                          \
    push_token(lexer, (kind), start, lexer->line);   \
    return true;                                     \
  } while (0)

  /*!re2c
  re2c:define:YYCTYPE = "unsigned char";
  re2c:define:YYCURSOR = cursor;
  re2c:define:YYMARKER = marker;
  re2c:yyfill:enable = 0;

  digits   = [0-9] ("_"? [0-9])*;
  decimal  = [1-9] ("_"? [0-9])* | "0" ("_"? "0")*;
  exponent = [eE] [+-]? digits;
  point    = digits? "." digits | digits ".";
  float    = point exponent? | digits exponent;
  prefix   = [uU] | [bB] [rR]? | [rR] [bBfF]? | [fF] [rR]?;
  letter   = [A-Za-z_\x80-\xff];
  line_end = "\r\n" | "\n" | "\r";

  // White space, comments, line ends.
  [ \t\f]+             { TAKE(); return true; }
  "#" [^\n\r\x00]*     { TAKE(); return true; }
  line_end             { TAKE(); return end_line(lexer, start); }
  "\\"                 { TAKE(); return join_lines(lexer, start); }

  // Keywords.
  "False"    { EMIT(TOKEN_FALSE); }
  "None"     { EMIT(TOKEN_NONE); }
  "True"     { EMIT(TOKEN_TRUE); }
  "and"      { EMIT(TOKEN_AND); }
  "as"       { EMIT(TOKEN_AS); }
  "assert"   { EMIT(TOKEN_ASSERT); }
  "async"    { EMIT(TOKEN_ASYNC); }
  "await"    { EMIT(TOKEN_AWAIT); }
  "break"    { EMIT(TOKEN_BREAK); }
  "class"    { EMIT(TOKEN_CLASS); }
  "continue" { EMIT(TOKEN_CONTINUE); }
  "def"      { EMIT(TOKEN_DEF); }
  "del"      { EMIT(TOKEN_DEL); }
  "elif"     { EMIT(TOKEN_ELIF); }
  "else"     { EMIT(TOKEN_ELSE); }
  "except"   { EMIT(TOKEN_EXCEPT); }
  "finally"  { EMIT(TOKEN_FINALLY); }
  "for"      { EMIT(TOKEN_FOR); }
  "from"     { EMIT(TOKEN_FROM); }
  "global"   { EMIT(TOKEN_GLOBAL); }
  "if"       { EMIT(TOKEN_IF); }
  "import"   { EMIT(TOKEN_IMPORT); }
  "in"       { EMIT(TOKEN_IN); }
  "is"       { EMIT(TOKEN_IS); }
  "lambda"   { EMIT(TOKEN_LAMBDA); }
  "nonlocal" { EMIT(TOKEN_NONLOCAL); }
  "not"      { EMIT(TOKEN_NOT); }
  "or"       { EMIT(TOKEN_OR); }
  "pass"     { EMIT(TOKEN_PASS); }
  "raise"    { EMIT(TOKEN_RAISE); }
  "return"   { EMIT(TOKEN_RETURN); }
  "try"      { EMIT(TOKEN_TRY); }
  "while"    { EMIT(TOKEN_WHILE); }
  "with"     { EMIT(TOKEN_WITH); }
  "yield"    { EMIT(TOKEN_YIELD); }

  // Names and literals.
  letter (letter | [0-9])*   { TAKE(); return lex_name(lexer, start); }
  prefix? ['"]               { TAKE(); return lex_string(lexer, start); }
  '0x' ("_"? [0-9a-fA-F])+   { TAKE(); return lex_number(lexer, start, TOKEN_INT, "hexadecimal"); }
  '0o' ("_"? [0-7])+         { TAKE(); return lex_number(lexer, start, TOKEN_INT, "octal"); }
  '0b' ("_"? [01])+          { TAKE(); return lex_number(lexer, start, TOKEN_INT, "binary"); }
  '0x' "_"?                  { TAKE(); return fail(lexer, DIAG_SYNTAX, start, lexer->at,
                                                   "invalid hexadecimal literal"); }
  '0o' "_"?                  { TAKE(); return fail(lexer, DIAG_SYNTAX, start, lexer->at,
                                                   "invalid octal literal"); }
  '0b' "_"?                  { TAKE(); return fail(lexer, DIAG_SYNTAX, start, lexer->at,
                                                   "invalid binary literal"); }
  '0o' "_"? [89]             { TAKE(); return fail(lexer, DIAG_SYNTAX, lexer->at - 1, lexer->at,
                                   "invalid digit '%c' in octal literal", cursor[-1]); }
  '0b' "_"? [2-9]            { TAKE(); return fail(lexer, DIAG_SYNTAX, lexer->at - 1, lexer->at,
                                   "invalid digit '%c' in binary literal", cursor[-1]); }
  decimal                    { TAKE(); return lex_number(lexer, start, TOKEN_INT, "decimal"); }
  float                      { TAKE(); return lex_number(lexer, start, TOKEN_FLOAT, "decimal"); }
  (float | digits) [jJ]      { TAKE(); return fail(lexer, DIAG_SYNTAX, start, lexer->at,
                                   "complex numbers are left out of Coro"); }
  "0" ("_"? [0-9])+          { TAKE(); return fail(lexer, DIAG_SYNTAX, start, lexer->at,
                                   "leading zeros in decimal integer literals are not permitted; "
                                   "use an 0o prefix for octal integers"); }

  // Brackets and operators.
  [([{]   { TAKE(); return open_bracket(lexer, start); }
  [)\]}]  { TAKE(); return close_bracket(lexer, start); }
  "**="   { EMIT(TOKEN_POW_EQ); }
  "//="   { EMIT(TOKEN_FLOORDIV_EQ); }
  "<<="   { EMIT(TOKEN_LSHIFT_EQ); }
  ">>="   { EMIT(TOKEN_RSHIFT_EQ); }
  "..."   { EMIT(TOKEN_ELLIPSIS); }
  "**"    { EMIT(TOKEN_POW); }
  "//"    { EMIT(TOKEN_FLOORDIV); }
  "<<"    { EMIT(TOKEN_LSHIFT); }
  ">>"    { EMIT(TOKEN_RSHIFT); }
  "+="    { EMIT(TOKEN_ADD_EQ); }
  "-="    { EMIT(TOKEN_SUB_EQ); }
  "*="    { EMIT(TOKEN_MULT_EQ); }
  "@="    { EMIT(TOKEN_MATMULT_EQ); }
  "/="    { EMIT(TOKEN_DIV_EQ); }
  "%="    { EMIT(TOKEN_MOD_EQ); }
  "&="    { EMIT(TOKEN_BITAND_EQ); }
  "|="    { EMIT(TOKEN_BITOR_EQ); }
  "^="    { EMIT(TOKEN_BITXOR_EQ); }
  "=="    { EMIT(TOKEN_EQ); }
  "!="    { EMIT(TOKEN_NOT_EQ); }
  "<="    { EMIT(TOKEN_LT_E); }
  ">="    { EMIT(TOKEN_GT_E); }
  "->"    { EMIT(TOKEN_ARROW); }
  ":="    { EMIT(TOKEN_WALRUS); }
  [-+*/%@&|^~<>=.,:;]  { EMIT(lexer->text[start]); }

  // Whatever is left is no part of the language.
  "\x00"  { TAKE(); return fail(lexer, DIAG_SYNTAX, start, lexer->at,
                                "source code cannot contain null bytes"); }
  [\x01-\x1f\x7f] { TAKE(); return fail(lexer, DIAG_SYNTAX, start, lexer->at,
                                "invalid non-printable character U+%04X", lexer->text[start]); }
  *       { TAKE(); return fail(lexer, DIAG_SYNTAX, start, lexer->at, "invalid syntax"); }
  */
#undef EMIT
#undef TAKE
}

// --- The whole text ----------------------------------------------------------------------------

// The first byte that is not UTF-8, or `length`.
static size_t find_bad_byte(const unsigned char *text, size_t length) {
  for (size_t i = 0; i < length;) {
    if (text[i] < 0x80) {
      i++;
      continue;
    }
    utf8proc_int32_t c;
    utf8proc_ssize_t size = utf8proc_iterate(text + i, (utf8proc_ssize_t)(length - i), &c);
    if (size < 1) return i;
    i += (size_t)size;
  }
  return length;
}

static bool same_word(const char *word, size_t length, const char *other) {
  if (length != strlen(other)) return false;
  for (size_t i = 0; i < length; i++) {
    char c = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] + 32) : word[i];
    if ((c == '_' ? '-' : c) != other[i]) return false;
  }
  return true;
}

// Looks for `# -*- coding: name -*-` in a line. True when it names something other than UTF-8.
static bool names_other_encoding(Str8 line) {
  size_t i = 0;
  while (i < line.length && (line.data[i] == ' ' || line.data[i] == '\t' || line.data[i] == '\f')) {
    i++;
  }
  if (i >= line.length || line.data[i] != '#') return false;
  for (; i + 7 < line.length; i++) {
    if (memcmp(line.data + i, "coding", 6) != 0) continue;
    if (line.data[i + 6] != ':' && line.data[i + 6] != '=') continue;
    size_t start = i + 7;
    while (start < line.length && (line.data[start] == ' ' || line.data[start] == '\t')) start++;
    size_t end = start;
    while (end < line.length && (line.data[end] == '-' || line.data[end] == '.' ||
                                 is_name_byte((unsigned char)line.data[end]))) {
      end++;
    }
    const char *word = line.data + start;
    size_t length = end - start;
    return length > 0 && !same_word(word, length, "utf-8") && !same_word(word, length, "utf8") &&
           !same_word(word, length, "utf-8-sig") && !same_word(word, length, "ascii") &&
           !same_word(word, length, "us-ascii");
  }
  return false;
}

static bool is_blank_or_comment(Str8 line) {
  for (size_t i = 0; i < line.length; i++) {
    if (line.data[i] == '#') return true;
    if (line.data[i] != ' ' && line.data[i] != '\t' && line.data[i] != '\f') return false;
  }
  return true;
}

static bool check_encoding(Lexer *lexer) {
  const Source *source = lexer->source;
  for (uint32_t i = 1; i <= 2; i++) {
    Str8 line = source_line(source, i);
    if (names_other_encoding(line)) {
      uint32_t start = source->lines[i - 1];
      return fail(lexer, DIAG_SYNTAX, start, start + (uint32_t)line.length,
                  "Coro reads source in UTF-8 only");
    }
    if (!is_blank_or_comment(line)) break;
  }
  size_t bad = find_bad_byte(lexer->text, source->length);
  if (bad < source->length) {
    return fail(lexer, DIAG_SYNTAX, (uint32_t)bad, (uint32_t)bad + 1,
                "source is not UTF-8: it has the byte '\\x%02x' here", lexer->text[bad]);
  }
  return true;
}

static Lexer *new_lexer(Arena *scratch, Arena *arena, const Source *source, uint32_t start,
                        uint32_t end) {
  Lexer *lexer = arena_zalloc(scratch, sizeof *lexer);
  lexer->scratch = scratch;
  diag_list_init(&lexer->diags, arena);
  lexer->source = source;
  lexer->text = (const unsigned char *)source->text;
  lexer->at = start;
  lexer->limit = end;
  lexer->line = source_line_at(source, start);
  lexer->indent_count = 1;
  return lexer;
}

LexResult lex_source(Arena *scratch, Arena *arena, const Source *source) {
  Lexer *lexer = new_lexer(scratch, arena, source, 0, (uint32_t)source->length);
  lexer->at_line_start = true;
  if (check_encoding(lexer)) {
    if (source->length >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0) lexer->at = 3;
    while (next_token(lexer)) continue;
  }
  return lexer->result;
}

LexResult lex_fragment(Arena *scratch, Arena *arena, const Source *source, uint32_t start,
                       uint32_t end) {
  Lexer *lexer = new_lexer(scratch, arena, source, start, end);
  lexer->fragment = true;
  while (next_token(lexer)) {
    // A token that reaches over the end has eaten the f-string's own `}`, `!` or `:`.
    TokenList *tokens = &lexer->result.tokens;
    if (tokens->count > 0 && tokens->items[tokens->count - 1].end > end) {
      lexer->at = end;
      fail(lexer, DIAG_SYNTAX, tokens->items[tokens->count - 1].start, end, "invalid syntax");
      break;
    }
  }
  return lexer->result;
}
