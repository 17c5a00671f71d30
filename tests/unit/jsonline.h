// jsonline.h: reading objects of JSON that stand in a line each. What is no JSON fails the test.
#ifndef CORO_TESTS_JSONLINE_H
#define CORO_TESTS_JSONLINE_H

#include <stdbool.h>
#include <stdio.h>

// The value of a key of the object that begins here; NULL: it has none.
const char *json_find(const char *object, const char *key);
// Whether that is this string, which has nothing to escape.
bool json_has_word(const char *object, const char *key, const char *word);
// A whole number; 0: there is none.
long json_number(const char *object, const char *key);
// Writes the characters that a JSON string stands for.
void json_write_plain(FILE *out, const char *string);

#endif
