// test_lexer.c: what the lexer makes of a text: kinds of tokens, their places, its errors.
#include <criterion/criterion.h>

#include "lexer.h"
#include "parser.h"

typedef struct Lexed {
  Arena *arena;
  Source *source;
  LexResult result;
} Lexed;

static Lexed lex(const char *text) {
  Lexed lexed = {.arena = arena_new(), .source = source_new("test", text, strlen(text))};
  lexed.result = lex_source(lexed.arena, lexed.arena, lexed.source);
  return lexed;
}

static void done(Lexed lexed) {
  source_free(lexed.source);
  arena_free(lexed.arena);
}

static void expect_kinds(const char *text, const int *kinds, int count) {
  Lexed lexed = lex(text);
  TokenList tokens = lexed.result.tokens;
  cr_expect_null(lexed.result.error, "%s", text);
  cr_expect_eq(tokens.count, count, "%s: %d tokens", text, tokens.count);
  for (int i = 0; i < count && i < tokens.count; i++) {
    cr_expect_eq(tokens.items[i].kind, kinds[i], "%s: token %d is %d", text, i,
                 tokens.items[i].kind);
  }
  done(lexed);
}

#define EXPECT_KINDS(text, ...)                                        \
  do {                                                                 \
    int kinds_[] = {__VA_ARGS__};                                      \
    expect_kinds(text, kinds_, (int)(sizeof kinds_ / sizeof *kinds_)); \
  } while (0)

static void expect_error(const char *text, DiagKind kind, const char *message) {
  Lexed lexed = lex(text);
  cr_assert_not_null(lexed.result.error, "%s", text);
  cr_expect_str_eq(lexed.result.error->message, message);
  cr_expect_eq(lexed.result.error->kind, kind, "%s", text);
  done(lexed);
}

Test(lexer, blocks_become_indent_and_dedent) {
  EXPECT_KINDS("if a:\n  b\nc\n", TOKEN_IF, TOKEN_NAME, ':', TOKEN_NEWLINE, TOKEN_INDENT,
               TOKEN_NAME, TOKEN_NEWLINE, TOKEN_DEDENT, TOKEN_NAME, TOKEN_NEWLINE, TOKEN_END);
}

Test(lexer, the_last_line_end_may_be_missing) {
  EXPECT_KINDS("if a:\n  b", TOKEN_IF, TOKEN_NAME, ':', TOKEN_NEWLINE, TOKEN_INDENT, TOKEN_NAME,
               TOKEN_NEWLINE, TOKEN_DEDENT, TOKEN_END);
}

Test(lexer, blank_lines_and_comments_say_nothing) {
  EXPECT_KINDS("\n  # one\na\n\n \t # two\n", TOKEN_NAME, TOKEN_NEWLINE, TOKEN_END);
}

Test(lexer, brackets_and_backslashes_join_lines) {
  EXPECT_KINDS("(a,\n  b)\n", '(', TOKEN_NAME, ',', TOKEN_NAME, ')', TOKEN_NEWLINE, TOKEN_END);
  EXPECT_KINDS("a \\\n  b\n", TOKEN_NAME, TOKEN_NAME, TOKEN_NEWLINE, TOKEN_END);
}

Test(lexer, every_line_end_ends_a_line) {
  EXPECT_KINDS("a\r\nb\rc\n", TOKEN_NAME, TOKEN_NEWLINE, TOKEN_NAME, TOKEN_NEWLINE, TOKEN_NAME,
               TOKEN_NEWLINE, TOKEN_END);
}

Test(lexer, byte_order_mark_and_form_feed) {
  EXPECT_KINDS("\xEF\xBB\xBF\fa\n", TOKEN_NAME, TOKEN_NEWLINE, TOKEN_END);
}

Test(lexer, numbers) {
  EXPECT_KINDS("0 1_000 0xF_f 0o17 0b1_0 00", TOKEN_INT, TOKEN_INT, TOKEN_INT, TOKEN_INT, TOKEN_INT,
               TOKEN_INT, TOKEN_NEWLINE, TOKEN_END);
  EXPECT_KINDS("1. .5 1e3 1_0.2_5E-1 007.5", TOKEN_FLOAT, TOKEN_FLOAT, TOKEN_FLOAT, TOKEN_FLOAT,
               TOKEN_FLOAT, TOKEN_NEWLINE, TOKEN_END);
  EXPECT_KINDS("1if 2else 3", TOKEN_INT, TOKEN_IF, TOKEN_INT, TOKEN_ELSE, TOKEN_INT, TOKEN_NEWLINE,
               TOKEN_END);
}

Test(lexer, strings_with_every_prefix) {
  EXPECT_KINDS("'a' r\"b\" Rb'c' bR'd' F'e' fr'f' u'g' '''h\n'i''' \"\"", TOKEN_STRING,
               TOKEN_STRING, TOKEN_STRING, TOKEN_STRING, TOKEN_STRING, TOKEN_STRING, TOKEN_STRING,
               TOKEN_STRING, TOKEN_STRING, TOKEN_NEWLINE, TOKEN_END);
}

Test(lexer, names_in_any_script) {
  EXPECT_KINDS("任务 = größe", TOKEN_NAME, '=', TOKEN_NAME, TOKEN_NEWLINE, TOKEN_END);
}

Test(lexer, operators_take_the_longest) {
  EXPECT_KINDS("a**=b//=c->...:=@=", TOKEN_NAME, TOKEN_POW_EQ, TOKEN_NAME, TOKEN_FLOORDIV_EQ,
               TOKEN_NAME, TOKEN_ARROW, TOKEN_ELLIPSIS, TOKEN_WALRUS, TOKEN_MATMULT_EQ,
               TOKEN_NEWLINE, TOKEN_END);
}

Test(lexer, tokens_know_their_place) {
  Lexed lexed = lex("a\n  '''x\ny''' b\n");
  const Token *string = &lexed.result.tokens.items[3];
  cr_assert_eq(string->kind, TOKEN_STRING);
  cr_expect_eq(string->start, 4);
  cr_expect_eq(string->end, 13);
  cr_expect_eq(string->line, 2);
  cr_expect_eq(string->end_line, 3);
  done(lexed);
}

Test(lexer, indentation_errors) {
  expect_error("if a:\n\tb\n        c\n", DIAG_TAB,
               "inconsistent use of tabs and spaces in indentation");
  expect_error("if a:\n    b\n  c\n", DIAG_INDENTATION,
               "unindent does not match any outer indentation level");
}

Test(lexer, literal_errors) {
  expect_error("1__0", DIAG_SYNTAX, "invalid decimal literal");
  expect_error("0xg", DIAG_SYNTAX, "invalid hexadecimal literal");
  expect_error("0b12", DIAG_SYNTAX, "invalid digit '2' in binary literal");
  expect_error("0777", DIAG_SYNTAX,
               "leading zeros in decimal integer literals are not permitted; use an 0o prefix for "
               "octal integers");
  expect_error("2j", DIAG_SYNTAX, "complex numbers are left out of Coro");
  expect_error("'abc\n", DIAG_SYNTAX, "unterminated string literal (detected at line 1)");
  expect_error("a €", DIAG_SYNTAX, "invalid character '€' (U+20AC)");
  expect_error("a\xC2\xA0= 1", DIAG_SYNTAX, "invalid non-printable character U+00A0");
}

Test(lexer, bracket_errors) {
  expect_error("(a]", DIAG_SYNTAX,
               "closing parenthesis ']' does not match opening parenthesis '('");
  expect_error("(\na]", DIAG_SYNTAX,
               "closing parenthesis ']' does not match opening parenthesis '(' on line 1");
  expect_error("a)", DIAG_SYNTAX, "unmatched ')'");
}

Test(lexer, encoding_errors) {
  expect_error("a = '\xE9'\n", DIAG_SYNTAX, "source is not UTF-8: it has the byte '\\xe9' here");
  expect_error("# -*- coding: latin-1 -*-\n", DIAG_SYNTAX, "Coro reads source in UTF-8 only");
  EXPECT_KINDS("# -*- coding: UTF-8 -*-\na\n", TOKEN_NAME, TOKEN_NEWLINE, TOKEN_END);
}

Test(lexer, unfinished_is_not_wrong) {
  static const char *const texts[] = {"(a,\n", "'''a\n", "a = \\\n", "[1, {2: (\n"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    Lexed lexed = lex(texts[i]);
    cr_expect_not_null(lexed.result.error, "%s", texts[i]);
    cr_expect(lexed.result.incomplete, "%s", texts[i]);
    done(lexed);
  }
}
