// check.h: `coro check FILE`: what can be known of a program without running it.
#ifndef CORO_SRC_CHECK_H
#define CORO_SRC_CHECK_H

#include "ast.h"
#include "diag.h"
#include "vm.h"

// Adds a warning for each name that nothing defines, call of an async def that is not awaited,
// await of a plain function, builtin called under a name that has another value, import that is not
// used, and statement that is never reached. Or else the errors of names that the compiler would
// find. vm: knows the builtins.
void check_module(VM *vm, Arena *arena, const Source *source, const AstModule *module,
                  DiagList *diags);

#endif
