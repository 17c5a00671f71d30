// strmethods.h: methods of str by subject, for the table in strmethods.c (private to str).
#ifndef CORO_STRMETHODS_H
#define CORO_STRMETHODS_H

#include "native.h"
#include "str.h"

// strcase.c: upper, lower, title …; and the questions isalpha, isupper, istitle ….
extern const NativeDef str_case_methods[];

#endif
