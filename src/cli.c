// cli.c: reading the command line and doing what it says. Exit statuses are CPython's: 0, 1 for an
// uncaught exception or a syntax error, 2 for wrong usage or a file that cannot be read, 130 after
// Ctrl-C, and what sys.exit() says; with --strict 4 when the program was told of a mistake.
#include "cli.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chance.h"
#include "completions.h"
#include "debug.h"
#include "embed.h"
#include "explain.h"
#include "finding.h"
#include "helptext.h"
#include "lessons.h"
#include "lint.h"
#include "ps.h"
#include "readtext.h"
#include "session.h"
#include "trace.h"
#include "vm.h"

// ---- options

static CliOptions wrong(CommandId command, const char *format, const char *what) {
  fputs("coro: ", stderr);
  fprintf(stderr, format, what);
  fputc('\n', stderr);
  helptext_usage(stderr, command);
  const char *word = command_rows[command].word;
  fprintf(stderr, "Try 'coro %s%s--help'.\n", word, *word == '\0' ? "" : " ");
  return (CliOptions){.action = CLI_USAGE};
}

static void apply(CliOptions *options, const Option *option) {
  static const TraceForm forms[] = {TRACE_TIMELINE, TRACE_LOG, TRACE_CHROME};
  switch (option->row->id) {
    case OPTION_VIRTUAL_TIME: options->virtual_time = true; return;
    case OPTION_DIAGNOSTICS: options->reporting.format = (DiagFormat)option->number; return;
    case OPTION_TRACEBACK: options->full_tracebacks = option->number == 1; return;
    case OPTION_COLOR: options->reporting.color = (ReporterColor)option->number; return;
    case OPTION_SEED:
      options->seed = option->number;
      options->seeded = true;
      return;
    case OPTION_SHUFFLE: options->shuffle = true; return;
    case OPTION_STRICT: options->strict = true; return;
    case OPTION_MAX_STEPS: options->max_steps = option->number; return;
    case OPTION_TIMEOUT: options->timeout = option->seconds; return;
    case OPTION_MAX_MEMORY: options->max_memory = option->number; return;
    case OPTION_SANDBOX: options->sandbox = true; return;
    case OPTION_GC_STATS: options->gc_stats = true; return;
    case OPTION_CODE: options->stages.text = option->text; return;
    case OPTION_INTERACT: options->action = CLI_SESSION; return;
    case OPTION_VERSION: options->action = CLI_VERSION; return;
    case OPTION_HELP: options->action = CLI_HELP; return;
    case OPTION_OUTPUT: options->trace.output = option->text; return;
    case OPTION_FORMAT: options->trace.form = forms[option->number]; return;
    case OPTION_FOLLOW: options->trace.form = TRACE_WORDS; return;
    case OPTION_FRAMES: options->trace.frames = true; return;
    case OPTION_NO_FRAMES: options->trace.no_frames = true; return;
    case OPTION_LIBRARY: options->trace.library = true; return;
    case OPTION_WIDTH: options->trace.width = (int)option->number; return;
    case OPTION_SPEAKER: options->trace.speaker = true; return;
    case OPTION_SEEDS: options->explore.seeds = (unsigned)option->number; return;
    case OPTION_START: options->explore.start = (unsigned)option->number; return;
    case OPTION_RUN_LIMIT: options->explore.limit = (double)option->number; return;
    case OPTION_SAME: options->explore.same = true; return;
    case OPTION_JSON: options->stages.json = true; return;
    case OPTION_SPANS: options->stages.spans = true; return;
    case OPTION_FUNCTION: options->stages.function = option->text; return;
    case OPTION_OPCODES: options->stages.stage = STAGE_OPCODES; return;
    case OPTION_LIST:
    case OPTION_CHECK:
    case OPTION_REPORT:
    case OPTION_LESSON_DIR:
    case OPTION_LANGUAGE:
    case OPTION_PACK: return;  // the lessons' command reads its words itself (_learn/command.coro)
  }
}

// -c or -i has been read: what follows is the program's.
static bool runs_something(const CliOptions *options) {
  return options->command == COMMAND_CORO &&
         (options->stages.text != NULL || options->action == CLI_SESSION);
}

// Reads options of the command's from words[*at] on, until one says what to run. False: nothing
// more is to be read: one is wrong, which has been told of, or asks for the help or the version.
static bool read_options(CliOptions *options, int count, char **words, int *at) {
  Option option;
  while (*at < count && option_read(options->command, count - *at, words + *at, &option)) {
    if (option.error[0] != '\0') {
      *options = wrong(options->command, "%s", option.error);
      return false;
    }
    apply(options, &option);
    *at += option.taken;
    if (options->action == CLI_HELP || options->action == CLI_VERSION) return false;
    if (runs_something(options)) return true;
  }
  return true;
}

// The same where the command's operand is to follow: any other word that looks like an option is
// wrong.
static bool read_leading_options(CliOptions *options, int count, char **words, int *at) {
  if (!read_options(options, count, words, at)) return false;
  if (runs_something(options) || *at >= count || words[*at][0] != '-' || words[*at][1] == '\0')
    return true;
  if (strcmp(words[*at], "--") == 0) {
    ++*at;
    return true;
  }
  *options = wrong(options->command, "unknown option '%s'", words[*at]);
  return false;
}

// ---- commands

// `words[0]` and what follows it become sys.argv.
static void set_arguments(CliOptions *options, int count, char **words) {
  options->arguments = words;
  options->count = count;
}

static void set_no_arguments(CliOptions *options) {
  static char no_name[] = "";
  static char *no_words[] = {no_name, NULL};
  set_arguments(options, 1, no_words);
}

// coro tokens, ast, dis: options before and after the one file.
static CliOptions parse_stage(CliOptions options, int count, char **words) {
  StageOptions *stages = &options.stages;
  for (int at = 1;;) {
    if (!read_leading_options(&options, count, words, &at)) return options;
    if (at == count) break;
    if (stages->path != NULL) return wrong(options.command, "'%s' is one file too many", words[at]);
    stages->path = words[at++];
  }
  bool without = stages->text != NULL || stages->stage == STAGE_OPCODES;
  if (without && stages->path != NULL)
    return wrong(options.command, "'%s' is one file too many", stages->path);
  if (!without && stages->path == NULL)
    return wrong(options.command, "'%s' needs a file", words[0]);
  return options;
}

// coro trace, viz, explore: options after the file too; the first word that is none is the
// program's first argument.
static CliOptions parse_watched(CliOptions options, int count, char **words) {
  int at = 1;
  if (!read_leading_options(&options, count, words, &at)) return options;
  if (at == count) return wrong(options.command, "'%s' needs a file", words[0]);
  char *file = words[at++];
  if (!read_options(&options, count, words, &at)) return options;
  if (options.command == COMMAND_VIZ && options.trace.output == NULL)
    return wrong(options.command, "'%s' needs -o and the page's file", words[0]);
  options.target = file;
  words[--at] = file;
  set_arguments(&options, count - at, words + at);
  return options;
}

// A command of one word after its options, and what it is called if it must be there. more: the
// words after it are the program's.
static CliOptions parse_operand(CliOptions options, int count, char **words, const char *what,
                                bool more) {
  int at = 1;
  if (!read_leading_options(&options, count, words, &at)) return options;
  if (at == count && what != NULL) return wrong(options.command, what, words[0]);
  if (!more && at + 1 < count)
    return wrong(options.command, "'%s' is one word too many", words[at + 1]);
  options.target = at < count ? words[at] : NULL;
  set_arguments(&options, count - at, words + at);
  return options;
}

static CliOptions parse_learn(CliOptions options, int count, char **words) {
  options.action = CLI_LEARN;
  for (int i = 1; i < count; i++) {
    bool help = strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0;
    if (help) options.action = CLI_HELP;
  }
  set_arguments(&options, count, words);
  return options;
}

static CliOptions parse_completions(CliOptions options, int count, char **words) {
  options.action = CLI_COMPLETIONS;
  options = parse_operand(options, count, words, "'%s' needs a shell: bash, zsh or fish", false);
  if (options.action == CLI_COMPLETIONS && !completions_know(options.target))
    return wrong(COMMAND_COMPLETIONS, "'%s' is none of bash, zsh and fish", options.target);
  return options;
}

// The words from the first on that is no option.
static CliOptions parse_command(CliOptions options, int count, char **words) {
  static const char file[] = "'%s' needs a file";
  options.command = command_find(words[0]);
  switch (options.command) {
    case COMMAND_CORO:
      options.action = strcmp(words[0], "-") == 0 ? CLI_RUN_STDIN : CLI_RUN_FILE;
      options.target = words[0];
      set_arguments(&options, count, words);
      return options;
    case COMMAND_RUN:
      options.action = CLI_RUN_FILE;
      options = parse_operand(options, count, words, file, true);
      if (options.target != NULL && strcmp(options.target, "-") == 0)
        options.action = CLI_RUN_STDIN;
      return options;
    case COMMAND_REPL:
      options.action = CLI_SESSION;
      options = parse_operand(options, count, words, NULL, true);
      if (options.action == CLI_SESSION && options.target != NULL)
        return wrong(COMMAND_REPL, "'repl' takes no file; 'coro -i %s' runs one first",
                     options.target);
      if (options.action == CLI_SESSION) set_no_arguments(&options);
      return options;
    case COMMAND_LEARN: return parse_learn(options, count, words);
    case COMMAND_CHECK:
      options.action = CLI_CHECK;
      return parse_operand(options, count, words, file, false);
    case COMMAND_VIZ:
      options.action = CLI_TRACE;
      options.trace.form = TRACE_PAGE;
      return parse_watched(options, count, words);
    case COMMAND_DEBUG:
      options.action = CLI_DEBUG;
      return parse_operand(options, count, words, file, true);
    case COMMAND_PS:
      options.action = CLI_PS;
      return parse_operand(options, count, words, "'%s' needs the number of a process", false);
    case COMMAND_EXPLAIN:
      options.action = CLI_EXPLAIN;
      return parse_operand(options, count, words, NULL, false);
    case COMMAND_ADVISE:
      options.action = CLI_ADVISE;
      options.reporting.advice = true;
      return parse_operand(options, count, words, file, true);
    case COMMAND_EXPLORE:
      options.action = CLI_EXPLORE;
      options.explore = (ExploreOptions){.seeds = 100, .start = 1, .limit = 10};
      options = parse_watched(options, count, words);
      options.explore.words = options.arguments;
      options.explore.count = options.count;
      return options;
    case COMMAND_TRACE: options.action = CLI_TRACE; return parse_watched(options, count, words);
    case COMMAND_TOKENS:
    case COMMAND_AST:
    case COMMAND_DIS:
      options.action = CLI_STAGE;
      options.stages.stage = options.command == COMMAND_TOKENS ? STAGE_TOKENS
                             : options.command == COMMAND_AST  ? STAGE_TREE
                                                               : STAGE_CODE;
      return parse_stage(options, count, words);
    case COMMAND_SHOW:
      options.action = CLI_SHOW;
      options = parse_operand(options, count, words, "'%s' needs a name", false);
      if (options.action == CLI_SHOW)
        set_arguments(&options, options.count + 1, options.arguments - 1);
      return options;
    case COMMAND_COMPLETIONS: return parse_completions(options, count, words);
  }
  return options;
}

CliOptions cli_parse(int argc, char **argv) {
  CliOptions options = {.action = CLI_RUN_FILE};
  int at = 1;
  if (!read_leading_options(&options, argc, argv, &at)) return options;
  if (options.stages.text != NULL) {
    options.action = CLI_RUN_CODE;
    options.target = options.stages.text;
    static char name[] = "-c";
    argv[--at] = name;  // sys.argv[0]
    set_arguments(&options, argc - at, argv + at);
    return options;
  }
  if (options.action == CLI_SESSION) {
    options.target = argv[at - 1];
    set_arguments(&options, argc - at + 2,
                  argv + at - 2);  // sys.argv[0] is taken off when the file runs
    return options;
  }
  if (at < argc) return parse_command(options, argc - at, argv + at);
  options.action = isatty(STDIN_FILENO) ? CLI_SESSION : CLI_RUN_STDIN;
  set_no_arguments(&options);
  return options;
}

// ---- what the program's end means

// Whether nobody reads standard output any more.
static bool has_no_reader(void) {
  struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
  return poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

static int finish(CoroStatus status, int code) {
  if (status == CORO_BROKEN_PIPE) return code;
  int error = fflush(stdout) == 0 ? 0 : errno;
  if (error == 0 && !ferror(stdout)) return code;
  bool told = status == CORO_ERROR;  // by the traceback
  if (!told && !has_no_reader()) {
    // An earlier write may have failed; why is not known any more.
    const char *why = error == 0 ? "some of it is lost" : strerror(error);
    fprintf(stderr, "coro: cannot write to standard output: %s\n", why);
  }
  return code == 0 ? 1 : code;
}

static int explain(const CliOptions *options, CoroVM *coro) {
  int code;
  CoroStatus status = explain_run(coro, options->target, &code);
  return finish(status, code);
}

// Everything that an option can change of how a program runs.
static void prepare(const CliOptions *options, CoroVM *coro) {
  coro_set_arguments(coro, options->count, options->arguments);
  if (options->virtual_time) coro_use_virtual_time(coro);
  if (options->seeded) chance_seed(embed_vm(coro), options->seed);
  if (options->shuffle) chance_shuffle_tasks(embed_vm(coro));
  embed_vm(coro)->sandbox = options->sandbox;
  if (options->max_memory != 0) quota_set_memory(embed_vm(coro), options->max_memory);
  if (options->timeout > 0 && !quota_set_seconds(embed_vm(coro), options->timeout))
    fputs("coro: --timeout: the system has no timer left\n", stderr);
  if (options->max_steps != 0) quota_set_steps(embed_vm(coro), options->max_steps);
  reporter_set_options(embed_reporter(coro), options->reporting);
  embed_vm(coro)->full_tracebacks = options->full_tracebacks;
}

static int run_prepared(const CliOptions *options, CoroVM *coro) {
  CoroStatus status;
  if (options->action == CLI_RUN_FILE || options->action == CLI_ADVISE ||
      options->action == CLI_TRACE || options->action == CLI_DEBUG) {
    status = coro_run_file(coro, options->target);
    if (status == CORO_UNREADABLE) return readtext_failed(options->target);
  } else if (options->action == CLI_SESSION) {
    static const char program[] = "import _repl\nawait _repl.main()\n";
    session_install(embed_vm(coro), embed_reporter(coro));
    status = coro_run_source(coro, "<session>", program, sizeof program - 1);
    session_free(embed_vm(coro));
  } else if (options->action == CLI_LEARN) {
    static const char program[] = "from _learn import command\nawait command.main()\n";
    session_install(embed_vm(coro), embed_reporter(coro));
    lessons_install(embed_vm(coro));
    status = coro_run_source(coro, "<learn>", program, sizeof program - 1);
    session_free(embed_vm(coro));
  } else if (options->action == CLI_SHOW) {
    static const char program[] = "import _show\n_show.main()\n";
    status = coro_run_source(coro, "<show>", program, sizeof program - 1);
  } else if (options->action == CLI_RUN_CODE) {
    coro_add_path(coro, "");
    status = coro_run_source(coro, "<string>", options->target, strlen(options->target));
  } else {
    size_t length;
    char *text = readtext_path("-", &length);
    if (text == NULL) return readtext_failed("<stdin>");
    coro_add_path(coro, "");
    status = coro_run_source(coro, "<stdin>", text, length);
    free(text);
  }
  int code = finish(status, coro_exit_code(coro));
  if (options->gc_stats) coro_print_gc_stats(coro);
  if (options->strict && code == 0 && embed_vm(coro)->findings->count > 0) return 4;
  return code;
}

static int run_program(const CliOptions *options, CoroVM *coro) {
  prepare(options, coro);
  return run_prepared(options, coro);
}

static int trace(const CliOptions *options, CoroVM *coro) {
  TraceOptions how = options->trace;
  how.program = options->target;
  how.virtual_time = options->virtual_time;
  how.color = options->reporting.color;
  if (access(options->target, R_OK) != 0) return readtext_failed(options->target);
  prepare(options, coro);
  Trace *trace = trace_begin(embed_vm(coro), &how);
  if (trace == NULL) return 2;
  int code = run_prepared(options, coro);
  return trace_end(embed_vm(coro), trace, code) || code != 0 ? code : 1;
}

static int debug(const CliOptions *options, CoroVM *coro) {
  if (access(options->target, R_OK) != 0) return readtext_failed(options->target);
  prepare(options, coro);
  Debugger *debugger = debug_begin(embed_vm(coro));
  if (debugger == NULL) return 1;
  debug_end(debugger, run_prepared(options, coro));
}

int cli_run(const CliOptions *options, CoroVM *coro) {
  switch (options->action) {
    case CLI_RUN_FILE:
    case CLI_RUN_CODE:
    case CLI_RUN_STDIN:
    case CLI_SESSION:
    case CLI_LEARN:
    case CLI_SHOW: return run_program(options, coro);
    case CLI_EXPLAIN: return explain(options, coro);
    case CLI_TRACE: return trace(options, coro);
    case CLI_DEBUG: return debug(options, coro);
    case CLI_ADVISE: {
      int code = run_program(options, coro);
      if (code != 2) lint_advise(options->target, &options->reporting);
      return code;
    }
    case CLI_PS: return ps_run(options->target);
    case CLI_EXPLORE: return explore_run(&options->explore);
    case CLI_CHECK:
      return finish(CORO_OK, lint_check(options->target, &options->reporting, options->strict));
    case CLI_STAGE: return finish(CORO_OK, stages_run(&options->stages, &options->reporting));
    case CLI_VERSION: puts("Coro " CORO_VERSION); return finish(CORO_OK, 0);
    case CLI_HELP: helptext_print(stdout, options->command); return finish(CORO_OK, 0);
    case CLI_COMPLETIONS: completions_print(stdout, options->target); return finish(CORO_OK, 0);
    case CLI_USAGE: return 2;
  }
  return 2;
}
