// dis.h: the disassembler: a code object as text, for `coro dis`.
#ifndef CORO_SRC_DIS_H
#define CORO_SRC_DIS_H

#include <stdio.h>

#include "vm.h"

// The code and, after it, every code object among its constants.
void dis_code(VM *vm, const Code *code, FILE *file);
// The opcode table, for `coro dis --opcodes`.
void dis_opcodes(FILE *file);

#endif
