// construct.c: calling the builtin classes: int("5"), list(x), dict(a=1), type(x), enumerate(…).
//
// Each is the class's __new__, a leaf that hands over to the prelude where its argument must be
// walked or asked by a script. A subclass's __new__ is the same function: cls then says which
// class the new object gets.
#include "construct.h"

#include "bytes.h"
#include "float.h"
#include "int.h"
#include "iterator.h"
#include "operators.h"
#include "rows.h"

#define NATIVE_CALL_LIMIT 8  // arguments of a hand-over that need no tuple

static bool is_exact(Value cls, const Class *builtin) { return cls == from_object(builtin); }

// ---- int, bool, float

static bool int_of_text(VM *vm, Value v, int64_t base, Value *out) {
  return int_parse(vm, v, base < -1 || base > 37 ? -1 : (int)base, out);
}

static bool boxed(VM *vm, Value cls, Class *builtin, Value v, Value *out) {
  *out = v;
  if (is_exact(cls, builtin)) return true;
  if (builtin == vm->int_class) return int_box(vm, as_class(cls), v, out);
  BoxedFloat *box = heap_alloc(vm, KIND_FLOAT, as_class(cls), sizeof *box);
  box->value = float_value(v);
  *out = from_object(box);
  return true;
}

static bool int_make(VM *vm, Value *args, int nargs, Value *out) {
  Value v = args[1], result;
  if (is_empty(v) && !is_empty(args[2]))
    return raise_type_error(vm, "int() missing string argument");
  if (nargs == 1 && is_empty(v)) return boxed(vm, args[0], vm->int_class, small_int(0), out);
  if (is_str(v) || is_bytes(v)) {
    int64_t base = 10;
    Tri known = is_empty(args[2]) ? TRI_YES : value_index(vm, args[2], &base);
    if (known == TRI_SCRIPT) return native_prelude(vm, out, "number.int_of_text_slow", 3, args);
    return known == TRI_YES && int_of_text(vm, v, base, &result) &&
           boxed(vm, args[0], vm->int_class, result, out);
  }
  if (!is_empty(args[2])) {
    return raise_type_error(vm, "int() can't convert non-string with explicit base");
  }
  if (is_float(v) && !value_has_script(vm, v, SP_INT)) {
    double d = float_value(v);
    if (d != d) return raise_value_error(vm, "cannot convert float NaN to integer");
    if (d - d != 0) {
      return vm_raise(vm, vm->exceptions.OverflowError, "cannot convert float infinity to integer");
    }
    return boxed(vm, args[0], vm->int_class, int_from_double(vm, d), out);
  }
  if (is_int(v) && !value_has_script(vm, v, SP_INT)) {
    return boxed(vm, args[0], vm->int_class, int_plain(vm, v), out);
  }
  if (!is_empty(class_special(vm, value_class(vm, v), SP_INT)) ||
      !is_empty(class_special(vm, value_class(vm, v), SP_INDEX)) ||
      !is_empty(class_special(vm, value_class(vm, v), SP_TRUNC))) {
    Value two[2] = {args[0], v};
    return native_prelude(vm, out, "convert.to_int", 2, two);
  }
  return raise_type_error(
      vm, "int() argument must be a string, a bytes-like object or a real number, not '%s'",
      value_class_name(vm, v));
}

static Step bool_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) return step_done(vm, in);
  if (is_empty(frame->regs[1])) return step_done(vm, FALSE_VALUE);
  frame->state = 1;
  Value out;
  switch (operator_truth(vm, frame, frame->regs[1], &out)) {
    case CALL_DONE: return step_done(vm, out);
    case CALL_ENTER: return STEP_ENTER;
    default: return STEP_RAISE;
  }
}

// Each float('nan') is an object of its own, which `is` and `in` tell from the others: its number
// goes into the bits that a NaN leaves free.
static double fresh_nan(VM *vm) {
  uint64_t bits = UINT64_C(0x7FF8) << VALUE_TAG_SHIFT | ++vm->next_nan;
  double nan;
  memcpy(&nan, &bits, sizeof nan);
  return nan;
}

static bool float_make(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Value v = args[1];
  double d = 0;
  if (is_empty(v)) return boxed(vm, args[0], vm->float_class, from_double(0), out);
  if (is_str(v) || is_bytes(v)) {
    const char *text = is_str(v) ? as_str(v)->data : (const char *)as_bytes(v)->data;
    size_t length = is_str(v) ? as_str(v)->length : as_bytes(v)->length;
    if (!float_parse(vm, text, length, &d)) {
      Text repr = text_new(vm);
      if (value_repr(vm, v, &repr) != TRI_YES) return false;
      Str *shown = text_finish(&repr);
      return raise_value_error(vm, "could not convert string to float: %.*s", (int)shown->length,
                               shown->data);
    }
    if (d != d) d = fresh_nan(vm);
    return boxed(vm, args[0], vm->float_class, from_double(d), out);
  }
  bool script = value_has_script(vm, v, SP_FLOAT);
  if (!script && float_from_number(v, &d)) {
    if (is_int(v) && d - d != 0) {
      return vm_raise(vm, vm->exceptions.OverflowError, "int too large to convert to float");
    }
    return boxed(vm, args[0], vm->float_class, from_double(d), out);
  }
  if (script || !is_empty(class_special(vm, value_class(vm, v), SP_INDEX))) {
    Value two[2] = {args[0], v};
    return native_prelude(vm, out, "convert.to_float", 2, two);
  }
  return raise_type_error(vm, "float() argument must be a string or a real number, not '%s'",
                          value_class_name(vm, v));
}

// ---- str, bytes

static bool str_of_class(VM *vm, Value cls, Value text, Value *out) {
  *out = text;
  if (is_exact(cls, vm->str_class)) return true;
  Str *copy = str_new(vm, as_str(text)->data, as_str(text)->length);
  copy->header.cls = as_class(cls);
  *out = from_object(copy);
  return true;
}

// Registers: 0 cls, 1 object, 2 encoding, 3 errors.
static Step str_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Value *regs = frame->regs, out;
  if (frame->state == 0) {
    frame->state = 1;
    if (is_empty(regs[1])) {
      in = from_object(vm->empty_str);
    } else if (!is_empty(regs[2]) || !is_empty(regs[3])) {
      for (int i = 2; i <= 3; i++) {
        if (is_empty(regs[i]) || is_str(regs[i])) continue;
        raise_type_error(vm, "str() argument '%s' must be str, not %s",
                         i == 2 ? "encoding" : "errors",
                         is_none(regs[i]) ? "None" : value_class_name(vm, regs[i]));
        return STEP_RAISE;
      }
      if (is_str(regs[1])) {
        raise_type_error(vm, "decoding str is not supported");
        return STEP_RAISE;
      }
      if (!is_bytes(regs[1])) {
        raise_type_error(vm, "decoding to str: need a bytes-like object, %s found",
                         value_class_name(vm, regs[1]));
        return STEP_RAISE;
      }
      Bytes *bytes = as_bytes(regs[1]);
      if (!bytes_decode(vm, bytes->data, bytes->length,
                        is_str(regs[2]) ? as_str(regs[2])->data : "utf-8",
                        is_str(regs[3]) ? as_str(regs[3])->data : "strict", &in)) {
        return STEP_RAISE;
      }
    } else {
      Called called = operator_str(vm, frame, regs[1], &out);
      if (called == CALL_ENTER) return STEP_ENTER;
      if (called == CALL_RAISED) return STEP_RAISE;
      in = out;
    }
  }
  return str_of_class(vm, regs[0], in, &out) ? step_done(vm, out) : STEP_RAISE;
}

// The common case needs no frame.
static bool str_make(VM *vm, Value *args, int nargs, Value *out) {
  if (nargs == 2 && is_empty(args[2]) && is_empty(args[3]) && is_exact(args[0], vm->str_class)) {
    if (is_str(args[1]) && as_object(args[1])->cls == vm->str_class) {
      *out = args[1];
      return true;
    }
    if (is_small_int(args[1])) {
      *out = from_object(str_from_int(vm, as_small_int(args[1])));
      return true;
    }
    Text text = text_new(vm);
    Tri tri = value_str(vm, args[1], &text);
    if (tri == TRI_YES) {
      *out = from_object(text_finish(&text));
      return true;
    }
    text_free(&text);
    if (tri == TRI_ERROR) return false;
  }
  int given = 4;  // those named by keyword count as well
  while (given > 1 && is_empty(args[given - 1])) given--;
  return native_tail(vm, out, vm->str_step, given, args);
}

static const NativeDef str_step_def = {.name = "str",
                                       .min = 1,
                                       .max = 4,
                                       .step = str_step,
                                       .params = "cls object encoding errors",
                                       .registers = 4};

static bool bytes_of_items(VM *vm, List *items, Value *out) {
  Bytes *bytes = bytes_new(vm, NULL, items->count);
  for (size_t i = 0; i < items->count; i++) {
    int64_t byte;
    if (value_has_script(vm, items->items[i], SP_INDEX)) {
      Value list = from_object(items);
      return native_prelude(vm, out, "convert.bytes_of_objects", 1, &list);
    }
    if (!is_int(items->items[i])) {
      return raise_type_error(vm, "'%s' object cannot be interpreted as an integer",
                              value_class_name(vm, items->items[i]));
    }
    if (!int_to_i64(items->items[i], &byte) || byte < 0 || byte > 255) {
      return raise_value_error(vm, "bytes must be in range(0, 256)");
    }
    bytes->data[i] = (uint8_t)byte;
  }
  *out = from_object(bytes);
  return true;
}

static bool make_plain_bytes(VM *vm, Value *args, int nargs, Value *out) {
  Value v = args[1];
  if (nargs == 1 && is_empty(v)) {
    *out = from_object(bytes_new(vm, "", 0));
    return true;
  }
  if (is_str(v)) {
    if (is_empty(args[2])) return raise_type_error(vm, "string argument without an encoding");
    return bytes_encode(vm, as_str(v), as_str(args[2])->data,
                        is_str(args[3]) ? as_str(args[3])->data : "strict", out);
  }
  if (!is_empty(args[2])) return raise_type_error(vm, "encoding without a string argument");
  if (is_bytes(v) && as_object(v)->cls == vm->bytes_class) {
    *out = v;
    return true;
  }
  if (!is_empty(class_special(vm, value_class(vm, v), SP_BYTES))) {
    return native_prelude(vm, out, "convert.to_bytes", 1, &v);
  }
  if (is_bytes(v)) {
    *out = from_object(bytes_new(vm, as_bytes(v)->data, as_bytes(v)->length));
    return true;
  }
  int64_t count;
  if (is_int(v)) {
    if (!int_to_i64(v, &count) || count > (INT64_C(1) << 40)) {
      return vm_raise(vm, vm->exceptions.MemoryError, "out of memory");
    }
    if (count < 0) return raise_value_error(vm, "negative count");
    *out = from_object(bytes_new(vm, NULL, (size_t)count));
    return true;
  }
  if (value_has_script(vm, v, SP_INDEX)) {
    return native_prelude(vm, out, "convert.bytes_of_length", 1, &v);
  }
  List *items;
  Tri tri = value_items(vm, v, &items);
  if (tri == TRI_YES) return bytes_of_items(vm, items, out);
  if (tri == TRI_SCRIPT) return native_prelude(vm, out, "convert.bytes_from_items", 1, &v);
  vm_clear_exception(vm);
  return raise_type_error(vm, "cannot convert '%s' object to bytes", value_class_name(vm, v));
}

// A subclass's new object: a copy of the bytes with its class. Registers: 0 cls, 1.. the arguments.
static Step bytes_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Value *regs = frame->regs;
  if (frame->state == 0) {
    int given = 4;
    while (given > 1 && is_empty(regs[given - 1])) given--;
    if (!make_plain_bytes(vm, regs, given, &in)) return STEP_RAISE;
    frame->state = 1;
    if (is_empty(in)) return STEP_CALL;
  }
  const Bytes *plain = as_bytes(in);
  Bytes *bytes = bytes_new(vm, plain->data, plain->length);
  bytes->header.cls = as_class(regs[0]);
  return step_done(vm, from_object(bytes));
}

static bool bytes_make(VM *vm, Value *args, int nargs, Value *out) {
  if (is_exact(args[0], vm->bytes_class)) return make_plain_bytes(vm, args, nargs, out);
  return native_tail(vm, out, vm->bytes_step, 4, args);
}

static const NativeDef bytes_step_def = {
    .name = "bytes", .min = 1, .max = 4, .step = bytes_step, .registers = 4};

// ---- enumerate, zip, map, filter, reversed: C iterators over C iterators, otherwise a
// generator of the prelude that bears the class's name

static bool generator_of(VM *vm, Value cls, Value *out, const char *name, int nargs,
                         const Value *args) {
  Value call[NATIVE_CALL_LIMIT];
  if (nargs + 2 > NATIVE_CALL_LIMIT) {
    Tuple *all = tuple_new(vm, (size_t)nargs + 2);
    all->items[0] = cls;
    all->items[1] = from_object(str_intern_c(vm, name));
    memcpy(all->items + 2, args, (size_t)nargs * sizeof *args);
    return native_tail(vm, out, vm->make_generator, nargs + 2, all->items);
  }
  call[0] = cls;
  call[1] = from_object(str_intern_c(vm, name));
  memcpy(call + 2, args, (size_t)nargs * sizeof *args);
  return native_tail(vm, out, vm->make_generator, nargs + 2, call);
}

// make_generator(cls, name, *args): calls a generator function of the prelude and gives the
// generator the class cls.
static Step make_generator_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Tuple *args = as_tuple(frame->regs[0]);
  if (frame->state == 0) {
    Value ignored;
    if (!native_prelude(vm, &ignored, as_str(args->items[1])->data, (int)args->count - 2,
                        args->items + 2)) {
      return STEP_RAISE;
    }
    frame->state = 1;
    return STEP_CALL;
  }
  as_object(in)->cls = as_class(args->items[0]);
  return step_done(vm, in);
}

static const NativeDef make_generator_def = {
    .name = "make_generator", .min = 2, .max = -1, .step = make_generator_step, .registers = 2};

static bool enumerate_make(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (is_empty(args[1])) {
    return raise_type_error(vm, "enumerate() missing required argument 'iterable'");
  }
  Value start = is_empty(args[2]) ? small_int(0) : args[2];
  if (!is_int(start)) {
    return raise_type_error(vm, "'%s' object cannot be interpreted as an integer",
                            value_class_name(vm, start));
  }
  Value inner;
  Tri tri = value_iter(vm, args[1], &inner);
  if (tri == TRI_ERROR) return false;
  if (tri == TRI_YES && iterator_is_leaf(inner)) {
    *out = iterator_new_enumerate(vm, inner, start);
    return true;
  }
  Value call[2] = {args[1], start};
  return generator_of(vm, args[0], out, "iter.enumerate_slow", 2, call);
}

static bool zip_make(VM *vm, Value *args, int nargs, Value *out) {
  bool strict = false;
  if (vm->keywords != NULL) {
    Value given = dict_get_c(vm->keywords, "strict");
    if (is_empty(given) || vm->keywords->count > 1) {
      return raise_type_error(vm, "zip() takes only the keyword argument 'strict'");
    }
    strict = value_truth(vm, given) == TRI_YES;
  }
  Tuple *inners = tuple_new(vm, (size_t)nargs - 1);
  bool leaf = true;
  for (int i = 1; i < nargs; i++) {
    Tri tri = value_iter(vm, args[i], &inners->items[i - 1]);
    if (tri == TRI_ERROR) {
      if (exception_is(vm->exception, vm->exceptions.TypeError)) {
        vm_clear_exception(vm);
        return raise_type_error(vm, "'%s' object is not iterable", value_class_name(vm, args[i]));
      }
      return false;
    }
    leaf = leaf && tri == TRI_YES && iterator_is_leaf(inners->items[i - 1]);
    if (tri != TRI_YES) inners->items[i - 1] = args[i];
  }
  if (leaf) {
    *out = iterator_new_zip(vm, inners->items, (size_t)nargs - 1, strict);
    return true;
  }
  Tuple *call = tuple_new(vm, (size_t)nargs);
  call->items[0] = from_bool(strict);
  memcpy(call->items + 1, inners->items, (size_t)(nargs - 1) * sizeof(Value));
  return generator_of(vm, args[0], out, "iter.zip_slow", nargs, call->items);
}

// map() and filter() check their iterables at once, as Python does, and work in a generator.
static bool check_iterables(VM *vm, const Value *args, int first, int nargs) {
  for (int i = first; i < nargs; i++) {
    Value ignored;
    if (value_iter(vm, args[i], &ignored) == TRI_ERROR) return false;
  }
  return true;
}

static bool map_make(VM *vm, Value *args, int nargs, Value *out) {
  if (nargs < 3) return raise_type_error(vm, "map() must have at least two arguments.");
  if (!check_iterables(vm, args, 2, nargs)) return false;
  return generator_of(vm, args[0], out, "iter.map_slow", nargs - 1, args + 1);
}

static bool filter_make(VM *vm, Value *args, int nargs, Value *out) {
  if (!check_iterables(vm, args, 2, nargs)) return false;
  return generator_of(vm, args[0], out, "iter.filter_slow", 2, args + 1);
}

static bool reversed_make(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Tri tri = iterator_reversed(vm, args[1], out);
  if (tri == TRI_YES) return true;
  if (tri == TRI_ERROR) return false;
  Value method = class_special(vm, value_class(vm, args[1]), SP_REVERSED);
  if (is_function(method)) return native_tail(vm, out, method, 1, &args[1]);
  return generator_of(vm, args[0], out, "iter.reversed_slow", 1, &args[1]);
}

static const NativeDef int_defs[] = {
    LEAF_ROW("__new__", int_make, 1, 3, NATIVE_STATIC, "cls x / base"), END_ROW};
static const NativeDef bool_defs[] = {STEP_ROW("__new__", bool_step, 1, 2, NATIVE_STATIC, NULL, 2),
                                      END_ROW};
static const NativeDef float_defs[] = {LEAF_ROW("__new__", float_make, 1, 2, NATIVE_STATIC, NULL),
                                       END_ROW};
static const NativeDef str_defs[] = {
    LEAF_ROW("__new__", str_make, 1, 4, NATIVE_STATIC, "cls object encoding errors"), END_ROW};
static const NativeDef bytes_defs[] = {
    LEAF_ROW("__new__", bytes_make, 1, 4, NATIVE_STATIC, "cls source encoding errors"), END_ROW};
static const NativeDef enumerate_defs[] = {
    LEAF_ROW("__new__", enumerate_make, 1, 3, NATIVE_STATIC, "cls iterable start"), END_ROW};
static const NativeDef zip_defs[] = {
    LEAF_ROW("__new__", zip_make, 1, -1, NATIVE_STATIC | NATIVE_KEYWORDS, NULL), END_ROW};
static const NativeDef map_defs[] = {LEAF_ROW("__new__", map_make, 1, -1, NATIVE_STATIC, NULL),
                                     END_ROW};
static const NativeDef filter_defs[] = {LEAF_ROW("__new__", filter_make, 3, 3, NATIVE_STATIC, NULL),
                                        END_ROW};
static const NativeDef reversed_defs[] = {
    LEAF_ROW("__new__", reversed_make, 2, 2, NATIVE_STATIC, NULL), END_ROW};

void construct_install(VM *vm) {
  native_add_methods(vm, vm->int_class, int_defs);
  native_add_methods(vm, vm->bool_class, bool_defs);
  native_add_methods(vm, vm->float_class, float_defs);
  native_add_methods(vm, vm->str_class, str_defs);
  native_add_methods(vm, vm->bytes_class, bytes_defs);
  native_add_methods(vm, vm->enumerate_class, enumerate_defs);
  native_add_methods(vm, vm->zip_class, zip_defs);
  native_add_methods(vm, vm->map_class, map_defs);
  native_add_methods(vm, vm->filter_class, filter_defs);
  native_add_methods(vm, vm->reversed_class, reversed_defs);
  vm->bytes_step = native_new(vm, &bytes_step_def, NULL);
  vm->str_step = native_new(vm, &str_step_def, NULL);
  vm->make_generator = native_new(vm, &make_generator_def, NULL);
}
