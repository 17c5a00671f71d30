// ps.c: see ps.h. The program shows it on its own standard error, at SIGUSR1 (runtime/awaittree.h).
// That signal ends a process that does not expect it, so the system is asked first whether it does.
#include "ps.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Whether a process handles SIGUSR1, and runs a program of this name: "coro".
static bool expects_signal(long pid, const char *name) {
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%ld/status", pid);
  FILE *file = fopen(path, "r");
  if (file == NULL) return false;
  bool handles = false, named = false;
  while (fgets(line, sizeof line, file) != NULL) {
    unsigned long long caught;
    if (sscanf(line, "SigCgt: %llx", &caught) == 1) handles = caught >> (SIGUSR1 - 1) & 1;
    if (strncmp(line, "Name:\t", 6) == 0) {
      line[strcspn(line, "\n")] = '\0';
      named = strncmp(line + 6, name, strlen(name)) == 0;
    }
  }
  fclose(file);
  return handles && named;
}

int ps_run(const char *text) {
  char *end;
  errno = 0;
  long pid = strtol(text, &end, 10);
  if (*end != '\0' || end == text || pid <= 0 || errno != 0) {
    fprintf(stderr, "coro: 'ps' needs the number of a process, not '%s'\n", text);
    return 2;
  }
  if (kill((pid_t)pid, 0) != 0) {
    fprintf(stderr, "coro: process %ld: %s\n", pid, strerror(errno));
    return 1;
  }
  if (!expects_signal(pid, "coro")) {
    fprintf(stderr, "coro: process %ld is no program that Coro runs\n", pid);
    return 1;
  }
  if (kill((pid_t)pid, SIGUSR1) == 0) return 0;
  fprintf(stderr, "coro: process %ld: %s\n", pid, strerror(errno));
  return 1;
}
