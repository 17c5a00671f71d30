// code.h: code objects: what the compiler makes and the interpreter loop runs.
//
// An instruction is 8 bytes: opcode, a small operand k, and three 16-bit operands; or `a` and one
// 32-bit operand d in place of b and c. opcodes.def says what each means. Code is immutable once
// verified; what the VM learns while running goes into `sites`.
#ifndef CORO_CODE_H
#define CORO_CODE_H

#include "object.h"

typedef enum {
#define OP(name, k, a, b, c, flags, meaning) OP_##name,
#include "opcodes.def"
#undef OP
  OP_COUNT
} Opcode;

typedef struct {
  uint8_t op;
  uint8_t k;
  uint16_t a;
  union {
    struct {
      uint16_t b, c;
    };
    int32_t d;
  };
} Instr;

// k of a CALL: what becomes of its value.
enum {
  CALL_KEPT = 0,
  CALL_AWAITED = 1,  // the next instruction is AWAIT a, a
  CALL_DROPPED = 2,  // it is an expression statement
};

// Where in the source an instruction comes from. Lines from 1, columns from 0 in bytes.
typedef struct {
  uint32_t line, end_line;
  uint16_t column, end_column;  // clipped to 65535
} Position;

// One attribute access: the name, and what the last execution found.
typedef struct {
  Str *name;
  uint32_t shape_id;  // or a module's id; 0: nothing cached
  uint32_t version;   // of the class; 0: slot access, no class attribute involved
  uint32_t slot;
  union {
    Value value;        // LOAD_METHOD: the method, kept alive by its class
    Shape *next_shape;  // STORE_ATTR: the shape after adding the attribute, or NULL
  };
} AttrSite;

// None of the next three has padding: marshal.c writes them as they are, and the same library is
// the same bytes.

// Instructions [start, end): an exception in one of them goes to `target` with the exception in
// register `reg`. Inner ranges come before outer ones.
typedef struct {
  uint32_t start, end, target;
  uint32_t reg;
} Handler;

// While an instruction of [start, end) runs, the exception in `reg` is the one being handled: what
// a bare raise re-raises, and the __context__ of a new one. Inner ranges come first.
typedef struct {
  uint32_t start, end;
  uint32_t reg;
} Handling;

// How MAKE_FUNCTION fills free variable i: from register `index` of the enclosing frame (it holds
// a cell), or from the enclosing function's own free variable `index`.
typedef struct {
  uint16_t from_register;  // or not
  uint16_t index;
} Capture;

enum {
  CODE_GENERATOR = 1,
  CODE_COROUTINE = 2,
  CODE_ASYNC_GENERATOR = 4,
  CODE_SUSPENDS = CODE_GENERATOR | CODE_COROUTINE | CODE_ASYNC_GENERATOR,
  CODE_VARARGS = 8,
  CODE_VARKEYWORDS = 16,
  CODE_MODULE = 32,
  CODE_CLASS_BODY = 64,    // register 0 is the namespace dict
  CODE_SIMPLE_CALL = 128,  // not suspending, no varargs, varkeywords or keyword-only parameters
  CODE_HIDDEN = 256,       // library frames that a traceback folds away
  CODE_LAMBDA = 512,
  CODE_ITERABLE_COROUTINE = 2048,  // a generator marked by types.coroutine
  // A __new__ whose result is of the very class that it is given, so that __init__ is that class's.
  CODE_PLAIN_NEW = 4096,
  CODE_SIMPLE_AWAIT = 8192,  // a coroutine's, otherwise like CODE_SIMPLE_CALL
  CODE_LIBRARY = 16384,      // of the embedded library: never the place of a program's mistake
};

struct Code {
  Object header;
  Instr *instrs;
  uint32_t instr_count;
  uint32_t flags;
  uint16_t register_count;
  // Registers 0.. hold: positional-only and ordinary parameters, keyword-only ones, then *args,
  // then **kwargs; other locals; temporaries.
  uint16_t param_count;      // positional-only and ordinary
  uint16_t positional_only;  // of those
  uint16_t keyword_only_count;
  uint16_t local_count;  // registers with a name (parameters included)
  uint32_t const_count, site_count, handler_count, handling_count, capture_count;
  Value *consts;
  AttrSite *sites;
  Handler *handlers;
  Handling *handlings;
  Capture *captures;
  Position *positions;  // one an instruction
  Str **local_names;    // local_count: names of registers
  Str **free_names;     // capture_count
  Str *name, *qualname;
  Value doc;       // a str or NONE
  Module *module;  // whose globals the code uses
  Str *filename;
  Str *source;  // its own text, where the module is made of many (a session); NULL: the module's
  uint32_t first_line;
  const struct FastMethod *fast;  // the C version of a library function (fast.h), or NULL
};

Code *code_new(VM *vm);  // empty; the compiler fills it, arrays are heap buffers it hands over
void code_mark(VM *vm, Object *object);
void code_free(VM *vm, Object *object);

// What the opcode table says about an opcode.
typedef struct {
  const char *name;
  uint8_t k, a, b, c;  // OperandRole
  uint16_t flags;      // OPF_…
  const char *meaning;
} OpcodeInfo;
extern const OpcodeInfo opcode_table[OP_COUNT];

typedef enum {
  ROLE_NONE,
  ROLE_WRITE,  // register written
  ROLE_READ,   // register read
  ROLE_READ_WRITE,
  ROLE_BASE,     // first register of a run (meaning says how long)
  ROLE_CONST,    // index into consts
  ROLE_SITE,     // index into sites
  ROLE_FREE,     // index of a free variable
  ROLE_GLOBAL,   // d: a slot of the module's globals
  ROLE_JUMP16,   // c as int16_t: relative to the next instruction
  ROLE_JUMP32,   // d: relative to the next instruction
  ROLE_NUMBER,   // a plain number
  ROLE_CONST32,  // d: index into consts
  ROLE_IMM32,    // d: a small integer
  ROLE_IMM16,    // c as int16_t: a small integer
} OperandRole;

enum {
  OPF_RAISES = 1,  // may raise
  OPF_CALLS = 2,   // may enter another frame; the result arrives in register a
  OPF_JUMPS = 4,
  OPF_ENDS = 8,  // control never falls through
  OPF_SUSPENDS = 16,
};

#endif
