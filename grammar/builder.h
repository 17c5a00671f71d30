// builder.h: what the parser's actions call to make the tree.
//
// The grammar says which texts are programs; the functions here build the nodes and turn down what
// the grammar cannot, with CPython's words: targets that cannot be assigned to, parameters and
// arguments in the wrong order, blocks of the wrong kind.
//
// Invariant: a function that returns NULL or false has added an error to the parse's list.
#ifndef CORO_GRAMMAR_BUILDER_H
#define CORO_GRAMMAR_BUILDER_H

#include "ast.h"
#include "lexer.h"
#include "parse.h"

// A list under construction.
#define DEFINE_LIST(Type, Name) \
  typedef struct Name {         \
    Type *items;                \
    int count;                  \
    int capacity;               \
  } Name

DEFINE_LIST(Expr *, ExprList);
DEFINE_LIST(Stmt *, StmtList);
DEFINE_LIST(Keyword, KeywordList);
DEFINE_LIST(Comprehension, ComprehensionList);
DEFINE_LIST(Alias, AliasList);
DEFINE_LIST(WithItem, WithItemList);
DEFINE_LIST(ExceptHandler, HandlerList);

// Appends to any of the lists above.
#define LIST_PUSH(parse, list, item)                                               \
  do {                                                                             \
    if ((list)->count == (list)->capacity) {                                       \
      int capacity_ = (list)->capacity ? (list)->capacity * 2 : 4;                 \
      (list)->items = arena_grow((parse)->arena, (list)->items,                    \
                                 (size_t)(list)->capacity * sizeof *(list)->items, \
                                 (size_t)capacity_ * sizeof *(list)->items);       \
      (list)->capacity = capacity_;                                                \
    }                                                                              \
    (list)->items[(list)->count++] = (item);                                       \
  } while (0)

// One item of a parameter list, before the order of the items is checked.
typedef struct Param {
  char kind;  // 'n'ame, '*', 'd'ouble star, '/'; a bare '*' has no name
  Str8 name;
  Expr *annotation;
  Expr *value;
  Span name_span;  // with the annotation
  Span span;
} Param;
DEFINE_LIST(Param, ParamList);

// One argument of a call or class header.
typedef struct Argument {
  char kind;     // 'e'xpression, '*', 'd'ouble star, 'k'eyword, 'g'enerator without parentheses
  Expr *target;  // of a keyword
  Expr *value;
  Span span;
} Argument;
DEFINE_LIST(Argument, ArgumentList);

// What stands between parentheses or brackets: the items, and whether a comma makes a tuple of one.
typedef struct Display {
  ExprList list;
  bool comma;
  bool has_as;         // `(a as b, c)`: only a with statement may hold it
  WithItemList items;  // filled along with `list` when has_as
  Span as_span;
} Display;

typedef struct DictDisplay {
  ExprList keys;
  ExprList values;
} DictDisplay;

// An `if` or `elif` clause, before it is nested into its predecessor's orelse.
typedef struct IfClause {
  Expr *test;
  StmtSeq body;
  Span span;
} IfClause;
DEFINE_LIST(IfClause, IfClauseList);

// The clauses of a try statement.
typedef struct Handlers {
  HandlerList list;
  bool star;
} Handlers;

typedef struct Dotted {
  Str8 name;
  Span span;
} Dotted;

// The state of one run of the parser.
typedef struct Parse {
  Arena *arena;
  Arena *scratch;
  const Source *source;
  DiagList *diags;
  LexResult lexed;
  int next;           // the next token to hand to the parser
  int start_token;    // handed out first; 0 afterwards
  int fstring_depth;  // how many f-string fields are around
  Expr *as_tuple;     // a parenthesised list with `as` in it that no `with` has taken yet
  Display *as_display;
  bool incomplete;
  StmtSeq body;    // the result of parsing a file
  Expr *fragment;  // the result of parsing an f-string's expression
} Parse;

// Bison's entry.
int coro_yyparse(Parse *parse);

// Adds a syntax error and returns NULL, for `return build_error(...)`.
void *build_error(Parse *parse, Span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Sets the depth of a finished node; NULL when it is nested too deeply.
Expr *build_done(Parse *parse, Expr *expr);

// Expressions.
Expr *build_name(Parse *parse, Span span, Str8 id);
Expr *build_constant(Parse *parse, Span span, ConstantKind kind);
Expr *build_number(Parse *parse, Span span, bool is_float);
Expr *build_binary(Parse *parse, Span span, Expr *left, BinaryOp op, Expr *right);
Expr *build_unary(Parse *parse, Span span, UnaryOp op, Expr *operand);
Expr *build_bool(Parse *parse, Span span, Expr *left, BoolOp op, Expr *right);
Expr *build_compare(Parse *parse, Span span, Expr *left, CompareOp op, Expr *right);
Expr *build_conditional(Parse *parse, Span span, Expr *body, Expr *test, Expr *orelse);
Expr *build_lambda(Parse *parse, Span span, Arguments *args, Expr *body);
Expr *build_await(Parse *parse, Span span, Expr *value);
Expr *build_yield(Parse *parse, Span span, Expr *value);
Expr *build_yield_from(Parse *parse, Span span, Expr *value);
Expr *build_named(Parse *parse, Span span, Expr *target, Expr *value);
Expr *build_starred(Parse *parse, Span span, Expr *value);
Expr *build_attribute(Parse *parse, Span span, Expr *value, Str8 attr, Span attr_span);
Expr *build_subscript(Parse *parse, Span span, Expr *value, Expr *slice);
Expr *build_slice(Parse *parse, Span span, Expr *lower, Expr *upper, Expr *step);
Expr *build_tuple(Parse *parse, Span span, ExprList *list);
Expr *build_paren(Parse *parse, Span span, Display *display);
Expr *build_close_paren(Expr *expr, Span span);
void build_display_push(Parse *parse, Display *display, Expr *expr, Expr *as_target, Span span);
void build_dict_push(Parse *parse, DictDisplay *display, Expr *key, Expr *value);
Expr *build_list(Parse *parse, Span span, ExprList *list);
Expr *build_set(Parse *parse, Span span, ExprList *list);
Expr *build_dict(Parse *parse, Span span, DictDisplay *display);
Expr *build_comp(Parse *parse, Span span, ExprKind kind, Expr *elt, ComprehensionList *generators);
Expr *build_dict_comp(Parse *parse, Span span, Expr *key, Expr *value,
                      ComprehensionList *generators);
Expr *build_call(Parse *parse, Span span, Expr *func, ArgumentList *list, Span list_span);

// The error of a single `=` where an expression stands.
Expr *build_stray_equals(Parse *parse, Span span, Expr *left);

// The error of `name=value for ...` in a call.
Expr *build_stray_keyword(Parse *parse, Span span, Expr *target);

// A run of adjacent string literals, f-strings among them, from token `first` on.
Expr *build_strings(Parse *parse, Span span, int first);

// Parses the expression of an f-string field in bytes [start, end).
Expr *parse_fragment(Parse *parse, uint32_t start, uint32_t end);

// A clause `for target in iter if ...`; NULL after an error.
Comprehension *build_clause(Parse *parse, Expr *target, Expr *iter, ExprList *ifs, bool is_async);

// Parameters in order, checked.
Arguments *build_arguments(Parse *parse, ParamList *params);

// Checks that an expression can be a target and sets its context.
bool build_assign_target(Parse *parse, Expr *target, bool only);  // of `=`; the only one?
bool build_single_target(Parse *parse, Expr *target);             // of `for`, `as`, `in`
bool build_delete_target(Parse *parse, Expr *target);

// Statements.
Stmt *build_assign(Parse *parse, Span span, ExprList *targets, Expr *value);
Stmt *build_aug_assign(Parse *parse, Span span, Expr *target, BinaryOp op, Expr *value);
Stmt *build_ann_assign(Parse *parse, Span span, Expr *target, Expr *annotation, Expr *value);
Stmt *build_expr_stmt(Parse *parse, Span span, Expr *value);
Stmt *build_delete(Parse *parse, Span span, Expr *targets);
Stmt *build_import_from(Parse *parse, Span span, Str8 module, int level, AliasList *names);
Str8 build_dotted(Parse *parse, Str8 left, Str8 right);
void build_name_push(Parse *parse, NameSeq *names, Str8 name, Span span);
Stmt *build_if(Parse *parse, IfClauseList *clauses, StmtSeq orelse, Span end);
Stmt *build_for(Parse *parse, Span span, bool is_async, Expr *target, Expr *iter, StmtSeq body,
                StmtSeq orelse);
Stmt *build_with(Parse *parse, Span span, bool is_async, WithItemList *items, StmtSeq body);
bool build_with_header(Parse *parse, WithItemList *items);
ExceptHandler *build_handler(Parse *parse, Span span, Expr *type, const Dotted *name, StmtSeq body);
bool build_handler_push(Parse *parse, Handlers *handlers, ExceptHandler *handler, bool star);
Stmt *build_function(Parse *parse, Span span, bool is_async, Dotted name, Arguments *args,
                     Expr *returns, StmtSeq body);
Stmt *build_class(Parse *parse, Span span, Dotted name, ArgumentList *bases, StmtSeq body);
Stmt *build_try(Parse *parse, Span span, StmtSeq body, Handlers *handlers, StmtSeq orelse,
                StmtSeq finalbody);

// True when nothing with a stray `as` in parentheses is left over.
bool build_statement_done(Parse *parse);

// Moves a finished list into the tree.
static inline ExprSeq expr_seq(const ExprList *list) { return (ExprSeq){list->items, list->count}; }

static inline StmtSeq stmt_seq(const StmtList *list) { return (StmtSeq){list->items, list->count}; }

#endif
