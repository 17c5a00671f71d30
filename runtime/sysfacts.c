// sysfacts.c: the rest of the module `sys`: the hook for uncaught exceptions, what Coro leaves out,
// and facts that are made when first asked for (prelude/facts.coro).
#include "sysfacts.h"

#include "interp.h"
#include "rows.h"
#include "sysmodule.h"
#include "traceback.h"
#include "tracemodule.h"

// ---- excepthook

// sys.excepthook(type, value, traceback): the report on standard error.
static bool excepthook(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "facts.excepthook", nargs, args);
}

// Registers: 0 the program's hook, 1 … 3 its arguments.
static Step call_hook_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  Value *regs = frame->regs;
  if (frame->state == 0) return step_call(vm, frame, 1, regs[0], 3, &regs[1]);
  if (is_empty(vm->exception)) return step_done(vm, NONE);
  Value failed = vm->exception;
  vm_clear_exception(vm);
  fputs("Error in sys.excepthook:\n", stderr);
  traceback_print(vm, failed, stderr);
  fputs("\nOriginal exception was:\n", stderr);
  traceback_print(vm, regs[2], stderr);
  return step_done(vm, NONE);
}

static const NativeDef call_hook_def = {
    .name = "excepthook", .min = 4, .max = 4, .step = call_hook_step, .registers = 4};

bool sys_call_excepthook(VM *vm, Value exception) {
  Value sys = dict_get_c(vm->modules, "sys");
  if (!is_kind(sys, KIND_MODULE)) return false;
  Value hook = module_get(vm, (Module *)as_object(sys), str_intern_c(vm, "excepthook"));
  if (is_empty(hook) || (is_kind(hook, KIND_NATIVE) && as_native(hook)->def->leaf == excepthook)) {
    return false;
  }
  Value args[4] = {hook, from_object(as_object(exception)->cls), exception,
                   exception_traceback(vm, exception)};
  Value result;
  bool ok = interp_call(vm, native_new(vm, &call_hook_def, NULL), 4, args, &result);
  if (!ok) vm_clear_exception(vm);
  return true;
}

// ---- what Coro leaves out

#define LEFT_OUT(function, name)                                                               \
  static bool function(VM *vm, Value *args, int nargs, Value *out) {                           \
    (void)args, (void)nargs, (void)out;                                                        \
    return vm_raise(vm, vm->exceptions.NotImplementedError, "Coro leaves out sys." name "()"); \
  }
LEFT_OUT(settrace, "settrace")
LEFT_OUT(setprofile, "setprofile")
LEFT_OUT(getrefcount, "getrefcount")

static bool give_none(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)args, (void)nargs;
  *out = NONE;
  return true;
}

static bool give_false(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm, (void)args, (void)nargs;
  *out = FALSE_VALUE;
  return true;
}

static bool give_utf8(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  *out = from_object(str_intern_c(vm, "utf-8"));
  return true;
}

// ---- facts

static bool get_size(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "facts.getsizeof", nargs, args);
}

static bool get_fact(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "facts.get", nargs, args);
}

// sys.displayhook(value): what a session does with an expression's value.
static bool displayhook(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "facts.displayhook", nargs, args);
}

static const NativeDef functions[] = {
    FUNCTION_ROW("displayhook", displayhook, 1, 1, NULL),
    FUNCTION_ROW("excepthook", excepthook, 3, 3, NULL),
    FUNCTION_ROW("settrace", settrace, 1, 1, NULL),
    FUNCTION_ROW("gettrace", give_none, 0, 0, NULL),
    FUNCTION_ROW("setprofile", setprofile, 1, 1, NULL),
    FUNCTION_ROW("getprofile", give_none, 0, 0, NULL),
    FUNCTION_ROW("getrefcount", getrefcount, 1, 1, NULL),
    FUNCTION_ROW("is_finalizing", give_false, 0, 0, NULL),
    FUNCTION_ROW("getdefaultencoding", give_utf8, 0, 0, NULL),
    FUNCTION_ROW("getfilesystemencoding", give_utf8, 0, 0, NULL),
    FUNCTION_ROW("getsizeof", get_size, 1, 2, "object default"),
    FUNCTION_ROW("__getattr__", get_fact, 1, 1, NULL),
    END_ROW,
};

void sysfacts_install(VM *vm, Module *sys) {
  native_add_functions(vm, sys, functions);
  tracemodule_install_sys(vm, sys);
  Str *name = str_intern_c(vm, "excepthook");
  module_set(vm, sys, str_intern_c(vm, "__excepthook__"), module_get(vm, sys, name));
}
