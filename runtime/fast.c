// fast.c: which objects have fast methods, and what their waits have in common. See fast.h.
#include "fast.h"

#include <assert.h>

#include "asynclock.h"
#include "asyncqueue.h"
#include "asyncstream.h"
#include "await.h"
#include "deque.h"
#include "interp.h"
#include "loop.h"

// ---- the usual case

// A class that watches every access of an attribute is not the usual case.
static bool has_plain_access(VM *vm, Class *cls) {
  return class_special(vm, cls, SP_SETATTR) == class_special(vm, vm->object_class, SP_SETATTR) &&
         class_special(vm, cls, SP_GETATTRIBUTE) ==
             class_special(vm, vm->object_class, SP_GETATTRIBUTE);
}

static bool fill_slots(VM *vm, const FastClass *cls, Shape *shape, FastLayout *layout) {
  for (int i = 0; i < FAST_MAX_ATTRIBUTES && cls->attributes[i] != NULL; i++) {
    int slot = shape_find(vm, shape, str_intern_c(vm, cls->attributes[i]));
    if (slot < 0) return false;
    layout->slots[i] = (uint8_t)slot;
  }
  Str *loop = str_intern_c(vm, "_loop");
  layout->loop_slot = (int8_t)shape_find(vm, shape, loop);
  return layout->loop_slot >= 0 || is_none(class_lookup(vm, shape->cls, loop)) ||
         cls->number == FAST_CLASS_CONTEXT;
}

static bool fill_methods(VM *vm, const FastClass *cls, Shape *shape, FastLayout *layout) {
  for (int i = 0; i < FAST_MAX_METHODS && cls->methods[i] != NULL; i++) {
    Str *name = str_intern_c(vm, cls->methods[i]);
    Value found = class_lookup(vm, shape->cls, name);
    if (!is_function(found) || shape_find(vm, shape, name) >= 0) return false;
    layout->methods[i] = ((Function *)as_object(found))->code->fast;
    if (layout->methods[i] == NULL) return false;
  }
  return true;
}

const FastLayout *fast_find_layout(VM *vm, const FastClass *cls, Instance *instance) {
  Shape *shape = instance->shape;
  FastLayout *layout = &vm->fast->layouts[cls->number][shape->id % FAST_SHAPES];
  layout->shape_id = shape->id;
  layout->usual = has_plain_access(vm, shape->cls) && fill_slots(vm, cls, shape, layout) &&
                  fill_methods(vm, cls, shape, layout);
  return layout->usual ? layout : NULL;
}

Value fast_get(VM *vm, const FastClass *cls, Value self, int attribute) {
  const FastLayout *layout = fast_layout(vm, cls, self);
  if (layout != NULL) return *fast_slot(layout, self, attribute);
  return object_get_own(vm, self, str_intern_c(vm, cls->attributes[attribute]));
}

bool fast_set(VM *vm, const FastClass *cls, Value self, int attribute, Value value) {
  const FastLayout *layout = fast_layout(vm, cls, self);
  if (layout == NULL) {
    return object_set_own(vm, self, str_intern_c(vm, cls->attributes[attribute]), value);
  }
  *fast_slot(layout, self, attribute) = value;
  return true;
}

Fast fast_decline(VM *vm, const Value *args, Value *out) {
  (void)vm;
  (void)args;
  (void)out;
  return FAST_NO;
}

// ---- waiting

// The loop that the object is bound to, or None.
static Value bound_loop(const FastLayout *layout, Value self) {
  if (layout->loop_slot < 0) return NONE;
  return ((Instance *)as_object(self))->slots[layout->loop_slot];
}

bool fast_may_wait(VM *vm, const FastLayout *layout, Value self) {
  if (vm->loop == NULL) return false;
  Value bound = bound_loop(layout, self);
  return is_none(bound) || bound == from_object(vm->loop);
}

bool fast_must_wait(VM *vm, Frame *frame, Fast (*call)(VM *, const Value *, Value *), Step *step) {
  Value out;
  *step = STEP_RAISE;
  if (!is_empty(vm->exception)) return false;
  switch (call(vm, &frame->regs[FAST_SELF], &out)) {
    case FAST_WAIT: return true;
    case FAST_DONE: *step = step_done(vm, out); return false;
    case FAST_NO: *step = fast_hand_over(vm, frame); return false;
    case FAST_RAISED: return false;
  }
  __builtin_unreachable();
}

Step fast_wait(VM *vm, Frame *frame, const FastClass *cls, int state, Value waiters) {
  const FastLayout *layout = fast_layout(vm, cls, frame->regs[FAST_SELF]);
  assert(layout != NULL);  // or the fast form would not have said FAST_WAIT
  Value self = frame->regs[FAST_SELF], waiter = from_object(future_new(vm, vm->loop));
  if (layout->loop_slot >= 0) {
    ((Instance *)as_object(self))->slots[layout->loop_slot] = from_object(vm->loop);
  } else if (!object_set_own(vm, self, str_intern_c(vm, "_loop"), from_object(vm->loop))) {
    return STEP_RAISE;
  }
  deque_append(vm, as_deque(waiters), waiter);
  frame->regs[FAST_WAITER] = waiter;
  frame->regs[FAST_WAITERS] = waiters;
  if (!future_set_blocking(vm, waiter)) return STEP_RAISE;
  return step_yield(vm, frame, state, waiter);
}

bool fast_end_wait(VM *vm, Frame *frame) {
  Value waiter = frame->regs[FAST_WAITER], ignored;
  Deque *waiters = as_deque(frame->regs[FAST_WAITERS]);
  for (size_t i = 0; i < waiters->count; i++) {
    if (*deque_at(waiters, i) != waiter) continue;
    deque_remove_at(waiters, i);
    break;
  }
  return is_empty(vm->exception) && await_finish_future(vm, waiter, &ignored);
}

enum { HANDED_OVER = 100, AWAITED };

Step fast_hand_over(VM *vm, Frame *frame) {
  Value function = frame->regs[FAST_FUNCTION];
  int nargs = ((Function *)as_object(function))->code->param_count;
  return step_call(vm, frame, HANDED_OVER, function, nargs, &frame->regs[FAST_SELF]);
}

Step fast_handed_over(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == HANDED_OVER) return step_await(vm, frame, AWAITED, in);
  return step_done(vm, in);
}

// ---- giving functions their fast methods

static const FastMethod *find_method(const FastMethod *methods, const Str *name) {
  for (; methods->name != NULL; methods++) {
    if (str_equals_c(name, methods->name)) return methods;
  }
  return NULL;
}

bool fast_accelerate(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  *out = NONE;
  for (int i = 0; i < nargs; i++) {
    if (!is_class(args[i])) return raise_type_error(vm, "_accelerate() takes classes");
    Dict *dict = as_class(args[i])->dict;
    Value name, value;
    for (size_t at = 0; dict_next(dict, &at, &name, &value);) {
      if (!is_function(value)) continue;
      Code *code = ((Function *)as_object(value))->code;
      const FastMethod *method = find_method(asynclock_methods, code->qualname);
      if (method == NULL) method = find_method(asyncqueue_methods, code->qualname);
      if (method == NULL) method = find_method(asyncstream_methods, code->qualname);
      if (method == NULL) continue;
      code->fast = method;
      code->flags &= ~(uint32_t)(CODE_SIMPLE_CALL | CODE_SIMPLE_AWAIT);  // these look no further
    }
  }
  return true;
}

void fast_install(VM *vm) {
  vm->fast = heap_buffer_new(vm, sizeof *vm->fast);
  *vm->fast = (FastState){0};
}

void fast_free(VM *vm) {
  heap_buffer_free(vm, vm->fast, sizeof *vm->fast);
  vm->fast = NULL;
}
