// tracelog.c: see tracelog.h.
//
// Which fields an event has is told by the table of kinds (events.def); here each field is written
// in one place, whatever kind it belongs to.
#include "tracelog.h"

#include <math.h>
#include <string.h>

#include "coro.h"
#include "finding.h"
#include "jsontext.h"
#include "shortrepr.h"

#define REPR_LIMIT 60
#define MOST_FRAMES 64  // of a suspended task, innermost first

void tracelog_write_seconds(FILE *out, double seconds) {
  char text[64];
  if (!isfinite(seconds)) {  // a timer that never comes
    fputs("null", out);
    return;
  }
  int length = snprintf(text, sizeof text, "%.9f", seconds);
  while (text[length - 1] == '0' && text[length - 2] != '.') length--;
  fwrite(text, 1, (size_t)length, out);
}

static void write_str(FILE *out, const Str *text) {
  json_write_string(out, text->data, text->length);
}

static void write_text(FILE *out, const Text *text) {
  json_write_string(out, text->data == NULL ? "" : text->data, text->length);
}

static void write_repr(FILE *out, VM *vm, Value v) {
  Text text = text_new(vm);
  shortrepr_add(vm, v, REPR_LIMIT, &text);
  write_text(out, &text);
  text_free(&text);
}

static void write_message(FILE *out, VM *vm, Value exception) {
  Text text = text_new(vm);
  if (exception_text(vm, exception, &text) != TRI_YES) {
    vm_clear_exception(vm);
    text.length = 0;
  }
  write_text(out, &text);
  text_free(&text);
}

static void write_registers(FILE *out, VM *vm, const Frame *frame) {
  const Str *name;
  Value value;
  bool first = true;
  fputc('[', out);
  for (uint32_t i = 0; i < frame->code->local_count; i++) {
    if (!observe_register(frame, i, &name, &value)) continue;
    fputs(first ? "[" : ",[", out);
    first = false;
    write_str(out, name);
    fputc(',', out);
    write_repr(out, vm, value);
    fputc(']', out);
  }
  fputc(']', out);
}

static uint32_t line_of(TraceEntry place) { return place.code->positions[place.instr].line; }

static void write_frames(FILE *out, VM *vm, const Task *task) {
  fputc('[', out);
  Frame *frame = observe_next_frame(vm, task, NULL);
  for (int i = 0; frame != NULL && i < MOST_FRAMES; i++) {
    if (i > 0) fputc(',', out);
    TraceEntry place = finding_place(frame);
    fprintf(out, "{\"id\":%u,\"function\":", observe_frame_id(vm, frame));
    write_str(out, frame->code->qualname);
    fputs(",\"file\":", out);
    write_str(out, frame->code->filename);
    fprintf(out, ",\"line\":%u", line_of(place));
    Frame *parent = observe_next_frame(vm, task, frame);
    if (parent != NULL) fprintf(out, ",\"parent\":%u", observe_frame_id(vm, parent));
    fputs(",\"registers\":", out);
    write_registers(out, vm, frame);
    fputc('}', out);
    frame = parent;
  }
  fputc(']', out);
}

static void write_wait(FILE *out, const EventWait *on) {
  fputs("{\"kind\":", out);
  json_write_c(out, on->kind);
  fputs(",\"text\":", out);
  json_write_string(out, on->text == NULL ? "" : on->text, on->length);
  if (on->task != 0) fprintf(out, ",\"task\":%u", on->task);
  if (on->until >= 0) {
    fputs(",\"until\":", out);
    tracelog_write_seconds(out, on->until);
  }
  fputc('}', out);
}

static void write_place(FILE *out, TraceEntry place) {
  Position position = place.code->positions[place.instr];
  fputs(",\"at\":{\"file\":", out);
  write_str(out, place.code->filename);
  fprintf(out, ",\"line\":%u,\"column\":%u,\"function\":", position.line, position.column + 1u);
  write_str(out, place.code->qualname);
  fputc('}', out);
}

static void write_key(FILE *out, const char *key) { fprintf(out, ",\"%s\":", key); }

static void write_word(FILE *out, const char *key, const char *word) {
  write_key(out, key);
  json_write_c(out, word);
}

static void write_number(FILE *out, const char *key, uint32_t number) {
  fprintf(out, ",\"%s\":%u", key, number);
}

static void write_ids(FILE *out, const char *key, const uint32_t *ids, size_t count) {
  write_key(out, key);
  for (size_t i = 0; i < count; i++) fprintf(out, "%c%u", i == 0 ? '[' : ',', ids[i]);
  fputs(count == 0 ? "[]" : "]", out);
}

static void write_by(FILE *out, const Event *event) {
  if (event->by_task != 0) {
    write_number(out, "by", event->by_task);
  } else if (event->by != NULL) {
    write_word(out, "by", event->by);
  }
}

static void write_for(FILE *out, const Event *event) {
  if (event->by_task != 0) {
    fprintf(out, ",\"for\":{\"task\":%u}", event->by_task);
  } else {
    fputs(",\"for\":{\"callback\":", out);
    json_write_string(out, event->text, event->length);
    fputc('}', out);
  }
}

// What a task has returned; of an exception its class and text.
static void write_value(FILE *out, VM *vm, const Event *event) {
  if (is_empty(event->value)) return;
  write_key(out, "value");
  if (event->kind != EVENT_TASK_DONE || !is_exception(event->value) ||
      strcmp(event->word, "raised") != 0) {
    write_repr(out, vm, event->value);
    return;
  }
  Text text = text_new(vm);
  text_add_str(&text, as_object(event->value)->cls->name);
  size_t length = text.length;
  text_add_c(&text, ": ");
  if (exception_text(vm, event->value, &text) != TRI_YES || text.length == length + 2) {
    vm_clear_exception(vm);
    text.length = length;
  }
  write_text(out, &text);
  text_free(&text);
}

// In the order in which the fields are written.
static void write_fields(FILE *out, VM *vm, const Event *event) {
  uint32_t fields = event_table[event->kind].fields;
  if (fields & F_ID) write_number(out, "id", event->id);
  if (fields & F_TIMER) write_number(out, "timer", event->id);
  if (fields & F_NAME) {
    write_key(out, "name");
    write_str(out, task_name(vm, event->subject));
  }
  if (fields & F_COROUTINE && event->subject->coroutine != NULL) {
    write_key(out, "coroutine");
    write_str(out, event->subject->coroutine->code->qualname);
  }
  if (fields & F_WHY) write_word(out, "why", event->word);
  if (fields & F_BY) write_by(out, event);
  if (fields & F_HOW) write_word(out, "how", event->word);
  if (fields & F_FRAME && event->frame != 0) write_number(out, "frame", event->frame);
  if (fields & F_FUNCTION) {
    write_key(out, "function");
    write_str(out, event->running->code->qualname);
  }
  if (fields & F_SORT) write_word(out, "kind", event->word);
  if (fields & F_PARENT && event->parent != 0) write_number(out, "parent", event->parent);
  if (fields & F_REGISTERS) {
    write_key(out, "registers");
    write_registers(out, vm, event->running);
  }
  if (fields & F_ON) {
    write_key(out, "on");
    write_wait(out, &event->on);
  }
  if (fields & F_FRAMES) {
    write_key(out, "frames");
    write_frames(out, vm, event->subject);
  }
  if (fields & (F_WHEN | F_UNTIL) && event->until >= 0) {
    write_key(out, fields & F_WHEN ? "when" : "until");
    tracelog_write_seconds(out, event->until);
  }
  if (fields & F_FOR) write_for(out, event);
  if (fields & F_FILE) {
    write_key(out, "file");
    write_str(out, event->file);
  }
  if (fields & F_TEXT) {
    write_key(out, "text");
    json_write_string(out, event->text == NULL ? "" : event->text, event->length);
  }
  if (fields & F_STREAM) write_word(out, "stream", event->word);
  if (fields & F_TYPE) {
    write_key(out, "type");
    write_str(out, as_object(event->value)->cls->name);
  }
  if (fields & F_MESSAGE) {
    write_key(out, "text");
    write_message(out, vm, event->value);
  }
  if (fields & F_CAUGHT && event->line != 0) write_number(out, "caught", event->line);
  if (fields & F_VALUE) write_value(out, vm, event);
  if (fields & F_STATUS) write_number(out, "status", event->line);
  if (fields & F_PENDING) write_ids(out, "pending", event->ids, event->length);
}

static void write_event(Observer *self, VM *vm, const Event *event) {
  FILE *out = ((TraceLog *)self)->out;
  fprintf(out, "{\"n\":%llu,\"t\":", (unsigned long long)event->number);
  tracelog_write_seconds(out, event->time);
  write_word(out, "e", event_table[event->kind].name);
  write_fields(out, vm, event);
  if (event->task != 0) write_number(out, "task", event->task);
  if (event->place.code != NULL) write_place(out, event->place);
  fputs("}\n", out);
}

void tracelog_begin(TraceLog *log, FILE *out, const char *program, bool virtual_time) {
  *log = (TraceLog){.observer = {.event = write_event, .frames = true}, .out = out};
  fprintf(out, "{\"coro-trace\":%d,\"coro\":\"%s\",\"program\":", TRACELOG_VERSION, CORO_VERSION);
  json_write_c(out, program);
  fprintf(out, ",\"clock\":\"%s\"}\n", virtual_time ? "virtual" : "real");
}
