// file.c: open files: buffered reading and writing of a descriptor, and the module `_io`.
//
// A read or write that a signal ends answers False: the caller, in Coro, does it again after the
// interpreter has let the signal's handler run. What was read or not yet written by then stays in
// the buffer. None is the answer of a descriptor that would block.
//
// Invariant: start <= end <= capacity; the buffer is empty (start == end) when `writing` changes.
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blocking.h"
#include "bytes.h"
#include "int.h"
#include "rows.h"
#include "streams.h"

#define BUFFER_SIZE 8192

typedef enum { IO_OK, IO_FAILED, IO_INTERRUPTED, IO_BLOCKED } Io;

static File *as_file(Value v) { return (File *)as_object(v); }

bool(file_raise)(VM *vm, int number, Value filename) {
  Value args[3] = {small_int(number), from_object(str_from_c(vm, strerror(number))), filename};
  Value exception;
  return exception_create(vm, vm->exceptions.OSError, args, is_empty(filename) ? 2 : 3, NULL,
                          &exception) &&
         vm_raise_exception(vm, exception);
}

char *file_path(VM *vm, Value path) {
  Value encoded = path;
  if (is_str(path) && !bytes_encode(vm, as_str(path), "utf-8", "surrogateescape", &encoded)) {
    return NULL;
  }
  if (!is_bytes(encoded)) {
    raise_type_error(vm, "expected str, bytes or os.PathLike object, not %s",
                     value_class_name(vm, path));
    return NULL;
  }
  const Bytes *bytes = as_bytes(encoded);
  if (memchr(bytes->data, 0, bytes->length) != NULL) {
    raise_value_error(vm, "embedded null byte");
    return NULL;
  }
  char *copy = malloc(bytes->length + 1);
  if (copy == NULL) {
    vm_raise_value(vm, vm->exceptions.MemoryError, EMPTY);
    return NULL;
  }
  memcpy(copy, bytes->data, bytes->length);
  copy[bytes->length] = '\0';
  return copy;
}

Value file_new(VM *vm, int descriptor, bool owned) {
  File *file = heap_alloc(vm, KIND_FILE, vm->file_class, sizeof *file);
  file->descriptor = descriptor;
  file->owned = owned;
  file->next = vm->files;
  file->link = &vm->files;
  if (vm->files != NULL) vm->files->link = &file->next;
  vm->files = file;
  return from_object(file);
}

static void unlink_file(File *file) {
  if (file->link == NULL) return;
  *file->link = file->next;
  if (file->next != NULL) file->next->link = file->link;
  file->link = NULL;
}

static bool check_open(VM *vm, const File *file) {
  return file->descriptor >= 0 || raise_value_error(vm, "I/O operation on closed file.");
}

// ---- the system's calls

static Io failed(VM *vm) {
  int number = errno;
  if (number == EINTR) return IO_INTERRUPTED;
  if (number == EAGAIN || number == EWOULDBLOCK) return IO_BLOCKED;
  file_raise(vm, number, EMPTY);
  return IO_FAILED;
}

// To be asked before there is anything in hand that another thread could change.
static Io wait_for_more(VM *vm, const File *file) {
  return blocking_wait(vm, file->descriptor) ? IO_OK : failed(vm);
}

static Io read_some(VM *vm, const File *file, void *to, size_t size, size_t *got) {
  ssize_t n = read(file->descriptor, to, size);
  *got = n > 0 ? (size_t)n : 0;
  return n >= 0 ? IO_OK : failed(vm);
}

static void make_room(VM *vm, File *file, size_t more) {
  if (file->start > 0) {
    memmove(file->buffer, file->buffer + file->start, file->end - file->start);
    file->end -= file->start;
    file->start = 0;
  }
  if (file->capacity - file->end >= more) return;
  size_t capacity = file->capacity < BUFFER_SIZE ? BUFFER_SIZE : file->capacity;
  while (capacity - file->end < more) capacity *= 2;
  file->buffer = heap_buffer_resize(vm, file->buffer, file->capacity, capacity);
  file->capacity = capacity;
}

static Io write_out(VM *vm, File *file) {
  if (!file->writing) return IO_OK;
  while (file->start < file->end) {
    ssize_t n = write(file->descriptor, file->buffer + file->start, file->end - file->start);
    if (n < 0) return failed(vm);
    file->start += (size_t)n;
  }
  file->start = file->end = 0;
  return IO_OK;
}

// Makes the buffer one for reading. A read-only file never waits here.
static Io begin_reading(VM *vm, File *file) {
  Io io = write_out(vm, file);
  if (io == IO_OK) file->writing = false;
  return io;
}

// The system's position goes back to where the program thinks that it is.
static Io begin_writing(VM *vm, File *file) {
  if (file->writing) return IO_OK;
  if (file->start < file->end &&
      lseek(file->descriptor, -(off_t)(file->end - file->start), SEEK_CUR) < 0) {
    return failed(vm);
  }
  file->start = file->end = 0;
  file->writing = true;
  return IO_OK;
}

static bool answer(Io io, Value done, Value *out) {
  *out = io == IO_OK ? done : io == IO_BLOCKED ? NONE : FALSE_VALUE;
  return io != IO_FAILED;
}

// ---- reading

static Value take(VM *vm, File *file, size_t count) {
  Value bytes = from_object(bytes_new(vm, file->buffer + file->start, count));
  file->start += count;
  return bytes;
}

static bool size_argument(VM *vm, Value v, int64_t *out) {
  if (is_empty(v) || is_none(v)) {
    *out = -1;
    return true;
  }
  if (!is_int(v)) {
    return raise_type_error(vm, "argument should be integer or None, not '%s'",
                            value_class_name(vm, v));
  }
  return int_to_i64(v, out) ||
         vm_raise(vm, vm->exceptions.OverflowError, "cannot fit 'int' into an index-sized integer");
}

// read(n): n bytes, fewer only at the end of the file; n < 0: all that is left.
static bool file_read(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  File *file = as_file(args[0]);
  int64_t n;
  if (!check_open(vm, file) || !size_argument(vm, args[1], &n)) return false;
  Io io = begin_reading(vm, file);
  while (io == IO_OK && (n < 0 || file->end - file->start < (size_t)n)) {
    size_t want = n < 0 ? BUFFER_SIZE : (size_t)n - (file->end - file->start);
    if (want < BUFFER_SIZE) want = BUFFER_SIZE;
    if (want > 1 << 20) want = 1 << 20;
    if ((io = wait_for_more(vm, file)) != IO_OK) break;
    make_room(vm, file, want);
    size_t got;
    io = read_some(vm, file, file->buffer + file->end, file->capacity - file->end, &got);
    if (io == IO_OK && got == 0) break;
    file->end += got;
  }
  size_t have = file->end - file->start;
  if (io == IO_BLOCKED && have > 0) io = IO_OK;
  if (io != IO_OK) return answer(io, NONE, out);
  *out = take(vm, file, n >= 0 && (size_t)n < have ? (size_t)n : have);
  return true;
}
BLOCKING_LEAF(file_read)

static Io fill(VM *vm, File *file) {
  Io io = begin_reading(vm, file);
  if (io == IO_OK && file->start == file->end) io = wait_for_more(vm, file);
  if (io != IO_OK || file->start < file->end) return io;
  make_room(vm, file, BUFFER_SIZE);
  size_t got;
  io = read_some(vm, file, file->buffer + file->end, file->capacity - file->end, &got);
  if (io == IO_OK) file->end += got;
  return io;
}

// read1(n): what one read of the system gives.
static bool file_read1(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  File *file = as_file(args[0]);
  int64_t n;
  if (!check_open(vm, file) || !size_argument(vm, args[1], &n)) return false;
  Io io = n == 0 ? begin_reading(vm, file) : fill(vm, file);
  if (io != IO_OK) return answer(io, NONE, out);
  size_t have = file->end - file->start;
  *out = take(vm, file, n >= 0 && (size_t)n < have ? (size_t)n : have);
  return true;
}
BLOCKING_LEAF(file_read1)

static bool file_peek(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  File *file = as_file(args[0]);
  if (!check_open(vm, file)) return false;
  Io io = fill(vm, file);
  if (io != IO_OK) return answer(io, NONE, out);
  *out = from_object(bytes_new(vm, file->buffer + file->start, file->end - file->start));
  return true;
}

static bool file_readline(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  File *file = as_file(args[0]);
  int64_t limit;
  if (!check_open(vm, file) || !size_argument(vm, args[1], &limit)) return false;
  Io io = begin_reading(vm, file);
  size_t seen = 0;
  while (io == IO_OK) {
    size_t have = file->end - file->start;
    const uint8_t *from = file->buffer + file->start;
    const uint8_t *found = have > seen ? memchr(from + seen, '\n', have - seen) : NULL;
    size_t length = found == NULL ? have : (size_t)(found - from) + 1;
    if (limit >= 0 && length >= (size_t)limit) {
      *out = take(vm, file, (size_t)limit);
      return true;
    }
    if (found != NULL) {
      *out = take(vm, file, length);
      return true;
    }
    seen = have;
    if ((io = wait_for_more(vm, file)) != IO_OK) break;
    make_room(vm, file, BUFFER_SIZE);
    size_t got;
    io = read_some(vm, file, file->buffer + file->end, file->capacity - file->end, &got);
    if (io == IO_OK && got == 0) break;
    file->end += got;
  }
  if (io == IO_BLOCKED && seen > 0) io = IO_OK;
  if (io != IO_OK) return answer(io, NONE, out);
  *out = take(vm, file, file->end - file->start);
  return true;
}
BLOCKING_LEAF(file_readline)

// ---- writing

static bool file_write(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  File *file = as_file(args[0]);
  if (!check_open(vm, file)) return false;
  if (!is_bytes(args[1])) {
    return raise_type_error(vm, "a bytes-like object is required, not '%s'",
                            value_class_name(vm, args[1]));
  }
  const Bytes *bytes = as_bytes(args[1]);
  Io io = begin_writing(vm, file);
  if (io == IO_OK && file->end - file->start + bytes->length > BUFFER_SIZE) {
    io = write_out(vm, file);
  }
  if (io == IO_FAILED) return false;
  make_room(vm, file, bytes->length);
  memcpy(file->buffer + file->end, bytes->data, bytes->length);
  file->end += bytes->length;
  if (file->end - file->start > BUFFER_SIZE && write_out(vm, file) == IO_FAILED) return false;
  *out = int_from_i64(vm, (int64_t)bytes->length);
  return true;
}

static bool file_flush(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  File *file = as_file(args[0]);
  return check_open(vm, file) && answer(write_out(vm, file), TRUE_VALUE, out);
}

// ---- without the buffer

static bool file_raw_read(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  File *file = as_file(args[0]);
  int64_t n;
  if (!check_open(vm, file) || !size_argument(vm, args[1], &n)) return false;
  if (n < 0) return file_read(vm, args, nargs, out);
  if (n > 1 << 30) n = 1 << 30;
  Io io = wait_for_more(vm, file);
  if (io != IO_OK) return answer(io, NONE, out);
  Bytes *bytes = bytes_new(vm, NULL, (size_t)n);
  size_t got;
  io = read_some(vm, file, bytes->data, (size_t)n, &got);
  return answer(io, io == IO_OK ? from_object(bytes_new(vm, bytes->data, got)) : NONE, out);
}
BLOCKING_LEAF(file_raw_read)

static bool file_raw_write(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  File *file = as_file(args[0]);
  if (!check_open(vm, file)) return false;
  if (!is_bytes(args[1])) {
    return raise_type_error(vm, "a bytes-like object is required, not '%s'",
                            value_class_name(vm, args[1]));
  }
  const Bytes *bytes = as_bytes(args[1]);
  ssize_t n = write(file->descriptor, bytes->data, bytes->length);
  return answer(n >= 0 ? IO_OK : failed(vm), small_int(n), out);
}

// ---- position and end

static bool file_seek(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  File *file = as_file(args[0]);
  int64_t offset, whence;
  if (!check_open(vm, file) || !size_argument(vm, args[1], &offset) ||
      !size_argument(vm, args[2], &whence)) {
    return false;
  }
  Io io = begin_reading(vm, file);
  if (io != IO_OK) return answer(io, NONE, out);
  if (whence == SEEK_CUR) offset -= (int64_t)(file->end - file->start);
  off_t position = lseek(file->descriptor, (off_t)offset, (int)whence);
  if (position < 0) return file_raise(vm, errno, EMPTY);
  file->start = file->end = 0;
  *out = int_from_i64(vm, position);
  return true;
}

static bool file_tell(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const File *file = as_file(args[0]);
  if (!check_open(vm, file)) return false;
  off_t position = lseek(file->descriptor, 0, SEEK_CUR);
  if (position < 0) return file_raise(vm, errno, EMPTY);
  int64_t held = (int64_t)(file->end - file->start);
  *out = int_from_i64(vm, file->writing ? position + held : position - held);
  return true;
}

static bool file_truncate(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  File *file = as_file(args[0]);
  int64_t size;
  if (!check_open(vm, file) || !size_argument(vm, args[1], &size)) return false;
  Io io = write_out(vm, file);
  if (io != IO_OK) return answer(io, NONE, out);
  if (ftruncate(file->descriptor, (off_t)size) != 0) return file_raise(vm, errno, EMPTY);
  *out = TRUE_VALUE;
  return true;
}

static void drop_buffer(VM *vm, File *file) {
  heap_buffer_free(vm, file->buffer, file->capacity);
  file->buffer = NULL;
  file->start = file->end = file->capacity = 0;
}

// Closes the descriptor even when the last bytes cannot be written: that error is raised after.
static bool file_close(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  File *file = as_file(args[0]);
  *out = TRUE_VALUE;
  if (file->descriptor < 0) return true;
  Io io = write_out(vm, file);
  if (io == IO_INTERRUPTED) return answer(io, NONE, out);
  int descriptor = file->descriptor;
  file->descriptor = -1;
  drop_buffer(vm, file);
  unlink_file(file);
  if (file->owned && close(descriptor) != 0 && io != IO_FAILED && errno != EINTR) {
    return file_raise(vm, errno, EMPTY);
  }
  return io != IO_FAILED;
}

static bool file_fileno(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const File *file = as_file(args[0]);
  *out = small_int(file->descriptor);
  return check_open(vm, file);
}

static bool file_isatty(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  const File *file = as_file(args[0]);
  *out = from_bool(isatty(file->descriptor));
  return check_open(vm, file);
}

static const NativeDef file_defs[] = {
    METHOD_ROW("read", file_read_blocking, 1, 2),
    METHOD_ROW("read1", file_read1_blocking, 1, 2),
    METHOD_ROW("peek", file_peek, 1, 1),
    METHOD_ROW("readline", file_readline_blocking, 1, 2),
    METHOD_ROW("write", file_write, 2, 2),
    METHOD_ROW("flush", file_flush, 1, 1),
    METHOD_ROW("raw_read", file_raw_read_blocking, 1, 2),
    METHOD_ROW("raw_write", file_raw_write, 2, 2),
    METHOD_ROW("seek", file_seek, 3, 3),
    METHOD_ROW("tell", file_tell, 1, 1),
    METHOD_ROW("truncate", file_truncate, 2, 2),
    METHOD_ROW("close", file_close, 1, 1),
    METHOD_ROW("fileno", file_fileno, 1, 1),
    METHOD_ROW("isatty", file_isatty, 1, 1),
    END_ROW,
};

// ---- the ends of files that nobody closed

// Writes without an exception: there is nobody to catch one.
static bool write_quietly(File *file) {
  while (file->writing && file->start < file->end) {
    ssize_t n = write(file->descriptor, file->buffer + file->start, file->end - file->start);
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) file->start += (size_t)n;
  }
  return true;
}

void file_free(VM *vm, Object *object) {
  File *file = (File *)object;
  if (file->descriptor >= 0) {
    if (!write_quietly(file)) {
      fprintf(stderr, "coro: a file that was not closed: %s\n", strerror(errno));
    }
    if (file->owned) close(file->descriptor);
  }
  drop_buffer(vm, file);
  unlink_file(file);
}

void file_flush_path(VM *vm, const char *path) {
  struct stat wanted, info;
  bool known = false;
  for (File *file = vm->files; file != NULL; file = file->next) {
    if (!file->writing || file->start == file->end) continue;
    if (!known && stat(path, &wanted) != 0) return;
    known = true;
    if (fstat(file->descriptor, &info) != 0 || info.st_ino != wanted.st_ino ||
        info.st_dev != wanted.st_dev) {
      continue;
    }
    if (write_quietly(file)) file->start = file->end = 0;  // else its own flush will tell
  }
}

void file_flush_all(VM *vm) {
  for (File *file = vm->files; file != NULL; file = file->next) {
    if (write_quietly(file)) file->start = file->end = 0;
  }
}

// ---- the module

// open_file(path, flags, mode, name): name is what an error calls it.
static bool open_file(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  char *path = file_path(vm, args[0]);
  if (path == NULL) return false;
  file_flush_path(vm, path);
  int descriptor = open(path, (int)as_small_int(args[1]) | O_CLOEXEC, 0666);
  int number = errno;
  free(path);
  if (descriptor < 0 && number == EINTR) return answer(IO_INTERRUPTED, NONE, out);
  if (descriptor < 0) return file_raise(vm, number, args[2]);
  struct stat info;
  if (fstat(descriptor, &info) == 0 && S_ISDIR(info.st_mode)) {
    close(descriptor);
    return file_raise(vm, EISDIR, args[2]);
  }
  *out = file_new(vm, descriptor, true);
  return true;
}

// file_of(descriptor, owned)
static bool file_of(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t descriptor;
  if (!size_argument(vm, args[0], &descriptor)) return false;
  struct stat info;
  if (fstat((int)descriptor, &info) != 0) return file_raise(vm, errno, EMPTY);
  *out = file_new(vm, (int)descriptor, args[1] == TRUE_VALUE);
  return true;
}

static const NativeDef functions[] = {
    FUNCTION_ROW("open_file", open_file, 3, 3, NULL),
    FUNCTION_ROW("file_of", file_of, 2, 2, NULL),
    END_ROW,
};

bool io_install(VM *vm, Module *module) {
  vm->file_class = class_new_builtin(vm, "File", NULL, KIND_FILE, CLASS_FINAL | CLASS_ABSTRACT);
  native_add_methods(vm, vm->file_class, file_defs);
  native_add_functions(vm, module, functions);
  native_add_functions(vm, module, streams_functions);
  static const struct {
    const char *name;
    int value;
  } flags[] = {{"O_RDONLY", O_RDONLY}, {"O_WRONLY", O_WRONLY}, {"O_RDWR", O_RDWR},
               {"O_CREAT", O_CREAT},   {"O_EXCL", O_EXCL},     {"O_TRUNC", O_TRUNC},
               {"O_APPEND", O_APPEND}};
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
    module_set(vm, module, str_intern_c(vm, flags[i].name), small_int(flags[i].value));
  }
  return true;
}
