// dis.c: prints code objects by source line.
//
//     7 |     total += await price(name)
//             12 > CALL             r3 = r4(r5)  [awaited]
//             13 ~ AWAIT            r3 = r3                    may suspend
//             14   ADD              total = total, r3  [in place]
//
// are the line; then each instruction's number, `>` where a jump arrives, `~` where the code may
// suspend, the opcode and its operands: what is written first, before the equals sign. `r4…` is the
// first of a run of registers. What an opcode does: `coro dis --opcodes`.
#include "dis.h"

#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "source.h"

static void write_str(FILE *file, const Str *str) { fwrite(str->data, 1, str->length, file); }

// ---- operands

void dis_write_register(const Code *code, int reg, FILE *file) {
  if (reg < code->local_count) {
    write_str(file, code->local_names[reg]);
  } else {
    fprintf(file, "r%d", reg);
  }
}

void dis_write_const(VM *vm, const Code *code, uint32_t index, FILE *file) {
  enum { SHOWN = 60 };
  Value value = code->consts[index];
  if (is_kind(value, KIND_CODE)) {
    fputs("<code ", file);
    write_str(file, ((const Code *)as_object(value))->qualname);
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

int64_t dis_target(const Code *code, uint32_t at) {
  const Instr *instr = &code->instrs[at];
  const OpcodeInfo *info = &opcode_table[instr->op];
  if (info->b == ROLE_JUMP32) return (int64_t)at + 1 + instr->d;
  if (info->c == ROLE_JUMP16) return (int64_t)at + 1 + (int16_t)instr->c;
  return -1;
}

bool *dis_targets(const Code *code) {
  bool *arrives = calloc(code->instr_count + 1, sizeof *arrives);
  if (arrives == NULL) return NULL;
  for (uint32_t at = 0; at < code->instr_count; at++) {
    int64_t target = dis_target(code, at);
    if (target >= 0 && target < code->instr_count) arrives[target] = true;
  }
  for (uint32_t i = 0; i < code->handler_count; i++) arrives[code->handlers[i].target] = true;
  return arrives;
}

int dis_operands(const Code *code, uint32_t at, DisOperand *out) {
  const Instr *instr = &code->instrs[at];
  const OpcodeInfo *info = &opcode_table[instr->op];
  bool is_long = info->b == ROLE_JUMP32 || info->b == ROLE_CONST32 || info->b == ROLE_GLOBAL ||
                 info->b == ROLE_IMM32;
  uint8_t roles[DIS_OPERANDS] = {info->a, info->b, is_long ? ROLE_NONE : info->c};
  int64_t values[DIS_OPERANDS] = {instr->a, is_long ? instr->d : instr->b, instr->c};
  int count = 0;
  for (int i = 0; i < DIS_OPERANDS; i++) {
    if (roles[i] == ROLE_NONE) continue;
    DisOperand operand = {(OperandRole)roles[i], values[i]};
    if (operand.role == ROLE_JUMP16 || operand.role == ROLE_JUMP32) {
      operand.value = dis_target(code, at);
    } else if (operand.role == ROLE_IMM16) {
      operand.value = (int16_t)instr->c;
    }
    out[count++] = operand;
  }
  return count;
}

void dis_write_operand(VM *vm, const Code *code, DisOperand operand, FILE *file) {
  switch (operand.role) {
    case ROLE_NONE: break;
    case ROLE_WRITE:
    case ROLE_READ:
    case ROLE_READ_WRITE: dis_write_register(code, (int)operand.value, file); break;
    case ROLE_BASE:
      dis_write_register(code, (int)operand.value, file);
      fputs("…", file);
      break;
    case ROLE_CONST:
    case ROLE_CONST32: dis_write_const(vm, code, (uint32_t)operand.value, file); break;
    case ROLE_SITE:
      fputc('.', file);
      write_str(file, code->sites[operand.value].name);
      break;
    case ROLE_FREE:
      fputs("free ", file);
      write_str(file, code->free_names[operand.value]);
      break;
    case ROLE_GLOBAL:
      fputs("global ", file);
      write_str(file, module_slot_name(code->module, (uint32_t)operand.value));
      break;
    case ROLE_JUMP16:
    case ROLE_JUMP32: fprintf(file, "-> %lld", (long long)operand.value); break;
    case ROLE_NUMBER:
    case ROLE_IMM32:
    case ROLE_IMM16: fprintf(file, "%lld", (long long)operand.value); break;
  }
}

// The small operand k in words, where it chooses between two or three things.
static const char *word_of_k(uint8_t op, uint8_t k) {
  if (op >= OP_ADD && op <= OP_XOR_K) return k == 1 ? "in place" : NULL;
  if (op == OP_IS || op == OP_IN) return k == 1 ? "not" : NULL;
  if (op >= OP_JUMP_LT && op <= OP_JUMP_IS_K) return k == 1 ? "if true" : "if false";
  if (op >= OP_CALL && op <= OP_CALL_EX) {
    return k == CALL_AWAITED ? "awaited" : k == CALL_DROPPED ? "dropped" : NULL;
  }
  if (op == OP_AWAIT) return k == 1 ? "__aenter__" : k == 2 ? "__aexit__" : NULL;
  if (op == OP_BEFORE_WITH) return k == 1 ? "async" : NULL;
  if (op == OP_MAKE_FUNCTION) {
    return k == 1 ? "defaults" : k == 2 ? "keyword defaults" : k == 4 ? "annotations" : NULL;
  }
  return NULL;
}

// Registers first … first + count - 1.
static void write_run(const Code *code, int first, int count, FILE *file) {
  if (count > 0) dis_write_register(code, first, file);
  if (count > 1) {
    fputs(count == 2 ? ", " : " … ", file);
    dis_write_register(code, first + count - 1, file);
  }
}

// The three whose operands depend on k, or that write two registers. False: it is none of them.
static bool write_specially(VM *vm, const Code *code, const Instr *instr, FILE *file) {
  bool is_method = instr->op == OP_LOAD_METHOD, is_format = instr->op == OP_FORMAT_VALUE;
  if (!is_method && !is_format && (instr->op != OP_MAKE_FUNCTION || instr->k != 0)) return false;
  dis_write_register(code, instr->a, file);
  if (is_method) {
    fputs(", ", file);
    dis_write_register(code, instr->a + 1, file);
  }
  fputs(" = ", file);
  if (is_method) {
    dis_write_register(code, instr->b, file);
    dis_write_operand(vm, code, (DisOperand){ROLE_SITE, instr->c}, file);
  } else if (is_format) {
    static const char *const conversions[] = {"", "!s", "!r", "!a"};
    dis_write_register(code, instr->b, file);
    fputs(conversions[instr->k & 3], file);
    if (instr->k & 4) fputc(':', file);
    if (instr->k & 4) dis_write_register(code, instr->c, file);
  } else {
    dis_write_const(vm, code, instr->c, file);
  }
  return true;
}

// What is built of, or called with, a run of registers: R[b] and the c that follow, mostly. False:
// the instruction is none of these.
static bool write_with_run(const Code *code, const Instr *instr, FILE *file) {
  const char *brackets = "()";
  int first = instr->b, count = instr->c;
  switch (instr->op) {
    case OP_BUILD_STRING: brackets = ""; break;
    case OP_BUILD_LIST: brackets = "[]"; break;
    case OP_BUILD_TUPLE: break;
    case OP_CALL_METHOD:
    case OP_CALL_METHOD_KW: count++;  // fall through
    case OP_CALL:
    case OP_CALL_KW: first++; break;
    default: return false;
  }
  dis_write_register(code, instr->a, file);
  fputs(" = ", file);
  if (first != instr->b) dis_write_register(code, instr->b, file);
  if (*brackets != '\0') fputc(brackets[0], file);
  write_run(code, first, count, file);
  if (*brackets != '\0') fputc(brackets[1], file);
  return true;
}

static bool is_store(uint8_t op) {
  return op == OP_STORE_GLOBAL || op == OP_STORE_CELL || op == OP_STORE_FREE ||
         op == OP_STORE_ATTR || op == OP_STORE_ITEM || op == OP_STORE_NAME || op == OP_DICT_SET;
}

// What is written stands first: where R[a] is stored somewhere, a comes last.
static void write_plainly(VM *vm, const Code *code, uint32_t at, FILE *file) {
  DisOperand operands[DIS_OPERANDS];
  int count = dis_operands(code, at, operands);
  uint8_t op = code->instrs[at].op;
  bool store = is_store(op);
  bool item = op == OP_LOAD_ITEM || op == OP_STORE_ITEM || op == OP_LOAD_NAME ||
              op == OP_STORE_NAME || op == OP_DICT_SET;
  for (int i = store ? 1 : 0; i < count; i++) {
    bool inside = item && i == 2;
    if (inside) {
      fputc('[', file);
    } else if (i > (store ? 1 : 0) && operands[i].role != ROLE_SITE) {
      fputs(i == 1 && operands[0].role == ROLE_WRITE ? " = " : ", ", file);
    }
    dis_write_operand(vm, code, operands[i], file);
    if (inside) fputc(']', file);
  }
  if (!store) return;
  fputs(" = ", file);
  dis_write_operand(vm, code, operands[0], file);
}

void dis_write_operands(VM *vm, const Code *code, uint32_t at, FILE *file) {
  const Instr *instr = &code->instrs[at];
  if (!write_specially(vm, code, instr, file) && !write_with_run(code, instr, file)) {
    write_plainly(vm, code, at, file);
  }
  const char *word = word_of_k(instr->op, instr->k);
  if (word != NULL) {
    fprintf(file, "  [%s]", word);
  } else if (opcode_table[instr->op].k == ROLE_NUMBER && instr->k != 0 &&
             instr->op != OP_FORMAT_VALUE) {
    fprintf(file, "  [k=%u]", instr->k);
  }
}

const char *dis_kind(const Code *code) {
  if (code->flags & CODE_MODULE) return code->flags & CODE_COROUTINE ? "async module" : "module";
  if (code->flags & CODE_CLASS_BODY) return "class body";
  if (code->flags & CODE_ASYNC_GENERATOR) return "async generator";
  if (code->flags & CODE_COROUTINE) return "coroutine";
  if (code->flags & CODE_GENERATOR) return "generator";
  return code->flags & CODE_LAMBDA ? "lambda" : "function";
}

// ---- text

typedef struct Dis {
  VM *vm;
  const Source *source;  // or NULL
  FILE *file;
} Dis;

static void print_source_line(const Dis *dis, uint32_t number) {
  if (number == 0) return;
  Str8 line = dis->source != NULL ? source_line(dis->source, number) : (Str8){0};
  while (line.length > 0 && strchr(" \t\r\f", line.data[line.length - 1]) != NULL) line.length--;
  fprintf(dis->file, "%5u |", number);
  if (line.length > 0) fputc(' ', dis->file);
  for (size_t i = 0; i < line.length; i++) {
    unsigned char c = (unsigned char)line.data[i];
    fputc(c < 0x20 && c != '\t' ? '?' : c, dis->file);
  }
  fputc('\n', dis->file);
}

// How many columns of a terminal a UTF-8 text takes, as long as its letters are narrow.
static size_t columns(const char *text) {
  size_t count = 0;
  for (; *text != '\0'; text++) count += ((unsigned char)*text & 0xC0) != 0x80;
  return count;
}

static void print_instr(const Dis *dis, const Code *code, uint32_t at, bool arrives) {
  enum { WIDTH = 26 };  // of the operands, where a remark follows
  const OpcodeInfo *info = &opcode_table[code->instrs[at].op];
  bool suspends = info->flags & OPF_SUSPENDS;
  char *text = NULL;
  size_t length;
  FILE *memory = open_memstream(&text, &length);
  if (memory == NULL) return;
  dis_write_operands(dis->vm, code, at, memory);
  if (fclose(memory) == 0) {
    fprintf(dis->file, "%11u %c%c %-16s%s%s", at, arrives ? '>' : ' ', suspends ? '~' : ' ',
            info->name, *text == '\0' ? "" : " ", text);
    if (suspends) {
      size_t taken = columns(text);
      fprintf(dis->file, "%*smay suspend", taken < WIDTH ? (int)(WIDTH - taken) : 2, "");
    }
    fputc('\n', dis->file);
  }
  free(text);
}

static void print_instrs(const Dis *dis, const Code *code) {
  bool *arrives = dis_targets(code);
  if (arrives == NULL) return;
  uint32_t line = 0;
  for (uint32_t at = 0; at < code->instr_count; at++) {
    if (code->positions[at].line != line) {
      line = code->positions[at].line;
      print_source_line(dis, line);
    }
    print_instr(dis, code, at, arrives[at]);
  }
  free(arrives);
}

static void print_range(const Dis *dis, uint32_t start, uint32_t end) {
  fprintf(dis->file, end - start == 1 ? "%u" : "%u … %u", start, end - 1);
}

static void print_ranges(const Dis *dis, const Code *code) {
  for (uint32_t i = 0; i < code->handler_count; i++) {
    const Handler *handler = &code->handlers[i];
    fputs("      an exception in ", dis->file);
    print_range(dis, handler->start, handler->end);
    fprintf(dis->file, " goes to %u, kept in ", handler->target);
    dis_write_register(code, handler->reg, dis->file);
    fputc('\n', dis->file);
  }
  for (uint32_t i = 0; i < code->handling_count; i++) {
    const Handling *handling = &code->handlings[i];
    fputs("      ", dis->file);
    print_range(dis, handling->start, handling->end);
    fputs(handling->end - handling->start == 1 ? " deals" : " deal", dis->file);
    fputs(" with the exception in ", dis->file);
    dis_write_register(code, handling->reg, dis->file);
    fputc('\n', dis->file);
  }
}

// The variables by name, then the temporaries.
static void print_registers(const Dis *dis, const Code *code) {
  int count = code->register_count, named = code->local_count;
  fprintf(dis->file, "%d register%s", count, count == 1 ? "" : "s");
  for (int i = 0; i < named; i++) {
    fputs(i == 0 ? ": " : ", ", dis->file);
    dis_write_register(code, i, dis->file);
  }
  if (count > named) fputs(named == 0 ? ": " : ", ", dis->file);
  write_run(code, named, count - named, dis->file);
  fputc('\n', dis->file);
}

static void print_code(const Dis *dis, const Code *code) {
  write_str(dis->file, code->qualname);
  fputs(" (", dis->file);
  write_str(dis->file, code->filename);
  fprintf(dis->file, ":%u), %s, ", code->first_line, dis_kind(code));
  print_registers(dis, code);
  print_instrs(dis, code);
  print_ranges(dis, code);
  for (uint32_t i = 0; i < code->const_count; i++) {
    if (!is_kind(code->consts[i], KIND_CODE)) continue;
    fputc('\n', dis->file);
    print_code(dis, (const Code *)as_object(code->consts[i]));
  }
}

void dis_code(VM *vm, const Code *code, FILE *file) {
  const Str *text = import_source_of(vm, code);
  Source *source = text == NULL ? NULL : source_new("", text->data, text->length);
  print_code(&(Dis){vm, source, file}, code);
  source_free(source);
}

// ---- by name

// Whether `name` is the qualname, or the qualname without its "<locals>.".
static bool is_qualname(const Str *qualname, const char *name) {
  static const char locals[] = "<locals>.";
  const char *at = qualname->data;
  if (strcmp(at, name) == 0) return true;
  while (*at != '\0') {
    if (strncmp(at, locals, sizeof locals - 1) == 0) {
      at += sizeof locals - 1;
    } else if (*at++ != *name++) {
      return false;
    }
  }
  return *name == '\0';
}

int dis_find(const Code *code, const char *name, const Code **found, int most) {
  if (strcmp(code->name->data, name) == 0 || is_qualname(code->qualname, name)) {
    if (most > 0) *found = code;
    return 1;
  }
  int count = 0;
  for (uint32_t i = 0; i < code->const_count; i++) {
    if (!is_kind(code->consts[i], KIND_CODE)) continue;
    int left = most > count ? most - count : 0;
    count += dis_find((const Code *)as_object(code->consts[i]), name, found + count, left);
  }
  return count;
}
