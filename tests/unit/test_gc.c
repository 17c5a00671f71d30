// test_gc.c: programs under a collector that is made to work hard, whoever marks.
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define PROGRAM "tests/conformance/gc/mixed"

static int count_after(const char *text, const char *words) {
  const char *at = strstr(text, words);
  return at == NULL ? -1 : atoi(at + strlen(words));
}

// `words` stand in the statistics before the number of collections that somebody marked.
static void run_mixed(const char *setting, const char *words) {
  setenv("CORO_GC", setting, 1);
  static const char program[] = PROGRAM ".coro";
  const char *argv[] = {support_binary(), "--virtual-time", "--gc-stats", program, NULL};
  Outcome o = support_run(argv, NULL);
  Buffer expected = support_read(PROGRAM ".out");
  cr_expect(support_printed(&o, &expected, setting));
  cr_expect(o.status == 0);
  cr_expect(count_after(o.err.data, words) > 5, "%s", o.err.data);
  free(expected.data);
  support_free(&o);
}

Test(gc, the_program_marks) { run_mixed("stop:99999", "collections "); }

#ifdef __linux__
Test(gc, a_child_process_marks) { run_mixed("snapshot:99999", "by the program itself, "); }

// What a child that marks holds of the program's descriptors must not be noticed.
Test(gc, a_closed_socket_is_closed) {
  setenv("CORO_GC", "snapshot:20000", 1);
  static const char program[] =
      "import socket\n"
      "closed = 0\n"
      "for i in range(200):\n"
      "    listener = socket.socket()\n"
      "    listener.bind(('127.0.0.1', 0))\n"
      "    listener.listen()\n"
      "    address = listener.getsockname()\n"
      "    made = [[j] for j in range(2000)]\n"
      "    listener.close()\n"
      "    try:\n"
      "        socket.create_connection(address).close()\n"
      "    except ConnectionRefusedError:\n"
      "        closed += 1\n"
      "print(closed)\n";
  const char *argv[] = {support_binary(), "-c", program, NULL};
  Outcome o = support_run(argv, NULL);
  cr_expect_str_eq(o.out.data, "200\n", "%s%s", o.out.data, o.err.data);
  support_free(&o);
}
#endif
