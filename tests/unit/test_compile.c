// test_compile.c: what code the compiler makes, and what it refuses.
#include <criterion/criterion.h>

#include "compile.h"

static VM *vm;
static void setup(void) { vm = vm_new(); }
static void teardown(void) { vm_free(vm); }
TestSuite(compile, .init = setup, .fini = teardown);

static bool try_compile(const char *text, Code **out) {
  Module *module = module_new(vm, str_intern_c(vm, "__main__"));
  return compile_source(vm, text, strlen(text), str_from_c(vm, "test.coro"), module, COMPILE_MODULE,
                        out);
}

static Code *compile(const char *text) {
  Code *code = NULL;
  cr_assert(try_compile(text, &code), "does not compile: %s", text);
  return code;
}

// The code object of the first function in the text.
static Code *compile_function(const char *text) {
  Code *module = compile(text);
  for (uint32_t i = 0; i < module->const_count; i++) {
    if (is_kind(module->consts[i], KIND_CODE)) return (Code *)as_object(module->consts[i]);
  }
  cr_assert_fail("no function");
  return NULL;
}

static int count(const Code *code, Opcode op) {
  int found = 0;
  for (uint32_t i = 0; i < code->instr_count; i++) found += code->instrs[i].op == op;
  return found;
}

static void check_opcodes(const Code *code, int expected_count, const Opcode *expected) {
  cr_assert_eq(code->instr_count, expected_count);
  for (int i = 0; i < expected_count; i++) {
    cr_assert_eq(code->instrs[i].op, expected[i], "instruction %d is %s", i,
                 opcode_table[code->instrs[i].op].name);
  }
}

static void check_error(const char *text, const char *message, int line, int column) {
  Code *code = NULL;
  cr_assert_not(try_compile(text, &code), "compiles: %s", text);
  Exception *exception = as_exception(vm->exception);
  cr_assert(str_equals_c(as_str(exception->args->items[0]), message), "%s: %.*s", text,
            (int)as_str(exception->args->items[0])->length,
            as_str(exception->args->items[0])->data);
  const Tuple *place = as_tuple(exception->args->items[1]);
  cr_assert_eq(as_small_int(place->items[1]), line, "%s", text);
  cr_assert_eq(as_small_int(place->items[2]), column, "%s", text);
  vm_clear_exception(vm);
}

Test(compile, uses_locals_as_operands) {
  Code *code = compile_function("def f(a, b):\n  c = a + b\n  return c - 1\n");
  check_opcodes(code, 3, (Opcode[]){OP_ADD, OP_SUB_K, OP_RETURN});
  cr_assert_eq(code->register_count, 4);
  cr_assert(code->flags & CODE_SIMPLE_CALL);
}

Test(compile, tests_a_while_loop_at_its_bottom) {
  Code *code = compile_function("def f(n):\n  while n > 0:\n    n -= 1\n");
  check_opcodes(code, 5, (Opcode[]){OP_JUMP, OP_SUB_K, OP_JUMP_GT_K, OP_LOAD_NONE, OP_RETURN});
}

Test(compile, turns_a_condition_before_a_jump_round) {
  Code *code = compile_function("def f(xs):\n  for x in xs:\n    if x == 3: break\n");
  cr_assert_eq(count(code, OP_JUMP), 1, "only the jump to the loop's bottom is left");
}

Test(compile, awaits_a_call_in_one_register) {
  Code *code = compile_function("async def f(g):\n  x = await g(1)\n  return x\n");
  for (uint32_t i = 0; i < code->instr_count; i++) {
    if (code->instrs[i].op != OP_CALL) continue;
    cr_assert_eq(code->instrs[i].k, 1);
    cr_assert_eq(code->instrs[i + 1].op, OP_AWAIT);
    cr_assert_eq(code->instrs[i + 1].a, code->instrs[i].a);
    cr_assert_geq(code->instrs[i].a, code->local_count, "x must not hold the coroutine");
  }
  cr_assert(code->flags & CODE_COROUTINE);
}

Test(compile, checks_only_locals_that_may_be_unbound) {
  cr_assert_eq(count(compile_function("def f():\n  x = 1\n  return x\n"), OP_CHECK_BOUND), 0);
  cr_assert_eq(count(compile_function("def f(c):\n  if c: x = 1\n  return x\n"), OP_CHECK_BOUND),
               1);
  cr_assert_eq(count(compile_function("def f(c):\n  if c: x = 1\n  else: x = 2\n  return x\n"),
                     OP_CHECK_BOUND),
               0);
  cr_assert_eq(
      count(compile_function("def f(c):\n  for x in c: pass\n  return x\n"), OP_CHECK_BOUND), 1);
  cr_assert_eq(count(compile_function("def f(c):\n  x = 1\n  del x\n  return x\n"), OP_CHECK_BOUND),
               1);
  cr_assert_eq(
      count(compile_function("def f():\n  try: pass\n  except E as e: return e\n"), OP_CHECK_BOUND),
      0);
}

Test(compile, folds_constants) {
  Code *code = compile_function("def f():\n  return -1, 'a' 'b', 2 * 3\n");
  check_opcodes(code, 2, (Opcode[]){OP_LOAD_CONST, OP_RETURN});
  cr_assert_eq(count(compile_function("def f():\n  return 1 / 0\n"), OP_TRUEDIV_K), 1);
}

Test(compile, captures_through_scopes) {
  Code *outer = compile_function("def f():\n  x = 1\n  def g():\n    return lambda: x\n");
  cr_assert_eq(count(outer, OP_MAKE_CELL), 1);
  Code *inner = NULL;
  for (uint32_t i = 0; i < outer->const_count; i++) {
    if (is_kind(outer->consts[i], KIND_CODE)) inner = (Code *)as_object(outer->consts[i]);
  }
  cr_assert_not_null(inner);
  cr_assert_eq(inner->capture_count, 1);
  cr_assert(inner->captures[0].from_register);
  cr_assert(str_equals_c(inner->qualname, "f.<locals>.g"));
}

Test(compile, orders_parameters_as_the_header_says) {
  Code *code = compile_function("def f(a, /, b, *args, c, d=1, **kw): pass\n");
  const char *names[] = {"a", "b", "c", "d", "args", "kw"};
  for (int i = 0; i < 6; i++) cr_assert(str_equals_c(code->local_names[i], names[i]));
  cr_assert_eq(code->param_count, 2);
  cr_assert_eq(code->positional_only, 1);
  cr_assert_eq(code->keyword_only_count, 2);
}

Test(compile, keeps_the_inner_handler_first) {
  Code *code =
      compile_function("def f():\n  try:\n    try: g()\n    except A: h()\n  except B: pass\n");
  for (uint32_t i = 0; i < code->handler_count; i++) {
    for (uint32_t j = i + 1; j < code->handler_count; j++) {
      const Handler *first = &code->handlers[i], *later = &code->handlers[j];
      bool apart = first->end <= later->start || later->end <= first->start;
      cr_assert(apart || (later->start <= first->start && first->end <= later->end));
    }
  }
}

Test(compile, leaves_a_gap_where_finally_is_left) {
  Code *code = compile_function("def f():\n  try: return g()\n  finally: h()\n");
  cr_assert_eq(count(code, OP_RETURN), 1);
  cr_assert_eq(code->handler_count, 1);
  uint32_t at = code->handlers[0].end;
  cr_assert_eq(code->instrs[at].op, OP_LOAD_GLOBAL, "h() on the way out is not protected");
}

Test(compile, makes_far_jumps) {
  Text text = text_new(vm);
  text_add_c(&text, "def f(n):\n  while n > 0:\n");
  for (int i = 0; i < 40000; i++) text_add_c(&text, "    n = n - 1\n");
  text_add_c(&text, "  return n\n");
  Module *module = module_new(vm, str_intern_c(vm, "__main__"));
  Code *code = NULL;
  cr_assert(compile_source(vm, text.data, text.length, str_from_c(vm, "far"), module,
                           COMPILE_MODULE, &code));
  text_free(&text);
}

Test(compile, makes_a_coroutine_of_a_module_that_awaits) {
  cr_assert(compile("await f()\n")->flags & CODE_COROUTINE);
  cr_assert(compile("x = [y async for y in z]\n")->flags & CODE_COROUTINE);
  cr_assert_not(compile("async def f(): await g()\n")->flags & CODE_COROUTINE);
}

Test(compile, refuses_what_python_refuses) {
  check_error("return 1", "'return' outside function", 1, 1);
  check_error("class A:\n  yield 1", "'yield' outside function", 2, 3);
  check_error("def f():\n  await g()", "'await' outside async function", 2, 3);
  check_error("break", "'break' outside loop", 1, 1);
  check_error("continue", "'continue' not properly in loop", 1, 1);
  check_error("nonlocal x", "nonlocal declaration not allowed at module level", 1, 1);
  check_error("def f():\n  nonlocal x", "no binding for nonlocal 'x' found", 2, 3);
  check_error("def f(x):\n  global x", "name 'x' is parameter and global", 2, 3);
  check_error("def f():\n  x = 1\n  global x", "name 'x' is assigned to before global declaration",
              3, 3);
  check_error("def f():\n  print(x)\n  global x", "name 'x' is used prior to global declaration", 3,
              3);
  check_error("async def f():\n  yield 1\n  return 2", "'return' with value in async generator", 3,
              3);
  check_error("async def f():\n  yield from x", "'yield from' inside async function", 2, 3);
  check_error("def f():\n  return [x async for x in y]",
              "asynchronous comprehension outside of an asynchronous function", 2, 10);
  check_error("[(x := 1) for x in y]",
              "assignment expression cannot rebind comprehension iteration variable 'x'", 1, 3);
  check_error("for x in y:\n  try: pass\n  except* E: break",
              "'break', 'continue' and 'return' cannot appear in an except* block", 3, 14);
}

Test(compile, refuses_text_that_is_not_utf8) {
  Code *code = NULL;
  cr_assert_not(try_compile("x = '\xff'", &code));
  cr_assert(exception_is(vm->exception, vm->exceptions.SyntaxError));
  vm_clear_exception(vm);
}
