// strmethods.c: the class str: its table of methods, and those that are str's alone (encode,
// format, translate). The ones shared with bytes are in textsearch.c and textsplit.c, the ones
// about letters in strcase.c; what + and [] do is protocol.h's.
#include "strmethods.h"

#include "dunder.h"
#include "format.h"
#include "int.h"
#include "rows.h"
#include "textmethods.h"
#include "vm.h"

static bool encode(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  static const char *const names[] = {"encoding", "errors"};
  const char *given[] = {"utf-8", "strict"};
  for (int i = 0; i < 2; i++) {
    Value v = args[i + 1];
    if (is_empty(v)) continue;
    if (!is_str(v)) {
      return raise_type_error(vm, "encode() argument '%s' must be str, not %s", names[i],
                              is_none(v) ? "None" : value_class_name(vm, v));
    }
    if (memchr(as_str(v)->data, '\0', as_str(v)->length) != NULL) {
      return raise_value_error(vm, "embedded null character");
    }
    given[i] = str_c(vm, as_str(v));
  }
  return bytes_encode(vm, as_str(args[0]), given[0], given[1], out);
}

// ---- format

static bool format_with(VM *vm, Value format, Tuple *positions, Dict *names, Value *out) {
  Tri done = format_str(vm, as_str(format), positions, names, out);
  if (done != TRI_SCRIPT) return done == TRI_YES;
  Value call[] = {format, positions == NULL ? NONE : from_object(positions),
                  names == NULL ? NONE : from_object(names)};
  return native_prelude(vm, out, "format.format_slow", 3, call);
}

static bool format(VM *vm, Value *args, int nargs, Value *out) {
  Tuple *positions = tuple_from(vm, args + 1, (size_t)nargs - 1);
  return format_with(vm, args[0], positions, vm->keywords, out);
}

static bool format_map(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (is_dict(args[1]) && value_is_builtin(vm, args[1])) {
    return format_with(vm, args[0], NULL, as_dict(args[1]), out);
  }
  Value call[] = {args[0], NONE, args[1]};
  return native_prelude(vm, out, "format.format_slow", 3, call);
}

// ---- translate

// What the table says about a character: YES with *out, NO when it says nothing.
static Tri translation(VM *vm, Value table, uint32_t c, Value *out) {
  if (is_dict(table) && value_is_builtin(vm, table)) {
    return dict_get(vm, as_dict(table), small_int(c), out);
  }
  Tri found = value_get_item(vm, table, small_int(c), out);
  if (found != TRI_ERROR || !exception_is(vm->exception, vm->exceptions.LookupError)) return found;
  vm_clear_exception(vm);
  return TRI_NO;
}

static bool add_translation(VM *vm, Value v, Text *result) {
  int64_t c;
  if (is_none(v)) return true;
  if (is_str(v)) {
    text_add_str(result, as_str(v));
    return true;
  }
  if (!is_int(v)) return raise_type_error(vm, "character mapping must return integer, None or str");
  if (!int_to_i64(v, &c) || c < 0 || c > 0x10FFFF) {
    return raise_value_error(vm, "character mapping must be in range(0x110000)");
  }
  text_add_code_point(result, (uint32_t)c);
  return true;
}

// What a plain dict said about an ASCII character, kept for the next time it comes: the one ASCII
// character to write, or one of these.
enum { UNASKED = -1, NOT_KEPT = -2 };

static int16_t kept_answer(Tri found, uint32_t c, Value to) {
  if (found == TRI_NO) return (int16_t)c;
  if (is_str(to) && as_str(to)->length == 1) return as_str(to)->data[0];
  if (is_small_int(to) && as_small_int(to) >= 0 && as_small_int(to) < 128)
    return (int16_t)as_small_int(to);
  return NOT_KEPT;
}

static bool translate(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const Str *s = as_str(args[0]);
  int16_t kept[128];
  int16_t start = is_dict(args[1]) && value_is_builtin(vm, args[1]) ? UNASKED : NOT_KEPT;
  for (int c = 0; c < 128; c++) kept[c] = start;
  Text result = text_new(vm);
  for (const char *p = s->data, *end = p + s->length; p < end;) {
    const char *at = p;
    uint32_t c = utf8_next(&p);
    if (c < 128 && kept[c] >= 0) {
      text_add_char(&result, (char)kept[c]);
      continue;
    }
    Value to = NONE;
    Tri found = translation(vm, args[1], c, &to);
    if (c < 128 && kept[c] == UNASKED) kept[c] = kept_answer(found, c, to);
    if (found == TRI_NO) {
      text_add(&result, at, (size_t)(p - at));
    } else if (found != TRI_YES || !add_translation(vm, to, &result)) {
      text_free(&result);
      return found == TRI_SCRIPT && native_prelude(vm, out, "text.translate_slow", 2, args);
    }
  }
  *out = from_object(text_finish(&result));
  return true;
}

// maketrans(dict): keys of one character become numbers.
static bool table_from_dict(VM *vm, Value v, Dict *table) {
  if (!is_dict(v) || !value_is_builtin(vm, v)) {
    return raise_type_error(vm, "if you give only one argument to maketrans it must be a dict");
  }
  Value key, value;
  for (size_t i = 0; dict_next(as_dict(v), &i, &key, &value);) {
    if (is_str(key)) {
      if (as_str(key)->count != 1) {
        return raise_value_error(vm, "string keys in translate table must be of length 1");
      }
      const char *p = as_str(key)->data;
      key = small_int(utf8_next(&p));
    } else if (!is_int(key)) {
      return raise_type_error(vm, "keys in translate table must be strings or integers");
    }
    if (dict_set(vm, table, key, value) != TRI_YES) return false;
  }
  return true;
}

static bool table_from_strs(VM *vm, Value *args, Dict *table) {
  for (int i = 1; i < 3; i++) {
    Value v = args[i];
    if (is_empty(v) || is_str(v)) continue;
    return raise_type_error(vm, "maketrans() argument %d must be str, not %s", i + 1,
                            is_none(v) ? "None" : value_class_name(vm, v));
  }
  if (!is_str(args[0])) {
    return raise_type_error(
        vm, "first maketrans argument must be a string if there is a second argument");
  }
  if (as_str(args[0])->count != as_str(args[1])->count) {
    return raise_value_error(vm, "the first two maketrans arguments must have equal length");
  }
  const char *from = as_str(args[0])->data, *to = as_str(args[1])->data;
  for (const char *end = from + as_str(args[0])->length; from < end;) {
    Value key = small_int(utf8_next(&from)), value = small_int(utf8_next(&to));
    if (dict_set(vm, table, key, value) != TRI_YES) return false;
  }
  if (is_empty(args[2])) return true;
  const char *gone = as_str(args[2])->data;
  for (const char *end = gone + as_str(args[2])->length; gone < end;) {
    if (dict_set(vm, table, small_int(utf8_next(&gone)), NONE) != TRI_YES) return false;
  }
  return true;
}

static bool maketrans(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  Dict *table = dict_new(vm);
  *out = from_object(table);
  return is_empty(args[1]) ? table_from_dict(vm, args[0], table) : table_from_strs(vm, args, table);
}

// ---- the class

static const NativeDef methods[] = {
    TEXT_METHOD_ROWS,
    LEAF_ROW("encode", encode, 1, 3, NATIVE_METHOD, "self / encoding errors"),
    LEAF_ROW("format", format, 1, -1, NATIVE_METHOD | NATIVE_KEYWORDS, NULL),
    METHOD_ROW("format_map", format_map, 2, 2),
    METHOD_ROW("translate", translate, 2, 2),
    LEAF_ROW("maketrans", maketrans, 1, 3, NATIVE_STATIC, NULL),
    END_ROW};

void str_install(VM *vm) {
  native_add_methods(vm, vm->str_class, methods);
  native_add_methods(vm, vm->str_class, str_case_methods);
  dunder_install(vm, vm->str_class,
                 DUNDER_BINARY(BIN_ADD) | DUNDER_BINARY(BIN_MUL) | DUNDER_BINARY(BIN_MOD) |
                     DUNDER_REFLECTED(BIN_MUL) | DUNDER_REFLECTED(BIN_MOD) | DUNDER_EQUAL |
                     DUNDER_ORDER | DUNDER_HASH | DUNDER_REPR | DUNDER_STR | DUNDER_FORMAT |
                     DUNDER_LEN | DUNDER_CONTAINS | DUNDER_GETITEM | DUNDER_ITER);
}
