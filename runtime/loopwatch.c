// loopwatch.c: what holds a loop up. See loopwatch.h.
//
// C004 asks after a call that took long: who was late because of it? An entry of the FIFO that was
// there before, or a timer that came due meanwhile. When nobody was, nothing is said.
#include "loopwatch.h"

#include <math.h>
#include <string.h>

#include "thread.h"

#define LONG_CALL 0.1     // seconds, slow_callback_duration's default
#define LATE 0.01         // a timer that is less late than this has lost nothing
#define NAMES 3           // of those who were late
#define LONGEST_QUOTE 60  // characters of the program's text

// ---- C004: who was late

Blocking blocking_begin_slow(VM *vm) {
  if (!finding_is_wanted(vm, FINDING_BLOCKED)) return (Blocking){0};
  return (Blocking){vm->loop, clock_nanoseconds(vm->loops->clock), vm->loop->ready.count};
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

static void find_late(VM *vm, const Blocking *blocking, double seconds, Late *late) {
  const EventLoop *loop = blocking->loop;
  Ready rest = loop->ready;
  for (uint32_t i = 0; i < blocking->waiting && rest.count > 0; i++) {
    ReadyEntry entry = ready_pop(&rest);
    Object *object = ready_object(entry);
    bool cancelled = ready_kind(entry) == READY_HANDLE && object->flags & HANDLE_CANCELLED;
    if (!cancelled && ready_kind(entry) != READY_GATHER) note_late(late, loop, object, seconds);
  }
  double now = loop_time(vm);
  for (size_t i = 0; i < loop->timers.count; i++) {
    const Timer *timer = &loop->timers.items[i];
    double by = now - timer->when;
    if (by >= LATE && !loop_timer_is_dead(timer)) note_late(late, loop, timer->target, by);
  }
}

// "Task-2 and Task-3 were late, by up to 1.000 s"
static Str *late_text(VM *vm, const Late *late) {
  Text text = text_new(vm);
  size_t named = late->task_count < NAMES ? late->task_count : NAMES;
  size_t others = late->task_count - named + (named == 0 ? 0 : late->callback_count);
  size_t count = named + others;
  for (size_t i = 0; i < named; i++) {
    if (i > 0) text_add_c(&text, i + 1 == count ? " and " : ", ");
    text_add_str(&text, task_name(vm, late->tasks[i]));
  }
  if (named == 0) {
    count = late->callback_count;
    if (count == 1) text_add_c(&text, "a callback");
    if (count > 1) text_printf(&text, "%zu callbacks", count);
  } else if (others > 0) {
    text_printf(&text, " and %zu other%s", others, others == 1 ? "" : "s");
  }
  text_printf(&text, " %s late, by %s%.3f s", count == 1 ? "was" : "were",
              count == 1 ? "" : "up to ", late->most);
  return text_finish(&text);
}

// "for 1.000 s: Task-2 was late, by …", or NULL: nobody has lost anything.
static Str *judge(VM *vm, const Blocking *blocking) {
  if (blocking->loop == NULL) return NULL;
  uint64_t now = clock_nanoseconds(vm->loops->clock);
  double seconds = (double)(now - blocking->began) / 1e9;
  if (seconds < LONG_CALL) return NULL;
  Late late = {0};
  find_late(vm, blocking, seconds, &late);
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

// The text of a call: what is called, and what is between the parentheses.
typedef struct {
  const char *callee, *args;
  int callee_length, args_length;
} CallText;

static bool split_call(const char *text, size_t length, CallText *call) {
  if (length < 3 || text[length - 1] != ')') return false;
  size_t depth = 0, at = length;
  do {
    at--;
    if (text[at] == '\'' || text[at] == '"') {  // back to where the string begins
      char quote = text[at];
      while (at > 0 && text[--at] != quote) continue;
    } else if (text[at] == ')' || text[at] == ']' || text[at] == '}') {
      depth++;
    } else if (text[at] == '(' || text[at] == '[' || text[at] == '{') {
      depth--;
    }
  } while (at > 0 && depth > 0);
  if (at == 0 || depth > 0) return false;
  *call = (CallText){text, text + at + 1, (int)at, (int)(length - at - 2)};
  return true;
}

static bool ends_with(const CallText *call, const char *end) {
  size_t length = strlen(end);
  return (size_t)call->callee_length >= length &&
         memcmp(call->callee + call->callee_length - length, end, length) == 0;
}

// The context manager of a `with` is what blocks, not the expression that is marked.
static bool is_with(TraceEntry place) {
  const Instr *at = &place.code->instrs[place.instr];
  if (place.instr > 0 && at[-1].op == OP_BEFORE_WITH) return true;
  return place.instr > 2 && at->op == OP_CALL_METHOD && at->c == 3 &&
         (at[-1].op == OP_EXC_INFO ||
          (at[-1].op == OP_LOAD_NONE && at[-2].op == OP_LOAD_NONE && at[-3].op == OP_LOAD_NONE));
}

static void help_with_call(Finding *finding, const CallText *call) {
  const char *callee = call->callee, *args = call->args;
  int callee_length = call->callee_length, args_length = call->args_length;
  if (ends_with(call, "time.sleep") || (callee_length == 5 && ends_with(call, "sleep"))) {
    finding_help(finding, "write 'await asyncio.sleep(%.*s)': only this task waits then",
                 args_length, args);
  } else if (ends_with(call, ".result")) {
    finding_help(finding, "write 'await asyncio.wrap_future(%.*s)': only this task waits then",
                 callee_length - 7, callee);
  } else if (ends_with(call, ".acquire")) {
    finding_help(finding,
                 "write 'await %.*s(%.*s)' with an asyncio.Lock in place of the threads' lock: "
                 "only this task waits then",
                 callee_length, callee, args_length, args);
  } else {
    finding_help(finding,
                 "write 'await asyncio.to_thread(%.*s%s%.*s)': a thread waits for it, the loop "
                 "goes on",
                 callee_length, callee, args_length > 0 ? ", " : "", args_length, args);
  }
}

void loopwatch_tell_blocked(VM *vm, TraceEntry place, Str *late) {
  if (place.code == NULL) return;
  const char *text;
  size_t length;
  CallText call;
  bool quoted = watch_source(vm, place, &text, &length) && length <= LONGEST_QUOTE;
  bool with = is_with(place);
  Finding *finding = finding_new(
      vm, FINDING_BLOCKED, place, "%s%s%.*s%s stopped the event loop %.*s", quoted ? "'" : "",
      quoted && with ? "with " : "", quoted ? (int)length : 0, quoted ? text : "",
      quoted ? "'" : "a blocking call", (int)late->length, late->data);
  if (with) {
    finding_help(finding,
                 "use asyncio's own form with 'async with', or do the whole block in a function "
                 "and 'await asyncio.to_thread(function)'");
  } else if (quoted && split_call(text, length, &call)) {
    help_with_call(finding, &call);
  } else {
    finding_help(finding, "do it in a function and 'await asyncio.to_thread(function)'");
  }
  finding_report(vm, finding);
}

// ---- C019

bool loopwatch_foreign(VM *vm, EventLoop *loop, Value *out) {
  if (!finding_is_wanted(vm, FINDING_WRONG_THREAD)) return true;
  return watch_detour(vm, WATCH_WRONG_THREAD, from_object(loop), NONE, out);
}

void loopwatch_tell_thread(VM *vm, TraceEntry place) {
  if (place.code == NULL) return;
  const char *text;
  size_t length;
  CallText call;
  bool quoted = watch_source(vm, place, &text, &length) && length <= LONGEST_QUOTE &&
                split_call(text, length, &call);
  Finding *finding = finding_new(
      vm, FINDING_WRONG_THREAD, place,
      "%s%.*s%s in a thread that is not the event loop's own: the loop may sleep on, or break",
      quoted ? "'" : "", quoted ? (int)length : 0, quoted ? text : "",
      quoted ? "' was called" : "an object of a running event loop was used");
  if (!quoted) {
    finding_help(finding, "hand it to the loop: 'loop.call_soon_threadsafe(function, arguments)'");
  } else if (ends_with(&call, "create_task")) {
    finding_help(finding, "write 'asyncio.run_coroutine_threadsafe(%.*s, loop)'", call.args_length,
                 call.args);
  } else if (ends_with(&call, ".call_soon")) {
    finding_help(finding, "write '%.*s_threadsafe(%.*s)'", call.callee_length, call.callee,
                 call.args_length, call.args);
  } else {
    finding_help(finding, "write 'loop.call_soon_threadsafe(%.*s%s%.*s)'", call.callee_length,
                 call.callee, call.args_length > 0 ? ", " : "", call.args_length, call.args);
  }
  finding_report(vm, finding);
}
