// astjson.c: the tree as one JSON value, for `coro ast --json`.
//
// {"version": 1, "stage": "ast", "file": …, "body": [statement …]}; a node is an object whose
// "node" is its class in CPython's ast module, with that class's fields under their names there;
// "line", "column", "end_line" and "end_column" count from 1, columns in characters. Operators and
// contexts are texts: "+", "not in", "load". A Constant has a "type", and a "value": null, true,
// false, a number, a string (bytes: a character each; ... and ints beyond 2**53: as written).
//
// One statement begins a line; expressions stand in one line.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "ast.h"
#include "jsontext.h"

#define VERSION 1  // it changes when a reader would have to

typedef struct Json {
  FILE *file;
  const Source *source;
  int indent;
} Json;

static void put(const Json *json, const char *text) { fputs(text, json->file); }

static void put_field(const Json *json, const char *name) {
  fprintf(json->file, ", \"%s\": ", name);
}

static void put_text(const Json *json, const char *name, const char *text) {
  put_field(json, name);
  json_write_c(json->file, text);
}

static void put_name(const Json *json, const char *name, Str8 text) {
  put_field(json, name);
  if (text.data == NULL) {
    put(json, "null");
  } else {
    json_write_string(json->file, text.data, text.length);
  }
}

// The beginning of an object: which node, and where.
static void open_node(const Json *json, const char *kind, Span span) {
  fprintf(json->file,
          "{\"node\": \"%s\", \"line\": %u, \"column\": %u, \"end_line\": %u, \"end_column\": %u",
          kind, span.line, source_column_chars(json->source, span.line, span.column) + 1,
          span.end_line, source_column_chars(json->source, span.end_line, span.end_column) + 1);
}

static void put_expr(const Json *json, const Expr *expr);

static void put_child(const Json *json, const char *name, const Expr *expr) {
  put_field(json, name);
  put_expr(json, expr);
}

static void put_exprs(const Json *json, const char *name, ExprSeq seq) {
  put_field(json, name);
  put(json, "[");
  for (int i = 0; i < seq.count; i++) {
    if (i > 0) put(json, ", ");
    put_expr(json, seq.items[i]);
  }
  put(json, "]");
}

static void put_context(const Json *json, ExprContext ctx) {
  static const char *const names[] = {"load", "store", "del"};
  put_text(json, "ctx", names[ctx]);
}

static void put_keywords(const Json *json, KeywordSeq seq) {
  put(json, ", \"keywords\": [");
  for (int i = 0; i < seq.count; i++) {
    if (i > 0) put(json, ", ");
    open_node(json, "keyword", seq.items[i].span);
    put_name(json, "arg", seq.items[i].arg);
    put_child(json, "value", seq.items[i].value);
    put(json, "}");
  }
  put(json, "]");
}

static void put_generators(const Json *json, ComprehensionSeq seq) {
  put(json, ", \"generators\": [");
  for (int i = 0; i < seq.count; i++) {
    const Comprehension *clause = &seq.items[i];
    put(json, i > 0 ? ", {\"node\": \"comprehension\"" : "{\"node\": \"comprehension\"");
    put_child(json, "target", clause->target);
    put_child(json, "iter", clause->iter);
    put_exprs(json, "ifs", clause->ifs);
    put(json, clause->is_async ? ", \"is_async\": true}" : ", \"is_async\": false}");
  }
  put(json, "]");
}

static void put_arg(const Json *json, const Arg *arg) {
  if (arg == NULL) {
    put(json, "null");
    return;
  }
  open_node(json, "arg", arg->span);
  put_name(json, "arg", arg->arg);
  put_child(json, "annotation", arg->annotation);
  put(json, "}");
}

static void put_args(const Json *json, const char *name, ArgSeq seq) {
  put_field(json, name);
  put(json, "[");
  for (int i = 0; i < seq.count; i++) {
    if (i > 0) put(json, ", ");
    put_arg(json, &seq.items[i]);
  }
  put(json, "]");
}

static void put_arguments(const Json *json, const Arguments *args) {
  put(json, ", \"args\": {\"node\": \"arguments\"");
  put_args(json, "posonlyargs", args->posonlyargs);
  put_args(json, "args", args->args);
  put_field(json, "vararg");
  put_arg(json, args->vararg);
  put_args(json, "kwonlyargs", args->kwonlyargs);
  put_exprs(json, "kw_defaults", args->kw_defaults);
  put_field(json, "kwarg");
  put_arg(json, args->kwarg);
  put_exprs(json, "defaults", args->defaults);
  put(json, "}");
}

// ---- constants

// A number as long as every reader of JSON can hold it.
static void put_int(const Json *json, const Expr *expr) {
  const uint64_t most = UINT64_C(1) << 53;
  int base = expr->as.constant.base;
  Str8 text = expr->as.constant.text;
  uint64_t value = 0;
  for (size_t i = 0; i < text.length && value <= most; i++) {
    char c = text.data[i];
    value = value * (uint64_t)base + (uint64_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  if (value <= most) {
    fprintf(json->file, "%" PRIu64, value);
  } else {
    const char *prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
    fprintf(json->file, "\"%s%.*s\"", prefix, (int)text.length, text.data);
  }
}

static void put_float(const Json *json, double number) {
  char text[32];
  int digits = 15;
  do {
    snprintf(text, sizeof text, "%.*g", digits++, number);
  } while (digits <= 17 && strtod(text, NULL) != number);
  fprintf(json->file, isinf(number) ? "\"%s\"" : "%s", text);
}

static void put_bytes(const Json *json, Str8 text) {
  put(json, "\"");
  for (size_t i = 0; i < text.length; i++) {
    unsigned char c = (unsigned char)text.data[i];
    if (c >= ' ' && c < 0x7F && c != '"' && c != '\\') {
      fputc(c, json->file);
    } else {
      fprintf(json->file, "\\u%04x", c);
    }
  }
  put(json, "\"");
}

static void put_constant(const Json *json, const Expr *expr) {
  static const char *const types[] = {"NoneType", "bool",  "bool", "ellipsis",
                                      "int",      "float", "str",  "bytes"};
  Str8 text = expr->as.constant.text;
  put_text(json, "type", types[expr->as.constant.kind]);
  put_field(json, "value");
  switch (expr->as.constant.kind) {
    case CONSTANT_NONE: put(json, "null"); break;
    case CONSTANT_TRUE: put(json, "true"); break;
    case CONSTANT_FALSE: put(json, "false"); break;
    case CONSTANT_ELLIPSIS: put(json, "\"...\""); break;
    case CONSTANT_INT: put_int(json, expr); break;
    case CONSTANT_FLOAT: put_float(json, expr->as.constant.number); break;
    case CONSTANT_STR: json_write_string(json->file, text.data, text.length); break;
    case CONSTANT_BYTES: put_bytes(json, text); break;
  }
}

// ---- expressions

static void put_compare(const Json *json, const Expr *expr) {
  put_child(json, "left", expr->as.compare.left);
  put(json, ", \"ops\": [");
  for (int i = 0; i < expr->as.compare.comparators.count; i++) {
    if (i > 0) put(json, ", ");
    json_write_c(json->file, ast_compare_op_text(expr->as.compare.ops[i]));
  }
  put(json, "]");
  put_exprs(json, "comparators", expr->as.compare.comparators);
}

static void put_formatted(const Json *json, const Expr *expr) {
  char conversion[2] = {(char)expr->as.formatted_value.conversion, '\0'};
  put_child(json, "value", expr->as.formatted_value.value);
  put_text(json, "conversion", expr->as.formatted_value.conversion < 0 ? NULL : conversion);
  put_child(json, "format_spec", expr->as.formatted_value.format_spec);
}

static void put_fields(const Json *json, const Expr *expr) {
  switch (expr->kind) {
    case EXPR_BOOL_OP:
      put_text(json, "op", ast_bool_op_text(expr->as.bool_op.op));
      put_exprs(json, "values", expr->as.bool_op.values);
      break;
    case EXPR_NAMED_EXPR:
      put_child(json, "target", expr->as.named_expr.target);
      put_child(json, "value", expr->as.named_expr.value);
      break;
    case EXPR_BIN_OP:
      put_child(json, "left", expr->as.bin_op.left);
      put_text(json, "op", ast_binary_op_text(expr->as.bin_op.op));
      put_child(json, "right", expr->as.bin_op.right);
      break;
    case EXPR_UNARY_OP:
      put_text(json, "op", ast_unary_op_text(expr->as.unary_op.op));
      put_child(json, "operand", expr->as.unary_op.operand);
      break;
    case EXPR_LAMBDA:
      put_arguments(json, expr->as.lambda.args);
      put_child(json, "body", expr->as.lambda.body);
      break;
    case EXPR_IF_EXP:
      put_child(json, "test", expr->as.if_exp.test);
      put_child(json, "body", expr->as.if_exp.body);
      put_child(json, "orelse", expr->as.if_exp.orelse);
      break;
    case EXPR_DICT:
      put_exprs(json, "keys", expr->as.dict.keys);
      put_exprs(json, "values", expr->as.dict.values);
      break;
    case EXPR_SET: put_exprs(json, "elts", expr->as.set.elts); break;
    case EXPR_LIST_COMP:
    case EXPR_SET_COMP:
    case EXPR_GENERATOR_EXP:
      put_child(json, "elt", expr->as.comp.elt);
      put_generators(json, expr->as.comp.generators);
      break;
    case EXPR_DICT_COMP:
      put_child(json, "key", expr->as.dict_comp.key);
      put_child(json, "value", expr->as.dict_comp.value);
      put_generators(json, expr->as.dict_comp.generators);
      break;
    case EXPR_AWAIT: put_child(json, "value", expr->as.await.value); break;
    case EXPR_YIELD: put_child(json, "value", expr->as.yield.value); break;
    case EXPR_YIELD_FROM: put_child(json, "value", expr->as.yield_from.value); break;
    case EXPR_COMPARE: put_compare(json, expr); break;
    case EXPR_CALL:
      put_child(json, "func", expr->as.call.func);
      put_exprs(json, "args", expr->as.call.args);
      put_keywords(json, expr->as.call.keywords);
      break;
    case EXPR_FORMATTED_VALUE: put_formatted(json, expr); break;
    case EXPR_JOINED_STR: put_exprs(json, "values", expr->as.joined_str.values); break;
    case EXPR_CONSTANT: put_constant(json, expr); break;
    case EXPR_ATTRIBUTE:
      put_child(json, "value", expr->as.attribute.value);
      put_name(json, "attr", expr->as.attribute.attr);
      put_context(json, expr->as.attribute.ctx);
      break;
    case EXPR_SUBSCRIPT:
      put_child(json, "value", expr->as.subscript.value);
      put_child(json, "slice", expr->as.subscript.slice);
      put_context(json, expr->as.subscript.ctx);
      break;
    case EXPR_STARRED:
      put_child(json, "value", expr->as.starred.value);
      put_context(json, expr->as.starred.ctx);
      break;
    case EXPR_NAME:
      put_name(json, "id", expr->as.name.id);
      put_context(json, expr->as.name.ctx);
      break;
    case EXPR_LIST:
      put_exprs(json, "elts", expr->as.list.elts);
      put_context(json, expr->as.list.ctx);
      break;
    case EXPR_TUPLE:
      put_exprs(json, "elts", expr->as.tuple.elts);
      put_context(json, expr->as.tuple.ctx);
      break;
    case EXPR_SLICE:
      put_child(json, "lower", expr->as.slice.lower);
      put_child(json, "upper", expr->as.slice.upper);
      put_child(json, "step", expr->as.slice.step);
      break;
  }
}

static void put_expr(const Json *json, const Expr *expr) {
  if (expr == NULL) {
    put(json, "null");
    return;
  }
  open_node(json, ast_expr_kind_name(expr->kind), expr->span);
  put_fields(json, expr);
  put(json, "}");
}

// ---- statements

static void put_stmt(Json *json, const Stmt *stmt);

static void new_line(const Json *json) { fprintf(json->file, "\n%*s", json->indent, ""); }

static void put_block(Json *json, const char *name, StmtSeq block) {
  put_field(json, name);
  put(json, "[");
  json->indent++;
  for (int i = 0; i < block.count; i++) {
    if (i > 0) put(json, ",");
    new_line(json);
    put_stmt(json, block.items[i]);
  }
  json->indent--;
  put(json, "]");
}

static void put_aliases(const Json *json, AliasSeq names) {
  put(json, ", \"names\": [");
  for (int i = 0; i < names.count; i++) {
    if (i > 0) put(json, ", ");
    open_node(json, "alias", names.items[i].span);
    put_name(json, "name", names.items[i].name);
    put_name(json, "asname", names.items[i].asname);
    put(json, "}");
  }
  put(json, "]");
}

static void put_handlers(Json *json, ExceptHandlerSeq handlers) {
  put(json, ", \"handlers\": [");
  json->indent++;
  for (int i = 0; i < handlers.count; i++) {
    const ExceptHandler *handler = &handlers.items[i];
    if (i > 0) put(json, ",");
    new_line(json);
    open_node(json, "ExceptHandler", handler->span);
    put_child(json, "type", handler->type);
    put_name(json, "name", handler->name);
    put_block(json, "body", handler->body);
    put(json, "}");
  }
  json->indent--;
  put(json, "]");
}

static void put_items(const Json *json, WithItemSeq items) {
  put(json, ", \"items\": [");
  for (int i = 0; i < items.count; i++) {
    put(json, i > 0 ? ", {\"node\": \"withitem\"" : "{\"node\": \"withitem\"");
    put_child(json, "context_expr", items.items[i].context_expr);
    put_child(json, "optional_vars", items.items[i].optional_vars);
    put(json, "}");
  }
  put(json, "]");
}

static void put_names(const Json *json, NameSeq names) {
  put(json, ", \"names\": [");
  for (int i = 0; i < names.count; i++) {
    if (i > 0) put(json, ", ");
    json_write_string(json->file, names.items[i].data, names.items[i].length);
  }
  put(json, "]");
}

// An elif is an If in the orelse of the one before it; the chain may be thousands long.
static void put_if(Json *json, const Stmt *stmt) {
  int links = 0;
  for (;; links++) {
    put_child(json, "test", stmt->as.if_stmt.test);
    put_block(json, "body", stmt->as.if_stmt.body);
    StmtSeq orelse = stmt->as.if_stmt.orelse;
    if (orelse.count != 1 || orelse.items[0]->kind != STMT_IF ||
        !orelse.items[0]->as.if_stmt.is_elif) {
      put_block(json, "orelse", orelse);
      break;
    }
    stmt = orelse.items[0];
    put(json, ", \"orelse\": [");
    new_line(json);
    open_node(json, "If", stmt->span);
  }
  while (links-- > 0) put(json, "}]");
}

static void put_stmt_fields(Json *json, const Stmt *stmt) {
  switch (stmt->kind) {
    case STMT_FUNCTION_DEF:
    case STMT_ASYNC_FUNCTION_DEF:
      put_name(json, "name", stmt->as.function_def.name);
      put_arguments(json, stmt->as.function_def.args);
      put_exprs(json, "decorator_list", stmt->as.function_def.decorator_list);
      put_child(json, "returns", stmt->as.function_def.returns);
      put_block(json, "body", stmt->as.function_def.body);
      break;
    case STMT_CLASS_DEF:
      put_name(json, "name", stmt->as.class_def.name);
      put_exprs(json, "bases", stmt->as.class_def.bases);
      put_keywords(json, stmt->as.class_def.keywords);
      put_exprs(json, "decorator_list", stmt->as.class_def.decorator_list);
      put_block(json, "body", stmt->as.class_def.body);
      break;
    case STMT_RETURN: put_child(json, "value", stmt->as.return_stmt.value); break;
    case STMT_DELETE: put_exprs(json, "targets", stmt->as.delete_stmt.targets); break;
    case STMT_ASSIGN:
      put_exprs(json, "targets", stmt->as.assign.targets);
      put_child(json, "value", stmt->as.assign.value);
      break;
    case STMT_AUG_ASSIGN:
      put_child(json, "target", stmt->as.aug_assign.target);
      put_text(json, "op", ast_binary_op_text(stmt->as.aug_assign.op));
      put_child(json, "value", stmt->as.aug_assign.value);
      break;
    case STMT_ANN_ASSIGN:
      put_child(json, "target", stmt->as.ann_assign.target);
      put_child(json, "annotation", stmt->as.ann_assign.annotation);
      put_child(json, "value", stmt->as.ann_assign.value);
      put(json, stmt->as.ann_assign.simple ? ", \"simple\": true" : ", \"simple\": false");
      break;
    case STMT_FOR:
    case STMT_ASYNC_FOR:
      put_child(json, "target", stmt->as.for_stmt.target);
      put_child(json, "iter", stmt->as.for_stmt.iter);
      put_block(json, "body", stmt->as.for_stmt.body);
      put_block(json, "orelse", stmt->as.for_stmt.orelse);
      break;
    case STMT_WHILE:
      put_child(json, "test", stmt->as.while_stmt.test);
      put_block(json, "body", stmt->as.while_stmt.body);
      put_block(json, "orelse", stmt->as.while_stmt.orelse);
      break;
    case STMT_IF: put_if(json, stmt); break;
    case STMT_WITH:
    case STMT_ASYNC_WITH:
      put_items(json, stmt->as.with_stmt.items);
      put_block(json, "body", stmt->as.with_stmt.body);
      break;
    case STMT_RAISE:
      put_child(json, "exc", stmt->as.raise_stmt.exc);
      put_child(json, "cause", stmt->as.raise_stmt.cause);
      break;
    case STMT_TRY:
    case STMT_TRY_STAR:
      put_block(json, "body", stmt->as.try_stmt.body);
      put_handlers(json, stmt->as.try_stmt.handlers);
      put_block(json, "orelse", stmt->as.try_stmt.orelse);
      put_block(json, "finalbody", stmt->as.try_stmt.finalbody);
      break;
    case STMT_ASSERT:
      put_child(json, "test", stmt->as.assert_stmt.test);
      put_child(json, "msg", stmt->as.assert_stmt.msg);
      break;
    case STMT_IMPORT: put_aliases(json, stmt->as.import_stmt.names); break;
    case STMT_IMPORT_FROM:
      put_name(json, "module", stmt->as.import_from.module);
      put_aliases(json, stmt->as.import_from.names);
      fprintf(json->file, ", \"level\": %d", stmt->as.import_from.level);
      break;
    case STMT_GLOBAL:
    case STMT_NONLOCAL: put_names(json, stmt->as.scope_stmt.names); break;
    case STMT_EXPR: put_child(json, "value", stmt->as.expr_stmt.value); break;
    case STMT_PASS:
    case STMT_BREAK:
    case STMT_CONTINUE: break;
  }
}

static void put_stmt(Json *json, const Stmt *stmt) {
  open_node(json, ast_stmt_kind_name(stmt->kind), stmt->span);
  put_stmt_fields(json, stmt);
  put(json, "}");
}

void ast_json(FILE *file, const Source *source, const AstModule *module) {
  Json json = {file, source, 0};
  fprintf(file, "{\"version\": %d, \"stage\": \"ast\", \"file\": ", VERSION);
  json_write_c(file, source->name);
  put_block(&json, "body", module->body);
  fputs("}\n", file);
}
