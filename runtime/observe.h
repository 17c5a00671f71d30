// observe.h: watching a program run: the tracer's, the stepper's and the visualiser's way in.
//
// An Observer hangs off the VM. Whoever wants one sets it with observe_attach before the program
// begins; interp_call then runs the observed copy of the interpreter loop (interp_observed.c), so
// that the plain one pays nothing. The loop, tasks and timers call the hooks below where
// vm->observer is set, on paths that are slow or where one test more is lost among much else.
//
// What an observer gets is what happened, in that order. It may look at everything and change
// nothing: no hook runs a script or leaves an exception, and the program does the same as without.
//
// Frames of the library have no events of their own, unless the observer asks for them.
#ifndef CORO_OBSERVE_H
#define CORO_OBSERVE_H

#include "task.h"
#include "timers.h"

typedef enum {
#define EVENT(name, text, fields, meaning) EVENT_##name,
#include "events.def"
#undef EVENT
  EVENT_COUNT
} EventKind;

// The parts of an Event that a kind has; an absent one is 0, NULL or EMPTY where that is possible.
enum {
  F_ID = 1 << 0,          // id: of the task
  F_NAME = 1 << 1,        // its name, from `subject`
  F_COROUTINE = 1 << 2,   // the coroutine's qualified name, from `subject`
  F_WHY = 1 << 3,         // word: "created", "yield", "sleep", "future", "task", "cancel", "throw"
  F_BY = 1 << 4,          // by_task, else by: who did it
  F_ON = 1 << 5,          // on: what it waits for
  F_FRAMES = 1 << 6,      // the frames that it is suspended in, from `subject`
  F_HOW = 1 << 7,         // word: "returned", "raised", "cancelled"
  F_TIMER = 1 << 8,       // id: of the timer
  F_WHEN = 1 << 9,        // until: when it is due
  F_FOR = 1 << 10,        // by_task, whom it wakes, else text, what it calls
  F_UNTIL = 1 << 11,      // until; < 0: nothing is to come but I/O
  F_FRAME = 1 << 12,      // frame: its id
  F_FUNCTION = 1 << 13,   // the function's qualified name, from `running`
  F_SORT = 1 << 14,       // word: "call", "coroutine", "generator", "module", …
  F_PARENT = 1 << 15,     // parent: the id of the frame that waits for its value
  F_REGISTERS = 1 << 16,  // from `running`
  F_VALUE = 1 << 17,      // value: what it gives, or the exception that ended it
  F_FILE = 1 << 18,       // file
  F_TEXT = 1 << 19,       // text, length
  F_STREAM = 1 << 20,     // word: "stdout", "stderr"
  F_TYPE = 1 << 21,       // value: the exception, its class …
  F_MESSAGE = 1 << 22,    // … and its text
  F_CAUGHT = 1 << 23,     // line: of the handler in this frame that it goes to; 0: it leaves it
  F_STATUS = 1 << 24,     // line: the exit status
  F_PENDING = 1 << 25,    // ids, length: of the tasks that are not done
};

// What a suspended task waits for.
typedef struct {
  const char *kind;  // "sleep", "future", "lock", …; "yield": only for its next turn
  const char *text;  // as the program writes it, or words
  size_t length;
  uint32_t task;  // the task that it awaits; 0: none
  double until;   // < 0: not known
} EventWait;

typedef struct {
  EventKind kind;
  uint64_t number;   // 1, 2, …
  double time;       // seconds since observe_attach, by the loop's clock
  uint32_t task;     // the running task's id; 0: none runs
  TraceEntry place;  // the program's own innermost; code NULL: none
  uint32_t id;
  uint32_t frame, parent;
  uint32_t by_task;
  const char *by;    // "timer", "io", "thread", "callback"; NULL: by_task, or nobody
  const char *word;  // see F_…
  const char *text;
  size_t length;
  double until;
  uint32_t line;
  Value value;
  const Str *file;
  const uint32_t *ids;
  Task *subject;
  Frame *running;
  EventWait on;
} Event;

// The names and fields of the kinds.
typedef struct {
  const char *name;
  uint32_t fields;
  const char *meaning;
} EventInfo;
extern const EventInfo event_table[EVENT_COUNT];

typedef struct Observer Observer;
struct Observer {
  void (*event)(Observer *self, VM *vm, const Event *event);
  // A bytecode frame reaches another line, or jumps back; the program goes on when this returns.
  // The running task is vm->loop->current. NULL: not wanted.
  void (*line)(Observer *self, VM *vm, Frame *frame, uint32_t line);
  bool frames;   // frame-… events are wanted
  bool library;  // the library's own frames are shown as well
  struct Observation *state;
};

// Watches from now on. Before the program begins, and once for a VM.
void observe_attach(VM *vm, Observer *observer);
// Ends it. When nothing runs any more, and before vm_free.
void observe_detach(VM *vm);

// ---- for observers

// Makes an event of a kind that only the embedding program knows of: EVENT_END.
void observe_end(VM *vm, int status);
// The ids of tasks and frames, given when they are first asked for.
uint32_t observe_task_id(VM *vm, const Task *task);
uint32_t observe_frame_id(VM *vm, const Frame *frame);
// Whether a frame is one that is shown.
bool observe_is_shown(const VM *vm, const Frame *frame);
// The frames that a suspended task is in, innermost first: the next shown one after `frame`; NULL:
// begin with the innermost, or there is none left.
Frame *observe_next_frame(const VM *vm, const Task *task, const Frame *frame);
// What the i-th register of a frame holds, by its variable's name; false: it has no name or value.
bool observe_register(const Frame *frame, uint32_t i, const Str **name, Value *value);

// ---- hooks: only where vm->observer is set

void observe_task_created(VM *vm, Task *task);
// by: what woke it if that is no task; NULL: whoever runs.
void observe_task_ready(VM *vm, Task *task, const char *why, const char *by);
// The future that it waited for is done.
void observe_task_woken(VM *vm, Task *task, Future *future);
void observe_task_cancelled(VM *vm, Task *task);
void observe_task_renamed(VM *vm, Task *task);
// value: what it has returned or raised; cancelled: EMPTY.
void observe_task_done(VM *vm, Task *task, const char *how, Value value);
// The task that the loop wakes next is woken on this one's account; NULL: on a timer's.
void observe_cause(VM *vm, const Future *cause);
void observe_timer_set(VM *vm, Object *target, double when);
void observe_timer_fired(VM *vm, const Object *target);
void observe_timer_cancelled(VM *vm, const Object *target);
void observe_loop_waits(VM *vm, const Timers *timers);
void observe_print(VM *vm, const char *text, size_t length, const char *stream);
// handler: the instruction of the frame that goes on with it; -1: it leaves the frame.
void observe_exception(VM *vm, Frame *frame, int64_t handler);

// Those of the observed interpreter loop.
void observe_line(VM *vm, Frame *frame);
void observe_frame_pushed(VM *vm, Frame *frame);
void observe_frame_returned(VM *vm, Frame *frame, Value value);
void observe_frame_suspended(VM *vm, Frame *frame);
void observe_frame_resumed(VM *vm, Frame *frame);
void observe_step_begins(VM *vm, Frame *frame, Value in);
void observe_step_ends(VM *vm, Frame *frame, Step step);

static inline void observe_instruction(VM *vm, Frame *frame, const Instr *next) {
  frame->ip = next;
  vm->frame = frame;
  if (vm->quota.steps_left != 0 && --vm->quota.steps_left == 0) quota_reach_steps(vm, frame);
  if (vm->observer != NULL && vm->observer->line != NULL) observe_line(vm, frame);
}

#endif
