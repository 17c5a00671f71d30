// fuzz.c: see fuzz.h.
#include "fuzz.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "bytes.h"
#include "compile.h"
#include "import.h"
#include "interp.h"
#include "traceback.h"

enum { STATUS_MOST = 63 };  // of Coro's; libFuzzer's own are above

// The exit functions have no argument to find the run by.
static struct {
  jmp_buf end;
  bool runs;
  struct sigaction on_alarm;
  struct itimerval alarm;
} run;

static void end_run(int status) {
  if (!run.runs || status > STATUS_MOST) return;
  run.runs = false;
  longjmp(run.end, 1);
}

// The VM of fuzz_check, for so many inputs.
enum { CALLS = 2000 };
static struct {
  VM *vm;
  Value function;
  int calls;
} checks;

#define WRAP(name)                          \
  noreturn void __real_##name(int status);  \
  noreturn void __wrap_##name(int status);  \
  noreturn void __wrap_##name(int status) { \
    end_run(status);                        \
    __real_##name(status);                  \
  }
WRAP(exit)
WRAP(_exit)
WRAP(_Exit)

bool fuzz_run(void (*body)(void *data), void *data) {
  // A quota's end sets an alarm for itself, which is libFuzzer's means against hangs.
  sigaction(SIGALRM, NULL, &run.on_alarm);
  getitimer(ITIMER_REAL, &run.alarm);
  run.runs = true;
  if (setjmp(run.end) != 0) {
    setitimer(ITIMER_REAL, &run.alarm, NULL);
    sigaction(SIGALRM, &run.on_alarm, NULL);
    return false;
  }
  body(data);
  run.runs = false;
  return true;
}

void fuzz_be_quiet(void) {
  FILE *nowhere = fopen("/dev/null", "w");
  if (nowhere == NULL) abort();
  stdout = nowhere;
  stderr = nowhere;  // the sanitizers and libFuzzer write to the descriptor
}

void fuzz_enclose(VM *vm) {
  static const char *const modules[] = {"_posix", "_net", "_thread", "_signal", NULL};
  for (int i = 0; modules[i] != NULL; i++) dict_set_c(vm, vm->modules, modules[i], NONE);
  module_set(vm, vm->builtins, str_intern_c(vm, "open"), NONE);
}

// Only what is wrong with the target itself, or a finding.
static noreturn void fail(VM *vm) {
  FILE *file = fdopen(STDERR_FILENO, "w");
  Value exception = vm->exception;
  vm_clear_exception(vm);
  if (file != NULL) {
    traceback_print(vm, exception, file);
    fflush(file);
  }
  abort();
}

static void compile_check(const char *program) {
  VM *vm = vm_new();
  Module *module = module_new(vm, str_intern_c(vm, "fuzz"));
  dict_set_c(vm, vm->modules, "fuzz", from_object(module));
  Code *code;
  Value out;
  if (!compile_source(vm, program, strlen(program), str_from_c(vm, "fuzz"), module, COMPILE_MODULE,
                      &code) ||
      !interp_call(vm, import_module_function(vm, code), 0, NULL, &out)) {
    fail(vm);
  }
  checks.vm = vm;
  checks.function = module_get(vm, module, str_intern_c(vm, "check"));
  checks.calls = 0;
}

static void call(void *argument) {
  Value out;
  if (!interp_call(checks.vm, checks.function, 1, argument, &out)) fail(checks.vm);
}

static void call_check(Value argument) {
  if (!fuzz_run(call, &argument)) checks.calls = CALLS;
}

void fuzz_check(const char *program, const uint8_t *data, size_t size) {
  if (checks.vm == NULL) compile_check(program);
  if (utf8_valid((const char *)data, size, NULL)) {
    call_check(from_object(str_new(checks.vm, (const char *)data, size)));
  }
  if (checks.calls < CALLS) call_check(from_object(bytes_new(checks.vm, data, size)));
  if (++checks.calls < CALLS) return;
  vm_free(checks.vm);
  checks.vm = NULL;
}
