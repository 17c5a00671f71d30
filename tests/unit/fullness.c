// fullness.c: a disk that is full, streams that are closed, a reader that has gone: each is one
// clear line and no success, or nothing to speak of; never a crash, and never another file's text.
#include <criterion/criterion.h>
#include <string.h>

#include "support.h"

// What a shell says for a command in which $0 is coro: its output, the beginning of its errors, its
// status.
typedef struct {
  const char *command, *out, *err;
  int status;
} Case;

#define FULL "coro: cannot write to standard output: No space left on device\n"
#define EXAMPLE " scripts/examples/concurrency.coro "

static void check(const Case *c) {
  const char *argv[] = {"/bin/sh", "-c", c->command, support_binary(), NULL};
  Outcome o = support_run(argv, NULL);
  cr_expect(
      strcmp(o.out.data, c->out) == 0 && o.status == c->status &&
          (*c->err == '\0' ? o.err.length == 0 : strncmp(o.err.data, c->err, strlen(c->err)) == 0),
      "%s: status %d, output %s, errors %s", c->command, o.status, o.out.data, o.err.data);
  support_free(&o);
}

Test(fullness, no_tool_writes_to_a_full_disk_in_silence) {
  static const Case cases[] = {
      {"\"$0\" -c 'print(1)' > /dev/full", "", FULL, 1},
      {"\"$0\" -c 'import sys; print(1); sys.exit(3)' > /dev/full", "", FULL, 3},
      {"\"$0\" --virtual-time trace" EXAMPLE "> /dev/full", "", FULL, 1},
      {"\"$0\" --virtual-time trace" EXAMPLE "-o /dev/full > /dev/null", "",
       "coro: cannot write to '/dev/full': No space left on device\n", 1},
      {"\"$0\" --virtual-time trace --format chrome" EXAMPLE "-o /dev/full > /dev/null", "",
       "coro: cannot write to '/dev/full': No space left on device\n", 1},
      {"\"$0\" --virtual-time viz" EXAMPLE "-o /dev/full > /dev/null", "",
       "coro: cannot write to '/dev/full': No space left on device\n", 1},
      {"\"$0\" tokens" EXAMPLE "> /dev/full", "", FULL, 1},
      {"\"$0\" ast --json" EXAMPLE "> /dev/full", "", FULL, 1},
      {"\"$0\" dis runtime/lib/_repl.coro > /dev/full", "", FULL, 1},
      {"\"$0\" explain C001 > /dev/full", "", FULL, 1},
      {"\"$0\" show queue > /dev/full", "", FULL, 1},
      {"\"$0\" learn --list > /dev/full", "", FULL, 1},
      {"\"$0\" completions zsh > /dev/full", "", FULL, 1},
      {"\"$0\" --help > /dev/full", "", FULL, 1},
      {"echo 1 + 1 | \"$0\" repl > /dev/full", "", FULL, 1},
      {"echo ':save /dev/full/x' | \"$0\" repl", "Cannot write '/dev/full/x': Not a directory.\n",
       "", 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check(&cases[i]);
}

Test(fullness, a_program_hears_of_it) {
  static const Case cases[] = {
      {"\"$0\" -c 'print(\"x\" * 100000)' > /dev/full", "",
       "Traceback (most recent call last):", 1},
      {"\"$0\" -c '\ntry:\n print(1, flush=True)\nexcept OSError as e:\n import sys; "
       "print(e, file=sys.stderr)' > /dev/full",
       "", "[Errno 28] No space left on device\n", 0},
      {"\"$0\" -c '\nimport sys\ntry:\n sys.stderr.write(\"x\")\nexcept OSError as e:\n print(e)' "
       "2> /dev/full",
       "[Errno 28] No space left on device\n", "", 0},
      {"\"$0\" -c '\nf = open(\"/dev/full\", \"w\")\nf.write(\"x\")\ntry:\n f.close()\n"
       "except OSError as e:\n print(e, f.closed)'",
       "[Errno 28] No space left on device True\n", "", 0},
      {"\"$0\" -c '\nimport warnings, "
       "logging\nwarnings.warn(\"w\")\nlogging.error(\"e\")\nprint(\"on\")' "
       "2> /dev/full",
       "on\n", "", 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check(&cases[i]);
}

// A limit of the size of files stands for a disk that becomes full in the middle.
Test(fullness, a_file_that_becomes_full_keeps_what_was_written) {
  Case c = {
      "cd \"$(mktemp -d)\" && ulimit -f 64 && trap '' XFSZ && \"$0\" -c '\n"
      "import os\n"
      "f = open(\"x\", \"wb\", buffering=0)\n"
      "written = 0\n"
      "try:\n"
      "  while True:\n"
      "    written += f.write(b\"x\" * 1000)\n"
      "except OSError as e:\n"
      "  print(e.strerror, written == os.path.getsize(\"x\"))'",
      "File too large True\n", "", 0};
  check(&c);
}

// What is opened later gets no number of theirs: a socket would get the program's output.
Test(fullness, streams_may_be_closed) {
  static const Case cases[] = {
      {"\"$0\" -c 'print(1)' >&-", "", "", 0},
      {"\"$0\" -c 'import sys; print(sys.stdin.read() == \"\")' <&-", "True\n", "", 0},
      {"\"$0\" -c '1/0' 2>&-", "", "", 1},
      {"\"$0\" -c '\nimport os\nf = open(\"README.md\")\nprint(f.fileno() > 2)' <&- 2>&-", "True\n",
       "", 0},
      {"\"$0\" - <&-", "", "", 0},
      {"\"$0\" repl <&-", "", "", 0},
      {"echo 1 | \"$0\" repl >&-", "", "", 0},
      {"\"$0\" trace" EXAMPLE "-o - <&- >&- 2>&-", "", "", 0},
      {"\"$0\" check" EXAMPLE "<&- >&- 2>&-", "", "", 0},
      {"\"$0\" learn --list >&-", "", "", 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check(&cases[i]);
}

Test(fullness, a_reader_that_goes_ends_it_quietly) {
  static const Case cases[] = {
      {"{ \"$0\" -c 'while True: print(1)'; echo $? >&2; } | head -1", "1\n", "1\n", 0},
      {"{ \"$0\" dis runtime/lib/_repl.coro; echo $? >&2; } | head -c 0", "", "1\n", 0},
      {"{ yes 1 | \"$0\" repl; echo $? >&2; } | head -1", "1\n", "1\n", 0},
      {"{ \"$0\" trace tutorial/30-crawler/solution.coro --follow 2>&1; echo $? >&2; } | head -c 0",
       "", "1\n", 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check(&cases[i]);
}
