// import.c: loading modules, and the import statement.
//
// A module is looked for in sys.modules, among the modules written in C (native_modules), in the
// folders of sys.path (modulefile.c), and last among the library files embedded in the binary: so a
// file beside the program may stand in for one of the library, as in Python. Its code runs as a
// step of the import, so an import may suspend nothing but nests without C recursion. The prelude
// ("prelude.iter", …) is library files of its own that programs cannot import: functions that
// natives hand over to.
#include "import.h"

#include <stdlib.h>

#include "attr.h"
#include "containers.h"
#include "drain.h"
#include "format.h"
#include "importlock.h"
#include "library.h"
#include "marshal.h"
#include "modulefile.h"
#include "namespace.h"
#include "native_modules.h"
#include "operators.h"
#include "rows.h"
#include "sandbox.h"

static const CoroLibFile *find_library(const char *name, size_t length) {
  for (size_t i = 0; i < coro_library_count; i++) {
    const CoroLibFile *file = &coro_library[i];
    if (strlen(file->name) == length && memcmp(file->name, name, length) == 0) return file;
  }
  return NULL;
}

bool import_is_library(const Str *name) {
  for (const NativeModule *native = native_modules; native->name != NULL; native++) {
    if (str_equals_c(name, native->name)) return true;
  }
  return find_library(name->data, name->length) != NULL;
}

void import_each_library(void (*visit)(void *with, const char *name, size_t length), void *with) {
  for (const NativeModule *native = native_modules; native->name != NULL; native++) {
    visit(with, native->name, strlen(native->name));
  }
  for (size_t i = 0; i < coro_library_count; i++) {
    visit(with, coro_library[i].name, strlen(coro_library[i].name));
  }
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

// What a module says about where it comes from, for the program to read.
static Value new_spec(VM *vm, const Module *module, Value origin, Str *parent, Value folders) {
  Value spec = instance_new(vm, vm->module_spec_class);
  const struct {
    const char *name;
    Value value;
  } fields[] = {
      {"name", from_object(module->name)},
      {"loader", NONE},
      {"origin", origin},
      {"submodule_search_locations", folders},
      {"loader_state", NONE},
      {"cached", NONE},
      {"parent", from_object(parent)},
      {"has_location", from_bool(is_str(origin))},
  };
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    bool ok = object_set_own(vm, spec, str_intern_c(vm, fields[i].name), fields[i].value);
    assert(ok);
    (void)ok;
  }
  return spec;
}

// path NULL: a package that is only folders. folders NULL: no package.
static void describe(VM *vm, Module *module, const char *path, List *folders) {
  Str *own_package = folders != NULL ? module->name : parent_name(vm, module->name);
  Value origin = NONE, locations = folders == NULL ? NONE : from_object(folders);
  module_set(vm, module, str_intern_c(vm, "__doc__"), NONE);
  module_set(vm, module, str_intern_c(vm, "__package__"), from_object(own_package));
  module_set(vm, module, str_intern_c(vm, "__loader__"), NONE);
  if (path != NULL) {
    module->filename = str_from_c(vm, path);
    origin = from_object(module->filename);
  }
  module_set(vm, module, str_intern_c(vm, "__spec__"),
             new_spec(vm, module, origin, own_package, locations));
  if (folders != NULL) module_set(vm, module, str_intern_c(vm, "__path__"), locations);
  module_set(vm, module, str_intern_c(vm, "__file__"), origin);
}

static void set_source(VM *vm, Module *module, const char *path, const char *text, size_t length,
                       bool package) {
  List *folders = NULL;
  if (package) {
    const char *slash = strrchr(path, '/');
    Value folder = from_object(str_new(vm, path, slash == NULL ? 0 : (size_t)(slash - path)));
    folders = list_from(vm, &folder, 1);
  }
  describe(vm, module, path, folders);
  if (text != NULL && utf8_valid(text, length, NULL)) module->source = str_new(vm, text, length);
}

Str *import_source(VM *vm, Module *module) {
  if (module->source != NULL || !module->library) return module->source;
  const CoroLibFile *library = find_library(module->name->data, module->name->length);
  if (library != NULL) module->source = str_new(vm, library->text, library->length);
  return module->source;
}

Str *import_source_of(VM *vm, const Code *code) {
  if (code->source != NULL || code->module == NULL) return code->source;
  return import_source(vm, code->module);
}

// The folders that a module is looked for in: its package's __path__, or sys.path. NULL: what it
// should be in is no package.
static List *search_path(VM *vm, Str *name) {
  Str *parent = parent_name(vm, name);
  if (parent->length == 0) return modulefile_path(vm);
  Value package = dict_get_str(vm->modules, parent);
  if (!is_object(package)) return NULL;
  Value path = object_get_own(vm, package, str_intern_c(vm, "__path__"));
  return is_list(path) ? as_list(path) : NULL;
}

static bool raise_import_error(VM *vm, Class *cls, Str *message, Str *name, Value path) {
  vm_raise_value(vm, cls, from_object(message));
  bool named = object_set_own(vm, vm->exception, str_intern_c(vm, "name"), from_object(name)) &&
               object_set_own(vm, vm->exception, str_intern_c(vm, "path"), path);
  assert(named);
  (void)named;
  return false;
}

static bool raise_not_found(VM *vm, Str *name) {
  Text text = text_new(vm);
  Str *parent = parent_name(vm, name);
  text_printf(&text, "No module named '%.*s'", (int)name->length, name->data);
  if (parent->length > 0 && search_path(vm, name) == NULL) {
    text_printf(&text, "; '%.*s' is not a package", (int)parent->length, parent->data);
  }
  return raise_import_error(vm, vm->exceptions.ModuleNotFoundError, text_finish(&text), name, NONE);
}

static bool raise_halted(VM *vm, Str *name) {
  Str *text =
      str_format(vm, "import of %.*s halted; None in sys.modules", (int)name->length, name->data);
  return raise_import_error(vm, vm->exceptions.ModuleNotFoundError, text, name, NONE);
}

// ---- loading one module: registers 0 its name, 1 the module while its code runs or it is waited
// for, 2 whether it may be of the prelude

enum { LOAD_START, LOAD_RAN, LOAD_WAITS };

static Step load_native(VM *vm, Frame *frame, Str *name, const NativeModule *native) {
  Module *module = register_module(vm, name);
  frame->regs[1] = from_object(module);
  if (!native->install(vm, module)) {
    dict_delete_str(vm, vm->modules, name);
    return STEP_RAISE;
  }
  if (vm->sandbox) sandbox_restrict(vm, module);
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
  importlock_begin(vm, module);
  return step_call(vm, frame, LOAD_RAN, import_module_function(vm, code), 0, NULL);
}

// The module's code has run, or raised.
static Step loaded(VM *vm, Frame *frame, Str *name) {
  importlock_end((Module *)as_object(frame->regs[1]));
  if (!is_empty(vm->exception)) {
    dict_delete_str(vm, vm->modules, name);
    return STEP_RAISE;
  }
  Str *parent = parent_name(vm, name);
  Value package = parent->length == 0 ? EMPTY : dict_get_str(vm->modules, parent);
  Value module = dict_get_str(vm->modules, name);  // it may have put another object there
  if (is_empty(module)) module = frame->regs[1];
  dict_delete_str(vm, vm->modules, name);  // it goes behind those that it has imported
  dict_set_str(vm, vm->modules, name, module);
  if (is_kind(package, KIND_MODULE)) {
    module_set(vm, (Module *)as_object(package), last_part(vm, name), module);
  }
  return step_done(vm, module);
}

static Step load_library(VM *vm, Frame *frame, Str *name, const CoroLibFile *library) {
  Module *module = register_module(vm, name);
  module->library = true;
  set_source(vm, module, library->path, NULL, 0, is_library_package(library));
  if (is_prelude(name)) {
    containers_install_prelude(vm, module);
    drain_install_prelude(vm, module);
    format_install_prelude(vm, module);
    namespace_install_prelude(vm, module);
  }
  // Functions of the prelude are not the program's: tracebacks leave them out.
  Code *code = marshal_read(vm, library->code, module,
                            is_prelude(name) ? CODE_LIBRARY | CODE_HIDDEN : CODE_LIBRARY);
  frame->regs[1] = from_object(module);
  importlock_begin(vm, module);
  return step_call(vm, frame, LOAD_RAN, import_module_function(vm, code), 0, NULL);
}

static Step load_file(VM *vm, Frame *frame, Str *name, ModuleFile *file) {
  Module *module = register_module(vm, name);
  frame->regs[1] = from_object(module);
  if (file->text == NULL) {
    describe(vm, module, NULL, file->folders);
    return loaded(vm, frame, name);
  }
  set_source(vm, module, file->path, file->text, file->length, file->package);
  Step step = run_module(vm, frame, module, file->text, file->length);
  free(file->text);
  return step;
}

// Whether the package that the module belongs to was loaded from the library: then its modules
// are looked for there alone, and not in a folder of that name.
static bool is_in_library_package(VM *vm, Str *name) {
  Str *parent = parent_name(vm, name);
  const CoroLibFile *library = find_library(parent->data, parent->length);
  Value package = dict_get_str(vm->modules, parent);
  if (library == NULL || !is_kind(package, KIND_MODULE)) return false;
  const Str *filename = ((Module *)as_object(package))->filename;
  return filename != NULL && str_equals_c(filename, library->path);
}

static Step load_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  Str *name = as_str(frame->regs[0]);
  Step step;
  if (frame->state == LOAD_RAN) return loaded(vm, frame, name);
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Value known;
  while (importlock_must_wait(vm, known = dict_get_str(vm->modules, name))) {
    frame->regs[1] = known;
    Module *module = (Module *)as_object(known);
    if (!importlock_wait(vm, frame, LOAD_WAITS, module, &step)) return step;
  }
  if (is_none(known)) {
    raise_halted(vm, name);
    return STEP_RAISE;
  }
  if (!is_empty(known)) return step_done(vm, known);

  for (const NativeModule *native = native_modules; native->name != NULL; native++) {
    if (str_equals_c(name, native->name)) return load_native(vm, frame, name, native);
  }
  const CoroLibFile *library = find_library(name->data, name->length);
  if (is_prelude(name) && frame->regs[2] == TRUE_VALUE) {
    assert(library != NULL);
    return load_library(vm, frame, name, library);
  }
  if (library != NULL && is_in_library_package(vm, name)) {
    return load_library(vm, frame, name, library);
  }
  ModuleFile file;
  List *folders = search_path(vm, name);
  bool found = folders != NULL && modulefile_find(vm, folders, last_part(vm, name), &file);
  bool folders_only = found && file.text == NULL;
  if (found && !(folders_only && library != NULL)) return load_file(vm, frame, name, &file);
  if (library != NULL && !is_prelude(name)) return load_library(vm, frame, name, library);
  raise_not_found(vm, name);
  return STEP_RAISE;
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

// A module's own __getattr__, asked for what it lacks; EMPTY: it has none.
static Value fallback_of(VM *vm, Module *module) {
  return module_get(vm, module, vm->special[SP_GETATTR]);
}

enum { IMPORT_LOADED = 1, IMPORT_SUBMODULE, IMPORT_ASKED_PATH, IMPORT_ASKED_NAME };

// from package import submodule: those of the from-list that the package does not have yet.
static Step load_submodules(VM *vm, Frame *frame) {
  Value *regs = frame->regs;
  Module *module = (Module *)as_object(regs[4]);
  for (;;) {
    Tuple *names = as_tuple(regs[2]);
    size_t i = (size_t)as_small_int(regs[5]);
    if (i >= names->count) return step_done(vm, regs[4]);
    regs[5] = small_int((int64_t)i + 1);
    if (!is_str(names->items[i])) {
      raise_type_error(vm, "Item in ``from list'' must be str, not %s",
                       value_class_name(vm, names->items[i]));
      return STEP_RAISE;
    }
    Str *wanted = as_str(names->items[i]);
    if (str_equals_c(wanted, "*")) {
      Value all = module_get(vm, module, str_intern_c(vm, "__all__"));
      if (names->count != 1 || !(is_list(all) || is_tuple(all))) continue;
      List *listed = is_list(all) ? as_list(all) : NULL;
      Tuple *tuple = listed == NULL ? as_tuple(all) : tuple_from(vm, listed->items, listed->count);
      for (size_t k = 0; k < tuple->count; k++) {
        if (!is_str(tuple->items[k])) return step_done(vm, regs[4]);  // IMPORT_STAR complains
      }
      regs[2] = from_object(tuple);
      regs[5] = small_int(0);
      continue;
    }
    if (!is_empty(module_get(vm, module, wanted))) continue;
    Value fallback = fallback_of(vm, module);
    if (!is_empty(fallback)) {
      return step_call(vm, frame, IMPORT_ASKED_NAME, fallback, 1, &names->items[i]);
    }
    return load(vm, frame, IMPORT_SUBMODULE,
                str_format(vm, "%.*s.%.*s", (int)module->name->length, module->name->data,
                           (int)wanted->length, wanted->data));
  }
}

static Step imported(VM *vm, Frame *frame) {
  Value *regs = frame->regs;
  if (!is_tuple(regs[2])) return step_done(vm, regs[3]);
  if (!is_kind(regs[4], KIND_MODULE) || as_tuple(regs[2])->count == 0) {
    return step_done(vm, regs[4]);
  }
  Module *module = (Module *)as_object(regs[4]);
  Str *path = str_intern_c(vm, "__path__");
  if (!is_empty(module_get(vm, module, path))) return load_submodules(vm, frame);
  Value fallback = fallback_of(vm, module), name = from_object(path);
  if (is_empty(fallback)) return step_done(vm, regs[4]);
  return step_call(vm, frame, IMPORT_ASKED_PATH, fallback, 1, &name);
}

static Step import_step(VM *vm, Frame *frame, Value in) {
  Value *regs = frame->regs;
  Str *name = as_str(regs[0]);
  bool raised = !is_empty(vm->exception);
  switch (frame->state) {
    case IMPORT_SUBMODULE:  // a name of the from-list that may be no module after all
      if (raised && !exception_is(vm->exception, vm->exceptions.ModuleNotFoundError)) {
        return STEP_RAISE;
      }
      if (raised) vm_clear_exception(vm);
      return load_submodules(vm, frame);
    case IMPORT_ASKED_PATH:
    case IMPORT_ASKED_NAME:
      if (raised && !exception_is(vm->exception, vm->exceptions.AttributeError)) return STEP_RAISE;
      if (raised) vm_clear_exception(vm);
      if (frame->state == IMPORT_ASKED_PATH) return step_done(vm, regs[4]);
      if (raised) {
        Module *module = (Module *)as_object(regs[4]);
        Str *wanted = as_str(as_tuple(regs[2])->items[as_small_int(regs[5]) - 1]);
        return load(vm, frame, IMPORT_SUBMODULE,
                    str_format(vm, "%.*s.%.*s", (int)module->name->length, module->name->data,
                               (int)wanted->length, wanted->data));
      }
      return load_submodules(vm, frame);
    case IMPORT_LOADED:
      if (raised) return STEP_RAISE;
      if (is_empty(regs[3])) regs[3] = in;
      regs[4] = in;
      break;
    default:
      if (raised) return STEP_RAISE;
  }
  size_t done = (size_t)as_small_int(regs[1]);
  if (done >= name->length) return imported(vm, frame);
  size_t end = next_dot(name, done == 0 ? 0 : done + 1);
  regs[1] = small_int((int64_t)end);
  return load(vm, frame, IMPORT_LOADED, str_intern(vm, str_new(vm, name->data, end)));
}

static const NativeDef import_def = {.name = "import", .step = import_step, .registers = 6};

// The absolute name that level dots and a name mean in a package.
static Str *resolve_relative(VM *vm, Value package, Str *name, int level) {
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

static Called begin_import(VM *vm, Frame *frame, Value package, Str *name, int level,
                           Value from_list) {
  if (level > 0) {
    name = resolve_relative(vm, package, name, level);
    if (name == NULL) return CALL_RAISED;
    if (!is_tuple(from_list)) from_list = from_object(vm->empty_tuple);
  }
  Value regs[6] = {from_object(name), small_int(0), from_list, EMPTY, EMPTY, small_int(0)};
  return call_internal_step(vm, frame, &import_def, 6, regs);
}

// __import__(name, globals, locals, fromlist, level). Registers: its arguments.
static Step import_function_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) return step_done(vm, in);
  Value *regs = frame->regs;
  if (!is_str(regs[0])) {
    raise_type_error(vm, "module name must be a string");
    return STEP_RAISE;
  }
  int level = is_small_int(regs[4]) ? (int)as_small_int(regs[4]) : 0;
  if (level < 0) {
    raise_value_error(vm, "level must be >= 0");
    return STEP_RAISE;
  }
  if (as_str(regs[0])->length == 0 && level == 0) {
    raise_value_error(vm, "Empty module name");
    return STEP_RAISE;
  }
  Value package = EMPTY, from_list = NONE;
  if (is_dict(regs[1])) package = dict_get_c(as_dict(regs[1]), "__package__");
  if (is_tuple(regs[3])) from_list = regs[3];
  if (is_list(regs[3])) {
    List *names = as_list(regs[3]);
    from_list = from_object(tuple_from(vm, names->items, names->count));
  }
  if (is_tuple(from_list) && as_tuple(from_list)->count == 0 && level == 0) from_list = NONE;
  frame->state = 1;
  Called called = begin_import(vm, frame, package, as_str(regs[0]), level, from_list);
  return called == CALL_RAISED ? STEP_RAISE : STEP_ENTER;
}

static const NativeDef import_functions[] = {
    STEP_ROW("__import__", import_function_step, 1, 5, 0, "name globals locals fromlist level", 5),
    END_ROW,
};

Called operator_import(VM *vm, Frame *frame, Str *name, int level, Value from_list, Value *out) {
  // A program may have put its own function in __import__'s place. The library's own imports are
  // none of its business.
  Value function = module_get(vm, vm->builtins, str_intern_c(vm, "__import__"));
  bool usual = is_kind(function, KIND_NATIVE) && as_native(function)->def == import_functions;
  if (usual || frame->code->module->library) {
    Value package = module_get(vm, frame->code->module, str_intern_c(vm, "__package__"));
    return begin_import(vm, frame, package, name, level, from_list);
  }
  if (is_empty(function)) {
    vm_raise(vm, vm->exceptions.ImportError, "__import__ not found");
    return CALL_RAISED;
  }
  Value args[5] = {from_object(name), NONE, NONE, from_list, small_int(level)};
  return call_value(vm, frame, function, args, 5, NULL, out);
}

// importlib.reload(module): runs its code again, in the same module.
static Step reload_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  Value *regs = frame->regs;
  if (frame->state == 1) {
    importlock_end((Module *)as_object(regs[0]));
    if (!is_empty(vm->exception)) return STEP_RAISE;
    Value now = dict_get_str(vm->modules, ((Module *)as_object(regs[0]))->name);
    return step_done(vm, is_empty(now) ? regs[0] : now);
  }
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (!is_kind(regs[0], KIND_MODULE)) {
    raise_type_error(vm, "reload() argument must be a module");
    return STEP_RAISE;
  }
  Module *module = (Module *)as_object(regs[0]);
  Str *name = module->name;
  if (dict_get_str(vm->modules, name) != regs[0]) {
    Str *text = str_format(vm, "module %.*s not in sys.modules", (int)name->length, name->data);
    raise_import_error(vm, vm->exceptions.ImportError, text, name, NONE);
    return STEP_RAISE;
  }
  ModuleFile file;
  List *folders = search_path(vm, name);
  bool found = folders != NULL && modulefile_find(vm, folders, last_part(vm, name), &file);
  if (!found || file.text == NULL)
    return step_done(vm, regs[0]);  // of the library: it is as it was
  set_source(vm, module, file.path, file.text, file.length, file.package);
  Code *code;
  bool ok =
      vm->compile(vm, file.text, file.length, module->filename, module, COMPILE_MODULE, &code);
  free(file.text);
  if (!ok) return STEP_RAISE;
  importlock_begin(vm, module);
  return step_call(vm, frame, 1, import_module_function(vm, code), 0, NULL);
}

// importlib.util.find_spec of a name without dots, or whose package is loaded.
static bool find_spec(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  if (!is_str(args[0])) return raise_type_error(vm, "a module's name must be a str");
  Str *name = as_str(args[0]);
  Value known = dict_get_str(vm->modules, name);
  if (is_kind(known, KIND_MODULE)) {
    Value spec = module_get(vm, (Module *)as_object(known), str_intern_c(vm, "__spec__"));
    if (!is_empty(spec)) {
      *out = spec;
      return true;
    }
  }
  Module *module = module_new(vm, name);
  for (const NativeModule *native = native_modules; native->name != NULL; native++) {
    if (!str_equals_c(name, native->name)) continue;
    *out = new_spec(vm, module, from_object(str_intern_c(vm, "built-in")), vm->empty_str, NONE);
    return true;
  }
  ModuleFile file = {.text = NULL};
  List *folders = search_path(vm, name);
  const CoroLibFile *library = is_prelude(name) ? NULL : find_library(name->data, name->length);
  if (folders != NULL && modulefile_find(vm, folders, last_part(vm, name), &file) &&
      (file.text != NULL || library == NULL)) {
    if (file.text == NULL) {
      describe(vm, module, NULL, file.folders);
    } else {
      set_source(vm, module, file.path, file.text, file.length, file.package);
      free(file.text);
    }
  } else if (library != NULL) {
    set_source(vm, module, library->path, library->text, library->length,
               is_library_package(library));
  } else {
    return true;
  }
  *out = module_get(vm, module, str_intern_c(vm, "__spec__"));
  return true;
}

static const NativeDef importlib_functions[] = {
    STEP_ROW("reload", reload_step, 1, 1, 0, NULL, 1),
    FUNCTION_ROW("find", find_spec, 1, 1, NULL),
    END_ROW,
};

bool importlib_install(VM *vm, Module *module) {
  native_add_functions(vm, module, importlib_functions);
  return true;
}

// ---- from module import name

static bool raise_cannot_import(VM *vm, Value module, Str *name) {
  Text text = text_new(vm);
  Value origin = NONE;
  text_printf(&text, "cannot import name '%.*s' from ", (int)name->length, name->data);
  Str *from;
  if (is_kind(module, KIND_MODULE)) {
    const Module *m = (Module *)as_object(module);
    bool loading = m->header.flags & MODULE_LOADING;
    from = m->name;
    if (loading) text_add_c(&text, "partially initialized module ");
    str_repr(&text, from, false);
    if (loading) text_add_c(&text, " (most likely due to a circular import)");
    if (m->filename != NULL) {
      origin = from_object(m->filename);
      text_printf(&text, " (%.*s)", (int)m->filename->length, m->filename->data);
    } else {
      text_add_c(&text, " (unknown location)");
    }
  } else {
    Str *key = str_intern_c(vm, "__name__");
    Value own = object_get_own(vm, module, key);
    if (is_empty(own)) own = class_lookup(vm, value_class(vm, module), key);
    from = is_str(own) ? as_str(own) : str_from_c(vm, "<unknown module name>");
    str_repr(&text, from, false);
    text_add_c(&text, " (unknown location)");
    if (!is_str(own)) {
      vm_raise_value(vm, vm->exceptions.ImportError, from_object(text_finish(&text)));
      return false;
    }
  }
  raise_import_error(vm, vm->exceptions.ImportError, text_finish(&text), from, origin);
  Value payload[2] = {from_object(name), module};  // for errorhelp.c
  assert(is_exception(vm->exception));
  as_exception(vm->exception)->payload = from_object(tuple_from(vm, payload, 2));
  return false;
}

// A submodule that is loaded, though its package does not have it as an attribute (yet).
static Value loaded_submodule(VM *vm, Value module, Str *name) {
  Value package = object_get_own(vm, module, str_intern_c(vm, "__name__"));
  if (!is_str(package)) return EMPTY;
  Str *full = str_format(vm, "%.*s.%.*s", (int)as_str(package)->length, as_str(package)->data,
                         (int)name->length, name->data);
  return dict_get_str(vm->modules, full);
}

// Where the attribute is not simply there. Registers: 0 the module, 1 the name.
static Step import_from_step(VM *vm, Frame *frame, Value in) {
  Value *regs = frame->regs, out;
  if (frame->state == 0) {
    frame->state = 1;
    switch (attr_get(vm, regs[0], as_str(regs[1]), &out)) {
      case TRI_YES: return step_done(vm, out);
      case TRI_SCRIPT: return STEP_CALL;
      default: break;
    }
  }
  if (is_empty(vm->exception)) return step_done(vm, in);
  if (!exception_is(vm->exception, vm->exceptions.AttributeError)) return STEP_RAISE;
  vm_clear_exception(vm);
  out = loaded_submodule(vm, regs[0], as_str(regs[1]));
  if (!is_empty(out)) return step_done(vm, out);
  raise_cannot_import(vm, regs[0], as_str(regs[1]));
  return STEP_RAISE;
}

static const NativeDef import_from_def = {
    .name = "import_from", .step = import_from_step, .registers = 2};

Called operator_import_from(VM *vm, Frame *frame, Value module, Str *name, Value *out) {
  if (is_kind(module, KIND_MODULE)) {
    *out = module_get(vm, (Module *)as_object(module), name);
    if (!is_empty(*out)) return CALL_DONE;
  }
  Value regs[2] = {module, from_object(name)};
  return call_internal_step(vm, frame, &import_from_def, 2, regs);
}

bool operator_import_star(VM *vm, Module *into, Value value) {
  if (!is_kind(value, KIND_MODULE)) return raise_type_error(vm, "from-import-* needs a module");
  Module *module = (Module *)as_object(value);
  Value all = module_get(vm, module, str_intern_c(vm, "__all__"));
  if (!is_empty(all)) {
    List *names;
    if (value_items(vm, all, &names) != TRI_YES) return false;
    for (size_t i = 0; i < names->count; i++) {
      if (!is_str(names->items[i])) {
        return raise_type_error(vm, "Item in %s.__all__ must be str, not %s", module->name->data,
                                value_class_name(vm, names->items[i]));
      }
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
    if (!module_has_bound(module, slot) || name->data[0] == '_') continue;
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

// A function of the prelude that is loaded, or EMPTY.
static Value prelude_function(VM *vm, const char *name) {
  size_t place = ((uintptr_t)name >> 3) % VM_PRELUDE_FOUND;
  Str *found = vm->prelude_found[place].name;
  if (found != NULL && str_equals_c(found, name)) return vm->prelude_found[place].function;
  Str *key = str_intern_c(vm, name);
  Value function = dict_get_str(vm->prelude, key);
  if (is_empty(function)) return EMPTY;
  vm->prelude_found[place].name = key;
  vm->prelude_found[place].function = function;
  return function;
}

bool native_prelude(VM *vm, Value *out, const char *name, int nargs, const Value *args) {
  Value function = prelude_function(vm, name);
  if (!is_empty(function)) return native_tail(vm, out, function, nargs, args);
  Str *key = str_intern_c(vm, name);
  Value call[2] = {from_object(key), from_object(tuple_from(vm, args, (size_t)nargs))};
  return native_tail(vm, out, vm->prelude_loader, 2, call);
}

Step step_call_prelude(VM *vm, Frame *frame, int state, const char *name, int nargs,
                       const Value *args) {
  Value function = prelude_function(vm, name);
  if (!is_empty(function)) return step_call(vm, frame, state, function, nargs, args);
  Str *key = str_intern_c(vm, name);
  Value call[2] = {from_object(key), from_object(tuple_from(vm, args, (size_t)nargs))};
  return step_call(vm, frame, state, vm->prelude_loader, 2, call);
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
  if (!module_has_bound(wants, slot)) wants->slots[slot] = found;
  return step_done(vm, found);
}

static const NativeDef lazy_builtin_def = {
    .name = "builtin", .min = 2, .max = 2, .step = lazy_builtin_step, .registers = 2};

bool import_is_lazy_builtin(const Str *name) {
  for (const char *const *lazy = asyncio_builtin_names; *lazy != NULL; lazy++) {
    if (str_equals_c(name, *lazy)) return true;
  }
  return false;
}

Tri import_lazy_builtin(VM *vm, Module *module, Str *name, Value *out) {
  for (const char *const *lazy = asyncio_builtin_names; *lazy != NULL; lazy++) {
    if (!str_equals_c(name, *lazy)) continue;
    Value loaded = dict_get_c(vm->modules, "asyncio");
    if (is_kind(loaded, KIND_MODULE) && !importlock_must_wait(vm, loaded)) {
      *out = module_get(vm, (Module *)as_object(loaded), name);
      if (is_empty(*out)) return TRI_NO;  // asyncio itself is still being loaded
      uint32_t slot = module_slot(vm, module, name);
      if (!module_has_bound(module, slot)) module->slots[slot] = *out;
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
  native_add_functions(vm, vm->builtins, import_functions);
  vm->module_spec_class = class_new_builtin(vm, "ModuleSpec", NULL, KIND_INSTANCE, CLASS_ABSTRACT);
}
