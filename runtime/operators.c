// operators.c: operators, truth and items on values of the program's own classes. See operators.h.
//
// Each operation is a step function that tries the special methods in Python's order.
#include "operators.h"

#include "attr.h"
#include "corowatch.h"
#include "int.h"
#include "slice.h"

Called operator_prelude(VM *vm, Frame *frame, const char *name, int nargs, const Value *args,
                        Value *out) {
  if (!native_prelude(vm, out, name, nargs, args)) return CALL_RAISED;
  return call_pending(vm, frame, out);
}

static Called call_special(VM *vm, Frame *frame, Value function, int nargs, const Value *args,
                           Value *out) {
  if (is_function(function)) return call_value(vm, frame, function, args, nargs, NULL, out);
  Value bound;
  Tri tri = attr_bind(vm, function, args[0], value_class(vm, args[0]), &bound);
  if (tri == TRI_ERROR) return CALL_RAISED;
  if (tri == TRI_SCRIPT) {
    raise_type_error(vm, "a special method cannot be a property");
    return CALL_RAISED;
  }
  return call_value(vm, frame, bound, args + 1, nargs - 1, NULL, out);
}

// ---- candidates: calls to try in turn until one does not answer NotImplemented
//
// Registers of such a step: 0 left, 1 right, 2 the operation (a small int), then up to three
// pairs of (method, which operand is its receiver).

enum { LEFT, RIGHT, OPERATION, FIRST_CANDIDATE, CANDIDATES = 3, TRY_REGISTERS = 9 };

static int add_candidate(Value *regs, int count, Value method, int receiver) {
  if (is_empty(method)) return count;  // None is tried as well: it cannot be called
  regs[FIRST_CANDIDATE + 2 * count] = method;
  regs[FIRST_CANDIDATE + 2 * count + 1] = small_int(receiver);
  return count + 1;
}

// Enters the next candidate; STEP_DONE with NOT_IMPLEMENTED when there is none left.
static Step try_next(VM *vm, Frame *frame) {
  Value *regs = frame->regs;
  int i = (int)frame->state;
  if (i == CANDIDATES || is_empty(regs[FIRST_CANDIDATE + 2 * i])) {
    return step_done(vm, NOT_IMPLEMENTED);
  }
  Value method = regs[FIRST_CANDIDATE + 2 * i];
  bool left = as_small_int(regs[FIRST_CANDIDATE + 2 * i + 1]) == LEFT;
  Value receiver = left ? regs[LEFT] : regs[RIGHT];
  Value args[1] = {left ? regs[RIGHT] : regs[LEFT]};
  Value bound;
  if (attr_bind(vm, method, receiver, value_class(vm, receiver), &bound) != TRI_YES) {
    return STEP_RAISE;
  }
  return step_call(vm, frame, i + 1, bound, 1, args);
}

// A step that tries the candidates from number `state` on.
static Called enter_candidates(VM *vm, Frame *frame, const NativeDef *def, int state,
                               const Value *regs) {
  Called called = call_internal_step(vm, frame, def, TRY_REGISTERS, regs);
  if (called == CALL_ENTER) vm->frame->state = (uint32_t)state;
  return called;
}

// The first candidate, if it is a function written in Coro, is entered without a step: an operation
// on a program's own classes takes half of the time. The frame then waits as RESUME_OPERATE.
static Called enter_first(VM *vm, Frame *frame, const NativeDef *def, const Value *regs,
                          Value *out) {
  Value method = regs[FIRST_CANDIDATE];
  if (!is_function(method)) return enter_candidates(vm, frame, def, 0, regs);
  bool left = as_small_int(regs[FIRST_CANDIDATE + 1]) == LEFT;
  Value args[2] = {left ? regs[LEFT] : regs[RIGHT], left ? regs[RIGHT] : regs[LEFT]};
  Called called = call_value(vm, frame, method, args, 2, NULL, out);
  if (called == CALL_ENTER && frame->header.extra != RESUME_STEP) {
    frame->header.extra = RESUME_OPERATE;
  }
  if (called == CALL_DONE && *out == NOT_IMPLEMENTED) {
    return enter_candidates(vm, frame, def, 1, regs);
  }
  return called;
}

static bool is_proper_subclass(const Class *cls, const Class *base) {
  return cls != base && class_is_subclass(cls, base);
}

// ---- binary operators

static Step binary_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (!is_empty(in) && in != NOT_IMPLEMENTED) return step_done(vm, in);
  Step step = try_next(vm, frame);
  if (step != STEP_DONE) return step;
  int64_t operation = as_small_int(frame->regs[OPERATION]);
  value_raise_unsupported(vm, (Binary)(operation >> 1), operation & 1, frame->regs[LEFT],
                          frame->regs[RIGHT]);
  return STEP_RAISE;
}

static const NativeDef binary_def = {
    .name = "operator", .step = binary_step, .registers = TRY_REGISTERS};

// Sequences add and multiply by slots of their own, which have their turn after every __add__,
// __radd__ and the like: [0] * x asks x's __rmul__ first.
static bool is_sequence_slot(VM *vm, Binary op, Value method) {
  if ((op != BIN_ADD && op != BIN_MUL) || !is_kind(method, KIND_NATIVE)) return false;
  const Class *owner = as_native(method)->owner;
  return owner == vm->list_class || owner == vm->tuple_class || owner == vm->str_class ||
         owner == vm->bytes_class || (owner == vm->deque_class && owner != NULL);
}

// Whether a sequence can be repeated so many times.
static bool counts(VM *vm, Value times) {
  return is_int(times) || !is_empty(class_special(vm, value_class(vm, times), SP_INDEX));
}

// The registers of binary_step.
static void binary_candidates(VM *vm, Binary op, bool in_place, Value a, Value b, Value *regs) {
  Class *left = value_class(vm, a), *right = value_class(vm, b);
  regs[LEFT] = a;
  regs[RIGHT] = b;
  regs[OPERATION] = small_int(op * 2 + in_place);
  int count = 0;
  Value forward = class_special(vm, left, (Special)(SP_ADD + op));
  Value reflected = class_special(vm, right, (Special)(SP_RADD + op));
  Value own = in_place ? class_special(vm, left, (Special)(SP_IADD + op)) : EMPTY;
  bool right_first = is_proper_subclass(right, left) &&
                     reflected != class_special(vm, left, (Special)(SP_RADD + op));
  Value left_slot = EMPTY, right_slot = EMPTY;
  if (is_sequence_slot(vm, op, forward)) left_slot = forward, forward = EMPTY;
  if (is_sequence_slot(vm, op, own)) left_slot = own, own = EMPTY;
  if (is_sequence_slot(vm, op, reflected)) right_slot = reflected, reflected = EMPTY;
  count = add_candidate(regs, count, own, LEFT);
  if (right_first) count = add_candidate(regs, count, reflected, RIGHT);
  count = add_candidate(regs, count, forward, LEFT);
  if (!right_first && left != right) count = add_candidate(regs, count, reflected, RIGHT);
  if (!is_empty(left_slot)) {
    if (op == BIN_ADD || counts(vm, b)) add_candidate(regs, count, left_slot, LEFT);
  } else if (!is_empty(right_slot) && counts(vm, a)) {
    add_candidate(regs, count, right_slot, RIGHT);
  }
}

Called operator_binary(VM *vm, Frame *frame, Binary op, bool in_place, Value a, Value b,
                       Value *out) {
  Value regs[TRY_REGISTERS] = {0};
  binary_candidates(vm, op, in_place, a, b, regs);
  return enter_first(vm, frame, &binary_def, regs, out);
}

Called operator_binary_again(VM *vm, Frame *frame, Binary op, bool in_place, Value a, Value b) {
  Value regs[TRY_REGISTERS] = {0};
  binary_candidates(vm, op, in_place, a, b, regs);
  return enter_candidates(vm, frame, &binary_def, 1, regs);
}

Called operator_unary(VM *vm, Frame *frame, Unary op, Value v, Value *out) {
  static const char *const symbols[UN_COUNT] = {"-", "+", "~"};
  Value method = class_special(vm, value_class(vm, v), (Special)(SP_NEG + op));
  if (is_empty(method)) {
    raise_type_error(vm, "bad operand type for unary %s: '%s'", symbols[op],
                     value_class_name(vm, v));
    return CALL_RAISED;
  }
  return call_special(vm, frame, method, 1, &v, out);
}

// ---- comparison

static Value negated(Value v) { return v == NOT_IMPLEMENTED ? v : from_bool(v != TRUE_VALUE); }

static const char *const compare_symbols[] = {"<", "<=", "==", "!=", ">", ">="};

// object.__ne__ is "not __eq__", told by a negative operation.
static Step compare_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (!is_empty(in) && in != NOT_IMPLEMENTED) return step_done(vm, in);
  Step step = try_next(vm, frame);
  if (step != STEP_DONE) return step;
  Value a = frame->regs[LEFT], b = frame->regs[RIGHT];
  Compare op = (Compare)as_small_int(frame->regs[OPERATION]);
  if (op == CMP_EQ) return step_done(vm, from_bool(a == b));
  if (op == CMP_NE) return step_done(vm, from_bool(a != b));
  raise_type_error(vm, "'%s' not supported between instances of '%s' and '%s'", compare_symbols[op],
                   value_class_name(vm, a), value_class_name(vm, b));
  return STEP_RAISE;
}

static const NativeDef compare_def = {
    .name = "compare", .step = compare_step, .registers = TRY_REGISTERS};

static Special compare_special(Compare op) {
  static const Special specials[] = {SP_LT, SP_LE, SP_EQ, SP_NE, SP_GT, SP_GE};
  return specials[op];
}

static Compare reflected_compare(Compare op) {
  static const Compare reflected[] = {CMP_GT, CMP_GE, CMP_EQ, CMP_NE, CMP_LT, CMP_LE};
  return reflected[op];
}

// The registers of compare_step.
static void compare_candidates(VM *vm, Compare op, Value a, Value b, Value *regs) {
  Class *left = value_class(vm, a), *right = value_class(vm, b);
  regs[LEFT] = a;
  regs[RIGHT] = b;
  regs[OPERATION] = small_int(op);
  Value forward = class_special(vm, left, compare_special(op));
  Value backward = class_special(vm, right, compare_special(reflected_compare(op)));
  bool right_first = is_proper_subclass(right, left);
  int count = 0;
  if (right_first) count = add_candidate(regs, count, backward, RIGHT);
  count = add_candidate(regs, count, forward, LEFT);
  if (!right_first) add_candidate(regs, count, backward, RIGHT);
}

Called operator_compare(VM *vm, Frame *frame, Compare op, Value a, Value b, Value *out) {
  vm->frame = frame;
  if (is_kind(a, KIND_COROUTINE)) corowatch_used(vm, a, USED_IN_COMPARISON);
  if (is_kind(b, KIND_COROUTINE)) corowatch_used(vm, b, USED_IN_COMPARISON);
  Tri tri = op == CMP_EQ ? value_equal(vm, a, b) : value_compare(vm, op, a, b);
  if (tri >= 0) {
    *out = from_bool(tri == TRI_YES);
    return CALL_DONE;
  }
  if (tri == TRI_ERROR) return CALL_RAISED;
  if (value_is_builtin(vm, a) && value_is_builtin(vm, b)) {
    Value both[3] = {a, b, from_object(str_intern_c(vm, compare_symbols[op]))};
    return operator_prelude(vm, frame, "containers.compare_slow", 3, both, out);
  }
  Value regs[TRY_REGISTERS] = {0};
  compare_candidates(vm, op, a, b, regs);
  return enter_first(vm, frame, &compare_def, regs, out);
}

Called operator_compare_again(VM *vm, Frame *frame, Compare op, Value a, Value b) {
  Value regs[TRY_REGISTERS] = {0};
  compare_candidates(vm, op, a, b, regs);
  return enter_candidates(vm, frame, &compare_def, 1, regs);
}

// object.__ne__(self, other): not self.__eq__(other). Registers: 0 self, 1 other.
static Step object_ne_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 0) {
    Value eq;
    Tri tri = attr_special(vm, frame->regs[0], SP_EQ, &eq);
    if (tri != TRI_YES) return tri == TRI_ERROR ? STEP_RAISE : step_done(vm, NOT_IMPLEMENTED);
    return step_call(vm, frame, 1, eq, 1, &frame->regs[1]);
  }
  if (in == NOT_IMPLEMENTED || is_bool(in)) return step_done(vm, negated(in));
  if (frame->state == 1) {
    Value out = NONE;
    Tri tri = value_truth(vm, in);
    if (tri >= 0) return step_done(vm, from_bool(!tri));
    if (tri == TRI_ERROR) return STEP_RAISE;
    frame->state = 2;
    Called called = operator_truth(vm, frame, in, &out);
    if (called == CALL_DONE) return step_done(vm, negated(out));
    return called == CALL_ENTER ? STEP_ENTER : STEP_RAISE;
  }
  return step_done(vm, negated(in));
}

const NativeDef operator_object_ne = {.name = "__ne__",
                                      .min = 2,
                                      .max = 2,
                                      .flags = NATIVE_METHOD,
                                      .step = object_ne_step,
                                      .registers = 2};

// ---- truth

// Registers: 0 the value, 1 whether __len__ was called.
static Step truth_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Value v = frame->regs[0];
  Class *cls = value_class(vm, v);
  if (frame->state == 0) {
    Value method = class_special(vm, cls, SP_BOOL);
    bool by_length = is_empty(method) || is_none(method);
    if (by_length) method = class_special(vm, cls, SP_LEN);
    if (is_empty(method) || is_none(method)) return step_done(vm, TRUE_VALUE);
    Value bound;
    if (attr_bind(vm, method, v, cls, &bound) != TRI_YES) return STEP_RAISE;
    frame->regs[1] = from_bool(by_length);
    return step_call(vm, frame, 1, bound, 0, NULL);
  }
  if (frame->regs[1] == FALSE_VALUE) {
    if (is_bool(in)) return step_done(vm, in);
    raise_type_error(vm, "__bool__ should return bool, returned %s", value_class_name(vm, in));
    return STEP_RAISE;
  }
  int64_t length;
  Tri tri = value_index(vm, in, &length);
  if (tri == TRI_SCRIPT) {
    raise_type_error(vm, "'%s' object cannot be interpreted as an integer",
                     value_class_name(vm, in));
  }
  if (tri != TRI_YES) return STEP_RAISE;
  if (length < 0) {
    raise_value_error(vm, "__len__() should return >= 0");
    return STEP_RAISE;
  }
  if (!int_to_i64(in, &length)) {
    vm_raise(vm, vm->exceptions.OverflowError, "cannot fit '%s' into an index-sized integer",
             value_class_name(vm, in));
    return STEP_RAISE;
  }
  return step_done(vm, from_bool(length != 0));
}

static const NativeDef truth_def = {.name = "bool", .step = truth_step, .registers = 2};

Called operator_truth(VM *vm, Frame *frame, Value v, Value *out) {
  Tri tri = value_truth(vm, v);
  if (tri == TRI_ERROR) return CALL_RAISED;
  if (tri >= 0) {
    *out = from_bool(tri == TRI_YES);
    return CALL_DONE;
  }
  return call_internal_step(vm, frame, &truth_def, 1, &v);
}

// ---- in

// Registers: 0 container, 1 item, 2 negate.
static Step contains_step(VM *vm, Frame *frame, Value in) {
  enum { START, ANSWERED, TRUTH };
  if (!is_empty(vm->exception)) return STEP_RAISE;
  bool negate = frame->regs[2] == TRUE_VALUE;
  Value out;
  Called called;
  switch (frame->state) {
    case START: {
      Value container = frame->regs[0];
      Value method = class_special(vm, value_class(vm, container), SP_CONTAINS);
      frame->state = ANSWERED;
      if (is_none(method)) {
        raise_type_error(vm, "'%s' object is not a container", value_class_name(vm, container));
        return STEP_RAISE;
      }
      // A container of ours comes here because of its items; a class without __contains__ is
      // walked.
      if (is_empty(method) || is_kind(method, KIND_NATIVE)) {
        called = operator_prelude(vm, frame, "containers.contains_slow", 2, frame->regs, &out);
      } else {
        called = call_special(vm, frame, method, 2, frame->regs, &out);
      }
      if (called == CALL_ENTER) return STEP_ENTER;
      if (called == CALL_RAISED) return STEP_RAISE;
      in = out;
    }  // fall through
    case ANSWERED:
      frame->state = TRUTH;
      called = operator_truth(vm, frame, in, &out);
      if (called == CALL_ENTER) return STEP_ENTER;
      if (called == CALL_RAISED) return STEP_RAISE;
      in = out;  // fall through
    default: return step_done(vm, from_bool((in == TRUE_VALUE) != negate));
  }
}

Called operator_contained(VM *vm, Frame *frame, Value answer, bool negate, Value *out) {
  Called called = operator_truth(vm, frame, answer, out);
  if (called == CALL_ENTER && negate) frame->header.extra = RESUME_NOT;
  if (called == CALL_DONE) *out = from_bool((*out == TRUE_VALUE) != negate);
  return called;
}

static const NativeDef contains_def = {.name = "in", .step = contains_step, .registers = 3};

Called operator_contains(VM *vm, Frame *frame, Value container, Value item, bool negate,
                         Value *out) {
  Value regs[3] = {container, item, from_bool(negate)};
  Value method = class_special(vm, value_class(vm, container), SP_CONTAINS);
  if (is_function(method)) {  // entered without a step, as in enter_first
    Called called = call_value(vm, frame, method, regs, 2, NULL, out);
    if (called == CALL_ENTER) frame->header.extra = RESUME_IN;
    return called == CALL_DONE ? operator_contained(vm, frame, *out, negate, out) : called;
  }
  return call_internal_step(vm, frame, &contains_def, 3, regs);
}

// ---- items

static bool is_native_special(Value method) { return is_kind(method, KIND_NATIVE); }

// container[index] of a class: __class_getitem__.
static Called class_get_item(VM *vm, Frame *frame, Class *cls, Value index, Value *out) {
  Value of_meta = class_special(vm, cls->header.cls, SP_GETITEM);
  if (!is_empty(of_meta)) {
    Value args[2] = {from_object(cls), index};
    return call_special(vm, frame, of_meta, 2, args, out);
  }
  Value method = class_special(vm, cls, SP_CLASS_GETITEM);
  if (is_empty(method)) {
    if (cls == vm->type_class) {
      Value args[2] = {from_object(cls), index};
      return operator_prelude(vm, frame, "generic.alias", 2, args, out);
    }
    raise_type_error(vm, "type '%s' is not subscriptable", cls->name->data);
    return CALL_RAISED;
  }
  if (is_function(method)) {  // an implicit classmethod
    Value args[2] = {from_object(cls), index};
    return call_value(vm, frame, method, args, 2, NULL, out);
  }
  Value bound;
  if (attr_bind(vm, method, EMPTY, cls, &bound) != TRI_YES) return CALL_RAISED;
  return call_value(vm, frame, bound, &index, 1, NULL, out);
}

Called operator_get_item(VM *vm, Frame *frame, Value container, Value index, Value *out) {
  if (is_class(container)) return class_get_item(vm, frame, as_class(container), index, out);
  Class *cls = value_class(vm, container);
  Value method = class_special(vm, cls, SP_GETITEM);
  Value args[2] = {container, index};
  if (is_empty(method) || is_native_special(method)) {
    Tri tri = value_get_item(vm, container, index, out);
    if (tri == TRI_YES) return CALL_DONE;
    if (tri == TRI_ERROR) return CALL_RAISED;
    if (is_dict(container)) {
      method = class_special(vm, cls, SP_MISSING);
      if (!is_empty(method) && dict_get(vm, as_dict(container), index, out) == TRI_NO) {
        return call_special(vm, frame, method, 2, args, out);
      }
      return operator_prelude(vm, frame, "containers.dict_get_slow", 2, args, out);
    }
    return operator_prelude(vm, frame, "containers.get_item_slow", 2, args, out);
  }
  return call_special(vm, frame, method, 2, args, out);
}

Called operator_set_item(VM *vm, Frame *frame, Value container, Value index, Value item,
                         Value *out) {
  Value method = class_special(vm, value_class(vm, container), SP_SETITEM);
  Value args[3] = {container, index, item};
  if (is_empty(method) || is_native_special(method)) {
    Tri tri = value_set_item(vm, container, index, item);
    if (tri == TRI_YES) return CALL_DONE;
    if (tri == TRI_ERROR) return CALL_RAISED;
    const char *slow = is_dict(container) ? "containers.dict_set_slow" : "containers.set_item_slow";
    return operator_prelude(vm, frame, slow, 3, args, out);
  }
  return call_special(vm, frame, method, 3, args, out);
}

Called operator_delete_item(VM *vm, Frame *frame, Value container, Value index, Value *out) {
  Value method = class_special(vm, value_class(vm, container), SP_DELITEM);
  Value args[2] = {container, index};
  if (is_empty(method) || is_native_special(method)) {
    Tri tri = value_delete_item(vm, container, index);
    if (tri == TRI_YES) return CALL_DONE;
    if (tri == TRI_ERROR) return CALL_RAISED;
    const char *slow =
        is_dict(container) ? "containers.dict_delete_slow" : "containers.delete_item_slow";
    return operator_prelude(vm, frame, slow, 2, args, out);
  }
  return call_special(vm, frame, method, 2, args, out);
}

Value operator_make_slice(VM *vm, Value start, Value stop, Value step) {
  return slice_new(vm, start, stop, step);
}
