// func.c: functions, cells, bound methods, property, staticmethod, classmethod, super: making
// and marking them, and what a program can read of them. Attribute access is in attr.c.
#include "func.h"

#include "rows.h"
#include "vm.h"

Cell *cell_new(VM *vm, Value value) {
  Cell *cell = heap_alloc(vm, KIND_CELL, vm->cell_class, sizeof *cell);
  cell->value = value;
  return cell;
}

Value method_new(VM *vm, Value function, Value receiver) {
  Method *method = heap_alloc(vm, KIND_METHOD, vm->method_class, sizeof *method);
  method->function = function;
  method->receiver = receiver;
  return from_object(method);
}

// ---- attributes of functions

static Value function_attr(Function *function, const char *name) {
  return function->attrs == NULL ? EMPTY : dict_get_c(function->attrs, name);
}

static bool function_name(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Function *function = (Function *)as_object(args[0]);
  Value set = function_attr(function, "__name__");
  *out = is_empty(set) ? from_object(function->code->name) : set;
  return true;
}

static bool function_qualname(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Function *function = (Function *)as_object(args[0]);
  Value set = function_attr(function, "__qualname__");
  *out = is_empty(set) ? from_object(function->code->qualname) : set;
  return true;
}

static bool function_doc(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Function *function = (Function *)as_object(args[0]);
  Value set = function_attr(function, "__doc__");
  *out = !is_empty(set) ? set : is_empty(function->code->doc) ? NONE : function->code->doc;
  return true;
}

static bool function_module(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Function *function = (Function *)as_object(args[0]);
  Value set = function_attr(function, "__module__");
  if (is_empty(set)) {
    set = module_get(vm, function->code->module, str_intern_c(vm, "__name__"));
  }
  *out = is_empty(set) ? NONE : set;
  return true;
}

static bool function_defaults(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Function *function = (Function *)as_object(args[0]);
  *out = function->defaults == NULL ? NONE : from_object(function->defaults);
  return true;
}

static bool function_kwdefaults(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Function *function = (Function *)as_object(args[0]);
  *out = function->kwdefaults == NULL ? NONE : from_object(function->kwdefaults);
  return true;
}

static bool function_annotations(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Function *function = (Function *)as_object(args[0]);
  if (function->annotations == NULL) function->annotations = dict_new(vm);
  *out = from_object(function->annotations);
  return true;
}

static bool function_code(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_object(((Function *)as_object(args[0]))->code);
  return true;
}

static bool function_closure(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Function *function = (Function *)as_object(args[0]);
  uint32_t count = function->code->capture_count;
  *out = NONE;
  if (count == 0) return true;
  Tuple *cells = tuple_new(vm, count);
  for (uint32_t i = 0; i < count; i++) cells->items[i] = from_object(function->cells[i]);
  *out = from_object(cells);
  return true;
}

static const NativeDef function_defs[] = {
    PROPERTY_ROW("__name__", function_name),
    PROPERTY_ROW("__qualname__", function_qualname),
    PROPERTY_ROW("__doc__", function_doc),
    PROPERTY_ROW("__module__", function_module),
    PROPERTY_ROW("__defaults__", function_defaults),
    PROPERTY_ROW("__kwdefaults__", function_kwdefaults),
    PROPERTY_ROW("__annotations__", function_annotations),
    PROPERTY_ROW("__code__", function_code),
    PROPERTY_ROW("__closure__", function_closure),
    END_ROW,
};

static bool cell_contents(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = ((Cell *)as_object(args[0]))->value;
  return !is_empty(*out) || raise_value_error(vm, "Cell is empty");
}

static const NativeDef cell_defs[] = {
    PROPERTY_ROW("cell_contents", cell_contents),
    END_ROW,
};

static bool code_name(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_object(((Code *)as_object(args[0]))->name);
  return true;
}

static bool code_argcount(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = small_int(((Code *)as_object(args[0]))->param_count);
  return true;
}

static bool code_first_line(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = small_int(((Code *)as_object(args[0]))->first_line);
  return true;
}

static bool code_varnames(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Code *code = (Code *)as_object(args[0]);
  Tuple *names = tuple_new(vm, code->local_count);
  for (int i = 0; i < code->local_count; i++) names->items[i] = from_object(code->local_names[i]);
  *out = from_object(names);
  return true;
}

static const NativeDef code_defs[] = {
    PROPERTY_ROW("co_name", code_name),
    PROPERTY_ROW("co_argcount", code_argcount),
    PROPERTY_ROW("co_firstlineno", code_first_line),
    PROPERTY_ROW("co_varnames", code_varnames),
    END_ROW,
};

// ---- builtin functions and bound methods

static bool native_name(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_object(str_intern_c(vm, as_native(args[0])->def->name));
  return true;
}

static bool native_qualname(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Native *native = as_native(args[0]);
  *out = native->owner == NULL
             ? from_object(str_intern_c(vm, native->def->name))
             : from_object(str_format(vm, "%s.%s", native->owner->name->data, native->def->name));
  return true;
}

static bool native_module(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = as_native(args[0])->owner != NULL ? NONE : from_object(str_intern_c(vm, "builtins"));
  return true;
}

static bool native_doc(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)args, (void)nargs;
  *out = NONE;
  return true;
}

static const NativeDef native_defs[] = {
    PROPERTY_ROW("__name__", native_name),
    PROPERTY_ROW("__qualname__", native_qualname),
    PROPERTY_ROW("__module__", native_module),
    PROPERTY_ROW("__doc__", native_doc),
    END_ROW,
};

static bool method_self(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = ((Method *)as_object(args[0]))->receiver;
  return true;
}

static bool method_func(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = ((Method *)as_object(args[0]))->function;
  return true;
}

static const NativeDef method_defs[] = {
    PROPERTY_ROW("__self__", method_self),
    PROPERTY_ROW("__func__", method_func),
    END_ROW,
};

// ---- property

static Value property_make(VM *vm, Class *cls, Value get, Value set, Value del, Value doc) {
  Property *property = heap_alloc(vm, KIND_PROPERTY, cls, sizeof *property);
  property->get = get;
  property->set = set;
  property->del = del;
  property->doc = doc;
  return from_object(property);
}

static bool property_create(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = property_make(vm, as_class(args[0]), args[1], args[2], args[3], args[4]);
  return true;
}

static bool property_getter(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Property *p = (Property *)as_object(args[0]);
  *out = property_make(vm, p->header.cls, args[1], p->set, p->del, p->doc);
  return true;
}

static bool property_setter(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Property *p = (Property *)as_object(args[0]);
  *out = property_make(vm, p->header.cls, p->get, args[1], p->del, p->doc);
  return true;
}

static bool property_deleter(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Property *p = (Property *)as_object(args[0]);
  *out = property_make(vm, p->header.cls, p->get, p->set, args[1], p->doc);
  return true;
}

static Value none_if_empty(Value v) { return is_empty(v) ? NONE : v; }

static bool property_fget(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = none_if_empty(((Property *)as_object(args[0]))->get);
  return true;
}

static bool property_fset(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = none_if_empty(((Property *)as_object(args[0]))->set);
  return true;
}

static bool property_fdel(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = none_if_empty(((Property *)as_object(args[0]))->del);
  return true;
}

static bool property_doc(VM *vm, Value *args, int nargs, Value *out) {
  Property *p = (Property *)as_object(args[0]);
  *out = none_if_empty(p->doc);
  if (*out == NONE && is_function(p->get)) return function_doc(vm, &p->get, nargs, out);
  return true;
}

static const NativeDef property_defs[] = {
    LEAF_ROW("__new__", property_create, 1, 5, NATIVE_STATIC, "cls fget fset fdel doc"),
    METHOD_ROW("getter", property_getter, 2, 2),
    METHOD_ROW("setter", property_setter, 2, 2),
    METHOD_ROW("deleter", property_deleter, 2, 2),
    PROPERTY_ROW("fget", property_fget),
    PROPERTY_ROW("fset", property_fset),
    PROPERTY_ROW("fdel", property_fdel),
    PROPERTY_ROW("__doc__", property_doc),
    END_ROW,
};

// ---- staticmethod, classmethod, super

static bool wrapper_create(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Wrapper *wrapper = heap_alloc(vm, KIND_WRAPPER, as_class(args[0]), sizeof *wrapper);
  wrapper->function = args[1];
  *out = from_object(wrapper);
  return true;
}

static bool wrapper_func(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = ((Wrapper *)as_object(args[0]))->function;
  return true;
}

static const NativeDef wrapper_defs[] = {
    LEAF_ROW("__new__", wrapper_create, 2, 2, NATIVE_STATIC, NULL),
    PROPERTY_ROW("__func__", wrapper_func),
    PROPERTY_ROW("__wrapped__", wrapper_func),
    END_ROW,
};

static bool super_create(VM *vm, Value *args, int nargs, Value *out) {
  if (nargs == 1) return vm_raise(vm, vm->exceptions.RuntimeError, "super(): no arguments");
  if (!is_class(args[1])) {
    return raise_type_error(vm, "super() argument 1 must be a type, not %s",
                            value_class_name(vm, args[1]));
  }
  Class *start = as_class(args[1]);
  Value receiver = nargs > 2 ? args[2] : NONE;
  bool fits = (is_class(receiver) && class_is_subclass(as_class(receiver), start)) ||
              class_is_subclass(value_class(vm, receiver), start);
  if (nargs > 2 && !fits) {
    return raise_type_error(vm, "super(type, obj): obj must be an instance or subtype of type");
  }
  Super *super = heap_alloc(vm, KIND_SUPER, as_class(args[0]), sizeof *super);
  super->start = start;
  super->receiver = receiver;
  *out = from_object(super);
  return true;
}

static const NativeDef super_defs[] = {
    LEAF_ROW("__new__", super_create, 1, 3, NATIVE_STATIC, NULL),
    END_ROW,
};

void func_install(VM *vm) {
  native_add_methods(vm, vm->function_class, function_defs);
  native_add_methods(vm, vm->cell_class, cell_defs);
  native_add_methods(vm, vm->code_class, code_defs);
  native_add_methods(vm, vm->native_class, native_defs);
  native_add_methods(vm, vm->method_class, method_defs);
  native_add_methods(vm, vm->property_class, property_defs);
  native_add_methods(vm, vm->staticmethod_class, wrapper_defs);
  native_add_methods(vm, vm->classmethod_class, wrapper_defs);
  native_add_methods(vm, vm->super_class, super_defs);
}

// ---- marking

void func_mark(VM *vm, Object *object) {
  Function *function = (Function *)object;
  heap_mark_object(vm, function->code);
  heap_mark_object(vm, function->defaults);
  heap_mark_object(vm, function->kwdefaults);
  heap_mark_object(vm, function->annotations);
  heap_mark_object(vm, function->attrs);
  for (uint32_t i = 0; i < function->code->capture_count; i++) {
    heap_mark_object(vm, function->cells[i]);
  }
}

void cell_mark(VM *vm, Object *object) { heap_mark(vm, ((Cell *)object)->value); }

void method_mark(VM *vm, Object *object) {
  Method *method = (Method *)object;
  heap_mark(vm, method->function);
  heap_mark(vm, method->receiver);
}

void property_mark(VM *vm, Object *object) {
  Property *p = (Property *)object;
  heap_mark(vm, p->get);
  heap_mark(vm, p->set);
  heap_mark(vm, p->del);
  heap_mark(vm, p->doc);
}

void wrapper_mark(VM *vm, Object *object) { heap_mark(vm, ((Wrapper *)object)->function); }

void super_mark(VM *vm, Object *object) {
  Super *super = (Super *)object;
  heap_mark_object(vm, super->start);
  heap_mark(vm, super->receiver);
}
