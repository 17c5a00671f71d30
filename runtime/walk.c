// walk.c: the slow paths of iteration, displays, formatting, with and class statements. See
// operators.h.
#include "attr.h"
#include "format.h"
#include "int.h"
#include "interp.h"
#include "operators.h"

static Called call_method(VM *vm, Frame *frame, Value receiver, Value method, Value *out) {
  Value bound;
  if (attr_bind(vm, method, receiver, value_class(vm, receiver), &bound) != TRI_YES) {
    return CALL_RAISED;
  }
  return call_value(vm, frame, bound, NULL, 0, NULL, out);
}

// ---- iter and next

static bool is_iterator(VM *vm, Value v) {
  return !is_empty(class_special(vm, value_class(vm, v), SP_NEXT));
}

// Registers: 0 the iterable. Checks what __iter__ gave.
static Step iter_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Value v = frame->regs[0];
  if (frame->state == 0) {
    Value bound;
    Value method = class_special(vm, value_class(vm, v), SP_ITER);
    if (attr_bind(vm, method, v, value_class(vm, v), &bound) != TRI_YES) return STEP_RAISE;
    return step_call(vm, frame, 1, bound, 0, NULL);
  }
  if (is_iterator(vm, in)) return step_done(vm, in);
  raise_type_error(vm, "iter() returned non-iterator of type '%s'", value_class_name(vm, in));
  return STEP_RAISE;
}

static const NativeDef iter_def = {.name = "iter", .step = iter_step, .registers = 1};

Called operator_iter(VM *vm, Frame *frame, Value v, Value *out) {
  if (is_kind(v, KIND_GENERATOR)) {
    *out = v;
    return CALL_DONE;
  }
  Tri tri = value_iter(vm, v, out);
  if (tri == TRI_YES) return CALL_DONE;
  if (tri == TRI_ERROR) return CALL_RAISED;
  Value method = class_special(vm, value_class(vm, v), SP_ITER);
  if (is_none(method)) {
    raise_type_error(vm, "'%s' object is not iterable", value_class_name(vm, v));
    return CALL_RAISED;
  }
  if (!is_empty(method)) return call_internal_step(vm, frame, &iter_def, 1, &v);
  // The old protocol: __getitem__(0), (1), … until IndexError.
  Value args[3] = {from_object(vm->sequence_iterator_class),
                   from_object(str_intern_c(vm, "iter.sequence_iter")), v};
  return call_value(vm, frame, vm->make_generator, args, 3, NULL, out);
}

Called operator_next(VM *vm, Frame *frame, Value iterator, Value *out) {
  if (is_kind(iterator, KIND_ITERATOR)) {
    Tri tri = value_next(vm, iterator, out);
    if (tri == TRI_YES) return CALL_DONE;
    if (tri == TRI_NO) vm_raise_value(vm, vm->exceptions.StopIteration, EMPTY);
    return CALL_RAISED;
  }
  Value method = class_special(vm, value_class(vm, iterator), SP_NEXT);
  if (is_empty(method) || is_none(method)) {
    raise_type_error(vm, "'%s' object is not an iterator", value_class_name(vm, iterator));
    return CALL_RAISED;
  }
  return call_method(vm, frame, iterator, method, out);
}

bool operator_clear_stop(VM *vm, const Class *stop) {
  if (!exception_is(vm->exception, stop)) return false;
  vm_clear_exception(vm);
  return true;
}

static Step aiter_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  if (frame->state == 0) {
    Value bound;
    if (attr_special(vm, frame->regs[0], SP_AITER, &bound) != TRI_YES) return STEP_RAISE;
    return step_call(vm, frame, 1, bound, 0, NULL);
  }
  if (!is_empty(class_special(vm, value_class(vm, in), SP_ANEXT))) return step_done(vm, in);
  raise_type_error(
      vm, "'async for' received an object from __aiter__ that does not implement __anext__: %s",
      value_class_name(vm, in));
  return STEP_RAISE;
}

static const NativeDef aiter_def = {.name = "aiter", .step = aiter_step, .registers = 1};

Called operator_aiter(VM *vm, Frame *frame, Value v, Value *out) {
  if (is_kind(v, KIND_ASYNC_GENERATOR)) {
    *out = v;
    return CALL_DONE;
  }
  if (is_empty(class_special(vm, value_class(vm, v), SP_AITER))) {
    raise_type_error(vm, "'async for' requires an object with __aiter__ method, got %s",
                     value_class_name(vm, v));
    return CALL_RAISED;
  }
  return call_internal_step(vm, frame, &aiter_def, 1, &v);
}

// ---- unpacking

static bool raise_not_enough(VM *vm, size_t got, int before, int after) {
  if (after < 0) {
    return raise_value_error(vm, "not enough values to unpack (expected %d, got %zu)", before, got);
  }
  return raise_value_error(vm, "not enough values to unpack (expected at least %d, got %zu)",
                           before + after, got);
}

static Called arrange_unpacked(VM *vm, const Value *items, size_t count, int before, int after,
                               Value *out) {
  size_t needed = (size_t)before + (after < 0 ? 0 : (size_t)after);
  if (count < needed) {
    raise_not_enough(vm, count, before, after);
    return CALL_RAISED;
  }
  if (after < 0) {
    if (count > needed) {
      raise_value_error(vm, "too many values to unpack (expected %d)", before);
      return CALL_RAISED;
    }
    *out = from_object(tuple_from(vm, items, count));
    return CALL_DONE;
  }
  size_t middle = count - needed;
  Tuple *tuple = tuple_new(vm, needed + 1);
  memcpy(tuple->items, items, (size_t)before * sizeof *items);
  tuple->items[before] = from_object(list_from(vm, items + before, middle));
  memcpy(tuple->items + before + 1, items + before + middle, (size_t)after * sizeof *items);
  *out = from_object(tuple);
  return CALL_DONE;
}

Called operator_unpack(VM *vm, Frame *frame, Value v, int before, int after, Value *out) {
  List *items;
  Tri tri = value_items(vm, v, &items);
  if (tri == TRI_YES) return arrange_unpacked(vm, items->items, items->count, before, after, out);
  if (tri == TRI_ERROR) {
    if (exception_is(vm->exception, vm->exceptions.TypeError) &&
        is_empty(class_special(vm, value_class(vm, v), SP_ITER))) {
      vm_clear_exception(vm);
      raise_type_error(vm, "cannot unpack non-iterable %s object", value_class_name(vm, v));
    }
    return CALL_RAISED;
  }
  Value args[3] = {v, small_int(before), small_int(after)};
  return operator_prelude(vm, frame, "iter.unpack", 3, args, out);
}

// ---- displays

// A callee as the messages of a call with * or ** name it: module.qualname() where it has these.
static const char *callee_name(VM *vm, Value callee) {
  Text text = text_new(vm);
  if (is_kind(callee, KIND_METHOD)) callee = ((Method *)as_object(callee))->function;
  if (is_function(callee)) {
    Function *function = (Function *)as_object(callee);
    Value module = module_get(vm, function->code->module, str_intern_c(vm, "__name__"));
    if (is_str(module)) {
      text_add_str(&text, as_str(module));
      text_add_char(&text, '.');
    }
    text_add_str(&text, function->code->qualname);
  } else if (is_class(callee)) {
    value_class_path(vm, as_class(callee), &text);
  } else if (is_kind(callee, KIND_NATIVE)) {
    const Native *native = as_native(callee);
    if (native->owner != NULL) text_printf(&text, "%s.", native->owner->name->data);
    text_add_c(&text, native->def->name);
  } else {
    // Anything else by its repr, without the parentheses of a function.
    if (value_repr(vm, callee, &text) == TRI_YES) return text_finish(&text)->data;
    vm_clear_exception(vm);
    value_repr_plain(vm, callee, &text);
    return text_finish(&text)->data;
  }
  text_add_c(&text, "()");
  return text_finish(&text)->data;
}

Called operator_list_extend(VM *vm, Frame *frame, Value list, Value items, Value callee,
                            Value *out) {
  List *found;
  Tri tri = value_items(vm, items, &found);
  if (tri == TRI_YES) {
    list_extend(vm, as_list(list), found->items, found->count);
    return CALL_DONE;
  }
  if (tri == TRI_ERROR) {
    if (exception_is(vm->exception, vm->exceptions.TypeError) &&
        is_empty(class_special(vm, value_class(vm, items), SP_ITER))) {
      vm_clear_exception(vm);
      const char *what = is_empty(callee) ? "Value" : callee_name(vm, callee);
      raise_type_error(vm, "%s%s after * must be an iterable, not %s", what,
                       is_empty(callee) ? "" : " argument", value_class_name(vm, items));
    }
    return CALL_RAISED;
  }
  Value args[2] = {list, items};
  return operator_prelude(vm, frame, "iter.extend", 2, args, out);
}

Called operator_set_add(VM *vm, Frame *frame, Value set, Value item, Value *out) {
  Tri tri = set_add(vm, as_set(set), item);
  if (tri >= 0) return CALL_DONE;
  if (tri == TRI_ERROR) return CALL_RAISED;
  Value args[2] = {set, item};
  return operator_prelude(vm, frame, "containers.set_add_slow", 2, args, out);
}

Called operator_set_update(VM *vm, Frame *frame, Value set, Value items, Value *out) {
  if (is_any_set(items)) {
    Tri tri = set_merge(vm, as_set(set), as_set(items));
    if (tri >= 0) return CALL_DONE;
    if (tri == TRI_ERROR) return CALL_RAISED;
  }
  Value args[2] = {set, items};
  return operator_prelude(vm, frame, "containers.set_update_slow", 2, args, out);
}

Called operator_dict_update(VM *vm, Frame *frame, Value dict, Value mapping, Value *out) {
  if (is_dict(mapping)) {
    Tri tri = dict_update(vm, as_dict(dict), as_dict(mapping));
    if (tri >= 0) return CALL_DONE;
    if (tri == TRI_ERROR) return CALL_RAISED;
  } else if (is_empty(class_lookup(vm, value_class(vm, mapping), str_intern_c(vm, "keys")))) {
    raise_type_error(vm, "'%s' object is not a mapping", value_class_name(vm, mapping));
    return CALL_RAISED;
  }
  Value args[2] = {dict, mapping};
  return operator_prelude(vm, frame, "containers.dict_update_slow", 2, args, out);
}

Called operator_dict_merge(VM *vm, Frame *frame, Value callee, Value dict, Value mapping,
                           Value *out) {
  if (!is_dict(mapping)) {
    const char *name = callee_name(vm, callee);
    if (is_empty(class_lookup(vm, value_class(vm, mapping), str_intern_c(vm, "keys")))) {
      raise_type_error(vm, "%s argument after ** must be a mapping, not %s", name,
                       value_class_name(vm, mapping));
      return CALL_RAISED;
    }
    Value args[3] = {dict, mapping, from_object(str_from_c(vm, name))};
    return operator_prelude(vm, frame, "containers.dict_merge_slow", 3, args, out);
  }
  Value key, value, had;
  for (size_t i = 0; dict_next(as_dict(mapping), &i, &key, &value);) {
    if (!is_str(key)) {
      raise_type_error(vm, "keywords must be strings");
      return CALL_RAISED;
    }
    had = dict_get_str(as_dict(dict), as_str(key));
    if (!is_empty(had)) {
      Str *k = as_str(key);
      raise_type_error(vm, "%s got multiple values for keyword argument '%.*s'",
                       callee_name(vm, callee), (int)k->length, k->data);
      return CALL_RAISED;
    }
    dict_set_str(vm, as_dict(dict), as_str(key), value);
  }
  return CALL_DONE;
}

// ---- text

// Registers: 0 the value, 1 which special method, 2 which one was asked for, for its check.
static Step text_step(VM *vm, Frame *frame, Value in) {
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Special special = (Special)as_small_int(frame->regs[1]);
  if (frame->state == 0) {
    Value bound;
    if (attr_special(vm, frame->regs[0], special, &bound) != TRI_YES) return STEP_RAISE;
    return step_call(vm, frame, 1, bound, 0, NULL);
  }
  if (is_str(in)) return step_done(vm, in);
  raise_type_error(vm, "%s returned non-string (type %s)",
                   special_names[as_small_int(frame->regs[2])], value_class_name(vm, in));
  return STEP_RAISE;
}

static const NativeDef text_def = {.name = "text", .step = text_step, .registers = 3};

static Called text_by_special(VM *vm, Frame *frame, Value v, Special special, Special asked) {
  Value regs[3] = {v, small_int(special), small_int(asked)};
  return call_internal_step(vm, frame, &text_def, 3, regs);
}

Called operator_repr(VM *vm, Frame *frame, Value v, Value *out) {
  Text text = text_new(vm);
  Tri tri = value_repr(vm, v, &text);
  if (tri == TRI_YES) {
    *out = from_object(text_finish(&text));
    return CALL_DONE;
  }
  text_free(&text);
  if (tri == TRI_ERROR) return CALL_RAISED;
  if (value_has_script(vm, v, SP_REPR)) return text_by_special(vm, frame, v, SP_REPR, SP_REPR);
  return operator_prelude(vm, frame, "containers.repr_slow", 1, &v, out);
}

Called operator_str(VM *vm, Frame *frame, Value v, Value *out) {
  if (is_str(v) && as_object(v)->cls == vm->str_class) {
    *out = v;
    return CALL_DONE;
  }
  Text text = text_new(vm);
  Tri tri = value_str(vm, v, &text);
  if (tri == TRI_YES) {
    *out = from_object(text_finish(&text));
    return CALL_DONE;
  }
  text_free(&text);
  if (tri == TRI_ERROR) return CALL_RAISED;
  if (value_has_script(vm, v, SP_STR)) return text_by_special(vm, frame, v, SP_STR, SP_STR);
  if (is_exception(v)) return operator_prelude(vm, frame, "containers.exception_str", 1, &v, out);
  if (value_has_script(vm, v, SP_REPR)) return text_by_special(vm, frame, v, SP_REPR, SP_STR);
  return operator_repr(vm, frame, v, out);
}

// format(value, spec) with conversion. Registers: 0 value, 1 conversion, 2 spec or EMPTY.
static Step format_step(VM *vm, Frame *frame, Value in) {
  enum { START, CONVERTED, FORMATTED };
  if (!is_empty(vm->exception)) return STEP_RAISE;
  Value out;
  Called called = CALL_DONE;
  switch (frame->state) {
    case START: {
      int64_t conversion = as_small_int(frame->regs[1]);
      frame->state = CONVERTED;
      if (conversion == 0) {
        out = frame->regs[0];
      } else if (conversion == 1) {
        called = operator_str(vm, frame, frame->regs[0], &out);
      } else if (conversion == 2) {
        called = operator_repr(vm, frame, frame->regs[0], &out);
      } else {
        called = operator_prelude(vm, frame, "containers.ascii_slow", 1, frame->regs, &out);
      }
      if (called == CALL_ENTER) return STEP_ENTER;
      if (called == CALL_RAISED) return STEP_RAISE;
      in = out;
    }  // fall through
    case CONVERTED: {
      Str *spec = is_empty(frame->regs[2]) ? vm->empty_str : as_str(frame->regs[2]);
      frame->state = FORMATTED;
      Value method = class_special(vm, value_class(vm, in), SP_FORMAT);
      if (is_function(method)) {
        Value args[2] = {in, from_object(spec)};
        return step_call(vm, frame, FORMATTED, method, 2, args);
      }
      if (spec->length == 0) {
        called = operator_str(vm, frame, in, &out);
        if (called == CALL_ENTER) return STEP_ENTER;
        return called == CALL_DONE ? step_done(vm, out) : STEP_RAISE;
      }
      Text text = text_new(vm);
      Tri tri = format_value(vm, in, spec, &text);
      if (tri == TRI_YES) return step_done(vm, from_object(text_finish(&text)));
      text_free(&text);
      if (tri == TRI_ERROR) return STEP_RAISE;
      raise_type_error(vm, "unsupported format string passed to %s.__format__",
                       value_class_name(vm, in));
      return STEP_RAISE;
    }
    default:
      if (is_str(in)) return step_done(vm, in);
      raise_type_error(vm, "__format__ must return a str, not %s", value_class_name(vm, in));
      return STEP_RAISE;
  }
}

static const NativeDef format_def = {.name = "format", .step = format_step, .registers = 3};

Called operator_format(VM *vm, Frame *frame, Value v, int conversion, Value spec, Value *out) {
  vm->frame = frame;
  bool has_spec = !is_empty(spec) && as_str(spec)->length > 0;
  if (conversion == 0 || (conversion == 1 && !has_spec)) {
    if (is_str(v) && as_object(v)->cls == vm->str_class && !has_spec) {
      *out = v;
      return CALL_DONE;
    }
    if (is_small_int(v) && !has_spec) {
      *out = from_object(str_from_int(vm, as_small_int(v)));
      return CALL_DONE;
    }
    Text text = text_new(vm);
    Tri tri = has_spec ? format_value(vm, v, as_str(spec), &text) : TRI_SCRIPT;
    if (!has_spec && !value_has_script(vm, v, SP_FORMAT)) tri = value_str(vm, v, &text);
    if (tri == TRI_YES) {
      *out = from_object(text_finish(&text));
      return CALL_DONE;
    }
    text_free(&text);
    if (tri == TRI_ERROR) return CALL_RAISED;
  }
  Value regs[3] = {v, small_int(conversion), spec};
  return call_internal_step(vm, frame, &format_def, 3, regs);
}

Value operator_join_strs(VM *vm, const Value *strs, int count) {
  return from_object(str_join_all(vm, strs, count));
}

Called operator_hash(VM *vm, Frame *frame, Value v, Value *out) {
  uint64_t hash;
  Tri tri = value_hash(vm, v, &hash);
  if (tri == TRI_ERROR) return CALL_RAISED;
  if (tri == TRI_YES) {
    *out = int_from_i64(vm, (int64_t)hash);
    return CALL_DONE;
  }
  return operator_prelude(vm, frame, "containers.hash_slow", 1, &v, out);
}

// ---- with

static bool raise_no_manager(VM *vm, Value manager, bool is_async, Special missing, bool exit) {
  return raise_type_error(vm, "'%s' object does not support the %scontext manager protocol%s%s%s",
                          value_class_name(vm, manager), is_async ? "asynchronous " : "",
                          exit ? " (missed " : "", exit ? special_names[missing] : "",
                          exit ? " method)" : "");
}

// Splits a special method into (function, receiver) as LOAD_METHOD does.
static bool special_pair(VM *vm, Value manager, Special special, Value *pair) {
  Class *cls = value_class(vm, manager);
  Value found = class_special(vm, cls, special);
  if (is_empty(found)) return false;
  pair[0] = found;
  pair[1] = manager;
  if (is_function(found) ||
      (is_kind(found, KIND_NATIVE) && as_native(found)->def->flags & NATIVE_METHOD)) {
    return true;
  }
  pair[1] = EMPTY;
  return attr_bind(vm, found, manager, cls, &pair[0]) == TRI_YES;
}

bool operator_before_with(VM *vm, Value manager, bool is_async, Value *base) {
  Special enter = is_async ? SP_AENTER : SP_ENTER, exit = is_async ? SP_AEXIT : SP_EXIT;
  Value pairs[4];
  if (!special_pair(vm, manager, enter, &pairs[2])) {
    return raise_no_manager(vm, manager, is_async, enter, false);
  }
  if (!special_pair(vm, manager, exit, &pairs[0])) {
    return raise_no_manager(vm, manager, is_async, exit, true);
  }
  memcpy(base, pairs, sizeof pairs);
  return true;
}

// ---- the interactive session

Called operator_display(VM *vm, Frame *frame, Value v, Value *out) {
  *out = NONE;
  if (is_none(v)) return CALL_DONE;
  return operator_prelude(vm, frame, "output.display", 1, &v, out);
}
