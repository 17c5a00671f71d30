// dis.c: prints code objects by source line.
//
//       7    12 > ADD_K           total = total, 1
//            13 ~ AWAIT           r3 = r3
//
// are the line, the instruction's number, `>` where a jump arrives, `~` where the code may suspend,
// the opcode and its operands: what is written first, before the equals sign.
#include "dis.h"

#include <stdlib.h>

static void print_str(FILE *file, const Str *str) {
  fprintf(file, "%.*s", (int)str->length, str->data);
}

static void print_register(FILE *file, const Code *code, int reg) {
  if (reg < code->local_count) {
    print_str(file, code->local_names[reg]);
  } else {
    fprintf(file, "r%d", reg);
  }
}

static void print_const(VM *vm, FILE *file, const Code *code, uint32_t index) {
  enum { SHOWN = 60 };
  Value value = code->consts[index];
  if (is_kind(value, KIND_CODE)) {
    fprintf(file, "<code ");
    print_str(file, ((const Code *)as_object(value))->qualname);
    fputc('>', file);
    return;
  }
  Text text = text_new(vm);
  if (value_repr(vm, value, &text) == TRI_YES) {
    size_t length = text.length;
    if (length > SHOWN) {
      length = SHOWN;
      while (length > 0 && ((unsigned char)text.data[length] & 0xC0) == 0x80) length--;
    }
    fprintf(file, "%.*s%s", (int)length, text.data, length < text.length ? "…" : "");
  } else {
    vm_clear_exception(vm);
    fprintf(file, "K%u", index);
  }
  text_free(&text);
}

// Where the jump of an instruction goes, or -1.
static int64_t jump_target(const Code *code, uint32_t at) {
  const Instr *instr = &code->instrs[at];
  const OpcodeInfo *info = &opcode_table[instr->op];
  if (info->b == ROLE_JUMP32) return (int64_t)at + 1 + instr->d;
  if (info->c == ROLE_JUMP16) return (int64_t)at + 1 + (int16_t)instr->c;
  return -1;
}

static void print_operand(VM *vm, FILE *file, const Code *code, uint32_t at, OperandRole role,
                          uint16_t value) {
  const Instr *instr = &code->instrs[at];
  switch (role) {
    case ROLE_NONE: break;
    case ROLE_WRITE:
    case ROLE_READ:
    case ROLE_READ_WRITE: print_register(file, code, value); break;
    case ROLE_BASE:
      print_register(file, code, value);
      fprintf(file, "…");
      break;
    case ROLE_CONST: print_const(vm, file, code, value); break;
    case ROLE_CONST32: print_const(vm, file, code, (uint32_t)instr->d); break;
    case ROLE_SITE:
      fputc('.', file);
      print_str(file, code->sites[value].name);
      break;
    case ROLE_FREE:
      fprintf(file, "free ");
      print_str(file, code->free_names[value]);
      break;
    case ROLE_GLOBAL:
      fprintf(file, "global ");
      print_str(file, module_slot_name(code->module, (uint32_t)instr->d));
      break;
    case ROLE_JUMP16:
    case ROLE_JUMP32: fprintf(file, "-> %lld", (long long)jump_target(code, at)); break;
    case ROLE_NUMBER: fprintf(file, "%u", value); break;
    case ROLE_IMM32: fprintf(file, "%d", instr->d); break;
    case ROLE_IMM16: fprintf(file, "%d", (int16_t)value); break;
  }
}

static void print_operands(VM *vm, FILE *file, const Code *code, uint32_t at) {
  const Instr *instr = &code->instrs[at];
  const OpcodeInfo *info = &opcode_table[instr->op];
  bool is_long = info->b == ROLE_JUMP32 || info->b == ROLE_CONST32 || info->b == ROLE_GLOBAL ||
                 info->b == ROLE_IMM32;
  OperandRole roles[3] = {info->a, info->b, is_long ? ROLE_NONE : info->c};
  uint16_t values[3] = {instr->a, is_long ? 0 : instr->b, is_long ? 0 : instr->c};
  const char *between = "";
  for (int i = 0; i < 3; i++) {
    if (roles[i] == ROLE_NONE) continue;
    fprintf(file, "%s", between);
    print_operand(vm, file, code, at, roles[i], values[i]);
    between = i == 0 && roles[0] == ROLE_WRITE ? " = " : ", ";
  }
  if (info->k == ROLE_NUMBER && instr->k != 0) fprintf(file, "  [k=%u]", instr->k);
}

static void print_instrs(VM *vm, FILE *file, const Code *code) {
  bool *arrives = calloc(code->instr_count + 1, sizeof *arrives);
  if (arrives == NULL) return;
  for (uint32_t at = 0; at < code->instr_count; at++) {
    int64_t target = jump_target(code, at);
    if (target >= 0 && target < code->instr_count) arrives[target] = true;
  }
  for (uint32_t i = 0; i < code->handler_count; i++) arrives[code->handlers[i].target] = true;
  uint32_t line = 0;
  for (uint32_t at = 0; at < code->instr_count; at++) {
    const OpcodeInfo *info = &opcode_table[code->instrs[at].op];
    if (code->positions[at].line != line) {
      line = code->positions[at].line;
      fprintf(file, "%6u ", line);
    } else {
      fprintf(file, "       ");
    }
    char mark = info->flags & OPF_SUSPENDS ? '~' : arrives[at] ? '>' : ' ';
    fprintf(file, "%5u %c %-16s ", at, mark, info->name);
    print_operands(vm, file, code, at);
    fputc('\n', file);
  }
  free(arrives);
}

static void print_ranges(FILE *file, const Code *code) {
  for (uint32_t i = 0; i < code->handler_count; i++) {
    const Handler *handler = &code->handlers[i];
    fprintf(file, "       exceptions in %u … %u go to %u, in ", handler->start, handler->end - 1,
            handler->target);
    print_register(file, code, handler->reg);
    fputc('\n', file);
  }
  for (uint32_t i = 0; i < code->handling_count; i++) {
    const Handling *handling = &code->handlings[i];
    fprintf(file, "       %u … %u handle the exception in ", handling->start, handling->end - 1);
    print_register(file, code, handling->reg);
    fputc('\n', file);
  }
}

static void print_kind(FILE *file, const Code *code) {
  static const struct {
    uint32_t flag;
    const char *name;
  } kinds[] = {
      {CODE_GENERATOR, "generator"},   {CODE_ASYNC_GENERATOR, "async generator"},
      {CODE_COROUTINE, "coroutine"},   {CODE_MODULE, "module"},
      {CODE_CLASS_BODY, "class body"},
  };
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (code->flags & kinds[i].flag) fprintf(file, ", %s", kinds[i].name);
  }
}

void dis_code(VM *vm, const Code *code, FILE *file) {
  print_str(file, code->qualname);
  fprintf(file, " (");
  print_str(file, code->filename);
  fprintf(file, ":%u), %u registers", code->first_line, code->register_count);
  print_kind(file, code);
  fputc('\n', file);
  print_instrs(vm, file, code);
  print_ranges(file, code);
  for (uint32_t i = 0; i < code->const_count; i++) {
    if (!is_kind(code->consts[i], KIND_CODE)) continue;
    fputc('\n', file);
    dis_code(vm, (const Code *)as_object(code->consts[i]), file);
  }
}

static const char *role_text(uint8_t role) {
  static const char *const names[] = {
      [ROLE_NONE] = "",         [ROLE_WRITE] = "write",
      [ROLE_READ] = "read",     [ROLE_READ_WRITE] = "read, write",
      [ROLE_BASE] = "base",     [ROLE_CONST] = "const",
      [ROLE_SITE] = "site",     [ROLE_FREE] = "free",
      [ROLE_GLOBAL] = "global", [ROLE_JUMP16] = "jump",
      [ROLE_JUMP32] = "jump",   [ROLE_NUMBER] = "number",
      [ROLE_CONST32] = "const", [ROLE_IMM32] = "integer",
      [ROLE_IMM16] = "integer",
  };
  return names[role];
}

void dis_opcodes(FILE *file) {
  for (int op = 0; op < OP_COUNT; op++) {
    const OpcodeInfo *info = &opcode_table[op];
    fprintf(file, "%-18s %-7s %-12s %-8s %-7s %s\n", info->name, role_text(info->k),
            role_text(info->a), role_text(info->b), role_text(info->c), info->meaning);
  }
}
