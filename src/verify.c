// verify.c: checks a code object against the opcode table. One pass; every operand has a role.
#include "verify.h"

typedef struct Check {
  VM *vm;
  const Code *code;
  const char *wrong;
} Check;

static bool require(Check *check, bool holds, const char *what) {
  if (!holds && check->wrong == NULL) check->wrong = what;
  return holds;
}

static void check_registers(Check *check, int64_t first, int64_t count) {
  require(check, first + count <= check->code->register_count, "register out of range");
}

// How many registers a BASE operand spans.
static int64_t run_length(const Instr *instr) {
  switch ((Opcode)instr->op) {
    case OP_LOAD_METHOD:
    case OP_MATCH_GROUP: return 2;
    case OP_BUILD_SLICE:
    case OP_CALL_EX:
    case OP_EXC_INFO: return 3;
    case OP_BUILD_CLASS:
    case OP_BEFORE_WITH: return 4;
    case OP_BUILD_LIST:
    case OP_BUILD_TUPLE:
    case OP_BUILD_STRING:
    case OP_UNPACK: return instr->c;
    case OP_UNPACK_STAR: return (int64_t)instr->c + 1 + instr->k;
    case OP_MAKE_FUNCTION: return instr->k & 4 ? 3 : instr->k & 2 ? 2 : instr->k & 1;
    case OP_CALL: return (int64_t)instr->c + 1;
    case OP_CALL_METHOD:
    case OP_CALL_KW: return (int64_t)instr->c + 2;
    case OP_CALL_METHOD_KW: return (int64_t)instr->c + 3;
    default: return 1;
  }
}

static void check_jump(Check *check, int64_t at, int64_t distance) {
  int64_t target = at + 1 + distance;
  require(check, target >= 0 && target < check->code->instr_count, "jump out of range");
}

static void check_operand(Check *check, const Instr *instr, int64_t at, OperandRole role,
                          uint16_t value) {
  const Code *code = check->code;
  switch (role) {
    case ROLE_NONE:
    case ROLE_NUMBER:
    case ROLE_IMM16:
    case ROLE_IMM32: break;
    case ROLE_WRITE:
    case ROLE_READ:
    case ROLE_READ_WRITE: check_registers(check, value, 1); break;
    case ROLE_BASE: check_registers(check, value, run_length(instr)); break;
    case ROLE_CONST: require(check, value < code->const_count, "constant out of range"); break;
    case ROLE_SITE: require(check, value < code->site_count, "attribute site out of range"); break;
    case ROLE_FREE:
      require(check, value < code->capture_count, "free variable out of range");
      break;
    case ROLE_JUMP16: check_jump(check, at, (int16_t)value); break;
    case ROLE_JUMP32: check_jump(check, at, instr->d); break;
    case ROLE_CONST32:
      require(check, instr->d >= 0 && (uint32_t)instr->d < code->const_count,
              "constant out of range");
      break;
    case ROLE_GLOBAL:
      require(check, instr->d >= 0 && (uint32_t)instr->d < code->module->count,
              "global slot out of range");
      break;
  }
}

static bool is_long(OperandRole role) {
  return role == ROLE_JUMP32 || role == ROLE_CONST32 || role == ROLE_GLOBAL || role == ROLE_IMM32;
}

static void check_function(Check *check, const Instr *instr) {
  const Code *code = check->code;
  Value value = code->consts[instr->c];
  if (!require(check, is_kind(value, KIND_CODE), "function of a constant that is no code")) return;
  const Code *inner = (const Code *)as_object(value);
  for (uint32_t i = 0; i < inner->capture_count; i++) {
    uint32_t limit = inner->captures[i].from_register ? code->register_count : code->capture_count;
    require(check, inner->captures[i].index < limit, "capture out of range");
  }
}

// Rules about single opcodes that the table does not state.
static void check_special(Check *check, const Instr *instr, int64_t at) {
  const Code *code = check->code;
  bool suspends = code->flags & CODE_SUSPENDS;
  switch ((Opcode)instr->op) {
    case OP_MAKE_FUNCTION: check_function(check, instr); break;
    case OP_CALL:
    case OP_CALL_METHOD:
    case OP_CALL_KW:
    case OP_CALL_METHOD_KW:
    case OP_CALL_EX: {
      if (instr->k != CALL_AWAITED) break;
      bool has_next = at + 1 < code->instr_count;
      require(
          check,
          has_next && instr[1].op == OP_AWAIT && instr[1].a == instr->a && instr[1].b == instr->a,
          "awaited call without its await");
      break;
    }
    case OP_RETURN: require(check, !suspends, "plain return from a generator or coroutine"); break;
    case OP_RETURN_GENERATOR:
      require(check, suspends, "generator's return from a plain function");
      break;
    case OP_YIELD: require(check, code->flags & CODE_GENERATOR, "yield outside a generator"); break;
    case OP_ASYNC_YIELD:
      require(check, code->flags & CODE_ASYNC_GENERATOR, "yield outside an async generator");
      break;
    case OP_AWAIT:
    case OP_YIELD_FROM:
    case OP_ASYNC_FOR_ITER: require(check, suspends, "suspension in a plain function"); break;
    default: break;
  }
}

static void check_instr(Check *check, uint32_t at) {
  const Instr *instr = &check->code->instrs[at];
  if (!require(check, instr->op < OP_COUNT, "unknown opcode")) return;
  const OpcodeInfo *info = &opcode_table[instr->op];
  check_operand(check, instr, at, info->a, instr->a);
  check_operand(check, instr, at, info->b, instr->b);
  if (!is_long(info->b)) check_operand(check, instr, at, info->c, instr->c);
  if (check->wrong == NULL) check_special(check, instr, at);
}

static void check_ranges(Check *check) {
  const Code *code = check->code;
  for (uint32_t i = 0; i < code->handler_count; i++) {
    const Handler *handler = &code->handlers[i];
    require(check, handler->start < handler->end && handler->end <= code->instr_count,
            "handler range out of bounds");
    require(check, handler->target < code->instr_count, "handler target out of bounds");
    check_registers(check, handler->reg, 1);
  }
  for (uint32_t i = 0; i < code->handling_count; i++) {
    const Handling *handling = &code->handlings[i];
    require(check, handling->start < handling->end && handling->end <= code->instr_count,
            "handling range out of bounds");
    check_registers(check, handling->reg, 1);
  }
}

static void check_parameters(Check *check) {
  const Code *code = check->code;
  int named = code->param_count + code->keyword_only_count + !!(code->flags & CODE_VARARGS) +
              !!(code->flags & CODE_VARKEYWORDS);
  require(check, code->positional_only <= code->param_count, "too many positional-only parameters");
  require(check, named <= code->local_count, "parameters without registers");
  require(check, code->local_count <= code->register_count, "locals without registers");
}

const char *verify_code(VM *vm, const Code *code) {
  Check check = {.vm = vm, .code = code};
  if (!require(&check, code->instr_count > 0, "no instructions")) return check.wrong;
  check_parameters(&check);
  for (uint32_t i = 0; i < code->instr_count; i++) check_instr(&check, i);
  const Instr *last = &code->instrs[code->instr_count - 1];
  if (last->op < OP_COUNT) {
    require(&check, opcode_table[last->op].flags & OPF_ENDS, "control runs off the end");
  }
  check_ranges(&check);
  return check.wrong;
}
