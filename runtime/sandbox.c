// sandbox.c: see sandbox.h.
//
// Invariant: a function of a restricted module that no table names is refused, so that one added
// later is refused until somebody has thought about it.
#include "sandbox.h"

#include <errno.h>
#include <string.h>

#include "dict.h"
#include "module.h"
#include "native.h"

static bool refuse(VM *vm, const char *what) {
  Value args[] = {small_int(EPERM),
                  from_object(str_format(vm, "there %s in a sandbox (coro --sandbox)", what))};
  Value exception;
  return exception_create(vm, vm->exceptions.PermissionError, args, 2, NULL, &exception) &&
         vm_raise_exception(vm, exception);
}

static bool refuse_files(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs, (void)out;
  return refuse(vm, "are no files");
}

static bool refuse_network(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs, (void)out;
  return refuse(vm, "is no network");
}

static bool refuse_processes(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs, (void)out;
  return refuse(vm, "are no other processes");
}

static bool refuse_environment(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs, (void)out;
  return refuse(vm, "is no environment");
}

static bool empty_environment(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  *out = from_object(dict_new(vm));
  return true;
}

static const NativeDef files_def = {
    .name = "refused", .leaf = refuse_files, .max = -1, .flags = NATIVE_KEYWORDS};
static const NativeDef network_def = {
    .name = "refused", .leaf = refuse_network, .max = -1, .flags = NATIVE_KEYWORDS};
static const NativeDef processes_def = {
    .name = "refused", .leaf = refuse_processes, .max = -1, .flags = NATIVE_KEYWORDS};
static const NativeDef environment_def = {
    .name = "refused", .leaf = refuse_environment, .max = -1, .flags = NATIVE_KEYWORDS};
static const NativeDef empty_def = {.name = "environment", .leaf = empty_environment};

// A module: its functions that stay, and what the others are replaced by; other replacements.
typedef struct {
  const char *module;
  const char *allowed;  // separated by spaces
  const NativeDef *instead;
  struct {
    const char *names;
    const NativeDef *instead;
  } others[3];
} Rule;

static const Rule rules[] = {
    {"_posix",
     " _exit cpu_count getcwd getpid getppid get_blocking isatty strerror terminal_size times "
     "urandom ",
     &files_def,
     {{" environment ", &empty_def},
      {" putenv unsetenv getlogin ", &environment_def},
      {" kill system wait ", &processes_def}}},
    {"_net", " buffer watch ", &network_def, {{" spawn open_pipe ", &processes_def}}},
    {"_io", " file_of flush_below write_below ", &files_def, {{NULL, NULL}}},
    {"_signal",
     " _deliver _get _pause _set alarm default_int_handler strsignal ",
     &processes_def,
     {{NULL, NULL}}},
};

static bool has(const char *names, const Str *name) {
  if (names == NULL) return false;
  for (const char *at = names; (at = memmem(at, strlen(at), name->data, name->length)) != NULL;
       at++) {
    if (at[-1] == ' ' && at[name->length] == ' ') return true;
  }
  return false;
}

static const NativeDef *replacement(const Rule *rule, const Str *name) {
  if (has(rule->allowed, name)) return NULL;
  for (size_t i = 0; i < sizeof rule->others / sizeof *rule->others; i++) {
    if (has(rule->others[i].names, name)) return rule->others[i].instead;
  }
  return rule->instead;
}

void sandbox_restrict(VM *vm, Module *module) {
  for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
    if (!str_equals_c(module->name, rules[r].module)) continue;
    List *names = module_names(vm, module);
    for (size_t i = 0; i < names->count; i++) {
      Str *name = as_str(names->items[i]);
      if (!is_kind(module_get(vm, module, name), KIND_NATIVE)) continue;
      const NativeDef *instead = replacement(&rules[r], name);
      if (instead != NULL) module_set(vm, module, name, native_new(vm, instead, NULL));
    }
  }
}
