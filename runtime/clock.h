// clock.h: what time it is. A virtual clock stands still until it is told to go on; it counts in
// nanoseconds, so that 0.1 + 0.7 and 0.8 seconds are the same moment. Waiting is thread.h's.
#ifndef CORO_CLOCK_H
#define CORO_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Clock Clock;

#define CLOCK_NEVER UINT64_MAX

Clock *clock_new(bool is_virtual);
void clock_free(Clock *clock);
bool clock_is_virtual(const Clock *clock);

uint64_t clock_nanoseconds(Clock *clock);       // monotonic
uint64_t clock_wall_nanoseconds(Clock *clock);  // since 1970
double clock_now(Clock *clock);                 // monotonic, in seconds
// The moment `delay` seconds from now, as a virtual clock will meet it.
double clock_after(Clock *clock, double delay);
// A moment of clock_now as one of clock_nanoseconds; CLOCK_NEVER when it is too far away.
uint64_t clock_moment(double seconds);
// Moves a virtual clock on.
void clock_advance(Clock *clock, uint64_t until_nanoseconds);
// A held virtual clock does not move on by itself when everybody waits.
void clock_hold(Clock *clock, bool held);
bool clock_is_held(const Clock *clock);
// Makes a running clock virtual, or real again; the moments that were set before have to be moved
// by the seconds that it returns.
double clock_switch(Clock *clock, bool is_virtual);

#endif
