/*
 * Preloaded into the process that serves a group: kills it at its k-th step. A step is a message that it sends on a
 * Unix socket or receives from the jacket, a force of a file, or a new name of one; those are all by which it leaves
 * anything behind. It is killed before what it does, and behind what it receives.
 *
 * CCR_KILL names a file: while it is not there, nothing counts. It holds k, 0 for none. Each step is told in a line of
 * CCR_KILL.steps; the last one killed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char kill_path[512], steps_path[520];
static long count;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("CCR_KILL");
    if (path && strlen(path) < sizeof kill_path) {
        strcpy(kill_path, path);
        snprintf(steps_path, sizeof steps_path, "%s.steps", path);
    }
    unsetenv("LD_PRELOAD"); /* not for the program, nor for the jacket's launcher */
    unsetenv("CCR_KILL");
}

static void *find(void *library, const char *name)
{
    static void *(*real)(void *, const char *);
    if (!real)
        real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
    if (!real)
        real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
    return real(library, name);
}

#define REAL(name) ((__typeof__(&name))find(RTLD_NEXT, #name))

static void step(const char *what, const char *which)
{
    char text[640];
    int fd = kill_path[0] ? open(kill_path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    pthread_mutex_lock(&lock);
    ssize_t got = read(fd, text, 20);
    close(fd);
    text[got > 0 ? got : 0] = 0;
    long at = strtol(text, NULL, 10);
    int length = snprintf(text, sizeof text, "%ld %s %s\n", ++count, what, which);
    fd = open(steps_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0 && write(fd, text, (size_t)length) == length && count == at)
        kill(getpid(), SIGKILL);
    close(fd);
    pthread_mutex_unlock(&lock);
}

/* The last part of a path. */
static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "artemis.sock", where it or its other end has that name; NULL for what is no Unix socket. */
static const char *socket_name(int fd)
{
    static __thread struct sockaddr_un address;
    for (int end = 0; end < 2; end++) {
        socklen_t length = sizeof address - 1;
        memset(&address, 0, sizeof address);
        if ((end ? getpeername(fd, (struct sockaddr *)&address, &length)
                 : getsockname(fd, (struct sockaddr *)&address, &length)) != 0 || address.sun_family != AF_UNIX)
            return NULL;
        if (address.sun_path[0])
            return name_of(address.sun_path);
    }
    return "unnamed";
}

static void sends(int fd)
{
    const char *name = socket_name(fd);
    if (name)
        step("sends on", name);
}

static void received(int fd, ssize_t got)
{
    const char *name = got > 0 ? socket_name(fd) : NULL;
    if (name && strcmp(name, "artemis.sock") == 0)
        step("received on", name);
}

static void forces(int fd)
{
    char link[64], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length > 0) {
        path[length] = 0;
        step("forces", name_of(path));
    }
}

ssize_t send(int fd, const void *octets, size_t length, int flags)
{
    sends(fd);
    return REAL(send)(fd, octets, length, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    sends(fd);
    return REAL(sendmsg)(fd, message, flags);
}

ssize_t recv(int fd, void *octets, size_t length, int flags)
{
    ssize_t got = REAL(recv)(fd, octets, length, flags);
    received(fd, got);
    return got;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    ssize_t got = REAL(recvmsg)(fd, message, flags);
    received(fd, got);
    return got;
}

int fsync(int fd)
{
    forces(fd);
    return REAL(fsync)(fd);
}

int fdatasync(int fd)
{
    forces(fd);
    return REAL(fdatasync)(fd);
}

/* What the server calls by itself it looks up in the C library, behind us: it is given ours. */
void *dlsym(void *restrict library, const char *restrict name)
{
    if (strcmp(name, "fsync") == 0)
        return (void *)fsync;
    return strcmp(name, "fdatasync") == 0 ? (void *)fdatasync : find(library, name);
}

int rename(const char *from, const char *to)
{
    step("renames to", name_of(to));
    return REAL(rename)(from, to);
}
