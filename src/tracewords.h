// tracewords.h: what happens in a program, in words, as it happens:
//
//   t=1.000  Task-2 wakes: its asyncio.sleep(1) is over
//
// For `coro trace FILE --follow`, and for whoever has a VM of his own: attach it before anything
// runs, muted or not, and mute it and let it speak as often as you like.
#ifndef CORO_SRC_TRACEWORDS_H
#define CORO_SRC_TRACEWORDS_H

#include <stdio.h>

#include "observe.h"

typedef struct TraceWords TraceWords;

// Watches the VM (observe.h) and writes to `out`. What the program prints is told of as well unless
// it can be seen anyway: standard output is the same terminal or file.
TraceWords *tracewords_attach(VM *vm, FILE *out, bool color);
// While it is muted it writes nothing, but goes on watching.
void tracewords_mute(TraceWords *words, bool muted);
// Writes to another stream from now on, where what the program prints is seen as well.
void tracewords_redirect(TraceWords *words, FILE *out);
// Makes a task known that it was not told of.
void tracewords_know(TraceWords *words, Task *task);
// Its observer: the library's frames are told of if this asks for them (--library), and calls
// (--frames).
Observer *tracewords_observer(TraceWords *words);
// Ends it; when nothing runs any more.
void tracewords_free(VM *vm, TraceWords *words);

#endif
