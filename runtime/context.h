// context.h: contextvars: Context, ContextVar, Token.
//
// Most tasks never set a context variable, so a copy of a context is not made until one is set.
// Where a context is kept (a task's, a callback's, the running code's own) the field is a Value:
//
//   EMPTY      no variable is set
//   a Dict     a snapshot (variable -> value), shared, never changed
//   a Context  an object that a program has seen, or that has been written to
//
// A Context's dict may be a snapshot too (CONTEXT_SHARED): it is copied before it is changed.
#ifndef CORO_CONTEXT_H
#define CORO_CONTEXT_H

#include "vm.h"

typedef struct {
  Object header;  // flags: CONTEXT_…
  Dict *vars;     // NULL: empty
} Context;

enum {
  CONTEXT_SHARED = 0x10,   // vars is also a snapshot somewhere
  CONTEXT_ENTERED = 0x20,  // Context.run is running in it
};

typedef struct {
  Object header;
  Str *name;
  Value initial;  // EMPTY: no default
} ContextVar;

typedef struct {
  Object header;  // flags: TOKEN_USED
  ContextVar *var;
  Context *context;
  Value old;  // EMPTY: the variable was not set
} Token;

enum { TOKEN_USED = 0x10 };

static inline Context *as_context(Value v) {
  assert(is_kind(v, KIND_CONTEXT));
  return (Context *)as_object(v);
}

// copy_context() as a Value of the kind described above: O(1).
Value context_snapshot(VM *vm);
// A context= argument: EMPTY or None gives a snapshot. False: TypeError pending.
bool context_argument(VM *vm, Value given, Value *out) MUST_CHECK;

void context_mark(VM *vm, Object *object);
void context_var_mark(VM *vm, Object *object);
void token_mark(VM *vm, Object *object);
void context_install(VM *vm);
void context_add_to_module(VM *vm, Module *module);
// The variables of a Context, for reading; never NULL.
Dict *context_vars(VM *vm, Value context);
// context[key]: NO when it is not set, ERROR when the key is no ContextVar.
Tri context_get(VM *vm, Value context, Value key, Value *out) MUST_CHECK;
// repr of the three kinds.
Tri context_repr(VM *vm, Value v, Text *out) MUST_CHECK;

#endif
