// formhint.c: see formhint.h. What the mistake was is read from the instruction that raised the
// exception and from its operands.
#include "formhint.h"

#include <string.h>

#include "corowatch.h"
#include "list.h"

enum { MOST_ITEMS = 100 };

static bool has(VM *vm, Value v, Special special) {
  return !is_empty(class_special(vm, value_class(vm, v), special));
}

// "an int", "None".
static Str *described(VM *vm, Value v) {
  if (is_none(v)) return str_from_c(vm, "None");
  const Str *name = value_class(vm, v)->name;
  bool vowel = name->length > 0 && strchr("aeiouAEIO", name->data[0]) != NULL;
  return str_format(vm, "%s %.*s", vowel ? "an" : "a", (int)name->length, name->data);
}

// Whether the exception's text has these words.
static bool says(const VM *vm, const char *words) {
  const Tuple *args = as_exception(vm->exception)->args;
  if (args == NULL || args->count == 0 || !is_str(args->items[0])) return false;
  const Str *text = as_str(args->items[0]);
  return memmem(text->data, text->length, words, strlen(words)) != NULL;
}

// ---- C002

static bool hint_coroutine(VM *vm, Value v) {
  if (!is_kind(v, KIND_COROUTINE)) return false;
  const Str *name = ((Frame *)as_object(v))->code->qualname;
  const Str *text = corowatch_await_text(vm, (Frame *)as_object(v), true);
  if (text == NULL) return false;
  const Str *message = str_format(vm, "coroutine '%.*s' is used in place of its result",
                                  (int)name->length, name->data);
  hint_add(vm, vm->exception, FINDING_COROUTINE_AS_VALUE, message->data,
           "write '%.*s': its value is the result", (int)text->length, text->data);
  return true;
}

// The operands that an instruction reads.
static bool hint_operands(VM *vm, const Frame *frame, const Instr *at) {
  const OpcodeInfo *info = &opcode_table[at->op];
  return (info->a == ROLE_READ && hint_coroutine(vm, frame->regs[at->a])) ||
         (info->b == ROLE_READ && hint_coroutine(vm, frame->regs[at->b])) ||
         (info->c == ROLE_READ && hint_coroutine(vm, frame->regs[at->c]));
}

// ---- calls

static bool hint_async_iterable(VM *vm, Value v) {
  if (!is_object(v) || !has(vm, v, SP_AITER) || !says(vm, "object is not iterable")) return false;
  hint_add(vm, vm->exception, FINDING_ASYNC_FORM_NEEDED, "this goes over plain iterables only",
           "write '[x async for x in …]' to collect the items of an async one");
  return true;
}

static bool hint_argument(VM *vm, Value v) {
  return hint_async_iterable(vm, v) || (says(vm, "coroutine") && hint_coroutine(vm, v));
}

static void hint_call(VM *vm, const Frame *frame, const Instr *at) {
  if (says(vm, "a coroutine was expected")) return;
  uint32_t last = at->b + (at->op == OP_CALL_EX ? 1u : at->c);
  if (at->op == OP_CALL_METHOD || at->op == OP_CALL_METHOD_KW) last++;
  for (uint32_t i = at->b; i <= last && i < frame->code->register_count; i++) {
    Value v = frame->regs[i];
    if (hint_argument(vm, v)) return;
    for (size_t k = 0; is_list(v) && k < as_list(v)->count && k < MOST_ITEMS; k++) {
      if (hint_argument(vm, as_list(v)->items[k])) return;
    }
  }
}

bool formhint_no_coroutine(VM *vm, Value v) {
  if (is_function(v) && ((Function *)as_object(v))->code->flags & CODE_COROUTINE) {
    const Str *name = ((Function *)as_object(v))->code->name;
    int length = (int)name->length;
    const Str *message = str_format(vm, "'%.*s' is given, but not called", length, name->data);
    hint_add(vm, vm->exception, FINDING_ASYNC_FORM_NEEDED, message->data,
             "write '%.*s()': calling an async function makes the coroutine", length, name->data);
  } else if (is_none(v)) {
    hint_add(vm, vm->exception, FINDING_ASYNC_FORM_NEEDED,
             "None is given: a plain function was called, and has already run",
             "make the function 'async def', or call it without asyncio");
  }
  return false;
}

// ---- C012

bool formhint_awaited_twice(VM *vm, Frame *coroutine, TraceEntry place) {
  const Str *name = coroutine->code->qualname;
  int length = (int)name->length;
  bool done = coroutine->header.flags & FRAME_FINISHED;
  const Str *message =
      str_format(vm,
                 done ? "coroutine '%.*s' has run already, and runs only once"
                      : "coroutine '%.*s' is awaited by somebody already, and runs only once",
                 length, name->data);
  hint_add(vm, vm->exception, FINDING_AWAITED_TWICE, message->data,
           "call '%.*s(…)' again for another run; or keep 'task = asyncio.create_task(%.*s(…))' "
           "and 'await task' as often as you like",
           length, name->data, length, name->data);
  TraceEntry first = {0};
  if (done) {
    if (!frame_coroutine_place(coroutine, &first.code, &first.instr)) first.code = NULL;
  } else if (coroutine->parent != NULL) {
    const Frame *awaiting = finding_own_frame(coroutine->parent);
    if (awaiting != NULL) first = finding_place(awaiting);
  }
  hint_set_places(vm, vm->exception, place, first,
                  done ? "here it was awaited first" : "here it is awaited");
  return false;
}

// ---- C013: statements

// What the help for an async statement ends with.
static const char *where(const Frame *frame) {
  bool can_await = frame->code->flags & (CODE_COROUTINE | CODE_ASYNC_GENERATOR | CODE_MODULE);
  return can_await ? "" : ", in an 'async def'";
}

static void hint_for(VM *vm, const Frame *frame, Value v) {
  if (!is_object(v) || !has(vm, v, SP_AITER)) return;
  hint_add(vm, vm->exception, FINDING_ASYNC_FORM_NEEDED,
           "a plain 'for' cannot wait for the items of an async iterable",
           "write 'async for' in place of 'for'%s", where(frame));
}

static void hint_async_for(VM *vm, Value v) {
  if (!has(vm, v, SP_ITER)) return;
  const Str *message = str_format(vm, "'async for' waits for each item, and %s has all of them",
                                  described(vm, v)->data);
  hint_add(vm, vm->exception, FINDING_ASYNC_FORM_NEEDED, message->data,
           "write 'for' in place of 'async for'");
}

static void hint_with(VM *vm, const Frame *frame, Value v, bool is_async) {
  if (!is_object(v) || !has(vm, v, is_async ? SP_ENTER : SP_AENTER)) return;
  const char *text = is_async ? "%s is entered without waiting" : "entering %s may mean to wait";
  const Str *message = str_format(vm, text, described(vm, v)->data);
  if (is_async) {
    hint_add(vm, vm->exception, FINDING_ASYNC_FORM_NEEDED, message->data,
             "write 'with' in place of 'async with'");
  } else {
    hint_add(vm, vm->exception, FINDING_ASYNC_FORM_NEEDED, message->data,
             "write 'async with' in place of 'with'%s", where(frame));
  }
}

// `await v`, v not awaitable.
static void hint_await(VM *vm, const Frame *frame, Value v) {
  const char *text = NULL;
  size_t length = 0;
  if (watch_source(vm, finding_place(frame), &text, &length) && length > 6 &&
      memcmp(text, "await ", 6) == 0) {
    text += 6;
    length -= 6;
  } else {
    text = "it";
    length = 2;
  }
  int n = (int)length;
  const FindingNumber number = FINDING_ASYNC_FORM_NEEDED;
  if (is_function(v)) {
    hint_add(vm, vm->exception, number, "the function itself is awaited: it is not called",
             "write 'await %.*s()'", n, text);
  } else if (is_list(v) || is_tuple(v) || is_any_set(v)) {
    hint_add(vm, vm->exception, number, "'await' waits for one thing, and this is a collection",
             "write 'await asyncio.gather(*%.*s)' to wait for all of it", n, text);
  } else if (is_object(v) && has(vm, v, SP_AITER)) {
    hint_add(vm, vm->exception, number, "an async generator gives many values",
             "write 'async for value in %.*s:'", n, text);
  } else if (text[n - 1] == ')') {
    const Str *message =
        str_format(vm, "this is a plain call: it has run and given %s, nothing to wait for",
                   described(vm, v)->data);
    hint_add(vm, vm->exception, number, message->data,
             "write '%.*s' without 'await', or define the function with 'async def'", n, text);
  } else {
    hint_add(vm, vm->exception, number, "only coroutines, tasks and futures can be awaited",
             "write '%.*s' without 'await'", n, text);
  }
}

void formhint_look(VM *vm, const Frame *frame) {
  const Instr *at = &frame->ip[-1];
  if (as_exception(vm->exception)->hint != NULL) return;
  switch ((Opcode)at->op) {
    case OP_CALL:
    case OP_CALL_KW:
    case OP_CALL_METHOD:
    case OP_CALL_METHOD_KW:
    case OP_CALL_EX: hint_call(vm, frame, at); return;
    case OP_GET_ITER:
      if (!hint_operands(vm, frame, at)) hint_for(vm, frame, frame->regs[at->b]);
      return;
    case OP_GET_AITER:
      if (!hint_operands(vm, frame, at)) hint_async_for(vm, frame->regs[at->b]);
      return;
    case OP_BEFORE_WITH:
      if (!hint_operands(vm, frame, at)) hint_with(vm, frame, frame->regs[at->b], at->k);
      return;
    case OP_AWAIT:
      if (at->k == 0 && says(vm, "can't be used in 'await' expression")) {
        hint_await(vm, frame, frame->regs[at->b]);
      }
      return;
    case OP_RAISE:
    case OP_RAISE_FROM: return;
    default: hint_operands(vm, frame, at); return;
  }
}
