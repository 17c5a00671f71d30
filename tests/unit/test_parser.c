// test_parser.c: trees, spans, messages, and the difference between unfinished and wrong.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "parse.h"

typedef struct Parsed {
  Arena *arena;
  Source *source;
  DiagList diags;
  ParseResult result;
} Parsed;

static Parsed *parse_text(const char *text, size_t length, ParseMode mode) {
  Parsed *parsed = calloc(1, sizeof *parsed);
  parsed->arena = arena_new();
  parsed->source = source_new("test", text, length);
  diag_list_init(&parsed->diags, parsed->arena);
  parsed->result = parse_module(parsed->arena, parsed->source, mode, &parsed->diags);
  return parsed;
}

static void done(Parsed *parsed) {
  source_free(parsed->source);
  arena_free(parsed->arena);
  free(parsed);
}

static void expect_tree_with(const char *text, const char *tree, bool spans) {
  Parsed *parsed = parse_text(text, strlen(text), PARSE_FILE);
  const Diag *error = diag_first_error(&parsed->diags);
  cr_assert_eq(parsed->result.status, PARSE_OK, "%s: %s", text, error ? error->message : "");
  char *dump = NULL;
  size_t size = 0;
  FILE *file = open_memstream(&dump, &size);
  ast_dump(file, parsed->result.module, spans);
  fclose(file);
  cr_expect_str_eq(dump, tree);
  free(dump);
  done(parsed);
}

static void expect_tree(const char *text, const char *tree) { expect_tree_with(text, tree, false); }

static void expect_ok(const char *text) {
  Parsed *parsed = parse_text(text, strlen(text), PARSE_FILE);
  const Diag *error = diag_first_error(&parsed->diags);
  cr_expect_eq(parsed->result.status, PARSE_OK, "%s: %s", text, error ? error->message : "");
  done(parsed);
}

static void expect_error(const char *text, const char *message) {
  Parsed *parsed = parse_text(text, strlen(text), PARSE_FILE);
  const Diag *error = diag_first_error(&parsed->diags);
  cr_assert_not_null(error, "%s", text);
  cr_expect_neq(parsed->result.status, PARSE_OK);
  cr_expect_eq(parsed->diags.count, 1);
  cr_expect_str_eq(error->message, message, "%s: %s", text, error->message);
  done(parsed);
}

static void expect_status(const char *text, ParseStatus status) {
  Parsed *parsed = parse_text(text, strlen(text), PARSE_INTERACTIVE);
  cr_expect_eq(parsed->result.status, status, "%s: %d", text, parsed->result.status);
  done(parsed);
}

// `head`, then `unit` many times, then `tail`.
static ParseStatus parse_repeated(const char *head, const char *unit, int times, const char *tail) {
  char *text = NULL;
  size_t size = 0;
  FILE *file = open_memstream(&text, &size);
  fputs(head, file);
  for (int i = 0; i < times; i++) fputs(unit, file);
  fputs(tail, file);
  fclose(file);
  Parsed *parsed = parse_text(text, size, PARSE_FILE);
  ParseStatus status = parsed->result.status;
  cr_expect_eq(parsed->diags.count, status == PARSE_OK ? 0 : 1);
  done(parsed);
  free(text);
  return status;
}

Test(parser, operators_bind_as_in_python) {
  expect_tree("-a ** -b * c",
              "(Expr (BinOp (UnaryOp - (BinOp (Name a load) ** (UnaryOp - (Name b load)))) * "
              "(Name c load)))\n");
  expect_tree("not a in b or c",
              "(Expr (BoolOp or [ (UnaryOp not (Compare (Name a load) in (Name b load))) "
              "(Name c load) ]))\n");
  expect_tree("a < b is not c",
              "(Expr (Compare (Name a load) < (Name b load) is not (Name c load)))\n");
  expect_tree("(a < b) < c",
              "(Expr (Compare (Compare (Name a load) < (Name b load)) < (Name c load)))\n");
  expect_tree("await a ** b", "(Expr (BinOp (Await (Name a load)) ** (Name b load)))\n");
}

Test(parser, chains_of_one_operator_are_one_node) {
  expect_tree("a or b or c", "(Expr (BoolOp or [ (Name a load) (Name b load) (Name c load) ]))\n");
  expect_tree("(a or b) or c",
              "(Expr (BoolOp or [ (BoolOp or [ (Name a load) (Name b load) ]) (Name c load) ]))\n");
}

Test(parser, targets_are_stored_to) {
  expect_tree("a, *b = c = d",
              "(Assign [ (Tuple [ (Name a store) (Starred (Name b store) store) ] store) "
              "(Name c store) ] (Name d load))\n");
  expect_tree("a.b[c] += 1",
              "(AugAssign (Subscript (Attribute (Name a load) b load) (Name c load) store) + "
              "(Constant 1))\n");
  expect_tree("del a, b.c", "(Delete [ (Name a del) (Attribute (Name b load) c del) ])\n");
  expect_tree("(a): int", "(AnnAssign (Name a store) (Name int load) - 0)\n");
}

Test(parser, parameters_of_every_kind) {
  expect_tree("lambda a, /, b=1, *c, d, e=2, **f: 0",
              "(Expr (Lambda (arguments [ (arg a -) ] [ (arg b -) ] (arg c -) [ (arg d -) "
              "(arg e -) ] [ - (Constant 2) ] (arg f -) [ (Constant 1) ]) (Constant 0)))\n");
}

Test(parser, with_takes_items_in_parentheses) {
  expect_tree("with (a as b, c): pass",
              "(With (item (Name a load) (Name b store)) (item (Name c load) -)\n  (Pass))\n");
  expect_tree("with (a, b): pass",
              "(With (item (Name a load) -) (item (Name b load) -)\n  (Pass))\n");
  expect_tree("with (a, b) as c: pass",
              "(With (item (Tuple [ (Name a load) (Name b load) ] load) (Name c store))\n"
              "  (Pass))\n");
  expect_error("x = (a as b)\n", "invalid syntax");
}

Test(parser, elif_nests) {
  expect_tree("if a: b\nelif c: d\nelse: e\n",
              "(If (Name a load)\n  (Expr (Name b load))\n(elif (Name c load)\n"
              "  (Expr (Name d load))\n  else\n  (Expr (Name e load))))\n");
}

Test(parser, strings_join_and_unescape) {
  expect_tree("'a\\x41' \"\\u00e9\" r'\\n'", "(Expr (Constant s\"aA\\xc3\\xa9\\x5cn\"))\n");
  expect_tree("'\\ud800'", "(Expr (Constant s\"\\xed\\xa0\\x80\"))\n");
  expect_tree("b'a\\377' b''", "(Expr (Constant b\"a\\xff\"))\n");
  expect_tree("'a\\\nb'", "(Expr (Constant s\"ab\"))\n");
}

Test(parser, f_strings) {
  expect_tree(
      "f'a{b!r:>{c}}' 'd'",
      "(Expr (JoinedStr [ (Constant s\"a\") (FormattedValue (Name b load) 114 (JoinedStr "
      "[ (Constant s\">\") (FormattedValue (Name c load) -1 -) ])) (Constant s\"d\") ]))\n");
  expect_tree("f'{a = }'",
              "(Expr (JoinedStr [ (Constant s\"a = \") (FormattedValue (Name a load) 114 -) ]))\n");
  expect_tree("f'{{}}'", "(Expr (JoinedStr [ (Constant s\"{}\") ]))\n");
  expect_ok("f'{a[\"b\"]} {c != d} {(lambda x: 1)} {x:{y}.{z}}'");
}

Test(parser, spans_are_those_of_cpython) {
  expect_tree_with("(a) + b",
                   "(Expr@1:0-1:7 (BinOp@1:0-1:7 (Name@1:1-1:2 a load) + (Name@1:6-1:7 b load)))\n",
                   true);
  expect_tree_with("f(x for x in y)",
                   "(Expr@1:0-1:15 (Call@1:0-1:15 (Name@1:0-1:1 f load) [ (GeneratorExp@1:1-1:15 "
                   "(Name@1:2-1:3 x load) (for (Name@1:8-1:9 x store) (Name@1:13-1:14 y load) "
                   "[ ])) ] [ ]))\n",
                   true);
  expect_tree_with("if a:\n  b;\nc\n",
                   "(If@1:0-2:4 (Name@1:3-1:4 a load)\n  (Expr@2:2-2:3 (Name@2:2-2:3 b load)))\n"
                   "(Expr@3:0-3:1 (Name@3:0-3:1 c load))\n",
                   true);
}

Test(parser, f_string_fields_have_places_in_the_file) {
  expect_tree_with("x = f'é{abc}'",
                   "(Assign@1:0-1:14 [ (Name@1:0-1:1 x store) ] (JoinedStr@1:4-1:14 "
                   "[ (Constant@1:4-1:14 s\"\\xc3\\xa9\") (FormattedValue@1:8-1:13 "
                   "(Name@1:9-1:12 abc load) -1 -) ]))\n",
                   true);
}

Test(parser, names_are_interned_after_nfkc) {
  const char *text = "\xEF\xBD\x81 = a\n";  // a full-width a
  Parsed *parsed = parse_text(text, strlen(text), PARSE_FILE);
  cr_assert_eq(parsed->result.status, PARSE_OK);
  Stmt *assign = parsed->result.module->body.items[0];
  cr_expect_eq(assign->as.assign.targets.items[0]->as.name.id.data,
               assign->as.assign.value->as.name.id.data);
  done(parsed);
}

Test(parser, the_rest_of_the_syntax) {
  expect_ok("import a.b as c, d\nfrom .. import (e, f as g,)\nfrom ...h.i import *\n");
  expect_ok(
      "@a.b[0](c)\n@(lambda f: f)\nasync def d(self, *, e: int = 1) -> 'f': return await g\n");
  expect_ok("class A(B, *C, metaclass=D, **E):\n  x: int = 1\n  y: str\n");
  expect_ok("try:\n  a\nexcept* B as c:\n  d\nelse:\n  e\nfinally:\n  f\n");
  expect_ok("async def f():\n  async for a, b in c: pass\n  async with d as e, g: yield\n");
  expect_ok("x = [*a, b, *c]; y = {**d, e: f}; z = {*g, h}; w = a[b:c, ::d, ...]\n");
  expect_ok("while (a := b()): break\nelse: continue\n");
  expect_ok("[a async for b in c if d if e for f in g]; {a: b for c in d}; {a for b in c}\n");
  expect_ok("print(*a, sep='', **b); x = yield; y = yield from z; return *a, b\n");
  expect_ok("match = case = type = _ = 1\nmatch(x); print(match[0])\n");
  expect_ok("global a, b; nonlocal c; assert d, e; raise f from g; del (h), [i]\n");
}

Test(parser, targets_that_cannot_be) {
  expect_error("f() = 1",
               "cannot assign to function call here. Maybe you meant '==' instead of '='?");
  expect_error("1 = x", "cannot assign to literal here. Maybe you meant '==' instead of '='?");
  expect_error("None = 1", "cannot assign to None");
  expect_error("(a, 1) = b", "cannot assign to literal");
  expect_error("a, b += 1", "'tuple' is an illegal expression for augmented assignment");
  expect_error("del f()", "cannot delete function call");
  expect_error("for f() in x: pass", "cannot assign to function call");
  expect_error("*a = b", "starred assignment target must be in a list or tuple");
  expect_error("*a, *b = c", "multiple starred expressions in assignment");
  expect_error("x = *a", "can't use starred expression here");
  expect_error("(a.b := 1)", "cannot use assignment expressions with attribute");
  expect_error("if x = 1: pass", "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
}

Test(parser, arguments_and_parameters_out_of_order) {
  expect_error("f(a=1, b)", "positional argument follows keyword argument");
  expect_error("f(**a, *b)", "iterable argument unpacking follows keyword argument unpacking");
  expect_error("f(a=1, a=2)", "keyword argument repeated: a");
  expect_error("f(x for x in y, 1)", "Generator expression must be parenthesized");
  expect_error("f(a.b=1)", "expression cannot contain assignment, perhaps you meant \"==\"?");
  expect_error("def f(a=1, b): pass", "non-default argument follows default argument");
  expect_error("def f(a, a): pass", "duplicate argument 'a' in function definition");
  expect_error("def f(*): pass", "named arguments must follow bare *");
  expect_error("def f(a, (b, c)): pass", "Function parameters cannot be parenthesized");
}

Test(parser, helpful_words) {
  expect_error("print x", "Missing parentheses in call to 'print'. Did you mean print(...)?");
  expect_error("f(a b)", "invalid syntax. Perhaps you forgot a comma?");
  expect_error("if a\n  b\n", "expected ':'");
  expect_error("x = (a if b)", "expected 'else' after 'if' expression");
  expect_error("if a:\nb\n", "expected an indented block after 'if' statement on line 1");
  expect_error("a\n  b\n", "unexpected indent");
  expect_error("x = [1,\ny = 2\n", "'[' was never closed");
  expect_error("match x:\n  case 1: pass\n", "the match statement is left out of Coro");
  expect_error("try:\n  a\nb\n", "expected 'except' or 'finally' block");
  expect_error("'a' b'b'", "cannot mix bytes and nonbytes literals");
  expect_error("f'{a b}'", "f-string: invalid syntax. Perhaps you forgot a comma?");
  expect_error("f'{}'", "f-string: empty expression not allowed");
  expect_error("'\\N{DASH}'", "\\N{...} escapes are left out of Coro; write \\u with the number");
  expect_error("a <> b", "invalid syntax");
}

Test(parser, unfinished_is_told_from_wrong) {
  expect_status("a = 1\n", PARSE_OK);
  expect_status("", PARSE_OK);
  expect_status("if a:\n", PARSE_INCOMPLETE);
  expect_status("if a:\n  b\n", PARSE_INCOMPLETE);
  expect_status("if a:\n  b\n\n", PARSE_OK);
  expect_status("f(1,\n", PARSE_INCOMPLETE);
  expect_status("'''a\n", PARSE_INCOMPLETE);
  expect_status("a = \\\n", PARSE_INCOMPLETE);
  expect_status("@a\n", PARSE_INCOMPLETE);
  expect_status("try:\n  a\n", PARSE_INCOMPLETE);
  expect_status("class A:\n  def f(self):\n", PARSE_INCOMPLETE);
  expect_status("a =\n", PARSE_ERROR);
  expect_status("if a:\nb\n", PARSE_ERROR);
  expect_status("f(1 2\n", PARSE_ERROR);
  expect_status("'a\n", PARSE_ERROR);
}

Test(parser, long_and_deep_sources) {
  cr_expect_eq(parse_repeated("x = [", "1,", 200000, "]"), PARSE_OK);
  cr_expect_eq(parse_repeated("x = a", " or a", 50000, ""), PARSE_OK);
  cr_expect_eq(parse_repeated("if a: b\n", "elif c: d\n", 5000, ""), PARSE_OK);
  cr_expect_eq(parse_repeated("x = ", "(", 150, "a)"), PARSE_INCOMPLETE);
  cr_expect_eq(parse_repeated("x = a", "+a", AST_DEPTH_MAX - 1, ""), PARSE_OK);
  cr_expect_eq(parse_repeated("x = a", "+a", AST_DEPTH_MAX, ""), PARSE_ERROR);
  cr_expect_eq(parse_repeated("x = ", "-", 100000, "1"), PARSE_ERROR);
  cr_expect_eq(parse_repeated("x = ", "(", 201, ""), PARSE_ERROR);
}
