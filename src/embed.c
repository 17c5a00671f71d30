// embed.c: the embedding interface (runtime/coro.h): a program from its text to its exit status.
//
// A program's module is compiled to one code object. Where that awaits at its top level it is a
// coroutine function, and its coroutine is run as asyncio.run would; otherwise it is called.
#include "embed.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "compile.h"
#include "corowatch.h"
#include "heap_private.h"
#include "import.h"
#include "int.h"
#include "interp.h"
#include "loop.h"
#include "modulefile.h"
#include "output.h"
#include "signals.h"
#include "sysmodule.h"
#include "thread.h"
#include "traceback.h"
#include "vm.h"

struct CoroVM {
  VM *vm;
  Reporter *reporter;
  int exit_code;
};

static void set_collector(VM *vm) {
  const char *mode = getenv("CORO_GC");
  if (mode != NULL && !heap_configure(vm, mode))
    fprintf(stderr, "coro: CORO_GC is not understood\n");
  const char *setting = getenv("CORO_GC_STRESS");
  int n = setting == NULL ? 0 : atoi(setting);
  if (n <= 0) return;
  vm->heap->stress = n;
  vm->interrupt |= INTERRUPT_COLLECT;  // for good: safepoint() in interp.c leaves it set
}

// The folders of COROPATH, after the program's own.
static void set_search_path(VM *vm) {
  const char *setting = getenv("COROPATH");
  while (setting != NULL && *setting != '\0') {
    size_t length = strcspn(setting, ":");
    if (length > 0) list_append(vm, vm->path, from_object(str_new(vm, setting, length)));
    setting += length;
    if (*setting == ':') setting++;
  }
}

CoroVM *coro_new(void) {
  CoroVM *coro = calloc(1, sizeof *coro);
  if (coro == NULL) {
    fprintf(stderr, "coro: out of memory\n");
    exit(1);
  }
  coro->vm = vm_new();
  coro->vm->compile = compile_source;
  coro->reporter = reporter_new(coro->vm);
  set_search_path(coro->vm);
  set_collector(coro->vm);
  return coro;
}

VM *embed_vm(CoroVM *coro) { return coro->vm; }

Reporter *embed_reporter(CoroVM *coro) { return coro->reporter; }

void coro_free(CoroVM *coro) {
  if (coro == NULL) return;
  vm_free(coro->vm);
  reporter_free(coro->reporter);
  free(coro);
}

void coro_finish(CoroVM *coro) {
#if defined CORO_DEBUG || defined CORO_FREE_ALL
  coro_free(coro);  // and whatever is left is a leak
#else
  if (coro != NULL) vm_finish(coro->vm);
#endif
}

void coro_set_arguments(CoroVM *coro, int count, char *const *arguments) {
  sys_set_argv(coro->vm, count, arguments);
}

void coro_add_path(CoroVM *coro, const char *folder) {
  VM *vm = coro->vm;
  list_insert(vm, vm->path, 0, from_object(str_from_c(vm, folder)));
}

void coro_use_virtual_time(CoroVM *coro) { loop_use_virtual_clock(coro->vm); }

void coro_print_gc_stats(const CoroVM *coro) { gc_print_stats(coro->vm, stderr); }

int coro_exit_code(const CoroVM *coro) { return coro->exit_code; }

void coro_interrupt(CoroVM *coro) { signals_post(coro->vm, SIGINT); }

void coro_show_tasks(CoroVM *coro) { signals_post(coro->vm, SIGUSR1); }

// ---- how a program ended

static CoroStatus end(CoroVM *coro, CoroStatus status, int exit_code) {
  output_finish(coro->vm);
  coro->exit_code = exit_code;
  return status;
}

// SystemExit's code: None, a number, or anything else, which is a message.
static CoroStatus end_by_exit(CoroVM *coro, const Exception *exception) {
  VM *vm = coro->vm;
  Value code = exception->payload;
  if (is_empty(code) || is_none(code)) return end(coro, CORO_EXIT, 0);
  if (is_int(code)) {
    int64_t number;
    return end(coro, CORO_EXIT, int_to_i64(code, &number) ? (int)(number & 0xFF) : 0xFF);
  }
  Text text = text_new(vm);
  traceback_text(vm, code, &text);
  text_add_char(&text, '\n');
  output_finish(vm);
  fflush(stdout);
  fwrite(text.data, 1, text.length, stderr);
  text_free(&text);
  return end(coro, CORO_EXIT, 1);
}

// Where a module that nobody caught the lack of was looked for.
static void tell_search_path(VM *vm, Value exception) {
  Value name = object_get_own(vm, exception, str_intern_c(vm, "name"));
  if (!exception_is(exception, vm->exceptions.ModuleNotFoundError) || !is_str(name)) return;
  int length = (int)as_str(name)->length;
  const char *text = as_str(name)->data;
  if (memchr(text, '.', (size_t)length) != NULL) return;
  if (vm->sandbox) {
    fprintf(stderr, "Coro's library has no module '%.*s'; in a sandbox no files are imported.\n",
            length, text);
    return;
  }
  fprintf(stderr,
          "Coro's library has no module '%.*s', and there is no %.*s.coro, %.*s.py or %.*s/ in:\n",
          length, text, length, text, length, text, length, text);
  List *folders = modulefile_path(vm);
  char *here = getcwd(NULL, 0);
  for (size_t i = 0; i < folders->count; i++) {
    if (!is_str(folders->items[i])) continue;
    const Str *folder = as_str(folders->items[i]);
    bool is_here = folder->length == 0 || (here != NULL && str_equals_c(folder, here));
    fprintf(stderr, "  %s\n", is_here ? "." : folder->data);
  }
  free(here);
}

// Takes the pending exception.
static CoroStatus end_by_exception(CoroVM *coro, bool compiled) {
  VM *vm = coro->vm;
  Value exception = vm->exception;
  vm_clear_exception(vm);
  const ExceptionClasses *e = &vm->exceptions;
  if (exception_is(exception, e->SystemExit)) {
    return end_by_exit(coro, as_exception(exception));
  }
  if (exception_is(exception, e->BrokenPipeError) && output_is_broken()) {
    return end(coro, CORO_BROKEN_PIPE, 1);
  }
  output_finish(vm);
  fflush(stdout);  // what was printed before stands before
  bool interrupted = exception_is(exception, e->KeyboardInterrupt);
  if (!sys_call_excepthook(vm, exception)) {
    reporter_print_exception(coro->reporter, exception);
    tell_search_path(vm, exception);
  }
  if (interrupted) return end(coro, CORO_INTERRUPTED, 130);
  return end(coro, compiled ? CORO_ERROR : CORO_SYNTAX, 1);
}

// ---- running

// False with SyntaxError pending: the text is no UTF-8.
static bool check_encoding(VM *vm, Str *filename, const char *text, size_t length) {
  size_t bad = 0;
  if (utf8_valid(text, length, &bad)) return true;
  int64_t line = 1;
  size_t start = 0;
  for (size_t i = 0; i < bad; i++) {
    if (text[i] != '\n') continue;
    line++;
    start = i + 1;
  }
  size_t column = utf8_count(text + start, bad - start);
  Str *message = str_format(
      vm, "(unicode error) 'utf-8' codec can't decode byte 0x%02x in position %zu: invalid byte",
      (unsigned char)text[bad], bad);
  Tuple *place =
      tuple_of(vm, 4, from_object(filename), small_int(line), small_int((int64_t)column + 1),
               from_object(str_new(vm, text + start, bad - start)));
  Tuple *args = tuple_pair(vm, from_object(message), from_object(place));
  return vm_raise_exception(vm, from_object(exception_new(vm, vm->exceptions.SyntaxError, args)));
}

static Module *make_main(VM *vm, Str *filename, const char *text, size_t length, bool is_file) {
  Str *name = str_intern_c(vm, "__main__");
  Module *module = module_new(vm, name);
  dict_set_str(vm, vm->modules, name, from_object(module));
  module->filename = filename;
  module->source = str_new(vm, text, length);
  module_set(vm, module, str_intern_c(vm, "__name__"), from_object(name));
  const char *const empty[] = {"__doc__", "__package__", "__loader__", "__spec__"};
  for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
    module_set(vm, module, str_intern_c(vm, empty[i]), NONE);
  }
  module_set(vm, module, str_intern_c(vm, "__annotations__"), from_object(dict_new(vm)));
  module_set(vm, module, str_intern_c(vm, "__builtins__"), from_object(vm->builtins));
  if (is_file) {
    module_set(vm, module, str_intern_c(vm, "__file__"), from_object(filename));
    module_set(vm, module, str_intern_c(vm, "__cached__"), NONE);
  }
  return module;
}

// The program's end waits for its threads.
static bool join_threads(VM *vm) {
  Value threading = dict_get_str(vm->modules, str_intern_c(vm, "threading")), result;
  if (!is_kind(threading, KIND_MODULE)) return true;
  Value join = module_get(vm, (Module *)as_object(threading), str_intern_c(vm, "_shutdown"));
  return is_empty(join) || interp_call(vm, join, 0, NULL, &result);
}

static bool run_code(VM *vm, Code *code) {
  Value result;
  bool suspends = code->flags & CODE_COROUTINE;  // nothing keeps the code alive once it has run
  if (!interp_call(vm, import_module_function(vm, code), 0, NULL, &result)) return false;
  if (!suspends) return true;
  return interp_call(vm, native_new(vm, &run_def, NULL), 1, &result, &result);
}

// What the program has registered with the module atexit.
static void run_exit_functions(VM *vm) {
  Value module = dict_get_c(vm->modules, "atexit"), result;
  if (!is_kind(module, KIND_MODULE)) return;
  Value run = module_get(vm, (Module *)as_object(module), str_intern_c(vm, "_run_exitfuncs"));
  if (is_empty(run) || interp_call(vm, run, 0, NULL, &result)) return;
  Value exception = vm->exception;
  vm_clear_exception(vm);
  traceback_print(vm, exception, stderr);
}

// Generators that were begun and dropped have their `finally` at the latest now.
static void close_generators(VM *vm) {
  Value at_end = TRUE_VALUE, result;
  if (interp_call(vm, vm->close_abandoned, 1, &at_end, &result)) return;
  Value exception = vm->exception;
  vm_clear_exception(vm);
  traceback_print(vm, exception, stderr);
}

static CoroStatus run(CoroVM *coro, const char *name, const char *text, size_t length,
                      bool is_file) {
  VM *vm = coro->vm;
  Str *filename = str_from_c(vm, name);
  Code *code;
  if (!check_encoding(vm, filename, text, length)) return end_by_exception(coro, false);
  Module *module = make_main(vm, filename, text, length, is_file);
  if (!compile_source(vm, text, length, filename, module, COMPILE_MODULE, &code)) {
    return end_by_exception(coro, false);
  }
  bool ran = run_code(vm, code) && signals_raise_left(vm);
  CoroStatus status = ran ? end(coro, CORO_OK, 0) : end_by_exception(coro, true);
  if (!join_threads(vm)) status = end_by_exception(coro, true);
  run_exit_functions(vm);
  if (status == CORO_OK || status == CORO_EXIT) corowatch_tell(vm, true);
  close_generators(vm);
  return status;
}

CoroStatus coro_run_source(CoroVM *coro, const char *name, const char *text, size_t length) {
  return run(coro, name, text, length, false);
}

// ---- files

static char *read_all(FILE *file, size_t *length) {
  size_t capacity = 8192;
  char *text = malloc(capacity);
  *length = 0;
  while (text != NULL) {
    *length += fread(text + *length, 1, capacity - *length, file);
    if (*length < capacity) break;
    capacity *= 2;
    char *grown = realloc(text, capacity);
    if (grown == NULL) free(text);
    text = grown;
  }
  if (text != NULL && ferror(file)) {
    free(text);
    text = NULL;
  }
  return text;
}

static char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  char *text = read_all(file, length);
  int number = errno;
  fclose(file);
  errno = number;
  return text;
}

static void add_folder_of(CoroVM *coro, const char *path) {
  const char *slash = strrchr(path, '/');
  size_t length = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
  char *folder = strndup(length == 0 ? "." : path, length == 0 ? 1 : length);
  char *whole = folder == NULL ? NULL : realpath(folder, NULL);
  if (whole != NULL) coro_add_path(coro, whole);
  free(whole);
  free(folder);
}

CoroStatus coro_run_file(CoroVM *coro, const char *path) {
  size_t length;
  char *text = read_file(path, &length);
  if (text == NULL) return end(coro, CORO_UNREADABLE, 2);
  add_folder_of(coro, path);
  CoroStatus status = run(coro, path, text, length, true);
  free(text);
  return status;
}
