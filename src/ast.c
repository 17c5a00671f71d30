// ast.c: making nodes, and the few questions that every reader of the tree asks.
#include "ast.h"

Expr *ast_expr(Arena *arena, ExprKind kind, Span span) {
  Expr *expr = arena_zalloc(arena, sizeof *expr);
  expr->kind = kind;
  expr->depth = 1;
  expr->span = span;
  return expr;
}

Stmt *ast_stmt(Arena *arena, StmtKind kind, Span span) {
  Stmt *stmt = arena_zalloc(arena, sizeof *stmt);
  stmt->kind = kind;
  stmt->span = span;
  return stmt;
}

static int max(int a, int b) { return a > b ? a : b; }

static int depth_of(const Expr *expr) { return expr ? expr->depth : 0; }

static int depth_of_seq(ExprSeq seq) {
  int deepest = 0;
  for (int i = 0; i < seq.count; i++) deepest = max(deepest, depth_of(seq.items[i]));
  return deepest;
}

static int depth_of_generators(ComprehensionSeq seq) {
  int deepest = 0;
  for (int i = 0; i < seq.count; i++) {
    const Comprehension *clause = &seq.items[i];
    deepest = max(deepest, max(depth_of(clause->target), depth_of(clause->iter)));
    deepest = max(deepest, depth_of_seq(clause->ifs));
  }
  return deepest;
}

static int depth_of_children(const Expr *expr) {
  switch (expr->kind) {
    case EXPR_BOOL_OP: return depth_of_seq(expr->as.bool_op.values);
    case EXPR_NAMED_EXPR: return depth_of(expr->as.named_expr.value);
    case EXPR_BIN_OP: return max(depth_of(expr->as.bin_op.left), depth_of(expr->as.bin_op.right));
    case EXPR_UNARY_OP: return depth_of(expr->as.unary_op.operand);
    case EXPR_LAMBDA: {
      const Arguments *args = expr->as.lambda.args;
      int deepest = max(depth_of_seq(args->defaults), depth_of_seq(args->kw_defaults));
      return max(deepest, depth_of(expr->as.lambda.body));
    }
    case EXPR_IF_EXP:
      return max(depth_of(expr->as.if_exp.test),
                 max(depth_of(expr->as.if_exp.body), depth_of(expr->as.if_exp.orelse)));
    case EXPR_DICT:
      return max(depth_of_seq(expr->as.dict.keys), depth_of_seq(expr->as.dict.values));
    case EXPR_SET: return depth_of_seq(expr->as.set.elts);
    case EXPR_LIST_COMP:
    case EXPR_SET_COMP:
    case EXPR_GENERATOR_EXP:
      return max(depth_of(expr->as.comp.elt), depth_of_generators(expr->as.comp.generators));
    case EXPR_DICT_COMP:
      return max(depth_of_generators(expr->as.dict_comp.generators),
                 max(depth_of(expr->as.dict_comp.key), depth_of(expr->as.dict_comp.value)));
    case EXPR_AWAIT: return depth_of(expr->as.await.value);
    case EXPR_YIELD: return depth_of(expr->as.yield.value);
    case EXPR_YIELD_FROM: return depth_of(expr->as.yield_from.value);
    case EXPR_COMPARE:
      return max(depth_of(expr->as.compare.left), depth_of_seq(expr->as.compare.comparators));
    case EXPR_CALL: {
      int deepest = max(depth_of(expr->as.call.func), depth_of_seq(expr->as.call.args));
      for (int i = 0; i < expr->as.call.keywords.count; i++) {
        deepest = max(deepest, depth_of(expr->as.call.keywords.items[i].value));
      }
      return deepest;
    }
    case EXPR_FORMATTED_VALUE:
      return max(depth_of(expr->as.formatted_value.value),
                 depth_of(expr->as.formatted_value.format_spec));
    case EXPR_JOINED_STR: return depth_of_seq(expr->as.joined_str.values);
    case EXPR_CONSTANT:
    case EXPR_NAME: return 0;
    case EXPR_ATTRIBUTE: return depth_of(expr->as.attribute.value);
    case EXPR_SUBSCRIPT:
      return max(depth_of(expr->as.subscript.value), depth_of(expr->as.subscript.slice));
    case EXPR_STARRED: return depth_of(expr->as.starred.value);
    case EXPR_LIST: return depth_of_seq(expr->as.list.elts);
    case EXPR_TUPLE: return depth_of_seq(expr->as.tuple.elts);
    case EXPR_SLICE:
      return max(depth_of(expr->as.slice.lower),
                 max(depth_of(expr->as.slice.upper), depth_of(expr->as.slice.step)));
  }
  return 0;
}

int ast_expr_depth(const Expr *expr) { return 1 + depth_of_children(expr); }

static void set_context_of_seq(ExprSeq seq, ExprContext ctx) {
  for (int i = 0; i < seq.count; i++) ast_set_context(seq.items[i], ctx);
}

void ast_set_context(Expr *expr, ExprContext ctx) {
  switch (expr->kind) {
    case EXPR_NAME: expr->as.name.ctx = ctx; break;
    case EXPR_ATTRIBUTE: expr->as.attribute.ctx = ctx; break;
    case EXPR_SUBSCRIPT: expr->as.subscript.ctx = ctx; break;
    case EXPR_STARRED:
      expr->as.starred.ctx = ctx;
      ast_set_context(expr->as.starred.value, ctx);
      break;
    case EXPR_LIST:
      expr->as.list.ctx = ctx;
      set_context_of_seq(expr->as.list.elts, ctx);
      break;
    case EXPR_TUPLE:
      expr->as.tuple.ctx = ctx;
      set_context_of_seq(expr->as.tuple.elts, ctx);
      break;
    default: break;
  }
}

const char *ast_expr_name(const Expr *expr) {
  switch (expr->kind) {
    case EXPR_BOOL_OP:
    case EXPR_BIN_OP:
    case EXPR_UNARY_OP: return "expression";
    case EXPR_NAMED_EXPR: return "named expression";
    case EXPR_LAMBDA: return "lambda";
    case EXPR_IF_EXP: return "conditional expression";
    case EXPR_DICT: return "dict literal";
    case EXPR_SET: return "set display";
    case EXPR_LIST_COMP: return "list comprehension";
    case EXPR_SET_COMP: return "set comprehension";
    case EXPR_DICT_COMP: return "dict comprehension";
    case EXPR_GENERATOR_EXP: return "generator expression";
    case EXPR_AWAIT: return "await expression";
    case EXPR_YIELD:
    case EXPR_YIELD_FROM: return "yield expression";
    case EXPR_COMPARE: return "comparison";
    case EXPR_CALL: return "function call";
    case EXPR_FORMATTED_VALUE:
    case EXPR_JOINED_STR: return "f-string expression";
    case EXPR_CONSTANT:
      switch (expr->as.constant.kind) {
        case CONSTANT_NONE: return "None";
        case CONSTANT_TRUE: return "True";
        case CONSTANT_FALSE: return "False";
        case CONSTANT_ELLIPSIS: return "ellipsis";
        default: return "literal";
      }
    case EXPR_ATTRIBUTE: return "attribute";
    case EXPR_SUBSCRIPT: return "subscript";
    case EXPR_STARRED: return "starred";
    case EXPR_NAME: return "name";
    case EXPR_LIST: return "list";
    case EXPR_TUPLE: return "tuple";
    case EXPR_SLICE: return "slice";
  }
  return "expression";
}

const char *ast_expr_kind_name(ExprKind kind) {
  static const char *const names[] = {
      [EXPR_BOOL_OP] = "BoolOp",
      [EXPR_NAMED_EXPR] = "NamedExpr",
      [EXPR_BIN_OP] = "BinOp",
      [EXPR_UNARY_OP] = "UnaryOp",
      [EXPR_LAMBDA] = "Lambda",
      [EXPR_IF_EXP] = "IfExp",
      [EXPR_DICT] = "Dict",
      [EXPR_SET] = "Set",
      [EXPR_LIST_COMP] = "ListComp",
      [EXPR_SET_COMP] = "SetComp",
      [EXPR_DICT_COMP] = "DictComp",
      [EXPR_GENERATOR_EXP] = "GeneratorExp",
      [EXPR_AWAIT] = "Await",
      [EXPR_YIELD] = "Yield",
      [EXPR_YIELD_FROM] = "YieldFrom",
      [EXPR_COMPARE] = "Compare",
      [EXPR_CALL] = "Call",
      [EXPR_FORMATTED_VALUE] = "FormattedValue",
      [EXPR_JOINED_STR] = "JoinedStr",
      [EXPR_CONSTANT] = "Constant",
      [EXPR_ATTRIBUTE] = "Attribute",
      [EXPR_SUBSCRIPT] = "Subscript",
      [EXPR_STARRED] = "Starred",
      [EXPR_NAME] = "Name",
      [EXPR_LIST] = "List",
      [EXPR_TUPLE] = "Tuple",
      [EXPR_SLICE] = "Slice",
  };
  return names[kind];
}

const char *ast_stmt_kind_name(StmtKind kind) {
  static const char *const names[] = {
      [STMT_FUNCTION_DEF] = "FunctionDef",
      [STMT_ASYNC_FUNCTION_DEF] = "AsyncFunctionDef",
      [STMT_CLASS_DEF] = "ClassDef",
      [STMT_RETURN] = "Return",
      [STMT_DELETE] = "Delete",
      [STMT_ASSIGN] = "Assign",
      [STMT_AUG_ASSIGN] = "AugAssign",
      [STMT_ANN_ASSIGN] = "AnnAssign",
      [STMT_FOR] = "For",
      [STMT_ASYNC_FOR] = "AsyncFor",
      [STMT_WHILE] = "While",
      [STMT_IF] = "If",
      [STMT_WITH] = "With",
      [STMT_ASYNC_WITH] = "AsyncWith",
      [STMT_RAISE] = "Raise",
      [STMT_TRY] = "Try",
      [STMT_TRY_STAR] = "TryStar",
      [STMT_ASSERT] = "Assert",
      [STMT_IMPORT] = "Import",
      [STMT_IMPORT_FROM] = "ImportFrom",
      [STMT_GLOBAL] = "Global",
      [STMT_NONLOCAL] = "Nonlocal",
      [STMT_EXPR] = "Expr",
      [STMT_PASS] = "Pass",
      [STMT_BREAK] = "Break",
      [STMT_CONTINUE] = "Continue",
  };
  return names[kind];
}

const char *ast_bool_op_text(BoolOp op) { return op == BOOL_AND ? "and" : "or"; }

const char *ast_binary_op_text(BinaryOp op) {
  static const char *const texts[] = {
      [BINARY_ADD] = "+",       [BINARY_SUB] = "-",   [BINARY_MULT] = "*",   [BINARY_MATMULT] = "@",
      [BINARY_DIV] = "/",       [BINARY_MOD] = "%",   [BINARY_POW] = "**",   [BINARY_LSHIFT] = "<<",
      [BINARY_RSHIFT] = ">>",   [BINARY_BITOR] = "|", [BINARY_BITXOR] = "^", [BINARY_BITAND] = "&",
      [BINARY_FLOORDIV] = "//",
  };
  return texts[op];
}

const char *ast_unary_op_text(UnaryOp op) {
  static const char *const texts[] = {
      [UNARY_INVERT] = "~", [UNARY_NOT] = "not", [UNARY_UADD] = "+", [UNARY_USUB] = "-"};
  return texts[op];
}

const char *ast_compare_op_text(CompareOp op) {
  static const char *const texts[] = {
      [COMPARE_EQ] = "==",         [COMPARE_NOT_EQ] = "!=",     [COMPARE_LT] = "<",
      [COMPARE_LT_E] = "<=",       [COMPARE_GT] = ">",          [COMPARE_GT_E] = ">=",
      [COMPARE_IS] = "is",         [COMPARE_IS_NOT] = "is not", [COMPARE_IN] = "in",
      [COMPARE_NOT_IN] = "not in",
  };
  return texts[op];
}
