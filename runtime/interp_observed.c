// interp_observed.c: the interpreter loop once more, compiled to tell an observer (observe.h) what
// it does. All of it is interp.c, where `if (OBSERVED)` marks what only this copy has.
#define OBSERVED 1
#define RUN bool interp_run_observed

#include "interp.c"
