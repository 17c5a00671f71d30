// builder.c: expressions, from the parser's actions to the tree.
#include "builder.h"

#include <stdlib.h>

static void add_error(Parse *parse, Span span, const char *format, va_list args) {
  const char *message = arena_vprintf(parse->arena, format, args);
  diag_error(parse->diags, span, parse->fstring_depth > 0 ? "f-string: %s" : "%s", message);
}

void *build_error(Parse *parse, Span span, const char *format, ...) {
  va_list args;
  va_start(args, format);
  add_error(parse, span, format, args);
  va_end(args);
  return NULL;
}

Expr *build_done(Parse *parse, Expr *expr) {
  expr->depth = ast_expr_depth(expr);
  if (expr->depth > AST_DEPTH_MAX) {
    return build_error(parse, expr->span, "expression is nested too deeply");
  }
  return expr;
}

static Expr *new_expr(Parse *parse, ExprKind kind, Span span) {
  return ast_expr(parse->arena, kind, span);
}

// Room for one more item. Chains of operators grow item by item: the capacity is the next power
// of two, so that it need not be stored.
static void *reserve(Parse *parse, void *items, int count, size_t size) {
  if (count & (count - 1)) return items;
  return arena_grow(parse->arena, items, (size_t)count * size, (size_t)count * 2 * size);
}

// --- Atoms -------------------------------------------------------------------------------------

Expr *build_name(Parse *parse, Span span, Str8 id) {
  Expr *expr = new_expr(parse, EXPR_NAME, span);
  expr->as.name.id = id;
  return expr;
}

Expr *build_constant(Parse *parse, Span span, ConstantKind kind) {
  Expr *expr = new_expr(parse, EXPR_CONSTANT, span);
  expr->as.constant.kind = kind;
  return expr;
}

Expr *build_number(Parse *parse, Span span, bool is_float) {
  const char *text = parse->source->text + span.start;
  size_t length = span.end - span.start;
  Expr *expr = build_constant(parse, span, is_float ? CONSTANT_FLOAT : CONSTANT_INT);
  int base = 10;
  if (!is_float && length > 1 && text[0] == '0') {
    char mark = (char)(text[1] | 0x20);
    base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
    if (base != 10) {
      text += 2;
      length -= 2;
    }
  }
  char *digits = arena_alloc(parse->arena, length + 1);
  size_t count = 0;
  for (size_t i = 0; i < length; i++) {
    if (text[i] != '_') digits[count++] = text[i];
  }
  digits[count] = '\0';
  expr->as.constant.text = (Str8){digits, count};
  expr->as.constant.base = base;
  if (is_float) expr->as.constant.number = strtod(digits, NULL);
  return expr;
}

// --- Operators ---------------------------------------------------------------------------------

Expr *build_binary(Parse *parse, Span span, Expr *left, BinaryOp op, Expr *right) {
  Expr *expr = new_expr(parse, EXPR_BIN_OP, span);
  expr->as.bin_op.left = left;
  expr->as.bin_op.op = op;
  expr->as.bin_op.right = right;
  return build_done(parse, expr);
}

Expr *build_unary(Parse *parse, Span span, UnaryOp op, Expr *operand) {
  Expr *expr = new_expr(parse, EXPR_UNARY_OP, span);
  expr->as.unary_op.op = op;
  expr->as.unary_op.operand = operand;
  return build_done(parse, expr);
}

// The node so far is as deep as its deepest item; one more item cannot make it shallower.
static Expr *extended(Parse *parse, Expr *expr, const Expr *item, Span span) {
  expr->span = span;
  if (item->depth + 1 > expr->depth) expr->depth = item->depth + 1;
  if (expr->depth > AST_DEPTH_MAX) {
    return build_error(parse, expr->span, "expression is nested too deeply");
  }
  return expr;
}

// `a or b or c` is one node with three values.
Expr *build_bool(Parse *parse, Span span, Expr *left, BoolOp op, Expr *right) {
  Expr *expr = left;
  if (left->kind != EXPR_BOOL_OP || left->as.bool_op.op != op || left->parenthesized) {
    expr = new_expr(parse, EXPR_BOOL_OP, span);
    expr->as.bool_op.op = op;
    expr->as.bool_op.values.items = arena_alloc(parse->arena, sizeof(Expr *));
    expr->as.bool_op.values.items[0] = left;
    expr->as.bool_op.values.count = 1;
    expr->depth = left->depth + 1;
  }
  ExprSeq *values = &expr->as.bool_op.values;
  values->items = reserve(parse, values->items, values->count, sizeof(Expr *));
  values->items[values->count++] = right;
  return extended(parse, expr, right, span);
}

// `a < b < c` is one node with two comparators.
Expr *build_compare(Parse *parse, Span span, Expr *left, CompareOp op, Expr *right) {
  Expr *expr = left;
  if (left->kind != EXPR_COMPARE || left->parenthesized) {
    expr = new_expr(parse, EXPR_COMPARE, span);
    expr->as.compare.left = left;
    expr->as.compare.ops = arena_alloc(parse->arena, sizeof(CompareOp));
    expr->as.compare.comparators.items = arena_alloc(parse->arena, sizeof(Expr *));
    expr->depth = left->depth + 1;
  } else {
    int count = expr->as.compare.comparators.count;
    expr->as.compare.ops = reserve(parse, expr->as.compare.ops, count, sizeof(CompareOp));
    expr->as.compare.comparators.items =
        reserve(parse, expr->as.compare.comparators.items, count, sizeof(Expr *));
  }
  int at = expr->as.compare.comparators.count++;
  expr->as.compare.ops[at] = op;
  expr->as.compare.comparators.items[at] = right;
  return extended(parse, expr, right, span);
}

Expr *build_conditional(Parse *parse, Span span, Expr *body, Expr *test, Expr *orelse) {
  Expr *expr = new_expr(parse, EXPR_IF_EXP, span);
  expr->as.if_exp.test = test;
  expr->as.if_exp.body = body;
  expr->as.if_exp.orelse = orelse;
  return build_done(parse, expr);
}

Expr *build_lambda(Parse *parse, Span span, Arguments *args, Expr *body) {
  Expr *expr = new_expr(parse, EXPR_LAMBDA, span);
  expr->as.lambda.args = args;
  expr->as.lambda.body = body;
  return build_done(parse, expr);
}

Expr *build_await(Parse *parse, Span span, Expr *value) {
  Expr *expr = new_expr(parse, EXPR_AWAIT, span);
  expr->as.await.value = value;
  return build_done(parse, expr);
}

Expr *build_yield(Parse *parse, Span span, Expr *value) {
  Expr *expr = new_expr(parse, EXPR_YIELD, span);
  expr->as.yield.value = value;
  return build_done(parse, expr);
}

Expr *build_yield_from(Parse *parse, Span span, Expr *value) {
  Expr *expr = new_expr(parse, EXPR_YIELD_FROM, span);
  expr->as.yield_from.value = value;
  return build_done(parse, expr);
}

Expr *build_named(Parse *parse, Span span, Expr *target, Expr *value) {
  if (target->kind != EXPR_NAME || target->parenthesized) {
    return build_error(parse, target->span, "cannot use assignment expressions with %s",
                       ast_expr_name(target));
  }
  if (!build_single_target(parse, target)) return NULL;
  Expr *expr = new_expr(parse, EXPR_NAMED_EXPR, span);
  expr->as.named_expr.target = target;
  expr->as.named_expr.value = value;
  return build_done(parse, expr);
}

Expr *build_starred(Parse *parse, Span span, Expr *value) {
  Expr *expr = new_expr(parse, EXPR_STARRED, span);
  expr->as.starred.value = value;
  return build_done(parse, expr);
}

Expr *build_stray_equals(Parse *parse, Span span, Expr *left) {
  switch (left->kind) {
    case EXPR_NAME:
      return build_error(parse, span,
                         "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
    case EXPR_LIST:
    case EXPR_TUPLE:
    case EXPR_GENERATOR_EXP: return build_error(parse, span, "invalid syntax");
    case EXPR_CONSTANT:
      if (left->as.constant.kind == CONSTANT_NONE || left->as.constant.kind == CONSTANT_TRUE ||
          left->as.constant.kind == CONSTANT_FALSE) {
        return build_error(parse, span, "invalid syntax");
      }
      break;
    default: break;
  }
  return build_error(parse, left->span,
                     "cannot assign to %s here. Maybe you meant '==' instead of '='?",
                     ast_expr_name(left));
}

Expr *build_stray_keyword(Parse *parse, Span span, Expr *target) {
  return build_error(parse, span,
                     target->kind == EXPR_NAME
                         ? "invalid syntax. Maybe you meant '==' or ':=' instead of '='?"
                         : "expression cannot contain assignment, perhaps you meant \"==\"?");
}

// --- Primaries ---------------------------------------------------------------------------------

Expr *build_attribute(Parse *parse, Span span, Expr *value, Str8 attr, Span attr_span) {
  Expr *expr = new_expr(parse, EXPR_ATTRIBUTE, span);
  expr->as.attribute.value = value;
  expr->as.attribute.attr = attr;
  expr->as.attribute.attr_span = attr_span;
  return build_done(parse, expr);
}

Expr *build_subscript(Parse *parse, Span span, Expr *value, Expr *slice) {
  // `a[*b]` is a tuple of one.
  if (slice->kind == EXPR_STARRED) {
    ExprList list = {0};
    LIST_PUSH(parse, &list, slice);
    slice = build_tuple(parse, slice->span, &list);
    if (!slice) return NULL;
  }
  Expr *expr = new_expr(parse, EXPR_SUBSCRIPT, span);
  expr->as.subscript.value = value;
  expr->as.subscript.slice = slice;
  return build_done(parse, expr);
}

Expr *build_slice(Parse *parse, Span span, Expr *lower, Expr *upper, Expr *step) {
  Expr *expr = new_expr(parse, EXPR_SLICE, span);
  expr->as.slice.lower = lower;
  expr->as.slice.upper = upper;
  expr->as.slice.step = step;
  return build_done(parse, expr);
}

static bool is_keyword_repeated(const KeywordSeq *keywords, Str8 name) {
  for (int i = 0; i < keywords->count; i++) {
    if (keywords->items[i].arg.data == name.data) return true;
  }
  return false;
}

// Turns `name=value` into a Keyword, or says what is wrong with it.
static bool make_keyword(Parse *parse, const Argument *argument, Keyword *keyword) {
  Expr *target = argument->target;
  if (target->kind == EXPR_CONSTANT && target->as.constant.kind <= CONSTANT_FALSE) {
    return build_error(parse, span_join(target->span, argument->span), "cannot assign to %s",
                       ast_expr_name(target));
  }
  if (target->kind != EXPR_NAME || target->parenthesized) {
    return build_error(parse, argument->span,
                       "expression cannot contain assignment, perhaps you meant \"==\"?");
  }
  if (str8_is(target->as.name.id, "__debug__")) {
    return build_error(parse, argument->span, "cannot assign to __debug__");
  }
  *keyword = (Keyword){target->as.name.id, argument->value, argument->span};
  return true;
}

// Sorts arguments into positional and keyword ones and checks their order.
static bool sort_arguments(Parse *parse, const ArgumentList *list, ExprSeq *args,
                           KeywordSeq *keywords) {
  int count = list->count;
  bool comma = count > 0 && list->items[count - 1].kind == ',';
  if (comma) count--;
  ExprList positional = {0};
  KeywordList named = {0};
  bool seen_keyword = false, seen_double = false;
  for (int i = 0; i < count; i++) {
    const Argument *argument = &list->items[i];
    switch (argument->kind) {
      case 'g':
        if (count > 1 || comma) {
          return build_error(parse, argument->span, "Generator expression must be parenthesized");
        }
        LIST_PUSH(parse, &positional, argument->value);
        break;
      case '*':
        if (seen_double) {
          return build_error(parse, argument->span,
                             "iterable argument unpacking follows keyword argument unpacking");
        }
        LIST_PUSH(parse, &positional, argument->value);
        break;
      case 'd':
        seen_double = true;
        LIST_PUSH(parse, &named, ((Keyword){{0}, argument->value, argument->span}));
        break;
      case 'k': {
        Keyword keyword;
        if (!make_keyword(parse, argument, &keyword)) return false;
        KeywordSeq before = {named.items, named.count};
        if (is_keyword_repeated(&before, keyword.arg)) {
          return build_error(parse, argument->span, "keyword argument repeated: %s",
                             keyword.arg.data);
        }
        seen_keyword = true;
        LIST_PUSH(parse, &named, keyword);
        break;
      }
      default:
        if (seen_double || seen_keyword) {
          return build_error(parse, argument->span,
                             seen_double ? "positional argument follows keyword argument unpacking"
                                         : "positional argument follows keyword argument");
        }
        LIST_PUSH(parse, &positional, argument->value);
        break;
    }
  }
  *args = expr_seq(&positional);
  *keywords = (KeywordSeq){named.items, named.count};
  return true;
}

Expr *build_call(Parse *parse, Span span, Expr *func, ArgumentList *list, Span list_span) {
  Expr *expr = new_expr(parse, EXPR_CALL, span);
  expr->as.call.func = func;
  if (!sort_arguments(parse, list, &expr->as.call.args, &expr->as.call.keywords)) return NULL;
  // A generator that is the only argument owns the call's parentheses.
  if (list->count == 1 && list->items[0].kind == 'g') list->items[0].value->span = list_span;
  return build_done(parse, expr);
}

Stmt *build_class(Parse *parse, Span span, Dotted name, ArgumentList *bases, StmtSeq body) {
  Stmt *stmt = ast_stmt(parse->arena, STMT_CLASS_DEF, span);
  stmt->as.class_def.name = name.name;
  stmt->as.class_def.name_span = name.span;
  stmt->as.class_def.body = body;
  if (bases && bases->count > 0 && bases->items[0].kind == 'g') {
    return build_error(parse, bases->items[0].span, "invalid syntax");
  }
  if (bases &&
      !sort_arguments(parse, bases, &stmt->as.class_def.bases, &stmt->as.class_def.keywords)) {
    return NULL;
  }
  return stmt;
}

// --- Displays ----------------------------------------------------------------------------------

Expr *build_tuple(Parse *parse, Span span, ExprList *list) {
  Expr *expr = new_expr(parse, EXPR_TUPLE, span);
  expr->as.tuple.elts = expr_seq(list);
  return build_done(parse, expr);
}

void build_display_push(Parse *parse, Display *display, Expr *expr, Expr *as_target, Span span) {
  LIST_PUSH(parse, &display->list, expr);
  LIST_PUSH(parse, &display->items, ((WithItem){expr, as_target}));
  if (as_target && !display->has_as) {
    display->has_as = true;
    display->as_span = span;
  }
}

Expr *build_paren(Parse *parse, Span span, Display *display) {
  if (display->has_as) {
    if (parse->as_tuple) return build_error(parse, display->as_span, "invalid syntax");
    parse->as_tuple = build_tuple(parse, span, &display->list);
    parse->as_display = display;
    return parse->as_tuple;
  }
  if (display->list.count > 1 || display->comma) return build_tuple(parse, span, &display->list);
  Expr *only = display->list.items[0];
  if (only->kind == EXPR_STARRED) {
    return build_error(parse, only->span, "cannot use starred expression here");
  }
  return only;
}

Expr *build_close_paren(Expr *expr, Span span) {
  if (!expr->parenthesized && (expr->kind == EXPR_TUPLE || expr->kind == EXPR_GENERATOR_EXP)) {
    expr->span = span;
  }
  expr->parenthesized = true;
  return expr;
}

Expr *build_list(Parse *parse, Span span, ExprList *list) {
  Expr *expr = new_expr(parse, EXPR_LIST, span);
  expr->as.list.elts = expr_seq(list);
  return build_done(parse, expr);
}

Expr *build_set(Parse *parse, Span span, ExprList *list) {
  Expr *expr = new_expr(parse, EXPR_SET, span);
  expr->as.set.elts = expr_seq(list);
  return build_done(parse, expr);
}

void build_dict_push(Parse *parse, DictDisplay *display, Expr *key, Expr *value) {
  LIST_PUSH(parse, &display->keys, key);
  LIST_PUSH(parse, &display->values, value);
}

Expr *build_dict(Parse *parse, Span span, DictDisplay *display) {
  Expr *expr = new_expr(parse, EXPR_DICT, span);
  expr->as.dict.keys = expr_seq(&display->keys);
  expr->as.dict.values = expr_seq(&display->values);
  return build_done(parse, expr);
}

Expr *build_comp(Parse *parse, Span span, ExprKind kind, Expr *elt, ComprehensionList *generators) {
  if (elt->kind == EXPR_STARRED) {
    return build_error(parse, elt->span, "iterable unpacking cannot be used in comprehension");
  }
  Expr *expr = new_expr(parse, kind, span);
  expr->as.comp.elt = elt;
  expr->as.comp.generators = (ComprehensionSeq){generators->items, generators->count};
  return build_done(parse, expr);
}

Expr *build_dict_comp(Parse *parse, Span span, Expr *key, Expr *value,
                      ComprehensionList *generators) {
  Expr *expr = new_expr(parse, EXPR_DICT_COMP, span);
  expr->as.dict_comp.key = key;
  expr->as.dict_comp.value = value;
  expr->as.dict_comp.generators = (ComprehensionSeq){generators->items, generators->count};
  return build_done(parse, expr);
}

Comprehension *build_clause(Parse *parse, Expr *target, Expr *iter, ExprList *ifs, bool is_async) {
  if (!build_single_target(parse, target)) return NULL;
  Comprehension *clause = arena_zalloc(parse->arena, sizeof *clause);
  clause->target = target;
  clause->iter = iter;
  clause->ifs = expr_seq(ifs);
  clause->is_async = is_async;
  return clause;
}
