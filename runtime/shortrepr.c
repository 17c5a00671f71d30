// shortrepr.c: see shortrepr.h.
//
// Invariant: what has been added is never longer than the limit by more than one item, so that no
// walk over a large container goes on for long.
#include "shortrepr.h"

#include "bytes.h"
#include "deque.h"
#include "task.h"

#define MOST_NESTED 6

typedef struct {
  VM *vm;
  Text *out;
  size_t end;  // of the text, after which nothing more need be added
} Writer;

static void write_value(Writer *w, Value v, int depth);

static bool is_full(const Writer *w) { return w->out->length > w->end; }

static void write_items(Writer *w, const char *open, const Value *items, size_t count,
                        const char *close, int depth) {
  text_add_c(w->out, open);
  for (size_t i = 0; i < count && !is_full(w); i++) {
    if (i > 0) text_add_c(w->out, ", ");
    write_value(w, items[i], depth);
  }
  text_add_c(w->out, close);
}

static void write_set(Writer *w, const Set *set, int depth) {
  Value key;
  bool first = true;
  text_add_char(w->out, '{');
  for (size_t i = 0; !is_full(w) && set_next(set, &i, &key); first = false) {
    if (!first) text_add_c(w->out, ", ");
    write_value(w, key, depth);
  }
  text_add_char(w->out, '}');
}

// Of a dict, and of the library's classes that are dicts.
static void write_dict(Writer *w, const Dict *dict, int depth) {
  Value key, value;
  bool first = true, plain = dict->header.cls == w->vm->dict_class;
  if (!plain) {
    text_add_str(w->out, dict->header.cls->name);
    text_add_char(w->out, '(');
  }
  text_add_char(w->out, '{');
  for (size_t i = 0; !is_full(w) && dict_next(dict, &i, &key, &value); first = false) {
    if (!first) text_add_c(w->out, ", ");
    write_value(w, key, depth);
    text_add_c(w->out, ": ");
    write_value(w, value, depth);
  }
  text_add_c(w->out, plain ? "}" : "})");
}

static void write_deque(Writer *w, const Deque *deque, int depth) {
  text_add_c(w->out, "deque([");
  for (size_t i = 0; i < deque->count && !is_full(w); i++) {
    if (i > 0) text_add_c(w->out, ", ");
    write_value(w, *deque_at(deque, i), depth);
  }
  text_add_c(w->out, "])");
}

// "<f at 0x7f…>" says nothing by its address, which is another one in each run.
static void drop_addresses(Text *out, size_t from) {
  static const char mark[] = " at 0x";
  for (;;) {
    char *at = out->length > from ? memmem(out->data + from, out->length - from, mark, 6) : NULL;
    if (at == NULL) return;
    size_t start = (size_t)(at - out->data), end = start + 6;
    while (end < out->length && strchr("0123456789abcdef", out->data[end]) != NULL) end++;
    memmove(out->data + start, out->data + end, out->length - end);
    out->length -= end - start;
  }
}

static void write_other(Writer *w, Value v) {
  size_t from = w->out->length;
  Tri tri = value_repr(w->vm, v, w->out);
  if (tri == TRI_ERROR) vm_clear_exception(w->vm);
  if (tri != TRI_YES) {
    w->out->length = from;
    value_repr_plain(w->vm, v, w->out);
  }
  drop_addresses(w->out, from);
}

static void write_task(Writer *w, Value v) {
  const Future *task = as_future(v);
  const char *state = !future_done(task)                   ? "pending"
                      : future_cancelled(task)             ? "cancelled"
                      : task->header.extra & FUTURE_FAILED ? "failed"
                                                           : "finished";
  const Str *name = task_name(w->vm, as_task(v));
  text_printf(w->out, "<%.*s %s>", (int)name->length, name->data, state);
}

// The beginning of a long text or of long bytes stands for the whole.
static Value beginning(const Writer *w, Value v) {
  size_t most = w->end > w->out->length ? w->end - w->out->length + 4 : 4;
  if (is_str(v) && as_str(v)->length > most) {
    const char *data = as_str(v)->data;
    while (most > 0 && ((unsigned char)data[most] & 0xC0) == 0x80) most--;
    return from_object(str_new(w->vm, data, most));
  }
  if (is_bytes(v) && as_bytes(v)->length > most) {
    return from_object(bytes_new(w->vm, as_bytes(v)->data, most));
  }
  return v;
}

static bool is_known_dict(const VM *vm, const Class *cls) {
  return cls == vm->dict_class || cls == vm->default_dict_class || cls == vm->ordered_dict_class;
}

static void write_value(Writer *w, Value v, int depth) {
  VM *vm = w->vm;
  if (is_full(w)) return;
  if (depth == MOST_NESTED) {
    text_add_c(w->out, "…");
  } else if (is_list(v) && as_object(v)->cls == vm->list_class) {
    write_items(w, "[", as_list(v)->items, as_list(v)->count, "]", depth + 1);
  } else if (is_tuple(v) && as_object(v)->cls == vm->tuple_class) {
    const char *close = as_tuple(v)->count == 1 ? ",)" : ")";
    write_items(w, "(", as_tuple(v)->items, as_tuple(v)->count, close, depth + 1);
  } else if (is_kind(v, KIND_SET) && as_object(v)->cls == vm->set_class && as_set(v)->count > 0) {
    write_set(w, as_set(v), depth + 1);
  } else if (is_dict(v) && is_known_dict(vm, as_object(v)->cls)) {
    write_dict(w, as_dict(v), depth + 1);
  } else if (is_deque(v) && as_object(v)->cls == vm->deque_class) {
    write_deque(w, as_deque(v), depth + 1);
  } else if (is_kind(v, KIND_TASK)) {
    write_task(w, v);
  } else {
    write_other(w, beginning(w, v));
  }
}

void shortrepr_add(VM *vm, Value v, size_t limit, Text *out) {
  Value pending = vm->exception;
  vm->exception = EMPTY;
  size_t from = out->length;
  Writer writer = {vm, out, from + limit};
  write_value(&writer, v, 0);
  vm->exception = pending;
  if (out->length <= writer.end) return;
  size_t end = writer.end - 3;
  while (end > from && ((unsigned char)out->data[end] & 0xC0) == 0x80) end--;
  out->length = end;
  text_add_c(out, "…");
}
