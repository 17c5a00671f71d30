// rows.h: short forms for the rows of NativeDef tables.
#ifndef CORO_ROWS_H
#define CORO_ROWS_H

#include "native.h"

// A function or method with min..max positions, keyword names in params (or NULL).
#define LEAF_ROW(name, leaf, min, max, flags, params) \
  { name, leaf, min, max, flags, params, NULL, 0, NULL }
#define METHOD_ROW(name, leaf, min, max) LEAF_ROW(name, leaf, min, max, NATIVE_METHOD, NULL)
#define PROPERTY_ROW(name, leaf) LEAF_ROW(name, leaf, 1, 1, NATIVE_PROPERTY, NULL)
#define MEMBER_ROW(name, leaf) LEAF_ROW(name, leaf, 1, 1, NATIVE_PROPERTY | NATIVE_MEMBER, NULL)
#define FUNCTION_ROW(name, leaf, min, max, params) LEAF_ROW(name, leaf, min, max, 0, params)
#define STEP_ROW(name, step, min, max, flags, params, registers) \
  { name, NULL, min, max, flags, params, step, registers, NULL }
#define END_ROW \
  { NULL, NULL, 0, 0, 0, NULL, NULL, 0, NULL }

#endif
