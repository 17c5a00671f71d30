// interp.c: the interpreter loop. Start here.
//
// One C function, run(), executes every frame of a thread: bytecode frames instruction by
// instruction, step frames (natives that need scripts) by calling their step function. A call, a
// return, an await, a yield and a task switch all do the same thing: they choose another heap
// frame to be `frame` and go on. run() never calls itself.
//
// Where to look:
//   a call enters a frame           CALL, enter_call
//   a value goes back to a frame    deliver:
//   an await suspends               AWAIT, suspend:   (the innermost frame is stored in the root)
//   a chain is resumed              generator.c: generator_resume, then switch_frame: here
//   a task's next step              loop.c's step function, entered at run_step:
//   an exception finds its handler  unwind:
//   the collector runs              safepoint() only
//
// Invariants. `frame`, `pc`, `regs` and `consts` describe the running bytecode frame; pc points
// after the running instruction. frame->ip is current only after SAVE(). vm->frame is current at
// safepoints and while another frame is being made.
//
// This file is compiled twice: as it stands, it is the plain loop; within interp_observed.c it is
// the one that tells an observer (observe.h) what it does. interp_call chooses between them.
//
// To add an opcode: a row in opcodes.def, its CASE here, and the compiler's emission of it.
#include "interp.h"

#include <math.h>

#include "attr.h"
#include "await.h"
#include "call.h"
#include "fast.h"
#include "float.h"
#include "frame_lists.h"
#include "generator.h"
#include "heap_private.h"
#include "hogwatch.h"
#include "import.h"
#include "int.h"
#include "iterator.h"
#include "observe.h"
#include "operators.h"
#include "signals.h"
#include "thread.h"
#include "unwind.h"

#ifndef OBSERVED  // else interp_observed.c has said what it is to be
#define OBSERVED 0
#define RUN static bool run
#endif

#define SAVE() (frame->ip = pc)
// Operands are read where they lie: a local copy of the instruction costs registers (a tenth of
// fib's time).
#define A (pc[-1].a)
#define B (pc[-1].b)
#define C (pc[-1].c)
#define D (pc[-1].d)
#define K (pc[-1].k)
#define RA (regs[A])
#define RB (regs[B])
#define RC (regs[C])
#define KC (consts[C])
#define KB (consts[B])

// What describes the running frame, after `frame` was changed.
#define LOAD_FRAME()              \
  do {                            \
    pc = frame->ip;               \
    regs = frame->regs;           \
    consts = frame->code->consts; \
  } while (0)

#define CASE(name) L_##name:
#define NEXT()                                        \
  do {                                                \
    pc++;                                             \
    if (OBSERVED) observe_instruction(vm, frame, pc); \
    goto *labels[pc[-1].op];                          \
  } while (0)

// A taken jump is a safepoint, so that a loop can be interrupted and its garbage collected.
#define JUMP_BY(offset)                               \
  do {                                                \
    pc += (offset);                                   \
    if (unlikely(vm->interrupt != 0)) goto safepoint; \
    NEXT();                                           \
  } while (0)

// The collector and other threads have their turn here. Signals have theirs at the label.
static void safepoint(VM *vm, Frame *frame) {
  vm->frame = frame;
  uint32_t requests = vm->interrupt;
  Heap *heap = vm->heap;
  if (requests & INTERRUPT_COLLECT) {
    if (heap->stress == 0) {
      vm->interrupt &= ~(uint32_t)INTERRUPT_COLLECT;
      heap_collect(vm);
    } else if (++heap->stress_count >= heap->stress) {
      heap->stress_count = 0;
      heap_collect(vm);
    }
  }
  if (requests & INTERRUPT_SAMPLE) {
    vm->interrupt &= ~(uint32_t)INTERRUPT_SAMPLE;
    hogwatch_sample(vm, frame);
  }
  if (requests & INTERRUPT_QUOTA) quota_reach_time(vm, frame);
  if (requests & INTERRUPT_SWITCH) thread_yield(vm);
  if (requests & INTERRUPT_SIGNAL && !thread_is_main(vm)) {
    thread_yield(vm);  // the main thread's business
  }
}

#define INLINE static inline __attribute__((always_inline))

INLINE Value small_or_big(VM *vm, int64_t i) {
  return likely(fits_small_int(i)) ? small_int(i) : int_from_i64(vm, i);
}

// Floor division and modulo of small ints, divisor not 0.
INLINE int64_t floor_div(int64_t a, int64_t b) {
  if (likely((uint64_t)(a | b) >> 32 == 0)) return (int64_t)((uint32_t)a / (uint32_t)b);
  int64_t q = a / b;
  return q - ((a % b != 0) & ((a ^ b) < 0));
}
INLINE int64_t floor_mod(int64_t a, int64_t b) {
  // Dividing 32 bits is faster: two thirds of the time of a loop of `%`.
  if (likely((uint64_t)(a | b) >> 32 == 0)) return (int64_t)((uint32_t)a % (uint32_t)b);
  int64_t r = a % b;
  return r != 0 && (r ^ b) < 0 ? r + b : r;
}

static bool raise_unbound(VM *vm, Class *cls, const char *format, Value name) {
  Str *s = as_str(name);
  vm_raise(vm, cls, format, (int)s->length, s->data);
  if (is_exception(vm->exception)) as_exception(vm->exception)->payload = name;
  return false;
}

static bool raise_unbound_local(VM *vm, Value name) {
  return raise_unbound(
      vm, vm->exceptions.UnboundLocalError,
      "cannot access local variable '%.*s' where it is not associated with a value", name);
}

static bool raise_unbound_free(VM *vm, Value name) {
  return raise_unbound(vm, vm->exceptions.NameError,
                       "cannot access free variable '%.*s' where it is not associated with a value "
                       "in enclosing scope",
                       name);
}

static bool raise_undefined(VM *vm, Value name) {
  return raise_unbound(vm, vm->exceptions.NameError, "name '%.*s' is not defined", name);
}

static Value make_function(VM *vm, Frame *frame, Code *code, const Value *base, unsigned parts) {
  Function *function = heap_alloc(vm, KIND_FUNCTION, vm->function_class,
                                  sizeof(Function) + code->capture_count * sizeof(Cell *));
  function->code = code;
  if (parts & 1) function->defaults = as_tuple(base[0]);
  if (parts & 2) function->kwdefaults = as_dict(base[1]);
  if (parts & 4) function->annotations = as_dict(base[2]);
  for (uint32_t i = 0; i < code->capture_count; i++) {
    Capture capture = code->captures[i];
    function->cells[i] = capture.from_register ? (Cell *)as_object(frame->regs[capture.index])
                                               : frame->function->cells[capture.index];
  }
  return from_object(function);
}

// The items of a list or tuple, for UNPACK's common case.
static inline bool direct_items(VM *vm, Value v, const Value **items, size_t *count) {
  if (is_tuple(v) && as_object(v)->cls == vm->tuple_class) {
    *items = as_tuple(v)->items;
    *count = as_tuple(v)->count;
    return true;
  }
  if (is_list(v) && as_object(v)->cls == vm->list_class && as_list(v)->count > 0) {
    *items = as_list(v)->items;
    *count = as_list(v)->count;
    return true;
  }
  return false;
}

// Runs from `frame` on until the bottom frame is done. A bottom frame is a step frame without a
// step function (def->step == NULL).
RUN(VM *vm, Frame *frame, Value *result) {
  static const void *const labels[] = {
#define OP(name, k, a, b, c, flags, meaning) &&L_##name,
#include "opcodes.def"
#undef OP
  };
  const Instr *pc = NULL;
  Value *regs = NULL;
  const Value *consts = NULL;
  Frame *callee;
  const Value *args;
  int nargs;
  Value value = EMPTY;
  Value out;
  Tri tri;
  Called called;
  Compare compare;
  Binary binary;

  goto enter;

  // ---- moving values

  CASE(MOVE)
  RA = RB;
  NEXT();

  CASE(LOAD_CONST)
  RA = consts[D];
  NEXT();

  CASE(LOAD_INT)
  RA = small_int(D);
  NEXT();

  CASE(LOAD_NONE)
  RA = NONE;
  NEXT();

  CASE(LOAD_EMPTY)
  RA = EMPTY;
  NEXT();

  CASE(CHECK_BOUND)
  if (unlikely(is_empty(RA))) {
    raise_unbound_local(vm, consts[D]);
    goto error;
  }
  NEXT();

  CASE(DELETE_LOCAL)
  if (unlikely(is_empty(RA))) {
    raise_unbound_local(vm, consts[D]);
    goto error;
  }
  RA = EMPTY;
  NEXT();

  CASE(LOAD_GLOBAL)
  {
    Module *module = frame->code->module;
    value = module->slots[D];
    if (unlikely(is_empty(value))) {
      Str *name = module_slot_name(module, (uint32_t)D);
      SAVE();
      tri = import_lazy_builtin(vm, module, name, &RA);
      if (tri == TRI_YES) NEXT();
      if (tri == TRI_SCRIPT) goto call_pending_value;
      raise_undefined(vm, from_object(name));
      goto error;
    }
    RA = value;
    NEXT();
  }

  CASE(STORE_GLOBAL)
  module_set_slot(vm, frame->code->module, (uint32_t)D, RA);
  NEXT();

  CASE(DELETE_GLOBAL)
  if (!module_delete_slot(vm, frame->code->module, (uint32_t)D)) {
    raise_undefined(vm, from_object(module_slot_name(frame->code->module, (uint32_t)D)));
    goto error;
  }
  NEXT();

  CASE(LOAD_NAME)
  RA = dict_get_str(as_dict(RB), as_str(KC));
  NEXT();

  CASE(STORE_NAME)
  if (likely(as_object(RB)->cls == vm->dict_class)) {
    dict_set_str(vm, as_dict(RB), as_str(KC), RA);
    NEXT();
  }
  SAVE();
  called = operator_set_item(vm, frame, RB, KC, RA, &out);  // a namespace from __prepare__
  goto called_discard;

  CASE(DELETE_NAME)
  if (!dict_delete_str(vm, as_dict(RB), as_str(KC))) {
    raise_undefined(vm, KC);
    goto error;
  }
  NEXT();

  CASE(JUMP_IF_BOUND)
  if (!is_empty(RA)) JUMP_BY(D);
  NEXT();

  CASE(MAKE_CELL)
  RA = from_object(cell_new(vm, RA));
  NEXT();

  CASE(LOAD_CELL)
  value = ((Cell *)as_object(RB))->value;
  if (unlikely(is_empty(value))) {
    raise_unbound_local(vm, KC);
    goto error;
  }
  RA = value;
  NEXT();

  CASE(STORE_CELL)
  ((Cell *)as_object(RB))->value = RA;
  NEXT();

  CASE(DELETE_CELL)
  {
    Cell *cell = (Cell *)as_object(RB);
    if (is_empty(cell->value)) {
      raise_unbound_local(vm, KC);
      goto error;
    }
    cell->value = EMPTY;
    NEXT();
  }

  CASE(LOAD_FREE)
  value = frame->function->cells[B]->value;
  if (unlikely(is_empty(value))) {
    raise_unbound_free(vm, KC);
    goto error;
  }
  RA = value;
  NEXT();

  CASE(STORE_FREE)
  frame->function->cells[B]->value = RA;
  NEXT();

  CASE(DELETE_FREE)
  if (is_empty(frame->function->cells[B]->value)) {
    raise_unbound_free(vm, KC);
    goto error;
  }
  frame->function->cells[B]->value = EMPTY;
  NEXT();

  CASE(LOAD_FREE_IF_BOUND)
  RA = frame->function->cells[B]->value;
  NEXT();

  // ---- arithmetic: ints and floats here, everything else in binary_slow

#define OPERANDS(right) \
  Value left = RB;      \
  Value right_ = (right)
// Small ints lie in the low 48 bits: shifted up by 16, the sum overflows 64 bits exactly when it
// leaves the small range.
#define ADD_LIKE(name, right, builtin, op)                                          \
  CASE(name)                                                                        \
  {                                                                                 \
    OPERANDS(right);                                                                \
    if (likely(are_small_ints(left, right_))) {                                     \
      int64_t sum;                                                                  \
      if (likely(!builtin((int64_t)(left << 16), (int64_t)(right_ << 16), &sum))) { \
        RA = small_int_shifted((uint64_t)sum);                                      \
        NEXT();                                                                     \
      }                                                                             \
    } else if (is_double(left)) {                                                   \
      if (is_double(right_)) {                                                      \
        RA = from_double(as_double(left) op as_double(right_));                     \
        NEXT();                                                                     \
      }                                                                             \
      if (is_small_int(right_)) {                                                   \
        RA = from_double(as_double(left) op(double) as_small_int(right_));          \
        NEXT();                                                                     \
      }                                                                             \
    } else if (is_double(right_) && is_small_int(left)) {                           \
      RA = from_double((double)as_small_int(left) op as_double(right_));            \
      NEXT();                                                                       \
    }                                                                               \
    value = right_;                                                                 \
    goto binary_slow;                                                               \
  }
  ADD_LIKE(ADD, RC, __builtin_add_overflow, +)
  ADD_LIKE(ADD_K, KC, __builtin_add_overflow, +)
  ADD_LIKE(SUB, RC, __builtin_sub_overflow, -)
  ADD_LIKE(SUB_K, KC, __builtin_sub_overflow, -)

#define MUL_LIKE(name, right)                                                                    \
  CASE(name)                                                                                     \
  {                                                                                              \
    OPERANDS(right);                                                                             \
    if (are_small_ints(left, right_)) {                                                          \
      int64_t product;                                                                           \
      if (likely(                                                                                \
              !__builtin_mul_overflow((int64_t)(left << 16), as_small_int(right_), &product))) { \
        RA = small_int_shifted((uint64_t)product);                                               \
        NEXT();                                                                                  \
      }                                                                                          \
    } else if (is_double(left)) {                                                                \
      if (is_double(right_)) {                                                                   \
        RA = from_double(as_double(left) * as_double(right_));                                   \
        NEXT();                                                                                  \
      }                                                                                          \
      if (is_small_int(right_)) {                                                                \
        RA = from_double(as_double(left) * (double)as_small_int(right_));                        \
        NEXT();                                                                                  \
      }                                                                                          \
    } else if (is_double(right_) && is_small_int(left)) {                                        \
      RA = from_double((double)as_small_int(left) * as_double(right_));                          \
      NEXT();                                                                                    \
    }                                                                                            \
    value = right_;                                                                              \
    goto binary_slow;                                                                            \
  }
  MUL_LIKE(MUL, RC)
  MUL_LIKE(MUL_K, KC)

#define TRUEDIV_LIKE(name, right)       \
  CASE(name)                            \
  {                                     \
    OPERANDS(right);                    \
    double x = 0, y = 0;                \
    if (is_double(left)) {              \
      x = as_double(left);              \
    } else if (is_small_int(left)) {    \
      x = (double)as_small_int(left);   \
    } else {                            \
      value = right_;                   \
      goto binary_slow;                 \
    }                                   \
    if (is_double(right_)) {            \
      y = as_double(right_);            \
    } else if (is_small_int(right_)) {  \
      y = (double)as_small_int(right_); \
    }                                   \
    if (unlikely(y == 0)) {             \
      value = right_;                   \
      goto binary_slow;                 \
    }                                   \
    RA = from_double(x / y);            \
    NEXT();                             \
  }
  TRUEDIV_LIKE(TRUEDIV, RC)
  TRUEDIV_LIKE(TRUEDIV_K, KC)

#define INT_LIKE(name, right, condition, expression)            \
  CASE(name)                                                    \
  {                                                             \
    OPERANDS(right);                                            \
    if (likely(are_small_ints(left, right_))) {                 \
      int64_t x = as_small_int(left), y = as_small_int(right_); \
      if (likely(condition)) {                                  \
        RA = expression;                                        \
        NEXT();                                                 \
      }                                                         \
    }                                                           \
    value = right_;                                             \
    goto binary_slow;                                           \
  }
  INT_LIKE(FLOORDIV, RC, y != 0, small_or_big(vm, floor_div(x, y)))
  INT_LIKE(FLOORDIV_K, KC, y != 0, small_or_big(vm, floor_div(x, y)))
  INT_LIKE(MOD, RC, y != 0, small_int(floor_mod(x, y)))
  INT_LIKE(MOD_K, KC, y != 0, small_int(floor_mod(x, y)))
  INT_LIKE(LSHIFT, RC, y >= 0 && y < 15 && x >= 0, small_or_big(vm, x << y))
  INT_LIKE(LSHIFT_K, KC, y >= 0 && y < 15 && x >= 0, small_or_big(vm, x << y))
  INT_LIKE(RSHIFT, RC, y >= 0 && y < 64, small_int(x >> y))
  INT_LIKE(RSHIFT_K, KC, y >= 0 && y < 64, small_int(x >> y))
  INT_LIKE(AND, RC, true, small_int(x & y))
  INT_LIKE(AND_K, KC, true, small_int(x & y))
  INT_LIKE(OR, RC, true, small_int(x | y))
  INT_LIKE(OR_K, KC, true, small_int(x | y))
  INT_LIKE(XOR, RC, true, small_int(x ^ y))
  INT_LIKE(XOR_K, KC, true, small_int(x ^ y))

  CASE(POW)
  CASE(MATMUL)
  value = RC;
  goto binary_slow;

  CASE(POW_K)
  CASE(MATMUL_K)
  value = KC;
  goto binary_slow;

binary_slow:  // RB op value
  binary = (Binary)(pc[-1].op >= OP_ADD_K ? pc[-1].op - OP_ADD_K : pc[-1].op - OP_ADD);
  SAVE();
  vm->frame = frame;
  tri = value_binary(vm, binary, K != 0, RB, value, &out);
  if (tri == TRI_YES) {
    RA = out;
    NEXT();
  }
  if (tri == TRI_ERROR) goto error;
  called = operator_binary(vm, frame, binary, K != 0, RB, value, &out);
  goto called;

  CASE(NEG)
  value = RB;
  if (is_small_int(value) && value != VALUE_INT_TAG) {
    RA = small_or_big(vm, -as_small_int(value));
    NEXT();
  }
  if (is_double(value)) {
    RA = from_double(-as_double(value));
    NEXT();
  }
  goto unary_slow;

  CASE(POS)
  CASE(INVERT)
  value = RB;
unary_slow : {
  Unary unary = (Unary)(pc[-1].op - OP_NEG);
  SAVE();
  tri = value_unary(vm, unary, value, &out);
  if (tri == TRI_YES) {
    RA = out;
    NEXT();
  }
  if (tri == TRI_ERROR) goto error;
  called = operator_unary(vm, frame, unary, value, &out);
  goto called;
}

  CASE(NOT)
  value = RB;
  if (is_bool(value)) {
    RA = value ^ 1;
    NEXT();
  }
  SAVE();
  vm->frame = frame;
  tri = value_truth(vm, value);
  if (tri >= 0) {
    RA = from_bool(!tri);
    NEXT();
  }
  if (tri == TRI_ERROR) goto error;
  called = operator_truth(vm, frame, value, &out);
  if (called == CALL_DONE) {
    RA = from_bool(out != TRUE_VALUE);
    NEXT();
  }
  if (called == CALL_RAISED) goto error;
  frame->header.extra = RESUME_NOT;
  goto entered;

  // ---- comparison

#define COMPARE(name, op, symbol)                                    \
  CASE(name)                                                         \
  {                                                                  \
    Value left = RB, right = RC;                                     \
    if (are_small_ints(left, right)) {                               \
      RA = from_bool(as_small_int(left) symbol as_small_int(right)); \
      NEXT();                                                        \
    }                                                                \
    if (is_double(left) && is_double(right)) {                       \
      RA = from_bool(as_double(left) symbol as_double(right));       \
      NEXT();                                                        \
    }                                                                \
    compare = op;                                                    \
    goto compare_slow;                                               \
  }
  COMPARE(LT, CMP_LT, <)
  COMPARE(LE, CMP_LE, <=)
  COMPARE(EQ, CMP_EQ, ==)
  COMPARE(NE, CMP_NE, !=)
  COMPARE(GT, CMP_GT, >)
  COMPARE(GE, CMP_GE, >=)

compare_slow:
  SAVE();
  called = operator_compare(vm, frame, compare, RB, RC, &out);
  goto called;

  CASE(IS)
  RA = from_bool((RB == RC) != K);
  NEXT();

  CASE(IN)
  SAVE();
  tri = value_contains(vm, RC, RB);
  if (tri >= 0) {
    RA = from_bool((tri == TRI_YES) != K);
    NEXT();
  }
  if (tri == TRI_ERROR) goto error;
  called = operator_contains(vm, frame, RC, RB, K, &out);
  goto called;

#define COMPARE_JUMP(name, right, op, symbol)                 \
  CASE(name)                                                  \
  {                                                           \
    Value left = RA, right_ = (right);                        \
    bool holds;                                               \
    if (likely(are_small_ints(left, right_))) {               \
      holds = as_small_int(left) symbol as_small_int(right_); \
    } else if (is_double(left) && is_double(right_)) {        \
      holds = as_double(left) symbol as_double(right_);       \
    } else {                                                  \
      compare = op;                                           \
      value = right_;                                         \
      goto compare_jump_slow;                                 \
    }                                                         \
    if (holds == K) JUMP_BY((int16_t)C);                      \
    NEXT();                                                   \
  }
  COMPARE_JUMP(JUMP_LT, RB, CMP_LT, <)
  COMPARE_JUMP(JUMP_LE, RB, CMP_LE, <=)
  COMPARE_JUMP(JUMP_EQ, RB, CMP_EQ, ==)
  COMPARE_JUMP(JUMP_NE, RB, CMP_NE, !=)
  COMPARE_JUMP(JUMP_GT, RB, CMP_GT, >)
  COMPARE_JUMP(JUMP_GE, RB, CMP_GE, >=)
  COMPARE_JUMP(JUMP_LT_K, KB, CMP_LT, <)
  COMPARE_JUMP(JUMP_LE_K, KB, CMP_LE, <=)
  COMPARE_JUMP(JUMP_EQ_K, KB, CMP_EQ, ==)
  COMPARE_JUMP(JUMP_NE_K, KB, CMP_NE, !=)
  COMPARE_JUMP(JUMP_GT_K, KB, CMP_GT, >)
  COMPARE_JUMP(JUMP_GE_K, KB, CMP_GE, >=)

compare_jump_slow:  // RA compare value
  SAVE();
  called = operator_compare(vm, frame, compare, RA, value, &out);
  if (called == CALL_DONE) {
    if (is_bool(out)) {
      if ((out == TRUE_VALUE) == K) JUMP_BY((int16_t)C);
      NEXT();
    }
    value = out;
    goto branch_on_value;
  }
  if (called == CALL_RAISED) goto error;
  if (frame->header.extra == RESUME_STORE) frame->header.extra = RESUME_BRANCH;
  goto entered;

operate_again : {  // the method that was entered does not know: the instruction's others
  unsigned op = pc[-1].op;
  bool is_jump = op >= OP_JUMP_LT && op <= OP_JUMP_GE_K;
  if (is_jump) {
    compare = (Compare)((op - OP_JUMP_LT) % 6);
    called = operator_compare_again(vm, frame, compare, RA, op >= OP_JUMP_LT_K ? KB : RB);
    if (called == CALL_ENTER) frame->header.extra = RESUME_BRANCH;
  } else if (op >= OP_LT && op <= OP_GE) {
    called = operator_compare_again(vm, frame, (Compare)(op - OP_LT), RB, RC);
  } else {
    binary = (Binary)(op >= OP_ADD_K ? op - OP_ADD_K : op - OP_ADD);
    called = operator_binary_again(vm, frame, binary, K != 0, RB, op >= OP_ADD_K ? KC : RC);
  }
  goto called;
}

  CASE(JUMP_IS)
  if ((RA == RB) == K) JUMP_BY((int16_t)C);
  NEXT();

  CASE(JUMP_IS_K)
  if ((RA == KB) == K) JUMP_BY((int16_t)C);
  NEXT();

  // ---- jumps

  CASE(JUMP)
  JUMP_BY(D);

  CASE(JUMP_IF_FALSE)
  value = RA;
  if (likely(is_bool(value))) {
    if (value == FALSE_VALUE) JUMP_BY(D);
    NEXT();
  }
  SAVE();
  goto branch_on_value;

  CASE(JUMP_IF_TRUE)
  value = RA;
  if (likely(is_bool(value))) {
    if (value == TRUE_VALUE) JUMP_BY(D);
    NEXT();
  }
  SAVE();
  goto branch_on_value;

branch_on_value:  // the conditional jump before pc goes by the truth of `value`
  vm->frame = frame;
  tri = value_truth(vm, value);
  if (tri == TRI_ERROR) goto error;
  if (tri == TRI_SCRIPT) {
    called = operator_truth(vm, frame, value, &out);
    if (called == CALL_RAISED) goto error;
    if (called == CALL_ENTER) {
      frame->header.extra = RESUME_BRANCH;
      goto entered;
    }
    tri = out == TRUE_VALUE;
  }
  switch (pc[-1].op) {
    case OP_JUMP_IF_FALSE:
      if (tri == TRI_NO) JUMP_BY(D);
      NEXT();
    case OP_JUMP_IF_TRUE:
      if (tri == TRI_YES) JUMP_BY(D);
      NEXT();
    default:
      if (tri == (Tri)K) JUMP_BY((int16_t)C);
      NEXT();
  }

  // ---- attributes and items

  CASE(LOAD_ATTR)
  {
    AttrSite *site = &frame->code->sites[C];
    Value object = RB;
    if (likely(is_some_object(object) && as_object(object)->kind == KIND_INSTANCE)) {
      Instance *instance = (Instance *)as_object(object);
      if (likely(instance->shape->id == site->shape_id)) {
        value = instance->slots[site->slot];
        if (likely(!is_empty(value))) {
          RA = value;
          NEXT();
        }
      }
      int slot = attr_cacheable_slot(vm, instance, site->name);
      if (slot >= 0) {
        site->shape_id = instance->shape->id;
        site->version = 0;
        site->slot = (uint32_t)slot;
        RA = instance->slots[slot];
        NEXT();
      }
    } else if (is_tuple(object)) {  // a named one
      const Tuple *tuple = as_tuple(object);
      if (likely(tuple->header.cls->version == site->version && site->slot < tuple->count)) {
        RA = tuple->items[site->slot];
        NEXT();
      }
      int field = attr_cacheable_field(vm, tuple, site->name);
      if (field >= 0) {
        site->shape_id = 0;
        site->version = tuple->header.cls->version;
        site->slot = (uint32_t)field;
        RA = tuple->items[field];
        NEXT();
      }
    } else if (is_kind(object, KIND_MODULE)) {
      value = attr_from_module(vm, (Module *)as_object(object), site);
      if (likely(!is_empty(value))) {
        RA = value;
        NEXT();
      }
    }
    SAVE();
    tri = attr_get(vm, object, site->name, &out);
    if (tri == TRI_YES) {
      RA = out;
      NEXT();
    }
    if (tri == TRI_ERROR) goto error;
    goto call_pending_value;
  }

  CASE(STORE_ATTR)
  {
    AttrSite *site = &frame->code->sites[C];
    Value object = RB;
    if (likely(is_some_object(object) && as_object(object)->kind == KIND_INSTANCE)) {
      Instance *instance = (Instance *)as_object(object);
      if (likely(instance->shape->id == site->shape_id)) {
        if (site->next_shape == NULL) {
          instance->slots[site->slot] = RA;
          NEXT();
        }
        if (likely(site->next_shape->id == site->version)) {
          instance_add_slot(vm, instance, site->next_shape, RA);
          NEXT();
        }
      }
      SAVE();
      if (attr_store_cached(vm, instance, site, RA)) NEXT();
    }
    SAVE();
    tri = attr_set(vm, object, site->name, RA);
    goto discard_result;
  }

  CASE(DELETE_ATTR)
  SAVE();
  tri = attr_delete(vm, RB, frame->code->sites[C].name);
discard_result:
  if (tri == TRI_YES) NEXT();
  if (tri == TRI_ERROR) goto error;
  called = call_pending(vm, frame, &out);
  if (called == CALL_DONE) NEXT();
  if (called == CALL_RAISED) goto error;
  frame->header.extra = RESUME_DISCARD;
  goto entered;

  CASE(LOAD_METHOD)
  {
    AttrSite *site = &frame->code->sites[C];
    Value object = RB;
    if (likely(is_some_object(object))) {
      Object *o = as_object(object);
      if (likely(o->cls->version == site->version)) {
        bool same = o->kind == KIND_INSTANCE ? ((Instance *)o)->shape->id == site->shape_id
                                             : site->shape_id == 0;
        if (likely(same)) {
          regs[A + 1] = object;
          RA = site->value;
          NEXT();
        }
      }
      if (o->kind == KIND_INSTANCE) {  // an attribute of its own, which is called
        const Instance *instance = (const Instance *)o;
        if (site->version == 0 && instance->shape->id == site->shape_id) {
          value = instance->slots[site->slot];
          if (likely(!is_empty(value))) {
            RA = value;
            regs[A + 1] = EMPTY;
            NEXT();
          }
        }
      } else if (o->kind == KIND_MODULE) {
        value = attr_from_module(vm, (Module *)o, site);
        if (likely(!is_empty(value))) {
          RA = value;
          regs[A + 1] = EMPTY;
          NEXT();
        }
      }
    }
    SAVE();
    Value self;
    tri = attr_get_method(vm, object, site->name, &out, &self);
    if (tri == TRI_YES) {
      if (!is_empty(self)) {
        attr_cache_method(site, object, out);
      } else if (is_kind(object, KIND_INSTANCE)) {
        Instance *instance = (Instance *)as_object(object);
        int slot = attr_cacheable_slot(vm, instance, site->name);
        if (slot >= 0) {
          site->shape_id = instance->shape->id;
          site->version = 0;
          site->slot = (uint32_t)slot;
        }
      }
      RA = out;
      regs[A + 1] = self;
      NEXT();
    }
    if (tri == TRI_ERROR) goto error;
    called = call_pending(vm, frame, &out);
    if (called == CALL_DONE) {
      RA = out;
      regs[A + 1] = EMPTY;
      NEXT();
    }
    if (called == CALL_RAISED) goto error;
    frame->header.extra = RESUME_METHOD;
    goto entered;
  }

  CASE(LOAD_ITEM)
  {
    Value container = RB, index = RC;
    if (likely(is_some_object(container))) {
      Object *o = as_object(container);
      if (o->cls == vm->list_class && is_small_int(index)) {
        List *list = (List *)o;
        int64_t i = as_small_int(index);
        if (i < 0) i += (int64_t)list->count;
        if (likely((uint64_t)i < list->count)) {
          RA = list->items[i];
          NEXT();
        }
      } else if (o->cls == vm->tuple_class && is_small_int(index)) {
        Tuple *tuple = (Tuple *)o;
        int64_t i = as_small_int(index);
        if (i < 0) i += (int64_t)tuple->count;
        if (likely((uint64_t)i < tuple->count)) {
          RA = tuple->items[i];
          NEXT();
        }
      } else if (o->cls == vm->dict_class && is_str(index)) {
        value = dict_get_str((Dict *)o, as_str(index));
        if (likely(!is_empty(value))) {
          RA = value;
          NEXT();
        }
      }
    }
    SAVE();
    called = operator_get_item(vm, frame, container, index, &out);
    goto called;
  }

  CASE(STORE_ITEM)
  {
    Value container = RB, index = RC;
    if (likely(is_some_object(container))) {
      Object *o = as_object(container);
      if (o->cls == vm->list_class && is_small_int(index)) {
        List *list = (List *)o;
        int64_t i = as_small_int(index);
        if (i < 0) i += (int64_t)list->count;
        if (likely((uint64_t)i < list->count)) {
          list->items[i] = RA;
          NEXT();
        }
      }
    }
    SAVE();
    called = operator_set_item(vm, frame, container, index, RA, &out);
    goto called_discard;
  }

  CASE(DELETE_ITEM)
  SAVE();
  called = operator_delete_item(vm, frame, RB, RC, &out);
called_discard:
  if (called == CALL_DONE) NEXT();
  if (called == CALL_RAISED) goto error;
  frame->header.extra = RESUME_DISCARD;
  goto entered;

  CASE(BUILD_SLICE)
  RA = operator_make_slice(vm, regs[B], regs[B + 1], regs[B + 2]);
  NEXT();

  // ---- displays

  CASE(BUILD_LIST)
  RA = from_object(list_from(vm, &regs[B], C));
  NEXT();

  CASE(BUILD_TUPLE)
  RA = from_object(tuple_from(vm, &regs[B], C));
  NEXT();

  CASE(BUILD_SET)
  RA = from_object(set_new(vm));
  NEXT();

  CASE(BUILD_DICT)
  RA = from_object(dict_new_sized(vm, K));
  NEXT();

  CASE(LIST_APPEND)
  list_append(vm, as_list(RB), RC);
  NEXT();

  CASE(LIST_EXTEND)
  SAVE();
  called = operator_list_extend(vm, frame, RB, RC, EMPTY, &out);
  goto called_discard;

  CASE(LIST_TO_TUPLE)
  RA = from_object(tuple_from(vm, as_list(RB)->items, as_list(RB)->count));
  NEXT();

  CASE(SET_ADD)
  SAVE();
  called = operator_set_add(vm, frame, RB, RC, &out);
  goto called_discard;

  CASE(SET_UPDATE)
  SAVE();
  called = operator_set_update(vm, frame, RB, RC, &out);
  goto called_discard;

  CASE(DICT_SET)
  SAVE();
  called = operator_set_item(vm, frame, RB, RC, RA, &out);
  goto called_discard;

  CASE(DICT_UPDATE)
  SAVE();
  called = operator_dict_update(vm, frame, RB, RC, &out);
  goto called_discard;

  CASE(DICT_MERGE)
  SAVE();
  called = operator_dict_merge(vm, frame, RA, RB, RC, &out);
  goto called_discard;

  // What a decorator's `return f(*args, **kwargs)` passes on is a tuple and a dict already; CALL_EX
  // does not change them.
  CASE(STAR_ARGS)
  if (likely(is_tuple(RC) && as_object(RC)->cls == vm->tuple_class)) {
    RA = RC;
    NEXT();
  }
  SAVE();
  value = RC;  // A may be C
  RA = from_object(list_new(vm, 0));
  called = operator_list_extend(vm, frame, RA, value, RB, &out);
  goto called_discard;

  CASE(STAR_KEYWORDS)
  if (likely(is_dict(RC) && as_object(RC)->cls == vm->dict_class)) {
    RA = RC;
    NEXT();
  }
  SAVE();
  RA = from_object(dict_new(vm));
  called = operator_dict_merge(vm, frame, RB, RA, RC, &out);
  goto called_discard;

  CASE(FORMAT_VALUE)
  SAVE();
  called = operator_format(vm, frame, RB, K & 3, K & 4 ? RC : EMPTY, &out);
  goto called;

  CASE(BUILD_STRING)
  RA = operator_join_strs(vm, &regs[B], C);
  NEXT();

  CASE(UNPACK)
  {
    const Value *items;
    size_t count;
    value = RB;
    if (likely(direct_items(vm, value, &items, &count) && count == C)) {
      memmove(&RA, items, count * sizeof(Value));
      NEXT();
    }
    SAVE();
    called = operator_unpack(vm, frame, value, C, -1, &out);
    goto unpacked;
  }

  CASE(UNPACK_STAR)
  SAVE();
  called = operator_unpack(vm, frame, RB, C, K, &out);
unpacked:
  if (called == CALL_RAISED) goto error;
  if (called == CALL_ENTER) {
    frame->header.extra = RESUME_UNPACK;
    goto entered;
  }
  memcpy(&regs[A], as_tuple(out)->items, as_tuple(out)->count * sizeof(Value));
  NEXT();

  // ---- iteration

  CASE(GET_ITER)
  SAVE();
  called = operator_iter(vm, frame, RB, &out);
  goto called;

  CASE(FOR_ITER)
  {
    enum { MAX_PARTS = 4 };
    value = RB;
    assert(is_object(value));
    Object *o = as_object(value);
    if (o->kind == KIND_ITERATOR) {
      Iterator *it = (Iterator *)o;
      if (o->extra == ITER_RANGE) {
        if (it->left > 0) {
          RA = small_int(it->index);
          it->index += it->step;
          it->left--;
          JUMP_BY((int16_t)C);
        }
        NEXT();
      }
      if (o->extra == ITER_LIST) {
        List *list = (List *)as_object(it->source);  // NULL at the end
        if (likely(list != NULL && (size_t)it->index < list->count)) {
          RA = list->items[it->index++];
          JUMP_BY((int16_t)C);
        }
      }
      SAVE();
      // `for a, b in zip(…)`: without the tuple. An empty loop takes a fifth of the time.
      const Instr *body = pc + (int16_t)C;
      if (!OBSERVED && body->op == OP_UNPACK && body->b == A && body->c <= MAX_PARTS) {
        Value parts[MAX_PARTS];
        tri = iterator_next_parts(vm, it, body->c, parts);
        if (tri == TRI_YES) {
          memcpy(&regs[body->a], parts, body->c * sizeof(Value));
          JUMP_BY((int16_t)C + 1);
        }
      } else {
        tri = TRI_SCRIPT;
      }
      if (tri == TRI_SCRIPT) tri = iterator_next(vm, it, &out);
      if (tri == TRI_YES) {
        RA = out;
        JUMP_BY((int16_t)C);
      }
      if (tri == TRI_NO) NEXT();
      if (tri == TRI_ERROR) goto error;
    } else if (o->kind == KIND_GENERATOR) {
      SAVE();
      Frame *root = (Frame *)o;
      if (unlikely(root->header.flags & FRAME_FINISHED)) NEXT();
      if (unlikely(!generator_enter(vm, frame, root))) goto error;
      frame = frame_generator(root)->innermost;
      if (likely(frame == root && frame->header.extra == RESUME_STORE &&
                 frame->header.flags & FRAME_STARTED && !OBSERVED)) {
        LOAD_FRAME();
        RA = NONE;  // what yield gives
        NEXT();
      }
      value = NONE;
      goto resume_inner;
    }
    SAVE();
    called = operator_next(vm, frame, value, &out);
    if (called == CALL_RAISED) {
      if (!operator_clear_stop(vm, vm->exceptions.StopIteration)) goto error;
      NEXT();
    }
    if (called == CALL_DONE) {
      RA = out;
      JUMP_BY((int16_t)C);
    }
    frame->header.extra = RESUME_FOR;
    goto entered;
  }

  CASE(GET_AITER)
  SAVE();
  called = operator_aiter(vm, frame, RB, &out);
  goto called;

  CASE(ASYNC_FOR_ITER)
  SAVE();
  value = RB;
  if (is_kind(value, KIND_ASYNC_GENERATOR)) {
    Frame *root = (Frame *)as_object(value);
    if (!async_generator_enter(vm, frame, root)) {
      if (!operator_clear_stop(vm, vm->exceptions.StopAsyncIteration)) goto error;
      NEXT();
    }
    frame = root;
    if (likely(frame->header.extra == RESUME_STORE && frame->header.flags & FRAME_STARTED &&
               !OBSERVED)) {
      LOAD_FRAME();
      RA = NONE;
      NEXT();
    }
    value = NONE;
    goto resume_inner;
  }
  called = await_anext(vm, frame, value, &out);
  if (called == CALL_RAISED) {
    if (!operator_clear_stop(vm, vm->exceptions.StopAsyncIteration)) goto error;
    NEXT();
  }
  if (called == CALL_DONE) {
    RA = out;
    JUMP_BY((int16_t)C);
  }
  assert(called == CALL_ENTER);
  frame->header.extra = RESUME_FOR;
  goto entered;

  // ---- functions, classes, calls

  CASE(MAKE_FUNCTION)
  RA = make_function(vm, frame, (Code *)as_object(KC), &regs[B], K);
  NEXT();

  CASE(BUILD_CLASS)
  SAVE();
  called = operator_build_class(vm, frame, &regs[B], &out);
  goto called;

// The common call: as many arguments as parameters, and nothing else to arrange.
#define ENTER_WITH(callee, f, args, count)                         \
  do {                                                             \
    for (int i = 0; i < (count); i++) callee->regs[i] = (args)[i]; \
    callee->function = (f);                                        \
    frame = callee;                                                \
    goto entered_plain;                                            \
  } while (0)

  CASE(CALL)
  {
    value = regs[B];
    if (likely(is_some_object(value) && as_object(value)->kind == KIND_FUNCTION)) {
      Function *function = (Function *)as_object(value);
      Code *code = function->code;
      if (likely(code->flags & CODE_SIMPLE_CALL && code->param_count == C)) {
        SAVE();
        callee = frame_take_plain(vm, code, frame, C);
        ENTER_WITH(callee, function, &regs[B + 1], C);
      }
      if (likely(K == CALL_AWAITED && code->flags & CODE_SIMPLE_AWAIT && code->param_count == C)) {
        args = &regs[B + 1];
        nargs = C;
        pc++;  // where the value will arrive: the AWAIT
        SAVE();
        callee = frame_take_awaited(vm, code, frame, (uint32_t)nargs);
        ENTER_WITH(callee, function, args, nargs);
      }
    }
    args = &regs[B + 1];
    nargs = C;
    goto call_other;
  }

  CASE(CALL_METHOD)
  {
    value = regs[B];
    args = &regs[B + 1];
    nargs = C + 1;
    if (is_empty(*args)) {
      args++;
      nargs--;
    }
    if (likely(is_some_object(value) && as_object(value)->kind == KIND_FUNCTION)) {
      Function *function = (Function *)as_object(value);
      Code *code = function->code;
      if (likely(code->flags & CODE_SIMPLE_CALL && code->param_count == nargs)) {
        SAVE();
        callee = frame_take_plain(vm, code, frame, (uint32_t)nargs);
        ENTER_WITH(callee, function, args, nargs);
      }
      if (likely(K == CALL_AWAITED && code->flags & CODE_SIMPLE_AWAIT &&
                 code->param_count == nargs)) {
        pc++;
        SAVE();
        callee = frame_take_awaited(vm, code, frame, (uint32_t)nargs);
        ENTER_WITH(callee, function, args, nargs);
      }
      if (code->fast != NULL && K != CALL_AWAITED && code->param_count == nargs) {
        SAVE();
        switch (fast_call(vm, code, args, &out)) {
          case FAST_DONE: RA = out; NEXT();
          case FAST_RAISED: goto error;
          default: break;
        }
      }
    }
    goto call_other;
  }

call_other:  // value(args) of anything but a function that can be entered at once
  SAVE();
  vm->frame = frame;
  if (is_kind(value, KIND_NATIVE) && as_native(value)->def->leaf != NULL) {
    const Native *native = as_native(value);
    Value slots[NATIVE_MAX_POSITIONS];
    if (likely(native_arrange_plain(vm, native, args, nargs, slots))) {
      if (unlikely(!native->def->leaf(vm, slots, nargs, &out))) goto error;
      if (unlikely(is_empty(out))) goto call_pending_value;
      RA = out;
      NEXT();
    }
  }
  if (K == CALL_AWAITED) {
    Direct direct = await_direct(vm, frame, value, args, nargs, &out);
    if (direct == DIRECT_RAISE) goto error;
    if (direct != DIRECT_NO) {
      pc++;  // the AWAIT has nothing left to do but to get the value
      if (direct == DIRECT_DONE) {
        RA = out;
        NEXT();
      }
      SAVE();
      if (direct == DIRECT_ENTER) goto entered;
      value = EMPTY;
      goto suspend;
    }
    called = await_call(vm, frame, value, args, nargs, NULL, &out);
    goto awaited_call;
  }
  called = call_value(vm, frame, value, args, nargs, NULL, &out);
  goto called;

  CASE(CALL_KW)
  {
    Tuple *names = as_tuple(regs[B + 1 + C]);
    nargs = C - (int)names->count;
    SAVE();
    if (K == CALL_AWAITED) {
      called = await_call(vm, frame, regs[B], &regs[B + 1], nargs, names, &out);
      goto awaited_call;
    }
    called = call_value(vm, frame, regs[B], &regs[B + 1], nargs, names, &out);
    goto called;
  }

  CASE(CALL_METHOD_KW)
  {
    Tuple *names = as_tuple(regs[B + 2 + C]);
    nargs = C - (int)names->count;
    args = &regs[B + 2];
    if (!is_empty(regs[B + 1])) {
      args--;
      nargs++;
    }
    SAVE();
    if (K == CALL_AWAITED) {
      called = await_call(vm, frame, regs[B], args, nargs, names, &out);
      goto awaited_call;
    }
    called = call_value(vm, frame, regs[B], args, nargs, names, &out);
    goto called;
  }

  CASE(CALL_EX)
  SAVE();
  called = call_extended(vm, frame, regs[B], regs[B + 1],
                         is_dict(regs[B + 2]) ? as_dict(regs[B + 2]) : NULL, &out);
  goto called;

awaited_call:  // `await f(args)`: the coroutine's frame is entered at once, without an object
  // CALL_DONE, CALL_RESUME: the call gives an awaitable, and the AWAIT that comes next awaits it.
  // Otherwise the call is awaited as a whole, and what comes back skips that AWAIT.
  if (called == CALL_DONE) {
    RA = out;
    NEXT();
  }
  if (called == CALL_RAISED) goto error;
  if (called == CALL_RESUME) goto entered;
  pc++;
  SAVE();
  if (vm->frame == NULL) {
    // A direct await: done (vm->result), or arranged (EMPTY).
    if (is_empty(vm->result)) {
      value = EMPTY;
      goto suspend;
    }
    RA = vm->result;
    NEXT();
  }
  goto entered;

call_pending_value:
  called = call_pending(vm, frame, &out);
called:
  if (likely(called == CALL_DONE)) {
    RA = out;
    NEXT();
  }
  if (called == CALL_RAISED) goto error;
entered:
  frame = vm->frame;
enter:
  if (frame->header.extra == RESUME_STEP) {
    value = EMPTY;
    goto run_step;
  }
entered_plain:
  if (unlikely(frame->header.aux > vm->recursion_limit)) goto recursion;
  if (OBSERVED) observe_frame_pushed(vm, frame);
  pc = frame->code->instrs;
  regs = frame->regs;
  consts = frame->code->consts;
  if (unlikely(vm->interrupt != 0)) goto safepoint;
  NEXT();

recursion : {  // only a call's fast path comes here: the others have checked
  Frame *parent = frame->parent;
  frame_give(vm, frame, frame_registers(frame->code));
  frame = parent;
  pc = frame->ip;
  call_raise_recursion(vm);
  goto error;
}

  CASE(RETURN)
  {
    value = RA;
    Frame *parent = frame->parent;
    if (unlikely(frame->header.flags & FRAME_CONSTRUCTS)) {
      if (!is_none(value)) {
        SAVE();
        raise_type_error(vm, "__init__() should return None, not '%s'",
                         value_class_name(vm, value));
        goto error;
      }
      if (OBSERVED) observe_frame_returned(vm, frame, value);
      value = frame->regs[frame->code->register_count];
      frame_give(vm, frame, frame->code->register_count + 1u);
    } else {
      if (OBSERVED) observe_frame_returned(vm, frame, value);
      frame_give_plain(vm, frame, frame->code->register_count);
    }
    frame = parent;
  return_value:
    if (likely(frame->header.extra == RESUME_STORE)) {
      LOAD_FRAME();
      regs[A] = value;
      NEXT();
    }
    goto deliver;
  }

  CASE(RETURN_GENERATOR)
  value = RA;
  if (OBSERVED) observe_frame_returned(vm, frame, value);
  if (frame->header.kind == KIND_FRAME) {  // entered by `await f()`
    Frame *parent = frame->parent;
    frame_give_plain(vm, frame, frame_registers(frame->code));
    frame = parent;
    goto return_value;
  }
  goto finish_generator;

  // ---- suspension

  CASE(YIELD)
  SAVE();
  value = RB;
  goto suspend;

  CASE(ASYNC_YIELD)
  {
    SAVE();
    value = RB;
    if (OBSERVED) observe_frame_suspended(vm, frame);
    Frame *consumer = frame->parent;
    frame->parent = NULL;
    frame = consumer;
    vm->outcome = OUTCOME_YIELDED;
    if (unlikely(frame->header.extra == RESUME_STEP)) goto run_step;
    LOAD_FRAME();  // at an ASYNC_FOR_ITER
    RA = value;
    JUMP_BY((int16_t)C);
  }

  CASE(YIELD_FROM)
  SAVE();
  called = await_delegate(vm, frame, RB, &out);
  goto awaited;

  CASE(AWAIT)
  SAVE();
  called = await_value(vm, frame, RB, K, &out);
awaited:
  if (called == CALL_DONE) {
    RA = out;
    NEXT();
  }
  if (called == CALL_RAISED) goto error;
  if (called == CALL_SUSPEND) {
    frame->header.extra = RESUME_FUTURE;
    value = out;
    goto suspend;
  }
  if (called == CALL_RESUME) {
    frame = vm->frame;
    value = NONE;
    goto resume_inner;
  }
  goto entered;

suspend : {  // the running chain stops here; `value` goes to whoever resumed it
  if (OBSERVED) observe_frame_suspended(vm, frame);
  Frame *root = vm->chain;
  assert(root != NULL);
  GeneratorState *state = frame_generator(root);
  state->innermost = frame;
  vm->chain = state->outer_chain;
  frame = root->parent;
  root->parent = NULL;
  vm->outcome = OUTCOME_YIELDED;
  if (frame->header.extra == RESUME_STEP) goto run_step;
  // Only FOR_ITER drives a generator from bytecode.
  LOAD_FRAME();
  RA = value;
  JUMP_BY((int16_t)C);
}

finish_generator : {  // `value` is returned by a generator, coroutine or async generator
  Frame *parent = frame->parent;
  bool is_root = frame == vm->chain;
  bool is_async = frame->header.kind == KIND_ASYNC_GENERATOR;
  generator_finish(vm, frame);
  frame = parent;
  vm->outcome = OUTCOME_RETURNED;
  if (frame->header.extra == RESUME_STEP) goto run_step;
  if (is_root || is_async) {  // the end of a `for`
    frame->header.extra = RESUME_STORE;
    LOAD_FRAME();
    NEXT();
  }
  goto deliver;
}

resume_inner:  // gives `value` to the suspended or fresh frame `frame`
  if (!(frame->header.flags & FRAME_STARTED) && frame->header.kind != KIND_FRAME) {
    frame->header.flags |= FRAME_STARTED;
    if (frame->header.extra == RESUME_STEP) {
      value = EMPTY;
      goto run_step;
    }
    goto entered_plain;
  }
  if (OBSERVED) observe_frame_resumed(vm, frame);
  // fall through

deliver:  // `value` comes back to `frame`
  switch ((Resume)frame->header.extra) {
    case RESUME_STEP: goto run_step;
    case RESUME_STORE: break;
    case RESUME_THROWN: frame->header.extra = RESUME_STORE; break;
    case RESUME_BRANCH:
      frame->header.extra = RESUME_STORE;
      LOAD_FRAME();
      goto branch_on_value;
    case RESUME_OPERATE:
      frame->header.extra = RESUME_STORE;
      LOAD_FRAME();
      if (unlikely(value == NOT_IMPLEMENTED)) goto operate_again;
      if (pc[-1].op >= OP_JUMP_LT && pc[-1].op <= OP_JUMP_GE_K) {
        if (unlikely(!is_bool(value))) goto branch_on_value;
        if ((value == TRUE_VALUE) == K) JUMP_BY((int16_t)C);
        NEXT();
      }
      RA = value;
      NEXT();
    case RESUME_IN:
      frame->header.extra = RESUME_STORE;
      LOAD_FRAME();
      called = operator_contained(vm, frame, value, K, &out);
      goto called;
    case RESUME_NOT:
      frame->header.extra = RESUME_STORE;
      value = from_bool(value != TRUE_VALUE);
      break;
    case RESUME_CLOSING:
      frame->header.extra = RESUME_STORE;
      LOAD_FRAME();
      vm_raise_value(vm, vm->exceptions.GeneratorExit, EMPTY);
      goto error;
    case RESUME_DISCARD:
      frame->header.extra = RESUME_STORE;
      LOAD_FRAME();
      NEXT();
    case RESUME_UNPACK:
      frame->header.extra = RESUME_STORE;
      LOAD_FRAME();
      memcpy(&regs[A], as_tuple(value)->items, as_tuple(value)->count * sizeof(Value));
      NEXT();
    case RESUME_FOR:
      frame->header.extra = RESUME_STORE;
      LOAD_FRAME();
      RA = value;
      JUMP_BY((int16_t)C);
    case RESUME_METHOD:
      frame->header.extra = RESUME_STORE;
      frame->regs[frame->ip[-1].a + 1] = EMPTY;
      break;
    case RESUME_INIT: frame->header.extra = RESUME_STORE; break;
    case RESUME_FUTURE: {
      frame->header.extra = RESUME_STORE;
      LOAD_FRAME();
      if (!await_finish_future(vm, regs[pc[-1].b], &value)) {
        SAVE();
        generator_mark_thrown(vm, vm->chain, frame);
        unwind_set_thrown_context(vm, frame);
        goto unwind;
      }
      regs[A] = value;
      NEXT();
    }
  }
  LOAD_FRAME();
  regs[A] = value;
  NEXT();

  // ---- step frames

run_step:
  vm->frame = frame;
  if (frame->def->step ==
      NULL) {  // no safepoint: nothing keeps alive what interp_call's caller has
    *result = value;
    return is_empty(vm->exception);
  }
  if (unlikely(vm->interrupt != 0)) {
    // `value` is in nobody's register yet: the step frame keeps it alive through vm->result.
    vm->result = value;
    if (is_empty(vm->exception)) safepoint(vm, frame);
  }
  if (OBSERVED) observe_step_begins(vm, frame, value);
  Step step = frame->def->step(vm, frame, value);
  if (OBSERVED) observe_step_ends(vm, frame, step);
  switch (step) {
    case STEP_DONE: {
      value = vm->result;
      if (frame->header.kind != KIND_FRAME) goto finish_generator;
      Frame *parent = frame->parent;
      frame_give(vm, frame, frame->code->register_count);
      frame = parent;
      vm->outcome = OUTCOME_RETURNED;
      goto deliver;
    }
    case STEP_RAISE: goto unwind;
    case STEP_CALL: called = call_pending(vm, frame, &out); break;
    case STEP_AWAIT: called = await_value(vm, frame, vm->callee, 0, &out); break;
    case STEP_YIELD: value = vm->result; goto suspend;
    case STEP_ENTER: goto entered;
    case STEP_SWITCH:
      frame = vm->frame;
      value = vm->result;
      if (!is_empty(vm->exception)) goto unwind_resumed;
      goto resume_inner;
    default: __builtin_unreachable();
  }
  switch (called) {
    case CALL_DONE: value = out; goto run_step;
    case CALL_RAISED: value = EMPTY; goto run_step;
    case CALL_ENTER: goto entered;
    case CALL_RESUME:
      frame = vm->frame;
      value = NONE;
      goto resume_inner;
    case CALL_SUSPEND: value = out; goto suspend;
  }
  __builtin_unreachable();

  // ---- with statements and exceptions

  CASE(BEFORE_WITH)
  SAVE();
  if (!operator_before_with(vm, RB, K, &regs[A])) goto error;
  NEXT();

  CASE(EXC_INFO)
  value = RB;
  RA = from_object(as_object(value)->cls);
  regs[A + 1] = value;
  regs[A + 2] = exception_traceback(vm, value);
  NEXT();

  CASE(RAISE)
  SAVE();
  called = unwind_raise(vm, frame, RA, EMPTY);
  goto raised;

  CASE(RAISE_FROM)
  SAVE();
  called = unwind_raise(vm, frame, RA, RB);
raised:
  if (called == CALL_ENTER) goto entered;
  goto error;

  CASE(RAISE_AGAIN)
  SAVE();
  value = unwind_handled(frame);
  if (is_empty(value)) {
    vm_raise(vm, vm->exceptions.RuntimeError, "No active exception to reraise");
    goto error;
  }
  vm->exception = value;
  goto unwind;

  CASE(RERAISE)
  SAVE();
  vm->exception = RA;
  goto unwind;

  CASE(ASSERT_FAIL)
  SAVE();
  vm_raise_value(vm, vm->exceptions.AssertionError, K ? RA : EMPTY);
  goto error;

  CASE(MATCH_EXCEPTION)
  SAVE();
  tri = unwind_match(vm, frame, RA, RB);
  if (tri == TRI_ERROR) goto error;
  if (tri == TRI_NO) JUMP_BY((int16_t)C);
  NEXT();

  CASE(MATCH_GROUP)
  SAVE();
  if (!exception_match_group(vm, RB, RC, &regs[A])) goto error;
  NEXT();

  CASE(RERAISE_GROUP)
  SAVE();
  if (!exception_reraise_group(vm, as_list(RB), RC, &regs[A])) goto error;
  NEXT();

  // ---- modules

  CASE(IMPORT)
  SAVE();
  called = operator_import(vm, frame, as_str(KC), K, RB, &out);
  goto called;

  CASE(IMPORT_FROM)
  SAVE();
  called = operator_import_from(vm, frame, RB, as_str(KC), &out);
  goto called;

  CASE(IMPORT_STAR)
  SAVE();
  if (!operator_import_star(vm, frame->code->module, RB)) goto error;
  NEXT();

  CASE(DISPLAY)
  SAVE();
  called = operator_display(vm, frame, RB, &out);
  goto called;

safepoint:
  SAVE();
  safepoint(vm, frame);
  if (unlikely(vm->interrupt & INTERRUPT_CLOSE)) {
    vm->interrupt &= ~(uint32_t)INTERRUPT_CLOSE;
    Value at_end = FALSE_VALUE;
    called = call_value(vm, frame, vm->close_abandoned, &at_end, 1, NULL, &out);
    goto called_discard;
  }
  if (unlikely(vm->interrupt & INTERRUPT_SIGNAL) && thread_is_main(vm)) {
    Value handler, arguments[2];
    switch (signals_take(vm, &handler, arguments)) {
      case SIGNALS_DONE: break;
      case SIGNALS_CALL:
        called = call_value(vm, frame, handler, arguments, 2, NULL, &out);
        if (called != CALL_RAISED) goto called_discard;
        // fall through
      case SIGNALS_RAISED:
        pc++;  // as if raised by the instruction that comes next: its line, its handlers
        goto error;
    }
  }
  NEXT();

error:  // the running instruction of the bytecode frame `frame` raised vm->exception anew
  assert(!is_empty(vm->exception));
  SAVE();
  unwind_set_context(vm, frame);
  goto unwind;

unwind_resumed:  // an exception is thrown into the suspended frame `frame`
  if (OBSERVED) observe_frame_resumed(vm, frame);
  if (frame->header.extra == RESUME_STEP) {
    if (frame->header.kind != KIND_FRAME && !(frame->header.flags & FRAME_STARTED)) goto unwind;
    value = EMPTY;
    goto run_step;
  }
  frame->header.extra = RESUME_STORE;
  unwind_set_thrown_context(vm, frame);
  // fall through

unwind:  // vm->exception leaves or is handled in `frame`
  frame = unwind_find_handler(vm, frame);
  switch (vm->unwound) {
    case UNWOUND_HANDLED:
      LOAD_FRAME();
      if (unlikely(vm->interrupt != 0)) goto safepoint;
      NEXT();
    case UNWOUND_STEP: value = EMPTY; goto run_step;
  }
  __builtin_unreachable();
}

#if !OBSERVED
bool interp_call(VM *vm, Value callee, int nargs, const Value *args, Value *out) {
  static const NativeDef bottom_def = {.name = "bottom"};
  Frame *bottom = frame_allocate(vm, 1);
  bottom->code = vm->step_codes[1];
  bottom->def = &bottom_def;
  bottom->header.extra = RESUME_STEP;
  Frame *before = vm->frame, *chain = vm->chain;
  vm->chain = NULL;
  Called called = call_value(vm, bottom, callee, args, nargs, NULL, out);
  bool ok = called == CALL_DONE;
  if (called == CALL_ENTER) {
    bool plain = likely(vm->observer == NULL && vm->quota.steps == 0);
    ok = plain ? run(vm, vm->frame, out) : interp_run_observed(vm, vm->frame, out);
  }
  vm->frame = before;
  vm->chain = chain;
  return ok;
}
#endif
