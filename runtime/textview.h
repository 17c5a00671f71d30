// textview.h: what the methods of str and bytes have in common: a view of the receiver, cutting
// parts out of it, and reading arguments.
//
// str holds UTF-8, in which no character's octets occur inside another's, so searching, splitting,
// stripping and replacing work on octets for both classes. Only positions that a program sees
// differ: they count code points in a str.
#ifndef CORO_TEXTVIEW_H
#define CORO_TEXTVIEW_H

#include "bytes.h"
#include "native.h"
#include "protocol.h"

#define TEXT_MAX_LENGTH ((int64_t)1 << 40)  // longer results are a MemoryError

typedef struct {
  VM *vm;
  Value value;  // the str or bytes
  const char *data;
  size_t length;  // in octets
  bool is_text;   // a str
} TextView;

TextView text_view(VM *vm, Value str_or_bytes);
// The octets [from, to) as a str or bytes, like the view's value. The whole is that very object,
// unless it is of a subclass.
Value text_part(const TextView *view, size_t from, size_t to);
// A str or bytes like the view's value, of `length` octets for the caller to fill by *data.
// count: its code points.
Value text_blank(const TextView *view, size_t length, size_t count, char **data);
// False with MemoryError pending when a result would be absurdly long.
bool text_length_ok(VM *vm, int64_t length) MUST_CHECK;

size_t text_count(const TextView *view);                     // len()
size_t text_offset(const TextView *view, size_t position);   // position -> octet offset
size_t text_position(const TextView *view, size_t offset);   // and back

// A number (width, count): ERROR for what is no int, OverflowError beyond int64.
Tri text_size_argument(VM *vm, Value v, int64_t *out) MUST_CHECK;
// The same limited to C's int.
Tri text_int_argument(VM *vm, Value v, int *out) MUST_CHECK;
// start and end (EMPTY or None: absent) as slices read them: clamped to 0 <= *from, *to <= length.
Tri text_bounds(VM *vm, Value start, Value end, int64_t length, int64_t *from,
                int64_t *to) MUST_CHECK;
// Ends a leaf whose argument reader did not say YES. SCRIPT: the method `name` is called again by
// the prelude, with plain ints for the first `count` of args that have __index__.
bool text_arguments_failed(VM *vm, Tri tri, Value *out, const char *name, int count,
                           const Value *args) MUST_CHECK;
// The other operand of a method: it must be a bytes where the receiver is one (Python's message),
// and a str where it is a str ("must be str, not int" when message is NULL, otherwise
// "<message>, not int").
bool text_operand(const TextView *view, Value v, const char *message, TextView *out) MUST_CHECK;

// The octets of the white space character that begins at p (ends before p), 0: it is none.
size_t text_space_at(const TextView *view, const char *p);
size_t text_space_before(const TextView *view, const char *p);

// Searching. The result is an octet offset, -1: not found.
int64_t text_find(const char *data, size_t length, const char *part, size_t part_length);
int64_t text_rfind(const char *data, size_t length, const char *part, size_t part_length);

// The rows that str and bytes share, for native_add_methods.
extern const NativeDef text_find_methods[];
extern const NativeDef text_split_methods[];
extern const NativeDef text_pad_methods[];

#endif
