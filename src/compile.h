// compile.h: source text to code object: parse, resolve names, make code, verify it.
//
// Where to read on: compile_stmt.c for statements, compile_expr.c for expressions, compile_flow.c
// for loops, try and with, compile_func.c for what has a code object of its own; emit.h is the
// builder they all write to.
#ifndef CORO_SRC_COMPILE_H
#define CORO_SRC_COMPILE_H

#include "vm.h"

// A CompileFn (vm.h). On false a SyntaxError (or IndentationError, TabError) is pending whose args
// are Python's: (msg, (filename, lineno, offset, text, end_lineno, end_offset)).
bool compile_source(VM *vm, const char *text, size_t length, Str *filename, Module *module,
                    CompileMode mode, Code **out) MUST_CHECK;

#endif
