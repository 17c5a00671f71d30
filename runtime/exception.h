// exception.h: exception objects, the builtin exception tree, raising from C.
#ifndef CORO_EXCEPTION_H
#define CORO_EXCEPTION_H

#include "class.h"
#include "object.h"

// X(Name, Base): every builtin exception class; vm->exceptions.Name.
// clang-format off
#define EXCEPTION_CLASSES(X)                                                                       \
  X(BaseException, object_class) X(SystemExit, BaseException) X(KeyboardInterrupt, BaseException)  \
  X(GeneratorExit, BaseException) X(Exception, BaseException)                                      \
  X(StopIteration, Exception) X(StopAsyncIteration, Exception) X(ArithmeticError, Exception)       \
  X(FloatingPointError, ArithmeticError) X(OverflowError, ArithmeticError)                         \
  X(ZeroDivisionError, ArithmeticError) X(AssertionError, Exception) X(AttributeError, Exception)  \
  X(BufferError, Exception) X(EOFError, Exception) X(ImportError, Exception)                       \
  X(ModuleNotFoundError, ImportError) X(LookupError, Exception) X(IndexError, LookupError)         \
  X(KeyError, LookupError) X(MemoryError, Exception) X(NameError, Exception)                       \
  X(UnboundLocalError, NameError) X(OSError, Exception) X(BlockingIOError, OSError)                \
  X(ChildProcessError, OSError) X(ConnectionError, OSError) X(BrokenPipeError, ConnectionError)    \
  X(ConnectionAbortedError, ConnectionError) X(ConnectionRefusedError, ConnectionError)            \
  X(ConnectionResetError, ConnectionError) X(FileExistsError, OSError)                             \
  X(FileNotFoundError, OSError) X(InterruptedError, OSError) X(IsADirectoryError, OSError)         \
  X(NotADirectoryError, OSError) X(PermissionError, OSError) X(ProcessLookupError, OSError)        \
  X(TimeoutError, OSError) X(ReferenceError, Exception) X(RuntimeError, Exception)                 \
  X(NotImplementedError, RuntimeError) X(RecursionError, RuntimeError) X(SyntaxError, Exception)   \
  X(IndentationError, SyntaxError) X(TabError, IndentationError) X(SystemError, Exception)         \
  X(TypeError, Exception) X(ValueError, Exception) X(UnicodeError, ValueError)                     \
  X(UnicodeDecodeError, UnicodeError) X(UnicodeEncodeError, UnicodeError)                          \
  X(UnicodeTranslateError, UnicodeError) X(Warning, Exception) X(BytesWarning, Warning)            \
  X(DeprecationWarning, Warning) X(EncodingWarning, Warning) X(FutureWarning, Warning)             \
  X(ImportWarning, Warning) X(PendingDeprecationWarning, Warning) X(ResourceWarning, Warning)      \
  X(RuntimeWarning, Warning) X(SyntaxWarning, Warning) X(UnicodeWarning, Warning)                  \
  X(UserWarning, Warning) X(BaseExceptionGroup, BaseException)                                     \
  X(CancelledError, BaseException) X(InvalidStateError, Exception)
// clang-format on

typedef struct {
#define X(name, base) Class *name;
  EXCEPTION_CLASSES(X)
#undef X
  Class *ExceptionGroup;  // bases BaseExceptionGroup and Exception
} ExceptionClasses;

// One frame that an exception passed through, innermost first.
typedef struct {
  Code *code;      // NULL: a native function
  uint32_t instr;  // index of the instruction
} TraceEntry;

struct Exception {  // begins like Instance: attributes set by the program live in slots
  Object header;    // flags: EXCEPTION_…
  Shape *shape;
  Value *slots;
  uint32_t capacity;
  uint32_t trace_count, trace_capacity;
  Tuple *args;
  Value cause;    // EMPTY or NONE: none
  Value context;  // likewise
  Value payload;  // StopIteration.value, SystemExit.code, ImportError.name, group's exceptions …
  TraceEntry *trace;
  List *tasks;  // those that it ended (exception_left_task), or NULL
  Tuple *hint;  // a finding that waits with it (hint.h), or NULL
};

enum {
  EXCEPTION_SUPPRESS_CONTEXT = 0x10,
  EXCEPTION_TOLD = 0x20,     // already printed
  EXCEPTION_WATCHED = 0x40,  // a CancelledError that its task was sent (cancelwatch.h)
};

static inline Exception *as_exception(Value v) {
  assert(is_exception(v));
  return (Exception *)as_object(v);
}

// cls(*args, **keywords) as BaseException.__new__ and the builtin __init__s do it.
bool exception_create(VM *vm, Class *cls, const Value *args, int nargs, Tuple *names,
                      Value *out) MUST_CHECK;
Exception *exception_new(VM *vm, Class *cls, Tuple *args);
// Makes an exception of cls with one str argument and leaves it pending. Always returns false, so
// that `return vm_raise(…)` reads well. %s takes C strings.
bool vm_raise(VM *vm, Class *cls, const char *format, ...)
    __attribute__((format(printf, 3, 4), nonnull(3)));
bool vm_raise_value(VM *vm, Class *cls, Value arg);  // one argument of any type (KeyError(key))
bool vm_raise_exception(VM *vm, Value exception);    // an existing object
#ifdef __clang_analyzer__  // clang-tidy is told what their comments say: always false
#define vm_raise(...) ((vm_raise)(__VA_ARGS__), false)
#define vm_raise_value(...) ((vm_raise_value)(__VA_ARGS__), false)
#define vm_raise_exception(...) ((vm_raise_exception)(__VA_ARGS__), false)
#endif
#define raise_type_error(vm, ...) vm_raise(vm, (vm)->exceptions.TypeError, __VA_ARGS__)
#define raise_value_error(vm, ...) vm_raise(vm, (vm)->exceptions.ValueError, __VA_ARGS__)
#define raise_index_error(vm, ...) vm_raise(vm, (vm)->exceptions.IndexError, __VA_ARGS__)
void vm_clear_exception(VM *vm);

// except*: base[0] = the part of `exception` that matches `pattern` (a group; a single exception
// is wrapped in one), or None; base[1] = the rest or None. False: TypeError pending.
bool exception_match_group(VM *vm, Value exception, Value pattern, Value *base) MUST_CHECK;
// What an except* statement raises at its end, or NONE.
bool exception_reraise_group(VM *vm, List *raised, Value original, Value *out) MUST_CHECK;
bool exception_split_group(VM *vm, Value group, Value pattern, Value *match,
                           Value *rest) MUST_CHECK;
Value exception_derive_group(VM *vm, Value group, List *exceptions);  // like it, other members
Value exception_traceback(VM *vm, Value exception);                   // a traceback object or NONE

bool exception_is(Value exception, const Class *cls);
// str(exception) where no script is needed.
Tri exception_text(VM *vm, Value exception, Text *out) MUST_CHECK;
// Sets one of the attributes that live in C fields (args, __cause__, …) by name.
Tri exception_set_field(VM *vm, Exception *exception, Str *name, Value value) MUST_CHECK;
void exception_add_trace(VM *vm, Exception *exception, Code *code, uint32_t instr);
// Notes that the exception ends a task: what is added to its way from now on is the way of those
// that wait for the task. name: a str, or the number n of "Task-n". created.code may be NULL.
void exception_left_task(VM *vm, Exception *exception, Value name, TraceEntry created);
enum { LEFT_COUNT, LEFT_NAME, LEFT_CODE, LEFT_INSTR, LEFT_PARTS };  // of an entry of `tasks`
// Forgets what was added to the exception's way after its first `count` entries.
void exception_cut_trace(Exception *exception, uint32_t count);
void exception_mark(VM *vm, Object *object);
void exception_free(VM *vm, Object *object);
void exception_install(VM *vm);

#endif
