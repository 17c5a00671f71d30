// functoolsmodule.c: the native part of the module `functools`: calls of what lru_cache has
// wrapped.
//
// The class in functools.coro says what such a call does; here is the usual case, in which the
// arguments are given by position and C can look them up.
#include "functoolsmodule.h"

#include "class.h"
#include "dict.h"
#include "native.h"
#include "rows.h"

// The slots of a wrapper, in the order of its class's __slots__.
enum { RESULTS, FUNCTION, MAXSIZE, TYPED, HITS, MISSES };

static Value *slots_of(Value wrapper) { return ((Instance *)as_object(wrapper))->slots; }

// False: a program has put something else there, or some arguments are told apart by their types.
static bool is_usual(const Value *slots) {
  return is_dict(slots[RESULTS]) && !is_empty(slots[FUNCTION]) &&
         (is_none(slots[MAXSIZE]) || is_small_int(slots[MAXSIZE])) && slots[TYPED] == FALSE_VALUE &&
         are_small_ints(slots[HITS], slots[MISSES]);
}

// Registers of `call_and_keep`.
enum { WRAPPER, ARGUMENTS, KEY, REGISTERS };

static void count(Value *counter) { *counter = small_int(as_small_int(*counter) + 1); }

// The wrapped function has returned `result`. YES when it is kept; a call further in may have kept
// one already.
static Tri keep(VM *vm, Dict *results, Value maxsize, Value key, Value result) {
  if (is_none(maxsize)) return dict_set(vm, results, key, result);
  size_t entry;
  Tri found = dict_find(vm, results, key, &entry);
  if (found != TRI_NO) return found;
  Value oldest, ignored;
  if ((int64_t)results->count >= as_small_int(maxsize)) {
    dict_pop_first(vm, results, &oldest, &ignored);
  }
  return dict_set(vm, results, key, result);
}

static Step call_and_keep_step(VM *vm, Frame *frame, Value in) {
  enum { START, RETURNED };
  Value *regs = frame->regs;
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == START) {
    Tuple *arguments = as_tuple(regs[ARGUMENTS]);
    return step_call(vm, frame, RETURNED, slots_of(regs[WRAPPER])[FUNCTION], (int)arguments->count,
                     arguments->items);
  }
  const Value *slots = slots_of(regs[WRAPPER]);
  if (!is_usual(slots)) return step_done(vm, in);
  Tri kept = keep(vm, as_dict(slots[RESULTS]), slots[MAXSIZE], regs[KEY], in);
  return kept == TRI_ERROR ? STEP_RAISE : step_done(vm, in);
}

static const NativeDef call_and_keep = {
    .name = "call", .min = 3, .max = 3, .step = call_and_keep_step, .registers = REGISTERS};

// As _make_key.
static Value make_key(VM *vm, const Value *args, int nargs) {
  if (nargs == 1) {
    const Class *cls = value_class(vm, args[0]);
    if (cls == vm->int_class || cls == vm->str_class) return args[0];
  }
  return from_object(tuple_from(vm, args, (size_t)nargs));
}

static bool call_slowly(VM *vm, Value *args, int nargs, Value *out) {
  Value call[3] = {args[0], from_object(tuple_from(vm, args + 1, (size_t)nargs - 1)),
                   from_object(vm->keywords == NULL ? dict_new(vm) : vm->keywords)};
  Value slow = class_lookup(vm, as_object(args[0])->cls, str_intern_c(vm, "_call_slowly"));
  return native_tail(vm, out, slow, 3, call);
}

static bool call_cached(VM *vm, Value *args, int nargs, Value *out) {
  Value *slots = slots_of(args[0]);
  if (vm->keywords != NULL || !is_usual(slots)) return call_slowly(vm, args, nargs, out);
  Value key = make_key(vm, args + 1, nargs - 1);
  Dict *results = as_dict(slots[RESULTS]);
  size_t entry;
  Tri found = dict_find(vm, results, key, &entry);
  if (found == TRI_SCRIPT) return call_slowly(vm, args, nargs, out);
  if (found == TRI_ERROR) return false;
  if (found == TRI_YES) {
    count(&slots[HITS]);
    *out = results->entries[entry].value;
    if (!is_none(slots[MAXSIZE])) dict_move_to_end(vm, results, entry);
    return true;
  }
  count(&slots[MISSES]);
  Value arguments = is_tuple(key) ? key : from_object(tuple_from(vm, &key, 1));
  Value call[REGISTERS] = {args[0], arguments, key};
  return native_tail(vm, out, vm->call_and_keep, REGISTERS, call);
}

static bool bind_cached(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = is_none(args[1]) ? args[0] : method_new(vm, args[0], args[1]);
  return true;
}

static const NativeDef wrapper_methods[] = {
    LEAF_ROW("__call__", call_cached, 1, -1, NATIVE_METHOD | NATIVE_KEYWORDS, NULL),
    METHOD_ROW("__get__", bind_cached, 2, 3),
    END_ROW,
};

// _add_methods(_lru_cache_wrapper)
static bool add_methods(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  native_add_methods(vm, as_class(args[0]), wrapper_methods);
  return true;
}

static const NativeDef functions[] = {
    FUNCTION_ROW("_add_methods", add_methods, 1, 1, NULL),
    END_ROW,
};

bool functools_install(VM *vm, Module *module) {
  vm->call_and_keep = native_new(vm, &call_and_keep, NULL);
  native_add_functions(vm, module, functions);
  return true;
}
