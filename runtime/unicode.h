// unicode.h: what a character is (by code point) and its upper, lower, title and folded forms, as
// str's methods define them. The data is utf8proc's, plus small tables for what it lacks.
#ifndef CORO_UNICODE_H
#define CORO_UNICODE_H

#include <stdbool.h>
#include <stdint.h>

bool unicode_is_alpha(uint32_t c);
bool unicode_is_decimal(uint32_t c);
bool unicode_is_digit(uint32_t c);    // decimals, and the likes of superscript two
bool unicode_is_numeric(uint32_t c);  // whatever has a value: fractions, Roman and Han numerals
bool unicode_is_space(uint32_t c);
bool unicode_is_lower(uint32_t c);
bool unicode_is_upper(uint32_t c);
bool unicode_is_title(uint32_t c);  // a digraph with a capital first, as in "ǅ"
bool unicode_is_printable(uint32_t c);
bool unicode_is_identifier_start(uint32_t c);
bool unicode_is_identifier_part(uint32_t c);
// Upper, lower or title case. What the final sigma rule passes over.
bool unicode_is_cased(uint32_t c);
bool unicode_is_case_ignorable(uint32_t c);

// The full mappings: each writes 1 to 3 code points and returns how many.
int unicode_to_upper(uint32_t c, uint32_t out[3]);
int unicode_to_lower(uint32_t c, uint32_t out[3]);
int unicode_to_title(uint32_t c, uint32_t out[3]);
int unicode_fold(uint32_t c, uint32_t out[3]);

#endif
