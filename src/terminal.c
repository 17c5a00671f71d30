// terminal.c: see terminal.h.
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int terminal_width(int descriptor) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char *setting = getenv("COLUMNS");
  int columns = setting == NULL ? 0 : atoi(setting);
  return columns > 0 ? columns : 80;
}

bool terminal_is_able(int descriptor) {
  const char *name = getenv("TERM");
  return isatty(descriptor) && name != NULL && *name != '\0' && strcmp(name, "dumb") != 0;
}
