// explore.h: `coro explore FILE`: the same program in many orders of its tasks.
#ifndef CORO_SRC_EXPLORE_H
#define CORO_SRC_EXPLORE_H

#include <stdbool.h>

typedef struct ExploreOptions {
  unsigned seeds, start;  // orders start … start + seeds - 1
  bool same;              // another output than the usual order's is a failure too
  double limit;           // seconds for a run
  int count;              // of words: the file and its arguments
  char **words;
} ExploreOptions;

// Runs the program once for every seed, each in a process of its own, with --virtual-time --strict
// --shuffle --seed N. Prints the first that fails with what it said, and how many do. The exit
// status: 0 none fails, 1 some do, 2 it could not be tried.
int explore_run(const ExploreOptions *options);

#endif
