// sysmodule.h: the module `sys`.
#ifndef CORO_SYSMODULE_H
#define CORO_SYSMODULE_H

#include "vm.h"

bool sys_install(VM *vm, Module *module);  // a NativeModule's install function
// version_info, float_info, int_info, hash_info (sysinfo.c).
void sys_install_info(VM *vm, Module *module);
// Makes the module before any program runs, with what the embedding program knows: sys.argv.
void sys_set_argv(VM *vm, int count, char *const *arguments);
// A program has set an attribute of a module: if it was sys.stdout, print goes there from now on.
void sys_attribute_was_set(VM *vm, const Module *module, const Str *name, Value value);
// Gives an uncaught exception to the program's own sys.excepthook. False: it has none. Called where
// no script is running.
bool sys_call_excepthook(VM *vm, Value exception);

#endif
