// asyncqueue.c: the fast methods of asyncio's Queue, LifoQueue and PriorityQueue. What they do is
// written in runtime/lib/asyncio/queues.coro; see fast.h.
//
// put() and get() that need not wait end at once. Others suspend on a future at the end of the
// putters or getters; whoever makes room, or adds an item, ends the first of those, which then
// tries again: somebody else may have been quicker.
#include "asyncqueue.h"

#include "asynclock.h"
#include "await.h"
#include "deque.h"
#include "heapqmodule.h"

enum { MAXSIZE, GETTERS, PUTTERS, UNFINISHED, FINISHED, ITEMS };
enum { PUT, GET };  // the first two methods below

static const FastClass queue_class = {
    FAST_CLASS_QUEUE,
    {"_maxsize", "_getters", "_putters", "_unfinished_tasks", "_finished", "_queue"},
    {"_put", "_get", "qsize", "empty", "full", "put_nowait", "get_nowait", "_wakeup_next",
     "_get_loop"}};

// ---- the items: a deque, or a list in a queue that is not first in, first out

static inline bool count_items(VM *vm, Value items, size_t *count) {
  if (is_deque(items)) {
    *count = as_deque(items)->count;
    return as_object(items)->cls == vm->deque_class;
  }
  if (!is_list(items)) return false;
  *count = as_list(items)->count;
  return as_object(items)->cls == vm->list_class;
}

static Value items_of(VM *vm, Value self) {
  const FastLayout *layout = fast_layout(vm, &queue_class, self);
  return layout == NULL ? EMPTY : *fast_slot(layout, self, ITEMS);
}

static Fast fifo_put(VM *vm, const Value *args, Value *out) {
  Value items = items_of(vm, args[0]);
  if (!is_deque(items)) return FAST_NO;
  deque_append(vm, as_deque(items), args[1]);
  *out = NONE;
  return FAST_DONE;
}

static Fast fifo_get(VM *vm, const Value *args, Value *out) {
  Value items = items_of(vm, args[0]);
  if (!is_deque(items) || as_deque(items)->count == 0) return FAST_NO;
  *out = deque_pop_left(as_deque(items));
  return FAST_DONE;
}

static Fast lifo_put(VM *vm, const Value *args, Value *out) {
  Value items = items_of(vm, args[0]);
  if (!is_list(items)) return FAST_NO;
  list_append(vm, as_list(items), args[1]);
  *out = NONE;
  return FAST_DONE;
}

static Fast lifo_get(VM *vm, const Value *args, Value *out) {
  Value items = items_of(vm, args[0]);
  if (!is_list(items) || as_list(items)->count == 0) return FAST_NO;
  List *list = as_list(items);
  *out = list->items[list->count - 1];
  list_remove_range(vm, list, list->count - 1, 1);
  return FAST_DONE;
}

// Items whose order a script tells, or that have none, are for the method in Coro.
static Fast priority_put(VM *vm, const Value *args, Value *out) {
  Value items = items_of(vm, args[0]);
  if (!is_list(items) || !heapq_push(vm, as_list(items), args[1])) return FAST_NO;
  *out = NONE;
  return FAST_DONE;
}

static Fast priority_get(VM *vm, const Value *args, Value *out) {
  Value items = items_of(vm, args[0]);
  if (!is_list(items) || as_list(items)->count == 0) return FAST_NO;
  return heapq_pop(vm, as_list(items), out) ? FAST_DONE : FAST_NO;
}

// ---- a queue in the usual case

typedef struct {
  const FastLayout *layout;
  Value self, items;
  int64_t maxsize;
  size_t count;
} Queue;

static Value *field(const Queue *queue, int attribute) {
  return fast_slot(queue->layout, queue->self, attribute);
}

// The getters or putters; NULL: not the usual case.
static Deque *waiters_of(VM *vm, const Queue *queue, int attribute) {
  Value v = *field(queue, attribute);
  return is_deque(v) && as_object(v)->cls == vm->deque_class ? as_deque(v) : NULL;
}

static inline bool is_usual(VM *vm, Value self, Queue *queue) {
  queue->layout = fast_layout(vm, &queue_class, self);
  if (queue->layout == NULL) return false;
  queue->self = self;
  Value maxsize = *field(queue, MAXSIZE);
  if (!is_small_int(maxsize)) return false;
  queue->maxsize = as_small_int(maxsize);
  queue->items = *field(queue, ITEMS);
  return count_items(vm, queue->items, &queue->count);
}

static bool is_full(const Queue *queue) {
  return queue->maxsize > 0 && queue->count >= (size_t)queue->maxsize;
}

// Drops those at the front that wait no more. False: not the usual case.
static inline bool skip_done(const VM *vm, Deque *waiters) {
  while (waiters != NULL && waiters->count > 0) {
    Value first = *deque_at(waiters, 0);
    if (!fast_is_waiter(vm, first)) return false;
    if (!future_done(as_future(first))) return true;
    deque_pop_left(waiters);
  }
  return waiters != NULL;
}

// After skip_done.
static inline Fast wake_first(VM *vm, Deque *waiters) {
  if (waiters->count == 0) return FAST_DONE;
  Future *first = as_future(deque_pop_left(waiters));
  return future_set_result(vm, first, NONE) ? FAST_DONE : FAST_RAISED;
}

static Fast put_now(VM *vm, const Queue *queue, const Value *args, Value *out) {
  Value *unfinished = field(queue, UNFINISHED);
  Deque *getters = waiters_of(vm, queue, GETTERS);
  if (!is_small_int(*unfinished) || !skip_done(vm, getters)) return FAST_NO;
  Value *finished = NULL;
  if (as_small_int(*unfinished) <= 0) {  // otherwise it is cleared already
    finished = asynclock_event_flag(vm, *field(queue, FINISHED));
    if (finished == NULL) return FAST_NO;
  }
  const FastMethod *put = queue->layout->methods[PUT];
  if (put->call == fifo_put && is_deque(queue->items)) {
    deque_append(vm, as_deque(queue->items), args[1]);
    *out = NONE;
  } else {
    Fast fast = put->call(vm, args, out);
    if (fast != FAST_DONE) return fast;
  }
  *unfinished = small_int(as_small_int(*unfinished) + 1);
  if (finished != NULL) *finished = FALSE_VALUE;
  return wake_first(vm, getters);
}

static Fast get_now(VM *vm, const Queue *queue, const Value *args, Value *out) {
  Deque *putters = waiters_of(vm, queue, PUTTERS);
  if (!skip_done(vm, putters)) return FAST_NO;
  const FastMethod *get = queue->layout->methods[GET];
  if (get->call == fifo_get && is_deque(queue->items)) {
    *out = deque_pop_left(as_deque(queue->items));
  } else {
    Fast fast = get->call(vm, args, out);
    if (fast != FAST_DONE) return fast;
  }
  return wake_first(vm, putters);
}

static Fast put_nowait(VM *vm, const Value *args, Value *out) {
  Queue queue;
  if (!is_usual(vm, args[0], &queue) || is_full(&queue)) return FAST_NO;
  return put_now(vm, &queue, args, out);
}

static Fast get_nowait(VM *vm, const Value *args, Value *out) {
  Queue queue;
  if (!is_usual(vm, args[0], &queue) || queue.count == 0) return FAST_NO;
  return get_now(vm, &queue, args, out);
}

// ---- put and get

static bool may_wait(VM *vm, const Queue *queue, int attribute) {
  return waiters_of(vm, queue, attribute) != NULL && fast_may_wait(vm, queue->layout, queue->self);
}

static Fast put(VM *vm, const Value *args, Value *out) {
  Queue queue;
  if (!is_usual(vm, args[0], &queue)) return FAST_NO;
  if (!is_full(&queue)) return put_now(vm, &queue, args, out);
  return may_wait(vm, &queue, PUTTERS) ? FAST_WAIT : FAST_NO;
}

static Fast get(VM *vm, const Value *args, Value *out) {
  Queue queue;
  if (!is_usual(vm, args[0], &queue)) return FAST_NO;
  if (queue.count > 0) return get_now(vm, &queue, args, out);
  return may_wait(vm, &queue, GETTERS) ? FAST_WAIT : FAST_NO;
}

// Something was thrown into the wait. If it was this one's turn, somebody else may have it.
static Step pass_on(VM *vm, Frame *frame, bool putting) {
  Value exception = fast_put_aside(vm);
  Future *waiter = as_future(frame->regs[FAST_WAITER]);
  Deque *waiters = as_deque(frame->regs[FAST_WAITERS]);
  Queue queue;
  if (!future_done(waiter) && !future_set_cancelled(vm, waiter, EMPTY)) return STEP_RAISE;
  bool impossible = is_usual(vm, frame->regs[FAST_SELF], &queue) &&
                    (putting ? is_full(&queue) : queue.count == 0);
  if (!impossible && !future_cancelled(waiter) && skip_done(vm, waiters) &&
      wake_first(vm, waiters) == FAST_RAISED) {
    return STEP_RAISE;
  }
  vm->exception = exception;
  return STEP_RAISE;
}

static Step wait(VM *vm, Frame *frame, Value in, bool putting) {
  enum { START, WOKEN };
  Value self = frame->regs[FAST_SELF];
  Step step;
  switch (frame->state) {
    case WOKEN:
      if (!fast_end_wait(vm, frame)) return pass_on(vm, frame, putting);  // fall through
    case START:
      if (!fast_must_wait(vm, frame, putting ? put : get, &step)) return step;
      return fast_wait(vm, frame, &queue_class, WOKEN,
                       fast_get(vm, &queue_class, self, putting ? PUTTERS : GETTERS));
    default: return fast_handed_over(vm, frame, in);
  }
}

static Step put_wait(VM *vm, Frame *frame, Value in) { return wait(vm, frame, in, true); }
static Step get_wait(VM *vm, Frame *frame, Value in) { return wait(vm, frame, in, false); }

static const NativeDef put_wait_def = {
    .name = "put", .step = put_wait, .registers = FAST_REGISTERS};
static const NativeDef get_wait_def = {
    .name = "get", .step = get_wait, .registers = FAST_REGISTERS};

// ---- the rest

static Fast qsize(VM *vm, const Value *args, Value *out) {
  size_t count;
  if (!count_items(vm, items_of(vm, args[0]), &count)) return FAST_NO;
  *out = small_int((int64_t)count);
  return FAST_DONE;
}

static Fast empty(VM *vm, const Value *args, Value *out) {
  size_t count;
  if (!count_items(vm, items_of(vm, args[0]), &count)) return FAST_NO;
  *out = from_bool(count == 0);
  return FAST_DONE;
}

static Fast full(VM *vm, const Value *args, Value *out) {
  Queue queue;
  if (!is_usual(vm, args[0], &queue)) return FAST_NO;
  *out = from_bool(is_full(&queue));
  return FAST_DONE;
}

static Fast task_done(VM *vm, const Value *args, Value *out) {
  Queue queue;
  if (!is_usual(vm, args[0], &queue)) return FAST_NO;
  Value *unfinished = field(&queue, UNFINISHED);
  if (!is_small_int(*unfinished) || as_small_int(*unfinished) <= 0) return FAST_NO;
  int64_t left = as_small_int(*unfinished) - 1;
  *out = NONE;
  Fast fast = left > 0 ? FAST_DONE : asynclock_set_event(vm, *field(&queue, FINISHED));
  if (fast != FAST_NO) *unfinished = small_int(left);
  return fast;
}

const FastMethod asyncqueue_methods[] = {
    {"Queue.put", put, &put_wait_def},
    {"Queue.get", get, &get_wait_def},
    {"Queue.put_nowait", put_nowait, NULL},
    {"Queue.get_nowait", get_nowait, NULL},
    {"Queue.qsize", qsize, NULL},
    {"Queue.empty", empty, NULL},
    {"Queue.full", full, NULL},
    {"Queue.task_done", task_done, NULL},
    {"Queue._put", fifo_put, NULL},
    {"Queue._get", fifo_get, NULL},
    {"Queue._wakeup_next", fast_decline, NULL},
    {"LifoQueue._put", lifo_put, NULL},
    {"LifoQueue._get", lifo_get, NULL},
    {"PriorityQueue._put", priority_put, NULL},
    {"PriorityQueue._get", priority_get, NULL},
    {NULL, NULL, NULL},
};
