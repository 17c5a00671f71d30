// drain.c: see drain.h. The step function drives the generator as next() would, again and again.
// An item that only a script can add (its own __hash__, an odd pair) is handed to the prelude, and
// the walk goes on after it.
#include "drain.h"

#include "interp.h"
#include "rows.h"

// Registers: 0 the target, 1 the iterable, 2 the limit, 3 how many were taken.
enum { TARGET, ITERABLE, LIMIT, TAKEN, REGISTERS };
enum { START, RESUMED, ADDED };

static Step resume(VM *vm, Frame *frame) {
  return generator_resume(vm, frame, RESUMED, (Frame *)as_object(frame->regs[ITERABLE]), NONE);
}

static Tri add_pair(VM *vm, Dict *dict, Value item) {
  const Value *pair = NULL;
  size_t count = 0;
  if (is_tuple(item)) {
    pair = as_tuple(item)->items;
    count = as_tuple(item)->count;
  } else if (is_list(item)) {
    pair = as_list(item)->items;
    count = as_list(item)->count;
  }
  if (count != 2 || value_has_script(vm, item, SP_ITER)) return TRI_SCRIPT;
  return dict_set(vm, dict, pair[0], pair[1]);
}

static Tri add(VM *vm, Value target, Value item) {
  switch (as_object(target)->kind) {
    case KIND_LIST: list_append(vm, as_list(target), item); return TRI_YES;
    case KIND_DICT: return add_pair(vm, as_dict(target), item);
    default: return set_add(vm, as_set(target), item);
  }
}

static Step add_slowly(VM *vm, Frame *frame, Value item) {
  Value *regs = frame->regs, args[] = {regs[TARGET], item, regs[TAKEN]};
  if (is_dict(regs[TARGET])) {
    return step_call_prelude(vm, frame, ADDED, "containers.add_pair", 3, args);
  }
  return step_call_prelude(vm, frame, ADDED, "containers.set_add_slow", 2, args);
}

static Step drain_step(VM *vm, Frame *frame, Value in) {
  Value *regs = frame->regs;
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == START) {
    if (!is_kind(regs[ITERABLE], KIND_GENERATOR)) return step_done(vm, regs[ITERABLE]);
    Frame *root = (Frame *)as_object(regs[ITERABLE]);
    if (generator_is_running(root)) return step_done(vm, regs[ITERABLE]);
    if (generator_is_finished(root)) return step_done(vm, from_object(vm->empty_tuple));
    if (is_empty(regs[LIMIT])) regs[LIMIT] = small_int(-1);
    regs[TAKEN] = small_int(0);
    return resume(vm, frame);
  }
  if (frame->state == RESUMED) {
    if (vm->outcome == OUTCOME_RETURNED) return step_done(vm, from_object(vm->empty_tuple));
    Tri tri = add(vm, regs[TARGET], in);
    if (tri == TRI_SCRIPT) return add_slowly(vm, frame, in);
    if (tri == TRI_ERROR) return STEP_RAISE;
  }
  regs[TAKEN] = small_int(as_small_int(regs[TAKEN]) + 1);
  if (regs[TAKEN] == regs[LIMIT]) return step_done(vm, from_object(vm->empty_tuple));
  return resume(vm, frame);
}

static const NativeDef functions[] = {
    STEP_ROW("_drain", drain_step, 2, 3, 0, NULL, REGISTERS),
    END_ROW,
};

void drain_install_prelude(VM *vm, Module *module) { native_add_functions(vm, module, functions); }
