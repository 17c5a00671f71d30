// compile_const.c: constant values, and the little folding that cannot be noticed.
#include "bytes.h"
#include "compile_internal.h"
#include "int.h"

enum { DECIMAL_DIGITS_MAX = 4300, FOLDED_TEXT_MAX = 4096 };

static Value int_value(Unit *unit, const Expr *expr) {
  Str8 digits = expr->as.constant.text;
  if (expr->as.constant.base == 10 && digits.length > DECIMAL_DIGITS_MAX) {
    emit_error(unit, expr->span,
               "Exceeds the limit (4300 digits) for integer string conversion: value has %zu "
               "digits; use sys.set_int_max_str_digits() to increase the limit - Consider "
               "hexadecimal for huge integer literals to avoid decimal conversion limits.",
               digits.length);
    return small_int(0);
  }
  return int_from_digits(unit->compiler->vm, digits.data, digits.length, expr->as.constant.base);
}

static Value literal_value(Unit *unit, const Expr *expr) {
  Str8 text = expr->as.constant.text;
  switch (expr->as.constant.kind) {
    case CONSTANT_NONE: return NONE;
    case CONSTANT_TRUE: return TRUE_VALUE;
    case CONSTANT_FALSE: return FALSE_VALUE;
    case CONSTANT_ELLIPSIS: return ELLIPSIS;
    case CONSTANT_INT: return int_value(unit, expr);
    case CONSTANT_FLOAT: return from_double(expr->as.constant.number);
    case CONSTANT_STR: return from_object(emit_str(unit->compiler, text));
    case CONSTANT_BYTES:
      return from_object(bytes_new(unit->compiler->vm, text.data ? text.data : "", text.length));
  }
  return NONE;
}

static bool is_number(Value v) {
  return is_double(v) || is_small_int(v) || is_kind(v, KIND_BIGINT);
}

static bool fold_unary(Unit *unit, const Expr *expr, Value *out) {
  Value operand;
  UnaryOp op = expr->as.unary_op.op;
  if (op == UNARY_NOT || !const_value(unit, expr->as.unary_op.operand, &operand)) return false;
  if (!is_number(operand) || (op == UNARY_INVERT && is_double(operand))) return false;
  if (op == UNARY_UADD) {
    *out = operand;
    return true;
  }
  if (is_double(operand)) {
    *out = from_double(-as_double(operand));
    return true;
  }
  Unary unary = op == UNARY_USUB ? UN_NEG : UN_INVERT;
  return int_unary(unit->compiler->vm, unary, operand, out) == TRI_YES;
}

// Sums, differences and products of small ints, and the joining of two texts.
static bool fold_binary(Unit *unit, const Expr *expr, Value *out) {
  BinaryOp op = expr->as.bin_op.op;
  if (op != BINARY_ADD && op != BINARY_SUB && op != BINARY_MULT) return false;
  Value left, right;
  if (!const_value(unit, expr->as.bin_op.left, &left)) return false;
  if (!const_value(unit, expr->as.bin_op.right, &right)) return false;
  VM *vm = unit->compiler->vm;
  if (op == BINARY_ADD && is_str(left) && is_str(right)) {
    if (as_str(left)->length + as_str(right)->length > FOLDED_TEXT_MAX) return false;
    Str *joined = str_concat(vm, as_str(left), as_str(right));
    *out = from_object(emit_str(unit->compiler, (Str8){joined->data, joined->length}));
    return true;
  }
  if (!are_small_ints(left, right)) return false;
  Binary binary = op == BINARY_ADD ? BIN_ADD : op == BINARY_SUB ? BIN_SUB : BIN_MUL;
  return int_binary(vm, binary, left, right, out) == TRI_YES && is_small_int(*out);
}

static bool fold_tuple(Unit *unit, ExprSeq elts, Value *out) {
  Tuple *tuple = tuple_new(unit->compiler->vm, (size_t)elts.count);
  for (int i = 0; i < elts.count; i++) {
    if (!const_value(unit, elts.items[i], &tuple->items[i])) return false;
  }
  *out = from_object(tuple);
  return true;
}

Value const_tuple_of(Unit *unit, ExprSeq elts) {
  Value tuple = from_object(unit->compiler->vm->empty_tuple);
  bool is_constant = fold_tuple(unit, elts, &tuple);
  assert(is_constant);
  (void)is_constant;
  return tuple;
}

bool const_value(Unit *unit, const Expr *expr, Value *out) {
  switch (expr->kind) {
    case EXPR_CONSTANT: *out = literal_value(unit, expr); return true;
    case EXPR_UNARY_OP: return fold_unary(unit, expr, out);
    case EXPR_BIN_OP: return fold_binary(unit, expr, out);
    case EXPR_TUPLE:
      return expr->as.tuple.ctx == CONTEXT_LOAD && fold_tuple(unit, expr->as.tuple.elts, out);
    case EXPR_NAME:
      if (!str8_is(expr->as.name.id, "__debug__")) return false;
      *out = TRUE_VALUE;
      return true;
    default: return false;
  }
}

int const_truth(Unit *unit, const Expr *expr) {
  Value value;
  if (expr->kind != EXPR_CONSTANT && expr->kind != EXPR_NAME) return -1;
  if (!const_value(unit, expr, &value)) return -1;
  if (is_str(value)) return as_str(value)->length > 0;
  if (is_bytes(value)) return as_bytes(value)->length > 0;
  if (is_double(value)) return as_double(value) != 0;
  return !(is_none(value) || value == FALSE_VALUE || value == small_int(0));
}
