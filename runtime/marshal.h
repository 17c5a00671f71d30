// marshal.h: a module's code object as bytes, so that the library is compiled when Coro is built
// and not when a program imports it.
//
// The bytes are for the very build that wrote them: byte order, structs and opcodes are as they
// lie in memory. Nothing but the library embedded in the binary is ever read.
#ifndef CORO_MARSHAL_H
#define CORO_MARSHAL_H

#include <stdio.h>

#include "code.h"

// Writes the code of a module. An error shows in ferror(file).
void marshal_write(VM *vm, FILE *file, const Code *code);
// The code again, for `module`; `flags` are added to those of each code object in it.
Code *marshal_read(VM *vm, const unsigned char *bytes, Module *module, uint32_t flags);

#endif
