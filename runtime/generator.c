// generator.c: generators, coroutines and async generators as objects: send, throw, close and
// their async forms. How a chain of frames suspends and resumes is in interp.c; see frame.h.
#include "generator.h"

#include "abandoned.h"
#include "await.h"
#include "call.h"
#include "corowatch.h"
#include "frame_lists.h"
#include "interp.h"
#include "iterator.h"
#include "rows.h"
#include "tracemodule.h"
#include "unwind.h"

const char *generator_kind_name(const Frame *frame) {
  switch (frame->header.kind) {
    case KIND_GENERATOR: return "generator";
    case KIND_COROUTINE: return "coroutine";
    default: return "asynchronous generator";
  }
}

bool generator_refuse(VM *vm, const Frame *root) {
  if (root->parent == NULL) return call_raise_recursion(vm);
  return raise_value_error(vm, "%s already executing", generator_kind_name(root));
}

void generator_mark_thrown(VM *vm, Frame *root, Frame *innermost) {
  bool closes = exception_is(vm->exception, vm->exceptions.GeneratorExit);
  for (Frame *frame = innermost; frame != root;) {
    frame = frame->parent;
    if (frame->header.extra == RESUME_STORE) {
      frame->header.extra = closes ? RESUME_CLOSING : RESUME_THROWN;
      root->header.flags |= FRAME_THROWN;
    }
  }
}

void generator_unmark_thrown(Frame *root) {
  root->header.flags &= (uint8_t)~FRAME_THROWN;
  for (Frame *frame = frame_generator(root)->innermost; frame != root;) {
    frame = frame->parent;
    uint8_t resume = frame->header.extra;
    if (resume == RESUME_THROWN || resume == RESUME_CLOSING) frame->header.extra = RESUME_STORE;
  }
}

bool async_generator_enter_slow(VM *vm, Frame *consumer, Frame *root) {
  if (root->header.flags & FRAME_FINISHED) {
    return vm_raise_value(vm, vm->exceptions.StopAsyncIteration, EMPTY);
  }
  if (root->parent != NULL) {
    return vm_raise(vm, vm->exceptions.RuntimeError,
                    "anext(): asynchronous generator is already running");
  }
  if (consumer->header.aux >= vm->recursion_limit) return call_raise_recursion(vm);
  loop_note_async_generator(vm, root);
  async_generator_link(consumer, root);
  return true;
}

void generator_finish(VM *vm, Frame *frame) {
  if (vm->chain == frame) vm->chain = frame_generator(frame)->outer_chain;
  if (frame->header.kind == KIND_COROUTINE) {
    const Frame *parent = frame->parent;
    bool awaited = parent != NULL && parent->header.extra != RESUME_STEP;
    frame_set_coroutine_place(frame, awaited ? finding_own_frame(parent) : NULL);
  }
  frame->parent = NULL;
  frame->header.flags |= FRAME_STARTED | FRAME_FINISHED;
}

Step generator_resume(VM *vm, Frame *driver, int state, Frame *root, Value sent) {
  driver->state = state;
  Value pending = vm->exception;
  vm->exception = EMPTY;
  if (!generator_enter(vm, driver, root)) return STEP_RAISE;
  vm->exception = pending;
  vm->frame = frame_generator(root)->innermost;
  if (!is_empty(pending)) generator_mark_thrown(vm, root, vm->frame);
  vm->result = sent;
  return STEP_SWITCH;
}

// ---- send, throw, close

// What a method's receiver resumes. A step of an async generator is resumed through its driver.
static Frame *receiver(VM *vm, Frame *frame) {
  Object *object = as_object(frame->regs[0]);
  if (object->kind != KIND_ASYNC_STEP) return (Frame *)object;
  Frame *driver = await_step_driver(vm, (AsyncStep *)object);
  frame->regs[0] = from_object(driver);
  return driver;
}

static bool raise_stop(VM *vm, Value value) {
  return vm_raise_value(vm, vm->exceptions.StopIteration, is_none(value) ? EMPTY : value);
}

static bool raise_finished(VM *vm, const Frame *root) {
  if (root->header.kind == KIND_COROUTINE) {
    if (root->header.extra == RESUME_STEP && root->def == &await_step_driver_def) {
      return await_step_reused(vm, (AsyncStep *)as_object(root->regs[0]));
    }
    return vm_raise(vm, vm->exceptions.RuntimeError, "cannot reuse already awaited coroutine");
  }
  return raise_stop(vm, NONE);
}

// Registers: 0 the generator, 1 the value (EMPTY for __next__).
static Step send_step(VM *vm, Frame *frame, Value in) {
  Frame *root = receiver(vm, frame);
  if (frame->state == 0) {
    Value sent = is_empty(frame->regs[1]) ? NONE : frame->regs[1];
    if (generator_is_running(root)) {
      raise_value_error(vm, "%s already executing", generator_kind_name(root));
      return STEP_RAISE;
    }
    if (generator_is_finished(root)) {
      raise_finished(vm, root);
      return STEP_RAISE;
    }
    if (!generator_is_started(root) && sent != NONE) {
      raise_type_error(vm, "can't send non-None value to a just-started %s",
                       generator_kind_name(root));
      return STEP_RAISE;
    }
    return generator_resume(vm, frame, 1, root, sent);
  }
  switch ((Outcome)vm->outcome) {
    case OUTCOME_YIELDED: return step_done(vm, in);
    case OUTCOME_RETURNED: raise_stop(vm, in); return STEP_RAISE;
    default: return STEP_RAISE;
  }
}

// The exception that throw(type, value, traceback) means: YES in regs[1]; SCRIPT when the class
// must be called.
static Tri thrown_exception(VM *vm, Value *regs) {
  if (!is_empty(regs[3]) && !is_none(regs[3]) && value_class(vm, regs[3]) != vm->traceback_class) {
    raise_type_error(vm, "throw() third argument must be a traceback object");
    return TRI_ERROR;
  }
  if (is_exception(regs[1])) {
    if (is_empty(regs[2]) || is_none(regs[2])) return TRI_YES;
    raise_type_error(vm, "instance exception may not have a separate value");
    return TRI_ERROR;
  }
  if (is_class(regs[1]) && class_is_subclass(as_class(regs[1]), vm->exceptions.BaseException)) {
    if (!is_exception(regs[2]) || !class_is_subclass(as_object(regs[2])->cls, as_class(regs[1]))) {
      return TRI_SCRIPT;
    }
    regs[1] = regs[2];
    return TRI_YES;
  }
  raise_type_error(vm,
                   "exceptions must be classes or instances deriving from BaseException, not %s",
                   value_class_name(vm, regs[1]));
  return TRI_ERROR;
}

static Step throw_now(VM *vm, Frame *frame, Frame *root) {
  if (generator_is_running(root)) {
    raise_value_error(vm, "%s already executing", generator_kind_name(root));
    return STEP_RAISE;
  }
  if (generator_is_finished(root) && root->header.kind == KIND_COROUTINE) {
    raise_finished(vm, root);
    return STEP_RAISE;
  }
  vm->exception = frame->regs[1];
  if (generator_is_finished(root)) return STEP_RAISE;
  if (!generator_is_started(root)) {
    generator_finish(vm, root);
    return STEP_RAISE;
  }
  return generator_resume(vm, frame, 2, root, NONE);
}

// Registers: 0 the generator, 1 type or exception, 2 value, 3 traceback.
static Step throw_step(VM *vm, Frame *frame, Value in) {
  enum { START, MADE, THROWN };
  Frame *root = receiver(vm, frame);
  switch (frame->state) {
    case START:
      switch (thrown_exception(vm, frame->regs)) {
        case TRI_YES: return throw_now(vm, frame, root);
        case TRI_SCRIPT: {
          if (is_tuple(frame->regs[2])) {
            Tuple *args = as_tuple(frame->regs[2]);
            return step_call(vm, frame, MADE, frame->regs[1], (int)args->count, args->items);
          }
          int nargs = is_empty(frame->regs[2]) || is_none(frame->regs[2]) ? 0 : 1;
          return step_call(vm, frame, MADE, frame->regs[1], nargs, &frame->regs[2]);
        }
        default: return STEP_RAISE;
      }
    case MADE:
      // An exception that cannot be made is itself thrown in.
      if (is_empty(vm->exception) && !is_exception(in)) {
        unwind_raise_no_instance(vm, frame->regs[1], NULL, in);
      }
      frame->regs[1] = is_empty(vm->exception) ? in : vm->exception;
      vm_clear_exception(vm);
      return throw_now(vm, frame, root);
    default:
      switch ((Outcome)vm->outcome) {
        case OUTCOME_YIELDED: return step_done(vm, in);
        case OUTCOME_RETURNED: raise_stop(vm, in); return STEP_RAISE;
        default: return STEP_RAISE;
      }
  }
}

static Step close_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  Frame *root = receiver(vm, frame);
  if (frame->state == 0) {
    if (generator_is_running(root)) {
      raise_value_error(vm, "%s already executing", generator_kind_name(root));
      return STEP_RAISE;
    }
    if (!generator_is_started(root)) generator_finish(vm, root);
    if (generator_is_finished(root)) return step_done(vm, NONE);
    vm_raise_value(vm, vm->exceptions.GeneratorExit, EMPTY);
    unwind_set_context(vm, frame->parent);
    return generator_resume(vm, frame, 1, root, NONE);
  }
  switch ((Outcome)vm->outcome) {
    case OUTCOME_YIELDED:
      vm_raise(vm, vm->exceptions.RuntimeError, "%s ignored GeneratorExit",
               generator_kind_name(root));
      return STEP_RAISE;
    case OUTCOME_RETURNED: return step_done(vm, NONE);
    default:
      if (!exception_is(vm->exception, vm->exceptions.GeneratorExit) &&
          !exception_is(vm->exception, vm->exceptions.StopIteration)) {
        return STEP_RAISE;
      }
      vm_clear_exception(vm);
      return step_done(vm, NONE);
  }
}

// Tells of coroutines that were lost. Closes the generators that were dropped: all at the end of
// the program, else when there are many.
static bool close_abandoned(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  bool at_end = args[0] == TRUE_VALUE;
  if (!at_end) corowatch_tell(vm, false);
  if (!at_end && !abandoned_are_many(vm)) return true;
  List *generators = abandoned_take(vm, at_end);
  if (generators == NULL) return true;
  Value list = from_object(generators);
  return native_prelude(vm, out, "abandoned.close", 1, &list);
}

static const NativeDef close_abandoned_def = {
    .name = "close_abandoned", .leaf = close_abandoned, .min = 1, .max = 1};

static bool generator_self(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = args[0];
  return true;
}

static bool coroutine_await(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "awaiting.coroutine_wrapper", nargs, args);
}

static bool generator_name(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_object(((Frame *)as_object(args[0]))->code->name);
  return true;
}

static bool generator_qualname(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_object(((Frame *)as_object(args[0]))->code->qualname);
  return true;
}

static bool generator_running(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_bool(generator_is_running((Frame *)as_object(args[0])));
  return true;
}

// gi_frame and its kin: where it is now; None: it is finished. Of C's own there is only the object.
static bool generator_frame(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Frame *frame = (Frame *)as_object(args[0]);
  *out = NONE;
  if (generator_is_finished(frame)) return true;
  *out = frame->code->positions == NULL ? args[0] : tracemodule_frame(vm, frame);
  return true;
}

// What a suspended generator or coroutine waits for: gi_yieldfrom, cr_await.
static bool generator_awaits(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Frame *root = (Frame *)as_object(args[0]);
  *out = NONE;
  if (generator_is_finished(root) || !generator_is_started(root) || generator_is_running(root)) {
    return true;
  }
  Frame *frame = frame_generator(root)->innermost;
  if (frame == root) {
    if (root->header.extra == RESUME_FUTURE) *out = root->regs[root->ip[-1].b];
    return true;
  }
  while (frame->parent != root) frame = frame->parent;
  if (frame->header.kind == KIND_FRAME && frame->header.extra == RESUME_STEP) {
    *out = frame->regs[0];  // a step function that drives what is in its first register
    return true;
  }
  if (frame->header.kind == KIND_FRAME) {  // entered by `await f()`: now the program can see it
    frame->header.kind = KIND_COROUTINE;
    frame->header.cls = vm->coroutine_class;
    frame->header.flags |= FRAME_STARTED;
    frame_generator(frame)->innermost = frame;
  }
  *out = from_object(frame);
  return true;
}

static bool generator_code(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_object(((Frame *)as_object(args[0]))->code);
  return true;
}

// An object of map, zip, reversed and the like is an iterator in C where that is enough, otherwise
// a generator of the prelude.
static Step either_next_step(VM *vm, Frame *frame, Value in) {
  if (!is_kind(frame->regs[0], KIND_ITERATOR)) return send_step(vm, frame, in);
  Value item;
  Tri more = iterator_next(vm, (Iterator *)as_object(frame->regs[0]), &item);
  if (more == TRI_YES) return step_done(vm, item);
  if (more == TRI_NO) raise_stop(vm, NONE);
  return STEP_RAISE;
}

static const NativeDef either_defs[] = {
    {"__iter__", generator_self, 1, 1, NATIVE_METHOD, NULL, NULL, 0, NULL},
    {"__next__", NULL, 1, 1, NATIVE_METHOD, NULL, either_next_step, 2, NULL},
    END_ROW,
};

void generator_add_either_methods(VM *vm, Class *cls) { native_add_methods(vm, cls, either_defs); }

static const NativeDef shared_defs[] = {
    PROPERTY_ROW("__name__", generator_name),
    PROPERTY_ROW("__qualname__", generator_qualname),
    END_ROW,
};

static const NativeDef send_defs[] = {
    {"send", NULL, 2, 2, NATIVE_METHOD, NULL, send_step, 2, NULL},
    {"throw", NULL, 2, 4, NATIVE_METHOD, NULL, throw_step, 4, NULL},
    {"close", NULL, 1, 1, NATIVE_METHOD, NULL, close_step, 1, NULL},
    END_ROW,
};

static const NativeDef generator_defs[] = {
    {"__iter__", generator_self, 1, 1, NATIVE_METHOD, NULL, NULL, 0, NULL},
    {"__next__", NULL, 1, 1, NATIVE_METHOD, NULL, send_step, 2, NULL},
    PROPERTY_ROW("gi_running", generator_running),
    PROPERTY_ROW("gi_frame", generator_frame),
    PROPERTY_ROW("gi_code", generator_code),
    PROPERTY_ROW("gi_yieldfrom", generator_awaits),
    END_ROW,
};

static const NativeDef coroutine_defs[] = {
    {"__await__", coroutine_await, 1, 1, NATIVE_METHOD, NULL, NULL, 0, NULL},
    PROPERTY_ROW("cr_running", generator_running),
    PROPERTY_ROW("cr_frame", generator_frame),
    PROPERTY_ROW("cr_code", generator_code),
    PROPERTY_ROW("cr_await", generator_awaits),
    END_ROW,
};

// ---- async generators

static Value async_step_new(VM *vm, AsyncStepKind kind, Value generator, Value arg) {
  AsyncStep *step = heap_alloc(vm, KIND_ASYNC_STEP, vm->async_step_class, sizeof *step);
  step->header.extra = (uint8_t)kind;
  step->generator = (Frame *)as_object(generator);
  step->arg = arg;
  return from_object(step);
}

static bool async_next(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = async_step_new(vm, ASYNC_STEP_SEND, args[0], NONE);
  return true;
}

static bool async_send(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = async_step_new(vm, ASYNC_STEP_SEND, args[0], args[1]);
  return true;
}

static bool async_throw(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Value thrown = args[1];
  if (is_class(thrown) && is_exception(args[2])) thrown = args[2];
  *out = async_step_new(vm, ASYNC_STEP_THROW, args[0], thrown);
  return true;
}

static bool async_close(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = async_step_new(vm, ASYNC_STEP_CLOSE, args[0], NONE);
  return true;
}

static const NativeDef async_generator_defs[] = {
    {"__aiter__", generator_self, 1, 1, NATIVE_METHOD, NULL, NULL, 0, NULL},
    {"__anext__", async_next, 1, 1, NATIVE_METHOD, NULL, NULL, 0, NULL},
    {"asend", async_send, 2, 2, NATIVE_METHOD, NULL, NULL, 0, NULL},
    {"athrow", async_throw, 2, 4, NATIVE_METHOD, NULL, NULL, 0, NULL},
    {"aclose", async_close, 1, 1, NATIVE_METHOD, NULL, NULL, 0, NULL},
    PROPERTY_ROW("ag_running", generator_running),
    PROPERTY_ROW("ag_frame", generator_frame),
    PROPERTY_ROW("ag_code", generator_code),
    END_ROW,
};

static const NativeDef async_step_defs[] = {
    {"__await__", coroutine_await, 1, 1, NATIVE_METHOD, NULL, NULL, 0, NULL},
    {"__iter__", generator_self, 1, 1, NATIVE_METHOD, NULL, NULL, 0, NULL},
    {"__next__", NULL, 1, 1, NATIVE_METHOD, NULL, send_step, 2, NULL},
    END_ROW,
};

void async_step_mark(VM *vm, Object *object) {
  AsyncStep *step = (AsyncStep *)object;
  heap_mark_object(vm, step->generator);
  heap_mark(vm, step->arg);
  heap_mark_object(vm, step->driver);
}

void generator_install(VM *vm) {
  vm->close_abandoned = native_new(vm, &close_abandoned_def, NULL);
  native_add_methods(vm, vm->generator_class, shared_defs);
  native_add_methods(vm, vm->generator_class, send_defs);
  native_add_methods(vm, vm->generator_class, generator_defs);
  Class *const either[] = {vm->map_class,
                           vm->filter_class,
                           vm->zip_class,
                           vm->enumerate_class,
                           vm->reversed_class,
                           vm->callable_iterator_class,
                           vm->sequence_iterator_class};
  for (size_t i = 0; i < sizeof either / sizeof *either; i++) {
    generator_add_either_methods(vm, either[i]);
  }
  native_add_methods(vm, vm->coroutine_class, shared_defs);
  native_add_methods(vm, vm->coroutine_class, send_defs);
  native_add_methods(vm, vm->coroutine_class, coroutine_defs);
  native_add_methods(vm, vm->async_generator_class, shared_defs);
  native_add_methods(vm, vm->async_generator_class, async_generator_defs);
  native_add_methods(vm, vm->async_step_class, send_defs);
  native_add_methods(vm, vm->async_step_class, async_step_defs);
}
