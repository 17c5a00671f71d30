// viz.c: see viz.h. The parts are in the binary as arrays, made by the Makefile (vizpage.c).
#include "viz.h"

#include <string.h>

// NUL-terminated.
extern const unsigned char viz_html[], viz_css[], viz_js[];

// The log is lines of JSON; the page has it as one array. In a script element, `<` could end that.
static void write_log(FILE *out, const char *log, size_t length) {
  fputc('[', out);
  for (size_t i = 0; i < length; i++) {
    if (log[i] == '<') {
      fputs("\\u003c", out);
    } else if (log[i] != '\n') {
      fputc(log[i], out);
    } else if (i + 1 < length) {
      fputs(",\n", out);
    }
  }
  fputc(']', out);
}

void viz_write(FILE *out, const char *log, size_t length, bool speaker) {
  const char *at = (const char *)viz_html;
  for (const char *mark; (mark = strstr(at, "/*")) != NULL;) {
    fwrite(at, 1, (size_t)(mark - at), out);
    const char *name = mark + 2, *end = strstr(name, "*/");
    if (strncmp(name, "STYLE", 5) == 0) fputs((const char *)viz_css, out);
    if (strncmp(name, "SCRIPT", 6) == 0) fputs((const char *)viz_js, out);
    if (strncmp(name, "LOG", 3) == 0) write_log(out, log, length);
    if (strncmp(name, "SPEAKER", 7) == 0 && speaker) fputs(" data-speaker", out);
    at = end + 2;
  }
  fputs(at, out);
}
