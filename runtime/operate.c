// operate.c: the binary and unary operators on builtin operands.
//
// The operands' kinds decide. A user class is tried by script first (value_binary says SCRIPT);
// its inherited builtin methods come back here through value_binary_builtin.
#include "bytes.h"
#include "deque.h"
#include "float.h"
#include "format.h"
#include "int.h"
#include "number.h"
#include "protocol.h"
#include "vm.h"

static const char *const symbols[] = {"+", "-",  "*",  "/", "//", "%", "** or pow()",
                                      "@", "<<", ">>", "&", "|",  "^"};
static const char *const in_place_symbols[] = {
    "+=", "-=", "*=", "/=", "//=", "%=", "**=", "@=", "<<=", ">>=", "&=", "|=", "^="};

static bool is_sequence(Value v) { return is_str(v) || is_list(v) || is_tuple(v) || is_bytes(v); }

static Tri concat_bytes(VM *vm, const Bytes *a, const Bytes *b, Value *out) {
  Bytes *sum = bytes_new(vm, NULL, a->length + b->length);
  memcpy(sum->data, a->data, a->length);
  memcpy(sum->data + a->length, b->data, b->length);
  *out = from_object(sum);
  return TRI_YES;
}

// a + b for two sequences of the same kind.
static Tri concat(VM *vm, Value a, Value b, Value *out) {
  if (is_str(a)) {
    *out = from_object(str_concat(vm, as_str(a), as_str(b)));
    return TRI_YES;
  }
  if (is_bytes(a)) return concat_bytes(vm, as_bytes(a), as_bytes(b), out);
  if (is_list(a)) {
    const List *x = as_list(a), *y = as_list(b);
    List *sum = list_new(vm, x->count + y->count);
    list_extend(vm, sum, x->items, x->count);
    list_extend(vm, sum, y->items, y->count);
    *out = from_object(sum);
    return TRI_YES;
  }
  Tuple *x = as_tuple(a), *y = as_tuple(b);
  if (y->count == 0 && x->header.cls == vm->tuple_class) {
    *out = a;
    return TRI_YES;
  }
  Tuple *sum = tuple_new(vm, x->count + y->count);
  if (x->count) memcpy(sum->items, x->items, x->count * sizeof(Value));
  if (y->count) memcpy(sum->items + x->count, y->items, y->count * sizeof(Value));
  *out = from_object(sum);
  return TRI_YES;
}

static Value repeat_bytes(VM *vm, const Bytes *b, int64_t times) {
  if (times <= 0 || b->length == 0) return from_object(bytes_new(vm, NULL, 0));
  if ((uint64_t)times > (UINT64_C(1) << 36) / b->length) {
    list_raise_too_large(vm);
    return EMPTY;
  }
  Bytes *result = bytes_new(vm, NULL, b->length * (size_t)times);
  for (size_t i = 0; i < result->length; i += b->length) {
    memcpy(result->data + i, b->data, b->length);
  }
  return from_object(result);
}

static Tri repeat(VM *vm, Value sequence, Value times, Value *out) {
  int64_t n;
  if (!int_to_i64(times, &n)) {
    vm_raise(vm, vm->exceptions.OverflowError, "cannot fit '%s' into an index-sized integer",
             value_class_name(vm, times));
    return TRI_ERROR;
  }
  if (is_str(sequence)) {
    *out = str_repeat(vm, as_str(sequence), n);
  } else if (is_bytes(sequence)) {
    *out = repeat_bytes(vm, as_bytes(sequence), n);
  } else if (is_list(sequence)) {
    *out = list_repeat(vm, as_list(sequence), n);
  } else {
    *out = tuple_repeat(vm, as_tuple(sequence), n);
  }
  return is_empty(*out) ? TRI_ERROR : TRI_YES;
}

Tri value_binary_builtin(VM *vm, Binary op, Value a, Value b, Value *out) {
  if (is_number(a) && is_number(b)) {
    Tri done = number_binary(vm, op, a, b, out);
    if (done != TRI_NO) return done;
  } else if (op == BIN_ADD) {
    if (is_sequence(a) && is_object(b) && as_object(a)->kind == as_object(b)->kind) {
      return concat(vm, a, b, out);
    }
    if (is_deque(a) && is_deque(b)) return deque_concat(vm, as_deque(a), as_deque(b), out);
  } else if (op == BIN_MUL) {
    if (is_sequence(a) && is_int(b)) return repeat(vm, a, b, out);
    if (is_sequence(b) && is_int(a)) return repeat(vm, b, a, out);
    if (is_deque(a) && is_int(b)) return deque_repeat(vm, as_deque(a), b, out);
    if (is_deque(b) && is_int(a)) return deque_repeat(vm, as_deque(b), a, out);
  } else if (op == BIN_MOD) {
    if (is_str(a)) return format_percent(vm, as_str(a), b, out);
    if (is_bytes(a)) return format_percent_bytes(vm, a, b, out);
  } else if (op == BIN_OR && is_dict(a) && is_dict(b)) {
    return dict_merged(vm, as_dict(a), as_dict(b), out);
  } else if (op == BIN_OR || op == BIN_AND || op == BIN_XOR || op == BIN_SUB) {
    Tri done = set_binary(vm, op, false, a, b, out);
    if (done != TRI_NO) return done;
  }
  *out = NOT_IMPLEMENTED;
  return TRI_YES;
}

// a op= b where a changes: NO when it does not, and the plain operator is meant.
static Tri in_place_builtin(VM *vm, Binary op, Value a, Value b, Value *out) {
  *out = a;
  if (is_list(a) && op == BIN_ADD) {
    List *items;
    Tri known = value_items(vm, b, &items);
    if (known == TRI_YES) list_extend(vm, as_list(a), items->items, items->count);
    return known;
  }
  if (is_list(a) && op == BIN_MUL && is_int(b)) {
    Value product;
    Tri done = repeat(vm, a, b, &product);
    if (done != TRI_YES) return done;
    List *list = as_list(a), *longer = as_list(product), old = *list;
    list->items = longer->items, list->count = longer->count, list->capacity = longer->capacity;
    longer->items = old.items, longer->count = old.count, longer->capacity = old.capacity;
    return TRI_YES;
  }
  if (is_dict(a) && op == BIN_OR) {
    if (is_dict(b)) return dict_update(vm, as_dict(a), as_dict(b));
    List *pairs;
    Tri known = value_has_script(vm, b, SP_ITER) ? TRI_SCRIPT : value_items(vm, b, &pairs);
    return known == TRI_YES ? dict_update_pairs(vm, as_dict(a), pairs) : known;
  }
  if (is_kind(a, KIND_SET)) return set_binary(vm, op, true, a, b, out);
  // deque's own methods do it: d += items, d *= times
  if (is_deque(a) && (op == BIN_ADD || op == BIN_MUL)) return TRI_SCRIPT;
  return TRI_NO;
}

static const char *print_hint(Binary op, bool in_place, Value a) {
  if (op != BIN_RSHIFT || in_place || !is_kind(a, KIND_NATIVE)) return "";
  const Native *native = as_native(a);
  if (native->owner || strcmp(native->def->name, "print") != 0) return "";
  return ". Did you mean \"print(<message>, file=<output_stream>)\"?";
}

void value_raise_unsupported(VM *vm, Binary op, bool in_place, Value a, Value b) {
  const char *left = value_class_name(vm, a), *right = value_class_name(vm, b);
  if (op == BIN_ADD && (is_str(a) || is_list(a) || is_tuple(a))) {
    const char *kind = is_str(a) ? "str" : is_list(a) ? "list" : "tuple";
    raise_type_error(vm, "can only concatenate %s (not \"%s\") to %s", kind, right, kind);
  } else if (op == BIN_ADD && is_bytes(a)) {
    raise_type_error(vm, "can't concat %s to bytes", right);
  } else if (op == BIN_ADD && is_deque(a)) {
    raise_type_error(vm, "can only concatenate deque (not \"%s\") to deque",
                     value_class(vm, b)->name->data);
  } else if (op == BIN_MUL && (is_sequence(a) || is_deque(a))) {
    raise_type_error(vm, "can't multiply sequence by non-int of type '%s'", right);
  } else if (op == BIN_MUL && (is_sequence(b) || is_deque(b))) {
    raise_type_error(vm, "can't multiply sequence by non-int of type '%s'", left);
  } else {
    raise_type_error(vm, "unsupported operand type(s) for %s: '%s' and '%s'%s",
                     in_place ? in_place_symbols[op] : symbols[op], left, right,
                     print_hint(op, in_place, a));
  }
}

Tri value_binary(VM *vm, Binary op, bool in_place, Value a, Value b, Value *out) {
  if (!value_is_builtin(vm, a) || !value_is_builtin(vm, b)) return TRI_SCRIPT;
  if (is_class(a) || is_class(b)) return TRI_SCRIPT;  // int | None
  if (in_place && is_object(a)) {
    Tri done = in_place_builtin(vm, op, a, b, out);
    if (done != TRI_NO) return done;
  }
  Tri done = value_binary_builtin(vm, op, a, b, out);
  if (done != TRI_YES || *out != NOT_IMPLEMENTED) return done;
  value_raise_unsupported(vm, op, in_place, a, b);
  return TRI_ERROR;
}

Tri value_unary(VM *vm, Unary op, Value v, Value *out) {
  static const Special methods[] = {SP_NEG, SP_POS, SP_INVERT};
  static const char symbol[] = "-+~";
  if (value_has_script(vm, v, methods[op])) return TRI_SCRIPT;
  if (is_int(v)) return int_unary(vm, op, v, out);
  if (is_float(v) && op != UN_INVERT) {
    *out = from_double(op == UN_NEG ? -float_value(v) : float_value(v));
    return TRI_YES;
  }
  raise_type_error(vm, "bad operand type for unary %c: '%s'", symbol[op], value_class_name(vm, v));
  return TRI_ERROR;
}
