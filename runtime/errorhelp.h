// errorhelp.h: what may help with an exception that nobody caught: the name that was meant, the
// text to write.
#ifndef CORO_ERRORHELP_H
#define CORO_ERRORHELP_H

#include "vm.h"

// Adds ". Did you mean: 'print'?" behind the exception's own text where CPython does, by its rules.
void errorhelp_suggest(VM *vm, const Exception *exception, Text *out);
// Adds a line "  = help: …" where there is something to say.
void errorhelp_put(VM *vm, const Exception *exception, Text *out);

#endif
