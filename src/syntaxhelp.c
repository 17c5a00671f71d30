// syntaxhelp.c: help for syntax errors. See syntaxhelp.h.
//
// The messages are the grammar's and CPython's; what is added here looks at the text of the line,
// word by word, for the mistakes that people make: a misspelt keyword, another language's operator,
// a forgotten `async`.
#include "syntaxhelp.h"

#include <stdio.h>

#include "parse.h"

#define LONGEST_WORD 12   // that a keyword may be meant by
#define LONGEST_LINE 100  // that is shown in a help text

typedef struct {
  Arena *arena;
  const Source *source;
  Diag *diag;
  Str8 line;      // that the error is in
  size_t indent;  // of the line, in bytes
  size_t at;      // where in it the error begins, and
  size_t end;     // ends, both within the line
  Str8 first;     // the line's first word
} Place;

// ---- text

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         ((unsigned char)c & 0x80) != 0;
}
static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static size_t indent_of(Str8 line) {
  size_t i = 0;
  while (i < line.length && is_blank(line.data[i])) i++;
  return i;
}

static bool is_empty_line(Str8 line) {
  size_t i = indent_of(line);
  return i == line.length || line.data[i] == '#' || line.data[i] == '\r';
}

static Str8 word_at(Str8 line, size_t at) {
  size_t end = at;
  while (end < line.length && is_word(line.data[end])) end++;
  return (Str8){line.data + at, end - at};
}

static Str8 word_before(Str8 line, size_t at) {
  while (at > 0 && is_blank(line.data[at - 1])) at--;
  size_t start = at;
  while (start > 0 && is_word(line.data[start - 1])) start--;
  return (Str8){line.data + start, at - start};
}

static size_t skip_blanks(Str8 line, size_t at) {
  while (at < line.length && is_blank(line.data[at])) at++;
  return at;
}

static Str8 cut(Str8 line, size_t from, size_t to) {
  while (to > from && is_blank(line.data[to - 1])) to--;
  while (from < to && is_blank(line.data[from])) from++;
  return (Str8){line.data + from, to - from};
}

static bool has_word(Str8 line, const char *word) {
  for (size_t i = 0; i < line.length; i++) {
    if (!is_word(line.data[i])) continue;
    Str8 found = word_at(line, i);
    if (str8_is(found, word)) return true;
    i += found.length;
  }
  return false;
}

static bool starts(const Place *place, size_t at, const char *text) {
  size_t length = strlen(text);
  return at + length <= place->line.length && memcmp(place->line.data + at, text, length) == 0;
}

static bool says(const Place *place, const char *text) {
  return strstr(place->diag->message, text) != NULL;
}

#define TEXT(s) (int)(s).length, (s).data

static void set_help(const Place *place, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void set_help(const Place *place, const char *format, ...) {
  va_list args;
  va_start(args, format);
  place->diag->help = arena_vprintf(place->arena, format, args);
  va_end(args);
}

static void add_label(const Place *place, uint32_t line, const char *text) {
  Str8 there = source_line(place->source, line);
  uint32_t indent = (uint32_t)indent_of(there), end = (uint32_t)there.length;
  diag_label(place->diag,
             (Span){.line = line, .column = indent, .end_line = line, .end_column = end}, text);
}

// The line as it should be: bytes [from, to) replaced. False: too long to show.
static bool show_line(const Place *place, size_t from, size_t to, const char *instead) {
  Str8 before = {place->line.data + place->indent, from - place->indent};
  Str8 after = cut(place->line, to, place->line.length);
  bool gap = to < place->line.length && is_blank(place->line.data[to]) && after.length > 0;
  if (from < place->indent || before.length + after.length + strlen(instead) > LONGEST_LINE) {
    return false;
  }
  set_help(place, "write '%.*s%s%s%.*s'", TEXT(before), instead, gap ? " " : "", TEXT(after));
  return true;
}

static uint32_t line_before(const Place *place, uint32_t line) {
  while (line > 1 && is_empty_line(source_line(place->source, line - 1))) line--;
  return line - 1;
}

// ---- misspelt keywords

static const char *const keywords[] = {
    "and",    "as",   "assert", "async",  "await",  "break",   "class",    "continue",
    "def",    "del",  "elif",   "else",   "except", "finally", "for",      "from",
    "global", "if",   "import", "in",     "is",     "lambda",  "nonlocal", "not",
    "or",     "pass", "raise",  "return", "try",    "while",   "with",     "yield",
};

// What other languages call it.
static const struct {
  const char *word, *keyword;
} others[] = {
    {"elseif", "elif"},     {"elsif", "elif"},     {"function", "def"},     {"func", "def"},
    {"fn", "def"},          {"define", "def"},     {"fun", "def"},          {"foreach", "for"},
    {"until", "while not"}, {"unless", "if not"},  {"throw", "raise"},      {"catch", "except"},
    {"switch", "if"},       {"case", "elif"},      {"import_from", "from"}, {"include", "import"},
    {"using", "import"},    {"require", "import"}, {"delete", "del"},       {"null", "None"},
    {"begin", ":"},
};

// Damerau's distance, with neighbours swapped as one step (restricted edit distance).
static int distance(Str8 a, const char *b) {
  size_t n = a.length, m = strlen(b);
  if (n > LONGEST_WORD || m > LONGEST_WORD) return LONGEST_WORD;
  int rows[LONGEST_WORD + 1][LONGEST_WORD + 1];
  for (size_t i = 0; i <= n; i++) rows[i][0] = (int)i;
  for (size_t j = 0; j <= m; j++) rows[0][j] = (int)j;
  for (size_t i = 1; i <= n; i++) {
    for (size_t j = 1; j <= m; j++) {
      int best = rows[i - 1][j - 1] + (a.data[i - 1] != b[j - 1]);
      if (rows[i - 1][j] + 1 < best) best = rows[i - 1][j] + 1;
      if (rows[i][j - 1] + 1 < best) best = rows[i][j - 1] + 1;
      if (i > 1 && j > 1 && a.data[i - 1] == b[j - 2] && a.data[i - 2] == b[j - 1] &&
          rows[i - 2][j - 2] + 1 < best) {
        best = rows[i - 2][j - 2] + 1;
      }
      rows[i][j] = best;
    }
  }
  return rows[n][m];
}

// The keyword that a word was meant to be; NULL: none, or it is one.
static const char *meant_keyword(const Place *place, Str8 word) {
  if (word.length < 2 || word.length > LONGEST_WORD) return NULL;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    if (distance(word, others[i].word) <= (int)strlen(others[i].word) / 5) {
      return others[i].keyword;
    }
  }
  const char *best = NULL;
  int least = word.length <= 3 ? 2 : 3;
  for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
    int d = distance(word, keywords[i]);
    if (d == 0) return NULL;
    // Two words of equal distance ("fro"): the one that the rest of the line asks for.
    bool fits = (strcmp(keywords[i], "for") == 0 && has_word(place->line, "in")) ||
                (strcmp(keywords[i], "from") == 0 && has_word(place->line, "import"));
    if (d < least || (d == least && fits && least < 3)) {
      least = d;
      best = keywords[i];
    }
  }
  return best;
}

static bool try_keyword(const Place *place, Str8 word) {
  const char *keyword = meant_keyword(place, word);
  if (keyword == NULL) return false;
  if (strcmp(keyword, ":") == 0) {
    set_help(place, "a block begins with ':' and stands four spaces further in");
    return true;
  }
  size_t from = (size_t)(word.data - place->line.data);
  place->diag->span.column = (uint32_t)from;
  place->diag->span.end_line = place->diag->span.line;
  place->diag->span.end_column = (uint32_t)(from + word.length);
  set_help(place, "did you mean '%s'?", keyword);
  return true;
}

// ---- what other languages write

static bool help_operator(const Place *place) {
  size_t at = place->at, before = at > 0 ? at - 1 : 0;
  Str8 line = place->line;
  if (starts(place, at, "&&") || starts(place, before, "&&")) {
    set_help(place, "write 'and'");
  } else if (starts(place, at, "||") || starts(place, before, "||")) {
    set_help(place, "write 'or'");
  } else if (starts(place, before, "<>")) {
    set_help(place, "write '!='");
  } else if (starts(place, at, "!")) {
    set_help(place, "write 'not'");
  } else if (starts(place, at, "?")) {
    set_help(place, "write 'value if condition else other'");
  } else if (starts(place, at, "{") && cut(line, at + 1, line.length).length == 0) {
    set_help(place,
             "there are no braces around blocks: write ':' and the block four spaces further "
             "in");
  } else if (starts(place, at, "}")) {
    set_help(place, "a block ends where its lines stand further out again: leave '}' away");
  } else if (starts(place, at, "`")) {
    set_help(place, "strings stand between ' or \"");
  } else if (starts(place, at, "$")) {
    set_help(place, "a name begins with a letter or '_': leave '$' away");
  } else if (starts(place, at, "=") && cut(line, 0, at).length > 0 &&
             cut(line, 0, at).data[cut(line, 0, at).length - 1] == '=') {
    set_help(place, "write '==' to compare, and one '=' to give a name its value");
  } else if (starts(place, at, ":=")) {
    set_help(place, "write '=' to give a name its value; ':=' is for the inside of expressions");
  } else if (at >= 2 && (starts(place, at - 2, "++") || starts(place, at - 2, "--"))) {
    Str8 name = word_before(line, at - 2);
    set_help(place, "write '%.*s %c= 1'", TEXT(name), line.data[at - 1]);
  } else {
    return false;
  }
  return true;
}

static bool help_words(const Place *place) {
  Str8 line = place->line, here = word_at(line, place->at), before = word_before(line, place->at);
  if (str8_is(here, "then") || str8_is(here, "do")) {
    set_help(place, "write ':' instead of '%.*s'", TEXT(here));
  } else if (str8_is(place->first, "lambda") ||
             (has_word(line, "lambda") && str8_is(here, "return"))) {
    set_help(place, "a lambda gives the value of its expression: leave 'return' away");
  } else if (str8_is(place->first, "for") &&
             starts(place, skip_blanks(line, place->indent + 3), "(") &&
             memchr(line.data, ';', line.length) != NULL) {
    set_help(place, "write 'for i in range(n):'");
  } else if (str8_is(place->first, "for") && starts(place, place->at, "=")) {
    set_help(place, "write 'for %.*s in …:'", TEXT(before));
  } else if (str8_is(place->first, "for") && !has_word(line, "in") && here.length > 0) {
    show_line(place, place->at, place->at, "in ");
  } else if (str8_is(place->first, "async")) {
    Str8 rest = cut(line, place->indent + 5, line.length);
    if (rest.length > LONGEST_LINE) return false;
    set_help(place, "'async' stands before def, for and with; to wait for it, write 'await %.*s'",
             TEXT(rest));
  } else if (str8_is(place->first, "raise") && starts(place, place->at, ",")) {
    Str8 name = cut(line, place->indent + 5, place->at);
    Str8 value = cut(line, place->at + 1, line.length);
    set_help(place, "write 'raise %.*s(%.*s)'", TEXT(name), TEXT(value));
  } else if (str8_is(place->first, "elif") || str8_is(place->first, "else") ||
             str8_is(place->first, "except") || str8_is(place->first, "finally")) {
    if (place->at != place->indent) return false;
    set_help(place,
             str8_is(place->first, "elif")
                 ? "'elif' goes before 'else', and stands as far in as its 'if'"
                 : "'%.*s' stands as far in as the 'if', 'for', 'while' or 'try' it belongs to",
             TEXT(place->first));
  } else {
    return false;
  }
  return true;
}

// A keyword where a name should be: `class = 1`.
static bool help_reserved(const Place *place) {
  if (!starts(place, place->at, "=") || starts(place, place->at, "==")) return false;
  Str8 name = word_before(place->line, place->at);
  for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
    if (!str8_is(name, keywords[i])) continue;
    set_help(place, "'%.*s' is a word of the language: take another name, such as '%.*s_'",
             TEXT(name), TEXT(name));
    return true;
  }
  return false;
}

static bool help_line_end(const Place *place) {
  Str8 line = place->line, rest = cut(line, place->at, line.length);
  if (rest.length > 0 && rest.data[0] != '#') return false;
  Str8 before = cut(line, place->indent, place->at);
  if (before.length == 0) return false;
  Str8 word = word_before(line, place->at);
  if (str8_is(word, "await")) {
    set_help(place, "write what to wait for: 'await something()'");
  } else if (before.data[before.length - 1] == '.') {
    set_help(place, "a name is missing after the '.'");
  } else if (strchr("+-*/%=<>&|^@,~", before.data[before.length - 1]) != NULL) {
    set_help(place,
             "a value is missing after '%c'; to go on in the next line, put it all in "
             "parentheses",
             before.data[before.length - 1]);
  } else if (word.length > 0) {
    return false;
  }
  return place->diag->help != NULL;
}

static bool help_decorator(const Place *place) {
  uint32_t line = line_before(place, place->diag->span.line);
  Str8 text = source_line(place->source, line);
  if (line == 0 || place->at != place->indent || text.data[indent_of(text)] != '@') return false;
  add_label(place, line, "this decorates what comes next");
  set_help(place, "a decorator stands before 'def', 'async def' or 'class'");
  return true;
}

static void help_invalid_syntax(const Place *place) {
  if (help_operator(place) || help_reserved(place) || help_words(place)) return;
  if (help_decorator(place)) return;
  if (place->first.length > 0 && try_keyword(place, place->first)) return;
  if (help_line_end(place)) return;
  Str8 before = word_before(place->line, place->at), here = word_at(place->line, place->at);
  if (before.length > 0 && try_keyword(place, before)) return;
  if (here.length > 0) try_keyword(place, here);
}

// ---- indentation

static void help_indentation(const Place *place) {
  uint32_t line = place->diag->span.line;
  if (says(place, "expected an indented block")) {
    set_help(place,
             "write the lines of the block four spaces further in; 'pass' stands for a block "
             "that does nothing");
  } else if (says(place, "unexpected indent")) {
    uint32_t previous = line_before(place, line);
    if (previous == 0) {
      set_help(place, "begin the line at the margin");
      return;
    }
    size_t indent = indent_of(source_line(place->source, previous));
    add_label(place, previous, "as far in as this line");
    if (indent == 0) {
      set_help(place, "begin the line at the margin");
    } else {
      set_help(place, "begin the line with %zu spaces", indent);
    }
  } else if (says(place, "unindent does not match")) {
    // The line further out that comes next: what the writer most likely meant.
    for (uint32_t at = line_before(place, line); at > 0; at = line_before(place, at)) {
      size_t indent = indent_of(source_line(place->source, at));
      if (indent >= place->indent) continue;
      add_label(place, at, "this line begins further out");
      break;
    }
    uint32_t previous = line_before(place, line);
    size_t inner = indent_of(source_line(place->source, previous));
    add_label(place, previous, "and this one further in");
    set_help(place,
             "begin the line with %zu spaces to go on in that block, or as far out as the line "
             "that it should follow",
             inner);
  } else if (says(place, "tabs and spaces")) {
    set_help(place, "use spaces only, four for each step in; most editors can turn tabs into them");
  }
}

// ---- await where it cannot be

// The `def` whose body a line is in; 0: none.
static uint32_t enclosing_def(const Place *place) {
  size_t indent = place->indent;
  for (uint32_t line = place->diag->span.line - 1; line > 0; line--) {
    Str8 text = source_line(place->source, line);
    size_t here = indent_of(text);
    if (is_empty_line(text) || here >= indent) continue;
    indent = here;
    if (str8_is(word_at(text, here), "def")) return line;
    if (str8_is(word_at(text, here), "class")) return 0;
  }
  return 0;
}

static void help_await(const Place *place) {
  uint32_t line = enclosing_def(place);
  if (line == 0) {
    set_help(place, has_word(place->line, "lambda")
                        ? "a lambda cannot wait: write an 'async def' with a name"
                        : "await it in an 'async def', or at the program's top level");
    return;
  }
  Str8 text = source_line(place->source, line);
  size_t indent = indent_of(text);
  Str8 head = cut(text, indent, text.length), name = word_at(text, skip_blanks(text, indent + 3));
  add_label(place, line, "this function is not async");
  if (head.length > LONGEST_LINE) return;
  set_help(place, "write 'async %.*s', and 'await %.*s(…)' where it is called", TEXT(head),
           TEXT(name));
}

// ---- the others

static void help_string(const Place *place) {
  char quote = place->at < place->line.length ? place->line.data[place->at] : '"';
  if (quote != '\'' && quote != '"') quote = '"';
  if (says(place, "triple-quoted")) {
    set_help(place, "write %c%c%c where the text ends", quote, quote, quote);
  } else {
    set_help(place, "write %c where the text ends; one of several lines stands between %c%c%c",
             quote, quote, quote, quote);
  }
}

static void help_colon(const Place *place) {
  Str8 here = word_at(place->line, place->at);
  if (str8_is(place->first, "else") && str8_is(here, "if")) {
    Str8 rest = cut(place->line, place->at + 2, place->line.length);
    set_help(place, "write 'elif %.*s'", TEXT(rest));
  } else if (str8_is(here, "then") || str8_is(here, "do")) {
    set_help(place, "write ':' instead of '%.*s'", TEXT(here));
  } else if (starts(place, place->at, "{")) {
    help_operator(place);
  } else {
    size_t end = place->at;
    while (end > place->indent && is_blank(place->line.data[end - 1])) end--;
    Str8 rest = cut(place->line, place->at, place->line.length);
    if (rest.length > 0 && rest.data[0] != '#') {
      set_help(place, "a ':' is missing before '%.*s'", TEXT(rest));
    } else {
      Str8 head = cut(place->line, place->indent, end);
      set_help(place, "write '%.*s:'", TEXT(head));
    }
  }
}

static void help_unclosed(const Place *place) {
  char open = place->at < place->line.length ? place->line.data[place->at] : '(';
  set_help(place, "write '%c' where it ends", open == '[' ? ']' : open == '{' ? '}' : ')');
}

static void help_print(const Place *place) {
  Str8 rest = cut(place->line, place->at, place->line.length);
  Str8 name = word_before(place->line, place->at);
  if (rest.length < LONGEST_LINE) set_help(place, "write '%.*s(%.*s)'", TEXT(name), TEXT(rest));
}

static void help_equals(const Place *place) {
  for (size_t i = place->at; i + 1 < place->line.length; i++) {
    char c = place->line.data[i];
    if (c != '=' || place->line.data[i + 1] == '=') continue;
    if (memchr(place->line.data, '{', i) != NULL && !str8_is(place->first, "if")) {
      set_help(place, "in a dict write ':' between a key and its value");
    } else {
      show_line(place, i, i + 1, "==");
    }
    return;
  }
}

// A character that only looks like one of the language's.
static void help_character(const Place *place) {
  static const struct {
    const char *character, *instead;
  } alike[] = {
      {"“", "\""}, {"”", "\""}, {"„", "\""}, {"‘", "'"},  {"’", "'"},   {"–", "-"},  {"—", "-"},
      {"−", "-"},  {"×", "*"},  {"÷", "/"},  {"≤", "<="}, {"≥", ">="},  {"≠", "!="}, {"，", ","},
      {"：", ":"}, {"；", ";"}, {"（", "("}, {"）", ")"}, {"…", "..."},
  };
  for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
    if (!starts(place, place->at, alike[i].character)) continue;
    set_help(place, "write %s instead; a word processor makes such characters", alike[i].instead);
    return;
  }
}

typedef void (*Helper)(const Place *place);

// What a message says, and who knows more, or a text that is always right.
static const struct {
  const char *says;
  Helper helper;
  const char *help;
} rows[] = {
    {"'await' outside async function", help_await, NULL},
    {"'async for' outside async function", help_await, NULL},
    {"'async with' outside async function", help_await, NULL},
    {"asynchronous comprehension outside", help_await, NULL},
    {"expected ':'", help_colon, NULL},
    {"Missing parentheses in call", help_print, NULL},
    {"Maybe you meant '==' or ':='", help_equals, NULL},
    {"unterminated", help_string, NULL},
    {"invalid character", help_character, NULL},
    {"was never closed", help_unclosed, NULL},
    {"unmatched '", NULL, "leave it away, or write the opening one that it closes"},
    {"does not match opening parenthesis", NULL, "close the inner one first"},
    {"forgot a comma", NULL, "write ',' between the two"},
    {"f-string: expecting '}'", NULL,
     "close the expression with '}'; for a brace itself write '{{'"},
    {"f-string: single '}'", NULL, "for a brace itself write '}}'"},
    {"f-string: invalid syntax", NULL, "what stands between the braces is no whole expression"},
    {"f-string: empty expression", NULL,
     "write an expression between the braces, or '{{}}' for the braces themselves"},
    {"'return' outside function", NULL,
     "only a function returns; 'raise SystemExit' ends the program"},
    {"'break' outside loop", NULL, "'break' leaves the 'for' or 'while' loop that it stands in"},
    {"'continue' not properly in loop", NULL,
     "'continue' begins the next turn of the 'for' or 'while' loop that it stands in"},
    {"'yield' outside function", NULL, "'yield' makes a function a generator: put it into a 'def'"},
    {"expected '('", NULL, "write the parameters in parentheses; '()' when there are none"},
    {"non-default argument follows default", NULL,
     "put the parameters without a default before those with one"},
    {"expected 'except' or 'finally' block", NULL,
     "after the 'try' block write 'except SomeError:' and what to do then"},
    {"multiple exception types must be parenthesized", NULL, "write 'except (A, B):'"},
    {"expected 'else' after 'if' expression", NULL,
     "write what it is otherwise: 'value if condition else other'"},
    {"positional argument follows keyword", NULL,
     "put the arguments without a name before those with one"},
    {"is assigned to before global", NULL, "move the 'global' line to the function's beginning"},
    {"is used prior to global", NULL, "move the 'global' line to the function's beginning"},
    {"cannot assign to literal", NULL, "the name goes to the left of '=', its value to the right"},
};

static bool makes_place(Place *place, Arena *arena, const Source *source, Diag *diag) {
  *place = (Place){.arena = arena, .source = source, .diag = diag};
  place->line = source_line(source, diag->span.line);
  place->indent = indent_of(place->line);
  place->at = diag->span.column < place->line.length ? diag->span.column : place->line.length;
  place->end = diag->span.end_line == diag->span.line ? diag->span.end_column : place->line.length;
  place->first = word_at(place->line, place->indent);
  return diag->span.line > 0;
}

static void explain(const Place *place) {
  if (place->diag->kind != DIAG_SYNTAX) {
    help_indentation(place);
    return;
  }
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (!says(place, rows[i].says)) continue;
    if (rows[i].helper != NULL) {
      rows[i].helper(place);
    } else {
      diag_help(place->diag, rows[i].help);
    }
    return;
  }
  if (strcmp(place->diag->message, "invalid syntax") == 0) help_invalid_syntax(place);
}

void syntaxhelp_explain(Arena *arena, const Source *source, DiagList *diags) {
  for (int i = 0; i < diags->count; i++) {
    Place place;
    if (diags->items[i]->help == NULL && makes_place(&place, arena, source, diags->items[i])) {
      explain(&place);
    }
  }
}

// ---- the next errors

// Whether a line at the margin begins a statement that does not belong to one before it.
static bool begins_statement(Str8 line) {
  static const char *const parts[] = {"else", "elif", "except", "finally"};
  if (is_empty_line(line) || is_blank(line.data[0])) return false;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (str8_is(word_at(line, 0), parts[i])) return false;
  }
  return is_word(line.data[0]) || line.data[0] == '@';
}

// Brackets that are left open by a line, and quotes that may make the next line a string's: then
// nothing behind it is certain.
static bool is_whole(Str8 line) {
  int depth = 0;
  for (size_t i = 0; i < line.length && line.data[i] != '#'; i++) {
    char c = line.data[i];
    if (c == '\'' || c == '"') {
      size_t end = i + 1;
      while (end < line.length && line.data[end] != c) end += line.data[end] == '\\' ? 2 : 1;
      if (end >= line.length ||
          (end == i + 1 && end + 1 < line.length && line.data[end + 1] == c)) {
        return false;
      }
      i = end;
    } else if (strchr("([{", c) != NULL) {
      depth++;
    } else if (strchr(")]}", c) != NULL) {
      depth--;
    }
  }
  return depth == 0 && (line.length == 0 || line.data[line.length - 1] != '\\');
}

// The line where the statement behind the error's begins; 0: not certain, or there is none.
static uint32_t next_statement(const Source *source, uint32_t line) {
  for (; line <= source->line_count; line++) {
    if (!is_whole(source_line(source, line))) return 0;
    if (line < source->line_count && begins_statement(source_line(source, line + 1))) {
      return line + 1;
    }
  }
  return 0;
}

// Parses lines [from, to) of the text: the others are empty (their ends stay, or the lines would
// have other numbers than the text's).
static void parse_part(Arena *arena, const Source *source, uint32_t from, uint32_t to,
                       DiagList *diags) {
  Source *part = source_new(source->name, source->text, source->length);
  if (part == NULL) return;
  size_t start = source->lines[from - 1];
  size_t end = to <= source->line_count ? source->lines[to - 1] : source->length;
  for (size_t i = 0; i < source->length; i++) {
    char c = part->text[i];
    if ((i < start || i >= end) && c != '\n' && c != '\r') part->text[i] = ' ';
  }
  parse_module(arena, part, PARSE_FILE, diags);
  source_free(part);
}

// The line at the margin where the statement that a line is in begins.
static uint32_t statement_of(const Source *source, uint32_t line) {
  while (line > 1 && !begins_statement(source_line(source, line))) line--;
  return line;
}

void syntaxhelp_find_more(Arena *arena, const Source *source, DiagList *diags) {
  // All tokens are read before the parser begins: an error among them hides what comes before it.
  uint32_t first = statement_of(source, diags->items[0]->span.line);
  uint32_t line = next_statement(source, diags->items[0]->span.line);
  if (first > 1) {
    int before = diags->count;
    parse_part(arena, source, 1, first, diags);
    // Where the part ends nothing is missing: the first error begins there.
    while (diags->count > before && diags->items[diags->count - 1]->span.line >= first) {
      diags->count--;
    }
  }
  while (line > 0 && !diag_is_full(diags)) {
    int before = diags->count;
    parse_part(arena, source, line, source->line_count + 1, diags);
    if (diags->count == before) return;
    line = next_statement(source, diags->items[before]->span.line);
  }
}
