// build_stmt.c: statements, targets and parameters, from the parser's actions to the tree.
#include "builder.h"

// --- Targets -----------------------------------------------------------------------------------

// The innermost part that cannot be a target, or NULL. CPython's words name that part.
static Expr *find_bad_target(Expr *expr, bool deleting) {
  ExprSeq elts;
  switch (expr->kind) {
    case EXPR_NAME:
    case EXPR_ATTRIBUTE:
    case EXPR_SUBSCRIPT: return NULL;
    case EXPR_STARRED: return deleting ? expr : find_bad_target(expr->as.starred.value, deleting);
    case EXPR_LIST: elts = expr->as.list.elts; break;
    case EXPR_TUPLE: elts = expr->as.tuple.elts; break;
    default: return expr;
  }
  for (int i = 0; i < elts.count; i++) {
    Expr *bad = find_bad_target(elts.items[i], deleting);
    if (bad) return bad;
  }
  return NULL;
}

// One star at most in a list, and no name that nobody may bind.
static bool check_bound(Parse *parse, Expr *expr) {
  switch (expr->kind) {
    case EXPR_NAME:
      if (str8_is(expr->as.name.id, "__debug__")) {
        return build_error(parse, expr->span, "cannot assign to __debug__");
      }
      return true;
    case EXPR_ATTRIBUTE:
      if (str8_is(expr->as.attribute.attr, "__debug__")) {
        return build_error(parse, expr->span, "cannot assign to __debug__");
      }
      return true;
    case EXPR_STARRED: return check_bound(parse, expr->as.starred.value);
    case EXPR_LIST:
    case EXPR_TUPLE: {
      ExprSeq elts = expr->kind == EXPR_LIST ? expr->as.list.elts : expr->as.tuple.elts;
      int stars = 0;
      for (int i = 0; i < elts.count; i++) {
        if (elts.items[i]->kind == EXPR_STARRED && ++stars > 1) {
          return build_error(parse, expr->span, "multiple starred expressions in assignment");
        }
        if (!check_bound(parse, elts.items[i])) return false;
      }
      return true;
    }
    default: return true;
  }
}

static bool finish_target(Parse *parse, Expr *target) {
  if (target->kind == EXPR_STARRED) {
    return build_error(parse, target->span, "starred assignment target must be in a list or tuple");
  }
  if (!check_bound(parse, target)) return false;
  ast_set_context(target, CONTEXT_STORE);
  return true;
}

bool build_single_target(Parse *parse, Expr *target) {
  Expr *bad = find_bad_target(target, false);
  if (bad) return build_error(parse, bad->span, "cannot assign to %s", ast_expr_name(bad));
  return finish_target(parse, target);
}

bool build_assign_target(Parse *parse, Expr *target, bool only) {
  Expr *bad = find_bad_target(target, false);
  if (!bad) return finish_target(parse, target);
  if (bad->kind == EXPR_YIELD || bad->kind == EXPR_YIELD_FROM) {
    return build_error(parse, bad->span,
                       bad == target && !bad->parenthesized
                           ? "assignment to yield expression not possible"
                           : "cannot assign to yield expression here. Maybe you "
                             "meant '==' instead of '='?");
  }
  bool is_word = bad->kind == EXPR_CONSTANT && bad->as.constant.kind <= CONSTANT_FALSE;
  bool is_loose =
      bad->kind == EXPR_GENERATOR_EXP || bad->kind == EXPR_LAMBDA || bad->kind == EXPR_IF_EXP;
  if (bad == target && only && !is_word && !is_loose) {
    return build_error(parse, bad->span,
                       "cannot assign to %s here. Maybe you meant '==' instead of '='?",
                       ast_expr_name(bad));
  }
  return build_error(parse, bad->span, "cannot assign to %s", ast_expr_name(bad));
}

bool build_delete_target(Parse *parse, Expr *target) {
  Expr *bad = find_bad_target(target, true);
  if (bad) return build_error(parse, bad->span, "cannot delete %s", ast_expr_name(bad));
  if (target->kind == EXPR_NAME && str8_is(target->as.name.id, "__debug__")) {
    return build_error(parse, target->span, "cannot delete __debug__");
  }
  ast_set_context(target, CONTEXT_DEL);
  return true;
}

// A star may stand in a tuple or a list, not alone.
static bool check_value(Parse *parse, Expr *value) {
  if (value->kind != EXPR_STARRED) return true;
  return build_error(parse, value->span, "can't use starred expression here");
}

// --- Simple statements -------------------------------------------------------------------------

Stmt *build_expr_stmt(Parse *parse, Span span, Expr *value) {
  if (!check_value(parse, value)) return NULL;
  Stmt *stmt = ast_stmt(parse->arena, STMT_EXPR, span);
  stmt->as.expr_stmt.value = value;
  return stmt;
}

Stmt *build_assign(Parse *parse, Span span, ExprList *targets, Expr *value) {
  for (int i = 0; i < targets->count; i++) {
    if (!build_assign_target(parse, targets->items[i], targets->count == 1)) return NULL;
  }
  if (!check_value(parse, value)) return NULL;
  Stmt *stmt = ast_stmt(parse->arena, STMT_ASSIGN, span);
  stmt->as.assign.targets = expr_seq(targets);
  stmt->as.assign.value = value;
  return stmt;
}

Stmt *build_aug_assign(Parse *parse, Span span, Expr *target, BinaryOp op, Expr *value) {
  if (target->kind != EXPR_NAME && target->kind != EXPR_ATTRIBUTE &&
      target->kind != EXPR_SUBSCRIPT) {
    return build_error(parse, target->span,
                       "'%s' is an illegal expression for augmented assignment",
                       ast_expr_name(target));
  }
  if (!finish_target(parse, target) || !check_value(parse, value)) return NULL;
  Stmt *stmt = ast_stmt(parse->arena, STMT_AUG_ASSIGN, span);
  stmt->as.aug_assign.target = target;
  stmt->as.aug_assign.op = op;
  stmt->as.aug_assign.value = value;
  return stmt;
}

Stmt *build_ann_assign(Parse *parse, Span span, Expr *target, Expr *annotation, Expr *value) {
  switch (target->kind) {
    case EXPR_NAME:
    case EXPR_ATTRIBUTE:
    case EXPR_SUBSCRIPT: break;
    case EXPR_LIST:
    case EXPR_TUPLE:
      return build_error(parse, target->span, "only single target (not %s) can be annotated",
                         ast_expr_name(target));
    default: return build_error(parse, target->span, "illegal target for annotation");
  }
  if (!finish_target(parse, target)) return NULL;
  if (value && !check_value(parse, value)) return NULL;
  Stmt *stmt = ast_stmt(parse->arena, STMT_ANN_ASSIGN, span);
  stmt->as.ann_assign.target = target;
  stmt->as.ann_assign.annotation = annotation;
  stmt->as.ann_assign.value = value;
  stmt->as.ann_assign.simple = target->kind == EXPR_NAME && !target->parenthesized;
  return stmt;
}

Stmt *build_delete(Parse *parse, Span span, Expr *targets) {
  if (!build_delete_target(parse, targets)) return NULL;
  Stmt *stmt = ast_stmt(parse->arena, STMT_DELETE, span);
  if (targets->kind == EXPR_TUPLE && !targets->parenthesized) {
    stmt->as.delete_stmt.targets = targets->as.tuple.elts;
    return stmt;
  }
  ExprList list = {0};
  LIST_PUSH(parse, &list, targets);
  stmt->as.delete_stmt.targets = expr_seq(&list);
  return stmt;
}

Stmt *build_import_from(Parse *parse, Span span, Str8 module, int level, AliasList *names) {
  Stmt *stmt = ast_stmt(parse->arena, STMT_IMPORT_FROM, span);
  stmt->as.import_from.module = module;
  stmt->as.import_from.level = level;
  stmt->as.import_from.names = (AliasSeq){names->items, names->count};
  return stmt;
}

Str8 build_dotted(Parse *parse, Str8 left, Str8 right) {
  const char *joined = arena_printf(parse->scratch, "%s.%s", left.data, right.data);
  return arena_intern(parse->arena, joined, left.length + right.length + 1);
}

void build_name_push(Parse *parse, NameSeq *names, Str8 name, Span span) {
  size_t count = (size_t)names->count;
  names->items =
      arena_grow(parse->arena, names->items, count * sizeof(Str8), (count + 1) * sizeof(Str8));
  names->spans =
      arena_grow(parse->arena, names->spans, count * sizeof(Span), (count + 1) * sizeof(Span));
  names->items[count] = name;
  names->spans[count] = span;
  names->count++;
}

// --- Parameters --------------------------------------------------------------------------------

typedef struct Signature {
  Arguments *out;
  ArgSeq positional;  // both kinds, until a slash divides them
  ExprList defaults;
  ExprList kw_defaults;
  bool slash, star, bare_star, double_star;
  Span star_span;
} Signature;

static void push_arg(Parse *parse, ArgSeq *seq, Arg arg) {
  size_t count = (size_t)seq->count;
  if ((count & (count - 1)) == 0) {
    seq->items = arena_grow(parse->arena, seq->items, count * sizeof(Arg),
                            (count ? count * 2 : 1) * sizeof(Arg));
  }
  seq->items[seq->count++] = arg;
}

static bool add_name(Parse *parse, Signature *signature, const Param *param) {
  Arg arg = {param->name, param->annotation, param->name_span};
  if (signature->star) {
    push_arg(parse, &signature->out->kwonlyargs, arg);
    LIST_PUSH(parse, &signature->kw_defaults, param->value);
    return true;
  }
  if (param->value) {
    LIST_PUSH(parse, &signature->defaults, param->value);
  } else if (signature->defaults.count > 0) {
    return build_error(parse, param->name_span, "non-default argument follows default argument");
  }
  push_arg(parse, &signature->positional, arg);
  return true;
}

static bool add_slash(Parse *parse, Signature *signature, const Param *param) {
  if (signature->slash) return build_error(parse, param->span, "/ may appear only once");
  if (signature->star) return build_error(parse, param->span, "/ must be ahead of *");
  if (signature->positional.count == 0) {
    return build_error(parse, param->span, "at least one argument must precede /");
  }
  signature->slash = true;
  signature->out->posonlyargs = signature->positional;
  signature->positional = (ArgSeq){0};
  return true;
}

static Arg *copy_arg(Parse *parse, const Param *param) {
  Arg *arg = arena_alloc(parse->arena, sizeof *arg);
  *arg = (Arg){param->name, param->annotation, param->name_span};
  return arg;
}

static bool add_star(Parse *parse, Signature *signature, const Param *param) {
  if (signature->star) {
    return build_error(parse, param->span, "* argument may appear only once");
  }
  if (param->value) {
    return build_error(parse, param->span, "var-positional argument cannot have default value");
  }
  signature->star = true;
  signature->star_span = param->span;
  if (param->name.data) {
    signature->out->vararg = copy_arg(parse, param);
  } else {
    signature->bare_star = true;
  }
  return true;
}

static bool add_double_star(Parse *parse, Signature *signature, const Param *param) {
  if (param->value) {
    return build_error(parse, param->span, "var-keyword argument cannot have default value");
  }
  signature->double_star = true;
  signature->out->kwarg = copy_arg(parse, param);
  return true;
}

// Every name once, and none that cannot be bound.
static bool check_param_names(Parse *parse, const ParamList *params) {
  for (int i = 0; i < params->count; i++) {
    const Param *param = &params->items[i];
    if (!param->name.data) continue;
    if (str8_is(param->name, "__debug__")) {
      return build_error(parse, param->name_span, "cannot assign to __debug__");
    }
    for (int j = 0; j < i; j++) {
      if (params->items[j].name.data != param->name.data) continue;
      build_error(parse, param->name_span, "duplicate argument '%s' in function definition",
                  param->name.data);
      diag_label(parse->diags->items[parse->diags->count - 1], params->items[j].name_span,
                 "first here");
      return false;
    }
  }
  return true;
}

Arguments *build_arguments(Parse *parse, ParamList *params) {
  Signature signature = {.out = arena_zalloc(parse->arena, sizeof(Arguments))};
  if (!params) return signature.out;
  for (int i = 0; i < params->count; i++) {
    const Param *param = &params->items[i];
    if (signature.double_star) {
      return build_error(parse, param->span, "arguments cannot follow var-keyword argument");
    }
    bool fits = param->kind == 'n'   ? add_name(parse, &signature, param)
                : param->kind == '/' ? add_slash(parse, &signature, param)
                : param->kind == '*' ? add_star(parse, &signature, param)
                                     : add_double_star(parse, &signature, param);
    if (!fits) return NULL;
  }
  if (signature.bare_star && signature.kw_defaults.count == 0) {
    return build_error(parse, signature.star_span, "named arguments must follow bare *");
  }
  if (!check_param_names(parse, params)) return NULL;
  signature.out->args = signature.positional;
  signature.out->defaults = expr_seq(&signature.defaults);
  signature.out->kw_defaults = expr_seq(&signature.kw_defaults);
  return signature.out;
}

// --- Compound statements -----------------------------------------------------------------------

Stmt *build_if(Parse *parse, IfClauseList *clauses, StmtSeq orelse, Span end) {
  Stmt *stmt = NULL;
  for (int i = clauses->count - 1; i >= 0; i--) {
    const IfClause *clause = &clauses->items[i];
    stmt = ast_stmt(parse->arena, STMT_IF, span_join(clause->span, end));
    stmt->as.if_stmt.test = clause->test;
    stmt->as.if_stmt.body = clause->body;
    stmt->as.if_stmt.orelse = orelse;
    stmt->as.if_stmt.is_elif = i > 0;
    StmtList one = {0};
    LIST_PUSH(parse, &one, stmt);
    orelse = stmt_seq(&one);
  }
  return stmt;
}

Stmt *build_for(Parse *parse, Span span, bool is_async, Expr *target, Expr *iter, StmtSeq body,
                StmtSeq orelse) {
  if (!build_single_target(parse, target) || !check_value(parse, iter)) return NULL;
  Stmt *stmt = ast_stmt(parse->arena, is_async ? STMT_ASYNC_FOR : STMT_FOR, span);
  stmt->as.for_stmt.target = target;
  stmt->as.for_stmt.iter = iter;
  stmt->as.for_stmt.body = body;
  stmt->as.for_stmt.orelse = orelse;
  return stmt;
}

// `with (a, b):` holds two items, although it looks like one tuple.
static bool is_item_tuple(const Expr *expr) {
  if (expr->kind != EXPR_TUPLE || !expr->parenthesized || expr->as.tuple.elts.count == 0) {
    return false;
  }
  for (int i = 0; i < expr->as.tuple.elts.count; i++) {
    const Expr *elt = expr->as.tuple.elts.items[i];
    if (elt->kind == EXPR_STARRED) return false;
    if (elt->kind == EXPR_NAMED_EXPR && !elt->parenthesized) return false;
  }
  return true;
}

bool build_with_header(Parse *parse, WithItemList *items) {
  if (items->count != 1 || items->items[0].optional_vars) return build_statement_done(parse);
  Expr *only = items->items[0].context_expr;
  if (only == parse->as_tuple) {
    *items = parse->as_display->items;
    parse->as_tuple = NULL;
    for (int i = 0; i < items->count; i++) {
      Expr *target = items->items[i].optional_vars;
      if (target && !build_single_target(parse, target)) return false;
      Expr *value = items->items[i].context_expr;
      if (value->kind == EXPR_STARRED ||
          (value->kind == EXPR_NAMED_EXPR && !value->parenthesized)) {
        return build_error(parse, value->span, "invalid syntax");
      }
    }
  } else if (is_item_tuple(only)) {
    WithItemList list = {0};
    for (int i = 0; i < only->as.tuple.elts.count; i++) {
      LIST_PUSH(parse, &list, ((WithItem){only->as.tuple.elts.items[i], NULL}));
    }
    *items = list;
  }
  return build_statement_done(parse);
}

Stmt *build_with(Parse *parse, Span span, bool is_async, WithItemList *items, StmtSeq body) {
  Stmt *stmt = ast_stmt(parse->arena, is_async ? STMT_ASYNC_WITH : STMT_WITH, span);
  stmt->as.with_stmt.items = (WithItemSeq){items->items, items->count};
  stmt->as.with_stmt.body = body;
  return stmt;
}

Stmt *build_function(Parse *parse, Span span, bool is_async, Dotted name, Arguments *args,
                     Expr *returns, StmtSeq body) {
  Stmt *stmt = ast_stmt(parse->arena, is_async ? STMT_ASYNC_FUNCTION_DEF : STMT_FUNCTION_DEF, span);
  stmt->as.function_def.name = name.name;
  stmt->as.function_def.name_span = name.span;
  stmt->as.function_def.args = args;
  stmt->as.function_def.returns = returns;
  stmt->as.function_def.body = body;
  return stmt;
}

ExceptHandler *build_handler(Parse *parse, Span span, Expr *type, const Dotted *name,
                             StmtSeq body) {
  ExceptHandler *handler = arena_zalloc(parse->arena, sizeof *handler);
  handler->type = type;
  handler->body = body;
  handler->span = span;
  if (name) {
    handler->name = name->name;
    handler->name_span = name->span;
  }
  return handler;
}

bool build_handler_push(Parse *parse, Handlers *handlers, ExceptHandler *handler, bool star) {
  HandlerList *list = &handlers->list;
  if (list->count > 0) {
    if (handlers->star != star) {
      return build_error(parse, handler->span,
                         "cannot have both 'except' and 'except*' on the same 'try'");
    }
    const ExceptHandler *last = &list->items[list->count - 1];
    if (!last->type) return build_error(parse, last->span, "default 'except:' must be last");
  }
  handlers->star = star;
  LIST_PUSH(parse, list, *handler);
  return true;
}

Stmt *build_try(Parse *parse, Span span, StmtSeq body, Handlers *handlers, StmtSeq orelse,
                StmtSeq finalbody) {
  bool star = handlers && handlers->star;
  Stmt *stmt = ast_stmt(parse->arena, star ? STMT_TRY_STAR : STMT_TRY, span);
  stmt->as.try_stmt.body = body;
  if (handlers) {
    stmt->as.try_stmt.handlers = (ExceptHandlerSeq){handlers->list.items, handlers->list.count};
  }
  stmt->as.try_stmt.orelse = orelse;
  stmt->as.try_stmt.finalbody = finalbody;
  return stmt;
}

bool build_statement_done(Parse *parse) {
  if (!parse->as_tuple) return true;
  return build_error(parse, parse->as_display->as_span, "invalid syntax");
}
