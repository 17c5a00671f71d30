// compile.c: any text through the compiler. It ends each code object with the verifier; bad code is
// an error that begins with "internal error", and here a finding. What compiles is disassembled.
#include "compile.h"

#include <stdio.h>
#include <stdlib.h>

#include "dis.h"
#include "fuzz.h"
#include "verify.h"

static void verify(VM *vm, const Code *code) {
  if (verify_code(vm, code) != NULL) abort();
  for (uint32_t i = 0; i < code->const_count; i++) {
    if (is_kind(code->consts[i], KIND_CODE)) verify(vm, (const Code *)as_object(code->consts[i]));
  }
}

// The pending SyntaxError is the text's own fault.
static void require_syntax_error(VM *vm) {
  const Exception *error = as_exception(vm->exception);
  if (error->args->count == 0 || !is_str(error->args->items[0])) abort();
  if (strncmp(as_str(error->args->items[0])->data, "internal error", 14) == 0) abort();
  vm_clear_exception(vm);
}

static void compile(VM *vm, const char *text, size_t size, CompileMode mode, FILE *nowhere) {
  Module *module = module_new(vm, str_intern_c(vm, "fuzz"));
  Code *code;
  if (compile_source(vm, text, size, str_from_c(vm, "fuzz"), module, mode, &code)) {
    verify(vm, code);
    dis_code(vm, code, nowhere);
  } else {
    require_syntax_error(vm);
  }
}

// Making a VM costs more than compiling; nothing is collected in it.
enum { INPUTS = 200 };
static struct {
  VM *vm;
  int inputs;
} compiler;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (compiler.vm == NULL) compiler.vm = vm_new();
  FILE *nowhere = fopen("/dev/null", "w");
  if (nowhere == NULL) abort();
  compile(compiler.vm, (const char *)data, size, COMPILE_MODULE, nowhere);
  compile(compiler.vm, (const char *)data, size, COMPILE_INTERACTIVE, nowhere);
  fclose(nowhere);
  if (++compiler.inputs % INPUTS == 0) {
    vm_free(compiler.vm);
    compiler.vm = NULL;
  }
  return 0;
}
