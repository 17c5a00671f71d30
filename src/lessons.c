// lessons.c: see lessons.h.
#include "lessons.h"

#include "coro.h"
#include "dict.h"
#include "module.h"
#include "native.h"
#include "rows.h"
#include "str.h"
#include "vm.h"

// files(): a dict of the files' texts by their paths.
static bool files(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  Dict *result = dict_new(vm);
  const char *at = (const char *)lesson_data;
  for (const LessonFile *file = lesson_files; file->path != NULL; file++) {
    dict_set_str(vm, result, str_from_c(vm, file->path), from_object(str_new(vm, at, file->size)));
    at += file->size;
  }
  *out = from_object(result);
  return true;
}

static const NativeDef functions[] = {
    FUNCTION_ROW("files", files, 0, 0, NULL),
    END_ROW,
};

void lessons_install(VM *vm) {
  Str *name = str_intern_c(vm, "_lessons");
  Module *module = module_new(vm, name);
  native_add_functions(vm, module, functions);
  dict_set_str(vm, vm->modules, name, from_object(module));
}
