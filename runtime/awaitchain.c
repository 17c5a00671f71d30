// awaitchain.c: the short form of the frames around a failed task.
//
//     in Task-3, created at line 9 by main
//     awaited by main (prog.coro, line 12)
//     in Task-1, run at line 15
//
// An exception's way is one list of frames, innermost first; Exception.tasks says after how many of
// them each task ended (exception_left_task). The frames behind such a mark are those who waited
// for the task: a line each is enough, because nothing went wrong there.
//
// Invariant: the marks' counts never fall, and none is greater than the way's length.
#include "awaitchain.h"

#include "traceback.h"

#define LINES_SHOWN 12

typedef struct {
  const Exception *exception;
  const Code *own;  // the code of the innermost frame that was shown
  Text *out;
  uint32_t lines;    // put so far
  uint32_t dropped;  // because there were too many
  const char *verb;  // of the last frame's line
  TraceEntry last;
} Chain;

static size_t mark_count(const Exception *exception) {
  return exception->tasks == NULL ? 0 : exception->tasks->count / LEFT_PARTS;
}

static Value part(const Exception *exception, size_t mark, int which) {
  return exception->tasks->items[mark * LEFT_PARTS + (size_t)which];
}

static uint32_t frames_before(const Exception *exception, size_t mark) {
  return (uint32_t)as_small_int(part(exception, mark, LEFT_COUNT));
}

// The first shown entry from i on, before `end`; `end` when there is none.
static uint32_t first_shown(const Exception *exception, uint32_t i, uint32_t end) {
  while (i < end && !traceback_is_shown(exception->trace, i)) i++;
  return i;
}

// The innermost task with frames to show; the number of marks when there is none.
static size_t first_mark(const Exception *exception) {
  size_t mark = 0, count = mark_count(exception);
  while (mark < count) {
    uint32_t end = frames_before(exception, mark);
    if (first_shown(exception, 0, end) < end) break;
    mark++;
  }
  return mark;
}

uint32_t awaitchain_own_frames(const Exception *exception) {
  size_t mark = first_mark(exception);
  return mark == mark_count(exception) ? exception->trace_count : frames_before(exception, mark);
}

static uint32_t line_of(TraceEntry place) { return place.code->positions[place.instr].line; }

static bool begin_line(Chain *chain) {
  if (++chain->lines > LINES_SHOWN) chain->dropped++;
  return chain->lines <= LINES_SHOWN;
}

static void put_function(Text *out, const Code *code) {
  if (code->flags & CODE_MODULE) {
    text_add_c(out, "the program");
  } else {
    text_add_str(out, code->name);
  }
}

static void put_task(Chain *chain, size_t mark, const char *what, TraceEntry place) {
  if (!begin_line(chain)) return;
  Value name = part(chain->exception, mark, LEFT_NAME);
  if (is_str(name)) {
    text_printf(chain->out, "  in task '%.*s'", (int)as_str(name)->length, as_str(name)->data);
  } else {
    text_printf(chain->out, "  in Task-%lld", (long long)as_small_int(name));
  }
  if (place.code != NULL) {
    const Str *file = place.code->filename;
    text_printf(chain->out, ", %s at line %u", what, line_of(place));
    if (!str_equal(file, chain->own->filename)) {
      text_printf(chain->out, " of %.*s", (int)file->length, file->data);
    }
    if (!(place.code->flags & CODE_MODULE)) {
      text_add_c(chain->out, " by ");
      put_function(chain->out, place.code);
    }
  }
  text_add_char(chain->out, '\n');
}

static bool is_same_line(TraceEntry a, TraceEntry b) {
  return a.code != NULL && a.code == b.code && line_of(a) == line_of(b);
}

// A frame that waited. The same line again, as in a recursion, is told once.
static void put_waiter(Chain *chain, const char *verb, TraceEntry place) {
  if (is_same_line(chain->last, place) && chain->verb == verb) return;
  chain->last = place;
  chain->verb = verb;
  if (!begin_line(chain)) return;
  text_printf(chain->out, "  %s by ", verb);
  put_function(chain->out, place.code);
  text_printf(chain->out, " (%.*s, line %u)\n", (int)place.code->filename->length,
              place.code->filename->data, line_of(place));
}

// A task, and the frames up to the next one that is ended.
static void put_link(Chain *chain, size_t mark, uint32_t end) {
  static const char awaited[] = "awaited", called[] = "called";
  const Exception *exception = chain->exception;
  Value code = part(exception, mark, LEFT_CODE);
  TraceEntry created = {is_none(code) ? NULL : (Code *)as_object(code),
                        (uint32_t)as_small_int(part(exception, mark, LEFT_INSTR))};
  uint32_t i = first_shown(exception, frames_before(exception, mark), end);
  if (i == end && created.code == NULL) return;  // the program itself
  const char *what = "created", *verb = awaited;
  if (i < end && is_same_line(created, exception->trace[i])) {
    bool suspends = created.code->flags & CODE_SUSPENDS;
    what = suspends ? "created and awaited" : "run";
    if (!suspends) verb = called;
    i = first_shown(exception, i + 1, end);
  }
  put_task(chain, mark, what, created);
  for (; i < end; i = first_shown(exception, i + 1, end)) {
    TraceEntry place = exception->trace[i];
    put_waiter(chain, verb, place);
    verb = place.code->flags & CODE_SUSPENDS ? awaited : called;
  }
}

void awaitchain_put(const Exception *exception, Text *out) {
  size_t mark = first_mark(exception), count = mark_count(exception);
  if (mark == count) return;
  uint32_t innermost = first_shown(exception, 0, exception->trace_count);
  Chain chain = {.exception = exception, .own = exception->trace[innermost].code, .out = out};
  for (; mark < count; mark++) {
    uint32_t end = mark + 1 < count ? frames_before(exception, mark + 1) : exception->trace_count;
    put_link(&chain, mark, end);
  }
  if (chain.dropped > 0) {
    text_printf(out, "  ... and %u more line%s (--traceback=full shows every frame)\n",
                chain.dropped, chain.dropped == 1 ? "" : "s");
  }
}
