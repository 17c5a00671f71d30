// posix.c: the system's calls that the module os (runtime/lib/os.coro) is made of.
//
// Each native takes plain arguments (ints; paths as str or bytes) and raises OSError with the path
// that it was given. os.coro checks and converts what programs pass. A call that a signal ends
// answers False, and os.coro repeats it (see file.c).
#include "posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blocking.h"
#include "bytes.h"
#include "file.h"
#include "int.h"
#include "output.h"
#include "rows.h"

extern char **environ;

static bool int_argument(VM *vm, Value v, int64_t *out) {
  if (!is_int(v)) {
    return raise_type_error(vm, "'%s' object cannot be interpreted as an integer",
                            value_class_name(vm, v));
  }
  return int_to_i64(v, out) ||
         vm_raise(vm, vm->exceptions.OverflowError, "Python int too large to convert to C long");
}

static Value text_of(VM *vm, const char *text) {
  Value out;
  bool ok = bytes_decode(vm, (const uint8_t *)text, strlen(text), "utf-8", "surrogateescape", &out);
  assert(ok);
  (void)ok;
  return out;
}

// A name from the system, as the kind of text that the program asked with.
static Value name_like(VM *vm, Value path, const char *name) {
  return is_bytes(path) ? from_object(bytes_new(vm, name, strlen(name))) : text_of(vm, name);
}

// The answer of a call that gives nothing; interrupted: False, to be repeated.
static bool answer(VM *vm, int result, Value filename, Value *out) {
  *out = NONE;
  if (result >= 0) return true;
  if (errno == EINTR) {
    *out = FALSE_VALUE;
    return true;
  }
  return file_raise(vm, errno, filename);
}

static bool number(VM *vm, int64_t result, Value *out) {
  if (result < 0) return answer(vm, -1, EMPTY, out);
  *out = int_from_i64(vm, result);
  return true;
}

// ---- paths

// Calls that take a path, and maybe a number.
#define PATH_CALL(name, expression)                              \
  static bool name(VM *vm, Value *args, int nargs, Value *out) { \
    char *path = file_path(vm, args[0]);                         \
    int64_t n = 0;                                               \
    if (path == NULL) return false;                              \
    bool ok = nargs < 2 || int_argument(vm, args[1], &n);        \
    if (ok) ok = answer(vm, (int)(expression), args[0], out);    \
    free(path);                                                  \
    return ok;                                                   \
  }
PATH_CALL(posix_chdir, chdir(path))
PATH_CALL(posix_mkdir, mkdir(path, (mode_t)n))
PATH_CALL(posix_rmdir, rmdir(path))
PATH_CALL(posix_unlink, unlink(path))
PATH_CALL(posix_chmod, chmod(path, (mode_t)n))
PATH_CALL(posix_truncate, (file_flush_path(vm, path), truncate(path, (off_t)n)))

// Calls that take two paths: an error names both.
static bool two_paths(VM *vm, Value *args, int (*call)(const char *, const char *), Value *out) {
  char *from = file_path(vm, args[0]);
  char *to = from == NULL ? NULL : file_path(vm, args[1]);
  bool ok = to != NULL;
  *out = NONE;
  if (ok && call(from, to) != 0) {
    Value values[5] = {small_int(errno), text_of(vm, strerror(errno)), args[0], NONE, args[1]};
    Value exception;
    ok = exception_create(vm, vm->exceptions.OSError, values, 5, NULL, &exception) &&
         vm_raise_exception(vm, exception);
  }
  free(from);
  free(to);
  return ok;
}

#define TWO_PATHS(name, call)                                    \
  static bool name(VM *vm, Value *args, int nargs, Value *out) { \
    (void)nargs;                                                 \
    return two_paths(vm, args, call, out);                       \
  }
TWO_PATHS(posix_rename, rename)
TWO_PATHS(posix_symlink, symlink)
TWO_PATHS(posix_link, link)

static bool posix_getcwd(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  char *path = getcwd(NULL, 0);
  if (path == NULL) return file_raise(vm, errno, EMPTY);
  *out = text_of(vm, path);
  free(path);
  return true;
}

static bool posix_access(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t mode;
  char *path = file_path(vm, args[0]);
  if (path == NULL) return false;
  bool ok = int_argument(vm, args[1], &mode);
  *out = from_bool(ok && access(path, (int)mode) == 0);
  free(path);
  return ok;
}

static bool posix_readlink(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  char *path = file_path(vm, args[0]);
  if (path == NULL) return false;
  char target[4096];
  ssize_t length = readlink(path, target, sizeof target - 1);
  int problem = errno;
  free(path);
  if (length < 0) return file_raise(vm, problem, args[0]);
  target[length] = '\0';
  *out = name_like(vm, args[0], target);
  return true;
}

static int entry_kind(const struct dirent *entry) {
  switch (entry->d_type) {
    case DT_DIR: return S_IFDIR;
    case DT_REG: return S_IFREG;
    case DT_LNK: return S_IFLNK;
    default: return 0;  // to be asked for
  }
}

// list_folder(path): a list of (name, kind, inode); kind as in st_mode, or 0: ask.
static bool posix_list_folder(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  char *path = file_path(vm, args[0]);
  if (path == NULL) return false;
  DIR *folder = opendir(path);
  int problem = errno;
  free(path);
  if (folder == NULL) return file_raise(vm, problem, args[0]);
  List *entries = list_new(vm, 8);
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    Tuple *row = tuple_of(vm, 3, name_like(vm, args[0], entry->d_name),
                          small_int(entry_kind(entry)), int_from_u64(vm, entry->d_ino));
    list_append(vm, entries, from_object(row));
  }
  closedir(folder);
  *out = from_object(entries);
  return true;
}

static Value nanoseconds(VM *vm, struct timespec t) {
  return int_from_i64(vm, (int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
}

// stat(path or descriptor, follow links): mode ino dev nlink uid gid size, and atime mtime ctime in
// nanoseconds, and blksize blocks rdev.
static bool posix_stat(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  struct stat info;
  int result;
  if (is_int(args[0])) {
    int64_t descriptor;
    if (!int_argument(vm, args[0], &descriptor)) return false;
    result = fstat((int)descriptor, &info);
  } else {
    char *path = file_path(vm, args[0]);
    if (path == NULL) return false;
    file_flush_path(vm, path);
    result = args[1] == FALSE_VALUE ? lstat(path, &info) : stat(path, &info);
    int problem = errno;
    free(path);
    errno = problem;
  }
  if (result != 0) return file_raise(vm, errno, args[0]);
  *out = from_object(tuple_of(vm, 13, int_from_u64(vm, info.st_mode), int_from_u64(vm, info.st_ino),
                              int_from_u64(vm, info.st_dev), int_from_u64(vm, info.st_nlink),
                              int_from_u64(vm, info.st_uid), int_from_u64(vm, info.st_gid),
                              int_from_i64(vm, info.st_size), nanoseconds(vm, info.st_atim),
                              nanoseconds(vm, info.st_mtim), nanoseconds(vm, info.st_ctim),
                              int_from_i64(vm, info.st_blksize), int_from_i64(vm, info.st_blocks),
                              int_from_u64(vm, info.st_rdev)));
  return true;
}

// utime(path, atime, mtime) in nanoseconds
static bool posix_utime(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t accessed, modified;
  if (!int_argument(vm, args[1], &accessed) || !int_argument(vm, args[2], &modified)) return false;
  char *path = file_path(vm, args[0]);
  if (path == NULL) return false;
  const struct timespec times[2] = {{accessed / 1000000000, accessed % 1000000000},
                                    {modified / 1000000000, modified % 1000000000}};
  bool ok = answer(vm, utimensat(AT_FDCWD, path, times, 0), args[0], out);
  free(path);
  return ok;
}

// ---- descriptors

// open(path, flags, mode)
static bool posix_open(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t flags, mode;
  if (!int_argument(vm, args[1], &flags) || !int_argument(vm, args[2], &mode)) return false;
  char *path = file_path(vm, args[0]);
  if (path == NULL) return false;
  file_flush_path(vm, path);
  int descriptor = open(path, (int)flags | O_CLOEXEC, (mode_t)mode);
  int problem = errno;
  free(path);
  errno = problem;
  if (descriptor < 0) return answer(vm, -1, args[0], out);
  *out = small_int(descriptor);
  return true;
}

static bool posix_read(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t descriptor, size;
  if (!int_argument(vm, args[0], &descriptor) || !int_argument(vm, args[1], &size)) return false;
  if (size < 0) return file_raise(vm, EINVAL, EMPTY);
  if (size > 1 << 30) size = 1 << 30;
  if (!blocking_wait(vm, (int)descriptor)) return answer(vm, -1, EMPTY, out);
  Bytes *bytes = bytes_new(vm, NULL, (size_t)size);
  ssize_t got = read((int)descriptor, bytes->data, (size_t)size);
  if (got < 0) return answer(vm, -1, EMPTY, out);
  *out = from_object(got == size ? bytes : bytes_new(vm, bytes->data, (size_t)got));
  return true;
}
BLOCKING_LEAF(posix_read)

static bool posix_write(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t descriptor;
  if (!int_argument(vm, args[0], &descriptor)) return false;
  if (!is_bytes(args[1])) {
    return raise_type_error(vm, "a bytes-like object is required, not '%s'",
                            value_class_name(vm, args[1]));
  }
  const Bytes *bytes = as_bytes(args[1]);
  return number(vm, write((int)descriptor, bytes->data, bytes->length), out);
}

// Calls that take up to three numbers and give one, or nothing.
#define NUMBER_CALL(name, wrap)                                  \
  static bool name(VM *vm, Value *args, int nargs, Value *out) { \
    int64_t n[3] = {0, 0, 0};                                    \
    for (int i = 0; i < nargs; i++) {                            \
      if (!int_argument(vm, args[i], &n[i])) return false;       \
    }                                                            \
    return wrap;                                                 \
  }
#define GIVES_NUMBER(name, expression) NUMBER_CALL(name, number(vm, expression, out))
#define GIVES_NOTHING(name, expression) NUMBER_CALL(name, answer(vm, expression, EMPTY, out))
GIVES_NUMBER(posix_getpid, getpid())
GIVES_NUMBER(posix_getppid, getppid())
GIVES_NUMBER(posix_getuid, getuid())
GIVES_NUMBER(posix_geteuid, geteuid())
GIVES_NUMBER(posix_getgid, getgid())
GIVES_NUMBER(posix_getegid, getegid())
GIVES_NUMBER(posix_umask, umask((mode_t)n[0]))
GIVES_NUMBER(posix_lseek, lseek((int)n[0], (off_t)n[1], (int)n[2]))
GIVES_NUMBER(posix_dup, fcntl((int)n[0], F_DUPFD_CLOEXEC, 0))
GIVES_NUMBER(posix_dup2, dup2((int)n[0], (int)n[1]))
GIVES_NUMBER(posix_cpu_count, sysconf(_SC_NPROCESSORS_ONLN))
GIVES_NOTHING(posix_close, close((int)n[0]))
GIVES_NOTHING(posix_fsync, fsync((int)n[0]))
GIVES_NOTHING(posix_ftruncate, ftruncate((int)n[0], (off_t)n[1]))
GIVES_NOTHING(posix_kill, kill((pid_t)n[0], (int)n[1]))

static bool posix_isatty(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t descriptor;
  if (!int_argument(vm, args[0], &descriptor)) return false;
  *out = from_bool(isatty((int)descriptor));
  return true;
}

static bool posix_get_blocking(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t descriptor;
  if (!int_argument(vm, args[0], &descriptor)) return false;
  int flags = fcntl((int)descriptor, F_GETFL);
  if (flags < 0) return file_raise(vm, errno, EMPTY);
  *out = from_bool(!(flags & O_NONBLOCK));
  return true;
}

static bool posix_set_blocking(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t descriptor, blocking;
  if (!int_argument(vm, args[0], &descriptor) || !int_argument(vm, args[1], &blocking))
    return false;
  int flags = fcntl((int)descriptor, F_GETFL);
  int wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
  if (flags < 0 || fcntl((int)descriptor, F_SETFL, wanted) != 0)
    return file_raise(vm, errno, EMPTY);
  *out = NONE;
  return true;
}

static bool posix_pipe(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return file_raise(vm, errno, EMPTY);
  *out = from_object(tuple_of(vm, 2, small_int(ends[0]), small_int(ends[1])));
  return true;
}

static bool posix_terminal_size(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t descriptor;
  if (!int_argument(vm, args[0], &descriptor)) return false;
  struct winsize size;
  if (ioctl((int)descriptor, TIOCGWINSZ, &size) != 0) return file_raise(vm, errno, EMPTY);
  *out = from_object(tuple_of(vm, 2, small_int(size.ws_col), small_int(size.ws_row)));
  return true;
}

// ---- the process

static bool posix_exit(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs, (void)out;
  int64_t code;
  if (!int_argument(vm, args[0], &code)) return false;
  _exit((int)code);
}

static bool posix_system(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  char *command = file_path(vm, args[0]);
  if (command == NULL) return false;
  file_flush_all(vm);
  Thread *self = blocking_release(vm);
  int status = system(command);
  blocking_acquire(vm, self);
  free(command);
  return number(vm, status, out);
}
BLOCKING_LEAF(posix_system)

static bool posix_strerror(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t code;
  if (!int_argument(vm, args[0], &code)) return false;
  *out = text_of(vm, strerror((int)code));
  return true;
}

static bool posix_urandom(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  int64_t size;
  if (!int_argument(vm, args[0], &size)) return false;
  if (size < 0) return raise_value_error(vm, "negative argument not allowed");
  Bytes *bytes = bytes_new(vm, NULL, (size_t)size);
  for (size_t done = 0; done < bytes->length;) {
    ssize_t got = getrandom(bytes->data + done, bytes->length - done, 0);
    if (got < 0 && errno != EINTR) return file_raise(vm, errno, EMPTY);
    if (got > 0) done += (size_t)got;
  }
  *out = from_object(bytes);
  return true;
}

static bool posix_times(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  struct tms t;
  double ticks = (double)sysconf(_SC_CLK_TCK);
  clock_t elapsed = times(&t);
  *out = from_object(
      tuple_of(vm, 5, from_double((double)t.tms_utime / ticks),
               from_double((double)t.tms_stime / ticks), from_double((double)t.tms_cutime / ticks),
               from_double((double)t.tms_cstime / ticks), from_double((double)elapsed / ticks)));
  return true;
}

static bool posix_getlogin(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  char name[256];
  int problem = getlogin_r(name, sizeof name);
  if (problem != 0) return file_raise(vm, problem, EMPTY);
  *out = text_of(vm, name);
  return true;
}

static bool posix_uname(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  struct utsname u;
  if (uname(&u) != 0) return file_raise(vm, errno, EMPTY);
  *out =
      from_object(tuple_of(vm, 5, text_of(vm, u.sysname), text_of(vm, u.nodename),
                           text_of(vm, u.release), text_of(vm, u.version), text_of(vm, u.machine)));
  return true;
}

// ---- the environment

static bool posix_environment(VM *vm, Value *args, int nargs, Value *out) {
  (void)args, (void)nargs;
  Dict *dict = dict_new(vm);
  for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
    const char *equals = strchr(*entry, '=');
    if (equals == NULL) continue;
    Value name;
    if (!bytes_decode(vm, (const uint8_t *)*entry, (size_t)(equals - *entry), "utf-8",
                      "surrogateescape", &name)) {
      return false;
    }
    if (is_empty(dict_get_str(dict, as_str(name)))) {
      dict_set_str(vm, dict, as_str(name), text_of(vm, equals + 1));
    }
  }
  *out = from_object(dict);
  return true;
}

static bool posix_putenv(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  char *name = file_path(vm, args[0]);
  char *value = name == NULL ? NULL : file_path(vm, args[1]);
  bool ok = value != NULL;
  *out = NONE;
  if (ok && (name[0] == '\0' || strchr(name, '=') != NULL)) {
    ok = raise_value_error(vm, "illegal environment variable name");
  }
  if (ok && setenv(name, value, 1) != 0) ok = file_raise(vm, errno, EMPTY);
  free(name);
  free(value);
  return ok;
}

static bool posix_unsetenv(VM *vm, Value *args, int nargs, Value *out) {
  (void)nargs;
  char *name = file_path(vm, args[0]);
  if (name == NULL) return false;
  int result = unsetenv(name);
  int problem = errno;
  free(name);
  errno = problem;
  return answer(vm, result, EMPTY, out);
}

static const NativeDef functions[] = {
    FUNCTION_ROW("chdir", posix_chdir, 1, 1, NULL),
    FUNCTION_ROW("mkdir", posix_mkdir, 2, 2, NULL),
    FUNCTION_ROW("rmdir", posix_rmdir, 1, 1, NULL),
    FUNCTION_ROW("unlink", posix_unlink, 1, 1, NULL),
    FUNCTION_ROW("chmod", posix_chmod, 2, 2, NULL),
    FUNCTION_ROW("truncate", posix_truncate, 2, 2, NULL),
    FUNCTION_ROW("rename", posix_rename, 2, 2, NULL),
    FUNCTION_ROW("symlink", posix_symlink, 2, 2, NULL),
    FUNCTION_ROW("link", posix_link, 2, 2, NULL),
    FUNCTION_ROW("getcwd", posix_getcwd, 0, 0, NULL),
    FUNCTION_ROW("access", posix_access, 2, 2, NULL),
    FUNCTION_ROW("readlink", posix_readlink, 1, 1, NULL),
    FUNCTION_ROW("list_folder", posix_list_folder, 1, 1, NULL),
    FUNCTION_ROW("stat", posix_stat, 2, 2, NULL),
    FUNCTION_ROW("utime", posix_utime, 3, 3, NULL),
    FUNCTION_ROW("open", posix_open, 3, 3, NULL),
    FUNCTION_ROW("read", posix_read_blocking, 2, 2, NULL),
    FUNCTION_ROW("write", posix_write, 2, 2, NULL),
    FUNCTION_ROW("getpid", posix_getpid, 0, 0, NULL),
    FUNCTION_ROW("getppid", posix_getppid, 0, 0, NULL),
    FUNCTION_ROW("getuid", posix_getuid, 0, 0, NULL),
    FUNCTION_ROW("geteuid", posix_geteuid, 0, 0, NULL),
    FUNCTION_ROW("getgid", posix_getgid, 0, 0, NULL),
    FUNCTION_ROW("getegid", posix_getegid, 0, 0, NULL),
    FUNCTION_ROW("umask", posix_umask, 1, 1, NULL),
    FUNCTION_ROW("lseek", posix_lseek, 3, 3, NULL),
    FUNCTION_ROW("dup", posix_dup, 1, 1, NULL),
    FUNCTION_ROW("dup2", posix_dup2, 2, 3, NULL),
    FUNCTION_ROW("cpu_count", posix_cpu_count, 0, 0, NULL),
    FUNCTION_ROW("close", posix_close, 1, 1, NULL),
    FUNCTION_ROW("fsync", posix_fsync, 1, 1, NULL),
    FUNCTION_ROW("ftruncate", posix_ftruncate, 2, 2, NULL),
    FUNCTION_ROW("kill", posix_kill, 2, 2, NULL),
    FUNCTION_ROW("get_blocking", posix_get_blocking, 1, 1, NULL),
    FUNCTION_ROW("set_blocking", posix_set_blocking, 2, 2, NULL),
    FUNCTION_ROW("isatty", posix_isatty, 1, 1, NULL),
    FUNCTION_ROW("pipe", posix_pipe, 0, 0, NULL),
    FUNCTION_ROW("terminal_size", posix_terminal_size, 1, 1, NULL),
    FUNCTION_ROW("_exit", posix_exit, 1, 1, "status"),
    FUNCTION_ROW("system", posix_system_blocking, 1, 1, NULL),
    FUNCTION_ROW("strerror", posix_strerror, 1, 1, NULL),
    FUNCTION_ROW("urandom", posix_urandom, 1, 1, NULL),
    FUNCTION_ROW("times", posix_times, 0, 0, NULL),
    FUNCTION_ROW("getlogin", posix_getlogin, 0, 0, NULL),
    FUNCTION_ROW("uname", posix_uname, 0, 0, NULL),
    FUNCTION_ROW("environment", posix_environment, 0, 0, NULL),
    FUNCTION_ROW("putenv", posix_putenv, 2, 2, NULL),
    FUNCTION_ROW("unsetenv", posix_unsetenv, 1, 1, NULL),
    END_ROW,
};

// ---- constants

typedef struct {
  const char *name;
  int value;
} Constant;

#define C(name) \
  { #name, name }
static const Constant constants[] = {
    C(O_RDONLY), C(O_WRONLY),   C(O_RDWR), C(O_CREAT),   C(O_EXCL),      C(O_TRUNC),
    C(O_APPEND), C(O_NONBLOCK), C(O_SYNC), C(O_CLOEXEC), C(O_DIRECTORY), C(O_NOFOLLOW),
    C(O_NOCTTY), C(F_OK),       C(R_OK),   C(W_OK),      C(X_OK),        C(WNOHANG),
};

static const Constant errors[] = {
    C(EPERM),           C(ENOENT),       C(ESRCH),
    C(EINTR),           C(EIO),          C(ENXIO),
    C(E2BIG),           C(ENOEXEC),      C(EBADF),
    C(ECHILD),          C(EAGAIN),       C(ENOMEM),
    C(EACCES),          C(EFAULT),       C(ENOTBLK),
    C(EBUSY),           C(EEXIST),       C(EXDEV),
    C(ENODEV),          C(ENOTDIR),      C(EISDIR),
    C(EINVAL),          C(ENFILE),       C(EMFILE),
    C(ENOTTY),          C(ETXTBSY),      C(EFBIG),
    C(ENOSPC),          C(ESPIPE),       C(EROFS),
    C(EMLINK),          C(EPIPE),        C(EDOM),
    C(ERANGE),          C(EDEADLK),      C(ENAMETOOLONG),
    C(ENOLCK),          C(ENOSYS),       C(ENOTEMPTY),
    C(ELOOP),           C(EWOULDBLOCK),  C(ENOMSG),
    C(EIDRM),           C(ENOSTR),       C(ENODATA),
    C(ETIME),           C(ENOSR),        C(EREMOTE),
    C(ENOLINK),         C(EPROTO),       C(EBADMSG),
    C(EOVERFLOW),       C(EILSEQ),       C(EUSERS),
    C(ENOTSOCK),        C(EDESTADDRREQ), C(EMSGSIZE),
    C(EPROTOTYPE),      C(ENOPROTOOPT),  C(EPROTONOSUPPORT),
    C(ESOCKTNOSUPPORT), C(EOPNOTSUPP),   C(ENOTSUP),
    C(EPFNOSUPPORT),    C(EAFNOSUPPORT), C(EADDRINUSE),
    C(EADDRNOTAVAIL),   C(ENETDOWN),     C(ENETUNREACH),
    C(ENETRESET),       C(ECONNABORTED), C(ECONNRESET),
    C(ENOBUFS),         C(EISCONN),      C(ENOTCONN),
    C(ESHUTDOWN),       C(ETOOMANYREFS), C(ETIMEDOUT),
    C(ECONNREFUSED),    C(EHOSTDOWN),    C(EHOSTUNREACH),
    C(EALREADY),        C(EINPROGRESS),  C(ESTALE),
    C(EDQUOT),          C(ECANCELED),    C(EOWNERDEAD),
    C(ENOTRECOVERABLE),
};
#undef C

static void set_constants(VM *vm, Module *module, const Constant *rows, size_t count) {
  for (size_t i = 0; i < count; i++) {
    module_set(vm, module, str_intern_c(vm, rows[i].name), small_int(rows[i].value));
  }
}

bool posix_install(VM *vm, Module *module) {
  native_add_functions(vm, module, functions);
  set_constants(vm, module, constants, sizeof constants / sizeof *constants);
  return true;
}

bool errno_install(VM *vm, Module *module) {
  set_constants(vm, module, errors, sizeof errors / sizeof *errors);
  Dict *names = dict_new(vm);
  // Of two names for one number the later counts, as in CPython (EOPNOTSUPP is ENOTSUP), except
  // that EAGAIN is what programs know.
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
    if (errors[i].value == EWOULDBLOCK && strcmp(errors[i].name, "EAGAIN") != 0) continue;
    Tri tri = dict_set(vm, names, small_int(errors[i].value), text_of(vm, errors[i].name));
    if (tri != TRI_YES) return false;
  }
  module_set(vm, module, str_intern_c(vm, "errorcode"), from_object(names));
  return true;
}
