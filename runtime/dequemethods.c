// dequemethods.c: the class collections.deque and its methods.
//
// What must ask a script (an item's __eq__, a generator to walk) goes on in the prelude's
// deques.coro.
#include "containers.h"
#include "deque.h"
#include "dunder.h"
#include "int.h"
#include "iterator.h"
#include "rows.h"
#include "vm.h"

static bool new_deque(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_class(args[0]) || !class_is_subclass(as_class(args[0]), vm->deque_class)) {
    return raise_type_error(vm, "deque.__new__(X): X is not a subtype of deque");
  }
  *out = from_object(deque_new(vm, as_class(args[0]), DEQUE_UNBOUNDED));
  return true;
}

static bool read_max_length(VM *vm, Value v, int64_t *out) {
  *out = DEQUE_UNBOUNDED;
  if (is_empty(v) || is_none(v)) return true;
  if (!is_int(v)) return raise_type_error(vm, "an integer is required");
  if (!int_to_i64(v, out)) {
    return vm_raise(vm, vm->exceptions.OverflowError,
                    "Python int too large to convert to C ssize_t");
  }
  return *out >= 0 || raise_value_error(vm, "maxlen must be non-negative");
}

// d.extend(items), with what its result is to be: None, or d for +=.
static bool extend_by(VM *vm, Value *args, Value result, const char *slow, Value *out) {
  List *items;
  *out = result;
  Tri known = value_items(vm, args[1], &items);
  if (known < 0) return slow_or_fail(vm, known, out, slow, 2, args);
  deque_extend(vm, as_deque(args[0]), items);
  return true;
}

static bool init(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Deque *deque = as_deque(args[0]);
  int64_t max_length;
  if (!read_max_length(vm, args[2], &max_length)) return false;
  deque->max_length = max_length;
  if (deque->count > 0) deque_clear(vm, deque);
  *out = NONE;
  return is_empty(args[1]) || extend_by(vm, args, NONE, "deques.extend", out);
}

static bool append(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  deque_append(vm, as_deque(args[0]), args[1]);
  *out = NONE;
  return true;
}

static bool append_left(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  deque_append_left(vm, as_deque(args[0]), args[1]);
  *out = NONE;
  return true;
}

static bool clear(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  deque_clear(vm, as_deque(args[0]));
  *out = NONE;
  return true;
}

// A subclass is copied by calling it, as CPython does.
static bool copy(VM *vm, Value *args, int nargs, Value *out) {
  const Deque *deque = as_deque(args[0]);
  if (deque->header.cls != vm->deque_class) {
    return native_prelude(vm, out, "deques.copy", nargs, args);
  }
  Deque *result = deque_new(vm, vm->deque_class, deque->max_length);
  for (size_t i = 0; i < deque->count; i++) deque_append(vm, result, *deque_at(deque, i));
  *out = from_object(result);
  return true;
}

static bool count(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Deque *deque = as_deque(args[0]);
  int64_t n = 0;
  for (size_t i = 0; i < deque->count; i++) {
    Tri same = value_same_or_equal(vm, *deque_at(deque, i), args[1]);
    if (same < 0) return slow_or_fail(vm, same, out, "deques.count", 2, args);
    n += same;
  }
  *out = small_int(n);
  return true;
}

static bool extend(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return extend_by(vm, args, NONE, "deques.extend", out);
}

static bool extend_left(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  List *items;
  *out = NONE;
  Tri known = value_items(vm, args[1], &items);
  if (known < 0) return slow_or_fail(vm, known, out, "deques.extendleft", 2, args);
  for (size_t i = 0; i < items->count; i++) {
    deque_append_left(vm, as_deque(args[0]), items->items[i]);
  }
  return true;
}

static bool iadd(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return extend_by(vm, args, args[0], "deques.extended", out);
}

// The operators of a subclass's objects: CPython makes the result by calling the class.
static bool add(VM *vm, Value *args, int nargs, Value *out) {
  if (!is_deque(args[1])) {
    return raise_type_error(vm, "can only concatenate deque (not \"%s\") to deque",
                            value_class(vm, args[1])->name->data);
  }
  if (as_object(args[0])->cls != vm->deque_class) {
    return native_prelude(vm, out, "deques.add", nargs, args);
  }
  return deque_concat(vm, as_deque(args[0]), as_deque(args[1]), out) == TRI_YES;
}

static bool mul(VM *vm, Value *args, int nargs, Value *out) {
  int64_t ignored;
  Tri known = value_index(vm, args[1], &ignored);
  if (known == TRI_YES && as_object(args[0])->cls != vm->deque_class) known = TRI_SCRIPT;
  if (known == TRI_YES) known = deque_repeat(vm, as_deque(args[0]), args[1], out);
  return known == TRI_YES || slow_or_fail(vm, known, out, "deques.mul", nargs, args);
}

static bool imul(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t ignored;
  Deque *deque = as_deque(args[0]);
  Value product;
  Tri known = value_index(vm, args[1], &ignored);
  if (known == TRI_YES) known = deque_repeat(vm, deque, args[1], &product);
  if (known != TRI_YES) return slow_or_fail(vm, known, out, "deques.imul", 2, args);
  const Deque *longer = as_deque(product);
  deque_clear(vm, deque);
  for (size_t i = 0; i < longer->count; i++) deque_append(vm, deque, *deque_at(longer, i));
  *out = args[0];
  return true;
}

static Tri search_bound(VM *vm, Value v, size_t count, int64_t *out) {
  if (is_empty(v)) return TRI_YES;
  if (!is_int(v) && !value_has_script(vm, v, SP_INDEX)) {
    raise_type_error(vm, "slice indices must be integers or have an __index__ method");
    return TRI_ERROR;
  }
  Tri known = value_index(vm, v, out);
  if (known == TRI_YES && *out < 0) {
    *out += (int64_t)count;
    if (*out < 0) *out = 0;
  }
  return known;
}

static bool deque_index(VM *vm, Value *args, int nargs, Value *out) {
  const Deque *deque = as_deque(args[0]);
  int64_t start = 0, stop = INT64_MAX;
  Tri known = search_bound(vm, args[2], deque->count, &start);
  if (known == TRI_YES) known = search_bound(vm, args[3], deque->count, &stop);
  if (known < 0) return slow_or_fail(vm, known, out, "deques.index", nargs, args);
  for (int64_t i = start; i < stop && (size_t)i < deque->count; i++) {
    Tri same = value_same_or_equal(vm, *deque_at(deque, (size_t)i), args[1]);
    if (same < 0) return slow_or_fail(vm, same, out, "deques.index", nargs, args);
    if (same == TRI_NO) continue;
    *out = small_int(i);
    return true;
  }
  return native_prelude(vm, out, "deques.not_there", 1, &args[1]);
}

static bool insert(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t at;
  Deque *deque = as_deque(args[0]);
  Tri known = value_index(vm, args[1], &at);
  if (known < 0) return slow_or_fail(vm, known, out, "deques.insert", 3, args);
  int64_t length = (int64_t)deque->count;
  if (length == deque->max_length) {
    return raise_index_error(vm, "deque already at its maximum size");
  }
  if (at < 0) at = at < -length ? 0 : at + length;
  if (at > length) at = length;
  deque_insert(vm, deque, (size_t)at, args[2]);
  *out = NONE;
  return true;
}

static bool pop(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Deque *deque = as_deque(args[0]);
  if (deque->count == 0) return raise_index_error(vm, "pop from an empty deque");
  *out = deque_pop(deque);
  return true;
}

static bool pop_left(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Deque *deque = as_deque(args[0]);
  if (deque->count == 0) return raise_index_error(vm, "pop from an empty deque");
  *out = deque_pop_left(deque);
  return true;
}

static bool remove_item(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Deque *deque = as_deque(args[0]);
  for (size_t i = 0; i < deque->count; i++) {
    Tri same = value_same_or_equal(vm, *deque_at(deque, i), args[1]);
    if (same < 0) return slow_or_fail(vm, same, out, "deques.remove", 2, args);
    if (same == TRI_NO) continue;
    deque_remove_at(deque, i);
    *out = NONE;
    return true;
  }
  return native_prelude(vm, out, "deques.not_there", 1, &args[1]);
}

static bool reverse(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  Deque *deque = as_deque(args[0]);
  for (size_t i = 0, j = deque->count; i + 1 < j; i++) {
    Value *low = deque_at(deque, i), *high = deque_at(deque, --j), item = *low;
    *low = *high;
    *high = item;
  }
  *out = NONE;
  return true;
}

static bool rotate(VM *vm, Value *args, int nargs, Value *out) {
  int64_t steps = 1;
  Tri known = nargs > 1 ? value_index(vm, args[1], &steps) : TRI_YES;
  if (known < 0) return slow_or_fail(vm, known, out, "deques.rotate", 2, args);
  deque_rotate(as_deque(args[0]), steps);
  *out = NONE;
  return true;
}

static bool backwards(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = deque_iterator(vm, as_deque(args[0]), true);
  return true;
}

static bool max_length(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t length = as_deque(args[0])->max_length;
  *out = length == DEQUE_UNBOUNDED ? NONE : int_from_i64(vm, length);
  return true;
}

static bool reduce(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "deques.reduce", nargs, args);
}

static const NativeDef methods[] = {
    LEAF_ROW("__new__", new_deque, 1, -1, NATIVE_STATIC | NATIVE_KEYWORDS, NULL),
    LEAF_ROW("__init__", init, 1, 3, NATIVE_METHOD, "self iterable maxlen"),
    METHOD_ROW("__add__", add, 2, 2),
    METHOD_ROW("__mul__", mul, 2, 2),
    METHOD_ROW("__rmul__", mul, 2, 2),
    METHOD_ROW("__iadd__", iadd, 2, 2),
    METHOD_ROW("__imul__", imul, 2, 2),
    METHOD_ROW("__reversed__", backwards, 1, 1),
    METHOD_ROW("__copy__", copy, 1, 1),
    METHOD_ROW("__reduce__", reduce, 1, 1),
    METHOD_ROW("append", append, 2, 2),
    METHOD_ROW("appendleft", append_left, 2, 2),
    METHOD_ROW("clear", clear, 1, 1),
    METHOD_ROW("copy", copy, 1, 1),
    METHOD_ROW("count", count, 2, 2),
    METHOD_ROW("extend", extend, 2, 2),
    METHOD_ROW("extendleft", extend_left, 2, 2),
    METHOD_ROW("index", deque_index, 2, 4),
    METHOD_ROW("insert", insert, 3, 3),
    METHOD_ROW("pop", pop, 1, 1),
    METHOD_ROW("popleft", pop_left, 1, 1),
    METHOD_ROW("remove", remove_item, 2, 2),
    METHOD_ROW("reverse", reverse, 1, 1),
    METHOD_ROW("rotate", rotate, 1, 2),
    PROPERTY_ROW("maxlen", max_length),
    END_ROW,
};

static Class *iterator_class(VM *vm, const char *name) {
  Class *cls = class_new_builtin(vm, name, NULL, KIND_ITERATOR, CLASS_FINAL | CLASS_ABSTRACT);
  dict_set_c(vm, cls->dict, "__module__", from_object(str_intern_c(vm, "_collections")));
  iterator_add_methods(vm, cls);
  return cls;
}

void deque_install(VM *vm) {
  if (vm->deque_class != NULL) return;
  Class *cls = vm->deque_class = class_new_builtin(vm, "deque", NULL, KIND_DEQUE, 0);
  dunder_install(vm, cls,
                 DUNDER_EQUAL | DUNDER_ORDER | DUNDER_REPR | DUNDER_LEN | DUNDER_CONTAINS |
                     DUNDER_GETITEM | DUNDER_SETITEM | DUNDER_DELITEM | DUNDER_ITER);
  native_add_methods(vm, cls, methods);
  native_add_methods(vm, cls, container_class_methods);
  dict_set_c(vm, cls->dict, "__hash__", NONE);
  dict_set_c(vm, cls->dict, "__module__", from_object(str_intern_c(vm, "collections")));
  dict_set_c(vm, cls->dict, "__doc__",
             from_object(str_from_c(vm, "A queue with two ends: items come and go at both.")));
  vm->deque_iterator_class = iterator_class(vm, "_deque_iterator");
  vm->deque_reverse_iterator_class = iterator_class(vm, "_deque_reverse_iterator");
}
