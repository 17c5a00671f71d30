// hint.c: see hint.h. A hint is kept as a tuple: number, message, help, code, instruction.
#include "hint.h"

enum { NUMBER, MESSAGE, HELP, CODE, INSTRUCTION, PARTS };

static void set(VM *vm, Value exception, const Hint *hint) {
  Value parts[PARTS];
  parts[NUMBER] = small_int(hint->number);
  parts[MESSAGE] = hint->message == NULL ? NONE : from_object(hint->message);
  parts[HELP] = from_object(hint->help);
  parts[CODE] = hint->place.code == NULL ? NONE : from_object(hint->place.code);
  parts[INSTRUCTION] = small_int(hint->place.instr);
  as_exception(exception)->hint = tuple_from(vm, parts, PARTS);
}

bool hint_of(Value exception, Hint *out) {
  const Tuple *parts = as_exception(exception)->hint;
  if (parts == NULL) return false;
  Value message = parts->items[MESSAGE], code = parts->items[CODE];
  *out = (Hint){.number = (FindingNumber)as_small_int(parts->items[NUMBER]),
                .message = is_none(message) ? NULL : as_str(message),
                .help = as_str(parts->items[HELP])};
  if (!is_none(code)) {
    out->place =
        (TraceEntry){(Code *)as_object(code), (uint32_t)as_small_int(parts->items[INSTRUCTION])};
  }
  return true;
}

bool hint_add(VM *vm, FindingNumber number, const char *help) {
  if (!is_exception(vm->exception) || as_exception(vm->exception)->hint != NULL) return false;
  Hint hint = {.number = number, .help = str_from_c(vm, help)};
  set(vm, vm->exception, &hint);
  return false;
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
  Hint hint = {.number = FINDING_GROUP_SLIPS_PAST, .place = place};
  hint.message = str_format(vm,
                            "this 'except' does not see the %.*s: it is inside an exception group "
                            "(a TaskGroup always raises one)",
                            (int)name->length, name->data);
  hint.help = str_format(vm, "write 'except* %.*s:', which looks into the group", (int)name->length,
                         name->data);
  set(vm, group, &hint);
}
