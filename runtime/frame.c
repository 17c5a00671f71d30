// frame.c: making, releasing and marking frames. See frame.h.
#include "frame.h"

#include "frame_lists.h"
#include "vm.h"

Frame *frame_allocate(VM *vm, uint32_t registers) {
  return heap_alloc(vm, KIND_FRAME, vm->frame_class, sizeof(Frame) + registers * sizeof(Value));
}

Frame *frame_new_suspended(VM *vm, Code *code, Kind kind, Class *cls) {
  Frame *frame = heap_alloc(vm, kind, cls, sizeof(Frame) + frame_registers(code) * sizeof(Value));
  frame->code = code;
  frame->ip = code->instrs;
  frame_generator(frame)->innermost = frame;
  return frame;
}

void frame_mark(VM *vm, Object *object) {
  Frame *frame = (Frame *)object;
  heap_mark_object(vm, frame->code);
  if (frame->header.kind == KIND_COROUTINE &&
      (frame->header.flags & (FRAME_STARTED | FRAME_FINISHED)) != FRAME_STARTED) {
    heap_mark_object(vm, frame_generator(frame)->place);
  }
  if (frame->header.flags & FRAME_FINISHED) return;
  bool is_async_generator = frame->header.kind == KIND_ASYNC_GENERATOR;
  if (is_async_generator) heap_mark_object(vm, frame_generator(frame)->place);
  heap_mark_object(vm, frame->parent);
  if (frame->header.extra != RESUME_STEP) heap_mark_object(vm, frame->function);
  size_t count = frame->code->register_count;
  if (frame->header.kind == KIND_FRAME && frame->header.flags & FRAME_CONSTRUCTS) count++;
  heap_mark_values(vm, frame->regs, count);
  // While the frame runs or is awaited, `innermost` is stale: that frame may have been given back.
  if (frame->header.kind != KIND_FRAME && !is_async_generator &&
      frame->code->flags & CODE_SUSPENDS && frame->parent == NULL) {
    heap_mark_object(vm, frame_generator(frame)->innermost);
  }
}
