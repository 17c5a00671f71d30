// debugcmd.c: the debugger's commands: reading them, and what each does. See debug.h.
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "awaittree.h"
#include "compile.h"
#include "debug.h"
#include "import.h"
#include "interp.h"
#include "loop.h"
#include "output.h"
#include "shortrepr.h"
#include "taskwait.h"
#include "traceback.h"

#define PROMPT "(coro) "
enum { AROUND = 4, VALUE_LIMIT = 100 };

// Whether the program is to go on after it.
typedef bool (*CommandFn)(Debugger *debugger, const char *argument);

// ---- showing places

// Line `number` of a text; false: there is none.
static bool line_of(const Str *text, uint32_t number, const char **start, int *length) {
  const char *at = text->data, *end = text->data + text->length;
  for (; number > 1; number--) {
    at = memchr(at, '\n', (size_t)(end - at));
    if (at == NULL) return false;
    at++;
  }
  const char *stop = memchr(at, '\n', (size_t)(end - at));
  *start = at;
  *length = (int)((stop == NULL ? end : stop) - at);
  return at < end;
}

static void print_lines(Debugger *debugger, const Frame *frame, uint32_t first, uint32_t last) {
  const Str *text = import_source_of(debugger->vm, frame->code);
  uint32_t here = debug_line_of(frame);
  for (uint32_t number = first; text != NULL && number <= last; number++) {
    const char *start;
    int length;
    if (!line_of(text, number, &start, &length)) continue;
    const char *mark = number == here ? "->" : "  ";
    char stop = debug_break_at(debugger, frame, number) >= 0 ? '*' : ' ';
    printf("%c%s %4u  %.*s\n", stop, mark, number, length, start);
  }
}

static void print_name_of(Debugger *debugger, Task *task) {
  if (task == NULL) {
    printf("outside tasks");
    return;
  }
  Text text = text_new(debugger->vm);
  taskwait_add_task(debugger->vm, task, &text);
  printf("%.*s", (int)text.length, text.data);
  text_free(&text);
}

static void print_place(const Frame *frame) {
  const Str *file = frame->code->filename, *name = frame->code->qualname;
  const char *slash = memrchr(file->data, '/', file->length);
  const char *base = slash == NULL ? file->data : slash + 1;
  printf("%.*s:%u in %.*s", (int)(file->data + file->length - base), base, debug_line_of(frame),
         (int)name->length, name->data);
}

static void print_here(Debugger *debugger) {
  if (debugger->frame == NULL) return;
  print_name_of(debugger, debugger->selected);
  printf(", t=%.3f: ", loop_time(debugger->vm));
  print_place(debugger->frame);
  putchar('\n');
  uint32_t line = debug_line_of(debugger->frame);
  print_lines(debugger, debugger->frame, line, line);
}

// ---- going on

static bool go_on(Debugger *debugger, DebugMode mode) {
  if (debugger->running == NULL) {
    printf("The program has ended: 'back' or 'quit'.\n");
    return false;
  }
  Task *task = debugger->selected;
  debugger->mode = mode;
  debugger->task = task == NULL ? 0 : observe_task_id(debugger->vm, task);
  debugger->depth = debugger->frame == NULL ? 0 : debugger->frame->header.aux;
  return true;
}

static bool do_step(Debugger *debugger, const char *argument) {
  (void)argument;
  return go_on(debugger, DEBUG_STEP);
}

static bool do_next(Debugger *debugger, const char *argument) {
  (void)argument;
  return go_on(debugger, DEBUG_NEXT);
}

static bool do_finish(Debugger *debugger, const char *argument) {
  (void)argument;
  return go_on(debugger, DEBUG_FINISH);
}

static bool do_continue(Debugger *debugger, const char *argument) {
  (void)argument;
  return go_on(debugger, DEBUG_CONTINUE);
}

static bool do_until_await(Debugger *debugger, const char *argument) {
  (void)argument;
  return go_on(debugger, DEBUG_UNTIL_AWAIT);
}

static bool do_back(Debugger *debugger, const char *argument) {
  (void)argument;
  if (debugger->threads) {
    printf("The program has used threads: it cannot be taken back.\n");
  } else if (debugger->tick <= 1) {
    printf("This is where the program begins.\n");
  } else {
    replay_go_back(debugger->replay, debug_tick_before(debugger));
  }
  return false;
}

static bool do_quit(Debugger *debugger, const char *argument) {
  (void)argument;
  lineedit_close(debugger->editor);
  replay_quit(debugger->replay, debugger->status);
}

// ---- breakpoints and watched values

static void list_breaks(const DebugShared *shared) {
  for (int i = 0; i < shared->break_count; i++) {
    const char *file = shared->breaks[i].file;
    printf("  %s%s%u\n", file, *file == '\0' ? "line " : ":", shared->breaks[i].line);
  }
  if (shared->break_count == 0) printf("No breakpoints.\n");
}

static bool do_break(Debugger *debugger, const char *argument) {
  DebugShared *shared = debugger->shared;
  const char *colon = strrchr(argument, ':'), *digits = colon == NULL ? argument : colon + 1;
  char *end;
  unsigned long line = strtoul(digits, &end, 10);
  size_t length = colon == NULL ? 0 : (size_t)(colon - argument);
  if (*argument == '\0') {
    list_breaks(shared);
  } else if (end == digits || *end != '\0' || line == 0 || length >= DEBUG_NAME) {
    printf("'break LINE' or 'break FILE:LINE', not '%s'.\n", argument);
  } else if (shared->break_count == DEBUG_BREAKS) {
    printf("There are %d breakpoints already.\n", DEBUG_BREAKS);
  } else {
    int i = shared->break_count++;
    memcpy(shared->breaks[i].file, argument, length);
    shared->breaks[i].file[length] = '\0';
    shared->breaks[i].line = (uint32_t)line;
  }
  return false;
}

static bool do_clear(Debugger *debugger, const char *argument) {
  DebugShared *shared = debugger->shared;
  const char *colon = strrchr(argument, ':');
  uint32_t line = (uint32_t)strtoul(colon == NULL ? argument : colon + 1, NULL, 10);
  int kept = 0;
  for (int i = 0; i < shared->break_count; i++) {
    if (*argument == '\0' || shared->breaks[i].line == line) continue;
    shared->breaks[kept++] = shared->breaks[i];
  }
  printf("%d breakpoint%s taken away.\n", shared->break_count - kept,
         shared->break_count - kept == 1 ? "" : "s");
  shared->break_count = kept;
  return false;
}

static bool do_watch(Debugger *debugger, const char *argument) {
  DebugShared *shared = debugger->shared;
  if (*argument == '\0') {
    for (int i = 0; i < shared->watch_count; i++) printf("  %s\n", shared->watches[i].name);
    if (shared->watch_count == 0) printf("Nothing is watched.\n");
  } else if (strspn(argument, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") !=
             strlen(argument)) {
    printf("A name can be watched, or an attribute such as 'self.count'; not '%s'.\n", argument);
  } else if (shared->watch_count == DEBUG_WATCHES || strlen(argument) >= DEBUG_NAME) {
    printf("That is too much to watch.\n");
  } else {
    int i = shared->watch_count++;
    bool local = debugger->frame != NULL && debug_is_local(debugger, debugger->frame, argument);
    strcpy(shared->watches[i].name, argument);
    shared->watches[i].frame = local ? observe_frame_id(debugger->vm, debugger->frame) : 0;
  }
  return false;
}

// ---- looking

static bool do_list(Debugger *debugger, const char *argument) {
  (void)argument;
  if (debugger->frame == NULL) return false;
  uint32_t line = debug_line_of(debugger->frame);
  print_lines(debugger, debugger->frame, line > AROUND ? line - AROUND : 1, line + AROUND);
  return false;
}

static bool do_tasks(Debugger *debugger, const char *argument) {
  (void)argument;
  awaittree_print(debugger->vm, stdout);
  return false;
}

static bool do_frames(Debugger *debugger, const char *argument) {
  (void)argument;
  Frame *frame = debugger->running == NULL ? NULL : debug_innermost(debugger);
  if (frame == NULL) printf("There are no frames here.\n");
  for (; frame != NULL; frame = debug_outer_frame(debugger, frame)) {
    printf(frame == debugger->frame ? "-> " : "   ");
    print_place(frame);
    putchar('\n');
  }
  return false;
}

static bool do_up(Debugger *debugger, const char *argument) {
  (void)argument;
  Frame *outer = debugger->frame == NULL ? NULL : debug_outer_frame(debugger, debugger->frame);
  if (outer == NULL) {
    printf("This is the outermost frame.\n");
  } else {
    debugger->frame = outer;
    print_here(debugger);
  }
  return false;
}

static bool do_down(Debugger *debugger, const char *argument) {
  (void)argument;
  Frame *inner = NULL, *frame = debugger->frame == NULL ? NULL : debug_innermost(debugger);
  for (; frame != NULL && frame != debugger->frame; frame = debug_outer_frame(debugger, frame)) {
    inner = frame;
  }
  if (inner == NULL) {
    printf("This is the innermost frame.\n");
  } else {
    debugger->frame = inner;
    print_here(debugger);
  }
  return false;
}

static bool do_locals(Debugger *debugger, const char *argument) {
  (void)argument;
  const Frame *frame = debugger->frame;
  bool any = false;
  for (uint32_t i = 0; frame != NULL && i < frame->code->local_count; i++) {
    const Str *name;
    Value value;
    if (!observe_register(frame, i, &name, &value)) continue;
    Text text = text_new(debugger->vm);
    shortrepr_add(debugger->vm, value, VALUE_LIMIT, &text);
    printf("  %.*s = %.*s\n", (int)name->length, name->data, (int)text.length, text.data);
    text_free(&text);
    any = true;
  }
  bool is_module = frame != NULL && frame->code->flags & CODE_MODULE;
  if (!any) printf(is_module ? "This is the module: 'print NAME'.\n" : "No locals yet.\n");
  return false;
}

// "Task-2", "2", or its own name.
static bool is_named(Debugger *debugger, Task *task, const char *wanted) {
  const Str *name = task_name(debugger->vm, task);
  if (str_equals_c(name, wanted)) return true;
  return strncmp(name->data, "Task-", 5) == 0 && strcmp(name->data + 5, wanted) == 0;
}

static bool do_switch(Debugger *debugger, const char *argument) {
  EventLoop *loop = debugger->vm->loop;
  Task *task = loop == NULL || debugger->running == NULL ? NULL : loop->first_task;
  while (task != NULL && !is_named(debugger, task, argument)) task = task->next;
  if (task == NULL) {
    printf("There is no task '%s' that is not done; 'tasks' lists them.\n", argument);
    return false;
  }
  debugger->selected = task;
  debugger->frame = debug_innermost(debugger);
  if (debugger->frame != NULL) {
    print_here(debugger);
  } else {
    print_name_of(debugger, task);
    printf(" is in no frame of the program.\n");
  }
  return false;
}

// ---- values of expressions

// Runs in a copy of the process, so that whatever it does, the program is as it was.
static void print_in_copy(Debugger *debugger, const char *expression) {
  VM *vm = debugger->vm;
  Frame *frame = debugger->frame;
  Value values[64];
  int count = 0;
  Text text = text_new(vm);
  text_add_c(&text, "def __value__(");
  for (uint32_t i = 0; i < frame->code->local_count && count < 64; i++) {
    const Str *name;
    if (!observe_register(frame, i, &name, &values[count])) continue;
    text_printf(&text, "%s%.*s", count++ == 0 ? "" : ", ", (int)name->length, name->data);
  }
  text_printf(&text, "):\n return (%s\n)\n", expression);
  Str *source = text_finish(&text);
  Code *code;
  vm->observer = NULL;
  vm->interrupt &= ~(uint32_t)INTERRUPT_SWITCH;  // there are no other threads in the copy
  Module *module = frame->code->module;
  Value result, shown = EMPTY;
  bool ok = compile_source(vm, source->data, source->length, str_from_c(vm, "<print>"), module,
                           COMPILE_MODULE, &code) &&
            interp_call(vm, import_module_function(vm, code), 0, NULL, &result);
  if (ok) {
    Value function = module_get(vm, module, str_intern_c(vm, "__value__"));
    ok = interp_call(vm, function, count, values, &result);
  }
  if (ok) {
    Value repr = module_get(vm, vm->builtins, str_intern_c(vm, "repr"));
    ok = interp_call(vm, repr, 1, &result, &shown);
  }
  if (ok) {
    printf("%.*s\n", (int)as_str(shown)->length, as_str(shown)->data);
    return;
  }
  Value exception = vm->exception;
  vm_clear_exception(vm);
  Text why = text_new(vm);
  traceback_text(vm, exception, &why);
  printf("%s: %.*s\n", as_object(exception)->cls->name->data, (int)why.length,
         why.data == NULL ? "" : why.data);
}

static bool do_print(Debugger *debugger, const char *argument) {
  if (debugger->frame == NULL || *argument == '\0') {
    printf(*argument == '\0' ? "'print EXPRESSION'.\n" : "There is no frame here.\n");
    return false;
  }
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) {
    signal(SIGINT, SIG_DFL);  // it may take too long
    print_in_copy(debugger, argument);
    fflush(NULL);
    _exit(0);
  }
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) < 0) perror("coro");
  if (WIFSIGNALED(status)) printf("Interrupted.\n");
  return false;
}

// ---- the commands

static bool do_help(Debugger *debugger, const char *argument);

static const struct {
  const char *name, *brief, *argument, *text;
  CommandFn run;
} commands[] = {
    {"step", "s", "", "to this task's next line, into what it calls and awaits", do_step},
    {"next", "n", "", "to this task's next line in this frame", do_next},
    {"finish", "f", "", "until this frame returns", do_finish},
    {"until-await", "u", "", "until another task runs", do_until_await},
    {"continue", "c", "", "to a breakpoint, or to the end", do_continue},
    {"back", "b", "", "to this task's line before this one", do_back},
    {"break", "br", "[[FILE:]LINE]", "stop at a line; alone: list where", do_break},
    {"clear", "cl", "[LINE]", "take breakpoints away", do_clear},
    {"watch", "w", "[NAME]", "stop when a name's value changes", do_watch},
    {"list", "l", "", "the lines around", do_list},
    {"tasks", "t", "", "what each task waits for", do_tasks},
    {"switch", "sw", "TASK", "look at another task, and step that one", do_switch},
    {"frames", "fr", "", "who called or awaited whom", do_frames},
    {"up", "", "", "look at the frame that waits for this one", do_up},
    {"down", "", "", "and back again", do_down},
    {"locals", "lo", "", "the frame's variables", do_locals},
    {"print", "p", "EXPRESSION", "its value here; what it changes is forgotten", do_print},
    {"help", "h", "", "this list", do_help},
    {"quit", "q", "", "end the program", do_quit},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static bool do_help(Debugger *debugger, const char *argument) {
  (void)debugger, (void)argument;
  for (int i = 0; i < COMMANDS; i++) {
    char usage[64];
    snprintf(usage, sizeof usage, "%s %s", commands[i].name, commands[i].argument);
    printf("  %-3s %-21s %s\n", commands[i].brief, usage, commands[i].text);
  }
  printf("  An empty line does the last one again.\n");
  return false;
}

static bool obey(Debugger *debugger, const char *line) {
  size_t length = strcspn(line, " ");
  const char *argument = line + length + strspn(line + length, " ");
  for (int i = 0; i < COMMANDS; i++) {
    const char *name = commands[i].name, *brief = commands[i].brief;
    bool is_name = strlen(name) == length && strncmp(name, line, length) == 0;
    bool is_brief = strlen(brief) == length && strncmp(brief, line, length) == 0;
    if (is_name || is_brief) return commands[i].run(debugger, argument);
  }
  printf("There is no command '%.*s'; 'help' lists them.\n", (int)length, line);
  return false;
}

// ---- reading

// A line, which the caller frees; NULL: there are no more.
static char *read_line(Debugger *debugger) {
  char *line = NULL;
  size_t length;
  fflush(stdout);
  lineedit_show(debugger->editor, PROMPT, "");
  for (;;) {
    struct pollfd wanted[] = {
        {.fd = STDIN_FILENO, .events = POLLIN},
        {.fd = lineedit_signal_descriptor(debugger->editor), .events = POLLIN}};
    if (poll(wanted, 2, -1) < 0) {  // Ctrl-C
      lineedit_give_up(debugger->editor);
      lineedit_show(debugger->editor, PROMPT, "");
      continue;
    }
    if (wanted[1].revents) lineedit_take_signals(debugger->editor);
    if (!wanted[0].revents) continue;
    LineStatus status = lineedit_feed(debugger->editor, &line, &length);
    if (status == LINE_END) return NULL;
    if (status == LINE_DONE) return line;
  }
}

void debugcmd_read(Debugger *debugger) {
  DebugShared *shared = debugger->shared;
  if (!output_flush(debugger->vm)) vm_clear_exception(debugger->vm);
  print_here(debugger);
  for (bool going_on = false; !going_on;) {
    char *line = read_line(debugger);
    if (line == NULL) {
      do_quit(debugger, "");
      break;
    }
    size_t length = strlen(line);
    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t')) {
      line[--length] = '\0';
    }
    const char *start = line + strspn(line, " \t");
    if (*start != '\0' && strlen(start) < DEBUG_NAME) {
      strcpy(shared->last, start);
      lineedit_remember(debugger->editor, start);
    }
    going_on = *shared->last != '\0' && obey(debugger, *start == '\0' ? shared->last : start);
    free(line);
  }
}
