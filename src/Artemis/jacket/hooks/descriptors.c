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

HOOK int close(int descriptor)
{
    return refuse(descriptor) ? -1 : real()->close(descriptor);
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
    return refuse(from) || refuse(to) ? -1 : real()->dup2(from, to);
}

HOOK int __dup2(int from, int to)
{
    return dup2(from, to);
}

HOOK int dup3(int from, int to, int flags)
{
    return refuse(from) || refuse(to) ? -1 : real()->dup3(from, to, flags);
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

HOOK int close_range(unsigned first, unsigned last, int flags)
{
    if (last < JACKET_FD_FIRST || first > last || !jacket_is_on())
        return real()->close_range(first, last, flags);
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

HOOK void closefrom(int lowest)
{
    close_range(lowest > 0 ? (unsigned)lowest : 0, ~0u, 0);
}
