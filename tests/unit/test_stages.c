// test_stages.c: what `coro tokens`, `coro ast` and `coro dis` show. Their texts are recorded in
// tests/errors/stages; here, what they show as JSON of many programs is read by a program and
// compared with the source, and the pages that show them (tutorial/) with what is printed.
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

// Each reads JSON from standard input; sys.argv[1] is the file that it is about.
static const char *const checks[][2] = {
    {"tokens",
     "import json, sys\n"
     "shown = json.loads(sys.stdin.read())\n"
     "assert (shown['version'], shown['stage'], shown['file']) == (1, 'tokens', sys.argv[1])\n"
     "lines = open(sys.argv[1]).read().split('\\n')\n"
     "last = (1, 1)\n"
     "for token in shown['tokens']:\n"
     "    start = token['line'], token['column']\n"
     "    assert last <= start, token\n"
     "    last = token['end_line'], token['end_column']\n"
     "    if token['line'] == token['end_line'] and token['name'] != 'NEWLINE':\n"
     "        line = lines[token['line'] - 1]\n"
     "        assert line[token['column'] - 1:token['end_column'] - 1] == token['text'], token\n"
     "assert token['name'] == 'END'\n"},
    {"ast",
     "import json, sys\n"
     "shown = json.loads(sys.stdin.read())\n"
     "assert (shown['version'], shown['stage'], shown['file']) == (1, 'ast', sys.argv[1])\n"
     "lines = open(sys.argv[1]).read().split('\\n')\n"
     "todo, names = [shown['body']], 0\n"
     "while todo:\n"
     "    node = todo.pop()\n"
     "    if isinstance(node, list):\n"
     "        todo.extend(node)\n"
     "    elif isinstance(node, dict):\n"
     "        todo.extend(node.values())\n"
     "        if node['node'] == 'Name':\n"
     "            names += 1\n"
     "            line = lines[node['line'] - 1]\n"
     "            text = line[node['column'] - 1:node['end_column'] - 1]\n"
     "            assert text == node['id'] or not text.isascii(), node  # names are NFKC\n"
     "assert names > 0\n"},
    {"dis",
     "import json, sys\n"
     "shown = json.loads(sys.stdin.read())\n"
     "assert (shown['version'], shown['stage'], shown['file']) == (1, 'dis', sys.argv[1])\n"
     "lines = len(open(sys.argv[1]).read().split('\\n'))\n"
     "for code in shown['codes']:\n"
     "    body = code['instructions']\n"
     "    assert [i['at'] for i in body] == list(range(len(body)))\n"
     "    assert code['locals'][:len(code['parameters'])] == code['parameters']\n"
     "    targets = {i['target'] for i in body} | {e['target'] for e in code['exceptions']}\n"
     "    for i in body:\n"
     "        assert i['arrives'] == (i['at'] in targets) and i['line'] <= lines, i\n"
     "        for operand in i['operands']:\n"
     "            if operand['role'] in ('write', 'read', 'update'):\n"
     "                assert operand['value'] < code['registers'], i\n"
     "    for part in code['exceptions'] + code['handling']:\n"
     "        assert 0 <= part['start'] < part['end'] <= len(body), part\n"},
};

static Outcome run(const RunOptions *options, const char *a, const char *b, const char *c,
                   const char *d) {
  const char *argv[] = {support_binary(), a, b, c, d, NULL};
  return support_run(argv, options);
}

static void expect_checked(const char *json, const char *check, const char *path) {
  RunOptions options = {.input = json};
  Outcome checked = run(&options, "-c", check, path, NULL);
  cr_expect(checked.status == 0, "%s: %s", path, checked.err.data);
  support_free(&checked);
}

ParameterizedTestParameters(stages, json_agrees_with_the_source) {
  return support_programs("scripts/examples", "tests/conformance/syntax");
}

ParameterizedTest(char **path, stages, json_agrees_with_the_source, .timeout = 90) {
  for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
    Outcome shown = run(NULL, checks[i][0], "--json", *path, NULL);
    cr_assert(shown.status == 0, "%s of %s: %s", checks[i][0], *path, shown.err.data);
    expect_checked(shown.out.data, checks[i][1], *path);
    support_free(&shown);
  }
}

Test(stages, the_page_of_opcodes_is_fresh) {
  Buffer page = support_read("tutorial/opcodes.txt");
  Outcome shown = run(NULL, "dis", "--opcodes", NULL, NULL);
  cr_assert(page.data != NULL);
  cr_expect(strcmp(shown.out.data, page.data) == 0,
            "the table has changed: build/coro dis --opcodes > tutorial/opcodes.txt");
  support_free(&shown);
  shown = run(NULL, "dis", "--opcodes", "--json", NULL);
  expect_checked(shown.out.data,
                 "import json, sys\n"
                 "rows = json.loads(sys.stdin.read())['opcodes']\n"
                 "page = open(sys.argv[1]).read()\n"
                 "assert all(row['name'] in page and row['meaning'] in page for row in rows)\n"
                 "assert [row['flags'] for row in rows if row['name'] == 'AWAIT'] == "
                 "[['raises', 'calls', 'suspends']]\n",
                 "tutorial/opcodes.txt");
  support_free(&shown);
  free(page.data);
}

// Every `$ coro …` of the page prints what stands below it.
Test(stages, the_page_shows_what_is_printed) {
  static const char mark[] = "```\n$ coro ";
  Buffer page = support_read("tutorial/stages.md");
  int count = 0;
  char command[512];
  for (const char *at = page.data; (at = strstr(at, mark)) != NULL; count++) {
    at += sizeof mark - 1;
    size_t length = strcspn(at, "\n");
    snprintf(command, sizeof command, "\"$0\" %.*s", (int)length, at);
    at += length + 1;
    const char *argv[] = {"/bin/sh", "-c", command, support_binary(), NULL};
    Outcome shown = support_run(argv, NULL);
    cr_expect(strncmp(at, shown.out.data, shown.out.length) == 0 &&
                  strncmp(at + shown.out.length, "```", 3) == 0,
              "%s prints\n%s%s", command, shown.out.data, shown.err.data);
    at += strcspn(at, "`");
    support_free(&shown);
  }
  cr_expect(count == 3, "%d commands", count);
  free(page.data);
}

Test(stages, show_a_piece_of_text_and_standard_input) {
  RunOptions options = {.input = "x = 1"};
  Outcome text = run(NULL, "ast", "-c", "x = 1", NULL),
          input = run(&options, "ast", "-", NULL, NULL);
  cr_expect_str_eq(text.out.data, "(Assign [ (Name x store) ] (Constant 1))\n");
  cr_expect_str_eq(input.out.data, text.out.data);
  support_free(&text);
  support_free(&input);
  text = run(NULL, "dis", "-c", "return", NULL);
  cr_expect(strncmp(text.err.data, "<string>:1:1: SyntaxError: ", 27) == 0, "%s", text.err.data);
  cr_expect(text.status == 1);
  support_free(&text);
}

static void expect_refused(const char *a, const char *b, const char *c, const char *d,
                           const char *said) {
  Outcome outcome = run(NULL, a, b, c, d);
  cr_expect(outcome.status == 2 && strncmp(outcome.err.data, said, strlen(said)) == 0, "%s",
            outcome.err.data);
  cr_expect_str_eq(outcome.out.data, "");
  support_free(&outcome);
}

Test(stages, wrong_words_are_refused) {
  expect_refused("tokens", NULL, NULL, NULL, "coro: 'tokens' needs a file\n");
  expect_refused("ast", "--opcodes", NULL, NULL, "coro: unknown option '--opcodes'\n");
  expect_refused("dis", "--spans", "a.coro", NULL, "coro: unknown option '--spans'\n");
  expect_refused("dis", "a.coro", "b.coro", NULL, "coro: 'b.coro' is one file too many\n");
  expect_refused("dis", "-c", "1", "a.coro", "coro: 'a.coro' is one file too many\n");
  expect_refused("dis", "a.coro", "--function", NULL, "coro: '--function' needs NAME behind it\n");
  expect_refused("tokens", "-c", NULL, NULL, "coro: '-c' needs CODE behind it\n");
  expect_refused("tokens", "/there/is/none", NULL, NULL,
                 "coro: can't open file '/there/is/none': [Errno 2]");
}
