// native_modules.c: the table of modules written in C, and of asyncio's builtin names.
#include "native_modules.h"

#include "bisectmodule.h"
#include "collections.h"
#include "file.h"
#include "functoolsmodule.h"
#include "gcmodule.h"
#include "heapqmodule.h"
#include "import.h"
#include "itertools.h"
#include "jsonmodule.h"
#include "lock.h"
#include "loop.h"
#include "mathmodule.h"
#include "netmodule.h"
#include "posix.h"
#include "randommodule.h"
#include "signals.h"
#include "sysmodule.h"
#include "timemodule.h"
#include "tracemodule.h"
#include "typesmodule.h"

static bool fill_asyncio(VM *vm, Module *module) {
  asyncio_fill_module(vm, module);
  return true;
}

const NativeModule native_modules[] = {
    // clang-format off: one row a line
    {"_asyncio", fill_asyncio},
    {"_bisect", bisect_install},
    {"_collections", collections_install},
    {"_functools", functools_install},
    {"_gc", gcmodule_install},
    {"_heapq", heapq_install},
    {"_importlib", importlib_install},
    {"_io", io_install},
    {"_itertools", itertools_install},
    {"_net", net_install},
    {"_posix", posix_install},
    {"_random", random_install},
    {"_signal", signal_module_install},
    {"_thread", thread_module_install},
    {"_traceback", tracemodule_install},
    {"_types", types_install},
    {"errno", errno_install},
    {"_json", json_install},
    {"math", math_install},
    {"sys", sys_install},
    {"time", time_install},
    {NULL, NULL},
    // clang-format on
};

// What LANGUAGE.md lists under asyncio. They are loaded with asyncio when first used.
const char *const asyncio_builtin_names[] = {
    "run",
    "Runner",
    "get_event_loop",
    "get_running_loop",
    "new_event_loop",
    "set_event_loop",
    "create_task",
    "ensure_future",
    "gather",
    "wait",
    "wait_for",
    "shield",
    "sleep",
    "timeout",
    "timeout_at",
    "as_completed",
    "TaskGroup",
    "current_task",
    "all_tasks",
    "iscoroutine",
    "iscoroutinefunction",
    "isfuture",
    "Future",
    "Task",
    "Event",
    "Lock",
    "Semaphore",
    "BoundedSemaphore",
    "Condition",
    "Barrier",
    "Queue",
    "LifoQueue",
    "PriorityQueue",
    "QueueEmpty",
    "QueueFull",
    "FIRST_COMPLETED",
    "FIRST_EXCEPTION",
    "ALL_COMPLETED",
    "run_coroutine_threadsafe",
    "to_thread",
    "open_connection",
    "start_server",
    "StreamReader",
    "StreamWriter",
    "create_subprocess_exec",
    "create_subprocess_shell",
    "subprocess",
    "IncompleteReadError",
    "LimitOverrunError",
    NULL,
};
