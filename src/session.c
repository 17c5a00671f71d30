// session.c: see session.h.
#include "session.h"

#include <stdlib.h>

#include "arena.h"
#include "bytes.h"
#include "compile.h"
#include "complete.h"
#include "coro.h"
#include "corowatch.h"
#include "dis.h"
#include "heap_private.h"
#include "import.h"
#include "int.h"
#include "interp.h"
#include "loop.h"
#include "output.h"
#include "parse.h"
#include "rows.h"
#include "source.h"
#include "stages.h"
#include "syntaxhelp.h"
#include "taskwait.h"
#include "taskwatch.h"

static Session *session_of(VM *vm) { return vm->session; }

static bool want_str(VM *vm, Value v, const char *what) {
  return is_str(v) || raise_type_error(vm, "%s must be a str", what);
}

// ---- the line editor

static char **complete(void *with, const char *line, size_t point, size_t *start, bool *closed) {
  const Session *session = with;
  if (session->module == NULL) return NULL;  // what is typed is no program
  return complete_line(session->vm, session->module, line, point, start, closed);
}

// open(history): (there is a terminal, it can be drawn on, standard input can be waited for)
static bool open_editor(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Session *session = session_of(vm);
  LineOptions options = {.complete = complete, .with = session};
  if (is_str(args[0])) options.history = str_c(vm, as_str(args[0]));
  session->editor = lineedit_open(options);
  if (session->editor == NULL) return vm_raise_value(vm, vm->exceptions.MemoryError, EMPTY);
  *out = from_object(tuple_of(vm, 3, from_bool(lineedit_has_terminal(session->editor)),
                              from_bool(lineedit_is_drawn(session->editor)),
                              from_bool(lineedit_can_wait())));
  return true;
}

static bool close_editor(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  *out = NONE;
  if (!output_flush(vm)) vm_clear_exception(vm);  // the program's end tells of it
  lineedit_close(session_of(vm)->editor);
  session_of(vm)->editor = NULL;
  return true;
}

// show(prompt, text)
static bool show(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  if (!want_str(vm, args[0], "prompt") || !want_str(vm, args[1], "text")) return false;
  if (!output_flush(vm)) return false;
  sessionwatch_prompt(session_of(vm)->watch, true);
  lineedit_show(session_of(vm)->editor, str_c(vm, as_str(args[0])), str_c(vm, as_str(args[1])));
  return true;
}

// feed(): the line, None while it is not whole, False at the end of input.
static bool feed(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  char *line;
  size_t length;
  switch (lineedit_feed(session_of(vm)->editor, &line, &length)) {
    case LINE_WAITS: *out = NONE; return true;
    case LINE_END: *out = FALSE_VALUE; return true;
    case LINE_DONE: break;
  }
  bool ok = bytes_decode(vm, (const uint8_t *)line, length, "utf-8", "surrogateescape", out);
  free(line);
  return ok;
}

static bool give_up(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  lineedit_give_up(session_of(vm)->editor);
  *out = NONE;
  return true;
}

static bool signal_descriptor(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  *out = small_int(lineedit_signal_descriptor(session_of(vm)->editor));
  return true;
}

static bool take_signals(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  lineedit_take_signals(session_of(vm)->editor);
  *out = NONE;
  return true;
}

static bool remember(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  if (!want_str(vm, args[0], "entry")) return false;
  lineedit_remember(session_of(vm)->editor, str_c(vm, as_str(args[0])));
  return true;
}

// ---- what was typed

// status(text): 'ok', 'error', or why there must be more: 'block' (an empty line ends it), 'more'.
static bool status(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!want_str(vm, args[0], "text")) return false;
  const Str *text = as_str(args[0]);
  const char *word = "error";
  if (utf8_valid(text->data, text->length, NULL) && text->length < INT32_MAX) {
    Arena *arena = arena_new();
    Source *source = source_new("<input>", text->data, text->length);
    DiagList diags;
    diag_list_init(&diags, arena);
    ParseStatus parsed = parse_module(arena, source, PARSE_INTERACTIVE, &diags).status;
    if (parsed == PARSE_OK) word = "ok";
    if (parsed == PARSE_INCOMPLETE) {
      diag_list_init(&diags, arena);
      parsed = parse_module(arena, source, PARSE_FILE, &diags).status;
      word = parsed == PARSE_OK ? "block" : "more";
    }
    source_free(source);
    arena_free(arena);
  }
  *out = from_object(str_intern_c(vm, word));
  return true;
}

// compile(text, filename, shown): (a function that runs it, whether that is a coroutine function).
// shown: the values of its expressions are.
static bool compile(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!want_str(vm, args[0], "text") || !want_str(vm, args[1], "filename")) return false;
  const Str *text = as_str(args[0]);
  CompileMode mode = args[2] == TRUE_VALUE ? COMPILE_INTERACTIVE : COMPILE_MODULE;
  Code *code;
  if (!compile_source(vm, text->data, text->length, as_str(args[1]), session_of(vm)->module, mode,
                      &code)) {
    return false;
  }
  *out = from_object(
      tuple_pair(vm, import_module_function(vm, code), from_bool(code->flags & CODE_COROUTINE)));
  return true;
}

// report(exception): what is said of one that nobody caught.
static bool report(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  if (!is_exception(args[0])) return raise_type_error(vm, "report() needs an exception");
  if (!output_flush(vm)) return false;
  reporter_print_exception(session_of(vm)->reporter, args[0]);
  return true;
}

// hint(value): says of a coroutine that is shown what to write instead.
static bool hint(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (is_kind(args[0], KIND_COROUTINE)) corowatch_tell_shown(vm, (Frame *)as_object(args[0]));
  *out = NONE;
  return true;
}

// running(): what was typed is about to run, the prompt is gone.
static bool running(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  sessionwatch_prompt(session_of(vm)->watch, false);
  *out = NONE;
  return true;
}

// trace(on): whether what happens is told in words.
static bool trace(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  if (loop_running(vm) == NULL) return false;
  sessionwatch_speak(vm, session_of(vm)->watch, args[0] == TRUE_VALUE);
  return true;
}

// begin(): a module for what will be typed, the new __main__; the running loop is the session's.
static bool begin(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  if (loop_running(vm) == NULL) return false;
  vm->loop->is_session = true;
  Str *name = str_intern_c(vm, "__main__");
  Module *module = module_new(vm, name);
  module->is_session = true;
  dict_set_str(vm, vm->modules, name, from_object(module));
  const char *const empty[] = {"__doc__", "__package__", "__loader__", "__spec__"};
  module_set(vm, module, str_intern_c(vm, "__name__"), from_object(name));
  for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
    module_set(vm, module, str_intern_c(vm, empty[i]), NONE);
  }
  module_set(vm, module, str_intern_c(vm, "__annotations__"), from_object(dict_new(vm)));
  module_set(vm, module, str_intern_c(vm, "__builtins__"), from_object(vm->builtins));
  session_of(vm)->module = module;
  *out = from_object(module);
  return true;
}

// nest(may): whether asyncio.run() may run a loop of its own inside the session's.
static bool nest(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (vm->loop != NULL) vm->loop->may_nest = args[0] == TRUE_VALUE;
  *out = NONE;
  return true;
}

// outside(function): function(), as if no loop were running: for whole programs.
static Step outside_step(VM *vm, Frame *frame, Value in) {
  if (frame->state == 0) {
    if (!is_empty(vm->exception)) return STEP_RAISE;
    if (vm->loop != NULL) frame->regs[1] = from_object(vm->loop);
    vm->loop = NULL;
    return step_call(vm, frame, 1, frame->regs[0], 0, NULL);
  }
  vm->loop = is_empty(frame->regs[1]) ? NULL : as_loop(frame->regs[1]);
  return is_empty(vm->exception) ? step_done(vm, in) : STEP_RAISE;
}

// interrupts(): (how often Ctrl-C came, whether a wait was given up because nothing could end it)
// since it was asked last.
static bool interrupts(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  EventLoop *loop = vm->loop;
  *out = NONE;
  if (loop == NULL) return true;
  *out = from_object(tuple_pair(vm, small_int(loop->interrupts), from_bool(loop->was_deadlocked)));
  loop->interrupts = 0;
  loop->was_deadlocked = false;
  return true;
}

// ---- the loop

static Value text_value(Text *text) { return from_object(text_finish(text)); }

static Value place_value(VM *vm, TraceEntry place) {
  if (place.code == NULL) return NONE;
  return from_object(str_format(vm, "%.*s:%u", (int)place.code->filename->length,
                                place.code->filename->data,
                                place.code->positions[place.instr].line));
}

// The task that a timer's future wakes, or NULL.
static Task *sleeper_of(Object *target) {
  if (target->kind == KIND_TASK) return (Task *)target;
  if (target->kind != KIND_FUTURE) return NULL;
  FutureCallback callback = ((Future *)target)->callback;
  bool wakes = is_none(callback.context) && is_kind(callback.callback, KIND_TASK);
  return wakes ? as_task(callback.callback) : NULL;
}

// tasks(): of each that is not done: (task, "Task-2 (fetch)", state, what it waits for, where that
// is, when it wakes, where it was created, the tasks that it needs, since when it waits).
static bool tasks(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  EventLoop *loop = loop_running(vm);
  if (loop == NULL) return false;
  List *list = list_new(vm, 0);
  for (Task *task = loop->first_task; task != NULL; task = task->next) {
    Text name = text_new(vm), awaited = text_new(vm);
    double wakes = taskwait_wakes(task);
    taskwait_add_task(vm, task, &name);
    TaskWait wait = taskwait_read(task);
    if (taskwait_is_known(&wait)) taskwait_add_awaited(vm, &wait, &awaited);
    List *needed = list_new(vm, 0);
    size_t i = 0;
    for (Task *next; (next = taskwait_next(vm, &wait, &i)) != NULL;) {
      list_append(vm, needed, from_object(next));
    }
    Value row[] = {from_object(task),
                   text_value(&name),
                   from_object(str_intern_c(vm, taskwait_state(task))),
                   text_value(&awaited),
                   place_value(vm, wait.place),
                   wakes < 0 ? NONE : from_double(wakes),
                   place_value(vm, task->created),
                   from_object(needed),
                   sessionwatch_since(vm, session_of(vm)->watch, task)};
    list_append(vm, list, from_object(tuple_from(vm, row, sizeof row / sizeof *row)));
  }
  *out = from_object(list);
  return true;
}

static int by_time(const void *a, const void *b) {
  const Timer *x = a, *y = b;
  if (x->when != y->when) return x->when < y->when ? -1 : 1;
  return x->serial < y->serial ? -1 : x->serial > y->serial;
}

// timers(): (when, what it does) of each that is to come, the soonest first.
static bool timers(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  EventLoop *loop = loop_running(vm);
  if (loop == NULL) return false;
  size_t size = loop->timers.count * sizeof(Timer), count = 0;
  Timer *wanted = heap_buffer_new(vm, size);
  for (size_t i = 0; i < loop->timers.count; i++) {
    if (!loop_timer_is_dead(&loop->timers.items[i])) wanted[count++] = loop->timers.items[i];
  }
  if (count > 1) qsort(wanted, count, sizeof *wanted, by_time);
  List *list = list_new(vm, count);
  for (size_t i = 0; i < count; i++) {
    Object *target = wanted[i].target;
    Text text = text_new(vm);
    Task *sleeper = sleeper_of(target);
    if (sleeper != NULL) {
      text_add_c(&text, "wakes ");
      taskwait_add_task(vm, sleeper, &text);
    } else if (target->kind == KIND_HANDLE) {
      text_add_c(&text, "calls ");
      handle_repr_callback(vm, (Handle *)target, &text);
    } else {
      text_add_c(&text, "ends a sleep");
    }
    Value row = from_object(tuple_pair(vm, from_double(wanted[i].when), text_value(&text)));
    list_append(vm, list, row);
  }
  heap_buffer_free(vm, wanted, size);
  *out = from_object(list);
  return true;
}

// failed(): the next future whose exception nobody has asked for, as an exception handler gets it;
// None: there is none.
static bool failed(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  EventLoop *loop = loop_running(vm);
  if (loop == NULL) return false;
  Future *future = loop_next_failed(loop);
  *out = future == NULL ? NONE : from_object(loop_failed_report(vm, future));
  return true;
}

// clock(): whether it is virtual. clock(virtual): makes it so.
static bool change_clock(VM *vm, Value *args, int nargs, Value *out) {
  Clock *clock = vm->loops->clock;
  if (nargs > 0 && (args[0] == TRUE_VALUE) != clock_is_virtual(clock)) {
    EventLoop *loop = loop_running(vm);
    if (loop == NULL) return false;
    loop_switch_clock(vm, loop, args[0] == TRUE_VALUE);
  }
  *out = from_bool(clock_is_virtual(clock));
  return true;
}

// hold(held): a virtual clock stands still, even if everybody waits for it.
static bool hold(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  clock_hold(vm->loops->clock, args[0] == TRUE_VALUE);
  *out = NONE;
  return true;
}

// ready(): how many entries the loop's queue has.
static bool ready(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  *out = small_int(vm->loop == NULL ? 0 : vm->loop->ready.count);
  return true;
}

// ---- stages

// dis(function): its instructions.
static bool disassemble(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  Value v = args[0];
  const Code *code = NULL;
  if (is_function(v)) code = ((Function *)as_object(v))->code;
  if (is_kind(v, KIND_CODE)) code = (const Code *)as_object(v);
  bool runs =
      is_kind(v, KIND_COROUTINE) || is_kind(v, KIND_GENERATOR) || is_kind(v, KIND_ASYNC_GENERATOR);
  if (runs) code = ((Frame *)as_object(v))->code;
  if (code == NULL || code->instr_count == 0) {
    return raise_type_error(vm, "%s has no bytecode", value_class_name(vm, v));
  }
  if (!output_flush(vm)) return false;
  dis_code(vm, code, stdout);
  return true;
}

// stage(text, of_tokens): the tokens or the tree that it becomes.
static bool stage(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = NONE;
  if (!want_str(vm, args[0], "text") || !output_flush(vm)) return false;
  Arena *arena = arena_new();
  Source *source = source_new("<input>", as_str(args[0])->data, as_str(args[0])->length);
  DiagList diags;
  diag_list_init(&diags, arena);
  bool ok = args[1] == TRUE_VALUE ? stages_tokens(stdout, source, false, &diags)
                                  : stages_tree(stdout, source, false, false, &diags);
  if (!ok) {
    DiagStyle style = reporter_style(&(ReporterOptions){0});
    syntaxhelp_explain(arena, source, &diags);
    for (int i = 0; i < diags.count; i++) diag_print(stderr, style, source, diags.items[i]);
  }
  source_free(source);
  arena_free(arena);
  return true;
}

// ---- the module

static const NativeDef functions[] = {
    FUNCTION_ROW("open", open_editor, 1, 1, NULL),
    FUNCTION_ROW("close", close_editor, 0, 0, NULL),
    FUNCTION_ROW("show", show, 2, 2, NULL),
    FUNCTION_ROW("feed", feed, 0, 0, NULL),
    FUNCTION_ROW("give_up", give_up, 0, 0, NULL),
    FUNCTION_ROW("signal_descriptor", signal_descriptor, 0, 0, NULL),
    FUNCTION_ROW("take_signals", take_signals, 0, 0, NULL),
    FUNCTION_ROW("remember", remember, 1, 1, NULL),
    FUNCTION_ROW("status", status, 1, 1, NULL),
    FUNCTION_ROW("compile", compile, 3, 3, NULL),
    FUNCTION_ROW("report", report, 1, 1, NULL),
    FUNCTION_ROW("hint", hint, 1, 1, NULL),
    FUNCTION_ROW("begin", begin, 0, 0, NULL),
    FUNCTION_ROW("running", running, 0, 0, NULL),
    FUNCTION_ROW("trace", trace, 1, 1, NULL),
    FUNCTION_ROW("nest", nest, 1, 1, NULL),
    STEP_ROW("outside", outside_step, 1, 1, 0, NULL, 2),
    FUNCTION_ROW("interrupts", interrupts, 0, 0, NULL),
    FUNCTION_ROW("tasks", tasks, 0, 0, NULL),
    FUNCTION_ROW("timers", timers, 0, 0, NULL),
    FUNCTION_ROW("failed", failed, 0, 0, NULL),
    FUNCTION_ROW("clock", change_clock, 0, 1, NULL),
    FUNCTION_ROW("hold", hold, 1, 1, NULL),
    FUNCTION_ROW("ready", ready, 0, 0, NULL),
    FUNCTION_ROW("dis", disassemble, 1, 1, NULL),
    FUNCTION_ROW("stage", stage, 2, 2, NULL),
    END_ROW,
};

void session_install(VM *vm, Reporter *reporter) {
  Session *session = heap_must_allocate(calloc(1, sizeof *session));
  *session = (Session){.vm = vm, .reporter = reporter};
  vm->session = session;
  Str *name = str_intern_c(vm, "_session");
  Module *module = module_new(vm, name);
  native_add_functions(vm, module, functions);
  module_set(vm, module, str_intern_c(vm, "version"), from_object(str_from_c(vm, CORO_VERSION)));
  Dict *since = dict_new(vm);
  module_set(vm, module, str_intern_c(vm, "since"), from_object(since));
  dict_set_str(vm, vm->modules, name, from_object(module));
  session->watch = heap_must_allocate(sessionwatch_begin(vm, since));
}

void session_free(VM *vm) {
  Session *session = vm->session;
  if (session == NULL) return;
  lineedit_close(session->editor);
  sessionwatch_free(vm, session->watch);
  free(session);
  vm->session = NULL;
}
