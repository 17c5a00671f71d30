// embed.h: what the command line needs of an embedded interpreter beyond coro.h.
#ifndef CORO_SRC_EMBED_H
#define CORO_SRC_EMBED_H

#include "coro.h"
#include "reporter.h"

VM *embed_vm(CoroVM *coro);
Reporter *embed_reporter(CoroVM *coro);

#endif
