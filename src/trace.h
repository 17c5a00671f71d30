// trace.h: `coro trace FILE`: watching a program run and telling of it.
#ifndef CORO_SRC_TRACE_H
#define CORO_SRC_TRACE_H

#include "observe.h"
#include "reporter.h"

typedef enum {
  TRACE_UNSAID,
  TRACE_PAGE,      // a page to look at in a browser (viz.h); asked for by `coro viz`
  TRACE_LOG,       // every event as JSON (tracelog.h)
  TRACE_WORDS,     // in words, as it happens (tracewords.h)
  TRACE_TIMELINE,  // drawn after the program's end (timeline.h)
  TRACE_CHROME,    // for the viewers of that format (chrometrace.h)
} TraceForm;

typedef struct TraceOptions {
  TraceForm form;
  const char *output;  // a file's path, "-": standard output; NULL: where the form usually goes
  bool library, frames, no_frames;  // of calls
  bool speaker;                     // of a page: larger
  int width;                        // of the timeline, in columns; 0: the window's
  const char *program;              // the file's path
  bool virtual_time;
  ReporterColor color;
} TraceOptions;

typedef struct Trace Trace;
// Begins to watch, before the program runs. NULL: the output cannot be written, an explanation has
// been printed.
Trace *trace_begin(VM *vm, const TraceOptions *options);
// The program has ended. False: the output could not be written (an explanation has been printed,
// unless nobody reads standard output any more).
bool trace_end(VM *vm, Trace *trace, int status);

#endif
