// loopwatch.c: what holds a loop up. See loopwatch.h.
//
// C004 asks after a call that took long: who was late because of it? An entry of the FIFO that was
// there before, or a timer that came due meanwhile. When nobody was, nothing is said.
#include "loopwatch.h"

#include <math.h>
#include <string.h>

#include "thread.h"
#include "traceback.h"

#define LONG_CALL 0.1     // seconds, slow_callback_duration's default
#define LATE 0.01         // a timer that is less late than this has lost nothing
#define NAMES 3           // of those who were late
#define LONGEST_QUOTE 60  // characters of the program's text

// ---- C004: who was late

Blocking blocking_begin_slow(VM *vm) {
  if (!finding_is_wanted(vm, FINDING_BLOCKED)) return (Blocking){0};
  uint64_t now = clock_nanoseconds(vm->loops->clock);
  vm->thread->woken = &vm->thread->woken_at;
  vm->thread->woken_at = 0;
  return (Blocking){vm->loop, now, vm->loop->ready.count};
}

typedef struct {
  Task *tasks[NAMES];
  size_t task_count, callback_count;
  double most;  // by how much the latest was late
} Late;

static void note_late(Late *late, const EventLoop *loop, Object *target, double seconds) {
  if (target->kind == KIND_FUTURE) {  // a sleep: who waits for it?
    const FutureCallback *waiter = future_callback((Future *)target, 0);
    if (waiter == NULL) return;
    if (is_kind(waiter->callback, KIND_TASK)) target = as_object(waiter->callback);
  }
  if (target == (Object *)loop->current || target->kind == KIND_LOOP) return;
  late->most = fmax(late->most, seconds);
  if (target->kind != KIND_TASK) {
    late->callback_count++;
    return;
  }
  for (size_t i = 0; i < late->task_count && i < NAMES; i++) {
    if (late->tasks[i] == (Task *)target) return;
  }
  if (late->task_count < NAMES) late->tasks[late->task_count] = (Task *)target;
  late->task_count++;
}

// waiting: that many entries of the FIFO are late by so many seconds; and timers by `least` or
// more.
static void find_late(VM *vm, const EventLoop *loop, uint32_t waiting, double seconds, double least,
                      Late *late) {
  Ready rest = loop->ready;
  for (uint32_t i = 0; i < waiting && rest.count > 0; i++) {
    ReadyEntry entry = ready_pop(&rest);
    Object *object = ready_object(entry);
    bool cancelled = ready_kind(entry) == READY_HANDLE && object->flags & HANDLE_CANCELLED;
    if (!cancelled && ready_kind(entry) != READY_GATHER) note_late(late, loop, object, seconds);
  }
  double now = loop_time(vm);
  for (size_t i = 0; i < loop->timers.count; i++) {
    const Timer *timer = &loop->timers.items[i];
    double by = now - timer->when;
    if (by < least || loop_timer_is_dead(timer)) continue;
    note_late(late, loop, timer->target, fmin(by, seconds));
  }
}

// "Task-2 and Task-3"; *many: they are more than one.
static void put_late(VM *vm, const Late *late, Text *text, bool *many) {
  size_t named = late->task_count < NAMES ? late->task_count : NAMES;
  size_t others = late->task_count - named + (named == 0 ? 0 : late->callback_count);
  size_t count = named + others;
  for (size_t i = 0; i < named; i++) {
    if (i > 0) text_add_c(text, i + 1 == count ? " and " : ", ");
    text_add_str(text, task_name(vm, late->tasks[i]));
  }
  if (named == 0) {
    count = late->callback_count;
    if (count == 1) text_add_c(text, "a callback");
    if (count > 1) text_printf(text, "%zu callbacks", count);
  } else if (others > 0) {
    text_printf(text, " and %zu other%s", others, others == 1 ? "" : "s");
  }
  *many = count > 1;
}

// "Task-2 and Task-3 were late, by up to 1.000 s"
static Str *late_text(VM *vm, const Late *late) {
  Text text = text_new(vm);
  bool many;
  put_late(vm, late, &text, &many);
  text_printf(&text, " %s late, by %s%.3f s", many ? "were" : "was", many ? "up to " : "",
              late->most);
  return text_finish(&text);
}

Str *loopwatch_waiting(VM *vm, const EventLoop *loop, uint32_t waiting, double least) {
  Late late = {0};
  find_late(vm, loop, waiting, 0, least, &late);
  if (late.task_count + late.callback_count == 0) return NULL;
  Text text = text_new(vm);
  bool many;
  put_late(vm, &late, &text, &many);
  text_add_c(&text, " had to wait");
  return text_finish(&text);
}

// "for 1.000 s: Task-2 was late, by …", or NULL: nobody has lost anything.
static Str *judge(VM *vm, const Blocking *blocking) {
  if (blocking->loop == NULL) return NULL;
  uint64_t now = vm->thread->woken_at;  // that another thread then had the lock is nobody's fault
  vm->thread->woken = NULL;
  if (now == 0) now = clock_nanoseconds(vm->loops->clock);
  double seconds = (double)(now - blocking->began) / 1e9;
  if (seconds < LONG_CALL) return NULL;
  Late late = {0};
  find_late(vm, blocking->loop, blocking->waiting, seconds, LATE, &late);
  if (late.task_count + late.callback_count == 0) return NULL;
  Str *who = late_text(vm, &late);
  return str_format(vm, "for %.3f s: %.*s", seconds, (int)who->length, who->data);
}

void blocking_end(VM *vm, Blocking blocking) {
  Str *late = judge(vm, &blocking);
  if (late != NULL) loopwatch_tell_blocked(vm, finding_here(vm), late);
}

bool blocking_end_leaf(VM *vm, Blocking blocking, bool ok, Value *out) {
  if (!ok || is_empty(*out)) return ok;
  Str *late = judge(vm, &blocking);
  return late == NULL || watch_detour(vm, WATCH_BLOCKED, from_object(late), NONE, out);
}

// ---- C004: what to write instead

// The context manager of a `with` is what blocks, not the expression that is marked.
static bool is_with(TraceEntry place) {
  const Instr *at = &place.code->instrs[place.instr];
  if (place.instr > 0 && at[-1].op == OP_BEFORE_WITH) return true;
  return place.instr > 2 && at->op == OP_CALL_METHOD && at->c == 3 &&
         (at[-1].op == OP_EXC_INFO ||
          (at[-1].op == OP_LOAD_NONE && at[-2].op == OP_LOAD_NONE && at[-3].op == OP_LOAD_NONE));
}

// What to put a call's text between.
static char quote_for(const CallText *call) {
  bool has = memchr(call->callee, '\'', (size_t)call->callee_length) != NULL ||
             memchr(call->args, '\'', (size_t)call->args_length) != NULL;
  return has ? '`' : '\'';
}

static void help_thread(Finding *finding, const CallText *call) {
  char quote = quote_for(call);
  finding_help(finding,
               "write %cawait asyncio.to_thread(%.*s%s%.*s)%c: a thread does it, the loop goes on",
               quote, call->callee_length, call->callee, call->args_length > 0 ? ", " : "",
               call->args_length, call->args, quote);
}

bool loopwatch_help_thread(Finding *finding, const char *text, size_t length) {
  CallText call;
  bool is_call = watch_split_call(text, length, &call);
  if (is_call) help_thread(finding, &call);
  return is_call;
}

static void help_with_call(Finding *finding, const CallText *call) {
  const char *callee = call->callee, *args = call->args;
  int callee_length = call->callee_length, args_length = call->args_length;
  if (watch_calls(call, ".sleep") || (callee_length == 5 && watch_calls(call, "sleep"))) {
    finding_help(finding, "write 'await asyncio.sleep(%.*s)': only this task waits then",
                 args_length, args);
  } else if (watch_calls(call, ".result")) {
    finding_help(finding, "write 'await asyncio.wrap_future(%.*s)': only this task waits then",
                 callee_length - 7, callee);
  } else if (watch_calls(call, ".acquire")) {
    finding_help(finding,
                 "write 'await %.*s(%.*s)' with an asyncio.Lock in place of the threads' lock: "
                 "only this task waits then",
                 callee_length, callee, args_length, args);
  } else {
    help_thread(finding, call);
  }
}

// Something inside what is awaited blocks: that is not the program's doing.
static bool is_awaiting(TraceEntry place) {
  const Instr *at = &place.code->instrs[place.instr];
  return at->op == OP_AWAIT ||
         (place.instr + 1 < place.code->instr_count && at[1].op == OP_AWAIT && !is_with(place));
}

// Where the innermost function that may await was left; code NULL: there is none.
static TraceEntry async_caller(const VM *vm) {
  for (const Frame *frame = vm->frame; frame != NULL; frame = frame->parent) {
    if (frame->header.extra == RESUME_STEP && loop_is_driver(frame)) break;
    TraceEntry place = finding_place(frame);
    if (place.code != NULL && traceback_is_shown(&place, 0) &&
        place.code->flags & (CODE_COROUTINE | CODE_ASYNC_GENERATOR)) {
      return place;
    }
  }
  return (TraceEntry){0};
}

// The loop itself has called what blocks.
static void tell_callback(VM *vm, Str *late) {
  const Frame *frame = vm->frame;
  while (frame != NULL && !(frame->header.extra == RESUME_STEP && loop_is_driver(frame))) {
    frame = frame->parent;
  }
  if (frame == NULL || !is_kind(frame->regs[2], KIND_HANDLE) || vm->loop->current != NULL) return;
  Text text = text_new(vm);
  handle_repr_callback(vm, as_handle(frame->regs[2]), &text);
  Finding *finding = finding_new(vm, FINDING_BLOCKED, (TraceEntry){0},
                                 "the callback %.*s stopped the event loop %.*s", (int)text.length,
                                 text.data, (int)late->length, late->data);
  text_free(&text);
  finding_help(finding, "let a thread do it: 'loop.run_in_executor(None, function, arguments)'");
  finding_report(vm, finding);
}

void loopwatch_tell_blocked(VM *vm, TraceEntry place, Str *late) {
  if (place.code == NULL) {
    tell_callback(vm, late);
    return;
  }
  if (is_awaiting(place)) return;
  const char *text;
  size_t length;
  CallText call;
  bool quoted = watch_source(vm, place, &text, &length) && length <= LONGEST_QUOTE;
  bool with = is_with(place);
  Finding *finding = finding_new(vm, FINDING_BLOCKED, place, "%s%.*s%s stopped the event loop %.*s",
                                 !quoted ? "a blocking call"
                                 : with  ? "'with "
                                         : "",
                                 quoted ? (int)length : 0, quoted ? text : "",
                                 quoted && with ? "'" : "", (int)late->length, late->data);
  TraceEntry caller = async_caller(vm);
  bool is_plain = caller.code != NULL && caller.code != place.code;
  if (is_plain) {  // a function without async: its caller has to do something
    const Str *name = caller.code->name;
    finding_note(finding, caller, "called from 'async def %.*s' here", (int)name->length,
                 name->data);
    quoted = watch_source(vm, caller, &text, &length) && length <= LONGEST_QUOTE;
  }
  if (with && !is_plain) {
    finding_help(finding,
                 "use asyncio's own form with 'async with', or do the whole block in a function "
                 "and 'await asyncio.to_thread(function)'");
  } else if (quoted && watch_split_call(text, length, &call)) {
    if (is_plain) {
      help_thread(finding, &call);
    } else {
      help_with_call(finding, &call);
    }
  } else {
    finding_help(finding, "do it in a function and 'await asyncio.to_thread(function)'");
  }
  finding_report(vm, finding);
}

// ---- C019

bool loopwatch_foreign(VM *vm, const char *name, Value *out) {
  if (!finding_is_wanted(vm, FINDING_WRONG_THREAD)) return true;
  return watch_detour(vm, WATCH_WRONG_THREAD, from_object(str_intern_c(vm, name)), NONE, out);
}

void loopwatch_tell_thread(VM *vm, TraceEntry place, const char *name) {
  const char *text;
  size_t length;
  CallText call;
  bool quoted = watch_source(vm, place, &text, &length) && length <= LONGEST_QUOTE &&
                watch_split_call(text, length, &call);
  Finding *finding = finding_new(
      vm, FINDING_WRONG_THREAD, place,
      "%.*s%s was called in a thread that is not the event loop's own: the loop may not notice it",
      quoted ? (int)length : (int)strlen(name), quoted ? text : name, quoted ? "" : "()");
  char quote = quoted ? quote_for(&call) : '\'';
  if (!quoted) {
    finding_help(finding, "hand it to the loop: 'loop.call_soon_threadsafe(function, arguments)'");
  } else if (watch_calls(&call, "create_task")) {
    finding_help(finding, "write %casyncio.run_coroutine_threadsafe(%.*s, loop)%c", quote,
                 call.args_length, call.args, quote);
  } else if (watch_calls(&call, ".call_soon")) {
    finding_help(finding, "write %c%.*s_threadsafe(%.*s)%c", quote, call.callee_length, call.callee,
                 call.args_length, call.args, quote);
  } else {
    finding_help(finding, "write %cloop.call_soon_threadsafe(%.*s%s%.*s)%c", quote,
                 call.callee_length, call.callee, call.args_length > 0 ? ", " : "",
                 call.args_length, call.args, quote);
  }
  finding_report(vm, finding);
}
