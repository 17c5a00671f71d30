// frame_lists.h: the free lists of plain frames, inlined into calls.
//
// A list holds frames of one register count, linked by `parent`. They are forgotten before each
// collection, so a peak's memory goes back.
#ifndef CORO_FRAME_LISTS_H
#define CORO_FRAME_LISTS_H

#include "vm.h"

// The registers of a frame, with the GeneratorState of suspending code.
static inline uint32_t frame_registers(const Code *code) {
  uint32_t count = code->register_count;
  if (code->flags & CODE_SUSPENDS) count += sizeof(GeneratorState) / sizeof(Value);
  return count;
}

Frame *frame_allocate(VM *vm, uint32_t registers);
// A generator, coroutine or async generator: the object that the program sees is the frame.
Frame *frame_new_suspended(VM *vm, Code *code, Kind kind, Class *cls);

// A frame of `registers` registers, those from `filled` up to `used` EMPTY; the caller fills those
// below, and nobody reads those above.
static inline __attribute__((always_inline)) Frame *frame_take(VM *vm, uint32_t registers,
                                                               uint32_t filled, uint32_t used) {
  Frame *frame;
  if (unlikely(registers >= FRAME_LISTS || vm->frame_lists[registers] == NULL)) {
    return frame_allocate(vm, registers);
  }
  frame = vm->frame_lists[registers];
  vm->frame_lists[registers] = frame->parent;
  for (uint32_t i = filled; i < used; i++) frame->regs[i] = EMPTY;
  return frame;
}

// A plain frame for a call of `code`.
static inline __attribute__((always_inline)) Frame *frame_take_plain(VM *vm, Code *code,
                                                                     Frame *parent,
                                                                     uint32_t filled) {
  Frame *frame = frame_take(vm, code->register_count, filled, code->register_count);
  frame->code = code;
  frame->ip = code->instrs;
  frame->parent = parent;
  frame->header.aux = parent->header.aux + 1;
  return frame;
}

// The same for `await f()`, where f is an async def: no program sees the coroutine, so the call is
// a call. The frame has room for a GeneratorState, in case that cr_await shows it after all.
static inline Frame *frame_take_awaited(VM *vm, Code *code, Frame *parent, uint32_t filled) {
  Frame *frame = frame_take(vm, frame_registers(code), filled, code->register_count);
  frame->code = code;
  frame->ip = code->instrs;
  frame->parent = parent;
  frame->header.aux = parent->header.aux + 1;
  return frame;
}

// Gives any frame of `registers` registers back. Nobody else may hold it.
static inline void frame_give(VM *vm, Frame *frame, uint32_t registers) {
  if (unlikely(registers >= FRAME_LISTS)) return;
  frame->header.kind = KIND_FRAME;
  frame->header.extra = RESUME_STORE;
  frame->header.flags = 0;
  frame->parent = vm->frame_lists[registers];
  vm->frame_lists[registers] = frame;
}

// The same for a frame that frame_take_plain made (with the code's register_count) or
// frame_take_awaited (frame_registers) and that has never been anything else: the end of nearly
// every call.
static inline void frame_give_plain(VM *vm, Frame *frame, uint32_t registers) {
  assert(frame->header.kind == KIND_FRAME && frame->header.extra == RESUME_STORE);
  if (unlikely(registers >= FRAME_LISTS)) return;
  frame->parent = vm->frame_lists[registers];
  vm->frame_lists[registers] = frame;
}

#endif
