// structseq.h: struct sequences: tuples whose parts also have names, as time.struct_time and
// sys.float_info are.
//
// A class of them is made from a row for each name. Some have further fields that are no parts of
// the tuple (struct_time.tm_zone): these live beside it.
#ifndef CORO_STRUCTSEQ_H
#define CORO_STRUCTSEQ_H

#include "rows.h"
#include "vm.h"

// What reads part i of a struct sequence: `{MEMBER_ROW("tm_year", structseq_part_0), …}`.
// clang-format off
#define STRUCTSEQ_PARTS(X) \
  X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
// clang-format on
#define X(i) bool structseq_part_##i(VM *vm, Value *args, int nargs, Value *out);
STRUCTSEQ_PARTS(X)
#undef X

// A class for `module` with rows for its visible fields, then for its hidden ones. `make` is its
// __new__, or NULL: programs cannot make instances.
Class *structseq_class(VM *vm, const char *module, const char *name, const NativeDef *fields,
                       int visible, const NativeDef *make);
// values: as many as the class has visible fields.
Tuple *structseq_new(VM *vm, Class *cls, const Value *values);
void structseq_set_hidden(VM *vm, Tuple *sequence, const char *name, Value value);
Value structseq_hidden(VM *vm, Value sequence, const char *name);  // NONE when absent

#endif
