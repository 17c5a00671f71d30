// scope.h: what each name of a program means, decided before any code is made.
//
// Every module, class body, function, lambda and comprehension has a Scope. A scope knows its names
// (Symbols) and, for each, how code in it gets at the value: NameKind. Private names of classes
// (`__x`) are looked up under their mangled form, scope_mangle.
//
// Invariants once scope_analyse has answered true:
//  - A symbol of kind LOCAL or CELL has a register; registers 0 … local_count-1 are the scope's
//    named ones, parameters first in the order of code.h.
//  - captures[i]->capture == i. The enclosing scope has each of them as a CELL, or as a capture of
//    its own; only `__class__` of a class body is a register without a symbol (class_cell).
#ifndef CORO_SRC_SCOPE_H
#define CORO_SRC_SCOPE_H

#include "ast.h"
#include "diag.h"
#include "map.h"

typedef enum ScopeKind {
  SCOPE_MODULE,
  SCOPE_CLASS,
  SCOPE_FUNCTION,
  SCOPE_LAMBDA,
  SCOPE_COMPREHENSION,
} ScopeKind;

typedef enum NameKind {
  NAME_GLOBAL,     // a slot of the module
  NAME_LOCAL,      // a register
  NAME_CELL,       // a register that holds a cell, because an inner function uses the name
  NAME_FREE,       // a cell of an enclosing function
  NAME_NAMESPACE,  // a class body's own name: in the namespace dict, or else a global
} NameKind;

enum {
  SYMBOL_ASSIGNED = 1,
  SYMBOL_PARAM = 2,
  SYMBOL_USED = 4,
  SYMBOL_GLOBAL = 8,     // declared so
  SYMBOL_NONLOCAL = 16,  // declared so
  SYMBOL_ANNOTATED = 32,
  SYMBOL_DELETED = 64,     // by `del`, or where its being bound is otherwise hard to follow
  SYMBOL_ITERATION = 128,  // bound by a comprehension's `for`
  SYMBOL_PASSED_ON = 256,  // here only because an inner scope captures it
  SYMBOL_EXCEPT = 512,     // bound by `except … as name`, which unbinds it at the end
  SYMBOL_HANDLING = 1024,  // while walking such a clause
};

typedef struct Symbol {
  Str8 name;  // mangled
  unsigned flags;
  NameKind kind;
  int reg;      // of LOCAL and CELL, else -1
  int capture;  // index among the scope's captures, or -1
  Span span;    // of the declaration, for messages
} Symbol;

typedef struct Scope Scope;
struct Scope {
  ScopeKind kind;
  const void *node;  // the Stmt, Expr or AstModule it belongs to
  Scope *parent;
  Scope *first_child, *last_child, *next;
  Str8 class_name;  // of the innermost class around, for mangling; data NULL: none
  Map by_name;
  Symbol **symbols;
  int symbol_count, symbol_capacity;
  Symbol **captures;
  int capture_count, capture_capacity;
  int local_count;
  int class_cell;        // register of a class body's `__class__` cell, or -1
  bool is_async;         // async def
  bool is_generator;     // has yield
  bool suspends;         // has await, async for, async with, or a comprehension that has
  bool has_walrus;       // := binds a name here
  bool has_annotations;  // a module or class with annotated names
  bool needs_class;      // uses super or __class__
};

typedef struct ScopeTree {
  Arena *arena;
  Scope *module;
  Map by_node;
} ScopeTree;

// Builds and resolves the scopes of a module. False: the error is in diags.
bool scope_analyse(Arena *arena, const AstModule *module, DiagList *diags, ScopeTree *tree);

// The scope of a definition, lambda or comprehension.
Scope *scope_of(const ScopeTree *tree, const void *node);
// A name (not mangled yet) as seen from a scope; NULL when the scope does not mention it.
Symbol *scope_find(Arena *arena, const Scope *scope, Str8 name);
// `__x` inside class C is `_C__x`.
Str8 scope_mangle(Arena *arena, Str8 class_name, Str8 name);

static inline bool scope_is_function(const Scope *scope) { return scope->kind >= SCOPE_FUNCTION; }

#endif
