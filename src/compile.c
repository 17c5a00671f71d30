// compile.c: the compiler's way in: source text to a module's code object, and errors to a pending
// SyntaxError.
#include "compile.h"

#include "compile_internal.h"
#include "parse.h"
#include "reporter.h"
#include "syntaxhelp.h"

// --- Errors ------------------------------------------------------------------------------------

static Class *error_class(VM *vm, DiagKind kind) {
  switch (kind) {
    case DIAG_INDENTATION: return vm->exceptions.IndentationError;
    case DIAG_TAB: return vm->exceptions.TabError;
    case DIAG_SYNTAX: break;
  }
  return vm->exceptions.SyntaxError;
}

// Python's columns count characters from 1.
static Value column_value(const Source *source, uint32_t line, uint32_t column) {
  return small_int(source_column_chars(source, line, column) + 1);
}

static bool raise_diag(VM *vm, const Source *source, Str *filename, const Diag *diag) {
  Span span = diag->span;
  Str8 line = source_line(source, span.line);
  Tuple *place =
      tuple_of(vm, 6, from_object(filename), small_int(span.line),
               column_value(source, span.line, span.column),
               from_object(str_new(vm, line.data, line.length)), small_int(span.end_line),
               column_value(source, span.end_line, span.end_column));
  Value message = from_object(str_from_c(vm, diag->message));
  Tuple *args = tuple_pair(vm, message, from_object(place));
  return vm_raise_exception(vm, from_object(exception_new(vm, error_class(vm, diag->kind), args)));
}

static bool check_text(VM *vm, const char *text, size_t length) {
  size_t bad = 0;
  if (length > INT32_MAX) return vm_raise(vm, vm->exceptions.SyntaxError, "source is too long");
  if (utf8_valid(text, length, &bad)) return true;
  return vm_raise(vm, vm->exceptions.SyntaxError,
                  "(unicode error) 'utf-8' codec can't decode byte 0x%02x in position %zu: invalid "
                  "start byte",
                  (unsigned char)text[bad], bad);
}

// --- Modules -----------------------------------------------------------------------------------

static bool is_future_import(const Stmt *stmt) {
  return stmt->kind == STMT_IMPORT_FROM && stmt->as.import_from.module.data != NULL &&
         stmt->as.import_from.level == 0 && str8_is(stmt->as.import_from.module, "__future__");
}

// `from __future__ import …` may only follow a docstring and others of its kind.
static void check_future(Unit *unit, StmtSeq body) {
  bool at_start = true;
  for (int i = 0; i < body.count; i++) {
    const Stmt *stmt = body.items[i];
    if (!is_future_import(stmt)) {
      at_start = false;
      continue;
    }
    if (!at_start) {
      emit_error(unit, stmt->span,
                 "from __future__ imports must occur at the beginning of the file");
    }
    for (int n = 0; n < stmt->as.import_from.names.count; n++) {
      if (str8_is(stmt->as.import_from.names.items[n].name, "annotations")) {
        unit->compiler->future_annotations = true;
      }
    }
  }
}

static Code *compile_module(Compiler *compiler, const AstModule *module) {
  VM *vm = compiler->vm;
  Str *name = str_intern_c(vm, "<module>");
  Unit *unit = emit_unit(compiler, NULL, compiler->scopes.module, name, name);
  unit->first_line = 1;
  unit->flags = CODE_MODULE;
  unit->flags |= unit->scope->suspends ? CODE_COROUTINE : CODE_SIMPLE_CALL;
  StmtSeq body = module->body;
  if (compiler->mode == COMPILE_MODULE) {
    body = func_docstring(unit, body, &unit->doc);
    if (!is_none(unit->doc)) {
      Span span = module->body.items[0]->span;
      int temp = emit_temp(unit, span);
      emit_load_const(unit, span, temp, unit->doc);
      Str *doc = str_intern_c(vm, "__doc__");
      emit_long(unit, span, OP_STORE_GLOBAL, temp, (int32_t)module_slot(vm, compiler->module, doc));
      unit->next_temp = temp;
    }
  }
  check_future(unit, body);
  stmt_setup_annotations(unit);
  stmt_block(unit, body);
  Span end = {.line = 1, .end_line = 1};
  if (module->body.count > 0) end = module->body.items[module->body.count - 1]->span;
  stmt_return_const(unit, end, NONE);
  return emit_finish(unit);
}

static Code *compile_text(Compiler *compiler) {
  ParseResult parsed = parse_module(compiler->arena, compiler->source, PARSE_FILE, compiler->diags);
  if (parsed.status != PARSE_OK) {
    syntaxhelp_find_more(compiler->arena, compiler->source, compiler->diags);
    return NULL;
  }
  if (!scope_analyse(compiler->arena, parsed.module, compiler->diags, &compiler->scopes)) {
    return NULL;
  }
  return compile_module(compiler, parsed.module);
}

bool compile_source(VM *vm, const char *text, size_t length, Str *filename, Module *module,
                    CompileMode mode, Code **out) {
  if (!check_text(vm, text, length)) return false;
  Arena *arena = arena_new();
  Str8 name = arena_copy(arena, filename->data, filename->length);
  Source *source = source_new(name.data, text, length);
  DiagList diags;
  diag_list_init(&diags, arena);
  Compiler compiler = {
      .vm = vm,
      .arena = arena,
      .source = source,
      .diags = &diags,
      .module = module,
      .filename = filename,
      .mode = mode,
      .text = module->is_session ? str_new(vm, text, length) : NULL,
      .strs = map_new(arena),
  };
  *out = compile_text(&compiler);
  if (*out == NULL) {
    raise_diag(vm, source, filename, diag_first_error(&diags));
    diag_sort(&diags);
    syntaxhelp_explain(arena, source, &diags);
    reporter_keep(vm, vm->exception, arena, source, &diags);
    return false;
  }
  source_free(source);
  arena_free(arena);
  return true;
}
