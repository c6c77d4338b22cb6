/*
 * The kernel tells everything about timers of timer_create but one: those that run a function in a new thread
 * (SIGEV_THREAD) have a thread of the C library behind them that blocks all signals past every hook, so it cannot be
 * stopped for a checkpoint.
 */
#define _GNU_SOURCE
#include "real.h"
#include "notes.h"

HOOK int timer_create(clockid_t clock, struct sigevent *event, timer_t *timer)
{
    int result = real()->timer_create(clock, event, timer);
    if (result == 0 && event && event->sigev_notify == SIGEV_THREAD)
        hooks_note("the program has a timer that runs a thread (SIGEV_THREAD), which cannot be stopped");
    return result;
}
