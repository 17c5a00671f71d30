// func.c: functions, cells, bound methods, property, staticmethod, classmethod, super: making
// and marking them, and what a program can read of them. Attribute access is in attr.c.
#include "func.h"

#include "attr.h"
#include "rows.h"
#include "vm.h"

Cell *cell_new(VM *vm, Value value) {
  Cell *cell = heap_alloc(vm, KIND_CELL, vm->cell_class, sizeof *cell);
  cell->value = value;
  return cell;
}

Value method_new(VM *vm, Value function, Value receiver) {
  Class *cls = vm->method_class;
  if (is_kind(function, KIND_NATIVE)) {
    bool wrapper = as_object(function)->cls == vm->wrapper_descriptor_class;
    cls = wrapper ? vm->method_wrapper_class : vm->native_class;
  }
  Method *method = heap_alloc(vm, KIND_METHOD, cls, sizeof *method);
  method->function = function;
  method->receiver = receiver;
  return from_object(method);
}

// ---- attributes of functions

static Value function_field(Function *function, const char *name) {
  return function->fields == NULL ? EMPTY : dict_get_c(function->fields, name);
}

static bool function_name(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Function *function = (Function *)as_object(args[0]);
  Value set = function_field(function, "__name__");
  *out = is_empty(set) ? from_object(function->code->name) : set;
  return true;
}

static bool function_qualname(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Function *function = (Function *)as_object(args[0]);
  Value set = function_field(function, "__qualname__");
  *out = is_empty(set) ? from_object(function->code->qualname) : set;
  return true;
}

static bool function_doc(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Function *function = (Function *)as_object(args[0]);
  Value set = function_field(function, "__doc__");
  *out = !is_empty(set) ? set : is_empty(function->code->doc) ? NONE : function->code->doc;
  return true;
}

static bool function_module(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Function *function = (Function *)as_object(args[0]);
  Value set = function_field(function, "__module__");
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
    MEMBER_ROW("__closure__", function_closure),
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

static bool code_positional_only(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = small_int(((Code *)as_object(args[0]))->positional_only);
  return true;
}

static bool code_keyword_only(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = small_int(((Code *)as_object(args[0]))->keyword_only_count);
  return true;
}

static bool code_filename(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_object(((Code *)as_object(args[0]))->filename);
  return true;
}

static bool code_qualname(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_object(((Code *)as_object(args[0]))->qualname);
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

static bool code_freevars(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Code *code = (Code *)as_object(args[0]);
  Tuple *names = tuple_new(vm, code->capture_count);
  for (uint32_t i = 0; i < code->capture_count; i++) {
    names->items[i] = from_object(code->free_names[i]);
  }
  *out = from_object(names);
  return true;
}

// CPython's flags, as far as a program asks for them: *args, **kwargs, and what suspends.
static bool code_flags(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  static const struct {
    uint32_t ours, theirs;
  } table[] = {
      {CODE_VARARGS, 0x04},   {CODE_VARKEYWORDS, 0x08},         {CODE_GENERATOR, 0x20},
      {CODE_COROUTINE, 0x80}, {CODE_ITERABLE_COROUTINE, 0x100}, {CODE_ASYNC_GENERATOR, 0x200},
  };
  Code *code = (Code *)as_object(args[0]);
  int64_t flags = code->flags & CODE_MODULE ? 0 : 0x03;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    if (code->flags & table[i].ours) flags |= table[i].theirs;
  }
  if (code->capture_count > 0) flags |= 0x10;
  *out = small_int(flags);
  return true;
}

static const NativeDef code_defs[] = {
    MEMBER_ROW("co_name", code_name),
    MEMBER_ROW("co_argcount", code_argcount),
    MEMBER_ROW("co_firstlineno", code_first_line),
    MEMBER_ROW("co_posonlyargcount", code_positional_only),
    MEMBER_ROW("co_kwonlyargcount", code_keyword_only),
    MEMBER_ROW("co_filename", code_filename),
    MEMBER_ROW("co_qualname", code_qualname),
    MEMBER_ROW("co_flags", code_flags),
    PROPERTY_ROW("co_varnames", code_varnames),
    PROPERTY_ROW("co_freevars", code_freevars),
    END_ROW,
};

// f(*args, **kwargs) through its __call__. Registers: 0 the arguments, 1 the keywords.
static Step function_call_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) return step_done(vm, in);
  Tuple *all = as_tuple(frame->regs[0]);
  if (all->count == 0) {
    raise_type_error(vm, "descriptor '__call__' of 'function' object needs an argument");
    return STEP_RAISE;
  }
  Tuple *args = tuple_from(vm, all->items + 1, all->count - 1);
  return step_call_extended(vm, frame, 1, all->items[0], from_object(args), frame->regs[1]);
}

static const NativeDef callable_defs[] = {
    STEP_ROW("__call__", function_call_step, 1, -1, NATIVE_METHOD | NATIVE_KEYWORDS, NULL, 2),
    END_ROW,
};

// ---- builtin functions and bound methods

// The function itself of what may be bound to a receiver.
static Native *native_behind(Value v) {
  return as_native(is_kind(v, KIND_METHOD) ? ((Method *)as_object(v))->function : v);
}

static bool native_name(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_object(str_intern_c(vm, native_behind(args[0])->def->name));
  return true;
}

static bool native_qualname(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Native *native = native_behind(args[0]);
  *out = native->owner == NULL
             ? from_object(str_intern_c(vm, native->def->name))
             : from_object(str_format(vm, "%s.%s", native->owner->name->data, native->def->name));
  return true;
}

static bool native_module(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Native *native = native_behind(args[0]);
  const Module *module = native->module != NULL ? native->module : vm->builtins;
  *out = native->owner == NULL ? from_object(module->name) : NONE;
  return true;
}

static bool native_self(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (is_kind(args[0], KIND_METHOD)) {
    *out = ((Method *)as_object(args[0]))->receiver;
  } else {
    const Native *native = as_native(args[0]);
    const Module *module = native->module != NULL ? native->module : vm->builtins;
    *out = native->owner == NULL ? from_object(module) : from_object(native->owner);
  }
  return true;
}

static bool native_owner(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_object(as_native(args[0])->owner);
  return true;
}

static const NativeDef builtin_defs[] = {
    PROPERTY_ROW("__name__", native_name),
    PROPERTY_ROW("__qualname__", native_qualname),
    PROPERTY_ROW("__module__", native_module),
    PROPERTY_ROW("__self__", native_self),
    END_ROW,
};

static const NativeDef descriptor_defs[] = {
    PROPERTY_ROW("__name__", native_name),
    PROPERTY_ROW("__qualname__", native_qualname),
    PROPERTY_ROW("__objclass__", native_owner),
    END_ROW,
};

// Members are natives of builtin classes, or made by __slots__.
static bool member_name(VM *vm, Value *args, int nargs, Value *out) {
  if (is_kind(args[0], KIND_NATIVE)) return native_name(vm, args, nargs, out);
  *out = from_object(((Member *)as_object(args[0]))->name);
  return true;
}

static bool member_owner(VM *vm, Value *args, int nargs, Value *out) {
  if (is_kind(args[0], KIND_NATIVE)) return native_owner(vm, args, nargs, out);
  *out = from_object(((Member *)as_object(args[0]))->owner);
  return true;
}

static bool member_qualname(VM *vm, Value *args, int nargs, Value *out) {
  if (is_kind(args[0], KIND_NATIVE)) return native_qualname(vm, args, nargs, out);
  Member *member = (Member *)as_object(args[0]);
  Text text = text_new(vm);
  text_printf(&text, "%s.%s", member->owner->name->data, member->name->data);
  *out = from_object(text_finish(&text));
  return true;
}

static const NativeDef member_defs[] = {
    PROPERTY_ROW("__name__", member_name),
    PROPERTY_ROW("__qualname__", member_qualname),
    PROPERTY_ROW("__objclass__", member_owner),
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

static bool method_doc(VM *vm, Value *args, int nargs, Value *out) {
  Value function = ((Method *)as_object(args[0]))->function;
  *out = NONE;
  return !is_function(function) || function_doc(vm, &function, nargs, out);
}

// types.MethodType(function, receiver)
static bool method_create(VM *vm, Value *args, int nargs, Value *out) {
  if (nargs != 3) return raise_type_error(vm, "method expected 2 arguments, got %d", nargs - 1);
  Class *cls = value_class(vm, args[1]);
  if (!is_class(args[1]) && is_empty(class_special(vm, cls, SP_CALL)) && !is_function(args[1]) &&
      !is_kind(args[1], KIND_NATIVE) && !is_kind(args[1], KIND_METHOD)) {
    return raise_type_error(vm, "first argument must be callable");
  }
  if (is_none(args[2])) return raise_type_error(vm, "instance must not be None");
  *out = method_new(vm, args[1], args[2]);
  return true;
}

static const NativeDef method_defs[] = {
    LEAF_ROW("__new__", method_create, 1, -1, NATIVE_STATIC, NULL),
    MEMBER_ROW("__self__", method_self),
    MEMBER_ROW("__func__", method_func),
    PROPERTY_ROW("__doc__", method_doc),
    END_ROW,
};

// ---- descriptors: __get__, __set__ and __delete__ of whatever attribute access knows by itself

static bool give_attr(Tri tri, Value *out) {
  if (tri == TRI_SCRIPT) *out = EMPTY;  // the call waits in vm->callee: a tail call
  return tri != TRI_ERROR;
}

static bool descriptor_get(VM *vm, Value *args, int nargs, Value *out) {
  bool of_class = is_none(args[1]);
  if (of_class && (nargs < 3 || is_none(args[2]))) {
    return raise_type_error(vm, "__get__(None, None) is invalid");
  }
  Class *cls = nargs == 3 && is_class(args[2]) ? as_class(args[2]) : value_class(vm, args[1]);
  return give_attr(attr_bind(vm, args[0], of_class ? EMPTY : args[1], cls, out), out);
}

static Str *name_of(VM *vm, Value descriptor) {
  if (!is_kind(descriptor, KIND_NATIVE)) return vm->empty_str;
  return str_intern_c(vm, as_native(descriptor)->def->name);
}

static bool descriptor_set(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  return give_attr(attr_set_through(vm, args[0], args[1], name_of(vm, args[0]), args[2]), out);
}

static bool descriptor_delete(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  return give_attr(attr_delete_through(vm, args[0], args[1], name_of(vm, args[0])), out);
}

static const NativeDef get_defs[] = {METHOD_ROW("__get__", descriptor_get, 2, 3), END_ROW};
static const NativeDef set_defs[] = {METHOD_ROW("__set__", descriptor_set, 3, 3),
                                     METHOD_ROW("__delete__", descriptor_delete, 2, 2), END_ROW};

// ---- property

static bool property_create(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_object(heap_alloc(vm, KIND_PROPERTY, as_class(args[0]), sizeof(Property)));
  Property *property = (Property *)as_object(*out);
  property->get = property->set = property->del = property->doc = EMPTY;
  return true;
}

// The docstring is the getter's where none was given. A subclass may have one for itself, which
// reading would find first: its objects hold theirs in their __dict__.
static bool property_init(VM *vm, Value *args, int nargs, Value *out) {
  Property *property = (Property *)as_object(args[0]);
  property->get = args[1];
  property->set = args[2];
  property->del = args[3];
  property->doc = args[4];
  *out = NONE;
  if (property->header.cls == vm->property_class) return true;
  Value doc = is_empty(property->doc) ? NONE : property->doc;
  if (is_none(doc) && is_function(property->get) &&
      !function_doc(vm, &property->get, nargs, &doc)) {
    return false;
  }
  return is_none(doc) || object_set_own(vm, args[0], str_intern_c(vm, "__doc__"), doc);
}

// A property like another but for one function; of a subclass by calling that.
static bool property_copy(VM *vm, const Property *old, Value get, Value set, Value del,
                          Value *out) {
  if (old->header.cls == vm->property_class) {
    Property *property = heap_alloc(vm, KIND_PROPERTY, vm->property_class, sizeof *property);
    property->get = get;
    property->set = set;
    property->del = del;
    property->doc = old->doc;
    property->name = old->name;
    *out = from_object(property);
    return true;
  }
  Value given[4] = {get, set, del, old->doc};
  for (size_t i = 0; i < 4; i++) {
    if (is_empty(given[i])) given[i] = NONE;
  }
  return native_tail(vm, out, from_object(old->header.cls), 4, given);
}

static bool property_getter(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Property *old = (Property *)as_object(args[0]);
  return property_copy(vm, old, args[1], old->set, old->del, out);
}

static bool property_setter(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Property *old = (Property *)as_object(args[0]);
  return property_copy(vm, old, old->get, args[1], old->del, out);
}

static bool property_deleter(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Property *old = (Property *)as_object(args[0]);
  return property_copy(vm, old, old->get, old->set, args[1], out);
}

// Called by hand it gets the owner and the name, of which errors need the name.
static bool property_set_name(VM *vm, Value *args, int nargs, Value *out) {
  if (nargs != 3) {
    return raise_type_error(vm, "__set_name__() takes 2 positional arguments but %d were given",
                            nargs - 1);
  }
  if (is_str(args[2])) ((Property *)as_object(args[0]))->name = as_str(args[2]);
  *out = NONE;
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

// Whether abc.abstractmethod marked a function, or one that a descriptor is made of.
static bool is_abstract(VM *vm, Value v) {
  if (is_kind(v, KIND_PROPERTY)) {
    const Property *property = (Property *)as_object(v);
    return is_abstract(vm, property->get) || is_abstract(vm, property->set) ||
           is_abstract(vm, property->del);
  }
  if (is_kind(v, KIND_WRAPPER)) return is_abstract(vm, ((Wrapper *)as_object(v))->function);
  if (!is_object(v)) return false;
  Str *name = str_intern_c(vm, "__isabstractmethod__");
  Value mark = object_get_own(vm, v, name);
  if (is_empty(mark)) mark = class_lookup(vm, as_object(v)->cls, name);
  return !is_empty(mark) && value_truth(vm, mark) == TRI_YES;
}

static bool descriptor_is_abstract(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_bool(is_abstract(vm, args[0]));
  return true;
}

static const NativeDef property_defs[] = {
    PROPERTY_ROW("__isabstractmethod__", descriptor_is_abstract),
    LEAF_ROW("__new__", property_create, 1, -1, NATIVE_STATIC | NATIVE_KEYWORDS, NULL),
    LEAF_ROW("__init__", property_init, 1, 5, NATIVE_METHOD, "self fget fset fdel doc"),
    METHOD_ROW("__set_name__", property_set_name, 1, -1),
    METHOD_ROW("getter", property_getter, 2, 2),
    METHOD_ROW("setter", property_setter, 2, 2),
    METHOD_ROW("deleter", property_deleter, 2, 2),
    MEMBER_ROW("fget", property_fget),
    MEMBER_ROW("fset", property_fset),
    MEMBER_ROW("fdel", property_fdel),
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

Value classmethod_new(VM *vm, Value function) {
  Wrapper *wrapper = heap_alloc(vm, KIND_WRAPPER, vm->classmethod_class, sizeof *wrapper);
  wrapper->function = function;
  return from_object(wrapper);
}

Value staticmethod_new(VM *vm, Value function) {
  Wrapper *wrapper = heap_alloc(vm, KIND_WRAPPER, vm->staticmethod_class, sizeof *wrapper);
  wrapper->function = function;
  return from_object(wrapper);
}

static bool wrapper_func(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = ((Wrapper *)as_object(args[0]))->function;
  return true;
}

// What a function tells of itself, its static or class method tells as well.
static bool wrapper_tells(VM *vm, Value *args, const char *name, Value *out) {
  Value function = ((Wrapper *)as_object(args[0]))->function;
  return give_attr(attr_get(vm, function, str_intern_c(vm, name), out), out);
}

#define WRAPPED_FIELDS(X)     \
  X(name, "__name__")         \
  X(qualname, "__qualname__") \
  X(doc, "__doc__") X(module, "__module__") X(annotations, "__annotations__")
#define X(field, name)                                                      \
  static bool wrapper_##field(VM *vm, Value *args, int nargs, Value *out) { \
    (void)nargs;                                                            \
    return wrapper_tells(vm, args, name, out);                              \
  }
WRAPPED_FIELDS(X)
#undef X

static const NativeDef wrapper_defs[] = {
#define X(field, name) PROPERTY_ROW(name, wrapper_##field),
    WRAPPED_FIELDS(X)
#undef X
        PROPERTY_ROW("__isabstractmethod__", descriptor_is_abstract),
    LEAF_ROW("__new__", wrapper_create, 2, 2, NATIVE_STATIC, NULL),
    MEMBER_ROW("__func__", wrapper_func),
    MEMBER_ROW("__wrapped__", wrapper_func),
    END_ROW,
};

// super() where the compiler had no two arguments to give it: the caller says why.
static Step bare_super_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  const Code *code = frame->parent->code;
  bool bare = code->param_count == 0 || code->flags & (CODE_MODULE | CODE_CLASS_BODY);
  vm_raise(vm, vm->exceptions.RuntimeError,
           bare ? "super(): no arguments" : "super(): __class__ cell not found");
  return STEP_RAISE;
}

static const NativeDef bare_super_def = {.name = "super", .step = bare_super_step, .registers = 1};

static bool super_create(VM *vm, Value *args, int nargs, Value *out) {
  if (nargs == 1) return native_tail(vm, out, native_new(vm, &bare_super_def, NULL), 0, NULL);
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

static bool super_start(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_object(((Super *)as_object(args[0]))->start);
  return true;
}

static bool super_self(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = ((Super *)as_object(args[0]))->receiver;
  return true;
}

static bool super_self_class(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Super *super = (Super *)as_object(args[0]);
  bool of_class =
      is_class(super->receiver) && class_is_subclass(as_class(super->receiver), super->start);
  *out = of_class ? super->receiver : from_object(value_class(vm, super->receiver));
  return true;
}

static const NativeDef super_defs[] = {
    MEMBER_ROW("__thisclass__", super_start),
    MEMBER_ROW("__self__", super_self),
    MEMBER_ROW("__self_class__", super_self_class),
    LEAF_ROW("__new__", super_create, 1, 3, NATIVE_STATIC, NULL),
    END_ROW,
};

void func_install(VM *vm) {
  native_add_methods(vm, vm->function_class, function_defs);
  native_add_methods(vm, vm->cell_class, cell_defs);
  native_add_methods(vm, vm->code_class, code_defs);
  native_add_methods(vm, vm->native_class, builtin_defs);
  native_add_methods(vm, vm->method_wrapper_class, builtin_defs);
  native_add_methods(vm, vm->method_descriptor_class, descriptor_defs);
  native_add_methods(vm, vm->wrapper_descriptor_class, descriptor_defs);
  native_add_methods(vm, vm->classmethod_descriptor_class, descriptor_defs);
  native_add_methods(vm, vm->getset_class, descriptor_defs);
  native_add_methods(vm, vm->member_class, member_defs);
  native_add_methods(vm, vm->method_class, method_defs);
  Class *callables[] = {vm->function_class,
                        vm->method_class,
                        vm->native_class,
                        vm->method_wrapper_class,
                        vm->method_descriptor_class,
                        vm->wrapper_descriptor_class,
                        vm->staticmethod_class};
  for (size_t i = 0; i < sizeof callables / sizeof *callables; i++) {
    native_add_methods(vm, callables[i], callable_defs);
  }
  Class *descriptors[] = {vm->function_class,
                          vm->method_descriptor_class,
                          vm->wrapper_descriptor_class,
                          vm->classmethod_descriptor_class,
                          vm->getset_class,
                          vm->member_class,
                          vm->property_class,
                          vm->staticmethod_class,
                          vm->classmethod_class};
  for (size_t i = 0; i < sizeof descriptors / sizeof *descriptors; i++) {
    native_add_methods(vm, descriptors[i], get_defs);
  }
  native_add_methods(vm, vm->member_class, set_defs);
  native_add_methods(vm, vm->getset_class, set_defs);
  native_add_methods(vm, vm->property_class, set_defs);
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
  heap_mark_object(vm, function->fields);
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
  heap_mark_object(vm, p->name);
}

void wrapper_mark(VM *vm, Object *object) { heap_mark(vm, ((Wrapper *)object)->function); }

void super_mark(VM *vm, Object *object) {
  Super *super = (Super *)object;
  heap_mark_object(vm, super->start);
  heap_mark(vm, super->receiver);
}
