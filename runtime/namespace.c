// namespace.c: names and their values as the program sees them: globals(), locals(), vars(), dir(),
// help(), and a module's __dict__.
//
// Names are slots and registers, so there is no dict to hand out. A function's locals() is a new
// dict each time. A module has views (prelude/namespace.coro), dicts that are filled anew whenever
// they are asked for; their own methods do so too, and write to the module. One that globals()
// gives refuses to be written.
#include "namespace.h"

#include <stdlib.h>

#include "attr.h"
#include "operators.h"
#include "rows.h"

Frame *namespace_caller(Frame *frame) {
  while (frame != NULL && frame->header.extra == RESUME_STEP) frame = frame->parent;
  return frame;
}

// ---- locals

static Value content(Value v) { return is_kind(v, KIND_CELL) ? ((Cell *)as_object(v))->value : v; }

typedef struct {
  Str *name;
  Value value;
} Named;

static int by_text(const void *a, const void *b) {
  const Named *x = a, *y = b;
  return strcmp(x->name->data, y->name->data);
}

// Adds them in the order of their names, as CPython has cells.
static void add_sorted(VM *vm, Dict *dict, Named *named, size_t count) {
  if (count > 1) qsort(named, count, sizeof *named, by_text);
  for (size_t i = 0; i < count; i++) dict_set_str(vm, dict, named[i].name, named[i].value);
}

static Dict *function_locals(VM *vm, Frame *frame) {
  const Code *code = frame->code;
  Dict *dict = dict_new(vm);
  int params = code->param_count + (int)code->keyword_only_count;
  if (code->flags & CODE_VARARGS) params++;
  if (code->flags & CODE_VARKEYWORDS) params++;
  size_t size = (code->local_count + code->capture_count) * sizeof(Named), count = 0;
  Named *cells = heap_buffer_new(vm, size);
  for (int i = 0; i < code->local_count; i++) {
    Value v = frame->regs[i];
    if (is_empty(content(v))) continue;
    if (is_kind(v, KIND_CELL) && i >= params) {
      cells[count++] = (Named){code->local_names[i], content(v)};
    } else {
      dict_set_str(vm, dict, code->local_names[i], content(v));
    }
  }
  add_sorted(vm, dict, cells, count);
  count = 0;
  for (uint32_t i = 0; i < code->capture_count; i++) {
    Value v = frame->function->cells[i]->value;
    if (!is_empty(v)) cells[count++] = (Named){code->free_names[i], v};
  }
  add_sorted(vm, dict, cells, count);
  heap_buffer_free(vm, cells, size);
  return dict;
}

Dict *namespace_locals(VM *vm, Frame *frame) {
  if (frame->code->flags & CODE_MODULE) return NULL;
  if (!(frame->code->flags & CODE_CLASS_BODY)) return function_locals(vm, frame);
  return is_dict(frame->regs[0]) ? as_dict(frame->regs[0]) : dict_new(vm);
}

// ---- a module's view

// The view's content becomes what the module has now. Entries keep their places, so that going
// through it stays possible when nothing new has come.
static void fill(VM *vm, Dict *view, Module *module) {
  List *names = module_names(vm, module);
  bool clean = view->count <= names->count;
  for (size_t i = 0; i < names->count; i++) {
    Str *name = as_str(names->items[i]);
    dict_set_str(vm, view, name, module_get(vm, module, name));
  }
  clean = clean && view->count == names->count;
  if (clean) return;
  dict_clear(vm, view);
  for (size_t i = 0; i < names->count; i++) {
    Str *name = as_str(names->items[i]);
    dict_set_str(vm, view, name, module_get(vm, module, name));
  }
}

// Registers: 0 the module, 1 whether it is for globals().
static Step view_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Value *regs = frame->regs;
  Module *module = (Module *)as_object(regs[0]);
  Value *view = regs[1] == TRUE_VALUE ? &module->globals_view : &module->view;
  if (frame->state == 1) *view = in;
  if (is_empty(*view)) {
    Value out;
    frame->state = 1;
    Called called = operator_prelude(vm, frame, "namespace.view", 2, regs, &out);
    return called == CALL_RAISED ? STEP_RAISE : STEP_ENTER;
  }
  fill(vm, as_dict(*view), module);
  return step_done(vm, *view);
}

static const NativeDef view_def = {
    .name = "namespace", .min = 2, .max = 2, .step = view_step, .registers = 2};

bool namespace_tail(VM *vm, Module *module, Value *out) {
  Value call[2] = {from_object(module), FALSE_VALUE};
  return native_tail(vm, out, native_new(vm, &view_def, NULL), 2, call);
}

static bool module_get_dict(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return namespace_tail(vm, (Module *)as_object(args[0]), out);
}

static const NativeDef module_defs[] = {PROPERTY_ROW("__dict__", module_get_dict), END_ROW};

// _fill(view, module)
static bool prelude_fill(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  fill(vm, as_dict(args[0]), (Module *)as_object(args[1]));
  *out = NONE;
  return true;
}

static const NativeDef prelude_functions[] = {FUNCTION_ROW("_fill", prelude_fill, 2, 2, NULL),
                                              END_ROW};

void namespace_install_prelude(VM *vm, Module *module) {
  native_add_functions(vm, module, prelude_functions);
}

// ---- the builtins

static Step show_module(VM *vm, Frame *frame, Module *module) {
  Value args[2] = {from_object(module), TRUE_VALUE};
  return step_call(vm, frame, 1, native_new(vm, &view_def, NULL), 2, args);
}

static Step globals_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) return step_done(vm, in);
  return show_module(vm, frame, namespace_caller(frame)->code->module);
}

static Step locals_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) return step_done(vm, in);
  Frame *caller = namespace_caller(frame);
  Dict *dict = namespace_locals(vm, caller);
  if (dict == NULL) return show_module(vm, frame, caller->code->module);
  return step_done(vm, from_object(dict));
}

// Registers: 0 the object, or EMPTY: locals().
static Step vars_step(VM *vm, Frame *frame, Value in) {
  if (frame->state == 0 && is_empty(frame->regs[0])) return locals_step(vm, frame, in);
  if (frame->state == 1) return is_empty(vm->exception) ? step_done(vm, in) : STEP_RAISE;
  if (frame->state == 0) {
    Value out, name = from_object(str_intern_c(vm, "__dict__"));
    frame->state = 2;
    switch (attr_get(vm, frame->regs[0], as_str(name), &out)) {
      case TRI_YES: return step_done(vm, out);
      case TRI_SCRIPT: return STEP_CALL;
      default: break;
    }
  }
  if (is_empty(vm->exception)) return step_done(vm, in);
  if (!exception_is(vm->exception, vm->exceptions.AttributeError)) return STEP_RAISE;
  vm_clear_exception(vm);
  raise_type_error(vm, "vars() argument must have __dict__ attribute");
  return STEP_RAISE;
}

static List *names_in_scope(VM *vm, Frame *frame) {
  Dict *dict = namespace_locals(vm, frame);
  if (dict == NULL) return module_names(vm, frame->code->module);
  List *names = list_new(vm, dict->count);
  Value name, value;
  for (size_t i = 0; dict_next(dict, &i, &name, &value);) list_append(vm, names, name);
  return names;
}

// Registers: 0 the object, or EMPTY for the names in scope.
static Step dir_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) return step_done(vm, in);
  Value out = NONE;
  Called called;
  frame->state = 1;
  if (!is_empty(frame->regs[0])) {
    called = operator_prelude(vm, frame, "convert.dir_slow", 1, frame->regs, &out);
  } else {
    Value call[3] = {from_object(names_in_scope(vm, namespace_caller(frame))), NONE, FALSE_VALUE};
    called = operator_prelude(vm, frame, "iter.sorted_slow", 3, call, &out);
  }
  return called == CALL_RAISED ? STEP_RAISE : STEP_ENTER;
}

static bool builtin_help(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "helping.help", nargs, args);
}

static const NativeDef functions[] = {
    FUNCTION_ROW("help", builtin_help, 0, 1, NULL),
    STEP_ROW("globals", globals_step, 0, 0, 0, NULL, 1),
    STEP_ROW("locals", locals_step, 0, 0, 0, NULL, 1),
    STEP_ROW("vars", vars_step, 0, 1, 0, NULL, 1),
    STEP_ROW("dir", dir_step, 0, 1, 0, NULL, 1),
    END_ROW,
};

void namespace_install(VM *vm) {
  native_add_methods(vm, vm->module_class, module_defs);
  native_add_functions(vm, vm->builtins, functions);
}
