// ps.h: `coro ps PID`: asks a running program to show what its tasks wait for.
#ifndef CORO_SRC_PS_H
#define CORO_SRC_PS_H

// The exit status: 1 when there is no such program, or it is none of Coro's; 2 for a wrong number.
int ps_run(const char *pid);

#endif
