// test_marshal.c: code written and read again is the same code, in a module with other slots.
#include "marshal.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "compile.h"
#include "dis.h"
#include "verify.h"

static VM *vm;
static void setup(void) { vm = vm_new(); }
static void teardown(void) { vm_free(vm); }
TestSuite(marshal, .init = setup, .fini = teardown);

static Module *new_module(void) {
  Module *module = module_new(vm, str_intern_c(vm, "m"));
  module->filename = str_from_c(vm, "m.coro");
  return module;
}

static char *listing(const Code *code) {
  char *text;
  size_t length;
  FILE *file = open_memstream(&text, &length);
  dis_code(vm, code, file);
  fclose(file);
  return text;
}

static Code *again(const Code *code, Module *module, uint32_t flags) {
  char *bytes;
  size_t length;
  FILE *file = open_memstream(&bytes, &length);
  marshal_write(vm, file, code);
  cr_assert_eq(fclose(file), 0);
  Code *copy = marshal_read(vm, (const unsigned char *)bytes, module, flags);
  free(bytes);
  return copy;
}

static const char program[] =
    "'''doc'''\n"
    "import a.b as c\n"
    "numbers = (0, -1, 2**5, 123456789012345678901234567890, -98765432109876543210, 1.5, 1e300)\n"
    "texts = ('', 'two words', '\\u00e9', b'', b'\\x00\\xff', None, True, False, ...)\n"
    "found = numbers in {1, 'x', (2, 3)}\n"
    "def f(a, /, b=1, *args, k, **kwargs):\n"
    "  '''f's doc'''\n"
    "  def inner():\n"
    "    nonlocal b\n"
    "    b += a\n"
    "    return numbers, found, b\n"
    "  try:\n"
    "    return inner().x\n"
    "  except ValueError as e:\n"
    "    raise KeyError from e\n"
    "class C:\n"
    "  async def g(self): return [x async for x in self.y]\n";

Test(marshal, gives_the_same_code) {
  Code *code;
  cr_assert(compile_source(vm, program, strlen(program), str_from_c(vm, "m.coro"), new_module(),
                           COMPILE_MODULE, &code));
  Code *copy = again(code, new_module(), 0);
  cr_assert_null(verify_code(vm, copy));
  char *before = listing(code), *after = listing(copy);
  cr_assert_str_eq(after, before);
  free(before);
  free(after);
}

Test(marshal, finds_globals_by_name) {
  Code *code;
  const char *text = "first = 1\nsecond = first\n";
  cr_assert(compile_source(vm, text, strlen(text), str_from_c(vm, "m.coro"), new_module(),
                           COMPILE_MODULE, &code));
  Module *module = new_module();
  module_slot(vm, module, str_intern_c(vm, "second"));
  module_slot(vm, module, str_intern_c(vm, "first"));
  Code *copy = again(code, module, 0);
  char *before = listing(code), *after = listing(copy);
  cr_assert_str_eq(after, before);  // the listing shows names
  free(before);
  free(after);
  bool differs = false;
  for (uint32_t i = 0; i < code->instr_count; i++) {
    differs |= code->instrs[i].d != copy->instrs[i].d;
  }
  cr_assert(differs);
}

Test(marshal, adds_flags_to_every_function) {
  Code *code;
  const char *text = "def f(): pass\n";
  cr_assert(compile_source(vm, text, strlen(text), str_from_c(vm, "m.coro"), new_module(),
                           COMPILE_MODULE, &code));
  Code *copy = again(code, new_module(), CODE_HIDDEN);
  cr_assert(copy->flags & CODE_HIDDEN);
  for (uint32_t i = 0; i < copy->const_count; i++) {
    if (is_kind(copy->consts[i], KIND_CODE)) {
      cr_assert(((Code *)as_object(copy->consts[i]))->flags & CODE_HIDDEN);
    }
  }
}
