/*
 * Signal masks: the jacket's signal is in none of them, whoever sets it: programs and libraries block all signals in
 * helper threads, and a thread that cannot be reached cannot be saved.
 */
#define _GNU_SOURCE
#include "real.h"

const sigset_t *without_jacket(const sigset_t *set, sigset_t *copy)
{
    if (!set)
        return NULL;
    *copy = *set;
    sigdelset(copy, JACKET_SIGNAL);
    return copy;
}

HOOK int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    sigset_t copy;
    return real()->sigprocmask(how, without_jacket(set, &copy), old);
}

HOOK int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    sigset_t copy;
    return real()->pthread_sigmask(how, without_jacket(set, &copy), old);
}

/* A wait for all signals would swallow ours, blocked or not. */
HOOK int sigwait(const sigset_t *set, int *number)
{
    sigset_t copy;
    return real()->sigwait(without_jacket(set, &copy), number);
}

HOOK int signalfd(int descriptor, const sigset_t *set, int flags)
{
    sigset_t copy;
    return real()->signalfd(descriptor, without_jacket(set, &copy), flags);
}
