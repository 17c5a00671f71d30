// finding.h: findings: mistakes that a running program is seen to make, with their places and what
// to write instead. findings.def lists them.
//
// Whoever sees a mistake makes a Finding, adds notes and help, and reports it; the embedding
// program prints it (vm->findings->report). A finding is about what has happened, never a guess:
// what cannot be known for certain is ADVICE in findings.def, and asked for by `coro advise` alone.
//
// Nothing is told twice of one place. A line that ends with `# coro: allow C004` is silent about
// C004 (several: `# coro: allow C004 C017`), and so is the library.
#ifndef CORO_FINDING_H
#define CORO_FINDING_H

#include "task.h"

typedef enum {
#define FINDING(number, name, when, title) FINDING_##name = number,
#include "findings.def"
#undef FINDING
  FINDING_LIMIT
} FindingNumber;

enum { FINDING_NOTES = 10 };

// A second place that the finding speaks of, or (place.code NULL) a line of text alone.
typedef struct {
  TraceEntry place;
  Text text;
} FindingNote;

typedef struct Finding {
  FindingNumber number;
  TraceEntry place;  // code NULL: there is none
  Text message, help;
  FindingNote notes[FINDING_NOTES];
  int note_count;
  Task *task;   // the running one, or the one that it is about; NULL: none
  double time;  // seconds since the loop began to count; < 0: it does not matter
} Finding;

// What the embedding program does with findings.
typedef struct Findings {
  void (*report)(VM *vm, void *reporter, const Finding *finding);  // NULL: nothing is looked for
  void *reporter;
  uint32_t wanted;  // a bit for each number
  size_t count;     // of those reported
  Dict *told;       // (code's address, instruction, number) of each
} Findings;

void findings_install(VM *vm);
void findings_free(VM *vm);
void findings_mark(VM *vm);
// Where findings go from now on. advice: those that may be wrong are looked for too.
void findings_set_reporter(VM *vm, void (*report)(VM *, void *, const Finding *), void *reporter,
                           bool advice);

// Whether anybody wants to hear of this number: a cheap test before work is done for it.
static inline bool finding_is_wanted(const VM *vm, FindingNumber number) {
  return vm->findings->wanted >> number & 1;
}
// What the mistake is, in a line; NULL: there is no such number.
const char *finding_title(int number);
// "C004".
const char *finding_code(FindingNumber number, char buffer[8]);

// Where a frame is: at its running or suspended instruction.
TraceEntry finding_place(const Frame *frame);
// Whether a frame is a bytecode frame of the program's own code.
static inline bool finding_is_own(const Frame *frame) {
  return frame->header.extra != RESUME_STEP && !(frame->code->flags & (CODE_LIBRARY | CODE_HIDDEN));
}
// The innermost frame from `frame` outwards, no further than a loop, that is not the library's.
const Frame *finding_own_frame(const Frame *frame);
// The innermost place of the running program that is not the library's; code NULL: none.
TraceEntry finding_here(const VM *vm);

// A finding about `place`; NULL when nobody wants it, the line allows it, or it has been told. The
// others take NULL and do nothing. The running task and the time are filled in.
Finding *finding_new(VM *vm, FindingNumber number, TraceEntry place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void finding_note(Finding *finding, TraceEntry place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void finding_help(Finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Hands it over and frees it.
void finding_report(VM *vm, Finding *finding);

#endif
