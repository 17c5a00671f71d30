// value.h: the 64-bit value that every register, slot and container holds.
//
// A Value is a NaN box, told apart by its top 16 bits:
//
//   0x0000            a pointer to an Object (or all zero: EMPTY, "no value here")
//   0x0001 .. 0xFFFD  a double, its bits plus 2^48 (so that no double looks like a pointer)
//   0xFFFE            None, False, True, Ellipsis, NotImplemented
//   0xFFFF            a 48-bit signed integer
//
// The hardware's own NaNs (0x7FF8…, 0xFFF8…) stay inside the double range after the offset, so
// arithmetic results need no canonical form. Integers outside 48 bits are BigInt objects (int.h).
// Invariant: an integer that fits 48 bits is never a BigInt of class int, so identity decides
// equality of two small ints.
#ifndef CORO_VALUE_H
#define CORO_VALUE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint64_t Value;
typedef struct Object Object;

#define VALUE_TAG_SHIFT 48
#define VALUE_INT_TAG (UINT64_C(0xFFFF) << VALUE_TAG_SHIFT)
#define VALUE_SPECIAL_TAG (UINT64_C(0xFFFE) << VALUE_TAG_SHIFT)
#define VALUE_DOUBLE_OFFSET (UINT64_C(1) << VALUE_TAG_SHIFT)
#define VALUE_PAYLOAD (VALUE_DOUBLE_OFFSET - 1)

#define EMPTY ((Value)0)
#define NONE (VALUE_SPECIAL_TAG | 0)
#define FALSE_VALUE (VALUE_SPECIAL_TAG | 2)
#define TRUE_VALUE (VALUE_SPECIAL_TAG | 3)
#define ELLIPSIS (VALUE_SPECIAL_TAG | 4)
#define NOT_IMPLEMENTED (VALUE_SPECIAL_TAG | 5)

#define SMALL_INT_MIN (-(INT64_C(1) << 47))
#define SMALL_INT_MAX ((INT64_C(1) << 47) - 1)

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define MUST_CHECK __attribute__((warn_unused_result))

static inline bool is_empty(Value v) { return v == EMPTY; }
static inline bool is_none(Value v) { return v == NONE; }
static inline bool is_object(Value v) { return (v >> VALUE_TAG_SHIFT) == 0 && v != 0; }
// The same for a value that is known not to be EMPTY.
static inline bool is_some_object(Value v) {
  assert(v != EMPTY);
  return (v >> VALUE_TAG_SHIFT) == 0;
}
static inline bool is_bool(Value v) { return (v | 1) == TRUE_VALUE; }
static inline bool is_special(Value v) { return (v >> VALUE_TAG_SHIFT) == 0xFFFE; }

// Small integers. Note that bool is a separate tag: see int.h for "int or bool or BigInt".
static inline bool is_small_int(Value v) { return v >= VALUE_INT_TAG; }
static inline bool are_small_ints(Value a, Value b) { return (a & b) >= VALUE_INT_TAG; }
static inline int64_t as_small_int(Value v) { return (int64_t)(v << 16) >> 16; }
static inline bool fits_small_int(int64_t i) { return i >= SMALL_INT_MIN && i <= SMALL_INT_MAX; }
static inline Value small_int(int64_t i) {
  assert(fits_small_int(i));
  return VALUE_INT_TAG | ((uint64_t)i & VALUE_PAYLOAD);
}

// The small int i of i << 16: the tag goes into the free low bits and is rotated to the top.
static inline Value small_int_shifted(uint64_t shifted) {
  uint64_t tagged = shifted | 0xFFFF;
  return tagged >> 16 | tagged << VALUE_TAG_SHIFT;
}

static inline bool is_double(Value v) {
  return v - VALUE_DOUBLE_OFFSET < VALUE_SPECIAL_TAG - VALUE_DOUBLE_OFFSET;
}
static inline double as_double(Value v) {
  uint64_t bits = v - VALUE_DOUBLE_OFFSET;
  double d;
  memcpy(&d, &bits, sizeof d);
  return d;
}
static inline Value from_double(double d) {
  uint64_t bits;
  memcpy(&bits, &d, sizeof bits);
  return bits + VALUE_DOUBLE_OFFSET;
}

static inline Value from_bool(bool b) { return b ? TRUE_VALUE : FALSE_VALUE; }
static inline Object *as_object(Value v) { return (Object *)(uintptr_t)v; }
static inline Value from_object(const void *o) { return (Value)(uintptr_t)o; }

#endif
