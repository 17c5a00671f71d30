// helptext.c: see helptext.h. Texts are filled into lines of 80 columns.
#include "helptext.h"

#include <string.h>

#define COLUMNS 80
#define INDENT 19  // of the texts beside the words

// ---- usage

// One line for each form in operands.
static void print_forms(FILE *file, const char *word, const char *operands, const char **before) {
  for (const char *at = operands;;) {
    size_t length = strcspn(at, "\n");
    fprintf(file, "%scoro%s%s", *before, *word == '\0' ? "" : " ", word);
    // "[option ...]" where no option is the form itself.
    if (*at != '-' && length > 0) fputs(" [option ...]", file);
    fprintf(file, "%s%.*s\n", length > 0 ? " " : "", (int)length, at);
    *before = "       ";
    if (at[length] == '\0') return;
    at += length + 1;
  }
}

void helptext_usage(FILE *file, CommandId command) {
  const char *before = "usage: ";
  print_forms(file, command_rows[command].word, command_rows[command].operands, &before);
  if (command == COMMAND_CORO) fputs("       coro [option ...] COMMAND ...\n", file);
}

// ---- words and their texts

// Fills text into lines, from column `column` on, which a line before it has reached already.
static void fill(FILE *file, const char *text, int indent, int column) {
  fprintf(file, "%*s", indent - column, "");
  column = indent;
  for (const char *at = text; *at != '\0';) {
    int length = (int)strcspn(at, " ");
    if (column > indent && column + 1 + length > COLUMNS) {
      fprintf(file, "\n%*s", indent, "");
      column = indent;
    } else if (column > indent) {
      fputc(' ', file);
      column++;
    }
    fwrite(at, 1, (size_t)length, file);
    column += length;
    at += length + (at[length] == ' ');
  }
  fputc('\n', file);
}

static void print_row(FILE *file, const char *word, const char *value, const char *text) {
  int width = 2 + fprintf(file, "%s%s%s", word, *value == '\0' ? "" : " ", value);
  if (width >= INDENT) {
    fputc('\n', file);
    width = 0;
  }
  fill(file, text, INDENT, width);
}

static void print_options(FILE *file, CommandId command) {
  fputs("\nOptions:\n", file);
  for (const OptionRow *row = option_rows; row->word != NULL; row++) {
    if ((row->of & 1u << command) == 0) continue;
    fputs("  ", file);
    print_row(file, row->word, row->value, row->text);
  }
}

void helptext_print(FILE *file, CommandId command) {
  helptext_usage(file, command);
  fputc('\n', file);
  fill(file, command_rows[command].text, 0, 0);
  if (command != COMMAND_CORO) {
    print_options(file, command);
    return;
  }
  fputs(
      "Without a file, a session on a terminal, else what standard input says, as with '-'.\n"
      "\nCommands ('coro COMMAND --help' tells of its options):\n",
      file);
  for (const CommandRow *row = command_rows + 1; row->word != NULL; row++) {
    char value[16];
    size_t length = strcspn(row->operands, " \n");
    snprintf(value, sizeof value, "%.*s", (int)length, row->operands);
    fputs("  ", file);
    print_row(file, row->word, value, row->text);
  }
  print_options(file, command);
  fputs(
      "\nThe arguments after the program are its sys.argv.\n"
      "Exit status: 0; 1 after an uncaught exception or a syntax error; 2 when the command line "
      "is\n"
      "wrong or the file cannot be read; 3 after a deadlock; 4, see --strict; 5 at a limit, see\n"
      "--max-steps; 130 after Ctrl-C; otherwise what sys.exit() was given.\n",
      file);
}
