// explain.c: see explain.h.
#include "explain.h"

#include <stdio.h>
#include <stdlib.h>

#include "finding.h"

// The number of "C016" or "c16" or "16"; 0: it is none.
static int finding_number(const char *text) {
  char *end;
  if (*text == 'C' || *text == 'c') text++;
  unsigned long number = *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;
  return number == 0 || number > 999 || *end != '\0' ? 0 : (int)number;
}

CoroStatus explain_run(CoroVM *coro, const char *which, int *exit_status) {
  static char command[] = "explain";
  char code[8], *arguments[2] = {command, code};
  *exit_status = 0;
  if (which == NULL) {
    for (int i = 1; finding_title(i) != NULL; i++) {
      printf("%s  %s\n", finding_code((FindingNumber)i, code), finding_title(i));
    }
    return CORO_OK;
  }
  int number = finding_number(which);
  if (finding_title(number) == NULL) {
    fprintf(stderr, "coro: there is no code '%s'; 'coro explain' lists them\n", which);
    *exit_status = 2;
    return CORO_OK;
  }
  printf("%s: %s\n\n", finding_code((FindingNumber)number, code), finding_title(number));
  coro_set_arguments(coro, 2, arguments);
  static const char program[] = "import _explain\n_explain.main()\n";
  CoroStatus status = coro_run_source(coro, "<explain>", program, sizeof program - 1);
  *exit_status = coro_exit_code(coro);
  return status;
}
