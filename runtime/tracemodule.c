// tracemodule.c: the module `_traceback`: what traceback, linecache, inspect, logging and warnings
// need to know of frames and of source texts; and sys._getframe().
#include "tracemodule.h"

#include <stdio.h>
#include <stdlib.h>

#include "import.h"
#include "interp.h"
#include "namespace.h"
#include "rows.h"
#include "traceback.h"

static bool is_visible(const Frame *frame) {
  return frame->header.extra != RESUME_STEP && !(frame->code->flags & CODE_HIDDEN) &&
         frame->code->positions != NULL && frame->ip != frame->code->instrs;
}

static Frame *visible(Frame *frame) {
  while (frame != NULL && !is_visible(frame)) frame = frame->parent;
  return frame;
}

static uint32_t instr_of(const Frame *frame) {
  return (uint32_t)(frame->ip - frame->code->instrs) - 1;
}

Value tracemodule_frame(VM *vm, Frame *frame) {
  Exception *way = exception_new(vm, vm->exceptions.Exception, vm->empty_tuple);
  bool started = frame->header.flags & FRAME_STARTED;
  exception_add_trace(vm, way, frame->code, started ? instr_of(frame) : 0);
  return traceback_frame(vm, way, NULL);
}

// ---- sys._getframe(depth)

static Step get_frame(VM *vm, Frame *frame, Value in) {
  (void)in;
  Value depth = frame->regs[0];
  if (!is_empty(depth) && !is_small_int(depth)) {
    raise_type_error(vm, "'%s' object cannot be interpreted as an integer",
                     value_class_name(vm, depth));
    return STEP_RAISE;
  }
  Frame *at = visible(frame->parent);
  for (int64_t i = is_empty(depth) ? 0 : as_small_int(depth); i > 0 && at != NULL; i--) {
    at = visible(at->parent);
  }
  if (at == NULL) {
    raise_value_error(vm, "call stack is not deep enough");
    return STEP_RAISE;
  }
  List *locals = list_new(vm, 8);
  Exception *way = exception_new(vm, vm->exceptions.Exception, vm->empty_tuple);
  for (; at != NULL; at = visible(at->parent)) {
    Dict *dict = namespace_locals(vm, at);
    exception_add_trace(vm, way, at->code, instr_of(at));
    list_append(vm, locals, dict == NULL ? NONE : from_object(dict));
  }
  return step_done(vm, traceback_frame(vm, way, locals));
}

static const NativeDef sys_functions[] = {
    STEP_ROW("_getframe", get_frame, 0, 1, 0, NULL, 1),
    END_ROW,
};

void tracemodule_install_sys(VM *vm, Module *sys) { native_add_functions(vm, sys, sys_functions); }

// ---- _traceback.caller(level, skip): (filename, line, function, module) of a frame

static bool is_skipped(const Frame *frame, Value skip) {
  return is_str(skip) && str_equal(frame->code->filename, as_str(skip));
}

static Frame *next_caller(Frame *frame, Value skip) {
  do {
    frame = visible(frame->parent);
  } while (frame != NULL && is_skipped(frame, skip));
  return frame;
}

// Level 0 is the function that calls this one; frames of the file `skip` do not count. None: there
// are not so many.
static Step caller_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  Value skip = frame->regs[1];
  int64_t level = is_small_int(frame->regs[0]) ? as_small_int(frame->regs[0]) : 0;
  Frame *at = visible(frame->parent);
  if (at != NULL && is_skipped(at, skip)) at = next_caller(at, skip);
  for (; level > 0 && at != NULL; level--) at = next_caller(at, skip);
  if (at == NULL) return step_done(vm, NONE);
  const Code *code = at->code;
  Tuple *place =
      tuple_of(vm, 4, from_object(code->filename), small_int(code->positions[instr_of(at)].line),
               from_object(code->name), from_object(code->module));
  return step_done(vm, from_object(place));
}

// ---- source texts

static char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  char *text = NULL;
  FILE *memory = open_memstream(&text, length);
  char block[4096];
  for (size_t got; memory != NULL && (got = fread(block, 1, sizeof block, file)) > 0;) {
    fwrite(block, 1, got, memory);
  }
  fclose(file);
  if (memory != NULL) fclose(memory);
  return text;
}

// source(filename): the text of a loaded module's file, or of the file itself; None without one.
static bool source(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  if (!is_str(args[0])) return true;
  Str *name = as_str(args[0]);
  Value key, value;
  for (size_t i = 0; dict_next(vm->modules, &i, &key, &value);) {
    if (!is_kind(value, KIND_MODULE)) continue;
    Module *module = (Module *)as_object(value);
    if (module->filename == NULL || !str_equal(module->filename, name)) continue;
    Str *text = import_source(vm, module);
    if (text == NULL) continue;
    *out = from_object(text);
    return true;
  }
  size_t length = 0;
  char *text = read_file(name->data, &length);
  if (text != NULL && utf8_valid(text, length, NULL)) *out = from_object(str_new(vm, text, length));
  free(text);
  return true;
}

// position(frame or traceback): (line, end_line, column, end_column), columns in bytes.
static bool position(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const TraceEntry *entry = traceback_entry(vm, args[0]);
  if (entry == NULL) return raise_type_error(vm, "position() needs a frame or a traceback");
  Position place = entry->code->positions[entry->instr];
  *out = from_object(tuple_of(vm, 4, small_int(place.line), small_int(place.end_line),
                              small_int(place.column), small_int(place.end_column)));
  return true;
}

// code_module(code): the module whose globals it uses.
static bool code_module(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_kind(args[0], KIND_CODE))
    return raise_type_error(vm, "code_module() needs a code object");
  const Code *code = (Code *)as_object(args[0]);
  *out = code->module == NULL ? NONE : from_object(code->module);
  return true;
}

// state(x): how far a generator, coroutine or async generator is.
static bool state(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_kind(args[0], KIND_GENERATOR) && !is_kind(args[0], KIND_COROUTINE) &&
      !is_kind(args[0], KIND_ASYNC_GENERATOR)) {
    return vm_raise(vm, vm->exceptions.AttributeError, "'%s' object is no generator or coroutine",
                    value_class_name(vm, args[0]));
  }
  const Frame *root = (Frame *)as_object(args[0]);
  const char *name = "created";
  if (generator_is_finished(root)) {
    name = "closed";
  } else if (generator_is_running(root)) {
    name = "running";
  } else if (generator_is_started(root)) {
    name = "suspended";
  }
  *out = from_object(str_intern_c(vm, name));
  return true;
}

static const NativeDef functions[] = {
    FUNCTION_ROW("state", state, 1, 1, NULL),
    STEP_ROW("caller", caller_step, 1, 2, 0, NULL, 2),
    FUNCTION_ROW("source", source, 1, 1, NULL),
    FUNCTION_ROW("position", position, 1, 1, NULL),
    FUNCTION_ROW("code_module", code_module, 1, 1, NULL),
    END_ROW,
};

bool tracemodule_install(VM *vm, Module *module) {
  native_add_functions(vm, module, functions);
  return true;
}
