/*
 * The jacket's descriptors are not the program's: they cannot be closed, copied or copied over. Programs that close
 * everything above some number, as daemons do, get what they expect: all of theirs are closed.
 */
#define _GNU_SOURCE
#include "real.h"

#include <stdarg.h>
#include <sys/resource.h>

/* The program sees ours as numbers that nothing is open at. */
static bool refuse(int descriptor)
{
    if (__builtin_expect(descriptor < JACKET_FD_FIRST || !jacket_owns_fd(descriptor), 1))
        return false;
    errno = EBADF;
    return true;
}

/*
 * A checkpoint may open descriptors of ours. Between the look at which are ours and the call that closes, it waits: it
 * cannot go on without this thread. Only numbers where ours can be are worth two system calls.
 */
static bool hold_checkpoints(unsigned highest, sigset_t *before)
{
    sigset_t ours;
    if (__builtin_expect(highest < JACKET_FD_FIRST || !jacket_is_on(), 1))
        return false;
    sigemptyset(&ours);
    sigaddset(&ours, JACKET_SIGNAL);
    return real()->pthread_sigmask(SIG_BLOCK, &ours, before) == 0;
}

static int let_go(bool held, const sigset_t *before, int result)
{
    if (held)
        real()->pthread_sigmask(SIG_SETMASK, before, NULL);
    return result;
}

HOOK int close(int descriptor)
{
    sigset_t before;
    bool held = hold_checkpoints((unsigned)descriptor, &before);
    return let_go(held, &before, refuse(descriptor) ? -1 : real()->close(descriptor));
}

HOOK int __close(int descriptor)
{
    return close(descriptor);
}

HOOK int dup(int from)
{
    return refuse(from) ? -1 : real()->dup(from);
}

HOOK int dup2(int from, int to)
{
    sigset_t before;
    bool held = hold_checkpoints((unsigned)to, &before);
    return let_go(held, &before, refuse(from) || refuse(to) ? -1 : real()->dup2(from, to));
}

HOOK int __dup2(int from, int to)
{
    return dup2(from, to);
}

HOOK int dup3(int from, int to, int flags)
{
    sigset_t before;
    bool held = hold_checkpoints((unsigned)to, &before);
    return let_go(held, &before, refuse(from) || refuse(to) ? -1 : real()->dup3(from, to, flags));
}

/* Every command takes one word at most, which a longer number passes through unchanged. */
HOOK int fcntl(int descriptor, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    long argument = va_arg(arguments, long);
    va_end(arguments);
    return refuse(descriptor) ? -1 : real()->fcntl(descriptor, command, argument);
}

HOOK int fcntl64(int descriptor, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    long argument = va_arg(arguments, long);
    va_end(arguments);
    return refuse(descriptor) ? -1 : real()->fcntl64(descriptor, command, argument);
}

/* Looked for as far as a descriptor can be: the process's limit, which it may have lowered since. */
static unsigned highest_of_ours(void)
{
    unsigned highest = 0;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        limit.rlim_cur = 1u << 20;
    for (unsigned at = JACKET_FD_FIRST; at < JACKET_FD_FIRST + 4096u || (at < limit.rlim_cur && at < 1u << 20); at++)
        if (jacket_owns_fd((int)at))
            highest = at;
    return highest;
}

static int close_between_ours(unsigned first, unsigned last, int flags)
{
    unsigned highest = highest_of_ours();
    unsigned from = first;
    for (unsigned at = first < JACKET_FD_FIRST ? JACKET_FD_FIRST : first; at <= highest && at <= last; at++) {
        if (!jacket_owns_fd((int)at))
            continue;
        if (from < at && real()->close_range(from, at - 1, flags) != 0)
            return -1;
        from = at + 1;
    }
    return from > last || from < first ? 0 : real()->close_range(from, last, flags);
}

HOOK int close_range(unsigned first, unsigned last, int flags)
{
    sigset_t before;
    if (last < JACKET_FD_FIRST || first > last || !jacket_is_on())
        return real()->close_range(first, last, flags);
    bool held = hold_checkpoints(last, &before);
    return let_go(held, &before, close_between_ours(first, last, flags));
}

HOOK void closefrom(int lowest)
{
    close_range(lowest > 0 ? (unsigned)lowest : 0, ~0u, 0);
}
