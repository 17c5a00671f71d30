// kinds.c: the one table of how each kind of object is marked and freed.
#include "attr.h"
#include "bytebuffer.h"
#include "bytes.h"
#include "channel.h"
#include "context.h"
#include "deque.h"
#include "file.h"
#include "future.h"
#include "generator.h"
#include "heap.h"
#include "iterator.h"
#include "loop.h"
#include "namedtuple.h"
#include "range.h"
#include "slice.h"
#include "task.h"
#include "traceback.h"
#include "vm.h"

const KindInfo heap_kinds[KIND_COUNT] = {
    [KIND_FREE] = {"free", NULL, NULL},
    [KIND_FRAME] = {"frame", frame_mark, NULL},
    [KIND_GENERATOR] = {"generator", frame_mark, NULL},
    [KIND_COROUTINE] = {"coroutine", frame_mark, NULL},
    [KIND_ASYNC_GENERATOR] = {"async_generator", frame_mark, NULL},
    [KIND_ASYNC_STEP] = {"async_step", async_step_mark, NULL},
    [KIND_STR] = {"str", NULL, str_free},
    [KIND_BYTES] = {"bytes", NULL, NULL},
    [KIND_BIGINT] = {"int", NULL, NULL},
    [KIND_FLOAT] = {"float", NULL, NULL},
    [KIND_LIST] = {"list", list_mark, list_free},
    [KIND_TUPLE] = {"tuple", tuple_mark, NULL},
    [KIND_DICT] = {"dict", dict_mark, dict_free},
    [KIND_SET] = {"set", set_mark, set_free},
    [KIND_FROZENSET] = {"frozenset", set_mark, set_free},
    [KIND_RANGE] = {"range", range_mark, NULL},
    [KIND_SLICE] = {"slice", slice_mark, NULL},
    [KIND_ITERATOR] = {"iterator", iterator_mark, NULL},
    [KIND_DICT_VIEW] = {"dict_view", dict_view_mark, NULL},
    [KIND_CELL] = {"cell", cell_mark, NULL},
    [KIND_CODE] = {"code", code_mark, code_free},
    [KIND_FUNCTION] = {"function", func_mark, NULL},
    [KIND_NATIVE] = {"native", native_mark, NULL},
    [KIND_METHOD] = {"method", method_mark, NULL},
    [KIND_CLASS] = {"class", class_mark, NULL},
    [KIND_SHAPE] = {"shape", shape_mark, NULL},
    [KIND_INSTANCE] = {"instance", instance_mark, instance_free},
    [KIND_EXCEPTION] = {"exception", exception_mark, exception_free},
    [KIND_MODULE] = {"module", module_mark, module_free},
    [KIND_PROPERTY] = {"property", property_mark, NULL},
    [KIND_MEMBER] = {"member", member_mark, NULL},
    [KIND_WRAPPER] = {"wrapper", wrapper_mark, NULL},
    [KIND_SUPER] = {"super", super_mark, NULL},
    [KIND_FUTURE] = {"future", future_mark, future_free},
    [KIND_TASK] = {"task", task_mark, future_free},
    [KIND_LOOP] = {"loop", loop_mark, loop_free},
    [KIND_HANDLE] = {"handle", handle_mark, NULL},
    [KIND_CONTEXT] = {"context", context_mark, NULL},
    [KIND_CONTEXT_VAR] = {"context_var", context_var_mark, NULL},
    [KIND_TOKEN] = {"token", token_mark, NULL},
    [KIND_DEQUE] = {"deque", deque_mark, deque_free},
    [KIND_LOCK] = {"lock", NULL, NULL},
    [KIND_FILE] = {"file", NULL, file_free},
    [KIND_RANDOM] = {"random", NULL, NULL},
    [KIND_TUPLE_FIELD] = {"tuple_field", tuple_field_mark, NULL},
    [KIND_BYTE_BUFFER] = {"byte_buffer", byte_buffer_mark, byte_buffer_free},
    [KIND_CHANNEL] = {"channel", channel_mark, NULL},
    [KIND_OPAQUE] = {"traceback", traceback_mark, traceback_free},
};
