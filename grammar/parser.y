// parser.y: the grammar of the language, as Python's reference writes it.
//
// The rules follow the order of a program's parts: statements, then compound statements, then
// expressions from the loosest operator to the tightest. Actions only call builder.c. What can
// stand where (targets, order of arguments) is wider here than in Python, because an LALR parser
// cannot look ahead that far; builder.c narrows it with a message better than "invalid syntax".
//
// Invariant: no conflicts, and every list is left-recursive, so that the parser's stack grows with
// nesting alone.
%define api.pure full
%define api.prefix {coro_yy}
%define api.token.prefix {TOKEN_}
%define api.location.type {Span}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param {Parse *parse}

%code requires {
#include "builder.h"
}

%code {
#include "report.h"

// parse.c: hands over the next token; the other two are at the end of this file.
int coro_yylex(CORO_YYSTYPE *value, Span *span, Parse *parse);
static void yyerror(const Span *span, Parse *parse, const char *message);

#define YYMAXDEPTH 40000

// A node covers what its rule covers; an empty rule stands at the end of what came before.
#define YYLLOC_DEFAULT(Current, Rhs, N)                                  \
  do {                                                                   \
    if (N) {                                                             \
      (Current) = span_join(YYRHSLOC(Rhs, 1), YYRHSLOC(Rhs, N));         \
    } else {                                                             \
      (Current) = YYRHSLOC(Rhs, 0);                                      \
      (Current).start = (Current).end;                                   \
      (Current).line = (Current).end_line;                               \
      (Current).column = (Current).end_column;                           \
    }                                                                    \
  } while (0)

// Ends the parse when a builder has refused.
#define TRY(made)         \
  do {                    \
    if (!(made)) YYABORT; \
  } while (0)

#define NEW(Type) ((Type *)arena_zalloc(parse->arena, sizeof(Type)))
}

%union {
  Expr *expr;
  Stmt *stmt;
  Arguments *arguments;
  ExprList *exprs;
  StmtList *stmts;
  StmtSeq block;
  ParamList *params;
  Param param;
  ArgumentList *args;
  Argument arg;
  Display *display;
  DictDisplay *dict;
  Comprehension *clause;
  ComprehensionList *clauses;
  AliasList *aliases;
  Alias alias;
  WithItemList *with_items;
  WithItem with_item;
  Handlers *handlers;
  ExceptHandler *handler;
  IfClauseList *ifs;
  NameSeq *names;
  Dotted dotted;
  Str8 name;
  int number;
}

// Handed out first, to choose what is parsed.
%token START_FILE START_FRAGMENT

%token END 0 NEWLINE INDENT DEDENT LEX_ERROR
%token <name> NAME
%token <number> INT FLOAT STRING
%token FALSE NONE TRUE AND AS ASSERT ASYNC AWAIT BREAK CLASS CONTINUE DEF DEL ELIF ELSE EXCEPT
%token FINALLY FOR FROM GLOBAL IF IMPORT IN IS LAMBDA NONLOCAL NOT OR PASS RAISE RETURN TRY WHILE
%token WITH YIELD
%token POW FLOORDIV LSHIFT RSHIFT EQ NOT_EQ LT_E GT_E ARROW WALRUS ELLIPSIS
%token COLON 58 ":"
%token ADD_EQ SUB_EQ MULT_EQ MATMULT_EQ DIV_EQ MOD_EQ POW_EQ LSHIFT_EQ RSHIFT_EQ BITAND_EQ BITOR_EQ
%token BITXOR_EQ FLOORDIV_EQ

%type <stmts> stmts simple_stmts small_stmts
%type <stmt> simple_stmt compound_stmt expr_stmt import_stmt
%type <stmt> if_stmt while_stmt for_stmt with_stmt try_stmt funcdef classdef decorated definition
%type <block> block else_opt finally_opt
%type <exprs> assign_head decorators comp_ifs star_list subscript_list
%type <number> aug_op dots strings comp_op
%type <ifs> if_clauses
%type <handlers> handlers
%type <handler> handler star_handler
%type <with_items> with_items
%type <with_item> with_item
%type <aliases> dotted_as_names import_names import_as_names
%type <alias> dotted_as_name import_as_name
%type <dotted> dotted_name
%type <names> name_list
%type <arguments> parameters lambda_parameters
%type <params> param_list lambda_list
%type <param> param lambda_param
%type <expr> return_annotation annotation_opt default_opt
%type <args> arguments argument_list
%type <arg> argument
%type <expr> expr_or_yield yield_expr star_expressions star_expression star_targets star_target
%type <expr> expression named_expression star_named disjunction conjunction inversion comparison
%type <expr> expr xor_expr and_expr shift_expr arith_expr term factor power await_expr primary atom
%type <expr> lambda conditional paren_body list_display brace_display
%type <expr> subscripts subscript slice_opt
%type <display> paren_items
%type <exprs> target_list named_list
%type <dict> dict_items
%type <clauses> comp_for
%type <clause> comp_clause

%start input

%%

input:
    START_FILE                  { parse->body = (StmtSeq){0}; }
  | START_FILE stmts            { parse->body = stmt_seq($2); }
  | START_FRAGMENT paren_body   { parse->fragment = $2; }
  ;

// ------------------------------------------------------------------------------- Statements

stmts:
    compound_stmt         { $$ = NEW(StmtList); TRY($1); LIST_PUSH(parse, $$, $1); }
  | simple_stmts
  | stmts compound_stmt   { $$ = $1; LIST_PUSH(parse, $$, $2); }
  | stmts simple_stmts    { $$ = $1; for (int i = 0; i < $2->count; i++) LIST_PUSH(parse, $$, $2->items[i]); }
  ;

simple_stmts:
    small_stmts NEWLINE       { $$ = $1; @$ = @1; TRY(build_statement_done(parse)); }
  | small_stmts ';' NEWLINE   { $$ = $1; @$ = span_join(@1, @2); TRY(build_statement_done(parse)); }
  ;

small_stmts:
    simple_stmt                   { $$ = NEW(StmtList); LIST_PUSH(parse, $$, $1); }
  | small_stmts ';' simple_stmt   { $$ = $1; LIST_PUSH(parse, $$, $3); }
  ;

block:
    simple_stmts                  { $$ = stmt_seq($1); }
  | NEWLINE INDENT stmts DEDENT   { $$ = stmt_seq($3); @$ = span_join(@1, @3); }
  ;

simple_stmt:
    expr_stmt
  | import_stmt
  | DEL star_expressions      { TRY($$ = build_delete(parse, @$, $2)); }
  | PASS                      { $$ = ast_stmt(parse->arena, STMT_PASS, @$); }
  | BREAK                     { $$ = ast_stmt(parse->arena, STMT_BREAK, @$); }
  | CONTINUE                  { $$ = ast_stmt(parse->arena, STMT_CONTINUE, @$); }
  | RETURN                    { $$ = ast_stmt(parse->arena, STMT_RETURN, @$); }
  | RETURN star_expressions   { $$ = ast_stmt(parse->arena, STMT_RETURN, @$);
                                $$->as.return_stmt.value = $2; }
  | RAISE                     { $$ = ast_stmt(parse->arena, STMT_RAISE, @$); }
  | RAISE expression          { $$ = ast_stmt(parse->arena, STMT_RAISE, @$);
                                $$->as.raise_stmt.exc = $2; }
  | RAISE expression FROM expression {
        $$ = ast_stmt(parse->arena, STMT_RAISE, @$);
        $$->as.raise_stmt.exc = $2;
        $$->as.raise_stmt.cause = $4; }
  | GLOBAL name_list          { $$ = ast_stmt(parse->arena, STMT_GLOBAL, @$);
                                $$->as.scope_stmt.names = *$2; }
  | NONLOCAL name_list        { $$ = ast_stmt(parse->arena, STMT_NONLOCAL, @$);
                                $$->as.scope_stmt.names = *$2; }
  | ASSERT expression         { $$ = ast_stmt(parse->arena, STMT_ASSERT, @$);
                                $$->as.assert_stmt.test = $2; }
  | ASSERT expression ',' expression {
        $$ = ast_stmt(parse->arena, STMT_ASSERT, @$);
        $$->as.assert_stmt.test = $2;
        $$->as.assert_stmt.msg = $4; }
  ;

name_list:
    NAME {
        $$ = NEW(NameSeq);
        build_name_push(parse, $$, $1, @1); }
  | name_list ',' NAME   { $$ = $1; build_name_push(parse, $$, $3, @3); }
  ;

expr_stmt:
    expr_or_yield                                         { TRY($$ = build_expr_stmt(parse, @$, $1)); }
  | assign_head expr_or_yield                             { TRY($$ = build_assign(parse, @$, $1, $2)); }
  | star_expressions aug_op expr_or_yield                 { TRY($$ = build_aug_assign(parse, @$, $1, (BinaryOp)$2, $3)); }
  | star_expressions ":" expression                       { TRY($$ = build_ann_assign(parse, @$, $1, $3, NULL)); }
  | star_expressions ":" expression '=' expr_or_yield     { TRY($$ = build_ann_assign(parse, @$, $1, $3, $5)); }
  ;

assign_head:
    expr_or_yield '='               { $$ = NEW(ExprList); LIST_PUSH(parse, $$, $1); }
  | assign_head expr_or_yield '='   { $$ = $1; LIST_PUSH(parse, $$, $2); }
  ;

aug_op:
    ADD_EQ        { $$ = BINARY_ADD; }
  | SUB_EQ        { $$ = BINARY_SUB; }
  | MULT_EQ       { $$ = BINARY_MULT; }
  | MATMULT_EQ    { $$ = BINARY_MATMULT; }
  | DIV_EQ        { $$ = BINARY_DIV; }
  | MOD_EQ        { $$ = BINARY_MOD; }
  | POW_EQ        { $$ = BINARY_POW; }
  | LSHIFT_EQ     { $$ = BINARY_LSHIFT; }
  | RSHIFT_EQ     { $$ = BINARY_RSHIFT; }
  | BITAND_EQ     { $$ = BINARY_BITAND; }
  | BITOR_EQ      { $$ = BINARY_BITOR; }
  | BITXOR_EQ     { $$ = BINARY_BITXOR; }
  | FLOORDIV_EQ   { $$ = BINARY_FLOORDIV; }
  ;

// ------------------------------------------------------------------------------- Imports

import_stmt:
    IMPORT dotted_as_names {
        $$ = ast_stmt(parse->arena, STMT_IMPORT, @$);
        $$->as.import_stmt.names = (AliasSeq){$2->items, $2->count}; }
  | FROM dotted_name IMPORT import_names {
        $$ = build_import_from(parse, @$, $2.name, 0, $4); }
  | FROM dots dotted_name IMPORT import_names {
        $$ = build_import_from(parse, @$, $3.name, $2, $5); }
  | FROM dots IMPORT import_names {
        $$ = build_import_from(parse, @$, (Str8){0}, $2, $4); }
  ;

dots:
    '.'             { $$ = 1; }
  | ELLIPSIS        { $$ = 3; }
  | dots '.'        { $$ = $1 + 1; }
  | dots ELLIPSIS   { $$ = $1 + 3; }
  ;

dotted_name:
    NAME                   { $$ = (Dotted){$1, @1}; }
  | dotted_name '.' NAME   { $$ = (Dotted){build_dotted(parse, $1.name, $3), @$}; }
  ;

dotted_as_names:
    dotted_as_name                       { $$ = NEW(AliasList); LIST_PUSH(parse, $$, $1); }
  | dotted_as_names ',' dotted_as_name   { $$ = $1; LIST_PUSH(parse, $$, $3); }
  ;

dotted_as_name:
    dotted_name           { $$ = (Alias){$1.name, {0}, @$}; }
  | dotted_name AS NAME   { $$ = (Alias){$1.name, $3, @$}; }
  ;

import_names:
    '*' {
        $$ = NEW(AliasList);
        LIST_PUSH(parse, $$, ((Alias){arena_intern(parse->arena, "*", 1), {0}, @1})); }
  | import_as_names
  | import_as_names ',' {
        build_error(parse, @2, "trailing comma not allowed without surrounding parentheses");
        YYABORT; }
  | '(' import_as_names ')'       { $$ = $2; }
  | '(' import_as_names ',' ')'   { $$ = $2; }
  ;

import_as_names:
    import_as_name                       { $$ = NEW(AliasList); LIST_PUSH(parse, $$, $1); }
  | import_as_names ',' import_as_name   { $$ = $1; LIST_PUSH(parse, $$, $3); }
  ;

import_as_name:
    NAME           { $$ = (Alias){$1, {0}, @$}; }
  | NAME AS NAME   { $$ = (Alias){$1, $3, @$}; }
  ;

// ------------------------------------------------------------------------------- Blocks

compound_stmt:
    if_stmt
  | while_stmt
  | for_stmt
  | with_stmt
  | try_stmt
  | definition
  | decorated
  ;

if_stmt:
    if_clauses else_opt   { TRY($$ = build_if(parse, $1, $2, @$)); }
  ;

if_clauses:
    IF named_expression ":" block {
        $$ = NEW(IfClauseList);
        LIST_PUSH(parse, $$, ((IfClause){$2, $4, @$})); }
  | if_clauses ELIF named_expression ":" block {
        $$ = $1;
        LIST_PUSH(parse, $$, ((IfClause){$3, $5, span_join(@2, @5)})); }
  ;

else_opt:
    %empty           { $$ = (StmtSeq){0}; }
  | ELSE ":" block   { $$ = $3; }
  ;

while_stmt:
    WHILE named_expression ":" block else_opt {
        $$ = ast_stmt(parse->arena, STMT_WHILE, @$);
        $$->as.while_stmt.test = $2;
        $$->as.while_stmt.body = $4;
        $$->as.while_stmt.orelse = $5; }
  ;

for_stmt:
    FOR star_targets IN star_expressions ":" block else_opt {
        TRY($$ = build_for(parse, @$, false, $2, $4, $6, $7)); }
  | ASYNC FOR star_targets IN star_expressions ":" block else_opt {
        TRY($$ = build_for(parse, @$, true, $3, $5, $7, $8)); }
  ;

with_stmt:
    WITH with_items ":" { TRY(build_with_header(parse, $2)); } block {
        TRY($$ = build_with(parse, @$, false, $2, $5)); }
  | ASYNC WITH with_items ":" { TRY(build_with_header(parse, $3)); } block {
        TRY($$ = build_with(parse, @$, true, $3, $6)); }
  ;

with_items:
    with_item                  { $$ = NEW(WithItemList); LIST_PUSH(parse, $$, $1); }
  | with_items ',' with_item   { $$ = $1; LIST_PUSH(parse, $$, $3); }
  ;

with_item:
    expression                  { $$ = (WithItem){$1, NULL}; }
  | expression AS star_target   { TRY(build_single_target(parse, $3)); $$ = (WithItem){$1, $3}; }
  ;

try_stmt:
    TRY ":" block FINALLY ":" block {
        TRY($$ = build_try(parse, @$, $3, NULL, (StmtSeq){0}, $6)); }
  | TRY ":" block handlers else_opt finally_opt {
        TRY($$ = build_try(parse, @$, $3, $4, $5, $6)); }
  ;

handlers:
    handler                 { $$ = NEW(Handlers); TRY(build_handler_push(parse, $$, $1, false)); }
  | star_handler            { $$ = NEW(Handlers); TRY(build_handler_push(parse, $$, $1, true)); }
  | handlers handler        { $$ = $1; TRY(build_handler_push(parse, $$, $2, false)); }
  | handlers star_handler   { $$ = $1; TRY(build_handler_push(parse, $$, $2, true)); }
  ;

handler:
    EXCEPT ":" block                          { $$ = build_handler(parse, @$, NULL, NULL, $3); }
  | EXCEPT expression ":" block               { $$ = build_handler(parse, @$, $2, NULL, $4); }
  | EXCEPT expression AS NAME ":" block       { Dotted name = {$4, @4};
                                                $$ = build_handler(parse, @$, $2, &name, $6); }
  | EXCEPT expression ',' {
        build_error(parse, @2, "multiple exception types must be parenthesized");
        YYABORT; }
  ;

star_handler:
    EXCEPT '*' expression ":" block           { $$ = build_handler(parse, @$, $3, NULL, $5); }
  | EXCEPT '*' expression AS NAME ":" block   { Dotted name = {$5, @5};
                                                $$ = build_handler(parse, @$, $3, &name, $7); }
  | EXCEPT '*' expression ',' {
        build_error(parse, @3, "multiple exception types must be parenthesized");
        YYABORT; }
  ;

finally_opt:
    %empty              { $$ = (StmtSeq){0}; }
  | FINALLY ":" block   { $$ = $3; }
  ;

definition:
    funcdef
  | classdef
  ;

decorated:
    decorators definition {
        if ($2->kind == STMT_CLASS_DEF) {
          $2->as.class_def.decorator_list = expr_seq($1);
        } else {
          $2->as.function_def.decorator_list = expr_seq($1);
        }
        $$ = $2; }
  ;

decorators:
    '@' named_expression NEWLINE              { $$ = NEW(ExprList); LIST_PUSH(parse, $$, $2); }
  | decorators '@' named_expression NEWLINE   { $$ = $1; LIST_PUSH(parse, $$, $3); }
  ;

funcdef:
    DEF NAME '(' parameters ')' return_annotation ":" block {
        TRY($$ = build_function(parse, @$, false, (Dotted){$2, @2}, $4, $6, $8)); }
  | ASYNC DEF NAME '(' parameters ')' return_annotation ":" block {
        TRY($$ = build_function(parse, @$, true, (Dotted){$3, @3}, $5, $7, $9)); }
  ;

return_annotation:
    %empty             { $$ = NULL; }
  | ARROW expression   { $$ = $2; }
  ;

classdef:
    CLASS NAME ":" block {
        TRY($$ = build_class(parse, @$, (Dotted){$2, @2}, NULL, $4)); }
  | CLASS NAME '(' arguments ')' ":" block {
        TRY($$ = build_class(parse, @$, (Dotted){$2, @2}, $4, $7)); }
  ;

// ------------------------------------------------------------------------------- Parameters

parameters:
    %empty           { TRY($$ = build_arguments(parse, NULL)); }
  | param_list       { TRY($$ = build_arguments(parse, $1)); }
  | param_list ','   { TRY($$ = build_arguments(parse, $1)); }
  ;

param_list:
    param                  { $$ = NEW(ParamList); LIST_PUSH(parse, $$, $1); }
  | param_list ',' param   { $$ = $1; LIST_PUSH(parse, $$, $3); }
  ;

param:
    NAME annotation_opt default_opt       { $$ = (Param){'n', $1, $2, $3, span_join(@1, @2), @$}; }
  | '*'                                   { $$ = (Param){'*', {0}, NULL, NULL, @$, @$}; }
  | '*' NAME default_opt                  { $$ = (Param){'*', $2, NULL, $3, @2, @$}; }
  | '*' NAME ":" star_expression default_opt { $$ = (Param){'*', $2, $4, $5, span_join(@2, @4), @$}; }
  | POW NAME annotation_opt default_opt   { $$ = (Param){'d', $2, $3, $4, span_join(@2, @3), @$}; }
  | '/'                                   { $$ = (Param){'/', {0}, NULL, NULL, @$, @$}; }
  ;

annotation_opt:
    %empty           { $$ = NULL; }
  | ":" expression   { $$ = $2; }
  ;

default_opt:
    %empty           { $$ = NULL; }
  | '=' expression   { $$ = $2; }
  ;

lambda_parameters:
    %empty            { TRY($$ = build_arguments(parse, NULL)); }
  | lambda_list       { TRY($$ = build_arguments(parse, $1)); }
  | lambda_list ','   { TRY($$ = build_arguments(parse, $1)); }
  ;

lambda_list:
    lambda_param                   { $$ = NEW(ParamList); LIST_PUSH(parse, $$, $1); }
  | lambda_list ',' lambda_param   { $$ = $1; LIST_PUSH(parse, $$, $3); }
  ;

lambda_param:
    NAME default_opt       { $$ = (Param){'n', $1, NULL, $2, @1, @$}; }
  | '*'                    { $$ = (Param){'*', {0}, NULL, NULL, @$, @$}; }
  | '*' NAME default_opt   { $$ = (Param){'*', $2, NULL, $3, @2, @$}; }
  | POW NAME default_opt   { $$ = (Param){'d', $2, NULL, $3, @2, @$}; }
  | '/'                    { $$ = (Param){'/', {0}, NULL, NULL, @$, @$}; }
  ;

// ------------------------------------------------------------------------------- Expression lists

expr_or_yield:
    star_expressions
  | yield_expr
  ;

yield_expr:
    YIELD                    { TRY($$ = build_yield(parse, @$, NULL)); }
  | YIELD star_expressions   { TRY($$ = build_yield(parse, @$, $2)); }
  | YIELD FROM expression    { TRY($$ = build_yield_from(parse, @$, $3)); }
  ;

star_expressions:
    star_expression
  | star_list ','                   { TRY($$ = build_tuple(parse, @$, $1)); }
  | star_list ',' star_expression   { LIST_PUSH(parse, $1, $3); TRY($$ = build_tuple(parse, @$, $1)); }
  ;

star_list:
    star_expression                 { $$ = NEW(ExprList); LIST_PUSH(parse, $$, $1); }
  | star_list ',' star_expression   { $$ = $1; LIST_PUSH(parse, $$, $3); }
  ;

star_expression:
    expression
  | '*' expr   { TRY($$ = build_starred(parse, @$, $2)); }
  ;

star_targets:
    star_target
  | target_list ','               { TRY($$ = build_tuple(parse, @$, $1)); }
  | target_list ',' star_target   { LIST_PUSH(parse, $1, $3); TRY($$ = build_tuple(parse, @$, $1)); }
  ;

target_list:
    star_target                   { $$ = NEW(ExprList); LIST_PUSH(parse, $$, $1); }
  | target_list ',' star_target   { $$ = $1; LIST_PUSH(parse, $$, $3); }
  ;

star_target:
    expr
  | '*' expr   { TRY($$ = build_starred(parse, @$, $2)); }
  ;

star_named:
    named_expression
  | '*' expr   { TRY($$ = build_starred(parse, @$, $2)); }
  ;

named_expression:
    expression
  | expression WALRUS expression   { TRY($$ = build_named(parse, @$, $1, $3)); }
  | expression '=' expression      { build_stray_equals(parse, @$, $1); YYABORT; }
  ;

// ------------------------------------------------------------------------------- Operators

expression:
    disjunction
  | conditional
  | lambda
  ;

conditional:
    disjunction IF disjunction ELSE expression { TRY($$ = build_conditional(parse, @$, $1, $3, $5)); }
  ;

lambda:
    LAMBDA lambda_parameters ":" expression   { TRY($$ = build_lambda(parse, @$, $2, $4)); }
  ;

disjunction:
    conjunction
  | disjunction OR conjunction   { TRY($$ = build_bool(parse, @$, $1, BOOL_OR, $3)); }
  ;

conjunction:
    inversion
  | conjunction AND inversion    { TRY($$ = build_bool(parse, @$, $1, BOOL_AND, $3)); }
  ;

inversion:
    comparison
  | NOT inversion   { TRY($$ = build_unary(parse, @$, UNARY_NOT, $2)); }
  ;

comparison:
    expr
  | comparison comp_op expr   { TRY($$ = build_compare(parse, @$, $1, (CompareOp)$2, $3)); }
  ;

comp_op:
    EQ       { $$ = COMPARE_EQ; }
  | NOT_EQ   { $$ = COMPARE_NOT_EQ; }
  | '<'      { $$ = COMPARE_LT; }
  | LT_E     { $$ = COMPARE_LT_E; }
  | '>'      { $$ = COMPARE_GT; }
  | GT_E     { $$ = COMPARE_GT_E; }
  | IS       { $$ = COMPARE_IS; }
  | IS NOT   { $$ = COMPARE_IS_NOT; }
  | IN       { $$ = COMPARE_IN; }
  | NOT IN   { $$ = COMPARE_NOT_IN; }
  ;

expr:
    xor_expr
  | expr '|' xor_expr         { TRY($$ = build_binary(parse, @$, $1, BINARY_BITOR, $3)); }
  ;

xor_expr:
    and_expr
  | xor_expr '^' and_expr     { TRY($$ = build_binary(parse, @$, $1, BINARY_BITXOR, $3)); }
  ;

and_expr:
    shift_expr
  | and_expr '&' shift_expr   { TRY($$ = build_binary(parse, @$, $1, BINARY_BITAND, $3)); }
  ;

shift_expr:
    arith_expr
  | shift_expr LSHIFT arith_expr   { TRY($$ = build_binary(parse, @$, $1, BINARY_LSHIFT, $3)); }
  | shift_expr RSHIFT arith_expr   { TRY($$ = build_binary(parse, @$, $1, BINARY_RSHIFT, $3)); }
  ;

arith_expr:
    term
  | arith_expr '+' term   { TRY($$ = build_binary(parse, @$, $1, BINARY_ADD, $3)); }
  | arith_expr '-' term   { TRY($$ = build_binary(parse, @$, $1, BINARY_SUB, $3)); }
  ;

term:
    factor
  | term '*' factor        { TRY($$ = build_binary(parse, @$, $1, BINARY_MULT, $3)); }
  | term '/' factor        { TRY($$ = build_binary(parse, @$, $1, BINARY_DIV, $3)); }
  | term FLOORDIV factor   { TRY($$ = build_binary(parse, @$, $1, BINARY_FLOORDIV, $3)); }
  | term '%' factor        { TRY($$ = build_binary(parse, @$, $1, BINARY_MOD, $3)); }
  | term '@' factor        { TRY($$ = build_binary(parse, @$, $1, BINARY_MATMULT, $3)); }
  ;

factor:
    power
  | '+' factor   { TRY($$ = build_unary(parse, @$, UNARY_UADD, $2)); }
  | '-' factor   { TRY($$ = build_unary(parse, @$, UNARY_USUB, $2)); }
  | '~' factor   { TRY($$ = build_unary(parse, @$, UNARY_INVERT, $2)); }
  ;

power:
    await_expr
  | await_expr POW factor   { TRY($$ = build_binary(parse, @$, $1, BINARY_POW, $3)); }
  ;

await_expr:
    primary
  | AWAIT primary   { TRY($$ = build_await(parse, @$, $2)); }
  ;

// ------------------------------------------------------------------------------- Primaries

primary:
    atom
  | primary '.' NAME              { TRY($$ = build_attribute(parse, @$, $1, $3, @3)); }
  | primary '[' subscripts ']'    { TRY($$ = build_subscript(parse, @$, $1, $3)); }
  | primary '(' arguments ')'     { TRY($$ = build_call(parse, @$, $1, $3, span_join(@2, @4))); }
  ;

atom:
    NAME                  { $$ = build_name(parse, @$, $1); }
  | INT                   { $$ = build_number(parse, @$, false); }
  | FLOAT                 { $$ = build_number(parse, @$, true); }
  | strings               { TRY($$ = build_strings(parse, @$, $1)); }
  | NONE                  { $$ = build_constant(parse, @$, CONSTANT_NONE); }
  | TRUE                  { $$ = build_constant(parse, @$, CONSTANT_TRUE); }
  | FALSE                 { $$ = build_constant(parse, @$, CONSTANT_FALSE); }
  | ELLIPSIS              { $$ = build_constant(parse, @$, CONSTANT_ELLIPSIS); }
  | '(' paren_body ')'    { $$ = build_close_paren($2, @$); }
  | '[' list_display ']'  { $$ = $2; $$->span = @$; }
  | '{' brace_display '}' { $$ = $2; $$->span = @$; }
  ;

// Adjacent literals are one string; the value is the first one's token.
strings:
    STRING
  | strings STRING   { $$ = $1; }
  ;

paren_body:
    %empty                      { TRY($$ = build_tuple(parse, @$, NEW(ExprList))); }
  | yield_expr
  | named_expression comp_for   { TRY($$ = build_comp(parse, @$, EXPR_GENERATOR_EXP, $1, $2)); }
  | '*' expr comp_for           { build_error(parse, span_join(@1, @2), "iterable unpacking cannot be used in comprehension"); YYABORT; }
  | paren_items                 { TRY($$ = build_paren(parse, @$, $1)); }
  | paren_items ','             { $1->comma = true; TRY($$ = build_paren(parse, @$, $1)); }
  ;

paren_items:
    star_named                                   { $$ = NEW(Display); build_display_push(parse, $$, $1, NULL, @1); }
  | expression AS star_target                    { $$ = NEW(Display); build_display_push(parse, $$, $1, $3, @2); }
  | paren_items ',' star_named                   { $$ = $1; build_display_push(parse, $$, $3, NULL, @3); }
  | paren_items ',' expression AS star_target    { $$ = $1; build_display_push(parse, $$, $3, $5, @4); }
  ;

list_display:
    %empty                      { TRY($$ = build_list(parse, @$, NEW(ExprList))); }
  | named_list                  { TRY($$ = build_list(parse, @$, $1)); }
  | named_list ','              { TRY($$ = build_list(parse, @$, $1)); }
  | star_named comp_for         { TRY($$ = build_comp(parse, @$, EXPR_LIST_COMP, $1, $2)); }
  ;

named_list:
    star_named                  { $$ = NEW(ExprList); LIST_PUSH(parse, $$, $1); }
  | named_list ',' star_named   { $$ = $1; LIST_PUSH(parse, $$, $3); }
  ;

brace_display:
    %empty                                { TRY($$ = build_dict(parse, @$, NEW(DictDisplay))); }
  | dict_items                            { TRY($$ = build_dict(parse, @$, $1)); }
  | dict_items ','                        { TRY($$ = build_dict(parse, @$, $1)); }
  | expression ":" expression comp_for    { TRY($$ = build_dict_comp(parse, @$, $1, $3, $4)); }
  | POW expr comp_for                     { build_error(parse, @1, "dict unpacking cannot be used in dict comprehension"); YYABORT; }
  | named_list                            { TRY($$ = build_set(parse, @$, $1)); }
  | named_list ','                        { TRY($$ = build_set(parse, @$, $1)); }
  | star_named comp_for                   { TRY($$ = build_comp(parse, @$, EXPR_SET_COMP, $1, $2)); }
  ;

dict_items:
    expression ":" expression                  { $$ = NEW(DictDisplay); build_dict_push(parse, $$, $1, $3); }
  | POW expr                                   { $$ = NEW(DictDisplay); build_dict_push(parse, $$, NULL, $2); }
  | dict_items ',' expression ":" expression   { $$ = $1; build_dict_push(parse, $$, $3, $5); }
  | dict_items ',' POW expr                    { $$ = $1; build_dict_push(parse, $$, NULL, $4); }
  ;

comp_for:
    comp_clause            { $$ = NEW(ComprehensionList); LIST_PUSH(parse, $$, *$1); }
  | comp_for comp_clause   { $$ = $1; LIST_PUSH(parse, $$, *$2); }
  ;

comp_clause:
    FOR star_targets IN disjunction comp_ifs         { TRY($$ = build_clause(parse, $2, $4, $5, false)); }
  | ASYNC FOR star_targets IN disjunction comp_ifs   { TRY($$ = build_clause(parse, $3, $5, $6, true)); }
  ;

comp_ifs:
    %empty                    { $$ = NEW(ExprList); }
  | comp_ifs IF disjunction   { $$ = $1; LIST_PUSH(parse, $$, $3); }
  ;

subscripts:
    subscript
  | subscript_list ','             { TRY($$ = build_tuple(parse, @$, $1)); }
  | subscript_list ',' subscript   { LIST_PUSH(parse, $1, $3); TRY($$ = build_tuple(parse, @$, $1)); }
  ;

subscript_list:
    subscript                      { $$ = NEW(ExprList); LIST_PUSH(parse, $$, $1); }
  | subscript_list ',' subscript   { $$ = $1; LIST_PUSH(parse, $$, $3); }
  ;

subscript:
    star_named
  | slice_opt ":" slice_opt                 { TRY($$ = build_slice(parse, $1 ? @$ : span_join(@2, @$), $1, $3, NULL)); }
  | slice_opt ":" slice_opt ":" slice_opt   { TRY($$ = build_slice(parse, $1 ? @$ : span_join(@2, @$), $1, $3, $5)); }
  ;

slice_opt:
    %empty       { $$ = NULL; }
  | expression
  ;

arguments:
    %empty              { $$ = NEW(ArgumentList); }
  | argument_list
  | argument_list ','   { $$ = $1; LIST_PUSH(parse, $$, ((Argument){',', NULL, NULL, @2})); }
  ;

argument_list:
    argument                     { $$ = NEW(ArgumentList); LIST_PUSH(parse, $$, $1); }
  | argument_list ',' argument   { $$ = $1; LIST_PUSH(parse, $$, $3); }
  ;

argument:
    expression                              { $$ = (Argument){'e', NULL, $1, @$}; }
  | expression WALRUS expression            { Expr *named; TRY(named = build_named(parse, @$, $1, $3));
                                              $$ = (Argument){'e', NULL, named, @$}; }
  | expression '=' expression               { $$ = (Argument){'k', $1, $3, @$}; }
  | expression '=' expression comp_for      { build_stray_keyword(parse, @$, $1); YYABORT; }
  | '*' expression                          { Expr *starred; TRY(starred = build_starred(parse, @$, $2));
                                              $$ = (Argument){'*', NULL, starred, @$}; }
  | POW expression                          { $$ = (Argument){'d', NULL, $2, @$}; }
  | expression comp_for                     { Expr *generator;
                                              TRY(generator = build_comp(parse, @$, EXPR_GENERATOR_EXP, $1, $2));
                                              $$ = (Argument){'g', NULL, generator, @$}; }
  | expression WALRUS expression comp_for   { Expr *named; Expr *generator;
                                              TRY(named = build_named(parse, span_join(@1, @3), $1, $3));
                                              TRY(generator = build_comp(parse, @$, EXPR_GENERATOR_EXP, named, $4));
                                              $$ = (Argument){'g', NULL, generator, @$}; }
  ;

%%

// Tells report.c which of the tokens that matter to a message could have come here.
static int yyreport_syntax_error(const yypcontext_t *context, Parse *parse) {
  enum { COUNT = YYNTOKENS };
  yysymbol_kind_t expected[COUNT];
  int count = yypcontext_expected_tokens(context, expected, COUNT);
  Expected set = {0};
  for (int i = 0; i < count; i++) {
    switch (expected[i]) {
      case YYSYMBOL_INDENT:
        set.indent = true;
        break;
      case YYSYMBOL_EXCEPT:
        set.except = true;
        break;
      case YYSYMBOL_ELSE:
        set.else_ = true;
        break;
      case YYSYMBOL_COLON:
        set.colon = true;
        break;
      default:
        break;
    }
  }
  report_unexpected(parse, set);
  return 0;
}

// Bison calls this only when its stack is full.
static void yyerror(const Span *span, Parse *parse, const char *message) {
  (void)message;
  build_error(parse, *span, "expression is nested too deeply");
}

const char *parse_token_name(int kind) { return yysymbol_name(YYTRANSLATE(kind)); }
