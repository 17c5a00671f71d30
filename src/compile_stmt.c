// compile_stmt.c: statements other than control flow and definitions; assignment to every target.
#include "compile_internal.h"

// --- Targets -----------------------------------------------------------------------------------

static ExprSeq target_elts(const Expr *target) {
  return target->kind == EXPR_TUPLE ? target->as.tuple.elts : target->as.list.elts;
}

static bool is_sequence(const Expr *expr) {
  return expr->kind == EXPR_TUPLE || expr->kind == EXPR_LIST;
}

// When all targets are local variables in registers that follow each other, the first of them:
// items can be unpacked straight into them.
static int consecutive_locals(Unit *unit, ExprSeq elts) {
  int first = NO_REGISTER;
  for (int i = 0; i < elts.count; i++) {
    int reg = name_target_register(unit, elts.items[i]);
    if (reg == NO_REGISTER || (i > 0 && reg != first + i)) return NO_REGISTER;
    if (i == 0) first = reg;
  }
  return first;
}

static void unpack_to(Unit *unit, const Expr *target, int from) {
  ExprSeq elts = target_elts(target);
  int starred = -1;
  for (int i = 0; i < elts.count; i++) {
    if (elts.items[i]->kind == EXPR_STARRED) starred = i;
  }
  int after = starred < 0 ? 0 : elts.count - starred - 1;
  if (starred > UINT8_MAX || after > UINT8_MAX) {
    emit_error(unit, target->span, "too many expressions in star-unpacking assignment");
    return;
  }
  int base = elts.count > 0 && starred < 0 ? consecutive_locals(unit, elts) : NO_REGISTER;
  // The items must not overwrite what they come from.
  if (from >= base && from < base + elts.count) base = NO_REGISTER;
  bool direct = base != NO_REGISTER;
  if (!direct) {
    base = unit->next_temp;
    emit_reserve(unit, target->span, elts.count + 1);
    unit->next_temp += elts.count;
  }
  if (starred < 0) {
    emit(unit, target->span, OP_UNPACK, 0, base, from, elts.count);
  } else {
    emit(unit, target->span, OP_UNPACK_STAR, after, base, from, starred);
  }
  for (int i = 0; i < elts.count; i++) {
    const Expr *elt = elts.items[i];
    if (direct) {
      name_assigned(unit, name_symbol(unit, elt->as.name.id, elt->span));
    } else {
      assign_to(unit, i == starred ? elt->as.starred.value : elt, base + i);
    }
  }
}

void assign_to(Unit *unit, const Expr *target, int from) {
  int mark = unit->next_temp;
  switch (target->kind) {
    case EXPR_NAME:
      name_store(unit, name_symbol(unit, target->as.name.id, target->span), target->span, from);
      break;
    case EXPR_ATTRIBUTE: {
      int object = expr_any(unit, target->as.attribute.value);
      emit(unit, target->span, OP_STORE_ATTR, 0, from, object,
           emit_site(unit, target->span, target->as.attribute.attr));
      break;
    }
    case EXPR_SUBSCRIPT: {
      const Expr *slice = target->as.subscript.slice;
      int object = expr_operand(unit, target->as.subscript.value, slice, NO_REGISTER);
      int index = expr_any(unit, slice);
      emit(unit, target->span, OP_STORE_ITEM, 0, from, object, index);
      break;
    }
    case EXPR_STARRED: assign_to(unit, target->as.starred.value, from); break;
    default: unpack_to(unit, target, from);
  }
  unit->next_temp = mark;
}

// `a, b = b, a` needs no tuple: the values go to temporaries, then to the targets.
static bool assign_pairwise(Unit *unit, const Expr *target, const Expr *value) {
  if (!is_sequence(target) || value->kind != EXPR_TUPLE) return false;
  ExprSeq targets = target_elts(target), values = value->as.tuple.elts;
  if (targets.count != values.count || targets.count > 8) return false;
  for (int i = 0; i < targets.count; i++) {
    if (targets.items[i]->kind == EXPR_STARRED) return false;
    if (values.items[i]->kind == EXPR_STARRED) return false;
  }
  int base = unit->next_temp;
  for (int i = 0; i < values.count; i++) expr_next(unit, values.items[i]);
  for (int i = 0; i < targets.count; i++) assign_to(unit, targets.items[i], base + i);
  return true;
}

void assign_value(Unit *unit, const Expr *target, const Expr *value) {
  int mark = unit->next_temp;
  int reg = name_target_register(unit, target);
  if (reg != NO_REGISTER) {
    expr_to(unit, value, reg);
    name_assigned(unit, name_symbol(unit, target->as.name.id, target->span));
  } else if (!assign_pairwise(unit, target, value)) {
    // A local variable as the value is copied when the target's parts may assign to it.
    assign_to(unit, target, expr_operand(unit, value, target, NO_REGISTER));
  }
  unit->next_temp = mark;
}

static void assign(Unit *unit, const Stmt *stmt) {
  ExprSeq targets = stmt->as.assign.targets;
  if (targets.count == 1) {
    assign_value(unit, targets.items[0], stmt->as.assign.value);
    return;
  }
  int mark = unit->next_temp;
  int value = expr_next(unit, stmt->as.assign.value);
  for (int i = 0; i < targets.count; i++) assign_to(unit, targets.items[i], value);
  unit->next_temp = mark;
}

// --- target op= value --------------------------------------------------------------------------

// to = left op value, in place
static void apply(Unit *unit, const Stmt *stmt, int to, int left) {
  const Expr *right = stmt->as.aug_assign.value;
  BinaryOp op = stmt->as.aug_assign.op;
  Value value;
  int index;
  if (const_value(unit, right, &value) && emit_has_const16(unit, value, &index)) {
    emit(unit, stmt->span, expr_binary_const_opcode(op), 1, to, left, index);
  } else {
    emit(unit, stmt->span, expr_binary_opcode(op), 1, to, left, expr_any(unit, right));
  }
}

static void aug_assign(Unit *unit, const Stmt *stmt) {
  const Expr *target = stmt->as.aug_assign.target;
  const Expr *right = stmt->as.aug_assign.value;
  int mark = unit->next_temp;
  if (target->kind == EXPR_NAME) {
    const Symbol *symbol = name_symbol(unit, target->as.name.id, target->span);
    int left = expr_operand(unit, target, right, NO_REGISTER);
    int to = symbol->kind == NAME_LOCAL ? symbol->reg : left;
    apply(unit, stmt, to, left);
    if (to == left && emit_is_temp(unit, left)) name_store(unit, symbol, target->span, left);
  } else if (target->kind == EXPR_ATTRIBUTE) {
    int object = expr_operand(unit, target->as.attribute.value, right, NO_REGISTER);
    int value = emit_temp(unit, target->span);
    int site = emit_site(unit, target->span, target->as.attribute.attr);
    emit(unit, target->span, OP_LOAD_ATTR, 0, value, object, site);
    apply(unit, stmt, value, value);
    site = emit_site(unit, target->span, target->as.attribute.attr);
    emit(unit, target->span, OP_STORE_ATTR, 0, value, object, site);
  } else {
    const Expr *slice = target->as.subscript.slice;
    bool simple = slice->kind == EXPR_CONSTANT || slice->kind == EXPR_NAME;
    int object =
        expr_operand(unit, target->as.subscript.value, simple ? right : slice, NO_REGISTER);
    int index = expr_operand(unit, slice, right, NO_REGISTER);
    int value = emit_temp(unit, target->span);
    emit(unit, target->span, OP_LOAD_ITEM, 0, value, object, index);
    apply(unit, stmt, value, value);
    emit(unit, target->span, OP_STORE_ITEM, 0, value, object, index);
  }
  unit->next_temp = mark;
}

// --- Annotations -------------------------------------------------------------------------------

void stmt_setup_annotations(Unit *unit) {
  Compiler *compiler = unit->compiler;
  if (!unit->scope->has_annotations || scope_is_function(unit->scope)) return;
  Span span = {.line = unit->first_line, .end_line = unit->first_line};
  Str *name = str_intern_c(compiler->vm, "__annotations__");
  int dict = emit_temp(unit, span);
  if (unit->scope->kind == SCOPE_CLASS) {
    emit(unit, span, OP_BUILD_DICT, 0, dict, 0, 0);
    emit(unit, span, OP_STORE_NAME, 0, dict, 0, emit_const16(unit, span, from_object(name)));
  } else if (is_empty(module_get(compiler->vm, compiler->module, name))) {
    // Statements at a prompt go on filling the dict that an earlier one has made.
    emit(unit, span, OP_BUILD_DICT, 0, dict, 0, 0);
    emit_long(unit, span, OP_STORE_GLOBAL, dict,
              (int32_t)module_slot(compiler->vm, compiler->module, name));
  }
  unit->next_temp = dict;
}

static void load_annotations(Unit *unit, Span span, int to) {
  Compiler *compiler = unit->compiler;
  Str *name = str_intern_c(compiler->vm, "__annotations__");
  if (unit->scope->kind == SCOPE_CLASS) {
    emit(unit, span, OP_LOAD_NAME, 0, to, 0, emit_const16(unit, span, from_object(name)));
  } else {
    emit_long(unit, span, OP_LOAD_GLOBAL, to,
              (int32_t)module_slot(compiler->vm, compiler->module, name));
  }
}

static void ann_assign(Unit *unit, const Stmt *stmt) {
  const Expr *target = stmt->as.ann_assign.target;
  const Expr *annotation = stmt->as.ann_assign.annotation;
  int mark = unit->next_temp;
  if (stmt->as.ann_assign.value != NULL) {
    assign_value(unit, target, stmt->as.ann_assign.value);
  } else if (target->kind == EXPR_ATTRIBUTE) {
    expr_discard(unit, target->as.attribute.value);
  } else if (target->kind == EXPR_SUBSCRIPT) {
    expr_discard(unit, target->as.subscript.value);
    expr_discard(unit, target->as.subscript.slice);
  }
  if (scope_is_function(unit->scope)) return;
  bool as_text = unit->compiler->future_annotations;
  if (!stmt->as.ann_assign.simple) {
    if (!as_text) expr_discard(unit, annotation);
    return;
  }
  int value = emit_temp(unit, annotation->span);
  if (as_text) {
    emit_load_const(unit, annotation->span, value, func_annotation_text(unit, annotation));
  } else {
    expr_to(unit, annotation, value);
  }
  int dict = emit_temp(unit, stmt->span), name = emit_temp(unit, stmt->span);
  load_annotations(unit, stmt->span, dict);
  const Symbol *symbol = name_symbol(unit, target->as.name.id, target->span);
  emit_load_const(unit, target->span, name, from_object(emit_str(unit->compiler, symbol->name)));
  emit(unit, stmt->span, OP_DICT_SET, 0, value, dict, name);
  unit->next_temp = mark;
}

// --- del, raise, assert ------------------------------------------------------------------------

static void delete_target(Unit *unit, const Expr *target) {
  int mark = unit->next_temp;
  switch (target->kind) {
    case EXPR_NAME:
      name_delete(unit, name_symbol(unit, target->as.name.id, target->span), target->span);
      break;
    case EXPR_ATTRIBUTE: {
      int object = expr_any(unit, target->as.attribute.value);
      emit(unit, target->span, OP_DELETE_ATTR, 0, 0, object,
           emit_site(unit, target->span, target->as.attribute.attr));
      break;
    }
    case EXPR_SUBSCRIPT: {
      const Expr *slice = target->as.subscript.slice;
      int object = expr_operand(unit, target->as.subscript.value, slice, NO_REGISTER);
      emit(unit, target->span, OP_DELETE_ITEM, 0, 0, object, expr_any(unit, slice));
      break;
    }
    default: {
      ExprSeq elts = target_elts(target);
      for (int i = 0; i < elts.count; i++) delete_target(unit, elts.items[i]);
    }
  }
  unit->next_temp = mark;
}

static void raise_stmt(Unit *unit, const Stmt *stmt) {
  const Expr *exception = stmt->as.raise_stmt.exc, *cause = stmt->as.raise_stmt.cause;
  int mark = unit->next_temp;
  if (exception == NULL) {
    emit(unit, stmt->span, OP_RAISE_AGAIN, 0, 0, 0, 0);
  } else {
    int reg = expr_operand(unit, exception, cause, NO_REGISTER);
    if (cause == NULL) {
      emit(unit, stmt->span, OP_RAISE, 0, reg, 0, 0);
    } else {
      emit(unit, stmt->span, OP_RAISE_FROM, 0, reg, expr_any(unit, cause), 0);
    }
  }
  unit->next_temp = mark;
}

static void assert_stmt(Unit *unit, const Stmt *stmt) {
  Label holds = emit_label(unit);
  int mark = unit->next_temp;
  expr_jump(unit, stmt->as.assert_stmt.test, holds, true);
  if (stmt->as.assert_stmt.msg == NULL) {
    emit_reserve(unit, stmt->span, 1);
    emit(unit, stmt->span, OP_ASSERT_FAIL, 0, unit->next_temp, 0, 0);
  } else {
    emit(unit, stmt->span, OP_ASSERT_FAIL, 1, expr_any(unit, stmt->as.assert_stmt.msg), 0, 0);
  }
  emit_place(unit, holds);
  unit->next_temp = mark;
}

// --- Imports -----------------------------------------------------------------------------------

static Value str_value(Unit *unit, const char *data, size_t length) {
  return from_object(emit_str(unit->compiler, (Str8){data, length}));
}

// The register that the value of a name can be made in: its own if it is a local.
static int name_register(Unit *unit, const Symbol *symbol, Span span) {
  return symbol->kind == NAME_LOCAL ? symbol->reg : emit_temp(unit, span);
}

// `import a.b.c` gives a; `import a.b.c as x` goes on from a to b and from b to c.
static void import_stmt(Unit *unit, const Stmt *stmt) {
  for (int i = 0; i < stmt->as.import_stmt.names.count; i++) {
    const Alias *alias = &stmt->as.import_stmt.names.items[i];
    int mark = unit->next_temp;
    int from_list = emit_temp(unit, stmt->span), module = emit_temp(unit, stmt->span);
    Str8 path = alias->name;
    const char *dot = memchr(path.data, '.', path.length);
    Str8 name = alias->asname;
    if (name.data == NULL) {
      name = dot == NULL
                 ? path
                 : arena_intern(unit->compiler->arena, path.data, (size_t)(dot - path.data));
    }
    emit(unit, stmt->span, OP_LOAD_NONE, 0, from_list, 0, 0);
    emit(unit, stmt->span, OP_IMPORT, 0, module, from_list,
         emit_const16(unit, stmt->span, str_value(unit, path.data, path.length)));
    while (alias->asname.data != NULL && dot != NULL) {
      const char *part = dot + 1;
      size_t rest = path.length - (size_t)(part - path.data);
      dot = memchr(part, '.', rest);
      size_t length = dot == NULL ? rest : (size_t)(dot - part);
      emit(unit, stmt->span, OP_IMPORT_FROM, 0, module, module,
           emit_const16(unit, stmt->span, str_value(unit, part, length)));
    }
    name_store(unit, name_symbol(unit, name, alias->span), stmt->span, module);
    unit->next_temp = mark;
  }
}

// Future features change how the text is compiled, not what runs. CPython 3.11 knows these.
static void future_import(Unit *unit, const Stmt *stmt) {
  static const char *const features[] = {
      "nested_scopes",  "generators",       "division",       "absolute_import", "with_statement",
      "print_function", "unicode_literals", "generator_stop", "annotations",
  };
  for (int i = 0; i < stmt->as.import_from.names.count; i++) {
    const Alias *alias = &stmt->as.import_from.names.items[i];
    bool known = false;
    for (size_t f = 0; f < sizeof features / sizeof *features; f++) {
      known = known || str8_is(alias->name, features[f]);
    }
    if (!known) {
      emit_error(unit, stmt->span, "future feature %s is not defined", alias->name.data);
    }
  }
}

static void import_from(Unit *unit, const Stmt *stmt) {
  Str8 path = stmt->as.import_from.module;
  AliasSeq names = stmt->as.import_from.names;
  int level = stmt->as.import_from.level;
  if (path.data != NULL && level == 0 && str8_is(path, "__future__")) {
    future_import(unit, stmt);
    return;
  }
  if (level > UINT8_MAX) emit_error(unit, stmt->span, "too many dots in relative import");
  int mark = unit->next_temp;
  int from_list = emit_temp(unit, stmt->span), module = emit_temp(unit, stmt->span);
  Tuple *wanted = tuple_new(unit->compiler->vm, (size_t)names.count);
  for (int i = 0; i < names.count; i++) {
    wanted->items[i] = str_value(unit, names.items[i].name.data, names.items[i].name.length);
  }
  emit_load_const(unit, stmt->span, from_list, from_object(wanted));
  emit(unit, stmt->span, OP_IMPORT, level, module, from_list,
       emit_const16(unit, stmt->span, str_value(unit, path.data ? path.data : "", path.length)));
  for (int i = 0; i < names.count; i++) {
    const Alias *alias = &names.items[i];
    if (str8_is(alias->name, "*")) {
      emit(unit, stmt->span, OP_IMPORT_STAR, 0, 0, module, 0);
      continue;
    }
    Str8 name = alias->asname.data != NULL ? alias->asname : alias->name;
    const Symbol *symbol = name_symbol(unit, name, alias->span);
    int temp = unit->next_temp;
    int to = name_register(unit, symbol, alias->span);
    emit(unit, stmt->span, OP_IMPORT_FROM, 0, to, module,
         emit_const16(unit, stmt->span, wanted->items[i]));
    name_store(unit, symbol, alias->span, to);
    unit->next_temp = temp;
  }
  unit->next_temp = mark;
}

// --- All of them -------------------------------------------------------------------------------

static void expr_stmt(Unit *unit, const Expr *value) {
  bool shown = unit->compiler->mode == COMPILE_INTERACTIVE && unit->scope->kind == SCOPE_MODULE;
  if (!shown) {
    expr_discard(unit, value);
    return;
  }
  int mark = unit->next_temp;
  int scratch = emit_temp(unit, value->span);
  emit(unit, value->span, OP_DISPLAY, 0, scratch, expr_any(unit, value), 0);
  unit->next_temp = mark;
}

// An elif chain may be thousands long: it is compiled in a loop.
static void if_stmt(Unit *unit, const Stmt *stmt) {
  Label end = emit_label(unit);
  for (;;) {
    Label otherwise = emit_label(unit);
    StmtSeq orelse = stmt->as.if_stmt.orelse;
    expr_jump(unit, stmt->as.if_stmt.test, otherwise, false);
    stmt_block(unit, stmt->as.if_stmt.body);
    if (orelse.count > 0) emit_jump(unit, stmt->span, OP_JUMP, 0, 0, 0, end);
    emit_place(unit, otherwise);
    if (orelse.count != 1 || orelse.items[0]->kind != STMT_IF) {
      stmt_block(unit, orelse);
      break;
    }
    stmt = orelse.items[0];
  }
  emit_place(unit, end);
}

static void compile_stmt(Unit *unit, const Stmt *stmt) {
  switch (stmt->kind) {
    case STMT_FUNCTION_DEF:
    case STMT_ASYNC_FUNCTION_DEF: func_define(unit, stmt); break;
    case STMT_CLASS_DEF: func_class(unit, stmt); break;
    case STMT_RETURN: flow_return(unit, stmt); break;
    case STMT_DELETE:
      for (int i = 0; i < stmt->as.delete_stmt.targets.count; i++) {
        delete_target(unit, stmt->as.delete_stmt.targets.items[i]);
      }
      break;
    case STMT_ASSIGN: assign(unit, stmt); break;
    case STMT_AUG_ASSIGN: aug_assign(unit, stmt); break;
    case STMT_ANN_ASSIGN: ann_assign(unit, stmt); break;
    case STMT_FOR:
    case STMT_ASYNC_FOR: flow_for(unit, stmt); break;
    case STMT_WHILE: flow_while(unit, stmt); break;
    case STMT_IF: if_stmt(unit, stmt); break;
    case STMT_WITH:
    case STMT_ASYNC_WITH: flow_with(unit, stmt); break;
    case STMT_RAISE: raise_stmt(unit, stmt); break;
    case STMT_TRY:
    case STMT_TRY_STAR: flow_try(unit, stmt); break;
    case STMT_ASSERT: assert_stmt(unit, stmt); break;
    case STMT_IMPORT: import_stmt(unit, stmt); break;
    case STMT_IMPORT_FROM: import_from(unit, stmt); break;
    case STMT_EXPR: expr_stmt(unit, stmt->as.expr_stmt.value); break;
    case STMT_BREAK: flow_break(unit, stmt); break;
    case STMT_CONTINUE: flow_continue(unit, stmt); break;
    case STMT_GLOBAL:
    case STMT_NONLOCAL:
    case STMT_PASS: break;
  }
}

void stmt_block(Unit *unit, StmtSeq stmts) {
  for (int i = 0; i < stmts.count && !diag_is_full(unit->compiler->diags); i++) {
    compile_stmt(unit, stmts.items[i]);
  }
}

void stmt_return_const(Unit *unit, Span span, Value value) {
  int reg = emit_temp(unit, span);
  emit_load_const(unit, span, reg, value);
  emit(unit, span, unit->flags & CODE_SUSPENDS ? OP_RETURN_GENERATOR : OP_RETURN, 0, reg, 0, 0);
  unit->next_temp = reg;
}
