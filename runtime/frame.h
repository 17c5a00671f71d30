// frame.h: frames. A frame is a heap object that holds everything a suspended call needs: its
// code, where it will go on, who waits for its value, and its registers. A generator, coroutine or
// async generator object *is* its frame, with three more registers (GeneratorState) at the end.
//
// Who waits for whom:
//   parent      the frame that gets this frame's value; for a root, its driver. NULL while a
//               generator or coroutine is suspended on its own (nobody runs or awaits it).
//   A *chain* is a root (a generator or coroutine that a driver resumes: a task, next(), send())
//   and the frames below it down to the innermost, linked by parent. The running chain's root is
//   vm->chain. Suspending stores the innermost frame in the root's state and returns to the
//   root's driver; resuming jumps straight into the innermost frame. Both are O(1) at any depth.
//
// A plain frame is taken from a free list at the call and given back at the return (frame_lists.h).
// A frame that the program can see (a generator or coroutine object) is left to the collector.
#ifndef CORO_FRAME_H
#define CORO_FRAME_H

#include "code.h"
#include "native.h"
#include "object.h"

// frame->header.extra: how a value that comes back to this frame is taken.
typedef enum {
  RESUME_STORE,    // R[ip[-1].a] = value, go on at ip
  RESUME_STEP,     // a step frame: enter its step function with the value
  RESUME_BRANCH,   // a truth value for the jump at ip[-1]
  RESUME_OPERATE,  // what an operator's first method answers: NotImplemented asks the next
  RESUME_IN,       // what __contains__ answers to the IN at ip[-1]
  RESUME_NOT,      // R[ip[-1].a] = not value
  RESUME_DISCARD,  // go on at ip, the value is not wanted
  RESUME_UNPACK,   // a tuple of values for the registers of UNPACK at ip[-1]
  RESUME_FOR,      // store and take the backward jump of FOR_ITER / ASYNC_FOR_ITER at ip[-1]
  RESUME_METHOD,   // R[a] = value, R[a+1] unbound (LOAD_METHOD through a script)
  RESUME_INIT,     // __init__ returned: R[ip[-1].a] = the instance that it was called for
  RESUME_CLOSING,  // raise GeneratorExit: what the frame delegates to has swallowed one
  RESUME_THROWN,   // as RESUME_STORE; an exception is being thrown through the frame
  RESUME_FUTURE,   // the future in R[ip[-1].b] is done: R[ip[-1].a] = its result
} Resume;

// frame->header.flags.
enum {
  FRAME_CONSTRUCTS = 0x10,  // a plain frame that runs __init__: one more register, the instance
  FRAME_TAKEN = 0x10,       // a coroutine: see corowatch_take
  FRAME_THROWN = 0x20,      // a root: some frames of its chain wait as RESUME_THROWN
  FRAME_STARTED = 0x40,
  FRAME_FINISHED = 0x80,
};

struct Frame {
  Object header;  // aux: depth, for the recursion limit
  Code *code;
  union {
    const Instr *ip;  // the next instruction
    intptr_t state;   // of a step frame
  };
  Frame *parent;
  union {
    Function *function;    // for its free variables
    const NativeDef *def;  // of a step frame
  };
  Value regs[];
};

// The last registers of a root: regs[code->register_count ..].
typedef struct {
  union {
    Frame *innermost;  // where to resume; the root itself before the start
    size_t instr;      // of an async generator, which is no root, at `place`
  };
  union {
    Frame *outer_chain;  // vm->chain to restore when it suspends
    Code *place;         // of a coroutine, before it is started and after it has finished: where it
                         // was made, and where it was awaited (frame_coroutine_place); of an
                         // async generator: where it was made, or NULL
  };
} GeneratorState;

static inline GeneratorState *frame_generator(Frame *frame) {
  return (GeneratorState *)&frame->regs[frame->code->register_count];
}

// Where a coroutine that is not started yet was made, or where one that has finished was awaited:
// the program's own innermost instruction. False: not known (the latter: by a task). The index of
// the instruction is in header.aux, where a running frame has its depth.
static inline bool frame_coroutine_place(Frame *coroutine, Code **code, uint32_t *instr) {
  bool at_rest = (coroutine->header.flags & (FRAME_STARTED | FRAME_FINISHED)) != FRAME_STARTED;
  *code = at_rest ? frame_generator(coroutine)->place : NULL;
  *instr = coroutine->header.aux;
  return *code != NULL;
}
// Sets it to the place of `frame`, a bytecode frame; NULL: to none.
static inline void frame_set_coroutine_place(Frame *coroutine, const Frame *frame) {
  frame_generator(coroutine)->place = frame == NULL ? NULL : frame->code;
  if (frame != NULL) coroutine->header.aux = (uint32_t)(frame->ip - frame->code->instrs) - 1;
}

void frame_mark(VM *vm, Object *object);

#endif
