// protocol.h: what any value can be asked (hash, equality, order, truth, text, length, iteration,
// operators), answered by C alone where no script is needed.
//
// These functions are leaves: they never run a script. Where the answer depends on a script (an
// instance with its own __eq__, a list that contains one, a generator to be stepped), they answer
// TRI_SCRIPT, and the caller hands over to a step function or to the prelude. That is how the VM
// never re-enters itself. Nested data deeper than VM_MAX_NESTING raises RecursionError.
#ifndef CORO_PROTOCOL_H
#define CORO_PROTOCOL_H

#include "object.h"
#include "str.h"

typedef enum {
  TRI_SCRIPT = -2,  // a script must be run to know; no exception is pending
  TRI_ERROR = -1,   // an exception is pending
  TRI_NO = 0,
  TRI_YES = 1,
} Tri;

typedef enum { CMP_LT, CMP_LE, CMP_EQ, CMP_NE, CMP_GT, CMP_GE } Compare;

// The order is the order of the opcodes ADD … XOR, and of the special method names in class.h.
typedef enum {
  BIN_ADD,
  BIN_SUB,
  BIN_MUL,
  BIN_TRUEDIV,
  BIN_FLOORDIV,
  BIN_MOD,
  BIN_POW,
  BIN_MATMUL,
  BIN_LSHIFT,
  BIN_RSHIFT,
  BIN_AND,
  BIN_OR,
  BIN_XOR,
  BIN_COUNT
} Binary;
typedef enum { UN_NEG, UN_POS, UN_INVERT, UN_COUNT } Unary;

// YES with *out set; ERROR (e.g. "unhashable type: 'list'"); SCRIPT.
Tri value_hash(VM *vm, Value v, uint64_t *out) MUST_CHECK;
uint64_t hash_of_tuple(const uint64_t *hashes, size_t count);  // of a tuple, by its items' hashes
Tri value_equal(VM *vm, Value a, Value b) MUST_CHECK;          // a == b
Tri value_same_or_equal(VM *vm, Value a, Value b) MUST_CHECK;  // a is b or a == b
// a < b &c. ERROR with "'<' not supported between instances of 'int' and 'str'".
Tri value_compare(VM *vm, Compare op, Value a, Value b) MUST_CHECK;
Tri value_truth(VM *vm, Value v) MUST_CHECK;
// A set that is looked for in a set stands for its frozenset; anything else for itself.
Value value_set_key(VM *vm, Value item);
Tri value_contains(VM *vm, Value container, Value item) MUST_CHECK;  // item in container
// YES with *out; SCRIPT when a user class's __len__ must be called;
// ERROR "object of type 'int' has no len()".
Tri value_length(VM *vm, Value v, int64_t *out) MUST_CHECK;
Tri value_repr(VM *vm, Value v, Text *out) MUST_CHECK;  // on SCRIPT what was added is garbage
Tri value_str(VM *vm, Value v, Text *out) MUST_CHECK;

// a op b for builtin operands. YES with *out. ERROR: the operation failed (ZeroDivisionError …) or
// no class supports it (TypeError "unsupported operand type(s) for +: 'int' and 'str'", with
// "+=" when in_place). SCRIPT: an operand's class is the user's, special methods must be tried.
Tri value_binary(VM *vm, Binary op, bool in_place, Value a, Value b, Value *out) MUST_CHECK;
// The builtin classes' own answer alone: *out is NOT_IMPLEMENTED where the pair is not supported
// (what int.__add__(1, "x") returns). The operands' kinds decide; user classes are not considered.
Tri value_binary_builtin(VM *vm, Binary op, Value a, Value b, Value *out) MUST_CHECK;
void value_raise_unsupported(VM *vm, Binary op, bool in_place, Value a, Value b);
Tri value_unary(VM *vm, Unary op, Value v, Value *out) MUST_CHECK;

// container[index] for builtin containers (list tuple str bytes dict range, with slices).
Tri value_get_item(VM *vm, Value container, Value index, Value *out) MUST_CHECK;
Tri value_set_item(VM *vm, Value container, Value index, Value item) MUST_CHECK;
Tri value_delete_item(VM *vm, Value container, Value index) MUST_CHECK;

// iter(v) for builtin containers and iterators. SCRIPT for user classes with __iter__ (a
// generator is its own iterator: YES). ERROR "'int' object is not iterable".
Tri value_iter(VM *vm, Value v, Value *out) MUST_CHECK;
// The next item of a builtin iterator. YES, NO at the end, SCRIPT when the iterator is a
// generator or a user object (or wraps one), ERROR.
Tri value_next(VM *vm, Value iterator, Value *out) MUST_CHECK;
// Whether walking v runs no script: *items then is a List with v's items (maybe v itself, so the
// caller only reads). SCRIPT otherwise.
Tri value_items(VM *vm, Value v, List **items) MUST_CHECK;

// An index operand (int or bool; SCRIPT for __index__): YES with *out clamped to int64.
Tri value_index(VM *vm, Value v, int64_t *out) MUST_CHECK;

// What special methods decide. True: v's class gives `special` by a script (or by anything else
// that C must not answer by v's kind alone). False: absent, or a builtin class's own.
bool value_has_script(VM *vm, Value v, int special);  // special: Special of class.h

// repr of the kinds that belong to the event loop and the interpreter (kinds that repr.c does not
// know); defined beside them.
Tri value_repr_other(VM *vm, Value v, Text *out) MUST_CHECK;
// "<__main__.Point object at 0x7f…>", what object.__repr__ says.
void value_repr_plain(VM *vm, Value v, Text *out);
// "module.qualname" of a class, the module left out for builtins: what messages and reprs show.
void value_class_path(VM *vm, Class *cls, Text *out);

Class *value_class(VM *vm, Value v);            // type(v)
const char *value_class_name(VM *vm, Value v);  // its __name__, for messages
// Whether v's class is one of the builtin ones, so that C may act on its kind alone.
bool value_is_callable(VM *vm, Value v);
bool value_is_builtin(VM *vm, Value v);

#endif
