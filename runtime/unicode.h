// unicode.h: what a code point is (letter, digit, space …) and its case mappings, as str's methods
// define them. The data is utf8proc's, plus the small tables in unicode.c for what it lacks.
#ifndef CORO_UNICODE_H
#define CORO_UNICODE_H

#include <stdbool.h>
#include <stdint.h>

bool unicode_is_alpha(uint32_t c);
bool unicode_is_decimal(uint32_t c);
bool unicode_is_digit(uint32_t c);    // decimals, and the likes of superscript two
bool unicode_is_numeric(uint32_t c);  // whatever has a value: fractions, Roman and Han numerals
bool unicode_is_space(uint32_t c);
bool unicode_is_line_break(uint32_t c);
bool unicode_is_lower(uint32_t c);
bool unicode_is_upper(uint32_t c);
bool unicode_is_title(uint32_t c);  // one character that is a capital and a small letter (Dž)
bool unicode_is_cased(uint32_t c);
bool unicode_is_case_ignorable(uint32_t c);  // does not end a word for the final sigma's rule
bool unicode_is_identifier_start(uint32_t c);
bool unicode_is_identifier_part(uint32_t c);

// The full mappings: one code point becomes up to UNICODE_CASE_MAX. They return how many.
enum { UNICODE_CASE_MAX = 4 };
int unicode_to_upper(uint32_t c, uint32_t out[UNICODE_CASE_MAX]);
int unicode_to_lower(uint32_t c, uint32_t out[UNICODE_CASE_MAX]);
int unicode_to_title(uint32_t c, uint32_t out[UNICODE_CASE_MAX]);
int unicode_fold_case(uint32_t c, uint32_t out[UNICODE_CASE_MAX]);

#endif
