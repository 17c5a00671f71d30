// test_verify.c: the verifier finds each kind of bad code.
#include "verify.h"

#include <criterion/criterion.h>

#include "compile.h"

static VM *vm;
static void setup(void) { vm = vm_new(); }
static void teardown(void) { vm_free(vm); }
TestSuite(verify, .init = setup, .fini = teardown);

static Code *compile(const char *text) {
  Module *module = module_new(vm, str_intern_c(vm, "__main__"));
  Code *code = NULL;
  cr_assert(compile_source(vm, text, strlen(text), str_from_c(vm, "test.coro"), module,
                           COMPILE_MODULE, &code));
  cr_assert_null(verify_code(vm, code));
  return code;
}

static Instr *find(Code *code, Opcode op) {
  for (uint32_t i = 0; i < code->instr_count; i++) {
    if (code->instrs[i].op == op) return &code->instrs[i];
  }
  cr_assert_fail("no such instruction");
  return NULL;
}

static void refuses(const Code *code, const char *what) {
  const char *wrong = verify_code(vm, code);
  cr_assert_not_null(wrong);
  cr_assert_str_eq(wrong, what);
}

Test(verify, bounds_registers) {
  Code *code = compile("f(1, 2)\n");
  Instr *call = find(code, OP_CALL);
  call->c = 200;
  refuses(code, "register out of range");
  call->c = 2;
  call->a = code->register_count;
  refuses(code, "register out of range");
}

Test(verify, bounds_constants_sites_and_slots) {
  Code *code = compile("x = 'text'\ny.z\n");
  Instr *load = find(code, OP_LOAD_CONST);
  load->d = (int32_t)code->const_count;
  refuses(code, "constant out of range");
  load->d = 0;
  find(code, OP_LOAD_ATTR)->c = (uint16_t)code->site_count;
  refuses(code, "attribute site out of range");
  find(code, OP_LOAD_ATTR)->c = 0;
  find(code, OP_STORE_GLOBAL)->d = -1;
  refuses(code, "global slot out of range");
}

Test(verify, bounds_jumps) {
  Code *code = compile("while x > 1: pass\n");
  find(code, OP_JUMP)->d = (int32_t)code->instr_count;
  refuses(code, "jump out of range");
  code = compile("while x > 1: pass\n");
  find(code, OP_JUMP_GT_K)->c = (uint16_t)-100;
  refuses(code, "jump out of range");
}

Test(verify, bounds_handlers) {
  Code *code = compile("try: f()\nexcept: g()\n");
  code->handlers[0].target = code->instr_count;
  refuses(code, "handler target out of bounds");
  code = compile("try: f()\nexcept: g()\n");
  code->handlers[0].end = code->instr_count + 1;
  refuses(code, "handler range out of bounds");
}

Test(verify, wants_an_end) {
  Code *code = compile("x = 1\n");
  code->instrs[code->instr_count - 1] = (Instr){.op = OP_LOAD_NONE};
  refuses(code, "control runs off the end");
}

Test(verify, wants_the_await_of_an_awaited_call) {
  Code *code = compile("await f()\n");
  find(code, OP_AWAIT)->b++;
  cr_assert_not_null(verify_code(vm, code));
}

Test(verify, knows_which_code_may_suspend) {
  Code *code = compile("x = 1\n");
  find(code, OP_RETURN)->op = OP_RETURN_GENERATOR;
  refuses(code, "generator's return from a plain function");
  code = compile("x = 1\n");
  find(code, OP_LOAD_INT)->op = OP_COUNT;
  refuses(code, "unknown opcode");
}
