// input.h: the program's standard input, a line at a time.
#ifndef CORO_INPUT_H
#define CORO_INPUT_H

#include "vm.h"

// The next line with its line end ("\r\n" comes as "\n"); "" at the end of the
// input. False: KeyboardInterrupt (SIGINT came meanwhile) or OSError is pending.
bool input_line(VM *vm, Value *out) MUST_CHECK;
// The next `count` characters, fewer at the end of the input.
bool input_characters(VM *vm, uint64_t count, Value *out) MUST_CHECK;
// All that is left.
bool input_rest(VM *vm, Value *out) MUST_CHECK;

#endif
