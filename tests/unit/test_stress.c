// test_stress.c: the programs of tests/stress: many things at once, in an order that a seed or the
// machine decides. Each checks itself, says what is wrong by an exception, and prints `ok` last.
//
// A line `# sizes: A B` in a program gives its argument: A in release mode, B with a collection at
// every safepoint (or at every N-th: `# stress: N`). The clock is virtual, unless there is a line
// `# clock: real`.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

static bool sanitizing(void) {
  const char *stress = getenv("CORO_TEST_STRESS");
  return stress != NULL && strcmp(stress, "0") != 0;
}

static void run_program(const char *name) {
  char path[256], release[32], debug[32];
  snprintf(path, sizeof path, "tests/stress/%s.coro", name);
  Buffer source = support_read(path);
  cr_assert(source.data != NULL, "%s is missing", path);
  const char *sizes = strstr(source.data, "# sizes: ");
  cr_assert(sizes != NULL && sscanf(sizes, "# sizes: %31s %31s", release, debug) == 2);
  support_set_stress(source.data);
  const char *size = sanitizing() ? debug : release;
  bool real = strstr(source.data, "# clock: real") != NULL;
  const char *argv[] = {support_binary(), real ? path : "--virtual-time", real ? size : path,
                        real ? NULL : size, NULL};
  Outcome outcome = support_run(argv, &(RunOptions){0});
  const char *out = outcome.out.data;
  size_t length = outcome.out.length;
  bool ok = length >= 3 && strcmp(out + length - 3, "ok\n") == 0;
  cr_expect(ok && outcome.status == 0, "%s %s: status %d%s\n%s", name, size, outcome.status,
            outcome.timed_out ? " (timed out)" : "", support_last_errors(&outcome));
  free(source.data);
  support_free(&outcome);
}

Test(stress, tasks_cancelled_anywhere_leave_nothing, .timeout = 90) { run_program("cancellation"); }
Test(stress, threads_with_loops_exchange_messages, .timeout = 90) { run_program("threads_loops"); }
Test(stress, threads_ask_and_cancel, .timeout = 90) { run_program("threads_futures"); }
Test(stress, threads_share_locks_and_queues, .timeout = 90) { run_program("threads_locks"); }
