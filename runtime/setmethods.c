// setmethods.c: the methods and operators of set and frozenset.
//
// A method takes any iterables; an operator only sets (and views of dicts). Where an element needs
// a script, the prelude does the whole operation again from the same operands.
#include "containers.h"
#include "drain.h"
#include "dunder.h"
#include "heap.h"
#include "vm.h"

// Hands s.name(others…) over to the prelude, or fails.
static bool slow(VM *vm, Tri tri, Value *out, const char *name, int nargs, const Value *args) {
  if (tri != TRI_SCRIPT) return false;
  Tuple *all = tuple_new(vm, (size_t)nargs + 1);
  all->items[0] = from_object(str_intern_c(vm, name));
  memcpy(all->items + 1, args, (size_t)nargs * sizeof(Value));
  return native_prelude(vm, out, "containers.set_method_slow", nargs + 1, all->items);
}

// An operand as set.c takes it: a Set, a Dict or a List of items. Replaces *v, so that an iterator
// that is used up now is not handed to the prelude.
static Tri take_items(VM *vm, Value *v) {
  if ((is_any_set(*v) || is_dict(*v)) && !value_has_script(vm, *v, SP_ITER)) return TRI_YES;
  List *items;
  Tri known = value_items(vm, *v, &items);
  if (known == TRI_YES) *v = from_object(items);
  return known;
}

static Tri take_all(VM *vm, Value *args, int nargs) {
  for (int i = 1; i < nargs; i++) {
    Tri known = take_items(vm, &args[i]);
    if (known != TRI_YES) return known;
  }
  return TRI_YES;
}

static Tri merge_any(VM *vm, Set *set, Value other) {
  if (is_any_set(other)) return set_merge(vm, set, as_set(other));
  if (is_dict(other)) return set_merge_dict(vm, set, as_dict(other));
  return set_merge_items(vm, set, as_list(other)->items, as_list(other)->count);
}

static bool new_set(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_object(set_new_of(vm, as_class(args[0]), KIND_SET));
  return true;
}

static bool init(VM *vm, Value *args, int nargs, Value *out) {
  Set *set = as_set(args[0]);
  *out = NONE;
  if (nargs > 1 && drain_is_possible(args[1])) {
    set_clear(vm, set);
    return drain_tail(vm, out, args[0], args[1], DRAIN_NONE, EMPTY);
  }
  Tri done = take_all(vm, args, nargs);
  set_clear(vm, set);
  if (done == TRI_YES && nargs > 1) done = merge_any(vm, set, args[1]);
  return done == TRI_YES || slow(vm, done, out, "update", nargs, args);
}

static bool new_frozenset(VM *vm, Value *args, int nargs, Value *out) {
  Class *cls = as_class(args[0]);
  if (nargs > 1 && cls == vm->frozenset_class && is_kind(args[1], KIND_FROZENSET) &&
      as_object(args[1])->cls == cls) {
    *out = args[1];
    return true;
  }
  Set *set = set_new_of(vm, cls, KIND_FROZENSET);
  *out = from_object(set);
  if (nargs > 1 && drain_is_possible(args[1])) {
    return drain_tail(vm, out, *out, args[1], DRAIN_TARGET, EMPTY);
  }
  Tri done = take_all(vm, args, nargs);
  if (done == TRI_YES && nargs > 1) done = merge_any(vm, set, args[1]);
  return done == TRI_YES || slow(vm, done, out, "new_frozenset", nargs, args);
}

static bool add(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  Tri done = set_add(vm, as_set(args[0]), args[1]);
  return done >= 0 || slow_or_fail(vm, done, out, "containers.set_add_slow", 2, args);
}

static bool clear(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  set_clear(vm, as_set(args[0]));
  *out = NONE;
  return true;
}

static bool copy(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Set *set = as_set(args[0]);
  if (set->header.cls == vm->frozenset_class) {
    *out = args[0];
  } else if (set->header.kind == KIND_FROZENSET) {
    *out = from_object(set_copy(vm, set, vm->frozenset_class, KIND_FROZENSET));
  } else {
    *out = from_object(set_copy(vm, set, vm->set_class, KIND_SET));
  }
  return true;
}

static Tri discard_key(VM *vm, Set *set, Value key) {
  return set_discard(vm, set, value_set_key(vm, key));
}

static bool discard(VM *vm, Value *args, int nargs, Value *out) {
  *out = NONE;
  Tri done = discard_key(vm, as_set(args[0]), args[1]);
  return done >= 0 || slow(vm, done, out, "discard", nargs, args);
}

static bool set_remove(VM *vm, Value *args, int nargs, Value *out) {
  *out = NONE;
  Tri done = discard_key(vm, as_set(args[0]), args[1]);
  if (done == TRI_YES) return true;
  if (done == TRI_NO) return vm_raise_value(vm, vm->exceptions.KeyError, args[1]);
  return slow(vm, done, out, "remove", nargs, args);
}

static bool pop(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (set_pop(as_set(args[0]), out)) return true;
  return vm_raise(vm, vm->exceptions.KeyError, "pop from an empty set");
}

static Set *plain_copy(VM *vm, const Set *set) {
  bool frozen = set->header.kind == KIND_FROZENSET;
  return set_copy(vm, set, frozen ? vm->frozenset_class : vm->set_class, (Kind)set->header.kind);
}

static bool set_union_method(VM *vm, Value *args, int nargs, Value *out) {
  Tri done = take_all(vm, args, nargs);
  Set *result = plain_copy(vm, as_set(args[0]));
  for (int i = 1; done == TRI_YES && i < nargs; i++) done = merge_any(vm, result, args[i]);
  *out = from_object(result);
  return done == TRI_YES || slow(vm, done, out, "union", nargs, args);
}

static bool update(VM *vm, Value *args, int nargs, Value *out) {
  *out = NONE;
  if (nargs == 2 && drain_is_possible(args[1])) {
    return drain_tail(vm, out, args[0], args[1], DRAIN_NONE, EMPTY);
  }
  Tri done = take_all(vm, args, nargs);
  for (int i = 1; done == TRI_YES && i < nargs; i++) done = merge_any(vm, as_set(args[0]), args[i]);
  return done == TRI_YES || slow(vm, done, out, "update", nargs, args);
}

// The intersection of all operands, into *result.
static Tri intersect(VM *vm, Value *args, int nargs, Set **result) {
  Tri done = take_all(vm, args, nargs);
  if (nargs == 1) *result = plain_copy(vm, as_set(args[0]));
  const Set *set = as_set(args[0]);
  for (int i = 1; done == TRI_YES && i < nargs; i++) {
    done = set_intersection(vm, set, args[i], result);
    set = *result;
  }
  return done;
}

static bool intersection(VM *vm, Value *args, int nargs, Value *out) {
  Set *result;
  Tri done = intersect(vm, args, nargs, &result);
  if (done != TRI_YES) return slow(vm, done, out, "intersection", nargs, args);
  *out = from_object(result);
  return true;
}

static bool intersection_update(VM *vm, Value *args, int nargs, Value *out) {
  Set *result;
  Tri done = intersect(vm, args, nargs, &result);
  if (done != TRI_YES) return slow(vm, done, out, "intersection_update", nargs, args);
  set_swap(as_set(args[0]), result);
  *out = NONE;
  return true;
}

static bool difference(VM *vm, Value *args, int nargs, Value *out) {
  Tri done = take_all(vm, args, nargs);
  Set *result = NULL;
  if (nargs == 1) {
    result = plain_copy(vm, as_set(args[0]));
  } else if (done == TRI_YES) {
    done = set_difference(vm, as_set(args[0]), args[1], &result);
  }
  for (int i = 2; done == TRI_YES && i < nargs; i++) done = set_remove_all(vm, result, args[i]);
  *out = from_object(result);
  return done == TRI_YES || slow(vm, done, out, "difference", nargs, args);
}

static bool difference_update(VM *vm, Value *args, int nargs, Value *out) {
  *out = NONE;
  Tri done = take_all(vm, args, nargs);
  for (int i = 1; done == TRI_YES && i < nargs; i++) {
    done = set_remove_all(vm, as_set(args[0]), args[i]);
  }
  return done == TRI_YES || slow(vm, done, out, "difference_update", nargs, args);
}

static bool symmetric_difference(VM *vm, Value *args, int nargs, Value *out) {
  Set *result = NULL;
  Tri done = take_all(vm, args, nargs);
  if (done == TRI_YES) done = set_symmetric_difference(vm, as_set(args[0]), args[1], &result);
  *out = from_object(result);
  return done == TRI_YES || slow(vm, done, out, "symmetric_difference", nargs, args);
}

static bool symmetric_difference_update(VM *vm, Value *args, int nargs, Value *out) {
  *out = NONE;
  Tri done = take_all(vm, args, nargs);
  if (done == TRI_YES) done = set_toggle_all(vm, as_set(args[0]), args[1]);
  return done == TRI_YES || slow(vm, done, out, "symmetric_difference_update", nargs, args);
}

static bool isdisjoint(VM *vm, Value *args, int nargs, Value *out) {
  Tri answer = take_all(vm, args, nargs);
  if (answer == TRI_YES) answer = set_is_disjoint(vm, as_set(args[0]), args[1]);
  *out = from_bool(answer == TRI_YES);
  return answer >= 0 || slow(vm, answer, out, "isdisjoint", nargs, args);
}

// args[i] as a Set: itself, or one made from its items.
static Tri as_operand_set(VM *vm, Value v, Set **out) {
  if (is_any_set(v)) {
    *out = as_set(v);
    return TRI_YES;
  }
  *out = set_new(vm);
  return merge_any(vm, *out, v);
}

static bool issubset(VM *vm, Value *args, int nargs, Value *out) {
  Set *other;
  Tri answer = take_all(vm, args, nargs);
  if (answer == TRI_YES) answer = as_operand_set(vm, args[1], &other);
  if (answer == TRI_YES) answer = set_is_subset(vm, as_set(args[0]), other);
  *out = from_bool(answer == TRI_YES);
  return answer >= 0 || slow(vm, answer, out, "issubset", nargs, args);
}

static bool issuperset(VM *vm, Value *args, int nargs, Value *out) {
  Set *other;
  Tri answer = take_all(vm, args, nargs);
  if (answer == TRI_YES) answer = as_operand_set(vm, args[1], &other);
  if (answer == TRI_YES) answer = set_is_subset(vm, other, as_set(args[0]));
  *out = from_bool(answer == TRI_YES);
  return answer >= 0 || slow(vm, answer, out, "issuperset", nargs, args);
}

// ---- Operators ----

static Tri in_place(VM *vm, Binary op, Set *set, const Value other) {
  Set *result;
  Tri done;
  switch (op) {
    case BIN_OR: return merge_any(vm, set, other);
    case BIN_SUB: return set_remove_all(vm, set, other);
    case BIN_XOR: return set_toggle_all(vm, set, other);
    default:
      done = set_intersection(vm, set, other, &result);
      if (done == TRI_YES) set_swap(set, result);
      return done;
  }
}

// A view and anything that can be walked. The view's elements come in the dict's order.
static Tri view_intersection(VM *vm, Value view, Value other, Set **out) {
  if (!is_set_view(view)) {
    Value swapped = view;
    view = other;
    other = swapped;
  }
  size_t count = as_dict_view(view)->dict->count;
  if (is_any_set(other) && as_object(other)->cls == vm->set_class &&
      count <= as_set(other)->count) {
    Tri known = take_items(vm, &view);
    return known == TRI_YES ? set_intersection(vm, as_set(other), view, out) : known;
  }
  if (is_set_view(other) && as_dict_view(other)->dict->count > count) {
    Value swapped = view;
    view = other;
    other = swapped;
  }
  *out = set_new(vm);
  List *items;
  Tri done = value_items(vm, other, &items);
  for (size_t i = 0; done == TRI_YES && i < items->count; i++) {
    Tri found = value_contains(vm, view, items->items[i]);
    if (found == TRI_YES) found = set_add(vm, *out, items->items[i]);
    if (found < 0) done = found;
  }
  return done;
}

static Tri view_binary(VM *vm, Binary op, Value a, Value b, Value *out) {
  Set *result;
  Tri done;
  if (op == BIN_AND) {
    done = view_intersection(vm, a, b, &result);
  } else {
    result = set_new(vm);
    done = take_items(vm, &a);
    if (done == TRI_YES) done = take_items(vm, &b);
    if (done == TRI_YES) done = merge_any(vm, result, a);
    if (done == TRI_YES) done = in_place(vm, op, result, b);
  }
  if (done == TRI_YES) *out = from_object(result);
  return done;
}

Tri set_binary(VM *vm, Binary op, bool in_place_wanted, Value a, Value b, Value *out) {
  if (op != BIN_OR && op != BIN_AND && op != BIN_XOR && op != BIN_SUB) return TRI_NO;
  if (is_set_view(a) || is_set_view(b)) {
    // In-place operators of a set do not take views: the plain operator makes a new set.
    return view_binary(vm, op, a, b, out);
  }
  if (!is_any_set(a) || !is_any_set(b)) return TRI_NO;
  if (in_place_wanted && is_kind(a, KIND_SET)) {
    *out = a;
    return in_place(vm, op, as_set(a), b);
  }
  Set *result = NULL;
  Tri done;
  switch (op) {
    case BIN_OR: done = set_union(vm, as_set(a), b, &result); break;
    case BIN_AND: done = set_intersection(vm, as_set(a), b, &result); break;
    case BIN_SUB: done = set_difference(vm, as_set(a), b, &result); break;
    default: done = set_symmetric_difference(vm, as_set(a), b, &result); break;
  }
  *out = from_object(result);
  return done;
}

// __ior__ and its relatives.
static bool in_place_method(VM *vm, Binary op, Value *args, Value *out, const char *name) {
  *out = NOT_IMPLEMENTED;
  if (!is_any_set(args[1])) return true;
  *out = args[0];
  Tri done = in_place(vm, op, as_set(args[0]), args[1]);
  return done == TRI_YES || slow(vm, done, out, name, 2, args);
}

static bool ior(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return in_place_method(vm, BIN_OR, args, out, "__ior__");
}

static bool iand(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return in_place_method(vm, BIN_AND, args, out, "__iand__");
}

static bool isub(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return in_place_method(vm, BIN_SUB, args, out, "__isub__");
}

static bool ixor(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return in_place_method(vm, BIN_XOR, args, out, "__ixor__");
}

#define METHOD(text, fn, least, most) \
  { .name = text, .leaf = fn, .min = least, .max = most, .flags = NATIVE_METHOD }

static const NativeDef shared_methods[] = {
    METHOD("copy", copy, 1, 1),
    METHOD("difference", difference, 1, -1),
    METHOD("intersection", intersection, 1, -1),
    METHOD("isdisjoint", isdisjoint, 2, 2),
    METHOD("issubset", issubset, 2, 2),
    METHOD("issuperset", issuperset, 2, 2),
    METHOD("symmetric_difference", symmetric_difference, 2, 2),
    METHOD("union", set_union_method, 1, -1),
    {0},
};

static const NativeDef set_methods[] = {
    {.name = "__new__",
     .leaf = new_set,
     .min = 1,
     .max = -1,
     .flags = NATIVE_STATIC | NATIVE_KEYWORDS},
    METHOD("__init__", init, 1, 2),
    METHOD("__iand__", iand, 2, 2),
    METHOD("__ior__", ior, 2, 2),
    METHOD("__isub__", isub, 2, 2),
    METHOD("__ixor__", ixor, 2, 2),
    METHOD("add", add, 2, 2),
    METHOD("clear", clear, 1, 1),
    METHOD("difference_update", difference_update, 1, -1),
    METHOD("discard", discard, 2, 2),
    METHOD("intersection_update", intersection_update, 1, -1),
    METHOD("pop", pop, 1, 1),
    METHOD("remove", set_remove, 2, 2),
    METHOD("symmetric_difference_update", symmetric_difference_update, 2, 2),
    METHOD("update", update, 1, -1),
    {0},
};

static const NativeDef frozenset_methods[] = {
    {.name = "__new__", .leaf = new_frozenset, .min = 1, .max = 2, .flags = NATIVE_STATIC},
    {0},
};

void set_install(VM *vm) {
  const uint64_t shared = DUNDER_BINARY(BIN_AND) | DUNDER_BINARY(BIN_OR) | DUNDER_BINARY(BIN_XOR) |
                          DUNDER_BINARY(BIN_SUB) | DUNDER_REFLECTED(BIN_AND) |
                          DUNDER_REFLECTED(BIN_OR) | DUNDER_REFLECTED(BIN_XOR) |
                          DUNDER_REFLECTED(BIN_SUB) | DUNDER_EQUAL | DUNDER_ORDER | DUNDER_REPR |
                          DUNDER_LEN | DUNDER_CONTAINS | DUNDER_ITER;
  dunder_install(vm, vm->set_class, shared);
  dunder_install(vm, vm->frozenset_class, shared | DUNDER_HASH);
  native_add_methods(vm, vm->set_class, shared_methods);
  native_add_methods(vm, vm->set_class, set_methods);
  native_add_methods(vm, vm->set_class, container_class_methods);
  native_add_methods(vm, vm->frozenset_class, shared_methods);
  native_add_methods(vm, vm->frozenset_class, frozenset_methods);
  native_add_methods(vm, vm->frozenset_class, container_class_methods);
  dict_set_c(vm, vm->set_class->dict, "__hash__", NONE);
}
