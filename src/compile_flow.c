// compile_flow.c: loops, with, try, and the ways out of them: return, break, continue.
//
// Whatever has to happen when control leaves (a finally body, __exit__) is compiled once for each
// way out: falling through, an exception, and each return, break or continue on the way. Blocks
// (emit.h) are the compile-time stack of what is around; the protected ranges of those that are
// being left have a gap there.
#include "compile_internal.h"

// --- Leaving blocks ----------------------------------------------------------------------------

static void call_exit(Unit *unit, const Block *block);

static bool has_exit_code(const Block *block) {
  return block->kind == BLOCK_FINALLY || block->kind == BLOCK_WITH ||
         block->kind == BLOCK_EXCEPT_NAME;
}

static void exit_block(Unit *unit, const Block *block, Span span) {
  switch (block->kind) {
    case BLOCK_FINALLY: stmt_block(unit, block->finalbody); break;
    case BLOCK_WITH: call_exit(unit, block); break;
    case BLOCK_EXCEPT_NAME:
      if (block->name != NULL) name_clear(unit, block->name, span);
      break;
    case BLOCK_EXCEPT_STAR:
      emit_error(unit, span, "'break', 'continue' and 'return' cannot appear in an except* block");
      break;
    case BLOCK_LOOP:
    case BLOCK_TRY:
    case BLOCK_HANDLING: break;
  }
}

// Leaves all blocks inside `stop`, and then jumps to `label`, or returns `value` if there is none.
static void leave(Unit *unit, const Block *stop, Span span, Label label, int value) {
  Block *block = unit->block;
  if (block != stop) {
    emit_suspend(unit);
    exit_block(unit, block, span);
    leave(unit, stop, span, label, value);
    emit_resume(unit, block);
  } else if (label != NO_LABEL) {
    emit_jump(unit, span, OP_JUMP, 0, 0, 0, label);
  } else {
    bool suspends = unit->flags & CODE_SUSPENDS;
    emit(unit, span, suspends ? OP_RETURN_GENERATOR : OP_RETURN, 0, value, 0, 0);
  }
}

static Block *innermost_loop(Unit *unit) {
  Block *block = unit->block;
  while (block != NULL && block->kind != BLOCK_LOOP) block = block->outer;
  return block;
}

void flow_break(Unit *unit, const Stmt *stmt) {
  Block *loop = innermost_loop(unit);
  if (loop == NULL) {
    emit_error(unit, stmt->span, "'break' outside loop");
  } else {
    leave(unit, loop, stmt->span, loop->break_label, NO_REGISTER);
  }
}

void flow_continue(Unit *unit, const Stmt *stmt) {
  Block *loop = innermost_loop(unit);
  if (loop == NULL) {
    emit_error(unit, stmt->span, "'continue' not properly in loop");
  } else {
    leave(unit, loop, stmt->span, loop->continue_label, NO_REGISTER);
  }
}

void flow_return(Unit *unit, const Stmt *stmt) {
  const Expr *expr = stmt->as.return_stmt.value;
  if (!scope_is_function(unit->scope)) {
    emit_error(unit, stmt->span, "'return' outside function");
    return;
  }
  if (expr != NULL && unit->flags & CODE_ASYNC_GENERATOR) {
    emit_error(unit, stmt->span, "'return' with value in async generator");
    return;
  }
  int mark = unit->next_temp;
  int value;
  bool exits = false;
  for (Block *block = unit->block; block != NULL; block = block->outer) {
    exits = exits || has_exit_code(block);
  }
  if (expr == NULL) {
    value = emit_temp(unit, stmt->span);
    emit(unit, stmt->span, OP_LOAD_NONE, 0, value, 0, 0);
  } else if (exits) {
    value = expr_next(unit, expr);  // the code on the way out may assign to a local
  } else {
    value = expr_any(unit, expr);
  }
  leave(unit, NULL, stmt->span, NO_LABEL, value);
  unit->next_temp = mark;
}

// --- while -------------------------------------------------------------------------------------

// What a `:=` that is evaluated first in a condition has bound by the time the body runs.
static void assume_walrus(Unit *unit, const Expr *test) {
  switch (test->kind) {
    case EXPR_NAMED_EXPR: {
      const Expr *target = test->as.named_expr.target;
      const Symbol *symbol = name_symbol(unit, target->as.name.id, target->span);
      if (symbol->kind == NAME_LOCAL) name_assigned(unit, symbol);
      break;
    }
    case EXPR_COMPARE: assume_walrus(unit, test->as.compare.left); break;
    case EXPR_UNARY_OP: assume_walrus(unit, test->as.unary_op.operand); break;
    case EXPR_BOOL_OP: assume_walrus(unit, test->as.bool_op.values.items[0]); break;
    default: break;
  }
}

// while test: body
//     goto next; body: …; next: if test goto body
void flow_while(Unit *unit, const Stmt *stmt) {
  Label body = emit_label(unit), next = emit_label(unit);
  const Expr *test = stmt->as.while_stmt.test;
  int truth = const_truth(unit, test);
  Block block = {
      .kind = BLOCK_LOOP,
      .handler = NO_LABEL,
      .break_label = emit_label(unit),
      .continue_label = next,
  };
  bool entered = unit->reachable && truth != 0;
  Bound bound = unit->bound;
  emit_push(unit, &block, stmt->span);
  if (truth != 1) emit_jump(unit, test->span, OP_JUMP, 0, 0, 0, next);
  emit_place_loop(unit, body, entered, &bound);
  assume_walrus(unit, test);
  stmt_block(unit, stmt->as.while_stmt.body);
  emit_pop(unit);
  emit_place(unit, next);
  expr_jump(unit, test, body, true);
  stmt_block(unit, stmt->as.while_stmt.orelse);
  emit_place(unit, block.break_label);
}

// --- for ---------------------------------------------------------------------------------------

// goto next; body: target = item; …; next: item = next(iterator) and goto body
void flow_loop_begin(Unit *unit, Loop *loop) {
  loop->body = emit_label(unit);
  loop->next = emit_label(unit);
  loop->item = name_target_register(unit, loop->target);
  bool entered = unit->reachable;
  Bound bound = unit->bound;
  emit_jump(unit, loop->span, OP_JUMP, 0, 0, 0, loop->next);
  emit_place_loop(unit, loop->body, entered, &bound);
  if (loop->item == NO_REGISTER) {
    // The temporary is free again in the body: it is next written at the bottom.
    loop->item = emit_temp(unit, loop->span);
    assign_to(unit, loop->target, loop->item);
    unit->next_temp = loop->item;
  } else {
    name_assigned(unit, name_symbol(unit, loop->target->as.name.id, loop->span));
  }
}

void flow_loop_end(Unit *unit, Loop *loop) {
  emit_place(unit, loop->next);
  Opcode op = loop->is_async ? OP_ASYNC_FOR_ITER : OP_FOR_ITER;
  emit_jump(unit, loop->span, op, 0, loop->item, loop->iterator, loop->body);
}

// Statements that suspend: allowed in an async function, and at the top of a module.
static void check_async(Unit *unit, Span span, const char *what) {
  const Scope *scope = unit->scope;
  if (scope->kind == SCOPE_MODULE || scope->is_async) return;
  emit_error(unit, span, "'%s' outside async function", what);
}

void flow_for(Unit *unit, const Stmt *stmt) {
  int mark = unit->next_temp;
  const Expr *iter = stmt->as.for_stmt.iter;
  Loop loop = {
      .iterator = emit_temp(unit, iter->span),
      .target = stmt->as.for_stmt.target,
      .is_async = stmt->kind == STMT_ASYNC_FOR,
      .span = iter->span,
  };
  if (loop.is_async) check_async(unit, stmt->span, "async for");
  int iterable = expr_any_in(unit, iter, loop.iterator);
  emit(unit, iter->span, loop.is_async ? OP_GET_AITER : OP_GET_ITER, 0, loop.iterator, iterable, 0);
  unit->next_temp = loop.iterator + 1;
  Block block = {.kind = BLOCK_LOOP, .handler = NO_LABEL, .break_label = emit_label(unit)};
  flow_loop_begin(unit, &loop);
  block.continue_label = loop.next;
  emit_push(unit, &block, stmt->span);
  stmt_block(unit, stmt->as.for_stmt.body);
  emit_pop(unit);
  flow_loop_end(unit, &loop);
  stmt_block(unit, stmt->as.for_stmt.orelse);
  emit_place(unit, block.break_label);
  unit->next_temp = mark;
}

// --- with --------------------------------------------------------------------------------------

// __exit__ and its receiver are kept in the two registers before block->reg. A call needs its
// arguments behind them, so they are copied up unless they are on top already.
static int exit_base(Unit *unit, const Block *block) {
  int base = block->reg - 2;
  if (unit->next_temp == block->reg) return base;
  int copy = emit_temp(unit, block->span);
  emit_temp(unit, block->span);
  emit_move(unit, block->span, copy, base);
  emit_move(unit, block->span, copy + 1, base + 1);
  return copy;
}

static void finish_exit(Unit *unit, const Block *block, int base) {
  emit(unit, block->span, OP_CALL_METHOD, block->is_async, base, base, 3);
  if (block->is_async) emit(unit, block->span, OP_AWAIT, 2, base, base, 0);
}

// __exit__(None, None, None)
static void call_exit(Unit *unit, const Block *block) {
  int mark = unit->next_temp;
  int base = exit_base(unit, block);
  for (int i = 0; i < 3; i++) {
    emit(unit, block->span, OP_LOAD_NONE, 0, emit_temp(unit, block->span), 0, 0);
  }
  finish_exit(unit, block, base);
  unit->next_temp = mark;
}

// except: if not __exit__(type, exception, traceback): raise
static void with_handler(Unit *unit, const Block *block) {
  emit_place_handler(unit, block);
  int exception = emit_temp(unit, block->span);
  assert(exception == block->reg);
  Block handling = {.kind = BLOCK_HANDLING, .handler = NO_LABEL, .reg = exception};
  emit_push(unit, &handling, block->span);
  int base = exit_base(unit, block);
  int arguments = unit->next_temp;
  emit_reserve(unit, block->span, 3);
  emit(unit, block->span, OP_EXC_INFO, 0, arguments, exception, 0);
  finish_exit(unit, block, base);
  Label swallowed = emit_label(unit);
  emit_jump(unit, block->span, OP_JUMP_IF_TRUE, 0, base, 0, swallowed);
  emit(unit, block->span, OP_RERAISE, 0, exception, 0, 0);
  emit_pop(unit);
  emit_place(unit, swallowed);
}

static void with_item(Unit *unit, const Stmt *stmt, int index) {
  if (index == stmt->as.with_stmt.items.count) {
    stmt_block(unit, stmt->as.with_stmt.body);
    return;
  }
  const WithItem *item = &stmt->as.with_stmt.items.items[index];
  Span span = item->context_expr->span;
  int mark = unit->next_temp;
  bool is_async = stmt->kind == STMT_ASYNC_WITH;
  int base = emit_temp(unit, span);
  int manager = expr_any_in(unit, item->context_expr, base);
  unit->next_temp = base + 1;
  emit_reserve(unit, span, 3);
  emit(unit, span, OP_BEFORE_WITH, is_async, base, manager, 0);
  int entered = base + 2;
  unit->next_temp = entered;
  emit(unit, span, OP_CALL_METHOD, is_async, entered, entered, 0);
  if (is_async) emit(unit, span, OP_AWAIT, 1, entered, entered, 0);
  Block block = {
      .kind = BLOCK_WITH,
      .handler = emit_label(unit),
      .reg = entered,
      .is_async = is_async,
      .span = span,
  };
  emit_push(unit, &block, stmt->span);
  if (item->optional_vars != NULL) {
    unit->next_temp = entered + 1;
    assign_to(unit, item->optional_vars, entered);
    unit->next_temp = entered;
  }
  with_item(unit, stmt, index + 1);
  emit_pop(unit);
  Label end = emit_label(unit);
  call_exit(unit, &block);
  emit_jump(unit, span, OP_JUMP, 0, 0, 0, end);
  with_handler(unit, &block);
  emit_place(unit, end);
  unit->next_temp = mark;
}

void flow_with(Unit *unit, const Stmt *stmt) {
  if (stmt->kind == STMT_ASYNC_WITH) check_async(unit, stmt->span, "async with");
  with_item(unit, stmt, 0);
}

// --- try … except ------------------------------------------------------------------------------

// try: body                            name is unbound at the end of an except clause, however
// finally: name = None; del name       it ends.
static void named_body(Unit *unit, const ExceptHandler *clause, Symbol *symbol) {
  int mark = unit->next_temp;
  Block cleanup = {
      .kind = BLOCK_EXCEPT_NAME,
      .handler = emit_label(unit),
      .reg = unit->next_temp,
      .name = symbol,
  };
  Label end = emit_label(unit);
  emit_push(unit, &cleanup, clause->span);
  stmt_block(unit, clause->body);
  emit_pop(unit);
  name_clear(unit, symbol, clause->span);
  emit_jump(unit, clause->span, OP_JUMP, 0, 0, 0, end);
  emit_place_handler(unit, &cleanup);
  int exception = emit_temp(unit, clause->span);
  name_clear(unit, symbol, clause->span);
  emit(unit, clause->span, OP_RERAISE, 0, exception, 0, 0);
  emit_place(unit, end);
  unit->next_temp = mark;
}

static void except_clause(Unit *unit, const ExceptHandler *clause, int exception, Label end) {
  Label next = emit_label(unit);
  if (clause->type != NULL) {
    int mark = unit->next_temp;
    int type = expr_any(unit, clause->type);
    emit_jump(unit, clause->type->span, OP_MATCH_EXCEPTION, 0, exception, type, next);
    unit->next_temp = mark;
  }
  if (clause->name.data != NULL) {
    Symbol *symbol = name_symbol(unit, clause->name, clause->span);
    name_store(unit, symbol, clause->name_span, exception);
    named_body(unit, clause, symbol);
  } else {
    stmt_block(unit, clause->body);
  }
  emit_jump(unit, clause->span, OP_JUMP, 0, 0, 0, end);
  emit_place(unit, next);
}

// The protected body and the else part; what follows is the handler's code.
static void protected_body(Unit *unit, const Stmt *stmt, Block *block, Label end) {
  *block = (Block){.kind = BLOCK_TRY, .handler = emit_label(unit), .reg = unit->next_temp};
  emit_reserve(unit, stmt->span, 1);
  emit_push(unit, block, stmt->span);
  stmt_block(unit, stmt->as.try_stmt.body);
  emit_pop(unit);
  stmt_block(unit, stmt->as.try_stmt.orelse);
  emit_jump(unit, stmt->span, OP_JUMP, 0, 0, 0, end);
}

static void try_except(Unit *unit, const Stmt *stmt) {
  int mark = unit->next_temp;
  Block block;
  Label end = emit_label(unit);
  protected_body(unit, stmt, &block, end);
  emit_place_handler(unit, &block);
  int exception = emit_temp(unit, stmt->span);
  Block handling = {.kind = BLOCK_HANDLING, .handler = NO_LABEL, .reg = exception};
  emit_push(unit, &handling, stmt->span);
  for (int i = 0; i < stmt->as.try_stmt.handlers.count; i++) {
    except_clause(unit, &stmt->as.try_stmt.handlers.items[i], exception, end);
  }
  emit(unit, stmt->span, OP_RERAISE, 0, exception, 0, 0);
  emit_pop(unit);
  emit_place(unit, end);
  unit->next_temp = mark;
}

// --- try … except* -----------------------------------------------------------------------------

// The registers of an except*: the exception as it came, the list of what will be raised, what no
// clause has taken yet, and the part that a clause takes (before the new rest).
typedef struct Star {
  int original, raised, rest, taken;
} Star;

// taken, rest = split(rest, type)
// if taken is not None:
//     try: name = taken; body
//     except BaseException as e: raised.append(e)
static void star_clause(Unit *unit, const ExceptHandler *clause, const Star *star) {
  Label next = emit_label(unit);
  int mark = unit->next_temp;
  int type = expr_any(unit, clause->type);
  emit(unit, clause->type->span, OP_MATCH_GROUP, 0, star->taken, star->rest, type);
  unit->next_temp = mark;
  emit_move(unit, clause->span, star->rest, star->taken + 1);
  int none = emit_const16(unit, clause->span, NONE);
  emit_jump(unit, clause->span, OP_JUMP_IS_K, 1, star->taken, none, next);

  Block fence = {.kind = BLOCK_EXCEPT_STAR, .handler = NO_LABEL};
  Block handling = {.kind = BLOCK_HANDLING, .handler = NO_LABEL, .reg = star->taken};
  Block body = {
      .kind = BLOCK_EXCEPT_NAME,
      .handler = emit_label(unit),
      .reg = unit->next_temp,
  };
  if (clause->name.data != NULL) body.name = name_symbol(unit, clause->name, clause->span);
  emit_reserve(unit, clause->span, 1);
  emit_push(unit, &fence, clause->span);
  emit_push(unit, &handling, clause->span);
  emit_push(unit, &body, clause->span);
  if (body.name != NULL) name_store(unit, body.name, clause->name_span, star->taken);
  stmt_block(unit, clause->body);
  emit_pop(unit);
  if (body.name != NULL) name_clear(unit, body.name, clause->span);
  emit_jump(unit, clause->span, OP_JUMP, 0, 0, 0, next);
  emit_place_handler(unit, &body);
  int exception = emit_temp(unit, clause->span);
  if (body.name != NULL) name_clear(unit, body.name, clause->span);
  emit(unit, clause->span, OP_LIST_APPEND, 0, 0, star->raised, exception);
  emit_pop(unit);
  emit_pop(unit);
  emit_place(unit, next);
  unit->next_temp = mark;
}

static void try_star(Unit *unit, const Stmt *stmt) {
  int mark = unit->next_temp;
  Span span = stmt->span;
  Block block;
  Label end = emit_label(unit);
  protected_body(unit, stmt, &block, end);
  emit_place_handler(unit, &block);
  Star star = {.original = emit_temp(unit, span)};
  star.raised = emit_temp(unit, span);
  star.rest = emit_temp(unit, span);
  star.taken = emit_temp(unit, span);
  emit_temp(unit, span);
  Block handling = {.kind = BLOCK_HANDLING, .handler = NO_LABEL, .reg = star.original};
  emit_push(unit, &handling, span);
  emit(unit, span, OP_BUILD_LIST, 0, star.raised, star.raised, 0);
  emit_move(unit, span, star.rest, star.original);
  for (int i = 0; i < stmt->as.try_stmt.handlers.count; i++) {
    star_clause(unit, &stmt->as.try_stmt.handlers.items[i], &star);
  }
  int none = emit_const16(unit, span, NONE);
  Label taken = emit_label(unit);
  emit_jump(unit, span, OP_JUMP_IS_K, 1, star.rest, none, taken);
  emit(unit, span, OP_LIST_APPEND, 0, 0, star.raised, star.rest);
  emit_place(unit, taken);
  emit(unit, span, OP_RERAISE_GROUP, 0, star.taken, star.raised, star.original);
  emit_jump(unit, span, OP_JUMP_IS_K, 1, star.taken, none, end);
  emit(unit, span, OP_RERAISE, 0, star.taken, 0, 0);
  emit_pop(unit);
  emit_place(unit, end);
  unit->next_temp = mark;
}

// --- try … finally -----------------------------------------------------------------------------

static void try_inner(Unit *unit, const Stmt *stmt) {
  if (stmt->as.try_stmt.handlers.count == 0) {
    stmt_block(unit, stmt->as.try_stmt.body);
  } else if (stmt->kind == STMT_TRY_STAR) {
    try_star(unit, stmt);
  } else {
    try_except(unit, stmt);
  }
}

static void try_finally(Unit *unit, const Stmt *stmt) {
  int mark = unit->next_temp;
  StmtSeq finalbody = stmt->as.try_stmt.finalbody;
  Block block = {
      .kind = BLOCK_FINALLY,
      .handler = emit_label(unit),
      .reg = unit->next_temp,
      .finalbody = finalbody,
  };
  Label end = emit_label(unit);
  emit_reserve(unit, stmt->span, 1);
  emit_push(unit, &block, stmt->span);
  try_inner(unit, stmt);
  emit_pop(unit);
  stmt_block(unit, finalbody);
  emit_jump(unit, stmt->span, OP_JUMP, 0, 0, 0, end);
  emit_place_handler(unit, &block);
  int exception = emit_temp(unit, stmt->span);
  Block handling = {.kind = BLOCK_HANDLING, .handler = NO_LABEL, .reg = exception};
  emit_push(unit, &handling, stmt->span);
  if (unit->reachable) stmt_block(unit, finalbody);
  emit(unit, stmt->span, OP_RERAISE, 0, exception, 0, 0);
  emit_pop(unit);
  emit_place(unit, end);
  unit->next_temp = mark;
}

void flow_try(Unit *unit, const Stmt *stmt) {
  if (stmt->as.try_stmt.finalbody.count > 0) {
    try_finally(unit, stmt);
  } else {
    try_inner(unit, stmt);
  }
}
