// main.c: the program `coro`: signals, standard output's buffer, and the command line (cli.c).
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "cli.h"

#define OUTPUT_BUFFER 65536

// What SIGINT interrupts, and SIGUSR1 looks at. A signal handler is given nothing but the signal's
// number, so this one pointer of the process cannot hang off anything; only main sets it.
static _Atomic(CoroVM *) interrupted;

static void on_interrupt(int number) {
  (void)number;
  CoroVM *coro = atomic_load(&interrupted);
  if (coro != NULL) coro_interrupt(coro);
}

static void on_show(int number) {
  (void)number;
  CoroVM *coro = atomic_load(&interrupted);
  if (coro != NULL) coro_show_tasks(coro);
}

static void set_signals(bool catch_interrupt) {
  // Without SA_RESTART, so that a read or a sleep ends and the program hears of it.
  struct sigaction action = {.sa_handler = on_interrupt};
  sigemptyset(&action.sa_mask);
  struct sigaction before;
  if (catch_interrupt && sigaction(SIGINT, NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
    sigaction(SIGINT, &action, NULL);
  }
  action = (struct sigaction){.sa_handler = on_show, .sa_flags = SA_RESTART};
  if (catch_interrupt && sigaction(SIGUSR1, NULL, &before) == 0 && before.sa_handler == SIG_DFL) {
    sigaction(SIGUSR1, &action, NULL);
#ifdef SIGINFO
    sigaction(SIGINFO, &action, NULL);  // Ctrl-T
#endif
  }
  signal(SIGPIPE, SIG_IGN);  // a closed pipe is BrokenPipeError
}

// A standard stream that whoever started Coro has closed: nothing else may get its number.
static void open_streams(void) {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
    if (fcntl(descriptor, F_GETFD) >= 0) continue;
    int opened = open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY);
    if (opened >= 0 && opened != descriptor) close(opened);
  }
}

int main(int argc, char **argv) {
  open_streams();
  // The C library takes the size for its word only with a buffer.
  static char buffer[OUTPUT_BUFFER];
  if (!isatty(STDOUT_FILENO)) setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  CliOptions options = cli_parse(argc, argv);
  CoroVM *coro = cli_runs_program(&options) ? coro_new() : NULL;
  atomic_store(&interrupted, coro);
  set_signals(coro != NULL);
  int status = cli_run(&options, coro);
  atomic_store(&interrupted, NULL);
  coro_finish(coro);
  return status;
}
