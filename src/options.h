// options.h: the words of the command line (options.def) as tables, and reading one option by them.
#ifndef CORO_SRC_OPTIONS_H
#define CORO_SRC_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
  COMMAND_CORO,  // no command: a file, -c, -i and the like
#define COMMAND(id, word, operands, operand, text) COMMAND_##id,
#define OPTION(id, of, word, kind, value, low, high, text)
#include "options.def"
#undef COMMAND
#undef OPTION
} CommandId;

typedef enum {
#define COMMAND(id, word, operands, operand, text)
#define OPTION(id, of, word, kind, value, low, high, text) OPTION_##id,
#include "options.def"
#undef COMMAND
#undef OPTION
} OptionId;

// What a command's first operand is.
typedef enum {
  OPERAND_NOTHING,
  OPERAND_FILE,
  OPERAND_FINDING,  // the code of a mistake
  OPERAND_LESSON,
  OPERAND_PROCESS,
  OPERAND_SHELL,
} Operand;

// What follows an option, behind a space or '='.
typedef enum {
  VALUE_FLAG,    // nothing
  VALUE_CHOICE,  // one of the words of the row's value
  VALUE_NUMBER,
  VALUE_SECONDS,
  VALUE_BYTES,  // a number, with K, M or G if you like
  VALUE_PATH,
  VALUE_FOLDER,
  VALUE_TEXT,
} OptionKind;

typedef struct CommandRow {
  const char *word;      // NULL ends the table
  const char *operands;  // how it is called, a line a form
  Operand operand;
  const char *text;
} CommandRow;

typedef struct OptionRow {
  OptionId id;
  unsigned of;       // the commands that take it: a bit each, 1 << CommandId
  const char *word;  // NULL ends the table
  OptionKind kind;
  const char *value;
  uint64_t low, high;
  const char *text;
} OptionRow;

// By CommandId; the row of COMMAND_CORO has no word of its own.
extern const CommandRow command_rows[];
extern const OptionRow option_rows[];

// The command of that word; COMMAND_CORO: it is none.
CommandId command_find(const char *word);

typedef struct Option {
  const OptionRow *row;
  int taken;                  // how many words it takes up
  const char *text;           // its value, of those that have one
  unsigned long long number;  // of a number or of bytes; of a choice: which word
  double seconds;
  char error[120];  // what is wrong with it; "": nothing
} Option;

// Reads the option at words[0] into *out. False: that is no option of the command's.
bool option_read(CommandId command, int count, char **words, Option *out);

#endif
