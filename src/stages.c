// stages.c: reads a text, takes it through the stages up to the one that is asked for, and has that
// printed (tokendump.c, astdump.c, astjson.c, dis.c). See stages.h.
#include "stages.h"

#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "dis.h"
#include "lexer.h"
#include "lint.h"
#include "parse.h"
#include "readtext.h"
#include "syntaxhelp.h"
#include "tokendump.h"

// ---- tokens and trees

bool stages_tokens(FILE *file, const Source *source, bool json, DiagList *diags) {
  Arena *scratch = arena_new();
  LexResult lexed = lex_source(scratch, diags->arena, source);
  if (lexed.error != NULL) {
    *diag_error(diags, lexed.error->span, "%s", lexed.error->message) = *lexed.error;
  } else {
    (json ? token_json : token_dump)(file, source, &lexed.tokens);
  }
  arena_free(scratch);
  return lexed.error == NULL;
}

bool stages_tree(FILE *file, const Source *source, bool json, bool spans, DiagList *diags) {
  ParseResult parsed = parse_module(diags->arena, source, PARSE_FILE, diags);
  if (parsed.status != PARSE_OK) {
    syntaxhelp_find_more(diags->arena, source, diags);
    return false;
  }
  if (json) {
    ast_json(file, source, parsed.module);
  } else {
    ast_dump(file, parsed.module, spans);
  }
  return true;
}

static int show(const StageOptions *options, const ReporterOptions *reporting,
                const Source *source) {
  Arena *arena = arena_new();
  DiagList diags;
  diag_list_init(&diags, arena);
  bool shown = options->stage == STAGE_TOKENS
                   ? stages_tokens(stdout, source, options->json, &diags)
                   : stages_tree(stdout, source, options->json, options->spans, &diags);
  if (!shown) {
    diag_sort(&diags);
    syntaxhelp_explain(arena, source, &diags);
    lint_print(source, &diags, reporting);
  }
  arena_free(arena);
  return shown ? 0 : 1;
}

// ---- code

// The functions and classes among the code's constants, after what has been printed.
static void list_names(const Code *code, const char **between) {
  for (uint32_t i = 0; i < code->const_count; i++) {
    if (!is_kind(code->consts[i], KIND_CODE)) continue;
    const Code *inner = (const Code *)as_object(code->consts[i]);
    if (inner->qualname->data[inner->qualname->length - 1] != '>') {  // <lambda>, <listcomp>
      fprintf(stderr, "%s%s", *between, inner->qualname->data);
      *between = ", ";
    }
    list_names(inner, between);
  }
}

static int no_function(const Code *code, const char *name) {
  const char *between = "; there are ";
  fprintf(stderr, "coro: there is no function '%s' in '%s'", name, code->filename->data);
  list_names(code, &between);
  fputc('\n', stderr);
  return 2;
}

static int show_code(VM *vm, const StageOptions *options, const Code *code) {
  enum { MOST = 16 };
  const Code *found[MOST] = {code};
  int count = 1;
  if (options->function != NULL) count = dis_find(code, options->function, found, MOST);
  if (count == 0) return no_function(code, options->function);
  if (count > MOST) count = MOST;
  if (options->json) {
    dis_json(vm, found, count, stdout);
    return 0;
  }
  for (int i = 0; i < count; i++) {
    if (i > 0) putchar('\n');
    dis_code(vm, found[i], stdout);
  }
  return 0;
}

static int compile_and_show(const StageOptions *options, const ReporterOptions *reporting,
                            const Source *source) {
  VM *vm = vm_new();
  Reporter *reporter = reporter_new(vm);
  reporter_set_options(reporter, *reporting);
  Module *module = module_new(vm, str_intern_c(vm, "__main__"));
  Code *code;
  int status = 1;
  if (compile_source(vm, source->text, source->length, str_from_c(vm, source->name), module,
                     COMPILE_MODULE, &code)) {
    module->source = str_new(vm, source->text, source->length);
    status = show_code(vm, options, code);
  } else {
    Value exception = vm->exception;
    vm_clear_exception(vm);
    reporter_print_exception(reporter, exception);
  }
  vm_free(vm);
  reporter_free(reporter);
  return status;
}

int stages_run(const StageOptions *options, const ReporterOptions *reporting) {
  if (options->stage == STAGE_OPCODES) {
    dis_opcodes(options->json, stdout);
    return 0;
  }
  const char *name = options->text != NULL ? "<string>" : options->path;
  char *text = NULL;
  size_t length = options->text != NULL ? strlen(options->text) : 0;
  if (options->text == NULL) {
    text = readtext_path(options->path, &length);
    if (text == NULL) return readtext_failed(options->path);
    if (strcmp(options->path, "-") == 0) name = "<stdin>";
  }
  Source *source = source_new(name, text != NULL ? text : options->text, length);
  int status = 1;
  if (source == NULL) {
    fprintf(stderr, "coro: '%s' is too long\n", name);
  } else if (options->stage == STAGE_CODE && utf8_valid(source->text, source->length, NULL)) {
    status = compile_and_show(options, reporting, source);
  } else {
    status = show(options, reporting, source);  // of what is no UTF-8: the lexer's error
  }
  source_free(source);
  free(text);
  return status;
}
