// scope.c: walks the tree once to collect each scope's names, then resolves them from the outside
// in. The rules, and the words of the errors, are CPython's (its symtable module).
//
// To resolve a name that a function uses but does not bind, look through the enclosing functions,
// skipping class bodies: the first that binds it turns the name into a cell, and every scope in
// between hands the cell on. Who finds none means the global.
#include "scope.h"

#include <stdlib.h>

typedef struct Walk {
  Arena *arena;
  ScopeTree *tree;
  DiagList *diags;
  Scope *scope;
  bool failed;
  bool future_annotations;
  int iterable_depth;  // inside the iterable of a comprehension: no :=
} Walk;

static void walk_expr(Walk *w, Expr *expr);
static void walk_stmts(Walk *w, StmtSeq stmts);

// --- Names -------------------------------------------------------------------------------------

Str8 scope_mangle(Arena *arena, Str8 class_name, Str8 name) {
  if (class_name.data == NULL || name.length < 3 || name.data[0] != '_' || name.data[1] != '_') {
    return name;
  }
  if (name.data[name.length - 1] == '_' && name.data[name.length - 2] == '_') return name;
  if (memchr(name.data, '.', name.length) != NULL) return name;
  while (class_name.length > 0 && class_name.data[0] == '_') {
    class_name.data++;
    class_name.length--;
  }
  if (class_name.length == 0) return name;
  const char *mangled = arena_printf(arena, "_%.*s%.*s", (int)class_name.length, class_name.data,
                                     (int)name.length, name.data);
  return arena_intern(arena, mangled, strlen(mangled));
}

static Symbol *find(const Scope *scope, Str8 mangled) {
  return map_get_pointer(&scope->by_name, mangled.data);
}

Symbol *scope_find(Arena *arena, const Scope *scope, Str8 name) {
  return find(scope, scope_mangle(arena, scope->class_name, name));
}

Scope *scope_of(const ScopeTree *tree, const void *node) {
  return map_get_pointer(&tree->by_node, node);
}

static Symbol *add_symbol(Arena *arena, Scope *scope, Str8 mangled) {
  Symbol *symbol = find(scope, mangled);
  if (symbol != NULL) return symbol;
  symbol = arena_zalloc(arena, sizeof *symbol);
  symbol->name = mangled;
  symbol->reg = symbol->capture = -1;
  if (scope->symbol_count == scope->symbol_capacity) {
    int capacity = scope->symbol_capacity ? scope->symbol_capacity * 2 : 8;
    scope->symbols =
        arena_grow(arena, scope->symbols, (size_t)scope->symbol_count * sizeof *scope->symbols,
                   (size_t)capacity * sizeof *scope->symbols);
    scope->symbol_capacity = capacity;
  }
  scope->symbols[scope->symbol_count++] = symbol;
  map_set_pointer(&scope->by_name, mangled.data, symbol);
  return symbol;
}

static void fail(Walk *w, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void fail(Walk *w, Span span, const char *format, ...) {
  w->failed = true;
  if (diag_is_full(w->diags)) return;
  va_list args;
  va_start(args, format);
  diag_vadd(w->diags, DIAG_ERROR, DIAG_SYNTAX, span, format, args);
  va_end(args);
}

static Symbol *note(Walk *w, Str8 name, unsigned flags, Span span) {
  Symbol *symbol =
      add_symbol(w->arena, w->scope, scope_mangle(w->arena, w->scope->class_name, name));
  unsigned declared = SYMBOL_GLOBAL | SYMBOL_NONLOCAL;
  bool declares = flags & declared && !(symbol->flags & declared);
  if (declares || symbol->span.line == 0) symbol->span = span;
  symbol->flags |= flags;
  return symbol;
}

// A name that `except` unbinds and other statements bind too counts as one that is deleted.
static void note_binding(Walk *w, Str8 name, unsigned flags, Span span) {
  Symbol *symbol = note(w, name, 0, span);
  if (symbol->flags & SYMBOL_EXCEPT) flags |= SYMBOL_DELETED;
  symbol->flags |= SYMBOL_ASSIGNED | flags;
}

static Symbol *note_except(Walk *w, Str8 name, Span span) {
  Symbol *symbol = note(w, name, 0, span);
  bool otherwise = symbol->flags & (SYMBOL_ASSIGNED | SYMBOL_PARAM);
  bool only_except = symbol->flags & SYMBOL_EXCEPT && !(symbol->flags & SYMBOL_HANDLING);
  if (otherwise && !only_except) symbol->flags |= SYMBOL_DELETED;
  symbol->flags |= SYMBOL_ASSIGNED | SYMBOL_EXCEPT;
  return symbol;
}

static void note_use(Walk *w, Str8 name, Span span) {
  note(w, name, SYMBOL_USED, span);
  if (!scope_is_function(w->scope)) return;
  if (str8_is(name, "super")) {
    note(w, arena_intern(w->arena, "__class__", 9), SYMBOL_USED, span);
    w->scope->needs_class = true;
  }
}

// --- Opening and closing scopes ----------------------------------------------------------------

static Scope *open_scope(Walk *w, ScopeKind kind, const void *node) {
  Scope *scope = arena_zalloc(w->arena, sizeof *scope);
  scope->kind = kind;
  scope->node = node;
  scope->parent = w->scope;
  scope->class_cell = -1;
  scope->by_name = map_new(w->arena);
  if (w->scope != NULL) {
    scope->class_name = w->scope->class_name;
    if (w->scope->last_child != NULL) {
      w->scope->last_child->next = scope;
    } else {
      w->scope->first_child = scope;
    }
    w->scope->last_child = scope;
  }
  map_set_pointer(&w->tree->by_node, node, scope);
  w->scope = scope;
  return scope;
}

static void close_scope(Walk *w) { w->scope = w->scope->parent; }

// --- Expressions -------------------------------------------------------------------------------

static void walk_optional(Walk *w, Expr *expr) {
  if (expr != NULL) walk_expr(w, expr);
}

static void walk_exprs(Walk *w, ExprSeq seq) {
  for (int i = 0; i < seq.count; i++) walk_optional(w, seq.items[i]);
}

static void note_params(Walk *w, ArgSeq args) {
  for (int i = 0; i < args.count; i++) {
    note(w, args.items[i].arg, SYMBOL_PARAM, args.items[i].span);
  }
}

// The order decides the registers: see code.h.
static void note_arguments(Walk *w, const Arguments *args) {
  note_params(w, args->posonlyargs);
  note_params(w, args->args);
  note_params(w, args->kwonlyargs);
  if (args->vararg != NULL) note(w, args->vararg->arg, SYMBOL_PARAM, args->vararg->span);
  if (args->kwarg != NULL) note(w, args->kwarg->arg, SYMBOL_PARAM, args->kwarg->span);
}

static void walk_defaults(Walk *w, const Arguments *args) {
  walk_exprs(w, args->defaults);
  walk_exprs(w, args->kw_defaults);
}

static void walk_lambda(Walk *w, Expr *expr) {
  walk_defaults(w, expr->as.lambda.args);
  open_scope(w, SCOPE_LAMBDA, expr);
  note_arguments(w, expr->as.lambda.args);
  walk_expr(w, expr->as.lambda.body);
  close_scope(w);
}

// `:=` in a comprehension binds in the nearest scope around that is none.
static void extend_walrus(Walk *w, Expr *target) {
  Str8 name = target->as.name.id;
  Scope *home = w->scope;
  for (; home->kind == SCOPE_COMPREHENSION; home = home->parent) {
    Symbol *symbol = scope_find(w->arena, home, name);
    if (symbol != NULL && symbol->flags & SYMBOL_ITERATION) {
      fail(w, target->span,
           "assignment expression cannot rebind comprehension iteration variable '%s'", name.data);
      return;
    }
  }
  Scope *comprehension = w->scope;
  if (home->kind == SCOPE_CLASS) {
    fail(w, target->span,
         "assignment expression within a comprehension cannot be used in a class body");
  } else if (home->kind == SCOPE_MODULE) {
    note(w, name, SYMBOL_GLOBAL, target->span);
  } else {
    Symbol *symbol = scope_find(w->arena, home, name);
    bool global = symbol != NULL && symbol->flags & SYMBOL_GLOBAL;
    note(w, name, global ? SYMBOL_GLOBAL : SYMBOL_NONLOCAL, target->span);
  }
  w->scope = home;
  note_binding(w, name, 0, target->span);
  w->scope = comprehension;
}

static void walk_walrus(Walk *w, Expr *expr) {
  Expr *target = expr->as.named_expr.target;
  if (w->iterable_depth > 0) {
    fail(w, expr->span,
         "assignment expression cannot be used in a comprehension iterable expression");
  }
  if (w->scope->kind == SCOPE_COMPREHENSION) {
    extend_walrus(w, target);
    walk_expr(w, expr->as.named_expr.value);
    return;
  }
  w->scope->has_walrus = true;
  walk_expr(w, expr->as.named_expr.value);
  note_binding(w, target->as.name.id, 0, target->span);
}

static const char *comprehension_name(const Expr *expr) {
  switch (expr->kind) {
    case EXPR_LIST_COMP: return "list comprehension";
    case EXPR_SET_COMP: return "set comprehension";
    case EXPR_DICT_COMP: return "dict comprehension";
    default: return "generator expression";
  }
}

static void note_yield(Walk *w, const Expr *expr) {
  w->scope->is_generator = true;
  if (w->scope->kind != SCOPE_COMPREHENSION) return;
  fail(w, expr->span, "'yield' inside %s", comprehension_name(w->scope->node));
}

static void note_iteration(Walk *w, Expr *target) {
  switch (target->kind) {
    case EXPR_NAME: {
      Str8 name = target->as.name.id;
      Symbol *symbol = scope_find(w->arena, w->scope, name);
      if (symbol != NULL && symbol->flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL)) {
        fail(w, target->span,
             "comprehension inner loop cannot rebind assignment expression target '%s'", name.data);
      }
      note_binding(w, name, SYMBOL_ITERATION, target->span);
      break;
    }
    case EXPR_TUPLE:
      for (int i = 0; i < target->as.tuple.elts.count; i++) {
        note_iteration(w, target->as.tuple.elts.items[i]);
      }
      break;
    case EXPR_LIST:
      for (int i = 0; i < target->as.list.elts.count; i++) {
        note_iteration(w, target->as.list.elts.items[i]);
      }
      break;
    case EXPR_STARRED: note_iteration(w, target->as.starred.value); break;
    default: walk_expr(w, target);
  }
}

static void walk_iterable(Walk *w, Expr *iter) {
  w->iterable_depth++;
  walk_expr(w, iter);
  w->iterable_depth--;
}

static void walk_comprehension(Walk *w, Expr *expr, ComprehensionSeq clauses, Expr *key,
                               Expr *value) {
  walk_iterable(w, clauses.items[0].iter);
  int iterable_depth = w->iterable_depth;
  w->iterable_depth = 0;
  Scope *scope = open_scope(w, SCOPE_COMPREHENSION, expr);
  note(w, arena_intern(w->arena, ".0", 2), SYMBOL_PARAM, expr->span);
  for (int i = 0; i < clauses.count; i++) {
    const Comprehension *clause = &clauses.items[i];
    if (i > 0) walk_iterable(w, clause->iter);
    note_iteration(w, clause->target);
    if (clause->is_async) scope->suspends = true;
    walk_exprs(w, clause->ifs);
  }
  walk_expr(w, key);
  walk_optional(w, value);
  close_scope(w);
  w->iterable_depth = iterable_depth;
  if (scope->suspends && expr->kind != EXPR_GENERATOR_EXP) w->scope->suspends = true;
}

static void walk_expr(Walk *w, Expr *expr) {
  if (w->failed) return;
  switch (expr->kind) {
    case EXPR_BOOL_OP: walk_exprs(w, expr->as.bool_op.values); break;
    case EXPR_NAMED_EXPR: walk_walrus(w, expr); break;
    case EXPR_BIN_OP:
      walk_expr(w, expr->as.bin_op.left);
      walk_expr(w, expr->as.bin_op.right);
      break;
    case EXPR_UNARY_OP: walk_expr(w, expr->as.unary_op.operand); break;
    case EXPR_LAMBDA: walk_lambda(w, expr); break;
    case EXPR_IF_EXP:
      walk_expr(w, expr->as.if_exp.test);
      walk_expr(w, expr->as.if_exp.body);
      walk_expr(w, expr->as.if_exp.orelse);
      break;
    case EXPR_DICT:
      for (int i = 0; i < expr->as.dict.values.count; i++) {
        walk_optional(w, expr->as.dict.keys.items[i]);
        walk_expr(w, expr->as.dict.values.items[i]);
      }
      break;
    case EXPR_SET: walk_exprs(w, expr->as.set.elts); break;
    case EXPR_LIST_COMP:
    case EXPR_SET_COMP:
    case EXPR_GENERATOR_EXP:
      walk_comprehension(w, expr, expr->as.comp.generators, expr->as.comp.elt, NULL);
      break;
    case EXPR_DICT_COMP:
      walk_comprehension(w, expr, expr->as.dict_comp.generators, expr->as.dict_comp.key,
                         expr->as.dict_comp.value);
      break;
    case EXPR_AWAIT:
      w->scope->suspends = true;
      walk_expr(w, expr->as.await.value);
      break;
    case EXPR_YIELD:
      walk_optional(w, expr->as.yield.value);
      note_yield(w, expr);
      break;
    case EXPR_YIELD_FROM:
      walk_expr(w, expr->as.yield_from.value);
      note_yield(w, expr);
      break;
    case EXPR_COMPARE:
      walk_expr(w, expr->as.compare.left);
      walk_exprs(w, expr->as.compare.comparators);
      break;
    case EXPR_CALL:
      walk_expr(w, expr->as.call.func);
      walk_exprs(w, expr->as.call.args);
      for (int i = 0; i < expr->as.call.keywords.count; i++) {
        walk_expr(w, expr->as.call.keywords.items[i].value);
      }
      break;
    case EXPR_FORMATTED_VALUE:
      walk_expr(w, expr->as.formatted_value.value);
      walk_optional(w, expr->as.formatted_value.format_spec);
      break;
    case EXPR_JOINED_STR: walk_exprs(w, expr->as.joined_str.values); break;
    case EXPR_CONSTANT: break;
    case EXPR_ATTRIBUTE: walk_expr(w, expr->as.attribute.value); break;
    case EXPR_SUBSCRIPT:
      walk_expr(w, expr->as.subscript.value);
      walk_expr(w, expr->as.subscript.slice);
      break;
    case EXPR_STARRED: walk_expr(w, expr->as.starred.value); break;
    case EXPR_NAME:
      if (expr->as.name.ctx == CONTEXT_LOAD) {
        note_use(w, expr->as.name.id, expr->span);
      } else {
        unsigned flags = expr->as.name.ctx == CONTEXT_DEL ? SYMBOL_DELETED : 0;
        note_binding(w, expr->as.name.id, flags, expr->span);
      }
      break;
    case EXPR_LIST: walk_exprs(w, expr->as.list.elts); break;
    case EXPR_TUPLE: walk_exprs(w, expr->as.tuple.elts); break;
    case EXPR_SLICE:
      walk_optional(w, expr->as.slice.lower);
      walk_optional(w, expr->as.slice.upper);
      walk_optional(w, expr->as.slice.step);
      break;
  }
}

// --- Statements --------------------------------------------------------------------------------

static void walk_annotation(Walk *w, Expr *annotation) {
  if (annotation != NULL && !w->future_annotations) walk_expr(w, annotation);
}

static void walk_arg_annotations(Walk *w, ArgSeq args) {
  for (int i = 0; i < args.count; i++) walk_annotation(w, args.items[i].annotation);
}

static void walk_annotations(Walk *w, const Arguments *args, Expr *returns) {
  walk_arg_annotations(w, args->posonlyargs);
  walk_arg_annotations(w, args->args);
  if (args->vararg != NULL) walk_annotation(w, args->vararg->annotation);
  walk_arg_annotations(w, args->kwonlyargs);
  if (args->kwarg != NULL) walk_annotation(w, args->kwarg->annotation);
  walk_annotation(w, returns);
}

static void walk_function(Walk *w, Stmt *stmt) {
  note_binding(w, stmt->as.function_def.name, 0, stmt->span);
  walk_defaults(w, stmt->as.function_def.args);
  walk_annotations(w, stmt->as.function_def.args, stmt->as.function_def.returns);
  walk_exprs(w, stmt->as.function_def.decorator_list);
  Scope *scope = open_scope(w, SCOPE_FUNCTION, stmt);
  scope->is_async = stmt->kind == STMT_ASYNC_FUNCTION_DEF;
  note_arguments(w, stmt->as.function_def.args);
  walk_stmts(w, stmt->as.function_def.body);
  close_scope(w);
}

static void walk_class(Walk *w, Stmt *stmt) {
  note_binding(w, stmt->as.class_def.name, 0, stmt->span);
  walk_exprs(w, stmt->as.class_def.bases);
  for (int i = 0; i < stmt->as.class_def.keywords.count; i++) {
    walk_expr(w, stmt->as.class_def.keywords.items[i].value);
  }
  walk_exprs(w, stmt->as.class_def.decorator_list);
  Scope *scope = open_scope(w, SCOPE_CLASS, stmt);
  scope->class_name = stmt->as.class_def.name;
  walk_stmts(w, stmt->as.class_def.body);
  close_scope(w);
}

static void walk_ann_assign(Walk *w, Stmt *stmt) {
  Expr *target = stmt->as.ann_assign.target;
  bool simple = stmt->as.ann_assign.simple;
  if (target->kind == EXPR_NAME) {
    Symbol *symbol = scope_find(w->arena, w->scope, target->as.name.id);
    unsigned declared = symbol == NULL ? 0 : symbol->flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL);
    if (simple && declared && w->scope->kind != SCOPE_MODULE) {
      fail(w, stmt->span, "annotated name '%s' can't be %s", target->as.name.id.data,
           declared & SYMBOL_GLOBAL ? "global" : "nonlocal");
    }
    if (simple) {
      note_binding(w, target->as.name.id, SYMBOL_ANNOTATED, target->span);
      w->scope->has_annotations = true;
    } else if (stmt->as.ann_assign.value != NULL) {
      note_binding(w, target->as.name.id, 0, target->span);
    }
  } else {
    walk_expr(w, target);
  }
  walk_annotation(w, stmt->as.ann_assign.annotation);
  walk_optional(w, stmt->as.ann_assign.value);
}

static void declare(Walk *w, Stmt *stmt, unsigned flag) {
  const char *word = flag == SYMBOL_GLOBAL ? "global" : "nonlocal";
  NameSeq names = stmt->as.scope_stmt.names;
  for (int i = 0; i < names.count; i++) {
    const char *name = names.items[i].data;
    Symbol *symbol = scope_find(w->arena, w->scope, names.items[i]);
    unsigned flags = symbol == NULL ? 0 : symbol->flags;
    if (flags & SYMBOL_PARAM) {
      fail(w, stmt->span, "name '%s' is parameter and %s", name, word);
    } else if (flags & SYMBOL_USED) {
      fail(w, stmt->span, "name '%s' is used prior to %s declaration", name, word);
    } else if (flags & SYMBOL_ANNOTATED) {
      fail(w, stmt->span, "annotated name '%s' can't be %s", name, word);
    } else if (flags & SYMBOL_ASSIGNED) {
      fail(w, stmt->span, "name '%s' is assigned to before %s declaration", name, word);
    }
    note(w, names.items[i], flag, stmt->span);
  }
}

static void walk_import(Walk *w, AliasSeq names, bool dotted) {
  for (int i = 0; i < names.count; i++) {
    const Alias *alias = &names.items[i];
    Str8 name = alias->asname.data != NULL ? alias->asname : alias->name;
    if (str8_is(name, "*")) {
      if (w->scope->kind != SCOPE_MODULE)
        fail(w, alias->span, "import * only allowed at module level");
      continue;
    }
    const char *dot = dotted ? memchr(name.data, '.', name.length) : NULL;
    if (dot != NULL) name = arena_intern(w->arena, name.data, (size_t)(dot - name.data));
    note_binding(w, name, 0, alias->span);
  }
}

static void walk_try(Walk *w, Stmt *stmt) {
  walk_stmts(w, stmt->as.try_stmt.body);
  for (int i = 0; i < stmt->as.try_stmt.handlers.count; i++) {
    ExceptHandler *handler = &stmt->as.try_stmt.handlers.items[i];
    walk_optional(w, handler->type);
    Symbol *symbol = NULL;
    if (handler->name.data != NULL) symbol = note_except(w, handler->name, handler->span);
    unsigned outer = symbol == NULL ? 0 : symbol->flags & SYMBOL_HANDLING;
    if (symbol != NULL) symbol->flags |= SYMBOL_HANDLING;
    walk_stmts(w, handler->body);
    if (symbol != NULL && !outer) symbol->flags &= ~(unsigned)SYMBOL_HANDLING;
  }
  walk_stmts(w, stmt->as.try_stmt.orelse);
  walk_stmts(w, stmt->as.try_stmt.finalbody);
}

// An elif chain may be thousands long: it is walked in a loop.
static void walk_if(Walk *w, Stmt *stmt) {
  for (;;) {
    walk_expr(w, stmt->as.if_stmt.test);
    walk_stmts(w, stmt->as.if_stmt.body);
    StmtSeq orelse = stmt->as.if_stmt.orelse;
    if (orelse.count != 1 || orelse.items[0]->kind != STMT_IF) {
      walk_stmts(w, orelse);
      return;
    }
    stmt = orelse.items[0];
  }
}

static void note_future(Walk *w, const Stmt *stmt) {
  if (!str8_is(stmt->as.import_from.module, "__future__")) return;
  for (int i = 0; i < stmt->as.import_from.names.count; i++) {
    if (str8_is(stmt->as.import_from.names.items[i].name, "annotations")) {
      w->future_annotations = true;
    }
  }
}

static void walk_stmt(Walk *w, Stmt *stmt) {
  switch (stmt->kind) {
    case STMT_FUNCTION_DEF:
    case STMT_ASYNC_FUNCTION_DEF: walk_function(w, stmt); break;
    case STMT_CLASS_DEF: walk_class(w, stmt); break;
    case STMT_RETURN: walk_optional(w, stmt->as.return_stmt.value); break;
    case STMT_DELETE: walk_exprs(w, stmt->as.delete_stmt.targets); break;
    case STMT_ASSIGN:
      walk_exprs(w, stmt->as.assign.targets);
      walk_expr(w, stmt->as.assign.value);
      break;
    case STMT_AUG_ASSIGN:
      walk_expr(w, stmt->as.aug_assign.target);
      walk_expr(w, stmt->as.aug_assign.value);
      break;
    case STMT_ANN_ASSIGN: walk_ann_assign(w, stmt); break;
    case STMT_ASYNC_FOR:
      w->scope->suspends = true;
      // fall through
    case STMT_FOR:
      walk_expr(w, stmt->as.for_stmt.target);
      walk_expr(w, stmt->as.for_stmt.iter);
      walk_stmts(w, stmt->as.for_stmt.body);
      walk_stmts(w, stmt->as.for_stmt.orelse);
      break;
    case STMT_WHILE:
      walk_expr(w, stmt->as.while_stmt.test);
      walk_stmts(w, stmt->as.while_stmt.body);
      walk_stmts(w, stmt->as.while_stmt.orelse);
      break;
    case STMT_IF: walk_if(w, stmt); break;
    case STMT_ASYNC_WITH:
      w->scope->suspends = true;
      // fall through
    case STMT_WITH:
      for (int i = 0; i < stmt->as.with_stmt.items.count; i++) {
        walk_expr(w, stmt->as.with_stmt.items.items[i].context_expr);
        walk_optional(w, stmt->as.with_stmt.items.items[i].optional_vars);
      }
      walk_stmts(w, stmt->as.with_stmt.body);
      break;
    case STMT_RAISE:
      walk_optional(w, stmt->as.raise_stmt.exc);
      walk_optional(w, stmt->as.raise_stmt.cause);
      break;
    case STMT_TRY:
    case STMT_TRY_STAR: walk_try(w, stmt); break;
    case STMT_ASSERT:
      walk_expr(w, stmt->as.assert_stmt.test);
      walk_optional(w, stmt->as.assert_stmt.msg);
      break;
    case STMT_IMPORT: walk_import(w, stmt->as.import_stmt.names, true); break;
    case STMT_IMPORT_FROM:
      if (stmt->as.import_from.module.data != NULL) note_future(w, stmt);
      walk_import(w, stmt->as.import_from.names, false);
      break;
    case STMT_GLOBAL: declare(w, stmt, SYMBOL_GLOBAL); break;
    case STMT_NONLOCAL: declare(w, stmt, SYMBOL_NONLOCAL); break;
    case STMT_EXPR: walk_expr(w, stmt->as.expr_stmt.value); break;
    case STMT_PASS:
    case STMT_BREAK:
    case STMT_CONTINUE: break;
  }
}

static void walk_stmts(Walk *w, StmtSeq stmts) {
  for (int i = 0; i < stmts.count && !diag_is_full(w->diags); i++) walk_stmt(w, stmts.items[i]);
}

// --- Resolution --------------------------------------------------------------------------------

static bool binds(const Symbol *symbol) {
  return symbol->flags & (SYMBOL_ASSIGNED | SYMBOL_PARAM) &&
         !(symbol->flags & (SYMBOL_GLOBAL | SYMBOL_NONLOCAL));
}

static void capture(Arena *arena, Scope *scope, Symbol *symbol) {
  if (symbol->capture >= 0) return;
  if (scope->capture_count == scope->capture_capacity) {
    int capacity = scope->capture_capacity ? scope->capture_capacity * 2 : 4;
    scope->captures =
        arena_grow(arena, scope->captures, (size_t)scope->capture_count * sizeof *scope->captures,
                   (size_t)capacity * sizeof *scope->captures);
    scope->capture_capacity = capacity;
  }
  symbol->capture = scope->capture_count;
  scope->captures[scope->capture_count++] = symbol;
}

// The function (or, for `__class__`, the class) whose cell a name of `scope` means, or NULL.
static Scope *owner_of(Scope *scope, Str8 name) {
  for (Scope *outer = scope->parent; outer != NULL && outer->kind != SCOPE_MODULE;
       outer = outer->parent) {
    if (outer->kind == SCOPE_CLASS) {
      if (str8_is(name, "__class__")) return outer;
      continue;
    }
    Symbol *symbol = find(outer, name);
    if (symbol == NULL) continue;
    if (symbol->flags & SYMBOL_GLOBAL) return NULL;
    if (binds(symbol)) return outer;
  }
  return NULL;
}

static void make_free(Arena *arena, Scope *scope, Symbol *symbol, Scope *owner) {
  Str8 name = symbol->name;
  symbol->kind = NAME_FREE;
  capture(arena, scope, symbol);
  for (Scope *between = scope->parent; between != owner; between = between->parent) {
    Symbol *passed = add_symbol(arena, between, name);
    if (passed->flags == 0) passed->flags = SYMBOL_PASSED_ON;
    if (scope_is_function(between) || passed->flags == SYMBOL_PASSED_ON) passed->kind = NAME_FREE;
    capture(arena, between, passed);
  }
  if (owner->kind == SCOPE_CLASS) {
    owner->class_cell = 1;
  } else {
    find(owner, name)->kind = NAME_CELL;
  }
}

static void resolve_symbol(Walk *w, Scope *scope, Symbol *symbol) {
  if (symbol->flags == SYMBOL_PASSED_ON) return;
  const char *name = symbol->name.data;
  if (symbol->flags & SYMBOL_GLOBAL) {
    if (symbol->flags & SYMBOL_NONLOCAL) {
      fail(w, symbol->span, "name '%s' is nonlocal and global", name);
    }
    symbol->kind = NAME_GLOBAL;
    return;
  }
  if (symbol->flags & SYMBOL_NONLOCAL) {
    Scope *owner = scope->kind == SCOPE_MODULE ? NULL : owner_of(scope, symbol->name);
    if (scope->kind == SCOPE_MODULE) {
      fail(w, symbol->span, "nonlocal declaration not allowed at module level");
    } else if (owner == NULL) {
      fail(w, symbol->span, "no binding for nonlocal '%s' found", name);
    } else {
      make_free(w->arena, scope, symbol, owner);
    }
    return;
  }
  if (scope->kind == SCOPE_MODULE) {
    symbol->kind = NAME_GLOBAL;
  } else if (binds(symbol)) {
    // An inner scope may have made it a cell already: scopes are resolved from the outside in, but
    // a name is only turned into a cell by scopes further in, so this runs first.
    symbol->kind = scope->kind == SCOPE_CLASS ? NAME_NAMESPACE : NAME_LOCAL;
  } else {
    Scope *owner = owner_of(scope, symbol->name);
    if (owner == NULL) {
      symbol->kind = NAME_GLOBAL;
    } else {
      make_free(w->arena, scope, symbol, owner);
    }
  }
}

static void resolve(Walk *w, Scope *scope) {
  int count = scope->symbol_count;
  for (int i = 0; i < count && !w->failed; i++) resolve_symbol(w, scope, scope->symbols[i]);
  for (Scope *child = scope->first_child; child != NULL; child = child->next) resolve(w, child);
}

static void number_registers(Scope *scope) {
  int next = 0;
  if (scope->kind == SCOPE_CLASS) next = scope->class_cell >= 0 ? 2 : 1;
  for (int i = 0; i < scope->symbol_count; i++) {
    Symbol *symbol = scope->symbols[i];
    if (symbol->kind == NAME_LOCAL || symbol->kind == NAME_CELL) symbol->reg = next++;
  }
  scope->local_count = next;
  for (Scope *child = scope->first_child; child != NULL; child = child->next) {
    number_registers(child);
  }
}

bool scope_analyse(Arena *arena, const AstModule *module, DiagList *diags, ScopeTree *tree) {
  *tree = (ScopeTree){.arena = arena, .by_node = map_new(arena)};
  Walk walk = {.arena = arena, .tree = tree, .diags = diags};
  tree->module = open_scope(&walk, SCOPE_MODULE, module);
  walk_stmts(&walk, module->body);
  if (!walk.failed) resolve(&walk, tree->module);
  if (!walk.failed) number_registers(tree->module);
  return !walk.failed;
}
