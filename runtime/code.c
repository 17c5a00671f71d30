// code.c: code objects: making, marking and freeing them; the opcode table as data.
#include "code.h"

#include "vm.h"

const OpcodeInfo opcode_table[OP_COUNT] = {
#define OP(name, k, a, b, c, flags, meaning) \
  [OP_##name] = {#name, ROLE_##k, ROLE_##a, ROLE_##b, ROLE_##c, flags, meaning},
#include "opcodes.def"
#undef OP
};

Code *code_new(VM *vm) {
  Code *code = heap_alloc(vm, KIND_CODE, vm->code_class, sizeof *code);
  code->doc = NONE;
  return code;
}

void code_mark(VM *vm, Object *object) {
  Code *code = (Code *)object;
  heap_mark_values(vm, code->consts, code->const_count);
  for (uint32_t i = 0; i < code->site_count; i++) {
    heap_mark_object(vm, code->sites[i].name);
    // The cached shape and value are kept alive here: they may be looked at before the comparison
    // of ids and versions finds them outdated.
    heap_mark(vm, code->sites[i].value);
    heap_mark_object(vm, code->sites[i].next_shape);
  }
  for (uint32_t i = 0; i < code->local_count && code->local_names != NULL; i++) {
    heap_mark_object(vm, code->local_names[i]);
  }
  for (uint32_t i = 0; i < code->capture_count; i++) heap_mark_object(vm, code->free_names[i]);
  heap_mark_object(vm, code->name);
  heap_mark_object(vm, code->source);
  heap_mark_object(vm, code->qualname);
  heap_mark(vm, code->doc);
  heap_mark_object(vm, code->module);
  heap_mark_object(vm, code->filename);
}

void code_free(VM *vm, Object *object) {
  Code *code = (Code *)object;
  heap_buffer_free(vm, code->instrs, code->instr_count * sizeof *code->instrs);
  heap_buffer_free(vm, code->positions, code->instr_count * sizeof *code->positions);
  heap_buffer_free(vm, code->consts, code->const_count * sizeof *code->consts);
  heap_buffer_free(vm, code->sites, code->site_count * sizeof *code->sites);
  heap_buffer_free(vm, code->handlers, code->handler_count * sizeof *code->handlers);
  heap_buffer_free(vm, code->handlings, code->handling_count * sizeof *code->handlings);
  heap_buffer_free(vm, code->captures, code->capture_count * sizeof *code->captures);
  heap_buffer_free(vm, code->free_names, code->capture_count * sizeof *code->free_names);
  if (code->local_names != NULL) {
    heap_buffer_free(vm, code->local_names, code->local_count * sizeof *code->local_names);
  }
}
