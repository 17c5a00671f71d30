// compile_func.c: everything that has a code object of its own: functions, lambdas, classes,
// comprehensions.
#include "compile_internal.h"

// --- Code objects ------------------------------------------------------------------------------

// "outer.<locals>.name" inside a function, "Class.name" inside a class body.
static Str *qualified(Unit *outer, Str8 name, bool is_definition) {
  Compiler *compiler = outer->compiler;
  if (outer->scope->kind == SCOPE_MODULE) return emit_str(compiler, name);
  if (is_definition) {
    const Symbol *symbol = scope_find(compiler->arena, outer->scope, name);
    if (symbol != NULL && symbol->kind == NAME_GLOBAL) return emit_str(compiler, name);
  }
  const char *between = scope_is_function(outer->scope) ? ".<locals>." : ".";
  const Str *prefix = outer->qualname;
  const char *text = arena_printf(compiler->arena, "%.*s%s%.*s", (int)prefix->length, prefix->data,
                                  between, (int)name.length, name.data);
  return emit_str(compiler, (Str8){text, strlen(text)});
}

static Unit *open_unit(Unit *outer, const void *node, Str8 name, bool is_definition, Span span) {
  Compiler *compiler = outer->compiler;
  Scope *scope = scope_of(&compiler->scopes, node);
  Unit *unit = emit_unit(compiler, outer, scope, emit_str(compiler, name),
                         qualified(outer, name, is_definition));
  unit->first_line = span.line;
  return unit;
}

static void set_parameters(Unit *unit, const Arguments *args) {
  unit->positional_only = args->posonlyargs.count;
  unit->param_count = args->posonlyargs.count + args->args.count;
  unit->keyword_only_count = args->kwonlyargs.count;
  if (args->vararg != NULL) unit->flags |= CODE_VARARGS;
  if (args->kwarg != NULL) unit->flags |= CODE_VARKEYWORDS;
}

static void set_flags(Unit *unit) {
  const Scope *scope = unit->scope;
  if (scope->is_async) {
    unit->flags |= scope->is_generator ? CODE_ASYNC_GENERATOR : CODE_COROUTINE;
  } else if (scope->is_generator) {
    unit->flags |= CODE_GENERATOR;
  }
}

// After set_flags and set_parameters: what callers may assume, and which registers hold something.
static void begin_body(Unit *unit) {
  unsigned complicated = CODE_GENERATOR | CODE_ASYNC_GENERATOR | CODE_VARARGS | CODE_VARKEYWORDS;
  if (!(unit->flags & complicated) && unit->keyword_only_count == 0) {
    unit->flags |= unit->flags & CODE_COROUTINE ? CODE_SIMPLE_AWAIT : CODE_SIMPLE_CALL;
  }
  for (int i = 0; i < unit->scope->symbol_count; i++) {
    const Symbol *symbol = unit->scope->symbols[i];
    if (symbol->kind == NAME_LOCAL && symbol->flags & SYMBOL_PARAM) name_assigned(unit, symbol);
  }
  func_cells(unit);
}

void func_cells(Unit *unit) {
  Span span = {.line = unit->first_line, .end_line = unit->first_line};
  if (unit->scope->class_cell >= 0) {
    emit(unit, span, OP_MAKE_CELL, 0, unit->scope->class_cell, 0, 0);
  }
  for (int i = 0; i < unit->scope->symbol_count; i++) {
    const Symbol *symbol = unit->scope->symbols[i];
    if (symbol->kind != NAME_CELL) continue;
    emit(unit, span, OP_MAKE_CELL, 0, symbol->reg, 0, 0);
  }
}

// to = the function of a finished unit; parts and base as MAKE_FUNCTION has them.
static void make_function(Unit *unit, Unit *inner, Span span, int to, int base, int parts) {
  Code *code = emit_finish(inner);
  if (code == NULL) return;
  emit(unit, span, OP_MAKE_FUNCTION, parts, to, base, emit_const16(unit, span, from_object(code)));
}

StmtSeq func_docstring(Unit *unit, StmtSeq body, Value *doc) {
  *doc = NONE;
  if (body.count == 0 || body.items[0]->kind != STMT_EXPR) return body;
  const Expr *expr = body.items[0]->as.expr_stmt.value;
  if (expr->kind != EXPR_CONSTANT || expr->as.constant.kind != CONSTANT_STR) return body;
  *doc = from_object(emit_str(unit->compiler, expr->as.constant.text));
  body.items++;
  body.count--;
  return body;
}

static Span last_span(StmtSeq body, Span span) {
  return body.count > 0 ? body.items[body.count - 1]->span : span;
}

// --- Defaults and annotations ------------------------------------------------------------------

enum { HAS_DEFAULTS = 1, HAS_KEYWORD_DEFAULTS = 2, HAS_ANNOTATIONS = 4 };

static void defaults_to(Unit *unit, const Arguments *args, Span span, int to) {
  ExprSeq defaults = args->defaults;
  int mark = unit->next_temp;
  for (int i = 0; i < defaults.count; i++) expr_next(unit, defaults.items[i]);
  emit(unit, span, OP_BUILD_TUPLE, 0, to, mark, defaults.count);
  unit->next_temp = mark;
}

static void set_entry(Unit *unit, Span span, int dict, Str8 name, int value) {
  name = scope_mangle(unit->compiler->arena, unit->scope->class_name, name);
  int key = emit_temp(unit, span);
  emit_load_const(unit, span, key, from_object(emit_str(unit->compiler, name)));
  emit(unit, span, OP_DICT_SET, 0, value, dict, key);
}

static void keyword_defaults_to(Unit *unit, const Arguments *args, Span span, int to) {
  emit_dict(unit, span, to, args->kw_defaults.count);
  for (int i = 0; i < args->kw_defaults.count; i++) {
    const Expr *value = args->kw_defaults.items[i];
    if (value == NULL) continue;
    int mark = unit->next_temp;
    set_entry(unit, value->span, to, args->kwonlyargs.items[i].arg, expr_any(unit, value));
    unit->next_temp = mark;
  }
}

Value func_annotation_text(Unit *unit, const Expr *annotation) {
  const Source *source = unit->compiler->source;
  Span span = annotation->span;
  return from_object(
      emit_str(unit->compiler, (Str8){source->text + span.start, span.end - span.start}));
}

static void annotation_entry(Unit *unit, int dict, Str8 name, const Expr *annotation) {
  if (annotation == NULL) return;
  int mark = unit->next_temp;
  int value = emit_temp(unit, annotation->span);
  if (unit->compiler->future_annotations) {
    emit_load_const(unit, annotation->span, value, func_annotation_text(unit, annotation));
  } else {
    expr_to(unit, annotation, value);
  }
  set_entry(unit, annotation->span, dict, name, value);
  unit->next_temp = mark;
}

static void annotation_entries(Unit *unit, int dict, ArgSeq args) {
  for (int i = 0; i < args.count; i++) {
    annotation_entry(unit, dict, args.items[i].arg, args.items[i].annotation);
  }
}

static bool any_annotation(ArgSeq args) {
  for (int i = 0; i < args.count; i++) {
    if (args.items[i].annotation != NULL) return true;
  }
  return false;
}

static bool has_annotations(const Arguments *args, const Expr *returns) {
  return returns != NULL || any_annotation(args->posonlyargs) || any_annotation(args->args) ||
         any_annotation(args->kwonlyargs) ||
         (args->vararg != NULL && args->vararg->annotation != NULL) ||
         (args->kwarg != NULL && args->kwarg->annotation != NULL);
}

static void annotations_to(Unit *unit, const Arguments *args, const Expr *returns, Span span,
                           int to) {
  emit(unit, span, OP_BUILD_DICT, 0, to, 0, 0);
  annotation_entries(unit, to, args->posonlyargs);
  annotation_entries(unit, to, args->args);
  if (args->vararg != NULL) {
    annotation_entry(unit, to, args->vararg->arg, args->vararg->annotation);
  }
  annotation_entries(unit, to, args->kwonlyargs);
  if (args->kwarg != NULL) annotation_entry(unit, to, args->kwarg->arg, args->kwarg->annotation);
  annotation_entry(unit, to, (Str8){"return", 6}, returns);
}

// Evaluates what belongs to a function besides its code into three registers from *base on.
static int function_parts(Unit *unit, const Arguments *args, const Expr *returns, Span span,
                          int *base) {
  int parts = 0;
  bool keyword_defaults = false;
  for (int i = 0; i < args->kw_defaults.count; i++) {
    keyword_defaults = keyword_defaults || args->kw_defaults.items[i] != NULL;
  }
  if (args->defaults.count > 0) parts |= HAS_DEFAULTS;
  if (keyword_defaults) parts |= HAS_KEYWORD_DEFAULTS;
  if (has_annotations(args, returns)) parts |= HAS_ANNOTATIONS;
  if (parts == 0) return 0;
  *base = emit_temp(unit, span);
  emit_temp(unit, span);
  emit_temp(unit, span);
  if (parts & HAS_DEFAULTS) defaults_to(unit, args, span, *base);
  if (parts & HAS_KEYWORD_DEFAULTS) keyword_defaults_to(unit, args, span, *base + 1);
  if (parts & HAS_ANNOTATIONS) annotations_to(unit, args, returns, span, *base + 2);
  return parts;
}

// --- def ---------------------------------------------------------------------------------------

// The decorators, in order, to temporaries; decorate() then calls them from the last to the first,
// the argument of each being in the register after it.
static void push_decorators(Unit *unit, ExprSeq decorators) {
  for (int i = 0; i < decorators.count; i++) expr_next(unit, decorators.items[i]);
}

static void decorate(Unit *unit, ExprSeq decorators, int value) {
  for (int i = decorators.count - 1; i >= 0; i--) {
    int callee = value - decorators.count + i;
    emit(unit, decorators.items[i]->span, OP_CALL, 0, callee, callee, 1);
  }
}

static Span definition_span(ExprSeq decorators, Span span) {
  return decorators.count > 0 ? decorators.items[0]->span : span;
}

static Unit *function_body(Unit *outer, const Stmt *stmt) {
  Unit *unit = open_unit(outer, stmt, stmt->as.function_def.name, true,
                         definition_span(stmt->as.function_def.decorator_list, stmt->span));
  set_flags(unit);
  set_parameters(unit, stmt->as.function_def.args);
  begin_body(unit);
  StmtSeq body = func_docstring(unit, stmt->as.function_def.body, &unit->doc);
  stmt_block(unit, body);
  stmt_return_const(unit, last_span(stmt->as.function_def.body, stmt->span), NONE);
  return unit;
}

void func_define(Unit *unit, const Stmt *stmt) {
  int mark = unit->next_temp, base = 0;
  ExprSeq decorators = stmt->as.function_def.decorator_list;
  push_decorators(unit, decorators);
  const Symbol *symbol = name_symbol(unit, stmt->as.function_def.name, stmt->span);
  bool direct = symbol->kind == NAME_LOCAL && decorators.count == 0;
  int to = direct ? symbol->reg : emit_temp(unit, stmt->span);
  int parts = function_parts(unit, stmt->as.function_def.args, stmt->as.function_def.returns,
                             stmt->span, &base);
  make_function(unit, function_body(unit, stmt), stmt->span, to, base, parts);
  decorate(unit, decorators, to);
  name_store(unit, symbol, stmt->span, decorators.count > 0 ? mark : to);
  unit->next_temp = mark;
}

// --- lambda ------------------------------------------------------------------------------------

void func_lambda(Unit *unit, const Expr *expr, int to) {
  int mark = unit->next_temp, base = 0;
  const Arguments *args = expr->as.lambda.args;
  int parts = function_parts(unit, args, NULL, expr->span, &base);
  Unit *inner = open_unit(unit, expr, (Str8){"<lambda>", 8}, false, expr->span);
  inner->flags |= CODE_LAMBDA;
  set_flags(inner);
  set_parameters(inner, args);
  begin_body(inner);
  const Expr *body = expr->as.lambda.body;
  int value = expr_any(inner, body);
  emit(inner, body->span, inner->flags & CODE_SUSPENDS ? OP_RETURN_GENERATOR : OP_RETURN, 0, value,
       0, 0);
  make_function(unit, inner, expr->span, to, base, parts);
  unit->next_temp = mark;
}

// --- class -------------------------------------------------------------------------------------

static void store_namespace(Unit *unit, Span span, const char *name, int from) {
  Str *str = str_intern_c(unit->compiler->vm, name);
  emit(unit, span, OP_STORE_NAME, 0, from, 0, emit_const16(unit, span, from_object(str)));
}

// namespace["__module__"] = __name__; namespace["__qualname__"] = …; the body;
// return the cell of __class__, which BUILD_CLASS fills, or None.
static Unit *class_body(Unit *outer, const Stmt *stmt) {
  Compiler *compiler = outer->compiler;
  Unit *unit = open_unit(outer, stmt, stmt->as.class_def.name, true,
                         definition_span(stmt->as.class_def.decorator_list, stmt->span));
  Span span = {.line = unit->first_line, .end_line = unit->first_line};
  unit->flags = CODE_CLASS_BODY | CODE_SIMPLE_CALL;
  unit->param_count = 1;
  func_cells(unit);
  int temp = emit_temp(unit, span);
  Str *name = str_intern_c(compiler->vm, "__name__");
  emit_long(unit, span, OP_LOAD_GLOBAL, temp,
            (int32_t)module_slot(compiler->vm, compiler->module, name));
  store_namespace(unit, span, "__module__", temp);
  emit_load_const(unit, span, temp, from_object(unit->qualname));
  store_namespace(unit, span, "__qualname__", temp);
  StmtSeq body = func_docstring(unit, stmt->as.class_def.body, &unit->doc);
  if (!is_none(unit->doc)) {
    emit_load_const(unit, span, temp, unit->doc);
    store_namespace(unit, span, "__doc__", temp);
  }
  unit->next_temp = temp;
  stmt_setup_annotations(unit);
  stmt_block(unit, body);
  Span end = last_span(stmt->as.class_def.body, stmt->span);
  if (unit->scope->class_cell >= 0) {
    emit(unit, end, OP_RETURN, 0, unit->scope->class_cell, 0, 0);
  } else {
    stmt_return_const(unit, end, NONE);
  }
  return unit;
}

static void bases_to(Unit *unit, const Stmt *stmt, int to) {
  ExprSeq bases = stmt->as.class_def.bases;
  int mark = unit->next_temp;
  bool starred = false;
  for (int i = 0; i < bases.count; i++) starred = starred || bases.items[i]->kind == EXPR_STARRED;
  if (!starred) {
    for (int i = 0; i < bases.count; i++) expr_next(unit, bases.items[i]);
    emit(unit, stmt->span, OP_BUILD_TUPLE, 0, to, mark, bases.count);
  } else {
    Expr tuple = {.kind = EXPR_TUPLE, .span = stmt->span};
    tuple.as.tuple.elts = bases;
    tuple.as.tuple.ctx = CONTEXT_LOAD;
    expr_to(unit, &tuple, to);
  }
  unit->next_temp = mark;
}

static void class_keywords_to(Unit *unit, const Stmt *stmt, int function, int to) {
  KeywordSeq keywords = stmt->as.class_def.keywords;
  if (keywords.count == 0) {
    emit(unit, stmt->span, OP_LOAD_NONE, 0, to, 0, 0);
    return;
  }
  emit_dict(unit, stmt->span, to, keywords.count);
  for (int i = 0; i < keywords.count; i++) {
    const Keyword *keyword = &keywords.items[i];
    int mark = unit->next_temp;
    if (keyword->arg.data == NULL) {
      int mapping = expr_any(unit, keyword->value);
      emit(unit, keyword->span, OP_DICT_MERGE, 0, function, to, mapping);
    } else {
      int key = emit_temp(unit, keyword->span);
      emit_load_const(unit, keyword->span, key,
                      from_object(emit_str(unit->compiler, keyword->arg)));
      emit(unit, keyword->span, OP_DICT_SET, 0, expr_any(unit, keyword->value), to, key);
    }
    unit->next_temp = mark;
  }
}

void func_class(Unit *unit, const Stmt *stmt) {
  int mark = unit->next_temp;
  Span span = stmt->span;
  ExprSeq decorators = stmt->as.class_def.decorator_list;
  push_decorators(unit, decorators);
  int base = emit_temp(unit, span);
  int name = emit_temp(unit, span), bases = emit_temp(unit, span), keywords = emit_temp(unit, span);
  make_function(unit, class_body(unit, stmt), span, base, 0, 0);
  emit_load_const(unit, span, name, from_object(emit_str(unit->compiler, stmt->as.class_def.name)));
  bases_to(unit, stmt, bases);
  class_keywords_to(unit, stmt, base, keywords);
  emit(unit, span, OP_BUILD_CLASS, 0, base, base, 0);
  decorate(unit, decorators, base);
  name_store(unit, name_symbol(unit, stmt->as.class_def.name, span), span, mark);
  unit->next_temp = mark;
}

// --- Comprehensions ----------------------------------------------------------------------------

// [elt for x in xs if c] is a call of a function of its own with iter(xs):
//     def listcomp(.0):
//         result = []
//         for x in .0:
//             if c: result.append(elt)
//         return result
typedef struct Comp {
  const Expr *expr;
  ComprehensionSeq clauses;
  int result;
} Comp;

static const char *comp_name(const Expr *expr) {
  switch (expr->kind) {
    case EXPR_LIST_COMP: return "<listcomp>";
    case EXPR_SET_COMP: return "<setcomp>";
    case EXPR_DICT_COMP: return "<dictcomp>";
    default: return "<genexpr>";
  }
}

void func_check_await(Unit *unit, Span span) {
  const Scope *scope = unit->scope;
  if (scope->kind == SCOPE_MODULE || scope->kind == SCOPE_COMPREHENSION || scope->is_async) return;
  bool in_class = scope->kind == SCOPE_CLASS;
  emit_error(unit, span, in_class ? "'await' outside function" : "'await' outside async function");
}

static void comp_element(Unit *unit, const Comp *comp) {
  const Expr *expr = comp->expr;
  int mark = unit->next_temp;
  if (expr->kind == EXPR_DICT_COMP) {
    const Expr *key_expr = expr->as.dict_comp.key, *value_expr = expr->as.dict_comp.value;
    int key = expr_operand(unit, key_expr, value_expr, NO_REGISTER);
    int value = expr_any(unit, value_expr);
    emit(unit, expr->span, OP_DICT_SET, 0, value, comp->result, key);
  } else {
    const Expr *elt = expr->as.comp.elt;
    int value = expr_any(unit, elt);
    int scratch = emit_temp(unit, elt->span);
    if (expr->kind == EXPR_LIST_COMP) {
      emit(unit, elt->span, OP_LIST_APPEND, 0, scratch, comp->result, value);
    } else if (expr->kind == EXPR_SET_COMP) {
      emit(unit, elt->span, OP_SET_ADD, 0, scratch, comp->result, value);
    } else {
      bool is_async = unit->flags & CODE_ASYNC_GENERATOR;
      emit(unit, elt->span, is_async ? OP_ASYNC_YIELD : OP_YIELD, 0, scratch, value, 0);
    }
  }
  unit->next_temp = mark;
}

static void comp_clause(Unit *unit, const Comp *comp, int index) {
  if (index == comp->clauses.count) {
    comp_element(unit, comp);
    return;
  }
  const Comprehension *clause = &comp->clauses.items[index];
  int mark = unit->next_temp;
  Loop loop = {
      .iterator = 0,
      .target = clause->target,
      .is_async = clause->is_async,
      .span = clause->iter->span,
  };
  if (index > 0) {
    loop.iterator = emit_temp(unit, loop.span);
    int iterable = expr_any_in(unit, clause->iter, loop.iterator);
    emit(unit, loop.span, clause->is_async ? OP_GET_AITER : OP_GET_ITER, 0, loop.iterator, iterable,
         0);
    unit->next_temp = loop.iterator + 1;
  }
  flow_loop_begin(unit, &loop);
  for (int i = 0; i < clause->ifs.count; i++) {
    expr_jump(unit, clause->ifs.items[i], loop.next, false);
  }
  comp_clause(unit, comp, index + 1);
  flow_loop_end(unit, &loop);
  unit->next_temp = mark;
}

static Unit *comp_body(Unit *outer, const Comp *from) {
  Comp comp = *from;
  const char *name = comp_name(comp.expr);
  Unit *unit = open_unit(outer, comp.expr, (Str8){name, strlen(name)}, false, comp.expr->span);
  bool lazy = comp.expr->kind == EXPR_GENERATOR_EXP;
  if (unit->scope->suspends) {
    unit->flags |= lazy ? CODE_ASYNC_GENERATOR : CODE_COROUTINE;
  } else if (lazy) {
    unit->flags |= CODE_GENERATOR;
  }
  unit->param_count = 1;
  begin_body(unit);
  if (!lazy) {
    comp.result = emit_temp(unit, comp.expr->span);
    Opcode op = comp.expr->kind == EXPR_LIST_COMP  ? OP_BUILD_LIST
                : comp.expr->kind == EXPR_SET_COMP ? OP_BUILD_SET
                                                   : OP_BUILD_DICT;
    emit(unit, comp.expr->span, op, 0, comp.result, op == OP_BUILD_LIST ? comp.result : 0, 0);
  }
  comp_clause(unit, &comp, 0);
  if (lazy) {
    stmt_return_const(unit, comp.expr->span, NONE);
  } else {
    emit(unit, comp.expr->span, unit->flags & CODE_SUSPENDS ? OP_RETURN_GENERATOR : OP_RETURN, 0,
         comp.result, 0, 0);
  }
  return unit;
}

void func_comprehension(Unit *unit, const Expr *expr, int to) {
  int mark = unit->next_temp;
  bool is_dict = expr->kind == EXPR_DICT_COMP;
  Comp comp = {
      .expr = expr,
      .clauses = is_dict ? expr->as.dict_comp.generators : expr->as.comp.generators,
  };
  Scope *scope = scope_of(&unit->compiler->scopes, expr);
  bool awaited = scope->suspends && expr->kind != EXPR_GENERATOR_EXP;
  ScopeKind around = unit->scope->kind;
  if (awaited && around != SCOPE_MODULE && around != SCOPE_COMPREHENSION &&
      !unit->scope->is_async) {
    emit_error(unit, expr->span, "asynchronous comprehension outside of an asynchronous function");
  }
  int base = expr_base(unit, expr->span, to);
  make_function(unit, comp_body(unit, &comp), expr->span, base, 0, 0);
  const Comprehension *first = &comp.clauses.items[0];
  int iterator = emit_temp(unit, first->iter->span);
  int iterable = expr_any_in(unit, first->iter, iterator);
  emit(unit, first->iter->span, first->is_async ? OP_GET_AITER : OP_GET_ITER, 0, iterator, iterable,
       0);
  if (awaited) {
    emit(unit, expr->span, OP_CALL, 1, base, base, 1);
    emit(unit, expr->span, OP_AWAIT, 0, base, base, 0);
    emit_move(unit, expr->span, to, base);
  } else {
    emit(unit, expr->span, OP_CALL, 0, to, base, 1);
  }
  unit->next_temp = mark;
}
