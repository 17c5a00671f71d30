// compile_expr.c: expressions to instructions. See compile_internal.h for the four ways.
#include "compile_internal.h"

// A literal of more constants than this is one constant that the display is filled from.
enum { DISPLAY_CONSTANTS = 4, DISPLAY_REGISTERS = 32, STRING_PARTS = 128 };

int expr_base(Unit *unit, Span span, int to) {
  if (emit_is_temp(unit, to) && to == unit->next_temp - 1) return to;
  return emit_temp(unit, span);
}

// --- Where a value is --------------------------------------------------------------------------

int expr_any_in(Unit *unit, const Expr *expr, int spare) {
  if (expr->kind == EXPR_NAME && !str8_is(expr->as.name.id, "__debug__")) {
    const Symbol *symbol = name_symbol(unit, expr->as.name.id, expr->span);
    int reg = name_local(unit, symbol, expr->span);
    if (reg != NO_REGISTER) return reg;
  }
  int to = spare >= 0 && emit_is_temp(unit, spare) ? spare : emit_temp(unit, expr->span);
  expr_to(unit, expr, to);
  return to;
}

int expr_any(Unit *unit, const Expr *expr) { return expr_any_in(unit, expr, NO_REGISTER); }

// Whether evaluating it can assign to no local variable.
static bool is_simple(const Expr *expr) {
  return expr == NULL || expr->kind == EXPR_CONSTANT || expr->kind == EXPR_NAME;
}

int expr_operand(Unit *unit, const Expr *expr, const Expr *later, int spare) {
  int reg = expr_any_in(unit, expr, spare);
  if (emit_is_temp(unit, reg) || !unit->scope->has_walrus || is_simple(later)) return reg;
  int copy = spare >= 0 && emit_is_temp(unit, spare) ? spare : emit_temp(unit, expr->span);
  emit_move(unit, expr->span, copy, reg);
  return copy;
}

int expr_next(Unit *unit, const Expr *expr) {
  int to = emit_temp(unit, expr->span);
  expr_to(unit, expr, to);
  return to;
}

void expr_discard(Unit *unit, const Expr *expr) {
  int mark = unit->next_temp;
  if (expr->kind == EXPR_NAME) {
    expr_any(unit, expr);  // may raise NameError
  } else if (expr->kind == EXPR_CALL) {
    call_to(unit, expr, emit_temp(unit, expr->span), CALL_DROPPED);
  } else if (expr->kind != EXPR_CONSTANT) {
    expr_next(unit, expr);
  }
  unit->next_temp = mark;
}

// --- Operators ---------------------------------------------------------------------------------

Opcode expr_binary_opcode(BinaryOp op) {
  static const Opcode opcodes[] = {
      [BINARY_ADD] = OP_ADD,           [BINARY_SUB] = OP_SUB,       [BINARY_MULT] = OP_MUL,
      [BINARY_MATMULT] = OP_MATMUL,    [BINARY_DIV] = OP_TRUEDIV,   [BINARY_MOD] = OP_MOD,
      [BINARY_POW] = OP_POW,           [BINARY_LSHIFT] = OP_LSHIFT, [BINARY_RSHIFT] = OP_RSHIFT,
      [BINARY_BITOR] = OP_OR,          [BINARY_BITXOR] = OP_XOR,    [BINARY_BITAND] = OP_AND,
      [BINARY_FLOORDIV] = OP_FLOORDIV,
  };
  return opcodes[op];
}

Opcode expr_binary_const_opcode(BinaryOp op) {
  return (Opcode)(expr_binary_opcode(op) - OP_ADD + OP_ADD_K);
}

static void binary_to(Unit *unit, const Expr *expr, int to) {
  const Expr *right = expr->as.bin_op.right;
  BinaryOp op = expr->as.bin_op.op;
  int left = expr_operand(unit, expr->as.bin_op.left, right, to);
  Value value;
  int index;
  if (const_value(unit, right, &value) && emit_has_const16(unit, value, &index)) {
    emit(unit, expr->span, expr_binary_const_opcode(op), 0, to, left, index);
  } else {
    int reg = expr_any_in(unit, right, left == to ? NO_REGISTER : to);
    emit(unit, expr->span, expr_binary_opcode(op), 0, to, left, reg);
  }
}

static void unary_to(Unit *unit, const Expr *expr, int to) {
  static const Opcode opcodes[] = {
      [UNARY_INVERT] = OP_INVERT,
      [UNARY_NOT] = OP_NOT,
      [UNARY_UADD] = OP_POS,
      [UNARY_USUB] = OP_NEG,
  };
  int operand = expr_any_in(unit, expr->as.unary_op.operand, to);
  emit(unit, expr->span, opcodes[expr->as.unary_op.op], 0, to, operand, 0);
}

static bool all_constants(Unit *unit, ExprSeq elts) {
  Value ignored;
  for (int i = 0; i < elts.count; i++) {
    if (!const_value(unit, elts.items[i], &ignored)) return false;
  }
  return true;
}

// The constant that a set display of three or more constants is filled from.
static Value constant_set(Unit *unit, ExprSeq elts) {
  const Tuple *items = as_tuple(const_tuple_of(unit, elts));
  return from_object(set_from_constants(unit->compiler->vm, items->items, items->count));
}

// `x in [1, 2]` with constants: the display is one constant tuple, or set.
static int container_operand(Unit *unit, CompareOp op, const Expr *expr) {
  if (op != COMPARE_IN && op != COMPARE_NOT_IN) return expr_any(unit, expr);
  Value value;
  if (expr->kind == EXPR_LIST && all_constants(unit, expr->as.list.elts)) {
    value = const_tuple_of(unit, expr->as.list.elts);
  } else if (expr->kind == EXPR_SET && all_constants(unit, expr->as.set.elts)) {
    value = constant_set(unit, expr->as.set.elts);
  } else {
    return expr_any(unit, expr);
  }
  int reg = emit_temp(unit, expr->span);
  emit_load_const(unit, expr->span, reg, value);
  return reg;
}

static void compare_op(Unit *unit, Span span, CompareOp op, int to, int left, int right) {
  switch (op) {
    case COMPARE_EQ: emit(unit, span, OP_EQ, 0, to, left, right); break;
    case COMPARE_NOT_EQ: emit(unit, span, OP_NE, 0, to, left, right); break;
    case COMPARE_LT: emit(unit, span, OP_LT, 0, to, left, right); break;
    case COMPARE_LT_E: emit(unit, span, OP_LE, 0, to, left, right); break;
    case COMPARE_GT: emit(unit, span, OP_GT, 0, to, left, right); break;
    case COMPARE_GT_E: emit(unit, span, OP_GE, 0, to, left, right); break;
    case COMPARE_IS:
    case COMPARE_IS_NOT: emit(unit, span, OP_IS, op == COMPARE_IS_NOT, to, left, right); break;
    case COMPARE_IN:
    case COMPARE_NOT_IN: emit(unit, span, OP_IN, op == COMPARE_NOT_IN, to, left, right); break;
  }
}

// a < b < c:
//     to = a < b; if not to goto end; to = b < c; end:
static void compare_to(Unit *unit, const Expr *expr, int to) {
  ExprSeq rights = expr->as.compare.comparators;
  int result = rights.count > 1 && !emit_is_temp(unit, to) ? emit_temp(unit, expr->span) : to;
  Label end = emit_label(unit);
  int left = expr_operand(unit, expr->as.compare.left, rights.items[0],
                          rights.count > 1 ? NO_REGISTER : to);
  for (int i = 0; i < rights.count; i++) {
    const Expr *right = rights.items[i];
    CompareOp op = expr->as.compare.ops[i];
    bool last = i + 1 == rights.count;
    int reg = last ? container_operand(unit, op, right)
                   : expr_operand(unit, right, rights.items[i + 1], NO_REGISTER);
    compare_op(unit, expr->span, op, result, left, reg);
    if (!last) emit_jump(unit, expr->span, OP_JUMP_IF_FALSE, 0, result, 0, end);
    left = reg;
  }
  emit_place(unit, end);
  emit_move(unit, expr->span, to, result);
}

static void bool_op_to(Unit *unit, const Expr *expr, int to) {
  ExprSeq values = expr->as.bool_op.values;
  int result = emit_is_temp(unit, to) ? to : emit_temp(unit, expr->span);
  Opcode stop = expr->as.bool_op.op == BOOL_AND ? OP_JUMP_IF_FALSE : OP_JUMP_IF_TRUE;
  Label end = emit_label(unit);
  for (int i = 0; i < values.count; i++) {
    expr_to(unit, values.items[i], result);
    if (i + 1 < values.count) emit_jump(unit, values.items[i]->span, stop, 0, result, 0, end);
  }
  emit_place(unit, end);
  emit_move(unit, expr->span, to, result);
}

static void if_exp_to(Unit *unit, const Expr *expr, int to) {
  Label otherwise = emit_label(unit), end = emit_label(unit);
  expr_jump(unit, expr->as.if_exp.test, otherwise, false);
  expr_to(unit, expr->as.if_exp.body, to);
  emit_jump(unit, expr->span, OP_JUMP, 0, 0, 0, end);
  emit_place(unit, otherwise);
  expr_to(unit, expr->as.if_exp.orelse, to);
  emit_place(unit, end);
}

// --- Conditions --------------------------------------------------------------------------------

static void jump_on_value(Unit *unit, Span span, int reg, Label label, bool jump_if) {
  emit_jump(unit, span, jump_if ? OP_JUMP_IF_TRUE : OP_JUMP_IF_FALSE, 0, reg, 0, label);
}

// if (left op right) == jump_if goto label
static void compare_jump(Unit *unit, Span span, CompareOp op, int left, const Expr *right_expr,
                         int right, Label label, bool jump_if) {
  static const Opcode fused[] = {
      [COMPARE_EQ] = OP_JUMP_EQ,   [COMPARE_NOT_EQ] = OP_JUMP_NE, [COMPARE_LT] = OP_JUMP_LT,
      [COMPARE_LT_E] = OP_JUMP_LE, [COMPARE_GT] = OP_JUMP_GT,     [COMPARE_GT_E] = OP_JUMP_GE,
  };
  Value value;
  int index;
  bool is_const = right == NO_REGISTER && const_value(unit, right_expr, &value) &&
                  emit_has_const16(unit, value, &index);
  if (op == COMPARE_IN || op == COMPARE_NOT_IN) {
    int mark = unit->next_temp;
    int result = emit_temp(unit, span);
    if (right == NO_REGISTER) right = container_operand(unit, op, right_expr);
    emit(unit, span, OP_IN, op == COMPARE_NOT_IN, result, left, right);
    jump_on_value(unit, span, result, label, jump_if);
    unit->next_temp = mark;
    return;
  }
  bool is_identity = op == COMPARE_IS || op == COMPARE_IS_NOT;
  int k = is_identity ? jump_if == (op == COMPARE_IS) : jump_if;
  Opcode opcode = is_identity ? OP_JUMP_IS : fused[op];
  if (is_const) {
    opcode = is_identity ? OP_JUMP_IS_K : (Opcode)(opcode - OP_JUMP_LT + OP_JUMP_LT_K);
    emit_jump(unit, span, opcode, k, left, index, label);
    return;
  }
  int mark = unit->next_temp;
  if (right == NO_REGISTER) right = expr_any(unit, right_expr);
  emit_jump(unit, span, opcode, k, left, right, label);
  unit->next_temp = mark;
}

static void chain_jump(Unit *unit, const Expr *expr, Label label, bool jump_if) {
  ExprSeq rights = expr->as.compare.comparators;
  Label end = emit_label(unit);
  int left = expr_operand(unit, expr->as.compare.left, rights.items[0], NO_REGISTER);
  for (int i = 0; i < rights.count; i++) {
    const Expr *right = rights.items[i];
    CompareOp op = expr->as.compare.ops[i];
    if (i + 1 == rights.count) {
      compare_jump(unit, expr->span, op, left, right, NO_REGISTER, label, jump_if);
      break;
    }
    int reg = expr_operand(unit, right, rights.items[i + 1], NO_REGISTER);
    compare_jump(unit, expr->span, op, left, right, reg, jump_if ? end : label, false);
    left = reg;
  }
  emit_place(unit, end);
}

static void bool_op_jump(Unit *unit, const Expr *expr, Label label, bool jump_if) {
  ExprSeq values = expr->as.bool_op.values;
  // `and` is decided by the first false value, `or` by the first true one.
  bool decides = expr->as.bool_op.op == BOOL_OR;
  Label end = emit_label(unit);
  for (int i = 0; i < values.count; i++) {
    if (i + 1 == values.count) {
      expr_jump(unit, values.items[i], label, jump_if);
    } else {
      expr_jump(unit, values.items[i], decides == jump_if ? label : end, decides);
    }
  }
  emit_place(unit, end);
}

void expr_jump(Unit *unit, const Expr *expr, Label label, bool jump_if) {
  int mark = unit->next_temp;
  int truth = const_truth(unit, expr);
  if (truth >= 0) {
    if (truth == jump_if) emit_jump(unit, expr->span, OP_JUMP, 0, 0, 0, label);
  } else if (expr->kind == EXPR_UNARY_OP && expr->as.unary_op.op == UNARY_NOT) {
    expr_jump(unit, expr->as.unary_op.operand, label, !jump_if);
  } else if (expr->kind == EXPR_BOOL_OP) {
    bool_op_jump(unit, expr, label, jump_if);
  } else if (expr->kind == EXPR_COMPARE) {
    chain_jump(unit, expr, label, jump_if);
  } else {
    jump_on_value(unit, expr->span, expr_any(unit, expr), label, jump_if);
  }
  unit->next_temp = mark;
}

// --- Displays ----------------------------------------------------------------------------------

static bool any_starred(ExprSeq elts) {
  for (int i = 0; i < elts.count; i++) {
    if (elts.items[i]->kind == EXPR_STARRED) return true;
  }
  return false;
}

// The elements one by one into a list that is made first.
static int build_long_list(Unit *unit, const Expr *expr, ExprSeq elts) {
  int list = emit_temp(unit, expr->span);
  emit(unit, expr->span, OP_BUILD_LIST, 0, list, list, 0);
  int mark = unit->next_temp;
  for (int i = 0; i < elts.count; i++) {
    const Expr *elt = elts.items[i];
    if (elt->kind == EXPR_STARRED) {
      int items = expr_any(unit, elt->as.starred.value);
      emit(unit, elt->span, OP_LIST_EXTEND, 0, 0, list, items);
    } else {
      emit(unit, elt->span, OP_LIST_APPEND, 0, 0, list, expr_any(unit, elt));
    }
    unit->next_temp = mark;
  }
  return list;
}

static void list_or_tuple_to(Unit *unit, const Expr *expr, ExprSeq elts, int to) {
  bool is_list = expr->kind == EXPR_LIST;
  if (is_list && elts.count > DISPLAY_CONSTANTS && all_constants(unit, elts)) {
    int list = emit_temp(unit, expr->span), items = emit_temp(unit, expr->span);
    emit(unit, expr->span, OP_BUILD_LIST, 0, list, list, 0);
    emit_load_const(unit, expr->span, items, const_tuple_of(unit, elts));
    emit(unit, expr->span, OP_LIST_EXTEND, 0, 0, list, items);
    emit_move(unit, expr->span, to, list);
  } else if (elts.count > DISPLAY_REGISTERS || any_starred(elts)) {
    int list = build_long_list(unit, expr, elts);
    if (is_list) {
      emit_move(unit, expr->span, to, list);
    } else {
      emit(unit, expr->span, OP_LIST_TO_TUPLE, 0, to, list, 0);
    }
  } else {
    int base = expr_base(unit, expr->span, to);
    for (int i = 0; i < elts.count; i++) {
      if (i == 0) {
        expr_to(unit, elts.items[0], base);
      } else {
        expr_next(unit, elts.items[i]);
      }
    }
    emit(unit, expr->span, is_list ? OP_BUILD_LIST : OP_BUILD_TUPLE, 0, to, base, elts.count);
  }
}

static void set_to(Unit *unit, const Expr *expr, int to) {
  ExprSeq elts = expr->as.set.elts;
  int set = emit_is_temp(unit, to) ? to : emit_temp(unit, expr->span);
  emit(unit, expr->span, OP_BUILD_SET, 0, set, 0, 0);
  int mark = unit->next_temp;
  if (elts.count >= 3 && all_constants(unit, elts)) {
    int items = emit_temp(unit, expr->span), scratch = emit_temp(unit, expr->span);
    emit_load_const(unit, expr->span, items, constant_set(unit, elts));
    emit(unit, expr->span, OP_SET_UPDATE, 0, scratch, set, items);
    unit->next_temp = mark;
    elts.count = 0;
  }
  for (int i = 0; i < elts.count; i++) {
    const Expr *elt = elts.items[i];
    int scratch = emit_temp(unit, elt->span);
    bool starred = elt->kind == EXPR_STARRED;
    int item = expr_any(unit, starred ? elt->as.starred.value : elt);
    emit(unit, elt->span, starred ? OP_SET_UPDATE : OP_SET_ADD, 0, scratch, set, item);
    unit->next_temp = mark;
  }
  emit_move(unit, expr->span, to, set);
}

static void dict_to(Unit *unit, const Expr *expr, int to) {
  ExprSeq keys = expr->as.dict.keys, values = expr->as.dict.values;
  int dict = emit_is_temp(unit, to) ? to : emit_temp(unit, expr->span);
  emit_dict(unit, expr->span, dict, values.count);
  int mark = unit->next_temp;
  for (int i = 0; i < values.count; i++) {
    const Expr *key = keys.items[i], *value = values.items[i];
    if (key == NULL) {
      int scratch = emit_temp(unit, value->span);
      emit(unit, value->span, OP_DICT_UPDATE, 0, scratch, dict, expr_any(unit, value));
    } else {
      int key_reg = expr_operand(unit, key, value, NO_REGISTER);
      int value_reg = expr_any(unit, value);
      emit(unit, expr->span, OP_DICT_SET, 0, value_reg, dict, key_reg);
    }
    unit->next_temp = mark;
  }
  emit_move(unit, expr->span, to, dict);
}

// --- Formatted strings -------------------------------------------------------------------------

static void formatted_value_to(Unit *unit, const Expr *expr, int to) {
  static const struct {
    char letter;
    int k;
  } conversions[] = {{'s', 1}, {'r', 2}, {'a', 3}};
  const Expr *spec = expr->as.formatted_value.format_spec;
  int k = 0;
  for (int i = 0; i < 3; i++) {
    if (expr->as.formatted_value.conversion == conversions[i].letter) k = conversions[i].k;
  }
  int value = expr_operand(unit, expr->as.formatted_value.value, spec, to);
  int spec_reg = value;
  if (spec != NULL) {
    spec_reg = expr_next(unit, spec);
    k |= 4;
  }
  emit(unit, expr->span, OP_FORMAT_VALUE, k, to, value, spec_reg);
}

static void joined_str_to(Unit *unit, const Expr *expr, int to) {
  ExprSeq parts = expr->as.joined_str.values;
  if (parts.count == 0) {
    emit_load_const(unit, expr->span, to, from_object(unit->compiler->vm->empty_str));
    return;
  }
  if (parts.count == 1) {
    expr_to(unit, parts.items[0], to);
    return;
  }
  int base = expr_base(unit, expr->span, to);
  expr_to(unit, parts.items[0], base);
  int held = 1;
  for (int i = 1; i < parts.count; i++) {
    if (held == STRING_PARTS) {
      emit(unit, expr->span, OP_BUILD_STRING, 0, base, base, held);
      unit->next_temp = base + 1;
      held = 1;
    }
    expr_next(unit, parts.items[i]);
    held++;
  }
  emit(unit, expr->span, OP_BUILD_STRING, 0, to, base, held);
}

// --- Attributes and items ----------------------------------------------------------------------

static void slice_part(Unit *unit, const Expr *expr, const Expr *part, int to) {
  if (part == NULL) {
    emit(unit, expr->span, OP_LOAD_NONE, 0, to, 0, 0);
  } else {
    expr_to(unit, part, to);
  }
}

static void slice_to(Unit *unit, const Expr *expr, int to) {
  int base = expr_base(unit, expr->span, to);
  slice_part(unit, expr, expr->as.slice.lower, base);
  slice_part(unit, expr, expr->as.slice.upper, emit_temp(unit, expr->span));
  slice_part(unit, expr, expr->as.slice.step, emit_temp(unit, expr->span));
  emit(unit, expr->span, OP_BUILD_SLICE, 0, to, base, 0);
}

static void subscript_to(Unit *unit, const Expr *expr, int to) {
  const Expr *slice = expr->as.subscript.slice;
  int value = expr_operand(unit, expr->as.subscript.value, slice, to);
  int index = expr_any_in(unit, slice, value == to ? NO_REGISTER : to);
  emit(unit, expr->span, OP_LOAD_ITEM, 0, to, value, index);
}

// --- Suspension --------------------------------------------------------------------------------

// `await f(x)` is two instructions with the same register, which the interpreter takes as one:
//     t = call f(x), k=1; t = await t
static void await_to(Unit *unit, const Expr *expr, int to) {
  const Expr *value = expr->as.await.value;
  func_check_await(unit, expr->span);
  if (value->kind == EXPR_CALL) {
    int temp = emit_is_temp(unit, to) ? to : emit_temp(unit, expr->span);
    call_to(unit, value, temp, CALL_AWAITED);
    emit(unit, expr->span, OP_AWAIT, 0, temp, temp, 0);
    emit_move(unit, expr->span, to, temp);
  } else {
    emit(unit, expr->span, OP_AWAIT, 0, to, expr_any_in(unit, value, to), 0);
  }
}

static void check_yield(Unit *unit, Span span) {
  if (!scope_is_function(unit->scope)) emit_error(unit, span, "'yield' outside function");
}

static void yield_to(Unit *unit, const Expr *expr, int to) {
  check_yield(unit, expr->span);
  const Expr *value = expr->as.yield.value;
  int reg = to;
  if (value != NULL) {
    reg = expr_any_in(unit, value, to);
  } else {
    if (!emit_is_temp(unit, reg)) reg = emit_temp(unit, expr->span);
    emit(unit, expr->span, OP_LOAD_NONE, 0, reg, 0, 0);
  }
  bool is_async = unit->flags & CODE_ASYNC_GENERATOR;
  emit(unit, expr->span, is_async ? OP_ASYNC_YIELD : OP_YIELD, 0, to, reg, 0);
}

static void yield_from_to(Unit *unit, const Expr *expr, int to) {
  check_yield(unit, expr->span);
  if (unit->scope->is_async) {
    emit_error(unit, expr->span, "'yield from' inside async function");
  }
  int value = expr_any_in(unit, expr->as.yield_from.value, to);
  emit(unit, expr->span, OP_YIELD_FROM, 0, to, value, 0);
}

// --- All of them -------------------------------------------------------------------------------

static void walrus_to(Unit *unit, const Expr *expr, int to) {
  const Expr *target = expr->as.named_expr.target;
  int reg = name_target_register(unit, target);
  if (reg != NO_REGISTER) {
    assign_value(unit, target, expr->as.named_expr.value);
    emit_move(unit, expr->span, to, reg);
  } else {
    int value = expr_any_in(unit, expr->as.named_expr.value, to);
    assign_to(unit, target, value);
    emit_move(unit, expr->span, to, value);
  }
}

void expr_to(Unit *unit, const Expr *expr, int to) {
  Value value;
  int mark = unit->next_temp;
  if (const_value(unit, expr, &value)) {
    emit_load_const(unit, expr->span, to, value);
    return;
  }
  switch (expr->kind) {
    case EXPR_BOOL_OP: bool_op_to(unit, expr, to); break;
    case EXPR_NAMED_EXPR: walrus_to(unit, expr, to); break;
    case EXPR_BIN_OP: binary_to(unit, expr, to); break;
    case EXPR_UNARY_OP: unary_to(unit, expr, to); break;
    case EXPR_LAMBDA: func_lambda(unit, expr, to); break;
    case EXPR_IF_EXP: if_exp_to(unit, expr, to); break;
    case EXPR_DICT: dict_to(unit, expr, to); break;
    case EXPR_SET: set_to(unit, expr, to); break;
    case EXPR_LIST_COMP:
    case EXPR_SET_COMP:
    case EXPR_DICT_COMP:
    case EXPR_GENERATOR_EXP: func_comprehension(unit, expr, to); break;
    case EXPR_AWAIT: await_to(unit, expr, to); break;
    case EXPR_YIELD: yield_to(unit, expr, to); break;
    case EXPR_YIELD_FROM: yield_from_to(unit, expr, to); break;
    case EXPR_COMPARE: compare_to(unit, expr, to); break;
    case EXPR_CALL: call_to(unit, expr, to, CALL_KEPT); break;
    case EXPR_FORMATTED_VALUE: formatted_value_to(unit, expr, to); break;
    case EXPR_JOINED_STR: joined_str_to(unit, expr, to); break;
    case EXPR_CONSTANT: break;  // const_value knows them all
    case EXPR_ATTRIBUTE: {
      int object = expr_any_in(unit, expr->as.attribute.value, to);
      emit(unit, expr->span, OP_LOAD_ATTR, 0, to, object,
           emit_site(unit, expr->span, expr->as.attribute.attr));
      break;
    }
    case EXPR_SUBSCRIPT: subscript_to(unit, expr, to); break;
    case EXPR_STARRED: emit_error(unit, expr->span, "can't use starred expression here"); break;
    case EXPR_NAME:
      name_load(unit, name_symbol(unit, expr->as.name.id, expr->span), expr->span, to);
      break;
    case EXPR_LIST: list_or_tuple_to(unit, expr, expr->as.list.elts, to); break;
    case EXPR_TUPLE: list_or_tuple_to(unit, expr, expr->as.tuple.elts, to); break;
    case EXPR_SLICE: slice_to(unit, expr, to); break;
  }
  unit->next_temp = mark;
}
