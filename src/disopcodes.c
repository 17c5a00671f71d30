// disopcodes.c: the reference of the instruction set, from the one table (opcodes.def).
#include <string.h>

#include "dis.h"
#include "jsontext.h"

#define VERSION 1  // of the JSON form; it changes when a reader would have to

static const char introduction[] =
    "The instructions of Coro. R[x] is register x of the frame, K[x] constant x of the code; k, "
    "a,\n"
    "b, c are an instruction's operands, d is one that takes the place of b and c. Registers are\n"
    "the frame's variables and, after them, temporaries.\n"
    "\n"
    "  Operands: write, read, update: a register that is written, read, both; base: the first of "
    "a\n"
    "  run of registers; const: a constant; site: an attribute's name; free: a variable of a\n"
    "  function around; global: a variable of the module; jump: another instruction.\n"
    "\n"
    "  Flags: r may raise, c may call (another frame may run before the next instruction), j may\n"
    "  jump, e never goes on to the next instruction, s may suspend.\n"
    "\n";

static const struct {
  int flag;
  char letter;
  const char *name;
} flags[] = {
    {OPF_RAISES, 'r', "raises"}, {OPF_CALLS, 'c', "calls"},       {OPF_JUMPS, 'j', "jumps"},
    {OPF_ENDS, 'e', "ends"},     {OPF_SUSPENDS, 's', "suspends"},
};

enum { FLAGS = sizeof flags / sizeof *flags };

const char *dis_role(OperandRole role) {
  static const char *const names[] = {
      [ROLE_NONE] = "",         [ROLE_WRITE] = "write",
      [ROLE_READ] = "read",     [ROLE_READ_WRITE] = "update",
      [ROLE_BASE] = "base",     [ROLE_CONST] = "const",
      [ROLE_SITE] = "site",     [ROLE_FREE] = "free",
      [ROLE_GLOBAL] = "global", [ROLE_JUMP16] = "jump",
      [ROLE_JUMP32] = "jump",   [ROLE_NUMBER] = "number",
      [ROLE_CONST32] = "const", [ROLE_IMM32] = "integer",
      [ROLE_IMM16] = "integer",
  };
  return names[role];
}

// Whether operand b is the long one, d.
static bool is_long(const OpcodeInfo *info) {
  return info->b == ROLE_JUMP32 || info->b == ROLE_CONST32 || info->b == ROLE_GLOBAL ||
         info->b == ROLE_IMM32;
}

static void print_table(FILE *file) {
  fprintf(file, "%s%-18s %-5s %-7s %-7s %-8s %-7s %s\n", introduction, "NAME", "FLAGS", "k", "a",
          "b or d", "c", "MEANING");
  for (int op = 0; op < OP_COUNT; op++) {
    const OpcodeInfo *info = &opcode_table[op];
    char letters[FLAGS + 1] = "";
    for (int i = 0; i < FLAGS; i++)
      letters[i] = info->flags & flags[i].flag ? flags[i].letter : '-';
    fprintf(file, "%-18s %-5s %-7s %-7s %-8s %-7s %s\n", info->name, letters,
            dis_role((OperandRole)info->k), dis_role((OperandRole)info->a),
            dis_role((OperandRole)info->b), dis_role((OperandRole)info->c), info->meaning);
  }
}

static void print_operand(FILE *file, const char *name, uint8_t role, const char **between) {
  if (role == ROLE_NONE) return;
  fprintf(file, "%s\"%s\": \"%s\"", *between, name, dis_role((OperandRole)role));
  *between = ", ";
}

static void print_json(FILE *file) {
  fprintf(file, "{\"version\": %d, \"stage\": \"opcodes\", \"opcodes\": [", VERSION);
  for (int op = 0; op < OP_COUNT; op++) {
    const OpcodeInfo *info = &opcode_table[op];
    const char *between = "";
    fprintf(file, "%s\n{\"name\": \"%s\", \"operands\": {", op == 0 ? "" : ",", info->name);
    print_operand(file, "k", info->k, &between);
    print_operand(file, "a", info->a, &between);
    print_operand(file, is_long(info) ? "d" : "b", info->b, &between);
    print_operand(file, "c", info->c, &between);
    fputs("}, \"flags\": [", file);
    between = "";
    for (int i = 0; i < FLAGS; i++) {
      if (!(info->flags & flags[i].flag)) continue;
      fprintf(file, "%s\"%s\"", between, flags[i].name);
      between = ", ";
    }
    fputs("], \"meaning\": ", file);
    json_write_c(file, info->meaning);
    fputc('}', file);
  }
  fputs("\n]}\n", file);
}

void dis_opcodes(bool json, FILE *file) {
  if (json) {
    print_json(file);
  } else {
    print_table(file);
  }
}
