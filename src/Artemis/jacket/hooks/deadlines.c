/* Time limits of waits that are begun again after a checkpoint: the whole wait lasts what the program asked for. */
#define _GNU_SOURCE
#include "real.h"

enum { NANOSECONDS = 1000000000, NANOSECONDS_IN_MS = 1000000 };

struct deadline deadline_in(const struct timespec *relative)
{
    struct deadline deadline = {0};
    if (!relative)
        return deadline;
    deadline.limited = true;
    if (!relative->tv_sec && !relative->tv_nsec)
        return deadline; /* no wait at all: it is never interrupted */
    clock_gettime(CLOCK_MONOTONIC, &deadline.at);
    deadline.at.tv_nsec += relative->tv_nsec;
    if (__builtin_add_overflow(deadline.at.tv_sec, relative->tv_sec, &deadline.at.tv_sec))
        deadline.limited = false;
    if (deadline.at.tv_nsec >= NANOSECONDS) {
        deadline.at.tv_sec++;
        deadline.at.tv_nsec -= NANOSECONDS;
    }
    return deadline;
}

struct deadline deadline_in_ms(int milliseconds)
{
    struct timespec relative = {milliseconds / 1000, (long)(milliseconds % 1000) * NANOSECONDS_IN_MS};
    return deadline_in(milliseconds < 0 ? NULL : &relative);
}

struct timespec time_left(const struct deadline *deadline)
{
    struct timespec now, left;
    clock_gettime(CLOCK_MONOTONIC, &now);
    left.tv_sec = deadline->at.tv_sec - now.tv_sec;
    left.tv_nsec = deadline->at.tv_nsec - now.tv_nsec;
    if (left.tv_nsec < 0) {
        left.tv_sec--;
        left.tv_nsec += NANOSECONDS;
    }
    return left.tv_sec < 0 ? (struct timespec){0} : left;
}

/* Rounded up: a wait never ends before its time. */
int time_left_ms(const struct deadline *deadline)
{
    if (!deadline->limited)
        return -1;
    struct timespec left = time_left(deadline);
    return (int)(left.tv_sec * 1000 + (left.tv_nsec + NANOSECONDS_IN_MS - 1) / NANOSECONDS_IN_MS);
}
