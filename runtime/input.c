// input.c: standard input through stdio. A SIGINT ends a read that waits for somebody to type.
#include "input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "blocking.h"
#include "bytes.h"
#include "output.h"
#include "signals.h"

static bool raise_read_error(VM *vm) {
  int number = errno;
  clearerr(stdin);
  if (number != EINTR) return output_raise(vm, number);
  // A handler of the program's cannot run from here: it is left for the next safepoint.
  Value handler, args[2];
  switch (signals_take(vm, &handler, args)) {
    case SIGNALS_RAISED: return false;
    case SIGNALS_DONE: return vm_raise_value(vm, vm->exceptions.KeyboardInterrupt, EMPTY);
    case SIGNALS_CALL: break;
  }
  signals_post(vm, (int)as_small_int(args[0]));
  return vm_raise_value(vm, vm->exceptions.InterruptedError, EMPTY);
}

static bool decode(VM *vm, const char *data, size_t length, Value *out) {
  return bytes_decode(vm, (const uint8_t *)data, length, "utf-8", "surrogateescape", out);
}

bool input_line(VM *vm, Value *out) {
  char *line = NULL;
  size_t capacity = 0;
  errno = 0;
  Thread *self = blocking_release(vm);
  ssize_t length = getline(&line, &capacity, stdin);
  blocking_acquire(vm, self);
  bool ok = false;
  if (length < 0 && ferror(stdin)) {
    raise_read_error(vm);
  } else {
    if (length < 0) length = 0;
    if (length > 1 && line[length - 2] == '\r' && line[length - 1] == '\n') {
      line[--length - 1] = '\n';
    }
    ok = decode(vm, length == 0 ? "" : line, (size_t)length, out);
  }
  free(line);
  return ok;
}

bool input_rest(VM *vm, Value *out) {
  Text text = text_new(vm);
  char block[4096];
  errno = 0;
  for (size_t got = 1; got > 0;) {
    Thread *self = blocking_release(vm);
    got = fread(block, 1, sizeof block, stdin);
    blocking_acquire(vm, self);
    text_add(&text, block, got);
  }
  bool ok = ferror(stdin) ? raise_read_error(vm)
                          : decode(vm, text.length == 0 ? "" : text.data, text.length, out);
  text_free(&text);
  return ok;
}

bool input_characters(VM *vm, uint64_t count, Value *out) {
  Text text = text_new(vm);
  errno = 0;
  bool carriage = false;  // "\r\n" is one character
  for (uint64_t have = 0; have < count;) {
    int c = getc(stdin);
    if (c == EOF) break;
    if (carriage && c == '\n')
      text.length--;
    else if ((c & 0xC0) != 0x80)
      have++;
    text_add_char(&text, (char)c);
    carriage = c == '\r';
    while (have == count && !carriage) {  // the rest of the last character
      c = getc(stdin);
      if (c == EOF || (c & 0xC0) != 0x80) {
        ungetc(c, stdin);
        break;
      }
      text_add_char(&text, (char)c);
    }
  }
  bool ok = ferror(stdin) ? raise_read_error(vm)
                          : decode(vm, text.length == 0 ? "" : text.data, text.length, out);
  text_free(&text);
  return ok;
}
