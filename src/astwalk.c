// astwalk.c: see astwalk.h. The depth of a tree is limited by the parser.
#include "astwalk.h"

static void walk_seq(const AstVisitor *visitor, ExprSeq exprs) {
  for (int i = 0; i < exprs.count; i++) ast_walk_expr(visitor, exprs.items[i]);
}

static void walk_keywords(const AstVisitor *visitor, KeywordSeq keywords) {
  for (int i = 0; i < keywords.count; i++) ast_walk_expr(visitor, keywords.items[i].value);
}

static void walk_arguments(const AstVisitor *visitor, const Arguments *args) {
  walk_seq(visitor, args->defaults);
  walk_seq(visitor, args->kw_defaults);
}

static void walk_generators(const AstVisitor *visitor, ComprehensionSeq generators) {
  for (int i = 0; i < generators.count; i++) {
    ast_walk_expr(visitor, generators.items[i].iter);
    ast_walk_expr(visitor, generators.items[i].target);
    walk_seq(visitor, generators.items[i].ifs);
  }
}

void ast_walk_expr(const AstVisitor *visitor, const Expr *expr) {
  if (expr == NULL || (visitor->expr != NULL && !visitor->expr(visitor->data, expr))) return;
  switch (expr->kind) {
    case EXPR_BOOL_OP: walk_seq(visitor, expr->as.bool_op.values); break;
    case EXPR_NAMED_EXPR:
      ast_walk_expr(visitor, expr->as.named_expr.value);
      ast_walk_expr(visitor, expr->as.named_expr.target);
      break;
    case EXPR_BIN_OP:
      ast_walk_expr(visitor, expr->as.bin_op.left);
      ast_walk_expr(visitor, expr->as.bin_op.right);
      break;
    case EXPR_UNARY_OP: ast_walk_expr(visitor, expr->as.unary_op.operand); break;
    case EXPR_LAMBDA:
      walk_arguments(visitor, expr->as.lambda.args);
      ast_walk_expr(visitor, expr->as.lambda.body);
      break;
    case EXPR_IF_EXP:
      ast_walk_expr(visitor, expr->as.if_exp.test);
      ast_walk_expr(visitor, expr->as.if_exp.body);
      ast_walk_expr(visitor, expr->as.if_exp.orelse);
      break;
    case EXPR_DICT:
      for (int i = 0; i < expr->as.dict.values.count; i++) {
        ast_walk_expr(visitor, expr->as.dict.keys.items[i]);
        ast_walk_expr(visitor, expr->as.dict.values.items[i]);
      }
      break;
    case EXPR_SET: walk_seq(visitor, expr->as.set.elts); break;
    case EXPR_LIST_COMP:
    case EXPR_SET_COMP:
    case EXPR_GENERATOR_EXP:
      walk_generators(visitor, expr->as.comp.generators);
      ast_walk_expr(visitor, expr->as.comp.elt);
      break;
    case EXPR_DICT_COMP:
      walk_generators(visitor, expr->as.dict_comp.generators);
      ast_walk_expr(visitor, expr->as.dict_comp.key);
      ast_walk_expr(visitor, expr->as.dict_comp.value);
      break;
    case EXPR_AWAIT: ast_walk_expr(visitor, expr->as.await.value); break;
    case EXPR_YIELD: ast_walk_expr(visitor, expr->as.yield.value); break;
    case EXPR_YIELD_FROM: ast_walk_expr(visitor, expr->as.yield_from.value); break;
    case EXPR_COMPARE:
      ast_walk_expr(visitor, expr->as.compare.left);
      walk_seq(visitor, expr->as.compare.comparators);
      break;
    case EXPR_CALL:
      ast_walk_expr(visitor, expr->as.call.func);
      walk_seq(visitor, expr->as.call.args);
      walk_keywords(visitor, expr->as.call.keywords);
      break;
    case EXPR_FORMATTED_VALUE:
      ast_walk_expr(visitor, expr->as.formatted_value.value);
      ast_walk_expr(visitor, expr->as.formatted_value.format_spec);
      break;
    case EXPR_JOINED_STR: walk_seq(visitor, expr->as.joined_str.values); break;
    case EXPR_ATTRIBUTE: ast_walk_expr(visitor, expr->as.attribute.value); break;
    case EXPR_SUBSCRIPT:
      ast_walk_expr(visitor, expr->as.subscript.value);
      ast_walk_expr(visitor, expr->as.subscript.slice);
      break;
    case EXPR_STARRED: ast_walk_expr(visitor, expr->as.starred.value); break;
    case EXPR_LIST: walk_seq(visitor, expr->as.list.elts); break;
    case EXPR_TUPLE: walk_seq(visitor, expr->as.tuple.elts); break;
    case EXPR_SLICE:
      ast_walk_expr(visitor, expr->as.slice.lower);
      ast_walk_expr(visitor, expr->as.slice.upper);
      ast_walk_expr(visitor, expr->as.slice.step);
      break;
    case EXPR_NAME:
    case EXPR_CONSTANT: break;
  }
}

static void walk_try(const AstVisitor *visitor, const Stmt *stmt) {
  ast_walk_stmts(visitor, stmt->as.try_stmt.body);
  for (int i = 0; i < stmt->as.try_stmt.handlers.count; i++) {
    ast_walk_expr(visitor, stmt->as.try_stmt.handlers.items[i].type);
    ast_walk_stmts(visitor, stmt->as.try_stmt.handlers.items[i].body);
  }
  ast_walk_stmts(visitor, stmt->as.try_stmt.orelse);
  ast_walk_stmts(visitor, stmt->as.try_stmt.finalbody);
}

void ast_walk_stmt(const AstVisitor *visitor, const Stmt *stmt) {
  if (visitor->stmt != NULL && !visitor->stmt(visitor->data, stmt)) return;
  switch (stmt->kind) {
    case STMT_FUNCTION_DEF:
    case STMT_ASYNC_FUNCTION_DEF:
      walk_seq(visitor, stmt->as.function_def.decorator_list);
      walk_arguments(visitor, stmt->as.function_def.args);
      ast_walk_stmts(visitor, stmt->as.function_def.body);
      break;
    case STMT_CLASS_DEF:
      walk_seq(visitor, stmt->as.class_def.decorator_list);
      walk_seq(visitor, stmt->as.class_def.bases);
      walk_keywords(visitor, stmt->as.class_def.keywords);
      ast_walk_stmts(visitor, stmt->as.class_def.body);
      break;
    case STMT_RETURN: ast_walk_expr(visitor, stmt->as.return_stmt.value); break;
    case STMT_DELETE: walk_seq(visitor, stmt->as.delete_stmt.targets); break;
    case STMT_ASSIGN:
      ast_walk_expr(visitor, stmt->as.assign.value);
      walk_seq(visitor, stmt->as.assign.targets);
      break;
    case STMT_AUG_ASSIGN:
      ast_walk_expr(visitor, stmt->as.aug_assign.target);
      ast_walk_expr(visitor, stmt->as.aug_assign.value);
      break;
    case STMT_ANN_ASSIGN:
      ast_walk_expr(visitor, stmt->as.ann_assign.value);
      ast_walk_expr(visitor, stmt->as.ann_assign.target);
      break;
    case STMT_FOR:
    case STMT_ASYNC_FOR:
      ast_walk_expr(visitor, stmt->as.for_stmt.iter);
      ast_walk_expr(visitor, stmt->as.for_stmt.target);
      ast_walk_stmts(visitor, stmt->as.for_stmt.body);
      ast_walk_stmts(visitor, stmt->as.for_stmt.orelse);
      break;
    case STMT_WHILE:
      ast_walk_expr(visitor, stmt->as.while_stmt.test);
      ast_walk_stmts(visitor, stmt->as.while_stmt.body);
      ast_walk_stmts(visitor, stmt->as.while_stmt.orelse);
      break;
    case STMT_IF:
      ast_walk_expr(visitor, stmt->as.if_stmt.test);
      ast_walk_stmts(visitor, stmt->as.if_stmt.body);
      ast_walk_stmts(visitor, stmt->as.if_stmt.orelse);
      break;
    case STMT_WITH:
    case STMT_ASYNC_WITH:
      for (int i = 0; i < stmt->as.with_stmt.items.count; i++) {
        ast_walk_expr(visitor, stmt->as.with_stmt.items.items[i].context_expr);
        ast_walk_expr(visitor, stmt->as.with_stmt.items.items[i].optional_vars);
      }
      ast_walk_stmts(visitor, stmt->as.with_stmt.body);
      break;
    case STMT_RAISE:
      ast_walk_expr(visitor, stmt->as.raise_stmt.exc);
      ast_walk_expr(visitor, stmt->as.raise_stmt.cause);
      break;
    case STMT_TRY:
    case STMT_TRY_STAR: walk_try(visitor, stmt); break;
    case STMT_ASSERT:
      ast_walk_expr(visitor, stmt->as.assert_stmt.test);
      ast_walk_expr(visitor, stmt->as.assert_stmt.msg);
      break;
    case STMT_EXPR: ast_walk_expr(visitor, stmt->as.expr_stmt.value); break;
    case STMT_IMPORT:
    case STMT_IMPORT_FROM:
    case STMT_GLOBAL:
    case STMT_NONLOCAL:
    case STMT_PASS:
    case STMT_BREAK:
    case STMT_CONTINUE: break;
  }
}

void ast_walk_stmts(const AstVisitor *visitor, StmtSeq stmts) {
  for (int i = 0; i < stmts.count; i++) ast_walk_stmt(visitor, stmts.items[i]);
}
