// format.h: format specifications for str, int and float, and the % operator on str and bytes.
#ifndef CORO_FORMAT_H
#define CORO_FORMAT_H

#include "object.h"
#include "protocol.h"

// format(v, spec) for builtin v (spec may be empty). SCRIPT when v's class is the user's (it may
// have __format__ or __str__). ERROR with Python's texts ("Unknown format code 'd' for object of
// type 'str'", "Invalid format specifier", …).
Tri format_value(VM *vm, Value v, Str *spec, Text *out) MUST_CHECK;
// format % args for a str. SCRIPT when an argument needs a script for its text.
Tri format_percent(VM *vm, Str *format, Value args, Value *out) MUST_CHECK;
Tri format_percent_bytes(VM *vm, Value format, Value args, Value *out) MUST_CHECK;
// str.format(*args, **kwargs) and format_map. args: Tuple; kwargs: Dict or NULL.
// SCRIPT as above: the prelude then does the fields one by one (format_parse gives it the pieces).
Tri format_str(VM *vm, Str *format, Tuple *args, Dict *kwargs, Value *out) MUST_CHECK;
// For the prelude: a list of (literal, field_name or None, spec, conversion or None) tuples.
bool format_parse(VM *vm, Str *format, Value *out) MUST_CHECK;

#endif
