// lock.c: threading's locks: lock and RLock. One layout serves both.
//
// A lock is a count and an owner, touched under the interpreter lock only. Who finds it taken parks
// in the lock's queue; a release wakes the oldest of them, which then tries again, so that a thread
// that releases and takes a lock in a loop does not switch each time (as in CPython).
#include "lock.h"

#include <math.h>
#include <signal.h>

#include "dunder.h"
#include "float.h"
#include "int.h"
#include "loopwatch.h"
#include "output.h"
#include "rows.h"
#include "signals.h"
#include "traceback.h"

typedef struct Waiter {
  Thread *thread;
  struct Waiter *next;
  bool woken;  // taken out of the queue by a release
} Waiter;

typedef struct {
  Object header;
  Thread *owner;
  int64_t count;  // 0: free
  Waiter *first;  // on the C stacks of the parked threads
} Lock;

enum { LOCK_REENTRANT = 0x10 };

static Lock *receiver(Value v) { return (Lock *)as_object(v); }

static bool is_reentrant(const Lock *lock) { return lock->header.flags & LOCK_REENTRANT; }

static void enqueue(Lock *lock, Waiter *waiter) {
  Waiter **link = &lock->first;
  while (*link != NULL) link = &(*link)->next;
  waiter->next = NULL;
  waiter->woken = false;
  *link = waiter;
}

static void dequeue(Lock *lock, const Waiter *waiter) {
  Waiter **link = &lock->first;
  while (*link != waiter) link = &(*link)->next;
  *link = waiter->next;
}

static bool try_take(VM *vm, Lock *lock) {
  if (lock->count > 0 && !(is_reentrant(lock) && lock->owner == vm->thread)) return false;
  lock->owner = vm->thread;
  lock->count++;
  return true;
}

static void wake_one(Lock *lock) {
  Waiter *waiter = lock->first;
  if (waiter == NULL) return;
  lock->first = waiter->next;
  waiter->woken = true;
  thread_unpark(waiter->thread);
}

// YES: taken. NO: the deadline is past. ERROR: KeyboardInterrupt is pending. SCRIPT: call[0] is to
// be called with the other two first, a signal's handler.
static Tri take(VM *vm, Frame *frame, Lock *lock, uint64_t deadline, Value call[3]) {
  Waiter waiter = {.thread = vm->thread};
  while (!try_take(vm, lock)) {
    enqueue(lock, &waiter);
    while (!waiter.woken) {
      thread_park(vm, frame, deadline);
      if (waiter.woken) break;
      bool signal = thread_has_signal(vm);
      if (!signal && clock_nanoseconds(vm->loops->clock) < deadline) continue;
      dequeue(lock, &waiter);
      if (!signal) return TRI_NO;
      SignalOutcome outcome = signals_take(vm, &call[0], &call[1]);
      if (outcome == SIGNALS_RAISED) return TRI_ERROR;
      if (outcome == SIGNALS_CALL) return TRI_SCRIPT;
      break;
    }
  }
  return TRI_YES;
}

// The arguments of acquire: until when to wait, 0 for not at all.
static bool take_deadline(VM *vm, Value blocking, Value timeout, uint64_t *deadline) {
  bool blocks = is_empty(blocking) || value_truth(vm, blocking) != TRI_NO;
  *deadline = blocks ? CLOCK_NEVER : 0;
  double seconds = -1;
  if (!is_empty(timeout) && !float_from_number(timeout, &seconds)) {
    return raise_type_error(vm, "'%s' object cannot be interpreted as an integer",
                            value_class_name(vm, timeout));
  }
  if (seconds == -1) return true;
  if (!blocks) return raise_value_error(vm, "can't specify a timeout for a non-blocking call");
  if (seconds < 0) return raise_value_error(vm, "timeout value must be positive");
  if (seconds > 9.2e9) {
    return vm_raise(vm, vm->exceptions.OverflowError, "timeout value is too large");
  }
  *deadline = clock_nanoseconds(vm->loops->clock) + (uint64_t)nearbyint(seconds * 1e9);
  return true;
}

// Registers: 0 the lock, 1 blocking, 2 timeout, 3 the deadline once it is known.
static Step acquire_step(VM *vm, Frame *frame, Value in) {
  Value *regs = frame->regs, call[3];
  uint64_t deadline;
  (void)in;
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 0) {
    if (!take_deadline(vm, regs[1], regs[2], &deadline)) return STEP_RAISE;
    regs[3] = int_from_u64(vm, deadline);
  } else {
    deadline = (uint64_t)int_to_double(regs[3]);
    int64_t exact;
    if (int_to_i64(regs[3], &exact)) deadline = (uint64_t)exact;
  }
  Lock *lock = receiver(regs[0]);
  if (try_take(vm, lock)) return step_done(vm, TRUE_VALUE);
  if (deadline == 0) return step_done(vm, FALSE_VALUE);
  Blocking blocking = blocking_begin(vm);
  Tri taken = take(vm, frame, lock, deadline, call);
  if (taken == TRI_SCRIPT) return step_call(vm, frame, 1, call[0], 2, &call[1]);
  blocking_end(vm, blocking);
  return taken == TRI_ERROR ? STEP_RAISE : step_done(vm, from_bool(taken == TRI_YES));
}

static bool give(VM *vm, Lock *lock) {
  if (is_reentrant(lock) && (lock->count == 0 || lock->owner != vm->thread)) {
    return vm_raise(vm, vm->exceptions.RuntimeError, "cannot release un-acquired lock");
  }
  if (lock->count == 0) return vm_raise(vm, vm->exceptions.RuntimeError, "release unlocked lock");
  if (--lock->count > 0) return true;
  lock->owner = NULL;
  wake_one(lock);
  return true;
}

static bool release(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  return give(vm, receiver(args[0]));
}

static bool locked(VM *vm, Value *args, int nargs, Value *out) {
  (void)vm;
  (void)nargs;
  *out = from_bool(receiver(args[0])->count > 0);
  return true;
}

// ---- what Condition needs of an RLock

static bool is_owned(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Lock *lock = receiver(args[0]);
  *out = from_bool(lock->count > 0 && lock->owner == vm->thread);
  return true;
}

// Gives the lock up however often it was taken, and says how often.
static bool release_save(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Lock *lock = receiver(args[0]);
  *out = small_int(lock->count);
  if (lock->count > 1) lock->count = 1;
  return give(vm, lock);
}

static Step acquire_restore_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  Lock *lock = receiver(frame->regs[0]);
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Value call[3];
  Tri taken = take(vm, frame, lock, CLOCK_NEVER, call);
  if (taken == TRI_SCRIPT) return step_call(vm, frame, 1, call[0], 2, &call[1]);
  if (taken != TRI_YES) return STEP_RAISE;
  lock->count = as_small_int(frame->regs[1]);
  return step_done(vm, NONE);
}

// ---- making

static Value lock_new(VM *vm, Class *cls, uint8_t flags) {
  Lock *lock = heap_alloc(vm, KIND_LOCK, cls, sizeof *lock);
  lock->header.flags |= flags;
  return from_object(lock);
}

static bool make_lock(VM *vm, Value *args, int nargs, Value *out) {
  (void)args;
  (void)nargs;
  *out = lock_new(vm, vm->lock_class, 0);
  return true;
}

static bool make_rlock(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = lock_new(vm, (Class *)as_object(args[0]), LOCK_REENTRANT);
  return true;
}

Tri lock_repr(VM *vm, Value v, Text *out) {
  const Lock *lock = receiver(v);
  text_printf(out, "<%s %s%.*s object", lock->count > 0 ? "locked" : "unlocked", "_thread.",
              (int)lock->header.cls->name->length, lock->header.cls->name->data);
  if (is_reentrant(lock)) {
    text_printf(out, " owner=%llu count=%lld",
                lock->owner == NULL ? 0ULL : (unsigned long long)lock->owner->number,
                (long long)lock->count);
  }
  text_printf(out, " at %p>", (const void *)lock);
  (void)vm;
  return TRI_YES;
}

static const NativeDef lock_methods[] = {
    STEP_ROW("acquire", acquire_step, 1, 3, NATIVE_METHOD, "self blocking timeout", 4),
    STEP_ROW("__enter__", acquire_step, 1, 1, NATIVE_METHOD, NULL, 4),
    METHOD_ROW("release", release, 1, 1),
    METHOD_ROW("__exit__", release, 4, 4),
    METHOD_ROW("locked", locked, 1, 1),
    END_ROW,
};

static const NativeDef rlock_methods[] = {
    LEAF_ROW("__new__", make_rlock, 1, 1, NATIVE_STATIC, NULL),
    STEP_ROW("acquire", acquire_step, 1, 3, NATIVE_METHOD, "self blocking timeout", 4),
    STEP_ROW("__enter__", acquire_step, 1, 1, NATIVE_METHOD, NULL, 4),
    METHOD_ROW("release", release, 1, 1),
    METHOD_ROW("__exit__", release, 4, 4),
    METHOD_ROW("_is_owned", is_owned, 1, 1),
    METHOD_ROW("_release_save", release_save, 1, 1),
    STEP_ROW("_acquire_restore", acquire_restore_step, 2, 2, NATIVE_METHOD, NULL, 2),
    END_ROW,
};

// ---- the module _thread

// start_new_thread(function, args, kwargs, daemon): the new thread's number.
static bool start_new_thread(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_tuple(args[1])) return raise_type_error(vm, "2nd arg must be a tuple");
  bool daemon = !is_empty(args[3]) && args[3] == TRUE_VALUE;
  Value keywords = !is_empty(args[2]) && is_dict(args[2]) ? args[2] : EMPTY;
  Thread *thread = thread_start(vm, args[0], args[1], keywords, daemon);
  if (thread != NULL) *out = small_int((int64_t)thread->number);
  return thread != NULL;
}

static bool get_ident(VM *vm, Value *args, int nargs, Value *out) {
  (void)args;
  (void)nargs;
  *out = small_int((int64_t)vm->thread->number);
  return true;
}

static bool set_name(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  if (!is_str(args[0])) return raise_type_error(vm, "a thread's name is a str");
  vm->thread->name = as_str(args[0]);
  return true;
}

// The running thread's attributes of threading.local objects: object -> dict.
static bool local_storage(VM *vm, Value *args, int nargs, Value *out) {
  (void)args;
  (void)nargs;
  if (vm->thread->locals == NULL) vm->thread->locals = dict_new(vm);
  *out = from_object(vm->thread->locals);
  return true;
}

static bool interrupt_main(VM *vm, Value *args, int nargs, Value *out) {
  (void)args;
  (void)nargs;
  *out = NONE;
  signals_post(vm, SIGINT);
  return true;
}

// Prints an exception with its traceback to standard error.
static bool print_exception(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  output_finish(vm);
  traceback_print(vm, args[0], stderr);
  return true;
}

static const NativeDef functions[] = {
    FUNCTION_ROW("start_new_thread", start_new_thread, 2, 4, NULL),
    FUNCTION_ROW("allocate_lock", make_lock, 0, 0, NULL),
    FUNCTION_ROW("get_ident", get_ident, 0, 0, NULL),
    FUNCTION_ROW("get_native_id", get_ident, 0, 0, NULL),
    FUNCTION_ROW("interrupt_main", interrupt_main, 0, 0, NULL),
    FUNCTION_ROW("_print_exception", print_exception, 1, 1, NULL),
    FUNCTION_ROW("_set_name", set_name, 1, 1, NULL),
    FUNCTION_ROW("_local_storage", local_storage, 0, 0, NULL),
    END_ROW,
};

bool thread_module_install(VM *vm, Module *module) {
  Value name = from_object(str_intern_c(vm, "_thread"));
  native_add_methods(vm, vm->lock_class, lock_methods);
  native_add_methods(vm, vm->rlock_class, rlock_methods);
  dict_set_c(vm, vm->lock_class->dict, "__module__", name);
  dict_set_c(vm, vm->rlock_class->dict, "__module__", name);
  native_add_functions(vm, module, functions);
  module_set(vm, module, str_intern_c(vm, "LockType"), from_object(vm->lock_class));
  module_set(vm, module, str_intern_c(vm, "RLock"), from_object(vm->rlock_class));
  module_set(vm, module, str_intern_c(vm, "error"), from_object(vm->exceptions.RuntimeError));
  module_set(vm, module, str_intern_c(vm, "TIMEOUT_MAX"), from_double(9223372036.0));
  return true;
}
