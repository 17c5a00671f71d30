// textmethods.h: methods that str and bytes have in common, each written once (private to the two
// types). A leaf sees from its receiver which of the two it works for; what differs is what counts
// as white space, how indices are counted, and the messages.
//
// textsearch.c: find, count, startswith, partition, replace …; textsplit.c: split, strip, join;
// textpad.c: padding. Their arguments are read by the functions at the end, in textargs.c.
#ifndef CORO_TEXTMETHODS_H
#define CORO_TEXTMETHODS_H

#include "bytes.h"
#include "native.h"
#include "protocol.h"
#include "str.h"

// Results longer than this are a MemoryError.
#define TEXT_MAX_LENGTH ((uint64_t)1 << 36)

// clang-format off
#define TEXT_LEAVES(X)                                                                    \
  X(find) X(rfind) X(index) X(rindex) X(count) X(startswith) X(endswith) X(removeprefix)  \
  X(removesuffix) X(partition) X(rpartition) X(replace) X(split) X(rsplit) X(splitlines)  \
  X(strip) X(lstrip) X(rstrip) X(join) X(center) X(ljust) X(rjust) X(zfill) X(expandtabs)
// clang-format on
#define X(name) bool text_##name##_method(VM *vm, Value *args, int nargs, Value *out);
TEXT_LEAVES(X)
#undef X

// The rows of these methods, for both classes.
#define TEXT_METHOD_ROWS                                                                          \
  METHOD_ROW("find", text_find_method, 1, 5), METHOD_ROW("rfind", text_rfind_method, 1, 5),       \
      METHOD_ROW("index", text_index_method, 1, 5),                                               \
      METHOD_ROW("rindex", text_rindex_method, 1, 5),                                             \
      METHOD_ROW("count", text_count_method, 1, 5),                                               \
      METHOD_ROW("startswith", text_startswith_method, 1, 5),                                     \
      METHOD_ROW("endswith", text_endswith_method, 1, 5),                                         \
      METHOD_ROW("removeprefix", text_removeprefix_method, 2, 2),                                 \
      METHOD_ROW("removesuffix", text_removesuffix_method, 2, 2),                                 \
      METHOD_ROW("partition", text_partition_method, 2, 2),                                       \
      METHOD_ROW("rpartition", text_rpartition_method, 2, 2),                                     \
      METHOD_ROW("replace", text_replace_method, 3, 4),                                           \
      LEAF_ROW("split", text_split_method, 1, 3, NATIVE_METHOD, "self / sep maxsplit"),           \
      LEAF_ROW("rsplit", text_rsplit_method, 1, 3, NATIVE_METHOD, "self / sep maxsplit"),         \
      LEAF_ROW("splitlines", text_splitlines_method, 1, 2, NATIVE_METHOD, "self / keepends"),     \
      METHOD_ROW("strip", text_strip_method, 1, 2),                                               \
      METHOD_ROW("lstrip", text_lstrip_method, 1, 2),                                             \
      METHOD_ROW("rstrip", text_rstrip_method, 1, 2), METHOD_ROW("join", text_join_method, 2, 2), \
      METHOD_ROW("center", text_center_method, 2, 3),                                             \
      METHOD_ROW("ljust", text_ljust_method, 2, 3), METHOD_ROW("rjust", text_rjust_method, 2, 3), \
      METHOD_ROW("zfill", text_zfill_method, 2, 2),                                               \
      LEAF_ROW("expandtabs", text_expandtabs_method, 1, 2, NATIVE_METHOD, "self / tabsize")

// Bytes in a row, of a str or a bytes.
typedef struct {
  const char *data;
  size_t length;
} Span;

static inline Span span_of(Value v) {
  if (is_bytes(v)) return (Span){(const char *)as_bytes(v)->data, as_bytes(v)->length};
  return (Span){as_str(v)->data, as_str(v)->length};
}
// len() of the str or bytes.
static inline size_t text_count_of(Value v) {
  return is_bytes(v) ? as_bytes(v)->length : as_str(v)->count;
}
// A new str or bytes, as `like` is one.
Value text_part(VM *vm, Value like, const char *data, size_t length);
// v itself, unless it is of a subclass: then a plain copy.
Value text_plain(VM *vm, Value v);
// Room for a result like `like`, of so many bytes and code points; *data is to be filled. EMPTY
// with MemoryError pending when it is absurdly long.
Value text_blank(VM *vm, Value like, uint64_t length, uint64_t count, char **data);

// The first or last place of a part, NULL when there is none.
const char *span_find(Span s, Span part);
const char *span_rfind(Span s, Span part);

// ---- arguments

// A part to look for, of the receiver's own type. False: TypeError; `what` begins a str's message
// ("replace() argument 1 ").
bool text_arg(VM *vm, Value receiver, Value v, const char *what, Span *out) MUST_CHECK;
// An optional number: *out keeps its default when v is EMPTY. SCRIPT for __index__: text_retry.
Tri text_size_arg(VM *vm, Value v, int64_t *out) MUST_CHECK;
Tri text_int_arg(VM *vm, Value v, int64_t *out) MUST_CHECK;  // that a C int must hold
// start and end of find() and the like, adjusted to a length; start > end: nothing matches.
Tri text_bounds(VM *vm, const Value *args, size_t length, int64_t *start, int64_t *end) MUST_CHECK;
// What a leaf returns when one of these answered below YES: for SCRIPT the prelude takes the
// __index__ of the arguments and calls the method again.
bool text_retry(VM *vm, Tri tri, const char *method, const Value *args, int max, Value *out);

#endif
