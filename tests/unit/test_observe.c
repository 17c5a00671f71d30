// test_observe.c: an observer by itself (runtime/observe.h): which lines it is told of, what it may
// look at meanwhile, and that nothing is left of it.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "embed.h"
#include "loop.h"
#include "observe.h"
#include "shortrepr.h"
#include "vm.h"

typedef struct {
  Observer observer;
  char lines[1024];  // "f:3 " for each
  size_t length;
  const char *shown;  // the name of a variable whose values are noted
  char values[256];
  int events;
} Watcher;

static void note_value(Watcher *watcher, VM *vm, const Frame *frame) {
  const Str *name;
  Value value;
  for (uint32_t i = 0; i < frame->code->local_count; i++) {
    if (!observe_register(frame, i, &name, &value) || !str_equals_c(name, watcher->shown)) continue;
    Text text = text_new(vm);
    shortrepr_add(vm, value, 20, &text);
    size_t length = strlen(watcher->values);
    snprintf(watcher->values + length, sizeof watcher->values - length, "%.*s ", (int)text.length,
             text.data);
    text_free(&text);
  }
}

static void on_line(Observer *self, VM *vm, Frame *frame, uint32_t line) {
  Watcher *watcher = (Watcher *)self;
  const Str *name = frame->code->name;
  const Task *task = vm->loop == NULL ? NULL : vm->loop->current;
  watcher->length +=
      (size_t)snprintf(watcher->lines + watcher->length, sizeof watcher->lines - watcher->length,
                       "%.*s%s:%u ", (int)name->length, name->data, task == NULL ? "" : "*", line);
  if (watcher->shown != NULL) note_value(watcher, vm, frame);
}

static void on_event(Observer *self, VM *vm, const Event *event) {
  cr_expect(event->number == (uint64_t)++((Watcher *)self)->events);
  cr_expect(is_empty(vm->exception));
}

// Runs a text and notes the lines that it comes to; a star marks those within tasks.
static Watcher watch(const char *text, const char *shown) {
  Watcher watcher = {.observer = {.event = on_event, .line = on_line}, .shown = shown};
  CoroVM *coro = coro_new();
  coro_use_virtual_time(coro);
  observe_attach(embed_vm(coro), &watcher.observer);
  cr_expect(coro_run_source(coro, "test.coro", text, strlen(text)) == CORO_OK);
  observe_detach(embed_vm(coro));
  cr_expect(embed_vm(coro)->observer == NULL && watcher.observer.state == NULL);
  coro_free(coro);
  return watcher;
}

Test(observe, tells_of_each_line_that_is_reached) {
  Watcher watcher = watch(
      "def f(a):\n"
      "    b = a + 1\n"
      "    return b\n"
      "x = f(f(1))\n"
      "y = x\n",
      NULL);
  cr_expect_str_eq(watcher.lines, "<module>:1 <module>:4 f:2 f:3 f:2 f:3 <module>:5 ");
}

Test(observe, tells_of_a_line_again_when_a_loop_comes_back_to_it) {
  Watcher watcher = watch(
      "i = 0\n"
      "while i < 2:\n"
      "    i += 1\n"
      "for j in range(2): i += j\n",
      NULL);
  cr_expect_str_eq(watcher.lines,
                   "<module>:1 <module>:2 <module>:3 <module>:2 <module>:3 <module>:2 "
                   "<module>:4 <module>:4 <module>:4 ");
}

Test(observe, goes_along_with_tasks_and_generators) {
  Watcher watcher = watch(
      "import asyncio\n"
      "def numbers():\n"
      "    yield 1\n"
      "    yield 2\n"
      "async def work():\n"
      "    await asyncio.sleep(1)\n"
      "    return 5\n"
      "async def main():\n"
      "    for n in numbers():\n"
      "        await work()\n"
      "asyncio.run(main())\n",
      NULL);
  cr_expect_str_eq(watcher.lines,
                   "<module>:1 <module>:2 <module>:5 <module>:8 <module>:11 "
                   "main*:9 numbers*:3 main*:10 work*:6 work*:7 "
                   "main*:9 numbers*:4 main*:10 work*:6 work*:7 main*:9 ");
}

Test(observe, sees_registers_as_they_are_at_a_line) {
  Watcher watcher = watch(
      "def f():\n"
      "    a = []\n"
      "    a.append(1)\n"
      "    a.append('two')\n"
      "    return lambda: a\n"
      "f()\n",
      "a");
  cr_expect_str_eq(watcher.values, "[] [1] [1, 'two'] ");
}

Test(observe, sees_what_an_exception_does) {
  Watcher watcher = watch(
      "def f():\n"
      "    raise ValueError\n"
      "try:\n"
      "    f()\n"
      "except ValueError:\n"
      "    x = 1\n"
      "y = 2\n",
      NULL);
  cr_expect_str_eq(watcher.lines, "<module>:1 <module>:4 f:2 <module>:5 <module>:6 <module>:7 ");
}
