// format.h: format specifications for str, int and float, the % operator on str and bytes, and
// str.format.
//
// format.c parses and applies specifications, percent.c is the % operator, strformat.c is
// str.format with the natives that lib/prelude/format.coro is built on.
#ifndef CORO_FORMAT_H
#define CORO_FORMAT_H

#include "object.h"
#include "protocol.h"

// format(v, spec) for builtin v (spec may be empty). SCRIPT when v's class has its own __format__
// or __str__. ERROR with Python's texts ("Unknown format code 'd' for object of type 'str'",
// "unsupported format string passed to list.__format__", …).
Tri format_value(VM *vm, Value v, Str *spec, Text *out) MUST_CHECK;
// format % args for a str. SCRIPT when an argument needs a script for its text: then
// native_prelude(vm, out, "format.percent_slow", 2, {format, args}), for bytes
// "format.percent_bytes_slow".
Tri format_percent(VM *vm, Str *format, Value args, Value *out) MUST_CHECK;
Tri format_percent_bytes(VM *vm, Value format, Value args, Value *out) MUST_CHECK;
// str.format(*args, **kwargs) and format_map (args NULL). SCRIPT as above, then
// native_prelude(vm, out, "format.format_slow", 3, {format, args or None, kwargs or mapping}).
Tri format_str(VM *vm, Str *format, Tuple *args, Dict *kwargs, Value *out) MUST_CHECK;
// For the prelude: a list of (literal, field_name or None, spec, conversion or None) tuples. What
// is wrong behind the first of them is told when its turn comes: then the last one is (None, the
// rest of the format, None, None), and the rest raises the error.
bool format_parse(VM *vm, Str *format, Value *out) MUST_CHECK;
// For the prelude: a list of (literal, key or None, "flags, width and precision" or None,
// conversion) tuples of a % format.
bool format_percent_parse(VM *vm, Value format, Value *out) MUST_CHECK;
// repr's text with everything beyond ASCII escaped: ascii().
void format_escape(Text *out, const char *text, size_t length);
// Adds `text` in a field of `width`: align is one of < > ^.
void format_pad(Text *out, const char *text, size_t length, int64_t width, uint32_t fill,
                char align);

// The natives of format.coro, into its module.
void format_install_prelude(VM *vm, Module *module);

#endif
