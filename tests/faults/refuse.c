// refuse.c: a library to preload that lets one call fail: the FAULT_AT-th allocation, or the FAULT_AT-th call
// of the system. scripts/dev/test-faults.coro runs programs with it, again and again, each time with the next
// call. At the end it writes into FAULT_REPORT how many there were.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static long fault_at;
static _Atomic long count;
static _Atomic bool ready;
static bool of_memory;
static pid_t counted;  // the process that is watched; what it starts is left alone

__attribute__((constructor)) static void begin(void) {
  const char *at = getenv("FAULT_AT"), *kind = getenv("FAULT_KIND");
  if (at == NULL || kind == NULL) return;
  fault_at = atol(at);
  of_memory = strcmp(kind, "memory") == 0;
  counted = getpid();
  unsetenv("LD_PRELOAD");
  ready = true;
}

__attribute__((destructor)) static void report(void) {
  const char *path = getenv("FAULT_REPORT");
  if (!ready || path == NULL || getpid() != counted) return;
  ready = false;
  FILE *file = fopen(path, "w");
  if (file == NULL) return;
  fprintf(file, "%ld\n", (long)count);
  fclose(file);
}

// Whether this call is the one to fail.
static bool is_refused(bool memory) {
  if (!ready || memory != of_memory || getpid() != counted) return false;
  return ++count == fault_at;
}

#define REAL(name)                                                     \
  static __typeof__(name) *real;                                       \
  if (real == NULL) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

// ---- memory. glibc's own names are used, because dlsym allocates.

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);

static void *no_memory(void) {
  errno = ENOMEM;
  return NULL;
}

void *malloc(size_t size) { return is_refused(true) ? no_memory() : __libc_malloc(size); }

void *calloc(size_t n, size_t size) {
  return is_refused(true) ? no_memory() : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size) {
  return size > 0 && is_refused(true) ? no_memory() : __libc_realloc(p, size);
}

void *mmap(void *where, size_t length, int protection, int flags, int descriptor, off_t offset) {
  REAL(mmap);
  if (!is_refused(true)) return real(where, length, protection, flags, descriptor, offset);
  errno = ENOMEM;
  return MAP_FAILED;
}

int mprotect(void *where, size_t length, int protection) {
  REAL(mprotect);
  if (!is_refused(true)) return real(where, length, protection);
  errno = ENOMEM;
  return -1;
}

// ---- calls of the system

// Without counting.
static int look(int fd, struct stat *out) {
  REAL(fstat);
  return real(fd, out);
}

#define CALL(type, name, parameters, arguments, error) \
  type name parameters {                               \
    REAL(name);                                        \
    if (!is_refused(false)) return real arguments;     \
    errno = error;                                     \
    return -1;                                         \
  }

CALL(int, socket, (int domain, int type, int protocol), (domain, type, protocol), EMFILE)
CALL(int, bind, (int fd, const struct sockaddr *address, socklen_t length), (fd, address, length),
     EADDRINUSE)
CALL(int, listen, (int fd, int backlog), (fd, backlog), EADDRINUSE)
CALL(int, accept4, (int fd, struct sockaddr *address, socklen_t *length, int flags),
     (fd, address, length, flags), ENOBUFS)
CALL(int, connect, (int fd, const struct sockaddr *address, socklen_t length), (fd, address, length),
     ECONNREFUSED)
CALL(int, getsockname, (int fd, struct sockaddr *address, socklen_t *length), (fd, address, length),
     ENOBUFS)
CALL(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t length),
     (fd, level, name, value, length), EINVAL)
CALL(int, epoll_create1, (int flags), (flags), EMFILE)
CALL(int, eventfd, (unsigned value, int flags), (value, flags), EMFILE)
CALL(int, socketpair, (int domain, int type, int protocol, int fds[2]), (domain, type, protocol, fds),
     EMFILE)
CALL(pid_t, fork, (void), (), EAGAIN)
CALL(ssize_t, writev, (int fd, const struct iovec *parts, int n), (fd, parts, n), EIO)
CALL(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags), EPIPE)
CALL(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags), ECONNRESET)
CALL(int, dup2, (int from, int to), (from, to), EBADF)
CALL(int, stat, (const char *path, struct stat *out), (path, out), EIO)
CALL(int, fstat, (int fd, struct stat *out), (fd, out), EIO)
CALL(off_t, lseek, (int fd, off_t offset, int from), (fd, offset, from), EIO)
CALL(int, ftruncate, (int fd, off_t length), (fd, length), EIO)
CALL(int, rename, (const char *from, const char *to), (from, to), EACCES)
CALL(int, unlink, (const char *path), (path), EACCES)

// Not of pipes and event counters: libuv has its own ones, and ends the process when they fail.
static bool is_refused_here(int fd) {
  struct stat what;
  if (!ready || look(fd, &what) != 0) return false;
  if (!S_ISREG(what.st_mode) && !S_ISSOCK(what.st_mode) && fd > STDERR_FILENO) return false;
  if (!is_refused(false)) return false;
  errno = S_ISSOCK(what.st_mode) ? ECONNRESET : EIO;
  return true;
}

ssize_t read(int fd, void *data, size_t size) {
  REAL(read);
  return is_refused_here(fd) ? -1 : real(fd, data, size);
}

ssize_t write(int fd, const void *data, size_t size) {
  REAL(write);
  return is_refused_here(fd) ? -1 : real(fd, data, size);
}

int open(const char *path, int flags, ...) {
  REAL(open);
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  if (!is_refused(false)) return real(path, flags, mode);
  errno = EMFILE;
  return -1;
}
