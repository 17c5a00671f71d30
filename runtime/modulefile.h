// modulefile.h: where a program's own modules are: the folders searched, and the files in them.
#ifndef CORO_MODULEFILE_H
#define CORO_MODULEFILE_H

#include "vm.h"

typedef struct {
  char path[4096];
  char *text;  // of the file, the caller frees; NULL: a package without a file, only folders
  size_t length;
  bool package;
  List *folders;  // of a package without a file: its __path__
} ModuleFile;

// The folders that top-level modules are looked for in: sys.path as the program has it now.
List *modulefile_path(VM *vm);
// Looks for the module `part` (the last part of its dotted name) in folders.
bool modulefile_find(VM *vm, List *folders, const Str *part, ModuleFile *out);

#endif
