// emit.c: the builder of code objects. See emit.h.
#include "emit.h"

#include "bytes.h"
#include "dict.h"
#include "verify.h"

Unit *emit_unit(Compiler *compiler, Unit *outer, Scope *scope, Str *name, Str *qualname) {
  Unit *unit = arena_zalloc(compiler->arena, sizeof *unit);
  unit->compiler = compiler;
  unit->outer = outer;
  unit->scope = scope;
  unit->name = name;
  unit->qualname = qualname;
  unit->doc = NONE;
  unit->const_index = map_new(compiler->arena);
  unit->next_temp = unit->register_count = scope->local_count;
  unit->reachable = true;
  if (scope->local_count > UINT16_MAX) {
    emit_error(unit, (Span){.line = 1, .end_line = 1}, "too many local variables");
  }
  return unit;
}

void emit_error(Unit *unit, Span span, const char *format, ...) {
  Compiler *compiler = unit->compiler;
  compiler->failed = true;
  if (diag_is_full(compiler->diags)) return;
  va_list args;
  va_start(args, format);
  diag_vadd(compiler->diags, DIAG_ERROR, DIAG_SYNTAX, span, format, args);
  va_end(args);
}

// Doubles an array in the arena when it is full.
static void *grown(Unit *unit, void *items, int count, int *capacity, size_t size) {
  if (count < *capacity) return items;
  int wanted = *capacity ? *capacity * 2 : 16;
  items = arena_grow(unit->compiler->arena, items, (size_t)count * size, (size_t)wanted * size);
  *capacity = wanted;
  return items;
}

// --- Instructions ------------------------------------------------------------------------------

static uint16_t clip(uint32_t column) {
  return column > UINT16_MAX ? UINT16_MAX : (uint16_t)column;
}

static void add(Unit *unit, Span span, Instr instr, Label target) {
  if (!unit->reachable) return;
  int capacity = unit->capacity;
  unit->instrs = grown(unit, unit->instrs, unit->count, &capacity, sizeof *unit->instrs);
  capacity = unit->capacity;
  unit->positions = grown(unit, unit->positions, unit->count, &capacity, sizeof *unit->positions);
  unit->targets = grown(unit, unit->targets, unit->count, &unit->capacity, sizeof *unit->targets);
  int at = unit->count++;
  unit->instrs[at] = instr;
  unit->positions[at] = (Position){
      .line = span.line,
      .end_line = span.end_line,
      .column = clip(span.column),
      .end_column = clip(span.end_column),
  };
  unit->targets[at] = target;
  if (opcode_table[instr.op].flags & OPF_ENDS) unit->reachable = false;
}

void emit(Unit *unit, Span span, Opcode op, int k, int a, int b, int c) {
  Instr instr = {.op = (uint8_t)op, .k = (uint8_t)k, .a = (uint16_t)a};
  instr.b = (uint16_t)b;
  instr.c = (uint16_t)c;
  add(unit, span, instr, NO_LABEL);
}

void emit_long(Unit *unit, Span span, Opcode op, int a, int32_t d) {
  Instr instr = {.op = (uint8_t)op, .a = (uint16_t)a};
  instr.d = d;
  add(unit, span, instr, NO_LABEL);
}

static void intersect(Bound *bound, const Bound *other) {
  for (size_t i = 0; i < sizeof bound->words / sizeof *bound->words; i++) {
    bound->words[i] &= other->words[i];
  }
}

static void reach(Unit *unit, Label label) {
  LabelState *state = &unit->labels[label];
  if (state->at >= 0) return;
  if (state->reached) {
    intersect(&state->bound, &unit->bound);
  } else {
    state->reached = true;
    state->bound = unit->bound;
  }
}

void emit_jump(Unit *unit, Span span, Opcode op, int k, int a, int b, Label label) {
  if (!unit->reachable) return;
  reach(unit, label);
  Instr instr = {.op = (uint8_t)op, .k = (uint8_t)k, .a = (uint16_t)a};
  instr.b = (uint16_t)b;
  add(unit, span, instr, label);
}

void emit_move(Unit *unit, Span span, int to, int from) {
  if (to != from) emit(unit, span, OP_MOVE, 0, to, from, 0);
}

Label emit_label(Unit *unit) {
  unit->labels =
      grown(unit, unit->labels, unit->label_count, &unit->label_capacity, sizeof *unit->labels);
  unit->labels[unit->label_count] = (LabelState){.at = -1};
  return unit->label_count++;
}

static bool is_invertible(const Instr *instr) {
  const OpcodeInfo *info = &opcode_table[instr->op];
  return instr->op == OP_JUMP_IF_TRUE || instr->op == OP_JUMP_IF_FALSE ||
         (info->c == ROLE_JUMP16 && info->k == ROLE_NUMBER);
}

static void invert(Instr *instr) {
  if (instr->op == OP_JUMP_IF_TRUE) {
    instr->op = OP_JUMP_IF_FALSE;
  } else if (instr->op == OP_JUMP_IF_FALSE) {
    instr->op = OP_JUMP_IF_TRUE;
  } else {
    instr->k = !instr->k;
  }
}

// `if x goto L; goto M; L:` becomes `if not x goto M; L:`.
static void skip_jump_over_jump(Unit *unit, Label label) {
  int last = unit->count - 1;
  if (last < 1 || unit->fence >= last || unit->reachable) return;
  Instr *test = &unit->instrs[last - 1];
  if (unit->instrs[last].op != OP_JUMP || unit->targets[last - 1] != label) return;
  if (!is_invertible(test)) return;
  invert(test);
  unit->targets[last - 1] = unit->targets[last];
  unit->count--;
}

void emit_place(Unit *unit, Label label) {
  LabelState *state = &unit->labels[label];
  assert(state->at < 0);
  state->at = unit->count;
  if (!state->reached) return;
  skip_jump_over_jump(unit, label);
  state->at = unit->fence = unit->count;
  if (unit->reachable) {
    intersect(&unit->bound, &state->bound);
  } else {
    unit->bound = state->bound;
  }
  unit->reachable = true;
}

void emit_place_loop(Unit *unit, Label label, bool entered, const Bound *bound) {
  unit->labels[label].at = unit->fence = unit->count;
  unit->reachable = entered;
  unit->bound = *bound;
}

void emit_place_handler(Unit *unit, const Block *block) {
  assert(!unit->reachable);
  unit->labels[block->handler].at = unit->fence = unit->count;
  unit->reachable = block->covers;
  unit->bound = block->bound;
}

// --- Constants ---------------------------------------------------------------------------------

int emit_const(Unit *unit, Value value) {
  uint64_t known = map_get(&unit->const_index, value);
  if (known != 0) return (int)known - 1;
  unit->consts =
      grown(unit, unit->consts, unit->const_count, &unit->const_capacity, sizeof *unit->consts);
  unit->consts[unit->const_count++] = value;
  map_set(&unit->const_index, value, (uint64_t)unit->const_count);
  return unit->const_count - 1;
}

bool emit_has_const16(Unit *unit, Value value, int *index) {
  uint64_t known = map_get(&unit->const_index, value);
  if (known == 0 && unit->const_count > UINT16_MAX) return false;
  *index = emit_const(unit, value);
  return *index <= UINT16_MAX;
}

int emit_const16(Unit *unit, Span span, Value value) {
  int index = 0;
  if (!emit_has_const16(unit, value, &index)) emit_error(unit, span, "function too large");
  return index;
}

void emit_load_const(Unit *unit, Span span, int to, Value value) {
  if (is_none(value)) {
    emit(unit, span, OP_LOAD_NONE, 0, to, 0, 0);
  } else if (is_small_int(value) && as_small_int(value) == (int32_t)as_small_int(value)) {
    emit_long(unit, span, OP_LOAD_INT, to, (int32_t)as_small_int(value));
  } else if (unit->reachable) {
    emit_long(unit, span, OP_LOAD_CONST, to, emit_const(unit, value));
  }
}

void emit_dict(Unit *unit, Span span, int to, int count) {
  emit(unit, span, OP_BUILD_DICT, count <= DICT_SMALL ? count : 0, to, 0, 0);
}

int emit_site(Unit *unit, Span span, Str8 name) {
  if (unit->site_count > UINT16_MAX) {
    emit_error(unit, span, "function too large");
    return 0;
  }
  unit->sites =
      grown(unit, unit->sites, unit->site_count, &unit->site_capacity, sizeof *unit->sites);
  name = scope_mangle(unit->compiler->arena, unit->scope->class_name, name);
  unit->sites[unit->site_count] = emit_str(unit->compiler, name);
  return unit->site_count++;
}

static bool is_identifier_like(Str8 text) {
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '_' || (unsigned char)c >= 0x80;
    if (!fits) return false;
  }
  return true;
}

Str *emit_str(Compiler *compiler, Str8 text) {
  text = arena_intern(compiler->arena, text.data ? text.data : "", text.length);
  Str *str = map_get_pointer(&compiler->strs, text.data);
  if (str != NULL) return str;
  str = str_new(compiler->vm, text.data, text.length);
  if (is_identifier_like(text)) str = str_intern(compiler->vm, str);
  map_set_pointer(&compiler->strs, text.data, str);
  return str;
}

// --- Registers ---------------------------------------------------------------------------------

void emit_reserve(Unit *unit, Span span, int count) {
  if (unit->next_temp + count > unit->register_count) {
    unit->register_count = unit->next_temp + count;
  }
  if (unit->register_count > UINT16_MAX) emit_error(unit, span, "function too large");
}

int emit_temp(Unit *unit, Span span) {
  emit_reserve(unit, span, 1);
  return unit->next_temp++;
}

bool emit_is_bound(const Unit *unit, int reg) {
  if (reg >= BOUND_LIMIT) return false;
  return unit->bound.words[reg / 64] >> (reg % 64) & 1;
}

void emit_set_bound(Unit *unit, int reg) {
  if (reg < BOUND_LIMIT) unit->bound.words[reg / 64] |= UINT64_C(1) << (reg % 64);
}

void emit_clear_bound(Unit *unit, int reg) {
  if (reg < BOUND_LIMIT) unit->bound.words[reg / 64] &= ~(UINT64_C(1) << (reg % 64));
}

// --- Blocks ------------------------------------------------------------------------------------

static bool has_range(const Block *block) {
  return block->handler != NO_LABEL || block->kind == BLOCK_HANDLING;
}

enum { BLOCKS_MAX = 20 };  // CPython's limit, which also bounds the copies of finally bodies

void emit_push(Unit *unit, Block *block, Span span) {
  block->outer = unit->block;
  block->start = unit->fence = unit->count;
  block->bound = unit->bound;
  unit->block = block;
  if (++unit->block_depth > BLOCKS_MAX) {
    emit_error(unit, span, "too many statically nested blocks");
  }
}

static void end_range(Unit *unit, Block *block) {
  if (!has_range(block) || unit->count == block->start) return;
  Range range = {block->start, unit->count, block->handler, block->reg};
  block->covers = true;
  if (block->kind == BLOCK_HANDLING) {
    unit->handlings = grown(unit, unit->handlings, unit->handling_count, &unit->handling_capacity,
                            sizeof *unit->handlings);
    unit->handlings[unit->handling_count++] = range;
  } else {
    unit->handlers = grown(unit, unit->handlers, unit->handler_count, &unit->handler_capacity,
                           sizeof *unit->handlers);
    unit->handlers[unit->handler_count++] = range;
  }
}

void emit_suspend(Unit *unit) {
  end_range(unit, unit->block);
  unit->fence = unit->count;
  unit->block = unit->block->outer;
  unit->block_depth--;
}

void emit_pop(Unit *unit) { emit_suspend(unit); }

void emit_resume(Unit *unit, Block *block) {
  block->start = unit->fence = unit->count;
  unit->block = block;
  unit->block_depth++;
}

// --- The code object ---------------------------------------------------------------------------

// How many instructions a jump takes, once we know that its distance is too far for 16 bits.
static int far_size(const Instr *instr) { return opcode_table[instr->op].k == ROLE_NUMBER ? 2 : 3; }

static bool is_short_jump(const Instr *instr) { return opcode_table[instr->op].c == ROLE_JUMP16; }

// new_at[i]: where instruction i ends up. Grows far jumps until every distance fits.
static int *layout(Unit *unit) {
  int count = unit->count;
  for (int i = 0; i < count; i++) {
    assert(unit->targets[i] == NO_LABEL || unit->labels[unit->targets[i]].at >= 0);
  }
  int *new_at = arena_alloc(unit->compiler->arena, ((size_t)count + 1) * sizeof *new_at);
  bool *far = arena_zalloc(unit->compiler->arena, (size_t)count + 1);
  for (bool changed = true; changed;) {
    changed = false;
    int at = 0;
    for (int i = 0; i < count; i++) {
      new_at[i] = at;
      at += far[i] ? far_size(&unit->instrs[i]) : 1;
    }
    new_at[count] = at;
    if (at <= INT16_MAX) break;
    for (int i = 0; i < count; i++) {
      if (far[i] || unit->targets[i] == NO_LABEL || !is_short_jump(&unit->instrs[i])) continue;
      int distance = new_at[unit->labels[unit->targets[i]].at] - (new_at[i] + 1);
      if (distance == (int16_t)distance) continue;
      far[i] = changed = true;
    }
  }
  return new_at;
}

// Writes instruction i to its place. A far jump `if x goto L` becomes
//     if not x goto +1; goto L          where the opcode can be inverted by k,
//     if x goto +1; goto +1; goto L     where not.
static void place(const Unit *unit, int i, const int *new_at, Instr *to) {
  Instr instr = unit->instrs[i];
  if (unit->targets[i] == NO_LABEL) {
    *to = instr;
    return;
  }
  int target = new_at[unit->labels[unit->targets[i]].at];
  int size = new_at[i + 1] - new_at[i];
  int distance = target - (new_at[i] + size);
  if (!is_short_jump(&instr)) {
    instr.d = distance;
    *to = instr;
  } else if (size == 1) {
    instr.c = (uint16_t)(int16_t)distance;
    *to = instr;
  } else {
    if (size == 2) instr.k = !instr.k;
    instr.c = 1;
    to[0] = instr;
    for (int j = 1; j < size; j++) to[j] = (Instr){.op = OP_JUMP};
    if (size == 3) to[1].d = 1;
    to[size - 1].d = distance;
  }
}

static void fill_instrs(Unit *unit, Code *code, const int *new_at) {
  VM *vm = unit->compiler->vm;
  code->instr_count = (uint32_t)new_at[unit->count];
  code->instrs = heap_buffer_new(vm, code->instr_count * sizeof *code->instrs);
  code->positions = heap_buffer_new(vm, code->instr_count * sizeof *code->positions);
  for (int i = 0; i < unit->count; i++) {
    place(unit, i, new_at, &code->instrs[new_at[i]]);
    for (int j = new_at[i]; j < new_at[i + 1]; j++) code->positions[j] = unit->positions[i];
  }
}

static void fill_ranges(Unit *unit, Code *code, const int *new_at) {
  VM *vm = unit->compiler->vm;
  code->handler_count = (uint32_t)unit->handler_count;
  code->handlers = heap_buffer_new(vm, code->handler_count * sizeof *code->handlers);
  for (int i = 0; i < unit->handler_count; i++) {
    const Range *range = &unit->handlers[i];
    code->handlers[i] = (Handler){
        .start = (uint32_t)new_at[range->start],
        .end = (uint32_t)new_at[range->end],
        .target = (uint32_t)new_at[unit->labels[range->handler].at],
        .reg = (uint16_t)range->reg,
    };
  }
  code->handling_count = (uint32_t)unit->handling_count;
  code->handlings = heap_buffer_new(vm, code->handling_count * sizeof *code->handlings);
  for (int i = 0; i < unit->handling_count; i++) {
    const Range *range = &unit->handlings[i];
    code->handlings[i] = (Handling){
        .start = (uint32_t)new_at[range->start],
        .end = (uint32_t)new_at[range->end],
        .reg = (uint16_t)range->reg,
    };
  }
}

static void fill_names(Unit *unit, Code *code) {
  Compiler *compiler = unit->compiler;
  Scope *scope = unit->scope;
  code->local_count = (uint16_t)scope->local_count;
  code->local_names = heap_buffer_new(compiler->vm, code->local_count * sizeof *code->local_names);
  if (scope->kind == SCOPE_CLASS) {
    code->local_names[0] = emit_str(compiler, (Str8){".namespace", 10});
    if (scope->class_cell >= 0) {
      code->local_names[scope->class_cell] = emit_str(compiler, (Str8){"__class__", 9});
    }
  }
  for (int i = 0; i < scope->symbol_count; i++) {
    const Symbol *symbol = scope->symbols[i];
    if (symbol->reg >= 0) code->local_names[symbol->reg] = emit_str(compiler, symbol->name);
  }
}

static void fill_captures(Unit *unit, Code *code) {
  Compiler *compiler = unit->compiler;
  Scope *scope = unit->scope;
  code->capture_count = (uint32_t)scope->capture_count;
  code->captures = heap_buffer_new(compiler->vm, code->capture_count * sizeof *code->captures);
  code->free_names = heap_buffer_new(compiler->vm, code->capture_count * sizeof *code->free_names);
  for (int i = 0; i < scope->capture_count; i++) {
    Str8 name = scope->captures[i]->name;
    const Scope *outer = scope->parent;
    const Symbol *source = map_get_pointer(&outer->by_name, name.data);
    Capture capture;
    if (outer->class_cell >= 0 && str8_is(name, "__class__")) {
      capture = (Capture){true, (uint16_t)outer->class_cell};
    } else if (source->kind == NAME_CELL) {
      capture = (Capture){true, (uint16_t)source->reg};
    } else {
      capture = (Capture){false, (uint16_t)source->capture};
    }
    code->captures[i] = capture;
    code->free_names[i] = emit_str(compiler, name);
  }
}

Code *emit_finish(Unit *unit) {
  Compiler *compiler = unit->compiler;
  VM *vm = compiler->vm;
  if (unit->scope->capture_count > UINT16_MAX) {
    emit_error(unit, (Span){.line = unit->first_line}, "function too large");
  }
  if (compiler->failed) return NULL;
  Code *code = code_new(vm);
  const int *new_at = layout(unit);
  fill_instrs(unit, code, new_at);
  fill_ranges(unit, code, new_at);
  fill_names(unit, code);
  fill_captures(unit, code);
  code->flags = unit->flags;
  code->register_count = (uint16_t)unit->register_count;
  code->param_count = (uint16_t)unit->param_count;
  code->positional_only = (uint16_t)unit->positional_only;
  code->keyword_only_count = (uint16_t)unit->keyword_only_count;
  code->const_count = (uint32_t)unit->const_count;
  code->consts = heap_buffer_new(vm, code->const_count * sizeof *code->consts);
  if (unit->const_count) memcpy(code->consts, unit->consts, code->const_count * sizeof(Value));
  code->site_count = (uint32_t)unit->site_count;
  code->sites = heap_buffer_new(vm, code->site_count * sizeof *code->sites);
  for (int i = 0; i < unit->site_count; i++) code->sites[i] = (AttrSite){.name = unit->sites[i]};
  code->name = unit->name;
  code->qualname = unit->qualname;
  code->doc = unit->doc;
  code->module = compiler->module;
  code->filename = compiler->filename;
  code->source = compiler->text;
  code->first_line = unit->first_line;
  const char *wrong = verify_code(compiler->vm, code);
  if (wrong != NULL) {
    emit_error(unit, (Span){.line = unit->first_line, .end_line = unit->first_line},
               "internal error: the compiler made bad code: %s", wrong);
    return NULL;
  }
  return code;
}
