// check.c: reading a program for mistakes in its names and calls. See check.h.
//
// Nothing is said that may be wrong: a program that imports `*` may have any name, a name that is
// bound twice may be either thing.
#include "check.h"

#include <stdio.h>

#include "astwalk.h"
#include "import.h"
#include "module.h"
#include "scope.h"

typedef struct {
  VM *vm;
  Arena *arena;
  const Source *source;
  const AstModule *module;
  DiagList *diags;
  ScopeTree tree;
  bool any_name;          // `from m import *`, or an except clause that expects a NameError
  const Scope *scope;     // that the walk is in
  const Stmt *class_def;  // whose method the walk is in, or NULL
} Check;

#define TEXT(s) (int)(s).length, (s).data

static Diag *warn(const Check *check, const char *code, Span span, const char *message) {
  Diag *diag = diag_add(check->diags, DIAG_WARNING, DIAG_SYNTAX, span, "%s", message);
  diag->code = code;
  return diag;
}

static Str8 text_of(const Check *check, Span span) {
  return (Str8){check->source->text + span.start, span.end - span.start};
}

// ---- what the module binds

// How often a name is bound at the module's level, by any scope.
static int count_bindings(const Scope *scope, Str8 name) {
  int count = 0;
  for (int i = 0; i < scope->symbol_count; i++) {
    const Symbol *symbol = scope->symbols[i];
    bool here = scope->kind == SCOPE_MODULE || symbol->flags & SYMBOL_GLOBAL;
    if (here && symbol->flags & SYMBOL_ASSIGNED && str8_equal(symbol->name, name)) count++;
  }
  for (const Scope *child = scope->first_child; child != NULL; child = child->next) {
    count += count_bindings(child, name);
  }
  return count;
}

static bool is_builtin(const Check *check, Str8 name) {
  static const char *const of_modules[] = {
      "__name__",     "__file__",        "__doc__",  "__package__",  "__loader__", "__spec__",
      "__builtins__", "__annotations__", "__path__", "__qualname__", "__module__"};
  for (size_t i = 0; i < sizeof of_modules / sizeof *of_modules; i++) {
    if (str8_is(name, of_modules[i])) return true;
  }
  Str *key = str_intern(check->vm, str_new(check->vm, name.data, name.length));
  return import_is_lazy_builtin(key) || !is_empty(module_get(check->vm, check->vm->builtins, key));
}

// The one definition of a name at the module's level; NULL: none, or it is bound otherwise too.
static const Stmt *definition(const Check *check, Str8 name) {
  const Stmt *found = NULL;
  StmtSeq body = check->module->body;
  for (int i = 0; i < body.count; i++) {
    const Stmt *stmt = body.items[i];
    if (stmt->kind != STMT_FUNCTION_DEF && stmt->kind != STMT_ASYNC_FUNCTION_DEF) continue;
    if (!str8_equal(stmt->as.function_def.name, name)) continue;
    if (found != NULL) return NULL;
    found = stmt;
  }
  return found;
}

typedef struct {
  Str8 name;
  int bindings;
} BindingCount;

static bool count_stores(void *data, const Expr *expr) {
  BindingCount *count = data;
  if (expr->kind == EXPR_NAME && expr->as.name.ctx != CONTEXT_LOAD &&
      str8_equal(expr->as.name.id, count->name)) {
    count->bindings++;
  }
  return true;
}

// The definition that a name used here stands for, when it can be no other.
static const Stmt *called_function(const Check *check, const Expr *func) {
  if (func->kind != EXPR_NAME) return NULL;
  const Symbol *symbol = scope_find(check->arena, check->scope, func->as.name.id);
  if (symbol == NULL || symbol->kind != NAME_GLOBAL) return NULL;
  const Stmt *found = definition(check, func->as.name.id);
  if (found == NULL || found->as.function_def.decorator_list.count > 0) return NULL;
  BindingCount count = {func->as.name.id, 0};
  ast_walk_stmts(&(AstVisitor){.expr = count_stores, .data = &count}, check->module->body);
  return count.bindings == 0 && count_bindings(check->tree.module, func->as.name.id) == 1 ? found
                                                                                          : NULL;
}

// self.name(…) of an async method in the class around.
static bool is_own_coroutine_method(const Check *check, const Expr *func) {
  if (check->class_def == NULL || func->kind != EXPR_ATTRIBUTE ||
      func->as.attribute.value->kind != EXPR_NAME ||
      !str8_is(func->as.attribute.value->as.name.id, "self")) {
    return false;
  }
  StmtSeq body = check->class_def->as.class_def.body;
  bool found = false;
  for (int i = 0; i < body.count; i++) {
    const Stmt *stmt = body.items[i];
    bool async = stmt->kind == STMT_ASYNC_FUNCTION_DEF;
    if (!async && stmt->kind != STMT_FUNCTION_DEF) continue;
    if (!str8_equal(stmt->as.function_def.name, func->as.attribute.attr)) continue;
    if (!async || stmt->as.function_def.decorator_list.count > 0) return false;
    found = true;
  }
  return found;
}

static bool is_generator(const Check *check, const Stmt *def) {
  const Scope *scope = scope_of(&check->tree, def);
  return scope == NULL || scope->is_generator;
}

// asyncio.sleep(…), sleep(…): what does nothing unless it is awaited.
static bool is_library_coroutine(const Check *check, const Expr *func) {
  static const char *const names[] = {"sleep", "wait", "wait_for"};
  Str8 name;
  if (func->kind == EXPR_ATTRIBUTE && func->as.attribute.value->kind == EXPR_NAME &&
      str8_is(func->as.attribute.value->as.name.id, "asyncio")) {
    name = func->as.attribute.attr;
  } else if (func->kind == EXPR_NAME) {
    name = func->as.name.id;
    const Symbol *symbol = scope_find(check->arena, check->scope, name);
    if (symbol == NULL || symbol->kind != NAME_GLOBAL) return false;
    if (count_bindings(check->tree.module, name) > 0 || check->any_name) return false;
  } else {
    return false;
  }
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (str8_is(name, names[i])) return true;
  }
  return false;
}

// ---- the rules

static void check_name(const Check *check, const Expr *expr) {
  Str8 name = expr->as.name.id;
  if (expr->as.name.ctx != CONTEXT_LOAD || check->any_name) return;
  const Symbol *symbol = scope_find(check->arena, check->scope, name);
  if (symbol == NULL || symbol->kind == NAME_LOCAL || symbol->kind == NAME_CELL ||
      symbol->kind == NAME_FREE) {
    return;
  }
  if (symbol->kind == NAME_NAMESPACE && symbol->flags & SYMBOL_ASSIGNED) return;
  if (count_bindings(check->tree.module, name) > 0 || is_builtin(check, name)) return;
  warn(check, "undefined", expr->span,
       arena_printf(check->arena, "nothing in this file defines '%.*s'", TEXT(name)));
}

static void check_not_awaited(const Check *check, const Stmt *stmt) {
  const Expr *call = stmt->as.expr_stmt.value;
  if (call->kind != EXPR_CALL) return;
  const Stmt *def = called_function(check, call->as.call.func);
  bool lost = def != NULL && def->kind == STMT_ASYNC_FUNCTION_DEF && !is_generator(check, def);
  if (!lost && !is_own_coroutine_method(check, call->as.call.func) &&
      !is_library_coroutine(check, call->as.call.func)) {
    return;
  }
  Str8 text = text_of(check, call->span);
  Diag *diag = warn(check, "not-awaited", call->span,
                    "this makes a coroutine, and does not run it: an 'await' is missing");
  diag_help(diag, arena_printf(check->arena, "write 'await %.*s'", TEXT(text)));
}

static bool look_for_value(void *data, const Stmt *stmt) {
  bool *found = data;
  if (stmt->kind == STMT_RETURN && stmt->as.return_stmt.value != NULL) *found = true;
  return stmt->kind != STMT_FUNCTION_DEF && stmt->kind != STMT_ASYNC_FUNCTION_DEF &&
         stmt->kind != STMT_CLASS_DEF;
}

static void check_await(const Check *check, const Expr *expr) {
  const Expr *call = expr->as.await.value;
  if (call->kind != EXPR_CALL) return;
  const Stmt *def = called_function(check, call->as.call.func);
  if (def == NULL || def->kind != STMT_FUNCTION_DEF || is_generator(check, def)) return;
  bool gives = false;
  ast_walk_stmts(&(AstVisitor){.stmt = look_for_value, .data = &gives}, def->as.function_def.body);
  if (gives) return;
  Str8 name = def->as.function_def.name;
  Diag *diag =
      warn(check, "awaits-nothing", expr->span,
           arena_printf(check->arena, "'%.*s' is a plain function and gives nothing to await",
                        TEXT(name)));
  diag_label(diag, def->as.function_def.name_span, "defined here");
  diag_help(diag, arena_printf(check->arena, "write 'async def %.*s', or leave 'await' away",
                               TEXT(name)));
}

static bool is_jump(const Stmt *stmt) {
  return stmt->kind == STMT_RETURN || stmt->kind == STMT_RAISE || stmt->kind == STMT_BREAK ||
         stmt->kind == STMT_CONTINUE;
}

static void check_block(const Check *check, StmtSeq block) {
  for (int i = 0; i + 1 < block.count; i++) {
    if (!is_jump(block.items[i])) continue;
    const Stmt *next = block.items[i + 1];
    // `return` before a `yield` makes an empty generator.
    bool makes_generator = next->kind == STMT_EXPR && next->as.expr_stmt.value->kind == EXPR_YIELD;
    if (!makes_generator) {
      Diag *diag = warn(check, "unreachable", next->span, "this is never reached");
      diag_label(diag, block.items[i]->span, "the block is left here");
    }
    return;
  }
}

static bool is_value(const Expr *expr) {
  switch (expr->kind) {
    case EXPR_CONSTANT:
    case EXPR_JOINED_STR:
    case EXPR_LIST:
    case EXPR_TUPLE:
    case EXPR_DICT:
    case EXPR_SET:
    case EXPR_LIST_COMP:
    case EXPR_DICT_COMP:
    case EXPR_SET_COMP: return true;
    default: return false;
  }
}

typedef struct {
  const Check *check;
  Str8 name;
  const Expr *call;
} CallSearch;

static bool look_for_call(void *data, const Expr *expr) {
  CallSearch *search = data;
  if (expr->kind == EXPR_CALL && expr->as.call.func->kind == EXPR_NAME && search->call == NULL &&
      str8_equal(expr->as.call.func->as.name.id, search->name)) {
    search->call = expr;
  }
  return search->call == NULL;
}

// `list = [1, 2]`, and later in the same block `list(…)`.
static void check_shadow(const Check *check, StmtSeq block, int at) {
  const Stmt *stmt = block.items[at];
  if (stmt->kind != STMT_ASSIGN || !is_value(stmt->as.assign.value)) return;
  const Expr *target = stmt->as.assign.targets.items[0];
  if (target->kind != EXPR_NAME || !is_builtin(check, target->as.name.id)) return;
  CallSearch search = {check, target->as.name.id, NULL};
  BindingCount again = {target->as.name.id, 0};
  for (int i = at + 1; i < block.count && search.call == NULL && again.bindings == 0; i++) {
    ast_walk_stmt(&(AstVisitor){.expr = count_stores, .data = &again}, block.items[i]);
    if (block.items[i]->kind == STMT_FUNCTION_DEF ||
        block.items[i]->kind == STMT_ASYNC_FUNCTION_DEF || block.items[i]->kind == STMT_CLASS_DEF) {
      continue;  // may have a variable of that name
    }
    ast_walk_stmt(&(AstVisitor){.expr = look_for_call, .data = &search}, block.items[i]);
  }
  if (search.call == NULL || again.bindings > 0) return;
  Diag *diag = warn(check, "shadows", search.call->span,
                    arena_printf(check->arena,
                                 "'%.*s' is not the builtin any more, and cannot be "
                                 "called",
                                 TEXT(search.name)));
  diag_label(diag, stmt->span, "it was given another value here");
  diag_help(diag, "take another name for the value");
}

static bool look_for_effect(void *data, const Expr *expr) {
  bool *found = data;
  *found = *found || expr->kind == EXPR_CALL || expr->kind == EXPR_AWAIT ||
           expr->kind == EXPR_YIELD || expr->kind == EXPR_YIELD_FROM ||
           expr->kind == EXPR_SUBSCRIPT || expr->kind == EXPR_ATTRIBUTE;
  return !*found;
}

// `x = 1` in a function that never reads x. What is assigned by a call may be kept for its own
// sake.
static void check_unused(const Check *check, const Stmt *stmt) {
  if (stmt->as.assign.targets.count != 1 || !scope_is_function(check->scope)) return;
  const Expr *target = stmt->as.assign.targets.items[0];
  bool effect = false;
  if (target->kind != EXPR_NAME || target->as.name.id.data[0] == '_') return;
  const Symbol *symbol = scope_find(check->arena, check->scope, target->as.name.id);
  if (symbol == NULL || symbol->kind != NAME_LOCAL) return;
  if (symbol->flags & (SYMBOL_USED | SYMBOL_PARAM | SYMBOL_DELETED)) return;
  ast_walk_expr(&(AstVisitor){.expr = look_for_effect, .data = &effect}, stmt->as.assign.value);
  if (effect || check->any_name) return;
  warn(check, "unused", target->span,
       arena_printf(check->arena, "'%.*s' is given a value that nothing reads",
                    TEXT(target->as.name.id)));
}

// ---- walking

static bool see_stmt(void *data, const Stmt *stmt);
static bool see_expr(void *data, const Expr *expr);

static AstVisitor visitor_of(Check *check) { return (AstVisitor){see_stmt, see_expr, check}; }

static void see_exprs(Check *check, ExprSeq exprs) {
  AstVisitor visitor = visitor_of(check);
  for (int i = 0; i < exprs.count; i++) ast_walk_expr(&visitor, exprs.items[i]);
}

static void see_block(Check *check, StmtSeq block) {
  check_block(check, block);
  for (int i = 0; i < block.count; i++) check_shadow(check, block, i);
}

static void enter(Check *check, const void *node, StmtSeq body, const Stmt *class_def) {
  Check inner = *check;
  inner.scope = scope_of(&check->tree, node);
  inner.class_def = class_def;
  AstVisitor visitor = visitor_of(&inner);
  see_block(&inner, body);
  ast_walk_stmts(&visitor, body);
}

static bool see_def(Check *check, const Stmt *stmt) {
  const Arguments *args = stmt->as.function_def.args;
  see_exprs(check, stmt->as.function_def.decorator_list);
  see_exprs(check, args->defaults);
  see_exprs(check, args->kw_defaults);
  const Stmt *around = check->scope->kind == SCOPE_CLASS ? check->scope->node : check->class_def;
  enter(check, stmt, stmt->as.function_def.body, around);
  return false;
}

static bool look_for_name_error(void *data, const Expr *expr) {
  static const char *const names[] = {"NameError", "Exception", "BaseException"};
  bool *found = data;
  for (size_t i = 0; i < sizeof names / sizeof *names && expr->kind == EXPR_NAME; i++) {
    *found = *found || str8_is(expr->as.name.id, names[i]);
  }
  return true;
}

// A program may try whether there is a name.
static bool see_try(Check *check, const Stmt *stmt) {
  bool expected = false;
  ExceptHandlerSeq handlers = stmt->as.try_stmt.handlers;
  for (int i = 0; i < handlers.count; i++) {
    AstVisitor search = {.expr = look_for_name_error, .data = &expected};
    expected = expected || handlers.items[i].type == NULL;
    ast_walk_expr(&search, handlers.items[i].type);
  }
  see_block(check, stmt->as.try_stmt.body);
  if (!expected || check->any_name) return true;
  Check inner = *check;
  inner.any_name = true;
  AstVisitor in_body = visitor_of(&inner), around = visitor_of(check);
  ast_walk_stmts(&in_body, stmt->as.try_stmt.body);
  for (int i = 0; i < handlers.count; i++) ast_walk_stmts(&around, handlers.items[i].body);
  ast_walk_stmts(&around, stmt->as.try_stmt.orelse);
  ast_walk_stmts(&around, stmt->as.try_stmt.finalbody);
  return false;
}

static bool see_stmt(void *data, const Stmt *stmt) {
  Check *check = data;
  switch (stmt->kind) {
    case STMT_FUNCTION_DEF:
    case STMT_ASYNC_FUNCTION_DEF: return see_def(check, stmt);
    case STMT_CLASS_DEF:
      see_exprs(check, stmt->as.class_def.decorator_list);
      see_exprs(check, stmt->as.class_def.bases);
      enter(check, stmt, stmt->as.class_def.body, stmt);
      return false;
    case STMT_EXPR: check_not_awaited(check, stmt); return true;
    case STMT_ASSIGN: check_unused(check, stmt); return true;
    case STMT_FOR:
    case STMT_ASYNC_FOR: see_block(check, stmt->as.for_stmt.body); return true;
    case STMT_WHILE: see_block(check, stmt->as.while_stmt.body); return true;
    case STMT_IF:
      see_block(check, stmt->as.if_stmt.body);
      see_block(check, stmt->as.if_stmt.orelse);
      return true;
    case STMT_WITH:
    case STMT_ASYNC_WITH: see_block(check, stmt->as.with_stmt.body); return true;
    case STMT_TRY:
    case STMT_TRY_STAR: return see_try(check, stmt);
    default: return true;
  }
}

// The first clause's iterable belongs to the scope around, the rest to the comprehension's own.
static void see_comprehension(Check *check, const Expr *expr, ComprehensionSeq generators) {
  AstVisitor outer = visitor_of(check);
  ast_walk_expr(&outer, generators.items[0].iter);
  Check inner = *check;
  inner.scope = scope_of(&check->tree, expr);
  AstVisitor visitor = visitor_of(&inner);
  for (int i = 0; i < generators.count; i++) {
    if (i > 0) ast_walk_expr(&visitor, generators.items[i].iter);
    ast_walk_expr(&visitor, generators.items[i].target);
    see_exprs(&inner, generators.items[i].ifs);
  }
  if (expr->kind == EXPR_DICT_COMP) {
    ast_walk_expr(&visitor, expr->as.dict_comp.key);
    ast_walk_expr(&visitor, expr->as.dict_comp.value);
  } else {
    ast_walk_expr(&visitor, expr->as.comp.elt);
  }
}

static bool see_expr(void *data, const Expr *expr) {
  Check *check = data;
  switch (expr->kind) {
    case EXPR_NAME: check_name(check, expr); return true;
    case EXPR_AWAIT: check_await(check, expr); return true;
    case EXPR_LAMBDA: {
      see_exprs(check, expr->as.lambda.args->defaults);
      see_exprs(check, expr->as.lambda.args->kw_defaults);
      Check inner = *check;
      inner.scope = scope_of(&check->tree, expr);
      AstVisitor visitor = visitor_of(&inner);
      ast_walk_expr(&visitor, expr->as.lambda.body);
      return false;
    }
    case EXPR_LIST_COMP:
    case EXPR_SET_COMP:
    case EXPR_GENERATOR_EXP: see_comprehension(check, expr, expr->as.comp.generators); return false;
    case EXPR_DICT_COMP:
      see_comprehension(check, expr, expr->as.dict_comp.generators);
      return false;
    default: return true;
  }
}

static bool look_for_star(void *data, const Stmt *stmt) {
  Check *check = data;
  if (stmt->kind == STMT_IMPORT_FROM) {
    for (int i = 0; i < stmt->as.import_from.names.count; i++) {
      if (str8_is(stmt->as.import_from.names.items[i].name, "*")) check->any_name = true;
    }
  }
  return true;
}

// Names may be bound by other means than statements.
static bool look_for_dynamic(void *data, const Expr *expr) {
  static const char *const means[] = {"globals", "vars", "setattr"};
  Check *check = data;
  for (size_t i = 0; i < sizeof means / sizeof *means && expr->kind == EXPR_NAME; i++) {
    if (str8_is(expr->as.name.id, means[i])) check->any_name = true;
  }
  if (expr->kind == EXPR_ATTRIBUTE && str8_is(expr->as.attribute.attr, "__dict__")) {
    check->any_name = true;
  }
  return true;
}

// ---- imports that nothing uses

static bool is_mentioned(const Scope *scope, Str8 name) {
  for (int i = 0; i < scope->symbol_count; i++) {
    const Symbol *symbol = scope->symbols[i];
    if (symbol->flags & SYMBOL_USED && str8_equal(symbol->name, name)) return true;
  }
  for (const Scope *child = scope->first_child; child != NULL; child = child->next) {
    if (is_mentioned(child, name)) return true;
  }
  return false;
}

static void check_imports(const Check *check) {
  StmtSeq body = check->module->body;
  bool is_program = false;  // a module may import names for others
  for (int i = 0; i < body.count; i++) {
    is_program = is_program || body.items[i]->kind == STMT_EXPR || body.items[i]->kind == STMT_FOR;
  }
  if (!is_program || count_bindings(check->tree.module, (Str8){"__all__", 7}) > 0) return;
  for (int i = 0; i < body.count; i++) {
    const Stmt *stmt = body.items[i];
    if (stmt->kind != STMT_IMPORT) continue;
    for (int n = 0; n < stmt->as.import_stmt.names.count; n++) {
      const Alias *alias = &stmt->as.import_stmt.names.items[n];
      Str8 name = alias->asname.data != NULL ? alias->asname : alias->name;
      bool dotted = memchr(name.data, '.', name.length) != NULL;
      // asyncio's names are builtins too: the import is right and harmless.
      if (dotted || name.data[0] == '_' || str8_is(name, "asyncio")) continue;
      if (is_mentioned(check->tree.module, name)) continue;
      warn(check, "unused", alias->span,
           arena_printf(check->arena, "'%.*s' is imported and not used", TEXT(name)));
    }
  }
}

void check_module(VM *vm, Arena *arena, const Source *source, const AstModule *module,
                  DiagList *diags) {
  Check check = {.vm = vm, .arena = arena, .source = source, .module = module, .diags = diags};
  if (!scope_analyse(arena, module, diags, &check.tree)) return;
  check.scope = check.tree.module;
  AstVisitor binders = {look_for_star, look_for_dynamic, &check};
  ast_walk_stmts(&binders, module->body);
  AstVisitor visitor = visitor_of(&check);
  see_block(&check, module->body);
  ast_walk_stmts(&visitor, module->body);
  check_imports(&check);
  diag_sort(diags);
}
