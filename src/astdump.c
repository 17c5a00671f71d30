// astdump.c: the tree as text, for `coro ast` and for comparing parsers.
//
// One statement a line, its blocks indented below it; expressions stand in one line, each as
// (Kind field field ...) with CPython's names and order. With spans, a kind is followed by
// @line:column-line:column.
#include <inttypes.h>

#include "ast.h"

typedef struct Dump {
  FILE *file;
  bool spans;
  int indent;
} Dump;

static void put(Dump *dump, const char *text) { fputs(text, dump->file); }

static void put_name(Dump *dump, Str8 name) {
  if (!name.data) {
    put(dump, " -");
    return;
  }
  fputc(' ', dump->file);
  fwrite(name.data, 1, name.length, dump->file);
}

static void put_span(Dump *dump, Span span) {
  if (!dump->spans) return;
  fprintf(dump->file, "@%u:%u-%u:%u", span.line, span.column, span.end_line, span.end_column);
}

static void put_expr(Dump *dump, const Expr *expr);

// A child: " -" when there is none.
static void put_child(Dump *dump, const Expr *expr) {
  if (!expr) {
    put(dump, " -");
    return;
  }
  fputc(' ', dump->file);
  put_expr(dump, expr);
}

static void put_exprs(Dump *dump, ExprSeq seq) {
  put(dump, " [");
  for (int i = 0; i < seq.count; i++) put_child(dump, seq.items[i]);
  put(dump, " ]");
}

static void put_context(Dump *dump, ExprContext ctx) {
  static const char *const names[] = {" load", " store", " del"};
  put(dump, names[ctx]);
}

static void put_keywords(Dump *dump, KeywordSeq seq) {
  put(dump, " [");
  for (int i = 0; i < seq.count; i++) {
    put(dump, " (keyword");
    put_span(dump, seq.items[i].span);
    put_name(dump, seq.items[i].arg);
    put_child(dump, seq.items[i].value);
    put(dump, ")");
  }
  put(dump, " ]");
}

static void put_generators(Dump *dump, ComprehensionSeq seq) {
  for (int i = 0; i < seq.count; i++) {
    const Comprehension *clause = &seq.items[i];
    put(dump, clause->is_async ? " (async-for" : " (for");
    put_child(dump, clause->target);
    put_child(dump, clause->iter);
    put_exprs(dump, clause->ifs);
    put(dump, ")");
  }
}

static void put_arg(Dump *dump, const Arg *arg) {
  if (!arg) {
    put(dump, " -");
    return;
  }
  put(dump, " (arg");
  put_span(dump, arg->span);
  put_name(dump, arg->arg);
  put_child(dump, arg->annotation);
  put(dump, ")");
}

static void put_args(Dump *dump, ArgSeq seq) {
  put(dump, " [");
  for (int i = 0; i < seq.count; i++) put_arg(dump, &seq.items[i]);
  put(dump, " ]");
}

static void put_arguments(Dump *dump, const Arguments *args) {
  put(dump, " (arguments");
  put_args(dump, args->posonlyargs);
  put_args(dump, args->args);
  put_arg(dump, args->vararg);
  put_args(dump, args->kwonlyargs);
  put_exprs(dump, args->kw_defaults);
  put_arg(dump, args->kwarg);
  put_exprs(dump, args->defaults);
  put(dump, ")");
}

static void put_bytes(Dump *dump, char mark, Str8 text) {
  fprintf(dump->file, " %c\"", mark);
  for (size_t i = 0; i < text.length; i++) {
    unsigned char c = (unsigned char)text.data[i];
    if (c >= ' ' && c < 0x7F && c != '"' && c != '\\') {
      fputc(c, dump->file);
    } else {
      fprintf(dump->file, "\\x%02x", c);
    }
  }
  fputc('"', dump->file);
}

// An int in decimal when it fits into 64 bits, otherwise as it was written.
static void put_int(Dump *dump, const Expr *expr) {
  int base = expr->as.constant.base;
  Str8 text = expr->as.constant.text;
  uint64_t value = 0;
  bool fits = true;
  for (size_t i = 0; i < text.length && fits; i++) {
    char c = text.data[i];
    unsigned digit = (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    fits = !__builtin_mul_overflow(value, (uint64_t)base, &value) &&
           !__builtin_add_overflow(value, (uint64_t)digit, &value);
  }
  if (fits) {
    fprintf(dump->file, " %" PRIu64, value);
  } else {
    const char *prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
    fprintf(dump->file, " %s%.*s", prefix, (int)text.length, text.data);
  }
}

static void put_constant(Dump *dump, const Expr *expr) {
  switch (expr->as.constant.kind) {
    case CONSTANT_NONE: put(dump, " None"); break;
    case CONSTANT_TRUE: put(dump, " True"); break;
    case CONSTANT_FALSE: put(dump, " False"); break;
    case CONSTANT_ELLIPSIS: put(dump, " ..."); break;
    case CONSTANT_INT: put_int(dump, expr); break;
    case CONSTANT_FLOAT: fprintf(dump->file, " %.17e", expr->as.constant.number); break;
    case CONSTANT_STR: put_bytes(dump, 's', expr->as.constant.text); break;
    case CONSTANT_BYTES: put_bytes(dump, 'b', expr->as.constant.text); break;
  }
}

static void put_fields(Dump *dump, const Expr *expr) {
  switch (expr->kind) {
    case EXPR_BOOL_OP:
      fprintf(dump->file, " %s", ast_bool_op_text(expr->as.bool_op.op));
      put_exprs(dump, expr->as.bool_op.values);
      break;
    case EXPR_NAMED_EXPR:
      put_child(dump, expr->as.named_expr.target);
      put_child(dump, expr->as.named_expr.value);
      break;
    case EXPR_BIN_OP:
      put_child(dump, expr->as.bin_op.left);
      fprintf(dump->file, " %s", ast_binary_op_text(expr->as.bin_op.op));
      put_child(dump, expr->as.bin_op.right);
      break;
    case EXPR_UNARY_OP:
      fprintf(dump->file, " %s", ast_unary_op_text(expr->as.unary_op.op));
      put_child(dump, expr->as.unary_op.operand);
      break;
    case EXPR_LAMBDA:
      put_arguments(dump, expr->as.lambda.args);
      put_child(dump, expr->as.lambda.body);
      break;
    case EXPR_IF_EXP:
      put_child(dump, expr->as.if_exp.test);
      put_child(dump, expr->as.if_exp.body);
      put_child(dump, expr->as.if_exp.orelse);
      break;
    case EXPR_DICT:
      put_exprs(dump, expr->as.dict.keys);
      put_exprs(dump, expr->as.dict.values);
      break;
    case EXPR_SET: put_exprs(dump, expr->as.set.elts); break;
    case EXPR_LIST_COMP:
    case EXPR_SET_COMP:
    case EXPR_GENERATOR_EXP:
      put_child(dump, expr->as.comp.elt);
      put_generators(dump, expr->as.comp.generators);
      break;
    case EXPR_DICT_COMP:
      put_child(dump, expr->as.dict_comp.key);
      put_child(dump, expr->as.dict_comp.value);
      put_generators(dump, expr->as.dict_comp.generators);
      break;
    case EXPR_AWAIT: put_child(dump, expr->as.await.value); break;
    case EXPR_YIELD: put_child(dump, expr->as.yield.value); break;
    case EXPR_YIELD_FROM: put_child(dump, expr->as.yield_from.value); break;
    case EXPR_COMPARE:
      put_child(dump, expr->as.compare.left);
      for (int i = 0; i < expr->as.compare.comparators.count; i++) {
        fprintf(dump->file, " %s", ast_compare_op_text(expr->as.compare.ops[i]));
        put_child(dump, expr->as.compare.comparators.items[i]);
      }
      break;
    case EXPR_CALL:
      put_child(dump, expr->as.call.func);
      put_exprs(dump, expr->as.call.args);
      put_keywords(dump, expr->as.call.keywords);
      break;
    case EXPR_FORMATTED_VALUE:
      put_child(dump, expr->as.formatted_value.value);
      fprintf(dump->file, " %d", expr->as.formatted_value.conversion);
      put_child(dump, expr->as.formatted_value.format_spec);
      break;
    case EXPR_JOINED_STR: put_exprs(dump, expr->as.joined_str.values); break;
    case EXPR_CONSTANT: put_constant(dump, expr); break;
    case EXPR_ATTRIBUTE:
      put_child(dump, expr->as.attribute.value);
      put_name(dump, expr->as.attribute.attr);
      put_context(dump, expr->as.attribute.ctx);
      break;
    case EXPR_SUBSCRIPT:
      put_child(dump, expr->as.subscript.value);
      put_child(dump, expr->as.subscript.slice);
      put_context(dump, expr->as.subscript.ctx);
      break;
    case EXPR_STARRED:
      put_child(dump, expr->as.starred.value);
      put_context(dump, expr->as.starred.ctx);
      break;
    case EXPR_NAME:
      put_name(dump, expr->as.name.id);
      put_context(dump, expr->as.name.ctx);
      break;
    case EXPR_LIST:
      put_exprs(dump, expr->as.list.elts);
      put_context(dump, expr->as.list.ctx);
      break;
    case EXPR_TUPLE:
      put_exprs(dump, expr->as.tuple.elts);
      put_context(dump, expr->as.tuple.ctx);
      break;
    case EXPR_SLICE:
      put_child(dump, expr->as.slice.lower);
      put_child(dump, expr->as.slice.upper);
      put_child(dump, expr->as.slice.step);
      break;
  }
}

static void put_expr(Dump *dump, const Expr *expr) {
  fprintf(dump->file, "(%s", ast_expr_kind_name(expr->kind));
  put_span(dump, expr->span);
  put_fields(dump, expr);
  put(dump, ")");
}

// --- Statements --------------------------------------------------------------------------------

static void put_stmt(Dump *dump, const Stmt *stmt);

static void new_line(Dump *dump) {
  fputc('\n', dump->file);
  for (int i = 0; i < dump->indent; i++) put(dump, "  ");
}

// A block under a statement, with a word in front unless it is the main one.
static void put_block(Dump *dump, const char *word, StmtSeq block) {
  if (block.count == 0) return;
  dump->indent++;
  if (word) {
    new_line(dump);
    put(dump, word);
  }
  for (int i = 0; i < block.count; i++) {
    new_line(dump);
    put_stmt(dump, block.items[i]);
  }
  dump->indent--;
}

static void put_aliases(Dump *dump, AliasSeq names) {
  for (int i = 0; i < names.count; i++) {
    put(dump, " (alias");
    put_span(dump, names.items[i].span);
    put_name(dump, names.items[i].name);
    put_name(dump, names.items[i].asname);
    put(dump, ")");
  }
}

static void put_handlers(Dump *dump, ExceptHandlerSeq handlers) {
  dump->indent++;
  for (int i = 0; i < handlers.count; i++) {
    const ExceptHandler *handler = &handlers.items[i];
    new_line(dump);
    put(dump, "(except");
    put_span(dump, handler->span);
    put_child(dump, handler->type);
    put_name(dump, handler->name);
    put_block(dump, NULL, handler->body);
    put(dump, ")");
  }
  dump->indent--;
}

static void put_stmt(Dump *dump, const Stmt *stmt) {
  fprintf(dump->file, "(%s", ast_stmt_kind_name(stmt->kind));
  put_span(dump, stmt->span);
  switch (stmt->kind) {
    case STMT_FUNCTION_DEF:
    case STMT_ASYNC_FUNCTION_DEF:
      put_name(dump, stmt->as.function_def.name);
      put_arguments(dump, stmt->as.function_def.args);
      put_exprs(dump, stmt->as.function_def.decorator_list);
      put_child(dump, stmt->as.function_def.returns);
      put_block(dump, NULL, stmt->as.function_def.body);
      break;
    case STMT_CLASS_DEF:
      put_name(dump, stmt->as.class_def.name);
      put_exprs(dump, stmt->as.class_def.bases);
      put_keywords(dump, stmt->as.class_def.keywords);
      put_exprs(dump, stmt->as.class_def.decorator_list);
      put_block(dump, NULL, stmt->as.class_def.body);
      break;
    case STMT_RETURN: put_child(dump, stmt->as.return_stmt.value); break;
    case STMT_DELETE: put_exprs(dump, stmt->as.delete_stmt.targets); break;
    case STMT_ASSIGN:
      put_exprs(dump, stmt->as.assign.targets);
      put_child(dump, stmt->as.assign.value);
      break;
    case STMT_AUG_ASSIGN:
      put_child(dump, stmt->as.aug_assign.target);
      fprintf(dump->file, " %s", ast_binary_op_text(stmt->as.aug_assign.op));
      put_child(dump, stmt->as.aug_assign.value);
      break;
    case STMT_ANN_ASSIGN:
      put_child(dump, stmt->as.ann_assign.target);
      put_child(dump, stmt->as.ann_assign.annotation);
      put_child(dump, stmt->as.ann_assign.value);
      put(dump, stmt->as.ann_assign.simple ? " 1" : " 0");
      break;
    case STMT_FOR:
    case STMT_ASYNC_FOR:
      put_child(dump, stmt->as.for_stmt.target);
      put_child(dump, stmt->as.for_stmt.iter);
      put_block(dump, NULL, stmt->as.for_stmt.body);
      put_block(dump, "else", stmt->as.for_stmt.orelse);
      break;
    case STMT_WHILE:
      put_child(dump, stmt->as.while_stmt.test);
      put_block(dump, NULL, stmt->as.while_stmt.body);
      put_block(dump, "else", stmt->as.while_stmt.orelse);
      break;
    case STMT_IF: {
      // An elif chain goes on in the same column; its parentheses close together at the end.
      int links = 0;
      for (;;) {
        put_child(dump, stmt->as.if_stmt.test);
        put_block(dump, NULL, stmt->as.if_stmt.body);
        StmtSeq orelse = stmt->as.if_stmt.orelse;
        if (orelse.count != 1 || orelse.items[0]->kind != STMT_IF ||
            !orelse.items[0]->as.if_stmt.is_elif) {
          put_block(dump, "else", orelse);
          break;
        }
        stmt = orelse.items[0];
        new_line(dump);
        put(dump, "(elif");
        put_span(dump, stmt->span);
        links++;
      }
      while (links-- > 0) put(dump, ")");
      break;
    }
    case STMT_WITH:
    case STMT_ASYNC_WITH:
      for (int i = 0; i < stmt->as.with_stmt.items.count; i++) {
        put(dump, " (item");
        put_child(dump, stmt->as.with_stmt.items.items[i].context_expr);
        put_child(dump, stmt->as.with_stmt.items.items[i].optional_vars);
        put(dump, ")");
      }
      put_block(dump, NULL, stmt->as.with_stmt.body);
      break;
    case STMT_RAISE:
      put_child(dump, stmt->as.raise_stmt.exc);
      put_child(dump, stmt->as.raise_stmt.cause);
      break;
    case STMT_TRY:
    case STMT_TRY_STAR:
      put_block(dump, NULL, stmt->as.try_stmt.body);
      put_handlers(dump, stmt->as.try_stmt.handlers);
      put_block(dump, "else", stmt->as.try_stmt.orelse);
      put_block(dump, "finally", stmt->as.try_stmt.finalbody);
      break;
    case STMT_ASSERT:
      put_child(dump, stmt->as.assert_stmt.test);
      put_child(dump, stmt->as.assert_stmt.msg);
      break;
    case STMT_IMPORT: put_aliases(dump, stmt->as.import_stmt.names); break;
    case STMT_IMPORT_FROM:
      put_name(dump, stmt->as.import_from.module);
      fprintf(dump->file, " %d", stmt->as.import_from.level);
      put_aliases(dump, stmt->as.import_from.names);
      break;
    case STMT_GLOBAL:
    case STMT_NONLOCAL:
      for (int i = 0; i < stmt->as.scope_stmt.names.count; i++) {
        put_name(dump, stmt->as.scope_stmt.names.items[i]);
      }
      break;
    case STMT_EXPR: put_child(dump, stmt->as.expr_stmt.value); break;
    case STMT_PASS:
    case STMT_BREAK:
    case STMT_CONTINUE: break;
  }
  put(dump, ")");
}

void ast_dump(FILE *file, const AstModule *module, bool spans) {
  Dump dump = {file, spans, 0};
  for (int i = 0; i < module->body.count; i++) {
    put_stmt(&dump, module->body.items[i]);
    fputc('\n', file);
  }
}
