// jsonencode.c: writing JSON.
//
// encode(value, ensure_ascii, indent, item separator, key separator, sort_keys, skipkeys,
// allow_nan) answers the text, or None where the program takes part (an object that `default` must
// turn into something else, a key to be refused, a cycle): then json.encoder does it all, in Coro.
#include "float.h"
#include "int.h"
#include "jsonmodule.h"
#include "rows.h"
#include "signals.h"

typedef struct {
  VM *vm;
  Text text;
  bool ascii, sort, skip, allow_nan;
  const Str *indent;  // NULL: all on one line
  const Str *item_separator, *key_separator;
  Object **ancestors;  // the containers that are being written, outermost first
  size_t depth, capacity;
} Encoder;

static void add_escape(Text *text, uint32_t code) { text_printf(text, "\\u%04x", code); }

static void encode_string(Text *text, const Str *s, bool ascii) {
  text_add_char(text, '"');
  const char *p = s->data, *end = s->data + s->length;
  while (p < end) {
    const char *plain = p;
    while (p < end && (unsigned char)*p >= 0x20 && *p != '"' && *p != '\\' &&
           (!ascii || (unsigned char)*p < 0x7F)) {
      p++;
    }
    text_add(text, plain, (size_t)(p - plain));
    if (p >= end) break;
    const char *from = "\"\\\n\r\t\f\b", *to = "\"\\nrtfb";
    const char *found = *p == '\0' ? NULL : strchr(from, *p);
    if (found != NULL) {
      text_add_char(text, '\\');
      text_add_char(text, to[found - from]);
      p++;
      continue;
    }
    uint32_t code = utf8_next(&p);
    if (code >= 0x10000) {
      add_escape(text, 0xD800 + ((code - 0x10000) >> 10));
      code = 0xDC00 + ((code - 0x10000) & 0x3FF);
    }
    add_escape(text, code);
  }
  text_add_char(text, '"');
}

static Tri encode_float(Encoder *e, double d) {
  if (d != d || d - d != 0) {
    if (!e->allow_nan) return TRI_SCRIPT;  // ValueError, raised by json.encoder
    text_add_c(&e->text, d != d ? "NaN" : d > 0 ? "Infinity" : "-Infinity");
  } else {
    float_repr(&e->text, d);
  }
  return TRI_YES;
}

// What is no container. NO: something else.
static Tri encode_scalar(Encoder *e, Value v) {
  if (is_str(v)) {
    encode_string(&e->text, as_str(v), e->ascii);
  } else if (is_none(v)) {
    text_add_c(&e->text, "null");
  } else if (is_bool(v)) {
    text_add_c(&e->text, v == TRUE_VALUE ? "true" : "false");
  } else if (is_int(v)) {
    return int_to_text(e->vm, v, 10, &e->text) ? TRI_YES : TRI_ERROR;
  } else if (is_float(v)) {
    return encode_float(e, float_value(v));
  } else {
    return TRI_NO;
  }
  return TRI_YES;
}

static void new_line(Encoder *e) {
  if (e->indent == NULL) return;
  text_add_char(&e->text, '\n');
  for (size_t i = 0; i < e->depth; i++) text_add_str(&e->text, e->indent);
}

static Tri enter(Encoder *e, Value v) {
  for (size_t i = 0; i < e->depth; i++) {
    if (e->ancestors[i] == as_object(v)) return TRI_SCRIPT;  // a cycle
  }
  if (e->depth >= json_depth_limit(e->vm)) {
    vm_raise(e->vm, e->vm->exceptions.RecursionError,
             e->indent == NULL ? "maximum recursion depth exceeded while encoding a JSON object"
                               : "maximum recursion depth exceeded");
    return TRI_ERROR;
  }
  if (e->depth == e->capacity) {
    size_t capacity = e->capacity == 0 ? 16 : e->capacity * 2;
    e->ancestors = heap_buffer_resize(e->vm, e->ancestors, e->capacity * sizeof(Object *),
                                      capacity * sizeof(Object *));
    e->capacity = capacity;
  }
  e->ancestors[e->depth++] = as_object(v);
  return TRI_YES;
}

static Tri encode_value(Encoder *e, Value v);

static Tri encode_items(Encoder *e, const Value *items, size_t count) {
  text_add_char(&e->text, '[');
  for (size_t i = 0; i < count; i++) {
    if (i > 0) text_add_str(&e->text, e->item_separator);
    new_line(e);
    Tri tri = signals_let_go_on(e->vm) ? encode_value(e, items[i]) : TRI_ERROR;
    if (tri != TRI_YES) return tri;
  }
  e->depth--;
  new_line(e);
  text_add_char(&e->text, ']');
  return TRI_YES;
}

// A key that is no str is written as a string of its JSON text. NO: to be left out.
static Tri encode_key(Encoder *e, Value key) {
  if (is_str(key)) return encode_scalar(e, key);
  size_t start = e->text.length;
  text_add_char(&e->text, '"');
  Tri tri = encode_scalar(e, key);
  if (tri == TRI_NO) e->text.length = start;
  if (tri == TRI_NO && !e->skip) return TRI_SCRIPT;  // TypeError, raised by json.encoder
  if (tri == TRI_YES) text_add_char(&e->text, '"');
  return tri;
}

// The dict's keys and values, sorted if need be: count of each, one array behind the other.
static Tri dict_items(Encoder *e, const Dict *dict, Value **out) {
  Value *keys = heap_buffer_new(e->vm, (dict->count * 2 + 1) * sizeof(Value));
  Value *values = keys + dict->count, key, value;
  size_t n = 0;
  for (size_t i = 0; dict_next(dict, &i, &key, &value); n++) {
    keys[n] = key;
    values[n] = value;
  }
  *out = keys;
  Tri tri = e->sort ? list_sort_values(e->vm, keys, values, n, false) : TRI_YES;
  if (tri == TRI_YES) return tri;
  heap_buffer_free(e->vm, keys, (dict->count * 2 + 1) * sizeof(Value));
  return tri;
}

static Tri encode_dict(Encoder *e, const Dict *dict) {
  Value *keys;
  size_t count = dict->count;
  Tri tri = dict_items(e, dict, &keys);
  if (tri != TRI_YES) return tri;
  text_add_char(&e->text, '{');
  bool first = true;
  for (size_t i = 0; i < count && tri == TRI_YES; i++) {
    size_t start = e->text.length;
    if (!first) text_add_str(&e->text, e->item_separator);
    new_line(e);
    tri = encode_key(e, keys[i]);
    if (tri == TRI_NO) {
      e->text.length = start;
      tri = TRI_YES;
      continue;
    }
    if (tri != TRI_YES) break;
    first = false;
    text_add_str(&e->text, e->key_separator);
    tri = encode_value(e, keys[count + i]);
  }
  heap_buffer_free(e->vm, keys, (count * 2 + 1) * sizeof(Value));
  if (tri != TRI_YES) return tri;
  if (first) new_line(e);  // all keys were left out: CPython writes an empty line
  e->depth--;
  new_line(e);
  text_add_char(&e->text, '}');
  return TRI_YES;
}

static Tri encode_value(Encoder *e, Value v) {
  Tri tri = encode_scalar(e, v);
  if (tri != TRI_NO) return tri;
  if (!is_list(v) && !is_tuple(v) && !is_dict(v)) return TRI_SCRIPT;
  if (!value_is_builtin(e->vm, v) && !is_tuple(v)) return TRI_SCRIPT;
  if (is_dict(v) && as_dict(v)->count == 0) {
    text_add_c(&e->text, "{}");
    return TRI_YES;
  }
  size_t count = is_list(v) ? as_list(v)->count : is_tuple(v) ? as_tuple(v)->count : 1;
  if (count == 0) {
    text_add_c(&e->text, "[]");
    return TRI_YES;
  }
  tri = enter(e, v);
  if (tri != TRI_YES) return tri;
  if (is_dict(v)) return encode_dict(e, as_dict(v));
  return encode_items(e, is_list(v) ? as_list(v)->items : as_tuple(v)->items, count);
}

static bool json_encode(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Encoder e = {.vm = vm,
               .text = text_new(vm),
               .ascii = args[1] == TRUE_VALUE,
               .indent = is_str(args[2]) ? as_str(args[2]) : NULL,
               .item_separator = as_str(args[3]),
               .key_separator = as_str(args[4]),
               .sort = args[5] == TRUE_VALUE,
               .skip = args[6] == TRUE_VALUE,
               .allow_nan = args[7] == TRUE_VALUE};
  Tri tri = encode_value(&e, args[0]);
  heap_buffer_free(vm, e.ancestors, e.capacity * sizeof(Object *));
  *out = NONE;
  if (tri == TRI_YES) {
    *out = from_object(text_finish(&e.text));
  } else {
    text_free(&e.text);
  }
  return tri != TRI_ERROR;
}

static bool json_encode_string(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (!is_str(args[0])) {
    return raise_type_error(vm, "first argument must be a string, not %s",
                            value_class_name(vm, args[0]));
  }
  Text text = text_new(vm);
  encode_string(&text, as_str(args[0]), args[1] != FALSE_VALUE);
  *out = from_object(text_finish(&text));
  return true;
}

const NativeDef json_encode_functions[] = {
    FUNCTION_ROW("encode", json_encode, 8, 8, NULL),
    FUNCTION_ROW("encode_string", json_encode_string, 2, 2, NULL),
    END_ROW,
};

bool json_install(VM *vm, Module *module) {
  native_add_functions(vm, module, json_scan_functions);
  native_add_functions(vm, module, json_encode_functions);
  return true;
}
