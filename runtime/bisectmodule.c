// bisectmodule.c: the native part of the module `bisect`: searching lists whose items C can
// compare. Other sequences, a key function and items with their own __lt__ are for the prelude's
// bisecting.coro.
#include "bisectmodule.h"

#include "containers.h"
#include "list.h"
#include "rows.h"

enum { SEQUENCE, ITEM, LOW, HIGH, KEY, POSITIONS };

// YES with *out the place of the item. NO and below: the prelude must do it.
static Tri search(VM *vm, const Value *args, bool right, size_t *out) {
  if (!is_list(args[SEQUENCE]) || !(is_empty(args[KEY]) || is_none(args[KEY]))) return TRI_NO;
  if (value_has_script(vm, args[SEQUENCE], SP_GETITEM) ||
      value_has_script(vm, args[SEQUENCE], SP_LEN)) {
    return TRI_NO;
  }
  const List *list = as_list(args[SEQUENCE]);
  size_t low = 0, high = list->count;
  if (!is_empty(args[LOW])) {
    if (!is_small_int(args[LOW]) || as_small_int(args[LOW]) < 0) return TRI_NO;
    low = (size_t)as_small_int(args[LOW]);
  }
  if (!is_empty(args[HIGH]) && !is_none(args[HIGH])) {
    if (!is_small_int(args[HIGH]) || (uint64_t)as_small_int(args[HIGH]) > high) return TRI_NO;
    high = (size_t)as_small_int(args[HIGH]);
  }
  while (low < high) {
    size_t middle = (low + high) / 2;
    Tri less = right ? value_compare(vm, CMP_LT, args[ITEM], list->items[middle])
                     : value_compare(vm, CMP_LT, list->items[middle], args[ITEM]);
    if (less < 0) return less;
    if ((less == TRI_YES) == right) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  *out = low;
  return TRI_YES;
}

static bool slowly(VM *vm, const char *name, Value *args, Value *out) {
  if (is_empty(args[LOW])) args[LOW] = small_int(0);
  if (is_empty(args[HIGH])) args[HIGH] = NONE;
  if (is_empty(args[KEY])) args[KEY] = NONE;
  return native_prelude(vm, out, name, POSITIONS, args);
}

static bool bisect(VM *vm, Value *args, bool right, Value *out) {
  size_t place;
  Tri found = search(vm, args, right, &place);
  if (found == TRI_ERROR) return false;
  if (found != TRI_YES) return slowly(vm, right ? "bisecting.right" : "bisecting.left", args, out);
  *out = small_int((int64_t)place);
  return true;
}

static bool insort(VM *vm, Value *args, bool right, Value *out) {
  size_t place;
  Tri found = TRI_NO;
  if (is_list(args[SEQUENCE]) && as_object(args[SEQUENCE])->cls == vm->list_class) {
    found = search(vm, args, right, &place);
  }
  if (found == TRI_ERROR) return false;
  if (found != TRI_YES) {
    return slowly(vm, right ? "bisecting.insort_right" : "bisecting.insort_left", args, out);
  }
  List *list = as_list(args[SEQUENCE]);
  list_insert(vm, list, place < list->count ? place : list->count, args[ITEM]);
  *out = NONE;
  return true;
}

static bool bisect_right(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return bisect(vm, args, true, out);
}

static bool bisect_left(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return bisect(vm, args, false, out);
}

static bool insort_right(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return insort(vm, args, true, out);
}

static bool insort_left(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return insort(vm, args, false, out);
}

#define PARAMETERS "a x lo hi * key"

static const NativeDef functions[] = {
    FUNCTION_ROW("bisect_right", bisect_right, 2, POSITIONS, PARAMETERS),
    FUNCTION_ROW("bisect_left", bisect_left, 2, POSITIONS, PARAMETERS),
    FUNCTION_ROW("insort_right", insort_right, 2, POSITIONS, PARAMETERS),
    FUNCTION_ROW("insort_left", insort_left, 2, POSITIONS, PARAMETERS),
    END_ROW,
};

bool bisect_install(VM *vm, Module *module) {
  native_add_functions(vm, module, functions);
  return true;
}
