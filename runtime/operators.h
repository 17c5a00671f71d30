// operators.h: the slow paths of the interpreter's instructions: what happens when an operand's
// class is the program's. Each answers as call_value does; a script is entered as a frame.
#ifndef CORO_OPERATORS_H
#define CORO_OPERATORS_H

#include "call.h"

// `frame` is a bytecode frame at the instruction, which binary operators, comparisons and `in` may
// let wait as RESUME_OPERATE or RESUME_IN. A step that compares is given NotImplemented if the
// first method answers so, and goes on with operator_compare_again.
Called operator_binary(VM *vm, Frame *frame, Binary op, bool in_place, Value a, Value b,
                       Value *out);
// The method that was entered has answered NotImplemented: CALL_ENTER, a step tries the others.
Called operator_binary_again(VM *vm, Frame *frame, Binary op, bool in_place, Value a, Value b);
Called operator_compare_again(VM *vm, Frame *frame, Compare op, Value a, Value b);
Called operator_unary(VM *vm, Frame *frame, Unary op, Value v, Value *out);
Called operator_compare(VM *vm, Frame *frame, Compare op, Value a, Value b, Value *out);
// *out (or the value that comes back) is True or False.
Called operator_truth(VM *vm, Frame *frame, Value v, Value *out);
Called operator_contains(VM *vm, Frame *frame, Value container, Value item, bool negate,
                         Value *out);
// What a container's __contains__ has answered, as True or False.
Called operator_contained(VM *vm, Frame *frame, Value answer, bool negate, Value *out);

Called operator_get_item(VM *vm, Frame *frame, Value container, Value index, Value *out);
Called operator_set_item(VM *vm, Frame *frame, Value container, Value index, Value item,
                         Value *out);
Called operator_delete_item(VM *vm, Frame *frame, Value container, Value index, Value *out);
Value operator_make_slice(VM *vm, Value start, Value stop, Value step);

Called operator_iter(VM *vm, Frame *frame, Value v, Value *out);
Called operator_next(VM *vm, Frame *frame, Value iterator, Value *out);
Called operator_aiter(VM *vm, Frame *frame, Value v, Value *out);
// Whether the pending exception is a `stop` (StopIteration …): then it is cleared.
bool operator_clear_stop(VM *vm, const Class *stop);
// A tuple of the `before` items of v (after >= 0: then a list of the middle and `after` items).
Called operator_unpack(VM *vm, Frame *frame, Value v, int before, int after, Value *out);

// callee: of a call f(*items), for the error; EMPTY elsewhere.
Called operator_list_extend(VM *vm, Frame *frame, Value list, Value items, Value callee,
                            Value *out);
Called operator_set_add(VM *vm, Frame *frame, Value set, Value item, Value *out);
Called operator_set_update(VM *vm, Frame *frame, Value set, Value items, Value *out);
Called operator_dict_update(VM *vm, Frame *frame, Value dict, Value mapping, Value *out);
Called operator_dict_merge(VM *vm, Frame *frame, Value callee, Value dict, Value mapping,
                           Value *out);

// conversion: 0 none, 1 str, 2 repr, 3 ascii; spec EMPTY: none.
Called operator_format(VM *vm, Frame *frame, Value v, int conversion, Value spec, Value *out);
Value operator_join_strs(VM *vm, const Value *strs, int count);
Called operator_str(VM *vm, Frame *frame, Value v, Value *out);   // str(v)
Called operator_repr(VM *vm, Frame *frame, Value v, Value *out);  // repr(v)
Called operator_hash(VM *vm, Frame *frame, Value v, Value *out);

// Fills base[0..3] with the exit method, its receiver, the enter method, its receiver.
bool operator_before_with(VM *vm, Value manager, bool is_async, Value *base) MUST_CHECK;
Called operator_build_class(VM *vm, Frame *frame, const Value *base, Value *out);
Called operator_display(VM *vm, Frame *frame, Value v, Value *out);

// import.c
Called operator_import(VM *vm, Frame *frame, Str *name, int level, Value from_list, Value *out);
Called operator_import_from(VM *vm, Frame *frame, Value module, Str *name, Value *out);
bool operator_import_star(VM *vm, Module *into, Value module) MUST_CHECK;

extern const NativeDef class_build_new_def;  // type.__new__
extern const NativeDef operator_object_ne;   // object.__ne__

// A call of a function of the prelude ("iter.sum_slow").
Called operator_prelude(VM *vm, Frame *frame, const char *name, int nargs, const Value *args,
                        Value *out);

#endif
