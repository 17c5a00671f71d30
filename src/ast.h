// ast.h: the tree that the parser builds and the compiler reads.
//
// The nodes and their fields are those of CPython's `ast` module, so its documentation is also
// this tree's. A node is allocated in an arena, never freed singly, never shared between two
// parents, and carries the span of source text it was made from.
//
// Invariants, which every recursive walk may rely on:
//  - An expression's `depth` is one more than its deepest child's and at most AST_DEPTH_MAX. Blocks
//    nest at most 100 deep (the lexer's limit on indentation).
//  - An elif chain is a nest of `orelse`s as in CPython, but may be thousands long, and is not
//    counted in any depth: walk it in a loop. Each inner If has `is_elif` set.
//  - Names are interned in the arena: equal names have equal `data` pointers.
#ifndef CORO_SRC_AST_H
#define CORO_SRC_AST_H

#include <stdbool.h>
#include <stdio.h>

#include "arena.h"
#include "source.h"

// How deep an expression may nest. A walk over a deeper tree could overflow the C stack, so the
// parser refuses it: "expression is nested too deeply".
enum { AST_DEPTH_MAX = 2000 };

typedef struct Expr Expr;
typedef struct Stmt Stmt;
typedef struct Arguments Arguments;

// Sequences. `items` is NULL when `count` is 0.
typedef struct ExprSeq {
  Expr **items;
  int count;
} ExprSeq;

typedef struct StmtSeq {
  Stmt **items;
  int count;
} StmtSeq;

typedef struct NameSeq {
  Str8 *items;
  Span *spans;
  int count;
} NameSeq;

typedef enum ExprContext { CONTEXT_LOAD, CONTEXT_STORE, CONTEXT_DEL } ExprContext;

typedef enum BoolOp { BOOL_AND, BOOL_OR } BoolOp;

typedef enum BinaryOp {
  BINARY_ADD,
  BINARY_SUB,
  BINARY_MULT,
  BINARY_MATMULT,
  BINARY_DIV,
  BINARY_MOD,
  BINARY_POW,
  BINARY_LSHIFT,
  BINARY_RSHIFT,
  BINARY_BITOR,
  BINARY_BITXOR,
  BINARY_BITAND,
  BINARY_FLOORDIV,
} BinaryOp;

typedef enum UnaryOp { UNARY_INVERT, UNARY_NOT, UNARY_UADD, UNARY_USUB } UnaryOp;

typedef enum CompareOp {
  COMPARE_EQ,
  COMPARE_NOT_EQ,
  COMPARE_LT,
  COMPARE_LT_E,
  COMPARE_GT,
  COMPARE_GT_E,
  COMPARE_IS,
  COMPARE_IS_NOT,
  COMPARE_IN,
  COMPARE_NOT_IN,
} CompareOp;

typedef enum ConstantKind {
  CONSTANT_NONE,
  CONSTANT_TRUE,
  CONSTANT_FALSE,
  CONSTANT_ELLIPSIS,
  CONSTANT_INT,
  CONSTANT_FLOAT,
  CONSTANT_STR,
  CONSTANT_BYTES,
} ConstantKind;

// `for target in iter if ...`, one clause of a comprehension.
typedef struct Comprehension {
  Expr *target;
  Expr *iter;
  ExprSeq ifs;
  bool is_async;
} Comprehension;

typedef struct ComprehensionSeq {
  Comprehension *items;
  int count;
} ComprehensionSeq;

// `name=value` in a call or a class header; `**value` has no name (data is NULL).
typedef struct Keyword {
  Str8 arg;
  Expr *value;
  Span span;
} Keyword;

typedef struct KeywordSeq {
  Keyword *items;
  int count;
} KeywordSeq;

typedef enum ExprKind {
  EXPR_BOOL_OP,
  EXPR_NAMED_EXPR,
  EXPR_BIN_OP,
  EXPR_UNARY_OP,
  EXPR_LAMBDA,
  EXPR_IF_EXP,
  EXPR_DICT,
  EXPR_SET,
  EXPR_LIST_COMP,
  EXPR_SET_COMP,
  EXPR_DICT_COMP,
  EXPR_GENERATOR_EXP,
  EXPR_AWAIT,
  EXPR_YIELD,
  EXPR_YIELD_FROM,
  EXPR_COMPARE,
  EXPR_CALL,
  EXPR_FORMATTED_VALUE,
  EXPR_JOINED_STR,
  EXPR_CONSTANT,
  EXPR_ATTRIBUTE,
  EXPR_SUBSCRIPT,
  EXPR_STARRED,
  EXPR_NAME,
  EXPR_LIST,
  EXPR_TUPLE,
  EXPR_SLICE,
} ExprKind;

struct Expr {
  ExprKind kind;
  int depth;
  bool parenthesized;  // written in parentheses of its own; the span excludes them (but a Tuple's)
  Span span;
  union {
    struct {
      BoolOp op;
      ExprSeq values;  // two or more
    } bool_op;
    struct {
      Expr *target;  // a Name
      Expr *value;
    } named_expr;
    struct {
      Expr *left;
      BinaryOp op;
      Expr *right;
    } bin_op;
    struct {
      UnaryOp op;
      Expr *operand;
    } unary_op;
    struct {
      Arguments *args;
      Expr *body;
    } lambda;
    struct {
      Expr *test;
      Expr *body;
      Expr *orelse;
    } if_exp;
    struct {
      ExprSeq keys;  // a NULL key stands before a `**value`
      ExprSeq values;
    } dict;
    struct {
      ExprSeq elts;
    } set;
    struct {
      Expr *elt;
      ComprehensionSeq generators;
    } comp;  // LIST_COMP, SET_COMP, GENERATOR_EXP
    struct {
      Expr *key;
      Expr *value;
      ComprehensionSeq generators;
    } dict_comp;
    struct {
      Expr *value;
    } await;
    struct {
      Expr *value;  // NULL: a bare `yield`
    } yield;
    struct {
      Expr *value;
    } yield_from;
    struct {
      Expr *left;
      CompareOp *ops;  // as many as comparators
      ExprSeq comparators;
    } compare;
    struct {
      Expr *func;
      ExprSeq args;  // a Starred for `*x`
      KeywordSeq keywords;
    } call;
    struct {
      Expr *value;
      int conversion;     // 's', 'r', 'a', or -1
      Expr *format_spec;  // NULL or a JoinedStr
    } formatted_value;
    struct {
      ExprSeq values;  // Constant strings and FormattedValues
    } joined_str;
    struct {
      ConstantKind kind;
      int base;       // INT: 2, 8, 10 or 16
      double number;  // FLOAT
      Str8 text;      // INT: the digits alone; STR: UTF-8, lone surrogates in three bytes; BYTES
    } constant;
    struct {
      Expr *value;
      Str8 attr;
      Span attr_span;
      ExprContext ctx;
    } attribute;
    struct {
      Expr *value;
      Expr *slice;  // a Slice, a Tuple that may hold Slices, or any expression
      ExprContext ctx;
    } subscript;
    struct {
      Expr *value;
      ExprContext ctx;
    } starred;
    struct {
      Str8 id;
      ExprContext ctx;
    } name;
    struct {
      ExprSeq elts;
      ExprContext ctx;
    } list;
    struct {
      ExprSeq elts;
      ExprContext ctx;
    } tuple;
    struct {
      Expr *lower;  // each may be NULL
      Expr *upper;
      Expr *step;
    } slice;
  } as;
};

typedef struct Arg {
  Str8 arg;
  Expr *annotation;  // or NULL
  Span span;
} Arg;

typedef struct ArgSeq {
  Arg *items;
  int count;
} ArgSeq;

// A parameter list. The last defaults.count of posonlyargs + args have a default; kw_defaults is
// as long as kwonlyargs, with NULL for a required one.
struct Arguments {
  ArgSeq posonlyargs;
  ArgSeq args;
  Arg *vararg;  // or NULL
  ArgSeq kwonlyargs;
  ExprSeq kw_defaults;
  Arg *kwarg;  // or NULL
  ExprSeq defaults;
};

// `name as asname`; name is dotted in `import a.b`, and "*" in `from m import *`.
typedef struct Alias {
  Str8 name;
  Str8 asname;  // data is NULL when there is none
  Span span;
} Alias;

typedef struct AliasSeq {
  Alias *items;
  int count;
} AliasSeq;

typedef struct WithItem {
  Expr *context_expr;
  Expr *optional_vars;  // or NULL
} WithItem;

typedef struct WithItemSeq {
  WithItem *items;
  int count;
} WithItemSeq;

typedef struct ExceptHandler {
  Expr *type;  // NULL: a bare `except:`
  Str8 name;   // data is NULL when there is none
  Span name_span;
  StmtSeq body;
  Span span;
} ExceptHandler;

typedef struct ExceptHandlerSeq {
  ExceptHandler *items;
  int count;
} ExceptHandlerSeq;

typedef enum StmtKind {
  STMT_FUNCTION_DEF,
  STMT_ASYNC_FUNCTION_DEF,
  STMT_CLASS_DEF,
  STMT_RETURN,
  STMT_DELETE,
  STMT_ASSIGN,
  STMT_AUG_ASSIGN,
  STMT_ANN_ASSIGN,
  STMT_FOR,
  STMT_ASYNC_FOR,
  STMT_WHILE,
  STMT_IF,
  STMT_WITH,
  STMT_ASYNC_WITH,
  STMT_RAISE,
  STMT_TRY,
  STMT_TRY_STAR,
  STMT_ASSERT,
  STMT_IMPORT,
  STMT_IMPORT_FROM,
  STMT_GLOBAL,
  STMT_NONLOCAL,
  STMT_EXPR,
  STMT_PASS,
  STMT_BREAK,
  STMT_CONTINUE,
} StmtKind;

struct Stmt {
  StmtKind kind;
  Span span;  // of a decorated definition: from its `def` or `class` on, as in CPython
  union {
    struct {
      Str8 name;
      Span name_span;
      Arguments *args;
      StmtSeq body;
      ExprSeq decorator_list;
      Expr *returns;  // or NULL
    } function_def;   // and ASYNC_FUNCTION_DEF
    struct {
      Str8 name;
      Span name_span;
      ExprSeq bases;
      KeywordSeq keywords;
      StmtSeq body;
      ExprSeq decorator_list;
    } class_def;
    struct {
      Expr *value;  // or NULL
    } return_stmt;
    struct {
      ExprSeq targets;
    } delete_stmt;
    struct {
      ExprSeq targets;  // `a = b = value` has two
      Expr *value;
    } assign;
    struct {
      Expr *target;
      BinaryOp op;
      Expr *value;
    } aug_assign;
    struct {
      Expr *target;
      Expr *annotation;
      Expr *value;  // or NULL
      bool simple;  // a bare name without parentheses
    } ann_assign;
    struct {
      Expr *target;
      Expr *iter;
      StmtSeq body;
      StmtSeq orelse;
    } for_stmt;  // and ASYNC_FOR
    struct {
      Expr *test;
      StmtSeq body;
      StmtSeq orelse;
    } while_stmt;
    struct {
      Expr *test;
      StmtSeq body;
      StmtSeq orelse;  // `elif`: one If with is_elif set
      bool is_elif;
    } if_stmt;
    struct {
      WithItemSeq items;
      StmtSeq body;
    } with_stmt;  // and ASYNC_WITH
    struct {
      Expr *exc;    // or NULL
      Expr *cause;  // or NULL
    } raise_stmt;
    struct {
      StmtSeq body;
      ExceptHandlerSeq handlers;
      StmtSeq orelse;
      StmtSeq finalbody;
    } try_stmt;  // and TRY_STAR
    struct {
      Expr *test;
      Expr *msg;  // or NULL
    } assert_stmt;
    struct {
      AliasSeq names;
    } import_stmt;
    struct {
      Str8 module;  // data is NULL in `from . import x`
      AliasSeq names;
      int level;  // how many leading dots
    } import_from;
    struct {
      NameSeq names;
    } scope_stmt;  // GLOBAL, NONLOCAL
    struct {
      Expr *value;
    } expr_stmt;
  } as;
};

typedef struct AstModule {
  StmtSeq body;
} AstModule;

// New nodes, zeroed but for kind and span.
Expr *ast_expr(Arena *arena, ExprKind kind, Span span);
Stmt *ast_stmt(Arena *arena, StmtKind kind, Span span);

// One more than the depth of the deepest child; what an Expr's `depth` must be once it is filled.
int ast_expr_depth(const Expr *expr);

// Sets the context of a target, and of the targets inside it.
void ast_set_context(Expr *expr, ExprContext ctx);

// What an error message calls this kind of expression: "function call", "literal", "name".
const char *ast_expr_name(const Expr *expr);

// "BinOp", "FunctionDef": the class names of CPython's ast module.
const char *ast_expr_kind_name(ExprKind kind);
const char *ast_stmt_kind_name(StmtKind kind);

// The operators as they are written: "+", "not", "is not".
const char *ast_bool_op_text(BoolOp op);
const char *ast_binary_op_text(BinaryOp op);
const char *ast_unary_op_text(UnaryOp op);
const char *ast_compare_op_text(CompareOp op);

// Prints the tree as s-expressions, one statement after another; with spans when asked.
void ast_dump(FILE *file, const AstModule *module, bool spans);

// The tree as one JSON value, for `coro ast --json`. The module was parsed from the source.
void ast_json(FILE *file, const Source *source, const AstModule *module);

#endif
