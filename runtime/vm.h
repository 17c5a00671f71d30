// vm.h: the state of one interpreter. There are no globals: everything hangs off VM.
//
// Start reading the runtime at interp.c (the interpreter loop); frame.h explains suspension,
// loop.h the event loop, heap.h collection.
#ifndef CORO_VM_H
#define CORO_VM_H

#include <signal.h>

#include "class.h"
#include "code.h"
#include "dict.h"
#include "exception.h"
#include "frame.h"
#include "func.h"
#include "heap.h"
#include "list.h"
#include "module.h"
#include "native.h"
#include "object.h"
#include "protocol.h"
#include "quota.h"
#include "set.h"
#include "str.h"
#include "tuple.h"
#include "value.h"

#define FRAME_LISTS 64
#define VM_SPARE_TEXTS 4  // as deep as the formatting of one value nests them
#define VM_STEP_REGISTERS 16
#define VM_PRELUDE_FOUND 64
#define OUTPUT_TEXT 8192    // of text that print() gathers
#define VM_MAX_NESTING 400  // depth of nested data that C walks by recursion (repr, ==)

// What is left to chance (chance.h).
typedef struct Chance {
  bool is_seeded;  // random.seed() without an argument takes `seed`
  bool shuffles;   // the tasks that are ready run in an order of chance's
  uint64_t seed;
  uint64_t state;  // of the order's generator
} Chance;

typedef struct Heap Heap;
typedef struct EventLoop EventLoop;
struct File;

// The builtin classes that C code names. object_class and type_class avoid C++ habits' clashes.
// clang-format off
#define BUILTIN_CLASSES(X)                                                                         \
  X(object_class) X(type_class) X(none_class) X(ellipsis_class) X(not_implemented_class)           \
  X(bool_class) X(int_class) X(float_class) X(str_class) X(bytes_class) X(list_class)              \
  X(tuple_class) X(dict_class) X(set_class) X(frozenset_class) X(range_class) X(slice_class)       \
  X(method_descriptor_class) X(wrapper_descriptor_class) X(method_wrapper_class)                   \
  X(classmethod_descriptor_class) X(getset_class) X(member_class)                                  \
  X(function_class) X(native_class) X(method_class) X(cell_class) X(code_class) X(module_class)    \
  X(module_spec_class)                                                                             \
  X(generator_class) X(coroutine_class) X(async_generator_class) X(async_step_class)               \
  X(property_class) X(staticmethod_class) X(classmethod_class) X(super_class)                      \
  X(dict_keys_class) X(dict_values_class) X(dict_items_class) X(shape_class) X(frame_class)        \
  X(map_class) X(filter_class) X(zip_class) X(enumerate_class) X(reversed_class)                   \
  X(list_iterator_class) X(tuple_iterator_class) X(str_iterator_class) X(bytes_iterator_class)     \
  X(range_iterator_class) X(dict_key_iterator_class) X(dict_value_iterator_class)                  \
  X(dict_item_iterator_class) X(set_iterator_class) X(list_reverse_iterator_class)                 \
  X(callable_iterator_class) X(sequence_iterator_class) X(traceback_class) X(deque_class)          \
  X(deque_iterator_class)                                                                         \
  X(deque_reverse_iterator_class) X(default_dict_class) X(ordered_dict_class)     \
  X(ordered_keys_class) X(ordered_values_class) X(ordered_items_class)                            \
  X(ordered_iterator_class) X(tuple_field_class)                                                    \
  X(future_class) X(task_class) X(gather_class) X(loop_class) X(handle_class)                      \
  X(timer_handle_class)                                                                           \
  X(context_class) X(context_var_class) X(token_class) X(lock_class) X(rlock_class)  \
  X(file_class) X(struct_time_class) X(byte_buffer_class) X(channel_class)
// clang-format on

// How the embedding program (the CLI, a test) supplies the compiler, which lives above the runtime.
// Returns false with a SyntaxError pending. mode: see CompileMode.
typedef enum { COMPILE_MODULE, COMPILE_INTERACTIVE } CompileMode;
typedef bool (*CompileFn)(VM *vm, const char *text, size_t length, Str *filename, Module *module,
                          CompileMode mode, Code **out);

// Requests that the interpreter loop looks at, at its next safepoint.
enum {
  INTERRUPT_COLLECT = 1,
  INTERRUPT_SIGNAL = 2,
  INTERRUPT_SWITCH = 4,   // another thread wants to run
  INTERRUPT_CLOSE = 8,    // many generators wait to be closed (abandoned.h)
  INTERRUPT_SAMPLE = 16,  // a task may run for long (hogwatch.h)
  INTERRUPT_QUOTA = 32,   // the program's time is over (quota.h)
};

// What belongs to the running thread. Another thread's is kept in its Thread (thread.h) meanwhile.
#define THREAD_STATE                                                                        \
  Frame *frame;     /* the running frame (its ip is current only across calls) */           \
  Frame *chain;     /* root of the running chain, NULL outside generators and coroutines */ \
  Value exception;  /* the pending exception, EMPTY when none */                            \
  EventLoop *loop;  /* the running event loop or NULL */                                    \
  Value result;     /* of a step function */                                                \
  int unwound;      /* Unwound (unwind.h): how the search for a handler ended */            \
  int outcome;      /* Outcome (interp.h): what became of a resumed chain */                \
  Value callee;     /* of STEP_CALL and native_tail, with */                                \
  Value *call_args; /* its arguments (a small array that grows, owned by the thread) */     \
  int call_nargs, call_capacity;                                                            \
  Dict *keywords;          /* of a NATIVE_KEYWORDS call in progress */                      \
  int c_depth;             /* nested C walks in progress (value_repr, value_equal ...) */   \
  Value context;           /* of the running code (context.h) */                            \
  EventLoop *default_loop; /* of set_event_loop */                                          \
  bool default_was_set;

typedef struct ThreadState {
  THREAD_STATE
} ThreadState;
typedef struct Thread Thread;

struct VM {
  union {
    struct {
      THREAD_STATE
    };
    ThreadState running;
  };

  // Shared by all threads.
  _Atomic uint32_t interrupt;  // INTERRUPT_... bits, set from anywhere
  uint32_t recursion_limit;
  Frame *frame_lists[FRAME_LISTS];  // free plain frames by register count (frame_lists.h)
  Thread *thread;                   // the running thread
  struct Threads *threads;          // all of them (thread.h)
  Heap *heap;
  Dict *modules;  // sys.modules
  Module *builtins;
#define X(name) Class *name;
  BUILTIN_CLASSES(X)
#undef X
  ExceptionClasses exceptions;
  Str *special[SP_COUNT];               // the interned names of the special methods
  Code *step_codes[VM_STEP_REGISTERS];  // of internal step frames, by number of registers
  Value call_extended;                  // the native behind step_call_extended
  Value str_step;  // the natives behind str(x) and map(f, x) in the general case
  Value bytes_step;
  Value make_generator;
  Value drain;
  Value call_and_keep;
  Value next_step, len_step, getattr_step, hasattr_step, prelude_loader, lazy_builtin;
  Dict *prelude;  // functions of the prelude that are loaded, by "module.name"
  struct {
    Str *name;
    Value function;
  } prelude_found[VM_PRELUDE_FOUND];  // some of them, by the address of their names in C
  List *path;                         // sys.path
  Value stdin_override;               // likewise sys.stdin
  Value stdout_override;              // what the program set sys.stdout to, EMPTY: the real one
  Str *empty_str;
  Tuple *empty_tuple;
  uint32_t next_class_version, next_shape_id;
  uint32_t next_nan;         // tells the NaNs of float('nan') apart (construct.c)
  struct StrTable *strings;  // interned strs (str.h)
  int int_max_str_digits;    // limit of int <-> decimal text conversions (4300), 0: none
  CompileFn compile;
  char output[OUTPUT_TEXT];  // text for standard output that has not gone on to stdio (output.h)
  size_t output_length;
  char *spare_texts[VM_SPARE_TEXTS];  // buffers for the next Texts (text.c)
  int spare_text_count;
  bool output_is_terminal;
  bool sandbox;                 // the program gets no files, network, … (sandbox.h)
  bool full_tracebacks;         // uncaught exceptions are told with every frame
  struct File *files;           // those that are open (file.h)
  struct LoopState *loops;      // the event loops' part (loop.h)
  struct Signals *signals;      // signals.h
  struct FastState *fast;       // fast.h
  struct Abandoned *abandoned;  // abandoned.h
  struct Findings *findings;    // finding.h
  struct Observer *observer;    // observe.h; NULL: nobody watches
  Chance chance;
  Quota quota;
  struct Watches *watches;       // watch.h
  struct CoroWatch *coroutines;  // corowatch.h
  Value close_abandoned;         // the native that closes such generators
  struct Session *session;       // an interactive session (src/session.h), NULL: none
};

VM *vm_new(void);
void vm_free(VM *vm);
// What vm_free does before it gives memory back: all that was written goes out, threads end. False:
// one of them did not.
bool vm_finish(VM *vm);

// For C walks that recurse: false with RecursionError pending past VM_MAX_NESTING.
bool vm_enter(VM *vm, const char *where) MUST_CHECK;
static inline void vm_leave(VM *vm) { vm->c_depth--; }

#endif
