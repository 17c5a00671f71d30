// astwalk.h: visiting every node of a tree, in the order of the text.
#ifndef CORO_SRC_ASTWALK_H
#define CORO_SRC_ASTWALK_H

#include "ast.h"

typedef struct AstVisitor {
  // Each node before what is inside it. False: what is inside is left out. NULL: all are entered.
  bool (*stmt)(void *data, const Stmt *stmt);
  bool (*expr)(void *data, const Expr *expr);
  void *data;
} AstVisitor;

void ast_walk_stmts(const AstVisitor *visitor, StmtSeq stmts);
void ast_walk_stmt(const AstVisitor *visitor, const Stmt *stmt);
void ast_walk_expr(const AstVisitor *visitor, const Expr *expr);  // NULL: nothing

#endif
