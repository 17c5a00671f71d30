// objectclass.c: what every object has (the class object), and what classes have (type).
#include "objectclass.h"

#include "attr.h"
#include "int.h"
#include "operators.h"
#include "rows.h"

// Whether a special method is object's own.
static bool is_own(VM *vm, Value method) {
  return is_kind(method, KIND_NATIVE) && as_native(method)->owner == vm->object_class;
}

// Whether __new__ or __init__ was called with more than it needs.
static bool has_excess(VM *vm, int nargs) {
  return nargs > 1 || (vm->keywords != NULL && vm->keywords->count > 0);
}

static bool object_make(VM *vm, Value *args, int nargs, Value *out) {
  if (nargs == 0) return raise_type_error(vm, "object.__new__(): not enough arguments");
  if (!is_class(args[0])) {
    return raise_type_error(vm, "object.__new__(X): X is not a type object (%s)",
                            value_class_name(vm, args[0]));
  }
  Class *cls = as_class(args[0]);
  if (cls->header.extra != KIND_INSTANCE || cls->header.flags & CLASS_ABSTRACT) {
    return raise_type_error(vm, "object.__new__(%s) is not safe, use %s.__new__()", cls->name->data,
                            cls->name->data);
  }
  bool plain_init = is_own(vm, class_special(vm, cls, SP_INIT));
  bool plain_new = is_own(vm, class_special(vm, cls, SP_NEW));
  if (has_excess(vm, nargs) && (plain_init || !plain_new)) {
    if (plain_new) return raise_type_error(vm, "%s() takes no arguments", cls->name->data);
    return raise_type_error(vm,
                            "object.__new__() takes exactly one argument (the type to "
                            "instantiate)");
  }
  if (cls->abstract) {
    Value names = dict_get_c(cls->dict, "__abstractmethods__");
    return native_prelude(vm, out, "attributes.raise_abstract", 2, (Value[2]){args[0], names});
  }
  *out = instance_new(vm, cls);
  return true;
}

// Arguments are a mistake where neither __new__ nor another __init__ is there to take them. The
// __new__ of property and its like is all they have, so it took those of a subclass's super().
static bool object_init(VM *vm, Value *args, int nargs, Value *out) {
  *out = NONE;
  if (!has_excess(vm, nargs)) return true;
  Class *cls = value_class(vm, args[0]);
  bool plain_init = is_own(vm, class_special(vm, cls, SP_INIT));
  Value new = class_special(vm, cls, SP_NEW);
  if (!is_own(vm, new) && (plain_init || is_kind(new, KIND_NATIVE))) return true;
  return raise_type_error(vm,
                          "%s.__init__() takes exactly one argument (the instance to initialize)",
                          plain_init ? cls->name->data : "object");
}

static bool object_repr(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Text text = text_new(vm);
  value_repr_plain(vm, args[0], &text);
  *out = from_object(text_finish(&text));
  return true;
}

// str(x) of a class without __str__ is its repr.
static Step object_str_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) return step_done(vm, in);
  Value out;
  frame->state = 1;
  switch (operator_repr(vm, frame, frame->regs[0], &out)) {
    case CALL_DONE: return step_done(vm, out);
    case CALL_ENTER: return STEP_ENTER;
    default: return STEP_RAISE;
  }
}

static Step object_format_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) return step_done(vm, in);
  if (!is_str(frame->regs[1])) {
    raise_type_error(vm, "__format__() argument must be str, not %s",
                     value_class_name(vm, frame->regs[1]));
    return STEP_RAISE;
  }
  if (as_str(frame->regs[1])->length > 0) {
    raise_type_error(vm, "unsupported format string passed to %s.__format__",
                     value_class_name(vm, frame->regs[0]));
    return STEP_RAISE;
  }
  Value out;
  frame->state = 1;
  switch (operator_str(vm, frame, frame->regs[0], &out)) {
    case CALL_DONE: return step_done(vm, out);
    case CALL_ENTER: return STEP_ENTER;
    default: return STEP_RAISE;
  }
}

static bool object_eq(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = args[0] == args[1] ? TRUE_VALUE : NOT_IMPLEMENTED;
  return true;
}

static bool object_order(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs, (void)args;
  *out = NOT_IMPLEMENTED;
  return true;
}

static bool object_hash(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = int_from_u64(vm, args[0] >> 4);
  return true;
}

static bool give_attr(VM *vm, Tri tri, Value *out) {
  if (tri == TRI_SCRIPT) *out = EMPTY;  // the call waits in vm->callee: a tail call
  (void)vm;
  return tri != TRI_ERROR;
}

static bool check_name(VM *vm, Value name) {
  return is_str(name) || raise_type_error(vm, "attribute name must be string, not '%s'",
                                          value_class_name(vm, name));
}

static bool object_getattribute(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return check_name(vm, args[1]) &&
         give_attr(vm, attr_get_default(vm, args[0], as_str(args[1]), out), out);
}

static bool object_setattr(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  return check_name(vm, args[1]) &&
         give_attr(vm, attr_set_default(vm, args[0], as_str(args[1]), args[2]), out);
}

static bool object_delattr(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  return check_name(vm, args[1]) &&
         give_attr(vm, attr_delete_default(vm, args[0], as_str(args[1])), out);
}

static bool object_get_class(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_object(value_class(vm, args[0]));
  return true;
}

static bool object_get_dict(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Dict *dict = object_dict(vm, args[0]);
  if (dict == NULL) return attr_raise_missing(vm, args[0], str_intern_c(vm, "__dict__"));
  *out = from_object(dict);
  return true;
}

static bool object_get_doc(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Value doc = class_lookup(vm, value_class(vm, args[0]), str_intern_c(vm, "__doc__"));
  *out = is_str(doc) ? doc : NONE;
  return true;
}

static bool object_init_subclass(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  *out = NONE;
  if (vm->keywords == NULL) return true;
  return raise_type_error(vm, "%s.__init_subclass__() takes no keyword arguments",
                          as_class(args[0])->name->data);
}

static bool object_subclasshook(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)args, (void)nargs;
  *out = NOT_IMPLEMENTED;
  return true;
}

// ---- dir: names along the MRO and the object's own, sorted

static void add_names(VM *vm, Dict *names, Dict *from) {
  Value name, value;
  for (size_t i = 0; dict_next(from, &i, &name, &value);) {
    if (is_str(name)) dict_set_str(vm, names, as_str(name), NONE);
  }
}

static void add_class_names(VM *vm, Dict *names, Class *cls) {
  for (size_t i = 0; i < cls->mro->count; i++) {
    add_names(vm, names, as_class(cls->mro->items[i])->dict);
  }
}

Dict *object_names(VM *vm, Value v) {
  Dict *names = dict_new(vm);
  if (is_kind(v, KIND_MODULE)) {
    add_names(vm, names, module_dict(vm, (Module *)as_object(v)));
  } else if (is_class(v)) {
    add_class_names(vm, names, as_class(v));
  } else {
    Dict *own = object_dict(vm, v);
    if (own != NULL) add_names(vm, names, own);
    add_class_names(vm, names, value_class(vm, v));
  }
  return names;
}

static bool object_dir(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Value v = args[0];
  if (is_kind(v, KIND_MODULE)) {
    Value own = module_get(vm, (Module *)as_object(v), vm->special[SP_DIR]);
    if (!is_empty(own)) return native_tail(vm, out, own, 0, NULL);
  }
  Dict *names = object_names(vm, v);
  List *list = list_new(vm, names->count);
  Value name, value;
  for (size_t i = 0; dict_next(names, &i, &name, &value);) list_append(vm, list, name);
  *out = from_object(list);
  return true;
}

static const NativeDef object_defs[] = {
    LEAF_ROW("__new__", object_make, 0, -1, NATIVE_STATIC | NATIVE_KEYWORDS, NULL),
    LEAF_ROW("__init__", object_init, 1, -1, NATIVE_METHOD | NATIVE_KEYWORDS, NULL),
    METHOD_ROW("__repr__", object_repr, 1, 1),
    STEP_ROW("__str__", object_str_step, 1, 1, NATIVE_METHOD, NULL, 1),
    STEP_ROW("__format__", object_format_step, 2, 2, NATIVE_METHOD, NULL, 2),
    METHOD_ROW("__eq__", object_eq, 2, 2),
    METHOD_ROW("__lt__", object_order, 2, 2),
    METHOD_ROW("__le__", object_order, 2, 2),
    METHOD_ROW("__gt__", object_order, 2, 2),
    METHOD_ROW("__ge__", object_order, 2, 2),
    METHOD_ROW("__hash__", object_hash, 1, 1),
    METHOD_ROW("__getattribute__", object_getattribute, 2, 2),
    METHOD_ROW("__setattr__", object_setattr, 3, 3),
    METHOD_ROW("__delattr__", object_delattr, 2, 2),
    METHOD_ROW("__dir__", object_dir, 1, 1),
    LEAF_ROW("__init_subclass__", object_init_subclass, 1, 1, NATIVE_CLASS | NATIVE_KEYWORDS, NULL),
    LEAF_ROW("__subclasshook__", object_subclasshook, 1, -1, NATIVE_CLASS, NULL),
    PROPERTY_ROW("__class__", object_get_class),
    PROPERTY_ROW("__dict__", object_get_dict),
    PROPERTY_ROW("__doc__", object_get_doc),
    END_ROW,
};

// ---- type

static bool type_name(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_object(as_class(args[0])->name);
  return true;
}

// What a class's own dict says; type and function have there how their instances answer instead.
static Value own_or(VM *vm, Class *cls, const char *name, Value otherwise) {
  Value found = dict_get_str(cls->dict, str_intern_c(vm, name));
  return is_empty(found) || is_kind(found, KIND_NATIVE) ? otherwise : found;
}

static bool type_qualname(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Class *cls = as_class(args[0]);
  *out = own_or(vm, cls, "__qualname__", from_object(cls->name));
  return true;
}

static bool type_module(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = own_or(vm, as_class(args[0]), "__module__", from_object(str_intern_c(vm, "builtins")));
  return true;
}

static bool type_doc(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Value doc = own_or(vm, as_class(args[0]), "__doc__", NONE);
  *out = is_str(doc) ? doc : NONE;
  return true;
}

static bool type_bases(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_object(as_class(args[0])->bases);
  return true;
}

static bool type_base(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Tuple *bases = as_class(args[0])->bases;
  *out = bases->count == 0 ? NONE : bases->items[0];
  return true;
}

static bool type_mro(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = from_object(as_class(args[0])->mro);
  return true;
}

static bool type_mro_list(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Tuple *mro = as_class(args[0])->mro;
  *out = from_object(list_from(vm, mro->items, mro->count));
  return true;
}

static bool type_subclasses(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *known = as_class(args[0])->subclasses;
  *out = from_object(known == NULL ? list_new(vm, 0) : list_from(vm, known->items, known->count));
  return true;
}

static bool type_annotations(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Class *cls = as_class(args[0]);
  *out = own_or(vm, cls, "__annotations__", EMPTY);
  if (is_empty(*out)) {
    *out = from_object(dict_new(vm));
    if (!(cls->header.flags & CLASS_BUILTIN)) {
      class_set_attr(vm, cls, str_intern_c(vm, "__annotations__"), *out);
    }
  }
  return true;
}

static bool type_dict(VM *vm, Value *args, int nargs, Value *out) {
  Value dict = from_object(as_class(args[0])->dict);
  return native_prelude(vm, out, "containers.view_mapping", nargs, &dict);
}

// int | str
static bool type_or(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "generic.union", nargs, args);
}

static bool type_ror(VM *vm, Value *args, int nargs, Value *out) {
  Value swapped[2] = {args[1], args[0]};
  return native_prelude(vm, out, "generic.union", nargs, swapped);
}

static bool type_init(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)args, (void)nargs;
  *out = NONE;  // type.__new__ did it all
  return true;
}

static bool type_repr(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_class(args[0])) {
    return raise_type_error(vm,
                            "descriptor '__repr__' requires a 'type' object but received a '%s'",
                            value_class_name(vm, args[0]));
  }
  Text text = text_new(vm);
  text_add_c(&text, "<class '");
  value_class_path(vm, as_class(args[0]), &text);
  text_add_c(&text, "'>");
  *out = from_object(text_finish(&text));
  return true;
}

static bool type_instancecheck(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_bool(class_is_subclass(value_class(vm, args[1]), as_class(args[0])));
  return true;
}

static bool type_subclasscheck(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_class(args[1])) return raise_type_error(vm, "issubclass() arg 1 must be a class");
  *out = from_bool(class_is_subclass(as_class(args[1]), as_class(args[0])));
  return true;
}

static bool type_prepare(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  *out = from_object(dict_new(vm));
  return true;
}

static const NativeDef type_defs[] = {
    LEAF_ROW("__init__", type_init, 1, -1, NATIVE_METHOD | NATIVE_KEYWORDS, NULL),
    LEAF_ROW("__prepare__", type_prepare, 1, -1, NATIVE_CLASS | NATIVE_KEYWORDS, NULL),
    METHOD_ROW("__repr__", type_repr, 1, 1),
    METHOD_ROW("__instancecheck__", type_instancecheck, 2, 2),
    METHOD_ROW("__subclasscheck__", type_subclasscheck, 2, 2),
    PROPERTY_ROW("__name__", type_name),
    PROPERTY_ROW("__qualname__", type_qualname),
    PROPERTY_ROW("__module__", type_module),
    PROPERTY_ROW("__doc__", type_doc),
    PROPERTY_ROW("__bases__", type_bases),
    PROPERTY_ROW("__base__", type_base),
    PROPERTY_ROW("__mro__", type_mro),
    PROPERTY_ROW("__annotations__", type_annotations),
    PROPERTY_ROW("__dict__", type_dict),
    METHOD_ROW("__or__", type_or, 2, 2),
    METHOD_ROW("__ror__", type_ror, 2, 2),
    METHOD_ROW("mro", type_mro_list, 1, 1),
    METHOD_ROW("__subclasses__", type_subclasses, 1, 1),
    END_ROW,
};

static bool module_create(VM *vm, Value *args, int nargs, Value *out) {
  if (!is_str(args[1])) {
    return raise_type_error(vm, "module() argument 'name' must be str, not %s",
                            value_class_name(vm, args[1]));
  }
  Module *module = module_new(vm, as_str(args[1]));
  module->header.cls = as_class(args[0]);
  module->header.flags |= MODULE_MADE;
  const char *const empty[] = {"__package__", "__loader__", "__spec__"};
  module_set(vm, module, str_intern_c(vm, "__name__"), args[1]);
  module_set(vm, module, str_intern_c(vm, "__doc__"), nargs > 2 ? args[2] : NONE);
  for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
    module_set(vm, module, str_intern_c(vm, empty[i]), NONE);
  }
  *out = from_object(module);
  return true;
}

static bool module_init(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)args, (void)nargs;
  *out = NONE;
  return true;
}

static const NativeDef module_defs[] = {
    LEAF_ROW("__new__", module_create, 2, 3, NATIVE_STATIC, "cls name doc"),
    LEAF_ROW("__init__", module_init, 1, -1, NATIVE_METHOD | NATIVE_KEYWORDS, NULL),
    END_ROW,
};

void objectclass_install(VM *vm) {
  native_add_methods(vm, vm->object_class, object_defs);
  dict_set_str(vm, vm->object_class->dict, vm->special[SP_NE],
               native_new(vm, &operator_object_ne, vm->object_class));
  native_add_methods(vm, vm->type_class, type_defs);
  dict_set_str(vm, vm->type_class->dict, vm->special[SP_CALL],
               native_new(vm, &call_type_def, vm->type_class));
  dict_set_str(vm, vm->type_class->dict, vm->special[SP_NEW],
               native_new(vm, &class_build_new_def, vm->type_class));
  native_add_methods(vm, vm->module_class, module_defs);
  // A plain attribute, so that a module's own __doc__ comes first.
  dict_set_c(vm, vm->module_class->dict, "__doc__",
             from_object(str_intern_c(vm, "A file of names: what `import` gives.")));
}
