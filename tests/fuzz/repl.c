// repl.c: any text as what is typed at a session's prompt, line by line, its commands included,
// under the virtual clock, with at most STEPS instructions. Nothing beyond the process is within
// reach: the sandbox is on.
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "chance.h"
#include "embed.h"
#include "fuzz.h"
#include "session.h"

enum { STEPS = 200000 };

static const char program[] = "import _repl\nawait _repl.main()\n";

static void run_session(void *coro) {
  session_install(embed_vm(coro), embed_reporter(coro));
  coro_run_source(coro, "<session>", program, sizeof program - 1);
}

// What the session left to run may run now.
static void free_session(void *coro) {
  session_free(embed_vm(coro));
  coro_free(coro);
}

// Standard input of this run.
static void type_in(const uint8_t *data, size_t size) {
  int input = memfd_create("input", 0);
  if (input < 0 || write(input, data, size) != (ssize_t)size || lseek(input, 0, SEEK_SET) != 0 ||
      dup2(input, STDIN_FILENO) != STDIN_FILENO) {
    abort();
  }
  close(input);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  fuzz_be_quiet();
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (memmem(data, size, "real", 4) != NULL)
    return 0;  // `:clock real`: sleeps would take their time
  type_in(data, size);
  CoroVM *coro = coro_new();
  VM *vm = embed_vm(coro);
  vm->sandbox = true;
  coro_use_virtual_time(coro);
  chance_seed(vm, 1);
  quota_set_steps(vm, STEPS);
  fuzz_run(run_session, coro);
  quota_set_steps(vm, STEPS);
  fuzz_run(free_session, coro);
  return 0;
}
