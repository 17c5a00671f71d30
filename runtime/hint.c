// hint.c: see hint.h. A hint is kept as a tuple: number, message, help, place, note.
#include "hint.h"

#include "traceback.h"

enum { NUMBER, MESSAGE, HELP, CODE, INSTRUCTION, NOTE, NOTE_CODE, NOTE_INSTRUCTION, PARTS };

static void set(VM *vm, Value exception, FindingNumber number, Str *message, Str *help,
                TraceEntry place) {
  Value parts[PARTS];
  parts[NOTE] = parts[NOTE_CODE] = NONE;
  parts[NOTE_INSTRUCTION] = small_int(0);
  parts[NUMBER] = small_int(number);
  parts[MESSAGE] = from_object(message);
  parts[HELP] = from_object(help);
  parts[CODE] = place.code == NULL ? NONE : from_object(place.code);
  parts[INSTRUCTION] = small_int(place.instr);
  as_exception(exception)->hint = tuple_from(vm, parts, PARTS);
}

void hint_add(VM *vm, Value exception, FindingNumber number, const char *message,
              const char *help_format, ...) {
  if (!is_exception(exception) || as_exception(exception)->hint != NULL) return;
  Text help = text_new(vm);
  va_list args;
  va_start(args, help_format);
  text_vprintf(&help, help_format, args);
  va_end(args);
  set(vm, exception, number, str_from_c(vm, message), text_finish(&help), (TraceEntry){0});
}

void hint_set_places(VM *vm, Value exception, TraceEntry place, TraceEntry second,
                     const char *note) {
  if (!is_exception(exception) || as_exception(exception)->hint == NULL) return;
  Value *parts = as_exception(exception)->hint->items;
  if (place.code != NULL) {
    parts[CODE] = from_object(place.code);
    parts[INSTRUCTION] = small_int(place.instr);
  }
  if (second.code == NULL) return;
  parts[NOTE] = from_object(str_from_c(vm, note));
  parts[NOTE_CODE] = from_object(second.code);
  parts[NOTE_INSTRUCTION] = small_int(second.instr);
}

bool hint_wrong_loop(VM *vm, const char *message, const char *help) {
  hint_add(vm, vm->exception, FINDING_WRONG_LOOP, message, "%s", help);
  return false;
}

bool hint_second_run(VM *vm, Value coroutine) {
  static const char message[] = "a loop is running here already, and it cannot run another one";
  if (!is_kind(coroutine, KIND_COROUTINE)) {
    return hint_wrong_loop(vm, message, "await what is to be run");
  }
  const Str *name = ((Frame *)as_object(coroutine))->code->name;
  hint_add(vm, vm->exception, FINDING_WRONG_LOOP, message,
           "write 'await %.*s(…)': the running loop does it", (int)name->length, name->data);
  return false;
}

void hint_other_loop(VM *vm, Value exception) {
  hint_add(vm, exception, FINDING_WRONG_LOOP, "this object belongs to another event loop",
           "make it inside the coroutine that asyncio.run() runs, and call asyncio.run() once");
}

// ---- C018

static bool matches(Value v, Value pattern) {
  if (is_class(pattern)) return class_is_subclass(as_object(v)->cls, as_class(pattern));
  const Tuple *classes = as_tuple(pattern);
  for (size_t i = 0; i < classes->count; i++) {
    if (matches(v, classes->items[i])) return true;
  }
  return false;
}

// The first exception in the group, or in a group in it, that the pattern would have matched.
static Value find_member(VM *vm, Value group, Value pattern) {
  if (!is_tuple(as_exception(group)->payload)) return EMPTY;
  if (!vm_enter(vm, "")) {
    vm_clear_exception(vm);
    return EMPTY;
  }
  const Tuple *members = as_tuple(as_exception(group)->payload);
  Value found = EMPTY;
  for (size_t i = 0; i < members->count && is_empty(found); i++) {
    Value member = members->items[i];
    bool is_group = class_is_subclass(as_object(member)->cls, vm->exceptions.BaseExceptionGroup);
    if (is_group) {
      found = find_member(vm, member, pattern);
    } else if (matches(member, pattern)) {
      found = member;
    }
  }
  vm_leave(vm);
  return found;
}

void hint_group_missed(VM *vm, const Frame *frame, Value group, Value pattern) {
  if (as_exception(group)->hint != NULL) return;
  TraceEntry place = finding_place(frame);
  Value member = find_member(vm, group, pattern);
  if (is_empty(member) || place.code == NULL) return;
  const Str *name = as_object(member)->cls->name;
  Str *message = str_format(vm,
                            "this 'except' does not see the %.*s: it is inside an exception group "
                            "(a TaskGroup always raises one)",
                            (int)name->length, name->data);
  const char *pattern_text;
  size_t length;
  if (!watch_source(vm, place, &pattern_text, &length)) {
    pattern_text = name->data;
    length = name->length;
  }
  Str *help = str_format(vm, "write 'except* %.*s:', which looks into the group", (int)length,
                         pattern_text);
  set(vm, group, FINDING_GROUP_SLIPS_PAST, message, help, place);
}

// ---- telling

static TraceEntry raised_at(const Exception *exception) {
  for (uint32_t i = 0; i < exception->trace_count; i++) {
    if (traceback_is_shown(exception->trace, i)) return exception->trace[i];
  }
  return (TraceEntry){0};
}

static void tell(VM *vm, const Exception *exception) {
  const Value *parts = exception->hint->items;
  TraceEntry place = is_none(parts[CODE])
                         ? raised_at(exception)
                         : (TraceEntry){(Code *)as_object(parts[CODE]),
                                        (uint32_t)as_small_int(parts[INSTRUCTION])};
  if (place.code == NULL) return;
  const Str *message = as_str(parts[MESSAGE]), *help = as_str(parts[HELP]);
  Finding *finding = finding_new(vm, (FindingNumber)as_small_int(parts[NUMBER]), place, "%.*s",
                                 (int)message->length, message->data);
  if (!is_none(parts[NOTE_CODE])) {
    TraceEntry second = {(Code *)as_object(parts[NOTE_CODE]),
                         (uint32_t)as_small_int(parts[NOTE_INSTRUCTION])};
    const Str *note = as_str(parts[NOTE]);
    finding_note(finding, second, "%.*s", (int)note->length, note->data);
  }
  const char *text;
  size_t length;
  CallText call;
  if (as_small_int(parts[NUMBER]) == FINDING_WRONG_LOOP &&
      watch_source(vm, place, &text, &length) && watch_split_call(text, length, &call) &&
      call.args_length > 0 &&
      (watch_calls(&call, ".run") || watch_calls(&call, ".run_until_complete"))) {
    finding_help(finding, "write 'await %.*s': the running loop does it", call.args_length,
                 call.args);
  } else {
    finding_help(finding, "%.*s", (int)help->length, help->data);
  }
  finding_report(vm, finding);
}

void hint_tell(VM *vm, Value value) {
  const Exception *exception = as_exception(value);
  if (exception->hint != NULL) tell(vm, exception);
  bool is_group = class_is_subclass(exception->header.cls, vm->exceptions.BaseExceptionGroup);
  if (!is_group || !is_tuple(exception->payload)) return;
  if (!vm_enter(vm, "")) {
    vm_clear_exception(vm);
    return;
  }
  const Tuple *members = as_tuple(exception->payload);
  for (size_t i = 0; i < members->count; i++) hint_tell(vm, members->items[i]);
  vm_leave(vm);
}
