// coro.h: Coro inside another program: the whole public interface of libcoro.
//
//   CoroVM *coro = coro_new();
//   CoroStatus status = coro_run_file(coro, "prog.coro");
//   int code = coro_exit_code(coro);
//   coro_free(coro);
//
// An interpreter belongs to the thread that uses it; several may exist, each on its own. A program
// prints to the process's stdout and stderr through stdio. A host whose standard output may be a
// closed pipe ignores SIGPIPE, so that the program gets BrokenPipeError instead.
#ifndef CORO_H
#define CORO_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CORO_VERSION "1.0.0"

typedef struct CoroVM CoroVM;

typedef enum {
  CORO_OK,           // the program ran to its end
  CORO_EXIT,         // it called sys.exit()
  CORO_ERROR,        // an exception was not caught; its traceback has been printed
  CORO_SYNTAX,       // it could not be compiled; the error has been printed
  CORO_UNREADABLE,   // its file could not be read; nothing has been printed, errno says why
  CORO_INTERRUPTED,  // KeyboardInterrupt was not caught
  CORO_BROKEN_PIPE,  // nobody reads standard output any more; nothing has been printed
} CoroStatus;

// Never NULL: without memory the process ends with one clear line. The environment variable
// CORO_GC_STRESS=n makes it collect at every n-th opportunity, to find mistakes in Coro itself;
// CORO_GC=stop or snapshot makes the program itself or a child process mark, whatever the heap's
// size; with :n, after every n bytes.
CoroVM *coro_new(void);
void coro_free(CoroVM *coro);
// Instead of coro_free when the process ends next: the system takes the memory back faster.
void coro_finish(CoroVM *coro);

// Before a program runs: what it sees as sys.argv; arguments[0] is the program's own name.
void coro_set_arguments(CoroVM *coro, int count, char *const *arguments);
// Before a program runs: where it looks for modules first. coro_run_file does this by itself, with
// the file's folder.
void coro_add_path(CoroVM *coro, const char *folder);
// Before a program runs: sleeps and timeouts take no time, and every run is the same.
void coro_use_virtual_time(CoroVM *coro);

// Runs a program as the module __main__, to its end, with the event loop that its top-level await
// needs. `name` is what tracebacks call it. What it printed may still be in stdout's buffer.
CoroStatus coro_run_source(CoroVM *coro, const char *name, const char *text, size_t length);
CoroStatus coro_run_file(CoroVM *coro, const char *path);

// What the collector has done so far and how long the program stood still for it, on stderr.
void coro_print_gc_stats(const CoroVM *coro);

// The exit status that the last program asks for: 0, 1 after an error, what sys.exit() said, 130
// after an interrupt.
int coro_exit_code(const CoroVM *coro);

// As Ctrl-C does: the program gets KeyboardInterrupt at its next instruction, or its main task is
// cancelled. May be called from a signal handler and from any thread.
void coro_interrupt(CoroVM *coro);
// The same, but the program goes on: what each of its tasks waits for is shown on standard error.
void coro_show_tasks(CoroVM *coro);

#ifdef __cplusplus
}
#endif

#endif
