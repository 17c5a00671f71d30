// attr.c: attribute access. See attr.h.
//
// The order for object.name is Python's: a data descriptor of the class, the object's own
// attribute, anything else of the class (bound if it is a function), then __getattr__.
#include "attr.h"

#include "loop.h"
#include "namedtuple.h"
#include "native_call.h"

static Tri call_for(VM *vm, Value callee, int nargs, Value a, Value b, Value c) {
  Value args[3] = {a, b, c};
  vm_set_call(vm, callee, nargs, args);
  return TRI_SCRIPT;
}

bool attr_is_data_descriptor(VM *vm, Value found) {
  if (!is_object(found)) return false;
  switch (as_object(found)->kind) {
    case KIND_PROPERTY:
    case KIND_TUPLE_FIELD:
    case KIND_MEMBER: return true;
    case KIND_NATIVE: return as_native(found)->def->flags & NATIVE_PROPERTY;
    case KIND_INSTANCE: {
      Class *cls = as_object(found)->cls;
      return !is_empty(class_special(vm, cls, SP_SET)) ||
             !is_empty(class_special(vm, cls, SP_DELETE));
    }
    default: return false;
  }
}

// A data descriptor without __get__ decides about setting alone: reading goes past it.
static bool wins_reading(VM *vm, Value found) {
  if (!attr_is_data_descriptor(vm, found)) return false;
  return !is_kind(found, KIND_INSTANCE) ||
         !is_empty(class_special(vm, as_object(found)->cls, SP_GET));
}

// A member reads a slot by number: only objects of its class have that.
static bool check_member(VM *vm, const Member *member, Value object) {
  if (class_is_subclass(value_class(vm, object), member->owner)) return true;
  return raise_type_error(vm, "descriptor '%s' for '%s' objects doesn't apply to a '%s' object",
                          member->name->data, member->owner->name->data,
                          value_class_name(vm, object));
}

static Tri raise_property(VM *vm, const Property *property, const Class *cls, const char *what) {
  Text text = text_new(vm);
  text_add_c(&text, "property ");
  if (property->name != NULL) {
    str_repr(&text, property->name, false);
    text_add_char(&text, ' ');
  }
  Value qualname = dict_get_c(cls->dict, "__qualname__");
  text_printf(&text, "of '%s' object has no %s",
              is_str(qualname) ? as_str(qualname)->data : cls->name->data, what);
  vm_raise_value(vm, vm->exceptions.AttributeError, from_object(text_finish(&text)));
  return TRI_ERROR;
}

// Whether what a class method is made of has a way of its own to be an attribute (of the class).
static bool binds_itself(VM *vm, Value v) {
  if (is_kind(v, KIND_INSTANCE)) return !is_empty(class_special(vm, as_object(v)->cls, SP_GET));
  return is_kind(v, KIND_PROPERTY) || is_kind(v, KIND_WRAPPER);
}

Tri attr_bind(VM *vm, Value found, Value object, Class *cls, Value *out) {
  *out = found;
  if (!is_object(found)) return TRI_YES;
  bool through_class = is_empty(object);
  switch (as_object(found)->kind) {
    case KIND_FUNCTION:
      if (!through_class) *out = method_new(vm, found, object);
      return TRI_YES;
    case KIND_NATIVE: {
      Native *native = as_native(found);
      unsigned flags = native->def->flags;
      if (flags & NATIVE_CLASS) {
        *out = method_new(vm, found, from_object(cls));
      } else if (!through_class && flags & NATIVE_PROPERTY) {
        if (!native_call_leaf(vm, native, &object, 1, NULL, out)) return TRI_ERROR;
        return is_empty(*out) ? TRI_SCRIPT : TRI_YES;
      } else if (!through_class && flags & NATIVE_METHOD) {
        *out = method_new(vm, found, object);
      }
      return TRI_YES;
    }
    case KIND_WRAPPER: {
      Wrapper *wrapper = (Wrapper *)as_object(found);
      *out = wrapper->function;
      if (!class_is_subclass(wrapper->header.cls, vm->classmethod_class)) return TRI_YES;
      if (binds_itself(vm, wrapper->function)) {
        if (!vm_enter(vm, "")) return TRI_ERROR;
        Tri bound = attr_bind(vm, wrapper->function, from_object(cls), cls, out);
        vm_leave(vm);
        return bound;
      }
      *out = method_new(vm, wrapper->function, from_object(cls));
      return TRI_YES;
    }
    case KIND_PROPERTY: {
      if (through_class) return TRI_YES;
      Property *property = (Property *)as_object(found);
      if (is_empty(property->get) || is_none(property->get)) {
        return raise_property(vm, property, cls, "getter");
      }
      return call_for(vm, property->get, 1, object, EMPTY, EMPTY);
    }
    case KIND_MEMBER: {
      if (through_class) return TRI_YES;
      Member *member = (Member *)as_object(found);
      if (!check_member(vm, member, object)) return TRI_ERROR;
      *out = member_get(vm, member, object);
      return !is_empty(*out) || attr_raise_missing(vm, object, member->name) ? TRI_YES : TRI_ERROR;
    }
    case KIND_TUPLE_FIELD:
      if (through_class) return TRI_YES;
      return tuple_field_get(vm, as_tuple_field(found), object, out) ? TRI_YES : TRI_ERROR;
    case KIND_INSTANCE: {
      Value get = class_special(vm, as_object(found)->cls, SP_GET);
      if (is_empty(get)) return TRI_YES;
      return call_for(vm, get, 3, found, through_class ? NONE : object, from_object(cls));
    }
    default: return TRI_YES;
  }
}

bool attr_raise_missing(VM *vm, Value object, Str *name) {
  Class *error = vm->exceptions.AttributeError;
  int length = (int)name->length;
  if (is_class(object)) {
    vm_raise(vm, error, "type object '%s' has no attribute '%.*s'", as_class(object)->name->data,
             length, name->data);
  } else if (is_kind(object, KIND_MODULE)) {
    const Module *module = (Module *)as_object(object);
    bool loading = module->header.flags & MODULE_LOADING;
    Value own = object_get_own(vm, object, str_intern_c(vm, "__name__"));
    Str *shown = is_str(own) ? as_str(own) : module->name;
    vm_raise(vm, error, "%smodule '%.*s' has no attribute '%.*s'%s",
             loading ? "partially initialized " : "", (int)shown->length, shown->data, length,
             name->data, loading ? " (most likely due to a circular import)" : "");
  } else {
    vm_raise(vm, error, "'%s' object has no attribute '%.*s'", value_class_name(vm, object), length,
             name->data);
  }
  if (is_exception(vm->exception)) {
    Value payload[2] = {from_object(name), object};
    as_exception(vm->exception)->payload = from_object(tuple_from(vm, payload, 2));
  }
  return false;
}

// ---- look-up on classes and super objects

// `__getattr__` and a getter that may raise AttributeError meet in the prelude.
static Tri missing_attr(VM *vm, Value object, Class *cls, Str *name) {
  Value fallback = class_special(vm, cls, SP_GETATTR);
  if (is_empty(fallback) && is_kind(object, KIND_MODULE)) {
    Value own = module_get(vm, (Module *)as_object(object), vm->special[SP_GETATTR]);
    if (!is_empty(own)) return call_for(vm, own, 1, from_object(name), EMPTY, EMPTY);
  }
  if (is_empty(fallback)) {
    attr_raise_missing(vm, object, name);
    return TRI_ERROR;
  }
  return call_for(vm, fallback, 2, object, from_object(name), EMPTY);
}

static Tri class_attr_get(VM *vm, Class *cls, Str *name, Value *out) {
  Class *meta = cls->header.cls;
  Value of_type = class_lookup(vm, meta, name);
  if (unlikely(meta != vm->type_class) && !attr_is_data_descriptor(vm, of_type)) {
    // __name__, __doc__ and the like: what the class says of itself is not what its class says.
    Value field = class_lookup(vm, vm->type_class, name);
    if (attr_is_data_descriptor(vm, field)) of_type = field;
  }
  if (attr_is_data_descriptor(vm, of_type)) {
    return attr_bind(vm, of_type, from_object(cls), meta, out);
  }
  Value found = class_lookup(vm, cls, name);
  // What type itself has (mro, __subclasses__) comes after the class's own; object's methods
  // found on both are the class's.
  if (!is_empty(found)) return attr_bind(vm, found, EMPTY, cls, out);
  if (!is_empty(of_type)) return attr_bind(vm, of_type, from_object(cls), meta, out);
  return missing_attr(vm, from_object(cls), meta, name);
}

static Tri super_attr_get(VM *vm, Super *super, Str *name, Value *out) {
  Value receiver = super->receiver;
  bool of_class = is_class(receiver) && class_is_subclass(as_class(receiver), super->start);
  Class *cls = of_class ? as_class(receiver) : value_class(vm, receiver);
  Tuple *mro = cls->mro;
  size_t i = 0;
  while (i < mro->count && mro->items[i] != from_object(super->start)) i++;
  bool own_class = str_equals_c(name, "__class__");  // of the super object, as in CPython
  for (i++; i < mro->count && !own_class; i++) {
    Value found = dict_get_str(as_class(mro->items[i])->dict, name);
    if (!is_empty(found)) return attr_bind(vm, found, of_class ? EMPTY : receiver, cls, out);
  }
  Value found = class_lookup(vm, super->header.cls, name);
  if (!is_empty(found)) {
    return attr_bind(vm, found, from_object(super), super->header.cls, out);
  }
  attr_raise_missing(vm, from_object(super), name);
  return TRI_ERROR;
}

// ---- get

static Tri get_by_default_rules(VM *vm, Value object, Class *cls, Str *name, Value *out,
                                bool with_fallback) {
  Value found = class_lookup(vm, cls, name);
  if (!is_empty(found) && wins_reading(vm, found)) {
    Tri bound = attr_bind(vm, found, object, cls, out);
    if (bound == TRI_ERROR && with_fallback && is_kind(found, KIND_MEMBER) &&
        exception_is(vm->exception, vm->exceptions.AttributeError)) {
      vm_clear_exception(vm);
      return missing_attr(vm, object, cls, name);
    }
    if (bound != TRI_SCRIPT || !with_fallback || !is_kind(found, KIND_PROPERTY) ||
        is_empty(class_special(vm, cls, SP_GETATTR))) {
      return bound;
    }
    // The getter may raise AttributeError, upon which __getattr__ has its turn.
    Value args[4] = {vm->callee, class_special(vm, cls, SP_GETATTR), object, from_object(name)};
    Value ignored;
    if (!native_prelude(vm, &ignored, "attributes.get_with_fallback", 4, args)) return TRI_ERROR;
    return TRI_SCRIPT;
  }
  Value own = object_get_own(vm, object, name);
  if (!is_empty(own)) {
    *out = own;
    return TRI_YES;
  }
  if (!is_empty(found)) return attr_bind(vm, found, object, cls, out);
  if (with_fallback) return missing_attr(vm, object, cls, name);
  attr_raise_missing(vm, object, name);
  return TRI_ERROR;
}

static bool is_own_native(Value special, Class *owner) {
  return is_kind(special, KIND_NATIVE) && as_native(special)->owner == owner;
}

Tri attr_get(VM *vm, Value object, Str *name, Value *out) {
  if (is_object(object)) {
    Object *o = as_object(object);
    if (o->kind == KIND_CLASS) return class_attr_get(vm, (Class *)o, name, out);
    if (o->kind == KIND_SUPER) return super_attr_get(vm, (Super *)o, name, out);
    if (o->cls == vm->method_class && is_empty(class_lookup(vm, o->cls, name))) {
      return attr_get(vm, ((Method *)o)->function, name, out);
    }
  }
  Class *cls = value_class(vm, object);
  Value getattribute = class_special(vm, cls, SP_GETATTRIBUTE);
  if (!is_empty(getattribute) && !is_own_native(getattribute, vm->object_class)) {
    Value args[4] = {getattribute, class_special(vm, cls, SP_GETATTR), object, from_object(name)};
    if (is_empty(args[1])) return call_for(vm, getattribute, 2, object, args[3], EMPTY);
    Value ignored;
    if (!native_prelude(vm, &ignored, "attributes.getattribute", 4, args)) return TRI_ERROR;
    return TRI_SCRIPT;
  }
  return get_by_default_rules(vm, object, cls, name, out, true);
}

Tri attr_find_plain(VM *vm, Value object, Str *name, Value *out) {
  if (!is_kind(object, KIND_INSTANCE)) return TRI_SCRIPT;
  Class *cls = as_object(object)->cls;
  if (!is_own_native(class_special(vm, cls, SP_GETATTRIBUTE), vm->object_class) ||
      !is_empty(class_special(vm, cls, SP_GETATTR))) {
    return TRI_SCRIPT;
  }
  Value of_class = class_lookup(vm, cls, name);
  if (!is_empty(of_class) && !is_function(of_class)) return TRI_SCRIPT;
  *out = object_get_own(vm, object, name);
  if (!is_empty(*out)) return TRI_YES;
  if (is_empty(of_class)) return TRI_NO;
  *out = method_new(vm, of_class, object);
  return TRI_YES;
}

Tri attr_get_default(VM *vm, Value object, Str *name, Value *out) {
  if (is_class(object)) return class_attr_get(vm, as_class(object), name, out);
  return get_by_default_rules(vm, object, value_class(vm, object), name, out, false);
}

Tri attr_get_method(VM *vm, Value object, Str *name, Value *function, Value *self) {
  *self = EMPTY;
  bool plain = !is_object(object) ||
               !(as_object(object)->kind == KIND_CLASS || as_object(object)->kind == KIND_SUPER ||
                 as_object(object)->kind == KIND_METHOD);
  if (plain) {
    Class *cls = value_class(vm, object);
    if (is_own_native(class_special(vm, cls, SP_GETATTRIBUTE), vm->object_class)) {
      Value found = class_lookup(vm, cls, name);
      bool binds = is_function(found) ||
                   (is_kind(found, KIND_NATIVE) && as_native(found)->def->flags & NATIVE_METHOD);
      if (binds && is_empty(object_get_own(vm, object, name))) {
        *function = found;
        *self = object;
        return TRI_YES;
      }
    }
  }
  return attr_get(vm, object, name, function);
}

Tri attr_special(VM *vm, Value v, Special special, Value *function) {
  Class *cls = value_class(vm, v);
  Value found = class_special(vm, cls, special);
  if (is_empty(found) || is_none(found)) return TRI_NO;
  return attr_bind(vm, found, v, cls, function);
}

// ---- set

static Tri raise_must_be(VM *vm, Str *name, const char *what) {
  raise_type_error(vm, "%.*s must be set to a %s object", (int)name->length, name->data, what);
  return TRI_ERROR;
}

// What a function keeps of its own. value EMPTY: del f.__defaults__, which is as good as None.
static Tri set_function_field(VM *vm, Function *function, Str *name, Value value) {
  bool absent = is_empty(value) || is_none(value);
  if (str_equals_c(name, "__defaults__")) {
    if (!absent && !is_tuple(value)) return raise_must_be(vm, name, "tuple");
    function->defaults = absent ? NULL : as_tuple(value);
  } else if (str_equals_c(name, "__kwdefaults__") || str_equals_c(name, "__annotations__")) {
    if (!absent && !is_dict(value)) return raise_must_be(vm, name, "dict");
    Dict *dict = absent ? NULL : as_dict(value);
    *(name->data[2] == 'k' ? &function->kwdefaults : &function->annotations) = dict;
  } else if (str_equals_c(name, "__name__") || str_equals_c(name, "__qualname__")) {
    if (!is_str(value)) return raise_must_be(vm, name, "string");
    if (function->fields == NULL) function->fields = dict_new(vm);
    dict_set_str(vm, function->fields, name, value);
  } else if (str_equals_c(name, "__doc__") || str_equals_c(name, "__module__")) {
    if (function->fields == NULL) function->fields = dict_new(vm);
    dict_set_str(vm, function->fields, name, is_empty(value) ? NONE : value);
  } else {
    return TRI_NO;
  }
  return TRI_YES;
}

static Tri set_class_of(VM *vm, Value object, Value value) {
  if (!is_class(value)) {
    raise_type_error(vm, "__class__ must be set to a class, not '%s' object",
                     value_class_name(vm, value));
    return TRI_ERROR;
  }
  Class *cls = as_class(value);
  if (!is_kind(object, KIND_INSTANCE) || cls->header.extra != KIND_INSTANCE ||
      cls->header.flags & CLASS_BUILTIN) {
    raise_type_error(vm,
                     "__class__ assignment only supported for mutable types or ModuleType "
                     "subclasses");
    return TRI_ERROR;
  }
  Class *old = as_object(object)->cls;
  if (cls->member_owner != old->member_owner ||
      (cls->header.flags & CLASS_HAS_SLOTS) != (old->header.flags & CLASS_HAS_SLOTS)) {
    raise_type_error(vm, "__class__ assignment: '%s' object layout differs from '%s'",
                     cls->name->data, old->name->data);
    return TRI_ERROR;
  }
  instance_dict(vm, (Instance *)as_object(object));
  as_object(object)->cls = cls;
  return TRI_YES;
}

static Tri set_dict_of(VM *vm, Value object, Value value) {
  if (object_dict(vm, object) == NULL) return TRI_NO;
  if (!is_dict(value)) {
    raise_type_error(vm, "__dict__ must be set to a dictionary, not a '%s'",
                     value_class_name(vm, value));
    return TRI_ERROR;
  }
  switch (as_object(object)->kind) {
    case KIND_INSTANCE:
    case KIND_EXCEPTION:
      instance_set_dict(vm, (Instance *)as_object(object), as_dict(value));
      return TRI_YES;
    case KIND_FUNCTION: ((Function *)as_object(object))->attrs = as_dict(value); return TRI_YES;
    default: return TRI_NO;
  }
}

// The attributes that live in C fields. value EMPTY: deleted.
static Tri set_builtin_field(VM *vm, Value found, Value object, Str *name, Value value) {
  Tri set = TRI_NO;
  if (str_equals_c(name, "__dict__")) {
    if (is_empty(value) && is_function(object)) {
      raise_type_error(vm, "cannot delete __dict__");
      return TRI_ERROR;
    }
    set = set_dict_of(vm, object, is_empty(value) ? from_object(dict_new(vm)) : value);
  } else if (str_equals_c(name, "__class__")) {
    if (!is_empty(value)) return set_class_of(vm, object, value);
    raise_type_error(vm, "can't delete __class__ attribute");
    return TRI_ERROR;
  } else if (is_function(object)) {
    set = set_function_field(vm, (Function *)as_object(object), name, value);
  } else if (is_exception(object) && !(as_native(found)->def->flags & NATIVE_MEMBER)) {
    return exception_set_field(vm, as_exception(object), name, value);
  } else if (is_kind(object, KIND_PROPERTY) && str_equals_c(name, "__doc__")) {
    ((Property *)as_object(object))->doc = is_empty(value) ? NONE : value;
    return TRI_YES;
  } else if (is_kind(object, KIND_TUPLE_FIELD)) {
    as_tuple_field(object)->doc = is_empty(value) ? NONE : value;  // it has no other
    return TRI_YES;
  } else if (is_dict(object) && str_equals_c(name, "default_factory")) {
    return default_dict_set_factory(vm, object, value) ? TRI_YES : TRI_ERROR;
  } else if (is_kind(object, KIND_LOOP) && !is_empty(value)) {
    as_loop(object)->slow_callback_duration = value;  // it has no other
    return TRI_YES;
  }
  if (set != TRI_NO) return set;
  if (as_native(found)->def->flags & NATIVE_MEMBER) {
    vm_raise(vm, vm->exceptions.AttributeError, "readonly attribute");
    return TRI_ERROR;
  }
  vm_raise(vm, vm->exceptions.AttributeError, "attribute '%.*s' of '%s' objects is not writable",
           (int)name->length, name->data, value_class_name(vm, object));
  return TRI_ERROR;
}

static Tri class_attr_set(VM *vm, Class *cls, Str *name, Value value) {
  if (cls->header.flags & CLASS_BUILTIN) {
    raise_type_error(vm, "cannot set '%.*s' attribute of immutable type '%s'", (int)name->length,
                     name->data, cls->name->data);
    return TRI_ERROR;
  }
  if (cls->header.cls != vm->type_class) {
    Value found = class_lookup(vm, cls->header.cls, name);
    if (!is_kind(found, KIND_NATIVE)) {
      Tri through = attr_set_through(vm, found, from_object(cls), name, value);
      if (through != TRI_NO) return through;
    }
  }
  bool is_name = str_equals_c(name, "__name__");
  if ((is_name || str_equals_c(name, "__qualname__")) && !is_str(value)) {
    raise_type_error(vm, "can only assign string to %s.%.*s, not '%s'", cls->name->data,
                     (int)name->length, name->data, value_class_name(vm, value));
    return TRI_ERROR;
  }
  if (str_equals_c(name, "__mro__") || str_equals_c(name, "__bases__") ||
      str_equals_c(name, "__dict__")) {
    vm_raise(vm, vm->exceptions.AttributeError,
             "attribute '%.*s' of 'type' objects is not writable", (int)name->length, name->data);
    return TRI_ERROR;
  }
  if (is_name) {
    cls->name = str_intern(vm, as_str(value));
    return TRI_YES;
  }
  class_set_attr(vm, cls, str_intern(vm, name), value);
  return TRI_YES;
}

// Setting a name that the class has but instances cannot hold (an attribute of a builtin).
static Tri raise_read_only(VM *vm, Value object, Class *cls, Str *name) {
  if (is_empty(class_lookup(vm, cls, name))) {
    attr_raise_missing(vm, object, name);
    return TRI_ERROR;
  }
  vm_raise(vm, vm->exceptions.AttributeError, "'%s' object attribute '%.*s' is read-only",
           cls->name->data, (int)name->length, name->data);
  return TRI_ERROR;
}

Tri attr_set_through(VM *vm, Value found, Value object, Str *name, Value value) {
  if (!is_object(found)) return TRI_NO;
  switch (as_object(found)->kind) {
    case KIND_PROPERTY: {
      Property *property = (Property *)as_object(found);
      if (!is_empty(property->set) && !is_none(property->set)) {
        return call_for(vm, property->set, 2, object, value, EMPTY);
      }
      return raise_property(vm, property, value_class(vm, object), "setter");
    }
    case KIND_NATIVE:
      if (!(as_native(found)->def->flags & NATIVE_PROPERTY)) return TRI_NO;
      return set_builtin_field(vm, found, object, name, value);
    case KIND_INSTANCE: {
      Class *of = as_object(found)->cls;
      Value set = class_special(vm, of, SP_SET);
      if (!is_empty(set)) return call_for(vm, set, 3, found, object, value);
      if (is_empty(class_special(vm, of, SP_DELETE))) return TRI_NO;
      vm_raise(vm, vm->exceptions.AttributeError, "__set__");
      return TRI_ERROR;
    }
    case KIND_TUPLE_FIELD:
      vm_raise(vm, vm->exceptions.AttributeError, "can't set attribute");
      return TRI_ERROR;
    case KIND_MEMBER: {
      Member *member = (Member *)as_object(found);
      if (!check_member(vm, member, object)) return TRI_ERROR;
      member_set(vm, member, object, value);
      return TRI_YES;
    }
    default: return TRI_NO;
  }
}

Tri attr_set_default(VM *vm, Value object, Str *name, Value value) {
  if (is_class(object)) return class_attr_set(vm, as_class(object), name, value);
  Class *cls = value_class(vm, object);
  Value found = class_lookup(vm, cls, name);
  Tri through = attr_set_through(vm, found, object, name, value);
  if (through != TRI_NO) return through;
  if (object_set_own(vm, object, name, value)) return TRI_YES;
  if (!is_empty(found)) {
    vm_clear_exception(vm);
    return raise_read_only(vm, object, cls, name);
  }
  return TRI_ERROR;
}

Tri attr_set(VM *vm, Value object, Str *name, Value value) {
  Class *cls = value_class(vm, object);
  Value setattr = class_special(vm, cls, SP_SETATTR);
  if (!is_own_native(setattr, vm->object_class)) {
    return call_for(vm, setattr, 3, object, from_object(name), value);
  }
  return attr_set_default(vm, object, name, value);
}

// ---- delete

Tri attr_delete_through(VM *vm, Value found, Value object, Str *name) {
  if (!is_object(found)) return TRI_NO;
  switch (as_object(found)->kind) {
    case KIND_NATIVE:
      if (is_exception(object) || !(as_native(found)->def->flags & NATIVE_PROPERTY)) return TRI_NO;
      return set_builtin_field(vm, found, object, name, EMPTY);
    case KIND_PROPERTY: {
      Property *property = (Property *)as_object(found);
      if (!is_empty(property->del) && !is_none(property->del)) {
        return call_for(vm, property->del, 1, object, EMPTY, EMPTY);
      }
      return raise_property(vm, property, value_class(vm, object), "deleter");
    }
    case KIND_INSTANCE: {
      Class *of = as_object(found)->cls;
      Value del = class_special(vm, of, SP_DELETE);
      if (!is_empty(del)) return call_for(vm, del, 2, found, object, EMPTY);
      if (is_empty(class_special(vm, of, SP_SET))) return TRI_NO;
      vm_raise(vm, vm->exceptions.AttributeError, "__delete__");
      return TRI_ERROR;
    }
    case KIND_TUPLE_FIELD:
      vm_raise(vm, vm->exceptions.AttributeError, "can't delete attribute");
      return TRI_ERROR;
    case KIND_MEMBER: {
      Member *member = (Member *)as_object(found);
      if (!check_member(vm, member, object)) return TRI_ERROR;
      if (member_delete(vm, member, object)) return TRI_YES;
      vm_raise(vm, vm->exceptions.AttributeError, "%.*s", (int)member->name->length,
               member->name->data);
      return TRI_ERROR;
    }
    default: return TRI_NO;
  }
}

static Tri class_attr_delete(VM *vm, Class *cls, Str *name) {
  if (cls->header.flags & CLASS_BUILTIN) {
    raise_type_error(vm, "cannot set '%.*s' attribute of immutable type '%s'", (int)name->length,
                     name->data, cls->name->data);
    return TRI_ERROR;
  }
  if (class_delete_attr(vm, cls, name)) return TRI_YES;
  attr_raise_missing(vm, from_object(cls), name);
  return TRI_ERROR;
}

Tri attr_delete_default(VM *vm, Value object, Str *name) {
  if (is_class(object)) return class_attr_delete(vm, as_class(object), name);
  Class *cls = value_class(vm, object);
  Tri through = attr_delete_through(vm, class_lookup(vm, cls, name), object, name);
  if (through != TRI_NO) return through;
  if (object_delete_own(vm, object, name)) return TRI_YES;
  if (is_kind(object, KIND_INSTANCE)) {
    attr_raise_missing(vm, object, name);
    return TRI_ERROR;
  }
  return raise_read_only(vm, object, cls, name);
}

Tri attr_delete(VM *vm, Value object, Str *name) {
  Value delattr = class_special(vm, value_class(vm, object), SP_DELATTR);
  if (!is_own_native(delattr, vm->object_class)) {
    return call_for(vm, delattr, 2, object, from_object(name), EMPTY);
  }
  return attr_delete_default(vm, object, name);
}

// ---- inline caches

// The slot of a member that a class has for its own instances, or -1.
static int member_slot(Class *cls, Value found) {
  if (!is_kind(found, KIND_MEMBER)) return -1;
  Member *member = (Member *)as_object(found);
  return class_is_subclass(cls, member->owner) ? (int)member->index : -1;
}

int attr_cacheable_slot(VM *vm, Instance *instance, Str *name) {
  Class *cls = instance->header.cls;
  if (instance_in_dict_mode(instance)) return -1;
  if (!is_own_native(class_special(vm, cls, SP_GETATTRIBUTE), vm->object_class)) return -1;
  Value found = class_lookup(vm, cls, name);
  int slot = member_slot(cls, found);
  if (slot >= 0) return is_empty(instance->slots[slot]) ? -1 : slot;
  slot = shape_find(vm, instance->shape, name);
  if (slot < 0 || is_empty(instance->slots[slot])) return -1;
  return !is_empty(found) && attr_is_data_descriptor(vm, found) ? -1 : slot;
}

int attr_cacheable_field(VM *vm, const Tuple *tuple, Str *name) {
  Class *cls = tuple->header.cls;
  if (cls == vm->tuple_class) return -1;
  if (!is_own_native(class_special(vm, cls, SP_GETATTRIBUTE), vm->object_class)) return -1;
  Value found = class_lookup(vm, cls, name);
  if (!is_kind(found, KIND_TUPLE_FIELD)) return -1;
  uint32_t index = as_tuple_field(found)->index;
  return index < tuple->count ? (int)index : -1;
}

bool attr_store_cached(VM *vm, Instance *instance, AttrSite *site, Value value) {
  Class *cls = instance->header.cls;
  if (instance_in_dict_mode(instance) || cls->header.flags & CLASS_BUILTIN) return false;
  if (!is_own_native(class_special(vm, cls, SP_SETATTR), vm->object_class)) return false;
  Value found = class_lookup(vm, cls, site->name);
  int slot = member_slot(cls, found);
  if (slot < 0) {
    if (cls->header.flags & CLASS_HAS_SLOTS) return false;
    if (!is_empty(found) && attr_is_data_descriptor(vm, found)) return false;
    slot = shape_find(vm, instance->shape, site->name);
  }
  if (slot >= 0) {
    site->shape_id = instance->shape->id;
    site->next_shape = NULL;
    site->slot = (uint32_t)slot;
    instance->slots[slot] = value;
    return true;
  }
  if (instance->shape->count >= SHAPE_MAX_SLOTS) return false;
  // The shape is kept alive by the one before it, which is checked first.
  site->shape_id = instance->shape->id;
  site->next_shape = shape_add(vm, instance->shape, site->name);
  site->version = site->next_shape->id;
  instance_add_slot(vm, instance, site->next_shape, value);
  return true;
}

void attr_cache_method(AttrSite *site, Value object, Value function) {
  if (!is_object(object)) return;
  Object *o = as_object(object);
  if (o->kind == KIND_INSTANCE) {
    if (instance_in_dict_mode((Instance *)o)) return;
    site->shape_id = ((Instance *)o)->shape->id;
  } else {
    // Objects that may get attributes of their own, which come before methods, are not cached.
    bool bare = o->cls->header.flags & CLASS_BUILTIN && o->kind != KIND_MODULE &&
                o->kind != KIND_FUNCTION && o->kind != KIND_EXCEPTION && o->kind != KIND_FUTURE &&
                o->kind != KIND_TASK;
    if (!bare) return;
    site->shape_id = 0;
  }
  site->version = o->cls->version;
  site->value = function;
}
