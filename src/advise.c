// advise.c: reading a program for what experience says is a mistake. See advise.h.
//
// Each rule looks at the statements of one block in a row: what is in other blocks may run or not,
// so that nothing is said of it.
#include "advise.h"

#include <stdio.h>

#include "astwalk.h"

#define MOST_AWAITS 8     // in one row that are told of
#define LONGEST_TEXT 120  // of a call that is shown

typedef struct {
  Arena *arena;
  const Source *source;
  const AstModule *module;
  DiagList *diags;
} Advice;

// ---- questions about a tree

typedef struct {
  Str8 name;
  bool found;
} NameSearch;

static bool look_for_name(void *data, const Expr *expr) {
  NameSearch *search = data;
  if (expr->kind == EXPR_NAME && str8_equal(expr->as.name.id, search->name)) search->found = true;
  return !search->found;
}

static bool mentions(const Expr *expr, Str8 name) {
  NameSearch search = {.name = name};
  ast_walk_expr(&(AstVisitor){.expr = look_for_name, .data = &search}, expr);
  return search.found;
}

static bool stmt_mentions(const Stmt *stmt, Str8 name) {
  NameSearch search = {.name = name};
  ast_walk_stmt(&(AstVisitor){.expr = look_for_name, .data = &search}, stmt);
  return search.found;
}

static bool look_for_await(void *data, const Expr *expr) {
  bool *found = data;
  if (expr->kind == EXPR_LAMBDA) return false;
  *found = *found || expr->kind == EXPR_AWAIT;
  return !*found;
}
static bool enter_no_def(void *data, const Stmt *stmt) {
  bool *found = data;
  if (stmt->kind == STMT_ASYNC_FOR || stmt->kind == STMT_ASYNC_WITH) *found = true;
  return stmt->kind != STMT_FUNCTION_DEF && stmt->kind != STMT_ASYNC_FUNCTION_DEF &&
         stmt->kind != STMT_CLASS_DEF;
}

static bool suspends(const Stmt *stmt) {
  bool found = false;
  AstVisitor visitor = {enter_no_def, look_for_await, &found};
  ast_walk_stmt(&visitor, stmt);
  return found;
}

static bool expr_suspends(const Expr *expr) {
  bool found = false;
  ast_walk_expr(&(AstVisitor){.expr = look_for_await, .data = &found}, expr);
  return found;
}

// The async def at the module's level that a call calls; NULL: none.
static const Stmt *called_coroutine(const Advice *advice, const Expr *call) {
  if (call->kind != EXPR_CALL || call->as.call.func->kind != EXPR_NAME) return NULL;
  Str8 name = call->as.call.func->as.name.id;
  StmtSeq body = advice->module->body;
  for (int i = 0; i < body.count; i++) {
    const Stmt *stmt = body.items[i];
    if (stmt->kind == STMT_ASYNC_FUNCTION_DEF && str8_equal(stmt->as.function_def.name, name)) {
      return stmt;
    }
  }
  return NULL;
}

static Str8 text_of(const Advice *advice, Span span) {
  Str8 text = {advice->source->text + span.start, span.end - span.start};
  if (text.length > LONGEST_TEXT) text.length = 0;
  return text;
}

static Diag *add(const Advice *advice, const char *code, Span span, const char *message) {
  Diag *diag = diag_add(advice->diags, DIAG_WARNING, DIAG_SYNTAX, span, "%s", message);
  diag->code = code;
  return diag;
}

#define TEXT(s) (int)(s).length, (s).data

// ---- C003: awaits that do not need each other

// `x = await f()` or `await f()`, where f is an async def that waits itself: the call; else NULL.
static const Expr *awaited_call(const Advice *advice, const Stmt *stmt) {
  const Expr *value = NULL;
  if (stmt->kind == STMT_EXPR) value = stmt->as.expr_stmt.value;
  if (stmt->kind == STMT_ASSIGN && stmt->as.assign.targets.count == 1 &&
      stmt->as.assign.targets.items[0]->kind == EXPR_NAME) {
    value = stmt->as.assign.value;
  }
  if (value == NULL || value->kind != EXPR_AWAIT) return NULL;
  const Expr *call = value->as.await.value;
  const Stmt *function = called_coroutine(advice, call);
  if (function == NULL || expr_suspends(call)) return NULL;
  for (int i = 0; i < function->as.function_def.body.count; i++) {
    if (suspends(function->as.function_def.body.items[i])) return call;
  }
  return NULL;
}

static bool needs_earlier(const StmtSeq *block, int from, int to) {
  for (int i = from; i < to; i++) {
    const Stmt *stmt = block->items[i];
    if (stmt->kind != STMT_ASSIGN) continue;
    if (mentions(block->items[to]->as.assign.value, stmt->as.assign.targets.items[0]->as.name.id)) {
      return true;
    }
  }
  return false;
}

static void tell_row(const Advice *advice, const StmtSeq *block, int from, int to) {
  Span span = span_join(block->items[from]->span, block->items[to - 1]->span);
  const char *targets = "", *calls = "";
  for (int i = from; i < to; i++) {
    const Stmt *stmt = block->items[i];
    const char *comma = i == from ? "" : ", ";
    Str8 call = text_of(advice, awaited_call(advice, stmt)->span);
    Str8 target = {"_", 1};
    if (stmt->kind == STMT_ASSIGN) target = stmt->as.assign.targets.items[0]->as.name.id;
    targets = arena_printf(advice->arena, "%s%s%.*s", targets, comma, TEXT(target));
    calls = arena_printf(advice->arena, "%s%s%.*s", calls, comma, TEXT(call));
  }
  Diag *diag =
      add(advice, "C003", span,
          arena_printf(advice->arena,
                       "these %d awaits do not need each other's results, and still run one "
                       "after another",
                       to - from));
  bool named = block->items[from]->kind == STMT_ASSIGN;
  diag_help(diag, named ? arena_printf(advice->arena, "write '%s = await asyncio.gather(%s)'",
                                       targets, calls)
                        : arena_printf(advice->arena, "write 'await asyncio.gather(%s)'", calls));
}

static void find_rows(const Advice *advice, const StmtSeq *block) {
  for (int from = 0; from < block->count;) {
    int to = from;
    while (to < block->count && to - from < MOST_AWAITS && awaited_call(advice, block->items[to]) &&
           block->items[to]->kind == block->items[from]->kind &&
           (block->items[to]->kind == STMT_EXPR || !needs_earlier(block, from, to))) {
      to++;
    }
    // Statements without a target are done for their effects, whose order may matter.
    if (to - from >= 2 && block->items[from]->kind == STMT_ASSIGN) {
      tell_row(advice, block, from, to);
    }
    from = to > from ? to : from + 1;
  }
}

// ---- C005: what a task does has not been done yet

typedef struct {
  const Stmt *user;  // the statement that reads
  Str8 name;
  bool found;
} EffectSearch;

// `name.append(…)`, `name[…] = …` and the like.
static bool look_for_change(void *data, const Expr *expr) {
  EffectSearch *search = data;
  static const char *const changers[] = {"append", "add", "update", "extend", "insert", "pop"};
  if (expr->kind == EXPR_CALL && expr->as.call.func->kind == EXPR_ATTRIBUTE) {
    const Expr *method = expr->as.call.func, *object = method->as.attribute.value;
    for (size_t i = 0; i < sizeof changers / sizeof *changers; i++) {
      if (object->kind == EXPR_NAME && str8_is(method->as.attribute.attr, changers[i]) &&
          stmt_mentions(search->user, object->as.name.id)) {
        search->name = object->as.name.id;
        search->found = true;
      }
    }
  }
  if (expr->kind == EXPR_SUBSCRIPT && expr->as.subscript.ctx == CONTEXT_STORE &&
      expr->as.subscript.value->kind == EXPR_NAME &&
      stmt_mentions(search->user, expr->as.subscript.value->as.name.id)) {
    search->name = expr->as.subscript.value->as.name.id;
    search->found = true;
  }
  return !search->found;
}

static bool look_for_global(void *data, const Stmt *stmt) {
  EffectSearch *search = data;
  if (stmt->kind == STMT_GLOBAL || stmt->kind == STMT_NONLOCAL) {
    for (int i = 0; i < stmt->as.scope_stmt.names.count; i++) {
      if (!stmt_mentions(search->user, stmt->as.scope_stmt.names.items[i])) continue;
      search->name = stmt->as.scope_stmt.names.items[i];
      search->found = true;
    }
  }
  return !search->found;
}

// The call inside `create_task(f())`; NULL: the statement makes no task.
static const Expr *task_call(const Stmt *stmt) {
  const Expr *value = stmt->kind == STMT_EXPR     ? stmt->as.expr_stmt.value
                      : stmt->kind == STMT_ASSIGN ? stmt->as.assign.value
                                                  : NULL;
  if (value == NULL || value->kind != EXPR_CALL || value->as.call.args.count == 0) return NULL;
  const Expr *func = value->as.call.func;
  bool makes = (func->kind == EXPR_NAME && str8_is(func->as.name.id, "create_task")) ||
               (func->kind == EXPR_ATTRIBUTE && str8_is(func->as.attribute.attr, "create_task"));
  return makes ? value->as.call.args.items[0] : NULL;
}

static void find_unstarted(const Advice *advice, const StmtSeq *block) {
  for (int i = 0; i < block->count; i++) {
    const Expr *call = task_call(block->items[i]);
    const Stmt *function = call == NULL ? NULL : called_coroutine(advice, call);
    if (function == NULL) continue;
    for (int j = i + 1; j < block->count && !suspends(block->items[j]); j++) {
      const Stmt *user = block->items[j];
      if (user->kind != STMT_EXPR && user->kind != STMT_RETURN) continue;
      EffectSearch search = {.user = user};
      AstVisitor visitor = {look_for_global, look_for_change, &search};
      ast_walk_stmts(&visitor, function->as.function_def.body);
      if (!search.found) continue;
      Diag *diag =
          add(advice, "C005", user->span,
              arena_printf(advice->arena,
                           "'%.*s' is read before the task that changes it has begun: a new "
                           "task runs at the next await",
                           TEXT(search.name)));
      diag_label(diag, block->items[i]->span, "the task is made here");
      diag_help(diag, "await the task first, or write 'await asyncio.sleep(0)' to let it begin");
      break;
    }
  }
}

// ---- C015: a stale value is written back

static bool is_shared(const Expr *expr, const StmtSeq *body) {
  if (expr->kind == EXPR_ATTRIBUTE) return expr->as.attribute.value->kind == EXPR_NAME;
  if (expr->kind != EXPR_NAME) return false;
  for (int i = 0; i < body->count; i++) {
    const Stmt *stmt = body->items[i];
    if (stmt->kind != STMT_GLOBAL && stmt->kind != STMT_NONLOCAL) continue;
    for (int n = 0; n < stmt->as.scope_stmt.names.count; n++) {
      if (str8_equal(stmt->as.scope_stmt.names.items[n], expr->as.name.id)) return true;
    }
  }
  return false;
}

static bool is_same(const Expr *a, const Expr *b) {
  if (a->kind != b->kind) return false;
  if (a->kind == EXPR_NAME) return str8_equal(a->as.name.id, b->as.name.id);
  return a->kind == EXPR_ATTRIBUTE && str8_equal(a->as.attribute.attr, b->as.attribute.attr) &&
         is_same(a->as.attribute.value, b->as.attribute.value);
}

static void tell_stale(const Advice *advice, const Expr *shared, Span read, Span written) {
  Str8 text = text_of(advice, shared->span);
  Diag *diag =
      add(advice, "C015", written,
          arena_printf(advice->arena,
                       "'%.*s' was read before an await: what others have written to it since "
                       "is lost here",
                       TEXT(text)));
  diag_label(diag, read, "read here");
  diag_help(diag,
            arena_printf(advice->arena,
                         "read '%.*s' again after the await, or hold an asyncio.Lock from the "
                         "reading to the writing",
                         TEXT(text)));
}

// `total = total + await f()`, `total += await f()`.
static void find_stale_in_one(const Advice *advice, const Stmt *stmt, const StmtSeq *body) {
  if (stmt->kind == STMT_AUG_ASSIGN && is_shared(stmt->as.aug_assign.target, body) &&
      expr_suspends(stmt->as.aug_assign.value)) {
    tell_stale(advice, stmt->as.aug_assign.target, stmt->as.aug_assign.target->span, stmt->span);
  }
  if (stmt->kind != STMT_ASSIGN || stmt->as.assign.targets.count != 1) return;
  const Expr *target = stmt->as.assign.targets.items[0], *value = stmt->as.assign.value;
  if (value->kind == EXPR_BIN_OP && is_shared(target, body) &&
      is_same(value->as.bin_op.left, target) && expr_suspends(value->as.bin_op.right)) {
    tell_stale(advice, target, value->as.bin_op.left->span, stmt->span);
  }
}

// `before = balance`, an await, `balance = before + 1`.
static void find_stale(const Advice *advice, const StmtSeq *block, const StmtSeq *body) {
  for (int i = 0; i < block->count; i++) {
    const Stmt *read = block->items[i];
    find_stale_in_one(advice, read, body);
    if (read->kind != STMT_ASSIGN || read->as.assign.targets.count != 1) continue;
    const Expr *copy = read->as.assign.targets.items[0], *shared = read->as.assign.value;
    if (copy->kind != EXPR_NAME || !is_shared(shared, body)) continue;
    bool waited = false;
    for (int j = i + 1; j < block->count; j++) {
      const Stmt *stmt = block->items[j];
      if (waited && stmt->kind == STMT_ASSIGN && stmt->as.assign.targets.count == 1 &&
          is_same(stmt->as.assign.targets.items[0], shared) &&
          mentions(stmt->as.assign.value, copy->as.name.id)) {
        tell_stale(advice, shared, read->span, stmt->span);
        break;
      }
      waited = waited || suspends(stmt);
    }
  }
}

// ---- every block of every async def

typedef struct {
  const Advice *advice;
  const StmtSeq *body;  // of the async def that the walk is in
} BlockWalk;

static void look_at_block(const BlockWalk *walk, const StmtSeq *block) {
  find_rows(walk->advice, block);
  find_unstarted(walk->advice, block);
  find_stale(walk->advice, block, walk->body);
}

static bool look_at_stmt(void *data, const Stmt *stmt) {
  BlockWalk *walk = data;
  switch (stmt->kind) {
    case STMT_ASYNC_FUNCTION_DEF:
    case STMT_FUNCTION_DEF:
    case STMT_CLASS_DEF:
    case STMT_ASYNC_WITH: return false;  // what holds a lock is safe; defs are walked on their own
    case STMT_FOR:
    case STMT_ASYNC_FOR: look_at_block(walk, &stmt->as.for_stmt.body); return true;
    case STMT_WHILE: look_at_block(walk, &stmt->as.while_stmt.body); return true;
    case STMT_IF:
      look_at_block(walk, &stmt->as.if_stmt.body);
      look_at_block(walk, &stmt->as.if_stmt.orelse);
      return true;
    case STMT_WITH: look_at_block(walk, &stmt->as.with_stmt.body); return true;
    case STMT_TRY:
    case STMT_TRY_STAR: look_at_block(walk, &stmt->as.try_stmt.body); return true;
    default: return true;
  }
}

static bool look_at_def(void *data, const Stmt *stmt) {
  const Advice *advice = data;
  if (stmt->kind == STMT_ASYNC_FUNCTION_DEF) {
    BlockWalk walk = {advice, &stmt->as.function_def.body};
    AstVisitor visitor = {.stmt = look_at_stmt, .data = &walk};
    look_at_block(&walk, &stmt->as.function_def.body);
    ast_walk_stmts(&visitor, stmt->as.function_def.body);
  }
  return true;
}

// Drops what `# coro: allow C003` at the end of its first line is silent about.
static void drop_allowed(const Source *source, DiagList *diags) {
  int kept = 0;
  for (int i = 0; i < diags->count; i++) {
    Diag *diag = diags->items[i];
    Str8 line = source_line(source, diag->span.line);
    const char *allow = memmem(line.data, line.length, "# coro: allow", 13);
    size_t rest = allow == NULL ? 0 : line.length - (size_t)(allow - line.data);
    if (rest > 0 && memmem(allow, rest, diag->code, strlen(diag->code)) != NULL) continue;
    diags->items[kept++] = diag;
  }
  diags->count = kept;
}

void advise_module(Arena *arena, const Source *source, const AstModule *module, DiagList *diags) {
  Advice advice = {arena, source, module, diags};
  BlockWalk walk = {&advice, &module->body};
  AstVisitor blocks = {.stmt = look_at_stmt, .data = &walk};
  look_at_block(&walk, &module->body);  // a program may await at its top level
  ast_walk_stmts(&blocks, module->body);
  ast_walk_stmts(&(AstVisitor){.stmt = look_at_def, .data = &advice}, module->body);
  drop_allowed(source, diags);
  diag_sort(diags);
}
