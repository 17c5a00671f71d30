// namedtuple.c: the fields and the __new__ of the classes that collections.namedtuple makes. See
// namedtuple.h; the rest is written in Coro, in lib/collections/__init__.coro.
#include "namedtuple.h"

#include "code.h"
#include "containers.h"
#include "func.h"
#include "heap.h"
#include "rows.h"
#include "tuple.h"
#include "vm.h"

bool tuple_field_get(VM *vm, const TupleField *field, Value object, Value *out) {
  if (!is_tuple(object)) {
    return raise_type_error(
        vm, "descriptor for index '%u' for tuple subclasses doesn't apply to '%s' object",
        field->index, value_class_name(vm, object));
  }
  if (field->index >= as_tuple(object)->count) {
    return raise_index_error(vm, "tuple index out of range");
  }
  *out = as_tuple(object)->items[field->index];
  return true;
}

void tuple_field_mark(VM *vm, Object *object) { heap_mark(vm, ((TupleField *)object)->doc); }

// field(index, doc)
static bool make_field(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  TupleField *field = heap_alloc(vm, KIND_TUPLE_FIELD, vm->tuple_field_class, sizeof *field);
  field->index = (uint32_t)as_small_int(args[0]);
  field->doc = args[1];
  *out = from_object(field);
  return true;
}

static bool field_doc(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = as_tuple_field(args[0])->doc;
  return true;
}

static const NativeDef field_methods[] = {
    PROPERTY_ROW("__doc__", field_doc),
    END_ROW,
};

// given_class(cls, items): the tuple `items`, which nobody else has, becomes a cls.
static bool given_class(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_class(args[0]) || !class_is_subclass(as_class(args[0]), vm->tuple_class)) {
    return raise_type_error(vm, "tuple.__new__(X): X is not a subtype of tuple");
  }
  Tuple *items = as_tuple(args[1]);
  if (items->count == 0) items = heap_alloc(vm, KIND_TUPLE, vm->tuple_class, sizeof *items);
  items->header.cls = as_class(args[0]);
  *out = from_object(items);
  return true;
}

static const NativeDef given_class_def = FUNCTION_ROW("given_class", given_class, 2, 2, NULL);

// The code of
//     def __new__(_cls, x, y):
//         return given_class(_cls, (x, y))
static Code *make_code(VM *vm, const Code *model, Str *type_name, const Tuple *fields) {
  uint16_t count = (uint16_t)fields->count;
  uint16_t callee = (uint16_t)(count + 1);  // registers: _cls, the fields, the call
  Code *code = code_new(vm);
  code->name = str_intern_c(vm, "__new__");
  code->qualname = str_intern(vm, str_format(vm, "%s.__new__", type_name->data));
  code->module = model->module;
  code->filename = model->filename;
  code->first_line = model->first_line;
  code->flags = CODE_SIMPLE_CALL | CODE_PLAIN_NEW | (model->flags & CODE_HIDDEN);
  code->param_count = code->local_count = (uint16_t)(count + 1);
  code->register_count = (uint16_t)(count + 4);
  code->local_names = heap_buffer_new(vm, (count + 1u) * sizeof *code->local_names);
  code->local_names[0] = str_intern_c(vm, "_cls");
  for (size_t i = 0; i < count; i++) code->local_names[i + 1] = as_str(fields->items[i]);
  code->consts = heap_buffer_new(vm, sizeof *code->consts);
  code->consts[0] = native_new(vm, &given_class_def, NULL);
  code->const_count = 1;
  const Instr instrs[] = {
      {.op = OP_LOAD_CONST, .a = callee, .d = 0},
      {.op = OP_MOVE, .a = (uint16_t)(callee + 1), .b = 0},
      {.op = OP_BUILD_TUPLE, .a = (uint16_t)(callee + 2), .b = 1, .c = count},
      {.op = OP_CALL, .a = callee, .b = callee, .c = 2},
      {.op = OP_RETURN, .a = callee},
  };
  code->instr_count = sizeof instrs / sizeof *instrs;
  code->instrs = heap_buffer_new(vm, sizeof instrs);
  memcpy(code->instrs, instrs, sizeof instrs);
  code->positions = heap_buffer_new(vm, code->instr_count * sizeof *code->positions);
  for (size_t i = 0; i < code->instr_count; i++) {
    code->positions[i] = (Position){model->first_line, model->first_line, 0, 0};
  }
  return code;
}

// new_function(model, type_name, field_names, defaults): the __new__ of a named tuple class.
// defaults: a tuple of the last fields' or None. The function lives where `model`, another, does.
static bool new_function(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Tuple *fields = as_tuple(args[2]);
  if (fields->count > 60000) return raise_value_error(vm, "too many fields");
  const Code *model = ((Function *)as_object(args[0]))->code;
  Function *function = heap_alloc(vm, KIND_FUNCTION, vm->function_class, sizeof *function);
  function->code = make_code(vm, model, as_str(args[1]), fields);
  function->defaults = is_none(args[3]) ? NULL : as_tuple(args[3]);
  *out = from_object(function);
  return true;
}

static const NativeDef functions[] = {
    FUNCTION_ROW("_tuplegetter", make_field, 2, 2, NULL),
    FUNCTION_ROW("_new_function", new_function, 4, 4, NULL),
    END_ROW,
};

void namedtuple_install(VM *vm, Module *module) {
  if (vm->tuple_field_class == NULL) {
    Class *cls =
        class_new_builtin(vm, "_tuplegetter", NULL, KIND_TUPLE_FIELD, CLASS_FINAL | CLASS_ABSTRACT);
    vm->tuple_field_class = cls;
    native_add_methods(vm, cls, field_methods);
    dict_set_c(vm, cls->dict, "__module__", from_object(str_intern_c(vm, "_collections")));
  }
  native_add_functions(vm, module, functions);
}
