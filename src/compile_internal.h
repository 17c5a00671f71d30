// compile_internal.h: what the parts of the compiler ask of each other.
//
// An expression is compiled in one of four ways: to a register (expr_to), to wherever is cheapest
// (expr_any: a local variable is its own register), to a jump (expr_jump), or for its effect alone.
// A local variable given to expr_to as the destination is written by the last instruction only, so
// that an exception or a reading of the old value in between finds it untouched.
#ifndef CORO_SRC_COMPILE_INTERNAL_H
#define CORO_SRC_COMPILE_INTERNAL_H

#include "emit.h"

// --- compile_expr.c
void expr_to(Unit *unit, const Expr *expr, int to);
int expr_any(Unit *unit, const Expr *expr);
// As expr_any, but a value that needs a temporary goes to `spare` if that is one.
int expr_any_in(Unit *unit, const Expr *expr, int spare);
// As expr_any_in, when `later` (may be NULL) is evaluated before the value is used: a local that
// it may assign to is copied.
int expr_operand(Unit *unit, const Expr *expr, const Expr *later, int spare);
int expr_next(Unit *unit, const Expr *expr);  // to the next temporary
void expr_discard(Unit *unit, const Expr *expr);
void expr_jump(Unit *unit, const Expr *expr, Label label, bool jump_if);
Opcode expr_binary_opcode(BinaryOp op);
// The opcode that takes a constant as its right operand.
Opcode expr_binary_const_opcode(BinaryOp op);
// A register for the base of a run: `to` itself if it is the topmost temporary.
int expr_base(Unit *unit, Span span, int to);

// --- compile_const.c
// The value of an expression that is a constant, folded where that changes nothing.
bool const_value(Unit *unit, const Expr *expr, Value *out);
// 1 true, 0 false, -1 not a constant.
int const_truth(Unit *unit, const Expr *expr);
Value const_tuple_of(Unit *unit, ExprSeq elts);  // every element a constant

// --- compile_call.c
void call_to(Unit *unit, const Expr *expr, int to, int use);

// --- compile_name.c
Symbol *name_symbol(Unit *unit, Str8 name, Span span);
void name_load(Unit *unit, const Symbol *symbol, Span span, int to);
// The register of a local variable, checked to be bound; NO_REGISTER if the name is no local.
int name_local(Unit *unit, const Symbol *symbol, Span span);
void name_store(Unit *unit, const Symbol *symbol, Span span, int from);
void name_delete(Unit *unit, const Symbol *symbol, Span span);
void name_clear(Unit *unit, const Symbol *symbol,
                Span span);  // unbound whether it was bound or not
// The register that a value for this target can be written to directly, or NO_REGISTER.
int name_target_register(Unit *unit, const Expr *target);
void name_assigned(Unit *unit, const Symbol *symbol);  // its register was written

// --- compile_stmt.c
void stmt_block(Unit *unit, StmtSeq stmts);
void assign_to(Unit *unit, const Expr *target, int from);
void assign_value(Unit *unit, const Expr *target, const Expr *value);
// A module's or class's annotations dict at its beginning.
void stmt_setup_annotations(Unit *unit);
void stmt_return_const(Unit *unit, Span span, Value value);

// --- compile_flow.c
void flow_while(Unit *unit, const Stmt *stmt);
void flow_for(Unit *unit, const Stmt *stmt);
void flow_with(Unit *unit, const Stmt *stmt);
void flow_try(Unit *unit, const Stmt *stmt);
void flow_return(Unit *unit, const Stmt *stmt);
void flow_break(Unit *unit, const Stmt *stmt);
void flow_continue(Unit *unit, const Stmt *stmt);
// The iteration of one `for`: of a statement or of a comprehension's clause.
typedef struct Loop {
  Label body, next;
  int iterator, item;
  bool is_async;
  const Expr *target;
  Span span;
} Loop;
void flow_loop_begin(Unit *unit, Loop *loop);  // iterator, target, is_async and span are set
void flow_loop_end(Unit *unit, Loop *loop);    // falls through when there are no more items

// --- compile_func.c
void func_define(Unit *unit, const Stmt *stmt);
void func_class(Unit *unit, const Stmt *stmt);
void func_lambda(Unit *unit, const Expr *expr, int to);
void func_comprehension(Unit *unit, const Expr *expr, int to);
void func_cells(Unit *unit);  // makes the cells of captured locals, at the start of a body
void func_check_await(Unit *unit, Span span);
// The text of an annotation when annotations are not evaluated.
Value func_annotation_text(Unit *unit, const Expr *annotation);
// Whether the first statement is a docstring: then *doc is its value and it is stripped.
StmtSeq func_docstring(Unit *unit, StmtSeq body, Value *doc);

#endif
