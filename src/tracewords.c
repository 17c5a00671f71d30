// tracewords.c: see tracewords.h.
//
// One event is at most one line. What needs no word of its own has none: a new task is ready, one
// that yields is ready again, and the timer of a sleep is the sleep's.
#include "tracewords.h"

#include "interp.h"

#include <string.h>
#include <sys/stat.h>

#include "finding.h"
#include "output.h"
#include "shortrepr.h"

#define REPR_LIMIT 60

// What is remembered of a task, by its id.
typedef struct {
  char *name;
  char *awaited;  // as the program writes it; NULL: it waits for nothing
  const char *kind;
  bool begun;
} Known;

struct TraceWords {
  Observer observer;
  VM *vm;
  FILE *out;
  bool color, muted;
  bool shows_output;  // the program's output is seen as well, in between
  Known *known;
  size_t known_count;
  char **frames;  // functions' names, by the ids of their frames; NULL: not told of
  size_t frame_count;
};

// ---- names

static char *copy(VM *vm, const char *text, size_t length) {
  char *result = heap_buffer_new(vm, length + 1);
  memcpy(result, text, length);
  result[length] = '\0';
  return result;
}

static void replace(VM *vm, char **old, const char *text, size_t length) {
  if (*old != NULL) heap_buffer_free(vm, *old, strlen(*old) + 1);
  *old = text == NULL ? NULL : copy(vm, text, length);
}

static Known *known_task(TraceWords *words, uint32_t id) {
  if (id >= words->known_count) {
    size_t count = ((size_t)id + 16) * 2, before = words->known_count;
    words->known =
        heap_buffer_resize(words->vm, words->known, before * sizeof(Known), count * sizeof(Known));
    memset(words->known + before, 0, (count - before) * sizeof(Known));
    words->known_count = count;
  }
  return &words->known[id];
}

static const char *name_of(TraceWords *words, uint32_t id) {
  const char *name = known_task(words, id)->name;
  return name == NULL ? "a task" : name;
}

static void note_name(TraceWords *words, uint32_t id, Task *task) {
  const Str *name = task_name(words->vm, task);
  replace(words->vm, &known_task(words, id)->name, name->data, name->length);
}

// ---- parts of a line

static void begin(TraceWords *words, const Event *event) {
  const char *dim = words->color ? "\x1b[2m" : "", *plain = words->color ? "\x1b[0m" : "";
  fprintf(words->out, "%st=%.3f%s  ", dim, event->time, plain);
}

static void put_name(TraceWords *words, uint32_t id) {
  const char *bold = words->color ? "\x1b[1m" : "", *plain = words->color ? "\x1b[0m" : "";
  fprintf(words->out, "%s%s%s", bold, name_of(words, id), plain);
}

// "Task-2 waits for a lock", the subject first.
static void begin_task(TraceWords *words, const Event *event, const char *verb) {
  begin(words, event);
  put_name(words, event->id);
  fprintf(words->out, " %s", verb);
}

static void put_place(TraceWords *words, const Event *event) {
  const Code *code = event->place.code;
  if (code == NULL) return;
  fprintf(words->out, ", line %u", code->positions[event->place.instr].line);
  if (code->module != NULL && !str_equals_c(code->module->name, "__main__")) {
    fprintf(words->out, " of %.*s", (int)code->filename->length, code->filename->data);
  }
}

static void put_repr(TraceWords *words, Value v) {
  Text text = text_new(words->vm);
  shortrepr_add(words->vm, v, REPR_LIMIT, &text);
  fwrite(text.data, 1, text.length, words->out);
  text_free(&text);
}

// "ValueError: no such host".
static void put_exception(TraceWords *words, Value exception) {
  const Str *type = as_object(exception)->cls->name;
  fwrite(type->data, 1, type->length, words->out);
  Text text = text_new(words->vm);
  if (exception_text(words->vm, exception, &text) == TRI_YES && text.length > 0) {
    fprintf(words->out, ": %.*s", (int)text.length, text.data);
  }
  text_free(&text);
}

static void end(TraceWords *words) { fputc('\n', words->out); }

// ---- tasks

static void tell_created(TraceWords *words, const Event *event) {
  begin(words, event);
  if (event->by_task != 0) {
    put_name(words, event->by_task);
    fputs(" makes ", words->out);
  }
  put_name(words, event->id);
  if (event->subject->coroutine != NULL) {
    const Code *code = event->subject->coroutine->code;
    bool is_module = code->flags & CODE_MODULE;
    int length = is_module ? 11 : (int)code->name->length;
    fprintf(words->out, " (%.*s)", length, is_module ? "the program" : code->name->data);
  }
  if (event->by_task == 0) fputs(" is made", words->out);
  put_place(words, event);
  end(words);
}

// Who or what has ended a wait, in parentheses.
static void put_cause(TraceWords *words, const Event *event) {
  if (event->by_task != 0) {
    fprintf(words->out, " (by %s)", name_of(words, event->by_task));
  } else if (event->by != NULL) {
    const char *what = strcmp(event->by, "io") == 0       ? "by input or output"
                       : strcmp(event->by, "timer") == 0  ? "by a timer"
                       : strcmp(event->by, "thread") == 0 ? "by another thread"
                                                          : "by a callback";
    fprintf(words->out, " (%s)", what);
  }
}

static void tell_ready(TraceWords *words, const Event *event) {
  if (strcmp(event->word, "created") == 0 || strcmp(event->word, "yield") == 0) return;
  const Known *known = known_task(words, event->id);
  const char *awaited = known->awaited == NULL ? "what it waited for" : known->awaited;
  begin_task(words, event, "wakes: ");
  if (strcmp(event->word, "cancel") == 0) {
    fputs("it is cancelled", words->out);
  } else if (strcmp(event->word, "throw") == 0) {
    fputs("it has awaited what cannot be awaited", words->out);
  } else if (strcmp(event->word, "sleep") == 0) {
    fprintf(words->out, "its %s is over", awaited);
  } else if (strcmp(event->word, "task") == 0 && event->by_task != 0) {
    fprintf(words->out, "%s is done", name_of(words, event->by_task));
  } else if (known->kind != NULL && strcmp(known->kind, "gather") == 0) {
    fprintf(words->out, "%s is done", awaited);
    put_cause(words, event);
  } else {
    fprintf(words->out, "its wait for %s is over", awaited);
    put_cause(words, event);
  }
  end(words);
}

static void tell_suspended(TraceWords *words, const Event *event) {
  static const struct {
    const char *kind, *words;
  } rows[] = {
      {"yield", "lets the others run: "},       {"sleep", "sleeps: "},
      {"future", "waits for a future: "},       {"lock", "waits for a lock: "},
      {"event", "waits for an event: "},        {"semaphore", "waits for a place in a semaphore: "},
      {"condition", "waits for a condition: "}, {"queue", "waits for a queue: "},
      {"gather", "waits for several: "},        {"io", "waits for input or output: "}};
  const EventWait *on = &event->on;
  const char *said = "waits: ";
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (strcmp(rows[i].kind, on->kind) == 0) said = rows[i].words;
  }
  if (strcmp(on->kind, "task") == 0 && on->task != 0) {
    begin_task(words, event, "waits for ");
    fprintf(words->out, "%s: ", name_of(words, on->task));
  } else {
    begin_task(words, event, said);
  }
  fwrite(on->text, 1, on->length, words->out);
  if (on->until >= 0) fprintf(words->out, ", until t=%.3f", on->until);
  put_place(words, event);
  end(words);
}

static void tell_cancelled(TraceWords *words, const Event *event) {
  begin(words, event);
  if (event->by_task != 0) {
    put_name(words, event->by_task);
    fputs(" cancels ", words->out);
    put_name(words, event->id);
  } else {
    put_name(words, event->id);
    fputs(" is cancelled", words->out);
    put_cause(words, event);
  }
  put_place(words, event);
  end(words);
}

static void tell_done(TraceWords *words, const Event *event) {
  begin_task(words, event, "is done: ");
  if (strcmp(event->word, "cancelled") == 0) {
    fputs("cancelled", words->out);
  } else if (strcmp(event->word, "raised") == 0) {
    put_exception(words, event->value);
  } else {
    fputs("it returns ", words->out);
    put_repr(words, event->value);
  }
  end(words);
}

// ---- calls

// Where a frame's name is kept.
static char **frame_name(TraceWords *words, uint32_t id) {
  if (id >= words->frame_count) {
    size_t count = ((size_t)id + 16) * 2, before = words->frame_count;
    words->frames = heap_buffer_resize(words->vm, words->frames, before * sizeof(char *),
                                       count * sizeof(char *));
    memset(words->frames + before, 0, (count - before) * sizeof(char *));
    words->frame_count = count;
  }
  return &words->frames[id];
}

static void begin_frame(TraceWords *words, const Event *event, const char *verb) {
  const char *name = *frame_name(words, event->frame);
  begin(words, event);
  fprintf(words->out, "frame %u (%s) %s", event->frame, name == NULL ? "?" : name, verb);
}

static void tell_pushed(TraceWords *words, const Event *event) {
  const Frame *frame = event->running;
  const Code *code = frame->code;
  if (code->flags & CODE_MODULE) {
    replace(words->vm, frame_name(words, event->frame), "the program", 11);
  } else {
    replace(words->vm, frame_name(words, event->frame), code->name->data, code->name->length);
  }
  begin_frame(words, event, "begins");
  const char *between = ": ";
  for (uint32_t i = 0; i < code->local_count && !(code->flags & CODE_MODULE); i++) {
    const Str *name;
    Value value;
    if (!observe_register(frame, i, &name, &value)) continue;
    fprintf(words->out, "%s%.*s = ", between, (int)name->length, name->data);
    put_repr(words, value);
    between = ", ";
  }
  end(words);
}

static void tell_returned(TraceWords *words, const Event *event) {
  begin_frame(words, event, "returns ");
  put_repr(words, event->value);
  fputs(" and is gone", words->out);
  end(words);
  replace(words->vm, frame_name(words, event->frame), NULL, 0);
}

static void tell_frame(TraceWords *words, const Event *event, const char *verb) {
  begin_frame(words, event, verb);
  put_place(words, event);
  end(words);
}

// ---- the rest

// Of "f(1, 2) at file:3", the function alone.
static void tell_callback(TraceWords *words, const Event *event) {
  const char *arguments = memchr(event->text, '(', event->length);
  size_t length = arguments == NULL ? event->length : (size_t)(arguments - event->text);
  begin(words, event);
  fprintf(words->out, "the loop calls %.*s\n", (int)length, event->text);
}

static void tell_waits(TraceWords *words, const Event *event) {
  begin(words, event);
  if (event->until < 0) {
    fputs("nothing is ready: the loop waits for something from outside", words->out);
  } else {
    fprintf(words->out, "nothing is ready: the loop waits until t=%.3f", event->until);
  }
  end(words);
}

static void tell_print(TraceWords *words, const Event *event) {
  if (words->shows_output) return;
  begin(words, event);
  if (event->task != 0) {
    put_name(words, event->task);
    fputs(" prints ", words->out);
  } else {
    fputs("the program prints ", words->out);
  }
  size_t length = event->length;
  if (length > 1 && event->text[length - 1] == '\n') length--;
  put_repr(words, from_object(str_new(words->vm, event->text, length)));
  end(words);
}

static void tell_exception(TraceWords *words, const Event *event) {
  begin(words, event);
  if (event->task != 0) {
    put_name(words, event->task);
    fputs(": ", words->out);
  }
  put_exception(words, event->value);
  put_place(words, event);
  const Str *function = event->place.code->name;
  if (event->line != 0) {
    fprintf(words->out, ": goes to line %u", event->line);
  } else if (event->place.code->flags & CODE_MODULE) {
    fputs(": ends the program", words->out);
  } else {
    fprintf(words->out, ": leaves %.*s", (int)function->length, function->data);
  }
  end(words);
}

static void tell(TraceWords *words, const Event *event) {
  switch (event->kind) {
    case EVENT_TASK_CREATED: tell_created(words, event); break;
    case EVENT_TASK_READY: tell_ready(words, event); break;
    case EVENT_TASK_RESUMED:
      begin_task(words, event, known_task(words, event->id)->begun ? "goes on" : "begins");
      put_place(words, event);
      end(words);
      break;
    case EVENT_TASK_SUSPENDED: tell_suspended(words, event); break;
    case EVENT_TASK_CANCELLED: tell_cancelled(words, event); break;
    case EVENT_TASK_RENAMED:
      begin(words, event);
      fprintf(words->out, "%s is now called ", name_of(words, event->id));
      note_name(words, event->id, event->subject);
      put_name(words, event->id);
      end(words);
      break;
    case EVENT_TASK_DONE: tell_done(words, event); break;
    case EVENT_CALLBACK: tell_callback(words, event); break;
    case EVENT_LOOP_WAITS: tell_waits(words, event); break;
    case EVENT_PRINT: tell_print(words, event); break;
    case EVENT_EXCEPTION: tell_exception(words, event); break;
    case EVENT_FRAME_PUSHED: tell_pushed(words, event); break;
    case EVENT_FRAME_SUSPENDED: tell_frame(words, event, "stays where it is"); break;
    case EVENT_FRAME_RESUMED: tell_frame(words, event, "goes on"); break;
    case EVENT_FRAME_RETURNED: tell_returned(words, event); break;
    case EVENT_END:
      begin(words, event);
      fprintf(words->out, "the program ends%s", event->line == 0 ? "\n" : ": ");
      if (event->line != 0) fprintf(words->out, "exit status %u\n", event->line);
      break;
    default: break;
  }
}

// Of tasks, what later lines need; also while nobody listens.
static void remember(TraceWords *words, const Event *event) {
  switch (event->kind) {
    case EVENT_TASK_CREATED:
    case EVENT_TASK_RENAMED: note_name(words, event->id, event->subject); break;
    case EVENT_TASK_RESUMED: {
      Known *known = known_task(words, event->id);
      known->begun = true;
      replace(words->vm, &known->awaited, NULL, 0);
      break;
    }
    case EVENT_TASK_SUSPENDED: {
      Known *known = known_task(words, event->id);
      known->kind = event->on.kind;
      replace(words->vm, &known->awaited, event->on.text, event->on.length);
      break;
    }
    case EVENT_TASK_DONE:
      replace(words->vm, &known_task(words, event->id)->awaited, NULL, 0);
      break;
    default: break;
  }
}

static void take_event(Observer *self, VM *vm, const Event *event) {
  TraceWords *words = (TraceWords *)self;
  if (event->kind == EVENT_TASK_CREATED) remember(words, event);
  if (!words->muted) {
    // What was printed before this stands before it.
    if (words->shows_output && !output_flush(vm)) vm_clear_exception(vm);
    tell(words, event);
    fflush(words->out);
  }
  if (event->kind != EVENT_TASK_CREATED) remember(words, event);
}

// Whether two streams end in the same terminal, pipe or file.
static bool is_same_output(FILE *a, FILE *b) {
  struct stat x, y;
  return fstat(fileno(a), &x) == 0 && fstat(fileno(b), &y) == 0 && x.st_dev == y.st_dev &&
         x.st_ino == y.st_ino;
}

TraceWords *tracewords_attach(VM *vm, FILE *out, bool color) {
  TraceWords *words = heap_buffer_new(vm, sizeof *words);
  *words = (TraceWords){.observer = {.event = take_event},
                        .vm = vm,
                        .out = out,
                        .color = color,
                        .shows_output = is_same_output(out, stdout)};
  observe_attach(vm, &words->observer);
  return words;
}

void tracewords_redirect(TraceWords *words, FILE *out) {
  words->out = out;
  words->shows_output = true;
}

void tracewords_know(TraceWords *words, Task *task) {
  uint32_t id = observe_task_id(words->vm, task);
  note_name(words, id, task);
  known_task(words, id)->begun = task->coroutine != NULL && generator_is_started(task->coroutine);
}

void tracewords_mute(TraceWords *words, bool muted) { words->muted = muted; }

Observer *tracewords_observer(TraceWords *words) { return &words->observer; }

void tracewords_free(VM *vm, TraceWords *words) {
  observe_detach(vm);
  for (size_t i = 0; i < words->known_count; i++) {
    replace(vm, &words->known[i].name, NULL, 0);
    replace(vm, &words->known[i].awaited, NULL, 0);
  }
  for (size_t i = 0; i < words->frame_count; i++) replace(vm, &words->frames[i], NULL, 0);
  heap_buffer_free(vm, words->frames, words->frame_count * sizeof(char *));
  heap_buffer_free(vm, words->known, words->known_count * sizeof(Known));
  heap_buffer_free(vm, words, sizeof *words);
}
