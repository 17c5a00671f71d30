// trace.c: `coro trace FILE`: where the events go. See trace.h.
//
// The program's own output stays what it is. Only where what is told of it goes to standard output
// in a form for programs (`-o -`) does the program's output go to standard error instead: it is in
// the log as well.
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chrometrace.h"
#include "timeline.h"
#include "tracelog.h"
#include "tracewords.h"
#include "viz.h"

struct Trace {
  TraceForm form;
  FILE *out;
  const char *output;  // its name, for messages
  const char *program;
  bool color;
  TraceLog log;
  FILE *kept;  // of a page: its log
  char *text;  // which is here
  size_t length;
  bool speaker;
  int width;
  TraceWords *words;
  TraceRun *run;
};

// Standard output for what is told; the program's own goes to standard error from now on.
static FILE *take_standard_output(void) {
  int copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (copy < 0) return NULL;
  fflush(stdout);
  if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    close(copy);
    return NULL;
  }
  return fdopen(copy, "w");
}

static bool is_for_programs(TraceForm form) { return form == TRACE_LOG || form == TRACE_CHROME; }

static FILE *open_output(const char *output, TraceForm form) {
  if (output == NULL) return form == TRACE_WORDS ? stderr : stdout;
  if (strcmp(output, "-") != 0) return fopen(output, "we");
  return is_for_programs(form) ? take_standard_output() : stdout;
}

static Observer *begin_log(VM *vm, Trace *trace, const TraceOptions *options) {
  tracelog_begin(&trace->log, trace->kept != NULL ? trace->kept : trace->out, options->program,
                 options->virtual_time);
  observe_attach(vm, &trace->log.observer);
  return &trace->log.observer;
}

static Observer *begin_words(VM *vm, Trace *trace) {
  trace->words = tracewords_attach(vm, trace->out, trace->color);
  return tracewords_observer(trace->words);
}

static Observer *begin_run(VM *vm, Trace *trace, const TraceOptions *options) {
  trace->run = tracerun_attach(vm, options->virtual_time);
  return &trace->run->observer;
}

Trace *trace_begin(VM *vm, const TraceOptions *options) {
  Trace *trace = calloc(1, sizeof *trace);
  if (trace == NULL) return NULL;
  trace->form = options->form;
  if (trace->form == TRACE_UNSAID)
    trace->form = options->output == NULL ? TRACE_TIMELINE : TRACE_LOG;
  trace->output = options->output;
  if (trace->output == NULL && is_for_programs(trace->form)) trace->output = "-";
  trace->out = open_output(trace->output, trace->form);
  if (trace->out == NULL) {
    fprintf(stderr, "coro: can't write to '%s': %s\n", trace->output, strerror(errno));
    free(trace);
    return NULL;
  }
  trace->speaker = options->speaker;
  trace->width = options->width;
  if (trace->form == TRACE_PAGE) trace->kept = open_memstream(&trace->text, &trace->length);
  trace->color = reporter_colors(options->color, fileno(trace->out));
  trace->program = options->program;
  Observer *observer = trace->form == TRACE_WORDS ? begin_words(vm, trace)
                       : trace->form == TRACE_LOG || trace->form == TRACE_PAGE
                           ? begin_log(vm, trace, options)
                           : begin_run(vm, trace, options);
  observer->library = options->library;
  if (options->no_frames) observer->frames = false;
  if (options->frames) observer->frames = true;
  return trace;
}

static void draw(Trace *trace) {
  tracerun_finish(trace->run);
  if (trace->form == TRACE_CHROME) {
    chrometrace_write(trace->out, trace->run, trace->program);
  } else {
    if (trace->out == stdout) fputc('\n', trace->out);  // below what the program has printed
    timeline_print(trace->out, trace->run, timeline_style(trace->out, trace->color, trace->width));
  }
  tracerun_free(trace->run);
}

bool trace_end(VM *vm, Trace *trace, int status) {
  errno = 0;
  observe_end(vm, status);
  switch (trace->form) {
    case TRACE_WORDS: tracewords_free(vm, trace->words); break;
    case TRACE_TIMELINE:
    case TRACE_CHROME: draw(trace); break;
    case TRACE_PAGE:
      observe_detach(vm);
      fclose(trace->kept);
      viz_write(trace->out, trace->text, trace->length, trace->speaker);
      free(trace->text);
      break;
    default: observe_detach(vm); break;
  }
  bool ok = !ferror(trace->out), own = trace->out != stderr && trace->out != stdout;
  if (own ? fclose(trace->out) != 0 : fflush(trace->out) != 0) ok = false;
  if (!ok && own) {
    fprintf(stderr, "coro: cannot write to '%s': %s\n", trace->output, strerror(errno));
  }
  free(trace);
  return ok;
}
