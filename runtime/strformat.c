// strformat.c: str.format and format_map.
//
// A format is literal text and fields "{name.attribute[index]!conversion:spec}"; the spec may hold
// fields itself, one level deep. Attributes, and whatever else needs a script, are left to
// lib/prelude/format.coro, which asks for the pieces through the natives at the end.
#include "format.h"
#include "int.h"
#include "vm.h"

// A piece of source text.
typedef struct {
  const char *start, *end;
} Span;

// A field, or literal text alone.
typedef struct {
  Span literal, name, spec;
  bool has_field, nested;  // nested: the spec holds fields
  uint32_t conversion;     // 0: none
} Piece;

typedef enum { NUMBERING_UNKNOWN, NUMBERING_AUTOMATIC, NUMBERING_MANUAL } Numbering;

typedef struct {
  VM *vm;
  Tuple *args;   // NULL: format_map
  Dict *kwargs;  // or NULL
  Numbering numbering;
  int64_t next_index;
} Formatter;

static bool parse_field(VM *vm, Span *rest, Piece *piece) {
  const char *p = rest->start, *end = rest->end;
  char c = 0;
  piece->name.start = p;
  for (; p < end; p++) {
    c = *p;
    if (c == '{') return raise_value_error(vm, "unexpected '{' in field name");
    if (c == '[') {
      while (p < end && *p != ']') p++;
      if (p == end) break;
    }
    if (c == '}' || c == ':' || c == '!') break;
  }
  piece->name.end = p;
  if (p == end) {
    return raise_value_error(vm, "expected '}' before end of string");
  }
  p++;
  piece->spec = (Span){p, p};
  if (c == '!') {
    if (p >= end) {
      return raise_value_error(vm, "end of string while looking for conversion specifier");
    }
    piece->conversion = utf8_next(&p);
    if (p < end) {
      c = *p++;
      if (c != '}' && c != ':') {
        return raise_value_error(vm, "expected ':' after conversion specifier");
      }
    } else {
      return raise_value_error(vm, "unmatched '{' in format spec");
    }
  }
  if (c == ':') {
    piece->spec.start = p;
    int depth = 1;
    for (; p < end; p++) {
      if (*p == '{') {
        piece->nested = true;
        depth++;
      } else if (*p == '}' && --depth == 0) {
        break;
      }
    }
    if (p >= end) return raise_value_error(vm, "unmatched '{' in format spec");
    piece->spec.end = p++;
  }
  rest->start = p;
  return true;
}

// Takes the next piece off *rest, which must not be empty.
static bool next_piece(VM *vm, Span *rest, Piece *piece) {
  *piece = (Piece){.literal = {rest->start, rest->start}};
  const char *p = rest->start, *end = rest->end;
  while (p < end && *p != '{' && *p != '}') p++;
  piece->literal.end = p;
  if (p == end) {
    rest->start = p;
    return true;
  }
  if (p + 1 < end && p[1] == *p) {  // a doubled brace stands for itself
    piece->literal.end = p + 1;
    rest->start = p + 2;
    return true;
  }
  if (*p == '}') return raise_value_error(vm, "Single '}' encountered in format string");
  if (p + 1 == end) return raise_value_error(vm, "Single '{' encountered in format string");
  piece->has_field = true;
  rest->start = p + 1;
  return parse_field(vm, rest, piece);
}

// A decimal number as a whole, -1 for anything else.
static bool parse_index(VM *vm, Span text, int64_t *out) {
  *out = -1;
  int64_t value = 0;
  if (text.start == text.end) return true;
  for (const char *p = text.start; p < text.end; p++) {
    if (*p < '0' || *p > '9') return true;
    if (value > (INT64_MAX - 9) / 10) {
      return raise_value_error(vm, "Too many decimal digits in format string");
    }
    value = value * 10 + (*p - '0');
  }
  *out = value;
  return true;
}

static Span take_name(const char **p, const char *end) {
  Span name = {*p, *p};
  while (*p < end && **p != '.' && **p != '[') (*p)++;
  name.end = *p;
  return name;
}

// Takes ".name" or "[index]" off *p.
static bool next_access(VM *vm, const char **p, const char *end, bool *is_attribute, Span *name) {
  char c = *(*p)++;
  *is_attribute = c == '.';
  if (c == '.') {
    *name = take_name(p, end);
  } else if (c == '[') {
    name->start = *p;
    while (*p < end && **p != ']') (*p)++;
    if (*p == end) return raise_value_error(vm, "Missing ']' in format string");
    name->end = (*p)++;
  } else {
    return raise_value_error(vm, "Only '.' or '[' may follow ']' in format field specifier");
  }
  if (name->start == name->end) {
    return raise_value_error(vm, "Empty attribute in format string");
  }
  return true;
}

static Value span_str(VM *vm, Span s) {
  return from_object(str_new(vm, s.start, (size_t)(s.end - s.start)));
}

// Decides the index of a field whose name begins with `first`: its own, the next one, or -1.
static bool number_field(Formatter *f, Span first, int64_t *index) {
  if (!parse_index(f->vm, first, index)) return false;
  bool empty = first.start == first.end;
  if (!empty && *index < 0) return true;
  Numbering wanted = empty ? NUMBERING_AUTOMATIC : NUMBERING_MANUAL;
  if (f->numbering == NUMBERING_UNKNOWN) f->numbering = wanted;
  if (f->numbering != wanted) {
    return raise_value_error(f->vm,
                             wanted == NUMBERING_MANUAL
                                 ? "cannot switch from automatic field numbering to manual field "
                                   "specification"
                                 : "cannot switch from manual field specification to automatic "
                                   "field numbering");
  }
  if (empty) *index = f->next_index++;
  return true;
}

static Tri field_value(Formatter *f, Span name, Value *out) {
  VM *vm = f->vm;
  const char *p = name.start;
  Span first = take_name(&p, name.end);
  int64_t index;
  if (!number_field(f, first, &index)) return TRI_ERROR;
  if (index >= 0) {
    if (f->args == NULL) {
      raise_value_error(vm, "Format string contains positional fields");
      return TRI_ERROR;
    }
    if ((uint64_t)index >= f->args->count) {
      raise_index_error(vm, "Replacement index %lld out of range for positional args tuple",
                        (long long)index);
      return TRI_ERROR;
    }
    *out = f->args->items[index];
  } else {
    Value key = span_str(vm, first);
    Tri found = TRI_NO;
    if (f->kwargs) found = dict_get(vm, f->kwargs, key, out);
    if (found == TRI_NO && f->kwargs && !value_is_builtin(vm, from_object(f->kwargs))) {
      return TRI_SCRIPT;  // maybe it has __missing__
    }
    if (found == TRI_NO) {
      vm_raise_value(vm, vm->exceptions.KeyError, key);
      return TRI_ERROR;
    }
    if (found != TRI_YES) return found;
  }
  while (p < name.end) {
    bool is_attribute;
    Span key;
    if (!next_access(vm, &p, name.end, &is_attribute, &key)) return TRI_ERROR;
    if (is_attribute) return TRI_SCRIPT;
    if (!parse_index(vm, key, &index)) return TRI_ERROR;
    Value item = index >= 0 ? int_from_i64(vm, index) : span_str(vm, key);
    Tri tri = value_get_item(vm, *out, item, out);
    if (tri != TRI_YES) return tri;
  }
  return TRI_YES;
}

static Tri convert(VM *vm, uint32_t conversion, Value *v) {
  if (conversion == 0) return TRI_YES;
  if (conversion != 's' && conversion != 'r' && conversion != 'a') {
    if (conversion > 32 && conversion < 127) {
      raise_value_error(vm, "Unknown conversion specifier %c", (char)conversion);
    } else {
      raise_value_error(vm, "Unknown conversion specifier \\x%x", conversion);
    }
    return TRI_ERROR;
  }
  Text text = text_new(vm);
  Tri tri = conversion == 's' ? value_str(vm, *v, &text) : value_repr(vm, *v, &text);
  if (tri != TRI_YES) {
    text_free(&text);
    return tri;
  }
  if (conversion == 'a') {
    Text escaped = text_new(vm);
    format_escape(&escaped, text.data, text.length);
    text_free(&text);
    text = escaped;
  }
  *v = from_object(text_finish(&text));
  return TRI_YES;
}

// Adds the format `source`, expanded. depth: how many levels of fields may still come.
static Tri expand(Formatter *f, Span source, int depth, Text *out) {
  VM *vm = f->vm;
  if (depth == 0) {
    raise_value_error(vm, "Max string recursion exceeded");
    return TRI_ERROR;
  }
  while (source.start < source.end) {
    Piece piece;
    if (!next_piece(vm, &source, &piece)) return TRI_ERROR;
    text_add(out, piece.literal.start, (size_t)(piece.literal.end - piece.literal.start));
    if (!piece.has_field) continue;
    Value v;
    Tri tri = field_value(f, piece.name, &v);
    if (tri == TRI_YES) tri = convert(vm, piece.conversion, &v);
    if (tri != TRI_YES) return tri;
    Str *spec;
    if (piece.nested) {
      Text expanded = text_new(vm);
      tri = expand(f, piece.spec, depth - 1, &expanded);
      if (tri != TRI_YES) {
        text_free(&expanded);
        return tri;
      }
      spec = text_finish(&expanded);
    } else {
      spec = piece.spec.start == piece.spec.end ? vm->empty_str : as_str(span_str(vm, piece.spec));
    }
    tri = format_value(vm, v, spec, out);
    if (tri != TRI_YES) return tri;
  }
  return TRI_YES;
}

Tri format_str(VM *vm, Str *format, Tuple *args, Dict *kwargs, Value *out) {
  Formatter f = {.vm = vm, .args = args, .kwargs = kwargs};
  Text text = text_new(vm);
  Tri tri = expand(&f, (Span){format->data, format->data + format->length}, 2, &text);
  if (tri == TRI_YES) {
    *out = from_object(text_finish(&text));
  } else {
    text_free(&text);
  }
  return tri;
}

bool format_parse(VM *vm, Str *format, Value *out) {
  List *pieces = list_new(vm, 4);
  Span rest = {format->data, format->data + format->length};
  while (rest.start < rest.end) {
    Piece piece;
    Span from = rest;
    if (!next_piece(vm, &rest, &piece)) {
      if (pieces->count == 0) return false;
      vm_clear_exception(vm);
      list_append(vm, pieces, from_object(tuple_of(vm, 4, NONE, span_str(vm, from), NONE, NONE)));
      break;
    }
    Value name = NONE, spec = NONE, conversion = NONE;
    if (piece.has_field) {
      name = span_str(vm, piece.name);
      spec = span_str(vm, piece.spec);
      if (piece.conversion) conversion = from_object(str_from_code_point(vm, piece.conversion));
    }
    list_append(vm, pieces,
                from_object(tuple_of(vm, 4, span_str(vm, piece.literal), name, spec, conversion)));
  }
  *out = from_object(pieces);
  return true;
}

// ---- the natives of format.coro

// _format_parse(format): the pieces.
static bool native_parse(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return format_parse(vm, as_str(args[0]), out);
}

// Takes ".name" or "[index]" off *rest: (is_attribute, name or index).
static bool next_value(VM *vm, Span *rest, Value *out) {
  bool is_attribute;
  Span key;
  int64_t index = -1;
  if (!next_access(vm, &rest->start, rest->end, &is_attribute, &key)) return false;
  if (!is_attribute && !parse_index(vm, key, &index)) return false;
  Value access = index >= 0 ? int_from_i64(vm, index) : span_str(vm, key);
  *out = from_object(tuple_of(vm, 2, from_bool(is_attribute), access));
  return true;
}

static bool native_rest(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Str *text = as_str(args[0]);
  Span rest = {text->data, text->data + text->length};
  return next_value(vm, &rest, out);
}

// _format_field(name): (first, [(is_attribute, name or index), …]); first is a str or an int. As in
// format_parse, (None, the rest) is last where the rest is wrong, for _format_rest to raise it.
static bool native_field(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Str *name = as_str(args[0]);
  const char *p = name->data, *end = p + name->length;
  Span first = take_name(&p, end);
  int64_t index;
  if (!parse_index(vm, first, &index)) return false;
  Value start = index >= 0 ? int_from_i64(vm, index) : span_str(vm, first);
  List *accesses = list_new(vm, 2);
  Span rest = {p, end};
  while (rest.start < rest.end) {
    Value access;
    Span from = rest;
    if (!next_value(vm, &rest, &access)) {
      vm_clear_exception(vm);
      access = from_object(tuple_of(vm, 2, NONE, span_str(vm, from)));
      rest.start = rest.end;
    }
    list_append(vm, accesses, access);
  }
  *out = from_object(tuple_of(vm, 2, start, from_object(accesses)));
  return true;
}

// _percent_parse(format): the pieces of a % format, str or bytes.
static bool native_percent(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return format_percent_parse(vm, args[0], out);
}

static const NativeDef natives[] = {
    {.name = "_format_parse", .leaf = native_parse, .min = 1, .max = 1},
    {.name = "_format_rest", .leaf = native_rest, .min = 1, .max = 1},
    {.name = "_format_field", .leaf = native_field, .min = 1, .max = 1},
    {.name = "_percent_parse", .leaf = native_percent, .min = 1, .max = 1},
    {0},
};

void format_install_prelude(VM *vm, Module *module) { native_add_functions(vm, module, natives); }
