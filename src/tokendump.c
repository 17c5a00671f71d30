// tokendump.c: prints what the lexer makes of a text.
//
//   1:1-1:6      NAME         print
//   1:6-1:7      (            (
//   1:12-2:1     NEWLINE      \n
//
// are the place, lines and columns counted from 1 and in characters, as diagnostics count; the name
// that the grammar has for the token; its text, between quotes where it is an INDENT. END and
// DEDENT have none.
#include "tokendump.h"

#include "jsontext.h"
#include "parse.h"
#include "parser.h"

#define VERSION 1  // of the JSON form; it changes when a reader would have to

typedef struct Place {
  uint32_t line, column, end_line, end_column;
} Place;

static Place place_of(const Source *source, const Token *token) {
  uint32_t from = token->start - source->lines[token->line - 1];
  uint32_t to = token->end - source->lines[token->end_line - 1];
  return (Place){token->line, source_column_chars(source, token->line, from) + 1, token->end_line,
                 source_column_chars(source, token->end_line, to) + 1};
}

// The grammar's name; a token of one character is called by it.
static const char *name_of(const Token *token, char *room) {
  if (token->kind <= ' ' || token->kind >= 0x7F) return parse_token_name(token->kind);
  room[0] = (char)token->kind;
  room[1] = '\0';
  return room;
}

// On one line, and without what would move the cursor.
static void print_text(FILE *file, const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c == '\n') {
      fputs("\\n", file);
    } else if (c == '\t') {
      fputs("\\t", file);
    } else if (c == '\r') {
      fputs("\\r", file);
    } else if (c < 0x20 || c == 0x7F) {
      fprintf(file, "\\x%02x", c);
    } else {
      fputc(c, file);
    }
  }
}

void token_dump(FILE *file, const Source *source, const TokenList *tokens) {
  for (int i = 0; i < tokens->count; i++) {
    const Token *token = &tokens->items[i];
    Place place = place_of(source, token);
    char where[48], room[2];
    snprintf(where, sizeof where, "%u:%u-%u:%u", place.line, place.column, place.end_line,
             place.end_column);
    size_t length = token->end - token->start;
    fprintf(file, length == 0 ? "%-12s %s" : "%-12s %-12s ", where, name_of(token, room));
    if (token->kind == TOKEN_INDENT) {
      json_write_string(file, source->text + token->start, length);
    } else {
      print_text(file, source->text + token->start, length);
    }
    fputc('\n', file);
  }
}

void token_json(FILE *file, const Source *source, const TokenList *tokens) {
  fprintf(file, "{\"version\": %d, \"stage\": \"tokens\", \"file\": ", VERSION);
  json_write_c(file, source->name);
  fputs(", \"tokens\": [", file);
  for (int i = 0; i < tokens->count; i++) {
    const Token *token = &tokens->items[i];
    Place place = place_of(source, token);
    char room[2];
    fputs(i == 0 ? "\n{\"name\": " : ",\n{\"name\": ", file);
    json_write_c(file, name_of(token, room));
    fputs(", \"text\": ", file);
    json_write_string(file, source->text + token->start, token->end - token->start);
    fprintf(file, ", \"line\": %u, \"column\": %u, \"end_line\": %u, \"end_column\": %u}",
            place.line, place.column, place.end_line, place.end_column);
  }
  fputs("\n]}\n", file);
}
