// emit.h: the builder of one code object: instructions, labels, constants, registers, and the
// tables of exception ranges.
//
// A Unit is a code object under construction. Instructions that nothing can reach are not added, so
// whoever emits need not care whether a `return` came before. Jumps name labels; emit_finish finds
// the distances, and writes a jump that does not fit its 16 bits as a jump over a far one.
//
// Registers: 0 … local_count-1 have names, those above are temporaries, taken and given back like a
// stack: remember next_temp, take some, set it back.
//
// Which locals are certainly bound is tracked while code is made (Bound). Names that are deleted
// are not tracked, and a name that only `except … as` binds is unbound at the end of the clause
// that bound it; so no loop or try body undoes a binding from before it, and the state at its entry
// is what its head, or its handler, can rely on.
#ifndef CORO_SRC_EMIT_H
#define CORO_SRC_EMIT_H

#include "ast.h"
#include "diag.h"
#include "map.h"
#include "scope.h"
#include "vm.h"

// What the compilation of one source text shares.
typedef struct Compiler {
  VM *vm;
  Arena *arena;
  const Source *source;
  DiagList *diags;
  ScopeTree scopes;
  Module *module;
  Str *filename;
  Str *text;  // kept by the code (Code.source), or NULL
  CompileMode mode;
  Map strs;     // interned text -> Str
  bool failed;  // an error is in diags; code made from then on is thrown away
  bool future_annotations;
} Compiler;

typedef int Label;
enum { NO_LABEL = -1, NO_REGISTER = -1 };

enum { BOUND_LIMIT = 256 };  // locals beyond are checked each time
typedef struct Bound {
  uint64_t words[BOUND_LIMIT / 64];
} Bound;

typedef struct LabelState {
  int at;        // instruction, or -1
  bool reached;  // some jump goes here; bound is what they all have bound
  Bound bound;
} LabelState;

// What a `return`, `break` or `continue` has to see to on its way out, innermost first.
typedef enum BlockKind {
  BLOCK_LOOP,
  BLOCK_TRY,          // a handler waits for exceptions: nothing to do on the way out
  BLOCK_FINALLY,      // run the finally body
  BLOCK_WITH,         // call __exit__(None, None, None)
  BLOCK_HANDLING,     // an exception is being handled: nothing to do
  BLOCK_EXCEPT_NAME,  // unbind the name of `except … as name`
  BLOCK_EXCEPT_STAR,  // may not be left that way
} BlockKind;

typedef struct Block Block;
struct Block {
  BlockKind kind;
  Block *outer;
  // A protected range is open while the block is current.
  int start;
  Label handler;  // where its exceptions go, or NO_LABEL
  int reg;        // of the exception: caught (handler) or handled (BLOCK_HANDLING)
  bool covers;    // the range has instructions
  Bound bound;    // when it was entered: what the handler can rely on
  // By kind:
  Label break_label, continue_label;  // LOOP
  StmtSeq finalbody;                  // FINALLY
  bool is_async;                      // WITH
  Span span;                          // WITH
  Symbol *name;                       // EXCEPT_NAME
};

typedef struct Range {
  int start, end;
  Label handler;
  int reg;
} Range;

typedef struct Unit Unit;
struct Unit {
  Compiler *compiler;
  Unit *outer;
  Scope *scope;
  Str *name, *qualname;
  uint32_t flags;
  uint32_t first_line;
  int param_count, positional_only, keyword_only_count;
  Value doc;

  Instr *instrs;
  Position *positions;
  Label *targets;  // of a jump, else NO_LABEL
  int count, capacity;
  LabelState *labels;
  int label_count, label_capacity;
  Value *consts;
  int const_count, const_capacity;
  Map const_index;  // bits -> index + 1
  Str **sites;
  int site_count, site_capacity;
  Range *handlers, *handlings;
  int handler_count, handler_capacity, handling_count, handling_capacity;

  int fence;  // a label or a range begins or ends here; before it instructions are final

  int next_temp, register_count;
  bool reachable;
  Bound bound;
  Block *block;
  int block_depth;
};

Unit *emit_unit(Compiler *compiler, Unit *outer, Scope *scope, Str *name, Str *qualname);
// Makes the code object, verified. NULL when the compilation has failed.
Code *emit_finish(Unit *unit);

// Records the compilation's first error.
void emit_error(Unit *unit, Span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Instructions.
void emit(Unit *unit, Span span, Opcode op, int k, int a, int b, int c);
void emit_long(Unit *unit, Span span, Opcode op, int a, int32_t d);
// For roles JUMP16 (a, b and k as the opcode has them) and JUMP32 (b unused).
void emit_jump(Unit *unit, Span span, Opcode op, int k, int a, int b, Label label);
void emit_move(Unit *unit, Span span, int to, int from);

Label emit_label(Unit *unit);
void emit_place(Unit *unit, Label label);
// The head of a loop whose jumps back are yet to come: reachable if `entered`.
void emit_place_loop(Unit *unit, Label label, bool entered, const Bound *bound);
// The start of an exception handler.
void emit_place_handler(Unit *unit, const Block *block);

// Constants.
int emit_const(Unit *unit, Value value);
int emit_const16(Unit *unit, Span span, Value value);        // an index for a 16-bit operand
bool emit_has_const16(Unit *unit, Value value, int *index);  // false: does not fit
// A new dict in which `count` entries will be put.
void emit_dict(Unit *unit, Span span, int to, int count);
void emit_load_const(Unit *unit, Span span, int to, Value value);
int emit_site(Unit *unit, Span span, Str8 name);
// The str of a text; identifiers are interned.
Str *emit_str(Compiler *compiler, Str8 text);

// Registers.
int emit_temp(Unit *unit, Span span);                 // the next one
void emit_reserve(Unit *unit, Span span, int count);  // so many above next_temp are used
static inline bool emit_is_temp(const Unit *unit, int reg) {
  return reg >= unit->scope->local_count;
}
bool emit_is_bound(const Unit *unit, int reg);
void emit_set_bound(Unit *unit, int reg);
void emit_clear_bound(Unit *unit, int reg);

// Blocks. `handler` NO_LABEL and kind other than HANDLING: no range.
void emit_push(Unit *unit, Block *block, Span span);
void emit_pop(Unit *unit);
// Steps out of the current block for the code of its exit, and back in.
void emit_suspend(Unit *unit);
void emit_resume(Unit *unit, Block *block);

#endif
