// looprepr.c: the text of futures, tasks, handles and loops, and the default exception handler's
// report.
#include <stdio.h>

#include "context.h"
#include "func.h"
#include "gather.h"
#include "groupwatch.h"
#include "interp.h"
#include "loop.h"
#include "output.h"
#include "taskwatch.h"
#include "traceback.h"

// ---- values in brief, by the rules of Python's reprlib: at most so many items and characters

#define BRIEF_LEVELS 6
#define BRIEF_ITEMS 6
#define BRIEF_PAIRS 4
#define BRIEF_CHARACTERS 30
#define BRIEF_DIGITS 40

// repr(v); where that takes a script, what object.__repr__ says.
static void write_whole(VM *vm, Value v, Text *out) {
  size_t length = out->length;
  Tri tri = value_repr(vm, v, out);
  if (tri == TRI_YES) return;
  if (tri == TRI_ERROR) vm_clear_exception(vm);
  out->length = length;
  value_repr_plain(vm, v, out);
}

// Puts dots in the place of all but the ends of what was written since `start`.
static void cut_middle(VM *vm, Text *out, size_t start, size_t limit) {
  Str *whole = str_new(vm, out->data + start, out->length - start);
  int64_t before = (int64_t)(limit - 3) / 2, after = (int64_t)(limit - 3) - before;
  int64_t count = (int64_t)whole->count;
  out->length = start;
  text_add_str(out, str_slice(vm, whole, 0, before, 1, before));
  text_add_c(out, "...");
  text_add_str(out, str_slice(vm, whole, count - after, count, 1, after));
}

static bool is_over(const Text *out, size_t start, size_t limit) {
  return utf8_count(out->data + start, out->length - start) > limit;
}

static void write_brief(VM *vm, Value v, Text *out, int level);

static void write_brief_items(VM *vm, const Value *items, size_t count, Text *out, int level) {
  for (size_t i = 0; i < count && i < BRIEF_ITEMS; i++) {
    if (i > 0) text_add_c(out, ", ");
    write_brief(vm, items[i], out, level - 1);
  }
  if (count > BRIEF_ITEMS) text_add_c(out, ", ...");
}

static void write_brief_dict(VM *vm, Dict *dict, Text *out, int level) {
  Value key, value;
  size_t shown = 0;
  text_add_char(out, '{');
  for (size_t i = 0; dict_next(dict, &i, &key, &value); shown++) {
    if (shown == BRIEF_PAIRS) {
      text_add_c(out, ", ...");
      break;
    }
    if (shown > 0) text_add_c(out, ", ");
    write_brief(vm, key, out, level - 1);
    text_add_c(out, ": ");
    write_brief(vm, value, out, level - 1);
  }
  text_add_char(out, '}');
}

// s[low:high], a negative `low` counted from the end.
static Str *str_part(VM *vm, Str *s, int64_t low, int64_t high) {
  int64_t count = (int64_t)s->count;
  if (low < 0) low = low + count < 0 ? 0 : low + count;
  if (high > count) high = count;
  return str_slice(vm, s, low, high, 1, high - low);
}

static void write_brief_str(VM *vm, Str *s, Text *out) {
  const int64_t before = (BRIEF_CHARACTERS - 3) / 2, after = BRIEF_CHARACTERS - 3 - before;
  size_t start = out->length;
  str_repr(out, str_part(vm, s, 0, BRIEF_CHARACTERS), false);
  if (!is_over(out, start, BRIEF_CHARACTERS)) return;
  // Too long: the same of the two ends alone, so that the dots stand between them.
  int64_t count = (int64_t)s->count;
  Text ends = text_new(vm);
  text_add_str(&ends, str_part(vm, s, 0, before));
  text_add_str(&ends, str_part(vm, s, count - after, count));
  out->length = start;
  str_repr(out, text_finish(&ends), false);
  cut_middle(vm, out, start, BRIEF_CHARACTERS);
}

static void write_brief(VM *vm, Value v, Text *out, int level) {
  if (is_object(v) && value_is_builtin(vm, v)) {
    switch (as_object(v)->kind) {
      case KIND_LIST:
        text_add_char(out, '[');
        if (level <= 0 && as_list(v)->count > 0) {
          text_add_c(out, "...");
        } else {
          write_brief_items(vm, as_list(v)->items, as_list(v)->count, out, level);
        }
        text_add_char(out, ']');
        return;
      case KIND_TUPLE:
        text_add_char(out, '(');
        if (level <= 0 && as_tuple(v)->count > 0) {
          text_add_c(out, "...");
        } else {
          write_brief_items(vm, as_tuple(v)->items, as_tuple(v)->count, out, level);
          if (as_tuple(v)->count == 1) text_add_char(out, ',');
        }
        text_add_char(out, ')');
        return;
      case KIND_DICT:
        if (level <= 0 && as_dict(v)->count > 0) {
          text_add_c(out, "{...}");
        } else {
          write_brief_dict(vm, as_dict(v), out, level);
        }
        return;
      case KIND_STR: write_brief_str(vm, as_str(v), out); return;
      default: break;
    }
  }
  size_t start = out->length;
  write_whole(vm, v, out);
  size_t limit = is_kind(v, KIND_BIGINT) ? BRIEF_DIGITS : BRIEF_CHARACTERS;
  if (is_over(out, start, limit)) cut_middle(vm, out, start, limit);
}

// ---- callbacks

static void write_code_place(const Code *code, uint32_t line, Text *out) {
  if (code->filename == NULL) return;
  text_add_c(out, " at ");
  text_add_str(out, code->filename);
  text_printf(out, ":%u", line);
}

static void write_callback_name(VM *vm, Value callback, Text *out) {
  if (is_kind(callback, KIND_METHOD)) callback = ((Method *)as_object(callback))->function;
  if (is_function(callback)) {
    text_add_str(out, ((Function *)as_object(callback))->code->qualname);
  } else if (is_kind(callback, KIND_NATIVE)) {
    Native *native = as_native(callback);
    if (native->owner != NULL) {
      text_add_str(out, native->owner->name);
      text_add_char(out, '.');
    }
    text_add_c(out, native->def->name);
  } else if (is_class(callback)) {
    value_class_path(vm, as_class(callback), out);
  } else {
    write_whole(vm, callback, out);
  }
}

static void write_callback(VM *vm, Value callback, const Value *args, size_t count, Text *out) {
  write_callback_name(vm, callback, out);
  text_add_char(out, '(');
  for (size_t i = 0; i < count; i++) {
    if (i > 0) text_add_c(out, ", ");
    write_brief(vm, args[i], out, BRIEF_LEVELS);
  }
  text_add_char(out, ')');
  if (is_function(callback)) {
    const Code *code = ((Function *)as_object(callback))->code;
    write_code_place(code, code->first_line, out);
  }
}

void handle_repr_callback(VM *vm, const Handle *handle, Text *out) {
  if (handle->header.flags & HANDLE_ONE_ARG) {
    write_callback(vm, handle->callback, &handle->args, 1, out);
  } else {
    Tuple *args = as_tuple(handle->args);
    write_callback(vm, handle->callback, args->items, args->count, out);
  }
}

static void write_notice(VM *vm, const FutureCallback *callback, Text *out) {
  if (!is_none(callback->context)) {
    write_callback(vm, callback->callback, NULL, 0, out);
    return;
  }
  switch (as_object(callback->callback)->kind) {
    case KIND_TASK: text_add_c(out, "Task.task_wakeup()"); break;
    case KIND_LOOP: text_add_c(out, "_run_until_complete_cb()"); break;
    default: text_add_c(out, "gather.<locals>._done_callback()"); break;
  }
}

static void write_callbacks(VM *vm, const Future *future, Text *out) {
  uint32_t count = 0;
  while (future_callback(future, count) != NULL) count++;
  if (count == 0) return;
  text_add_c(out, " cb=[");
  write_notice(vm, future_callback(future, 0), out);
  if (count > 2) text_printf(out, ", <%u more>", count - 2);
  if (count > 1) {
    text_add_c(out, ", ");
    write_notice(vm, future_callback(future, count - 1), out);
  }
  text_add_char(out, ']');
}

// ---- futures and tasks

static const char *state_name(const Future *future) {
  if (future_cancelled(future)) return "cancelled";
  if (future_done(future)) return "finished";
  return future->header.kind == KIND_TASK && future->header.aux > 0 ? "cancelling" : "pending";
}

static void write_outcome(VM *vm, const Future *future, Text *out) {
  if (!future_done(future) || future_cancelled(future)) return;
  if (future->header.extra & FUTURE_FAILED) {
    text_add_c(out, " exception=");
    write_whole(vm, future->result, out);
  } else {
    text_add_c(out, " result=");
    write_brief(vm, future->result, out, BRIEF_LEVELS);
  }
}

static void write_coroutine(const Frame *root, Text *out) {
  const Code *code = root->code;
  text_add_c(out, " coro=<");
  text_add_str(out, code->qualname);
  text_add_c(out, "()");
  if (generator_is_finished(root)) {
    text_add_c(out, " done, defined");
    write_code_place(code, code->first_line, out);
  } else {
    uint32_t line = code->first_line;
    if (root->header.extra != RESUME_STEP && generator_is_started(root) &&
        root->ip > code->instrs) {
      line = code->positions[root->ip - code->instrs - 1].line;
    }
    text_add_c(out, " running");
    write_code_place(code, line, out);
  }
  text_add_char(out, '>');
}

static void write_future(VM *vm, Value v, Text *out);

static void write_waiter(VM *vm, Task *task, Text *out) {
  if (future_done(&task->future)) return;  // then `waiter` is something else
  if (is_empty(task->waiter)) return;
  text_add_c(out, " wait_for=");
  if (is_object(task->waiter)) {
    write_future(vm, task->waiter, out);
  } else if (task->future.header.extra & TASK_SLEEPS) {
    text_add_c(out, "<Future pending cb=[Task.task_wakeup()]>");
  } else if (task->future.header.aux > 0) {
    text_add_c(out, "<Future cancelled>");
  } else {
    text_add_c(out, "<Future finished result=None>");
  }
}

static void write_future(VM *vm, Value v, Text *out) {
  Future *future = as_future(v);
  if (vm->c_depth >= VM_MAX_NESTING) {
    text_add_c(out, "...");
    return;
  }
  vm->c_depth++;
  text_add_char(out, '<');
  text_add_str(out, future->header.cls->name);
  text_printf(out, " %s", state_name(future));
  if (future->header.kind == KIND_TASK) {
    Task *task = as_task(v);
    text_add_c(out, " name=");
    str_repr(out, task_name(vm, task), false);
    if (task->coroutine != NULL) write_coroutine(task->coroutine, out);
    write_waiter(vm, task, out);
  }
  write_outcome(vm, future, out);
  write_callbacks(vm, future, out);
  text_add_char(out, '>');
  vm->c_depth--;
}

// ---- handles and loops

static void write_handle(VM *vm, const Handle *handle, Text *out) {
  text_add_char(out, '<');
  text_add_str(out, handle->header.cls->name);
  if (handle->header.flags & HANDLE_CANCELLED) text_add_c(out, " cancelled");
  if (handle->header.cls == vm->timer_handle_class) {
    text_add_c(out, " when=");
    write_whole(vm, from_double(handle->when), out);
  }
  if (!is_empty(handle->callback)) {
    text_add_char(out, ' ');
    handle_repr_callback(vm, handle, out);
  }
  text_add_char(out, '>');
}

Tri loop_repr(VM *vm, Value v, Text *out) {
  switch (as_object(v)->kind) {
    case KIND_FUTURE:
    case KIND_TASK: write_future(vm, v, out); return TRI_YES;
    case KIND_HANDLE: write_handle(vm, as_handle(v), out); return TRI_YES;
    case KIND_LOOP: {
      EventLoop *loop = as_loop(v);
      text_printf(out, "<%s running=%s closed=%s debug=%s>", value_class_name(vm, v),
                  loop->running ? "True" : "False", loop->closed ? "True" : "False",
                  loop->debug ? "True" : "False");
      return TRI_YES;
    }
    default: return context_repr(vm, v, out);
  }
}

// ---- the default exception handler

// "Task exception was never retrieved": a finding says that better.
static bool told_as_finding(VM *vm, Value message, const Dict *report) {
  static const char lost[] = "exception was never retrieved";
  size_t length = sizeof lost - 1;
  if (!is_str(message) || as_str(message)->length < length) return false;
  const Str *text = as_str(message);
  Value future = dict_get_c(report, "future");
  return memcmp(text->data + text->length - length, lost, length) == 0 && is_future(future) &&
         (groupwatch_tell_waited(vm, as_future(future)) || taskwatch_tell_failed(vm, future));
}

void loop_report(VM *vm, Dict *report) {
  Value message = dict_get_c(report, "message"), exception = dict_get_c(report, "exception");
  if (told_as_finding(vm, message, report)) return;
  Text text = text_new(vm);
  if (is_str(message) && as_str(message)->length > 0) {
    text_add_str(&text, as_str(message));
  } else {
    text_add_c(&text, "Unhandled exception in event loop");
  }
  text_add_char(&text, '\n');
  static const char *const keys[] = {"asyncgen", "context", "future", "handle",
                                     "protocol", "socket",  "task",   "transport"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    Value value = dict_get_c(report, keys[i]);
    if (is_empty(value)) continue;
    text_printf(&text, "%s: ", keys[i]);
    write_whole(vm, value, &text);
    text_add_char(&text, '\n');
  }
  fwrite(text.data, 1, text.length, stderr);
  text_free(&text);
  if (is_exception(exception)) traceback_print(vm, exception, stderr);
}
