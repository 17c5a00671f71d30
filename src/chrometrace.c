// chrometrace.c: see chrometrace.h.
//
// A task is a track (a thread of the one process). Its life is a slice, and what it did meanwhile
// are slices within that: it runs, is ready, waits. An arrow (a flow: an event "s" and an event "f"
// of one id) leads from the step in which a task made or woke another one to the step that this one
// then made.
//
// Times are microseconds. Under a virtual clock nothing lasts but waiting: there each event is
// drawn a microsecond after the one before, so that their order can be seen (Moment.drawn).
#include "chrometrace.h"

#include <math.h>
#include <string.h>

#include "coro.h"
#include "jsontext.h"

#define PROCESS 1

static long long nanoseconds(Moment moment) { return llround(moment.drawn * 1000); }

static void write_time(FILE *out, const char *key, long long ns) {
  fprintf(out, ",\"%s\":%lld.%03lld", key, ns / 1000, ns % 1000);
}

// What every event but the first begins with.
static void begin(FILE *out, const char *phase, uint32_t track, const char *name) {
  fprintf(out, ",\n{\"ph\":\"%s\",\"pid\":%d,\"tid\":%u,\"name\":", phase, PROCESS, track);
  json_write_c(out, name);
}

static void write_slice(FILE *out, uint32_t track, const char *name, const char *category,
                        Moment from, Moment to) {
  begin(out, "X", track, name);
  fprintf(out, ",\"cat\":\"%s\"", category);
  write_time(out, "ts", nanoseconds(from));
  write_time(out, "dur", nanoseconds(to) - nanoseconds(from));
}

// Names that the viewers know: they colour threads' states by them.
static const char *color_of(StretchState state) {
  return state == STRETCH_RUNNING ? "thread_state_running"
         : state == STRETCH_READY ? "thread_state_runnable"
                                  : "thread_state_sleeping";
}

static void write_stretch(FILE *out, const RunTask *task, const Stretch *stretch) {
  const char *name = stretch->state == STRETCH_RUNNING ? "runs"
                     : stretch->state == STRETCH_READY ? "is ready"
                                                       : stretch->text;
  const char *category = stretch->state == STRETCH_RUNNING ? "runs"
                         : stretch->state == STRETCH_READY ? "ready"
                                                           : "waits";
  write_slice(out, task->id, name, category, stretch->from, stretch->to);
  fprintf(out, ",\"cname\":\"%s\"", color_of(stretch->state));
  if (stretch->kind != NULL) fprintf(out, ",\"args\":{\"kind\":\"%s\"}", stretch->kind);
  fputc('}', out);
}

static void write_task(FILE *out, const RunTask *task) {
  char name[256];
  snprintf(name, sizeof name, "%s %s", task->name, task->function);
  begin(out, "M", task->id, "thread_name");
  fputs(",\"args\":{\"name\":", out);
  json_write_c(out, name);
  fputs("}}", out);
  begin(out, "M", task->id, "thread_sort_index");
  fprintf(out, ",\"args\":{\"sort_index\":%u}}", task->id);
  if (task->count == 0) return;
  write_slice(out, task->id, name, "task", task->stretches[0].from,
              task->stretches[task->count - 1].to);
  fputs(",\"args\":{\"end\":", out);
  json_write_c(out, task->how == NULL ? "not done" : task->how);
  fputs("}}", out);
  for (uint32_t i = 0; i < task->count; i++) write_stretch(out, task, &task->stretches[i]);
}

static void write_wake(FILE *out, const Wake *wake, size_t id) {
  const char *name = strcmp(wake->why, "created") == 0 ? "makes" : "wakes";
  begin(out, "s", wake->by, name);
  fprintf(out, ",\"cat\":\"wake\",\"id\":%zu", id);
  write_time(out, "ts", nanoseconds(wake->from));
  fputc('}', out);
  begin(out, "f", wake->to, name);
  fprintf(out, ",\"cat\":\"wake\",\"id\":%zu,\"bp\":\"e\"", id);
  write_time(out, "ts", nanoseconds(wake->resumed));
  fputc('}', out);
}

void chrometrace_write(FILE *out, const TraceRun *run, const char *program) {
  fprintf(out, "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"coro\":\"%s\",\"clock\":\"%s\"},",
          CORO_VERSION, run->is_virtual ? "virtual" : "real");
  fprintf(out, "\"traceEvents\":[\n{\"ph\":\"M\",\"pid\":%d,\"tid\":0,\"name\":\"process_name\",",
          PROCESS);
  fputs("\"args\":{\"name\":", out);
  json_write_c(out, program);
  fputs("}}", out);
  for (uint32_t i = 0; i < run->task_count; i++) write_task(out, &run->tasks[i]);
  for (size_t i = 0; i < run->wake_count; i++) {
    if (run->wakes[i].is_resumed) write_wake(out, &run->wakes[i], i + 1);
  }
  fputs("\n]}\n", out);
}
