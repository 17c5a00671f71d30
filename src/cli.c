// cli.c: reading the command line and doing what it says. Exit statuses are CPython's: 0, 1 for an
// uncaught exception or a syntax error, 2 for wrong usage or a file that cannot be read, 130 after
// Ctrl-C, and what sys.exit() says; with --strict 4 when the program was told of a mistake.
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chance.h"
#include "debug.h"
#include "embed.h"
#include "explain.h"
#include "finding.h"
#include "lessons.h"
#include "lint.h"
#include "ps.h"
#include "readtext.h"
#include "session.h"
#include "trace.h"
#include "vm.h"

static const char usage[] =
    "usage: coro [option ...] FILE [argument ...]\n"
    "       coro run [option ...] FILE [argument ...]\n"
    "       coro -c CODE [argument ...]\n"
    "       coro [repl] [-i FILE [argument ...]]\n"
    "       coro - [argument ...]\n"
    "       coro learn [LESSON] [option ...]\n"
    "       coro check FILE\n"
    "       coro explain [CODE]\n"
    "       coro ps PID\n"
    "       coro debug FILE [argument ...]\n"
    "       coro advise FILE [argument ...]\n"
    "       coro explore FILE [--seeds N] [--start K] [--timeout S] [--same] [argument ...]\n"
    "       coro viz [--speaker] FILE -o PAGE [argument ...]\n"
    "       coro trace FILE [-o FILE] [--follow] [--format timeline|json|chrome] [argument ...]\n"
    "       coro tokens [--json] FILE\n"
    "       coro ast [--json] [--spans] FILE\n"
    "       coro dis [--json] [--function NAME] FILE | coro dis --opcodes\n"
    "       coro show NAME\n"
    "       coro --version | --help\n";

static const char help[] =
    "\n"
    "Runs a program written in Coro: Python's syntax, asyncio's semantics.\n"
    "\n"
    "  FILE             run this file\n"
    "  -c CODE          run this text\n"
    "  -                run what standard input says; so does no argument when that is no "
    "terminal\n"
    "  repl             an interactive session; so is no argument on a terminal\n"
    "  -i FILE          run this file, then go on with a session\n"
    "  run FILE         run this file, whatever its name\n"
    "  learn            the lessons: thirty-one small programs to mend, from the first call to a\n"
    "                   crawler; 'coro learn --help' tells of its options\n"
    "  check FILE       only read this file: tell of syntax errors, names that nothing defines,\n"
    "                   calls that are not awaited and the like\n"
    "  viz FILE         run this file and write a page for a browser (-o) that shows what "
    "happened\n"
    "  debug FILE       step through this file on the terminal, line by line, forwards and back\n"
    "  ps PID           have a running program show what its tasks wait for\n"
    "  explain CODE     what a mistake such as C016 means, with programs (no CODE: the list)\n"
    "  advise FILE      run this file, and tell of what may be a mistake as well (C003, C005, "
    "C015)\n"
    "  explore FILE     run this file in many orders of its tasks (N: 100) and tell of the first "
    "that\n"
    "                   fails: by its exit status, by a mistake it is told of, with --same by "
    "another\n"
    "                   output\n"
    "  trace FILE       run this file, then draw what its tasks did when; with --follow tell of it "
    "in\n"
    "                   words as it happens; with -o LOG write every event as JSON, a line each\n"
    "                   (--no-frames: not those of calls, which --follow tells of with --frames;\n"
    "                   --library: the library's as well; --width N: the timeline's columns);\n"
    "                   with --format chrome -o X write it for Perfetto and chrome://tracing\n"
    "  tokens FILE      show the words that a file is cut into; this and the next two show with\n"
    "                   -c CODE a text's, with --json one value for programs to read\n"
    "  ast FILE         show the tree that a file becomes (--spans: with lines and columns)\n"
    "  dis FILE         show the instructions that a file becomes (--function NAME: those of a\n"
    "                   function or method; --opcodes: what each instruction does)\n"
    "  show NAME        show the library's source: of a module, a class, a function\n"
    "\n"
    "Options, before these:\n"
    "  --virtual-time   sleeps and timeouts take no time, every run is the same\n"
    "  --diagnostics=full|short|plain|json\n"
    "                   how mistakes are told: with the line and carets; a line each; in "
    "sentences,\n"
    "                   for a screen reader; an object a line\n"
    "  --traceback=short|full\n"
    "                   of an uncaught exception: its task's frames and a line for each that "
    "awaited\n"
    "                   it; or every frame, the library's too\n"
    "  --color=auto|always|never\n"
    "                   auto: on a terminal, unless NO_COLOR is set\n"
    "  --seed N         random() begins with N; with --shuffle the order of the tasks does as "
    "well\n"
    "  --shuffle        tasks that are ready run in an order of chance's instead of the usual one\n"
    "  --strict         exit status 4 when the program was told of a mistake (C001 ...)\n"
    "  --max-steps N, --timeout S, --max-memory N[K|M|G]\n"
    "                   end the program, with status 5, when it has taken N instructions, or S\n"
    "                   seconds, or its values need more than N bytes\n"
    "  --sandbox        no files, no network, no processes, no environment: for graders\n"
    "  --gc-stats       at the end, print how long the program stood still for the collector\n"
    "  --version        print the version\n"
    "  --help           print this\n"
    "\n"
    "The arguments after the program are its sys.argv.\n"
    "Exit status: 0; 1 after an uncaught exception or a syntax error; 2 when the command line is\n"
    "wrong or the file cannot be read; 3 after a deadlock; 4, see --strict; 5 at a limit, see "
    "--max-steps;\n"
    "130 after Ctrl-C; otherwise what sys.exit() was given.\n";

// ---- options

static CliOptions wrong(const char *format, const char *what) {
  fputs("coro: ", stderr);
  fprintf(stderr, format, what);
  fprintf(stderr, "\n%sTry 'coro --help'.\n", usage);
  return (CliOptions){.action = CLI_USAGE};
}

static CliOptions parse_stage(CliOptions options, int count, char **words) {
  const char *word, *wrong_format = stages_parse(&options.stages, count, words, &word);
  if (wrong_format != NULL) return wrong(wrong_format, word);
  options.action = CLI_STAGE;
  return options;
}

// A whole number at words[i + 1]; false: there is none.
static bool number_after(int count, char **words, int i, unsigned long long *out) {
  if (i + 1 >= count || words[i + 1][0] < '0' || words[i + 1][0] > '9') return false;
  char *end;
  errno = 0;
  *out = strtoull(words[i + 1], &end, 10);
  return *end == '\0' && errno == 0;
}

// "64M": bytes, with a unit if you like; at least 4M.
static bool parse_bytes(const char *text, unsigned long long *out) {
  static const char units[] = "KMG";
  char *end;
  if (*text < '0' || *text > '9') return false;
  errno = 0;
  *out = strtoull(text, &end, 10);
  const char *unit = *end == '\0' ? NULL : strchr(units, *end);
  int shift = unit == NULL ? 0 : 10 * (int)(unit - units + 1);
  if (*end != '\0' && (unit == NULL || end[1] != '\0')) return false;
  if (errno != 0 || *out > UINT64_MAX >> (shift + 1)) return false;
  *out <<= shift;
  return *out >= 4 << 20;
}

static bool parse_seconds(const char *text, double *out) {
  char *end;
  *out = strtod(text, &end);
  return end != text && *end == '\0' && *out > 0 && *out < 1e9;
}

// coro explore FILE [--seeds N] [--start K] [--timeout S] [--same] [argument ...]; its options may
// stand before the file as well.
static CliOptions parse_explore(CliOptions options, int count, char **words) {
  ExploreOptions *explore = &options.explore;
  *explore = (ExploreOptions){.seeds = 100, .start = 1, .limit = 10, .words = words};
  for (int i = 1; i < count; i++) {
    unsigned long long n = 0;
    bool takes = strcmp(words[i], "--seeds") == 0 || strcmp(words[i], "--start") == 0 ||
                 strcmp(words[i], "--timeout") == 0;
    if (takes && (!number_after(count, words, i, &n) || n == 0 || n > 1000000)) {
      return wrong("'%s' needs a number from 1 to 1000000", words[i]);
    }
    if (strcmp(words[i], "--seeds") == 0) {
      explore->seeds = (unsigned)n;
    } else if (strcmp(words[i], "--start") == 0) {
      explore->start = (unsigned)n;
    } else if (strcmp(words[i], "--timeout") == 0) {
      explore->limit = (double)n;
    } else if (strcmp(words[i], "--same") == 0) {
      explore->same = true;
    } else if (explore->count == 0 && words[i][0] == '-') {
      return wrong("unknown option '%s'", words[i]);
    } else {
      words[explore->count++] = words[i];
    }
    i += takes;
  }
  if (explore->count == 0) return wrong("'%s' needs a file", "explore");
  options.action = CLI_EXPLORE;
  return options;
}

static bool parse_run_option(CliOptions *options, const char *word);

// coro trace [option ...] FILE [option ...] [argument ...]: the first word after the file that is
// no option of the tool's is the program's first argument.
static CliOptions parse_trace(CliOptions options, int count, char **words) {
  char *file = NULL;
  bool page = strcmp(words[0], "viz") == 0;
  if (page) options.trace.form = TRACE_PAGE;
  int i = 1;
  while (i < count) {
    int taken = trace_parse_option(&options.trace, count - i, words + i);
    if (taken < 0 && strcmp(words[i], "-o") == 0) return wrong("'%s' needs a file", words[i]);
    if (taken < 0 && strcmp(words[i], "--width") == 0)
      return wrong("'%s' needs a number from 20 to 1000", words[i]);
    if (taken < 0) return wrong("'%s' takes timeline, json or chrome", "--format");
    if (taken == 0 && parse_run_option(&options, words[i])) taken = 1;
    if (taken == 0 && file != NULL) break;
    if (taken == 0 && words[i][0] == '-') return wrong("unknown option '%s'", words[i]);
    if (taken == 0) file = words[i++];
    i += taken;
  }
  if (file == NULL) return wrong("'%s' needs a file", words[0]);
  if (page && options.trace.output == NULL)
    return wrong("'%s' needs -o and the page's file", "viz");
  options.action = CLI_TRACE;
  options.target = file;
  options.arguments = words + i - 1;
  options.arguments[0] = file;
  options.count = count - i + 1;
  return options;
}

// The words after the options: what to run, and its arguments.
static CliOptions parse_command(CliOptions options, int count, char **words) {
  static char no_name[] = "";
  static char *no_words[] = {no_name, NULL};
  if (count == 0) {
    options.action = isatty(STDIN_FILENO) ? CLI_SESSION : CLI_RUN_STDIN;
    options.arguments = no_words;
    options.count = 1;
    return options;
  }
  if (strcmp(words[0], "repl") == 0) {
    if (count > 1) return wrong("'repl' takes no file; 'coro -i %s' runs one first", words[1]);
    options.action = CLI_SESSION;
    options.arguments = no_words;
    options.count = 1;
    return options;
  }
  if (strcmp(words[0], "show") == 0) {
    if (count == 1) return wrong("'%s' needs a name", words[0]);
    options.action = CLI_SHOW;
    options.target = words[1];
    options.arguments = words;
    options.count = count;
    return options;
  }
  if (strcmp(words[0], "learn") == 0) {
    options.action = CLI_LEARN;
    options.arguments = words;
    options.count = count;
    return options;
  }
  if (strcmp(words[0], "check") == 0) {
    if (count == 1) return wrong("'%s' needs a file", words[0]);
    options.action = CLI_CHECK;
    options.target = words[1];
    return options;
  }
  if (strcmp(words[0], "debug") == 0) {
    if (count == 1) return wrong("'%s' needs a file", words[0]);
    options.action = CLI_DEBUG;
    options.target = words[1];
    options.arguments = words + 1;
    options.count = count - 1;
    return options;
  }
  if (strcmp(words[0], "ps") == 0) {
    if (count == 1) return wrong("'%s' needs the number of a process", words[0]);
    options.action = CLI_PS;
    options.target = words[1];
    return options;
  }
  if (strcmp(words[0], "explain") == 0) {
    options.action = CLI_EXPLAIN;
    options.target = count > 1 ? words[1] : NULL;
    options.arguments = words;
    options.count = count;
    return options;
  }
  if (strcmp(words[0], "advise") == 0) {
    if (count == 1) return wrong("'%s' needs a file", words[0]);
    options.action = CLI_ADVISE;
    options.reporting.advice = true;
    options.target = words[1];
    options.arguments = words + 1;
    options.count = count - 1;
    return options;
  }
  if (strcmp(words[0], "trace") == 0 || strcmp(words[0], "viz") == 0)
    return parse_trace(options, count, words);
  if (strcmp(words[0], "explore") == 0) return parse_explore(options, count, words);
  if (strcmp(words[0], "tokens") == 0 || strcmp(words[0], "ast") == 0 ||
      strcmp(words[0], "dis") == 0) {
    return parse_stage(options, count, words);
  }
  options.action = strcmp(words[0], "-") == 0 ? CLI_RUN_STDIN : CLI_RUN_FILE;
  options.target = words[0];
  options.arguments = words;
  options.count = count;
  return options;
}

// The number of the choice that follows `name` and '='; -1: none of them.
static int choice(const char *word, const char *name, const char *const *choices) {
  for (int i = 0; choices[i] != NULL; i++) {
    if (strcmp(word + strlen(name) + 1, choices[i]) == 0) return i;
  }
  return -1;
}

static bool is_option(const char *word, const char *name) {
  size_t length = strlen(name);
  return strncmp(word, name, length) == 0 && word[length] == '=';
}

// An option that changes how a program runs; false: it is none.
static bool parse_run_option(CliOptions *options, const char *word) {
  static const char *const formats[] = {"full", "short", "plain", "json", NULL};
  static const char *const colors[] = {"auto", "always", "never", NULL};
  static const char *const tracebacks[] = {"short", "full", NULL};
  int chosen = 0;
  if (strcmp(word, "--virtual-time") == 0) {
    options->virtual_time = true;
  } else if (strcmp(word, "--gc-stats") == 0) {
    options->gc_stats = true;
  } else if (strcmp(word, "--sandbox") == 0) {
    options->sandbox = true;
  } else if (strcmp(word, "--strict") == 0) {
    options->strict = true;
  } else if (strcmp(word, "--shuffle") == 0) {
    options->shuffle = true;
  } else if (is_option(word, "--diagnostics")) {
    chosen = choice(word, "--diagnostics", formats);
    options->reporting.format = (DiagFormat)chosen;
  } else if (is_option(word, "--traceback")) {
    chosen = choice(word, "--traceback", tracebacks);
    options->full_tracebacks = chosen == 1;
  } else if (is_option(word, "--color")) {
    chosen = choice(word, "--color", colors);
    options->reporting.color = (ReporterColor)chosen;
  } else {
    return false;
  }
  return chosen >= 0;
}

CliOptions cli_parse(int argc, char **argv) {
  CliOptions options = {.action = CLI_RUN_FILE};
  bool run = false;
  int i = 1;
  for (; i < argc; i++) {
    char *word = argv[i];
    if (!run && strcmp(word, "run") == 0) {
      run = true;
      continue;
    }
    if (word[0] != '-' || word[1] == '\0') break;
    if (strcmp(word, "--seed") == 0) {
      if (!number_after(argc, argv, i, &options.seed)) return wrong("'%s' needs a number", word);
      options.seeded = true;
      i++;
      continue;
    }
    if (strcmp(word, "--max-memory") == 0) {
      if (i + 1 >= argc || !parse_bytes(argv[i + 1], &options.max_memory))
        return wrong("'%s' needs a number of bytes, such as 64M, and 4M at least", word);
      i++;
      continue;
    }
    if (strcmp(word, "--timeout") == 0) {
      if (i + 1 >= argc || !parse_seconds(argv[i + 1], &options.timeout))
        return wrong("'%s' needs a number of seconds", word);
      i++;
      continue;
    }
    if (strcmp(word, "--max-steps") == 0) {
      if (!number_after(argc, argv, i, &options.max_steps) || options.max_steps == 0)
        return wrong("'%s' needs a number from 1", word);
      i++;
      continue;
    }
    if (parse_run_option(&options, word)) continue;
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
      options.action = CLI_VERSION;
      return options;
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
      options.action = CLI_HELP;
      return options;
    }
    if (strcmp(word, "-i") == 0) {
      if (i + 1 >= argc) return wrong("'%s' needs a file", word);
      options.action = CLI_SESSION;
      options.target = argv[i + 1];
      options.arguments = argv + i;  // sys.argv[0] is taken off when the file runs
      options.count = argc - i;
      return options;
    }
    if (strcmp(word, "-c") == 0) {
      if (i + 1 >= argc) return wrong("'%s' needs the code to run", word);
      options.action = CLI_RUN_CODE;
      options.target = argv[i + 1];
      argv[i + 1] = word;  // sys.argv[0] is '-c'
      options.arguments = argv + i + 1;
      options.count = argc - i - 1;
      return options;
    }
    if (strcmp(word, "--") != 0) return wrong("unknown option '%s'", word);
    i++;
    break;
  }
  if (!run) return parse_command(options, argc - i, argv + i);
  if (i == argc) return wrong("'%s' needs a file", "run");
  options.action = strcmp(argv[i], "-") == 0 ? CLI_RUN_STDIN : CLI_RUN_FILE;
  options.target = argv[i];
  options.arguments = argv + i;
  options.count = argc - i;
  return options;
}

// ---- what the program's end means

static int finish(CoroStatus status, int code) {
  if (status == CORO_BROKEN_PIPE) return code;
  if (fflush(stdout) == 0 || errno == EPIPE) {
    return ferror(stdout) && code == 0 ? 1 : code;  // the reader has gone: no message, no success
  }
  if (status == CORO_ERROR) return code;  // the traceback has told of it
  fprintf(stderr, "coro: cannot write to standard output: %s\n", strerror(errno));
  return code == 0 ? 1 : code;
}

static int explain(const CliOptions *options, CoroVM *coro) {
  int code;
  CoroStatus status = explain_run(coro, options->arguments[0], options->target, &code);
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
    case CLI_HELP: printf("%s%s", usage, help); return finish(CORO_OK, 0);
    case CLI_USAGE: return 2;
  }
  return 2;
}
