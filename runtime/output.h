// output.h: the program's standard output: buffered when it is no terminal, always flushed at the
// end; a closed pipe and a full disk are told apart.
#ifndef CORO_OUTPUT_H
#define CORO_OUTPUT_H

#include "vm.h"

// Raises OSError for the system's error number: the class that belongs to it. Always false.
bool output_raise(VM *vm, int number);
// False: BrokenPipeError, another OSError or UnicodeEncodeError is pending.
bool output_write(VM *vm, const char *text, size_t length) MUST_CHECK;
bool output_flush(VM *vm) MUST_CHECK;
// The bytes below the text: sys.stdout.buffer.
bool output_write_bytes(VM *vm, const void *bytes, size_t length) MUST_CHECK;
bool output_flush_bytes(VM *vm) MUST_CHECK;
// At the end of a program: text goes on to stdio; whoever flushes that will see its errors.
void output_finish(VM *vm);
// Whether a write has failed because nobody reads standard output any more.
bool output_is_broken(void);

#endif
