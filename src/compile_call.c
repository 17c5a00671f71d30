// compile_call.c: calls. The callee goes to a temporary, the arguments to those after it.
//
// There are three shapes: plain (CALL), with keywords (CALL_KW: a tuple of their names follows the
// last argument), and with * or ** or very many arguments (CALL_EX: a list and a dict are built).
// obj.name(…) finds the method without making a bound method (LOAD_METHOD, then CALL_METHOD…).
#include "compile_internal.h"

enum { CALL_REGISTERS = 250 };  // more arguments than this are collected in a list

static bool needs_list(const Expr *expr) {
  ExprSeq args = expr->as.call.args;
  KeywordSeq keywords = expr->as.call.keywords;
  if (args.count + keywords.count > CALL_REGISTERS) return true;
  for (int i = 0; i < args.count; i++) {
    if (args.items[i]->kind == EXPR_STARRED) return true;
  }
  for (int i = 0; i < keywords.count; i++) {
    if (keywords.items[i].arg.data == NULL) return true;
  }
  return false;
}

// The positional arguments to the next temporary, as a list.
static void push_args_list(Unit *unit, ExprSeq args, Span span) {
  int list = emit_temp(unit, span);
  emit(unit, span, OP_BUILD_LIST, 0, list, list, 0);
  for (int i = 0; i < args.count; i++) {
    const Expr *arg = args.items[i];
    int mark = unit->next_temp;
    if (arg->kind == EXPR_STARRED) {
      int items = expr_any(unit, arg->as.starred.value);
      emit(unit, arg->span, OP_LIST_EXTEND, 0, 0, list, items);
    } else {
      emit(unit, arg->span, OP_LIST_APPEND, 0, 0, list, expr_any(unit, arg));
    }
    unit->next_temp = mark;
  }
}

static void set_keyword(Unit *unit, const Keyword *keyword, int dict) {
  int mark = unit->next_temp;
  int name = emit_temp(unit, keyword->span);
  emit_load_const(unit, keyword->span, name, from_object(emit_str(unit->compiler, keyword->arg)));
  int value = expr_any(unit, keyword->value);
  emit(unit, keyword->span, OP_DICT_SET, 0, value, dict, name);
  unit->next_temp = mark;
}

// After a `**mapping`, named arguments may repeat a key of it, which DICT_MERGE has to notice: runs
// of them are put in a dict of their own that is merged.
static void keywords_dict(Unit *unit, const Expr *expr, int function) {
  KeywordSeq keywords = expr->as.call.keywords;
  int dict = emit_temp(unit, expr->span);
  if (keywords.count == 0) {
    emit(unit, expr->span, OP_LOAD_EMPTY, 0, dict, 0, 0);
    return;
  }
  if (keywords.count == 1 && keywords.items[0].arg.data == NULL) {
    int mark = unit->next_temp;
    int mapping = expr_any(unit, keywords.items[0].value);
    emit(unit, expr->span, OP_STAR_KEYWORDS, 0, dict, function, mapping);
    unit->next_temp = mark;
    return;
  }
  emit_dict(unit, expr->span, dict, keywords.count);
  bool merged = false;
  for (int i = 0; i < keywords.count;) {
    const Keyword *keyword = &keywords.items[i];
    int mark = unit->next_temp;
    if (keyword->arg.data == NULL) {
      int mapping = expr_any(unit, keyword->value);
      emit(unit, expr->span, OP_DICT_MERGE, 0, function, dict, mapping);
      merged = true;
      i++;
    } else if (!merged) {
      set_keyword(unit, keyword, dict);
      i++;
    } else {
      int run = emit_temp(unit, keyword->span);
      emit(unit, keyword->span, OP_BUILD_DICT, 0, run, 0, 0);
      for (; i < keywords.count && keywords.items[i].arg.data != NULL; i++) {
        set_keyword(unit, &keywords.items[i], run);
      }
      emit(unit, expr->span, OP_DICT_MERGE, 0, function, dict, run);
    }
    unit->next_temp = mark;
  }
}

// The arguments to the next temporaries; with keywords the tuple of their names behind them.
static int push_arguments(Unit *unit, const Expr *expr) {
  ExprSeq args = expr->as.call.args;
  KeywordSeq keywords = expr->as.call.keywords;
  for (int i = 0; i < args.count; i++) expr_next(unit, args.items[i]);
  for (int i = 0; i < keywords.count; i++) expr_next(unit, keywords.items[i].value);
  if (keywords.count > 0) {
    Tuple *names = tuple_new(unit->compiler->vm, (size_t)keywords.count);
    for (int i = 0; i < keywords.count; i++) {
      names->items[i] = from_object(emit_str(unit->compiler, keywords.items[i].arg));
    }
    emit_load_const(unit, expr->span, emit_temp(unit, expr->span), from_object(names));
  }
  return args.count + keywords.count;
}

// `super()` is super(__class__, the first parameter), unless the program has a super of its own.
static bool is_bare_super(Unit *unit, const Expr *expr) {
  const Expr *function = expr->as.call.func;
  if (function->kind != EXPR_NAME || !str8_is(function->as.name.id, "super")) return false;
  if (expr->as.call.args.count > 0 || expr->as.call.keywords.count > 0) return false;
  if (!scope_is_function(unit->scope) || unit->param_count == 0) return false;
  Symbol *symbol = name_symbol(unit, function->as.name.id, function->span);
  if (symbol->kind != NAME_GLOBAL) return false;
  Compiler *compiler = unit->compiler;
  Symbol *global = scope_find(compiler->arena, compiler->scopes.module, function->as.name.id);
  if (global != NULL && global->flags & SYMBOL_ASSIGNED) return false;
  Str8 class_name = arena_intern(compiler->arena, "__class__", 9);
  Symbol *class_symbol = name_symbol(unit, class_name, function->span);
  return class_symbol->kind == NAME_FREE;
}

static void super_to(Unit *unit, const Expr *expr, int to, int use) {
  int base = expr_base(unit, expr->span, to);
  expr_to(unit, expr->as.call.func, base);
  Arena *arena = unit->compiler->arena;
  Symbol *class_symbol = name_symbol(unit, arena_intern(arena, "__class__", 9), expr->span);
  name_load(unit, class_symbol, expr->span, emit_temp(unit, expr->span));
  name_load(unit, unit->scope->symbols[0], expr->span, emit_temp(unit, expr->span));
  emit(unit, expr->span, OP_CALL, use, to, base, 2);
}

static void method_call_to(Unit *unit, const Expr *expr, int to, int use) {
  const Expr *function = expr->as.call.func;
  int base = expr_base(unit, expr->span, to);
  emit_temp(unit, expr->span);
  int object = expr_any_in(unit, function->as.attribute.value, base);
  unit->next_temp = base + 2;
  emit(unit, function->span, OP_LOAD_METHOD, 0, base, object,
       emit_site(unit, function->span, function->as.attribute.attr));
  int count = push_arguments(unit, expr);
  Opcode op = expr->as.call.keywords.count > 0 ? OP_CALL_METHOD_KW : OP_CALL_METHOD;
  emit(unit, expr->span, op, use, to, base, count);
}

// `f(*items, …)` looks at the items when all has been evaluated, and its error names the callee.
static void extended_call_to(Unit *unit, const Expr *expr, int to, int base, int use) {
  ExprSeq args = expr->as.call.args;
  if (args.count == 1 && args.items[0]->kind == EXPR_STARRED) {
    const Expr *arg = args.items[0];
    int items = expr_next(unit, arg->as.starred.value);
    keywords_dict(unit, expr, base);
    emit(unit, arg->span, OP_STAR_ARGS, 0, items, base, items);
  } else {
    push_args_list(unit, args, expr->span);
    keywords_dict(unit, expr, base);
  }
  emit(unit, expr->span, OP_CALL_EX, use, to, base, 0);
}

void call_to(Unit *unit, const Expr *expr, int to, int use) {
  int mark = unit->next_temp;
  const Expr *function = expr->as.call.func;
  if (needs_list(expr)) {
    int base = expr_base(unit, expr->span, to);
    expr_to(unit, function, base);
    extended_call_to(unit, expr, to, base, use);
  } else if (is_bare_super(unit, expr)) {
    super_to(unit, expr, to, use);
  } else if (function->kind == EXPR_ATTRIBUTE) {
    method_call_to(unit, expr, to, use);
  } else {
    int base = expr_base(unit, expr->span, to);
    expr_to(unit, function, base);
    int count = push_arguments(unit, expr);
    Opcode op = expr->as.call.keywords.count > 0 ? OP_CALL_KW : OP_CALL;
    emit(unit, expr->span, op, use, to, base, count);
  }
  unit->next_temp = mark;
}
