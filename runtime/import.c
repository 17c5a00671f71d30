// import.c: finding, compiling and running modules.
//
// A module is looked for in sys.modules, among the modules written in C (native_modules), among
// the library files embedded in the binary, then in sys.path as NAME.coro, NAME.py or a package
// NAME/__init__.coro. Its code runs as a step of the import, so an import may suspend nothing but
// nests without C recursion. The prelude ("prelude.iter", …) is library files of its own that
// programs cannot import: functions that natives hand over to.
#include "import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "containers.h"
#include "format.h"
#include "library.h"
#include "marshal.h"
#include "native_modules.h"
#include "operators.h"
#include "rows.h"

static const CoroLibFile *find_library(const char *name, size_t length) {
  for (size_t i = 0; i < coro_library_count; i++) {
    const CoroLibFile *file = &coro_library[i];
    if (strlen(file->name) == length && memcmp(file->name, name, length) == 0) return file;
  }
  return NULL;
}

static bool is_library_package(const CoroLibFile *file) {
  static const char ending[] = "/__init__.coro";
  size_t length = strlen(file->path), tail = sizeof ending - 1;
  return length > tail && strcmp(file->path + length - tail, ending) == 0;
}

Value import_module_function(VM *vm, Code *code) {
  Function *function = heap_alloc(vm, KIND_FUNCTION, vm->function_class, sizeof *function);
  function->code = code;
  return from_object(function);
}

static Module *register_module(VM *vm, Str *name) {
  Module *module = module_new(vm, name);
  dict_set_str(vm, vm->modules, name, from_object(module));
  module_set(vm, module, str_intern_c(vm, "__name__"), from_object(name));
  return module;
}

// The part of a dotted name before its last dot; empty when there is none.
static Str *parent_name(VM *vm, const Str *name) {
  for (size_t i = name->length; i-- > 0;) {
    if (name->data[i] == '.') return str_new(vm, name->data, i);
  }
  return vm->empty_str;
}

static Str *last_part(VM *vm, const Str *name) {
  for (size_t i = name->length; i-- > 0;) {
    if (name->data[i] == '.') return str_new(vm, name->data + i + 1, name->length - i - 1);
  }
  return str_new(vm, name->data, name->length);
}

static void set_source(VM *vm, Module *module, const char *path, const char *text, size_t length,
                       bool package) {
  module->filename = str_from_c(vm, path);
  module->source = utf8_valid(text, length, NULL) ? str_new(vm, text, length) : NULL;
  module_set(vm, module, str_intern_c(vm, "__file__"), from_object(module->filename));
  Str *own_package = package ? module->name : parent_name(vm, module->name);
  module_set(vm, module, str_intern_c(vm, "__package__"), from_object(own_package));
  if (package) {
    char *folder = strdup(path);
    char *slash = folder == NULL ? NULL : strrchr(folder, '/');
    if (slash != NULL) *slash = '\0';
    Value entry = from_object(str_from_c(vm, folder == NULL ? "" : folder));
    free(folder);
    module_set(vm, module, str_intern_c(vm, "__path__"), from_object(list_from(vm, &entry, 1)));
  }
}

// ---- files of the program

static char *read_file(const char *path, size_t *length) {
  struct stat info;
  if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) return NULL;
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  char *text = malloc((size_t)info.st_size + 1);
  size_t got = text == NULL ? 0 : fread(text, 1, (size_t)info.st_size, file);
  fclose(file);
  if (text != NULL) text[got] = '\0';
  *length = got;
  return text;
}

static char *try_file(const char *folder, const Str *name, const char *ending, char *path,
                      size_t path_size, size_t *length) {
  int n = snprintf(path, path_size, "%s/%.*s%s", folder[0] == '\0' ? "." : folder,
                   (int)name->length, name->data, ending);
  return n < 0 || (size_t)n >= path_size ? NULL : read_file(path, length);
}

// The folders that a module is looked for in: its package's __path__, or sys.path.
static List *search_path(VM *vm, Str *name) {
  Str *parent = parent_name(vm, name);
  if (parent->length > 0) {
    Value package = dict_get_str(vm->modules, parent);
    if (!is_kind(package, KIND_MODULE)) return NULL;
    Value path = module_get(vm, (Module *)as_object(package), str_intern_c(vm, "__path__"));
    return is_list(path) ? as_list(path) : NULL;
  }
  return vm->path;
}

static char *find_file(VM *vm, Str *name, char *path, size_t path_size, size_t *length,
                       bool *package) {
  List *folders = search_path(vm, name);
  if (folders == NULL) return NULL;
  Str *part = last_part(vm, name);
  static const char *const endings[] = {"/__init__.coro", "/__init__.py", ".coro", ".py"};
  for (size_t i = 0; i < folders->count; i++) {
    if (!is_str(folders->items[i])) continue;
    char folder[4096];
    Str *s = as_str(folders->items[i]);
    snprintf(folder, sizeof folder, "%.*s", (int)s->length, s->data);
    for (size_t e = 0; e < sizeof endings / sizeof *endings; e++) {
      char *text = try_file(folder, part, endings[e], path, path_size, length);
      *package = e < 2;
      if (text != NULL) return text;
    }
  }
  return NULL;
}

static bool raise_not_found(VM *vm, Str *name) {
  Text text = text_new(vm);
  Str *parent = parent_name(vm, name);
  Value package = parent->length == 0 ? EMPTY : dict_get_str(vm->modules, parent);
  text_printf(&text, "No module named '%.*s'", (int)name->length, name->data);
  if (is_kind(package, KIND_MODULE) && search_path(vm, name) == NULL) {
    text_printf(&text, "; '%.*s' is not a package", (int)parent->length, parent->data);
  }
  vm_raise_value(vm, vm->exceptions.ModuleNotFoundError, from_object(text_finish(&text)));
  bool named = object_set_own(vm, vm->exception, str_intern_c(vm, "name"), from_object(name));
  (void)named;
  return false;
}

// ---- loading one module: registers 0 its name, 1 the module while its code runs

static Step load_native(VM *vm, Frame *frame, Str *name, const NativeModule *native) {
  Module *module = register_module(vm, name);
  frame->regs[1] = from_object(module);
  if (!native->install(vm, module)) {
    dict_delete_str(vm, vm->modules, name);
    return STEP_RAISE;
  }
  return step_done(vm, from_object(module));
}

static bool is_prelude(const Str *name) {
  return name->length > 8 && memcmp(name->data, "prelude.", 8) == 0;
}

static Step run_module(VM *vm, Frame *frame, Module *module, const char *text, size_t length) {
  Code *code;
  frame->regs[1] = from_object(module);
  if (!vm->compile(vm, text, length, module->filename, module, COMPILE_MODULE, &code)) {
    dict_delete_str(vm, vm->modules, module->name);
    return STEP_RAISE;
  }
  if (code->flags & CODE_COROUTINE) {
    dict_delete_str(vm, vm->modules, module->name);
    vm_raise(vm, vm->exceptions.ImportError,
             "module '%.*s' uses await at its top level: only the main program may",
             (int)module->name->length, module->name->data);
    return STEP_RAISE;
  }
  return step_call(vm, frame, 1, import_module_function(vm, code), 0, NULL);
}

static Step load_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  Str *name = as_str(frame->regs[0]);
  if (frame->state == 1) {
    if (!is_empty(vm->exception)) {
      dict_delete_str(vm, vm->modules, name);
      return STEP_RAISE;
    }
    Str *parent = parent_name(vm, name);
    Value package = parent->length == 0 ? EMPTY : dict_get_str(vm->modules, parent);
    Value loaded = dict_get_str(vm->modules, name);
    if (is_empty(loaded)) loaded = frame->regs[1];
    if (is_kind(package, KIND_MODULE)) {
      module_set(vm, (Module *)as_object(package), last_part(vm, name), loaded);
    }
    return step_done(vm, loaded);
  }
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Value known = dict_get_str(vm->modules, name);
  if (!is_empty(known)) return step_done(vm, known);

  for (const NativeModule *native = native_modules; native->name != NULL; native++) {
    if (str_equals_c(name, native->name)) return load_native(vm, frame, name, native);
  }
  const CoroLibFile *library = find_library(name->data, name->length);
  bool prelude = is_prelude(name);
  if (library != NULL && (!prelude || frame->regs[2] == TRUE_VALUE)) {
    Module *module = register_module(vm, name);
    module->library = true;
    set_source(vm, module, library->path, library->text, library->length,
               is_library_package(library));
    if (prelude) {
      containers_install_prelude(vm, module);
      format_install_prelude(vm, module);
    }
    // Functions of the prelude are not the program's: tracebacks leave them out.
    Code *code = marshal_read(vm, library->code, module, prelude ? CODE_HIDDEN : 0);
    frame->regs[1] = from_object(module);
    return step_call(vm, frame, 1, import_module_function(vm, code), 0, NULL);
  }
  char path[4096];
  size_t length;
  bool package;
  char *text = find_file(vm, name, path, sizeof path, &length, &package);
  if (text == NULL) {
    raise_not_found(vm, name);
    return STEP_RAISE;
  }
  Module *module = register_module(vm, name);
  set_source(vm, module, path, text, length, package);
  Step step = run_module(vm, frame, module, text, length);
  free(text);
  return step;
}

static const NativeDef load_def = {.name = "import", .step = load_step, .registers = 3};

// ---- import a.b.c: registers 0 full name, 1 how many bytes of it are loaded, 2 from-list or
// None, 3 the first package, 4 the module last loaded, 5 index into the from-list

static size_t next_dot(const Str *name, size_t from) {
  while (from < name->length && name->data[from] != '.') from++;
  return from;
}

static Step load(VM *vm, Frame *frame, int state, Str *name) {
  Value regs[3] = {from_object(name), EMPTY, FALSE_VALUE};
  frame->state = state;
  call_internal_step(vm, frame, &load_def, 3, regs);
  return STEP_ENTER;
}

// from package import submodule: those of the from-list that the package does not have yet.
static Step load_submodules(VM *vm, Frame *frame) {
  Value *regs = frame->regs;
  if (is_tuple(regs[2]) && is_kind(regs[4], KIND_MODULE)) {
    Module *module = (Module *)as_object(regs[4]);
    Tuple *names = as_tuple(regs[2]);
    bool package = !is_empty(module_get(vm, module, str_intern_c(vm, "__path__")));
    for (size_t i = (size_t)as_small_int(regs[5]); package && i < names->count; i++) {
      Str *wanted = as_str(names->items[i]);
      if (str_equals_c(wanted, "*") || !is_empty(module_get(vm, module, wanted))) continue;
      regs[5] = small_int((int64_t)i + 1);
      return load(vm, frame, 2,
                  str_format(vm, "%.*s.%.*s", (int)module->name->length, module->name->data,
                             (int)wanted->length, wanted->data));
    }
  }
  return step_done(vm, is_tuple(regs[2]) ? regs[4] : regs[3]);
}

static Step import_step(VM *vm, Frame *frame, Value in) {
  Value *regs = frame->regs;
  Str *name = as_str(regs[0]);
  if (frame->state == 2) {  // a name of the from-list that may be no module after all
    if (!is_empty(vm->exception)) {
      if (!exception_is(vm->exception, vm->exceptions.ModuleNotFoundError)) return STEP_RAISE;
      vm_clear_exception(vm);
    }
    return load_submodules(vm, frame);
  }
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) {
    if (is_empty(regs[3])) regs[3] = in;
    regs[4] = in;
  }
  size_t done = (size_t)as_small_int(regs[1]);
  if (done >= name->length) return load_submodules(vm, frame);
  size_t end = next_dot(name, done == 0 ? 0 : done + 1);
  regs[1] = small_int((int64_t)end);
  return load(vm, frame, 1, str_intern(vm, str_new(vm, name->data, end)));
}

static const NativeDef import_def = {.name = "import", .step = import_step, .registers = 6};

// The absolute name that level dots and a name mean in a module.
static Str *resolve_relative(VM *vm, Module *module, Str *name, int level) {
  Value package = module_get(vm, module, str_intern_c(vm, "__package__"));
  Str *base = is_str(package) ? as_str(package) : vm->empty_str;
  if (base->length == 0) {
    vm_raise(vm, vm->exceptions.ImportError,
             "attempted relative import with no known parent package");
    return NULL;
  }
  for (int i = 1; i < level; i++) {
    base = parent_name(vm, base);
    if (base->length == 0) {
      vm_raise(vm, vm->exceptions.ImportError,
               "attempted relative import beyond top-level package");
      return NULL;
    }
  }
  if (name->length == 0) return base;
  return str_format(vm, "%.*s.%.*s", (int)base->length, base->data, (int)name->length, name->data);
}

Called operator_import(VM *vm, Frame *frame, Str *name, int level, Value from_list, Value *out) {
  (void)out;
  if (level > 0) {
    name = resolve_relative(vm, frame->code->module, name, level);
    if (name == NULL) return CALL_RAISED;
    if (!is_tuple(from_list)) from_list = from_object(vm->empty_tuple);
  }
  Value regs[6] = {from_object(name), small_int(0), from_list, EMPTY, EMPTY, small_int(0)};
  return call_internal_step(vm, frame, &import_def, 6, regs);
}

Called operator_import_from(VM *vm, Frame *frame, Value module, Str *name, Value *out) {
  (void)frame;
  if (!is_kind(module, KIND_MODULE)) {
    vm_raise(vm, vm->exceptions.ImportError, "cannot import name '%.*s'", (int)name->length,
             name->data);
    return CALL_RAISED;
  }
  Module *m = (Module *)as_object(module);
  *out = module_get(vm, m, name);
  if (!is_empty(*out)) return CALL_DONE;
  Str *full = str_format(vm, "%.*s.%.*s", (int)m->name->length, m->name->data, (int)name->length,
                         name->data);
  *out = dict_get_str(vm->modules, full);
  if (!is_empty(*out)) return CALL_DONE;
  vm_raise(vm, vm->exceptions.ImportError, "cannot import name '%.*s' from '%.*s' (%s)",
           (int)name->length, name->data, (int)m->name->length, m->name->data,
           m->filename == NULL ? "unknown location" : m->filename->data);
  return CALL_RAISED;
}

bool operator_import_star(VM *vm, Module *into, Value value) {
  Module *module = (Module *)as_object(value);
  Value all = module_get(vm, module, str_intern_c(vm, "__all__"));
  if (!is_empty(all)) {
    List *names;
    if (value_items(vm, all, &names) != TRI_YES) return false;
    for (size_t i = 0; i < names->count; i++) {
      Str *name = as_str(names->items[i]);
      Value v = module_get(vm, module, name);
      if (is_empty(v)) {
        return vm_raise(vm, vm->exceptions.AttributeError, "module '%s' has no attribute '%.*s'",
                        module->name->data, (int)name->length, name->data);
      }
      module_set(vm, into, name, v);
    }
    return true;
  }
  for (uint32_t slot = 0; slot < module->count; slot++) {
    Str *name = module_slot_name(module, slot);
    if (module->is_builtin[slot] || name->data[0] == '_') continue;
    module_set(vm, into, name, module->slots[slot]);
  }
  return true;
}

// ---- the prelude, and asyncio's names as builtins

// Registers: 0 "module.function", 1 arguments (tuple), 2 the function.
static Step prelude_step(VM *vm, Frame *frame, Value in) {
  Value *regs = frame->regs;
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Str *name = as_str(regs[0]);
  if (frame->state == 0) {
    Str *module = str_intern(vm, str_format(vm, "prelude.%.*s", (int)parent_name(vm, name)->length,
                                            parent_name(vm, name)->data));
    Value load_regs[3] = {from_object(module), EMPTY, TRUE_VALUE};
    frame->state = 1;
    call_internal_step(vm, frame, &load_def, 3, load_regs);
    return STEP_ENTER;
  }
  if (frame->state == 2) return step_done(vm, in);
  Value function = module_get(vm, (Module *)as_object(in), last_part(vm, name));
  assert(!is_empty(function));
  dict_set_str(vm, vm->prelude, str_intern(vm, name), function);
  Tuple *args = as_tuple(regs[1]);
  return step_call(vm, frame, 2, function, (int)args->count, args->items);
}

static const NativeDef prelude_def = {
    .name = "prelude", .min = 2, .max = 2, .step = prelude_step, .registers = 3};

bool native_prelude(VM *vm, Value *out, const char *name, int nargs, const Value *args) {
  Str *key = str_intern_c(vm, name);
  Value function = dict_get_str(vm->prelude, key);
  if (!is_empty(function)) return native_tail(vm, out, function, nargs, args);
  Value call[2] = {from_object(key), from_object(tuple_from(vm, args, (size_t)nargs))};
  return native_tail(vm, out, vm->prelude_loader, 2, call);
}

// Registers: 0 the name, 1 the module that wants it.
static Step lazy_builtin_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Value *regs = frame->regs;
  if (frame->state == 0) return load(vm, frame, 1, str_intern_c(vm, "asyncio"));
  Str *name = as_str(regs[0]);
  Module *wants = (Module *)as_object(regs[1]);
  Value found = module_get(vm, (Module *)as_object(in), name);
  if (is_empty(found)) {
    vm_raise(vm, vm->exceptions.NameError, "name '%.*s' is not defined", (int)name->length,
             name->data);
    return STEP_RAISE;
  }
  uint32_t slot = module_slot(vm, wants, name);
  if (wants->is_builtin[slot]) wants->slots[slot] = found;
  return step_done(vm, found);
}

static const NativeDef lazy_builtin_def = {
    .name = "builtin", .min = 2, .max = 2, .step = lazy_builtin_step, .registers = 2};

Tri import_lazy_builtin(VM *vm, Module *module, Str *name, Value *out) {
  for (const char *const *lazy = asyncio_builtin_names; *lazy != NULL; lazy++) {
    if (!str_equals_c(name, *lazy)) continue;
    Value loaded = dict_get_c(vm->modules, "asyncio");
    if (is_kind(loaded, KIND_MODULE)) {
      *out = module_get(vm, (Module *)as_object(loaded), name);
      if (is_empty(*out)) return TRI_NO;  // asyncio itself is still being loaded
      uint32_t slot = module_slot(vm, module, name);
      if (module->is_builtin[slot]) module->slots[slot] = *out;
      return TRI_YES;
    }
    Value args[2] = {from_object(name), from_object(module)};
    native_tail(vm, out, vm->lazy_builtin, 2, args);
    return TRI_SCRIPT;
  }
  return TRI_NO;
}

void import_install(VM *vm) {
  vm->prelude = dict_new(vm);
  vm->prelude_loader = native_new(vm, &prelude_def, NULL);
  vm->lazy_builtin = native_new(vm, &lazy_builtin_def, NULL);
}
