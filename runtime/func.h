// func.h: functions written in Coro, cells, bound methods, and the small wrapper objects around
// functions (property, staticmethod, classmethod, super).
#ifndef CORO_FUNC_H
#define CORO_FUNC_H

#include "object.h"

typedef struct {
  Object header;
  Value value;  // EMPTY: unbound
} Cell;

struct Function {
  Object header;
  Code *code;
  Tuple *defaults;    // of the last parameters, or NULL
  Dict *kwdefaults;   // or NULL
  Dict *annotations;  // or NULL
  Dict *fields;   // __name__, __qualname__, __doc__, __module__ as the program set them, or NULL
  Dict *attrs;    // its __dict__, or NULL
  Cell *cells[];  // code->capture_count free variables
};

typedef struct {
  Object header;
  Value function;
  Value receiver;
} Method;

typedef struct {
  Object header;
  Value get, set, del, doc;  // EMPTY or NONE when absent
  Str *name;                 // of the class attribute that it became first, or NULL
} Property;

typedef struct {  // staticmethod and classmethod: the class tells which
  Object header;
  Value function;
} Wrapper;

typedef struct {
  Object header;
  Class *start;    // look-up begins after this class in the MRO of
  Value receiver;  // an instance or a class
} Super;

Cell *cell_new(VM *vm, Value value);
Value method_new(VM *vm, Value function, Value receiver);
Value classmethod_new(VM *vm, Value function);
Value staticmethod_new(VM *vm, Value function);
void func_install(VM *vm);
void func_mark(VM *vm, Object *object);
void cell_mark(VM *vm, Object *object);
void method_mark(VM *vm, Object *object);
void property_mark(VM *vm, Object *object);
void wrapper_mark(VM *vm, Object *object);
void super_mark(VM *vm, Object *object);

#endif
