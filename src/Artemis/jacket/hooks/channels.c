/*
 * Reading and writing. With a time limit on a socket the kernel answers EINTR after any handler; and a signal in the
 * middle of a large write, or of a read that waits for all octets, ends it with a part. Neither may show because of a
 * checkpoint. What was transferred already is never transferred again.
 * Without such an interruption a hook here costs two loads and a comparison.
 */
#define _GNU_SOURCE
#include "real.h"

#include <sys/stat.h>

/* Set once the program gives any socket a time limit: only then is the clock read. */
static bool limits_in_use;

HOOK int setsockopt(int descriptor, int level, int name, const void *value, socklen_t octets)
{
    if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO))
        limits_in_use = true;
    return real()->setsockopt(descriptor, level, name, value, octets);
}

/* A call on a channel that is watched: for reading or writing, since when. */
struct transfer {
    struct watch watch;
    int descriptor;
    int option; /* SO_RCVTIMEO, SO_SNDTIMEO */
    struct timespec begun;
};

static inline struct transfer transfer_begin(int descriptor, int option)
{
    struct transfer transfer = {.watch = watch_begin(), .descriptor = descriptor, .option = option};
    if (__builtin_expect(limits_in_use, 0))
        clock_gettime(CLOCK_MONOTONIC, &transfer.begun);
    return transfer;
}

/* The socket's time limit, counted from when the call began. */
static struct deadline limit_of(const struct transfer *transfer)
{
    struct deadline deadline = {0};
    struct timeval limit = {0};
    socklen_t octets = sizeof limit;
    if (!limits_in_use || getsockopt(transfer->descriptor, SOL_SOCKET, transfer->option, &limit, &octets) != 0
        || (!limit.tv_sec && !limit.tv_usec))
        return deadline;
    deadline.limited = true;
    deadline.at.tv_sec = transfer->begun.tv_sec + limit.tv_sec;
    deadline.at.tv_nsec = transfer->begun.tv_nsec + limit.tv_usec * 1000;
    if (deadline.at.tv_nsec >= 1000000000) {
        deadline.at.tv_sec++;
        deadline.at.tv_nsec -= 1000000000;
    }
    return deadline;
}

/* Waits for what is left of the limit; false, with EAGAIN as the kernel says it, when nothing is left. */
static bool wait_within_limit(struct transfer *transfer)
{
    struct deadline deadline = limit_of(transfer);
    struct pollfd entry = {.fd = transfer->descriptor, .events = transfer->option == SO_RCVTIMEO ? POLLIN : POLLOUT};
    int error = errno;
    int ready = 1;
    if (deadline.limited)
        do
            ready = real()->poll(&entry, 1, time_left_ms(&deadline));
        while (again(&transfer->watch, ready));
    if (ready == 0)
        errno = EAGAIN;
    else if (ready > 0)
        errno = error;
    return ready > 0;
}

static bool transfer_again(struct transfer *transfer, ssize_t result)
{
    return again(&transfer->watch, result) && wait_within_limit(transfer);
}

#define TRANSFER(result_type, option, call) \
    struct transfer transfer = transfer_begin(descriptor, option); \
    result_type result; \
    do \
        result = real()->call; \
    while (transfer_again(&transfer, result)); \
    return result

HOOK ssize_t read(int descriptor, void *buffer, size_t octets)
{
    TRANSFER(ssize_t, SO_RCVTIMEO, read(descriptor, buffer, octets));
}

HOOK ssize_t readv(int descriptor, const struct iovec *parts, int count)
{
    TRANSFER(ssize_t, SO_RCVTIMEO, readv(descriptor, parts, count));
}

HOOK int recvmmsg(int descriptor, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
    TRANSFER(int, SO_RCVTIMEO, recvmmsg(descriptor, messages, count, flags, timeout));
}

HOOK int sendmmsg(int descriptor, struct mmsghdr *messages, unsigned count, int flags)
{
    TRANSFER(int, SO_SNDTIMEO, sendmmsg(descriptor, messages, count, flags));
}

HOOK int accept(int descriptor, struct sockaddr *address, socklen_t *octets)
{
    TRANSFER(int, SO_RCVTIMEO, accept(descriptor, address, octets));
}

HOOK int accept4(int descriptor, struct sockaddr *address, socklen_t *octets, int flags)
{
    TRANSFER(int, SO_RCVTIMEO, accept4(descriptor, address, octets, flags));
}

/* A connect that was interrupted goes on in the kernel; the second waits for it. */
HOOK int connect(int descriptor, const struct sockaddr *address, socklen_t octets)
{
    TRANSFER(int, SO_SNDTIMEO, connect(descriptor, address, octets));
}

/* Whether a part is transferred because of a checkpoint only, and the rest may be waited for. */
static bool cut_short(struct transfer *transfer, ssize_t result, size_t octets)
{
    return __builtin_expect(result > 0 && (size_t)result < octets, 0) && only_checkpoint(&transfer->watch);
}

/* A short write is the rule where the descriptor does not block, and means a full disk on a file. */
static bool writes_whole(int descriptor)
{
    int flags = real()->fcntl(descriptor, F_GETFL);
    struct stat status;
    return flags >= 0 && !(flags & O_NONBLOCK) && fstat(descriptor, &status) == 0
        && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || S_ISCHR(status.st_mode));
}

static ssize_t write_rest(int descriptor, const char *rest, size_t octets, ssize_t done)
{
    int error = errno;
    ssize_t more = write(descriptor, rest + done, octets - (size_t)done);
    errno = error;
    return more > 0 ? done + more : done;
}

HOOK ssize_t write(int descriptor, const void *buffer, size_t octets)
{
    struct transfer transfer = transfer_begin(descriptor, SO_SNDTIMEO);
    ssize_t result;
    do
        result = real()->write(descriptor, buffer, octets);
    while (transfer_again(&transfer, result));
    if (cut_short(&transfer, result, octets) && writes_whole(descriptor))
        return write_rest(descriptor, buffer, octets, result);
    return result;
}

/* The parts that follow a cut one are written by one call each: this happens seldom. */
static ssize_t write_parts(int descriptor, const struct iovec *parts, int count, ssize_t done)
{
    size_t skip = (size_t)done;
    for (int i = 0; i < count; i++) {
        if (skip >= parts[i].iov_len) {
            skip -= parts[i].iov_len;
            continue;
        }
        int error = errno;
        ssize_t more = write(descriptor, (const char *)parts[i].iov_base + skip, parts[i].iov_len - skip);
        errno = error;
        if (more > 0)
            done += more;
        if (more != (ssize_t)(parts[i].iov_len - skip))
            break;
        skip = 0;
    }
    return done;
}

static size_t octets_of(const struct iovec *parts, int count)
{
    size_t octets = 0;
    for (int i = 0; i < count; i++)
        octets += parts[i].iov_len;
    return octets;
}

HOOK ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    struct transfer transfer = transfer_begin(descriptor, SO_SNDTIMEO);
    ssize_t result;
    do
        result = real()->writev(descriptor, parts, count);
    while (transfer_again(&transfer, result));
    if (result > 0 && jacket_generation() != transfer.watch.generation
        && cut_short(&transfer, result, octets_of(parts, count)) && writes_whole(descriptor))
        return write_parts(descriptor, parts, count, result);
    return result;
}

HOOK ssize_t recvfrom(int descriptor, void *buffer, size_t octets, int flags, struct sockaddr *address,
                      socklen_t *address_octets)
{
    struct transfer transfer = transfer_begin(descriptor, SO_RCVTIMEO);
    ssize_t result;
    do
        result = real()->recvfrom(descriptor, buffer, octets, flags, address, address_octets);
    while (transfer_again(&transfer, result));
    if ((flags & (MSG_WAITALL | MSG_PEEK | MSG_DONTWAIT)) == MSG_WAITALL && cut_short(&transfer, result, octets)) {
        int error = errno;
        ssize_t more = recvfrom(descriptor, (char *)buffer + result, octets - (size_t)result, flags, NULL, NULL);
        errno = error;
        return more > 0 ? result + more : result;
    }
    return result;
}

HOOK ssize_t recv(int descriptor, void *buffer, size_t octets, int flags)
{
    return recvfrom(descriptor, buffer, octets, flags, NULL, NULL);
}

HOOK ssize_t recvmsg(int descriptor, struct msghdr *message, int flags)
{
    TRANSFER(ssize_t, SO_RCVTIMEO, recvmsg(descriptor, message, flags));
}

HOOK ssize_t sendto(int descriptor, const void *buffer, size_t octets, int flags, const struct sockaddr *address,
                    socklen_t address_octets)
{
    struct transfer transfer = transfer_begin(descriptor, SO_SNDTIMEO);
    ssize_t result;
    do
        result = real()->sendto(descriptor, buffer, octets, flags, address, address_octets);
    while (transfer_again(&transfer, result));
    if (!(flags & MSG_DONTWAIT) && cut_short(&transfer, result, octets) && writes_whole(descriptor)) {
        int error = errno;
        ssize_t more = sendto(descriptor, (const char *)buffer + result, octets - (size_t)result, flags, address,
                              address_octets);
        errno = error;
        return more > 0 ? result + more : result;
    }
    return result;
}

HOOK ssize_t send(int descriptor, const void *buffer, size_t octets, int flags)
{
    return sendto(descriptor, buffer, octets, flags, NULL, 0);
}

HOOK ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags)
{
    struct transfer transfer = transfer_begin(descriptor, SO_SNDTIMEO);
    ssize_t result;
    do
        result = real()->sendmsg(descriptor, message, flags);
    while (transfer_again(&transfer, result));
    if (result > 0 && jacket_generation() != transfer.watch.generation && !(flags & MSG_DONTWAIT)
        && cut_short(&transfer, result, octets_of(message->msg_iov, (int)message->msg_iovlen))
        && writes_whole(descriptor))
        return write_parts(descriptor, message->msg_iov, (int)message->msg_iovlen, result);
    return result;
}

/* What programs built with _FORTIFY_SOURCE call instead. */
void __chk_fail(void) __attribute__((noreturn));

HOOK ssize_t __read_chk(int descriptor, void *buffer, size_t octets, size_t room)
{
    if (octets > room)
        __chk_fail();
    return read(descriptor, buffer, octets);
}

HOOK ssize_t __recv_chk(int descriptor, void *buffer, size_t octets, size_t room, int flags)
{
    if (octets > room)
        __chk_fail();
    return recv(descriptor, buffer, octets, flags);
}

HOOK ssize_t __recvfrom_chk(int descriptor, void *buffer, size_t octets, size_t room, int flags,
                            struct sockaddr *address, socklen_t *address_octets)
{
    if (octets > room)
        __chk_fail();
    return recvfrom(descriptor, buffer, octets, flags, address, address_octets);
}
