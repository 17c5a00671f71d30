// drain.c: see drain.h. The step function drives the generator as next() would, again and again.
// An item that only a script can add (its own __hash__, an odd pair) is handed to the prelude, and
// the walk goes on after it.
#include "drain.h"

#include "interp.h"
#include "rows.h"
#include "textmethods.h"

// Registers: the target, the iterable, the limit (EMPTY: none), a DrainResult (EMPTY: for the
// prelude), its maker, how many were taken.
enum { TARGET, ITERABLE, LIMIT, RESULT, MAKER, TAKEN, REGISTERS };
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

static Step finish(VM *vm, const Value *regs) {
  if (is_empty(regs[RESULT])) return step_done(vm, from_object(vm->empty_tuple));
  Value args[] = {regs[MAKER], regs[TARGET]}, out;
  switch ((DrainResult)as_small_int(regs[RESULT])) {
    case DRAIN_NONE: return step_done(vm, NONE);
    case DRAIN_TARGET: return step_done(vm, regs[TARGET]);
    case DRAIN_TUPLE: return tuple_make(vm, args, 2, &out) ? step_done(vm, out) : STEP_RAISE;
    case DRAIN_JOIN: return text_join_method(vm, args, 2, &out) ? step_done(vm, out) : STEP_RAISE;
  }
  __builtin_unreachable();
}

static Step drain_step(VM *vm, Frame *frame, Value in) {
  Value *regs = frame->regs;
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == START) {
    if (!is_kind(regs[ITERABLE], KIND_GENERATOR)) return step_done(vm, regs[ITERABLE]);
    Frame *root = (Frame *)as_object(regs[ITERABLE]);
    if (generator_is_running(root)) return step_done(vm, regs[ITERABLE]);
    if (generator_is_finished(root)) return finish(vm, regs);
    if (is_empty(regs[LIMIT])) regs[LIMIT] = small_int(-1);
    regs[TAKEN] = small_int(0);
    return resume(vm, frame);
  }
  if (frame->state == RESUMED) {
    if (vm->outcome == OUTCOME_RETURNED) return finish(vm, regs);
    Tri tri = add(vm, regs[TARGET], in);
    if (tri == TRI_SCRIPT) return add_slowly(vm, frame, in);
    if (tri == TRI_ERROR) return STEP_RAISE;
  }
  regs[TAKEN] = small_int(as_small_int(regs[TAKEN]) + 1);
  if (regs[TAKEN] == regs[LIMIT]) return finish(vm, regs);
  return resume(vm, frame);
}

static const NativeDef drain_def = {
    .name = "drain", .min = 5, .max = 5, .step = drain_step, .registers = REGISTERS};

bool drain_is_possible(Value v) {
  return is_kind(v, KIND_GENERATOR) && !generator_is_running((Frame *)as_object(v));
}

bool drain_tail(VM *vm, Value *out, Value target, Value generator, DrainResult result,
                Value maker) {
  Value args[] = {target, generator, EMPTY, small_int(result), maker};
  return native_tail(vm, out, vm->drain, 5, args);
}

void drain_install(VM *vm) { vm->drain = native_new(vm, &drain_def, NULL); }

static const NativeDef functions[] = {
    STEP_ROW("_drain", drain_step, 2, 3, 0, NULL, REGISTERS),
    END_ROW,
};

void drain_install_prelude(VM *vm, Module *module) { native_add_functions(vm, module, functions); }
