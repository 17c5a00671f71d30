// genwatch.c: see genwatch.h. An async generator is never the root of a chain, so that its
// GeneratorState can keep where it was made.
#include "genwatch.h"

#include "corowatch.h"
#include "interp.h"

void genwatch_made(VM *vm, Frame *generator, const Frame *parent) {
  const Frame *own = finding_own_frame(parent);
  if (own == NULL) return;
  vm->coroutines->generators = true;
  GeneratorState *state = frame_generator(generator);
  state->place = own->code;
  state->instr = (size_t)(own->ip - own->code->instrs) - 1;
}

typedef enum { NOTHING, A_WITH, A_FINALLY } Pending;

// What the code at a handler does: a `with` calls __exit__; a `finally` raises again whatever it
// was, where an `except` asks what it is.
static Pending kind_of(const Code *code, const Handler *handler) {
  const Instr *target = &code->instrs[handler->target];
  if (handler->target + 2 < code->instr_count && target[2].op == OP_EXC_INFO) return A_WITH;
  for (uint32_t i = 0; i < code->handling_count; i++) {
    const Handling *region = &code->handlings[i];
    if (region->start != handler->target || region->reg != handler->reg) continue;
    const Instr *last = &code->instrs[region->end - 1];
    if (last->op != OP_RERAISE || last->a != handler->reg) return NOTHING;
    for (const Instr *at = target; at < last; at++) {
      bool asks = at->op == OP_MATCH_EXCEPTION || at->op == OP_MATCH_GROUP;
      if (asks && (at->a == handler->reg || at->b == handler->reg)) return NOTHING;
    }
    return A_FINALLY;
  }
  return NOTHING;
}

static Pending pending_at(const Code *code, uint32_t instr) {
  for (uint32_t i = 0; i < code->handler_count; i++) {
    const Handler *handler = &code->handlers[i];
    if (instr < handler->start || instr >= handler->end) continue;
    Pending pending = kind_of(code, handler);
    if (pending != NOTHING) return pending;
  }
  return NOTHING;
}

void genwatch_left(VM *vm, Frame *generator) {
  if (!generator_is_started(generator) || generator_is_finished(generator) ||
      generator_is_running(generator) || generator->header.flags & FRAME_TAKEN) {
    return;
  }
  GeneratorState *state = frame_generator(generator);
  TraceEntry left = finding_place(generator), made = {state->place, (uint32_t)state->instr};
  if (left.code == NULL || made.code == NULL) return;
  Pending pending = pending_at(left.code, left.instr);
  if (pending == NOTHING) return;
  const Str *name = generator->code->name;
  Finding *finding = finding_new(
      vm, FINDING_GENERATOR_LEFT, made,
      "async generator '%.*s' was left before its end: its '%s' is done only when the program ends",
      (int)name->length, name->data, pending == A_WITH ? "with" : "finally");
  if (finding == NULL) return;
  finding->task = NULL;
  finding_note(finding, left, "here it was left");
  const char *call;
  size_t length;
  if (watch_source(vm, made, &call, &length)) {
    finding_help(finding,
                 "write 'async with contextlib.aclosing(%.*s) as items:' around the loop, and "
                 "'async for … in items:'",
                 (int)length, call);
  } else {
    finding_help(finding, "write 'await generator.aclose()' when you have left its loop");
  }
  finding_report(vm, finding);
}
