// sessionwatch.c: see sessionwatch.h.
#include "sessionwatch.h"

#include <stdlib.h>
#include <string.h>

#include "interp.h"
#include "loop.h"
#include "session.h"
#include "tracewords.h"

struct SessionWatch {
  TraceWords *words;
  void (*tell)(Observer *words, VM *vm, const Event *event);
  Dict *since;  // task's id -> when it began to wait
  bool speaks, prompts;
};

// The session's own: its main task (the first one) and its callbacks while the prompt is shown, and
// the loop's waits for keys.
static bool is_of_session(const SessionWatch *watch, const Event *event) {
  static const char own[] = "Session.";
  switch (event->kind) {
    case EVENT_LOOP_WAITS: return watch->prompts;
    case EVENT_CALLBACK:
      return event->length >= sizeof own - 1 && memcmp(event->text, own, sizeof own - 1) == 0;
    case EVENT_TASK_READY:
    case EVENT_TASK_RESUMED:
    case EVENT_TASK_SUSPENDED: return event->id == 1 && watch->prompts;
    default: return false;
  }
}

static void take_event(Observer *words, VM *vm, const Event *event) {
  SessionWatch *watch = vm->session->watch;
  Value id = small_int(event->id), old;
  Tri tri = TRI_YES;
  if (event->kind == EVENT_TASK_SUSPENDED) {
    tri = dict_set(vm, watch->since, id, from_double(loop_time(vm)));
  } else if (event->kind == EVENT_TASK_DONE) {
    tri = dict_delete(vm, watch->since, id, &old);
  }
  (void)tri;  // ints are hashed and compared without an error
  if (watch->speaks && !is_of_session(watch, event)) watch->tell(words, vm, event);
}

SessionWatch *sessionwatch_begin(VM *vm, Dict *since) {
  SessionWatch *watch = calloc(1, sizeof *watch);
  if (watch == NULL) return NULL;
  watch->since = since;
  watch->words = tracewords_attach(vm, stderr, false);
  Observer *observer = tracewords_observer(watch->words);
  watch->tell = observer->event;
  observer->event = take_event;
  return watch;
}

void sessionwatch_free(VM *vm, SessionWatch *watch) {
  if (watch == NULL) return;
  tracewords_free(vm, watch->words);
  free(watch);
}

void sessionwatch_speak(VM *vm, SessionWatch *watch, bool speaks) {
  for (Task *task = vm->loop->first_task; speaks && task != NULL; task = task->next) {
    tracewords_know(watch->words, task);
  }
  tracewords_redirect(watch->words, stderr);
  watch->speaks = speaks;
}

void sessionwatch_prompt(SessionWatch *watch, bool is_shown) { watch->prompts = is_shown; }

Value sessionwatch_since(VM *vm, const SessionWatch *watch, const Task *task) {
  Value when;
  Value id = small_int(observe_task_id(vm, task));
  return dict_get(vm, watch->since, id, &when) == TRI_YES ? when : NONE;
}
