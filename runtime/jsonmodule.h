// jsonmodule.h: the module `_json`: the fast parts of json, for values of the builtin classes.
#ifndef CORO_JSONMODULE_H
#define CORO_JSONMODULE_H

#include "vm.h"

bool json_install(VM *vm, Module *module);
extern const NativeDef json_scan_functions[];    // jsonscan.c
extern const NativeDef json_encode_functions[];  // jsonencode.c

// How deep data may be nested: RecursionError beyond. Neither reading nor writing uses the C stack
// for it in a way that this number could exhaust.
#define JSON_MAX_DEPTH 10000
static inline size_t json_depth_limit(const VM *vm) {
  size_t limit = vm->recursion_limit > 5 ? vm->recursion_limit - 5 : 0;
  return limit < JSON_MAX_DEPTH ? limit : JSON_MAX_DEPTH;
}

#endif
