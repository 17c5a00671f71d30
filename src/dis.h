// dis.h: the disassembler: code objects as text or as JSON, for `coro dis` and a session.
//
// The lines of the source are shown where the code's module knows its text (import_source_of).
#ifndef CORO_SRC_DIS_H
#define CORO_SRC_DIS_H

#include <stdio.h>

#include "vm.h"

// The code and, after it, every code object among its constants.
void dis_code(VM *vm, const Code *code, FILE *file);
// The same of one or more code objects of a file as one JSON value (disjson.c).
void dis_json(VM *vm, const Code *const *codes, int count, FILE *file);

// The code objects that a name means within a code and those among its constants: "run" is any
// function of that name, "Worker.run" and "main.<locals>.run" (or "main.run") say where it stands.
// The first `most` are written; how many there are.
int dis_find(const Code *code, const char *name, const Code **found, int most);

// The opcode table, for `coro dis --opcodes` (disopcodes.c).
void dis_opcodes(bool json, FILE *file);

// ---- what the forms share

enum { DIS_OPERANDS = 3 };

// value: the number of a register, a constant, a site, …; of a jump, the instruction it goes to.
typedef struct DisOperand {
  OperandRole role;
  int64_t value;
} DisOperand;

int dis_operands(const Code *code, uint32_t at, DisOperand *out);
void dis_write_operand(VM *vm, const Code *code, DisOperand operand, FILE *file);
// All of an instruction's operands, as they are shown.
void dis_write_operands(VM *vm, const Code *code, uint32_t at, FILE *file);
void dis_write_register(const Code *code, int reg, FILE *file);
void dis_write_const(VM *vm, const Code *code, uint32_t index, FILE *file);

int64_t dis_target(const Code *code, uint32_t at);  // where a jump goes; -1: it is none
bool *dis_targets(const Code *code);  // for each instruction whether a jump arrives; malloc'd
const char *dis_kind(const Code *code);
const char *dis_role(OperandRole role);  // "write", "base": what --opcodes calls it

#endif
