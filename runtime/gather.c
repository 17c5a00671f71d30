// gather.c: the future behind gather(). See gather.h.
//
// The children tell it through the FIFO (READY_GATHER), one turn after they are done, as callbacks
// would; no function object or handle is made for that.
#include "gather.h"

#include "groupwatch.h"
#include "loop.h"
#include "observe.h"

// Objects that are nobody's equal but their own: a mark tells whether one was met before.
static bool is_markable(Value v) { return is_future(v) || is_kind(v, KIND_COROUTINE); }

static Value first_child(const Gather *gather, const Value *awaitables, Value v) {
  size_t i = 0;
  while (awaitables[i] != v) i++;
  return gather->children->items[i];
}

// The futures for the awaitables; what is given twice is waited for once. `seen` is a dict for
// those that may be equal to others.
static bool make_children(VM *vm, Gather *gather, const Value *awaitables, size_t count) {
  Dict *seen = NULL;
  EventLoop *loop = NULL;
  for (size_t i = 0; i < count; i++) {
    Value v = awaitables[i], known = EMPTY;
    if (is_markable(v)) {
      if (as_object(v)->flags & OBJECT_SEEN) known = first_child(gather, awaitables, v);
      as_object(v)->flags |= OBJECT_SEEN;
    } else if (count > 1 || !loop_is_awaitable(vm, v)) {
      if (seen == NULL) seen = dict_new(vm);
      if (dict_get(vm, seen, v, &known) == TRI_ERROR) return false;
    }
    if (!is_empty(known)) {
      gather->children->items[i] = known;
      continue;
    }
    Future *child = loop_ensure_future(vm, v, loop);
    if (child == NULL) return false;
    if (loop == NULL) loop = child->loop;
    known = from_object(child);
    gather->children->items[i] = known;
    gather->waited_for++;
    gather->made += !is_future(v);
    if (seen != NULL && !is_markable(v) && dict_set(vm, seen, v, known) == TRI_ERROR) return false;
    if (!future_notify(vm, child, gather)) return false;
  }
  gather->future.loop = loop;
  return true;
}

bool gather_new(VM *vm, const Value *awaitables, size_t count, bool return_exceptions, Value *out) {
  if (count == 0) {
    EventLoop *loop = loop_current(vm);
    if (loop == NULL) return false;
    Future *empty = future_new(vm, loop);
    *out = from_object(empty);
    return future_set_result(vm, empty, from_object(list_new(vm, 0)));
  }
  Gather *gather = heap_alloc(vm, KIND_FUTURE, vm->gather_class, sizeof *gather);
  gather->future.header.extra |= FUTURE_GATHERS;
  gather->return_exceptions = return_exceptions;
  gather->children = tuple_new(vm, count);
  bool ok = make_children(vm, gather, awaitables, count);
  for (size_t i = 0; i < count; i++) {
    if (is_markable(awaitables[i])) as_object(awaitables[i])->flags &= (uint8_t)~OBJECT_SEEN;
  }
  *out = from_object(gather);
  return ok;
}

// The exception or result of a finished child, for the list of results.
static Value outcome(VM *vm, Future *child) {
  if (!future_cancelled(child)) {
    future_mark_seen(child);
    return child->result;
  }
  bool has_message = !is_empty(child->result) && !is_none(child->result);
  Value message = has_message ? child->result : from_object(vm->empty_str);
  return from_object(exception_new(vm, vm->exceptions.CancelledError, tuple_from(vm, &message, 1)));
}

// The gathering future ends, on account of this child.
static bool end(VM *vm, Gather *gather, const Future *child,
                bool (*set)(VM *vm, Future *future, Value v), Value v) {
  if (unlikely(vm->observer != NULL)) observe_cause(vm, child);
  return set(vm, &gather->future, v);
}

bool gather_child_done(VM *vm, Gather *gather, Future *child) {
  Future *outer = &gather->future;
  gather->finished++;
  if (future_done(outer)) {
    if (gather->raised_at.code != NULL) groupwatch_child_done(vm, gather, child);
    future_mark_seen(child);
    return true;
  }
  if (!gather->return_exceptions) {
    if (future_cancelled(child)) {
      return end(vm, gather, child, future_set_exception, future_make_cancelled(vm, child));
    }
    if (child->header.extra & FUTURE_FAILED) {
      future_mark_seen(child);
      groupwatch_raises(vm, gather);
      return end(vm, gather, child, future_set_exception, child->result);
    }
  }
  if (gather->finished < gather->waited_for) return true;
  List *results = list_new(vm, gather->children->count);
  for (size_t i = 0; i < gather->children->count; i++) {
    list_append(vm, results, outcome(vm, as_future(gather->children->items[i])));
  }
  if (gather->cancel_requested) {
    return end(vm, gather, child, future_set_exception, future_make_cancelled(vm, child));
  }
  return end(vm, gather, child, future_set_result, from_object(results));
}

Tri gather_cancel(VM *vm, Gather *gather, Value message) {
  if (future_done(&gather->future)) return TRI_NO;
  if (!vm_enter(vm, " while calling a Python object")) return TRI_ERROR;
  Tri any = TRI_NO;
  for (size_t i = 0; i < gather->children->count && any != TRI_ERROR; i++) {
    Tri tri = future_cancel(vm, as_future(gather->children->items[i]), message);
    if (tri != TRI_NO) any = tri;
  }
  vm_leave(vm);
  if (any == TRI_YES) gather->cancel_requested = true;
  return any;
}
