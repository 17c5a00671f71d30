// test_cli.c: the command line as a user meets it.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
