// slice.c: slice objects and their one method, indices().
#include "slice.h"

#include "dunder.h"
#include "heap.h"
#include "int.h"
#include "vm.h"

Value slice_new(VM *vm, Value start, Value stop, Value step) {
  Slice *slice = heap_alloc(vm, KIND_SLICE, vm->slice_class, sizeof(Slice));
  slice->start = start;
  slice->stop = stop;
  slice->step = step;
  return from_object(slice);
}

// A bound that is not None, clamped to int64.
static Tri bound(VM *vm, Value v, int64_t *out) {
  if (is_int(v) || value_has_script(vm, v, SP_INDEX)) return value_index(vm, v, out);
  raise_type_error(vm, "slice indices must be integers or None or have an __index__ method");
  return TRI_ERROR;
}

// Counts from the end where negative, then clamps to [low, high].
static int64_t clamp(int64_t index, int64_t length, int64_t low, int64_t high) {
  if (index < 0) {
    index = index < -length ? -1 : index + length;
    return index < low ? low : index;
  }
  return index > high ? high : index;
}

Tri slice_resolve(VM *vm, const Slice *slice, int64_t length, SliceRange *out) {
  Tri known;
  out->step = 1;
  if (!is_none(slice->step)) {
    if ((known = bound(vm, slice->step, &out->step)) != TRI_YES) return known;
    if (out->step == 0) {
      raise_value_error(vm, "slice step cannot be zero");
      return TRI_ERROR;
    }
    if (out->step < -INT64_MAX) out->step = -INT64_MAX;
  }
  bool down = out->step < 0;
  int64_t low = down ? -1 : 0, high = down ? length - 1 : length;
  out->start = down ? high : low;
  out->stop = down ? low : high;
  if (!is_none(slice->start)) {
    if ((known = bound(vm, slice->start, &out->start)) != TRI_YES) return known;
    out->start = clamp(out->start, length, low, high);
  }
  if (!is_none(slice->stop)) {
    if ((known = bound(vm, slice->stop, &out->stop)) != TRI_YES) return known;
    out->stop = clamp(out->stop, length, low, high);
  }
  out->count = 0;
  if (down && out->stop < out->start) {
    out->count = (out->start - out->stop - 1) / -out->step + 1;
  } else if (!down && out->start < out->stop) {
    out->count = (out->stop - out->start - 1) / out->step + 1;
  }
  return TRI_YES;
}

void slice_mark(VM *vm, Object *object) {
  Slice *slice = (Slice *)object;
  heap_mark(vm, slice->start);
  heap_mark(vm, slice->stop);
  heap_mark(vm, slice->step);
}

static bool new_slice(VM *vm, Value *args, int nargs, Value *out) {
  if (nargs == 2) {
    *out = slice_new(vm, NONE, args[1], NONE);
  } else {
    *out = slice_new(vm, args[1], args[2], is_empty(args[3]) ? NONE : args[3]);
  }
  return true;
}

static bool get_start(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = as_slice(args[0])->start;
  return true;
}

static bool get_stop(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = as_slice(args[0])->stop;
  return true;
}

static bool get_step(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)nargs;
  *out = as_slice(args[0])->step;
  return true;
}

static bool indices(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t length;
  SliceRange range;
  Tri known = value_index(vm, args[1], &length);
  if (known == TRI_YES && length < 0) return raise_value_error(vm, "length should not be negative");
  if (known == TRI_YES) known = slice_resolve(vm, as_slice(args[0]), length, &range);
  if (known == TRI_SCRIPT) return native_prelude(vm, out, "containers.slice_indices_slow", 2, args);
  if (known != TRI_YES) return false;
  *out = from_object(tuple_of(vm, 3, int_from_i64(vm, range.start), int_from_i64(vm, range.stop),
                              int_from_i64(vm, range.step)));
  return true;
}

static const NativeDef methods[] = {
    {.name = "__new__", .leaf = new_slice, .min = 2, .max = 4, .flags = NATIVE_STATIC},
    {.name = "indices", .leaf = indices, .min = 2, .max = 2, .flags = NATIVE_METHOD},
    {.name = "start",
     .leaf = get_start,
     .min = 1,
     .max = 1,
     .flags = NATIVE_PROPERTY | NATIVE_MEMBER},
    {.name = "stop",
     .leaf = get_stop,
     .min = 1,
     .max = 1,
     .flags = NATIVE_PROPERTY | NATIVE_MEMBER},
    {.name = "step",
     .leaf = get_step,
     .min = 1,
     .max = 1,
     .flags = NATIVE_PROPERTY | NATIVE_MEMBER},
    {0},
};

void slice_install(VM *vm) {
  dunder_install(vm, vm->slice_class, DUNDER_EQUAL | DUNDER_ORDER | DUNDER_REPR);
  native_add_methods(vm, vm->slice_class, methods);
  dict_set_c(vm, vm->slice_class->dict, "__hash__", NONE);
}
