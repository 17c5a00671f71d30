// dunder.c: the special methods of builtin classes, one leaf each over the protocol functions.
//
// A leaf acts on its receiver's layout: while it runs, a receiver of a user subclass counts as an
// instance of the nearest builtin class, or `super().__eq__(other)` would find the override again.
// No script runs meanwhile, so nobody can see it. When the answer needs a script after all (an
// item's own __eq__), the call goes on where the operator itself would, in the prelude's
// containers.coro, with a plain copy in the receiver's place if its class is the program's.
#include "dunder.h"

#include "bytes.h"
#include "deque.h"
#include "dict.h"
#include "float.h"
#include "format.h"
#include "int.h"
#include "list.h"
#include "native.h"
#include "number.h"
#include "set.h"
#include "tuple.h"
#include "vm.h"

Class *dunder_pretend_builtin(Value v) {
  if (!is_object(v)) return NULL;
  Class *cls = as_object(v)->cls;
  if (cls->header.flags & CLASS_BUILTIN) return NULL;
  for (size_t i = 0; i < cls->mro->count; i++) {
    Class *base = as_class(cls->mro->items[i]);
    if (base->header.flags & CLASS_BUILTIN) {
      as_object(v)->cls = base;
      return cls;
    }
  }
  return NULL;
}

// v itself when its class is builtin, else a shallow copy whose class is.
static Value plain(VM *vm, Value v) {
  if (value_is_builtin(vm, v)) return v;
  switch (as_object(v)->kind) {
    case KIND_STR: return from_object(str_of(vm, as_str(v)->data, as_str(v)->length));
    case KIND_LIST: return from_object(list_from(vm, as_list(v)->items, as_list(v)->count));
    case KIND_TUPLE: return from_object(tuple_from(vm, as_tuple(v)->items, as_tuple(v)->count));
    case KIND_DICT: {
      Dict *copy = dict_copy(vm, as_dict(v));
      if (as_object(v)->extra == DICT_ORDERED) {
        copy->header.extra = DICT_ORDERED;
        copy->header.cls = vm->ordered_dict_class;
      }
      return from_object(copy);
    }
    case KIND_DEQUE: {
      Value copy = EMPTY;
      Tri done = deque_repeat(vm, as_deque(v), small_int(1), &copy);
      assert(done == TRI_YES);
      (void)done;
      return copy;
    }
    case KIND_SET: return from_object(set_copy(vm, as_set(v), vm->set_class, KIND_SET));
    case KIND_FROZENSET:
      return from_object(set_copy(vm, as_set(v), vm->frozenset_class, KIND_FROZENSET));
    default: return v;
  }
}

// Ends a leaf: SCRIPT goes on in the prelude with the same arguments.
static bool finish(VM *vm, Tri tri, const char *slow, Value *args, int nargs, Value *out) {
  if (tri != TRI_SCRIPT) return tri != TRI_ERROR;
  return native_prelude(vm, out, slow, nargs, args);
}

// ---- operators

// int's methods take ints alone, float's take numbers alone; what the other class can do with
// them is for the other's reflected method to say.
static bool takes(Value receiver, Value other) {
  if (is_int(receiver)) return is_int(other);
  return !is_float(receiver) || is_number(other);
}

// A sequence's + and * have no NotImplemented to answer (operators.c): s * n takes any index, and
// what does not fit is an error.
static bool sequence_operator(VM *vm, Binary op, Value *args, Value *out) {
  if (op == BIN_ADD) {
    value_raise_unsupported(vm, op, false, args[0], args[1]);
    return false;
  }
  int64_t ignored;
  Tri tri = value_index(vm, args[1], &ignored);
  Value operands[2] = {plain(vm, args[0]), args[1]};
  return tri == TRI_SCRIPT && native_prelude(vm, out, "containers.repeat_slow", 2, operands);
}

static bool binary(VM *vm, Binary op, bool reflected, Value *args, const char *symbol, Value *out) {
  *out = NOT_IMPLEMENTED;
  if (!takes(args[0], args[1])) return true;
  Value left = args[reflected], right = args[!reflected];
  Class *cls = dunder_pretend_builtin(args[0]);
  Tri tri = value_binary_builtin(vm, op, left, right, out);
  dunder_restore(args[0], cls);
  // L(x) + [] may be the receiver itself; to the program it must be of the builtin class.
  if (cls != NULL && tri == TRI_YES && *out == args[0]) *out = plain(vm, *out);
  if (tri == TRI_YES && *out == NOT_IMPLEMENTED && (op == BIN_ADD || op == BIN_MUL) &&
      (is_list(args[0]) || is_tuple(args[0]) || is_str(args[0]) || is_bytes(args[0]))) {
    return sequence_operator(vm, op, args, out);
  }
  if (tri != TRI_SCRIPT) return tri == TRI_YES;
  Value operands[3] = {plain(vm, left), right, from_object(str_from_c(vm, symbol))};
  if (op == BIN_MOD && is_str(left)) {
    return native_prelude(vm, out, "format.percent_slow", 2, operands);
  }
  if (op == BIN_MOD && is_bytes(left)) {
    return native_prelude(vm, out, "format.percent_bytes_slow", 2, operands);
  }
  return native_prelude(vm, out, "containers.binary_slow", 3, operands);
}

// clang-format off
#define BINARY_DUNDERS(X)         \
  X(add, BIN_ADD, "+")            \
  X(sub, BIN_SUB, "-")            \
  X(mul, BIN_MUL, "*")            \
  X(truediv, BIN_TRUEDIV, "/")    \
  X(floordiv, BIN_FLOORDIV, "//") \
  X(mod, BIN_MOD, "%")            \
  X(matmul, BIN_MATMUL, "@")      \
  X(lshift, BIN_LSHIFT, "<<")     \
  X(rshift, BIN_RSHIFT, ">>")     \
  X(and, BIN_AND, "&")            \
  X(or, BIN_OR, "|")              \
  X(xor, BIN_XOR, "^")
// clang-format on

#define X(name, op, symbol)                                            \
  static bool do_##name(VM *vm, Value *args, int nargs, Value *out) {  \
    (void)nargs;                                                       \
    return binary(vm, op, false, args, symbol, out);                   \
  }                                                                    \
  static bool do_r##name(VM *vm, Value *args, int nargs, Value *out) { \
    (void)nargs;                                                       \
    return binary(vm, op, true, args, symbol, out);                    \
  }
BINARY_DUNDERS(X)
#undef X

static bool power(VM *vm, Value base, Value exponent, Value modulus, Value *out) {
  Tri tri = TRI_NO;
  if (takes(base, exponent)) tri = number_power(vm, base, exponent, modulus, out);
  if (tri == TRI_NO) *out = NOT_IMPLEMENTED;
  return tri != TRI_ERROR;
}

static bool do_pow(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return power(vm, args[0], args[1], args[2], out);
}

static bool do_rpow(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NOT_IMPLEMENTED;
  return !takes(args[0], args[1]) || power(vm, args[1], args[0], args[2], out);
}

static bool unary(VM *vm, Unary op, Value v, Value *out) {
  Class *cls = dunder_pretend_builtin(v);
  Tri tri = value_unary(vm, op, v, out);
  dunder_restore(v, cls);
  return tri == TRI_YES;
}

#define UNARY_DUNDERS(X) X(neg, UN_NEG) X(pos, UN_POS) X(invert, UN_INVERT)
#define X(name, op)                                                   \
  static bool do_##name(VM *vm, Value *args, int nargs, Value *out) { \
    (void)nargs;                                                      \
    return unary(vm, op, args[0], out);                               \
  }
UNARY_DUNDERS(X)
#undef X

// ---- comparison

static bool comparable(Value a, Value b) {
  if (is_int(a)) return is_int(b);
  if (is_float(a)) return is_number(b);
  if (is_any_set(a)) return is_any_set(b);
  if (is_kind(a, KIND_DICT_VIEW)) return is_kind(b, KIND_DICT_VIEW) || is_any_set(b);
  return is_object(a) && is_object(b) && as_object(a)->kind == as_object(b)->kind;
}

static bool compare(VM *vm, Compare op, Value *args, const char *symbol, Value *out) {
  *out = NOT_IMPLEMENTED;
  if (!comparable(args[0], args[1])) return true;
  Class *left = dunder_pretend_builtin(args[0]), *right = dunder_pretend_builtin(args[1]);
  Tri tri = value_compare(vm, op, args[0], args[1]);
  dunder_restore(args[1], right);
  dunder_restore(args[0], left);
  if (tri == TRI_ERROR) return false;
  if (tri == TRI_SCRIPT) {
    Value copies[3] = {plain(vm, args[0]), plain(vm, args[1]), from_object(str_from_c(vm, symbol))};
    return native_prelude(vm, out, "containers.compare_slow", 3, copies);
  }
  *out = from_bool(tri == TRI_YES);
  return true;
}

// clang-format off
#define COMPARE_DUNDERS(X)                                                       \
  X(eq, CMP_EQ, "==") X(ne, CMP_NE, "!=") X(lt, CMP_LT, "<") X(le, CMP_LE, "<=") \
  X(gt, CMP_GT, ">") X(ge, CMP_GE, ">=")
// clang-format on
#define X(name, op, symbol)                                           \
  static bool do_##name(VM *vm, Value *args, int nargs, Value *out) { \
    (void)nargs;                                                      \
    return compare(vm, op, args, symbol, out);                        \
  }
COMPARE_DUNDERS(X)
#undef X

// ---- the rest of the protocol

static bool do_hash(VM *vm, Value *args, int nargs, Value *out) {
  uint64_t hash = 0;
  Class *cls = dunder_pretend_builtin(args[0]);
  Tri tri = value_hash(vm, args[0], &hash);
  dunder_restore(args[0], cls);
  if (tri == TRI_YES) *out = int_from_i64(vm, (int64_t)hash);
  Value copy = tri == TRI_SCRIPT ? plain(vm, args[0]) : EMPTY;
  return finish(vm, tri, "containers.hash_slow", &copy, nargs, out);
}

static bool write_text(VM *vm, Tri (*write)(VM *, Value, Text *), Value *args, int nargs,
                       Value *out) {
  Text text = text_new(vm);
  Class *cls = dunder_pretend_builtin(args[0]);
  Tri tri = write(vm, args[0], &text);
  dunder_restore(args[0], cls);
  if (tri == TRI_YES) {
    *out = from_object(text_finish(&text));
    return true;
  }
  text_free(&text);
  return finish(vm, tri, "containers.repr_slow", args, nargs, out);
}

static bool do_repr(VM *vm, Value *args, int nargs, Value *out) {
  return write_text(vm, value_repr, args, nargs, out);
}

static bool do_str(VM *vm, Value *args, int nargs, Value *out) {
  return write_text(vm, value_str, args, nargs, out);
}

static bool do_format(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_str(args[1])) {
    return raise_type_error(vm, "__format__() argument must be str, not %s",
                            value_class_name(vm, args[1]));
  }
  // Without a spec it is str(self), which a subclass may have its own idea of.
  if (as_str(args[1])->length == 0 && !value_is_builtin(vm, args[0])) {
    return native_tail(vm, out, from_object(vm->str_class), 1, args);
  }
  Text text = text_new(vm);
  Class *cls = dunder_pretend_builtin(args[0]);
  Tri tri = format_value(vm, args[0], as_str(args[1]), &text);
  dunder_restore(args[0], cls);
  if (tri == TRI_YES) {
    *out = from_object(text_finish(&text));
    return true;
  }
  text_free(&text);
  if (tri == TRI_ERROR) return false;
  return native_tail(vm, out, from_object(vm->str_class), 1, args);
}

static bool do_bool(VM *vm, Value *args, int nargs, Value *out) {
  Class *cls = dunder_pretend_builtin(args[0]);
  Tri tri = value_truth(vm, args[0]);
  dunder_restore(args[0], cls);
  (void)nargs;
  *out = from_bool(tri == TRI_YES);
  return tri >= 0;
}

static bool do_len(VM *vm, Value *args, int nargs, Value *out) {
  int64_t length = 0;
  Class *cls = dunder_pretend_builtin(args[0]);
  Tri tri = value_length(vm, args[0], &length);
  dunder_restore(args[0], cls);
  (void)nargs;
  *out = int_from_i64(vm, length);
  return tri == TRI_YES;
}

static bool do_contains(VM *vm, Value *args, int nargs, Value *out) {
  Class *cls = dunder_pretend_builtin(args[0]);
  Tri tri = value_contains(vm, args[0], args[1]);
  dunder_restore(args[0], cls);
  if (tri >= 0) *out = from_bool(tri == TRI_YES);
  Value copies[2] = {tri == TRI_SCRIPT ? plain(vm, args[0]) : EMPTY, args[1]};
  return finish(vm, tri, "containers.contains_slow", copies, nargs, out);
}

static bool do_getitem(VM *vm, Value *args, int nargs, Value *out) {
  Class *cls = dunder_pretend_builtin(args[0]);
  // What a missing key means is for a subclass to say.
  bool ask = cls && is_dict(args[0]) && as_object(args[0])->extra == DICT_DEFAULT;
  Tri tri = ask ? TRI_SCRIPT : value_get_item(vm, args[0], args[1], out);
  dunder_restore(args[0], cls);
  // A dict subclass may know what to do about a missing key.
  if (tri == TRI_ERROR && cls && is_dict(args[0]) &&
      exception_is(vm->exception, vm->exceptions.KeyError)) {
    Value missing = class_special(vm, cls, SP_MISSING);
    if (!is_empty(missing)) {
      vm_clear_exception(vm);
      return native_tail(vm, out, missing, 2, args);
    }
  }
  const char *slow = is_dict(args[0]) ? "containers.dict_get_slow" : "containers.get_item_slow";
  return finish(vm, tri, slow, args, nargs, out);
}

static bool do_setitem(VM *vm, Value *args, int nargs, Value *out) {
  Class *cls = dunder_pretend_builtin(args[0]);
  Tri tri = value_set_item(vm, args[0], args[1], args[2]);
  dunder_restore(args[0], cls);
  *out = NONE;
  const char *slow = is_dict(args[0]) ? "containers.dict_set_slow" : "containers.set_item_slow";
  return finish(vm, tri, slow, args, nargs, out);
}

static bool do_delitem(VM *vm, Value *args, int nargs, Value *out) {
  Class *cls = dunder_pretend_builtin(args[0]);
  Tri tri = value_delete_item(vm, args[0], args[1]);
  dunder_restore(args[0], cls);
  *out = NONE;
  const char *slow =
      is_dict(args[0]) ? "containers.dict_delete_slow" : "containers.delete_item_slow";
  return finish(vm, tri, slow, args, nargs, out);
}

static bool do_iter(VM *vm, Value *args, int nargs, Value *out) {
  Class *cls = dunder_pretend_builtin(args[0]);
  Tri tri = value_iter(vm, args[0], out);
  dunder_restore(args[0], cls);
  (void)nargs;
  return tri == TRI_YES;
}

static bool do_next(VM *vm, Value *args, int nargs, Value *out) {
  Tri tri = value_next(vm, args[0], out);
  if (tri == TRI_NO) {
    Exception *stop = exception_new(vm, vm->exceptions.StopIteration, vm->empty_tuple);
    return vm_raise_exception(vm, from_object(stop));
  }
  (void)nargs;
  return tri == TRI_YES;
}

// ---- the table

typedef struct {
  uint64_t flag;
  NativeDef def;
} Row;

#define ROW(flag_, name_, leaf_, count) \
  {flag_, {.name = name_, .leaf = leaf_, .min = count, .max = count, .flags = NATIVE_METHOD}},

static const Row rows[] = {
#define X(name, op, symbol)                             \
  ROW(DUNDER_BINARY(op), "__" #name "__", do_##name, 2) \
  ROW(DUNDER_REFLECTED(op), "__r" #name "__", do_r##name, 2)
    BINARY_DUNDERS(X)
#undef X
#define X(name, op) ROW(DUNDER_UNARY(op), "__" #name "__", do_##name, 1)
        UNARY_DUNDERS(X)
#undef X
            {DUNDER_BINARY(BIN_POW),
             {.name = "__pow__", .leaf = do_pow, .min = 2, .max = 3, .flags = NATIVE_METHOD}},
    {DUNDER_REFLECTED(BIN_POW),
     {.name = "__rpow__", .leaf = do_rpow, .min = 2, .max = 3, .flags = NATIVE_METHOD}},
    ROW(DUNDER_EQUAL, "__eq__", do_eq, 2) ROW(DUNDER_EQUAL, "__ne__", do_ne, 2)
        ROW(DUNDER_ORDER, "__lt__", do_lt, 2) ROW(DUNDER_ORDER, "__le__", do_le, 2)
            ROW(DUNDER_ORDER, "__gt__", do_gt, 2) ROW(DUNDER_ORDER, "__ge__", do_ge, 2) ROW(
                DUNDER_HASH, "__hash__", do_hash, 1) ROW(DUNDER_REPR, "__repr__", do_repr, 1)
                ROW(DUNDER_STR, "__str__", do_str, 1) ROW(DUNDER_FORMAT, "__format__", do_format, 2)
                    ROW(DUNDER_BOOL, "__bool__", do_bool, 1) ROW(DUNDER_LEN, "__len__", do_len, 1)
                        ROW(DUNDER_CONTAINS, "__contains__", do_contains, 2)
                            ROW(DUNDER_GETITEM, "__getitem__", do_getitem, 2)
                                ROW(DUNDER_SETITEM, "__setitem__", do_setitem, 3)
                                    ROW(DUNDER_DELITEM, "__delitem__", do_delitem, 2)
                                        ROW(DUNDER_ITER | DUNDER_NEXT, "__iter__", do_iter, 1)
                                            ROW(DUNDER_NEXT, "__next__", do_next, 1)};

void dunder_install(VM *vm, Class *cls, uint64_t flags) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (!(rows[i].flag & flags)) continue;
    dict_set_str(vm, cls->dict, str_intern_c(vm, rows[i].def.name),
                 native_new(vm, &rows[i].def, cls));
  }
  cls->specials_valid = false;
}

void native_binary_dunders(VM *vm, Class *cls, unsigned mask) {
  dunder_install(vm, cls, (uint64_t)mask | (uint64_t)mask << 16);
}
