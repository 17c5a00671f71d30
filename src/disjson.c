// disjson.c: code objects as one JSON value. See dis.h.
//
// {"version": 1, "stage": "dis", "file": …, "codes": [{"name", "qualname", "kind", "line",
// "registers", "parameters", "locals", "free", "constants", "instructions": [{"at", "op", "k",
// "operands": [{"role", "value", "text"}], "text", "line", "column", "end_line", "end_column",
// "suspends", "arrives", "target"}], "exceptions": [{"start", "end", "target", "register"}],
// "handling": [{"start", "end", "register"}]}]}
//
// A code object is followed by those among its constants. Lines and columns count from 1, columns
// in characters; ranges are start <= at < end.
#include <stdlib.h>

#include "dis.h"
#include "import.h"
#include "jsontext.h"
#include "source.h"

#define VERSION 1  // it changes when a reader would have to

typedef struct Dis {
  VM *vm;
  const Source *source;  // or NULL
  FILE *file;
  bool first;  // no code has been written yet
} Dis;

static void write_str(FILE *file, const Str *str) {
  json_write_string(file, str->data, str->length);
}

// What `write` writes, as a JSON string.
typedef struct Captured {
  FILE *memory;
  char *text;
  size_t length;
} Captured;

static bool capture(Captured *captured) {
  captured->text = NULL;
  captured->memory = open_memstream(&captured->text, &captured->length);
  return captured->memory != NULL;
}

static void write_captured(const Dis *dis, Captured *captured) {
  if (fclose(captured->memory) == 0) {
    json_write_string(dis->file, captured->text, captured->length);
  }
  free(captured->text);
}

static uint32_t column_of(const Dis *dis, uint32_t line, uint32_t column) {
  if (dis->source == NULL || line == 0) return column + 1;
  return source_column_chars(dis->source, line, column) + 1;
}

static void write_operands(const Dis *dis, const Code *code, uint32_t at) {
  DisOperand operands[DIS_OPERANDS];
  int count = dis_operands(code, at, operands);
  fputs(", \"operands\": [", dis->file);
  for (int i = 0; i < count; i++) {
    Captured captured;
    fprintf(dis->file, "%s{\"role\": \"%s\", \"value\": %lld, \"text\": ", i == 0 ? "" : ", ",
            dis_role(operands[i].role), (long long)operands[i].value);
    if (capture(&captured)) {
      dis_write_operand(dis->vm, code, operands[i], captured.memory);
      write_captured(dis, &captured);
    }
    fputc('}', dis->file);
  }
  fputs("], \"text\": ", dis->file);
  Captured captured;
  if (capture(&captured)) {
    dis_write_operands(dis->vm, code, at, captured.memory);
    write_captured(dis, &captured);
  }
}

static void write_instr(const Dis *dis, const Code *code, uint32_t at, bool arrives) {
  const OpcodeInfo *info = &opcode_table[code->instrs[at].op];
  Position position = code->positions[at];
  fprintf(dis->file, "%s\n    {\"at\": %u, \"op\": \"%s\", \"k\": %u", at == 0 ? "" : ",", at,
          info->name, code->instrs[at].k);
  write_operands(dis, code, at);
  fprintf(dis->file, ", \"line\": %u, \"column\": %u, \"end_line\": %u, \"end_column\": %u",
          position.line, column_of(dis, position.line, position.column), position.end_line,
          column_of(dis, position.end_line, position.end_column));
  fprintf(dis->file, ", \"suspends\": %s, \"arrives\": %s, \"target\": ",
          info->flags & OPF_SUSPENDS ? "true" : "false", arrives ? "true" : "false");
  int64_t target = dis_target(code, at);
  if (target < 0) {
    fputs("null}", dis->file);
  } else {
    fprintf(dis->file, "%lld}", (long long)target);
  }
}

static void write_names(const Dis *dis, const char *name, Str *const *names, uint32_t count) {
  fprintf(dis->file, ",\n  \"%s\": [", name);
  for (uint32_t i = 0; i < count; i++) {
    if (i > 0) fputs(", ", dis->file);
    write_str(dis->file, names[i]);
  }
  fputc(']', dis->file);
}

static void write_constants(const Dis *dis, const Code *code) {
  fputs(",\n  \"constants\": [", dis->file);
  for (uint32_t i = 0; i < code->const_count; i++) {
    Captured captured;
    if (!capture(&captured)) continue;
    dis_write_const(dis->vm, code, i, captured.memory);
    if (i > 0) fputs(", ", dis->file);
    write_captured(dis, &captured);
  }
  fputc(']', dis->file);
}

static void write_ranges(const Dis *dis, const Code *code) {
  fputs(",\n  \"exceptions\": [", dis->file);
  for (uint32_t i = 0; i < code->handler_count; i++) {
    const Handler *handler = &code->handlers[i];
    fprintf(dis->file, "%s{\"start\": %u, \"end\": %u, \"target\": %u, \"register\": %u}",
            i == 0 ? "" : ", ", handler->start, handler->end, handler->target, handler->reg);
  }
  fputs("],\n  \"handling\": [", dis->file);
  for (uint32_t i = 0; i < code->handling_count; i++) {
    const Handling *handling = &code->handlings[i];
    fprintf(dis->file, "%s{\"start\": %u, \"end\": %u, \"register\": %u}", i == 0 ? "" : ", ",
            handling->start, handling->end, handling->reg);
  }
  fputc(']', dis->file);
}

static void write_code(Dis *dis, const Code *code) {
  uint32_t parameters = (uint32_t)code->param_count + code->keyword_only_count +
                        !!(code->flags & CODE_VARARGS) + !!(code->flags & CODE_VARKEYWORDS);
  bool *arrives = dis_targets(code);
  fputs(dis->first ? "\n {\"name\": " : ",\n {\"name\": ", dis->file);
  dis->first = false;
  write_str(dis->file, code->name);
  fputs(", \"qualname\": ", dis->file);
  write_str(dis->file, code->qualname);
  fprintf(dis->file, ", \"kind\": \"%s\", \"line\": %u, \"registers\": %u", dis_kind(code),
          code->first_line, code->register_count);
  write_names(dis, "parameters", code->local_names, parameters);
  write_names(dis, "locals", code->local_names, code->local_count);
  write_names(dis, "free", code->free_names, code->capture_count);
  write_constants(dis, code);
  fputs(",\n  \"instructions\": [", dis->file);
  for (uint32_t at = 0; arrives != NULL && at < code->instr_count; at++) {
    write_instr(dis, code, at, arrives[at]);
  }
  fputs("]", dis->file);
  write_ranges(dis, code);
  fputc('}', dis->file);
  free(arrives);
  for (uint32_t i = 0; i < code->const_count; i++) {
    if (is_kind(code->consts[i], KIND_CODE)) write_code(dis, (Code *)as_object(code->consts[i]));
  }
}

void dis_json(VM *vm, const Code *const *codes, int count, FILE *file) {
  const Str *text = import_source_of(vm, codes[0]);
  Source *source = text == NULL ? NULL : source_new("", text->data, text->length);
  Dis dis = {vm, source, file, true};
  fprintf(file, "{\"version\": %d, \"stage\": \"dis\", \"file\": ", VERSION);
  write_str(file, codes[0]->filename);
  fputs(", \"codes\": [", file);
  for (int i = 0; i < count; i++) write_code(&dis, codes[i]);
  fputs("\n]}\n", file);
  source_free(source);
}
