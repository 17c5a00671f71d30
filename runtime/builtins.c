// builtins.c: the builtin functions. Each is a leaf for values of the builtin classes, and hands
// over to a step function or the prelude where a script is needed.
#include "builtins.h"

#include <stdio.h>
#include <stdlib.h>

#include "attr.h"
#include "blocking.h"
#include "bytes.h"
#include "float.h"
#include "input.h"
#include "int.h"
#include "interp.h"
#include "iterator.h"
#include "number.h"
#include "operators.h"
#include "output.h"
#include "range.h"
#include "rows.h"

#define LONG_RANGE 5000000  // numbers: 40 MB

// Ends a step function that began an operation in the other's way.
static Step after(VM *vm, Frame *frame, int state, Called called, const Value *out) {
  frame->state = state;
  switch (called) {
    case CALL_DONE: return step_done(vm, *out);
    case CALL_ENTER: return STEP_ENTER;
    default: return STEP_RAISE;
  }
}

// A step function that passes on one operation's value.
#define ONE_OPERATION(name, call)                    \
  static Step name(VM *vm, Frame *frame, Value in) { \
    if (!is_empty(vm->exception)) return STEP_RAISE; \
    if (frame->state == 1) return step_done(vm, in); \
    Value *args = frame->regs, out = NONE;           \
    return after(vm, frame, 1, call, &out);          \
  }

ONE_OPERATION(repr_step, operator_repr(vm, frame, args[0], &out))

// What a script's __hash__ gives is folded to 64 bits; the usual ints are these already.
static Step hash_step(VM *vm, Frame *frame, Value in) {
  enum { START, PASS_ON, FOLD };
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == PASS_ON) return step_done(vm, in);
  if (frame->state == FOLD) {
    int64_t hash;
    if (is_int(in) && value_class(vm, in) == vm->int_class && int_to_i64(in, &hash) && hash != -1) {
      return step_done(vm, in);
    }
    return step_call_prelude(vm, frame, PASS_ON, "containers.folded_hash", 1, &in);
  }
  Value v = frame->regs[0], out = NONE;
  Value method = is_kind(v, KIND_INSTANCE) ? class_special(vm, value_class(vm, v), SP_HASH) : EMPTY;
  if (is_function(method)) return step_call(vm, frame, FOLD, method, 1, &v);
  return after(vm, frame, PASS_ON, operator_hash(vm, frame, v, &out), &out);
}

static Step format_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) return step_done(vm, in);
  Value v = frame->regs[0], spec = frame->regs[1], out = NONE;
  if (!is_empty(spec) && !is_str(spec)) {
    raise_type_error(vm, "format() argument 2 must be str, not %s",
                     is_none(spec) ? "None" : value_class_name(vm, spec));
    return STEP_RAISE;
  }
  return after(vm, frame, 1, operator_format(vm, frame, v, 0, spec, &out), &out);
}

static Step aiter_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) return step_done(vm, in);
  Value v = frame->regs[0], out = NONE;
  if (is_empty(class_special(vm, value_class(vm, v), SP_AITER))) {
    raise_type_error(vm, "'%s' object is not an async iterable", value_class_name(vm, v));
    return STEP_RAISE;
  }
  return after(vm, frame, 1, operator_aiter(vm, frame, v, &out), &out);
}

// ---- print

static bool plain_text_option(VM *vm, Value v, const char *name, Str *otherwise, Str **out) {
  *out = otherwise;
  if (is_empty(v) || is_none(v)) return true;
  if (!is_str(v)) {
    return raise_type_error(vm, "%s must be None or a string, not %s", name,
                            value_class_name(vm, v));
  }
  *out = as_str(v);
  return true;
}

static bool print_slow(VM *vm, Value *args, int nargs, Dict *keywords, Value *out) {
  Value call[2] = {from_object(tuple_from(vm, args, (size_t)nargs)),
                   from_object(keywords == NULL ? dict_new(vm) : keywords)};
  return native_prelude(vm, out, "output.print_slow", 2, call);
}

static bool builtin_print(VM *vm, Value *args, int nargs, Value *out) {
  Dict *keywords = vm->keywords;
  Str *sep, *end;
  Value sep_given = EMPTY, end_given = EMPTY, flush = EMPTY;
  if (keywords != NULL) {
    Value file = dict_get_c(keywords, "file");
    sep_given = dict_get_c(keywords, "sep");
    end_given = dict_get_c(keywords, "end");
    flush = dict_get_c(keywords, "flush");
    size_t known = !is_empty(file) + !is_empty(sep_given) + !is_empty(end_given) + !is_empty(flush);
    if (known < keywords->count) {
      Value name, value;
      for (size_t i = 0; dict_next(keywords, &i, &name, &value);) {
        if (str_equals_c(as_str(name), "file") || str_equals_c(as_str(name), "sep") ||
            str_equals_c(as_str(name), "end") || str_equals_c(as_str(name), "flush")) {
          continue;
        }
        return raise_type_error(vm, "'%.*s' is an invalid keyword argument for print()",
                                (int)as_str(name)->length, as_str(name)->data);
      }
    }
    if (!is_empty(file) && !is_none(file)) return print_slow(vm, args, nargs, keywords, out);
  }
  if (!is_empty(vm->stdout_override)) return print_slow(vm, args, nargs, keywords, out);
  if (!plain_text_option(vm, sep_given, "sep", str_intern_c(vm, " "), &sep) ||
      !plain_text_option(vm, end_given, "end", str_intern_c(vm, "\n"), &end)) {
    return false;
  }
  Text text = text_new(vm);
  for (int i = 0; i < nargs; i++) {
    if (i > 0) text_add_str(&text, sep);
    Tri tri = value_str(vm, args[i], &text);
    if (tri == TRI_YES) continue;
    text_free(&text);
    return tri == TRI_SCRIPT && print_slow(vm, args, nargs, keywords, out);
  }
  text_add_str(&text, end);
  bool ok = output_write(vm, text.data == NULL ? "" : text.data, text.length);
  text_free(&text);
  if (ok && !is_empty(flush) && value_truth(vm, flush) == TRI_YES) ok = output_flush(vm);
  *out = NONE;
  return ok;
}

static bool builtin_open(VM *vm, Value *args, int nargs, Value *out) {
  Value call[2] = {from_object(tuple_from(vm, args, (size_t)nargs)),
                   from_object(vm->keywords == NULL ? dict_new(vm) : vm->keywords)};
  return native_prelude(vm, out, "output.open", 2, call);
}

static bool builtin_input(VM *vm, Value *args, int nargs, Value *out) {
  if (!is_empty(vm->stdin_override) || !is_empty(vm->stdout_override)) {
    return native_prelude(vm, out, "output.input_slow", nargs, args);
  }
  if (nargs > 0) {
    Text prompt = text_new(vm);
    Tri tri = value_str(vm, args[0], &prompt);
    bool ok =
        tri == TRI_YES && output_write(vm, prompt.data == NULL ? "" : prompt.data, prompt.length);
    text_free(&prompt);
    if (!ok) return false;
  }
  if (!output_flush(vm)) return false;
  if (!input_line(vm, out)) return false;
  const Str *line = as_str(*out);
  if (line->length == 0) return vm_raise(vm, vm->exceptions.EOFError, "EOF when reading a line");
  if (line->data[line->length - 1] == '\n') {
    *out = from_object(str_new(vm, line->data, line->length - 1));
  }
  return true;
}
BLOCKING_LEAF(builtin_input)

// ---- numbers

static bool builtin_abs(VM *vm, Value *args, int nargs, Value *out) {
  Value v = args[0];
  if (is_double(v)) {
    double d = as_double(v);
    *out = from_double(d < 0 ? -d : d == 0 ? 0 : d);
    return true;
  }
  if (is_int(v) && !value_has_script(vm, v, SP_ABS)) {
    if (int_sign(v) >= 0) {
      *out = int_plain(vm, v);
      return true;
    }
    return int_unary(vm, UN_NEG, v, out) == TRI_YES;
  }
  Value method;
  Tri tri = attr_special(vm, v, SP_ABS, &method);
  if (tri == TRI_YES) return native_tail(vm, out, method, 0, NULL);
  (void)nargs;
  return tri == TRI_NO &&
         raise_type_error(vm, "bad operand type for abs(): '%s'", value_class_name(vm, v));
}

static bool builtin_divmod(VM *vm, Value *args, int nargs, Value *out) {
  Value a = args[0], b = args[1];
  if (value_is_builtin(vm, a) && value_is_builtin(vm, b)) {
    Tri tri = number_divmod(vm, a, b, out);
    return tri == TRI_YES ||
           (tri == TRI_NO &&
            raise_type_error(vm, "unsupported operand type(s) for divmod(): '%s' and '%s'",
                             value_class_name(vm, a), value_class_name(vm, b)));
  }
  return native_prelude(vm, out, "convert.divmod_slow", nargs, args);
}

static bool builtin_pow(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  if (is_empty(args[2]) || is_none(args[2])) {
    Tri tri = value_binary(vm, BIN_POW, false, args[0], args[1], out);
    return tri == TRI_YES ||
           (tri == TRI_SCRIPT && native_prelude(vm, out, "convert.pow_slow", 2, args));
  }
  if (is_int(args[0]) && is_int(args[1]) && is_int(args[2])) {
    return int_pow_mod(vm, args[0], args[1], args[2], out);
  }
  Value pow = class_special(vm, value_class(vm, args[0]), SP_POW);
  if (!is_empty(pow) && !is_kind(pow, KIND_NATIVE)) {
    return native_prelude(vm, out, "convert.pow_modulo", 3, args);
  }
  if (is_float(args[0]) || is_float(args[1]) || is_float(args[2])) {
    return raise_type_error(vm, "pow() 3rd argument not allowed unless all arguments are integers");
  }
  return raise_type_error(vm, "unsupported operand type(s) for ** or pow(): '%s', '%s', '%s'",
                          value_class_name(vm, args[0]), value_class_name(vm, args[1]),
                          value_class_name(vm, args[2]));
}

static bool builtin_round(VM *vm, Value *args, int nargs, Value *out) {
  Value method;
  Tri tri = attr_special(vm, args[0], SP_ROUND, &method);
  if (tri == TRI_NO) {
    return raise_type_error(vm, "type %s doesn't define __round__ method",
                            value_class_name(vm, args[0]));
  }
  (void)nargs;  // counts positions alone: both may be given by name
  bool digits = !is_empty(args[1]) && !is_none(args[1]);
  return tri == TRI_YES && native_tail(vm, out, method, digits ? 1 : 0, &args[1]);
}

static bool in_base(VM *vm, Value v, int base, const char *prefix, const char *name, Value *out) {
  if (!is_int(v)) {
    if (!is_empty(class_special(vm, value_class(vm, v), SP_INDEX))) {
      Value call[2] = {v, from_object(str_from_c(vm, name))};
      return native_prelude(vm, out, "convert.in_base_slow", 2, call);
    }
    return raise_type_error(vm, "'%s' object cannot be interpreted as an integer",
                            value_class_name(vm, v));
  }
  Text digits = text_new(vm);
  if (!int_to_text(vm, v, base, &digits)) return false;
  Text text = text_new(vm);
  bool negative = digits.data[0] == '-';
  if (negative) text_add_char(&text, '-');
  text_add_c(&text, prefix);
  text_add(&text, digits.data + negative, digits.length - negative);
  text_free(&digits);
  *out = from_object(text_finish(&text));
  return true;
}

static bool builtin_bin(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return in_base(vm, args[0], 2, "0b", "bin", out);
}

static bool builtin_oct(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return in_base(vm, args[0], 8, "0o", "oct", out);
}

static bool builtin_hex(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return in_base(vm, args[0], 16, "0x", "hex", out);
}

static bool builtin_chr(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t code;
  Tri tri = value_index(vm, args[0], &code);
  if (tri != TRI_YES) {
    if (tri == TRI_ERROR) return false;
    return native_prelude(vm, out, "convert.chr_slow", 1, args);
  }
  if (code < INT32_MIN || code > INT32_MAX) {
    return vm_raise(vm, vm->exceptions.OverflowError, "Python int too large to convert to C int");
  }
  if (code < 0 || code > 0x10FFFF) {
    return raise_value_error(vm, "chr() arg not in range(0x110000)");
  }
  *out = from_object(str_from_code_point(vm, (uint32_t)code));
  return true;
}

static bool builtin_ord(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  size_t length;
  if (is_str(args[0])) {
    Str *s = as_str(args[0]);
    length = s->count;
    if (length == 1) {
      const char *p = s->data;
      *out = small_int(utf8_next(&p));
      return true;
    }
  } else if (is_bytes(args[0])) {
    length = as_bytes(args[0])->length;
    if (length == 1) {
      *out = small_int(as_bytes(args[0])->data[0]);
      return true;
    }
  } else {
    return raise_type_error(vm, "ord() expected string of length 1, but %s found",
                            value_class_name(vm, args[0]));
  }
  return raise_type_error(vm, "ord() expected a character, but string of length %zu found", length);
}

// ---- containers

// Registers: 0 the object.
static Step len_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 0) {
    Value method = class_special(vm, value_class(vm, frame->regs[0]), SP_LEN);
    if (is_function(method)) return step_call(vm, frame, 1, method, 1, frame->regs);
    Tri tri = attr_special(vm, frame->regs[0], SP_LEN, &method);
    if (tri == TRI_NO) {
      raise_type_error(vm, "object of type '%s' has no len()",
                       value_class_name(vm, frame->regs[0]));
    }
    return tri == TRI_YES ? step_call(vm, frame, 1, method, 0, NULL) : STEP_RAISE;
  }
  int64_t length;
  if (!is_int(in)) {
    raise_type_error(vm, "'%s' object cannot be interpreted as an integer",
                     value_class_name(vm, in));
    return STEP_RAISE;
  }
  if (!int_to_i64(in, &length)) {
    vm_raise(vm, vm->exceptions.OverflowError, "cannot fit 'int' into an index-sized integer");
    return STEP_RAISE;
  }
  if (length < 0) {
    raise_value_error(vm, "__len__() should return >= 0");
    return STEP_RAISE;
  }
  return step_done(vm, int_plain(vm, in));
}

static const NativeDef len_step_def = {
    .name = "len", .min = 1, .max = 1, .step = len_step, .registers = 1};

static bool builtin_len(VM *vm, Value *args, int nargs, Value *out) {
  int64_t length;
  Tri tri = value_length(vm, args[0], &length);
  if (tri == TRI_YES) {
    *out = int_from_i64(vm, length);
    return true;
  }
  if (tri == TRI_ERROR) return false;
  return native_tail(vm, out, vm->len_step, nargs, args);
}

bool value_is_callable(VM *vm, Value v) {
  return is_class(v) || is_function(v) || !is_empty(class_special(vm, value_class(vm, v), SP_CALL));
}

static bool check_callable(VM *vm, Value v) {
  return value_is_callable(vm, v) || raise_type_error(vm, "iter(v, w): v must be callable");
}

static Step iter_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) return step_done(vm, in);
  Value out = NONE;
  if (!is_empty(frame->regs[1])) {
    Value args[4] = {from_object(vm->callable_iterator_class),
                     from_object(str_intern_c(vm, "iter.callable_iter")), frame->regs[0],
                     frame->regs[1]};
    if (!check_callable(vm, frame->regs[0])) return STEP_RAISE;
    return step_call(vm, frame, 1, vm->make_generator, 4, args);
  }
  return after(vm, frame, 1, operator_iter(vm, frame, frame->regs[0], &out), &out);
}

// Registers: 0 the iterator, 1 the default or EMPTY.
static Step next_step(VM *vm, Frame *frame, Value in) {
  if (frame->state == 0) {
    Value iterator = frame->regs[0];
    frame->state = 1;
    if (is_kind(iterator, KIND_GENERATOR)) {
      Frame *root = (Frame *)as_object(iterator);
      if (!generator_is_finished(root)) {
        if (generator_is_running(root)) {
          raise_value_error(vm, "generator already executing");
          return STEP_RAISE;
        }
        return generator_resume(vm, frame, 2, root, NONE);
      }
      vm_raise_value(vm, vm->exceptions.StopIteration, EMPTY);
    } else {
      Value out;
      switch (operator_next(vm, frame, iterator, &out)) {
        case CALL_DONE: return step_done(vm, out);
        case CALL_ENTER: return STEP_ENTER;
        default: break;
      }
    }
  } else if (frame->state == 2 && vm->outcome == OUTCOME_RETURNED) {
    vm_raise_value(vm, vm->exceptions.StopIteration, is_none(in) ? EMPTY : in);
  }
  if (is_empty(vm->exception)) return step_done(vm, in);
  if (!is_empty(frame->regs[1]) && operator_clear_stop(vm, vm->exceptions.StopIteration)) {
    return step_done(vm, frame->regs[1]);
  }
  return STEP_RAISE;
}

static const NativeDef next_step_def = {
    .name = "next", .min = 1, .max = 2, .step = next_step, .registers = 2};

static bool builtin_next(VM *vm, Value *args, int nargs, Value *out) {
  if (is_kind(args[0], KIND_ITERATOR)) {
    Tri tri = value_next(vm, args[0], out);
    if (tri == TRI_YES) return true;
    if (tri == TRI_NO) {
      *out = args[1];
      return nargs > 1 || vm_raise_value(vm, vm->exceptions.StopIteration, EMPTY);
    }
    return false;
  }
  return native_tail(vm, out, vm->next_step, nargs, args);
}

// The items of what is gone through once. A long range is not laid out for that: the prelude takes
// its numbers one by one, and can be interrupted.
static Tri passing_items(VM *vm, Value iterable, List **out) {
  if (is_kind(iterable, KIND_RANGE)) {
    const Range *range = as_range(iterable);
    if (!is_small_int(range->length) || as_small_int(range->length) > LONG_RANGE) return TRI_SCRIPT;
  }
  return value_items(vm, iterable, out);
}

static bool builtin_sum(VM *vm, Value *args, int nargs, Value *out) {
  Value total = is_empty(args[1]) ? small_int(0) : args[1];
  if (is_str(total)) {
    return raise_type_error(vm, "sum() can't sum strings [use ''.join(seq) instead]");
  }
  if (is_bytes(total)) {
    return raise_type_error(vm, "sum() can't sum bytes [use b''.join(seq) instead]");
  }
  List *items = NULL;
  Tri tri = passing_items(vm, args[0], &items);
  for (size_t i = 0; tri == TRI_YES && i < items->count; i++) {
    Value item = items->items[i];
    if (is_double(total) && is_double(item)) {
      total = from_double(as_double(total) + as_double(item));
    } else if (are_small_ints(total, item) &&
               fits_small_int(as_small_int(total) + as_small_int(item))) {
      total = small_int(as_small_int(total) + as_small_int(item));
    } else {
      tri = value_binary(vm, BIN_ADD, false, total, item, &total);
    }
  }
  (void)nargs;
  if (tri == TRI_YES) {
    *out = total;
    return true;
  }
  if (tri == TRI_ERROR) return false;
  Value call[2] = {args[0], is_empty(args[1]) ? small_int(0) : args[1]};
  return native_prelude(vm, out, "iter.sum_slow", 2, call);
}

static bool any_or_all(VM *vm, Value *args, bool all, Value *out) {
  List *items = NULL;
  Tri tri = passing_items(vm, args[0], &items);
  *out = from_bool(all);
  for (size_t i = 0; tri == TRI_YES && i < items->count; i++) {
    Tri truth = value_truth(vm, items->items[i]);
    if (truth < 0) {
      tri = truth;
    } else if ((truth == TRI_YES) != all) {
      *out = from_bool(!all);
      return true;
    }
  }
  if (tri != TRI_SCRIPT) return tri == TRI_YES;
  return native_prelude(vm, out, all ? "iter.all_slow" : "iter.any_slow", 1, args);
}

static bool builtin_any(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return any_or_all(vm, args, false, out);
}

static bool builtin_all(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  return any_or_all(vm, args, true, out);
}

// min and max of values that C can compare; anything else goes to the prelude.
static bool extreme(VM *vm, Value *args, int nargs, bool want_max, Value *out) {
  Dict *keywords = vm->keywords;
  Compare op = want_max ? CMP_GT : CMP_LT;
  if (keywords == NULL && nargs > 0) {
    const Value *values = args;
    size_t count = (size_t)nargs;
    Tri tri = TRI_YES;
    if (nargs == 1) {
      List *items;
      tri = passing_items(vm, args[0], &items);
      if (tri == TRI_ERROR) return false;
      values = tri == TRI_YES ? items->items : NULL;
      count = tri == TRI_YES ? items->count : 0;
    }
    if (tri == TRI_YES && count > 0) {
      Value best = values[0];
      for (size_t i = 1; i < count && tri == TRI_YES; i++) {
        Tri better = value_compare(vm, op, values[i], best);
        if (better == TRI_YES) best = values[i];
        if (better < 0) tri = better;
      }
      if (tri == TRI_ERROR) return false;
      if (tri == TRI_YES) {
        *out = best;
        return true;
      }
    }
  }
  const char *name = want_max ? "max" : "min";
  if (nargs == 0) return raise_type_error(vm, "%s expected at least 1 argument, got 0", name);
  Value key = NONE, otherwise = EMPTY;
  Value keyword, value;
  for (size_t i = 0; keywords != NULL && dict_next(keywords, &i, &keyword, &value);) {
    if (str_equals_c(as_str(keyword), "key")) {
      key = value;
    } else if (str_equals_c(as_str(keyword), "default")) {
      otherwise = value;
    } else {
      return raise_type_error(vm, "%s() got an unexpected keyword argument '%.*s'", name,
                              (int)as_str(keyword)->length, as_str(keyword)->data);
    }
  }
  if (nargs > 1 && !is_empty(otherwise)) {
    return raise_type_error(
        vm, "Cannot specify a default for %s() with multiple positional arguments", name);
  }
  Value call[5] = {from_object(str_intern_c(vm, name)),
                   nargs == 1 ? args[0] : from_object(tuple_from(vm, args, (size_t)nargs)), key,
                   from_bool(!is_empty(otherwise)), is_empty(otherwise) ? NONE : otherwise};
  return native_prelude(vm, out, "iter.min_max_slow", 5, call);
}

static bool builtin_min(VM *vm, Value *args, int nargs, Value *out) {
  return extreme(vm, args, nargs, false, out);
}

static bool builtin_max(VM *vm, Value *args, int nargs, Value *out) {
  return extreme(vm, args, nargs, true, out);
}

static bool builtin_sorted(VM *vm, Value *args, int nargs, Value *out) {
  if (nargs != 1) return raise_type_error(vm, "sorted expected 1 argument, got %d", nargs);
  Value call[3] = {args[0], NONE, FALSE_VALUE}, name, value;
  for (size_t i = 0; vm->keywords != NULL && dict_next(vm->keywords, &i, &name, &value);) {
    Str *key = as_str(name);
    bool is_key = str_equals_c(key, "key");
    if (!is_key && !str_equals_c(key, "reverse")) {
      return raise_type_error(vm, "'%.*s' is an invalid keyword argument for sort()",
                              (int)key->length, key->data);
    }
    call[is_key ? 1 : 2] = value;
  }
  bool plain = is_none(call[1]) && is_bool(call[2]);
  List *items;
  Tri tri = plain ? value_items(vm, args[0], &items) : TRI_SCRIPT;
  if (tri == TRI_YES) {
    if (is_list(args[0])) items = list_from(vm, items->items, items->count);
    call[0] = *out = from_object(items);
    tri = list_sort_values(vm, NULL, items->items, items->count, call[2] == TRUE_VALUE);
  }
  if (tri != TRI_SCRIPT) return tri == TRI_YES;
  return native_prelude(vm, out, "iter.sorted_slow", 3, call);
}

// ---- classes and attributes

// isinstance against a class, a tuple of such, or a union (X | Y) of them. SCRIPT where the
// pattern's class has an opinion of its own, as an ABC's has.
static Tri matches_class(VM *vm, Value v, Class *cls, Value pattern, bool instance) {
  if (is_class(pattern)) {
    Special check = instance ? SP_INSTANCECHECK : SP_SUBCLASSCHECK;
    Class *meta = as_object(pattern)->cls;
    if (unlikely(meta != vm->type_class) && !(instance && from_object(cls) == pattern) &&
        value_has_script(vm, pattern, check)) {
      return TRI_SCRIPT;
    }
    return class_is_subclass(cls, as_class(pattern)) ? TRI_YES : TRI_NO;
  }
  if (is_tuple(pattern)) {
    if (!vm_enter(vm, " in __instancecheck__")) return TRI_ERROR;
    Tri found = TRI_NO;
    for (size_t i = 0; i < as_tuple(pattern)->count && found == TRI_NO; i++) {
      found = matches_class(vm, v, cls, as_tuple(pattern)->items[i], instance);
    }
    vm_leave(vm);
    return found;
  }
  if (!is_empty(class_special(vm, value_class(vm, pattern), SP_INSTANCECHECK))) return TRI_SCRIPT;
  raise_type_error(vm, instance ? "isinstance() arg 2 must be a type, a tuple of types, or a union"
                                : "issubclass() arg 2 must be a class, a tuple of classes, or a "
                                  "union");
  return TRI_ERROR;
}

static bool builtin_isinstance(VM *vm, Value *args, int nargs, Value *out) {
  Tri tri = matches_class(vm, args[0], value_class(vm, args[0]), args[1], true);
  *out = from_bool(tri == TRI_YES);
  if (tri == TRI_SCRIPT) return native_prelude(vm, out, "convert.isinstance_slow", nargs, args);
  return tri != TRI_ERROR;
}

static bool builtin_issubclass(VM *vm, Value *args, int nargs, Value *out) {
  if (!is_class(args[0])) return raise_type_error(vm, "issubclass() arg 1 must be a class");
  Tri tri = matches_class(vm, args[0], as_class(args[0]), args[1], false);
  *out = from_bool(tri == TRI_YES);
  if (tri == TRI_SCRIPT) return native_prelude(vm, out, "convert.issubclass_slow", nargs, args);
  return tri != TRI_ERROR;
}

static bool builtin_callable(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = from_bool(value_is_callable(vm, args[0]));
  return true;
}

static bool check_name(VM *vm, const char *function, Value name) {
  if (is_str(name)) return true;
  (void)function;
  return raise_type_error(vm, "attribute name must be string, not '%s'",
                          value_class_name(vm, name));
}

// getattr(o, name, default) and hasattr(o, name), where it is not so simple. Registers: 0 object,
// 1 name, 2 default.
static Step getattr_step(VM *vm, Frame *frame, Value in) {
  Value *regs = frame->regs, out;
  if (frame->state == 0) {
    frame->state = 1;
    switch (attr_get(vm, regs[0], as_str(regs[1]), &out)) {
      case TRI_YES: return step_done(vm, out);
      case TRI_SCRIPT: return STEP_CALL;
      default: break;
    }
  }
  if (is_empty(vm->exception)) return step_done(vm, in);
  if (!is_empty(regs[2]) && exception_is(vm->exception, vm->exceptions.AttributeError)) {
    vm_clear_exception(vm);
    return step_done(vm, regs[2]);
  }
  return STEP_RAISE;
}

static const NativeDef getattr_step_def = {
    .name = "getattr", .min = 2, .max = 3, .step = getattr_step, .registers = 3};

static bool builtin_getattr(VM *vm, Value *args, int nargs, Value *out) {
  if (!check_name(vm, "getattr", args[1])) return false;
  Tri found = attr_find_plain(vm, args[0], as_str(args[1]), out);
  if (found == TRI_YES) return true;
  // An AttributeError that nobody is to see is not raised.
  *out = args[2];
  return (found == TRI_NO && !is_empty(args[2])) ||
         native_tail(vm, out, vm->getattr_step, nargs, args);
}

static Step hasattr_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  Value *regs = frame->regs, out;
  if (frame->state == 0) {
    frame->state = 1;
    switch (attr_get(vm, regs[0], as_str(regs[1]), &out)) {
      case TRI_YES: return step_done(vm, TRUE_VALUE);
      case TRI_SCRIPT: return STEP_CALL;
      default: break;
    }
  }
  if (is_empty(vm->exception)) return step_done(vm, TRUE_VALUE);
  if (!exception_is(vm->exception, vm->exceptions.AttributeError)) return STEP_RAISE;
  vm_clear_exception(vm);
  return step_done(vm, FALSE_VALUE);
}

static const NativeDef hasattr_step_def = {
    .name = "hasattr", .min = 2, .max = 2, .step = hasattr_step, .registers = 2};

static bool builtin_hasattr(VM *vm, Value *args, int nargs, Value *out) {
  if (!check_name(vm, "hasattr", args[1])) return false;
  Value value;
  Tri found = attr_find_plain(vm, args[0], as_str(args[1]), &value);
  if (found == TRI_SCRIPT) return native_tail(vm, out, vm->hasattr_step, nargs, args);
  *out = from_bool(found == TRI_YES);
  return true;
}

static Step change_attr_step(VM *vm, Frame *frame, bool deletes) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 1) return step_done(vm, NONE);
  Value *regs = frame->regs;
  frame->state = 1;
  if (!check_name(vm, "setattr", regs[1])) return STEP_RAISE;
  Str *name = str_intern(vm, as_str(regs[1]));
  switch (deletes ? attr_delete(vm, regs[0], name) : attr_set(vm, regs[0], name, regs[2])) {
    case TRI_YES: return step_done(vm, NONE);
    case TRI_SCRIPT: return STEP_CALL;
    default: return STEP_RAISE;
  }
}

static Step setattr_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  return change_attr_step(vm, frame, false);
}

static Step delattr_step(VM *vm, Frame *frame, Value in) {
  (void)in;
  return change_attr_step(vm, frame, true);
}

static bool builtin_id(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  *out = int_from_u64(vm, args[0]);
  return true;
}

// exit(code=None), quit(code=None)
static bool builtin_exit(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs, (void)out;
  return vm_raise_value(vm, vm->exceptions.SystemExit, is_empty(args[0]) ? NONE : args[0]);
}

static bool builtin_ascii(VM *vm, Value *args, int nargs, Value *out) {
  return native_prelude(vm, out, "containers.ascii_slow", nargs, args);
}

static bool builtin_anext(VM *vm, Value *args, int nargs, Value *out) {
  if (nargs > 1) return native_prelude(vm, out, "awaiting.anext_default", nargs, args);
  Value method;
  Tri tri = attr_special(vm, args[0], SP_ANEXT, &method);
  if (tri == TRI_YES) return native_tail(vm, out, method, 0, NULL);
  return tri == TRI_NO && raise_type_error(vm, "'%s' object is not an async iterator",
                                           value_class_name(vm, args[0]));
}

static bool builtin_left_out(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs, (void)out;
  return vm_raise(vm, vm->exceptions.RuntimeError, "eval, exec and compile are left out of Coro");
}

static const NativeDef functions[] = {
    LEAF_ROW("print", builtin_print, 0, -1, NATIVE_KEYWORDS, NULL),
    FUNCTION_ROW("exit", builtin_exit, 0, 1, "code"),
    FUNCTION_ROW("quit", builtin_exit, 0, 1, "code"),
    FUNCTION_ROW("input", builtin_input_blocking, 0, 1, NULL),
    LEAF_ROW("open", builtin_open, 0, -1, NATIVE_KEYWORDS, NULL),
    FUNCTION_ROW("abs", builtin_abs, 1, 1, NULL),
    FUNCTION_ROW("divmod", builtin_divmod, 2, 2, NULL),
    FUNCTION_ROW("pow", builtin_pow, 2, 3, "base exp mod"),
    FUNCTION_ROW("round", builtin_round, 1, 2, "number ndigits"),
    FUNCTION_ROW("bin", builtin_bin, 1, 1, NULL),
    FUNCTION_ROW("oct", builtin_oct, 1, 1, NULL),
    FUNCTION_ROW("hex", builtin_hex, 1, 1, NULL),
    FUNCTION_ROW("chr", builtin_chr, 1, 1, NULL),
    FUNCTION_ROW("ord", builtin_ord, 1, 1, NULL),
    FUNCTION_ROW("len", builtin_len, 1, 1, NULL),
    STEP_ROW("iter", iter_step, 1, 2, 0, NULL, 2),
    FUNCTION_ROW("next", builtin_next, 1, 2, NULL),
    FUNCTION_ROW("sum", builtin_sum, 1, 2, "iterable / start"),
    FUNCTION_ROW("any", builtin_any, 1, 1, NULL),
    FUNCTION_ROW("all", builtin_all, 1, 1, NULL),
    LEAF_ROW("min", builtin_min, 0, -1, NATIVE_KEYWORDS, NULL),
    LEAF_ROW("max", builtin_max, 0, -1, NATIVE_KEYWORDS, NULL),
    LEAF_ROW("sorted", builtin_sorted, 0, -1, NATIVE_KEYWORDS, NULL),
    FUNCTION_ROW("isinstance", builtin_isinstance, 2, 2, NULL),
    FUNCTION_ROW("issubclass", builtin_issubclass, 2, 2, NULL),
    FUNCTION_ROW("callable", builtin_callable, 1, 1, NULL),
    FUNCTION_ROW("getattr", builtin_getattr, 2, 3, NULL),
    FUNCTION_ROW("hasattr", builtin_hasattr, 2, 2, NULL),
    STEP_ROW("setattr", setattr_step, 3, 3, 0, NULL, 3),
    STEP_ROW("delattr", delattr_step, 2, 2, 0, NULL, 2),
    FUNCTION_ROW("id", builtin_id, 1, 1, NULL),
    STEP_ROW("repr", repr_step, 1, 1, 0, NULL, 1),
    FUNCTION_ROW("ascii", builtin_ascii, 1, 1, NULL),
    STEP_ROW("hash", hash_step, 1, 1, 0, NULL, 1),
    STEP_ROW("format", format_step, 1, 2, 0, NULL, 2),
    STEP_ROW("aiter", aiter_step, 1, 1, 0, NULL, 1),
    FUNCTION_ROW("anext", builtin_anext, 1, 2, NULL),
    LEAF_ROW("eval", builtin_left_out, 0, -1, NATIVE_KEYWORDS, NULL),
    LEAF_ROW("exec", builtin_left_out, 0, -1, NATIVE_KEYWORDS, NULL),
    LEAF_ROW("compile", builtin_left_out, 0, -1, NATIVE_KEYWORDS, NULL),
    END_ROW,
};

void builtins_install(VM *vm) {
  Module *builtins = vm->builtins;
  native_add_functions(vm, builtins, functions);
  vm->next_step = native_new(vm, &next_step_def, NULL);
  vm->len_step = native_new(vm, &len_step_def, NULL);
  vm->getattr_step = native_new(vm, &getattr_step_def, NULL);
  vm->hasattr_step = native_new(vm, &hasattr_step_def, NULL);
  struct {
    const char *name;
    Class *cls;
  } classes[] = {
      {"object", vm->object_class},
      {"type", vm->type_class},
      {"int", vm->int_class},
      {"bool", vm->bool_class},
      {"float", vm->float_class},
      {"str", vm->str_class},
      {"bytes", vm->bytes_class},
      {"list", vm->list_class},
      {"tuple", vm->tuple_class},
      {"dict", vm->dict_class},
      {"set", vm->set_class},
      {"frozenset", vm->frozenset_class},
      {"range", vm->range_class},
      {"slice", vm->slice_class},
      {"property", vm->property_class},
      {"staticmethod", vm->staticmethod_class},
      {"classmethod", vm->classmethod_class},
      {"super", vm->super_class},
      {"map", vm->map_class},
      {"filter", vm->filter_class},
      {"zip", vm->zip_class},
      {"enumerate", vm->enumerate_class},
      {"reversed", vm->reversed_class},
#define X(name, base) {#name, vm->exceptions.name},
      EXCEPTION_CLASSES(X)
#undef X
          {"ExceptionGroup", vm->exceptions.ExceptionGroup},
      {"IOError", vm->exceptions.OSError},
      {"EnvironmentError", vm->exceptions.OSError},
  };
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
    module_set(vm, builtins, str_intern_c(vm, classes[i].name), from_object(classes[i].cls));
  }
  module_set(vm, builtins, str_intern_c(vm, "Ellipsis"), ELLIPSIS);
  module_set(vm, builtins, str_intern_c(vm, "NotImplemented"), NOT_IMPLEMENTED);
  module_set(vm, builtins, str_intern_c(vm, "__debug__"), TRUE_VALUE);
}
