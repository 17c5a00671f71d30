// run.c: any text as a program, under the virtual clock, with at most STEPS instructions.
//
// A first line `#!` with letters says how: g, a collection at every STRESS-th safepoint; s, the
// ready tasks in another order. Nothing beyond the process is within the program's reach
// (fuzz_enclose).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "embed.h"
#include "fuzz.h"
#include "heap_private.h"

enum { STEPS = 20000, STRESS = 50 };

typedef struct {
  CoroVM *coro;
  const char *text;
  size_t length;
} Program;

static bool has_letter(const Program *program, char letter) {
  if (program->length < 2 || memcmp(program->text, "#!", 2) != 0) return false;
  const char *end = memchr(program->text, '\n', program->length);
  size_t length = end == NULL ? program->length : (size_t)(end - program->text);
  return memchr(program->text, letter, length) != NULL;
}

static void run_program(void *data) {
  Program *program = data;
  coro_run_source(program->coro, "fuzz", program->text, program->length);
}

// The VM's end may run what the program left to run.
static void free_program(void *data) {
  Program *program = data;
  coro_free(program->coro);
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
  Program program = {.coro = coro_new(), .text = (const char *)data, .length = size};
  VM *vm = embed_vm(program.coro);
  fuzz_enclose(vm);
  coro_use_virtual_time(program.coro);
  chance_seed(vm, 1);
  if (has_letter(&program, 's')) chance_shuffle_tasks(vm);
  if (has_letter(&program, 'g')) {
    vm->heap->stress = STRESS;
    vm->interrupt |= INTERRUPT_COLLECT;
  }
  quota_set_steps(vm, STEPS);
  fuzz_run(run_program, &program);
  quota_set_steps(vm, STEPS);
  fuzz_run(free_program, &program);
  return 0;
}
