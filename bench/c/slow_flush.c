/* Preloaded into a database or a manager: every flush takes so many microseconds more (CCR_SLOW_FLUSH_US), as on a
   disk without a protected cache. The runtime of .NET finds libc's functions by dlsym, so that is answered too. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static void *real(const char *name) {
  static void *(*find)(void *, const char *);
  if (!find) find = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
  if (!find) find = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
  return find(RTLD_NEXT, name);
}

static void wait_a_flush(void) {
  static long us = -1;
  if (us < 0) {
    const char *set = getenv("CCR_SLOW_FLUSH_US");
    us = set ? atol(set) : 0;
  }
  if (us > 0) {
    struct timespec t = {us / 1000000, us % 1000000 * 1000};
    nanosleep(&t, 0);
  }
}

int fsync(int fd) {
  static int (*next)(int);
  if (!next) next = real("fsync");
  wait_a_flush();
  return next(fd);
}

int fdatasync(int fd) {
  static int (*next)(int);
  if (!next) next = real("fdatasync");
  wait_a_flush();
  return next(fd);
}

int msync(void *at, size_t length, int flags) {
  static int (*next)(void *, size_t, int);
  if (!next) next = real("msync");
  if (flags & MS_SYNC) wait_a_flush();
  return next(at, length, flags);
}

void *dlsym(void *handle, const char *name) {
  static void *(*next)(void *, const char *);
  if (!strcmp(name, "fsync")) return (void *)fsync;
  if (!strcmp(name, "fdatasync")) return (void *)fdatasync;
  if (!next) next = real("dlsym");
  return next(handle, name);
}
