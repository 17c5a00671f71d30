// processes.c: starting processes of the system for the event loop: `_net.spawn`.
//
// A process that runs is a wire whose owner is the future of its exit status.
#include "processes.h"

#include <stdlib.h>

#include "int.h"
#include "poller.h"
#include "rows.h"

static void on_exit_status(uv_process_t *process, int64_t status, int signal) {
  Wire *wire = (Wire *)process;
  Object *owner = wire->owner;
  VM *vm = wire->poller->vm;
  if (owner == NULL) return;
  poller_settle(vm, as_future(from_object(owner)), small_int(signal != 0 ? -signal : status),
                EMPTY);
  wire_close(wire);
}

// The C strings of a list of str, with a NULL at the end; they live as long as the list.
static char **strings_of(VM *vm, Value v) {
  if (!is_list(v)) {
    raise_type_error(vm, "a list is required, not %s", value_class_name(vm, v));
    return NULL;
  }
  const List *list = as_list(v);
  char **strings = calloc(list->count + 1, sizeof *strings);
  for (size_t i = 0; strings != NULL && i < list->count; i++) {
    if (!is_str(list->items[i])) {
      free(strings);
      raise_type_error(vm, "expected str, bytes or os.PathLike object, not %s",
                       value_class_name(vm, list->items[i]));
      return NULL;
    }
    strings[i] = (char *)(uintptr_t)as_str(list->items[i])->data;  // libuv only reads it
  }
  if (strings == NULL) vm_raise_value(vm, vm->exceptions.MemoryError, EMPTY);
  return strings;
}

// spawn(loop, args, environment or None, directory or None, stdin, stdout, stderr): the pair of its
// number and the future of its exit status. The last three are descriptors.
static bool spawn(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_kind(args[0], KIND_LOOP)) return raise_type_error(vm, "an event loop is required");
  EventLoop *loop = as_loop(args[0]);
  if (!loop_check_open(vm, loop)) return false;
  uv_stdio_container_t stdio[3];
  for (int i = 0; i < 3; i++) {
    int64_t descriptor;
    if (!is_int(args[4 + i]) || !int_to_i64(args[4 + i], &descriptor)) {
      return raise_type_error(vm, "a file descriptor is required");
    }
    stdio[i].flags = UV_INHERIT_FD;
    stdio[i].data.fd = (int)descriptor;
  }
  char **arguments = strings_of(vm, args[1]);
  if (arguments == NULL) return false;
  char **environment = NULL;
  if (!is_none(args[2]) && (environment = strings_of(vm, args[2])) == NULL) {
    free(arguments);
    return false;
  }
  uv_process_options_t options = {.exit_cb = on_exit_status,
                                  .file = arguments[0],
                                  .args = arguments,
                                  .env = environment,
                                  .cwd = is_str(args[3]) ? as_str(args[3])->data : NULL,
                                  .stdio_count = 3,
                                  .stdio = stdio};
  Future *future = future_new(vm, loop);
  Wire *wire = wire_new(poller_of(vm, loop), &future->header);
  int error = uv_spawn(&wire->poller->uv, &wire->uv.process, &options);
  free(arguments);
  free(environment);
  if (error != 0) {
    wire_close(wire);
    return vm_raise_exception(vm, poller_error(vm, error));
  }
  *out = from_object(tuple_pair(vm, small_int(wire->uv.process.pid), from_object(future)));
  return true;
}

static const NativeDef functions[] = {
    FUNCTION_ROW("spawn", spawn, 7, 7, NULL),
    END_ROW,
};

void processes_install(VM *vm, Module *module) { native_add_functions(vm, module, functions); }
