// fuzz.h: what the fuzzing targets share. A target is a LLVMFuzzerTestOneInput of libFuzzer's in a
// file of its own; scripts/dev/fuzz builds and runs them.
//
// Invariant: a run ends in the process that it began in. Where Coro would end the process (no more
// memory, --max-steps), only the run ends: the linker sends exit, _exit and _Exit here.
#ifndef CORO_TESTS_FUZZ_H
#define CORO_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "vm.h"

// Calls body(data), at most to the place where it ends the process. False: it did.
bool fuzz_run(void (*body)(void *data), void *data);

// Where programs print to, and Coro's words on standard error too: nowhere.
void fuzz_be_quiet(void);

// What reaches beyond the process (files, sockets, other processes, threads, signals) is not to be
// had from now on: importing it is ModuleNotFoundError, open() is None.
void fuzz_enclose(VM *vm);

// Calls check() of a program's text with the input as str, where it is one, and as bytes. What
// check() raises is a finding: its traceback is told, and the process aborts.
void fuzz_check(const char *program, const uint8_t *data, size_t size);

#endif
