// vm.c: making and freeing an interpreter, its builtin classes, and the collector's roots.
#include "vm.h"

#include <stdlib.h>
#include <unistd.h>

#include "abandoned.h"
#include "builtins.h"
#include "bytes.h"
#include "call.h"
#include "construct.h"
#include "containers.h"
#include "context.h"
#include "corowatch.h"
#include "drain.h"
#include "dunder.h"
#include "fast.h"
#include "file.h"
#include "finding.h"
#include "float.h"
#include "generator.h"
#include "heap_private.h"
#include "import.h"
#include "int.h"
#include "interp.h"
#include "iterator.h"
#include "loop.h"
#include "namespace.h"
#include "objectclass.h"
#include "output.h"
#include "range.h"
#include "signals.h"
#include "slice.h"
#include "thread.h"
#include "traceback.h"
#include "watch.h"

#define RECURSION_LIMIT 1000

bool vm_enter(VM *vm, const char *where) {
  if (likely(vm->c_depth < VM_MAX_NESTING)) {
    vm->c_depth++;
    return true;
  }
  return vm_raise(vm, vm->exceptions.RecursionError, "maximum recursion depth exceeded%s", where);
}

// ---- builtin classes

typedef struct {
  Class **where;
  const char *name;
  Kind kind;
  uint8_t flags;
} ClassRow;

static void make_classes(VM *vm) {
  const ClassRow rows[] = {
      {&vm->none_class, "NoneType", KIND_FREE, CLASS_FINAL},
      {&vm->ellipsis_class, "ellipsis", KIND_FREE, CLASS_FINAL},
      {&vm->not_implemented_class, "NotImplementedType", KIND_FREE, CLASS_FINAL},
      {&vm->int_class, "int", KIND_BIGINT, 0},
      {&vm->float_class, "float", KIND_FLOAT, 0},
      {&vm->str_class, "str", KIND_STR, 0},
      {&vm->bytes_class, "bytes", KIND_BYTES, 0},
      {&vm->list_class, "list", KIND_LIST, 0},
      {&vm->tuple_class, "tuple", KIND_TUPLE, 0},
      {&vm->dict_class, "dict", KIND_DICT, 0},
      {&vm->set_class, "set", KIND_SET, 0},
      {&vm->frozenset_class, "frozenset", KIND_FROZENSET, 0},
      {&vm->range_class, "range", KIND_RANGE, CLASS_FINAL},
      {&vm->slice_class, "slice", KIND_SLICE, CLASS_FINAL},
      {&vm->function_class, "function", KIND_FUNCTION, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->native_class, "builtin_function_or_method", KIND_NATIVE, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->method_descriptor_class, "method_descriptor", KIND_NATIVE,
       CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->wrapper_descriptor_class, "wrapper_descriptor", KIND_NATIVE,
       CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->classmethod_descriptor_class, "classmethod_descriptor", KIND_NATIVE,
       CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->getset_class, "getset_descriptor", KIND_NATIVE, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->member_class, "member_descriptor", KIND_MEMBER, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->method_class, "method", KIND_METHOD, CLASS_FINAL},
      {&vm->method_wrapper_class, "method-wrapper", KIND_METHOD, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->cell_class, "cell", KIND_CELL, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->code_class, "code", KIND_CODE, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->module_class, "module", KIND_MODULE, 0},
      {&vm->generator_class, "generator", KIND_GENERATOR, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->coroutine_class, "coroutine", KIND_COROUTINE, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->async_generator_class, "async_generator", KIND_ASYNC_GENERATOR,
       CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->async_step_class, "async_generator_asend", KIND_ASYNC_STEP,
       CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->property_class, "property", KIND_PROPERTY, 0},
      {&vm->staticmethod_class, "staticmethod", KIND_WRAPPER, 0},
      {&vm->classmethod_class, "classmethod", KIND_WRAPPER, 0},
      {&vm->super_class, "super", KIND_SUPER, CLASS_FINAL},
      {&vm->dict_keys_class, "dict_keys", KIND_DICT_VIEW, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->dict_values_class, "dict_values", KIND_DICT_VIEW, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->dict_items_class, "dict_items", KIND_DICT_VIEW, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->frame_class, "frame", KIND_FRAME, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->map_class, "map", KIND_ITERATOR, CLASS_FINAL},
      {&vm->filter_class, "filter", KIND_ITERATOR, CLASS_FINAL},
      {&vm->zip_class, "zip", KIND_ITERATOR, CLASS_FINAL},
      {&vm->enumerate_class, "enumerate", KIND_ITERATOR, CLASS_FINAL},
      {&vm->reversed_class, "reversed", KIND_ITERATOR, CLASS_FINAL},
      {&vm->list_iterator_class, "list_iterator", KIND_ITERATOR, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->tuple_iterator_class, "tuple_iterator", KIND_ITERATOR, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->str_iterator_class, "str_iterator", KIND_ITERATOR, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->bytes_iterator_class, "bytes_iterator", KIND_ITERATOR, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->range_iterator_class, "range_iterator", KIND_ITERATOR, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->dict_key_iterator_class, "dict_keyiterator", KIND_ITERATOR,
       CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->dict_value_iterator_class, "dict_valueiterator", KIND_ITERATOR,
       CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->dict_item_iterator_class, "dict_itemiterator", KIND_ITERATOR,
       CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->set_iterator_class, "set_iterator", KIND_ITERATOR, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->list_reverse_iterator_class, "list_reverseiterator", KIND_ITERATOR,
       CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->sequence_iterator_class, "iterator", KIND_ITERATOR, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->callable_iterator_class, "callable_iterator", KIND_ITERATOR,
       CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->traceback_class, "traceback", KIND_OPAQUE, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->future_class, "Future", KIND_FUTURE, 0},
      {&vm->loop_class, "_UnixSelectorEventLoop", KIND_LOOP, CLASS_FINAL},
      {&vm->handle_class, "Handle", KIND_HANDLE, CLASS_ABSTRACT},
      {&vm->context_class, "Context", KIND_CONTEXT, CLASS_FINAL},
      {&vm->context_var_class, "ContextVar", KIND_CONTEXT_VAR, CLASS_FINAL},
      {&vm->token_class, "Token", KIND_TOKEN, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->lock_class, "lock", KIND_LOCK, CLASS_FINAL | CLASS_ABSTRACT},
      {&vm->rlock_class, "RLock", KIND_LOCK, 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    *rows[i].where = class_new_builtin(vm, rows[i].name, NULL, rows[i].kind, rows[i].flags);
  }
  vm->bool_class = class_new_builtin(vm, "bool", vm->int_class, KIND_FREE, CLASS_FINAL);
  vm->task_class = class_new_builtin(vm, "Task", vm->future_class, KIND_TASK, 0);
  vm->timer_handle_class =
      class_new_builtin(vm, "TimerHandle", vm->handle_class, KIND_HANDLE, CLASS_ABSTRACT);
}

// The classes that every object needs come first, by hand: str's, dict's and type's objects are
// made before their classes are, and get them afterwards.
static void bootstrap(VM *vm) {
  vm->strings = str_table_new(vm);
  vm->empty_tuple = heap_alloc(vm, KIND_TUPLE, NULL, sizeof(Tuple));
  vm->object_class = class_new_builtin(vm, "object", NULL, KIND_INSTANCE, 0);
  vm->type_class = class_new_builtin(vm, "type", NULL, KIND_CLASS, 0);
  vm->shape_class = class_new_builtin(vm, "shape", NULL, KIND_SHAPE, CLASS_ABSTRACT);
  make_classes(vm);
  heap_give_classes(vm);
  vm->empty_str = str_intern_c(vm, "");
  for (int i = 0; i < SP_COUNT; i++) vm->special[i] = str_intern_c(vm, special_names[i]);
}

VM *vm_new(void) {
  VM *vm = heap_must_allocate(calloc(1, sizeof *vm));
  vm->heap = heap_new();
  vm->signals = heap_must_allocate(signals_new());
  vm->abandoned = abandoned_new();
  vm->recursion_limit = RECURSION_LIMIT;
  vm->int_max_str_digits = 4300;
  vm->output_is_terminal = isatty(STDOUT_FILENO);
  bootstrap(vm);
  vm->modules = dict_new(vm);
  vm->path = list_new(vm, 4);
  vm->builtins = module_new(vm, str_intern_c(vm, "builtins"));
  dict_set_c(vm, vm->modules, "builtins", from_object(vm->builtins));
  call_install(vm);
  objectclass_install(vm);
  exception_install(vm);
  func_install(vm);
  generator_install(vm);
  int_install(vm);
  float_install(vm);
  str_install(vm);
  bytes_install(vm);
  list_install(vm);
  tuple_install(vm);
  dict_install(vm);
  set_install(vm);
  range_install(vm);
  slice_install(vm);
  iterator_install(vm);
  construct_install(vm);
  drain_install(vm);
  traceback_install(vm);
  loop_install(vm);
  fast_install(vm);
  findings_install(vm);
  watches_install(vm);
  corowatch_install(vm);
  import_install(vm);
  builtins_install(vm);
  namespace_install(vm);
  return vm;
}

bool vm_finish(VM *vm) {
  output_finish(vm);
  file_flush_all(vm);
  return threads_finish(vm);
}

void vm_free(VM *vm) {
  if (!vm_finish(vm)) return;
  threads_free(vm->threads);
  signals_free(vm->signals);
  abandoned_free(vm->abandoned);
  loop_state_free(vm);
  fast_free(vm);
  watches_free(vm);
  corowatch_free(vm);
  findings_free(vm);
  heap_buffer_free(vm, vm->call_args, (size_t)vm->call_capacity * sizeof(Value));
  text_forget_spare(vm);
  heap_free(vm);
  str_table_free(vm);
  free(vm);
}

// ---- the collector's roots

void vm_mark_roots(VM *vm) {
  threads_mark(vm);
  signals_mark(vm);
  abandoned_mark(vm);
  findings_mark(vm);
  watches_mark(vm);
  corowatch_mark(vm);
  heap_mark(vm, vm->close_abandoned);
  heap_mark_object(vm, vm->modules);
  heap_mark_object(vm, vm->builtins);
  heap_mark_object(vm, vm->prelude);
  heap_mark_object(vm, vm->path);
  heap_mark(vm, vm->call_extended);
  heap_mark(vm, vm->str_step);
  heap_mark(vm, vm->bytes_step);
  heap_mark(vm, vm->make_generator);
  heap_mark(vm, vm->drain);
  heap_mark(vm, vm->call_and_keep);
  heap_mark(vm, vm->next_step);
  heap_mark(vm, vm->len_step);
  heap_mark(vm, vm->getattr_step);
  heap_mark(vm, vm->hasattr_step);
  heap_mark(vm, vm->prelude_loader);
  heap_mark(vm, vm->lazy_builtin);
  heap_mark(vm, vm->stdout_override);
  heap_mark(vm, vm->stdin_override);
  heap_mark_object(vm, vm->empty_tuple);
  for (int i = 0; i < VM_STEP_REGISTERS; i++) heap_mark_object(vm, vm->step_codes[i]);
#define X(name) heap_mark_object(vm, vm->name);
  BUILTIN_CLASSES(X)
#undef X
#define X(name, base) heap_mark_object(vm, vm->exceptions.name);
  EXCEPTION_CLASSES(X)
#undef X
  heap_mark_object(vm, vm->exceptions.ExceptionGroup);
  str_table_mark(vm);
  loop_mark_roots(vm);
}

void vm_forget_caches(VM *vm) {
  memset(vm->frame_lists, 0, sizeof vm->frame_lists);
  str_forget_crumbs(vm);
}
