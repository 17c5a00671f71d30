// clock.h: the loop's interface to the outside: what time it is, wait, wake.
//
// A real clock is libuv's: monotonic time, and waiting runs the libuv loop, where sockets and
// processes will be watched too. A virtual clock never waits: waiting moves its time on. It counts
// in nanoseconds, so that 0.1 + 0.7 and 0.8 seconds are the same moment.
#ifndef CORO_CLOCK_H
#define CORO_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Clock Clock;

Clock *clock_new(bool is_virtual);
void clock_free(Clock *clock);
bool clock_is_virtual(const Clock *clock);

uint64_t clock_nanoseconds(Clock *clock);       // monotonic
uint64_t clock_wall_nanoseconds(Clock *clock);  // since 1970
double clock_now(Clock *clock);                 // monotonic, in seconds
// The moment `delay` seconds from now, as a virtual clock will meet it.
double clock_after(Clock *clock, double delay);

// Before the first wait: makes clock_interrupt effective.
void clock_prepare(Clock *clock);
// Returns when it is `until` (may be infinite), or earlier when interrupted.
void clock_wait(Clock *clock, double until);
// Ends the wait in progress, or else the next one. For other threads and signal handlers.
void clock_interrupt(Clock *clock);
// Blocks the thread until the monotonic time; a signal ends it early. A virtual clock moves on.
void clock_block(Clock *clock, uint64_t until_nanoseconds);

#endif
