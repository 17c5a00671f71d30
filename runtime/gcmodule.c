// gcmodule.c: the module `_gc`: what gc.coro asks of the collector.
#include "gcmodule.h"

#include "heap_private.h"
#include "int.h"
#include "rows.h"

// A collection at the next safepoint.
static bool request(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  vm->heap->requested = true;
  vm->interrupt |= INTERRUPT_COLLECT;
  *out = NONE;
  return true;
}

static bool allocated(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  *out = int_from_i64(vm, (int64_t)vm->heap->allocated);
  return true;
}

static bool collections(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  *out = int_from_i64(vm, (int64_t)vm->heap->collections);
  return true;
}

static const NativeDef functions[] = {
    FUNCTION_ROW("request", request, 0, 0, NULL),
    FUNCTION_ROW("allocated", allocated, 0, 0, NULL),
    FUNCTION_ROW("collections", collections, 0, 0, NULL),
    END_ROW,
};

bool gcmodule_install(VM *vm, Module *module) {
  native_add_functions(vm, module, functions);
  return true;
}
