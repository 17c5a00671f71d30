// watch.c: see watch.h.
#include "watch.h"

#include <string.h>

#include "blocking.h"
#include "cancelwatch.h"
#include "groupwatch.h"
#include "import.h"
#include "interp.h"
#include "loopwatch.h"
#include "traceback.h"

// Registers: 0 the WatchKind, 1 and 2 what the teller takes, 3 the result of the call.
static Step tell_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  Value *regs = frame->regs;
  if (!is_empty(vm->exception)) return STEP_RAISE;
  vm->frame = frame;
  TraceEntry place = finding_here(vm);
  switch ((WatchKind)as_small_int(regs[0])) {
    case WATCH_BLOCKED: loopwatch_tell_blocked(vm, place, as_str(regs[1])); break;
    case WATCH_CANCELLED_READ: cancelwatch_tell_read(vm, place); break;
    case WATCH_WRONG_THREAD: loopwatch_tell_thread(vm, place, as_str(regs[1])->data); break;
  }
  return step_done(vm, regs[3]);
}

static const NativeDef tell_def = {
    .name = "tell", .min = 4, .max = 4, .step = tell_step, .registers = 4};

bool watch_detour(VM *vm, WatchKind kind, Value a, Value b, Value *out) {
  Value args[] = {small_int(kind), a, b, *out};
  return native_tail(vm, out, vm->watches->tell, 4, args);
}

// The expression's text, or of one that goes on in further lines, that in its first.
static bool first_line(VM *vm, TraceEntry place, const char **text, size_t *length) {
  if (place.code == NULL) return false;
  Position position = place.code->positions[place.instr];
  const Str *source = import_source_of(vm, place.code);
  if (source == NULL) return false;
  const char *line = source->data, *end = source->data + source->length;
  for (uint32_t n = position.line; n > 1; n--) {
    line = memchr(line, '\n', (size_t)(end - line));
    if (line == NULL) return false;
    line++;
  }
  uint32_t end_column = position.end_column;
  if (position.line != position.end_line) {
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    end_column = (uint32_t)((newline == NULL ? end : newline) - line);
  }
  if (end_column <= position.column || line + end_column > end) return false;
  *text = line + position.column;
  *length = (size_t)(end_column - position.column);
  return true;
}

bool watch_source(VM *vm, TraceEntry place, const char **text, size_t *length) {
  if (place.code == NULL) return false;
  Position position = place.code->positions[place.instr];
  return position.line == position.end_line && first_line(vm, place, text, length);
}

bool watch_long_call(VM *vm, TraceEntry place, const char **text, size_t *length) {
  if (!first_line(vm, place, text, length) || (*text)[*length - 1] != '(') return false;
  *length -= 1;
  return *length > 0;
}

bool watch_split_call(const char *text, size_t length, CallText *call) {
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

bool watch_calls(const CallText *call, const char *end) {
  size_t length = strlen(end);
  return (size_t)call->callee_length >= length &&
         memcmp(call->callee + call->callee_length - length, end, length) == 0;
}

TraceEntry watch_task_place(const Task *task) {
  const Frame *root = task->coroutine;
  if (root == NULL || generator_is_finished(root) || generator_is_running(root)) {
    return (TraceEntry){0};
  }
  const Frame *frame = frame_generator(task->coroutine)->innermost;
  for (; frame != NULL; frame = frame == task->coroutine ? NULL : frame->parent) {
    TraceEntry place = finding_place(frame);
    if (place.code != NULL && traceback_is_shown(&place, 0)) return place;
  }
  return (TraceEntry){0};
}

void watches_install(VM *vm) {
  vm->watches = heap_buffer_new(vm, sizeof *vm->watches);
  *vm->watches = (Watches){.tell = native_new(vm, &tell_def, NULL)};
  blocking_install(vm);
}

void watches_free(VM *vm) {
  cancelwatch_free(vm);
  groupwatch_free(vm);
  heap_buffer_free(vm, vm->watches, sizeof *vm->watches);
}

void watches_mark(VM *vm) {
  if (vm->watches == NULL) return;
  heap_mark(vm, vm->watches->tell);
  heap_mark(vm, vm->watches->blocking);
  cancelwatch_mark(vm);
  groupwatch_mark(vm);
}
