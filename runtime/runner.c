// runner.c: running a coroutine from outside: run_until_complete and asyncio.run, and what ends a
// loop: cancelling what is left, closing async generators.
#include "attr.h"
#include "call.h"
#include "formhint.h"
#include "genwatch.h"
#include "groupwatch.h"
#include "hint.h"
#include "interp.h"
#include "loop.h"
#include "taskwatch.h"

// ---- awaitables as futures

// Registers: 0 the awaitable.
static Step wrap_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  return frame->state == 0 ? step_await(vm, frame, 1, frame->regs[0]) : step_done(vm, in);
}

const NativeDef wrap_awaitable_def = {.name = "_wrap_awaitable",
                                      .min = 1,
                                      .max = 1,
                                      .flags = NATIVE_COROUTINE,
                                      .step = wrap_step,
                                      .registers = 1};

Frame *loop_new_coroutine(VM *vm, Value native, int nargs, const Value *args) {
  Native *n = as_native(native);
  Frame *frame = call_new_step(vm, n->def, n->code, NULL);
  for (int i = 0; i < nargs; i++) frame->regs[i] = args[i];
  return frame;
}

bool loop_is_awaitable(VM *vm, Value v) {
  if (is_kind(v, KIND_COROUTINE) || is_kind(v, KIND_ASYNC_STEP) || is_future(v)) return true;
  if (is_kind(v, KIND_GENERATOR)) {
    return ((Frame *)as_object(v))->code->flags & CODE_ITERABLE_COROUTINE;
  }
  return is_object(v) && !is_empty(class_special(vm, as_object(v)->cls, SP_AWAIT));
}

Future *loop_ensure_future(VM *vm, Value v, EventLoop *loop) {
  if (is_future(v)) {
    Future *future = as_future(v);
    if (loop == NULL || loop == future->loop) return future;
    raise_value_error(vm,
                      "The future belongs to a different loop than the one specified as the "
                      "loop argument");
    hint_other_loop(vm, vm->exception);
    return NULL;
  }
  if (!task_accepts(v)) {
    if (!loop_is_awaitable(vm, v)) {
      raise_type_error(vm, "An asyncio.Future, a coroutine or an awaitable is required");
      formhint_no_coroutine(vm, v);
      return NULL;
    }
    v = from_object(loop_new_coroutine(vm, vm->loops->wrap_awaitable, 1, &v));
  }
  if (loop == NULL) loop = loop_current(vm);
  return loop == NULL ? NULL : (Future *)task_new(vm, loop, v, EMPTY, EMPTY);
}

// ---- run_until_complete

// Registers: 0 the loop, 1 the future, 2 whether it is a task made here.
static Step run_until_complete_step(VM *vm, Frame *frame, Value in) {
  Value *regs = frame->regs;
  EventLoop *loop = as_loop(regs[0]);
  (void)in;
  if (frame->state == 0) {
    if (!is_empty(vm->exception) || !loop_check_open(vm, loop)) return STEP_RAISE;
    if (loop->running || !loop_may_run(vm)) {
      vm_raise(vm, vm->exceptions.RuntimeError, "%s",
               loop->running ? "This event loop is already running"
                             : "Cannot run the event loop while another loop is running");
      hint_second_run(vm, regs[1]);
      return STEP_RAISE;
    }
    regs[2] = from_bool(!is_future(regs[1]));
    Future *future = loop_ensure_future(vm, regs[1], loop);
    if (future == NULL) return STEP_RAISE;
    regs[1] = from_object(future);
    if (!future_notify(vm, future, loop)) return STEP_RAISE;
    return step_call(vm, frame, 1, vm->loops->run_forever, 1, regs);
  }
  Future *future = as_future(regs[1]);
  future_forget(vm, future, loop);
  if (!is_empty(vm->exception)) {
    if (regs[2] == TRUE_VALUE) future->header.extra &= (uint8_t)~FUTURE_UNSEEN;
    return STEP_RAISE;
  }
  if (!future_done(future)) {
    vm_raise(vm, vm->exceptions.RuntimeError, "Event loop stopped before Future completed.");
    return STEP_RAISE;
  }
  Value result;
  return future_take_result(vm, regs[1], &result) ? step_done(vm, result) : STEP_RAISE;
}

const NativeDef run_until_complete_def = {.name = "run_until_complete",
                                          .min = 2,
                                          .max = 2,
                                          .flags = NATIVE_METHOD,
                                          .params = "self future",
                                          .step = run_until_complete_step,
                                          .registers = 3};

// ---- the end of a loop

// aclose()s the async generators that were started and not finished. Registers: 0 the loop, 1 a
// list of them, 2 a list of their aclose(), 3 the gathering future, then the results.
static Step shutdown_generators_step(VM *vm, Frame *frame, Value in) {
  enum { START, CLOSING, GATHERED, REPORTED };
  Value *regs = frame->regs;
  EventLoop *loop = as_loop(regs[0]);
  if (!is_empty(vm->exception)) return STEP_RAISE;
  switch (frame->state) {
    case START: {
      loop->generators_shut_down = true;
      List *open = list_new(vm, 0);
      for (size_t i = 0; i < loop->generators->count; i++) {
        Value generator = loop->generators->items[i];
        if (generator_is_finished((Frame *)as_object(generator))) continue;
        list_append(vm, open, generator);
        genwatch_left(vm, (Frame *)as_object(generator));
      }
      list_clear(vm, loop->generators);
      if (open->count == 0) return step_done(vm, NONE);
      regs[1] = from_object(open);
      regs[2] = from_object(list_new(vm, open->count));
      break;
    }
    case CLOSING: list_append(vm, as_list(regs[2]), in); break;
    case GATHERED: regs[3] = in; break;
    default: break;
  }
  List *open = as_list(regs[1]), *closing = as_list(regs[2]);
  if (frame->state < GATHERED) {
    if (closing->count < open->count) {
      Value method;
      Tri tri = attr_get(vm, open->items[closing->count], str_intern_c(vm, "aclose"), &method);
      return tri == TRI_YES ? step_call(vm, frame, CLOSING, method, 0, NULL) : STEP_RAISE;
    }
    Value gather;
    if (!gather_new(vm, closing->items, closing->count, true, &gather)) return STEP_RAISE;
    return step_await(vm, frame, GATHERED, gather);
  }
  // Reports one failure after the other, from the last one.
  List *results = as_list(regs[3]);
  while (results->count > 0) {
    Value result = results->items[--results->count];
    if (!is_exception(result) || !exception_is(result, vm->exceptions.Exception)) continue;
    Dict *report = dict_new(vm);
    Value generator = open->items[results->count];
    Text text = text_new(vm);
    text_add_c(&text, "an error occurred during closing of asynchronous generator ");
    value_repr_plain(vm, generator, &text);
    dict_set_c(vm, report, "message", from_object(text_finish(&text)));
    dict_set_c(vm, report, "exception", result);
    dict_set_c(vm, report, "asyncgen", generator);
    Value args[] = {regs[0], from_object(report)};
    return step_call(vm, frame, REPORTED, vm->loops->call_exception_handler, 2, args);
  }
  return step_done(vm, NONE);
}

const NativeDef shutdown_generators_def = {.name = "shutdown_asyncgens",
                                           .min = 1,
                                           .max = 1,
                                           .flags = NATIVE_METHOD | NATIVE_COROUTINE,
                                           .step = shutdown_generators_step,
                                           .registers = 4};

static Step shutdown_executor_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  EventLoop *loop = as_loop(frame->regs[0]);
  switch (frame->state) {
    case 0: {
      loop->executor_shut_down = true;
      if (is_empty(loop->executor) || is_none(loop->executor)) return step_done(vm, NONE);
      Value args[] = {frame->regs[0], loop->executor};
      return step_call_prelude(vm, frame, 1, "loop.shutdown_executor", 2, args);
    }
    case 1: return step_await(vm, frame, 2, in);
    default: return step_done(vm, NONE);
  }
}

const NativeDef shutdown_executor_def = {.name = "shutdown_default_executor",
                                         .min = 1,
                                         .max = 1,
                                         .flags = NATIVE_METHOD | NATIVE_COROUTINE,
                                         .step = shutdown_executor_step,
                                         .registers = 1};

// ---- asyncio.run

// Registers: 0 main, 1 debug, 2 the loop, 3 the main task, 4 the result, 5 the exception, 6 a list
// of the tasks that were left, the youngest first.
enum { RUN_START, RUN_MAIN, RUN_CANCELLED, RUN_GENERATORS, RUN_EXECUTOR, RUN_REPORTED };

static bool start_main(VM *vm, Frame *frame) {
  Value *regs = frame->regs, main = regs[0];
  EventLoop *loop = as_loop(regs[2]);
  if (!task_accepts(main)) {
    Text text = text_new(vm);
    text_add_c(&text, "a coroutine was expected, got ");
    Tri tri = value_repr(vm, main, &text);
    if (tri == TRI_SCRIPT) value_repr_plain(vm, main, &text);
    Str *message = text_finish(&text);
    if (tri == TRI_ERROR) return false;
    vm_raise_value(vm, vm->exceptions.ValueError, from_object(message));
    return formhint_no_coroutine(vm, main);
  }
  Task *task = task_new(vm, loop, main, EMPTY, EMPTY);
  regs[3] = from_object(task);
  loop->main_task = task;
  loop->interrupts = 0;
  return true;
}

// The main task is over. When that was because of SIGINT, KeyboardInterrupt takes its place.
static void keep_outcome(VM *vm, Frame *frame, Value in) {
  Value *regs = frame->regs;
  EventLoop *loop = as_loop(regs[2]);
  loop->main_task = NULL;
  if (!is_empty(regs[3])) as_object(regs[3])->extra &= (uint8_t)~FUTURE_UNSEEN;
  regs[4] = in;
  regs[5] = vm->exception;
  vm_clear_exception(vm);
  if (is_empty(regs[5]) || loop->interrupts == 0 || is_empty(regs[3]) ||
      !exception_is(regs[5], vm->exceptions.CancelledError)) {
    return;
  }
  Object *task = as_object(regs[3]);
  if (task->aux > 0 && --task->aux == 0) {
    regs[5] = from_object(exception_new(vm, vm->exceptions.KeyboardInterrupt, vm->empty_tuple));
  }
}

static Step run_on(VM *vm, Frame *frame, int state, Value awaitable) {
  Value args[] = {frame->regs[2], awaitable};
  return step_call(vm, frame, state, vm->loops->run_until_complete, 2, args);
}

static Step cancel_rest(VM *vm, Frame *frame) {
  EventLoop *loop = as_loop(frame->regs[2]);
  List *left = list_new(vm, 0);
  for (Task *task = loop->first_task; task != NULL; task = task->next) {
    list_append(vm, left, from_object(task));
  }
  for (size_t i = 0, j = left->count; i + 1 < j; i++) {
    Value young = left->items[--j];
    left->items[j] = left->items[i];
    left->items[i] = young;
  }
  frame->regs[6] = from_object(left);
  for (size_t i = left->count; i-- > 0;) {
    if (task_cancel(vm, as_task(left->items[i]), EMPTY) == TRI_ERROR) return STEP_RAISE;
  }
  Value gather;
  if (!gather_new(vm, left->items, left->count, true, &gather)) return STEP_RAISE;
  return run_on(vm, frame, RUN_CANCELLED, gather);
}

// What has gone wrong in the tasks that were left: NULL when there is no more.
static Dict *next_report(VM *vm, Frame *frame) {
  List *left = as_list(frame->regs[6]);
  while (left->count > 0) {
    Future *task = as_future(left->items[--left->count]);
    if (!(task->header.extra & FUTURE_FAILED)) continue;
    Dict *report = dict_new(vm);
    dict_set_c(vm, report, "message",
               from_object(str_from_c(vm, "unhandled exception during asyncio.run() shutdown")));
    dict_set_c(vm, report, "exception", task->result);
    dict_set_c(vm, report, "task", from_object(task));
    return report;
  }
  return NULL;
}

static Step report_error(VM *vm, Frame *frame, int state, Dict *report) {
  Value args[] = {frame->regs[2], from_object(report)};
  return step_call(vm, frame, state, vm->loops->call_exception_handler, 2, args);
}

static Step end_run(VM *vm, Frame *frame) {
  vm->default_loop = NULL;
  loop_close(vm, as_loop(frame->regs[2]));
  if (is_empty(frame->regs[5])) return step_done(vm, frame->regs[4]);
  vm->exception = frame->regs[5];
  return STEP_RAISE;
}

static Step run_step(VM *vm, Frame *frame, Value in) {
  Value *regs = frame->regs;
  if (frame->state == RUN_START) {
    if (!is_empty(vm->exception)) return STEP_RAISE;
    if (!loop_may_run(vm)) {
      vm_raise(vm, vm->exceptions.RuntimeError,
               "asyncio.run() cannot be called from a running event loop");
      hint_second_run(vm, regs[0]);
      return STEP_RAISE;
    }
    EventLoop *loop = loop_new(vm);
    loop->debug = !is_empty(regs[1]) && value_truth(vm, regs[1]) == TRI_YES;
    vm->default_loop = loop;
    vm->default_was_set = true;
    regs[2] = from_object(loop);
    regs[6] = from_object(list_new(vm, 0));
    if (start_main(vm, frame)) return run_on(vm, frame, RUN_MAIN, regs[3]);
    frame->state = RUN_MAIN;
  }
  LoopState *state = vm->loops;
  if (frame->state == RUN_MAIN) {
    keep_outcome(vm, frame, in);
    groupwatch_end(vm, as_loop(regs[2]), is_empty(regs[5]));
    if (is_empty(regs[5])) taskwatch_end(vm, as_loop(regs[2]));
    if (as_loop(regs[2])->first_task != NULL) return cancel_rest(vm, frame);
    frame->state = RUN_CANCELLED;
  }
  if (!is_empty(vm->exception)) {  // what ends the ending
    regs[5] = vm->exception;
    vm_clear_exception(vm);
    return end_run(vm, frame);
  }
  switch (frame->state) {
    case RUN_CANCELLED: {
      Dict *report = next_report(vm, frame);
      if (report != NULL) return report_error(vm, frame, RUN_CANCELLED, report);
      Frame *coroutine = loop_new_coroutine(vm, state->shutdown_generators, 1, &regs[2]);
      return run_on(vm, frame, RUN_GENERATORS, from_object(coroutine));
    }
    case RUN_GENERATORS: {
      Frame *coroutine = loop_new_coroutine(vm, state->shutdown_executor, 1, &regs[2]);
      return run_on(vm, frame, RUN_EXECUTOR, from_object(coroutine));
    }
    default: {
      groupwatch_close(vm, as_loop(regs[2]), is_empty(regs[5]));
      Future *failed = loop_next_failed(as_loop(regs[2]));
      if (failed == NULL) return end_run(vm, frame);
      return report_error(vm, frame, RUN_REPORTED, loop_failed_report(vm, failed));
    }
  }
}

const NativeDef run_def = {
    .name = "run", .min = 1, .max = 2, .params = "main * debug", .step = run_step, .registers = 7};
