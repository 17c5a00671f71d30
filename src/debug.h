// debug.h: `coro debug FILE`: a debugger on the terminal that steps through a program by lines,
// task by task, forwards and backwards (replay.h). Its commands: debugcmd.c.
#ifndef CORO_SRC_DEBUG_H
#define CORO_SRC_DEBUG_H

#include "lineedit.h"
#include "observe.h"
#include "replay.h"

enum { DEBUG_BREAKS = 64, DEBUG_WATCHES = 8, DEBUG_NAME = 200, DEBUG_HISTORY = 4096 };

// What outlives a step back.
typedef struct {
  struct {
    char file[DEBUG_NAME];  // the end of a path; "": any file
    uint32_t line;
  } breaks[DEBUG_BREAKS];
  int break_count;
  struct {
    char name[DEBUG_NAME];
    uint32_t frame;  // the id of the one whose variable it is; 0: a global
  } watches[DEBUG_WATCHES];
  int watch_count;
  char last[DEBUG_NAME];  // the last command, for an empty line
} DebugShared;

typedef enum {
  DEBUG_STEP,         // to the task's next line
  DEBUG_NEXT,         // … in this frame or one further out
  DEBUG_FINISH,       // … in a frame further out
  DEBUG_CONTINUE,     // to a breakpoint or a watched value that changes
  DEBUG_UNTIL_AWAIT,  // to where another task runs, or none
} DebugMode;

typedef struct Debugger {
  Observer observer;
  VM *vm;
  Replay *replay;
  DebugShared *shared;
  LineEditor *editor;
  uint64_t tick;                    // lines that were reached
  uint32_t history[DEBUG_HISTORY];  // by tick: the task that reached it
  uint64_t target;                  // while it is less: runs on silently
  bool threads;                     // there were some: no more snapshots
  double forked;                    // seconds of the CPU's by the last snapshot
  DebugMode mode;
  uint32_t task;                 // that is stepped; 0: what runs outside tasks
  uint32_t depth;                // of the frame that next and finish are about
  bool task_over;                // the task that was stepped has ended
  char *watched[DEBUG_WATCHES];  // the values by then, as text; NULL: none
  // Where it stands, while commands are read.
  Frame *running;  // NULL: the program has ended
  Task *selected;  // whose frames are looked at; NULL: what runs outside tasks
  Frame *frame;    // of those, the one that is looked at; NULL: there is none
  int status;      // the program's exit status, when it has ended
} Debugger;

// Attaches to the VM, before the program runs, and forks the supervisor off. NULL: it cannot be
// done, an explanation has been printed.
Debugger *debug_begin(VM *vm);
// The program has ended: commands are read once more. Does not return.
_Noreturn void debug_end(Debugger *debugger, int status);

// ---- for debugcmd.c

// Reads commands until the program is to go on.
void debugcmd_read(Debugger *debugger);
// Which of the breakpoints a line is; -1: none.
int debug_break_at(const Debugger *debugger, const Frame *frame, uint32_t line);
uint32_t debug_line_of(const Frame *frame);
// The next frame further out, that is shown; NULL: none.
Frame *debug_outer_frame(const Debugger *debugger, const Frame *frame);
// The innermost shown frame of the selected task.
Frame *debug_innermost(const Debugger *debugger);
// Whether a name, or what stands before its first dot, is a variable of the frame.
bool debug_is_local(const Debugger *debugger, const Frame *frame, const char *name);
// The latest moment before this one at which the same task reached a line.
uint64_t debug_tick_before(const Debugger *debugger);

#endif
