// completions.c: scripts for bash, zsh and fish out of the tables of the command line (options.h).
// What each shell expects: bash's manual, "Programmable Completion"; zsh's, "Completion System"
// (_arguments); fish's, "complete".
#include "completions.h"

#include <string.h>

#include "finding.h"
#include "options.h"

// ---- what the tables say

static bool takes(CommandId command, const OptionRow *row) {
  return (row->of & 1u << command) != 0;
}

// The first clause of a row's text: a line's explanation.
static void brief(const char *text, char *out, size_t size) {
  int length = (int)strcspn(text, ";:(");
  while (length > 0 && text[length - 1] == ' ') length--;
  snprintf(out, size, "%.*s", length, text);
}

// `text` between single quotes, for any of the three.
static void print_quoted(FILE *file, const char *text) {
  fputc('\'', file);
  for (; *text != '\0'; text++) {
    if (*text == '\'') {
      fputs("'\\''", file);
    } else {
      fputc(*text, file);
    }
  }
  fputc('\'', file);
}

// "a b c" of "a|b|c".
static void print_words(FILE *file, const char *choices) {
  for (; *choices != '\0'; choices++) fputc(*choices == '|' ? ' ' : *choices, file);
}

static void print_findings(FILE *file) {
  char code[8];
  for (int i = 1; finding_title(i) != NULL; i++) {
    fprintf(file, "%s%s", i > 1 ? " " : "", finding_code((FindingNumber)i, code));
  }
}

// The words that may be a command's first operand; false: files, or nothing.
static bool print_operands(FILE *file, Operand operand) {
  switch (operand) {
    case OPERAND_FINDING: print_findings(file); return true;
    case OPERAND_SHELL: fputs("bash zsh fish", file); return true;
    case OPERAND_LESSON: fputs("new verify", file); return true;
    case OPERAND_NOTHING:
    case OPERAND_FILE:
    case OPERAND_PROCESS: return false;
  }
  return false;
}

static bool offers_files(Operand operand) {
  return operand == OPERAND_FILE || operand == OPERAND_LESSON;
}

static void print_commands(FILE *file) {
  for (const CommandRow *row = command_rows + 1; row->word != NULL; row++) {
    fprintf(file, " %s", row->word);
  }
}

// ---- bash

static void print_bash_options(FILE *file, CommandId command) {
  for (const OptionRow *row = option_rows; row->word != NULL; row++) {
    if (takes(command, row)) fprintf(file, " %s", row->word);
  }
}

static void print_bash_values(FILE *file) {
  fputs("  case $option in\n", file);
  for (const OptionRow *row = option_rows; row->word != NULL; row++) {
    if (row->kind == VALUE_FLAG) continue;
    fprintf(file, "    %s) ", row->word);
    if (row->kind == VALUE_CHOICE) {
      fputs("COMPREPLY=($(compgen -W '", file);
      print_words(file, row->value);
      fputs("' -- \"$word\")); return ;;\n", file);
    } else if (row->kind == VALUE_PATH) {
      fputs("_coro_files; return ;;\n", file);
    } else if (row->kind == VALUE_FOLDER) {
      fputs("COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n", file);
    } else {
      fputs("return ;;\n", file);
    }
  }
  fputs("  esac\n", file);
}

static void print_bash(FILE *file) {
  fputs(
      "# Completion of the words of coro in bash: source <(coro completions bash)\n"
      "_coro_files() {\n"
      "  compopt -o filenames 2> /dev/null\n"
      "  COMPREPLY=($(compgen -f -- \"$word\"))\n"
      "}\n\n"
      "_coro() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} option= command= count=0 i options operands= files=\n"
      "  COMPREPLY=()\n"
      "  # '--color=al' is three words to bash.\n"
      "  if [[ $word == = ]]; then\n"
      "    option=${COMP_WORDS[COMP_CWORD-1]} word=\n"
      "  elif [[ ${COMP_WORDS[COMP_CWORD-1]} == = ]]; then\n"
      "    option=${COMP_WORDS[COMP_CWORD-2]}\n"
      "  else\n"
      "    option=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  fi\n",
      file);
  print_bash_values(file);
  // The first word that is neither an option nor an option's value is the command, or a file.
  fputs(
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${COMP_WORDS[i]} in\n"
      "      =) i=$((i + 1)) ;;\n"
      "      ",
      file);
  const char *between = "";
  for (const OptionRow *row = option_rows; row->word != NULL; row++) {
    if (row->kind == VALUE_FLAG) continue;
    fprintf(file, "%s%s", between, row->word);
    between = "|";
  }
  fputs(
      ") [[ ${COMP_WORDS[i+1]} == = ]] || i=$((i + 1)) ;;\n"
      "      -?*) ;;\n"
      "      *) [[ -n $command ]] && count=$((count + 1)) || command=${COMP_WORDS[i]} ;;\n"
      "    esac\n"
      "  done\n"
      "  case $command in\n",
      file);
  for (int i = COMMAND_CORO; command_rows[i].word != NULL; i++) {
    const CommandRow *row = &command_rows[i];
    fprintf(file, "    %s) options='", i == COMMAND_CORO ? "''" : row->word);
    print_bash_options(file, (CommandId)i);
    fputs("' operands='", file);
    if (i == COMMAND_CORO) print_commands(file);
    print_operands(file, row->operand);
    fprintf(file, "' files=%s ;;\n", offers_files(row->operand) ? "yes" : "");
  }
  fputs(
      "    *) _coro_files; return ;;\n"
      "  esac\n"
      "  if [[ $word == -* ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  [[ -z $files ]] || _coro_files\n"
      "  [[ $count -gt 0 ]] || COMPREPLY+=($(compgen -W \"$operands\" -- \"$word\"))\n"
      "}\n"
      "complete -F _coro coro\n",
      file);
}

// ---- zsh

// '--word[what it is]:VALUE:what completes it'
static void print_zsh_option(FILE *file, const OptionRow *row) {
  char text[160], spec[400];
  brief(row->text, text, sizeof text);
  int used = snprintf(spec, sizeof spec, "%s%s[%s]", row->word,
                      row->kind == VALUE_FLAG ? ""
                      : row->word[1] == '-'   ? "="
                                              : "",
                      text);
  if (row->kind == VALUE_CHOICE) {
    used += snprintf(spec + used, sizeof spec - (size_t)used, ":value:(");
    for (const char *at = row->value; *at != '\0'; at++) spec[used++] = *at == '|' ? ' ' : *at;
    snprintf(spec + used, sizeof spec - (size_t)used, ")");
  } else if (row->kind != VALUE_FLAG) {
    snprintf(spec + used, sizeof spec - (size_t)used, ":%s:%s", row->value,
             row->kind == VALUE_PATH     ? "_files"
             : row->kind == VALUE_FOLDER ? "_files -/"
                                         : "");
  }
  fputs(" \\\n        ", file);
  print_quoted(file, spec);
}

static void print_zsh_options(FILE *file, CommandId command) {
  for (const OptionRow *row = option_rows; row->word != NULL; row++) {
    if (takes(command, row)) print_zsh_option(file, row);
  }
}

static void print_zsh(FILE *file) {
  char text[160];
  fputs(
      "#compdef coro\n"
      "# Completion of the words of coro in zsh: source <(coro completions zsh)\n"
      "_coro_first() {\n"
      "  local -a commands\n"
      "  commands=(\n",
      file);
  for (const CommandRow *row = command_rows + 1; row->word != NULL; row++) {
    char pair[200];
    brief(row->text, text, sizeof text);
    snprintf(pair, sizeof pair, "%s:%s", row->word, text);
    fputs("    ", file);
    print_quoted(file, pair);
    fputc('\n', file);
  }
  fputs(
      "  )\n"
      "  _describe -t commands command commands\n"
      "  _files\n"
      "}\n\n"
      "_coro() {\n"
      "  local context state state_descr line\n"
      "  typeset -A opt_args\n"
      "  _arguments -C -S",
      file);
  print_zsh_options(file, COMMAND_CORO);
  fputs(
      " \\\n        '1: :_coro_first' '*:: :->rest'\n"
      "  [[ $state == rest ]] || return\n"
      "  case $words[1] in\n",
      file);
  for (int i = COMMAND_CORO + 1; command_rows[i].word != NULL; i++) {
    const CommandRow *row = &command_rows[i];
    fprintf(file, "    %s)\n      _arguments -S", row->word);
    print_zsh_options(file, (CommandId)i);
    if (row->operand == OPERAND_FINDING || row->operand == OPERAND_SHELL ||
        row->operand == OPERAND_LESSON) {
      fputs(" \\\n        '1: :(", file);
      print_operands(file, row->operand);
      fputs(")'", file);
    } else if (row->operand == OPERAND_PROCESS) {
      fputs(" \\\n        '1: :_pids'", file);
    }
    if (offers_files(row->operand)) fputs(" '*: :_files'", file);
    fputs("\n      ;;\n", file);
  }
  fputs(
      "    *) _files ;;\n"
      "  esac\n"
      "}\n"
      "if [[ $funcstack[1] == _coro ]]; then _coro \"$@\"; else compdef _coro coro; fi\n",
      file);
}

// ---- fish

static void print_fish_option(FILE *file, const OptionRow *row, const char *condition) {
  char text[160];
  brief(row->text, text, sizeof text);
  fputs("complete -c coro", file);
  if (condition != NULL) {
    fputs(" -n ", file);
    print_quoted(file, condition);
  }
  fprintf(file, " %s %s", row->word[1] == '-' ? "-l" : "-s", row->word + 1 + (row->word[1] == '-'));
  if (row->kind == VALUE_CHOICE) {
    fputs(" -x -a '", file);
    print_words(file, row->value);
    fputc('\'', file);
  } else if (row->kind == VALUE_PATH) {
    fputs(" -r -F", file);
  } else if (row->kind == VALUE_FOLDER) {
    fputs(" -x -a '(__fish_complete_directories)'", file);
  } else if (row->kind != VALUE_FLAG) {
    fputs(" -x", file);
  }
  fputs(" -d ", file);
  print_quoted(file, text);
  fputc('\n', file);
}

static void print_fish(FILE *file) {
  char text[160];
  fputs(
      "# Completion of the words of coro in fish: coro completions fish | source\n"
      "complete -c coro -e\n",
      file);
  for (const CommandRow *row = command_rows + 1; row->word != NULL; row++) {
    brief(row->text, text, sizeof text);
    fprintf(file, "complete -c coro -n __fish_use_subcommand -a %s -d ", row->word);
    print_quoted(file, text);
    fputc('\n', file);
  }
  for (const OptionRow *row = option_rows; row->word != NULL; row++) {
    if (takes(COMMAND_CORO, row)) print_fish_option(file, row, "__fish_use_subcommand");
  }
  for (int i = COMMAND_CORO + 1; command_rows[i].word != NULL; i++) {
    char condition[80];
    snprintf(condition, sizeof condition, "__fish_seen_subcommand_from %s", command_rows[i].word);
    for (const OptionRow *row = option_rows; row->word != NULL; row++) {
      if (takes((CommandId)i, row)) print_fish_option(file, row, condition);
    }
    Operand operand = command_rows[i].operand;
    if (operand == OPERAND_FILE || operand == OPERAND_NOTHING) continue;
    fprintf(file, "complete -c coro -n '%s' %s-a '", condition,
            operand == OPERAND_LESSON ? "" : "-f ");
    if (!print_operands(file, operand)) fputs("(__fish_complete_pids)", file);
    fputs("'\n", file);
  }
}

// ----

static void (*printer_of(const char *shell))(FILE *) {
  static const struct {
    const char *shell;
    void (*print)(FILE *);
  } printers[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
  for (size_t i = 0; i < sizeof printers / sizeof *printers; i++) {
    if (strcmp(shell, printers[i].shell) == 0) return printers[i].print;
  }
  return NULL;
}

bool completions_know(const char *shell) { return printer_of(shell) != NULL; }

void completions_print(FILE *file, const char *shell) { printer_of(shell)(file); }
