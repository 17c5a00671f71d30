// marshal.c: writing and reading a module's code.
//
// Layout: the module's strs (each once), then the names of its global slots, then the code object
// with those of its functions nested in its constants. Numbers are varints (seven bits a byte, the
// lowest first). Code refers to globals by slot; the reading module may number its slots
// otherwise, so reading translates them by name.
#include "marshal.h"

#include "bytes.h"
#include "dict.h"
#include "int.h"
#include "list.h"
#include "module.h"
#include "set.h"
#include "str.h"
#include "tuple.h"
#include "vm.h"

enum {
  TAG_NONE = 'N',
  TAG_TRUE = 'T',
  TAG_FALSE = 'F',
  TAG_ELLIPSIS = '.',
  TAG_INT = 'i',
  TAG_FLOAT = 'f',
  TAG_STR = 's',
  TAG_BYTES = 'b',
  TAG_TUPLE = '(',
  TAG_SET = '<',
  TAG_CODE = 'c',
};

// ---- writing

typedef struct {
  VM *vm;
  FILE *file;
  Dict *index_of;  // str -> its number
  List *strs;
} Writer;

static void write_number(Writer *w, uint64_t n) {
  for (; n >= 128; n >>= 7) putc((int)(n & 127) | 128, w->file);
  putc((int)n, w->file);
}

static void write_raw(Writer *w, const void *data, size_t count, size_t size) {
  if (count > 0) fwrite(data, size, count, w->file);
}

static void note_str(Writer *w, Str *s) {
  if (!is_empty(dict_get_str(w->index_of, s))) return;
  dict_set_str(w->vm, w->index_of, s, small_int((int64_t)w->strs->count));
  list_append(w->vm, w->strs, from_object(s));
}

static void note_strs(Writer *w, const Code *code);

static void note_value(Writer *w, Value v) {
  if (is_str(v)) {
    note_str(w, as_str(v));
  } else if (is_tuple(v)) {
    for (size_t i = 0; i < as_tuple(v)->count; i++) note_value(w, as_tuple(v)->items[i]);
  } else if (is_any_set(v)) {
    size_t position = 0;
    for (Value key; set_next(as_set(v), &position, &key);) note_value(w, key);
  } else if (is_kind(v, KIND_CODE)) {
    note_strs(w, (Code *)as_object(v));
  }
}

static void note_strs(Writer *w, const Code *code) {
  note_str(w, code->name);
  note_str(w, code->qualname);
  note_value(w, code->doc);
  for (uint32_t i = 0; i < code->site_count; i++) note_str(w, code->sites[i].name);
  for (uint32_t i = 0; i < code->local_count; i++) {
    if (code->local_names[i] != NULL) note_str(w, code->local_names[i]);
  }
  for (uint32_t i = 0; i < code->capture_count; i++) note_str(w, code->free_names[i]);
  for (uint32_t i = 0; i < code->const_count; i++) note_value(w, code->consts[i]);
}

// 0 stands for no str.
static void write_str(Writer *w, Str *s) {
  write_number(w, s == NULL ? 0 : 1 + (uint64_t)as_small_int(dict_get_str(w->index_of, s)));
}

static void write_code(Writer *w, const Code *code);

static void write_int(Writer *w, Value v) {
  Text text = text_new(w->vm);
  bool done = int_to_text(w->vm, v, 16, &text);
  assert(done);  // base 16 has no limit
  (void)done;
  Str *digits = text_finish(&text);
  putc(TAG_INT, w->file);
  write_number(w, digits->length);
  write_raw(w, digits->data, digits->length, 1);
}

static void write_value(Writer *w, Value v) {
  if (is_none(v)) {
    putc(TAG_NONE, w->file);
  } else if (is_bool(v)) {
    putc(v == TRUE_VALUE ? TAG_TRUE : TAG_FALSE, w->file);
  } else if (v == ELLIPSIS) {
    putc(TAG_ELLIPSIS, w->file);
  } else if (is_int(v)) {
    write_int(w, v);
  } else if (is_double(v)) {
    double d = as_double(v);
    putc(TAG_FLOAT, w->file);
    write_raw(w, &d, 1, sizeof d);
  } else if (is_str(v)) {
    putc(TAG_STR, w->file);
    write_str(w, as_str(v));
  } else if (is_bytes(v)) {
    putc(TAG_BYTES, w->file);
    write_number(w, as_bytes(v)->length);
    write_raw(w, as_bytes(v)->data, as_bytes(v)->length, 1);
  } else if (is_tuple(v)) {
    putc(TAG_TUPLE, w->file);
    write_number(w, as_tuple(v)->count);
    for (size_t i = 0; i < as_tuple(v)->count; i++) write_value(w, as_tuple(v)->items[i]);
  } else if (is_any_set(v)) {
    putc(TAG_SET, w->file);
    write_number(w, as_object(v)->kind);
    write_number(w, as_set(v)->count);
    size_t position = 0;
    for (Value key; set_next(as_set(v), &position, &key);) write_value(w, key);
  } else {
    assert(is_kind(v, KIND_CODE));
    putc(TAG_CODE, w->file);
    write_code(w, (Code *)as_object(v));
  }
}

static void write_code(Writer *w, const Code *code) {
  write_number(w, code->flags);
  write_number(w, code->register_count);
  write_number(w, code->param_count);
  write_number(w, code->positional_only);
  write_number(w, code->keyword_only_count);
  write_number(w, code->first_line);
  write_str(w, code->name);
  write_str(w, code->qualname);
  write_value(w, code->doc);
  write_number(w, code->instr_count);
  write_raw(w, code->instrs, code->instr_count, sizeof *code->instrs);
  write_raw(w, code->positions, code->instr_count, sizeof *code->positions);
  write_number(w, code->handler_count);
  write_raw(w, code->handlers, code->handler_count, sizeof *code->handlers);
  write_number(w, code->handling_count);
  write_raw(w, code->handlings, code->handling_count, sizeof *code->handlings);
  write_number(w, code->capture_count);
  write_raw(w, code->captures, code->capture_count, sizeof *code->captures);
  for (uint32_t i = 0; i < code->capture_count; i++) write_str(w, code->free_names[i]);
  write_number(w, code->local_count);
  for (uint32_t i = 0; i < code->local_count; i++) write_str(w, code->local_names[i]);
  write_number(w, code->site_count);
  for (uint32_t i = 0; i < code->site_count; i++) write_str(w, code->sites[i].name);
  write_number(w, code->const_count);
  for (uint32_t i = 0; i < code->const_count; i++) write_value(w, code->consts[i]);
}

void marshal_write(VM *vm, FILE *file, const Code *code) {
  Writer w = {.vm = vm, .file = file, .index_of = dict_new(vm), .strs = list_new(vm, 0)};
  Module *module = code->module;
  note_strs(&w, code);
  for (uint32_t i = 0; i < module->count; i++) note_str(&w, module_slot_name(module, i));
  write_number(&w, w.strs->count);
  for (size_t i = 0; i < w.strs->count; i++) {
    Str *s = as_str(w.strs->items[i]);
    write_number(&w, s->length * 2 + ((s->header.flags & STR_INTERNED) != 0));
    write_raw(&w, s->data, s->length, 1);
  }
  write_number(&w, module->count);
  for (uint32_t i = 0; i < module->count; i++) write_str(&w, module_slot_name(module, i));
  write_code(&w, code);
}

// ---- reading

typedef struct {
  VM *vm;
  const unsigned char *at;
  Module *module;
  uint32_t flags;
  Str **strs;      // of index - 1
  int32_t *slots;  // the writing module's slot -> the reading module's
} Reader;

static uint64_t read_number(Reader *r) {
  uint64_t n = 0;
  for (int shift = 0;; shift += 7) {
    unsigned char byte = *r->at++;
    n |= (uint64_t)(byte & 127) << shift;
    if (byte < 128) return n;
  }
}

static Str *read_str(Reader *r) {
  uint64_t index = read_number(r);
  return index == 0 ? NULL : r->strs[index - 1];
}

// A heap buffer with the next `count` things of `size` bytes.
static void *read_raw(Reader *r, size_t count, size_t size) {
  void *data = heap_buffer_new(r->vm, count * size);
  if (count > 0) memcpy(data, r->at, count * size);
  r->at += count * size;
  return data;
}

static Code *read_code(Reader *r);
static Value read_value(Reader *r);

static Value read_int(Reader *r) {
  size_t length = read_number(r);
  const char *digits = (const char *)r->at;
  r->at += length;
  bool negative = length > 0 && digits[0] == '-';
  Value v = int_from_digits(r->vm, digits + negative, length - negative, 16);
  if (!negative) return v;
  bool done = int_unary(r->vm, UN_NEG, v, &v) == TRI_YES;
  assert(done);
  (void)done;
  return v;
}

static Value read_tuple(Reader *r) {
  Tuple *tuple = tuple_new(r->vm, read_number(r));
  for (size_t i = 0; i < tuple->count; i++) tuple->items[i] = read_value(r);
  return from_object(tuple);
}

static Value read_set(Reader *r) {
  VM *vm = r->vm;
  Set *set = read_number(r) == KIND_SET ? set_new(vm) : frozenset_new(vm);
  for (size_t count = read_number(r); count > 0; count--) {
    bool added = set_add(vm, set, read_value(r)) == TRI_YES;
    assert(added);
    (void)added;
  }
  return from_object(set);
}

static Value read_value(Reader *r) {
  switch (*r->at++) {
    case TAG_TRUE: return TRUE_VALUE;
    case TAG_FALSE: return FALSE_VALUE;
    case TAG_ELLIPSIS: return ELLIPSIS;
    case TAG_INT: return read_int(r);
    case TAG_FLOAT: {
      double d;
      memcpy(&d, r->at, sizeof d);
      r->at += sizeof d;
      return from_double(d);
    }
    case TAG_STR: return from_object(read_str(r));
    case TAG_BYTES: {
      size_t length = read_number(r);
      r->at += length;
      return from_object(bytes_new(r->vm, length == 0 ? "" : (const char *)r->at - length, length));
    }
    case TAG_TUPLE: return read_tuple(r);
    case TAG_SET: return read_set(r);
    case TAG_CODE: return from_object(read_code(r));
    default: return NONE;
  }
}

static Str **read_names(Reader *r, size_t count) {
  Str **names = heap_buffer_new(r->vm, count * sizeof *names);
  for (size_t i = 0; i < count; i++) names[i] = read_str(r);
  return names;
}

static void translate_slots(const Reader *r, Code *code) {
  for (uint32_t i = 0; i < code->instr_count; i++) {
    Instr *instr = &code->instrs[i];
    if (opcode_table[instr->op].b == ROLE_GLOBAL) instr->d = r->slots[instr->d];
  }
}

static Code *read_code(Reader *r) {
  VM *vm = r->vm;
  Code *code = code_new(vm);
  code->module = r->module;
  code->filename = r->module->filename;
  code->flags = (uint32_t)read_number(r) | r->flags;
  code->register_count = (uint16_t)read_number(r);
  code->param_count = (uint16_t)read_number(r);
  code->positional_only = (uint16_t)read_number(r);
  code->keyword_only_count = (uint16_t)read_number(r);
  code->first_line = (uint32_t)read_number(r);
  code->name = read_str(r);
  code->qualname = read_str(r);
  code->doc = read_value(r);
  code->instr_count = (uint32_t)read_number(r);
  code->instrs = read_raw(r, code->instr_count, sizeof *code->instrs);
  code->positions = read_raw(r, code->instr_count, sizeof *code->positions);
  translate_slots(r, code);
  code->handler_count = (uint32_t)read_number(r);
  code->handlers = read_raw(r, code->handler_count, sizeof *code->handlers);
  code->handling_count = (uint32_t)read_number(r);
  code->handlings = read_raw(r, code->handling_count, sizeof *code->handlings);
  code->capture_count = (uint32_t)read_number(r);
  code->captures = read_raw(r, code->capture_count, sizeof *code->captures);
  code->free_names = read_names(r, code->capture_count);
  code->local_count = (uint16_t)read_number(r);
  code->local_names = read_names(r, code->local_count);
  code->site_count = (uint32_t)read_number(r);
  code->sites = heap_buffer_new(vm, code->site_count * sizeof *code->sites);
  for (uint32_t i = 0; i < code->site_count; i++) code->sites[i] = (AttrSite){.name = read_str(r)};
  code->const_count = (uint32_t)read_number(r);
  code->consts = heap_buffer_new(vm, code->const_count * sizeof *code->consts);
  for (uint32_t i = 0; i < code->const_count; i++) code->consts[i] = read_value(r);
  return code;
}

Code *marshal_read(VM *vm, const unsigned char *bytes, Module *module, uint32_t flags) {
  Reader r = {.vm = vm, .at = bytes, .module = module, .flags = flags};
  size_t str_count = read_number(&r);
  r.strs = heap_buffer_new(vm, str_count * sizeof *r.strs);
  for (size_t i = 0; i < str_count; i++) {
    size_t length = read_number(&r);
    Str *s = str_new(vm, (const char *)r.at, length / 2);
    r.strs[i] = length % 2 == 1 ? str_intern(vm, s) : s;
    r.at += length / 2;
  }
  size_t slot_count = read_number(&r);
  r.slots = heap_buffer_new(vm, slot_count * sizeof *r.slots);
  for (size_t i = 0; i < slot_count; i++)
    r.slots[i] = (int32_t)module_slot(vm, module, read_str(&r));
  Code *code = read_code(&r);
  heap_buffer_free(vm, r.slots, slot_count * sizeof *r.slots);
  heap_buffer_free(vm, r.strs, str_count * sizeof *r.strs);
  return code;
}
