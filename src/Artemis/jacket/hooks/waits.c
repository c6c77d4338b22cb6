/*
 * Waits for descriptors. After a handler the kernel never goes on with these by itself, so a checkpoint would show as
 * EINTR, which programs without handlers do not expect. They are begun again with the time that is left.
 */
#define _GNU_SOURCE
#include "real.h"

void __chk_fail(void) __attribute__((noreturn));

HOOK int poll(struct pollfd *entries, nfds_t count, int timeout_ms)
{
    struct watch watch = watch_begin();
    struct deadline deadline = deadline_in_ms(timeout_ms);
    int result = real()->poll(entries, count, timeout_ms);
    while (again(&watch, result))
        result = real()->poll(entries, count, time_left_ms(&deadline));
    return result;
}

HOOK int ppoll(struct pollfd *entries, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    sigset_t copy;
    mask = without_jacket(mask, &copy);
    struct watch watch = watch_begin();
    struct deadline deadline = deadline_in(timeout);
    int result = real()->ppoll(entries, count, timeout, mask);
    while (again(&watch, result)) {
        struct timespec left = deadline.limited ? time_left(&deadline) : (struct timespec){0};
        result = real()->ppoll(entries, count, deadline.limited ? &left : NULL, mask);
    }
    return result;
}

/* An interrupted select changes no set; Linux writes the time that is left into the program's own timeout. */
HOOK int select(int count, fd_set *reads, fd_set *writes, fd_set *errors, struct timeval *timeout)
{
    struct watch watch = watch_begin();
    struct timespec wanted = {0};
    if (timeout)
        wanted = (struct timespec){timeout->tv_sec, timeout->tv_usec * 1000};
    struct deadline deadline = deadline_in(timeout ? &wanted : NULL);
    int result = real()->select(count, reads, writes, errors, timeout);
    while (again(&watch, result)) {
        if (deadline.limited) {
            wanted = time_left(&deadline);
            *timeout = (struct timeval){wanted.tv_sec, wanted.tv_nsec / 1000};
        }
        result = real()->select(count, reads, writes, errors, timeout);
    }
    return result;
}

HOOK int pselect(int count, fd_set *reads, fd_set *writes, fd_set *errors, const struct timespec *timeout,
                 const sigset_t *mask)
{
    sigset_t copy;
    mask = without_jacket(mask, &copy);
    struct watch watch = watch_begin();
    struct deadline deadline = deadline_in(timeout);
    int result = real()->pselect(count, reads, writes, errors, timeout, mask);
    while (again(&watch, result)) {
        struct timespec left = deadline.limited ? time_left(&deadline) : (struct timespec){0};
        result = real()->pselect(count, reads, writes, errors, deadline.limited ? &left : NULL, mask);
    }
    return result;
}

HOOK int epoll_wait(int descriptor, struct epoll_event *events, int count, int timeout_ms)
{
    struct watch watch = watch_begin();
    struct deadline deadline = deadline_in_ms(timeout_ms);
    int result = real()->epoll_wait(descriptor, events, count, timeout_ms);
    while (again(&watch, result))
        result = real()->epoll_wait(descriptor, events, count, time_left_ms(&deadline));
    return result;
}

HOOK int epoll_pwait(int descriptor, struct epoll_event *events, int count, int timeout_ms, const sigset_t *mask)
{
    sigset_t copy;
    mask = without_jacket(mask, &copy);
    struct watch watch = watch_begin();
    struct deadline deadline = deadline_in_ms(timeout_ms);
    int result = real()->epoll_pwait(descriptor, events, count, timeout_ms, mask);
    while (again(&watch, result))
        result = real()->epoll_pwait(descriptor, events, count, time_left_ms(&deadline), mask);
    return result;
}

HOOK int epoll_pwait2(int descriptor, struct epoll_event *events, int count, const struct timespec *timeout,
                      const sigset_t *mask)
{
    sigset_t copy;
    mask = without_jacket(mask, &copy);
    struct watch watch = watch_begin();
    struct deadline deadline = deadline_in(timeout);
    int result = real()->epoll_pwait2(descriptor, events, count, timeout, mask);
    while (again(&watch, result)) {
        struct timespec left = deadline.limited ? time_left(&deadline) : (struct timespec){0};
        result = real()->epoll_pwait2(descriptor, events, count, deadline.limited ? &left : NULL, mask);
    }
    return result;
}

/* What programs built with _FORTIFY_SOURCE call instead. */
HOOK int __poll_chk(struct pollfd *entries, nfds_t count, int timeout_ms, size_t octets)
{
    if (octets / sizeof *entries < count)
        __chk_fail();
    return poll(entries, count, timeout_ms);
}

HOOK int __ppoll_chk(struct pollfd *entries, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
                     size_t octets)
{
    if (octets / sizeof *entries < count)
        __chk_fail();
    return ppoll(entries, count, timeout, mask);
}

HOOK int __poll(struct pollfd *entries, nfds_t count, int timeout_ms)
{
    return poll(entries, count, timeout_ms);
}

HOOK int __select(int count, fd_set *reads, fd_set *writes, fd_set *errors, struct timeval *timeout)
{
    return select(count, reads, writes, errors, timeout);
}
