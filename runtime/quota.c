// quota.c: see quota.h.
#include "quota.h"

#include <stdio.h>
#include <unistd.h>

#include "finding.h"
#include "output.h"
#include "vm.h"

void quota_set_steps(VM *vm, uint64_t steps) {
  vm->quota.steps = steps;
  vm->quota.steps_left = steps + 1;
}

// 1000000 as "1,000,000".
static void print_number(uint64_t n) {
  if (n >= 1000) {
    print_number(n / 1000);
    fprintf(stderr, ",%03u", (unsigned)(n % 1000));
  } else {
    fprintf(stderr, "%u", (unsigned)n);
  }
}

noreturn void quota_reach_steps(VM *vm, const Frame *frame) {
  if (!output_flush(vm)) vm_clear_exception(vm);  // the program ends, and not with success
  fflush(NULL);
  fputs("coro: stopped: the program took more than ", stderr);
  print_number(vm->quota.steps);
  fputs(" steps (--max-steps)", stderr);
  TraceEntry place = finding_place(frame);
  if (place.code != NULL) {
    const Str *file = place.code->filename;
    fprintf(stderr, ", %.*s, line %u", (int)file->length, file->data,
            place.code->positions[place.instr].line);
  }
  fputc('\n', stderr);
  _exit(QUOTA_STATUS);
}
