// hostile.c: programs that a grader may be sent: each ends within its limits, with the right word,
// and keeps nothing that a limit forbids.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "support.h"

enum { SECONDS = 2, SLACK = 2, MEGABYTES = 64 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// An error of the program's, or one line of a limit's.
static bool is_told(const Outcome *o) {
  static const char *const words[] = {"MemoryError", "RecursionError", "OverflowError",
                                      "ValueError",  "SyntaxError",    NULL};
  if (o->status == 5) return strstr(o->err.data, "coro: stopped: the program ") != NULL;
  for (int i = 0; words[i] != NULL; i++) {
    if (o->status == 1 && strstr(o->err.data, words[i]) != NULL) return true;
  }
  return false;
}

static void run_hostile(const char *const *programs, size_t count) {
  // Under collector stress they only take longer, until their time is over.
  bool stress = getenv("CORO_TEST_STRESS") != NULL;
  for (size_t i = 0; i < count; i += stress ? 4 : 1) {
    const char *argv[] = {
        support_binary(), "--sandbox", "--max-memory", "64M",       "--max-steps", "5000000",
        "--timeout",      "2",         "-c",           programs[i], NULL};
    double begun = now();
    Outcome o = support_run(argv, NULL);
    double taken = now() - begun;
    cr_expect(is_told(&o), "%s: status %d, %.300s", programs[i], o.status, o.err.data);
    cr_expect(taken < SECONDS + (stress ? 10 : SLACK), "%s: %.1f s", programs[i], taken);
    support_free(&o);
  }
#ifndef __SANITIZE_ADDRESS__
  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  cr_expect(usage.ru_maxrss < 2 * MEGABYTES * 1024, "%ld KiB", usage.ru_maxrss);
#endif
}

#define RUN_HOSTILE(programs) run_hostile(programs, sizeof(programs) / sizeof *(programs))

Test(hostile, memory, .timeout = 200) {
  static const char *const programs[] = {
      "x=[0]*10**9",
      "x='a'*10**12",
      "b'a'*10**11",
      "d={}\ni=0\nwhile True:\n d[i]=i; i+=1",
      "s=set()\ni=0\nwhile True:\n s.add(i); i+=1",
      "x=[]\nwhile True: x.append(x)",
      "from collections import deque\nd=deque()\nwhile True: d.append(1)",
      "x=[]\nwhile True: x=[x]",
      "s='a'\nwhile True: s+=s",
      "t=()\nwhile True: t+=t+(1,)",
      "f'{1:{10**10}}'",
      "'%*d' % (10**9, 1)",
      "'1'.zfill(10**10)",
      "'1'.ljust(10**11)",
      "'a'.center(10**9)",
      "','.join(['a'*1000000]*1000000)",
      "('a'*1000000).replace('a','b'*1000000)",
      "('a '*10**7).split()",
      "[[[0]*1000 for _ in range(1000)] for _ in range(1000)]",
      "format(1.0,'.%df'%10**9)",
      "'%.1000000000f' % 1.1",
      "i=0\nL=[]\nwhile True:\n L.append(type('A%d'%i,(),{})); i+=1",
      "e=ValueError()\nwhile True:\n  n=ValueError(); n.__context__=e; e=n",
      "x=[]\nfor _ in range(100000): x=[x]\nrepr(x)",
  };
  RUN_HOSTILE(programs);
}

Test(hostile, numbers, .timeout = 200) {
  static const char *const programs[] = {
      "10**10**10",
      "1<<10**12",
      "x=7\nwhile True: x=x*x",
      "import math\nmath.comb(10**7,5*10**6)",
      "import math\nmath.factorial(10**7)",
      "list(range(10**12))",
      "import itertools\nlist(itertools.count())",
      "import itertools\nlist(itertools.cycle([1]))",
      "import itertools\nlist(itertools.product(range(1000),repeat=4))",
      "import itertools\nlist(itertools.permutations(range(12)))",
      "x=list(range(10**6))\nwhile True: x.sort(key=lambda v:-v)",
  };
  RUN_HOSTILE(programs);
}

Test(hostile, recursion, .timeout = 200) {
  static const char *const programs[] = {
      "def f(): f()\nf()",
      "class A:\n def __repr__(self): return repr(self)\nrepr(A())",
      "class A:\n def __eq__(s,o): return s==o\nA()==A()",
      "class A:\n def __hash__(s): return hash(s)\nhash(A())",
      "class A:\n def __getattr__(s,n): return getattr(s,n+'x')\nA().x",
      "def k(v): return sorted([1,2],key=k)\nsorted([1],key=k)",
      "import copy\nx=[]\nfor _ in range(100000): x=[x]\ncopy.deepcopy(x)",
      "x=[];y=[]\nfor _ in range(100000): x=[x];y=[y]\nx==y",
      "import json\njson.loads('['*1000000)",
      "def f():\n try: f()\n finally: f()\nf()",
      "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()",
      "import asyncio\nasync def f(): await f()\nasyncio.run(f())",
      "def g():\n yield from g()\nlist(g())",
      "class A:\n def __init__(s): s.a=A()\nA()",
      "import asyncio\nasync def f(): await asyncio.gather(f(),f())\nasyncio.run(f())",
      "f=lambda x:x\nfor _ in range(10**6): f=(lambda g: lambda x: g(x))(f)\nf(1)",
  };
  RUN_HOSTILE(programs);
}

Test(hostile, tasks_and_threads, .timeout = 200) {
  static const char *const programs[] = {
      "import asyncio\nasync def f(): await asyncio.sleep(99)\nasync def main():\n while True: "
      "asyncio.create_task(f())\nasyncio.run(main())",
      "import asyncio\nasync def f():\n while True:\n  asyncio.create_task(f()); await "
      "asyncio.sleep(0)\nasyncio.run(f())",
      "import asyncio\nasync def main():\n l=asyncio.get_running_loop()\n while True: "
      "l.call_soon(print)\nasyncio.run(main())",
      "import asyncio\ndef again(l): l.call_soon(again,l)\nasync def main():\n "
      "l=asyncio.get_running_loop(); again(l); await asyncio.sleep(99)\nasyncio.run(main())",
      "import asyncio\nasync def main():\n q=asyncio.Queue()\n while True: await "
      "q.put(1)\nasyncio.run(main())",
      "import asyncio\nasync def main():\n while True:\n  try: await asyncio.sleep(99)\n  except "
      "BaseException: pass\nasyncio.run(main())",
      "while True:\n try:\n  while True: pass\n except BaseException: pass",
      "import asyncio\nasync def f():\n async with asyncio.TaskGroup() as g:\n  for _ in "
      "range(10): g.create_task(f())\nasyncio.run(f())",
      "import threading\nwhile True: threading.Thread(target=lambda: "
      "__import__('time').sleep(100)).start()",
      "import threading\ndef f():\n while True: pass\nfor _ in range(4): "
      "threading.Thread(target=f).start()",
      "import threading\nl=threading.Lock(); l.acquire(); l.acquire()",
      "import time\ntime.sleep(1000)",
      "import atexit\ndef f():\n while True: pass\natexit.register(f)",
      "async def g():\n while True: yield 1\nasync def m():\n return [x async for x in "
      "g()]\nimport asyncio\nasyncio.run(m())",
      "while True: print('x'*100)",
      "def g():\n while True: yield 1\nlist(g())",
  };
  RUN_HOSTILE(programs);
}
