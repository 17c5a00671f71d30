// interrupts.c: Ctrl-C at every line of a program, the library's lines included: whatever it meets,
// the program ends with KeyboardInterrupt, what was entered is left, and the next run knows nothing
// of it.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embed.h"
#include "observe.h"
#include "support.h"

typedef struct {
  Observer observer;
  CoroVM *coro;
  long left;  // lines until it is interrupted
} Interrupter;

static void on_line(Observer *self, VM *vm, Frame *frame, uint32_t line) {
  (void)vm, (void)frame, (void)line;
  Interrupter *interrupter = (Interrupter *)self;
  if (--interrupter->left == 0) coro_interrupt(interrupter->coro);
}

static void on_event(Observer *self, VM *vm, const Event *event) {
  (void)self, (void)vm, (void)event;
}

typedef struct {
  CoroStatus status;
  bool interrupted;  // it came to that line
  char *out, *err;
} Run;

static Run run_until(const char *text, long line) {
  Run run;
  size_t out_length, err_length;
  FILE *saved_out = stdout, *saved_err = stderr;
  stdout = open_memstream(&run.out, &out_length);
  stderr = open_memstream(&run.err, &err_length);
  CoroVM *coro = coro_new();
  coro_use_virtual_time(coro);
  Interrupter interrupter = {.observer = {.event = on_event, .line = on_line, .library = true},
                             .coro = coro,
                             .left = line};
  observe_attach(embed_vm(coro), &interrupter.observer);
  run.status = coro_run_source(coro, "test.coro", text, strlen(text));
  observe_detach(embed_vm(coro));
  run.interrupted = interrupter.left <= 0;
  coro_free(coro);
  fclose(stdout);
  fclose(stderr);
  stdout = saved_out;
  stderr = saved_err;
  return run;
}

static int count(const char *text, const char *word) {
  int found = 0;
  for (; (text = strstr(text, word)) != NULL; text += strlen(word)) found++;
  return found;
}

// The program prints "enter" and "leave" around what it does. The one line that prints "leave" may
// be where it is interrupted.
static void interrupt_everywhere(const char *text) {
  const char *stress = getenv("CORO_TEST_STRESS");
  long stride = stress == NULL ? 1 : 17;
  int interrupted = 0;
  for (long line = 1;; line += stride) {
    Run run = run_until(text, line);
    bool ends_well = run.status == CORO_OK && strstr(run.out, "the end") != NULL;
    bool is_told = run.status == CORO_INTERRUPTED && strstr(run.err, "KeyboardInterrupt") != NULL;
    cr_expect(ends_well || is_told, "line %ld: status %d\n%s%s", line, run.status, run.out,
              run.err);
    int entered = count(run.out, "enter"), left = count(run.out, "leave");
    cr_expect(entered - left <= 1, "line %ld: %d entered, %d left\n%s%s", line, entered, left,
              run.out, run.err);
    interrupted += is_told;
    bool over = !run.interrupted;
    free(run.out);
    free(run.err);
    if (over) break;
  }
  cr_expect(interrupted > 10, "%d", interrupted);
}

Test(interrupts, in_loops_and_blocks, .timeout = 200) {
  interrupt_everywhere(
      "import contextlib\n"
      "@contextlib.contextmanager\n"
      "def room(name):\n"
      "    try:\n"
      "        print('enter', name)\n"
      "        yield name\n"
      "    finally:\n"
      "        print('leave', name)\n"
      "class Key:\n"
      "    def __init__(self, n): self.n = n\n"
      "    def __lt__(self, other): return self.n < other.n\n"
      "    def __hash__(self): return hash(self.n)\n"
      "    def __eq__(self, other): return self.n == other.n\n"
      "def numbers():\n"
      "    try:\n"
      "        print('enter generator')\n"
      "        for i in range(4): yield i\n"
      "    finally:\n"
      "        print('leave generator')\n"
      "with room('a') as a, room('b'):\n"
      "    for i in range(3):\n"
      "        try:\n"
      "            print('enter', i)\n"
      "            if i == 1: raise ValueError(i)\n"
      "        except ValueError:\n"
      "            sorted([Key(n) for n in (3, 1, 2)])\n"
      "        finally:\n"
      "            print('leave', i)\n"
      "    {Key(n): n for n in numbers()}\n"
      "    max((3, 1, 2), key=lambda n: -n)\n"
      "print('the end')\n");
}

Test(interrupts, in_tasks, .timeout = 200) {
  interrupt_everywhere(
      "import asyncio\n"
      "async def worker(name, seconds, lock):\n"
      "    try:\n"
      "        print('enter', name)\n"
      "        async with lock:\n"
      "            await asyncio.sleep(seconds)\n"
      "    finally:\n"
      "        print('leave', name)\n"
      "async def ticks():\n"
      "    try:\n"
      "        print('enter ticks')\n"
      "        for i in range(3):\n"
      "            yield i\n"
      "            await asyncio.sleep(0.1)\n"
      "    finally:\n"
      "        print('leave ticks')\n"
      "async def main():\n"
      "    lock = asyncio.Lock()\n"
      "    await asyncio.gather(worker('a', 1, lock), worker('b', 2, lock))\n"
      "    async with asyncio.TaskGroup() as group:\n"
      "        group.create_task(worker('c', 1, lock))\n"
      "        group.create_task(worker('d', 1, lock))\n"
      "    async for i in ticks(): pass\n"
      "    try:\n"
      "        async with asyncio.timeout(0.5):\n"
      "            await worker('e', 9, lock)\n"
      "    except TimeoutError:\n"
      "        pass\n"
      "    queue = asyncio.Queue(1)\n"
      "    consumer = asyncio.create_task(queue.get())\n"
      "    await queue.put(1)\n"
      "    await asyncio.wait_for(consumer, 1)\n"
      "asyncio.run(main())\n"
      "print('the end')\n");
}

Test(interrupts, at_top_level_await, .timeout = 200) {
  interrupt_everywhere(
      "async def worker(name):\n"
      "    try:\n"
      "        print('enter', name)\n"
      "        await sleep(1)\n"
      "    finally:\n"
      "        await sleep(0)\n"
      "        print('leave', name)\n"
      "tasks = [create_task(worker(i)) for i in range(3)]\n"
      "await wait(tasks, return_when=FIRST_COMPLETED)\n"
      "await gather(*tasks)\n"
      "print('the end')\n");
}
