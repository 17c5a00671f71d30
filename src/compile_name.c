// compile_name.c: reading, writing and deleting names, by what scope.c found them to be.
#include "compile_internal.h"

Symbol *name_symbol(Unit *unit, Str8 name, Span span) {
  Symbol *symbol = scope_find(unit->compiler->arena, unit->scope, name);
  if (symbol == NULL) {
    emit_error(unit, span, "internal error: the name '%s' was not resolved", name.data);
    static const Symbol nothing = {.kind = NAME_GLOBAL, .reg = -1, .capture = -1, .name = {"?", 1}};
    return (Symbol *)&nothing;
  }
  return symbol;
}

static Value name_value(Unit *unit, const Symbol *symbol) {
  return from_object(emit_str(unit->compiler, symbol->name));
}

static int name_const(Unit *unit, const Symbol *symbol, Span span) {
  return emit_const16(unit, span, name_value(unit, symbol));
}

static int32_t slot(Unit *unit, const Symbol *symbol) {
  Compiler *compiler = unit->compiler;
  return (int32_t)module_slot(compiler->vm, compiler->module, emit_str(compiler, symbol->name));
}

int name_local(Unit *unit, const Symbol *symbol, Span span) {
  if (symbol->kind != NAME_LOCAL) return NO_REGISTER;
  if (unit->reachable && !emit_is_bound(unit, symbol->reg)) {
    emit_long(unit, span, OP_CHECK_BOUND, symbol->reg, emit_const(unit, name_value(unit, symbol)));
    name_assigned(unit, symbol);
  }
  return symbol->reg;
}

// A class body's own name:
//     to = namespace[name]; if bound goto done; to = global; done:
static void load_from_namespace(Unit *unit, const Symbol *symbol, Span span, int to) {
  Label done = emit_label(unit);
  int temp = emit_is_temp(unit, to) ? to : emit_temp(unit, span);
  emit(unit, span, OP_LOAD_NAME, 0, temp, 0, name_const(unit, symbol, span));
  emit_jump(unit, span, OP_JUMP_IF_BOUND, 0, temp, 0, done);
  emit_long(unit, span, OP_LOAD_GLOBAL, temp, slot(unit, symbol));
  emit_place(unit, done);
  emit_move(unit, span, to, temp);
}

static bool is_set_by_class(const Symbol *symbol) {
  return str8_is(symbol->name, "__module__") || str8_is(symbol->name, "__qualname__");
}

void name_load(Unit *unit, const Symbol *symbol, Span span, int to) {
  switch (symbol->kind) {
    case NAME_GLOBAL:
      if (unit->scope->kind == SCOPE_CLASS && is_set_by_class(symbol)) {
        load_from_namespace(unit, symbol, span, to);
      } else {
        emit_long(unit, span, OP_LOAD_GLOBAL, to, slot(unit, symbol));
      }
      break;
    case NAME_LOCAL: emit_move(unit, span, to, name_local(unit, symbol, span)); break;
    case NAME_CELL:
      emit(unit, span, OP_LOAD_CELL, 0, to, symbol->reg, name_const(unit, symbol, span));
      break;
    case NAME_FREE:
      emit(unit, span, OP_LOAD_FREE, 0, to, symbol->capture, name_const(unit, symbol, span));
      break;
    case NAME_NAMESPACE: load_from_namespace(unit, symbol, span, to); break;
  }
}

void name_assigned(Unit *unit, const Symbol *symbol) {
  if (!(symbol->flags & SYMBOL_DELETED)) emit_set_bound(unit, symbol->reg);
}

void name_store(Unit *unit, const Symbol *symbol, Span span, int from) {
  switch (symbol->kind) {
    case NAME_GLOBAL: emit_long(unit, span, OP_STORE_GLOBAL, from, slot(unit, symbol)); break;
    case NAME_LOCAL:
      emit_move(unit, span, symbol->reg, from);
      name_assigned(unit, symbol);
      break;
    case NAME_CELL: emit(unit, span, OP_STORE_CELL, 0, from, symbol->reg, 0); break;
    case NAME_FREE: emit(unit, span, OP_STORE_FREE, 0, from, symbol->capture, 0); break;
    case NAME_NAMESPACE:
      emit(unit, span, OP_STORE_NAME, 0, from, 0, name_const(unit, symbol, span));
      break;
  }
}

void name_delete(Unit *unit, const Symbol *symbol, Span span) {
  switch (symbol->kind) {
    case NAME_GLOBAL: emit_long(unit, span, OP_DELETE_GLOBAL, 0, slot(unit, symbol)); break;
    case NAME_LOCAL:
      emit_long(unit, span, OP_DELETE_LOCAL, symbol->reg,
                emit_const(unit, name_value(unit, symbol)));
      break;
    case NAME_CELL:
      emit(unit, span, OP_DELETE_CELL, 0, 0, symbol->reg, name_const(unit, symbol, span));
      break;
    case NAME_FREE:
      emit(unit, span, OP_DELETE_FREE, 0, 0, symbol->capture, name_const(unit, symbol, span));
      break;
    case NAME_NAMESPACE:
      emit(unit, span, OP_DELETE_NAME, 0, 0, 0, name_const(unit, symbol, span));
      break;
  }
}

// The end of `except … as name`: the name may have been deleted in the body, so where a name that
// is not there cannot be deleted, it is made to be there first.
void name_clear(Unit *unit, const Symbol *symbol, Span span) {
  if (symbol->kind == NAME_LOCAL) {
    emit(unit, span, OP_LOAD_EMPTY, 0, symbol->reg, 0, 0);
    emit_clear_bound(unit, symbol->reg);
    return;
  }
  int temp = emit_temp(unit, span);
  emit(unit, span, OP_LOAD_NONE, 0, temp, 0, 0);
  name_store(unit, symbol, span, temp);
  name_delete(unit, symbol, span);
  unit->next_temp = temp;
}

int name_target_register(Unit *unit, const Expr *target) {
  if (target->kind != EXPR_NAME) return NO_REGISTER;
  const Symbol *symbol = name_symbol(unit, target->as.name.id, target->span);
  return symbol->kind == NAME_LOCAL ? symbol->reg : NO_REGISTER;
}
