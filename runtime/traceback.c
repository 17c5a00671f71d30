// traceback.c: traceback objects, what a program sees of the way that an exception came.
//
// The way itself stands in the exception (Exception.trace, innermost frame first). A traceback is a
// copy of it at one moment. Stepping along it by tb_next gives objects that share the first one's
// copy and say how far they are. tb_frame is such an object too, of class frame: it tells where it
// was, its variables are gone. What sys._getframe() gives is made likewise, of the frames that are
// running, with their variables as they are at that moment.
//
// Invariant: whole is the object that owns entries, and entry index is one that is shown.
#include "traceback.h"

#include "namespace.h"
#include "rows.h"

typedef struct Traceback {
  Object header;
  struct Traceback *whole;  // itself, or the one that it was reached from
  TraceEntry *entries;      // of the whole one: heap buffer
  List *locals;             // of the whole one: an entry's variables (a dict, or None), or NULL
  uint32_t count;
  uint32_t index;  // of the entry that this object is about
} Traceback;

static bool is_traceback(VM *vm, Value v) {
  return is_kind(v, KIND_OPAQUE) && as_object(v)->cls == vm->traceback_class;
}

bool traceback_is_shown(const TraceEntry *entries, uint32_t i) {
  static const char library[] = "runtime/lib";
  const Code *code = entries[i].code;
  if (code == NULL || code->flags & CODE_HIDDEN || code->positions == NULL) return false;
  const Str *file = code->filename;
  size_t length = sizeof library - 1;
  if (file->length > length && memcmp(file->data, library, length) == 0) return false;
  uint8_t op = code->instrs[entries[i].instr].op;
  return !(i > 0 && (op == OP_RERAISE || op == OP_RAISE_AGAIN) && entries[i - 1].code == code);
}

// The first shown entry from i on, innermost first; the count when there is none.
static uint32_t first_shown(const Exception *exception, uint32_t i) {
  while (i < exception->trace_count && !traceback_is_shown(exception->trace, i)) i++;
  return i;
}

bool traceback_is_same(const Exception *a, const Exception *b) {
  uint32_t i = first_shown(a, 0), j = first_shown(b, 0);
  while (i < a->trace_count && j < b->trace_count) {
    const TraceEntry *x = &a->trace[i], *y = &b->trace[j];
    if (x->code != y->code || x->instr != y->instr) return false;
    i = first_shown(a, i + 1);
    j = first_shown(b, j + 1);
  }
  return i == a->trace_count && j == b->trace_count;
}

// The next shown entry below `from`, counted down; count when there is none.
static uint32_t next_shown(const Traceback *whole, uint32_t from) {
  while (from-- > 0) {
    if (traceback_is_shown(whole->entries, from)) return from;
  }
  return whole->count;
}

static Value view(VM *vm, Class *cls, Traceback *whole, uint32_t index) {
  if (index == whole->count) return NONE;
  Traceback *traceback = heap_alloc(vm, KIND_OPAQUE, cls, sizeof *traceback);
  traceback->whole = whole;
  traceback->index = index;
  return from_object(traceback);
}

static Traceback *new_whole(VM *vm, Class *cls, const Exception *exception) {
  Traceback *whole = heap_alloc(vm, KIND_OPAQUE, cls, sizeof *whole);
  size_t size = exception->trace_count * sizeof(TraceEntry);
  whole->whole = whole;
  whole->entries = heap_buffer_new(vm, size);
  whole->count = exception->trace_count;
  memcpy(whole->entries, exception->trace, size);
  return whole;
}

Value traceback_new(VM *vm, Value value) {
  Traceback *whole = new_whole(vm, vm->traceback_class, as_exception(value));
  whole->index = next_shown(whole, whole->count);
  return whole->index == whole->count ? NONE : from_object(whole);
}

Value traceback_frame(VM *vm, Exception *way, List *locals) {
  Traceback *whole = new_whole(vm, vm->frame_class, way);
  whole->locals = locals;
  return from_object(whole);
}

void traceback_set(VM *vm, Exception *exception, Value value) {
  if (!is_none(value) && !is_traceback(vm, value)) return;
  exception_cut_trace(exception, 0);
  if (is_none(value)) return;
  const Traceback *traceback = (Traceback *)as_object(value);
  for (uint32_t i = 0; i <= traceback->index; i++) {
    const TraceEntry *entry = &traceback->whole->entries[i];
    exception_add_trace(vm, exception, entry->code, entry->instr);
  }
}

void traceback_mark(VM *vm, Object *object) {
  Traceback *traceback = (Traceback *)object;
  heap_mark_object(vm, traceback->whole);
  heap_mark_object(vm, traceback->locals);
  for (uint32_t i = 0; i < traceback->count; i++) {
    heap_mark_object(vm, traceback->entries[i].code);
  }
}

void traceback_free(VM *vm, Object *object) {
  Traceback *traceback = (Traceback *)object;
  heap_buffer_free(vm, traceback->entries, traceback->count * sizeof(TraceEntry));
}

// ---- attributes

static const TraceEntry *entry_of(Value v) {
  const Traceback *traceback = (Traceback *)as_object(v);
  return &traceback->whole->entries[traceback->index];
}

const TraceEntry *traceback_entry(VM *vm, Value v) {
  if (!is_kind(v, KIND_OPAQUE)) return NULL;
  const Class *cls = as_object(v)->cls;
  return cls == vm->traceback_class || cls == vm->frame_class ? entry_of(v) : NULL;
}

static bool get_line(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  const TraceEntry *entry = entry_of(args[0]);
  *out = small_int(entry->code->positions[entry->instr].line);
  return true;
}

static bool get_instr(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = small_int(entry_of(args[0])->instr);
  return true;
}

static bool get_next(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Traceback *traceback = (Traceback *)as_object(args[0]);
  *out = view(vm, vm->traceback_class, traceback->whole,
              next_shown(traceback->whole, traceback->index));
  return true;
}

static bool get_frame(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Traceback *traceback = (Traceback *)as_object(args[0]);
  *out = view(vm, vm->frame_class, traceback->whole, traceback->index);
  return true;
}

static bool get_code(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_object(entry_of(args[0])->code);
  return true;
}

// The frame that called: entries go outwards.
static bool get_back(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Traceback *frame = (Traceback *)as_object(args[0]);
  Traceback *whole = frame->whole;
  uint32_t i = frame->index + 1;
  while (whole->locals == NULL && i < whole->count && !traceback_is_shown(whole->entries, i)) i++;
  *out = i < whole->count ? view(vm, vm->frame_class, whole, i) : NONE;
  return true;
}

static bool get_globals(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return namespace_tail(vm, entry_of(args[0])->code->module, out);
}

static bool get_locals(VM *vm, Value *args, int nargs, Value *out) {
  const Traceback *frame = (Traceback *)as_object(args[0]);
  const List *locals = frame->whole->locals;
  if (entry_of(args[0])->code->flags & CODE_MODULE) return get_globals(vm, args, nargs, out);
  *out = locals == NULL ? from_object(dict_new(vm)) : locals->items[frame->index];
  return true;
}

static bool get_builtins(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  return namespace_tail(vm, vm->builtins, out);
}

static bool frame_repr(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const TraceEntry *entry = entry_of(args[0]);
  Text text = text_new(vm);
  text_printf(&text, "<frame at %p, file ", (void *)as_object(args[0]));
  str_repr(&text, entry->code->filename, false);
  text_printf(&text, ", line %u, code ", entry->code->positions[entry->instr].line);
  text_add_str(&text, entry->code->name);
  text_add_char(&text, '>');
  *out = from_object(text_finish(&text));
  return true;
}

static bool get_none(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)args, (void)nargs;
  *out = NONE;
  return true;
}

static bool get_file(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Str *file = ((Code *)as_object(args[0]))->filename;
  *out = file == NULL ? NONE : from_object(file);
  return true;
}

static const NativeDef traceback_defs[] = {
    PROPERTY_ROW("tb_lineno", get_line),
    PROPERTY_ROW("tb_lasti", get_instr),
    PROPERTY_ROW("tb_next", get_next),
    PROPERTY_ROW("tb_frame", get_frame),
    END_ROW,
};
static const NativeDef frame_defs[] = {
    PROPERTY_ROW("f_lineno", get_line),
    PROPERTY_ROW("f_lasti", get_instr),
    PROPERTY_ROW("f_code", get_code),
    PROPERTY_ROW("f_back", get_back),
    PROPERTY_ROW("f_globals", get_globals),
    PROPERTY_ROW("f_locals", get_locals),
    PROPERTY_ROW("f_builtins", get_builtins),
    PROPERTY_ROW("f_trace", get_none),
    METHOD_ROW("clear", get_none, 1, 1),
    METHOD_ROW("__repr__", frame_repr, 1, 1),
    END_ROW,
};
static const NativeDef code_defs[] = {PROPERTY_ROW("co_filename", get_file), END_ROW};

void traceback_install(VM *vm) {
  native_add_methods(vm, vm->traceback_class, traceback_defs);
  native_add_methods(vm, vm->frame_class, frame_defs);
  native_add_methods(vm, vm->code_class, code_defs);
}
