// output.c: standard output through stdio, with the system's errors made exceptions.
//
// As in CPython there are two buffers: text gathers in vm->output (8192 bytes) before it goes on to
// the bytes, which stdio holds. So sys.stdout.buffer.write() overtakes a print() before it.
// Invariant: once a write has failed with EPIPE, stdout's error mark stays: the end of the program
// reads it as "the reader has gone", which is no failure to talk about.
#include "output.h"

#include <errno.h>
#include <stdio.h>

#include "int.h"
#include "observe.h"

bool output_raise(VM *vm, int number) {
  Value args[2] = {small_int(number), from_object(str_from_c(vm, strerror(number)))};
  Value exception;
  return exception_create(vm, vm->exceptions.OSError, args, 2, NULL, &exception) &&
         vm_raise_exception(vm, exception);
}

static bool raise_write_error(VM *vm) {
  int number = errno;
  if (number != EPIPE) clearerr(stdout);
  return output_raise(vm, number);
}

// The offset of the first lone surrogate (U+D800 … U+DFFF: ED A0 80 … ED BF BF), or length.
static size_t find_surrogate(const char *text, size_t length) {
  const char *end = text + length;
  for (const char *p = text; (p = memchr(p, 0xED, (size_t)(end - p))) != NULL; p++) {
    if (end - p >= 3 && (unsigned char)p[1] >= 0xA0) return (size_t)(p - text);
  }
  return length;
}

static bool raise_surrogate(VM *vm, const char *text, size_t length, size_t offset) {
  int64_t start = (int64_t)utf8_count(text, offset);
  Value args[5] = {from_object(str_from_c(vm, "utf-8")), from_object(str_new(vm, text, length)),
                   int_from_i64(vm, start), int_from_i64(vm, start + 1),
                   from_object(str_from_c(vm, "surrogates not allowed"))};
  Value exception;
  return exception_create(vm, vm->exceptions.UnicodeEncodeError, args, 5, NULL, &exception) &&
         vm_raise_exception(vm, exception);
}

bool output_write_bytes(VM *vm, const void *bytes, size_t length) {
  return length == 0 || fwrite(bytes, 1, length, stdout) == length || raise_write_error(vm);
}

// The text goes on to the bytes.
static bool settle(VM *vm) {
  size_t length = vm->output_length;
  vm->output_length = 0;
  return output_write_bytes(vm, vm->output, length);
}

bool output_write(VM *vm, const char *text, size_t length) {
  if (length == 0) return true;
  size_t bad = find_surrogate(text, length);
  if (unlikely(bad < length)) return raise_surrogate(vm, text, length, bad);
  if (unlikely(vm->observer != NULL)) observe_print(vm, text, length, "stdout");
  if (vm->output_length + length > OUTPUT_TEXT && !settle(vm)) return false;
  if (length >= OUTPUT_TEXT) return output_write_bytes(vm, text, length);
  memcpy(vm->output + vm->output_length, text, length);
  vm->output_length += length;
  if (vm->output_length == OUTPUT_TEXT || (vm->output_is_terminal && memchr(text, '\n', length))) {
    return settle(vm);
  }
  return true;
}

bool output_flush_bytes(VM *vm) { return fflush(stdout) == 0 || raise_write_error(vm); }

bool output_flush(VM *vm) { return settle(vm) && output_flush_bytes(vm); }

void output_finish(VM *vm) {
  size_t length = vm->output_length;
  vm->output_length = 0;
  if (length > 0) fwrite(vm->output, 1, length, stdout);
}

bool output_is_broken(void) { return ferror(stdout); }
