/* Sleeps, and waits for signals and semaphores: a checkpoint neither shortens nor lengthens them. */
#define _GNU_SOURCE
#include "real.h"

enum { MICROSECONDS = 1000000 };

static int sleep_until(clockid_t clock, const struct timespec *wanted)
{
    struct watch watch = watch_begin();
    int result;
    do
        result = real()->clock_nanosleep(clock, TIMER_ABSTIME, wanted, NULL);
    while (result == EINTR && only_checkpoint(&watch));
    return result;
}

/* How long a thread or process has run is no time that passes: the kernel tells what is left of such a sleep. */
static int sleep_processor_time(clockid_t clock, const struct timespec *wanted, struct timespec *rest)
{
    struct watch watch = watch_begin();
    struct timespec next = *wanted, left = {0};
    int result;
    do {
        result = real()->clock_nanosleep(clock, 0, &next, &left);
        next = left;
    } while (result == EINTR && only_checkpoint(&watch));
    if (result == EINTR && rest)
        *rest = left;
    return result;
}

/*
 * Answers an error number. The clock is read instead of trusting what the kernel says is left: that would make each
 * sleep longer by the time that the checkpoint took.
 */
HOOK int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted, struct timespec *rest)
{
    if (flags & TIMER_ABSTIME)
        return sleep_until(clock, wanted);
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME && clock != CLOCK_TAI)
        return sleep_processor_time(clock, wanted, rest);
    struct watch watch = watch_begin();
    struct deadline deadline = deadline_in(wanted);
    int result = real()->clock_nanosleep(clock, 0, wanted, rest);
    while (result == EINTR && only_checkpoint(&watch)) {
        struct timespec left = time_left(&deadline);
        result = real()->clock_nanosleep(clock, 0, &left, rest);
    }
    return result;
}

HOOK int nanosleep(const struct timespec *wanted, struct timespec *rest)
{
    int result = clock_nanosleep(CLOCK_REALTIME, 0, wanted, rest);
    if (result == 0)
        return 0;
    errno = result;
    return -1;
}

HOOK int __nanosleep(const struct timespec *wanted, struct timespec *rest)
{
    return nanosleep(wanted, rest);
}

HOOK int usleep(useconds_t microseconds)
{
    struct timespec wanted = {microseconds / MICROSECONDS, (long)(microseconds % MICROSECONDS) * 1000};
    return nanosleep(&wanted, NULL);
}

HOOK unsigned sleep(unsigned seconds)
{
    struct timespec wanted = {.tv_sec = seconds}, rest = {0};
    int error = errno;
    if (nanosleep(&wanted, &rest) != 0)
        return (unsigned)rest.tv_sec + (rest.tv_nsec > 0);
    errno = error;
    return 0;
}

HOOK int sigsuspend(const sigset_t *mask)
{
    sigset_t copy;
    mask = without_jacket(mask, &copy);
    struct watch watch = watch_begin();
    int result;
    do
        result = real()->sigsuspend(mask);
    while (again(&watch, result));
    return result;
}

HOOK int __sigsuspend(const sigset_t *mask)
{
    return sigsuspend(mask);
}

HOOK int __xpg_sigpause(int number)
{
    sigset_t mask;
    if (real()->pthread_sigmask(SIG_SETMASK, NULL, &mask) != 0 || sigdelset(&mask, number) != 0)
        return -1;
    return sigsuspend(&mask);
}

/* Begun again with all signals held back: one that comes between two pauses must still end the second. */
HOOK int pause(void)
{
    struct watch watch = watch_begin();
    int result = real()->pause();
    if (result != -1 || errno != EINTR || jacket_generation() == watch.generation)
        return result;
    sigset_t all, programs;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &programs);
    while (again(&watch, result))
        result = real()->sigsuspend(&programs);
    pthread_sigmask(SIG_SETMASK, &programs, NULL);
    errno = EINTR;
    return result;
}

HOOK int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)
{
    sigset_t copy;
    set = without_jacket(set, &copy);
    struct watch watch = watch_begin();
    struct deadline deadline = deadline_in(timeout);
    int result = real()->sigtimedwait(set, info, timeout);
    while (again(&watch, result)) {
        struct timespec left = deadline.limited ? time_left(&deadline) : (struct timespec){0};
        result = real()->sigtimedwait(set, info, deadline.limited ? &left : NULL);
    }
    return result;
}

HOOK int sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
    return sigtimedwait(set, info, NULL);
}

/* Their limits are points in time, so they are simply begun again. */
HOOK int sem_timedwait(sem_t *semaphore, const struct timespec *limit)
{
    struct watch watch = watch_begin();
    int result;
    do
        result = real()->sem_timedwait(semaphore, limit);
    while (again(&watch, result));
    return result;
}

HOOK int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *limit)
{
    struct watch watch = watch_begin();
    int result;
    do
        result = real()->sem_clockwait(semaphore, clock, limit);
    while (again(&watch, result));
    return result;
}
