// build_string.c: string literals, from the quotes in the source to the bytes they mean.
//
// Adjacent literals make one constant, or one JoinedStr when an f-string is among them. The fields
// of an f-string are found by the rules of Python 3.11 (no backslash, no quote of the literal's own
// kind inside), then parsed where they stand, so that their spans are places in the file.
//
// Invariant: literal text between two fields ends up in one Constant, however many literals it
// was spread over.
#include "builder.h"

enum { FIELD_NESTING_MAX = 2 };

typedef struct Buffer {
  char *data;
  size_t length;
  size_t capacity;
} Buffer;

// One literal: what stands between its quotes, and how to read it.
typedef struct Literal {
  uint32_t start;  // bytes [start, end) of the source
  uint32_t end;
  bool raw;
  bool bytes;
  bool format;
} Literal;

// A string under construction. `values` stays empty when nothing is formatted.
typedef struct Joiner {
  Parse *parse;
  Span span;
  Buffer text;
  ExprList values;
} Joiner;

static void put(Joiner *joiner, const char *data, size_t length) {
  Buffer *buffer = &joiner->text;
  if (length == 0) return;
  if (buffer->capacity - buffer->length < length) {
    size_t capacity = buffer->capacity ? buffer->capacity * 2 : 64;
    while (capacity - buffer->length < length) capacity *= 2;
    buffer->data = arena_grow(joiner->parse->scratch, buffer->data, buffer->capacity, capacity);
    buffer->capacity = capacity;
  }
  memcpy(buffer->data + buffer->length, data, length);
  buffer->length += length;
}

static void put_byte(Joiner *joiner, unsigned byte) {
  char c = (char)byte;
  put(joiner, &c, 1);
}

// UTF-8; a lone surrogate, which Python allows in a string, becomes three bytes like its kin.
static void put_code_point(Joiner *joiner, unsigned c) {
  if (c < 0x80) {
    put_byte(joiner, c);
  } else if (c < 0x800) {
    put_byte(joiner, 0xC0 | (c >> 6));
    put_byte(joiner, 0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put_byte(joiner, 0xE0 | (c >> 12));
    put_byte(joiner, 0x80 | ((c >> 6) & 0x3F));
    put_byte(joiner, 0x80 | (c & 0x3F));
  } else {
    put_byte(joiner, 0xF0 | (c >> 18));
    put_byte(joiner, 0x80 | ((c >> 12) & 0x3F));
    put_byte(joiner, 0x80 | ((c >> 6) & 0x3F));
    put_byte(joiner, 0x80 | (c & 0x3F));
  }
}

static bool fail_at(Parse *parse, uint32_t start, uint32_t end, const char *message) {
  return build_error(parse, source_span(parse->source, start, end), "%s", message);
}

// --- Escapes -----------------------------------------------------------------------------------

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Reads `width` hexadecimal digits at *at; false, with *at unmoved, when there are fewer.
static bool read_hex(const char *text, uint32_t *at, uint32_t end, int width, unsigned *value) {
  unsigned result = 0;
  for (int i = 0; i < width; i++) {
    int digit = *at + (uint32_t)i < end ? hex_digit(text[*at + (uint32_t)i]) : -1;
    if (digit < 0) return false;
    result = result * 16 + (unsigned)digit;
  }
  *at += (uint32_t)width;
  *value = result;
  return true;
}

// An escape of fixed width: \x, \u, \U. `at` stands behind its letter.
static bool put_hex_escape(Joiner *joiner, const Literal *literal, char letter, uint32_t *at,
                           uint32_t end) {
  Parse *parse = joiner->parse;
  uint32_t start = *at - 2;
  int width = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
  unsigned value = 0;
  if (!read_hex(parse->source->text, at, end, width, &value)) {
    // The digits that are there belong to the place of the error.
    while (*at < end && hex_digit(parse->source->text[*at]) >= 0) (*at)++;
    Span span = source_span(parse->source, start, *at);
    if (literal->bytes) {
      return build_error(parse, span, "(value error) invalid \\x escape at position %u",
                         start - literal->start);
    }
    return build_error(parse, span,
                       "(unicode error) 'unicodeescape' codec can't decode bytes in position "
                       "%u-%u: truncated %s escape",
                       start - literal->start, *at - 1 - literal->start,
                       width == 2   ? "\\xXX"
                       : width == 4 ? "\\uXXXX"
                                    : "\\UXXXXXXXX");
  }
  if (value > 0x10FFFF) {
    return build_error(parse, source_span(parse->source, start, *at),
                       "(unicode error) 'unicodeescape' codec can't decode bytes in position "
                       "%u-%u: illegal Unicode character",
                       start - literal->start, *at - 1 - literal->start);
  }
  if (literal->bytes) {
    put_byte(joiner, value);
  } else {
    put_code_point(joiner, value);
  }
  return true;
}

// `at` stands behind a backslash. An unknown escape keeps it.
static bool put_escape(Joiner *joiner, const Literal *literal, uint32_t *at, uint32_t end) {
  const char *text = joiner->parse->source->text;
  char c = text[(*at)++];
  switch (c) {
    case '\r':
      if (*at < end && text[*at] == '\n') (*at)++;
      return true;
    case '\n': return true;
    case '\\':
    case '\'':
    case '"': put_byte(joiner, (unsigned char)c); return true;
    case 'a': put_byte(joiner, '\a'); return true;
    case 'b': put_byte(joiner, '\b'); return true;
    case 'f': put_byte(joiner, '\f'); return true;
    case 'n': put_byte(joiner, '\n'); return true;
    case 'r': put_byte(joiner, '\r'); return true;
    case 't': put_byte(joiner, '\t'); return true;
    case 'v': put_byte(joiner, '\v'); return true;
    case 'x': return put_hex_escape(joiner, literal, c, at, end);
    case 'u':
    case 'U':
      if (!literal->bytes) return put_hex_escape(joiner, literal, c, at, end);
      break;
    case 'N':
      if (!literal->bytes) {
        return fail_at(joiner->parse, *at - 2, *at,
                       "\\N{...} escapes are left out of Coro; write \\u with the number");
      }
      break;
    default:
      if (c >= '0' && c <= '7') {
        unsigned value = (unsigned)(c - '0');
        for (int i = 0; i < 2 && *at < end && text[*at] >= '0' && text[*at] <= '7'; i++) {
          value = value * 8 + (unsigned)(text[(*at)++] - '0');
        }
        if (literal->bytes) {
          put_byte(joiner, value & 0xFF);
        } else {
          put_code_point(joiner, value);
        }
        return true;
      }
      break;
  }
  put_byte(joiner, '\\');
  (*at)--;
  return true;
}

// Decodes bytes [at, end) of a literal. Every kind of line end means "\n".
static bool put_text(Joiner *joiner, const Literal *literal, uint32_t at, uint32_t end) {
  const char *text = joiner->parse->source->text;
  while (at < end) {
    char c = text[at];
    if (c == '\\' && !literal->raw && at + 1 < end) {
      at++;
      if (!put_escape(joiner, literal, &at, end)) return false;
    } else if (c == '\r') {
      put_byte(joiner, '\n');
      at += at + 1 < end && text[at + 1] == '\n' ? 2 : 1;
    } else if (literal->bytes && (unsigned char)c >= 0x80) {
      return fail_at(joiner->parse, at, at + 1, "bytes can only contain ASCII literal characters");
    } else {
      uint32_t run = at + 1;
      while (run < end && text[run] != '\\' && text[run] != '\r' &&
             (unsigned char)text[run] < 0x80) {
        run++;
      }
      put(joiner, text + at, run - at);
      at = run;
    }
  }
  return true;
}

// --- f-strings ---------------------------------------------------------------------------------

// Ends the literal text so far, if there is any.
static void flush_text(Joiner *joiner) {
  if (joiner->text.length == 0) return;
  Expr *constant = build_constant(joiner->parse, joiner->span, CONSTANT_STR);
  constant->as.constant.text =
      arena_copy(joiner->parse->arena, joiner->text.data, joiner->text.length);
  LIST_PUSH(joiner->parse, &joiner->values, constant);
  joiner->text.length = 0;
}

static bool part_error(Parse *parse, uint32_t at, const char *what) {
  diag_error(parse->diags, source_span(parse->source, at, at + 1),
             "f-string expression part cannot include %s", what);
  return false;
}

static bool field_error(Parse *parse, uint32_t start, uint32_t end, const char *message) {
  diag_error(parse->diags, source_span(parse->source, start, end), "f-string: %s", message);
  return false;
}

static bool unmatched(Parse *parse, uint32_t start, uint32_t end, char bracket) {
  return field_error(parse, start, end, arena_printf(parse->arena, "unmatched '%c'", bracket));
}

// Finds where a field's expression ends: at `!`, `:`, `=` or `}` outside of brackets and quotes.
static bool find_field_end(Parse *parse, uint32_t at, uint32_t end, uint32_t *out) {
  const char *text = parse->source->text;
  char stack[LEX_BRACKET_MAX];
  int depth = 0;
  char quote = '\0';
  int quote_width = 0;
  uint32_t start = at;
  for (; at < end; at++) {
    char c = text[at];
    if (c == '\\') {
      return part_error(parse, at, "a backslash");
    }
    if (quote) {
      if (c != quote) continue;
      if (quote_width == 1) {
        quote = '\0';
      } else if (at + 2 < end && text[at + 1] == c && text[at + 2] == c) {
        at += 2;
        quote = '\0';
      }
      continue;
    }
    if (c == '\'' || c == '"') {
      quote = c;
      quote_width = at + 2 < end && text[at + 1] == c && text[at + 2] == c ? 3 : 1;
      at += (uint32_t)quote_width - 1;
    } else if (c == '(' || c == '[' || c == '{') {
      if (depth == LEX_BRACKET_MAX) {
        return field_error(parse, at, at + 1, "too many nested parenthesis");
      }
      stack[depth++] = c;
    } else if (c == '#') {
      return part_error(parse, at, "'#'");
    } else if (depth == 0 && strchr("!:}=<>", c)) {
      if (at + 1 < end && text[at + 1] == '=' && strchr("!=<>", c)) {
        at++;
      } else if (c != '<' && c != '>') {
        break;
      }
    } else if (c == ')' || c == ']' || c == '}') {
      if (depth == 0) return unmatched(parse, at, at + 1, c);
      char open = stack[--depth];
      if ((open == '(') != (c == ')') || (open == '[') != (c == ']')) {
        diag_error(parse->diags, source_span(parse->source, at, at + 1),
                   "f-string: closing parenthesis '%c' does not match opening parenthesis '%c'", c,
                   open);
        return false;
      }
    }
  }
  if (quote) return field_error(parse, start, at, "unterminated string");
  if (depth > 0) return unmatched(parse, start, at, stack[depth - 1]);
  if (at >= end) return field_error(parse, start, at, "expecting '}'");
  *out = at;
  return true;
}

static bool put_format(Joiner *joiner, const Literal *literal, uint32_t *at, uint32_t end,
                       int nesting);

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// `:spec` of a field: a small f-string of its own. `at` stands behind the colon.
static Expr *build_spec(Joiner *outer, const Literal *literal, uint32_t *at, uint32_t end,
                        int nesting) {
  Joiner joiner = {.parse = outer->parse, .span = outer->span};
  if (!put_format(&joiner, literal, at, end, nesting + 1)) return NULL;
  flush_text(&joiner);
  Expr *spec = ast_expr(outer->parse->arena, EXPR_JOINED_STR, outer->span);
  spec->as.joined_str.values = expr_seq(&joiner.values);
  return build_done(outer->parse, spec);
}

// One `{...}`; `at` stands behind the brace.
static bool put_field(Joiner *joiner, const Literal *literal, uint32_t *at, uint32_t end,
                      int nesting) {
  Parse *parse = joiner->parse;
  const char *text = parse->source->text;
  uint32_t brace = *at - 1, start = *at, stop = end;
  if (nesting >= FIELD_NESTING_MAX) {
    return field_error(parse, brace, *at, "expressions nested too deeply");
  }
  if (!find_field_end(parse, start, end, &stop)) return false;
  uint32_t first = start;
  while (first < stop && is_space(text[first])) first++;
  if (first == stop) {
    if (text[stop] != '}') {
      return field_error(parse, brace, stop + 1,
                         arena_printf(parse->arena, "expression required before '%c'", text[stop]));
    }
    return field_error(parse, brace, stop + 1, "empty expression not allowed");
  }
  Expr *value = parse_fragment(parse, start, stop);
  if (!value) return false;

  *at = stop;
  bool shows_text = false;
  uint32_t text_end = stop;
  if (text[*at] == '=') {
    shows_text = true;
    (*at)++;
    while (*at < end && is_space(text[*at])) (*at)++;
    text_end = *at;
  }
  int conversion = -1;
  if (*at < end && text[*at] == '!') {
    (*at)++;
    if (*at >= end) return field_error(parse, brace, *at, "expecting '}'");
    conversion = (unsigned char)text[(*at)++];
    if (conversion != 's' && conversion != 'r' && conversion != 'a') {
      return field_error(parse, *at - 1, *at,
                         "invalid conversion character: expected 's', 'r', or 'a'");
    }
  }
  Expr *spec = NULL;
  if (*at < end && text[*at] == ':') {
    (*at)++;
    spec = build_spec(joiner, literal, at, end, nesting);
    if (!spec) return false;
  }
  if (*at >= end || text[*at] != '}') {
    return field_error(parse, brace, *at, "expecting '}'");
  }
  (*at)++;

  if (shows_text) {
    Literal plain = {.start = start, .end = text_end, .raw = true};
    if (!put_text(joiner, &plain, start, text_end)) return false;
    if (!spec && conversion == -1) conversion = 'r';
  }
  flush_text(joiner);
  Expr *field =
      ast_expr(parse->arena, EXPR_FORMATTED_VALUE, source_span(parse->source, brace, *at));
  field->as.formatted_value.value = value;
  field->as.formatted_value.conversion = conversion;
  field->as.formatted_value.format_spec = spec;
  LIST_PUSH(parse, &joiner->values, field);
  return build_done(parse, field) != NULL;
}

// Literal text and fields in turn. Inside a spec (nesting > 0), a `}` ends it and no brace is
// doubled.
static bool put_format(Joiner *joiner, const Literal *literal, uint32_t *at, uint32_t end,
                       int nesting) {
  const char *text = joiner->parse->source->text;
  uint32_t start = *at;  // of the literal text that is not yet taken
  while (*at < end) {
    char c = text[(*at)++];
    if (c == '\\' && !literal->raw && *at < end) {
      c = text[*at];
      // A backslash does not protect a brace.
      if (c != '{' && c != '}') (*at)++;
      continue;
    }
    if (c != '{' && c != '}') continue;
    if (nesting == 0 && *at < end && text[*at] == c) {
      if (!put_text(joiner, literal, start, *at)) return false;
      start = ++*at;
      continue;
    }
    if (!put_text(joiner, literal, start, *at - 1)) return false;
    if (c == '}') {
      if (nesting == 0) {
        return field_error(joiner->parse, *at - 1, *at, "single '}' is not allowed");
      }
      (*at)--;
      return true;
    }
    if (!put_field(joiner, literal, at, end, nesting)) return false;
    start = *at;
  }
  return put_text(joiner, literal, start, *at);
}

// --- Whole literals ----------------------------------------------------------------------------

static Literal read_literal(const Parse *parse, const Token *token) {
  const char *text = parse->source->text;
  Literal literal = {.start = token->start, .end = token->end};
  for (; text[literal.start] != '\'' && text[literal.start] != '"'; literal.start++) {
    switch (text[literal.start] | 0x20) {
      case 'r': literal.raw = true; break;
      case 'b': literal.bytes = true; break;
      case 'f': literal.format = true; break;
      default: break;
    }
  }
  char quote = text[literal.start];
  uint32_t width = literal.end - literal.start >= 6 && text[literal.start + 1] == quote &&
                           text[literal.start + 2] == quote
                       ? 3
                       : 1;
  literal.start += width;
  literal.end -= width;
  return literal;
}

Expr *build_strings(Parse *parse, Span span, int first) {
  Joiner joiner = {.parse = parse, .span = span};
  const Token *tokens = parse->lexed.tokens.items;
  int kind = tokens[first].kind;
  bool bytes = false, format = false;
  for (int i = first; tokens[i].kind == kind; i++) {
    Literal literal = read_literal(parse, &tokens[i]);
    if (i > first && literal.bytes != bytes) {
      return build_error(parse, span, "cannot mix bytes and nonbytes literals");
    }
    bytes = literal.bytes;
    if (literal.format) {
      format = true;
      uint32_t at = literal.start;
      if (!put_format(&joiner, &literal, &at, literal.end, 0)) return NULL;
    } else if (!put_text(&joiner, &literal, literal.start, literal.end)) {
      return NULL;
    }
  }
  if (format) {
    flush_text(&joiner);
    Expr *joined = ast_expr(parse->arena, EXPR_JOINED_STR, span);
    joined->as.joined_str.values = expr_seq(&joiner.values);
    return build_done(parse, joined);
  }
  Expr *constant = build_constant(parse, span, bytes ? CONSTANT_BYTES : CONSTANT_STR);
  constant->as.constant.text = arena_copy(parse->arena, joiner.text.data, joiner.text.length);
  return constant;
}
