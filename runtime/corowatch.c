// corowatch.c: see corowatch.h.
#include "corowatch.h"

#include <string.h>

#include "heap_private.h"
#include "list.h"
#include "loop.h"

enum { FIRST_LIMIT = 64, MOST_USES = 100, MOST_ITEMS = 100, LONGEST_QUOTE = 80 };

void corowatch_install(VM *vm) {
  vm->coroutines = heap_buffer_new(vm, sizeof *vm->coroutines);
  *vm->coroutines = (CoroWatch){0};
}

void corowatch_free(VM *vm) {
  CoroWatch *watch = vm->coroutines;
  heap_buffer_free(vm, watch->made, watch->capacity * sizeof *watch->made);
  heap_buffer_free(vm, watch->used, watch->used_capacity * sizeof *watch->used);
  heap_buffer_free(vm, watch, sizeof *watch);
}

void corowatch_mark(VM *vm) {
  const CoroWatch *watch = vm->coroutines;
  if (watch == NULL) return;
  heap_mark_object(vm, watch->lost);
  for (size_t i = 0; i < watch->used_count; i++) heap_mark_object(vm, watch->used[i].place.code);
}

// ---- the list

static bool is_untouched(const Frame *coroutine) {
  return !(coroutine->header.flags & (FRAME_STARTED | FRAME_FINISHED | FRAME_TAKEN)) &&
         coroutine->parent == NULL;
}

static void make_room(VM *vm, CoroWatch *watch) {
  size_t kept = 0;
  for (size_t i = 0; i < watch->count; i++) {
    if (is_untouched(watch->made[i])) watch->made[kept++] = watch->made[i];
  }
  watch->count = kept;
  watch->limit = kept * 2 > FIRST_LIMIT ? kept * 2 : FIRST_LIMIT;
  if (watch->limit <= watch->capacity) return;
  watch->made = heap_buffer_resize(vm, watch->made, watch->capacity * sizeof *watch->made,
                                   watch->limit * sizeof *watch->made);
  watch->capacity = watch->limit;
}

void corowatch_mark_lost(VM *vm) {
  CoroWatch *watch = vm->coroutines;
  bool wanted = finding_is_wanted(vm, FINDING_NEVER_AWAITED);
  size_t kept = 0;
  for (size_t i = 0; i < watch->count; i++) {
    Frame *coroutine = watch->made[i];
    bool lives = heap_is_marked(vm, &coroutine->header);
    if (!is_untouched(coroutine) || (!lives && !wanted)) continue;
    if (lives) {
      watch->made[kept++] = coroutine;
      continue;
    }
    if (watch->lost == NULL) watch->lost = list_new(vm, 0);
    list_append(vm, watch->lost, from_object(coroutine));
  }
  watch->count = kept;
  if (watch->lost != NULL && watch->lost->count > 0) vm->interrupt |= INTERRUPT_CLOSE;
  // A list made now counts as marked, its items do not.
  for (size_t i = 0; watch->lost != NULL && i < watch->lost->count; i++) {
    heap_mark(vm, watch->lost->items[i]);
  }
  size_t uses = 0;
  for (size_t i = 0; i < watch->used_count; i++) {
    const Frame *coroutine = watch->used[i].coroutine;
    if (heap_is_marked(vm, &coroutine->header) && is_untouched(coroutine)) {
      watch->used[uses++] = watch->used[i];
    }
  }
  watch->used_count = uses;
}

// ---- uses

void corowatch_used(VM *vm, Value v, CoroutineUse use) {
  CoroWatch *watch = vm->coroutines;
  Frame *coroutine = (Frame *)as_object(v);
  if (!is_untouched(coroutine) || !finding_is_wanted(vm, FINDING_COROUTINE_AS_VALUE) ||
      watch->used_count == MOST_USES) {
    return;
  }
  for (size_t i = 0; i < watch->used_count; i++) {
    if (watch->used[i].coroutine == coroutine) return;
  }
  TraceEntry place = finding_here(vm);
  if (place.code == NULL) return;
  if (watch->used_capacity == 0) {
    watch->used_capacity = MOST_USES;
    watch->used = heap_buffer_new(vm, MOST_USES * sizeof *watch->used);
  }
  watch->used[watch->used_count++] = (CoroutineUsed){coroutine, use, place};
}

static const CoroutineUsed *use_of(const CoroWatch *watch, const Frame *coroutine) {
  for (size_t i = 0; i < watch->used_count; i++) {
    if (watch->used[i].coroutine == coroutine) return &watch->used[i];
  }
  return NULL;
}

// ---- what exceptions lose

static void take_value(Value v) {
  if (is_kind(v, KIND_COROUTINE) || is_kind(v, KIND_ASYNC_GENERATOR))
    corowatch_take((Frame *)as_object(v));
}

static void take_values(const Value *values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    take_value(values[i]);
    const Value *items = NULL;
    size_t n = 0;
    if (is_list(values[i])) {
      items = as_list(values[i])->items;
      n = as_list(values[i])->count;
    } else if (is_tuple(values[i])) {
      items = as_tuple(values[i])->items;
      n = as_tuple(values[i])->count;
    }
    for (size_t j = 0; j < n && j < MOST_ITEMS; j++) take_value(items[j]);
  }
}

void corowatch_unwound_slow(Frame *frame, bool leaves) {
  const Code *code = frame->code;
  if (leaves) {
    take_values(frame->regs, code->register_count);
    return;
  }
  const Instr *at = &frame->ip[-1];
  if (at->op == OP_AWAIT && at > code->instrs) at--;
  const OpcodeInfo *info = &opcode_table[at->op];
  uint32_t end = 0;  // of what it read
  if (at->op >= OP_CALL && at->op < OP_CALL_EX) {
    end = at->b + at->c + 3u;
  } else if (at->op == OP_CALL_EX) {
    end = at->b + 2u;
  } else {
    if (info->a == ROLE_READ) end = at->a + 1u;
    if (info->b == ROLE_READ && at->b >= end) end = at->b + 1u;
    if (info->c == ROLE_READ && at->c >= end) end = at->c + 1u;
  }
  // Temporaries are a stack: what lies below belongs to the expression around it.
  if (end > code->register_count) end = code->register_count;
  if (end > code->local_count) {
    take_values(&frame->regs[code->local_count], end - code->local_count);
  }
}

// ---- telling

static TraceEntry place_of(Frame *coroutine) {
  TraceEntry made = {0};
  if (!frame_coroutine_place(coroutine, &made.code, &made.instr)) return (TraceEntry){0};
  return made;
}

// What the line says where a coroutine was made: "x = " and "fetch(url)".
typedef struct {
  const char *before, *call;
  size_t before_length, call_length;
} MadeText;

static MadeText made_text(VM *vm, TraceEntry made, const Str *name) {
  MadeText text = {.before = ""};
  if (made.code != NULL && watch_source(vm, made, &text.call, &text.call_length) &&
      text.call_length <= LONGEST_QUOTE) {
    text.before_length = made.code->positions[made.instr].column;
    text.before = text.call - text.before_length;
    while (text.before_length > 0 && *text.before == ' ') text.before++, text.before_length--;
    return text;
  }
  const Str *call = str_format(vm, "%.*s(…)", (int)name->length, name->data);
  text.call = call->data;
  text.call_length = call->length;
  return text;
}

// "await fetch(url)", or "x = await fetch(url)" where the line does no more than that.
static Str *awaited_text(VM *vm, const MadeText *made) {
  size_t before = made->before_length;
  bool assigns = before > 3 && memcmp(made->call - 3, " = ", 3) == 0 &&
                 memchr(made->before, '=', before - 3) == NULL &&
                 memchr(made->before, '(', before) == NULL;
  return str_format(vm, "%.*sawait %.*s", assigns ? (int)before : 0, made->before,
                    (int)made->call_length, made->call);
}

Str *corowatch_await_text(VM *vm, Frame *coroutine, bool value) {
  if (!is_untouched(coroutine)) return NULL;
  MadeText made = made_text(vm, place_of(coroutine), coroutine->code->qualname);
  Str *text = awaited_text(vm, &made);
  if (!value || memcmp(text->data, "await ", 6) != 0) return text;
  return str_format(vm, "(%.*s)", (int)text->length, text->data);
}

static void help_to_await(VM *vm, Finding *finding, TraceEntry place, const Str *name) {
  if (finding == NULL) return;
  MadeText made = made_text(vm, place, name);
  const Str *text = awaited_text(vm, &made);
  int length = (int)text->length;
  bool can_await = place.code->flags & (CODE_COROUTINE | CODE_ASYNC_GENERATOR | CODE_MODULE);
  const Str *outer = place.code->name;
  int outer_length = (int)outer->length;
  bool returns = made.before_length == 7 && memcmp(made.before, "return ", 7) == 0;
  if (returns && !can_await) {
    finding_help(finding, "'%.*s' returns it: write 'await %.*s(…)' where that is called",
                 outer_length, outer->data, outer_length, outer->data);
    return;
  }
  if (place.code->module->is_session && place.code->flags & CODE_MODULE) {
    finding_help(finding, "write '%.*s'", length, text->data);
    return;
  }
  if (place.code->flags & CODE_MODULE && !(place.code->flags & CODE_COROUTINE)) {
    finding_help(finding, "write 'asyncio.run(%.*s)' to start with it, or '%.*s'",
                 (int)made.call_length, made.call, length, text->data);
    return;
  }
  if (!can_await && outer->data[0] != '<') {
    finding_help(finding, "make it 'async def %.*s' and ", outer_length, outer->data);
  }
  finding_help(finding, "write '%.*s', or 'asyncio.create_task(%.*s)' to let it run beside this",
               length, text->data, (int)made.call_length, made.call);
}

// The coroutines among its arguments are lost with it: one word is enough.
static void take_with_arguments(Frame *coroutine) {
  corowatch_take(coroutine);
  for (uint16_t i = 0; i < coroutine->code->register_count; i++) {
    if (is_kind(coroutine->regs[i], KIND_COROUTINE)) {
      corowatch_take((Frame *)as_object(coroutine->regs[i]));
    }
  }
}

static void tell_used(VM *vm, Frame *coroutine, const CoroutineUsed *used) {
  static const char *const uses[] = {
      [USED_FOR_TRUTH] = "was tested in place of its result, and a coroutine is always true",
      [USED_IN_COMPARISON] = "was compared in place of its result, and equals nothing else",
      [USED_AS_TEXT] = "was turned into text in place of its result",
  };
  TraceEntry made = place_of(coroutine);
  const Str *name = coroutine->code->qualname;
  Finding *finding = finding_new(vm, FINDING_COROUTINE_AS_VALUE, used->place, "coroutine '%.*s' %s",
                                 (int)name->length, name->data, uses[used->use]);
  if (finding == NULL) return;
  finding->task = NULL;
  if (made.code != NULL &&
      (made.code != used->place.code || made.code->positions[made.instr].line !=
                                            used->place.code->positions[used->place.instr].line)) {
    finding_note(finding, made, "here it was made");
  }
  MadeText call = made_text(vm, made, name);
  const Str *text = awaited_text(vm, &call);
  finding_help(finding, "write '%.*s': its value is the result", (int)text->length, text->data);
  finding_report(vm, finding);
}

// Nothing of the program's own called it: a loop or a thread did.
static void tell_of_callback(VM *vm, const Frame *coroutine) {
  const Code *code = coroutine->code;
  int length = (int)code->qualname->length;
  const char *name = code->qualname->data;
  if (code->positions == NULL || code->flags & CODE_LIBRARY) return;
  Finding *finding =
      finding_new(vm, FINDING_NEVER_AWAITED, (TraceEntry){0},
                  "coroutine '%.*s' (line %u) was never awaited: it was given as a callback, and "
                  "calling an async function only makes a coroutine",
                  length, name, code->first_line);
  if (finding != NULL) finding->task = NULL;
  finding_help(finding,
               "give a plain function as the callback; it can write "
               "'asyncio.create_task(%.*s(…))'",
               length, name);
  finding_report(vm, finding);
}

static void tell_never(VM *vm, Frame *coroutine, bool dropped) {
  TraceEntry made = place_of(coroutine);
  const Str *name = coroutine->code->qualname;
  if (made.code == NULL) {
    tell_of_callback(vm, coroutine);
  } else {
    Finding *finding =
        finding_new(vm, FINDING_NEVER_AWAITED, made,
                    "coroutine '%.*s' was never awaited: this only makes it, and does not run it",
                    (int)name->length, name->data);
    if (finding != NULL && !dropped) finding->task = NULL;
    help_to_await(vm, finding, made, name);
    finding_report(vm, finding);
  }
  take_with_arguments(coroutine);
}

static void tell(VM *vm, Frame *coroutine, bool dropped) {
  const CoroutineUsed *used = use_of(vm->coroutines, coroutine);
  if (used == NULL) {
    tell_never(vm, coroutine, dropped);
  } else {
    tell_used(vm, coroutine, used);
    take_with_arguments(coroutine);
  }
}

static bool is_dropped(const Frame *parent) {
  const Instr *call = &parent->ip[-1];
  return call->op >= OP_CALL && call->op <= OP_CALL_EX && call->k == CALL_DROPPED;
}

void corowatch_made(VM *vm, Frame *coroutine, const Frame *parent) {
  CoroWatch *watch = vm->coroutines;
  bool own = finding_is_own(parent);
  frame_set_coroutine_place(coroutine, likely(own) ? parent : finding_own_frame(parent));
  if (unlikely(watch->count == watch->limit)) make_room(vm, watch);
  watch->made[watch->count++] = coroutine;
  if (own && unlikely(is_dropped(parent))) {
    tell(vm, coroutine, true);
  }
}

void corowatch_tell_shown(VM *vm, Frame *coroutine) {
  if (is_untouched(coroutine)) tell_never(vm, coroutine, true);
}

void corowatch_tell(VM *vm, bool at_end) {
  CoroWatch *watch = vm->coroutines;
  List *lost = watch->lost;
  watch->lost = NULL;
  for (size_t i = 0; lost != NULL && i < lost->count; i++) {
    Frame *coroutine = (Frame *)as_object(lost->items[i]);
    if (is_untouched(coroutine)) tell(vm, coroutine, false);
  }
  for (size_t i = 0; at_end && i < watch->count; i++) {
    if (is_untouched(watch->made[i])) tell(vm, watch->made[i], false);
  }
}
