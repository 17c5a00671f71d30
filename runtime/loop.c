// loop.c: the event loop: its rounds, its driver (run_forever's step function), its timers and
// handles. See loop.h.
//
// Invariant: while a task's step or a callback of the program runs, the driver's frame is suspended
// under it, its state says which of the two, and loop->current is the task or NULL.
#include "loop.h"

#include <math.h>

#include "chance.h"
#include "clock.h"
#include "context.h"
#include "deadlock.h"
#include "dunder.h"
#include "gather.h"
#include "hint.h"
#include "hogwatch.h"
#include "interp.h"
#include "observe.h"
#include "poller.h"
#include "signals.h"
#include "taskwatch.h"
#include "thread.h"

#define MANY_TIMERS 100  // below this, dead timers are left alone
#define CLOCK_RESOLUTION 1e-9
#define FIRST_LIST_LIMIT 64

// ---- loops

EventLoop *loop_new(VM *vm) {
  EventLoop *loop = heap_alloc(vm, KIND_LOOP, vm->loop_class, sizeof *loop);
  loop->slow_callback_duration = from_double(0.1);
  loop->failed = list_new(vm, 0);
  loop->generators = list_new(vm, 0);
  loop->failed_limit = loop->generators_limit = FIRST_LIST_LIMIT;
  return loop;
}

double loop_time(VM *vm) { return clock_now(vm->loops->clock); }

bool loop_check_open(VM *vm, const EventLoop *loop) {
  if (!loop->closed) return true;
  vm_raise(vm, vm->exceptions.RuntimeError, "Event loop is closed");
  return hint_wrong_loop(vm, "this belongs to an event loop whose run is over",
                         "do everything inside one asyncio.run(main())");
}

EventLoop *loop_running(VM *vm) {
  if (vm->loop != NULL) return vm->loop;
  vm_raise(vm, vm->exceptions.RuntimeError, "no running event loop");
  if (!thread_is_main(vm)) {
    hint_add(vm, vm->exception, FINDING_WRONG_THREAD,
             "no event loop runs in this thread: a loop belongs to the thread that runs it",
             "hand the coroutine to the loop: 'asyncio.run_coroutine_threadsafe(%s, loop)'",
             "coroutine");
  }
  return NULL;
}

EventLoop *loop_current(VM *vm) {
  if (vm->loop != NULL) return vm->loop;
  if (vm->default_loop == NULL && !vm->default_was_set && thread_is_main(vm)) {
    vm->default_loop = loop_new(vm);
    vm->default_was_set = true;
  }
  if (vm->default_loop == NULL) {
    Str *name = vm->thread->name;
    vm_raise(vm, vm->exceptions.RuntimeError, "There is no current event loop in thread '%.*s'.",
             name == NULL ? 10 : (int)name->length, name == NULL ? "MainThread" : name->data);
  }
  return vm->default_loop;
}

static void close_poller(EventLoop *loop, bool alive) {
  if (loop->poller == NULL) return;
  poller_free(loop->poller, alive);
  loop->poller = NULL;
}

void loop_close(VM *vm, EventLoop *loop) {
  close_poller(loop, true);
  loop->closed = true;
  ready_clear(vm, &loop->ready);
  timers_clear(vm, &loop->timers);
}

static void drop_unless(List *list, bool (*wanted)(Value)) {
  size_t kept = 0;
  for (size_t i = 0; i < list->count; i++) {
    if (wanted(list->items[i])) list->items[kept++] = list->items[i];
  }
  list->count = kept;
}

// Adds to a list that is freed of the unwanted whenever it has doubled.
static void note(VM *vm, List *list, size_t *limit, Value v, bool (*wanted)(Value)) {
  if (list->count >= *limit) {
    drop_unless(list, wanted);
    *limit = list->count * 2 < FIRST_LIST_LIMIT ? FIRST_LIST_LIMIT : list->count * 2;
  }
  list_append(vm, list, v);
}

static bool is_unseen(Value future) { return as_object(future)->extra & FUTURE_UNSEEN; }

static bool is_unfinished(Value generator) {
  return !generator_is_finished((Frame *)as_object(generator));
}

void loop_note_failed(VM *vm, EventLoop *loop, Future *future) {
  loop->failed_total++;
  note(vm, loop->failed, &loop->failed_limit, from_object(future), is_unseen);
}

size_t loop_failed_count(EventLoop *loop) {
  drop_unless(loop->failed, is_unseen);
  return loop->failed->count;
}

Future *loop_next_failed(EventLoop *loop) {
  if (loop_failed_count(loop) == 0) return NULL;
  Future *future = as_future(loop->failed->items[0]);
  future->header.extra &= (uint8_t)~FUTURE_UNSEEN;
  return future;
}

Dict *loop_failed_report(VM *vm, Future *future) {
  Dict *report = dict_new(vm);
  const Str *name = value_class(vm, from_object(future))->name;
  Str *message =
      str_format(vm, "%.*s exception was never retrieved", (int)name->length, name->data);
  dict_set_c(vm, report, "message", from_object(message));
  dict_set_c(vm, report, "exception", future->result);
  dict_set_c(vm, report, "future", from_object(future));
  return report;
}

void loop_note_async_generator(VM *vm, Frame *generator) {
  EventLoop *loop = vm->loop;
  if (loop == NULL) return;
  note(vm, loop->generators, &loop->generators_limit, from_object(generator), is_unfinished);
}

// ---- handles and timers

static Handle *handle_new(VM *vm, EventLoop *loop, Class *cls, Value callback, Value args,
                          Value context) {
  if (!loop_check_open(vm, loop)) return NULL;
  Handle *handle = heap_alloc(vm, KIND_HANDLE, cls, sizeof *handle);
  handle->loop = loop;
  handle->callback = callback;
  handle->args = args;
  handle->context = context;
  return handle;
}

Handle *loop_new_handle(VM *vm, EventLoop *loop, Value callback, Value args, Value context) {
  return handle_new(vm, loop, vm->handle_class, callback, args, context);
}

Handle *loop_call_soon(VM *vm, EventLoop *loop, Value callback, Value args, Value context) {
  Handle *handle = handle_new(vm, loop, vm->handle_class, callback, args, context);
  if (handle != NULL) loop_push(vm, loop, READY_HANDLE, handle, EMPTY);
  return handle;
}

Handle *loop_call_soon_one(VM *vm, EventLoop *loop, Value callback, Value arg, Value context) {
  Handle *handle = loop_call_soon(vm, loop, callback, arg, context);
  if (handle != NULL) handle->header.flags |= HANDLE_ONE_ARG;
  return handle;
}

static uint64_t next_serial(EventLoop *loop, bool absolute) {
  return ++loop->serial << 1 | (absolute ? 1 : 0);
}

Handle *loop_call_at(VM *vm, EventLoop *loop, double when, bool absolute, Value callback,
                     Value args, Value context) {
  Handle *handle = handle_new(vm, loop, vm->timer_handle_class, callback, args, context);
  if (handle == NULL) return NULL;
  handle->when = when;
  handle->header.flags |= HANDLE_SCHEDULED;
  // A virtual clock stands still between two calls, so that what would be apart is tied.
  bool may_tie = absolute && !clock_is_virtual(vm->loops->clock);
  timers_push(vm, &loop->timers, (Timer){when, &handle->header, next_serial(loop, may_tie)});
  if (unlikely(vm->observer != NULL)) observe_timer_set(vm, &handle->header, when);
  return handle;
}

int64_t loop_set_timer(VM *vm, EventLoop *loop, Future *future, double delay) {
  uint64_t serial = next_serial(loop, false);
  double when = clock_after(vm->loops->clock, delay);
  timers_push(vm, &loop->timers, (Timer){when, &future->header, serial});
  if (unlikely(vm->observer != NULL)) observe_timer_set(vm, &future->header, when);
  future->header.flags |= FUTURE_TIMER;
  return (int64_t)(serial >> 1);
}

void handle_cancel(VM *vm, Handle *handle) {
  if (handle->header.flags & HANDLE_CANCELLED) return;
  handle->header.flags |= HANDLE_CANCELLED;
  if (handle->header.flags & HANDLE_SCHEDULED) {
    handle->loop->timers.dead++;
    if (unlikely(vm->observer != NULL)) observe_timer_cancelled(vm, &handle->header);
  }
  handle->callback = handle->args = EMPTY;
}

bool loop_timer_is_dead(const Timer *timer) {
  Object *target = timer->target;
  switch (target->kind) {
    case KIND_HANDLE: return target->flags & HANDLE_CANCELLED;
    case KIND_TASK: return ((Task *)target)->waiter != small_int((int64_t)(timer->serial >> 1));
    default: return target->flags & FUTURE_TIMER_DEAD;
  }
}

int64_t loop_wanted_timers(const EventLoop *loop) {
  int64_t wanted = 0;
  for (size_t i = 0; i < loop->timers.count; i++)
    wanted += !loop_timer_is_dead(&loop->timers.items[i]);
  return wanted;
}

// The timer has left the heap.
static void forget_timer(const Timer *timer) {
  Object *target = timer->target;
  switch (target->kind) {
    case KIND_HANDLE: target->flags &= (uint8_t)~HANDLE_SCHEDULED; break;
    case KIND_TASK:
      if (!loop_timer_is_dead(timer)) target->flags &= (uint8_t)~FUTURE_TIMER;
      break;
    default: target->flags &= (uint8_t)~FUTURE_TIMER; break;
  }
}

// ---- a round

static void drop_dead_timers(Timers *timers) {
  if (timers->count > MANY_TIMERS && timers->dead * 2 > timers->count) {
    timers_prune(timers, loop_timer_is_dead, forget_timer);
    return;
  }
  while (timers->count > 0 && loop_timer_is_dead(&timers->items[0])) {
    if (timers->dead > 0) timers->dead--;
    Timer timer = timers_pop(timers);
    forget_timer(&timer);
  }
}

static void move_due_timers(VM *vm, EventLoop *loop) {
  Timers *timers = &loop->timers;
  if (timers->count == 0) return;
  double now = loop_time(vm);
  double end = fmax(now + CLOCK_RESOLUTION, nextafter(now, INFINITY));
  while (timers->count > 0 && !(timers->items[0].when >= end)) {
    Timer timer = timers_pop(timers);
    if (timers->count > 0) __builtin_prefetch(timers->items[0].target);
    bool dead = loop_timer_is_dead(&timer);
    forget_timer(&timer);
    if (unlikely(vm->observer != NULL) && !dead) observe_timer_fired(vm, timer.target);
    if (timer.target->kind == KIND_HANDLE) {
      loop_push(vm, loop, READY_HANDLE, timer.target, EMPTY);
    } else if (!dead) {
      loop_push(vm, loop, READY_SLEEP, timer.target, small_int((int64_t)(timer.serial >> 1)));
    }
  }
}

// The program's own handlers run as callbacks of the loop. False: KeyboardInterrupt is pending.
static bool take_signals(VM *vm, EventLoop *loop) {
  if (!thread_has_signal(vm)) return true;
  SignalOutcome outcome;
  Value handler, args[2];
  loop->idle = true;
  while ((outcome = signals_take(vm, &handler, args)) == SIGNALS_CALL) {
    loop_call_soon(vm, loop, handler, from_object(tuple_from(vm, args, 2)), EMPTY);
  }
  loop->idle = false;
  return outcome == SIGNALS_DONE;
}

// Whether somebody waits for the run's end: run_forever() alone may wait for ever.
static bool is_run_to_an_end(const Frame *frame) {
  return frame->parent->header.extra == RESUME_STEP &&
         frame->parent->def == &run_until_complete_def;
}

// Waits until something is ready or due, and sets how much the round will run.
static bool begin_round(VM *vm, Frame *frame, EventLoop *loop) {
  drop_dead_timers(&loop->timers);
  if (!take_signals(vm, loop)) return false;
  bool polls = loop->poller != NULL && poller_is_active(loop->poller);
  if (loop->ready.count == 0 && !loop->stopping) {
    bool may_be_woken = polls || threads_may_wake(vm) || signals_have_watchers(vm);
    if (loop->timers.count == 0 && !may_be_woken && is_run_to_an_end(frame)) {
      if (!deadlock_end(vm, loop)) return false;
      loop->todo = loop->ready.count;
      return true;
    }
    deadlock_note_circles(vm, loop);
    if (unlikely(vm->observer != NULL)) observe_loop_waits(vm, &loop->timers);
    uint64_t deadline = CLOCK_NEVER;
    if (loop->timers.count > 0 && !clock_is_held(vm->loops->clock)) {
      deadline = clock_moment(fmax(loop->timers.items[0].when, loop_time(vm)));  // nan means now
    }
    deadline = heap_idle(vm, frame, deadline);
    if (polls) {
      poller_wait(vm, frame, loop->poller, deadline);
    } else {
      thread_park(vm, frame, deadline);
    }
    if (!take_signals(vm, loop)) return false;
  } else if (polls) {
    poller_run(loop->poller);
  }
  move_due_timers(vm, loop);
  loop->todo = loop->ready.count;
  if (unlikely(vm->chance.shuffles)) chance_shuffle_round(vm, &loop->ready, loop->todo);
  return true;
}

// ---- what the loop does without a script

// The sleep's future, in CPython's terms, gets its result: one turn later the sleeper goes on.
static bool end_sleep(VM *vm, EventLoop *loop, Future *future, Value serial) {
  if (future->header.kind == KIND_TASK) {
    Task *task = (Task *)future;
    if ((future->header.extra & TASK_SLEEPS) && task->waiter == serial) {
      future->header.extra &= (uint8_t)~TASK_SLEEPS;
      loop_push(vm, loop, READY_STEP, task, EMPTY);
      if (unlikely(vm->observer != NULL)) observe_task_ready(vm, task, "sleep", "timer");
    }
    return true;
  }
  if (future_done(future) || future->header.flags & FUTURE_TIMER_DEAD) return true;
  if (unlikely(vm->observer != NULL)) observe_cause(vm, NULL);
  return future_set_result(vm, future, NONE);
}

// run_until_complete's future is done. KeyboardInterrupt and SystemExit end the run by themselves.
static void stop_for(VM *vm, EventLoop *loop, Future *future) {
  if (future->header.extra & FUTURE_FAILED &&
      (exception_is(future->result, vm->exceptions.KeyboardInterrupt) ||
       exception_is(future->result, vm->exceptions.SystemExit))) {
    return;
  }
  loop->stopping = true;
}

// Makes pending what the entry throws into its task's next step, if anything.
static void load_exception(VM *vm, ReadyEntry entry) {
  Value ignored;
  switch (ready_kind(entry)) {
    case READY_STEP:
      if (!is_empty(entry.argument)) vm->exception = entry.argument;
      break;
    case READY_WAKEUP:
      if (!future_take_result(vm, entry.argument, &ignored)) return;
      break;
    default: {  // READY_SLEEP_CANCELLED
      bool has_message = !is_empty(entry.argument) && !is_none(entry.argument);
      Tuple *args = tuple_from(vm, &entry.argument, has_message ? 1 : 0);
      vm_raise_exception(vm, from_object(exception_new(vm, vm->exceptions.CancelledError, args)));
    }
  }
}

// ---- the driver: run_forever

enum { LOOP_START, LOOP_TASK, LOOP_CALLBACK, LOOP_REPORTED, LOOP_WATCHED };

// Registers: 0 the loop, 1 the context to go back to, 2 the handle whose callback runs, 3 the loop
// that runs around it (EventLoop.may_nest), or EMPTY.
static void leave(VM *vm, Frame *frame, EventLoop *loop) {
  loop->stopping = loop->running = false;
  loop->thread = NULL;
  loop->current = NULL;
  vm->loop = is_empty(frame->regs[3]) ? NULL : as_loop(frame->regs[3]);
  hogwatch_enter(vm, vm->loop);
  vm->context = frame->regs[1];
}

static bool enter(VM *vm, Frame *frame, EventLoop *loop) {
  if (!loop_check_open(vm, loop)) return false;
  if (loop->running) {
    vm_raise(vm, vm->exceptions.RuntimeError, "This event loop is already running");
    return hint_second_run(vm, EMPTY);
  }
  if (!loop_may_run(vm)) {
    vm_raise(vm, vm->exceptions.RuntimeError,
             "Cannot run the event loop while another loop is running");
    return hint_second_run(vm, EMPTY);
  }
  loop->running = true;
  loop->thread = vm->thread;
  if (vm->loops->began == 0) vm->loops->began = loop_time(vm);
  hogwatch_enter(vm, loop);
  loop->todo = 0;
  if (vm->loop != NULL) frame->regs[3] = from_object(vm->loop);
  vm->loop = loop;
  frame->regs[1] = vm->context;
  return true;
}

// A callback raised something: tell the exception handler, except of what ends the run.
static bool ends_the_run(VM *vm, const EventLoop *loop) {
  return exception_is(vm->exception, vm->exceptions.SystemExit) ||
         (exception_is(vm->exception, vm->exceptions.KeyboardInterrupt) && !loop->is_session);
}

static Step report_callback(VM *vm, Frame *frame, EventLoop *loop) {
  Value exception = vm->exception, handle = frame->regs[2];
  vm_clear_exception(vm);
  Text text = text_new(vm);
  text_add_c(&text, "Exception in callback ");
  handle_repr_callback(vm, as_handle(handle), &text);
  Dict *report = dict_new(vm);
  dict_set_c(vm, report, "message", from_object(text_finish(&text)));
  dict_set_c(vm, report, "exception", exception);
  dict_set_c(vm, report, "handle", handle);
  Value args[] = {from_object(loop), from_object(report)};
  return step_call(vm, frame, LOOP_REPORTED, vm->loops->call_exception_handler, 2, args);
}

static Step report_failed(VM *vm, Frame *frame, EventLoop *loop, Future *failed) {
  Value args[] = {from_object(loop), from_object(loop_failed_report(vm, failed))};
  return step_call(vm, frame, LOOP_REPORTED, vm->loops->call_exception_handler, 2, args);
}

static Step call_handle(VM *vm, Frame *frame, Handle *handle) {
  vm->context = handle->context;
  frame->regs[2] = from_object(handle);
  if (handle->header.flags & HANDLE_ONE_ARG) {
    return step_call(vm, frame, LOOP_CALLBACK, handle->callback, 1, &handle->args);
  }
  Tuple *args = as_tuple(handle->args);
  return step_call(vm, frame, LOOP_CALLBACK, handle->callback, (int)args->count, args->items);
}

// The common step of a task: nothing to throw, nothing to cancel, no timer to give up. It does what
// task_begin_step and generator_resume would do, in a third of their instructions.
static inline bool resumes_plainly(VM *vm, Frame *frame, ReadyEntry entry, Task *task) {
  const Object *header = &task->future.header;
  Frame *root = task->coroutine;
  if (ready_kind(entry) != READY_STEP || !is_empty(entry.argument) ||
      header->extra & TASK_MUST_CANCEL || header->flags & (FUTURE_TIMER | TASK_CANCELLING) ||
      root->header.flags & (FRAME_FINISHED | FRAME_THROWN) || generator_is_running(root) ||
      frame->header.aux >= vm->recursion_limit) {
    return false;
  }
  GeneratorState *state = frame_generator(root);
  task->waiter = EMPTY;
  task->future.loop->current = task;
  vm->context = task->context;
  root->header.aux = frame->header.aux + 1;
  root->parent = frame;
  state->outer_chain = vm->chain;
  vm->chain = root;
  vm->frame = state->innermost;
  vm->result = NONE;
  frame->state = LOOP_TASK;
  return true;
}

// The common end of a step: suspended by an await that has arranged what comes next.
static inline bool has_suspended_plainly(VM *vm, Task *task, Value in) {
  if (vm->outcome != OUTCOME_YIELDED || !is_empty(in) ||
      task->future.header.extra & TASK_MUST_CANCEL) {
    return false;
  }
  task->context = vm->context;
  task->future.loop->current = NULL;
  return true;
}

static Step resume_task(VM *vm, Frame *frame, Task *task, bool *raised) {
  if (task_begin_step(vm, task)) {
    Step step = generator_resume(vm, frame, LOOP_TASK, task->coroutine, NONE);
    if (step != STEP_RAISE) return step;
    vm->outcome = OUTCOME_RAISED;
  }
  *raised = !task_end_step(vm, task, EMPTY);
  return STEP_RAISE;
}

static Step run_forever_step(VM *vm, Frame *frame, Value in) {
  EventLoop *loop = as_loop(frame->regs[0]);
  bool first = false, raised = false;
  switch (frame->state) {
    case LOOP_START:
      if (!is_empty(vm->exception) || !enter(vm, frame, loop)) return STEP_RAISE;
      first = true;
      break;
    case LOOP_WATCHED:
    case LOOP_TASK:
      if (!has_suspended_plainly(vm, loop->current, in)) {
        raised = !task_end_step(vm, loop->current, in);
      }
      break;
    case LOOP_CALLBACK:
      if (!is_empty(vm->exception)) {
        if (!ends_the_run(vm, loop)) return report_callback(vm, frame, loop);
        raised = true;
      }
      break;
    default: raised = !is_empty(vm->exception); break;
  }
  while (!raised) {
    if (loop->todo == 0) {
      if (loop->stopping && !first) {
        leave(vm, frame, loop);
        return step_done(vm, NONE);
      }
      first = false;
      if (unlikely(loop->failed_looked != loop->failed_total) && loop->ready.count == 0 &&
          !loop->is_session) {
        loop->failed_lost = taskwatch_idle(vm, frame, loop);
      }
      if (unlikely(loop->failed_lost > 0)) {
        loop->failed_lost--;
        Future *failed = loop_next_failed(loop);
        if (failed != NULL) return report_failed(vm, frame, loop, failed);
      }
      raised = !begin_round(vm, frame, loop);
      continue;
    }
    loop->todo--;
    ReadyEntry entry = ready_pop(&loop->ready);
    Object *object = ready_object(entry);
    switch (ready_kind(entry)) {
      case READY_STEP:
      case READY_WAKEUP:
      case READY_SLEEP_CANCELLED: {
        if (resumes_plainly(vm, frame, entry, (Task *)object)) return STEP_SWITCH;
        load_exception(vm, entry);
        Step step = resume_task(vm, frame, (Task *)object, &raised);
        if (step != STEP_RAISE) return step;
        break;
      }
      case READY_SLEEP: raised = !end_sleep(vm, loop, (Future *)object, entry.argument); break;
      case READY_HANDLE:
        if (object->flags & HANDLE_CANCELLED) break;
        return call_handle(vm, frame, (Handle *)object);
      case READY_GATHER:
        raised = !gather_child_done(vm, (Gather *)object, as_future(entry.argument));
        break;
      case READY_STOP: stop_for(vm, loop, as_future(entry.argument)); break;
    }
  }
  leave(vm, frame, loop);
  return STEP_RAISE;
}

const NativeDef run_forever_def = {.name = "run_forever",
                                   .min = 1,
                                   .max = 1,
                                   .flags = NATIVE_METHOD,
                                   .step = run_forever_step,
                                   .registers = 4};

bool loop_is_driver(const Frame *step) { return step->def == &run_forever_def; }

const Handle *loop_called_handle(const Frame *driver) {
  return driver->state == LOOP_CALLBACK ? as_handle(driver->regs[2]) : NULL;
}

bool loop_watch_step(Frame *driver, bool *is_new) {
  if (driver == NULL || driver->header.extra != RESUME_STEP || !loop_is_driver(driver))
    return false;
  *is_new = driver->state == LOOP_TASK;
  if (*is_new) driver->state = LOOP_WATCHED;
  return driver->state == LOOP_WATCHED;
}

// ---- signals

bool loop_cancel_main(VM *vm, EventLoop *loop) {
  Tri tri = task_cancel(vm, loop->main_task, EMPTY);
  loop->main_task->future.header.flags &= (uint8_t)~TASK_CANCELLING;  // it may do as it likes
  return tri != TRI_ERROR;
}

bool loop_take_interrupt(VM *vm) {
  EventLoop *loop = vm->loop;
  if (loop == NULL || loop->main_task == NULL) return false;
  if (loop->is_session) {
    // What other tasks do is interrupted only when the main task could not be reached.
    bool again = ++loop->interrupts > 1;
    if (!loop->idle && (again || loop->current == loop->main_task)) return false;
    return loop_cancel_main(vm, loop);
  }
  loop->interrupts++;
  if (loop->interrupts > 1 || future_done(&loop->main_task->future)) return false;
  return loop_cancel_main(vm, loop);
}

void loop_wake(EventLoop *loop) {
  if (loop->thread != NULL) thread_unpark(loop->thread);
}

// ---- the VM's side

void loop_use_virtual_clock(VM *vm) {
  clock_free(vm->loops->clock);
  vm->loops->clock = clock_new(true);
  threads_use_clock(vm->threads, vm->loops->clock);
}

void loop_switch_clock(VM *vm, EventLoop *loop, bool is_virtual) {
  double moved = clock_switch(vm->loops->clock, is_virtual);
  vm->loops->began += moved;
  for (size_t i = 0; i < loop->timers.count; i++) {
    Timer *timer = &loop->timers.items[i];
    timer->when += moved;
    if (timer->target->kind == KIND_HANDLE) ((Handle *)timer->target)->when += moved;
  }
}

void loop_install(VM *vm) {
  LoopState *state = heap_buffer_new(vm, sizeof *state);
  *state = (LoopState){.clock = clock_new(false)};
  vm->loops = state;
  vm->threads = threads_new(vm, state->clock);
  context_install(vm);
  future_install(vm);
  task_install(vm);
  loop_methods_install(vm);
  Value module = from_object(str_intern_c(vm, "asyncio.exceptions"));
  dict_set_c(vm, vm->exceptions.CancelledError->dict, "__module__", module);
  dict_set_c(vm, vm->exceptions.InvalidStateError->dict, "__module__", module);
  state->wrap_awaitable = native_new(vm, &wrap_awaitable_def, NULL);
}

void loop_state_free(VM *vm) {
  clock_free(vm->loops->clock);
  heap_buffer_free(vm, vm->loops, sizeof *vm->loops);
  vm->loops = NULL;
}

void loop_mark_roots(VM *vm) {
  LoopState *state = vm->loops;
  if (state == NULL) return;
  Value natives[] = {
      state->token_missing,          state->run_forever,       state->run_until_complete,
      state->call_exception_handler, state->wrap_awaitable,    state->future_iterator,
      state->shutdown_generators,    state->shutdown_executor, state->create_task,
      state->create_task_step,       state->step_driver,       state->channel_lost,
      state->channel_hand_on};
  heap_mark_values(vm, natives, sizeof natives / sizeof *natives);
}

void loop_mark(VM *vm, Object *object) {
  EventLoop *loop = (EventLoop *)object;
  ready_mark(vm, &loop->ready);
  timers_mark(vm, &loop->timers);
  for (Task *task = loop->first_task; task != NULL; task = task->next) heap_mark_object(vm, task);
  heap_mark(vm, loop->slow_callback_duration);
  heap_mark_object(vm, loop->current);
  for (uint32_t k = 0; k < LOOP_LATEST && k < loop->began; k++) {
    heap_mark_object(vm, loop->latest[k]);
  }
  heap_mark_object(vm, loop->main_task);
  heap_mark(vm, loop->exception_handler);
  heap_mark(vm, loop->task_factory);
  heap_mark(vm, loop->executor);
  heap_mark_object(vm, loop->failed);
  heap_mark_object(vm, loop->generators);
  if (loop->poller != NULL) poller_mark(vm, loop->poller);
}

void loop_free(VM *vm, Object *object) {
  EventLoop *loop = (EventLoop *)object;
  close_poller(loop, false);
  loop_close(vm, loop);
}

void handle_mark(VM *vm, Object *object) {
  Handle *handle = (Handle *)object;
  heap_mark_object(vm, handle->loop);
  heap_mark(vm, handle->callback);
  heap_mark(vm, handle->args);
  heap_mark(vm, handle->context);
}
