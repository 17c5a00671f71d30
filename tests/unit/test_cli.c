// test_cli.c: the command line as a user meets it.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "options.h"
#include "support.h"

static Outcome run(const RunOptions *options, const char *a, const char *b, const char *c) {
  const char *argv[5] = {support_binary(), a, a == NULL ? NULL : b, b == NULL ? NULL : c, NULL};
  return support_run(argv, options);
}

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  cr_assert(file != NULL);
  fputs(text, file);
  fclose(file);
}

#define EXPECT(outcome, text, code)                                                 \
  do {                                                                              \
    cr_expect_str_eq((outcome).out.data, text);                                     \
    cr_expect((outcome).status == (code), "status %d, stderr %s", (outcome).status, \
              (outcome).err.data);                                                  \
    support_free(&(outcome));                                                       \
  } while (0)

Test(cli, runs_a_file_with_arguments) {
  write_file("/tmp/coro-cli-args.coro", "import sys\nprint(sys.argv[1:], __name__)\n");
  Outcome o = run(NULL, "/tmp/coro-cli-args.coro", "x", "-y");
  EXPECT(o, "['x', '-y'] __main__\n", 0);
  o = run(NULL, "run", "/tmp/coro-cli-args.coro", "z");
  EXPECT(o, "['z'] __main__\n", 0);
}

Test(cli, runs_code) {
  Outcome o = run(NULL, "-c", "print(1 + 2)", NULL);
  EXPECT(o, "3\n", 0);
}

Test(cli, runs_standard_input) {
  RunOptions options = {.input = "import asyncio\nprint(await asyncio.sleep(0, 'hi'))\n"};
  Outcome o = run(&options, "-", NULL, NULL);
  EXPECT(o, "hi\n", 0);
  o = run(&options, NULL, NULL, NULL);
  EXPECT(o, "hi\n", 0);
}

Test(cli, takes_a_shebang_line) {
  write_file("/tmp/coro-cli-shebang.coro", "#!/usr/bin/env coro\nprint('ran')\n");
  Outcome o = run(NULL, "/tmp/coro-cli-shebang.coro", NULL, NULL);
  EXPECT(o, "ran\n", 0);
}

Test(cli, tells_version_and_help) {
  Outcome o = run(NULL, "--version", NULL, NULL);
  cr_expect(strncmp(o.out.data, "Coro ", 5) == 0, "%s", o.out.data);
  cr_expect(o.status == 0);
  support_free(&o);
  o = run(NULL, "--help", NULL, NULL);
  cr_expect(strstr(o.out.data, "FILE [argument") != NULL, "%s", o.out.data);
  cr_expect(o.status == 0);
  support_free(&o);
}

// Every word of the tables stands in the help, in the completions and in the manual page.
Test(cli, no_option_is_left_out) {
  Outcome help = run(NULL, "--help", NULL, NULL), bash = run(NULL, "completions", "bash", NULL),
          zsh = run(NULL, "completions", "zsh", NULL),
          fish = run(NULL, "completions", "fish", NULL);
  Buffer manual = support_read("scripts/dist/coro.1");
  cr_assert(manual.data != NULL);
  for (const CommandRow *row = command_rows + 1; row->word != NULL; row++) {
    char word[64];
    snprintf(word, sizeof word, "\n  %s", row->word);
    cr_expect(strstr(help.out.data, word) != NULL, "%s", row->word);
    snprintf(word, sizeof word, "\n.B %s", row->word);
    cr_expect(strstr(manual.data, word) != NULL, "the manual page lacks %s", row->word);
    snprintf(word, sizeof word, "    %s) options=", row->word);
    cr_expect(strstr(bash.out.data, word) != NULL, "%s", row->word);
    Outcome own = run(NULL, row->word, "--help", NULL);
    snprintf(word, sizeof word, "usage: coro %s", row->word);
    cr_expect(own.status == 0 && strstr(own.out.data, word) == own.out.data, "%s", own.err.data);
    support_free(&own);
  }
  for (const OptionRow *row = option_rows; row->word != NULL; row++) {
    char word[64] = "", *end = word;
    for (const char *at = row->word; *at != '\0'; at++) {
      if (*at == '-') *end++ = '\\';
      *end++ = *at;
    }
    *end = '\0';
    cr_expect(strstr(manual.data, word) != NULL, "the manual page lacks %s", row->word);
    cr_expect(strstr(zsh.out.data, row->word) != NULL, "%s", row->word);
    snprintf(word, sizeof word, " -%c %s ", row->word[1] == '-' ? 'l' : 's',
             row->word + 1 + (row->word[1] == '-'));
    cr_expect(strstr(fish.out.data, word) != NULL, "%s", row->word);
  }
  free(manual.data);
  support_free(&help);
  support_free(&bash);
  support_free(&zsh);
  support_free(&fish);
}

static void expect_completed(const char *words, const char *completed) {
  char script[512];
  snprintf(script, sizeof script,
           "source <(\"$0\" completions bash); COMP_WORDS=(coro %s); "
           "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); cd tutorial; _coro; echo \"${COMPREPLY[*]}\"",
           words);
  const char *argv[] = {"/bin/bash", "-c", script, support_binary(), NULL};
  Outcome o = support_run(argv, NULL);
  cr_expect_str_eq(o.out.data, completed, "coro %s: %s%s", words, o.out.data, o.err.data);
  support_free(&o);
}

Test(cli, words_are_completed_in_bash) {
  expect_completed("adv", "advise\n");
  expect_completed("--col", "--color\n");
  expect_completed("--color = al", "always\n");
  expect_completed("--color never expl", "explain explore\n");
  expect_completed("trace --fo", "--format --follow\n");
  expect_completed("trace --format ch", "chrome\n");
  expect_completed("trace x.coro WRI", "WRITING.md\n");
  expect_completed("completions ''", "bash zsh fish\n");
  expect_completed("explain C00", "C001 C002 C003 C004 C005 C006 C007 C008 C009\n");
  expect_completed("--seed 3 x.coro 01-h", "01-hello\n");
}

Test(cli, wrong_words_are_told_of) {
  static const char *const cases[][3] = {
      {"--color=red", "x.coro", "coro: '--color' takes auto, always or never\n"},
      {"trace", "--width=3", "coro: '--width' needs a number from 20 to 1000\n"},
      {"explore", "--seeds=0", "coro: '--seeds' needs a number from 1 to 1000000\n"},
      {"--max-memory", "1K",
       "coro: '--max-memory' needs a number of bytes, such as 64M, and 4M at"},
      {"--max-steps", "0", "coro: '--max-steps' needs a number from 1\n"},
      {"--timeout", "soon", "coro: '--timeout' needs a number of seconds\n"},
      {"--strict=yes", "x.coro", "coro: '--strict' takes no value\n"},
      {"check", NULL, "coro: 'check' needs a file\nusage: coro check [option ...] FILE\n"},
      {"ps", NULL, "coro: 'ps' needs the number of a process\n"},
      {"viz", "x.coro", "coro: 'viz' needs -o and the page's file\n"},
      {"repl", "x.coro", "coro: 'repl' takes no file; 'coro -i x.coro' runs one first\n"},
      {"completions", "tcsh", "coro: 'tcsh' is none of bash, zsh and fish\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    Outcome o = run(NULL, cases[i][0], cases[i][1], NULL);
    cr_expect(strstr(o.err.data, cases[i][2]) == o.err.data, "%s", o.err.data);
    EXPECT(o, "", 2);
  }
}

Test(cli, the_lessons_know_their_options) {
  for (const OptionRow *row = option_rows; row->word != NULL; row++) {
    if (row->of != 1u << COMMAND_LEARN) continue;
    const char *argv[] = {support_binary(), "learn", row->word, "en", "--frob", NULL};
    Outcome o = support_run(argv, NULL);
    cr_expect_str_eq(o.err.data, "coro learn: unknown option '--frob'\nTry 'coro learn --help'.\n");
    support_free(&o);
  }
}

Test(cli, shows_the_library) {
  Outcome o = run(NULL, "show", "asyncio.Event.is_set", NULL);
  EXPECT(o, "    def is_set(self):\n        return self._value\n", 0);
  o = run(NULL, "show", "queue", NULL);
  cr_expect(strncmp(o.out.data, "# queue: ", 9) == 0, "%s", o.out.data);
  cr_expect(o.status == 0);
  support_free(&o);
  o = run(NULL, "show", "asyncio.sleep", NULL);
  cr_expect_str_eq(o.err.data, "coro: asyncio.sleep is written in C\n");
  EXPECT(o, "", 1);
  o = run(NULL, "show", "threading.Thread.name", NULL);
  EXPECT(o, "    @property\n    def name(self):\n        return self._name\n", 0);
  o = run(NULL, "show", "Lock", NULL);
  cr_expect(strncmp(o.out.data, "class Lock(", 11) == 0, "%s", o.out.data);
  cr_expect(o.status == 0);
  support_free(&o);
  o = run(NULL, "show", "math.pi", NULL);
  cr_expect_str_eq(o.err.data, "coro: math.pi is a value: 3.141592653589793\n");
  EXPECT(o, "", 1);
  o = run(NULL, "show", "nothing.of_the_kind", NULL);
  cr_expect_str_eq(o.err.data, "coro: the library has no nothing.of_the_kind\n");
  EXPECT(o, "", 1);
}

Test(cli, exits_as_cpython_does) {
  Outcome o = run(NULL, "-c", "1/0", NULL);
  cr_expect(strstr(o.err.data, "ZeroDivisionError: division by zero") != NULL, "%s", o.err.data);
  EXPECT(o, "", 1);
  o = run(NULL, "-c", "print(", NULL);
  cr_expect(strstr(o.err.data, "SyntaxError") != NULL, "%s", o.err.data);
  EXPECT(o, "", 1);
  o = run(NULL, "-c", "import sys; print('a'); sys.exit(7)", NULL);
  EXPECT(o, "a\n", 7);
  o = run(NULL, "-c", "import sys; sys.exit('words')", NULL);
  cr_expect_str_eq(o.err.data, "words\n");
  EXPECT(o, "", 1);
  o = run(NULL, "--no-such-option", NULL, NULL);
  cr_expect(o.err.length > 0);
  EXPECT(o, "", 2);
  o = run(NULL, "/nonexistent/x.coro", NULL, NULL);
  cr_expect(strstr(o.err.data, "No such file or directory") != NULL, "%s", o.err.data);
  EXPECT(o, "", 2);
}

Test(cli, an_interrupt_in_a_long_native_call_is_not_lost) {
  const char *argv[] = {support_binary(), "-c", "import math; math.factorial(300000)", NULL};
  RunOptions options = {.interrupt_after_ms = 150};
  Outcome outcome = support_run(argv, &options);
  cr_expect(outcome.status == 130, "status %d", outcome.status);
  cr_expect(strstr(outcome.err.data, "KeyboardInterrupt") != NULL, "%s", outcome.err.data);
  support_free(&outcome);
}

// A sort that is interrupted leaves the list as it was; one that is not has sorted it by then.
Test(cli, an_interrupt_ends_a_long_sort) {
  static const char program[] =
      "import random\n"
      "x = [2, 1]\n"
      "try:\n"
      "  x = [random.random() for _ in range(3_000_000)]\n"
      "  print('on', flush=True)\n"
      "  x.sort()\n"
      "  x = [2, 1]\n"
      "except KeyboardInterrupt:\n"
      "  pass\n"
      "print(all(x[i - 1] <= x[i] for i in range(1, len(x), 1000)))\n";
  const char *argv[] = {support_binary(), "-c", program, NULL};
  RunOptions options = {.interrupt_after_ms = 900};
  Outcome o = support_run(argv, &options);
  cr_expect(strstr(o.out.data, "False\n") != NULL, "%s%s", o.out.data, o.err.data);
  support_free(&o);
}

Test(cli, interrupt_runs_finally, .timeout = 70) {
  RunOptions options = {.interrupt_after_ms = 700};
  Outcome o = run(&options, "-c",
                  "print('on', flush=True)\n"
                  "try:\n  while True: pass\nfinally: print('finally')\n",
                  NULL);
  cr_expect(strstr(o.err.data, "KeyboardInterrupt") != NULL, "%s", o.err.data);
  EXPECT(o, "on\nfinally\n", 130);
  o = run(&options, "-c",
          "import asyncio\nasync def main():\n"
          "  try: await asyncio.sleep(50)\n  finally: print('finally')\n"
          "asyncio.run(main())\n",
          NULL);
  EXPECT(o, "finally\n", 130);
}

Test(cli, closed_pipe_ends_quietly) {
  RunOptions options = {.close_output = true};
  Outcome o = run(&options, "-c", "for i in range(100000): print(i)", NULL);
  cr_expect_str_eq(o.err.data, "");
  cr_expect(o.status != 0);
  support_free(&o);
}

Test(cli, full_disk_is_reported) {
  RunOptions options = {.output_file = "/dev/full"};
  Outcome o = run(&options, "-c", "print('x')", NULL);
  cr_expect(strstr(o.err.data, "No space left on device") != NULL, "%s", o.err.data);
  cr_expect(o.status != 0);
  support_free(&o);
}

Test(cli, disassembles) {
  write_file("/tmp/coro-cli-dis.coro", "async def f(x):\n    return await g(x + 1)\n");
  Outcome o = run(NULL, "dis", "/tmp/coro-cli-dis.coro", NULL);
  cr_expect(strstr(o.out.data, "ADD_K") != NULL && strstr(o.out.data, "AWAIT") != NULL, "%s",
            o.out.data);
  cr_expect(o.status == 0);
  support_free(&o);
}

// ---- coro repl without a terminal: no prompts, no escape codes, the same rules for blocks

static Outcome run_session(const char *input) {
  RunOptions options = {.input = input};
  return run(&options, "repl", NULL, NULL);
}

Test(session, runs_what_is_piped_into_it_line_by_line) {
  Outcome o = run_session(
      "x = 20\n"
      "x + 1\n"
      "_ * 2\n"
      "async def later():\n"
      "    await sleep(0.01)\n"
      "\n"  // ends the block
      "    return x\n"
      "for i in range(2):\n"
      "    if i:\n"
      "        print('one')\n"
      "    else: print('zero')\n"
      "\n"
      "await later()\n"
      "text = '''a\n"
      "\n"
      "b'''\n"
      "text\n"
      "[1,\n"
      "2]");
  cr_expect(strstr(o.err.data, "IndentationError: unexpected indent") != NULL, "%s", o.err.data);
  EXPECT(o, "21\n42\nzero\none\n'a\\n\\nb'\n[1, 2]\n", 0);
}

Test(session, keeps_to_its_sandbox) {
  RunOptions options = {.input = "1 + 1\n:save /tmp/coro-sandbox-typed\n:load /etc/passwd\n"};
  Outcome o = run(&options, "--sandbox", "repl", NULL);
  EXPECT(
      o,
      "2\n"
      "Cannot write '/tmp/coro-sandbox-typed': there are no files in a sandbox (coro --sandbox).\n"
      "Cannot read '/etc/passwd': there are no files in a sandbox (coro --sandbox).\n",
      0);
}

Test(session, goes_on_after_errors) {
  Outcome o = run_session("1 / 0\nundefined\nx = = 2\nraise SystemError('s')\n'on'\n");
  cr_expect(strstr(o.err.data, "ZeroDivisionError: division by zero") != NULL);
  cr_expect(strstr(o.err.data, "NameError: name 'undefined' is not defined") != NULL);
  cr_expect(strstr(o.err.data, "SyntaxError: invalid syntax") != NULL);
  cr_expect(strstr(o.err.data, "SystemError: s") != NULL);
  EXPECT(o, "'on'\n", 0);
}

Test(session, ends_as_the_program_says) {
  Outcome o = run_session("print('a')\nexit(7)\nprint('b')\n");
  EXPECT(o, "a\n", 7);
  o = run_session("import sys\nsys.exit('so be it')\n");
  cr_expect_str_eq(o.err.data, "so be it\n");
  EXPECT(o, "", 1);
}

Test(session, gives_the_program_the_lines_that_it_asks_for) {
  const char *argv[] = {"/bin/sh", "-c",
                        "printf 'name = input()\\nAda\\nname\\nawait sleep(0)\\n' | \"$0\" repl",
                        support_binary(), NULL};
  Outcome o = support_run(argv, NULL);
  EXPECT(o, "'Ada'\n", 0);
}

Test(session, takes_bytes_that_are_no_text) {
  Outcome o = run_session("x = '\xff\xfe'\n\x01\x02\n'on'\n");
  cr_expect(strstr(o.err.data, "SyntaxError") != NULL, "%s", o.err.data);
  EXPECT(o, "'on'\n", 0);
}

Test(session, says_that_its_output_cannot_be_written) {
  RunOptions options = {.input = "1\n2\n", .output_file = "/dev/full"};
  Outcome o = run(&options, "repl", NULL, NULL);
  cr_expect(strstr(o.err.data, "Traceback") == NULL, "%s", o.err.data);
  cr_expect(
      strstr(o.err.data, "coro: cannot write to standard output: No space left on device") != NULL,
      "%s", o.err.data);
  cr_expect_eq(o.status, 1);
  support_free(&o);
}

Test(session, tells_of_a_failed_task_once) {
  Outcome o = run_session(
      "async def bad():\n"
      "    raise KeyError('k')\n"
      "\n"
      "t = create_task(bad())\n"
      "await sleep(0.01)\n"
      "1\n"
      "2\n");
  const char *first = strstr(o.err.data, "C007: Task-2 (bad) failed");
  cr_expect(first != NULL && strstr(first + 1, "C007") == NULL, "%s", o.err.data);
  EXPECT(o, "1\n2\n", 0);
}

Test(session, runs_a_file_first) {
  write_file("/tmp/coro-cli-first.coro", "import sys\nvalue = sys.argv[1:]\n");
  RunOptions options = {.input = "value\n"};
  Outcome o = run(&options, "-i", "/tmp/coro-cli-first.coro", "word");
  EXPECT(o, "['word']\n", 0);
  o = run(NULL, "-i", NULL, NULL);
  cr_expect(strstr(o.err.data, "'-i' needs a file") != NULL);
  EXPECT(o, "", 2);
}

Test(session, reads_many_lines_and_a_long_one) {
  Buffer input = {0};
  for (int i = 0; i < 2000; i++) {
    char line[64];
    int length = snprintf(line, sizeof line, "x%d = %d\n", i, i);
    support_append(&input, line, (size_t)length);
  }
  support_append(&input, "x1999\ny = '", 11);
  for (int i = 0; i < 200000; i++) support_append(&input, "a", 1);
  support_append(&input, "'\nlen(y)\n", 9);
  Outcome o = run_session(input.data);
  free(input.data);
  EXPECT(o, "1999\n200000\n", 0);
}

// ---- coro ps

Test(ps, shows_what_the_tasks_of_a_running_program_wait_for) {
  write_file("/tmp/coro-cli-ps.coro",
             "import asyncio\n"
             "async def worker(lock):\n"
             "    async with lock:\n"
             "        print('ready', flush=True)\n"
             "        await asyncio.Event().wait()\n"
             "async def main():\n"
             "    lock = asyncio.Lock()\n"
             "    try:\n"
             "        async with asyncio.timeout(3):\n"
             "            await asyncio.gather(worker(lock), worker(lock))\n"
             "    except TimeoutError:\n"
             "        print('it went on')\n"
             "asyncio.run(main())\n");
  static const char script[] =
      "\"$0\" /tmp/coro-cli-ps.coro > /tmp/coro-cli-ps.out & "
      "until grep -qs ready /tmp/coro-cli-ps.out; do sleep 0.05; done; "
      "\"$0\" ps $!; wait $!; cat /tmp/coro-cli-ps.out; rm /tmp/coro-cli-ps.out";
  const char *argv[] = {"/bin/sh", "-c", script, support_binary(), NULL};
  Outcome o = support_run(argv, NULL);
  const char *tree =
      "MainThread: its loop waits\n"
      "  loop: 3 tasks, 0 ready, 1 timer\n"
      "  Task-1 (main) waits for asyncio.gather(…) at /tmp/coro-cli-ps.coro:10\n"
      "    Task-2 (worker) waits for asyncio.Event().wait() at /tmp/coro-cli-ps.coro:5\n"
      "    Task-3 (worker) waits for lock at /tmp/coro-cli-ps.coro:3\n";
  cr_expect_str_eq(o.err.data, tree);
  EXPECT(o, "ready\nit went on\n", 0);
}

Test(ps, touches_no_other_process) {
  char pid[32];
  snprintf(pid, sizeof pid, "%d", (int)getpid());
  Outcome o = run(NULL, "ps", pid, NULL);
  cr_expect(strstr(o.err.data, "is no program that Coro runs") != NULL, "%s", o.err.data);
  EXPECT(o, "", 1);
  o = run(NULL, "ps", "abc", NULL);
  cr_expect(strstr(o.err.data, "needs the number of a process, not 'abc'") != NULL);
  EXPECT(o, "", 2);
  o = run(NULL, "ps", "99999999", NULL);
  EXPECT(o, "", 1);
}

// ---- standard streams that are closed

Test(cli, does_without_standard_streams) {
  const char *const commands[] = {"\"$0\" repl <&-", "\"$0\" -c 'print(1)' >&-",
                                  "\"$0\" -c 'import sys; sys.stderr.write(\"x\")' 2>&-",
                                  "\"$0\" -c 'open(\"/dev/null\").close()' <&- >&- 2>&-"};
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
    const char *argv[] = {"/bin/sh", "-c", commands[i], support_binary(), NULL};
    Outcome o = support_run(argv, NULL);
    EXPECT(o, "", 0);
  }
}
